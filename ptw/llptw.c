// SPDX-License-Identifier: MulanPSL-2.0
// LLPTW: outputs and per-cycle rules (spec B 2.4, 2.5). Numbers in comments are the rule numbers of
// spec B 2.4; enqueueing is in llptw_enqueue.c.
#include "ptw/llptw_parts.h"
#include "ptw/merge.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

void llptw_reset(struct llptw *s, const struct l2tlb_cfg *cfg)
{
    memset(s, 0, sizeof *s);
    s->cfg = cfg;
    s->size = cfg->llptw_size;
    s->in[LL_IDLE] = (uint32_t)mask64(s->size);
}

void llptw_move(struct llptw *s, unsigned i, unsigned state)
{
    s->in[s->state[i]] &= ~(1u << i);
    s->state[i] = (uint8_t)state;
    s->in[state] |= 1u << i;
}

// Lowest set bit; the encoder shows the last index when nothing is set (spec B 0.4 rule 3).
static unsigned encoder(const struct llptw *s, uint32_t m)
{
    return m ? lowest(m) : s->size - 1;
}

static uint64_t index0(uint64_t vpn)
{
    return bits(vpn, 8, 0) << 3;
}

static uint64_t host_addr(const struct hptw_resp *r, uint64_t ppn, uint64_t vpn)
{
    uint64_t gpaddr = (ppn << 12) + index0(vpn);
    return (gen_ppn_s2(r, gpaddr >> 12) << 12 | (gpaddr & 0xfff)) & mask64(48);
}

static uint64_t read_addr(const struct llptw_entry *e)
{
    uint64_t p = e->req.s2xlate == ALL_STAGE ? gen_ppn_s2(&e->hptw_resp, e->ppn) : e->ppn;
    return (p << 12 | index0(e->req.vpn)) & mask64(48);
}

static void publish_g(const struct llptw *s, uint32_t blocked, struct llptw_out *o)
{
    uint32_t first = s->in[LL_HPTW_REQ] & ~blocked, last = s->in[LL_LAST_HPTW_REQ];
    bool busy = s->in[LL_HPTW_RESP] || s->in[LL_LAST_HPTW_RESP];
    o->hptw_valid = !busy && (first || last);
    if (!o->hptw_valid)
        return;
    o->hptw_from_hyper1 = first;
    o->hptw_id = (uint8_t)(first ? round_robin(first, s->hyper1_last)
                                 : round_robin(last, s->hyper2_last));
    o->hptw_gvpn = s->entry[o->hptw_id].ppn;
}

static void publish_bitmap(const struct llptw *s, uint8_t l0_way, struct llptw_out *o)
{
    unsigned i = round_robin(s->in[LL_BITMAP_CHECK], s->bitmap_last);
    const struct llptw_entry *e = &s->entry[i];
    uint8_t cold = bit(s->mem_resp_hit, i) ? l0_way : s->way_captured[i];
    o->bitmap_ptr = (uint8_t)i;
    o->bitmap_way = e->from_l0 ? e->way : cold;
}

// Spec E 2.4 rule 2: the page of the line.
static void publish_mpt(const struct llptw *s, struct llptw_out *o)
{
    o->mpt_req_valid = s->in[LL_MPT_REQ];
    if (!o->mpt_req_valid)
        return;
    o->mpt_ptr = (uint8_t)lowest(s->in[LL_MPT_REQ]);
    o->mpt_page = read_addr(&s->entry[o->mpt_ptr]) >> 12;
}

void llptw_publish(const struct llptw *s, uint32_t req_mask, uint8_t l0_way, struct llptw_out *o)
{
    memset(o, 0, sizeof *o);
    o->in_ready = s->in[LL_IDLE];
    o->enq_ptr = (uint8_t)encoder(s, s->in[LL_IDLE]);
    if (s->in[LL_IDLE] == mask64(s->size) && !s->need_addr_check)
        return;
    uint32_t want = s->in[LL_MEM_REQ] & ~req_mask;
    o->mem_valid = want;
    if (want) {
        o->mem_id = (uint8_t)round_robin(want, s->mem_last);
        o->mem_addr = read_addr(&s->entry[o->mem_id]);
    }
    publish_g(s, 0, o);
    o->out_valid = s->in[LL_MEM_OUT];
    o->out_ptr = (uint8_t)encoder(s, s->in[LL_MEM_OUT]);
    if (s->cfg->has_mpt) {
        o->out_valid = o->out_valid && s->mem_state;
        o->out_ptr = s->mem_ptr;
        publish_mpt(s, o);
    }
    o->cache_valid = s->in[LL_CACHE];
    o->cache_ptr = (uint8_t)encoder(s, s->in[LL_CACHE]);
    o->pmp_enq_valid = s->need_addr_check;
    o->pmp_enq_addr = s->addr;
    unsigned k = s->hptw_resp_ptr_reg;
    o->pmp_hptw_valid = s->hptw_need_addr_check && s->state[k] == LL_ADDR_CHECK;
    if (o->pmp_hptw_valid) {
        const struct llptw_entry *e = &s->entry[k];
        o->pmp_hptw_addr = s->cfg->rule.llptw_two_pmp_ports
                               ? s->hpaddr
                               : host_addr(&e->hptw_resp, e->ppn, e->req.vpn);
    }
    o->bitmap_req_valid = s->in[LL_BITMAP_CHECK];
    if (o->bitmap_req_valid)
        publish_bitmap(s, l0_way, o);
}

