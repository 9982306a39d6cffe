// SPDX-License-Identifier: MulanPSL-2.0
// Shield-Bitmap checker: is a physical page secure? One bit per 4-KiB page in a table at MBMC.BMA
// (spec B 4.2 to 4.4; 2026-03: spec D 4B.2 to 4B.4). Where several rules write one entry in one
// cycle the later one wins; the order is that of spec B 4.4.
`include "l2tlb_assert.svh"
module l2tlb_bitmap
  import l2tlb_pkg::*;
#(
    parameter  l2tlb_cfg_t  Cfg = CFG_MINIMAL,
    localparam int unsigned N = Cfg.BitmapEntries,
    localparam int unsigned W = $clog2(N)
) (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic         flush_i,
    input  tlb_csr_t     csr_i,

    input  logic         req_valid_i,
    output logic         req_ready_o,
    input  bitmap_req_t  req_i,

    output logic         resp_valid_o,  // always taken
    output bitmap_resp_t resp_o,

    output logic [47:0]  pmp_addr_o,
    input  logic         pmp_fault_i,

    output logic         cache_req_valid_o,
    input  logic         cache_req_ready_i,
    output logic [35:0]  cache_req_ppn_o,
    output logic [W-1:0] cache_req_order_o,
    input  logic         cache_resp_valid_i,
    output logic         cache_resp_ready_o,
    input  logic         cache_resp_hit_i,
    input  logic [W-1:0] cache_resp_order_i,
    input  logic [7:0]   cache_resp_cfs_i,
    output logic         refill_valid_o,
    output logic [35:0]  refill_ppn_o,
    output logic [63:0]  refill_data_o,

    output logic         mem_valid_o,
    input  logic         mem_ready_i,
    output mem_req_t     mem_o,
    input  logic [N-1:0] mem_mask_i,
    input  logic [N-1:0] flush_latch_i,
    input  logic         mem_resp_valid_i,
    input  logic [W-1:0] mem_resp_ptr_i,
    input  line_t        line_i,

    output logic         wakeup_valid_o,
    input  logic         wakeup_ready_i,
    output wakeup_t      wakeup_o
);

  localparam bit Rework = Cfg.Rule.bitmap_rework;
  localparam int unsigned K = Cfg.KeyIdBits;

  typedef enum logic [2:0] {
    IDLE, ADDR_CHECK, CACHE_REQ, CACHE_RESP, MEM_REQ, MEM_WAITING, MEM_OUT
  } state_e;

  typedef struct packed {
    bitmap_req_t  r;  // r.ppn: the page that is tested
    logic [W-1:0] wait_id;
    logic         cf, hit;
    logic [7:0]   cfs;
    logic [63:0]  data;
    logic         no_refill, no_wakeup;  // P10, B16 fixed: the word may be older than BCLEAR
  } entry_t;

  state_e state_q[N];
  state_e state_d[N];
  entry_t entries_q[N];
  entry_t entries_d[N];
  logic [W-1:0] enq_ptr_q;
  logic need_addr_check_q;
  logic [47:0] addr_q;

  // --- Addresses and groups (spec B 4.2) -----------------------------------------------------

  // 2025-05 drops the key bits here only, 2026-03 (KEYIDEN) in the page itself.
  function automatic logic [47:0] word_addr(logic [57:0] bma, logic [35:0] page);
    logic [35:0] p;
    p = Rework ? page : (page << K) >> K;
    return 48'({bma, 6'b0} + {31'b0, p[35:6], 3'b0});
  endfunction

  // The first page of a leaf (2025-05, defect B2) or the accessed one.
  function automatic logic [35:0] tested_page(bitmap_req_t r, logic keyiden);
    logic [35:0] c;
    logic napot;
    c = (Rework && keyiden) ? (r.ppn << K) >> K : r.ppn;
    napot = r.level == 2'd0 && r.n;
    if (Rework || Cfg.Fixed.B2 || (napot && Cfg.Fixed.B5)) begin
      c = 36'(leaf_ppn({8'b0, c}, r.vpn, r.level, napot));
    end
    return c;
  endfunction

  // Checks that may share one read: 4 TiB (defect B1), or half a word.
  function automatic logic same(logic [35:0] a, logic [35:0] b);
    return Rework ? a[35:6] == b[35:6] && (Cfg.Fixed.D11 || a[5] == b[5]) :
        a[35:30] == b[35:30] && (!Cfg.Fixed.B1 || a[29:9] == b[29:9]);
  endfunction

  // A check that joins another gets its PMP verdict (defect B10), right for words of one 4-KiB page.
  function automatic logic same_verdict(logic [35:0] a, logic [35:0] b);
    return !Cfg.Fixed.B10 || ((word_addr(csr_i.mbmc.bma, a) ^ word_addr(csr_i.mbmc.bma, b)) >> 12) == '0;
  endfunction

  // A check that joins a read in its return cycle takes the bits, but does not keep the word.
  function automatic entry_t with_bits(entry_t e, line_t line);
    entry_t x;
    logic [63:0] word;
    x = e;
    word = line[e.r.ppn[8:6]];
    x.cf = word[e.r.ppn[5:0]];
    x.cfs = word[8*e.r.ppn[5:3]+:8];
    return x;
  endfunction

  function automatic entry_t with_word(entry_t e, line_t line);
    entry_t x;
    x = with_bits(e, line);
    x.data = line[e.r.ppn[8:6]];
    return x;
  endfunction

  // --- State masks and arbiters --------------------------------------------------------------

  logic [N-1:0] is_idle, is_cache_req, is_cache_resp, is_mem_req, is_waiting, is_out;
  logic [W-1:0] enq_ptr, cache_ptr, out_ptr, mem_ptr;
  logic req_fire, cache_fire, mem_any, mem_fire, wakeup_stall_q;

  always_comb begin
    for (int i = 0; i < int'(N); i++) begin
      is_idle[i] = state_q[i] == IDLE;
      is_cache_req[i] = state_q[i] == CACHE_REQ;
      is_cache_resp[i] = state_q[i] == CACHE_RESP;
      is_mem_req[i] = state_q[i] == MEM_REQ;
      is_waiting[i] = state_q[i] == MEM_WAITING;
      is_out[i] = state_q[i] == MEM_OUT;
    end
  end

  assign enq_ptr = W'(lowest(64'(is_idle)));
  assign cache_ptr = W'(lowest(64'(is_cache_req)));
  assign out_ptr = W'(lowest(64'(is_out)));
  assign req_ready_o = is_idle != '0;
  assign req_fire = req_valid_i && req_ready_o;

  l2_rr_arb #(.N(N)) u_mem_arb (
      .clk_i, .rst_ni, .valid_i(is_mem_req & ~mem_mask_i), .ready_i(mem_ready_i),
      .valid_o(mem_any), .chosen_o(mem_ptr));

  assign mem_valid_o = mem_any && !flush_i;
  assign mem_fire = mem_any && mem_ready_i;  // ready is low in a flush cycle
  assign mem_o = '{id: 5'(bitmap_id0(Cfg)) + 5'(mem_ptr), hptw_bypassed: 1'b0,
                   addr: word_addr(csr_i.mbmc.bma, entries_q[mem_ptr].r.ppn)};
  assign cache_req_valid_o = is_cache_req != '0 && !flush_i;
  assign cache_fire = cache_req_valid_o && cache_req_ready_i;
  assign cache_req_ppn_o = entries_q[cache_ptr].r.ppn;
  assign cache_req_order_o = cache_ptr;
  assign cache_resp_ready_o = is_cache_resp != '0 && !flush_i;
  assign pmp_addr_o = addr_q;

  // --- Joining a read (rules 1 and 4) ----------------------------------------------------------

  typedef struct packed {
    logic         returns, reads;  // a read of the group ends now; one is under way or starts
    logic [W-1:0] wait_id;
  } join_t;

  logic answer;
  assign answer = mem_resp_valid_i && is_waiting != '0;

  function automatic join_t join_read(logic [35:0] page);
    join_t j;
    logic dup, w_any, fire_dup;
    logic [W-1:0] w_id;
    j = '0;
    w_any = 1'b0;
    w_id = '0;
    for (int i = 0; i < int'(N); i++) begin
      dup = is_waiting[i] && same(page, entries_q[i].r.ppn) && !entries_q[i].no_refill &&
          same_verdict(page, entries_q[i].r.ppn);
      if (dup) begin
        w_any = 1'b1;
        w_id = w_id | entries_q[i].wait_id;
        if (mem_resp_ptr_i == W'(i)) j.returns = answer;
      end
    end
    // Errata D10 fixed: the answer of a read from before a fence is not for a new check.
    if (Cfg.Fixed.D10 && flush_latch_i[mem_resp_ptr_i]) j.returns = 1'b0;
    fire_dup = mem_fire && same(page, entries_q[mem_ptr].r.ppn) &&
        same_verdict(page, entries_q[mem_ptr].r.ppn);
    j.reads = w_any || fire_dup;
    j.wait_id = fire_dup ? mem_ptr : w_id;
    return j;
  endfunction

  bitmap_req_t new_req;
  join_t new_join, miss_join;
  logic [47:0] new_addr;
  entry_t asked;

  always_comb begin
    new_req = req_i;
    new_req.ppn = tested_page(req_i, csr_i.mbmc.keyiden);
  end
  assign new_addr = word_addr(csr_i.mbmc.bma, new_req.ppn);
  assign new_join = join_read(new_req.ppn);
  assign asked = entries_q[cache_resp_order_i];
  assign miss_join = join_read(asked.r.ppn);

  // --- Next state of every entry, rules in order -----------------------------------------------

  state_e new_state;
  entry_t new_entry, asked_next;
  state_e asked_state;

  always_comb begin  // rule 1
    new_entry = '{r: new_req, wait_id: enq_ptr, cf: 1'b0, hit: new_join.returns || new_join.reads,
                  cfs: '0, data: entries_q[enq_ptr].data, no_refill: 1'b0, no_wakeup: 1'b0};
    new_state = ADDR_CHECK;
    if (new_join.returns) begin
      new_state = MEM_OUT;
      // 2025-05: nobody copies the bit, the page passes untested (defect B3).
      if (Rework || Cfg.Fixed.B3) new_entry = with_bits(new_entry, line_i);
    end else if (new_join.reads) begin
      new_state = MEM_WAITING;
      new_entry.wait_id = new_join.wait_id;
    end
  end

  always_comb begin  // rule 4
    asked_next = asked;
    asked_next.hit = cache_resp_hit_i || miss_join.returns || miss_join.reads;
    asked_state = MEM_REQ;
    if (cache_resp_hit_i) begin
      asked_state = MEM_OUT;
      asked_next.cf = cache_resp_cfs_i[asked.r.ppn[2:0]];
      asked_next.cfs = cache_resp_cfs_i;
    end else if (miss_join.returns) begin
      asked_state = MEM_OUT;
      if (Rework || Cfg.Fixed.B3) asked_next = with_bits(asked_next, line_i);
    end else if (miss_join.reads) begin
      asked_state = MEM_WAITING;
      asked_next.wait_id = miss_join.wait_id;
    end
  end

  for (genvar i = 0; i < int'(N); i++) begin : gen_entry
    logic accepted, checked, cached, granted, answered, left, reads;
    state_e moved;

    assign accepted = req_fire && enq_ptr == W'(i);
    assign checked = need_addr_check_q && enq_ptr_q == W'(i);
    assign cached = cache_resp_valid_i && cache_resp_ready_o && cache_resp_order_i == W'(i);
    assign granted = mem_fire && is_mem_req[i] && same(entries_q[i].r.ppn, entries_q[mem_ptr].r.ppn);
    assign answered = answer && is_waiting[i] && entries_q[i].wait_id == mem_resp_ptr_i;
    assign left = resp_valid_o && out_ptr == W'(i);

    always_comb begin
      moved = state_q[i];
      if (accepted) moved = new_state;
      if (checked) moved = pmp_fault_i ? MEM_OUT : CACHE_REQ;
      if (cache_fire && cache_ptr == W'(i)) moved = CACHE_RESP;
      if (cached) moved = asked_state;
      if (granted) moved = MEM_WAITING;
      if (answered) moved = MEM_OUT;
      reads = moved == MEM_WAITING || moved == MEM_OUT;
      state_d[i] = (left || flush_i) ? IDLE : moved;
    end

    always_comb begin
      entries_d[i] = entries_q[i];
      if (accepted) entries_d[i] = new_entry;
      if (checked) begin
        entries_d[i].cf = pmp_fault_i;
        entries_d[i].cfs = {8{pmp_fault_i}};
        // hit stays 0: the answer refills a word that was never read (defect B9).
        if (pmp_fault_i && Cfg.Fixed.B9) entries_d[i].hit = 1'b1;
      end
      if (cached) entries_d[i] = asked_next;
      if (granted) entries_d[i].wait_id = mem_ptr;
      if (answered) entries_d[i] = with_word(entries_q[i], line_i);
      if (csr_i.mbmc.bclear) begin
        if (Cfg.Fixed.P10 && reads) entries_d[i].no_refill = 1'b1;
        if (Cfg.Fixed.B16 && (reads || moved == CACHE_RESP)) entries_d[i].no_wakeup = 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    for (int i = 0; i < int'(N); i++) begin
      state_q[i] <= rst_ni ? state_d[i] : IDLE;
      entries_q[i] <= rst_ni ? entries_d[i] : '0;
    end
    enq_ptr_q <= enq_ptr;
    need_addr_check_q <= req_fire && new_state == ADDR_CHECK && !flush_i;
    if (req_fire) addr_q <= new_addr;
    if (!rst_ni) need_addr_check_q <= 1'b0;
  end

  // --- Answer, refill of the BitmapCache, wake-up ----------------------------------------------

  entry_t out;
  logic wakes;
  wakeup_t held_q, now;

  assign out = entries_q[out_ptr];
  assign resp_valid_o = is_out != '0 && !wakeup_stall_q;
  assign resp_o = '{id: out.r.id, cf: out.cf, cfs: out.cfs};
  assign refill_valid_o = resp_valid_o && !out.hit && !out.no_refill;
  assign refill_ppn_o = out.r.ppn;
  assign refill_data_o = out.data;

  // 2026-03: only lines of L0 have bits; a wake-up that meets a refill is held and stops the
  // answers (spec D 4B.6).
  assign wakes = !out.r.hptw_bypassed && !out.no_wakeup && (!Rework || (out.r.level == 2'd0 && !out.r.n));
  assign now = '{vpn: out.r.vpn, level: out.r.level, way: out.r.way, s2xlate: out.r.s2xlate,
                 n: out.r.n, ppn: out.r.ppn, ok: !out.cf};
  assign wakeup_valid_o = wakeup_stall_q || (resp_valid_o && wakes);
  assign wakeup_o = wakeup_stall_q ? held_q : now;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) wakeup_stall_q <= 1'b0;
    else wakeup_stall_q <= Rework && wakeup_valid_o && !wakeup_ready_i &&
          !(Cfg.Fixed.B16 && csr_i.mbmc.bclear) && !csr_i.mbmc.changed;
    held_q <= wakeup_o;
  end

  logic stranger;  // the verdict is for one of the walkers
  assign stranger = resp_valid_o && 32'(out.r.id) > Cfg.LlptwSize + 1;
  `L2_ASSERT(KnownClient, !stranger)
  `L2_ASSERT(OneAnswerFromCache, $onehot0(is_cache_resp) || Rework)
  `L2_ASSERT(NoReadWhileMasked, !(mem_valid_o && mem_mask_i[mem_ptr]))
  `L2_ASSERT(NeverFull, !req_valid_i || req_ready_o)

endmodule
