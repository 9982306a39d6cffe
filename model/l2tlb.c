// SPDX-License-Identifier: MulanPSL-2.0
// The registers of the L2TLB and its clock edge (spec A 1). settle.c computes the wires; here
// the inputs of every block are gathered from them and each block is clocked once.
#include "model/wires.h"

#include <stdlib.h>
#include <string.h>

struct l2tlb *l2tlb_new(const struct l2tlb_cfg *cfg)
{
    struct l2tlb *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->cfg = *cfg;
    if (!pagecache_init(&t->pc, &t->cfg)) {
        l2tlb_free(t);
        return NULL;
    }
    l2tlb_reset(t, &(struct tlb_csr){0});
    return t;
}

void l2tlb_free(struct l2tlb *t)
{
    if (!t)
        return;
    pagecache_free(&t->pc);
    free(t);
}

void l2tlb_reset(struct l2tlb *t, const struct tlb_csr *csr)
{
    const struct l2tlb_cfg *cfg = &t->cfg;
    t->ctl = (struct ctl){.csr = {*csr, *csr, *csr}};
    pagecache_reset(&t->pc);
    ptw_reset(&t->ptw, cfg);
    hptw_reset(&t->hptw, cfg);
    llptw_reset(&t->llptw, cfg);
    memset(t->llptw_stage1, 0, sizeof t->llptw_stage1);
    missqueue_reset(&t->mq, cfg->missq_size);
    prefetch_reset(&t->pf, cfg->prefetch);
    mempath_reset(&t->mem, cfg);
    bitmap_reset(&t->bitmap, cfg);
    bitmapcache_reset(&t->bcache, cfg);
    mptchecker_reset(&t->mpt, cfg);
    memset(t->box, 0, sizeof t->box);
    pmp_reset(&t->pmp, cfg);
    t->tlb_counter = 0;
    t->wfi_safe = t->mem_cycle = t->a_offered = false;
    memset(t->perf, 0, sizeof t->perf);
    memset(t->perf_sum, 0, sizeof t->perf_sum);
    for (unsigned i = 0; i < PERF_DELAY; i++)
        t->perf[i][14] = 1; // PTW idle throughout reset
    t->perf_sum[14] = PERF_DELAY;
    t->perf_at = 0;
    t->cycle = 0;
    memset(&t->w, 0, sizeof t->w);
}

// --- clock edge ---------------------------------------------------------------------------------


// Inputs of all blocks for this edge, gathered before any of them is clocked: their order is free.
struct edge {
    struct pc_in pc;
    struct mempath_in mem;
    struct ptw_in ptw;
    struct hptw_in hptw;
    struct llptw_in llptw;
    struct missqueue_in mq;
    struct prefetch_in pf;
    struct bitmap_in bitmap;
    struct bitmapcache_in bcache;
    struct mptchecker_in mpt;
};

// The refill is for what the walker holds when its line is complete (spec B 1.7 rule 2; 3.5 rule 4).
static struct mempath_in mempath_inputs(const struct l2tlb *t)
{
    const struct wires *w = &t->w;
    struct mempath_in in = {
        .flush = w->flush,
        .d_valid = w->in.d.valid,
        .d_data = w->in.d.data,
        .a_fire = w->a_fire,
        .a_id = w->a_id,
        .a_addr = w->a_addr,
        .a_hptw_bypassed = t->hptw.bypassed,
        .ptw_mem_fire = w->ptw_mem_fire,
        .hptw_mem_fire = w->hptw_mem_fire,
        .ptw_level = t->ptw.level,
        .hptw_level = t->hptw.level,
        .llptw_in_fire = w->llptw_in_fire,
        .llptw_enq_ptr = w->llptw.enq_ptr,
        .llptw_in_vpn = w->pc.req->info.vpn,
        .buffer_it = t->llptw.mem_resp_hit,
    };
    if (w->ptw_mem_resp)
        in.refill_info = t->ptw.req;
    else if (w->hptw_mem_resp)
        in.refill_info = (struct req_info){.vpn = t->hptw.gpaddr >> 12,
                                           .s2xlate = ONLY_STAGE2,
                                           .source = t->hptw.source,
                                           .tag = t->hptw.tag};
    else if (w->llptw_mem_resp)
        in.refill_info = t->llptw.entry[w->mem.id].req;
    return in;
}

// The checker's answer of this cycle is for this requester.
static bool answer_for(const struct l2tlb *t, unsigned id)
{
    const struct bitmap_out *o = &t->w.bitmap;
    return t->cfg.has_bitmap && o->resp_valid && t->bitmap.entry[o->resp_ptr].id == id;
}

