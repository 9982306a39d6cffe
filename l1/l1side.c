// SPDX-License-Identifier: MulanPSL-2.0
#include "l1/l1mpt.h"
#include "l1/l1side_impl.h"

#include "arch/plru.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct l1side *l1side_new(const struct l2tlb_cfg *cfg)
{
    struct l1side *l = malloc(sizeof *l);
    if (!l)
        return NULL;
    memset(l, 0, sizeof *l);
    l->cfg = *cfg;
    l1count_init(&l->count);
    struct l1_csr csr = {0};
    l1side_reset(l, &csr);
    return l;
}

void l1side_free(struct l1side *l)
{
    if (!l)
        return;
    l1count_done(&l->count);
    free(l);
}

void l1side_reset(struct l1side *l, const struct l1_csr *csr)
{
    const struct l2tlb_cfg *c = &l->cfg;
    const bool *fixed = c->errata_fixed;
    const struct l2tlb_rules rule = c->rule;
    const unsigned ways[L1_CLASSES] = {c->ldtlb_ways, c->sttlb_ways, c->pftlb_ways, c->itlb_ways};

    for (unsigned k = 0; k < L1_CLASSES; k++) {
        struct l1tlb_params p = {
            .ways = ways[k],
            .ports = l1_first_port[k + 1] - l1_first_port[k],
            .blocking = k == L1_FETCH ? 1u << (L1_BLOCKING_PORT - l1_first_port[L1_FETCH]) : 0,
            .fetch = k == L1_FETCH,
            .has_bitmap = c->has_bitmap,
            .rule = rule,
            .fix_l1 = fixed[ERR_L1],
            .fix_l6 = fixed[ERR_L6],
            .fix_l9 = fixed[ERR_L9],
            .fix_l15 = fixed[ERR_L15],
            .fix_l16 = fixed[ERR_L16],
        };
        l1tlb_reset(&l->tlb[k], &p);
    }
    ptwnewfilter_reset(&l->newfilter, &rule, fixed[ERR_L11]);
    ptwfilter_reset(&l->filter, &rule, fixed[ERR_L14]);
    repeater_reset(&l->rep[0]);
    repeater_reset(&l->rep[1]);
    l->n.valid = false;
    for (unsigned k = 0; k < FENCE_DELAY; k++) {
        l->csr[k] = *csr;
        l->sfence[k] = (struct sfence){0};
        l->flush_data[k] = l->flush_chain[k] = l->vmid_changed[k] = false;
    }
    l->hint_valid = l->hint_full = l->hint_replay = 0;
    l->wake_valid = false;
    l1count_reset(&l->count);
}

void l1side_publish(const struct l1side *l, struct l1_out *out)
{
    struct ptwnewfilter_pub pub;

    out->ptw_req_valid[0] = l->rep[1].sent;
    if (l->rep[1].sent)
        out->ptw_req[0] = l->rep[1].req;
    out->ptw_resp_ready[0] = !l->rep[1].recv;
    ptwnewfilter_publish(&l->newfilter, &pub);
    out->ptw_req_valid[1] = pub.req_valid;
    if (pub.req_valid)
        out->ptw_req[1] = pub.req;
    out->ptw_resp_ready[1] = true;
}

// --- settle --------------------------------------------------------------------------------------

