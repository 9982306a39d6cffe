// SPDX-License-Identifier: MulanPSL-2.0
// Where a PageCache answer goes, and when it may leave (spec A 1.4).
`include "l2tlb_assert.svh"
module l2tlb_route
  import l2tlb_pkg::*;
#(
    parameter l2tlb_cfg_t Cfg = CFG_MINIMAL
) (
    input  logic        clk_i,
    input  logic        rst_ni,

    input  logic        valid_i,
    output logic        ready_o,
    input  cache_resp_t resp_i,
    input  jump_t       jump_i,

    output logic [1:0]  hit_valid_o,  // to mergeArb(0), (1)
    input  logic [1:0]  hit_ready_i,

    output logic        hptw_hit_valid_o,
    output logic        hptw_valid_o,
    input  logic        hptw_ready_i,
    output hptw_req_t   hptw_o,
    output logic        llptw_valid_o,
    input  logic        llptw_ready_i,
    output llptw_req_t  llptw_o,
    output logic        ptw_valid_o,
    input  logic        ptw_ready_i,
    output ptw_req_t    ptw_o,
    output logic        mq_valid_o,
    input  logic        mq_ready_i,
    output missq_req_t  mq_o,

    output logic        prefetch_valid_o  // trigger of the prefetcher
);

  logic h, q, p, b, f, l, s, to_llptw, to_ptw;
  logic [1:0] source;

  assign h = resp_i.hit;
  assign q = resp_i.req.is_hptw;
  assign source = resp_i.req.info.source;
  assign p = source == SOURCE_PREFETCH;
  assign b = resp_i.bypassed;
  assign f = resp_i.req.is_first;
  // A bitmap jump of L0 goes to the LLPTW like an L1 hit, any other one to the PTW; 2025-05 lets an
  // L1 hit come first (spec B 4.7, spec D 1.4).
  assign to_llptw = jump_i.jmp && jump_i.l0 && !resp_i.req.info.s2xlate[1];
  assign to_ptw = jump_i.jmp && !to_llptw && Cfg.Rule.jump_to_ptw_beats_l1hit;
  assign l = (resp_i.l1_hit && !to_ptw) || to_llptw;
  assign s = resp_i.stage1_hit;

  assign hptw_valid_o = valid_i && !h && q;
  assign hptw_hit_valid_o = valid_i && h && q;
  assign hit_valid_o[0] = valid_i && h && !q && source == SOURCE_ITLB;
  assign hit_valid_o[1] = valid_i && h && !q && source == SOURCE_DTLB;
  assign llptw_valid_o = valid_i && !h && l && !b && !q;
  assign ptw_valid_o = valid_i && !h && !l && !b && !f && !q;
  assign mq_valid_o = valid_i && !h && !p && !q &&
      (b || ((!l || s) && (f || !ptw_ready_i)) || (l && !llptw_ready_i));

  always_comb begin
    if (!h && q) ready_o = hptw_ready_i;
    else if (h && q) ready_o = 1'b1;
    else if (h) ready_o = p || hit_ready_i[source[0]];
    else if (l && !b && llptw_ready_i) ready_o = 1'b1;
    else if (b || f) ready_o = mq_ready_i;
    else ready_o = mq_ready_i || ptw_ready_i;
  end

  pte_t jmp_pte;
  line_t jmp_ptes;
  logic [1:0] jmp_level;
  // Where both tables jump, SP goes first; 2025-05 hands the line of L0 to the LLPTW.
  assign jmp_pte = jump_i.sp ? jump_i.sp_pte : jump_i.ptes[resp_i.req.info.vpn[2:0]];
  assign jmp_level = jump_i.sp ? jump_i.sp_level : 2'd0;
  assign jmp_ptes = (jump_i.sp && Cfg.Rule.jump_sp_first) ? {8{jump_i.sp_pte}} : jump_i.ptes;

  assign prefetch_valid_o = valid_i && ready_o && !p && f && (!h || resp_i.prefetch);

  assign hptw_o = '{gvpn: resp_i.req.info.vpn, id: resp_i.req.hptw_id, source: source,
                    l3_hit: resp_i.h_l3_hit, l2_hit: resp_i.h_l2_hit, l1_hit: resp_i.h_l1_hit,
                    bypassed: resp_i.h_bypassed, ppn: resp_i.ppn[35:0], jmp: jump_i.jmp,
                    jmp_pte: jmp_pte, jmp_level: jmp_level, way: jump_i.way};
  assign llptw_o = '{info: resp_i.req.info, ppn: {6'b0, resp_i.ppn}, jmp: jump_i.jmp,
                     way: jump_i.way, cfs: jump_i.cfs, ptes: jmp_ptes};
  assign ptw_o = '{info: resp_i.req.info, l3_hit: resp_i.l3_hit, l2_hit: resp_i.l2_hit,
                   ppn: {6'b0, resp_i.ppn}, stage1_hit: s, stage1: resp_i.stage1,
                   jmp: jump_i.jmp, jmp_pte: jmp_pte, jmp_level: jmp_level};
  assign mq_o = '{info: resp_i.req.info, is_llptw: l};

  // A miss goes to exactly one place in the cycle in which it leaves.
  `L2_ASSERT(OneDestination, !(valid_i && ready_o && !h && !q && !p) ||
      $onehot({llptw_valid_o && llptw_ready_i, ptw_valid_o && ptw_ready_i,
               mq_valid_o && mq_ready_i}))
  `L2_ASSERT(Stage1HitExcludesL1Hit, !(valid_i && s && l))
  `L2_ASSERT(PrefetchIsFirst, !(valid_i && p && !q) || f)

endmodule
