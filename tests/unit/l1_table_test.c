// SPDX-License-Identifier: MulanPSL-2.0
// The table of an L1 TLB by itself (l1/l1entry.h), and what its lookups say of memory types.
#include "l1/l1entry.h"
#include "tests/harness.h"
#include "tests/unit/l1_bench.h"

enum { T = 10, LD = 0, ST = 4, IFU = 10, VPN = 0x12345 };

static const struct l2tlb_rules no_rules;

// An answer in which every field differs: a page of one stage, or of both.
static struct ptw_resp answer(unsigned s2xlate)
{
    struct ptw_resp r = {
        .s2xlate = (uint8_t)s2xlate,
        .s1 = {.tag = VPN >> 3, .asid = 0x8107, .vmid = 0x2203, .perm = PERM_R | PERM_A | PERM_U, .v = true,
               .ppn = 0x4444, .addr_low = VPN & 7, .valididx = 0xff, .pteidx = 1u << (VPN & 7)},
        .s2 = {.tag = s2xlate == ONLY_STAGE2 ? VPN : 0x4444 << 3 | 5, .vmid = 0x2203, .ppn = 0x77771,
               .perm = PERM_R | PERM_W | PERM_X | PERM_A | PERM_D | PERM_U},
    };
    for (unsigned i = 0; i < SECTOR; i++)
        r.s1.ppn_low[i] = (uint8_t)i;
    return r;
}

static struct tlb_csr csr_of(unsigned satp, unsigned vsatp, unsigned hgatp)
{
    return (struct tlb_csr){.satp = {.mode = 8, .id = (uint16_t)satp},
                            .vsatp = {.mode = 8, .id = (uint16_t)vsatp},
                            .hgatp = {.mode = 8, .id = (uint16_t)hgatp}};
}

static uint64_t search(const struct l1_table *t, uint64_t vpn, unsigned code, unsigned satp, unsigned vsatp,
                       unsigned hgatp)
{
    struct tlb_csr csr = csr_of(satp, vsatp, hgatp);
    return l1_table_search(t, vpn, code, &csr, NULL);
}

// ASIDs have 16 bits and VMIDs 14, and each code looks at its own.
TEST identifiers_are_compared_whole(void)
{
    static struct l1_table t;
    for (unsigned code = 0; code < 4; code++) {
        struct ptw_resp r = answer(code);
        unsigned vm = code == NO_S2XLATE ? 0x1 : 0x2203, as = code == ONLY_STAGE2 ? 0x1 : 0x8107;
        unsigned satp = code == NO_S2XLATE ? as : 0x1, vsatp = code == NO_S2XLATE ? 0x1 : as;
        if (code == ONLY_STAGE2)
            r.s1.vmid = 0x15; // its stage 1 means nothing
        l1_table_reset(&t, 48);
        l1_table_write(&t, 9, &r, &no_rules);
        ASSERT_EQ(UINT64_C(1) << 9, search(&t, VPN, code, satp, vsatp, vm));
        ASSERT_EQ(0, search(&t, VPN, code ^ 1, satp, vsatp, vm));
        for (unsigned b = 0; b < 16; b++) {
            ASSERT_EQ(code == NO_S2XLATE, !search(&t, VPN, code, satp ^ 1u << b, vsatp, vm));
            ASSERT_EQ(code == ONLY_STAGE1 || code == ALL_STAGE,
                      !search(&t, VPN, code, satp, vsatp ^ 1u << b, vm));
        }
        for (unsigned b = 0; b < 14; b++)
            ASSERT_EQ(code != NO_S2XLATE, !search(&t, VPN, code, satp, vsatp, vm ^ 1u << b));
    }
    PASS();
}

