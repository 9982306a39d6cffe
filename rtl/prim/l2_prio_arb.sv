// SPDX-License-Identifier: MulanPSL-2.0
// Fixed priority, the lowest index first (Arbiter, spec B 0.4 rule 1). Whether an input is ready
// never depends on its own valid.
module l2_prio_arb #(
    parameter  int unsigned N = 4
) (
    input  logic [N-1:0] valid_i,
    input  logic         ready_i,
    output logic [N-1:0] ready_o,
    output logic [N-1:0] grant_o,  // one-hot: whose payload is offered
    output logic         valid_o
);

  logic free;  // no input before this one is valid

  assign valid_o = |valid_i;

  always_comb begin
    free = 1'b1;
    for (int i = 0; i < int'(N); i++) begin
      ready_o[i] = ready_i && free;
      grant_o[i] = valid_i[i] && free;
      free = free && !valid_i[i];
    end
  end

endmodule
