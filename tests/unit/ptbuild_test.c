// SPDX-License-Identifier: MulanPSL-2.0
#include "arch/bits.h"
#include "arch/walk_a64.h"
#include "arch/walk_riscv.h"
#include "mem/ptbuild.h"
#include "tests/harness.h"

// Frames from a bump pointer; counts what is out.
struct frames {
    uint64_t next, limit;
    unsigned out;
};

static uint64_t take(void *ctx, uint64_t size)
{
    struct frames *f = ctx;
    uint64_t addr = (f->next + size - 1) & ~(size - 1);
    if (addr + size > f->limit)
        return PT_NO_FRAME;
    f->next = addr + size;
    f->out++;
    return addr;
}

static void give(void *ctx, uint64_t addr, uint64_t size)
{
    (void)addr;
    (void)size;
    ((struct frames *)ctx)->out--;
}

struct bench {
    struct phys *mem;
    struct frames fr;
    struct pt *t;
};

static bool bench_open(struct bench *b, const struct pt_config *c, char *msg, size_t size)
{
    *b = (struct bench){.mem = phys_new(), .fr = {0x80000000, 0x90000000, 0}};
    struct pt_frames f = {take, give, NULL, &b->fr};
    b->t = pt_new(c, b->mem, &f, msg, size);
    return b->t != NULL;
}

static void bench_free(struct bench *b)
{
    pt_free(b->t);
    phys_free(b->mem);
}

static uint64_t read_word(void *ctx, uint64_t addr, unsigned size)
{
    uint64_t w = phys_read(ctx, addr);
    return size == 8 ? w : bits(w >> (addr & 4 ? 32 : 0), 31, 0);
}

// Registers that use this table, as satp (V=0) or as hgatp under a bare vsatp.
static struct rv_regs regs_of(const struct pt_config *c, const struct pt *t)
{
    bool narrow = c->format == PT_SV32 || c->format == PT_SV32X4;
    unsigned levels = (unsigned)pt_start_level(t) + 1;
    uint64_t atp = narrow ? UINT64_C(1) << 31 | pt_root_field(t)
                          : (uint64_t)(levels + 5) << 60 | pt_root_field(t);
    struct rv_regs g = {.xlen = narrow ? 32 : 64, .m_pbmte = true};
    if (c->format >= PT_SV32X4)
        g.hgatp = atp;
    else
        g.satp = atp;
    return g;
}

TEST each_riscv_page_size_walks(unsigned format)
{
    struct pt_config c = {.format = format};
    struct bench b;
    char msg[128];
    ASSERT(bench_open(&b, &c, msg, sizeof msg));
    struct rv_regs g = regs_of(&c, b.t);
    bool stage2 = format >= PT_SV32X4;
    struct walk_mem mem = {b.mem, read_word, NULL};
    unsigned sizes = 0;
    uint64_t va = 0;
    for (unsigned shift = 12; shift < 60; shift++) {
        if (!pt_has_size(b.t, shift)) {
            ASSERT_EQ(PT_SIZE, pt_map(b.t, 0, 0, shift, PT_R));
            continue;
        }
        sizes++;
        va += UINT64_C(1) << shift; // a multiple of the size, as all smaller ones were used once
        va &= ~mask64(shift);
        if (va >> 31 && format == PT_SV32)
            break;
        uint64_t pa = UINT64_C(1) << (shift > 32 ? shift : 32);
        if (g.xlen == 32)
            pa = UINT64_C(3) << 22;
        unsigned flags = PT_R | PT_W | PT_A | PT_D | (stage2 ? 0u : (unsigned)PT_U);
        ASSERT_EQ(PT_OK, pt_map(b.t, va, pa, shift, flags));
        ASSERT_EQ(PT_EXISTS, pt_map(b.t, va, pa, shift, flags));
        uint64_t offset = 0x5a5a5a5a5a5a5a5a & mask64(shift) & ~UINT64_C(7);
        struct rv_request q = {.va = va + offset, .access = RV_WRITE, .priv = RV_U, .virt = stage2};
        struct walk_result r;
        rv_walk(&g, &q, &mem, &r);
        ASSERT_EQ(FAULT_NONE, r.fault);
        ASSERT_EQ(pa + offset, r.pa);
        ASSERT_EQ(shift, stage2 ? r.s2.shift : r.s1.shift);
        q.access = RV_FETCH;
        rv_walk(&g, &q, &mem, &r);
        ASSERT_EQ(stage2 ? 20 : 12, r.cause);
        struct pt_mapping m;
        ASSERT_EQ(PT_OK, pt_translate(b.t, va + offset, &m));
        ASSERT_EQ(va, m.va);
        ASSERT_EQ(pa, m.pa);
        ASSERT_EQ(shift, m.shift);
        ASSERT_EQ(flags, m.flags);
    }
    ASSERT_EQ(g.xlen == 32 ? 2u : (unsigned)pt_start_level(b.t) + 2, sizes);
    bench_free(&b);
    PASS();
}

