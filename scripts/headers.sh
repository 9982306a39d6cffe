#!/bin/bash
# SPDX-License-Identifier: MulanPSL-2.0
# Every header compiles alone: scripts/headers.sh "COMPILER FLAGS".
cd "$(dirname "$0")/.." || exit 2
bad=0 n=0
for h in {arch,mem,pagecache,bitmap,ptw,model,l1,traces,traces/import,traces/gen,world,check,replay,report,cmd}/*.h tests/*.h tests/unit/*.h tests/random/*.h; do
    # These are parts of other files by design.
    case $h in tests/harness_impl.h | *\**) continue ;; esac
    n=$((n + 1))
    # shellcheck disable=SC2086 # flags
    echo "#include \"$h\"" | $1 -fsyntax-only -x c - || { echo "headers: $h does not compile alone"; bad=1; }
done
echo "headers: $n checked"
exit $bad
