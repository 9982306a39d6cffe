#!/bin/bash
# SPDX-License-Identifier: MulanPSL-2.0
# Every header compiles alone: scripts/headers.sh "COMPILER FLAGS".
cd "$(dirname "$0")/.." || exit 2
bad=0 n=0
folders=$(make -s --no-print-directory print-LIBDIRS)
[ -n "$folders" ] || exit 2
for d in $folders cmd tests tests/unit tests/random scripts/qemu_plugin; do for h in "$d"/*.h; do
    # These are parts of other files by design.
    case $h in tests/harness_impl.h | *\**) continue ;; esac
    n=$((n + 1))
    # shellcheck disable=SC2086 # flags
    echo "#include \"$h\"" | $1 -fsyntax-only -x c - || { echo "headers: $h does not compile alone"; bad=1; }
done; done
# The public ones also without our options, and in C++.
for h in include/l2tlb/*.h; do
    n=$((n + 1))
    echo "#include <l2tlb/${h##*/}>" | ${CC:-gcc} -std=c11 -Wall -Wextra -pedantic -Werror -Iinclude -fsyntax-only -x c - &&
        { ! command -v g++ > /dev/null || echo "#include <l2tlb/${h##*/}>" |
            g++ -std=c++17 -Wall -Wextra -pedantic -Werror -Iinclude -fsyntax-only -x c++ -; } ||
        { echo "headers: $h does not compile alone"; bad=1; }
done
echo "headers: $n checked"
exit $bad
