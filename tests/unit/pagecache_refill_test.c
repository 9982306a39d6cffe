// SPDX-License-Identifier: MulanPSL-2.0
// PageCache (spec A 2): refill, replacement, bypass detection.
#include "arch/plru.h"
#include "tests/harness.h"
#include "tests/unit/pagecache_bench.h"

// --- 2.5 refill --------------------------------------------------------------------------------

// Page faults are kept for noS2xlate only; access faults never.
TEST cached_faults(void)
{
    struct merge_resp m;
    start("minimal", NULL, NULL);
    for (unsigned x = 0; x < 4; x++) {
        put_leaf(0, V + 0x1000 * x, x, 0);
        look(V + 0x1000 * x, x);
        ASSERT_EQ(x == NO_S2XLATE, out.hit);
        put_leaf(1, V + 0x40000 * (x + 1), x, 0);
        look(V + 0x40000 * (x + 1), x);
        ASSERT_EQ(x == NO_S2XLATE, out.hit);
        if (x == NO_S2XLATE) {
            pagecache_stage1(&pc, &csr, &m);
            ASSERT_EQ(0xff, m.pf);
            ASSERT_EQ(0, m.v);
            ASSERT_EQ(1, m.level);
        }
    }
    put_leaf(0, V, NO_S2XLATE, LEAF(UINT64_C(1) << 36)); // too wide
    look(V, NO_S2XLATE);
    ASSERT_FALSE(out.hit && out.result->l0_line.onlypf == 0);
    put_leaf(1, V + 0x400000, NO_S2XLATE, LEAF(UINT64_C(1) << 36));
    look(V + 0x400000, NO_S2XLATE);
    ASSERT_FALSE(out.hit);
    PASS();
}

// One bad PTE does not keep its seven neighbours out.
TEST bad_neighbour(void)
{
    for (unsigned bad = 0; bad < SECTOR; bad++) {
        uint64_t ptes[SECTOR];
        start("minimal", NULL, NULL);
        for (unsigned i = 0; i < SECTOR; i++)
            ptes[i] = i == bad ? LEAF(UINT64_C(1) << 40) : LEAF(0x90000 + i);
        put(0, (V & ~UINT64_C(7)) | bad, NO_S2XLATE, ptes);
        for (unsigned i = 0; i < SECTOR; i++) {
            look((V & ~UINT64_C(7)) | i, NO_S2XLATE);
            ASSERT_EQ(i != bad, out.hit);
        }
    }
    PASS();
}

// E4: a malformed NAPOT leaf becomes a fault of its whole 64-KiB block; fixed: only of its page.
TEST malformed_napot(void)
{
    start("minimal", NULL, NULL);
    put_leaf(0, V, NO_S2XLATE, PTE_N | LEAF(0x90000));
    look(V ^ 12, NO_S2XLATE);
    ASSERT(out.hit && !out.result->sp_entry.v);
    start("minimal", "errata.E4", "fixed");
    put_leaf(0, V, NO_S2XLATE, PTE_N | LEAF(0x90000));
    look(V ^ 12, NO_S2XLATE);
    ASSERT_FALSE(out.hit);
    look(V, NO_S2XLATE);
    ASSERT(out.hit && bit(out.result->l0_line.onlypf, 2));
    PASS();
}

// N1: a NAPOT neighbour of a plain PTE is kept in L0 without its n bit; fixed: with it.
TEST napot_neighbour(void)
{
    struct merge_resp m;
    uint64_t ptes[SECTOR];
    for (unsigned i = 0; i < SECTOR; i++)
        ptes[i] = i < 4 ? PTE_N | LEAF(0x90008) : LEAF(0x90000 + i);
    start("minimal", NULL, NULL);
    put(0, (V & ~UINT64_C(7)) | 5, NO_S2XLATE, ptes);
    look((V & ~UINT64_C(7)) | 1, NO_S2XLATE);
    ASSERT(out.hit);
    pagecache_stage1(&pc, &csr, &m);
    ASSERT_EQ(0, m.n);
    PASS();
}

