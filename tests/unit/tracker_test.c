// SPDX-License-Identifier: MulanPSL-2.0
// The tracker fed by hand: events as a machine would report them, with the counts that must follow.
#include "arch/bits.h"
#include "replay/tracker_impl.h"
#include "tests/harness.h"

#include <stdlib.h>

// A machine that does nothing, and what its ports are said to show.
struct hand {
    struct tracker *tr;
    struct l2tlb *t;
    struct l2tlb_in in;
    struct l2tlb_out out, idle;
};

static bool open_hand(struct hand *h)
{
    struct l2tlb_cfg cfg;
    char msg[100];
    *h = (struct hand){.in = {.a_ready = true, .resp_ready = {true, true}}};
    h->in.csr.vsatp.mode = h->in.csr.hgatp.mode = MODE_SV48;
    h->in.csr.satp.mode = MODE_SV39;
    if (!cfg_preset(&cfg, "default") || cfg_finish(&cfg, msg, sizeof msg))
        return false;
    h->tr = tracker_new(&cfg);
    h->t = l2tlb_new(&cfg);
    if (h->t)
        l2tlb_reset(h->t, &h->in.csr);
    return h->tr && h->t;
}

static void close_hand(struct hand *h)
{
    tracker_free(h->tr);
    l2tlb_free(h->t);
}

static void event(struct hand *h, struct l2tlb_event e)
{
    e.cycle = l2tlb_cycle(h->t);
    tracker_event(&e, h->tr);
}

// The cycle ends.
static void pass(struct hand *h)
{
    l2tlb_settle(h->t, &h->in, &h->idle);
    tracker_pass(h->tr, h->t, &h->in, &h->out, 1);
    l2tlb_tick(h->t);
    tracker_ticked(h->tr);
    h->out = (struct l2tlb_out){.a_valid = false};
}

// A request is taken: shown to the ports in one cycle, reported in the same.
static void request(struct hand *h, uint32_t tag, unsigned port, unsigned kind, uint64_t vpn)
{
    h->in.req[port] = (struct l2tlb_req){.vpn = vpn, .s2xlate = (uint8_t)kind, .valid = true, .tag = tag};
    h->out.req_ready[port] = true;
    l2tlb_settle(h->t, &h->in, &h->idle);
    tracker_pass(h->tr, h->t, &h->in, &h->out, 1);
    event(h, (struct l2tlb_event){.kind = EV_REQ, .a = (uint8_t)port, .tag = tag, .vpn = vpn, .s2xlate = (uint8_t)kind});
    h->in.req[port].valid = false;
    tracker_ticked(h->tr);
    h->out = (struct l2tlb_out){.a_valid = false};
}

static void answer(struct hand *h, uint32_t tag, const struct ptw_resp *r)
{
    h->out.resp_valid[1] = true;
    h->out.resp[1] = *r;
    h->out.resp[1].tag = tag;
    pass(h);
}

// Channel A: a read of level b, of a G table (c = 1) or not, by source id; and its last beat n cycles later.
static void read_line(struct hand *h, unsigned id, uint32_t tag, unsigned level, unsigned c, unsigned n)
{
    event(h, (struct l2tlb_event){.kind = EV_MEM_REQ, .a = (uint8_t)id, .b = (uint8_t)level, .c = (uint8_t)c, .tag = tag});
    while (n--)
        pass(h);
    event(h, (struct l2tlb_event){.kind = EV_MEM_RESP, .a = (uint8_t)id, .tag = tag});
}

static unsigned home_of(uint32_t tag) { return (unsigned)((tag * MIX64_K) >> 48) & (HASH - 1); }

// Records with the same place in the table: when the first goes, the others are still found, in any order.
TEST records_with_one_home(void)
{
    struct hand h;
    struct ptw_resp r = {.s2xlate = NO_S2XLATE};
    uint32_t tag[4] = {3};
    unsigned n = 1;
    for (uint32_t t = 4; n < 3; t++)
        if (home_of(t) == home_of(tag[0]))
            tag[n++] = t;
    for (uint32_t t = 4; n < 4; t++) // and a neighbour, whose place the others take
        if (home_of(t) == ((home_of(tag[0]) + 1) & (HASH - 1)))
            tag[n++] = t;
    static const unsigned order[][4] = {{0, 1, 2, 3}, {1, 0, 3, 2}, {2, 3, 0, 1}, {3, 0, 2, 1}, {0, 3, 1, 2}};
    for (unsigned i = 0; i < sizeof order / sizeof *order; i++) {
        ASSERT(open_hand(&h));
        for (unsigned k = 0; k < 4; k++)
            request(&h, tag[k], 1, NO_S2XLATE, 0x1000 + k);
        ASSERT_EQ(4, tracker_in_flight(h.tr));
        for (unsigned k = 0; k < 4; k++)
            answer(&h, tag[order[i][k]], &r);
        ASSERT_EQ(0, tracker_in_flight(h.tr));
        ASSERT_EQ(0, tracker_stats(h.tr)->unknown_answers);
        ASSERT_EQ(4, tracker_stats(h.tr)->answered[1]);
        answer(&h, tag[0], &r);
        ASSERT_EQ(1, tracker_stats(h.tr)->unknown_answers);
        close_hand(&h);
    }
    PASS();
}

