# SPDX-License-Identifier: MulanPSL-2.0
"""Config, Memory, Tables, walk: what they give and what they refuse."""
import numpy as np
import pytest

import l2tlbsim as l2

RV = l2.RiscvRegs


def test_config():
    c = l2.Config("default", {"revision": "2026-03", "pagecache.l0_sets": 64})
    assert c["pagecache.l0_sets"] == "64" and c["revision"] == "2026-03" and "llptw.size" in c and "speed" not in c
    assert len(c) == len(list(c)) == len(c.rows()) > 50 and all(text for _, _, text in c.rows()[:3])
    d = c.copy()
    d["pagecache.l0_sets"] = 32
    assert (c["pagecache.l0_sets"], d["pagecache.l0_sets"]) == ("64", "32")
    c["rule.wfi_gate"] = False
    assert c["rule.wfi_gate"] == "no"
    with pytest.raises(l2.SettingError, match="l0_sets"):
        c["pagecache.l0_sets"] = 3
    with pytest.raises(ValueError):
        c["speed"] = 1
    with pytest.raises(KeyError):
        c["speed"]
    with pytest.raises(TypeError):
        del c["revision"]
    with pytest.raises(l2.SettingError, match="huge"):
        l2.Config("huge")
    with pytest.raises(ValueError, match="null"):
        c["rule.wfi_gate"] = "no\0"
    e = l2.Config("default", {"keyid.bits": 5})
    with pytest.raises(l2.SettingError, match="keyid"):
        e.validate()
    with pytest.raises(l2.SettingError):
        l2.Machine(e)
    assert "2026-03" in repr(c)


def test_ini(tmp_path):
    ini = tmp_path / "machine.ini"
    ini.write_text("preset = minimal\n[llptw]\nsize = 4\n")
    assert l2.Config.from_ini(ini)["llptw.size"] == "4"
    ini.write_text("preset = minimal\nsped = 4\n")
    with pytest.raises(l2.InputError, match=r"machine\.ini:2"):
        l2.Config.from_ini(ini)


def test_memory():
    m = l2.Memory(lat=100, aready="pattern", period=4, mask="0x7")
    m[0x1000] = 2**64 - 1
    m.write(0x2000, np.arange(1, 9))
    m.scatter([0x3000, 0x0], [5, 6])
    assert m[0x1000] == 2**64 - 1 and m[0x8] == 0 and m.read(0x2000, 8).tolist() == list(range(1, 9))
    addr, word = m.words()
    assert addr.tolist() == [0, 0x1000, *range(0x2000, 0x2040, 8), 0x3000] and word[0] == 6
    other = m.copy()
    other[0] = 9
    assert m[0] == 6 and other[0] == 9 and len(l2.Memory().words()[0]) == 0
    for call in (
        lambda: m.read(4),
        lambda: m.read(2**56),
        lambda: m.read(0, -1),
        lambda: m.write(2**56 - 8, [1, 2]),
        lambda: m.write(0, [2**64]),
        lambda: m.write(0, [-1]),
        lambda: m.write(0, [1.0]),
        lambda: m.scatter([0], [1, 2]),
        lambda: m.scatter([1], [1]),
        lambda: m.set(lat=0),
        lambda: m.set(speed=1),
        lambda: l2.Memory(l2_sets=3),
    ):
        with pytest.raises(ValueError):
            call()


@pytest.mark.parametrize("kind", ["Sv39", "Sv48", "Sv57", "Sv32", "Sv39x4", "Sv48x4"])
def test_tables_and_walk_agree(kind):
    m = l2.Memory()
    t = l2.Tables(kind, m, frames=(0x80000000, 0x80800000))
    t.map_range(0x400000, 0x10000000, 0x800000, rights="rwxuad")
    t.map(0x7000_0000, 0x2000_0000)
    assert 0x400123 in t and 0x1000 not in t
    pages = t.pages()
    assert len(pages) == len(list(t)) >= 2 and pages["va"].tolist() == sorted(pages["va"].tolist())
    assert (int(pages[-1]["va"]), int(pages[-1]["pa"])) == (0x7000_0000, 0x2000_0000)
    one = t.translate(0x400123)
    assert (one.va, one.pa) == (0x400000, 0x10000000) and set(one.rights) | {"u"} == set("rwxuad")
    if "x4" not in kind:
        xlen = 32 if kind == "Sv32" else 64
        satp = 1 << 31 | t.root_field if xlen == 32 else t.satp(3)
        regs = RV(satp=satp, xlen=xlen, sum=1)
        assert l2.walk(0x400123, regs, m).pa == 0x10000123
        many = l2.walk_many(0x400000 + np.arange(0, 0x900000, 0x1008), regs, m)
        good = many["fault"] == 0
        assert good.any() and not good.all()
        assert (many["pa"][good] == 0x10000000 + np.arange(0, 0x900000, 0x1008)[good]).all() and not many["pa"][~good].any()
    else:
        assert t.hgatp(5) >> 60 == (8 if kind == "Sv39x4" else 9)
    t.unmap(0x7000_0000)
    with pytest.raises(LookupError, match="0x70000000"):
        t.translate(0x7000_0000)
    again = l2.Tables(kind, m, root=t.root, frames=(0x81000000, 0x81100000))
    assert len(again.pages()) == len(pages) - 1


