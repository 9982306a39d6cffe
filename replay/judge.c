// SPDX-License-Identifier: MulanPSL-2.0
// Answers of a replay against the page tables (--oracle) and against the bitmap.
#include "replay/sim.h"

#include <inttypes.h>
#include <string.h>

static uint64_t read_word(void *ctx, uint64_t addr)
{
    return phys_read(ctx, addr);
}

// What the walkers see in this cycle.
struct oracle_env sim_oracle_env(const struct sim *s)
{
    return (struct oracle_env){
        .cfg = &s->cfg->machine,
        .csr = &s->csr_delay[0],
        .pmp = &s->pmp,
        .read = read_word,
        .ctx = s->mem,
    };
}

static void complain(struct sim *s, uint64_t vpn, unsigned s2xlate, const struct oracle_report *rep)
{
    if (s->r->wrong++)
        return;
    snprintf(s->r->complaint, sizeof s->r->complaint,
             "cycle %" PRIu64 ", page %" PRIx64 ", s2xlate %u: %s (sub-entry %d) is %" PRIx64
             ", expected %" PRIx64,
             s->cycle, vpn, s2xlate, rep->item[0].what, rep->item[0].sub, rep->item[0].got,
             rep->item[0].expected);
}

bool sim_judging(const struct sim *s)
{
    return s->cfg->oracle || s->cfg->machine.has_bitmap;
}

// One answer against the page tables (--oracle) and against the bitmap.
void sim_judge(struct sim *s, const struct ptw_resp *resp)
{
    struct replay_result *r = s->r;
    struct oracle_report rep = {0};
    const struct oracle_env env = sim_oracle_env(s);
    uint64_t vpn = s->vpn_of[resp->tag & (TAG_RING - 1)];
    bool settled = oracle_track_settled(&s->track, &s->cfg->machine, resp, s->cycle);
    if (s->cfg->machine.has_bitmap)
        shield_answer(s->shield, &env, settled, vpn, resp, s->cycle);
    if (!s->cfg->oracle)
        return;
    r->judged += settled;
    r->unjudged += !settled;
    if (settled && !oracle_check(&env, vpn, resp, &rep))
        complain(s, vpn, resp->s2xlate, &rep);
}

static void control_changed(struct sim *s)
{
    oracle_track_csr(&s->track, &s->csr_delay[1], s->cycle + 1);
    if (s->shield)
        shield_csr(s->shield, &s->csr_delay[1], s->cycle + 1);
}

// What the walkers see moves on by one cycle.
void sim_delay_control(struct sim *s)
{
    if (!sim_judging(s))
        return;
    if (memcmp(&s->csr_delay[0], &s->csr_delay[1], sizeof s->csr_delay[0]) != 0)
        control_changed(s);
    if (s->fence_delay[1].valid)
        oracle_track_fence(&s->track, &s->fence_delay[1]);
    s->csr_delay[0] = s->csr_delay[1];
    s->fence_delay[0] = s->fence_delay[1];
    s->csr_delay[1] = s->in.csr;
    s->fence_delay[1] = s->in.sfence;
    pmp_tick(&s->pmp, &s->in.csr_w);
}
