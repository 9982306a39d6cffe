// SPDX-License-Identifier: MulanPSL-2.0
#include "mem/mptbuild.h"

#include "arch/bits.h"

#include <stdio.h>
#include <stdlib.h>

enum { V = 1, L = 2, PAGE_SHIFT = 12, TABLE_BYTES = 4096 };

struct mpt_tree {
    unsigned mode;
    const struct smmpt_format *f;
    bool napot;
    struct phys *mem;
    struct pt_frames frames;
    uint64_t root;
    unsigned tables;
};

// A wish, the same on all levels.
struct wish {
    uint64_t from, to; // bytes, to: the last one
    unsigned rights, max_shift;
};

// --- entries ------------------------------------------------------------------------------------

static uint64_t load(const struct mpt_tree *t, uint64_t addr)
{
    uint64_t word = phys_read(t->mem, addr);
    return t->f->size == 8 ? word : bits(word >> (addr & 4 ? 32 : 0), 31, 0);
}

static bool store(struct mpt_tree *t, uint64_t addr, uint64_t entry)
{
    if (load(t, addr) == entry)
        return true;
    if (t->f->size == 4) {
        unsigned shift = addr & 4 ? 32 : 0;
        entry = (phys_read(t->mem, addr) & ~(mask64(32) << shift)) | entry << shift;
    }
    return phys_write(t->mem, addr, entry);
}

static uint64_t entries(const struct mpt_tree *t, unsigned level)
{
    return UINT64_C(1) << smmpt_index_bits(t->f, level);
}

static bool is_table(uint64_t entry) { return (entry & (V | L)) == V; }
static uint64_t table_of(const struct mpt_tree *t, uint64_t entry)
{
    return (entry & t->f->ppn) >> 10 << 12;
}

// The rights of a leaf; none of what is not valid.
static uint64_t rights_of(const struct mpt_tree *t, uint64_t entry)
{
    return entry & V ? entry >> t->f->rights & mask64(3u << t->f->tuples) : 0;
}

static uint64_t leaf(const struct mpt_tree *t, uint64_t rights)
{
    return rights ? rights << t->f->rights | L | V : 0;
}

// The same right n times.
static uint64_t repeat(unsigned right, unsigned n)
{
    uint64_t rights = 0;
    while (n--)
        rights = rights << 3 | right;
    return rights;
}

// --- tables -------------------------------------------------------------------------------------

static uint64_t new_table(struct mpt_tree *t)
{
    uint64_t addr = t->frames.alloc(t->frames.ctx, TABLE_BYTES);
    for (uint64_t i = 0; addr != PT_NO_FRAME && i < TABLE_BYTES; i += 8)
        if (phys_read(t->mem, addr + i) && !phys_write(t->mem, addr + i, 0))
            return PT_NO_FRAME;
    t->tables += addr != PT_NO_FRAME;
    return addr;
}

// Gives a table and all below it back.
static void drop(struct mpt_tree *t, uint64_t table, unsigned level)
{
    for (uint64_t i = 0; level && i < entries(t, level); i++) {
        uint64_t e = load(t, table + i * t->f->size);
        if (is_table(e))
            drop(t, table_of(t, e), level - 1);
    }
    if (t->frames.release)
        t->frames.release(t->frames.ctx, table, TABLE_BYTES);
    t->tables--;
}

static bool empty(const struct mpt_tree *t, uint64_t table, unsigned level)
{
    for (uint64_t i = 0; i < entries(t, level); i++)
        if (load(t, table + i * t->f->size))
            return false;
    return true;
}

// --- NAPOT --------------------------------------------------------------------------------------

// Entries in a group whose leaves may have N.
static uint64_t group(const struct mpt_tree *t)
{
    return UINT64_C(1) << ((t->f->size == 8 ? 9 : 10) - t->f->tuples);
}

// N in all entries of a group, or in none.
static bool regroup(struct mpt_tree *t, uint64_t first)
{
    uint64_t n = UINT64_C(1) << t->f->n, e = load(t, first) & ~n;
    bool same = (e & (V | L)) == (V | L) &&
                rights_of(t, e) == repeat((unsigned)rights_of(t, e) & SMMPT_ALL, 1u << t->f->tuples);
    for (uint64_t i = 1; same && i < group(t); i++)
        same = (load(t, first + i * t->f->size) & ~n) == e;
    for (uint64_t i = 0; i < group(t); i++) {
        uint64_t at = first + i * t->f->size, was = load(t, at);
        if ((was & V) && (was & L) && !store(t, at, same ? was | n : was & ~n))
            return false;
    }
    return true;
}

static bool regroup_all(struct mpt_tree *t, uint64_t table, unsigned level, uint64_t first, uint64_t last)
{
    uint64_t g = group(t);
    if (!t->napot || level >= t->f->n_levels)
        return true;
    for (uint64_t i = first & ~(g - 1); i <= last; i += g)
        if (!regroup(t, table + i * t->f->size))
            return false;
    return true;
}

// A table of `level` with the rights that a leaf above gives; the entry that points to it, 0 without memory.
static uint64_t split(struct mpt_tree *t, uint64_t entry, unsigned level)
{
    uint64_t table = new_table(t), rights = rights_of(t, entry);
    unsigned each = t->f->index - t->f->tuples; // log2 of the entries for one right
    if (table == PT_NO_FRAME)
        return 0;
    for (uint64_t i = 0; rights && i < entries(t, level); i++) {
        unsigned right = (unsigned)(rights >> 3 * (i >> each) & SMMPT_ALL);
        if (!store(t, table + i * t->f->size, leaf(t, repeat(right, 1u << t->f->tuples))))
            return 0;
    }
    return regroup_all(t, table, level, 0, entries(t, level) - 1) ? table >> 12 << 10 | V : 0;
}

