// SPDX-License-Identifier: MulanPSL-2.0
// Tree pseudo-LRU of n ways, n in 1..64, n-1 state bits (spec A 2.4 rules 1 and 2, spec C 1.6).
//
// Bit n-2 is the root. The lower subtree holds 2^(ceil(log2 n)-1) ways and the lowest state bits,
// the upper subtree the rest; recurse. For a power of two both halves are equal; for the 48 ways
// of an L1 TLB they are 32 and 16. A node bit of 1 sends the victim search into the upper half.
#ifndef L2TLB_ARCH_PLRU_H
#define L2TLB_ARCH_PLRU_H

#include "arch/bits.h"

static inline unsigned plru_victim(uint64_t state, unsigned n)
{
    unsigned way = 0, shift = 0;
    while (n > 1) {
        unsigned low = 1u << (log2_ceil(n) - 1);
        if (bit(state, shift + n - 2)) {
            way += low;
            shift += low - 1;
            n -= low;
        } else {
            n = low;
        }
    }
    return way;
}

// State after an access to way `w` (< n): every node on its path points away from it.
static inline uint64_t plru_touch(uint64_t state, unsigned n, unsigned w)
{
    unsigned shift = 0;
    while (n > 1) {
        unsigned low = 1u << (log2_ceil(n) - 1);
        uint64_t node = UINT64_C(1) << (shift + n - 2);
        if (w >= low) {
            state &= ~node;
            w -= low;
            shift += low - 1;
            n -= low;
        } else {
            state |= node;
            n = low;
        }
    }
    return state;
}

// State after an access to several ways at once (a mask, n a power of two): a node whose group holds one
// of them points away from the lower half if that half holds one (spec E 1.4).
static inline uint64_t plru_touch_many(uint64_t state, unsigned n, uint64_t ways)
{
    for (unsigned size = n; size > 1; size /= 2)
        for (unsigned first = 0; first < n; first += size) {
            uint64_t group = ways >> first & mask64(size);
            if (!group)
                continue;
            // The node above `first`: behind all nodes of the groups before it, and of its own two halves.
            unsigned at = size - 2;
            for (unsigned low = n / 2, base = 0; low >= size; low /= 2)
                if (first - base >= low) {
                    base += low;
                    at += low - 1;
                }
            state = (state & ~(UINT64_C(1) << at)) | (uint64_t)((group & mask64(size / 2)) != 0) << at;
        }
    return state;
}

#endif