struct seen {
    unsigned n;
    uint64_t va[64];
};

static bool note(const struct pt_mapping *m, void *ctx)
{
    struct seen *s = ctx;
    if (s->n < 64)
        s->va[s->n] = m->va;
    s->n++;
    return true;
}

TEST unmap_gives_tables_back(void)
{
    struct pt_config c = {.format = PT_SV48};
    struct bench b;
    char msg[128];
    ASSERT(bench_open(&b, &c, msg, sizeof msg));
    ASSERT_EQ(1u, b.fr.out);
    ASSERT_EQ(PT_OK, pt_map(b.t, 0x7fff12345000, 0x1000, 12, PT_R | PT_A));
    ASSERT_EQ(PT_OK, pt_map(b.t, UINT64_C(0xffff800000010000), 0x20000, 16, PT_R | PT_A));
    ASSERT_EQ(7u, b.fr.out);
    struct seen s = {0};
    pt_each(b.t, note, &s);
    ASSERT_EQ(2u, s.n);
    ASSERT_EQ(UINT64_C(0x7fff12345000), s.va[0]);
    ASSERT_EQ(UINT64_C(0xffff800000010000), s.va[1]);
    ASSERT_EQ(PT_OK, pt_unmap(b.t, UINT64_C(0xffff80000001f123)));
    ASSERT_EQ(4u, b.fr.out);
    ASSERT_EQ(PT_ABSENT, pt_unmap(b.t, UINT64_C(0xffff800000010000)));
    ASSERT_EQ(PT_OK, pt_unmap(b.t, 0x7fff12345000));
    ASSERT_EQ(1u, b.fr.out);
    s.n = 0;
    pt_each(b.t, note, &s);
    ASSERT_EQ(0u, s.n);
    bench_free(&b);
    PASS();
}

TEST range_uses_the_largest_leaves(void)
{
    struct pt_config c = {.format = PT_SV39X4};
    struct bench b;
    char msg[128];
    ASSERT(bench_open(&b, &c, msg, sizeof msg));
    ASSERT_EQ(UINT64_C(16384), pt_root_size(b.t));
    uint64_t from = 0x3ffef000, size = 0x40211000 + 0x1000;
    ASSERT_EQ(PT_OK, pt_map_range(b.t, from, from, size, PT_R | PT_X | PT_A, 30));
    for (uint64_t a = from; a < from + size; a += 0x1000) {
        struct pt_mapping m;
        ASSERT_EQ(PT_OK, pt_translate(b.t, a, &m));
        ASSERT_EQ(a, m.pa + (a - m.va));
    }
    struct seen s = {0};
    pt_each(b.t, note, &s);
    ASSERT_EQ(5u, s.n); // 4K, 64K, 1G, 2M, 4K
    bench_free(&b);
    PASS();
}

