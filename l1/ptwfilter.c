// SPDX-License-Identifier: MulanPSL-2.0
// Numbers in comments are the rule numbers of spec C 2.4.
#include "l1/ptwfilter.h"

#include <stddef.h>

void ptwfilter_reset(struct ptwfilter *s, const struct l2tlb_rules *rule, bool fix_l14)
{
    *s = (struct ptwfilter){.rule = *rule, .fix_l14 = fix_l14};
}

static bool same(const struct l1_ptw_req *a, const struct l1_ptw_req *b)
{
    return a->vpn == b->vpn && a->s2xlate == b->s2xlate;
}

static bool answers(const struct l1_answer *a, const struct l1_ptw_req *q,
                    const struct tlb_csr *csr)
{
    return a->r.s2xlate == q->s2xlate && l1_covers(a, q->vpn, csr);
}

// Spec C 2.4 rules 2 and 3: which input registers become entries.
static void settle_enqueue(const struct ptwfilter *s, const struct ptwfilter_in *in,
                           struct ptwfilter_out *out)
{
    for (unsigned i = 0; i < PTWFILTER_PORTS; i++) {
        bool valid = bit(s->in_valid, i);
        bool cov = valid && out->answer_valid && answers(&s->a, &s->in[i], in->csr);
        bool drop = !valid || bit(s->old_match, i) || cov;
        out->reg_covered |= (unsigned)cov << i;
        for (unsigned j = 0; j < i && !drop; j++)
            drop = bit(s->in_valid, j) && same(&s->in[i], &s->in[j]);
        out->survive |= (unsigned)!drop << i;
    }
    out->enq_num = popcount(out->survive);
    out->can_enqueue = s->counter + out->enq_num <= PTWFILTER_SIZE;
}

// Rule 1: which requests the input registers take.
static void settle_input(const struct ptwfilter *s, const struct ptwfilter_in *in,
                         struct ptwfilter_out *out)
{
    for (unsigned m = in->req_valid; m; m &= m - 1) {
        unsigned i = lowest(m);
        bool drop = out->answer_valid && answers(&s->a, &in->req[i], in->csr);
        out->in_covered |= (unsigned)drop << i;
        for (unsigned j = 0; j < PTWFILTER_PORTS && !drop; j++)
            drop = out->can_enqueue && bit(s->in_valid, j) && same(&s->in[j], &in->req[i]);
        out->keep |= (unsigned)!drop << i;
    }
}

void ptwfilter_settle(const struct ptwfilter *s, const struct ptwfilter_in *in,
                      struct ptwfilter_out *out)
{
    out->answer_valid = s->a_valid && !in->flush; // rule 7: masked in the flush cycle
    out->get_gpa = s->a_get_gpa;
    out->survive = out->enq_num = out->in_covered = out->reg_covered = 0;
    out->can_enqueue = true;
    if (s->in_valid)
        settle_enqueue(s, in, out);
    out->keep = 0;
    out->ready = s->counter <= PTWFILTER_SIZE;
    if (in->req_valid) {
        settle_input(s, in, out);
        out->ready = s->counter + popcount(in->req_valid) <= PTWFILTER_SIZE;
    }

    bool empty = s->enq == s->iss && !s->may_full_iss; // rule 4
    const struct l1_ptw_req *q = &s->ring[s->iss];
    out->issue_valid = bit(s->v, s->iss) && !empty && s->inflight != PTWFILTER_SIZE;
    out->issue_filtered =
        out->issue_valid && out->answer_valid && answers(&s->a, q, in->csr);
    out->req_valid = out->issue_valid && !out->issue_filtered;
    if (out->req_valid)
        out->req = *q;
}

static unsigned next(unsigned pointer, unsigned n)
{
    return (pointer + n) % PTWFILTER_SIZE;
}

static void enqueue(struct ptwfilter *s, const struct ptwfilter_in *in,
                    const struct ptwfilter_out *out, const struct l1_answer *now)
{
    unsigned at = s->enq;
    for (unsigned m = out->survive; m; m &= m - 1) {
        const struct l1_ptw_req *q = &s->in[lowest(m)];
        bool done = now && answers(now, q, in->csr); // enqueued as finished
        s->ring[at] = *q;
        s->v = (s->v & ~(1u << at)) | (unsigned)!done << at;
        at = next(at, 1);
    }
}

