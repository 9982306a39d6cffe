#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Reads the port list of a generated L2TLB and writes the C++ that drives and reads those ports.

    ports.py RTL_DIR TOP OUT.inc [MAP]

Ports that the generator added or dropped are found here, not assumed: see TABLE. MAP is a text file
of lines `name = port` for RTL with other port names (docs/cosim.md). Exit 2 with one line when the
folder, the module or a port that cannot be done without is missing.
"""
import os
import re
import sys

S1 = [("entry_tag", "tag"), ("entry_asid", "asid"), ("entry_vmid", "vmid"), ("entry_n", "n"),
      ("entry_pbmt", "pbmt"), ("entry_level", "level"), ("entry_v", "v"), ("entry_ppn", "ppn"),
      ("addr_low", "addr_low"), ("pf", "pf"), ("af", "af")]
S2 = [("entry_tag", "tag"), ("entry_vmid", "vmid"), ("entry_n", "n"), ("entry_pbmt", "pbmt"),
      ("entry_ppn", "ppn"), ("entry_level", "level"), ("gpf", "gpf"), ("gaf", "gaf")]
PERM = "rwxugad"  # bit 0 first


def table():
    """name -> (direction, needed, C++). {p} is the port's value, {w} its word for wide ports."""
    t = {}

    def put(name, expr, needed=True):
        t[name] = ("input", needed, expr)

    def get(name, field, needed=False, bit=None):
        t[name] = ("output", needed, (field, bit))

    for p in (0, 1):
        io = f"io_tlb_{p}_"
        put(io + "req_0_valid", f"in.req[{p}].valid")
        put(io + "req_0_bits_vpn", f"in.req[{p}].vpn")
        put(io + "req_0_bits_s2xlate", f"in.req[{p}].s2xlate")
        put(io + "resp_ready", f"in.resp_ready[{p}]", p == 0)  # port 1 is always ready
        get(io + "req_0_ready", f"req_ready[{p}]", True)
        get(io + "resp_valid", f"resp_valid[{p}]", True)
        r, b = f"resp[{p}].", io + "resp_bits_"
        get(b + "s2xlate", r + "s2xlate", True)
        for port, field in S1:
            get(b + "s1_" + port, r + "s1." + field)
        for port, field in S2:
            get(b + "s2_" + port, r + "s2." + field)
        for i, c in enumerate(PERM):
            get(b + "s1_entry_perm_" + c, r + "s1.perm", bit=i)
            get(b + "s2_entry_perm_" + c, r + "s2.perm", bit=i)
        for i in range(8):
            get(b + f"s1_ppn_low_{i}", r + f"s1.ppn_low[{i}]")
            get(b + f"s1_valididx_{i}", r + "s1.valididx", bit=i)
            get(b + f"s1_pteidx_{i}", r + "s1.pteidx", bit=i)
    put("io_sfence_valid", "in.sfence.valid")
    for f in ("rs1", "rs2", "addr", "id", "hv", "hg"):
        put("io_sfence_bits_" + f, "in.sfence." + f)
    for a, ident in (("satp", "asid"), ("vsatp", "asid"), ("hgatp", "vmid")):
        c = "io_csr_tlb_" + a
        put(c + "_mode", f"in.csr.{a}.mode")
        put(c + "_" + ident, f"in.csr.{a}.id")
        put(c + "_ppn", f"in.csr.{a}.ppn")
        put(c + "_changed", f"in.csr.{a}.changed")
    put("io_csr_tlb_priv_mxr", "in.csr.mxr")
    put("io_csr_tlb_priv_virt", "in.csr.virt")
    put("io_csr_tlb_priv_virt_changed", "in.csr.virt_changed", False)
    put("io_csr_tlb_mPBMTE", "in.csr.m_pbmte")
    put("io_csr_tlb_hPBMTE", "in.csr.h_pbmte")
    for f in ("BMA", "BME", "CMODE", "BCLEAR", "KEYIDEN"):
        put("io_csr_tlb_mbmc_" + f, "in.csr.mbmc." + f.lower(), False)
    put("io_csr_distribute_csr_w_valid", "in.csr_w.valid")
    put("io_csr_distribute_csr_w_bits_addr", "in.csr_w.addr")
    put("io_csr_distribute_csr_w_bits_data", "in.csr_w.data")
    put("auto_out_a_ready", "in.a_ready")
    get("auto_out_a_valid", "a_valid", True)
    get("auto_out_a_bits_source", "a_source", True)
    get("auto_out_a_bits_address", "a_address", True)
    put("auto_out_d_valid", "in.d.valid")
    put("auto_out_d_bits_opcode", "in.d.valid ? 1 : 0", False)  # AccessAckData
    put("auto_out_d_bits_size", "in.d.valid ? 6 : 0", False)    # 64 bytes
    put("auto_out_d_bits_source", "in.d.source")
    put("auto_out_d_bits_data", "in.d.data")
    put("io_wfi_wfiReq", "in.wfi_req", False)
    get("io_wfi_wfiSafe", "wfi_safe")
    for i in range(19):
        get(f"io_perf_{i}_value", f"perf[{i}]")
    return t


def fail(text):
    print(f"cosim: {text}", file=sys.stderr)
    sys.exit(2)


