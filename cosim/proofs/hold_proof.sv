// SPDX-License-Identifier: MulanPSL-2.0
// l2_hold shows its input in the first cycle of a stay and the same value in all others.
module hold_proof (input clk_i);
  localparam W = 4;
  (* anyseq *) wire first_i;
  (* anyseq *) wire [W-1:0] d_i;
  wire [W-1:0] q_o;
  l2_hold #(.W(W)) dut (.clk_i(clk_i), .first_i(first_i), .d_i(d_i), .q_o(q_o));
  reg seen = 0;
  reg [W-1:0] shown;
  always @(posedge clk_i) begin
    if (first_i) seen <= 1;
    shown <= q_o;
    if (first_i) assert (q_o == d_i);
    else if (seen) assert (q_o == shown);
  end
endmodule
