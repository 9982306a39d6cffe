// SPDX-License-Identifier: MulanPSL-2.0
// Findings, and those that one range or one entry shows by itself. The others: check/audit_host.c.
#include "check/audit_impl.h"

#include "arch/bits.h"
#include "arch/pte.h"

#include <stdlib.h>

static const struct {
    const char *id, *text;
} kinds[AUDIT_KINDS] = {
#define KIND(name, id, text) {id, text},
#include "check/audit_kinds.def"
#undef KIND
};

const char *audit_id(unsigned kind) { return kinds[kind].id; }
const char *audit_text(unsigned kind) { return kinds[kind].text; }

// The last finding of the list goes on in f.
static bool continues(const struct finding *l, const struct finding *f)
{
    return l->kind == f->kind && l->image == f->image && l->other == f->other && l->map == f->map &&
           l->rights == f->rights && l->mapped == f->mapped && l->last + 1 == f->va && f->va &&
           (!f->mapped || l->pa + (f->va - l->va) == f->pa) && l->region == f->region && l->text == f->text;
}

bool audit_full(const struct auditor *w, unsigned kind)
{
    return w->a->found[kind] > AUDIT_KEPT;
}

void audit_add(struct auditor *w, const struct finding *f)
{
    struct audit *a = w->a;
    struct finding *last = a->count ? &a->list[a->count - 1] : NULL;
    bool alone = f->kind == AUDIT_MALFORMED || f->kind == AUDIT_TABLES || f->kind == AUDIT_REPEATED;
    if (last && !alone && continues(last, f)) {
        last->last = f->last;
        return;
    }
    if (++a->found[f->kind] > AUDIT_KEPT)
        return;
    if (a->count == a->room) {
        size_t want = a->room ? 2 * a->room : 64;
        struct finding *more = realloc(a->list, want * sizeof *more);
        w->no_memory |= !more;
        if (!more)
            return;
        a->list = more;
        a->room = want;
    }
    a->list[a->count++] = *f;
}

bool audit_same_vm(const struct audit_image *a, const struct audit_image *b)
{
    const struct map *x = &a->maps->map[MAP_STAGE2], *y = &b->maps->map[MAP_STAGE2];
    return x->on && y->on && x->shape[0].base == y->shape[0].base;
}

static struct finding finding_of(unsigned kind, unsigned image, unsigned map, const struct map_range *r)
{
    return (struct finding){.kind = (uint8_t)kind, .map = (uint8_t)map, .rights = r->rights, .mapped = true,
                            .image = image, .va = r->va, .last = r->last, .pa = r->pa, .level = r->level};
}

// What user mode, or the kernel, may write and execute. Of a guest: what is left behind stage 2.
static void write_execute(struct auditor *w, unsigned image)
{
    const struct maps *all = w->image[image].maps;
    const unsigned both = RIGHT_W | RIGHT_X;
    for (unsigned kind = MAP_HOST; kind < MAPS; kind++) {
        const struct map *m = &all->map[kind];
        if (kind == MAP_STAGE2 || (kind == MAP_GUEST && all->map[MAP_BOTH].on))
            continue;
        for (size_t i = 0; i < m->ranges; i++) {
            struct finding f = finding_of(AUDIT_WX, image, kind, &m->range[i]);
            if ((f.rights & both) == both || (f.rights >> RIGHT_USER & both) == both)
                audit_add(w, &f);
        }
    }
}

// The upper half is the kernel's (AArch64: TTBR1); RV32 has no halves.
static void user_in_kernel(struct auditor *w, unsigned image)
{
    const struct maps *all = w->image[image].maps;
    for (unsigned kind = MAP_HOST; kind <= MAP_GUEST; kind++) {
        const struct map *m = &all->map[kind];
        for (size_t i = 0; i < m->ranges; i++) {
            struct finding f = finding_of(AUDIT_USER_KERNEL, image, kind, &m->range[i]);
            if (f.rights >> RIGHT_USER && f.va >> 63)
                audit_add(w, &f);
        }
    }
}

