#!/bin/bash
# SPDX-License-Identifier: MulanPSL-2.0
# Line coverage of the machine by the unit tests, the complete sets of recordings and the
# recorded translations, with gcovr.
# Prints a table per folder and file and the total; status 1 below 95 % in a folder, or where a test fails.
set -u
cd "$(dirname "$0")/.." || exit 2
mkdir -p build
command -v gcovr > /dev/null || scripts/setup.sh gcovr || exit 1
make -s -j 2 MODE=cov all build/cov/unit > build/coverage-build.log 2>&1 || { tail -5 build/coverage-build.log; exit 1; }
find build/cov -name '*.gcda' -delete
bad=0
build/cov/unit > build/coverage-unit.log 2>&1 || { grep FAIL build/coverage-unit.log; echo "coverage: unit tests fail"; bad=1; }
L2TLB=build/cov/l2tlb scripts/golden.sh -q || { echo "coverage: a recording differs"; bad=1; }
for f in "${L2TLB_SHARED:-../shared}"/funcgold/*_public.txt.gz; do
    [ ! -e "$f" ] || build/cov/l2tlb funccheck "$f" | tail -1
done
mkdir -p build/coverage
for folder in model ptw pagecache bitmap mpt mem arch l1; do
    gcovr -r . --object-directory build/cov -f "$folder/" --exclude-throw-branches \
        --json-summary -o build/coverage/$folder.json > /dev/null 2>&1
    gcovr -r . --object-directory build/cov -f "$folder/" 2> /dev/null > build/coverage/$folder.txt
    percent=$(sed -nE 's/^TOTAL .* ([0-9]+)%.*/\1/p' build/coverage/$folder.txt)
    exact=$(python3 -c "import json; d=json.load(open('build/coverage/$folder.json')); print('%.1f %% of %d lines' % (d['line_percent'], d['line_total']))")
    echo "coverage: $folder $exact"
    # the L1 side is printed only
    [ "$folder" = l1 ] || [ "${percent:-0}" -ge 95 ] || bad=1
done
gcovr -r . --object-directory build/cov -f '(model|ptw|pagecache|bitmap|mpt|mem|arch|l1|check)/' 2> /dev/null > build/coverage/all.txt
cat build/coverage/all.txt
exit $bad
