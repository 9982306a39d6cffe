// SPDX-License-Identifier: MulanPSL-2.0
// Miss queue (spec A 3.1): a plain FIFO with flush; an element is visible one cycle after it
// enters. It cannot overflow: at most as many requests exist as it has places (rule 5). The
// BlockHelper that stands beside it in the Chisel source has no effect, so there is none here (rule
// 6). Numbers in comments are the rule numbers of spec A 3.1.
#ifndef L2TLB_MODEL_MISSQUEUE_H
#define L2TLB_MODEL_MISSQUEUE_H

#include "arch/bundle.h"

#include <stddef.h>

enum { MAX_MISSQ = 256 };

struct missqueue_elem {
    struct req_info info;
    bool is_llptw; // bound for the LLPTW
};

struct missqueue {
    struct missqueue_elem elem[MAX_MISSQ];
    unsigned size, head, count;
};

struct missqueue_in {
    bool flush, enq_fire, deq_fire;
    struct missqueue_elem enq;
};

static inline void missqueue_reset(struct missqueue *q, unsigned size)
{
    q->size = size;
    q->head = q->count = 0;
}

static inline bool missqueue_ready(const struct missqueue *q)
{
    return q->count < q->size;
}

static inline const struct missqueue_elem *missqueue_head(const struct missqueue *q)
{
    return q->count ? &q->elem[q->head] : NULL;
}

// k-th element from the head, k < count (for reports).
static inline const struct missqueue_elem *missqueue_at(const struct missqueue *q, unsigned k)
{
    return &q->elem[(q->head + k) % q->size];
}

static inline void missqueue_tick(struct missqueue *q, const struct missqueue_in *in)
{
    if (in->enq_fire)
        q->elem[(q->head + q->count) % q->size] = in->enq;
    if (in->deq_fire)
        q->head = (q->head + 1) % q->size;
    q->count += (unsigned)in->enq_fire - (unsigned)in->deq_fire;
    if (in->flush)
        q->head = q->count = 0;
}

#endif
