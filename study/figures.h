// SPDX-License-Identifier: MulanPSL-2.0
// What is kept of a run as columns of the database: figures of its report, by section and key.
#ifndef L2TLB_STUDY_FIGURES_H
#define L2TLB_STUDY_FIGURES_H

#include "replay/replay.h"
#include "report/doc.h"

#include <stdbool.h>

struct figure {
    const char *name;          // of the column
    const char *section, *key; // in the report (docs/schema/report-1.json); NULL: computed
    const char *label, *unit;
    unsigned digits;
    bool result;               // an objective can be made of it: less is better
};

enum { FIGURES = 23 };
extern const struct figure figures[FIGURES];
int figure_index(const char *name); // -1: none

// The figures of a result and its report; those it does not have are NAN.
void figures_of(const struct replay_result *r, const struct doc *d, double value[FIGURES]);

#endif
