// SPDX-License-Identifier: MulanPSL-2.0
// PTW alone (spec B 1): reads, cycles and answers of the paths of one stage, flushes and stalls. The
// points of the conformance checklist are named PTW-nn.
#include "tests/harness.h"
#include "tests/unit/ptw_bench.h"

// PTW-01, 02: hand-over after 3 (Sv48) or 2 (Sv39) reads, t0 + 1 + sum(L + 2). 1.6.
TEST cold_4k(void)
{
    for (unsigned levels = 3; levels <= 4; levels++)
        for (unsigned x = 0; x < 2; x++)
            for (unsigned l = 1; l < 30; l += 7) {
                unsigned mode = levels == 4 ? MODE_SV48 : MODE_SV39;
                bool answered;
                start(x ? MODE_BARE : mode, x ? mode : MODE_BARE, MODE_BARE, NULL);
                L = l;
                map(levels, 1, NEXT(T0), 0);
                struct ptw_req q = request(x);
                ASSERT_EQ(1 + (levels - 1) * (L + 2), walk(&q, &answered));
                ASSERT_FALSE(answered);
                ASSERT_EQ(levels - 1, reads);
                ASSERT(s.idle);
            }
    PASS();
}

// PTW-03: leaves of every level, with all eight valid bits.
TEST superpages(void)
{
    for (unsigned level = 1; level <= 3; level++) {
        bool answered;
        struct sector_resp r;
        start(MODE_SV48, MODE_BARE, MODE_BARE, NULL);
        L = 4;
        map(4, level, LEAF(0x8000000), 0);
        struct ptw_req q = request(NO_S2XLATE);
        ASSERT_EQ(1 + (4 - level) * 6, walk(&q, &answered));
        ASSERT(answered);
        merge_to_sector(&cfg, &s1, &r);
        ASSERT_EQ(level, r.level);
        ASSERT_EQ(0xff, r.valididx);
        ASSERT_EQ(1 << (V & 7), r.pteidx);
        ASSERT_EQ(0x8000000, r.ppn << 3 | r.ppn_low[V & 7]);
        ASSERT_EQ(0, r.pf + r.af);
        ASSERT_EQ(5, r.asid);
        ASSERT_EQ(3, r.vmid);
    }
    PASS();
}

struct bad {
    uint64_t pte;
    bool pf, af;
};

// PTW-04 to 10: each malformed PTE at each level; page fault before access fault.
TEST bad_ptes(void)
{
    static const struct bad rows[] = {
        {0, 1, 0},
        {LEAF(0x8000001), 1, 0},                            // misaligned
        {(UINT64_C(0x8000000) << 10) | PTE_V | PTE_W, 1, 0}, // W without R
        {LEAF(0x8000000) | UINT64_C(1) << 54, 1, 0},
        {LEAF(0x8000000) | UINT64_C(3) << 61, 1, 0},
        {LEAF(0x8000000) | UINT64_C(1) << 61, 1, 0}, // no PBMTE
        {NEXT(T0) | PTE_U, 1, 0},
        {NEXT(T0) | PTE_A, 1, 0},
        {NEXT(T0) | PTE_D, 1, 0},
        {NEXT(T0) | PTE_N, 1, 0},
        {LEAF(0x8000000) | PTE_N, 1, 0},
        {LEAF(UINT64_C(1) << 36), 0, 1},
        {NEXT(UINT64_C(1) << 36), 0, 1},
        {LEAF((UINT64_C(1) << 36) | 1), 1, 0}, // malformed and too wide
        {UINT64_C(0xff0000000000) << 10, 1, 0}, // V=0 with garbage
    };
    for (unsigned x = 0; x < 2; x++)
        for (unsigned level = 1; level <= 3; level++)
            for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                bool answered;
                start(MODE_SV48, MODE_SV48, MODE_BARE, NULL);
                map(4, level, rows[i].pte, 0);
                struct ptw_req q = request(x);
                ASSERT_EQ(1 + (4 - level) * 3, walk(&q, &answered));
                ASSERT(answered);
                ASSERT_EQ(rows[i].pf ? 0xff : 0, s1.pf);
                ASSERT_EQ(rows[i].af ? 0xff : 0, s1.af);
                ASSERT_EQ(level, s1.level);
                ASSERT_EQ(rows[i].pte & 1 ? 0xff : 0, s1.v);
            }
    PASS();
}

