#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Records a program of this machine as a GVA trace, with Valgrind's lackey and our importer.
#
#   scripts/capture-lackey.sh OUT PROGRAM [ARGUMENT...]
#
# LIMIT (default 1000000) ends the recording after that many accesses. The program's own output
# goes to standard output as usual.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
l2tlb=${L2TLB:-$here/build/l2tlb}

[ $# -ge 2 ] || {
    echo "usage: $0 OUT PROGRAM [ARGUMENT...]" >&2
    exit 2
}
command -v valgrind >/dev/null || {
    echo "$0: valgrind is missing (Debian package valgrind)" >&2
    exit 2
}
out=$1
shift
pipe=$(mktemp -u)
mkfifo "$pipe"
trap 'rm -f "$pipe"' EXIT
# The importer stops reading at the limit; valgrind then ends with a broken pipe.
valgrind --tool=lackey --trace-mem=yes --log-file="$pipe" "$@" &
"$l2tlb" convert --from lackey --limit "${LIMIT:-1000000}" - "$out" <"$pipe"
kill $! 2>/dev/null || true
