// SPDX-License-Identifier: MulanPSL-2.0
// Tree pseudo-LRU of Sets sets with Ways ways each (spec A 2.4). At most one touch per cycle; the
// caller has already decided which of several wins.
module l2_plru
  import l2tlb_pkg::*;
#(
    parameter  int unsigned Sets = 1,
    parameter  int unsigned Ways = 4,
    localparam int unsigned SetW = Sets > 1 ? $clog2(Sets) : 1,
    localparam int unsigned WayW = $clog2(Ways)
) (
    input  logic            clk_i,
    input  logic            rst_ni,
    input  logic            touch_i,
    input  logic [SetW-1:0] touch_set_i,
    input  logic [WayW-1:0] touch_way_i,
    input  logic [SetW-1:0] victim_set_i,
    output logic [WayW-1:0] victim_o
);

  logic [Ways-2:0] tree_q[Sets];

  assign victim_o = WayW'(plru_victim(63'(tree_q[victim_set_i]), Ways));

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int s = 0; s < int'(Sets); s++) tree_q[s] <= '0;
    end else if (touch_i) begin
      tree_q[touch_set_i] <=
          (Ways - 1)'(plru_touch(63'(tree_q[touch_set_i]), Ways, 6'(touch_way_i)));
    end
  end

endmodule
