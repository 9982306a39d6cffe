#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Whether a Spike log of the small hypervisor and its capture on QEMU are the same trace: compare.py SPIKE QEMU

SPIKE: l2tlb convert --from spike --own-tables, QEMU: l2tlb convert --from gvt, both as text. Compared, in order, from the
first instruction at 80000000 on: loads and stores (kind, address, size, mode) with the registers that translate them, and
fences; changes of page tables; and, by themselves, the pages of code, since QEMU names a block before what it loads and stores.

What only QEMU's may have: the fetch of an instruction that traps (a commit log has only what ends), and the store to the
finisher of its board, which the hypervisor tries first to end by.
Status: 0 the same, 1 they differ, 2 bad usage."""
import sys

START, FINISHER, SHOWN = 0x80000000, "100000", 5
HOST, GUEST = ("satp", "mxr", "sum"), ("vsatp", "hgatp", "mxr", "vmxr", "vsum")
ALL = set(HOST + GUEST + ("spvp", "mpbmte", "hpbmte"))


class Trace:
    def __init__(self, path):
        self.data, self.code, self.tables = [], [], {}  # code: (page, mode, registers), and whether it traps
        csr, on = dict.fromkeys(ALL, "0"), False
        with open(path, encoding="utf-8") as f:
            for line in f:
                word = line.split()
                if not word:
                    continue
                if word[0] == "csr" and word[1] in csr:
                    csr[word[1]] = word[2]
                elif word[0] == "f" and int(word[1], 16) == START:
                    on = True
                if on:
                    self.take(word, csr)

    def take(self, word, csr):
        if word[0] in ("f", "l", "s", "a", "r"):
            names = HOST if word[3][0] in "usm" else GUEST
            about = (word[3],) + tuple(csr[name] for name in names)
        if word[0] == "f":
            first = int(word[1], 16)
            for page in range(first >> 12, (first + int(word[2]) - 1 >> 12) + 1):
                if not self.code or self.code[-1][0] != (page,) + about:
                    self.code.append([(page,) + about, False])
                else:
                    self.code[-1][1] = False
        elif word[0] in ("l", "s", "a", "r"):
            self.data.append(tuple(word[:3]) + about)
        elif "fence" in word[0] or "inval" in word[0]:
            self.data.append(tuple(word))
        elif word[0] == "mem":
            self.tables.setdefault(word[1], []).append(word[2])
        elif word[0] == "redirect" and self.code:
            self.code[-1][1] = True


class Differences:
    def __init__(self):
        self.count = 0

    def add(self, what, spike, qemu):
        self.count += 1
        if self.count <= SHOWN:
            print(f"{what}: Spike {spike}, QEMU {qemu}")


def lists(what, spike, qemu, found):
    for a, b in zip(spike, qemu):
        if a != b:
            found.add(what, a, b)
            return  # what follows is shifted
    if len(spike) != len(qemu):
        found.add(what, f"{len(spike)} of them", f"{len(qemu)}")


def code(spike, qemu, found):
    """The same pages, but that those of QEMU that end in a trap may be missing: then the one before goes on. How many are."""
    at = only = 0
    previous, skipped = None, False
    for page, _ in spike + [(None, False)]:
        while at < len(qemu) and qemu[at][0] != page:
            trapped = qemu[at][1]
            if not trapped and not (skipped and qemu[at][0] == previous):
                found.add("code", page, qemu[at][0])
                return only
            at, only, skipped = at + 1, only + trapped, True
        if at == len(qemu) and page:
            found.add("code", page, "ends")
            return only
        at, previous, skipped = at + 1, page, False
    return only


def main():
    if len(sys.argv) != 3:
        print(__doc__.split("\n", maxsplit=1)[0], file=sys.stderr)
        return 2
    spike, qemu = Trace(sys.argv[1]), Trace(sys.argv[2])
    found = Differences()
    if not spike.data or not spike.tables:
        found.add("the whole", "empty", "")
    lists("access", spike.data, [d for d in qemu.data if d[:2] != ("s", FINISHER)], found)
    only = code(spike.code, qemu.code, found)
    lists("table", sorted(spike.tables.items()), sorted(qemu.tables.items()), found)
    words = sum(map(len, spike.tables.values()))
    print(f"compare: {len(spike.data)} accesses and fences, {len(spike.code)} pages of code, {words} words of tables: "
          f"{found.count} differ; {only} fetches that trapped are QEMU's only")
    return 1 if found.count else 0


if __name__ == "__main__":
    sys.exit(main())