void llptw_block_g(const struct llptw *s, struct llptw_out *o)
{
    publish_g(s, llptw_same_line(s, &s->entry[o->mem_id].req) & s->in[LL_HPTW_REQ], o);
}

static uint32_t like(const struct llptw *s, const struct req_info *q, uint32_t among)
{
    uint32_t m = 0;
    for (; among; among &= among - 1) {
        unsigned i = lowest(among);
        const struct req_info *r = &s->entry[i].req;
        if (r->vpn >> 3 == q->vpn >> 3 && r->s2xlate == q->s2xlate)
            m |= 1u << i;
    }
    return m;
}

uint32_t llptw_same_line(const struct llptw *s, const struct req_info *q)
{
    return like(s, q, (uint32_t)mask64(s->size) & ~s->in[LL_IDLE]);
}

uint32_t llptw_like_line(const struct llptw *s, const struct req_info *q)
{
    return like(s, q, (uint32_t)mask64(s->size));
}

// --- clock edge, one function per rule ---------------------------------------------------------

// With MPT: spec E 2.4 rule 1.
static void pmp_verdict(struct llptw *s, unsigned i, struct pmp_verdict v, const struct tlb_csr *csr)
{
    bool af = v.ld || v.mmio;
    s->entry[i].af = af;
    llptw_move(s, i, af ? LL_MEM_OUT : mpt_checks_tables(s->cfg, csr) ? LL_MPT_REQ : LL_MEM_REQ);
}

// Rule 2. One port: the check after a G answer displaces the one after an enqueue (D1); 2026-03 has
// two (spec D 3.2).
static void rule_pmp(struct llptw *s, const struct llptw *was, const struct llptw_out *o,
                     const struct llptw_in *in)
{
    bool both = s->cfg->rule.llptw_two_pmp_ports;
    if (o->pmp_enq_valid && (both || !o->pmp_hptw_valid))
        pmp_verdict(s, was->enq_ptr_reg, in->pmp_enq, in->csr);
    if (o->pmp_hptw_valid)
        pmp_verdict(s, was->hptw_resp_ptr_reg, in->pmp_hptw, in->csr);
}

// T20 fixed: a read of the line went without entry i, which had asked the MPT checker. On a good verdict it joins
// that read, as after a G answer (rule 8). A second read would take over who waits for the first (rule 3), and
// the first one's line could then arrive for the next user of its slot. A line that arrives now is read again.
static void join_read(struct llptw *s, const struct llptw *was, const struct llptw_in *in, unsigned i)
{
    uint32_t m = llptw_same_line(was, &was->entry[i].req) & was->in[LL_MEM_WAITING];
    for (; m; m &= m - 1) {
        unsigned id = was->entry[lowest(m)].wait_id;
        if (in->mem_resp && id == in->mem_resp_id)
            continue;
        llptw_move(s, i, LL_MEM_WAITING);
        s->entry[i].wait_id = (uint8_t)id;
    }
}

