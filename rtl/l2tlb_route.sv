// SPDX-License-Identifier: MulanPSL-2.0
// Where a PageCache answer goes, and when it may leave (part A 1.4).
`include "l2tlb_assert.svh"
module l2tlb_route
  import l2tlb_pkg::*;
(
    input  logic        clk_i,
    input  logic        rst_ni,

    input  logic        valid_i,
    output logic        ready_o,
    input  cache_resp_t resp_i,

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

  logic h, q, p, b, f, l, s;
  logic [1:0] source;

  assign h = resp_i.hit;
  assign q = resp_i.req.is_hptw;
  assign source = resp_i.req.info.source;
  assign p = source == SOURCE_PREFETCH;
  assign b = resp_i.bypassed;
  assign f = resp_i.req.is_first;
  assign l = resp_i.l1_hit;
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

  assign prefetch_valid_o = valid_i && ready_o && !p && f && (!h || resp_i.prefetch);

  assign hptw_o = '{gvpn: resp_i.req.info.vpn, id: resp_i.req.hptw_id, source: source,
                    l3_hit: resp_i.h_l3_hit, l2_hit: resp_i.h_l2_hit, l1_hit: resp_i.h_l1_hit,
                    bypassed: resp_i.h_bypassed, ppn: resp_i.ppn[35:0]};
  assign llptw_o = '{info: resp_i.req.info, ppn: {6'b0, resp_i.ppn}};
  assign ptw_o = '{info: resp_i.req.info, l3_hit: resp_i.l3_hit, l2_hit: resp_i.l2_hit,
                   ppn: {6'b0, resp_i.ppn}, stage1_hit: s, stage1: resp_i.stage1};
  assign mq_o = '{info: resp_i.req.info, is_llptw: l};

  // A miss goes to exactly one place in the cycle in which it leaves.
  `L2_ASSERT(OneDestination, !(valid_i && ready_o && !h && !q && !p) ||
      $onehot({llptw_valid_o && llptw_ready_i, ptw_valid_o && ptw_ready_i,
               mq_valid_o && mq_ready_i}))
  `L2_ASSERT(Stage1HitExcludesL1Hit, !(valid_i && s && l))
  `L2_ASSERT(PrefetchIsFirst, !(valid_i && p && !q) || f)

endmodule
