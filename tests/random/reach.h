// SPDX-License-Identifier: MulanPSL-2.0
// What random stimuli reach: cross points of the specification (reach.def), counted by an observer
// that only looks at the machine's wires and registers after a settle.
#ifndef TESTS_RANDOM_REACH_H
#define TESTS_RANDOM_REACH_H

#include "model/l2tlb.h"

enum reach_id {
#define POINT(name, place, when, condition, hole) REACH_##name,
#include "tests/random/reach.def"
#include "tests/random/reach_walk.def"
#undef POINT
    REACH_POINTS
};

struct reach_point {
    const char *name, *place;
    const char *hole; // NULL, or "T: reason", "F: reason"
};
extern const struct reach_point reach_point[REACH_POINTS];

struct reach_counts {
    uint64_t seen[REACH_POINTS][2]; // cycles in which the condition was false, true
};

// Adds this cycle; t is settled, out its outputs.
void reach_sample(const struct l2tlb *t, const struct l2tlb_out *out, struct reach_counts *n);
// Prints the table, holes last. Returns the number of sides seen fewer than `least` times that
// reach.def does not state as a hole.
unsigned reach_print(const struct reach_counts *n, uint64_t least, FILE *out);
// Index of a point, or -1.
int reach_find(const char *name);

#endif
