# SPDX-License-Identifier: MulanPSL-2.0
"""What the modules share: status codes as exceptions, C structures as NumPy types, checks of arguments."""

from __future__ import annotations

import functools
import os
import threading
from contextlib import contextmanager
from typing import Any, Iterator, Union

import numpy as np
import numpy.typing as npt

from . import _l2tlb

ffi: Any = _l2tlb.ffi
lib: Any = _l2tlb.lib

Array = npt.NDArray[Any]
Path = Union[str, "os.PathLike[str]"]

NO_TAG = 2**32 - 1
NEVER = 2**64 - 1


class Error(Exception):
    """Something that the library refuses. `status` is its code (l2tlb/base.h)."""

    status = 0


class SettingError(Error, ValueError):
    """A key that does not exist, or a value that is out of range or at odds with others."""


class InputError(Error, ValueError):
    """A file or text that cannot be read or written, or is malformed."""


class OrderError(Error, RuntimeError):
    """A call that is not possible now: tick without settle, an object that another thread uses."""


class StuckError(Error, RuntimeError):
    """No progress for longer than the watchdog allows. `result` holds what there is, if anything."""

    result: Any = None


class CancelledError(Error, RuntimeError):
    """A callback asked for the end. `result` holds what there is, if anything."""

    result: Any = None


class NotMappedError(Error, LookupError):
    """No page is there."""


class ExistsError(Error, ValueError):
    """A page is there already."""


_KINDS = {
    "BAD_KEY": SettingError,
    "BAD_VALUE": SettingError,
    "BAD_SIZE": SettingError,
    "BAD_ORDER": OrderError,
    "BAD_BEAT": OrderError,
    "BAD_STATE": InputError,
    "BAD_INPUT": InputError,
    "FULL": OrderError,
    "STUCK": StuckError,
    "CANCELLED": CancelledError,
    "ABSENT": NotMappedError,
    "EXISTS": ExistsError,
}
_ERRORS = {int(getattr(lib, "L2TLB_" + name)): kind for name, kind in _KINDS.items()}


def text(c: Any) -> str:
    """A C string; "" for NULL."""
    return "" if c == ffi.NULL else str(ffi.string(c), "utf-8", "replace")


def failure(status: int, message: Any = ffi.NULL) -> Exception:
    """The exception of a status that is not 0."""
    said = (message if isinstance(message, str) else text(message)) or text(lib.l2tlb_status_text(status))
    if status == lib.L2TLB_NO_MEMORY:
        return MemoryError(said)
    error = _ERRORS.get(status, Error)(said)
    error.status = status
    return error


def check(status: int, message: Any = ffi.NULL) -> None:
    """Raises what a status means; `message` is the object's."""
    if status:
        raise failure(status, message)


def new(maker: Any, kind: str, free: Any, *args: Any) -> Any:
    """An object of the library that is freed with its last reference."""
    out = ffi.new(kind + " **")
    check(maker(*args, out))
    return ffi.gc(out[0], free)


class Owner:
    """One object of the library: calls for it come one at a time."""

    def __init__(self, nested: bool = False) -> None:
        """nested: a callback of another object may use it."""
        self._lock: Any = threading.RLock() if nested else threading.Lock()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._lock.acquire(blocking=False):
            raise OrderError("the object is in use, by another thread or by the callback that calls it")
        try:
            yield
        finally:
            self._lock.release()


# --- C structures as NumPy types ----------------------------------------------------------------


def _dtype(t: Any) -> np.dtype[Any]:
    if t.kind in ("primitive", "enum"):
        if t.kind == "primitive" and t.cname == "char":
            return np.dtype("S1")
        size = ffi.sizeof(t)
        return np.dtype(f"{'i' if int(ffi.cast(t, -1)) < 0 else 'u'}{size}")
    if t.kind == "array":
        if t.item.cname == "char":
            return np.dtype(f"S{t.length}")
        return np.dtype((_dtype(t.item), (t.length,)))
    if t.kind == "pointer":
        return np.dtype(np.uintp)
    fields = [(name, _dtype(f.type), f.offset) for name, f in t.fields]
    return np.dtype(
        {
            "names": [f[0] for f in fields],
            "formats": [f[1] for f in fields],
            "offsets": [f[2] for f in fields],
            "itemsize": ffi.sizeof(t),
        }
    )