// Spec E 2.4 rules 3 and 4. T20: every entry of the line waits for this verdict, whatever it was about to
// do, but for those in states 0, 6, 7 and 8. Fixed: those that are about to ask for the same page.
static void rule_mpt(struct llptw *s, const struct llptw *was, const struct llptw_out *o,
                     const struct llptw_in *in)
{
    uint32_t none = was->in[LL_IDLE] | was->in[LL_MEM_OUT] | was->in[LL_LAST_HPTW_REQ] |
                    was->in[LL_LAST_HPTW_RESP];
    if (in->mpt_fire) {
        uint32_t m = llptw_same_line(was, &was->entry[o->mpt_ptr].req) & ~none;
        if (s->cfg->errata_fixed[ERR_T20])
            m &= was->in[LL_MPT_REQ];
        for (; m; m &= m - 1) {
            unsigned i = lowest(m);
            if (s->cfg->errata_fixed[ERR_T20] && read_addr(&was->entry[i]) >> 12 != o->mpt_page)
                continue;
            llptw_move(s, i, LL_MPT_RESP);
            s->entry[i].wait_id = o->mpt_ptr;
        }
    }
    if (!in->mpt_resp)
        return;
    for (uint32_t m = was->in[LL_MPT_RESP]; m; m &= m - 1) {
        unsigned i = lowest(m);
        if (was->entry[i].wait_id != in->mpt_resp_id)
            continue;
        s->entry[i].af = in->mpt_bad;
        llptw_move(s, i, in->mpt_bad ? LL_MEM_OUT : LL_MEM_REQ);
        if (!in->mpt_bad && s->cfg->errata_fixed[ERR_T20])
            join_read(s, was, in, i);
    }
}

// Rule 3: a read that fires serves every entry of its line, but not one in a bitmap check (spec B
// 4.9 rule 4).
static void rule_mem_fire(struct llptw *s, const struct llptw *was, const struct llptw_out *o)
{
    uint32_t none = was->in[LL_IDLE] | was->in[LL_MEM_OUT] | was->in[LL_LAST_HPTW_REQ] |
                    was->in[LL_LAST_HPTW_RESP] | was->in[LL_BITMAP_CHECK] |
                    was->in[LL_BITMAP_RESP];
    // T20 fixed: who has asked the MPT checker must be there when it answers; it may go with a good verdict.
    if (s->cfg->errata_fixed[ERR_T20])
        none |= (was->in[LL_MPT_REQ] | was->in[LL_MPT_RESP]) & ~s->in[LL_MEM_REQ];
    uint32_t m = llptw_same_line(was, &was->entry[o->mem_id].req) & ~none;
    for (; m; m &= m - 1) {
        unsigned i = lowest(m);
        llptw_move(s, i, LL_MEM_WAITING);
        s->entry[i].hptw_resp = was->entry[o->mem_id].hptw_resp;
        s->entry[i].wait_id = o->mem_id;
    }
    s->mem_last = o->mem_id;
}

// Rule 4: the line arrives (with the bitmap spec B 4.9 rule 3, D 4B.7 rule 7).
static void rule_mem_resp(struct llptw *s, const struct llptw *was, const struct llptw_in *in,
                          bool en)
{
    for (uint32_t m = was->in[LL_MEM_WAITING]; m; m &= m - 1) {
        unsigned i = lowest(m);
        const struct llptw_entry *w = &was->entry[i];
        struct llptw_entry *e = &s->entry[i];
        if (w->wait_id != in->mem_resp_id)
            continue;
        uint64_t pte = in->line[bits(w->req.vpn, 2, 0)];
        struct llptw_verdict v = llptw_pte_verdict(&w->req, pte, in->csr);
        bool all = w->req.s2xlate == ALL_STAGE, good = !v.vs_pf && !v.g_pf;
        bool untested = s->cfg->rule.bitmap_rework || s->cfg->errata_fixed[ERR_B7];
        bool test = en && !(untested && (v.vs_pf || (all && v.g_pf)));
        llptw_move(s, i, all && good ? LL_LAST_HPTW_REQ : test ? LL_BITMAP_CHECK : LL_MEM_OUT);
        s->mem_resp_hit |= 1u << i;
        e->ppn = llptw_pte_page(pte, w->req.vpn);
        e->n = pte_n(pte);
        e->hptw_resp.gpf = all && v.g_pf;
        if (all && v.g_pf && s->cfg->errata_fixed[ERR_D15])
            e->hptw_resp = llptw_range_fault(e->ppn, in->csr);
    }
}

static void grant(struct llptw *s, unsigned i, unsigned to)
{
    llptw_move(s, i, to);
    s->entry[i].wait_id = (uint8_t)i;
}

// Rule 7: spec B 4.9 rules 5 and 6, D 4B.7 rules 11 and 12.
static void rule_bitmap(struct llptw *s, const struct llptw *was, const struct llptw_out *o,
                        const struct llptw_in *in)
{
    if (in->bitmap_grant) {
        uint64_t ppn = was->entry[o->bitmap_ptr].ppn & mask64(36);
        for (uint32_t m = was->in[LL_BITMAP_CHECK]; m; m &= m - 1) {
            unsigned i = lowest(m);
            if ((was->entry[i].ppn & mask64(36)) != ppn)
                continue;
            llptw_move(s, i, LL_BITMAP_RESP);
            s->entry[i].wait_id = o->bitmap_ptr;
        }
        s->bitmap_last = o->bitmap_ptr;
    }
    if (!in->bitmap_resp_fire)
        return;
    for (uint32_t m = was->in[LL_BITMAP_RESP]; m; m &= m - 1) {
        unsigned i = lowest(m);
        if (was->entry[i].wait_id != in->bitmap_resp_id)
            continue;
        s->entry[i].cf = in->bitmap_resp_cf;
        s->entry[i].cfs = in->bitmap_resp_cfs;
        llptw_move(s, i, LL_MEM_OUT);
    }
}

