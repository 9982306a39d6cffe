#!/bin/bash
# SPDX-License-Identifier: MulanPSL-2.0
# Runs all tests, prints one line per part, what was left out and, last, "N passed, N failed, N skipped".
# Status 1 if one failed. What is skipped is never counted as passed.
#
#   scripts/test.sh [PART...]    parts: build unit golden funccheck cli checks san random mutants qemu hardware cosim
#
# Details of a part are in build/test/PART.log. SKIP_COSIM=1 leaves the co-simulation out; it is
# left out as well where Verilator is missing and cannot be installed. PLAN=1 only says what would be
# installed and how long it takes.
set -u
cd "$(dirname "$0")/.." || exit 2
parts=("$@") whole=
[ ${#parts[@]} -eq 0 ] && whole=1 parts=(build unit golden funccheck cli checks san random mutants qemu hardware cosim)
log=build/test
mkdir -p "$log"
passed=0 failed=0 skipped=0 begin=$SECONDS started=$SECONDS left_out=()
jobs=$(nproc 2> /dev/null || echo 2)
[ "$jobs" -gt 4 ] && jobs=4
make="make --no-print-directory"

# What is missing of the packages that the parts need, and what the whole takes; before anything starts.
plan() {
    local groups=test missing minutes room
    case " ${parts[*]} " in *' cli '*) groups="$groups browser" ;; esac
    case " ${parts[*]} " in *' checks '*) groups="$groups library python" ;; esac
    case " ${parts[*]} " in *' qemu '*) groups="$groups qemu" ;; esac
    case " ${parts[*]} " in *' cosim '* | *' hardware '*) [ -n "${SKIP_COSIM:-}" ] || groups="$groups cosim" ;; esac
    # shellcheck disable=SC2086 # a list of words
    missing=$(scripts/setup.sh -n $groups)
    if [ -z "$missing" ]; then
        echo "test: nothing has to be installed"
    else
        echo "test: installs what is missing: $missing"
        # shellcheck disable=SC2086
        LC_ALL=C apt-get --assume-no --no-install-recommends install $missing 2> /dev/null |
            sed -nE 's/^(Need to get .*|After this operation.*)/test: \1/p' | grep . ||
            echo "test: their size is not known before the package lists are there"
    fi
    [ -n "$whole" ] || return # how long single parts take is not known
    minutes=15 room='0.3 GB'
    case " $groups " in *' cosim '*) minutes=40 room='1 GB' ;; esac
    echo "test: about $minutes minutes on two cores, after the installation, and up to $room below build/"
}

count() { # name passed failed [note]
    passed=$((passed + $2)) failed=$((failed + $3))
    printf '%-14s %6d passed %4d failed  %4d s%s\n' "$1" "$2" "$3" $((SECONDS - begin)) "${4:+  $4}"
    begin=$SECONDS
}

# Left out: how many, and why.
skip() { # name number why
    skipped=$((skipped + $2))
    left_out+=("$(printf '%-14s %6d skipped: %s' "$1" "$2" "$3")")
    begin=$SECONDS
}

# One thing that either works or does not.
one() { # name command...
    local name=$1
    shift
    begin=$SECONDS
    "$@" > "$log/$name.log" 2>&1
    judged "$name" $? $((SECONDS - begin))
}
judged() { # name status seconds
    local name=$1
    begin=$((SECONDS - $3))
    if [ "$2" -eq 0 ]; then
        count "$name" 1 0
    else
        count "$name" 0 1 "see $log/$name.log"
        tail -5 "$log/$name.log" | sed 's/^/    /'
    fi
}

# A program that prints "N passed, N failed[, N skipped]" somewhere near its end.
many() { # name command...
    local name=$1
    shift
    begin=$SECONDS
    "$@" > "$log/$name.log" 2>&1
    counted "$name" $? $((SECONDS - begin))
}

# What such a program said in its log.
counted() { # name status seconds
    local name=$1 status=$2 p f s
    begin=$((SECONDS - $3))
    read -r p f s < <(grep -oE '[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?' "$log/$name.log" | tail -1 |
        sed -E 's/([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?/\1 \2 \4/')
    p=${p:-0} f=${f:-0} s=${s:-0}
    # A bad status, or no sum at all, is a failure.
    [ "$f" -eq 0 ] && { [ "$status" -ne 0 ] || [ $((p + s)) -eq 0 ]; } && f=1
    count "$name" "$p" "$f"
    [ "$f" -ne 0 ] && grep -E 'FAIL|runtime error|ERROR' "$log/$name.log" | head -10 | sed 's/^/    /'
    [ "$s" -eq 0 ] || skip "$name" "$s" "$(grep -i 'skipped' "$log/$name.log" | head -1 |
        sed -E 's/^[a-z0-9_-]+: *(SKIPPED)?[,:]? *//'), see $log/$name.log"
}

