# SPDX-License-Identifier: MulanPSL-2.0
"""Memory behind a machine: sparse words, and when they answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ._core import Owner, c_text, check, ffi, lib, new, number_setting, unsigned


class Memory(Owner):
    """64-bit words at byte addresses below 2**56; what was never written reads 0.

    Keywords are the timing, as `l2tlb replay --mem help` says, in cycles: lat, span, gap, aready, l2_sets, l2_ways,
    hit_lat, seed, ...

    >>> m = Memory(lat=100, span=0)
    >>> m[0x1000] = 7
    >>> m[0x1000]
    7
    """

    def __init__(self, **timing: Any) -> None:
        super().__init__(nested=True)
        self._m = new(lib.l2tlb_memory_new, "l2tlb_memory", lib.l2tlb_memory_free)
        self._keep: Any = None  # what owns the words, if it is somebody else
        self.set(**timing)

    @classmethod
    def _of(cls, pointer: Any, owner: Any) -> Memory:
        memory = cls.__new__(cls)
        Owner.__init__(memory, nested=True)
        memory._m = pointer
        memory._keep = owner
        return memory

    def set(self, **timing: Any) -> None:
        """Sets the timing. OrderError while reads are under way."""
        with self._alone():
            for key, value in timing.items():
                check(
                    lib.l2tlb_memory_set(self._m, c_text(key), number_setting(value)),
                    lib.l2tlb_memory_message(self._m),
                )

    def read(self, addr: int, n: int = 1) -> npt.NDArray[np.uint64]:
        """The `n` words from byte address `addr` (a multiple of 8) on; shape (n,), uint64."""
        start = int(unsigned("addr", addr))
        count = int(unsigned("n", n, 40))
        if start % 8 or start + 8 * count > 2**56:
            raise ValueError(f"0x{start:x}: not a multiple of 8, or the end is above 2^56")
        words = np.empty(count, np.uint64)
        with self._alone():
            check(lib.l2tlb_memory_read(self._m, start, _words(words), count))
        return words

    def write(self, addr: int, words: npt.ArrayLike) -> None:
        """Writes words of 64 bits from byte address `addr` (a multiple of 8) on; shape (n,)."""
        values = np.ascontiguousarray(unsigned("words", words).ravel())
        start = int(unsigned("addr", addr))
        with self._alone():
            status = lib.l2tlb_memory_write(self._m, start, _words(values), len(values))
            check(status, lib.l2tlb_memory_message(self._m))

    def scatter(self, addr: npt.ArrayLike, words: npt.ArrayLike) -> None:
        """Writes words[i] to byte address addr[i]; both of shape (n,). Nothing is written when an address is wrong."""
        to = np.ascontiguousarray(unsigned("addr", addr).ravel())
        values = np.ascontiguousarray(unsigned("words", words).ravel())
        if len(to) != len(values):
            raise ValueError(f"{len(to)} addresses for {len(values)} words")
        with self._alone():
            status = lib.l2tlb_memory_scatter(self._m, _words(to), _words(values), len(to))
            check(status, lib.l2tlb_memory_message(self._m))

    def words(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
        """(byte addresses, words), both of shape (n,): all words that are not 0, in ascending order."""
        to = ffi.new("struct batch_words *")
        with self._alone():
            lib.batch_words(self._m, to)
            addr, word = np.empty(to.n, np.uint64), np.empty(to.n, np.uint64)
            to.addr, to.word, to.room = _words(addr), _words(word), to.n
            lib.batch_words(self._m, to)
        return addr, word

    def forget(self) -> None:
        """Forgets reads under way and what its cache holds: for a machine that was reset."""
        with self._alone():
            lib.l2tlb_memory_forget(self._m)

    def copy(self) -> Memory:
        """Another memory with the same words, timing and reads under way."""
        with self._alone():
            return Memory._of(
                new(lib.l2tlb_memory_copy, "l2tlb_memory", lib.l2tlb_memory_free, self._m), self._keep
            )

    def __getitem__(self, addr: int) -> int:
        return int(self.read(addr)[0])

    def __setitem__(self, addr: int, word: int) -> None:
        self.write(addr, [word])


def _words(array: npt.NDArray[np.uint64]) -> Any:
    return ffi.cast("uint64_t *", array.ctypes.data)
