// SPDX-License-Identifier: MulanPSL-2.0
// Renders report documents. All emitters show the same contents.
//
// Each function returns false when writing or memory failed. A report is written document by document,
// so that of many traces each can be freed when it is written.
#ifndef L2TLB_REPORT_EMIT_H
#define L2TLB_REPORT_EMIT_H

#include "report/doc.h"

#include <stdio.h>

enum { REPORT_SCHEMA = 1 }; // version of the JSON form: docs/schema/report-1.json

// EMIT_SUMMARY: the first screen of EMIT_TEXT, nothing more.
enum emit_format { EMIT_TEXT, EMIT_JSON, EMIT_CSV, EMIT_HTML, EMIT_SUMMARY, EMIT_FORMATS };

// "text", "json", "csv", "html" or "summary"; EMIT_FORMATS for anything else.
enum emit_format emit_format_of(const char *name);

struct emitter {
    enum emit_format format;
    FILE *out;
    bool many;  // JSON: an array, whatever becomes of its elements; else one object
    bool charts; // HTML: one of them has charts
    unsigned n; // documents written
};
bool emit_one(struct emitter *e, const struct doc *d);
bool emit_end(struct emitter *e); // behind the last one

// Writes n documents at once; `many` is n != 1.
bool emit_all(enum emit_format f, FILE *out, const struct doc *const *docs, unsigned n);

// A cell as text into buf (for text, CSV and HTML); thousands: group digits by three.
const char *emit_cell(const struct doc_cell *c, bool thousands, char *buf, size_t size);
// "38 sums checked, all right", or how many do not hold.
const char *emit_checks_line(const struct doc *d, char *buf, size_t size);
// Largest value of a numeric column, for bars.
double emit_column_max(const struct doc_table *t, unsigned column);
double emit_cell_number(const struct doc_cell *c);

// One document, the index-th of its report. The first HTML document brings the head of the page,
// emit_html_end() its end; charts: one of the documents has any (emit_html_charts).
bool emit_text(const struct doc *d, bool summary, FILE *out);
bool emit_csv(const struct doc *d, unsigned index, FILE *out);
void emit_csv_text(FILE *out, const char *text); // one field, in quotation marks where it has to be (RFC 4180)
bool emit_html(const struct doc *d, unsigned index, FILE *out);
bool emit_html_charts(const struct doc *d);
bool emit_html_end(bool charts, FILE *out);
bool emit_json(const struct doc *d, FILE *out);
// The text of emit_json(), for free(). NULL: out of memory.
char *emit_json_text(const struct doc *d);

#endif
