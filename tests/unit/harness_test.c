// SPDX-License-Identifier: MulanPSL-2.0
// The harness tests itself: what its checks answer, and that a shuffle runs each test once.
#include "tests/harness.h"

static unsigned seen;

static enum greatest_test_res mark(unsigned bit)
{
    ASSERT_EQ(0, seen & (1u << bit));
    seen |= 1u << bit;
    PASS();
}

TEST mark0(void) { return mark(0); }
TEST mark1(void) { return mark(1); }
TEST mark2(void) { return mark(2); }
TEST mark3(void) { return mark(3); }

TEST shuffle_ran_all(void)
{
    ASSERT_EQ(0xf, seen);
    seen = 0;
    PASS();
}

TEST relations(void)
{
    const int zero = 0, one = 1;

    ASSERT_EQ(&zero, &zero);
    ASSERT_NEQ(&zero, &one);
    ASSERT_EQ(-1, zero - one);
    ASSERT_GT(one, zero);
    ASSERT_GTE(one, one);
    ASSERT_LT(zero, one);
    ASSERT_LTE(zero, zero);
    ASSERT_EQ_FMT(1, one, "%d");
    ASSERT_IN_RANGE(1.0, 1.05, 0.1);
    ASSERT_STR_EQ("abc", "abc");
    ASSERT_STRN_EQ("abc", "abd", 2);
    ASSERT_MEM_EQ("ab", "ab", 2);
    ASSERT_FALSE(zero);
    PASS();
}

SUITE(harness_suite)
{
    RUN_TEST(relations);
    SHUFFLE_TESTS(12345, {
        RUN_TEST(mark0);
        RUN_TEST(mark1);
        RUN_TEST(mark2);
        RUN_TEST(mark3);
    });
    if (greatest_info.test_filter == NULL && greatest_info.test_exclude == NULL)
        RUN_TEST(shuffle_ran_all);
}
