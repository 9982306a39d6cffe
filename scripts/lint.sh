#!/bin/bash
# SPDX-License-Identifier: MulanPSL-2.0
# Static checks with the tools that are there: cppcheck, shellcheck, clang-tidy (a few checks that
# find faults; TIDY=0 leaves it out). Status 1 on a finding.
cd "$(dirname "$0")/.." || exit 2
bad=0
make="make -s --no-print-directory"
read -r std < <($make print-CSTD)
mapfile -t sources < <($make print-LIBSRC print-CMDSRC | tr ' ' '\n')
[ ${#sources[@]} -gt 1 ] || { echo "lint: no sources" >&2; exit 2; }
if command -v cppcheck > /dev/null; then
    # shellcheck disable=SC2086 # words
    cppcheck --quiet -j 2 ${std/-std/--std} --enable=warning,portability --inline-suppr -I. -Iinclude \
        --suppress=missingIncludeSystem --suppressions-list=scripts/cppcheck.txt --error-exitcode=1 "${sources[@]}" && echo "cppcheck: clean" || bad=1
else
    echo "lint: no cppcheck here"
fi
if command -v shellcheck > /dev/null; then
    mapfile -t scripts < <(grep -lE '^#!/bin/(ba)?sh' scripts/*.sh tests/*.sh tests/fuzz/*.sh tests/snapshot/*.sh .ci/run 2> /dev/null)
    shellcheck -S warning "${scripts[@]}" && echo "shellcheck: clean" || bad=1
else
    echo "lint: no shellcheck here"
fi
if [ "${TIDY:-1}" != 0 ] && command -v clang-tidy > /dev/null; then
    checks='-*,bugprone-*,clang-analyzer-core.*,clang-analyzer-deadcode.*,misc-redundant-expression'
    checks+=',-bugprone-easily-swappable-parameters,-bugprone-narrowing-conversions'
    checks+=',-bugprone-reserved-identifier,-bugprone-branch-clone,-bugprone-implicit-widening-of-multiplication-result'
    checks+=',-bugprone-assignment-in-if-condition,-bugprone-suspicious-include,-bugprone-macro-parentheses'
    for f in "${sources[@]}"; do echo "$f"; done | xargs -P 2 -I{} sh -c \
        "clang-tidy --quiet --checks='$checks' '{}' -- $std -I. -Iinclude 2> /dev/null" > build/tidy.log
    if grep -q 'warning:\|error:' build/tidy.log; then
        grep 'warning:\|error:' build/tidy.log | sort -u
        bad=1
    else
        echo "clang-tidy: clean"
    fi
fi
exit $bad
