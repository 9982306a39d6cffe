// SPDX-License-Identifier: MulanPSL-2.0
#include "replay/ward.h"

#include "mem/phys.h"

#include <stdlib.h>

struct ward {
    struct ward_stats st;
    struct l2tlb_cfg cfg;
    struct phys *read; // one bit per word that the checker has read
    uint64_t cycle;    // of what is being judged
};

struct ward *ward_new(const struct l2tlb_cfg *cfg)
{
    struct ward *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->cfg = *cfg;
    w->st.on = cfg->has_mpt;
    w->read = phys_new();
    if (w->read)
        return w;
    free(w);
    return NULL;
}

void ward_free(struct ward *w)
{
    if (w)
        phys_free(w->read);
    free(w);
}

const struct ward_stats *ward_stats(const struct ward *w) { return &w->st; }

static enum ward_who who(const struct ward *w, unsigned id)
{
    return id >= w->cfg.mpt_id ? WARD_PAGE
           : id == w->cfg.ptw_id ? WARD_PTW : id == w->cfg.hptw_id ? WARD_HPTW : WARD_LLPTW;
}

static void keep(const struct mpt_finding *f, void *ctx)
{
    struct ward *w = ctx;
    if (w->st.kept < WARD_FIRST)
        w->st.first[w->st.kept++] = (struct ward_finding){*f, w->cycle};
}

// A bit for a word of 8 bytes, in a word for 512 bytes.
static uint64_t mark_at(uint64_t addr) { return addr >> 9 << 3; }

bool ward_has_read(const struct ward *w, uint64_t addr)
{
    return bit(phys_read(w->read, mark_at(addr)), (unsigned)(addr >> 3 & 63));
}

static void on_read(struct ward *w, const struct oracle_env *env, const struct oracle_track *track,
                    const struct l2tlb_event *e)
{
    if (e->c == 3) {
        uint64_t at = mark_at(e->addr);
        w->st.reads[e->b & 3]++;
        phys_write(w->read, at, phys_read(w->read, at) | UINT64_C(1) << (e->addr >> 3 & 63));
        return;
    }
    w->cycle = e->cycle;
    leak_mpt_line(env, track, e->addr, &w->st.leak, keep, w);
}

void ward_event(struct ward *w, const struct oracle_env *env, const struct oracle_track *track,
                const struct l2tlb_event *e)
{
    switch (e->kind) {
    case EV_MPT_CHECK:
        w->st.asked[who(w, e->a)]++;
        break;
    case EV_MPT:
        w->st.answered++;
        w->st.walked += e->b;
        w->st.refused[who(w, e->a)] += e->c;
        break;
    case EV_MEM_REQ:
        on_read(w, env, track, e);
        break;
    default:
        break;
    }
}

void ward_answer(struct ward *w, const struct oracle_env *env, const struct oracle_track *track, uint64_t vpn,
                 const struct ptw_resp *resp, struct oracle_span when)
{
    w->cycle = when.answered;
    leak_mpt_answer(env, track, vpn, resp, when, &w->st.leak, keep, w);
}