static void settle_tlbs(struct l1side *l, const struct l1_in *in, struct l1_out *out)
{
    struct wires *w = &l->w;

    out->resp_valid = out->replay = out->miss_valid = 0;
    out->req_ready = (1u << L1_PORTS) - 1;
    out->answer_valid = out->answer_gpa = 0;
    w->rests = 0;
    for (unsigned k = 0; k < L1_CLASSES; k++) {
        unsigned first = l1_first_port[k], ports = l1_first_port[k + 1] - first;
        unsigned mask = (1u << ports) - 1;
        bool fetch = k == L1_FETCH;
        bool valid = fetch ? w->f.answer_valid : l->n.valid && bit(l->n.tlbs, k);
        bool gpa = fetch ? w->f.get_gpa : bit(l->n.get_gpa, k);
        const struct l1_answer *a = !valid ? NULL : fetch ? &l->filter.a : &l->n.a;
        struct l1tlb_in *ti = &w->tlb_in[k];
        struct l1tlb_out *to = &w->tlb[k];

        out->answer[k] = a;
        out->answer_valid |= (unsigned)valid << k;
        out->answer_gpa |= (unsigned)(valid && gpa) << k;
        ti->csr = &l->csr[0];
        ti->sfence = &l->sfence[0];
        ti->answer = a;
        ti->get_gpa = gpa;
        // Data pipes do not flush; the ITLB's redirect input is not connected.
        ti->flush_pipe = fetch ? in->iflush & mask : 0;
        ti->redirect = fetch ? (struct l1_redirect){0} : in->redirect;
        ti->oldest = in->oldest;
        ti->req_kill = in->req_kill >> first & mask;
        ti->req = in->req + first;
        if (l1tlb_rests(&l->tlb[k], ti)) {
            w->rests |= 1u << k;
            to->resp_valid = to->ptw_valid = to->replay = to->miss_v = to->first_miss = 0;
            to->refill = to->gpa_blocked = to->gpa_moves = false;
            to->req_ready = ~0u;
            continue;
        }
        l1tlb_settle(&l->tlb[k], ti, to);
        out->resp_valid |= to->resp_valid << first;
        out->replay |= to->replay << first;
        out->miss_valid |= to->ptw_valid << first;
        if (!(to->req_ready >> (ports - 1) & 1))
            out->req_ready &= ~(1u << (first + ports - 1));
        for (unsigned m = to->resp_valid | to->ptw_valid; m; m &= m - 1) {
            out->resp[first + lowest(m)] = to->resp[lowest(m)];
            out->miss[first + lowest(m)] = to->ptw[lowest(m)];
        }
    }
}

// The gate (spec C 2.3 rules 3 and 4): no request for a page whose answer is being presented to
// this TLB. It compares the page and the VMID but neither ASID nor code (L13).
static bool gate_stops(const struct l1side *l, const struct l1_in *in, unsigned k,
                       const struct l1_ptw_req *q)
{
    const struct l1_answer *a = &l->n.a;

    if (!l->n.valid || !bit(l->n.tlbs, k) || !l1_in_range(a, q->vpn) ||
        !l1_same_vmid(a, &in->csr.tlb))
        return false;
    if (l->cfg.errata_fixed[ERR_L13])
        return a->r.s2xlate == q->s2xlate && l1_same_space(a, &in->csr.tlb);
    return true;
}

static void settle_data(struct l1side *l, const struct l1_in *in, struct l1_out *out)
{
    struct wires *w = &l->w;
    struct ptwnewfilter_in *ni = &w->nin;
    unsigned stopped = 0, want = 0;

    for (unsigned m = out->miss_valid & ((1u << L1_DATA_PORTS) - 1); m; m &= m - 1) {
        unsigned i = lowest(m);
        stopped |= (unsigned)gate_stops(l, in, l1_class_of_port(i), &out->miss[i]) << i;
    }
    for (unsigned i = 0; i < L1_LOAD_HINTS; i++)
        want |= (unsigned)(bit(out->resp_valid, i) && out->resp[i].miss) << i;
    ni->req = out->miss;
    ni->req_valid = out->miss_valid & ((1u << L1_DATA_PORTS) - 1) & ~stopped;
    ni->hint_want = want;
    ni->csr = &in->csr.tlb;
    out->miss_pass = ni->req_valid;
    w->replay = (stopped | out->replay) & ((1u << L1_LOAD_HINTS) - 1);
    ptwnewfilter_publish(&l->newfilter, &w->npub);
    ptwnewfilter_settle(&l->newfilter, ni, &w->n);
}

static void settle_fetch(struct l1side *l, const struct l1_in *in, struct l1_out *out)
{
    struct wires *w = &l->w;
    unsigned first = l1_first_port[L1_FETCH];

    for (unsigned i = 0; i < PTWFILTER_PORTS; i++)
        w->freq[i] = w->tlb[L1_FETCH].ptw[i];
    w->fin.req = w->freq;
    w->fin.req_valid = out->miss_valid >> first;
    w->fin.csr = &in->csr.tlb;
    w->fin.flush = w->flush_chain;
    ptwfilter_settle(&l->filter, &w->fin, &w->f);
    if (w->f.ready)
        out->miss_pass |= w->fin.req_valid << first;
    // Handshakes of the chain: a repeater takes while it is empty.
    out->chain_req[0] = w->f.req_valid && !l->rep[0].sent;
    out->chain_req[1] = l->rep[0].sent && !l->rep[1].sent;
    out->chain_resp[1] = l->rep[1].recv && !l->rep[0].recv;
    out->chain_resp[0] = l->rep[0].recv;
}

