// SPDX-License-Identifier: MulanPSL-2.0
// Answers of a replay against the page tables (--oracle) and against the bitmap.
#include "replay/sim.h"
#include "world/secure.h"

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
    return s->cfg->oracle || s->cfg->machine.has_bitmap || s->cfg->machine.has_mpt;
}

// One answer against the page tables (--oracle) and against the bitmap or the MPT.
void sim_judge(struct sim *s, const struct ptw_resp *resp)
{
    struct replay_result *r = s->r;
    struct oracle_report rep;
    enum oracle_reason why;
    const struct oracle_env env = sim_oracle_env(s);
    uint64_t vpn;
    struct oracle_span when = {.answered = s->cycle};
    if (!tracker_asked(s->tracker, resp->tag, &vpn, &when.accepted))
        return; // the tracker counts answers that nobody asked for
    if (s->cfg->machine.has_bitmap)
        shield_answer(s->shield, &env, s->track, vpn, resp, when);
    if (s->ward)
        ward_answer(s->ward, &env, s->track, vpn, resp, when);
    if (!s->cfg->oracle)
        return;
    enum oracle_verdict v = oracle_judge(&env, s->track, vpn, resp, when, &rep, &why);
    r->judged += v != ORACLE_OPEN;
    r->stale += v == ORACLE_STALE;
    r->unjudged[why] += v == ORACLE_OPEN;
    if (v == ORACLE_WRONG)
        complain(s, vpn, resp->s2xlate, &rep);
}

// The bits of new memory were in the bitmap before that memory was used for the first time.
static bool bit_of_new_memory(const struct sim *s, uint64_t addr)
{
    const struct world_cfg *w = &s->cfg->world;
    uint64_t base = s->csr.tlb.mbmc.bma << 6;
    return s->placing && s->cfg->machine.has_bitmap && addr >= base &&
           addr - base < secure_table_size(w->host_base + w->host_size);
}

void sim_written(void *ctx, uint64_t addr, uint64_t old, uint64_t word)
{
    struct sim *s = ctx;
    if (s->ward && ward_has_read(s->ward, addr))
        oracle_track_mpt(s->track);
    if (!bit_of_new_memory(s, addr))
        oracle_track_write(s->track, addr, old, word);
}

static void control_changed(struct sim *s)
{
    oracle_track_csr(s->track, &s->csr_delay[1], s->cycle + 1);
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
        oracle_track_fence(s->track, &s->fence_delay[1]);
    s->csr_delay[0] = s->csr_delay[1];
    s->fence_delay[0] = s->fence_delay[1];
    s->csr_delay[1] = s->in.csr;
    s->fence_delay[1] = s->in.sfence;
    pmp_tick(&s->pmp, &s->in.csr_w);
}
