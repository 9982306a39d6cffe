// SPDX-License-Identifier: MulanPSL-2.0
// LLPTW with the MPT checker: when the verdict on an entry comes that a read of its line went without (T20 fixed).
#include "tests/harness.h"
#include "tests/unit/llptw_bench.h"

enum moment { FIRE, WAIT, ARRIVE, AFTER, MOMENTS }; // of the read of entry 0

static void verdict(unsigned id, bool bad)
{
    in.mpt_resp = true;
    in.mpt_resp_id = (uint8_t)id;
    in.mpt_bad = bad;
}

static void ask(void)
{
    in.mpt_fire = o.mpt_req_valid;
    step();
}

// Entries 0 and 1 of one line, both allowed by the PMP and asked for one by one; entry 0 wants memory.
static void two_checks(void)
{
    start("errata.T20");
    cfg.has_mpt = true;
    csr.mmpt.mode = 2;
    enqueue(V, NO_S2XLATE);
    enqueue(V ^ 1, NO_S2XLATE);
    ask();
    ask();
    verdict(0, false);
    step();
}

// The read of entry 0, and the verdict on entry 1.
static void read_line(enum moment when, bool bad)
{
    for (enum moment now = FIRE; now < MOMENTS; now++) {
        if (now == FIRE)
            fire_mem();
        if (now == ARRIVE)
            answer(0);
        if (now == when)
            verdict(1, bad);
        step();
        if (now == when)
            return;
    }
}

TEST verdict_joins_a_read(void)
{
    for (enum moment when = FIRE; when <= WAIT; when++) {
        two_checks();
        ASSERT_EQ(LL_MEM_REQ, s.state[0]);
        ASSERT_EQ(LL_MPT_RESP, s.state[1]);
        ASSERT_EQ(1, s.entry[1].wait_id);
        read_line(when, false);
        ASSERT_EQ(LL_MEM_WAITING, s.state[1]);
        ASSERT_EQ(0, s.entry[1].wait_id);
        ASSERT_FALSE(o.mem_valid);
        answer(0);
        step();
        ASSERT_EQ(LL_MEM_OUT, s.state[0]);
        ASSERT_EQ(LL_MEM_OUT, s.state[1]);
        ASSERT_EQ(0x60003, s.entry[1].ppn);
    }
    PASS();
}

// Too late for the line: a read of its own, which moves nobody else.
TEST verdict_with_the_line(void)
{
    for (enum moment when = ARRIVE; when <= AFTER; when++) {
        two_checks();
        read_line(when, false);
        ASSERT_EQ(LL_MEM_OUT, s.state[0]);
        ASSERT_EQ(LL_MEM_REQ, s.state[1]);
        ASSERT(o.mem_valid && o.mem_id == 1);
        fire_mem();
        step();
        answer(1);
        step();
        ASSERT_EQ(LL_MEM_OUT, s.state[1]);
        ASSERT_EQ(0x60003, s.entry[1].ppn);
    }
    PASS();
}

TEST refusal_joins_nothing(void)
{
    for (enum moment when = FIRE; when < MOMENTS; when++) {
        two_checks();
        read_line(when, true);
        ASSERT_EQ(LL_MEM_OUT, s.state[1]);
        ASSERT(s.entry[1].af && !s.entry[0].af);
    }
    PASS();
}

void llptw_mpt_tests(void)
{
    RUN_TEST(verdict_joins_a_read);
    RUN_TEST(verdict_with_the_line);
    RUN_TEST(refusal_joins_nothing);
}
