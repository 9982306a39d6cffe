// SPDX-License-Identifier: MulanPSL-2.0
// Who looks up the PageCache: G look-ups, PTW hand-over, miss queue, L1 requests, prefetcher, in
// this fixed order; and the throttle of the L1 side (spec A 1.2, 1.3).
`include "l2tlb_assert.svh"
module l2tlb_reqarb
  import l2tlb_pkg::*;
#(
    parameter l2tlb_cfg_t Cfg = CFG_MINIMAL
) (
    input  logic             clk_i,
    input  logic             rst_ni,
    input  logic             flush_i,

    input  logic             ptw_h_valid_i,
    output logic             ptw_h_ready_o,
    input  vpn_t             ptw_h_gvpn_i,
    input  logic [1:0]       ptw_h_source_i,
    input  logic             llptw_h_valid_i,
    output logic             llptw_h_ready_o,
    input  vpn_t             llptw_h_gvpn_i,
    input  logic [1:0]       llptw_h_source_i,
    input  mem_id_t          llptw_h_id_i,

    input  logic             ptw_valid_i,
    output logic             ptw_ready_o,
    input  req_info_t        ptw_i,
    input  logic             mq_valid_i,
    output logic             mq_ready_o,
    input  req_info_t        mq_i,
    input  logic [1:0]       tlb_valid_i,
    output logic [1:0]       tlb_ready_o,
    input  vpn_t [1:0]       tlb_vpn_i,
    input  logic [1:0][1:0]  tlb_s2xlate_i,
    input  logic             pf_valid_i,
    output logic             pf_ready_o,
    input  req_info_t        pf_i,

    input  logic [1:0]       resp_fire_i,

    output logic             cache_valid_o,
    input  logic             cache_ready_i,
    output lookup_t          cache_o
);

  localparam mem_id_t PTW_ID = 5'(Cfg.LlptwSize);
  localparam int unsigned CountW = $clog2(Cfg.MissqSize + 1);

  logic [CountW-1:0] tlb_counter_q;
  logic h_valid, tlb_valid, tlb_fire, room, port_ready, taken_by_higher;

  assign h_valid = ptw_h_valid_i || llptw_h_valid_i;
  assign room = 32'(tlb_counter_q) < Cfg.MissqSize;

  // Readiness never looks at the port's own valid.
  assign ptw_h_ready_o = cache_ready_i;
  assign llptw_h_ready_o = cache_ready_i && !ptw_h_valid_i;
  assign ptw_ready_o = cache_ready_i && !h_valid;
  assign mq_ready_o = ptw_ready_o && !ptw_valid_i;
  assign port_ready = mq_ready_o && !mq_valid_i && room;
  assign tlb_ready_o[0] = port_ready;
  assign tlb_ready_o[1] = port_ready && !tlb_valid_i[0];
  assign tlb_valid = tlb_valid_i != '0;
  assign tlb_fire = tlb_valid && port_ready;
  assign pf_ready_o = mq_ready_o && !mq_valid_i && !tlb_fire;

  assign taken_by_higher = h_valid || ptw_valid_i || mq_valid_i;
  assign cache_valid_o = cache_ready_i && (taken_by_higher || tlb_fire || pf_valid_i);

  logic port;
  assign port = !tlb_valid_i[0];

  always_comb begin
    cache_o = '0;
    if (h_valid) begin
      cache_o.info = '{vpn: ptw_h_valid_i ? ptw_h_gvpn_i : llptw_h_gvpn_i, s2xlate: ONLY_STAGE2,
                       source: ptw_h_valid_i ? ptw_h_source_i : llptw_h_source_i};
      cache_o.is_hptw = 1'b1;
      cache_o.hptw_id = ptw_h_valid_i ? PTW_ID : llptw_h_id_i;
    end else if (ptw_valid_i) begin
      cache_o.info = ptw_i;
      cache_o.is_first = 1'b1;  // the hand-over counts as a first look-up
    end else if (mq_valid_i) begin
      cache_o.info = mq_i;
    end else if (tlb_fire) begin
      cache_o.info = '{vpn: tlb_vpn_i[port], s2xlate: tlb_s2xlate_i[port], source: {1'b0, port}};
      cache_o.is_first = 1'b1;
    end else begin
      cache_o.info = pf_i;
      cache_o.is_first = 1'b1;
    end
  end

  logic [CountW-1:0] counter_d;
  assign counter_d = tlb_counter_q + CountW'(tlb_fire) - CountW'(resp_fire_i[0]) -
      CountW'(resp_fire_i[1]);

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) tlb_counter_q <= '0;
    else tlb_counter_q <= counter_d;
  end

  `L2_ASSERT(CounterInRange, 32'(tlb_counter_q) <= Cfg.MissqSize)
  `L2_ASSERT(AnswersWereAsked, tlb_counter_q >= CountW'(resp_fire_i[0]) + CountW'(resp_fire_i[1]))
  `L2_ASSERT(OnePortPerCycle, !((tlb_valid_i[0] && tlb_ready_o[0]) &&
                                (tlb_valid_i[1] && tlb_ready_o[1])))

endmodule
