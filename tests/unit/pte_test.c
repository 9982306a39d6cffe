// SPDX-License-Identifier: MulanPSL-2.0
// PTE fields and predicates, one bit at a time (spec A 0.3, spec B 0.3; docs/sources.md 2 rows 41,
// 44, 45, 46, 57, 59).
#include "arch/bundle.h"
#include "arch/pte.h"
#include "tests/harness.h"

#define LEAF (UINT64_C(0x90000) << 10 | PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)
#define NEXT (UINT64_C(0x90000) << 10 | PTE_V)
#define PBMT(n) ((uint64_t)(n) << 61)

TEST fields(void)
{
    uint64_t pte = PTE_N | PBMT(2) | UINT64_C(0x5a) << 54 | UINT64_C(0xabcdef12345) << 10 | 0xff;
    ASSERT_EQ(UINT64_C(0xabcdef12345), pte_ppn(pte));
    ASSERT_EQ(0xab, pte_ppn_high(pte));
    ASSERT_EQ(2, pte_pbmt(pte));
    ASSERT_EQ(0x5a, pte_reserved(pte));
    ASSERT_EQ(0x7f, pte_perm(pte));
    ASSERT(pte_n(pte) && pte_v(pte));
    PASS();
}

TEST leaf_or_table(void)
{
    for (unsigned rwx = 0; rwx < 8; rwx++) {
        ASSERT_EQ(rwx != 0, pte_is_leaf(PTE_V | (uint64_t)rwx << 1));
        ASSERT_EQ(rwx == 0, pte_is_next(PTE_V | (uint64_t)rwx << 1));
        ASSERT_FALSE(pte_is_leaf((uint64_t)rwx << 1) || pte_is_next((uint64_t)rwx << 1));
    }
    PASS();
}

TEST encoding(void)
{
    ASSERT_FALSE(pte_is_pf(LEAF, 0, false));
    ASSERT_FALSE(pte_is_pf(NEXT, 1, false));
    ASSERT(pte_is_pf(LEAF & ~PTE_V, 0, false));
    ASSERT(pte_is_pf((LEAF & ~(PTE_R | PTE_X)), 0, false)); // W without R
    ASSERT(pte_is_pf((LEAF & ~PTE_R), 0, false));           // W and X without R
    ASSERT_FALSE(pte_is_pf(LEAF & ~(PTE_W | PTE_X), 0, false));
    for (unsigned b = 54; b <= 60; b++) { // reserved bits
        ASSERT(pte_is_pf(LEAF | UINT64_C(1) << b, 0, true));
        ASSERT(pte_is_pf(NEXT | UINT64_C(1) << b, 1, true));
        ASSERT(pte_is_gpf(LEAF | PTE_U | UINT64_C(1) << b, 0, true));
    }
    PASS();
}

TEST pbmt_rules(void)
{
    for (unsigned m = 0; m < 4; m++) {
        ASSERT_EQ(m != 0, pte_is_pf(LEAF | PBMT(m), 0, false));
        ASSERT_EQ(m == 3, pte_is_pf(LEAF | PBMT(m), 0, true));
        ASSERT_EQ(m != 0, pte_is_pf(NEXT | PBMT(m), 1, true));
        ASSERT_EQ(m == 3, pte_is_gpf(LEAF | PTE_U | PBMT(m), 0, true));
    }
    PASS();
}

TEST non_leaf_bits(void)
{
    ASSERT(pte_is_pf(NEXT | PTE_U, 1, false));
    ASSERT(pte_is_pf(NEXT | PTE_A, 1, false));
    ASSERT(pte_is_pf(NEXT | PTE_D, 1, false));
    ASSERT(pte_is_pf(NEXT | PTE_N, 1, false));
    ASSERT_FALSE(pte_is_pf(NEXT | PTE_G, 1, false));
    ASSERT_FALSE(pte_is_gpf(NEXT, 1, false));
    ASSERT(pte_is_gpf(NEXT | PTE_U, 1, false));
    PASS();
}

TEST napot(void)
{
    uint64_t good = LEAF | PTE_N | 8 << 10, bad = LEAF | PTE_N | 4 << 10;
    ASSERT_FALSE(pte_is_pf(good, 0, false));
    ASSERT(pte_is_pf(bad, 0, false));
    ASSERT(pte_is_pf(LEAF | PTE_N, 0, false));
    ASSERT(pte_is_pf(good, 1, false)); // misaligned as well
    ASSERT(pte_is_pf(LEAF | PTE_N, 1, false));
    ASSERT(pte_is_napot(good) && !pte_is_napot(LEAF) && !pte_is_napot(NEXT | PTE_N));
    ASSERT_FALSE(pte_is_gpf(good | PTE_U, 0, false));
    ASSERT(pte_is_gpf(bad | PTE_U, 0, false));
    PASS();
}

TEST alignment(void)
{
    for (unsigned level = 1; level <= 3; level++) {
        uint64_t ok = UINT64_C(1) << (9 * level);
        ASSERT_FALSE(pte_is_pf((LEAF & 0xff) | ok << 10, level, false));
        ASSERT(pte_is_pf((LEAF & 0xff) | (ok | ok >> 1) << 10, level, false));
        ASSERT(pte_is_pf((LEAF & 0xff) | (ok | 1) << 10, level, false));
        ASSERT(pte_is_gpf((LEAF & 0xff) | PTE_U | (ok | 1) << 10, level, false));
    }
    ASSERT_FALSE(pte_unaligned(NEXT | 1 << 10, 1));
    PASS();
}

