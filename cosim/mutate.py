#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Proof that the lock step can fail: every fault of mutations.txt, and every input fault of the
harness, must be noticed.

    mutate.py prepare OUT_DIR          writes a copy of the RTL with all faults behind +mutation=K (hex)
    mutate.py run SEEDS LOCKSTEP...    runs them one by one and prints what noticed each
    mutate.py switches OUT_DIR         writes a copy whose errata are chosen by +errata=MASK (hex)
    mutate.py options ID...            the options of Verilator that build them fixed
    mutate.py errata CYCLES LOCKSTEP...  each erratum fixed on both sides, then random sets of them
    mutate.py one-sided CYCLES LOCKSTEP...  each fixed in the RTL only: it should be noticed
    mutate.py ablation CYCLES L2TLB TWIN LOCKSTEP...  each rule and erratum switched in the model only: what random
                                       lock step or else which stimulus notices it; what is not noticed by random
                                       lock step needs a reason in cosim/ablation.tsv

Exit 1 when a fault is not noticed or the unchanged RTL differs, 2 when the list does not fit the RTL.
"""
import concurrent.futures
import os
import random
import re
import subprocess
import sys
import tempfile

import recordings

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
        "endmodule", f"""  logic [63:0] from_plusarg;
  initial begin
    if (!$value$plusargs("{argument}=%h", from_plusarg)) from_plusarg = 0;
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
    errata_names()
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


def fixes_of_rules():
    """Rules that errata switch on too: rules_with_fixes() in l2tlb_pkg.sv."""
    with open("rtl/l2tlb_pkg.sv", encoding="utf-8") as f:
        found = re.findall(r"x\.(\w+) = r\.\w+((?: \|\| f\.\w+)+);", f.read())
    return {rule: re.findall(r"f\.(\w+)", fixes) for rule, fixes in found}


def switches(out_dir):
    files = sources()
    # Elaboration needs a constant: build both, choose at run time.
    files["l2tlb.sv"] = files["l2tlb.sv"].replace("Cfg.Rule.llptw_two_pmp_ports", "1'b1")
    files["own_top.sv"] = files["own_top.sv"].replace("64'(FIXED)", "64'(l2tlb_pkg::fixed)")
    for name, text in files.items():
        if name == "l2tlb_pkg.sv":
            continue
        text = text.replace("Cfg.Fixed.", "l2tlb_pkg::fixed.")
        for rule, ids in fixes_of_rules().items():
            either = " || ".join([f"Cfg.Rule.{rule}"] + [f"l2tlb_pkg::fixed.{i}" for i in ids])
            text = text.replace(f"Cfg.Rule.{rule}", f"({either})")
        files[name] = text
    write(files, out_dir, "l2tlb_errata_t fixed", "errata")


def errata_names():
    """Bit 0 first. They must be those of the model in the same order: the harness goes by position.
    Those of the L1 side and of the MPT checker are not there: our RTL has neither."""
    with open("rtl/l2tlb_pkg.sv", encoding="utf-8") as f:
        text = f.read()
    body = text[:text.index("} l2tlb_errata_t;")].rsplit("{", 1)[1]
    names = re.findall(r"\b[A-Z]+\d+\w*", body)
    with open("arch/errata.def", encoding="utf-8") as f:
        model = re.findall(r"(?m)^ERRATUM\((\w+), \"(?!l1|mpt\")", f.read())
    if names != model:
        sys.exit("l2tlb_errata_t and arch/errata.def name different errata, or in another order")
    return names[::-1]


def options(ids):
    names = errata_names()
    for i in ids:
        if i not in names:
            sys.exit(f"mutate.py: no erratum {i} in the RTL")
    mask = sum(1 << names.index(i) for i in set(ids))
    print(f"-GErrataLow={mask & 0xffffffff} -GErrataHigh={mask >> 32}")


def settings(names):
    """Nothing fixed, each alone, eight random halves, everything."""
    rng = random.Random(12345)
    every = (1 << len(names)) - 1
    return [0] + [1 << i for i in range(len(names))] + [rng.getrandbits(len(names)) for _ in range(8)] + [every]


def build_of(program):
    return os.path.basename(os.path.dirname(program)).removeprefix("switches-")


def lock_step(program, *args):
    with tempfile.TemporaryDirectory() as out:
        return subprocess.run([program, "--no-shrink", "--out", out, *args], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)


def run_switched(cycles, program, mask, *options):
    """The recorded stimuli of defects and rules, and random ones."""
    return lock_step(program, *recordings.stimuli(build_of(program)), "--total", cycles, *options,
                     f"+errata={mask:x}")


