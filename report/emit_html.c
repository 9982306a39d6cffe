// SPDX-License-Identifier: MulanPSL-2.0
// Reports as one self-contained page: no scripts, no external resources.
#include "report/emit.h"

#include <inttypes.h>

static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;"
    "color:#222;background:#fff}"
    "h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid #bbb}"
    "h3{font-size:1rem;margin-bottom:.3rem}p.note{color:#555;margin:.3rem 0;max-width:60rem}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.3rem 0 1rem}"
    "th,td{padding:.1rem .7rem;text-align:right;border-bottom:1px solid #ddd;vertical-align:top}"
    "th{border-bottom:2px solid #999;font-weight:600}td.t,th.t{text-align:left}"
    "td.b{min-width:12rem;text-align:left}i.b{display:inline-block;height:.8em;background:#4a7dbd}"
    "div.wide{overflow-x:auto}nav a{margin-right:1rem}.bad{color:#b00;font-weight:600}"
    "@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}p.note{color:#aaa}"
    "th,td{border-color:#444}a{color:#8ab4f8}}";

static void escaped(FILE *out, const char *s)
{
    for (; s && *s; s++) {
        switch (*s) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(*s, out);
        }
    }
}

static void element(FILE *out, const char *open, const char *text, const char *close)
{
    fputs(open, out);
    escaped(out, text);
    fputs(close, out);
}

static bool is_text_column(const struct doc_table *t, unsigned i)
{
    for (const struct doc_row *r = t->rows; r; r = r->next)
        if (r->cell[i].kind == DOC_TEXT)
            return true;
    return false;
}

static void html_cell(FILE *out, const struct doc_cell *c, bool text)
{
    char buf[64];
    element(out, text ? "<td class=t>" : "<td>",
            c->kind == DOC_TEXT ? c->text : emit_cell(c, true, buf, sizeof buf), "</td>");
}

static void html_table(const struct doc_table *t, FILE *out)
{
    element(out, "<h3>", t->title, "</h3>\n");
    if (t->note)
        element(out, "<p class=note>", t->note, "</p>\n");
    if (!t->rows) {
        fputs("<p class=note>(none)</p>\n", out);
        return;
    }
    bool text[DOC_COLUMNS];
    fputs("<div class=wide><table><tr>", out);
    for (unsigned i = 0; i < t->columns; i++) {
        text[i] = is_text_column(t, i);
        element(out, text[i] ? "<th class=t>" : "<th>", t->column[i].label, "</th>");
    }
    fputs(t->bar_column >= 0 ? "<th></th></tr>\n" : "</tr>\n", out);
    double max = t->bar_column >= 0 ? emit_column_max(t, (unsigned)t->bar_column) : 0;
    for (const struct doc_row *r = t->rows; r; r = r->next) {
        fputs("<tr>", out);
        for (unsigned i = 0; i < t->columns; i++)
            html_cell(out, &r->cell[i], text[i]);
        if (t->bar_column >= 0)
            fprintf(out, "<td class=b><i class=b style=\"width:%.1f%%\"></i></td>",
                    max > 0 ? 100 * emit_cell_number(&r->cell[t->bar_column]) / max : 0.0);
        fputs("</tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

static void html_section(const struct doc_section *s, unsigned index, FILE *out)
{
    char buf[64];
    fprintf(out, "<h2 id=\"r%u-%s\">", index, s->id);
    element(out, "", s->title, "</h2>\n");
    if (s->note)
        element(out, "<p class=note>", s->note, "</p>\n");
    if (s->values)
        fputs("<table>\n", out);
    for (const struct doc_value *v = s->values; v; v = v->next) {
        element(out, "<tr><td class=t>", v->label, "</td>");
        element(out, v->cell.kind == DOC_TEXT ? "<td class=t>" : "<td>",
                v->cell.kind == DOC_TEXT ? v->cell.text
                                         : emit_cell(&v->cell, true, buf, sizeof buf),
                "</td>");
        element(out, "<td class=t>", v->unit, "</td></tr>\n");
    }
    if (s->values)
        fputs("</table>\n", out);
    for (const struct doc_table *t = s->tables; t; t = t->next)
        html_table(t, out);
}

static void html_checks(const struct doc *d, unsigned index, FILE *out)
{
    fprintf(out, "<h2 id=\"r%u-checks\">Checks</h2>\n<p class=%s>%u failed</p>\n<table>\n", index,
            d->failed ? "bad" : "note", d->failed);
    for (const struct doc_check *c = d->checks; c; c = c->next) {
        element(out, "<tr><td class=t>", c->text, "</td>");
        fprintf(out, "<td>%" PRIu64 "</td><td>%" PRIu64 "</td><td class=\"t%s\">%s</td></tr>\n",
                c->left, c->right, c->ok ? "" : " bad", c->ok ? "ok" : "FAILED");
    }
    fputs("</table>\n", out);
}

static void head(const struct doc *d, FILE *out)
{
    fprintf(out, "<!DOCTYPE html>\n<html lang=en><meta charset=utf-8>"
                 "<meta name=viewport content=\"width=device-width\">\n<title>");
    escaped(out, d->title);
    fprintf(out, "</title>\n<style>%s</style>\n", style);
}

bool emit_html(const struct doc *d, unsigned index, FILE *out)
{
    if (!index)
        head(d, out);
    element(out, "<h1>", d->title, "</h1>\n");
    if (d->partial)
        element(out, "<p class=bad>Partial: ", d->partial, "</p>\n");
    fputs("<nav>", out);
    for (const struct doc_section *s = d->sections; s; s = s->next) {
        fprintf(out, "<a href=\"#r%u-%s\">", index, s->id);
        element(out, "", s->title, "</a> ");
    }
    fprintf(out, "<a href=\"#r%u-checks\">Checks</a></nav>\n", index);
    for (const struct doc_section *s = d->sections; s; s = s->next)
        html_section(s, index, out);
    html_checks(d, index, out);
    return !ferror(out);
}
