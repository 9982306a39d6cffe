// SPDX-License-Identifier: MulanPSL-2.0
// What a replay counts, from traces and tables of which the counts are known beforehand; and which
// port of the L1 side an access takes.
#include "replay/front.h"
#include "replay/replay.h"
#include "tests/harness.h"
#include "tests/unit/scratch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

static void setup(struct replay_cfg *cfg, const char *preset)
{
    char msg[256];
    replay_cfg_default(cfg);
    cfg_preset(&cfg->machine, preset);
    cfg_set(&cfg->machine, "errata.L3", "fixed", msg, sizeof msg);
    cfg_finish(&cfg->machine, msg, sizeof msg);
}

// Runs a trace with these lines; image: the text of an image, or NULL. The caller frees the result.
static struct replay_result *replay(const struct replay_cfg *cfg, const char *kind, const char *lines,
                                    const char *image)
{
    static char text[1 << 16];
    char name[NAME_SIZE], tables[NAME_SIZE];
    if (image && !write_file(tables, image))
        return NULL;
    snprintf(text, sizeof text, "GVT 1\nisa riscv64\nkind %s\naddress virtual\ntables %s%s\nrun\n%s", kind,
             image ? "image " : "built", image ? tables : "", lines);
    if (!write_file(name, text))
        return NULL;
    struct replay_result *r = replay_run(cfg, name);
    unlink(name);
    if (image)
        unlink(tables);
    return r;
}

// Requests that wait at their port while nothing but memory moves: each cycle counts, whether it is clocked
// or skipped.
TEST waits_are_counted_in_cycles(void)
{
    char lines[6000];
    size_t n = 0;
    struct replay_cfg cfg;
    for (unsigned i = 0; i < 60; i++)
        n += (size_t)snprintf(lines + n, sizeof lines - n, "q %u %x %u @%u\n", i & 1, 0x4000u * i + 7,
                              i % 5 ? 0 : 3, i / 8);
    setup(&cfg, "minimal");
    cfg.memory.lat = 400;
    struct replay_result *fast = replay(&cfg, "port", lines, NULL);
    cfg.no_skip = true;
    struct replay_result *slow = replay(&cfg, "port", lines, NULL);
    ASSERT(fast && slow);
    ASSERT_EQ(REPLAY_DONE, fast->end);
    ASSERT_GT(fast->l2.port_wait[1], 2000);
    ASSERT_EQ(slow->l2.port_wait[0], fast->l2.port_wait[0]);
    ASSERT_EQ(slow->l2.port_wait[1], fast->l2.port_wait[1]);
    ASSERT_MEM_EQ(&slow->l2, &fast->l2, sizeof slow->l2);
    replay_free(fast);
    replay_free(slow);
    PASS();
}

// Sv39 over Sv39x4; every table lies in a 1-GiB page of the G stage at 0x80000000.
static const char tables[] =
    "csr vsatp 8000000000080004\ncsr hgatp 8000000000080000\n"
    "80000010 200000df\n"                      // G: 2 GiB to 3 GiB, itself
    "80000018 20001c01\n80007008 20002001\n"   // G: 3 GiB: a table, its second entry another table
    "80004000 20001401\n80005000 20001801\n"   // VS: 0 to 2 MiB has a table
    "80006008 100000df\n"                      // page 1: guest page 40000, G level 2 has nothing
    "80006010 300004df\n"                      // page 2: guest page c0001, G level 1 has nothing
    "80006018 300800df\n"                      // page 3: guest page c0200, G level 0 has nothing
    "80006028 2000401f\n"                      // page 5: not accessed yet (A = 0), a fault of the L1 TLB
    "80006030 200040df\n"                      // page 6: fine
    "80006040 200040c9\n80006048 200040c7\n"   // pages 8 and 9: X; R and W, both without U
    "csr satp 8000000000080004\n";

