// SPDX-License-Identifier: MulanPSL-2.0
// Miss queue (spec A 3.1; checklist MQ-01 to MQ-06).
#include "model/missqueue.h"
#include "tests/harness.h"
#include "tests/unit/rig.h"

static void put(struct missqueue *q, uint64_t vpn, bool deq)
{
    struct missqueue_in in = {.enq_fire = true, .deq_fire = deq, .enq = {.info.vpn = vpn}};
    missqueue_tick(q, &in);
}

TEST in_order(void)
{
    struct missqueue q;
    missqueue_reset(&q, 40);
    ASSERT_EQ(NULL, missqueue_head(&q));
    for (unsigned k = 0; k < 40; k++) {
        ASSERT(missqueue_ready(&q));
        put(&q, k, false);
    }
    ASSERT_FALSE(missqueue_ready(&q));
    ASSERT_EQ(7, missqueue_at(&q, 7)->info.vpn);
    for (unsigned k = 0; k < 40; k++) {
        ASSERT_EQ(k, missqueue_head(&q)->info.vpn);
        missqueue_tick(&q, &(struct missqueue_in){.deq_fire = true});
    }
    ASSERT_EQ(NULL, missqueue_head(&q));
    PASS();
}

TEST in_and_out_together(void)
{
    struct missqueue q;
    missqueue_reset(&q, 4);
    for (unsigned k = 0; k < 4; k++)
        put(&q, k, false);
    missqueue_tick(&q, &(struct missqueue_in){.deq_fire = true});
    for (unsigned k = 4; k < 50; k++) { // wraps around, stays at three
        put(&q, k, true);
        ASSERT_EQ(k - 2, missqueue_head(&q)->info.vpn);
        ASSERT_EQ(3, q.count);
    }
    PASS();
}

TEST flush_empties(void)
{
    struct missqueue q;
    missqueue_reset(&q, 4);
    put(&q, 1, false);
    struct missqueue_in in = {.flush = true, .enq_fire = true, .enq = {.info.vpn = 2}};
    missqueue_tick(&q, &in); // the element of the flush cycle is lost as well
    ASSERT_EQ(NULL, missqueue_head(&q));
    put(&q, 3, false);
    ASSERT_EQ(3, missqueue_head(&q)->info.vpn);
    PASS();
}

// The head waits for the walker it needs: cold requests one after the other through the PTW, and no
// more than missqueue.size requests in flight.
TEST limit_of_requests(void)
{
    struct rig *r = rig_new("minimal", "missqueue.size=8", 60);
    uint64_t root = rig_page(r);
    rig_atp(r, 0, MODE_SV39, 5, root);
    for (unsigned i = 0; i < 24; i++) {
        rig_map(r, root, 3, (uint64_t)i << 18, 0, rig_leaf(0x90000 + i));
        rig_post(r, i & 1, (uint64_t)i << 18, NO_S2XLATE);
    }
    for (unsigned c = 0; c < 8000; c++) {
        unsigned open = 0, answered = 0;
        for (unsigned k = 0; k < 24; k++) {
            open += r->req[k].asked != RIG_NEVER && r->req[k].answered == RIG_NEVER;
            answered += r->req[k].answered != RIG_NEVER;
        }
        ASSERT_LTE(open, 8);
        if (answered == 24)
            break;
        rig_step(r);
    }
    for (unsigned k = 0; k < 24; k++)
        ASSERT_EQ(0x90000 + k, r->req[k].r.s1.ppn << 3 | r->req[k].r.s1.ppn_low[0]);
    rig_free(r);
    PASS();
}

SUITE(missqueue_suite)
{
    RUN_TEST(in_order);
    RUN_TEST(in_and_out_together);
    RUN_TEST(flush_empties);
    RUN_TEST(limit_of_requests);
}
