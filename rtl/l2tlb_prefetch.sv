// SPDX-License-Identifier: MulanPSL-2.0
// Next-line prefetcher: one pending look-up, four remembered lines (spec A 3.2).
`include "l2tlb_assert.svh"
module l2tlb_prefetch
  import l2tlb_pkg::*;
#(
    parameter l2tlb_cfg_t Cfg = CFG_MINIMAL
) (
    input  logic      clk_i,
    input  logic      rst_ni,
    input  logic      flush_i,
    input  tlb_csr_t  csr_i,
    input  logic      in_valid_i,
    input  vpn_t      in_vpn_i,
    output logic      out_valid_o,
    input  logic      out_ready_i,
    output req_info_t out_o
);

  logic v_q, known, input_valid, out_fire, s1, s2;
  logic [37:0] next_req_q;
  logic [34:0] next_line;
  logic [3:0] old_v_q;
  logic [34:0] old_reqs_q[4];
  logic [1:0] old_index_q;

  assign next_line = in_vpn_i[37:3] + 35'd1;
  assign out_fire = v_q && out_ready_i;

  always_comb begin
    known = 1'b0;
    for (int k = 0; k < 4; k++) if (old_v_q[k] && old_reqs_q[k] == next_line) known = 1'b1;
  end
  assign input_valid = Cfg.Prefetch && in_valid_i && !flush_i && !known;

  always_ff @(posedge clk_i) begin
    // A suppressed trigger moves the address too, also that of a pending request.
    if (in_valid_i) next_req_q <= {next_line, 3'b0};
    if (!rst_ni) v_q <= 1'b0;
    else v_q <= !flush_i && (input_valid || (v_q && !out_fire));
  end

  always_ff @(posedge clk_i) begin
    if (out_fire) begin
      old_reqs_q[old_index_q] <= next_req_q[37:3];
      old_v_q[old_index_q] <= 1'b1;
      old_index_q <= old_index_q + 2'd1;
    end
    if (flush_i) old_v_q <= '0;
    if (!rst_ni) begin
      old_v_q <= '0;
      old_index_q <= '0;
    end
  end

  // The kind comes from the CSRs of this moment, not from the request that triggered.
  assign s1 = csr_i.virt && csr_i.vsatp.mode != '0;
  assign s2 = csr_i.virt && csr_i.hgatp.mode != '0;
  assign out_valid_o = v_q;
  assign out_o = '{vpn: next_req_q, s2xlate: {s2, s1}, source: SOURCE_PREFETCH};

  `L2_ASSERT(LineAligned, !v_q || next_req_q[2:0] == '0)

endmodule
