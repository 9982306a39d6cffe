// SPDX-License-Identifier: MulanPSL-2.0
// Tree PLRU (spec A 2.4, spec C 1.6), hashes and index arithmetic (spec A 2.1, 0.7).
#include "arch/bits.h"
#include "arch/plru.h"
#include "tests/harness.h"

// Four ways by hand: bit 2 is the root, bit 0 the node of ways 0 and 1, bit 1 that of 2 and 3.
TEST four_ways(void)
{
    ASSERT_EQ(0, plru_victim(0, 4));
    ASSERT_EQ(5, plru_touch(0, 4, 0));
    ASSERT_EQ(4, plru_touch(0, 4, 1));
    ASSERT_EQ(2, plru_touch(0, 4, 2));
    ASSERT_EQ(0, plru_touch(0, 4, 3));
    ASSERT_EQ(1, plru_victim(1, 4));
    ASSERT_EQ(2, plru_victim(4, 4));
    ASSERT_EQ(3, plru_victim(6, 4));
    PASS();
}

// The way just touched is never the victim, and touching victims visits every way once.
TEST any_size(void)
{
    for (unsigned n = 2; n <= 64; n++) {
        uint64_t state = 0, seen = 0;
        for (unsigned k = 0; k < n; k++) {
            unsigned v = plru_victim(state, n);
            ASSERT_LT(v, n);
            if (is_pow2(n))
                ASSERT_FALSE(bit(seen, v));
            seen |= UINT64_C(1) << v;
            state = plru_touch(state, n, v);
            ASSERT_NEQ(v, plru_victim(state, n));
            ASSERT_EQ(0, state >> (n - 1));
        }
        if (is_pow2(n))
            ASSERT_EQ(mask64(n), seen);
    }
    ASSERT_EQ(0, plru_victim(0, 1));
    ASSERT_EQ(0, plru_touch(0, 1, 0));
    PASS();
}

// 48 ways of an L1 TLB: the lower subtree has 32 ways and state bits 30..0, the root is bit 46.
TEST forty_eight_ways(void)
{
    ASSERT_EQ(32, plru_victim(UINT64_C(1) << 46, 48));
    ASSERT_EQ(16, plru_victim(UINT64_C(1) << 30, 48));
    ASSERT_EQ(0, bit(plru_touch(mask64(47), 48, 40), 46));
    ASSERT_EQ(1, bit(plru_touch(0, 48, 31), 46));
    ASSERT_EQ(0, bit(plru_touch(mask64(47), 48, 40), 45)); // upper half of the 16: way 8 of them
    PASS();
}

TEST hashes(void)
{
    ASSERT_EQ(0, fold(0, 3));
    ASSERT_EQ(5, fold(5, 3));
    ASSERT_EQ(fold(12, 3), fold(5, 3)); // 12 = 0b1_100: 4 ^ 1
    ASSERT_EQ(1 ^ 2 ^ 3, fold(1 | 2 << 6 | 3 << 12, 6));
    ASSERT_EQ(7, oh_to_uint(1 << 3 | 1 << 4)); // several hits: the OR of the indices
    ASSERT_EQ(0, oh_to_uint(0));
    PASS();
}

TEST bit_helpers(void)
{
    ASSERT_EQ(UINT64_MAX, mask64(64));
    ASSERT_EQ(0, mask64(0));
    ASSERT_EQ(0xb, bits(0xabc, 7, 4));
    ASSERT_EQ(0, log2_ceil(1));
    ASSERT_EQ(3, log2_ceil(5));
    ASSERT_EQ(3, log2_ceil(8));
    ASSERT_FALSE(is_pow2(0));
    ASSERT_EQ(63, highest(UINT64_MAX));
    // docs/recordings.md 3, the mixer of the memory model
    ASSERT_EQ(0, mix64(0));
    ASSERT_EQ(UINT64_C(0x5692161d100b05e5), mix64(1));
    PASS();
}

SUITE(plru_suite)
{
    RUN_TEST(four_ways);
    RUN_TEST(any_size);
    RUN_TEST(forty_eight_ways);
    RUN_TEST(hashes);
    RUN_TEST(bit_helpers);
}
