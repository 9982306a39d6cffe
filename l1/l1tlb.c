// SPDX-License-Identifier: MulanPSL-2.0
#include "l1/l1tlb.h"

#include "arch/plru.h"
#include "l1/l1result.h"

void l1tlb_reset(struct l1tlb *t, const struct l1tlb_params *p)
{
    *t = (struct l1tlb){.p = *p};
    l1_table_reset(&t->table, p->ways);
}

// --- the blocking port (spec C 1.7) --------------------------------------------------------------

// Does the presented answer serve the waiting access? By the sector rule whatever the code (spec C
// 4.3, trap 18).
static bool blocking_hit(const struct l1tlb *t, const struct l1tlb_port *p,
                         const struct l1tlb_in *in)
{
    const struct tlb_csr *csr = &in->csr->tlb;
    const struct ptw_resp *a = in->answer ? &in->answer->r : NULL;

    if (!a || a->s2xlate != p->miss_s2xlate)
        return false;
    if (a->s2xlate == ONLY_STAGE2 || t->p.rule.l1_blocking_covers)
        return l1_covers(in->answer, p->vpn, csr);
    unsigned low = l1_page_bits(a->s1.level, a->s1.n);
    uint64_t mask = L1_VPN_MASK & ~mask64(low < 3 ? 3 : low);
    if (((p->vpn ^ a->s1.tag << 3) & mask) || !bit(a->s1.valididx, (unsigned)p->vpn & 7))
        return false;
    return l1_same_space(in->answer, csr);
}

// --- guest page fetch (spec C 1.8) ---------------------------------------------------------------

// vpn of an answer, cut to its level with the low bits of `vpn` (Chisel getVpn).
static uint64_t answer_vpn(const struct l1tlb *t, const struct ptw_resp *a, uint64_t vpn)
{
    bool only2 = a->s2xlate == ONLY_STAGE2, all = a->s2xlate == ALL_STAGE;
    unsigned level = only2 ? a->s2.level : all ? l1_all_level(a) : a->s1.level;
    bool n = only2 ? a->s2.n : all ? l1_all_n(a) : a->s1.n;
    unsigned low = l1_page_bits(level, n && t->p.rule.l1_gpa_napot);
    uint64_t base = only2 ? a->s2.tag : a->s1.tag << 3 | oh_to_uint(a->s1.pteidx);
    return (base & ~mask64(low)) | (vpn & mask64(low));
}

static void gpa_capture(struct l1tlb_gpa *g, const struct ptw_resp *a, uint64_t vpn)
{
    g->gvpn = a->s2xlate == ONLY_STAGE2 ? a->s2.tag : l1_gen_gvpn(&a->s1, vpn);
    g->level = a->s1.level;
    g->leaf = l1_s1_is_leaf(&a->s1);
    g->fake = l1_s1_is_fake(&a->s1);
    g->valid = true;
}

// L15 fixed: the registers belong to one translation stage of the page.
static bool gpa_is_of(const struct l1tlb *t, const struct l1_result *r)
{
    return t->gpa.vpn == r->p->vpn && (!t->p.fix_l15 || t->gpa.s2xlate == r->s2xlate);
}

static bool gpa_is_answered(const struct l1tlb *t, const struct ptw_resp *a)
{
    const struct l1tlb_gpa *g = &t->gpa;
    return g->need && answer_vpn(t, a, g->vpn) == g->vpn &&
           (!t->p.fix_l15 || a->s2xlate == g->s2xlate);
}

// Is what the registers hold given up in this cycle?
static bool gpa_ends(const struct l1tlb *t, const struct l1tlb_in *in, unsigned i)
{
    return l1_cmd_is_exec(t->port[i].req.cmd) ? bit(in->flush_pipe, i)
                                              : l1_need_flush(t->gpa.rob, &in->redirect);
}

// Does this port's result need a fetch (spec C 1.8 rule 1)? Killed, redirected and prefetch results
// do not.
static bool gpa_wanted(const struct l1tlb *t, const struct l1tlb_in *in, unsigned i,
                       const struct l1_result *r)
{
    const struct l1tlb_port *p = r->p;
    bool have = t->gpa.valid && gpa_is_of(t, r);
    return !p->p_hit && !have && r->s2xlate != ONLY_STAGE2 && r->has_gpf && !t->gpa.need &&
           !bit(in->req_kill, i) && !p->req.prefetch &&
           !l1_need_flush(p->req.rob, &in->redirect) && !l1_need_flush(p->req.rob, &t->redirect);
}

