// SPDX-License-Identifier: MulanPSL-2.0
// MPT checker alone (spec E 1; checklist E 4 points 9 to 34), and the switch box (points 35 to 41).
#include "mpt/mptoutputswitchbox.h"
#include "tests/unit/mpt_bench.h"

// Point 10: one walk, and the same page again (point 9).
TEST cold_walk(void)
{
    start();
    ask(PAGE, 1);
    run(150);
    ASSERT_EQ(4, reads);
    for (unsigned i = 0; i < 4; i++)
        ASSERT_EQ(6 + i * (LAT + 3), read_at[i].cycle);
    ASSERT_EQ((ROOT << 12), read_at[0].address);
    ASSERT_EQ(((ROOT + 2) << 12) + 8 * 0x40, read_at[2].address);
    ASSERT_EQ(1, answers);
    ASSERT_EQ(6 + 4 * (LAT + 3), answer[0].cycle);
    ASSERT_EQ(1, answer[0].r.id);
    ASSERT_EQ(7, answer[0].r.perm.right);
    ASSERT(answer[0].r.perm.napot && answer[0].r.perm.contiguous);
    uint64_t at = cycle;
    for (unsigned i = 0; i < 8; i++)
        ask(PAGE ^ i, 0);
    run(10);
    ASSERT_EQ(9, answers);
    for (unsigned i = 0; i < 8; i++)
        ASSERT_EQ(at + 4 + i, answer[1 + i].cycle);
    ASSERT_EQ(4, reads);
    PASS();
}

TEST smmpt43_starts_at_level_2(void)
{
    start();
    csr.mmpt.mode = 1;
    csr.mmpt.ppn = ROOT + 1;
    ask(PAGE, 0);
    run(150);
    ASSERT_EQ(3, reads);
    ASSERT_EQ(6 + 3 * (LAT + 3), answer[0].cycle);
    PASS();
}

// Point 11: the right that counts, by the level of the leaf, and where it is kept (a second look-up hits).
TEST leaves_of_all_levels(void)
{
    for (unsigned level = 0; level < 4; level++) {
        start();
        uint64_t table = (ROOT + 3 - level) << 12;
        unsigned low = 4 + 9 * level, index = (unsigned)bits(PAGE, level == 3 ? 35 : low + 8, low);
        unsigned k = (unsigned)bits(PAGE, 9 * level + 3, 9 * level);
        put(table + 8 * index, leaf(UINT64_C(5) << 3 * k));
        struct mpt_resp r = get(PAGE);
        ASSERT_EQ(5, r.perm.right);
        ASSERT_EQ(level, r.perm.level);
        unsigned before = reads;
        r = get(PAGE);
        ASSERT_EQ(before, reads);
        ASSERT_EQ(5, r.perm.right);
        ASSERT_EQ(level, r.perm.level);
        ASSERT_FALSE(r.perm.napot || r.perm.contiguous);
    }
    PASS();
}

// Point 12; PAGE lies in the lower half of its entry.
TEST equal_rights_around(void)
{
    static const struct {
        uint64_t rights;
        bool contiguous, napot;
    } rows[] = {{0x249249249249 * 3, true, true},
                {0x249249 * 3, true, false},
                {0x249249000000 * 3, true, false},
                {(0x249249249249 * 3) ^ (1 << 21), false, false},
                {(0x249249249249 * 3) ^ (UINT64_C(1) << 24), true, false}};
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start();
        map(PAGE, rows[i].rights);
        struct mpt_resp walked = get(PAGE), kept = get(PAGE);
        ASSERT_EQ(rows[i].contiguous, walked.perm.contiguous);
        ASSERT_EQ(rows[i].napot, walked.perm.napot);
        ASSERT_EQ(rows[i].contiguous, kept.perm.contiguous);
        ASSERT_EQ(rows[i].napot, kept.perm.napot);
    }
    PASS();
}

// Points 13 to 15: what is a fault, and that a faulty entry is read again.
TEST faulty_entries(void)
{
    static const unsigned reserved[] = {2, 9, 58, 62};
    for (uint64_t right = 0; right < 8; right++) {
        start();
        map(PAGE, all(right));
        struct mpt_resp r = get(PAGE);
        ASSERT_EQ(right, r.perm.right);
        ASSERT_EQ(right == 2 || right == 6, r.perm.access_fault);
    }
    uint64_t at = ((ROOT + 3) << 12) + 8 * bits(PAGE, 12, 4);
    for (unsigned i = 0; i < 4; i++) {
        start();
        put(at, leaf(all(7)) | UINT64_C(1) << reserved[i]);
        struct mpt_resp r = get(PAGE);
        ASSERT(r.perm.access_fault);
        ASSERT_EQ(7, r.perm.right);
        unsigned before = reads;
        get(PAGE);
        ASSERT_EQ(before + 1, reads);
    }
    start();
    put(at, leaf(all(7)) & ~UINT64_C(1)); // V = 0
    ASSERT(get(PAGE).perm.access_fault);
    start();
    put(at, leaf(all(7)) | UINT64_C(1) << 63); // N is read by nothing
    ASSERT_FALSE(get(PAGE).perm.access_fault);
    start();
    put(at, pointer(0x90009)); // a pointer at level 0
    ASSERT(get(PAGE).perm.access_fault);
    PASS();
}

