// SPDX-License-Identifier: MulanPSL-2.0
// PageCache (spec A 2): pipeline and hits. The block alone, clocked by hand; every test names its
// section.
#include "tests/harness.h"
#include "tests/unit/pagecache_bench.h"

// --- 2.2 pipeline ------------------------------------------------------------------------------

TEST three_cycles(void)
{
    start("minimal", NULL, NULL);
    put_leaf(0, V, NO_S2XLATE, LEAF(0x90000));
    struct pc_req q = request(V, NO_S2XLATE);
    ASSERT(clock_once(&q, false));
    ASSERT_FALSE(out.valid);
    clock_once(NULL, false);
    ASSERT_FALSE(out.valid);
    clock_once(NULL, false);
    ASSERT_FALSE(out.valid);
    clock_once(NULL, false);
    ASSERT(out.valid && out.hit);
    ASSERT_EQ(V, out.req->info.vpn);
    clock_once(NULL, false);
    ASSERT_FALSE(out.valid);
    ASSERT(pagecache_idle(&pc, true));
    PASS();
}

// A blocked answer holds three look-ups behind each other; nothing is lost.
TEST back_pressure(void)
{
    start("minimal", NULL, NULL);
    resp_ready = false;
    unsigned accepted = 0;
    for (unsigned c = 0; c < 8; c++) {
        struct pc_req q = request(accepted, NO_S2XLATE);
        accepted += clock_once(&q, false);
    }
    ASSERT_EQ(3, accepted);
    resp_ready = true;
    for (unsigned k = 0; k < 3; k++) {
        pagecache_publish(&pc, &refill, &out);
        ASSERT(out.valid);
        ASSERT_EQ(k, out.req->info.vpn);
        clock_once(NULL, false);
    }
    PASS();
}

TEST one_per_cycle(void)
{
    start("minimal", NULL, NULL);
    for (unsigned k = 0; k < 20; k++) {
        struct pc_req q = request(k, NO_S2XLATE);
        ASSERT(clock_once(&q, false));
        if (k >= 3)
            ASSERT_EQ(k - 3, answered);
    }
    PASS();
}

// A refill blocks new look-ups for exactly its cycle, whatever it writes (rwHarzad).
TEST refill_blocks_one_cycle(void)
{
    static const uint64_t nothing[SECTOR];
    start("minimal", NULL, NULL);
    struct pc_req q = request(V, NO_S2XLATE);
    set_refill(3, 0, ONLY_STAGE1, nothing);
    ASSERT_FALSE(clock_once(&q, false));
    ASSERT(clock_once(&q, false));
    PASS();
}

TEST flush_empties(void)
{
    start("minimal", NULL, NULL);
    for (unsigned k = 0; k < 3; k++) {
        struct pc_req q = request(k, NO_S2XLATE);
        clock_once(&q, false);
    }
    clock_once(NULL, true);
    for (unsigned k = 0; k < 5; k++) {
        clock_once(NULL, false);
        ASSERT_FALSE(out.valid);
    }
    PASS();
}

// --- 2.3, 2.9 hits -----------------------------------------------------------------------------

TEST cold_misses(void)
{
    start("minimal", NULL, NULL);
    look(V, NO_S2XLATE);
    ASSERT(out.valid);
    ASSERT_FALSE(out.hit || out.fsm_l1 || out.fsm_l2 || out.fsm_l3 || out.stage1_hit);
    PASS();
}

// All levels together: the deepest page number is handed on, and level 3, 2, 1 one by one.
TEST non_leaf_levels(void)
{
    start("minimal", NULL, NULL);
    put_leaf(3, V, NO_S2XLATE, NEXT(0x80003));
    look(V, NO_S2XLATE);
    ASSERT(out.fsm_l3 && !out.fsm_l2 && !out.fsm_l1);
    ASSERT_EQ(0x80003, out.fsm_ppn);
    put_leaf(2, V, NO_S2XLATE, NEXT(0x80002));
    look(V, NO_S2XLATE);
    ASSERT(out.fsm_l3 && out.fsm_l2 && !out.fsm_l1);
    ASSERT_EQ(0x80002, out.fsm_ppn);
    put_leaf(1, V, NO_S2XLATE, NEXT(0x80001));
    look(V, NO_S2XLATE);
    ASSERT(out.fsm_l1 && !out.hit);
    ASSERT_EQ(0x80001, out.fsm_ppn);
    look(V ^ (1 << 18), NO_S2XLATE); // other level-2 index, same level-3 entry
    ASSERT(out.fsm_l3 && !out.fsm_l2);
    look(V ^ (1 << 27), NO_S2XLATE);
    ASSERT_FALSE(out.fsm_l3);
    PASS();
}

