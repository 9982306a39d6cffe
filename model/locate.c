// SPDX-License-Identifier: MulanPSL-2.0
// Where each request is in this cycle, and hence what it is waiting for. Exactly one cause each.
#include "model/wires.h"

const char *const l2tlb_cause_name[CAUSE_COUNT] = {
#define CAUSE(name, text) #name,
#include "model/causes.def"
#undef CAUSE
};

const char *const l2tlb_cause_text[CAUSE_COUNT] = {
#define CAUSE(name, text) text,
#include "model/causes.def"
#undef CAUSE
};

struct locator {
    const struct l2tlb *t;
    void (*fn)(uint32_t tag, unsigned cause, void *ctx);
    void *ctx;
};

static void found(const struct locator *l, const struct req_info *q, unsigned cause)
{
    if (q->source != SOURCE_PREFETCH)
        l->fn(q->tag, cause, l->ctx);
}

// An answer that is ready: with MPT it is held until the checker has answered for its page, and for those
// before it (spec E 1.9).
static unsigned held(const struct l2tlb *t, const struct req_info *q)
{
    bool port = q->source < 2 && t->w.in.resp_ready[q->source];
    return t->cfg.has_mpt && port ? CAUSE_MPT : CAUSE_RESPONSE;
}

// A G look-up of walker `id`: in the PageCache, in HPTW, or not yet accepted.
static unsigned g_cause(const struct l2tlb *t, unsigned id)
{
    const struct pc_stage *stage[] = {&t->pc.delay, &t->pc.check, &t->pc.resp};
    for (unsigned i = 0; i < 3; i++)
        if (stage[i]->valid && stage[i]->req.is_hptw && stage[i]->req.hptw_id == id)
            return CAUSE_G_LOOKUP;
    if (t->hptw.idle || t->hptw.id != id)
        return CAUSE_G_REQUEST;
    if (!t->hptw.s_bitmap_check || !t->hptw.w_bitmap_resp)
        return CAUSE_BITMAP;
    if (t->hptw.s_mpt || t->hptw.w_mpt)
        return CAUSE_MPT;
    return t->hptw.s_mem_req && t->hptw.w_mem_resp ? CAUSE_G_WALK : CAUSE_G_MEMORY;
}

static unsigned ptw_cause(const struct l2tlb *t)
{
    const struct ptw *s = &t->ptw;
    const struct ptw_out *o = &t->w.ptw;
    if (!s->w_hptw_resp || !s->w_last_hptw_resp)
        return g_cause(t, t->cfg.ptw_id);
    if (!s->w_mem_resp)
        return CAUSE_MEMORY;
    if (o->resp_valid)
        return t->w.ptw_resp_fire ? CAUSE_PMP : held(t, &s->req);
    if (s->s_mpt || s->w_mpt)
        return CAUSE_MPT;
    if (o->llptw_valid && s->mem_addr_update)
        return CAUSE_HANDOVER;
    if (o->mem_req_valid || !s->s_mem_req)
        return CAUSE_ARBITRATION;
    if (!s->s_bitmap_check || !s->w_bitmap_resp || s->whether_need_bitmap_check)
        return CAUSE_BITMAP;
    return o->hptw_req_valid ? CAUSE_G_REQUEST : CAUSE_PMP;
}

static unsigned llptw_cause(const struct l2tlb *t, unsigned i)
{
    switch (t->llptw.state[i]) {
    case LL_HPTW_REQ:
    case LL_LAST_HPTW_REQ:
        return CAUSE_G_REQUEST;
    case LL_HPTW_RESP:
    case LL_LAST_HPTW_RESP:
        return g_cause(t, i);
    case LL_ADDR_CHECK:
        return CAUSE_PMP;
    case LL_MEM_REQ:
        return CAUSE_ARBITRATION;
    case LL_MEM_WAITING:
        return t->llptw.entry[i].wait_id == i ? CAUSE_MEMORY : CAUSE_MERGED;
    case LL_CACHE:
        return CAUSE_MERGED;
    case LL_BITMAP_CHECK:
    case LL_BITMAP_RESP:
        return CAUSE_BITMAP;
    case LL_MPT_REQ:
        return CAUSE_MPT;
    case LL_MPT_RESP:
        return t->llptw.entry[i].wait_id == i ? CAUSE_MPT : CAUSE_MERGED;
    default:
        return held(t, &t->llptw.entry[i].req);
    }
}

static void locate_pipeline(const struct locator *l)
{
    const struct l2tlb *t = l->t;
    const struct pc_stage *stage[] = {&t->pc.delay, &t->pc.check, &t->pc.resp};
    bool ready = t->w.pc_resp_ready;
    bool moves[3];
    moves[2] = ready;
    moves[1] = !t->pc.resp.valid || ready;
    moves[0] = !t->pc.check.valid || moves[1];
    for (unsigned i = 0; i < 3; i++) {
        const struct pc_req *q = &stage[i]->req;
        if (!stage[i]->valid || q->is_hptw)
            continue;
        bool held_hit = i == 2 && t->w.pc.hit && !ready;
        unsigned cause = held_hit                 ? held(t, &q->info)
                         : !moves[i]              ? CAUSE_PIPE_STALL
                         : q->port == ARB2_L1     ? CAUSE_LOOKUP
                                                  : CAUSE_RELOOKUP;
        found(l, &q->info, cause);
    }
}

void l2tlb_locate_walks(const struct l2tlb *t, void (*fn)(uint32_t tag, unsigned cause, void *ctx),
                        void *ctx)
{
    struct locator l = {t, fn, ctx};
    locate_pipeline(&l);
    if (!t->ptw.idle)
        found(&l, &t->ptw.req, ptw_cause(t));
    for (uint32_t m = (uint32_t)mask64(t->llptw.size) & ~t->llptw.in[LL_IDLE]; m; m &= m - 1)
        found(&l, &t->llptw.entry[lowest(m)].req, llptw_cause(t, lowest(m)));
}

void l2tlb_locate(const struct l2tlb *t, void (*fn)(uint32_t tag, unsigned cause, void *ctx),
                  void *ctx)
{
    struct locator l = {t, fn, ctx};
    for (unsigned k = 0; k < t->mq.count; k++)
        found(&l, &missqueue_at(&t->mq, k)->info, CAUSE_MISSQ);
    l2tlb_locate_walks(t, fn, ctx);
}

struct l2tlb_queue l2tlb_queue(const struct l2tlb *t)
{
    return (struct l2tlb_queue){.head = t->mq.head, .count = t->mq.count};
}

uint32_t l2tlb_queued(const struct l2tlb *t, unsigned k)
{
    const struct req_info *q = &missqueue_at(&t->mq, k)->info;
    return q->source == SOURCE_PREFETCH ? TAG_NONE : q->tag;
}
