// SPDX-License-Identifier: MulanPSL-2.0
// Reports as one self-contained page: style, script and chart library are in it, nothing is loaded. Every
// chart is drawn by report/page/page.js from the rows of a table, which stands below it.
#include "report/emit.h"

#include "report/page.h"

#include <inttypes.h>
#include <string.h>

// s as text of HTML; in_script: as the inside of a JSON string within a script element.
static void escaped(FILE *out, const char *s, bool in_script)
{
    for (; s && *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (in_script && (c < 32 || c == '<' || c == '>' || c == '&' || c == '"' || c == '\\'))
            fprintf(out, "\\u%04x", c);
        else if (in_script)
            fputc(c, out);
        else if (c == '<')
            fputs("&lt;", out);
        else if (c == '>')
            fputs("&gt;", out);
        else if (c == '&')
            fputs("&amp;", out);
        else if (c == '"')
            fputs("&quot;", out);
        else
            fputc(c, out);
    }
}

static void element(FILE *out, const char *open, const char *text, const char *close)
{
    fputs(open, out);
    escaped(out, text, false);
    fputs(close, out);
}

static bool is_text_column(const struct doc_table *t, unsigned i)
{
    for (const struct doc_row *r = t->rows; r; r = r->next)
        if (r->cell[i].kind == DOC_TEXT)
            return true;
    return false;
}

// --- tables ---------------------------------------------------------------------------------------

// How dark a cell of a heat map is: 0..1 of the largest count, or of the largest mean.
static double heat(const struct doc_table *t, const struct doc_cell *c)
{
    double max = 0;
    if (t->chart != DOC_CHART_HEAT || (c->kind != DOC_COUNT && c->kind != DOC_REAL))
        return 0;
    for (unsigned i = 0; i + 1 < t->columns; i++) // the last column is the sum
        for (const struct doc_row *r = t->rows; r; r = r->next)
            if (r->cell[i].kind == c->kind && emit_cell_number(&r->cell[i]) > max)
                max = emit_cell_number(&r->cell[i]);
    double part = max > 0 ? emit_cell_number(c) / max : 0;
    return part > 1 ? 0 : part;
}

static void html_cell(FILE *out, const struct doc_table *t, const struct doc_cell *c, bool text)
{
    char buf[64];
    double dark = heat(t, c);
    if (dark > 0)
        fprintf(out, "<td style=\"background:rgba(var(--heat),%.2f)\">", 0.08 + 0.6 * dark);
    else
        fputs(text ? "<td class=t>" : "<td>", out);
    element(out, "", c->kind == DOC_TEXT ? c->text : emit_cell(c, true, buf, sizeof buf), "</td>");
}