TEST errors_are_named(void)
{
    struct pt_config c = {.format = PT_SV39};
    struct bench b;
    char msg[128];
    ASSERT(bench_open(&b, &c, msg, sizeof msg));
    ASSERT_EQ(PT_ALIGN, pt_map(b.t, 0x1000, 0x1800, 12, PT_R));
    ASSERT_EQ(PT_ALIGN, pt_map(b.t, 0x1000, 0, 21, PT_R));
    ASSERT_EQ(PT_RANGE, pt_map(b.t, UINT64_C(1) << 38, 0, 12, PT_R));
    ASSERT_EQ(PT_RANGE, pt_map(b.t, 0, UINT64_C(1) << 56, 12, PT_R));
    ASSERT_EQ(PT_FLAGS, pt_map(b.t, 0, 0, 12, PT_W));
    ASSERT_EQ(PT_FLAGS, pt_map(b.t, 0, 0, 12, 0));
    ASSERT_EQ(PT_FLAGS, pt_map(b.t, 0, 0, 12, PT_R | PT_NC | PT_IO));
    ASSERT_EQ(PT_OK, pt_map(b.t, 0x40000000, 0x40000000, 30, PT_R));
    ASSERT_EQ(PT_EXISTS, pt_map(b.t, 0x40000000, 0, 12, PT_R));
    ASSERT_EQ(PT_OK, pt_map(b.t, 0x1000, 0, 12, PT_R));
    ASSERT_EQ(PT_EXISTS, pt_map(b.t, 0, 0, 21, PT_R));
    ASSERT_EQ(PT_EXISTS, pt_map(b.t, 0, 0, 16, PT_R));
    b.fr.limit = b.fr.next;
    ASSERT_EQ(PT_MEMORY, pt_map(b.t, 0x80000000, 0, 12, PT_R));
    bench_free(&b);
    PASS();
}

// Tables of a guest: entries hold guest addresses, memory holds them elsewhere.
static uint64_t plus_one_gib(void *ctx, uint64_t addr)
{
    (void)ctx;
    return addr + (UINT64_C(1) << 30);
}

TEST guest_tables_live_behind_a_translation(void)
{
    struct phys *mem = phys_new();
    struct frames fr = {0x40000000, 0x50000000, 0};
    struct pt_frames f = {take, give, plus_one_gib, &fr};
    struct pt_config c = {.format = PT_SV39};
    char msg[128];
    struct pt *t = pt_new(&c, mem, &f, msg, sizeof msg);
    ASSERT(t);
    ASSERT_EQ(PT_OK, pt_map(t, 0x1000, 0x2000, 12, PT_R | PT_A));
    ASSERT_EQ(UINT64_C(0x40000), pt_root_field(t));
    ASSERT_EQ(UINT64_C(0x40001000) >> 12 << 10 | 1, phys_read(mem, 0x80000000));
    ASSERT_EQ(UINT64_C(0), phys_read(mem, 0x40000000));
    struct pt_mapping m;
    ASSERT_EQ(PT_OK, pt_translate(t, 0x1fff, &m));
    ASSERT_EQ(UINT64_C(0x2000), m.pa);
    pt_free(t);
    phys_free(mem);
    PASS();
}

// --- tables that are there already --------------------------------------------------------------

struct wrote {
    uint64_t addr[8], old[8], entry[8];
    unsigned n;
};

static void note_write(void *ctx, uint64_t addr, uint64_t old, uint64_t entry)
{
    struct wrote *w = ctx;
    if (w->n < 8) {
        w->addr[w->n] = addr;
        w->old[w->n] = old;
        w->entry[w->n] = entry;
    }
    w->n++;
}

TEST tables_are_taken_over_and_watched(void)
{
    struct phys *mem = phys_new();
    struct frames fr = {0x40000000, 0x50000000, 0};
    struct pt_frames f = {take, give, NULL, &fr};
    struct pt_config c = {.format = PT_SV32};
    struct wrote w = {.n = 0};
    char msg[128];
    struct pt *t = pt_new(&c, mem, &f, msg, sizeof msg);
    ASSERT(t);
    ASSERT_EQ(PT_OK, pt_map(t, 0x1000, 0x2000, 12, PT_R | PT_A));
    struct pt *again = pt_open(&c, pt_root(t), mem, &f, msg, sizeof msg);
    pt_free(t);
    ASSERT(again);
    pt_watch(again, note_write, &w);
    ASSERT_EQ(PT_EXISTS, pt_map(again, 0x1000, 0x2000, 12, PT_R));
    ASSERT_EQ(0u, w.n);
    ASSERT_EQ(PT_OK, pt_map(again, 0x400000, 0x5000, 12, PT_R | PT_A)); // a table, then its entry
    ASSERT_EQ(2u, w.n);
    ASSERT_EQ(UINT64_C(0x40000004), w.addr[0]);
    ASSERT_EQ(UINT64_C(0x40002000), w.addr[1]);
    ASSERT_EQ(UINT64_C(0), w.old[1]);
    ASSERT_EQ(UINT64_C(0x5) << 10 | 0x43, w.entry[1]);
    ASSERT_EQ(PT_OK, pt_unmap(again, 0x400000));
    ASSERT_EQ(4u, w.n);
    ASSERT_EQ(w.entry[1], w.old[2]); // the other half of the word is not shown
    ASSERT_EQ(UINT64_C(0), w.entry[3]);
    ASSERT_EQ(PT_OK, pt_translate(again, 0x1000, NULL));
    pt_free(again);
    phys_free(mem);
    PASS();
}

