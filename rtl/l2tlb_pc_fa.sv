// SPDX-License-Identifier: MulanPSL-2.0
// PageCache table of non-leaf entries, fully associative: L3 (TagLsb 27) and L2 (TagLsb 18).
// Compared in stage Req, data taken in the first Delay cycle and held (spec A 2.3).
module l2tlb_pc_fa
  import l2tlb_pkg::*;
  import l2tlb_pc_pkg::*;
#(
    parameter  l2tlb_cfg_t  Cfg = CFG_MINIMAL,
    parameter  int unsigned Size = 4,
    parameter  int unsigned TagLsb = 18,
    localparam int unsigned IdxW = $clog2(Size),
    localparam int unsigned TagW = 38 - TagLsb
) (
    input  logic     clk_i,
    input  logic     rst_ni,
    input  tlb_csr_t csr_i,
    input  sfence_t  sfence_i,

    input  logic       req_fire_i,
    input  vpn_t       req_vpn_i,
    input  logic [1:0] req_s2xlate_i,

    input  logic        delay_first_i,  // first cycle of the look-up in Delay
    output logic        hit_o,
    output logic [37:0] ppn_o,
    output logic [1:0]  pbmt_o,

    input  logic         refill_i,
    input  refill_info_t refill_info_i,
    input  pte_t         refill_pte_i,
    input  logic         refill_touches_i,  // its own tree
    output logic [5:0]   refill_way_o,
    input  logic         touch_i,      // another table's refill moves this tree (defect D13)
    input  logic [5:0]   touch_way_i
);

  typedef struct packed {
    logic [TagW-1:0] tag;
    owner_t          owner;
    logic            g;
    logic [37:0]     ppn;
    logic [1:0]      pbmt;
  } entry_t;

  entry_t entries_q[Size];
  logic [Size-1:0] v, hit_vec, hit_vec_q, fenced;
  logic [IdxW-1:0] way, victim;
  logic hit;
  logic [39:0] data;

  // --- Look-up -------------------------------------------------------------------------------

  logic any_asid;
  assign any_asid = Cfg.Rule.gstage_ignores_asid && req_s2xlate_i == ONLY_STAGE2;

  always_comb begin
    for (int i = 0; i < int'(Size); i++) begin
      hit_vec[i] = v[i] && entries_q[i].tag == req_vpn_i[37:TagLsb] &&
          serves(entries_q[i].owner, csr_i, req_s2xlate_i,
                 any_asid || (Cfg.Rule.global_ignores_asid && entries_q[i].g), Cfg.Fixed.P15);
    end
  end

  assign way = IdxW'(shown_way(64'(hit_vec_q), Size));
  assign hit = hit_vec_q != '0;
  assign data = {entries_q[way].ppn, entries_q[way].pbmt};

  l2_hold #(.W(41)) u_hold (
      .clk_i, .first_i(delay_first_i), .d_i({hit, data}), .q_o({hit_o, ppn_o, pbmt_o}));

  always_ff @(posedge clk_i) begin
    if (req_fire_i) hit_vec_q <= hit_vec;
  end

  // --- Replacement: lowest free entry, else the tree's; a refill's touch beats another table's, which
  // beats a hit's (spec A 2.4) ------------------------------------------------------------------

  logic [IdxW-1:0] tree_victim, touched;
  logic own_touch;
  logic [Size-1:0] free;

  assign free = ~v;
  assign victim = free != '0 ? IdxW'(lowest(64'(free))) : tree_victim;
  assign refill_way_o = 6'(victim);
  assign own_touch = refill_i && refill_touches_i;
  assign touched = own_touch ? victim : IdxW'(touch_way_i);

  l2_plru #(.Sets(1), .Ways(Size)) u_plru (
      .clk_i, .rst_ni, .hit_i(delay_first_i && hit), .hit_set_i(1'b0),
      .hit_way_i(IdxW'(oh_to_uint(64'(hit_vec_q)))), .refill_i(own_touch || touch_i),
      .refill_set_i(1'b0), .refill_way_i(touched), .victim_o(tree_victim));

  // --- Contents ------------------------------------------------------------------------------

  always_comb begin
    for (int i = 0; i < int'(Size); i++) begin
      fenced[i] = owner_fenced(sfence_i, csr_i, entries_q[i].owner, entries_q[i].g, 1'b0,
                               Cfg.Fixed.E6, Cfg.Rule.hfence_gvma_all_flushes_vs);
    end
  end

  l2_valid #(.N(Size)) u_valid (
      .clk_i, .rst_ni, .refill_i, .index_i(victim), .fenced_i(fenced), .v_o(v));

  always_ff @(posedge clk_i) begin
    if (refill_i) begin
      entries_q[victim] <= '{
          tag: refill_info_i.info.vpn[37:TagLsb],
          owner: owner_of(csr_i, refill_info_i.info.s2xlate),
          g: refill_pte_i[5] &&
             !(Cfg.Rule.gstage_clear_g && refill_info_i.info.s2xlate == ONLY_STAGE2),
          ppn: refill_pte_i[47:10],
          pbmt: refill_pte_i[62:61]};
    end
  end

endmodule
