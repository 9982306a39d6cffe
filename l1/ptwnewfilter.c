// SPDX-License-Identifier: MulanPSL-2.0
#include "l1/ptwnewfilter.h"

#include <stddef.h>

// Slots of one port (spec C 2.1).
static unsigned group(const struct ptwnewfilter *s, unsigned filter)
{
    return filter == L1_PREFETCH && s->rule.l1_prefetch_slots_16 ? 8 : 4;
}

void ptwnewfilter_reset(struct ptwnewfilter *s, const struct l2tlb_rules *rule, bool fix_l11)
{
    *s = (struct ptwnewfilter){.rule = *rule, .fix_l11 = fix_l11};
}

// Spec C 2.1 rule 3, 2.2 rule 1: the highest unsent slot of each filter; among the filters the
// first one above the last granted, else the lowest.
void ptwnewfilter_publish(const struct ptwnewfilter *s, struct ptwnewfilter_pub *p)
{
    unsigned want = 0;

    for (unsigned f = 0; f < PTWNF_FILTERS; f++)
        want |= (unsigned)((s->f[f].v & ~s->f[f].sent) != 0) << f;
    p->req_valid = want != 0;
    if (!want)
        return;
    unsigned above = want & ~((2u << s->last_grant) - 1);
    p->chosen = lowest(above ? above : want);
    const struct ptwnf_entry *e = &s->f[p->chosen];
    p->slot = highest(e->v & ~e->sent);
    const struct ptwnf_slot *k = &e->slot[p->slot];
    p->req = (struct l1_ptw_req){
        .vpn = k->vpn, .s2xlate = k->s2xlate, .get_gpa = k->get_gpa, .tag = k->tag};
}

static bool covered(const struct ptwnewfilter *s, uint64_t vpn, unsigned s2xlate,
                    const struct tlb_csr *csr)
{
    return s->a_valid && s->a.r.s2xlate == s2xlate && l1_covers(&s->a, vpn, csr);
}

static uint32_t same_page(const struct ptwnf_entry *e, const struct l1_ptw_req *q)
{
    uint32_t m = 0;
    for (uint32_t v = e->v; v; v &= v - 1) {
        unsigned k = lowest(v);
        if (e->slot[k].vpn == q->vpn && e->slot[k].s2xlate == q->s2xlate)
            m |= 1u << k;
    }
    return m;
}

// Slots of port i that are free.
static uint32_t free_slots(const struct ptwnewfilter *s, unsigned i)
{
    unsigned f = l1_class_of_port(i), g = group(s, f);
    return ~s->f[f].v & (((1u << g) - 1) << g * (i - l1_first_port[f]));
}

// Spec C 2.1 rules 2, 2a, 2b, 2c, 2d and 2e for port i, of filter f.
static void judge(const struct ptwnewfilter *s, const struct ptwnewfilter_in *in, unsigned f,
                  unsigned i, struct ptwnewfilter_out *out)
{
    const struct ptwnf_entry *e = &s->f[f];
    const struct l1_ptw_req *q = &in->req[i];
    uint32_t match = same_page(e, q), free = free_slots(s, i);
    bool cov = covered(s, q->vpn, q->s2xlate, in->csr);
    bool full = !free, lower = false;
    unsigned slot = match ? highest(match) : 0;

    if (bit(in->req_valid, i) && !cov && !match && free)
        slot = highest(free);
    for (unsigned j = l1_first_port[f]; j < i; j++)
        if (bit(in->req_valid, j) && in->req[j].vpn == q->vpn && in->req[j].s2xlate == q->s2xlate) {
            lower = true;
            slot = out->slot[j];
            // canenq of the lower port; of its verdict "covered" is common to both
            full = s->fix_l11 ? out->fate[j] == PTWNF_DROPPED : bit(out->full, j) && !cov;
        }
    if (s->fix_l11 && match)
        full = false;
    out->slot[i] = (uint8_t)slot;
    out->fate[i] = cov                                              ? PTWNF_COVERED
                   : match                                          ? PTWNF_MERGED
                   : lower ? (full ? PTWNF_DROPPED : PTWNF_MERGED)
                   : free                                           ? PTWNF_ALLOCATED
                                                                    : PTWNF_DROPPED;
    if (full || cov)
        out->full |= 1u << i;
}

// Spec C 2.1 rules 2, 2a and 2b.
enum ptwnf_fate ptwnewfilter_alone(const struct ptwnewfilter *s, unsigned i,
                                   const struct l1_ptw_req *q, bool *full)
{
    uint32_t match = same_page(&s->f[l1_class_of_port(i)], q), free = free_slots(s, i);

    *full = !free && !(s->fix_l11 && match);
    return match ? PTWNF_MERGED : free ? PTWNF_ALLOCATED : PTWNF_DROPPED;
}

// Spec C 2.1 rules 1 and 5. An answer that nobody waits for goes nowhere, one that several filters
// wait for goes to each of them (spec C 2.2 rules 2 and 3).
void ptwnewfilter_settle(const struct ptwnewfilter *s, const struct ptwnewfilter_in *in,
                         struct ptwnewfilter_out *out)
{
    out->refill = out->get_gpa = out->full = 0;
    for (unsigned f = 0; f < PTWNF_FILTERS; f++) {
        const struct ptwnf_entry *e = &s->f[f];
        uint32_t m = 0;
        if (s->a_valid)
            for (uint32_t v = e->v; v; v &= v - 1) {
                unsigned k = lowest(v);
                if (covered(s, e->slot[k].vpn, e->slot[k].s2xlate, in->csr))
                    m |= 1u << k;
            }
        out->match[f] = m;
        if (!m)
            continue;
        out->refill |= 1u << f;
        out->get_gpa |= (unsigned)e->slot[highest(m)].get_gpa << f;
    }
    for (unsigned m = in->req_valid | in->hint_want; m; m &= m - 1) {
        unsigned i = lowest(m), f = l1_class_of_port(i);
        judge(s, in, f, i, out);
    }
}

// Spec C 2.1 rule 4.
void ptwnewfilter_tick(struct ptwnewfilter *s, const struct ptwnewfilter_in *in,
                       const struct ptwnewfilter_pub *pub, const struct ptwnewfilter_out *out)
{
    for (unsigned m = in->req_valid; m; m &= m - 1) {
        unsigned i = lowest(m);
        struct ptwnf_entry *e = &s->f[l1_class_of_port(i)];
        if (out->fate[i] != PTWNF_ALLOCATED)
            continue;
        const struct l1_ptw_req *q = &in->req[i];
        unsigned k = out->slot[i];
        e->v |= 1u << k;
        e->sent &= ~(1u << k);
        e->slot[k] = (struct ptwnf_slot){
            .vpn = q->vpn, .s2xlate = q->s2xlate, .get_gpa = q->get_gpa, .tag = q->tag};
    }
    if (in->req_fire) {
        s->f[pub->chosen].sent |= 1u << pub->slot;
        s->last_grant = pub->chosen;
    }
    for (unsigned f = 0; f < PTWNF_FILTERS; f++)
        s->f[f].v = in->flush ? 0 : s->f[f].v & ~out->match[f];
    s->a_valid = in->answer != NULL;
    s->a_stale = in->stale;
    if (in->answer)
        l1_answer_set(&s->a, in->answer, &s->rule);
}

bool ptwnewfilter_idle(const struct ptwnewfilter *s, bool req_ready)
{
    if (s->a_valid)
        return false;
    for (unsigned f = 0; f < PTWNF_FILTERS; f++)
        if (req_ready && s->f[f].v & ~s->f[f].sent)
            return false;
    return true;
}
