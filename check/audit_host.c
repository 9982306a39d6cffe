// SPDX-License-Identifier: MulanPSL-2.0
// Findings about host memory: what two VMs reach, tables that can be written, secure pages, regions.
#include "check/audit_impl.h"

#include "arch/bits.h"
#include "arch/sorted.h"
#include "bitmap/bitmap.h"

#include <stdlib.h>

// --- host memory of two VMs ---------------------------------------------------------------------

struct piece {
    uint64_t pa, last;
    const struct map_range *range;
    unsigned image;
};

static int by_place(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    return x->pa != y->pa ? (x->pa < y->pa ? -1 : 1) : (x->image > y->image) - (x->image < y->image);
}

// All that stage 2 of every image reaches, by host address.
static struct piece *pieces(struct auditor *w, size_t *n)
{
    size_t most = 0;
    for (unsigned i = 0; i < w->images; i++)
        most += w->image[i].maps->map[MAP_STAGE2].ranges;
    struct piece *p = malloc((most + 1) * sizeof *p);
    *n = 0;
    w->no_memory |= !p;
    for (unsigned i = 0; p && i < w->images; i++) {
        const struct map *m = &w->image[i].maps->map[MAP_STAGE2];
        for (size_t k = 0; k < m->ranges; k++) {
            const struct map_range *r = &m->range[k];
            if (r->rights)
                p[(*n)++] = (struct piece){r->pa, r->pa + (r->last - r->va), r, i};
        }
    }
    if (p)
        qsort(p, *n, sizeof *p, by_place);
    return p;
}

// p begins within q, which reaches furthest of another image: what both have.
static void overlap(struct auditor *w, const struct piece *q, const struct piece *p)
{
    uint64_t last = p->last < q->last ? p->last : q->last;
    struct finding f = {
        .kind = AUDIT_SHARED, .map = MAP_STAGE2, .rights = q->range->rights, .mapped = true,
        .image = q->image, .other = p->image, .pa = p->pa,
    };
    f.va = q->range->va + (p->pa - q->pa);
    f.last = f.va + (last - p->pa);
    f.other_va = p->range->va;
    audit_add(w, &f);
}

void audit_shared(struct auditor *w)
{
    size_t n;
    struct piece *p = pieces(w, &n), best[AUDIT_IMAGES];
    for (unsigned i = 0; i < w->images; i++)
        best[i] = (struct piece){.image = i};
    for (size_t i = 0; p && i < n && !audit_full(w, AUDIT_SHARED); i++) {
        for (unsigned k = 0; k < w->images; k++)
            if (best[k].range && k != p[i].image && best[k].last >= p[i].pa &&
                !audit_same_vm(&w->image[k], &w->image[p[i].image]))
                overlap(w, &best[k], &p[i]);
        struct piece *own = &best[p[i].image];
        if (!own->range || own->last < p[i].last)
            *own = p[i];
    }
    free(p);
}

// --- writable tables ----------------------------------------------------------------------------

struct page {
    uint64_t pa, last;
    const struct map_table *table;
    unsigned image, map;
};

static int by_page(const void *a, const void *b)
{
    const struct page *x = a, *y = b;
    return (x->pa > y->pa) - (x->pa < y->pa);
}

static struct page *table_pages(struct auditor *w, size_t *n, uint64_t *longest)
{
    size_t most = 0;
    for (unsigned i = 0; i < w->images; i++)
        for (unsigned k = 0; k < TREES; k++)
            most += w->image[i].maps->map[k].tables;
    struct page *p = malloc((most + 1) * sizeof *p);
    *n = *longest = 0;
    w->no_memory |= !p;
    for (unsigned i = 0; p && i < w->images; i++)
        for (unsigned k = 0; k < TREES; k++) {
            const struct map *m = &w->image[i].maps->map[k];
            for (size_t t = 0; t < m->tables; t++) {
                p[(*n)++] = (struct page){m->table[t].host, m->table[t].host + m->table[t].bytes - 1,
                                          &m->table[t], i, k};
                *longest = m->table[t].bytes > *longest ? m->table[t].bytes : *longest;
            }
        }
    if (p)
        qsort(p, *n, sizeof *p, by_page);
    return p;
}

