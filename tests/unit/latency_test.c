// SPDX-License-Identifier: MulanPSL-2.0
// Latency of every path, from the cycle of acceptance to the cycle of the answer, against the
// formulas of spec A 1.10 and spec B 1.6, at several memory latencies L and two sizes of the
// machine. Equal, not bounded: one cycle less is as wrong as one more. The number of reads of the
// request is checked with it (the next-line prefetch may add at most one).
#include "tests/harness.h"
#include "tests/unit/rig.h"

static const unsigned latencies[] = {1, 2, 5, 20, 33, 60, 200};
enum { LATENCIES = sizeof latencies / sizeof latencies[0] };
static const char *const presets[] = {"minimal", "default"};

enum { V = 0x12345002 }; // page that most rows ask for; Sv39: vpn2 0x48, vpn1 0x1a2, vpn0 2

// Asks and compares cycles, reads (walk: those before the answer) and the absence of a fault.
static enum greatest_test_res expect(struct rig *r, uint64_t vpn, unsigned x, uint64_t cycles,
                                     unsigned reads)
{
    unsigned from = r->reads;
    uint64_t got = rig_ask(r, vpn, x);
    ASSERT_EQ(cycles, got);
    const struct rig_req *q = &r->req[r->reqs - 1];
    unsigned before = 0;
    for (unsigned i = from; i < r->reads; i++)
        before += r->read[i].cycle < q->answered;
    ASSERT_GTE(before, reads);
    ASSERT_LTE(before, reads + 1);
    ASSERT_EQ(x, q->r.s2xlate);
    ASSERT_EQ(vpn, q->r.s1.tag << 3 | q->r.s1.addr_low);
    PASS();
}

static enum greatest_test_res no_fault(const struct rig *r)
{
    const struct ptw_resp *a = rig_answer(r);
    ASSERT_FALSE(a->s1.pf || a->s1.af);
    if (a->s2xlate >= ONLY_STAGE2)
        ASSERT_FALSE(a->s2.gpf || a->s2.gaf);
    PASS();
}

// One stage: x NO_S2XLATE walks satp, ONLY_STAGE1 walks vsatp. levels 3: Sv39, 4: Sv48.
static struct rig *one_stage(const char *preset, unsigned latency, unsigned x, unsigned levels,
                             uint64_t *root)
{
    struct rig *r = rig_new(preset, NULL, latency);
    *root = rig_page(r);
    r->in.csr.virt = x != NO_S2XLATE;
    rig_atp(r, x == NO_S2XLATE ? 0 : 1, levels == 4 ? MODE_SV48 : MODE_SV39, 5, *root);
    return r;
}

static enum greatest_test_res walk_rows(struct rig *r, unsigned x, unsigned levels, uint64_t root,
                                        uint64_t L)
{
    unsigned cold = levels - 1; // reads by PTW
    rig_map(r, root, levels, V, 0, rig_leaf(0x90002));
    rig_map(r, root, levels, V + 0x10, 0, rig_leaf(0x90012));
    rig_map(r, root, levels, V + 0x1000, 0, rig_leaf(0x90202));
    rig_map(r, root, levels, V + (1 << 18), 0, rig_leaf(0x90402));
    rig_map(r, root, levels, V + 0x2000, 1, rig_leaf(0xa0000));
    // Sv39 cold: 3L + 22; Sv48 cold: 4L + 25
    CHECK_CALL(expect(r, V, x, cold * (L + 3) + (L + 1) + 15, cold + 1));
    CHECK_CALL(no_fault(r));
    ASSERT_EQ(levels == 4 ? 4 * L + 25 : 3 * L + 22, cold * (L + 3) + (L + 1) + 15);
    CHECK_CALL(expect(r, V, x, 3, 0)); // L0 hit
    CHECK_CALL(expect(r, V + 0x10, x, L + 7, 1)); // L1 hit -> LLPTW
    CHECK_CALL(no_fault(r));
    CHECK_CALL(expect(r, V + 0x1000, x, 2 * L + 19, 2)); // L2 hit: PTW 1, LLPTW 1
    CHECK_CALL(no_fault(r));
    CHECK_CALL(expect(r, V + 0x2002, x, L + 11, 1)); // L2 hit, 2M leaf
    CHECK_CALL(no_fault(r));
    CHECK_CALL(expect(r, V + 0x2003, x, 3, 0)); // SP hit
    CHECK_CALL(expect(r, V + (1 << 18), x, 3 * L + 22, 3)); // Sv39 root, Sv48 L3 hit: PTW 2, LLPTW
    PASS();
}

