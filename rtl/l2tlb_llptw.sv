// SPDX-License-Identifier: MulanPSL-2.0
// Last-level walker: entries that each read one level-0 line, merged by line (spec B 2).
// Where several rules write one entry in one cycle the later one wins; the order is that of
// spec B 2.4.
`include "l2tlb_assert.svh"
module l2tlb_llptw
  import l2tlb_pkg::*;
#(
    parameter  l2tlb_cfg_t  Cfg = CFG_MINIMAL,
    localparam int unsigned N = Cfg.LlptwSize,
    localparam int unsigned W = $clog2(N),
    localparam int unsigned Slots = 2 ** W  // arrays have no index without an element
) (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic         flush_i,
    input  tlb_csr_t     csr_i,

    input  logic         in_valid_i,
    output logic         in_ready_o,
    input  llptw_req_t   in_i,
    output mem_id_t      enq_ptr_o,

    output logic         out_valid_o,
    input  logic         out_ready_i,
    output mem_id_t      out_id_o,
    output req_info_t    out_info_o,
    output logic         out_af_o,
    output logic         out_first_s2xlate_fault_o,
    output hptw_resp_t   out_h_resp_o,
    output logic         out_jmp_o,  // the line came with a bitmap jump
    output line_t        out_ptes_o,
    output logic [7:0]   out_cfs_o,

    // Back to the PageCache through the miss queue.
    output logic         cache_valid_o,
    input  logic         cache_ready_i,
    output req_info_t    cache_o,

`include "l2tlb_walker_ports.svh"
    input  logic [N-1:0] req_mask_i,
    input  logic [N-1:0] flush_latch_i,
    input  logic         mem_resp_valid_i,
    input  mem_id_t      mem_resp_id_i,
    input  line_t        mem_resp_value_i,
    output logic [N-1:0] buffer_it_o,
    output req_info_t    refill_o,

    output logic         hptw_req_valid_o,  // contains ready
    input  logic         hptw_req_ready_i,
    output vpn_t         hptw_req_gvpn_o,
    output logic [1:0]   hptw_req_source_o,
    output mem_id_t      hptw_req_id_o,
    input  logic         hptw_resp_valid_i,
    input  mem_id_t      hptw_resp_id_i,
    input  hptw_resp_t   hptw_resp_i,

    output logic [47:0]  pmp2_addr_o,  // second port (2026-03): the enqueued entry's own
    input  logic         pmp2_fault_i,

    input  logic [4:0]   l0_way_i,  // of the refill of this cycle: its victim in L0

    output logic [8:0]   perf_o  // {memcycle[5:0], memcount, inblock, incount}
);

  typedef enum logic [3:0] {
    IDLE, HPTW_REQ, HPTW_RESP, ADDR_CHECK, MEM_REQ, MEM_WAITING, MEM_OUT, LAST_HPTW_REQ,
    LAST_HPTW_RESP, CACHE, BITMAP_CHECK, BITMAP_RESP
  } state_e;

  typedef struct packed {
    req_info_t   info;
    logic [43:0] ppn;
    mem_id_t     wait_id;
    logic        af;
    logic        first_s2xlate_fault;
    hptw_resp_t  hptw_resp;
    logic        cf, n, jmp;  // jmp: from L0, way and ptes are its
    logic [4:0]  way;
    line_t       ptes;
    logic [7:0]  cfs;
  } entry_t;

  localparam bit Rework = Cfg.Rule.bitmap_rework;

  state_e state_q[Slots];
  state_e state_d[Slots];
  entry_t entries_q[Slots];
  entry_t entries_d[Slots];
  logic [N-1:0] mem_resp_hit_q, mem_resp_hit_d;
  logic [W-1:0] enq_ptr, enq_ptr_q;
  logic need_addr_check_q, hptw_flag_q;
  logic [W-1:0] hptw_resp_ptr_q, mem_refill_id_q;
  logic [47:0] addr_q;

  function automatic logic same_line(req_info_t a, req_info_t b);
    return a.vpn[37:3] == b.vpn[37:3] && a.s2xlate == b.s2xlate;
  endfunction

  // Guest page of a PTE for the final G translation: NAPOT takes its low bits from the vpn.
  function automatic logic [43:0] pte_gpn(pte_t pte, vpn_t vpn);
    return pte[63] ? {pte[53:14], vpn[3:0]} : pte_ppn(pte);
  endfunction

  // Stage-2 half of a guest page number out of range: names that page (defect D15: the table's).
  function automatic hptw_resp_t range_fault(logic [43:0] gpn);
    hptw_resp_t r;
    r = '0;
    r.tag = gpn[37:0];
    r.vmid = csr_i.hgatp.id[13:0];
    r.gpf = 1'b1;
    return r;
  endfunction

  // --- State masks ---------------------------------------------------------------------------

  logic [N-1:0] is_idle, is_hptw_req, is_hptw_resp, is_mem_req, is_waiting, is_having, is_last_req;
  logic [N-1:0] is_last_resp, is_cache, is_check, is_check_resp;

  always_comb begin
    for (int i = 0; i < int'(N); i++) begin
      is_idle[i] = state_q[i] == IDLE;
      is_hptw_req[i] = state_q[i] == HPTW_REQ;
      is_hptw_resp[i] = state_q[i] == HPTW_RESP;
      is_mem_req[i] = state_q[i] == MEM_REQ;
      is_waiting[i] = state_q[i] == MEM_WAITING;
      is_having[i] = state_q[i] == MEM_OUT;
      is_last_req[i] = state_q[i] == LAST_HPTW_REQ;
      is_last_resp[i] = state_q[i] == LAST_HPTW_RESP;
      is_cache[i] = state_q[i] == CACHE;
      is_check[i] = state_q[i] == BITMAP_CHECK;
      is_check_resp[i] = state_q[i] == BITMAP_RESP;
    end
  end

  // --- Arbiters (spec B 2.5) -----------------------------------------------------------------

  logic mem_any, mem_fire, hyper1_any, hyper2_any, g_free, hyper1_fire, hyper2_fire;
  logic [W-1:0] mem_chosen, hyper1_chosen, hyper2_chosen, hptw_chosen;
  logic [N-1:0] hyper1_valid, hyper2_valid, read_line;  // read_line: on the line of mem_chosen

  assign g_free = (is_hptw_resp | is_last_resp) == '0;
  // P8 corrected: no G request for an entry whose line is read in this cycle.
  assign hyper1_valid = g_free ? is_hptw_req & ~(Cfg.Fixed.P8 && mem_fire ? read_line : '0) : '0;
  assign hyper2_valid = g_free ? is_last_req : '0;

  l2_rr_arb #(.N(N)) u_mem_arb (
      .clk_i, .rst_ni, .valid_i(is_mem_req & ~req_mask_i), .ready_i(mem_ready_i),
      .valid_o(mem_any), .chosen_o(mem_chosen));
  l2_rr_arb #(.N(N)) u_hyper_arb1 (
      .clk_i, .rst_ni, .valid_i(hyper1_valid), .ready_i(hptw_req_ready_i),
      .valid_o(hyper1_any), .chosen_o(hyper1_chosen));
  l2_rr_arb #(.N(N)) u_hyper_arb2 (
      .clk_i, .rst_ni, .valid_i(hyper2_valid), .ready_i(hptw_req_ready_i && !hyper1_any),
      .valid_o(hyper2_any), .chosen_o(hyper2_chosen));

  logic check_any, check_fire;
  logic [W-1:0] check_chosen;
  l2_rr_arb #(.N(N)) u_bitmap_arb (
      .clk_i, .rst_ni, .valid_i(is_check), .ready_i(bm_req_ready_i), .valid_o(check_any),
      .chosen_o(check_chosen));
  // Like the G arbiters it moves on in a flush cycle, in which the request itself is suppressed.
  assign check_fire = check_any && bm_req_ready_i;
  assign bm_req_valid_o = check_any && !flush_i;

  assign mem_valid_o = mem_any && !flush_i;
  assign mem_fire = mem_any && mem_ready_i;
  assign hyper1_fire = hyper1_any && hptw_req_ready_i;
  assign hyper2_fire = hyper2_any && !hyper1_any && hptw_req_ready_i;
  assign hptw_chosen = hyper1_any ? hyper1_chosen : hyper2_chosen;
  assign hptw_req_valid_o = (hyper1_any || hyper2_any) && hptw_req_ready_i && !flush_i;
  assign hptw_req_gvpn_o = entries_q[hptw_chosen].ppn[37:0];
  assign hptw_req_source_o = entries_q[hptw_chosen].info.source;
  assign hptw_req_id_o = 5'(hptw_chosen);

  // --- Memory request ------------------------------------------------------------------------

  entry_t mem_entry;
  logic [37:0] mem_host;

  assign mem_entry = entries_q[mem_chosen];
  assign mem_host = gen_ppn_s2(mem_entry.hptw_resp, mem_entry.ppn[37:0]);
  assign mem_o = '{
      id: 5'(mem_chosen), hptw_bypassed: 1'b0,
      addr: {mem_entry.info.s2xlate == ALL_STAGE ? mem_host[35:0] : mem_entry.ppn[35:0],
             mem_entry.info.vpn[8:0], 3'b0}};

  always_comb begin
    for (int i = 0; i < int'(N); i++) read_line[i] = same_line(entries_q[i].info, mem_entry.info);
  end

  // --- Enqueue: what the new entry has to do (spec B 2.3) --------------------------------------

  logic in_fire, dup_req_fire, to_wait, dup_wait_resp, no_stage2, in_pf, in_gpf;
  logic to_mem_out, to_check, to_last_hptw_req, last_hptw_excp, to_cache, keep;
  logic [N-1:0] dup, dup_wait;
  mem_id_t wait_id, dup_wait_id;
  pte_t in_pte;
  logic [W-1:0] resp_ptr;
  req_info_t resp_info;
  state_e enq_state;

  assign enq_ptr = is_idle == '0 ? W'(N - 1) : W'(lowest(64'(is_idle)));
  assign enq_ptr_o = 5'(enq_ptr);
  assign in_ready_o = is_idle != '0;
  assign in_fire = in_valid_i && in_ready_o;

  always_comb begin
    dup_wait_id = '0;
    for (int i = 0; i < int'(N); i++) begin
      dup[i] = same_line(entries_q[i].info, in_i.info);
      dup_wait[i] = dup[i] && is_waiting[i];
      if (dup_wait[i]) dup_wait_id = dup_wait_id | entries_q[i].wait_id;
    end
  end

  assign resp_ptr = W'(mem_resp_id_i);
  assign resp_info = entries_q[resp_ptr].info;
  assign in_pte = mem_resp_value_i[in_i.info.vpn[2:0]];
  assign in_pf = pte_is_pf(in_pte, 2'd0, pbmte_of(csr_i, in_i.info.s2xlate)) ||
      !pte_is_leaf(in_pte);
  assign in_gpf = pte_is_stage1_gpf(in_pte, csr_i.hgatp.mode);
  assign no_stage2 = resp_info.s2xlate == NO_S2XLATE || resp_info.s2xlate == ONLY_STAGE1 ||
      (resp_info.s2xlate == ALL_STAGE && (in_pf || in_gpf));

  assign dup_req_fire = mem_fire && same_line(mem_entry.info, in_i.info);
  assign to_wait = dup_wait != '0 || dup_req_fire;
  assign wait_id = dup_req_fire ? 5'(mem_chosen) : dup_wait_id;
  // The owner of the read must itself be waiting, and its read must not have been flushed.
  assign dup_wait_resp = mem_resp_valid_i && dup_wait[resp_ptr] && !flush_latch_i[resp_ptr];
  // 2025-05 tests every PTE, faulting ones too (defect B7), and here the table page instead (B3).
  assign to_check = dup_wait_resp && no_stage2 && bitmap_i &&
      !((Rework || Cfg.Fixed.B7) && (in_pf || resp_info.s2xlate == ALL_STAGE));
  assign to_mem_out = dup_wait_resp && no_stage2 && !to_check;
  assign to_last_hptw_req = dup_wait_resp && !no_stage2 && resp_info.s2xlate == ALL_STAGE;
  assign last_hptw_excp = dup_wait_resp && no_stage2 && resp_info.s2xlate == ALL_STAGE;
  assign to_cache =
      (dup & (is_having | is_last_req | is_last_resp | is_check | is_check_resp)) != '0;

  always_comb begin
    if (in_i.jmp) enq_state = BITMAP_CHECK;
    else if (to_mem_out) enq_state = MEM_OUT;
    else if (to_check) enq_state = BITMAP_CHECK;
    else if (to_last_hptw_req) enq_state = LAST_HPTW_REQ;
    else if (to_wait) enq_state = MEM_WAITING;
    else if (to_cache) enq_state = CACHE;
    else if (in_i.info.s2xlate == ALL_STAGE) enq_state = HPTW_REQ;
    else enq_state = ADDR_CHECK;
  end
  // A prefetch stays only if it makes a read of its own.
  assign keep = in_i.info.source != SOURCE_PREFETCH || enq_state == ADDR_CHECK || in_i.jmp;

  entry_t enq_entry;

  always_comb begin
    enq_entry = entries_q[enq_ptr];  // gaf and the other G fields of the last user stay
    enq_entry.info = in_i.info;
    enq_entry.ppn = in_i.ppn;
    if (to_last_hptw_req || last_hptw_excp || (to_check && (Rework || Cfg.Fixed.B3))) begin
      enq_entry.ppn = pte_gpn(in_pte, in_i.info.vpn);
    end
    enq_entry.wait_id = to_wait ? wait_id : 5'(enq_ptr);
    enq_entry.af = 1'b0;
    enq_entry.first_s2xlate_fault = 1'b0;
    if (to_last_hptw_req) enq_entry.hptw_resp = entries_q[resp_ptr].hptw_resp;
    else if (to_wait) enq_entry.hptw_resp = entries_q[W'(wait_id)].hptw_resp;
    if (Cfg.Fixed.D15 && last_hptw_excp && !in_pf && in_gpf) begin
      enq_entry.hptw_resp = range_fault(enq_entry.ppn);
    end
    enq_entry.hptw_resp.gpf = last_hptw_excp && !in_pf && in_gpf;
    enq_entry.cf = 1'b0;
    enq_entry.n = in_pte[63];
    enq_entry.jmp = 1'b0;
    enq_entry.way = '0;
    enq_entry.ptes = '0;
    enq_entry.cfs = in_i.cfs;
    if (in_i.jmp) begin
      // No duplicate search; fault and G answer of the slot's last user stay (defect B14).
      // The page as the PTE has it: jumps into one NAPOT block share one check (defect B18).
      enq_entry.ppn = {8'b0, in_i.ptes[in_i.info.vpn[2:0]][45:10]};
      if (Cfg.Fixed.B18) begin
        enq_entry.ppn[35:0] = 36'(pte_gpn(in_i.ptes[in_i.info.vpn[2:0]], in_i.info.vpn));
      end
      enq_entry.wait_id = 5'(enq_ptr);
      enq_entry.first_s2xlate_fault = entries_q[enq_ptr].first_s2xlate_fault && !Rework &&
          !Cfg.Fixed.B14;
      enq_entry.hptw_resp = entries_q[enq_ptr].hptw_resp;
      enq_entry.n = in_i.ptes[in_i.info.vpn[2:0]][63];
      enq_entry.jmp = 1'b1;
      enq_entry.way = in_i.way;
      enq_entry.ptes = in_i.ptes;
    end
    if (!Cfg.HasBitmap) begin
      {enq_entry.cf, enq_entry.n, enq_entry.jmp, enq_entry.way, enq_entry.cfs} = '0;
      enq_entry.ptes = '0;
    end
  end

  // --- Address check (spec B 2.4 rule 2): one port, or two in 2026-03 ---------------------------

  entry_t check_entry;
  logic [37:0] check_host, answer_host;
  logic [47:0] hpaddr, hpaddr_q;
  logic hptw_check, two_ports, checked, enq_checked;

  assign two_ports = Cfg.Rule.llptw_two_pmp_ports;
  assign check_entry = entries_q[hptw_resp_ptr_q];
  assign check_host = gen_ppn_s2(check_entry.hptw_resp, check_entry.ppn[37:0]);
  assign hptw_check = hptw_flag_q && state_q[hptw_resp_ptr_q] == ADDR_CHECK;
  // One port: the enqueued entry's only check is lost to a G answer (defect D1). Two ports: both
  // are made; if they name one entry the check after G wins.
  assign checked = hptw_check || (need_addr_check_q && !two_ports);
  assign enq_checked = need_addr_check_q && two_ports;
  // With two ports the address is formed in the cycle of the answer.
  assign answer_host = gen_ppn_s2(hptw_resp_i, entries_q[h_ptr].ppn[37:0]);
  assign hpaddr = two_ports ? hpaddr_q : {check_host[35:0], check_entry.info.vpn[8:0], 3'b0};
  assign pmp_addr_o = hptw_check ? hpaddr : addr_q;
  assign pmp2_addr_o = addr_q;

  // --- G answers (spec B 2.4 rule 8) ---------------------------------------------------------

  logic [N-1:0] join_waiting;
  mem_id_t join_wait_id;
  logic h_fault, h_perm_fail, join_fire;
  logic [W-1:0] h_ptr;

  assign h_ptr = W'(hptw_resp_id_i);
  assign h_perm_fail = g_perm_fail(hptw_resp_i, csr_i.mxr);
  // P5 corrected: a read of the line that starts in this very cycle is seen too.
  assign join_fire = Cfg.Fixed.P5 && mem_fire && same_line(mem_entry.info, entries_q[h_ptr].info);
  assign h_fault = hptw_resp_i.gaf || hptw_resp_i.gpf || h_perm_fail;

  always_comb begin
    join_wait_id = '0;
    for (int i = 0; i < int'(N); i++) begin
      join_waiting[i] = is_waiting[i] && same_line(entries_q[i].info, entries_q[h_ptr].info);
      if (join_waiting[i]) join_wait_id = join_wait_id | entries_q[i].wait_id;
    end
  end

  // --- Memory answers (spec B 2.4 rule 4), per entry -------------------------------------------

  logic [N-1:0] mem_hit, vs_pf, g_pf;
  pte_t entry_pte[N];

  always_comb begin
    for (int i = 0; i < int'(N); i++) begin
      mem_hit[i] = mem_resp_valid_i && is_waiting[i] && entries_q[i].wait_id == mem_resp_id_i;
      entry_pte[i] = mem_resp_value_i[entries_q[i].info.vpn[2:0]];
      vs_pf[i] = pte_is_pf(entry_pte[i], 2'd0, entries_q[i].info.s2xlate != NO_S2XLATE ?
                           csr_i.h_pbmte : csr_i.m_pbmte) || !pte_is_leaf(entry_pte[i]);
      g_pf[i] = pte_is_stage1_gpf(entry_pte[i], csr_i.hgatp.mode) && !vs_pf[i];
    end
  end

  // --- Next state of every entry, rules in order -----------------------------------------------

  logic [N-1:0] h_first, h_last, mem_moves, last_needed, to_test, granted, tested;
  logic [W-1:0] mem_ptr, check_ptr;

  assign mem_ptr = is_having == '0 ? W'(N - 1) : W'(lowest(64'(is_having)));
  assign check_ptr = hptw_check ? hptw_resp_ptr_q : enq_ptr_q;

  always_comb begin
    for (int i = 0; i < int'(N); i++) begin
      mem_moves[i] = mem_fire && read_line[i] &&
          !(is_idle[i] || is_having[i] || is_last_req[i] || is_last_resp[i] || is_check[i] ||
            is_check_resp[i]);
      to_test[i] = bitmap_i &&
          !((Rework || Cfg.Fixed.B7) && (vs_pf[i] || (entries_q[i].info.s2xlate == ALL_STAGE && g_pf[i])));
      granted[i] = check_fire && is_check[i] &&
          entries_q[i].ppn[35:0] == entries_q[check_chosen].ppn[35:0];
      tested[i] = bm_resp_valid_i && is_check_resp[i] && entries_q[i].wait_id == bm_resp_i.id;
      last_needed[i] = entries_q[i].info.s2xlate == ALL_STAGE && !(vs_pf[i] || g_pf[i]);
      h_first[i] = hptw_resp_valid_i && is_hptw_resp[i] && entries_q[i].wait_id == hptw_resp_id_i &&
          {6'b0, hptw_resp_i.tag} == entries_q[i].ppn;
      h_last[i] = hptw_resp_valid_i && is_last_resp[i] && entries_q[i].wait_id == hptw_resp_id_i &&
          {6'b0, hptw_resp_i.tag} == entries_q[i].ppn;
    end
  end

  logic hyper1_before;  // 2026-03: the grant comes before the memory rule
  assign hyper1_before = Cfg.Rule.llptw_hyper1_first;

  for (genvar i = 0; i < int'(N); i++) begin : gen_state
    always_comb begin
      state_d[i] = state_q[i];
      if (in_fire && enq_ptr == W'(i) && keep) state_d[i] = enq_state;
      if (hyper1_before && hyper1_fire && hyper1_chosen == W'(i)) state_d[i] = HPTW_RESP;
      if (enq_checked && enq_ptr_q == W'(i)) state_d[i] = pmp2_fault_i ? MEM_OUT : MEM_REQ;
      if (checked && check_ptr == W'(i)) state_d[i] = pmp_fault_i ? MEM_OUT : MEM_REQ;
      if (mem_moves[i]) state_d[i] = MEM_WAITING;
      if (mem_hit[i]) begin
        state_d[i] = last_needed[i] ? LAST_HPTW_REQ : to_test[i] ? BITMAP_CHECK : MEM_OUT;
      end
      if (!hyper1_before && hyper1_fire && hyper1_chosen == W'(i)) state_d[i] = HPTW_RESP;
      if (hyper2_fire && hyper2_chosen == W'(i)) state_d[i] = LAST_HPTW_RESP;
      if (granted[i]) state_d[i] = BITMAP_RESP;
      if (tested[i]) state_d[i] = MEM_OUT;
      if (h_first[i]) begin
        state_d[i] = h_fault ? MEM_OUT : (join_waiting != '0 || join_fire) ? MEM_WAITING : ADDR_CHECK;
      end
      if (h_last[i]) state_d[i] = MEM_OUT;
      if (out_valid_o && out_ready_i && mem_ptr == W'(i)) state_d[i] = IDLE;
      if (cache_valid_o && cache_ready_i && is_cache[i]) state_d[i] = IDLE;
      if (flush_i) state_d[i] = IDLE;
    end
  end

  for (genvar i = 0; i < int'(N); i++) begin : gen_entry
    always_comb begin
      entries_d[i] = entries_q[i];
      if (in_fire && enq_ptr == W'(i)) entries_d[i] = enq_entry;
      if (hyper1_before && hyper1_fire && hyper1_chosen == W'(i)) entries_d[i].wait_id = 5'(i);
      if (enq_checked && enq_ptr_q == W'(i)) entries_d[i].af = pmp2_fault_i;
      if (checked && check_ptr == W'(i)) entries_d[i].af = pmp_fault_i;
      if (mem_moves[i]) begin
        entries_d[i].hptw_resp = mem_entry.hptw_resp;
        entries_d[i].wait_id = 5'(mem_chosen);
      end
      if (mem_hit[i]) begin
        entries_d[i].ppn = pte_gpn(entry_pte[i], entries_q[i].info.vpn);
        if (Cfg.Fixed.D15 && entries_q[i].info.s2xlate == ALL_STAGE && g_pf[i]) begin
          entries_d[i].hptw_resp = range_fault(entries_d[i].ppn);
        end
        entries_d[i].hptw_resp.gpf = entries_q[i].info.s2xlate == ALL_STAGE && g_pf[i];
        entries_d[i].n = Cfg.HasBitmap && entry_pte[i][63];
      end
      if (!hyper1_before && hyper1_fire && hyper1_chosen == W'(i)) entries_d[i].wait_id = 5'(i);
      if (hyper2_fire && hyper2_chosen == W'(i)) entries_d[i].wait_id = 5'(i);
      if (granted[i]) entries_d[i].wait_id = 5'(check_chosen);
      if (tested[i]) {entries_d[i].cf, entries_d[i].cfs} = {bm_resp_i.cf, bm_resp_i.cfs};
      if (h_first[i]) begin
        entries_d[i].hptw_resp = hptw_resp_i;
        if (h_fault) begin
          entries_d[i].hptw_resp.gpf = hptw_resp_i.gpf || h_perm_fail;
          entries_d[i].first_s2xlate_fault = hptw_resp_i.gaf || hptw_resp_i.gpf ||
              (Cfg.Rule.gperm_sets_first_fault && h_perm_fail);
        end else if (join_fire) begin
          entries_d[i].hptw_resp = mem_entry.hptw_resp;
          entries_d[i].wait_id = 5'(mem_chosen);
        end else if (join_waiting != '0) entries_d[i].wait_id = join_wait_id;
      end
      if (h_last[i]) entries_d[i].hptw_resp = hptw_resp_i;
    end
  end

  always_comb begin
    mem_resp_hit_d = mem_resp_hit_q;
    if (in_fire) begin
      mem_resp_hit_d[enq_ptr] = !in_i.jmp && (to_mem_out || to_check || to_last_hptw_req);
    end
    mem_resp_hit_d = mem_resp_hit_d | mem_hit;
    mem_resp_hit_d = mem_resp_hit_d & ~mem_resp_hit_q;
  end

  for (genvar i = int'(N); i < int'(Slots); i++) begin : gen_unused
    assign state_d[i] = IDLE;
    assign entries_d[i] = '0;
  end

  always_ff @(posedge clk_i) begin
    for (int i = 0; i < int'(Slots); i++) begin
      if (!rst_ni) begin
        state_q[i] <= IDLE;
        entries_q[i] <= '0;
      end else begin
        state_q[i] <= state_d[i];
        entries_q[i] <= entries_d[i];
      end
    end
    if (!rst_ni) mem_resp_hit_q <= '0;
    else mem_resp_hit_q <= mem_resp_hit_d;
  end

  always_ff @(posedge clk_i) begin
    enq_ptr_q <= enq_ptr;
    need_addr_check_q <= in_fire && enq_state == ADDR_CHECK && !flush_i;
    hptw_resp_ptr_q <= h_ptr;
    // Armed by any waiting entry, also when no entry takes the answer (defect P4).
    hptw_flag_q <= hptw_resp_valid_i && !flush_i &&
        (Cfg.Fixed.P4 ? state_q[h_ptr] == HPTW_RESP && state_d[h_ptr] == ADDR_CHECK :
                        is_hptw_resp != '0);
    mem_refill_id_q <= resp_ptr;
    if (hptw_resp_valid_i) hpaddr_q <= {answer_host[35:0], entries_q[h_ptr].info.vpn[8:0], 3'b0};
    if (in_fire) addr_q <= {in_i.ppn[35:0], in_i.info.vpn[8:0], 3'b0};
    if (!rst_ni) need_addr_check_q <= 1'b0;
  end

  // --- Bitmap check (spec B 4.9) ---------------------------------------------------------------

  logic [4:0] l0_way_q[Slots];  // victim way of the refill of each entry's line
  entry_t check;

  always_ff @(posedge clk_i) begin
    for (int i = 0; i < int'(N); i++) if (mem_resp_hit_q[i]) l0_way_q[i] <= l0_way_i;
    if (!rst_ni) for (int i = 0; i < int'(Slots); i++) l0_way_q[i] <= '0;
  end

  assign check = entries_q[check_chosen];
  always_comb begin
    bm_req_o = '{ppn: check.ppn[35:0], vpn: check.info.vpn, id: 5'(check_chosen), level: 2'd0,
                 way: l0_way_q[check_chosen], s2xlate: check.info.s2xlate, n: check.n,
                 hptw_bypassed: 1'b0};
    if (check.jmp) bm_req_o.way = check.way;
    else if (mem_resp_hit_q[check_chosen]) bm_req_o.way = l0_way_i;
  end

  // --- Outputs -------------------------------------------------------------------------------

  assign out_valid_o = is_having != '0;
  assign out_id_o = 5'(mem_ptr);
  assign out_info_o = entries_q[mem_ptr].info;
  assign out_af_o = entries_q[mem_ptr].af || (bitmap_i && entries_q[mem_ptr].cf);
  assign out_jmp_o = entries_q[mem_ptr].jmp;
  assign out_ptes_o = entries_q[mem_ptr].ptes;
  assign out_cfs_o = entries_q[mem_ptr].cfs;
  assign out_first_s2xlate_fault_o = entries_q[mem_ptr].first_s2xlate_fault;
  always_comb begin
    out_h_resp_o = entries_q[mem_ptr].hptw_resp;
  end
  assign buffer_it_o = mem_resp_hit_q;
  // The entry of the source seen one cycle earlier: right with two consecutive beats.
  assign refill_o = entries_q[mem_refill_id_q].info;

  assign cache_valid_o = is_cache != '0;
  always_comb begin
    cache_o = '0;
    for (int i = 0; i < int'(N); i++) if (is_cache[i]) cache_o = cache_o | entries_q[i].info;
  end

  assign perf_o = {6'($countones(is_waiting)), mem_valid_o && mem_ready_i, in_valid_i && !in_ready_o,
                   in_fire};

  `L2_ASSERT(OneReplay, $onehot0(is_cache))
  `L2_ASSERT(OneGAnswerAwaited, $onehot0(is_hptw_resp | is_last_resp))
  `L2_ASSERT(NoOnlyStage2, !in_fire || in_i.info.s2xlate != ONLY_STAGE2)
  `L2_ASSERT(EnqueueIntoIdle, !in_fire || is_idle[enq_ptr])
  `L2_ASSERT(OneEntryPerRead, !mem_fire || !req_mask_i[mem_chosen])
  `L2_STABLE(OutValidStable, out_valid_o, out_ready_i, flush_i, 1'b0, out_valid_o)
  `L2_STABLE(CacheStable, cache_valid_o, cache_ready_i, flush_i, $past(mem_fire), cache_o)

  // Arrays cannot be sampled by an assertion in Verilator 5.006: plain wires.
  logic [N-1:0] state_bad, wait_id_bad;
  always_comb begin
    for (int i = 0; i < int'(N); i++) begin
      state_bad[i] = state_q[i] > BITMAP_RESP;
      wait_id_bad[i] = !is_idle[i] && 32'(entries_q[i].wait_id) >= N;
    end
  end
  `L2_ASSERT(StateInRange, state_bad == '0)
  `L2_ASSERT(WaitIdInRange, wait_id_bad == '0)

endmodule
