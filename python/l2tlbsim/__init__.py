# SPDX-License-Identifier: MulanPSL-2.0
"""l2tlbsim: the cycle-exact model of XiangShan's L2TLB.

    from l2tlbsim import replay
    r = replay("database.gvt.gz", world={"stages": "two"})
    print(r.latency)                 # by kind of translation, cycles
    print(r.causes)                  # where the cycles went, %

Machine     one L2TLB behind its ports: per cycle, or a whole stimulus as arrays in one call
replay      a whole trace: figures, report, a row per request
walk        the functional translation of RISC-V and AArch64, step by step; walk_many for arrays
Tables      page tables of every format in a Memory
World       the page tables behind a trace, built on first touch or read from an image
read_trace, write_trace, accesses    traces as arrays
check       a recording of the RTL against the model
open_report, compare                 reports as data, side by side

Addresses are byte addresses, a vpn and a ppn are page numbers (of 4 KiB); times are cycles of the machine.
"""

from ._core import (
    NEVER,
    NO_TAG,
    CancelledError,
    Error,
    ExistsError,
    InputError,
    NotMappedError,
    OrderError,
    SettingError,
    StuckError,
    lib as _lib,
    text as _text,
)
from .config import Config
from .machine import EventLog, Machine, RunResult, blank_inputs, causes, event_names
from .memory import Memory
from .recording import Check, check
from .replays import Figures, Latency, Replay, replay
from .report import Comparison, Report, compare, open_report, open_reports
from .stimulus import (
    ACCESS_FAULT,
    ALL_STAGE,
    DATA_PORT,
    FETCH_PORT,
    GUEST_ACCESS_FAULT,
    GUEST_FAULT,
    NO_FAULT,
    NO_S2XLATE,
    ONLY_STAGE1,
    ONLY_STAGE2,
    PAGE_FAULT,
    Controls,
    requests,
)
from .tables import Mapping, Tables, formats
from .traces import Trace, accesses, read_trace, write_trace
from .walks import A64Regs, Leaf, RiscvRegs, Walk, reason, walk, walk_many
from .world import World

__version__ = _text(_lib.l2tlb_version_text()).split()[0]
version = _text(_lib.l2tlb_version_text())  # with the commit

__all__ = [
    "A64Regs",
    "ACCESS_FAULT",
    "ALL_STAGE",
    "CancelledError",
    "Check",
    "Comparison",
    "Config",
    "Controls",
    "DATA_PORT",
    "Error",
    "EventLog",
    "ExistsError",
    "FETCH_PORT",
    "Figures",
    "GUEST_ACCESS_FAULT",
    "GUEST_FAULT",
    "InputError",
    "Latency",
    "Leaf",
    "Machine",
    "Mapping",
    "Memory",
    "NEVER",
    "NO_FAULT",
    "NO_S2XLATE",
    "NO_TAG",
    "NotMappedError",
    "ONLY_STAGE1",
    "ONLY_STAGE2",
    "OrderError",
    "PAGE_FAULT",
    "Replay",
    "Report",
    "RiscvRegs",
    "RunResult",
    "SettingError",
    "StuckError",
    "Tables",
    "Trace",
    "Walk",
    "World",
    "accesses",
    "blank_inputs",
    "causes",
    "check",
    "compare",
    "event_names",
    "formats",
    "open_report",
    "open_reports",
    "read_trace",
    "reason",
    "replay",
    "requests",
    "version",
    "walk",
    "walk_many",
    "write_trace",
]
