// SPDX-License-Identifier: MulanPSL-2.0
// PTW alone (spec B 1): reads, cycles and answers of every path of sections 1.4 to 1.6,
// faults in their order, flushes and stalls. L is the time from a read to its last beat, G that of a
// G-stage answer. The points of the conformance checklist are named PTW-nn.
#include "mem/phys.h"
#include "ptw/merge.h"
#include "ptw/ptw.h"
#include "tests/harness.h"

enum { V = 0x12345002, ROOT = 0x80000, T2 = 0x80002, T1 = 0x80001, T0 = 0x80003 };
#define RWX (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)
#define LEAF(ppn) ((uint64_t)(ppn) << 10 | RWX)
#define NEXT(ppn) ((uint64_t)(ppn) << 10 | PTE_V)
#define NEVER UINT64_MAX

static struct l2tlb_cfg cfg;
static struct ptw s;
static struct ptw_out o;
static struct tlb_csr csr;
static struct phys *mem;
static uint64_t now, t0, L, G, pte, mem_due, mem_at, g_due, g_page;
static unsigned reads, g_requests;
static uint64_t denied; // page
static bool mask, stall;
static uint64_t allowed; // with this page the PMP denies every other one
static struct hptw_resp g_answer[4]; // by number of the request; page: +0x1000000 with perm R W X
static bool g_fixed[4];
static struct merge_resp s1;
static struct hptw_resp s2;

static void start(unsigned satp_mode, unsigned vsatp_mode, unsigned hgatp_mode, const char *fixed)
{
    char msg[128];
    cfg_preset(&cfg, "minimal");
    if (fixed)
        cfg_set(&cfg, fixed, "fixed", msg, sizeof msg);
    cfg_finish(&cfg, msg, sizeof msg);
    ptw_reset(&s, &cfg);
    csr = (struct tlb_csr){.satp = {.mode = (uint8_t)satp_mode, .id = 5, .ppn = ROOT},
                           .vsatp = {.mode = (uint8_t)vsatp_mode, .id = 6, .ppn = ROOT},
                           .hgatp = {.mode = (uint8_t)hgatp_mode, .id = 3}};
    if (mem)
        phys_clear(mem);
    else
        mem = phys_new();
    now = t0 = 0;
    L = G = 1;
    pte = 0;
    mem_due = g_due = NEVER;
    reads = g_requests = 0;
    denied = allowed = NEVER;
    mask = stall = false;
    memset(g_answer, 0, sizeof g_answer);
    memset(g_fixed, 0, sizeof g_fixed);
}

// Writes the path of V for `levels` levels down to `level`, tables at t + off.
static void map(unsigned levels, unsigned level, uint64_t word, uint64_t off)
{
    static const uint64_t table[] = {T0, T1, T2, ROOT};
    for (unsigned l = levels - 1; l > level; l--) {
        uint64_t at = l == levels - 1 ? ROOT : table[l];
        phys_write(mem, (at + off) << 12 | bits(V, 9 * l + 8, 9 * l) << 3, NEXT(table[l - 1]));
    }
    uint64_t at = level == levels - 1 ? ROOT : table[level];
    phys_write(mem, (at + off) << 12 | bits(V, 9 * level + 8, 9 * level) << 3, word);
}

static void step(const struct ptw_req *q, bool flush)
{
    struct ptw_in in = {.csr = &csr, .flush = flush, .req = q};
    struct hptw_resp g = {0};
    ptw_publish(&s, pte, mask, &csr, &o);
    if (o.resp_valid)
        ptw_answer(&s, &o, &csr, &s1, &s2);
    in.req_fire = q && o.req_ready;
    uint64_t page = o.mem_addr >> 12;
    in.pmp.ld = o.sent_to_pmp && (page == denied || (allowed != NEVER && page != allowed));
    in.mem_req_fire = o.mem_req_valid && !flush;
    in.mem_resp = now == mem_due;
    in.hptw_req_fire = o.hptw_req_valid && g_due == NEVER;
    in.hptw_resp_valid = now == g_due;
    if (in.hptw_resp_valid) {
        unsigned k = g_requests - 1;
        g = g_fixed[k] ? g_answer[k]
                       : (struct hptw_resp){.ppn = g_page + 0x1000000, .perm = 0x6f};
        g.tag = g_page;
        g_due = NEVER;
    }
    in.hptw_resp = &g;
    in.llptw_fire = o.llptw_valid && !stall;
    in.resp_fire = o.resp_valid && !stall;
    ptw_tick(&s, &o, &in);
    if (in.mem_resp) {
        pte = phys_read(mem, mem_at);
        mem_due = NEVER;
    }
    if (in.mem_req_fire) {
        reads++;
        mem_due = now + L;
        mem_at = o.mem_addr;
    }
    if (in.hptw_req_fire) {
        g_requests++;
        g_due = now + G;
        g_page = o.hptw_gvpn;
    }
    now++;
}

// Runs one request; returns the cycles from acceptance to the first valid answer or hand-over
// (NEVER: none in 300 cycles). *answered tells which.
static uint64_t walk(const struct ptw_req *q, bool *answered)
{
    t0 = now;
    reads = g_requests = 0;
    step(q, false);
    while (now < t0 + 300) {
        uint64_t at = now;
        step(NULL, false);
        if (o.resp_valid || o.llptw_valid) {
            *answered = o.resp_valid;
            return at - t0;
        }
    }
    return NEVER;
}

static struct ptw_req request(unsigned x)
{
    return (struct ptw_req){.info = {.vpn = V, .s2xlate = (uint8_t)x, .source = SOURCE_DTLB}};
}

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

enum { OFF = 0x1000000 }; // host page of guest page g is g + OFF

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
    RUN_TEST(two_stages);
    RUN_TEST(leaf_page_is_not_checked);
    RUN_TEST(two_stage_pte_faults);
    RUN_TEST(g_faults);
    RUN_TEST(g_fault_after_hit);
    RUN_TEST(ranges_and_pmp);
    RUN_TEST(only_stage2);
    RUN_TEST(stage1_hits);
    RUN_TEST(stage1_hit_out_of_range);
    RUN_TEST(masked);
    RUN_TEST(held);
    RUN_TEST(flushes);
    RUN_TEST(flush_leaves_need_last);
    RUN_TEST(back_to_back);
    RUN_TEST(range_fault_tag);
    phys_free(mem);
    mem = NULL;
}
