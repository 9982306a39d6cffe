# SPDX-License-Identifier: MulanPSL-2.0
"""Machine: batched, per cycle, cycles in and cycles out; states; what it refuses."""
import threading
import time

import numpy as np
import pytest

import l2tlbsim as l2
from conftest import PAGES, Pages
from l2tlbsim.stimulus import INPUTS, REQUEST
from percycle import drive


def test_every_answer_is_right(pages):
    asked = pages.requests(5000)
    r = l2.Machine().run(asked, pages.memory, pages.controls)
    assert len(r.answers) == 5000 and r.requests_taken == tuple((asked["port"] == p).sum() for p in (0, 1))
    page, fault = r.pages
    assert not fault.any()
    assert (page == asked["vpn"][r.answers["index"]] - 0x40000 + 0x90000).all()
    assert (r.answers["resp"]["tag"] == r.answers["index"]).all()
    assert (r.accepted[r.answers["index"]] == r.answers["accepted"]).all()
    assert (r.latency > 0).all() and r.dropped == 0 and r.controls_taken == 3
    assert r.read_count == len(r.reads) > 0 and (r.reads % 64 == 0).all()
    r.answers["index"] = 2**32 - 2  # nonsense reads nothing behind the requests
    assert (r.pages[0] >= 0x90000).all()
    r.answers["index"] = r.answers["resp"]["tag"]
    frame = r.frame()
    assert list(frame["latency"]) == list(r.latency) and len(frame) == 5000


@pytest.mark.parametrize("preset", ["minimal", "default"])
def test_batched_equals_per_cycle(preset):
    """Every answer and every read in the same cycle, with a memory that is written in Python."""
    world = Pages(lat=40, span=0, l2_sets=0)
    asked = world.requests(800)
    controls = world.controls.fence(700).registers(900, satp=world.tables.satp(asid=2)).fence(1400, addr=0x40000000, id=2)
    r = l2.Machine(preset).run(asked, world.memory, controls, cycles=4000)
    answers, reads = drive(l2.Machine(preset), asked, world.memory, controls, 40, 4000)
    batched = [
        (int(a["cycle"]), int(a["port"]), int(a["resp"]["tag"]), int(a["resp"]["s1"]["ppn"]), a["resp"]["s1"]["ppn_low"].tolist())
        for a in r.answers
    ]
    assert len(answers) > 600 and r.dropped > 0
    assert answers == batched
    assert [a for _, a in reads] == r.reads.tolist()


def test_a_changed_stimulus_is_another_run(pages):
    """The comparison above can fail: one page less, one cycle more."""
    asked = pages.requests(300)
    first = l2.Machine().run(asked, pages.memory.copy(), pages.controls)
    slower = pages.memory.copy()
    slower.set(lat=41)
    second = l2.Machine().run(asked, slower, pages.controls)
    assert first.answers["cycle"].tolist() != second.answers["cycle"].tolist()


def test_cycles_in_and_out(pages):
    """Machine.cycles() with what settle and tick gave, beat by beat."""
    asked, n = pages.requests(200), 1500
    one, inputs = l2.Machine(), np.zeros(n, INPUTS)
    outputs = []
    settle = one.settle

    def watched():
        k = one.cycle
        inputs[k] = np.frombuffer(l2._core.ffi.buffer(one.inputs), INPUTS)[0]
        out = settle()
        outputs.append((out.a_valid, out.resp_valid[1], out.req_ready[1]))
        return out

    one.settle = watched
    drive(one, asked, pages.memory, pages.controls, 40, n)
    out = l2.Machine().cycles(inputs)
    assert [(int(o["a_valid"]), int(o["resp_valid"][1]), int(o["req_ready"][1])) for o in out] == outputs
    assert out["resp_valid"].sum() > 150
    assert len(l2.Machine().cycles(l2.blank_inputs(10), outputs=False)) == 0


