// SPDX-License-Identifier: MulanPSL-2.0
// Forms the answers: eight PTEs of the PageCache, the PTW or an LLPTW line, the winner of each port
// cut to one sector entry (spec A 1.7, 1.8).
`include "l2tlb_assert.svh"
module l2tlb_merge
  import l2tlb_pkg::*;
#(
    parameter l2tlb_cfg_t Cfg = CFG_MINIMAL
) (
    input  logic       clk_i,
    input  logic       rst_ni,
    input  tlb_csr_t   csr_i,

    input  logic [1:0]  cache_valid_i,
    output logic [1:0]  cache_ready_o,
    input  logic [1:0]  cache_s2xlate_i,
    input  merge_resp_t cache_i,
    input  hptw_resp_t  cache_h_i,

    input  logic        ptw_valid_i,
    output logic        ptw_ready_o,
    input  logic [1:0]  ptw_source_i,
    input  logic [1:0]  ptw_s2xlate_i,
    input  merge_resp_t ptw_i,
    input  hptw_resp_t  ptw_h_i,

    input  logic        llptw_valid_i,
    output logic        llptw_ready_o,
    input  req_info_t   llptw_info_i,
    input  logic        llptw_af_i,
    input  logic        llptw_first_fault_i,
    input  hptw_resp_t  llptw_h_i,
    input  line_t       llptw_line_i,    // eight PTEs of the answering entry
    input  logic [7:0]  llptw_cfs_i,     // bits of the eight neighbours of its page
    input  merge_resp_t llptw_stage1_i,  // PageCache view at its enqueue

    output logic [1:0]      resp_valid_o,
    input  logic [1:0]      resp_ready_i,
    output ptw_resp_t [1:0] resp_o
);

  // --- LLPTW line (contiguous_pte_to_merge_ptwResp): CSR values of this moment -----------------

  merge_resp_t llptw_line, llptw_resp;
  logic pbmte;
  logic [7:0] badpf, badaf;
  logic two_kinds;

  // The n bit handed on: raw, or (2026-03) only with ppn[3:0] = 8; of an invalid PTE too (P17).
  function automatic logic napot(pte_t pte, logic fault);
    return pte[63] && (!Cfg.Rule.napot_clean_n || pte[13:10] == 4'd8) && !(Cfg.Fixed.P17 && fault);
  endfunction

  assign pbmte = pbmte_of(csr_i, llptw_info_i.s2xlate);
  assign two_kinds = llptw_info_i.s2xlate == NO_S2XLATE || llptw_info_i.s2xlate == ONLY_STAGE1;

  always_comb begin
    llptw_line.tag = llptw_info_i.vpn[37:3];
    llptw_line.asid = asid_of(csr_i, llptw_info_i.s2xlate);
    llptw_line.vmid = csr_i.hgatp.id[13:0];
    llptw_line.level = 2'd0;
    llptw_line.pteidx = 8'b1 << llptw_info_i.vpn[2:0];
    llptw_line.not_merge = llptw_info_i.s2xlate != NO_S2XLATE;
    for (int i = 0; i < 8; i++) begin
      badpf[i] = pte_is_pf(llptw_line_i[i], 2'd0, pbmte) || !pte_is_leaf(llptw_line_i[i]);
      badaf[i] = pte_is_af(llptw_line_i[i]) && two_kinds && !badpf[i];
      llptw_line.pf[i] = !llptw_af_i && badpf[i];
      llptw_line.af[i] = llptw_af_i || badaf[i];
      llptw_line.v[i] = !llptw_line.pf[i];
      llptw_line.ppn[i] = pte_ppn(llptw_line_i[i]);
      llptw_line.pbmt[i] = llptw_line_i[i][62:61];
      llptw_line.perm[i] = llptw_line_i[i][7:1];
      llptw_line.n[i] = napot(llptw_line_i[i], badpf[i]);
      // The wrong three bits of the page: the same for all that could be merged (defect D8). The
      // vector of a look-up counts with the bitmap off too (defect P12).
      llptw_line.cf[i] = Cfg.HasBitmap && (!Cfg.Fixed.P12 || bitmap_on(csr_i)) &&
          llptw_cfs_i[Cfg.Rule.cf_index_ppn_low ? llptw_line_i[i][12:10] : llptw_line_i[i][15:13]];
    end
    llptw_line.not_super = !llptw_line.n[llptw_info_i.vpn[2:0]];
  end

  assign llptw_resp = llptw_first_fault_i ? llptw_stage1_i : llptw_line;

  // --- Sector compression (merge_ptwResp_to_sector_ptwResp) ------------------------------------

  function automatic sector_resp_t to_sector(merge_resp_t m);
    sector_resp_t r;
    logic [2:0] k;
    logic [7:0] same;
    k = oh8_to_uint(m.pteidx);
    r.tag = m.tag;
    r.asid = m.asid;
    r.vmid = m.vmid;
    r.level = m.level;
    r.ppn = m.ppn[k][43:3];
    r.pbmt = m.pbmt[k];
    r.perm = m.perm[k];
    r.n = m.n[k];
    r.v = m.v[k];
    r.pf = m.pf[k];
    r.af = m.af[k];
    r.addr_low = k;
    r.pteidx = m.pteidx;
    for (int i = 0; i < 8; i++) begin
      r.ppn_low[i] = m.ppn[i][2:0];
      same[i] = {m.ppn[i][43:3], m.pbmt[i], m.perm[i], m.v[i], m.pf[i], m.af[i], m.cf[i]} ==
          {r.ppn, r.pbmt, r.perm, r.v, r.pf, r.af, m.cf[k]} &&
          !(Cfg.Fixed.N1 && m.n[i] != r.n);
    end
    r.valididx = (same | {8{!m.not_super}}) & {8{!m.not_merge}};
    r.valididx[k] = 1'b1;
    return r;
  endfunction

  // While the bitmap is on nothing leaves that covers more than the tested 4-KiB page: stage 1 of a
  // one-stage answer, stage 2 of the others (spec D 4B.9). Decided in the answer cycle.
  function automatic sector_resp_t cut_s1(sector_resp_t s, logic not_super);
    sector_resp_t r;
    vpn_t vpn;
    r = s;
    vpn = {s.tag, s.addr_low};
    r.ppn = 41'(leaf_ppn({s.ppn, 3'b0}, vpn, s.level, s.n) >> 3);
    r.level = 2'd0;
    r.n = 1'b0;
    if (!not_super) begin
      r.valididx = s.pteidx;
      r.ppn_low = {8{vpn[2:0]}};
    end
    return r;
  endfunction

  function automatic hptw_resp_t cut_s2(hptw_resp_t s);
    hptw_resp_t r;
    r = s;
    r.ppn = gen_ppn_s2(s, s.tag);
    r.level = 2'd0;
    r.n = 1'b0;
    return r;
  endfunction

  logic cut;
  assign cut = Cfg.HasBitmap && Cfg.Rule.cut_answers_to_4k && bitmap_on(csr_i);

  // --- One arbiter per port: PageCache, PTW, LLPTW ---------------------------------------------

  logic [1:0] ptw_valid, llptw_valid;

  for (genvar i = 0; i < 2; i++) begin : gen_port
    merge_resp_t m;

    assign ptw_valid[i] = ptw_valid_i && ptw_source_i == 2'(i);
    assign llptw_valid[i] = llptw_valid_i && llptw_info_i.source == 2'(i);
    assign cache_ready_o[i] = resp_ready_i[i];
    assign resp_valid_o[i] = cache_valid_i[i] || ptw_valid[i] || llptw_valid[i];

    always_comb begin
      if (cache_valid_i[i]) m = cache_i;
      else if (ptw_valid[i]) m = ptw_i;
      else m = llptw_resp;
    end

    always_comb begin
      resp_o[i] = '0;
      if (resp_valid_o[i]) resp_o[i].s1 = to_sector(m);
      if (cache_valid_i[i]) begin
        resp_o[i].s2xlate = cache_s2xlate_i;
        resp_o[i].s2 = cache_h_i;
      end else if (ptw_valid[i]) begin
        resp_o[i].s2xlate = ptw_s2xlate_i;
        resp_o[i].s2 = ptw_h_i;
      end else if (llptw_valid[i]) begin
        resp_o[i].s2xlate = llptw_info_i.s2xlate;
        resp_o[i].s2 = llptw_h_i;
      end
      // Left-overs of older walks (defect D7).
      if (Cfg.Fixed.D7 && !resp_o[i].s2xlate[1]) resp_o[i].s2 = '0;
      if (cut && resp_o[i].s2xlate[1]) resp_o[i].s2 = cut_s2(resp_o[i].s2);
      else if (cut) resp_o[i].s1 = cut_s1(resp_o[i].s1, m.not_super);
    end

    `L2_ASSERT(OneAddressedPte, !resp_valid_o[i] || $onehot(m.pteidx))
  end

  assign ptw_ready_o = resp_ready_i[ptw_source_i[0]] && !cache_valid_i[ptw_source_i[0]];
  assign llptw_ready_o = llptw_info_i.source == SOURCE_PREFETCH ||
      (resp_ready_i[llptw_info_i.source[0]] && !cache_valid_i[llptw_info_i.source[0]] &&
       !ptw_valid[llptw_info_i.source[0]]);

endmodule
