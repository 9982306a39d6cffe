// SPDX-License-Identifier: MulanPSL-2.0
// PTW, rule by rule (spec B 1.2 to 1.5). Numbers in comments are the rule numbers of spec B 1.3.
//
//   cycle         what happens (noS2xlate)
//   t0            request accepted
//   t0+1          PMP check of the first table address
//   t0+2          read offered to memory
//   T             last beat
//   T+1           decision: next level (with its PMP check), answer, or hand-over to the LLPTW
#include "ptw/ptw.h"

#include "ptw/merge.h"

#include <inttypes.h>
#include <string.h>

void ptw_reset(struct ptw *s, const struct l2tlb_cfg *cfg)
{
    memset(s, 0, sizeof *s);
    s->cfg = cfg;
    s->idle = true;
    s->level = s->af_level = s->gpf_level = 3;
    s->s_pmp_check = s->s_mem_req = s->w_mem_resp = s->s_llptw_req = true;
    s->s_hptw_req = s->w_hptw_resp = s->s_last_hptw_req = s->w_last_hptw_resp = true;
    s->s_bitmap_check = s->w_bitmap_resp = true;
}

// Spec B 1.2 rule 1.
static const struct atp *select_atp(const struct tlb_csr *csr, unsigned s2xlate)
{
    return s2xlate == NO_S2XLATE ? &csr->satp : &csr->vsatp;
}

// Spec B 1.2 rule 2.
static bool two_stage(unsigned s2xlate)
{
    return s2xlate >= ONLY_STAGE2;
}

static bool one_stage(unsigned s2xlate)
{
    return s2xlate <= ONLY_STAGE1;
}

static uint64_t vpn_index(uint64_t vpn, unsigned level)
{
    return bits(vpn, 9 * level + 8, 9 * level);
}

static uint64_t make_addr(uint64_t ppn, uint64_t index)
{
    return ppn << 12 | index << 3;
}

// Address of the table entry to read, chosen by af_level (spec B 1.2 rule 6); 56 bits.
static uint64_t table_addr(const struct ptw *s, uint64_t pte, const struct atp *atp)
{
    bool sv48 = atp->mode == MODE_SV48;
    if (s->af_level == 3)
        return make_addr(atp->ppn, vpn_index(s->req.vpn, 3));
    if (s->af_level == 2)
        return make_addr(sv48 ? (s->l3_hit ? s->ppn : pte_ppn(pte)) : atp->ppn,
                         vpn_index(s->req.vpn, 2));
    return make_addr(s->l2_hit ? s->ppn : pte_ppn(pte), vpn_index(s->req.vpn, 1));
}

// Spec B 1.2 rule 8.
static uint64_t guest_addr(const struct ptw *s, uint64_t pte, uint64_t full_gvpn,
                           uint64_t hptw_addr)
{
    if (s->stage1_hit || s->req.s2xlate == ONLY_STAGE2)
        return full_gvpn << 12;
    if (!s->s_last_hptw_req)
        return leaf_ppn(pte_ppn(pte), s->req.vpn, s->level, false) << 12;
    return hptw_addr;
}

// The last PTE read was faulty. With a stage-1 hit that is a PTE of an older walk (N5).
static bool stale_mask(const struct ptw *s, const struct ptw_out *o)
{
    return s->pte_valid && (o->page_fault || o->ppn_af);
}

// D4: the range fault of a cached page never answers. With N5 fixed alone those faults answer that
// an older PTE would have masked; the others still show D4.
static bool range_fault_answers(const struct ptw *s, const struct ptw_out *o)
{
    return s->cfg->errata_fixed[ERR_D4] || (s->cfg->errata_fixed[ERR_N5] && stale_mask(s, o));
}

// Spec B 1.2 rule 9.
static bool range_fault(const struct ptw *s, const struct ptw_out *o, uint64_t full_gvpn,
                        const struct tlb_csr *csr)
{
    if (s->first_gvpn_check_fail)
        return true;
    bool masked = s->hptw_page_fault || s->hptw_access_fault || stale_mask(s, o);
    if (s->stage1_hit && s->cfg->errata_fixed[ERR_N5])
        masked = s->hptw_page_fault || s->hptw_access_fault;
    return !masked && two_stage(s->req.s2xlate) &&
           gpn_out_of_range(full_gvpn, csr->hgatp.mode);
}

