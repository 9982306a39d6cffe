// SPDX-License-Identifier: MulanPSL-2.0
// PageCache table of whole lines, set associative: L1 (Lsb 12, non-leaf) and L0 (Lsb 3, leaf).
// The array and the v vector are read in stage Req, tag, class, ASID, VMID and sector are compared in
// Delay, the result is registered for Check (spec A 2.3).
module l2tlb_pc_line
  import l2tlb_pkg::*;
  import l2tlb_pc_pkg::*;
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
    input  logic [1:0] delay_s2xlate_i,

    input  logic             check_first_i,
    input  vpn_t             check_vpn_i,
    output logic             hit_o,
    output logic [7:0][37:0] ppn_o,
    output logic [7:0][1:0]  pbmt_o,
    output logic [7:0][6:0]  perm_o,
    output logic [7:0]       onlypf_o,
    output logic [7:0]       vs_o,
    output logic [7:0]       napot_o,
    output logic             prefetch_o,

    input  logic             refill_i,
    input  refill_info_t     refill_info_i,
    input  pte_t             refill_pte_i,
    input  line_t            refill_ptes_i,

    // Shield-Bitmap, L0 only (spec B 4.6)
    input  logic             flush_i,
    input  vpn_t             offered_vpn_i,  // at the input of the PageCache, taken or not
    input  logic             bitmap_i,       // the look-up in Check needs an allowed page
    output logic             jump_o,         // match, but not known as allowed: no hit
    output logic [WayW-1:0]  way_o,
    output logic [7:0]       bits_o,         // of the line selected in Check
    output logic [WayW-1:0]  victim_o,
    input  logic             wakeup_i,
    input  wakeup_t          wakeup_info_i
);

  typedef struct packed {
    logic [7:0][37:0] ppn;
    logic [7:0][1:0]  pbmt;
    logic [7:0][6:0]  perm;
    logic [7:0]       vs;
    logic [7:0]       onlypf;
    logic [7:0]       napot;  // 0 as in the recorded RTL (defect N1)
    logic             prefetch;
  } line_data_t;

  typedef struct packed {
    logic [TagW-1:0] tag;
    owner_t          owner;
    line_data_t      d;
  } word_t;

  word_t ram_q[Sets*Ways];
  word_t rdata_q[Ways];
  logic [Sets*Ways-1:0] v, g_q, fenced;
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

  // --- Look-up -------------------------------------------------------------------------------

  always_ff @(posedge clk_i) begin
    if (req_fire_i) begin
      for (int w = 0; w < int'(Ways); w++) begin
        rdata_q[w] <= ram_q[flat(set_of(req_vpn_i), WayW'(w))];
        rv_q[w] <= v[flat(set_of(req_vpn_i), WayW'(w))];
        rg_q[w] <= g_q[flat(set_of(req_vpn_i), WayW'(w))];
      end
    end
  end

  logic [2:0] sector;
  assign sector = Leaf ? delay_vpn_i[2:0] : delay_vpn_i[11:9];

  // Tag, sector, ASID and VMID of one way, with the CSRs of this cycle.
  function automatic logic match(word_t w, logic valid, logic g, vpn_t vpn, logic [1:0] s2xlate,
                                 logic [2:0] sec);
    logic global_page;
    // Bit 5 of an invalid PTE makes its cached fault global (defect P1).
    global_page = Leaf ? w.d.perm[sec][4] && !(Cfg.Fixed.P1 && w.d.onlypf[sec]) : g;
    return valid && w.tag == vpn[37:Lsb+SetW] && w.d.vs[sec] &&
        serves(w.owner, csr_i, s2xlate, (Cfg.Rule.global_ignores_asid && global_page) ||
               (Cfg.Rule.gstage_ignores_asid && s2xlate == ONLY_STAGE2), Cfg.Fixed.P15);
  endfunction

  always_comb begin
    for (int w = 0; w < int'(Ways); w++) begin
      hit_vec[w] = match(rdata_q[w], rv_q[w], rg_q[w], delay_vpn_i, delay_s2xlate_i, sector);
    end
  end

  always_ff @(posedge clk_i) begin
    if (delay_fire_i) begin
      hit_vec_q <= hit_vec;
      data_q <= rdata_q[WayW'(shown_way(64'(hit_vec), Ways))].d;
    end
  end

  assign hit_o = hit_vec_q != '0 && !jump_o;
  assign ppn_o = data_q.ppn;
  assign pbmt_o = data_q.pbmt;
  assign perm_o = data_q.perm;
  assign onlypf_o = data_q.onlypf;
  assign vs_o = data_q.vs;
  assign napot_o = data_q.napot;
  assign prefetch_o = data_q.prefetch;

  // --- Replacement: lowest invalid way, else the tree's (spec A 2.4) -----------------------------

  logic [SetW-1:0] refill_set;
  logic [WayW-1:0] victim, tree_victim;
  logic [Ways-1:0] set_free;
  logic [SetW+WayW-1:0] victim_flat;
  logic hit_touch;

  assign refill_set = set_of(refill_info_i.info.vpn);
  assign set_free = ~v[flat(refill_set, '0)+:Ways];
  assign hit_touch = check_first_i && hit_o;
  assign victim = set_free != '0 ? WayW'(lowest(64'(set_free))) : tree_victim;
  assign victim_flat = flat(refill_set, victim);

  l2_plru #(.Sets(Sets), .Ways(Ways)) u_plru (
      .clk_i, .rst_ni, .hit_i(hit_touch), .hit_set_i(set_of(check_vpn_i)),
      .hit_way_i(WayW'(lowest(64'(hit_vec_q)))), .refill_i, .refill_set_i(refill_set),
      .refill_way_i(victim), .victim_o(tree_victim));

  assign victim_o = victim;

  // --- Check bits: 1 is tested and allowed (spec B 4.6) -----------------------------------------

  if (Leaf && Cfg.HasBitmap) begin : gen_bits
    localparam bit Rework = Cfg.Rule.bitmap_rework;
    logic [Sets*Ways-1:0][7:0] bits_q;
    logic [7:0] row_q[Ways];
    logic [7:0] check_row_q[Ways];
    logic [2:0] check_sector;

    // 2025-05 loads the row of the offered set in every cycle, so that a look-up that waits leaves
    // with the row of another set (defect B4).
    always_ff @(posedge clk_i) begin
      for (int w = 0; w < int'(Ways); w++) begin
        if (Rework || Cfg.Fixed.B4 ? req_fire_i : 1'b1) begin
          row_q[w] <= bits_q[flat(set_of(offered_vpn_i), WayW'(w))];
        end
        if (delay_fire_i) check_row_q[w] <= row_q[w];
        if (!rst_ni || forget) begin
          row_q[w] <= '0;
          check_row_q[w] <= '0;
        end
      end
    end

    assign check_sector = check_vpn_i[2:0];
    assign way_o = WayW'(shown_way(64'(hit_vec_q), Ways));
    assign bits_o = check_row_q[way_o];
    assign jump_o = bitmap_i && hit_vec_q != '0 && !bits_o[check_sector] &&
        !((Rework || Cfg.Fixed.B7) && data_q.onlypf[check_sector]);

    wakeup_t written;
    logic write, forget;

    // B16 corrected: BCLEAR makes every cached PTE untested; B19: another MBMC too.
    assign forget = (Cfg.Fixed.B16 && csr_i.mbmc.bclear) || csr_i.mbmc.changed;

    if (Rework) begin : gen_compare
      // w: row and word are read; w+1: compared; w+2: written.
      word_t word_q;
      wakeup_t info_q, info2_q;
      logic v_q1, v_q2, valid_q, found, flush_q;
      logic g_q1;
      logic [SetW+WayW-1:0] at;

      assign at = flat(set_of(wakeup_info_i.vpn), WayW'(wakeup_info_i.way));
      assign found = valid_q && !flush_q && !flush_i &&
          match(word_q, v_q1, g_q1, info_q.vpn, info_q.s2xlate, info_q.vpn[2:0]);
      always_ff @(posedge clk_i) begin
        valid_q <= wakeup_i;
        flush_q <= flush_i;
        v_q2 <= found;
        if (wakeup_i) begin
          word_q <= ram_q[at];
          v_q1 <= v[at];
          g_q1 <= g_q[at];
          info_q <= wakeup_info_i;
        end
        info2_q <= info_q;
        if (!rst_ni || forget) {valid_q, v_q2} <= '0;
        if (!rst_ni) flush_q <= 1'b0;
      end
      assign write = v_q2;
      assign written = info2_q;
    end else begin : gen_direct  // nothing is compared (defect B15)
      assign write = wakeup_i && wakeup_info_i.level == 2'd0 &&
          !(wakeup_info_i.n && Cfg.Fixed.B5);
      assign written = wakeup_info_i;
    end

    // What the way holds in the cycle of the write is not looked at (B15; 2026-03: P2, P18).
    logic [SetW+WayW-1:0] write_at;
    logic [2:0] write_sector;
    logic [35:0] other_page;
    logic still_there, same_page, allowed;

    assign write_sector = written.vpn[2:0];
    assign write_at = flat(set_of(written.vpn), WayW'(written.way));
    assign still_there = match(ram_q[write_at], v[write_at], g_q[write_at], written.vpn,
                               written.s2xlate, write_sector);
    // The check of a tagged page may have dropped the key.
    assign other_page = ram_q[write_at].d.ppn[write_sector][35:0] ^ written.ppn;
    assign same_page = (other_page << Cfg.KeyIdBits) == '0;
    assign allowed = (still_there || !(Cfg.Fixed.P2 || (Cfg.Fixed.B15 && !Rework))) &&
        (same_page || !Cfg.Fixed.P18);

    // A refill of the row in the same cycle wins.
    always_ff @(posedge clk_i) begin
      if (write && allowed) bits_q[write_at][write_sector] <= written.ok;
      if (refill_i) bits_q[victim_flat] <= 8'b0;
      if (!rst_ni || forget) bits_q <= '0;
    end
  end else begin : gen_no_bits
    assign jump_o = 1'b0;
    assign way_o = '0;
    assign bits_o = '0;
  end

  // --- Refill (spec A 2.5) -------------------------------------------------------------------

  word_t new_word;
  logic [7:0] all_g;
  logic pbmte, clear_g, napot_kept_out;
  logic [1:0] lvl;

  assign lvl = Leaf ? 2'd0 : 2'd1;
  assign clear_g = Cfg.Rule.gstage_clear_g && refill_info_i.info.s2xlate == ONLY_STAGE2;
  assign pbmte = pbmte_of(csr_i, refill_info_i.info.s2xlate);
  // N1 and, behind a malformed addressed PTE, P14.
  assign napot_kept_out = Cfg.Fixed.N1 || (Cfg.Fixed.P14 && refill_pte_i[63]);

  always_comb begin
    new_word.tag = refill_info_i.info.vpn[37:Lsb+SetW];
    new_word.owner = owner_of(csr_i, refill_info_i.info.s2xlate);
    new_word.d.prefetch = refill_info_i.info.source == SOURCE_PREFETCH;
    for (int j = 0; j < 8; j++) begin
      new_word.d.ppn[j] = refill_ptes_i[j][47:10];
      new_word.d.pbmt[j] = refill_ptes_i[j][62:61];
      new_word.d.perm[j] = Leaf ? refill_ptes_i[j][7:1] : '0;
      if (clear_g) new_word.d.perm[j][4] = 1'b0;
      new_word.d.onlypf[j] = Leaf &&
          pte_only_pf(refill_ptes_i[j], lvl, refill_info_i.info.s2xlate, pbmte);
      new_word.d.napot[j] = napot_kept_out && Leaf && pte_is_napot(refill_ptes_i[j]) &&
          !new_word.d.onlypf[j];
      new_word.d.vs[j] = (pte_can_refill(refill_ptes_i[j], lvl, refill_info_i.info.s2xlate, pbmte,
                                         csr_i.hgatp.mode) &&
                          (pte_is_leaf(refill_ptes_i[j]) == Leaf) &&
                          !new_word.d.napot[j]) || new_word.d.onlypf[j];
      // July 2026 v2: a well-formed NAPOT lane is neither a page nor a fault here (spec E 0.2 rule 5).
      if (Leaf && Cfg.Rule.l0_excludes_napot && pte_is_napot(refill_ptes_i[j]) &&
          refill_ptes_i[j][13:10] == 4'd8) begin
        {new_word.d.vs[j], new_word.d.onlypf[j]} = 2'b00;
      end
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
  assign refill_asid_hash = Ha'(fold(48'(new_word.owner.asid), Ha));
  assign fence_hash = Hv'(fold(48'(f_vpn[37:Lsb+SetW]), Hv));

  always_comb begin
    for (int i = 0; i < int'(Sets * Ways); i++) begin
      fenced[i] = sfence_i.valid && fence_hits(
          sfence_i, csr_i.virt, h_q[i], asid_hash_q[i] == id_hash, vmid_hash_q[i] == vmid_hash,
          vmid_hash_q[i] == vmid_id_hash, g_q[i],
          Leaf && SetW'(i / int'(Ways)) == set_of(f_vpn) && vpn_hash_q[i] == fence_hash,
          Cfg.Rule.hfence_gvma_all_flushes_vs);
    end
  end

  l2_valid #(.N(Sets * Ways)) u_valid (
      .clk_i, .rst_ni, .refill_i, .index_i(victim_flat), .fenced_i(fenced), .v_o(v));

  always_ff @(posedge clk_i) begin
    if (refill_i) begin
      ram_q[victim_flat] <= new_word;
      g_q[victim_flat] <= &all_g && !clear_g;
      h_q[victim_flat] <= new_word.owner.h;
      asid_hash_q[victim_flat] <= refill_asid_hash;
      vmid_hash_q[victim_flat] <= vmid_hash;
      vpn_hash_q[victim_flat] <= Hv'(fold(48'(new_word.tag), Hv));
    end
  end

endmodule
