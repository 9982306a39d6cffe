// SPDX-License-Identifier: MulanPSL-2.0
// AArch64 traces on the machine: the tables have the same shape (both functional walks, reference
// by reference), addresses and records as replay/aarch64.h says, what is refused.
#include "replay/aarch64.h"

#include "arch/bits.h"
#include "arch/pte.h"
#include "arch/walk_a64.h"
#include "arch/walk_riscv.h"
#include "mem/ptbuild.h"
#include "tests/harness.h"

#include <stdlib.h>
#include <unistd.h>

#define BASE UINT64_C(0x80000000)
enum { PAGES = 40, RIGHTS = PT_R | PT_W | PT_X | PT_A | PT_D };

struct tables {
    struct phys *mem;
    struct pt *t1, *t2;
    uint64_t next;
};

static uint64_t frame(void *ctx, uint64_t size)
{
    uint64_t *next = ctx, a = (*next + size - 1) & ~(size - 1);
    *next = a + size;
    return a;
}

static uint64_t page_va(unsigned i, unsigned width)
{
    return mix64(i + 1) & mask64(width - 1) & ~mask64(21);
}

static uint64_t page_ipa(unsigned i)
{
    return (mix64(i + 1000) & mask64(39) & ~mask64(21)) | UINT64_C(1) << 39;
}

// Pages of three sizes; tables of stage 1 are mapped 1:1 in stage 2.
static bool build(struct tables *t, const struct pt_config *c1, const struct pt_config *c2,
                  unsigned width)
{
    char msg[128];
    *t = (struct tables){.mem = phys_new(), .next = BASE};
    struct pt_frames f = {frame, NULL, NULL, &t->next};
    t->t1 = t->mem ? pt_new(c1, t->mem, &f, msg, sizeof msg) : NULL;
    for (unsigned i = 0; t->t1 && i < PAGES; i++)
        if (pt_map(t->t1, page_va(i, width), page_ipa(i), i % 3 ? 12 : 21, RIGHTS) != PT_OK)
            return false;
    uint64_t end = t->next;
    t->t2 = t->t1 ? pt_new(c2, t->mem, &f, msg, sizeof msg) : NULL;
    if (!t->t2 || pt_map_range(t->t2, BASE, BASE, end - BASE, RIGHTS, 12) != PT_OK)
        return false;
    for (unsigned i = 0; i < PAGES; i++)
        if (pt_map(t->t2, page_ipa(i), BASE + ((uint64_t)i << 21), i % 2 ? 12 : 21, RIGHTS))
            return false;
    return true;
}

static void tables_free(struct tables *t)
{
    pt_free(t->t1);
    pt_free(t->t2);
    phys_free(t->mem);
}

static uint64_t read_word(void *ctx, uint64_t addr, unsigned size)
{
    (void)size;
    return phys_read(ctx, addr);
}

// Place of a word within the tables of its stage and level: within the root, or within the page.
static uint64_t place(const struct tables *t, const struct walk_ref *f, bool root)
{
    return root ? f->address - pt_root(f->stage == 1 ? t->t1 : t->t2) : f->address & 0xfff;
}

static unsigned different(const struct tables *rv, const struct tables *arm,
                          const struct walk_result *a, const struct walk_result *b)
{
    unsigned n = a->nrefs != b->nrefs || a->pa != b->pa || a->fault || b->fault;
    for (unsigned i = 0; i < a->nrefs && i < b->nrefs; i++) {
        const struct walk_ref *x = &a->ref[i], *y = &b->ref[i];
        bool root = !i || a->ref[i - 1].stage != x->stage || a->ref[i - 1].level <= x->level;
        n += x->stage != y->stage || x->level != 3 - y->level ||
             place(rv, x, root) != place(arm, y, root);
    }
    return n;
}