TEST faults_by_kind_and_level(void)
{
    static const char lines[] =
        "q 1 1 3 @0\nq 1 2 3 @1000\nq 1 3 3 @2000\nq 1 4 3 @3000\nq 1 200 3 @4000\nq 1 40000 3 @5000\n"
        "q 1 6 3 @6000\nq 0 40000 2 @7000\nq 0 c0001 2 @8000\nq 0 c0200 2 @9000\nq 0 80010 2 @10000\n";
    struct replay_cfg cfg;
    setup(&cfg, "default");
    cfg.machine.prefetch = false;
    cfg.oracle = true;
    struct replay_result *r = replay(&cfg, "port", lines, tables);
    ASSERT(r);
    ASSERT_EQ(REPLAY_DONE, r->end);
    for (unsigned level = 0; level < 3; level++) {
        ASSERT_EQ(1, r->l2.faults[ALL_STAGE][ANSWER_GPF][level]);
        ASSERT_EQ(1, r->l2.faults[ALL_STAGE][ANSWER_PF][level]);
        ASSERT_EQ(1, r->l2.faults[ONLY_STAGE2][ANSWER_GPF][level]);
    }
    ASSERT_EQ(1, r->l2.faults[ALL_STAGE][ANSWER_OK][0]);
    ASSERT_EQ(1, r->l2.faults[ONLY_STAGE2][ANSWER_OK][2]);
    ASSERT_EQ(7, r->l2.kind[ALL_STAGE]);
    ASSERT_EQ(4, r->l2.kind[ONLY_STAGE2]);
    ASSERT_EQ(4, r->l2.single_only2);
    ASSERT_EQ(6, r->l2.single_fault);
    ASSERT_EQ(7, r->l2.answered[1]);
    ASSERT_EQ(4, r->l2.answered[0]);
    ASSERT_EQ(0, r->wrong);
    replay_free(r);
    PASS();
}

// The rights of an access (spec C 1.4) follow the registers and the mode that the trace gives: page 6 belongs to U, page
// 8 may only be executed, page 9 belongs to S.
TEST rights_follow_the_trace(void)
{
    static const struct {
        const char *lines;
        unsigned faults, done;
    } rows[] = {
        {"l 6000 8 u\nl 9000 8 s\nf 8000 4 s\n", 0, 2},
        {"l 9000 8 u\n", 1, 1},
        {"csr sum 0\nl 6000 8 s\n", 1, 1},
        {"csr sum 1\nl 6000 8 s\n", 0, 1},
        {"csr vsum 0\nl 6000 8 s\n", 0, 1},
        {"csr vsum 0\nl 6000 8 vs\n", 1, 1},
        {"csr vsum 1\nl 6000 8 vs\n", 0, 1},
        {"csr sum 0\nl 6000 8 vs\n", 0, 1},
        {"csr sum 0\ncsr vsum 0\ncsr vsum 1\nl 6000 8 vs\n", 0, 1},
        {"l 8000 8 s\n", 1, 1},
        {"csr mxr 1\nl 8000 8 s\n", 0, 1},
        {"csr vmxr 1\nl 8000 8 s\n", 1, 1},
        {"l 8000 8 vs\n", 1, 1},
        {"csr vmxr 1\nl 8000 8 vs\n", 0, 1},
        {"l 9000 8 hs\n", 0, 1},
        {"l 9000 8 hu\n", 1, 1},
        {"csr vsum 0\nl 6000 8 hs\n", 1, 1},
        {"csr vsum 0\nl 6000 8 hu\n", 0, 1},
        {"csr spvp 1\nl 6000 8 hu\nl 9000 8 hs\nl 9000 8 hu\n", 1, 3},
        {"l 8000 4 xs\n", 0, 1},
        {"l 8000 4 hs\n", 1, 1},
        {"l 6000 8 vu\nl 9000 8 s\nl 6000 8 vu\nl 9000 8 vs\n", 0, 4},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct replay_cfg cfg;
        setup(&cfg, "default");
        struct replay_result *r = replay(&cfg, "access", rows[i].lines, tables);
        ASSERT(r);
        ASSERTm(r->message, r->end == REPLAY_DONE);
        ASSERT_EQm(rows[i].lines, rows[i].faults, r->front.page_faults[L1_LOAD]);
        ASSERT_EQm(rows[i].lines, rows[i].done, r->front.done[L1_LOAD]);
        replay_free(r);
    }
    PASS();
}

