// SPDX-License-Identifier: MulanPSL-2.0
// Renders a report document. All emitters show the same contents.
//
// Each function returns false when writing or memory failed.
#ifndef L2TLB_REPORT_EMIT_H
#define L2TLB_REPORT_EMIT_H

#include "report/doc.h"

#include <stdio.h>

// EMIT_SUMMARY: the first screen of EMIT_TEXT, nothing more.
enum { REPORT_SCHEMA = 1 }; // version of the JSON form: docs/schema/report-1.json

enum emit_format { EMIT_TEXT, EMIT_JSON, EMIT_CSV, EMIT_HTML, EMIT_SUMMARY, EMIT_FORMATS };

// "text", "json", "csv", "html" or "summary"; EMIT_FORMATS for anything else.
enum emit_format emit_format_of(const char *name);

// Writes n documents (one per trace). JSON: one object for n = 1, an array otherwise.
bool emit_all(enum emit_format f, FILE *out, const struct doc *const *docs, unsigned n);

// A cell as text into buf (for text, CSV and HTML); thousands: group digits by three.
const char *emit_cell(const struct doc_cell *c, bool thousands, char *buf, size_t size);
// "38 sums checked, all right", or how many do not hold.
const char *emit_checks_line(const struct doc *d, char *buf, size_t size);
// Largest value of a numeric column, for bars.
double emit_column_max(const struct doc_table *t, unsigned column);
double emit_cell_number(const struct doc_cell *c);

bool emit_text(const struct doc *d, bool summary, FILE *out);
bool emit_csv(const struct doc *const *docs, unsigned n, FILE *out);
bool emit_html(const struct doc *const *docs, unsigned n, FILE *out);
bool emit_json(const struct doc *const *docs, unsigned n, FILE *out);

#endif