// Rule 5. Returns the entries that the arriving answer frees.
static uint32_t arrive(struct ptwfilter *s, const struct ptwfilter_in *in,
                       const struct l1_answer *now)
{
    uint32_t match = 0;
    for (uint32_t v = s->v; v && now; v &= v - 1) {
        unsigned k = lowest(v);
        match |= (uint32_t)answers(now, &s->ring[k], in->csr) << k;
    }
    s->a_valid = match && !in->stale;
    // Chisel PriorityMux: without a match the last entry; not used then.
    s->a_get_gpa = s->ring[match ? lowest(match) : PTWFILTER_SIZE - 1].get_gpa;
    if (now)
        s->a = *now;
    return match;
}

static unsigned ring_match(const struct ptwfilter *s, const struct ptwfilter_in *in)
{
    unsigned old = 0;
    for (unsigned m = in->req_valid; m; m &= m - 1) {
        unsigned i = lowest(m);
        for (uint32_t v = s->v; v; v &= v - 1)
            old |= (unsigned)same(&s->ring[lowest(v)], &in->req[i]) << i;
    }
    return old;
}

static void flush(struct ptwfilter *s)
{
    s->v = 0;
    s->enq = s->iss = s->deq = s->counter = s->inflight = 0;
    s->may_full_deq = s->may_full_iss = false;
}

void ptwfilter_tick(struct ptwfilter *s, const struct ptwfilter_in *in,
                    const struct ptwfilter_out *out)
{
    bool enq = out->can_enqueue && out->survive;
    bool empty_deq = s->enq == s->deq && !s->may_full_deq;
    bool empty_iss = s->enq == s->iss && !s->may_full_iss;
    bool deq = !bit(s->v, s->deq) && !empty_deq;
    bool issue = out->issue_valid && in->req_ready;
    bool iss = issue || (!bit(s->v, s->iss) && !empty_iss);
    bool sent = out->req_valid && in->req_ready;
    unsigned old = ring_match(s, in);
    struct l1_answer now;

    if (in->answer)
        l1_answer_set(&now, in->answer, &s->rule);
    uint32_t match = 0;
    if (in->answer || s->a_valid)
        match = arrive(s, in, in->answer ? &now : NULL);
    if (enq)
        enqueue(s, in, out, in->answer ? &now : NULL);
    if (issue && out->issue_filtered)
        s->v &= ~(1u << s->iss);
    s->v &= ~match;
    if (enq)
        s->enq = next(s->enq, out->enq_num);
    if (deq)
        s->deq = next(s->deq, 1);
    if (iss)
        s->iss = next(s->iss, 1);
    if (enq != deq)
        s->may_full_deq = enq;
    if (enq != iss)
        s->may_full_iss = enq;
    s->counter = s->counter - deq + (enq ? out->enq_num : 0);
    // Rule 6. L14: a flush clears the count, the answers of requests sent before it still take one
    // away.
    bool none = s->fix_l14 && !s->inflight;
    if (sent && !in->answer)
        s->inflight = (s->inflight + 1) & 15;
    else if (!sent && in->answer && !none)
        s->inflight = (s->inflight - 1) & 15;
    if (in->flush)
        flush(s);

    s->in_valid = out->keep;
    s->old_match = old;
    for (unsigned m = in->req_valid; m; m &= m - 1)
        s->in[lowest(m)] = in->req[lowest(m)];
}

bool ptwfilter_idle(const struct ptwfilter *s, bool req_ready)
{
    if (s->in_valid || s->a_valid)
        return false;
    if (!bit(s->v, s->deq) && s->counter)
        return false;
    bool empty = s->enq == s->iss && !s->may_full_iss;
    if (empty)
        return true;
    return bit(s->v, s->iss) && (!req_ready || s->inflight == PTWFILTER_SIZE);
}