TEST one_stage_walks(unsigned x, unsigned levels)
{
    for (unsigned p = 0; p < 2; p++)
        for (unsigned i = 0; i < LATENCIES; i++) {
            uint64_t root;
            struct rig *r = one_stage(presets[p], latencies[i], x, levels, &root);
            CHECK_CALL(walk_rows(r, x, levels, root, latencies[i]));
            rig_free(r);
        }
    PASS();
}

// General row: leaf found by PTW after k reads, k(L+3) + 8, and the 3-cycle hit of that leaf.
TEST one_stage_leaves(unsigned x, unsigned levels)
{
    for (unsigned i = 0; i < LATENCIES; i++)
        for (unsigned k = 1; k < levels; k++) {
            uint64_t L = latencies[i], root;
            struct rig *r = one_stage("minimal", latencies[i], x, levels, &root);
            unsigned level = levels - k;
            rig_map(r, root, levels, V, level, rig_leaf(UINT64_C(0x8000000) & ~mask64(9 * level)));
            CHECK_CALL(expect(r, V, x, k * (L + 3) + 8, k));
            CHECK_CALL(no_fault(r));
            ASSERT_EQ(level, rig_answer(r)->s1.level);
            CHECK_CALL(expect(r, V + 1, x, 3, 0));
            if (k == 2)
                ASSERT_EQ(2 * L + 14, k * (L + 3) + 8);
            rig_free(r);
        }
    PASS();
}

// A NAPOT page is kept by SP: its neighbour in another line hits in 3 cycles.
TEST napot_hit(unsigned x)
{
    uint64_t root;
    struct rig *r = one_stage("minimal", 20, x, 3, &root);
    for (unsigned i = 0; i < 16; i++)
        rig_map(r, root, 3, (V & ~15) + i, 0, PTE_N | rig_leaf(0x90008));
    CHECK_CALL(expect(r, V, x, 3 * 20 + 22, 3));
    CHECK_CALL(expect(r, V + 12, x, 3, 0));
    CHECK_CALL(no_fault(r));
    ASSERT_EQ(1, rig_answer(r)->s1.n);
    rig_free(r);
    PASS();
}

// Denied at the first PTW read: 10 cycles, no memory; at the LLPTW read after an L1 hit: 5.
TEST pmp_denied(unsigned x)
{
    for (unsigned i = 0; i < LATENCIES; i++) {
        uint64_t root;
        struct rig *r = one_stage("minimal", latencies[i], x, 3, &root);
        rig_map(r, root, 3, V, 0, rig_leaf(0x90002));
        rig_map(r, root, 3, V + 0x10, 0, rig_leaf(0x90012));
        CHECK_CALL(expect(r, V, x, 3 * (uint64_t)latencies[i] + 22, 3));
        rig_pmp(r, 0x3a0, 0); // all entries off
        unsigned from = r->reads;
        ASSERT_EQ(5, rig_ask(r, V + 0x10, x));
        ASSERT_EQ(1, rig_answer(r)->s1.af);
        ASSERT_EQ(10, rig_ask(r, V + (UINT64_C(1) << 20), x));
        ASSERT_EQ(1, rig_answer(r)->s1.af);
        ASSERT_EQ(0, rig_reads_since(r, from));
        rig_free(r);
    }
    PASS();
}

