// SPDX-License-Identifier: MulanPSL-2.0
// A hash table of 64-byte lines with open addressing: a word alone costs one line, not a page.
#include "mem/phys.h"

#include "arch/bits.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct line {
    uint64_t key; // line number + 1; 0: free
    uint64_t word[8];
};

// Part of a file.
struct part {
    uint64_t addr, end;
    const unsigned char *bytes; // of addr
    void *base;                 // what mmap() gave
    size_t length;
};

struct parts {
    unsigned refs; // clones share them
    size_t count;
    struct part *part; // by address
};

struct phys {
    struct line *table;
    size_t mask, used; // table has mask + 1 lines
    struct parts *parts; // NULL: none
    void (*watch)(void *ctx, uint64_t addr, uint64_t old, uint64_t word); // NULL: nobody
    void *watch_ctx;
};

enum { FIRST_SIZE = 1024 };

struct phys *phys_new(void)
{
    struct phys *m = malloc(sizeof *m);
    if (!m)
        return NULL;
    *m = (struct phys){.mask = FIRST_SIZE - 1, .table = calloc(FIRST_SIZE, sizeof(struct line))};
    if (!m->table) {
        free(m);
        return NULL;
    }
    return m;
}

static void drop_parts(struct phys *m)
{
    struct parts *p = m->parts;
    m->parts = NULL;
    if (!p || --p->refs)
        return;
    for (size_t i = 0; i < p->count; i++)
        munmap(p->part[i].base, p->part[i].length);
    free(p->part);
    free(p);
}

void phys_free(struct phys *m)
{
    if (m) {
        drop_parts(m);
        free(m->table);
    }
    free(m);
}

void phys_clear(struct phys *m)
{
    drop_parts(m);
    memset(m->table, 0, (m->mask + 1) * sizeof *m->table);
    m->used = 0;
}

// The line with this key, or the free place where it belongs.
static struct line *find(const struct phys *m, uint64_t key)
{
    size_t i = mix64(key) & m->mask;
    while (m->table[i].key && m->table[i].key != key)
        i = (i + 1) & m->mask;
    return &m->table[i];
}

static uint64_t key_of(uint64_t addr)
{
    return bits(addr, 55, 6) + 1;
}

// --- mapped parts -------------------------------------------------------------------------------

