// SPDX-License-Identifier: MulanPSL-2.0
#include "scripts/qemu_plugin/tables.h"

#include "arch/bits.h"
#include "arch/pte.h"
#include "mem/phys.h"
#include "scripts/qemu_plugin/qemu.h"

#include <stdlib.h>

enum { TABLE_S, TABLE_VS, TABLE_G, LEVELS = 5, PAGE = 4096, WORDS = PAGE / 8 };
enum { AT_HGATP = 8, AT_LINKS = 16 }; // what is known of a page, behind its marks
// 4 GiB of page tables are no machine's.
enum { MAX_PAGES = 1 << 20 };

struct vm_tables {
    void (*word)(uint64_t addr, uint64_t value);
    struct phys *mem;   // the tables as the traces have them
    struct phys *marks; // at the address of a page: bits kind * LEVELS + level, hgatp, number of links
    uint64_t ram;       // no page below is a table
    unsigned pages;
    uint64_t changes;
    const char *trouble;
};

struct vm_tables *vm_tables_new(uint64_t ram, void (*word)(uint64_t addr, uint64_t value))
{
    struct vm_tables *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->word = word;
    t->ram = ram;
    t->mem = phys_new();
    t->marks = phys_new();
    if (t->mem && t->marks)
        return t;
    vm_tables_free(t);
    return NULL;
}

void vm_tables_free(struct vm_tables *t)
{
    if (t) {
        phys_free(t->mem);
        phys_free(t->marks);
    }
    free(t);
}

unsigned vm_tables_pages(const struct vm_tables *t) { return t->pages; }
uint64_t vm_tables_changes(const struct vm_tables *t) { return t->changes; }
const char *vm_tables_trouble(const struct vm_tables *t) { return t->trouble; }

static uint64_t page_of(uint64_t addr) { return addr & ~(uint64_t)(PAGE - 1); }
static uint64_t marks_of(const struct vm_tables *t, uint64_t addr)
{
    return phys_read(t->marks, page_of(addr));
}

// The words of tables as the traces have them; of other pages as they are.
static uint64_t read_word(void *ctx, uint64_t addr, unsigned size)
{
    struct vm_tables *t = ctx;
    uint64_t word = 0;

    (void)size; // 8: RV64
    if (marks_of(t, addr))
        return phys_read(t->mem, addr);
    qemu_read_memory(addr, &word, sizeof word);
    return word;
}

static void walk(struct vm_tables *t, const struct rv_regs *g, const struct rv_request *q, struct walk_result *r)
{
    const struct walk_mem mem = {t, read_word, NULL};

    rv_walk(g, q, &mem, r);
}

static void note(struct vm_tables *t, uint64_t addr, unsigned kind, unsigned level, uint64_t hgatp);
static void drop(struct vm_tables *t, uint64_t addr);

// Where a word of a table at this level points to, if to a table. One that the G stage does not map (yet)
// is found by the first access that needs it.
static bool next_table(struct vm_tables *t, uint64_t e, unsigned kind, unsigned level, uint64_t hgatp, uint64_t *at)
{
    const struct rv_regs g = {.xlen = 64, .hgatp = hgatp, .m_pbmte = true, .h_pbmte = true, .m_adue = true};
    const struct rv_request q = {.va = pte_ppn(e) << 12, .priv = RV_S, .access = RV_READ, .virt = true};
    struct walk_result r;

    if (!level || !pte_is_next(e))
        return false;
    *at = q.va;
    if (kind != TABLE_VS)
        return true;
    walk(t, &g, &q, &r);
    *at = r.pa;
    return r.fault == FAULT_NONE;
}

// What follows from a word of a table: was, is.
static void follow(struct vm_tables *t, uint64_t page, uint64_t was, uint64_t is)
{
    uint64_t marks = marks_of(t, page), hgatp = phys_read(t->marks, page + AT_HGATP), at;

    for (unsigned i = 0; i < 3 * LEVELS; i++) {
        if (!bit(marks, i))
            continue;
        if (next_table(t, was, i / LEVELS, i % LEVELS, hgatp, &at))
            drop(t, at);
        if (next_table(t, is, i / LEVELS, i % LEVELS, hgatp, &at))
            note(t, at, i / LEVELS, i % LEVELS - 1, hgatp);
    }
}

// Compares words of a table with memory: n from addr on, inside of its page.
static void refresh(struct vm_tables *t, uint64_t addr, unsigned n)
{
    uint64_t now[WORDS];

    if (!qemu_read_memory(addr, now, 8 * (size_t)n))
        return;
    for (unsigned i = 0; i < n; i++, addr += 8) {
        uint64_t was = phys_read(t->mem, addr);
        if (was == now[i])
            continue;
        if (!phys_write(t->mem, addr, now[i]))
            t->trouble = "out of memory";
        t->changes++;
        t->word(addr, now[i]);
        follow(t, page_of(addr), was, now[i]);
    }
}

static void set(struct vm_tables *t, uint64_t addr, uint64_t value)
{
    if (!phys_write(t->marks, addr, value))
        t->trouble = "out of memory";
}