TEST pbmt_on(void)
{
    for (unsigned level = 1; level <= 3; level++)
        for (unsigned x = 0; x < 2; x++) {
            bool answered;
            start(MODE_SV48, MODE_SV48, MODE_BARE, NULL);
            csr.m_pbmte = x == NO_S2XLATE;
            csr.h_pbmte = x == ONLY_STAGE1;
            map(4, level, LEAF(0x8000000) | UINT64_C(2) << 61, 0);
            struct ptw_req q = request(x);
            walk(&q, &answered);
            ASSERT_EQ(0, s1.pf);
            ASSERT_EQ(2, s1.pbmt[0]);
        }
    PASS();
}

// PTW-11, 12, 13, 14: denied at read k: t0 + 3 + sum of k-1 reads; a parent's page fault comes first.
TEST pmp(void)
{
    static const uint64_t table[] = {0, ROOT, T2, T1};
    for (unsigned k = 1; k <= 3; k++) {
        bool answered;
        start(MODE_SV48, MODE_BARE, MODE_BARE, NULL);
        L = 5;
        map(4, 1, NEXT(T0), 0);
        denied = table[k];
        struct ptw_req q = request(NO_S2XLATE);
        ASSERT_EQ(3 + (k - 1) * (L + 2), walk(&q, &answered));
        ASSERT(answered);
        ASSERT_EQ(k - 1, reads);
        ASSERT_EQ(0xff, s1.af);
        ASSERT_EQ(0, s1.pf);
        ASSERT_EQ(4 - k, s1.level);
        ASSERT_EQ(k == 1 ? 0 : 0xff, s1.v); // fake PTE, or the parent's fields
        ASSERT_EQ(table[k], s1.ppn[0]);
    }
    bool answered;
    start(MODE_SV48, MODE_BARE, MODE_BARE, NULL);
    map(4, 2, NEXT(0x99999) | PTE_U, 0); // malformed, and its table would be denied
    denied = 0x99999;
    struct ptw_req q = request(NO_S2XLATE);
    walk(&q, &answered);
    ASSERT_EQ(0xff, s1.pf);
    ASSERT_EQ(0, s1.af);
    PASS();
}

// PTW-15, 16, 42: PageCache hits choose the start; satp or vsatp by kind.
TEST starts(void)
{
    for (unsigned hits = 1; hits <= 3; hits++)
        for (unsigned sv48 = 0; sv48 < 2; sv48++) {
            bool answered, l2 = hits & 2, l3 = hits & 1;
            start(sv48 ? MODE_SV48 : MODE_SV39, MODE_BARE, MODE_BARE, NULL);
            struct ptw_req q = request(NO_S2XLATE);
            q.l3_hit = l3;
            q.l2_hit = l2;
            q.ppn = l2 ? T1 : T2;
            map(sv48 ? 4 : 3, 1, NEXT(T0), 0);
            unsigned n = l2 ? 1 : 2; // Sv39 starts at level 2 anyway and ignores l3_hit
            ASSERT_EQ(1 + n * 3, walk(&q, &answered));
            ASSERT_EQ(n, reads);
        }
    bool answered;
    start(MODE_SV39, MODE_BARE, MODE_BARE, NULL); // PC-05: nothing of a level-3 hit shows in Sv39
    denied = ROOT;
    struct ptw_req ignored = request(NO_S2XLATE);
    ignored.l3_hit = true;
    ignored.ppn = T2;
    walk(&ignored, &answered);
    ASSERT_EQ(ROOT, s1.ppn[0]);
    start(MODE_SV39, MODE_SV39, MODE_BARE, NULL);
    csr.satp.ppn = 0x90000;
    csr.virt = true;
    struct ptw_req q = request(NO_S2XLATE);
    walk(&q, &answered);
    ASSERT_EQ(0x90000, mem_at >> 12);
    ASSERT_EQ(5, s1.asid);
    q = request(ONLY_STAGE1);
    walk(&q, &answered);
    ASSERT_EQ(ROOT, mem_at >> 12);
    ASSERT_EQ(6, s1.asid);
    PASS();
}

// PTW-34: a stale read of the same id holds the request in MREQ; its data are ignored.
TEST masked(void)
{
    bool answered;
    start(MODE_SV39, MODE_BARE, MODE_BARE, NULL);
    map(3, 1, NEXT(T0), 0);
    mask = true;
    struct ptw_req q = request(NO_S2XLATE);
    step(&q, false);
    for (unsigned i = 0; i < 20; i++) {
        pte = mix64(i + 1); // a stale answer changes the PTE register
        step(NULL, false);
        ASSERT_FALSE(o.mem_req_valid || o.resp_valid || o.llptw_valid);
    }
    mask = false;
    uint64_t from = now;
    while (!o.llptw_valid && now < from + 50)
        step(NULL, false);
    ASSERT_EQ(2 * (L + 2) - 1, now - 1 - from);
    answered = o.resp_valid;
    ASSERT_FALSE(answered);
    PASS();
}

