// SPDX-License-Identifier: MulanPSL-2.0
// Requests in the miss queue: up to all that are in flight, for hundreds of cycles each. The queue is
// first in, first out, so it is enough to see who comes and who leaves; a request is charged when it
// leaves. Where the requests are is still the machine's word, not the tracker's, and the sum over all
// causes is still compared with the latency.
#include "replay/tracker_impl.h"

static void enter(struct tracker *tr, uint32_t tag)
{
    struct live *l = tracker_find(tr, tag);
    unsigned place = (tr->queue_at + tr->queue.count++) % MAX_QUEUE;
    tr->queued[place] = (struct waiting){.tag = l ? tag : TAG_NONE, .since = tr->st.cycles};
    tr->st.bad_sums += !l && tag != TAG_NONE;
    if (!l)
        return;
    tr->in_missq++;
    tracker_step(tr, l, CAUSE_MISSQ);
}

static void leave(struct tracker *tr)
{
    const struct waiting *w = &tr->queued[tr->queue_at];
    struct live *l = tracker_find(tr, w->tag);
    tr->queue_at = (tr->queue_at + 1) % MAX_QUEUE;
    tr->queue.count--;
    if (w->tag != TAG_NONE)
        tr->in_missq--;
    if (l)
        l->cause[CAUSE_MISSQ] += (uint32_t)(tr->st.cycles - w->since);
}

void queue_follow(struct tracker *tr, const struct l2tlb *t)
{
    struct l2tlb_queue q = l2tlb_queue(t);
    if (tr->queue.count && q.head != tr->queue.head)
        leave(tr);
    while (tr->queue.count > q.count)
        leave(tr);
    while (tr->queue.count < q.count)
        enter(tr, l2tlb_queued(t, tr->queue.count));
    tr->queue.head = q.head;
}

void queue_flush(struct tracker *tr)
{
    while (tr->queue.count)
        leave(tr);
}
