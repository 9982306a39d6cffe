#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# Reports: their first screen, JSON against its schema, CSV, the figures over time.
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"

captures=$ROOT/traces/captures
# The first Python may be another one than that of the packages.
PYTHON=python3
for p in /usr/bin/python3 python3; do "$p" -c 'import jsonschema' 2>/dev/null && PYTHON=$p; done
schema() { # NAME FILE
    "$PYTHON" "$ROOT/tests/schema.py" "$2" >err 2>&1
    case $? in
    0) pass ;;
    3) skip "$1: python3-jsonschema is not there" ;;
    *) : >out; fail "$1" "not as docs/schema/report-1.json" ;;
    esac
}

# --- every kind of report is as its schema says
{
    printf 'GVT 1\nisa riscv64\nkind port\naddress virtual\ntables built\nrun\n'
    i=0
    while [ $i -lt 400 ]; do
        printf 'q %d %x %d @%d +7\n' $((i % 2)) $((4096 + i * i % 977)) $((i % 4)) $((100 + 61 * i))
        i=$((i + 1))
    done
} >ports.gvt
n=0
while read -r command arguments; do
    n=$((n + 1))
    # shellcheck disable=SC2086 # a list of words
    good "json $n" "$L2TLB" "$command" $arguments --report json -o "r$n.json"
    schema "schema: $command $arguments" "r$n.json"
done <<LIST
replay $captures/database.gvt.gz
replay --world stages=two --preset minimal --set errata=fixed $captures/database.gvt.gz
replay --preset bitmap --oracle --first-touch --world stages=two --world secure.pattern=random $captures/database.gvt.gz
replay --preset cvm --revision 2026-07 --interval 50000accesses $captures/database.gvt.gz
replay --arch aarch64 $captures/graph_aarch64.gvt.gz
replay ports.gvt
replay ports.gvt ports.gvt
diff-revisions $captures/database.gvt.gz
replay --preset mpt --world mpt.mode=smmpt43 --world mpt.page=4k $captures/database.gvt.gz
LIST

# --- the schema notices what is wrong
if "$PYTHON" -c 'import jsonschema' 2>err; then
    for edit in 's/"schema_version":	1/"schema_version":	2/' 's/"accesses":	[0-9]*/"accesses":	"many"/' \
        's/"latency_p50"/"latencyP50"/' 's/"checks"/"sums"/' 's/"l0":	[0-9]*/"l0":	-1/'; do
        sed "$edit" r1.json >broken.json
        if cmp -s broken.json r1.json; then
            fail "broken report" "$edit changes nothing"
        elif "$PYTHON" "$ROOT/tests/schema.py" broken.json >out 2>err; then
            fail "broken report" "$edit is not noticed"
        else
            pass
        fi
    done
else
    skip "broken reports: python3-jsonschema is not there"
fi

# --- the first screen
good summary "$L2TLB" replay --world stages=two --report summary "$captures/database.gvt.gz"
lines=$(wc -l <out)
if [ "$lines" -le 25 ]; then pass; else fail summary "$lines lines, more than a screen"; fi
for line in 'Trace +database.gvt.gz: 540 000 accesses' 'Machine +preset default, revision 2025-05' \
    'World +two stages, Sv39 over Sv39x4' 'Latency +mean [0-9.]+ cycles' 'Translation +adds [0-9.]+ cycles per access' \
    'Cycles, % +[0-9.]+  [a-zA-Z]' 'Stands out +[0-9A-Z]' 'Checks +[0-9]+ sums checked, all right'; do
    if grep -qE "^  $line" out; then pass; else fail summary "no line like '$line'"; fi
done
cp out screen
good text "$L2TLB" replay --world stages=two "$captures/database.gvt.gz"
head -"$lines" out >top
if cmp -s screen top; then pass; else fail text "does not begin with its summary"; fi
if grep -q '^  ok ' out; then fail text "lists sums that hold"; else pass; fi
good full "$L2TLB" replay --full --world stages=two "$captures/database.gvt.gz"
if grep -q '^  ok  *cycles by cause = sum of latencies' out; then pass; else fail full "no list of sums"; fi

# --- several reports of one run are those of one run each
for f in text json csv html summary; do good "alone: $f" "$L2TLB" replay -q --report $f -o alone.$f ports.gvt ports.gvt; done
good 'several reports' "$L2TLB" replay -q --report json=s.json --report csv --report html=s.html --report text=s.text \
    --report summary=s.summary ports.gvt ports.gvt
