// SPDX-License-Identifier: MulanPSL-2.0
// Inside of maps.h; private to world/maps*.c.
#ifndef L2TLB_WORLD_MAPS_IMPL_H
#define L2TLB_WORLD_MAPS_IMPL_H

#include "world/maps.h"

// Appends a range, which does not lie below the last one, or joins it to that. NULL or why not.
const char *map_add(struct map *m, const struct map_range *r, size_t limit);

// --- statistics of one tree (maps_count.c)

// Pages of one size that follow each other in both address spaces, with the same rights and type.
struct map_run {
    uint64_t va, pa, last;
    unsigned key;
};

struct map_counter {
    struct map_count *out;
    struct tables_shape shape;
    uint64_t last_leaf[MAPS_LEVELS], last_pointer[MAPS_LEVELS]; // line + 1
    uint64_t group;    // of eight pages, + 1
    uint64_t sector[8]; // different entries that the group needs
    unsigned sectors;
    struct map_run small, huge;
};
// An entry of a table that is read for the first time.
void map_count_entry(struct map_counter *c, const struct tables_entry *e);
// A leaf, in ascending order of addresses.
void map_count_leaf(struct map_counter *c, const struct map_range *r);
void map_count_end(struct map_counter *c);

#endif
