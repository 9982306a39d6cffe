// SPDX-License-Identifier: MulanPSL-2.0
// A report as data: sections that hold values, tables and checks. The contents are written once
// (contents.c) and rendered by any of the emitters (emit.h).
//
// Every section, value, table and column has an `id` (lower case, underscores: the key in JSON and
// CSV) and a label (what a person reads). Strings are copied, with what may not be shown escaped
// (printable_text() of source.h), so that every form of the report is valid UTF-8. When memory runs out the document
// remembers it (doc_ok) and further calls do nothing, so callers need not test each call.
#ifndef L2TLB_REPORT_DOC_H
#define L2TLB_REPORT_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum doc_kind { DOC_NONE, DOC_COUNT, DOC_REAL, DOC_TEXT };

struct doc_cell {
    enum doc_kind kind;
    uint64_t count;
    double real;
    unsigned digits; // DOC_REAL: digits behind the point
    char *text;
};

struct doc_value {
    char *id, *label, *unit;
    struct doc_cell cell;
    struct doc_value *next;
};

struct doc_column {
    char *id, *label;
};

struct doc_row {
    struct doc_cell *cell; // columns of the table
    unsigned filled;
    struct doc_row *next;
};

enum { DOC_COLUMNS = 48 };

// How the HTML page draws a table; the other formats show its rows alone.
enum doc_chart_kind {
    DOC_CHART_NONE,
    DOC_CHART_BARS,  // one bar a row: the first column against the bar column
    DOC_CHART_STACK, // the first column against all others, stacked
    DOC_CHART_TIME,  // the first column against chosen others, a curve each
    DOC_CHART_HIST,  // from, to, count, share, cumulated share: true widths, logarithmic axis
    DOC_CHART_CDF,   // series, value, share up to here: a curve a series, logarithmic axis
    DOC_CHART_HEAT,  // the cells are shaded by their value
    DOC_CHART_SCATTER, // series, x, y, name: dots, those of the series `front` joined
    DOC_CHART_REACH, // the first column against reach_kib and footprint_kib, logarithmic
};

// A value of the horizontal axis that has a name.
struct doc_mark {
    double at;
    char *label;
};
enum { DOC_MARKS = 4 };

struct doc_table {
    char *id, *title, *note;
    struct doc_column column[DOC_COLUMNS];
    unsigned columns;
    enum doc_chart_kind chart;
    struct doc_mark mark[DOC_MARKS];
    unsigned marks;
    bool lead;      // HTML draws its chart behind the first screen
    bool data;      // rows for charts and programs: text leaves them out
    int bar_column; // column that text and HTML also show as a bar; -1 none
    struct doc_row *rows, *last;
    struct doc *doc;
    struct doc_table *next;
};

struct doc_section {
    char *id, *title, *note;
    bool opening; // the first screen: no heading, one line a value, rows of tables as lines
    struct doc_value *values, *last_value;
    struct doc_table *tables, *last_table;
    struct doc *doc;
    struct doc_section *next;
};

struct doc_check {
    char *text;
    uint64_t left, right;
    bool ok;
    struct doc_check *next;
};

struct doc {
    char *title;
    struct doc_section *sections, *last;
    struct doc_check *checks, *last_check;
    unsigned failed; // checks that did not hold
    bool full;       // text and HTML list every check, not only those that failed
    char *partial;   // why the run is not whole; NULL: it is
    bool no_memory;
};

struct doc *doc_new(const char *title); // NULL: out of memory
void doc_free(struct doc *d);
bool doc_ok(const struct doc *d);
// The run ended before its end: every form of the report says so at its beginning, and why.
void doc_partial(struct doc *d, const char *why);

// note may be NULL: one sentence that explains the section.
struct doc_section *doc_section(struct doc *d, const char *id, const char *title, const char *note);
void doc_count(struct doc_section *s, const char *id, const char *label, uint64_t value,
               const char *unit);
void doc_real(struct doc_section *s, const char *id, const char *label, double value,
              unsigned digits, const char *unit);
void doc_text(struct doc_section *s, const char *id, const char *label, const char *value);

// value as what it is: a decimal number becomes a count or a real, all else stays text.
void doc_typed(struct doc_section *s, const char *id, const char *label, const char *value);

// columns: "id:label|id:label|..."; at most DOC_COLUMNS.
struct doc_table *doc_table(struct doc_section *s, const char *id, const char *title,
                            const char *columns, const char *note);
void doc_bar(struct doc_table *t, unsigned column);
void doc_chart(struct doc_table *t, enum doc_chart_kind kind);
void doc_mark(struct doc_table *t, double at, const char *label); // DOC_CHART_CDF; at most DOC_MARKS
void doc_lead(struct doc_table *t); // HTML draws it behind the first screen, not in its section
void doc_data(struct doc_table *t); // rows for charts and programs: text leaves them out
// Cells are filled from left to right; a new row starts when asked for. Missing cells stay empty.
void doc_row(struct doc_table *t, const char *first);
void doc_cell_count(struct doc_table *t, uint64_t value);
void doc_cell_real(struct doc_table *t, double value, unsigned digits);
void doc_cell_text(struct doc_table *t, const char *value);
void doc_cell_none(struct doc_table *t);

// A sum that must hold in every run: left == right. A violation makes the run fail.
void doc_check(struct doc *d, const char *text, uint64_t left, uint64_t right);

#endif
