#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Checks that includes go strictly downward.

arch -> mem, pagecache, bitmap, ptw -> model, l1, traces -> report -> cmd, tests, cosim. A folder
may include its own headers and those of lower layers; siblings only where SIBLINGS allows it."""
import os
import re
import sys

LAYERS = [["arch"], ["mem", "pagecache", "bitmap", "ptw"], ["model", "l1", "traces"], ["report"],
          ["cmd", "tests", "cosim"]]
# The one place that wires blocks is model; l1 has the machine behind its ports, report and traces
# look at both. Nothing else crosses a layer.
SIBLINGS = {("l1", "model"), ("cosim", "tests")}
LEVEL = {folder: i for i, layer in enumerate(LAYERS) for folder in layer}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def files():
    for folder in LEVEL:
        for path, _, names in os.walk(folder):
            for name in sorted(names):
                if name.endswith((".c", ".h", ".cc", ".def")):
                    yield folder, os.path.join(path, name)


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    bad = checked = 0
    for folder, path in files():
        with open(path, encoding="utf-8") as f:
            for number, line in enumerate(f, 1):
                m = INCLUDE.match(line)
                if not m:
                    continue
                target = m.group(1).split("/")[0]
                checked += 1
                if target not in LEVEL:
                    if os.path.exists(m.group(1)):
                        print(f"{path}:{number}: {m.group(1)} belongs to no layer")
                        bad += 1
                    continue
                fine = target == folder or LEVEL[target] < LEVEL[folder] or (folder, target) in SIBLINGS
                if not fine:
                    print(f"{path}:{number}: {folder} must not include {m.group(1)}")
                    bad += 1
                elif not os.path.exists(m.group(1)):
                    print(f"{path}:{number}: {m.group(1)} does not exist")
                    bad += 1
    print(f"layers: {checked} includes, {bad} upward")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
