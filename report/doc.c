// SPDX-License-Identifier: MulanPSL-2.0
// The report document, see doc.h.
#include "report/doc.h"

#include "traces/source.h"

#include <stdlib.h>
#include <string.h>

static char *copy(struct doc *d, const char *s, size_t n)
{
    char *r = malloc(n + 1);
    if (!r) {
        d->no_memory = true;
        return NULL;
    }
    memcpy(r, s, n);
    r[n] = 0;
    return r;
}

// A text as every form of the report may show it.
static char *copy_text(struct doc *d, const char *s)
{
    size_t size = s ? 4 * strlen(s) + 1 : 0;
    char *r = s ? malloc(size) : NULL;
    if (s && !r)
        d->no_memory = true;
    if (r)
        printable_text(s, r, size);
    return r;
}

static void *fresh(struct doc *d, size_t size)
{
    void *p = d->no_memory ? NULL : calloc(1, size);
    if (!p)
        d->no_memory = true;
    return p;
}

struct doc *doc_new(const char *title)
{
    struct doc *d = calloc(1, sizeof *d);
    if (d)
        d->title = copy_text(d, title);
    return d;
}

bool doc_ok(const struct doc *d)
{
    return d && !d->no_memory;
}

void doc_partial(struct doc *d, const char *why)
{
    free(d->partial);
    d->partial = copy_text(d, why);
}

static void free_table(struct doc_table *t)
{
    for (struct doc_row *r = t->rows, *next; r; r = next) {
        next = r->next;
        for (unsigned i = 0; i < t->columns; i++)
            free(r->cell[i].text);
        free(r->cell);
        free(r);
    }
    for (unsigned i = 0; i < t->columns; i++) {
        free(t->column[i].id);
        free(t->column[i].label);
    }
    for (unsigned i = 0; i < t->marks; i++)
        free(t->mark[i].label);
    free(t->id);
    free(t->title);
    free(t->note);
    free(t);
}

static void free_section(struct doc_section *s)
{
    for (struct doc_value *v = s->values, *next; v; v = next) {
        next = v->next;
        free(v->id);
        free(v->label);
        free(v->unit);
        free(v->cell.text);
        free(v);
    }
    for (struct doc_table *t = s->tables, *next; t; t = next) {
        next = t->next;
        free_table(t);
    }
    free(s->id);
    free(s->title);
    free(s->note);
    free(s);
}

void doc_free(struct doc *d)
{
    if (!d)
        return;
    for (struct doc_section *s = d->sections, *next; s; s = next) {
        next = s->next;
        free_section(s);
    }
    for (struct doc_check *c = d->checks, *next; c; c = next) {
        next = c->next;
        free(c->text);
        free(c);
    }
    free(d->title);
    free(d->partial);
    free(d);
}

struct doc_section *doc_section(struct doc *d, const char *id, const char *title, const char *note)
{
    struct doc_section *s = fresh(d, sizeof *s);
    if (!s)
        return NULL;
    s->doc = d;
    s->id = copy_text(d, id);
    s->title = copy_text(d, title);
    s->note = copy_text(d, note);
    if (d->last)
        d->last->next = s;
    else
        d->sections = s;
    d->last = s;
    return s;
}

static struct doc_value *new_value(struct doc_section *s, const char *id, const char *label,
                                   const char *unit)
{
    struct doc_value *v = s ? fresh(s->doc, sizeof *v) : NULL;
    if (!v)
        return NULL;
    v->id = copy_text(s->doc, id);
    v->label = copy_text(s->doc, label);
    v->unit = copy_text(s->doc, unit);
    if (s->last_value)
        s->last_value->next = v;
    else
        s->values = v;
    s->last_value = v;
    return v;
}

void doc_count(struct doc_section *s, const char *id, const char *label, uint64_t value,
               const char *unit)
{
    struct doc_value *v = new_value(s, id, label, unit);
    if (v)
        v->cell = (struct doc_cell){.kind = DOC_COUNT, .count = value};
}

void doc_real(struct doc_section *s, const char *id, const char *label, double value,
              unsigned digits, const char *unit)
{
    struct doc_value *v = new_value(s, id, label, unit);
    if (v)
        v->cell = (struct doc_cell){.kind = DOC_REAL, .real = value, .digits = digits};
}

void doc_text(struct doc_section *s, const char *id, const char *label, const char *value)
{
    struct doc_value *v = new_value(s, id, label, NULL);
    if (v)
        v->cell = (struct doc_cell){.kind = DOC_TEXT, .text = copy_text(s->doc, value)};
}