static void settle_hints(const struct l1side *l, struct l1_out *out)
{
    out->hint_valid = l->hint_valid;
    out->hint_ffull = l->hint_full;
    out->hint_full = l->hint_full | l->hint_replay;
    for (unsigned i = 0; i < L1_LOAD_HINTS; i++)
        out->hint_id[i] = l->hint_id[i];
    out->wake_valid = l->wake_valid;
    out->wake_all = l->wake_all;
    out->wake_id = l->wake_id;
}

void l1side_settle(struct l1side *l, const struct l1_in *in, struct l1_out *out)
{
    struct wires *w = &l->w;

    w->flush_data = l->flush_data[0];
    w->flush_chain = l->flush_chain[0];
    w->f.answer_valid = l->filter.a_valid && !w->flush_chain;
    w->f.get_gpa = l->filter.a_get_gpa;
    settle_tlbs(l, in, out);
    settle_data(l, in, out);
    settle_fetch(l, in, out);
    settle_hints(l, out);
    for (unsigned p = 0; p < 2; p++) {
        out->req_fire[p] = out->ptw_req_valid[p] && in->ptw_req_ready[p];
        out->resp_fire[p] = in->ptw_resp[p] && out->ptw_resp_ready[p];
    }
}

// --- tick ----------------------------------------------------------------------------------------

// L2 and L12 fixed: nothing that left the L2TLB in or before t+2 reaches a TLB after the fence
// (spec C 2.5; as it is, the TLBs block one cycle only: spec C 1.9 rule 6).
static bool drop_answers(const struct l1side *l)
{
    const bool *fixed = l->cfg.errata_fixed;
    bool vmid = l->vmid_changed[0], other = l->flush_chain[0] && !vmid;
    return (fixed[ERR_L2] && other) || (fixed[ERR_L12] && vmid);
}

// B19 fixed: another MBMC than in the last cycle.
static bool policy_changed(const struct l1side *l, const struct l1_in *in)
{
    return l->cfg.has_bitmap && l->cfg.errata_fixed[ERR_B19] &&
           mbmc_differs(&in->csr.tlb.mbmc, &l->csr[FENCE_DELAY - 1].tlb.mbmc);
}

// Everything that the L2TLB drops its requests for.
static bool any_change(const struct l1side *l, const struct l1_in *in)
{
    const struct tlb_csr *c = &in->csr.tlb;
    return in->sfence.valid || c->satp.changed || c->vsatp.changed || c->hgatp.changed ||
           policy_changed(l, in) || (l->cfg.rule.virt_changed_flush && c->virt_changed);
}

static bool faulty(const struct ptw_resp *r)
{
    bool two = r->s2xlate > ONLY_STAGE1, one = r->s2xlate != ONLY_STAGE2;
    return (one && (r->s1.pf || r->s1.af)) || (two && (r->s2.gpf || r->s2.gaf));
}

// The answer that a port takes in this cycle, or NULL. L8 fixed: an onlyStage1 answer stands for the
// page that was asked for only, whatever it says of the neighbours (spec C 4, L8). With MPT: l1mpt.h.
static const struct ptw_resp *taken(struct l1side *l, const struct l1_out *out,
                                    const struct l1_in *in, unsigned port)
{
    const struct ptw_resp *r = out->resp_fire[port] ? in->ptw_resp[port] : NULL;
    struct ptw_resp *own = &l->w.own_page[port];

    bool cut = r && l->cfg.has_mpt && in->csr.tlb.mmpt.mode && !faulty(r);
    if (cut) {
        *own = *r;
        l1_mpt_cut(own);
        r = own;
    }
    if (!r || !l->cfg.errata_fixed[ERR_L8] || r->s2xlate != ONLY_STAGE1 || r->s1.level || r->s1.n)
        return r;
    *own = *r;
    own->s1.valididx = (uint8_t)(1u << r->s1.addr_low);
    return own;
}

