// SPDX-License-Identifier: MulanPSL-2.0
// When the L1 side need not be clocked, see l1side.h.
//
// A stretch of cycles is quiet if nothing comes in and no register moves but those that lookups pass
// through. Then a lookup finds the table and the filter as the one before it did: what has missed and
// was merged with a waiting request or turned away by a full filter (spec C 2.1 rules 2 to 2e) comes
// to the same again. Such lookups are counted and not clocked. Several in one cycle do not disturb
// each other: rules 2c and 2e let a port take the slot and the verdict of a lower one that asks for
// the same page, and among ports whose verdict is the same alone that is the verdict each has anyway.
#include "l1/l1side_impl.h"

#include <stdlib.h>
#include <string.h>

static bool same_atp(const struct atp *a, const struct atp *b)
{
    return a->ppn == b->ppn && a->id == b->id && a->mode == b->mode && !a->changed && !b->changed;
}

static bool same_csr(const struct l1_csr *a, const struct l1_csr *b)
{
    return same_atp(&a->tlb.satp, &b->tlb.satp) && same_atp(&a->tlb.vsatp, &b->tlb.vsatp) &&
           same_atp(&a->tlb.hgatp, &b->tlb.hgatp) && a->tlb.mxr == b->tlb.mxr &&
           a->tlb.virt == b->tlb.virt && !a->tlb.virt_changed && !b->tlb.virt_changed &&
           !mbmc_differs(&a->tlb.mbmc, &b->tlb.mbmc) && !a->tlb.mbmc.changed &&
           a->sum == b->sum && a->vmxr == b->vmxr &&
           a->vsum == b->vsum && a->virt_plain == b->virt_plain && a->spvp == b->spvp &&
           a->imode == b->imode && a->dmode == b->dmode && a->mseccfg == b->mseccfg &&
           a->menvcfg == b->menvcfg && a->henvcfg == b->henvcfg && a->hstatus == b->hstatus &&
           a->senvcfg == b->senvcfg;
}

static bool control_idle(const struct l1side *l, const struct l1_in *in)
{
    if (in->sfence.valid || in->redirect.valid || in->iflush)
        return false;
    for (unsigned k = 0; k < FENCE_DELAY; k++)
        if (l->sfence[k].valid || l->flush_chain[k] || !same_csr(&l->csr[k], &in->csr))
            return false;
    return true;
}

bool l1side_quiet(const struct l1side *l, const struct l1_in *in)
{
    const struct repeater *r2 = &l->rep[0], *r3 = &l->rep[1];

    for (unsigned k = 0; k < L1_FETCH; k++)
        if (!l1tlb_quiet(&l->tlb[k]))
            return false;
    if (!l1tlb_idle(&l->tlb[L1_FETCH]))
        return false;
    if (l->n.valid || l->wake_valid || in->ptw_resp[1])
        return false;
    if (!ptwnewfilter_idle(&l->newfilter, in->ptw_req_ready[1]))
        return false;
    if (r2->recv || (r2->sent && !r3->sent) || (r3->sent && in->ptw_req_ready[0]) || r3->recv ||
        in->ptw_resp[0])
        return false;
    return ptwfilter_idle(&l->filter, !r2->sent) && control_idle(l, in);
}

bool l1side_idle(const struct l1side *l, const struct l1_in *in)
{
    for (unsigned k = 0; k < L1_FETCH; k++)
        if (!l1tlb_idle(&l->tlb[k]))
            return false;
    return !l->hint_valid && l1side_quiet(l, in);
}

// --- lookups that repeat ------------------------------------------------------------------------

bool l1side_repeats_only(const struct l1side *l, const struct l1_in *in, const struct l1_out *out)
{
    const struct wires *w = &l->w;
    unsigned in_vain = 0;

    for (unsigned m = w->nin.req_valid; m; m &= m - 1) {
        unsigned i = lowest(m), fate = w->n.fate[i];
        if ((fate == PTWNF_MERGED || fate == PTWNF_DROPPED) && !out->miss[i].get_gpa)
            in_vain |= 1u << i;
    }
    return out->resp_valid == in_vain && out->miss_valid == in_vain && !out->replay &&
           l1side_quiet(l, in);
}

uint64_t l1side_epoch(const struct l1side *l)
{
    return l->epoch;
}

