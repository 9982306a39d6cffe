// SPDX-License-Identifier: MulanPSL-2.0
// PageCache (spec A 2): pipeline, hits, refill, replacement, bypass detection, fences.
// The block alone, clocked by hand; every test names its section.
#include "arch/plru.h"
#include "pagecache/pagecache.h"
#include "tests/harness.h"

enum { V = 0x12345002 };
#define RWX (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)
#define LEAF(ppn) ((uint64_t)(ppn) << 10 | RWX)
#define NEXT(ppn) ((uint64_t)(ppn) << 10 | PTE_V)

static struct l2tlb_cfg cfg;
static struct pagecache pc;
static struct tlb_csr csr;
static struct sfence fence;
static struct pc_refill refill;
static struct pc_out out;
static struct pc_wakeup wakeup; // never valid here
static uint64_t answered; // vpn of the answer of the last clock_once
static bool resp_ready;

static void start(const char *preset, const char *key, const char *value)
{
    char msg[128];
    static bool used;
    if (used)
        pagecache_free(&pc);
    used = true;
    cfg_preset(&cfg, preset);
    if (key)
        cfg_set(&cfg, key, value, msg, sizeof msg);
    cfg_finish(&cfg, msg, sizeof msg);
    pagecache_init(&pc, &cfg);
    pagecache_reset(&pc);
    csr = (struct tlb_csr){.satp = {.mode = MODE_SV39, .id = 5},
                           .vsatp = {.mode = MODE_SV39, .id = 6},
                           .hgatp = {.mode = MODE_SV39, .id = 3}};
    refill.valid = fence.valid = false;
    resp_ready = true;
}

// One cycle; q NULL: no request. Returns whether a request was accepted.
static bool clock_once(const struct pc_req *q, bool flush)
{
    struct pc_in in = {.flush = flush,
                       .csr = &csr,
                       .sfence = &fence,
                       .refill = &refill,
                       .wakeup = &wakeup,
                       .resp_ready = resp_ready};
    pagecache_publish(&pc, &refill, &out);
    answered = out.req->info.vpn;
    in.req_fire = q && pagecache_req_ready(&pc, &refill, resp_ready);
    if (q)
        in.req = q;
    pagecache_tick(&pc, &in);
    refill.valid = fence.valid = false;
    return in.req_fire;
}

static struct pc_req request(uint64_t vpn, unsigned x)
{
    return (struct pc_req){.info = {.vpn = vpn, .s2xlate = (uint8_t)x, .source = SOURCE_DTLB}};
}

// A look-up through the empty pipeline; `out` holds the answer.
static void look(uint64_t vpn, unsigned x)
{
    struct pc_req q = request(vpn, x);
    clock_once(&q, false); // Req
    clock_once(NULL, false); // Delay
    clock_once(NULL, false); // Check
    pagecache_publish(&pc, &refill, &out); // Resp
    struct pc_in in = {.csr = &csr,
                       .sfence = &fence,
                       .refill = &refill,
                       .wakeup = &wakeup,
                       .resp_ready = true};
    pagecache_tick(&pc, &in);
}

static void set_refill(unsigned level, uint64_t vpn, unsigned x, const uint64_t ptes[SECTOR])
{
    refill = (struct pc_refill){.ptes = ptes,
                                .sel_pte = ptes[level ? bits(vpn, 9 * level + 2, 9 * level) : vpn & 7],
                                .info = {.vpn = vpn, .s2xlate = (uint8_t)x, .source = SOURCE_DTLB},
                                .level = (uint8_t)level,
                                .valid = true};
}

static void put(unsigned level, uint64_t vpn, unsigned x, const uint64_t ptes[SECTOR])
{
    set_refill(level, vpn, x, ptes);
    clock_once(NULL, false);
}

static void put_leaf(unsigned level, uint64_t vpn, unsigned x, uint64_t pte)
{
    uint64_t ptes[SECTOR];
    for (unsigned i = 0; i < SECTOR; i++)
        ptes[i] = pte;
    put(level, vpn, x, ptes);
}

static void do_fence(char kind, bool addr, uint64_t vpn, bool use_id, unsigned id)
{
    fence = (struct sfence){.valid = true,
                            .rs1 = !addr,
                            .rs2 = !use_id,
                            .addr = kind == 'g' ? vpn << 10 : vpn << 12,
                            .id = (uint16_t)id,
                            .hv = kind == 'v',
                            .hg = kind == 'g'};
    clock_once(NULL, true);
}

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

// --- 2.10 fences -------------------------------------------------------------------------------

