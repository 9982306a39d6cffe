#!/bin/bash
# SPDX-License-Identifier: MulanPSL-2.0
# Static checks with the tools that are there: cppcheck, shellcheck, clang-tidy (a few checks that
# find faults; TIDY=0 leaves it out). Status 1 on a finding.
cd "$(dirname "$0")/.." || exit 2
bad=0
dirs="arch mem pagecache bitmap ptw model l1 traces world check replay report cmd"
mapfile -t sources < <(ls arch/*.c mem/*.c pagecache/*.c bitmap/*.c ptw/*.c model/*.c l1/*.c world/*.c traces/*.c traces/*/*.c check/*.c replay/*.c report/*.c cmd/*.c)
if command -v cppcheck > /dev/null; then
    # shellcheck disable=SC2086 # a list of words
    cppcheck --quiet -j 2 --std=c11 --enable=warning,portability --inline-suppr -I. -D_POSIX_C_SOURCE=200809L \
        --suppress=missingIncludeSystem --suppressions-list=scripts/cppcheck.txt --error-exitcode=1 $dirs && echo "cppcheck: clean" || bad=1
else
    echo "lint: no cppcheck here"
fi
if command -v shellcheck > /dev/null; then
    mapfile -t scripts < <(grep -lE '^#!/bin/(ba)?sh' scripts/*.sh tests/*.sh tests/fuzz/*.sh .ci/run 2> /dev/null)
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
        "clang-tidy --quiet --checks='$checks' '{}' -- -std=c11 -D_POSIX_C_SOURCE=200809L -I. 2> /dev/null" > build/tidy.log
    if grep -q 'warning:\|error:' build/tidy.log; then
        grep 'warning:\|error:' build/tidy.log | sort -u
        bad=1
    else
        echo "clang-tidy: clean"
    fi
fi
exit $bad
