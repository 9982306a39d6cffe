// SPDX-License-Identifier: MulanPSL-2.0
// settle(): every wire of the L2TLB as a function of its registers and the inputs of this cycle,
// straight-line, in the order of spec A 1.13 rules 1 to 11: answers from the exits inward, then
// requests.
#include "model/wires.h"

#include <string.h>

// Spec A 0.8, B 0.6; virt_changed: spec D 1.2, 3.0.
static bool flush_now(const struct l2tlb *t, const struct tlb_csr *csr, const struct sfence *f)
{
    return f->valid || csr->satp.changed || csr->vsatp.changed || csr->hgatp.changed ||
           csr->mbmc.changed || (csr->virt_changed && t->cfg.rule.virt_changed_flush) ||
           (csr->mmpt.changed && t->cfg.has_mpt && t->cfg.errata_fixed[ERR_T9]);
}

// --- settle, part 1: what registers say -----------------------------------------------------------

static void publish(struct l2tlb *t, struct wires *w)
{
    const struct l2tlb_cfg *cfg = &t->cfg;
    const struct mempath *m = &t->mem;
    w->csr = &t->ctl.csr[ctl_slot(&t->ctl, 1)];
    w->sfence = &t->ctl.sfence[ctl_slot(&t->ctl, 1)];
    w->flush_cache = flush_now(t, w->csr, w->sfence);
    // Spec E 2.6 rule 5, 2.7.
    w->flush = w->flush_cache || (cfg->has_mpt && w->csr->mmpt.changed);
    w->refill = m->refill;
    if (w->refill.valid) {
        memcpy(w->refill_line, m->refill_data, sizeof w->refill_line);
        w->refill.ptes = w->refill_line;
    }
    // A walker whose id still waits offers nothing (spec A 4.2 rule 6).
    mempath_publish(m, w->flush, w->in.d.valid, w->in.d.source, w->in.d.data, &w->mem);
    w->ptw_mem_resp = w->mem.done && w->mem.id == cfg->ptw_id;
    w->hptw_mem_resp = w->mem.done && w->mem.id == cfg->hptw_id;
    w->llptw_mem_resp = w->mem.done && w->mem.id < cfg->llptw_size;
    pagecache_publish(&t->pc, &w->refill, &w->pc);
    ptw_publish(&t->ptw, m->resp_pte_ptw, bit(m->waiting_resp, cfg->ptw_id), w->csr, &w->ptw);
    hptw_publish(&t->hptw, m->resp_pte_hptw, bit(m->waiting_resp, cfg->hptw_id), w->csr, &w->hptw);
    if (cfg->has_bitmap) {
        w->l0_way = (uint8_t)pagecache_l0_victim(&t->pc, m->refill.info.vpn);
        w->bitmap_mem_resp = w->mem.done && w->mem.id >= cfg->bitmap_id0;
        bitmap_publish(&t->bitmap, m->waiting_resp >> cfg->bitmap_id0, w->csr, &w->bitmap);
        bitmapcache_publish(&t->bcache, &w->bcache);
    }
    llptw_publish(&t->llptw, m->waiting_resp, w->l0_way, &w->llptw);
    if (cfg->has_mpt) {
        const struct mptchecker_seen seen = {.csr = w->csr,
                                             .sfence = w->sfence,
                                             .flush = w->flush,
                                             .mem_busy = bit(m->waiting_resp, cfg->mpt_id),
                                             .mem_resp = m->mpt_resp,
                                             .entry = m->resp_pte_mpt};
        mptchecker_publish(&t->mpt, &seen, &w->mpt);
    }
}

// Spec A 1.6 rule 2: a PageCache hit goes before HPTW; whoever wins is taken.
static void settle_hptw_resp(struct l2tlb *t, struct wires *w)
{
    w->hptw_resp_from_cache = w->pc.valid && w->pc.hit && w->pc.req->is_hptw;
    w->hptw_resp_valid = w->hptw_resp_from_cache || w->hptw.resp_valid;
    if (w->hptw_resp_from_cache) {
        w->hptw_resp_id = w->pc.req->hptw_id;
        pagecache_hptw_resp(&t->pc, w->csr, &w->hptw_resp);
    } else if (w->hptw.resp_valid) {
        w->hptw_resp_id = t->hptw.id;
        hptw_answer(&t->hptw, &w->hptw, w->csr, &w->hptw_resp);
    }
}