// A remembered search is asked again when any part of the question or the table is another one.
TEST a_remembered_search_is_the_same_question(void)
{
    static struct l1_table t;
    struct ptw_resp r = answer(ALL_STAGE);
    struct l1_memo memo = {.valid = false};
    struct tlb_csr csr = csr_of(1, 0x8107, 0x2203), other;
    l1_table_reset(&t, 48);
    l1_table_write(&t, 0, &r, &no_rules);
    ASSERT_EQ(1, l1_table_search(&t, VPN, ALL_STAGE, &csr, &memo));
    ASSERT_EQ(1, l1_table_search(&t, VPN, ALL_STAGE, &csr, &memo));
    ASSERT_EQ(0, l1_table_search(&t, VPN ^ 8, ALL_STAGE, &csr, &memo));
    ASSERT_EQ(1, l1_table_search(&t, VPN, ALL_STAGE, &csr, &memo));
    ASSERT_EQ(0, l1_table_search(&t, VPN, ONLY_STAGE1, &csr, &memo));
    ASSERT_EQ(1, l1_table_search(&t, VPN, ALL_STAGE, &csr, &memo));
    other = csr_of(1, 0x8106, 0x2203);
    ASSERT_EQ(0, l1_table_search(&t, VPN, ALL_STAGE, &other, &memo));
    ASSERT_EQ(1, l1_table_search(&t, VPN, ALL_STAGE, &csr, &memo));
    other = csr_of(1, 0x8107, 0x2202);
    ASSERT_EQ(0, l1_table_search(&t, VPN, ALL_STAGE, &other, &memo));
    ASSERT_EQ(1, l1_table_search(&t, VPN, ALL_STAGE, &csr, &memo));
    r = answer(NO_S2XLATE);
    r.s1.asid = 1;
    l1_table_write(&t, 1, &r, &no_rules);
    ASSERT_EQ(2, l1_table_search(&t, VPN, NO_S2XLATE, &csr, &memo));
    other = csr_of(2, 0x8107, 0x2203);
    ASSERT_EQ(0, l1_table_search(&t, VPN, NO_S2XLATE, &other, &memo));
    l1_table_write(&t, 2, &r, &no_rules); // a change of the table
    ASSERT_EQ(6, l1_table_search(&t, VPN, NO_S2XLATE, &csr, &memo));
    PASS();
}

// Pages of a sector: those whose bit is set, and of a two-stage entry the one that was asked for.
TEST pages_of_a_sector(void)
{
    static struct l1_table t;
    for (unsigned code = 0; code < 4; code++)
        for (unsigned i = 0; i < 8; i++) {
            struct ptw_resp r = answer(code);
            r.s1.valididx = 0xb7;
            l1_table_reset(&t, 1);
            l1_table_write(&t, 0, &r, &no_rules);
            bool one = code == ONLY_STAGE2 || code == ALL_STAGE;
            bool there = one ? i == (VPN & 7) : bit(0xb7, i);
            ASSERT_EQ(there, search(&t, (VPN & ~7) | i, code, 0x8107, 0x8107, 0x2203));
            ASSERT_EQ(0, search(&t, ((VPN ^ 8) & ~7) | i, code, 0x8107, 0x8107, 0x2203));
        }
    PASS();
}

struct size_row {
    uint8_t code, level1, n1, level2, n2, low; // low: address bits that the entry leaves open
    bool n;
};

// The size of an entry is that of its stage, of two stages the smaller page (spec C 1.1).
TEST sizes(void)
{
    static const struct size_row rows[] = {
        {NO_S2XLATE, 0, 0, 2, 0, 3, false},  {NO_S2XLATE, 0, 1, 0, 0, 4, true},
        {NO_S2XLATE, 1, 0, 0, 1, 9, false},  {NO_S2XLATE, 2, 0, 0, 0, 18, false},
        {ONLY_STAGE1, 2, 0, 1, 0, 18, false}, {ONLY_STAGE1, 0, 1, 1, 0, 4, true},
        {ONLY_STAGE2, 2, 0, 1, 0, 9, false}, {ONLY_STAGE2, 1, 0, 0, 1, 4, true},
        {ONLY_STAGE2, 1, 1, 0, 0, 0, false}, {ALL_STAGE, 2, 0, 1, 0, 9, false},
        {ALL_STAGE, 1, 0, 2, 0, 9, false},   {ALL_STAGE, 0, 1, 1, 0, 4, true},
        {ALL_STAGE, 1, 0, 0, 1, 4, true},    {ALL_STAGE, 0, 1, 0, 1, 4, true},
        {ALL_STAGE, 0, 1, 0, 0, 0, false},   {ALL_STAGE, 0, 0, 0, 1, 0, false},
        {ALL_STAGE, 2, 0, 2, 0, 18, false},
    };
    static struct l1_table t;
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct size_row *w = &rows[i];
        struct ptw_resp r = answer(w->code);
        r.s1.level = w->level1;
        r.s1.n = w->n1;
        r.s2.level = w->level2;
        r.s2.n = w->n2;
        l1_table_reset(&t, 1);
        l1_table_write(&t, 0, &r, &no_rules);
        for (unsigned b = 0; b < 38; b++)
            ASSERT_EQ(b < w->low, search(&t, VPN ^ UINT64_C(1) << b, w->code, 0x8107, 0x8107, 0x2203));
        ASSERT_EQ(w->n, t.e[0].n);
    }
    PASS();
}