// A fault is counted as what it is, once per access.
TEST faults_of_accesses(void)
{
    static const struct {
        const char *line;
        unsigned class, page, guest;
    } rows[] = {
        {"l 1000 8 vu\n", L1_LOAD, 0, 1},  {"l 4000 8 vu\n", L1_LOAD, 1, 0},  {"l 6000 8 vu\n", L1_LOAD, 0, 0},
        {"s 1000 8 vu\n", L1_STORE, 0, 1}, {"s 4000 8 vu\n", L1_STORE, 1, 0}, {"f 2000 4 vu\n", L1_FETCH, 0, 1},
        {"f 4000 4 u\n", L1_FETCH, 1, 0},  {"l 5000 8 vu\n", L1_LOAD, 1, 0},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct replay_cfg cfg;
        setup(&cfg, "default");
        struct replay_result *r = replay(&cfg, "access", rows[i].line, tables);
        ASSERT(r);
        ASSERT_EQ(REPLAY_DONE, r->end);
        for (unsigned k = 0; k < L1_CLASSES; k++) {
            ASSERT_EQm(rows[i].line, k == rows[i].class ? rows[i].page : 0, r->front.page_faults[k]);
            ASSERT_EQm(rows[i].line, k == rows[i].class ? rows[i].guest : 0, r->front.guest_faults[k]);
            ASSERT_EQ(0, r->front.access_faults[k]);
        }
        replay_free(r);
    }
    PASS();
}

static uint64_t miss_latency(const struct replay_cfg *cfg, const char *lines, unsigned class)
{
    struct replay_result *r = replay(cfg, "access", lines, tables);
    uint64_t latency = r && r->end == REPLAY_DONE ? r->front.miss_latency[class].sum : 0;
    replay_free(r);
    return latency;
}

// What guests do (V = 1, HLV) is counted apart from the host; a prefetch is nobody's wait.
TEST guests_are_counted_apart(void)
{
    struct replay_cfg cfg;
    setup(&cfg, "default");
    uint64_t guest = miss_latency(&cfg, "l 1000 8 vu\n", L1_LOAD), host = miss_latency(&cfg, "l 6000 8 u\n", L1_LOAD);
    const struct {
        const char *lines;
        uint64_t done, wait;
    } rows[] = {
        {"l 6000 8 u\n", 0, 0},
        {"l 1000 8 vu\n", 1, guest},
        {"l 1000 8 hu\n", 1, guest},
        {"p 1000 8 vu\n", 0, 0},
    };
    ASSERT_GT(guest, 0);
    ASSERT_GT(host, 0);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct replay_result *r = replay(&cfg, "access", rows[i].lines, tables);
        ASSERT(r);
        ASSERT_EQm(rows[i].lines, rows[i].done, r->front.guest_done);
        ASSERT_EQm(rows[i].lines, rows[i].wait, r->front.guest_wait);
        replay_free(r);
    }
    PASS();
}

// Each retry time is that of its own event (spec C 3.2): a load's wake-up and its FULL verdict differ.
TEST retry_times_are_apart(void)
{
    struct replay_cfg cfg;
    setup(&cfg, "default");
    cfg.memory.l2_sets = 0;
    cfg.memory.span = 0;
    uint64_t load = miss_latency(&cfg, "l 6000 8 u\n", L1_LOAD);
    ASSERT_GT(load, 0);
    cfg.front.retry_full = 40;
    ASSERT_EQ(load, miss_latency(&cfg, "l 6000 8 u\n", L1_LOAD));
    cfg.front.retry_load = 9;
    ASSERT_EQ(load + 5, miss_latency(&cfg, "l 6000 8 u\n", L1_LOAD));
    // More loads than the filter has slots: some are told FULL.
    char lines[2000];
    size_t n = 0;
    for (unsigned i = 0; i < 40; i++)
        n += (size_t)snprintf(lines + n, sizeof lines - n, "l %x 8 u\n", 0x10000 + 0x8000 * i);
    uint64_t slow = miss_latency(&cfg, lines, L1_LOAD);
    cfg.front.retry_full = 4;
    ASSERT_NEQ(slow, miss_latency(&cfg, lines, L1_LOAD));
    PASS();
}

