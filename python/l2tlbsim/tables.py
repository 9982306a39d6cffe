# SPDX-License-Identifier: MulanPSL-2.0
"""Page tables of every format in a memory: create, map, unmap, translate, iterate."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, Iterator, Union

import numpy as np

from ._core import (
    NEVER,
    Array,
    Error,
    Hooks,
    NotMappedError,
    Owner,
    SettingError,
    check,
    dtype_of,
    failure,
    ffi,
    lib,
    pointer,
    text,
    unsigned,
)
from .memory import Memory

MAPPING = dtype_of("struct l2tlb_mapping")

_FLAGS = {
    "r": lib.L2TLB_MAP_R,
    "w": lib.L2TLB_MAP_W,
    "x": lib.L2TLB_MAP_X,
    "u": lib.L2TLB_MAP_U,
    "g": lib.L2TLB_MAP_G,
}
_FLAGS |= {"a": lib.L2TLB_MAP_A, "d": lib.L2TLB_MAP_D, "n": lib.L2TLB_MAP_NC, "i": lib.L2TLB_MAP_IO}


def formats() -> list[str]:
    """Names of the formats: "Sv32" to "Sv57", "Sv32x4" to "Sv57x4", AArch64 stage 1 and 2."""
    names: list[str] = []
    while (name := lib.l2tlb_format_name(len(names))) != ffi.NULL:
        names.append(text(name))
    return names


def _format(name: str) -> int:
    known = {n.lower(): i for i, n in enumerate(formats())}
    known |= {"a64-s1": int(lib.L2TLB_A64_S1), "a64-s2": int(lib.L2TLB_A64_S2)}
    if name.lower() not in known:
        raise SettingError(f"format {name!r} is none of {', '.join(formats())}")
    return known[name.lower()]


def _rights(rights: str) -> int:
    flags = 0
    for letter in rights.lower():
        if letter not in _FLAGS:
            raise ValueError(f"right {letter!r} is none of {''.join(_FLAGS)}")
        flags |= _FLAGS[letter]
    return flags


@dataclasses.dataclass(frozen=True)
class Mapping:
    """A page: addresses of its first byte, log2 of its size, rights as letters, level of its leaf."""

    va: int
    pa: int
    shift: int
    rights: str
    level: int


class Tables(Owner):
    """One address space's tables, in a Memory that several may share.

    >>> m = Memory()
    >>> t = Tables("Sv39", m, frames=(0x80000000, 0x80100000))
    >>> t.map(0x40000000, 0x90000000, rights="rwxad", shift=21)
    >>> hex(t.translate(0x40000123).pa)
    '0x90000000'
    >>> hex(t.satp(asid=1))
    '0x8000100000080000'
    """

    def __init__(
        self,
        kind: str,
        memory: Memory,
        frames: tuple[int, int] | None = None,
        *,
        root: int | None = None,
        host: Union[Tables, Callable[[int], int], None] = None,
        alloc: Callable[[int], int] | None = None,
        release: Callable[[int, int], None] | None = None,
        **options: int,
    ) -> None:
        """kind: one of formats(), or "A64-S1", "A64-S2".

        frames: byte addresses (from, to) that tables are taken from, in ascending order; or alloc(bytes) gives an aligned
        address, and release(address, bytes) takes it back. root: takes over the tables that are there, by the address
        of their root. host: for tables of a guest, its second stage, or a function from guest to host address.
        options, AArch64: granule (12, 14, 16), input_bits, lpa2, high, concatenate.
        """
        super().__init__()
        self.kind, self.memory = kind, memory
        functions: dict[str, Any] = {}
        if alloc is not None:
            functions["alloc"] = lambda size: int(unsigned("alloc()", alloc(size)))
            functions["release"] = release or (lambda addr, size: None)
        if isinstance(host, Tables):
            functions["host"] = host._host
        elif host is not None:
            functions["host"] = lambda addr: int(unsigned("host()", host(addr)))
        self._hooks = Hooks(**functions)
        self._t = self._open(self._config(frames, options), root)

    def _config(self, frames: tuple[int, int] | None, options: dict[str, int]) -> Any:
        c = ffi.new("struct l2tlb_tables_config *")
        lib.l2tlb_tables_config_init(c)
        c.format = _format(self.kind)
        c.memory = self.memory._m
        c.ctx = self._hooks.handle
        for name, value in options.items():
            if name not in ("granule", "input_bits", "lpa2", "high", "concatenate"):
                raise TypeError(f"no option {name}")
            setattr(c, name, int(unsigned(name, value, 8)))
        if frames is not None:
            c.frames_from, c.frames_to = (int(unsigned("frames", f)) for f in frames)
        for name in self._hooks.functions:
            setattr(c, name, getattr(lib, "py_" + name))
        return c

    def _open(self, c: Any, root: int | None) -> Any:
        out = ffi.new("l2tlb_tables **")
        with self.memory._alone():
            if root is None:
                status = lib.l2tlb_tables_new(c, out)
            else:
                status = lib.l2tlb_tables_open(c, int(unsigned("root", root)), out)
        tables = ffi.gc(out[0], lib.l2tlb_tables_free) if out[0] != ffi.NULL else None
        self._hooks.done()
        check(status, c.message)
        return tables

    def _host(self, addr: int) -> int:
        """Host address of a guest's one, for its tables."""
        try:
            page = self.translate(addr)
        except NotMappedError:
            return NEVER
        return page.pa + (addr - page.va)

    def _call(self, function: Any, *args: Any) -> None:
        with self._alone(), self.memory._alone():
            status = function(self._t, *args)
            message = text(lib.l2tlb_tables_message(self._t))
        self._hooks.done()
        if status:
            raise failure(status, message)

    def map(self, va: int, pa: int, *, rights: str = "rwad", shift: int = 12) -> None:
        """Maps one page of 2**shift bytes. rights: letters of r w x u g a d, n (non-cacheable), i (device).

        ExistsError: something is there. SettingError: no such size, alignment, range, or rights.
        """
        self._call(
            lib.l2tlb_tables_map, _u64("va", va), _u64("pa", pa), _u64("shift", shift, 8), _rights(rights)
        )

    def map_range(self, va: int, pa: int, size: int, *, rights: str = "rwad", max_shift: int = 30) -> None:
        """Maps `size` bytes with the largest pages that fit and are not above 2**max_shift. Stops at the first error."""
        flags = _rights(rights)
        self._call(
            lib.l2tlb_tables_map_range,
            _u64("va", va),
            _u64("pa", pa),
            _u64("size", size),
            flags,
            _u64("shift", max_shift, 8),
        )

    def unmap(self, va: int) -> None:
        """Removes the page that holds va, and tables that became empty. NotMappedError: there is none."""
        self._call(lib.l2tlb_tables_unmap, _u64("va", va))

    def translate(self, va: int) -> Mapping:
        """The page that holds va. NotMappedError: there is none."""
        m = ffi.new("struct l2tlb_mapping *")
        try:
            self._call(lib.l2tlb_tables_translate, _u64("va", va), m)
        except Error as e:
            raise type(e)(f"0x{va:x} is not mapped") if isinstance(e, NotMappedError) else e from None
        return Mapping(m.va, m.pa, m.shift, _letters(m.flags), m.level)

    def pages(self) -> Array:
        """Every page in ascending order: MAPPING, shape (pages,)."""
        to = ffi.new("struct batch_mappings *")
        with self._alone(), self.memory._alone():
            lib.batch_mappings(self._t, to)
            out = np.zeros(to.n, MAPPING)
            to.at, to.room = pointer(out, "struct l2tlb_mapping"), to.n
            lib.batch_mappings(self._t, to)
        self._hooks.done()
        return out

    def __iter__(self) -> Iterator[Mapping]:
        for m in self.pages():
            yield Mapping(
                int(m["va"]), int(m["pa"]), int(m["shift"]), _letters(int(m["flags"])), int(m["level"])
            )

    def __contains__(self, va: object) -> bool:
        try:
            self.translate(int(va))  # type: ignore[call-overload]
        except NotMappedError:
            return False
        return True

    @property
    def root(self) -> int:
        """Byte address of the root table."""
        return int(lib.l2tlb_tables_root(self._t))

    @property
    def root_field(self) -> int:
        """The root as its register wants it: page number of satp, vsatp, hgatp; BADDR in place for AArch64."""
        return int(lib.l2tlb_tables_root_field(self._t))

    def satp(self, asid: int = 0) -> int:
        """satp or vsatp (64 bits) of RISC-V: mode, ASID (16 bits) and root."""
        modes = {"sv39": 8, "sv48": 9, "sv57": 10}
        name = self.kind.lower().removesuffix("x4")
        if name not in modes:
            raise ValueError(f"{self.kind} has no satp of 64 bits")
        return modes[name] << 60 | _u64("asid", asid, 16) << 44 | self.root_field

    def hgatp(self, vmid: int = 0) -> int:
        """hgatp (64 bits) of RISC-V: mode, VMID (14 bits) and root."""
        return self.satp(_u64("vmid", vmid, 14))


def _u64(name: str, value: int, bits: int = 64) -> int:
    return int(unsigned(name, value, bits))


def _letters(flags: int) -> str:
    return "".join(letter for letter, bit in _FLAGS.items() if flags & bit)
