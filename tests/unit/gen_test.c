// SPDX-License-Identifier: MulanPSL-2.0
// Generated traces: the same seed gives the same trace, each kind has the shape it promises.
#include "tests/harness.h"
#include "traces/gen/gen.h"

// Runs a whole generation; returns the checksum, and counts records per kind and op.
struct tally {
    uint64_t sum, kind[TRACE_KINDS], op[GVT_OPS], low, high, insns, last_cycle;
    bool fine;
};

static struct tally run(const struct gen_cfg *c)
{
    struct tally t = {.low = UINT64_MAX, .fine = true};
    struct gen *g = gen_new(c);
    struct trace_record r;

    while (g && gen_next(g, &r)) {
        t.fine &= trace_record_check(&r, c->ports ? GVT_PORTS : GVT_ACCESSES) == NULL;
        t.fine &= !r.has_cycle || r.cycle >= t.last_cycle;
        t.last_cycle = r.has_cycle ? r.cycle : t.last_cycle;
        t.sum = trace_record_sum(t.sum, &r);
        t.kind[r.kind]++;
        t.insns += r.insns;
        if (r.kind != TRACE_ACCESS)
            continue;
        t.op[r.op]++;
        if (r.op != GVT_FETCH && r.addr < t.low)
            t.low = r.addr;
        if (r.op != GVT_FETCH && r.addr + r.size > t.high)
            t.high = r.addr + r.size;
    }
    gen_free(g);
    return t;
}

TEST same_seed_same_trace(unsigned kind)
{
    struct gen_cfg c;
    struct tally a, b, d;

    gen_cfg_default(&c, kind);
    c.count = 20000;
    c.footprint = 1 << 20;
    c.fetches = 0.3;
    c.amos = 0.1;
    c.cycles = 3.0;
    c.insns = 2.0;
    ASSERT_EQ(NULL, gen_cfg_check(&c));
    a = run(&c);
    b = run(&c);
    c.seed = 2;
    d = run(&c);
    ASSERT(a.fine && d.fine);
    ASSERT_EQ(a.sum, b.sum);
    ASSERT_NEQ(a.sum, d.sum);
    ASSERT_EQ(20000, a.kind[TRACE_ACCESS]);
    ASSERT_GTE(a.low, c.base);
    ASSERT_LTE(a.high, c.base + c.footprint);
    ASSERT_IN_RANGE(6000, a.op[GVT_FETCH], 300);
    ASSERT_IN_RANGE(4620, a.op[GVT_STORE], 300);
    ASSERT_IN_RANGE(1400, a.op[GVT_AMO], 200);
    ASSERT_IN_RANGE(40000, a.insns, 2000);
    ASSERT_IN_RANGE(60000, a.last_cycle, 3000);
    PASS();
}

TEST sequence_and_stride(void)
{
    struct gen_cfg c;
    struct trace_record r;
    struct gen *g;

    gen_cfg_default(&c, GEN_SEQ);
    c.footprint = 4096;
    c.stores = 0.0;
    g = gen_new(&c);
    gen_next(g, &r);
    ASSERT_EQ(TRACE_SWITCH, r.kind);
    for (unsigned i = 0; i < 1000; i++) {
        ASSERT(gen_next(g, &r));
        ASSERT_EQ(c.base + 8 * (i % 512), r.addr);
    }
    gen_free(g);
    gen_cfg_default(&c, GEN_STRIDE);
    c.footprint = 1 << 20;
    c.stride = 12288;
    g = gen_new(&c);
    gen_next(g, &r);
    for (unsigned i = 0; i < 1000; i++) {
        ASSERT(gen_next(g, &r));
        ASSERT_EQ(c.base + UINT64_C(12288) * i % (1 << 20), r.addr);
    }
    gen_free(g);
    PASS();
}

// Every line once per round, in the same order each round.
TEST chase_is_a_cycle(void)
{
    static unsigned char seen[3000];
    static uint64_t order[3000];
    struct gen_cfg c;
    struct trace_record r;
    struct gen *g;

    memset(seen, 0, sizeof seen);
    gen_cfg_default(&c, GEN_CHASE);
    c.footprint = sizeof seen * 64;
    c.count = 2 * sizeof seen;
    g = gen_new(&c);
    gen_next(g, &r);
    for (unsigned i = 0; i < 3000; i++) {
        uint64_t at;
        ASSERT(gen_next(g, &r));
        at = (r.addr - c.base) / 64;
        ASSERT_LT(at, sizeof seen);
        ASSERT_EQ(0, seen[at]++);
        order[i] = r.addr;
    }
    for (unsigned i = 0; i < 3000; i++) {
        ASSERT(gen_next(g, &r));
        ASSERT_EQ(order[i], r.addr);
    }
    ASSERT_FALSE(gen_next(g, &r));
    gen_free(g);
    PASS();
}