// The PMP or the MPT refused the last table page (spec E 2.2 `af2`).
static bool denied(const struct ptw *s)
{
    return s->access_fault || s->mpt_af;
}

static bool answer_valid(const struct ptw *s, const struct ptw_out *o)
{
    if (s->idle)
        return false;
    if (s->stage1_hit)
        return s->hptw_resp_stage2 ||
               (s->mem_addr_update && o->gvpn_gpf && range_fault_answers(s, o));
    return s->mem_addr_update && !s->need_last_s2xlate &&
           (o->guest_fault || (s->w_mem_resp && o->find_pte) ||
            (s->s_pmp_check && s->access_fault) || s->mpt_af || s->req.s2xlate == ONLY_STAGE2);
}

// Decision branch (rule 14 a): a table of level >= 2 was read and the walk goes on.
static bool goes_down(const struct ptw *s, const struct ptw_out *o)
{
    return s->level >= 2 && s->req.s2xlate != ONLY_STAGE2 &&
           !(o->guest_fault || o->find_pte || denied(s));
}

void ptw_publish(const struct ptw *s, uint64_t mem_pte, bool mem_mask, const struct tlb_csr *csr,
                 struct ptw_out *o)
{
    if (s->idle) { // every output is gated by the request held
        *o = (struct ptw_out){.req_ready = true, .pte = mem_pte};
        return;
    }
    unsigned x = s->req.s2xlate;
    const struct atp *atp = select_atp(csr, x);
    bool pbmte = x != NO_S2XLATE ? csr->h_pbmte : csr->m_pbmte;
    uint64_t pte = s->jmp ? s->jmp_pte : mem_pte;
    bool failed = s->bitmap_checkfailed && bitmap_enabled(s->cfg, csr);
    o->pte = pte;
    o->page_fault = pte_is_pf(pte, s->level, pbmte);
    o->ppn_af = one_stage(x) && (pte_is_af(pte) || failed); // spec B 1.2 rule 3, 4.8 rule 5
    o->find_pte = pte_is_leaf(pte) || o->ppn_af || o->page_fault; // spec B 1.2 rule 4
    // Spec B 1.2 rules 7, 10 and 11.
    uint64_t full_gvpn = s->update_full_gvpn_mem_resp ? pte_ppn(pte) : s->full_gvpn_reg;
    uint64_t hptw_addr = table_addr(s, pte, atp);
    o->gpaddr = guest_addr(s, pte, full_gvpn, hptw_addr);
    o->gvpn_gpf = range_fault(s, o, full_gvpn, csr);
    o->guest_fault = s->hptw_page_fault || s->hptw_access_fault || o->gvpn_gpf;
    uint64_t hpaddr = gen_ppn_s2(&s->hptw_resp, o->gpaddr >> 12) << 12 | (o->gpaddr & 0xfff);
    o->mem_addr = (two_stage(x) ? hpaddr : hptw_addr) & mask64(48);
    // M1: the root as it is now, whatever page was checked (spec B 1.2 rule 12).
    bool keeps = s->cfg->errata_fixed[ERR_M1];
    o->read_addr = keeps ? s->checked_page << 12 | (o->mem_addr & 0xfff) : o->mem_addr;
    o->req_ready = s->idle;
    // Spec B 1.2 rules 5 and 16.
    o->llptw_valid = !s->s_llptw_req && s->level == 1 && !o->find_pte && !denied(s) &&
                     !o->guest_fault;
    o->resp_valid = answer_valid(s, o);
    bool down = goes_down(s, o), last = two_stage(x) && s->need_last_s2xlate;
    bool vs_finish = s->mem_addr_update && down && two_stage(x);
    bool finish = s->mem_addr_update && !down && (o->llptw_valid || (!last && o->resp_valid));
    // Spec B 1.2 rules 13 to 15.
    o->sent_to_pmp = !s->idle && (!s->s_pmp_check || s->mem_addr_update) && !finish &&
                     !vs_finish && !s->first_gvpn_check_fail && !(o->find_pte && s->pte_valid);
    o->mem_req_valid = !s->s_mem_req && !mem_mask && !denied(s) && s->s_pmp_check;
    o->mpt_req_valid = s->s_mpt && s->s_pmp_check && !s->access_fault; // spec E 2.2 rule 2
    bool held_back = s->stage1_hit && o->gvpn_gpf && range_fault_answers(s, o);
    o->hptw_req_valid = (!s->s_hptw_req || !s->s_last_hptw_req) && !held_back;
    o->hptw_gvpn = bits(o->gpaddr, 55, 12);
    o->bitmap_req_valid = !s->s_bitmap_check;
}

