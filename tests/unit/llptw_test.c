// SPDX-License-Identifier: MulanPSL-2.0
// LLPTW alone (spec B 2): states, merging, arbitration, faults. One step is one cycle; what
// fires is chosen by the test. The points of the checklist are named LLP-nn.
#include "ptw/llptw.h"
#include "tests/harness.h"

enum { V = 0x12345002, T0 = 0x80003 };
#define RWX (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)
#define LEAF(ppn) ((uint64_t)(ppn) << 10 | RWX)

static struct l2tlb_cfg cfg;
static struct llptw s;
static struct llptw_out o;
static struct llptw_in in;
static struct tlb_csr csr;
static struct llptw_req req;
static struct hptw_resp g;
static uint64_t line[SECTOR];
static uint32_t outstanding;

static void start(const char *fixed)
{
    char msg[128];
    cfg_preset(&cfg, "minimal");
    if (fixed)
        cfg_set(&cfg, fixed, "fixed", msg, sizeof msg);
    cfg_finish(&cfg, msg, sizeof msg);
    llptw_reset(&s, &cfg);
    csr = (struct tlb_csr){.hgatp.mode = MODE_SV39};
    outstanding = 0;
    in = (struct llptw_in){0};
    for (unsigned i = 0; i < SECTOR; i++)
        line[i] = LEAF(0x60000 + i);
}

// Clocks once with `in`, whose fires were set after the last publish; then clears them and publishes.
static void step(void)
{
    in.csr = &csr;
    in.req = &req;
    in.line = line;
    in.hptw_resp = &g;
    llptw_tick(&s, &o, &in);
    in = (struct llptw_in){0};
    llptw_publish(&s, outstanding, 0, &o);
}

static void publish(void)
{
    llptw_publish(&s, outstanding, 0, &o);
}

static unsigned enqueue_as(uint64_t vpn, unsigned x, unsigned source)
{
    publish();
    unsigned slot = o.enq_ptr;
    req = (struct llptw_req){
        .info = {.vpn = vpn, .s2xlate = (uint8_t)x, .source = (uint8_t)source}, .ppn = T0};
    in.in_fire = true;
    return slot;
}

static unsigned enqueue(uint64_t vpn, unsigned x)
{
    unsigned slot = enqueue_as(vpn, x, SOURCE_DTLB);
    step();
    return slot;
}

static void idle(unsigned n)
{
    while (n--)
        step();
}

static void fire_mem(void)
{
    in.mem_fire = o.mem_valid;
    if (in.mem_fire)
        outstanding |= 1u << o.mem_id;
}

static void answer(unsigned id)
{
    in.mem_resp = true;
    in.mem_resp_id = (uint8_t)id;
    outstanding &= ~(1u << id);
}

static void g_answer(unsigned id, uint64_t tag)
{
    g = (struct hptw_resp){.tag = tag, .ppn = tag + 0x1000000, .perm = 0x6f};
    in.hptw_resp_valid = true;
    in.hptw_resp_id = (uint8_t)id;
}

// LLP-01: addr_check at t0+1, memory at t0+2, answer in the cycle after the line.
TEST single(void)
{
    for (unsigned x = 0; x < 2; x++) {
        start(NULL);
        unsigned i = enqueue(V, x); // t0; now in t0+1
        ASSERT_EQ(0, i);
        ASSERT_EQ(LL_ADDR_CHECK, s.state[i]);
        ASSERT(o.pmp_enq_valid && !o.mem_valid);
        ASSERT_EQ((uint64_t)T0 << 12 | bits(V, 8, 0) << 3, o.pmp_enq_addr);
        step();
        ASSERT(o.mem_valid); // t0+2
        ASSERT_EQ(i, o.mem_id);
        ASSERT_EQ((uint64_t)T0 << 12 | bits(V, 8, 0) << 3, o.mem_addr);
        fire_mem();
        step();
        ASSERT_EQ(LL_MEM_WAITING, s.state[i]);
        ASSERT_FALSE(o.mem_valid);
        idle(3);
        answer(i);
        step();
        ASSERT_EQ(LL_MEM_OUT, s.state[i]);
        ASSERT(o.out_valid && o.out_ptr == i);
        ASSERT_EQ(0x60002, s.entry[i].ppn);
        ASSERT(bit(s.mem_resp_hit, i));
        in.out_fire = true;
        step();
        ASSERT_EQ(LL_IDLE, s.state[i]);
        ASSERT_EQ(0, s.mem_resp_hit);
    }
    PASS();
}

