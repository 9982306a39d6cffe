#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Compares the CSV of `l2tlb tables` with a list of leaves that QEMU gave: tests/leaves.py CSV LEAVES(.gz)

A line of LEAVES: kind (vs: guest, s: host), virtual, guest physical, host physical address ("-": not mapped there),
level, PTE; all hexadecimal but for the level. Every leaf must be listed, and nothing else; its PTE is that of its range,
with the page number further on. `leaves: N compared, D differ`; status 1 if one differs."""
import bisect
import csv
import gzip
import sys


def ranges(path, name):
    """(first, last, row) of one map, ascending."""
    with open(path, encoding="utf-8", newline="") as f:
        return sorted((int(r["first"], 16), int(r["last"], 16), r) for r in csv.DictReader(f) if r["map"] == name)


def find(found, va):
    at = bisect.bisect_right(found, (va, 1 << 64)) - 1
    return found[at] if at >= 0 and found[at][0] <= va <= found[at][1] else None


def target(hit, va):
    return None if hit is None else int(hit[2]["physical"], 16) + va - hit[0]


def main():
    table, leaves = sys.argv[1:]
    with (gzip.open if leaves.endswith(".gz") else open)(leaves, "rt", encoding="utf-8") as f:
        rows = [line.split() for line in f if line.strip()]
    two = rows[0][0] == "vs"
    stage1, final = ranges(table, "guest" if two else "host"), ranges(table, "both" if two else "host")
    bad = []
    for _, va, gpa, hpa, level, pte in rows:
        va = int(va, 16)
        one, end = find(stage1, va), find(final, va)
        if one is None:
            bad.append(f"{va:x}: not listed")
            continue
        pages = (va - one[0]) >> 12
        want = (int(gpa, 16), None if hpa == "-" else int(hpa, 16), int(level), int(pte, 16))
        got = (target(one, va), target(end, va), int(one[2]["level"]), int(one[2]["pte"], 16) + (pages << 10))
        if want != got:
            bad.append(f"{va:x}: {got} instead of {want}")
    listed = sum((last - first + 1) // int(r["page"]) for first, last, r in stage1)
    if listed != len(rows):
        bad.append(f"{listed} leaves are listed instead of {len(rows)}")
    for line in bad[:10]:
        print(line)
    print(f"leaves: {len(rows)} compared, {len(bad)} differ")
    return 1 if bad or not rows else 0


sys.exit(main())