// --- answer ------------------------------------------------------------------------------------

// Spec B 1.5, 4.10 rules 3 and 6.
static void walker_view(const struct ptw *s, const struct ptw_out *o, const struct tlb_csr *csr,
                        struct merge_resp *m)
{
    uint64_t pte = s->pte_valid ? o->pte : 0; // 0: the "fake PTE" before the first read
    bool pf = s->pte_valid && o->page_fault;
    bool af = (denied(s) || o->ppn_af) && !(pf || o->guest_fault);
    memset(m, 0, sizeof *m);
    m->tag = s->req.vpn >> 3;
    m->idx = (uint8_t)bits(s->req.vpn, 2, 0);
    m->asid = select_atp(csr, s->req.s2xlate)->id;
    m->vmid = csr->hgatp.id & 0x3fff;
    m->level = denied(s) && af ? s->af_level : o->guest_fault ? s->gpf_level : s->level;
    for (unsigned i = 0; i < SECTOR; i++)
        m->ppn[i] = s->pte_valid ? pte_ppn(pte) : s->ppn;
    memset(m->perm, (int)pte_perm(pte), sizeof m->perm);
    memset(m->pbmt, (int)pte_pbmt(pte), sizeof m->pbmt);
    m->n = merge_n(s->cfg, pte, m->level, pf) ? 0xff : 0;
    m->v = pte_v(pte) ? 0xff : 0;
    m->pf = pf ? 0xff : 0;
    m->af = af ? 0xff : 0;
}

void ptw_answer(const struct ptw *s, const struct ptw_out *o, const struct tlb_csr *csr,
                struct merge_resp *s1, struct hptw_resp *s2)
{
    if (s->stage1_hit || ((s->l3_hit || s->l2_hit) && o->guest_fault && !s->pte_valid))
        *s1 = s->stage1;
    else
        walker_view(s, o, csr, s1);
    if (!o->gvpn_gpf) {
        *s2 = s->hptw_resp;
        return;
    }
    uint64_t page = bits(o->gpaddr, 49, 12);
    if (s->cfg->errata_fixed[ERR_D15] && s->pte_valid && !s->stage1_hit && pte_is_leaf(o->pte))
        page = leaf_ppn(pte_ppn(o->pte), s->req.vpn, s->level, false) & mask64(38);
    *s2 = (struct hptw_resp){.tag = page, .vmid = csr->hgatp.id & 0x3fff, .gpf = 1};
}

// --- clock edge --------------------------------------------------------------------------------

// The flags of rules 10 and 15; with the bitmap spec B 4.8 rule 7, D 4B.7.
static void all_done(struct ptw *s)
{
    s->s_pmp_check = s->s_mem_req = s->w_mem_resp = s->s_llptw_req = true;
    s->s_hptw_req = s->w_hptw_resp = s->s_last_hptw_req = s->w_last_hptw_resp = true;
    s->s_bitmap_check = s->w_bitmap_resp = true;
    s->whether_need_bitmap_check = false;
}

static void accept_stage1_hit(struct ptw *s, const struct ptw_req *r) // rule 2
{
    s->idle = false;
    s->req.s2xlate = r->info.s2xlate;
    s->s_last_hptw_req = false;
    s->hptw_resp_stage2 = s->need_last_s2xlate = false;
    s->hptw_page_fault = s->hptw_access_fault = false;
    s->full_gvpn_reg = merge_gen_ppn(&r->stage1);
}