# Calls a function with each of some names, several at a time.
together() { # function name...
    local f=$1
    shift
    export log
    # shellcheck disable=SC2163 # the function that f names
    export -f "$f" timed
    printf '%s\n' "$@" | xargs -P "$jobs" -I{} bash -c "$f {}"
}
timed() { # name command...: its output in NAME.log, its status and seconds in NAME.rc
    local name=$1 begin=$SECONDS
    shift
    "$@" > "$log/$name.log" 2>&1
    echo "$? $((SECONDS - begin))" > "$log/$name.rc"
}

# Tests that keep one core busy wait until the others are through, and run several at a time, in this order.
waiting=()
later() { # one|many|may NAME COMMAND...   may: status 3 is "skipped", and says why in a line "NAME: ..."
    waiting+=("$1 $2")
    shift
    printf '%q ' "${@:2}" > "$log/$1.cmd"
    rm -f "$log/$1.rc"
}
waited() { timed "$1" bash "$log/$1.cmd"; }
run_waiting() {
    local line how name rc seconds pool
    [ ${#waiting[@]} -gt 0 ] || return
    together waited "${waiting[@]#* }" &
    pool=$!
    for line in "${waiting[@]}"; do
        read -r how name <<< "$line"
        while [ ! -s "$log/$name.rc" ] && kill -0 $pool 2> /dev/null; do sleep 0.2; done
        rc=1 seconds=0
        [ ! -s "$log/$name.rc" ] || read -r rc seconds < "$log/$name.rc"
        case $how:$rc in
            may:3) skip "$name" 1 "$(sed -n "s/^$name: //p" "$log/$name.log")" ;;
            many:*) counted "$name" "$rc" "$seconds" ;;
            *) judged "$name" "$rc" "$seconds" ;;
        esac
    done
    wait
}

# All suites of a program, several at a time, the long ones first; the last line sums them up.
unit_tests() { # program
    local suites first='^(secure|bitmap_protocol|golden|l1_golden|random|errata)_suite$' s p f k n=0 m=0 o=0
    suites=$("$1" -l | sed -nE 's/^\* Suite ([a-z0-9_]+):.*/\1/p')
    [ -n "$suites" ] || return 1
    rm -f "$log"/suite-*
    { echo "$suites" | grep -E "$first"; echo "$suites" | grep -vE "$first"; } |
        xargs -P "$jobs" -I{} sh -c "'$1' -e -s {} > '$log/suite-{}.out' 2>&1"
    for s in $suites; do
        cat "$log/suite-$s.out"
        read -r p f k < <(sed -nE 's/^Pass: ([0-9]+), fail: ([0-9]+), skip: ([0-9]+).*/\1 \2 \3/p' "$log/suite-$s.out")
        [ -n "${p:-}" ] || { echo "FAIL $s: crashed"; p=0 f=1 k=0; }
        n=$((n + p)) m=$((m + f)) o=$((o + k))
        p=
    done
    echo "$n passed, $m failed, $o skipped"
    [ "$m" -eq 0 ]
}

