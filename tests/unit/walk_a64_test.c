// SPDX-License-Identifier: MulanPSL-2.0
// AArch64: start levels of stage 2 against PARange, E0PD, PAN, HCR_EL2.DC, and what is refused.
#include "arch/walk_a64.h"
#include "tests/harness.h"

// Stage 1 with one table at 0: every entry is the block or page `leaf`, stage 2 likewise.
struct flat {
    uint64_t word;
};

static uint64_t flat_read(void *ctx, uint64_t addr, unsigned size)
{
    (void)addr, (void)size;
    return ((struct flat *)ctx)->word;
}

static struct walk_result r;

static void walk(const struct a64_regs *g, uint64_t va, unsigned access, unsigned el, uint64_t word)
{
    struct flat f = {word};
    struct walk_mem m = {&f, flat_read, NULL};
    struct a64_request q = {.va = va, .access = (uint8_t)access, .el = (uint8_t)el};
    a64_walk(g, &q, &m, &r);
}

// AArch64.S2InvalidSL: granule field, SL0, SL2, DS; the smallest PARange whose machines may start
// there (7: none); input bits that fit the level and the smallest PARange.
static const struct {
    unsigned tg, sl0, sl2, ds, first, input;
} start[] = {
    {0, 0, 0, 0, 0, 30}, {0, 1, 0, 0, 0, 32}, {0, 2, 0, 0, 4, 40}, {0, 3, 0, 0, 0, 18},
    {0, 0, 1, 1, 6, 49}, {2, 0, 0, 0, 0, 16}, {2, 1, 0, 0, 0, 28}, {2, 2, 0, 0, 3, 37},
    {2, 3, 0, 1, 6, 48}, {1, 0, 0, 0, 0, 17}, {1, 1, 0, 0, 0, 32}, {1, 2, 0, 0, 4, 43},
};

TEST start_levels_need_wide_addresses(void)
{
    for (unsigned i = 0; i < sizeof start / sizeof *start; i++)
        for (unsigned parange = 0; parange <= 6; parange++) {
            struct a64_regs g = {.hcr_el2 = 1, .parange = (uint8_t)parange};
            g.vtcr_el2 = (64 - start[i].input) | start[i].sl0 << 6 | start[i].tg << 14 | 6 << 16 |
                         (uint64_t)start[i].ds << 32 | (uint64_t)start[i].sl2 << 33;
            walk(&g, 0, A64_READ, 1, 0);
            // Read at all (then an invalid descriptor), or refused before.
            bool legal = r.reason == WALK_A64_INVALID;
            ASSERT_EQ(parange >= start[i].first, legal);
            ASSERT_EQ(2, r.stage);
            ASSERT_EQ(legal ? 1 : 0, r.nrefs);
            if (!legal)
                ASSERT_EQ(4, r.fst); // translation fault, level 0
        }
    PASS();
}

TEST input_size_above_parange(void)
{
    struct a64_regs g = {.hcr_el2 = 1, .parange = 1, .vtcr_el2 = (64 - 36) | 1 << 6 | 1 << 16};
    walk(&g, 0, A64_READ, 1, 0);
    ASSERT_EQ(WALK_A64_INVALID, r.reason);
    g.vtcr_el2 -= 1; // 37 bits
    walk(&g, 0, A64_READ, 1, 0);
    ASSERT_EQ(WALK_A64_START, r.reason);
    PASS();
}

// Stage 1 with 30 bits of address in both halves: 4K pages, level 2 blocks.
static struct a64_regs stage1_regs(void)
{
    return (struct a64_regs){.sctlr_el1 = 1, .parange = 6, .mair_el1 = 0x44,
                             .tcr_el1 = 34 | 34 << 16 | UINT64_C(2) << 30 | UINT64_C(5) << 32};
}

enum { BLOCK = 0x401, USER = 1 << 6 }; // AF, valid

TEST e0pd_keeps_el0_out_of_a_half(void)
{
    uint64_t low = 0x1000, high = UINT64_C(0xffffffffc0000000);
    for (unsigned half = 0; half < 2; half++) {
        struct a64_regs g = stage1_regs();
        g.tcr_el1 |= UINT64_C(1) << (55 + half);
        walk(&g, half ? high : low, A64_READ, 0, BLOCK | USER);
        ASSERT_EQ(WALK_A64_E0PD, r.reason);
        ASSERT_EQ(4, r.fst);
        ASSERT_EQ(0, r.nrefs);
        walk(&g, half ? low : high, A64_READ, 0, BLOCK | USER);
        ASSERT_EQ(FAULT_NONE, r.fault);
        walk(&g, half ? high : low, A64_READ, 1, BLOCK | USER);
        ASSERT_EQ(FAULT_NONE, r.fault);
    }
    PASS();
}

