// SPDX-License-Identifier: MulanPSL-2.0
// PTW alone (spec B 1): paths of two stages and of the G stage alone, faults in their order.
#include "tests/harness.h"
#include "tests/unit/ptw_bench.h"

// PTW-17, 18: allStage, G before every read; sum(G + L) + 4n, and the last G of a leaf.
TEST two_stages(void)
{
    bool answered;
    start(MODE_BARE, MODE_SV48, MODE_SV48, NULL);
    L = 7;
    G = 5;
    map(4, 1, NEXT(T0), OFF);
    struct ptw_req q = request(ALL_STAGE);
    ASSERT_EQ(3 * (G + L) + 12, walk(&q, &answered));
    ASSERT_FALSE(answered);
    ASSERT_EQ(3, reads);
    ASSERT_EQ(3, g_requests);
    for (unsigned n = 1; n <= 3; n++) {
        start(MODE_BARE, MODE_SV48, MODE_SV48, NULL);
        L = 7;
        G = 5;
        map(4, 4 - n, LEAF(0x8000000), OFF);
        ASSERT_EQ(n * (G + L) + 4 * n + 2 + G, walk(&q, &answered));
        ASSERT(answered);
        ASSERT_EQ(n + 1, g_requests);
        ASSERT_EQ(0x8000000 | (V & mask64(9 * (4 - n))), g_page);
        ASSERT_EQ(4 - n, s1.level);
        ASSERT_EQ(g_page + OFF, s2.ppn);
        ASSERT_EQ(6, s1.asid);
        ASSERT_EQ(0, s1.af);
    }
    PASS();
}

// The PMP is not asked for the page of a leaf, which is a guest page and will not be read. The tables
// lie in one 1-GiB page of the G stage, and so would that page, in a place that is denied.
TEST leaf_page_is_not_checked(void)
{
    bool answered;
    start(MODE_BARE, MODE_SV48, MODE_SV48, NULL);
    map(4, 1, LEAF(0x8000200), OFF);
    for (unsigned k = 0; k < 3; k++) {
        g_fixed[k] = true;
        g_answer[k] = (struct hptw_resp){.ppn = ROOT + OFF, .perm = 0x6f, .level = 2};
    }
    denied = ROOT + OFF + 0x200;
    struct ptw_req q = request(ALL_STAGE);
    ASSERT_EQ(3 * (G + L) + 12 + 2 + G, walk(&q, &answered));
    ASSERT(answered);
    ASSERT_EQ(3, reads);
    ASSERT_EQ(0, s1.af + s1.pf + s2.gpf + s2.gaf);
    PASS();
}

// PTW-19, 26: PTE page fault and guest page out of range answer at T + 2 without the last G.
TEST two_stage_pte_faults(void)
{
    for (unsigned mode = MODE_SV39; mode <= MODE_SV48; mode++)
        for (unsigned kind = 0; kind < 3; kind++) {
            bool answered;
            unsigned wide = mode == MODE_SV39 ? 29 : 38;
            start(MODE_BARE, MODE_SV39, mode, NULL);
            L = G = 3;
            uint64_t page = UINT64_C(1) << wide;
            map(3, 2, kind == 0 ? 0 : kind == 1 ? LEAF(page) : NEXT(page | 5), OFF);
            // Whatever the PMP says about an address that is never read: here another page of the
            // G stage's 2-MiB page, with the low bits of the bad guest page.
            allowed = ROOT + OFF;
            g_fixed[0] = true;
            g_answer[0] = (struct hptw_resp){.ppn = ROOT + OFF, .perm = 0x6f, .level = 1};
            struct ptw_req q = request(ALL_STAGE);
            ASSERT_EQ(L + G + 5, walk(&q, &answered));
            ASSERT(answered);
            ASSERT_EQ(1, g_requests);
            ASSERT_EQ(kind == 0 ? 0xff : 0, s1.pf);
            ASSERT_EQ(0, s1.af);
            ASSERT_EQ(2, s1.level);
            ASSERT_EQ(kind != 0, s2.gpf);
            ASSERT_EQ(0, s2.gaf + (kind ? s2.level + s2.ppn : 0));
        }
    PASS();
}

