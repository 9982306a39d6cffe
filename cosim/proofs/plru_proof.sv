// SPDX-License-Identifier: MulanPSL-2.0
// l2_plru never evicts the way that was touched last, and touching the victim again and again visits
// every way before it comes back to one.
module plru_proof (input clk_i);
  localparam WAYS = 8;
  reg rst_ni = 0;
  always @(posedge clk_i) rst_ni <= 1;
  (* anyseq *) wire touch_i;
  (* anyseq *) wire [2:0] way;
  (* anyseq *) wire follow;   // touch the victim itself
  wire [2:0] victim_o;
  wire [2:0] touched = follow ? victim_o : way;
  l2_plru #(.Sets(1), .Ways(WAYS)) dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .touch_i(touch_i), .touch_set_i(1'b0),
      .touch_way_i(touched), .victim_set_i(1'b0), .victim_o(victim_o));
  reg seen = 0;
  reg [2:0] last;
  reg [7:0] visited = 0;      // by an unbroken chain of touched victims
  always @(posedge clk_i) begin
    if (rst_ni && touch_i) begin
      seen <= 1;
      last <= touched;
      visited <= !follow ? 0 : visited == 8'hff ? 8'b1 << victim_o : visited | 8'b1 << victim_o;
    end
    if (rst_ni && seen) assert (victim_o != last);
    if (rst_ni && touch_i && follow && visited != 8'hff) assert (!visited[victim_o]);
  end
endmodule