// LLP-02, 03, 04, 05: six lines, six ids, no seventh; round robin starts behind the last grant.
TEST six_lines(void)
{
    start(NULL);
    for (unsigned k = 0; k < 6; k++) {
        publish();
        ASSERT(o.in_ready);
        ASSERT_EQ(k, enqueue(V + 8 * k, NO_S2XLATE));
    }
    ASSERT_FALSE(o.in_ready);
    step();
    static const unsigned order[] = {1, 2, 3, 4, 5, 0}; // after reset the last grant is 0
    for (unsigned k = 0; k < 6; k++) {
        ASSERT(o.mem_valid);
        ASSERT_EQ(order[k], o.mem_id);
        fire_mem();
        step();
    }
    ASSERT_FALSE(o.mem_valid);
    PASS();
}

// LLP-06: a request that is not taken may be replaced by another id.
TEST offered_id_moves(void)
{
    start(NULL);
    enqueue(V, NO_S2XLATE);
    step();
    ASSERT_EQ(0, o.mem_id);
    enqueue(V + 8, NO_S2XLATE);
    step();
    ASSERT_EQ(1, o.mem_id);
    PASS();
}

// LLP-07, 08, 09, 61: requests of one line share a read, each with its own PTE.
TEST shared_read(void)
{
    start(NULL);
    unsigned a = enqueue(V, NO_S2XLATE), b = enqueue(V ^ 1, NO_S2XLATE); // before the read
    ASSERT(o.mem_valid);
    unsigned d = enqueue_as(V ^ 3, NO_S2XLATE, SOURCE_ITLB);
    fire_mem(); // d arrives in the cycle of the read
    step();
    unsigned e = enqueue(V ^ 5, NO_S2XLATE); // while it is outstanding
    unsigned const all[] = {a, b, d, e};
    for (unsigned k = 0; k < 4; k++) {
        ASSERT_EQ(LL_MEM_WAITING, s.state[all[k]]);
        ASSERT_EQ(a, s.entry[all[k]].wait_id);
    }
    answer(a);
    step();
    for (unsigned k = 0; k < 4; k++) {
        ASSERT_EQ(LL_MEM_OUT, s.state[all[k]]);
        ASSERT_EQ(0x60000 + (s.entry[all[k]].req.vpn & 7), s.entry[all[k]].ppn);
        ASSERT_EQ(all[k], o.out_ptr); // lowest first, one per cycle (LLP-36)
        in.out_fire = true;
        step();
        ASSERT_EQ(LL_IDLE, s.state[all[k]]);
    }
    PASS();
}

// LLP-10: a duplicate in the cycle of the last beat leaves with the line, with its own PTE.
TEST duplicate_with_the_line(void)
{
    start(NULL);
    unsigned a = enqueue(V, NO_S2XLATE);
    step();
    fire_mem();
    step();
    unsigned b = enqueue_as(V ^ 3, NO_S2XLATE, SOURCE_DTLB);
    ASSERT_EQ(LL_MEM_WAITING, llptw_enqueue_state(&s, &o, &(struct llptw_in){.csr = &csr, .req = &req}));
    answer(a);
    step();
    ASSERT_EQ(LL_MEM_OUT, s.state[b]);
    ASSERT(bit(s.mem_resp_hit, b));
    // LLP-39: a stale answer (flush latch) is not taken that way
    start(NULL);
    a = enqueue(V, NO_S2XLATE);
    step();
    fire_mem();
    step();
    b = enqueue_as(V ^ 3, NO_S2XLATE, SOURCE_DTLB);
    answer(a);
    in.mem_resp_flush_latch = true;
    step();
    ASSERT_EQ(LL_MEM_WAITING, s.state[b]);
    PASS();
}

