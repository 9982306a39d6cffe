#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Parquet of what a replay writes: scripts/to_parquet.py IN OUT [SECTION.TABLE]

IN is the CSV of `--requests` (plain or .gz): a row per request, steps and reads as lists of records; or a JSON report, of
which a table becomes a file (`phases.figures`, `latency.histogram`, ...; of several reports all rows, with a column `report`).
Needs pyarrow (pip install pyarrow). Requests are converted part by part, in constant memory.
Status: 0 fine, 2 bad input (said with line and reason) or bad usage, 3 pyarrow is not there."""
import csv
import gzip
import json
import os
import re
import sys

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError:
    print("to_parquet: there is no pyarrow (pip install pyarrow)", file=sys.stderr)
    sys.exit(3)

ROWS = 65536  # of a row group
WORDS = ["kind", "path", "g_stage", "fault", "page", "g_page"]
STEP = re.compile(r"([a-z_]+)@(\d+)(?:>(\d+))?")
READ = re.compile(r"([a-z])(\d):([0-9a-f]+)@(\d+)\+(\d+)")
STEPS = pa.list_(pa.struct([("cause", pa.string()), ("at", pa.uint32()), ("holder", pa.uint32())]))
READS = pa.list_(pa.struct([("stage", pa.string()), ("level", pa.uint8()), ("address", pa.uint64()), ("at", pa.uint32()),
                            ("cycles", pa.uint32())]))
WIDE = {"accepted": pa.uint64(), "vpn": pa.uint64(), "port": pa.uint8(), "steps": STEPS, "read_list": READS}


class BadInput(Exception):
    pass


def parts(text, pattern, make):
    out = []
    for word in text.split(";") if text else []:
        m = pattern.fullmatch(word)
        if not m:
            raise ValueError(f"'{word[:40]}'")
        out.append(make(*m.groups()))
    return out


def step(cause, at, holder):
    return {"cause": cause, "at": int(at), "holder": int(holder) if holder else None}


def read(stage, level, address, at, cycles):
    return {"stage": stage, "level": int(level), "address": int(address, 16), "at": int(at), "cycles": int(cycles)}


def value(column, text):
    if column in WORDS:
        return text
    if column == "vpn":
        return int(text, 16)
    if column == "steps":
        return parts(text, STEP, step)
    if column == "read_list":
        return parts(text, READ, read)
    if not text.isdecimal():
        raise ValueError(f"'{text[:40]}'")
    return int(text)


def requests(source, name, out):
    rows = csv.reader(source)
    head = next(rows, [])
    if head[:1] != ["request"] or not {"accepted", "latency", "steps", "read_list"} <= set(head):
        raise BadInput(f"{name}: neither the CSV of --requests nor a JSON report")
    schema = pa.schema([(c, pa.string() if c in WORDS else WIDE.get(c, pa.uint32())) for c in head])
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        block = [[] for _ in head]

        def flush():
            if block[0]:
                writer.write_table(pa.table([pa.array(v, t) for v, t in zip(block, schema.types)], schema=schema))
            for v in block:
                v.clear()

        for row in rows:
            if len(row) != len(head):
                raise BadInput(f"{name}:{rows.line_num}: {len(row)} cells instead of {len(head)}")
            for column, text, to in zip(head, row, block):
                try:
                    to.append(value(column, text))
                except ValueError as why:
                    raise BadInput(f"{name}:{rows.line_num}: {column}: {why} is not as l2tlb writes it") from None
            if len(block[0]) == ROWS:
                flush()
        flush()


def table(source, name, which, out):
    try:
        data = json.load(source)
    except (json.JSONDecodeError, UnicodeDecodeError) as why:
        raise BadInput(f"{name}: {why}") from None
    section, _, key = which.partition(".")
    rows = []
    for report in data if isinstance(data, list) else [data]:
        try:
            found = report["sections"][section]["tables"][key]
        except (KeyError, TypeError):
            raise BadInput(f"{name}: no table {which}") from None
        rows += [{"report": report["report"], **r} for r in found] if isinstance(data, list) else found
    columns = list(dict.fromkeys(c for r in rows for c in r))
    pq.write_table(pa.table({c: pa.array([r.get(c) for r in rows]) for c in columns}), out, compression="zstd")


def main():
    if len(sys.argv) not in (3, 4):
        print(__doc__.split("\n\n", 1)[0], file=sys.stderr)
        return 2
    name, out = sys.argv[1:3]
    part = out + ".part"
    try:
        with (gzip.open if name.endswith(".gz") else open)(name, "rt", encoding="utf-8", newline="") as source:
            if len(sys.argv) == 4:
                table(source, name, sys.argv[3], part)
            else:
                requests(source, name, part)
        os.replace(part, out)
    except (BadInput, OSError, EOFError, UnicodeDecodeError, csv.Error, pa.ArrowException, OverflowError) as why:
        if os.path.exists(part):
            os.unlink(part)
        print(f"to_parquet: {why if isinstance(why, BadInput) else name + ': ' + str(why)}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
