#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Gives the seeds and the stored inputs to the targets that main.c runs: tests/fuzz/corpus.sh BUILD TARGET...
# A target without a program (no C++ compiler) is skipped. Last line: "N passed, N failed, N skipped".
build=$1
shift
here=$(dirname "$0")
passed=0 failed=0 skipped=0
"$here/seeds.py" "$build/fuzz-seeds" "${L2TLB:-build/l2tlb}" "$@" || exit 2
# The oracles can fail: each letter of planted.c must end the run, 0 must not.
for letter in 0 w m l c s n j u o; do
    printf %s $letter >"$build/fuzz-seeds/planted"
    if "$build/fuzz_planted" "$build/fuzz-seeds/planted" >/dev/null 2>&1; then ended=0; else ended=1; fi
    [ $letter = 0 ] && wanted=0 || wanted=1
    if [ $ended -eq $wanted ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL planted $letter"
    fi
done
for target; do
    inputs=$(ls -d "$PWD/$build/fuzz-seeds/$target" "$PWD/$here/corpus/$target" 2>/dev/null)
    if [ "$target" = ports ]; then
        run="$here/ports.py --runs 300"
    elif [ -x "$build/fuzz_$target" ]; then
        run="$build/fuzz_$target"
    else
        echo "skipped: $target is not built here"
        skipped=$((skipped + 1))
        continue
    fi
    # shellcheck disable=SC2086 # lists of words
    if out=$(timeout 300 $run $inputs 2>&1 </dev/null); then
        passed=$((passed + 1))
        echo "$target: $out" | tail -1
    else
        failed=$((failed + 1))
        echo "FAIL $target"
        echo "$out" | tail -20
    fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