mv out s.csv
for f in text json csv html summary; do same "several reports: $f" s.$f alone.$f; done
good 'reports to files only' "$L2TLB" replay -q --report json=s.json --report html=s.html ports.gvt
if [ -s out ]; then fail 'reports to files only' 'something on standard output'; else pass; fi
good 'files and -o' "$L2TLB" replay -q --report json=s.json -o o.text ports.gvt ports.gvt
same 'files and -o' o.text alone.text

# --- runs side by side
for seed in 1 2 3; do
    good "seed $seed" "$L2TLB" replay --seed $seed --report json -o "four$seed.json" ports.gvt
    good "seed $seed, slow" "$L2TLB" replay --seed $seed --mem lat=400 --report json -o "slow$seed.json" ports.gvt
done
good compare "$L2TLB" compare four?.json slow?.json
has 'compare: groups' '^  Runs +6 in 2 groups '
has 'compare: setting' '^    mem.lat +160 +400 *$'
has 'compare: figure' '^    Latency, mean +[0-9.]+ [^ 0-9]+ [0-9.]+ +[0-9.]+ [^ 0-9]+ [0-9.]+ +[0-9.]+ yes'
good 'compare: seeds alone' "$L2TLB" compare four1.json four2.json
has 'seeds are no difference' '^  Runs +2 in 1 group '
good 'compare: two' "$L2TLB" compare four1.json slow1.json
if grep -qE '^    Latency, mean .* (yes|no) *$' out; then fail 'compare: two' "significant without seeds"; else pass; fi
cp four1.json again.json
good 'compare: the same run again' "$L2TLB" compare four1.json again.json
has 'a seed that was there is no evidence' '^  Runs +2 in 2 groups '
has 'nothing differs' 'again: no figure differs by 1 %'
# --- two machines on one trace: the tables of compare, and the first request that differs
good Left "$L2TLB" replay --world stages=two --report json -o Left.json "$captures/database.gvt.gz"
good Right "$L2TLB" replay --world stages=two --revision 2026-03 --report json -o Right.json "$captures/database.gvt.gz"
good 'compare: revisions' "$L2TLB" compare --report json -o c.json Left.json Right.json
good 'diff-revisions' "$L2TLB" diff-revisions --world stages=two --report json=d.json --report text "$captures/database.gvt.gz"
has 'diff: first request' '^  First to differ +port [01], request [0-9]+, page [0-9a-f]+: [0-9]+ and [0-9]+ cycles'
has 'diff: rule' '^    rule.napot_strict +no +yes'
schema 'diff-revisions' d.json
python3 - >out 2>err <<'P' && pass || fail 'diff-revisions' "it contradicts compare or the runs"
import json
diff, compared, left, right = (json.load(open(n + ".json")) for n in ("d", "c", "Left", "Right"))
for section in ("differences", "figures", "causes"):
    assert diff["sections"][section] == compared["sections"][section], section
assert len(diff["checks"]) == len(left["checks"]) + len(right["checks"]) + 1
v = diff["sections"]["requests"]["values"]
for side, r in (("only_left", left), ("only_right", right)):
    assert v["pairs"] + v[side] == r["sections"]["summary"]["values"]["answers"]
P
good 'diff-revisions of one machine' "$L2TLB" diff-revisions --left llptw.size=6 --right llptw.size=6 ports.gvt
has 'nothing differs' '^  First to differ +no request'
gzip -k four1.json
good 'compare: .gz, json' "$L2TLB" compare four1.json.gz slow1.json --report json -o c.json
schema 'compare' c.json
good 'compare: html' "$L2TLB" compare four1.json slow1.json --report html=c.html --report json=c2.json --report text
has 'compare: text beside files' '^    mem.lat +160 +400 *$'
same 'compare: json beside others' c.json c2.json
good 'compare: r7' "$L2TLB" compare r7.json
bad 'compare one' 'one run alone' "$L2TLB" compare four1.json
bad 'compare none' 'no report given' "$L2TLB" compare
bad 'compare a trace' 'ports.gvt:1: not JSON' "$L2TLB" compare four1.json ports.gvt
bad 'compare a diff' 'r8.json: a report without' "$L2TLB" compare four1.json r8.json
echo '{"schema": "l2tlbsim-report", "schema_version": 2}' >two.json
bad 'compare another version' 'another schema version' "$L2TLB" compare four1.json two.json
echo '[1]' >one.json
bad 'compare something else' 'one.json: not a JSON report' "$L2TLB" compare four1.json one.json
head -c 3000 four1.json >cut.json
bad 'compare a cut one' 'cut.json:[0-9]+: not JSON' "$L2TLB" compare four1.json cut.json