@functools.lru_cache(maxsize=None)
def dtype_of(name: str) -> np.dtype[Any]:
    """The NumPy type of a C structure, member by member at the same place."""
    return _dtype(ffi.typeof(name))


def pointer(array: Array, name: str) -> Any:
    """A C array of structures over the memory of a NumPy array, which must outlive it."""
    if array.dtype != dtype_of(name) or not array.flags.c_contiguous:
        raise TypeError(f"an array of {name} is wanted, in one piece, not of {array.dtype}")
    return ffi.from_buffer(name + "[]", array) if array.size else ffi.NULL


def structures(values: Any, name: str) -> Array:
    """`values` as an array of such structures in one piece (a copy only where it is not)."""
    array = np.ascontiguousarray(values)
    if array.dtype != dtype_of(name) or array.ndim != 1:
        raise TypeError(
            f"a one-dimensional array of {name} is wanted, not {array.dtype} of {array.ndim} dimensions"
        )
    return array


def unsigned(name: str, values: Any, bits: int = 64) -> npt.NDArray[np.uint64]:
    """Whole numbers of so many bits as uint64; ValueError says which is none."""
    array = np.asarray(values)
    if array.dtype.kind == "f" and not isinstance(values, np.ndarray):
        array = np.asarray(values, dtype=object)  # of whole numbers NumPy makes this where they need 64 bits
    whole = array.dtype.kind in "iub" or all(isinstance(v, (int, np.integer)) for v in array.ravel())
    if array.size and not whole:
        raise ValueError(f"{name}: whole numbers are wanted, not {array.dtype}")
    if array.size and (array.min() < 0 or int(array.max()) >> bits):
        bad = array.min() if array.min() < 0 else array.max()
        raise ValueError(f"{name}: {bad} is no number of {bits} bits")
    return array.astype(np.uint64)


def path_bytes(path: Path) -> bytes:
    """A file name for the library."""
    name = os.fsencode(path)
    if b"\0" in name:
        raise ValueError("a file name with a null character")
    return name


def c_text(value: str) -> bytes:
    """A text for the library."""
    if "\0" in value:
        raise ValueError("a text with a null character")
    return value.encode()


def setting(value: Any) -> bytes:
    """A setting as text: True is yes, False is no."""
    if isinstance(value, (bool, np.bool_)):
        return b"yes" if value else b"no"
    return c_text(str(value))


def number_setting(value: Any) -> bytes:
    """The same where the settings are numbers: True is 1."""
    return setting(int(value) if isinstance(value, (bool, np.bool_)) else value)


def pandas() -> Any:
    """pandas, which is an extra."""
    try:
        import pandas as found
    except ImportError as e:
        raise ImportError("tables need pandas: pip install 'l2tlbsim[pandas]'") from e
    return found


# --- callbacks ----------------------------------------------------------------------------------


class Hooks:
    """Python functions that the library calls, and the exception that one of them raised."""

    def __init__(self, **functions: Any) -> None:
        self.functions = functions
        self.raised: BaseException | None = None
        self.handle = ffi.new_handle(self)

    def call(self, name: str, failed: Any, *args: Any) -> Any:
        """The function's result; `failed` when it raises, now or before."""
        if self.raised is not None:
            return failed
        try:
            return self.functions[name](*args)
        except BaseException as e:  # pylint: disable=broad-except # raised again by done()
            self.raised = e
            return failed

    def done(self) -> None:
        """Raises what a function raised."""
        raised, self.raised = self.raised, None
        if raised is not None:
            raise raised


def _hooked(name: str, failed: Any) -> None:
    def called(ctx: Any, *args: Any) -> Any:
        return ffi.from_handle(ctx).call(name, failed, *args)

    def between(_kind: Any, value: BaseException, trace: Any) -> None:
        """An interrupt outside of the function itself is its own as well."""
        ffi.from_handle(trace.tb_frame.f_locals["ctx"]).raised = value

    ffi.def_extern(name="py_" + name, error=failed, onerror=between)(called)


for _name, _failed in (
    ("alloc", NEVER),
    ("release", None),
    ("host", NEVER),
    ("read", 0),
    ("check", 1),
    ("progress", 1),
    ("rows", 1),
    ("tick", 1),
    ("text", None),
):
    _hooked(_name, _failed)