// Two stages: such a duplicate goes to its final G at once, with the table page's G answer; a faulty
// PTE ends it (row 5), a guest page out of range as well (row 60 of docs/sources.md 2).
TEST duplicate_with_the_line_of_two_stages(void)
{
    for (unsigned kind = 0; kind < 4; kind++) { // 3: as 2, D15 fixed: the bad page is named
        start(kind == 3 ? "errata.D15" : NULL);
        unsigned a = enqueue(V, ALL_STAGE);
        in.hptw_grant = true;
        step();
        g_answer(a, T0);
        step();
        step();
        fire_mem();
        step();
        line[3] = kind == 0 ? LEAF(0x60003) : kind == 1 ? 0 : LEAF(UINT64_C(1) << 29);
        unsigned b = enqueue_as(V ^ 1, ALL_STAGE, SOURCE_DTLB);
        answer(a);
        step();
        ASSERT_EQ(kind ? LL_MEM_OUT : LL_LAST_HPTW_REQ, s.state[b]);
        ASSERT_EQ(kind >= 2, s.entry[b].hptw_resp.gpf);
        if (kind == 3)
            ASSERT_EQ(UINT64_C(1) << 29, s.entry[b].hptw_resp.tag);
        ASSERT(bit(s.mem_resp_hit, b));
        if (kind == 0) {
            ASSERT_EQ(0x60003, s.entry[b].ppn);
            ASSERT_EQ(T0 + 0x1000000, s.entry[b].hptw_resp.ppn);
        }
    }
    PASS();
}

// LLP-11, 12: the owner has its answer already: back to the PageCache.
TEST duplicate_too_late(void)
{
    static const unsigned owner[] = {LL_MEM_OUT, LL_LAST_HPTW_REQ, LL_LAST_HPTW_RESP};
    for (unsigned k = 0; k < 3; k++) {
        start(NULL);
        unsigned a = enqueue(V, k ? ALL_STAGE : NO_S2XLATE);
        step();
        if (k) {
            in.hptw_grant = true;
            step();
            g_answer(a, T0);
            step();
            step();
        }
        ASSERT(o.mem_valid);
        fire_mem();
        step();
        answer(a);
        step();
        if (k == 2) {
            in.hptw_grant = true;
            step();
        }
        ASSERT_EQ(owner[k], s.state[a]);
        unsigned b = enqueue(V ^ 1, k ? ALL_STAGE : NO_S2XLATE);
        ASSERT_EQ(LL_CACHE, s.state[b]);
        ASSERT(o.cache_valid && o.cache_ptr == b);
        in.cache_fire = true;
        step();
        ASSERT_EQ(LL_IDLE, s.state[b]);
    }
    PASS();
}

// LLP-13, 14: another kind is another line; another source is not.
TEST kinds_and_sources(void)
{
    start(NULL);
    unsigned a = enqueue_as(V, NO_S2XLATE, SOURCE_ITLB);
    step();
    unsigned b = enqueue(V, ONLY_STAGE1);
    fire_mem();
    step();
    ASSERT_EQ(LL_MEM_WAITING, s.state[a]);
    ASSERT_EQ(LL_MEM_REQ, s.state[b]);
    start(NULL);
    a = enqueue_as(V, NO_S2XLATE, SOURCE_ITLB);
    step();
    step();
    b = enqueue_as(V, NO_S2XLATE, SOURCE_DTLB);
    fire_mem();
    step();
    ASSERT_EQ(LL_MEM_WAITING, s.state[b]);
    PASS();
}

// LLP-15, PF-07, PF-08: a prefetch that finds its line, or of two stages, leaves the slot idle.
TEST prefetches(void)
{
    start(NULL);
    unsigned a = enqueue_as(V, NO_S2XLATE, SOURCE_PREFETCH);
    step();
    ASSERT_EQ(LL_ADDR_CHECK, s.state[a]);
    step();
    fire_mem();
    step();
    unsigned b = enqueue_as(V, NO_S2XLATE, SOURCE_PREFETCH);
    step();
    ASSERT_EQ(LL_IDLE, s.state[b]);
    b = enqueue_as(V + 8, ALL_STAGE, SOURCE_PREFETCH);
    step();
    ASSERT_EQ(LL_IDLE, s.state[b]);
    PASS();
}

// LLP-16: denied or uncacheable: t0 + 2, no read.
TEST pmp(void)
{
    for (unsigned k = 0; k < 2; k++) {
        start(NULL);
        unsigned a = enqueue(V, NO_S2XLATE);
        in.pmp_enq = (struct pmp_verdict){.ld = k == 0, .mmio = k == 1};
        step();
        ASSERT_EQ(LL_MEM_OUT, s.state[a]);
        ASSERT(s.entry[a].af && o.out_valid && !o.mem_valid);
    }
    PASS();
}

