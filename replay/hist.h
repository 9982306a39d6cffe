// SPDX-License-Identifier: MulanPSL-2.0
// A histogram of cycle counts in bounded memory.
//
// Values below HIST_EXACT have a bucket each, so their counts and percentiles are exact; above,
// each power of two is cut into HIST_SUB buckets (relative error below 1/HIST_SUB). Count, sum,
// minimum and maximum are exact for every value.
#ifndef L2TLB_REPLAY_HIST_H
#define L2TLB_REPLAY_HIST_H

#include <stdint.h>

enum {
    HIST_EXACT_LOG = 10,
    HIST_EXACT = 1 << HIST_EXACT_LOG,
    HIST_SUB_LOG = 6,
    HIST_SUB = 1 << HIST_SUB_LOG,
    HIST_BUCKETS = HIST_EXACT + (64 - HIST_EXACT_LOG) * HIST_SUB,
};

struct hist {
    uint64_t count, sum, min, max; // min and max are 0 while count is 0
    uint64_t bucket[HIST_BUCKETS];
};

// Adds `value` n times. A zeroed struct is an empty histogram.
void hist_add(struct hist *h, uint64_t value, uint64_t n);
// Adds everything of b to a.
void hist_merge(struct hist *a, const struct hist *b);
double hist_mean(const struct hist *h); // 0 when empty

// Smallest value v with at least permille/1000 of all values <= v (nearest rank), where a bucket
// above HIST_EXACT stands for its largest value. 0 when empty; permille in 0..1000.
uint64_t hist_quantile(const struct hist *h, unsigned permille);

// Values of bucket b: first..last.
void hist_range(unsigned b, uint64_t *first, uint64_t *last);
unsigned hist_bucket(uint64_t value);

#endif