static void accept_walk(struct ptw *s, const struct ptw_req *r, const struct tlb_csr *csr) // rule 4
{
    unsigned x = r->info.s2xlate;
    const struct atp *atp = select_atp(csr, x);
    bool sv48 = atp->mode == MODE_SV48, l3 = r->l3_hit && sv48;
    bool hit = r->l2_hit || l3;
    uint64_t table = hit ? r->ppn : atp->ppn;
    // Rule 4a.
    s->level = s->af_level = r->l2_hit ? 1 : l3 || !sv48 ? 2 : 3;
    s->gpf_level = r->l2_hit ? 2 : l3 ? 3 : 0;
    s->ppn = table; // rule 4b
    s->l3_hit = l3;
    s->l2_hit = r->l2_hit;
    s->req = r->info;
    s->access_fault = s->hptw_page_fault = s->hptw_access_fault = s->pte_valid = false;
    s->idle = false;
    s->full_gvpn_reg = x == ONLY_STAGE2 ? r->info.vpn : 0;
    if (x == ONLY_STAGE2) {
        s->need_last_s2xlate = false;
        if (csr->hgatp.mode == MODE_SV39 && r->info.vpn >> 29)
            s->mem_addr_update = s->first_gvpn_check_fail = true;
        else
            s->s_last_hptw_req = false;
    } else if (x == ALL_STAGE) {
        if (gpn_out_of_range(table, csr->hgatp.mode)) {
            s->mem_addr_update = s->first_gvpn_check_fail = true;
        } else {
            s->need_last_s2xlate = true;
            s->s_hptw_req = false;
        }
    } else { // rule 4e
        s->need_last_s2xlate = false;
        s->s_pmp_check = false;
    }
}

// Tested whether its PTE is a leaf or not (spec B 4.8 rules 8 and 10; D 4B.7 rule 6).
static void accept_jump(struct ptw *s, const struct ptw_req *r)
{
    s->idle = false;
    s->s_bitmap_check = false;
    s->req = r->info;
    s->level = r->jmp_level;
    s->pte_valid = true;
    s->need_last_s2xlate = s->hptw_page_fault = s->hptw_access_fault = s->access_fault = false;
}

static void accept(struct ptw *s, const struct ptw_req *r, const struct tlb_csr *csr)
{
    s->req.source = r->info.source; // rule 1
    s->req.tag = r->info.tag;
    s->stage1_hit = r->stage1_hit;
    s->stage1 = r->stage1;
    s->jmp = r->jmp_bitmap_check && r->info.s2xlate != ONLY_STAGE2;
    s->jmp_pte = r->jmp_pte;
    if (r->stage1_hit)
        accept_stage1_hit(s, r);
    else if (s->jmp)
        accept_jump(s, r);
    else
        accept_walk(s, r, csr);
}

// Rules 5 to 8: G-stage translations of table addresses and of the final guest page.
static void g_stage(struct ptw *s, const struct ptw *was, const struct ptw_in *in)
{
    const struct hptw_resp *r = in->hptw_resp;
    if (in->hptw_req_fire && !was->s_hptw_req) {
        s->s_hptw_req = true;
        s->w_hptw_resp = false;
    }
    if (in->hptw_resp_valid && !was->w_hptw_resp) {
        bool perm_fail = merge_g_refused(s->cfg, r, in->csr->mxr);
        s->w_hptw_resp = true;
        s->hptw_page_fault = r->gpf || perm_fail;
        s->hptw_access_fault = r->gaf;
        s->hptw_resp = *r;
        s->hptw_resp.gpf = r->gpf || perm_fail;
        if (s->hptw_page_fault || s->hptw_access_fault) {
            s->mem_addr_update = true;
            s->need_last_s2xlate = false;
        } else {
            s->s_pmp_check = false;
        }
    }
    if (in->hptw_req_fire && !was->s_last_hptw_req) {
        s->s_last_hptw_req = true;
        s->w_last_hptw_resp = false;
    }
    if (in->hptw_resp_valid && !was->w_last_hptw_resp) {
        s->w_last_hptw_resp = true;
        s->hptw_resp = *r;
        if (was->stage1_hit) {
            s->hptw_resp_stage2 = true;
        } else {
            s->hptw_page_fault = r->gpf;
            s->hptw_access_fault = r->gaf;
            s->mem_addr_update = true;
        }
    }
}

