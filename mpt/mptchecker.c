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
    s->fake = (struct mpt_resp){0};
}

// Spec E 1.5 rules 2 to 4, 1.11. T10: rs1 and rs2 of an mfence are read against their meaning, 1 = register x0.
// T7: a change of satp, vsatp, hgatp or V is no fence for the checker.
static void fence_of(const struct l2tlb_cfg *cfg, const struct mptchecker_seen *in, struct mpt_fence *o)
{
    const struct sfence *f = in->sfence;
    bool changed = in->csr->mmpt.changed, mfence = f->valid && f->mfence;
    bool one_page = f->rs1 != cfg->errata_fixed[ERR_T10], one_domain = f->rs2 != cfg->errata_fixed[ERR_T10];
    bool mine = !one_domain || f->id == in->csr->mmpt.sdid;
    o->sfence = f->valid || (in->flush && cfg->errata_fixed[ERR_T7]);
    o->flush = o->sfence || changed;
    o->fence_pa = mfence && one_page && mine;
    o->flush_all = (mfence && !one_page && mine) || changed;
    o->pa = bits(f->addr, 47, 12);
}

// Spec E 1.3.2. T3: the id and the page are what was left over, and of two requests in a row one is answered.
static void answer_bare(const struct mptchecker *s, bool bare, struct mptchecker_out *o)
{
    if (bare)
        o->req_ready = true;
    if (!s->cfg->errata_fixed[ERR_T3]) {
        if (bare) {
            o->resp.valid = s->fake.valid;
            o->resp.perm.mpt_only = s->fake.perm.mpt_only;
        }
    } else if (bare || s->fake.valid) {
        o->resp = s->fake;
    }
}

void mptchecker_publish(const struct mptchecker *s, const struct mptchecker_seen *seen,
                        struct mptchecker_out *o)
{
    fence_of(s->cfg, seen, &o->fence);
    mptmissqueue_publish(&s->queue, &o->queue);
    mptcache_publish(&s->cache, o->queue.ready, &o->fence, &o->cache);
    mpttablewalker_publish(&s->walker, seen->mem_busy, seen->mem_resp, seen->entry, &o->walker);
    o->resp = o->queue.resp.valid ? o->queue.resp : o->cache.hit;
    o->req_ready = o->cache.req_ready;
    answer_bare(s, seen->csr->mmpt.mode == 0, o);
}

static void tick_bare(struct mptchecker *s, const struct mptchecker_out *o, const struct mptchecker_in *in)
{
    bool bare = in->csr->mmpt.mode == 0, fixed = s->cfg->errata_fixed[ERR_T3];
    if (!bare && !fixed)
        return; // held
    bool answers = bare && in->req_fire && (fixed ? !o->fence.flush : !s->fake.valid);
    s->fake = (struct mpt_resp){0};
    if (answers)
        s->fake = (struct mpt_resp){.valid = true,
                                    .pa = in->req.pa,
                                    .tag = in->req.tag,
                                    .id = in->req.id,
                                    .perm = {.mpt_only = in->req.mpt_only, .right = 7, .level = 3,
                                             .contiguous = true, .napot = true}};
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
        .pmp = in->pmp,
        .mem_fire = in->mem_fire,
        .mem_resp = in->mem_resp,
        .entry = in->entry,
    };
    mptcache_tick(&s->cache, &o->cache, &cache);
    mptmissqueue_tick(&s->queue, &o->queue, &queue);
    mpttablewalker_tick(&s->walker, &refill, &walker);
    tick_bare(s, o, in);
}

bool mptchecker_waiting(const struct mptchecker *s, const struct mptchecker_out *o)
{
    bool walks = s->walker.state == MPT_MEM_RESP || (s->walker.state == MPT_IDLE && !s->queue.count);
    return mptcache_waiting(&s->cache, &o->cache) && !s->queue.refill_counter && walks && !s->fake.valid;
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
