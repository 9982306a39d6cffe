#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Resolves every citation of the specification (docs/spec) in code, scripts and pages.

  scripts/refs.py [ROOT] [--quiet]    totals, what no code cites, every dangling citation (status 1)
  scripts/refs.py --self-test         shows that a dangling citation is found

A citation is `spec A 2.5`, `spec B 1.3 rule 12`, `spec A 2.5, 3.1`, `spec B 4.2 to 4.4`, `spec B` or
the same with `part`. A file that says `Numbers in comments are the rule numbers of spec B 1.3` cites
rules of that section by `rule 12` alone. The points of tests/random name their place as "A 1.3 r1".
`docs/recordings.md 3` and `docs/sources.md 2` are resolved too.
Anchors: <a id="b-1.3">, <a id="b-1.3-r12">. Code is everything except Markdown.
A chapter or section whose heading ends with (informative) or (not modelled) needs no citation."""
import os
import re
import sys
import tempfile

KINDS = (".c", ".h", ".cc", ".sv", ".svh", ".py", ".sh", ".def", ".tsv", ".mk", ".md")
BOOK = os.path.join("docs", "spec")
SPACE = r"(?:[ \t]*\n[ \t]*(?://|\*|#|>|\"|\|)?[ \t]*|[ \t]+)"  # a comment may go on in the next line
START = re.compile(r"\b([Pp]art|[Ss]pec(?:ification)?)(" + SPACE + r")([A-E])\b(?![-/+])")
SECTION = r"(?P<num>\d+B?\.\d+(?:\.\d+)?)(?![\d])"
CHAPTER = r"(?P<word>chapters?" + SPACE + r")?(?P<num>\d+B?|4A)(?![\w.]*\w)"
FIRST = [re.compile(r",?:?" + SPACE + SECTION), re.compile(SPACE + CHAPTER)]
NEXT = re.compile(r"(?P<sep>[,;]" + SPACE + r"|" + SPACE + r"(?:and|to)" + SPACE + r")(?:(?P<part>[A-E])" + SPACE + r")?" + SECTION)
NEXT_CHAPTER = re.compile(r"(?P<sep>" + SPACE + r"to" + SPACE + r")" + CHAPTER)
RULE = re.compile(SPACE + r"(?:rule|row|trap|note|point)s?" + SPACE + r"(\d+[a-z]?)\b(?!\.\d)")
HOME = re.compile(r"rule numbers of(?=" + SPACE + r"spec )(?P<what>.*?)\.$", re.M | re.S)
POINT = re.compile(r'^POINT\(\w+, "([^"]*)"', re.M)
BARE_RULE = re.compile(r"\b[Rr]ules?(?=" + SPACE + r"\d)")
MARKED = re.compile(r"^#+ ([A-E]) (\d+B?(?:\.\d+)*) .*\((?:informative|not modelled)\)", re.M)
BARE = re.compile(r"[Rr]ules?" + SPACE + r"(\d+[a-z]?)\b(?!\.\d)")
NEXT_RULE = re.compile(r"(," + SPACE + r"|" + SPACE + r"(?:and|to)" + SPACE + r")(\d+[a-z]?)\b(?!B?\.\d)(?!"
                       + SPACE + r"\d+B?\.\d)")


def between(first, last):
    """The numbers after first, up to last, where both are of one chapter or plain numbers."""
    a, b = re.match(r"(.*?)(\d+)$", first), re.match(r"(.*?)(\d+)$", last)
    if a and b and a.group(1) == b.group(1) and int(a.group(2)) < int(b.group(2)):
        return [a.group(1) + str(i) for i in range(int(a.group(2)) + 1, int(b.group(2)) + 1)]
    return [last]


def rules_after(text, pos, first=RULE):
    m = first.match(text, pos)
    if not m:
        return [], pos
    rules = [m.group(1)]
    pos = m.end()
    while m := NEXT_RULE.match(text, pos):
        rules += between(rules[-1], m.group(2)) if "to" in m.group(1) else [m.group(2)]
        pos = m.end()
    return rules, pos


def citations(text):
    """Yields (start, end, [(part, section or chapter or "", rule or "")])."""
    for start in START.finditer(text):
        pos, cited, part = start.end(), [], start.group(3)
        m = next((m for m in (f.match(text, pos) for f in FIRST) if m), None)
        while m:
            part = m.groupdict().get("part") or part
            number = m.group("num")
            numbers = [number]
            if "sep" in m.groupdict() and "to" in m.group("sep") and cited:
                numbers = between(cited[-1][1], number)
            pos = m.end()
            rules, pos = rules_after(text, pos)
            for n in numbers:
                cited += [(part, n, r) for r in rules] if rules and n == number else [(part, n, "")]
            m = NEXT.match(text, pos) or (NEXT_CHAPTER.match(text, pos) if "." not in number else None)
        yield start.start(), pos, cited or [(part, "", "")]


def places(text):
    """Yields (position, part, section, rule) of the places of POINT lines; "B 5 D2" is row D2 of chapter B 5."""
    for m in POINT.finditer(text):
        part, _, rest = m.group(1).partition(" ")
        section, _, rule = rest.partition(" ")
        row = rule and not rule.startswith("r")
        yield m.start(1), part, section + ("-" + rule.lower() if row else ""), "" if row else rule[1:]


def bare_rules(text, found):
    """Yields (position, the sections it may mean, rule) of rules cited by their number alone, see HOME."""
    homes = [(part, section) for h in HOME.finditer(text)
             for _, _, items in citations(h.group("what")) for part, section, _ in items]
    for m in BARE_RULE.finditer(text) if homes else ():
        if not any(a <= m.start() < b for a, b in found):
            for rule in rules_after(text, m.start(), BARE)[0]:
                yield m.start(), homes, rule


def anchors(root):
    """All anchors with their files, the chapters and sections that need no citation, what is wrong."""
    found, marked, bad = {}, set(), []
    for name in sorted(os.listdir(os.path.join(root, BOOK))):
        if name.endswith(".md"):
            path = os.path.join(BOOK, name)
            with open(os.path.join(root, path), encoding="utf-8") as f:
                text = f.read()
            for a in re.findall(r'<a id="([^"]+)"></a>', text):
                if a in found:
                    bad.append(f"{path}: anchor {a} is also in {found[a]}")
                found[a] = path
            marked |= {key(letter, section, "") for letter, section in MARKED.findall(text)}
    return found, marked, bad


def key(letter, section, rule):
    k = letter.lower() + ("-" + section.lower() if section else "")
    return k + ("-r" + rule if rule else "")


def resolve(known, letter, section, rule):
    """The anchor of a citation, or None. The rule may stand in a part of the section (A 5.2.1)."""
    k = key(letter, section, rule)
    if k in known or not rule:
        return k if k in known else None
    inner = re.compile(re.escape(key(letter, section, "")) + r"\.\d+-r" + rule + "$")
    return next((a for a in known if inner.match(a)), None)


def sources(root):
    for path, folders, names in os.walk(root):
        folders[:] = sorted(d for d in folders if not d.startswith(".") and d != "build")
        for name in sorted(names):
            full = os.path.relpath(os.path.join(path, name), root)
            if (name.endswith(KINDS) or name == "Makefile") and full != os.path.join("scripts", "refs.py"):
                yield full


def inside_book(path, text, known, bad):
    """References of the book to itself ("B 4.6") and links of any page to its anchors."""
    n = 0
    if path.startswith(BOOK):
        for m in re.finditer(r"(?<![\w-])([A-E]) (\d+B?\.\d+)(?![\d])", text):
            n += 1
            if key(m.group(1), m.group(2), "") not in known:
                bad.append(f"{path}:{text.count(chr(10), 0, m.start()) + 1}: {m.group(0)} does not exist")
    for m in re.finditer(r"\]\(([^)\s#]*)#([a-e]-?[^)\s]*)\)", text):
        target = os.path.normpath(os.path.join(os.path.dirname(path), m.group(1))) if m.group(1) else path
        if target.startswith(BOOK) and known.get(m.group(2)) != target:
            bad.append(f"{path}:{text.count(chr(10), 0, m.start()) + 1}: link to {m.group(0)[2:-1]} does not exist")
    return n


def pages_cited(root, path, text, bad):
    """`docs/recordings.md 3`, `docs/sources.md 2`: the section must be there."""
    for m in re.finditer(r"\bdocs/(recordings|sources)\.md" + SPACE + r"(\d+)((?:,? (?:and |to )?\d+)*)", text):
        with open(os.path.join(root, "docs", m.group(1) + ".md"), encoding="utf-8") as f:
            there = set(re.findall(r"^## (\d+)\.", f.read(), re.M))
        for n in [m.group(2)] + re.findall(r"\d+", m.group(3)):
            if n not in there:
                bad.append(f"{path}:{text.count(chr(10), 0, m.start()) + 1}: docs/{m.group(1)}.md has no section {n}")


def compact(rules):
    out = []
    for r in sorted(rules, key=lambda r: (int(re.match(r"\d+", r).group()), r)):
        if out and r.isdigit() and out[-1][1].isdigit() and int(out[-1][1]) + 1 == int(r):
            out[-1][1] = r
        else:
            out.append([r, r])
    return ", ".join(a if a == b else f"{a}-{b}" for a, b in out)


def needs_none(anchor, marked):
    """Is the anchor in a marked chapter or section?"""
    section = anchor.split("-r")[0]
    while section not in marked and "." in section:
        section = section.rsplit(".", 1)[0]
    return section in marked


def uncited(known, marked, cited):
    """Sections and rules that want a citation, and those that have none."""
    sections = [a for a in known if re.fullmatch(r"[a-e]-\d+b?\.\d+", a) and not needs_none(a, marked)]
    free = [s for s in sections if not any(c == s or c.startswith((s + "-", s + ".")) for c in cited)]
    rules, missing = 0, {}
    for a in known:
        m = re.fullmatch(r"([a-e]-[\d.b]+)-r(\d+[a-z]?)", a)
        if m and not needs_none(a, marked):
            rules += 1
            if a not in cited:
                missing.setdefault(m.group(1), []).append(m.group(2))
    return sections, free, rules, missing


def title(anchor):
    return anchor[0].upper() + " " + anchor[2:].upper()


def check(root, quiet=False):
    known, marked, bad = anchors(root)
    if not known:
        bad.append(f"{BOOK}: no anchors")
    cited, total, files, pages, own = set(), 0, set(), 0, 0
    for path in sources(root):
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as f:
            text = f.read()
        if path.endswith(".md"):
            own += inside_book(path, text, known, bad)
        pages_cited(root, path, text, bad)
        spans = [(at, end, item) for at, end, items in citations(text) for item in items]
        found = [(at, [(part, section)], rule) for at, _, (part, section, rule) in spans]
        if not path.endswith(".md"):
            found += bare_rules(text, [(at, end) for at, end, _ in spans])
            found += [(at, [(part, section)], rule) for at, part, section, rule in places(text)]
        for at, homes, rule in found:
            meant = [a for a in (resolve(known, part, section, rule) for part, section in homes) if a]
            if not meant:
                what = f"{homes[0][0]} {homes[0][1]}" + (f" rule {rule}" if rule else "")
                bad.append(f"{path}:{text.count(chr(10), 0, at) + 1}: spec {what} does not exist")
            elif path.endswith(".md"):
                pages += 1
            else:
                cited.update(meant)
                total += 1
                files.add(path)
    sections, free, rules, missing = uncited(known, marked, cited)
    if not quiet:
        print("sections that no code cites:")
        for ch in sorted({s.split(".")[0] for s in free}):
            print(f"  {title(ch)}: " + ", ".join(s[2:].upper() for s in free if s.split(".")[0] == ch))
        print("rules that no code cites by number (a file may cite their section as a whole):")
        for s, r in missing.items():
            print(f"  {title(s)}: {compact(r)}" + ("" if s not in free else "  (nor the section)"))
    for line in bad:
        print(line)
    all_sections = sum(1 for a in known if re.fullmatch(r"[a-e]-\d+b?\.\d+", a))
    all_rules = sum(1 for a in known if re.search(r"-r\d+[a-z]?$", a))
    print(f"refs: {total} citations in {len(files)} files of code, {pages} in pages, {own} inside the book; "
          f"{len(known)} anchors, {all_sections} sections ({all_sections - len(sections)} informative or not modelled, "
          f"of the others {len(sections) - len(free)} cited and {len(free)} not), {all_rules} rules "
          f"({all_rules - rules} informative or not modelled, of the others {rules - sum(map(len, missing.values()))} "
          f"cited by number and {sum(map(len, missing.values()))} not); {len(bad)} dangling")
    return 1 if bad else 0


def self_test_lists():
    """What no code cites is listed, but for marked chapters and sections."""
    known = dict.fromkeys(["a-2", "a-2.5", "a-2.5-r1", "a-2.5-r2", "a-2.6", "a-2.6-r1", "a-3", "a-3.1", "a-3.1.2-r1"], "x.md")
    marked = {key(part, n, "") for part, n in MARKED.findall("## A 2.6 Traps (informative)\n# A 3 MPT (not modelled) [sim]\n"
                                                             "## A 2.5 Rules, not informative\n")}
    got = [uncited(known, marked, cited) for cited in (set(), {"a-2.5-r2"}, {"a-2.5"})]
    want = [(["a-2.5"], ["a-2.5"], 2, {"a-2.5": ["1", "2"]}), (["a-2.5"], [], 2, {"a-2.5": ["1"]}),
            (["a-2.5"], [], 2, {"a-2.5": ["1", "2"]})]
    for g, w in zip(got, want):
        if g != w:
            print(f"refs: self-test: lists {g}, expected {w}")
    return sum(g != w for g, w in zip(got, want))


def self_test():
    book = '<a id="a"></a><a id="a-2"></a><a id="a-2.5"></a>\n1. <a id="a-2.5-r1"></a>x\n<a id="a-4b.1"></a>A 2.5\n'
    good = ["spec A 2.5", "part A 2.5 rule 1", "Part A chapter 2", "part A 2.5, 2.5 and 4B.1", "spec A",
            "spec\n// A 2.5", "part A, B3", "docs/recordings.md 3", "rule 9",
            "Numbers in comments are the rule numbers of spec A 2.5.\n// rule 1", '\nPOINT(x, "A 2.5 r1", NULL)']
    wrong = ["spec A 2.6", "part A 2.5 rule 2", "part A 2.5 rules 1 and 2", "spec A 3", "spec A 2.5, 3.1", "spec B 2.5",
             "part\n// A 9.9", "spec A 2.4 to 2.5", "[x](docs/spec/a.md#a-2.6)", "docs/recordings.md 4",
             "Numbers in comments are the rule numbers of spec A 2.5.\n// Rules 1 and 2", '\nPOINT(x, "A 2.5 r2", NULL)',
             '\nPOINT(x, "D 45 4B.1", NULL)']
    failed = 0
    for text, want in [(t, 0) for t in good] + [(t, 1) for t in wrong]:
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, BOOK))
            for name, content in ((os.path.join(BOOK, "a.md"), book), ("docs/recordings.md", "## 3. Words\n"), ("x.c", f"// {text}\n"), ("x.md", text)):
                with open(os.path.join(root, name), "w", encoding="utf-8") as f:
                    f.write(content)
            stdout, sys.stdout = sys.stdout, open(os.devnull, "w", encoding="utf-8")
            got = check(root, True)
            sys.stdout.close()
            sys.stdout = stdout
        if got != want:
            print(f"refs: self-test: {text!r} gave {got}, expected {want}")
            failed += 1
    failed += self_test_lists()
    print(f"refs: self-test: {len(good)} good and {len(wrong)} dangling citations, {failed} wrong verdicts")
    return 1 if failed else 0


def main():
    args = sys.argv[1:]
    if args == ["--self-test"]:
        return self_test()
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    roots = [a for a in args if not a.startswith("-")]
    return check(roots[0] if roots else root, "--quiet" in args)


if __name__ == "__main__":
    sys.exit(main())
