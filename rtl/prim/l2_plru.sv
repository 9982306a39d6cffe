// SPDX-License-Identifier: MulanPSL-2.0
// Tree pseudo-LRU of Sets sets with Ways ways each (spec A 2.4). A hit and a refill may touch a tree in the
// same cycle; where it is the same tree, the refill's touch counts. The victim is that of the refill's set.
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
    input  logic            hit_i,
    input  logic [SetW-1:0] hit_set_i,
    input  logic [WayW-1:0] hit_way_i,
    input  logic            refill_i,
    input  logic [SetW-1:0] refill_set_i,
    input  logic [WayW-1:0] refill_way_i,
    output logic [WayW-1:0] victim_o
);

  logic [Ways-2:0] tree_q[Sets];

  assign victim_o = WayW'(plru_victim(63'(tree_q[refill_set_i]), Ways));

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int s = 0; s < int'(Sets); s++) tree_q[s] <= '0;
    end else begin
      if (hit_i) begin
        tree_q[hit_set_i] <= (Ways - 1)'(plru_touch(63'(tree_q[hit_set_i]), Ways, 6'(hit_way_i)));
      end
      if (refill_i) begin
        tree_q[refill_set_i] <=
            (Ways - 1)'(plru_touch(63'(tree_q[refill_set_i]), Ways, 6'(refill_way_i)));
      end
    end
  end

endmodule
