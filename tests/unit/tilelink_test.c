// SPDX-License-Identifier: MulanPSL-2.0
// The memory side of the port: timing of docs/recordings.md 3, and the L2 cache model.
#include "arch/bits.h"
#include "mem/tilelink.h"
#include "tests/harness.h"

static struct phys *mem;
static struct tl *tl;

static void open_port(struct tl_timing timing)
{
    mem = phys_new();
    for (unsigned i = 0; i < 64; i++)
        phys_write(mem, 0x80000000 + 8 * i, i + 1);
    tl = tl_new(&timing, mem);
}

static void close_port(void)
{
    tl_free(tl);
    phys_free(mem);
}

// Runs from `from` to the next beat and returns its cycle (or UINT64_MAX within 500 cycles).
static uint64_t beat_after(uint64_t from, struct tl_beat *b)
{
    for (uint64_t c = from; c < from + 500; c++) {
        tl_beat(tl, c, b);
        if (b->valid)
            return c;
    }
    return UINT64_MAX;
}

// First beat lat cycles after A, second gap cycles later; words 0..3, then 4..7.
TEST latency_and_gap(void)
{
    struct tl_beat b;
    for (unsigned lat = 1; lat < 40; lat += 13)
        for (unsigned gap = 1; gap < 5; gap++) {
            open_port((struct tl_timing){.lat = lat, .gap = gap});
            ASSERT_EQ(UINT64_MAX, tl_next_event(tl, 3));
            tl_accept(tl, 100, 6, 0x80000040);
            ASSERT_EQ(1, tl_outstanding(tl));
            ASSERT_EQ(100 + lat, tl_next_event(tl, 101));
            ASSERT_EQ(100 + lat, beat_after(101, &b));
            ASSERT_EQ(6, b.source);
            ASSERT_EQ(0, b.beat);
            ASSERT_EQ(9, b.data[0]);
            tl_beat(tl, 100 + lat, &b); // asking twice changes nothing
            ASSERT(b.valid && b.beat == 0);
            ASSERT_EQ(100 + lat + gap, tl_next_event(tl, 101 + lat));
            ASSERT_EQ(100 + lat + gap, beat_after(101 + lat, &b));
            ASSERT_EQ(1, b.beat);
            ASSERT_EQ(13, b.data[0]);
            ASSERT_EQ(UINT64_MAX, beat_after(101 + lat + gap, &b));
            ASSERT_EQ(0, tl_outstanding(tl));
            close_port();
        }
    PASS();
}

// One transaction at a time; the next starts in the cycle after beat 1.
TEST one_at_a_time(void)
{
    struct tl_beat b;
    open_port((struct tl_timing){.lat = 10, .gap = 3});
    tl_accept(tl, 0, 1, 0x80000000);
    tl_accept(tl, 1, 2, 0x80000040);
    ASSERT_EQ(10, beat_after(2, &b));
    ASSERT_EQ(13, beat_after(11, &b));
    ASSERT_EQ(1, b.source);
    ASSERT_EQ(14, tl_next_event(tl, 14)); // ready since 11, the channel was taken
    ASSERT_EQ(14, beat_after(14, &b));
    ASSERT_EQ(2, b.source);
    ASSERT_EQ(17, beat_after(15, &b));
    close_port();
    PASS();
}

// r = t + lat + mix((addr>>6)*K + seed) mod span; smallest (r, order of acceptance) first.
TEST hashed_latency(void)
{
    struct tl_beat b;
    struct tl_timing t = {.lat = 12, .span = 28, .seed = 77, .gap = 1};
    open_port(t);
    uint64_t at[8], first = UINT64_MAX;
    for (unsigned i = 0; i < 8; i++) {
        uint64_t addr = 0x80000000 + 64 * i;
        at[i] = i + 12 + mix64((addr >> 6) * MIX64_K + 77) % 28;
        first = at[i] < first ? at[i] : first;
        tl_accept(tl, i, i, addr);
    }
    ASSERT_EQ(first, beat_after(0, &b));
    uint64_t last = 0, now = first;
    for (unsigned n = 0; n < 8; n++) {
        ASSERT_GTE(at[b.source], last);
        ASSERT_GTE(now, at[b.source]);
        last = at[b.source];
        ASSERT_EQ(now + 1, beat_after(now + 1, &b));
        now = beat_after(now + 2, &b);
    }
    ASSERT_EQ(UINT64_MAX, now);
    close_port();
    PASS();
}

