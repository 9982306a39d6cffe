// SPDX-License-Identifier: MulanPSL-2.0
// The memories of the oracles: what they hold is bounded, and they say what they have lost.
#include "check/latest.h"
#include "check/past.h"
#include "tests/harness.h"

TEST the_latest_is_bounded(void)
{
    struct latest *t = latest_new();
    size_t at = 0, n = 0;
    ASSERT(t);
    for (uint64_t i = 1; i <= 3 * LATEST_MAX; i++) {
        latest_set(t, (struct latest_key){i, 5}, ~i, i);
        ASSERT_EQ(~i, latest_get(t, (struct latest_key){i, 5})->value);
    }
    ASSERT_EQ(NULL, latest_get(t, (struct latest_key){1, 5}));
    uint64_t lost = latest_lost(t);
    ASSERT(lost > 0 && lost < 3 * LATEST_MAX);
    for (uint64_t i = lost + 1; i <= 3 * LATEST_MAX; i++)
        ASSERT(latest_get(t, (struct latest_key){i, 5}));
    while (latest_next(t, &at))
        n++;
    ASSERT(n <= LATEST_MAX);
    latest_free(t);
    PASS();
}

TEST the_past_is_bounded(void)
{
    struct past *p = past_new();
    struct past_value v[PAST_DEPTH];
    uint64_t lost, last = 3 * (uint64_t)PAST_VALUES;
    ASSERT(p);
    for (uint64_t i = 1; i <= last; i++)
        past_note(p, i / 2, i, 0, i);
    ASSERT(past_lost(p) > 0 && past_lost(p) < last);
    for (uint64_t key = past_lost(p) / 2 + 1; key < last / 2; key++) {
        ASSERT_EQ(2, past_values(p, key, v, &lost));
        ASSERT_EQ(past_lost(p), lost);
    }
    // The same value again is one value, replaced later.
    past_note(p, 7, 1, PAST_MANY, last + 1);
    past_note(p, 7, 1, PAST_GLOBAL, last + 2);
    ASSERT_EQ(1, past_values(p, 7, v, &lost));
    ASSERT(v[0].time == last + 2 && v[0].how == (PAST_MANY | PAST_GLOBAL));
    for (uint64_t i = 0; i < PAST_DEPTH; i++)
        past_note(p, 7, 100 + i, 0, last + 3 + i);
    ASSERT_EQ(PAST_DEPTH, past_values(p, 7, v, &lost));
    ASSERT_EQ(last + 2, lost);
    past_free(p);
    PASS();
}

SUITE(past_suite)
{
    RUN_TEST(the_latest_is_bounded);
    RUN_TEST(the_past_is_bounded);
}
