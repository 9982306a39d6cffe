// SPDX-License-Identifier: MulanPSL-2.0
// HPTW alone (spec B 3; checklist HPT-01 to HPT-20): cycles and answers of every path.
#include "mem/phys.h"
#include "ptw/hptw.h"
#include "tests/harness.h"

enum { ROOT = 0x80000, T2 = 0x80011, T1 = 0x80012, T0 = 0x80013 };
#define GPN UINT64_C(0x12345002)
#define URWX (PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D)
#define LEAF(ppn) ((uint64_t)(ppn) << 10 | URWX)
#define NEXT(ppn) ((uint64_t)(ppn) << 10 | PTE_V)
#define NEVER UINT64_MAX

static struct l2tlb_cfg cfg;
static struct hptw s;
static struct hptw_out o;
static struct tlb_csr csr;
static struct phys *mem;
static uint64_t now, L, pte, due, at, denied;
static unsigned reads;
static bool mask, stall;
static struct hptw_resp answer;

static void start(unsigned mode, const char *revision)
{
    char msg[128];
    cfg_preset(&cfg, "minimal");
    cfg_set(&cfg, "revision", revision, msg, sizeof msg);
    cfg_finish(&cfg, msg, sizeof msg);
    hptw_reset(&s, &cfg);
    csr = (struct tlb_csr){.hgatp = {.mode = (uint8_t)mode, .id = 0x4003, .ppn = ROOT}};
    if (mem)
        phys_clear(mem);
    else
        mem = phys_new();
    now = pte = 0;
    L = 1;
    due = denied = NEVER;
    mask = stall = false;
}

static uint64_t slot(unsigned levels, unsigned level)
{
    static const uint64_t table[] = {T0, T1, T2, ROOT};
    bool root = level == levels - 1;
    uint64_t index = GPN >> (9 * level) & mask64(root ? 11 : 9);
    return ((root ? ROOT : table[level]) << 12) + 8 * index;
}

static void map(unsigned levels, unsigned level, uint64_t word)
{
    static const uint64_t table[] = {T0, T1, T2};
    for (unsigned l = levels - 1; l > level; l--)
        phys_write(mem, slot(levels, l), NEXT(table[l - 1]));
    phys_write(mem, slot(levels, level), word);
}

static void step(const struct hptw_req *q, bool flush)
{
    struct hptw_in in = {.csr = &csr, .flush = flush, .req = q};
    hptw_publish(&s, pte, mask, &csr, &o);
    if (o.resp_valid)
        hptw_answer(&s, &o, &csr, &answer);
    in.req_fire = q && o.req_ready;
    in.pmp.ld = o.sent_to_pmp && o.mem_addr >> 12 == denied;
    in.mem_req_fire = o.mem_req_valid && !flush;
    in.mem_resp = now == due;
    in.resp_fire = o.resp_valid && !stall;
    hptw_tick(&s, &o, &in);
    if (in.mem_resp) {
        pte = phys_read(mem, at);
        due = NEVER;
    }
    if (in.mem_req_fire) {
        reads++;
        due = now + L;
        at = o.mem_addr;
    }
    now++;
}

static struct hptw_req request(void)
{
    return (struct hptw_req){.gvpn = GPN, .id = 6};
}

static uint64_t walk(const struct hptw_req *q)
{
    uint64_t t0 = now;
    reads = 0;
    step(q, false);
    while (now < t0 + 300) {
        uint64_t c = now;
        step(NULL, false);
        if (o.resp_valid)
            return c - t0;
    }
    return NEVER;
}

// HPT-01, 02: cold walks, t0 + 1 + n(L + 2), 11-bit root index.
TEST cold(void)
{
    for (unsigned levels = 3; levels <= 4; levels++)
        for (unsigned l = 1; l < 40; l += 9) {
            start(levels == 4 ? MODE_SV48 : MODE_SV39, "2025-05");
            L = l;
            map(levels, 0, LEAF(0x90002));
            struct hptw_req q = request();
            ASSERT_EQ(1 + levels * (L + 2), walk(&q));
            ASSERT_EQ(levels, reads);
            ASSERT_EQ(0x90002, answer.ppn);
            ASSERT_EQ(GPN, answer.tag);
            ASSERT_EQ(3, answer.vmid); // 14 bits
            ASSERT_EQ(0x6f | PERM_U, answer.perm);
            ASSERT_EQ(0, answer.level + answer.gpf + answer.gaf + answer.n);
        }
    PASS();
}

