// SPDX-License-Identifier: MulanPSL-2.0
// docs/bitmap-protocol.md by running it: a page becomes secure while normal-world traffic uses its
// neighbours and itself. The monitor writes the bitmap word, then fences and pulses BCLEAR in some
// order; after the last step the page must not be answered as allowed any more. Every order is run
// at many phases and gaps against the traffic.
#include "check/driver.h"
#include "tests/harness.h"

enum step { FENCE, BCLEAR, BOTH, NONE };

struct order {
    const char *name;
    enum step step[3];
    bool safe[4]; // on the machines below
};

// The last one shows what a corrected machine would need.
static const struct machine {
    const char *name, *revision, *fixed[4];
} machines[] = {
    {"2025-05", "2025-05", {NULL}},
    {"2025-05 with B1, B3 fixed", "2025-05", {"errata.B1", "errata.B3", NULL}},
    {"2026-03", "2026-03", {NULL}},
    {"2026-03 with all errata fixed", "2026-03", {"errata", NULL}},
};

static const struct order orders[] = {
    {"BCLEAR and fence in one cycle", {BOTH, NONE, NONE}, {false, true, true, true}},
    {"fence, BCLEAR, fence", {FENCE, BCLEAR, FENCE}, {false, true, true, true}},
    {"fence, BCLEAR", {FENCE, BCLEAR, NONE}, {false, false, false, true}},
    {"BCLEAR, fence", {BCLEAR, FENCE, NONE}, {false, false, false, true}},
    {"BCLEAR alone", {BCLEAR, NONE, NONE}, {false, false, false, true}},
    {"fence alone", {FENCE, NONE, NONE}, {false, false, false, false}},
};

#define ROOT UINT64_C(0x80000)
#define SECRET UINT64_C(0x900001) // page that becomes secure
#define SECRET_VPN UINT64_C(0x201)
#define BMA UINT64_C(0x100000000)
enum { LINES = 4, END = 1800, FIRST_WRITE = 150, PHASES = 48, MAX_EVENTS = 1200 };

struct scene {
    struct stim stim;
    struct stim_event event[MAX_EVENTS];
    uint64_t settled; // first cycle in which the last step acts
    uint64_t judged, leaked;
};

static void add(struct scene *s, struct stim_event e)
{
    size_t i = s->stim.events++;
    for (; i > 0 && s->event[i - 1].cycle > e.cycle; i--)
        s->event[i] = s->event[i - 1];
    s->event[i] = e;
}

static void add_word(struct scene *s, uint64_t cycle, enum stim_kind kind, uint64_t addr,
                     uint64_t data)
{
    struct stim_event e = {.cycle = cycle, .kind = kind};
    e.u.w.addr = addr;
    e.u.w.data = data;
    add(s, e);
}

static void add_step(struct scene *s, uint64_t cycle, enum step step)
{
    if (step == FENCE || step == BOTH) {
        struct stim_event e = {.cycle = cycle, .kind = STIM_SFENCE};
        e.u.sfence = (struct sfence){.valid = true, .rs1 = true, .rs2 = true, .flush_pipe = true};
        add(s, e);
    }
    if (step == BCLEAR || step == BOTH)
        add_word(s, cycle, STIM_MBMC, 0, BMA | 6);
}

// Sv39, four lines of 4-KiB pages; the pages of one line share a bitmap word.
static void tables(struct phys *m)
{
    phys_write(m, ROOT << 12, (ROOT + 1) << 10 | 1);
    phys_write(m, (ROOT + 1) << 12 | 1 << 3, (ROOT + 2) << 10 | 1);
    for (uint64_t i = 0; i < 8 * LINES; i++)
        phys_write(m, (ROOT + 2) << 12 | i << 3, (0x900000 + i) << 10 | 0xcf);
}

static void traffic(struct scene *s)
{
    for (unsigned k = 0; k < 300; k++) {
        struct stim_event e = {.cycle = 100 + 5 * k, .kind = STIM_REQ};
        e.u.req.port = 1;
        // The secret page, its neighbours and other lines by turns, so that checks overlap.
        e.u.req.vpn = k % 3 == 0 ? SECRET_VPN : 0x200 + (k * 7) % (8 * LINES);
        add(s, e);
    }
}

