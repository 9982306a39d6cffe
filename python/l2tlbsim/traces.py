# SPDX-License-Identifier: MulanPSL-2.0
"""Traces of virtual addresses (.gvt) as arrays."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from ._core import (
    Array,
    Path,
    c_text,
    check,
    dtype_of,
    ffi,
    lib,
    new,
    path_bytes,
    pandas,
    pointer,
    structures,
    unsigned,
)

RECORD = dtype_of("struct l2tlb_trace_record")

ISAS = ("riscv64", "aarch64", "x86_64", "other")
TABLES = ("built", "image", "records")
KINDS = ("access", "port", "csr", "fence", "switch", "mem", "redirect", "roi")
OPS = ("fetch", "load", "store", "amo", "lr", "prefetch")
FENCES = ("sfence.vma", "hfence.vvma", "hfence.gvma", "sinval.vma", "hinval.vvma", "hinval.gvma")
_BLOCK = 1 << 16


@dataclasses.dataclass
class Trace:
    """Records, and what the head of the file says. docs/trace-format.md is the specification.

    records: RECORD, shape (n,). Its members: kind (a number of KINDS), addr (byte address, or page number of a port
    request), op (a number of OPS; of FENCES in fences), size (bytes), priv, virt, cycle with has_cycle, insns
    (instructions since the record before that counts them), ...; those that a kind does not use are 0.
    """

    records: Array
    isa: str = "riscv64"
    ports: bool = False  # requests at the ports of the L2TLB instead of accesses of a program
    tables: str = (
        "built"  # where the page tables are: built by a world, in an "image", in "records" of the trace
    )
    image: str = ""
    source: str = ""

    def __len__(self) -> int:
        return len(self.records)

    @property
    def instructions(self) -> int:
        """Instructions that the records count."""
        return int(self.records["insns"].sum(dtype=np.uint64))

    def frame(self) -> Any:
        """A DataFrame with a row per record; kind and op as words."""
        r = self.records
        columns: dict[str, Any] = {n: r[n] for n in RECORD.names or () if n != "zero"}
        columns["kind"] = np.array(KINDS)[r["kind"]]
        words = np.full(len(r), "", "U12")
        for kind, names in (("access", OPS), ("fence", FENCES), ("roi", ("begin", "end"))):
            of = r["kind"] == KINDS.index(kind)
            words[of] = np.array(names)[r["op"][of]]
        columns["op"] = words
        return pandas().DataFrame(columns)


def accesses(
    addr: npt.ArrayLike,
    op: str | npt.ArrayLike = "load",
    *,
    size: npt.ArrayLike = 8,
    priv: npt.ArrayLike = 0,
    virt: npt.ArrayLike = 0,
    insns: npt.ArrayLike = 1,
    cycle: npt.ArrayLike | None = None,
) -> Array:
    """Accesses of a program as RECORD, shape (n,); scalars hold for all n.

    addr: virtual byte address, 64 bits. op: a word of OPS, or numbers. size: bytes, 1 to 4096. priv: 0 U, 1 S, 3 M. virt:
    executed with V=1. insns: instructions since the access before. cycle: from the start of the trace, not descending.
    """
    if isinstance(op, str):
        if op not in OPS:
            raise ValueError(f"op {op!r} is none of {', '.join(OPS)}")
        op = OPS.index(op)
    columns = {
        "addr": unsigned("addr", addr),
        "op": unsigned("op", op, 8),
        "size": unsigned("size", size, 16),
    }
    columns |= {
        "priv": unsigned("priv", priv, 8),
        "virt": unsigned("virt", virt, 1),
        "insns": unsigned("insns", insns),
    }
    if cycle is not None:
        columns |= {"cycle": unsigned("cycle", cycle), "has_cycle": unsigned("has_cycle", 1)}
    shape = np.broadcast_shapes(*(c.shape for c in columns.values()))
    if len(shape) > 1:
        raise ValueError(f"accesses have one dimension, not {len(shape)}")
    out = np.zeros(shape or (1,), RECORD)
    for name, values in columns.items():
        out[name] = values
    return out


def read_trace(path: Path, limit: int | None = None) -> Trace:
    """Reads a trace of any form (text or binary, plain, .gz, .xz, .zst), at most `limit` records of it.

    88 bytes of memory per record while it is read. InputError: "FILE:LINE: reason".
    """
    t = new(lib.l2tlb_trace_new, "l2tlb_trace", lib.l2tlb_trace_free)
    check(lib.l2tlb_trace_open(t, path_bytes(path)), lib.l2tlb_trace_message(t))
    h = ffi.new("struct l2tlb_trace_header *")
    h.size = ffi.sizeof("struct l2tlb_trace_header")
    check(lib.l2tlb_trace_header(t, h), lib.l2tlb_trace_message(t))
    left = int(unsigned("limit", limit)) if limit is not None else 2**62
    n, blocks = ffi.new("size_t *"), [np.zeros(0, RECORD)]
    while left:
        block = np.empty(min(_BLOCK, left), RECORD)
        status = lib.l2tlb_trace_read(t, pointer(block, "struct l2tlb_trace_record"), len(block), n)
        check(status, lib.l2tlb_trace_message(t))
        if not n[0]:
            break
        left -= n[0]
        blocks.append(block[: n[0]])
    words = [bytes(ffi.string(c)).decode("utf-8", "surrogateescape") for c in (h.image, h.source)]
    return Trace(np.concatenate(blocks), ISAS[h.isa], bool(h.ports), TABLES[h.tables], *words)


def write_trace(path: Path, trace: Trace | Array, *, binary: bool = True, source: str = "") -> None:
    """Writes a trace; a name in .gz is compressed. The file is there when it is whole, or not at all.

    trace: a Trace, or its records (then of riscv64, of accesses unless the first record is a port request, its tables
    built). SettingError: a record is none.
    """
    if not isinstance(trace, Trace):
        records = structures(trace, "struct l2tlb_trace_record")
        trace = Trace(records, ports=bool((records["kind"] == KINDS.index("port")).any()))
    records = structures(trace.records, "struct l2tlb_trace_record")
    if trace.isa not in ISAS or trace.tables not in TABLES:
        raise ValueError(f"isa {trace.isa!r} or tables {trace.tables!r} does not exist")
    h = ffi.new("struct l2tlb_trace_header *")
    h.size = ffi.sizeof("struct l2tlb_trace_header")
    h.isa, h.ports, h.tables, h.binary = (
        ISAS.index(trace.isa),
        trace.ports,
        TABLES.index(trace.tables),
        binary,
    )
    for member, value in (("image", trace.image), ("source", source or trace.source)):
        raw = c_text(value)
        if len(raw) >= lib.L2TLB_TRACE_TEXT:
            raise ValueError(f"{member} has {len(raw)} bytes, not fewer than {lib.L2TLB_TRACE_TEXT}")
        setattr(h, member, raw)
    t = new(lib.l2tlb_trace_new, "l2tlb_trace", lib.l2tlb_trace_free)
    check(lib.l2tlb_trace_create(t, path_bytes(path), h), lib.l2tlb_trace_message(t))
    status = lib.l2tlb_trace_write(t, pointer(records, "struct l2tlb_trace_record"), len(records), ffi.NULL)
    check(status, lib.l2tlb_trace_message(t))
    check(lib.l2tlb_trace_close(t), lib.l2tlb_trace_message(t))
