// SPDX-License-Identifier: MulanPSL-2.0
// Reuse distances, see reuse.h.
//
// Every use gets the next place in `tree`; a thing keeps the place of its last use. The tree counts the places that are
// kept, so the distance is the number of kept places from the last use of the thing on. When the places run out, they
// are given anew in the same order.
#include "replay/reuse.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_PLACES = 2048 };

struct thing {
    uint64_t name;
    uint32_t place; // of the last use, from 1 on; 0: no thing here
    bool counted;   // used while uses counted
};

struct reuse {
    struct thing *thing;      // a hash table with open addressing, at most half full
    uint32_t *tree, *at_place; // places 1..places; at_place: for give_places()
    uint32_t places, top;     // places, and the last one given
    uint32_t things;
    bool on;
    struct reuse_stats stats;
};

struct reuse *reuse_new(void)
{
    struct reuse *r = calloc(1, sizeof *r);
    if (r)
        r->on = true;
    return r;
}

void reuse_free(struct reuse *r)
{
    if (r) {
        free(r->thing);
        free(r->tree);
        free(r->at_place);
    }
    free(r);
}

void reuse_count(struct reuse *r, bool on)
{
    r->on = on;
}

const struct reuse_stats *reuse_stats(const struct reuse *r)
{
    return &r->stats;
}

static bool followed(const struct reuse *r, uint64_t name)
{
    return name <= UINT64_MAX >> r->stats.sampled_log2;
}

static void keep(struct reuse *r, uint32_t place, uint32_t more)
{
    for (; place <= r->places; place += place & -place)
        r->tree[place] += more;
}

static uint32_t kept_up_to(const struct reuse *r, uint32_t place)
{
    uint32_t n = 0;
    for (; place; place -= place & -place)
        n += r->tree[place];
    return n;
}

static struct thing *find(const struct reuse *r, uint64_t name)
{
    uint32_t mask = r->places - 1, i = (uint32_t)name & mask; // the upper bits decide about sampling
    while (r->thing[i].place && r->thing[i].name != name)
        i = (i + 1) & mask;
    return &r->thing[i];
}

// The places anew from 1 on, in the order of last uses.
static void give_places(struct reuse *r)
{
    uint32_t top = 0;
    memset(r->at_place, 0, (r->places + 1) * sizeof *r->at_place);
    for (uint32_t i = 0; i < r->places; i++)
        if (r->thing[i].place)
            r->at_place[r->thing[i].place] = i + 1;
    memset(r->tree, 0, (r->places + 1) * sizeof *r->tree);
    for (uint32_t p = 1; p <= r->places; p++)
        if (r->at_place[p]) {
            r->thing[r->at_place[p] - 1].place = ++top;
            r->tree[top] = 1;
        }
    for (uint32_t p = 1; p <= r->places; p++) { // every node to its parent
        uint32_t parent = p + (p & -p);
        if (parent <= r->places)
            r->tree[parent] += r->tree[p];
    }
    r->top = top;
}

// As many places as this, with the things that are followed.
static bool resize(struct reuse *r, uint32_t places)
{
    struct thing *old = r->thing;
    uint32_t n = r->places, *tree = realloc(r->tree, (places + 1) * sizeof *tree);
    r->tree = tree ? tree : r->tree;
    uint32_t *at = tree ? realloc(r->at_place, (places + 1) * sizeof *at) : NULL;
    r->at_place = at ? at : r->at_place;
    struct thing *table = at ? calloc(places, sizeof *table) : NULL;
    if (!table)
        return false;
    r->thing = table;
    r->places = places;
    r->things = 0;
    for (uint32_t i = 0; i < n; i++)
        if (old[i].place && followed(r, old[i].name)) {
            *find(r, old[i].name) = old[i];
            r->things++;
        }
    free(old);
    give_places(r);
    return true;
}

// Room for one more thing. False: out of memory.
static bool make_room(struct reuse *r)
{
    while (r->things >= REUSE_EXACT) {
        r->stats.sampled_log2++;
        if (!resize(r, r->places))
            return false;
    }
    return (r->things + 1) * 2 <= r->places || resize(r, r->places ? 2 * r->places : FIRST_PLACES);
}

// The next place for a thing.
static void move_up(struct reuse *r, struct thing *t)
{
    if (r->top == r->places)
        give_places(r);
    if (t->place)
        keep(r, t->place, UINT32_MAX); // one less
    t->place = ++r->top;
    keep(r, t->place, 1);
}

bool reuse_use(struct reuse *r, uint64_t name)
{
    struct reuse_stats *s = &r->stats;
    if (!followed(r, name))
        return true;
    struct thing *t = r->places ? find(r, name) : NULL;
    bool known = t && t->place;
    uint64_t distance = 1;
    if (!known) {
        if (!make_room(r))
            return false;
        if (!followed(r, name))
            return true;
        t = find(r, name);
        *t = (struct thing){.name = name};
        r->things++;
        move_up(r, t);
    } else if (t->place != r->top) {
        distance = r->things - kept_up_to(r, t->place) + 1;
        move_up(r, t);
    }
    uint64_t weight = UINT64_C(1) << s->sampled_log2;
    s->ever += known ? 0 : weight;
    if (!r->on)
        return true;
    if (known)
        hist_add(&s->distance, (distance - 1) * weight + 1, weight);
    else
        s->first += weight;
    s->different += t->counted ? 0 : weight;
    t->counted = true;
    return true;
}
