// SPDX-License-Identifier: MulanPSL-2.0
#include "mem/ptbuild.h"

#include "arch/bits.h"
#include "mem/ptformat.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_DEPTH = 6 };

struct pt {
    struct pt_config c;
    struct pt_geometry g;
    struct pt_frames f;
    struct phys *mem;
    uint64_t root;
    void (*wrote)(void *ctx, uint64_t addr, uint64_t old, uint64_t entry);
    void *wrote_ctx;
};

const char *pt_error_text(unsigned error)
{
    static const char *const text[] = {
        [PT_OK] = "done",
        [PT_SIZE] = "no page of this size in this format",
        [PT_ALIGN] = "address is not a multiple of the page size",
        [PT_RANGE] = "address outside the range of this format",
        [PT_FLAGS] = "rights that this format cannot express",
        [PT_EXISTS] = "something is mapped there already",
        [PT_ABSENT] = "nothing is mapped there",
        [PT_MEMORY] = "no memory for a table",
    };
    return error < sizeof text / sizeof *text ? text[error] : "?";
}

// --- entries in memory --------------------------------------------------------------------------

static uint64_t host(const struct pt *t, uint64_t addr)
{
    return t->f.host ? t->f.host(t->f.ctx, addr) : addr;
}

// What cannot be reached reads 0.
static uint64_t load(const struct pt *t, uint64_t addr)
{
    uint64_t h = host(t, addr), word = h == PT_NO_FRAME ? 0 : phys_read(t->mem, h);
    return t->g.entry == 8 ? word : bits(word >> (h & 4 ? 32 : 0), 31, 0);
}

static bool store(struct pt *t, uint64_t addr, uint64_t entry)
{
    uint64_t h = host(t, addr);
    if (h == PT_NO_FRAME)
        return false;
    if (t->wrote)
        t->wrote(t->wrote_ctx, h, load(t, addr), entry);
    if (t->g.entry == 4) {
        unsigned shift = h & 4 ? 32 : 0;
        entry = (phys_read(t->mem, h) & ~(mask64(32) << shift)) | entry << shift;
    }
    return phys_write(t->mem, h, entry);
}

static uint64_t table_bytes(const struct pt *t, unsigned depth)
{
    unsigned width = depth + 1 == t->g.levels ? t->g.root_bits : t->g.index;
    return (uint64_t)t->g.entry << width;
}

// A frame of zeros.
static uint64_t new_table(struct pt *t, unsigned depth)
{
    uint64_t bytes = table_bytes(t, depth);
    // A root may be smaller than 64 bytes; keep it in a line of its own.
    uint64_t addr = t->f.alloc(t->f.ctx, bytes < 64 ? 64 : bytes);
    if (addr == PT_NO_FRAME)
        return addr;
    for (uint64_t i = 0; i < bytes; i += 8) {
        uint64_t h = host(t, addr + i);
        if (h == PT_NO_FRAME || (phys_read(t->mem, h) && !phys_write(t->mem, h, 0)))
            return PT_NO_FRAME;
    }
    return addr;
}

static uint64_t entry_addr(const struct pt *t, uint64_t table, unsigned depth, uint64_t va)
{
    unsigned width = depth + 1 == t->g.levels ? t->g.root_bits : t->g.index;
    return table + ((va >> pt_shift(&t->g, depth)) & mask64(width)) * t->g.entry;
}

// --- life ---------------------------------------------------------------------------------------

struct pt *pt_open(const struct pt_config *c, uint64_t root, struct phys *mem,
                   const struct pt_frames *f, char *msg, size_t size)
{
    struct pt_geometry g = {0};
    const char *why = pt_geometry(c, &g);
    struct pt *t = why ? NULL : malloc(sizeof *t);
    if (t)
        *t = (struct pt){.c = *c, .g = g, .f = *f, .mem = mem, .root = root};
    else
        snprintf(msg, size, "%s", why ? why : "out of memory");
    return t;
}

struct pt *pt_new(const struct pt_config *c, struct phys *mem, const struct pt_frames *f, char *msg,
                  size_t size)
{
    struct pt *t = pt_open(c, 0, mem, f, msg, size);
    if (!t)
        return NULL;
    t->root = new_table(t, t->g.levels - 1);
    if (t->root == PT_NO_FRAME || t->root & (pt_root_size(t) - 1)) {
        snprintf(msg, size, "no aligned frame for the root table");
        free(t);
        return NULL;
    }
    return t;
}

void pt_watch(struct pt *t, void (*wrote)(void *ctx, uint64_t addr, uint64_t old, uint64_t entry),
              void *ctx)
{
    t->wrote = wrote;
    t->wrote_ctx = ctx;
}

