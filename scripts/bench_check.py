#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Instructions of replays, counted by Valgrind's callgrind: they do not depend on how loaded the machine is.

  scripts/bench_check.py [COMMAND]           compares with scripts/bench_counts.tsv; status 1: one, without what a
                                             run of one access takes, rose by over 3 %, or is not recorded; 3: cannot be compared here (and why)
  scripts/bench_check.py --write [COMMAND]   records the counts, and writes the table of docs/performance.md
  scripts/bench_check.py --self-test         the comparison can fail

Counts belong to a compiler and a kind of processor (the C library chooses its functions by that); with another
one they are printed and not compared."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "bench_counts.tsv")
PAGE = os.path.join(HERE, "..", "docs", "performance.md")
BEGIN, END = "<!-- counts: scripts/bench_check.py --write -->\n", "<!-- end of counts -->\n"
MOST = 1.03
CANNOT = 3
EMPTY = "one access"  # what start and report take
ROWS = [  # name, l2tlb gen, l2tlb replay
    (EMPTY, "seq -n 1", ""),
    ("hot set, one stage", "zipf --zipf 1.4 --fetches 0.3 -n 5k", ""),
    ("hot set, two stages", "zipf --zipf 1.4 --fetches 0.3 -2 -n 3k", ""),
    ("sequential, one stage", "seq --fetches 0.3 -n 20k", ""),
    ("random 64 MiB, one stage", "random -n 500", ""),
    ("random 64 MiB, two stages", "random -2 -n 500", ""),
    ("the same, Shield-Bitmap", "random -2 -n 500", "--preset bitmap --world secure.pattern=random"),
    ("the same, pages on first touch", "random -2 -n 500", "--first-touch"),
    ("pointer chase, two stages, one at a time", "chase -2 -n 200", "--window-load 1 --window-store 1"),
    ("switches, two stages", "switch -2 --quantum 200 --fence page -n 1k", ""),
    ("requests at the ports, one stage", "random --ports -n 1k", ""),
    ("requests at the ports, two stages", "random -2 --ports -n 1k", ""),
]


def command_line(args):
    return args[0] if args else "build/l2tlb"


def where():
    """The compiler and the processor that counts belong to."""
    cc = subprocess.run(["gcc", "--version"], capture_output=True, text=True).stdout.split("\n")[0]
    flags = ""
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as f:
            found = re.search(r"^flags\s*:(.*)$", f.read(), re.M)
            flags = found.group(1) if found else ""
    has = [x for x in ("avx2", "avx512vl", "erms", "fsrm") if x in flags.split()]
    return "%s; %s" % (cc, " ".join(has) or "no vectors known")


def count(command, gen, replay, folder):
    """Instructions, accesses and cycles of one run."""
    trace, out, err = (os.path.join(folder, n) for n in ("t.gvt", "report.json", "valgrind.txt"))
    subprocess.run([command, "gen", *gen.split(), "-q", trace], check=True)
    subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-file=" + err, command,
                    "replay", "-q", "--report", "json", "-o", out, *replay.split(), trace], check=True)
    with open(err) as f:
        refs = re.search(r"Collected : (\d+)", f.read())
    with open(out) as f:
        sections = json.load(f)["sections"]
    return int(refs.group(1)), sections["trace"]["values"]["accesses"], sections["summary"]["values"]["cycles"]


def worse(recorded, counted):
    """Names that rose too far or have no record. What start and report take, mostly the loader's work and so
    another number with every library, is taken off and not judged itself."""
    def net(counts, name):
        return counts[name] - counts.get(EMPTY, 0)
    return [n for n in counted if n not in recorded or (n != EMPTY and net(counted, n) > MOST * net(recorded, n))]


def self_test():
    recorded = {"a": 1000, "b": 2000}
    cases = [({"a": 1029, "b": 1000}, []), ({"a": 1031, "b": 2000}, ["a"]), ({"a": 1000, "c": 1}, ["c"])]
    wrong = sum(worse(recorded, c) != want for c, want in cases)
    recorded[EMPTY] = 500  # the rows without it: 500 and 1500
    more = [({"a": 1400, "b": 2400, EMPTY: 900}, []), ({"a": 1020, "b": 2000, EMPTY: 500}, ["a"])]
    wrong += sum(worse(recorded, c) != want for c, want in more)
    cases += more
    print("bench-check: self-test: %d comparisons, %d wrong" % (len(cases), wrong))
    return 1 if wrong else 0


def read_table():
    place, recorded = "", {}
    if os.path.exists(TABLE):
        with open(TABLE) as f:
            for line in f:
                if line.startswith("# counted with "):
                    place = line[len("# counted with "):].rstrip("\n")
                elif not line.startswith("#"):
                    name, n = line.rstrip("\n").split("\t")
                    recorded[name] = int(n)
    return place, recorded


def write_table(rows):
    with open(TABLE, "w") as f:
        f.write("# SPDX-License-Identifier: MulanPSL-2.0\n# Instructions of each row of scripts/bench_check.py.\n")
        f.write("# counted with %s\n" % where())
        for name, (n, _, _) in rows.items():
            f.write("%s\t%d\n" % (name, n))


def write_page(rows):
    start = rows[EMPTY][0]
    lines = ["| trace | accesses | instructions, million | per access | per cycle of the machine |\n", "|---|---|---|---|---|\n"]
    for name, (n, accesses, cycles) in rows.items():
        net = n - start
        per = ("", "") if name == EMPTY else ("%d" % (net / accesses), "%.0f" % (net / cycles))
        lines.append("| %s | %d | %.1f | %s | %s |\n" % (name, accesses, n / 1e6, *per))
    with open(PAGE) as f:
        text = f.read()
    head, rest = text.split(BEGIN)
    with open(PAGE, "w") as f:
        f.write(head + BEGIN + "".join(lines) + END + rest.split(END)[1])


def main():
    args = sys.argv[1:]
    if args == ["--self-test"]:
        return self_test()
    record = args[:1] == ["--write"]
    command = command_line(args[1:] if record else args)
    if not shutil.which("valgrind"):
        print("bench-check: not compared: no Valgrind here (scripts/setup.sh test)")
        return CANNOT
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, gen, replay in ROWS:
            rows[name] = count(command, gen, replay, folder)
    if record:
        write_table(rows)
        write_page(rows)
        return 0
    place, recorded = read_table()
    counted = {name: n for name, (n, _, _) in rows.items()}
    bad = worse(recorded, counted)
    for name, n in counted.items():
        old = recorded.get(name)
        print("%-42s %13d %s%s" % (name, n, "%+6.2f %%" % (100 * (n / old - 1)) if old else "not recorded",
                                   "  TOO MANY" if name in bad else ""))
    if place != where():
        print("bench-check: not compared: recorded with %s, here is %s" % (place or "nothing", where()))
        return CANNOT
    print("bench-check: %d of %d within 3 %%" % (len(counted) - len(bad), len(counted)))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
