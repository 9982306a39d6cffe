#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# What each option of a replay costs: scripts/costs.sh [COMMAND] [ROUNDS] [TRACE]. The same replay without and with the
# option, by turns, ROUNDS times (5); the least processor time of each, as a ratio, and the size of what it writes.
# Processor time includes that of a converter. docs/performance.md shows the table. Status: 0 fine, 1 a replay failed.
set -u
ROOT=$(cd "$(dirname "$0")/.." && pwd)
L2TLB=${1:-build/l2tlb}
ROUNDS=${2:-5}
TRACE=${3:-$ROOT/traces/captures/database.gvt.gz}
[ -x "$L2TLB" ] || { echo "costs: $L2TLB is not there (run make)" >&2; exit 2; }
case $L2TLB in /*) ;; *) L2TLB=$PWD/$L2TLB ;; esac
case $TRACE in /*) ;; *) TRACE=$PWD/$TRACE ;; esac
DIR=$(mktemp -d) || exit 2
trap 'rm -rf "$DIR"' EXIT
cd "$DIR" || exit 2
status=0

# seconds ARGUMENT...: processor time of a replay and of what it starts
seconds() {
    ("$L2TLB" replay --quiet --world stages=two -o base.txt "$@" "$TRACE" >out 2>err && times >clock) || return 1
    awk 'NR == 2 { for (i = 1; i <= 2; i++) { split($i, t, "m"); s += 60 * t[1] + t[2] } printf "%.2f\n", s }' clock
}

least() { # least OLD NEW
    awk -v a="$1" -v b="$2" 'BEGIN { print (a == "" || b < a) ? b : a }'
}

# row NAME FILE REFERENCE OPTION...: REFERENCE is an option of the replay it is compared with, or -
row() {
    name=$1 file=$2 reference=$3
    shift 3
    [ "$reference" = - ] && reference=
    base='' with='' i=0
    while [ $i -lt "$ROUNDS" ]; do
        # shellcheck disable=SC2086 # nothing or one word
        b=$(seconds $reference) && w=$(seconds "$@") || { echo "costs: $name: $(cat err)" >&2; status=1; return; }
        base=$(least "$base" "$b") with=$(least "$with" "$w")
        i=$((i + 1))
    done
    size=-
    [ "$file" = - ] || size=$(wc -c <"$file")
    awk -v n="$name" -v b="$base" -v w="$with" -v s="$size" 'BEGIN {
        printf "%-28s %7.2f %7.2f %6.2f %10s\n", n, b, w, w / (b > 0.01 ? b : 0.01), s == "-" ? "" : sprintf("%.1f", s / 1024) }'
}

printf '%-28s %7s %7s %6s %10s\n' "$(basename "$TRACE"), two stages" without with ratio 'KiB'
row '(nothing)' base.txt - --report text
row '--report json' r.json - --report text --report json=r.json
row '--report csv' r.csv - --report text --report csv=r.csv
row '--report html' r.html - --report text --report html=r.html
row '--interval 1000' base.txt - --interval 1000
row '--roi 100000:200000' base.txt - --roi 100000:200000
row '--reuse' base.txt - --reuse
row '--oracle' base.txt - --oracle
row '--requests' q.csv - --requests q.csv
row '--perfetto' p.json - --perfetto p.json
row '--kanata' k.log - --kanata k.log
row '--events' e.txt - --events e.txt
row '--no-skip' base.txt - --no-skip
row '--vcd, against --no-skip' w.vcd --no-skip --vcd w.vcd
if command -v vcd2fst >/dev/null; then row '--fst, against --no-skip' w.fst --no-skip --fst w.fst; fi
exit $status
