// SPDX-License-Identifier: MulanPSL-2.0
// Answers from eight PTEs and their compression (spec A 1.7, 1.8; spec B 2.6; spec D 1.5, 4B.9).
#include "ptw/merge.h"
#include "tests/harness.h"

enum { V = 0x12345002, K = 2 };
#define RWX (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)
#define LEAF(ppn) ((uint64_t)(ppn) << 10 | RWX)

static struct l2tlb_cfg cfg;
static struct tlb_csr csr;
static uint64_t line[SECTOR];
static struct req_info q;
static struct merge_resp m;
static struct sector_resp r;

static void start(const char *key)
{
    char msg[128];
    cfg_preset(&cfg, "minimal");
    if (key)
        cfg_set(&cfg, key, "fixed", msg, sizeof msg);
    cfg_finish(&cfg, msg, sizeof msg);
    csr = (struct tlb_csr){.satp.id = 5, .vsatp.id = 6, .hgatp = {.id = 0x4003, .mode = MODE_SV39}};
    for (unsigned i = 0; i < SECTOR; i++)
        line[i] = LEAF(0x90000 + i);
    q = (struct req_info){.vpn = V};
}

static void form(bool af, uint8_t cfs)
{
    merge_from_line(&cfg, line, &q, af, cfs, &csr, &m);
    merge_to_sector(&cfg, &m, &r);
}

// LLP-41: noS2xlate answers carry the neighbours, the other kinds one page.
TEST compression_by_kind(void)
{
    for (unsigned x = 0; x < 4; x++) {
        start(NULL);
        q.s2xlate = (uint8_t)x;
        form(false, 0);
        ASSERT_EQ(x ? 1 << K : 0xff, r.valididx);
        ASSERT_EQ(1 << K, r.pteidx);
        ASSERT_EQ(x ? 6 : 5, r.asid);
        ASSERT_EQ(3, r.vmid);
        ASSERT_EQ(0x90000 >> 3, r.ppn);
        for (unsigned i = 0; i < SECTOR; i++)
            ASSERT_EQ(i, r.ppn_low[i]);
        ASSERT_EQ(K, r.addr_low);
        ASSERT_EQ(V >> 3, r.tag);
    }
    PASS();
}

// A neighbour counts only if upper page number, permissions, memory type, v, af and pf are equal.
TEST equality(void)
{
    static const uint64_t other[] = {
        LEAF(0x90008), LEAF(0x90000) & ~(uint64_t)PTE_W, LEAF(0x90000) | PTE_G,
        LEAF(0x90000) | UINT64_C(1) << 61, LEAF(0x90000) & ~(uint64_t)PTE_V,
        LEAF(0x90000) | UINT64_C(1) << 53, LEAF(0x90000) & ~(uint64_t)PTE_D,
        (UINT64_C(0x90000) << 10) | PTE_V};
    for (unsigned k = 0; k < sizeof other / sizeof other[0]; k++)
        for (unsigned i = 0; i < SECTOR; i++) {
            start(NULL);
            csr.m_pbmte = true;
            line[i] = other[k];
            form(false, 0);
            if (i != K)
                ASSERT_EQ(0xff & ~(1u << i), r.valididx);
            else
                ASSERT_EQ(1 << K, r.valididx);
        }
    start(NULL); // any order of the low bits
    for (unsigned i = 0; i < SECTOR; i++)
        line[i] = LEAF(0x90007 - i);
    form(false, 0);
    ASSERT_EQ(0xff, r.valididx);
    ASSERT_EQ(5, r.ppn_low[K]);
    PASS();
}

// LLP-17 to 19: faults are judged per PTE; the memory type switch depends on the kind.
TEST faults(void)
{
    start(NULL);
    line[K] = 0;
    form(false, 0);
    ASSERT_EQ(1, r.pf);
    ASSERT_EQ(0, r.af + r.v);
    line[K] = (UINT64_C(0x90000) << 10) | PTE_V; // a table at level 0
    form(false, 0);
    ASSERT_EQ(1, r.pf);
    for (unsigned x = 0; x < 4; x++) {
        if (x == ONLY_STAGE2)
            continue;
        start(NULL);
        q.s2xlate = (uint8_t)x;
        line[K] = LEAF(UINT64_C(1) << 36);
        form(false, 0);
        ASSERT_EQ(0, r.pf);
        ASSERT_EQ(x != ALL_STAGE, r.af); // a guest page number may be that wide
        line[K] |= UINT64_C(1) << 54;
        form(false, 0);
        ASSERT_EQ(1, r.pf); // page fault first
        ASSERT_EQ(0, r.af);
        line[K] = LEAF(0x90002) | UINT64_C(1) << 61;
        csr.m_pbmte = true;
        form(false, 0);
        ASSERT_EQ(x != NO_S2XLATE, r.pf);
        csr.m_pbmte = false;
        csr.h_pbmte = true;
        form(false, 0);
        ASSERT_EQ(x == NO_S2XLATE, r.pf);
        ASSERT_EQ(1, r.pbmt);
    }
    PASS();
}

