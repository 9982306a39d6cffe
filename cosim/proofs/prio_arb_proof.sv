// SPDX-License-Identifier: MulanPSL-2.0
// l2_prio_arb grants exactly one input whenever one is valid, the lowest; only that one can fire; and
// whether an input is ready does not depend on its own valid.
module prio_arb_proof (input clk_i);
  localparam N = 5;
  (* anyseq *) wire [N-1:0] valid_i;
  (* anyseq *) wire ready_i;
  (* anyconst *) wire [2:0] me;
  wire [N-1:0] ready_o, grant_o, other_ready, other_grant;
  wire valid_o, other_valid;
  l2_prio_arb #(.N(N)) dut (.valid_i(valid_i), .ready_i(ready_i), .ready_o(ready_o),
                            .grant_o(grant_o), .valid_o(valid_o));
  l2_prio_arb #(.N(N)) same (.valid_i(valid_i ^ (1 << me)), .ready_i(ready_i),
                             .ready_o(other_ready), .grant_o(other_grant), .valid_o(other_valid));
  wire [N-1:0] fire = valid_i & ready_o;
  always @(posedge clk_i) begin
    assume (me < N);
    assert (valid_o == (valid_i != 0));
    assert ((grant_o & (grant_o - 1)) == 0);
    assert ((grant_o != 0) == valid_o);
    if (grant_o[me]) assert (valid_i[me] && (valid_i & ((1 << me) - 1)) == 0);
    assert (fire == (ready_i ? grant_o : 0));
    assert (ready_o[me] == other_ready[me]);
  end
endmodule
