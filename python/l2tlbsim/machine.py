# SPDX-License-Identifier: MulanPSL-2.0
"""The L2TLB itself, exact to the cycle: per cycle, or a whole stimulus in one call."""

from __future__ import annotations

import dataclasses
import hashlib
from contextlib import contextmanager
from typing import Any, Iterator

import numpy as np
import numpy.typing as npt

from ._core import (
    NEVER,
    Array,
    InputError,
    OrderError,
    Owner,
    SettingError,
    StuckError,
    check,
    failure,
    ffi,
    lib,
    pandas,
    pointer,
    structures,
    text,
    unsigned,
)
from .config import Config, ConfigLike
from .memory import Memory
from .stimulus import ANSWER, EVENT, INPUTS, OUTPUTS, REQUEST, controls_of

_DIGEST = 16  # bytes of the checksum before a saved state
_SIZES = INPUTS.itemsize, OUTPUTS.itemsize
_IN_FLIGHT = 320  # answers of earlier calls that may come


@dataclasses.dataclass(frozen=True)
class RunResult:
    """What a run gave. Times are cycles of the machine, counted from reset."""

    answers: Array  # ANSWER, shape (answers,), in the order in which they were taken
    accepted: npt.NDArray[np.uint64]  # shape (requests,): cycle in which each was taken; NEVER: not (yet)
    reads: npt.NDArray[
        np.uint64
    ]  # addresses of the reads of channel A (lines of 64 bytes), the first 32 per request
    read_count: int  # all of them
    cycles: int  # that passed
    requests_taken: tuple[int, int]  # per port
    controls_taken: int
    dropped: int  # requests of this run that a flush dropped
    requests: Array  # REQUEST, shape (requests,): the stimulus

    @property
    def latency(self) -> npt.NDArray[np.int64]:
        """Cycles from acceptance to answer, shape (answers,); -1: unknown (a defect lost its request)."""
        known = self.answers["accepted"] != NEVER
        return np.where(known, self.answers["cycle"] - self.answers["accepted"], NEVER).astype(np.int64)

    @property
    def pages(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
        """(host page of 4 KiB, fault) of each answer for its request, both of shape (answers,).

        The page is 0 where there is a fault. Stages are combined; rights are not checked (the L1 TLBs do that).
        """
        n = len(self.answers)
        ppn, fault = np.zeros(n, np.uint64), np.zeros(n, np.uint8)
        if n:
            lib.batch_pages(
                n,
                pointer(self.answers, "struct l2tlb_answer"),
                len(self.requests),
                pointer(
                    structures(self.requests, "struct l2tlb_timed_request"), "struct l2tlb_timed_request"
                ),
                ffi.cast("uint64_t *", ppn.ctypes.data),
                ffi.cast("uint8_t *", fault.ctypes.data),
            )
        return ppn, fault

    def frame(self) -> Any:
        """A DataFrame with a row per answer: tag, port, s2xlate, accepted, answered, latency (cycles), page, fault."""
        a = self.answers
        page, fault = self.pages
        columns = {
            "tag": a["resp"]["tag"],
            "port": a["port"],
            "s2xlate": a["resp"]["s2xlate"],
            "accepted": a["accepted"],
        }
        columns |= {"answered": a["cycle"], "latency": self.latency, "page": page, "fault": fault}
        return pandas().DataFrame(columns)


class Machine(Owner):
    """One L2TLB behind its ports.

    A whole stimulus:

        r = machine.run(requests(vpn), memory, Controls().open_pmp().registers(2, satp=(8, 1, root)))

    Or cycle by cycle, as its testbench:

        machine.inputs.req[1].vpn, machine.inputs.req[1].valid = 0x40000, 1
        machine.settle()                       # all outputs of this cycle
        if machine.outputs.req_ready[1]: ...   # a handshake is valid and ready in the same cycle
        machine.tick()                         # the clock edge

    `inputs` and `outputs` are struct l2tlb_inputs and l2tlb_outputs of l2tlb/l2tlb.h, member by member.
    """

    def __init__(self, config: ConfigLike = None) -> None:
        """config: a Config, the name of a preset, or settings ({"preset": "cvm", "revision": "2026-03"})."""
        super().__init__()
        c = Config.of(config)
        status, out = 0, ffi.new("l2tlb_machine **")
        status = lib.l2tlb_machine_new(c._c, out)
        check(status, lib.l2tlb_cfg_message(c._c))
        self._wrap(ffi.gc(out[0], lib.l2tlb_machine_free))

    def _wrap(self, machine: Any) -> None:
        self._m = machine
        self._settled = False
        self._log: Any = None
        self.inputs: Any = ffi.new("struct l2tlb_inputs *")
        self.outputs: Any = ffi.new("struct l2tlb_outputs *")
        lib.l2tlb_inputs_init(self.inputs)
        self.outputs.size = ffi.sizeof("struct l2tlb_outputs")

    def _check(self, status: int) -> None:
        check(status, lib.l2tlb_machine_message(self._m))

    # --- cycle by cycle -------------------------------------------------------------------------

    def settle(self) -> Any:
        """Computes and returns `outputs` for `inputs` of this cycle. May be repeated before the tick."""
        if not self._lock.acquire(blocking=False):
            raise OrderError("the machine is in use by another thread")
        self.inputs.size, self.outputs.size = _SIZES  # of the structures behind them, whatever was assigned
        status = lib.l2tlb_machine_settle(self._m, self.inputs, self.outputs)
        self._lock.release()
        if status:
            self._check(status)
        return self.outputs

    def tick(self) -> None:
        """The clock edge, with the inputs of the last settle. OrderError: there was none."""
        if not self._lock.acquire(blocking=False):
            raise OrderError("the machine is in use by another thread")
        status = lib.l2tlb_machine_tick(self._m)
        self._lock.release()
        if status:
            self._check(status)

    def idle(self) -> int:
        """After a settle: cycles, this one included, that would pass without any change if the inputs stayed.

        0: this cycle changes something; NEVER: nothing will ever happen by itself.
        """
        return int(lib.l2tlb_machine_idle(self._m))

    def skip(self, cycles: int) -> None:
        """Lets that many quiet cycles pass in place of a tick."""
        with self._alone():
            self._check(lib.l2tlb_machine_skip(self._m, int(unsigned("cycles", cycles))))

    def cycles(self, inputs: Array, *, outputs: bool = True) -> Array:
        """Cycles in, cycles out: inputs of type INPUTS, shape (n,), each settled and ticked; returns OUTPUTS, shape (n,).

        Begin with blank_inputs(n). outputs=False: none are kept. An error names its cycle; those before it have passed.
        """
        given = structures(inputs, "struct l2tlb_inputs")
        if (given["size"] != INPUTS.itemsize).any():
            raise SettingError(f"a `size` of the inputs is not {INPUTS.itemsize}: blank_inputs() sets it")
        out = np.zeros(len(given) if outputs else 0, OUTPUTS)
        if outputs and len(given):
            out[0]["size"] = OUTPUTS.itemsize
        done = ffi.new("size_t *")
        with self._alone():
            to = pointer(out, "struct l2tlb_outputs")
            status = lib.l2tlb_machine_cycles(
                self._m, len(given), pointer(given, "struct l2tlb_inputs"), to, done
            )
            message = text(lib.l2tlb_machine_message(self._m))
        if status:
            raise failure(status, f"cycle {done[0]} of the inputs: {message}")
        return out

    # --- a whole stimulus -----------------------------------------------------------------------

    def run(
        self,
        requests: Array | None,
        memory: Memory,
        controls: Any = None,
        *,
        cycles: int = 0,
        watchdog: int = 100_000,
        reads: bool = True,
    ) -> RunResult:
        """Runs a stimulus through the machine with a memory behind it, in one call of the library.

        requests: of requests(), shape (n,), sorted by cycle. controls: Controls, or their array, each later than the one
        before. cycles: at most so many; 0: until all requests are taken and nothing moves any more. watchdog: cycles
        without any handshake that end it with StuckError, whose `result` holds what came before; 0: never. reads=False:
        the addresses of reads are not kept. Quiet cycles are skipped, which changes no result.
        """
        asked = structures(
            requests if requests is not None else np.zeros(0, REQUEST), "struct l2tlb_timed_request"
        )
        run = ffi.new("struct l2tlb_run *")
        keep = _Arrays(run, asked, structures(controls_of(controls), "struct l2tlb_control"), memory)
        run.cycles, run.watchdog = int(unsigned("cycles", cycles, 62)), int(unsigned("watchdog", watchdog))
        keep.room_for_reads(32 * len(asked) + 1024 if reads else 0)
        with self._alone(), memory._alone():
            status = lib.l2tlb_machine_run(self._m, run)
            message = text(lib.l2tlb_machine_message(self._m))
            answers = keep.answers[: run.answer_count]
        if status and status not in (lib.L2TLB_STUCK, lib.L2TLB_FULL):
            raise failure(status, message)
        result = RunResult(
            answers=answers,
            accepted=keep.accepted,
            reads=keep.reads[: min(run.read_count, run.read_room)],
            read_count=run.read_count,
            cycles=run.cycles_done,
            requests_taken=(run.requests_taken[0], run.requests_taken[1]),
            controls_taken=run.controls_taken,
            dropped=run.dropped,
            requests=asked,
        )
        if status:
            error = failure(status, message)
            if isinstance(error, StuckError):
                error.result = result
            raise error
        return result

    # --- state ----------------------------------------------------------------------------------

    @property
    def cycle(self) -> int:
        """Clock edges since reset."""
        return int(lib.l2tlb_machine_cycle(self._m))

    @property
    def reading(self) -> int:
        """Mask of the sources with a read under way."""
        return int(lib.l2tlb_machine_reading(self._m))

    def reset(self, csr: Array | None = None) -> None:
        """Back to the state after reset, with the registers at `csr` (as World.csr(); None: all 0). Cycle 0."""
        with self._alone():
            row = ffi.NULL
            if csr is not None:
                row = ffi.new("struct l2tlb_csr *")
                raw = np.asarray(csr)
                ffi.memmove(
                    row, pointer(np.ascontiguousarray(raw.reshape(1)), "struct l2tlb_csr"), ffi.sizeof(row[0])
                )
            self._check(lib.l2tlb_machine_reset(self._m, row))

    def counters(self) -> dict[str, int]:
        """Sums of the performance events since reset, by the names of the RTL."""
        n = lib.L2TLB_COUNTERS
        sums = ffi.new("uint64_t[]", n)
        with self._alone():
            self._check(lib.l2tlb_machine_counters(self._m, sums, n))
        return {text(lib.l2tlb_counter_name(i)): int(sums[i]) for i in range(n)}

    def dump(self) -> str:
        """State of every block as text."""
        length = ffi.new("size_t *")
        with self._alone():
            check(lib.l2tlb_machine_dump(self._m, ffi.NULL, 0, length))
            room = ffi.new("char[]", length[0] + 1)
            check(lib.l2tlb_machine_dump(self._m, room, length[0] + 1, length))
        return text(room)

    def save(self) -> bytes:
        """The state between two cycles, for a machine of the same configuration and version."""
        with self._alone():
            size = lib.l2tlb_machine_state_size(self._m)
            room = ffi.new("char[]", size)
            self._check(lib.l2tlb_machine_save(self._m, room, size))
            state = bytes(ffi.buffer(room, size))
        return _digest(state) + state

    def restore(self, state: bytes) -> None:
        """Goes on from a saved state. InputError: it is damaged, or of another configuration or version."""
        inner = bytes(state[_DIGEST:])
        if bytes(state[:_DIGEST]) != _digest(inner):
            raise InputError("no saved state, or a damaged one")
        with self._alone():
            self._check(lib.l2tlb_machine_restore(self._m, ffi.from_buffer(inner), len(inner)))

    def copy(self) -> Machine:
        """A second machine in the same state."""
        other = Machine.__new__(Machine)
        Owner.__init__(other)
        with self._alone():
            out = ffi.new("l2tlb_machine **")
            self._check(lib.l2tlb_machine_copy(self._m, out))
        other._wrap(ffi.gc(out[0], lib.l2tlb_machine_free))
        return other

    # --- observation ----------------------------------------------------------------------------

    def locate(self) -> list[tuple[int, str]]:
        """After a settle: (tag, cause) of each request under way, what it waits for in this cycle."""
        room = 1024
        tag, cause = ffi.new("uint32_t[]", room), ffi.new("uint32_t[]", room)
        places = ffi.new("struct batch_places *", {"tag": tag, "cause": cause, "room": room})
        with self._alone():
            if lib.batch_places(self._m, places):
                raise OrderError("places are known between settle and tick")
        return [(int(tag[i]), text(lib.l2tlb_cause_id(cause[i])).lower()) for i in range(min(places.n, room))]

    @contextmanager
    def record_events(self, room: int = 1_000_000) -> Iterator[EventLog]:
        """Keeps the events of the machine inside a `with`, the first `room` of them (64 bytes each)."""
        if self._log is not None:
            raise OrderError("events are being recorded already")
        log = EventLog(int(unsigned("room", room, 40)))
        self._log = log
        with self._alone():
            lib.batch_observe(self._m, log._c)
        try:
            yield log
        finally:
            with self._alone():
                lib.batch_observe(self._m, ffi.NULL)
            self._log = None


def _digest(state: bytes) -> bytes:
    """The library trusts states; what travels needs a checksum."""
    return hashlib.blake2b(state, digest_size=_DIGEST).digest()


class EventLog:
    """Events of a machine as they came."""

    def __init__(self, room: int) -> None:
        self._array = np.empty(room, EVENT)
        self._c = ffi.new(
            "struct batch_events *", {"at": pointer(self._array, "struct l2tlb_machine_event"), "room": room}
        )

    @property
    def seen(self) -> int:
        """How many there were."""
        return int(self._c.n)

    @property
    def array(self) -> Array:
        """Those that were kept: EVENT, shape (min(seen, room),); kind is a number of event_names()."""
        return self._array[: self.seen].copy()


class _Arrays:
    """The arrays behind a struct l2tlb_run, which does not keep them alive."""

    def __init__(self, run: Any, asked: Array, controls: Array, memory: Memory) -> None:
        self.run = run
        self.asked, self.controls = asked, controls
        self.answers = np.empty(len(asked) + _IN_FLIGHT, ANSWER)
        self.accepted: npt.NDArray[np.uint64] = np.full(len(asked), NEVER, np.uint64)
        self.reads: npt.NDArray[np.uint64] = np.zeros(0, np.uint64)
        run.size = ffi.sizeof("struct l2tlb_run")
        run.memory = memory._m
        run.requests, run.request_count = pointer(asked, "struct l2tlb_timed_request"), len(asked)
        run.controls, run.control_count = pointer(controls, "struct l2tlb_control"), len(controls)
        run.answers, run.answer_room = pointer(self.answers, "struct l2tlb_answer"), len(self.answers)
        if len(asked):
            run.accepted = ffi.cast("uint64_t *", self.accepted.ctypes.data)

    def room_for_reads(self, room: int) -> None:
        self.reads = np.empty(room, np.uint64)
        self.run.read_room = room
        if room:
            self.run.reads = ffi.cast("uint64_t *", self.reads.ctypes.data)


def blank_inputs(n: int) -> Array:
    """Inputs of n cycles in which nothing is asked, all ready signals at 1: INPUTS, shape (n,)."""
    one = ffi.new("struct l2tlb_inputs *")
    lib.l2tlb_inputs_init(one)
    first = np.frombuffer(ffi.buffer(one), INPUTS)[0]
    return np.full(n, first, INPUTS)


def event_names() -> list[str]:
    """Kinds of events by number."""
    return [text(lib.l2tlb_event_name(i)) for i in range(lib.L2TLB_EVENT_KINDS)]


def causes() -> dict[str, str]:
    """What a request may wait for: name and explanation."""
    n = range(lib.l2tlb_causes())
    return {text(lib.l2tlb_cause_id(i)).lower(): text(lib.l2tlb_cause_explanation(i)) for i in n}