// The G stage demands U and A, not D; R, W and X are the L1 TLB's business.
TEST g_stage(void)
{
    uint64_t g = LEAF | PTE_U;
    ASSERT_FALSE(pte_is_gpf(g, 0, false));
    ASSERT(pte_is_gpf(LEAF, 0, false));
    ASSERT(pte_is_gpf(g & ~PTE_A, 0, false));
    ASSERT_FALSE(pte_is_gpf(g & ~PTE_D, 0, false));
    ASSERT(pte_is_gpf(g & ~PTE_V, 0, false));
    ASSERT_FALSE(pte_is_pf(LEAF & ~(PTE_A | PTE_D), 0, false)); // first stage: neither
    PASS();
}

// Physical addresses have 48 bits, guest addresses 41 or 50.
TEST widths(void)
{
    uint64_t rwx = LEAF & 0xff;
    ASSERT_FALSE(pte_is_af(rwx | (UINT64_C(1) << 35) << 10));
    ASSERT(pte_is_af(rwx | (UINT64_C(1) << 36) << 10));
    ASSERT(pte_is_af(rwx | (UINT64_C(1) << 43) << 10));
    ASSERT_FALSE(pte_is_af((UINT64_C(1) << 43) << 10)); // V=0 with garbage: no access fault
    ASSERT(pte_is_stage1_gpf(rwx | (UINT64_C(1) << 29) << 10, MODE_SV39));
    ASSERT_FALSE(pte_is_stage1_gpf(rwx | (UINT64_C(1) << 28) << 10, MODE_SV39));
    ASSERT(pte_is_stage1_gpf(rwx | (UINT64_C(1) << 38) << 10, MODE_SV48));
    ASSERT_FALSE(pte_is_stage1_gpf(rwx | (UINT64_C(1) << 37) << 10, MODE_SV48));
    ASSERT_FALSE(pte_is_stage1_gpf(rwx | (UINT64_C(1) << 43) << 10, MODE_BARE));
    ASSERT_FALSE(pte_is_stage1_gpf((UINT64_C(1) << 43) << 10, MODE_SV39));
    PASS();
}

// What the PageCache may keep, per kind (spec A 2.5).
TEST refill_class(void)
{
    uint64_t wide = (LEAF & 0xff) | (UINT64_C(1) << 37) << 10;
    ASSERT(pte_can_refill(LEAF, 0, NO_S2XLATE, false, 0));
    ASSERT_FALSE(pte_can_refill(wide, 0, NO_S2XLATE, false, 0));
    ASSERT_FALSE(pte_can_refill(wide, 0, ONLY_STAGE1, false, 0));
    ASSERT(pte_can_refill(wide, 0, ALL_STAGE, false, MODE_SV48)); // a guest page number
    ASSERT_FALSE(pte_can_refill(wide, 0, ALL_STAGE, false, MODE_SV39));
    ASSERT_FALSE(pte_can_refill(LEAF, 0, ONLY_STAGE2, false, MODE_SV39)); // no U
    ASSERT(pte_can_refill(LEAF | PTE_U, 0, ONLY_STAGE2, false, MODE_SV39));
    ASSERT_FALSE(pte_can_refill(wide | PTE_U, 0, ONLY_STAGE2, false, MODE_SV48));
    ASSERT(pte_only_pf(0, 0, NO_S2XLATE, false));
    ASSERT_FALSE(pte_only_pf(0, 0, ONLY_STAGE1, false));
    ASSERT_FALSE(pte_only_pf(0, 0, ALL_STAGE, false));
    ASSERT_FALSE(pte_only_pf(LEAF, 0, NO_S2XLATE, false));
    ASSERT_EQ(ONLY_STAGE1, s2xlate_class(ALL_STAGE));
    ASSERT_EQ(NO_S2XLATE, s2xlate_class(NO_S2XLATE));
    ASSERT_EQ(ONLY_STAGE2, s2xlate_class(ONLY_STAGE2));
    PASS();
}

TEST page_of_a_leaf(void)
{
    ASSERT_EQ(0x12345, leaf_ppn(0x12345, 0xabcde, 0, false));
    ASSERT_EQ(0x1234e, leaf_ppn(0x12348, 0xabcde, 0, true));
    ASSERT_EQ(0x124de, leaf_ppn(0x12400, 0xabcde, 1, false));
    ASSERT_EQ(0x402bcde, leaf_ppn(0x4000000, 0xabcde, 2, false));
    ASSERT_EQ(UINT64_C(0x8000000) | 0xabcde, leaf_ppn(0x8000000, 0xabcde, 3, false));
    struct hptw_resp r = {.ppn = 0x12348, .n = 1};
    ASSERT_EQ(0x1234e, gen_ppn_s2(&r, 0xe));
    r.level = 1; // n means nothing above level 0
    ASSERT_EQ(0x1220e, gen_ppn_s2(&r, 0xe));
    PASS();
}

SUITE(pte_suite)
{
    RUN_TEST(fields);
    RUN_TEST(leaf_or_table);
    RUN_TEST(encoding);
    RUN_TEST(pbmt_rules);
    RUN_TEST(non_leaf_bits);
    RUN_TEST(napot);
    RUN_TEST(alignment);
    RUN_TEST(g_stage);
    RUN_TEST(widths);
    RUN_TEST(refill_class);
    RUN_TEST(page_of_a_leaf);
}
