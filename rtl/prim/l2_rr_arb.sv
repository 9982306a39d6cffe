// SPDX-License-Identifier: MulanPSL-2.0
// Round robin: the lowest valid index above the last grant, else the lowest valid index
// (RRArbiterInit, spec B 0.4). The choice is combinational and may change until it fires.
module l2_rr_arb #(
    parameter  int unsigned N = 6,
    localparam int unsigned W = $clog2(N)
) (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic [N-1:0] valid_i,
    input  logic         ready_i,
    output logic         valid_o,
    output logic [W-1:0] chosen_o
);

  logic [W-1:0] last_grant_q;

  assign valid_o = |valid_i;

  always_comb begin
    chosen_o = W'(N - 1);
    for (int i = int'(N) - 1; i >= 0; i--) if (valid_i[i]) chosen_o = W'(i);
    for (int i = int'(N) - 1; i >= 0; i--) begin
      if (valid_i[i] && W'(i) > last_grant_q) chosen_o = W'(i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) last_grant_q <= '0;
    else if (valid_o && ready_i) last_grant_q <= chosen_o;
  end

endmodule
