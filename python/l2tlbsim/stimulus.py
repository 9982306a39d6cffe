# SPDX-License-Identifier: MulanPSL-2.0
"""Stimuli of a machine as arrays: requests at its ports, and what happens at its registers."""

from __future__ import annotations

from typing import Any, Iterable, Union

import numpy as np
import numpy.typing as npt

from ._core import NO_TAG, Array, dtype_of, unsigned

# (mode, id, ppn), or the register's 64 bits: mode << 60 | id << 44 | ppn.
AtpLike = Union[int, "tuple[int, int, int]"]

REQUEST = dtype_of("struct l2tlb_timed_request")
CONTROL = dtype_of("struct l2tlb_control")
ANSWER = dtype_of("struct l2tlb_answer")
INPUTS = dtype_of("struct l2tlb_inputs")
OUTPUTS = dtype_of("struct l2tlb_outputs")
EVENT = dtype_of("struct l2tlb_machine_event")

NO_S2XLATE, ONLY_STAGE1, ONLY_STAGE2, ALL_STAGE = range(4)
FETCH_PORT, DATA_PORT = range(2)
NO_FAULT, PAGE_FAULT, ACCESS_FAULT, GUEST_FAULT, GUEST_ACCESS_FAULT = range(5)


def requests(
    vpn: npt.ArrayLike,
    *,
    cycle: npt.ArrayLike = 0,
    port: npt.ArrayLike = DATA_PORT,
    s2xlate: npt.ArrayLike = NO_S2XLATE,
    tag: npt.ArrayLike | None = None,
    mpt_only: npt.ArrayLike = 0,
) -> Array:
    """Requests as Machine.run() takes them, shape (n,); scalars hold for all n.

    vpn: page number, 38 bits. cycle: of the machine, not descending; a request is offered from then on until it is
    taken, behind those before it on its port. port: 0 instruction side, 1 data side. s2xlate: NO_S2XLATE,
    ONLY_STAGE1, ONLY_STAGE2, ALL_STAGE. tag: 32 bits, comes back with the answer; usually the index.
    """
    columns = {
        "vpn": unsigned("vpn", vpn, 38),
        "cycle": unsigned("cycle", cycle),
        "port": unsigned("port", port, 8),
    }
    columns["s2xlate"] = unsigned("s2xlate", s2xlate, 8)
    columns["mpt_only"] = unsigned("mpt_only", mpt_only, 8)
    if tag is not None:
        columns["tag"] = unsigned("tag", tag, 32)
    shape = np.broadcast_shapes(*(c.shape for c in columns.values()))
    if len(shape) > 1:
        raise ValueError(f"requests have one dimension, not {len(shape)}")
    out = np.zeros(shape or (1,), REQUEST)
    out["tag"] = np.arange(len(out), dtype=np.uint64) % NO_TAG
    for name, values in columns.items():
        out[name] = values
    return out