// The line is captured when the read is accepted.
TEST captured_at_acceptance(void)
{
    struct tl_beat b;
    open_port((struct tl_timing){.lat = 5, .gap = 1});
    tl_accept(tl, 0, 0, 0x80000000);
    phys_write(mem, 0x80000000, 99);
    beat_after(1, &b);
    ASSERT_EQ(1, b.data[0]);
    tl_accept(tl, 20, 0, 0x80000000);
    beat_after(21, &b);
    ASSERT_EQ(99, b.data[0]);
    close_port();
    PASS();
}

TEST a_ready(void)
{
    open_port((struct tl_timing){.lat = 1, .gap = 1});
    ASSERT(tl_a_ready(tl, 0) && tl_a_ready(tl, 12345));
    close_port();
    open_port((struct tl_timing){
        .lat = 1, .gap = 1, .aready = AREADY_PATTERN, .period = 7, .mask = 0x15});
    for (unsigned c = 0; c < 30; c++)
        ASSERT_EQ((0x15 >> (c % 7)) & 1, tl_a_ready(tl, c));
    close_port();
    open_port((struct tl_timing){
        .lat = 1, .gap = 1, .seed = 9, .aready = AREADY_HASH, .threshold = 64});
    unsigned ready = 0;
    for (uint64_t c = 0; c < 4000; c++) {
        ASSERT_EQ((mix64(c * MIX64_K + 9) & 255) < 64, tl_a_ready(tl, c));
        ready += tl_a_ready(tl, c);
    }
    ASSERT_IN_RANGE(1000, ready, 150);
    close_port();
    PASS();
}

TEST reset_forgets(void)
{
    struct tl_beat b;
    open_port((struct tl_timing){.lat = 5, .gap = 1});
    tl_accept(tl, 0, 0, 0x80000000);
    tl_reset(tl);
    ASSERT_EQ(0, tl_outstanding(tl));
    ASSERT_EQ(UINT64_MAX, beat_after(1, &b));
    close_port();
    PASS();
}

// Two ways, one set: LRU.
TEST l2_cache(void)
{
    struct tl_beat b;
    uint64_t hits, misses;
    open_port((struct tl_timing){.lat = 50, .gap = 1, .l2_sets = 1, .l2_ways = 2, .hit_lat = 7});
    static const struct {
        unsigned line, lat;
    } rows[] = {{0, 50}, {1, 50}, {0, 7}, {2, 50}, {0, 7}, {1, 50}, {2, 50}};
    uint64_t now = 0;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++, now += 100) {
        tl_accept(tl, now, 0, 0x80000000 + 64 * rows[i].line);
        ASSERT_EQ(now + rows[i].lat, beat_after(now + 1, &b));
        beat_after(now + rows[i].lat + 1, &b);
    }
    tl_l2_stats(tl, &hits, &misses);
    ASSERT_EQ(2, hits);
    ASSERT_EQ(5, misses);
    tl_reset(tl);
    tl_l2_stats(tl, &hits, &misses);
    ASSERT_EQ(0, hits + misses);
    tl_accept(tl, now, 0, 0x80000000);
    ASSERT_EQ(now + 50, beat_after(now + 1, &b));
    close_port();
    PASS();
}

// A copy holds the lines that the L2 holds, and goes its own way from then on.
TEST clone_with_l2(void)
{
    struct tl_beat b;
    open_port((struct tl_timing){.lat = 50, .gap = 1, .l2_sets = 2, .l2_ways = 2, .hit_lat = 7});
    for (unsigned line = 0; line < 2; line++) {
        tl_accept(tl, 100 * line, 0, 0x80000000 + 64 * line);
        beat_after(100 * line + 51, &b);
    }
    struct tl *first = tl, *copy = tl_clone(tl, mem);
    ASSERT(copy);
    tl = copy;
    for (unsigned line = 0; line < 2; line++) {
        uint64_t now = 200 + 100 * line;
        tl_accept(tl, now, 0, 0x80000000 + 64 * line);
        ASSERT_EQ(now + 7, beat_after(now + 1, &b));
        beat_after(now + 8, &b);
    }
    tl_reset(tl); // of the copy alone
    tl = first;
    tl_accept(tl, 400, 0, 0x80000000);
    ASSERT_EQ(407, beat_after(401, &b));
    tl_free(copy);
    close_port();
    PASS();
}

SUITE(tilelink_suite)
{
    RUN_TEST(latency_and_gap);
    RUN_TEST(one_at_a_time);
    RUN_TEST(hashed_latency);
    RUN_TEST(captured_at_acceptance);
    RUN_TEST(a_ready);
    RUN_TEST(reset_forgets);
    RUN_TEST(l2_cache);
    RUN_TEST(clone_with_l2);
}