// --- setting ------------------------------------------------------------------------------------

// A leaf can say it: whole shares, of a size that is wanted. [from, to] lies in the entry.
static bool fits(const struct mpt_tree *t, unsigned level, const struct wish *w, uint64_t entry)
{
    unsigned low = smmpt_right_shift(t->f, level);
    return (!w->rights || low <= w->max_shift) && !is_table(entry) && !(w->from & mask64(low)) &&
           !((w->to + 1) & mask64(low));
}

static uint64_t put_rights(const struct mpt_tree *t, unsigned level, const struct wish *w, uint64_t entry)
{
    unsigned low = smmpt_right_shift(t->f, level);
    uint64_t rights = rights_of(t, entry);
    for (uint64_t a = w->from; a <= w->to; a += UINT64_C(1) << low) {
        unsigned k = 3 * (unsigned)(a >> low & mask64(t->f->tuples));
        rights = (rights & ~((uint64_t)SMMPT_ALL << k)) | (uint64_t)w->rights << k;
    }
    return leaf(t, rights);
}

static enum pt_error set_table(struct mpt_tree *t, uint64_t table, unsigned level, const struct wish *w);

// One entry, of which the wish covers [w->from, w->to].
static enum pt_error set_entry(struct mpt_tree *t, uint64_t at, unsigned level, const struct wish *w)
{
    uint64_t e = load(t, at), covers = mask64(smmpt_shift(t->f, level));
    bool whole = !(w->from & covers) && (w->to & covers) == covers;
    if (is_table(e) && whole && fits(t, level, w, 0)) { // a leaf for the whole table
        drop(t, table_of(t, e), level - 1);
        e = 0;
    }
    if (fits(t, level, w, e))
        return store(t, at, put_rights(t, level, w, e)) ? PT_OK : PT_MEMORY;
    if (!is_table(e) && !(e = split(t, e, level - 1)))
        return PT_MEMORY;
    if (!store(t, at, e))
        return PT_MEMORY;
    enum pt_error why = set_table(t, table_of(t, e), level - 1, w);
    if (why || w->rights || !empty(t, table_of(t, e), level - 1))
        return why;
    drop(t, table_of(t, e), level - 1);
    return store(t, at, 0) ? PT_OK : PT_MEMORY;
}

static enum pt_error set_table(struct mpt_tree *t, uint64_t table, unsigned level, const struct wish *w)
{
    unsigned shift = smmpt_shift(t->f, level);
    uint64_t mask = entries(t, level) - 1, first = w->from >> shift, last = w->to >> shift;
    for (uint64_t i = first; i <= last; i++) {
        struct wish part = *w;
        if (i != first)
            part.from = i << shift;
        if (i != last)
            part.to = (i << shift) + mask64(shift);
        enum pt_error why = set_entry(t, table + (i & mask) * t->f->size, level, &part);
        if (why)
            return why;
    }
    return regroup_all(t, table, level, first & mask, last & mask) ? PT_OK : PT_MEMORY;
}

enum pt_error mpt_tree_set(struct mpt_tree *t, uint64_t pa, uint64_t size, unsigned rights,
                           unsigned max_shift)
{
    unsigned top = t->f->levels - 1u, width = smmpt_shift(t->f, top) + t->f->root_index;
    if ((pa | size) & mask64(PAGE_SHIFT))
        return PT_ALIGN;
    if (pa > mask64(width) || size > mask64(width) + 1 - pa)
        return PT_RANGE;
    if (rights > SMMPT_ALL || (rights & (SMMPT_R | SMMPT_W)) == SMMPT_W)
        return PT_FLAGS;
    if (max_shift < PAGE_SHIFT)
        return PT_SIZE;
    const struct wish w = {pa, pa + size - 1, rights, max_shift};
    return size ? set_table(t, t->root, top, &w) : PT_OK;
}

// --- life ---------------------------------------------------------------------------------------

struct mpt_tree *mpt_tree_new(unsigned mode, bool napot, struct phys *mem, const struct pt_frames *f,
                              char *msg, size_t size)
{
    struct mpt_tree *t = malloc(sizeof *t);
    if (!t) {
        snprintf(msg, size, "out of memory");
        return NULL;
    }
    *t = (struct mpt_tree){.mode = mode, .f = smmpt_format(mode), .napot = napot, .mem = mem, .frames = *f};
    t->root = new_table(t);
    if (t->root != PT_NO_FRAME && !(t->root & mask64(PAGE_SHIFT)))
        return t;
    snprintf(msg, size, "no aligned frame for the root of the MPT");
    free(t);
    return NULL;
}

void mpt_tree_free(struct mpt_tree *t) { free(t); }
uint64_t mpt_tree_root(const struct mpt_tree *t) { return t->root; }
unsigned mpt_tree_tables(const struct mpt_tree *t) { return t->tables; }

uint64_t mpt_tree_csr(const struct mpt_tree *t, unsigned sdid)
{
    const struct smmpt m = {.mode = (uint8_t)t->mode, .sdid = (uint8_t)sdid, .root = t->root};
    return smmpt_encode(&m);
}
