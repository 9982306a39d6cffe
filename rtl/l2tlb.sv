// SPDX-License-Identifier: MulanPSL-2.0
// The L2TLB: wiring of the blocks, nothing else (spec A 1). Synchronous reset, active low; hold it
// for at least eight edges with stable CSR inputs.
`include "l2tlb_assert.svh"
module l2tlb
  import l2tlb_pkg::*;
#(
    parameter l2tlb_cfg_t Cfg = CFG_MINIMAL
) (
    input  logic             clk_i,
    input  logic             rst_ni,

    input  logic [1:0]       tlb_req_valid_i,  // 0 instruction side, 1 data side
    output logic [1:0]       tlb_req_ready_o,
    input  vpn_t [1:0]       tlb_req_vpn_i,
    input  logic [1:0][1:0]  tlb_req_s2xlate_i,
    output logic [1:0]       tlb_resp_valid_o,
    input  logic [1:0]       tlb_resp_ready_i,
    output ptw_resp_t [1:0]  tlb_resp_o,

    input  sfence_t          sfence_i,
    input  tlb_csr_t         csr_i,
    input  csr_write_t       csr_w_i,

    output logic             a_valid_o,
    input  logic             a_ready_i,
    output mem_id_t          a_source_o,
    output logic [47:0]      a_address_o,
    input  logic             d_valid_i,
    input  mem_id_t          d_source_i,
    input  logic [255:0]     d_data_i,

    input  logic             wfi_req_i,
    output logic             wfi_safe_o,
    output logic [18:0][5:0] perf_o
);

  localparam int unsigned N = Cfg.LlptwSize;
  localparam int unsigned E = Cfg.HasBitmap ? Cfg.BitmapEntries : 0;
  localparam int unsigned EW = $clog2(Cfg.BitmapEntries);
  localparam mem_id_t PTW_ID = 5'(N);
  localparam mem_id_t HPTW_ID = 5'(N + 1);

  `L2_INIT(N >= 2 && N <= 14, "LlptwSize must be 2..14")
  `L2_INIT($onehot(Cfg.L3Size) && Cfg.L3Size >= 2 && Cfg.L3Size <= 64, "bad L3Size")
  `L2_INIT($onehot(Cfg.L2Size) && Cfg.L2Size >= 2 && Cfg.L2Size <= 64, "bad L2Size")
  `L2_INIT($onehot(Cfg.SpSize) && Cfg.SpSize >= 2 && Cfg.SpSize <= 64, "bad SpSize")
  `L2_INIT($onehot(Cfg.L1Sets) && Cfg.L1Sets >= 2, "bad L1Sets")
  `L2_INIT($onehot(Cfg.L1Ways) && Cfg.L1Ways >= 2 && Cfg.L1Ways <= 32, "bad L1Ways")
  `L2_INIT($onehot(Cfg.L0Sets) && Cfg.L0Sets >= 2, "bad L0Sets")
  `L2_INIT($onehot(Cfg.L0Ways) && Cfg.L0Ways >= 2 && Cfg.L0Ways <= 32, "bad L0Ways")
  `L2_INIT(Cfg.MissqSize >= 2, "MissqSize must be at least 2")
  `L2_INIT($onehot(Cfg.BitmapEntries) && Cfg.BitmapEntries >= 2 && Cfg.BitmapEntries <= 16,
           "bad BitmapEntries")
  `L2_INIT($onehot(Cfg.BcSets) && Cfg.BcSets <= 4096, "bad BcSets")
  `L2_INIT($onehot(Cfg.BcWays) && Cfg.BcWays >= 2 && Cfg.BcWays <= 64, "bad BcWays")
  `L2_INIT(Cfg.KeyIdBits <= 12 && (Cfg.KeyIdBits == 0 || Cfg.HasBitmap), "bad KeyIdBits")

  // --- Control -------------------------------------------------------------------------------

  tlb_csr_t csr;
  sfence_t sfence;
  logic flush;

  l2tlb_ctl #(.Cfg(Cfg)) u_ctl (
      .clk_i, .rst_ni, .csr_i, .sfence_i, .csr_o(csr), .sfence_o(sfence), .flush_o(flush));

  pmp_entry_t [Cfg.PmpEntries-1:0] pmp;
  pmp_entry_t [Cfg.PmaEntries-1:0] pma;
  logic [4:0][47:0] pmp_addr;  // PTW, LLPTW, HPTW, second port of the LLPTW, bitmap
  logic [4:0] pmp_fault;

  l2tlb_pmp #(.Cfg(Cfg)) u_pmp (.clk_i, .rst_ni, .w_i(csr_w_i), .pmp_o(pmp), .pma_o(pma));

  for (genvar i = 0; i < 5; i++) begin : gen_check
    if (i < 3 || (i == 3 ? Cfg.Rule.llptw_two_pmp_ports : Cfg.HasBitmap)) begin : gen_port
      l2tlb_pmpcheck #(.Cfg(Cfg), .Bitmap(i == 4)) u_check (
          .pmp_i(pmp), .pma_i(pma), .csr_i(csr), .addr_i(pmp_addr[i]),
          .fault_o(pmp_fault[i]));
    end else begin : gen_none
      assign pmp_fault[i] = 1'b0;
    end
  end

  // --- Look-up -------------------------------------------------------------------------------

  logic ptw_h_valid, ptw_h_ready, llptw_h_valid, llptw_h_ready;
  vpn_t ptw_h_gvpn, llptw_h_gvpn;
  logic [1:0] llptw_h_source;
  mem_id_t llptw_h_id;
  logic ptw_re_valid, ptw_re_ready, mq_valid, mq_ready, pf_valid, pf_ready;
  req_info_t ptw_re, mq_out, pf_out;
  logic cache_req_valid, cache_req_ready, cache_resp_valid, cache_resp_ready;
  lookup_t cache_req;
  cache_resp_t cache_resp;
  jump_t jump;
  logic refill_valid;
  refill_t refill;
  logic [7:0] cache_perf;
  logic wakeup_valid, wakeup_ready;
  wakeup_t wakeup;
  logic [4:0] l0_way;

  l2tlb_reqarb #(.Cfg(Cfg)) u_reqarb (
      .clk_i, .rst_ni, .flush_i(flush),
      .ptw_h_valid_i(ptw_h_valid), .ptw_h_ready_o(ptw_h_ready), .ptw_h_gvpn_i(ptw_h_gvpn),
      .ptw_h_source_i(ptw_re.source),
      .llptw_h_valid_i(llptw_h_valid), .llptw_h_ready_o(llptw_h_ready),
      .llptw_h_gvpn_i(llptw_h_gvpn), .llptw_h_source_i(llptw_h_source), .llptw_h_id_i(llptw_h_id),
      .ptw_valid_i(ptw_re_valid), .ptw_ready_o(ptw_re_ready), .ptw_i(ptw_re),
      .mq_valid_i(mq_valid), .mq_ready_o(mq_ready), .mq_i(mq_out),
      .tlb_valid_i(tlb_req_valid_i), .tlb_ready_o(tlb_req_ready_o), .tlb_vpn_i(tlb_req_vpn_i),
      .tlb_s2xlate_i(tlb_req_s2xlate_i),
      .pf_valid_i(pf_valid), .pf_ready_o(pf_ready), .pf_i(pf_out),
      .resp_fire_i(tlb_resp_valid_o & tlb_resp_ready_i),
      .cache_valid_o(cache_req_valid), .cache_ready_i(cache_req_ready), .cache_o(cache_req));

  l2tlb_pagecache #(.Cfg(Cfg)) u_pagecache (
      .clk_i, .rst_ni, .flush_i(flush), .csr_i(csr), .sfence_i(sfence),
      .req_valid_i(cache_req_valid), .req_ready_o(cache_req_ready), .req_i(cache_req),
      .resp_valid_o(cache_resp_valid), .resp_ready_i(cache_resp_ready), .resp_o(cache_resp),
      .jump_o(jump), .refill_valid_i(refill_valid), .refill_i(refill),
      .wakeup_valid_i(wakeup_valid), .wakeup_ready_o(wakeup_ready), .wakeup_i(wakeup),
      .l0_way_o(l0_way), .perf_o(cache_perf));

  // --- Routing of the answer -----------------------------------------------------------------

  logic [1:0] hit_valid, hit_ready;
  logic hptw_hit_valid, hptw_valid, hptw_ready, llptw_valid, llptw_ready, ptw_valid, ptw_ready;
  logic mq_in_valid, mq_in_ready, pf_trigger;
  hptw_req_t hptw_req;
  llptw_req_t llptw_req;
  ptw_req_t ptw_req;
  missq_req_t mq_in;

  l2tlb_route #(.Cfg(Cfg)) u_route (
      .clk_i, .rst_ni, .valid_i(cache_resp_valid), .ready_o(cache_resp_ready), .resp_i(cache_resp),
      .jump_i(jump), .hit_valid_o(hit_valid), .hit_ready_i(hit_ready), .hptw_hit_valid_o(hptw_hit_valid),
      .hptw_valid_o(hptw_valid), .hptw_ready_i(hptw_ready), .hptw_o(hptw_req),
      .llptw_valid_o(llptw_valid), .llptw_ready_i(llptw_ready), .llptw_o(llptw_req),
      .ptw_valid_o(ptw_valid), .ptw_ready_i(ptw_ready), .ptw_o(ptw_req),
      .mq_valid_o(mq_in_valid), .mq_ready_i(mq_in_ready), .mq_o(mq_in),
      .prefetch_valid_o(pf_trigger));

  logic llptw_cache_valid, llptw_cache_ready;
  req_info_t llptw_cache;

  l2tlb_missqueue #(.Cfg(Cfg)) u_missqueue (
      .clk_i, .rst_ni, .flush_i(flush),
      .cache_valid_i(mq_in_valid), .cache_ready_o(mq_in_ready), .cache_i(mq_in),
      .llptw_valid_i(llptw_cache_valid), .llptw_ready_o(llptw_cache_ready), .llptw_i(llptw_cache),
      .llptw_free_i(llptw_ready), .ptw_free_i(ptw_ready),
      .out_valid_o(mq_valid), .out_ready_i(mq_ready), .out_o(mq_out));

  l2tlb_prefetch #(.Cfg(Cfg)) u_prefetch (
      .clk_i, .rst_ni, .flush_i(flush), .csr_i(csr), .in_valid_i(pf_trigger),
      .in_vpn_i(cache_resp.req.info.vpn), .out_valid_o(pf_valid), .out_ready_i(pf_ready),
      .out_o(pf_out));

  // --- G answers: a PageCache hit goes before the walker (spec A 1.6) ---------------------------

  logic h_valid, h_resp_valid, ptw_h_resp_valid, llptw_h_resp_valid;
  mem_id_t h_id, h_resp_id;
  hptw_resp_t h_resp, h_walk_resp;

  assign h_resp_valid = hptw_hit_valid || h_valid;
  assign h_resp_id = hptw_hit_valid ? cache_resp.req.hptw_id : h_id;
  assign h_resp = hptw_hit_valid ? cache_resp.h_resp : h_walk_resp;
  assign ptw_h_resp_valid = h_resp_valid && h_resp_id == PTW_ID;
  assign llptw_h_resp_valid = h_resp_valid && h_resp_id != PTW_ID;

  // --- Walkers -------------------------------------------------------------------------------

  logic ptw_out_valid, ptw_out_ready, llptw_out_valid, llptw_out_ready;
  logic [1:0] ptw_out_source, ptw_out_s2xlate;
  merge_resp_t ptw_out;
  hptw_resp_t ptw_out_h, llptw_out_h;
  logic llptw_out_jmp;
  line_t llptw_out_ptes;
  logic [7:0] llptw_out_cfs;
  logic bitmap;  // pages are tested
  logic [2:0] bm_valid, bm_ready, bm_resp;  // PTW, LLPTW, HPTW
  bitmap_req_t [2:0] bm_req;
  bitmap_resp_t bm_verdict;

  assign bitmap = Cfg.HasBitmap && bitmap_on(csr);
  logic [3:0] mem_valid, mem_ready;  // PTW, LLPTW, HPTW, bitmap
  mem_req_t [3:0] mem;
  logic ptw_mem_resp, llptw_mem_resp, hptw_mem_resp, bm_mem_resp;
  pte_t ptw_pte, hptw_pte;
  refill_info_t ptw_refill, hptw_refill;
  req_info_t llptw_refill, llptw_out_info;
  logic [mem_ids(Cfg)-1:0] waiting, flush_latch;
  mem_id_t llptw_mem_resp_id, enq_ptr, llptw_out_id;
  line_t llptw_mem_value, sector;
  logic [N-1:0] buffer_it;
  logic llptw_out_af, llptw_out_first_fault;
  logic [6:0] ptw_perf;
  logic [8:0] llptw_perf;

  l2tlb_ptw #(.Cfg(Cfg)) u_ptw (
      .clk_i, .rst_ni, .flush_i(flush), .csr_i(csr),
      .req_valid_i(ptw_valid), .req_ready_o(ptw_ready), .req_i(ptw_req),
      .resp_valid_o(ptw_out_valid), .resp_ready_i(ptw_out_ready), .resp_source_o(ptw_out_source),
      .resp_s2xlate_o(ptw_out_s2xlate), .resp_o(ptw_out), .resp_h_o(ptw_out_h),
      .llptw_valid_o(ptw_re_valid), .llptw_ready_i(ptw_re_ready), .llptw_o(ptw_re),
      .hptw_req_valid_o(ptw_h_valid), .hptw_req_ready_i(ptw_h_ready),
      .hptw_req_gvpn_o(ptw_h_gvpn), .hptw_resp_valid_i(ptw_h_resp_valid), .hptw_resp_i(h_resp),
      .mem_valid_o(mem_valid[0]), .mem_ready_i(mem_ready[0]), .mem_o(mem[0]),
      .mem_mask_i(waiting[N]), .mem_resp_valid_i(ptw_mem_resp), .pte_i(ptw_pte),
      .pmp_addr_o(pmp_addr[0]), .pmp_fault_i(pmp_fault[0]), .refill_o(ptw_refill),
      .bitmap_i(bitmap), .bm_req_valid_o(bm_valid[0]), .bm_req_ready_i(bm_ready[0]),
      .bm_req_o(bm_req[0]), .bm_resp_valid_i(bm_resp[0]), .bm_resp_i(bm_verdict),
      .perf_o(ptw_perf));

  l2tlb_llptw #(.Cfg(Cfg)) u_llptw (
      .clk_i, .rst_ni, .flush_i(flush), .csr_i(csr),
      .in_valid_i(llptw_valid), .in_ready_o(llptw_ready), .in_i(llptw_req), .enq_ptr_o(enq_ptr),
      .out_valid_o(llptw_out_valid), .out_ready_i(llptw_out_ready), .out_id_o(llptw_out_id),
      .out_info_o(llptw_out_info), .out_af_o(llptw_out_af),
      .out_first_s2xlate_fault_o(llptw_out_first_fault), .out_h_resp_o(llptw_out_h),
      .out_jmp_o(llptw_out_jmp), .out_ptes_o(llptw_out_ptes), .out_cfs_o(llptw_out_cfs),
      .cache_valid_o(llptw_cache_valid), .cache_ready_i(llptw_cache_ready), .cache_o(llptw_cache),
      .mem_valid_o(mem_valid[1]), .mem_ready_i(mem_ready[1]), .mem_o(mem[1]),
      .req_mask_i(waiting[N-1:0]), .flush_latch_i(flush_latch[N-1:0]),
      .mem_resp_valid_i(llptw_mem_resp), .mem_resp_id_i(llptw_mem_resp_id),
      .mem_resp_value_i(llptw_mem_value), .buffer_it_o(buffer_it), .refill_o(llptw_refill),
      .hptw_req_valid_o(llptw_h_valid), .hptw_req_ready_i(llptw_h_ready),
      .hptw_req_gvpn_o(llptw_h_gvpn), .hptw_req_source_o(llptw_h_source),
      .hptw_req_id_o(llptw_h_id), .hptw_resp_valid_i(llptw_h_resp_valid),
      .hptw_resp_id_i(h_resp_id), .hptw_resp_i(h_resp),
      .pmp_addr_o(pmp_addr[1]), .pmp_fault_i(pmp_fault[1]),
      .pmp2_addr_o(pmp_addr[3]), .pmp2_fault_i(pmp_fault[3]),
      .bitmap_i(bitmap), .l0_way_i(l0_way), .bm_req_valid_o(bm_valid[1]),
      .bm_req_ready_i(bm_ready[1]), .bm_req_o(bm_req[1]), .bm_resp_valid_i(bm_resp[1]),
      .bm_resp_i(bm_verdict), .perf_o(llptw_perf));

  l2tlb_hptw #(.Cfg(Cfg)) u_hptw (
      .clk_i, .rst_ni, .flush_i(flush), .csr_i(csr),
      .req_valid_i(hptw_valid), .req_ready_o(hptw_ready), .req_i(hptw_req),
      .resp_valid_o(h_valid), .resp_ready_i(!hptw_hit_valid), .resp_id_o(h_id),
      .resp_o(h_walk_resp),
      .mem_valid_o(mem_valid[2]), .mem_ready_i(mem_ready[2]), .mem_o(mem[2]),
      .mem_mask_i(waiting[N+1]), .mem_resp_valid_i(hptw_mem_resp), .pte_i(hptw_pte),
      .pmp_addr_o(pmp_addr[2]), .pmp_fault_i(pmp_fault[2]), .refill_o(hptw_refill),
      .bitmap_i(bitmap), .l0_way_i(l0_way), .bm_req_valid_o(bm_valid[2]),
      .bm_req_ready_i(bm_ready[2]), .bm_req_o(bm_req[2]), .bm_resp_valid_i(bm_resp[2]),
      .bm_resp_i(bm_verdict));

  // --- Shield-Bitmap: PTW before LLPTW before HPTW -----------------------------------------------

  logic [EW-1:0] bm_mem_ptr;

  if (Cfg.HasBitmap) begin : gen_bitmap
    logic [2:0] bm_grant;
    logic bm_any, req_ready, resp_valid, c_req_valid, c_req_ready, c_resp_valid, c_resp_ready, c_hit;
    logic c_refill;
    logic [35:0] c_ppn, c_refill_ppn;
    logic [63:0] c_refill_data;
    logic [EW-1:0] c_req_order, c_resp_order;
    logic [7:0] c_cfs;

    l2_prio_arb #(.N(3)) u_bm_arb (
        .valid_i(bm_valid), .ready_i(req_ready), .ready_o(bm_ready), .grant_o(bm_grant),
        .valid_o(bm_any));
    assign bm_resp[0] = resp_valid && bm_verdict.id == PTW_ID;
    assign bm_resp[1] = resp_valid && bm_verdict.id < PTW_ID;
    assign bm_resp[2] = resp_valid && bm_verdict.id == HPTW_ID;

    l2tlb_bitmap #(.Cfg(Cfg)) u_bitmap (
        .clk_i, .rst_ni, .flush_i(flush), .csr_i(csr), .req_valid_i(bm_any),
        .req_ready_o(req_ready),
        .req_i(bm_grant[0] ? bm_req[0] : bm_grant[1] ? bm_req[1] : bm_req[2]),
        .resp_valid_o(resp_valid), .resp_o(bm_verdict),
        .pmp_addr_o(pmp_addr[4]), .pmp_fault_i(pmp_fault[4]),
        .cache_req_valid_o(c_req_valid), .cache_req_ready_i(c_req_ready),
        .cache_req_ppn_o(c_ppn), .cache_req_order_o(c_req_order),
        .cache_resp_valid_i(c_resp_valid), .cache_resp_ready_o(c_resp_ready),
        .cache_resp_hit_i(c_hit), .cache_resp_order_i(c_resp_order), .cache_resp_cfs_i(c_cfs),
        .refill_valid_o(c_refill), .refill_ppn_o(c_refill_ppn), .refill_data_o(c_refill_data),
        .mem_valid_o(mem_valid[3]), .mem_ready_i(mem_ready[3]), .mem_o(mem[3]),
        .mem_mask_i(waiting[bitmap_id0(Cfg)+:E]), .flush_latch_i(flush_latch[bitmap_id0(Cfg)+:E]),
        .mem_resp_valid_i(bm_mem_resp), .mem_resp_ptr_i(bm_mem_ptr), .line_i(llptw_mem_value),
        .wakeup_valid_o(wakeup_valid), .wakeup_ready_i(wakeup_ready), .wakeup_o(wakeup));

    l2tlb_bitmapcache #(.Cfg(Cfg)) u_bitmapcache (
        .clk_i, .rst_ni, .flush_i(flush), .bclear_i(csr.mbmc.bclear || csr.mbmc.changed),
        .req_valid_i(c_req_valid), .req_ready_o(c_req_ready), .req_ppn_i(c_ppn),
        .req_order_i(c_req_order), .resp_valid_o(c_resp_valid), .resp_ready_i(c_resp_ready),
        .resp_hit_o(c_hit), .resp_order_o(c_resp_order), .resp_cfs_o(c_cfs),
        .refill_valid_i(c_refill), .refill_ppn_i(c_refill_ppn), .refill_data_i(c_refill_data));
  end else begin : gen_no_bitmap
    assign bm_ready = '0;
    assign bm_resp = '0;
    assign bm_verdict = '0;
    assign pmp_addr[4] = '0;
    assign {mem_valid[3], wakeup_valid} = '0;
    assign mem[3] = '0;
    assign wakeup = '0;
  end

  // --- Memory --------------------------------------------------------------------------------

  l2tlb_mempath #(.Cfg(Cfg)) u_mempath (
      .clk_i, .rst_ni, .flush_i(flush), .wfi_req_i, .wfi_safe_o,
      .req_valid_i(mem_valid), .req_ready_o(mem_ready), .req_i(mem),
      .llptw_in_fire_i(llptw_valid && llptw_ready), .llptw_enq_ptr_i(enq_ptr),
      .llptw_in_idx_i(llptw_req.info.vpn[2:0]),
      .ptw_refill_i(ptw_refill), .hptw_refill_i(hptw_refill), .llptw_refill_i(llptw_refill),
      .a_valid_o, .a_ready_i, .a_source_o, .a_address_o, .d_valid_i, .d_source_i, .d_data_i,
      .ptw_resp_valid_o(ptw_mem_resp), .ptw_pte_o(ptw_pte),
      .hptw_resp_valid_o(hptw_mem_resp), .hptw_pte_o(hptw_pte),
      .bm_resp_valid_o(bm_mem_resp), .bm_resp_ptr_o(bm_mem_ptr),
      .llptw_resp_valid_o(llptw_mem_resp), .llptw_resp_id_o(llptw_mem_resp_id),
      .llptw_resp_value_o(llptw_mem_value), .waiting_o(waiting), .flush_latch_o(flush_latch),
      .buffer_it_i(buffer_it), .sector_id_i(llptw_out_id), .sector_o(sector),
      .refill_valid_o(refill_valid), .refill_o(refill));

  // --- Answers -------------------------------------------------------------------------------

  merge_resp_t llptw_stage1_q[N];  // PageCache view of an LLPTW entry at its enqueue
  merge_resp_t llptw_stage1;

  always_ff @(posedge clk_i) begin
    for (int i = 0; i < int'(N); i++) begin
      if (llptw_valid && llptw_ready && enq_ptr == 5'(i)) llptw_stage1_q[i] <= cache_resp.stage1;
    end
  end
  always_comb begin
    llptw_stage1 = '0;
    for (int i = 0; i < int'(N); i++) begin
      if (llptw_out_id == 5'(i)) llptw_stage1 = llptw_stage1_q[i];
    end
  end

  l2tlb_merge #(.Cfg(Cfg)) u_merge (
      .clk_i, .rst_ni, .csr_i(csr),
      .cache_valid_i(hit_valid), .cache_ready_o(hit_ready),
      .cache_s2xlate_i(cache_resp.req.info.s2xlate), .cache_i(cache_resp.stage1),
      .cache_h_i(cache_resp.h_resp),
      .ptw_valid_i(ptw_out_valid), .ptw_ready_o(ptw_out_ready), .ptw_source_i(ptw_out_source),
      .ptw_s2xlate_i(ptw_out_s2xlate), .ptw_i(ptw_out), .ptw_h_i(ptw_out_h),
      .llptw_valid_i(llptw_out_valid), .llptw_ready_o(llptw_out_ready),
      .llptw_info_i(llptw_out_info), .llptw_af_i(llptw_out_af),
      .llptw_first_fault_i(llptw_out_first_fault), .llptw_h_i(llptw_out_h),
      .llptw_line_i(llptw_out_jmp ? llptw_out_ptes : sector), .llptw_cfs_i(llptw_out_cfs),
      .llptw_stage1_i(llptw_stage1),
      .resp_valid_o(tlb_resp_valid_o), .resp_ready_i(tlb_resp_ready_i), .resp_o(tlb_resp_o));

  // --- Counters: four registers from event to port (spec A 6), without reset -------------------

  l2tlb_perf u_perf (.clk_i, .llptw_i(llptw_perf), .cache_i(cache_perf), .ptw_i(ptw_perf), .perf_o);

endmodule
