#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Helpers of scripts/capture-vm.sh.

  scripts/vm.py qmp SOCKET COMMAND...     sends QMP commands (stop, cont, quit, ...) to a QEMU; those with a
                                          blank are of its human monitor
  scripts/vm.py source TEXT TRACE...      sets the line `source` in the header of traces (gzip)
  scripts/vm.py compare SOCKET host|guest s|u L2TLB IMAGE
                                          a snapshot of the live machine while it is in the host or the guest, in S or U
                                          mode (EL1, EL0); then a word of each page of its tables, and those before
                                          and after each range: `tables` and `walk` against QEMU's gva2gpa
  scripts/vm.py vms SOCKET COUNT L2TLB NAME
                                          looks at hart 0 until it has run COUNT guests, then stops the machine once in its
                                          host and takes the host's tables and stage 2 of each guest as NAME.vmN.image
                                          (N: VMID), all of the same moment; for `tables --audit`
  scripts/vm.py poke GDB-SOCKET ADDRESS VALUE
                                          a 64-bit word of physical memory (hexadecimal), by QEMU's gdb stub; the machine
                                          stands afterwards

Status 0, or 2 and one line that says what went wrong; compare: 1 if an address differs."""
import bisect
import csv
import gzip
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

BATCH, TRIES = 500, 500  # commands on their way at a time; stops until a mode is found
WAIT, PAUSE = "120", 0.3  # seconds until the host is met, and between looks at it


class Monitor:
    def __init__(self, path):
        self.path = path
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(60)
        self.s.connect(path)
        self.stream = self.s.makefile("rw", encoding="utf-8")
        json.loads(self.stream.readline())  # the greeting
        self.run("qmp_capabilities")

    def close(self):
        self.stream.close()
        self.s.close()

    def send(self, command, **arguments):
        self.stream.write(json.dumps({"execute": command, "arguments": arguments}, separators=(",", ":")) + "\n")

    def answer(self, command):
        self.stream.flush()
        while True:  # events come between the answers
            line = self.stream.readline()
            if not line:
                if command == "quit":
                    return None
                raise ValueError(f"QEMU closed {self.path}")
            answer = json.loads(line)
            if "error" in answer:
                raise ValueError(f"{command}: {answer['error'].get('desc', answer['error'])}")
            if "return" in answer:
                return answer["return"]

    def run(self, command, **arguments):
        self.send(command, **arguments)
        return self.answer(command)


def qmp(path, commands):
    monitor = Monitor(path)
    for command in commands:
        name, _, line = command.partition(" ")
        if line:
            monitor.run("human-monitor-command", **{"command-line": command})
        else:
            monitor.run(name)
    monitor.close()


def set_source(path, text):
    new = path + ".new"
    with gzip.open(path) as old, open(new, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as out:
        for line in old:
            if line.startswith(b"source "):
                line = f"source {text}\n".encode()
            out.write(line)
            if line == b"run\n":
                break
        else:
            raise ValueError(f"{path} is no trace")
        while block := old.read(1 << 20):
            out.write(block)
    os.replace(new, path)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(done.stderr.strip() or f"{command[1]}: status {done.returncode}")
    return done.stdout


def stand(path, l2tlb, image, world, priv):
    """Leaves the machine stopped in that world and mode, its tables in image. Returns the architecture."""
    wanted = {"s": ("S", "EL1"), "u": ("U", "EL0")}[priv]
    for _ in range(TRIES):
        said = run(l2tlb, "snapshot", "--stay", "--want", world, f"qmp:{path}", image)
        arch, mode = re.search(r"^  state +([^,]+), ([^,]+),", said, re.M).groups()
        if mode in wanted:
            sys.stdout.write(said)
            return {"RISC-V": "riscv64", "AArch64": "aarch64"}[arch]
        qmp(path, ["cont"])
    raise ValueError(f"never seen in {world} and {wanted[0]} or {wanted[1]} mode, {TRIES} tries")


def pages(listed, world):
    """{address: where the tables lead, None: nowhere}: the first or last word of each page, and what lies beside the
    ranges; and the number of pages."""
    rows = list(csv.DictReader(io.StringIO(listed)))
    names = {r["map"] for r in rows}
    wanted = {"host": ("host",), "guest": ("both", "guest") if "both" in names else ("guest",)}[world]
    ranges = sorted((int(r["first"], 16), int(r["last"], 16), int(r["physical"], 16)) for r in rows if r["map"] == wanted[0])
    count, addresses = 0, set()
    for r in (r for r in rows if r["map"] in wanted):
        first, last = int(r["first"], 16), int(r["last"], 16)
        addresses.update(((first - 8) % (1 << 64), first, last - 7, (last + 1) % (1 << 64)))
        if r["map"] == wanted[0]:
            size = min(int(r[name]) for name in ("page", "page2") if r[name])
            addresses.update(page + (size - 8 if page // size & 1 else 0) for page in range(first, last, size))
            count += (last - first + 1) // size

    def where(address):
        at = bisect.bisect_right(ranges, (address, 1 << 64)) - 1
        return ranges[at][2] + address - ranges[at][0] if at >= 0 and address <= ranges[at][1] else None
    return {a: where(a) for a in sorted(addresses)}, count


def compare(path, world, priv, l2tlb, image):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the machine goes on
    Monitor(path).close()  # somebody is there
    try:
        arch = stand(path, l2tlb, image, world, priv)
        tables, count = pages(run(l2tlb, "tables", "--arch", arch, "--report", "csv", image), world)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as f:
            f.writelines("%x\n" % a for a in tables)
            f.flush()
            options = ["--pma", "none", "--virt", str(int(world == "guest"))] if arch == "riscv64" else []
            walks = json.loads(run(l2tlb, "walk", "--arch", arch, "--image", image, "--priv", priv, *options, "--expect", "any",
                                   "--report", "json", "--addresses", f.name))
        monitor = Monitor(path)
        addresses, said = list(tables), []
        for i in range(0, len(addresses), BATCH):  # QEMU answers in order
            for a in addresses[i:i + BATCH]:
                monitor.send("human-monitor-command", **{"command-line": "gva2gpa 0x%x" % a})
            said += [monitor.answer("gva2gpa") for _ in addresses[i:i + BATCH]]
        monitor.close()
    finally:
        qmp(path, ["cont"])
    refused = differ = 0
    for a, row, text in zip(addresses, walks, said):
        hit = re.match(r"gpa: 0x([0-9a-f]+)", text)
        qemu = int(hit.group(1), 16) if hit else None
        walk = int(row["result"], 16) if row["result"] else None
        refused += tables[a] is not None and qemu is None
        if qemu != walk or walk not in (None, tables[a]):
            differ += 1
            if differ <= 10:
                print("%x: QEMU %s, walk %s, tables %s" % (a, *("-" if x is None else "%x" % x for x in (qemu, walk, tables[a]))))
    print(f"compare: {count} pages, {len(tables)} addresses, {refused} of them without the right for it: {differ} differ")
    return 1 if differ or not count else 0


def register(image, name):
    with open(image, encoding="utf-8") as f:
        hit = re.search(rf"^csr {name} ([0-9a-f]+)$", f.read(), re.M)
    return int(hit.group(1), 16) if hit else 0


def vms(path, count, l2tlb, name):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    guests = {}  # root: hgatp
    for _ in range(TRIES):  # hgatp is that of the guest that runs or ran last
        with tempfile.NamedTemporaryFile(suffix=".image") as met:
            run(l2tlb, "snapshot", f"qmp:{path}", met.name)
            hgatp = register(met.name, "hgatp")
        if hgatp:
            guests[hgatp & ((1 << 44) - 1)] = hgatp
        if len(guests) == count:
            break
        time.sleep(PAUSE)
    else:
        raise ValueError(f"{len(guests)} guests instead of {count} in {TRIES} tries")
    try:
        first = ["--want", "host", "--timeout", WAIT]
        for hgatp in sorted(guests.values()):
            image = f"{name}.vm{hgatp >> 44 & 0x3fff}.image"
            sys.stdout.write(run(l2tlb, "snapshot", "--stay", *first, "--reg", f"hgatp={hgatp:x}", "--reg", "vsatp=0",
                                 f"qmp:{path}", image))
            first = []
    finally:
        qmp(path, ["cont"])


def poke(path, address, value):
    """Packets of GDB's remote serial protocol. Closing the socket leaves the machine as it is: it stands."""
    data = int(value, 16).to_bytes(8, "little").hex()
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(60)
        s.connect(path)
        stream = s.makefile("rb")
        for packet in ("Qqemu.PhyMemMode:1", f"M{int(address, 16):x},8:{data}", "Qqemu.PhyMemMode:0"):
            s.sendall(f"${packet}#{sum(packet.encode()) & 255:02x}".encode())
            answer = b""
            while not answer.endswith(b"#"):
                byte = stream.read(1)
                if not byte:
                    raise ValueError(f"QEMU closed {path}")
                answer += byte
            stream.read(2)  # the checksum
            s.sendall(b"+")
            if answer.lstrip(b"+") != b"$OK#":
                raise ValueError(f"{packet}: the stub said {answer.decode()}")


def main():
    if len(sys.argv) == 7 and sys.argv[1] == "compare" and sys.argv[3] in ("host", "guest") and sys.argv[4] in ("s", "u"):
        pass
    elif len(sys.argv) == 6 and sys.argv[1] == "vms" and sys.argv[3].isdigit():
        pass
    elif len(sys.argv) == 5 and sys.argv[1] == "poke":
        pass
    elif len(sys.argv) < 4 or sys.argv[1] not in ("qmp", "source"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if sys.argv[1] == "qmp":
            qmp(sys.argv[2], sys.argv[3:])
        elif sys.argv[1] == "compare":
            return compare(*sys.argv[2:])
        elif sys.argv[1] == "vms":
            vms(sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
        elif sys.argv[1] == "poke":
            poke(*sys.argv[2:])
        else:
            for path in sys.argv[3:]:
                set_source(path, sys.argv[2])
    except (OSError, ValueError) as error:
        print(f"capture-vm: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
