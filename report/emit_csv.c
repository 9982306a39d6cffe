// SPDX-License-Identifier: MulanPSL-2.0
// Reports as CSV (RFC 4180 quoting, one line feed per record), one number per record:
//   report,section,table,row,label,column,value,unit
// `report` counts the traces from 0; `row` counts from 0 within a table; `label` is the text in the
// first cell of the row. Plain values have an empty table and row. Checks are the last section. A run
// that is not whole has a first section `report` with the value `partial`: why.
#include "report/emit.h"

#include <inttypes.h>
#include <string.h>

void emit_csv_text(FILE *out, const char *text)
{
    bool quoted = strpbrk(text, ",\"\n\r") != NULL;
    if (quoted)
        fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    if (quoted)
        fputc('"', out);
}

static void field(FILE *out, const char *text, char end)
{
    emit_csv_text(out, text ? text : "");
    fputc(end, out);
}

static void cell_field(FILE *out, const struct doc_cell *c, char end)
{
    char buf[64];
    field(out, c->kind == DOC_TEXT ? c->text : emit_cell(c, false, buf, sizeof buf), end);
}

static void csv_table(unsigned report, const struct doc_section *s, const struct doc_table *t,
                      FILE *out)
{
    unsigned n = 0;
    for (const struct doc_row *r = t->rows; r; r = r->next, n++) {
        bool labelled = r->cell[0].kind == DOC_TEXT;
        for (unsigned i = labelled; i < t->columns; i++) {
            if (r->cell[i].kind == DOC_NONE)
                continue;
            fprintf(out, "%u,", report);
            field(out, s->id, ',');
            field(out, t->id, ',');
            fprintf(out, "%u,", n);
            field(out, labelled ? r->cell[0].text : "", ',');
            field(out, t->column[i].id, ',');
            cell_field(out, &r->cell[i], ',');
            fputc('\n', out);
        }
    }
}

bool emit_csv(const struct doc *d, unsigned report, FILE *out)
{
    if (!report)
        fputs("report,section,table,row,label,column,value,unit\n", out);
    if (d->partial) {
        fprintf(out, "%u,report,,,Partial,partial,", report);
        field(out, d->partial, ',');
        fputc('\n', out);
    }
    for (const struct doc_section *s = d->sections; s; s = s->next) {
        for (const struct doc_value *v = s->values; v; v = v->next) {
            fprintf(out, "%u,", report);
            field(out, s->id, ',');
            fputs(",,", out);
            field(out, v->label, ',');
            field(out, v->id, ',');
            cell_field(out, &v->cell, ',');
            field(out, v->unit, '\n');
        }
        for (const struct doc_table *t = s->tables; t; t = t->next)
            csv_table(report, s, t, out);
    }
    unsigned n = 0;
    for (const struct doc_check *c = d->checks; c; c = c->next, n++) {
        fprintf(out, "%u,checks,sums,%u,", report, n);
        field(out, c->text, ',');
        fprintf(out, "ok,%d,\n", c->ok);
    }
    return !ferror(out);
}