// --- settle, part 2: where the PageCache answer goes (spec A 1.4, 3.1 rule 2) ---------------------

static void settle_routing(struct l2tlb *t, struct wires *w)
{
    const struct pc_out *pc = &w->pc;
    const struct req_info *q = &pc->req->info;
    // Spec B 4.7, D 1.4.
    bool jump_to_ptw = pc->jump && !pc->to_llptw && t->cfg.rule.jump_to_ptw_beats_l1hit;
    bool r = pc->valid, hit = pc->hit, hptw = pc->req->is_hptw, first = pc->req->is_first;
    bool from_pf = q->source == SOURCE_PREFETCH, bypassed = pc->bypassed;
    bool l1 = (pc->fsm_l1 && !jump_to_ptw) || pc->to_llptw;
    bool llptw_ready = w->llptw.in_ready, ptw_ready = w->ptw.req_ready;
    bool mq_ready = missqueue_ready(&t->mq);
    bool miss = r && !hit && !hptw;

    w->pc_l1_hit = l1;
    w->hptw_req_fire = r && !hit && hptw && w->hptw.req_ready;
    w->llptw_in_valid = miss && l1 && !bypassed;
    w->llptw_in_fire = w->llptw_in_valid && llptw_ready;
    w->ptw_req_fire = miss && !l1 && !bypassed && !first && ptw_ready; // spec B 1.7 rule 1
    bool no_walker = (!l1 || pc->stage1_hit) && (first || !ptw_ready);
    w->mq_in0_valid = miss && !from_pf && (bypassed || no_walker || (l1 && !llptw_ready));

    // Spec A 1.4 rows 1 to 6.
    if (hptw)
        w->pc_resp_ready = hit || w->hptw.req_ready;
    else if (hit)
        w->pc_resp_ready = from_pf || (w->merge_ready[q->source] && w->resp_from_cache[q->source]);
    else if (l1 && !bypassed && llptw_ready)
        w->pc_resp_ready = true;
    else
        w->pc_resp_ready = mq_ready || (!bypassed && !first && ptw_ready);
    w->pc_resp_fire = r && w->pc_resp_ready;
    w->llptw_cache_fire = w->llptw.cache_valid && mq_ready && !w->mq_in0_valid;
    w->mq_enq_fire = (w->mq_in0_valid && mq_ready) || w->llptw_cache_fire;
    // Spec A 3.2; the mark is that of the refill (spec A 3.2 rule 12).
    w->prefetch_trigger = w->pc_resp_fire && !from_pf && first && (!hit || pc->prefetched);
}

// What goes along (spec A 1.5; to HPTW: spec B 3.5 rule 1).
static void walker_requests(struct l2tlb *t, struct wires *w)
{
    const struct pc_out *pc = &w->pc;
    bool sp = pagecache_jump_is_sp(&t->pc, false);
    uint8_t level = sp ? pc->result->sp_entry.level : 0;
    unsigned idx = (unsigned)bits(pc->req->info.vpn, 2, 0);
    uint64_t pte = pc->jump ? pagecache_jump_pte(&t->pc, idx, false) : 0;
    if (w->ptw_req_fire) {
        w->ptw_req = (struct ptw_req){
            .info = pc->req->info,
            .l3_hit = pc->fsm_l3,
            .l2_hit = pc->fsm_l2,
            .stage1_hit = pc->stage1_hit,
            .ppn = pc->fsm_ppn,
            .jmp_bitmap_check = pc->jump,
            .jmp_pte = pte,
            .jmp_level = level,
        };
        pagecache_stage1(&t->pc, w->csr, &w->ptw_req.stage1);
    }
    if (w->hptw_req_fire)
        w->hptw_req = (struct hptw_req){
            .gvpn = pc->req->info.vpn,
            .id = pc->req->hptw_id,
            .source = pc->req->info.source,
            .tag = pc->req->info.tag,
            .l3_hit = pc->hptw_l3,
            .l2_hit = pc->hptw_l2,
            .l1_hit = pc->hptw_l1,
            .bypassed = pc->hptw_bypassed,
            .ppn = pc->fsm_ppn & mask64(36),
            .jmp_bitmap_check = pc->jump,
            .jmp_pte = pte,
            .jmp_level = level,
            .jmp_way = pc->result->l0_way,
        };
    if (w->llptw_in_fire) {
        pagecache_stage1(&t->pc, w->csr, &w->llptw_stage1);
        w->llptw_req.info = pc->req->info;
        w->llptw_req.ppn = pc->fsm_ppn;
        w->llptw_req.jmp_bitmap_check = pc->jump;
        w->llptw_req.way = pc->result->l0_way;
        w->llptw_req.cfs = (uint8_t)~pc->result->l0_row;
        for (unsigned j = 0; j < SECTOR && pc->jump; j++)
            w->llptw_req.ptes[j] = pagecache_jump_pte(&t->pc, j, true);
    }
}

