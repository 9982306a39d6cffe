// SPDX-License-Identifier: MulanPSL-2.0
// Where a new LLPTW request goes (spec B 2.3, with the bitmap spec B 4.9 rules 1 and 2, D 4B.7
// rules 8 to 10).
#include "ptw/llptw_parts.h"

#include <string.h>

struct enqueue {
    unsigned state;
    uint8_t wait_id;
    bool to_mem_out, to_bitmap_req, to_last_hptw_req, to_wait, last_hptw_excp;
    uint64_t pte;
    struct llptw_verdict verdict;
    bool mpt_af;
};

// Builds with MPT: the first of these that applies where the address would be checked next (spec E 2.4
// rule 6). T20: whatever becomes of the entry that the verdict of this cycle was for.
static void join_check(const struct llptw *s, const struct llptw_in *in, const struct req_info *r,
                       struct enqueue *q)
{
    uint32_t same = llptw_like_line(s, r);
    uint32_t asked = same & (s->in[LL_MPT_REQ] | s->in[LL_MPT_RESP]), ready = same & s->in[LL_MEM_REQ];
    uint32_t from = ready ? ready : asked;
    if (from && !q->to_wait) {
        q->wait_id = 0; // an AND-OR mux
        for (uint32_t m = from; m; m &= m - 1)
            q->wait_id |= s->entry[lowest(m)].wait_id;
    }
    if (q->state != LL_ADDR_CHECK)
        return;
    if (in->mpt_resp && bit(same, in->mpt_resp_id)) {
        q->state = in->mpt_bad ? LL_MEM_OUT : LL_MEM_REQ;
        q->mpt_af = in->mpt_bad;
    } else if (asked) {
        q->state = LL_MPT_RESP;
    } else if (ready) {
        q->state = LL_MEM_REQ;
    }
}

// T20 fixed: one joins a check that has been sent, of the same table page, by who still waits for it.
static void join_sent(const struct llptw *s, const struct llptw_out *o, const struct llptw_in *in,
                      struct enqueue *q)
{
    uint32_t same = 0;
    for (uint32_t m = llptw_same_line(s, &in->req->info); m; m &= m - 1)
        if (s->entry[lowest(m)].ppn == in->req->ppn)
            same |= 1u << lowest(m);
    uint32_t sent = same & s->in[LL_MPT_RESP];
    if (sent) {
        unsigned id = s->entry[lowest(sent)].wait_id;
        bool now = in->mpt_resp && in->mpt_resp_id == id;
        q->mpt_af = now && in->mpt_bad;
        q->state = !now ? LL_MPT_RESP : in->mpt_bad ? LL_MEM_OUT : LL_MEM_REQ;
        q->wait_id = (uint8_t)id;
    } else if (in->mpt_fire && bit(same, o->mpt_ptr)) {
        q->state = LL_MPT_RESP;
        q->wait_id = o->mpt_ptr;
    } else if (same & s->in[LL_MEM_REQ]) {
        q->state = LL_MEM_REQ;
    }
}

// All tests are against the state before this cycle.
static struct enqueue classify(const struct llptw *s, const struct llptw_out *o,
                               const struct llptw_in *in)
{
    struct enqueue q = {.wait_id = o->enq_ptr};
    const struct req_info *r = &in->req->info;
    uint32_t dup = llptw_same_line(s, r);
    uint32_t dup_wait = dup & s->in[LL_MEM_WAITING];
    uint32_t dup_cache = dup & (s->in[LL_MEM_OUT] | s->in[LL_LAST_HPTW_REQ] |
                                s->in[LL_LAST_HPTW_RESP] | s->in[LL_BITMAP_CHECK] |
                                s->in[LL_BITMAP_RESP]);
    bool dup_req_fire = in->mem_fire && bit(dup, o->mem_id);
    unsigned id = in->mem_resp_id;
    bool dup_wait_resp = in->mem_resp && bit(dup_wait, id) && !in->mem_resp_flush_latch;
    bool en = bitmap_enabled(s->cfg, in->csr);
    if (dup_wait_resp) {
        q.pte = in->line[bits(r->vpn, 2, 0)];
        q.verdict = llptw_pte_verdict(r, q.pte, in->csr);
        bool fault = q.verdict.vs_pf || q.verdict.g_pf;
        bool all = s->entry[id].req.s2xlate == ALL_STAGE;
        bool no_stage2 = !all || fault;
        bool untested = s->cfg->rule.bitmap_rework || s->cfg->errata_fixed[ERR_B7];
        bool skip = untested && (q.verdict.vs_pf || (all && fault));
        q.to_mem_out = no_stage2 && (!en || skip);
        q.to_bitmap_req = no_stage2 && en && !skip;
        q.to_last_hptw_req = all && !fault;
        q.last_hptw_excp = all && fault;
    }
    q.to_wait = dup_wait || dup_req_fire;
    if (dup_req_fire) {
        q.wait_id = o->mem_id;
    } else if (dup_wait) {
        q.wait_id = 0; // an AND-OR mux (spec B 0.4 rule 4)
        for (uint32_t m = dup_wait; m; m &= m - 1)
            q.wait_id |= s->entry[lowest(m)].wait_id;
    }
    q.state = q.to_mem_out                ? LL_MEM_OUT
              : q.to_bitmap_req           ? LL_BITMAP_CHECK
              : q.to_last_hptw_req        ? LL_LAST_HPTW_REQ
              : q.to_wait                 ? LL_MEM_WAITING
              : dup_cache                 ? LL_CACHE
              : r->s2xlate == ALL_STAGE   ? LL_HPTW_REQ
                                          : LL_ADDR_CHECK;
    if (s->cfg->has_mpt && !s->cfg->errata_fixed[ERR_T20])
        join_check(s, in, r, &q);
    else if (s->cfg->has_mpt && q.state == LL_ADDR_CHECK)
        join_sent(s, o, in, &q);
    if (r->source == SOURCE_PREFETCH && q.state != LL_ADDR_CHECK)
        q.state = LL_IDLE; // a prefetch is kept only for a read of its own
    return q;
}