// LLP-22: two stages: G, PMP at the host address, read, G of the leaf, answer.
TEST two_stages(void)
{
    start(NULL);
    unsigned a = enqueue(V, ALL_STAGE);
    ASSERT_EQ(LL_HPTW_REQ, s.state[a]);
    ASSERT(o.hptw_valid && o.hptw_id == a && !o.pmp_enq_valid);
    ASSERT_EQ(T0, o.hptw_gvpn);
    in.hptw_grant = true;
    step();
    ASSERT_EQ(LL_HPTW_RESP, s.state[a]);
    ASSERT_FALSE(o.hptw_valid);
    g_answer(a, T0 + 1); // LLP-34: another page: ignored
    step();
    ASSERT_EQ(LL_HPTW_RESP, s.state[a]);
    g_answer(a, T0);
    step();
    ASSERT_EQ(LL_ADDR_CHECK, s.state[a]);
    ASSERT(o.pmp_hptw_valid);
    uint64_t host = (uint64_t)(T0 + 0x1000000) << 12 | bits(V, 8, 0) << 3;
    ASSERT_EQ(host, o.pmp_hptw_addr);
    step();
    ASSERT(o.mem_valid);
    ASSERT_EQ(host, o.mem_addr);
    fire_mem();
    step();
    answer(a);
    step();
    ASSERT_EQ(LL_LAST_HPTW_REQ, s.state[a]);
    ASSERT(o.hptw_valid);
    ASSERT_EQ(0x60002, o.hptw_gvpn);
    in.hptw_grant = true;
    step();
    g_answer(a, 0x60002);
    step();
    ASSERT_EQ(LL_MEM_OUT, s.state[a]);
    ASSERT_EQ(0x60002 + 0x1000000, s.entry[a].hptw_resp.ppn);
    PASS();
}

// LLP-23, 24 and D3: gpf, gaf, or no right to read the table page.
TEST table_page_faults(void)
{
    for (unsigned f = 0; f < 2; f++)
        for (unsigned kind = 0; kind < 4; kind++) {
            start(f ? "errata.D3" : NULL);
            unsigned a = enqueue(V, ALL_STAGE);
            csr.mxr = kind == 3;
            in.hptw_grant = true;
            step();
            g_answer(a, T0);
            g.gpf = kind == 0;
            g.gaf = kind == 1;
            g.perm = kind >= 2 ? PERM_X : 0x6f;
            step();
            if (kind == 3) { // execute-only with MXR is readable
                ASSERT_EQ(LL_ADDR_CHECK, s.state[a]);
                continue;
            }
            ASSERT_EQ(LL_MEM_OUT, s.state[a]);
            ASSERT_EQ(kind != 1, s.entry[a].hptw_resp.gpf);
            ASSERT_EQ(kind < 2 || f, s.entry[a].first_s2xlate_fault);
        }
    PASS();
}

// LLP-25, 26: a faulty PTE, or one out of the guest's range, ends without the last G.
TEST two_stage_pte_faults(void)
{
    for (unsigned kind = 0; kind < 3; kind++) {
        start(NULL);
        unsigned a = enqueue(V, ALL_STAGE);
        in.hptw_grant = true;
        step();
        g_answer(a, T0);
        step();
        step();
        fire_mem();
        step();
        line[2] = kind == 0 ? 0 : kind == 1 ? LEAF(UINT64_C(1) << 29) : LEAF(UINT64_C(1) << 29) & ~(uint64_t)PTE_R;
        answer(a);
        step();
        ASSERT_EQ(LL_MEM_OUT, s.state[a]);
        ASSERT_EQ(kind == 1, s.entry[a].hptw_resp.gpf); // the PTE's own fault comes first
    }
    PASS();
}

// LLP-19, 20: NAPOT takes four bits from the page; row 12: the entry's own kind selects PBMTE.
TEST napot_and_pbmt(void)
{
    start(NULL);
    unsigned a = enqueue(V, ALL_STAGE);
    in.hptw_grant = true;
    step();
    g_answer(a, T0);
    step();
    step();
    fire_mem();
    step();
    unsigned b = enqueue_as(V + 8, NO_S2XLATE, SOURCE_DTLB); // another kind enters meanwhile
    line[2] = PTE_N | LEAF(0x60008) | UINT64_C(1) << 61;
    csr.h_pbmte = true;
    answer(a);
    step();
    ASSERT_EQ(LL_LAST_HPTW_REQ, s.state[a]);
    ASSERT_EQ(0x60000 | (V & 15), s.entry[a].ppn);
    ASSERT_EQ(LL_ADDR_CHECK, s.state[b]);
    PASS();
}

