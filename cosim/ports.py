#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""The ports of the L2TLB, one table for all: table(). Reads the port list of a user's L2TLB and writes the
C++ that drives and reads those ports; cosim/own.py does it for our RTL and for SystemC.

    ports.py RTL_DIR TOP OUT_DIR [MAP]

OUT_DIR gets ports.inc (for cosim/dut_verilated.h) and rtl.f (what Verilator reads), each only written
when it changes. Ports that the generator added or dropped are found here, not assumed: see table().
MAP is a text file of lines `name = port` for RTL with other port names (docs/cosim.md). Exit 2 with
one line when the folder, the module or a port that cannot be done without is missing.
"""
import os
import re
import sys
from collections import namedtuple

# value: of an input the C++ expression that it is driven with, of an output (field, bit or None).
# width: what XiangShan's generator writes at most; ids are narrower with few LLPTW entries.
Port = namedtuple("Port", "direction width needed value")

S1 = [("entry_tag", "tag", 35), ("entry_asid", "asid", 16), ("entry_vmid", "vmid", 14),
      ("entry_n", "n", 1), ("entry_pbmt", "pbmt", 2), ("entry_level", "level", 2),
      ("entry_v", "v", 1), ("entry_ppn", "ppn", 41), ("addr_low", "addr_low", 3), ("pf", "pf", 1),
      ("af", "af", 1)]
S2 = [("entry_tag", "tag", 38), ("entry_vmid", "vmid", 14), ("entry_n", "n", 1),
      ("entry_pbmt", "pbmt", 2), ("entry_ppn", "ppn", 38), ("entry_level", "level", 2),
      ("gpf", "gpf", 1), ("gaf", "gaf", 1)]
PERM = "rwxugad"  # bit 0 first
ID_WIDTH = 5
ID_PORTS = ("auto_out_a_bits_source", "auto_out_d_bits_source")


def put(width, value, needed=True):
    return Port("input", width, needed, value)


def get(width, field, needed=False, bit=None):
    return Port("output", width, needed, (field, bit))


def requester(p):
    """The ports of the instruction side (0) or the data side (1)."""
    io, r = f"io_tlb_{p}_", f"resp[{p}]."
    b = io + "resp_bits_"
    t = {io + "req_0_valid": put(1, f"in.req[{p}].valid"),
         io + "req_0_bits_vpn": put(38, f"in.req[{p}].vpn"),
         io + "req_0_bits_s2xlate": put(2, f"in.req[{p}].s2xlate"),
         io + "resp_ready": put(1, f"in.resp_ready[{p}]", p == 0),  # port 1 is always ready
         io + "req_0_ready": get(1, f"req_ready[{p}]", True),
         io + "resp_valid": get(1, f"resp_valid[{p}]", True),
         b + "s2xlate": get(2, r + "s2xlate", True)}
    for stage, fields in (("s1", S1), ("s2", S2)):
        for port, field, width in fields:
            t[f"{b}{stage}_{port}"] = get(width, f"{r}{stage}.{field}")
        for i, c in enumerate(PERM):
            t[f"{b}{stage}_entry_perm_{c}"] = get(1, f"{r}{stage}.perm", bit=i)
    for i in range(8):
        t[b + f"s1_ppn_low_{i}"] = get(3, r + f"s1.ppn_low[{i}]")
        t[b + f"s1_valididx_{i}"] = get(1, r + "s1.valididx", bit=i)
        t[b + f"s1_pteidx_{i}"] = get(1, r + "s1.pteidx", bit=i)
    return t


def control():
    """Fences and CSRs."""
    t = {"io_sfence_valid": put(1, "in.sfence.valid")}
    for f, width in (("rs1", 1), ("rs2", 1), ("addr", 50), ("id", 16), ("hv", 1), ("hg", 1)):
        t["io_sfence_bits_" + f] = put(width, "in.sfence." + f)
    for a, ident in (("satp", "asid"), ("vsatp", "asid"), ("hgatp", "vmid")):
        for port, field, width in (("mode", "mode", 4), (ident, "id", 16), ("ppn", "ppn", 44),
                                   ("changed", "changed", 1)):
            t[f"io_csr_tlb_{a}_{port}"] = put(width, f"in.csr.{a}.{field}")
    t["io_csr_tlb_priv_mxr"] = put(1, "in.csr.mxr", False)
    t["io_csr_tlb_priv_virt"] = put(1, "in.csr.virt")
    t["io_csr_tlb_priv_virt_changed"] = put(1, "in.csr.virt_changed", False)
    t["io_csr_tlb_priv_debug"] = put(1, "in.csr.debug", False)
    t["io_csr_tlb_mPBMTE"] = put(1, "in.csr.m_pbmte")
    t["io_csr_tlb_hPBMTE"] = put(1, "in.csr.h_pbmte")
    for f in ("BMA", "BME", "CMODE", "BCLEAR", "KEYIDEN"):
        t["io_csr_tlb_mbmc_" + f] = put(58 if f == "BMA" else 1, "in.csr.mbmc." + f.lower(), False)
    t["io_csr_distribute_csr_w_valid"] = put(1, "in.csr_w.valid")
    t["io_csr_distribute_csr_w_bits_addr"] = put(12, "in.csr_w.addr")
    t["io_csr_distribute_csr_w_bits_data"] = put(64, "in.csr_w.data")
    return t


def table():
    """name -> Port of every port that is known, except clock and reset."""
    return {
        **requester(0), **requester(1), **control(),
        "auto_out_a_ready": put(1, "in.a_ready"),
        "auto_out_a_valid": get(1, "a_valid", True),
        "auto_out_a_bits_source": get(ID_WIDTH, "a_source", True),
        "auto_out_a_bits_address": get(48, "a_address", True),
        "auto_out_d_valid": put(1, "in.d.valid"),
        "auto_out_d_bits_opcode": put(4, "in.d.valid ? 1 : 0", False),  # AccessAckData
        "auto_out_d_bits_size": put(3, "in.d.valid ? 6 : 0", False),    # 64 bytes
        "auto_out_d_bits_source": put(ID_WIDTH, "in.d.source"),
        "auto_out_d_bits_data": put(256, "in.d.data"),
        "io_wfi_wfiReq": put(1, "in.wfi_req", False),
        "io_wfi_wfiSafe": get(1, "wfi_safe"),
        **{f"io_perf_{i}_value": get(6, f"perf[{i}]") for i in range(19)}}


def guard(field):
    """The output without which this one means nothing; None: it always means something."""
    answer = re.match(r"resp(\[\d\])\.", field)
    return f"resp_valid{answer[1]}" if answer else "a_valid" if re.match("a_(?!valid)", field) else None


def guarded(statements, prefix):
    """The statements of (field, statement), those behind one guard together."""
    groups = {}
    for field, statement in statements:
        groups.setdefault(guard(field), []).append(statement)
    lines = groups.pop(None, [])
    for which, body in groups.items():
        lines += [f"if ({prefix}{which}) {{", *("    " + line for line in body), "}"]
    return lines


def wire(known):
    """The SystemVerilog wire of cosim/l2tlb_wires.svh that belongs to a port: called as in cosim/dut.h.
    None: the machine does not look at this input."""
    if known.direction == "output":
        field, bit = known.value
        return field if bit is None else f"{field}[{bit}]"
    return known.value.removeprefix("in.") if "?" not in known.value else None


def declare(direction, width, name):
    return f"{direction} logic [{width - 1}:0] {name}" if width > 1 else f"{direction} logic {name}"


def function(head, body):
    indented = "".join("    " + line.replace("\n", "\n    ") + "\n" for line in body)
    return f"{head}\n{{\n{indented}}}\n"


def fail(text):
    print(f"cosim: {text}", file=sys.stderr)
    sys.exit(2)


# --- what the user has -----------------------------------------------------------------------


def find_module(folder, top):
    """The file that defines the module and the text of its port list, without comments."""
    if not os.path.isdir(folder):
        fail(f"{folder}: no such folder (RTL_DIR)")
    if not re.fullmatch(r"\w+", top):
        fail(f"{top}: not the name of a module (RTL_TOP)")
    names = sorted(f for f in os.listdir(folder) if f.endswith((".sv", ".v")))
    for name in sorted(names, key=lambda f: os.path.splitext(f)[0] != top):
        path = os.path.join(folder, name)
        if not os.path.isfile(path):
            continue
        with open(path, encoding="utf-8", errors="replace") as f:
            text = re.sub(r"//[^\n]*|/\*.*?\*/", "", f.read(), flags=re.S)
        m = re.search(r"\bmodule\s+" + top + r"\b\s*(?:import\b[^;]*;\s*)*(?:#\s*\(.*?\)\s*)?"
                      r"\((.*?)\)\s*;", text, re.S)
        if m:
            return path, m.group(1)
    fail(f"{folder}: no file defines module {top} (RTL_TOP)")
    return None


def ports_of(where, text):
    """Ordered {name: (direction, width)}; a direction and width hold until the next one."""
    ports, direction, width = {}, None, 1
    for item in text.split(","):
        m = re.fullmatch(r"\s*(?:(input|output|inout)\b)?\s*(?:wire\b|logic\b|reg\b)?\s*"
                         r"(?:\[\s*(\d+)\s*:\s*(\d+)\s*\])?\s*(\w+)\s*", item)
        if not m or not (m.group(1) or direction):
            fail(f"{where}: cannot read the port list near: " + " ".join(item.split())[:60])
        if m.group(1):
            direction, width = m.group(1), 1
        if m.group(2):
            width = int(m.group(2)) - int(m.group(3)) + 1
            if width < 1:
                fail(f"{where}: port {m.group(4)}: a range is [high:low], not [{m.group(2)}:{m.group(3)}]")
        ports[m.group(4)] = (direction, width)
    return ports


class Map:
    """Names that differ, whether the reset is active low, how late the counters come."""

    def __init__(self, top):
        self.port, self.active_low = {}, False
        self.counters_late = 2 if top == "L2TLBWrapper" else 0

    def read(self, path, names, ports):
        try:
            with open(path, encoding="utf-8") as f:
                lines = f.readlines()
        except (OSError, UnicodeError) as e:
            fail(f"{path}: {getattr(e, 'strerror', None) or 'not a text file'} (RTL_MAP)")
        seen = set()
        for n, line in enumerate(lines, 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            m = re.fullmatch(r"(\w+)\s*=\s*(!?)\s*(\w+)", line)
            if not m or (m.group(2) and m.group(1) != "reset"):
                fail(f"{path}:{n}: expected name = port")
            name, invert, port = m.groups()
            if name in seen:
                fail(f"{path}:{n}: {name} is given twice")
            seen.add(name)
            if name == "counters_late":
                if not re.fullmatch(r"\d", port):
                    fail(f"{path}:{n}: counters_late is a number of cycles, 0 to 9")
                self.counters_late = int(port)
                continue
            if name not in names and name not in ("clock", "reset"):
                fail(f"{path}:{n}: unknown name {name}")
            if port not in ports:
                fail(f"{path}:{n}: the module has no port {port}")
            self.port[name] = port
            self.active_low |= bool(invert)

    def of(self, name):
        return self.port.get(name, name)


# --- matching and writing ----------------------------------------------------------------------


class Match:
    """Known names against the ports of a module: the C++ statements and the lists for the user."""

    def __init__(self, where, ports, names):
        self.where, self.ports, self.map = where, ports, names
        self.used, self.missing, self.widths = {}, [], []
        self.drive, self.read, self.adopt = [], [], []

    def take(self, name, direction, width):
        """The port with this name, None when it is missing."""
        port = self.map.of(name)
        if port not in self.ports:
            return None
        if port in self.used:
            fail(f"{self.where}: port {port} would be both {self.used[port]} and {name}")
        self.used[port] = name
        is_direction, is_width = self.ports[port]
        if is_direction != direction:
            fail(f"{self.where}: port {port} is an {is_direction}, expected an {direction}")
        if is_width != width and not (name in ID_PORTS and is_width < width):
            if width > 64 or is_width > 64:
                fail(f"{self.where}: port {port} has {is_width} bits, expected {width}")
            self.widths.append(f"{port} ({is_width}, expected {width})")
        return port

    def add(self, name, known):
        port = self.take(name, known.direction, known.width)
        if not port:
            if known.needed:
                fail(f"{self.where}: the module has no {known.direction} {self.map.of(name)}")
            self.missing.append(name)
            if known.direction == "output":
                field, bit = known.value
                self.adopt.append(f"mine.{field} = other.{field};" if bit is None else
                                  f"copy_bit(mine.{field}, other.{field}, {bit});")
        elif known.direction == "input":
            self.drive.append(drive(port, self.ports[port][1], known.value))
        else:
            field, bit = known.value
            self.read.append((field, f"assign(out.{field}, top.{port});" if bit is None else
                              f"set_bit(out.{field}, {bit}, top.{port});"))

    def rest(self):
        """Inputs nobody knows, which are driven with 0, and outputs nobody looks at."""
        tied = [p for p, (d, _) in self.ports.items() if d == "input" and p not in self.used]
        unread = [p for p, (d, _) in self.ports.items() if d != "input" and p not in self.used]
        self.drive += [f"top.{p} = 0;" for p in tied if self.ports[p][1] <= 64]  # wide ones stay 0
        return tied, unread


def drive(port, width, value):
    if width > 64:
        return (f"for (unsigned i = 0; i < {width // 32}; i++)\n"
                f"    top.{port}[i] = static_cast<uint32_t>({value}[i / 2] >> (32 * (i % 2)));")
    # Verilator wants the bits above a port's width to be 0.
    return f"assign(top.{port}, static_cast<uint64_t>({value}) & UINT64_C({(1 << width) - 1:#x}));"


def ports_inc(m, clock, reset):
    def constant(kind, name, value):
        return f"static const {kind} {name} = {str(value).lower()};\n"

    has = set(m.used.values())
    return "".join([
        "// Written by cosim/ports.py.\n",
        function("static void drive(Vdut &top, const l2tlb_in &in)", m.drive),
        function("static void read_outputs(const Vdut &top, l2tlb_out &out)", guarded(m.read, "out.")),
        function("static void adopt_missing([[maybe_unused]] l2tlb_out &mine,"
                 " [[maybe_unused]] const l2tlb_out &other)", m.adopt),
        function("static void set_clock(Vdut &top, bool v)", [f"top.{clock} = v;"]),
        function("static void set_reset(Vdut &top, bool v)",
                 [f"top.{reset} = {'!' if m.map.active_low else ''}v;"]),
        constant("bool", "HAS_WFI", "io_wfi_wfiReq" in has),
        constant("bool", "HAS_MXR", "io_csr_tlb_priv_mxr" in has),
        constant("bool", "HAS_DEBUG", "io_csr_tlb_priv_debug" in has),
        constant("bool", "HAS_BITMAP", "io_csr_tlb_mbmc_BME" in has),
        constant("unsigned", "PERF_DELAY", m.map.counters_late)])


def write_if_changed(path, text):
    try:
        with open(path, encoding="utf-8") as f:
            if f.read() == text:
                return
    except OSError:
        pass
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def match_all(where, ports, rename):
    """Every known name against the ports of a module, and the names of its clock and reset."""
    match = Match(where, ports, rename)
    clock, reset = (match.take(name, "input", 1) or
                    fail(f"{where}: the module has no input {rename.of(name)}")
                    for name in ("clock", "reset"))
    for name, known in table().items():
        match.add(name, known)
    return match, clock, reset


def main():
    if len(sys.argv) not in (4, 5):
        fail("usage: ports.py RTL_DIR TOP OUT_DIR [MAP]")
    folder, top, out = sys.argv[1:4]
    where, text = find_module(folder, top)
    ports, rename = ports_of(where, text), Map(top)
    if any(p.startswith("io_csr_tlb_mmpt_") for p in ports):
        fail(f"{where}: a build with MPT (ports io_csr_tlb_mmpt_*): the model has the MPT, the lock step does not")
    if len(sys.argv) == 5:
        rename.read(sys.argv[4], table(), ports)
    match, clock, reset = match_all(where, ports, rename)
    tied, unread = match.rest()
    write_if_changed(os.path.join(out, "ports.inc"), ports_inc(match, clock, reset))
    write_if_changed(os.path.join(out, "rtl.f"), f"--top-module {top}\n-y {folder}\n{where}\n")
    print(f"  PORTS   {where}: {len(match.used)} of {len(ports)} ports used")
    for title, which in (("inputs tied to 0", tied), ("outputs not looked at", unread),
                         ("not in this RTL", match.missing), ("other widths", match.widths)):
        if which:
            print(f"          {title}: {' '.join(which)}")


if __name__ == "__main__":
    main()
