# SPDX-License-Identifier: MulanPSL-2.0
"""Traces as arrays, and the worlds behind them."""
import numpy as np
import pytest

import l2tlbsim as l2
from l2tlbsim.traces import KINDS, RECORD


def test_there_and_back(tmp_path, capture):
    t = l2.read_trace(capture, limit=5000)
    assert len(t) == 5000 and t.isa == "riscv64" and not t.ports and t.instructions > 0 and "sqlite" in t.source
    for name, binary in (("a.gvt", True), ("b.gvt", False), ("c.gvt.gz", True)):
        l2.write_trace(tmp_path / name, t, binary=binary)
        again = l2.read_trace(tmp_path / name)
        assert (again.records == t.records).all() and (again.isa, again.source) == (t.isa, t.source)
    frame = t.frame()
    assert len(frame) == 5000 and set(frame["kind"]) <= set(KINDS) and {"fetch", "load"} <= set(frame["op"])


def test_whole_capture(capture):
    t = l2.read_trace(capture)
    assert len(t) == 540_000 + (t.records["kind"] != 0).sum() and t.instructions == 11_697_129


def test_made_traces(tmp_path):
    rows = l2.accesses(0x10000 + 64 * np.arange(100), "load", insns=3)
    path = tmp_path / "t.gvt"
    l2.write_trace(path, rows, source="by hand")
    assert l2.read_trace(path).source == "by hand"
    r = l2.replay(path, "minimal")
    assert r.figures.accesses == 100 and r.figures.instructions == 300
    ports = np.zeros(2, RECORD)
    ports["kind"], ports["has_cycle"], ports["cycle"], ports["addr"] = 1, 1, [5, 9], 0x40000
    l2.write_trace(path, ports)
    assert l2.read_trace(path).ports


def test_bad_traces(tmp_path):
    path = tmp_path / "t.gvt"
    rows = l2.accesses([0x1000, 0x2000])
    rows["size"][1] = 0
    with pytest.raises(l2.SettingError, match="record 1"):
        l2.write_trace(path, rows)
    assert not path.exists()
    rows["size"][1], rows["kind"][1] = 8, 77
    with pytest.raises(l2.SettingError, match="record 1"):
        l2.write_trace(path, rows)
    path.write_text("GVT 1\nisa riscv64\nkind access\naddress virtual\ntables built\nrun\nl zz 8 u\n")
    with pytest.raises(l2.InputError, match=r"t\.gvt:7: "):
        l2.read_trace(path)
    with pytest.raises(l2.InputError, match="/no/such"):
        l2.read_trace("/no/such")
    for place in (tmp_path / "no" / "t.gvt", "-", "/dev/stdout"):
        with pytest.raises(l2.InputError, match="t.gvt|standard output|stdout|-"):
            l2.write_trace(place, l2.accesses([1]))
    with pytest.raises(ValueError):
        l2.read_trace("a\0b")
    with pytest.raises(ValueError):
        l2.write_trace(path, l2.Trace(l2.accesses([1]), isa="mips"))
    with pytest.raises(ValueError):
        l2.write_trace(path, l2.accesses([1]), source="x" * 600)
    with pytest.raises(ValueError):
        l2.write_trace(path, l2.accesses([1]), source="two\nlines")
    for bad in ({"addr": [-1]}, {"addr": [1], "op": "jump"}, {"addr": [1], "size": 1 << 16}, {"addr": [1.5]}):
        with pytest.raises(ValueError):
            l2.accesses(**bad)
    with pytest.raises(TypeError):
        l2.write_trace(path, np.zeros(4))


def test_world_behind_a_machine(capture):
    """Pages of a capture, made by a world, through a machine: every answer is what the walk gives."""
    t = l2.read_trace(capture, limit=4000)
    w = l2.World(stages="two", seed=7)
    w.take(t)
    counts = w.counts()
    assert counts["pages"]["s1"]["4 KiB"] > 100 and counts["tables"][1] > 1 and counts["unmappable"] == 0
    csr = w.csr()
    csr["virt"] = 1
    vpn = np.unique(t.records["addr"][t.records["kind"] == 0] >> 12)
    asked = l2.requests(vpn & (2**38 - 1), cycle=20, s2xlate=l2.ALL_STAGE)
    r = l2.Machine().run(asked, w.memory, l2.Controls().open_pmp().csr(2, csr))
    raw = [int(csr[n]["mode"]) << 60 | int(csr[n]["id"]) << 44 | int(csr[n]["ppn"]) for n in ("vsatp", "hgatp")]
    regs = l2.RiscvRegs(vsatp=raw[0], hgatp=raw[1], sum=1, vssum=1, mxr=1)
    walked = l2.walk_many(vpn << 12, regs, w.memory, virt=True)
    page, fault = r.pages
    assert not fault.any() and not walked["fault"].any() and len(page) == len(vpn)
    assert (page << 12 == walked["pa"][r.answers["index"]]).all()


def test_images(tmp_path):
    w = l2.World(stages="two", **{"s1.huge": 0.5})
    w.take(l2.accesses(np.arange(0x10000000, 0x14000000, 0x1000, dtype=np.uint64)))
    assert w.counts()["pages"]["s1"]["2 MiB"] > 0
    w.save(tmp_path / "w.image")
    again = l2.World.load(tmp_path / "w.image", stages="two")
    assert again.csr()["hgatp"]["ppn"] == w.csr()["hgatp"]["ppn"]
    assert [a.tolist() for a in again.memory.words()] == [a.tolist() for a in w.memory.words()]
    copy = again.memory.copy()
    del again
    assert len(copy.words()[0]) == len(w.memory.words()[0])
    empty = l2.World.load(None)
    row = np.zeros(1, RECORD)
    row["kind"], row["addr"], row["value"] = KINDS.index("mem"), 0x1000, 5
    empty.take(row)
    assert empty.memory[0x1000] == 5


def test_bad_worlds(tmp_path):
    with pytest.raises(l2.SettingError, match="speed"):
        l2.World(speed=1)
    with pytest.raises(l2.SettingError):
        l2.World(stages="five")
    with pytest.raises(l2.SettingError):
        l2.World(host_size=1)
    with pytest.raises(l2.InputError, match="none.image"):
        l2.World.load(tmp_path / "none.image")
    rows = l2.accesses([0x1000, 0x2000])
    rows["priv"][1] = 2
    with pytest.raises(l2.SettingError, match="record 1"):
        l2.World().take(rows)
    with pytest.raises(MemoryError, match="host_size"):
        l2.World(host_size=2 << 30).take(l2.accesses(4096 * np.arange(600_000)))
    w = l2.World.load(None)
    with pytest.raises(l2.OrderError):
        w.restart()
