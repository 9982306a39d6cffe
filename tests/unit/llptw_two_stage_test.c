// SPDX-License-Identifier: MulanPSL-2.0
// LLPTW alone (spec B 2): requests of two stages, their G requests and faults.
#include "tests/harness.h"
#include "tests/unit/llptw_bench.h"

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

void llptw_two_stage_tests(void)
{
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
}
