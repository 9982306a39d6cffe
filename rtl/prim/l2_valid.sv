// SPDX-License-Identifier: MulanPSL-2.0
// Valid bits of a table with N entries: a refill sets one, a fence clears a set of them, and wins.
module l2_valid #(
    parameter  int unsigned N = 4,
    localparam int unsigned W = $clog2(N)
) (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic         refill_i,
    input  logic [W-1:0] index_i,
    input  logic [N-1:0] fenced_i,
    output logic [N-1:0] v_o
);

  logic [N-1:0] v_q;
  logic [N-1:0] filled;

  always_comb begin
    filled = '0;
    filled[index_i] = refill_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) v_q <= '0;
    else v_q <= (v_q | filled) & ~fenced_i;
  end

  assign v_o = v_q;

endmodule
