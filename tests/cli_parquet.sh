#!/bin/sh
# SPDX-License-Identifier: MulanPSL-2.0
# scripts/to_parquet.py: what comes back from the file is what the replay wrote. Where there is no Python with pyarrow (PYARROW
# names one) this is skipped.
# shellcheck disable=SC2015 # counting cannot fail
# shellcheck source=tests/commands.sh
. "$(dirname "$0")/commands.sh"
capture=$ROOT/traces/captures/database.gvt.gz
PYTHON=
for p in "${PYARROW:-}" python3 /usr/bin/python3; do
    [ -n "$p" ] && "$p" -c 'import pyarrow' 2>err && PYTHON=$p && break
done
TOOL=$ROOT/scripts/to_parquet.py

if [ -z "$PYTHON" ]; then
    python3 "$TOOL" a b >out 2>err
    [ $? -eq 3 ] && grep -q 'no pyarrow' err && pass || fail 'without pyarrow' 'it does not say so'
    skip 'Parquet: there is no Python with pyarrow'
    finish
    exit
fi
good replay "$L2TLB" replay -q --world stages=two --preset bitmap --requests q.csv --report json -o r.json "$capture"
good requests "$PYTHON" "$TOOL" q.csv q.parquet
gzip -k q.csv
good 'requests, .gz' "$PYTHON" "$TOOL" q.csv.gz z.parquet
good table "$PYTHON" "$TOOL" r.json f.parquet phases.figures
"$PYTHON" - >out 2>err <<'P' && pass || fail 'what comes back' 'is something else'
import csv, json
import pyarrow.parquet as pq
rows, back = list(csv.DictReader(open("q.csv"))), pq.read_table("q.parquet")
assert back.num_rows == len(rows) > 10000 and back.column_names == list(rows[0])
assert back.equals(pq.read_table("z.parquet"))
for a, b in zip(rows, back.to_pylist()):
    for key, value in a.items():
        if key == "vpn":
            assert b[key] == int(value, 16)
        elif key == "steps":
            assert value == ";".join(f"{s['cause']}@{s['at']}" + (f">{s['holder']}" if s["holder"] is not None else "") for s in b[key])
        elif key == "read_list":
            assert value == ";".join(f"{r['stage']}{r['level']}:{r['address']:x}@{r['at']}+{r['cycles']}" for r in b[key])
        else:
            assert value == str(b[key]), (key, value, b[key])
figures = json.load(open("r.json"))["sections"]["phases"]["tables"]["figures"]
back = pq.read_table("f.parquet").to_pylist()
assert [{k: v for k, v in r.items() if v is not None} for r in back] == figures
P
bad 'a table that is not there' 'r.json: no table phases.nothing' "$PYTHON" "$TOOL" r.json x.parquet phases.nothing
sed '5s/,[0-9]*,/,many,/' q.csv >broken.csv
bad 'a broken number' 'broken.csv:5: ' "$PYTHON" "$TOOL" broken.csv x.parquet
head -c 100000 q.csv >cut.csv
bad 'a broken row' 'cut.csv:[0-9]*: [0-9]* cells instead of' "$PYTHON" "$TOOL" cut.csv x.parquet
sed '7s/lookup@0/lookup@/' q.csv >steps.csv
bad 'broken steps' "steps.csv:7: steps: 'lookup@' is not as l2tlb writes it" "$PYTHON" "$TOOL" steps.csv x.parquet
bad 'something else' 'r.json: neither the CSV of --requests nor a JSON report' "$PYTHON" "$TOOL" r.json x.parquet
bad 'no file' 'gone.csv: ' "$PYTHON" "$TOOL" gone.csv x.parquet
bad 'bad usage' 'Parquet of what a replay writes' "$PYTHON" "$TOOL"
[ -e x.parquet ] || [ -e x.parquet.part ] && fail 'bad input' 'files stay' || pass
finish
