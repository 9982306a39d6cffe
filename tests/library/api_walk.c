// SPDX-License-Identifier: MulanPSL-2.0
// Functional walks and page tables.
#include "api.h"

#include <l2tlb/walk.h>

// --- walks and tables ---------------------------------------------------------------------------

static uint64_t through(void *ctx, uint64_t addr, unsigned bytes)
{
    uint64_t w = 0;
    l2tlb_memory_read(ctx, addr & ~UINT64_C(7), &w, 1);
    return bytes == 4 ? w >> (addr & 4) * 8 & UINT32_MAX : w;
}

static unsigned only_tables(void *ctx, uint64_t addr, unsigned use)
{
    (void)ctx;
    return use == L2TLB_USE_TABLE_READ && addr >> 28 == 8 ? L2TLB_ALLOWED : L2TLB_DENIED;
}

void api_test_walk(void)
{
    l2tlb_memory *m = api_world();
    struct l2tlb_walk_memory mem = {.size = sizeof mem, .memory = m};
    struct l2tlb_riscv_regs g = {.size = sizeof g, .xlen = 64, .satp = UINT64_C(8) << 60 | 0x80000};
    struct l2tlb_riscv_access_info a = {.va = 0x40003123, .access = L2TLB_RISCV_READ, .priv = 1};
    struct l2tlb_walk_result r = {.size = sizeof r};
    IS(L2TLB_OK, l2tlb_walk_riscv(&g, &a, &mem, &r));
    IS(0x90003123, r.pa);
    IS(3, r.nrefs);
    IS(12, r.s1.shift);
    IS(L2TLB_WALK_OFF, r.s2.level);
    mem.read = through;
    mem.ctx = m;
    IS(L2TLB_OK, l2tlb_walk_riscv(&g, &a, &mem, &r));
    IS(0x90003123, r.pa);
    mem.check = only_tables;
    IS(L2TLB_FAULT, l2tlb_walk_riscv(&g, &a, &mem, &r));
    IS(L2TLB_WALK_ACCESS, r.fault);
    IS(5, r.cause);
    YES(!strcmp(l2tlb_walk_reason_id(r.reason), "DENIED"));
    mem.check = NULL;
    a.access = L2TLB_RISCV_WRITE;
    IS(L2TLB_FAULT, l2tlb_walk_riscv(&g, &a, &mem, &r));
    IS(15, r.cause);
    SAYS("no write permission", l2tlb_walk_reason(r.reason));
    YES(!l2tlb_walk_reason(9999) && !l2tlb_walk_reason_id(9999));
    a.access = 6;
    IS(L2TLB_BAD_VALUE, l2tlb_walk_riscv(&g, &a, &mem, &r));
    a.access = L2TLB_RISCV_READ_X;
    IS(L2TLB_BAD_VALUE, l2tlb_walk_riscv(&g, &a, &mem, &r));
    SAYS("HLVX", r.message);
    a.access = L2TLB_RISCV_READ;
    a.priv = 3;
    IS(L2TLB_BAD_VALUE, l2tlb_walk_riscv(&g, &a, &mem, &r));
    a.priv = 1;
    g.m_pmm = 4;
    IS(L2TLB_BAD_VALUE, l2tlb_walk_riscv(&g, &a, &mem, &r));
    g.m_pmm = 0;
    uint8_t *const kept[] = {&g.zero, &a.zero[4], (uint8_t *)&mem.zero};
    for (unsigned i = 0; i < 3; i++) {
        *kept[i] = 1;
        IS(L2TLB_BAD_VALUE, l2tlb_walk_riscv(&g, &a, &mem, &r));
        SAYS("zero", r.message);
        *kept[i] = 0;
    }
    g.satp |= UINT64_C(7) << 60;
    IS(L2TLB_BAD_VALUE, l2tlb_walk_riscv(&g, &a, &mem, &r));
    SAYS("satp selects a reserved mode", r.message);
    g.size = 4;
    IS(L2TLB_BAD_SIZE, l2tlb_walk_riscv(&g, &a, &mem, &r));
    mem.read = NULL;
    mem.memory = NULL;
    IS(L2TLB_BAD_VALUE, l2tlb_walk_riscv(&g, &a, &mem, &r));
    mem.size = 3;
    IS(L2TLB_BAD_SIZE, l2tlb_walk_riscv(&g, &a, &mem, &r));
    r.size = 3;
    IS(L2TLB_BAD_SIZE, l2tlb_walk_riscv(&g, &a, &mem, &r));
    l2tlb_memory_free(m);
}