static void fill_all(unsigned x, uint64_t g)
{
    uint64_t u = x == ONLY_STAGE2 ? PTE_U : 0;
    put_leaf(3, V, x, NEXT(0x80010) | g);
    put_leaf(2, V, x, NEXT(0x80010) | g);
    put_leaf(1, V, x, NEXT(0x80010) | g);
    put_leaf(0, V, x, LEAF(0x90000) | u | g);
    put_leaf(1, V + 0x4000, x, LEAF(0x200000) | u | g);
}

// Bit 4 L3, 3 L2, 2 L1, 1 L0, 0 SP.
static unsigned present(unsigned x)
{
    look(V, x);
    unsigned m = (unsigned)out.result->l3 << 4 | (unsigned)out.result->l2 << 3 |
                 (unsigned)out.result->l1 << 2 | (unsigned)out.result->l0 << 1;
    look(V + 0x4000, x);
    return m | out.result->sp;
}

// The whole table of 2.10: kind, V, operands, against entries of each class, global or not.
TEST fence_matrix(void)
{
    for (unsigned f = 0; f < 3 * 2 * 4; f++)
        for (unsigned x = 0; x < 3; x++)
            for (unsigned g = 0; g < 2; g++) {
                char kind = "svg"[f / 8];
                bool virt = f & 4, addr = f & 2, id = f & 1;
                start("minimal", NULL, NULL);
                csr.virt = virt;
                fill_all(x, g ? PTE_G : 0);
                ASSERT_EQ(31, present(x));
                unsigned cls = kind == 'g' ? ONLY_STAGE2 : kind == 'v' || virt ? ONLY_STAGE1 : NO_S2XLATE;
                unsigned mine = kind == 'g' ? 3 : cls == NO_S2XLATE ? 5 : 6;
                bool removes = x == cls && !(id && g && kind != 'g');
                struct sfence count = {.rs1 = !addr,
                                       .rs2 = !id,
                                       .addr = kind == 'g' ? (uint64_t)V << 10 : (uint64_t)V << 12,
                                       .id = (uint16_t)mine,
                                       .hv = kind == 'v',
                                       .hg = kind == 'g'};
                uint64_t removed[5];
                pc_fence_count(&pc, &count, &csr, removed);
                ASSERT_EQ(removes && !addr, removed[0] && removed[1] && removed[2]);
                ASSERT_EQ(removes, removed[3]);
                do_fence(kind, addr, V, id, mine);
                if (addr && removes)
                    do_fence(kind, addr, V + 0x4000, id, mine);
                ASSERT_EQ(!removes ? 31 : addr ? 0x1c : 0, present(x));
            }
    PASS();
}

// Another ASID, another VMID, another page: nothing goes (ids and pages without hash collision).
TEST fence_of_others(void)
{
    start("minimal", NULL, NULL);
    fill_all(NO_S2XLATE, 0);
    do_fence('s', false, 0, true, 6);
    do_fence('s', true, V + 0x20, false, 0);
    ASSERT_EQ(31, present(NO_S2XLATE));
    start("minimal", NULL, NULL);
    csr.virt = true;
    fill_all(ONLY_STAGE1, 0);
    csr.hgatp.id = 4; // hfence.vvma acts on the current VMID
    do_fence('v', false, 0, false, 0);
    csr.hgatp.id = 3;
    ASSERT_EQ(31, present(ONLY_STAGE1));
    fill_all(ONLY_STAGE2, 0);
    do_fence('g', false, 0, true, 4);
    ASSERT_EQ(31, present(ONLY_STAGE2));
    PASS();
}

// L1 and L0 compare hashes: ASID 12 removes ASID 5 there, not in L3, L2, SP. Same for the tag.
TEST fence_hash_collisions(void)
{
    start("minimal", NULL, NULL);
    fill_all(NO_S2XLATE, 0);
    do_fence('s', false, 0, true, 12);
    ASSERT_EQ(0x19, present(NO_S2XLATE));
    start("minimal", NULL, NULL);
    fill_all(NO_S2XLATE, 0);
    // Another page of the same set whose tag folds to the same six bits.
    uint64_t other = V ^ (UINT64_C(1) << 5 | UINT64_C(1) << 11);
    ASSERT_EQ(pc_vpn_hash(&pc, V), pc_vpn_hash(&pc, other));
    do_fence('s', true, other, false, 0);
    ASSERT_EQ(0x1d, present(NO_S2XLATE));
    start("minimal", NULL, NULL);
    fill_all(ONLY_STAGE2, 0);
    do_fence('g', false, 0, true, 3 ^ 9 ^ 0); // 3 = 011, 10 = 001 010: folds to 3
    ASSERT_EQ(0x19, present(ONLY_STAGE2));
    PASS();
}

