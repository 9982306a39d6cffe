// SPDX-License-Identifier: MulanPSL-2.0
// PageCache table of whole lines, set associative: L1 (Lsb 12, non-leaf) and L0 (Lsb 3, leaf).
// The array and the v and h vectors are read in stage Req, tag, ASID, VMID and sector are compared
// in Delay, the result is registered for Check (part A 2.3).
module l2tlb_pc_line
  import l2tlb_pkg::*;
#(
    parameter  l2tlb_cfg_t  Cfg = CFG_MINIMAL,
    parameter  int unsigned Sets = 4,
    parameter  int unsigned Ways = 8,
    parameter  bit          Leaf = 1'b1,
    localparam int unsigned Lsb = Leaf ? 3 : 12,
    localparam int unsigned SetW = $clog2(Sets),
    localparam int unsigned WayW = $clog2(Ways),
    localparam int unsigned TagW = 38 - Lsb - SetW
) (
    input  logic     clk_i,
    input  logic     rst_ni,
    input  tlb_csr_t csr_i,
    input  sfence_t  sfence_i,

    input  logic       req_fire_i,
    input  vpn_t       req_vpn_i,

    input  logic       delay_fire_i,
    input  vpn_t       delay_vpn_i,
    input  logic [1:0] delay_class_i,

    input  logic             check_first_i,
    input  vpn_t             check_vpn_i,
    output logic             hit_o,
    output logic [7:0][37:0] ppn_o,
    output logic [7:0][1:0]  pbmt_o,
    output logic [7:0][6:0]  perm_o,
    output logic [7:0]       onlypf_o,
    output logic             prefetch_o,

    input  logic             refill_i,
    input  refill_info_t     refill_info_i,
    input  line_t            refill_ptes_i
);

  typedef struct packed {
    logic [7:0][37:0] ppn;
    logic [7:0][1:0]  pbmt;
    logic [7:0][6:0]  perm;
    logic [7:0]       vs;
    logic [7:0]       onlypf;
    logic             prefetch;
  } line_data_t;

  typedef struct packed {
    logic [TagW-1:0] tag;
    logic [15:0]     asid;
    logic [13:0]     vmid;
    line_data_t      d;
  } word_t;

  word_t ram_q[Sets*Ways];
  word_t rdata_q[Ways];
  logic [Sets*Ways-1:0] v_q, g_q, fenced, filled;
  logic [Ways-1:0][1:0] rh_q;
  logic [Ways-1:0] rv_q, rg_q, hit_vec, hit_vec_q;
  logic [1:0] h_q[Sets*Ways];
  line_data_t data_q;

  function automatic logic [SetW-1:0] set_of(vpn_t vpn);
    return vpn[Lsb+SetW-1:Lsb];
  endfunction

  // Flat index of a way: the ways of a set are neighbours.
  function automatic logic [SetW+WayW-1:0] flat(logic [SetW-1:0] set, logic [WayW-1:0] w);
    return {set, w};
  endfunction

  function automatic logic [5:0] first_free(logic [Ways-1:0] v);
    logic [63:0] free;
    free = '0;
    free[Ways-1:0] = ~v;
    return lowest(free);
  endfunction

  // --- Look-up -------------------------------------------------------------------------------

  always_ff @(posedge clk_i) begin
    if (req_fire_i) begin
      for (int w = 0; w < int'(Ways); w++) begin
        rdata_q[w] <= ram_q[flat(set_of(req_vpn_i), WayW'(w))];
        rv_q[w] <= v_q[flat(set_of(req_vpn_i), WayW'(w))];
        rg_q[w] <= g_q[flat(set_of(req_vpn_i), WayW'(w))];
        rh_q[w] <= h_q[flat(set_of(req_vpn_i), WayW'(w))];
      end
    end
  end

  logic [15:0] delay_asid;
  logic [2:0] sector;
  assign delay_asid = asid_of(csr_i, delay_class_i);
  assign sector = Leaf ? delay_vpn_i[2:0] : delay_vpn_i[11:9];

  always_comb begin
    for (int w = 0; w < int'(Ways); w++) begin
      hit_vec[w] = rv_q[w] && rh_q[w] == delay_class_i &&
          rdata_q[w].tag == delay_vpn_i[37:Lsb+SetW] && rdata_q[w].d.vs[sector] &&
          (rdata_q[w].asid == delay_asid || (Cfg.Rule.global_ignores_asid &&
            (Leaf ? rdata_q[w].d.perm[sector][4] : rg_q[w])) ||
           (Cfg.Rule.gstage_ignores_asid && delay_class_i == ONLY_STAGE2)) &&
          (delay_class_i == NO_S2XLATE || {2'b0, rdata_q[w].vmid} == csr_i.hgatp.id);
    end
  end

  always_ff @(posedge clk_i) begin
    if (delay_fire_i) begin
      hit_vec_q <= hit_vec;
      data_q <= rdata_q[hit_vec == '0 ? WayW'(Ways - 1) : WayW'(lowest(64'(hit_vec)))].d;
    end
  end

  assign hit_o = hit_vec_q != '0;
  assign ppn_o = data_q.ppn;
  assign pbmt_o = data_q.pbmt;
  assign perm_o = data_q.perm;
  assign onlypf_o = data_q.onlypf;
  assign prefetch_o = data_q.prefetch;

  // --- Replacement: lowest invalid way, else the tree; a refill's touch beats a hit's of the same
  // set, other sets are independent (part A 2.4) ------------------------------------------------

  logic [SetW-1:0] refill_set, check_set;
  logic [WayW-1:0] victim, tree_victim, hit_way;
  logic [Ways-1:0] set_valid;
  logic [SetW+WayW-1:0] victim_flat;
  logic hit_touch;

  assign refill_set = set_of(refill_info_i.info.vpn);
  assign check_set = set_of(check_vpn_i);
  assign set_valid = v_q[flat(refill_set, '0)+:Ways];
  assign hit_way = WayW'(lowest(64'(hit_vec_q)));
  assign hit_touch = check_first_i && hit_o && !(refill_i && refill_set == check_set);
  assign victim = !(&set_valid) ? WayW'(first_free(set_valid)) : tree_victim;
  assign victim_flat = flat(refill_set, victim);

  logic [Ways-2:0] tree_q[Sets];

  assign tree_victim = WayW'(plru_victim(63'(tree_q[refill_set]), Ways));

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int s = 0; s < int'(Sets); s++) tree_q[s] <= '0;
    end else begin
      if (hit_touch) begin
        tree_q[check_set] <= (Ways - 1)'(plru_touch(63'(tree_q[check_set]), Ways, 6'(hit_way)));
      end
      if (refill_i) begin
        tree_q[refill_set] <= (Ways - 1)'(plru_touch(63'(tree_q[refill_set]), Ways, 6'(victim)));
      end
    end
  end

  // --- Refill (part A 2.5) -------------------------------------------------------------------

  word_t new_word;
  logic [7:0] all_g;
  logic pbmte, clear_g;
  logic [1:0] lvl;

  assign lvl = Leaf ? 2'd0 : 2'd1;
  assign clear_g = Cfg.Rule.gstage_clear_g && refill_info_i.info.s2xlate == ONLY_STAGE2;
  assign pbmte = pbmte_of(csr_i, refill_info_i.info.s2xlate);

  always_comb begin
    new_word.tag = refill_info_i.info.vpn[37:Lsb+SetW];
    new_word.asid = asid_of(csr_i, refill_info_i.info.s2xlate);
    new_word.vmid = csr_i.hgatp.id[13:0];
    new_word.d.prefetch = refill_info_i.info.source == SOURCE_PREFETCH;
    for (int j = 0; j < 8; j++) begin
      new_word.d.ppn[j] = refill_ptes_i[j][47:10];
      new_word.d.pbmt[j] = refill_ptes_i[j][62:61];
      new_word.d.perm[j] = Leaf ? refill_ptes_i[j][7:1] : '0;
      if (clear_g) new_word.d.perm[j][4] = 1'b0;
      new_word.d.onlypf[j] = Leaf &&
          pte_only_pf(refill_ptes_i[j], lvl, refill_info_i.info.s2xlate, pbmte);
      new_word.d.vs[j] = (pte_can_refill(refill_ptes_i[j], lvl, refill_info_i.info.s2xlate, pbmte,
                                         csr_i.hgatp.mode) &&
                          (pte_is_leaf(refill_ptes_i[j]) == Leaf)) || new_word.d.onlypf[j];
      if (Cfg.Fixed.N1 && Leaf && refill_ptes_i[j][63]) new_word.d.vs[j] = 1'b0;
      all_g[j] = refill_ptes_i[j][5];
      if (Cfg.Fixed.N2 && new_word.d.onlypf[j]) all_g[j] = 1'b0;
    end
  end

  // --- Side registers and fences: hashes of ASID, VMID and (L0) tag ----------------------------

  localparam int unsigned Ha = Cfg.HashAsidWidth;
  localparam int unsigned Hv = Cfg.HashVpnWidth;

  logic [Ha-1:0] asid_hash_q[Sets*Ways];
  logic [Ha-1:0] vmid_hash_q[Sets*Ways];
  logic [Hv-1:0] vpn_hash_q[Sets*Ways];
  logic [Ha-1:0] id_hash, vmid_id_hash, vmid_hash, refill_asid_hash;
  logic [Hv-1:0] fence_hash;
  vpn_t f_vpn;

  assign f_vpn = fence_vpn(sfence_i);
  assign id_hash = Ha'(fold(48'(sfence_i.id), Ha));
  assign vmid_id_hash = Cfg.Fixed.E6 ? Ha'(fold(48'(sfence_i.id[13:0]), Ha)) : id_hash;
  assign vmid_hash = Ha'(fold(48'(csr_i.hgatp.id), Ha));
  assign refill_asid_hash = Ha'(fold(48'(asid_of(csr_i, refill_info_i.info.s2xlate)), Ha));
  assign fence_hash = Hv'(fold(48'(f_vpn[37:Lsb+SetW]), Hv));

  always_comb begin
    for (int i = 0; i < int'(Sets * Ways); i++) begin
      fenced[i] = sfence_i.valid && fence_hits(
          sfence_i, csr_i.virt, h_q[i], asid_hash_q[i] == id_hash, vmid_hash_q[i] == vmid_hash,
          vmid_hash_q[i] == vmid_id_hash, g_q[i],
          Leaf && SetW'(i / int'(Ways)) == set_of(f_vpn) && vpn_hash_q[i] == fence_hash);
    end
  end

  always_comb begin
    filled = '0;
    filled[victim_flat] = refill_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) v_q <= '0;
    else v_q <= (v_q | filled) & ~fenced;
    if (refill_i) begin
      ram_q[victim_flat] <= new_word;
      g_q[victim_flat] <= &all_g && !clear_g;
      h_q[victim_flat] <= s2xlate_class(refill_info_i.info.s2xlate);
      asid_hash_q[victim_flat] <= refill_asid_hash;
      vmid_hash_q[victim_flat] <= vmid_hash;
      vpn_hash_q[victim_flat] <= Hv'(fold(48'(new_word.tag), Hv));
    end
  end

endmodule