// HPT-03: the deepest PageCache hit saves reads; level 3 counts for Sv48x4 only.
TEST hits(void)
{
    static const uint64_t table[] = {T0, T1, T2};
    for (unsigned level = 0; level < 3; level++)
        for (unsigned sv48 = 0; sv48 < 2; sv48++) {
            start(sv48 ? MODE_SV48 : MODE_SV39, "2025-05");
            map(sv48 ? 4 : 3, 0, LEAF(0x90002));
            struct hptw_req q = request();
            q.l1_hit = level == 0;
            q.l2_hit = level <= 1;
            q.l3_hit = true;
            q.ppn = table[level];
            unsigned n = level == 2 && !sv48 ? 3 : level + 1; // Sv39x4 starts at the root anyway
            ASSERT_EQ(1 + n * 3, walk(&q));
            ASSERT_EQ(0x90002, answer.ppn);
        }
    PASS();
}

TEST superpages(void)
{
    for (unsigned level = 1; level <= 3; level++) {
        start(MODE_SV48, "2025-05");
        map(4, level, LEAF(0x8000000));
        struct hptw_req q = request();
        ASSERT_EQ(1 + (4 - level) * 3, walk(&q));
        ASSERT_EQ(level, answer.level);
        ASSERT_EQ(0, answer.gpf + answer.gaf);
        ASSERT_EQ(0x8000000, answer.ppn);
    }
    PASS();
}

// HPT-05 to 09, 12: malformed entries. A gpf keeps the fields of the PTE, a gaf shows zeros.
TEST bad_ptes(void)
{
    static const struct {
        uint64_t pte;
        unsigned level;
        bool gpf, gaf;
    } rows[] = {
        {0, 0, 1, 0},
        {LEAF(0x90001), 1, 1, 0}, // misaligned
        {(LEAF(0x90000) & ~(uint64_t)(PTE_R | PTE_X)), 0, 1, 0},
        {LEAF(0x90000) | UINT64_C(1) << 55, 0, 1, 0},
        {LEAF(0x90000) | UINT64_C(1) << 61, 0, 1, 0},
        {LEAF(0x90000) & ~(uint64_t)PTE_U, 0, 1, 0},
        {LEAF(0x90000) & ~(uint64_t)PTE_A, 0, 1, 0},
        {LEAF(0x90000) & ~(uint64_t)PTE_D, 0, 0, 0},
        {NEXT(0x90000), 0, 1, 0}, // a table at level 0 must not walk on
        {LEAF(0x90000) | PTE_N, 0, 1, 0},
        {LEAF(0x90008) | PTE_N, 0, 0, 0},
        {LEAF(UINT64_C(1) << 36), 0, 0, 1},
        {NEXT(UINT64_C(1) << 36), 1, 0, 1},
        {LEAF(UINT64_C(1) << 36) & ~(uint64_t)PTE_U, 0, 1, 0}, // gpf before the width
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start(MODE_SV39, "2025-05");
        map(3, rows[i].level, rows[i].pte);
        struct hptw_req q = request();
        ASSERT_EQ(1 + (3 - rows[i].level) * 3, walk(&q));
        ASSERT_EQ(rows[i].gpf, answer.gpf);
        ASSERT_EQ(rows[i].gaf, answer.gaf);
        ASSERT_EQ(rows[i].level, answer.level);
        ASSERT_EQ(rows[i].gaf ? 0 : bits(rows[i].pte, 45, 10), answer.ppn);
        ASSERT_EQ(rows[i].gaf ? 0 : pte_perm(rows[i].pte), answer.perm);
        ASSERT_EQ(!rows[i].gaf && pte_n(rows[i].pte), answer.n);
        ASSERT(s.idle);
    }
    PASS();
}

// HPT-13: mPBMTE decides, hPBMTE does not.
TEST pbmt(void)
{
    for (unsigned m = 0; m < 4; m++) {
        start(MODE_SV39, "2025-05");
        csr.m_pbmte = m & 1;
        csr.h_pbmte = m & 2;
        map(3, 0, LEAF(0x90000) | UINT64_C(2) << 61);
        struct hptw_req q = request();
        walk(&q);
        ASSERT_EQ(!(m & 1), answer.gpf);
        ASSERT_EQ(2, answer.pbmt);
    }
    PASS();
}

