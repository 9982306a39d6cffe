#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Plants the faults of tests/qemu/faults.tsv in copies of the functional walk and shows what notices
each: the recorded translations (l2tlb funccheck) and QEMU (scripts/qemu-check.sh).

  scripts/qemu-mutate.py [--only TEXT] [--sets N] [--seed N]

Status 1 when nothing notices a fault that was tried with at least one of the two."""
import argparse
import glob
import os
import re
import shutil
import subprocess
import sys

import makevars

ROOT = makevars.ROOT
WORK = "build/qemu-mutate"
CC = makevars.words("CC")
LIBRARY = [f"{WORK}/libl2tlb.a", *makevars.words("LDLIBS")]


def run(command, timeout=400):
    try:
        done = subprocess.run(command, cwd=ROOT, timeout=timeout, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired:
        return 124, ""


def read_table():
    with open(os.path.join(ROOT, "tests/qemu/faults.tsv"), encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if line.startswith("#") or not line.strip():
                continue
            fields = [x.replace("\\n", "\n") for x in line.rstrip("\n").split("\t")]
            if len(fields) != 4:
                sys.exit(f"faults.tsv:{number}: {len(fields)} columns instead of 4")
            with open(os.path.join(ROOT, fields[0]), encoding="utf-8") as source:
                text = source.read()
            if text.count(fields[1]) != 1:
                sys.exit(f"faults.tsv:{number}: occurs {text.count(fields[1])} times: {fields[1]}")
            yield fields, text.replace(fields[1], fields[2])


def build(name, text):
    """The two programs with the changed walk in front of the library."""
    source, obj = f"{WORK}/{name}.c", f"{WORK}/{name}.o"
    with open(os.path.join(ROOT, source), "w", encoding="utf-8") as f:
        f.write(text)
    command = [*CC, *makevars.words("CSTD"), "-O2", "-w", "-I.", "-c", source, "-o", obj]
    programs = {"l2tlb": glob.glob(f"{WORK}/cmd/*.o", root_dir=ROOT),
                "qemu_check": glob.glob(f"{WORK}/qemu/*.o", root_dir=ROOT)}
    status, out = run(command)
    for program, objects in programs.items():
        if status == 0:
            status, out = run([*CC, *objects, obj, *LIBRARY, "-o", f"{WORK}/{program}"])
    return "" if status == 0 else out.strip().splitlines()[0]


def funccheck(pattern):
    shared = os.environ.get("L2TLB_SHARED", "../shared")
    files = sorted(glob.glob(os.path.join(ROOT, shared, "funcgold", pattern)))
    if not files:
        return None
    status, out = run([f"{WORK}/l2tlb", "funccheck", "--show", "0", *files])
    found = re.search(r"(\d+) probes, (\d+) failed", out.splitlines()[-1] if out else "")
    return int(found.group(2)) if found else -status


def qemu(machines, options):
    status, out = run(["scripts/qemu-check.sh", "-s", str(options.seed), "-n", str(options.sets), "-d", WORK,
                       "-m", machines, f"{WORK}/qemu_check"])
    if "SKIPPED" in out:
        return None
    differ = sum(int(x) for x in re.findall(r"(\d+) differ; sets", out))
    return differ if status in (0, 1) and differ else status


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="")
    parser.add_argument("--sets", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    # Copies, so that a build meanwhile does no harm.
    work, release = os.path.join(ROOT, WORK), os.path.join(ROOT, "build", "release")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    shutil.copy(os.path.join(release, "libl2tlb.a"), work)
    shutil.copytree(os.path.join(release, "cmd"), os.path.join(work, "cmd"))
    shutil.copytree(os.path.join(release, "tests", "qemu"), os.path.join(work, "qemu"))
    faults = list(read_table())
    tried = noticed = by_qemu = by_recordings = 0
    print(f"{'fault':58} {'recordings':>10} {'QEMU':>8}   (probes that differ)")
    for fields, text in faults:
        if options.only not in fields[0] + fields[3]:
            continue
        name = os.path.splitext(os.path.basename(fields[0]))[0]
        error = build(name, text)
        if error:
            sys.exit(f"{fields[3]}: does not compile: {error}")
        arm = "a64" in name
        recorded = funccheck("a64_*.txt.gz" if arm else "rv*.txt.gz")
        live = qemu("a64 a53 a57" if arm else "rv64 rv64ext rv32", options)
        shown = ["-" if x is None else str(x) for x in (recorded, live)]
        print(f"{fields[0][10:-2] + ': ' + fields[3]:58} {shown[0]:>10} {shown[1]:>8}"
              f"{'' if recorded or live else '   NOT NOTICED'}", flush=True)
        tried += 1
        by_recordings += bool(recorded)
        by_qemu += bool(live)
        noticed += bool(recorded or live)
    print(f"qemu-mutate: {tried} faults, {noticed} noticed: {by_recordings} by the recordings, {by_qemu} by QEMU")
    return 0 if noticed == tried else 1


if __name__ == "__main__":
    sys.exit(main())
