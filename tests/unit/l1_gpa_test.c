// SPDX-License-Identifier: MulanPSL-2.0
// The fetch of a guest page number by an L1 TLB (spec C 1.8): who starts it, what ends it, and what
// it keeps back. T is the cycle that the scenarios of spec C 4.1 count as 0.
#include "tests/harness.h"
#include "tests/unit/l1_bench.h"

enum { T = 10, ST = 4, ST1 = 5, IF0 = 8 };

// Plans a redirect that kills the access at `rob`.
static void redirect(struct bench *b, uint64_t cycle, struct l1_rob rob)
{
    struct bench_plan *p = bench_fence(b, cycle, 's', 0, 0);
    p->kind = PLAN_REDIRECT;
    p->redirect = (struct l1_redirect){.valid = true, .rob = rob, .flush_itself = true};
}

TEST c13_guest_page_fault(void)
{
    struct bench *b = bench_new(NULL);
    struct l1_csr c = bench_csr_for(ALL_STAGE);
    struct ptw_resp r = bench_two_stage(0x1234, 0x5678, 0x9abc, PERM_R | PERM_A | PERM_D);
    bench_reset(b, &c);
    bench_looks(b, T, T + 32, 8, ST, 0x1234);
    bench_answer(b, T + 12, 1, &r);
    bench_answer(b, T + 28, 1, &r);
    bench_run(b, T + 50);
    ASSERT_EQ(2, b->reqs);
    ASSERT_EQ(T + 2, b->req[0].cycle);
    ASSERT_EQ(T + 18, b->req[1].cycle);
    ASSERT_FALSE(bench_hit(b, ST, T + 24));
    const struct bench_look *k = bench_at(b, ST, T + 32);
    ASSERT(bench_hit(b, ST, T + 32));
    ASSERT_EQ(T + 33, k->done);
    ASSERT_EQ(L1_EXC_GPF_ST, k->resp.exc);
    ASSERT_EQ(0x5678000, k->resp.gpaddr);
    ASSERT_EQ(1, l1side_counters(b->l, L1_STORE)->get_gpa);
    bench_free(b);
    PASS();
}

TEST c14_refill_dropped_in_gpa_state(void)
{
    struct bench *b = bench_new(NULL);
    struct l1_csr c = bench_csr_for(ALL_STAGE);
    struct ptw_resp r = bench_two_stage(0x1234, 0x5678, 0x9abc, PERM_R | PERM_A | PERM_D);
    struct ptw_resp q = bench_two_stage(0x7770, 0x5679, 0x9abd, BENCH_ALL_PERMS);
    bench_reset(b, &c);
    bench_looks(b, T, T + 32, 8, ST, 0x1234);
    bench_looks(b, T + 4, T + 52, 8, ST1, 0x7770);
    bench_answer(b, T + 12, 1, &r);
    bench_answer(b, T + 16, 1, &q);
    bench_answer(b, T + 28, 1, &r);
    bench_answer(b, T + 48, 1, &q);
    bench_run(b, T + 70);
    ASSERT_EQ(4, b->reqs);
    ASSERT_EQ(T + 6, bench_request(b, 0x7770, 0));
    ASSERT_EQ(T + 38, bench_request(b, 0x7770, 1));
    ASSERT_FALSE(bench_hit(b, ST1, T + 20));
    ASSERT(bench_hit(b, ST1, T + 52));
    ASSERT_EQ(1, l1side_counters(b->l, L1_STORE)->again_gpa);
    bench_free(b);
    PASS();
}