// Rule l1_fault_level: an entry of two stages has the size of the stage that faults.
TEST size_of_a_fault(void)
{
    static const struct {
        uint8_t level1, level2;
        bool pf, af, gpf, gaf, v;
        unsigned perm, level;
    } rows[] = {
        {2, 0, true, false, false, false, true, 0, 2},  {2, 1, false, true, false, false, false, 0, 2},
        {2, 0, false, false, true, false, true, 0, 2},  {2, 0, false, false, false, true, true, 0, 2},
        {2, 0, false, false, true, false, true, PERM_R, 0}, // a leaf
        {1, 2, false, false, true, false, false, 0, 3},     // nothing of stage 1 was read
        {1, 2, false, false, false, false, true, PERM_R, 1},
    };
    static struct l1_table t;
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct l2tlb_rules rule = {.l1_fault_level = true};
        struct ptw_resp r = answer(ALL_STAGE);
        r.s1.level = rows[i].level1;
        r.s2.level = rows[i].level2;
        r.s1.pf = rows[i].pf;
        r.s1.af = rows[i].af;
        r.s1.v = rows[i].v;
        r.s1.perm = (uint8_t)rows[i].perm;
        r.s2.gpf = rows[i].gpf;
        r.s2.gaf = rows[i].gaf;
        l1_table_reset(&t, 1);
        l1_table_write(&t, 0, &r, &rule);
        ASSERT_EQ(rows[i].level, t.e[0].level);
        l1_table_write(&t, 0, &r, &no_rules);
        ASSERT_EQ(rows[i].level1 < rows[i].level2 ? rows[i].level1 : rows[i].level2, t.e[0].level);
    }
    PASS();
}

// What a hit reads: the page number through the entry's size, rights and types of both stages; two
// entries that both hit give the OR.
TEST what_a_hit_reads(void)
{
    static struct l1_table t;
    struct l1_data d;
    struct ptw_resp r = answer(NO_S2XLATE);
    r.s1.pbmt = 1;
    r.s1.pf = true;
    l1_table_reset(&t, 2);
    l1_table_write(&t, 0, &r, &no_rules);
    l1_table_read(&t, 1, VPN, &d);
    ASSERT_EQ(0x4444 << 3 | (VPN & 7), d.ppn);
    ASSERT_EQ(PERM_R | PERM_A | PERM_U | L1_PERM_V | L1_PERM_PF, d.perm);
    ASSERT_EQ(1, d.pbmt);
    ASSERT_EQ(NO_S2XLATE, d.s2xlate);
    r.s1.level = 1;
    r.s1.af = true;
    r.s1.pbmt = 2;
    l1_table_write(&t, 1, &r, &no_rules);
    l1_table_read(&t, 2, VPN, &d);
    ASSERT_EQ((0x4444u << 3 & ~0x1ffu) | (VPN & 0x1ff), d.ppn);
    l1_table_read(&t, 3, VPN, &d);
    ASSERT_EQ(3, d.pbmt);
    ASSERT(d.perm & L1_PERM_AF);
    r = answer(ALL_STAGE);
    r.s1.pbmt = 1;
    r.s2.pbmt = 2;
    r.s2.gpf = r.s2.gaf = true;
    r.s2.level = 1; // a 4-KiB page of stage 1 in a 2-MiB page of stage 2
    r.s2.tag = 0x4444 << 3 | 5;
    l1_table_write(&t, 0, &r, &no_rules);
    l1_table_read(&t, 1, VPN, &d);
    ASSERT_EQ((0x77771u & ~0x1ffu) | ((0x4444u << 3 | 5u) & 0x1ff), d.ppn);
    ASSERT_EQ(1, d.pbmt);
    ASSERT_EQ(2, d.g_pbmt);
    ASSERT_EQ(PERM_R | PERM_W | PERM_X | PERM_A | PERM_D | PERM_U | L1_PERM_PF | L1_PERM_AF, d.g_perm);
    ASSERT_EQ(ALL_STAGE, d.s2xlate);
    r.s2.pbmt = 1;
    r.s2.gpf = r.s2.gaf = false;
    l1_table_write(&t, 1, &r, &no_rules);
    l1_table_read(&t, 3, VPN, &d);
    ASSERT_EQ(3, d.g_pbmt);
    ASSERT(d.g_perm & L1_PERM_PF);
    PASS();
}

