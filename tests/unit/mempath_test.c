// SPDX-License-Identifier: MulanPSL-2.0
// Memory path (spec A 4.2 to 4.4; checklist MEM-01 to MEM-08, HPT-16, HPT-17): reads in flight, line
// buffer, flush latch, refill register.
#include "model/mempath.h"
#include "tests/harness.h"
#include "tests/unit/rig.h"

enum { V = 0x12345002 };

static struct l2tlb_cfg cfg;
static struct mempath m;
static struct mempath_out o;
static struct mempath_in in;

static void start(const char *fixed)
{
    char msg[128];
    cfg_preset(&cfg, "minimal");
    if (fixed)
        cfg_set(&cfg, fixed, "fixed", msg, sizeof msg);
    cfg_finish(&cfg, msg, sizeof msg);
    mempath_reset(&m, &cfg);
    in = (struct mempath_in){0};
}

static void step(void)
{
    mempath_tick(&m, &o, &in);
    in = (struct mempath_in){0};
}

static void quiet(void)
{
    mempath_publish(&m, in.flush, false, 0, NULL, &o);
    step();
}

static void read_of(unsigned id, uint64_t addr, bool bypassed)
{
    mempath_publish(&m, false, false, 0, NULL, &o);
    in.a_fire = true;
    in.a_id = (uint8_t)id;
    in.a_addr = addr;
    in.a_hptw_bypassed = bypassed;
    in.ptw_mem_fire = id == cfg.ptw_id;
    in.hptw_mem_fire = id == cfg.hptw_id;
    in.ptw_level = in.hptw_level = 2;
    step();
}

// One beat with words 10*beat+1 ..; flush in the same cycle if told.
static void beat(unsigned id, unsigned n, bool flush)
{
    static uint64_t data[4];
    for (unsigned i = 0; i < 4; i++)
        data[i] = 100 * id + 4 * n + i + 1;
    mempath_publish(&m, flush, true, id, data, &o);
    in.d_valid = true;
    in.d_data = data;
    in.flush = flush;
    step();
}

// MEM-02, 03: two beats, in order; the addressed word; the refill is seen one cycle later.
TEST line(void)
{
    for (unsigned w = 0; w < 8; w++) {
        start(NULL);
        read_of(cfg.ptw_id, 0x80000000 + 8 * w, false);
        ASSERT(bit(m.waiting_resp, cfg.ptw_id));
        beat(cfg.ptw_id, 0, false);
        ASSERT_FALSE(o.done || m.refill.valid);
        quiet(); // a gap
        beat(cfg.ptw_id, 1, false);
        ASSERT(o.done);
        ASSERT_EQ(cfg.ptw_id, o.id);
        for (unsigned i = 0; i < 8; i++)
            ASSERT_EQ(100 * cfg.ptw_id + i + 1, o.line[i]);
        ASSERT(m.refill.valid);
        ASSERT_EQ(2, m.refill.level);
        ASSERT_EQ(100 * cfg.ptw_id + w + 1, m.refill.sel_pte);
        ASSERT_EQ(100 * cfg.ptw_id + w + 1, m.resp_pte_ptw);
        ASSERT_EQ(0, m.waiting_resp);
        quiet();
        ASSERT_FALSE(m.refill.valid); // exactly one cycle
    }
    PASS();
}

// MEM-04, 05: lines in any order, each to the id it names.
TEST out_of_order(void)
{
    start(NULL);
    read_of(0, 0x80000000, false);
    read_of(cfg.hptw_id, 0x80000040, false);
    read_of(3, 0x80000080, false);
    ASSERT_EQ(1u | 1u << 3 | 1u << cfg.hptw_id, m.waiting_resp);
    beat(3, 0, false);
    beat(3, 1, false);
    ASSERT_EQ(3, o.id);
    ASSERT_EQ(0, m.refill.level);
    ASSERT_EQ(1u | 1u << cfg.hptw_id, m.waiting_resp);
    beat(cfg.hptw_id, 0, false);
    beat(cfg.hptw_id, 1, false);
    ASSERT_EQ(100 * cfg.hptw_id + 1, m.resp_pte_hptw);
    ASSERT_EQ(0, m.resp_pte_ptw);
    PASS();
}

// The copy for an LLPTW entry is made in the cycle after the line; until then the buffer is used.
TEST sector_copy(void)
{
    start(NULL);
    read_of(2, 0x80000000, false);
    beat(2, 0, false);
    beat(2, 1, false);
    ASSERT_EQ(201, mempath_sector(&m, 2, 1u << 2)[0]);
    ASSERT_EQ(0, mempath_sector(&m, 2, 0)[0]);
    in.buffer_it = 1u << 2;
    quiet();
    ASSERT_EQ(208, mempath_sector(&m, 2, 0)[7]);
    PASS();
}