// PTW-35, 36: hand-over and answer held; the PMP input does not matter any more.
TEST held(void)
{
    bool answered;
    for (unsigned k = 0; k < 2; k++) {
        start(MODE_SV39, MODE_BARE, MODE_BARE, NULL);
        map(3, 1, k ? LEAF(0x8000000) : NEXT(T0), 0);
        stall = true;
        struct ptw_req q = request(NO_S2XLATE);
        walk(&q, &answered);
        struct merge_resp first = s1;
        for (unsigned i = 0; i < 20; i++) {
            denied = i & 1 ? o.mem_addr >> 12 : NEVER;
            step(&q, false);
            ASSERT_EQ(k == 1, o.resp_valid);
            ASSERT_EQ(k == 0, o.llptw_valid);
            ASSERT_FALSE(s.access_fault || o.sent_to_pmp);
            if (k)
                ASSERT_MEM_EQ(&first, &s1, sizeof s1);
        }
        stall = false;
        step(NULL, false);
        ASSERT(s.idle);
    }
    PASS();
}

// PTW-37, 38, 40, 67: a flush in every cycle of a two-stage walk leaves an idle walker; the next walk is right.
TEST flushes(void)
{
    for (unsigned at = 0; at < 20; at++) {
        bool answered;
        start(MODE_BARE, MODE_SV39, MODE_SV39, NULL);
        map(3, 1, LEAF(0x8000000), OFF);
        struct ptw_req q = request(ALL_STAGE);
        for (unsigned c = 0; c <= at; c++)
            step(c == 0 ? &q : NULL, c == at);
        ASSERT(s.idle);
        g_due = NEVER;
        for (unsigned c = 0; c < 10; c++) { // a late read answers nobody
            step(NULL, false);
            ASSERT_FALSE(o.resp_valid || o.llptw_valid || o.mem_req_valid || o.hptw_req_valid);
        }
        ASSERT_EQ(2 * (G + L) + 8 + 2 + G, walk(&q, &answered));
        ASSERT_EQ(0, s1.pf + s1.af + s2.gpf);
    }
    PASS();
}

// PTW-39, D6: need_last_s2xlate survives a flush and costs a range fault one cycle.
TEST flush_leaves_need_last(void)
{
    for (unsigned f = 0; f < 2; f++) {
        bool answered;
        start(MODE_BARE, MODE_SV39, MODE_SV39, f ? "errata.D6" : NULL);
        struct ptw_req q = request(ALL_STAGE);
        step(&q, false);
        step(NULL, true);
        g_due = NEVER;
        csr.vsatp.ppn = UINT64_C(1) << 29;
        ASSERT_EQ(f ? 1 : 2, walk(&q, &answered));
        ASSERT_EQ(1, s2.gpf);
    }
    PASS();
}

// PTW-40: the next request is taken in the cycle after the answer or the hand-over.
TEST back_to_back(void)
{
    bool answered;
    start(MODE_SV39, MODE_BARE, MODE_BARE, NULL);
    map(3, 2, LEAF(0x8000000), 0);
    struct ptw_req q = request(NO_S2XLATE);
    for (unsigned i = 0; i < 4; i++) {
        ASSERT_EQ(4, walk(&q, &answered));
        ASSERT(s.idle);
    }
    PASS();
}

// D15: the fake answer names the table page instead of the leaf's guest page.
TEST range_fault_tag(void)
{
    for (unsigned f = 0; f < 2; f++) {
        bool answered;
        start(MODE_BARE, MODE_SV39, MODE_SV39, f ? "errata.D15" : NULL);
        struct ptw_req q = request(ALL_STAGE);
        q.l2_hit = true;
        q.ppn = T1;
        map(3, 1, LEAF(UINT64_C(1) << 30), OFF);
        walk(&q, &answered);
        ASSERT_EQ(1, s2.gpf);
        ASSERT_EQ(f ? (UINT64_C(1) << 30) | (V & 511) : T1, s2.tag);
    }
    PASS();
}

SUITE(ptw_suite)
{
    RUN_TEST(cold_4k);
    RUN_TEST(superpages);
    RUN_TEST(bad_ptes);
    RUN_TEST(pbmt_on);
    RUN_TEST(pmp);
    RUN_TEST(starts);
    ptw_two_stage_tests();
    RUN_TEST(masked);
    RUN_TEST(held);
    RUN_TEST(flushes);
    RUN_TEST(flush_leaves_need_last);
    RUN_TEST(back_to_back);
    RUN_TEST(range_fault_tag);
}