// Both walks of every page; the number of differences. *most: most references of a walk.
static unsigned compare(unsigned width, unsigned ipa, unsigned gmode, unsigned *most)
{
    struct tables rv, arm;
    unsigned mode = width == 48 ? 9 : 8, n = 0;
    struct pt_config s1 = {.format = width == 48 ? PT_SV48 : PT_SV39};
    struct pt_config s2 = {.format = gmode == 9 ? PT_SV48X4 : PT_SV39X4};
    struct pt_config a1 = {.format = PT_A64_S1, .granule = 12, .input_bits = width};
    struct pt_config a2 = {.format = PT_A64_S2, .granule = 12, .input_bits = ipa,
                           .concatenate = gmode == 8};
    if (!build(&rv, &s1, &s2, width) || !build(&arm, &a1, &a2, width))
        return 1000;
    struct rv_regs g = {.xlen = 64, .vsatp = (uint64_t)mode << 60 | pt_root_field(rv.t1),
                        .hgatp = (uint64_t)gmode << 60 | pt_root_field(rv.t2)};
    struct a64_regs h = {
        .tcr_el1 = (64 - width) | UINT64_C(1) << 23 | UINT64_C(2) << 30 | UINT64_C(5) << 32,
        .ttbr0_el1 = pt_root_field(arm.t1), .sctlr_el1 = 1, .hcr_el2 = 1, .parange = 6,
        .vtcr_el2 = (64 - ipa) | (unsigned)(2 - pt_start_level(arm.t2)) << 6 | 5 << 16,
        .vttbr_el2 = pt_root_field(arm.t2),
    };
    struct walk_mem m1 = {rv.mem, read_word, NULL}, m2 = {arm.mem, read_word, NULL};
    struct walk_result r1, r2;
    *most = 0;
    for (unsigned i = 0; i < PAGES; i++) {
        struct rv_request q = {.va = page_va(i, width), .priv = RV_S, .virt = true};
        struct a64_request p = {.va = q.va, .el = 1};
        rv_walk(&g, &q, &m1, &r1);
        a64_walk(&h, &p, &m2, &r2);
        n += different(&rv, &arm, &r1, &r2);
        *most = r1.nrefs > *most ? r1.nrefs : *most;
    }
    tables_free(&rv);
    tables_free(&arm);
    return n;
}

TEST tables_have_the_same_shape(void)
{
    unsigned most;
    ASSERT_EQ(0, compare(48, 40, 8, &most));
    ASSERT_EQ(19, most);
    ASSERT_EQ(0, compare(48, 41, 8, &most));
    ASSERT_EQ(0, compare(39, 40, 8, &most));
    ASSERT_EQ(15, most);
    ASSERT_EQ(0, compare(48, 48, 9, &most));
    ASSERT_EQ(24, most);
    ASSERT_EQ(0, compare(39, 48, 9, &most));
    ASSERT_EQ(19, most);
    PASS();
}

static uint64_t address(uint64_t va, unsigned mode, uint64_t *folded)
{
    struct world_cfg w;
    world_cfg_default(&w);
    aarch64_world_default(&w);
    w.s_mode = mode;
    struct trace_record r = {.kind = TRACE_ACCESS, .op = GVT_LOAD, .size = 8, .addr = va};
    *folded = 0;
    return aarch64_record(&w, &r, folded) ? 1 : r.addr;
}

TEST addresses_take_the_form_of_the_tables(void)
{
    uint64_t n;
    ASSERT_EQ(UINT64_C(0x123456789000), address(UINT64_C(0x123456789000), MODE_SV48, &n));
    ASSERT_EQ(0, n);
    ASSERT_EQ(UINT64_C(0x123456789000), address(UINT64_C(0x5500123456789000), MODE_SV48, &n));
    ASSERT_EQ(0, n); // a tag
    ASSERT_EQ(UINT64_C(0x7fff12345000), address(UINT64_C(0xffff12345000), MODE_SV48, &n));
    ASSERT_EQ(1, n);
    ASSERT_EQ(UINT64_C(0xffff800080000000), address(UINT64_C(0xffff800080000000), MODE_SV48, &n));
    ASSERT_EQ(0, n);
    ASSERT_EQ(UINT64_C(0xffff800000001000), address(UINT64_C(0xffff000000001000), MODE_SV48, &n));
    ASSERT_EQ(1, n);
    ASSERT_EQ(UINT64_C(0xffffffc000001000), address(UINT64_C(0xffffff8000001000), MODE_SV39, &n));
    ASSERT_EQ(1, n);
    // Outside of both regions: as it is, it faults.
    ASSERT_EQ(UINT64_C(0x1000000000000), address(UINT64_C(0x1000000000000), MODE_SV48, &n));
    ASSERT_EQ(UINT64_C(0x8000000000), address(UINT64_C(0x8000000000), MODE_SV39, &n));
    ASSERT_EQ(0, n);
    PASS();
}

