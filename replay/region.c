// SPDX-License-Identifier: MulanPSL-2.0
// Differences of statistics, see region.h. Statistics are plain counters of 64 bits (stats.h), so they are
// subtracted as such; what is no sum is put right behind that.
#include "replay/region.h"

#include <stdlib.h>
#include <string.h>

static void subtract(void *to, const void *end, const void *begin, size_t size)
{
    uint64_t *t = to;
    const uint64_t *e = end, *b = begin;
    for (size_t i = 0; i < size / sizeof *t; i++)
        t[i] = e[i] - b[i];
}

// Smallest and largest value from the buckets that are not empty.
static void range(struct hist *h, const struct hist *whole)
{
    uint64_t first, last;
    h->min = h->max = 0;
    if (!h->count)
        return;
    for (unsigned b = HIST_BUCKETS; b-- > 0;)
        if (h->bucket[b]) {
            hist_range(b, &first, &last);
            h->max = h->max ? h->max : last < whole->max ? last : whole->max;
            h->min = first > whole->min ? first : whole->min;
        }
}

static void ranges(struct stats *s, const struct stats *whole)
{
    range(&s->all, &whole->all);
    for (unsigned p = 0; p < 2; p++)
        range(&s->by_port[p], &whole->by_port[p]);
    for (unsigned k = 0; k < KINDS; k++) {
        range(&s->by_kind[k], &whole->by_kind[k]);
        for (unsigned p = 0; p < PATHS; p++)
            for (unsigned g = 0; g < GSIDES; g++)
                range(&s->by_path[k][p][g], &whole->by_path[k][p][g]);
        for (unsigned a = 0; a <= LEVELS; a++)
            for (unsigned b = 0; b <= LEVELS; b++)
                range(&s->by_level[k][a][b], &whole->by_level[k][a][b]);
    }
}

// The largest numbers of references: from their distribution.
static void references(struct stats *s, const struct stats *whole)
{
    for (unsigned k = 0; k < KINDS; k++) {
        s->theory_max[k] = whole->theory_max[k];
        s->refs_max[k] = s->refs_max_once[k] = 0;
        for (unsigned r = 1; r < MAX_REFS; r++)
            if (s->refs[k][r])
                s->refs_max[k] = r == MAX_REFS - 1 ? whole->refs_max[k] : r;
        s->refs_max_once[k] = s->refs_max[k] < whole->refs_max_once[k] ? s->refs_max[k] : whole->refs_max_once[k];
    }
}

void moment_between(struct moment *to, const struct moment *begin, const struct moment *end)
{
    _Static_assert(sizeof(struct stats) % sizeof(uint64_t) == 0, "counters only");
    _Static_assert(sizeof(struct front_stats) % sizeof(uint64_t) == 0, "counters only");
    subtract(&to->l2, &end->l2, &begin->l2, sizeof to->l2);
    subtract(&to->front, &end->front, &begin->front, sizeof to->front);
    ranges(&to->l2, &end->l2);
    references(&to->l2, &end->l2);
    to->l2.shield = end->l2.shield;
    to->l2.ward = end->l2.ward;
    to->l2.drained = end->l2.drained;
    for (unsigned k = 0; k < L1_CLASSES; k++)
        range(&to->front.miss_latency[k], &end->front.miss_latency[k]);
    to->now = (struct phase_now){.records = end->now.records - begin->now.records,
                                 .instructions = end->now.instructions - begin->now.instructions,
                                 .accesses = end->now.accesses - begin->now.accesses,
                                 .pages = end->now.pages - begin->now.pages};
}

struct region *region_new(uint64_t from, uint64_t to)
{
    struct region *g = calloc(1, sizeof *g);
    if (g) {
        g->from = from;
        g->to = to;
        g->begun = from == 0; // begin is all zero
        g->parts = g->begun;
    }
    return g;
}

struct region *region_new_marks(void)
{
    struct region *g = region_new(UINT64_MAX, UINT64_MAX);
    if (g)
        g->marks = true;
    return g;
}

void region_mark(struct region *g, bool begins)
{
    g->wanted = begins;
    g->marked = true;
}

static void take(struct moment *m, const struct stats *s, struct front *front, const struct phase_now *n)
{
    m->l2 = *s;
    if (front)
        m->front = *front_finish(front);
    m->now = *n;
}

static void add(void *to, const void *more, const void *less, size_t size)
{
    uint64_t *t = to;
    const uint64_t *m = more, *l = less;
    for (size_t i = 0; i < size / sizeof *t; i++)
        t[i] += m[i] - l[i];
}

// Another part begins: begin moves by what lies between the end of the last one and now.
static void begin_again(struct region *g, const struct stats *s, struct front *front, const struct phase_now *n)
{
    struct moment *now = &g->inside; // free until the end
    take(now, s, front, n);
    add(&g->begin.l2, &now->l2, &g->end.l2, sizeof g->begin.l2);
    add(&g->begin.front, &now->front, &g->end.front, sizeof g->begin.front);
    add(&g->begin.now, &now->now, &g->end.now, sizeof g->begin.now);
    g->ended = false;
}

void region_step(struct region *g, const struct stats *s, struct front *front, const struct phase_now *n)
{
    g->marked = false;
    if (g->marks ? g->wanted && !g->begun : !g->begun && n->records >= g->from) {
        g->begun = true;
        g->parts = 1;
        take(&g->begin, s, front, n);
    } else if (g->marks && g->wanted && g->ended) {
        begin_again(g, s, front, n);
        g->parts++;
    }
    if (g->begun && !g->ended && (g->marks ? !g->wanted : n->records >= g->to)) {
        g->ended = true;
        take(&g->end, s, front, n);
    }
}

void region_finish(struct region *g, const struct stats *s, struct front *front, const struct phase_now *n)
{
    if (!g->begun)
        take(&g->begin, s, front, n);
    if (!g->ended)
        take(&g->end, s, front, n);
    moment_between(&g->inside, &g->begin, &g->end);
}
