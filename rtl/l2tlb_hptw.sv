// SPDX-License-Identifier: MulanPSL-2.0
// G-stage walker: one request at a time, levels 3 (Sv48x4) or 2 (Sv39x4) down to 0 (spec B 3).
// The s_/w_ flags are active low: 1 means nothing to do.
`include "l2tlb_assert.svh"
module l2tlb_hptw
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
    input  hptw_req_t    req_i,

    output logic         resp_valid_o,
    input  logic         resp_ready_i,
    output mem_id_t      resp_id_o,
    output hptw_resp_t   resp_o,

`include "l2tlb_walker_ports.svh"
    input  logic         mem_mask_i,
    input  logic         mem_resp_valid_i,
    input  pte_t         pte_i,

    output refill_info_t refill_o,
    input  logic [4:0]   l0_way_i  // of the refill of this cycle: its victim in L0
);

  logic idle_q, s_pmp_check_q, s_mem_req_q, w_mem_resp_q, mem_addr_update_q;
  logic access_fault_q;
  logic [1:0] level_q, af_level_q;
  hptw_req_t req_q;
  logic check_failed, walked_on, bitmap_done;
  logic [4:0] l0_way_q;
  pte_t pte;

  // A jump brings its PTE along (spec B 4.8).
  assign pte = req_q.jmp ? req_q.jmp_pte : pte_i;

  logic sv48x4, req_fire, resp_fire, mem_fire, mem_resp, finish, next_level, sent_to_pmp;
  logic page_fault, ppn_af, find_pte;

  assign sv48x4 = csr_i.hgatp.mode == MODE_SV48;
  assign req_ready_o = idle_q;
  assign req_fire = req_valid_i && idle_q;
  assign resp_fire = resp_valid_o && resp_ready_i;
  assign mem_fire = mem_valid_o && mem_ready_i;
  assign mem_resp = mem_resp_valid_i && !w_mem_resp_q;

  // --- What the PTE says ---------------------------------------------------------------------

  assign page_fault = pte_is_gpf(pte, level_q, csr_i.m_pbmte) ||
      (level_q == 2'd0 && !pte_is_leaf(pte));
  assign ppn_af = pte_is_af(pte) || (bitmap_i && check_failed);
  assign find_pte = pte_is_leaf(pte) || ppn_af || page_fault;
  assign next_level = mem_addr_update_q && !(find_pte || access_fault_q);
  assign finish = mem_addr_update_q && !next_level && resp_valid_o;
  assign sent_to_pmp = !idle_q && (!s_pmp_check_q || mem_addr_update_q) && !finish;

  // --- Address (spec B 3.2): the root is an addition, or an OR in 2026-03 ----------------------

  logic [47:0] root_base, root_offset, p_addr, mem_addr;
  logic [35:0] checked_page_q;
  logic [35:0] table_ppn;
  logic is_root;

  assign root_base = {csr_i.hgatp.ppn[35:0], 12'b0};
  // gpaddr[49:39] and gpaddr[40:30], 11 bits each
  assign root_offset = sv48x4 ? 48'({req_q.gvpn[37:27], 3'b0}) : 48'({req_q.gvpn[28:18], 3'b0});
  assign is_root = sv48x4 ? af_level_q == 2'd3 : af_level_q == 2'd2;

  always_comb begin
    unique case (af_level_q)
      2'd2: table_ppn = req_q.l3_hit ? req_q.ppn : pte[45:10];
      2'd1: table_ppn = req_q.l2_hit ? req_q.ppn : pte[45:10];
      default: table_ppn = req_q.l1_hit ? req_q.ppn : pte[45:10];
    endcase
  end

  always_comb begin
    unique case (level_q)
      2'd2: p_addr = {table_ppn, req_q.gvpn[26:18], 3'b0};
      2'd1: p_addr = {table_ppn, req_q.gvpn[17:9], 3'b0};
      2'd0: p_addr = {table_ppn, req_q.gvpn[8:0], 3'b0};
      default: p_addr = {table_ppn, req_q.gvpn[35:27], 3'b0};
    endcase
    if (!is_root) mem_addr = p_addr;
    else if (Cfg.Rule.hptw_root_or) mem_addr = root_base | root_offset;
    else mem_addr = root_base + root_offset;
  end

  assign pmp_addr_o = mem_addr;
  // The root as it is now, whatever page was checked (defect M1). Only the page of the checked
  // address is that of the read (spec B 3, D16).
  assign mem_o = '{id: 5'(Cfg.LlptwSize + 1), hptw_bypassed: req_q.bypassed,
                   addr: Cfg.Fixed.M1 ? {checked_page_q, mem_addr[11:0]} : mem_addr};
  assign mem_valid_o = !s_mem_req_q && !mem_mask_i && !access_fault_q && s_pmp_check_q;

  // --- Answer (spec B 3.4) -------------------------------------------------------------------

  assign resp_valid_o = !idle_q && mem_addr_update_q &&
      ((w_mem_resp_q && find_pte) || (s_pmp_check_q && access_fault_q));
  assign resp_id_o = req_q.id;

  always_comb begin
    resp_o = '0;
    resp_o.tag = req_q.gvpn;
    resp_o.vmid = csr_i.hgatp.id[13:0];
    resp_o.level = access_fault_q ? af_level_q : level_q;
    resp_o.gpf = page_fault && !access_fault_q;
    resp_o.gaf = access_fault_q || (ppn_af && !page_fault);
    if (!resp_o.gaf) begin
      resp_o.n = pte[63] && !(Cfg.Fixed.P17 && resp_o.gpf) &&
          (!Cfg.Rule.napot_clean_n || (pte[13:10] == 4'd8 && level_q == 2'd0));
      resp_o.pbmt = pte[62:61];
      resp_o.perm = pte[7:1];
      // The PageCache clears the G bit of a G-stage PTE, the walk does not (defect P6).
      if (Cfg.Rule.gstage_clear_g && Cfg.Fixed.P6) resp_o.perm[4] = 1'b0;
      resp_o.ppn = {2'b0, pte[45:10]};
    end
  end

  assign refill_o = '{
      info: '{vpn: req_q.gvpn, s2xlate: ONLY_STAGE2, source: req_q.source}, level: level_q};

  // --- State (spec B 3.3; later rules win) ---------------------------------------------------

  logic [1:0] start_level;
  logic fault_now;

  always_comb begin
    if (req_i.l1_hit) start_level = 2'd0;
    else if (req_i.l2_hit) start_level = 2'd1;
    else if (sv48x4) start_level = req_i.l3_hit ? 2'd2 : 2'd3;
    else start_level = 2'd2;
  end

  assign fault_now = access_fault_q && !idle_q;

  // --- Bitmap check of the leaf (spec B 4.8) ---------------------------------------------------

  logic test_leaf, read_done_q;
  assign test_leaf = bitmap_i && pte_is_leaf(pte) && !((Cfg.Rule.bitmap_rework || Cfg.Fixed.B7) && page_fault);
  l2tlb_leafcheck #(.Cfg(Cfg)) u_leafcheck (
      .clk_i, .rst_ni, .stop_i(flush_i || fault_now), .read_i(mem_resp && bitmap_i),
      .jump_i(req_fire && req_i.jmp), .leaf_i(test_leaf), .resp_fire_i(resp_fire),
      .walked_on_o(walked_on), .done_o(bitmap_done), .failed_o(check_failed),
      .req_valid_o(bm_req_valid_o), .req_ready_i(bm_req_ready_i), .resp_valid_i(bm_resp_valid_i),
      .resp_i(bm_resp_i));

  // The victim way of the refill of the last read, also in that cycle.
  assign bm_req_o = '{ppn: pte[45:10], vpn: req_q.gvpn, id: 5'(Cfg.LlptwSize + 1), level: level_q,
                      way: req_q.jmp ? req_q.way : l0_way_q, s2xlate: ONLY_STAGE2, n: pte[63],
                      hptw_bypassed: req_q.bypassed};

  always_ff @(posedge clk_i) begin
    if (read_done_q) l0_way_q <= l0_way_i;
    read_done_q <= mem_resp;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      idle_q <= 1'b1;
      s_pmp_check_q <= 1'b1;
      s_mem_req_q <= 1'b1;
      w_mem_resp_q <= 1'b1;
      mem_addr_update_q <= 1'b0;
    end else begin
      if (req_fire) {idle_q, s_pmp_check_q} <= {1'b0, req_i.jmp};
      if (sent_to_pmp && !mem_addr_update_q) {s_mem_req_q, s_pmp_check_q} <= 2'b01;
      if (fault_now) begin
        {s_pmp_check_q, s_mem_req_q, w_mem_resp_q, mem_addr_update_q} <= 4'b1111;
      end
      if (mem_fire) {s_mem_req_q, w_mem_resp_q} <= 2'b10;
      if (mem_resp) w_mem_resp_q <= 1'b1;
      if (mem_resp && !bitmap_i) mem_addr_update_q <= 1'b1;
      if (walked_on || bitmap_done) mem_addr_update_q <= 1'b1;
      if (next_level) {s_mem_req_q, mem_addr_update_q} <= 2'b00;
      if (finish && resp_fire) {idle_q, mem_addr_update_q} <= 2'b10;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) {level_q, af_level_q} <= 4'b1111;
    else begin
      if (req_fire && !req_i.jmp) {level_q, af_level_q} <= {2{start_level}};
      if (req_fire && req_i.jmp) level_q <= req_i.jmp_level;
      if (mem_resp) af_level_q <= af_level_q - 2'd1;
      if (next_level) level_q <= level_q - 2'd1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (req_fire && !req_i.jmp) access_fault_q <= 1'b0;
    if (sent_to_pmp) {access_fault_q, checked_page_q} <= {pmp_fault_i, pmp_addr_o[47:12]};
    if (finish && resp_fire) access_fault_q <= 1'b0;
    if (!rst_ni || flush_i) access_fault_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (req_fire) begin
      req_q <= req_i;
      req_q.l3_hit <= req_i.l3_hit && sv48x4;
      if (req_i.jmp) req_q.bypassed <= req_q.bypassed;  // that of the last walk stays
    end
  end

  `L2_ASSERT(NoReadWhileMasked, !(mem_valid_o && mem_mask_i))
  `L2_ASSERT(IdleIsQuiet, !idle_q || (s_mem_req_q && w_mem_resp_q && s_pmp_check_q))
  `L2_ASSERT(NeverBothGFaults, !(resp_valid_o && resp_o.gpf && resp_o.gaf))
  `L2_STABLE(RespStable, resp_valid_o, resp_ready_i, flush_i, !$stable(csr_i), resp_o)

endmodule
