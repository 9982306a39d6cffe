#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Runs fuzzers, one after another: tests/fuzz/run.sh BUILD SECONDS TARGET...
# Inputs that reach something new stay in BUILD/fuzz/corpus/TARGET, findings in BUILD/fuzz/found. Prints a line per
# target: seconds, executions, edges and features reached, inputs kept, findings. Status 1: something was found.
build=$1 seconds=$2
shift 2
here=$(dirname "$0")
bad=0
found=$build/fuzz/found
mkdir -p "$found" "$build/fuzz/corpus"
"$here/seeds.py" "$build/fuzz/seeds" "${L2TLB:-build/l2tlb}" "$@" || exit 2
for target; do
    mkdir -p "$build/fuzz/corpus/$target"
    log=$build/fuzz/$target.log
    rm -f "$build/fuzz/$target.begin" && touch "$build/fuzz/$target.begin"
    start=$(date +%s)
    case $target in
    ports) "$here/ports.py" --seconds "$seconds" --corpus "$build/fuzz/corpus/ports" --found "$found" >"$log" 2>&1 ;;
    *)
        # The folders' whole names: the target `command` goes elsewhere.
        kept=$PWD/$here/corpus/$target
        [ -d "$kept" ] || kept=$PWD/$build/fuzz/seeds/$target
        "$build/fuzz/fuzz_$target" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=3000 -max_len=16384 -print_final_stats=1 \
            -dict="$PWD/$build/fuzz/seeds/$target.dict" -artifact_prefix="$PWD/$found/$target-" \
            "$PWD/$build/fuzz/corpus/$target" "$PWD/$build/fuzz/seeds/$target" "$kept" >"$log" 2>&1 </dev/null ;;
    esac
    [ $? -eq 0 ] || bad=1
    awk -v target="$target" -v seconds=$(($(date +%s) - start)) \
        -v found="$(find "$found" -name "$target-*" -newer "$build/fuzz/$target.begin" | wc -l)" '
        { for (i = 1; i < NF; i++) if ($i ~ /^(cov|ft|corp):$/) v[$i] = $(i + 1) }
        $1 == "stat::number_of_executed_units:" { n = $2 }
        /^#[0-9]+/ && !n { last = substr($1, 2) }
        END { sub(/\/.*/, "", v["corp:"])
            printf "%-14s %6d s %10d executions %6d edges %6d features %5d inputs %2d found\n", target, seconds, n ? n : last, v["cov:"], v["ft:"], v["corp:"], found }' "$log" |
        tee -a "$build/fuzz/table.txt"
done
exit $bad