// Nothing is written in a flush cycle.
TEST refill_in_a_flush(void)
{
    uint64_t ptes[SECTOR];
    for (unsigned i = 0; i < SECTOR; i++)
        ptes[i] = LEAF(0x90000);
    start("minimal", NULL, NULL);
    set_refill(0, V, NO_S2XLATE, ptes);
    clock_once(NULL, true);
    look(V, NO_S2XLATE);
    ASSERT_FALSE(out.hit);
    PASS();
}

// A prefetched line carries its mark.
TEST prefetch_mark(void)
{
    uint64_t ptes[SECTOR];
    for (unsigned i = 0; i < SECTOR; i++)
        ptes[i] = LEAF(0x90000);
    start("minimal", NULL, NULL);
    set_refill(0, V, NO_S2XLATE, ptes);
    refill.info.source = SOURCE_PREFETCH;
    clock_once(NULL, false);
    look(V, NO_S2XLATE);
    ASSERT(out.hit && out.prefetched);
    PASS();
}

// --- 2.4 replacement ---------------------------------------------------------------------------

// L2: free entries first, then PLRU. SP: always PLRU, even with a free entry (O4).
TEST victims(void)
{
    start("minimal", NULL, NULL);
    for (uint64_t k = 0; k < 4; k++)
        put_leaf(2, k << 18, NO_S2XLATE, NEXT(0x80010));
    ASSERT_EQ(15, pc.l2.valid);
    look(0, NO_S2XLATE); // touches entry 0, so that the victim is in the other half
    put_leaf(2, UINT64_C(9) << 18, NO_S2XLATE, NEXT(0x80011));
    look(0, NO_S2XLATE);
    ASSERT(out.fsm_l2);
    static const unsigned order[] = {0, 2, 1, 3}; // SP from the zero state
    for (uint64_t k = 0; k < 4; k++) {
        put_leaf(1, k << 9, NO_S2XLATE, LEAF(0x90000 & ~UINT64_C(511)));
        ASSERT_EQ(k << 9, pc.sp.entry[order[k]].vpn);
    }
    do_fence('s', true, 3 << 9, false, 0); // entry 3 becomes free
    ASSERT_EQ(7, pc.sp.valid);
    put_leaf(1, 9 << 9, NO_S2XLATE, LEAF(0x90000 & ~UINT64_C(511)));
    ASSERT_EQ(9 << 9, pc.sp.entry[0].vpn);
    ASSERT_EQ(7, pc.sp.valid);
    PASS();
}

TEST set_victims(void)
{
    start("minimal", NULL, NULL);
    for (uint64_t k = 0; k < 8; k++) // set 0 of L0: eight ways
        put_leaf(0, k << 5, NO_S2XLATE, LEAF(0x90000));
    ASSERT_EQ(0xff, pc.l0.valid[0]);
    ASSERT_EQ(0, pc.l0.valid[1]);
    uint64_t before = pc.l0.plru[0];
    unsigned way = plru_victim(before, 8);
    look(0, NO_S2XLATE); // way 0
    ASSERT_EQ(plru_touch(before, 8, 0), pc.l0.plru[0]);
    way = plru_victim(pc.l0.plru[0], 8);
    put_leaf(0, 8 << 5, NO_S2XLATE, LEAF(0x90000));
    ASSERT_EQ(8 << 2, pc.l0.line[way].tag);
    look(0, NO_S2XLATE);
    ASSERT(out.hit);
    for (uint64_t k = 0; k < 4; k++) // set 1 of L1: four ways
        put_leaf(1, k << 14 | 1 << 12, NO_S2XLATE, NEXT(0x80010));
    ASSERT_EQ(0xf, pc.l1.valid[1]);
    way = plru_victim(pc.l1.plru[1], 4);
    put_leaf(1, 4 << 14 | 1 << 12, NO_S2XLATE, NEXT(0x80010));
    ASSERT_EQ(4 << 2 | 1, pc.l1.line[4 + way].tag);
    PASS();
}