// Guest tables of which stage 2 does not map all.
static uint64_t first_page_only(void *ctx, uint64_t addr)
{
    (void)ctx;
    return addr >> 12 == 0x40000 ? addr : PT_NO_FRAME;
}

TEST tables_that_cannot_be_reached(void)
{
    struct phys *mem = phys_new();
    struct frames fr = {0x40001000, 0x50000000, 0};
    struct pt_frames f = {take, give, first_page_only, &fr};
    struct pt_config c = {.format = PT_SV39};
    char msg[128];
    struct pt *t = pt_open(&c, 0x40000000, mem, &f, msg, sizeof msg);
    ASSERT(t);
    ASSERT_EQ(PT_MEMORY, pt_map(t, 0x1000, 0x2000, 12, PT_R));
    phys_write(mem, 0x40000000, UINT64_C(0x60000) << 10 | 1);
    phys_write(mem, 0x60000000, UINT64_C(0x20000) << 10 | 0xcf); // behind what cannot be reached
    ASSERT_EQ(PT_ABSENT, pt_translate(t, 0x1000, NULL));
    ASSERT_EQ(PT_ABSENT, pt_unmap(t, 0x1000));
    ASSERT_EQ(PT_MEMORY, pt_map(t, 0, 0, 21, PT_R));
    pt_free(t);
    ASSERT_FALSE(pt_new(&c, mem, &f, msg, sizeof msg)); // its root cannot be cleared
    phys_free(mem);
    PASS();
}

TEST flags_come_back(unsigned format)
{
    struct pt_config c = {.format = format};
    struct bench b;
    char msg[128];
    ASSERT(bench_open(&b, &c, msg, sizeof msg));
    bool stage2 = format >= PT_SV32X4, narrow = format == PT_SV32 || format == PT_SV32X4;
    unsigned tried = 0;
    for (unsigned flags = 0; flags < 512; flags++) {
        uint64_t va = (uint64_t)flags << 12;
        enum pt_error e = pt_map(b.t, va, va, 12, flags);
        bool legal = (flags & (PT_R | PT_X)) && !((flags & PT_W) && !(flags & PT_R)) &&
                     !((flags & PT_NC) && (flags & PT_IO)) &&
                     !(narrow && (flags & (PT_NC | PT_IO)));
        ASSERT_EQ(legal ? PT_OK : PT_FLAGS, e);
        if (!legal)
            continue;
        struct pt_mapping m;
        ASSERT_EQ(PT_OK, pt_translate(b.t, va, &m));
        ASSERT_EQ(stage2 ? flags & ~(unsigned)(PT_U | PT_G) : flags, m.flags);
        tried++;
    }
    ASSERT_EQ(narrow ? 80u : 240u, tried);
    bench_free(&b);
    PASS();
}

// --- AArch64 ------------------------------------------------------------------------------------

