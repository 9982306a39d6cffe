#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Follows every link within a folder of HTML pages: file and anchor must be there, and of style sheets; scripts
import nothing (no page loads one as a module).

scripts/links.py FOLDER. Status: 0 all there, 1 dead links, 2 no pages.
"""
import os
import re
import sys
import tempfile
from html.parser import HTMLParser
from urllib.parse import unquote


class Page(HTMLParser):
    """Anchors and links of one page."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links = set(), []
        with open(path, encoding="utf-8") as f:
            self.feed(f.read())

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        self.ids.update(a[k] for k in ("id", "name") if a.get(k))
        self.links += [a[k] for k in ("href", "src") if a.get(k)]


def dead_links(root):
    """Number of pages, and (page, link, reason) of each dead link."""
    pages, bad = {}, []
    for folder, _, files in os.walk(root):
        for f in files:
            if f.endswith(".html"):
                path = os.path.join(folder, f)
                pages[os.path.relpath(path, root)] = Page(path)
    for name, page in pages.items():
        for link in page.links:
            if re.match(r"[a-z]+:|//", link):
                continue
            path, _, anchor = link.partition("#")
            path = unquote(path.split("?")[0])
            to = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
            if not os.path.exists(os.path.join(root, to)):
                bad.append((name, link, "no such file"))
            elif anchor and to in pages and unquote(anchor) not in pages[to].ids:
                bad.append((name, link, "no such anchor"))
    return len(pages), bad + dead_parts(root)


def dead_parts(root):
    """(file, line, reason) of what style sheets and scripts ask for and do not get."""
    bad = []
    for folder, _, files in os.walk(root):
        for f in sorted(files):
            path = os.path.join(folder, f)
            name = os.path.relpath(path, root)
            if not f.endswith((".css", ".js")):
                continue
            with open(path, encoding="utf-8") as text:
                text = text.read()
            for url in re.findall(r"""url\(["']?([^)"']+)""", text) if f.endswith(".css") else ():
                if not re.match(r"[a-z]+:|#|//", url) and not os.path.exists(os.path.join(folder, url.split("?")[0])):
                    bad.append((name, url, "no such file"))
            bad += [(name, line, "not a module") for line in re.findall(r"^import .*", text, re.M) if f.endswith(".js")]
    return bad


def self_test():
    """The checker sees a dead file, a dead anchor, a dead style sheet and an import; it accepts what is there."""
    with tempfile.TemporaryDirectory() as d:
        with open(os.path.join(d, "s.css"), "w", encoding="utf-8") as f:
            f.write('@import url(/t.css); @import url("s.css"); a { background: url(data:x) }')
        with open(os.path.join(d, "s.js"), "w", encoding="utf-8") as f:
            f.write('import X from "./y.js";\n')
        with open(os.path.join(d, "a.html"), "w", encoding="utf-8") as f:
            f.write('<p id="x"><a href="#x"></a><a href="#y"></a><a href="b.html"></a><a href="a.html#x"></a>')
        return dead_links(d) == (1, [("a.html", "#y", "no such anchor"), ("a.html", "b.html", "no such file"),
                                     ("s.css", "/t.css", "no such file"), ("s.js", 'import X from "./y.js";', "not a module")])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if not self_test():
        sys.exit("links: the checker does not see a dead link")
    n, bad = dead_links(sys.argv[1])
    for name, link, why in bad:
        print(f"links: {name}: {link}: {why}")
    print(f"links: {n} pages, {len(bad)} dead links")
    sys.exit(1 if bad else 0 if n else 2)


main()
