#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Writes the reports of docs/reports from the bundled captures: scripts/reports.sh [COMMAND] [FOLDER].
# They are the same on every machine and for every commit: the version is written without it. Status: 0 fine, 1 a replay failed.
set -u
L2TLB=${1:-build/l2tlb}
OUT=${2:-docs/reports}
TRACES=traces/captures
mkdir -p "$OUT" || exit 2
status=0

report() { # report NAME TRACE OPTIONS...
    name=$1 trace=$2
    shift 2
    "$L2TLB" replay --quiet --oracle -o "$OUT/$name.txt" "$@" "$TRACES/$trace.gvt.gz" &&
        sed -i -E "s/^(  l2tlb version +[0-9.]+) .*/\\1/" "$OUT/$name.txt" || status=1
}

report database-one-stage database
report database-two-stages database --world stages=two
report graph-one-stage graph
report graph-two-stages graph --world stages=two
report graph-two-stages-minimal graph --world stages=two --preset minimal
report graph-two-stages-huge graph --world stages=two --world s1.huge=0.9 --world g.huge=0.9
report graph-two-stages-sv48 graph --world stages=two --world vs_mode=sv48 --world g_mode=sv48
exit $status
