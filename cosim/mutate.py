#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Proof that the lock step can fail: every fault of mutations.txt, and every input fault of the
harness, must be noticed.

    mutate.py prepare OUT_DIR          writes a copy of the RTL with all faults behind +mutation=K
    mutate.py run LOCKSTEP [SEEDS]     runs them one by one and prints what noticed each

Exit 1 when a fault is not noticed or the unchanged RTL differs, 2 when the list does not fit the RTL.
"""
import os
import re
import subprocess
import sys

LIST = os.path.join("cosim", "mutations.txt")
INPUT_FAULTS = 12


def faults():
    out = []
    with open(LIST, encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            if line.startswith("#") or not line.strip():
                continue
            parts = [p.strip().replace("\\|", "|") for p in re.split(r"(?<!\\)(?<!\|)\|(?!\|)", line)]
            if len(parts) != 3 or "<<" not in parts[1]:
                sys.exit(f"{LIST}:{n}: expected FILE | text <<old>> text | new")
            out.append((n, *parts))
    return out


def prepare(out_dir):
    files = {}
    with open("rtl/files.f", encoding="utf-8") as f:
        for name in f.read().split():
            with open(name, encoding="utf-8") as g:
                files[os.path.basename(name)] = g.read()
    for k, (n, name, context, new) in enumerate(faults(), 1):
        before, rest = context.split("<<", 1)
        old, after = rest.split(">>", 1)
        plain = before + old + after
        if files[name].count(plain) != 1:
            print(f"{LIST}:{n}: {files[name].count(plain)} places in {name} for: {plain}",
                  file=sys.stderr)
            sys.exit(2)
        files[name] = files[name].replace(
            plain, f"{before}(l2tlb_pkg::mutation == {k} ? ({new}) : ({old})){after}")
    files["l2tlb_pkg.sv"] = files["l2tlb_pkg.sv"].replace(
        "package l2tlb_pkg;", "package l2tlb_pkg;\n  int mutation;  // which fault is on", 1)
    os.makedirs(out_dir, exist_ok=True)
    for name, text in files.items():
        with open(os.path.join(out_dir, name), "w", encoding="utf-8") as f:
            f.write(text)
    with open("cosim/own_top.sv", encoding="utf-8") as f:
        text = f.read().replace("endmodule", "  initial if (!$value$plusargs(\"mutation=%d\", "
                                "l2tlb_pkg::mutation)) l2tlb_pkg::mutation = 0;\n\nendmodule")
    with open(os.path.join(out_dir, "own_top.sv"), "w", encoding="utf-8") as f:
        f.write(text)
    with open("rtl/files.f", encoding="utf-8") as f, \
            open(os.path.join(out_dir, "files.f"), "w", encoding="utf-8") as g:
        for name in f.read().split():
            g.write(os.path.join(out_dir, os.path.basename(name)) + "\n")


def one(lockstep, seeds, args):
    r = subprocess.run([lockstep, "--seeds", str(seeds), "--no-shrink", "--out",
                        os.path.dirname(lockstep)] + args, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, check=False)
    text = [l for l in r.stdout.splitlines() if re.match(r"\S+: cycle \d+:", l)]
    checks = re.findall(r"Assertion failed in \S*?\.?(\w+): \[", r.stdout)
    return r.returncode, (text[0] if text else ""), checks[:1]


def run(lockstep, seeds):
    missed = 0
    code, text, _ = one(lockstep, 5, [])
    if code:
        print("the unchanged RTL differs: " + text)
        sys.exit(1)
    jobs = [(f"{name}: {re.sub('<<|>>', '', context)} -> {new}", [f"+mutation={k}"])
            for k, (_, name, context, new) in enumerate(faults(), 1)]
    jobs += [(f"input of the harness, way {k}", ["--input-fault", str(k)])
             for k in range(1, INPUT_FAULTS + 1)]
    for what, args in jobs:
        code, text, checks = one(lockstep, seeds, args)
        by = text + (f" (assertion {checks[0]})" if checks else "")
        print(f"{'noticed' if code == 1 else 'MISSED '}  {what}\n         {by}", flush=True)
        missed += code != 1
    print(f"{len(jobs)} faults, {len(jobs) - missed} noticed, {missed} missed")
    sys.exit(1 if missed else 0)


if len(sys.argv) == 3 and sys.argv[1] == "prepare":
    prepare(sys.argv[2])
elif len(sys.argv) in (3, 4) and sys.argv[1] == "run":
    run(sys.argv[2], int(sys.argv[3]) if len(sys.argv) == 4 else 200)
else:
    sys.exit(__doc__)
