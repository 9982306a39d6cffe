// SPDX-License-Identifier: MulanPSL-2.0
// Reuse distances against a list in LRU order, sampling against exact figures, footprints.
#include "replay/footprint.h"
#include "arch/bits.h"
#include "arch/pte.h"
#include "tests/harness.h"

#include <stdlib.h>

enum { THINGS = 6000, USES = 40000 };

// The list: most recent first. Returns the distance of a use; 0: the first one.
static unsigned in_list(unsigned *list, unsigned *n, unsigned what)
{
    unsigned at = 0, found;
    while (at < *n && list[at] != what)
        at++;
    found = at < *n ? at + 1 : 0;
    if (!found)
        (*n)++;
    for (; at > 0; at--)
        list[at] = list[at - 1];
    list[0] = what;
    return found;
}

// A thing that is often near the last ones, sometimes far away.
static unsigned draw(uint64_t i, unsigned things)
{
    uint64_t x = mix64(i * MIX64_K);
    unsigned width = 1u << (x % 13);
    return (unsigned)((i / 50 + (x >> 20) % width) % things);
}

TEST distances_are_those_of_a_list(void)
{
    struct reuse *r = reuse_new();
    unsigned *list = calloc(THINGS + 1, sizeof *list), n = 0, wrong = 0;
    uint64_t first = 0;
    ASSERT(r && list);
    for (uint64_t i = 0; i < USES; i++) {
        unsigned what = draw(i, THINGS), want = in_list(list, &n, what);
        uint64_t sum = reuse_stats(r)->distance.sum;
        ASSERT(reuse_use(r, mix64(what)));
        wrong += reuse_stats(r)->distance.sum - sum != want;
        first += want == 0;
    }
    ASSERT_EQ(0, wrong);
    ASSERT_EQ(first, reuse_stats(r)->first);
    ASSERT_EQ(n, reuse_stats(r)->different);
    ASSERT_EQ(n, reuse_stats(r)->ever);
    ASSERT_EQ(USES - first, reuse_stats(r)->distance.count);
    ASSERT_EQ(0, reuse_stats(r)->sampled_log2);
    ASSERT(n > 2000); // so places were given anew, and more were made
    reuse_free(r);
    free(list);
    PASS();
}

TEST exact_up_to_the_limit(void)
{
    struct reuse *r = reuse_new();
    for (unsigned round = 0; round < 2; round++)
        for (uint64_t i = 0; i < REUSE_EXACT; i++)
            ASSERT(reuse_use(r, mix64(i)));
    ASSERT_EQ(0, reuse_stats(r)->sampled_log2);
    ASSERT_EQ(REUSE_EXACT, reuse_stats(r)->different);
    ASSERT_EQ(REUSE_EXACT, reuse_stats(r)->distance.min); // in a circle all lie between
    ASSERT_EQ(REUSE_EXACT, reuse_stats(r)->distance.max);
    ASSERT(reuse_use(r, mix64(REUSE_EXACT)));
    ASSERT_EQ(1, reuse_stats(r)->sampled_log2);
    reuse_free(r);
    PASS();
}

// Ten times the limit in a circle: every distance is the length of the circle, within 1 %.
TEST beyond_the_limit_figures_are_estimates(void)
{
    struct reuse *r = reuse_new();
    uint64_t things = 10 * (uint64_t)REUSE_EXACT;
    for (unsigned round = 0; round < 2; round++)
        for (uint64_t i = 0; i < things; i++)
            ASSERT(reuse_use(r, mix64(i)));
    const struct reuse_stats *s = reuse_stats(r);
    ASSERT(s->sampled_log2 >= 4 && s->sampled_log2 <= 5);
    ASSERT(s->different > things / 100 * 98 && s->different < things / 100 * 102);
    ASSERT(s->distance.count > things / 100 * 98 && s->distance.count < things / 100 * 102);
    ASSERT(s->distance.min > things / 100 * 97 && s->distance.max < things / 100 * 103);
    reuse_free(r);
    PASS();
}