def errata(cycles, lockstep):
    names = errata_names()
    jobs = [(mask, program) for mask in settings(names) for program in lockstep]

    def job(mask, program):
        return run_switched(cycles, program, mask)

    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (mask, program), r in zip(jobs, pool.map(job, *zip(*jobs))):
            fixed = [n for i, n in enumerate(names) if mask >> i & 1]
            which = " ".join(reversed(fixed)) if len(fixed) < len(names) else "all"
            text = re.findall(r"(?m)^(?:\S+: cycle \d+:|no difference|lockstep:).*", r.stdout)
            print(f"{'equal  ' if r.returncode == 0 else 'DIFFERS'} {os.path.basename(os.path.dirname(program))}, "
                  f"fixed: {which or 'none'}\n        {text[0] if text else r.stdout[-200:]}", flush=True)
            bad += r.returncode != 0
    print(f"{len(jobs)} runs, {bad} differ")
    sys.exit(1 if bad else 0)


def one_sided(cycles, lockstep):
    """Each erratum fixed in the RTL only: what notices it first, in which build."""
    names = errata_names()

    def job(i):
        for program in lockstep:
            r = run_switched(cycles, program, 1 << i, "--set", f"errata.{names[i]}=as-rtl")
            text = re.findall(r"(?m)^\S+: cycle \d+:.*", r.stdout)
            if r.returncode == 1:
                return f"{os.path.basename(os.path.dirname(program))}, {text[0] if text else 'assertion'}"
            if r.returncode != 0:
                return None
        return ""

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(job, reversed(range(len(names)))))
    for name, text in zip(reversed(names), found):
        print(f"{name:4} {text or ('not seen' if text == '' else 'cannot run')}")
    print(f"{len(names)} errata fixed in the RTL only, {sum(map(bool, found))} noticed by the recorded stimuli and "
          f"{cycles} random cycles of each build")
    sys.exit(1 if None in found else 0)


def rule_names():
    """The rules that the RTL has: those of arch/rules.def without the L1 side."""
    with open("rtl/l2tlb_pkg.sv", encoding="utf-8") as f:
        text = f.read()
    return re.findall(r"logic (\w+);", text[:text.index("} l2tlb_rules_t;")].rsplit("{", 1)[1])


def rules_of(l2tlb, revision):
    r = subprocess.run([l2tlb, "config", "--revision", revision], stdout=subprocess.PIPE, text=True, check=True)
    return dict(re.findall(r"rule\.(\w+) *= (yes|no)", r.stdout))


def ablation_jobs(l2tlb, lockstep):
    """(id, [(program, option)]): a rule is turned off in the builds that have it, then on in the others."""
    builds = {b: revision for revision, row in recordings.BUILDS.items() for b in row.values()}
    has = {p: rules_of(l2tlb, builds[build_of(p)]) for p in lockstep}
    yield "(nothing)", [(p, None) for p in lockstep]
    for name in rule_names():
        on = [(p, f"rule.{name}=no") for p in lockstep if has[p][name] == "yes"]
        yield name, on + [(p, f"rule.{name}=yes") for p in lockstep if has[p][name] == "no"]
    for name in reversed(errata_names()):
        yield name, [(p, f"errata.{name}=fixed") for p in lockstep]


DIFFERENCE = re.compile(r"(?m)^(\S+): cycle (\d+): (\S+):")


def ablate(where, cycles, twin, machine):
    """Random runs, short and long, of every machine, then the stimuli: (noticed by random, text). The random
    stimulus is looked for with two models, and what was found is run again on the RTL."""
    for total in (str(min(int(cycles), 60000)), cycles, None):
        for program, option in where:
            args, switched = ["--total", total], ["--set", option] if option else []
            if total:
                r = lock_step(twin, *switched, *args, *machine[program])
                found = DIFFERENCE.search(r.stdout)
                if r.returncode == 0:
                    continue
                if not found:
                    return None, r.stdout.strip()[-200:]
                args = ["--seed", found[1].split("_")[1], "--seeds", "1"]
            r = lock_step(program, *switched, *(args if total else recordings.stimuli(build_of(program))))
            found = DIFFERENCE.search(r.stdout)
            if r.returncode == 1 and found:
                return total is not None, f"{build_of(program)}, {option}: {found[1]}, cycle {found[2]}, {found[3]}"
            if r.returncode or total:
                return None, f"{build_of(program)}, {option}: {r.stdout.strip()[-200:]}"
    return False, ""


def machine_of(program):
    """The words that an RTL reports itself by, as plusargs of the twin."""
    text = lock_step(program, "--seeds", "1", "--cycles", "1").stdout.split("\n")[0]
    return ["+" + word for word in text.removesuffix(", seed 1").split() if "=" in word]