// Where the reads of a two-stage walk are placed: page 6 with nothing cached reads, for each of the three VS
// tables and the data page, the G root, and the VS tables themselves.
TEST reads_are_placed(void)
{
    struct replay_cfg cfg;
    setup(&cfg, "default");
    cfg.machine.prefetch = false;
    cfg.memory.lat = 40;
    cfg.memory.span = 0;
    cfg.memory.l2_sets = 0;
    struct replay_result *r = replay(&cfg, "port", "q 1 6 3 @0\n", tables);
    ASSERT(r);
    struct map_cell(*map)[MAP_COLS] = r->l2.map[ALL_STAGE];
    uint64_t sum = 0;
    for (unsigned row = 0; row < MAP_ROWS; row++)
        for (unsigned c = 0; c < MAP_COLS; c++) {
            sum += map[row][c].reads;
            if (c == MAP_TABLE)
                ASSERT_EQ(row <= 2, map[row][c].reads);
            else
                ASSERT_EQ(c == 2 && row == 2, map[row][c].reads); // the 1-GiB entry then is cached
            ASSERT_EQ(map[row][c].reads * 41, map[row][c].cycles);
        }
    ASSERT_EQ(4, sum);
    ASSERT_EQ(1, r->l2.refs[ALL_STAGE][4]);
    ASSERT_EQ(4, r->l2.refs_max[ALL_STAGE]);
    ASSERT_EQ(3, r->l2.ptw_reads + r->l2.llptw_reads);
    ASSERT_EQ(1, r->l2.hptw_reads);
    ASSERT_EQ(1, r->l2.by_path[ALL_STAGE][PATH_ROOT][GSIDE_WALKED].count);
    ASSERT_EQ(1, r->l2.by_level[ALL_STAGE][0][2].count);
    replay_free(r);
    PASS();
}

struct told {
    struct tracked_answer a[8];
    unsigned n;
};

static void tell(const struct tracked_answer *a, void *ctx)
{
    struct told *t = ctx;
    if (t->n < 8)
        t->a[t->n++] = *a;
}

TEST each_answer_is_told(void)
{
    struct replay_cfg cfg;
    struct told t = {.n = 0};
    setup(&cfg, "default");
    cfg.machine.prefetch = false;
    cfg.answered = tell;
    cfg.answered_ctx = &t;
    struct replay_result *r =
        replay(&cfg, "port", "q 1 6 3 @0\nq 0 4 3 @1000\nq 1 1 3 @2000\nq 1 80010 2 @3000\n", tables);
    ASSERT(r);
    ASSERT_EQ(4, t.n);
    static const struct {
        uint64_t vpn;
        unsigned port, s2xlate, fault;
    } want[] = {{6, 1, 3, 0}, {4, 0, 3, 1}, {1, 1, 3, 4}, {0x80010, 1, 2, 0}};
    uint64_t latency = 0;
    for (unsigned i = 0; i < 4; i++) {
        ASSERT_EQ(want[i].vpn, t.a[i].vpn);
        ASSERT_EQ(want[i].port, t.a[i].port);
        ASSERT_EQ(want[i].s2xlate, t.a[i].s2xlate);
        ASSERT_EQ(want[i].fault, t.a[i].fault);
        ASSERT_EQ(8 + 1000 * i, t.a[i].accepted); // 8 cycles of boot come first
        latency += t.a[i].latency;
    }
    ASSERT_EQ(4, t.a[0].reads);
    ASSERT_EQ(r->l2.all.sum, latency);
    replay_free(r);
    PASS();
}

// --- the front ----------------------------------------------------------------------------------

// Ports that hold a lookup now, as a mask.
static unsigned looked(struct front *f)
{
    unsigned m = 0;
    for (unsigned p = 0; p < L1_PORTS; p++)
        m |= (unsigned)front_in(f)->req[p].valid << p;
    return m;
}

// One cycle in which the L2TLB takes nothing: up to where accesses are looked up.
static void begin(struct front *f, uint64_t cycle)
{
    static struct l2tlb_out nothing;
    struct l2tlb_in in = {.a_ready = false};
    front_publish(f, &in);
    front_settle(f, cycle, &nothing);
}

struct issue {
    unsigned op;
    uint64_t addr;
    unsigned size, ports, cmd;
};