golden_sets() {
    scripts/golden.sh > "$log/golden.out" 2>&1
    local status=$?
    cat "$log/golden.out"
    awk '/^golden: [0-9]+ exact, / { p = $2; f = $4 } /^golden: [0-9]+ sets skipped/ { s = $2 }
         END { print p + 0 " passed, " f + 0 " failed, " s + 0 " skipped" }' "$log/golden.out"
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
    if [ ${#files[@]} -eq 0 ]; then
        skip funccheck 1 "no recorded translations in ${L2TLB_SHARED:-../shared}/funcgold"
    else
        many funccheck probes "${files[@]}"
    fi
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
    local t rc seconds tests='cli_safe cli_report tutorials'
    if command -v chromium > /dev/null || scripts/setup.sh browser > "$log/setup-browser.log" 2>&1; then
        tests="page $tests"
    else
        skip page 1 "no chromium here, and it could not be installed"
    fi
    # The long ones first; each works in a folder of its own.
    tests="$tests $(basename -as .sh tests/cli*.sh | grep -vxF "${tests// /$'\n'}")"
    # shellcheck disable=SC2086 # a list of words
    together timed_test $tests
    for t in $tests; do
        read -r rc seconds < "$log/$t.rc"
        counted "$t" "$rc" "$seconds"
    done
}
timed_test() { # name
    local f
    f=$(ls tests/"$1".sh tests/"$1".py 2> /dev/null)
    timed "$1" "$f" build/l2tlb
}
part_checks() {
    one layers $make layers
    one headers $make headers
    one refs $make refs
    one conformance scripts/conformance.py --unit build/release/unit
    one mutations scripts/mutate.py --check
    one mutants-self-test scripts/mutants.py --self-test
    one bench-self-test scripts/bench_check.py --self-test
    later may bench-check scripts/bench_check.py build/release/l2tlb
    later many makefile tests/build.sh
    scripts/setup.sh library > "$log/setup-library.log" 2>&1
    later many library tests/library.sh
    scripts/setup.sh python > "$log/setup-python.log" 2>&1
    later many python tests/python.sh
    one rtl-faults python3 cosim/mutate.py prepare build/test/rtl-faults
    if command -v sphinx-build > /dev/null && command -v doxygen > /dev/null; then
        later one docs scripts/docs.sh
    else
        skip docs 1 "no Sphinx or Doxygen here (scripts/setup.sh docs)"
    fi
}
part_san() {
    one san-build $make -j "$jobs" MODE=san build/san/unit
    many san unit_tests build/san/unit
    many fuzz-corpus $make fuzz-corpus
}
part_random() {
    later one random $make random SEED=1 SECONDS=30
}
# Faults made from the syntax; survivors are told, they do not fail. Another sample every day, or MUTANTS=SEED.
# In a whole run the tests have just passed.
part_mutants() {
    local again=
    [ -n "$whole" ] && [ "$failed" -eq 0 ] && again=--passed
    # shellcheck disable=SC2086 # none or one
    one mutants nice scripts/mutate.py --random "${MUTANTS:-$(date +%Y%m%d)}" -j "$jobs" $again
    grep -E '^(survivor|mutate: seed)' "$log/mutants.log" | sed 's/^/    /'
}
part_qemu() {
    scripts/setup.sh qemu > "$log/setup-qemu.log" 2>&1
    later many qemu-check $make qemu-check
    later many vm tests/vm.sh build/l2tlb
    later many snapshot-qemu tests/snapshot/qemu.sh
}
part_cosim() {
    local rc seconds
    [ -n "${SKIP_COSIM:-}" ] && { skip cosim 1 "SKIP_COSIM is set"; return; }
    if ! command -v verilator > /dev/null && ! scripts/setup.sh cosim > "$log/setup-cosim.log" 2>&1; then
        skip cosim 1 "no Verilator here, and it could not be installed"
        return
    fi
    later one lint-rtl $make lint-rtl
    one cosim-build $make -j "$jobs" cosim-build
    each lockstep 2000000 minimal default bmmin 2603bm
    each sizes 300000 random1 random2
    one cosim-golden $make -j "$jobs" cosim-golden
    later many cosim-user-test $make cosim-user-test
    later one cosim-traces $make cosim-traces
    one cosim-coverage $make -j "$jobs" cosim-coverage
    grep -E '^rtl |never reached' "$log/cosim-coverage.log" | sed 's/^/    /'
}
# Random stimuli in lock step, some builds at a time.
each() { # name cycles preset...
    local name=$1 p rc seconds
    export make lockstep_name=$1 lockstep_cycles=$2
    shift 2
    together timed_lockstep "$@"
    for p in "$@"; do
        read -r rc seconds < "$log/$name-$p.rc"
        judged "$name-$p" "$rc" "$seconds"
    done
}
timed_lockstep() { timed "$lockstep_name-$1" $make cosim-lockstep PRESET="$1" CYCLES="$lockstep_cycles"; }
part_hardware() { # SystemC platform and proofs, where their packages are
    [ -n "${SKIP_COSIM:-}" ] && { skip hardware 1 "SKIP_COSIM is set"; return; }
    scripts/setup.sh cosim > "$log/setup-cosim.log" 2>&1
    if [ -e /usr/include/systemc.h ] || [ -e /usr/include/systemc ]; then
        later one systemc $make systemc
    else
        skip systemc 1 "no SystemC here"
    fi
    if command -v yosys-smtbmc > /dev/null && command -v z3 > /dev/null; then
        later many proofs $make proofs
    else
        skip proofs 1 "no Yosys or Z3 here"
    fi
}

for part in "${parts[@]}"; do
    declare -F "part_$part" > /dev/null || { echo "test.sh: no part $part" >&2; exit 2; }
done
plan
[ -z "${PLAN:-}" ] || exit 0
for part in "${parts[@]}"; do
    begin=$SECONDS
    "part_$part"
done
run_waiting
echo "test: $((SECONDS - started)) s in all, $(du -sh build | cut -f1) below build/"
[ ${#left_out[@]} -eq 0 ] || printf '%s\n' "${left_out[@]}"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
