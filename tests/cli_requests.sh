#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# The lives of requests: replay --requests, --perfetto, --kanata, and l2tlb explain.
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"

capture=$ROOT/traces/captures/database.gvt.gz
for world in 'stages=one' 'stages=two --preset mpt' 'stages=two --preset bitmap --revision 2026-03'; do
    # shellcheck disable=SC2086 # a list of words
    good "views, $world" "$L2TLB" replay --world $world --report json -o r.json --requests q.csv --perfetto p.json \
        --kanata k.log "$capture"
    python3 - >out 2>err <<'P' && pass || fail "views, $world" "they contradict the report or themselves"
import csv, json
report = json.load(open("r.json"))["sections"]
rows = list(csv.DictReader(open("q.csv")))
causes = [k for k in rows[0] if k not in ("request", "port", "kind", "vpn", "accepted", "latency", "path", "g_stage",
                                          "fault", "page", "g_page", "reads", "steps", "read_list")]
assert len(causes) == 16, causes
assert len(rows) == report["summary"]["values"]["answers"] == len({r["request"] for r in rows})
for r in rows:
    latency = int(r["latency"])
    assert sum(int(r[c]) for c in causes) == latency
    steps = [s.split(">")[0].split("@") for s in r["steps"].split(";")]
    took, at = dict.fromkeys(causes, 0), [int(s[1]) for s in steps] + [latency]
    assert at[0] == 0 and at == sorted(at)
    for (cause, _), begin, end in zip(steps, at, at[1:]):
        took[cause] += end - begin
    assert len(steps) == 96 or took == {c: int(r[c]) for c in causes}, r
    reads = [x for x in r["read_list"].split(";") if x]
    assert sum(x[0] not in "bm" for x in reads) == int(r["reads"]) or len(reads) == 64, r
assert sum(int(r["latency"]) for r in rows) == sum(
    r["latency_sum"] for r in report["phases"]["tables"]["figures"])

# Perfetto: an independent reading of the Trace Event Format
events = json.load(open("p.json"))["traceEvents"]
requests = {e["name"]: e for e in events if e["ph"] == "X" and e["pid"] == 1 and e["name"].startswith("request ")}
assert len(requests) == len(rows)
for r in rows:
    e = requests["request " + r["request"]]
    assert (e["ts"], e["dur"]) == (int(r["accepted"]), int(r["latency"]))
lanes = {}
for e in events:
    if e["ph"] == "X":
        lanes.setdefault((e["pid"], e["tid"]), []).append((e["ts"], -e["dur"], e["ts"] + e["dur"]))
for lane in lanes.values():  # slices of a track nest or follow one another
    open_ = []
    for begin, _, end in sorted(lane):
        while open_ and open_[-1] <= begin:
            open_.pop()
        assert not open_ or end <= open_[-1]
        open_.append(end)
tails, heads = ({e["id"] for e in events if e["ph"] == p} for p in "sf")
assert tails and tails <= heads

# Konata: an independent reading of Kanata 0004
cycle, begun, ended, stage = 0, {}, {}, {}
lines = open("k.log").read().splitlines()
assert lines[0] == "Kanata\t0004" and lines[1].startswith("C=\t")
for line in lines[1:]:
    f = line.split("\t")
    if f[0] == "C=":
        cycle = int(f[1])
    elif f[0] == "C":
        assert int(f[1]) > 0
        cycle += int(f[1])
    elif f[0] == "I":
        assert int(f[1]) == len(begun)
        begun[f[1]] = (cycle, f[2])
    elif f[0] == "S":
        assert f[1] in begun and f[1] not in ended
        stage.setdefault(f[1], []).append(f[3])
    elif f[0] == "R":
        ended[f[1]] = cycle
    else:
        assert f[0] == "L", line
assert len(begun) == len(ended) == len(rows)
by_tag = {tag: (ended[i] - at, len(stage[i])) for i, (at, tag) in begun.items()}
for r in rows:
    assert by_tag[r["request"]] == (int(r["latency"]), len(r["steps"].split(";")))
P
done
good 'every cycle clocked' "$L2TLB" replay --no-skip --world stages=one --report json -o n.json --requests n.csv --perfetto n.p \
    --kanata n.k "$capture"
good 'some skipped' "$L2TLB" replay --world stages=one --report json -o s.json --requests s.csv --perfetto s.p --kanata s.k "$capture"
for x in csv p k json; do same "skipping changes nothing: $x" n.$x s.$x; done

# --- explain
good explain "$L2TLB" explain s.csv
[ "$(grep -c '^request [0-9]*: one-stage, page ' out)" -eq 3 ] && pass || fail explain "not three requests"
slowest=$(tail -n +2 s.csv | sort -t, -k6,6nr -k5,5n | head -1 | cut -d, -f1)
has 'the slowest is the first' "^request $slowest:"
head -1 out | grep -q "^request $slowest:" && pass || fail explain "the slowest is not the first"
good 'explain one' "$L2TLB" explain s.csv "$slowest"
has 'its latency' "answered $(grep "^$slowest," s.csv | cut -d, -f6) cycles later"
has 'a step' '^ +0 +\+[0-9]+ +PageCache look-up, first pass'
gzip -k s.csv
good 'explain .gz' "$L2TLB" explain s.csv.gz "$slowest"
good 'explain -' sh -c "cat s.csv | '$L2TLB' explain - --slowest 1"
bad 'no such request' 'request 4000000000 is not in s.csv' "$L2TLB" explain s.csv 4000000000
bad 'no number' 'five: not the number of a request' "$L2TLB" explain s.csv five
bad 'no file' 'no file given' "$L2TLB" explain
bad 'not such a file' 's.json:1: not a file of replay --requests' "$L2TLB" explain s.json
bad 'too many slowest' 'slowest' "$L2TLB" explain s.csv --slowest 1001
i=0
for edit in 's/^\([0-9]*\),[01],/\1,2,/' 's/,lookup@0;/,lookup@0;nowhere@3;/' 's/,lookup@0;/,lookup@7;/' 's/,vs_g,\|,s,/,x,/' \
    's/$/,1/' 's/,[^,]*$//' 's/^\([0-9]*\)/\1x/' 's/+\([0-9]*\)$/+\1-/'; do
    i=$((i + 1))
    { head -1 s.csv; grep '@[0-9]*+[0-9]*$' s.csv | head -5 | sed "3$edit"; } >b.csv
    bad "damaged row $i" '^l2tlb explain: b.csv:4: ' "$L2TLB" explain b.csv --slowest 1
done
bad 'two traces' '--requests, --perfetto and --kanata take one trace' "$L2TLB" replay --kanata x "$capture" "$capture"
finish