// D13: an L3 refill touches the tree of L2, with the victim of L3; L3 moves on hits only.
TEST l3_touches_l2(void)
{
    start("minimal", NULL, NULL);
    put_leaf(3, 0, NO_S2XLATE, NEXT(0x80010));
    ASSERT_EQ(0, pc.l3.plru);
    ASSERT_EQ(plru_touch(0, 4, 0), pc.l2.plru);
    look(0, NO_S2XLATE);
    ASSERT_EQ(plru_touch(0, 4, 0), pc.l3.plru);
    start("minimal", "errata.D13", "fixed");
    put_leaf(3, 0, NO_S2XLATE, NEXT(0x80010));
    ASSERT_EQ(0, pc.l2.plru);
    ASSERT_EQ(plru_touch(0, 4, 0), pc.l3.plru);
    PASS();
}

// A refill's touch wins over a hit's touch of the same tree in the same cycle.
TEST refill_touch_wins(void)
{
    uint64_t ptes[SECTOR];
    for (unsigned i = 0; i < SECTOR; i++)
        ptes[i] = LEAF(0x40000);
    start("minimal", NULL, NULL);
    put_leaf(1, 0, NO_S2XLATE, LEAF(0x40000)); // entry 0
    put_leaf(1, 1 << 9, NO_S2XLATE, LEAF(0x40000)); // entry 2
    uint64_t before = pc.sp.plru;
    struct pc_req q = request(0, NO_S2XLATE);
    clock_once(&q, false);
    set_refill(1, 2 << 9, NO_S2XLATE, ptes); // in the Delay cycle of the hit
    clock_once(NULL, false);
    ASSERT_EQ(plru_touch(before, 4, plru_victim(before, 4)), pc.sp.plru);
    PASS();
}

// 2.6: nothing keeps a line from being stored twice; the lowest way answers.
TEST duplicates(void)
{
    start("minimal", NULL, NULL);
    put_leaf(0, V, NO_S2XLATE, LEAF(0x90000));
    put_leaf(0, V, NO_S2XLATE, LEAF(0x91000));
    look(V, NO_S2XLATE);
    ASSERT(out.hit);
    ASSERT_EQ(3, out.result->l0_vec);
    ASSERT_EQ(0x90000, out.result->l0_line.ppn[2]);
    for (unsigned level = 1; level <= 3; level++) {
        start("minimal", NULL, NULL);
        put_leaf(level, V, NO_S2XLATE, NEXT(0x80010));
        put_leaf(level, V, NO_S2XLATE, NEXT(0x80020));
        look(V, NO_S2XLATE);
        ASSERT_EQ(0x80010, out.fsm_ppn);
        start("minimal", NULL, NULL);
        put_leaf(level, V, NO_S2XLATE, LEAF(0x8000000));
        put_leaf(level, V, NO_S2XLATE, LEAF(0x10000000));
        look(V, NO_S2XLATE);
        ASSERT_EQ(0x8000000, out.result->sp_entry.ppn);
    }
    PASS();
}

// --- 2.7 bypass --------------------------------------------------------------------------------

// A refill of the looked-up line in Delay, Check or Resp; the look-up sees the old contents.
TEST bypassed(void)
{
    uint64_t ptes[SECTOR];
    for (unsigned i = 0; i < SECTOR; i++)
        ptes[i] = LEAF(0x90000);
    for (unsigned x = 0; x < 4; x++)
        for (unsigned stage = 0; stage < 3; stage++) {
            start("minimal", NULL, NULL);
            struct pc_req q = request(V, x);
            clock_once(&q, false);
            for (unsigned s = 0; s < 3; s++) {
                if (s == stage)
                    set_refill(0, V ^ 5, x, ptes);
                clock_once(NULL, false);
            }
            ASSERT(out.valid && !out.hit);
            ASSERT_EQ(x != ALL_STAGE, out.bypassed);
        }
    start("minimal", NULL, NULL); // another line, and another class
    struct pc_req q = request(V, NO_S2XLATE);
    clock_once(&q, false);
    set_refill(0, V ^ 8, NO_S2XLATE, ptes);
    clock_once(NULL, false);
    set_refill(0, V, ONLY_STAGE1, ptes);
    clock_once(NULL, false);
    clock_once(NULL, false);
    ASSERT(out.valid && !out.bypassed);
    PASS();
}

