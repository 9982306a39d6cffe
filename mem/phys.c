// SPDX-License-Identifier: MulanPSL-2.0
// A hash table of 64-byte lines with open addressing: a word alone costs one line, not a page.
#include "mem/phys.h"

#include "arch/bits.h"

#include <stdlib.h>
#include <string.h>

struct line {
    uint64_t key; // line number + 1; 0: free
    uint64_t word[8];
};

struct phys {
    struct line *table;
    size_t mask, used; // table has mask + 1 lines
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

void phys_free(struct phys *m)
{
    if (m)
        free(m->table);
    free(m);
}

void phys_clear(struct phys *m)
{
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
    return bits(addr, 47, 6) + 1;
}

uint64_t phys_read(const struct phys *m, uint64_t addr)
{
    const struct line *l = find(m, key_of(addr));
    return l->key ? l->word[bits(addr, 5, 3)] : 0;
}

void phys_line(const struct phys *m, uint64_t addr, uint64_t line[8])
{
    const struct line *l = find(m, key_of(addr));
    if (l->key)
        memcpy(line, l->word, sizeof l->word);
    else
        memset(line, 0, sizeof l->word);
}

static bool grow(struct phys *m)
{
    struct phys bigger = {.mask = 2 * m->mask + 1, .used = m->used};
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
        if (word == 0)
            return true;
        if (4 * (m->used + 1) > 3 * (m->mask + 1)) {
            if (!grow(m))
                return false;
            l = find(m, key);
        }
        *l = (struct line){.key = key};
        m->used++;
    }
    l->word[bits(addr, 5, 3)] = word;
    return true;
}

static int by_key(const void *a, const void *b)
{
    const struct line *const *x = a, *const *y = b;
    return ((*x)->key > (*y)->key) - ((*x)->key < (*y)->key);
}

void phys_each(const struct phys *m, void (*fn)(uint64_t addr, uint64_t word, void *ctx), void *ctx)
{
    const struct line **sorted = malloc((m->used + 1) * sizeof *sorted);
    size_t n = 0;
    if (!sorted)
        return;
    for (size_t i = 0; i <= m->mask; i++)
        if (m->table[i].key)
            sorted[n++] = &m->table[i];
    qsort(sorted, n, sizeof *sorted, by_key);
    for (size_t i = 0; i < n; i++)
        for (unsigned w = 0; w < 8; w++)
            if (sorted[i]->word[w])
                fn(((sorted[i]->key - 1) << 6) + 8 * w, sorted[i]->word[w], ctx);
    free(sorted);
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
    *c = (struct phys){.mask = m->mask, .used = m->used};
    c->table = malloc((m->mask + 1) * sizeof *c->table);
    if (!c->table) {
        free(c);
        return NULL;
    }
    memcpy(c->table, m->table, (m->mask + 1) * sizeof *c->table);
    return c;
}
