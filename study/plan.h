// SPDX-License-Identifier: MulanPSL-2.0
// The points of a study: its configurations (grid, one-at-a-time, drawn), each with every seed over every trace.
//
// The same file and the same traces give the same plan on every machine. Configurations that a constraint refuses,
// and those that come out the same as an earlier one, are left out and counted.
#ifndef L2TLB_STUDY_PLAN_H
#define L2TLB_STUDY_PLAN_H

#include "study/hash.h"
#include "study/study.h"

struct plan_trace {
    const char *path;
    char hash[HASH_TEXT]; // of its bytes and those of its image
};

struct plan {
    struct study *s;
    uint32_t *value;        // dims of each combination
    unsigned combinations;
    uint64_t *storage;      // bits of each combination
    char (*config)[HASH_TEXT]; // of combination c with seed i: [c * seed_count + i]
    struct plan_trace *trace;
    unsigned traces;
    uint64_t refused, doubles;
    char program[HASH_TEXT];
};

// Point n: trace fastest, then seed, then combination.
struct plan_point {
    unsigned combination, seed, trace;
};

// s gets the values that are drawn, and must outlive the plan. NULL and a message. go_on is asked now and then; false ends the planning (message "interrupted"). NULL: nobody.
struct plan *plan_new(struct study *s, bool (*go_on)(void), char *msg, size_t size);
void plan_free(struct plan *p);

uint64_t plan_points(const struct plan *p);
struct plan_point plan_point(const struct plan *p, uint64_t n);
const uint32_t *plan_values(const struct plan *p, unsigned combination);
const char *plan_config(const struct plan *p, struct plan_point at);

#endif
