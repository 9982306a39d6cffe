#!/usr/bin/python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Hands a header to Doxygen: its plain // comments become documentation, line by line.

A comment before a declaration documents it, one behind it does as well. The first comment is that
of the file. Characters that are commands of Doxygen or of HTML are escaped.
"""
import os
import re
import sys


def text(s):
    """The words of a comment, with nothing in them that Doxygen would take for a command."""
    s = re.sub(r"([\\@&<>#%$])", r"\\\1", s)
    return re.sub(r"(?<![`\w])([*_]+)", lambda m: "".join("\\" + c for c in m.group(1)), s)


def line(s):
    alone = re.match(r"(\s*)//(?!/)(.*)$", s)
    if alone:
        if re.match(r" *--- .* -+$", alone.group(2)):  # a heading between parts of the file
            return ""
        return f"{alone.group(1)}///{text(alone.group(2))}"
    several = re.match(r"(\s*struct \w+ )(\*?\w[^;()]*, [^;()]*)(;.*)$", s)
    if several:  # Doxygen loses the commas of `struct x a, b`
        start, names, end = several.groups()
        s = start + f"; {start.strip()} ".join(names.split(", ")) + end
    behind = re.match(r"(.*\S)\s+// (.*)$", s)
    if behind and not re.match(r"\s*#\s*(if|endif|include|undef)", s):
        return f"{behind.group(1)} ///< {text(behind.group(2))}"
    return s


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        lines = f.read().split("\n")
    if lines[0].startswith("// SPDX"):
        lines[0] = f"/// \\file {os.path.relpath(sys.argv[1])}"
        print(lines.pop(0))
    for s in lines:
        print(line(s))


main()
