// SPDX-License-Identifier: MulanPSL-2.0
// The figures of a study's report. Of each combination: the geometric mean of the objective over the traces, and over
// the seeds its mean with the 95 % interval of Student's t, both of logarithms (of the numbers themselves, and
// arithmetic, where one is not positive).
#ifndef L2TLB_STUDY_ANALYSIS_H
#define L2TLB_STUDY_ANALYSIS_H

#include "study/db.h"
#include "study/plan.h"

enum { LEVELS_MAX = 16, BINS = 8 }; // more values than LEVELS_MAX: BINS of neighbours
enum { BASE = 0 };                  // the combination that others are held against: the first one

struct estimate {
    unsigned n;          // seeds
    double mean, lo, hi; // NAN: a result is missing; lo, hi are mean for one seed
};

// The values of a dimension as the report groups them.
struct levels {
    unsigned count;
    uint32_t *of;        // value -> level
    char label[LEVELS_MAX][64];
};

struct analysis {
    const struct plan *p;
    unsigned objective;     // of figures[]
    bool logs;
    double *y;              // [point]; NAN: none
    struct estimate *of;    // [combination]
    struct levels level[STUDY_DIMS];
    unsigned known;         // combinations without a hole
    unsigned best;          // combination; == combinations: none
    double seconds;
    uint64_t done, failed, running, missing, foreign;
};

// NULL and a message.
struct analysis *analysis_new(const struct plan *p, struct db *d, char *msg, size_t size);
void analysis_free(struct analysis *a);

// b against a in percent.
double change(double a, double b);

// The mean over the combinations with this level of dimension d; of a one-at-a-time study those that differ from the
// first one in d at most. NAN: none.
double effect(const struct analysis *a, unsigned d, unsigned level);
// The same of two levels.
double cell(const struct analysis *a, unsigned d, unsigned level, unsigned e, unsigned other);
// How much the best level of a dimension is below its worst one, percent of the best. NAN: not known.
double swing(const struct analysis *a, unsigned d);
// What is left of the cells of two dimensions when the effects of both are taken away: root of the mean square,
// percent. NAN: a cell is empty.
double interaction(const struct analysis *a, unsigned d, unsigned e);

// The combinations that no other one beats in both storage and objective, by storage; returns how many.
unsigned pareto(const struct analysis *a, unsigned *list);
// All known combinations, the best first.
unsigned ranking(const struct analysis *a, unsigned *list);
// The objective of one trace, over the seeds. NAN: missing.
struct estimate on_trace(const struct analysis *a, unsigned combination, unsigned trace);

#endif
