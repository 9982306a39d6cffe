// SPDX-License-Identifier: MulanPSL-2.0
// Scenarios of spec C 4.1 on the L1 side, with hand-made answers of the L2TLB. T is the cycle that
// the specification counts as 0.
#include "tests/harness.h"
#include "tests/unit/l1_bench.h"

enum { T = 10, LD = 0, LD1 = 1, ST = 4, ST1 = 5, IF0 = 8, IF1 = 9, IFB = 10 };

static void answer_page(struct bench *b, uint64_t cycle, unsigned port, unsigned s2xlate,
                        uint64_t vpn, unsigned valid)
{
    struct ptw_resp r = bench_page(s2xlate, vpn, vpn + 0x100000, valid);
    bench_answer(b, cycle, port, &r);
}

// A page in a DTLB: looked up in `cycle`, answered 10 cycles later, in the table from cycle+13 on.
static void install(struct bench *b, uint64_t cycle, unsigned port, unsigned s2xlate, uint64_t vpn,
                    unsigned valid)
{
    bench_look(b, cycle, port, vpn);
    answer_page(b, cycle + 10, 1, s2xlate, vpn, valid);
}

TEST c1_first_request(void)
{
    struct bench *b = bench_new(NULL);
    bench_look(b, T, ST, 0x1234);
    bench_run(b, T + 20);
    ASSERT_EQ(1, b->reqs);
    ASSERT_EQ(T + 2, b->req[0].cycle);
    ASSERT_EQ(1, b->req[0].port);
    bench_free(b);
    PASS();
}

TEST c2_around_an_answer(void)
{
    struct bench *b = bench_new(NULL);
    uint64_t u = T + 20;
    bench_look(b, T, LD, 0x1234);
    answer_page(b, u, 1, NO_S2XLATE, 0x1234, 0xff);
    bench_looks(b, u, u + 6, 1, LD1, 0x1235);
    bench_run(b, u + 20);
    ASSERT_FALSE(bench_hit(b, LD1, u));
    ASSERT_FALSE(bench_hit(b, LD1, u + 1));
    ASSERT(bench_at(b, LD1, u)->full);
    ASSERT(bench_at(b, LD1, u + 1)->full);
    ASSERT_FALSE(bench_at(b, LD1, u + 1)->sent);
    for (uint64_t c = u + 2; c <= u + 6; c++)
        ASSERT(bench_hit(b, LD1, c));
    ASSERT(bench_at(b, LD1, u + 2)->resp.bypass);
    ASSERT_FALSE(bench_at(b, LD1, u + 3)->resp.bypass);
    ASSERT_EQ(0x101235000, bench_at(b, LD1, u + 2)->resp.paddr);
    ASSERT_EQ(0x101235000, bench_at(b, LD1, u + 3)->resp.paddr);
    ASSERT_EQ(1, b->reqs);
    bench_free(b);
    PASS();
}

// Which distances d of the answer from a fence leave the page in the TLB.
static unsigned stale_after_fence(const char *fixed, bool fetch, int from)
{
    unsigned stale = 0;
    struct bench *b = bench_new(fixed);
    for (int d = from; d <= 5; d++) {
        unsigned port = fetch ? IF0 : ST;
        uint64_t t = T + 20;
        bench_reset(b, NULL);
        bench_look(b, T, port, 0x1234);
        bench_fence(b, t, 's', BENCH_NEVER, -1);
        answer_page(b, t + (uint64_t)(int64_t)d, fetch ? 0 : 1, NO_S2XLATE, 0x1234, 0x10);
        bench_look(b, t + 20, port, 0x1234);
        bench_run(b, t + 40);
        stale |= (unsigned)bench_hit(b, port, t + 20) << (d - from);
    }
    bench_free(b);
    return stale;
}

TEST c3_c22_answer_against_fence(void)
{
    ASSERT_EQ(1u << 4, stale_after_fence(NULL, false, -3)); // d = +1
    ASSERT_EQ(1u << 3, stale_after_fence(NULL, true, -3));  // d = 0
    ASSERT_EQ(0, stale_after_fence("L2", false, -3));
    ASSERT_EQ(0, stale_after_fence("L2", true, -3));
    PASS();
}