// --- G stage alone -------------------------------------------------------------------------------

static struct rig *g_stage(const char *preset, unsigned latency, unsigned levels, uint64_t *root)
{
    struct rig *r = rig_new(preset, NULL, latency);
    *root = rig_x4_root(r);
    r->in.csr.virt = true;
    rig_atp(r, 2, levels == 4 ? MODE_SV48 : MODE_SV39, 3, *root);
    return r;
}

TEST only_g(unsigned levels)
{
    enum { G = 0x60002 };
    for (unsigned p = 0; p < 2; p++)
        for (unsigned i = 0; i < LATENCIES; i++) {
            uint64_t L = latencies[i], root;
            struct rig *r = g_stage(presets[p], latencies[i], levels, &root);
            rig_map_g(r, root, levels, G, 0, rig_user_leaf(0x90002));
            rig_map_g(r, root, levels, G + 0x10, 0, rig_user_leaf(0x90012));
            rig_map_g(r, root, levels, G + 0x1000, 0, rig_user_leaf(0x90202));
            rig_map_g(r, root, levels, G + 0x1ffe, 1, rig_user_leaf(0xa0000));
            CHECK_CALL(expect(r, G, ONLY_STAGE2, levels * (L + 3) + 13, levels)); // cold
            CHECK_CALL(no_fault(r));
            CHECK_CALL(expect(r, G, ONLY_STAGE2, 3, 0));
            CHECK_CALL(expect(r, G + 0x10, ONLY_STAGE2, L + 3 + 13, 1));
            CHECK_CALL(expect(r, G + 0x1000, ONLY_STAGE2, 2 * (L + 3) + 13, 2));
            CHECK_CALL(expect(r, G + 0x2000, ONLY_STAGE2, L + 3 + 13, 1));
            CHECK_CALL(no_fault(r));
            CHECK_CALL(expect(r, G + 0x2001, ONLY_STAGE2, 3, 0));
            rig_free(r);
        }
    PASS();
}

// --- two stages ----------------------------------------------------------------------------------

struct guest {
    struct rig *r;
    uint64_t vs_root, g_root;
    unsigned vs_levels, g_levels, g_level; // g_level: page size of the G stage
};

static void map_guest_page(struct guest *g, uint64_t gpn)
{
    unsigned low = 9 * g->g_level;
    uint64_t base = gpn >> low << low;
    rig_map_g(g->r, g->g_root, g->g_levels, base, g->g_level, rig_user_leaf(base + RIG_GUEST));
}

static struct guest new_guest(const char *preset, unsigned latency, unsigned vs_levels,
                              unsigned g_levels, unsigned g_level)
{
    struct guest g = {.vs_levels = vs_levels, .g_levels = g_levels, .g_level = g_level};
    g.r = rig_new(preset, NULL, latency);
    g.g_root = rig_x4_root(g.r);
    g.vs_root = rig_guest_page(g.r);
    g.r->in.csr.virt = true;
    rig_atp(g.r, 1, vs_levels == 4 ? MODE_SV48 : MODE_SV39, 5, g.vs_root);
    rig_atp(g.r, 2, g_levels == 4 ? MODE_SV48 : MODE_SV39, 3, g.g_root);
    return g;
}

// Guest page of V, in a 2-MiB region of its own. Every line below lies in an L0 set of its own.
enum { DATA = 0x6000a };

