// SPDX-License-Identifier: MulanPSL-2.0
// Everything that the tables of an image map, as ranges: each stage by itself and both together.
//
// The work is bounded, whatever the tables say: a table is followed at most MAPS_USES times at a level (tables
// that name themselves or each other would never end; those further uses are counted), at most MAPS_TABLES times
// tables are entered, at most MAPS_ENTRIES * limit entries are looked at, and a list has at most `limit` ranges.
// Beyond the last three, maps_read() fails.
#ifndef L2TLB_WORLD_MAPS_H
#define L2TLB_WORLD_MAPS_H

#include "arch/tables.h"

#include <stdio.h>

enum { MAPS_USES = 16, MAPS_TABLES = 1 << 19, MAPS_ENTRIES = 32, MAPS_LIMIT = 1 << 21, MAPS_KEPT = 4096, MAPS_LEVELS = 8 };

// MAP_BOTH: stage 1 of a guest through stage 2.
enum map_kind { MAP_HOST = TREE_HOST, MAP_GUEST = TREE_GUEST, MAP_STAGE2 = TREE_STAGE2, MAP_BOTH, MAPS };
const char *map_name(unsigned kind); // "host", "guest", "stage2", "both"

// Neighbouring pages of one size that are mapped to neighbouring memory, with the same rights and attributes.
struct map_range {
    uint64_t va, last; // first and last address that are translated
    uint64_t ipa, pa;  // of va: behind stage 1 (what stage 2 translates), in the end
    uint64_t at, pte;  // first leaf: where it is, what it holds (MAP_BOTH: of stage 1)
    uint8_t shift, shift2; // log2 of the page size; shift2: of stage 2 in MAP_BOTH, else 0
    int8_t level;
    uint8_t rights;    // RIGHT_x of arch/walk.h
    uint8_t attr;      // as walk_result.attr: memory type
    bool accessed, dirty, global, napot;
};

struct map_table {
    uint64_t host, guest, input; // input: first address that led there
    uint32_t bytes, uses;
    uint32_t used; // entries that are not invalid
    int8_t level;
    uint8_t limits;
};

// An entry that the walk refuses for what it is, or a table that cannot be reached.
struct map_bad {
    uint64_t input, at, pte;
    uint8_t reason; // enum walk_reason
    int8_t level;
    bool lost; // the table at guest address `at`
};

// Counts of one tree. Levels: index level + 1.
struct map_count {
    uint64_t bytes[64];            // mapped by pages of 1 << i bytes
    uint64_t leaf_lines[MAPS_LEVELS], pointers[MAPS_LEVELS], pointer_lines[MAPS_LEVELS]; // lines of 64 bytes
    uint64_t tables[MAPS_LEVELS], entries, used;
    uint64_t repeated;             // uses of tables that were not followed
    uint64_t sectors;              // entries that hold 8 neighbours, for all leaves of the smallest size
    uint64_t small;                // those leaves
    uint64_t to_block, to_huge;    // of them: could be NAPOT (contiguous), or one page of the next size
    uint64_t huge, to_giga;        // pages of the second size; those that could be one of the third
};

struct map {
    bool on;
    unsigned halves; // shapes that mean something: bit 0, and bit 1 for AArch64's TTBR1
    struct tables_shape shape[2];
    struct map_range *range;
    size_t ranges, range_room;
    struct map_table *table;
    size_t tables, table_room;
    struct map_bad *bad; // the first MAPS_KEPT
    size_t bads;         // all
    uint64_t mapped;     // bytes
    struct map_count count;
};

struct maps {
    struct tables_source source;
    struct map map[MAPS];
    size_t limit; // ranges of one map
};

// source and limit are set, the rest is 0. NULL, or why it was not finished (msg). maps_free() in any case.
const char *maps_read(struct maps *m, char *msg, size_t size);
void maps_free(struct maps *m);

// Index of the first range that ends at or behind va; m->ranges: none.
size_t map_find(const struct map *m, uint64_t va);
// The walk of an address of one map, whatever the leaf allows: for its references.
void maps_walk(const struct maps *m, unsigned kind, uint64_t va, unsigned rights, struct walk_result *r);

#endif
