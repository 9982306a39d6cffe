// SPDX-License-Identifier: MulanPSL-2.0
// Collects the ranges of one tree at a time, then puts both stages of a guest together.
#include "world/maps_impl.h"

#include "arch/bits.h"
#include "arch/sorted.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *map_name(unsigned kind)
{
    static const char *const name[MAPS] = {"host", "guest", "stage2", "both"};
    return kind < MAPS ? name[kind] : "?";
}

// Room for one more element. NULL or why not.
static const char *grow(void **array, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return NULL;
    size_t want = *room ? 2 * *room : 256;
    void *more = realloc(*array, want * size);
    if (!more)
        return "out of memory";
    *array = more;
    *room = want;
    return NULL;
}

// --- ranges -------------------------------------------------------------------------------------

static bool joins(const struct map_range *a, const struct map_range *b)
{
    return a->last + 1 == b->va && b->va && a->pa + (a->last - a->va) + 1 == b->pa &&
           a->ipa + (a->last - a->va) + 1 == b->ipa && a->shift == b->shift && a->shift2 == b->shift2 &&
           a->level == b->level && a->rights == b->rights && a->attr == b->attr &&
           a->accessed == b->accessed && a->dirty == b->dirty && a->global == b->global &&
           a->napot == b->napot;
}

static const char too_many[] = "more ranges than the limit (--limit)";

const char *map_add(struct map *m, const struct map_range *r, size_t limit)
{
    m->mapped += r->last - r->va + 1;
    if (m->ranges && joins(&m->range[m->ranges - 1], r)) {
        m->range[m->ranges - 1].last = r->last;
        return NULL;
    }
    if (m->ranges == limit)
        return too_many;
    const char *why = grow((void **)&m->range, &m->range_room, m->ranges, sizeof *m->range);
    if (!why)
        m->range[m->ranges++] = *r;
    return why;
}

size_t map_find(const struct map *m, uint64_t va)
{
    return sorted_find(m->range, sizeof *m->range, offsetof(struct map_range, last), m->ranges, va);
}

// --- one tree -----------------------------------------------------------------------------------

struct collect {
    struct map *m;
    struct maps *all;
    struct map_counter count;
    size_t *bucket; // hash table of tables: index + 1
    size_t buckets; // a power of two
    size_t entered, decoded;
    size_t current[MAPS_LEVELS]; // table that is being read at this level
    const char *why;
};

// The place in the hash table of this table, or the free one where it belongs.
static size_t *bucket_of(const struct collect *c, uint64_t host, int level, unsigned limits)
{
    size_t i = mix64(host + (uint64_t)(level + 1) + ((uint64_t)limits << 56)) & (c->buckets - 1);
    for (; c->bucket[i]; i = (i + 1) & (c->buckets - 1)) {
        const struct map_table *t = &c->m->table[c->bucket[i] - 1];
        if (t->host == host && t->level == level && t->limits == limits)
            break;
    }
    return &c->bucket[i];
}

static bool rehash(struct collect *c)
{
    free(c->bucket);
    c->buckets = c->buckets ? 2 * c->buckets : 1024;
    c->bucket = calloc(c->buckets, sizeof *c->bucket);
    for (size_t i = 0; c->bucket && i < c->m->tables; i++) {
        const struct map_table *t = &c->m->table[i];
        *bucket_of(c, t->host, t->level, t->limits) = i + 1;
    }
    return c->bucket;
}

static enum tables_next stop(struct collect *c, const char *why)
{
    c->why = why;
    return TABLES_STOP;
}