// MEM-07, PC-24: flushed reads come back without a refill; a flush in the cycle of the last beat
// leaves no mark.
TEST flush_latch(void)
{
    start(NULL);
    read_of(1, 0x80000000, false);
    in.flush = true;
    quiet();
    ASSERT_EQ(1u << 1, m.flush_latch);
    ASSERT(bit(m.waiting_resp, 1)); // the id stays taken
    beat(1, 0, false);
    beat(1, 1, false);
    ASSERT(o.done && !o.refill_valid && !m.refill.valid);
    ASSERT_EQ(0, m.flush_latch | m.waiting_resp);
    read_of(1, 0x80000000, false);
    beat(1, 0, false);
    beat(1, 1, true);
    ASSERT_FALSE(m.refill.valid);
    ASSERT_EQ(0, m.flush_latch);
    read_of(1, 0x80000000, false);
    beat(1, 0, false);
    beat(1, 1, false);
    ASSERT(m.refill.valid);
    PASS();
}

// HPT-16, 17, D5, row 26: the no-refill mark of a bypassed HPTW walk; another read clears it.
TEST bypassed_walk(void)
{
    for (unsigned f = 0; f < 2; f++)
        for (unsigned between = 0; between < 2; between++) {
            start(f ? "errata.D5" : NULL);
            read_of(cfg.hptw_id, 0x80000000, true);
            if (between)
                read_of(0, 0x80000040, false);
            beat(cfg.hptw_id, 0, false);
            beat(cfg.hptw_id, 1, false);
            ASSERT_EQ(between && !f, m.refill.valid);
            if (between) { // and the other walker's refill is its own affair
                beat(0, 0, false);
                beat(0, 1, false);
                ASSERT(m.refill.valid);
            }
        }
    PASS();
}

// MEM-01, 02, PMP-04: the machine's reads are whole lines; PTW before LLPTW before HPTW.
TEST reads_are_lines(void)
{
    struct rig *r = rig_new("minimal", NULL, 3);
    uint64_t root = rig_page(r);
    rig_atp(r, 0, MODE_SV39, 5, root);
    for (unsigned i = 0; i < 12; i++)
        rig_map(r, root, 3, V + ((uint64_t)i << (i & 1 ? 18 : 3)), 0, rig_leaf(0x90000 + i));
    for (unsigned i = 0; i < 12; i++)
        rig_post(r, i & 1, V + ((uint64_t)i << (i & 1 ? 18 : 3)), NO_S2XLATE);
    rig_run(r, 600);
    for (unsigned i = 0; i < r->reads; i++) {
        ASSERT_EQ(0, r->read[i].addr & 63);
        ASSERT_LTE(r->read[i].source, r->cfg.hptw_id);
    }
    for (unsigned i = 0; i < r->reqs; i++) {
        ASSERT_NEQ(RIG_NEVER, r->req[i].answered);
        ASSERT_EQ(0, r->req[i].r.s1.pf + r->req[i].r.s1.af);
    }
    rig_free(r);
    PASS();
}

// MEM-06: a flush takes the offered read away in its cycle; nothing is sent.
TEST flush_while_stalled(void)
{
    struct rig *r = rig_new("minimal", NULL, 3);
    uint64_t root = rig_page(r);
    rig_atp(r, 0, MODE_SV39, 5, root);
    rig_map(r, root, 3, V, 0, rig_leaf(0x90002));
    r->in.a_ready = false;
    rig_post(r, 1, V, NO_S2XLATE);
    rig_run(r, 20);
    ASSERT(r->out.a_valid);
    r->in.sfence = (struct sfence){.valid = true, .rs1 = true, .rs2 = true};
    rig_step(r);
    ASSERT(r->out.a_valid);
    rig_step(r);
    ASSERT(r->out.a_valid);
    rig_step(r); // two cycles after the port
    ASSERT_FALSE(r->out.a_valid);
    r->in.a_ready = true;
    rig_run(r, 50);
    ASSERT_EQ(0, r->reads);
    ASSERT_EQ(RIG_NEVER, r->req[0].answered);
    ASSERT_EQ(3 * 3 + 22, rig_ask(r, V, NO_S2XLATE));
    rig_free(r);
    PASS();
}

SUITE(mempath_suite)
{
    RUN_TEST(line);
    RUN_TEST(out_of_order);
    RUN_TEST(sector_copy);
    RUN_TEST(flush_latch);
    RUN_TEST(bypassed_walk);
    RUN_TEST(reads_are_lines);
    RUN_TEST(flush_while_stalled);
}