// Requests for a page looked up ten times after an event that the L2TLB drops its request for.
static unsigned requests_after(const char *fixed, bool virt, char event)
{
    struct bench *b = bench_new(fixed);
    struct l1_csr c = virt ? bench_csr_for(ALL_STAGE) : bench_default_csr(), n = c;
    bench_reset(b, &c);
    if (event == 'h')
        n.tlb.hgatp.changed = true;
    if (event == 'v')
        n.tlb.vsatp.changed = true;
    bench_look(b, T, ST, 0x1234)->req.hyper = true;
    if (event == 's')
        bench_fence(b, T + 10, 's', BENCH_NEVER, -1);
    else
        bench_csr(b, T + 10, &n);
    for (unsigned k = 0; k < 10; k++)
        bench_look(b, T + 20 + 4 * k, ST, 0x1234)->req.hyper = true;
    bench_run(b, T + 100);
    unsigned got = b->reqs - 1;
    bench_free(b);
    return got;
}

TEST c4_c6_hang(void)
{
    ASSERT_EQ(0, requests_after(NULL, true, 'h'));
    ASSERT_EQ(0, requests_after(NULL, false, 'v'));
    ASSERT_EQ(1, requests_after(NULL, true, 'v'));
    ASSERT_EQ(1, requests_after(NULL, false, 's'));
    ASSERT_EQ(1, requests_after("L3", true, 'h'));
    ASSERT_EQ(1, requests_after("L3", false, 'v'));
    PASS();
}

// Two pages of a sector looked up together, the first one answered with the whole sector.
static void two_of_a_sector(struct bench *b, unsigned s2xlate)
{
    bench_look(b, T, ST, 0x1230);
    bench_look(b, T, ST1, 0x1231);
    answer_page(b, T + 10, 1, s2xlate, 0x1230, 0xff);
    bench_look(b, T + 14, ST1, 0x1231);
    answer_page(b, T + 20, 1, s2xlate, 0x1231, 0xff);
    bench_run(b, T + 40);
}

TEST c7_c8_sector(void)
{
    struct bench *b = bench_new(NULL);
    two_of_a_sector(b, NO_S2XLATE);
    ASSERT_EQ(2, b->reqs);
    ASSERT(bench_hit(b, ST1, T + 14));
    ASSERT_EQ(1, b->presented[L1_STORE]);
    ASSERT_EQ(1, l1side_counters(b->l, L1_STORE)->orphans);
    struct l1_csr c = bench_csr_for(ONLY_STAGE1);
    bench_reset(b, &c);
    two_of_a_sector(b, ONLY_STAGE1);
    ASSERT_EQ(2, b->reqs);
    ASSERT(bench_hit(b, ST1, T + 14));
    ASSERT_EQ(2, l1side_counters(b->l, L1_STORE)->refills);
    bench_free(b);
    PASS();
}

// Does page 1230, 1233 of an onlyStage1 sector entry of 1230 survive an hfence.vvma for `fenced`?
static bool survives(const char *fixed, uint64_t fenced, char kind)
{
    struct bench *b = bench_new(fixed);
    struct l1_csr c = bench_csr_for(ONLY_STAGE1);
    bench_reset(b, &c);
    install(b, T, ST, ONLY_STAGE1, 0x1230, 0xff);
    bench_fence(b, T + 20, kind, fenced, -1);
    bench_look(b, T + 24, ST, fenced);
    bench_run(b, T + 40);
    bool hit = bench_hit(b, ST, T + 24);
    bench_free(b);
    return hit;
}

TEST c9_address_fence_of_a_sector(void)
{
    ASSERT_FALSE(survives(NULL, 0x1230, 'v'));
    ASSERT(survives(NULL, 0x1233, 'v'));
    ASSERT(survives(NULL, 0x1233, 's')); // V=1
    ASSERT_FALSE(survives("L4", 0x1233, 'v'));
    ASSERT_FALSE(survives("L4", 0x1233, 's'));
    PASS();
}

// L8: an answer of stage 1 for 0x1230 marks the neighbour 0x1233 valid (D14); does L1 hit for it?
TEST l8_neighbour_of_an_only_stage1_answer(void)
{
    for (unsigned fixed = 0; fixed < 2; fixed++) {
        struct bench *b = bench_new(fixed ? "L8" : NULL);
        struct l1_csr c = bench_csr_for(ALL_STAGE);
        c.tlb.hgatp.mode = 0;
        c.tlb.vsatp.mode = 8;
        bench_reset(b, &c);
        install(b, T, ST, ONLY_STAGE1, 0x1230, 0x09);
        bench_look(b, T + 24, ST, 0x1230);
        bench_look(b, T + 26, ST, 0x1233);
        bench_run(b, T + 60);
        ASSERT(bench_hit(b, ST, T + 24));
        ASSERT_EQ(!fixed, bench_hit(b, ST, T + 26));
        bench_free(b);
    }
    PASS();
}