static void build(struct scene *s, const struct order *o, unsigned phase, unsigned gap)
{
    memset(s, 0, sizeof *s);
    s->stim.mem = phys_new();
    s->stim.event = s->event;
    s->stim.end = END;
    s->stim.timing = (struct tl_timing){.lat = 20, .span = 24, .seed = 1, .gap = 1};
    s->stim.init.satp = (struct atp){.mode = MODE_SV39, .id = 1, .ppn = ROOT};
    s->stim.init.mbmc = mbmc_decode(BMA | 4);
    tables(s->stim.mem);
    add_word(s, 2, STIM_PMP, 0x3b0, ~UINT64_C(0));
    add_word(s, 3, STIM_PMP, 0x3a0, 0x1f);
    traffic(s);
    uint64_t c = FIRST_WRITE + 4 * phase; // from before the first check to long after it
    add_word(s, c, STIM_MEMW, BMA + (SECRET >> 6 << 3), UINT64_C(1) << (SECRET & 63));
    for (unsigned i = 0; i < 3 && o->step[i] != NONE; i++) {
        c += i ? gap : 1;
        add_step(s, c, o->step[i]);
    }
    s->settled = c + 3; // what is accepted from here on sees the last step
}

static void answered(struct driver *d, unsigned port, const struct ptw_resp *r, uint64_t accepted,
                     void *ctx)
{
    struct scene *s = ctx;
    uint64_t vpn = r->s1.tag << 3 | r->s1.addr_low;
    (void)d;
    (void)port;
    if (accepted < s->settled || vpn != SECRET_VPN)
        return;
    s->judged++;
    s->leaked += !r->s1.af;
}

// Runs of an order that leak, over phases and gaps.
static unsigned leaking_runs(const struct order *o, const struct machine *m, unsigned *runs)
{
    static struct scene s;
    struct l2tlb_cfg cfg;
    char msg[128];
    unsigned leaks = 0;
    *runs = 0;
    bool ok = cfg_preset(&cfg, "minimal-bitmap") &&
              !cfg_set(&cfg, "revision", m->revision, msg, sizeof msg);
    for (unsigned i = 0; ok && m->fixed[i]; i++)
        ok = !cfg_set(&cfg, m->fixed[i], "fixed", msg, sizeof msg);
    if (!ok || cfg_finish(&cfg, msg, sizeof msg))
        return UINT32_MAX;
    static const uint16_t gaps[] = {1, 2, 5, 11, 30, 80, 160, 300};
    for (unsigned phase = 0; phase < PHASES; phase++)
        for (unsigned g = 0; g < sizeof gaps / sizeof gaps[0]; g++) {
            unsigned gap = gaps[g];
            struct driver_hooks hooks = {.answer = answered, .ctx = &s};
            struct driver_options how = {.skip = true};
            build(&s, o, phase, gap);
            struct driver *d = driver_new(&cfg, &s.stim, &how, &hooks);
            while (d && driver_step(d))
                ;
            driver_free(d);
            phys_free(s.stim.mem);
            leaks += s.leaked > 0 || s.judged == 0; // a run that judges nothing proves nothing
            ++*runs;
        }
    return leaks;
}

TEST protocol(const struct order *o, unsigned machine)
{
    unsigned runs, leaks = leaking_runs(o, &machines[machine], &runs);
    printf("\n  %s, %s: %u of %u runs leak", machines[machine].name, o->name, leaks, runs);
    ASSERT_EQ(o->safe[machine], leaks == 0);
    PASS();
}

SUITE(bitmap_protocol_suite)
{
    for (volatile size_t i = 0; i < sizeof orders / sizeof orders[0]; i++)
        for (volatile unsigned m = 0; m < sizeof machines / sizeof machines[0]; m++)
            RUN_TESTp(protocol, &orders[i], m);
    printf("\n");
}