// Spec C 3.2: loads go round ports 0 to 2, stores 4 and 5; AMO and LR take 0, prefetches 6, fetches
// 8 and, across a line, 9. Halves of a load or store that crosses a page take two ports.
TEST ports_of_accesses(void)
{
    static const struct issue rows[] = {
        {GVT_LOAD, 0x1000, 8, 1 << 0, L1_CMD_LOAD},   {GVT_LOAD, 0x2000, 8, 1 << 1, L1_CMD_LOAD},
        {GVT_LOAD, 0x3000, 8, 1 << 2, L1_CMD_LOAD},   {GVT_LOAD, 0x4ff9, 8, 3 << 0, L1_CMD_LOAD},
        {GVT_LOAD, 0x5ff8, 8, 1 << 2, L1_CMD_LOAD},   {GVT_STORE, 0x1000, 8, 1 << 4, L1_CMD_STORE},
        {GVT_STORE, 0x2000, 8, 1 << 5, L1_CMD_STORE}, {GVT_STORE, 0x2fff, 2, 3 << 4, L1_CMD_STORE},
        {GVT_STORE, 0x3000, 1, 1 << 4, L1_CMD_STORE}, {GVT_PREFETCH, 0x1000, 64, 1 << 6, L1_CMD_LOAD},
        {GVT_PREFETCH, 0x1ff0, 64, 1 << 6, L1_CMD_LOAD}, {GVT_FETCH, 0x103c, 4, 1 << 8, L1_CMD_FETCH},
    };
    struct replay_cfg cfg;
    struct l1_csr csr = {.dmode = MODE_S, .imode = MODE_S, .tlb.satp.mode = MODE_SV39};
    setup(&cfg, "default");
    struct front *f = front_new(&cfg.front, &cfg.machine);
    ASSERT(f);
    front_reset(f, &csr);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct trace_record r = {.kind = TRACE_ACCESS, .op = (uint8_t)rows[i].op, .priv = GVT_S,
                                 .size = (uint16_t)rows[i].size, .addr = rows[i].addr};
        begin(f, i);
        ASSERT(front_room(f, &r));
        front_issue(f, &r, i, false);
        ASSERT_EQ(rows[i].ports, looked(f));
        for (unsigned p = 0; p < L1_PORTS; p++)
            if (bit(rows[i].ports, p)) {
                const struct l1_req *q = &front_in(f)->req[p];
                bool second = p && bit(rows[i].ports, p - 1);
                ASSERT_EQ(rows[i].cmd, q->cmd);
                ASSERT_EQ(second ? (rows[i].addr | 0xfff) + 1 : rows[i].addr, q->vaddr);
                ASSERT_EQ(q->vaddr, q->fullva);
                ASSERT_EQ(rows[i].op == GVT_PREFETCH, q->prefetch);
                ASSERT(q->check_fullva);
            }
        front_tick(f, false);
        ASSERT_EQ(0, looked(f));
    }
    const struct front_stats *st = front_finish(f);
    ASSERT_EQ(6, st->accesses[L1_LOAD]);
    ASSERT_EQ(5, st->accesses[L1_STORE]);
    ASSERT_EQ(2, st->accesses[L1_PREFETCH]);
    ASSERT_EQ(1, st->accesses[L1_FETCH]);
    ASSERT_EQ(6, st->waiting[L1_LOAD]);
    front_free(f);
    PASS();
}

// A fetch that crosses a line of 64 bytes, and one that crosses 32 only.
TEST fetches_cross_lines(void)
{
    static const struct issue rows[] = {{GVT_FETCH, 0x101e, 4, 1 << 8, 0}, {GVT_FETCH, 0x103e, 4, 3 << 8, 0},
                                        {GVT_FETCH, 0x1fff, 2, 3 << 8, 0}};
    struct replay_cfg cfg;
    struct l1_csr csr = {.dmode = MODE_S, .imode = MODE_S, .tlb.satp.mode = MODE_SV39};
    setup(&cfg, "default");
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct trace_record r = {.kind = TRACE_ACCESS, .op = GVT_FETCH, .priv = GVT_S,
                                 .size = (uint16_t)rows[i].size, .addr = rows[i].addr};
        struct front *f = front_new(&cfg.front, &cfg.machine);
        ASSERT(f);
        front_reset(f, &csr);
        begin(f, 0);
        front_issue(f, &r, 0, false);
        ASSERT_EQ(rows[i].ports, looked(f));
        ASSERT_EQ(rows[i].addr, front_in(f)->req[8].vaddr);
        if (looked(f) & 1 << 9)
            ASSERT_EQ((rows[i].addr | 0x3f) + 1, front_in(f)->req[9].vaddr);
        front_free(f);
    }
    PASS();
}