static enum tables_next on_table(void *ctx, const struct tables_table *t)
{
    struct collect *c = ctx;
    struct map *m = c->m;
    if (2 * (m->tables + 1) > c->buckets && !rehash(c))
        return stop(c, "out of memory");
    if ((m->halves & 2) && t->input >> 63)
        c->count.shape = m->shape[1];
    size_t *b = bucket_of(c, t->host, t->level, t->limits);
    if (!*b) {
        if (grow((void **)&m->table, &m->table_room, m->tables, sizeof *m->table))
            return stop(c, "out of memory");
        m->table[m->tables] = (struct map_table){t->host, t->guest, t->input, (uint32_t)t->bytes, 0, 0,
                                                 (int8_t)t->level, (uint8_t)t->limits};
        *b = ++m->tables;
        m->count.tables[t->level + 1]++;
        m->count.entries += t->bytes / m->shape[0].entry;
    }
    if (m->table[*b - 1].uses++ >= MAPS_USES) {
        m->count.repeated++;
        return TABLES_SKIP;
    }
    if (++c->entered > MAPS_TABLES)
        return stop(c, "more than 524288 tables");
    c->current[t->level + 1] = *b - 1;
    return TABLES_GO;
}

static const char *on_bad(struct map *m, const struct map_bad *bad)
{
    if (m->bads++ >= MAPS_KEPT)
        return NULL;
    if (!m->bad && !(m->bad = malloc(MAPS_KEPT * sizeof *m->bad)))
        return "out of memory";
    m->bad[m->bads - 1] = *bad;
    return NULL;
}

static enum tables_next on_entry(void *ctx, const struct tables_entry *e)
{
    struct collect *c = ctx;
    const struct walk_entry *d = &e->entry;
    struct map_table *t = &c->m->table[c->current[e->level + 1]];
    if (++c->decoded / MAPS_ENTRIES >= c->all->limit)
        return stop(c, "more entries than the limit allows (--limit)");
    if (t->uses == 1)
        t->used++;
    if (t->uses == 1 && (d->reason == WALK_TABLE || d->reason == WALK_LEAF))
        map_count_entry(&c->count, e);
    if (d->reason == WALK_TABLE)
        return TABLES_GO;
    const char *why;
    if (d->reason == WALK_LEAF) {
        struct map_range r = {
            .va = e->input, .last = e->input | mask64(e->shift), .ipa = d->address, .pa = d->address,
            .at = e->host, .pte = e->word, .shift = d->leaf.shift, .level = (int8_t)e->level,
            .rights = d->rights, .attr = d->leaf.attr, .accessed = d->accessed, .dirty = d->dirty,
            .global = d->global, .napot = d->leaf.napot,
        };
        if (c->m == &c->all->map[MAP_STAGE2])
            r.ipa = r.va;
        map_count_leaf(&c->count, &r);
        why = map_add(c->m, &r, c->all->limit);
    } else {
        struct map_bad bad = {e->input, e->host, e->word, d->reason, (int8_t)e->level, false};
        why = on_bad(c->m, &bad);
    }
    return why ? stop(c, why) : TABLES_GO;
}

static enum tables_next on_lost(void *ctx, const struct tables_table *t)
{
    struct collect *c = ctx;
    struct map_bad bad = {t->input, t->guest, 0, t->reason, (int8_t)t->level, true};
    const char *why = on_bad(c->m, &bad);
    return why ? stop(c, why) : TABLES_GO;
}

static const char *read_tree(struct maps *all, unsigned tree)
{
    struct map *m = &all->map[tree];
    struct collect c = {.m = m, .all = all};
    for (unsigned half = 0; half < 2; half++)
        if (tables_shape(&all->source, tree, half, &m->shape[half]))
            m->halves |= 1u << half;
    m->on = m->halves;
    if (!(m->halves & 1))
        m->shape[0] = m->shape[1];
    c.count = (struct map_counter){.out = &m->count, .shape = m->shape[0]};
    tables_each(&all->source, tree, &(struct tables_user){&c, on_table, on_entry, on_lost});
    map_count_end(&c.count);
    for (size_t i = 0; i < m->tables; i++)
        m->count.used += m->table[i].used;
    free(c.bucket);
    return c.why;
}

// --- both stages --------------------------------------------------------------------------------

static unsigned attributes(const struct maps *all, unsigned s1, unsigned s2)
{
    return all->source.rv ? s1 ? s1 : s2 : a64_attributes(s1, s2);
}