void doc_typed(struct doc_section *s, const char *id, const char *label, const char *value)
{
    size_t whole = strspn(value, "0123456789"), part = 0;
    if (value[whole] == '.')
        part = strspn(value + whole + 1, "0123456789");
    if (whole && !value[whole] && whole < 20 && (value[0] != '0' || whole == 1))
        doc_count(s, id, label, strtoull(value, NULL, 10), NULL);
    else if (whole && part && !value[whole + 1 + part])
        doc_real(s, id, label, strtod(value, NULL), (unsigned)part, NULL);
    else
        doc_text(s, id, label, value);
}

static void parse_columns(struct doc_table *t, const char *columns)
{
    for (const char *p = columns; *p && t->columns < DOC_COLUMNS;) {
        size_t n = strcspn(p, "|");
        const char *colon = memchr(p, ':', n);
        size_t id = colon ? (size_t)(colon - p) : n;
        struct doc_column *c = &t->column[t->columns++];
        c->id = copy(t->doc, p, id);
        c->label = colon ? copy(t->doc, colon + 1, n - id - 1) : copy(t->doc, p, n);
        p += n + (p[n] == '|');
    }
}

struct doc_table *doc_table(struct doc_section *s, const char *id, const char *title,
                            const char *columns, const char *note)
{
    struct doc_table *t = s ? fresh(s->doc, sizeof *t) : NULL;
    if (!t)
        return NULL;
    t->doc = s->doc;
    t->id = copy_text(s->doc, id);
    t->title = copy_text(s->doc, title);
    t->note = copy_text(s->doc, note);
    t->bar_column = -1;
    parse_columns(t, columns);
    if (s->last_table)
        s->last_table->next = t;
    else
        s->tables = t;
    s->last_table = t;
    return t;
}

void doc_bar(struct doc_table *t, unsigned column)
{
    if (t)
        t->bar_column = (int)column;
}

void doc_chart(struct doc_table *t, enum doc_chart_kind kind)
{
    if (t)
        t->chart = kind;
}

void doc_mark(struct doc_table *t, double at, const char *label)
{
    if (t && t->marks < DOC_MARKS)
        t->mark[t->marks++] = (struct doc_mark){at, copy_text(t->doc, label)};
}

void doc_lead(struct doc_table *t)
{
    if (t)
        t->lead = true;
}

void doc_data(struct doc_table *t)
{
    if (t)
        t->data = true;
}

void doc_row(struct doc_table *t, const char *first)
{
    struct doc_row *r = t ? fresh(t->doc, sizeof *r) : NULL;
    if (!r)
        return;
    r->cell = fresh(t->doc, t->columns * sizeof *r->cell);
    if (!r->cell) {
        free(r);
        return;
    }
    if (t->last)
        t->last->next = r;
    else
        t->rows = r;
    t->last = r;
    if (first)
        doc_cell_text(t, first);
}

static struct doc_cell *next_cell(struct doc_table *t)
{
    if (!t || !t->last || t->doc->no_memory || t->last->filled >= t->columns)
        return NULL;
    return &t->last->cell[t->last->filled++];
}

void doc_cell_count(struct doc_table *t, uint64_t value)
{
    struct doc_cell *c = next_cell(t);
    if (c)
        *c = (struct doc_cell){.kind = DOC_COUNT, .count = value};
}

void doc_cell_real(struct doc_table *t, double value, unsigned digits)
{
    struct doc_cell *c = next_cell(t);
    if (c)
        *c = (struct doc_cell){.kind = DOC_REAL, .real = value, .digits = digits};
}

void doc_cell_text(struct doc_table *t, const char *value)
{
    struct doc_cell *c = next_cell(t);
    if (c)
        *c = (struct doc_cell){.kind = DOC_TEXT, .text = copy_text(t->doc, value)};
}

void doc_cell_none(struct doc_table *t)
{
    next_cell(t);
}

void doc_check(struct doc *d, const char *text, uint64_t left, uint64_t right)
{
    struct doc_check *c = fresh(d, sizeof *c);
    if (!c)
        return;
    c->text = copy_text(d, text);
    c->left = left;
    c->right = right;
    c->ok = left == right;
    d->failed += !c->ok;
    if (d->last_check)
        d->last_check->next = c;
    else
        d->checks = c;
    d->last_check = c;
}