def test_tables_refuse():
    m = l2.Memory()
    t = l2.Tables("sv39", m, frames=(0x80000000, 0x80003000))
    t.map(0x1000, 0x2000)
    with pytest.raises(l2.ExistsError):
        t.map(0x1000, 0x3000)
    with pytest.raises(l2.NotMappedError):
        t.unmap(0x5000)
    with pytest.raises(MemoryError):
        t.map(0x20_0000_0000, 0x2000)
    for call in (
        lambda: t.map(0x3001, 0x2000),
        lambda: t.map(0x3000, 0x2000, shift=13),
        lambda: t.map(0x3000, 0x2000, rights="q"),
        lambda: t.map(1 << 50, 0x2000),
        lambda: t.map(-4096, 0),
        lambda: t.map(0x3000, 0x2000, shift=-1),
        lambda: l2.Tables("Sv40", m, frames=(0, 4096)),
        lambda: l2.Tables("Sv39", m, frames=(1, 2)),
        lambda: l2.Tables("A64-S1", m, frames=(0, 1 << 20), granule=13),
        lambda: l2.Tables("Sv32", m, frames=(0, 1 << 20)).satp(),
    ):
        with pytest.raises((ValueError, MemoryError)):
            call()
    with pytest.raises(TypeError):
        l2.Tables("Sv39", m, frames=(0, 4096), speed=1)


def test_callbacks_of_tables():
    m, given, taken = l2.Memory(), [], []

    def alloc(size):
        given.append(size)
        return 0x80000000 + 4096 * len(given)

    t = l2.Tables("Sv39", m, alloc=alloc, release=lambda addr, size: taken.append(addr))
    t.map(0x1000, 0x2000)
    t.unmap(0x1000)
    assert given == [4096] * 3 and len(taken) == 2 and t.root == 0x80001000

    def broken(size):
        raise KeyError("no frame")

    with pytest.raises(KeyError, match="no frame"):
        l2.Tables("Sv39", m, alloc=broken)
    for wrong in (-1, 2**64):
        with pytest.raises(ValueError):
            l2.Tables("Sv39", m, alloc=lambda size: wrong)
    for odd in (3, 2**56, 2**63, 2**64 - 1, 0):  # refused, or taken; nothing worse
        for host in (None, lambda addr: odd):
            try:
                t = l2.Tables("Sv39", l2.Memory(), alloc=lambda size: odd, host=host)
                t.map(0x1000, 0x2000)
                t.unmap(0x1000)
            except (ValueError, MemoryError, LookupError):
                pass
    assert l2.Tables("Sv39", m, alloc=alloc).root % 4096 == 0


def test_walk_faults():
    m = l2.Memory()
    t = l2.Tables("Sv39", m, frames=(0x80000000, 0x80100000))
    t.map(0x1000, 0x2000, rights="ra")
    regs = RV(satp=t.satp())
    w = l2.walk(0x1008, regs, m, "write")
    assert not w and w.fault == "page" and w.cause == 15 and w.tval == 0x1008 and w.pa is None and w.reason and w.reason_id
    assert [int(a) for a in w.refs["address"]][0] == t.root and len(w.refs) == 3
    assert l2.walk(0x5000, regs, m).reason_id == "INVALID" and l2.reason(10**6) == ""
    assert bool(l2.walk(0x1008, regs, m, user=True)) is False
    bare = l2.walk(0x1234, RV(), m)
    assert bare and bare.pa == 0x1234 and bare.s1 is None
    for call in (
        lambda: l2.walk(0, RV(satp=5 << 60), m),
        lambda: l2.walk(0, regs, m, "jump"),
        lambda: l2.walk(-1, regs, m),
        lambda: l2.walk(2**64, regs, m),
        lambda: l2.walk(0, RV(xlen=65), m),
        lambda: l2.walk(0, RV(mxr=300), m),
        lambda: l2.walk(0, regs, m, "read_x"),
        lambda: l2.walk_many([0], RV(satp=5 << 60), m),
    ):
        with pytest.raises(ValueError):
            call()
    with pytest.raises(TypeError, match="Memory or a function"):
        l2.walk(0, regs, 7)


def test_walk_of_functions():
    """A memory and a check that are Python functions; what they raise comes out."""
    words = {0x80000000: 0x20000401, 0x80001000: 0x20000801, 0x80002008: 0x4C7}
    seen = []
    regs = RV(satp=8 << 60 | 0x80000)
    read = lambda addr, size: seen.append((addr, size)) or words.get(addr, 0)  # noqa: E731
    assert l2.walk(0x1010, regs, read).pa == 0x1010 and seen == [(a, 8) for a in words]
    denied = l2.walk(0x1010, regs, read, check=lambda addr, use: 2 if addr == 0x80001000 else 0)
    assert denied.fault == "access" and denied.refs["verdict"].tolist()[-1] == 2
    with pytest.raises(ZeroDivisionError):
        l2.walk(0x1010, regs, lambda addr, size: 1 // 0)
    with pytest.raises(ValueError):
        l2.walk(0x1010, regs, lambda addr, size: 2**65)
    assert l2.walk_many([0x1010, 0x9000], regs, read)["fault"].tolist() == [0, 1]


def test_aarch64():
    m = l2.Memory()
    t = l2.Tables("A64-S1", m, frames=(0x80000000, 0x80100000), granule=12, input_bits=39)
    t.map_range(0x400000, 0x10000000, 0x400000, rights="rwuad")
    regs = l2.A64Regs(tcr_el1=25 | 1 << 23 | 2 << 30 | 2 << 32, ttbr0_el1=t.root_field, sctlr_el1=1, mair_el1=0xFF)
    w = l2.walk(0x400123, regs, m, user=True)
    assert w.pa == 0x10000123 and w.s1.level == 2
    assert not l2.walk(0x1000, regs, m) and l2.walk_many([0x400123], regs, m)["pa"].tolist() == [0x10000123]
    with pytest.raises(ValueError):
        l2.walk(0, l2.A64Regs(parange=9), m)