// The part of stage-1 range a that stage-2 range b maps.
static const char *join(struct maps *all, const struct map_range *a, const struct map_range *b)
{
    struct map_range r = *a;
    uint64_t from = a->ipa > b->va ? a->ipa : b->va, a_last = a->ipa + (a->last - a->va);
    r.va = a->va + (from - a->ipa);
    r.last = r.va + ((a_last < b->last ? a_last : b->last) - from);
    r.ipa = from;
    r.pa = b->pa + (from - b->va);
    r.shift2 = b->shift;
    r.rights = a->rights & b->rights;
    r.attr = (uint8_t)attributes(all, a->attr, b->attr);
    r.accessed = a->accessed && b->accessed;
    r.dirty = a->dirty && b->dirty;
    return r.rights ? map_add(&all->map[MAP_BOTH], &r, all->limit) : NULL;
}

static const char *combine(struct maps *all)
{
    const struct map *s1 = &all->map[MAP_GUEST], *s2 = &all->map[MAP_STAGE2];
    const char *why = NULL;
    size_t steps = 0;
    if (!s1->on || !s2->on)
        return NULL;
    all->map[MAP_BOTH].on = true;
    for (size_t i = 0; !why && i < s1->ranges; i++) {
        const struct map_range *a = &s1->range[i];
        uint64_t last = a->ipa + (a->last - a->va);
        for (size_t k = map_find(s2, a->ipa); !why && k < s2->ranges && s2->range[k].va <= last; k++)
            why = ++steps > 4 * all->limit ? too_many : join(all, a, &s2->range[k]);
    }
    return why;
}

const char *maps_read(struct maps *m, char *msg, size_t size)
{
    const char *why = NULL;
    unsigned kind = 0;
    for (; !why && kind < TREES; kind++)
        why = read_tree(m, kind);
    if (!why) {
        kind = MAPS;
        why = combine(m);
    }
    if (why)
        snprintf(msg, size, "%s: %s", map_name(kind - 1), why);
    return why ? msg : NULL;
}

void maps_free(struct maps *m)
{
    for (unsigned i = 0; i < MAPS; i++) {
        free(m->map[i].range);
        free(m->map[i].table);
        free(m->map[i].bad);
    }
    memset(m->map, 0, sizeof m->map);
}

// --- walks --------------------------------------------------------------------------------------

static void walk_riscv(const struct maps *m, unsigned kind, uint64_t va, unsigned rights,
                       struct walk_result *r)
{
    struct rv_regs g = *m->source.rv;
    struct walk_mem mem = {m->source.mem.ctx, m->source.mem.read, NULL};
    struct rv_request q = {.va = va, .virt = kind != MAP_HOST};
    unsigned user = rights >> RIGHT_USER;
    q.priv = user ? RV_U : RV_S;
    rights = user ? user : rights;
    q.access = rights & RIGHT_R || !(rights & RIGHT_X) ? RV_READ : RV_FETCH;
    g.m_pmm = g.s_pmm = g.h_pmm = 0; // the address is the effective one
    if (kind == MAP_STAGE2)
        g.vsatp = 0;
    rv_walk(&g, &q, &mem, r);
}

static void walk_a64(const struct maps *m, unsigned kind, uint64_t va, unsigned rights,
                     struct walk_result *r)
{
    struct a64_regs g = *m->source.a64;
    struct walk_mem mem = {m->source.mem.ctx, m->source.mem.read, NULL};
    struct a64_request q = {.va = va, .el = rights & 7 ? 1 : 0};
    rights = rights & 7 ? rights & 7 : rights >> RIGHT_USER;
    q.access = rights & RIGHT_R || !(rights & RIGHT_X) ? A64_READ : A64_FETCH;
    g.pan = false;
    if (kind == MAP_STAGE2)
        g.sctlr_el1 &= ~UINT64_C(1);
    a64_walk(&g, &q, &mem, r);
}

void maps_walk(const struct maps *m, unsigned kind, uint64_t va, unsigned rights, struct walk_result *r)
{
    if (m->source.rv)
        walk_riscv(m, kind, va, rights, r);
    else
        walk_a64(m, kind, va, rights, r);
}