// Page numbers of an answer, for guest and host.
TEST page_numbers_of_an_answer(void)
{
    struct ptw_resp r = answer(ALL_STAGE);
    ASSERT_EQ(0x4444 << 3 | 5, l1_gen_ppn(&r.s1, VPN));
    ASSERT_EQ(0x4444 << 3 | 5, l1_gen_gvpn(&r.s1, VPN));
    ASSERT_EQ(0x77771, l1_host_ppn(&r, VPN));
    r.s2.level = 1; // a small page of the guest in a large one of the host
    ASSERT_EQ((0x77771u & ~0x1ffu) | ((0x4444u << 3 | 5u) & 0x1ff), l1_host_ppn(&r, VPN));
    r.s1.level = 1;
    ASSERT_EQ((0x4444u << 3 & ~0x1ffu) | (VPN & 0x1ff), l1_gen_gvpn(&r.s1, VPN));
    ASSERT_EQ((0x77771u & ~0x1ffu) | (VPN & 0x1ff), l1_host_ppn(&r, VPN));
    r.s1.perm &= (uint8_t)~PERM_R; // names a table page
    ASSERT_EQ(0x4444 << 3 | 5, l1_gen_gvpn(&r.s1, VPN));
    r.s1.pf = true;
    ASSERT_EQ((0x4444u << 3 & ~0x1ffu) | (VPN & 0x1ff), l1_gen_gvpn(&r.s1, VPN));
    r = answer(ONLY_STAGE2);
    r.s2.n = true;
    ASSERT_EQ((0x77771u & ~0xfu) | (VPN & 0xf), l1_host_ppn(&r, VPN));
    r = answer(ONLY_STAGE1);
    r.s1.ppn = UINT64_C(0x1fffffffff); // 36 bits count
    ASSERT_EQ(UINT64_C(0xffffffffd), l1_host_ppn(&r, VPN));
    PASS();
}

static struct l1_csr csr_for(unsigned s2xlate)
{
    struct l1_csr c = bench_default_csr();
    c.tlb.virt = c.virt_plain = s2xlate != NO_S2XLATE;
    if (s2xlate == ONLY_STAGE1)
        c.tlb.hgatp.mode = MODE_BARE;
    if (s2xlate == ONLY_STAGE2)
        c.tlb.vsatp.mode = MODE_BARE;
    return c;
}

// Memory type of an access (spec C 1.4): that of its only stage; of two stages that of stage 1, and that of
// stage 2 where stage 1 has none. From the table, from a by-pass and at the blocking port.
TEST memory_types(void)
{
    struct bench *b = bench_new(NULL);
    for (unsigned code = 0; code < 4; code++)
        for (unsigned s1 = 0; s1 < 3; s1++)
            for (unsigned s2 = 0; s2 < 3; s2++) {
                unsigned want = code == ONLY_STAGE2 ? s2 : code == ALL_STAGE && !s1 ? s2 : s1;
                struct l1_csr c = csr_for(code);
                struct ptw_resp r = code == ALL_STAGE
                                        ? bench_two_stage(VPN, 0x5005, 0x9005, BENCH_ALL_PERMS)
                                        : bench_page(code, VPN, VPN + 0x9000, 1u << (VPN & 7));
                if (code == ONLY_STAGE2)
                    r.s2 = (struct hptw_resp){.tag = VPN, .ppn = VPN + 0x9000, .vmid = 3,
                                              .perm = BENCH_ALL_PERMS | PERM_U};
                r.s1.pbmt = (uint8_t)s1;
                r.s2.pbmt = (uint8_t)s2;
                for (unsigned port = LD; port <= IFU; port += IFU - LD) {
                    bench_reset(b, &c);
                    bench_looks(b, T, T + 30, 1, port, VPN);
                    bench_answer(b, T + 12, port == LD, &r);
                    bench_run(b, T + 60);
                    bool answered = false, bypassed = false;
                    for (unsigned i = 0; i < b->looks; i++)
                        if (b->look[i].answered && !b->look[i].resp.miss) {
                            answered = true;
                            ASSERT_EQ(want, b->look[i].resp.pbmt);
                            bypassed |= b->look[i].resp.bypass;
                        }
                    ASSERT(answered && bypassed); // the first straight from the L2TLB
                }
            }
    bench_free(b);
    PASS();
}

SUITE(l1_table_suite)
{
    RUN_TEST(identifiers_are_compared_whole);
    RUN_TEST(a_remembered_search_is_the_same_question);
    RUN_TEST(pages_of_a_sector);
    RUN_TEST(sizes);
    RUN_TEST(size_of_a_fault);
    RUN_TEST(what_a_hit_reads);
    RUN_TEST(page_numbers_of_an_answer);
    RUN_TEST(memory_types);
}
