// SPDX-License-Identifier: MulanPSL-2.0
// The 19 performance events (spec A 6; none of the MPT: spec E 2.6 rule 9) and idle skipping.
#include "model/wires.h"

#include <string.h>

// July 2026 v2: hits of the answers that leave, not of the Check stage (spec E 0.2 rule 7).
static void per_access(const struct wires *w, uint8_t ev[PERF_COUNT])
{
    const struct pc_out *pc = &w->pc;
    bool access = ev[4];
    ev[5] = access && pc->fsm_l2 && !pc->fsm_l1 && !pc->hit;
    ev[6] = access && pc->fsm_l1 && !pc->hit;
    ev[7] = access && pc->result->l0;
    ev[8] = access && pc->result->sp;
    ev[9] = access && pc->hit;
}

void l2tlb_perf_events(const struct l2tlb *t, uint8_t ev[PERF_COUNT])
{
    const struct wires *w = &t->w;
    const struct pc_result *check = &t->pc.check_result;
    bool l0, sp;
    pagecache_check_hits(&t->pc, w->csr, &l0, &sp);
    ev[0] = w->llptw_in_fire;
    ev[1] = w->llptw_in_valid && !w->llptw.in_ready;
    ev[2] = w->llptw_mem_fire;
    ev[3] = (uint8_t)popcount(t->llptw.in[LL_MEM_WAITING]);
    // Look-ups of HPTW count for who asked first (spec A 6 trap 5).
    ev[4] = w->pc_resp_fire && w->pc.req->info.source != SOURCE_PREFETCH;
    if (t->cfg.rule.perf_per_access) {
        per_access(w, ev);
    } else {
        ev[5] = check->l2; // in every cycle, whatever hits besides (spec A 6 traps 1 and 2; spec D 1.8)
        ev[6] = check->l1_vec != 0;
        ev[7] = l0;
        ev[8] = sp;
        ev[9] = l0 || sp;
    }
    ev[10] = 0; // valid already contains ready
    ev[11] = w->pc.valid && !w->pc_resp_ready;
    ev[12] = w->ptw_req_fire;
    ev[13] = !t->ptw.idle; // spec A 6 trap 3
    ev[14] = t->ptw.idle;
    ev[15] = w->ptw.resp_valid && !w->ptw_resp_ready;
    ev[16] = w->ptw_mem_fire;
    ev[17] = t->mem_cycle; // a flush does not stop it (spec A 6 trap 4)
    ev[18] = w->ptw.mem_req_valid && !w->mem_ready;
}

// `cycles` equal cycles pass at once. The port shows the events of PERF_DELAY cycles ago.
void l2tlb_perf_push(struct l2tlb *t, const uint8_t ev[PERF_COUNT], uint64_t cycles)
{
    for (unsigned n = 0; n < PERF_COUNT; n++)
        t->perf_sum[n] += cycles * ev[n];
    for (unsigned k = 0; k < PERF_DELAY && k < cycles; k++) {
        memcpy(t->perf[t->perf_at], ev, PERF_COUNT);
        t->perf_at = (t->perf_at + 1) % PERF_DELAY;
    }
}

// What the port has shown: all events but those still on their way.
void l2tlb_perf_sums(const struct l2tlb *t, uint64_t sums[PERF_COUNT])
{
    for (unsigned n = 0; n < PERF_COUNT; n++) {
        sums[n] = t->perf_sum[n];
        for (unsigned k = 0; k < PERF_DELAY; k++)
            sums[n] -= t->perf[k][n];
    }
}

uint64_t l2tlb_cycle(const struct l2tlb *t)
{
    return t->cycle;
}

static bool bitmap_quiet(const struct l2tlb *t)
{
    return bitmap_waiting(&t->bitmap, &t->w.bitmap) && bitmapcache_idle(&t->bcache) &&
           !t->w.ptw.bitmap_req_valid && !t->w.hptw.bitmap_req_valid &&
           !t->w.llptw.bitmap_req_valid && pagecache_row_stable(&t->pc, t->w.offered_vpn);
}

uint64_t l2tlb_idle(const struct l2tlb *t)
{
    const struct wires *w = &t->w;
    bool held = w->merge_valid[0] || w->merge_valid[1] || w->resp_valid[0] || w->resp_valid[1];
    bool fires = held || w->pc_req_fire || w->pc_resp_fire || w->mq_enq_fire || w->ptw_resp_fire ||
                 w->llptw_out_fire || w->a_valid || w->hptw.resp_valid || w->flush;
    bool inputs = w->in.d.valid || w->in.csr_w.valid || w->in.sfence.valid || t->ctl.moving ||
                  memcmp(&w->in.csr, &t->ctl.csr[ctl_slot(&t->ctl, 0)], sizeof w->in.csr) != 0 ||
                  w->in.wfi_req != t->ctl.wfi_req || pmp_moving(&t->pmp);
    bool moving = t->mem.refill.valid || !pagecache_idle(&t->pc, w->pc_resp_ready) ||
                  !ptw_waiting(&t->ptw, &w->ptw) || !hptw_waiting(&t->hptw, &w->hptw) ||
                  !llptw_waiting(&t->llptw) || (t->cfg.has_bitmap && !bitmap_quiet(t)) ||
                  (t->cfg.has_mpt && (t->mem.mpt_resp || w->mpt_req_fire || !mptchecker_waiting(&t->mpt, &w->mpt)));
    bool wfi = t->cfg.rule.wfi_gate && t->wfi_safe != (t->ctl.wfi_req && !t->mem.waiting_resp);
    bool offer = t->a_offered; // was withdrawn: the note of it goes in this cycle
    return fires || inputs || moving || wfi || offer ? 0 : UINT64_MAX;
}

void l2tlb_skip(struct l2tlb *t, uint64_t k)
{
#ifdef MODEL_PARANOID
    k -= l2tlb_skip_honestly(t, k);
#endif
    uint8_t ev[PERF_COUNT];
    l2tlb_perf_events(t, ev);
    l2tlb_perf_push(t, ev, k);
    t->cycle += k;
}
