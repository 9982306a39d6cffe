// SPDX-License-Identifier: MulanPSL-2.0
// l2_rr_arb grants a valid input whenever there is one, never an invalid one, and lets nobody wait
// for more than N-1 other grants.
module rr_arb_proof (input clk_i);
  localparam N = 5;
  reg rst_ni = 0;
  always @(posedge clk_i) rst_ni <= 1;
  (* anyseq *) wire [N-1:0] valid_i;
  (* anyseq *) wire ready_i;
  (* anyconst *) wire [2:0] me;
  wire valid_o;
  wire [2:0] chosen_o;
  l2_rr_arb #(.N(N)) dut (.clk_i(clk_i), .rst_ni(rst_ni), .valid_i(valid_i), .ready_i(ready_i),
                          .valid_o(valid_o), .chosen_o(chosen_o));
  reg [2:0] passed = 0;       // grants of others while `me` waits
  wire fire = valid_o && ready_i;
  always @(posedge clk_i) begin
    assume (me < N);
    if (!rst_ni || !valid_i[me] || (fire && chosen_o == me)) passed <= 0;
    else if (fire) passed <= passed + 1;
    if (rst_ni) begin
      assert (valid_o == (valid_i != 0));
      if (valid_o) assert (chosen_o < N && valid_i[chosen_o]);
      assert (passed <= N - 1);
      if (fire && valid_i[me] && passed == N - 1) assert (chosen_o == me);
    end
  end
endmodule