# --- over time: intervals add up to the run, whatever their length, skipping or not
for every in 20000 100000accesses 3000000instructions; do
    good "interval $every" "$L2TLB" replay --interval $every --report json -o i.json "$captures/database.gvt.gz"
    good "interval $every, clocked" "$L2TLB" replay --no-skip --interval $every --report json -o j.json ports.gvt
    good "interval $every, skipped" "$L2TLB" replay --interval $every --report json -o k.json ports.gvt
    if cmp -s j.json k.json; then pass; else fail "interval $every" "skipping changes the report"; fi
    python3 - >out 2>err <<'P' && pass || fail "interval $every" "does not add up"
import json
s = json.load(open("i.json"))["sections"]
rows = s["phases"]["tables"]["figures"]
total = lambda key: sum(r[key] for r in rows)
assert len(rows) > 2
assert total("cycles") == s["summary"]["values"]["cycles"]
assert total("requests") == s["summary"]["values"]["requests"]
assert total("instructions") == s["trace"]["values"]["instructions"]
assert total("reads") == s["references"]["values"]["reads"]
assert total("latency_sum") == sum(r[k] for r in s["phases"]["tables"]["causes"] for k in r if k != "from_cycle")
P
done
# --- a region of the run
good 'whole run' "$L2TLB" replay --report json -o whole.json "$captures/database.gvt.gz"
good 'region of all' "$L2TLB" replay --roi 0: --report json -o all.json "$captures/database.gvt.gz"
good 'warm-up' "$L2TLB" replay --warmup 200000 --report json -o warm.json "$captures/database.gvt.gz"
good 'region' "$L2TLB" replay --roi 200000:300000 --report json -o roi.json "$captures/database.gvt.gz"
for file in all warm roi; do schema "region: $file" $file.json; done
python3 - >out 2>err <<'P' && pass || fail region "it does not add up"
import json
whole, all_, warm, roi = (json.load(open(n + ".json"))["sections"] for n in ("whole", "all", "warm", "roi"))
for section in ("summary", "latency", "references", "cycles", "pagecache", "walkers", "l1"):
    assert whole[section] == all_[section], section
for s in (warm, roi):
    parts = s["parts"]["tables"]["parts"]
    for key, total in (("cycles", whole["summary"]["values"]["cycles"]), ("records", whole["run"]["values"]["records"]),
                       ("requests", whole["summary"]["values"]["requests"]), ("reads", whole["references"]["values"]["reads"])):
        assert sum(p[key] for p in parts) == total, key
    assert parts[1]["requests"] == s["summary"]["values"]["requests"]
    assert s["latency"]["tables"]["by_kind"][-1]["max"] <= whole["latency"]["tables"]["by_kind"][-1]["max"]
assert abs(roi["parts"]["tables"]["parts"][1]["records"] - 100000) < 100
assert warm["parts"]["tables"]["parts"][0] == roi["parts"]["tables"]["parts"][0]
P
good 'region: clocked' "$L2TLB" replay --no-skip --roi 100:300 --report json -o j.json ports.gvt
good 'region: skipped' "$L2TLB" replay --roi 100:300 --report json -o k.json ports.gvt
same 'a region with and without skipping' j.json k.json
good 'region behind the end' "$L2TLB" replay --warmup 100000 --report json -o k.json ports.gvt
schema 'region behind the end' k.json
# --- a region by marks of the trace: they take no time, its parts add up, each is about that of its records
good 'the trace as text' "$L2TLB" convert --from gvt "$captures/database.gvt.gz" database.gvt
marks() { # FILE RECORD...: begin and end behind these records of database.gvt
    to=$1
    shift
    awk -v at="$*" 'BEGIN { n = split(at, p, " ") } $1 == "end" { next } { print } run { for (i = 1; i <= n; i++) if (NR - head == p[i]) print "roi", i % 2 ? "begin" : "end" }
        $0 == "run" { run = 1; head = NR }' database.gvt >"$to"
}
marks one.gvt 100000 200000
marks two.gvt 300000 350000
marks both.gvt 100000 200000 300000 350000
for n in one two both; do
    good "marks: $n" "$L2TLB" replay --reuse --roi marks --report json -o $n.json $n.gvt
    schema "marks: $n" $n.json