// The MPT checker's answer of this cycle is for this walker (spec E 1.3).
static bool mpt_answer_for(const struct l2tlb *t, unsigned id)
{
    return t->cfg.has_mpt && t->w.mpt.resp.valid && t->w.mpt.resp.id == id;
}

// G answers go by id, 6 to the PTW (spec A 1.6 rule 3).
static struct ptw_in ptw_inputs(const struct l2tlb *t)
{
    const struct wires *w = &t->w;
    bool checked = answer_for(t, t->cfg.ptw_id);
    return (struct ptw_in){
        .csr = w->csr,
        .flush = w->flush,
        .req_fire = w->ptw_req_fire,
        .req = &w->ptw_req,
        .pmp = w->pmp_ptw,
        .mem_req_fire = w->ptw_mem_fire,
        .mem_resp = w->ptw_mem_resp,
        .hptw_req_fire = w->ptw_hptw_fire,
        .hptw_resp_valid = w->hptw_resp_valid && w->hptw_resp_id == t->cfg.ptw_id,
        .hptw_resp = &w->hptw_resp,
        .llptw_fire = w->ptw_llptw_fire,
        .resp_fire = w->ptw_resp_fire,
        .bitmap_req_fire = w->ptw_bitmap_fire,
        .bitmap_resp_fire = checked && !t->ptw.w_bitmap_resp,
        .bitmap_cf = checked && t->bitmap.entry[w->bitmap.resp_ptr].cf,
        .mpt_req_fire = w->ptw_mpt_fire,
        .mpt_resp = mpt_answer_for(t, t->cfg.ptw_id),
        .mpt_bad = mpt_bad(&w->mpt.resp.perm),
    };
}

static struct hptw_in hptw_inputs(const struct l2tlb *t)
{
    const struct wires *w = &t->w;
    bool checked = answer_for(t, t->cfg.hptw_id);
    return (struct hptw_in){
        .csr = w->csr,
        .flush = w->flush,
        .req_fire = w->hptw_req_fire,
        .req = &w->hptw_req,
        .pmp = w->pmp_hptw,
        .mem_req_fire = w->hptw_mem_fire,
        .mem_resp = w->hptw_mem_resp,
        .resp_fire = w->hptw.resp_valid && !w->hptw_resp_from_cache,
        .bitmap_req_fire = w->hptw_bitmap_fire,
        .bitmap_resp_fire = checked && !t->hptw.w_bitmap_resp,
        .bitmap_cf = checked && t->bitmap.entry[w->bitmap.resp_ptr].cf,
        .mpt_req_fire = w->hptw_mpt_fire,
        .mpt_resp = mpt_answer_for(t, t->cfg.hptw_id),
        .mpt_bad = mpt_bad(&w->mpt.resp.perm),
        .l0_way = w->l0_way,
    };
}

static struct llptw_in llptw_inputs(const struct l2tlb *t)
{
    const struct wires *w = &t->w;
    bool to_llptw = w->hptw_resp_valid && w->hptw_resp_id != t->cfg.ptw_id;
    const struct bitmap_entry *bm = &t->bitmap.entry[w->bitmap.resp_ptr];
    bool checked = t->cfg.has_bitmap && w->bitmap.resp_valid && bm->id < t->cfg.llptw_size;
    return (struct llptw_in){
        .csr = w->csr,
        .flush = w->flush,
        .in_fire = w->llptw_in_fire,
        .req = &w->llptw_req,
        .mem_fire = w->llptw_mem_fire,
        .mem_resp = w->llptw_mem_resp,
        .mem_resp_id = w->mem.id,
        .mem_resp_flush_latch = bit(t->mem.flush_latch, w->mem.id),
        .line = w->mem.line,
        .hptw_grant = w->llptw_hptw_grant,
        .hptw_resp_valid = to_llptw,
        .hptw_resp_id = to_llptw ? w->hptw_resp_id : 0,
        .hptw_resp = &w->hptw_resp,
        .pmp_enq = w->pmp_llptw_enq,
        .pmp_hptw = w->pmp_llptw_hptw,
        .out_fire = w->llptw_out_fire,
        .cache_fire = w->llptw_cache_fire,
        .bitmap_grant = w->llptw_bitmap_grant,
        .bitmap_resp_fire = checked,
        .bitmap_resp_id = bm->id,
        .bitmap_resp_cfs = bm->cfs,
        .bitmap_resp_cf = bm->cf,
        .l0_way = w->l0_way,
        .mpt_fire = w->llptw_mpt_fire,
        .mpt_resp = t->cfg.has_mpt && w->mpt.resp.valid && w->mpt.resp.id < t->cfg.llptw_size &&
                    !w->mpt.resp.perm.mpt_only,
        .mpt_bad = mpt_bad(&w->mpt.resp.perm),
        .mpt_resp_id = w->mpt.resp.id,
    };
}

