// SPDX-License-Identifier: MulanPSL-2.0
// l2_plru never evicts the way that was touched last, where a refill's touch counts before a hit's, and
// touching the victim again and again visits every way before it comes back to one.
module plru_proof (input clk_i);
  localparam WAYS = 8;
  reg rst_ni = 0;
  always @(posedge clk_i) rst_ni <= 1;
  (* anyseq *) wire hit_i, refill_i;
  (* anyseq *) wire [2:0] hit_way, way;
  (* anyseq *) wire follow;   // touch the victim itself
  wire [2:0] victim_o;
  wire [2:0] refill_way = follow ? victim_o : way;
  l2_plru #(.Sets(1), .Ways(WAYS)) dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .hit_i(hit_i), .hit_set_i(1'b0), .hit_way_i(hit_way),
      .refill_i(refill_i), .refill_set_i(1'b0), .refill_way_i(refill_way), .victim_o(victim_o));
  reg seen = 0;
  reg [2:0] last;
  reg [7:0] visited = 0;      // by an unbroken chain of touched victims
  always @(posedge clk_i) begin
    if (rst_ni && (hit_i || refill_i)) begin
      seen <= 1;
      last <= refill_i ? refill_way : hit_way;
      visited <= !(refill_i && follow) ? 0 : visited == 8'hff ? 8'b1 << victim_o : visited | 8'b1 << victim_o;
    end
    if (rst_ni && seen) assert (victim_o != last);
    if (rst_ni && refill_i && follow && visited != 8'hff) assert (!visited[victim_o]);
  end
endmodule
