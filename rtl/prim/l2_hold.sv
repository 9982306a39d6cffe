// SPDX-License-Identifier: MulanPSL-2.0
// A value as it is in the first cycle of a stay, held until the next stay begins (DataHoldBypass,
// spec B 0.4 rule 6). No reset.
module l2_hold #(
    parameter  int unsigned W = 1
) (
    input  logic         clk_i,
    input  logic         first_i,
    input  logic [W-1:0] d_i,
    output logic [W-1:0] q_o
);

  logic [W-1:0] held_q;

  assign q_o = first_i ? d_i : held_q;

  always_ff @(posedge clk_i) if (first_i) held_q <= d_i;

endmodule
