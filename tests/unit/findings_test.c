// SPDX-License-Identifier: MulanPSL-2.0
// What a report says in sentences: each rule of report/findings.c with figures on both sides of its threshold.
#include "report/findings.h"
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

static struct replay_cfg cfg;
static struct replay_result *r;

// A quiet run: 10 000 answers of 100 cycles each, all in the first look-up, nothing else.
static void quiet(void)
{
    free(r);
    r = calloc(1, sizeof *r);
    replay_cfg_default(&cfg);
    cfg_preset(&cfg.machine, "default");
    r->l2.cycles = 1000000;
    r->l2.accepted[1] = r->l2.answered[1] = 10000;
    hist_add(&r->l2.all, 100, 10000);
    r->l2.latency_sum[ALL_STAGE] = 1000000;
    r->l2.cause[ALL_STAGE][CAUSE_LOOKUP] = 1000000;
    r->l2.compress[8] = 10000;
}

// Moves a share of the cycles to another cause.
static void move(unsigned cause, uint64_t cycles)
{
    r->l2.cause[ALL_STAGE][CAUSE_LOOKUP] -= cycles;
    r->l2.cause[ALL_STAGE][cause] += cycles;
}

// The sentence of a rule; NULL: it is silent.
static const char *sentence(const char *id)
{
    static struct finding found[FINDINGS_MAX];
    unsigned n = findings(&cfg, r, found);
    for (unsigned i = 0; i < n; i++)
        if (strcmp(found[i].id, id) == 0)
            return found[i].text;
    return NULL;
}

TEST a_quiet_run_has_none(void)
{
    struct finding found[FINDINGS_MAX];
    quiet();
    ASSERT_EQ(0, findings(&cfg, r, found));
    PASS();
}

TEST faults_ask_for_the_tables(void)
{
    quiet();
    r->l2.single_fault = 5000;
    ASSERT_STR_EQ("5000 of 10000 answers are faults: do the page tables belong to this trace?", sentence("mostly_faults"));
    ASSERT(!sentence("faults"));
    r->l2.single_fault = 4999;
    ASSERT(!sentence("mostly_faults"));
    ASSERT_STR_EQ("50.0 % of the answers are faults (4999).", sentence("faults"));
    r->l2.single_fault = 99;
    ASSERT(!sentence("faults"));
    PASS();
}

TEST few_requests_are_said(void)
{
    quiet();
    r->l2.accepted[1] = 999;
    ASSERT(strstr(sentence("few_requests"), "Only 999 requests"));
    r->l2.accepted[1] = 1000;
    ASSERT(!sentence("few_requests"));
    PASS();
}

TEST the_queue_names_its_walkers(void)
{
    quiet();
    move(CAUSE_MISSQ, 300000);
    r->l2.ptw_busy = 400000;
    r->l2.hptw_busy = 550000;
    r->l2.llptw_occupancy[cfg.machine.llptw_size] = 310000;
    ASSERT_STR_EQ("30 % of the cycles pass in the miss queue: the one PTW is busy in 40 % of all cycles, the one HPTW in "
                  "55 %, all 6 entries of the LLPTW in 31 %.",
                  sentence("miss_queue"));
    move(CAUSE_MISSQ, -1000);
    ASSERT(!sentence("miss_queue"));
    PASS();
}

TEST memory_counts_both_stages(void)
{
    quiet();
    move(CAUSE_MEMORY, 200000);
    move(CAUSE_G_MEMORY, 200000);
    r->l2.mem_reads = 4000;
    r->l2.outstanding[1] = 200000;
    r->l2.outstanding[2] = 100000;
    ASSERT_STR_EQ("40 % of the cycles wait for memory: a read takes 100 cycles on average.", sentence("memory_bound"));
    move(CAUSE_G_MEMORY, -1000);
    ASSERT(!sentence("memory_bound"));
    PASS();
}

TEST g_misses_against_reach(void)
{
    quiet();
    struct lookup_stats *g = &r->l2.lookup[STAGE_G][0][0];
    g->hits = 400;
    g->misses = 9600;
    r->world.pages[1][0] = 12288; // L0 of the default preset: 32 x 4 lines of 8
    ASSERT_STR_EQ("G-stage look-ups hit in 4.0 %: 12288 guest pages of 4 KiB are mapped, 12.0 times what L0 holds (1024).",
                  sentence("g_misses"));
    r->world.pages[1][0] = 1024;
    ASSERT_STR_EQ("G-stage look-ups hit in 4.0 % only.", sentence("g_misses"));
    g->hits = 10000;
    ASSERT(!sentence("g_misses"));
    PASS();
}

