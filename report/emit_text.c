// SPDX-License-Identifier: MulanPSL-2.0
// Reports as text for people, and what the emitters share.
#include "report/emit.h"

#include "traces/source.h"

#include <inttypes.h>
#include <string.h>

enum { CELL_SIZE = 512, BAR_WIDTH = 30, LINE = 98 };

enum emit_format emit_format_of(const char *name)
{
    static const char *const names[EMIT_FORMATS] = {"text", "json", "csv", "html",
                                                     "summary"};
    unsigned f = 0;
    while (f < EMIT_FORMATS && strcmp(name, names[f]))
        f++;
    return (enum emit_format)f;
}

static void count_text(uint64_t value, bool thousands, char *buf, size_t size)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, value);
    size_t k = 0;
    for (int i = 0; i < n && k + 2 < size; i++) {
        if (thousands && i && (n - i) % 3 == 0 && n > 4)
            buf[k++] = ' ';
        buf[k++] = digits[i];
    }
    buf[k] = 0;
}

const char *emit_cell(const struct doc_cell *c, bool thousands, char *buf, size_t size)
{
    buf[0] = 0;
    switch (c->kind) {
    case DOC_COUNT:
        count_text(c->count, thousands, buf, size);
        break;
    case DOC_REAL:
        snprintf(buf, size, "%.*f", (int)c->digits, c->real);
        break;
    case DOC_TEXT:
        printable_text(c->text ? c->text : "", buf, size);
        break;
    case DOC_NONE:
        break;
    }
    return buf;
}

double emit_cell_number(const struct doc_cell *c)
{
    return c->kind == DOC_COUNT ? (double)c->count : c->kind == DOC_REAL ? c->real : 0;
}

double emit_column_max(const struct doc_table *t, unsigned column)
{
    double max = 0;
    for (const struct doc_row *r = t->rows; r; r = r->next)
        if (emit_cell_number(&r->cell[column]) > max)
            max = emit_cell_number(&r->cell[column]);
    return max;
}

static void line_of(FILE *out, char c, size_t n)
{
    while (n--)
        fputc(c, out);
    fputc('\n', out);
}

// A sentence, broken at 96 columns, indented by two.
static void wrapped(FILE *out, const char *text)
{
    while (*text) {
        size_t n = strlen(text);
        if (n > 96) {
            n = 96;
            while (n > 1 && text[n] != ' ')
                n--;
        }
        fprintf(out, "  %.*s\n", (int)n, text);
        text += n;
        while (*text == ' ')
            text++;
    }
}

