// SPDX-License-Identifier: MulanPSL-2.0
#include "check/latest.h"

#include "arch/bits.h"

#include <stdlib.h>

enum { FIRST = 256 };

struct latest {
    struct latest_entry *entry; // open addressing, mask + 1 places
    size_t mask, used;
    uint64_t lost;
};

static struct latest_entry *find(const struct latest *t, struct latest_key key)
{
    size_t i = mix64(key.a ^ mix64(key.b)) & t->mask;
    for (;; i = (i + 1) & t->mask) {
        struct latest_entry *e = &t->entry[i];
        if (!e->time || (e->key.a == key.a && e->key.b == key.b))
            return e;
    }
}

struct latest *latest_new(void)
{
    struct latest *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->mask = FIRST - 1;
    t->entry = calloc(FIRST, sizeof *t->entry);
    if (!t->entry) {
        free(t);
        return NULL;
    }
    return t;
}

void latest_free(struct latest *t)
{
    if (t)
        free(t->entry);
    free(t);
}

// Moves what was set after `cut` into a table of `places`. False: no memory.
static bool rehash(struct latest *t, size_t places, uint64_t cut)
{
    struct latest_entry *old = t->entry;
    size_t had = t->mask + 1;
    struct latest_entry *table = calloc(places, sizeof *table);
    if (!table)
        return false;
    t->entry = table;
    t->mask = places - 1;
    t->used = 0;
    for (size_t i = 0; i < had; i++)
        if (old[i].time > cut) {
            *find(t, old[i].key) = old[i];
            t->used++;
        }
    free(old);
    return true;
}

// The older half goes, all of it when there is no memory.
static void forget(struct latest *t, uint64_t time)
{
    while (4 * t->used > t->mask + 1) {
        t->lost += (time - t->lost + 1) / 2;
        if (rehash(t, t->mask + 1, t->lost))
            continue;
        for (size_t i = 0; i <= t->mask; i++)
            t->entry[i] = (struct latest_entry){.time = 0};
        t->used = 0;
        t->lost = time;
    }
}

void latest_set(struct latest *t, struct latest_key key, uint64_t value, uint64_t time)
{
    struct latest_entry *e = find(t, key);
    if (!e->time) {
        if (t->used == LATEST_MAX || (2 * (t->used + 1) > t->mask + 1 && !rehash(t, 2 * (t->mask + 1), 0)))
            forget(t, time - 1);
        e = find(t, key);
        t->used++;
    }
    *e = (struct latest_entry){key, value, time};
}

const struct latest_entry *latest_get(const struct latest *t, struct latest_key key)
{
    const struct latest_entry *e = find(t, key);
    return e->time ? e : NULL;
}

uint64_t latest_lost(const struct latest *t)
{
    return t->lost;
}

const struct latest_entry *latest_next(const struct latest *t, size_t *at)
{
    while (*at <= t->mask)
        if (t->entry[(*at)++].time)
            return &t->entry[*at - 1];
    return NULL;
}
