// SPDX-License-Identifier: MulanPSL-2.0
// Page table walker: one request at a time, levels 3 to 1; level 0 is the LLPTW's (spec B 1).
// The s_/w_ flags are active low: 1 means nothing to do. Where several rules write one register
// in one cycle the later one wins; the order is that of spec B 1.3.
`include "l2tlb_assert.svh"
module l2tlb_ptw
  import l2tlb_pkg::*;
#(
    parameter l2tlb_cfg_t Cfg = CFG_MINIMAL
) (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic         flush_i,
    input  tlb_csr_t     csr_i,

    input  logic         req_valid_i,
    output logic         req_ready_o,
    input  ptw_req_t     req_i,

    output logic         resp_valid_o,
    input  logic         resp_ready_i,
    output logic [1:0]   resp_source_o,
    output logic [1:0]   resp_s2xlate_o,
    output merge_resp_t  resp_o,
    output hptw_resp_t   resp_h_o,

    // Hand-over to the last level: a new PageCache look-up.
    output logic         llptw_valid_o,
    input  logic         llptw_ready_i,
    output req_info_t    llptw_o,

    output logic         hptw_req_valid_o,
    input  logic         hptw_req_ready_i,
    output vpn_t         hptw_req_gvpn_o,
    input  logic         hptw_resp_valid_i,
    input  hptw_resp_t   hptw_resp_i,

`include "l2tlb_walker_ports.svh"
    input  logic         mem_mask_i,
    input  logic         mem_resp_valid_i,
    input  pte_t         pte_i,

    output refill_info_t refill_o,

    output logic [6:0]   perf_o  // fsm_count, busy, idle, resp_blocked, mem_count, cycle, blocked
);

  logic idle_q, s_pmp_check_q, s_mem_req_q, w_mem_resp_q, s_llptw_req_q;
  logic s_hptw_req_q, w_hptw_resp_q, s_last_hptw_req_q, w_last_hptw_resp_q;
  logic mem_addr_update_q, need_last_s2xlate_q, hptw_page_fault_q, hptw_access_fault_q;
  logic stage1_hit_q, hptw_resp_stage2_q, first_gvpn_check_fail_q, pte_valid_q, access_fault_q;
  logic update_full_gvpn_q, l3_hit_q, l2_hit_q;
  logic [1:0] req_s2xlate_q, source_q, level_q, af_level_q, gpf_level_q;
  vpn_t vpn_q;
  logic [43:0] ppn_q, full_gvpn_q;
  merge_resp_t stage1_q;
  hptw_resp_t hptw_resp_q;
  logic check_failed, jmp_q;
  pte_t jmp_pte_q, pte;

  // A jump brings its PTE along (spec B 4.8).
  assign pte = jmp_q ? jmp_pte_q : pte_i;

  // --- Events --------------------------------------------------------------------------------

  logic req_fire, accept_jmp, accept_s1hit, accept, resp_fire, llptw_fire, mem_fire, mem_resp;
  logic hptw_fire_first, hptw_fire_last, hptw_resp_first, hptw_resp_last;

  assign req_ready_o = idle_q;
  assign req_fire = req_valid_i && idle_q;
  assign accept_jmp = req_fire && req_i.jmp && req_i.info.s2xlate != ONLY_STAGE2;
  assign accept_s1hit = req_fire && !accept_jmp && req_i.stage1_hit;
  assign accept = req_fire && !accept_jmp && !req_i.stage1_hit;
  assign resp_fire = resp_valid_o && resp_ready_i;
  assign llptw_fire = llptw_valid_o && llptw_ready_i;
  assign mem_fire = mem_valid_o && mem_ready_i;
  assign mem_resp = mem_resp_valid_i && !w_mem_resp_q;
  assign hptw_fire_first = hptw_req_valid_o && hptw_req_ready_i && !s_hptw_req_q;
  assign hptw_fire_last = hptw_req_valid_o && hptw_req_ready_i && !s_last_hptw_req_q;
  assign hptw_resp_first = hptw_resp_valid_i && !w_hptw_resp_q;
  assign hptw_resp_last = hptw_resp_valid_i && !w_last_hptw_resp_q;

  // --- Whose tables (spec B 1.2) -------------------------------------------------------------

  logic [1:0] view_s2xlate;
  atp_t satp;
  logic sv48, s2xlate, only_s2;

  assign view_s2xlate = req_fire ? req_i.info.s2xlate : req_s2xlate_q;
  assign satp = view_s2xlate != NO_S2XLATE ? csr_i.vsatp : csr_i.satp;
  assign sv48 = satp.mode == MODE_SV48;
  assign only_s2 = req_s2xlate_q == ONLY_STAGE2;
  assign s2xlate = req_s2xlate_q == ALL_STAGE || only_s2;

  // --- What the PTE says ---------------------------------------------------------------------

  logic pbmte, ppn_af, page_fault, find_pte, to_find_pte;

  assign pbmte = req_s2xlate_q != NO_S2XLATE ? csr_i.h_pbmte : csr_i.m_pbmte;
  assign ppn_af = (pte_is_af(pte) || (bitmap_i && check_failed)) && !s2xlate;
  assign page_fault = pte_is_pf(pte, level_q, pbmte);
  assign find_pte = pte_is_leaf(pte) || ppn_af || page_fault;
  assign to_find_pte = level_q == 2'd1 && !find_pte;

  // --- Addresses (spec B 1.2) ----------------------------------------------------------------

  logic [55:0] hptw_addr, gpaddr;
  logic [43:0] full_gvpn;
  logic [37:0] host_page;
  logic [35:0] checked_page_q;

  always_comb begin
    unique case (af_level_q)
      2'd3: hptw_addr = {satp.ppn, vpn_q[35:27], 3'b0};
      2'd2: begin
        if (sv48) hptw_addr = {l3_hit_q ? ppn_q : pte_ppn(pte), vpn_q[26:18], 3'b0};
        else hptw_addr = {satp.ppn, vpn_q[26:18], 3'b0};
      end
      default: hptw_addr = {l2_hit_q ? ppn_q : pte_ppn(pte), vpn_q[17:9], 3'b0};
    endcase
  end

  assign full_gvpn = update_full_gvpn_q ? pte_ppn(pte) : full_gvpn_q;

  always_comb begin
    if (stage1_hit_q || only_s2) gpaddr = {full_gvpn, 12'b0};
    else if (!s_last_hptw_req_q) begin
      gpaddr = {leaf_ppn(pte_ppn(pte), vpn_q, level_q, 1'b0), 12'b0};
    end else gpaddr = hptw_addr;
  end

  assign host_page = gen_ppn_s2(hptw_resp_q, gpaddr[49:12]);
  assign pmp_addr_o = s2xlate ? {host_page[35:0], gpaddr[11:0]} : hptw_addr[47:0];
  // The root as it is now, whatever page was checked (defect M1).
  assign mem_o = '{id: 5'(Cfg.LlptwSize), hptw_bypassed: 1'b0,
                   addr: Cfg.Fixed.M1 ? {checked_page_q, pmp_addr_o[11:0]} : pmp_addr_o};
  assign hptw_req_gvpn_o = gpaddr[49:12];

  // --- Faults --------------------------------------------------------------------------------

  logic gvpn_gpf, guest_fault, range_masked, old_pte_faults, range_answers;

  // An earlier fault hides the range check; for a cached stage 1 the PTE of the walk before can
  // do so (defect N5).
  assign old_pte_faults = pte_valid_q && (page_fault || ppn_af);
  assign range_masked = hptw_page_fault_q || hptw_access_fault_q ||
      (old_pte_faults && !(Cfg.Fixed.N5 && stage1_hit_q));
  // Of a cached stage 1: never (defect D4); N5 corrected alone lets those answer that it unmasks.
  assign range_answers = stage1_hit_q && gvpn_gpf &&
      (Cfg.Fixed.D4 || (Cfg.Fixed.N5 && old_pte_faults));
  assign gvpn_gpf = first_gvpn_check_fail_q ||
      (!range_masked && s2xlate && gpn_out_of_range(full_gvpn, csr_i.hgatp.mode));
  assign guest_fault = hptw_page_fault_q || hptw_access_fault_q || gvpn_gpf;

  // --- Decision cycle (spec B 1.3 rule 14): the first true branch ------------------------------

  logic any_fault, next_level, vs_finish, hand_over, last_s2, answer, finish, sent_to_pmp;

  assign any_fault = guest_fault || find_pte || access_fault_q;
  assign next_level = mem_addr_update_q && level_q[1] && !only_s2 && !any_fault;
  assign vs_finish = next_level && s2xlate;
  assign llptw_valid_o = !s_llptw_req_q && to_find_pte && !access_fault_q && !guest_fault;
  assign hand_over = mem_addr_update_q && !next_level && llptw_valid_o;
  assign last_s2 = mem_addr_update_q && !next_level && !llptw_valid_o && s2xlate &&
      need_last_s2xlate_q;
  assign answer = mem_addr_update_q && !next_level && !llptw_valid_o &&
      !(s2xlate && need_last_s2xlate_q) && resp_valid_o;
  assign finish = hand_over || answer;
  assign sent_to_pmp = !idle_q && (!s_pmp_check_q || mem_addr_update_q) && !finish && !vs_finish &&
      !first_gvpn_check_fail_q && !(find_pte && pte_valid_q);

  assign mem_valid_o = !s_mem_req_q && !mem_mask_i && !access_fault_q && s_pmp_check_q;
  assign hptw_req_valid_o = (!s_hptw_req_q || !s_last_hptw_req_q) && !range_answers;
  assign llptw_o = '{vpn: vpn_q, s2xlate: req_s2xlate_q, source: source_q};
  assign refill_o = '{info: llptw_o, level: level_q};

  // --- Accept: range check of the first guest address (spec B 1.3 rules 4c, 4d) ----------------

  logic hit, start_bad;
  logic [1:0] start_level, start_gpf_level;
  logic [43:0] start_ppn;

  assign hit = req_i.l2_hit || (sv48 && req_i.l3_hit);
  assign start_ppn = hit ? req_i.ppn : satp.ppn;
  assign start_level = req_i.l2_hit ? 2'd1 : sv48 ? (req_i.l3_hit ? 2'd2 : 2'd3) : 2'd2;
  assign start_gpf_level = req_i.l2_hit ? 2'd2 : (sv48 && req_i.l3_hit) ? 2'd3 : 2'd0;

  always_comb begin
    unique case (req_i.info.s2xlate)
      ONLY_STAGE2: start_bad = csr_i.hgatp.mode == MODE_SV39 && req_i.info.vpn[37:29] != '0;
      ALL_STAGE: start_bad = gpn_out_of_range(start_ppn, csr_i.hgatp.mode);
      default: start_bad = 1'b0;
    endcase
  end

  // --- Bitmap check of a one-stage leaf (spec B 4.8) -------------------------------------------

  logic test_leaf, walked_on, bitmap_done, stop_walk;

  assign test_leaf = bitmap_i && pte_is_leaf(pte) && !s2xlate &&
      !((Cfg.Rule.bitmap_rework || Cfg.Fixed.B7) && page_fault);
  assign bm_req_o = '{ppn: pte[45:10], vpn: vpn_q, id: 5'(Cfg.LlptwSize), level: level_q, way: '0,
                      s2xlate: req_s2xlate_q, n: pte[63], hptw_bypassed: 1'b0};

  l2tlb_leafcheck #(.Cfg(Cfg)) u_leafcheck (
      .clk_i, .rst_ni, .stop_i(flush_i || stop_walk), .read_i(mem_resp && bitmap_i),
      .jump_i(accept_jmp), .leaf_i(test_leaf), .resp_fire_i(resp_fire), .walked_on_o(walked_on),
      .done_o(bitmap_done), .failed_o(check_failed), .req_valid_o(bm_req_valid_o),
      .req_ready_i(bm_req_ready_i), .resp_valid_i(bm_resp_valid_i), .resp_i(bm_resp_i));

  // --- State flags ---------------------------------------------------------------------------

  logic hptw_bad;

  assign stop_walk = !idle_q && (access_fault_q || guest_fault);
  assign hptw_bad = hptw_resp_i.gpf || hptw_resp_i.gaf || g_perm_fail(hptw_resp_i, csr_i.mxr);

  always_ff @(posedge clk_i) begin
    if (req_fire) idle_q <= 1'b0;
    if (stage1_hit_q && resp_fire) idle_q <= 1'b1;
    if ((hand_over && llptw_fire) || (answer && resp_fire)) idle_q <= 1'b1;
    if (!rst_ni || flush_i) idle_q <= 1'b1;
  end

  // Requests and answers of the G stage.
  always_ff @(posedge clk_i) begin
    if (accept_s1hit) s_last_hptw_req_q <= 1'b0;
    if (accept && !start_bad) begin
      if (req_i.info.s2xlate == ONLY_STAGE2) s_last_hptw_req_q <= 1'b0;
      if (req_i.info.s2xlate == ALL_STAGE) s_hptw_req_q <= 1'b0;
    end
    if (hptw_fire_first) {s_hptw_req_q, w_hptw_resp_q} <= 2'b10;
    if (hptw_resp_first) w_hptw_resp_q <= 1'b1;
    if (hptw_fire_last) {s_last_hptw_req_q, w_last_hptw_resp_q} <= 2'b10;
    if (hptw_resp_last) w_last_hptw_resp_q <= 1'b1;
    if (stop_walk) begin
      {s_hptw_req_q, w_hptw_resp_q, s_last_hptw_req_q, w_last_hptw_resp_q} <= 4'b1111;
    end
    if (vs_finish) s_hptw_req_q <= 1'b0;
    if (last_s2 && !(guest_fault || access_fault_q || page_fault || ppn_af)) begin
      s_last_hptw_req_q <= 1'b0;
    end
    if (!rst_ni || flush_i) begin
      {s_hptw_req_q, w_hptw_resp_q, s_last_hptw_req_q, w_last_hptw_resp_q} <= 4'b1111;
    end
  end

  // Address check, read, hand-over.
  always_ff @(posedge clk_i) begin
    if (accept && (req_i.info.s2xlate == NO_S2XLATE || req_i.info.s2xlate == ONLY_STAGE1)) begin
      s_pmp_check_q <= 1'b0;
    end
    if (hptw_resp_first && !hptw_bad) s_pmp_check_q <= 1'b0;
    if (sent_to_pmp && !mem_addr_update_q) {s_mem_req_q, s_pmp_check_q} <= 2'b01;
    if (stop_walk) {s_pmp_check_q, s_mem_req_q, w_mem_resp_q, s_llptw_req_q} <= 4'b1111;
    if (mem_fire) {s_mem_req_q, w_mem_resp_q} <= 2'b10;
    if (mem_resp) w_mem_resp_q <= 1'b1;
    if ((mem_resp && !bitmap_i) || walked_on) s_llptw_req_q <= 1'b0;
    if (next_level) begin
      if (!s2xlate) s_mem_req_q <= 1'b0;
      s_llptw_req_q <= 1'b1;
    end
    if (finish && (hand_over ? llptw_fire : resp_fire)) s_llptw_req_q <= 1'b1;
    if (!rst_ni || flush_i) begin
      {s_pmp_check_q, s_mem_req_q, w_mem_resp_q, s_llptw_req_q} <= 4'b1111;
    end
  end

  always_ff @(posedge clk_i) begin
    if (accept && start_bad) mem_addr_update_q <= 1'b1;
    if (hptw_resp_first && hptw_bad) mem_addr_update_q <= 1'b1;
    if (hptw_resp_last && !stage1_hit_q) mem_addr_update_q <= 1'b1;
    if (stop_walk || (mem_resp && !bitmap_i) || walked_on || bitmap_done) mem_addr_update_q <= 1'b1;
    if (next_level) mem_addr_update_q <= 1'b0;
    if (last_s2 && !(guest_fault || access_fault_q || page_fault || ppn_af)) begin
      mem_addr_update_q <= 1'b0;
    end
    if ((hand_over && llptw_fire) || (answer && resp_fire)) mem_addr_update_q <= 1'b0;
    if (!rst_ni || flush_i) mem_addr_update_q <= 1'b0;
  end

  // need_last_s2xlate survives a flush and a range fault at accept (defect D6).
  always_ff @(posedge clk_i) begin
    if (accept_s1hit || accept_jmp) need_last_s2xlate_q <= 1'b0;
    if (accept) begin
      if (req_i.info.s2xlate != ALL_STAGE) need_last_s2xlate_q <= 1'b0;
      else if (!start_bad) need_last_s2xlate_q <= 1'b1;
      else if (Cfg.Fixed.D6) need_last_s2xlate_q <= 1'b0;
    end
    if (hptw_resp_first && hptw_bad) need_last_s2xlate_q <= 1'b0;
    if (stop_walk || last_s2 || (hand_over && llptw_fire)) need_last_s2xlate_q <= 1'b0;
    if (!rst_ni) need_last_s2xlate_q <= 1'b0;
  end

  // --- Faults and answers of the G stage -----------------------------------------------------

  always_ff @(posedge clk_i) begin
    if (req_fire) {hptw_page_fault_q, hptw_access_fault_q} <= 2'b00;
    if (hptw_resp_first) begin
      hptw_page_fault_q <= hptw_resp_i.gpf || g_perm_fail(hptw_resp_i, csr_i.mxr);
      hptw_access_fault_q <= hptw_resp_i.gaf;
    end
    if (hptw_resp_last && !stage1_hit_q) begin
      hptw_page_fault_q <= hptw_resp_i.gpf;
      hptw_access_fault_q <= hptw_resp_i.gaf;
    end
    if (!rst_ni) {hptw_page_fault_q, hptw_access_fault_q} <= 2'b00;
  end

  always_ff @(posedge clk_i) begin
    if (hptw_resp_first) begin
      hptw_resp_q <= hptw_resp_i;
      hptw_resp_q.gpf <= hptw_resp_i.gpf || g_perm_fail(hptw_resp_i, csr_i.mxr);
    end
    if (hptw_resp_last) hptw_resp_q <= hptw_resp_i;
  end

  always_ff @(posedge clk_i) begin
    if (accept || accept_jmp) access_fault_q <= 1'b0;
    if (sent_to_pmp) {access_fault_q, checked_page_q} <= {pmp_fault_i, pmp_addr_o[47:12]};
    if (answer && resp_fire) access_fault_q <= 1'b0;
    if (!rst_ni || flush_i) access_fault_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (accept && start_bad) first_gvpn_check_fail_q <= 1'b1;
    if (answer && resp_fire) first_gvpn_check_fail_q <= 1'b0;
    if (!rst_ni || flush_i) first_gvpn_check_fail_q <= 1'b0;
  end

  // --- Levels and page numbers ---------------------------------------------------------------

  always_ff @(posedge clk_i) begin
    if (accept) begin
      {level_q, af_level_q} <= {2{start_level}};
      gpf_level_q <= start_gpf_level;
    end
    if (mem_resp) begin
      af_level_q <= af_level_q - 2'd1;
      gpf_level_q <= gpf_level_q -
          ((satp.mode == MODE_SV39 && !pte_valid_q && !l2_hit_q) ? 2'd2 : 2'd1);
    end
    if (accept_jmp) level_q <= req_i.jmp_level;
    if (next_level) level_q <= level_q - 2'd1;
    if (!rst_ni) {level_q, af_level_q, gpf_level_q} <= 6'b111111;
  end

  always_ff @(posedge clk_i) begin
    if (accept) pte_valid_q <= 1'b0;
    if (mem_resp || accept_jmp) pte_valid_q <= 1'b1;
    update_full_gvpn_q <= mem_resp;
    if (!rst_ni) {pte_valid_q, update_full_gvpn_q} <= 2'b00;
  end

  always_ff @(posedge clk_i) begin
    if (accept_s1hit) full_gvpn_q <= stage1_ppn(req_i.stage1);
    if (accept) full_gvpn_q <= req_i.info.s2xlate == ONLY_STAGE2 ? 44'(req_i.info.vpn) : '0;
    if (update_full_gvpn_q) full_gvpn_q <= pte_ppn(pte);
  end

  always_ff @(posedge clk_i) begin
    if (req_fire) begin
      source_q <= req_i.info.source;
      req_s2xlate_q <= req_i.info.s2xlate;
      stage1_hit_q <= req_i.stage1_hit;
      stage1_q <= req_i.stage1;
      jmp_q <= accept_jmp;
      jmp_pte_q <= req_i.jmp_pte;
    end
    if (accept || accept_jmp) vpn_q <= req_i.info.vpn;
    if (accept) begin
      ppn_q <= start_ppn;
      l2_hit_q <= req_i.l2_hit;
      l3_hit_q <= req_i.l3_hit && sv48;
    end
  end

  // Answer of a cached stage 1: set by its G answer only, so a range fault that cancels the G
  // request blocks the walker until a flush (defect D4); corrected: the range fault answers too,
  // and the cancelled request is not sent.
  always_ff @(posedge clk_i) begin
    if (accept_s1hit) hptw_resp_stage2_q <= 1'b0;
    if (hptw_resp_last && stage1_hit_q) hptw_resp_stage2_q <= 1'b1;
  end

  function automatic logic [43:0] stage1_ppn(merge_resp_t s);
    logic [2:0] k;
    k = oh8_to_uint(s.pteidx);
    return leaf_ppn(s.ppn[k], {s.tag, k}, s.level, s.n[k]);
  endfunction

  // --- Answer (spec B 1.5) -------------------------------------------------------------------

  logic resp_pf, resp_af, use_stage1;
  merge_resp_t ptw_resp;
  hptw_resp_t fake_h_resp;

  assign resp_valid_o = stage1_hit_q ?
      !idle_q && (hptw_resp_stage2_q || (mem_addr_update_q && range_answers)) :
      !idle_q && mem_addr_update_q && !need_last_s2xlate_q &&
      (guest_fault || (w_mem_resp_q && find_pte) || (s_pmp_check_q && access_fault_q) || only_s2);
  assign resp_source_o = source_q;
  assign resp_s2xlate_o = req_s2xlate_q;
  assign resp_pf = pte_valid_q && page_fault;
  assign resp_af = (access_fault_q || ppn_af) && !(resp_pf || guest_fault);

  always_comb begin
    ptw_resp = '0;
    ptw_resp.tag = vpn_q[37:3];
    ptw_resp.asid = satp.id;
    ptw_resp.vmid = csr_i.hgatp.id[13:0];
    ptw_resp.level = (access_fault_q && resp_af) ? af_level_q : guest_fault ? gpf_level_q : level_q;
    ptw_resp.ppn = {8{pte_valid_q ? pte_ppn(pte) : ppn_q}};
    ptw_resp.pteidx = 8'b1 << vpn_q[2:0];
    ptw_resp.pf = {8{resp_pf}};
    ptw_resp.af = {8{resp_af}};
    if (pte_valid_q) begin
      ptw_resp.perm = {8{pte[7:1]}};
      ptw_resp.pbmt = {8{pte[62:61]}};
      // A walked leaf has level 1 or more; level 0 comes with a bitmap jump.
      ptw_resp.n = {8{pte[63] && !(Cfg.Fixed.P17 && resp_pf) && (!Cfg.Rule.napot_clean_n ||
                                  (pte[13:10] == 4'd8 && level_q == 2'd0))}};
      ptw_resp.v = {8{pte[0]}};
    end
  end

  // Until the first PTE is read, a G fault shows the PageCache's view of the table.
  assign use_stage1 = stage1_hit_q || ((l3_hit_q || l2_hit_q) && guest_fault && !pte_valid_q);
  assign resp_o = use_stage1 ? stage1_q : ptw_resp;

  always_comb begin
    fake_h_resp = '0;
    fake_h_resp.tag = gpaddr[49:12];
    // For a leaf this names the page of a table (defect D15).
    if (Cfg.Fixed.D15 && pte_valid_q && !stage1_hit_q && pte_is_leaf(pte)) begin
      fake_h_resp.tag = 38'(leaf_ppn(pte_ppn(pte), vpn_q, level_q, 1'b0));
    end
    fake_h_resp.vmid = csr_i.hgatp.id[13:0];
    fake_h_resp.gpf = 1'b1;
    resp_h_o = gvpn_gpf ? fake_h_resp : hptw_resp_q;
  end

  // --- Counters (spec A 6) -------------------------------------------------------------------

  logic mem_cycle_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) mem_cycle_q <= 1'b0;
    else if (mem_fire) mem_cycle_q <= 1'b1;
    else if (mem_resp_valid_i) mem_cycle_q <= 1'b0;
  end
  assign perf_o = {mem_valid_o && !mem_ready_i, mem_cycle_q, mem_fire,
                   resp_valid_o && !resp_ready_i, idle_q, !idle_q, req_fire};

  `L2_ASSERT(SourceIsAPort, !req_fire || req_i.info.source != SOURCE_PREFETCH)
  `L2_ASSERT(OneGRequest, s_hptw_req_q || s_last_hptw_req_q)
  `L2_ASSERT(NoReadWhileMasked, !(mem_valid_o && mem_mask_i))
  `L2_ASSERT(NoAnswerAndHandOver, !(resp_valid_o && llptw_valid_o && mem_addr_update_q))
  `L2_ASSERT(NeverPfAndAf, !(resp_valid_o && !use_stage1 && resp_pf && resp_af))
  `L2_STABLE(RespStable, resp_valid_o, resp_ready_i, flush_i, !$stable(csr_i), resp_o)
  `L2_STABLE(HandOverStable, llptw_valid_o, llptw_ready_i, flush_i, !$stable(csr_i), llptw_o)

endmodule