// --- settle, part 3: answers to the L1 side ---------------------------------------------------------

// mergeArb(i): PageCache, then PTW, then LLPTW (spec A 1.2).
static void settle_answers(struct l2tlb *t, struct wires *w)
{
    unsigned ps = t->ptw.req.source;
    unsigned ls = t->llptw.entry[w->llptw.out_ptr].req.source;
    bool cache_hit = w->pc.valid && w->pc.hit && !w->pc.req->is_hptw;
    for (unsigned i = 0; i < 2; i++) {
        w->resp_from_cache[i] =
            cache_hit && w->pc.req->info.source == i && l2tlb_mpt_hears(t, i, BOX_FROM_CACHE);
        w->resp_from_ptw[i] = w->ptw.resp_valid && ps == i && !w->resp_from_cache[i] &&
                              l2tlb_mpt_hears(t, i, BOX_FROM_PTW);
        w->resp_from_llptw[i] = w->llptw.out_valid && ls == i && !w->resp_from_cache[i] &&
                                !w->resp_from_ptw[i] && l2tlb_mpt_hears(t, i, BOX_FROM_LLPTW);
        w->merge_valid[i] = w->resp_from_cache[i] || w->resp_from_ptw[i] || w->resp_from_llptw[i];
        w->merge_ready[i] = w->in.resp_ready[i];
        w->resp_valid[i] = w->merge_valid[i];
        if (w->merge_valid[i])
            l2tlb_form_answer(t, w, i, &w->resp[i]);
    }
    if (t->cfg.has_mpt)
        l2tlb_settle_boxes(t, w);
    w->ptw_resp_ready = ps == SOURCE_PREFETCH ||
                        (w->merge_ready[ps & 1] && !w->resp_from_cache[ps & 1] &&
                         l2tlb_mpt_hears(t, ps & 1, BOX_FROM_PTW));
    w->ptw_resp_fire = w->ptw.resp_valid && w->ptw_resp_ready;
    w->llptw_out_ready = ls == SOURCE_PREFETCH ||
                         (w->merge_ready[ls & 1] && !w->resp_from_cache[ls & 1] &&
                          !w->resp_from_ptw[ls & 1] && l2tlb_mpt_hears(t, ls & 1, BOX_FROM_LLPTW));
    w->llptw_out_fire = w->llptw.out_valid && w->llptw_out_ready;
}

static void llptw_view(const struct l2tlb *t, const struct wires *w, struct merge_resp *m)
{
    unsigned k = w->llptw.out_ptr;
    const struct llptw_entry *e = &t->llptw.entry[k];
    bool en = bitmap_enabled(&t->cfg, w->csr);
    if (e->first_s2xlate_fault) {
        *m = t->llptw_stage1[k];
        return;
    }
    const uint64_t *line = e->jmp_bitmap_check
                               ? t->llptw.ptes[k]
                               : mempath_sector(&t->mem, k, t->llptw.mem_resp_hit);
    // The vector of an entry that made no check is that of its look-up, and counts with the bitmap off
    // as well (spec B 4.10 rule 1; P12). cf: spec B 4.1 rule 2, 4.9 rule 7.
    uint8_t cfs = en || !t->cfg.errata_fixed[ERR_P12] ? e->cfs : 0;
    merge_from_line(&t->cfg, line, &e->req, e->af || (en && e->cf), cfs, w->csr, m);
}

