// SPDX-License-Identifier: MulanPSL-2.0
// PageCache table of non-leaf entries, fully associative: L3 (TagLsb 27) and L2 (TagLsb 18).
// Compared in stage Req, data taken in the first Delay cycle and held (spec A 2.3).
module l2tlb_pc_fa
  import l2tlb_pkg::*;
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
    logic [15:0]     asid;
    logic [13:0]     vmid;
    logic [37:0]     ppn;
    logic [1:0]      pbmt;
    logic [1:0]      h;
    logic            two_stage;  // walked as allStage (erratum P15)
    logic            g;
  } entry_t;

  entry_t entries_q[Size];
  logic [Size-1:0] v_q, hit_vec, hit_vec_q, fenced;
  logic [IdxW-1:0] way, victim;
  logic hit;
  logic [39:0] data;

  function automatic logic [5:0] first_free(logic [Size-1:0] v);
    logic [63:0] free;
    free = '0;
    free[Size-1:0] = ~v;
    return lowest(free);
  endfunction

  // --- Look-up -------------------------------------------------------------------------------

  logic [15:0] req_asid;
  logic [1:0] req_class;

  assign req_class = s2xlate_class(req_s2xlate_i);
  assign req_asid = asid_of(csr_i, req_class);

  always_comb begin
    for (int i = 0; i < int'(Size); i++) begin
      hit_vec[i] = v_q[i] && entries_q[i].h == req_class &&
          !(Cfg.Fixed.P15 && other_kind(req_s2xlate_i, entries_q[i].two_stage)) &&
          entries_q[i].tag == req_vpn_i[37:TagLsb] &&
          (entries_q[i].asid == req_asid || (Cfg.Rule.global_ignores_asid && entries_q[i].g) ||
           (Cfg.Rule.gstage_ignores_asid && req_class == ONLY_STAGE2)) &&
          (req_class == NO_S2XLATE || {2'b0, entries_q[i].vmid} == csr_i.hgatp.id);
    end
  end

  // Without a hit the multiplexer shows its last input: seen in the view of a jump (B14).
  assign way = hit_vec_q == '0 ? IdxW'(Size - 1) : IdxW'(lowest(64'(hit_vec_q)));
  assign hit = hit_vec_q != '0;
  assign data = {entries_q[way].ppn, entries_q[way].pbmt};

  l2_hold #(.W(41)) u_hold (
      .clk_i, .first_i(delay_first_i), .d_i({hit, data}), .q_o({hit_o, ppn_o, pbmt_o}));

  always_ff @(posedge clk_i) begin
    if (req_fire_i) hit_vec_q <= hit_vec;
  end

  // --- Replacement: a refill's touch beats another table's, which beats a hit's ----------------

  logic [IdxW-1:0] tree_victim, tree_way;
  logic tree_touch;

  l2_plru #(.Sets(1), .Ways(Size)) u_plru (
      .clk_i, .rst_ni, .touch_i(tree_touch), .touch_set_i(1'b0), .touch_way_i(tree_way),
      .victim_set_i(1'b0), .victim_o(tree_victim));

  assign victim = !(&v_q) ? IdxW'(first_free(v_q)) : tree_victim;
  assign refill_way_o = 6'(victim);

  always_comb begin
    tree_touch = 1'b1;
    if (refill_i && refill_touches_i) tree_way = victim;
    else if (touch_i) tree_way = IdxW'(touch_way_i);
    else begin
      tree_way = IdxW'(oh_to_uint(64'(hit_vec_q)));
      tree_touch = delay_first_i && hit;
    end
  end

  // --- Contents ------------------------------------------------------------------------------

  logic [Size-1:0] vmid_fence, vmid_now;

  always_comb begin
    for (int i = 0; i < int'(Size); i++) begin
      vmid_now[i] = {2'b0, entries_q[i].vmid} == csr_i.hgatp.id;
      vmid_fence[i] = {2'b0, entries_q[i].vmid} == {Cfg.Fixed.E6 ? 2'b0 : sfence_i.id[15:14],
                                                    sfence_i.id[13:0]};
      fenced[i] = fence_hits(sfence_i, csr_i.virt, entries_q[i].h, entries_q[i].asid == sfence_i.id,
                             vmid_now[i], vmid_fence[i], entries_q[i].g, 1'b0,
                             Cfg.Rule.hfence_gvma_all_flushes_vs);
    end
  end

  logic [Size-1:0] filled;
  always_comb begin
    filled = '0;
    filled[victim] = refill_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) v_q <= '0;
    else v_q <= (v_q | filled) & ~fenced;
    if (refill_i) begin
      entries_q[victim] <= '{
          tag: refill_info_i.info.vpn[37:TagLsb],
          asid: asid_of(csr_i, refill_info_i.info.s2xlate),
          vmid: csr_i.hgatp.id[13:0],
          ppn: refill_pte_i[47:10],
          pbmt: refill_pte_i[62:61],
          h: s2xlate_class(refill_info_i.info.s2xlate),
          two_stage: refill_info_i.info.s2xlate == ALL_STAGE,
          g: refill_pte_i[5] &&
             !(Cfg.Rule.gstage_clear_g && refill_info_i.info.s2xlate == ONLY_STAGE2)};
    end
  end

endmodule
