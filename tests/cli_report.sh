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

# --- runs side by side
for seed in 1 2 3; do
    good "seed $seed" "$L2TLB" replay --seed $seed --report json -o "four$seed.json" ports.gvt
    good "seed $seed, slow" "$L2TLB" replay --seed $seed --mem lat=400 --report json -o "slow$seed.json" ports.gvt
done
good compare "$L2TLB" compare four?.json slow?.json
has 'compare: groups' '^  Runs +6, of 2 different settings'
has 'compare: setting' '^    mem.lat +160 +400 *$'
has 'compare: figure' '^    Latency, mean +[0-9.]+ [^ 0-9]+ [0-9.]+ +[0-9.]+ [^ 0-9]+ [0-9.]+ +[0-9.]+ yes'
good 'compare: seeds alone' "$L2TLB" compare four1.json four2.json
has 'seeds are no difference' '^  Runs +2, of 1 different settings'
good 'compare: two' "$L2TLB" compare four1.json slow1.json
if grep -qE '^    Latency, mean .* (yes|no) *$' out; then fail 'compare: two' "significant without seeds"; else pass; fi
gzip -k four1.json
good 'compare: .gz, json' "$L2TLB" compare four1.json.gz slow1.json --report json -o c.json
schema 'compare' c.json
good 'compare: html' "$L2TLB" compare four1.json slow1.json --report html -o c.html
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
bad 'region twice' 'say the same twice' "$L2TLB" replay --warmup 5 --roi 5:6 ports.gvt
for roi in 5 5:5 6:5 a:b 5:x :5; do bad "region $roi" "^l2tlb replay: --roi $roi: not " "$L2TLB" replay --roi $roi ports.gvt; done

bad 'interval of nothing' '--interval 0: not a number' "$L2TLB" replay --interval 0 ports.gvt
bad 'interval of what' '--interval 5miles: not a number' "$L2TLB" replay --interval 5miles ports.gvt

finish
