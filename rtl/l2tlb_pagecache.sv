// SPDX-License-Identifier: MulanPSL-2.0
// PageCache: one look-up port, stages Req, Delay, Check, Resp, five tables in parallel, one refill
// port (spec A 2).
`include "l2tlb_assert.svh"
module l2tlb_pagecache
  import l2tlb_pkg::*;
#(
    parameter l2tlb_cfg_t Cfg = CFG_MINIMAL
) (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        flush_i,
    input  tlb_csr_t    csr_i,
    input  sfence_t     sfence_i,

    input  logic        req_valid_i,
    output logic        req_ready_o,
    input  lookup_t     req_i,

    output logic        resp_valid_o,
    input  logic        resp_ready_i,
    output cache_resp_t resp_o,
    output jump_t       jump_o,

    input  logic        refill_valid_i,
    input  refill_t     refill_i,

    // Shield-Bitmap: verdicts for the check bits, victim way of the L0 refill
    input  logic        wakeup_valid_i,
    output logic        wakeup_ready_o,
    input  wakeup_t     wakeup_i,
    output logic [4:0]  l0_way_o,

    output logic [7:0]  perf_o  // access, l2, l1, l0, sp, pte hit, rwHarzad, out_blocked
);

  localparam int unsigned L0WayW = $clog2(Cfg.L0Ways);

  // --- Pipeline control (spec A 2.2) ---------------------------------------------------------

  logic delay_valid_q, check_valid_q, resp_valid_q, delay_first_q, check_first_q;
  logic delay_ready, check_ready, resp_ready, req_fire, delay_fire, check_fire, resp_fire;
  lookup_t delay_q, check_q, resp_q;
  logic wakeup;

  assign resp_ready = !resp_valid_q || resp_ready_i;
  assign check_ready = !check_valid_q || resp_ready;
  assign delay_ready = !delay_valid_q || check_ready;
  // rwHarzad: single-port arrays. A wake-up of 2026-03 reads L0.
  assign wakeup_ready_o = !Cfg.Rule.bitmap_rework || !refill_valid_i;
  assign wakeup = wakeup_valid_i && wakeup_ready_o;
  assign req_ready_o = delay_ready && !refill_valid_i && !(Cfg.Rule.bitmap_rework && wakeup);
  assign req_fire = req_valid_i && req_ready_o;
  assign delay_fire = delay_valid_q && check_ready;
  assign check_fire = check_valid_q && resp_ready;
  assign resp_valid_o = resp_valid_q;
  assign resp_fire = resp_valid_q && resp_ready_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      {delay_valid_q, check_valid_q, resp_valid_q, delay_first_q, check_first_q} <= '0;
    end else begin
      delay_valid_q <= req_fire || (delay_valid_q && !check_ready);
      check_valid_q <= delay_fire || (check_valid_q && !resp_ready);
      resp_valid_q <= check_fire || (resp_valid_q && !resp_ready_i);
      delay_first_q <= req_fire;
      check_first_q <= delay_fire;
    end
  end

  always_ff @(posedge clk_i) begin
    if (req_fire) delay_q <= req_i;
    if (delay_fire) check_q <= delay_q;
    if (check_fire) resp_q <= check_q;
  end

  // --- Refill: which table takes the line (spec A 2.5); nothing in a flush cycle ----------------

  logic refill, refill_l3, refill_l2, refill_l1, refill_l0, refill_sp;
  logic sel_leaf, sel_can, sel_only_pf, sel_napot, refill_pbmte;
  logic [1:0] refill_s2x;

  assign refill = refill_valid_i && !flush_i;
  assign refill_s2x = refill_i.info.info.s2xlate;
  assign refill_pbmte = pbmte_of(csr_i, refill_s2x);
  assign sel_leaf = pte_is_leaf(refill_i.sel_pte);
  assign sel_napot = pte_is_napot(refill_i.sel_pte) &&
      (!Cfg.Rule.napot_strict || refill_i.sel_pte[13:10] == 4'd8) &&
      // One that is malformed otherwise fills SP as well (E4r); corrected: it belongs to L0.
      !(Cfg.Fixed.E4r && pte_is_pf(refill_i.sel_pte, 2'd0, refill_pbmte));
  assign sel_can = pte_can_refill(refill_i.sel_pte, refill_i.info.level, refill_s2x, refill_pbmte,
                                  csr_i.hgatp.mode);
  assign sel_only_pf = pte_only_pf(refill_i.sel_pte, refill_i.info.level, refill_s2x, refill_pbmte);
  // level_oh = {sp, l0, l1, l2, l3}
  assign refill_l3 = refill && refill_i.level_oh[0] && !sel_leaf && sel_can;
  assign refill_l2 = refill && refill_i.level_oh[1] && !sel_leaf && sel_can;
  assign refill_l1 = refill && refill_i.level_oh[2];
  assign refill_l0 = refill && refill_i.level_oh[3] && !sel_napot;
  assign refill_sp = refill && (refill_i.level_oh[4] || (refill_i.level_oh[3] && sel_napot)) &&
      ((sel_leaf && sel_can) || sel_only_pf);

  // --- Tables --------------------------------------------------------------------------------

  logic l3_hit, l2_hit, l1_hit, l0_hit, sp_hit, sp_n, sp_v, sp_prefetch, l0_prefetch;
  logic [37:0] l3_ppn, l2_ppn, sp_ppn;
  logic [1:0] l3_pbmt, l2_pbmt, sp_pbmt, sp_level;
  logic [6:0] sp_perm;
  logic [7:0][37:0] l1_ppn, l0_ppn;
  logic [7:0][1:0] l1_pbmt, l0_pbmt;
  logic [7:0][6:0] l0_perm;
  logic [7:0] l0_onlypf, l0_vs, l0_napot;
  logic [5:0] l3_way;
  logic sp_bitmap, l0_bitmap, sp_jump, l0_jump;
  logic [L0WayW-1:0] l0_way, l0_victim;
  logic [7:0] l0_bits;

  // What must be an allowed page: all but the first stage of a two-stage look-up. Decided in Delay
  // for SP, in Check for L0.
  function automatic logic guarded(lookup_t q);
    return bitmap_on(csr_i) && (q.info.s2xlate != ALL_STAGE || q.is_hptw);
  endfunction
  assign sp_bitmap = guarded(delay_q);
  assign l0_bitmap = guarded(check_q);
  assign l0_way_o = 5'(l0_victim);

  // An L3 refill touches the tree of L2 (defect D13).
  l2tlb_pc_fa #(.Cfg(Cfg), .Size(Cfg.L3Size), .TagLsb(27)) u_l3 (
      .clk_i, .rst_ni, .csr_i, .sfence_i, .req_fire_i(req_fire), .req_vpn_i(req_i.info.vpn),
      .req_s2xlate_i(req_i.info.s2xlate), .delay_first_i(delay_first_q), .hit_o(l3_hit), .ppn_o(l3_ppn),
      .pbmt_o(l3_pbmt), .refill_i(refill_l3), .refill_info_i(refill_i.info),
      .refill_pte_i(refill_i.sel_pte), .refill_touches_i(Cfg.Fixed.D13), .refill_way_o(l3_way),
      .touch_i(1'b0), .touch_way_i('0));

  l2tlb_pc_fa #(.Cfg(Cfg), .Size(Cfg.L2Size), .TagLsb(18)) u_l2 (
      .clk_i, .rst_ni, .csr_i, .sfence_i, .req_fire_i(req_fire), .req_vpn_i(req_i.info.vpn),
      .req_s2xlate_i(req_i.info.s2xlate), .delay_first_i(delay_first_q), .hit_o(l2_hit), .ppn_o(l2_ppn),
      .pbmt_o(l2_pbmt), .refill_i(refill_l2), .refill_info_i(refill_i.info),
      .refill_pte_i(refill_i.sel_pte), .refill_touches_i(1'b1), .refill_way_o(),
      .touch_i(refill_l3 && !Cfg.Fixed.D13), .touch_way_i(l3_way));

  l2tlb_pc_sp #(.Cfg(Cfg)) u_sp (
      .clk_i, .rst_ni, .csr_i, .sfence_i, .req_fire_i(req_fire), .req_vpn_i(req_i.info.vpn),
      .req_s2xlate_i(req_i.info.s2xlate), .delay_first_i(delay_first_q), .hit_o(sp_hit), .ppn_o(sp_ppn),
      .pbmt_o(sp_pbmt), .perm_o(sp_perm), .level_o(sp_level), .n_o(sp_n), .v_o(sp_v),
      .prefetch_o(sp_prefetch), .refill_i(refill_sp), .refill_info_i(refill_i.info),
      .refill_pte_i(refill_i.sel_pte), .refill_only_pf_i(sel_only_pf),
      .bitmap_i(sp_bitmap), .jump_o(sp_jump), .wakeup_i(wakeup), .wakeup_info_i(wakeup_i));

  l2tlb_pc_line #(.Cfg(Cfg), .Sets(Cfg.L1Sets), .Ways(Cfg.L1Ways), .Leaf(1'b0)) u_l1 (
      .clk_i, .rst_ni, .csr_i, .sfence_i, .req_fire_i(req_fire), .req_vpn_i(req_i.info.vpn),
      .delay_fire_i(delay_fire), .delay_vpn_i(delay_q.info.vpn), .delay_s2xlate_i(delay_q.info.s2xlate),
      .check_first_i(check_first_q), .check_vpn_i(check_q.info.vpn), .hit_o(l1_hit),
      .ppn_o(l1_ppn), .pbmt_o(l1_pbmt), .perm_o(), .onlypf_o(), .vs_o(), .napot_o(),
      .prefetch_o(),
      .refill_i(refill_l1), .refill_info_i(refill_i.info), .refill_pte_i(refill_i.sel_pte), .refill_ptes_i(refill_i.ptes),
      .flush_i, .offered_vpn_i('0), .bitmap_i(1'b0), .jump_o(), .way_o(), .bits_o(), .victim_o(),
      .wakeup_i(1'b0), .wakeup_info_i('0));

  l2tlb_pc_line #(.Cfg(Cfg), .Sets(Cfg.L0Sets), .Ways(Cfg.L0Ways), .Leaf(1'b1)) u_l0 (
      .clk_i, .rst_ni, .csr_i, .sfence_i, .req_fire_i(req_fire), .req_vpn_i(req_i.info.vpn),
      .delay_fire_i(delay_fire), .delay_vpn_i(delay_q.info.vpn), .delay_s2xlate_i(delay_q.info.s2xlate),
      .check_first_i(check_first_q), .check_vpn_i(check_q.info.vpn), .hit_o(l0_hit),
      .ppn_o(l0_ppn), .pbmt_o(l0_pbmt), .perm_o(l0_perm), .onlypf_o(l0_onlypf), .vs_o(l0_vs), .napot_o(l0_napot),
      .prefetch_o(l0_prefetch), .refill_i(refill_l0), .refill_info_i(refill_i.info),
      .refill_pte_i(refill_i.sel_pte), .refill_ptes_i(refill_i.ptes), .flush_i, .offered_vpn_i(req_i.info.vpn),
      .bitmap_i(l0_bitmap), .jump_o(l0_jump), .way_o(l0_way), .bits_o(l0_bits),
      .victim_o(l0_victim), .wakeup_i(wakeup), .wakeup_info_i(wakeup_i));

  // --- A refill that passes a look-up (spec A 2.7): only a flag, no data -----------------------

  function automatic logic [3:0] match(logic valid, refill_info_t r, req_info_t q);
    logic [3:0] m;
    m[0] = r.level == 2'd0 && r.info.vpn[37:3] == q.vpn[37:3];
    m[1] = r.level == 2'd1 && r.info.vpn[37:12] == q.vpn[37:12];
    m[2] = r.level == 2'd2 && r.info.vpn[37:21] == q.vpn[37:21];
    m[3] = r.level == 2'd3 && r.info.vpn[37:30] == q.vpn[37:30];
    return (valid && s2xlate_class(r.info.s2xlate) == s2xlate_class(q.s2xlate)) ? m : '0;
  endfunction

  logic [3:0] delay_match, check_match, resp_match, delay_seen_q, check_seen_q;
  logic [3:0] delay_flag, check_flag, check_bypassed_q, resp_bypassed_q, hptw_seen_q;
  logic [3:0] bypassed, hptw_bypassed;

  assign delay_match = match(refill_valid_i, refill_i.info, delay_q.info);
  assign check_match = match(refill_valid_i, refill_i.info, check_q.info);
  assign resp_match = match(refill_valid_i, refill_i.info, resp_q.info);
  assign delay_flag = delay_match | (delay_first_q ? '0 : delay_seen_q);
  assign check_flag = check_match | (check_first_q ? '0 : check_seen_q);
  // A match in an earlier cycle of a stall in Resp is forgotten, but not for HPTW look-ups, whose
  // register follows even a stale payload and survives a flush.
  assign bypassed = resp_bypassed_q | resp_match;
  assign hptw_bypassed = resp_bypassed_q | resp_match | hptw_seen_q;

  always_ff @(posedge clk_i) begin
    delay_seen_q <= delay_flag;
    check_seen_q <= check_flag;
    if (delay_fire) check_bypassed_q <= delay_flag;
    if (check_fire) resp_bypassed_q <= check_bypassed_q | check_flag;
    if (!rst_ni) hptw_seen_q <= '0;
    else hptw_seen_q <= resp_fire ? '0 : resp_match | hptw_seen_q;
  end

  // --- Results along the pipe ----------------------------------------------------------------

  typedef struct packed {
    logic        hit;
    logic [37:0] ppn;
    logic [1:0]  pbmt;
  } next_t;

  typedef struct packed {
    logic        hit, jump;
    logic [37:0] ppn;
    logic [1:0]  pbmt;
    logic [6:0]  perm;
    logic [1:0]  level;
    logic        n, v, prefetch;
  } sp_t;

  typedef struct packed {
    logic             hit;
    logic [7:0][37:0] ppn;
    logic [7:0][1:0]  pbmt;
    logic [7:0][6:0]  perm;
    logic [7:0]       v, vs, napot;
    logic             prefetch;
    logic             jump;
    logic [4:0]       way;
    logic [7:0]       bits;
  } l0_t;

  next_t l3_check_q, l2_check_q, l3_q, l2_q, l1_q;
  sp_t sp_check_q, sp_q;
  l0_t l0_q;
  logic [2:0] l1_sector;

  assign l1_sector = check_q.info.vpn[11:9];

  always_ff @(posedge clk_i) begin
    if (delay_fire) begin
      l3_check_q <= '{hit: l3_hit, ppn: l3_ppn, pbmt: l3_pbmt};
      l2_check_q <= '{hit: l2_hit, ppn: l2_ppn, pbmt: l2_pbmt};
      sp_check_q <= '{hit: sp_hit, jump: sp_jump, ppn: sp_ppn, pbmt: sp_pbmt, perm: sp_perm, level: sp_level,
                      n: sp_n, v: sp_v, prefetch: sp_prefetch};
    end
    if (check_fire) begin
      l3_q <= l3_check_q;
      l2_q <= l2_check_q;
      l1_q <= '{hit: l1_hit, ppn: l1_ppn[l1_sector], pbmt: l1_pbmt[l1_sector]};
      l0_q <= '{hit: l0_hit, ppn: l0_ppn, pbmt: l0_pbmt, perm: l0_perm, v: ~l0_onlypf, vs: l0_vs, napot: l0_napot,
                prefetch: l0_prefetch, jump: l0_jump, way: 5'(l0_way), bits: l0_bits};
      sp_q <= sp_check_q;
    end
  end

  // --- Answer (spec A 2.9) -------------------------------------------------------------------

  logic all_stage, only_s2, stage1_hit, leaf_hit, to_walkers;
  logic [2:0] idx;
  logic [37:0] next_ppn;
  logic [3:0] not_hit;

  assign idx = resp_q.info.vpn[2:0];
  assign all_stage = resp_q.info.s2xlate == ALL_STAGE;
  assign only_s2 = resp_q.info.s2xlate == ONLY_STAGE2;
  assign leaf_hit = l0_q.hit || sp_q.hit;
  assign stage1_hit = all_stage && leaf_hit;
  assign to_walkers = !stage1_hit && !only_s2 && !resp_q.is_hptw;
  assign next_ppn = l1_q.hit ? l1_q.ppn : l2_q.hit ? l2_q.ppn : l3_q.ppn;
  assign not_hit = {~l3_q.hit, ~l2_q.hit, ~l1_q.hit, ~l0_q.hit};

  always_comb begin
    resp_o.req = resp_q;
    // Class-1 entries never have v = 0, so a two-stage look-up never hits.
    resp_o.hit = leaf_hit && (!all_stage || !(l0_q.hit ? l0_q.v[idx] : sp_q.v));
    resp_o.prefetch = (l0_q.hit && l0_q.prefetch) || (sp_q.hit && sp_q.prefetch);
    resp_o.bypassed = !all_stage && (bypassed & not_hit) != '0;
    resp_o.stage1_hit = stage1_hit;
    resp_o.l3_hit = l3_q.hit && to_walkers;
    resp_o.l2_hit = l2_q.hit && to_walkers;
    resp_o.l1_hit = l1_q.hit && to_walkers;
    resp_o.ppn = next_ppn;
    resp_o.h_l3_hit = l3_q.hit && resp_q.is_hptw;
    resp_o.h_l2_hit = l2_q.hit && resp_q.is_hptw;
    resp_o.h_l1_hit = l1_q.hit && resp_q.is_hptw;
    resp_o.h_bypassed = resp_q.is_hptw && (hptw_bypassed & not_hit) != '0;
    resp_o.h_resp = h_resp;
    resp_o.stage1 = stage1;
  end

  // A jump hands over PTEs put together again.
  logic packed_form;
  assign packed_form = !Cfg.Rule.bitmap_rework && !Cfg.Fixed.B11;

  always_comb begin
    jump_o.jmp = l0_q.jump || sp_q.jump;
    jump_o.l0 = l0_q.jump;
    jump_o.sp = sp_q.jump;
    jump_o.way = l0_q.way;
    jump_o.cfs = ~l0_q.bits;
    jump_o.sp_level = sp_q.level;
    jump_o.sp_pte = rebuild_pte(sp_q.n && (Cfg.Rule.bitmap_rework || Cfg.Fixed.B5), sp_q.pbmt,
                              sp_q.ppn, sp_q.perm, sp_q.v, packed_form);
    for (int i = 0; i < 8; i++) begin
      // An unusable neighbour comes back as a valid PTE (defect D14).
      jump_o.ptes[i] = rebuild_pte(1'b0, l0_q.pbmt[i], l0_q.ppn[i], l0_q.perm[i],
                                   l0_q.v[i] && !(Cfg.Fixed.D14 && !l0_q.vs[i]), packed_form);
    end
    if (!Cfg.HasBitmap) jump_o = '0;
  end

  hptw_resp_t h_resp;

  always_comb begin
    h_resp.tag = resp_q.info.vpn;
    h_resp.vmid = csr_i.hgatp.id[13:0];
    h_resp.level = l0_q.hit ? 2'd0 : sp_q.level;
    h_resp.ppn = {2'b0, l0_q.hit ? l0_q.ppn[idx][35:0] : sp_q.ppn[35:0]};
    h_resp.pbmt = l0_q.hit ? l0_q.pbmt[idx] : sp_q.pbmt;
    h_resp.perm = l0_q.hit ? l0_q.perm[idx] : sp_q.perm;
    h_resp.n = sp_q.hit && sp_q.n && !(Cfg.Fixed.N1 && l0_q.hit);
    h_resp.gpf = !(l0_q.hit ? l0_q.v[idx] : sp_q.v);
    h_resp.gaf = 1'b0;
  end

  merge_resp_t stage1;

  always_comb begin
    stage1.tag = resp_q.info.vpn[37:3];
    stage1.asid = asid_of(csr_i, resp_q.info.s2xlate);
    stage1.vmid = csr_i.hgatp.id[13:0];
    stage1.pteidx = 8'b1 << idx;
    stage1.not_super = l0_q.hit;
    stage1.not_merge = 1'b0;
    if (l0_q.hit) stage1.level = 2'd0;
    else if (sp_q.hit) stage1.level = sp_q.level;
    else stage1.level = l1_q.hit ? 2'd1 : l2_q.hit ? 2'd2 : 2'd3;
    if (sp_q.hit && sp_q.n && !(Cfg.Fixed.N1 && l0_q.hit)) stage1.n = '1;
    else stage1.n = l0_q.hit ? l0_q.napot : '0;
    for (int i = 0; i < 8; i++) begin
      stage1.ppn[i] = {6'b0, l0_q.hit ? l0_q.ppn[i] : sp_q.hit ? sp_q.ppn : next_ppn};
      stage1.pbmt[i] = l0_q.hit ? l0_q.pbmt[i] : sp_q.hit ? sp_q.pbmt :
          l1_q.hit ? l1_q.pbmt : l2_q.pbmt;
      stage1.perm[i] = l0_q.hit ? l0_q.perm[i] : sp_q.hit ? sp_q.perm : '0;
      stage1.v[i] = l0_q.hit ? l0_q.v[i] : sp_q.hit ? sp_q.v : 1'b1;
      stage1.pf[i] = !stage1.v[i];
      // Unusable neighbours look like the hit one (defect D14); corrected: they differ from it.
      stage1.af[i] = Cfg.Fixed.D14 && l0_q.hit && !l0_q.vs[i];
      // Not the bits of this answer but of the look-up now in Check (defect B8); 2026-03 looks at
      // them for an answer of L0 only.
      stage1.cf[i] = Cfg.HasBitmap && !(Cfg.Fixed.B8 ? l0_q.bits[i] : l0_bits[i]) &&
          (!Cfg.Rule.bitmap_rework || l0_q.hit) && (!Cfg.Fixed.P12 || bitmap_on(csr_i));
    end
  end

  // --- Counters (spec A 6): the hit registers of Check are not qualified by any valid; July 2026 v2
  // counts the answers that leave (spec E 0.2 rule 7). ------------------------------------------

  logic access;
  logic [4:0] check_hits, resp_hits;  // l2, l1, l0, sp, pte hit, the first lowest

  assign access = resp_fire && resp_q.info.source != SOURCE_PREFETCH;
  assign check_hits = {l0_hit || sp_check_q.hit, sp_check_q.hit, l0_hit, l1_hit, l2_check_q.hit};
  assign resp_hits = {resp_o.hit, sp_q.hit, l0_q.hit, resp_o.l1_hit && !resp_o.hit,
                      resp_o.l2_hit && !resp_o.l1_hit && !resp_o.hit};
  assign perf_o = {resp_valid_q && !resp_ready_i, req_valid_i && !req_ready_o,
                   Cfg.Rule.perf_per_access ? {5{access}} & resp_hits : check_hits, access};

  `L2_ASSERT(RefillGoesSomewhere, !refill_valid_i || $onehot(refill_i.level_oh[3:0]))
  `L2_ASSERT(NoLookupInRefill, !(refill_valid_i && req_fire))
  `L2_ASSERT(HptwLookupsAreG, !req_valid_i || !req_i.is_hptw || req_i.info.s2xlate == ONLY_STAGE2)
  `L2_ASSERT(TwoStageNeverHits, !resp_valid_q || !all_stage || !resp_o.hit)
  `L2_STABLE(RespValidStable, resp_valid_o, resp_ready_i, flush_i, 1'b0, resp_q)

endmodule