void l2tlb_form_answer(const struct l2tlb *t, const struct wires *w, unsigned i, struct ptw_resp *r)
{
    struct merge_resp m;
    memset(&r->mpt, 0, sizeof r->mpt);
    if (w->resp_from_cache[i]) {
        const struct req_info *q = &w->pc.req->info;
        r->s2xlate = q->s2xlate;
        r->tag = q->tag;
        pagecache_stage1(&t->pc, w->csr, &m);
        pagecache_hptw_resp(&t->pc, w->csr, &r->s2);
    } else if (w->resp_from_ptw[i]) {
        r->s2xlate = t->ptw.req.s2xlate;
        r->tag = t->ptw.req.tag;
        ptw_answer(&t->ptw, &w->ptw, w->csr, &m, &r->s2);
    } else {
        const struct llptw_entry *e = &t->llptw.entry[w->llptw.out_ptr];
        r->s2xlate = e->req.s2xlate;
        r->tag = e->req.tag;
        llptw_view(t, w, &m);
        r->s2 = e->hptw_resp;
    }
    merge_to_sector(&t->cfg, &m, &r->s1);
    if (t->cfg.rule.cut_answers_to_4k && bitmap_enabled(&t->cfg, w->csr))
        merge_cut_to_4k(&m, r);
    if (t->cfg.errata_fixed[ERR_D7] && r->s2xlate <= ONLY_STAGE1)
        memset(&r->s2, 0, sizeof r->s2);
}

// --- settle, part 4: protection and channel A -------------------------------------------------------

static struct pmp_verdict check(const struct l2tlb *t, const struct wires *w, uint64_t addr)
{
    struct pmp_env env = pmp_env_of(w->csr);
    env.cmode |= !t->cfg.has_bitmap;
    return pmp_check(&t->pmp, &t->cfg, addr, env);
}

// Same cycle, valid or not (spec B 1.7 rules 4 and 5); the LLPTW has two checkers since 2026-03
// (spec D 1.7).
static void settle_pmp(struct l2tlb *t, struct wires *w)
{
    if (w->ptw.sent_to_pmp)
        w->pmp_ptw = check(t, w, w->ptw.mem_addr);
    if (w->hptw.sent_to_pmp)
        w->pmp_hptw = check(t, w, w->hptw.mem_addr);
    if (w->llptw.pmp_enq_valid)
        w->pmp_llptw_enq = check(t, w, w->llptw.pmp_enq_addr);
    if (w->llptw.pmp_hptw_valid)
        w->pmp_llptw_hptw = check(t, w, w->llptw.pmp_hptw_addr);
    if (t->cfg.has_mpt && w->mpt.walker.pmp_valid)
        w->pmp_mpt = check(t, w, w->mpt.walker.pmp_addr);
    if (t->cfg.has_bitmap && w->bitmap.pmp_valid)
        w->pmp_bitmap = pmp_check(&t->pmp, &t->cfg, w->bitmap.pmp_addr,
                                  pmp_env_of_bitmap(&t->cfg, w->csr));
}

