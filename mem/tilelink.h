// SPDX-License-Identifier: MulanPSL-2.0
// The memory side of the TileLink port: Get of 64 bytes, answered in two 256-bit beats.
//
// Per cycle: ask tl_a_ready() and tl_beat() for the inputs of this cycle, settle the machine, then
// tl_accept() if A fired, then tl_next(). Timing of the recordings (docs/recordings.md 3):
//   ready time r = t + lat + (span ? mix64((addr>>6)*K + seed) mod span : 0), line captured at t;
//   D sends one transaction at a time, smallest (r, order) first, beat 1 `gap` cycles after beat 0.
#ifndef L2TLB_MEM_TILELINK_H
#define L2TLB_MEM_TILELINK_H

#include "arch/cfg.h"
#include "mem/phys.h"

enum tl_aready { AREADY_ALWAYS, AREADY_PATTERN, AREADY_HASH };

struct tl_timing {
    uint64_t lat, span, seed, gap; // cycles; lat >= 1, gap >= 1
    enum tl_aready aready;
    unsigned period;    // AREADY_PATTERN: 1..64
    uint64_t mask;      // AREADY_PATTERN: bit (cycle mod period)
    unsigned threshold; // AREADY_HASH: ready if (mix64(cycle*K + seed) & 255) < threshold
    // A simple L2 data cache in front of memory: lines of 64 bytes, LRU. sets 0: none (latency
    // `lat` for every read); else a hit takes hit_lat instead of lat (+ span).
    unsigned l2_sets, l2_ways;
    uint64_t hit_lat;
};

struct tl;

struct tl_beat {
    bool valid;
    uint8_t source, beat; // beat 0: words 0..3, 1: words 4..7
    uint64_t data[4];
};

struct tl *tl_new(const struct tl_timing *timing, const struct phys *mem); // NULL: out of memory
// The same reads under way, over another memory. NULL: out of memory.
struct tl *tl_clone(const struct tl *t, const struct phys *mem);
void tl_free(struct tl *t);
void tl_reset(struct tl *t);

bool tl_a_ready(const struct tl *t, uint64_t cycle);
// The D beat of this cycle. Idempotent within a cycle.
void tl_beat(struct tl *t, uint64_t cycle, struct tl_beat *beat);
void tl_accept(struct tl *t, uint64_t cycle, unsigned source, uint64_t addr);
// First cycle >= `cycle` in which a beat can appear; UINT64_MAX if no read is outstanding. (A ready
// is of interest only while the machine offers a request, and it does not idle then.)
uint64_t tl_next_event(const struct tl *t, uint64_t cycle);
unsigned tl_outstanding(const struct tl *t);
// Hits and misses of the L2 cache model.
void tl_l2_stats(const struct tl *t, uint64_t *hits, uint64_t *misses);

#endif