TEST what_is_refused(void)
{
    struct world_cfg w;
    uint64_t n = 0;
    world_cfg_default(&w);
    struct trace_header h = {.isa = GVT_AARCH64};
    ASSERT(!aarch64_header_check(&h));
    h.tables = GVT_IMAGE;
    ASSERT(aarch64_header_check(&h));
    h = (struct trace_header){.isa = GVT_AARCH64, .klass = GVT_PORTS};
    ASSERT(aarch64_header_check(&h));
    h = (struct trace_header){.isa = GVT_RISCV64};
    ASSERT(aarch64_header_check(&h));
    ASSERT(aarch64_record(&w, &(struct trace_record){.kind = TRACE_CSR, .csr = GVT_SATP}, &n));
    ASSERT(aarch64_record(&w, &(struct trace_record){.kind = TRACE_MEM}, &n));
    ASSERT(aarch64_record(&w, &(struct trace_record){.kind = TRACE_ACCESS, .hyp = true}, &n));
    ASSERT(!aarch64_record(&w, &(struct trace_record){.kind = TRACE_SWITCH, .id = 7}, &n));
    ASSERT(!aarch64_record(&w, &(struct trace_record){.kind = TRACE_FENCE, .all_addr = true}, &n));
    PASS();
}

static struct replay_result *replay(const char *isa, const char *lines, unsigned stages)
{
    char name[] = "/tmp/l2tlb-test-XXXXXX", msg[256];
    struct replay_cfg cfg;
    int fd = mkstemp(name);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        return NULL;
    fprintf(f, "GVT 1\nisa %s\nkind access\naddress virtual\ntables built\nrun\n%s", isa, lines);
    fclose(f);
    replay_cfg_default(&cfg);
    cfg_preset(&cfg.machine, "default");
    cfg_set(&cfg.machine, "errata.L3", "fixed", msg, sizeof msg);
    cfg_finish(&cfg.machine, msg, sizeof msg);
    cfg.oracle = true;
    cfg.arch = GVT_AARCH64;
    aarch64_world_default(&cfg.world);
    cfg.world.stages = stages;
    struct replay_result *r = replay_run(&cfg, name);
    unlink(name);
    return r;
}

TEST traces_run(void)
{
    static const char lines[] = "f 400000 4 u\nl ffff00001000 8 u\nl ffffff8000001000 8 s\n"
                                "switch 3 0\nl 400000 8 u\nsfence.vma * *\ns 7700000000401000 8 u\n";
    struct replay_result *r = replay("aarch64", lines, STAGES_TWO);
    ASSERT(r);
    ASSERT_EQ(REPLAY_DONE, r->end);
    ASSERT_EQ(0, r->wrong);
    ASSERT_EQ(0, r->unmappable);
    ASSERT_EQ(1, r->folded); // ffff00001000; the kernel's address has bit 47 set
    replay_free(r);
    r = replay("aarch64", lines, STAGES_ONE);
    ASSERT(r);
    ASSERT_EQ(REPLAY_DONE, r->end);
    replay_free(r);
    r = replay("riscv64", lines, STAGES_ONE);
    ASSERT(r);
    ASSERT_EQ(REPLAY_BAD_INPUT, r->end);
    ASSERT(strstr(r->message, "isa aarch64"));
    replay_free(r);
    r = replay("aarch64", "l 1000 8 u\ncsr mxr 1\n", STAGES_ONE);
    ASSERT(r);
    ASSERT_EQ(REPLAY_BAD_INPUT, r->end);
    ASSERT(strstr(r->message, "record 2"));
    replay_free(r);
    PASS();
}

SUITE(aarch64_suite)
{
    RUN_TEST(tables_have_the_same_shape);
    RUN_TEST(addresses_take_the_form_of_the_tables);
    RUN_TEST(what_is_refused);
    RUN_TEST(traces_run);
}