// Index of the first part that ends behind addr.
static size_t first_part(const struct parts *p, uint64_t addr)
{
    size_t low = 0, high = p->count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (p->part[mid].end <= addr)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

bool phys_map_file(struct phys *m, int fd, uint64_t offset, uint64_t addr, uint64_t size)
{
    uint64_t slack = offset % (uint64_t)sysconf(_SC_PAGESIZE);
    if (!m->parts) {
        m->parts = calloc(1, sizeof *m->parts);
        if (!m->parts)
            return false;
        m->parts->refs = 1;
    }
    struct parts *p = m->parts;
    struct part *more = realloc(p->part, (p->count + 1) * sizeof *more);
    if (!more)
        return false;
    p->part = more;
    void *base = mmap(NULL, size + slack, PROT_READ, MAP_PRIVATE, fd, (off_t)(offset - slack));
    if (base == MAP_FAILED)
        return false;
    size_t at = first_part(p, addr);
    memmove(more + at + 1, more + at, (p->count - at) * sizeof *more);
    more[at] = (struct part){addr, addr + size, (const unsigned char *)base + slack, base,
                             size + slack};
    p->count++;
    return true;
}

// The word at addr, a multiple of 8, out of the parts that hold bytes of it.
static uint64_t mapped(const struct phys *m, uint64_t addr)
{
    uint64_t word = 0;
    if (!m->parts)
        return 0;
    for (size_t i = first_part(m->parts, addr); i < m->parts->count; i++) {
        const struct part *p = &m->parts->part[i];
        if (p->addr >= addr + 8)
            break;
        unsigned from = p->addr > addr ? (unsigned)(p->addr - addr) : 0;
        unsigned to = p->end < addr + 8 ? (unsigned)(p->end - addr) : 8;
        for (unsigned b = from; b < to; b++)
            word |= (uint64_t)p->bytes[addr + b - p->addr] << 8 * b;
    }
    return word;
}

static void mapped_line(const struct phys *m, uint64_t addr, uint64_t line[8])
{
    for (unsigned w = 0; w < 8; w++)
        line[w] = mapped(m, (addr & ~UINT64_C(63)) + 8 * w);
}

// --- words --------------------------------------------------------------------------------------

uint64_t phys_read(const struct phys *m, uint64_t addr)
{
    const struct line *l = find(m, key_of(addr));
    return l->key ? l->word[bits(addr, 5, 3)] : mapped(m, addr & ~UINT64_C(7));
}

void phys_line(const struct phys *m, uint64_t addr, uint64_t line[8])
{
    const struct line *l = find(m, key_of(addr));
    if (l->key)
        memcpy(line, l->word, sizeof l->word);
    else
        mapped_line(m, addr, line);
}

static bool grow(struct phys *m)
{
    struct phys bigger = *m;
    bigger.mask = 2 * m->mask + 1;
    bigger.table = calloc(bigger.mask + 1, sizeof *bigger.table);
    if (!bigger.table)
        return false;
    for (size_t i = 0; i <= m->mask; i++)
        if (m->table[i].key)
            *find(&bigger, m->table[i].key) = m->table[i];
    free(m->table);
    *m = bigger;
    return true;
}

bool phys_write(struct phys *m, uint64_t addr, uint64_t word)
{
    uint64_t key = key_of(addr);
    struct line *l = find(m, key);
    if (!l->key) {
        if (word == mapped(m, addr & ~UINT64_C(7)))
            return true;
        if (4 * (m->used + 1) > 3 * (m->mask + 1)) {
            if (!grow(m))
                return false;
            l = find(m, key);
        }
        *l = (struct line){.key = key};
        if (m->parts)
            mapped_line(m, addr, l->word);
        m->used++;
    }
    uint64_t *at = &l->word[bits(addr, 5, 3)], old = *at;
    *at = word;
    if (m->watch && old != word)
        m->watch(m->watch_ctx, addr & ~UINT64_C(7), old, word);
    return true;
}

void phys_watch(struct phys *m, void (*fn)(void *ctx, uint64_t addr, uint64_t old, uint64_t word),
                void *ctx)
{
    m->watch = fn;
    m->watch_ctx = ctx;
}

static int by_key(const void *a, const void *b)
{
    const struct line *const *x = a, *const *y = b;
    return ((*x)->key > (*y)->key) - ((*x)->key < (*y)->key);
}

struct each {
    void (*fn)(uint64_t addr, uint64_t word, void *ctx);
    void *ctx;
    const struct line **sorted;
    size_t at, n;
};

static void each_line(const struct each *e, uint64_t addr, const uint64_t word[8])
{
    for (unsigned w = 0; w < 8; w++)
        if (word[w])
            e->fn(addr + 8 * w, word[w], e->ctx);
}

// Own lines below `end`.
static void each_own(struct each *e, uint64_t end)
{
    for (; e->at < e->n && (e->sorted[e->at]->key - 1) << 6 < end; e->at++)
        each_line(e, (e->sorted[e->at]->key - 1) << 6, e->sorted[e->at]->word);
}

// Lines of the parts, where there is no own line.
static void each_mapped(const struct phys *m, struct each *e)
{
    uint64_t next = 0, word[8];
    for (size_t i = 0; m->parts && i < m->parts->count; i++) {
        const struct part *p = &m->parts->part[i];
        uint64_t addr = p->addr & ~UINT64_C(63);
        for (addr = addr < next ? next : addr; addr < p->end; addr += 64) {
            each_own(e, addr);
            if (find(m, key_of(addr))->key)
                continue;
            mapped_line(m, addr, word);
            each_line(e, addr, word);
        }
        next = addr;
    }
}

void phys_each(const struct phys *m, void (*fn)(uint64_t addr, uint64_t word, void *ctx), void *ctx)
{
    struct each e = {.fn = fn, .ctx = ctx, .sorted = malloc((m->used + 1) * sizeof *e.sorted)};
    if (!e.sorted)
        return;
    for (size_t i = 0; i <= m->mask; i++)
        if (m->table[i].key)
            e.sorted[e.n++] = &m->table[i];
    qsort(e.sorted, e.n, sizeof *e.sorted, by_key);
    each_mapped(m, &e);
    each_own(&e, UINT64_MAX);
    free(e.sorted);
}

size_t phys_lines(const struct phys *m)
{
    return m->used;
}

struct phys *phys_clone(const struct phys *m)
{
    struct phys *c = malloc(sizeof *c);
    if (!c)
        return NULL;
    *c = (struct phys){.mask = m->mask, .used = m->used, .parts = m->parts};
    c->table = malloc((m->mask + 1) * sizeof *c->table);
    if (!c->table) {
        free(c);
        return NULL;
    }
    memcpy(c->table, m->table, (m->mask + 1) * sizeof *c->table);
    if (c->parts)
        c->parts->refs++;
    return c;
}
