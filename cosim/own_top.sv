// SPDX-License-Identifier: MulanPSL-2.0
// Our L2TLB for the C++ side: sizes and switches as integer parameters (verilator -G), every field
// of every bundle as a port of its own.
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
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic         req0_valid,
    output logic         req0_ready,
    input  logic [37:0]  req0_vpn,
    input  logic [1:0]   req0_s2xlate,
    output logic         resp0_valid,
    input  logic         resp0_ready,
    output logic [1:0]   resp0_s2xlate,
    output logic [34:0]  resp0_s1_tag,
    output logic [15:0]  resp0_s1_asid,
    output logic [13:0]  resp0_s1_vmid,
    output logic         resp0_s1_n,
    output logic [1:0]   resp0_s1_pbmt,
    output logic [6:0]   resp0_s1_perm,
    output logic [1:0]   resp0_s1_level,
    output logic         resp0_s1_v,
    output logic [40:0]  resp0_s1_ppn,
    output logic [2:0]   resp0_s1_addr_low,
    output logic [23:0]  resp0_s1_ppn_low,
    output logic [7:0]   resp0_s1_valididx,
    output logic [7:0]   resp0_s1_pteidx,
    output logic         resp0_s1_pf,
    output logic         resp0_s1_af,
    output logic [37:0]  resp0_s2_tag,
    output logic [13:0]  resp0_s2_vmid,
    output logic         resp0_s2_n,
    output logic [1:0]   resp0_s2_pbmt,
    output logic [37:0]  resp0_s2_ppn,
    output logic [6:0]   resp0_s2_perm,
    output logic [1:0]   resp0_s2_level,
    output logic         resp0_s2_gpf,
    output logic         resp0_s2_gaf,
    input  logic         req1_valid,
    output logic         req1_ready,
    input  logic [37:0]  req1_vpn,
    input  logic [1:0]   req1_s2xlate,
    output logic         resp1_valid,
    input  logic         resp1_ready,
    output logic [1:0]   resp1_s2xlate,
    output logic [34:0]  resp1_s1_tag,
    output logic [15:0]  resp1_s1_asid,
    output logic [13:0]  resp1_s1_vmid,
    output logic         resp1_s1_n,
    output logic [1:0]   resp1_s1_pbmt,
    output logic [6:0]   resp1_s1_perm,
    output logic [1:0]   resp1_s1_level,
    output logic         resp1_s1_v,
    output logic [40:0]  resp1_s1_ppn,
    output logic [2:0]   resp1_s1_addr_low,
    output logic [23:0]  resp1_s1_ppn_low,
    output logic [7:0]   resp1_s1_valididx,
    output logic [7:0]   resp1_s1_pteidx,
    output logic         resp1_s1_pf,
    output logic         resp1_s1_af,
    output logic [37:0]  resp1_s2_tag,
    output logic [13:0]  resp1_s2_vmid,
    output logic         resp1_s2_n,
    output logic [1:0]   resp1_s2_pbmt,
    output logic [37:0]  resp1_s2_ppn,
    output logic [6:0]   resp1_s2_perm,
    output logic [1:0]   resp1_s2_level,
    output logic         resp1_s2_gpf,
    output logic         resp1_s2_gaf,
    input  logic         sf_valid,
    input  logic         sf_rs1,
    input  logic         sf_rs2,
    input  logic [49:0]  sf_addr,
    input  logic [15:0]  sf_id,
    input  logic         sf_hv,
    input  logic         sf_hg,
    input  logic [3:0]   satp_mode,
    input  logic [15:0]  satp_id,
    input  logic [43:0]  satp_ppn,
    input  logic         satp_changed,
    input  logic [3:0]   vsatp_mode,
    input  logic [15:0]  vsatp_id,
    input  logic [43:0]  vsatp_ppn,
    input  logic         vsatp_changed,
    input  logic [3:0]   hgatp_mode,
    input  logic [15:0]  hgatp_id,
    input  logic [43:0]  hgatp_ppn,
    input  logic         hgatp_changed,
    input  logic [57:0]  mbmc_bma,
    input  logic         mbmc_bme,
    input  logic         mbmc_bclear,
    input  logic         mbmc_cmode,
    input  logic         mbmc_keyiden,
    input  logic         priv_mxr,
    input  logic         priv_virt,
    input  logic         priv_virt_changed,
    input  logic         priv_debug,
    input  logic         m_pbmte,
    input  logic         h_pbmte,
    input  logic         csr_w_valid,
    input  logic [11:0]  csr_w_addr,
    input  logic [63:0]  csr_w_data,
    output logic         a_valid,
    input  logic         a_ready,
    output logic [4:0]   a_source,
    output logic [47:0]  a_address,
    input  logic         d_valid,
    input  logic [4:0]   d_source,
    input  logic [255:0] d_data,
    input  logic         wfi_req,
    output logic         wfi_safe,
    output logic [113:0] perf,
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

  ptw_resp_t [1:0] resp;
  tlb_csr_t csr;

  assign csr = '{
      satp: '{mode: satp_mode, id: satp_id, ppn: satp_ppn, changed: satp_changed},
      vsatp: '{mode: vsatp_mode, id: vsatp_id, ppn: vsatp_ppn, changed: vsatp_changed},
      hgatp: '{mode: hgatp_mode, id: hgatp_id, ppn: hgatp_ppn, changed: hgatp_changed},
      mbmc: '{bma: mbmc_bma, bme: mbmc_bme, bclear: mbmc_bclear, cmode: mbmc_cmode,
              keyiden: mbmc_keyiden, changed: 1'b0},
      mxr: priv_mxr, virt: priv_virt, virt_changed: priv_virt_changed, debug: priv_debug,
      m_pbmte: m_pbmte, h_pbmte: h_pbmte};

  l2tlb #(.Cfg(CFG)) u_l2tlb (
      .clk_i, .rst_ni,
      .tlb_req_valid_i({req1_valid, req0_valid}), .tlb_req_ready_o({req1_ready, req0_ready}),
      .tlb_req_vpn_i({req1_vpn, req0_vpn}), .tlb_req_s2xlate_i({req1_s2xlate, req0_s2xlate}),
      .tlb_resp_valid_o({resp1_valid, resp0_valid}), .tlb_resp_ready_i({resp1_ready, resp0_ready}),
      .tlb_resp_o(resp),
      .sfence_i('{valid: sf_valid, rs1: sf_rs1, rs2: sf_rs2, addr: sf_addr, id: sf_id, hv: sf_hv,
                  hg: sf_hg}),
      .csr_i(csr), .csr_w_i('{valid: csr_w_valid, addr: csr_w_addr, data: csr_w_data}),
      .a_valid_o(a_valid), .a_ready_i(a_ready), .a_source_o(a_source), .a_address_o(a_address),
      .d_valid_i(d_valid), .d_source_i(d_source), .d_data_i(d_data),
      .wfi_req_i(wfi_req), .wfi_safe_o(wfi_safe), .perf_o(perf));

  assign resp0_s2xlate = resp[0].s2xlate;
  assign resp0_s1_tag = resp[0].s1.tag;
  assign resp0_s1_asid = resp[0].s1.asid;
  assign resp0_s1_vmid = resp[0].s1.vmid;
  assign resp0_s1_n = resp[0].s1.n;
  assign resp0_s1_pbmt = resp[0].s1.pbmt;
  assign resp0_s1_perm = resp[0].s1.perm;
  assign resp0_s1_level = resp[0].s1.level;
  assign resp0_s1_v = resp[0].s1.v;
  assign resp0_s1_ppn = resp[0].s1.ppn;
  assign resp0_s1_addr_low = resp[0].s1.addr_low;
  assign resp0_s1_ppn_low = resp[0].s1.ppn_low;
  assign resp0_s1_valididx = resp[0].s1.valididx;
  assign resp0_s1_pteidx = resp[0].s1.pteidx;
  assign resp0_s1_pf = resp[0].s1.pf;
  assign resp0_s1_af = resp[0].s1.af;
  assign resp0_s2_tag = resp[0].s2.tag;
  assign resp0_s2_vmid = resp[0].s2.vmid;
  assign resp0_s2_n = resp[0].s2.n;
  assign resp0_s2_pbmt = resp[0].s2.pbmt;
  assign resp0_s2_ppn = resp[0].s2.ppn;
  assign resp0_s2_perm = resp[0].s2.perm;
  assign resp0_s2_level = resp[0].s2.level;
  assign resp0_s2_gpf = resp[0].s2.gpf;
  assign resp0_s2_gaf = resp[0].s2.gaf;
  assign resp1_s2xlate = resp[1].s2xlate;
  assign resp1_s1_tag = resp[1].s1.tag;
  assign resp1_s1_asid = resp[1].s1.asid;
  assign resp1_s1_vmid = resp[1].s1.vmid;
  assign resp1_s1_n = resp[1].s1.n;
  assign resp1_s1_pbmt = resp[1].s1.pbmt;
  assign resp1_s1_perm = resp[1].s1.perm;
  assign resp1_s1_level = resp[1].s1.level;
  assign resp1_s1_v = resp[1].s1.v;
  assign resp1_s1_ppn = resp[1].s1.ppn;
  assign resp1_s1_addr_low = resp[1].s1.addr_low;
  assign resp1_s1_ppn_low = resp[1].s1.ppn_low;
  assign resp1_s1_valididx = resp[1].s1.valididx;
  assign resp1_s1_pteidx = resp[1].s1.pteidx;
  assign resp1_s1_pf = resp[1].s1.pf;
  assign resp1_s1_af = resp[1].s1.af;
  assign resp1_s2_tag = resp[1].s2.tag;
  assign resp1_s2_vmid = resp[1].s2.vmid;
  assign resp1_s2_n = resp[1].s2.n;
  assign resp1_s2_pbmt = resp[1].s2.pbmt;
  assign resp1_s2_ppn = resp[1].s2.ppn;
  assign resp1_s2_perm = resp[1].s2.perm;
  assign resp1_s2_level = resp[1].s2.level;
  assign resp1_s2_gpf = resp[1].s2.gpf;
  assign resp1_s2_gaf = resp[1].s2.gaf;

`ifdef COSIM_DUMP
  `include "own_names.svh"  // the ports under XiangShan's names (cosim/names.py)

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