// HPT-11: denied at read k: t0 + 3 + (k-1)(L+2), level of the read, no PTE fields.
TEST pmp(void)
{
    static const uint64_t table[] = {ROOT, T2, T1, T0};
    for (unsigned k = 1; k <= 4; k++) {
        start(MODE_SV48, "2025-05");
        L = 6;
        map(4, 0, LEAF(0x90000));
        denied = table[k - 1];
        struct hptw_req q = request();
        ASSERT_EQ(3 + (k - 1) * (L + 2), walk(&q));
        ASSERT_EQ(k - 1, reads);
        ASSERT_EQ(1, answer.gaf);
        ASSERT_EQ(4 - k, answer.level);
        ASSERT_EQ(0, answer.ppn + answer.perm + answer.gpf);
    }
    PASS();
}

// HPT-15, 18: the answer waits for its turn; a flush in any cycle leaves an idle walker.
TEST stalls_and_flushes(void)
{
    start(MODE_SV39, "2025-05");
    map(3, 0, LEAF(0x90002));
    struct hptw_req q = request();
    stall = true;
    walk(&q);
    for (unsigned i = 0; i < 5; i++) {
        step(&q, false);
        ASSERT(o.resp_valid && !o.sent_to_pmp);
        ASSERT_EQ(0x90002, answer.ppn);
    }
    stall = false;
    step(NULL, false);
    ASSERT(s.idle);
    for (unsigned f = 0; f < 11; f++) {
        start(MODE_SV39, "2025-05");
        map(3, 0, LEAF(0x90002));
        for (unsigned c = 0; c <= f; c++)
            step(c ? NULL : &q, c == f);
        ASSERT(s.idle);
        for (unsigned c = 0; c < 6; c++) {
            step(NULL, false);
            ASSERT_FALSE(o.resp_valid || o.mem_req_valid);
        }
        ASSERT_EQ(10, walk(&q));
        ASSERT_EQ(0x90002, answer.ppn);
    }
    PASS();
}

// HPT-18: a read of its id still outstanding after a flush holds the next one.
TEST masked(void)
{
    start(MODE_SV39, "2025-05");
    map(3, 0, LEAF(0x90002));
    struct hptw_req q = request();
    mask = true;
    step(&q, false);
    for (unsigned i = 0; i < 10; i++) {
        step(NULL, false);
        ASSERT_FALSE(o.mem_req_valid);
    }
    mask = false;
    uint64_t from = now;
    while (!o.resp_valid && now < from + 50)
        step(NULL, false);
    ASSERT_EQ(3 * (L + 2) - 1, now - 1 - from);
    ASSERT_EQ(0x90002, answer.ppn);
    PASS();
}

// HPT-20 and 3.2: bits above the root index are ignored; 2025-05 adds the root index, 2026-03 ORs.
TEST root_address(void)
{
    static const char *const revision[] = {"2025-05", "2026-03"};
    for (unsigned r = 0; r < 2; r++) {
        start(MODE_SV48, revision[r]);
        csr.hgatp.ppn = 0x80003;
        struct hptw_req q = request();
        q.gvpn = UINT64_C(0x401) << 27;
        step(&q, false);
        while (!o.mem_req_valid)
            step(NULL, false);
        ASSERT_EQ(r ? 0x80003008 : 0x80005008, o.mem_addr);
        start(MODE_SV39, revision[r]);
        q.gvpn = GPN | UINT64_C(1) << 29;
        map(3, 0, LEAF(0x90002));
        walk(&q);
        ASSERT_EQ(0x90002, answer.ppn);
    }
    PASS();
}

// HPT-14, 16: id, source and the bypass mark travel with the walk.
TEST identity(void)
{
    start(MODE_SV39, "2025-05");
    struct hptw_req q = request();
    q.id = 3;
    q.source = SOURCE_ITLB;
    q.bypassed = true;
    step(&q, false);
    ASSERT_EQ(3, s.id);
    ASSERT_EQ(SOURCE_ITLB, s.source);
    ASSERT(s.bypassed);
    ASSERT_FALSE(o.req_ready && s.idle);
    PASS();
}

SUITE(hptw_suite)
{
    RUN_TEST(cold);
    RUN_TEST(hits);
    RUN_TEST(superpages);
    RUN_TEST(bad_ptes);
    RUN_TEST(pbmt);
    RUN_TEST(pmp);
    RUN_TEST(stalls_and_flushes);
    RUN_TEST(masked);
    RUN_TEST(root_address);
    RUN_TEST(identity);
    phys_free(mem);
    mem = NULL;
}