TEST what_does_not_count_is_remembered(void)
{
    struct reuse *r = reuse_new();
    reuse_count(r, false);
    for (uint64_t i = 0; i < 10; i++)
        reuse_use(r, mix64(i));
    ASSERT_EQ(0, reuse_stats(r)->first + reuse_stats(r)->different + reuse_stats(r)->distance.count);
    reuse_count(r, true);
    reuse_use(r, mix64(3)); // 3..9
    reuse_use(r, mix64(77));
    reuse_use(r, mix64(3)); // 77, 3
    ASSERT_EQ(7 + 2, reuse_stats(r)->distance.sum);
    ASSERT_EQ(1, reuse_stats(r)->first);
    ASSERT_EQ(2, reuse_stats(r)->different);
    ASSERT_EQ(11, reuse_stats(r)->ever);
    reuse_free(r);
    PASS();
}

static uint64_t touched(const struct footprint *f, enum footprint_series i)
{
    return footprint_stats(f, i)->different;
}

TEST footprints_of_accesses(void)
{
    struct footprint *f = footprint_new();
    struct l1_csr csr = {.tlb = {.satp = {.mode = MODE_SV39, .id = 1}, .vsatp = {.mode = MODE_SV39, .id = 1}}};
    struct trace_record r = {.kind = TRACE_ACCESS, .op = GVT_LOAD, .priv = GVT_U, .size = 8};
    // One page of each of 16 lines, in one block of 2 MiB; then a page that is crossed into the next line.
    for (unsigned i = 0; i < 16; i++) {
        r.addr = 0x40000000 + 0x8000 * i;
        ASSERT(footprint_access(f, &r, &csr));
    }
    ASSERT_EQ(16, touched(f, FOOT_PAGES));
    ASSERT_EQ(16, touched(f, FOOT_LINES));
    ASSERT_EQ(1, touched(f, FOOT_2M));
    r.addr = 0x400ffffc;
    ASSERT(footprint_access(f, &r, &csr));
    ASSERT_EQ(18, touched(f, FOOT_PAGES));
    ASSERT_EQ(18, touched(f, FOOT_LINES));
    ASSERT_EQ(1, touched(f, FOOT_2M));
    // Other address spaces, M mode, no translation.
    csr.tlb.satp.id = 2;
    ASSERT(footprint_access(f, &r, &csr));
    ASSERT_EQ(20, touched(f, FOOT_PAGES));
    ASSERT_EQ(2, touched(f, FOOT_2M));
    r.virt = true;
    ASSERT(footprint_access(f, &r, &csr));
    ASSERT_EQ(22, touched(f, FOOT_PAGES));
    csr.tlb.hgatp.id = 5;
    ASSERT(footprint_access(f, &r, &csr));
    ASSERT_EQ(24, touched(f, FOOT_PAGES));
    csr.tlb.vsatp.mode = MODE_BARE;
    r.addr = 0;
    ASSERT(footprint_access(f, &r, &csr));
    r.virt = false;
    r.priv = GVT_M;
    ASSERT(footprint_access(f, &r, &csr));
    ASSERT_EQ(24, touched(f, FOOT_PAGES));
    ASSERT_EQ(0, touched(f, FOOT_REQUESTS));
    ASSERT(footprint_request(f, 8, ALL_STAGE, &csr.tlb, false));
    ASSERT(footprint_request(f, 15, ALL_STAGE, &csr.tlb, false));
    ASSERT(footprint_request(f, 16, ALL_STAGE, &csr.tlb, false));
    ASSERT_EQ(2, touched(f, FOOT_REQUESTS));
    ASSERT_EQ(24, touched(f, FOOT_PAGES));
    ASSERT(footprint_request(f, 16, ALL_STAGE, &csr.tlb, true));
    ASSERT_EQ(25, touched(f, FOOT_PAGES));
    footprint_free(f);
    PASS();
}

SUITE(reuse_suite)
{
    RUN_TEST(distances_are_those_of_a_list);
    RUN_TEST(exact_up_to_the_limit);
    RUN_TEST(beyond_the_limit_figures_are_estimates);
    RUN_TEST(what_does_not_count_is_remembered);
    RUN_TEST(footprints_of_accesses);
}