// May who has `rights` in this map not write that table? A guest's kernel may write its own stage 1;
// nobody's user mode may write a table; no guest may write stage 2, nor the tables of another VM or the host.
static bool forbidden(const struct auditor *w, unsigned image, unsigned map, unsigned rights,
                      const struct page *t)
{
    bool own = t->image == image || audit_same_vm(&w->image[t->image], &w->image[image]);
    if (map == MAP_STAGE2)
        return (rights | rights >> RIGHT_USER) & RIGHT_W && (!own || t->map != MAP_GUEST);
    return rights >> RIGHT_USER & RIGHT_W && own && (map == MAP_HOST ? t->map == MAP_HOST : t->map == MAP_GUEST);
}

static void writable(struct auditor *w, unsigned image, unsigned map, const struct map_range *r,
                     const struct page *p, size_t n, uint64_t longest)
{
    uint64_t pa_last = r->pa + (r->last - r->va), from = r->pa > longest ? r->pa - longest : 0;
    for (size_t i = sorted_find(p, sizeof *p, offsetof(struct page, pa), n, from);
         i < n && p[i].pa <= pa_last && !audit_full(w, AUDIT_TABLES); i++) {
        const struct page *t = &p[i];
        if (t->last < r->pa || !forbidden(w, image, map, r->rights, t))
            continue;
        uint64_t a = t->pa > r->pa ? t->pa : r->pa, b = t->last < pa_last ? t->last : pa_last;
        struct finding f = {
            .kind = AUDIT_TABLES, .map = (uint8_t)map, .rights = r->rights, .mapped = true, .image = image,
            .other = t->image, .va = r->va + (a - r->pa), .pa = a, .table = (uint8_t)t->map,
            .level = t->table->level,
        };
        f.last = f.va + (b - a);
        audit_add(w, &f);
    }
}

void audit_tables(struct auditor *w)
{
    static const uint8_t maps[] = {MAP_HOST, MAP_GUEST, MAP_STAGE2, MAP_BOTH};
    size_t n;
    uint64_t longest;
    struct page *p = table_pages(w, &n, &longest);
    for (unsigned i = 0; p && i < w->images; i++)
        for (unsigned k = 0; k < sizeof maps; k++) {
            const struct map *m = &w->image[i].maps->map[maps[k]];
            if (maps[k] == MAP_GUEST && w->image[i].maps->map[MAP_BOTH].on)
                continue;
            for (size_t r = 0; r < m->ranges && !audit_full(w, AUDIT_TABLES); r++)
                writable(w, i, maps[k], &m->range[r], p, n, longest);
        }
    free(p);
}

// --- secure pages -------------------------------------------------------------------------------

struct run {
    uint64_t first, last; // pages
};

struct runs {
    uint64_t bitmap;
    struct run *list;
    size_t count, room;
    bool no_memory;
};

static void run_add(struct runs *s, uint64_t page)
{
    if (s->count && s->list[s->count - 1].last + 1 == page) {
        s->list[s->count - 1].last = page;
        return;
    }
    if (s->count == s->room) {
        size_t want = s->room ? 2 * s->room : 256;
        struct run *more = realloc(s->list, want * sizeof *more);
        s->no_memory |= !more;
        if (!more)
            return;
        s->list = more;
        s->room = want;
    }
    s->list[s->count++] = (struct run){page, page};
}

// A word of memory in ascending order: one of the bitmap?
static void bitmap_word(uint64_t addr, uint64_t word, void *ctx)
{
    struct runs *s = ctx;
    uint64_t page = (addr - s->bitmap) << 3;
    if (addr < s->bitmap || page >> 36 || bitmap_word_addr(s->bitmap >> 6, page) != addr)
        return;
    for (; word && !s->no_memory; word &= word - 1)
        run_add(s, page + lowest(word));
}

static void secure_range(struct auditor *w, unsigned image, unsigned map, const struct map_range *r,
                         const struct runs *s)
{
    uint64_t first = r->pa >> 12, last = (r->pa + (r->last - r->va)) >> 12;
    for (size_t i = sorted_find(s->list, sizeof *s->list, offsetof(struct run, last), s->count, first);
         i < s->count && s->list[i].first <= last && !audit_full(w, AUDIT_SECURE); i++) {
        uint64_t a = s->list[i].first > first ? s->list[i].first : first;
        uint64_t b = s->list[i].last < last ? s->list[i].last : last;
        struct finding f = {.kind = AUDIT_SECURE, .map = (uint8_t)map, .rights = r->rights, .mapped = true,
                            .image = image, .va = r->va + ((a - first) << 12), .pa = a << 12};
        f.last = f.va + ((b - a + 1) << 12) - 1;
        audit_add(w, &f);
    }
}