// PageCache first, LLPTW second; the LLPTW's are bound for the PTW (spec A 3.1 rule 1).
static struct missqueue_in missqueue_inputs(const struct l2tlb *t)
{
    const struct wires *w = &t->w;
    struct missqueue_in in = {
        .flush = w->flush_cache, .enq_fire = w->mq_enq_fire, .deq_fire = w->mq_deq_fire};
    if (w->mq_in0_valid)
        in.enq = (struct missqueue_elem){w->pc.req->info, w->pc_l1_hit};
    else if (w->llptw_cache_fire)
        in.enq.info = t->llptw.entry[w->llptw.cache_ptr].req;
    return in;
}

static void bitmap_inputs(const struct l2tlb *t, struct edge *e)
{
    const struct wires *w = &t->w;
    const struct bitmap_entry *answer = &t->bitmap.entry[w->bitmap.resp_ptr];
    unsigned first = t->cfg.bitmap_id0;
    e->bitmap = (struct bitmap_in){
        .csr = w->csr,
        .flush = w->flush,
        .req_fire = w->bitmap_req_fire,
        .req = w->bitmap_req,
        .pmp = w->pmp_bitmap,
        .cache_req_fire = w->bcache_req_fire,
        .cache = w->bcache,
        .mem_fire = w->bitmap_mem_fire,
        .mem_resp = w->bitmap_mem_resp,
        .mem_resp_ptr = (uint8_t)(w->bitmap_mem_resp ? w->mem.id - first : 0),
        .mem_resp_flush_latch = bit(t->mem.flush_latch, w->mem.id),
        .line = w->mem.line,
        .wakeup_ready = w->wakeup_ready,
    };
    e->bcache = (struct bitmapcache_in){
        .flush = w->flush,
        .bclear = w->csr->mbmc.bclear || w->csr->mbmc.changed,
        .req_fire = w->bcache_req_fire,
        .order = w->bitmap.cache_ptr,
        .ppn = t->bitmap.entry[w->bitmap.cache_ptr].ppn,
        .resp_taken = w->bcache.valid,
        .refill = w->bitmap.resp_valid && w->bitmap.refill,
        .refill_ppn = answer->ppn,
        .refill_data = answer->data,
    };
}

static void gather(const struct l2tlb *t, struct edge *e)
{
    static const struct sfence none;
    const struct wires *w = &t->w;
    // T18: its entries say nothing about rights of domains.
    bool deaf = w->sfence->mfence && t->cfg.errata_fixed[ERR_T18];
    e->pc = (struct pc_in){
        .flush = w->flush_cache,
        .csr = w->csr,
        .sfence = deaf ? &none : w->sfence,
        .refill = &w->refill,
        .req_fire = w->pc_req_fire,
        .req = &w->pc_req,
        .resp_ready = w->pc_resp_ready,
        .wakeup = &w->wakeup,
        .offered_vpn = w->offered_vpn,
    };
    if (t->cfg.has_bitmap)
        bitmap_inputs(t, e);
    e->mpt = (struct mptchecker_in){
        .csr = w->csr,
        .req_fire = w->mpt_req_fire,
        .req = w->mpt_req,
        .pmp = w->pmp_mpt,
        .mem_fire = w->mpt_mem_fire,
        .mem_resp = t->mem.mpt_resp,
        .entry = t->mem.resp_pte_mpt,
    };
    e->mem = mempath_inputs(t);
    e->ptw = ptw_inputs(t);
    e->hptw = hptw_inputs(t);
    e->llptw = llptw_inputs(t);
    e->mq = missqueue_inputs(t);
    e->pf = (struct prefetch_in){
        .csr = w->csr,
        .flush = w->flush_cache,
        .in_valid = w->prefetch_trigger,
        .out_fire = w->prefetch_fire,
        .in_vpn = w->pc.req->info.vpn,
    };
}

