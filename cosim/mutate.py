#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Proof that the lock step can fail: every fault of mutations.txt, and every input fault of the
harness, must be noticed.

    mutate.py prepare OUT_DIR          writes a copy of the RTL with all faults behind +mutation=K
    mutate.py run LOCKSTEP [SEEDS]     runs them one by one and prints what noticed each
    mutate.py switches OUT_DIR         writes a copy whose errata are chosen by +errata=MASK
    mutate.py errata LOCKSTEP CYCLES   each erratum fixed on both sides, then random sets of them

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


def sources():
    files = {}
    with open("rtl/files.f", encoding="utf-8") as f:
        for name in f.read().split():
            with open(name, encoding="utf-8") as g:
                files[os.path.basename(name)] = g.read()
    with open("cosim/own_top.sv", encoding="utf-8") as f:
        files["own_top.sv"] = f.read()
    return files


def write(files, out_dir, variable, argument):
    """Writes the copy with one more package variable, set by a plusarg."""
    files["l2tlb_pkg.sv"] = files["l2tlb_pkg.sv"].replace(
        "endpackage", f"  {variable};  // set by +{argument}=\n\nendpackage", 1)
    name = variable.split()[-1]
    files["own_top.sv"] = files["own_top.sv"].replace(
        "endmodule", f"""  int from_plusarg;
  initial begin
    if (!$value$plusargs("{argument}=%d", from_plusarg)) from_plusarg = 0;
    l2tlb_pkg::{name} = $bits(l2tlb_pkg::{name})'(from_plusarg);
  end

endmodule""")
    os.makedirs(out_dir, exist_ok=True)
    for name, text in files.items():
        with open(os.path.join(out_dir, name), "w", encoding="utf-8") as f:
            f.write(text)
    with open(os.path.join(out_dir, "files.f"), "w", encoding="utf-8") as f:
        f.writelines(os.path.join(out_dir, name) + "\n" for name in files)


def prepare(out_dir):
    files = sources()
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
    write(files, out_dir, "int mutation", "mutation")


# Rules that an erratum switches on too (rules_with_fixes in l2tlb_pkg.sv).
FIXED_BY = {"llptw_two_pmp_ports": "D1", "llptw_hyper1_first": "D2", "gperm_sets_first_fault": "D3",
            "global_ignores_asid": "E5", "gstage_ignores_asid": "E5", "gstage_clear_g": "E5",
            "napot_strict": "E4", "napot_clean_n": "E4"}


def switches(out_dir):
    files = sources()
    # Elaboration needs constants in two places: build the superset, choose at run time.
    files["l2tlb.sv"] = files["l2tlb.sv"].replace("Cfg.Rule.llptw_two_pmp_ports", "1'b1")
    files["l2tlb_pagecache.sv"] = files["l2tlb_pagecache.sv"].replace(
        ".RefillTouches(Cfg.Fixed.D13)", ".RefillTouches(1'b1)")
    files["l2tlb_pc_fa.sv"] = files["l2tlb_pc_fa.sv"].replace(
        "refill_i && RefillTouches", "refill_i && (TagLsb == 18 || l2tlb_pkg::fixed.D13)")
    files["own_top.sv"] = files["own_top.sv"].replace("32'(Errata)", "32'(l2tlb_pkg::fixed)")
    for name, text in files.items():
        if name == "l2tlb_pkg.sv":
            continue
        text = text.replace("Cfg.Fixed.", "l2tlb_pkg::fixed.")
        for rule, erratum in FIXED_BY.items():
            text = text.replace(f"Cfg.Rule.{rule}", f"(Cfg.Rule.{rule} || l2tlb_pkg::fixed.{erratum})")
        files[name] = text
    write(files, out_dir, "l2tlb_errata_t fixed", "errata")


def errata_names():
    with open("rtl/l2tlb_pkg.sv", encoding="utf-8") as f:
        text = f.read()
    body = text[:text.index("} l2tlb_errata_t;")].rsplit("{", 1)[1]
    names = re.findall(r"\b[A-Z]+\d+\w*", re.sub(r"//.*", "", body))
    return names[::-1]  # bit 0 first


def errata(lockstep, cycles):
    names = errata_names()
    masks = [0] + [1 << i for i in range(len(names))]
    rng = 12345
    for _ in range(6):
        rng = (rng * 1103515245 + 12345) & 0x7fffffff
        masks.append((rng >> 7) & ((1 << len(names)) - 1))
    masks.append((1 << len(names)) - 1)
    bad = 0
    for mask in masks:
        r = subprocess.run([lockstep, "--total", cycles, "--no-shrink", "--out",
                            os.path.dirname(lockstep), f"+errata={mask}"], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, check=False)
        which = " ".join(n for i, n in enumerate(names) if mask >> i & 1) or "none"
        text = [l for l in r.stdout.splitlines() if re.match(r"\S+: cycle \d+:|no difference|lockstep:", l)]
        print(f"{'equal  ' if r.returncode == 0 else 'DIFFERS'} fixed: {which}\n        "
              f"{text[0] if text else r.stdout[-200:]}", flush=True)
        bad += r.returncode != 0
    print(f"{len(masks)} settings, {bad} differ")
    sys.exit(1 if bad else 0)


def one(lockstep, seeds, args):
    r = subprocess.run([lockstep, "--seeds", str(seeds), "--no-shrink", "--generator",
                        "cosim", "--out", os.path.dirname(lockstep)] + args, stdout=subprocess.PIPE,
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
elif len(sys.argv) == 3 and sys.argv[1] == "switches":
    switches(sys.argv[2])
elif len(sys.argv) == 4 and sys.argv[1] == "errata":
    errata(sys.argv[2], sys.argv[3])
elif len(sys.argv) in (3, 4) and sys.argv[1] == "run":
    run(sys.argv[2], int(sys.argv[3]) if len(sys.argv) == 4 else 200)
else:
    sys.exit(__doc__)
