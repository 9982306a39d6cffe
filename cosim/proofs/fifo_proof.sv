// SPDX-License-Identifier: MulanPSL-2.0
// l2_fifo keeps order and loses nothing: compared with a shift register. Ready and valid never
// depend on the other side, and a flush empties it.
module fifo_proof (input clk_i);
  localparam DEPTH = 3;
  reg rst_ni = 0;
  always @(posedge clk_i) rst_ni <= 1;
  (* anyseq *) wire flush_i, in_valid_i, out_ready_i;
  (* anyseq *) wire [3:0] in_data_i;
  wire in_ready_o, out_valid_o;
  wire [3:0] out_data_o;
  l2_fifo #(.Depth(DEPTH), .Width(4)) dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .flush_i(flush_i), .in_valid_i(in_valid_i),
      .in_ready_o(in_ready_o), .in_data_i(in_data_i), .out_valid_o(out_valid_o),
      .out_ready_i(out_ready_i), .out_data_o(out_data_o));

  reg [3:0] a, b, c;          // oldest first
  reg [1:0] count = 0;
  wire push = in_valid_i && in_ready_o, pop = out_valid_o && out_ready_i;
  wire [1:0] after_pop = count - (pop ? 1 : 0);
  always @(posedge clk_i) begin
    if (!rst_ni || flush_i) count <= 0;
    else begin
      count <= after_pop + (push ? 1 : 0);
      if (pop) begin a <= b; b <= c; end
      if (push && after_pop == 0) a <= in_data_i;
      if (push && after_pop == 1) b <= in_data_i;
      if (push && after_pop == 2) c <= in_data_i;
    end
    if (rst_ni) begin
      assert (count <= DEPTH);
      assert (in_ready_o == (count != DEPTH));
      assert (out_valid_o == (count != 0));
      if (out_valid_o) assert (out_data_o == a);
    end
  end
endmodule