static void tick_ctl(struct l2tlb *t)
{
    struct ctl *c = &t->ctl;
    const struct l2tlb_in *in = &t->w.in;
    unsigned newest = ctl_slot(c, 0), free = ctl_slot(c, 2);
    c->wfi_req = in->wfi_req;
    if (in->sfence.valid || memcmp(&in->csr, &c->csr[newest], sizeof in->csr) != 0)
        c->moving = 3;
    if (!c->moving)
        return;
    c->moving--;
    c->csr[free] = in->csr;
    c->csr[free].mbmc.changed = t->cfg.has_bitmap && t->cfg.errata_fixed[ERR_B19] &&
                                mbmc_differs(&in->csr.mbmc, &c->csr[newest].mbmc);
    // T9: the core raises it for a new domain only.
    c->csr[free].mmpt.changed |= t->cfg.has_mpt && t->cfg.errata_fixed[ERR_T9] &&
                                 mmpt_differs(&in->csr.mmpt, &c->csr[newest].mmpt);
    c->sfence[free] = in->sfence;
    c->at = free;
}

// tlbCounter: spec A 1.3 rule 6, 1.9; wfiSafe: spec D 1.3 rules 2 and 4; llptw_stage1: spec A 1.1.
static void tick_top(struct l2tlb *t)
{
    struct wires *w = &t->w;
    unsigned answered = 0;
    for (unsigned i = 0; i < 2; i++)
        answered += w->in.resp_ready[i] && w->resp_valid[i];
    if (w->flush)
        t->tlb_counter = 0;
    else
        t->tlb_counter += (unsigned)w->req_fire[0] + (unsigned)w->req_fire[1] - answered;
    t->tlb_counter &= (1u << log2_ceil(t->cfg.missq_size + 1)) - 1; // spec E 2.6 rule 10 (T7, T9)
    t->mem_cycle = w->ptw_mem_fire || (t->mem_cycle && !w->ptw_mem_resp);
    bool pending = t->cfg.errata_fixed[ERR_P9] && w->a_valid;
    t->wfi_safe = t->cfg.rule.wfi_gate && t->ctl.wfi_req && !t->mem.waiting_resp && !pending;
    t->a_offered = w->a_valid && !w->a_fire;
    if (w->llptw_in_fire) // for a fault of the first G translation
        t->llptw_stage1[w->llptw.enq_ptr] = w->llptw_stage1;
}

enum { CLOCKED = 11 };

static void tick_mpt(struct l2tlb *t, const struct edge *e)
{
    struct wires *w = &t->w;
    mptchecker_tick(&t->mpt, &w->mpt, &e->mpt);
    for (unsigned i = 0; i < 2; i++)
        mptoutputswitchbox_tick(&t->box[i], &t->cfg, &w->box_in[i], &w->box[i], w->box_fire[i],
                                w->req_fire[i] && w->in.req[i].mpt_only);
}

static void tick_block(struct l2tlb *t, const struct edge *e, unsigned k)
{
    struct wires *w = &t->w;
    switch (k) {
    case 0: pagecache_tick(&t->pc, &e->pc); break;
    case 1: mempath_tick(&t->mem, &w->mem, &e->mem); break;
    case 2: ptw_tick(&t->ptw, &w->ptw, &e->ptw); break;
    case 3: hptw_tick(&t->hptw, &w->hptw, &e->hptw); break;
    case 4: llptw_tick(&t->llptw, &w->llptw, &e->llptw); break;
    case 5: missqueue_tick(&t->mq, &e->mq); break;
    case 6: prefetch_tick(&t->pf, &e->pf); break;
    case 7: if (t->cfg.has_bitmap) bitmap_tick(&t->bitmap, &w->bitmap, &e->bitmap); break;
    case 8: if (t->cfg.has_bitmap) bitmapcache_tick(&t->bcache, &e->bcache); break;
    case 9: if (t->cfg.has_mpt) tick_mpt(t, e); break;
    default: pmp_tick(&t->pmp, &w->in.csr_w); break;
    }
}

// Spec A 1.13 rule 12.
void l2tlb_tick(struct l2tlb *t)
{
    uint8_t ev[PERF_COUNT];
    struct edge e;
    l2tlb_perf_events(t, ev);
    if (t->observer)
        l2tlb_report_events(t);
    gather(t, &e);
    tick_top(t);
    unsigned start = 0;
#ifdef MODEL_PARANOID
    start = (unsigned)mix64(t->cycle) % CLOCKED; // any order must do
#endif
    for (unsigned k = 0; k < CLOCKED; k++)
        tick_block(t, &e, (start + k) % CLOCKED);
    tick_ctl(t);
    l2tlb_perf_push(t, ev, 1);
    t->cycle++;
}
