#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Speed of replays in ratios that do not depend on the machine: scripts/bench.sh [COMMAND] [COUNT].
# Every trace is replayed with and without idle skipping, in one run; both must give the same
# report. Speed is machine cycles and accesses per second of processor time.
# Status: 0 fine, 1 reports differ or a replay failed, 2 bad usage.
set -u
L2TLB=${1:-build/l2tlb}
COUNT=${2:-50k}
[ -x "$L2TLB" ] || { echo "bench: $L2TLB is not there (run make)" >&2; exit 2; }
case $L2TLB in /*) ;; *) L2TLB=$PWD/$L2TLB ;; esac
DIR=$(mktemp -d) || exit 2
trap 'rm -rf "$DIR"' EXIT
cd "$DIR" || exit 2
status=0

# seconds FILE COMMAND...: runs it, output to FILE, prints the seconds of processor time it took
seconds() {
    file=$1
    shift
    ("$@" >"$file" 2>err && times >clock) || return 1
    # second line: user and system time of the children, as 1m2.34s
    awk 'NR == 2 { split($1, t, "m"); printf "%.2f\n", 60 * t[1] + t[2] }' clock
}

value() { # value FILE SECTION COLUMN
    awk -F, -v s="$2" -v c="$3" '$2 == s && $3 == "" && $6 == c { print $7; exit }' "$1"
}

row() { # row NAME "GEN OPTIONS" "REPLAY OPTIONS"
    # shellcheck disable=SC2086 # lists of words
    "$L2TLB" gen $2 -n "$COUNT" trace.gvt || { status=1; return; }
    # shellcheck disable=SC2086,SC2015
    fast=$(seconds skip.csv "$L2TLB" replay --quiet --report csv $3 trace.gvt) &&
        slow=$(seconds all.csv "$L2TLB" replay --quiet --report csv --no-skip $3 trace.gvt) ||
        { echo "bench: $1: replay failed" >&2; status=1; return; }
    cmp -s skip.csv all.csv || { echo "bench: $1: skipping changes the report" >&2; status=1; }
    cycles=$(value skip.csv summary cycles)
    accesses=$(value skip.csv trace accesses)
    requests=$(value skip.csv summary requests)
    awk -v n="$1" -v c="$cycles" -v a="$accesses" -v r="$requests" -v f="$fast" -v s="$slow" '
        BEGIN {
            if (f < 0.01) f = 0.01
            if (s < 0.01) s = 0.01
            printf "%-34s %9.2f %9.1f %9.0f %9.2f %9.2f\n", n, c / a, 1000 * r / a, a / f / 1000,
                   c / f / 1e6, s / f
        }'
}

printf '%-34s %9s %9s %9s %9s %9s\n' "$COUNT accesses" 'cycles/' 'requests/' 'k acc/s' \
    'M cyc/s' 'speed-up'
printf '%-34s %9s %9s %9s %9s %9s\n' '' access '1000 acc' '' '' 'by skip'
row 'hot set, one stage' 'zipf --zipf 1.4 --fetches 0.3' ''
row 'hot set, two stages' 'zipf --zipf 1.4 --fetches 0.3 -2' ''
row 'sequential' 'seq --fetches 0.3' ''
row 'random 64 MiB, one stage' 'random' ''
row 'random 64 MiB, two stages' 'random -2' ''
row 'pointer chase, two stages, W=1' 'chase -2' '--window-load 1 --window-store 1'
row 'chase, slow memory, W=1' 'chase -2' '--window-load 1 --window-store 1 --mem l2_sets=0 --mem lat=400'
row 'port requests, random' 'random --ports' ''
row 'port requests, two stages' 'random -2 --ports' ''
exit $status