// One level-1 line serves its eight 2-MiB regions; a leaf among them does not (vs = 0).
TEST level1_line(void)
{
    uint64_t ptes[SECTOR];
    start("minimal", NULL, NULL);
    for (unsigned i = 0; i < SECTOR; i++)
        ptes[i] = i == 5 ? LEAF(0x200000) : NEXT(0x80010 + i);
    put(1, V, NO_S2XLATE, ptes);
    for (unsigned i = 0; i < SECTOR; i++) {
        look((V & ~UINT64_C(0xfff)) | i << 9, NO_S2XLATE);
        ASSERT_EQ(i != 5, out.fsm_l1);
        if (i != 5)
            ASSERT_EQ(0x80010 + i, out.fsm_ppn);
    }
    PASS();
}

TEST sector_hits(void)
{
    struct merge_resp m;
    uint64_t ptes[SECTOR];
    start("minimal", NULL, NULL);
    for (unsigned i = 0; i < SECTOR; i++)
        ptes[i] = LEAF(0x90000 + i) & (i == 6 ? ~(uint64_t)PTE_W : UINT64_MAX);
    put(0, V, NO_S2XLATE, ptes);
    look((V & ~UINT64_C(7)) | 5, NO_S2XLATE);
    ASSERT(out.hit && !out.prefetched);
    pagecache_stage1(&pc, &csr, &m);
    ASSERT_EQ(V >> 3, m.tag);
    ASSERT_EQ(5, m.idx);
    ASSERT_EQ(5, m.asid);
    ASSERT_EQ(0, m.level);
    ASSERT(m.not_super && !m.not_merge);
    for (unsigned i = 0; i < SECTOR; i++) {
        ASSERT_EQ(0x90000 + i, m.ppn[i]);
        ASSERT_EQ(i == 6 ? 0x65 : 0x67, m.perm[i]); // d,a,g,u,x,w,r
    }
    look(V ^ 8, NO_S2XLATE);
    ASSERT_FALSE(out.hit);
    PASS();
}

// Superpages: the tag rule of SP by level; NAPOT covers sixteen pages.
TEST superpages(void)
{
    struct merge_resp m;
    for (unsigned level = 1; level <= 3; level++) {
        start("minimal", NULL, NULL);
        csr.m_pbmte = true;
        put_leaf(level, V, NO_S2XLATE, LEAF(0x8000000) | UINT64_C(1) << 61);
        look(V ^ (mask64(9 * level)), NO_S2XLATE);
        ASSERT(out.hit);
        pagecache_stage1(&pc, &csr, &m);
        ASSERT_EQ(1, m.pbmt[0]);
        ASSERT_EQ(level, m.level);
        ASSERT_FALSE(m.not_super);
        look(V ^ (UINT64_C(1) << (9 * level)), NO_S2XLATE);
        ASSERT_FALSE(out.hit);
    }
    start("minimal", NULL, NULL);
    put_leaf(0, V, NO_S2XLATE, PTE_N | LEAF(0x90008));
    for (unsigned i = 0; i < 16; i++) {
        look((V & ~UINT64_C(15)) | i, NO_S2XLATE);
        ASSERT(out.hit && out.result->sp && !out.result->l0);
        pagecache_stage1(&pc, &csr, &m);
        ASSERT_EQ(0xff, m.n);
    }
    look(V ^ 16, NO_S2XLATE);
    ASSERT_FALSE(out.hit);
    PASS();
}

// ASID always, VMID for the classes of virtualisation; the three classes are apart.
TEST spaces(void)
{
    start("minimal", NULL, NULL);
    put_leaf(0, V, NO_S2XLATE, LEAF(0x90000));
    put_leaf(0, V, ONLY_STAGE1, LEAF(0x91000));
    put_leaf(0, V, ONLY_STAGE2, LEAF(0x92000) | PTE_U);
    static const uint64_t base[] = {0x90000, 0x91000, 0x92000};
    for (unsigned x = 0; x < 3; x++) {
        look(V, x);
        ASSERT(out.hit);
        ASSERT_EQ(base[x], out.result->l0_line.ppn[2]);
    }
    csr.satp.id = 7;
    look(V, NO_S2XLATE);
    ASSERT_FALSE(out.hit);
    csr.satp.id = 5;
    csr.hgatp.id = 4; // VMID does not matter to class 0
    look(V, NO_S2XLATE);
    ASSERT(out.hit);
    look(V, ONLY_STAGE1);
    ASSERT_FALSE(out.hit);
    look(V, ONLY_STAGE2);
    ASSERT_FALSE(out.hit);
    csr.hgatp.id = 3;
    csr.vsatp.id = 9; // E5: the VS ASID of a G-stage entry counts
    look(V, ONLY_STAGE1);
    ASSERT_FALSE(out.hit);
    look(V, ONLY_STAGE2);
    ASSERT_FALSE(out.hit);
    PASS();
}

