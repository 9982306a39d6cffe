#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# The binary interface of the library against the recorded one: scripts/abi.sh [-w] LIBRARY [RECORD]. -w records it.
# Needs debug information (the default build has it). Status: 0 the same, 1 it differs, 2 it cannot run, 3 skipped:
# abigail-tools are not here, or the record is of another architecture.
set -u
cd "$(dirname "$0")/.." || exit 2
write=
[ "${1:-}" = -w ] && { write=1; shift; }
[ $# -ge 1 ] && [ -f "$1" ] || { sed -n '3,5s/^# //p' "$0" >&2; exit 2; }
library=$1 record=${2:-lib/libl2tlb.abi}
command -v abidiff > /dev/null || { echo "abi: skipped, no abidiff here (scripts/setup.sh library)"; exit 3; }
# Types that no public header shows are nobody's business.
new=$(mktemp) || exit 2
trap 'rm -f "$new"' EXIT
abidw --headers-dir include --drop-private-types --drop-undefined-syms --no-corpus-path --no-comp-dir-path \
    --no-show-locs "$library" > "$new" || exit 2
if [ -n "$write" ]; then
    cat "$new" > "$record"
    echo "abi: $record is written"
    exit 0
fi
arch() { sed -n "1s/.*architecture='\([^']*\)'.*/\1/p" "$1"; }
[ "$(arch "$new")" = "$(arch "$record")" ] ||
    { echo "abi: skipped, the record is of $(arch "$record"), this is $(arch "$new")"; exit 3; }
abidiff "$record" "$new" && { echo "abi: as recorded"; exit 0; }
echo "abi: the interface differs from $record: docs/library.md says what that means for the version" >&2
exit 1
