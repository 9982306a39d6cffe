// SPDX-License-Identifier: MulanPSL-2.0
// MPTCache alone, cycle by cycle: what a refill and a fence do to what is in the pipeline (spec E 1.5).
#include "mpt/mptcache.h"
#include "tests/harness.h"

enum { RWX = 7 };

static struct mptcache s;
static struct mptcache_out o;

// One cycle with what is given; the rest is off. o is what the outputs were in it.
static void cycle(const struct mpt_req *req, const struct mpt_refill *refill, const struct mpt_fence *fence)
{
    static const struct mpt_refill no_refill;
    static const struct mpt_fence no_fence;
    struct mptcache_in in = {.fence = fence ? fence : &no_fence, .refill = refill ? refill : &no_refill, .root = 0x90000};
    mptcache_publish(&s, true, in.fence, &o);
    in.req_fire = req && o.req_ready;
    if (req)
        in.req = *req;
    mptcache_tick(&s, &o, &in);
}

static void idle(unsigned n)
{
    while (n--)
        cycle(NULL, NULL, NULL);
}

// The leaf of level 0 for the sixteen pages around `page`.
static struct mpt_refill leaf(uint64_t page)
{
    return (struct mpt_refill){.valid = true, .level = MPT_L0, .is_leaf = true, .pa = page >> 4,
                               .data = RWX * UINT64_C(0x249249249249)};
}

static void fill(uint64_t page)
{
    struct mpt_refill r = leaf(page);
    cycle(NULL, &r, NULL);
    idle(8);
}

// Asks, and waits for the answer in its fifth cycle (rule 8).
static bool hits(uint64_t page)
{
    const struct mpt_req q = {.pa = page, .id = 1};
    cycle(&q, NULL, NULL);
    idle(4);
    bool hit = o.hit.valid && o.hit.pa == page && o.hit.perm.right == RWX;
    idle(4);
    return hit;
}

// Page number k of set `set` of L0.
static uint64_t page_of(unsigned set, unsigned k)
{
    return (uint64_t)k << 9 | set << 4;
}

static void start(void)
{
    static struct l2tlb_cfg cfg;
    char msg[100];
    cfg_preset(&cfg, "mpt");
    cfg_finish(&cfg, msg, sizeof msg);
    mptcache_reset(&s, &cfg);
    idle(2);
}

TEST a_refill_is_found(void)
{
    start();
    ASSERT_FALSE(hits(page_of(3, 1)));
    fill(page_of(3, 1));
    ASSERT(hits(page_of(3, 1)));
    ASSERT(hits(page_of(3, 1) + 15));
    ASSERT_FALSE(hits(page_of(3, 2)));
    ASSERT_FALSE(hits(page_of(4, 1)));
    PASS();
}

// T11: the array has one port. In the cycle of a refill of L0 a page fence does not read, and the line stays.
TEST a_fence_in_a_refill_cycle_loses_its_read(void)
{
    const struct mpt_fence fence = {.sfence = true, .fence_pa = true, .pa = page_of(3, 1)};
    struct mpt_refill other = leaf(page_of(5, 1));
    for (unsigned late = 0; late < 3; late++) { // the refill before, with and behind the fence
        start();
        fill(page_of(3, 1));
        cycle(NULL, late == 0 ? &other : NULL, late == 2 ? &fence : NULL);
        cycle(NULL, late == 1 ? &other : NULL, late != 2 ? &fence : NULL);
        cycle(NULL, late == 2 ? &other : NULL, NULL);
        idle(10);
        ASSERT_EQ(late == 1, hits(page_of(3, 1)));
        ASSERT(hits(page_of(5, 1)));
    }
    PASS();
}

// A look-up moves the tree of its set in Check, but not in the cycle of a refill of L0, whatever its set.
TEST no_other_tree_moves_with_a_refill(void)
{
    const struct mpt_fence drops = {.sfence = true};
    const struct mpt_req q = {.pa = page_of(3, 0)};
    struct mpt_refill other = leaf(page_of(5, 1));
    for (unsigned with = 0; with < 2; with++) {
        start();
        for (unsigned k = 0; k < MPT_WAYS; k++)
            fill(page_of(3, k));
        cycle(&q, NULL, NULL); // the oldest of the set: the next victim, unless its look-up counts
        idle(2);
        cycle(NULL, with ? &other : NULL, NULL); // Check
        cycle(NULL, NULL, &drops); // else it would go round, and through Check again
        idle(8);
        fill(page_of(3, MPT_WAYS));
        ASSERT_EQ(!with, hits(page_of(3, 0)));
        ASSERT(hits(page_of(3, MPT_WAYS)));
    }
    PASS();
}

// Rule 1: four cycles behind a refill nothing is answered; a fence ends them, a refill with a fence does not.
TEST a_fence_ends_the_turning(void)
{
    const struct mpt_fence drops = {.sfence = true};
    const struct mpt_refill r = leaf(page_of(3, 1));
    start();
    cycle(NULL, &r, NULL);
    for (unsigned i = 0; i < 4; i++) {
        cycle(NULL, NULL, NULL);
        ASSERT(o.refilling);
    }
    cycle(NULL, NULL, NULL);
    ASSERT_FALSE(o.refilling);
    cycle(NULL, &r, NULL);
    cycle(NULL, NULL, &drops);
    ASSERT(o.refilling);
    cycle(NULL, NULL, NULL);
    ASSERT_FALSE(o.refilling);
    cycle(NULL, &r, &drops);
    cycle(NULL, NULL, NULL);
    ASSERT(o.refilling);
    PASS();
}

SUITE(mptcache_suite)
{
    RUN_TEST(a_refill_is_found);
    RUN_TEST(a_fence_in_a_refill_cycle_loses_its_read);
    RUN_TEST(no_other_tree_moves_with_a_refill);
    RUN_TEST(a_fence_ends_the_turning);
}