// Rule 12, and with the bitmap on the detour of spec B 4.8 rule 1, D 4B.7 rule 1.
static void memory_answer(struct ptw *s, bool en, const struct tlb_csr *csr)
{
    bool root = select_atp(csr, s->req.s2xlate)->mode == MODE_SV39 && !s->pte_valid && !s->l2_hit;
    s->w_mem_resp = true;
    s->af_level = (s->af_level - 1) & 3;
    s->gpf_level = (s->gpf_level - (root ? 2 : 1)) & 3;
    s->pte_valid = true;
    s->update_full_gvpn_mem_resp = true;
    if (en) {
        s->whether_need_bitmap_check = true;
    } else {
        s->s_llptw_req = false;
        s->mem_addr_update = true;
    }
}

// Spec B 4.8 rules 2 to 4, D 4B.7 rules 2 and 4.
static void bitmap_check(struct ptw *s, const struct ptw_out *o, const struct ptw_in *in,
                         bool whether_need, bool en)
{
    if (whether_need) {
        bool untested = s->cfg->rule.bitmap_rework || s->cfg->errata_fixed[ERR_B7];
        bool skip = untested && o->page_fault;
        if (en && pte_is_leaf(o->pte) && !skip && one_stage(s->req.s2xlate)) {
            s->s_bitmap_check = false;
        } else {
            s->mem_addr_update = true;
            s->s_llptw_req = false;
        }
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

// Spec E 2.2 rules 2 and 3.
static void mpt_check(struct ptw *s, const struct ptw *was, const struct ptw_in *in)
{
    if (in->mpt_req_fire) {
        s->s_mpt = false;
        s->w_mpt = true;
    }
    if (!in->mpt_resp)
        return;
    s->mpt_af = in->mpt_bad; // T7: whoever the answer was for
    if (was->w_mpt) {
        s->w_mpt = false;
        s->s_mem_req = false;
    }
}

static void decide(struct ptw *s, const struct ptw *was, const struct ptw_out *o,
                   const struct ptw_in *in) // rule 14
{
    if (goes_down(was, o)) {
        s->level = was->level - 1;
        if (two_stage(was->req.s2xlate))
            s->s_hptw_req = false;
        else if (mpt_checks_next_table(s->cfg, in->csr)) // spec E 2.2 rule 5
            s->s_mpt = true;
        else
            s->s_mem_req = false;
        s->s_llptw_req = true;
        s->mem_addr_update = false;
    } else if (o->llptw_valid) {
        if (in->llptw_fire) {
            s->idle = s->s_llptw_req = true;
            s->mem_addr_update = s->need_last_s2xlate = false;
        }
    } else if (two_stage(was->req.s2xlate) && was->need_last_s2xlate) {
        s->need_last_s2xlate = false;
        if (!o->guest_fault && !denied(was) && !o->page_fault && !o->ppn_af) {
            s->s_last_hptw_req = false;
            s->mem_addr_update = false;
        }
    } else if (o->resp_valid && in->resp_fire) {
        s->idle = s->s_llptw_req = true;
        s->mem_addr_update = s->access_fault = s->first_gvpn_check_fail = false;
        if (s->cfg->rule.bitmap_rework || s->cfg->errata_fixed[ERR_B12])
            s->bitmap_checkfailed = false;
    }
}

static void flush(struct ptw *s) // rule 15
{
    s->idle = true;
    all_done(s);
    s->s_mpt = s->w_mpt = false;
    s->access_fault = s->mem_addr_update = s->first_gvpn_check_fail = false;
    s->bitmap_checkfailed = false; // spec B 4.8 rule 6, D 4B.7 rule 5
    if (s->cfg->errata_fixed[ERR_D6])
        s->need_last_s2xlate = false;
}

void ptw_tick(struct ptw *s, const struct ptw_out *o, const struct ptw_in *in)
{
    if (s->idle && !in->req_fire && !in->flush && !s->update_full_gvpn_mem_resp && !in->mpt_resp)
        return; // nothing below can change an idle walker
    // Values at the start of the cycle that later rules test; rules after them may write.
    const struct ptw was = *s;
    bool en = bitmap_enabled(s->cfg, in->csr);

    if (o->sent_to_pmp) {
        s->access_fault = in->pmp.ld || in->pmp.mmio;
        s->checked_page = o->mem_addr >> 12;
    }
    if (in->resp_fire && was.stage1_hit) // rule 3
        s->idle = true;
    if (in->req_fire)
        accept(s, in->req, in->csr);
    g_stage(s, &was, in);
    if (o->sent_to_pmp && !was.mem_addr_update) { // rule 9
        s->s_pmp_check = true;
        if (mpt_checks_tables(s->cfg, in->csr)) // spec E 2.2 rule 1
            s->s_mpt = true;
        else
            s->s_mem_req = false;
    }
    mpt_check(s, &was, in);
    if (!was.idle && (denied(&was) || o->guest_fault)) { // rule 10; spec E 2.2 rule 4
        all_done(s);
        s->s_mpt = s->w_mpt = false;
        s->mem_addr_update = true;
        s->need_last_s2xlate = false;
        s->bitmap_checkfailed = false;
    }
    if (in->mem_req_fire) { // rule 11
        s->s_mem_req = true;
        s->w_mem_resp = false;
    }
    if (in->mem_resp && !was.w_mem_resp)
        memory_answer(s, en, in->csr);
    if (was.update_full_gvpn_mem_resp) { // rule 13
        s->update_full_gvpn_mem_resp = false;
        s->full_gvpn_reg = pte_ppn(o->pte);
    }
    bitmap_check(s, o, in, was.whether_need_bitmap_check, en);
    if (was.mem_addr_update)
        decide(s, &was, o, in);
    if (in->flush)
        flush(s);
    if (in->flush || in->resp_fire || (in->req_fire && !in->req->stage1_hit))
        s->mpt_af = false; // spec E 2.2 rule 6
}

bool ptw_waiting(const struct ptw *s, const struct ptw_out *o)
{
    if (s->idle)
        return !s->update_full_gvpn_mem_resp;
    if (!s->s_pmp_check || s->update_full_gvpn_mem_resp || s->whether_need_bitmap_check || s->s_mpt)
        return false;
    if (denied(s) || o->guest_fault || o->sent_to_pmp)
        return s->mem_addr_update && o->resp_valid && !s->stage1_hit;
    return !s->mem_addr_update || o->resp_valid || o->llptw_valid;
}

void ptw_dump(const struct ptw *s, FILE *out)
{
    if (s->idle) {
        fprintf(out, "ptw idle\n");
        return;
    }
    fprintf(out,
            "ptw vpn %" PRIx64 " s2xlate %u source %u level %u af_level %u gpf_level %u%s%s%s%s\n"
            "  to send:%s%s%s%s%s  waits for:%s%s%s  %s%s%s%s\n",
            s->req.vpn, s->req.s2xlate, s->req.source, s->level, s->af_level, s->gpf_level,
            s->stage1_hit ? " stage1Hit" : "", s->l3_hit ? " l3Hit" : "",
            s->l2_hit ? " l2Hit" : "", s->pte_valid ? " pte_valid" : "",
            s->s_pmp_check ? "" : " pmp", s->s_mem_req ? "" : " mem", s->s_hptw_req ? "" : " hptw",
            s->s_last_hptw_req ? "" : " last_hptw", s->s_llptw_req ? "" : " llptw",
            s->w_mem_resp ? "" : " mem", s->w_hptw_resp ? "" : " hptw",
            s->w_last_hptw_resp ? "" : " last_hptw", s->mem_addr_update ? "decision " : "",
            s->need_last_s2xlate ? "need_last " : "", s->access_fault ? "accessFault " : "",
            s->hptw_page_fault || s->hptw_access_fault ? "G fault" : "");
}
