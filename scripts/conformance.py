#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Checks docs/conformance.md: every row of its tables names a test that exists, or says why the point
is outside. Status 1 otherwise.

  `NAME_suite.TEST`      a unit test (the programs --unit prints its list with -l)
  `golden:SET/NAME`      a recording (tests/golden/NAMES); must be exact, so SET has state "must"
  `mutation:TEXT`        a fault of scripts/mutations.tsv that the tests notice
"""
import argparse
import os
import re
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
ROWS = {"TOP": 19, "PC": 24, "MQ": 6, "PF": 9, "PTW": 43, "LLP": 41, "HPT": 20, "MEM": 8, "PMP": 9, "EXC": 12,
        "FEN": 7, "BCS": 11, "BCK": 15, "BCA": 6, "BWK": 37, "E": 12, "R": 69, "MPT": 66}


def unit_tests(program):
    text = subprocess.run([program, "-l"], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout.decode()
    names = set()
    suite = ""
    for line in text.splitlines():
        m = re.match(r"\* Suite (\w+):", line)
        if m:
            suite = m.group(1)
        elif line.startswith("  ") and line.strip():
            names.add(f"{suite}.{line.strip()}")
    return names


def lines(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return [line.rstrip("\n") for line in f if line.strip() and not line.startswith("#")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--unit", default="build/release/unit")
    options = parser.parse_args()
    tests = unit_tests(os.path.join(ROOT, options.unit))
    must = {line.split("\t")[0] for line in lines("scripts/golden_sets.tsv") if line.split("\t")[5] == "must"}
    golden = {line.split()[0] for line in lines("tests/golden/NAMES")}
    faults = {line.split("\t")[3] for line in lines("scripts/mutations.tsv")}
    errors = []
    seen = {}
    named = 0
    for number, line in enumerate(open(os.path.join(ROOT, "docs/conformance.md"), encoding="utf-8"), 1):
        m = re.match(r"\| ([A-Z]+-?\d+) \| ([^|]+) \| ([^|]+) \|$", line)
        if not m:
            if line.startswith("| ") and not line.startswith(("| point", "| row", "|-")):
                errors.append(f"line {number}: not a row of three columns")
            continue
        point, _, shown = m.groups()
        if point in seen:
            errors.append(f"line {number}: {point} stands in line {seen[point]} as well")
        seen[point] = number
        if shown.startswith("outside: "):
            continue
        names = re.findall(r"`([^`]+)`", shown)
        if not names:
            errors.append(f"line {number}: {point} names no test")
        for name in names:
            named += 1
            if name.startswith("golden:"):
                fine = name[7:] in golden and name[7:].split("/")[0] in must
            elif name.startswith("mutation:"):
                fine = name[9:] in faults
            else:
                fine = name in tests
            if not fine:
                errors.append(f"line {number}: {point}: there is no test {name}")
    for prefix, count in ROWS.items():
        for k in range(1, count + 1):
            point = f"{prefix}{k}" if prefix in ("E", "R") else f"{prefix}-{k:02}"
            if point not in seen:
                errors.append(f"{point} is missing")
    for error in errors:
        print(f"docs/conformance.md: {error}")
    print(f"conformance: {len(seen)} points, {named} tests named, {len(errors)} errors")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
