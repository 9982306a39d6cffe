# SPDX-License-Identifier: MulanPSL-2.0
"""Functional address translation, without time: RISC-V and AArch64, one stage or two."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import Any, Callable, ContextManager, Union

import numpy as np
import numpy.typing as npt

from ._core import Array, Hooks, SettingError, dtype_of, failure, ffi, lib, pointer, text, unsigned
from .memory import Memory

REFERENCE = dtype_of("struct l2tlb_walk_ref")
UPDATE = dtype_of("struct l2tlb_walk_update")
WALK = dtype_of("struct batch_walk")

FAULTS = (None, "page", "guest", "access")
_RISCV_ACCESS = {"read": 0, "write": 1, "fetch": 2, "read_x": 3, "shadow_read": 4, "shadow_write": 5}
_A64_ACCESS = {"read": 0, "write": 1, "fetch": 2}


@dataclasses.dataclass(frozen=True)
class RiscvRegs:
    """Registers of RISC-V. satp, vsatp, hgatp: raw CSR values; the rest fields of status and envcfg registers."""

    satp: int = 0
    vsatp: int = 0
    hgatp: int = 0
    xlen: int = 64
    mxr: int = 0
    sum: int = 0
    vsmxr: int = 0
    vssum: int = 0
    m_pbmte: int = 0
    m_adue: int = 0
    h_pbmte: int = 0
    h_adue: int = 0
    m_sse: int = 0
    h_sse: int = 0
    m_pmm: int = 0
    s_pmm: int = 0
    h_pmm: int = 0
    rsw60: int = 0


@dataclasses.dataclass(frozen=True)
class A64Regs:
    """Registers of AArch64, raw; parange: ID_AA64MMFR0_EL1.PARange (0: 32 bits .. 6: 52 bits)."""

    tcr_el1: int = 0
    ttbr0_el1: int = 0
    ttbr1_el1: int = 0
    mair_el1: int = 0
    sctlr_el1: int = 0
    vtcr_el2: int = 0
    vttbr_el2: int = 0
    hcr_el2: int = 0
    parange: int = 5
    pan: int = 0


Regs = Union[RiscvRegs, A64Regs]


@dataclasses.dataclass(frozen=True)
class Leaf:
    """Where a stage ended: the entry, its level, log2 of the page's size, NAPOT or contiguous, attributes."""

    pte: int
    level: int
    shift: int
    napot: bool
    attr: int


@dataclasses.dataclass(frozen=True)
class Walk:
    """What became of one access. All addresses are byte addresses."""

    va: int
    pa: int | None  # host physical; None: it faults
    ipa: int | None  # intermediate; None: stage 1 was not through
    fault: str | None  # "page", "guest", "access"; None: it translates
    reason: str  # of the fault, in words; ""
    reason_id: str  # its name, as "INVALID"; ""
    stage: int  # that faulted, 0: none
    level: int  # at which it did
    s1: Leaf | None  # None: the stage does not translate, or was not reached
    s2: Leaf | None
    cause: int  # RISC-V scause
    tval: int  # RISC-V stval
    gpaddr: int  # RISC-V htval << 2
    tinst: int  # RISC-V htinst
    fst: int  # AArch64 PAR_EL1.FST
    attr: int  # AArch64 PAR_EL1[63:56]; RISC-V PBMT in force
    refs: Array  # REFERENCE, shape (reads,): table words in the order in which they are read
    updates: Array  # UPDATE, shape (updates,): table words that hardware would change

    def __bool__(self) -> bool:
        """It translates."""
        return self.fault is None


class _Memory:
    """struct l2tlb_walk_memory of a Memory or of functions."""

    def __init__(self, memory: Any, allowed: Callable[[int, int], int] | None) -> None:
        self.hooks = Hooks()
        self.keep = memory
        self.c = ffi.new("struct l2tlb_walk_memory *")
        self.c.size, self.c.ctx = ffi.sizeof("struct l2tlb_walk_memory"), self.hooks.handle
        if isinstance(memory, Memory):
            self.c.memory = memory._m
        elif callable(memory):
            self.hooks.functions["read"] = lambda addr, size: int(
                unsigned("read()", memory(addr, size), 8 * size)
            )
            self.c.read = lib.py_read
        else:
            raise TypeError(
                f"memory is a Memory or a function of address and bytes, not {type(memory).__name__}"
            )
        if allowed is not None:
            self.hooks.functions["check"] = lambda addr, use: int(unsigned("check()", allowed(addr, use), 2))
            self.c.check = lib.py_check

    def alone(self) -> ContextManager[None]:
        """While a walk reads it."""
        return self.keep._alone() if isinstance(self.keep, Memory) else contextlib.nullcontext()


def _regs(regs: Regs) -> Any:
    c = ffi.new("struct l2tlb_riscv_regs *" if isinstance(regs, RiscvRegs) else "struct l2tlb_a64_regs *")
    c.size = ffi.sizeof(c[0])
    for f in dataclasses.fields(regs):
        value = unsigned(f.name, getattr(regs, f.name))
        try:
            setattr(c, f.name, int(value))
        except OverflowError:
            raise SettingError(f"{f.name}: {value} is out of range") from None
    return c


