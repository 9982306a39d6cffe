// SPDX-License-Identifier: MulanPSL-2.0
// Miss queue: FIFO of look-ups that wait for a walker, fed by the PageCache first and the LLPTW
// second (spec A 3.1). The head waits while its walker is busy.
`include "l2tlb_assert.svh"
module l2tlb_missqueue
  import l2tlb_pkg::*;
#(
    parameter l2tlb_cfg_t Cfg = CFG_MINIMAL
) (
    input  logic      clk_i,
    input  logic      rst_ni,
    input  logic      flush_i,

    input  logic      cache_valid_i,
    output logic      cache_ready_o,
    input  missq_req_t cache_i,
    input  logic      llptw_valid_i,
    output logic      llptw_ready_o,
    input  req_info_t llptw_i,

    input  logic      llptw_free_i,
    input  logic      ptw_free_i,
    output logic      out_valid_o,  // head, not blocked by its walker
    input  logic      out_ready_i,
    output req_info_t out_o
);

  logic in_ready, head_valid, blocked;
  missq_req_t in, head;

  assign in = cache_valid_i ? cache_i : '{info: llptw_i, is_llptw: 1'b0};
  assign cache_ready_o = in_ready;
  assign llptw_ready_o = in_ready && !cache_valid_i;
  assign blocked = head.is_llptw ? !llptw_free_i : !ptw_free_i;
  assign out_valid_o = head_valid && !blocked;
  assign out_o = head.info;

  l2_fifo #(.Depth(Cfg.MissqSize), .Width($bits(missq_req_t))) u_fifo (
      .clk_i, .rst_ni, .flush_i, .in_valid_i(cache_valid_i || llptw_valid_i),
      .in_ready_o(in_ready), .in_data_i(in), .out_valid_o(head_valid),
      .out_ready_i(out_ready_i && !blocked), .out_data_o(head));

  // At most as many requests exist as the queue has places.
  `L2_ASSERT(NeverFullForPush, !(cache_valid_i || llptw_valid_i) || in_ready)
  `L2_ASSERT(NoPrefetchQueued, !cache_valid_i || cache_i.info.source != SOURCE_PREFETCH)

endmodule