static struct a64_regs a64_regs_of(const struct pt_config *c, const struct pt *t)
{
    uint64_t tg = c->granule == 12 ? 0 : c->granule == 16 ? 1 : 2;
    uint64_t tg1 = c->granule == 12 ? 2 : c->granule == 16 ? 3 : 1, size = 64 - c->input_bits;
    int start = pt_start_level(t);
    struct a64_regs g = {.mair_el1 = 0x0044ff, .parange = 6};
    if (c->format == PT_A64_S1) {
        g.sctlr_el1 = 1;
        g.tcr_el1 = size | tg << 14 | size << 16 | tg1 << 30 | UINT64_C(6) << 32 |
                    (uint64_t)c->lpa2 << 59 | UINT64_C(3) << 39;
        *(c->high ? &g.ttbr1_el1 : &g.ttbr0_el1) = pt_root_field(t);
        return g;
    }
    uint64_t sl0 = c->granule == 12 ? (start == 3 ? 3u : start < 0 ? 0u : (unsigned)(2 - start))
                                    : 3u - (unsigned)start;
    g.hcr_el2 = 1;
    g.vtcr_el2 = size | sl0 << 6 | tg << 14 | 6 << 16 | 3 << 21 | (uint64_t)c->lpa2 << 32 |
                 (uint64_t)(start < 0) << 33;
    g.vttbr_el2 = pt_root_field(t);
    return g;
}

// Every page size of one configuration, built and walked.
static enum greatest_test_res a64_sizes(const struct pt_config *c, unsigned *sizes)
{
    struct bench b;
    char msg[128];
    ASSERTm(msg, bench_open(&b, c, msg, sizeof msg));
    struct a64_regs g = a64_regs_of(c, b.t);
    ASSERT_FALSE(a64_regs_check(&g));
    struct walk_mem mem = {b.mem, read_word, NULL};
    bool stage2 = c->format == PT_A64_S2;
    uint64_t va = 0, ones = c->high ? ~mask64(c->input_bits) : 0;
    for (unsigned shift = 12; shift < c->input_bits; shift++) {
        if (!pt_has_size(b.t, shift))
            continue;
        va = (va + (UINT64_C(1) << shift)) & ~mask64(shift);
        if (va >> c->input_bits)
            break;
        ++*sizes;
        uint64_t pa = UINT64_C(1) << (shift > 32 ? shift : 32);
        pa |= c->lpa2 || c->granule == 16 ? UINT64_C(1) << 51 : UINT64_C(1) << 47;
        unsigned flags = PT_R | PT_W | PT_A | (stage2 ? 0 : PT_G);
        ASSERT_EQ(PT_OK, pt_map(b.t, ones | va, pa, shift, flags));
        uint64_t at = (ones | va) + (0x5a5a5a5a5a5a5a5a & mask64(shift));
        struct a64_request q = {.va = at, .access = A64_WRITE, .el = 1};
        struct walk_result r;
        a64_walk(&g, &q, &mem, &r);
        ASSERT_EQ(FAULT_NONE, r.fault);
        ASSERT_EQ(pa + (at & mask64(shift)), r.pa);
        ASSERT_EQ(shift, stage2 ? r.s2.shift : r.s1.shift);
        ASSERT_EQ(1, r.nupdates); // writable-clean becomes dirty
        q.access = A64_FETCH;
        a64_walk(&g, &q, &mem, &r);
        ASSERT_EQ(WALK_NO_EXEC, r.reason);
        struct pt_mapping m;
        ASSERT_EQ(PT_OK, pt_translate(b.t, at, &m));
        ASSERT_EQ(pa, m.pa);
        ASSERT_EQ(shift, m.shift);
        ASSERT_EQ(flags, m.flags);
    }
    struct seen s = {0};
    pt_each(b.t, note, &s);
    ASSERT_GT(s.n, 0u);
    ASSERT_EQ(ones, s.va[0] & ones);
    while (s.n && s.n <= 64)
        ASSERT_EQ(PT_OK, pt_unmap(b.t, s.va[--s.n]));
    ASSERT_EQ(1u, b.fr.out);
    bench_free(&b);
    return GREATEST_TEST_RES_PASS;
}