struct path_row {
    uint32_t flags;
    unsigned path, row; // row of G reads made before the first table is read
};

// The look-up that decides gives the path, and G reads before the first table belong to where the walk starts.
TEST paths_and_their_first_row(void)
{
    static const struct path_row rows[] = {
        {0, PATH_ROOT, 3},         {LOOKUP_L3, PATH_L3, 2},
        {LOOKUP_L2, PATH_L2, 1},   {LOOKUP_L1, PATH_L1, 0},
        {LOOKUP_HIT | LOOKUP_L0, PATH_L0, ROW_DATA}, {LOOKUP_HIT | LOOKUP_SP, PATH_SP, ROW_DATA},
        {LOOKUP_L3 | LOOKUP_L2, PATH_L2, 1},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hand h;
        struct ptw_resp r = {.s2xlate = ALL_STAGE, .s2.level = 1};
        ASSERT(open_hand(&h));
        request(&h, 5, 1, ALL_STAGE, 0x1234);
        event(&h, (struct l2tlb_event){.kind = EV_LOOKUP, .tag = 5, .flags = rows[i].flags | LOOKUP_FIRST});
        event(&h, (struct l2tlb_event){.kind = EV_PTW_REQ, .tag = 5});
        // A later look-up finds the last table: the path stays.
        event(&h, (struct l2tlb_event){.kind = EV_LOOKUP, .tag = 5, .flags = LOOKUP_L1});
        event(&h, (struct l2tlb_event){.kind = EV_HPTW_REQ, .tag = 5});
        read_line(&h, h.tr->cfg.hptw_id, 5, 1, 1, 7);
        answer(&h, 5, &r);
        const struct stats *s = tracker_stats(h.tr);
        for (unsigned row = 0; row < MAP_ROWS; row++)
            for (unsigned c = 0; c < MAP_COLS; c++) {
                ASSERT_EQ(row == rows[i].row && c == 1, s->map[ALL_STAGE][row][c].reads);
                ASSERT_EQ(row == rows[i].row && c == 1 ? 7 : 0, s->map[ALL_STAGE][row][c].cycles);
            }
        ASSERT_EQ(1, s->by_path[ALL_STAGE][rows[i].path][GSIDE_WALKED].count);
        ASSERT_EQ(1, s->by_level[ALL_STAGE][0][1].count);
        ASSERT_EQ(1, s->refs[ALL_STAGE][1]);
        ASSERT_EQ(1, s->hptw_reads);
        ASSERT_EQ(0, s->ptw_reads + s->llptw_reads);
        close_hand(&h);
    }
    PASS();
}

// A walk that ends at a superpage: the G reads behind its leaf translate the page, not a table. Cycles of one cell add up.
TEST reads_behind_a_superpage(void)
{
    struct hand h;
    struct ptw_resp r = {.s2xlate = ALL_STAGE, .s1.level = 1, .s2.level = 2};
    ASSERT(open_hand(&h));
    request(&h, 5, 0, ALL_STAGE, 0x1234);
    event(&h, (struct l2tlb_event){.kind = EV_PTW_REQ, .tag = 5});
    read_line(&h, h.tr->cfg.ptw_id, 5, 3, 0, 4);
    read_line(&h, h.tr->cfg.hptw_id, 5, 0, 1, 5);
    read_line(&h, h.tr->cfg.ptw_id, 5, 2, 0, 6);
    read_line(&h, h.tr->cfg.ptw_id, 5, 1, 0, 7);
    read_line(&h, h.tr->cfg.hptw_id, 5, 3, 1, 8);
    read_line(&h, h.tr->cfg.hptw_id, 5, 3, 1, 9);
    read_line(&h, h.tr->cfg.bitmap_id0, 5, 0, 2, 3);
    answer(&h, 5, &r);
    const struct stats *s = tracker_stats(h.tr);
    const struct map_cell *m = &s->map[ALL_STAGE][0][0];
    ASSERT_EQ(1, m[3 * MAP_COLS + MAP_TABLE].reads);
    ASSERT_EQ(5, m[2 * MAP_COLS + 0].cycles);
    ASSERT_EQ(6, m[2 * MAP_COLS + MAP_TABLE].cycles);
    ASSERT_EQ(7, m[1 * MAP_COLS + MAP_TABLE].cycles);
    ASSERT_EQ(2, m[ROW_DATA * MAP_COLS + 3].reads);
    ASSERT_EQ(17, m[ROW_DATA * MAP_COLS + 3].cycles);
    ASSERT_EQ(0, m[0 * MAP_COLS + 3].reads);
    ASSERT_EQ(6, s->refs_max[ALL_STAGE]);
    ASSERT_EQ(1, s->bitmap_all_reads);
    ASSERT_EQ(1, s->bitmap_reads);
    ASSERT_EQ(24, s->theory_max[ALL_STAGE]);
    ASSERT_EQ(1, s->single_super);
    ASSERT_EQ(0, s->unplaced_reads);
    close_hand(&h);
    PASS();
}

