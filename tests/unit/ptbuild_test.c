// SPDX-License-Identifier: MulanPSL-2.0
#include "arch/bits.h"
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
    RUN_TEST(unmap_gives_tables_back);
    RUN_TEST(range_uses_the_largest_leaves);
    RUN_TEST(errors_are_named);
    RUN_TEST(guest_tables_live_behind_a_translation);
}
