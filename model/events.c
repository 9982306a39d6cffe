// SPDX-License-Identifier: MulanPSL-2.0
// What an observer is told about a cycle. No effect on the machine.
#include "model/wires.h"

void l2tlb_observe(struct l2tlb *t, void (*fn)(const struct l2tlb_event *e, void *ctx), void *ctx)
{
    t->observer = fn;
    t->observer_ctx = ctx;
}

static struct l2tlb_event event(const struct l2tlb *t, unsigned kind, const struct req_info *q)
{
    struct l2tlb_event e = {.cycle = t->cycle, .kind = (uint8_t)kind, .tag = TAG_NONE};
    if (q) {
        e.vpn = q->vpn;
        e.tag = q->tag;
        e.source = q->source;
        e.s2xlate = q->s2xlate;
    }
    return e;
}

static void tell(const struct l2tlb *t, unsigned kind, const struct req_info *q, unsigned a,
                 unsigned b)
{
    struct l2tlb_event e = event(t, kind, q);
    e.a = (uint8_t)a;
    e.b = (uint8_t)b;
    t->observer(&e, t->observer_ctx);
}

static void tell_lookup(const struct l2tlb *t)
{
    const struct pc_out *pc = &t->w.pc;
    const struct pc_result *r = pc->result;
    struct l2tlb_event e = event(t, EV_LOOKUP, &pc->req->info);
    e.flags = (pc->hit ? LOOKUP_HIT : 0u) | (r->l3 ? LOOKUP_L3 : 0u) | (r->l2 ? LOOKUP_L2 : 0u) |
              (r->l1 ? LOOKUP_L1 : 0u) | (r->l0 ? LOOKUP_L0 : 0u) | (r->sp ? LOOKUP_SP : 0u) |
              (pc->req->is_first ? LOOKUP_FIRST : 0u) | (pc->req->is_hptw ? LOOKUP_HPTW : 0u) |
              (pc->prefetched ? LOOKUP_PREFETCHED : 0u) |
              (pc->bypassed || pc->hptw_bypassed ? LOOKUP_BYPASSED : 0u) |
              (pc->stage1_hit ? LOOKUP_STAGE1_HIT : 0u) | (pc->jump ? LOOKUP_JUMP : 0u);
    e.a = pc->req->port;
    t->observer(&e, t->observer_ctx);
}

// The L1 request behind a walker's id.
static struct req_info requester(const struct l2tlb *t, unsigned id)
{
    if (id < t->cfg.llptw_size)
        return t->llptw.entry[id].req;
    if (id == t->cfg.ptw_id)
        return t->ptw.req;
    return (struct req_info){t->hptw.gpaddr >> 12, ONLY_STAGE2, t->hptw.source, t->hptw.tag};
}

static void tell_memory(const struct l2tlb *t)
{
    const struct wires *w = &t->w;
    const struct req_info *q = &t->ptw.req;
    struct req_info g = {t->hptw.gpaddr >> 12, ONLY_STAGE2, t->hptw.source, t->hptw.tag};
    unsigned level = t->ptw.level, c = 0;
    if (w->llptw_mem_fire) {
        q = &t->llptw.entry[w->a_id].req;
        level = 0;
    } else if (w->hptw_mem_fire) {
        q = &g;
        level = t->hptw.level;
        c = 1;
    }
    struct req_info bm;
    if (w->bitmap_mem_fire) {
        const struct bitmap_entry *b = &t->bitmap.entry[w->bitmap.mem_ptr];
        q = &bm;
        bm = requester(t, b->id);
        bm.vpn = b->vpn;
        bm.s2xlate = b->s2xlate;
        level = b->level;
        c = 2;
    }
    if (w->mpt_mem_fire) { // for the request at the head of the queue
        const struct mpt_miss *m = mptmissqueue_at(&t->mpt.queue, 0);
        q = &bm;
        bm = (struct req_info){.vpn = m->req.pa, .tag = m->req.tag};
        level = lowest(t->mpt.walker.level);
        c = 3;
    }
    struct l2tlb_event e = event(t, EV_MEM_REQ, q);
    e.addr = w->a_addr;
    e.a = w->a_id;
    e.b = (uint8_t)level;
    e.c = (uint8_t)c;
    t->observer(&e, t->observer_ctx);
}

static void tell_llptw_in(const struct l2tlb *t)
{
    const struct wires *w = &t->w;
    struct llptw_in in = {
        .csr = w->csr,
        .req = &w->llptw_req,
        .mem_fire = w->llptw_mem_fire,
        .mem_resp = w->llptw_mem_resp,
        .mem_resp_id = w->mem.id,
        .mem_resp_flush_latch = bit(t->mem.flush_latch, w->mem.id),
        .line = w->mem.line,
    };
    tell(t, EV_LLPTW_IN, &w->llptw_req.info, w->llptw.enq_ptr,
         llptw_enqueue_state(&t->llptw, &w->llptw, &in));
}