// Rule l1_gpa_oldest_only (spec E 0.2; L17): a younger data access has to wait, so that its fetch
// does not keep back the misses of older ones. The halves of a misaligned access go first anyway.
static bool gpa_allowed(const struct l1tlb *t, const struct l1tlb_in *in, const struct l1_req *q)
{
    return !t->p.rule.l1_gpa_oldest_only || l1_cmd_is_exec(q->cmd) || q->misaligned ||
           l1_rob_same(q->rob, in->oldest);
}

// The registers after this cycle (spec C 1.8 rules 3 to 6): every port drives them, the last one
// wins. Returns whether a fetch starts in this cycle, which blocks the refill of this cycle (spec C
// 1.8 rule 2).
static bool gpa_next(const struct l1tlb *t, const struct l1tlb_in *in,
                     const struct l1_result res[L1TLB_PORTS], struct l1tlb_gpa *n)
{
    const struct l1tlb_gpa *g = &t->gpa;
    bool starts = false;

    *n = *g;
    for (unsigned i = 0; i < t->p.ports; i++) {
        const struct l1tlb_port *p = &t->port[i];
        const struct l1_result *r = &res[i];
        bool busy = bit(t->busy, i);
        if (gpa_ends(t, in, i)) {
            n->need = n->valid = false;
            n->vpn = 0;
        } else if (busy && gpa_wanted(t, in, i, r) && gpa_allowed(t, in, &p->req)) {
            starts = true;
            n->need = true;
            n->valid = false;
            n->vpn = p->vpn;
            n->rob = p->req.rob;
            n->s2xlate = (uint8_t)r->s2xlate;
        } else if (in->answer && gpa_is_answered(t, &in->answer->r)) {
            gpa_capture(n, &in->answer->r, g->vpn);
        }
        if (busy && r->has_gpf && g->valid && gpa_is_of(t, r))
            n->need = false;
        // L7 fixed: an access served by the by-pass needs no guest page any more.
        if (t->p.rule.l1_gpa_clear && busy && p->p_hit && g->need && g->vpn == p->vpn)
            n->need = false;
    }
    return starts;
}

// --- settle --------------------------------------------------------------------------------------

static bool result_misses(const struct l1tlb *t, const struct l1_result *r)
{
    const struct l1tlb_port *p = r->p;
    bool have = t->gpa.valid && gpa_is_of(t, r);
    bool gpa = r->has_gpf && !p->p_hit && !have && r->s2xlate != ONLY_STAGE2 && !p->req.prefetch &&
               !l1_need_flush(p->req.rob, &t->redirect);
    return (!r->hit && r->enabled) || gpa;
}

// Spec C 1.7 rows 1 to 4.
static void nonblocking_miss(const struct l1tlb *t, const struct l1tlb_in *in, unsigned i,
                             const struct l1_result *r, struct l1tlb_out *out)
{
    const struct l1tlb_port *p = r->p;
    const struct tlb_csr *csr = &in->csr->tlb;
    unsigned me = 1u << i;

    if (r->miss) {
        bool back = in->answer && in->answer->r.s2xlate == r->s2xlate &&
                    l1_covers(in->answer, p->vpn, csr);
        back = back || (t->back_valid && t->back.r.s2xlate == r->s2xlate &&
                        l1_covers(&t->back, p->vpn, csr));
        bool wait = !gpa_ends(t, in, i) && gpa_wanted(t, in, i, r) && !gpa_allowed(t, in, &p->req);
        if (back || wait || (t->gpa.need && t->gpa.vpn != p->vpn && !t->gpa.valid))
            out->replay |= me;
        else if (!(t->p.fix_l9 && r->prefault))
            out->ptw_valid |= me;
    }
    if (in->req_kill & me) {
        out->ptw_valid &= ~me;
        out->replay |= me;
    }
}

