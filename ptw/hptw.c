// SPDX-License-Identifier: MulanPSL-2.0
// HPTW, rule by rule (spec B 3.2 to 3.4). Numbers in comments are the rule numbers of spec B 3.3.
//
//   cycle   what happens
//   t0      request accepted (a PageCache look-up that missed its leaf)
//   t0+1    PMP check
//   t0+2    read offered to memory
//   T       last beat
//   T+1     next level (with its PMP check) or answer
#include "ptw/hptw.h"

#include "ptw/merge.h"

#include <inttypes.h>
#include <string.h>

void hptw_reset(struct hptw *s, const struct l2tlb_cfg *cfg)
{
    memset(s, 0, sizeof *s);
    s->cfg = cfg;
    s->idle = true;
    s->level = s->af_level = 3;
    s->s_pmp_check = s->s_mem_req = s->w_mem_resp = true;
    s->s_bitmap_check = s->w_bitmap_resp = true;
}

// The root table has four times the usual size: an 11-bit index. 2025-05 adds, 2026-03 ORs (spec B
// 3.2 rule 1, D 3.6), July 2026 v2 adds (spec E 0.2 rule 6).
static uint64_t root_addr(const struct hptw *s, const struct atp *hgatp)
{
    uint64_t base = hgatp->ppn << 12;
    uint64_t index = hgatp->mode == MODE_SV48 ? bits(s->gpaddr, 49, 39) : bits(s->gpaddr, 40, 30);
    return s->cfg->rule.hptw_root_or ? base | index << 3 : base + (index << 3);
}

// Spec B 3.2 rules 2 and 3.
static uint64_t table_addr(const struct hptw *s, uint64_t pte, const struct atp *hgatp)
{
    bool sv48 = hgatp->mode == MODE_SV48;
    if (s->af_level == (sv48 ? 3 : 2))
        return root_addr(s, hgatp);
    // af_level chooses the table, level the index (spec B 3.2 and trap 1).
    bool hit = s->af_level == 2 ? s->l3_hit : s->af_level == 1 ? s->l2_hit : s->l1_hit;
    uint64_t p = hit ? s->req_ppn : bits(pte, 45, 10);
    unsigned low = 12u + 9u * s->level;
    return p << 12 | bits(s->gpaddr, low + 8, low) << 3;
}

// The PMP or the MPT refused the last table page (spec E 2.3).
static bool denied(const struct hptw *s)
{
    return s->access_fault || s->mpt_af;
}

void hptw_publish(const struct hptw *s, uint64_t mem_pte, bool mem_mask, const struct tlb_csr *csr,
                  struct hptw_out *o)
{
    if (s->idle) {
        *o = (struct hptw_out){.req_ready = true, .pte = mem_pte};
        return;
    }
    uint64_t pte = s->jmp ? s->jmp_pte : mem_pte;
    bool failed = s->bitmap_checkfailed && bitmap_enabled(s->cfg, csr);
    o->pte = pte;
    o->page_fault = pte_is_gpf(pte, s->level, csr->m_pbmte) ||
                    (s->level == 0 && !pte_is_leaf(pte));
    o->ppn_af = pte_is_af(pte) || failed;
    o->find_pte = pte_is_leaf(pte) || o->ppn_af || o->page_fault;
    o->mem_addr = table_addr(s, pte, &csr->hgatp) & mask64(48);
    // M1 (spec B 3.2 rule 4). Only the page of the checked address is that of the read (D16).
    bool keeps = s->cfg->errata_fixed[ERR_M1];
    o->read_addr = keeps ? s->checked_page << 12 | (o->mem_addr & 0xfff) : o->mem_addr;
    o->req_ready = s->idle;
    o->resp_valid = !s->idle && s->mem_addr_update &&
                    ((s->w_mem_resp && o->find_pte) || (s->s_pmp_check && s->access_fault) || s->mpt_af);
    bool goes_on = !o->find_pte && !denied(s);
    bool finish = s->mem_addr_update && !goes_on && o->resp_valid;
    o->sent_to_pmp = !s->idle && (!s->s_pmp_check || s->mem_addr_update) && !finish;
    o->mem_req_valid = !s->s_mem_req && !mem_mask && !denied(s) && s->s_pmp_check;
    o->mpt_req_valid = s->s_mpt && s->s_pmp_check && !s->access_fault;
    o->bitmap_req_valid = !s->s_bitmap_check;
}

