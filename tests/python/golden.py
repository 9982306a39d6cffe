# SPDX-License-Identifier: MulanPSL-2.0
"""A recording (docs/recordings.md) as what Machine.run() takes, and as what it must give."""
import gzip

import numpy as np

import l2tlbsim as l2
from l2tlbsim.stimulus import CONTROL

ATP = ("satp", "vsatp", "hgatp")


def lines_of(path):
    """Its lines as lists of words."""
    with gzip.open(path, "rt") as f:
        return [line.split() for line in f if line.strip() and not line.startswith("#")]


def init(csr, words):
    """A line `init` of the head."""
    numbers = [int(w, 16) for w in words[1:]]
    if words[0] in ATP:
        csr[words[0]]["mode"], csr[words[0]]["id"], csr[words[0]]["ppn"] = numbers
    elif words[0] == "priv":
        csr["mxr"], csr["virt"] = numbers
    elif words[0] == "pbmte":
        csr["m_pbmte"], csr["h_pbmte"] = numbers
    elif words[0] == "mbmc":
        m, v = csr["mbmc"], numbers[0]
        m["bma"], m["keyiden"], m["bme"], m["cmode"] = v >> 6, v >> 3 & 1, v >> 2 & 1, v & 1
    else:
        raise ValueError(words)


class Stimulus:
    """Of a recording without memw, wfi, rready, debug and mmpt."""

    def __init__(self, path):
        lines = lines_of(path)
        run = lines.index(["run"])
        self.csr = np.zeros((), CONTROL)["csr"]
        self.end, words, timing = 0, [], {}
        for line in lines[:run]:
            if line[0] == "timing":
                timing.update(w.split("=") for w in line[1:])
            elif line[0] == "end":
                self.end = int(line[1])
            elif line[0] == "mem":
                words.append((int(line[1], 16), int(line[2], 16)))
            elif line[0] == "init":
                init(self.csr, line[1:])
            elif line[0] == "aready":
                keys = {"always": (), "pattern": ("period", "mask"), "hash": ("threshold",)}[line[1]]
                values = [line[2], "0x" + line[3]] if line[1] == "pattern" else line[2:]
                timing.update({"aready": line[1], **dict(zip(keys, values))})
        self.memory = l2.Memory(l2_sets=0, **timing)
        self.memory.scatter(*zip(*words))
        self.events(lines[run + 1 :])

    def events(self, lines):
        """Requests and controls."""
        asked, self.controls = [], l2.Controls()
        self.controls.csr(0, self.csr)
        for at, kind, *rest in lines:
            cycle, n = int(at[1:]), [int(w, 16) for w in rest]
            if kind == "req":
                asked.append((cycle, *n))
            elif kind == "sf":
                f = self.controls._row(cycle)["fence"]
                for name, value in zip(("rs1", "rs2", "addr", "id", "hv", "hg"), n):
                    f[name] = value
                f["valid"] = 1
            elif kind in ATP:
                self.controls.registers(cycle, **{kind: tuple(n[:3])}, changed=[kind] if n[3] else [])
            elif kind == "priv":
                self.controls.registers(cycle, mxr=n[0], virt=n[1])
            elif kind == "pbmte":
                self.controls.registers(cycle, m_pbmte=n[0], h_pbmte=n[1])
            elif kind == "mbmc":
                self.controls.registers(cycle, mbmc=n[0])
            elif kind == "pmp":
                self.controls.write(cycle, *n)
            else:
                raise ValueError(kind)
        cycle, port, vpn, s2xlate = np.array(asked, np.uint64).T
        self.requests = l2.requests(vpn, cycle=cycle, port=port, s2xlate=s2xlate)


def without_dont_care(rows):
    """Answers without what carries no meaning (docs/recordings.md 6)."""
    return [r[:17] if r[2] in "01" else r for r in rows]


def logged(result):
    """The lines Q, A (without cycle and source) and R that a result stands for, as sorted lists of words."""
    out = {"Q": [], "A": [f"{a:x}" for a in result.reads.tolist()], "R": []}
    index = [0, 0]
    for q, at in zip(result.requests.tolist(), result.accepted.tolist()):
        if at != l2.NEVER:
            out["Q"].append([str(at), str(q[3]), str(index[q[3]]), f"{q[1]:x}", str(q[4])])
        index[q[3]] += 1
    for a in result.answers:
        r, s1, s2 = a["resp"], a["resp"]["s1"], a["resp"]["s2"]
        bits = ["".join(str(m >> i & 1) for i in range(8)) for m in (int(s1["valididx"]), int(s1["pteidx"]))]
        first = [s1[n] for n in ("tag", "asid", "vmid", "n", "pbmt", "perm", "level", "v", "ppn", "addr_low")]
        second = [s2[n] for n in ("tag", "vmid", "n", "pbmt", "ppn", "perm", "level", "gpf", "gaf")]
        row = [f"{int(x):x}" for x in first] + ["".join(map(str, s1["ppn_low"]))] + bits
        row += [f"{int(s1['pf']):x}", f"{int(s1['af']):x}"] + [f"{int(x):x}" for x in second]
        out["R"].append([str(a["cycle"]), str(a["port"]), f"{int(r['s2xlate']):x}"] + row)
    return out


def recorded(path):
    """The same of a gold file."""
    out = {"Q": [], "A": [], "R": []}
    for kind, *words in lines_of(path):
        if kind in out:
            out[kind].append(words[2] if kind == "A" else words)
    return out