def find_module(folder, top):
    if not os.path.isdir(folder):
        fail(f"{folder}: no such folder (RTL_DIR)")
    first = os.path.join(folder, top + ".sv")
    names = [first] + sorted(
        os.path.join(folder, f) for f in os.listdir(folder) if f.endswith((".sv", ".v")))
    for name in names:
        if not os.path.isfile(name):
            continue
        with open(name, encoding="utf-8", errors="replace") as f:
            m = re.search(r"\bmodule\s+" + re.escape(top) + r"\s*(?:#\s*\(.*?\)\s*)?\((.*?)\)\s*;",
                          f.read(), re.S)
        if m:
            return name, m.group(1)
    fail(f"{folder}: no file defines module {top} (RTL_TOP)")
    return None


def ports_of(text):
    """Ordered {name: (direction, width)}; a direction and width hold until the next one."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)
    ports, direction, width = {}, None, 1
    for item in text.split(","):
        m = re.fullmatch(r"\s*(?:(input|output|inout)\b)?\s*(?:wire|logic|reg)?\s*"
                         r"(?:\[\s*(\d+)\s*:\s*(\d+)\s*\])?\s*(\w+)\s*", item)
        if not m:
            fail("cannot read the port list near: " + " ".join(item.split())[:60])
        if m.group(1):
            direction, width = m.group(1), 1
        if m.group(2):
            width = int(m.group(2)) - int(m.group(3)) + 1
        ports[m.group(4)] = (direction, width)
    return ports


def read_map(path, names):
    out = {}
    with open(path, encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            m = re.fullmatch(r"(\w+)\s*=\s*(\w+)", line)
            if not m:
                fail(f"{path}:{n}: expected name = port")
            if m.group(1) not in names and m.group(1) not in ("clock", "reset"):
                fail(f"{path}:{n}: unknown name {m.group(1)}")
            out[m.group(1)] = m.group(2)
    return out


def main():
    if len(sys.argv) not in (4, 5):
        fail("usage: ports.py RTL_DIR TOP OUT.inc [MAP]")
    folder, top, out = sys.argv[1:4]
    names = table()
    where, text = find_module(folder, top)
    ports = ports_of(text)
    rename = read_map(sys.argv[4], names) if len(sys.argv) == 5 else {}
    drive, read, adopt, missing, used = [], [], [], [], set()
    for name in ("clock", "reset"):
        used.add(rename.get(name, name))
        if rename.get(name, name) not in ports:
            fail(f"{where}: module {top} has no port {rename.get(name, name)}")
    for name, (direction, needed, what) in names.items():
        port = rename.get(name, name)
        if port not in ports:
            if needed:
                fail(f"{where}: module {top} has no {direction} {port}")
            missing.append(port)
            if direction == "output":
                field, bit = what
                if bit is None:
                    adopt.append(f"mine.{field} = other.{field};")
                else:
                    adopt.append(f"copy_bit(mine.{field}, other.{field}, {bit});")
            continue
        got, width = ports[port]
        used.add(port)
        if got != direction:
            fail(f"{where}: port {port} is an {got}, expected an {direction}")
        if direction == "input":
            if width > 64:
                drive.append(f"for (unsigned i = 0; i < {width // 32}; i++)\n"
                             f"    top.{port}[i] = static_cast<uint32_t>({what}[i / 2] >> (32 * (i % 2)));")
            else:
                drive.append(f"assign(top.{port}, {what});")
        else:
            field, bit = what
            if bit is None:
                read.append(f"assign(out.{field}, top.{port});")
            else:
                read.append(f"set_bit(out.{field}, {bit}, top.{port});")
    tied = [p for p, (d, _) in ports.items() if d == "input" and p not in used]
    unread = [p for p, (d, _) in ports.items() if d != "input" and p not in used]
    for p in tied:
        drive.append(f"assign(top.{p}, 0);" if ports[p][1] <= 64 else f"/* {p}: stays 0 */")
    has = set(ports)
    with open(out, "w", encoding="utf-8") as f:
        f.write(f"// Written by cosim/ports.py for module {top}.\n")
        for title, args, body in (("drive", f"Vdut &top, const l2tlb_in &in", drive),
                                  ("read_outputs", f"const Vdut &top, l2tlb_out &out", read),
                                  ("adopt_missing", "l2tlb_out &mine, const l2tlb_out &other", adopt)):
            f.write(f"static void {title}({args})\n{{\n")
            if title == "adopt_missing" and not body:
                f.write("    (void)mine;\n    (void)other;\n")
            f.writelines("    " + line.replace("\n", "\n    ") + "\n" for line in body)
            f.write("}\n")
        clk, rst = rename.get("clock", "clock"), rename.get("reset", "reset")
        f.write(f"static void set_clock(Vdut &top, bool v)\n{{\n    top.{clk} = v;\n}}\n")
        f.write(f"static void set_reset(Vdut &top, bool v)\n{{\n    top.{rst} = v;\n}}\n")
        f.write(f"static const bool HAS_WFI = {str('io_wfi_wfiReq' in has).lower()};\n")
        f.write(f"static const bool HAS_BITMAP = {str('io_csr_tlb_mbmc_BME' in has).lower()};\n")
        f.write(f"static const unsigned PERF_DELAY = {2 if top.endswith('Wrapper') else 0};\n")
    print(f"  PORTS   {where}: {len(used)} of {len(ports)} ports used")
    for text, which in (("inputs tied to 0", tied), ("outputs not looked at", unread),
                        ("not in this RTL", missing)):
        if which:
            print(f"          {text}: {' '.join(which)}")


main()
