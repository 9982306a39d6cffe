#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# What Memory Protection Tables cost: scripts/mpt-cost.sh [COMMAND] [OUT] (default build/l2tlb, build/mpt-cost).
# Runs studies/isolation.ini and studies/isolation-kvm.ini; writes OUT/cost.csv, a row for each point, OUT/cost.md, the
# means over the seeds, and OUT/cost.svg. Status: 0 fine, 1 a point failed, 2 bad usage.
set -u
L2TLB=${1:-build/l2tlb}
OUT=${2:-build/mpt-cost}
[ -x "$L2TLB" ] || { echo "mpt-cost: $L2TLB is not there (run make)" >&2; exit 2; }
mkdir -p "$OUT" || exit 2
for study in isolation isolation-kvm; do
    "$L2TLB" study studies/$study.ini --database "$OUT/study.db" || exit 1
    "$L2TLB" study report studies/$study.ini --database "$OUT/study.db" --report csv -o "$OUT/$study.csv" || exit 1
done
{ cat "$OUT/isolation.csv" && tail -n +2 "$OUT/isolation-kvm.csv"; } >"$OUT/cost.csv"
awk -v form=md -f scripts/mpt-cost.awk "$OUT/cost.csv" >"$OUT/cost.md"
awk -v form=svg -f scripts/mpt-cost.awk "$OUT/cost.csv" >"$OUT/cost.svg"
echo "$OUT/cost.csv, $OUT/cost.md, $OUT/cost.svg"
