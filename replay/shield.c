// SPDX-License-Identifier: MulanPSL-2.0
#include "replay/shield.h"

#include "bitmap/bitmap.h"
#include "mem/phys.h"

#include <stdlib.h>
#include <string.h>

enum { ASKED = 4096 }; // power of two, more than requests in flight

enum how { HOW_NONE, HOW_CACHED, HOW_READ, HOW_REFUSED };

struct shield {
    struct shield_stats st;
    struct l2tlb_cfg cfg;
    struct mbmc mbmc;
    uint64_t changed;        // cycle in which MBMC changed last
    uint64_t asked[ASKED];   // cycle of acceptance by tag
    struct phys *tested;     // one bit per page: tested and found allowed
    uint32_t open;           // slots with a check under way
    uint8_t who[MAX_BITMAP]; // enum shield_who
    uint8_t how[MAX_BITMAP]; // enum how
    bool pmp_dirty;
    uint64_t cycle; // of the answer being judged
};

struct shield *shield_new(const struct l2tlb_cfg *cfg)
{
    struct shield *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->cfg = *cfg;
    s->st.on = cfg->has_bitmap;
    s->tested = phys_new();
    if (!s->tested) {
        free(s);
        return NULL;
    }
    return s;
}

void shield_free(struct shield *s)
{
    if (!s)
        return;
    phys_free(s->tested);
    free(s);
}

bool shield_must_hold(const struct l2tlb_cfg *cfg)
{
    for (unsigned i = 0; i < ERRATA_COUNT; i++)
        if (!cfg->errata_fixed[i])
            return false;
    return true;
}

static enum shield_who who(const struct shield *s, unsigned id)
{
    return id == s->cfg.ptw_id ? SHIELD_PTW : id == s->cfg.hptw_id ? SHIELD_HPTW : SHIELD_LLPTW;
}

static uint64_t word_of(uint64_t page)
{
    return (page & mask64(36)) >> 6 << 3;
}

static void note_tested(struct shield *s, uint64_t page)
{
    uint64_t word = phys_read(s->tested, word_of(page));
    phys_write(s->tested, word_of(page), word | UINT64_C(1) << (page & 63));
}

static void on_answer(struct shield *s, const struct l2tlb_event *e)
{
    struct shield_stats *st = &s->st;
    unsigned slot = e->a % MAX_BITMAP;
    st->answered++;
    st->denied[s->who[slot]] += e->c;
    st->cached += s->how[slot] == HOW_CACHED;
    st->read += s->how[slot] == HOW_READ;
    st->refused += s->how[slot] == HOW_REFUSED;
    st->merged += s->how[slot] == HOW_NONE;
    s->open &= ~(1u << slot);
    if (!e->c)
        note_tested(s, e->addr);
}

static void drop_open(struct shield *s)
{
    s->st.dropped += popcount(s->open);
    s->open = 0;
}

// PMP before every read, seen from the outside: is this address readable for a walker?
static void judge_read(struct shield *s, const struct oracle_env *env, const struct l2tlb_event *e)
{
    struct pmp_env now =
        e->c < 2 ? pmp_env_of(env->csr) : pmp_env_of_bitmap(&s->cfg, env->csr);
    now.cmode |= !s->cfg.has_bitmap;
    if (s->pmp_dirty) {
        s->st.reads_unjudged++;
        return;
    }
    struct pmp_verdict v = pmp_check(env->pmp, &s->cfg, e->addr, now);
    s->st.reads_judged++;
    s->st.reads_unchecked += v.ld || v.mmio;
}

static void on_read(struct shield *s, const struct oracle_env *env, const struct l2tlb_event *e)
{
    judge_read(s, env, e);
    if (e->c < 2) {
        leak_check_line(env, e->addr, &s->st.leak);
        return;
    }
    s->how[(e->a - s->cfg.bitmap_id0) % MAX_BITMAP] = HOW_READ;
    s->st.reads++;
}

void shield_event(struct shield *s, const struct oracle_env *env, const struct l2tlb_event *e)
{
    unsigned slot = e->b % MAX_BITMAP;
    switch (e->kind) {
    case EV_REQ:
        s->asked[e->tag & (ASKED - 1)] = e->cycle;
        break;
    case EV_MEM_REQ:
        on_read(s, env, e);
        break;
    case EV_BM_CHECK:
        s->who[slot] = (uint8_t)who(s, e->a);
        s->st.taken[s->who[slot]]++;
        s->open |= 1u << slot;
        s->how[slot] = HOW_NONE;
        break;
    case EV_BM_PMP:
        if (e->c)
            s->how[slot] = HOW_REFUSED;
        break;
    case EV_BM_CACHE:
        s->st.cache_hits += e->c;
        s->st.cache_misses += !e->c;
        if (e->c)
            s->how[slot] = HOW_CACHED;
        break;
    case EV_BITMAP:
        on_answer(s, e);
        break;
    case EV_FLUSH:
        drop_open(s);
        s->pmp_dirty = false;
        break;
    default:
        break;
    }
}

void shield_csr(struct shield *s, const struct tlb_csr *csr, uint64_t cycle)
{
    const struct mbmc *m = &csr->mbmc, *o = &s->mbmc;
    if (m->bclear)
        phys_clear(s->tested);
    if (m->bma != o->bma || m->bme != o->bme || m->cmode != o->cmode || m->keyiden != o->keyiden ||
        m->bclear)
        s->changed = cycle;
    s->mbmc = *m;
}

void shield_pmp(struct shield *s)
{
    s->pmp_dirty = true;
}

static void keep(const struct leak_finding *f, void *ctx)
{
    struct shield *s = ctx;
    if (s->st.kept < SHIELD_FIRST)
        s->st.first[s->st.kept++] = (struct shield_finding){*f, s->cycle};
}

// Bitmap before every answer: was the page that this answer allows tested?
static void judge_order(struct shield *s, const struct oracle_env *env, uint64_t vpn,
                        const struct ptw_resp *r)
{
    bool two = r->s2xlate > ONLY_STAGE1, one = r->s2xlate != ONLY_STAGE2;
    if (!bitmap_enabled(&s->cfg, env->csr))
        return;
    if (s->asked[r->tag & (ASKED - 1)] <= s->changed) {
        s->st.answers_unjudged++;
        return;
    }
    s->st.answers_judged++;
    if ((one && (r->s1.pf || r->s1.af)) || (two && (r->s2.gpf || r->s2.gaf)))
        return;
    uint64_t ppn = r->s1.ppn << 3 | r->s1.ppn_low[r->s1.addr_low];
    uint64_t page = two ? gen_ppn_s2(&r->s2, r->s2.tag) : leaf_ppn(ppn, vpn, r->s1.level, r->s1.n);
    page &= mask64(36 - (s->mbmc.keyiden ? s->cfg.keyid_bits : 0));
    s->st.answers_untested += !bit(phys_read(s->tested, word_of(page)), (unsigned)(page & 63));
}

void shield_answer(struct shield *s, const struct oracle_env *env, const struct oracle_track *track,
                   uint64_t vpn, const struct ptw_resp *resp, struct oracle_span when)
{
    s->cycle = when.answered;
    leak_check_answer(env, track, vpn, resp, when, &s->st.leak, keep, s);
    judge_order(s, env, vpn, resp);
}

const struct shield_stats *shield_finish(struct shield *s)
{
    drop_open(s);
    return &s->st;
}