def test_states(pages):
    asked = pages.requests(2000)
    whole = l2.Machine().run(asked, pages.memory.copy(), pages.controls)
    m, memory = l2.Machine(), pages.memory.copy()
    half = m.run(asked, memory, pages.controls, cycles=1500)
    state, twin, memory2 = m.save(), m.copy(), memory.copy()
    left = asked[asked["tag"] >= 0][~np.isin(np.arange(2000), np.flatnonzero(half.accepted != l2.NEVER))]
    rest = m.run(left, memory)
    again = l2.Machine()
    again.restore(state)
    assert again.cycle == 1500
    for other in (again, twin):
        same = other.run(left, memory2.copy())
        assert same.answers["cycle"].tolist() == rest.answers["cycle"].tolist()
    joined = half.answers["cycle"].tolist() + rest.answers["cycle"].tolist()
    assert joined == whole.answers["cycle"].tolist()
    assert (rest.answers["index"] == 2**32 - 1).sum() == (half.accepted != l2.NEVER).sum() - len(half.answers) > 0
    assert (rest.latency > 0).all() and not rest.pages[1].any()
    with pytest.raises(l2.InputError, match="another configuration"):
        l2.Machine({"errata.L3": "fixed"}).restore(state)
    for damaged in (b"", b"nothing", state[:-1], state[:-1] + bytes([state[-1] ^ 1]), state[::-1]):
        with pytest.raises(l2.InputError, match="no saved state"):
            again.restore(damaged)


def test_events_counters_places_dump(pages):
    m = l2.Machine()
    with m.record_events() as log:
        r = m.run(pages.requests(500), pages.memory, pages.controls)
    names = l2.event_names()
    kinds = log.array["kind"]
    assert (kinds == names.index("request")).sum() == 500 and log.seen == len(log.array) > 1000
    m.run(pages.requests(1)[:0], pages.memory, cycles=5)
    assert log.seen == len(log.array)  # no longer
    with l2.Machine().record_events(room=3) as short:
        pass
    assert short.seen == 0
    assert len(m.counters()) == 19 and sum(m.counters().values()) > 0
    assert "llptw" in m.dump().lower()
    with pytest.raises(l2.OrderError):
        m.locate()
    m.inputs.req[1].valid, m.inputs.req[1].vpn = 1, 0x77777
    m.inputs.csr.satp.ppn, m.inputs.csr.satp.mode, m.inputs.csr.satp.id = 0x80000, 8, 1
    m.settle()
    m.tick()
    m.inputs.req[1].valid = 0
    m.settle()
    assert m.locate() == [(0, "lookup")] and "lookup" in l2.causes()
    assert m.idle() == 0
    with pytest.raises(l2.OrderError, match="changes something"):
        m.skip(5)
    m.reset()
    assert m.cycle == 0 and m.reading == 0 and r.cycles > 0


def test_two_stages():
    """Tables of a guest, whose addresses a second stage maps."""
    memory = l2.Memory(lat=20, span=0)
    g = l2.Tables("Sv39x4", memory, frames=(0x80000000, 0x80400000))
    g.map_range(0x100000000, 0xC0000000, 1 << 22, rights="rwxuad", max_shift=21)
    g.map_range(0x200000000, 0xD0000000, 1 << 22, rights="rwxuad", max_shift=12)
    vs = l2.Tables("Sv39", memory, frames=(0x100000000, 0x100100000), host=g)
    vs.map_range(0x40000000, 0x200000000, 64 * 4096, rights="rwxad", max_shift=12)
    controls = l2.Controls().open_pmp().registers(2, vsatp=vs.satp(1), hgatp=g.hgatp(1), virt=1)
    asked = l2.requests(0x40000 + np.arange(64), cycle=20, s2xlate=l2.ALL_STAGE)
    r = l2.Machine().run(asked, memory, controls)
    page, fault = r.pages
    assert not fault.any() and (page == 0xD0000 + r.answers["index"]).all()
    regs = l2.RiscvRegs(vsatp=vs.satp(1), hgatp=g.hgatp(1))
    one = l2.walk(0x40001234, regs, memory, virt=True)
    assert one.pa == 0xD0001234 and one.ipa == 0x200001234 and len(one.refs) == 3 * (2 + 1) + 3


def test_faults(pages):
    r = l2.Machine().run(l2.requests([0x40000, 0x50000], cycle=20), pages.memory, pages.controls)
    page, fault = r.pages
    by = dict(zip(r.answers["index"].tolist(), zip(page.tolist(), fault.tolist())))
    assert by == {0: (0x90000, l2.NO_FAULT), 1: (0, l2.PAGE_FAULT)}
    shut = l2.Machine().run(l2.requests([0x40000], cycle=20), pages.memory, l2.Controls().registers(2, satp=pages.tables.satp(1)))
    assert shut.pages[1].tolist() == [l2.ACCESS_FAULT]