static void tell_walkers(const struct l2tlb *t)
{
    const struct wires *w = &t->w;
    if (w->mq_enq_fire) {
        const struct req_info *q = w->mq_in0_valid ? &w->pc.req->info
                                                   : &t->llptw.entry[w->llptw.cache_ptr].req;
        tell(t, EV_MQ_ENQ, q, w->mq_in0_valid && w->pc_l1_hit, 0);
    }
    if (w->ptw_req_fire)
        tell(t, EV_PTW_REQ, &w->ptw_req.info, w->ptw_req.stage1_hit, 0);
    if (w->ptw_resp_fire)
        tell(t, EV_PTW_RESP, &t->ptw.req, 0, 0);
    if (w->ptw_llptw_fire)
        tell(t, EV_PTW_LLPTW, &t->ptw.req, 0, 0);
    if (w->llptw_in_fire)
        tell_llptw_in(t);
    if (w->llptw_out_fire)
        tell(t, EV_LLPTW_OUT, &t->llptw.entry[w->llptw.out_ptr].req, w->llptw.out_ptr, 0);
    if (w->hptw_req_fire) {
        struct req_info g = {w->hptw_req.gvpn, ONLY_STAGE2, w->hptw_req.source, w->hptw_req.tag};
        tell(t, EV_HPTW_REQ, &g, w->hptw_req.id, 0);
    }
    if (w->hptw.resp_valid && !w->hptw_resp_from_cache) {
        struct req_info g = {t->hptw.gpaddr >> 12, ONLY_STAGE2, t->hptw.source, t->hptw.tag};
        tell(t, EV_HPTW_RESP, &g, t->hptw.id, 0);
    }
}

static void tell_bitmap(const struct l2tlb *t)
{
    const struct bitmap_entry *b = &t->bitmap.entry[t->w.bitmap.resp_ptr];
    struct req_info q = requester(t, b->id);
    struct l2tlb_event e = event(t, EV_BITMAP, &q);
    e.a = t->w.bitmap.resp_ptr;
    e.b = b->hit;
    e.c = b->cf;
    e.addr = b->ppn;
    t->observer(&e, t->observer_ctx);
}

static void tell_slot(const struct l2tlb *t, unsigned kind, unsigned slot, bool c, uint64_t addr)
{
    struct l2tlb_event e = event(t, kind, NULL);
    e.b = (uint8_t)slot;
    e.c = c;
    e.addr = addr;
    t->observer(&e, t->observer_ctx);
}

static void tell_checker(const struct l2tlb *t)
{
    const struct wires *w = &t->w;
    const struct bitmap_out *o = &w->bitmap;
    if (w->flush)
        return;
    if (o->pmp_valid) {
        struct pmp_verdict v = w->pmp_bitmap;
        tell_slot(t, EV_BM_PMP, t->bitmap.enq_ptr_reg, v.ld || v.mmio, o->pmp_addr);
    }
    if (w->bcache.valid)
        tell_slot(t, EV_BM_CACHE, w->bcache.order, w->bcache.hit, 0);
    if (w->bitmap_req_fire) {
        struct req_info q = requester(t, w->bitmap_req.id);
        tell(t, EV_BM_CHECK, &q, w->bitmap_req.id, o->enq_ptr);
    }
}

static void tell_page(const struct l2tlb *t, unsigned kind, unsigned id, uint64_t pa, bool b, bool c)
{
    struct l2tlb_event e = event(t, kind, NULL);
    e.a = (uint8_t)id;
    e.b = b;
    e.c = c;
    e.addr = pa;
    t->observer(&e, t->observer_ctx);
}

static void tell_mpt(const struct l2tlb *t)
{
    const struct wires *w = &t->w;
    const struct mpt_resp *r = &w->mpt.resp;
    if (r->valid)
        tell_page(t, EV_MPT, r->id, r->pa, w->mpt.queue.resp.valid, mpt_bad(&r->perm));
    if (w->mpt_req_fire)
        tell_page(t, EV_MPT_CHECK, w->mpt_req.id, w->mpt_req.pa, false, false);
}

static void tell_answers(const struct l2tlb *t)
{
    const struct wires *w = &t->w;
    for (unsigned i = 0; i < 2; i++) {
        const struct req_info *q = w->resp_from_cache[i] ? &w->pc.req->info
                                   : w->resp_from_ptw[i] ? &t->ptw.req
                                   : w->resp_from_llptw[i]
                                       ? &t->llptw.entry[w->llptw.out_ptr].req
                                       : NULL;
        bool leaves = t->cfg.has_mpt ? w->box[i].merge_ready : w->in.resp_ready[i];
        if (q && leaves)
            tell(t, EV_RESP, q, i, 0);
    }
}

static void tell_fence(const struct l2tlb *t)
{
    uint64_t removed[5];
    pc_fence_count(&t->pc, t->w.sfence, t->w.csr, removed);
    for (unsigned k = 0; k < 5; k++) {
        struct l2tlb_event e = event(t, EV_FENCE, NULL);
        e.a = (uint8_t)k;
        e.addr = removed[k];
        t->observer(&e, t->observer_ctx);
    }
}

void l2tlb_report_events(struct l2tlb *t)
{
    const struct wires *w = &t->w;
    for (unsigned i = 0; i < 2; i++)
        if (w->req_fire[i])
            tell(t, EV_REQ, &w->pc_req.info, i, 0);
    if (w->mem.done)
        tell(t, EV_MEM_RESP, NULL, w->mem.id, 0);
    if (t->mem.refill.valid && !w->flush)
        tell(t, EV_REFILL, &t->mem.refill.info, 0, t->mem.refill.level);
    if (w->pc_resp_fire)
        tell_lookup(t);
    tell_walkers(t);
    if (w->a_fire)
        tell_memory(t);
    if (w->prefetch_fire)
        tell(t, EV_PREFETCH, &w->pc_req.info, 0, 0);
    if (t->cfg.has_bitmap && w->bitmap.resp_valid)
        tell_bitmap(t);
    if (t->cfg.has_bitmap) // a slot may be taken again by then: the answer comes first
        tell_checker(t);
    if (t->cfg.has_mpt)
        tell_mpt(t);
    tell_answers(t);
    if (w->flush)
        tell(t, EV_FLUSH, NULL, 0, 0);
    if (w->sfence->valid)
        tell_fence(t);
}