// Point 25: a denied next table is answered one level too low.
TEST denied_table(void)
{
    start();
    deny_next = true;
    struct mpt_resp r = get(PAGE);
    ASSERT(r.perm.access_fault);
    ASSERT_EQ(2, r.perm.level);
    ASSERT_EQ(1, reads);
    PASS();
}

// Point 24: T2, an entry of level 0 without L before denied memory is read for ever.
TEST level_0_pointer_before_denied_memory(void)
{
    start();
    get(PAGE);
    put(((ROOT + 3) << 12) + 8 * bits(PAGE + 16, 12, 4), 0);
    deny_next = true;
    unsigned before = reads, said = answers;
    ask(PAGE + 16, 0);
    run(10 * (LAT + 8));
    ASSERT_EQ(said, answers);
    ASSERT_GTE(reads, before + 9);
    ASSERT_EQ(LAT + 8, read_at[before + 2].cycle - read_at[before + 1].cycle);
    PASS();
}

// Point 17: T17, the one entry of L2 takes every other refill.
TEST one_entry_store_drops_refills(void)
{
    start();
    const uint64_t far = PAGE + (1 << 22); // another 16 GiB
    map(far, all(7));
    get(PAGE);
    unsigned before = reads;
    get(far); // L2's victim is the entry that does not exist
    ASSERT_EQ(before + 3, reads);
    before = reads;
    get(far + (1 << 13)); // another 32 MiB: its table of level 1 is not known
    ASSERT_EQ(before + 2, reads);
    PASS();
}

// Point 20: two misses of one 64 KiB are one walk and two answers.
TEST misses_of_one_entry(void)
{
    start();
    ask(PAGE, 0);
    ask(PAGE + 1, 1);
    run(150);
    ASSERT_EQ(4, reads);
    ASSERT_EQ(2, answers);
    ASSERT_EQ(answer[0].cycle + 1, answer[1].cycle);
    PASS();
}

// Point 23: T1, the second miss of another 64 KiB is walked with the level of the entry above.
TEST second_miss_has_the_wrong_level(void)
{
    start();
    const uint64_t other = PAGE + 0x20; // same 32 MiB
    map(other, all(5));
    put(((ROOT + 3) << 12) + 8 * bits(other, 21, 13), leaf(all(1)));
    ask(PAGE, 0);
    ask(other, 1);
    run(300);
    ASSERT_EQ(2, answers);
    ASSERT_EQ(((ROOT + 3) << 12) + 8 * bits(other, 21, 13), read_at[4].address);
    ASSERT_EQ(1, answer[1].r.perm.level);
    ASSERT_EQ(1, answer[1].r.perm.right);
    ASSERT_EQ(1, get(other).perm.right); // and SP keeps it
    PASS();
}

// Points 19 and 22: the fifth miss waits in Resp; nothing is taken until the first entry has been read.
TEST fifth_miss_waits(void)
{
    start();
    for (unsigned i = 0; i < 8; i++)
        map(PAGE + 16 * i, all(7));
    for (unsigned i = 0; i < 5; i++)
        ask(PAGE + 16 * i, 0);
    uint64_t before = cycle;
    run(6);
    ASSERT_FALSE(o.req_ready);
    while (!o.req_ready && cycle < before + 100)
        run(1);
    // The pipeline moves from R0+1 on, and takes the next one when Resp is empty.
    ASSERT_EQ(read_at[0].cycle + LAT + 2 + 2, cycle - 1);
    PASS();
}

static void mfence(bool rs1, bool rs2, uint64_t page, unsigned id)
{
    fence = (struct sfence){
        .valid = true, .mfence = true, .rs1 = rs1, .rs2 = rs2, .addr = page << 12, .id = (uint16_t)id};
    step(NULL);
    run(5);
}