// PTW-20 to 25, 41, 51: G faults of the first table, of a later one, of the leaf; gpf, gaf, no read
// permission; the level that tells the guest address.
TEST g_faults(void)
{
    for (unsigned sv48 = 0; sv48 < 2; sv48++)
        for (unsigned at = 0; at < 3; at++)
            for (unsigned kind = 0; kind < 4; kind++) {
                bool answered;
                unsigned levels = sv48 ? 4 : 3;
                start(MODE_BARE, sv48 ? MODE_SV48 : MODE_SV39, MODE_SV48, NULL);
                map(levels, levels - 2, LEAF(0x8000000), OFF); // two reads, then the leaf's G
                g_fixed[at] = true;
                g_answer[at] = (struct hptw_resp){
                    .perm = kind == 2 ? PERM_X : kind == 3 ? PERM_W : 0x6f,
                    .gpf = kind == 0,
                    .gaf = kind == 1,
                    .ppn = 0x1000000 + ROOT,
                };
                csr.mxr = kind == 3;
                struct ptw_req q = request(ALL_STAGE);
                uint64_t cycles = walk(&q, &answered);
                ASSERT(answered);
                bool fault = kind < 2 || at < 2; // the leaf's permissions are the L1 TLB's business
                if (at == 0) // previous decision + step + G + 1
                    ASSERT_EQ(1 + G + 1, cycles);
                ASSERT_EQ(at + 1, g_requests);
                ASSERT_EQ(fault && kind != 1, s2.gpf);
                ASSERT_EQ(kind == 1, s2.gaf);
                ASSERT_EQ(0, s1.pf + s1.af);
                unsigned level = at == 0 ? 0 : levels - at; // of the parent PTE; 0: fake PTE
                ASSERT_EQ(level, s1.level);
                ASSERT_EQ(at == 0 ? 0 : 0xff, s1.v);
                if (at == 0)
                    ASSERT_EQ(ROOT, s1.ppn[0]);
            }
    PASS();
}

// PTW-21, 23: a first table found by the PageCache shows the cached view; X-only with MXR is readable.
TEST g_fault_after_hit(void)
{
    for (unsigned l2 = 0; l2 < 2; l2++) {
        bool answered;
        start(MODE_BARE, MODE_SV48, MODE_SV48, NULL);
        struct ptw_req q = request(ALL_STAGE);
        q.l2_hit = l2;
        q.l3_hit = !l2;
        q.ppn = l2 ? T1 : T2;
        q.stage1 = (struct merge_resp){.tag = V >> 3, .level = l2 ? 2 : 3, .v = 0xff};
        g_fixed[0] = true;
        g_answer[0].gpf = 1;
        walk(&q, &answered);
        ASSERT_EQ(l2 ? 2 : 3, s1.level);
        ASSERT_EQ(0xff, s1.v);
        ASSERT_EQ(1, s2.gpf);
    }
    bool answered;
    start(MODE_BARE, MODE_SV39, MODE_SV39, NULL);
    csr.mxr = true;
    map(3, 1, NEXT(T0), OFF);
    g_fixed[0] = true;
    g_answer[0] = (struct hptw_resp){.perm = PERM_X, .ppn = ROOT + OFF};
    struct ptw_req q = request(ALL_STAGE);
    walk(&q, &answered);
    ASSERT_FALSE(answered);
    PASS();
}

// PTW-27, 28, 30: root out of range at t0 + 1; translated address denied at R + 3; onlyStage2 too wide.
TEST ranges_and_pmp(void)
{
    bool answered;
    start(MODE_BARE, MODE_SV39, MODE_SV39, NULL);
    csr.vsatp.ppn = UINT64_C(1) << 29;
    struct ptw_req q = request(ALL_STAGE);
    ASSERT_EQ(1, walk(&q, &answered));
    ASSERT_EQ(1, s2.gpf);
    ASSERT_EQ(0, g_requests + reads);
    csr.vsatp.ppn = ROOT;
    denied = ROOT + OFF;
    G = 4;
    ASSERT_EQ(1 + G + 3, walk(&q, &answered));
    ASSERT_EQ(0xff, s1.af);
    ASSERT_EQ(0, s2.gpf + s2.gaf + reads);
    q = request(ONLY_STAGE2);
    q.info.vpn = UINT64_C(1) << 29;
    ASSERT_EQ(1, walk(&q, &answered));
    ASSERT_EQ(1, s2.gpf);
    ASSERT_EQ(UINT64_C(1) << 29, s2.tag);
    ASSERT_EQ(0, g_requests);
    start(MODE_BARE, MODE_SV39, MODE_SV48, NULL);
    ASSERT_EQ(2 + G, walk(&q, &answered)); // Sv48x4: 38 bits always fit
    ASSERT_EQ(0, s2.gpf);
    PASS();
}

