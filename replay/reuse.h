// SPDX-License-Identifier: MulanPSL-2.0
// Reuse distances: between two uses of a thing, how many different things were used, itself included? A fully
// associative table of N entries in LRU order hits exactly the uses with a distance of at most N.
//
// Exact up to REUSE_EXACT different things, in O(log n) per use (a Fenwick tree over the order of last uses). Beyond,
// only things whose hash lies in the lower half (quarter, ...) of the range are followed, and their uses and distances
// count twice (four times, ...): spatial sampling, Waldspurger et al., FAST 2015. So memory is bounded: 3 MB at most.
#ifndef L2TLB_REPLAY_REUSE_H
#define L2TLB_REPLAY_REUSE_H

#include "replay/hist.h"

#include <stdbool.h>
#include <stdint.h>

enum { REUSE_EXACT = 1 << 16 };

struct reuse_stats {
    struct hist distance;  // of uses that count and were not the first one of their thing in the run
    uint64_t first;        // those that were
    uint64_t different;    // different things of uses that count
    uint64_t ever;         // different things of the whole run so far
    unsigned sampled_log2; // one thing in 1 << sampled_log2 is followed; 0: all, the figures are exact
};

struct reuse;

struct reuse *reuse_new(void); // NULL: out of memory
void reuse_free(struct reuse *r);
// A use of the thing of this name; names must be spread evenly over all 64 bits (mix64()). False: out of memory.
bool reuse_use(struct reuse *r, uint64_t name);
// Do uses count from here on? At first they do. What does not count is remembered all the same.
void reuse_count(struct reuse *r, bool on);
const struct reuse_stats *reuse_stats(const struct reuse *r);

#endif
