#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Known tables in a real QEMU, for tests/snapshot/qemu.sh: load.py worlds ARCH | load.py run ARCH WORLD L2TLB

`run` works in a folder with ARCH.elf. It makes random tables (the same each time), starts QEMU with them, and
compares what `l2tlb snapshot` takes with what was loaded, by QMP, by the gdb stub and from dumps, and the walk of
every page with QEMU's gva2gpa. Prints one line; status 1 and the difference when something differs."""
import json
import os
import random
import re
import socket
import subprocess
import sys
import time

PAGE = 4096
RISCV = {"host39": 3, "host48": 4, "host57": 5, "guest39": 3, "guest48": 4, "guest57": 5, "all39": 3, "all48": 4}
ARM = ("host4", "host16", "host64", "guest4", "guest64")
PAGES = 300  # leaves of each stage 1
FRAMES = 16384  # of memory for tables


class Memory:
    """Words that are loaded, and places for tables."""

    def __init__(self, seed, base):
        self.words, self.random, self.base, self.used = {}, random.Random(seed), base, set()

    def table(self, size):
        """Zeroed memory that no other table has, aligned to its size."""
        n = max(1, size // PAGE)
        while True:
            at = self.random.randrange(FRAMES // n) * n
            if self.used.isdisjoint(range(at, at + n)):
                self.used.update(range(at, at + n))
                return self.base + at * PAGE


class Tables:
    """One stage. place(size): (address as entries name it, host address) of a new table."""

    def __init__(self, memory, place, shifts, root_bits, index_bits, entry):
        self.memory, self.place, self.shifts, self.entry = memory, place, shifts, entry
        self.root_bits, self.index_bits = root_bits, index_bits
        self.root, self.hosts = None, {}
        self.root = self.new(8 << root_bits)

    def new(self, size):
        address, host = self.place(size)
        for at in range(0, max(size, PAGE), PAGE):
            self.hosts[address + at] = host(at)
        return address

    def host(self, address):
        return self.hosts[address // PAGE * PAGE] + address % PAGE

    def map(self, va, pa, level):
        """False: something is there."""
        table, bits = self.root, self.root_bits
        for depth, shift in enumerate(self.shifts):
            at = self.host(table + 8 * ((va >> shift) & ((1 << bits) - 1)))
            if depth == level:
                if at in self.memory.words:
                    return False
                self.memory.words[at] = self.entry(pa, depth, True)
                return True
            old = self.memory.words.get(at)
            if old is None:
                table = self.new(8 << self.index_bits)
                self.memory.words[at] = self.entry(table, depth, False)
            elif self.entry(old, depth, None) is None:
                return False
            else:
                table = self.entry(old, depth, None)
            bits = self.index_bits
        return False


def rv_entry(flags):
    def entry(value, _, leaf):
        if leaf is None:  # where a pointer leads
            return None if value & 0xe else value >> 10 << 12
        return value >> 12 << 10 | (flags if leaf else 1)
    return entry


def arm_entry(flags, last):
    def entry(value, depth, leaf):
        if leaf is None:
            return value & 0xfffffffff000 if value & 3 == 3 and depth != last else None
        return value | (flags | (3 if depth == last else 1) if leaf else 3)
    return entry


def fill(t, memory, two, sizes, high, bits, physical):
    """Random leaves; in guest memory (two: maps it as well). Returns the addresses that are mapped."""
    found = []
    while len(found) < PAGES:
        level = memory.random.choice(sizes)
        shift = t.shifts[level]
        va = memory.random.getrandbits(bits) >> shift << shift
        if memory.random.random() < 0.7:  # near another one, so that tables fill up
            va = (found[-1] if found else va) + (1 << shift) >> shift << shift
        va &= (1 << bits) - 1
        pa = memory.random.randrange(physical >> shift) << shift
        if not t.map(va, pa, level):
            continue
        if two is not None:
            two(pa, shift)
        sign = high and va >> (bits - 1)
        offset = memory.random.randrange(1 << shift) & ~7
        found.append(va + offset | (((1 << 64) - 1) >> bits << bits if sign else 0))
    return found


def riscv(world):
    """Registers of the program, words, addresses."""
    levels, memory = RISCV[world], Memory(world, 0x80400000)
    shifts = [12 + 9 * i for i in reversed(range(levels))]
    mode = (levels + 5) << 60
    state = {"satp": 0, "vsatp": 0, "hgatp": 0}

    def host_place(size):
        at = memory.table(size)
        return at, lambda i: at + i

    addresses = []
    if world[0] in "ha":
        t = Tables(memory, host_place, shifts, 9, 9, rv_entry(0xcf))
        t.map(0x80000000, 0x80000000, levels - 2)
        addresses = fill(t, memory, None, range(levels - 3, levels), True, 12 + 9 * levels, 1 << 40)
        state["satp"] = mode | 0x12 << 44 | t.root >> 12
    if world[0] in "ga":
        g = Tables(memory, host_place, shifts, 11, 9, rv_entry(0xdf))
        g.map(0x80000000, 0x80000000, levels - 2)
        next_page = [0x1000]

        def guest_place(size):
            at = next_page[0]
            next_page[0] += size
            hosts = {}
            for i in range(0, size, PAGE):
                hosts[i] = memory.table(PAGE)
                g.map(at + i, hosts[i], levels - 1)
            return at, lambda i: hosts[i]

        def two(gpa, shift):
            for at in range(gpa, gpa + min(1 << shift, 4 * PAGE), PAGE):
                g.map(at, memory.random.randrange(1 << 22) << 12, levels - 1)

        t = Tables(memory, guest_place, shifts, 9, 9, rv_entry(0xcf))
        t.map(0x80000000, 0x80000000, levels - 2)
        found = fill(t, memory, two, range(levels - 2, levels), True, 12 + 9 * levels, 1 << 34)
        state["vsatp"] = mode | 0x34 << 44 | t.root >> 12
        state["hgatp"] = mode | 0x5 << 44 | g.root >> 12
        addresses = found if world[0] == "g" else addresses
    status = {"h": 1 << 11, "g": 1 << 39 | 1 << 11, "a": 0}[world[0]]
    block = [state["satp"], state["vsatp"], state["hgatp"], status, 0]
    return 0x80100000, block, memory, addresses


def arm(world):
    kib = int(re.search(r"\d+", world).group())
    page = {4: 12, 16: 14, 64: 16}[kib]
    index, memory = page - 3, Memory(world, 0x41000000)
    last = 3 if page != 16 else 2
    shifts = [page + index * i for i in reversed(range(last + 1))]
    root = 48 - shifts[0]

    def host_place(size):
        at = memory.table(size)
        return at, lambda i: at + i

    def code(t, level):  # of the program
        for at in range(0x40000000, 0x40002000, 1 << page):
            t.map(at, at, level)

    one = arm_entry(1 << 10 | 3 << 8, last)
    sizes = range(last - 1, last + 1)
    tg = {4: 0, 16: 2, 64: 1}[kib]
    hcr, vtcr, vttbr = 1 << 31, 1 << 31, 0
    if world[0] == "h":
        t = Tables(memory, host_place, shifts, root, index, one)
        code(t, last)
        addresses = fill(t, memory, None, sizes, False, 48, 1 << 39)
    else:
        # 40 bits: 4 KiB two joined tables at level 1, 64 KiB one table at level 2
        s2 = [s for s in shifts if s < 39]
        g = Tables(memory, host_place, s2, 40 - s2[0], index, arm_entry(1 << 10 | 3 << 8 | 0xfc, len(s2) - 1))
        code(g, len(s2) - 1)
        next_page = [0x100000]

        def guest_place(size):
            size = max(size, 1 << page)
            at = next_page[0]
            next_page[0] += size
            hosts = {}
            for i in range(0, size, 1 << page):
                block = memory.table(1 << page)
                for j in range(0, 1 << page, PAGE):
                    hosts[i + j] = block + j
                g.map(at + i, block, len(s2) - 1)
            return at, lambda i: hosts[i]

        def two(ipa, shift):
            for at in range(ipa, ipa + min(1 << shift, 4 << page), 1 << page):
                g.map(at, memory.random.randrange(1 << 23) << page & (1 << 39) - 1, len(s2) - 1)

        t = Tables(memory, guest_place, shifts, root, index, one)
        code(t, last)
        addresses = fill(t, memory, two, sizes, False, 48, 1 << 34)
        hcr |= 1
        vttbr = 7 << 48 | g.root
        vtcr |= 24 | 1 << 6 | tg << 14 | 2 << 16 | 3 << 12 | 1 << 10 | 1 << 8
    tcr = 16 | tg << 14 | 1 << 23 | {4: 2, 16: 1, 64: 3}[kib] << 30 | 16 << 16 | 2 << 32 | 3 << 12 | 1 << 10 | 1 << 8
    block = [tcr, t.root | 9 << 48, 0, 0xff, 0x30d00801 | 1 << 0, vtcr, vttbr, hcr, 0x3c5]
    return 0x40200000, block, memory, addresses


class Monitor:
    def __init__(self, path):
        for _ in range(600):
            try:
                self.s = socket.socket(socket.AF_UNIX)
                self.s.connect(path)
                break
            except OSError:
                time.sleep(0.05)
        self.f = self.s.makefile("rw")
        self.f.readline()
        self("qmp_capabilities")

    def __call__(self, name, **arguments):
        self.f.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.f.flush()
        while True:
            answer = json.loads(self.f.readline())
            if "error" in answer:
                raise RuntimeError(f"{name}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def hmp(self, line):
        return self("human-monitor-command", **{"command-line": line})

    def close(self):
        self.f.close()
        self.s.close()


def read_image(path):
    words, regs = {}, {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            w = line.split("#")[0].split()
            if len(w) == 3:
                regs[w[1]] = w[2]
            elif w:
                words[int(w[0], 16)] = int(w[1], 16)
    return words, regs


def snapshot(l2tlb, source, image, *options):
    done = subprocess.run([l2tlb, "snapshot", *options, source, image], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{source}: {done.stderr.strip()}")
    return done.stdout


def same_words(what, image, memory, shared):
    got = read_image(image)[0]
    want = memory.words
    extra = {a for a in got if a not in want} - shared
    lost = [a for a in want if got.get(a) != want[a]]
    if lost or extra:
        raise RuntimeError(f"{what}: {len(lost)} words differ, {len(extra)} are too many "
                           f"({', '.join('%x' % a for a in (lost + sorted(extra))[:3])})")
    return len(want)


def compare_walks(l2tlb, arch, monitor, addresses, image):
    """Each address: QEMU's gva2gpa against walk. Returns how many QEMU maps."""
    with open("addresses", "w", encoding="utf-8") as f:
        f.writelines("%x\n" % a for a in addresses)
    walk = subprocess.run([l2tlb, "walk", "--arch", arch, "--image", image, "--addresses", "addresses", "--expect", "any",
                           "--report", "json"] + (["--pma", "none"] if arch == "riscv64" else []), capture_output=True,
                          text=True, check=False)
    if walk.returncode:
        raise RuntimeError(f"walk: {walk.stderr.strip()}")
    mapped = 0
    for a, row in zip(addresses, json.loads(walk.stdout)):
        said = re.match(r"gpa: 0x([0-9a-f]+)", monitor.hmp("gva2gpa 0x%x" % a))
        qemu = int(said.group(1), 16) if said else None
        ours = int(row["result"], 16) if row["result"] else None
        if qemu != ours:
            raise RuntimeError(f"{a:x}: QEMU {qemu and hex(qemu)}, walk {ours and hex(ours)}")
        mapped += qemu is not None
    return mapped


def start(arch, block_at, block, memory):
    low = memory.base
    with open("tables.raw", "wb") as f:
        for address, word in memory.words.items():
            f.seek(address - low)
            f.write(word.to_bytes(8, "little"))
    machine = {"riscv64": "-machine virt -bios none -cpu rv64,h=true",
               "aarch64": "-machine virt,virtualization=on -cpu max"}[arch]
    command = [f"qemu-system-{arch}", *machine.split(), "-m", "256M", "-nic", "none", "-nographic", "-monitor", "none",
               "-serial", "none", "-kernel", f"{arch}.elf", "-qmp", "unix:q.sock,server=on,wait=off", "-device",
               "loader,file=tables.raw,addr=0x%x,force-raw=on" % low]
    for i, value in enumerate(block):
        command += ["-device", "loader,addr=0x%x,data=0x%x,data-len=8" % (block_at + 8 * i, value)]
    for name in ("q.sock", "g.sock"):
        if os.path.exists(name):
            os.unlink(name)
    with open("qemu.err", "wb") as err:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err)


def main():
    if sys.argv[1] == "worlds":
        print(*(RISCV if sys.argv[2] == "riscv64" else ARM))
        return
    _, _, arch, world, l2tlb = sys.argv
    block_at, block, memory, addresses = (riscv if arch == "riscv64" else arm)(world)
    qemu = start(arch, block_at, block, memory)
    try:
        shared = set(range(block_at, block_at + 8 * len(block), 8))
        monitor = Monitor("q.sock")
        time.sleep(0.3)  # the program sets the registers
        monitor.close()
        text = snapshot(l2tlb, "qmp:q.sock", "a.image")  # with a stub of its own
        words = same_words("qmp", "a.image", memory, shared)
        if ("not complete" in text) != (arch == "riscv64" and world[0] == "g") or "is not mapped" in text:
            raise RuntimeError("the report: " + text)
        monitor = Monitor("q.sock")
        monitor.hmp("gdbserver unix:g.sock,server=on,wait=off")
        monitor.close()
        snapshot(l2tlb, "gdb:g.sock", "b.image")
        same_words("gdb", "b.image", memory, shared)
        if read_image("a.image") != read_image("b.image"):
            raise RuntimeError("the two protocols give different images")
        snapshot(l2tlb, "qmp:q.sock", "b.image")  # with the stub that is there now
        monitor = Monitor("q.sock")
        if not monitor("query-status")["running"]:
            raise RuntimeError("the machine does not run any more")
        monitor("stop")
        kinds = 0
        with open("regs", "w", encoding="utf-8") as f:
            f.writelines(f"{n}={v}\n" for n, v in read_image("a.image")[1].items())
        for name, form in (("core", {}), ("kdump", {"format": "kdump-zlib"})):
            monitor("dump-guest-memory", paging=False, protocol="file:" + name, **form)
            try:
                snapshot(l2tlb, name, "b.image", "--regs", "regs")
            except RuntimeError as e:
                if "built without" in str(e):
                    continue
                raise
            same_words(name, "b.image", memory, shared)
            kinds += 1
        mapped = 0 if world.startswith("all") else compare_walks(l2tlb, arch, monitor, addresses, "a.image")
        print(f"{arch} {world}: {words} words the same by gdb and QMP and in {kinds} dumps; gva2gpa agrees with the walk of "
              f"{0 if world.startswith('all') else len(addresses)} addresses ({mapped} mapped)")
    except RuntimeError as e:
        sys.exit(f"{e}")
    finally:
        qemu.terminate()
        qemu.wait()


main()
