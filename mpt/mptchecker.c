// SPDX-License-Identifier: MulanPSL-2.0
// The MPT checker (spec E 1.1, 1.3).
#include "mpt/mptchecker.h"

#include <inttypes.h>

void mptchecker_reset(struct mptchecker *s, const struct l2tlb_cfg *cfg)
{
    s->cfg = cfg;
    mptcache_reset(&s->cache, cfg);
    mptmissqueue_reset(&s->queue, cfg);
    mpttablewalker_reset(&s->walker, cfg);
    s->fake_valid = s->fake_only = false;
}

// Spec E 1.5 rules 2 to 4, 1.11. T10: rs1 and rs2 of an mfence are read against their meaning, 1 = register x0.
static void fence_of(const struct tlb_csr *csr, const struct sfence *f, struct mpt_fence *o)
{
    bool mfence = f->valid && f->mfence;
    bool mine = !f->rs2 || f->id == csr->mmpt.sdid;
    o->sfence = f->valid;
    o->flush = f->valid || csr->mmpt.changed;
    o->fence_pa = mfence && f->rs1 && mine;
    o->flush_all = (mfence && !f->rs1 && mine) || csr->mmpt.changed;
    o->pa = bits(f->addr, 47, 12);
}

void mptchecker_publish(const struct mptchecker *s, const struct tlb_csr *csr, const struct sfence *f,
                        bool mem_resp, uint64_t entry, struct mptchecker_out *o)
{
    fence_of(csr, f, &o->fence);
    mptmissqueue_publish(&s->queue, &o->queue);
    mptcache_publish(&s->cache, o->queue.ready, &o->fence, &o->cache);
    mpttablewalker_publish(&s->walker, mem_resp, entry, &o->walker);
    o->resp = o->queue.resp.valid ? o->queue.resp : o->cache.hit;
    o->req_ready = o->cache.req_ready;
    if (csr->mmpt.mode == 0) { // spec E 1.3.2. T3: the id and the page are what was left over
        o->req_ready = true;
        o->resp.valid = s->fake_valid;
        o->resp.perm.mpt_only = s->fake_only;
    }
}

static void tick_fake(struct mptchecker *s, const struct mptchecker_in *in)
{
    if (s->fake_valid) {
        s->fake_valid = s->fake_only = false;
    } else if (in->req_fire) {
        s->fake_valid = true;
        s->fake_only = in->req.mpt_only;
    }
}

void mptchecker_tick(struct mptchecker *s, const struct mptchecker_out *o,
                     const struct mptchecker_in *in)
{
    bool bare = in->csr->mmpt.mode == 0;
    struct mpt_refill refill = {0};
    mpttablewalker_refill(&s->walker, in->pmp, &refill);
    const struct mptcache_in cache = {
        .fence = &o->fence,
        .req_fire = in->req_fire && !bare,
        .req = in->req,
        .refill = &refill,
        .root = in->csr->mmpt.ppn & mask64(36),
        .smmpt52 = in->csr->mmpt.mode == 2,
    };
    const struct mptmissqueue_in queue = {.flush = o->fence.flush,
                                          .miss_valid = o->cache.miss_valid,
                                          .miss = o->cache.miss,
                                          .refill = &refill};
    struct mpt_miss head = *mptmissqueue_at(&s->queue, 0);
    const struct mpttablewalker_in walker = {
        .flush = o->fence.flush,
        .req_fire = o->queue.walk_valid && o->walker.ready,
        .req = &head,
        .mem_fire = in->mem_fire,
        .mem_resp = in->mem_resp,
        .entry = in->entry,
    };
    mptcache_tick(&s->cache, &o->cache, &cache);
    mptmissqueue_tick(&s->queue, &o->queue, &queue);
    mpttablewalker_tick(&s->walker, &refill, &walker);
    if (bare)
        tick_fake(s, in);
}

bool mptchecker_waiting(const struct mptchecker *s, const struct mptchecker_out *o)
{
    bool walks = s->walker.state == MPT_MEM_RESP || (s->walker.state == MPT_IDLE && !s->queue.count);
    return mptcache_waiting(&s->cache, &o->cache) && !s->queue.refill_counter && walks && !s->fake_valid;
}

void mptchecker_dump(const struct mptchecker *s, FILE *out)
{
    static const char *const state[] = {"idle", "mem_req", "mem_resp", "addr_proc"};
    mptcache_dump(&s->cache, out);
    fprintf(out, "mpt miss queue %u of %d\n", s->queue.count, MPT_MISSES);
    for (unsigned k = 0; k < s->queue.count; k++) {
        const struct mpt_miss *m = mptmissqueue_at(&s->queue, k);
        fprintf(out, "  page %" PRIx64 " for id %u level %x table %" PRIx64 "\n", m->req.pa, m->req.id,
                m->level, m->table);
    }
    fprintf(out, "mpt walker %s pages %" PRIx64 "0 level %x\n", state[s->walker.state], s->walker.pa,
            s->walker.level);
}