// Rule 8, first translation: the table page of entry i is known, or faults.
static void first_g_answer(struct llptw *s, const struct llptw *was, const struct llptw_out *o,
                           const struct llptw_in *in, unsigned i)
{
    const struct hptw_resp *r = in->hptw_resp;
    struct llptw_entry *e = &s->entry[i];
    bool perm_fail = merge_g_refused(s->cfg, r, in->csr->mxr);
    e->hptw_resp = *r;
    if (r->gpf || r->gaf || perm_fail) {
        e->hptw_resp.gpf = r->gpf || perm_fail;
        // D3: a permission-only fault is not recorded as a fault of the first translation (spec D
        // 3.4).
        e->first_s2xlate_fault =
            r->gaf || r->gpf || (perm_fail && s->cfg->rule.gperm_sets_first_fault);
        llptw_move(s, i, LL_MEM_OUT);
        return;
    }
    uint32_t same = llptw_same_line(was, &was->entry[in->hptw_resp_id].req);
    uint32_t waiting = same & was->in[LL_MEM_WAITING];
    // P5: a read of the line that fires in this very cycle is not seen.
    if (s->cfg->errata_fixed[ERR_P5] && in->mem_fire && bit(same, o->mem_id)) {
        llptw_move(s, i, LL_MEM_WAITING);
        e->wait_id = o->mem_id;
        e->hptw_resp = was->entry[o->mem_id].hptw_resp;
    } else if (waiting) {
        llptw_move(s, i, LL_MEM_WAITING);
        e->wait_id = was->entry[lowest(waiting)].wait_id;
    } else {
        llptw_move(s, i, LL_ADDR_CHECK);
    }
}

// Rule 8. An answer that nobody waits for changes nothing (spec D 3.7).
static void rule_g_answer(struct llptw *s, const struct llptw *was, const struct llptw_out *o,
                          const struct llptw_in *in)
{
    uint32_t m = was->in[LL_HPTW_RESP] | was->in[LL_LAST_HPTW_RESP];
    for (; m; m &= m - 1) {
        unsigned i = lowest(m);
        const struct llptw_entry *w = &was->entry[i];
        if (w->wait_id != in->hptw_resp_id || w->ppn != in->hptw_resp->tag)
            continue;
        if (was->state[i] == LL_HPTW_RESP) {
            first_g_answer(s, was, o, in, i);
        } else {
            s->entry[i].hptw_resp = *in->hptw_resp;
            llptw_move(s, i, LL_MEM_OUT);
        }
    }
}

static void side_registers(struct llptw *s, const struct llptw *was, const struct llptw_out *o,
                           const struct llptw_in *in)
{
    unsigned id = in->hptw_resp_id;
    s->enq_ptr_reg = o->enq_ptr;
    // One cycle later, 0 after reset (spec B 0.4 rule 5).
    s->need_addr_check = in->in_fire && !in->flush && s->state[o->enq_ptr] == LL_ADDR_CHECK &&
                         was->state[o->enq_ptr] == LL_IDLE && !in->req->jmp_bitmap_check;
    s->hptw_resp_ptr_reg = (uint8_t)id;
    bool accepted = was->state[id] == LL_HPTW_RESP && s->state[id] == LL_ADDR_CHECK;
    bool armed = s->cfg->errata_fixed[ERR_P4] ? accepted : was->in[LL_HPTW_RESP] != 0;
    s->hptw_need_addr_check = armed && in->hptw_resp_valid && !in->flush;
    if (in->in_fire)
        s->addr = (in->req->ppn << 12 | index0(in->req->info.vpn)) & mask64(48);
    if (in->hptw_resp_valid) // spec D 3.5
        s->hpaddr = host_addr(in->hptw_resp, was->entry[id].ppn, was->entry[id].req.vpn);
    for (uint32_t m = was->mem_resp_hit; m; m &= m - 1)
        s->way_captured[lowest(m)] = in->l0_way;
    s->mem_resp_hit &= ~was->mem_resp_hit; // rule 10
}