TEST l5_address_fence_of_a_merged_entry(void)
{
    for (unsigned fixed = 0; fixed < 2; fixed++) {
        struct bench *b = bench_new(fixed ? "L5" : NULL);
        struct l1_csr c = bench_csr_for(ALL_STAGE);
        struct ptw_resp r = bench_two_stage(0x40012, 0x5012, 0x9012, BENCH_ALL_PERMS);
        r.s1.level = 1; // 2-MiB page of the guest over 4-KiB pages
        r.s1.valididx = 0xff;
        bench_reset(b, &c);
        bench_look(b, T, ST, 0x40012);
        bench_answer(b, T + 10, 1, &r);
        bench_fence(b, T + 20, 'v', 0x40100, -1); // same VS page, another G page
        bench_look(b, T + 24, ST, 0x40012);
        bench_run(b, T + 40);
        ASSERT_EQ(!fixed, bench_hit(b, ST, T + 24));
        bench_free(b);
    }
    PASS();
}

// Two pages answered `distance` cycles apart; bit k: page k is in the table afterwards.
static unsigned both_present(const char *fixed, unsigned distance)
{
    struct bench *b = bench_new(fixed);
    bench_look(b, T, ST, 0x1000);
    bench_look(b, T, ST1, 0x2000);
    answer_page(b, T + 10, 1, NO_S2XLATE, 0x1000, 1);
    answer_page(b, T + 10 + distance, 1, NO_S2XLATE, 0x2000, 1);
    bench_look(b, T + 12, ST, 0x1000); // C11: in its refill cycle
    bench_look(b, T + 20, ST, 0x1000);
    bench_look(b, T + 20, ST1, 0x2000);
    bench_run(b, T + 40);
    unsigned got = bench_hit(b, ST, T + 20) | (unsigned)bench_hit(b, ST1, T + 20) << 1;
    if (!bench_hit(b, ST, T + 12))
        got = 99;
    bench_free(b);
    return got;
}

TEST c10_c11_consecutive_answers(void)
{
    ASSERT_EQ(2, both_present(NULL, 1)); // the first one is lost
    ASSERT_EQ(3, both_present(NULL, 2));
    ASSERT_EQ(3, both_present(NULL, 3));
    ASSERT_EQ(3, both_present("L1", 1));
    PASS();
}

// Eight pages answered in eight consecutive cycles; mask of those in the table.
static unsigned eight_in_a_row(const char *fixed)
{
    struct bench *b = bench_new(fixed);
    unsigned got = 0;
    for (unsigned k = 0; k < 8; k++) {
        bench_look(b, T + k / 2, ST + k % 2, 0x1000 * (k + 1));
        answer_page(b, T + 20 + k, 1, NO_S2XLATE, 0x1000 * (k + 1), 1);
        bench_look(b, T + 40 + k, ST, 0x1000 * (k + 1));
    }
    bench_run(b, T + 60);
    for (unsigned k = 0; k < 8; k++)
        got |= (unsigned)bench_hit(b, ST, T + 40 + k) << k;
    bench_free(b);
    return got;
}

TEST c12_eight_in_a_row(void)
{
    ASSERT_EQ(0xaa, eight_in_a_row(NULL));
    ASSERT_EQ(0xff, eight_in_a_row("L1"));
    PASS();
}

TEST c15_allocation_and_issue_order(void)
{
    static const uint64_t order[6] = {0x900, 0x910, 0x100, 0x110, 0x120, 0x130};
    struct bench *b = bench_new(NULL);
    bench_ready(b, T, 1, false);
    for (unsigned k = 0; k < 5; k++)
        bench_look(b, T + k, ST, 0x100 + 0x10 * k);
    bench_look(b, T, ST1, 0x900);
    bench_look(b, T + 1, ST1, 0x910);
    bench_ready(b, T + 20, 1, true);
    bench_run(b, T + 40);
    ASSERT_EQ(6, b->reqs);
    for (unsigned k = 0; k < 6; k++) {
        ASSERT_EQ(order[k], b->req[k].vpn);
        ASSERT_EQ(T + 20 + k, b->req[k].cycle);
    }
    ASSERT_EQ(1, l1side_counters(b->l, L1_STORE)->dropped);
    bench_free(b);
    PASS();
}