// A fetch with a guest page fault looked up every `period` cycles up to `last`; the L2TLB answers
// ten cycles after a request. Returns the cycle of the fault.
static uint64_t fetch_fault(const char *fixed, unsigned period, unsigned last, unsigned *requests)
{
    struct bench *b = bench_new(fixed);
    struct l1_csr c = bench_csr_for(ALL_STAGE);
    struct ptw_resp r = bench_two_stage(0x1234, 0x5678, 0x9abc, PERM_R | PERM_A);
    bench_reset(b, &c);
    bench_looks(b, T, T + last, period, IF0, 0x1234);
    bench_answer(b, T + 15, 0, &r);
    if (period > 1)
        bench_answer(b, T + 37, 0, &r);
    bench_run(b, T + 90);
    uint64_t done = BENCH_NEVER;
    for (unsigned i = 0; i < b->looks && done == BENCH_NEVER; i++)
        if (b->look[i].answered && !b->look[i].resp.miss)
            done = b->look[i].resp.exc == L1_EXC_GPF_INSTR ? b->look[i].done - T : 0;
    *requests = b->reqs;
    bench_free(b);
    return done;
}

TEST c23_c24_fetch_guest_fault(void)
{
    unsigned n;
    ASSERT_EQ(19, fetch_fault(NULL, 1, 18, &n));
    ASSERT_EQ(1, n);
    ASSERT_EQ(45, fetch_fault(NULL, 11, 44, &n));
    ASSERT_EQ(2, n);
    PASS();
}

TEST c35_repeated_guest_fault(void)
{
    struct bench *b = bench_new(NULL);
    struct l1_csr c = bench_csr_for(ALL_STAGE);
    struct ptw_resp r = bench_two_stage(0x1234, 0x5678, 0x9abc, PERM_R | PERM_A | PERM_D);
    bench_reset(b, &c);
    bench_looks(b, T, T + 32, 8, ST, 0x1234);
    bench_answer(b, T + 12, 1, &r);
    bench_answer(b, T + 28, 1, &r);
    bench_look(b, T + 50, ST, 0x1234);
    bench_run(b, T + 70);
    ASSERT_EQ(2, b->reqs);
    ASSERT(bench_hit(b, ST, T + 50));
    ASSERT_EQ(L1_EXC_GPF_ST, bench_at(b, ST, T + 50)->resp.exc);
    bench_free(b);
    PASS();
}

// A redirect that kills the access behind need_gpa ends the fetch: refills go on (spec C 1.8 rule
// 5).
TEST redirect_clears_gpa(void)
{
    struct bench *b = bench_new(NULL);
    struct l1_csr c = bench_csr_for(ALL_STAGE);
    struct ptw_resp f = bench_two_stage(0x1234, 0x5678, 0x9abc, PERM_R | PERM_A | PERM_D);
    struct ptw_resp g = bench_two_stage(0x7770, 0x5679, 0x9abd, BENCH_ALL_PERMS);
    for (unsigned killed = 0; killed < 2; killed++) {
        bench_reset(b, &c);
        bench_look(b, T, ST, 0x1234);
        bench_answer(b, T + 10, 1, &f);
        struct l1_rob rob = bench_look(b, T + 20, ST, 0x1234)->req.rob;
        if (killed)
            redirect(b, T + 24, rob);
        bench_look(b, T + 26, ST, 0x7770);
        bench_look(b, T + 30, ST, 0x7770);
        bench_answer(b, T + 40, 1, &g);
        bench_look(b, T + 50, ST, 0x7770);
        bench_run(b, T + 70);
        // Without the redirect the other page is not even asked for.
        ASSERT_EQ(killed, bench_requests(b, 0x7770));
        ASSERT_EQ(killed, bench_hit(b, ST, T + 50));
    }
    bench_free(b);
    PASS();
}