done
good 'marks that nobody asks for' "$L2TLB" replay --report json -o unasked.json both.gvt
good 'the same by records' "$L2TLB" replay --reuse --roi 100000:200000 --report json -o records.json "$captures/database.gvt.gz"
good 'marks, summary' "$L2TLB" replay --roi marks --report summary both.gvt
has 'marks, summary' '^  Region +between the marks of the trace, 2 parts: all figures are of these 150 00[0-9] records'
python3 - >out 2>err <<'P' && pass || fail marks "they do not add up"
import json
one, two, both, unasked, records, whole = (json.load(open(n + ".json"))["sections"] for n in ("one", "two", "both", "unasked", "records", "whole"))
for section in ("summary", "latency", "references", "cycles", "pagecache", "walkers", "l1", "memory"):
    assert unasked[section] == whole[section], section
assert unasked["trace"]["values"]["roi_marks"] == 4
for section, keys in (("summary", ("cycles", "requests", "answers", "walks", "instructions")), ("references", ("reads",)),
                      ("walkers", ("ptw_walks", "hptw_walks", "llptw_in")), ("prefetch", ("issued",))):
    for key in keys:
        assert one[section]["values"][key] + two[section]["values"][key] == both[section]["values"][key], key
assert both["summary"]["values"]["requests"] > 1000 < both["walkers"]["values"]["llptw_in"]
rows = lambda s: s["latency"]["tables"]["histogram"]
count = lambda s, to: sum(r["count"] for r in rows(s) if r["to"] <= to)
for r in rows(both):
    assert count(one, r["to"]) + count(two, r["to"]) == count(both, r["to"]), r
parts = both["parts"]["tables"]["parts"]
assert parts[0]["part"] == "before and between" and one["parts"]["tables"]["parts"][0]["part"] == "before"
for key, total in (("cycles", whole["summary"]["values"]["cycles"]), ("requests", whole["summary"]["values"]["requests"]),
                   ("records", whole["run"]["values"]["records"] + 4)):
    assert sum(p[key] for p in parts) == total, key
assert abs(one["summary"]["values"]["requests"] - records["summary"]["values"]["requests"]) < 100
assert abs(one["parts"]["tables"]["parts"][1]["accesses"] - 100000) < 100
assert abs(one["reuse"]["values"]["pages"] - records["reuse"]["values"]["pages"]) < 20
P
good 'marks: clocked' "$L2TLB" replay --no-skip --roi marks --report json -o j.json both.gvt
good 'marks: skipped' "$L2TLB" replay --roi marks --report json -o k.json both.gvt
same 'marks with and without skipping' j.json k.json
good 'marks as bytes' "$L2TLB" convert --from gvt both.gvt both.gvtb.gz
good 'marks from bytes' "$L2TLB" replay --roi marks --report csv -o k.csv both.gvtb.gz
good 'marks from text' "$L2TLB" replay --roi marks --report csv -o j.csv both.gvt
sed -i 's/both.gvtb.gz/both.gvt/' k.csv
same 'marks as text and bytes' j.csv k.csv
awk '{ print } /^run/ { r = NR } r && NR == r + 100 { print "roi begin" } r && NR == r + 300 { print "roi end @18350" }' ports.gvt >marked.gvt
good 'marks in a port trace' "$L2TLB" replay --roi marks --report json -o k.json marked.gvt
python3 - >out 2>err <<'P' && pass || fail 'marks in a port trace' "another region"
import json
parts = json.load(open("k.json"))["sections"]["parts"]["tables"]["parts"]
# The first acts when the requests before it have gone, the second at its cycle (8 cycles of boot before).
assert abs(parts[0]["requests"] - 100) <= 5 and abs(parts[0]["cycles"] + parts[1]["cycles"] - 18350) <= 12, parts
P
good 'marks in a port trace, clocked' "$L2TLB" replay --no-skip --roi marks --report json -o j.json marked.gvt
same 'marks in a port trace, with and without skipping' j.json k.json
good 'no marks' "$L2TLB" replay --roi marks ports.gvt
if grep -q 'remark: the trace has no mark .roi begin.: the region is empty' err; then pass; else fail 'no marks' 'nothing is said'; fi
printf 'GVT 1\nisa riscv64\nkind access\naddress virtual\ntables built\nrun\nl 1000 8 u\nroi middle\n' >bad.gvt
bad 'a mark of nothing' 'bad.gvt:8: a mark is: roi begin.end' "$L2TLB" replay bad.gvt
bad 'region twice' 'say the same twice' "$L2TLB" replay --warmup 5 --roi 5:6 ports.gvt
for roi in 5 5:5 6:5 a:b 5:x :5; do bad "region $roi" "^l2tlb replay: --roi $roi: not " "$L2TLB" replay --roi $roi ports.gvt; done