TEST c16_superpage(void)
{
    struct bench *b = bench_new(NULL);
    struct ptw_resp r = bench_page(NO_S2XLATE, 0x400, 0x80000, 0xff);
    r.s1.level = 1;
    bench_look(b, T, ST, 0x400);
    bench_look(b, T, ST1, 0x5ff);
    bench_answer(b, T + 10, 1, &r);
    r.s1.tag = 0x5ff >> 3;
    r.s1.addr_low = 7;
    bench_answer(b, T + 20, 1, &r);
    bench_look(b, T + 14, ST1, 0x5ff);
    bench_run(b, T + 40);
    ASSERT_EQ(2, b->reqs);
    ASSERT(bench_hit(b, ST1, T + 14));
    ASSERT_EQ(0x801ff000, bench_at(b, ST1, T + 14)->resp.paddr);
    ASSERT_EQ(1, b->presented[L1_STORE]);
    bench_free(b);
    PASS();
}

TEST c17_unsent_slot_cleared(void)
{
    struct bench *b = bench_new(NULL);
    bench_look(b, T, ST, 0x1230);
    bench_ready(b, T + 3, 1, false);
    bench_look(b, T + 4, ST1, 0x1231);
    answer_page(b, T + 10, 1, NO_S2XLATE, 0x1230, 0xff);
    bench_ready(b, T + 20, 1, true);
    bench_run(b, T + 40);
    ASSERT_EQ(1, b->reqs);
    bench_free(b);
    PASS();
}

TEST c20_fetch_every_cycle(void)
{
    struct bench *b = bench_new(NULL);
    uint64_t u = T + 17;
    bench_looks(b, T, u + 6, 1, IF0, 0x1234);
    answer_page(b, u, 0, NO_S2XLATE, 0x1234, 0x10);
    bench_run(b, u + 30);
    ASSERT_EQ(1, b->reqs);
    ASSERT_EQ(T + 5, b->req[0].cycle);
    ASSERT_FALSE(bench_hit(b, IF0, u + 2));
    ASSERT(bench_hit(b, IF0, u + 3));
    ASSERT(bench_at(b, IF0, u + 3)->resp.bypass);
    ASSERT(bench_hit(b, IF0, u + 4));
    ASSERT_FALSE(bench_at(b, IF0, u + 4)->resp.bypass);
    bench_free(b);
    PASS();
}

TEST c21_two_fetch_ports(void)
{
    struct bench *b = bench_new(NULL);
    bench_looks(b, T, T + 20, 1, IF0, 0x1234);
    bench_looks(b, T, T + 20, 1, IF1, 0x4321);
    bench_run(b, T + 40);
    ASSERT_EQ(2, b->reqs);
    ASSERT_EQ(T + 5, bench_request(b, 0x1234, 0));
    ASSERT_EQ(T + 7, bench_request(b, 0x4321, 0));
    bench_free(b);
    PASS();
}

// The data path after a VMID change at t with an answer at t+d: 0 nothing, 1 hit under the new
// VMID.
static unsigned new_vmid_hit(const char *fixed, int d)
{
    struct bench *b = bench_new(fixed);
    struct l1_csr c = bench_csr_for(ALL_STAGE), n = c;
    uint64_t t = T + 20;
    struct ptw_resp r = bench_two_stage(0x1234, 0x5678, 0x9abc, BENCH_ALL_PERMS);
    n.tlb.hgatp.id = 4;
    n.tlb.hgatp.changed = true;
    if (d >= 2)
        r.s1.vmid = r.s2.vmid = 4;
    bench_reset(b, &c);
    bench_look(b, T, LD, 0x1234);
    bench_csr(b, t, &n);
    bench_answer(b, t + (uint64_t)(int64_t)d, 1, &r);
    bench_look(b, t + 20, LD, 0x1234);
    bench_run(b, t + 40);
    unsigned got = bench_hit(b, LD, t + 20);
    bench_free(b);
    return got;
}

TEST c30_vmid_change(void)
{
    for (int d = -4; d <= 2; d++)
        ASSERT_EQ(d == 2, new_vmid_hit(NULL, d));
    ASSERT_EQ(0, new_vmid_hit("L12", 2));
    PASS();
}

TEST c31_asid_change(void)
{
    struct bench *b = bench_new(NULL);
    struct l1_csr n = bench_default_csr();
    n.tlb.satp.id = 6;
    n.tlb.satp.changed = true;
    for (int d = -3; d <= 4; d++)
        for (unsigned port = 0; port < 2; port++) {
            uint64_t t = T + 20;
            unsigned p = port ? LD : IF0;
            bench_reset(b, NULL);
            bench_look(b, T, p, 0x1234);
            bench_csr(b, t, &n);
            answer_page(b, t + (uint64_t)(int64_t)d, port, NO_S2XLATE, 0x1234, 0xff);
            bench_look(b, t + 20, p, 0x1234);
            bench_run(b, t + 40);
            ASSERT_FALSE(bench_hit(b, p, t + 20));
        }
    bench_free(b);
    PASS();
}