TEST pan_is_about_privileged_data(void)
{
    struct a64_regs g = stage1_regs();
    g.pan = true;
    walk(&g, 0, A64_READ, 1, BLOCK | USER);
    ASSERT_EQ(WALK_A64_PAN, r.reason);
    ASSERT_EQ(0x0e, r.fst);
    walk(&g, 0, A64_WRITE, 1, BLOCK | USER);
    ASSERT_EQ(WALK_A64_PAN, r.reason);
    walk(&g, 0, A64_READ, 0, BLOCK | USER);
    ASSERT_EQ(FAULT_NONE, r.fault);
    walk(&g, 0, A64_FETCH, 1, BLOCK | USER | 1 << 7); // read-only for EL0: EL1 may execute
    ASSERT_EQ(FAULT_NONE, r.fault);
    walk(&g, 0, A64_READ, 1, BLOCK);
    ASSERT_EQ(FAULT_NONE, r.fault);
    g.sctlr_el1 |= UINT64_C(1) << 57; // EPAN: execute-only pages of EL0, too
    walk(&g, 0, A64_READ, 1, BLOCK);
    ASSERT_EQ(WALK_A64_PAN, r.reason);
    walk(&g, 0, A64_READ, 1, BLOCK | UINT64_C(1) << 54);
    ASSERT_EQ(FAULT_NONE, r.fault);
    PASS();
}

TEST default_cacheable(void)
{
    struct a64_regs g = stage1_regs();
    g.hcr_el2 = 1 << 12;
    g.vtcr_el2 = (64 - 30) | 5 << 16;
    walk(&g, 0x1234, A64_READ, 1, BLOCK | 0xf << 2 | 1 << 6);
    ASSERT_EQ(FAULT_NONE, r.fault);
    ASSERT_EQ(WALK_OFF, r.s1.level);
    ASSERT_EQ(2, r.s2.level);
    ASSERT_EQ(0xff, r.attr);
    PASS();
}

TEST what_is_not_modelled_is_named(void)
{
    static const struct {
        unsigned bit;
        const char *name;
    } hcr[] = {{27, "TGE"}, {32, "CD"}, {33, "ID"}, {34, "E2H"}, {42, "NV"}, {43, "NV1"},
               {46, "FWB"}, {57, "DCT"}};
    struct a64_regs g = stage1_regs();
    ASSERT_FALSE(a64_regs_check(&g));
    for (unsigned i = 0; i < sizeof hcr / sizeof *hcr; i++) {
        g.hcr_el2 = UINT64_C(1) << hcr[i].bit;
        ASSERT(a64_regs_check(&g) && strstr(a64_regs_check(&g), hcr[i].name));
    }
    g.hcr_el2 = 0;
    for (unsigned at = 0; at < 64; at++) {
        struct a64_regs v = g;
        bool refused = at == 29 || at == 30 || at > 33;
        v.vtcr_el2 = UINT64_C(1) << at;
        ASSERT_FALSE(a64_regs_check(&v)); // stage 2 is off
        v.hcr_el2 = 1;
        ASSERT_EQ(refused, a64_regs_check(&v) && strstr(a64_regs_check(&v), "VTCR_EL2"));
    }
    for (unsigned at = 60; at < 62; at++) {
        struct a64_regs t = g;
        t.tcr_el1 |= UINT64_C(1) << at;
        ASSERT(a64_regs_check(&t) && strstr(a64_regs_check(&t), "MTX"));
    }
    g.sctlr_el1 |= 1 << 25;
    ASSERT(a64_regs_check(&g) && strstr(a64_regs_check(&g), "EE"));
    PASS();
}

TEST a_stage_says_where_its_tables_are(void)
{
    struct a64_regs g = stage1_regs();
    struct a64_stage st;
    g.ttbr0_el1 = 0x40001000 | UINT64_C(7) << 48;
    g.ttbr1_el1 = 0x50002000;
    ASSERT(a64_stage(&g, 1, 0x1000, &st));
    ASSERT_EQ(UINT64_C(0x40001000), st.base);
    ASSERT_EQ(12u, st.granule);
    ASSERT_EQ(30u, st.input);
    ASSERT_EQ(48u, st.output);
    ASSERT_EQ(2, st.start);
    ASSERT(a64_stage(&g, 1, UINT64_C(0xffffffffc0000000), &st));
    ASSERT_EQ(UINT64_C(0x50002000), st.base);
    ASSERT_FALSE(a64_stage(&g, 1, UINT64_C(1) << 40, &st)); // in no half
    ASSERT_FALSE(a64_stage(&g, 2, 0, &st));                 // off
    g.hcr_el2 = 1;
    g.vttbr_el2 = 0x60005000;
    g.vtcr_el2 = 24 | 1 << 6; // 40 bits from level 1: two concatenated tables
    ASSERT(a64_stage(&g, 2, 0, &st));
    ASSERT_EQ(1, st.start);
    ASSERT_EQ(UINT64_C(0x60004000), st.base);
    ASSERT_EQ(32u, st.output);
    g.vtcr_el2 = 24 | 2 << 6; // the same 40 bits from level 0: two entries
    ASSERT(a64_stage(&g, 2, 0, &st));
    ASSERT_EQ(0, st.start);
    g.vtcr_el2 = 24; // level 2 would need 256 tables
    ASSERT_FALSE(a64_stage(&g, 2, 0, &st));
    g.sctlr_el1 = 0;
    ASSERT_FALSE(a64_stage(&g, 1, 0x1000, &st));
    PASS();
}

SUITE(walk_a64_suite)
{
    RUN_TEST(start_levels_need_wide_addresses);
    RUN_TEST(input_size_above_parange);
    RUN_TEST(e0pd_keeps_el0_out_of_a_half);
    RUN_TEST(pan_is_about_privileged_data);
    RUN_TEST(default_cacheable);
    RUN_TEST(what_is_not_modelled_is_named);
    RUN_TEST(a_stage_says_where_its_tables_are);
}