// Point 28: what each form removes; T10: the sense of rs1 and rs2. A walk that starts at level 0 or
// above says what was left.
TEST forms_of_mfence(void)
{
    static const struct {
        bool rs1, rs2, mine;
        unsigned reads; // of the page and of its neighbour afterwards
        unsigned other;
    } rows[] = {
        {false, false, true, 4, 1}, {false, false, false, 4, 1}, {false, true, true, 4, 1},
        {false, true, false, 0, 0}, {true, false, true, 4, 0},   {true, false, false, 4, 0},
        {true, true, true, 4, 0},   {true, true, false, 0, 0},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start();
        map(PAGE + 16, all(7));
        get(PAGE);
        get(PAGE + 16);
        mfence(rows[i].rs1, rows[i].rs2, PAGE, rows[i].mine ? 5 : 6);
        unsigned before = reads;
        get(PAGE);
        ASSERT_EQ_FMT(rows[i].reads, reads - before, "%u");
        before = reads;
        get(PAGE + 16);
        ASSERT_EQ_FMT(rows[i].other, reads - before, "%u");
    }
    PASS();
}

// Point 29: T25, a request accepted in the cycle after a page fence still hits.
TEST request_after_a_page_fence(void)
{
    for (unsigned wait = 0; wait < 2; wait++) {
        start();
        get(PAGE);
        fence = (struct sfence){.valid = true, .mfence = true, .rs1 = true, .addr = PAGE << 12};
        step(NULL);
        run(wait);
        unsigned before = reads;
        get(PAGE);
        ASSERT_EQ_FMT(wait ? 4u : 0u, reads - before, "%u");
    }
    PASS();
}

// Point 31: a fence keeps the stores, and drops what is under way; mmpt.changed empties them (point 33).
TEST fences_and_changes(void)
{
    start();
    get(PAGE);
    fence = (struct sfence){.valid = true, .rs1 = true, .rs2 = true};
    run(6);
    unsigned before = reads, said = answers;
    ASSERT_EQ(7, get(PAGE).perm.right);
    ASSERT_EQ(before, reads);
    csr.mmpt.changed = true;
    run(6);
    get(PAGE);
    ASSERT_EQ(before + 4, reads);
    ASSERT_EQ(said + 2, answers);
    ask(PAGE + (1 << 13), 0);
    run(20);
    fence = (struct sfence){.valid = true};
    run(200);
    ASSERT_EQ(said + 2, answers);
    PASS();
}

enum { SAME_SET = 512 }; // pages from one line of a set of L0 to the next

// Four lines of one set of L0, in ways 0, 2, 1 and 3: the next victim is the first of them.
static void fill_set(void)
{
    for (unsigned k = 0; k < 5; k++)
        map(PAGE + SAME_SET * k, all(7));
    for (unsigned k = 0; k < 4; k++)
        get(PAGE + SAME_SET * k);
}

// Takes a fifth line into the set; was line k its victim?
static bool evicts(unsigned k)
{
    get(PAGE + SAME_SET * 4);
    unsigned before = reads;
    get(PAGE + SAME_SET * k);
    return reads != before;
}

// Spec E 1.4.1: in the cycle of an L0 refill the trees of other sets do not move. A fence right behind keeps the
// look-up from coming round again.
TEST refill_keeps_other_trees(void)
{
    for (unsigned early = 0; early < 2; early++) {
        start();
        fill_set();
        map(PAGE + 16, all(7));
        ask(PAGE + 16, 0); // another set
        uint64_t refill = cycle - 1 + 6 + LAT + 2;
        run((unsigned)(refill - 3 - early - cycle));
        ask(PAGE, 1); // in Check in the cycle of the refill, or before
        run((unsigned)(refill + 1 - cycle));
        fence = (struct sfence){.valid = true};
        run(20);
        ASSERT_EQ(early == 0, evicts(0));
    }
    PASS();
}

// T24: while the pipeline stands the look-up in Check moves its tree by the hits of the one behind it.
TEST standing_pipeline_moves_trees(void)
{
    for (unsigned fixed = 0; fixed < 2; fixed++) {
        start_with(fixed ? ERR_T24 : ERRATA_COUNT);
        fill_set();
        for (unsigned k = 1; k < 7; k++)
            map(PAGE + 16 * k, all(7));
        get(PAGE + 16); // way 0 of another set
        for (unsigned k = 2; k < 7; k++)
            ask(PAGE + 16 * k, 0); // four fill the queue, the fifth stands in Resp
        ask(PAGE + SAME_SET, 0);   // way 2
        ask(PAGE + 16, 0);
        run(400);
        ASSERT_EQ(fixed, evicts(0));
    }
    PASS();
}

// T8: a fence leaves the four requests of a pipeline that stands.
TEST fence_before_a_full_queue(void)
{
    for (unsigned fixed = 0; fixed < 2; fixed++) {
        start_with(fixed ? ERR_T8 : ERRATA_COUNT);
        for (unsigned k = 0; k < 8; k++) {
            map(PAGE + 16 * k, all(7));
            ask(PAGE + 16 * k, 0);
        }
        run(3);
        fence = (struct sfence){.valid = true};
        run(400);
        ASSERT_EQ_FMT(fixed ? 0u : 4u, answers, "%u");
    }
    PASS();
}

