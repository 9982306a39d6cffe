# SPDX-License-Identifier: MulanPSL-2.0
"""What the tests of the Python package share: places, a world of pages, recordings as arrays."""
import os
import sys

import numpy as np
import pytest

import l2tlbsim as l2

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
PAGES = 512


@pytest.fixture(scope="session")
def root():
    """The source tree."""
    return ROOT


@pytest.fixture(scope="session")
def capture():
    """A bundled capture."""
    return os.path.join(ROOT, "traces", "captures", "database.gvt.gz")


@pytest.fixture(scope="session")
def command():
    """The command of this tree, where it is built."""
    path = os.path.join(ROOT, "build", "l2tlb")
    if not os.access(path, os.X_OK):
        pytest.skip("build/l2tlb is not built")
    return path


class Pages:
    """Pages 0x40000.. of Sv39 to 0x90000.., in one stage."""

    def __init__(self, **timing):
        self.memory = l2.Memory(**timing)
        self.tables = l2.Tables("Sv39", self.memory, frames=(0x80000000, 0x80100000))
        self.tables.map_range(0x40000000, 0x90000000, PAGES * 4096, rights="rwxad", max_shift=12)

    @property
    def controls(self):
        """PMP open, satp at the tables."""
        return l2.Controls().open_pmp().registers(2, satp=self.tables.satp(asid=1))

    @staticmethod
    def requests(n, seed=1, gap=4):
        """n requests for random pages."""
        draw = np.random.default_rng(seed)
        cycle = 20 + np.cumsum(draw.integers(0, gap, n))
        return l2.requests(0x40000 + draw.integers(0, PAGES, n), cycle=cycle, port=draw.integers(0, 2, n))


@pytest.fixture
def pages():
    """Fresh pages, memory of 40 cycles."""
    return Pages(lat=40, span=0, l2_sets=0)
