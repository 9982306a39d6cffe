// SPDX-License-Identifier: MulanPSL-2.0
// Records of a port trace: requests of each port in order, each held until it is accepted.
#include "replay/sim.h"

static const struct trace_record *head(const struct port_queue *q)
{
    return q->count ? &q->rec[q->head] : NULL;
}

static bool push(struct port_queue *q, const struct trace_record *r)
{
    if (q->count == PORT_QUEUE)
        return false;
    q->rec[(q->head + q->count++) % PORT_QUEUE] = *r;
    return true;
}

bool ports_empty(const struct sim *s)
{
    return !s->port[0].count && !s->port[1].count;
}

// Control events act at their cycle, or after everything before them was accepted.
static bool control_due(const struct sim *s, const struct trace_record *r)
{
    return r->has_cycle ? s->cycle >= r->cycle : ports_empty(s);
}

static void read_ahead(struct sim *s)
{
    bool event = false;
    while (!event && feed_record(s)) {
        const struct trace_record *r = &s->rec;
        if (r->kind == TRACE_PORT) {
            if (!push(&s->port[r->port & 1], r))
                return;
        } else if (control_due(s, r)) {
            feed_apply(s, r);
            event = r->kind != TRACE_MEM && r->kind != TRACE_ROI;
        } else {
            return;
        }
        s->have = false;
    }
}

void ports_feed(struct sim *s)
{
    read_ahead(s);
    for (unsigned p = 0; p < 2; p++) {
        const struct trace_record *r = head(&s->port[p]);
        struct l2tlb_req *q = &s->in.req[p];
        bool due = r && s->cycle >= r->cycle;
        if (due && !q->valid)
            feed_touch(s, r);
        q->valid = due;
        if (due) {
            q->vpn = r->addr & mask64(38);
            q->s2xlate = r->s2xlate;
        }
        s->in.resp_ready[p] = true;
    }
}

void ports_taken(struct sim *s)
{
    for (unsigned p = 0; p < 2; p++)
        if (s->in.req[p].valid && s->out.req_ready[p]) {
            struct port_queue *q = &s->port[p];
            s->r->instructions += q->rec[q->head].insns;
            q->head = (q->head + 1) % PORT_QUEUE;
            q->count--;
            s->r->accesses++;
            s->in.req[p].valid = false; // the next one is raised in the next cycle at the earliest
        }
}

uint64_t ports_next(const struct sim *s)
{
    uint64_t next = UINT64_MAX;
    for (unsigned p = 0; p < 2; p++) {
        const struct trace_record *r = head(&s->port[p]);
        if (r && !s->in.req[p].valid)
            next = r->cycle < next ? r->cycle : next;
    }
    if (!s->have)
        return s->eof || s->bad ? next : s->cycle;
    if (s->rec.kind != TRACE_PORT && s->rec.has_cycle && s->rec.cycle < next)
        next = s->rec.cycle;
    if (s->rec.kind != TRACE_PORT && !s->rec.has_cycle && ports_empty(s))
        next = s->cycle;
    return next < s->cycle ? s->cycle : next;
}