void audit_secure(struct auditor *w, unsigned image)
{
    const struct audit_image *im = &w->image[image];
    struct runs s = {.bitmap = im->bitmap};
    phys_each(im->mem, bitmap_word, &s);
    static const uint8_t maps[] = {MAP_HOST, MAP_STAGE2, MAP_GUEST};
    for (unsigned k = 0; k < sizeof maps; k++) {
        const struct map *m = &im->maps->map[maps[k]];
        if (maps[k] == MAP_GUEST && im->maps->map[MAP_STAGE2].on)
            continue;
        for (size_t i = 0; i < m->ranges && !audit_full(w, AUDIT_SECURE); i++)
            secure_range(w, image, maps[k], &m->range[i], &s);
    }
    w->no_memory |= s.no_memory;
    free(s.list);
}

// --- regions ------------------------------------------------------------------------------------

// Rights that a region wants, as both privileges of a stage-2 leaf or one of stage 1 has them.
static bool rights_fit(unsigned map, unsigned rights, unsigned flags)
{
    unsigned want = flags & (PT_R | PT_W | PT_X);
    unsigned have = map == MAP_STAGE2 || flags & PT_U ? rights >> RIGHT_USER : rights & 7;
    return have == want && (map == MAP_STAGE2 || flags & PT_U || !(rights >> RIGHT_USER));
}

static void hole(struct auditor *w, unsigned image, unsigned map, const struct regionline *l,
                 uint64_t va, uint64_t last, const struct map_range *r, const char *text)
{
    struct finding f = {.kind = AUDIT_HOLE, .map = (uint8_t)map, .image = image, .va = va, .last = last,
                        .region = l->name, .text = text};
    if (r) {
        f.mapped = true;
        f.pa = r->pa + (va - r->va);
        f.rights = r->rights;
    }
    audit_add(w, &f);
}

static void complete(struct auditor *w, unsigned image, unsigned map, const struct regionline *l)
{
    const struct map *m = &w->image[image].maps->map[map];
    const struct region *g = &l->region;
    uint64_t at = g->va, end = g->va + (g->size - 1);
    for (size_t i = map_find(m, at); !audit_full(w, AUDIT_HOLE); i++) {
        const struct map_range *r = i < m->ranges && m->range[i].va <= end ? &m->range[i] : NULL;
        if (!r || r->va > at)
            hole(w, image, map, l, at, r ? r->va - 1 : end, NULL, "not mapped");
        if (!r)
            return;
        at = r->va > at ? r->va : at;
        uint64_t last = r->last < end ? r->last : end;
        if (r->pa + (at - r->va) != g->pa + (at - g->va))
            hole(w, image, map, l, at, last, r, "mapped to another place");
        else if (!rights_fit(map, r->rights, g->flags))
            hole(w, image, map, l, at, last, r, "other rights");
        if (last == end)
            return;
        at = last + 1;
    }
}

static void out_of_reach(struct auditor *w, unsigned image, unsigned map, const struct regionline *l)
{
    const struct map *m = &w->image[image].maps->map[map];
    uint64_t first = l->region.pa, end = first + (l->region.size - 1);
    for (size_t i = 0; i < m->ranges && !audit_full(w, AUDIT_FORBIDDEN); i++) {
        const struct map_range *r = &m->range[i];
        uint64_t last = r->pa + (r->last - r->va), a = r->pa > first ? r->pa : first;
        uint64_t b = last < end ? last : end;
        struct finding f = {.kind = AUDIT_FORBIDDEN, .map = (uint8_t)map, .rights = r->rights, .mapped = true,
                            .image = image, .va = r->va + (a - r->pa), .pa = a, .region = l->name};
        f.last = f.va + (b - a);
        if (a <= b && r->rights)
            audit_add(w, &f);
    }
}

void audit_regions(struct auditor *w, unsigned image, const struct regionfile *file)
{
    const struct audit_image *im = &w->image[image];
    bool two = im->maps->map[MAP_STAGE2].on, host = im->maps->map[MAP_HOST].on;
    for (size_t i = 0; i < file->count; i++) {
        const struct regionline *l = &file->line[i];
        unsigned map = l->where == REGION_HOST || (l->where == REGION_ALL && !two) ? MAP_HOST : MAP_STAGE2;
        if (map == MAP_HOST ? !host : !two || (l->where >= 0 && (unsigned)l->where != im->vmid))
            continue;
        w->a->used[i] = true;
        if (l->forbidden)
            out_of_reach(w, image, map, l);
        else
            complete(w, image, map, l);
    }
}
