// SPDX-License-Identifier: MulanPSL-2.0
// What travels between the parts of the MPT checker, and the format of its tables (spec E 1.2, 1.3).
#ifndef L2TLB_MPT_MPT_H
#define L2TLB_MPT_MPT_H

#include "arch/bundle.h"

// Levels of the table (spec E 1.2.2), one-hot as the hardware carries them. Level 3 is the root of Smmpt52 only.
enum { MPT_L0 = 1, MPT_L1 = 2, MPT_L2 = 4, MPT_L3 = 8 };

// A check: which rights has page pa (a page number, 36 bits)? `only`: an L1 request without
// translation, id = its port; else id is the requester: an LLPTW entry, the PTW's or the HPTW's id, or
// that of a switch box.
struct mpt_req {
    uint64_t pa;
    uint32_t tag; // of the L1 request; not hardware
    uint8_t id;
    bool mpt_only;
};

// The answer: the rights themselves are part of the answers to L1 (struct mpt_perm).
struct mpt_resp {
    bool valid;
    uint64_t pa;
    uint32_t tag;
    uint8_t id;
    struct mpt_perm perm;
};

// A table entry that the walker has read, for the cache and the miss queue.
struct mpt_refill {
    bool valid;
    uint8_t level; // one-hot; 0: erratum T2
    bool is_af, is_leaf;
    uint64_t pa;   // ppn[35:4] of the walk
    uint64_t data; // bits 57:10 of the entry
};

// Where a walk starts: the table to be read next, and its level.
struct mpt_miss {
    struct mpt_req req;
    uint8_t level;
    uint64_t table; // page number, 36 bits
};

// The fences and changes of a cycle as the checker takes them (spec E 1.5).
struct mpt_fence {
    bool sfence;    // any fence
    bool flush;     // miss queue and walker start afresh
    bool fence_pa;  // one page leaves the sub-caches
    bool flush_all; // everything leaves them
    uint64_t pa;    // page of fence_pa
};

// Bits of a page number below those that an entry of this level tells apart.
static inline unsigned mpt_shift(uint8_t level)
{
    return level & MPT_L3 ? 31 : level & MPT_L2 ? 22 : level & MPT_L1 ? 13 : 4;
}

// Which of the 16 rights of a leaf is that of the page; the levels' numbers are OR-ed (0: none).
static inline unsigned mpt_offset(uint8_t level, uint64_t pa)
{
    unsigned k = 0;
    for (unsigned m = level & 0xf; m; m &= m - 1)
        k |= (unsigned)(pa >> (9 * lowest(m))) & 15;
    return k;
}

static inline uint8_t mpt_right(uint64_t data, unsigned offset)
{
    return (uint8_t)(data >> (3 * offset) & 7);
}

// Are all sixteen rights, or the eight of the half with the page, the same?
static inline bool mpt_all_equal(uint64_t data)
{
    return (data & mask64(48)) == (data & 7) * UINT64_C(0x249249249249);
}
static inline bool mpt_half_equal(uint64_t data, uint64_t pa)
{
    uint64_t half = (bit(pa, 3) ? data >> 24 : data) & mask64(24);
    return half == (half & 7) * UINT64_C(0x249249);
}

// Write without read is no right that exists (spec E 1.2.5 rule 1).
static inline bool mpt_reserved(uint8_t right)
{
    return (right & 3) == 2;
}

// T5: an answer with a fault shows whatever lies at the place of the right.
static inline uint8_t mpt_answered_right(const struct l2tlb_cfg *cfg, uint8_t right, bool fault)
{
    return fault && cfg->errata_fixed[ERR_T5] ? 0 : right;
}

// Does a walker refuse the page? (spec E 1.2.5 rules 2 and 3: L1 looks at the other bits)
static inline bool mpt_bad(const struct mpt_perm *p)
{
    return !(p->right & 1) || p->access_fault;
}

#endif
