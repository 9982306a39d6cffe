#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Writes a folder that looks like a user's RTL: our own machine (rtl/, minimal sizes, revision
2025-05) behind a module L2TLB with the ports of XiangShan's generator.

    fixture.py FOLDER standard   every port of cosim/ports.py but WFI and debug mode, with the Shield-Bitmap
    fixture.py FOLDER wfi        the same with WFI (its ports only: the machine stays 2025-05)
    fixture.py FOLDER july       the ports of 2026-07-v2: with debug mode, without MXR
    fixture.py FOLDER renamed    other names throughout and FOLDER/ports.map for them; ports that
                                 generators drop are dropped, others that nobody knows are there,
                                 reset is active low, counters come two cycles late

Plusargs plant faults: +fault flips a page number of the data side, +fatal calls $fatal unless
SYNTHESIS is defined.
"""
import glob
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "cosim"))
import ports  # noqa: E402 pylint: disable=wrong-import-position

DROPPED = ["io_tlb_1_resp_ready", "io_tlb_0_resp_bits_s2_entry_n",
           "io_tlb_1_resp_bits_s1_entry_perm_g", "io_csr_tlb_priv_virt_changed",
           "auto_out_d_bits_size", "io_perf_18_value"]
EXTRA = ["input cg_bore_cgen", "input [79:0] dft_chain_i", "output [3:0] dft_chain_o"]

# What stands in front of the machine, and behind it.
BEGIN = """
  import l2tlb_pkg::*;
  function automatic l2tlb_cfg_t cfg();
    cfg = CFG_MINIMAL;
    cfg.HasBitmap = BITMAP;
  endfunction
  localparam l2tlb_cfg_t CFG = cfg();
  logic rst_n, fault;
  assign rst_n = RESET_N;
  initial fault = $test$plusargs("fault") != 0;
`include "l2tlb_wires.svh"
"""

CLOCK = """
  logic clock;
  assign clock = x_clock_p;
"""

FATAL = """
`ifndef SYNTHESIS
  always @(posedge clock) if ($test$plusargs("fatal") != 0 && resp_valid[1]) $fatal(1, "planted");
`endif
"""

LATE = """
  logic [18:0][5:0] perf_q, perf_late;
  always_ff @(posedge clock) begin
    perf_q <= perf;
    perf_late <= perf_q;
  end
"""


class Variant:
    def __init__(self, kind):
        self.renamed = kind == "renamed"
        absent = () if kind in ("wfi", "july") else ("io_wfi_",)
        absent += ("io_csr_tlb_priv_mxr",) if kind == "july" else ("io_csr_tlb_priv_debug",)
        if self.renamed:
            absent += ("io_csr_tlb_mbmc_", *DROPPED)
        self.absent = absent
        self.extra = EXTRA if self.renamed else []
        self.id_width = 3 if self.renamed else 4  # 6 LLPTW entries, PTW, HPTW; 8 of the bitmap

    def name(self, port):
        return f"x_{port}_p" if self.renamed else port

    def has(self, port):
        return not port.startswith(self.absent)


def connect(variant, name, known):
    """The assignment between a port and its wire, or of what an absent input counts as."""
    w = ports.wire(known)
    if w is None or known.direction == "output" and not variant.has(name):
        return ""
    if known.direction == "input":
        absent = "1'b1" if w == "resp_ready[1]" else "'0"
        return f"  assign {w} = {variant.name(name) if variant.has(name) else absent};\n"
    if variant.renamed and w.startswith("perf["):
        w = "perf_late" + w.removeprefix("perf")
    value = w + (" ^ 41'(fault && resp[1].s1.level == 2'd1)" if w == "resp[1].s1.ppn" else "")
    return f"  assign {variant.name(name)} = {value};\n"


def declare(direction, width, name):
    """As the generator writes it."""
    return ports.declare(direction, width, name).replace(" logic", "")


def module(variant):
    known = ports.table()
    clock, reset = variant.name("clock"), variant.name("reset")
    lines = [declare("input", 1, clock), declare("input", 1, reset)]
    for name, p in known.items():
        width = variant.id_width if name in ports.ID_PORTS else p.width
        if variant.has(name):
            lines.append(declare(p.direction, width, variant.name(name)))
    text = ('`include "l2tlb_pkg.sv"\n`include "l2tlb_pc_pkg.sv"\nmodule L2TLB(\n  ' + ",\n  ".join(lines + variant.extra) +
            "\n);\n" + (CLOCK if variant.renamed else "") + BEGIN + (LATE if variant.renamed else "") +
            "".join(connect(variant, n, p) for n, p in known.items()) + FATAL + "endmodule\n")
    for word, value in (("RESET_N", reset if variant.renamed else "!" + reset),
                        ("BITMAP", f"1'b{0 if variant.renamed else 1}")):
        text = text.replace(word, value)
    return text


def port_map(variant):
    """RTL_MAP: one line per port, with the remarks and spaces that people write."""
    lines = ["# ours = theirs\n", "\n", f"clock={variant.name('clock')}\n",
             f"reset = !{variant.name('reset')}  # active low\n", "counters_late = 2\n"]
    return "".join(lines + [f"{n} = {variant.name(n)}\n" for n in ports.table() if variant.has(n)])


def main():
    folder, kind = sys.argv[1:]
    variant = Variant(kind)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(ROOT, "rtl/files.f"), encoding="utf-8") as f:
        files = f.read().split() + [*glob.glob("rtl/*.svh", root_dir=ROOT), "cosim/l2tlb_wires.svh"]
    for name in files:
        link = os.path.join(folder, os.path.basename(name))
        if not os.path.lexists(link):
            os.symlink(os.path.join(ROOT, name), link)
    ports.write_if_changed(os.path.join(folder, "L2TLB.sv"), module(variant))
    if variant.renamed:
        ports.write_if_changed(os.path.join(folder, "ports.map"), port_map(variant))


if __name__ == "__main__":
    main()