// The hottest page of 1000 with exponent 1 has a share of 1 / H(1000) = 0.1336; the second half.
TEST zipf_has_its_shares(void)
{
    static unsigned hits[1000];
    unsigned first = 0, second = 0;
    struct gen_cfg c;
    struct trace_record r;
    struct gen *g;

    memset(hits, 0, sizeof hits);
    gen_cfg_default(&c, GEN_ZIPF);
    c.footprint = 1000 * 4096;
    c.count = 200000;
    c.zipf = 1.0;
    g = gen_new(&c);
    while (gen_next(g, &r))
        if (r.kind == TRACE_ACCESS)
            hits[(r.addr - c.base) >> 12]++;
    gen_free(g);
    for (unsigned i = 0; i < 1000; i++) {
        if (hits[i] > first) {
            second = first;
            first = hits[i];
        } else if (hits[i] > second) {
            second = hits[i];
        }
    }
    ASSERT_IN_RANGE(26718, first, 800);
    ASSERT_IN_RANGE(13359, second, 600);
    PASS();
}

TEST switches_and_fences(void)
{
    struct gen_cfg c;
    struct tally t;

    gen_cfg_default(&c, GEN_SWITCH);
    c.count = 10000;
    c.quantum = 100;
    c.virt = true;
    c.guests = 3;
    t = run(&c);
    ASSERT(t.fine);
    ASSERT_EQ(100, t.kind[TRACE_SWITCH]);
    ASSERT_EQ(99, t.kind[TRACE_FENCE]);
    c.fence = GEN_FENCE_NONE;
    t = run(&c);
    ASSERT_EQ(100, t.kind[TRACE_SWITCH]);
    ASSERT_EQ(0, t.kind[TRACE_FENCE]);
    c.ports = true;
    c.cycles = 4.0;
    t = run(&c);
    ASSERT(t.fine);
    ASSERT_EQ(10000, t.kind[TRACE_PORT]);
    PASS();
}

// Straight-line code in blocks of 32 bytes: the next block, or after one of eight a jump to any.
TEST code_is_walked_block_by_block(void)
{
    static unsigned seen[4096 / 32];
    struct gen_cfg c;
    struct trace_record r;
    struct gen *g;
    uint64_t last = 0, next = 0, jumps = 0;

    memset(seen, 0, sizeof seen);
    gen_cfg_default(&c, GEN_RANDOM);
    c.count = 20000;
    c.fetches = 1.0;
    c.code = 4096;
    c.code_base = 0x400000;
    g = gen_new(&c);
    gen_next(g, &r);
    for (unsigned i = 0; gen_next(g, &r); i++) {
        uint64_t at = r.addr - c.code_base;
        ASSERT_EQ(GVT_FETCH, r.op);
        ASSERT_EQ(32, r.size);
        ASSERT_LT(at, c.code);
        ASSERT_EQ(0, at % 32);
        seen[at / 32]++;
        jumps += i && at != next;
        last = at;
        next = last + 32 < c.code ? last + 32 : 0;
    }
    gen_free(g);
    ASSERT_IN_RANGE(2500, jumps, 200);
    for (unsigned i = 0; i < sizeof seen / sizeof *seen; i++)
        ASSERT_IN_RANGE(156, seen[i], 90);
    PASS();
}

