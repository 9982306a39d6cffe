#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Runs the commands of docs/tutorials, and of the pages of docs that have some, and compares their output.

tests/tutorials.py [--write] [COMMAND [PAGE...]]    COMMAND: default build/l2tlb

In a block ```console a line `$ COMMAND` is run by bash (`> ` continues it) and the lines below are
its output, both streams; a line `...` stands for any number of lines. Any other block whose first
line ends in `file: NAME` is written to NAME before. A page runs from its top, in a folder of its own
that has the rooms of the project in it. --write puts the output into the pages, except where `...` is.
Status: 0 all passed, 1 a test failed, 2 it cannot run.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIMIT = 300  # seconds for one command


def blocks(lines):
    """(kind, first line, line behind the last) of each fenced block."""
    start = None
    for i, line in enumerate(lines):
        if start is None and line.startswith("```"):
            start, kind = i + 1, line[3:].strip()
        elif start is not None and line == "```":
            yield kind, start, i
            start = None


def commands(lines, first, last):
    """(command, first line of its output, line behind its output) of a console block."""
    at = first
    while at < last:
        if not lines[at].startswith("$ "):
            raise ValueError(f"line {at + 1}: `$ COMMAND` expected")
        command = [lines[at][2:]]
        at += 1
        while at < last and lines[at].startswith("> "):
            command.append(lines[at][2:])
            at += 1
        begin = at
        while at < last and not lines[at].startswith("$ "):
            at += 1
        yield "\n".join(command), begin, at


def matches(want, got):
    """got is want, in which a line `...` stands for any number of lines."""
    pattern = "".join("(?:.*\n)*" if w.strip() == "..." else re.escape(w.rstrip()) + "\n" for w in want)
    return re.fullmatch(pattern, "".join(g.rstrip() + "\n" for g in got)) is not None


def run(command, folder, path):
    env = dict(os.environ, PATH=path + ":" + os.environ["PATH"], LC_ALL="C")
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=env, stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT)
    return done.stdout.decode("utf-8", "replace").splitlines()


def differences(lines, command):
    """Runs a page. Yields for each command: itself, its lines in the page, what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        for name in os.listdir(ROOT):
            if not name.startswith(".") and name != "build":
                os.symlink(os.path.join(ROOT, name), os.path.join(folder, name))
        os.symlink(os.path.dirname(os.path.abspath(command)), os.path.join(folder, "build"))
        for kind, first, last in blocks(lines):
            named = re.search(r"file: (\S+)$", lines[first]) if first < last else None
            if kind == "console":
                for text, begin, end in commands(lines, first, last):
                    yield text, begin, end, run(text, folder, os.path.join(folder, "build"))
            elif named:
                with open(os.path.join(folder, os.path.basename(named.group(1))), "w", encoding="utf-8") as f:
                    f.write("\n".join(lines[first:last]) + "\n")


def check(page, command, write):
    """Passed and failed commands of a page."""
    with open(page, encoding="utf-8") as f:
        lines = f.read().split("\n")
    passed = failed = 0
    new, copied = [], 0
    for text, begin, end, got in differences(lines, command):
        new += lines[copied:begin] + (lines[begin:end] if "..." in lines[begin:end] else [g.rstrip() for g in got])
        copied = end
        if matches(lines[begin:end], got):
            passed += 1
            continue
        failed += 1
        print(f"FAIL {os.path.relpath(page, ROOT)}:{begin}: {text.splitlines()[0]}: printed")
        print("\n".join("    " + g for g in got[:20]))
    if write:
        with open(page, "w", encoding="utf-8") as f:
            f.write("\n".join(new + lines[copied:]))
    if not passed + failed:
        print(f"FAIL {page}: no command")
        failed = 1
    return passed, failed


def has_commands(page):
    with open(page, encoding="utf-8") as f:
        return "\n```console\n" in f.read()


def self_test():
    """The comparison notices a changed, a missing and an additional line."""
    got = ["a  1", "b 2", "c 3"]
    return (matches(got, got) and matches(["a  1", "...", "c 3"], got) and matches(["..."], got)
            and not any(matches(w, got) for w in (["a  1", "b 3", "c 3"], got[:2], got + ["d"], [], ["...", "b 2"])))


def main():
    args = sys.argv[1:]
    write = args[:1] == ["--write"]
    args = args[write:]
    command = args[0] if args else os.path.join(ROOT, "build/l2tlb")
    if not os.access(command, os.X_OK):
        print(f"tutorials: {command} is not there (run make)", file=sys.stderr)
        sys.exit(2)
    pages = args[1:] or sorted(filter(has_commands, glob.glob(os.path.join(ROOT, "docs/*.md"))))
    pages += [] if args[1:] else sorted(p for p in glob.glob(os.path.join(ROOT, "docs/tutorials/*.md")) if not p.endswith("README.md"))
    passed, failed = 1, 0
    if not self_test():
        print("FAIL self-test of the comparison")
        passed, failed = 0, 1
    for page in pages:
        p, f = check(page, command, write)
        passed, failed = passed + p, failed + f
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