// Spec B 3.4; denied by the bitmap: spec B 4.10 rule 5, D 4B.10.
void hptw_answer(const struct hptw *s, const struct hptw_out *o, const struct tlb_csr *csr,
                 struct hptw_resp *r)
{
    bool gaf = denied(s) || (o->ppn_af && !o->page_fault);
    uint64_t pte = gaf ? 0 : o->pte;
    bool gpf = o->page_fault && !denied(s);
    // P6: the PageCache shows G-stage entries without their G bit.
    bool clears_g = s->cfg->rule.gstage_clear_g && s->cfg->errata_fixed[ERR_P6];
    *r = (struct hptw_resp){
        .tag = s->gpaddr >> 12,
        .ppn = bits(pte, 45, 10),
        .vmid = csr->hgatp.id & 0x3fff,
        .n = merge_n(s->cfg, pte, s->level, gpf),
        .pbmt = (uint8_t)pte_pbmt(pte),
        .perm = (uint8_t)(pte_perm(pte) & ~(clears_g ? PERM_G : 0u)),
        .level = denied(s) ? s->af_level : s->level,
        .gpf = gpf,
        .gaf = gaf,
    };
}

static void accept(struct hptw *s, const struct hptw_req *r, const struct tlb_csr *csr) // rule 1
{
    bool sv48 = csr->hgatp.mode == MODE_SV48;
    s->idle = false;
    s->gpaddr = r->gvpn << 12;
    s->id = r->id;
    s->source = r->source;
    s->tag = r->tag;
    s->jmp = r->jmp_bitmap_check;
    s->jmp_pte = r->jmp_pte;
    s->jmp_way = r->jmp_way;
    if (s->jmp) { // spec B 4.8 rule 9: `bypassed`, af_level and accessFault are not loaded
        s->s_bitmap_check = false;
        s->level = r->jmp_level;
        return;
    }
    s->req_ppn = r->ppn;
    s->l3_hit = r->l3_hit && sv48;
    s->l2_hit = r->l2_hit;
    s->l1_hit = r->l1_hit;
    s->bypassed = r->bypassed;
    s->access_fault = false;
    s->s_pmp_check = false;
    s->level = s->af_level = r->l1_hit ? 0 : r->l2_hit ? 1 : !sv48 || r->l3_hit ? 2 : 3;
}

// Spec B 4.8 rules 2 to 4, D 4B.7 rules 2 and 4.
static void bitmap_check(struct hptw *s, const struct hptw_out *o, const struct hptw_in *in,
                         bool whether_need, bool en)
{
    if (whether_need) {
        bool untested = s->cfg->rule.bitmap_rework || s->cfg->errata_fixed[ERR_B7];
        bool skip = untested && o->page_fault;
        if (en && pte_is_leaf(o->pte) && !skip)
            s->s_bitmap_check = false;
        else
            s->mem_addr_update = true;
        s->whether_need_bitmap_check = false;
    }
    if (in->bitmap_req_fire) {
        s->s_bitmap_check = true;
        s->w_bitmap_resp = false;
    }
    if (in->bitmap_resp_fire) {
        s->w_bitmap_resp = true;
        s->mem_addr_update = true;
        s->bitmap_checkfailed = in->bitmap_cf;
    }
}

// Spec E 2.3, as in the PTW.
static void mpt_check(struct hptw *s, const struct hptw *was, const struct hptw_in *in)
{
    if (in->mpt_req_fire) {
        s->s_mpt = false;
        s->w_mpt = true;
    }
    if (!in->mpt_resp)
        return;
    s->mpt_af = in->mpt_bad; // T7
    if (was->w_mpt) {
        s->w_mpt = false;
        s->s_mem_req = false;
    }
}