TEST prefetches_useless_or_not(void)
{
    quiet();
    r->l2.pf_issued = 1000;
    r->l2.pf_used = 49;
    r->l2.pf_given_up = 900;
    ASSERT_STR_EQ("The prefetcher is useless here: 49 of 1000 prefetches were used, 900 were given up for want of a table "
                  "or an entry.",
                  sentence("prefetch_useless"));
    r->l2.pf_used = 51;
    ASSERT(!sentence("prefetch_useless") && !sentence("prefetch_pays"));
    r->l2.pf_used = 500;
    r->l2.pf_late = 100;
    ASSERT_STR_EQ("The prefetcher pays: 50 % of its 1000 prefetches were used, 10 % came late.", sentence("prefetch_pays"));
    r->l2.pf_issued = 99;
    ASSERT(!sentence("prefetch_pays"));
    PASS();
}

TEST waits_in_front(void)
{
    quiet();
    r->l2.port_wait[1] = 200000;
    ASSERT(strstr(sentence("ports_wait"), "200000 cycles, 20 % on top"));
    r->l2.port_wait[1] = 199999;
    ASSERT(!sentence("ports_wait"));
    r->front.l1[L1_LOAD].lookups = 1000;
    r->front.l1[L1_LOAD].full = 100;
    ASSERT(strstr(sentence("l1_full"), "10 % of the lookups"));
    r->front.l1[L1_LOAD].full = 99;
    ASSERT(!sentence("l1_full"));
    PASS();
}

TEST the_rest_at_its_thresholds(void)
{
    quiet();
    r->l2.walked_again[ALL_STAGE] = 200;
    ASSERT(strstr(sentence("walked_again"), "2.0 % of the requests walk twice"));
    r->l2.walked_again[ALL_STAGE] = 199;
    ASSERT(!sentence("walked_again"));
    r->l2.flushed[0] = 500;
    ASSERT(strstr(sentence("flushed"), "5.0 % of the requests in flight (500)"));
    r->l2.flushed[0] = 499;
    ASSERT(!sentence("flushed"));
    move(CAUSE_BITMAP, 50000);
    r->l2.bitmap_all_reads = 77;
    ASSERT(strstr(sentence("bitmap"), "takes 5.0 % of the cycles, with 77 reads"));
    move(CAUSE_BITMAP, -1000);
    ASSERT(!sentence("bitmap"));
    r->l2.compress[8] = 0;
    r->l2.compress[1] = 9000;
    r->l2.compress[2] = 999;
    ASSERT(strstr(sentence("thin_answers"), "An answer brings 1.10 pages"));
    r->l2.compress[1] = 0;
    r->l2.compress[2] = 1000;
    ASSERT(!sentence("thin_answers"));
    free(r);
    r = NULL;
    PASS();
}

// 1000 blocks in a circle, ten times: no table below 1000 entries hits.
TEST requests_beyond_l0(void)
{
    quiet();
    ASSERT(!sentence("beyond_l0"));
    r->footprint = footprint_new();
    struct tlb_csr csr = {0};
    for (unsigned i = 0; i < 10000; i++)
        ASSERT(footprint_request(r->footprint, 8 * (i % 1000), NO_S2XLATE, &csr, false));
    ASSERT_STR_EQ("Requests are for 1000 blocks of 32 KiB, 7.8 times the lines of L0 (128): in LRU order so many would serve 0 % of "
                  "them, twice as many 0 %.", sentence("beyond_l0"));
    for (unsigned i = 0; i < 90000; i++)
        ASSERT(footprint_request(r->footprint, 8 * (i % 10), NO_S2XLATE, &csr, false));
    ASSERT_STR_EQ("Requests are for 1000 blocks of 32 KiB, 7.8 times the lines of L0 (128): in LRU order so many would serve 90 % of "
                  "them, twice as many 90 %.", sentence("beyond_l0"));
    for (unsigned i = 0; i < 1000; i++)
        ASSERT(footprint_request(r->footprint, 0, NO_S2XLATE, &csr, false));
    ASSERT(!sentence("beyond_l0"));
    footprint_free(r->footprint);
    r->footprint = NULL;
    PASS();
}

SUITE(findings_suite)
{
    RUN_TEST(requests_beyond_l0);
    RUN_TEST(a_quiet_run_has_none);
    RUN_TEST(faults_ask_for_the_tables);
    RUN_TEST(few_requests_are_said);
    RUN_TEST(the_queue_names_its_walkers);
    RUN_TEST(memory_counts_both_stages);
    RUN_TEST(g_misses_against_reach);
    RUN_TEST(prefetches_useless_or_not);
    RUN_TEST(waits_in_front);
    RUN_TEST(the_rest_at_its_thresholds);
}