// Maps V and companions; the VS tables fill one line of eight G-stage PTEs.
static void map_guest(struct guest *g)
{
    static const struct {
        unsigned dv, dd, level;
    } pages[] = {
        {0, 0, 0},          {1, 1, 0},           // one line
        {0x10, 0x40, 0},                         // other line, G data page not yet cached
        {0x18, 1, 0},                            // other line, G data page cached with V+1
        {0x1010, 0x80, 0},  {0x2018, 1, 0},      // other VS level-0 tables
        {(1 << 18) + 0x20, 1, 0},                // other VS level-1 table
        {0x28, 0xc0, 0},                         // G data page not yet cached
    };
    for (unsigned i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        rig_map_vs(g->r, g->vs_root, g->vs_levels, V + pages[i].dv, 0,
                   rig_leaf(DATA + pages[i].dd));
        map_guest_page(g, DATA + pages[i].dd);
    }
    rig_map_vs(g->r, g->vs_root, g->vs_levels, V + 0x4000, 1, rig_leaf(0x60200));
    map_guest_page(g, 0x60202);
    for (uint64_t t = 0x40000; t < g->r->guest_page; t++)
        map_guest_page(g, t);
}

static enum greatest_test_res guest_rows(struct guest *g, uint64_t L)
{
    struct rig *r = g->r;
    CHECK_CALL(expect(r, V, ALL_STAGE, 8 * L + 57, 8)); // first request ever
    CHECK_CALL(no_fault(r));
    CHECK_CALL(expect(r, V, ALL_STAGE, 12, 0)); // VS leaf and G page cached
    CHECK_CALL(expect(r, V + 1, ALL_STAGE, 12, 0));
    CHECK_CALL(expect(r, V + 0x18, ALL_STAGE, L + 16, 1)); // VS L1 hit, all G cached
    CHECK_CALL(expect(r, V + 0x10, ALL_STAGE, 2 * L + 20, 2)); // VS L1 hit, G page 1 read
    CHECK_CALL(no_fault(r));
    CHECK_CALL(expect(r, V + 0x2018, ALL_STAGE, 2 * L + 32, 2)); // VS L2 hit, all G cached
    CHECK_CALL(expect(r, V + 0x1010, ALL_STAGE, 3 * L + 36, 3)); // VS L2 hit, G page 1 read
    CHECK_CALL(no_fault(r));
    CHECK_CALL(expect(r, V + (1 << 18) + 0x20, ALL_STAGE, 3 * L + 40, 3)); // root walk, all G cached
    rig_fence(r, 'v', RIG_NEVER, -1);
    CHECK_CALL(expect(r, V + 0x28, ALL_STAGE, 4 * L + 44, 4)); // root walk, G page 1 read
    CHECK_CALL(no_fault(r));
    // VS leaf cached, G walk of the data page: 1 read (only its leaf removed), 3 reads (all removed)
    rig_fence(r, 'g', DATA + 0xc0, -1);
    CHECK_CALL(expect(r, V + 0x28, ALL_STAGE, L + 3 + 13, 1));
    rig_fence(r, 'g', RIG_NEVER, -1);
    CHECK_CALL(expect(r, V + 0x28, ALL_STAGE, 3 * (L + 3) + 13, 3));
    CHECK_CALL(no_fault(r));
    PASS();
}

TEST two_stage_walks(void)
{
    for (unsigned i = 0; i < LATENCIES; i++) {
        struct guest g = new_guest("default", latencies[i], 3, 3, 0);
        map_guest(&g);
        CHECK_CALL(guest_rows(&g, latencies[i]));
        rig_free(g.r);
    }
    PASS();
}

// VS L2 hit, VS 2M leaf, G data page 1 read.
TEST two_stage_vs_superpage(void)
{
    for (unsigned i = 0; i < LATENCIES; i++) {
        uint64_t L = latencies[i];
        struct guest g = new_guest("default", latencies[i], 3, 3, 0);
        map_guest(&g);
        CHECK_CALL(expect(g.r, V, ALL_STAGE, 8 * L + 57, 8));
        CHECK_CALL(expect(g.r, V + 0x4000, ALL_STAGE, 2 * L + 24, 2));
        CHECK_CALL(no_fault(g.r));
        ASSERT_EQ(1, rig_answer(g.r)->s1.level);
        rig_free(g.r);
    }
    PASS();
}