// Point 50: without a mode every second request is answered, one cycle later, for whoever was last.
TEST bare_mode(void)
{
    start();
    ask(PAGE, 1);
    run(150);
    csr.mmpt.mode = 0;
    run(1);
    uint64_t at = cycle;
    ask(PAGE + 99, 0);
    run(5);
    ASSERT_EQ(2, answers);
    ASSERT_EQ(at + 1, answer[1].cycle);
    ASSERT_EQ(1, answer[1].r.id); // T3
    ASSERT_EQ(PAGE, answer[1].r.pa);
    PASS();
}

// T3: of two requests in a row one is answered. Fixed: both, with their own id and page, and none across a fence.
TEST bare_mode_in_a_row(void)
{
    for (unsigned fixed = 0; fixed < 2; fixed++) {
        start_with(fixed ? ERR_T3 : ERRATA_COUNT);
        csr.mmpt.mode = 0;
        ask(PAGE + 99, 0);
        ask(PAGE + 98, 1);
        run(5);
        ASSERT_EQ_FMT(fixed ? 2u : 1u, answers, "%u");
        ASSERT_EQ(fixed ? PAGE + 99 : 0, answer[0].r.pa);
        ASSERT(!fixed || answer[1].r.id == 1);
        const struct mpt_req q = {.pa = PAGE, .mpt_only = true};
        fence = (struct sfence){.valid = true};
        step(&q);
        run(5);
        ASSERT_EQ_FMT(2u, answers, "%u");
    }
    PASS();
}

// --- switch box ----------------------------------------------------------------------------------

static struct mptoutputswitchbox box;
static struct mptoutputswitchbox_out b;

static void box_step(bool answered, bool only, bool merge, bool fault, bool ready, bool check_ready)
{
    struct mpt_resp m = {.valid = answered, .pa = PAGE, .perm = {.mpt_only = only, .right = 5}};
    const struct mptoutputswitchbox_in in = {.m = &m, .merge_valid = merge, .fault = fault, .port_ready = ready};
    mptoutputswitchbox_publish(&box, &cfg, &in, &b);
    mptoutputswitchbox_tick(&box, &cfg, &in, &b, b.check_valid && check_ready, false);
}

// Points 35, 38 and 39.
TEST switch_box(void)
{
    memset(&box, 0, sizeof box);
    box_step(false, false, true, true, true, true); // a fault leaves at once
    ASSERT(b.l1_valid && b.merge_ready && !b.check_valid);
    box_step(false, false, true, false, true, false); // asks until it is taken
    ASSERT(b.check_valid && !b.l1_valid && !b.merge_ready);
    box_step(false, false, true, false, true, true);
    ASSERT_EQ(BOX_SEND_MPT, box.state);
    box_step(false, false, true, false, true, true);
    ASSERT(!b.check_valid && !b.l1_valid);
    box_step(true, false, true, false, false, true); // the port is not ready: kept
    ASSERT(b.l1_valid && !b.merge_ready);
    ASSERT_EQ(BOX_SEND_L1, box.state);
    box_step(false, false, true, false, true, true);
    ASSERT(b.l1_valid && b.merge_ready && b.perm.right == 5 && !b.mpt_only);
    ASSERT_EQ(BOX_IDLE, box.state);
    box_step(true, true, true, false, true, true); // T12: the merged answer is gone
    ASSERT(b.l1_valid && b.merge_ready && b.mpt_only);
    PASS();
}

SUITE(mpt_suite)
{
    RUN_TEST(cold_walk);
    RUN_TEST(smmpt43_starts_at_level_2);
    RUN_TEST(leaves_of_all_levels);
    RUN_TEST(equal_rights_around);
    RUN_TEST(faulty_entries);
    RUN_TEST(denied_table);
    RUN_TEST(level_0_pointer_before_denied_memory);
    RUN_TEST(one_entry_store_drops_refills);
    RUN_TEST(misses_of_one_entry);
    RUN_TEST(second_miss_has_the_wrong_level);
    RUN_TEST(fifth_miss_waits);
    RUN_TEST(forms_of_mfence);
    RUN_TEST(request_after_a_page_fence);
    RUN_TEST(fences_and_changes);
    RUN_TEST(refill_keeps_other_trees);
    RUN_TEST(standing_pipeline_moves_trees);
    RUN_TEST(fence_before_a_full_queue);
    RUN_TEST(bare_mode);
    RUN_TEST(bare_mode_in_a_row);
    RUN_TEST(switch_box);
}