static void blocking_port(const struct l1tlb_in *in, unsigned i, const struct l1_result *r,
                          bool served, struct l1tlb_out *out)
{
    const struct l1tlb_port *p = r->p;
    bool flush_pipe_fence = in->sfence->valid && in->sfence->flush_pipe;
    bool miss_wire = p->new_coming && r->miss;
    bool miss_v = p->miss_v || miss_wire;
    bool again = miss_v && out->flush && !flush_pipe_fence;
    struct l1_resp *o = &out->resp[i];

    if (miss_v)
        out->miss_v |= 1u << i;
    if (miss_wire)
        out->first_miss |= 1u << i;
    if (p->miss_req_v || miss_wire || again)
        out->ptw_valid |= 1u << i;
    if (!(miss_v && r->enabled) || served)
        out->resp_valid |= 1u << i;
    if (served)
        o->miss = false;
    if (bit(in->flush_pipe, i) && r->enabled) { // nobody will use the answer
        out->resp_valid |= 1u << i;
        o->pbmt = 0;
        o->exc |= L1_EXC_PF;
    }
}

static void settle_port(const struct l1tlb *t, const struct l1tlb_in *in, unsigned i,
                        struct l1_result *r, struct l1tlb_out *out)
{
    const struct l1tlb_port *p = &t->port[i];
    struct l1_resp *o = &out->resp[i];
    bool blocking = bit(t->p.blocking, i);

    l1_result_of(t, in, i, r, o);
    o->miss = false; // from here on false wins (address check)
    bool served = blocking && r->enabled && blocking_hit(t, p, in);
    if (served)
        l1_result_answered(t, in, r, o);
    l1_result_prefault(r, o);
    r->has_gpf = r->hit && (o->exc & L1_EXC_GPF);
    r->miss = result_misses(t, r) && !(t->p.fetch && r->prefault); // L16 fixed: asks for nothing
    o->miss = r->miss && !r->prefault;
    if (blocking) {
        blocking_port(in, i, r, served, out);
    } else {
        out->resp_valid |= 1u << i;
        out->first_miss |= (unsigned)o->miss << i;
        nonblocking_miss(t, in, i, r, out);
    }
    out->ptw[i] = (struct l1_ptw_req){
        .vpn = p->vpn,
        .tag = p->req.tag,
        .s2xlate = (uint8_t)r->s2xlate,
        .get_gpa = r->has_gpf,
    };
}

void l1tlb_settle(const struct l1tlb *t, const struct l1tlb_in *in, struct l1tlb_out *out)
{
    struct l1_result res[L1TLB_PORTS];
    const struct tlb_csr *csr = &in->csr->tlb;
    bool starts = false;

    out->resp_valid = out->ptw_valid = out->replay = out->miss_v = out->first_miss = 0;
    out->flush = in->sfence->valid || csr->satp.changed || csr->vsatp.changed ||
                 csr->hgatp.changed || csr->mbmc.changed || (t->p.rule.virt_changed_flush && csr->virt_changed);
    out->req_ready = ~0u;
    for (unsigned busy = t->busy; busy; busy &= busy - 1) {
        unsigned i = lowest(busy);
        settle_port(t, in, i, &res[i], out);
        if (bit(t->p.blocking, i) && !bit(out->resp_valid, i))
            out->req_ready &= ~(1u << i);
    }
    out->gpa_moves = t->busy || in->answer || in->redirect.valid || in->flush_pipe;
    if (out->gpa_moves)
        starts = gpa_next(t, in, res, &out->gpa);
    bool wanted = in->answer && !in->get_gpa && !out->flush;
    out->gpa_blocked = wanted && (t->gpa.need || starts);
    out->refill = wanted && !out->gpa_blocked;
    if (out->refill) { // L1 fixed: the touch of the refill before counts already
        uint64_t plru = t->plru;
        if (t->p.fix_l1 && t->refilled)
            plru = plru_touch(plru, t->p.ways, t->refill_way);
        out->way = plru_victim(plru, t->p.ways);
    }
}

// --- tick ----------------------------------------------------------------------------------------

