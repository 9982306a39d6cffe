// SPDX-License-Identifier: MulanPSL-2.0
// BitmapCache: 64-bit words of the bitmap (spec B 4.5; revision 2026-03: spec D 4B.5).
// 2025-05: 16 entries fully associative (other sizes by configuration), answer one cycle after the
//          request.
// 2026-03: 32 sets x 4 ways in single-port RAM, answer two cycles after the request.
#ifndef L2TLB_BITMAP_BITMAPCACHE_H
#define L2TLB_BITMAP_BITMAPCACHE_H

#include "arch/plru.h"
#include "bitmap/bitmap.h"

struct bcache_line {
    uint64_t tag; // page number above the set: p[35:6 + log2(sets)]
    uint64_t data;
};

struct bcache_lookup {
    bool valid;
    uint8_t order;
    uint64_t ppn;
    unsigned set;
    uint64_t hits; // ways
    uint64_t data; // word of the lowest hitting way
};

struct bitmapcache {
    const struct l2tlb_cfg *cfg;
    unsigned sets, ways;
    struct bcache_line line[MAX_BCACHE];
    uint64_t valid[1024], plru[1024]; // per set
    struct bcache_lookup delay;       // 2026-03: tags being compared
    struct bcache_lookup resp;        // answer
    bool touch;                       // 2026-03: an answer was taken in the cycle before
};

struct bitmapcache_in {
    bool flush, bclear;
    bool req_fire;
    uint8_t order;
    uint64_t ppn;
    bool resp_taken;
    bool refill;
    uint64_t refill_ppn, refill_data;
};

void bitmapcache_reset(struct bitmapcache *s, const struct l2tlb_cfg *cfg);
// refill: the checker's answer of this cycle writes a word.
bool bitmapcache_req_ready(const struct bitmapcache *s, bool refill, bool resp_ready);
void bitmapcache_publish(const struct bitmapcache *s, struct bcache_resp *r);
void bitmapcache_tick(struct bitmapcache *s, const struct bitmapcache_in *in);
bool bitmapcache_idle(const struct bitmapcache *s);

#endif