// What kind of answer it was, and the fault and level that count for its kind of request.
TEST kinds_of_answers(void)
{
    static const struct {
        unsigned kind;
        struct ptw_resp r;
        enum answer_fault fault;
        unsigned level, told;
        unsigned super, fault_only, only2, compress; // compress: sub-entries, 9: none
    } rows[] = {
        {NO_S2XLATE, {.s1 = {.valididx = 0x55}, .s2.gpf = true}, ANSWER_OK, 0, 0, 0, 0, 0, 4},
        {NO_S2XLATE, {.s1 = {.n = true, .valididx = 0xff}}, ANSWER_OK, 0, 0, 1, 0, 0, 9},
        {NO_S2XLATE, {.s1 = {.level = 2}}, ANSWER_OK, 2, 0, 1, 0, 0, 9},
        {NO_S2XLATE, {.s1 = {.pf = true, .level = 1}}, ANSWER_PF, 1, 1, 0, 1, 0, 9},
        {ONLY_STAGE1, {.s1 = {.af = true, .level = 2}, .s2.level = 1}, ANSWER_AF, 2, 2, 0, 1, 0, 9},
        {ONLY_STAGE2, {.s1 = {.pf = true, .level = 2}, .s2.level = 1}, ANSWER_OK, 1, 0, 0, 0, 1, 9},
        {ONLY_STAGE2, {.s2 = {.gpf = true, .level = 2}}, ANSWER_GPF, 2, 4, 0, 0, 1, 9},
        {ALL_STAGE, {.s1.level = 2, .s2 = {.gaf = true, .level = 1}}, ANSWER_GAF, 1, 8, 0, 1, 0, 9},
        {ALL_STAGE, {.s1 = {.pf = true, .level = 2}, .s2 = {.gpf = true, .level = 1}}, ANSWER_PF, 2, 5, 0, 1, 0, 9},
        {ALL_STAGE, {.s1 = {.valididx = 4}, .s2.level = 2}, ANSWER_OK, 0, 0, 0, 0, 0, 1},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hand h;
        ASSERT(open_hand(&h));
        request(&h, 9, 1, rows[i].kind, 0x77);
        answer(&h, 9, &rows[i].r);
        const struct stats *s = tracker_stats(h.tr);
        ASSERT_EQ(1, s->faults[rows[i].kind][rows[i].fault][rows[i].level]);
        ASSERT_EQ(rows[i].super, s->single_super);
        ASSERT_EQ(rows[i].fault_only, s->single_fault);
        ASSERT_EQ(rows[i].only2, s->single_only2);
        for (unsigned k = 0; k <= SECTOR; k++)
            ASSERT_EQ(k == rows[i].compress, s->compress[k]);
        close_hand(&h);
    }
    PASS();
}

static void keep(const struct tracked_answer *a, void *ctx) { *(struct tracked_answer *)ctx = *a; }

