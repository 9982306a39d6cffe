// SPDX-License-Identifier: MulanPSL-2.0
// settle(), what builds with MPT add: who asks the checker, and the switch boxes between the merged
// answers and the ports (spec E 1.3, 1.9, 1.10, 2.6).
#include "model/wires.h"

#include <string.h>

// An answer is held for its check unless it is a fault. T13: the stage-2 half counts for every kind.
static bool faulty(const struct l2tlb_cfg *cfg, const struct ptw_resp *r)
{
    bool second = r->s2xlate >= ONLY_STAGE2 || !cfg->errata_fixed[ERR_T13];
    return r->s1.af || r->s1.pf || (second && (r->s2.gpf || r->s2.gaf));
}

// Page of an answer: of its first stage, or of its second for the guest page in its tag (spec E 1.3).
static uint64_t final_page(const struct ptw_resp *r)
{
    if (r->s2xlate >= ONLY_STAGE2)
        return gen_ppn_s2(&r->s2, r->s2.tag) & mask64(36);
    const struct sector_resp *s = &r->s1;
    uint64_t vpn = s->tag << 3 | s->addr_low;
    uint64_t ppn = s->ppn << 3 | s->ppn_low[s->addr_low];
    return leaf_ppn(ppn, vpn, s->level, s->n) & mask64(36);
}

// The checker's answer as box i sees it.
static void take_answer(const struct l2tlb *t, struct wires *w, unsigned i)
{
    const struct mpt_resp *r = &w->mpt.resp;
    bool mine = r->id == t->cfg.mpt_id + i || (r->perm.mpt_only && r->id == i);
    w->box_resp[i] = *r;
    w->box_resp[i].valid = r->valid && mine;
}

// The answer to a request without translation (spec E 2.6 rule 8); the stage-2 half stays.
static void substitute(const struct wires *w, unsigned i, struct ptw_resp *r)
{
    uint64_t pa = w->box[i].pa;
    r->s2xlate = NO_S2XLATE;
    r->tag = w->box[i].tag;
    r->s1 = (struct sector_resp){
        .tag = pa >> 3,
        .ppn = pa >> 3,
        .level = 3,
        .v = 1,
        .perm = PERM_R | PERM_W | PERM_X | PERM_U | PERM_A | PERM_D,
        .asid = w->csr->satp.id,
        .vmid = w->csr->hgatp.id & 0x3fff,
        .addr_low = pa & 7,
        .valididx = 0xff,
        .pteidx = (uint8_t)(1u << (pa & 7)),
    };
    for (unsigned j = 0; j < SECTOR; j++)
        r->s1.ppn_low[j] = (uint8_t)j;
}

static void settle_box(struct l2tlb *t, struct wires *w, unsigned i)
{
    struct ptw_resp *r = &w->resp[i];
    if (!w->merge_valid[i]) // the arbiter shows its last input
        l2tlb_form_answer(t, w, i, r);
    w->box_req[i] = (struct mpt_req){final_page(r), r->tag, (uint8_t)(t->cfg.mpt_id + i), false};
    take_answer(t, w, i);
    w->box_in[i] = (struct mptoutputswitchbox_in){
        .m = &w->box_resp[i],
        .merge_valid = w->merge_valid[i],
        .fault = faulty(&t->cfg, r),
        .from = w->resp_from_cache[i] ? BOX_FROM_CACHE : w->resp_from_ptw[i] ? BOX_FROM_PTW : BOX_FROM_LLPTW,
        .port_ready = w->in.resp_ready[i],
        .flush = w->flush,
    };
    mptoutputswitchbox_publish(&t->box[i], &t->cfg, &w->box_in[i], &w->box[i]);
    w->merge_ready[i] = w->box[i].merge_ready;
    w->resp_valid[i] = w->box[i].l1_valid;
}

// T12 fixed: one request without translation at a time, so that its answer always has a place.
bool l2tlb_mpt_takes(const struct l2tlb *t, const struct wires *w, unsigned i)
{
    return !(w->in.req[i].mpt_only && t->box[i].open && t->cfg.errata_fixed[ERR_T12]);
}

// T26 fixed: while a box holds an answer nobody else is heard.
bool l2tlb_mpt_hears(const struct l2tlb *t, unsigned i, enum mpt_box_from who)
{
    return !t->cfg.has_mpt || !mptoutputswitchbox_holds(&t->box[i], &t->cfg) || t->box[i].from == who;
}

// Fixed order: PTW, HPTW, LLPTW, the boxes, L1 (spec E 1.3.1). What the walkers and PageCache see as ready is
// that of the boxes (spec E 2.6 rule 6).
void l2tlb_settle_boxes(struct l2tlb *t, struct wires *w)
{
    for (unsigned i = 0; i < 2; i++)
        settle_box(t, w, i);
    bool free = w->mpt.req_ready;
    w->ptw_mpt_fire = free && w->ptw.mpt_req_valid;
    free = free && !w->ptw.mpt_req_valid;
    w->hptw_mpt_fire = free && w->hptw.mpt_req_valid;
    free = free && !w->hptw.mpt_req_valid;
    w->llptw_mpt_fire = free && w->llptw.mpt_req_valid && !w->flush;
    free = free && !(w->llptw.mpt_req_valid && !w->flush);
    for (unsigned i = 0; i < 2; i++) {
        w->box_fire[i] = free && w->box[i].check_valid;
        free = free && !w->box[i].check_valid;
    }
    w->mpt_l1_ready = free;
    for (unsigned i = 0; i < 2; i++) {
        struct ptw_resp *r = &w->resp[i];
        if (!w->resp_valid[i])
            continue;
        if (w->box[i].mpt_only)
            substitute(w, i, r);
        r->mpt = w->box[i].perm;
        if (w->csr->mmpt.mode == 0) // spec E 2.6 rule 7
            r->mpt = (struct mpt_perm){.mpt_only = r->mpt.mpt_only, .right = 7, .level = 3,
                                       .contiguous = true, .napot = true};
    }
}

void l2tlb_settle_mpt_only(struct l2tlb *t, struct wires *w)
{
    const struct l2tlb_cfg *cfg = &t->cfg;
    struct mpt_req *r = &w->mpt_req;
    w->mpt_req_fire = true;
    if (w->ptw_mpt_fire) {
        *r = (struct mpt_req){bits(w->ptw.mem_addr, 47, 12), t->ptw.req.tag, (uint8_t)cfg->ptw_id, false};
    } else if (w->hptw_mpt_fire) {
        *r = (struct mpt_req){bits(w->hptw.mem_addr, 47, 12), t->hptw.tag, (uint8_t)cfg->hptw_id, false};
    } else if (w->llptw_mpt_fire) {
        *r = (struct mpt_req){w->llptw.mpt_page & mask64(36), t->llptw.entry[w->llptw.mpt_ptr].req.tag,
                              w->llptw.mpt_ptr, false};
    } else if (w->box_fire[0] || w->box_fire[1]) {
        *r = w->box_req[w->box_fire[0] ? 0 : 1];
    } else {
        unsigned i = w->req_fire[0] ? 0 : 1;
        const struct l2tlb_req *q = &w->in.req[i];
        w->mpt_req_fire = w->req_fire[i] && q->mpt_only;
        *r = (struct mpt_req){q->vpn & mask64(36), q->tag, (uint8_t)i, w->mpt_req_fire};
    }
}