static void html_rows(const struct doc_table *t, FILE *out)
{
    bool text[DOC_COLUMNS];
    fputs("<div class=wide tabindex=0><table><thead><tr>", out);
    for (unsigned i = 0; i < t->columns; i++) {
        text[i] = is_text_column(t, i);
        element(out, text[i] ? "<th class=t scope=col>" : "<th scope=col>", t->column[i].label, "</th>");
    }
    fputs(t->bar_column >= 0 ? "<th></th></tr></thead>\n" : "</tr></thead>\n", out);
    double max = t->bar_column >= 0 ? emit_column_max(t, (unsigned)t->bar_column) : 0;
    for (const struct doc_row *r = t->rows; r; r = r->next) {
        fputs("<tr>", out);
        for (unsigned i = 0; i < t->columns; i++)
            html_cell(out, t, &r->cell[i], text[i]);
        if (t->bar_column >= 0)
            fprintf(out, "<td class=b><i class=b style=\"width:%.1f%%\"></i></td>",
                    max > 0 ? 100 * emit_cell_number(&r->cell[t->bar_column]) / max : 0.0);
        fputs("</tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

// --- charts ---------------------------------------------------------------------------------------

static const char *const chart_name[] = {"none", "bars", "stack", "time", "hist", "cdf", "heat", "scatter", "reach"};

static void chart_cell(FILE *out, const struct doc_cell *c)
{
    char buf[64];
    if (c->kind == DOC_TEXT) {
        fputc('"', out);
        escaped(out, c->text, true);
        fputc('"', out);
    } else {
        fputs(c->kind == DOC_NONE ? "null" : emit_cell(c, false, buf, sizeof buf), out);
    }
}

// What page.js reads.
static void chart_data(const struct doc_table *t, FILE *out)
{
    fprintf(out, "<script type=\"application/json\" class=chart-data>{\"kind\":\"%s\",\"bar\":%d,\"title\":\"",
            chart_name[t->chart], t->bar_column);
    escaped(out, t->title, true);
    fputs("\",\"columns\":[", out);
    for (unsigned i = 0; i < t->columns; i++) {
        fprintf(out, "%s[\"%s\",\"", i ? "," : "", t->column[i].id);
        escaped(out, t->column[i].label, true);
        fputs("\"]", out);
    }
    fputs("],\"marks\":[", out);
    for (unsigned i = 0; i < t->marks; i++) {
        fprintf(out, "%s[%g,\"", i ? "," : "", t->mark[i].at);
        escaped(out, t->mark[i].label, true);
        fputs("\"]", out);
    }
    fputs("],\"rows\":[", out);
    for (const struct doc_row *r = t->rows; r; r = r->next) {
        fputs(r == t->rows ? "[" : ",[", out);
        for (unsigned i = 0; i < t->columns; i++) {
            fputs(i ? "," : "", out);
            chart_cell(out, &r->cell[i]);
        }
        fputc(']', out);
    }
    fputs("]}</script>\n", out);
}

static void html_table(const struct doc_table *t, FILE *out)
{
    bool chart = t->chart != DOC_CHART_NONE && t->chart != DOC_CHART_HEAT && t->rows;
    fputs(chart ? "<figure>" : "", out);
    element(out, chart ? "<figcaption>" : "<h3>", t->title, chart ? "</figcaption>\n" : "</h3>\n");
    if (t->note)
        element(out, "<p class=note>", t->note, "</p>\n");
    if (!t->rows) {
        fputs("<p class=note>(none)</p>\n", out);
        return;
    }
    if (chart)
        fputs("<div class=charts></div>\n<details><summary>The numbers</summary>\n", out);
    html_rows(t, out);
    if (chart) {
        fputs("</details>\n", out);
        chart_data(t, out);
        fputs("</figure>\n", out);
    }
}

// --- sections -------------------------------------------------------------------------------------

static void html_opening(const struct doc *d, const struct doc_section *s, FILE *out)
{
    char buf[80];
    fputs("<div class=opening><dl>\n", out);
    for (const struct doc_value *v = s->values; v; v = v->next) {
        element(out, "<dt>", v->label, "</dt>");
        element(out, "<dd>",
                v->cell.kind == DOC_TEXT ? v->cell.text : emit_cell(&v->cell, true, buf, sizeof buf), "</dd>\n");
    }
    for (const struct doc_table *t = s->tables; t; t = t->next) {
        element(out, "<dt>", t->title, "</dt><dd>");
        fputs(t->columns == 2 ? "<ul>" : "<table>", out);
        for (const struct doc_row *r = t->rows; r; r = r->next) {
            fputs(t->columns == 2 ? "<li>" : "<tr>", out);
            for (unsigned i = 1; i < t->columns; i++)
                if (t->columns == 2)
                    escaped(out, r->cell[i].text, false);
                else
                    html_cell(out, t, &r->cell[i], r->cell[i].kind == DOC_TEXT);
            fputs(t->columns == 2 ? "</li>\n" : "</tr>\n", out);
        }
        fputs(t->columns == 2 ? "</ul></dd>\n" : "</table></dd>\n", out);
    }
    if (d->checks)
        fprintf(out, "<dt>Checks</dt><dd%s>%s</dd>\n", d->failed ? " class=bad" : "",
                emit_checks_line(d, buf, sizeof buf));
    fputs("</dl></div>\n", out);
}

// Numbers right-aligned below a long text would be far from their labels.
static bool mixed(const struct doc_section *s)
{
    enum { LONG_TEXT = 16 };
    for (const struct doc_value *v = s->values; v; v = v->next)
        if (v->cell.kind == DOC_TEXT && v->cell.text && strlen(v->cell.text) > LONG_TEXT)
            return true;
    return false;
}

static void html_section(const struct doc_section *s, unsigned index, FILE *out)
{
    char buf[64];
    fprintf(out, "<section><h2 id=\"r%u-%s\">", index, s->id);
    element(out, "", s->title, "</h2>\n");
    if (s->note)
        element(out, "<p class=note>", s->note, "</p>\n");
    if (s->values)
        fprintf(out, "<div class=wide tabindex=0><table%s>\n", mixed(s) ? " class=mixed" : "");
    for (const struct doc_value *v = s->values; v; v = v->next) {
        element(out, "<tr><td class=t>", v->label, "</td>");
        element(out, v->cell.kind == DOC_TEXT ? "<td class=t>" : "<td>",
                v->cell.kind == DOC_TEXT ? v->cell.text : emit_cell(&v->cell, true, buf, sizeof buf), "</td>");
        element(out, "<td class=u>", v->unit, "</td></tr>\n");
    }
    if (s->values)
        fputs("</table></div>\n", out);
    for (const struct doc_table *t = s->tables; t; t = t->next)
        if (!t->lead)
            html_table(t, out);
    fputs("</section>\n", out);
}

static void html_checks(const struct doc *d, unsigned index, FILE *out)
{
    char buf[80];
    if (!d->full && !d->failed)
        return;
    fprintf(out, "<h2 id=\"r%u-checks\">Checks</h2>\n<p class=%s>%s</p>\n<div class=wide tabindex=0><table>\n", index,
            d->failed ? "bad" : "note", emit_checks_line(d, buf, sizeof buf));
    for (const struct doc_check *c = d->checks; c; c = c->next) {
        if (c->ok && !d->full)
            continue;
        element(out, "<tr><td class=t>", c->text, "</td>");
        fprintf(out, "<td>%" PRIu64 "</td><td>%" PRIu64 "</td><td class=\"t%s\">%s</td></tr>\n", c->left, c->right,
                c->ok ? "" : " bad", c->ok ? "ok" : "FAILED");
    }
    fputs("</table></div>\n", out);
}

static void html_document(const struct doc *d, unsigned index, FILE *out)
{
    element(out, "<h1>", d->title, "</h1>\n");
    if (d->partial)
        element(out, "<p class=bad>Partial: ", d->partial, "</p>\n");
    for (const struct doc_section *s = d->sections; s; s = s->next)
        if (s->opening)
            html_opening(d, s, out);
    fputs("<div class=pair>\n", out);
    for (const struct doc_section *s = d->sections; s; s = s->next)
        for (const struct doc_table *t = s->tables; t; t = t->next)
            if (t->lead)
                html_table(t, out);
    fputs("</div>\n", out);
    fputs("<nav aria-label=\"Sections\">", out);
    for (const struct doc_section *s = d->sections; s; s = s->next) {
        if (s->opening)
            continue;
        fprintf(out, "<a href=\"#r%u-%s\">", index, s->id);
        element(out, "", s->title, "</a> ");
    }
    fputs("</nav>\n", out);
    for (const struct doc_section *s = d->sections; s; s = s->next)
        if (!s->opening)
            html_section(s, index, out);
    html_checks(d, index, out);
}

bool emit_html_charts(const struct doc *d)
{
    for (const struct doc_section *s = d->sections; s; s = s->next)
        for (const struct doc_table *t = s->tables; t; t = t->next)
            if (t->chart != DOC_CHART_NONE && t->chart != DOC_CHART_HEAT && t->rows)
                return true;
    return false;
}

static void embed(const char *from, const char *to, FILE *out)
{
    fwrite(from, 1, (size_t)(to - from), out);
}

static void head(const struct doc *d, FILE *out)
{
    fputs("<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>"
          "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n<title>",
          out);
    escaped(out, d->title, false);
    fputs("</title>\n<style>", out);
    embed(page_style, page_style_end, out);
    fputs("</style></head>\n<body><main>\n", out);
}

bool emit_html(const struct doc *d, unsigned index, FILE *out)
{
    if (!index)
        head(d, out);
    html_document(d, index, out);
    return !ferror(out);
}

bool emit_html_end(bool charts, FILE *out)
{
    fputs("</main>\n", out);
    if (charts) {
        fputs("<script>", out);
        embed(page_charts, page_charts_end, out);
        fputs("</script>\n<script>", out);
        embed(page_script, page_script_end, out);
        fputs("</script>\n", out);
    }
    fputs("</body></html>\n", out);
    return !ferror(out);
}
