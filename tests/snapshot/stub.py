#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""A debug stub for the tests of `l2tlb snapshot`: registers and memory of an image, and faults on demand.

stub.py SOCKET IMAGE LOG [KEY[=VALUE]...] serves one connection and ends. LOG gets a line per packet or command.
  arch=aarch64   architecture in the target description (default riscv:rv64)
  qemu           is QEMU: Qqemu.PhyMemMode, and a monitor that says V (virt=0|1)
  qmp            speaks QMP on SOCKET; the gdb stub comes when its monitor asks for it; paused: stands already
  runs           does not stop for a client: answers only after an interrupt
  without=A,B    leaves these registers out; odd=A: answers rubbish for it
  g              knows no `p` packet; noack: QStartNoAckMode; size=HEX: PacketSize
  flat           no target description
  xml=TEXT       the target description; xmlcut: it breaks off
  close=N        hangs up in place of answer N; silent=N: no answer from answer N on (0: none at all)
  damaged=N      the first N answers have a wrong checksum; nak=N: asks N times for every packet again
  garbage=N      N bytes of rubbish before each answer; stops: a stop reply before each answer
  hole=HEX       the page at this address cannot be read
  rubbish=HEX    its bytes are no hexadecimal digits
  changes=HEX    its words differ each time; moves: so does the pc
  stuck          does not acknowledge `c`
  threads=TEXT   every answer about threads, without an end