void pt_free(struct pt *t)
{
    free(t);
}

uint64_t pt_root(const struct pt *t)
{
    return t->root;
}

uint64_t pt_root_field(const struct pt *t)
{
    if (!t->g.a64)
        return t->root >> 12;
    return (t->root & mask64(48)) | bits(t->root, 51, 48) << 2;
}

int pt_start_level(const struct pt *t)
{
    return t->g.a64 ? 4 - (int)t->g.levels : (int)t->g.levels - 1;
}

uint64_t pt_root_size(const struct pt *t)
{
    return table_bytes(t, t->g.levels - 1);
}

bool pt_is_stage2(const struct pt *t)
{
    return t->g.stage2;
}

unsigned pt_page_bits(const struct pt *t)
{
    return t->g.page;
}

unsigned pt_input_bits(const struct pt *t)
{
    return t->g.input;
}

// --- addresses ----------------------------------------------------------------------------------

static bool input_fits(const struct pt *t, uint64_t va)
{
    uint64_t high = va >> t->g.input;
    if (t->g.sign)
        return va >> (t->g.input - 1) == 0 || va >> (t->g.input - 1) == mask64(65 - t->g.input);
    return high == (t->c.high ? mask64(64 - t->g.input) : 0);
}

static uint64_t extend(const struct pt *t, uint64_t va)
{
    bool ones = t->g.sign ? bit(va, t->g.input - 1) : t->c.high;
    return ones ? va | ~mask64(t->g.input) : va;
}

bool pt_has_size(const struct pt *t, unsigned shift)
{
    for (unsigned d = 0; d < t->g.levels; d++)
        if (pt_block_entries(&t->c, &t->g, d, shift))
            return true;
    return false;
}

// --- map ----------------------------------------------------------------------------------------

// Goes down to the table of `depth`, adding tables.
static enum pt_error descend(struct pt *t, uint64_t va, unsigned depth, uint64_t *table)
{
    *table = t->root;
    for (unsigned d = t->g.levels - 1; d > depth; d--) {
        uint64_t at = entry_addr(t, *table, d, va), entry = load(t, at), next;
        unsigned shift;
        switch (pt_decode(&t->c, &t->g, d, entry, &next, &shift)) {
        case PT_LEAF:
            return PT_EXISTS;
        case PT_EMPTY:
            next = new_table(t, d - 1);
            if (next == PT_NO_FRAME || !store(t, at, pt_encode_table(&t->c, next)))
                return PT_MEMORY;
            break;
        case PT_TABLE:
            break;
        }
        *table = next;
    }
    return PT_OK;
}

static enum pt_error place(struct pt *t, uint64_t table, unsigned depth, unsigned n, uint64_t va,
                           uint64_t pa, unsigned flags)
{
    uint64_t addr, step = UINT64_C(1) << pt_shift(&t->g, depth);
    unsigned shift;
    for (unsigned i = 0; i < n; i++) {
        uint64_t e = load(t, entry_addr(t, table, depth, va + i * step));
        if (pt_decode(&t->c, &t->g, depth, e, &addr, &shift) != PT_EMPTY)
            return PT_EXISTS;
    }
    for (unsigned i = 0; i < n; i++) {
        uint64_t e = pt_encode_leaf(&t->c, &t->g, depth, pa + i * step, flags, n > 1);
        if (!store(t, entry_addr(t, table, depth, va + i * step), e))
            return PT_MEMORY;
    }
    return PT_OK;
}

enum pt_error pt_map(struct pt *t, uint64_t va, uint64_t pa, unsigned shift, unsigned flags)
{
    unsigned depth = 0, n = 0;
    while (depth < t->g.levels && !(n = pt_block_entries(&t->c, &t->g, depth, shift)))
        depth++;
    if (!n)
        return PT_SIZE;
    if ((va | pa) & mask64(shift))
        return PT_ALIGN;
    if (!input_fits(t, va) || pa >> t->g.output)
        return PT_RANGE;
    if (!pt_flags_fit(&t->c, flags))
        return PT_FLAGS;
    uint64_t table;
    enum pt_error error = descend(t, va, depth, &table);
    return error ? error : place(t, table, depth, n, va, pa, flags);
}

static unsigned best_shift(const struct pt *t, uint64_t va, uint64_t pa, uint64_t size,
                           unsigned most)
{
    for (unsigned s = most < 63 ? most : 63; s > t->g.page; s--)
        if (pt_has_size(t, s) && !((va | pa) & mask64(s)) && size >> s)
            return s;
    return t->g.page;
}

