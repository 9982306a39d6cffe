#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Fuzzer of cosim/ports.py, which reads the port list of a user's RTL and a file of names.

  tests/fuzz/ports.py [--seconds N | --runs N] [--seed S] [--corpus DIR] [--found DIR] [FILE|DIR...]

An input is a Verilog file, a line `%%` and a file of names. It is accepted (and the table then has each port once)
or refused with one line and status 2; anything else, and more than LIMIT seconds, is a finding. Inputs that reach a
new line of ports.py are kept and changed further. Status 1: something was found."""
import argparse
import contextlib
import glob
import io
import os
import random
import re
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "cosim"))
import ports  # noqa: E402  pylint: disable=wrong-import-position

LIMIT = 2.0
WORDS = ("module L2TLB endmodule input output inout wire logic reg [63:0] [1:0] [0:7] [99999999999:0] , ; ( ) #( parameter A=1 "
         "import p::*; // /* */ = ! # clock reset counters_late io_wfi_wfiReq io_csr_tlb_mmpt_x \\esc `define \" \x00 \u00e9 3 10").split()


def seeds():
    """Port lists: all ports, without the optional ones, with other names."""
    def verilog(names, head="module L2TLB("):
        return head + ",\n".join(names) + "\n);\nendmodule\n"

    def port(name, p):
        return f"  {p.direction} " + (f"[{p.width - 1}:0] " if p.width > 1 else "") + name

    table = ports.table()
    clock = ["  input clock", "  input reset"]
    whole = clock + [port(n, p) for n, p in table.items()]
    yield verilog(whole) + "%%\n"
    yield verilog(clock + [port(n, p) for n, p in table.items() if p.needed], "module L2TLB #(parameter A = 1) (") + "%%\n# none\n"
    yield verilog([w.replace("clock", "clk").replace("reset", "rst_n") for w in whole] + ["  input cg", "  output [3:0] x"]) + \
        "%%\nclock = clk\nreset = !rst_n # low\ncounters_late = 2\n"


class Cover:
    """Lines of ports.py that ran."""

    def __init__(self):
        self.seen, self.new = set(), False

    def trace(self, frame, _event, _arg):
        if not frame.f_code.co_filename.endswith("ports.py"):
            return None
        return self.line

    def line(self, frame, event, _arg):
        if event == "line" and (frame.f_lineno, frame.f_code.co_name) not in self.seen:
            self.seen.add((frame.f_lineno, frame.f_code.co_name))
            self.new = True
        return self.line


def run(folder, text, cover):
    """None, or what is wrong."""
    rtl, names = (text.split("%%\n", 1) + [""])[:2]
    for name, part in (("L2TLB.sv", rtl), ("map", names)):
        with open(os.path.join(folder, "in", name), "w", encoding="utf-8", newline="") as f:
            f.write(part)
    sys.argv = ["ports.py", os.path.join(folder, "in"), "L2TLB", folder, os.path.join(folder, "in", "map")]
    for f in ("ports.inc", "rtl.f"):
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(folder, f))
    out, err = io.StringIO(), io.StringIO()
    # A regular expression that does not end cannot be stopped: the whole run ends.
    watch = threading.Timer(60, lambda: os._exit(3))
    watch.start()
    begin, status = time.time(), 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            sys.settrace(cover.trace)
            try:
                ports.main()
            except SystemExit as e:
                status = e.code
            finally:
                sys.settrace(None)
    except Exception as e:  # pylint: disable=broad-except
        return f"{type(e).__name__}: {e}"
    finally:
        watch.cancel()
    if time.time() - begin > LIMIT:
        return f"{time.time() - begin:.1f} seconds"
    written = os.path.exists(os.path.join(folder, "ports.inc"))
    if status not in (0, 2):
        return f"status {status}"
    if status == 2 and (not re.fullmatch(r"cosim: [^\n]+\n", err.getvalue()) or out.getvalue() or written):
        return "a refusal is one line and nothing else: " + repr(err.getvalue()[:200])
    if status == 0:
        with open(os.path.join(folder, "ports.inc"), encoding="utf-8") as f:
            driven = re.findall(r"^    (?:assign\()?top\.(\w+)", f.read(), re.M)
        double = {d for d in driven if driven.count(d) > 1}
        if double:
            return f"driven twice: {sorted(double)[:3]}"
    return None


def change(rng, text, others):
    """A few random edits."""
    for _ in range(1 << rng.randrange(4)):
        at = rng.randrange(len(text) + 1)
        kind = rng.randrange(7)
        if kind == 0:
            text = text[:at] + rng.choice(WORDS) + text[at:]
        elif kind == 1:
            text = text[:at] + text[at + rng.randrange(1, 40):]
        elif kind == 2:
            text = text[:at] + chr(rng.randrange(1, 127)) + text[at + 1:]
        elif kind == 3:
            end = at + rng.randrange(1, 200)
            text = text[:at] + text[at:end] * rng.randrange(2, 4) + text[end:]
        elif kind == 4:
            lines = text.split("\n")
            i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
            lines[i], lines[j] = lines[j], lines[i]
            text = "\n".join(lines)
        elif kind == 5:
            lines = text.split("\n")
            del lines[rng.randrange(len(lines))]
            text = "\n".join(lines)
        else:
            other = rng.choice(others)
            text = text[:at] + other[rng.randrange(len(other) + 1):]
    return text[:40000]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--runs", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus")
    parser.add_argument("--found")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    rng, cover, count, bad = random.Random(options.seed), Cover(), 0, 0
    names = [f for a in options.files + ([options.corpus] if options.corpus else [])
             for f in ([a] if os.path.isfile(a) else sorted(glob.glob(os.path.join(a, "*"))))]
    corpus = list(seeds())
    for name in names:
        with open(name, encoding="utf-8", errors="replace", newline="") as f:
            corpus.append(f.read())
    first, end = list(corpus), time.time() + options.seconds
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "in"))
        while first or count < options.runs or time.time() < end:
            text = first.pop(0) if first else change(rng, rng.choice(corpus), corpus)
            cover.new, count = False, count + 1
            why = run(folder, text, cover)
            if why:
                bad += 1
                name = os.path.join(options.found or ".", f"ports-{options.seed}-{count}")
                print(f"{name}: {why}")
                if options.found:
                    with open(name, "w", encoding="utf-8", newline="") as f:
                        f.write(text)
            elif cover.new:
                corpus.append(text)
                if options.corpus:
                    os.makedirs(options.corpus, exist_ok=True)
                    with open(os.path.join(options.corpus, f"{options.seed}-{count}"), "w", encoding="utf-8", newline="") as f:
                        f.write(text)
    print(f"#{count} DONE cov: {len(cover.seen)} ft: {len(cover.seen)} corp: {len(corpus)} found: {bad}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
