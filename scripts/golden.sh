#!/bin/bash
# SPDX-License-Identifier: MulanPSL-2.0
# Replays every recording of scripts/golden_sets.tsv and compares it line by line.
#
#   scripts/golden.sh [-j N] [-q] [SET...]      all sets, or the named ones
#
# Reads the recordings below $L2TLB_SHARED/golden (default ../shared); a set that is not there is
# taken from tests/golden/SET. Don't-care fields are compared as well (--strict). $L2TLB is the command (default build/l2tlb). One line per set; status 1
# if a recording of a set in state "must" differs or cannot be run, 2 if a set is not known or there
# is nothing to compare. -q prints the total only. A set without recordings is said, and counted in
# the last line as skipped.
set -u
shopt -s extglob nullglob
cd "$(dirname "$0")/.." || exit 2
jobs=2
quiet=
while getopts j:q o; do
    case $o in
    j) jobs=$OPTARG ;;
    q) quiet=1 ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
table=scripts/golden_sets.tsv
tool=${L2TLB:-build/l2tlb}
[ -x "$tool" ] || { echo "golden.sh: $tool is not built" >&2; exit 2; }
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

# Arguments of one set, one recording a line.
pairs() { # folder pattern
    local f n
    for f in "$1"/*.stim.gz; do
        n=$(basename "$f" .stim.gz)
        # shellcheck disable=SC2053 # the pattern is meant as one
        [[ $n == $2 ]] && printf '%s\n%s\n' "$f" "${f%.stim.gz}.gold.gz"
    done
}

run_set() { # set folder preset revision pattern
    local set=$1 dir=${L2TLB_SHARED:-../shared}/golden/$2 start end
    [ -d "$dir" ] || dir=tests/golden/$set
    mapfile -t args < <(pairs "$dir" "$5")
    [ ${#args[@]} -eq 0 ] && { echo "none" > "$tmp/$set.status"; return; }
    start=$(date +%s%N)
    "$tool" check --strict --preset "$3" --revision "$4" "${args[@]}" > "$tmp/$set.out" 2> "$tmp/$set.err"
    echo $? > "$tmp/$set.status"
    end=$(date +%s%N)
    echo $(((end - start) / 1000000)) > "$tmp/$set.ms"
    echo $((${#args[@]} / 2)) > "$tmp/$set.count"
}

wanted() { # set
    [ ${#only[@]} -eq 0 ] && return 0
    local s
    for s in "${only[@]}"; do [ "$s" = "$1" ] && return 0; done
    return 1
}

only=("$@")
for set in "${only[@]}"; do
    cut -f1 "$table" | grep -qxF -e "$set" || { echo "golden.sh: no set $set in $table" >&2; exit 2; }
done
begin=$(date +%s%N)
while IFS=$'\t' read -r set folder preset revision pattern state; do
    case $set in '' | '#'*) continue ;; esac
    wanted "$set" || continue
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
    run_set "$set" "$folder" "$preset" "$revision" "$pattern" &
done < "$table"
wait

bad=0 exact=0 differ=0 skipped=0 cycles=0 events=0 open_exact=0 open_rest=0
printf '%-26s %6s %6s %12s %10s %8s  %s\n' set exact differ cycles events ms state > "$tmp/report"
while IFS=$'\t' read -r set folder preset revision pattern state; do
    case $set in '' | '#'*) continue ;; esac
    wanted "$set" || continue
    status=$(cat "$tmp/$set.status" 2> /dev/null || echo none)
    if [ "$status" = none ]; then
        printf '%-26s %s\n' "$set" "SKIPPED: no recordings here" >> "$tmp/report"
        skipped=$((skipped + 1))
        continue
    fi
    # Verdict lines end with "check: exact, C cycles, E events" or "check: differs, ...".
    read -r n c e < <(awk '/check: exact, / { n++ }
        match($0, /exact, [0-9]+ cycles, [0-9]+ events/) {
            split(substr($0, RSTART), w, /[ ,]+/); c += w[2]; e += w[4] }
        END { print n + 0, c + 0, e + 0 }' "$tmp/$set.out")
    count=$(cat "$tmp/$set.count") ms=$(cat "$tmp/$set.ms")
    note=
    [ "$status" -ge 2 ] && note=$(head -1 "$tmp/$set.err")
    rest=$((count - n))
    if [ "$state" = must ]; then
        exact=$((exact + n)) differ=$((differ + rest))
        label=ok
        [ "$rest" -gt 0 ] && { label=FAILED; bad=1; }
    else
        open_exact=$((open_exact + n)) open_rest=$((open_rest + rest))
        label="not yet"
        [ "$rest" -eq 0 ] && label="all exact, still marked open"
    fi
    cycles=$((cycles + c)) events=$((events + e))
    printf '%-26s %6d %6d %12d %10d %8d  %s%s\n' "$set" "$n" "$rest" "$c" "$e" "$ms" "$label" \
        "${note:+ ($note)}" >> "$tmp/report"
    [ "$label" = FAILED ] && grep 'check: differs' "$tmp/$set.out" | head -5 | sed 's/^/    /' >> "$tmp/report"
done < "$table"
[ -z "$quiet" ] && cat "$tmp/report"
[ $((exact + differ + open_exact + open_rest)) -gt 0 ] ||
    { echo "golden: nothing to compare: no recordings in ${L2TLB_SHARED:-../shared}/golden or tests/golden" >&2; exit 2; }
[ "$skipped" -eq 0 ] || echo "golden: $skipped sets skipped: no recordings here"
[ $((open_exact + open_rest)) -gt 0 ] &&
    echo "golden: sets in work: $open_exact exact, $open_rest not yet"
wall=$((($(date +%s%N) - begin) / 1000000))
echo "golden: $exact exact, $differ differ, $cycles cycles, $events events, $((wall / 1000)).$(printf %03d $((wall % 1000))) s"
exit $bad