# --- footprint and reuse distances: as a list in LRU order says, over the trace itself
good 'reuse' "$L2TLB" replay --reuse --report json -o u.json --interval 50000accesses "$captures/database.gvt.gz"
schema reuse u.json
python3 - >out 2>err <<'P' && pass || fail reuse "not what the trace says"
import json
pages, lines = [], []
def use(order, what):
    try:
        at = order.index(what)
        del order[at]
    except ValueError:
        at = None
    order.insert(0, what)
    return at + 1 if at is not None else None
distance = {12: [], 15: []}
different = {shift: set() for shift in (12, 15, 21, 24, 30)}
first = 0
for line in open("database.gvt"):
    w = line.split()
    if len(w) < 4 or w[0] not in "flsarp" or not w[3][0] in "us":
        continue
    begin, end = int(w[1], 16), int(w[1], 16) + int(w[2]) - 1
    for address in [begin] if begin >> 12 == end >> 12 else [begin, end]:
        for shift, order in ((12, pages), (15, lines)):
            d = use(order, address >> shift)
            if d:
                distance[shift].append(d)
            first += shift == 12 and d is None
        for shift in different:
            different[shift].add(address >> shift)
s = json.load(open("u.json"))["sections"]["reuse"]
v, t = s["values"], s["tables"]
d = sorted(distance[12])
assert v["kind"] == "exact"
assert v["pages"] == v["first_uses"] == first == len(different[12])
assert v["distance_max"] == d[-1] if d[-1] < 1024 else abs(v["distance_max"] - d[-1]) <= d[-1] / 60
assert v["distance_p50"] == d[-(-len(d) * 500 // 1000) - 1] and v["distance_p99"] == d[-(-len(d) * 990 // 1000) - 1]
for row, shift in zip(t["footprint"], (12, 15, 21, 24, 30)):
    assert row["blocks"] == len(different[shift]), row
uses = len(d) + first
for row in t["reach"][:4]:
    want = 100 * sum(x <= row["entries"] for x in distance[15]) / uses
    assert abs(row["accesses_within"] - want) < 0.006, (row, want)
phases = json.load(open("u.json"))["sections"]["phases"]["tables"]["figures"]
assert sum(p["new_pages"] for p in phases) == first
P
good 'reuse, clocked' "$L2TLB" replay --no-skip --reuse --report json -o j.json ports.gvt
good 'reuse, skipped' "$L2TLB" replay --reuse --report json -o k.json ports.gvt
same 'reuse with and without skipping' j.json k.json
schema 'reuse of ports' k.json
good 'reuse of a region' "$L2TLB" replay --reuse --roi 200000:300000 --report json -o r.json "$captures/database.gvt.gz"
good 'reuse of a part' "$L2TLB" convert --from gvt --skip 200000 --limit 100000 "$captures/database.gvt.gz" part.gvt
good 'reuse of that part' "$L2TLB" replay --reuse --report json -o p.json part.gvt
python3 - >out 2>err <<'P' && pass || fail 'reuse of a region' "not that of its part of the trace"
import json
region, part, whole = (json.load(open(n + ".json"))["sections"]["reuse"]["values"] for n in "rpu")
assert abs(region["pages"] - part["pages"]) < 20 < region["pages"], (region, part)
assert region["first_uses"] < region["pages"] < whole["pages"], (region, whole)
P

bad 'interval of nothing' '--interval 0: not a number' "$L2TLB" replay --interval 0 ports.gvt
bad 'interval of what' '--interval 5miles: not a number' "$L2TLB" replay --interval 5miles ports.gvt

finish
