#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Forms and limits of options: tests/cli_options.sh [COMMAND]. Each number is given its limits, and one more.
set -u
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"

"$L2TLB" gen seq -n 3 t.gvt || exit 2

# limits NAME LEAST MOST COMMAND...: LEAST and MOST are taken, their neighbours are refused
limits() {
    option=$1 least=$2 most=$3
    shift 3
    good "--$option $least" "$@" "--$option" "$least"
    good "--$option=$most" "$@" "--$option=$most"
    [ "$least" -eq 0 ] ||
        bad "--$option below $least" "--$option: $((least - 1)) is not in $least..$most" "$@" "--$option" $((least - 1))
    bad "--$option above $most" "--$option: $((most + 1)) is not in $least..$most" "$@" "--$option" $((most + 1))
}

limits threads 1 256 "$L2TLB" replay -q t.gvt
for class in load store prefetch fetch; do limits window-$class 1 256 "$L2TLB" replay -q t.gvt; done
for event in load full fetch amo; do limits retry-$event 1 1000 "$L2TLB" replay -q t.gvt; done
limits retry-store 2 1000 "$L2TLB" replay -q t.gvt
limits spaces 1 4096 "$L2TLB" gen switch -n 9 -
limits guests 1 1024 "$L2TLB" gen switch -n 9 -
limits granule 4 64 "$L2TLB" walk --arch aarch64 1000

# forms of numbers
good "a hexadecimal number" "$L2TLB" replay -q --threads 0x2 t.gvt
good "a hexadecimal number in capitals" "$L2TLB" replay -q --threads 0XA t.gvt
good "the largest number" "$L2TLB" replay -q --seed 18446744073709551615 t.gvt
good "the largest number, hexadecimal" "$L2TLB" replay -q --seed 0xffffffffffffffff t.gvt
for number in 18446744073709551616 0x10000000000000000 99999999999999999999 -1 +1 '' ' 1' '1 ' 1x 0x 0xg x1 1.0 1e3; do
    bad "--seed '$number'" '^l2tlb replay: --seed: ".*" is not a number$' "$L2TLB" replay --seed "$number" t.gvt
done

# words, flags, lists
for word in tex textt t '' TEXT 'text|json'; do
    bad "--report '$word'" "not one of text.json.csv.html" "$L2TLB" replay --report "$word" t.gvt
done
bad "a flag with a value" '--oracle takes no value' "$L2TLB" replay --oracle=1 t.gvt
bad "two reports to standard output" 'report json: a second one for standard output' "$L2TLB" replay --report text --report json t.gvt
bad "two reports to one file" 'report csv: a second one for x' "$L2TLB" replay --report text --report csv -o x t.gvt
bad "a report in a file without a name" 'report json=: no FILE' "$L2TLB" replay --report json= t.gvt
bad "a report of no form in a file" 'report xml=x: not one of' "$L2TLB" replay --report xml=x t.gvt
bad "too many reports" 'more than 8 reports' "$L2TLB" replay --report text=1 --report text=2 --report text=3 --report text=4 \
    --report text=5 --report text=6 --report text=7 --report text=8 --report text=9 t.gvt
[ ! -e x ] && [ ! -e 1 ] || fail "reports that are refused" "files are there"
bad "an option without its value" '--report needs a value' "$L2TLB" replay t.gvt --report
bad "an unknown option" 'unknown option --reports' "$L2TLB" replay --reports text t.gvt
bad "an unknown letter" 'unknown option -x' "$L2TLB" replay -x t.gvt
bad "the beginning of an option" 'unknown option --repor' "$L2TLB" replay --repor text t.gvt
good "a letter with its value" "$L2TLB" gen seq -n3 -
good "the end of the options" "$L2TLB" replay -q -- t.gvt
bad "a file called as an option" '^l2tlb replay: --seed: ' "$L2TLB" replay -q -- --seed
set -- 
i=0
while [ $i -lt 128 ]; do set -- "$@" --set pmp.entries=16; i=$((i + 1)); done
good "128 settings" "$L2TLB" config "$@"
bad "129 settings" 'given more than 128 times' "$L2TLB" config "$@" --set pmp.entries=16
for item in pmp.entries =16 '' pmp.entries16; do
    bad "--set '$item'" 'not KEY=VALUE' "$L2TLB" config --set "$item"
done
good "the last setting counts" "$L2TLB" config --set pmp.entries=16 --set pmp.entries=32
has "the last setting counts" '^pmp.entries += 32 '

finish