enum pt_error pt_map_range(struct pt *t, uint64_t va, uint64_t pa, uint64_t size, unsigned flags,
                           unsigned max_shift)
{
    if ((va | pa | size) & mask64(t->g.page))
        return PT_ALIGN;
    while (size) {
        unsigned s = best_shift(t, va, pa, size, max_shift);
        enum pt_error error = pt_map(t, va, pa, s, flags);
        if (error)
            return error;
        va += UINT64_C(1) << s;
        pa += UINT64_C(1) << s;
        size -= UINT64_C(1) << s;
    }
    return PT_OK;
}

// --- look-up and removal ------------------------------------------------------------------------

// Tables on the way to va; path[d] is the table of depth d. Returns the depth of the leaf, or -1.
static int find(const struct pt *t, uint64_t va, uint64_t path[MAX_DEPTH], uint64_t *entry,
                uint64_t *addr, unsigned *shift)
{
    if (!input_fits(t, va))
        return -1;
    uint64_t table = t->root;
    for (unsigned d = t->g.levels; d-- > 0;) {
        path[d] = table;
        *entry = load(t, entry_addr(t, table, d, va));
        enum pt_kind k = pt_decode(&t->c, &t->g, d, *entry, addr, shift);
        if (k == PT_LEAF)
            return (int)d;
        if (k == PT_EMPTY)
            return -1;
        table = *addr;
    }
    return -1;
}

static void describe(const struct pt *t, struct pt_mapping *m, unsigned depth, uint64_t va,
                     uint64_t entry, uint64_t addr, unsigned shift)
{
    *m = (struct pt_mapping){
        .va = va & ~mask64(shift),
        .pa = addr,
        .shift = shift,
        .flags = pt_decode_flags(&t->c, entry),
        .level = t->g.a64 ? 3 - (int)depth : (int)depth,
    };
}

enum pt_error pt_translate(const struct pt *t, uint64_t va, struct pt_mapping *m)
{
    uint64_t path[MAX_DEPTH], entry, addr;
    unsigned shift;
    int depth = find(t, va, path, &entry, &addr, &shift);
    if (depth < 0)
        return PT_ABSENT;
    if (m)
        describe(t, m, (unsigned)depth, va, entry, addr, shift);
    return PT_OK;
}

static bool empty(const struct pt *t, uint64_t table, unsigned depth)
{
    for (uint64_t i = 0; i < table_bytes(t, depth); i += t->g.entry)
        if (load(t, table + i))
            return false;
    return true;
}

enum pt_error pt_unmap(struct pt *t, uint64_t va)
{
    uint64_t path[MAX_DEPTH], entry, addr;
    unsigned shift;
    int depth = find(t, va, path, &entry, &addr, &shift);
    if (depth < 0)
        return PT_ABSENT;
    unsigned d = (unsigned)depth;
    uint64_t first = va & ~mask64(shift), step = UINT64_C(1) << pt_shift(&t->g, d);
    for (uint64_t i = 0; i < UINT64_C(1) << shift; i += step)
        if (!store(t, entry_addr(t, path[d], d, first + i), 0))
            return PT_MEMORY;
    for (; d + 1 < t->g.levels && empty(t, path[d], d); d++) {
        if (!store(t, entry_addr(t, path[d + 1], d + 1, va), 0))
            return PT_MEMORY;
        if (t->f.release)
            t->f.release(t->f.ctx, path[d], table_bytes(t, d));
    }
    return PT_OK;
}

void pt_each(const struct pt *t, bool (*fn)(const struct pt_mapping *m, void *ctx), void *ctx)
{
    // An explicit stack: position in the table of each depth.
    uint64_t table[MAX_DEPTH], at[MAX_DEPTH] = {0}, base[MAX_DEPTH] = {0};
    unsigned d = t->g.levels - 1;
    table[d] = t->root;
    for (;;) {
        unsigned own = pt_shift(&t->g, d);
        if (at[d] * t->g.entry >= table_bytes(t, d)) {
            if (d + 1 == t->g.levels)
                return;
            d++;
            continue;
        }
        uint64_t i = at[d]++, va = base[d] | i << own, addr;
        uint64_t entry = load(t, table[d] + i * t->g.entry);
        unsigned shift;
        enum pt_kind k = pt_decode(&t->c, &t->g, d, entry, &addr, &shift);
        if (k == PT_TABLE) {
            d--;
            table[d] = addr;
            at[d] = 0;
            base[d] = va;
        } else if (k == PT_LEAF) {
            struct pt_mapping m;
            describe(t, &m, d, extend(t, va), entry, addr, shift);
            at[d] += (UINT64_C(1) << (shift - own)) - 1;
            if (!fn(&m, ctx))
                return;
        }
    }
}
