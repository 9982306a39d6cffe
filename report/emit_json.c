// SPDX-License-Identifier: MulanPSL-2.0
// Reports as JSON, docs/schema/report-1.json:
//   { "schema", "schema_version", "report": title, ["partial": why the run is not whole,]
//     "sections": { ID: { "title", "values": { ID: VALUE }, "units": { ID: UNIT },
//       "tables": { ID: [ { COLUMN: VALUE, ... }, ... ] } } },
//     "checks": [ { "text", "left", "right", "ok" } ], "failed": N }
// Empty cells are left out. Counts are written as exact integers (beyond 2^53 too).
#include "report/emit.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>

static bool add(cJSON *to, const char *key, cJSON *item)
{
    if (!item)
        return false;
    if (key ? cJSON_AddItemToObject(to, key, item) : cJSON_AddItemToArray(to, item))
        return true;
    cJSON_Delete(item);
    return false;
}

static cJSON *count_item(uint64_t value)
{
    char buf[24];
    snprintf(buf, sizeof buf, "%" PRIu64, value);
    return cJSON_CreateRaw(buf);
}

static cJSON *cell_item(const struct doc_cell *c)
{
    char buf[64];
    switch (c->kind) {
    case DOC_COUNT:
        return count_item(c->count);
    case DOC_REAL:
        snprintf(buf, sizeof buf, "%.*f", (int)c->digits, c->real);
        return cJSON_CreateRaw(buf);
    case DOC_TEXT:
        return cJSON_CreateString(c->text ? c->text : "");
    case DOC_NONE:
        break;
    }
    return cJSON_CreateNull();
}

static bool add_table(cJSON *tables, const struct doc_table *t)
{
    cJSON *rows = cJSON_CreateArray();
    if (!add(tables, t->id, rows))
        return false;
    for (const struct doc_row *r = t->rows; r; r = r->next) {
        cJSON *row = cJSON_CreateObject();
        if (!add(rows, NULL, row))
            return false;
        for (unsigned i = 0; i < t->columns; i++)
            if (r->cell[i].kind != DOC_NONE && !add(row, t->column[i].id, cell_item(&r->cell[i])))
                return false;
    }
    return true;
}

static bool add_section(cJSON *sections, const struct doc_section *s)
{
    cJSON *o = cJSON_CreateObject();
    if (!add(sections, s->id, o) || !add(o, "title", cJSON_CreateString(s->title)))
        return false;
    cJSON *values = cJSON_CreateObject();
    if (!add(o, "values", values))
        return false;
    for (const struct doc_value *v = s->values; v; v = v->next)
        if (!add(values, v->id, cell_item(&v->cell)))
            return false;
    cJSON *units = cJSON_CreateObject();
    if (!add(o, "units", units))
        return false;
    for (const struct doc_value *v = s->values; v; v = v->next)
        if (v->unit && !add(units, v->id, cJSON_CreateString(v->unit)))
            return false;
    cJSON *tables = cJSON_CreateObject();
    if (!add(o, "tables", tables))
        return false;
    for (const struct doc_table *t = s->tables; t; t = t->next)
        if (!add_table(tables, t))
            return false;
    return true;
}

static bool fill(cJSON *root, const struct doc *d)
{
    cJSON *sections = cJSON_CreateObject();
    if (!add(root, "schema", cJSON_CreateString("l2tlbsim-report")) ||
        !add(root, "schema_version", cJSON_CreateNumber(REPORT_SCHEMA)) ||
        !add(root, "report", cJSON_CreateString(d->title)) ||
        (d->partial && !add(root, "partial", cJSON_CreateString(d->partial))) ||
        !add(root, "sections", sections))
        return false;
    for (const struct doc_section *s = d->sections; s; s = s->next)
        if (!add_section(sections, s))
            return false;
    cJSON *checks = cJSON_CreateArray();
    if (!add(root, "checks", checks))
        return false;
    for (const struct doc_check *c = d->checks; c; c = c->next) {
        cJSON *o = cJSON_CreateObject();
        if (!add(checks, NULL, o) || !add(o, "text", cJSON_CreateString(c->text)) ||
            !add(o, "left", count_item(c->left)) || !add(o, "right", count_item(c->right)) ||
            !add(o, "ok", cJSON_CreateBool(c->ok)))
            return false;
    }
    return add(root, "failed", count_item(d->failed));
}

char *emit_json_text(const struct doc *d)
{
    cJSON *root = cJSON_CreateObject();
    char *text = root && fill(root, d) ? cJSON_Print(root) : NULL;
    cJSON_Delete(root);
    return text;
}

bool emit_json(const struct doc *d, FILE *out)
{
    char *text = emit_json_text(d);
    if (text)
        fputs(text, out);
    bool ok = text && !ferror(out);
    free(text);
    return ok;
}
