#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# What the Shield-Bitmap costs: scripts/bitmap-cost.sh [COMMAND] [OUT] (default build/l2tlb,
# build/bitmap-cost). Replays five traces, from TLB-friendly to TLB-hostile, with the bitmap off and
# on with BitmapCaches of 16 to 256 words: both revisions, errata as in the RTL and fixed, one and two
# stages, 4-KiB and 2-MiB pages. Writes OUT/cost.csv, OUT/cost.md and OUT/cost.svg.
# The bitmap is switched on by secure regions of 2 MiB (a quarter of memory) that the traces never
# touch; off: the same machine and memory with MBMC.BME = 0.
# BITMAP_COST_SMALL=1: two sizes, generated traces only (a check that the script works).
# Status: 0 fine, 1 a replay failed, 2 bad usage.
set -u
L2TLB=${1:-build/l2tlb}
OUT=${2:-build/bitmap-cost}
[ -x "$L2TLB" ] || { echo "bitmap-cost: $L2TLB is not there (run make)" >&2; exit 2; }
mkdir -p "$OUT" || exit 2
WORDS='off 16 32 64 128 256'
CAPTURES='database graph'
[ -z "${BITMAP_COST_SMALL:-}" ] || { WORDS='off 16'; CAPTURES=''; }
status=0

"$L2TLB" gen seq -n 60k --footprint 8M --fetches 0.3 "$OUT/sequential.gvt" &&
    "$L2TLB" gen zipf -n 20k --zipf 1.2 --fetches 0.3 "$OUT/zipf.gvt" &&
    "$L2TLB" gen random -n 8k "$OUT/random.gvt" || exit 1
TRACES="$OUT/sequential.gvt $OUT/zipf.gvt"
for name in $CAPTURES; do # their first accesses: a third of them, several bursts
    limit=180k
    [ "$name" = database ] || limit=80k
    "$L2TLB" convert --quiet --from gvt -n "$limit" "traces/captures/$name.gvt.gz" "$OUT/$name.gvtb" ||
        exit 1
    TRACES="$TRACES $OUT/$name.gvtb"
done
TRACES="$TRACES $OUT/random.gvt"

geometry() { # geometry REVISION WORDS: sets and ways of the BitmapCache (a set has at most 64 ways)
    case $1 in
    2026-03) ways=4 ;;
    *) ways=$2 && [ "$2" -le 64 ] || ways=64 ;;
    esac
    echo "--set bitmap.cache_ways=$ways --set bitmap.cache_sets=$(($2 / ways))"
}

# rows REVISION ERRATA STAGES PAGES WORDS: replays all traces, appends a line for each
rows() {
    options="--preset bitmap --set revision=$1 --set errata=$2 --set errata.L3=fixed"
    options="$options --world stages=$3 --world pages=$4"
    options="$options --world secure.pattern=region --world secure.share=0.25"
    [ "$5" = off ] && options="$options --world secure.off=1"
    [ "$5" = off ] || options="$options $(geometry "$1" "$5")"
    # shellcheck disable=SC2086 # lists of words
    "$L2TLB" replay --quiet --threads 2 --report csv $options $TRACES >"$OUT/run.csv" || status=1
    sed 's/"[^"]*"/text/' "$OUT/run.csv" | awk -F, -v key="$1,$2,$3,$4" -v words="$5" '
        $2 == "run" && $6 == "trace" { n = $7; sub(/.*\//, "", n); sub(/\.gvt.*/, "", n); name[$1] = n }
        $3 == "" { v[$1, $2, $6] = $7; if ($1 + 1 > count) count = $1 + 1 }
        $2 == "bitmap" && $3 == "cost" && $6 == "cycles" { checks[$1] += $7 }
        END {
            for (i = 0; i < count; i++) {
                walks = v[i, "summary", "walks"]
                printf "%s,%s,%s,%d,%d,%s,%d,%d,%s,%d,%d,%d\n", key, name[i], words,
                       v[i, "summary", "cycles"], v[i, "summary", "answers"],
                       v[i, "summary", "latency_mean"], walks, checks[i],
                       v[i, "bitmap", "cache_rate"], v[i, "bitmap", "all_reads"],
                       v[i, "leaks", "leaks"] + v[i, "leaks", "needless"],
                       v[i, "trace", "instructions"]
            }
        }' >>"$OUT/raw.csv"
}

: >"$OUT/raw.csv"
for pages in 4k 2m; do
    for errata in as-rtl fixed; do
        for revision in 2025-05 2026-03; do
            for stages in one two; do
                for words in $WORDS; do
                    rows $revision $errata $stages $pages "$words"
                done
            done
        done
    done
done

# Overhead against bitmap off (the first line of each trace and setting).
awk -F, -v OFS=, '
    BEGIN {
        print "revision,errata,stages,pages,trace,words,cycles,overhead_percent,requests," \
              "latency_mean,latency_extra,check_cycles_per_walk,cache_hit_percent,bitmap_reads," \
              "leaks_and_denials,extra_cycles_per_1000_instructions"
    }
    {
        k = $1 $2 $3 $4 $5
        if ($6 == "off") { base[k] = $7; mean[k] = $9 }
        print $1, $2, $3, $4, $5, $6, $7, sprintf("%.2f", 100 * ($7 - base[k]) / base[k]), $8, $9,
              sprintf("%.2f", $9 - mean[k]), sprintf("%.2f", $10 ? $11 / $10 : 0), $12, $13, $14,
              $15 ? sprintf("%.1f", 1000 * ($7 - base[k]) / $15) : ""
    }' "$OUT/raw.csv" >"$OUT/cost.csv"
awk -f scripts/bitmap-cost-tables.awk "$OUT/cost.csv" >"$OUT/cost.md"
awk -f scripts/bitmap-cost-plot.awk "$OUT/cost.csv" >"$OUT/cost.svg"
rm -f "$OUT/raw.csv" "$OUT/run.csv"
echo "$OUT/cost.csv, $OUT/cost.md, $OUT/cost.svg"
exit $status