// PTW-29: onlyStage2 answers at t0 + 2 + G with a fake stage-1 half.
TEST only_stage2(void)
{
    for (unsigned kind = 0; kind < 3; kind++) {
        bool answered;
        start(MODE_BARE, MODE_SV48, MODE_SV39, NULL);
        G = 9;
        g_fixed[0] = kind != 0;
        g_answer[0] = (struct hptw_resp){.gpf = kind == 1, .gaf = kind == 2};
        struct ptw_req q = request(ONLY_STAGE2);
        ASSERT_EQ(2 + G, walk(&q, &answered));
        ASSERT_EQ(kind == 1, s2.gpf);
        ASSERT_EQ(kind == 2, s2.gaf);
        ASSERT_EQ(0, s1.v + s1.pf + s1.af + s1.perm[0]);
        ASSERT_EQ(ROOT, s1.ppn[0]);
        ASSERT_EQ(kind ? 0 : 3, s1.level);
        ASSERT_EQ(0, reads);
    }
    PASS();
}

static struct ptw_req stage1_hit(uint64_t ppn, unsigned level, bool n)
{
    struct ptw_req q = request(ALL_STAGE);
    q.stage1_hit = true;
    q.stage1 = (struct merge_resp){
        .tag = V >> 3, .idx = V & 7, .level = (uint8_t)level, .v = 0xff, .n = n ? 0xff : 0};
    for (unsigned i = 0; i < SECTOR; i++)
        q.stage1.ppn[i] = ppn;
    return q;
}

// PTW-31, 32: a cached first stage needs one G; superpage and NAPOT take the low bits from the page.
TEST stage1_hits(void)
{
    static const struct {
        unsigned level;
        bool n;
        uint64_t ppn, page;
    } rows[] = {{0, 0, 0x60007, 0x60007},
                {0, 1, 0x60008, 0x60000 | (V & 15)},
                {1, 0, 0x60000, 0x60000 | (V & 511)},
                {2, 0, 0x80000, 0x80000 | (V & 0x3ffff)}};
    for (unsigned i = 0; i < 4; i++)
        for (unsigned bad = 0; bad < 2; bad++) {
            bool answered;
            start(MODE_BARE, MODE_SV39, MODE_SV39, NULL);
            G = 6;
            g_fixed[0] = bad;
            g_answer[0].gpf = bad ? 1 : 0;
            struct ptw_req q = stage1_hit(rows[i].ppn, rows[i].level, rows[i].n);
            ASSERT_EQ(2 + G, walk(&q, &answered));
            ASSERT_EQ(rows[i].page, g_page);
            ASSERT_EQ(rows[i].level, s1.level);
            ASSERT_EQ(bad, s2.gpf);
            ASSERT_EQ(0, reads);
        }
    PASS();
}

// PTW-33, D4: a cached guest page that has become too wide is never answered; fixed: gpf.
// N5: after a walk that ended in a fault the range check is masked; fixed: not.
TEST stage1_hit_out_of_range(void)
{
    bool answered;
    struct ptw_req q = stage1_hit(UINT64_C(1) << 30, 0, false);
    start(MODE_BARE, MODE_SV39, MODE_SV39, NULL);
    ASSERT_EQ(NEVER, walk(&q, &answered));
    step(NULL, true);
    ASSERT(s.idle);
    start(MODE_BARE, MODE_SV39, MODE_SV39, "errata.D4");
    ASSERT_NEQ(NEVER, walk(&q, &answered));
    ASSERT_EQ(1, s2.gpf);
    for (unsigned f = 0; f < 2; f++) {
        start(MODE_BARE, MODE_SV39, MODE_SV39, f ? "errata.N5" : NULL);
        map(3, 2, 0, OFF);
        struct ptw_req before = request(ALL_STAGE);
        walk(&before, &answered);
        step(NULL, false);
        walk(&q, &answered);
        ASSERT_EQ(f, s2.gpf);
    }
    PASS();
}

void ptw_two_stage_tests(void)
{
    RUN_TEST(two_stages);
    RUN_TEST(leaf_page_is_not_checked);
    RUN_TEST(two_stage_pte_faults);
    RUN_TEST(g_faults);
    RUN_TEST(g_fault_after_hit);
    RUN_TEST(ranges_and_pmp);
    RUN_TEST(only_stage2);
    RUN_TEST(stage1_hits);
    RUN_TEST(stage1_hit_out_of_range);
}
