# SPDX-License-Identifier: MulanPSL-2.0
"""A machine driven cycle by cycle from Python, with a memory written in Python (docs/recordings.md 3, Memory)."""
import l2tlbsim as l2


class Lines:
    """Channel D: a read is answered `lat` cycles later, one line at a time, its beats `gap` cycles apart."""

    def __init__(self, memory, lat, gap=1):
        self.memory, self.lat, self.gap = memory, lat, gap
        self.waiting = []  # (ready, order, source, words)
        self.second = None  # (cycle, source, words)
        self.order = 0

    def accept(self, cycle, source, addr):
        """A read of channel A, accepted in this cycle."""
        self.waiting.append((cycle + self.lat, self.order, source, self.memory.read(addr, 8).tolist()))
        self.order += 1

    def beat(self, cycle):
        """(source, four words) of this cycle's beat, or None."""
        if self.second:
            at, source, words = self.second
            if cycle < at:
                return None
            self.second = None
            return source, words[4:]
        ready = [w for w in self.waiting if w[0] <= cycle]
        if not ready:
            return None
        first = min(ready)
        self.waiting.remove(first)
        self.second = (cycle + self.gap, first[2], first[3])
        return first[2], first[3][:4]


def set_csr(to, row):
    """A row of controls to the ports."""
    l2machine = l2._core.ffi
    l2machine.memmove(l2machine.addressof(to.csr), row["csr"].tobytes(), row["csr"].dtype.itemsize)
    l2machine.memmove(l2machine.addressof(to.fence), row["fence"].tobytes(), row["fence"].dtype.itemsize)
    l2machine.memmove(l2machine.addressof(to.csr_write), row["csr_write"].tobytes(), row["csr_write"].dtype.itemsize)


def end_pulses(inputs):
    """The pulses of the cycle before are over."""
    inputs.fence.valid = inputs.csr_write.valid = 0
    csr = inputs.csr
    csr.satp.changed = csr.vsatp.changed = csr.hgatp.changed = csr.mbmc.bclear = csr.virt_changed = 0


def drive(machine, requests, memory, controls, lat, cycles):
    """Clocks every cycle; returns (answers as (cycle, port, tag, ppn of entry 0), reads as (cycle, address))."""
    lines, inputs = Lines(memory, lat), machine.inputs
    queue = [[r for r in requests.tolist() if r[3] == port] for port in (0, 1)]
    at, control, rows = [0, 0], 0, controls.array()
    answers, reads = [], []
    settle, tick = machine.settle, machine.tick
    for cycle in range(cycles):
        if control and control <= len(rows):
            end_pulses(inputs)
        if control < len(rows) and rows[control]["cycle"] <= cycle:
            set_csr(inputs, rows[control])
            control += 1
        for port in (0, 1):
            q = inputs.req[port]
            q.valid = at[port] < len(queue[port]) and queue[port][at[port]][0] <= cycle
            if q.valid:
                _, q.vpn, q.tag, _, q.s2xlate, _, _ = queue[port][at[port]]
        beat = lines.beat(cycle)
        inputs.d.valid = beat is not None
        if beat:
            inputs.d.source, inputs.d.data = beat
        out = settle()
        if out.a_valid:
            lines.accept(cycle, out.a_source, out.a_address)
            reads.append((cycle, out.a_address))
        for port in (0, 1):
            if out.resp_valid[port]:
                r = out.resp[port]
                answers.append((cycle, port, r.tag, r.s1.ppn, list(r.s1.ppn_low)))
            at[port] += inputs.req[port].valid and out.req_ready[port]
        tick()
    return answers, reads
