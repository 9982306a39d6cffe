#!/bin/bash
# SPDX-License-Identifier: MulanPSL-2.0
# l2tlb snapshot with real QEMU: tests/snapshot/qemu.sh [-k] [COMMAND], default build/l2tlb.
# Loads tables that are known into QEMU's memory (tests/snapshot/load.py), with a program that sets the registers and
# loops (guest_riscv.S, guest_a64.S); takes them by the gdb stub, by QMP with a stub of its own, and from dumps; compares
# every word with what was loaded, and the walk of every page with QEMU's gva2gpa, where QEMU is in that world.
# -k: keeps the folder. Last line: passed, failed, skipped. A machine without its QEMU or cross compiler is skipped.
set -u
keep=0
[ "${1:-}" != -k ] || { keep=1; shift; }
L2TLB=$(realpath "${1:-build/l2tlb}")
HERE=$(cd "$(dirname "$0")" && pwd)
[ -x "$L2TLB" ] || { echo "qemu: $L2TLB is not there (run make)" >&2; exit 2; }
DIR=$(mktemp -d) || exit 2
[ $keep = 1 ] || trap 'rm -rf "$DIR"' EXIT
cd "$DIR" || exit 2
passed=0 failed=0 skipped=0
check() { # NAME COMMAND...
    local name=$1
    shift
    if "$@" > out 2> err; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAIL $name"
        head -5 out err | sed 's/^/    /'
    fi
}
flags="-nostdlib -static -Wl,--build-id=none"
build() { # riscv64|aarch64: QEMU and the program
    case $1 in
    riscv64) cc=riscv64-linux-gnu-gcc more="-march=rv64ima_zicsr -mabi=lp64 -Wl,-Ttext=0x80000000" source=guest_riscv.S ;;
    aarch64) cc=aarch64-linux-gnu-gcc more=-Wl,-Ttext=0x40000000 source=guest_a64.S ;;
    esac
    command -v "qemu-system-$1" > /dev/null && command -v $cc > /dev/null || return 1
    # shellcheck disable=SC2086 # lists of words
    $cc $flags $more "$HERE/$source" -o "$1.elf"
}
for arch in riscv64 aarch64; do
    if ! build $arch 2> err; then
        echo "skipped: $arch: no QEMU or cross compiler here"
        skipped=$((skipped + 1))
        continue
    fi
    world=$("$HERE/load.py" worlds $arch | cut -d' ' -f1)
    timeout 120 "$HERE/load.py" run $arch "$world" "$L2TLB" plant > planted 2>&1
    check "$arch: a word that differs is noticed" grep -q '^qmp: 1 words differ, 0 are too many' planted
    for world in $("$HERE/load.py" worlds $arch); do
        check "$arch $world" timeout 120 "$HERE/load.py" run $arch "$world" "$L2TLB"
        sed 's/^/  /' out
    done
done
[ $keep = 0 ] || echo "kept: $DIR"
echo "qemu: $passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
