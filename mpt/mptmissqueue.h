// SPDX-License-Identifier: MulanPSL-2.0
// MptMissQueue: four misses that wait for the walker (spec E 1.6). The head stays in the queue while it
// is walked for; after every entry that the walker has read the queue turns for four cycles.
#ifndef L2TLB_MPT_MPTMISSQUEUE_H
#define L2TLB_MPT_MPTMISSQUEUE_H

#include "mpt/mpt.h"

enum { MPT_MISSES = 4 };

struct mptmissqueue {
    const struct l2tlb_cfg *cfg;
    struct mpt_miss elem[MPT_MISSES];
    unsigned head, count;
    uint8_t refill_counter;
    struct mpt_refill refill; // the last entry read
};

struct mptmissqueue_out {
    bool ready; // takes a miss of the cache
    bool walk_valid; // the head wants the walker
    struct mpt_resp resp;
};

struct mptmissqueue_in {
    bool flush;
    bool miss_valid;
    struct mpt_miss miss;
    const struct mpt_refill *refill;
};

void mptmissqueue_reset(struct mptmissqueue *q, const struct l2tlb_cfg *cfg);
void mptmissqueue_publish(const struct mptmissqueue *q, struct mptmissqueue_out *o);
void mptmissqueue_tick(struct mptmissqueue *q, const struct mptmissqueue_out *o,
                       const struct mptmissqueue_in *in);
// k-th miss from the head, k < count.
static inline const struct mpt_miss *mptmissqueue_at(const struct mptmissqueue *q, unsigned k)
{
    return &q->elem[(q->head + k) % MPT_MISSES];
}

#endif