// The page at addr is a table of this kind and level, by one link more (a root has one of its own).
static void note(struct vm_tables *t, uint64_t addr, unsigned kind, unsigned level, uint64_t hgatp)
{
    uint64_t page = page_of(addr), old = marks_of(t, page), mark = UINT64_C(1) << (kind * LEVELS + level), at;

    if (page < t->ram || page >> 48) // no table of this machine; devices are not to be read
        return;
    if (!old && ++t->pages > MAX_PAGES)
        t->trouble = "more than 1048576 pages of page tables";
    if (t->trouble)
        return;
    set(t, page, old | mark);
    set(t, page + AT_LINKS, (old ? phys_read(t->marks, page + AT_LINKS) : 0) + 1);
    if (kind != TABLE_S)
        set(t, page + AT_HGATP, hgatp);
    if (old != (old | mark)) // its words as the traces have them, by their new meaning
        for (unsigned i = 0; i < WORDS; i++)
            if (next_table(t, phys_read(t->mem, page + 8 * i), kind, level, hgatp, &at))
                note(t, at, kind, level - 1, hgatp);
    refresh(t, page, WORDS);
}

static void forget(struct vm_tables *t, uint64_t page)
{
    uint64_t marks = marks_of(t, page), hgatp = phys_read(t->marks, page + AT_HGATP), at;

    set(t, page, 0);
    t->pages--;
    for (unsigned i = 0; i < 3 * LEVELS; i++)
        for (unsigned k = 0; bit(marks, i) && k < WORDS; k++)
            if (next_table(t, phys_read(t->mem, page + 8 * k), i / LEVELS, i % LEVELS, hgatp, &at))
                drop(t, at);
}

// One link to the page at addr is gone. Without any it is no table: what is written there from now on
// has another meaning.
static void drop(struct vm_tables *t, uint64_t addr)
{
    uint64_t page = page_of(addr), links = phys_read(t->marks, page + AT_LINKS);

    if (!marks_of(t, page))
        return;
    set(t, page + AT_LINKS, links - 1);
    if (links <= 1)
        forget(t, page);
}

static void root(struct vm_tables *t, uint64_t atp, unsigned kind, uint64_t hgatp)
{
    int levels = rv_mode_levels(64, (unsigned)(atp >> 60));
    uint64_t at = (atp & mask64(44)) << 12;
    const struct rv_regs g = {.xlen = 64, .hgatp = hgatp, .m_adue = true};
    struct walk_result r;

    if (levels <= 0)
        return;
    if (kind == TABLE_G)
        at &= ~(uint64_t)(4 * PAGE - 1);
    for (unsigned i = 0; i < (kind == TABLE_G ? 4 : 1); i++, at += PAGE) {
        const struct rv_request q = {.va = at, .priv = RV_S, .access = RV_READ, .virt = true};
        r.pa = at;
        r.fault = FAULT_NONE;
        if (kind == TABLE_VS)
            walk(t, &g, &q, &r);
        if (r.fault != FAULT_NONE)
            continue;
        if (bit(marks_of(t, r.pa), kind * LEVELS + (unsigned)levels - 1))
            refresh(t, page_of(r.pa), WORDS);
        else
            note(t, r.pa, kind, (unsigned)levels - 1, hgatp);
    }
}

void vm_tables_roots(struct vm_tables *t, const struct rv_regs *g)
{
    if (rv_regs_check(g))
        return;
    root(t, g->satp, TABLE_S, 0);
    root(t, g->hgatp, TABLE_G, g->hgatp);
    root(t, g->vsatp, TABLE_VS, g->hgatp);
}

void vm_tables_store(struct vm_tables *t, uint64_t pa, unsigned n, bool user)
{
    uint64_t last = pa + n - 1;

    for (uint64_t at = pa & ~UINT64_C(7); at <= last; at += 8) {
        if (user && marks_of(t, at))
            forget(t, page_of(at));
        if (marks_of(t, at))
            refresh(t, at, 1);
    }
}

// The tables that a walk has read, and whether any of their words is not what memory holds.
static bool note_refs(struct vm_tables *t, const struct rv_regs *g, const struct rv_request *q,
                      const struct walk_result *r, bool compare)
{
    uint64_t before = t->changes;

    for (unsigned i = 0; i < r->nrefs; i++) {
        const struct walk_ref *f = &r->ref[i];
        unsigned kind = f->stage == 2 ? TABLE_G : q->virt ? TABLE_VS : TABLE_S;
        if (f->level >= 0 && !bit(marks_of(t, f->address), kind * LEVELS + (unsigned)f->level))
            note(t, f->address, kind, (unsigned)f->level, kind == TABLE_S ? 0 : g->hgatp);
        if (compare)
            refresh(t, f->address, 1);
    }
    return t->changes != before;
}

bool vm_tables_walk(struct vm_tables *t, const struct rv_regs *g, const struct rv_request *q, uint64_t pa)
{
    struct walk_result r;
    bool fine;

    if (rv_regs_check(g))
        return false;
    // A level or two may turn up with each change: as many walks as there are levels at most.
    for (unsigned i = 0;; i++) {
        walk(t, g, q, &r);
        fine = r.fault == FAULT_NONE && (pa == UINT64_MAX || r.pa == pa);
        if (!note_refs(t, g, q, &r, !fine || r.nupdates) || fine || i == 2 * LEVELS)
            return fine;
    }
}
