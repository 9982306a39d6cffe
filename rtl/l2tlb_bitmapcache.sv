// SPDX-License-Identifier: MulanPSL-2.0
// BitmapCache: words of the bitmap (spec B 4.5; 2026-03: spec D 4B.5). One look-up per cycle,
// answer in the next cycle, or after a RAM in the one after (2026-03). Contents survive fences.
`include "l2tlb_assert.svh"
module l2tlb_bitmapcache
  import l2tlb_pkg::*;
#(
    parameter  l2tlb_cfg_t  Cfg = CFG_MINIMAL,
    localparam int unsigned Sets = Cfg.BcSets,
    localparam int unsigned Ways = Cfg.BcWays,
    localparam int unsigned WayW = $clog2(Ways),
    localparam int unsigned SetW = Sets > 1 ? $clog2(Sets) : 1,
    localparam int unsigned OrdW = $clog2(Cfg.BitmapEntries)
) (
    input  logic            clk_i,
    input  logic            rst_ni,
    input  logic            flush_i,
    input  logic            bclear_i,

    input  logic            req_valid_i,
    output logic            req_ready_o,
    input  logic [35:0]     req_ppn_i,
    input  logic [OrdW-1:0] req_order_i,

    output logic            resp_valid_o,
    input  logic            resp_ready_i,
    output logic            resp_hit_o,
    output logic [OrdW-1:0] resp_order_o,
    output logic [7:0]      resp_cfs_o,  // bits of eight neighbours

    input  logic            refill_valid_i,
    input  logic [35:0]     refill_ppn_i,
    input  logic [63:0]     refill_data_i
);

  localparam bit Rework = Cfg.Rule.bitmap_rework;

  typedef struct packed {
    logic [29:0] tag;  // page number above the set
    logic [63:0] data;
  } word_t;

  typedef struct packed {
    logic [OrdW-1:0] order;
    logic [2:0]      group;
    logic [SetW-1:0] row;
    logic [Ways-1:0] hits;
    logic [63:0]     data;
  } lookup_t;

  word_t ram_q[Sets*Ways];
  logic [Sets*Ways-1:0] v;
  lookup_t found, delay_q, resp_q;
  logic delay_valid_q, resp_valid_q, touch_q, req_fire, resp_taken, resp_free;

  function automatic logic [SetW-1:0] set_of(logic [35:0] ppn);
    return Sets > 1 ? ppn[6+:SetW] : '0;
  endfunction

  // Without the set's bits: a way that P3 makes valid before it was ever written matches the pages of
  // its set in the first 64 * Sets ones.
  function automatic logic [29:0] tag_of(logic [35:0] ppn);
    return 30'(ppn >> (6 + $clog2(Sets)));
  endfunction

  // --- Look-up -------------------------------------------------------------------------------

  logic [SetW-1:0] req_set;
  assign req_set = set_of(req_ppn_i);

  always_comb begin
    found = '0;
    found.order = req_order_i;
    found.group = req_ppn_i[5:3];
    found.row = req_set;
    for (int w = int'(Ways) - 1; w >= 0; w--) begin
      if (v[32'(req_set)*Ways+w] && ram_q[32'(req_set)*Ways+w].tag == tag_of(req_ppn_i)) begin
        found.hits[w] = 1'b1;
        found.data = ram_q[32'(req_set)*Ways+w].data;  // the lowest way wins
      end
    end
  end

  assign resp_taken = resp_valid_q && resp_ready_i;
  assign resp_free = !resp_valid_q || resp_ready_i;
  // A RAM with one port does not look up while it is written.
  assign req_ready_o = resp_free && !(Rework && refill_valid_i);
  assign req_fire = req_valid_i && req_ready_o;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) {delay_valid_q, resp_valid_q} <= 2'b00;
    else if (Rework) begin
      delay_valid_q <= req_fire;
      resp_valid_q <= delay_valid_q || !resp_free;
    end else begin
      resp_valid_q <= req_fire || !resp_free;
    end
  end

  always_ff @(posedge clk_i) begin
    if (req_fire) delay_q <= found;
    if (Rework ? delay_valid_q && resp_free : req_fire) resp_q <= Rework ? delay_q : found;
    if (!rst_ni) resp_q <= '0;
  end

  assign resp_valid_o = resp_valid_q;
  assign resp_hit_o = resp_q.hits != '0;
  assign resp_order_o = resp_q.order;
  assign resp_cfs_o = resp_q.data[8*resp_q.group+:8];

  // --- Replacement: the tree's victim; 2026-03 prefers a free way. In 2026-03 the touch of a hit
  // comes one cycle late and uses what the answer registers hold then. -------------------------

  logic refill, touch;
  logic [SetW-1:0] refill_set;
  logic [WayW-1:0] victim, tree_way, hit_way;
  logic [Ways-1:0] set_free;

  assign refill = refill_valid_i && !(flush_i && (!Rework || Cfg.Fixed.P3));
  assign refill_set = set_of(refill_ppn_i);
  assign set_free = ~v[32'(refill_set)*Ways+:Ways];
  assign victim = (Rework && set_free != '0) ? WayW'(lowest(64'(set_free))) : tree_way;
  assign touch = (Rework ? touch_q : resp_taken && !flush_i) && resp_q.hits != '0;
  assign hit_way = Rework ? WayW'(lowest(64'(resp_q.hits))) : WayW'(oh_to_uint(64'(resp_q.hits)));

  always_ff @(posedge clk_i) begin
    touch_q <= resp_taken && !flush_i;
    if (!rst_ni) touch_q <= 1'b0;
  end

  l2_plru #(.Sets(Sets), .Ways(Ways)) u_plru (
      .clk_i, .rst_ni, .hit_i(touch), .hit_set_i(resp_q.row), .hit_way_i(hit_way),
      .refill_i(refill), .refill_set_i(refill_set), .refill_way_i(victim), .victim_o(tree_way));

  // --- Contents ------------------------------------------------------------------------------

  logic [$clog2(Sets*Ways)-1:0] index;
  assign index = $bits(index)'(32'(refill_set) * Ways + 32'(victim));

  l2_valid #(.N(Sets * Ways)) u_valid (
      .clk_i, .rst_ni(rst_ni && !bclear_i), .refill_i(refill), .index_i(index), .fenced_i('0),
      .v_o(v));

  always_ff @(posedge clk_i) begin
    // A flush stops the clock of the RAM but not the valid bit: the old word comes back (P3).
    if (refill && !flush_i) begin
      ram_q[index] <= '{tag: tag_of(refill_ppn_i), data: refill_data_i};
    end
  end

  `L2_ASSERT(AnswerIsTaken, !resp_valid_o || resp_ready_i || flush_i)

endmodule