// LLP-28, 29: one G request at a time; a duplicate asks its own, then joins the read.
TEST one_g_at_a_time(void)
{
    start(NULL);
    unsigned a = enqueue(V, ALL_STAGE), b = enqueue(V ^ 1, ALL_STAGE);
    ASSERT_EQ(LL_HPTW_REQ, s.state[b]);
    // hyper_arb1: after reset the last grant is 0, so 1 goes first
    ASSERT_EQ(b, o.hptw_id);
    in.hptw_grant = true;
    step();
    ASSERT_FALSE(o.hptw_valid); // busy
    g_answer(b, T0);
    step();
    ASSERT(o.hptw_valid);
    ASSERT_EQ(a, o.hptw_id);
    step();
    ASSERT(o.mem_valid && o.mem_id == b);
    fire_mem();
    step(); // the read takes a along
    ASSERT_EQ(LL_MEM_WAITING, s.state[a]);
    ASSERT_EQ(b, s.entry[a].wait_id);
    PASS();
}

// LLP-30, 31, 32, D2, P5: G grant, G answer and read of the same line in one cycle.
TEST g_against_read(void)
{
    for (unsigned f = 0; f < 2; f++) {
        start(f ? "errata.D2" : NULL);
        unsigned a = enqueue(V, ALL_STAGE);
        in.hptw_grant = true;
        step();
        g_answer(a, T0);
        step();
        unsigned b = enqueue(V ^ 1, ALL_STAGE);
        ASSERT(o.mem_valid && o.hptw_valid);
        ASSERT_EQ(b, o.hptw_id);
        fire_mem();
        in.hptw_grant = true; // D2: both in one cycle
        step();
        ASSERT_EQ(f ? LL_MEM_WAITING : LL_HPTW_RESP, s.state[b]);
        if (f)
            continue;
        g_answer(b, T0); // the owner waits: joins its read (LLP-30)
        step();
        ASSERT_EQ(LL_MEM_WAITING, s.state[b]);
        ASSERT_EQ(a, s.entry[b].wait_id);
    }
    for (unsigned f = 0; f < 2; f++) { // P5: good G answer in the cycle of the read
        start(f ? "errata.P5" : NULL);
        unsigned a = enqueue(V, ALL_STAGE);
        in.hptw_grant = true;
        step();
        g_answer(a, T0);
        step();
        step();
        unsigned b = enqueue(V ^ 1, ALL_STAGE);
        in.hptw_grant = true;
        step();
        ASSERT_EQ(LL_HPTW_RESP, s.state[b]);
        ASSERT(o.mem_valid);
        fire_mem();
        g_answer(b, T0);
        step();
        ASSERT_EQ(f ? LL_MEM_WAITING : LL_ADDR_CHECK, s.state[b]);
    }
    PASS();
}

// D2's end: the answer of the read arrives with the G answer: the entry waits for a dead id.
TEST hang(void)
{
    start(NULL);
    unsigned a = enqueue(V, ALL_STAGE);
    in.hptw_grant = true;
    step();
    g_answer(a, T0);
    step();
    unsigned b = enqueue(V ^ 1, ALL_STAGE);
    fire_mem();
    in.hptw_grant = true;
    step();
    answer(a);
    g_answer(b, T0);
    step();
    ASSERT_EQ(LL_LAST_HPTW_REQ, s.state[a]);
    ASSERT_EQ(LL_MEM_WAITING, s.state[b]);
    ASSERT_EQ(a, s.entry[b].wait_id);
    PASS();
}

// LLP-33, D1: the check of a new entry is displaced by that of a G answer; fixed: both are made.
TEST lost_check(void)
{
    for (unsigned f = 0; f < 2; f++) {
        start(f ? "errata.D1" : NULL);
        unsigned a = enqueue(V, ALL_STAGE);
        in.hptw_grant = true;
        step();
        unsigned b = enqueue_as(V + 0x40, NO_S2XLATE, SOURCE_DTLB);
        g_answer(a, T0);
        step();
        ASSERT(o.pmp_enq_valid && o.pmp_hptw_valid);
        step();
        ASSERT_EQ(LL_MEM_REQ, s.state[a]);
        ASSERT_EQ(f ? LL_MEM_REQ : LL_ADDR_CHECK, s.state[b]);
        idle(20);
        ASSERT_EQ(f ? LL_MEM_REQ : LL_ADDR_CHECK, s.state[b]);
    }
    PASS();
}