def _access(regs: Regs, access: str, user: bool, virt: bool, only_s1: bool) -> Any:
    names = _RISCV_ACCESS if isinstance(regs, RiscvRegs) else _A64_ACCESS
    if access not in names:
        raise SettingError(f"access {access!r} is none of {', '.join(names)}")
    if isinstance(regs, RiscvRegs):
        return ffi.new(
            "struct l2tlb_riscv_access_info *",
            {"access": names[access], "priv": not user, "virt": bool(virt)},
        )
    return ffi.new(
        "struct l2tlb_a64_access_info *", {"access": names[access], "el": not user, "only_s1": bool(only_s1)}
    )


def walk(
    va: int,
    regs: Regs,
    memory: Memory | Callable[[int, int], int],
    access: str = "read",
    *,
    user: bool = False,
    virt: bool = False,
    only_s1: bool = False,
    check: Callable[[int, int], int] | None = None,
) -> Walk:
    """Translates one access as the architecture says (not the machine's caches: those are in Machine).

    va: byte address. regs: RiscvRegs or A64Regs. memory: a Memory, or a function of (byte address, bytes) that returns
    the 4 or 8 bytes there as one number. access: "read", "write", "fetch"; RISC-V also "read_x" (HLVX), "shadow_read",
    "shadow_write". user: U (VU) or EL0 instead of S (VS) or EL1. virt: RISC-V V=1, both stages apply. only_s1: AArch64
    AT S1E*. check: a function of (address, enum l2tlb_walk_use) that returns 0 allowed, 1 no such memory, 2 denied, 3
    not cacheable; None: everything is allowed.
    """
    behind = _Memory(memory, check)
    info = _access(regs, access, user, virt, only_s1)
    info.va = int(unsigned("va", va))
    r = ffi.new("struct l2tlb_walk_result *")
    r.size = ffi.sizeof("struct l2tlb_walk_result")
    function = lib.l2tlb_walk_riscv if isinstance(regs, RiscvRegs) else lib.l2tlb_walk_a64
    with behind.alone():
        status = function(_regs(regs), info, behind.c, r)
    behind.hooks.done()
    if status not in (lib.L2TLB_OK, lib.L2TLB_FAULT):
        raise failure(status, r.message)
    return _result(r)


def walk_many(
    va: npt.ArrayLike,
    regs: Regs,
    memory: Memory | Callable[[int, int], int],
    access: str = "read",
    *,
    user: bool = False,
    virt: bool = False,
    only_s1: bool = False,
) -> Array:
    """walk() of many addresses, shape (n,), in one call: WALK, shape (n,).

    Members: pa, ipa (byte addresses), fault (a number of FAULTS), reason, stage, cause, level, refs (reads of tables),
    shift (log2 of the page that both stages give together).
    """
    addresses = np.ascontiguousarray(unsigned("va", va).ravel())
    behind = _Memory(memory, None)
    out = np.zeros(len(addresses), WALK)
    done, message = ffi.new("size_t *"), ffi.new("const char **")
    function = lib.batch_walk_riscv if isinstance(regs, RiscvRegs) else lib.batch_walk_a64
    given = (_regs(regs), _access(regs, access, user, virt, only_s1), behind.c)
    at, to = ffi.cast("uint64_t *", addresses.ctypes.data), pointer(out, "struct batch_walk")
    with behind.alone():
        status = function(*given, len(addresses), at, to, done, message)
    behind.hooks.done()
    if status:
        raise failure(status, message[0])
    return out


def reason(number: int) -> str:
    """A reason of a fault or reference in words; "": no such number."""
    return text(lib.l2tlb_walk_reason(int(unsigned("reason", number, 32))))


def _leaf(c: Any) -> Leaf | None:
    if c.level == lib.L2TLB_WALK_OFF or c.shift == 0:
        return None
    return Leaf(c.pte, c.level, c.shift, bool(c.napot), c.attr)


def _result(r: Any) -> Walk:
    faulty = r.fault != 0
    through = not faulty or r.stage == 2
    refs = np.frombuffer(ffi.buffer(r.ref), REFERENCE)[: r.nrefs].copy()
    updates = np.frombuffer(ffi.buffer(r.update), UPDATE)[: r.nupdates].copy()
    return Walk(
        va=r.va,
        pa=None if faulty else r.pa,
        ipa=r.ipa if through else None,
        fault=FAULTS[r.fault],
        reason=text(lib.l2tlb_walk_reason(r.reason)) if faulty else "",
        reason_id=text(lib.l2tlb_walk_reason_id(r.reason)) if faulty else "",
        stage=r.stage if faulty else 0,
        level=r.level if faulty else 0,
        s1=_leaf(r.s1),
        s2=_leaf(r.s2),
        cause=r.cause,
        tval=r.tval,
        gpaddr=r.gpaddr,
        tinst=r.tinst,
        fst=r.fst,
        attr=r.attr,
        refs=refs,
        updates=updates,
    )
