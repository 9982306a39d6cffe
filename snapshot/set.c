// SPDX-License-Identifier: MulanPSL-2.0
// A set of numbers, see set.h.
#include "snapshot/set.h"

#include "arch/bits.h"

#include <stdlib.h>

enum { FIRST = 256 };

// Where the number is, or where it belongs. There is a free slot.
static size_t place(const struct set *s, uint64_t number)
{
    uint64_t h = (number ^ number >> 29) * MIX64_K;
    size_t i = (size_t)(h >> 20) & (s->slots - 1);
    while (s->slot[i] && s->slot[i] != number + 1)
        i = (i + 1) & (s->slots - 1);
    return i;
}

static bool grow(struct set *s)
{
    struct set more = {.slots = s->slots ? 2 * s->slots : FIRST, .used = s->used};
    more.slot = calloc(more.slots, sizeof *more.slot);
    if (!more.slot)
        return false;
    for (size_t i = 0; i < s->slots; i++)
        if (s->slot[i])
            more.slot[place(&more, s->slot[i] - 1)] = s->slot[i];
    free(s->slot);
    *s = more;
    return true;
}

int set_add(struct set *s, uint64_t number)
{
    if (2 * s->used >= s->slots && !grow(s))
        return -1;
    size_t i = place(s, number);
    if (s->slot[i])
        return 0;
    s->slot[i] = number + 1;
    s->used++;
    return 1;
}

bool set_has(const struct set *s, uint64_t number) { return s->slots && s->slot[place(s, number)]; }

bool set_next(const struct set *s, size_t *at, uint64_t *number)
{
    while (*at < s->slots && !s->slot[*at])
        ++*at;
    if (*at == s->slots)
        return false;
    *number = s->slot[(*at)++] - 1;
    return true;
}

void set_free(struct set *s)
{
    free(s->slot);
    *s = (struct set){.slot = NULL};
}
