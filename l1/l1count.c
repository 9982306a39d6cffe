// SPDX-License-Identifier: MulanPSL-2.0
#include "l1/l1count.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 1024 };

void l1count_init(struct l1count *c)
{
    memset(c, 0, sizeof *c);
    c->page = calloc(FIRST_SIZE, sizeof *c->page);
    c->size = c->page ? FIRST_SIZE : 0;
}

void l1count_done(struct l1count *c)
{
    free(c->page);
    c->page = NULL;
    c->size = 0;
}

void l1count_reset(struct l1count *c)
{
    struct l1count_page *page = c->page;
    size_t size = c->size;
    memset(c, 0, sizeof *c);
    c->page = page;
    c->size = size;
    if (size)
        memset(page, 0, size * sizeof *page);
}

void l1count_epoch(struct l1count *c)
{
    c->epoch++;
}

static uint64_t page_key(unsigned class, unsigned s2xlate, uint64_t vpn)
{
    return UINT64_C(1) << 42 | (uint64_t)class << 40 | (uint64_t)s2xlate << 38 | vpn;
}

static struct l1count_page *probe(struct l1count_page *page, size_t size, uint64_t key)
{
    size_t at = mix64(key) & (size - 1);
    while (page[at].key && page[at].key != key)
        at = (at + 1) & (size - 1);
    return &page[at];
}

// Without memory the history ends: the again_* counters stop, everything else goes on.
static void grow(struct l1count *c)
{
    size_t size = c->size * 2;
    struct l1count_page *page = size > c->size ? calloc(size, sizeof *page) : NULL;

    for (size_t k = 0; k < c->size && page; k++)
        if (c->page[k].key)
            *probe(page, size, c->page[k].key) = c->page[k];
    free(c->page);
    c->page = page;
    c->size = page ? size : 0;
}

static struct l1count_page *find(struct l1count *c, uint64_t key, bool add)
{
    if (!c->size)
        return NULL;
    struct l1count_page *p = probe(c->page, c->size, key);
    if (p->key || !add)
        return p->key ? p : NULL;
    if (2 * ++c->used > c->size) {
        grow(c);
        if (!c->size)
            return NULL;
        p = probe(c->page, c->size, key);
    }
    *p = (struct l1count_page){.key = key, .epoch = c->epoch - 1};
    return p;
}

// A request gets a slot: is it for a page that was answered in this epoch before?
static void asked(struct l1count *c, unsigned class, const struct l1_ptw_req *q)
{
    struct l1_counters *n = &c->c[class];
    n->allocated++;
    n->get_gpa += q->get_gpa;
    struct l1count_page *p = find(c, page_key(class, q->s2xlate, q->vpn), true);
    if (!p)
        return;
    if (p->epoch == c->epoch && !q->get_gpa) {
        n->again_lost += p->fate == LOST;
        n->again_gpa += p->fate == GPA_DROPPED;
        bool gone = p->fate == INSTALLED && p->seq != c->seq[class][p->way];
        n->again_evicted += gone;
        n->again_other += p->fate == ASKED || p->fate == NOT_KEPT;
        n->again_other += p->fate == INSTALLED && !gone;
    }
    p->epoch = c->epoch;
    p->fate = ASKED;
}

static void settle_fate(struct l1count *c, const struct l1count_pages *s, unsigned fate,
                        unsigned way, uint32_t seq)
{
    for (unsigned k = 0; k < s->n; k++) {
        struct l1count_page *p = find(c, s->key[k], false);
        if (!p)
            continue;
        p->fate = (uint8_t)fate;
        p->way = (uint8_t)way;
        p->seq = seq;
    }
}

void l1count_presented(struct l1count *c, unsigned class, bool refill, unsigned way, bool gpa)
{
    c->c[class].answers++;
    c->presented |= 1u << class;
    if (!refill) {
        settle_fate(c, &c->next[class], gpa ? GPA_DROPPED : NOT_KEPT, 0, 0);
        c->refilled[class] = false;
        return;
    }
    c->c[class].refills++;
    if (c->refilled[class] && c->last_way[class] == way)
        settle_fate(c, &c->written[class], LOST, way, 0);
    c->seq[class][way]++;
    settle_fate(c, &c->next[class], INSTALLED, way, c->seq[class][way]);
    c->written[class] = c->next[class];
    c->last_way[class] = way;
    c->refilled[class] = true;
}

void l1count_misses(struct l1count *c, unsigned class, unsigned ports)
{
    if (!ports)
        return;
    c->c[class].misses += popcount(ports);
    if (class == L1_FETCH && bit(ports, L1_BLOCKING_PORT - l1_first_port[L1_FETCH]))
        c->blocking_missed = true;
}