// E6: VMID bits above the 14 stored ones keep hfence.gvma from removing anything.
TEST fence_wide_vmid(void)
{
    start("minimal", NULL, NULL);
    fill_all(ONLY_STAGE2, 0);
    do_fence('g', false, 0, true, 0x4003);
    ASSERT_EQ(31, present(ONLY_STAGE2));
    start("minimal", "errata.E6", "fixed");
    fill_all(ONLY_STAGE2, 0);
    do_fence('g', false, 0, true, 0x4003);
    ASSERT_EQ(0, present(ONLY_STAGE2));
    PASS();
}

// The VMID hash takes all sixteen bits of the CSR, the stored VMID fourteen: an entry filled under
// VMID 4003 hits under VMID 3, and a fence of VMID 3 spares it in L1 and L0 (2.1).
TEST fence_hash_of_a_wide_vmid(void)
{
    start("minimal", NULL, NULL);
    csr.hgatp.id = 0x4003;
    fill_all(ONLY_STAGE2, 0);
    csr.hgatp.id = 3;
    ASSERT_EQ(31, present(ONLY_STAGE2));
    do_fence('g', false, 0, true, 3);
    ASSERT_EQ(6, present(ONLY_STAGE2));
    PASS();
}

// The SP tag rule of a fence with address: any page of a superpage or NAPOT block.
TEST fence_inside_a_superpage(void)
{
    start("minimal", NULL, NULL);
    put_leaf(1, V, NO_S2XLATE, LEAF(0x200000));
    do_fence('s', true, V ^ 0x200, false, 0);
    look(V, NO_S2XLATE);
    ASSERT(out.hit);
    do_fence('s', true, V ^ 0x1ff, false, 0);
    look(V, NO_S2XLATE);
    ASSERT_FALSE(out.hit);
    put_leaf(0, V, NO_S2XLATE, PTE_N | LEAF(0x90008));
    do_fence('s', true, V ^ 15, false, 0);
    look(V, NO_S2XLATE);
    ASSERT_FALSE(out.hit);
    PASS();
}

// N2: the G bit of a cached invalid PTE protects it from a fence of its ASID.
TEST fence_of_cached_faults(void)
{
    static const char *const how[] = {"as-rtl", "fixed"};
    for (unsigned f = 0; f < 2; f++) {
        start("minimal", "errata.N2", how[f]);
        put_leaf(0, V, NO_S2XLATE, PTE_G);
        put_leaf(1, V + 0x4000, NO_S2XLATE, PTE_G);
        do_fence('s', false, 0, true, 5);
        look(V, NO_S2XLATE);
        ASSERT_EQ(!f, out.hit);
        look(V + 0x4000, NO_S2XLATE);
        ASSERT_EQ(!f, out.hit);
    }
    PASS();
}

// A fence in the refill cycle wins: the refill is lost with the flush.
TEST fence_with_refill(void)
{
    uint64_t ptes[SECTOR];
    for (unsigned i = 0; i < SECTOR; i++)
        ptes[i] = LEAF(0x90000);
    start("minimal", NULL, NULL);
    set_refill(0, V, NO_S2XLATE, ptes);
    do_fence('s', true, 0, false, 0);
    look(V, NO_S2XLATE);
    ASSERT_FALSE(out.hit);
    PASS();
}

// P15: an entry kept under a wide hgatp holds more ppn bits than a host address has.
TEST wide_entries(void)
{
    static const char *const how[] = {"as-rtl", "fixed"};
    for (unsigned f = 0; f < 2; f++) {
        start("minimal", "errata.P15", how[f]);
        csr.hgatp.mode = MODE_SV48;
        put_leaf(0, V, ALL_STAGE, LEAF(UINT64_C(0x1000680010)));
        csr.hgatp.mode = MODE_BARE;
        look(V, ONLY_STAGE1);
        ASSERT_EQ(!f, out.hit);
    }
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
    RUN_TEST(fence_matrix);
    RUN_TEST(fence_of_others);
    RUN_TEST(fence_hash_collisions);
    RUN_TEST(fence_wide_vmid);
    RUN_TEST(fence_hash_of_a_wide_vmid);
    RUN_TEST(fence_inside_a_superpage);
    RUN_TEST(fence_of_cached_faults);
    RUN_TEST(fence_with_refill);
    RUN_TEST(wide_entries);
}
