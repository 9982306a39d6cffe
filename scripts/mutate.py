#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Mutation check: applies each one-line fault of scripts/mutations.tsv to a copy of the tree and runs
the tests; a fault that no test notices survives.

  scripts/mutate.py [-j N] [--only REGEX]   run (status 1: unexplained survivor)
  scripts/mutate.py --check                only check that every fault still applies

A worker builds the unit tests in build/mutate/N at -O1; a fault costs one object and a link. First
the unit tests of the machine with the copies of the recordings run, up to the first failure; what
survives them is given the complete sets of recordings, where they are there. A crash or a run of
more than two minutes counts as noticed; a fault that does not compile is an error of the table."""
import argparse
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time

import makevars

ROOT = makevars.ROOT
TABLE = os.path.join(ROOT, "scripts", "mutations.tsv")
# Suites that test the machine, and what goes in and out.
SUITES = ("plru pte pmp cfg phys tilelink stim missqueue prefetch merge mempath pagecache ptw hptw llptw "
          "latency top bitmap bitmap_rules bitmap_latency errata golden bitmap_protocol "
          "output trace report check replay_end").split()
FOLDERS = sorted({d.split("/")[0] for d in makevars.words("LIBDIRS")}) + ["cmd", "tests", "scripts"]
TIMEOUT = 120


class Fault:
    def __init__(self, number, fields):
        self.number = number
        self.file, self.old, self.new, self.what, self.state = fields
        self.result = ""

    def apply(self, text):
        return text.replace(self.old, self.new)


def read_table():
    faults = []
    errors = []
    with open(TABLE, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if line.startswith("#") or not line.strip():
                continue
            fields = line.rstrip("\n").split("\t")
            if len(fields) != 5:
                errors.append(f"{TABLE}:{number}: {len(fields)} columns instead of 5")
                continue
            fault = Fault(number, fields)
            with open(os.path.join(ROOT, fault.file), encoding="utf-8") as source:
                count = source.read().count(fault.old)
            if count != 1:
                errors.append(f"{TABLE}:{number}: the text occurs {count} times in {fault.file}: {fault.old}")
            else:
                faults.append(fault)
    return faults, errors


def run(command, cwd, timeout=TIMEOUT, env=None):
    try:
        done = subprocess.run(command, cwd=cwd, timeout=timeout, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired:
        return 124, "timeout"


class Worker:
    """A copy of the tree with its own objects."""

    def __init__(self, number):
        self.dir = os.path.join(ROOT, "build", "mutate", str(number))
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        for folder in FOLDERS:
            if os.path.isdir(os.path.join(ROOT, folder)):
                shutil.copytree(os.path.join(ROOT, folder), os.path.join(self.dir, folder))
        for file in ("Makefile", "VERSION"):
            shutil.copy(os.path.join(ROOT, file), self.dir)
        with open(os.path.join(self.dir, "tests", "unit", "suites.def"), encoding="utf-8") as f:
            known = f.read()
        self.suites = [s for s in SUITES if f"SUITE_ENTRY({s}_suite)" in known]
        with open(os.path.join(self.dir, "tests", "unit", "suites.def"), "w", encoding="utf-8") as f:
            f.writelines(f"SUITE_ENTRY({s}_suite)\n" for s in self.suites)
        shared = os.environ.get("L2TLB_SHARED", "../shared")
        self.env = dict(os.environ, L2TLB=os.path.join(self.dir, "build/mutate/l2tlb"),
                        L2TLB_SHARED=os.path.normpath(os.path.join(ROOT, shared)))

    def build(self, *targets):
        return run(["make", "-s", "MODE=mutate", "OPT_mutate=-O1"] + [f"build/mutate/{t}" for t in targets],
                   self.dir, timeout=600)

    def unit(self):
        return run(["build/mutate/unit", "-f"], self.dir, env=self.env)  # -f: stop at the first failure

    def golden(self):
        return run(["scripts/golden.sh", "-q", "-j", "1"], self.dir, env=self.env, timeout=300)

    def try_fault(self, fault):
        path = os.path.join(self.dir, fault.file)
        with open(path, encoding="utf-8") as f:
            before = f.read()
        try:
            with open(path, "w", encoding="utf-8") as f:
                f.write(fault.apply(before))
            status, text = self.build("unit")
            if status:
                return "does not compile: " + text.strip().splitlines()[0]
            status, text = self.unit()
            if status:
                failed = [line.split()[1].rstrip(":") for line in text.splitlines() if line.startswith("FAIL")]
                return "noticed by " + (failed[0] if failed else f"status {status}")
            status, text = self.build("l2tlb")
            if status:
                return "does not compile: " + text.strip().splitlines()[0]
            status, text = self.golden()
            return "noticed by the complete recordings" if status == 1 else "SURVIVED"
        finally:
            with open(path, "w", encoding="utf-8") as f:
                f.write(before)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-j", type=int, default=2)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    faults, errors = read_table()
    for error in errors:
        print(error)
    if options.check or errors:
        print(f"mutations: {len(faults)} faults apply, {len(errors)} do not")
        return 1 if errors else 0
    begin = time.time()
    work = queue.Queue()
    chosen = [f for f in faults if re.search(options.only, f.file + " " + f.what)]
    for fault in chosen:
        work.put(fault)
    broken = []

    def serve(number):
        worker = Worker(number)
        status, text = worker.build("unit", "l2tlb")
        if status == 0:
            status, text = worker.unit()
        if status:
            broken.append(text[-2000:])
            return
        while True:
            try:
                fault = work.get_nowait()
            except queue.Empty:
                return
            fault.result = worker.try_fault(fault)
            print(f"{fault.number:4} {fault.file:24} {fault.what:60} {fault.result}", flush=True)

    threads = [threading.Thread(target=serve, args=(i,)) for i in range(options.j)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if broken:
        print("the tree itself does not pass:\n" + broken[0])
        return 2
    survivors = [f for f in chosen if f.result == "SURVIVED"]
    useless = [f for f in chosen if not f.result.startswith(("noticed", "SURVIVED"))] # or was never tried
    unexplained = [f for f in survivors if not f.state.startswith("equivalent:")]
    wrong = [f for f in chosen if f.state.startswith("equivalent:") and f not in survivors]
    for f in survivors:
        print(f"survivor: {f.file}: {f.what}: {f.state or 'NOT EXPLAINED'}")
    for f in wrong:
        print(f"called equivalent, but {f.result}: {f.file}: {f.what}")
    print(f"mutate: {len(chosen)} faults, {len(chosen) - len(survivors) - len(useless)} noticed, "
          f"{len(survivors)} survived, {len(survivors) - len(unexplained)} of them explained as equivalent, "
          f"{len(useless)} do not compile, {time.time() - begin:.0f} s")
    return 1 if unexplained or useless or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