// Spec E 2.4 rule 7: the answer is chosen into a register first.
static void choose_answer(struct llptw *s, const struct llptw *was, const struct llptw_in *in)
{
    if (!was->mem_state && was->in[LL_MEM_OUT]) {
        s->mem_ptr = (uint8_t)lowest(was->in[LL_MEM_OUT]);
        s->mem_state = true;
    }
    if (in->out_fire)
        s->mem_state = false;
}

static void hyper1(struct llptw *s, const struct llptw_out *o) // rule 5
{
    grant(s, o->hptw_id, LL_HPTW_RESP);
    s->hyper1_last = o->hptw_id;
}

// No rule moves an entry in this cycle, nor in the next one because of this one.
static bool nothing_comes(const struct llptw *s, const struct llptw_in *in)
{
    bool answers = in->mem_resp || in->hptw_resp_valid || in->bitmap_resp_fire || in->mpt_resp;
    bool grants = in->mem_fire || in->hptw_grant || in->bitmap_grant || in->mpt_fire;
    return !in->in_fire && !answers && !grants && !in->out_fire && !in->cache_fire && !in->flush &&
           llptw_waiting(s);
}

// The order of rules (spec B 4.9 rule 8; hyper_arb1 in 2026-03: spec D 3.3; MPT: spec E 2.4 rule 5).
void llptw_tick(struct llptw *s, const struct llptw_out *o, const struct llptw_in *in)
{
    if (nothing_comes(s, in)) {
        s->enq_ptr_reg = o->enq_ptr;
        s->hptw_resp_ptr_reg = in->hptw_resp_id;
        return;
    }
    const struct llptw was = *s;
    bool en = bitmap_enabled(s->cfg, in->csr);
    bool hyper1_fire = in->hptw_grant && o->hptw_from_hyper1;
    bool hyper1_first = s->cfg->rule.llptw_hyper1_first;

    if (in->in_fire) // rule 1
        llptw_enqueue(s, &was, o, in);
    if (hyper1_fire && hyper1_first)
        hyper1(s, o);
    rule_pmp(s, &was, o, in);
    if (s->cfg->has_mpt)
        rule_mpt(s, &was, o, in);
    if (in->mem_fire)
        rule_mem_fire(s, &was, o);
    if (in->mem_resp)
        rule_mem_resp(s, &was, in, en);
    if (hyper1_fire && !hyper1_first) // D2: the later assignment wins over rule 3
        hyper1(s, o);
    if (in->hptw_grant && !o->hptw_from_hyper1) { // rule 6
        grant(s, o->hptw_id, LL_LAST_HPTW_RESP);
        s->hyper2_last = o->hptw_id;
    }
    rule_bitmap(s, &was, o, in);
    if (in->hptw_resp_valid)
        rule_g_answer(s, &was, o, in);
    if (in->out_fire) // rule 9
        llptw_move(s, o->out_ptr, LL_IDLE);
    if (in->cache_fire) // rule 11
        llptw_move(s, o->cache_ptr, LL_IDLE);
    side_registers(s, &was, o, in);
    if (s->cfg->has_mpt)
        choose_answer(s, &was, in);
    if (in->flush) { // rule 12
        s->mem_state = false;
        memset(s->state, LL_IDLE, sizeof s->state);
        memset(s->in, 0, sizeof s->in);
        s->in[LL_IDLE] = (uint32_t)mask64(s->size);
    }
}

bool llptw_waiting(const struct llptw *s)
{
    bool choosing = s->cfg->has_mpt && ((!s->mem_state && s->in[LL_MEM_OUT]) || s->in[LL_MPT_REQ]);
    return !s->need_addr_check && !s->hptw_need_addr_check && !s->mem_resp_hit && !choosing;
}

static const char *const state_names[LL_STATES] = {
    "idle",    "hptw_req",      "hptw_resp",      "addr_check", "mem_req",      "mem_waiting",
    "mem_out", "last_hptw_req", "last_hptw_resp", "cache",      "bitmap_check", "bitmap_resp",
    "mpt_req", "mpt_resp"};

const char *llptw_state_name(unsigned state)
{
    return state_names[state];
}

void llptw_dump(const struct llptw *s, FILE *out)
{
    fprintf(out, "llptw\n");
    for (unsigned i = 0; i < s->size; i++)
        if (s->state[i] != LL_IDLE)
            fprintf(out, "  %u %-14s vpn %" PRIx64 " s2xlate %u source %u ppn %" PRIx64 " waits for id %u%s\n",
                    i, state_names[s->state[i]], s->entry[i].req.vpn, s->entry[i].req.s2xlate,
                    s->entry[i].req.source, s->entry[i].ppn, s->entry[i].wait_id,
                    s->entry[i].af ? " af" : "");
}