// Pointer masking (spec C 1.4): the address that address check, GPA offset and trap value see.
static uint64_t effective_va(const struct l1tlb *t, const struct l1_req *q,
                             const struct l1_csr *csr, bool virt, bool signed_ext)
{
    unsigned mode = l1_privilege(t, q, csr), pmm;

    if (t->p.fetch || q->hlvx)
        return q->fullva;
    if (mode == MODE_M)
        pmm = csr->mseccfg;
    else if (t->p.rule.l1_mxr_stops_masking && (csr->tlb.mxr || (virt && csr->vmxr)))
        pmm = 0;
    else if (mode == MODE_S)
        pmm = virt ? csr->henvcfg : csr->menvcfg;
    else if (q->hyper && csr->imode == MODE_U)
        pmm = csr->hstatus;
    else
        pmm = mode == MODE_U ? csr->senvcfg : 0;
    if (pmm < 2)
        return q->fullva;
    unsigned keep = pmm == 2 ? 57 : 48;
    uint64_t low = q->fullva & mask64(keep);
    return signed_ext && bit(low, keep - 1) ? low | ~mask64(keep) : low;
}

static bool noncanonical(uint64_t va, unsigned mode)
{
    unsigned top = mode == MODE_SV48 ? 47 : 38;
    uint64_t high = va >> top;
    return high != 0 && high != mask64(64 - top);
}

// Spec C 1.4, address check.
static void check_address(struct l1tlb_port *p, uint64_t va, const struct tlb_csr *csr,
                          unsigned s2xlate, bool enabled)
{
    unsigned mode = s2xlate == NO_S2XLATE ? csr->satp.mode : csr->vsatp.mode;

    if (!enabled)
        p->preaf = va >> 48;
    else if (s2xlate == ONLY_STAGE2)
        p->pregpf = l1_xlate_mode(csr->hgatp.mode) && va >> (csr->hgatp.mode == MODE_SV48 ? 50 : 41);
    else
        p->prepf = l1_xlate_mode(mode) && noncanonical(va, mode);
}

static void take_lookup(struct l1tlb *t, const struct l1tlb_in *in, const struct l1tlb_out *out,
                        unsigned i)
{
    const struct l1_req *q = &in->req[i];
    const struct l1_csr *csr = in->csr;
    const struct tlb_csr *c = &csr->tlb;
    struct l1tlb_port *p = &t->port[i];
    // Spec C 1.2 rule 1.
    bool v = t->p.fix_l6 && t->p.fetch ? csr->virt_plain : c->virt, virt = v || q->hyper;
    unsigned s2xlate = l1_s2xlate(virt, c);
    uint64_t vpn = bits(q->vaddr, 49, 12); // spec C 1.2 rule 5

    p->hit = l1_table_search(&t->table, vpn, s2xlate, c, &p->memo);
    if (out->refill) // the way being written does not hit
        p->hit &= ~(UINT64_C(1) << out->way);
    if (!bit(out->req_ready, i))
        return;
    p->p_hit = in->answer && in->answer->r.s2xlate == s2xlate && l1_covers(in->answer, vpn, c);
    p->translate = !q->no_translate;
    bool on = l1_xlate_enabled(virt, l1_privilege(t, q, csr), c);
    uint64_t va = effective_va(t, q, csr, virt, on && (!virt || c->vsatp.mode));
    p->prepf = p->pregpf = p->preaf = false;
    if (q->check_fullva && (!t->p.fetch || t->p.fix_l16))
        check_address(p, va, c, s2xlate, on);
    p->req = *q;
    p->req.fullva = va;
    p->vpn = vpn;
    p->virt = v;
}

// Chisel OHToUInt of several hits is the OR of the indices; the PLRU tree looks at as many low bits
// as the subtree it is in has levels.
static unsigned touched_way(uint64_t hit, unsigned ways)
{
    unsigned rel = oh_to_uint(hit), base = 0, n = ways;
    while (n > 1) {
        unsigned low = 1u << (log2_ceil(n) - 1);
        if (rel < low) {
            n = low;
            continue;
        }
        base += low;
        n -= low;
        rel = (rel - low) & (unsigned)mask64(log2_ceil(n));
    }
    return base;
}