TEST c32_merged_but_full(void)
{
    for (unsigned fixed = 0; fixed < 2; fixed++) {
        struct bench *b = bench_new(fixed ? "L11" : NULL);
        for (unsigned k = 0; k < 4; k++)
            bench_look(b, T + k, LD, 0x1000 * (k + 1));
        bench_look(b, T + 10, LD, 0x2000);
        bench_run(b, T + 30);
        const struct bench_look *k = bench_at(b, LD, T + 10);
        ASSERT_EQ(4, b->reqs);
        ASSERT(k->hinted);
        ASSERT_EQ(2, k->slot);
        ASSERT_EQ(!fixed, k->full);
        bench_free(b);
    }
    PASS();
}

TEST c33_gate(void)
{
    for (unsigned fixed = 0; fixed < 2; fixed++) {
        struct bench *b = bench_new(fixed ? "L13" : NULL);
        uint64_t u = T + 10;
        bench_look(b, T, LD, 0x1234);
        answer_page(b, u, 1, NO_S2XLATE, 0x1234, 0x10);
        bench_look(b, u + 1, LD1, 0x1234)->req.hyper = true;
        bench_look(b, u + 5, LD1, 0x1234)->req.hyper = true;
        bench_run(b, u + 30);
        const struct bench_look *k = bench_at(b, LD1, u + 1);
        ASSERT(k->sent);
        ASSERT_EQ(fixed, k->passed);
        ASSERT_EQ(!fixed, k->full);
        ASSERT_EQ(2, b->reqs);
        ASSERT_EQ(ALL_STAGE, b->req[1].s2xlate);
        ASSERT_EQ(fixed ? u + 3 : u + 7, b->req[1].cycle);
        bench_free(b);
    }
    PASS();
}

TEST c34_blocking_port(void)
{
    for (unsigned fixed = 0; fixed < 2; fixed++) {
        struct bench *b = bench_new(fixed ? "L10" : NULL);
        uint64_t u = T + 20;
        struct ptw_resp r = bench_page(NO_S2XLATE, 0x24280, 0x350280, 1);
        bench_look(b, T, IFB, 0x24280)->req.vaddr |= 0x123;
        bench_look(b, u + 10, IFB, 0x24280)->req.vaddr |= 0x123;
        bench_answer(b, u, 0, &r);
        bench_run(b, u + 30);
        const struct bench_look *k = bench_at(b, IFB, T);
        ASSERT_EQ(u + 3, k->done);
        ASSERT_EQ(fixed ? 0x350280123 : 0x350280280, k->resp.paddr);
        ASSERT_EQ(0x350280123, bench_at(b, IFB, u + 10)->resp.paddr);
        bench_free(b);
    }
    PASS();
}

TEST c36_overlapping_entries(void)
{
    struct bench *b = bench_new(NULL);
    struct ptw_resp r = bench_page(NO_S2XLATE, 0x400, 0x80000, 0xff);
    r.s1.level = 1;
    install(b, T, ST, NO_S2XLATE, 0x412, 4); // host page 100412
    bench_look(b, T + 20, ST, 0x5ff);
    bench_answer(b, T + 30, 1, &r);
    bench_look(b, T + 40, ST, 0x412);
    bench_run(b, T + 60);
    ASSERT_EQ((UINT64_C(0x100412) | 0x80012) << 12, bench_at(b, ST, T + 40)->resp.paddr);
    bench_free(b);
    PASS();
}

SUITE(l1_suite)
{
    RUN_TEST(c1_first_request);
    RUN_TEST(c2_around_an_answer);
    RUN_TEST(c3_c22_answer_against_fence);
    RUN_TEST(c4_c6_hang);
    RUN_TEST(c7_c8_sector);
    RUN_TEST(c9_address_fence_of_a_sector);
    RUN_TEST(l8_neighbour_of_an_only_stage1_answer);
    RUN_TEST(l5_address_fence_of_a_merged_entry);
    RUN_TEST(c10_c11_consecutive_answers);
    RUN_TEST(c12_eight_in_a_row);
    RUN_TEST(c15_allocation_and_issue_order);
    RUN_TEST(c16_superpage);
    RUN_TEST(c17_unsent_slot_cleared);
    RUN_TEST(c20_fetch_every_cycle);
    RUN_TEST(c21_two_fetch_ports);
    RUN_TEST(c30_vmid_change);
    RUN_TEST(c31_asid_change);
    RUN_TEST(c32_merged_but_full);
    RUN_TEST(c33_gate);
    RUN_TEST(c34_blocking_port);
    RUN_TEST(c36_overlapping_entries);
}
