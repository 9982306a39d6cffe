// SPDX-License-Identifier: MulanPSL-2.0
// Follows the roots of a machine that stands still, see snapshot.h. What a table is and where it leads is
// said by arch/tables.h; here its words are fetched page by page when they are first asked for, so that nothing
// else of memory is read.
//
// The work is bounded whatever memory holds: each table is entered once per level, and pages are counted.
#include "snapshot/snapshot.h"

#include "arch/bits.h"
#include "snapshot/set.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct follow {
    struct snapshot *s;
    struct machine *m;
    const struct snap_cfg *cfg;
    struct rv_regs rv;
    struct a64_regs a64;
    struct tables_source source;
    unsigned tree;
    struct snap_root *root; // whose tables are read
    struct set pages, entered, gone; // gone: pages that could not be read
    bool failed; // msg says why
    char *msg;
    size_t size;
};

static void fail(struct follow *f, const char *text)
{
    if (!f->failed)
        snprintf(f->msg, f->size, "%s", text);
    f->failed = true;
}

// --- memory -------------------------------------------------------------------------------------

// Images of RISC-V have 48 bits of address, those of AArch64 52.
static bool addressable(const struct follow *f, uint64_t addr) { return !(addr >> (f->source.rv ? 48 : 52)); }

// The page at addr, once. NO: there is none.
static enum machine_answer fetch(struct follow *f, uint64_t addr)
{
    unsigned char data[MACHINE_PAGE];
    if (f->failed)
        return MACHINE_BROKEN;
    if (set_has(&f->pages, addr))
        return MACHINE_YES;
    enum machine_answer a = addressable(f, addr) ? f->m->page(f->m->self, addr, data) : MACHINE_NO;
    if (a == MACHINE_BROKEN)
        fail(f, f->m->msg);
    if (a != MACHINE_YES)
        return a;
    if (f->pages.used == f->cfg->limit) {
        char text[96];
        snprintf(text, sizeof text, "more than %" PRIu64 " pages of tables (--tables)", f->cfg->limit);
        fail(f, text);
        return MACHINE_BROKEN;
    }
    bool fine = set_add(&f->pages, addr) >= 0;
    for (unsigned i = 0; fine && i < MACHINE_PAGE; i += 8)
        if (little_endian(data + i, 8))
            fine = phys_write(f->s->mem, addr + i, little_endian(data + i, 8));
    if (!fine)
        fail(f, "out of memory");
    return fine ? MACHINE_YES : MACHINE_BROKEN;
}

static struct snap_root *root_of(struct follow *f, uint64_t input)
{
    bool high = f->source.a64 && f->tree != TREE_STAGE2 && bit(input, 63);
    return &f->s->root[2 * f->tree + high];
}

// Counted once, for the root that leads there first: stage 2 is read again for guests' tables.
static void missing(struct follow *f, uint64_t addr)
{
    char text[160];
    struct snap_root *r = f->root;
    int new = set_add(&f->gone, addr & ~(uint64_t)(MACHINE_PAGE - 1));
    if (new < 0)
        fail(f, "out of memory");
    if (new <= 0)
        return;
    if (!r->missing++)
        r->first_missing = addr;
    snprintf(text, sizeof text, "%s: the table at %" PRIx64 " cannot be read%s", r->name, addr,
             r->tables ? " (--partial goes on without it)" : ", it is the root");
    if (!f->cfg->partial)
        fail(f, text);
}

// What a walk reads; a page that is not there yet belongs to a table of several pages.
static uint64_t read_word(void *ctx, uint64_t addr, unsigned size)
{
    struct follow *f = ctx;
    (void)size; // RV64 and AArch64: 8
    if (fetch(f, addr & ~(uint64_t)(MACHINE_PAGE - 1)) == MACHINE_NO) {
        missing(f, addr);
        return 0;
    }
    return addressable(f, addr) ? phys_read(f->s->mem, addr) : 0;
}

// --- tables -------------------------------------------------------------------------------------