// The PLRU state moves one cycle after the lookup or the refill (spec C 1.6 rules 1 to 3).
static void tick_plru(struct l1tlb *t)
{
    if (t->refilled) {
        t->plru = plru_touch(t->plru, t->p.ways, t->refill_way);
        return;
    }
    for (unsigned m = t->looked; m; m &= m - 1) {
        uint64_t hit = t->port[lowest(m)].hit;
        if (hit)
            t->plru = plru_touch(t->plru, t->p.ways,
                                 hit & (hit - 1) ? touched_way(hit, t->p.ways) : lowest(hit));
    }
}

static void tick_blocking(struct l1tlb *t, const struct l1tlb_in *in, const struct l1tlb_out *out,
                          unsigned i)
{
    struct l1tlb_port *p = &t->port[i];
    bool flush = bit(in->flush_pipe, i), sent = bit(out->ptw_valid & in->ptw_ready, i);
    bool end = flush || bit(out->resp_valid, i);

    if (sent)
        p->miss_s2xlate = out->ptw[i].s2xlate;
    p->miss_req_v = bit(out->ptw_valid, i) && !sent && !end;
    p->miss_v = bit(out->miss_v, i) && !end;
    p->p_hit = false;
    p->new_coming = in->req[i].valid && bit(out->req_ready, i) && !flush;
}

static void fence(struct l1tlb *t, const struct sfence *sf, const struct l1_csr *csr)
{
    const struct mbmc *m = &csr->tlb.mbmc;
    struct l1_fence_how how = {
        .virt = t->p.fix_l6 ? csr->virt_plain : csr->tlb.virt,
        .vs_no_addr = t->p.rule.l1_vs_fence_no_address,
        .host_no_addr = t->p.rule.l1_bitmap_fence_no_address && t->p.has_bitmap && m->bme &&
                        !m->cmode,
    };
    l1_table_fence(&t->table, sf, &csr->tlb, how);
}

void l1tlb_tick(struct l1tlb *t, const struct l1tlb_in *in, const struct l1tlb_out *out)
{
    unsigned looked = 0, taken = 0;

    if (t->refilled || t->looked)
        tick_plru(t);
    for (unsigned m = t->p.blocking; m; m &= m - 1)
        tick_blocking(t, in, out, lowest(m));
    for (unsigned i = 0; i < t->p.ports; i++)
        if (in->req[i].valid) {
            take_lookup(t, in, out, i);
            looked |= 1u << i;
        }
    taken = looked & out->req_ready;
    t->busy = ((t->busy & ~out->resp_valid) | taken) & ~in->flush_pipe;
    t->looked = looked;
    if (out->gpa_moves)
        t->gpa = out->gpa;
    t->redirect = in->redirect;
    t->refilled = out->refill;
    if (out->refill) {
        l1_table_write(&t->table, out->way, &in->answer->r, &t->p.rule);
        t->refill_way = out->way;
    }
    if (in->sfence->valid && t->table.valid)
        fence(t, in->sfence, in->csr);
    t->back_valid = in->answer != NULL;
    if (in->answer)
        t->back = *in->answer;
}

bool l1tlb_quiet(const struct l1tlb *t)
{
    if (t->refilled || t->back_valid || t->redirect.valid)
        return false;
    for (unsigned m = t->busy & t->p.blocking; m; m &= m - 1) {
        const struct l1tlb_port *p = &t->port[lowest(m)];
        if (p->new_coming || p->miss_req_v || !p->miss_v)
            return false;
    }
    return true;
}

bool l1tlb_idle(const struct l1tlb *t)
{
    return !t->looked && !(t->busy & ~t->p.blocking) && l1tlb_quiet(t);
}

// As take_lookup() and l1_result_of() have it.
bool l1tlb_misses(const struct l1tlb *t, const struct l1_csr *csr, const struct l1_req *q,
                  struct l1_ptw_req *ask)
{
    const struct tlb_csr *c = &csr->tlb;
    bool virt = c->virt || q->hyper;

    if (t->gpa.need || q->check_fullva || q->no_translate ||
        !l1_xlate_enabled(virt, l1_privilege(t, q, csr), c))
        return false;
    *ask = (struct l1_ptw_req){.vpn = bits(q->vaddr, 49, 12), .s2xlate = (uint8_t)l1_s2xlate(virt, c)};
    return !l1_table_search(&t->table, ask->vpn, ask->s2xlate, c, NULL);
}
