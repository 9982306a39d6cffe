#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Writes wires of own_top.sv that carry the names of XiangShan's ports, for waveforms: the model's VCD and a
user's RTL have the same ones.

    names.py OUT.svh
"""
import re
import sys

import ports

# Where the name in cosim/own_top.sv is not that of cosim/dut.h with underscores.
OWN = ((r"csr\.(mxr|virt|debug)", r"priv.\1"), (r"^csr\.", ""), (r"^sfence\.", "sf."), (r"^(req|resp)_(\w+)\[(\d)\]", r"\1\3_\2"),
       (r"^(req|resp)\[(\d)\]", r"\1\2"))


def own(value):
    """own_top's signal for an expression of cosim/ports.py; None: it has none."""
    field, bit = value if isinstance(value, tuple) else (value.removeprefix("in."), None)
    if "?" in field:
        return None
    for old, new in OWN:
        field = re.sub(old, new, field)
    part = re.fullmatch(r"(.*)\[(\d+)\]", field)
    if part:
        width = 6 if part[1] == "perf" else 3  # a counter, or the low bits of a page number
        field = f"{part[1]}[{width * int(part[2])}+:{width}]"
    return field.replace(".", "_") + ("" if bit is None else f"[{bit}]")


def main():
    with open(sys.argv[1], "w", encoding="utf-8") as f:
        for name, port in ports.table().items():
            signal = own(port.value)
            if signal:
                width = f"[{port.width - 1}:0] " if port.width > 1 else ""
                f.write(f"  wire {width}{name} = {signal};\n")


if __name__ == "__main__":
    main()
