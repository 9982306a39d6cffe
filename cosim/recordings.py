#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Recordings through the Verilated RTL: which build each set belongs to, and running them.

    recordings.py run DIR [PREFIX] [SET...]   DIR/PREFIX<preset>/golden on every set, or on those named
    recordings.py stimuli PRESET [SETS]       the stimuli of defects and rules for that build, or of sets (a pattern)

The sets are those of scripts/golden_sets.tsv: below $L2TLB_SHARED/golden (default ../shared), or where that
is missing the copies in tests/golden. +coverage=FILE files go to DIR/PREFIX<preset>/golden.dat when PREFIX is cov-.
Exit 1 when a recording differs.
"""
import collections
import concurrent.futures
import glob
import gzip
import os
import re
import subprocess
import sys

# Preset of the model -> build of the RTL (cosim.mk), per revision.
BUILDS = {"2025-05": {"minimal": "minimal", "default": "default", "minimal-bitmap": "bmmin", "bitmap": "bm",
                      "cvm": "cvm"},
          "2026-03": {"minimal": "2603min", "default": "2603", "minimal-bitmap": "2603bmmin", "bitmap": "2603bm",
                      "cvm": "2603cvm"},
          "2026-07": {"default": "2607", "minimal-bitmap": "2607bmmin", "bitmap": "2607bm"},
          "2026-07-v2": {"default": "v2", "minimal-bitmap": "v2bmmin", "bitmap": "v2bm"}}


def matches(name, patterns):
    """The extended patterns of the table: A*, @(A|B) and !(A|B)."""
    m = re.fullmatch(r"([@!])\((.*)\)", patterns)
    sign, body = m.groups() if m else ("@", patterns)
    found = any(re.fullmatch(p.replace("*", ".*"), name) for p in body.split("|"))
    return found == (sign == "@")


def sets():
    """(set, build, stimulus files) of all sets but those of the L1 side and of the MPT."""
    shared = os.path.join(os.environ.get("L2TLB_SHARED", "../shared"), "golden")
    with open("scripts/golden_sets.tsv", encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line.strip() and not line.startswith("#")]
    for name, folder, preset, revision, patterns, _ in rows:
        if name == "l1" or preset == "mpt":  # our RTL has no MPT
            continue
        where = os.path.join(shared, folder)
        if not os.path.isdir(where):
            where = os.path.join("tests/golden", name)
        files = [f for f in sorted(glob.glob(where + "/*.stim.gz"))
                 if matches(os.path.basename(f)[:-len(".stim.gz")], patterns)]
        yield name, BUILDS[revision][preset], files


def without_mpt(path):
    """Our RTL has no MPT, and the co-simulation refuses stimuli with the word mmpt (docs/recordings.md)."""
    with gzip.open(path, "rt", encoding="utf-8") as f:
        return not any(re.search(r"\bmmpt\b", line) for line in f if not line.startswith("#"))


def stimuli(build, kinds="defects|both|known|rules|.*directed"):
    """Our own and those that show a defect or a rule; the builds with all errata fixed have the sizes of others."""
    build = {"fixed": "bmmin", "2603fixed": "2603bmmin"}.get(build, build)
    own = [f for f in sorted(glob.glob("tests/stim/*.stim.gz")) if without_mpt(f)]
    return own + [f for name, b, files in sets() for f in files if b == build and re.match(kinds, name)]


def run(folder, prefix, only):
    jobs = collections.defaultdict(list)
    for name, build, files in sets():
        if (not only or name in only) and (not prefix or os.path.exists(f"{folder}/{prefix}{build}/golden")):
            jobs[build] += files

    def job(build):
        program = f"{folder}/{prefix}{build}/golden"
        extra = [f"+coverage={folder}/{prefix}{build}/golden.dat"] if prefix == "cov-" else []
        return subprocess.run([program] + jobs[build] + extra, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)

    bad, total = 0, collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for build, r in zip(jobs, pool.map(job, jobs)):
            print(f"{build:10} {r.stdout.strip()}", flush=True)
            bad += r.returncode != 0
            numbers = re.search(r"(\d+) recordings: (\d+) exact", r.stdout)
            total["recordings"] += int(numbers[1]) if numbers else 0
            total["exact"] += int(numbers[2]) if numbers else 0
    print(f"{total['exact']} of {total['recordings']} recordings exact on the RTL")
    return 1 if bad or not total["recordings"] else 0


if __name__ == "__main__":
    if len(sys.argv) in (3, 4) and sys.argv[1] == "stimuli":
        print("\n".join(stimuli(*sys.argv[2:])))
    elif len(sys.argv) >= 3 and sys.argv[1] == "run":
        has_prefix = len(sys.argv) > 3 and sys.argv[3].endswith("-")
        sys.exit(run(sys.argv[2], sys.argv[3] if has_prefix else "", sys.argv[4 if has_prefix else 3:]))
    else:
        sys.exit(__doc__)
