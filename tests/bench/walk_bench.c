// SPDX-License-Identifier: MulanPSL-2.0
// Speed of the functional walk as a library call: cold tables (nothing is kept between calls), two
// stages, one core. Prints translations and table reads per second, with the tables in a plain array
// (the walk alone) and in the sparse memory that the model uses.
#include "arch/bits.h"
#include "arch/walk_a64.h"
#include "arch/walk_riscv.h"
#include "mem/ptbuild.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PAGES = 4096, ROUNDS = 100 };

struct world {
    struct phys *mem;
    struct pt *t1, *t2;
    uint64_t next, va[PAGES];
    uint64_t *flat; // host memory from BASE on
};

#define BASE UINT64_C(0x80000000)
#define FLAT_BYTES (UINT64_C(256) << 20)

static uint64_t frame(void *ctx, uint64_t size)
{
    uint64_t *next = ctx, a = (*next + size - 1) & ~(size - 1);
    *next = a + size;
    return a;
}

static void copy(uint64_t addr, uint64_t word, void *ctx)
{
    ((uint64_t *)ctx)[(addr - BASE) / 8] = word;
}

// Random pages of a 38-bit address space; guest memory is mapped 1:1 with 4-KiB pages.
static bool build(struct world *w, const struct pt_config *c1, const struct pt_config *c2)
{
    char msg[128];
    *w = (struct world){.mem = phys_new(), .next = BASE};
    struct pt_frames f = {frame, NULL, NULL, &w->next};
    enum { RIGHTS = PT_R | PT_W | PT_X | PT_A | PT_D };
    w->t1 = w->mem ? pt_new(c1, w->mem, &f, msg, sizeof msg) : NULL;
    if (!w->t1)
        return false;
    for (unsigned i = 0; i < PAGES; i++) {
        w->va[i] = mix64(i + 1) & mask64(37) & ~mask64(12);
        enum pt_error e = pt_map(w->t1, w->va[i], frame(&w->next, 4096), 12, RIGHTS);
        if (e && e != PT_EXISTS)
            return false;
    }
    uint64_t end = w->next;
    w->t2 = pt_new(c2, w->mem, &f, msg, sizeof msg);
    w->flat = calloc(1, FLAT_BYTES);
    if (!w->t2 || !w->flat || pt_map_range(w->t2, BASE, BASE, end - BASE, RIGHTS, 12) ||
        w->next - BASE > FLAT_BYTES)
        return false;
    phys_each(w->mem, copy, w->flat);
    return true;
}

static void world_free(struct world *w)
{
    pt_free(w->t1);
    pt_free(w->t2);
    phys_free(w->mem);
    free(w->flat);
}

static uint64_t read_flat(void *ctx, uint64_t addr, unsigned size)
{
    (void)size;
    return ((uint64_t *)ctx)[(addr - BASE) / 8];
}

static uint64_t read_word(void *ctx, uint64_t addr, unsigned size)
{
    (void)size;
    return phys_read(ctx, addr);
}

// Of this process: other jobs on the machine do not count.
static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct total {
    uint64_t refs, faults;
};

static void report(const char *name, const char *where, double took, const struct total *t)
{
    double n = (double)PAGES * ROUNDS;
    printf("%-24s %-7s %6.2f million translations/s %7.1f million reads/s %5.1f reads each%s\n",
           name, where, n / took / 1e6, (double)t->refs / took / 1e6, (double)t->refs / n,
           t->faults ? "  FAULTS" : "");
}

static void count(struct total *t, const struct walk_result *r)
{
    t->refs += r->nrefs;
    t->faults += r->fault != FAULT_NONE;
}

static struct total run_riscv(const struct world *w, const struct rv_regs *g,
                              const struct walk_mem *m)
{
    struct total t = {0, 0};
    struct walk_result r;
    for (unsigned k = 0; k < ROUNDS; k++)
        for (unsigned i = 0; i < PAGES; i++) {
            struct rv_request q = {.va = w->va[i], .priv = RV_S, .virt = true};
            rv_walk(g, &q, m, &r);
            count(&t, &r);
        }
    return t;
}

static struct total run_a64(const struct world *w, const struct a64_regs *g,
                            const struct walk_mem *m)
{
    struct total t = {0, 0};
    struct walk_result r;
    for (unsigned k = 0; k < ROUNDS; k++)
        for (unsigned i = 0; i < PAGES; i++) {
            struct a64_request q = {.va = w->va[i], .el = 1};
            a64_walk(g, &q, m, &r);
            count(&t, &r);
        }
    return t;
}

// Runs both memories; exactly one of rv and a64 is given.
static bool run(const char *name, struct world *w, const struct rv_regs *rv,
                const struct a64_regs *a64)
{
    const struct walk_mem mem[2] = {{w->flat, read_flat, NULL}, {w->mem, read_word, NULL}};
    static const char *const where[2] = {"array", "sparse"};
    bool good = true;
    for (unsigned i = 0; i < 2; i++) {
        double start = seconds();
        struct total t = rv ? run_riscv(w, rv, &mem[i]) : run_a64(w, a64, &mem[i]);
        report(name, where[i], seconds() - start, &t);
        good &= !t.faults;
    }
    world_free(w);
    return good;
}

static bool riscv(const char *name, unsigned f1, unsigned f2, uint64_t mode)
{
    struct world w;
    struct pt_config c1 = {.format = f1}, c2 = {.format = f2};
    if (!build(&w, &c1, &c2))
        return false;
    struct rv_regs g = {.xlen = 64, .vsatp = mode << 60 | pt_root_field(w.t1),
                        .hgatp = mode << 60 | pt_root_field(w.t2)};
    return run(name, &w, &g, NULL);
}

static bool a64(const char *name, unsigned bits1, unsigned bits2)
{
    struct world w;
    struct pt_config c1 = {.format = PT_A64_S1, .granule = 12, .input_bits = bits1,
                           .attr_index = {0, 1, 2}};
    struct pt_config c2 = {.format = PT_A64_S2, .granule = 12, .input_bits = bits2};
    if (!build(&w, &c1, &c2))
        return false;
    struct a64_regs g = {
        .tcr_el1 = (64 - bits1) | UINT64_C(1) << 23 | UINT64_C(2) << 30 | UINT64_C(5) << 32,
        .ttbr0_el1 = pt_root_field(w.t1), .mair_el1 = 0xff, .sctlr_el1 = 1, .hcr_el2 = 1,
        .vtcr_el2 = (64 - bits2) | (unsigned)(2 - pt_start_level(w.t2)) << 6 | 5 << 16,
        .vttbr_el2 = pt_root_field(w.t2), .parange = 6,
    };
    return run(name, &w, NULL, &g);
}

int main(void)
{
    bool good = riscv("Sv39 over Sv39x4", PT_SV39, PT_SV39X4, 8) &&
                riscv("Sv48 over Sv48x4", PT_SV48, PT_SV48X4, 9) &&
                riscv("Sv57 over Sv57x4", PT_SV57, PT_SV57X4, 10) &&
                a64("AArch64 39 over 39 bits", 39, 39) && a64("AArch64 48 over 48 bits", 48, 48);
    return good ? 0 : 1;
}
