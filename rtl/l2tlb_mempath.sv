// SPDX-License-Identifier: MulanPSL-2.0
// Memory path: channel A arbitration, accesses in flight, line buffer, refill port (spec A 4).
`include "l2tlb_assert.svh"
module l2tlb_mempath
  import l2tlb_pkg::*;
#(
    parameter  l2tlb_cfg_t  Cfg = CFG_MINIMAL,
    localparam int unsigned N = Cfg.LlptwSize,
    localparam int unsigned EW = $clog2(Cfg.BitmapEntries),
    localparam int unsigned Ids = mem_ids(Cfg),
    localparam int unsigned IdW = $clog2(Ids)
) (
    input  logic     clk_i,
    input  logic     rst_ni,
    input  logic     flush_i,
    input  logic     wfi_req_i,
    output logic     wfi_safe_o,

    // Reads: PTW first, LLPTW, HPTW, then the bitmap checker.
    input  logic [3:0]     req_valid_i,
    output logic [3:0]     req_ready_o,
    input  mem_req_t [3:0] req_i,

    // The LLPTW takes a request: which PTE of its line is addressed.
    input  logic        llptw_in_fire_i,
    input  mem_id_t     llptw_enq_ptr_i,
    input  logic [2:0]  llptw_in_idx_i,

    // What a refill of each walker stands for.
    input  refill_info_t ptw_refill_i,
    input  refill_info_t hptw_refill_i,
    input  req_info_t    llptw_refill_i,

    // TileLink
    output logic        a_valid_o,
    input  logic        a_ready_i,
    output mem_id_t     a_source_o,
    output logic [47:0] a_address_o,
    input  logic        d_valid_i,
    input  mem_id_t     d_source_i,
    input  logic [255:0] d_data_i,

    // Answers
    output logic             ptw_resp_valid_o,
    output pte_t             ptw_pte_o,    // from the cycle after the last beat
    output logic             hptw_resp_valid_o,
    output pte_t             hptw_pte_o,
    output logic             bm_resp_valid_o,
    output logic [EW-1:0]    bm_resp_ptr_o,
    output logic             llptw_resp_valid_o,
    output mem_id_t          llptw_resp_id_o,
    output line_t            llptw_resp_value_o,
    output logic [Ids-1:0]   waiting_o,
    output logic [Ids-1:0]   flush_latch_o,
    input  logic [N-1:0]     buffer_it_i,  // line buffer belongs to these LLPTW entries
    input  mem_id_t          sector_id_i,
    output line_t            sector_o,     // line of LLPTW entry sector_id_i

    // To the PageCache
    output logic    refill_valid_o,
    output refill_t refill_o
);

  localparam mem_id_t PTW_ID = 5'(N);
  localparam mem_id_t HPTW_ID = 5'(N + 1);

  logic [Ids-1:0] waiting_resp_q, flush_latch_q;
  logic hptw_bypassed_q;
  logic [2:0] req_addr_low_q[Ids];
  line_t refill_data_q, refill_data_tmp;
  logic beat_q;
  mem_id_t d_source_q;
  logic [1:0] refill_level_ptw_q, refill_level_hptw_q;
  pte_t ptw_pte_q, hptw_pte_q;
  line_t resp_pte_sector_q[N];
  line_t llptw_value_q;

  // --- Channel A (spec A 4.2) ----------------------------------------------------------------

  mem_req_t mem_req;
  logic mem_valid, mem_ready, mem_fire, stop;
  logic [3:0] grant;  // PTW first, the bitmap last

  l2_prio_arb #(.N(4)) u_mem_arb (
      .valid_i(req_valid_i), .ready_i(mem_ready), .ready_o(req_ready_o), .grant_o(grant),
      .valid_o(mem_valid));

  always_comb begin
    if (grant[0]) mem_req = req_i[0];
    else if (grant[1]) mem_req = req_i[1];
    else if (grant[3] && Cfg.HasBitmap) mem_req = req_i[3];
    else mem_req = req_i[2];
  end

  logic wfi_req_q, wfi_safe_q, offered_q;
  // The stop request acts one cycle after the port (spec D 1), also on a request that is offered
  // already (defect P9).
  assign stop = flush_i || (Cfg.Rule.wfi_gate && wfi_req_q && !(Cfg.Fixed.P9 && offered_q));
  assign mem_ready = a_ready_i && !stop;
  assign mem_fire = mem_valid && mem_ready;
  assign a_valid_o = mem_valid && !stop;
  assign a_source_o = mem_req.id;
  assign a_address_o = {mem_req.addr[47:6], 6'b0};

  always_ff @(posedge clk_i) begin
    wfi_req_q <= wfi_req_i;
    wfi_safe_q <= wfi_req_q && waiting_resp_q == '0 && !(Cfg.Fixed.P9 && a_valid_o);
    offered_q <= a_valid_o && !a_ready_i;
    if (!rst_ni) {wfi_req_q, wfi_safe_q, offered_q} <= '0;
  end
  assign wfi_safe_o = Cfg.Rule.wfi_gate && wfi_safe_q;

  // --- Channel D (spec A 4.3): a line is two beats -------------------------------------------

  logic mem_resp_done;
  mem_id_t resp_id;

  assign mem_resp_done = d_valid_i && beat_q;
  assign resp_id = d_valid_i ? d_source_i : d_source_q;

  always_comb begin
    refill_data_tmp = refill_data_q;
    if (d_valid_i && !beat_q) refill_data_tmp[3:0] = d_data_i;
    if (d_valid_i && beat_q) refill_data_tmp[7:4] = d_data_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      beat_q <= 1'b0;
      refill_data_q <= '0;
    end else if (d_valid_i) begin
      beat_q <= !beat_q;
      refill_data_q <= refill_data_tmp;
    end
    if (d_valid_i) d_source_q <= d_source_i;
  end

  assign ptw_resp_valid_o = mem_resp_done && d_source_i == PTW_ID;
  assign hptw_resp_valid_o = mem_resp_done && d_source_i == HPTW_ID;
  assign llptw_resp_valid_o = mem_resp_done && d_source_i < PTW_ID;
  assign bm_resp_valid_o = Cfg.HasBitmap && mem_resp_done && d_source_i > HPTW_ID;
  assign bm_resp_ptr_o = EW'(d_source_i - 5'(bitmap_id0(Cfg)));
  assign llptw_resp_id_o = resp_id;
  assign llptw_resp_value_o = d_valid_i ? refill_data_tmp : llptw_value_q;
  assign ptw_pte_o = ptw_pte_q;
  assign hptw_pte_o = hptw_pte_q;
  assign waiting_o = waiting_resp_q;
  assign flush_latch_o = flush_latch_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) {ptw_pte_q, hptw_pte_q} <= '0;
    else begin
      if (ptw_resp_valid_o) ptw_pte_q <= refill_data_tmp[req_addr_low_q[N]];
      if (hptw_resp_valid_o) hptw_pte_q <= refill_data_tmp[req_addr_low_q[N+1]];
    end
    if (d_valid_i) llptw_value_q <= refill_data_tmp;
  end

  // The line buffer is the payload in the cycle after the last beat, a copy afterwards.
  always_ff @(posedge clk_i) begin
    for (int i = 0; i < int'(N); i++) begin
      if (!rst_ni) resp_pte_sector_q[i] <= '0;
      else if (buffer_it_i[i]) resp_pte_sector_q[i] <= refill_data_q;
    end
  end
  always_comb begin
    sector_o = '0;
    for (int i = 0; i < int'(N); i++) begin
      if (sector_id_i == 5'(i)) sector_o = buffer_it_i[i] ? refill_data_q : resp_pte_sector_q[i];
    end
  end

  // --- Accesses in flight --------------------------------------------------------------------

  logic [Ids-1:0] sent, done;

  always_comb begin
    for (int i = 0; i < int'(Ids); i++) begin
      sent[i] = mem_fire && mem_req.id == 5'(i);
      done[i] = mem_resp_done && d_source_i == 5'(i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      waiting_resp_q <= '0;
      flush_latch_q <= '0;
      hptw_bypassed_q <= 1'b0;
    end else begin
      waiting_resp_q <= (waiting_resp_q | sent) & ~done;
      flush_latch_q <= (flush_latch_q | (flush_i ? waiting_resp_q : '0)) & ~done;
      // One shared bit, overwritten by every read that is sent (defect D5); corrected: only HPTW's.
      if (mem_fire && (mem_req.id == HPTW_ID || !Cfg.Fixed.D5)) begin
        hptw_bypassed_q <= mem_req.id == HPTW_ID && mem_req.hptw_bypassed;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    for (int i = 0; i < int'(Ids); i++) begin
      if (sent[i]) req_addr_low_q[i] <= mem_req.addr[5:3];
      else if (llptw_in_fire_i && llptw_enq_ptr_i == 5'(i)) req_addr_low_q[i] <= llptw_in_idx_i;
    end
    if (req_valid_i[0] && req_ready_o[0]) refill_level_ptw_q <= ptw_refill_i.level;
    if (req_valid_i[2] && req_ready_o[2]) refill_level_hptw_q <= hptw_refill_i.level;
  end

  // --- Refill (spec A 4.3 rules 6, 7): registered, visible in the cycle after the last beat -----

  logic refill_valid, refill_valid_q;
  refill_info_t refill_info, refill_info_q;
  logic [4:0] level_oh_q;
  pte_t sel_pte_q;
  logic [2:0] d_addr_low;
  logic d_flushed;

  always_comb begin
    d_addr_low = '0;
    d_flushed = 1'b0;
    for (int i = 0; i < int'(Ids); i++) begin
      if (d_source_i == 5'(i)) begin
        d_addr_low = req_addr_low_q[i];
        d_flushed = flush_latch_q[i];
      end
    end
  end

  always_comb begin
    if (d_source_i == PTW_ID) refill_info = '{info: ptw_refill_i.info, level: refill_level_ptw_q};
    else if (d_source_i == HPTW_ID) begin
      refill_info = '{info: hptw_refill_i.info, level: refill_level_hptw_q};
    end else refill_info = '{info: llptw_refill_i, level: 2'd0};
  end

  assign refill_valid = mem_resp_done && !flush_i && !d_flushed && d_source_i <= HPTW_ID &&
      !(d_source_i == HPTW_ID && hptw_bypassed_q);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) refill_valid_q <= 1'b0;
    else refill_valid_q <= refill_valid;
    if (refill_valid) begin
      refill_info_q <= refill_info;
      sel_pte_q <= refill_data_tmp[d_addr_low];
      level_oh_q <= {refill_info.level != 2'd0, refill_info.level == 2'd0,
                     refill_info.level == 2'd1, refill_info.level == 2'd2,
                     refill_info.level == 2'd3};
    end
  end

  assign refill_valid_o = refill_valid_q;
  assign refill_o = '{level_oh: level_oh_q, info: refill_info_q, sel_pte: sel_pte_q,
                      ptes: refill_data_q};

  `L2_ASSERT(IdInRange, !mem_valid || 32'(mem_req.id) < Ids)
  `L2_ASSERT(OneReadPerId, (sent & waiting_resp_q) == '0)
  `L2_ASSERT(AnswerWasAsked, !d_valid_i || waiting_resp_q[IdW'(d_source_i)])
  `L2_ASSERT(BeatsNotInterleaved, !(d_valid_i && beat_q) || d_source_i == d_source_q)
  `L2_ASSERT(FlushLatchOnlyInFlight, (flush_latch_q & ~waiting_resp_q) == '0)
  `L2_ASSERT(NoAInFlush, !(flush_i && a_valid_o))
  `L2_ASSERT(RefillNotLevelAndSp, !refill_valid_q || level_oh_q != '0)

endmodule
