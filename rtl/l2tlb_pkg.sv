// SPDX-License-Identifier: MulanPSL-2.0
// Configuration, bundles and pure functions of the L2TLB (spec A 0, spec B 0).
// The names are those of the C model: arch/cfg.h, arch/bundle.h, arch/pte.h, arch/csr.h.
package l2tlb_pkg;

  // Rules in which the revisions differ: the names of arch/rules.def in their order, without those of
  // the L1 side.
  typedef struct packed {
    logic virt_changed_flush;
    logic wfi_gate;
    logic jump_to_ptw_beats_l1hit;
    logic jump_sp_first;
    logic cut_answers_to_4k;
    logic global_ignores_asid;
    logic gstage_ignores_asid;
    logic gstage_clear_g;
    logic napot_strict;
    logic napot_clean_n;
    logic llptw_two_pmp_ports;
    logic llptw_hyper1_first;
    logic gperm_sets_first_fault;
    logic hptw_root_or;
    logic keyiden_csr;
    logic pma_mmio_not_cacheable;
    logic bitmap_rework;
    logic cf_index_ppn_low;
    logic debug_range_unmatched;
    logic gstage_ignores_mxr;
    logic hfence_gvma_all_flushes_vs;
    logic l0_excludes_napot;
    logic perf_per_access;
    logic fence_vmid_masked;
  } l2tlb_rules_t;

  // errata.<id> = fixed. 0: as the recorded RTL does. The ids of arch/errata.def in their order, without
  // those of the L1 side and of the MPT checker.
  typedef struct packed {
    logic D1, D2, D3, D4, D5, D6, D7, D13, D14, D15, E4, E5, E6, E4r, N1, N2, N3, N5;
    logic P4, P5, P8, P15, M1, P17;
    logic B1, B2, B3, B4, B5, B6, B7, B8, B9, B10, B11, B12, B14, B15, B16, B17, B18, B19;
    logic D8, D10, D11, P2, P10, P12;
    logic P1, P3, P6, P7, P9, P14, P18;
  } l2tlb_errata_t;

  // All parameters of the machine. Sizes are powers of two, at least 2.
  typedef struct packed {
    int unsigned   L3Size;
    int unsigned   L2Size;
    int unsigned   SpSize;
    int unsigned   L1Sets;
    int unsigned   L1Ways;
    int unsigned   L0Sets;
    int unsigned   L0Ways;
    int unsigned   HashAsidWidth;
    int unsigned   HashVpnWidth;
    int unsigned   LlptwSize;
    int unsigned   MissqSize;
    logic          Prefetch;
    int unsigned   PmpEntries;
    int unsigned   PmaEntries;
    int unsigned   KeyIdBits;   // key-id bits at the top of a physical address
    logic          HasBitmap;   // Shield-Bitmap: checker, BitmapCache, check bits
    int unsigned   BitmapEntries;
    int unsigned   BcSets;
    int unsigned   BcWays;
    l2tlb_rules_t  Rule;
    l2tlb_errata_t Fixed;
  } l2tlb_cfg_t;

  localparam l2tlb_cfg_t CFG_MINIMAL = '{
      L3Size: 4, L2Size: 4, SpSize: 4, L1Sets: 4, L1Ways: 4, L0Sets: 4, L0Ways: 8,
      HashAsidWidth: 3, HashVpnWidth: 6, LlptwSize: 6, MissqSize: 40, Prefetch: 1'b1,
      PmpEntries: 16, PmaEntries: 16, KeyIdBits: 0, HasBitmap: 1'b0, BitmapEntries: 8, BcSets: 1,
      BcWays: 16, Rule: '0, Fixed: '0};

  // Revisions of the hardware (C: enum revision).
  localparam int unsigned REV_2025_05 = 0;
  localparam int unsigned REV_2026_07 = 2;
  localparam int unsigned REV_2026_07_V2 = 3;

  function automatic l2tlb_rules_t rules_of(int unsigned revision);
    logic march, july, v2;  // since March 2026, since July 2026, kunminghu-v2 of July 2026
    march = revision > REV_2025_05;
    july = revision >= REV_2026_07;
    v2 = revision == REV_2026_07_V2;
    return '{
        virt_changed_flush: march,
        wfi_gate: march,
        jump_to_ptw_beats_l1hit: march,
        jump_sp_first: march,
        cut_answers_to_4k: march,
        global_ignores_asid: march,
        gstage_ignores_asid: march,
        gstage_clear_g: march,
        napot_strict: march,
        napot_clean_n: march,
        llptw_two_pmp_ports: march,
        llptw_hyper1_first: march,
        gperm_sets_first_fault: march,
        hptw_root_or: march && !v2,
        keyiden_csr: march,
        pma_mmio_not_cacheable: march,
        bitmap_rework: march,
        cf_index_ppn_low: july,
        debug_range_unmatched: july,
        gstage_ignores_mxr: v2,
        hfence_gvma_all_flushes_vs: v2,
        l0_excludes_napot: v2,
        perf_per_access: v2,
        fence_vmid_masked: v2};
  endfunction

  // Memory ids: LLPTW entries, PTW, HPTW; those of the bitmap start at the next power of two.
  function automatic int unsigned bitmap_id0(l2tlb_cfg_t c);
    return 2 ** $clog2(c.LlptwSize + 2);
  endfunction

  function automatic int unsigned mem_ids(l2tlb_cfg_t c);
    return c.HasBitmap ? bitmap_id0(c) + c.BitmapEntries : c.LlptwSize + 2;
  endfunction

  // Rules of the later revision that are also how an erratum is fixed (C: cfg_finish).
  function automatic l2tlb_rules_t rules_with_fixes(l2tlb_rules_t r, l2tlb_errata_t f);
    l2tlb_rules_t x;
    x = r;
    x.llptw_two_pmp_ports = r.llptw_two_pmp_ports || f.D1;
    x.llptw_hyper1_first = r.llptw_hyper1_first || f.D2;
    x.gperm_sets_first_fault = r.gperm_sets_first_fault || f.D3;
    x.global_ignores_asid = r.global_ignores_asid || f.E5;
    x.gstage_ignores_asid = r.gstage_ignores_asid || f.E5;
    x.gstage_clear_g = r.gstage_clear_g || f.E5;
    x.napot_strict = r.napot_strict || f.E4;
    x.napot_clean_n = r.napot_clean_n || f.E4;
    x.jump_to_ptw_beats_l1hit = r.jump_to_ptw_beats_l1hit || f.B5;
    x.cf_index_ppn_low = r.cf_index_ppn_low || f.D8;
    x.cut_answers_to_4k = r.cut_answers_to_4k || f.B2 || f.B5;
    return x;
  endfunction

  typedef enum logic [1:0] {NO_S2XLATE, ONLY_STAGE1, ONLY_STAGE2, ALL_STAGE} s2xlate_e;
  localparam logic [3:0] MODE_SV39 = 4'd8;
  localparam logic [3:0] MODE_SV48 = 4'd9;
  localparam logic [1:0] SOURCE_ITLB = 2'd0;
  localparam logic [1:0] SOURCE_DTLB = 2'd1;
  localparam logic [1:0] SOURCE_PREFETCH = 2'd2;

  typedef logic [37:0] vpn_t;
  typedef logic [4:0] mem_id_t;  // LLPTW entries 0.., then PTW, then HPTW
  typedef logic [63:0] pte_t;
  typedef logic [7:0][63:0] line_t;

  typedef struct packed {
    logic [3:0]  mode;
    logic [15:0] id;
    logic [43:0] ppn;
    logic        changed;
  } atp_t;

  // CSR 0xBC2 (spec B 4.1); bclear is a pulse. changed is made by l2tlb_ctl (B19 corrected).
  typedef struct packed {
    logic [57:0] bma;  // table base in units of 64 bytes
    logic        bme, bclear, cmode, keyiden, changed;
  } mbmc_t;

  typedef struct packed {
    atp_t satp, vsatp, hgatp;
    mbmc_t mbmc;
    logic mxr, virt, virt_changed, debug;
    logic m_pbmte, h_pbmte;
  } tlb_csr_t;

  typedef struct packed {
    logic        valid, rs1, rs2;
    logic [49:0] addr;
    logic [15:0] id;
    logic        hv, hg;
  } sfence_t;

  typedef struct packed {
    logic        valid;
    logic [11:0] addr;
    logic [63:0] data;
  } csr_write_t;

  typedef struct packed {
    vpn_t       vpn;
    logic [1:0] s2xlate;
    logic [1:0] source;
  } req_info_t;

  typedef struct packed {
    req_info_t info;
    logic      is_first;
    logic      is_hptw;
    mem_id_t   hptw_id;
  } lookup_t;

  typedef struct packed {
    logic [34:0]      tag;
    logic [15:0]      asid;
    logic [13:0]      vmid;
    logic [1:0]       level;
    logic [7:0][43:0] ppn;
    logic [7:0][6:0]  perm;
    logic [7:0][1:0]  pbmt;
    logic [7:0]       n, v, pf, af;
    logic [7:0]       cf;  // page not known as allowed by the bitmap: takes part in the comparison
    logic [7:0]       pteidx;
    logic             not_super, not_merge;
  } merge_resp_t;

  typedef struct packed {
    logic [34:0]     tag;
    logic [15:0]     asid;
    logic [13:0]     vmid;
    logic            n;
    logic [1:0]      pbmt;
    logic [6:0]      perm;
    logic [1:0]      level;
    logic            v;
    logic [40:0]     ppn;
    logic [2:0]      addr_low;
    logic [7:0][2:0] ppn_low;
    logic [7:0]      valididx;
    logic [7:0]      pteidx;
    logic            pf, af;
  } sector_resp_t;

  typedef struct packed {
    logic [37:0] tag;
    logic [13:0] vmid;
    logic        n;
    logic [1:0]  pbmt;
    logic [37:0] ppn;
    logic [6:0]  perm;
    logic [1:0]  level;
    logic        gpf, gaf;
  } hptw_resp_t;

  typedef struct packed {
    logic [1:0]   s2xlate;
    sector_resp_t s1;
    hptw_resp_t   s2;
  } ptw_resp_t;

  // A look-up that matched an entry not known as allowed by the bitmap (spec B 4.6). Not a part of
  // cache_resp_t: Verilator 5.006 cannot sample structures of more than 40 words in assertions.
  typedef struct packed {
    logic       jmp, l0, sp;  // jmp: through L0 or SP; both where a NAPOT entry covers a line of L0
    logic [4:0] way;          // hitting way of L0
    logic [7:0] cfs;          // not the check bits of its line
    line_t      ptes;         // PTEs rebuilt from the L0 line
    pte_t       sp_pte;       // PTE rebuilt from the SP entry
    logic [1:0] sp_level;
  } jump_t;

  // What the PageCache answers (spec A 2.9).
  typedef struct packed {
    lookup_t     req;
    logic        hit;
    logic        prefetch;
    logic        bypassed;
    logic        l3_hit, l2_hit, l1_hit;     // toFsm
    logic        stage1_hit;
    logic [37:0] ppn;
    logic        h_l3_hit, h_l2_hit, h_l1_hit, h_bypassed;  // toHptw
    merge_resp_t stage1;
    hptw_resp_t  h_resp;
  } cache_resp_t;

  typedef struct packed {
    req_info_t   info;
    logic        l3_hit, l2_hit;
    logic [43:0] ppn;
    logic        stage1_hit;
    merge_resp_t stage1;
    logic        jmp;  // bitmap jump: no walk, only the check of jmp_pte
    pte_t        jmp_pte;
    logic [1:0]  jmp_level;
  } ptw_req_t;

  typedef struct packed {
    req_info_t   info;
    logic [43:0] ppn;
    logic        jmp;
    logic [4:0]  way;
    logic [7:0]  cfs;
    line_t       ptes;
  } llptw_req_t;

  typedef struct packed {
    vpn_t        gvpn;
    mem_id_t     id;
    logic [1:0]  source;
    logic        l3_hit, l2_hit, l1_hit, bypassed;
    logic [35:0] ppn;
    logic        jmp;
    pte_t        jmp_pte;
    logic [1:0]  jmp_level;
    logic [4:0]  way;
  } hptw_req_t;

  // One check of the bitmap (spec B 4.3).
  typedef struct packed {
    logic [35:0] ppn;
    vpn_t        vpn;  // GVPN for HPTW
    mem_id_t     id;   // LLPTW entry, PTW's or HPTW's id
    logic [1:0]  level;
    logic [4:0]  way;  // way of L0 that holds the PTE
    logic [1:0]  s2xlate;
    logic        n;
    logic        hptw_bypassed;
  } bitmap_req_t;

  typedef struct packed {
    mem_id_t    id;
    logic       cf;
    logic [7:0] cfs;
  } bitmap_resp_t;

  // Writes a check bit of the PageCache.
  typedef struct packed {
    vpn_t       vpn;
    logic [1:0] level;
    logic [4:0] way;
    logic [1:0] s2xlate;
    logic       n;
    logic [35:0] ppn;  // the tested page
    logic       ok;  // allowed
  } wakeup_t;

  typedef struct packed {
    req_info_t info;
    logic      is_llptw;
  } missq_req_t;

  typedef struct packed {
    mem_id_t     id;
    logic [47:0] addr;
    logic        hptw_bypassed;
  } mem_req_t;

  typedef struct packed {
    req_info_t  info;
    logic [1:0] level;
  } refill_info_t;

  typedef struct packed {
    logic [4:0]   level_oh;  // {sp, l0, l1, l2, l3}
    refill_info_t info;
    pte_t         sel_pte;
    line_t        ptes;
  } refill_t;

  typedef struct packed {
    logic [7:0]  cfg;   // l, c, atomic, a[1:0], x, w, r
    logic [45:0] addr;  // physical address [47:2]
    logic [47:0] mask;
  } pmp_entry_t;

  // --- PTE fields and predicates (spec A 0.3) ------------------------------------------------

  function automatic logic [43:0] pte_ppn(pte_t pte);
    return pte[53:10];
  endfunction

  function automatic logic pte_is_leaf(pte_t pte);
    return pte[0] && (pte[3:1] != 3'b0);
  endfunction

  function automatic logic pte_is_next(pte_t pte);
    return pte[0] && (pte[3:1] == 3'b0);
  endfunction

  function automatic logic pte_unaligned(pte_t pte, logic [1:0] level);
    logic low;
    unique case (level)
      2'd0: low = 1'b0;
      2'd1: low = pte[18:10] != '0;
      2'd2: low = pte[27:10] != '0;
      default: low = pte[36:10] != '0;
    endcase
    return pte_is_leaf(pte) && low;
  endfunction

  // {decided, fault} by the encoding rules that isPf and isGpf share.
  function automatic logic [1:0] pte_encoding_fault(pte_t pte, logic pbmte);
    if (pte[60:54] != '0) return 2'b11;
    if (pte[62:61] == 2'd3 || (pte[62:61] != '0 && !pbmte)) return 2'b11;
    if (pte_is_next(pte)) begin
      return {1'b1, pte[4] | pte[6] | pte[7] | pte[63] | (pte[62:61] != '0)};
    end
    if (!pte[0] || (pte[2] && !pte[1])) return 2'b11;
    return 2'b00;
  endfunction

  function automatic logic pte_is_pf(pte_t pte, logic [1:0] level, logic pbmte);
    logic [1:0] enc;
    enc = pte_encoding_fault(pte, pbmte);
    if (enc[1]) return enc[0];
    if (pte[63] && (pte[13:10] != 4'd8 || level != '0)) return 1'b1;
    return pte_unaligned(pte, level);
  endfunction

  function automatic logic pte_is_gpf(pte_t pte, logic [1:0] level, logic pbmte);
    logic [1:0] enc;
    enc = pte_encoding_fault(pte, pbmte);
    if (enc[1]) return enc[0];
    if (!pte[4]) return 1'b1;
    if (pte[63] && pte[13:10] != 4'd8) return 1'b1;
    return pte_unaligned(pte, level) || !pte[6];
  endfunction

  function automatic logic pte_is_af(pte_t pte);
    return pte[0] && pte[53:46] != '0;
  endfunction

  // A guest page number outside the reach of hgatp.mode: 41 bits Sv39x4, 50 bits Sv48x4.
  function automatic logic gpn_out_of_range(logic [43:0] gpn, logic [3:0] mode);
    return (mode == MODE_SV39 && gpn[43:29] != '0) || (mode == MODE_SV48 && gpn[43:38] != '0);
  endfunction

  function automatic logic pte_is_stage1_gpf(pte_t pte, logic [3:0] mode);
    return pte[0] && gpn_out_of_range(pte_ppn(pte), mode);
  endfunction

  function automatic logic pte_is_napot(pte_t pte);
    return pte_is_leaf(pte) && pte[63];
  endfunction

  function automatic logic pte_can_refill(pte_t pte, logic [1:0] level, logic [1:0] s2xlate,
                                          logic pbmte, logic [3:0] gmode);
    unique case (s2xlate)
      ALL_STAGE: return !pte_is_stage1_gpf(pte, gmode) && !pte_is_pf(pte, level, pbmte);
      ONLY_STAGE2: return !pte_is_af(pte) && !pte_is_gpf(pte, level, pbmte);
      default: return !pte_is_af(pte) && !pte_is_pf(pte, level, pbmte);
    endcase
  endfunction

  function automatic logic pte_only_pf(pte_t pte, logic [1:0] level, logic [1:0] s2xlate,
                                       logic pbmte);
    return s2xlate == NO_S2XLATE && pte_is_pf(pte, level, pbmte) && !pte_is_af(pte);
  endfunction

  // Checks are made: enabled and not in confidential mode (spec B 4.1).
  function automatic logic bitmap_on(tlb_csr_t csr);
    return csr.mbmc.bme && !csr.mbmc.cmode;
  endfunction

  // A PTE put together again from what a table keeps of it. 2025-05 packs the fields without their
  // padding, so pbmt lands in the page number (defect B11), and drops n.
  function automatic pte_t rebuild_pte(logic n, logic [1:0] pbmt, logic [37:0] ppn,
                                       logic [6:0] perm, logic v, logic packed_form);
    return packed_form ? {n, 13'b0, pbmt, ppn, 2'b0, perm, v} :
        {n, pbmt, 7'b0, 6'b0, ppn, 2'b0, perm, v};
  endfunction

  // allStage is stored and searched as onlyStage1.
  function automatic logic [1:0] s2xlate_class(logic [1:0] s2xlate);
    return s2xlate == ALL_STAGE ? ONLY_STAGE1 : s2xlate;
  endfunction

  function automatic logic pbmte_of(tlb_csr_t csr, logic [1:0] s2xlate);
    return (s2xlate == ONLY_STAGE1 || s2xlate == ALL_STAGE) ? csr.h_pbmte : csr.m_pbmte;
  endfunction

  function automatic logic [15:0] asid_of(tlb_csr_t csr, logic [1:0] s2xlate);
    return s2xlate != NO_S2XLATE ? csr.vsatp.id : csr.satp.id;
  endfunction

  // Page number of `vpn` inside a leaf of `level` (Chisel genPPN / genPPNS2, 44 bits).
  function automatic logic [43:0] leaf_ppn(logic [43:0] ppn, vpn_t vpn, logic [1:0] level,
                                           logic napot);
    unique case (level)
      2'd3: return {ppn[43:27], vpn[26:0]};
      2'd2: return {ppn[43:18], vpn[17:0]};
      2'd1: return {ppn[43:9], vpn[8:0]};
      default: return napot ? {ppn[43:4], vpn[3:0]} : ppn;
    endcase
  endfunction

  function automatic logic [37:0] gen_ppn_s2(hptw_resp_t r, vpn_t gpn);
    return 38'(leaf_ppn({6'b0, r.ppn}, gpn, r.level, r.n));
  endfunction

  // Index of the addressed PTE from the one-hot pteidx.
  function automatic logic [2:0] oh8_to_uint(logic [7:0] oh);
    return {|oh[7:4], |oh[7:6] | |oh[3:2], oh[7] | oh[5] | oh[3] | oh[1]};
  endfunction

  // Read of a G leaf is refused (neither r, nor x with mxr; July 2026 v2: mxr is 0); an access fault
  // comes first.
  function automatic logic g_perm_fail(hptw_resp_t r, logic mxr);
    return !r.gaf && !r.perm[0] && !(mxr && r.perm[2]);
  endfunction

  // --- Tree pseudo-LRU of n ways, n a power of two up to 64 (spec A 2.4) ---------------------

  function automatic logic [5:0] plru_victim(logic [62:0] state, int unsigned n);
    logic [5:0]  way;
    int unsigned base, m;
    way = '0;
    base = 0;
    m = n;
    for (int k = 0; k < 6; k++) begin
      if (m > 1) begin
        if (state[6'(base + m - 2)]) begin
          way = way + 6'(m / 2);
          base = base + m / 2 - 1;
        end
        m = m / 2;
      end
    end
    return way;
  endfunction

  function automatic logic [62:0] plru_touch(logic [62:0] state, int unsigned n, logic [5:0] w);
    logic [62:0] s;
    logic [5:0]  rest;
    int unsigned base, m;
    s = state;
    rest = w;
    base = 0;
    m = n;
    for (int k = 0; k < 6; k++) begin
      if (m > 1) begin
        if (rest >= 6'(m / 2)) begin
          s[6'(base + m - 2)] = 1'b0;
          rest = rest - 6'(m / 2);
          base = base + m / 2 - 1;
        end else begin
          s[6'(base + m - 2)] = 1'b1;
        end
        m = m / 2;
      end
    end
    return s;
  endfunction

  // OR of the indices of the set bits (Chisel OHToUInt of a multi-hot vector).
  function automatic logic [5:0] oh_to_uint(logic [63:0] oh);
    logic [5:0] r;
    r = '0;
    for (int i = 0; i < 64; i++) if (oh[i]) r = r | 6'(i);
    return r;
  endfunction

  // Index of the lowest set bit, 0 when none.
  function automatic logic [5:0] lowest(logic [63:0] x);
    logic [5:0] r;
    r = '0;
    for (int i = 63; i >= 0; i--) if (x[i]) r = 6'(i);
    return r;
  endfunction

endpackage