// First request ever with other G page sizes and with Sv48 over Sv48x4.
TEST two_stage_cold(void)
{
    for (unsigned p = 0; p < 2; p++)
        for (unsigned i = 0; i < LATENCIES; i++) {
            uint64_t L = latencies[i];
            struct guest g = new_guest(presets[p], latencies[i], 3, 3, 0);
            map_guest(&g);
            CHECK_CALL(expect(g.r, V, ALL_STAGE, 8 * L + 57, 8));
            rig_free(g.r);
            g = new_guest(presets[p], latencies[i], 3, 3, 1);
            map_guest(&g);
            CHECK_CALL(expect(g.r, V, ALL_STAGE, 6 * L + 51, 6));
            CHECK_CALL(no_fault(g.r));
            rig_free(g.r);
            g = new_guest(presets[p], latencies[i], 3, 3, 2);
            map_guest(&g);
            CHECK_CALL(expect(g.r, V, ALL_STAGE, 4 * L + 44, 4));
            CHECK_CALL(no_fault(g.r));
            rig_free(g.r);
            g = new_guest(presets[p], latencies[i], 4, 4, 0);
            map_guest(&g);
            CHECK_CALL(expect(g.r, V, ALL_STAGE, 10 * L + 68, 10));
            CHECK_CALL(no_fault(g.r));
            rig_free(g.r);
        }
    PASS();
}

// Both ports have the same latency; port 0 wins when both ask in one cycle.
TEST ports(void)
{
    uint64_t root;
    struct rig *r = one_stage("minimal", 20, NO_S2XLATE, 3, &root);
    rig_map(r, root, 3, V, 0, rig_leaf(0x90002));
    rig_map(r, root, 3, V + 1, 0, rig_leaf(0x90003));
    unsigned cold = rig_post(r, 0, V, NO_S2XLATE);
    rig_run(r, 200);
    ASSERT_EQ(3 * 20 + 22, r->req[cold].answered - r->req[cold].asked);
    unsigned a = rig_post(r, 1, V, NO_S2XLATE), b = rig_post(r, 0, V + 1, NO_S2XLATE);
    rig_run(r, 20);
    ASSERT_EQ(r->req[b].asked + 1, r->req[a].asked);
    ASSERT_EQ(3, r->req[a].answered - r->req[a].asked);
    ASSERT_EQ(3, r->req[b].answered - r->req[b].asked);
    rig_free(r);
    PASS();
}

static void run_kind(const char *kind, unsigned x)
{
    char suffix[2][32];
    snprintf(suffix[0], sizeof suffix[0], "%s_sv39", kind);
    snprintf(suffix[1], sizeof suffix[1], "%s_sv48", kind);
    greatest_set_test_suffix(suffix[0]);
    RUN_TESTp(one_stage_walks, x, 3);
    greatest_set_test_suffix(suffix[1]);
    RUN_TESTp(one_stage_walks, x, 4);
    greatest_set_test_suffix(suffix[0]);
    RUN_TESTp(one_stage_leaves, x, 3);
    greatest_set_test_suffix(suffix[1]);
    RUN_TESTp(one_stage_leaves, x, 4);
    greatest_set_test_suffix(kind);
    RUN_TEST1(napot_hit, x);
    greatest_set_test_suffix(kind);
    RUN_TEST1(pmp_denied, x);
}

SUITE(latency_suite)
{
    run_kind("noS2", NO_S2XLATE);
    run_kind("vs", ONLY_STAGE1);
    greatest_set_test_suffix("sv39x4");
    RUN_TEST1(only_g, 3);
    greatest_set_test_suffix("sv48x4");
    RUN_TEST1(only_g, 4);
    RUN_TEST(two_stage_walks);
    RUN_TEST(two_stage_vs_superpage);
    RUN_TEST(two_stage_cold);
    RUN_TEST(ports);
}
