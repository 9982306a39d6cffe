// SPDX-License-Identifier: MulanPSL-2.0
// Any number of runs side by side: what was changed, and what changed by it. Works on JSON reports
// (docs/schema/report-1.json), so runs of other days and machines compare as well.
//
// Runs that differ in their seeds only are one group: its figures are means, with the 95 % interval of
// Student's t, and a difference of two groups is called significant when Welch's t test says so at 5 %.
// A run with a seed that its group has already is no new evidence: it stands alone.
#ifndef L2TLB_REPORT_COMPARE_H
#define L2TLB_REPORT_COMPARE_H

#include "report/doc.h"

#include <cjson/cJSON.h>
#include <stddef.h>

enum { COMPARE_MAX = 40 }; // runs at a time

struct compared {
    const char *name;   // how the page calls it
    const cJSON *report; // one report of schema version 1
};

// Is this a report that can be compared? NULL, or what is wrong with it.
const char *compare_check(const cJSON *report);
// runs[0] is what the others are compared with. The first section is the opening. NULL: out of memory.
struct doc *compare_document(const char *title, const struct compared *runs, unsigned n);

// The two-sided 5 % point of Student's t with so many degrees of freedom (>= 1).
double student_t(double degrees);

#endif