static void tick_data(struct l1side *l, const struct l1_out *out, const struct l1_in *in)
{
    struct wires *w = &l->w;
    const struct ptwnewfilter_out *n = &w->n;
    bool drop = drop_answers(l);

    l->wake_valid = n->refill & 1;
    if (l->wake_valid) {
        l->wake_id = (uint8_t)highest(n->match[L1_LOAD]);
        l->wake_all = popcount(n->match[L1_LOAD]) > 1;
    }
    l->hint_valid = w->nin.hint_want;
    l->hint_full = n->full & l->hint_valid;
    l->hint_replay = w->replay & l->hint_valid;
    for (unsigned m = l->hint_valid; m; m &= m - 1)
        l->hint_id[lowest(m)] = n->slot[lowest(m)];

    // The term that should cancel N on a fence needs all four events at once (spec C 2.3 rule 2).
    const struct tlb_csr *c = &in->csr.tlb;
    bool cancel = in->sfence.valid && c->satp.changed && c->vsatp.changed && c->hgatp.changed;
    if (l->cfg.rule.l1_flush_list)
        cancel = any_change(l, in);
    l->n.valid = n->refill && !cancel && !drop && !l->newfilter.a_stale;
    if (n->refill) {
        l->n.a = l->newfilter.a;
        l->n.tlbs = n->refill;
        l->n.get_gpa = n->get_gpa;
    }
    w->nin.req_fire = out->req_fire[1];
    w->nin.answer = taken(l, out, in, 1);
    w->nin.flush = w->flush_data;
    w->nin.stale = drop;
    ptwnewfilter_tick(&l->newfilter, &w->nin, &w->npub, n);
}

static void tick_fetch(struct l1side *l, const struct l1_out *out, const struct l1_in *in)
{
    struct wires *w = &l->w;
    struct repeater *r2 = &l->rep[0], *r3 = &l->rep[1];
    struct l1_ptw_req mid = r2->req;

    w->fin.req_ready = !r2->sent;
    w->fin.answer = out->chain_resp[0] ? &r2->resp : NULL;
    w->fin.stale = drop_answers(l);
    ptwfilter_tick(&l->filter, &w->fin, &w->f);
    bool flush = w->flush_chain;
    repeater_tick(r2, out->chain_req[0] ? &w->f.req : NULL, out->chain_req[1],
                  out->chain_resp[1] ? &r3->resp : NULL, out->chain_resp[0], flush);
    repeater_tick(r3, out->chain_req[1] ? &mid : NULL, out->req_fire[0],
                  taken(l, out, in, 0), out->chain_resp[1], flush);
}

static void tick_control(struct l1side *l, const struct l1_in *in)
{
    const struct tlb_csr *c = &in->csr.tlb;
    bool fence = in->sfence.valid;
    bool virt = l->cfg.errata_fixed[ERR_L6] ? in->csr.virt_plain : c->virt;
    bool all = any_change(l, in);
    bool policy = policy_changed(l, in);
    // L3: the list lacks two (spec C 2.2 rule 4).
    bool data = fence || policy || c->satp.changed || (virt && c->vsatp.changed);

    for (unsigned k = 0; k + 1 < FENCE_DELAY; k++) {
        l->csr[k] = l->csr[k + 1];
        l->sfence[k] = l->sfence[k + 1];
        l->flush_data[k] = l->flush_data[k + 1];
        l->flush_chain[k] = l->flush_chain[k + 1];
        l->vmid_changed[k] = l->vmid_changed[k + 1];
    }
    l->csr[FENCE_DELAY - 1] = in->csr;
    l->csr[FENCE_DELAY - 1].tlb.mbmc.changed = policy;
    l->sfence[FENCE_DELAY - 1] = in->sfence;
    bool complete = l->cfg.errata_fixed[ERR_L3] || l->cfg.rule.l1_flush_list;
    l->flush_data[FENCE_DELAY - 1] = complete ? all : data;
    l->flush_chain[FENCE_DELAY - 1] = all;
    l->vmid_changed[FENCE_DELAY - 1] = c->hgatp.changed;
}

// Everything the counters want to know, before the registers move.
static void count_cycle(struct l1side *l, const struct l1_in *in, const struct l1_out *out,
                        unsigned looked)
{
    struct wires *w = &l->w;
    struct l1count *c = &l->count;

    if (any_change(l, in))
        l1count_epoch(c);
    for (unsigned k = 0; k < L1_CLASSES; k++)
        l1count_misses(c, k, w->tlb[k].first_miss);
    l1count_ports(c, in, out, looked);
    for (unsigned k = 0; k < L1_CLASSES; k++) {
        const struct l1tlb_out *t = &w->tlb[k];
        if (out->answer[k])
            l1count_presented(c, k, t->refill, t->way, t->gpa_blocked);
    }
    l1count_newfilter(c, &l->newfilter, &w->nin, &w->n);
    l1count_filter(c, &l->filter, &w->fin, &w->f, out->chain_resp[0] ? &l->rep[0].resp : NULL);
    if (out->req_fire[1])
        l1count_sent(c, w->npub.chosen, &out->ptw_req[1]);
    c->c[L1_FETCH].l2_requests += out->req_fire[0];
}

