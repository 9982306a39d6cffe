// SPDX-License-Identifier: MulanPSL-2.0
// Intervals of a run: their ends, their joining, their percentiles.
#include "replay/phases.h"
#include "tests/harness.h"

#include <stdlib.h>

// Cycles pass one by one; every tenth answers a request of `latency`.
static struct phases *run(enum phase_unit unit, uint64_t every, uint64_t cycles, uint64_t latency)
{
    struct phases *p = phases_new(unit, every);
    struct stats *s = calloc(1, sizeof *s);
    struct phase_now now = {0};
    for (uint64_t i = 0; p && s && i < cycles; i++) {
        s->cycles++;
        now.records += 2;
        now.accesses++;
        now.instructions += 3;
        if (i % 10 == 9)
            hist_add(&s->all, latency, 1);
        if (!phases_step(p, s, NULL, &now))
            break;
    }
    if (p && s)
        phases_finish(p, s, NULL, &now);
    free(s);
    return p;
}

static uint64_t sum(const struct phases *p, enum phase_field f)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < phases_count(p); i++)
        n += phases_at(p, i)->field[f];
    return n;
}

TEST wished_intervals_end_where_they_should(void)
{
    static const uint64_t every[3] = {100, 100, 300};
    for (unsigned u = PHASE_CYCLES; u <= PHASE_INSTRUCTIONS; u++) {
        struct phases *p = run((enum phase_unit)u, every[u], 1050, 7);
        ASSERT_EQ(11, phases_count(p));
        for (unsigned i = 0; i < 10; i++)
            ASSERT_EQ(100, phases_at(p, i)->field[PHASE_cycles]);
        ASSERT_EQ(50, phases_at(p, 10)->field[PHASE_cycles]);
        ASSERT_EQ(1050, sum(p, PHASE_cycles));
        ASSERT_EQ(2100, sum(p, PHASE_records));
        ASSERT_EQ(3150, sum(p, PHASE_instructions));
        ASSERT_EQ(105, sum(p, PHASE_answers));
        ASSERT_EQ(735, sum(p, PHASE_latency_sum));
        phases_free(p);
    }
    PASS();
}

TEST an_end_on_the_boundary_adds_nothing(void)
{
    struct phases *p = run(PHASE_CYCLES, 100, 1000, 7);
    ASSERT_EQ(10, phases_count(p));
    phases_free(p);
    PASS();
}

TEST a_long_run_joins_pairs(void)
{
    const uint64_t cycles = 1024 * PHASES_AUTO * 3;
    struct phases *p = run(PHASE_CYCLES, 0, cycles, 7);
    ASSERT_EQ(4096, phases_length(p));
    ASSERT_EQ(cycles / 4096, phases_count(p));
    for (unsigned i = 0; i < phases_count(p); i++)
        ASSERT_EQ(4096, phases_at(p, i)->field[PHASE_cycles]);
    ASSERT_EQ(cycles, sum(p, PHASE_cycles));
    ASSERT_EQ(cycles / 10, sum(p, PHASE_answers));
    phases_free(p);
    p = run(PHASE_CYCLES, 1, PHASES_MAX + 2, 7);
    ASSERT_EQ(2, phases_length(p));
    ASSERT_EQ(PHASES_MAX + 2, sum(p, PHASE_cycles));
    phases_free(p);
    PASS();
}

TEST a_jump_stays_within(void)
{
    struct phases *p = phases_new(PHASE_CYCLES, 100);
    struct stats *s = calloc(1, sizeof *s);
    const struct phase_now now = {0};
    ASSERT(p && s);
    ASSERT_EQ(100, phases_room(p, 1000));
    s->cycles = 40;
    ASSERT(phases_step(p, s, NULL, &now));
    ASSERT_EQ(60, phases_room(p, 1000));
    ASSERT_EQ(5, phases_room(p, 5));
    s->cycles = 100;
    ASSERT(phases_step(p, s, NULL, &now));
    ASSERT_EQ(1, phases_count(p));
    ASSERT_EQ(100, phases_room(p, 1000));
    phases_free(p);
    p = phases_new(PHASE_ACCESSES, 100); // cycles do not matter
    ASSERT_EQ(1000, phases_room(p, 1000));
    phases_free(p);
    free(s);
    PASS();
}

TEST percentiles_within_three_percent(void)
{
    static const uint64_t latency[] = {1, 63, 64, 100, 209, 1023, 1024, 8524, 1000000};
    for (unsigned i = 0; i < sizeof latency / sizeof *latency; i++) {
        struct phases *p = run(PHASE_CYCLES, 1000, 1000, latency[i]);
        uint64_t q = phase_quantile(phases_at(p, 0), 990);
        ASSERT(q >= latency[i] && (q - latency[i]) * 32 <= latency[i]);
        ASSERT(latency[i] >= PHASE_EXACT || q == latency[i]);
        phases_free(p);
    }
    struct phases *p = run(PHASE_CYCLES, 5, 5, 7); // no answer
    ASSERT_EQ(0, phase_quantile(phases_at(p, 0), 990));
    phases_free(p);
    PASS();
}

SUITE(phases_suite)
{
    RUN_TEST(wished_intervals_end_where_they_should);
    RUN_TEST(an_end_on_the_boundary_adds_nothing);
    RUN_TEST(a_long_run_joins_pairs);
    RUN_TEST(a_jump_stays_within);
    RUN_TEST(percentiles_within_three_percent);
}