// mem_arb: PTW, LLPTW, HPTW, bitmap (spec A 4.2 rules 1 and 2). WFI stops this channel and nothing
// else (spec D 1.3 rules 1, 3, 5 and 6).
static void settle_channel_a(struct l2tlb *t, struct wires *w)
{
    // P9: an offered request is withdrawn.
    bool keep = t->a_offered && t->cfg.errata_fixed[ERR_P9];
    bool open = !w->flush && (keep || !(t->cfg.rule.wfi_gate && t->ctl.wfi_req));
    bool ptw = w->ptw.mem_req_valid, llptw = !ptw && w->llptw.mem_valid && !w->flush;
    bool hptw = !ptw && !llptw && w->hptw.mem_req_valid;
    bool bitmap = t->cfg.has_bitmap && !ptw && !llptw && !hptw && w->bitmap.mem_valid;
    bool mpt = t->cfg.has_mpt && !ptw && !llptw && !hptw && w->mpt.walker.mem_valid &&
               !mpttablewalker_denied(&t->mpt.walker, w->pmp_mpt);
    w->a_valid = open && (ptw || llptw || hptw || bitmap || mpt);
    w->mem_ready = open && w->in.a_ready;
    w->a_fire = w->a_valid && w->mem_ready;
    w->ptw_mem_fire = ptw && w->a_fire;
    w->llptw_mem_fire = llptw && w->a_fire;
    w->hptw_mem_fire = hptw && w->a_fire;
    w->bitmap_mem_fire = bitmap && w->a_fire;
    w->mpt_mem_fire = mpt && w->a_fire;
    w->a_id = (uint8_t)(ptw      ? t->cfg.ptw_id
                        : llptw  ? w->llptw.mem_id
                        : bitmap ? t->cfg.bitmap_id0 + w->bitmap.mem_ptr
                        : mpt    ? t->cfg.mpt_id
                                 : t->cfg.hptw_id);
    w->a_addr = ptw      ? w->ptw.read_addr
                : llptw  ? w->llptw.mem_addr
                : bitmap ? w->bitmap.mem_addr
                : mpt    ? w->mpt.walker.mem_addr
                         : w->hptw.read_addr;
}

// --- settle, part 5: the Shield-Bitmap (spec B 4.4 to 4.6) ------------------------------------------

// The fields of a check (spec B 4.3, 4.8 rule 3, D 4B.7 rule 3); way: spec B 4.6 rule 3.
static void form_check(const struct l2tlb *t, struct wires *w)
{
    struct bitmap_req *r = &w->bitmap_req;
    if (w->ptw_bitmap_fire) {
        *r = (struct bitmap_req){.bmppn = bits(w->ptw.pte, 45, 10),
                                 .vpn = t->ptw.req.vpn,
                                 .id = (uint8_t)t->cfg.ptw_id,
                                 .level = t->ptw.level,
                                 .s2xlate = t->ptw.req.s2xlate,
                                 .n = pte_n(w->ptw.pte)};
    } else if (w->llptw_bitmap_fire) {
        const struct llptw_entry *e = &t->llptw.entry[w->llptw.bitmap_ptr];
        *r = (struct bitmap_req){.bmppn = e->ppn & mask64(36),
                                 .vpn = e->req.vpn,
                                 .id = w->llptw.bitmap_ptr,
                                 .way = w->llptw.bitmap_way,
                                 .s2xlate = e->req.s2xlate,
                                 .n = e->n};
    } else {
        const struct hptw *h = &t->hptw;
        *r = (struct bitmap_req){.bmppn = bits(w->hptw.pte, 45, 10),
                                 .vpn = h->gpaddr >> 12,
                                 .id = (uint8_t)t->cfg.hptw_id,
                                 .level = h->level,
                                 .way = h->jmp ? h->jmp_way : h->refill_way,
                                 .s2xlate = ONLY_STAGE2,
                                 .n = pte_n(w->hptw.pte),
                                 .hptw_bypassed = h->bypassed};
    }
}

static void settle_bitmap(struct l2tlb *t, struct wires *w)
{
    bool ready = w->bitmap.req_ready, llptw = w->llptw.bitmap_req_valid && !w->flush;
    w->ptw_bitmap_fire = w->ptw.bitmap_req_valid && ready;
    w->llptw_bitmap_grant = w->llptw.bitmap_req_valid && ready && !w->ptw.bitmap_req_valid;
    w->llptw_bitmap_fire = w->llptw_bitmap_grant && !w->flush;
    w->hptw_bitmap_fire =
        w->hptw.bitmap_req_valid && ready && !w->ptw.bitmap_req_valid && !llptw;
    w->bitmap_req_fire = w->ptw_bitmap_fire || w->llptw_bitmap_fire || w->hptw_bitmap_fire;
    if (w->bitmap_req_fire)
        form_check(t, w);
    bool refill = w->bitmap.resp_valid && w->bitmap.refill;
    bool taken = w->bitmap.cache_resp_ready && !w->flush;
    w->bcache.valid = w->bcache.valid && taken;
    w->bcache_req_fire = w->bitmap.cache_req_valid && !w->flush &&
                         bitmapcache_req_ready(&t->bcache, refill, taken);
    const struct bitmap_entry *e = &w->bitmap.wakeup;
    w->wakeup_ready = !w->refill.valid;
    w->wakeup = (struct pc_wakeup){
        .valid = w->bitmap.wakeup_valid && (w->wakeup_ready || !t->cfg.rule.bitmap_rework),
        .vpn = e->vpn,
        .level = e->level,
        .s2xlate = e->s2xlate,
        .way = e->way,
        .n = e->n,
        .ppn = e->ppn,
        .success = !e->cf,
    };
}

