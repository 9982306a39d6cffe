// SPDX-License-Identifier: MulanPSL-2.0
// Timing of the recordings' memory (docs/recordings.md 3), and an L2 data cache in front of it.
#include "mem/tilelink.h"

#include "arch/bits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct transaction {
    uint64_t ready, order;
    uint64_t line[8];
    uint8_t source;
};

struct tl {
    struct tl_timing timing;
    const struct phys *mem;
    struct transaction wait[MAX_IDS]; // accepted, not yet on D
    unsigned waiting;
    uint64_t orders;
    struct transaction now; // on D: beat 0 at `first`, beat 1 at `last`
    uint64_t first, last;
    bool busy;
    // L2 cache model: tags in LRU order, most recent first; 0 is "empty", else line number + 1.
    uint64_t *l2;
    uint64_t l2_hits, l2_misses;
};

struct tl *tl_new(const struct tl_timing *timing, const struct phys *mem)
{
    struct tl *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->timing = *timing;
    t->mem = mem;
    if (timing->l2_sets) {
        t->l2 = calloc((size_t)timing->l2_sets * timing->l2_ways, sizeof *t->l2);
        if (!t->l2) {
            free(t);
            return NULL;
        }
    }
    return t;
}

struct tl *tl_clone(const struct tl *t, const struct phys *mem)
{
    struct tl *c = tl_new(&t->timing, mem);
    if (!c)
        return NULL;
    uint64_t *l2 = c->l2;
    *c = *t;
    c->mem = mem;
    c->l2 = l2;
    if (l2)
        memcpy(l2, t->l2, (size_t)t->timing.l2_sets * t->timing.l2_ways * sizeof *l2);
    return c;
}

void tl_free(struct tl *t)
{
    if (t)
        free(t->l2);
    free(t);
}

void tl_reset(struct tl *t)
{
    t->waiting = 0;
    t->orders = 0;
    t->busy = false;
    t->l2_hits = t->l2_misses = 0;
    if (t->l2)
        memset(t->l2, 0, (size_t)t->timing.l2_sets * t->timing.l2_ways * sizeof *t->l2);
}

bool tl_a_ready(const struct tl *t, uint64_t cycle)
{
    switch (t->timing.aready) {
    case AREADY_PATTERN:
        return bit(t->timing.mask, (unsigned)(cycle % t->timing.period));
    case AREADY_HASH:
        return (mix64(cycle * MIX64_K + t->timing.seed) & 255) < t->timing.threshold;
    default:
        return true;
    }
}

// Looks the line up in the L2 model and makes it the most recent of its set.
static bool l2_access(struct tl *t, uint64_t line)
{
    uint64_t *set = t->l2 + (line % t->timing.l2_sets) * t->timing.l2_ways;
    unsigned w = 0;
    while (w < t->timing.l2_ways - 1 && set[w] != line + 1)
        w++;
    bool hit = set[w] == line + 1;
    memmove(set + 1, set, w * sizeof *set);
    set[0] = line + 1;
    if (hit)
        t->l2_hits++;
    else
        t->l2_misses++;
    return hit;
}

void tl_accept(struct tl *t, uint64_t cycle, unsigned source, uint64_t addr)
{
    const struct tl_timing *g = &t->timing;
    uint64_t delay = g->lat;
    if (t->l2 && l2_access(t, addr >> 6))
        delay = g->hit_lat;
    else if (g->span)
        delay += mix64((addr >> 6) * MIX64_K + g->seed) % g->span;
    assert(t->waiting < MAX_IDS);
    struct transaction *x = &t->wait[t->waiting++];
    x->ready = cycle + delay;
    x->order = t->orders++;
    x->source = (uint8_t)source;
    phys_line(t->mem, addr, x->line);
}

static bool before(const struct transaction *a, const struct transaction *b)
{
    return a->ready != b->ready ? a->ready < b->ready : a->order < b->order;
}

static struct transaction *next_up(struct tl *t)
{
    struct transaction *best = t->wait;
    for (unsigned i = 1; i < t->waiting; i++)
        if (before(&t->wait[i], best))
            best = &t->wait[i];
    return best;
}

void tl_beat(struct tl *t, uint64_t cycle, struct tl_beat *beat)
{
    beat->valid = false;
    if (t->busy && cycle > t->last)
        t->busy = false;
    if (!t->busy && t->waiting) {
        struct transaction *x = next_up(t);
        if (x->ready <= cycle) {
            t->now = *x;
            *x = t->wait[--t->waiting];
            t->busy = true;
            t->first = cycle;
            t->last = cycle + t->timing.gap;
        }
    }
    if (!t->busy || (cycle != t->first && cycle != t->last))
        return;
    beat->valid = true;
    beat->source = t->now.source;
    beat->beat = cycle != t->first;
    memcpy(beat->data, t->now.line + 4 * beat->beat, sizeof beat->data);
}

uint64_t tl_next_event(const struct tl *t, uint64_t cycle)
{
    if (t->busy && cycle <= t->first)
        return t->first;
    if (t->busy && cycle <= t->last)
        return t->last;
    uint64_t next = UINT64_MAX;
    for (unsigned i = 0; i < t->waiting; i++)
        if (t->wait[i].ready < next)
            next = t->wait[i].ready;
    return next > cycle ? next : cycle;
}

unsigned tl_outstanding(const struct tl *t)
{
    return t->waiting + t->busy;
}

void tl_l2_stats(const struct tl *t, uint64_t *hits, uint64_t *misses)
{
    *hits = t->l2_hits;
    *misses = t->l2_misses;
}
