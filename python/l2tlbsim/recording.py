# SPDX-License-Identifier: MulanPSL-2.0
"""Recordings of the RTL against the model."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable

from ._core import (
    CancelledError,
    Hooks,
    Path,
    StuckError,
    check as raise_for,
    failure,
    ffi,
    lib,
    path_bytes,
    text,
)
from .config import Config, ConfigLike

_ENDS = ("whole", "first difference", "stuck", "cancelled")


@dataclasses.dataclass(frozen=True)
class Check:
    """Outcome of a recording."""

    exact: bool  # the whole stimulus, and no difference
    end: str  # "whole", "first difference", "stuck", "cancelled"
    cycles: int  # that passed
    cycles_all: int  # of the stimulus
    events: int  # lines that were compared
    mismatches: int  # of them, those that differ
    dont_care: int  # of them, those that differ in fields without a meaning only
    first: str  # "SIGNAL got X expected Y" of the first difference; ""
    first_cycle: int | None  # its cycle; None: there is none, or it is in the sums of the last lines
    details: str  # on a difference: last events of both sides, state of every block

    def __bool__(self) -> bool:
        """Exact."""
        return self.exact


def check(
    stim: Path,
    gold: Path,
    config: ConfigLike = None,
    *,
    strict: bool = False,
    all: bool = False,
    skip: bool = True,
    watchdog: int = 200_000,
    progress: Callable[[], object] | None = None,
) -> Check:
    """Drives the model with a recorded stimulus and compares every output in every cycle (docs/recordings.md).

    strict: compare fields that carry no meaning as well. all: go on behind the first difference. skip: quiet cycles pass
    at once. watchdog: busy cycles without an event that end it with StuckError; 0: never. progress: called every 1024
    cycles; what is true and not None ends it with CancelledError. The `result` of both is the Check so far.
    """
    told: list[str] = []
    hooks = Hooks(
        tick=lambda: int(bool(progress())) if progress else 0,
        text=lambda c, n: told.append(ffi.buffer(c, n)[:].decode("utf-8", "replace")),
    )
    c = Config.of(config)
    k = ffi.new("struct l2tlb_check *")
    k.size, k.ctx = ffi.sizeof("struct l2tlb_check"), hooks.handle
    k.strict, k.all, k.no_skip, k.watchdog = strict, all, not skip, watchdog
    k.progress, k.details = lib.py_tick, lib.py_text
    status = lib.l2tlb_check_run(c._c, path_bytes(stim), path_bytes(gold), k)
    hooks.done()
    if status not in (lib.L2TLB_OK, lib.L2TLB_STUCK, lib.L2TLB_CANCELLED):
        raise_for(status, k.message)
    result = _result(k, "".join(told))
    if status:
        error: Any = failure(status)
        assert isinstance(error, (StuckError, CancelledError))
        error.result = result
        raise error
    return result


def _result(k: Any, details: str) -> Check:
    return Check(
        exact=not k.mismatches and k.end == lib.L2TLB_CHECK_WHOLE,
        end=_ENDS[k.end],
        cycles=k.cycles,
        cycles_all=k.cycles_all,
        events=k.events,
        mismatches=k.mismatches,
        dont_care=k.dont_care,
        first=text(k.first),
        first_cycle=k.first_cycle if k.mismatches and not k.at_end else None,
        details=details,
    )