// P4: an answer that nobody takes must not arm a check of a slot that was given away.
TEST orphan_answer(void)
{
    for (unsigned f = 0; f < 2; f++) {
        start(f ? "errata.P4" : NULL);
        unsigned a = enqueue(V, ALL_STAGE); // waits for its own G answer: precondition
        in.hptw_grant = true;
        step();
        unsigned b = enqueue_as(V + 0x40, NO_S2XLATE, SOURCE_DTLB); // fresh slot
        g_answer(b, T0);                                            // an orphan for that id
        step();
        ASSERT_EQ(LL_HPTW_RESP, s.state[a]);
        ASSERT_EQ(!f, o.pmp_hptw_valid);
        in.pmp_enq.ld = true; // the table page of b is denied ...
        step();
        ASSERT_EQ(f ? LL_MEM_OUT : LL_MEM_REQ, s.state[b]); // ... and read all the same
    }
    PASS();
}

// P8: the G request of an entry whose line is read in this cycle is pointless.
TEST redundant_g(void)
{
    start(NULL);
    unsigned a = enqueue(V, ALL_STAGE);
    in.hptw_grant = true;
    step();
    g_answer(a, T0);
    step();
    enqueue(V ^ 1, ALL_STAGE);
    ASSERT(o.mem_valid && o.hptw_valid);
    llptw_block_g(&s, &o);
    ASSERT_FALSE(o.hptw_valid);
    PASS();
}

// LLP-37, 38: a flush empties every state; a slot used again waits for its old read.
TEST flushes(void)
{
    start(NULL);
    unsigned a = enqueue(V, NO_S2XLATE);
    enqueue(V + 8, ALL_STAGE);
    enqueue(V + 16, NO_S2XLATE);
    fire_mem();
    step();
    in.flush = true;
    step();
    for (unsigned i = 0; i < 6; i++)
        ASSERT_EQ(LL_IDLE, s.state[i]);
    ASSERT_FALSE(o.out_valid || o.mem_valid || o.hptw_valid || o.cache_valid);
    ASSERT_NEQ(0, outstanding);
    unsigned old = bit(outstanding, a) ? a : 2;
    for (unsigned k = 0; k < 3; k++)
        enqueue(V + 0x40 + 8 * k, NO_S2XLATE);
    idle(2);
    while (o.mem_valid) {
        ASSERT_NEQ(old, o.mem_id);
        fire_mem();
        step();
    }
    ASSERT_EQ(LL_MEM_REQ, s.state[old]);
    answer(old); // the stale line is nobody's
    step();
    ASSERT_EQ(LL_MEM_REQ, s.state[old]);
    ASSERT(o.mem_valid && o.mem_id == old);
    PASS();
}

TEST names_and_dump(void)
{
    char text[512];
    start(NULL);
    enqueue(V, NO_S2XLATE);
    FILE *f = tmpfile();
    ASSERT(f != NULL);
    llptw_dump(&s, f);
    rewind(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = 0;
    fclose(f);
    ASSERT(strstr(text, "addr_check") && strstr(text, "12345002"));
    ASSERT_STR_EQ("last_hptw_resp", llptw_state_name(LL_LAST_HPTW_RESP));
    ASSERT_STR_EQ("bitmap_resp", llptw_state_name(LL_BITMAP_RESP));
    ASSERT_FALSE(llptw_waiting(&s));
    PASS();
}

SUITE(llptw_suite)
{
    RUN_TEST(single);
    RUN_TEST(six_lines);
    RUN_TEST(offered_id_moves);
    RUN_TEST(shared_read);
    RUN_TEST(duplicate_with_the_line);
    RUN_TEST(duplicate_with_the_line_of_two_stages);
    RUN_TEST(duplicate_too_late);
    RUN_TEST(kinds_and_sources);
    RUN_TEST(prefetches);
    RUN_TEST(pmp);
    RUN_TEST(two_stages);
    RUN_TEST(table_page_faults);
    RUN_TEST(two_stage_pte_faults);
    RUN_TEST(napot_and_pbmt);
    RUN_TEST(one_g_at_a_time);
    RUN_TEST(g_against_read);
    RUN_TEST(hang);
    RUN_TEST(lost_check);
    RUN_TEST(orphan_answer);
    RUN_TEST(redundant_g);
    RUN_TEST(flushes);
    RUN_TEST(names_and_dump);
}