// LLP-16: denied: af for all eight, no page fault.
TEST denied(void)
{
    start(NULL);
    line[1] = 0;
    form(true, 0);
    ASSERT_EQ(0xff, m.af);
    ASSERT_EQ(0, m.pf);
    ASSERT_EQ(0xff, m.v);
    ASSERT_EQ(1, r.af);
    PASS();
}

// LLP-20, row 24: a NAPOT answer is not compressed: all valid, n set.
TEST napot(void)
{
    start(NULL);
    line[K] = PTE_N | LEAF(0x90008);
    form(false, 0);
    ASSERT_EQ(0xff, r.valididx);
    ASSERT_EQ(1, r.n);
    ASSERT_EQ(0x90000 | (V & 15), merge_gen_ppn(&m));
    q.s2xlate = ONLY_STAGE1;
    form(false, 0);
    ASSERT_EQ(1 << K, r.valididx);
    PASS();
}

// P17: an invalid PTE answers with n; fixed, or 2026-03 for a malformed one: without.
TEST n_of_faults(void)
{
    for (unsigned f = 0; f < 2; f++) {
        start(f ? "errata.P17" : NULL);
        line[K] = (PTE_N | LEAF(0x90008)) & ~(uint64_t)PTE_V;
        form(false, 0);
        ASSERT_EQ(!f, r.n);
        ASSERT_EQ(1, r.pf);
    }
    start(NULL);
    ASSERT(merge_n(&cfg, PTE_N | LEAF(0x90000), 1, true));
    cfg.rule.napot_clean_n = true;
    ASSERT_FALSE(merge_n(&cfg, PTE_N | LEAF(0x90000), 0, true));
    ASSERT_FALSE(merge_n(&cfg, PTE_N | LEAF(0x90008), 1, true));
    ASSERT(merge_n(&cfg, PTE_N | LEAF(0x90008), 0, false));
    PASS();
}

// Superpages: all eight valid whatever they hold; the page number of one page inside.
TEST superpage(void)
{
    start(NULL);
    form(false, 0);
    m.not_super = false;
    m.ppn[0] = 0;
    merge_to_sector(&cfg, &m, &r);
    ASSERT_EQ(0xff, r.valididx);
    m.level = 1;
    m.ppn[K] = 0x90000;
    ASSERT_EQ(0x90000 | (V & 511), merge_gen_ppn(&m));
    PASS();
}

// D8: the verdict of a neighbour is picked with page number bits that were already cut off.
TEST bitmap_verdicts(void)
{
    for (unsigned f = 0; f < 2; f++) {
        start(f ? "errata.D8" : NULL);
        form(false, 1 << 3); // the physical neighbour 3 is secure
        ASSERT_EQ(f ? 0xff & ~(1 << 3) : 0xff, r.valididx);
    }
    PASS();
}

// 2026-03 with the bitmap on: answers name one 4-KiB page.
TEST cut_to_4k(void)
{
    struct ptw_resp a;
    start(NULL);
    form(false, 0);
    m.level = 1;
    m.not_super = false;
    m.ppn[K] = 0x90000;
    merge_to_sector(&cfg, &m, &a.s1);
    a.s2xlate = NO_S2XLATE;
    merge_cut_to_4k(&m, &a);
    ASSERT_EQ(0, a.s1.level + a.s1.n);
    ASSERT_EQ(1 << K, a.s1.valididx);
    ASSERT_EQ((0x90000 | (V & 511)) >> 3, a.s1.ppn);
    for (unsigned i = 0; i < SECTOR; i++)
        ASSERT_EQ(K, a.s1.ppn_low[i]);
    a.s2xlate = ONLY_STAGE2;
    a.s2 = (struct hptw_resp){.tag = 0x60123, .ppn = 0x200000, .level = 1, .n = 1};
    merge_cut_to_4k(&m, &a);
    ASSERT_EQ(0x200123, a.s2.ppn);
    ASSERT_EQ(0, a.s2.level + a.s2.n);
    PASS();
}

SUITE(merge_suite)
{
    RUN_TEST(compression_by_kind);
    RUN_TEST(equality);
    RUN_TEST(faults);
    RUN_TEST(denied);
    RUN_TEST(napot);
    RUN_TEST(n_of_faults);
    RUN_TEST(superpage);
    RUN_TEST(bitmap_verdicts);
    RUN_TEST(cut_to_4k);
}