static enum tables_next enter(void *ctx, const struct tables_table *t)
{
    struct follow *f = ctx;
    uint64_t key = t->host << 6 | f->tree << 4 | (unsigned)(t->level + 1);
    struct snap_root *r = f->root = root_of(f, t->input);
    if (fetch(f, t->host & ~(uint64_t)(MACHINE_PAGE - 1)) == MACHINE_NO) {
        missing(f, t->host);
        return f->failed ? TABLES_STOP : TABLES_SKIP;
    }
    int new = f->failed ? 0 : set_add(&f->entered, key);
    if (new < 0)
        fail(f, "out of memory");
    if (f->failed)
        return TABLES_STOP;
    r->tables += new > 0;
    return new ? TABLES_GO : TABLES_SKIP;
}

static enum tables_next count(void *ctx, const struct tables_entry *e)
{
    struct follow *f = ctx;
    struct snap_root *r = root_of(f, e->input);
    r->used += r->tables == 1;
    if (e->entry.reason == WALK_LEAF) {
        r->leaves++;
        r->leaf[e->entry.leaf.shift & 63]++;
    } else if (e->entry.reason != WALK_TABLE) {
        r->bad++;
    }
    return f->failed ? TABLES_STOP : TABLES_GO;
}

static enum tables_next lose(void *ctx, const struct tables_table *t)
{
    struct follow *f = ctx;
    root_of(f, t->input)->lost++;
    return f->failed ? TABLES_STOP : TABLES_SKIP;
}

// --- roots --------------------------------------------------------------------------------------

static void describe(struct follow *f, unsigned half, const struct tables_shape *shape)
{
    static const char *const riscv[TREES] = {"satp", "vsatp", "hgatp"};
    struct snap_root *r = &f->s->root[2 * f->tree + half];
    *r = (struct snap_root){.on = true, .root = shape->base};
    if (f->source.rv) {
        bool two = f->tree == TREE_STAGE2;
        uint64_t atp = two ? f->rv.hgatp : f->tree == TREE_GUEST ? f->rv.vsatp : f->rv.satp;
        r->name = riscv[f->tree];
        r->id = (unsigned)bits(atp, two ? 57 : 59, 44);
        snprintf(r->mode, sizeof r->mode, "%s", rv_mode_name(64, rv_mode(&f->rv, atp), two));
        return;
    }
    unsigned width = shape->page + (shape->depths - 1) * shape->index + shape->root;
    snprintf(r->mode, sizeof r->mode, "%u KiB pages, %u bits", 1u << (shape->page - 10), width);
    uint64_t tcr = f->a64.tcr_el1, holder;
    if (f->tree == TREE_STAGE2) {
        r->name = "vttbr_el2";
        r->id = (unsigned)bits(f->a64.vttbr_el2, bit(f->a64.vtcr_el2, 19) ? 63 : 55, 48);
        return;
    }
    r->name = half ? "ttbr1_el1" : "ttbr0_el1";
    holder = bit(tcr, 22) ? f->a64.ttbr1_el1 : f->a64.ttbr0_el1; // TCR_EL1.A1, AS
    r->id = (unsigned)bits(holder, bit(tcr, 36) ? 63 : 55, 48);
}

static bool run_tree(struct follow *f, unsigned tree)
{
    struct tables_user user = {f, enter, count, lose};
    struct snap_root *r = &f->s->root[2 * tree];
    struct tables_shape shape;
    f->tree = tree;
    for (unsigned half = 0; half < 2; half++)
        if (tables_shape(&f->source, tree, half, &shape))
            describe(f, half, &shape);
    if (!r[0].on && !r[1].on)
        return true;
    f->root = r[0].on ? &r[0] : &r[1];
    tables_each(&f->source, tree, &user);
    if (!f->failed && !r[0].used && !r[1].used && !r[0].lost && !r[1].lost && !f->cfg->partial) {
        char text[160];
        const struct snap_root *one = r[0].on ? &r[0] : &r[1];
        snprintf(text, sizeof text, "%s: no entry of the table at %" PRIx64
                 " is valid: are these the registers of this machine and hart? (--partial takes it)",
                 one->name, one->root);
        fail(f, text);
    }
    return !f->failed;
}

// --- afterwards ---------------------------------------------------------------------------------