// L7: the answer of an earlier fetch of the guest page passes in the cycle in which a new fetch
// starts; the next lookup is served by it, but need_gpa stays and blocks the refills of other
// pages.
TEST l7_need_gpa_after_bypass(void)
{
    for (unsigned fixed = 0; fixed < 2; fixed++) {
        struct bench *b = bench_new(fixed ? "L7" : NULL);
        struct l1_csr c = bench_csr_for(ALL_STAGE);
        struct ptw_resp f = bench_two_stage(0x1234, 0x5678, 0x9abc, PERM_R | PERM_A | PERM_D);
        struct ptw_resp g = bench_two_stage(0x7770, 0x5679, 0x9abd, BENCH_ALL_PERMS);
        bench_reset(b, &c);
        bench_look(b, T, ST, 0x7770);
        bench_look(b, T + 1, ST, 0x1234);
        bench_answer(b, T + 10, 1, &f);
        redirect(b, T + 24, bench_look(b, T + 20, ST, 0x1234)->req.rob);
        bench_answer(b, T + 30, 1, &f);
        bench_look(b, T + 31, ST, 0x1234); // table hit with a fault: fetch of the guest page
        bench_look(b, T + 32, ST, 0x1234); // served by the by-pass
        bench_answer(b, T + 50, 1, &g);
        bench_look(b, T + 60, ST, 0x7770);
        bench_run(b, T + 80);
        ASSERT(bench_at(b, ST, T + 31)->resp.miss);
        ASSERT(bench_hit(b, ST, T + 32));
        ASSERT_EQ(0x5678000, bench_at(b, ST, T + 32)->resp.gpaddr);
        ASSERT_EQ(fixed, bench_hit(b, ST, T + 60));
        bench_free(b);
    }
    PASS();
}

// L15: while the guest page of a two-stage fault is fetched, the answer of a host access to the
// same page number arrives: its page is reported as the guest's.
TEST l15_stage_of_the_answer(void)
{
    for (unsigned fixed = 0; fixed < 2; fixed++) {
        struct bench *b = bench_new(fixed ? "L15" : NULL);
        struct l1_csr c = bench_csr_for(ALL_STAGE);
        struct ptw_resp f = bench_two_stage(0x1234, 0x5678, 0x9abc, PERM_R | PERM_A | PERM_D);
        struct ptw_resp host = bench_answer_for(NO_S2XLATE, 0x1234, false);
        c.tlb.virt = c.virt_plain = false;
        bench_reset(b, &c);
        bench_look(b, T, ST, 0x1234)->req.hyper = true;
        bench_answer(b, T + 10, 1, &f);
        bench_look(b, T + 20, ST, 0x1234)->req.hyper = true; // starts the fetch
        bench_look(b, T + 22, ST, 0x1234);
        bench_answer(b, T + 35, 1, &host);
        bench_look(b, T + 45, ST, 0x1234)->req.hyper = true;
        bench_answer(b, T + 50, 1, &f);
        bench_look(b, T + 60, ST, 0x1234)->req.hyper = true;
        bench_run(b, T + 70);
        ASSERT(bench_at(b, ST, T + 20)->resp.miss);
        ASSERT_EQ(fixed, bench_at(b, ST, T + 45)->resp.miss);
        if (!fixed)
            ASSERT_EQ(UINT64_C(0xa234000), bench_at(b, ST, T + 45)->resp.gpaddr);
        else
            ASSERT_EQ(UINT64_C(0x5678000), bench_at(b, ST, T + 60)->resp.gpaddr);
        bench_free(b);
    }
    PASS();
}

// #4911: the fetch waits for page 0x1234; the answer for its neighbour says the same of their whole
// 64-KiB block.
TEST napot_answer(void)
{
    for (unsigned new = 0; new < 2; new++) {
        struct bench *b = bench_new(new ? "2026-03" : NULL);
        struct l1_csr c = bench_csr_for(ALL_STAGE);
        struct ptw_resp f = bench_two_stage(0x1234, 0x5674, 0x9ab4, PERM_R | PERM_A | PERM_D);
        struct ptw_resp g = bench_two_stage(0x1235, 0x5675, 0x9ab5, PERM_R | PERM_A | PERM_D);
        f.s1.n = f.s2.n = g.s1.n = g.s2.n = 1;
        bench_reset(b, &c);
        bench_look(b, T, ST, 0x1234);
        bench_answer(b, T + 10, 1, &f);
        bench_look(b, T + 20, ST, 0x1234); // starts the fetch
        bench_answer(b, T + 35, 1, &g);
        bench_look(b, T + 45, ST, 0x1234);
        bench_run(b, T + 60);
        ASSERT(bench_at(b, ST, T + 20)->sent);
        ASSERT_EQ(new, bench_hit(b, ST, T + 45));
        if (new)
            ASSERT_EQ(UINT64_C(0x5674000), bench_at(b, ST, T + 45)->resp.gpaddr);
        bench_free(b);
    }
    PASS();
}

