#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Checks that includes go strictly downward from room to room, and that no files include in a circle.

A file includes headers of its own room and of lower ones (docs/machine.md says what each holds). Two
rooms on one level don't see each other, but for the pairs in SIDEWAYS.
layers.py [--self-test]"""
import os
import re
import sys
import tempfile

LEVELS = ["arch", "mem", "pagecache ptw bitmap mpt", "model l1", "traces", "world scripts", "check snapshot", "replay",
          "report", "study", "lib", "cmd cosim tests", "fuzz"]
# The lock step draws its stimuli with the generator of the random tests.
SIDEWAYS = {("cosim", "tests")}
# The fuzzers (tests/fuzz) call parts of the command and of the co-simulation.
LEVEL = {room: i for i, rooms in enumerate(LEVELS) for room in rooms.split()}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def room_of(path):
    return "fuzz" if path.startswith("tests/fuzz/") else path.split("/")[0]


def sources():
    for room in LEVEL:
        for path, _, names in sorted(os.walk(room)):
            for name in sorted(names):
                if name.endswith((".c", ".h", ".cc", ".def")):
                    yield room, os.path.join(path, name)


def includes():
    """{file: [(line, target)]} of the includes that name a file of the project."""
    found = {}
    for _, path in sources():
        with open(path, encoding="utf-8") as f:
            hits = [(n, m.group(1)) for n, m in ((n, INCLUDE.match(x)) for n, x in enumerate(f, 1)) if m]
        found[path] = [(n, t) for n, t in hits if t.split("/")[0] in LEVEL or os.path.exists(t)]
    return found


def upward(found):
    for path, targets in found.items():
        room = room_of(path)
        for line, target in targets:
            other = room_of(target)
            if other not in LEVEL:
                yield f"{path}:{line}: {target} belongs to no level"
            elif not os.path.exists(target):
                yield f"{path}:{line}: {target} does not exist"
            elif room != other and LEVEL[other] >= LEVEL[room] and (room, other) not in SIDEWAYS:
                yield f"{path}:{line}: {room} must not include {target}"


def circles(found):
    """Each circle of includes once, as the list of its files."""
    done, seen = set(), set()

    def visit(path, trail):
        if path in trail:
            circle = trail[trail.index(path):]
            key = frozenset(circle)
            if key not in seen:
                seen.add(key)
                yield circle + [path]
            return
        if path in done:
            return
        for _, target in found.get(path, []):
            yield from visit(target, trail + [path])
        done.add(path)

    for path in sorted(found):
        yield from visit(path, [])


def check():
    found = includes()
    bad = list(upward(found)) + ["circle: " + " -> ".join(c) for c in circles(found)]
    return sum(map(len, found.values())), bad


def self_test():
    """An include upward, a circle, a room on the same level and a missing file are noticed."""
    plants = {"arch/a.h": '#include "mem/b.h"\n', "mem/b.h": '#include "mem/c.h"\n',
              "mem/c.h": '#include "mem/b.h"\n', "ptw/d.h": '#include "bitmap/e.h"\n',
              "bitmap/e.h": "", "check/f.h": '#include "check/none.h"\n',
              "replay/g.h": '#include "check/f.h"\n#include <stdio.h>\n'}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for path, text in plants.items():
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        count, bad = check()
        wanted = ["arch/a.h:1: arch must", "ptw/d.h:1: ptw must", "check/none.h does not exist",
                  "circle: mem/b.h -> mem/c.h -> mem/b.h"]
        missed = [w for w in wanted if not any(w in b for b in bad)]
        os.chdir("/")
    for w in missed:
        print(f"layers: self-test: not noticed: {w}")
    return 1 if missed or len(bad) != len(wanted) or count != 6 else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    count, bad = check()
    print("\n".join(bad + [f"layers: {count} includes, {len(bad)} upward or in a circle"]))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