"""
import json
import os
import random
import socket
import sys

PAGE = 4096
SOCKET, IMAGE, LOG = sys.argv[1:4]
OPTIONS = dict((a.split("=", 1) + [""])[:2] for a in sys.argv[4:])
STATE = {"reads": 0, "answers": 0}


class Gone(Exception):
    pass


def number(key, base=10):
    return int(OPTIONS[key], base) if OPTIONS.get(key) else None


def read_image():
    regs, memory = {}, {}
    with open(IMAGE, encoding="utf-8") as f:
        for line in f:
            words = line.split("#")[0].split()
            if len(words) == 3:
                regs[words[1]] = int(words[2], 16)
            elif len(words) == 2:
                address, value = (int(w, 16) for w in words)
                page = memory.setdefault(address // PAGE, bytearray(PAGE))
                page[address % PAGE:address % PAGE + 8] = value.to_bytes(8, "little")
    return regs, memory


def log(text):
    with open(LOG, "a", encoding="latin1") as f:
        f.write(text + "\n")


class Link:
    def __init__(self, path):
        server = socket.socket(socket.AF_UNIX)
        server.bind(path + ".new")
        server.listen(1)
        os.rename(path + ".new", path)  # whoever sees it may connect
        self.s, self.buffer = server.accept()[0], b""

    def byte(self):
        if not self.buffer:
            self.buffer = self.s.recv(65536)
            if not self.buffer:
                raise Gone
        first, self.buffer = self.buffer[:1], self.buffer[1:]
        return first

    def send(self, data):
        try:
            self.s.sendall(data)
        except OSError as e:
            raise Gone from e


class Stub:
    def __init__(self, path, regs, memory):
        self.regs, self.memory, self.ack, self.asked = regs, memory, True, 0
        self.names = [n for n in regs if n not in OPTIONS.get("without", "").split(",")]
        self.link = Link(path)
        self.stopped = "runs" not in OPTIONS
        self.mode = "0"

    def packet(self):
        """The next one; an interrupt stops."""
        while True:
            c = self.link.byte()
            if c == b"\x03":
                log("interrupt")
                self.stopped = True
                self.answer("T02")
            elif c == b"$":
                data = b""
                while (c := self.link.byte()) != b"#":
                    data += c
                self.link.byte(), self.link.byte()
                if self.asked < (number("nak") or 0):
                    self.asked += 1
                    self.link.send(b"-")
                    continue
                self.asked = 0
                text = data.decode("latin1")
                log(text)
                if self.ack and not ("stuck" in OPTIONS and text == "c"):
                    self.link.send(b"+")
                return text

    def raw(self, text):
        data = text.encode("latin1")
        total = sum(data) + (1 if STATE["answers"] < (number("damaged") or 0) else 0)
        STATE["answers"] += 1
        self.link.send(b"$" + data + b"#%02x" % (total % 256))
        if total != sum(data):
            while self.link.byte() != b"-":
                pass
            self.raw(text)

    def answer(self, text):
        if STATE["answers"] == number("close"):
            raise Gone
        if "silent" in OPTIONS and STATE["answers"] >= (number("silent") or 0):
            return
        if "garbage" in OPTIONS:
            self.link.send(bytes(random.Random(7).choices(b"abcxyz\x00\xff!", k=number("garbage"))))
        if "stops" in OPTIONS:
            self.raw("T05thread:01;")
            self.raw("T02thread:01;")
        self.raw(text)

    def xml(self):
        if "xml" in OPTIONS:
            return OPTIONS["xml"]
        rows = "".join('<reg name="%s" bitsize="64" regnum="%d"/>' % (n, 100 + i) for i, n in enumerate(self.names))
        return ('<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target><architecture>%s</architecture>'
                '<xi:include href="more.xml"/></target>' % (OPTIONS.get("arch") or "riscv:rv64"),
                '<?xml version="1.0"?><feature name="f">%s</feature>' % rows)

    def description(self, text):
        _, _, _, annex, where = text.split(":")
        start, size = (int(x, 16) for x in where.split(","))
        files = self.xml()
        data = files if isinstance(files, str) else files[annex == "more.xml"]
        if "xmlcut" in OPTIONS:
            return "E00" if start else "m" + data[:size // 2]
        part = data[start:start + size]
        return ("l" if start + size >= len(data) else "m") + part

    def value(self, name):
        if name == OPTIONS.get("odd"):
            return "zz"
        value = self.regs[name]
        if name == "pc" and "moves" in OPTIONS:
            STATE["reads"] += 1
            value += STATE["reads"]
        return value.to_bytes(8, "little").hex()

    def words(self, text):
        address, size = (int(x, 16) for x in text.split(","))
        page = address // PAGE * PAGE
        if page == number("hole", 16) or ("qemu" in OPTIONS and self.mode == "0"):
            return "E14"
        if page == number("rubbish", 16):
            return "no" * size
        data = bytes(self.memory.get(address // PAGE, bytearray(PAGE)))[address % PAGE:address % PAGE + size]
        if page == number("changes", 16):
            STATE["reads"] += 1
            data = bytes([STATE["reads"] << 4 & 0xf0 | data[0] & 0xf]) + data[1:]
        return data.hex()

    def monitor(self, text):
        command = bytes.fromhex(text).decode()
        log("monitor: " + command)
        if command == "info registers":
            for line in ("pc 0\n V      =   %s\n" % (OPTIONS.get("virt") or "0"), "mhartid 0\n"):
                self.answer("O" + line.encode().hex())
            return "OK"
        return "E01" if command == "bad" else "OK"

    def reply(self, text):
        if text.startswith("qSupported"):
            return "PacketSize=%s;%s%s" % (OPTIONS.get("size") or "1000", "" if "flat" in OPTIONS else
                                           "qXfer:features:read+;", "QStartNoAckMode+" if "noack" in OPTIONS else "")
        if text == "QStartNoAckMode":
            return "OK"
        if text.startswith("qXfer:features:read"):
            return self.description(text)
        if text == "?":
            return "T05thread:01;" if self.stopped else None
        if text in ("qfThreadInfo", "qsThreadInfo") and "threads" in OPTIONS:
            return OPTIONS["threads"]
        if text == "qfThreadInfo":
            return "m01,02"
        if text == "qsThreadInfo":
            return "l"
        if text.startswith("H"):
            return "OK" if text[2:] in ("01", "02") else "E22"
        if text == "qqemu.PhyMemMode" and "qemu" in OPTIONS:
            return self.mode
        if text.startswith("Qqemu.PhyMemMode:") and "qemu" in OPTIONS:
            self.mode = text[-1]
            return "OK"
        if text.startswith("qRcmd,"):
            return self.monitor(text[6:])
        if text[0] == "p" and "g" not in OPTIONS:
            return self.value(self.names[int(text[1:], 16) - 100])
        if text == "g":
            return "".join(self.value(n) for n in self.names)
        if text[0] == "m":
            return self.words(text[1:])
        return ""

    def serve(self):
        while True:
            text = self.packet()
            if text == "QStartNoAckMode":
                self.answer("OK")
                self.ack = False
                continue
            if text == "c":
                continue
            reply = self.reply(text)
            if reply is not None:
                self.answer(reply)


def quiet(stub):
    try:
        stub.serve()
    except (Gone, OSError):
        pass


def serve_qmp(regs, memory):
    """The monitor; its gdb stub runs in a child."""
    link = Link(SOCKET)
    running = "paused" not in OPTIONS
    link.send(b'{"QMP": {"version": {}}}\n')
    line = b""
    while True:
        c = link.byte()
        line += c
        if c != b"\n":
            continue
        command = json.loads(line)
        line = b""
        name = command["execute"]
        log(name + " " + command.get("arguments", {}).get("command-line", ""))
        result = {}
        if name == "query-status":
            result = {"running": running}
        elif name == "query-chardev":
            result = [{"label": "serial0", "filename": "null"}]
            if OPTIONS.get("chardev"):
                result.append({"label": "gdb", "filename": OPTIONS["chardev"]})
        elif name in ("stop", "cont"):
            running = name == "cont"
        elif name == "human-monitor-command":
            words = command["arguments"]["command-line"].split()
            result = "Could not open gdbserver" if "nostub" in OPTIONS else "Waiting for gdb"
            if words[1] != "none" and "nostub" not in OPTIONS and os.fork() == 0:
                quiet(Stub(words[1].split(":")[1].split(",")[0], regs, memory))
                os._exit(0)
            while words[1] != "none" and "nostub" not in OPTIONS and not os.path.exists(words[1][5:].split(",")[0]):
                pass
        if name == OPTIONS.get("refuses"):
            link.send(b'{"error": {"class": "GenericError", "desc": "not today"}}\n')
        elif name == OPTIONS.get("odd"):
            link.send(b"no JSON\n")
        else:
            link.send(b'{"timestamp": {}, "event": "STOP"}\n' + json.dumps({"return": result}).encode() + b"\n")


def main():
    regs, memory = read_image()
    open(LOG, "w", encoding="latin1").close()
    try:
        if "qmp" in OPTIONS:
            serve_qmp(regs, memory)
        else:
            Stub(SOCKET, regs, memory).serve()
    except (Gone, OSError):
        pass


main()
