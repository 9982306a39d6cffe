#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Line and toggle coverage of rtl/ from Verilator's coverage files, and the holes.

usage: coverage.py [--lines PERCENT] FILE...

The same point in several builds (other sizes, revision, bitmap) counts once: reached if any build reaches it.
Exit 1 when fewer lines are reached than --lines asks for.
"""
import collections
import re
import sys

FIELD = re.compile("\x01([^\x02]*)\x02([^\x01']*)")


def main(files, wanted):
    reached = {"line": collections.Counter(), "toggle": collections.Counter()}
    for name in files:
        with open(name, encoding="latin-1") as f:
            for text in f:
                if not text.startswith("C '"):
                    continue
                field = dict(FIELD.findall(text))
                kind = field["page"].split("/")[0][2:]
                kind = "line" if kind in ("line", "branch", "user") else kind
                source = field["f"]
                if kind not in reached or "rtl/" not in source:
                    continue
                point = (source[source.index("rtl/"):], int(field["l"]), field.get("n", "0"), field.get("o", ""))
                reached[kind][point] += int(text.rsplit("'", 1)[1])
    if not reached["line"]:
        sys.exit("coverage: no point in " + " ".join(files))
    for kind, points in reached.items():
        hit = sum(1 for n in points.values() if n)
        print(f"rtl {kind} coverage: {hit} of {len(points)} points, {100 * hit / max(1, len(points)):.1f} %")
    holes = collections.defaultdict(set)
    for (source, line, _, _), n in reached["line"].items():
        if not n:
            holes[source].add(line)
    for source in sorted(holes):
        print(f"  {source}: lines never reached: {' '.join(map(str, sorted(holes[source])))}")
    points = reached["line"]
    if 100 * sum(map(bool, points.values())) < wanted * len(points):
        sys.exit(f"coverage: fewer than {wanted} % of the lines")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    percent = float(arguments[1]) if arguments[:1] == ["--lines"] else 0
    if len(arguments) < 1 + 2 * bool(percent):
        sys.exit(__doc__)
    main(arguments[2:] if percent else arguments, percent)