// A dead machine's pages are all read again, a live one's roots.
static bool is_root(const struct follow *f, uint64_t page)
{
    for (unsigned i = 0; i < SNAP_ROOTS; i++)
        if (f->s->root[i].on && i / 2 != TREE_GUEST && (f->s->root[i].root & ~(uint64_t)(MACHINE_PAGE - 1)) == page)
            return true;
    return false;
}

static bool same_page(struct follow *f, uint64_t page)
{
    unsigned char data[MACHINE_PAGE];
    enum machine_answer a = f->m->page(f->m->self, page, data);
    bool same = a == MACHINE_YES;
    for (unsigned i = 0; same && i < MACHINE_PAGE; i += 8)
        same = little_endian(data + i, 8) == phys_read(f->s->mem, page + i);
    if (!same)
        fail(f, a == MACHINE_BROKEN ? f->m->msg : "tables changed while they were read");
    return same;
}

static bool unchanged(struct follow *f)
{
    uint64_t pc, page;
    for (size_t at = 0; set_next(&f->pages, &at, &page);)
        if ((!f->m->live || is_root(f, page)) && !same_page(f, page))
            return false;
    const char *why = f->m->changed ? f->m->changed(f->m->self) : NULL;
    const struct snap_regs *g = &f->s->regs;
    enum machine_answer a = f->m->live && g->has[REG_PC] && !g->given[REG_PC]
                                ? f->m->reg(f->m->self, "pc", &pc) : MACHINE_NO;
    if (a == MACHINE_BROKEN)
        why = f->m->msg;
    else if (a == MACHINE_YES && pc != g->value[REG_PC])
        why = "the machine ran while it was read";
    if (why)
        fail(f, why);
    return !why;
}

// The instruction that the hart is at should be mapped: a hint that registers and tables belong together.
static void walk_pc(struct follow *f)
{
    const struct snap_regs *g = &f->s->regs;
    struct walk_result r;
    int priv = regs_priv(g), virt = regs_virt(g);
    uint64_t pc = regs_get(g, REG_PC);
    if (!g->has[REG_PC] || priv < 0 || priv > 1)
        return;
    if (f->source.a64) {
        struct a64_request q = {.va = pc, .access = A64_FETCH, .el = (uint8_t)priv};
        a64_walk(&f->a64, &q, &f->source.mem, &r);
    } else {
        struct rv_request q = {pc, RV_FETCH, (uint8_t)priv, virt == 1};
        if (virt < 0 && g->has[REG_HGATP])
            return;
        rv_walk(&f->rv, &q, &f->source.mem, &r);
    }
    f->s->has_pc = true;
    f->s->pc_reason = r.fault ? r.reason : WALK_LEAF;
}

bool snapshot_take(struct snapshot *s, struct machine *m, const struct snap_cfg *cfg, char *msg, size_t size)
{
    static const uint8_t order[TREES] = {TREE_STAGE2, TREE_HOST, TREE_GUEST}; // guests need stage 2
    struct follow f = {.s = s, .m = m, .cfg = cfg, .msg = msg, .size = size};
    bool fine = (s->mem = phys_new()) != NULL, any = false;
    if (!fine)
        fail(&f, "out of memory");
    f.source.mem = (struct walk_mem){&f, read_word, NULL};
    if (s->regs.arch == MACHINE_AARCH64) {
        regs_a64(&s->regs, &f.a64);
        f.source.a64 = &f.a64;
    } else {
        regs_riscv(&s->regs, &f.rv);
        f.source.rv = &f.rv;
    }
    for (unsigned i = 0; fine && i < TREES; i++)
        fine = run_tree(&f, order[i]);
    for (unsigned i = 0; i < SNAP_ROOTS; i++)
        any |= s->root[i].on;
    if (fine && !any)
        fail(&f, "nothing is translated: every root register is off (Bare, or a stage that is not enabled)");
    if (!f.failed && unchanged(&f))
        walk_pc(&f);
    s->pages = f.pages.used;
    set_free(&f.pages);
    set_free(&f.entered);
    set_free(&f.gone);
    return !f.failed;
}

void snapshot_free(struct snapshot *s)
{
    phys_free(s->mem);
    s->mem = NULL;
}
