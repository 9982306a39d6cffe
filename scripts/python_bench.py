# SPDX-License-Identifier: MulanPSL-2.0
"""Cycles per second from Python, per cycle and batched, against C: python_bench.py PROGRAM (scripts/python_bench.sh).

The same stimulus goes through a machine in Python and in C (tests/bench/python_bench.c), by turns, nine times; the best time of
processor counts. Answers must be the same. Status 1: they are not, or a batch takes more than 1.5 times as long as in C.
"""
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

import l2tlbsim as l2
from l2tlbsim.stimulus import INPUTS
from percycle import drive

ROUNDS, REQUESTS, PAGES, PER_CYCLE = 9, 100_000, 4096, 30_000


def stimulus():
    """(memory, requests, controls): random pages, a request every other cycle."""
    memory = l2.Memory(lat=40, span=0, l2_sets=0)
    tables = l2.Tables("Sv39", memory, frames=(0x80000000, 0x81000000))
    tables.map_range(0x40000000, 0x90000000, PAGES * 4096, rights="rwxad", max_shift=12)
    draw = np.random.default_rng(1)
    cycle = 20 + np.cumsum(draw.integers(1, 4, REQUESTS))
    asked = l2.requests(0x40000 + draw.integers(0, PAGES, REQUESTS), cycle=cycle, port=draw.integers(0, 2, REQUESTS))
    return memory, asked, l2.Controls().open_pmp().registers(2, satp=tables.satp(asid=1))


def recorded(memory, asked, controls):
    """The inputs of the first cycles, as the driver in Python makes them."""
    machine, inputs = l2.Machine(), np.zeros(PER_CYCLE, INPUTS)
    settle = machine.settle

    def watched():
        inputs[machine.cycle] = np.frombuffer(l2._core.ffi.buffer(machine.inputs), INPUTS)[0]
        return settle()

    machine.settle = watched
    drive(machine, asked, memory.copy(), controls, 40, PER_CYCLE)
    return inputs


def timed(call):
    """(what it returns, seconds of processor time)."""
    start = time.process_time()
    result = call()
    return result, time.process_time() - start


def one_by_one(inputs):
    """Settle and tick with these inputs, copied cycle by cycle."""
    machine = l2.Machine()
    move, to, size = l2._core.ffi.memmove, machine.inputs, INPUTS.itemsize
    rows = [inputs[i : i + 1].tobytes() for i in range(len(inputs))]
    start = time.process_time()
    for row in rows:
        move(to, row, size)
        machine.settle()
        machine.tick()
    return time.process_time() - start


def main():
    """Prints the table."""
    memory, asked, controls = stimulus()
    inputs = recorded(memory, asked, controls)
    best = {}

    def note(what, seconds, cycles):
        best[what] = min(best.get(what, (1e9, 1)), (seconds, cycles))

    with tempfile.TemporaryDirectory() as folder:
        arrays = {"requests": asked, "controls": controls.array(), "inputs": inputs, "words": np.stack(memory.words(), 1)}
        for name, array in arrays.items():
            array.tofile(os.path.join(folder, name))
        for _ in range(ROUNDS):
            said = subprocess.run([sys.argv[1], folder, "1"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
            machine, behind = l2.Machine(), memory.copy()
            r, seconds = timed(lambda: machine.run(asked, behind, controls, watchdog=0, reads=False))
            total = 0
            for c in r.answers["cycle"].tolist():
                total = (total * 31 + c) % 2**64
            if (str(total), str(r.cycles)) != (said[2], said[3]):
                print("python_bench: Python and C give different answers")
                return 1
            note("C, a batch", float(said[0]), r.cycles)
            note("C, settle and tick", float(said[1]), PER_CYCLE)
            note("Python, a batch (run)", seconds, r.cycles)
            note("Python, arrays of cycles (cycles)", timed(lambda: l2.Machine().cycles(inputs))[1], PER_CYCLE)
            note("Python, settle and tick", one_by_one(inputs), PER_CYCLE)
            driven = timed(lambda: drive(l2.Machine(), asked, memory, controls, 40, PER_CYCLE))[1]
            note("Python, the same with requests and memory in Python", driven, PER_CYCLE)
    print(f"{'random requests, default machine':52} {'k cyc/s':>9} {'to C':>6}")
    for what, (seconds, cycles) in best.items():
        base = best["C, a batch" if "batch" in what else "C, settle and tick"]
        ratio = seconds / cycles / (base[0] / base[1])
        print(f"{what:52} {cycles / seconds / 1000:9.0f} {ratio:6.2f}")
    slow = best["Python, a batch (run)"][0] > 1.5 * best["C, a batch"][0]
    if slow:
        print("python_bench: a batch takes more than 1.5 times as long as in C")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
