// SPDX-License-Identifier: MulanPSL-2.0
// Running the points of a plan: threads that each replay one point at a time, into the database or into files.
#ifndef L2TLB_STUDY_RUN_H
#define L2TLB_STUDY_RUN_H

#include "study/db.h"
#include "study/plan.h"

enum { RUN_JOBS = 256 };

// What became of a point, with the memory that r points to.
struct outcome {
    struct db_result r;
    bool interrupted;    // nothing to keep
    char *text, *report; // r.text, r.report
    char failure[1024];
};

// Replays point n. stop: asked now and then; true interrupts. False: out of memory.
bool outcome_of(const struct plan *p, uint64_t n, bool (*stop)(void), struct outcome *o);
void outcome_free(struct outcome *o);
struct db_key point_key(const struct plan *p, uint64_t n);

struct run {
    const struct plan *plan;
    struct db *db;
    unsigned jobs;
    bool retry;
    bool (*stop)(void);
    // After every point, one call at a time; NULL: nobody.
    void (*progress)(void *ctx, const struct run *r);
    void *ctx;
    // Filled: points that were there, run now, failed now, failed before.
    uint64_t there, ran, failed, bad;
    bool error; // db_error() says why
};

// Runs what the database does not have, waits for points that other studies run. False: an error, or out of memory;
// interrupted points are given back.
bool run_all(struct run *r, char *msg, size_t size);

#endif