TEST each_a64_geometry_walks(unsigned granule)
{
    unsigned tables = 0, sizes = 0;
    for (unsigned input = granule + 4; input <= 52; input++)
        for (unsigned form = 0; form < 4; form++) { // S1 low, S1 high, S2, S2 concatenated
            struct pt_config c = {.format = form < 2 ? PT_A64_S1 : PT_A64_S2, .granule = granule,
                                  .input_bits = input, .lpa2 = input > 48 && granule != 16,
                                  .high = form == 1, .concatenate = form == 3,
                                  .attr_index = {0, 1, 2}};
            struct bench b;
            char msg[128];
            // TTST: 16 to 48 bits, 17 to 48 for 64-KiB pages at the small end.
            if (input < (granule == 16 ? 17u : 16u))
                continue;
            bool fits = bench_open(&b, &c, msg, sizeof msg);
            bench_free(&b);
            if (!fits && form == 3) // no concatenation for this size
                continue;
            ASSERTm(msg, fits);
            CHECK_CALL(a64_sizes(&c, &sizes));
            tables++;
        }
    ASSERT_GT(tables, 90u);
    ASSERT_GT(sizes, 200u);
    PASS();
}

TEST a64_flags_come_back(unsigned format)
{
    struct pt_config c = {.format = format, .granule = 14, .input_bits = 40,
                          .attr_index = {3, 0, 7}};
    struct bench b;
    char msg[128];
    ASSERT(bench_open(&b, &c, msg, sizeof msg));
    for (unsigned flags = 0; flags < 512; flags++) {
        uint64_t va = (uint64_t)flags << 14;
        bool stage2 = format == PT_A64_S2;
        bool legal = !((flags & PT_NC) && (flags & PT_IO)) && (stage2 || (flags & PT_R));
        ASSERT_EQ(legal ? PT_OK : PT_FLAGS, pt_map(b.t, va, va, 14, flags));
        struct pt_mapping m;
        if (!legal || pt_translate(b.t, va, &m))
            continue;
        unsigned want = stage2 ? flags & ~(unsigned)(PT_U | PT_G) : flags;
        if (!(flags & PT_W)) // dirty state exists for writable pages only
            want &= ~(unsigned)PT_D;
        ASSERT_EQ(want, m.flags);
    }
    bench_free(&b);
    PASS();
}

TEST a64_configurations_are_checked(void)
{
    static const struct pt_config bad[] = {
        {.format = PT_A64_S1, .granule = 13, .input_bits = 48},
        {.format = PT_A64_S1, .granule = 12, .input_bits = 49},
        {.format = PT_A64_S1, .granule = 12, .input_bits = 15},
        {.format = PT_A64_S1, .granule = 12, .input_bits = 53, .lpa2 = true},
        {.format = PT_A64_S1, .granule = 16, .input_bits = 48, .lpa2 = true},
        {.format = PT_A64_S1, .granule = 12, .input_bits = 40, .concatenate = true},
        {.format = PT_A64_S2, .granule = 12, .input_bits = 48, .concatenate = true},
        {.format = PT_FORMATS},
    };
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct bench b;
        char msg[128] = "";
        ASSERT_FALSE(bench_open(&b, &bad[i], msg, sizeof msg));
        ASSERT_GT(strlen(msg), 5u);
        bench_free(&b);
    }
    PASS();
}

static void run_granule(unsigned granule, const char *name)
{
    greatest_set_test_suffix(name);
    RUN_TEST1(each_a64_geometry_walks, granule);
}

static void run_a64_flags(unsigned format)
{
    greatest_set_test_suffix(format == PT_A64_S1 ? "stage1" : "stage2");
    RUN_TEST1(a64_flags_come_back, format);
}

static void run_format(unsigned format)
{
    greatest_set_test_suffix(pt_format_name(format));
    RUN_TEST1(each_riscv_page_size_walks, format);
    greatest_set_test_suffix(pt_format_name(format));
    RUN_TEST1(flags_come_back, format);
}

SUITE(ptbuild_suite)
{
    for (unsigned f = PT_SV32; f <= PT_SV57X4; f++)
        run_format(f);
    run_granule(12, "4K");
    run_granule(14, "16K");
    run_granule(16, "64K");
    run_a64_flags(PT_A64_S1);
    run_a64_flags(PT_A64_S2);
    RUN_TEST(a64_configurations_are_checked);
    RUN_TEST(unmap_gives_tables_back);
    RUN_TEST(range_uses_the_largest_leaves);
    RUN_TEST(errors_are_named);
    RUN_TEST(guest_tables_live_behind_a_translation);
    RUN_TEST(tables_are_taken_over_and_watched);
    RUN_TEST(tables_that_cannot_be_reached);
}
