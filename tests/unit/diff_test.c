// SPDX-License-Identifier: MulanPSL-2.0
// diff-revisions: pairing requests of two runs.
#include "report/diff.h"
#include "report/doc.h"
#include "tests/harness.h"

static void answer(struct diff_log *l, unsigned port, unsigned index, uint64_t vpn, unsigned latency,
                   unsigned fault)
{
    diff_log_answer(&(struct tracked_answer){.vpn = vpn,
                                             .accepted = 10 * index,
                                             .tag = index * 2 + port,
                                             .latency = latency,
                                             .port = (uint8_t)port,
                                             .fault = (uint8_t)fault},
                    l);
}

// Value of a number in the section "requests"; UINT64_MAX: not there.
static uint64_t value(const struct doc *d, const char *id)
{
    for (const struct doc_section *s = d->sections; s; s = s->next)
        for (const struct doc_value *v = s->values; v; v = v->next)
            if (strcmp(s->id, "requests") == 0 && strcmp(v->id, id) == 0)
                return v->cell.count;
    return UINT64_MAX;
}

struct two {
    struct diff_log *log[2];
    struct replay_cfg cfg;
    struct replay_result result;
};

static struct two *two_new(void)
{
    struct two *t = calloc(1, sizeof *t);
    char msg[64];
    t->log[0] = diff_log_new();
    t->log[1] = diff_log_new();
    cfg_preset(&t->cfg.machine, "default");
    cfg_finish(&t->cfg.machine, msg, sizeof msg);
    return t;
}

static struct doc *document(struct two *t)
{
    const struct diff_side side[2] = {{"a", &t->cfg, &t->result, t->log[0]},
                                      {"b", &t->cfg, &t->result, t->log[1]}};
    return diff_document(side, "trace");
}

static void two_free(struct two *t, struct doc *d)
{
    doc_free(d);
    diff_log_free(t->log[0]);
    diff_log_free(t->log[1]);
    free(t);
}

TEST equal_runs(void)
{
    struct two *t = two_new();
    for (unsigned i = 0; i < 100; i++)
        for (unsigned side = 0; side < 2; side++)
            answer(t->log[side], i % 2, i / 2, i % 7, 3 + i % 5, 0);
    struct doc *d = document(t);
    ASSERT(d);
    ASSERT_EQ(100, value(d, "pairs"));
    ASSERT_EQ(100, value(d, "equal"));
    ASSERT_EQ(0, value(d, "only_left"));
    ASSERT_EQ(0, d->failed);
    two_free(t, d);
    PASS();
}

// A request that only one side makes does not shift the partners of the others.
TEST one_more_request(void)
{
    struct two *t = two_new();
    for (unsigned i = 0; i < 10; i++)
        answer(t->log[0], 1, i, 100 + i % 3, 3, 0);
    answer(t->log[1], 1, 0, 500, 9, 0);
    for (unsigned i = 0; i < 10; i++)
        answer(t->log[1], 1, i + 1, 100 + i % 3, i == 4 ? 20 : 3, 0);
    struct doc *d = document(t);
    ASSERT_EQ(10, value(d, "pairs"));
    ASSERT_EQ(9, value(d, "equal"));
    ASSERT_EQ(1, value(d, "slower"));
    ASSERT_EQ(0, value(d, "only_left"));
    ASSERT_EQ(1, value(d, "only_right"));
    two_free(t, d);
    PASS();
}

// Requests that a flush dropped have no answer and no partner; another fault is a difference.
TEST gaps_and_faults(void)
{
    struct two *t = two_new();
    answer(t->log[0], 0, 0, 1, 3, 0);
    answer(t->log[0], 0, 5, 2, 3, 0); // 1 to 4 were dropped
    answer(t->log[1], 0, 0, 1, 3, 1);
    answer(t->log[1], 0, 1, 2, 2, 0);
    struct doc *d = document(t);
    ASSERT_EQ(2, value(d, "pairs"));
    ASSERT_EQ(1, value(d, "other_fault"));
    ASSERT_EQ(1, value(d, "faster"));
    two_free(t, d);
    PASS();
}

SUITE(diff_suite)
{
    RUN_TEST(equal_runs);
    RUN_TEST(one_more_request);
    RUN_TEST(gaps_and_faults);
}