unsigned llptw_enqueue_state(const struct llptw *s, const struct llptw_out *o,
                             const struct llptw_in *in)
{
    return in->req->jmp_bitmap_check ? LL_BITMAP_CHECK : classify(s, o, in).state;
}

static void enqueue_jump(struct llptw *s, unsigned i, const struct llptw_req *r)
{
    struct llptw_entry *e = &s->entry[i];
    uint64_t pte = r->ptes[bits(r->info.vpn, 2, 0)];
    e->req = r->info;
    // B18: the page as the PTE has it, not the one of a NAPOT block that is asked for: all jumps into
    // the block look the same to rule_bitmap() and share the check of one of them.
    bool complete = s->cfg->errata_fixed[ERR_B18];
    e->ppn = (complete ? llptw_pte_page(pte, r->info.vpn) : pte_ppn(pte)) & mask64(36);
    e->n = pte_n(pte);
    e->wait_id = (uint8_t)i;
    e->af = e->cf = false;
    e->from_l0 = e->jmp_bitmap_check = true;
    e->way = r->way;
    e->cfs = r->cfs;
    memcpy(s->ptes[i], r->ptes, sizeof s->ptes[i]);
    s->mem_resp_hit &= ~(1u << i);
    // B14: first_s2xlate_fault and hptw_resp keep the values of the last user.
    if (s->cfg->rule.bitmap_rework || s->cfg->errata_fixed[ERR_B14])
        e->first_s2xlate_fault = false;
    llptw_move(s, i, LL_BITMAP_CHECK);
}

void llptw_enqueue(struct llptw *s, const struct llptw *was, const struct llptw_out *o,
                   const struct llptw_in *in)
{
    const struct llptw_req *r = in->req;
    unsigned i = o->enq_ptr;
    struct llptw_entry *e = &s->entry[i];
    if (r->jmp_bitmap_check) {
        enqueue_jump(s, i, r);
        return;
    }
    struct enqueue q = classify(was, o, in);
    bool rework = s->cfg->rule.bitmap_rework || s->cfg->errata_fixed[ERR_B3];
    bool from_pte = q.to_last_hptw_req || q.last_hptw_excp || (q.to_bitmap_req && rework);
    e->req = r->info;
    e->ppn = from_pte ? llptw_pte_page(q.pte, r->info.vpn) : r->ppn;
    e->n = q.pte ? pte_n(q.pte) : false;
    e->wait_id = q.wait_id;
    e->af = q.mpt_af, e->first_s2xlate_fault = false;
    if (q.to_last_hptw_req)
        e->hptw_resp = was->entry[in->mem_resp_id].hptw_resp;
    else if (q.to_wait)
        e->hptw_resp = was->entry[q.wait_id].hptw_resp;
    e->hptw_resp.gpf = q.last_hptw_excp && q.verdict.g_pf;
    if (q.last_hptw_excp && q.verdict.g_pf && s->cfg->errata_fixed[ERR_D15])
        e->hptw_resp = llptw_range_fault(e->ppn, in->csr);
    e->cf = e->from_l0 = e->jmp_bitmap_check = false;
    e->way = 0;
    e->cfs = r->cfs;
    bool hit = q.to_mem_out || q.to_last_hptw_req || q.to_bitmap_req;
    s->mem_resp_hit = (s->mem_resp_hit & ~(1u << i)) | (uint32_t)hit << i;
    if (q.state != LL_IDLE)
        llptw_move(s, i, q.state);
}
