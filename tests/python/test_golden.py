# SPDX-License-Identifier: MulanPSL-2.0
"""Recordings of the RTL: by check(), and as a batch whose answers are those of the log."""
import glob
import os

import pytest

import l2tlbsim as l2
from golden import Stimulus, logged, recorded, without_dont_care

SETS = {  # folder: configuration
    "public": "minimal",
    "default_size": "default",
    "bitmap_minimal": "minimal-bitmap",
    "rev_default": {"preset": "default", "revision": "2026-03"},
    "rev_cvm": {"preset": "cvm", "revision": "2026-03"},
}


def pairs(root, folder):
    """Recordings of a set: (stimulus, gold)."""
    return [
        (f, f.replace(".stim.", ".gold.")) for f in sorted(glob.glob(os.path.join(root, "tests/golden", folder, "*.stim.gz")))
    ]


@pytest.mark.parametrize("folder", SETS)
def test_answers_of_a_batch_are_those_of_the_log(root, folder):
    found = 0
    for stim, gold in pairs(root, folder)[::3]:
        try:
            s = Stimulus(stim)
        except ValueError:  # words that a batch has no place for
            continue
        m = l2.Machine(SETS[folder])
        m.reset(s.csr)
        got, want = logged(m.run(s.requests, s.memory, s.controls, cycles=s.end, watchdog=0)), recorded(gold)
        assert got["Q"] == sorted(want["Q"], key=lambda w: got["Q"].index(w) if w in got["Q"] else -1), stim
        assert len(got["Q"]) == len(want["Q"]) and got["A"] == want["A"], stim
        assert without_dont_care(got["R"]) == without_dont_care(want["R"]), stim
        found += 1
    assert found >= 2


def test_another_revision_is_noticed(root):
    stim, gold = pairs(root, "rev_cvm")[0]
    s = Stimulus(stim)
    m = l2.Machine({"preset": "cvm", "revision": "2025-05"})
    m.reset(s.csr)
    assert logged(m.run(s.requests, s.memory, s.controls, cycles=s.end, watchdog=0))["R"] != recorded(gold)["R"]


@pytest.mark.parametrize("folder", SETS)
def test_check(root, folder):
    for stim, gold in pairs(root, folder)[:8]:
        c = l2.check(stim, gold, SETS[folder])
        assert c and c.exact and c.end == "whole" and c.cycles == c.cycles_all and c.events > 0 and c.first == ""


def test_check_notices(root):
    stim, gold = pairs(root, "public")[0]
    c = l2.check(stim, gold, {"preset": "minimal", "revision": "2026-03"})
    assert not c and c.mismatches == 1 and c.end == "first difference" and c.first and len(c.details) > 100
    other = pairs(root, "public")[1][1]
    assert not l2.check(stim, other, "minimal", all=True)


def test_check_refuses(root, tmp_path):
    stim, gold = pairs(root, "public")[0]
    with pytest.raises(l2.InputError, match="/no/such"):
        l2.check("/no/such", gold)
    with pytest.raises(l2.InputError):
        l2.check(stim, tmp_path)
    with pytest.raises(l2.SettingError, match="speed"):
        l2.check(stim, gold, {"speed": 1})
    bad = tmp_path / "bad.stim"
    bad.write_text("L2TLBSTIM 1\nend 5\nrun\n@1 jump 0\n")
    with pytest.raises(l2.InputError, match=r"bad\.stim:"):
        l2.check(bad, gold)
    long = tmp_path / "long.stim"
    long.write_text("L2TLBSTIM 1\ntiming lat=5 span=0 seed=0 gap=1\nend 1000000\nrun\n@500000 req 1 0 0\n")
    calls = []
    with pytest.raises(l2.CancelledError) as e:
        l2.check(long, gold, "minimal", all=True, skip=False, progress=lambda: calls.append(1) or len(calls) > 3)
    assert len(calls) == 4 and e.value.result.end == "cancelled"
    with pytest.raises(ZeroDivisionError):
        l2.check(long, gold, "minimal", all=True, skip=False, progress=lambda: 1 / 0)