struct l1_repeat l1side_repeat(const struct l1side *l, unsigned port, const struct l1_req *q)
{
    struct l1_ptw_req ask;
    struct l1_repeat r = {0};

    if (port >= L1_DATA_PORTS || !l1tlb_misses(&l->tlb[l1_class_of_port(port)], &l->csr[0], q, &ask))
        return r;
    enum ptwnf_fate fate = ptwnewfilter_alone(&l->newfilter, port, &ask, &r.full);
    r.merged = fate == PTWNF_MERGED;
    r.repeats = r.merged || fate == PTWNF_DROPPED;
    return r;
}

void l1side_count_repeats(struct l1side *l, const struct l1_repeats *n)
{
    for (unsigned m = n->looked; m; m &= m - 1)
        l->count.c[l1_class_of_port(lowest(m))].lookups++;
    for (unsigned m = n->missed; m; m &= m - 1) {
        struct l1_counters *c = &l->count.c[l1_class_of_port(lowest(m))];
        bool merged = bit(n->merged, lowest(m));
        c->misses++;
        c->requests++;
        c->merged += merged;
        c->dropped += !merged;
    }
    for (unsigned m = n->full; m; m &= m - 1)
        l->count.c[L1_LOAD].full++;
}

void l1side_catch_up(struct l1side *l, const struct l1_req *const older[L1_PORTS],
                     const struct l1_req *const newer[L1_PORTS])
{
    const struct l1_req *const *cycle[] = {older, newer};
    struct l1_out out = {0};

    for (unsigned k = 0; k < 2; k++) {
        struct l1_in in = {.csr = l->csr[0]};
        for (unsigned p = 0; p < L1_PORTS; p++)
            if (cycle[k][p])
                in.req[p] = *cycle[k][p];
        l1side_settle(l, &in, &out);
        l1side_edge(l, &in, &out);
    }
}

#ifdef MODEL_PARANOID

struct l1side *l1side_copy(const struct l1side *l)
{
    struct l1side *c = malloc(sizeof *c);
    if (c)
        memcpy(c, l, sizeof *c);
    return c;
}

static bool same_port(const struct l1tlb_port *a, const struct l1tlb_port *b)
{
    return a->vpn == b->vpn && a->hit == b->hit && a->p_hit == b->p_hit && a->virt == b->virt &&
           a->translate == b->translate && a->req.tag == b->req.tag && a->req.cmd == b->req.cmd &&
           a->prepf == b->prepf && a->pregpf == b->pregpf && a->preaf == b->preaf;
}

static bool same_tlb(const struct l1tlb *a, const struct l1tlb *b)
{
    for (unsigned m = a->busy; m; m &= m - 1)
        if (!same_port(&a->port[lowest(m)], &b->port[lowest(m)]))
            return false;
    return a->busy == b->busy && a->looked == b->looked && a->plru == b->plru &&
           a->refilled == b->refilled && a->back_valid == b->back_valid &&
           a->gpa.need == b->gpa.need && a->gpa.valid == b->gpa.valid &&
           a->redirect.valid == b->redirect.valid && a->table.changes == b->table.changes &&
           memcmp(a->table.key, b->table.key, sizeof a->table.key) == 0;
}

const char *l1side_differs(const struct l1side *a, const struct l1side *b)
{
    for (unsigned k = 0; k < L1_CLASSES; k++)
        if (!same_tlb(&a->tlb[k], &b->tlb[k]))
            return "a TLB differs";
    if (memcmp(a->newfilter.f, b->newfilter.f, sizeof a->newfilter.f) != 0 ||
        a->newfilter.a_valid != b->newfilter.a_valid ||
        a->newfilter.last_grant != b->newfilter.last_grant)
        return "the data filter differs";
    if (memcmp(a->filter.ring, b->filter.ring, sizeof a->filter.ring) != 0 || a->filter.v != b->filter.v)
        return "the fetch filter differs";
    if (a->hint_valid != b->hint_valid || a->hint_full != b->hint_full ||
        a->hint_replay != b->hint_replay || a->n.valid != b->n.valid || a->wake_valid != b->wake_valid)
        return "hints differ";
    if (memcmp(a->count.c, b->count.c, sizeof a->count.c) != 0)
        return "counters differ";
    return NULL;
}

#endif