// A wake-up of revision 2026-03 uses the read port of L0 for one cycle (spec D 2.7).
static bool wakeup_blocks(const struct l2tlb *t, const struct wires *w)
{
    return t->cfg.rule.bitmap_rework && w->wakeup.valid;
}

// Payload of arb2, valid or not: the check bits of 2025-05 are read with it (spec B 4.6 rule 4).
static uint64_t offered_vpn(const struct l2tlb *t, const struct wires *w)
{
    const struct missqueue_elem *mq = missqueue_head(&t->mq);
    if (w->ptw.hptw_req_valid)
        return w->ptw.hptw_gvpn;
    if (w->llptw_hptw_fire)
        return w->llptw.hptw_gvpn;
    if (w->ptw.llptw_valid)
        return t->ptw.req.vpn;
    if (mq && (mq->is_llptw ? w->llptw.in_ready : w->ptw.req_ready))
        return mq->info.vpn;
    for (unsigned i = 0; i < 2; i++)
        if (w->req_fire[i])
            return w->in.req[i].vpn;
    return t->pf.next_req;
}

// --- settle, part 6: the entry of the PageCache (spec A 1.3 rules 1 to 4, 1.6 rule 1) --------------

// An accepted request looks up the PageCache, unless it goes to the MPT checker only.
static bool l1_fires(const struct wires *w)
{
    return (w->req_fire[0] && !w->in.req[0].mpt_only) || (w->req_fire[1] && !w->in.req[1].mpt_only);
}

static void settle_entry(struct l2tlb *t, struct wires *w)
{
    const struct missqueue_elem *mq = missqueue_head(&t->mq);
    bool ready = pagecache_req_ready(&t->pc, &w->refill, w->pc_resp_ready) && !wakeup_blocks(t, w);
    w->pc_req_ready = ready;
    if (t->cfg.errata_fixed[ERR_P8] && w->llptw_mem_fire)
        llptw_block_g(&t->llptw, &w->llptw);
    w->ptw_hptw_fire = w->ptw.hptw_req_valid && ready;
    // Spec B 2.5: the LLPTW's round robins move on a grant even when a flush takes the request away.
    w->llptw_hptw_grant = w->llptw.hptw_valid && !w->ptw.hptw_req_valid && ready;
    w->llptw_hptw_fire = w->llptw_hptw_grant && !w->flush;
    bool blocked = w->ptw.hptw_req_valid || w->llptw_hptw_fire;
    w->ptw_llptw_fire = w->ptw.llptw_valid && ready && !blocked; // spec B 1.7 rule 3
    blocked = blocked || w->ptw.llptw_valid;
    bool mq_valid = mq && (mq->is_llptw ? w->llptw.in_ready : w->ptw.req_ready);
    w->mq_deq_fire = mq_valid && ready && !blocked; // spec A 3.1 rule 3
    blocked = blocked || mq_valid;
    bool mpt = !t->cfg.has_mpt || w->mpt_l1_ready; // spec E 2.6 rule 4
    bool takes = ready && !blocked && t->tlb_counter < t->cfg.missq_size && mpt;
    w->req_ready[0] = takes && l2tlb_mpt_takes(t, w, 0);
    w->req_ready[1] = takes && l2tlb_mpt_takes(t, w, 1) && !w->in.req[0].valid;
    w->req_fire[0] = w->req_ready[0] && w->in.req[0].valid;
    w->req_fire[1] = w->req_ready[1] && w->in.req[1].valid;
    bool looks_up = l1_fires(w);
    blocked = blocked || looks_up;
    w->prefetch_fire = t->pf.v && ready && !blocked;

    w->arb2 = w->ptw_hptw_fire || w->llptw_hptw_fire ? ARB2_HPTW
              : w->ptw_llptw_fire                    ? ARB2_PTW
              : w->mq_deq_fire                       ? ARB2_MISSQ
              : looks_up                             ? ARB2_L1
              : w->prefetch_fire                     ? ARB2_PREFETCH
                                                     : ARB2_NONE;
    w->pc_req_fire = w->arb2 != ARB2_NONE;
}

