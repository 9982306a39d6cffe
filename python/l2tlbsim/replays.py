# SPDX-License-Identifier: MulanPSL-2.0
"""Whole replays of traces, as `l2tlb replay` makes them, in the library: no program is started."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, Callable, Mapping

import numpy as np

from ._core import (
    Array,
    CancelledError,
    Hooks,
    Owner,
    Path,
    StuckError,
    c_text,
    check,
    dtype_of,
    failure,
    ffi,
    lib,
    number_setting,
    pandas,
    path_bytes,
    setting,
    text,
)
from .config import Config, ConfigLike
from .report import Report

ROW = dtype_of("struct l2tlb_replay_request")

KINDS = ("one-stage", "VS-only", "G-only", "two-stage")  # by s2xlate
PATHS = ("L0", "SP", "L1", "L2", "L3", "root")
G_SIDES = ("none", "cached", "walked")
FAULTS = ("none", "page", "access", "guest page", "guest access")


@dataclasses.dataclass(frozen=True)
class Latency:
    """Latencies of L2TLB requests, cycles from acceptance to answer.

    Quantiles are exact up to 1023 cycles, else the upper end of a bin.
    """

    count: int
    sum: int
    min: int
    max: int
    p50: int
    p90: int
    p99: int
    p999: int

    @property
    def mean(self) -> float:
        """Cycles."""
        return self.sum / self.count if self.count else float("nan")


@dataclasses.dataclass(frozen=True)
class Figures:
    """Sums of a replay. Pairs are of the instruction side and the data side."""

    whole: bool  # of the whole trace
    records: int
    accesses: int
    instructions: int
    fences: int
    switches: int
    csr_writes: int
    unmappable: int  # accesses to addresses that the world cannot map
    cycles: int
    busy_cycles: int  # in which a request was in flight
    accepted: tuple[int, int]
    answered: tuple[int, int]
    flushed: tuple[int, int]
    latency: Latency  # of all requests
    latency_by_kind: dict[str, Latency]
    causes: dict[str, dict[str, int]]  # cycles of answered requests, by kind and cause
    faults: dict[str, int]  # answers
    mem_reads: int  # reads of channel A
    ptw_walks: int
    ptw_busy: int  # cycles
    hptw_walks: int
    hptw_busy: int  # cycles
    llptw_in: int
    prefetches: int
    prefetches_used: int
    counters: dict[str, int]  # sums of io_perf_N
    judged: int  # answers that the oracle saw
    wrong: int  # of them, those that it found wrong
    checks: int  # sums that must agree
    checks_failed: int


class Replay(Report):
    """What a replay gave: its report with the tables as DataFrames (pandas), the figures behind it, a row per request."""

    def __init__(
        self, data: Mapping[str, Any], figures: Figures, texts: Callable[[str], str], rows: Array | None
    ) -> None:
        super().__init__(data)
        self.figures = figures
        self._texts = texts
        self._request_rows = rows

    def text(self, form: str = "summary") -> str:
        """The report as "summary" (its first screen), "text", "json", "csv" or "html"."""
        return self._texts(form)

    @property
    def request_rows(self) -> Array:
        """Every answered request in the order of the answers: ROW, shape (answers,)."""
        if self._request_rows is None:
            raise ValueError("no rows: replay(..., requests=True) keeps them")
        return self._request_rows

    @property
    def requests(self) -> Any:
        """DataFrame with a row per answered request: vpn, accepted (cycle), latency (cycles), reads (of tables), port, kind,
        path (where the walk began), g_side, s1_level, g_level (4: no such stage), fault (bits), and the cycles of each cause.
        """
        a = self.request_rows
        names = ("vpn", "accepted", "tag", "latency", "reads", "port", "s1_level", "g_level", "fault")
        columns: dict[str, Any] = {n: a[n] for n in names}
        columns["kind"] = _words(KINDS, a["s2xlate"])
        columns["path"] = _words(PATHS, a["path"])
        columns["g_side"] = _words(G_SIDES, a["g_side"])
        for i, cause in enumerate(_causes()):
            columns[cause] = a["cause"][:, i]
        return pandas().DataFrame(columns)

    def __repr__(self) -> str:
        f = self.figures
        return f"<Replay of {f.accesses} accesses: {f.latency.count} requests, mean latency {f.latency.mean:.2f} cycles>"


def replay(
    trace: Path,
    config: ConfigLike = None,
    *,
    world: Mapping[str, Any] | None = None,
    memory: Mapping[str, Any] | None = None,
    requests: bool = False,
    progress: Callable[[int, int, int, int], object] | None = None,
    **options: Any,
) -> Replay:
    """Replays a trace through the machine with the L1 side in front of it (docs/replay.md says what that means).

    config: a preset, settings, or a Config (of Config(replay=True), unless errata.L3 shall be as in the RTL). world,
    memory: settings of `l2tlb replay --world help` and `--mem help` ({"stages": "two"}, {"lat": 100}). options: those of the
    command with _ for -: seed, oracle, first_touch, untranslated, no_skip, window_load, interval, interval_unit, roi_from,
    roi_to, watchdog, arch, ... requests: keep a row per request (128 bytes each). progress: called now and then with
    (records, cycles, bytes of the file so far, bytes in all); what is true and not None ends the replay (CancelledError).

    InputError: trace or image. StuckError, CancelledError: their `result` is the Replay of the records so far.
    """
    c = Config.of(config, replay=True)
    out = ffi.new("l2tlb_replay **")
    check(lib.l2tlb_replay_new(c._c, out), lib.l2tlb_cfg_message(c._c))
    r = ffi.gc(out[0], lib.l2tlb_replay_free)
    settings = {k.replace("_", "-"): v for k, v in options.items()}
    settings = {
        **{k: settings.pop(k) for k in ("arch",) if k in settings},
        **settings,
    }  # it sets the world of it
    pairs = [(k, setting(v)) for k, v in settings.items()]
    pairs += [("world." + k, number_setting(v)) for k, v in (world or {}).items()]
    pairs += [("mem." + k, number_setting(v)) for k, v in (memory or {}).items()]
    for key, value in pairs:
        check(lib.l2tlb_replay_set(r, c_text(key), value), lib.l2tlb_replay_message(r))
    blocks: list[Array] = []
    status = _run(r, trace, blocks if requests else None, progress)
    message = text(lib.l2tlb_replay_message(r))
    partial = status in (lib.L2TLB_STUCK, lib.L2TLB_CANCELLED)
    if status and not partial:
        raise failure(status, message)
    rows = (np.concatenate(blocks) if blocks else np.zeros(0, ROW)) if requests else None
    owner = Owner()

    def texts(form: str) -> str:
        with owner._alone():
            return _text(r, form)

    result = Replay(json.loads(texts("json")), _figures(r), texts, rows)
    if partial:
        error = failure(status, message)
        assert isinstance(error, (StuckError, CancelledError))
        error.result = result
        raise error
    return result


def _run(
    r: Any, trace: Path, blocks: list[Array] | None, progress: Callable[[int, int, int, int], object] | None
) -> int:
    def on_progress(p: Any) -> int:
        assert progress is not None
        answer = progress(p.records, p.cycles, p.bytes, p.bytes_all)
        return int(answer is not None and bool(answer))

    def on_rows(rows: Any, n: int) -> int:
        assert blocks is not None
        blocks.append(np.frombuffer(ffi.buffer(rows, n * ROW.itemsize), ROW).copy())
        return 0

    hooks = Hooks(progress=on_progress, rows=on_rows)
    h = ffi.new("struct l2tlb_replay_hooks *")
    h.size, h.ctx = ffi.sizeof("struct l2tlb_replay_hooks"), hooks.handle
    # Always there: it lets Control-C end a replay.
    h.progress = lib.py_progress
    if progress is None:
        hooks.functions["progress"] = lambda p: 0
    if blocks is not None:
        h.requests = lib.py_rows
    status = int(lib.l2tlb_replay_run(r, path_bytes(trace), h))
    hooks.done()
    return status


def _text(r: Any, form: str) -> str:
    out, length = ffi.new("const char **"), ffi.new("size_t *")
    check(lib.l2tlb_replay_report(r, c_text(form), out, length), lib.l2tlb_replay_message(r))
    return ffi.buffer(out[0], length[0])[:].decode()  # type: ignore[no-any-return]


def _causes() -> list[str]:
    return [text(lib.l2tlb_cause_id(i)).lower() for i in range(lib.l2tlb_causes())]


def _words(names: tuple[str, ...], numbers: Array) -> Any:
    return pandas().Categorical.from_codes(numbers.astype(np.int8), categories=list(names))


def _latency(c: Any) -> Latency:
    return Latency(**{f.name: int(getattr(c, f.name)) for f in dataclasses.fields(Latency)})


def _figures(r: Any) -> Figures:
    f = ffi.new("struct l2tlb_replay_figures *")
    f.size = ffi.sizeof("struct l2tlb_replay_figures")
    check(lib.l2tlb_replay_get_figures(r, f))
    values: dict[str, Any] = {}
    for field in dataclasses.fields(Figures):
        if hasattr(f, field.name):
            value = getattr(f, field.name)
            values[field.name] = (
                int(value) if isinstance(value, int) else tuple(value) if len(value) == 2 else value
            )
    names = _causes()
    values["whole"] = bool(f.whole)
    values["latency"] = _latency(f.all)
    values["latency_by_kind"] = {k: _latency(f.kind[i]) for i, k in enumerate(KINDS)}
    values["causes"] = {k: dict(zip(names, map(int, f.cause[i]))) for i, k in enumerate(KINDS)}
    values["faults"] = dict(zip(FAULTS, map(int, f.faults)))
    values["counters"] = {text(lib.l2tlb_counter_name(i)): int(n) for i, n in enumerate(f.counter)}
    return Figures(**values)