TEST faults_are_told(void)
{
    static const struct {
        unsigned kind, fault;
        bool pf, af, gpf, gaf;
    } rows[] = {
        {NO_S2XLATE, 1, true, false, true, true},  {NO_S2XLATE, 2, false, true, false, false},
        {ONLY_STAGE1, 3, true, true, false, true}, {ONLY_STAGE2, 4, true, true, true, false},
        {ONLY_STAGE2, 8, false, false, false, true}, {ALL_STAGE, 15, true, true, true, true},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hand h;
        struct tracked_answer a = {.latency = 99};
        struct ptw_resp r = {.s1 = {.pf = rows[i].pf, .af = rows[i].af}, .s2 = {.gpf = rows[i].gpf, .gaf = rows[i].gaf}};
        ASSERT(open_hand(&h));
        tracker_on_answer(h.tr, keep, &a);
        request(&h, 9, 1, rows[i].kind, 0x77);
        for (unsigned k = 0; k < 6; k++)
            pass(&h);
        read_line(&h, h.tr->cfg.ptw_id, 9, 0, 0, 3);
        answer(&h, 9, &r);
        ASSERT_EQ(rows[i].fault, a.fault);
        ASSERT_EQ(9, a.latency);
        ASSERT_EQ(1, a.reads);
        ASSERT_EQ(0x77, a.vpn);
        ASSERT_EQ(10, tracker_stats(h.tr)->busy_cycles); // from the cycle behind the acceptance on
        ASSERT_EQ(3, tracker_stats(h.tr)->ptw_read_cycles);
        ASSERT_EQ(3, tracker_stats(h.tr)->outstanding[1]);
        close_hand(&h);
    }
    PASS();
}

// Requests that the queue takes, and that a flush drops.
TEST queue_and_flush(void)
{
    struct hand h;
    ASSERT(open_hand(&h));
    request(&h, 1, 0, NO_S2XLATE, 1);
    request(&h, 2, 1, NO_S2XLATE, 2);
    event(&h, (struct l2tlb_event){.kind = EV_MQ_ENQ, .tag = 1, .vpn = 1, .a = 1});
    event(&h, (struct l2tlb_event){.kind = EV_MQ_ENQ, .tag = 2, .vpn = 2});
    event(&h, (struct l2tlb_event){.kind = EV_MQ_ENQ, .tag = 2, .vpn = 2});
    read_line(&h, h.tr->cfg.ptw_id, 2, 0, 0, 2);
    event(&h, (struct l2tlb_event){.kind = EV_PTW_REQ, .tag = 2});
    event(&h, (struct l2tlb_event){.kind = EV_FLUSH});
    pass(&h);
    pass(&h);
    const struct stats *s = tracker_stats(h.tr);
    ASSERT_EQ(3, s->missq_in);
    ASSERT_EQ(1, s->missq_for_llptw);
    ASSERT_EQ(1, s->flushes);
    ASSERT_EQ(1, s->flushed[0]);
    ASSERT_EQ(1, s->flushed[1]);
    ASSERT_EQ(1, s->flushed_reads);
    ASSERT_EQ(1, s->ptw_busy); // up to the flush
    ASSERT_EQ(0, tracker_in_flight(h.tr));
    close_hand(&h);
    PASS();
}

// The watch over the sums can fail: a request that the machine never had is located nowhere.
TEST a_cycle_without_a_cause_is_noticed(void)
{
    struct l2tlb_cfg cfg;
    char msg[128];
    static const struct tlb_csr csr;
    struct l2tlb_in in = {.resp_ready = {true, true}};
    struct l2tlb_out out;
    cfg_preset(&cfg, "minimal");
    cfg_finish(&cfg, msg, sizeof msg);
    struct l2tlb *t = l2tlb_new(&cfg);
    struct tracker *tr = tracker_new(&cfg);
    ASSERT(t && tr);
    l2tlb_reset(t, &csr);
    tracker_event(&(struct l2tlb_event){.kind = EV_REQ, .tag = 7, .a = 1}, tr);
    for (unsigned i = 0; i < 3; i++) {
        l2tlb_settle(t, &in, &out);
        tracker_pass(tr, t, &in, &out, 1);
        l2tlb_tick(t);
        tracker_ticked(tr);
    }
    l2tlb_settle(t, &in, &out);
    out.resp_valid[1] = true;
    out.resp[1] = (struct ptw_resp){.tag = 7};
    tracker_pass(tr, t, &in, &out, 1);
    tracker_ticked(tr);
    ASSERT_EQ(1, tracker_stats(tr)->answered[1]);
    ASSERT_EQ(3, tracker_stats(tr)->all.max);
    ASSERT_EQ(1, tracker_stats(tr)->bad_sums);
    tracker_free(tr);
    l2tlb_free(t);
    PASS();
}

SUITE(tracker_suite)
{
    RUN_TEST(records_with_one_home);
    RUN_TEST(paths_and_their_first_row);
    RUN_TEST(reads_behind_a_superpage);
    RUN_TEST(kinds_of_answers);
    RUN_TEST(faults_are_told);
    RUN_TEST(queue_and_flush);
    RUN_TEST(a_cycle_without_a_cause_is_noticed);
}
