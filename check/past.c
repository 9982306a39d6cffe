// SPDX-License-Identifier: MulanPSL-2.0
#include "check/past.h"

#include "arch/bits.h"

#include <stdlib.h>

enum { FIRST_WORDS = 1024, NONE = -1 };

struct word {
    uint64_t key;  // + 1; 0: free
    uint64_t lost; // values up to this time were dropped
    int32_t first; // value
    uint32_t count;
};

struct node {
    struct past_value v;
    int32_t next;
};

struct past {
    struct word *word; // open addressing, mask + 1 places
    size_t mask, words;
    struct node *node;
    size_t nodes, room;
    int32_t spare;
    uint64_t lost; // words that changed up to this time may be forgotten
};

static struct word *find(const struct past *p, uint64_t key)
{
    size_t i = mix64(key) & p->mask;
    while (p->word[i].key && p->word[i].key != key + 1)
        i = (i + 1) & p->mask;
    return &p->word[i];
}

struct past *past_new(void)
{
    struct past *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->mask = FIRST_WORDS - 1;
    p->spare = NONE;
    p->word = calloc(FIRST_WORDS, sizeof *p->word);
    if (!p->word) {
        free(p);
        return NULL;
    }
    return p;
}

void past_free(struct past *p)
{
    if (p) {
        free(p->word);
        free(p->node);
    }
    free(p);
}

// Everything up to now is forgotten: memory is exhausted.
static void forget_all(struct past *p, uint64_t time)
{
    for (size_t i = 0; i <= p->mask; i++)
        p->word[i] = (struct word){0};
    p->words = p->nodes = 0;
    p->spare = NONE;
    p->lost = time;
}

// Puts the words into a table of `places`; those without values are left out. False: no memory.
static bool rehash(struct past *p, size_t places)
{
    struct word *old = p->word;
    size_t had = p->mask + 1;
    struct word *table = calloc(places, sizeof *table);
    if (!table)
        return false;
    p->word = table;
    p->mask = places - 1;
    p->words = 0;
    for (size_t i = 0; i < had; i++)
        if (old[i].key && old[i].count) {
            *find(p, old[i].key - 1) = old[i];
            p->words++;
        }
    free(old);
    return true;
}

static void drop(struct past *p, struct word *w, int32_t *link)
{
    int32_t n = *link;
    if (p->node[n].v.time > w->lost)
        w->lost = p->node[n].v.time;
    *link = p->node[n].next;
    p->node[n].next = p->spare;
    p->spare = n;
    w->count--;
}

// Drops values that were replaced up to `cut`. Returns how many.
static size_t forget(struct past *p, uint64_t cut)
{
    size_t dropped = 0;
    for (size_t i = 0; i <= p->mask; i++) {
        struct word *w = &p->word[i];
        for (int32_t *link = &w->first; w->key && *link != NONE;) {
            if (p->node[*link].v.time > cut) {
                link = &p->node[*link].next;
                continue;
            }
            drop(p, w, link);
            dropped++;
        }
    }
    p->lost = cut;
    return dropped;
}

static void forget_oldest(struct past *p, uint64_t time)
{
    size_t dropped = 0;
    for (uint64_t cut = p->lost; dropped < PAST_VALUES / 4;) {
        cut += (time - cut + 1) / 2;
        dropped += forget(p, cut);
    }
    if (!rehash(p, p->mask + 1))
        forget_all(p, time);
}

static bool more_nodes(struct past *p)
{
    size_t room = p->room ? 2 * p->room : FIRST_WORDS;
    struct node *more = p->nodes < p->room ? p->node : realloc(p->node, room * sizeof *more);
    if (!more)
        return false;
    if (p->nodes == p->room)
        p->room = room;
    p->node = more;
    return true;
}

static void add(struct past *p, struct word *w, struct past_value v)
{
    int32_t n = p->spare;
    if (n != NONE)
        p->spare = p->node[n].next;
    else
        n = (int32_t)p->nodes++;
    p->node[n] = (struct node){v, w->first};
    w->first = n;
    w->count++;
}

static void drop_oldest(struct past *p, struct word *w)
{
    int32_t *oldest = &w->first;
    for (int32_t *link = &w->first; *link != NONE; link = &p->node[*link].next)
        if (p->node[*link].v.time < p->node[*oldest].v.time)
            oldest = link;
    drop(p, w, oldest);
}

// Room for one more word and one more value. False: there is none, and nothing can be noted.
static bool make_room(struct past *p, uint64_t time)
{
    if (p->spare == NONE && p->nodes == PAST_VALUES)
        forget_oldest(p, time);
    if (p->spare == NONE && !more_nodes(p))
        return false;
    return 2 * (p->words + 1) <= p->mask + 1 || rehash(p, 2 * (p->mask + 1));
}

void past_note(struct past *p, uint64_t key, uint64_t old, unsigned how, uint64_t time)
{
    struct word *w = find(p, key);
    for (int32_t n = w->key ? w->first : NONE; n != NONE; n = p->node[n].next)
        if (p->node[n].v.value == old) {
            p->node[n].v.time = time;
            p->node[n].v.how |= (uint8_t)how;
            return;
        }
    if (!make_room(p, time)) {
        forget_all(p, time);
        return;
    }
    w = find(p, key);
    if (!w->key) {
        *w = (struct word){.key = key + 1, .first = NONE};
        p->words++;
    }
    if (w->count == PAST_DEPTH)
        drop_oldest(p, w);
    add(p, w, (struct past_value){old, time, (uint8_t)how});
}

unsigned past_values(const struct past *p, uint64_t key, struct past_value *value, uint64_t *lost)
{
    unsigned count = 0;
    const struct word *w = p->words ? find(p, key) : NULL;
    *lost = p->lost;
    if (!w || !w->key)
        return 0;
    for (int32_t n = w->first; n != NONE; n = p->node[n].next)
        value[count++] = p->node[n].v;
    if (w->lost > *lost)
        *lost = w->lost;
    return count;
}

uint64_t past_lost(const struct past *p)
{
    return p->lost;
}