// L17: page 0x1234 faults in stage 2. A younger store asks for it while an older one waits for page
// 0x7770. Returns with the bench run up to T+80; the younger store is the oldest from T+50 on.
static struct bench *young_guest_fault(const char *how, bool misaligned)
{
    struct bench *b = bench_new(how);
    struct l1_csr c = bench_csr_for(ALL_STAGE);
    struct ptw_resp f = bench_two_stage(0x1234, 0x5678, 0x9abc, PERM_R | PERM_A | PERM_D);
    bench_reset(b, &c);
    bench_look(b, T, ST, 0x1234);
    bench_answer(b, T + 10, 1, &f);
    bench_oldest(b, T, bench_look(b, T + 30, ST1, 0x7770)->req.rob);
    struct l1_rob young = l1_rob_of(9);
    for (uint64_t at = T + 20; at <= T + 75; at += 11) {
        struct bench_look *k = bench_look(b, at, ST, 0x1234);
        k->req.rob = young;
        k->req.misaligned = misaligned;
    }
    bench_oldest(b, T + 50, young);
    bench_answer(b, T + 60, 1, &f);
    bench_run(b, T + 80);
    return b;
}

TEST l17_younger_access_waits(void)
{
    static const char *const how[] = {NULL, "2026-03", "2026-07", "2026-07-v2", "L17"};
    for (unsigned i = 0; i < 5; i++) {
        bool oldest_only = i >= 3;
        struct bench *b = young_guest_fault(how[i], false);
        ASSERT(bench_at(b, ST, T + 20)->resp.miss);
        ASSERT_EQ(!oldest_only, bench_at(b, ST, T + 20)->sent);
        ASSERT_EQ(oldest_only, bench_requests(b, 0x7770)); // the older access
        ASSERT(bench_at(b, ST, T + 53)->sent);
        ASSERT(bench_hit(b, ST, T + 75));
        ASSERT_EQ(L1_EXC_GPF_ST, bench_at(b, ST, T + 75)->resp.exc);
        ASSERT_EQ(UINT64_C(0x5678000), bench_at(b, ST, T + 75)->resp.gpaddr);
        bench_free(b);
        b = young_guest_fault(how[i], true); // half of a misaligned access
        ASSERT(bench_at(b, ST, T + 20)->sent);
        ASSERT_EQ(0, bench_requests(b, 0x7770));
        bench_free(b);
    }
    PASS();
}

// A fetch is never younger than anything the ITLB serves.
TEST l17_fetches_do_not_wait(void)
{
    unsigned n;
    ASSERT_EQ(45, fetch_fault("L17", 11, 44, &n));
    ASSERT_EQ(2, n);
    PASS();
}

SUITE(l1_gpa_suite)
{
    RUN_TEST(napot_answer);
    RUN_TEST(l17_younger_access_waits);
    RUN_TEST(l17_fetches_do_not_wait);
    RUN_TEST(c13_guest_page_fault);
    RUN_TEST(c14_refill_dropped_in_gpa_state);
    RUN_TEST(c23_c24_fetch_guest_fault);
    RUN_TEST(c35_repeated_guest_fault);
    RUN_TEST(redirect_clears_gpa);
    RUN_TEST(l7_need_gpa_after_bypass);
    RUN_TEST(l15_stage_of_the_answer);
}