// Columns that s takes: bytes that continue a character of UTF-8 take none.
static size_t columns_of(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static void padded(FILE *out, const char *s, size_t width, bool left)
{
    size_t n = columns_of(s);
    int pad = n < width ? (int)(width - n) : 0;
    fprintf(out, " %*s%s%*s", left ? 0 : pad, "", s, left ? pad : 0, "");
}

static void text_table(const struct doc_table *t, FILE *out)
{
    char buf[CELL_SIZE];
    size_t width[DOC_COLUMNS];
    bool left[DOC_COLUMNS];
    for (unsigned i = 0; i < t->columns; i++) {
        width[i] = columns_of(t->column[i].label);
        left[i] = false;
        for (const struct doc_row *r = t->rows; r; r = r->next) {
            size_t n = columns_of(emit_cell(&r->cell[i], true, buf, sizeof buf));
            if (n > width[i])
                width[i] = n;
            left[i] |= r->cell[i].kind == DOC_TEXT;
        }
    }
    fprintf(out, "\n  %s\n", t->title);
    if (!t->rows) {
        fprintf(out, "    (none)\n");
        return;
    }
    fputs("   ", out);
    for (unsigned i = 0; i < t->columns; i++)
        padded(out, t->column[i].label, width[i], left[i]);
    fputc('\n', out);
    double max = t->bar_column >= 0 ? emit_column_max(t, (unsigned)t->bar_column) : 0;
    for (const struct doc_row *r = t->rows; r; r = r->next) {
        fputs("   ", out);
        for (unsigned i = 0; i < t->columns; i++)
            padded(out, emit_cell(&r->cell[i], true, buf, sizeof buf), width[i], left[i]);
        if (max > 0) {
            double part = emit_cell_number(&r->cell[t->bar_column]) / max;
            fputs("  ", out);
            for (int i = 0; i < (int)(part * BAR_WIDTH + 0.5); i++)
                fputc('#', out);
        }
        fputc('\n', out);
    }
    if (t->note)
        wrapped(out, t->note);
}

// A text value, broken at LINE columns with the further lines under its beginning.
static void text_value(FILE *out, const char *text, size_t indent)
{
    size_t room = indent < LINE - 30 ? LINE - indent : 30;
    while (*text) {
        size_t n = strlen(text);
        if (n > room) {
            n = room;
            while (n > 1 && text[n] != ' ')
                n--;
            if (n == 1)
                n = strlen(text); // one long word
        }
        fprintf(out, "%.*s\n", (int)n, text);
        text += n;
        while (*text == ' ')
            text++;
        if (*text)
            fprintf(out, "%*s", (int)indent, "");
    }
}

static size_t label_width(const struct doc_section *s, size_t width)
{
    for (const struct doc_value *v = s->values; v; v = v->next)
        if (strlen(v->label) > width)
            width = strlen(v->label);
    return width;
}

static void text_values(const struct doc_section *s, size_t width, FILE *out)
{
    char buf[CELL_SIZE];
    for (const struct doc_value *v = s->values; v; v = v->next) {
        fprintf(out, "  %-*s  ", (int)width, v->label);
        if (v->cell.kind == DOC_TEXT && v->cell.text && *v->cell.text)
            text_value(out, v->cell.text, width + 4);
        else
            fprintf(out, "%s%s%s\n", emit_cell(&v->cell, true, buf, sizeof buf), v->unit ? " " : "",
                    v->unit ? v->unit : "");
    }
}

static void text_section(const struct doc_section *s, FILE *out)
{
    fprintf(out, "\n%s\n", s->title);
    line_of(out, '-', strlen(s->title));
    if (s->note)
        wrapped(out, s->note);
    text_values(s, label_width(s, 20), out);
    for (const struct doc_table *t = s->tables; t; t = t->next)
        if (!t->data)
            text_table(t, out);
}

// The rows of a table as lines under one label: the numbers of all rows are aligned, what is text
// follows. The first column is the key, for programs.
static void text_lines(const struct doc_table *t, size_t width, FILE *out)
{
    char buf[CELL_SIZE];
    size_t number = 0;
    for (const struct doc_row *r = t->rows; r; r = r->next)
        for (unsigned i = 1; i < t->columns; i++) {
            size_t n = strlen(emit_cell(&r->cell[i], true, buf, sizeof buf));
            if (r->cell[i].kind != DOC_TEXT && n > number)
                number = n;
        }
    for (const struct doc_row *r = t->rows; r; r = r->next) {
        fprintf(out, "  %-*s  ", (int)width, r == t->rows ? t->title : "");
        for (unsigned i = 1; i < t->columns; i++)
            if (r->cell[i].kind == DOC_TEXT)
                text_value(out, r->cell[i].text, width + 4);
            else
                fprintf(out, "%*s  ", (int)number, emit_cell(&r->cell[i], true, buf, sizeof buf));
    }
}

static unsigned checks_of(const struct doc *d)
{
    unsigned n = 0;
    for (const struct doc_check *c = d->checks; c; c = c->next)
        n++;
    return n;
}

const char *emit_checks_line(const struct doc *d, char *buf, size_t size)
{
    if (d->failed)
        snprintf(buf, size, "%u of %u sums that must agree do NOT", d->failed, checks_of(d));
    else
        snprintf(buf, size, "%u sums checked, all right", checks_of(d));
    return buf;
}

static void text_opening(const struct doc *d, const struct doc_section *s, FILE *out)
{
    char buf[80];
    size_t width = label_width(s, 8);
    for (const struct doc_table *t = s->tables; t; t = t->next)
        width = columns_of(t->title) > width ? columns_of(t->title) : width;
    text_values(s, width, out);
    for (const struct doc_table *t = s->tables; t; t = t->next)
        text_lines(t, width, out);
    if (d->checks)
        fprintf(out, "  %-*s  %s\n", (int)width, "Checks", emit_checks_line(d, buf, sizeof buf));
}

static void text_checks(const struct doc *d, FILE *out)
{
    char buf[80];
    fprintf(out, "\nChecks\n------\n");
    for (const struct doc_check *c = d->checks; c; c = c->next)
        if (d->full || !c->ok)
            fprintf(out, "  %-6s %s: %" PRIu64 "%s%" PRIu64 "\n", c->ok ? "ok" : "FAILED", c->text,
                    c->left, c->ok ? " = " : " != ", c->right);
    fprintf(out, "  %s\n", emit_checks_line(d, buf, sizeof buf));
}

bool emit_text(const struct doc *d, bool summary, FILE *out)
{
    bool opened = false;
    fprintf(out, "%s\n", d->title);
    line_of(out, '=', strlen(d->title));
    if (d->partial)
        fprintf(out, "PARTIAL: %s\n", d->partial);
    for (const struct doc_section *s = d->sections; s; s = s->next) {
        if (s->opening)
            text_opening(d, s, out);
        else if (!summary)
            text_section(s, out);
        opened |= s->opening;
    }
    if (!opened || d->full || d->failed)
        text_checks(d, out);
    return !ferror(out);
}

bool emit_one(struct emitter *e, const struct doc *d)
{
    unsigned index = e->n++;
    if (!doc_ok(d))
        return false;
    if (e->format == EMIT_JSON) {
        if (e->many)
            fputs(index ? ", " : "[", e->out);
        return emit_json(d, e->out);
    }
    if (e->format == EMIT_HTML)
        return e->charts |= emit_html_charts(d), emit_html(d, index, e->out);
    if (e->format == EMIT_CSV)
        return emit_csv(d, index, e->out);
    if (index)
        fputs("\n\n", e->out);
    return emit_text(d, e->format == EMIT_SUMMARY, e->out);
}

bool emit_end(struct emitter *e)
{
    if (e->format == EMIT_HTML)
        emit_html_end(e->charts, e->out);
    else if (e->format == EMIT_JSON)
        fputs(!e->many ? "\n" : e->n ? "]\n" : "[]\n", e->out);
    return !ferror(e->out);
}

bool emit_all(enum emit_format f, FILE *out, const struct doc *const *docs, unsigned n)
{
    struct emitter e = {.format = f, .out = out, .many = n != 1};
    bool ok = true;
    for (unsigned i = 0; i < n && ok; i++)
        ok = emit_one(&e, docs[i]);
    return ok && emit_end(&e);
}
