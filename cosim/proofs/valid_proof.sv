// SPDX-License-Identifier: MulanPSL-2.0
// l2_valid: an entry becomes valid by its refill only, and is never valid after a fence that named it.
module valid_proof (input clk_i);
  localparam N = 8;
  reg rst_ni = 0;
  always @(posedge clk_i) rst_ni <= 1;
  (* anyseq *) wire refill_i;
  (* anyseq *) wire [2:0] index_i;
  (* anyseq *) wire [N-1:0] fenced_i;
  wire [N-1:0] v_o;
  l2_valid #(.N(N)) dut (.clk_i(clk_i), .rst_ni(rst_ni), .refill_i(refill_i), .index_i(index_i),
      .fenced_i(fenced_i), .v_o(v_o));
  (* anyconst *) wire [2:0] k;   // any entry
  reg expected = 0;
  always @(posedge clk_i) begin
    expected <= rst_ni && !fenced_i[k] && (expected || (refill_i && index_i == k));
    if (rst_ni) assert (v_o[k] == expected);
  end
endmodule
