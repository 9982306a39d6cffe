#!/bin/bash
# SPDX-License-Identifier: MulanPSL-2.0
# Compares our walk with QEMU, live: scripts/qemu-check.sh [-s SEED] [-n SETS] [-d DIR] [-m MACHINES] PROGRAM
# PROGRAM (tests/qemu/qemu_check.c) makes SETS random sets of page tables for each machine, a guest of
# our own executes the probes on QEMU, PROGRAM compares the results with our walk.
# What is masked (tests/qemu/masks.def) holds for QEMU 7.2; QEMU_ANY=1 runs with others as well.
# Last line: qemu-check: N passed, N failed, N skipped  (sets). A machine without QEMU or without its
# cross compiler is skipped, never passed. Status: 0 none failed, 1 some failed, 2 bad usage.
set -u
cd "$(dirname "$0")/.." || exit 2
usage() { sed -n '3s/^# //p' "$0" >&2; exit 2; }
seed='' sets=100 dir=build/qemu machines="rv64 rv64ext rv32 a64 a53 a57 a72"
while getopts s:n:d:m: option; do
    case $option in
    s) seed=$OPTARG ;;
    n) sets=$OPTARG ;;
    d) dir=$OPTARG ;;
    m) machines=$OPTARG ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || usage
program=$1
[[ $sets =~ ^[1-9][0-9]{0,4}$ ]] || { echo "qemu-check: bad number of sets $sets" >&2; exit 2; }
[ -x "$program" ] || { echo "qemu-check: $program is not there" >&2; exit 2; }
[ -n "$seed" ] || seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
mkdir -p "$dir" || exit 2
passed=0 failed=0 skipped=0
guest=tests/qemu/guest
flags="-std=gnu11 -O2 -Wall -Wextra -nostdlib -static -ffreestanding -fno-pic -fno-builtin
    -fno-tree-loop-distribute-patterns -Wl,--build-id=none -Wl,--no-warn-rwx-segments"

first_of() { # prints the first command that is there
    local c
    for c; do command -v "$c" && return; done
    return 1
}

# The machines: emulator, options, cross compilers, options, sources, place of the list.
describe() {
    emulator=qemu-system-riscv64 board="virt -bios none"
    compilers="riscv64-linux-gnu-gcc riscv64-unknown-elf-gcc" arch="-march=rv64ima_zicsr_zifencei -mabi=lp64 -mcmodel=medany"
    sources="$guest/riscv_start.S $guest/riscv.c" script=$guest/riscv.ld list=0x84000000
    case $1 in
    rv64) cpu=rv64,h=true,svnapot=false,svpbmt=false ;;
    rv64ext) cpu=rv64,h=true,svnapot=true,svpbmt=true ;;
    rv32)
        emulator=qemu-system-riscv32 cpu=rv32,h=true
        arch="-march=rv32ima_zicsr_zifencei -mabi=ilp32 -mcmodel=medany"
        ;;
    a64 | a53 | a57 | a72)
        emulator=qemu-system-aarch64 board="virt,virtualization=on,gic-version=3 -nic none" cpu=cortex-$1
        compilers=aarch64-linux-gnu-gcc arch="-march=armv8-a -mgeneral-regs-only -mstrict-align"
        sources="$guest/a64_start.S $guest/a64.c" script=$guest/a64.ld list=0x44000000
        [ "$1" != a64 ] || cpu=max
        ;;
    *) echo "qemu-check: no machine $1" >&2; exit 2 ;;
    esac
}

skip() { # machine, why
    echo "$1: SKIPPED, $sets sets: $2"
    skipped=$((skipped + sets))
}

run_machine() {
    local m=$1 cc version
    describe "$m"
    command -v $emulator > /dev/null || { skip "$m" "$emulator is not installed"; return; }
    # shellcheck disable=SC2086 # lists of words here and below
    cc=$(first_of $compilers) || { skip "$m" "no cross compiler ($compilers)"; return; }
    version=$($emulator --version | sed -nE '1s/.*version ([0-9]+\.[0-9]+).*/\1/p')
    [ "$version" = 7.2 ] || [ -n "${QEMU_ANY:-}" ] ||
        { skip "$m" "QEMU $version, the masks are those of 7.2 (QEMU_ANY=1 runs all the same)"; return; }
    # shellcheck disable=SC2086
    if $cc $arch $flags -Wl,-T,$script $sources -o "$dir/$m.elf" &&
        "$program" list "$m" "$seed" "$sets" "$dir/$m.list"; then
        timeout $((30 + sets / 4)) $emulator -machine $board -cpu $cpu -m 512M -nographic -monitor none -serial stdio \
            -kernel "$dir/$m.elf" -device loader,file="$dir/$m.list",addr=$list,force-raw=on \
            < /dev/null > "$dir/$m.out" 2> "$dir/$m.err" || head -3 "$dir/$m.err"
        "$program" compare "$m" "$seed" "$sets" "$dir/$m.out" > "$dir/$m.txt"
        cat "$dir/$m.txt"
    else
        rm -f "$dir/$m.txt"
    fi
    read -r p f < <(sed -nE 's/.* sets: ([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$dir/$m.txt" 2> /dev/null)
    [ -n "${p:-}" ] || { echo "$m: could not be run"; p=0 f=$sets; }
    passed=$((passed + p)) failed=$((failed + f))
}

echo "qemu-check: seed $seed, $sets sets for each of: $machines"
for m in $machines; do
    p='' f=''
    run_machine "$m"
done
[ "$failed" -eq 0 ] || echo "qemu-check: again with SEED=$seed"
echo "qemu-check: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