def ablation(cycles, l2tlb, twin, lockstep):
    with open(os.path.join("cosim", "ablation.tsv"), encoding="utf-8") as f:
        reasons = dict(line.rstrip("\n").split("\t") for line in f if line.strip() and not line.startswith("#"))
    jobs = list(ablation_jobs(l2tlb, lockstep))
    machine = {p: machine_of(p) for p in lockstep}
    limit = {"(nothing)": "60000"}

    def job(j):
        return ablate(j[1], limit.get(j[0], cycles), twin, machine)

    unknown = set(reasons) - {name for name, _ in jobs}
    if unknown:
        sys.exit(f"cosim/ablation.tsv: no rule or erratum {', '.join(sorted(unknown))}")
    bad = by_random = by_file = 0
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("ABLATION_JOBS", os.cpu_count()))) as pool:
        for (name, _), (is_random, text) in zip(jobs, pool.map(job, jobs)):
            if name == "(nothing)":
                wrong = is_random is None or text != ""
                kind = "DIFFERS" if wrong else "equal"
            elif is_random:
                wrong, kind = False, "random"
            else:
                wrong = is_random is None or name not in reasons
                kind = "BROKEN" if is_random is None else "stimulus" if text else "unseen"
            print(f"{name:24} {kind:8} {text}", flush=True)
            if name in reasons and not is_random:
                print(f"{'':24} {reasons[name]}")
            elif wrong:
                print(f"{'':24} no reason in cosim/ablation.tsv")
            bad += wrong
            by_random += is_random is True
            by_file += is_random is False and text != ""
    print(f"{len(jobs) - 1} rules and errata switched in the model only: {by_random} noticed by random stimuli "
          f"within {cycles} cycles of a build, {by_file} by others, {len(jobs) - 1 - by_random - by_file} not; "
          f"{bad} without a reason")
    sys.exit(1 if bad else 0)


def one(lockstep, seeds, args):
    """The first of the builds that notices it: exit code, its line, a failed assertion."""
    r, text = None, ""
    for program in lockstep:
        folder = os.path.dirname(program)
        r = subprocess.run([program, "--seeds", str(seeds), "--no-shrink", "--generator", "cosim", "--out", folder,
                            *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        found = re.findall(r"(?m)^\S+: cycle \d+:.*", r.stdout)
        text = f"{os.path.basename(folder).removeprefix('mutants-')}, {found[0]}" if found else r.stdout[-200:]
        if r.returncode:
            break
    return r.returncode, text, re.findall(r"Assertion failed in \S*?\.?(\w+): \[", r.stdout)[:1]


def run(seeds, lockstep):
    missed = 0
    code, text, _ = one(lockstep, 5, [])
    if code:
        print("the unchanged RTL differs: " + text)
        sys.exit(1)
    jobs = [(f"{name}: {re.sub('<<|>>', '', context)} -> {new}", [f"+mutation={k:x}"])
            for k, (_, name, context, new) in enumerate(faults(), 1)]
    jobs += [(f"input of the harness, way {k}", ["--input-fault", str(k)])
             for k in range(1, INPUT_FAULTS + 1)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (what, _), (code, text, checks) in zip(jobs, pool.map(lambda j: one(lockstep, seeds, j[1]), jobs)):
            by = text + (f" (assertion {checks[0]})" if checks else "")
            print(f"{'noticed' if code == 1 else 'MISSED '}  {what}\n         {by}", flush=True)
            missed += code != 1
    print(f"{len(jobs)} faults, {len(jobs) - missed} noticed, {missed} missed")
    sys.exit(1 if missed else 0)


if len(sys.argv) == 3 and sys.argv[1] == "prepare":
    prepare(sys.argv[2])
elif len(sys.argv) == 3 and sys.argv[1] == "switches":
    switches(sys.argv[2])
elif len(sys.argv) >= 4 and sys.argv[1] == "errata":
    errata(sys.argv[2], sys.argv[3:])
elif len(sys.argv) >= 3 and sys.argv[1] == "options":
    options(sys.argv[2:])
elif len(sys.argv) >= 4 and sys.argv[1] == "one-sided":
    one_sided(sys.argv[2], sys.argv[3:])
elif len(sys.argv) >= 6 and sys.argv[1] == "ablation":
    ablation(*sys.argv[2:5], sys.argv[5:])
elif len(sys.argv) >= 4 and sys.argv[1] == "run":
    run(int(sys.argv[2]), sys.argv[3:])
else:
    sys.exit(__doc__)
