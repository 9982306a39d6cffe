// SPDX-License-Identifier: MulanPSL-2.0
// Bitmap check of the leaf at the end of a walk, as PTW and HPTW make it (spec B 4.8). The s_/w_ flags are
// active low: 1 means nothing to do.
module l2tlb_leafcheck
  import l2tlb_pkg::*;
#(
    parameter l2tlb_cfg_t Cfg = CFG_MINIMAL
) (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic         stop_i,      // flush, or a fault ends the walk
    input  logic         read_i,      // a PTE arrives, and checks are made
    input  logic         jump_i,      // a walk begins with its leaf: checked at once
    input  logic         leaf_i,      // the PTE at hand is to be checked
    input  logic         resp_fire_i, // the answer of the walk is taken
    output logic         walked_on_o, // a read that needs no check: one cycle late
    output logic         done_o,
    output logic         failed_o,

    output logic         req_valid_o,
    input  logic         req_ready_i,
    input  logic         resp_valid_i,
    input  bitmap_resp_t resp_i
);

  logic s_bitmap_check_q, w_bitmap_resp_q, need_bitmap_q, check_failed_q;

  assign walked_on_o = need_bitmap_q && !leaf_i;
  assign done_o = resp_valid_i && !w_bitmap_resp_q;
  assign failed_o = check_failed_q;
  assign req_valid_o = !s_bitmap_check_q;

  always_ff @(posedge clk_i) begin
    need_bitmap_q <= read_i;
    if (jump_i || (need_bitmap_q && leaf_i)) s_bitmap_check_q <= 1'b0;
    if (req_valid_o && req_ready_i) {s_bitmap_check_q, w_bitmap_resp_q} <= 2'b10;
    if (done_o) begin
      w_bitmap_resp_q <= 1'b1;
      check_failed_q <= resp_i.cf;
    end
    // 2025-05: the answer does not clear the verdict, the next walk fails too (defect B12).
    if ((Cfg.Rule.bitmap_rework || Cfg.Fixed.B12) && resp_fire_i) check_failed_q <= 1'b0;
    if (!rst_ni || stop_i) begin
      {need_bitmap_q, s_bitmap_check_q, w_bitmap_resp_q, check_failed_q} <= 4'b0110;
    end
  end

endmodule
