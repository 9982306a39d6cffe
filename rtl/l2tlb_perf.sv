// SPDX-License-Identifier: MulanPSL-2.0
// Event outputs: LLPTW, PageCache, PTW, each four registers behind its event (spec A 6).
module l2tlb_perf
  import l2tlb_pkg::*;
(
    input  logic             clk_i,
    input  logic [8:0]       llptw_i,
    input  logic [7:0]       cache_i,
    input  logic [6:0]       ptw_i,
    output logic [18:0][5:0] perf_o
);

  logic [3:0][18:0][5:0] pipe_q;
  logic [18:0][5:0] now;

  always_comb begin
    now = '0;
    for (int i = 0; i < 3; i++) now[i] = {5'b0, llptw_i[i]};
    now[3] = llptw_i[8:3];
    for (int i = 0; i < 8; i++) now[4+i] = {5'b0, cache_i[i]};
    for (int i = 0; i < 7; i++) now[12+i] = {5'b0, ptw_i[i]};
  end

  always_ff @(posedge clk_i) pipe_q <= {pipe_q[2:0], now};

  assign perf_o = pipe_q[3];

endmodule