class Controls:
    """What happens at the registers, in the order of its cycles; levels hold until the next change.

    >>> c = Controls().open_pmp(0).registers(2, satp=(8, 1, 0x80000)).fence(300)
    >>> c.array()["cycle"].tolist()
    [0, 1, 2, 300]
    """

    def __init__(self) -> None:
        self._rows: list[Array] = []

    def _row(self, cycle: int) -> Array:
        at = int(unsigned("cycle", cycle))
        if self._rows:
            last = self._rows[-1]
            if at == last["cycle"]:
                return last
            if at < last["cycle"]:
                raise ValueError(f"cycle {at} comes after {last['cycle']}")
            row: Array = last.copy()
            _end_pulses(row)
        else:
            row = np.zeros((), CONTROL)
        row["cycle"] = at
        self._rows.append(row)
        return row

    def registers(
        self,
        cycle: int,
        *,
        satp: AtpLike | None = None,
        vsatp: AtpLike | None = None,
        hgatp: AtpLike | None = None,
        mbmc: int | None = None,
        changed: Iterable[str] | None = None,
        **levels: int,
    ) -> Controls:
        """Registers from `cycle` on. satp, vsatp, hgatp: (mode, id, ppn) or the raw 64 bits. mbmc: the raw register.

        levels: mxr, virt, m_pbmte, h_pbmte, debug, each 0 or 1. changed: names of those of satp, vsatp, hgatp whose
        pulse `changed` is given; usually those with another id, as the core does it. Another virt gives its own pulse.
        """
        row = self._row(cycle)
        new = {"satp": satp, "vsatp": vsatp, "hgatp": hgatp}
        for name, value in new.items():
            if value is not None:
                mode, ident, ppn = _atp(name, value)
                atp = row["csr"][name]
                atp["changed"] |= atp["id"] != ident if changed is None else name in set(changed)
                atp["mode"], atp["id"], atp["ppn"] = mode, ident, ppn
        if mbmc is not None:
            value = int(unsigned("mbmc", mbmc))
            m = row["csr"]["mbmc"]
            m["bma"], m["keyiden"] = value >> 6, value >> 3 & 1
            m["bme"], m["bclear"], m["cmode"] = value >> 2 & 1, value >> 1 & 1, value & 1
        for name, level in levels.items():
            if name not in ("mxr", "virt", "m_pbmte", "h_pbmte", "debug"):
                raise TypeError(f"no register {name}")
            if name == "virt":
                row["csr"]["virt_changed"] |= row["csr"]["virt"] != level
            row["csr"][name] = unsigned(name, level, 1)
        return self

    def csr(self, cycle: int, csr: Array) -> Controls:
        """All registers at once from `cycle` on, as World.csr() gives them."""
        self._row(cycle)["csr"] = csr
        return self

    def fence(
        self, cycle: int, *, addr: int | None = None, id: int | None = None, kind: str = "sfence"
    ) -> Controls:
        """A fence in `cycle`. addr: byte address, virtual or (gvma) guest physical; None: all. id: ASID or VMID; None: all.

        kind: "sfence", "vvma", "gvma", "mfence" (builds with MPT).
        """
        if kind not in ("sfence", "vvma", "gvma", "mfence"):
            raise ValueError(f"fence {kind!r} is not sfence, vvma, gvma or mfence")
        f = self._row(cycle)["fence"]
        f["valid"], f["rs1"], f["rs2"] = 1, addr is None, id is None
        f["addr"] = int(unsigned("addr", addr or 0)) >> (2 if kind == "gvma" else 0)
        f["id"] = unsigned("id", id or 0, 16)
        f["hv"], f["hg"], f["mfence"] = kind == "vvma", kind == "gvma", kind == "mfence"
        return self

    def write(self, cycle: int, csr: int, value: int) -> Controls:
        """A write of a PMP or PMA register (12 bits) in `cycle`."""
        w = self._row(cycle)["csr_write"]
        w["valid"], w["addr"], w["data"] = 1, unsigned("csr", csr, 12), unsigned("value", value)
        return self

    def open_pmp(self, cycle: int = 0) -> Controls:
        """One PMP entry opens all of memory to the walkers, as firmware does: in `cycle` and the next one.

        After reset PMP denies them everything. What is opened holds two cycles later.
        """
        return self.write(cycle, 0x3B0, 0xFFFFFFFFFFFF).write(cycle + 1, 0x3A0, 0x1F)

    def array(self) -> Array:
        """As Machine.run() takes them, shape (n,)."""
        return np.array(self._rows, CONTROL) if self._rows else np.zeros(0, CONTROL)


def _atp(name: str, value: AtpLike) -> tuple[int, int, int]:
    if isinstance(value, (int, np.integer)):
        raw = int(unsigned(name, value))
        return raw >> 60, raw >> 44 & 0xFFFF, raw & (1 << 44) - 1
    mode, ident, ppn = value
    return (
        int(unsigned(name + " mode", mode, 4)),
        int(unsigned(name + " id", ident, 16)),
        int(unsigned(name + " ppn", ppn, 44)),
    )


def _end_pulses(row: Array) -> None:
    for name in ("satp", "vsatp", "hgatp", "mmpt"):
        row["csr"][name]["changed"] = 0
    row["csr"]["mbmc"]["bclear"] = row["csr"]["virt_changed"] = 0
    row["fence"] = row["csr_write"] = 0


def controls_of(what: Any) -> Array:
    """An array from Controls, an array, or nothing."""
    if what is None:
        return np.zeros(0, CONTROL)
    return what.array() if isinstance(what, Controls) else np.asarray(what)
