// SPDX-License-Identifier: MulanPSL-2.0
// What the results of a study say.
#ifndef L2TLB_STUDY_REPORT_H
#define L2TLB_STUDY_REPORT_H

#include "report/doc.h"
#include "study/plan.h"

#include <stdio.h>

enum { STUDY_TOLD = 10 };

struct study_state {
    uint64_t done, failed, running, missing;
    uint64_t foreign; // of these done by another program
    unsigned told;    // the first failures
    struct {
        uint64_t point;
        char text[1024];
    } failure[STUDY_TOLD];
};

// False and a message. A database that is not there holds nothing.
bool study_state(const struct plan *p, const char *database, struct study_state *st, char *msg, size_t size);
// A line for each point: its number, configuration, trace, seed, storage_bits. False: it could not be written.
bool study_plan_csv(const struct plan *p, FILE *out);
// The same with state and figures.
bool study_csv(const struct plan *p, const char *database, FILE *out, char *msg, size_t size);
// The JSON report of a point, which the caller frees. NULL and a message.
char *study_show(const struct plan *p, const char *database, uint64_t n, char *msg, size_t size);
// Tables and charts: best points, Pareto front, sensitivity, interactions, traces, storage. NULL and a message.
struct doc *study_document(const struct plan *p, const char *database, char *msg, size_t size);

#endif