static void hptw_lookup(const struct l2tlb *t, const struct wires *w, struct pc_req *r)
{
    const struct req_info *who;
    if (w->ptw_hptw_fire) {
        who = &t->ptw.req;
        r->hptw_id = (uint8_t)t->cfg.ptw_id;
        r->info.vpn = w->ptw.hptw_gvpn & mask64(38);
    } else {
        who = &t->llptw.entry[w->llptw.hptw_id].req;
        r->hptw_id = w->llptw.hptw_id;
        r->info.vpn = w->llptw.hptw_gvpn & mask64(38);
    }
    r->info.source = who->source;
    r->info.tag = who->tag;
    r->info.s2xlate = ONLY_STAGE2;
    r->is_hptw = true;
}

// Spec A 1.3 rule 5.
static void form_lookup(const struct l2tlb *t, struct wires *w)
{
    struct pc_req *r = &w->pc_req;
    *r = (struct pc_req){.port = (uint8_t)w->arb2};
    switch (w->arb2) {
    case ARB2_HPTW:
        hptw_lookup(t, w, r);
        break;
    case ARB2_PTW: // counts as a first look-up
        r->info = t->ptw.req;
        r->is_first = true;
        break;
    case ARB2_MISSQ: // not a first look-up (spec A 3.1 rule 4)
        r->info = missqueue_head(&t->mq)->info;
        break;
    case ARB2_L1: {
        unsigned i = !w->req_fire[0];
        const struct l2tlb_req *q = &w->in.req[i];
        r->info = (struct req_info){
            .vpn = q->vpn, .s2xlate = q->s2xlate, .source = (uint8_t)i, .tag = q->tag};
        r->is_first = true;
        break;
    }
    default:
        r->info = (struct req_info){.vpn = t->pf.next_req, // spec A 3.2 rule 5
                                    .s2xlate = (uint8_t)prefetch_s2xlate(w->csr),
                                    .source = SOURCE_PREFETCH,
                                    .tag = TAG_NONE};
        r->is_first = true;
    }
}

void l2tlb_settle_once(struct l2tlb *t, const struct l2tlb_in *in, struct l2tlb_out *out)
{
    struct wires *w = &t->w;
    w->in = *in;
    if (!t->cfg.has_mpt)
        w->in.req[0].mpt_only = w->in.req[1].mpt_only = false; // there is no such port
    publish(t, w);
    settle_hptw_resp(t, w);
    settle_answers(t, w);
    settle_routing(t, w);
    walker_requests(t, w);
    settle_pmp(t, w);
    settle_channel_a(t, w);
    if (t->cfg.has_bitmap)
        settle_bitmap(t, w);
    settle_entry(t, w);
    if (t->cfg.has_bitmap)
        w->offered_vpn = offered_vpn(t, w);
    if (t->cfg.has_mpt)
        l2tlb_settle_mpt_only(t, w);
    if (w->pc_req_fire)
        form_lookup(t, w);

    for (unsigned i = 0; i < 2; i++) {
        out->req_ready[i] = w->req_ready[i];
        out->resp_valid[i] = w->resp_valid[i];
        if (out->resp_valid[i])
            out->resp[i] = w->resp[i];
    }
    out->a_valid = w->a_valid;
    out->a_source = w->a_id;
    out->a_address = w->a_addr & ~UINT64_C(63); // spec A 4.2 rule 3
    memcpy(out->perf, t->perf[t->perf_at], sizeof out->perf);
    out->wfi_safe = t->wfi_safe;
}

void l2tlb_settle(struct l2tlb *t, const struct l2tlb_in *in, struct l2tlb_out *out)
{
    l2tlb_settle_once(t, in, out);
#ifdef MODEL_PARANOID
    l2tlb_settle_again(t, out);
#endif
}