static void without_user(struct auditor *w, unsigned image)
{
    const struct map *m = &w->image[image].maps->map[MAP_STAGE2];
    for (size_t i = 0; i < m->ranges && w->image[image].maps->source.rv; i++) {
        struct finding f = finding_of(AUDIT_NO_USER, image, MAP_STAGE2, &m->range[i]);
        if (!(m->range[i].pte & PTE_U))
            audit_add(w, &f);
    }
}

static void malformed(struct auditor *w, unsigned image, unsigned kind)
{
    const struct map *m = &w->image[image].maps->map[kind];
    for (size_t i = 0; i < m->bads && i < MAPS_KEPT; i++) {
        const struct map_bad *b = &m->bad[i];
        struct finding f = {.kind = AUDIT_MALFORMED, .map = (uint8_t)kind, .reason = b->reason, .image = image,
                            .va = b->input, .last = b->input, .at = b->at, .pte = b->pte, .level = b->level};
        f.text = b->lost ? "table out of reach" : NULL;
        audit_add(w, &f);
    }
    if (m->bads > MAPS_KEPT)
        w->a->found[AUDIT_MALFORMED] += m->bads - MAPS_KEPT;
}

static void repeated(struct auditor *w, unsigned image, unsigned kind)
{
    const struct map *m = &w->image[image].maps->map[kind];
    for (size_t i = 0; i < m->tables; i++) {
        const struct map_table *t = &m->table[i];
        struct finding f = {.kind = AUDIT_REPEATED, .map = (uint8_t)kind, .image = image, .va = t->input,
                            .last = t->input, .at = t->host, .pte = t->uses, .level = t->level};
        if (t->uses > MAPS_USES)
            audit_add(w, &f);
    }
}

static int by_kind(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->image != y->image)
        return x->image < y->image ? -1 : 1;
    if (x->va != y->va)
        return x->va < y->va ? -1 : 1;
    return (x->map > y->map) - (x->map < y->map);
}

static void one_image(struct auditor *w, unsigned i, const struct regionfile *regions)
{
    write_execute(w, i);
    user_in_kernel(w, i);
    without_user(w, i);
    for (unsigned kind = 0; kind < TREES; kind++) {
        malformed(w, i, kind);
        repeated(w, i, kind);
    }
    if (w->image[i].has_bitmap)
        audit_secure(w, i);
    if (regions)
        audit_regions(w, i, regions);
}

bool audit_run(struct audit *a, const struct audit_image *image, unsigned images,
               const struct regionfile *regions)
{
    struct auditor w = {.a = a, .image = image, .images = images};
    *a = (struct audit){.list = NULL};
    for (unsigned k = 0; k < AUDIT_KINDS; k++)
        a->asked[k] = k != AUDIT_SHARED && k != AUDIT_SECURE && k != AUDIT_HOLE && k != AUDIT_FORBIDDEN;
    a->asked[AUDIT_HOLE] = a->asked[AUDIT_FORBIDDEN] = regions != NULL;
    for (unsigned i = 0; i < images; i++) {
        one_image(&w, i, regions);
        a->asked[AUDIT_SECURE] |= image[i].has_bitmap;
        for (unsigned k = 0; k < i; k++)
            a->asked[AUDIT_SHARED] |= image[i].maps->map[MAP_STAGE2].on && image[k].maps->map[MAP_STAGE2].on &&
                                      !audit_same_vm(&image[i], &image[k]);
    }
    audit_tables(&w);
    if (a->asked[AUDIT_SHARED])
        audit_shared(&w);
    if (a->count)
        qsort(a->list, a->count, sizeof *a->list, by_kind);
    return !w.no_memory;
}

void audit_free(struct audit *a)
{
    free(a->list);
    *a = (struct audit){.list = NULL};
}

uint64_t audit_total(const struct audit *a)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < AUDIT_KINDS; i++)
        n += a->found[i];
    return n;
}

struct finding audit_other(const struct finding *f)
{
    struct finding o = *f;
    o.image = f->other;
    o.other = f->image;
    o.va = f->other_va;
    o.other_va = f->va;
    o.last = o.va + (f->last - f->va);
    return o;
}