// A stall in Resp forgets earlier matches of normal look-ups, but not those of G look-ups.
TEST bypass_while_stalled(void)
{
    uint64_t ptes[SECTOR];
    for (unsigned i = 0; i < SECTOR; i++)
        ptes[i] = LEAF(0x90000) | PTE_U;
    for (unsigned g = 0; g < 2; g++) {
        start("minimal", NULL, NULL);
        struct pc_req q = request(V, ONLY_STAGE2);
        q.is_hptw = g;
        clock_once(&q, false);
        clock_once(NULL, false);
        resp_ready = false;
        clock_once(NULL, false);
        set_refill(0, V, ONLY_STAGE2, ptes);
        clock_once(NULL, false); // first cycle in Resp
        ASSERT(out.bypassed);
        clock_once(NULL, false);
        ASSERT_FALSE(out.bypassed);
        ASSERT_EQ(g, out.hptw_bypassed);
        resp_ready = true;
        clock_once(NULL, false);
        ASSERT_EQ(0, pc.hptw_match);
    }
    PASS();
}

// N3: the entry of a stalled superpage hit is overwritten and delivered; fixed: held.
TEST superpage_data_race(void)
{
    static const char *const how[] = {"as-rtl", "fixed"};
    uint64_t ptes[SECTOR];
    for (unsigned i = 0; i < SECTOR; i++)
        ptes[i] = LEAF(0xa00000);
    for (unsigned f = 0; f < 2; f++) {
        start("minimal", "errata.N3", how[f]);
        for (uint64_t k = 0; k < 4; k++)
            put_leaf(1, k << 9, NO_S2XLATE, LEAF(0x200000));
        uint64_t last = pc.sp.entry[plru_victim(pc.sp.plru, 4)].vpn;
        resp_ready = false;
        for (unsigned i = 0; i < 2; i++) { // fill Resp and Check
            struct pc_req q = request(V, NO_S2XLATE);
            clock_once(&q, false);
        }
        struct pc_req q = request(last, NO_S2XLATE);
        clock_once(&q, false);
        clock_once(NULL, false); // first Delay cycle: touch
        for (unsigned k = 0; k < 4; k++) { // four refills replace every entry
            set_refill(1, (uint64_t)(0x100 + k) << 9, NO_S2XLATE, ptes);
            clock_once(NULL, false);
        }
        resp_ready = true;
        for (unsigned i = 0; i < 2; i++)
            clock_once(NULL, false);
        pagecache_publish(&pc, &refill, &out);
        ASSERT_EQ(last, out.req->info.vpn);
        ASSERT(out.hit);
        ASSERT_EQ(f ? 0x200000 : 0xa00000, out.result->sp_entry.ppn);
    }
    PASS();
}

void pagecache_refill_tests(void)
{
    RUN_TEST(cached_faults);
    RUN_TEST(bad_neighbour);
    RUN_TEST(malformed_napot);
    RUN_TEST(napot_neighbour);
    RUN_TEST(refill_in_a_flush);
    RUN_TEST(prefetch_mark);
    RUN_TEST(victims);
    RUN_TEST(set_victims);
    RUN_TEST(l3_touches_l2);
    RUN_TEST(refill_touch_wins);
    RUN_TEST(duplicates);
    RUN_TEST(bypassed);
    RUN_TEST(bypass_while_stalled);
    RUN_TEST(superpage_data_race);
}
