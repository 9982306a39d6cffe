#!/bin/bash
# SPDX-License-Identifier: MulanPSL-2.0
# Runs all tests, prints one line per part and, last, "N passed, N failed". Status 1 if one failed.
#
#   scripts/test.sh [PART...]    parts: build unit golden funccheck cli checks san random qemu hardware cosim
#
# Details of a part are in build/test/PART.log. SKIP_COSIM=1 leaves the co-simulation out; it is
# left out as well where Verilator is missing and cannot be installed.
set -u
cd "$(dirname "$0")/.." || exit 2
parts=("$@")
[ ${#parts[@]} -eq 0 ] && parts=(build unit golden funccheck cli checks san random qemu hardware cosim)
log=build/test
mkdir -p "$log"
passed=0 failed=0 begin=$SECONDS
jobs=$(nproc 2> /dev/null || echo 2)
[ "$jobs" -gt 4 ] && jobs=4
make="make --no-print-directory"

count() { # name passed failed [note]
    passed=$((passed + $2)) failed=$((failed + $3))
    printf '%-14s %6d passed %4d failed  %4d s%s\n' "$1" "$2" "$3" $((SECONDS - begin)) "${4:+  $4}"
}

# One thing that either works or does not.
one() { # name command...
    local name=$1
    shift
    if "$@" > "$log/$name.log" 2>&1; then
        count "$name" 1 0
    else
        count "$name" 0 1 "see $log/$name.log"
        tail -5 "$log/$name.log" | sed 's/^/    /'
    fi
}

# A program that prints "N passed, N failed" somewhere near its end.
many() { # name command...
    local name=$1 status p f
    shift
    "$@" > "$log/$name.log" 2>&1
    status=$?
    read -r p f < <(grep -oE '[0-9]+ passed, [0-9]+ failed' "$log/$name.log" | tail -1 |
        sed -E 's/([0-9]+) passed, ([0-9]+) failed/\1 \2/')
    p=${p:-0} f=${f:-0}
    [ "$status" -ne 0 ] && [ "$f" -eq 0 ] && f=1
    count "$name" "$p" "$f"
    [ "$f" -ne 0 ] && grep -E 'FAIL|runtime error|ERROR' "$log/$name.log" | head -10 | sed 's/^/    /'
}

# All suites of a program, several at a time, the long ones first; the last line sums them up.
unit_tests() { # program
    local suites first='^(secure|bitmap_protocol|golden|l1_golden|random|errata)_suite$' s p f n=0 m=0
    suites=$("$1" -l | sed -nE 's/^\* Suite ([a-z0-9_]+):.*/\1/p')
    [ -n "$suites" ] || return 1
    rm -f "$log"/suite-*
    { echo "$suites" | grep -E "$first"; echo "$suites" | grep -vE "$first"; } |
        xargs -P "$jobs" -I{} sh -c "'$1' -e -s {} > '$log/suite-{}.out' 2>&1"
    for s in $suites; do
        cat "$log/suite-$s.out"
        read -r p f < <(sed -nE 's/^Pass: ([0-9]+), fail: ([0-9]+), skip: .*/\1 \2/p' "$log/suite-$s.out")
        [ -n "${p:-}" ] || { echo "FAIL $s: crashed"; p=0 f=1; }
        n=$((n + p)) m=$((m + f))
        p=
    done
    echo "$n passed, $m failed"
    [ "$m" -eq 0 ]
}

golden_sets() {
    scripts/golden.sh > "$log/golden.out" 2>&1
    local status=$?
    cat "$log/golden.out"
    sed -nE 's/^golden: ([0-9]+) exact, ([0-9]+) differ, .*/\1 passed, \2 failed/p' "$log/golden.out"
    return $status
}

part_build() {
    scripts/setup.sh test > "$log/setup.log" 2>&1 || count setup 0 1 "see $log/setup.log"
    one build $make -j "$jobs" WERROR=1 all build/release/unit
}
part_unit() { many unit unit_tests build/release/unit; }
part_golden() { many golden golden_sets; }
# Recorded translations of RISC-V and AArch64, where they are there.
part_funccheck() {
    local files
    mapfile -t files < <(ls "${L2TLB_SHARED:-../shared}"/funcgold/*_public.txt.gz 2> /dev/null)
    [ ${#files[@]} -eq 0 ] || many funccheck probes "${files[@]}"
}
probes() { # file...
    build/l2tlb funccheck "$@" > "$log/funccheck.out" 2>&1
    local status=$?
    cat "$log/funccheck.out"
    awk '/^funccheck: [0-9]+ probes, [0-9]+ failed/ { n = $2; f = $4 }
         END { print n - f " passed, " f + 0 " failed" }' "$log/funccheck.out"
    return $status
}
part_cli() {
    local f
    for f in tests/cli*.sh; do many "$(basename "$f" .sh)" "$f" build/l2tlb; done
}
part_checks() {
    one layers $make layers
    one headers $make headers
    one refs $make refs
    one conformance scripts/conformance.py --unit build/release/unit
    one mutations scripts/mutate.py --check
    one rtl-faults python3 cosim/mutate.py prepare build/test/rtl-faults
    if [ -x scripts/docs.sh ]; then one docs scripts/docs.sh; fi
}
part_san() {
    one san-build $make -j "$jobs" MODE=san build/san/unit
    many san unit_tests build/san/unit
}
part_random() {
    $make -n random > /dev/null 2>&1 || return
    one random $make random SEED=1 SECONDS=30
}
part_qemu() {
    scripts/setup.sh qemu > "$log/setup-qemu.log" 2>&1
    many qemu-check $make qemu-check
    sed -n 's/^qemu-check: .*, \([1-9][0-9]* skipped\)$/qemu-check: \1 (see build\/test\/qemu-check.log)/p' \
        "$log/qemu-check.log"
}
part_cosim() {
    local p
    [ -n "${SKIP_COSIM:-}" ] && return
    if ! command -v verilator > /dev/null && ! scripts/setup.sh cosim > "$log/setup-cosim.log" 2>&1; then
        echo "cosim          left out: no Verilator here"
        return
    fi
    one lint-rtl $make lint-rtl
    one cosim-build $make -j "$jobs" cosim-build
    each lockstep 2000000 minimal default bmmin 2603bm
    each sizes 300000 random1 random2
    one cosim-golden $make -j "$jobs" cosim-golden
    one cosim-traces $make -j "$jobs" cosim-traces
    many user-rtl $make -j "$jobs" cosim-user-test
    one cosim-coverage $make -j "$jobs" cosim-coverage
    grep -E '^rtl |never reached' "$log/cosim-coverage.log" | sed 's/^/    /'
}
# Random stimuli in lock step, some builds at a time.
each() { # name cycles preset...
    local name=$1 cycles=$2 p
    shift 2
    printf '%s\n' "$@" | xargs -P "$jobs" -I{} sh -c "$make cosim-lockstep PRESET={} CYCLES=$cycles \
        > $log/$name-{}.out 2>&1; echo \$? > $log/$name-{}.rc"
    for p in "$@"; do one "$name-$p" judged "$log/$name-$p"; done
}
judged() {
    cat "$1.out"
    return "$(cat "$1.rc")"
}
part_hardware() { # SystemC platform and proofs, where their packages are
    [ -n "${SKIP_COSIM:-}" ] && return
    scripts/setup.sh cosim > "$log/setup-cosim.log" 2>&1
    if [ -e /usr/include/systemc.h ] || [ -e /usr/include/systemc ]; then
        one systemc $make -j "$jobs" systemc
    else
        echo "systemc        left out: no SystemC here"
    fi
    if command -v yosys-smtbmc > /dev/null && command -v z3 > /dev/null; then
        many proofs $make proofs
    else
        echo "proofs         left out: no Yosys or Z3 here"
    fi
}

for part in "${parts[@]}"; do
    declare -F "part_$part" > /dev/null || { echo "test.sh: no part $part" >&2; exit 2; }
    "part_$part"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