static void decide(struct hptw *s, const struct hptw *was, const struct hptw_out *o,
                   const struct hptw_in *in) // rule 7
{
    if (!o->find_pte && !denied(was)) {
        s->level = was->level - 1;
        if (mpt_checks_next_table(s->cfg, in->csr))
            s->s_mpt = true;
        else
            s->s_mem_req = false;
        s->mem_addr_update = false;
    } else if (o->resp_valid && in->resp_fire) {
        s->idle = true;
        s->mem_addr_update = s->access_fault = false;
        if (s->cfg->rule.bitmap_rework || s->cfg->errata_fixed[ERR_B12])
            s->bitmap_checkfailed = false;
    }
}

void hptw_tick(struct hptw *s, const struct hptw_out *o, const struct hptw_in *in)
{
    if (s->idle && !in->req_fire && !s->line_arrived && !in->flush && !in->mpt_resp)
        return; // nothing below can change an idle walker
    const struct hptw was = *s;
    bool en = bitmap_enabled(s->cfg, in->csr);

    if (was.line_arrived)
        s->refill_way = in->l0_way;
    s->line_arrived = in->mem_resp;
    if (o->sent_to_pmp) { // rule 2
        s->access_fault = in->pmp.ld || in->pmp.mmio;
        s->checked_page = o->mem_addr >> 12;
    }
    if (in->req_fire)
        accept(s, in->req, in->csr);
    if (o->sent_to_pmp && !was.mem_addr_update) { // rule 3
        s->s_pmp_check = true;
        if (mpt_checks_tables(s->cfg, in->csr))
            s->s_mpt = true;
        else
            s->s_mem_req = false;
    }
    mpt_check(s, &was, in);
    if (!was.idle && denied(&was)) { // rule 4
        s->s_mpt = s->w_mpt = false;
        s->s_pmp_check = s->s_mem_req = s->w_mem_resp = true;
        s->s_bitmap_check = s->w_bitmap_resp = true;
        s->whether_need_bitmap_check = s->bitmap_checkfailed = false;
        s->mem_addr_update = true;
    }
    if (in->mem_req_fire) { // rule 5
        s->s_mem_req = true;
        s->w_mem_resp = false;
    }
    if (in->mem_resp && !was.w_mem_resp) { // rule 6
        s->w_mem_resp = true;
        s->af_level = (was.af_level - 1) & 3;
        if (en)
            s->whether_need_bitmap_check = true;
        else
            s->mem_addr_update = true;
    }
    bitmap_check(s, o, in, was.whether_need_bitmap_check, en);
    if (was.mem_addr_update)
        decide(s, &was, o, in);
    if (in->flush) { // rule 8
        s->idle = s->s_pmp_check = s->s_mem_req = s->w_mem_resp = true;
        s->s_bitmap_check = s->w_bitmap_resp = true;
        s->whether_need_bitmap_check = s->bitmap_checkfailed = false;
        s->access_fault = s->mem_addr_update = false;
        s->s_mpt = s->w_mpt = false;
    }
    if (in->flush || in->resp_fire || in->req_fire)
        s->mpt_af = false;
}

bool hptw_waiting(const struct hptw *s, const struct hptw_out *o)
{
    if (s->idle)
        return !s->line_arrived;
    return !s->line_arrived && s->s_pmp_check && !denied(s) && !s->s_mpt && !s->whether_need_bitmap_check &&
           !s->mem_addr_update && !o->sent_to_pmp;
}

void hptw_dump(const struct hptw *s, FILE *out)
{
    if (s->idle) {
        fprintf(out, "hptw idle\n");
        return;
    }
    fprintf(out, "hptw gvpn %" PRIx64 " for id %u level %u af_level %u%s%s%s%s\n", s->gpaddr >> 12,
            s->id, s->level, s->af_level, s->bypassed ? " bypassed" : "",
            s->s_mem_req ? "" : " to send: mem", s->w_mem_resp ? "" : " waits for: mem",
            s->mem_addr_update ? " decision" : "");
}
