#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Mutation check: applies each one-line fault of scripts/mutations.tsv to a copy of the tree and runs
the tests; a fault that no test notices survives.

  scripts/mutate.py [-j N] [--only REGEX]   run (status 1: unexplained survivor)
  scripts/mutate.py --check                 only check that every fault still applies
  scripts/mutate.py --random SEED [-n N] [--only REGEX]
                                            N (20) faults made from the syntax of the code (mutants.py), the survivors
                                            printed; status 2 only if the tests do not pass without any fault

A worker is a copy of the tree in build/mutate/N; a fault costs one object and a link. The suites and tests of the
command that belong to the fault's folder run (ROOMS), up to the first failure; what survives them in the machine is given the
complete sets of recordings, where they are there. A crash counts as noticed, and so does a test that
takes ten times as long as without the fault; a fault that does not compile is an error of the table."""
import argparse
import concurrent.futures
import glob
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time

import makevars
import mutants

ROOT = makevars.ROOT
TABLE = os.path.join(ROOT, "scripts", "mutations.tsv")
MACHINE = ("plru pte pmp cfg phys tilelink stim missqueue prefetch merge mempath pagecache pagecache_fence ptw hptw llptw "
           "latency top mpt bitmap bitmap_rules bitmap_latency walk walk_a64 walk_switches maps ptbuild errata golden bitmap_protocol")
# What tests a folder first: suites of the unit tests, and tests of the command. What survives them is given all other
# suites and tests of the command, but for the slow ones.
SLOW = "bitmap_protocol golden l1_golden errata_oracle cli_safe cli_report".split()
ROOMS = {
    "l1": ("l1 l1_rules l1_gpa l1_table replay errata tally pinned l1_golden secure", ""),
    "check": ("stim check oracle track leak diff errata_oracle top golden l1_golden errata random", "cli cli_mappings"),
    "traces": ("output trace record gen import import_tables world replay pinned docs", "cli_traces cli cli_tables cli_safe"),
    "world": ("image world_rules world secure leak replay aarch64 regions maps pinned", "cli_walk cli_traces cli_mappings"),
    "snapshot": ("snapshot image", "cli_snapshot"),
    "replay": ("tracker tally replay replay_end replay_image report diff aarch64 latency leak pinned secure random", "cli cli_traces"),
    "report": ("report replay diff aarch64 regions docs pinned secure", "cli_report cli cli_traces cli_mappings"),
    "study": ("study docs", "cli_study"),
    "lib": ("library library_api", ""),
    "cmd": ("docs", "cli_options cli cli_manual cli_traces cli_walk cli_map cli_gen_image cli_mappings"),
}
FOLDERS = sorted({d.split("/")[0] for d in makevars.words("LIBDIRS")}) + ["cmd", "include", "tests", "scripts", "docs"]
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
    """A copy of the tree with its own objects; those of build/release are taken over if they are there."""

    limit = {}  # seconds, of each suite and test

    def __init__(self, number):
        self.dir = os.path.join(ROOT, "build", "mutate", str(number))
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        for folder in FOLDERS:
            if os.path.isdir(os.path.join(ROOT, folder)):
                shutil.copytree(os.path.join(ROOT, folder), os.path.join(self.dir, folder))
        for name in ("Makefile", "VERSION", "README.md"):
            shutil.copy(os.path.join(ROOT, name), self.dir)
        self.objects = os.path.join(self.dir, "build", "mutate")
        made = os.path.join(ROOT, "build", "release")
        if os.path.isfile(os.path.join(made, "libl2tlb.a")):
            shutil.copytree(made, self.objects)
            self.make("build/mutate/.flags")
            os.utime(os.path.join(self.objects, ".flags"), (0, 0))
        with open(os.path.join(self.dir, "tests", "unit", "suites.def"), encoding="utf-8") as f:
            self.known = re.findall(r"^SUITE_ENTRY\((\w+)_suite\)", f.read(), re.M)
        shared = os.environ.get("L2TLB_SHARED", "../shared")
        self.env = dict(os.environ, L2TLB=os.path.join(self.objects, "l2tlb"),
                        L2TLB_SHARED=os.path.normpath(os.path.join(ROOT, shared)))

    def make(self, *targets):
        return run(["make", "-s", "B=build/mutate", "MODE=release", *targets], self.dir, timeout=600)

    def tests_of(self, room):
        """Suites, and tests of the command."""
        if room not in ROOMS:
            return MACHINE.split(), []
        suites, tests = (part.split() for part in ROOMS[room])
        suites += [s for s in self.known if s not in suites and s not in SLOW]
        if room != "l1":
            tests += [t for t in sorted(os.path.basename(f)[:-3] for f in glob.glob(os.path.join(self.dir, "tests", "cli*.sh")))
                      if t not in tests + SLOW]
        return suites, tests

    def build(self):
        return self.make("build/mutate/unit", "build/mutate/l2tlb")

    def noticed(self, suites, tests):
        """What fails with the present text; None: nothing does, "": it does not compile."""
        if self.make("build/mutate/unit")[0]:
            return ""
        failed = self.unit(suites)
        if failed or not tests:
            return failed
        return "" if self.make("build/mutate/l2tlb")[0] else self.commands(tests)

    def timed(self, name, command):
        """Runs a test; its first run, without any fault, gives it ten times its time for the others."""
        begin = time.time()
        result = run(command, self.dir, timeout=self.limit.get(name, 900), env=self.env)
        self.limit.setdefault(name, 20 + 10 * (time.time() - begin))
        return result

    def unit(self, suites):
        """None, or the test that failed."""
        for suite in suites:
            if suite not in self.known:
                continue
            # -e: this suite alone, -f: stop at the first failure
            status, text = self.timed(suite, ["build/mutate/unit", "-f", "-e", "-s", suite + "_suite"])
            if status:
                failed = [line.split()[1].rstrip(":") for line in text.splitlines() if line.startswith("FAIL ")]
                return failed[0] if failed else f"{suite}, status {status}"
        return None

    def commands(self, tests):
        for test in tests:
            status, text = self.timed(test, [f"tests/{test}.sh", "build/mutate/l2tlb"])
            if status:
                failed = [line for line in text.splitlines() if line.startswith("FAIL ")]
                return f"{test}, " + (failed[0][5:].split(":")[0] if failed else f"status {status}")
        return None

    def golden(self):
        return run(["scripts/golden.sh", "-q", "-j", "1"], self.dir, env=self.env, timeout=300)

    def whole(self):
        """None, or what fails without any fault."""
        tests = sorted({t for room in ROOMS for t in self.tests_of(room)[1]})
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            both = [pool.submit(self.commands, tests), pool.submit(self.unit, self.known)]
            return both[0].result() or both[1].result()

    def try_text(self, file, text, complete):
        """What becomes of the tree with this text of this file; None: it does not compile."""
        path = os.path.join(self.dir, file)
        spare = os.path.join(self.objects, file[:-2] + ".o") if file.endswith(".c") else ""
        with open(path, encoding="utf-8") as f:
            before = f.read()
        if spare:
            shutil.copy2(spare, spare + ".spare")
        try:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            room = file.split("/")[0]
            failed = self.noticed(*self.tests_of(room))
            if failed is not None:
                return "noticed by " + failed if failed else None
            machine = room not in ROOMS or room == "l1"
            if complete and machine and self.make("build/mutate/l2tlb")[0] == 0 and self.golden()[0] == 1:
                return "noticed by the complete recordings"
            return "SURVIVED"
        finally:
            with open(path, "w", encoding="utf-8") as f:
                f.write(before)
            if spare:
                os.replace(spare + ".spare", spare)
                os.utime(spare)


def random_faults(seed, count, jobs, only):
    """Faults made from the syntax; the survivors are told, not judged."""
    sources = {}
    for folder in FOLDERS[:FOLDERS.index("tests")]:
        for name in sorted(glob.glob(os.path.join(ROOT, folder, "**", "*.c"), recursive=True)):
            file = os.path.relpath(name, ROOT)
            if not file.startswith("traces/programs/") and re.search(only, file):
                with open(name, encoding="utf-8") as f:
                    sources[file] = f.read()
    draw, lock, results = mutants.sample(sources, seed), threading.Lock(), []
    print(f"mutate: {count} faults made from the syntax, seed {seed}", flush=True)

    def serve(worker):
        while True:
            with lock:
                if sum(r is not None for _, r in results) >= count:
                    return
                m = next(draw, None)
                if not m:
                    return
                place = len(results)
                results.append((m, ""))
            text = sources[m.file]
            result = worker.try_text(m.file, text[:m.begin] + m.new + text[m.end:], False)
            results[place] = (m, result)  # None: another one is drawn
            if result:
                print(f"{m.file}:{m.line}: {m.what}: {result}", flush=True)

    begin = time.time()
    status = in_parallel(serve, jobs)
    tried = [(m, r) for m, r in results if r]
    survivors = [m for m, r in tried if r == "SURVIVED"]
    for m in survivors:
        lines = sources[m.file].splitlines()
        print(f"survivor: {m.file}:{m.line}: {m.what}: {lines[m.line - 1].strip()}")
    print(f"mutate: seed {seed}, {len(tried)} faults, {len(tried) - len(survivors)} noticed, {len(survivors)} survived, "
          f"{time.time() - begin:.0f} s")
    return status


def in_parallel(serve, jobs):
    """Runs serve(worker) in some workers. Returns 2 when the tree itself does not pass."""
    first = Worker(0)
    status, text = first.build()
    why = text[-2000:] if status else first.whole()
    if why:
        print("the tree itself does not pass:\n" + why)
        return 2

    def one(number):
        worker = first if number == 0 else Worker(number)
        if number == 0 or worker.build()[0] == 0:
            serve(worker)

    threads = [threading.Thread(target=one, args=(i,)) for i in range(jobs)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-j", type=int, default=2)
    parser.add_argument("-n", type=int, default=20)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--random", metavar="SEED")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    if options.random is not None:
        return random_faults(options.random, options.n, options.j, options.only)
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

    def serve(worker):
        while True:
            try:
                fault = work.get_nowait()
            except queue.Empty:
                return
            with open(os.path.join(ROOT, fault.file), encoding="utf-8") as f:
                text = fault.apply(f.read())
            fault.result = worker.try_text(fault.file, text, True) or "does not compile"
            print(f"{fault.number:4} {fault.file:24} {fault.what:60} {fault.result}", flush=True)

    if in_parallel(serve, options.j):
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