void l1count_ports(struct l1count *c, const struct l1_in *in, const struct l1_out *out,
                   unsigned looked)
{
    // A class without an answer in the last cycle cannot lose a page to a consecutive refill.
    for (unsigned k = 0; k < L1_CLASSES; k++)
        if (!bit(c->presented, k))
            c->refilled[k] = false;
    c->presented = 0;
    for (unsigned m = looked & out->req_ready; m; m &= m - 1)
        c->c[l1_class_of_port(lowest(m))].lookups++;
    for (unsigned m = out->resp_valid; m; m &= m - 1) {
        unsigned i = lowest(m);
        struct l1_counters *n = &c->c[l1_class_of_port(i)];
        const struct l1_resp *r = &out->resp[i];
        n->killed += bit(in->req_kill, i);
        n->replays += r->miss && bit(out->replay, i) && !bit(in->req_kill, i);
        if (r->miss)
            continue;
        bool counted = i == L1_BLOCKING_PORT && c->blocking_missed; // as a miss
        n->disabled += !counted && !r->enabled;
        n->hits_bypass += !counted && r->enabled && r->bypass;
        n->hits_table += !counted && r->enabled && !r->bypass;
        n->faults_af += (r->exc & L1_EXC_AF) != 0;
        n->faults_pf += (r->exc & L1_EXC_PF) != 0;
        n->faults_gpf += (r->exc & L1_EXC_GPF) != 0;
    }
    unsigned stopped = out->miss_valid & ~out->miss_pass & ((1u << L1_DATA_PORTS) - 1);
    for (unsigned m = stopped; m; m &= m - 1)
        c->c[l1_class_of_port(lowest(m))].gate++;
    if (bit(out->resp_valid, L1_BLOCKING_PORT))
        c->blocking_missed = false;
    if (out->hint_valid & out->hint_full)
        c->c[L1_LOAD].full += popcount(out->hint_valid & out->hint_full);
}

// The page that a request asked for, from its answer.
static uint64_t asked_vpn(const struct ptw_resp *r)
{
    return r->s2xlate == ONLY_STAGE2 ? r->s2.tag : r->s1.tag << 3 | r->s1.addr_low;
}

void l1count_sent(struct l1count *c, unsigned class, const struct l1_ptw_req *q)
{
    struct l1count_page *p = find(c, page_key(class, q->s2xlate, q->vpn), false);
    c->c[class].l2_requests++;
    if (p)
        p->sent = true;
}

// Class whose request this answer is for: the first one with such a request on its way.
static unsigned data_class(struct l1count *c, const struct ptw_resp *r)
{
    for (unsigned k = 0; k < L1_FETCH; k++) {
        struct l1count_page *p = find(c, page_key(k, r->s2xlate, asked_vpn(r)), false);
        if (p && p->sent) {
            p->sent = false;
            return k;
        }
    }
    return L1_LOAD;
}

void l1count_newfilter(struct l1count *c, const struct ptwnewfilter *s,
                       const struct ptwnewfilter_in *in, const struct ptwnewfilter_out *out)
{
    for (unsigned m = in->req_valid; m; m &= m - 1) {
        unsigned i = lowest(m), k = l1_class_of_port(i);
        struct l1_counters *n = &c->c[k];
        n->requests++;
        n->covered += out->fate[i] == PTWNF_COVERED;
        n->merged += out->fate[i] == PTWNF_MERGED;
        n->dropped += out->fate[i] == PTWNF_DROPPED;
        if (out->fate[i] == PTWNF_ALLOCATED)
            asked(c, k, &in->req[i]);
    }
    if (!s->a_valid)
        return;
    unsigned class = data_class(c, &s->a.r);
    if (!out->refill)
        c->c[class].orphans++;
    for (unsigned f = 0; f < PTWNF_FILTERS; f++) {
        struct l1count_pages *n = &c->next[f];
        n->n = 0;
        for (uint32_t m = out->match[f]; m; m &= m - 1) {
            const struct ptwnf_slot *k = &s->f[f].slot[lowest(m)];
            n->key[n->n++] = page_key(f, k->s2xlate, k->vpn);
        }
    }
}

void l1count_filter(struct l1count *c, const struct ptwfilter *s, const struct ptwfilter_in *in,
                    const struct ptwfilter_out *out, const struct ptw_resp *answer)
{
    struct l1_counters *n = &c->c[L1_FETCH];

    if (!in->req_valid && !s->in_valid && !answer)
        return;
    unsigned covered = popcount(out->in_covered) + popcount(out->reg_covered);

    n->requests += popcount(in->req_valid);
    n->covered += covered;
    n->merged += popcount(in->req_valid & ~out->keep) + popcount(s->in_valid & ~out->survive);
    n->merged -= covered;
    if (!out->can_enqueue)
        n->dropped += out->enq_num;
    for (unsigned m = out->can_enqueue ? out->survive : 0; m; m &= m - 1)
        asked(c, L1_FETCH, &s->in[lowest(m)]);
    if (!answer)
        return;
    struct l1_answer a;
    struct l1count_pages *p = &c->next[L1_FETCH];
    l1_answer_set(&a, answer, &s->rule);
    p->n = 0;
    for (uint32_t v = s->v; v; v &= v - 1) {
        const struct l1_ptw_req *q = &s->ring[lowest(v)];
        if (q->s2xlate == a.r.s2xlate && l1_covers(&a, q->vpn, in->csr))
            p->key[p->n++] = page_key(L1_FETCH, q->s2xlate, q->vpn);
    }
    n->orphans += !p->n;
}