static int count_pages(const struct l2tlb_mapping *m, void *ctx)
{
    unsigned *n = ctx;
    YES(m->pa - m->va == 0x50000000);
    return ++*n == 10 ? 3 : 0;
}

static uint64_t no_frame(void *ctx, uint64_t bytes)
{
    (void)ctx;
    return bytes + 1; // not aligned
}

struct seen {
    unsigned n;
    uint64_t last;
};
static void wrote(void *ctx, uint64_t addr, uint64_t old, uint64_t entry)
{
    struct seen *s = ctx;
    (void)old;
    (void)addr;
    s->n++;
    s->last = entry;
}

void api_test_tables(void)
{
    l2tlb_memory *m = api_world();
    l2tlb_tables *t;
    struct l2tlb_tables_config c;
    struct l2tlb_mapping at;
    struct seen seen = {0, 0};
    unsigned n = 0;
    l2tlb_tables_config_init(&c);
    c.format = L2TLB_SV39;
    IS(L2TLB_BAD_VALUE, l2tlb_tables_new(&c, &t));
    SAYS("no memory", c.message);
    c.memory = m;
    c.zero[1] = 1;
    IS(L2TLB_BAD_VALUE, l2tlb_tables_new(&c, &t));
    SAYS("zero", c.message);
    c.zero[1] = 0;
    c.format = 99;
    IS(L2TLB_BAD_VALUE, l2tlb_tables_new(&c, &t));
    c.format = L2TLB_SV39;
    IS(L2TLB_BAD_VALUE, l2tlb_tables_new(&c, &t)); // no frames
    SAYS("no aligned frame", c.message);
    c.alloc = no_frame;
    IS(L2TLB_BAD_VALUE, l2tlb_tables_new(&c, &t));
    c.alloc = NULL;
    c.size = 8;
    IS(L2TLB_BAD_SIZE, l2tlb_tables_new(&c, &t));
    c.size = sizeof c;
    IS(L2TLB_BAD_VALUE, l2tlb_tables_open(&c, 0x80000800, &t));
    SAYS("not aligned", c.message);
    c.ctx = &seen;
    c.wrote = wrote;
    IS(L2TLB_OK, l2tlb_tables_open(&c, 0x80000000, &t));
    IS(L2TLB_OK, l2tlb_tables_translate(t, 0x40005fff, &at));
    IS(0x90005000, at.pa);
    IS(12, at.shift);
    IS(L2TLB_MAP_R | L2TLB_MAP_A, at.flags);
    IS(L2TLB_ABSENT, l2tlb_tables_translate(t, 0x50000000, NULL));
    IS(L2TLB_EXISTS, l2tlb_tables_map(t, 0x40000000, 0, 12, L2TLB_MAP_R));
    SAYS("mapped there already", l2tlb_tables_message(t));
    IS(L2TLB_NO_MEMORY, l2tlb_tables_map(t, 0x1000000000, 0, 12, L2TLB_MAP_R)); // no frame for a table
    IS(L2TLB_BAD_VALUE, l2tlb_tables_map(t, 0x40200000, 0, 13, L2TLB_MAP_R));
    IS(L2TLB_BAD_VALUE, l2tlb_tables_map(t, 0x40200000, 0x1000, 21, L2TLB_MAP_R));
    IS(L2TLB_BAD_VALUE, l2tlb_tables_map(t, 0x40200000, 0, 21, L2TLB_MAP_W));
    IS(L2TLB_BAD_VALUE, l2tlb_tables_map(t, 0x40200000, 0, 21, 512));
    IS(L2TLB_BAD_VALUE, l2tlb_tables_map(t, 0x40200000, 0, 99, L2TLB_MAP_R));
    IS(L2TLB_BAD_VALUE, l2tlb_tables_map_range(t, 0x40200000, 0, 77, L2TLB_MAP_R, 12));
    IS(L2TLB_OK, l2tlb_tables_map(t, 0x40200000, 0x90200000, 21, L2TLB_MAP_R));
    IS(1, seen.n);
    IS(0x90200000 >> 2 | 3, seen.last);
    IS(L2TLB_OK, l2tlb_tables_unmap(t, 0x40200000));
    IS(L2TLB_ABSENT, l2tlb_tables_unmap(t, 0x40200000));
    IS(3, l2tlb_tables_each(t, count_pages, &n));
    IS(10, n);
    IS(0x80000000, l2tlb_tables_root(t));
    IS(2, l2tlb_tables_start_level(t));
    IS(12, l2tlb_tables_page_bits(t));
    IS(39, l2tlb_tables_input_bits(t));
    YES(l2tlb_tables_has_size(t, 30) && l2tlb_tables_has_size(t, 16) && !l2tlb_tables_has_size(t, 31) &&
        !l2tlb_tables_has_size(t, 200));
    YES(!strcmp(l2tlb_format_name(L2TLB_SV39X4), "Sv39x4") && !l2tlb_format_name(10));
    l2tlb_tables_free(t);
    // AArch64, walked.
    struct l2tlb_walk_memory mem = {.size = sizeof mem, .memory = m};
    struct l2tlb_walk_result r = {.size = sizeof r};
    c.format = L2TLB_A64_S1;
    c.wrote = NULL;
    c.frames_from = 0x81000000;
    c.frames_to = 0x82000000;
    IS(L2TLB_OK, l2tlb_tables_new(&c, &t));
    IS(L2TLB_OK, l2tlb_tables_map(t, 0x400000, 0x90000000, 12, L2TLB_MAP_R | L2TLB_MAP_W | L2TLB_MAP_A | L2TLB_MAP_D));
    struct l2tlb_a64_regs g = {.size = sizeof g, .parange = 5, .sctlr_el1 = 1,
                               .tcr_el1 = 16 | 16 << 16 | UINT64_C(2) << 30 | UINT64_C(5) << 32, .mair_el1 = 0xff,
                               .ttbr0_el1 = l2tlb_tables_root_field(t)};
    struct l2tlb_a64_access_info a = {.va = 0x400010, .el = 1};
    IS(L2TLB_OK, l2tlb_walk_a64(&g, &a, &mem, &r));
    IS(0x90000010, r.pa);
    IS(4, r.nrefs);
    g.zero[1] = 1;
    IS(L2TLB_BAD_VALUE, l2tlb_walk_a64(&g, &a, &mem, &r));
    g.zero[1] = 0;
    a.zero[0] = 1;
    IS(L2TLB_BAD_VALUE, l2tlb_walk_a64(&g, &a, &mem, &r));
    SAYS("zero", r.message);
    a.zero[0] = 0;
    a.va = 0x500000;
    IS(L2TLB_FAULT, l2tlb_walk_a64(&g, &a, &mem, &r));
    a.el = 2;
    IS(L2TLB_BAD_VALUE, l2tlb_walk_a64(&g, &a, &mem, &r));
    g.parange = 7;
    IS(L2TLB_BAD_VALUE, l2tlb_walk_a64(&g, &a, &mem, &r));
    g.size = 1;
    IS(L2TLB_BAD_SIZE, l2tlb_walk_a64(&g, &a, &mem, &r));
    l2tlb_tables_free(t);
    l2tlb_tables_free(NULL);
    l2tlb_memory_free(m);
}
