# SPDX-License-Identifier: MulanPSL-2.0
"""The site (make docs): Sphinx with MyST for the pages, Breathe for what Doxygen reads in the headers."""
import logging
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
with open(os.path.join(ROOT, "VERSION"), encoding="utf-8") as f:
    release = f.read().strip()

project = "l2tlbsim"
html_title = f"l2tlbsim {release}"
extensions = ["myst_parser", "breathe"]
html_theme = "furo"
html_show_copyright = False
html_copy_source = False
html_static_path = ["site.css"]
html_css_files = ["site.css"]
myst_heading_anchors = 4
highlight_language = "none"

breathe_projects = {"l2tlbsim": os.environ.get("L2TLB_DOXYGEN", os.path.join(ROOT, "build/docs/xml"))}
breathe_default_project = "l2tlbsim"
breathe_domain_by_extension = {"h": "c"}
breathe_show_include = False
breathe_order_parameters_first = False


def anchors(_app, _name, source):
    """Links to the anchors of the specification, which are plain HTML and unknown to Sphinx."""
    source[0] = re.sub(r"\[([^\]]+)\]\(([\w/.-]+)\.md#([a-z]-[\w.-]+)\)",
                       r'<a href="\2.html#\3">\1</a>', source[0])


def contents(_app, name, source):
    """The first page of a folder has the other pages of the folder below it."""
    if name.endswith("/README"):
        pages = [f[:-3] for f in os.listdir(os.path.join(ROOT, "docs", os.path.dirname(name)))
                 if f.endswith(".md") and f != "README.md"]
        pages.sort(key=lambda p: [w.zfill(4) if w.isdigit() else w for w in re.split(r"(\d+)", p)])
        source[0] += "\n\n```{toctree}\n:hidden:\n\n" + "\n".join(pages) + "\n```\n"


def whole_theme(app, error):
    """Debian's furo does not work from a folder: its script imports another although the page does not load it as
    a module, a style sheet is looked for at the root of the server, and the colours for readers whose system is dark
    are missing. Here the parts are put together."""
    static = os.path.join(app.outdir, "_static")
    script, sheet = os.path.join(static, "scripts/furo.js"), os.path.join(static, "styles/furo.css")
    if error or not os.path.exists(script):
        return

    def read(*path):
        with open(os.path.join(*path), encoding="utf-8") as f:
            return f.read()

    def write(path, what, by):
        text = re.sub(what, by, read(path), count=1, flags=re.M)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)

    write(script, r'^import Gumshoe from "\./([\w.-]+)";$', lambda m: read(static, "scripts", m.group(1)))
    write(sheet, r"^@import url\(/javascript/([\w./-]+)\);", lambda m: read("/usr/share/javascript", m.group(1)))
    if "prefers-color-scheme" not in read(sheet):
        write(sheet, r'body\[data-theme="dark"\] (\{\s+--[^}]*\})', lambda m: m.group(0) +
              '\n@media (prefers-color-scheme: dark) { body:not([data-theme="light"]) ' + m.group(1) + "}")


class TagsAreNotFunctions(logging.Filter):
    """Sphinx holds `struct f` and `f()`, and then their members, for the same name; C does not."""

    def filter(self, record):
        return "Duplicate C declaration" not in record.getMessage()


def setup(app):
    logging.getLogger("sphinx.sphinx.domains.c").addFilter(TagsAreNotFunctions())
    app.connect("source-read", anchors)
    app.connect("source-read", contents)
    app.connect("build-finished", whole_theme)
