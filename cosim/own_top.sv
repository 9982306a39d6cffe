// SPDX-License-Identifier: MulanPSL-2.0
// Our L2TLB for the C++ side: sizes and switches as integer parameters (verilator -G), the ports of
// XiangShan's generator (own_*.svh are written by cosim/own.py).
module own_top
  import l2tlb_pkg::*;
#(
    parameter int unsigned L3Size = 4,
    parameter int unsigned L2Size = 4,
    parameter int unsigned SpSize = 4,
    parameter int unsigned L1Sets = 4,
    parameter int unsigned L1Ways = 4,
    parameter int unsigned L0Sets = 4,
    parameter int unsigned L0Ways = 8,
    parameter int unsigned LlptwSize = 6,
    parameter int unsigned MissqSize = 40,
    parameter int unsigned Prefetch = 1,
    parameter int unsigned PmpEntries = 16,
    parameter int unsigned Revision = 0,  // C: enum revision
    parameter int unsigned ErrataLow = 0,   // l2tlb_errata_t[31:0]
    parameter int unsigned ErrataHigh = 0,  // the rest of it
    parameter int unsigned Bitmap = 0,
    parameter int unsigned BitmapEntries = 8,
    parameter int unsigned BcSets = 1,
    parameter int unsigned BcWays = 16,
    parameter int unsigned KeyIdBits = 0
) (
    input  logic clock,
    input  logic reset,
`include "own_ports.svh"
`ifdef COSIM_DUMP
    input  logic dump_i,  // a rising edge writes the state as text
`endif
    output logic [23:0][31:0] cfg  // what the RTL was built with
);

  localparam bit [63:0] ERRATA = {32'(ErrataHigh), 32'(ErrataLow)};
  localparam l2tlb_errata_t FIXED = l2tlb_errata_t'(ERRATA[$bits(l2tlb_errata_t)-1:0]);
  localparam l2tlb_cfg_t CFG = '{
      L3Size: 32'(L3Size), L2Size: 32'(L2Size), SpSize: 32'(SpSize),
      L1Sets: 32'(L1Sets), L1Ways: 32'(L1Ways), L0Sets: 32'(L0Sets), L0Ways: 32'(L0Ways),
      HashAsidWidth: 3, HashVpnWidth: 6, LlptwSize: 32'(LlptwSize), MissqSize: 32'(MissqSize),
      Prefetch: Prefetch != 0, PmpEntries: 32'(PmpEntries), PmaEntries: 32'(PmpEntries),
      KeyIdBits: 32'(KeyIdBits), HasBitmap: Bitmap != 0, BitmapEntries: 32'(BitmapEntries),
      BcSets: 32'(BcSets), BcWays: 32'(BcWays),
      Rule: rules_with_fixes(rules_of(32'(Revision)), FIXED),
      Fixed: FIXED};

  // The last words: errata and how many there are.
  assign cfg = {{4{32'd0}}, 32'($bits(l2tlb_errata_t)), 64'(FIXED), 32'(KeyIdBits), 32'(BcWays),
                32'(BcSets), 32'(BitmapEntries), 32'(Bitmap), 32'(Revision), 32'(PmpEntries),
                32'(Prefetch), 32'(MissqSize), 32'(LlptwSize), 32'(L0Ways), 32'(L0Sets),
                32'(L1Ways), 32'(L1Sets), 32'(SpSize), 32'(L2Size), 32'(L3Size)};

  logic rst_n;
  assign rst_n = !reset;
`include "l2tlb_wires.svh"
`include "own_wires.svh"

`ifdef COSIM_DUMP
  // State of the machine as text, for the report of a difference.
  import "DPI-C" context function void cosim_state_line(input string text);

  always @(posedge dump_i) begin
    cosim_state_line($sformatf("pagecache: delay %b check %b resp %b vpn %x s2xlate %0d hptw %b",
        u_l2tlb.u_pagecache.delay_valid_q, u_l2tlb.u_pagecache.check_valid_q,
        u_l2tlb.u_pagecache.resp_valid_q, u_l2tlb.u_pagecache.resp_q.info.vpn,
        u_l2tlb.u_pagecache.resp_q.info.s2xlate, u_l2tlb.u_pagecache.resp_q.is_hptw));
    cosim_state_line($sformatf("pagecache: refill %b level %0d vpn %x", u_l2tlb.refill_valid,
        u_l2tlb.refill.info.level, u_l2tlb.refill.info.info.vpn));
    for (int i = 0; i < int'(LlptwSize); i++) begin
      cosim_state_line($sformatf("llptw %0d: state %0d vpn %x s2xlate %0d wait_id %0d ppn %x af %b",
          i, u_l2tlb.u_llptw.state_q[i], u_l2tlb.u_llptw.entries_q[i].info.vpn,
          u_l2tlb.u_llptw.entries_q[i].info.s2xlate, u_l2tlb.u_llptw.entries_q[i].wait_id,
          u_l2tlb.u_llptw.entries_q[i].ppn, u_l2tlb.u_llptw.entries_q[i].af));
    end
    cosim_state_line($sformatf(
        "ptw: idle %b vpn %x s2xlate %0d level %0d pmp %b mem %b/%b llptw %b hptw %b/%b last %b/%b",
        u_l2tlb.u_ptw.idle_q, u_l2tlb.u_ptw.vpn_q, u_l2tlb.u_ptw.req_s2xlate_q,
        u_l2tlb.u_ptw.level_q, u_l2tlb.u_ptw.s_pmp_check_q, u_l2tlb.u_ptw.s_mem_req_q,
        u_l2tlb.u_ptw.w_mem_resp_q, u_l2tlb.u_ptw.s_llptw_req_q, u_l2tlb.u_ptw.s_hptw_req_q,
        u_l2tlb.u_ptw.w_hptw_resp_q, u_l2tlb.u_ptw.s_last_hptw_req_q,
        u_l2tlb.u_ptw.w_last_hptw_resp_q));
    cosim_state_line($sformatf("ptw: decide %b accessFault %b hptw faults %b%b need_last %b pte %x",
        u_l2tlb.u_ptw.mem_addr_update_q, u_l2tlb.u_ptw.access_fault_q,
        u_l2tlb.u_ptw.hptw_page_fault_q, u_l2tlb.u_ptw.hptw_access_fault_q,
        u_l2tlb.u_ptw.need_last_s2xlate_q, u_l2tlb.u_ptw.pte_i));
    cosim_state_line($sformatf("hptw: idle %b gvpn %x id %0d level %0d pmp %b mem %b/%b decide %b",
        u_l2tlb.u_hptw.idle_q, u_l2tlb.u_hptw.req_q.gvpn, u_l2tlb.u_hptw.req_q.id,
        u_l2tlb.u_hptw.level_q, u_l2tlb.u_hptw.s_pmp_check_q, u_l2tlb.u_hptw.s_mem_req_q,
        u_l2tlb.u_hptw.w_mem_resp_q, u_l2tlb.u_hptw.mem_addr_update_q));
    cosim_state_line($sformatf("queue: enq %0d deq %0d; prefetch %b %x; counter %0d; waiting %b",
        u_l2tlb.u_missqueue.u_fifo.enq_ptr_q, u_l2tlb.u_missqueue.u_fifo.deq_ptr_q,
        u_l2tlb.u_prefetch.v_q, u_l2tlb.u_prefetch.next_req_q,
        u_l2tlb.u_reqarb.tlb_counter_q, u_l2tlb.u_mempath.waiting_resp_q));
  end
`endif

endmodule
