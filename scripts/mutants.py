#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Faults made from the syntax of C, for scripts/mutate.py --random: operators, constants, conditions turned round,
dropped statements, the wrong field. Only inside of functions; comments, strings and the preprocessor stay.

  scripts/mutants.py FILE...       every fault of these files, one a line
  scripts/mutants.py --self-test"""
import random
import re
import sys
from collections import namedtuple

# [begin, end) of the text becomes `new`.
Mutant = namedtuple("Mutant", "file line begin end new kind what")
Token = namedtuple("Token", "kind text pos")

TOKEN = re.compile(r"""
    (?P<skip>\s+|//[^\n]*|/\*.*?\*/|(?m:^)[ \t]*\#(?:[^\n\\]|\\.)*)
  | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<name>[A-Za-z_]\w*)
  | (?P<number>0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*(?![\w.]))
  | (?P<other>\d[\w.]*)
  | (?P<op><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)""", re.X | re.S)
SWAP = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&", "+": "-", "-": "+",
        "*": "+", "/": "*", "%": "/", "<<": ">>", ">>": "<<", "&": "|", "|": "&", "^": "&", "+=": "-=", "-=": "+=",
        "|=": "&=", "&=": "|=", "++": "--", "--": "++"}
KEYWORDS = set("if else for while do switch case default return break continue goto sizeof static const struct union enum "
               "unsigned signed int char bool void double float long short extern typedef _Static_assert".split())
KINDS = ("operator", "constant", "condition", "statement", "field")


def tokens_of(text):
    tokens = []
    for m in TOKEN.finditer(text):
        if m.lastgroup != "skip":
            tokens.append(Token(m.lastgroup, m.group(), m.start()))
    return tokens


def bodies(tokens):
    """[first, last) token indices of the bodies of functions."""
    depth = start = 0
    for i, t in enumerate(tokens):
        if t.text == "{":
            if depth == 0:
                start = i + 1 if i and tokens[i - 1].text == ")" else None
            depth += 1
        elif t.text == "}":
            depth -= 1
            if depth == 0 and start is not None:
                yield start, i


def closing(tokens, i):
    """Index of the bracket that closes the one at i."""
    depth = 0
    for k in range(i, len(tokens)):
        depth += tokens[k].text in ("(", "[", "{")
        depth -= tokens[k].text in (")", "]", "}")
        if depth == 0:
            return k
    return len(tokens) - 1


def is_declaration(tokens, i):
    """Does the statement at i declare something: two names in a row, with stars between?"""
    if tokens[i].text in KEYWORDS:
        return True
    k = i + 1
    while tokens[k].text == "*":
        k += 1
    return tokens[k].kind == "name" and (k == i + 1 or tokens[k + 1].text in ("=", ";", ",", "["))


def more(number):
    m = re.fullmatch(r"(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)", number)
    value = int(m.group(1), 0 if m.group(1)[:2] in ("0x", "0X") else 10)
    return (hex(value + 1) if m.group(1)[:2] in ("0x", "0X") else str(value + 1)) + m.group(2)


def mutants_of(file, text):
    tokens = tokens_of(text)
    lines = [m.start() for m in re.finditer("\n", text)]

    def mutant(a, b, new, kind, what):
        line = sum(1 for p in lines[:] if p < a) + 1
        return Mutant(file, line, a, b, new, kind, what)

    fields = {}
    for i in range(2, len(tokens)):
        if tokens[i - 1].text in (".", "->") and tokens[i].kind == "name" and tokens[i - 2].kind == "name":
            fields.setdefault(tokens[i - 2].text, set()).add(tokens[i].text)
    for first, last in bodies(tokens):
        for i in range(first, last):
            t, before = tokens[i], tokens[i - 1]
            end = t.pos + len(t.text)
            binary = before.kind in ("name", "number") and before.text not in KEYWORDS or before.text in (")", "]")
            if t.kind == "op" and t.text in SWAP and (binary or t.text in ("++", "--")):
                yield mutant(t.pos, end, SWAP[t.text], "operator", f"{t.text} becomes {SWAP[t.text]}")
            elif t.kind == "number":
                yield mutant(t.pos, end, more(t.text), "constant", f"{t.text} becomes {more(t.text)}")
            elif t.text in ("true", "false"):
                new = "false" if t.text == "true" else "true"
                yield mutant(t.pos, end, new, "constant", f"{t.text} becomes {new}")
            elif t.text in ("if", "while") and tokens[i + 1].text == "(":
                close = closing(tokens, i + 1)
                a, b = tokens[i + 1].pos + 1, tokens[close].pos
                yield mutant(a, b, f"!({text[a:b]})", "condition", "the condition turned round")
            if t.kind == "name" and before.text in (".", "->") and tokens[i - 2].text in fields:
                for other in sorted(fields[tokens[i - 2].text] - {t.text}):
                    yield mutant(t.pos, end, other, "field", f"{t.text} becomes {other}")
            if (before.text in (";", "{", "}") or before.text == ")" and tokens[i].kind == "name") and \
                    (t.kind == "name" or t.text == "*") and (t.text == "*" or not is_declaration(tokens, i)):
                k = i
                while k < last and tokens[k].text not in (";", "{", "}"):
                    k = closing(tokens, k) + 1 if tokens[k].text in ("(", "[") else k + 1
                if k < last and tokens[k].text == ";" and any(x.text.endswith("=") or x.text in ("(", "++", "--") for x in tokens[i:k]):
                    yield mutant(t.pos, tokens[k].pos, "", "statement", f"without {' '.join(text[t.pos:tokens[k].pos].split())[:60]}")


def sample(sources, seed):
    """An endless draw: a kind, then a fault of it. sources: file -> text."""
    by_kind = {kind: [] for kind in KINDS}
    for file in sorted(sources):
        for m in mutants_of(file, sources[file]):
            by_kind[m.kind].append(m)
    rng = random.Random(seed)
    while any(by_kind.values()):
        kind = rng.choice(KINDS)
        if by_kind[kind]:
            yield by_kind[kind].pop(rng.randrange(len(by_kind[kind])))


SAMPLE = """
#define F(x) ((x) + 1)
static const int table[] = {1, 2}; // a + b
int f(struct s *p, int n)
{
    int k = n, *q = &k;
    if (p->a < 10 && !strcmp("a < b", "c")) /* n + 1 */
        p->b += *q;
    g(p->a, 0x1f);
    return k - 1;
}
"""
WANTED = """condition: the condition turned round
constant: 0x1f becomes 0x20
constant: 1 becomes 2
constant: 10 becomes 11
field: a becomes b
field: a becomes b
field: b becomes a
operator: && becomes ||
operator: += becomes -=
operator: - becomes +
operator: < becomes <=
statement: without g(p->a, 0x1f)
statement: without p->b += *q"""


def self_test():
    """Every fault of a sample, and none in comments, texts, declarations or outside of functions."""
    found = "\n".join(sorted(f"{m.kind}: {m.what}" for m in mutants_of("sample.c", SAMPLE)))
    if found != WANTED:
        print(f"mutants.py finds\n{found}\ninstead of\n{WANTED}")
        return 1
    draws = [[m.what for _, m in zip(range(6), sample({"sample.c": SAMPLE}, seed))] for seed in (1, 1, 2)]
    if draws[0] != draws[1] or draws[0] == draws[2]:
        print("mutants.py: the draw does not follow its seed")
        return 1
    print("mutants: the sample's faults, all and no others")
    return 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8") as source:
            content = source.read()
        for found in mutants_of(name, content):
            print(f"{found.file}:{found.line}: {found.kind}: {found.what}")