static bool room(struct front *f, unsigned op, uint64_t addr, unsigned size)
{
    struct trace_record r = {.kind = TRACE_ACCESS, .op = (uint8_t)op, .priv = GVT_S,
                             .size = (uint16_t)size, .addr = addr};
    return front_room(f, &r);
}

static void issue(struct front *f, unsigned op, uint64_t addr)
{
    struct trace_record r = {.kind = TRACE_ACCESS, .op = (uint8_t)op, .priv = GVT_S, .size = 8, .addr = addr};
    front_issue(f, &r, 0, false);
}

// Who waits for whom: windows, ports, and atomics, which are alone.
TEST room_for_accesses(void)
{
    struct replay_cfg cfg;
    struct l1_csr csr = {.dmode = MODE_S, .imode = MODE_S, .tlb.satp.mode = MODE_SV39};
    setup(&cfg, "default");
    cfg.front.window[L1_LOAD] = 3;
    cfg.front.window[L1_FETCH] = 1;
    struct front *f = front_new(&cfg.front, &cfg.machine);
    ASSERT(f);
    front_reset(f, &csr);
    ASSERT(front_drained(f) && front_empty(f));
    begin(f, 0);
    ASSERT(room(f, GVT_AMO, 0x1000, 8));
    issue(f, GVT_LOAD, 0x1000);
    ASSERT_FALSE(front_drained(f));
    ASSERT_FALSE(room(f, GVT_AMO, 0x1000, 8));    // behind a load
    ASSERT_FALSE(room(f, GVT_LR, 0x1000, 8));
    ASSERT(room(f, GVT_LOAD, 0x2ffc, 8));         // ports 1 and 2
    issue(f, GVT_LOAD, 0x2000);
    ASSERT_FALSE(room(f, GVT_LOAD, 0x2ffc, 8));   // port 0 is taken in this cycle
    ASSERT(room(f, GVT_LOAD, 0x2ff8, 8));
    issue(f, GVT_LOAD, 0x3000);
    front_tick(f, false);
    begin(f, 1);
    ASSERT_FALSE(room(f, GVT_LOAD, 0x4000, 8)); // the window is full
    ASSERT(room(f, GVT_STORE, 0x4000, 8));
    ASSERT(room(f, GVT_FETCH, 0x103c, 8));
    issue(f, GVT_FETCH, 0x1000);
    front_tick(f, false);
    begin(f, 2);
    ASSERT_FALSE(room(f, GVT_FETCH, 0x1000, 8));
    issue(f, GVT_PREFETCH, 0x9000);
    ASSERT_FALSE(room(f, GVT_PREFETCH, 0x9000, 8)); // port 6
    front_free(f);
    f = front_new(&cfg.front, &cfg.machine);
    front_reset(f, &csr);
    begin(f, 0);
    issue(f, GVT_PREFETCH, 0x9000);
    ASSERT(front_drained(f)); // prefetches do not count
    ASSERT_FALSE(front_empty(f));
    issue(f, GVT_STORE, 0x9000);
    ASSERT_FALSE(room(f, GVT_AMO, 0x1000, 8)); // behind a store
    front_free(f);
    f = front_new(&cfg.front, &cfg.machine);
    front_reset(f, &csr);
    begin(f, 0);
    issue(f, GVT_LR, 0x9000);
    front_tick(f, false);
    begin(f, 1);
    ASSERT_FALSE(room(f, GVT_LOAD, 0x1000, 8)); // behind an atomic
    ASSERT(room(f, GVT_STORE, 0x1000, 8));
    front_free(f);
    PASS();
}

SUITE(tally_suite)
{
    RUN_TEST(waits_are_counted_in_cycles);
    RUN_TEST(faults_by_kind_and_level);
    RUN_TEST(rights_follow_the_trace);
    RUN_TEST(faults_of_accesses);
    RUN_TEST(guests_are_counted_apart);
    RUN_TEST(retry_times_are_apart);
    RUN_TEST(reads_are_placed);
    RUN_TEST(each_answer_is_told);
    RUN_TEST(ports_of_accesses);
    RUN_TEST(fetches_cross_lines);
    RUN_TEST(room_for_accesses);
}
