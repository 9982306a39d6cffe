#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Writes what depends on the ports of the L2TLB from the table in cosim/ports.py, so that our RTL and the
SystemC module have no lists of their own. Their ports are those of XiangShan's generator, without those
that the machine does not look at.

    own.py rtl OUT_DIR      own_ports.svh, own_wires.svh (cosim/own_top.sv) and ports.inc (cosim/dut_verilated.h)
    own.py systemc OUT_DIR  l2tlb_ports.def, l2tlb_memory_ports.def: IN(type, name) and OUT(type, name) of
                            every port, channels A and D in the second; l2tlb_ports.inc (l2tlb_sc.cc)
    own.py names FILE.vcd   status 1 and a line for every port in a waveform of the model that the table has not
"""
import os
import re
import sys

import ports

TABLE = {name: known for name, known in ports.table().items() if ports.wire(known)}
HEAD = "// Written by cosim/own.py.\n"


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(HEAD + text)


# --- our RTL -----------------------------------------------------------------------------------


def connect(name, known):
    left, right = (ports.wire(known), name) if known.direction == "input" else (name, ports.wire(known))
    return f"  assign {left} = {right};\n"


def rtl(folder):
    write(folder, "own_ports.svh", "".join(f"    {ports.declare(known.direction, known.width, name)},\n"
                                           for name, known in TABLE.items()))
    write(folder, "own_wires.svh", "".join(connect(*port) for port in TABLE.items()))
    has = {name: (known.direction, known.width) for name, known in TABLE.items()}
    match = ports.match_all("own_top", {"clock": ("input", 1), "reset": ("input", 1), **has}, ports.Map("own_top"))
    write(folder, "ports.inc", ports.ports_inc(*match))


# --- SystemC -----------------------------------------------------------------------------------


def systemc_type(width):
    return ("bool" if width == 1 else "uint32_t" if width <= 32 else "uint64_t" if width <= 64 else
            f"sc_dt::sc_bv<{width}>")


def sample(name, known):
    """An input of the model from its port."""
    if known.width > 64:
        return (f"for (int i = 0; i < {known.width // 64}; i++)\n"
                f"    {known.value}[i] = {name}.read().get_word(2 * i) |\n"
                f"        static_cast<uint64_t>({name}.read().get_word(2 * i + 1)) << 32;")
    return f"assign({known.value}, {name}.read());"


def show(name, known):
    field, bit = known.value
    return field, f"{name} = out.{field};" if bit is None else f"{name} = out.{field} >> {bit} & 1;"


def systemc(folder):
    for file, channels in (("l2tlb_ports.def", False), ("l2tlb_memory_ports.def", True)):
        write(folder, file, "".join(
            f"{known.direction[:-3].upper()}({systemc_type(known.width)}, {name})\n"
            for name, known in TABLE.items() if name.startswith("auto_out_") == channels))
    write(folder, "l2tlb_ports.inc",
          ports.function("void l2tlb_sc::sample(l2tlb_in &in) const",
                         [sample(*port) for port in TABLE.items() if port[1].direction == "input"]) +
          ports.function("void l2tlb_sc::show(const l2tlb_out &out)", ports.guarded(
              [show(*port) for port in TABLE.items() if port[1].direction == "output"], "out.")))


# --- the waveform of the model (replay/vcd.c) -----------------------------------------------------


def names(path):
    """Declarations of a VCD that are no ports of the table, with their widths."""
    with open(path, encoding="utf-8") as f:
        found = re.findall(r"(?m)^\$var wire (\d+) \S+ (\w+)", f.read())
    bad = [f"{name} ({width})" for width, name in found if name not in TABLE or TABLE[name].width != int(width)]
    for text in bad:
        print(f"{path}: no such port: {text}")
    return 1 if bad or not found else 0


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("rtl", "systemc", "names"):
        sys.exit(__doc__)
    if sys.argv[1] == "names":
        return names(sys.argv[2])
    os.makedirs(sys.argv[2], exist_ok=True)
    (rtl if sys.argv[1] == "rtl" else systemc)(sys.argv[2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