// E5: a global page misses under another ASID; with the switch fixed it hits.
TEST global_pages(void)
{
    start("minimal", NULL, NULL);
    put_leaf(0, V, NO_S2XLATE, LEAF(0x90000) | PTE_G);
    put_leaf(1, V + 0x4000, NO_S2XLATE, LEAF(0x90000) | PTE_G);
    csr.satp.id = 7;
    look(V, NO_S2XLATE);
    ASSERT_FALSE(out.hit);
    look(V + 0x4000, NO_S2XLATE);
    ASSERT_FALSE(out.hit);
    start("minimal", "errata.E5", "fixed");
    put_leaf(0, V, NO_S2XLATE, LEAF(0x90000) | PTE_G);
    put_leaf(0, V, ONLY_STAGE2, LEAF(0x91000) | PTE_U | PTE_G);
    csr.satp.id = csr.vsatp.id = 7;
    look(V, NO_S2XLATE);
    ASSERT(out.hit);
    look(V, ONLY_STAGE2);
    ASSERT(out.hit);
    ASSERT_EQ(0, out.result->l0_line.perm[2] & PERM_G);
    PASS();
}

// allStage shares the class of onlyStage1: a leaf is a stage-1 hit, not an answer.
TEST all_stage(void)
{
    start("minimal", NULL, NULL);
    put_leaf(0, V, ALL_STAGE, LEAF(UINT64_C(0x10060002)));
    look(V, ALL_STAGE);
    ASSERT(out.stage1_hit && !out.hit);
    look(V, ONLY_STAGE1);
    ASSERT(out.hit && !out.stage1_hit);
    put_leaf(1, V + 0x4000, ALL_STAGE, NEXT(0x40010));
    look(V + 0x4000, ALL_STAGE);
    ASSERT(out.fsm_l1 && !out.stage1_hit);
    PASS();
}

// A G look-up answers HPTW's requester and uses the same tables through other outputs.
TEST g_lookups(void)
{
    struct hptw_resp h;
    start("minimal", NULL, NULL);
    struct pc_req q = request(V, ONLY_STAGE2);
    q.is_hptw = true;
    q.hptw_id = 6;
    put_leaf(1, V, ONLY_STAGE2, NEXT(0x80010));
    clock_once(&q, false);
    for (unsigned i = 0; i < 3; i++)
        clock_once(NULL, false);
    ASSERT(out.valid && !out.hit && out.hptw_l1 && !out.fsm_l1);
    put_leaf(0, V, ONLY_STAGE2, LEAF(0x92000) | PTE_U);
    clock_once(&q, false);
    clock_once(NULL, false);
    clock_once(NULL, false);
    pagecache_publish(&pc, &refill, &out);
    ASSERT(out.hit);
    ASSERT_EQ(6, out.req->hptw_id);
    pagecache_hptw_resp(&pc, &csr, &h);
    ASSERT_EQ(V, h.tag);
    ASSERT_EQ(0x92000, h.ppn);
    ASSERT_EQ(3, h.vmid);
    ASSERT_EQ(0, h.level + h.n + h.gpf + h.gaf);
    PASS();
}

SUITE(pagecache_suite)
{
    RUN_TEST(three_cycles);
    RUN_TEST(back_pressure);
    RUN_TEST(one_per_cycle);
    RUN_TEST(refill_blocks_one_cycle);
    RUN_TEST(flush_empties);
    RUN_TEST(cold_misses);
    RUN_TEST(non_leaf_levels);
    RUN_TEST(level1_line);
    RUN_TEST(sector_hits);
    RUN_TEST(superpages);
    RUN_TEST(spaces);
    RUN_TEST(global_pages);
    RUN_TEST(all_stage);
    RUN_TEST(g_lookups);
    pagecache_refill_tests();
    pagecache_fence_tests();
}