static unsigned looked_up(const struct l1_in *in)
{
    unsigned looked = 0;
    for (unsigned p = 0; p < L1_PORTS; p++)
        looked |= (unsigned)in->req[p].valid << p;
    return looked;
}

void l1side_edge(struct l1side *l, const struct l1_in *in, const struct l1_out *out)
{
    struct wires *w = &l->w;
    unsigned tlbs = 0; // with a lookup

    for (unsigned m = looked_up(in); m; m &= m - 1)
        tlbs |= 1u << l1_class_of_port(lowest(m));
    for (unsigned k = 0; k < L1_CLASSES; k++) {
        if (bit(w->rests & ~tlbs, k))
            continue;
        w->tlb_in[k].req = in->req + l1_first_port[k];
        w->tlb_in[k].ptw_ready = k == L1_FETCH && w->f.ready ? ~0u : 0;
        l1tlb_tick(&l->tlb[k], &w->tlb_in[k], &w->tlb[k]);
    }
    tick_data(l, out, in);
    tick_fetch(l, out, in);
    tick_control(l, in);
}

void l1side_tick(struct l1side *l, const struct l1_in *in, const struct l1_out *out)
{
    count_cycle(l, in, out, looked_up(in));
    if (!l1side_repeats_only(l, in, out))
        l->epoch++;
    l1side_edge(l, in, out);
}

// --- dump ----------------------------------------------------------------------------------------

static void dump_tlb(const struct l1tlb *t, const char *name, FILE *out)
{
    const struct l1tlb_gpa *g = &t->gpa;

    fprintf(out, "%s: %u of %u ways valid, victim %u", name, popcount(t->table.valid), t->p.ways,
            plru_victim(t->plru, t->p.ways));
    if (g->need || g->valid)
        fprintf(out, ", guest page of %" PRIx64 " %s%s", g->vpn, g->need ? "needed" : "kept",
                g->valid ? ", known" : "");
    for (unsigned m = t->busy; m; m &= m - 1) {
        const struct l1tlb_port *p = &t->port[lowest(m)];
        fprintf(out, ", port %u: %" PRIx64 " hits %" PRIx64, lowest(m), p->vpn, p->hit);
    }
    fputc('\n', out);
}

static void dump_filters(const struct l1side *l, const char *const name[L1_CLASSES], FILE *out)
{
    const struct ptwfilter *f = &l->filter;

    for (unsigned k = 0; k < PTWNF_FILTERS; k++) {
        const struct ptwnf_entry *e = &l->newfilter.f[k];
        fprintf(out, "%s filter:", name[k]);
        for (uint32_t v = e->v; v; v &= v - 1) {
            const struct ptwnf_slot *s = &e->slot[lowest(v)];
            fprintf(out, " %u:%" PRIx64 "/%u%s%s", lowest(v), s->vpn, s->s2xlate,
                    s->get_gpa ? "g" : "", bit(e->sent, lowest(v)) ? " sent" : "");
        }
        fputc('\n', out);
    }
    fprintf(out, "fetch filter: enq %u iss %u deq %u, %u occupied, %u in flight:", f->enq, f->iss,
            f->deq, f->counter, f->inflight);
    for (uint32_t v = f->v; v; v &= v - 1)
        fprintf(out, " %u:%" PRIx64 "/%u", lowest(v), f->ring[lowest(v)].vpn,
                f->ring[lowest(v)].s2xlate);
    fputc('\n', out);
}

void l1side_dump(const struct l1side *l, FILE *out)
{
    static const char *const name[L1_CLASSES] = {"load", "store", "prefetch", "fetch"};

    for (unsigned k = 0; k < L1_CLASSES; k++)
        dump_tlb(&l->tlb[k], name[k], out);
    dump_filters(l, name, out);
    for (unsigned k = 0; k < 2; k++)
        fprintf(out, "repeater #%u: request %s, answer %s\n", k + 2,
                l->rep[k].sent ? "held" : "none", l->rep[k].recv ? "held" : "none");
    fprintf(out, "answer registers: filter %d, MemBlock %d (TLBs %x)\n", l->newfilter.a_valid,
            l->n.valid, l->n.valid ? l->n.tlbs : 0);
}

const struct l1_counters *l1side_counters(const struct l1side *l, unsigned klass)
{
    return &l->count.c[klass];
}