// Address spaces in turn, guests behind them; each switch and its fence have the time of the access before.
TEST order_of_switches(void)
{
    static const struct {
        unsigned id, vmid;
    } order[] = {{1, 1}, {2, 1}, {1, 2}, {2, 2}, {1, 1}, {2, 1}};
    struct gen_cfg c;
    struct trace_record r;

    for (unsigned fence = 0; fence < GEN_FENCES; fence++) {
        unsigned n = 0, since = 0;
        uint64_t cycle = 0;
        gen_cfg_default(&c, GEN_SWITCH);
        c.count = 30;
        c.quantum = 5;
        c.virt = true;
        c.spaces = c.guests = 2;
        c.fence = fence;
        c.cycles = 7.0;
        c.footprint = 1 << 16;
        struct gen *g = gen_new(&c);
        while (gen_next(g, &r)) {
            ASSERT(r.has_cycle);
            if (r.kind == TRACE_ACCESS) {
                ASSERT_GTE(r.cycle, cycle);
                cycle = r.cycle;
                since++;
                continue;
            }
            ASSERT_EQ(cycle, r.cycle);
            if (r.kind == TRACE_SWITCH) {
                ASSERT_LT(n, 6);
                ASSERT_EQ(n ? 5 : 0, since);
                ASSERT_EQ(order[n].id, r.id);
                ASSERT_EQ(order[n].vmid, r.vmid);
                n++;
                since = 0;
                continue;
            }
            ASSERT_EQ(TRACE_FENCE, r.kind);
            ASSERT_EQ(0, since); // right behind the switch
            ASSERT_EQ(GVT_HFENCE_VVMA, r.op);
            ASSERT_EQ(fence != GEN_FENCE_PAGE, r.all_addr);
            ASSERT_EQ(fence == GEN_FENCE_ALL, r.all_id);
            ASSERT_EQ(fence == GEN_FENCE_ALL ? 0 : order[n - 1].id, r.id);
            if (fence == GEN_FENCE_PAGE) {
                ASSERT_EQ(0, r.addr & 0xfff);
                ASSERT(r.addr >= c.base && r.addr < c.base + c.footprint);
            }
        }
        ASSERT_EQ(6, n);
        gen_free(g);
    }
    PASS();
}

// A port trace is the access trace of the same seed, as the L2TLB would see it.
TEST ports_are_pages_of_the_accesses(void)
{
    struct gen_cfg a, b;
    struct trace_record r, q;

    gen_cfg_default(&a, GEN_ZIPF);
    a.count = 500;
    a.fetches = 0.3;
    a.cycles = 4.0;
    for (unsigned virt = 0; virt < 2; virt++) {
        a.virt = virt;
        b = a;
        b.ports = true;
        struct gen *g = gen_new(&a), *h = gen_new(&b);
        while (gen_next(g, &r)) {
            ASSERT(gen_next(h, &q));
            ASSERT_EQ(r.cycle, q.cycle);
            if (r.kind != TRACE_ACCESS)
                continue;
            ASSERT_EQ(TRACE_PORT, q.kind);
            ASSERT_EQ(r.op != GVT_FETCH, q.port);
            ASSERT_EQ(r.addr >> 12, q.addr);
            ASSERT_EQ(virt ? 3 : 0, q.s2xlate);
        }
        ASSERT_FALSE(gen_next(h, &q));
        gen_free(g);
        gen_free(h);
    }
    PASS();
}

TEST bad_settings(void)
{
    struct gen_cfg c;

#define BAD(field, value)                                                                          \
    do {                                                                                           \
        gen_cfg_default(&c, GEN_RANDOM);                                                           \
        c.field = value;                                                                           \
        ASSERTm(#field, gen_cfg_check(&c));                                                        \
    } while (0)
    BAD(count, 0);
    BAD(footprint, 4095);
    BAD(footprint, UINT64_MAX);
    BAD(base, UINT64_C(1) << 46);
    BAD(stride, 0);
    BAD(stores, -0.1);
    BAD(stores, 1.1);
    BAD(amos, 0.9);
    BAD(fetches, 2.0);
    BAD(zipf, -1.0);
    BAD(spaces, 0);
    BAD(guests, 5000);
    BAD(ports, true);
    BAD(cycles, -1.0);
#undef BAD
    PASS();
}

SUITE(gen_suite)
{
    for (unsigned kind = 0; kind < GEN_KINDS; kind++) {
        greatest_set_test_suffix(gen_kind_name[kind]);
        RUN_TESTp(same_seed_same_trace, kind);
    }
    RUN_TEST(sequence_and_stride);
    RUN_TEST(chase_is_a_cycle);
    RUN_TEST(zipf_has_its_shares);
    RUN_TEST(switches_and_fences);
    RUN_TEST(code_is_walked_block_by_block);
    RUN_TEST(order_of_switches);
    RUN_TEST(ports_are_pages_of_the_accesses);
    RUN_TEST(bad_settings);
}