def test_refusals(pages):
    m = l2.Machine()
    with pytest.raises(l2.OrderError, match="without a settle"):
        m.tick()
    with pytest.raises(OverflowError):
        m.inputs.req[0].valid = 256
    m.inputs.req[0].valid, m.inputs.req[0].vpn = 1, 1 << 40
    with pytest.raises(l2.SettingError, match="vpn"):
        m.settle()
    m.inputs.req[0].valid = 0
    m.inputs.size = m.outputs.size = 2**32 - 1  # never reaches C
    m.settle()
    m.inputs.d.valid = 1
    with pytest.raises(l2.OrderError, match="beat|read"):
        m.settle()
    m.inputs.d.valid = 0
    late = l2.requests([1, 2], cycle=[5, 4])
    with pytest.raises(l2.SettingError, match="request 1 comes after"):
        m.run(late, pages.memory)
    wrong = l2.requests([1])
    wrong["s2xlate"] = 7
    with pytest.raises(l2.SettingError, match="request 0 has an s2xlate above 3"):
        m.run(wrong, pages.memory)
    with pytest.raises(TypeError, match="one-dimensional array"):
        m.run(np.zeros(3), pages.memory)
    with pytest.raises(TypeError):
        m.run(np.zeros((2, 2), REQUEST), pages.memory)
    with pytest.raises((TypeError, AttributeError)):
        m.run(l2.requests([1]), None)
    rows = pages.controls.array()
    rows["cycle"] = 3
    with pytest.raises(l2.SettingError, match="control 1"):
        m.run(None, pages.memory, rows)
    inputs = l2.blank_inputs(4)
    inputs["req"]["vpn"][2, 1], inputs["req"]["valid"][2, 1] = 1 << 39, 1
    with pytest.raises(l2.SettingError, match="cycle 2 of the inputs"):
        l2.Machine().cycles(inputs)
    for size in (8, 2**32 - 1):
        inputs["size"] = size
        with pytest.raises(l2.SettingError, match="size"):
            l2.Machine().cycles(inputs)


@pytest.mark.parametrize(
    "bad",
    [
        {"vpn": -1},
        {"vpn": 1 << 38},
        {"vpn": 1.5},
        {"vpn": "x"},
        {"vpn": [1], "cycle": -1},
        {"vpn": [1], "port": 300},
        {"vpn": [[1, 2]]},
        {"vpn": [1, 2], "cycle": [1, 2, 3]},
        {"vpn": [None]},
        {"vpn": [float("nan")]},
        {"vpn": [1], "tag": 1 << 32},
    ],
)
def test_bad_requests(bad):
    with pytest.raises(ValueError):
        l2.requests(**bad)


def test_bad_controls():
    c = l2.Controls().fence(10)
    with pytest.raises(ValueError, match="comes after"):
        c.fence(9)
    with pytest.raises(ValueError, match="44 bits"):
        c.registers(11, satp=(8, 1, 1 << 44))
    with pytest.raises(TypeError, match="no register"):
        c.registers(11, satpp=1)
    with pytest.raises(ValueError):
        c.fence(12, kind="lfence")
    assert len(l2.Controls().array()) == 0


def test_stuck_keeps_what_there_is(pages):
    """A memory that never takes a read."""
    pages.memory.set(aready="pattern", period=1, mask=0)
    with pytest.raises(l2.StuckError, match="no handshake") as e:
        l2.Machine().run(pages.requests(50), pages.memory, pages.controls, watchdog=500)
    assert isinstance(e.value.result, l2.RunResult) and len(e.value.result.answers) == 0


def test_one_thread_at_a_time(pages):
    """A machine that another thread runs refuses; many machines run at once."""
    m, memory, asked = l2.Machine(), pages.memory, pages.requests(400_000, gap=8)
    worker = threading.Thread(target=lambda: m.run(asked, memory, pages.controls))
    worker.start()
    time.sleep(0.05)
    refused = 0
    while worker.is_alive() and not refused:
        try:
            m.settle()
        except l2.OrderError:
            refused += 1
    worker.join()
    assert refused == 1
    results = {}

    def run(seed):
        world = Pages(lat=40, span=0)
        results[seed] = l2.Machine().run(world.requests(3000, seed), world.memory, world.controls).answers["cycle"].tolist()

    threads = [threading.Thread(target=run, args=(seed,)) for seed in (1, 2, 1001)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    first = dict(results)
    run(2)
    assert first[2] == results[2] and len(first) == 3


def test_pages_constant():
    assert PAGES == 512
