// SPDX-License-Identifier: MulanPSL-2.0
// Sparse physical memory: what the recordings call "everything else reads 0" (docs/recordings.md 3).
#include "arch/bits.h"
#include "mem/phys.h"
#include "tests/harness.h"

TEST read_back(void)
{
    struct phys *m = phys_new();
    ASSERT_EQ(0, phys_read(m, 0x80000000));
    ASSERT(phys_write(m, 0x80000008, 5));
    ASSERT_EQ(5, phys_read(m, 0x80000008));
    ASSERT_EQ(5, phys_read(m, 0x8000000f)); // low bits do not count
    ASSERT_EQ(0, phys_read(m, 0x80000000));
    ASSERT(phys_write(m, mask64(48) & ~UINT64_C(7), 9));
    ASSERT_EQ(9, phys_read(m, mask64(48)));
    ASSERT(phys_write(m, 0, 3));
    ASSERT_EQ(3, phys_read(m, 0));
    ASSERT_EQ(3, phys_lines(m));
    ASSERT(phys_write(m, 0x1000, 0)); // zero where nothing was: no line
    ASSERT_EQ(3, phys_lines(m));
    phys_free(m);
    PASS();
}

TEST lines(void)
{
    struct phys *m = phys_new();
    uint64_t line[8];
    phys_line(m, 0x80000040, line);
    for (unsigned i = 0; i < 8; i++)
        ASSERT_EQ(0, line[i]);
    for (unsigned i = 0; i < 8; i++)
        phys_write(m, 0x80000040 + 8 * i, i + 1);
    phys_line(m, 0x80000078, line);
    for (unsigned i = 0; i < 8; i++)
        ASSERT_EQ(i + 1, line[i]);
    ASSERT_EQ(1, phys_lines(m));
    phys_free(m);
    PASS();
}

struct seen {
    uint64_t last, count, sum;
    bool ordered;
};

static void note(uint64_t addr, uint64_t word, void *ctx)
{
    struct seen *s = ctx;
    s->ordered = s->ordered && (!s->count || addr > s->last);
    s->last = addr;
    s->count++;
    s->sum += word;
}

// Many lines: the table grows, nothing is lost, iteration is in address order and skips zeros.
TEST growth_and_order(void)
{
    enum { N = 20000 };
    struct phys *m = phys_new();
    for (uint64_t i = 0; i < N; i++)
        ASSERT(phys_write(m, mix64(i + 1) & mask64(48), i + 1));
    for (uint64_t i = 0; i < N; i++)
        ASSERT_EQ(i + 1, phys_read(m, mix64(i + 1) & mask64(48)));
    phys_write(m, mix64(1) & mask64(48), 0);
    struct seen s = {.ordered = true};
    phys_each(m, note, &s);
    ASSERT(s.ordered);
    ASSERT_EQ(N - 1, s.count);
    ASSERT_EQ((uint64_t)N * (N + 1) / 2 - 1, s.sum);
    phys_free(m);
    PASS();
}

TEST clone_and_clear(void)
{
    struct phys *m = phys_new();
    phys_write(m, 0x1000, 1);
    struct phys *c = phys_clone(m);
    phys_write(m, 0x1000, 2);
    phys_write(c, 0x2000, 3);
    ASSERT_EQ(1, phys_read(c, 0x1000));
    ASSERT_EQ(0, phys_read(m, 0x2000));
    phys_clear(m);
    ASSERT_EQ(0, phys_read(m, 0x1000));
    ASSERT_EQ(0, phys_lines(m));
    ASSERT_EQ(1, phys_read(c, 0x1000));
    phys_free(m);
    phys_free(c);
    phys_free(NULL);
    PASS();
}

SUITE(phys_suite)
{
    RUN_TEST(read_back);
    RUN_TEST(lines);
    RUN_TEST(growth_and_order);
    RUN_TEST(clone_and_clear);
}
