# SPDX-License-Identifier: MulanPSL-2.0
"""The page tables behind a trace, as a replay has them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._core import (
    Array,
    Owner,
    Path,
    c_text,
    check,
    dtype_of,
    ffi,
    lib,
    new,
    path_bytes,
    pointer,
    number_setting,
    structures,
)
from .memory import Memory
from .traces import Trace

CSR = dtype_of("struct l2tlb_csr")


class World(Owner):
    """Page tables that come into being as accesses touch them, imitating a guest kernel and a hypervisor; or an image.

    Keywords are those of `l2tlb replay --world help`, with _ or . between the parts: stages ("trace", "one", "two"),
    seed, s_mode, g_mode, ...; World(**{"s1.huge": 0.5}).

    >>> w = World(stages="two")
    >>> w.take(accesses([0x10000, 0x20000]))
    >>> hex(w.csr()["hgatp"]["mode"])
    '0x8'
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self._start(settings)
        check(lib.l2tlb_world_build(self._w), lib.l2tlb_world_message(self._w))

    def _start(self, settings: dict[str, Any]) -> None:
        self._w = new(lib.l2tlb_world_new, "l2tlb_world", lib.l2tlb_world_free)
        self._memory: Memory | None = None
        for key, value in settings.items():
            check(
                lib.l2tlb_world_set(self._w, c_text(key), number_setting(value)),
                lib.l2tlb_world_message(self._w),
            )

    @classmethod
    def load(cls, path: Path | None, *, stages: str = "trace") -> World:
        """Memory and registers from an image (docs/trace-format.md); None: empty memory, for a trace that brings them."""
        world = cls.__new__(cls)
        Owner.__init__(world)
        world._start({"stages": stages})
        name = ffi.NULL if path is None else path_bytes(path)
        check(lib.l2tlb_world_load(world._w, name), lib.l2tlb_world_message(world._w))
        return world

    def take(self, records: Array | Trace) -> None:
        """Takes records (RECORD, shape (n,)) in their order: accesses map their pages, switches and registers are followed.

        SettingError: a record is none; MemoryError: the memory of host or guest is full. Those before it are done.
        """
        rows = structures(
            records.records if isinstance(records, Trace) else records, "struct l2tlb_trace_record"
        )
        with self._alone(), self.memory._alone():
            status = lib.l2tlb_world_take(
                self._w, pointer(rows, "struct l2tlb_trace_record"), len(rows), ffi.NULL
            )
            check(status, lib.l2tlb_world_message(self._w))

    def restart(self) -> None:
        """Back to the registers of the beginning; the tables stay: for a second pass."""
        with self._alone():
            check(lib.l2tlb_world_restart(self._w), lib.l2tlb_world_message(self._w))

    def csr(self) -> Array:
        """Registers of the current address space: CSR, shape (). For Controls.csr() and Machine.reset()."""
        row = np.zeros(1, CSR)
        with self._alone():
            check(lib.l2tlb_world_csr(self._w, pointer(row, "struct l2tlb_csr")))
        return row.reshape(())

    @property
    def memory(self) -> Memory:
        """The memory that holds the tables."""
        if self._memory is None:
            self._memory = Memory._of(lib.l2tlb_world_memory(self._w), self._w)
        return self._memory

    def save(self, path: Path) -> None:
        """Memory and registers as an image."""
        with self._alone(), self.memory._alone():
            check(lib.l2tlb_world_save(self._w, path_bytes(path)), lib.l2tlb_world_message(self._w))

    def counts(self) -> dict[str, Any]:
        """spaces, guests, frames, secure_pages, unmappable; tables: (stage 1, G); pages: by stage and size."""
        c = ffi.new("struct l2tlb_world_counts *")
        c.size = ffi.sizeof("struct l2tlb_world_counts")
        with self._alone():
            check(lib.l2tlb_world_count(self._w, c))
        sizes = ("4 KiB", "2 MiB", "1 GiB", "64 KiB")
        out: dict[str, Any] = {
            n: int(getattr(c, n)) for n in ("spaces", "guests", "frames", "secure_pages", "unmappable")
        }
        out["tables"] = tuple(c.tables)
        out["pages"] = {stage: dict(zip(sizes, c.pages[i])) for i, stage in enumerate(("s1", "g"))}
        return out
