// SPDX-License-Identifier: MulanPSL-2.0
// `l2tlb tables` for programs: JSON (docs/schema/tables-1.json) and CSV. Addresses are hexadecimal texts,
// sizes are bytes.
#include "arch/bits.h"
#include "report/tables_report.h"
#include "traces/source.h"

#include <inttypes.h>
#include <string.h>

enum { NAME = 1024 };

// A text in quotes; what may not be shown is escaped first, so only two characters are left.
static void text(const char *s, FILE *out)
{
    char shown[NAME];
    printable_text(s, shown, sizeof shown);
    fputc('"', out);
    for (const char *c = shown; *c; c++) {
        if (*c == '"' || *c == '\\')
            fputc('\\', out);
        fputc(*c, out);
    }
    fputc('"', out);
}

static void text_of(const char *key, const char *s, FILE *out)
{
    fprintf(out, ", \"%s\": ", key);
    text(s, out);
}

static void rights_of(unsigned rights, FILE *out)
{
    char r[2][4];
    fprintf(out, ", \"supervisor\": \"%s\", \"user\": \"%s\"", tables_rights(rights, false, r[0]),
            tables_rights(rights, true, r[1]));
}

static void range_of(const struct tables_report *t, unsigned kind, const struct map_range *r, FILE *out)
{
    char memory[24], symbol[SYMBOL_TEXT];
    static const char *const truth[2] = {"false", "true"};
    fprintf(out, "{\"first\": \"%" PRIx64 "\", \"last\": \"%" PRIx64 "\", \"bytes\": %" PRIu64, r->va, r->last,
            r->last - r->va + 1);
    if (kind == MAP_BOTH)
        fprintf(out, ", \"guest_physical\": \"%" PRIx64 "\"", r->ipa);
    fprintf(out, ", \"physical\": \"%" PRIx64 "\"", r->pa);
    rights_of(r->rights, out);
    fprintf(out, ", \"accessed\": %s, \"dirty\": %s, \"global\": %s, \"page\": %" PRIu64, truth[r->accessed],
            truth[r->dirty], truth[r->global], UINT64_C(1) << r->shift);
    if (r->shift2)
        fprintf(out, ", \"page2\": %" PRIu64, UINT64_C(1) << r->shift2);
    fprintf(out, ", \"level\": %d, \"memory\": \"%s\", \"entry\": \"%" PRIx64 "\", \"pte\": \"%" PRIx64 "\"", r->level,
            tables_type(t, kind, r->attr, memory), r->at, r->pte);
    if (tables_symbol(t, kind, r->va, symbol)[0])
        text_of("symbol", symbol, out);
    fputc('}', out);
}

static void tree_of(const struct tables_image *im, unsigned kind, FILE *out)
{
    const struct map *m = &im->maps->map[kind];
    const struct map_count *c = &m->count;
    const char *between = "";
    uint64_t tables = 0;
    for (unsigned i = 0; i < MAPS_LEVELS; i++)
        tables += c->tables[i];
    text_of("registers", im->tree[kind].text, out);
    fprintf(out, ", \"id\": %u, \"root\": \"%" PRIx64 "\", \"levels\": %u, \"page_sizes\": [", im->tree[kind].id,
            m->shape[0].base, m->shape[0].depths);
    for (unsigned s = 0; s < 64; s++)
        if (c->bytes[s]) {
            fprintf(out, "%s{\"size\": %" PRIu64 ", \"bytes\": %" PRIu64 "}", between, UINT64_C(1) << s, c->bytes[s]);
            between = ", ";
        }
    fprintf(out, "], \"tables\": {\"count\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"entries\": %" PRIu64
            ", \"used\": %" PRIu64 ", \"not_followed\": %" PRIu64 "}", tables, c->entries * m->shape[0].entry,
            c->entries, c->used, c->repeated);
    fprintf(out, ", \"contiguity\": {\"small_pages\": %" PRIu64 ", \"sectors\": %" PRIu64 ", \"to_block\": %" PRIu64
            ", \"to_huge\": %" PRIu64 ", \"huge_pages\": %" PRIu64 ", \"to_giga\": %" PRIu64 "}", c->small,
            c->sectors, c->to_block, c->to_huge, c->huge, c->to_giga);
}

static void maps_of(const struct tables_report *t, const struct tables_image *im, FILE *out)
{
    const char *between = "";
    fputs(", \"maps\": {", out);
    for (unsigned k = 0; k < MAPS; k++) {
        const struct map *m = &im->maps->map[k];
        if (!m->on)
            continue;
        fprintf(out, "%s\n    \"%s\": {\"mapped\": %" PRIu64, between, map_name(k), m->mapped);
        between = ",";
        if (k < TREES)
            tree_of(im, k, out);
        fputs(", \"ranges\": [", out);
        for (size_t i = 0; i < m->ranges; i++) {
            fputs(i ? ",\n      " : "\n      ", out);
            range_of(t, k, &m->range[i], out);
        }
        fputs("]}", out);
    }
    fputs("}", out);
}

static void reach_of(const struct tables_report *t, const struct tables_image *im, FILE *out)
{
    static const char *const name[] = {"l0_lines", "l1_lines", "l2", "l3", "sp"};
    struct tables_reach r;
    fputs(", \"reach\": ", out);
    if (!tables_reach(t, im->maps, &r)) {
        fputs("null", out);
        return;
    }
    fprintf(out, "{\"preset\": \"%s\", \"revision\": \"%s\", \"mapped\": %" PRIu64 ", \"reached\": %" PRIu64,
            t->cfg->preset, revision_name(t->cfg->revision), r.mapped, r.reached);
    for (unsigned i = 0; i < 5; i++)
        fprintf(out, ", \"%s\": {\"needed\": %" PRIu64 ", \"present\": %" PRIu64 "}", name[i], r.need[i], r.have[i]);
    fputc('}', out);
}

// --- findings -----------------------------------------------------------------------------------

static void path_of(const char *key, const struct maps *m, const struct finding *f, FILE *out)
{
    struct walk_result r;
    maps_walk(m, f->map, f->va, f->rights, &r);
    fprintf(out, ", \"%s\": [", key);
    for (unsigned i = 0; i < r.nrefs; i++) {
        const struct walk_ref *ref = &r.ref[i];
        fprintf(out, "%s{\"stage\": %u, \"level\": %d, \"address\": \"%" PRIx64 "\", \"value\": \"%" PRIx64 "\", \"meaning\": ",
                i ? ", " : "", ref->stage, ref->level, ref->address, ref->pte);
        text(walk_reason_text(ref->reason), out);
        fputc('}', out);
    }
    fputc(']', out);
}

static void detail_of(const struct tables_report *t, const struct finding *f, FILE *out)
{
    switch (f->kind) {
    case AUDIT_SHARED:
        text_of("other_image", t->image[f->other].name, out);
        fprintf(out, ", \"other_first\": \"%" PRIx64 "\"", f->other_va);
        break;
    case AUDIT_TABLES:
        text_of("other_image", t->image[f->other].name, out);
        fprintf(out, ", \"table\": \"%s\", \"level\": %d", map_name(f->table), f->level);
        break;
    case AUDIT_HOLE:
    case AUDIT_FORBIDDEN:
        text_of("region", f->region, out);
        if (f->text)
            text_of("detail", f->text, out);
        break;
    case AUDIT_MALFORMED:
        text_of("detail", f->text ? f->text : walk_reason_text(f->reason), out);
        fprintf(out, ", \"entry\": \"%" PRIx64 "\", \"pte\": \"%" PRIx64 "\", \"level\": %d", f->at, f->pte, f->level);
        break;
    case AUDIT_REPEATED:
        fprintf(out, ", \"entry\": \"%" PRIx64 "\", \"level\": %d, \"uses\": %" PRIu64, f->at, f->level, f->pte);
        break;
    default:
        break;
    }
}

static void finding_of(const struct tables_report *t, const struct finding *f, FILE *out)
{
    char symbol[SYMBOL_TEXT];
    fprintf(out, "{\"kind\": \"%s\"", audit_id(f->kind));
    text_of("image", t->image[f->image].name, out);
    fprintf(out, ", \"map\": \"%s\", \"first\": \"%" PRIx64 "\", \"last\": \"%" PRIx64 "\"", map_name(f->map), f->va,
            f->last);
    if (f->mapped) {
        fprintf(out, ", \"physical\": \"%" PRIx64 "\"", f->pa);
        rights_of(f->rights, out);
    }
    if (tables_symbol(t, f->map, f->va, symbol)[0])
        text_of("symbol", symbol, out);
    detail_of(t, f, out);
    path_of("path", t->image[f->image].maps, f, out);
    if (f->kind == AUDIT_SHARED) {
        const struct finding other = audit_other(f);
        path_of("other_path", t->image[f->other].maps, &other, out);
    }
    fputc('}', out);
}

static void audit_of(const struct tables_report *t, FILE *out)
{
    const struct audit *a = t->audit;
    fprintf(out, "{\"findings\": %" PRIu64 ", \"kinds\": {", audit_total(a));
    for (unsigned k = 0; k < AUDIT_KINDS; k++)
        fprintf(out, "%s\"%s\": {\"found\": %" PRIu64 ", \"looked_for\": %s}", k ? ", " : "", audit_id(k), a->found[k],
                a->asked[k] ? "true" : "false");
    fputs("}, \"list\": [", out);
    for (size_t i = 0; i < a->count; i++) {
        fputs(i ? ",\n    " : "\n    ", out);
        finding_of(t, &a->list[i], out);
    }
    fputs("]}", out);
}

bool tables_json(const struct tables_report *t, FILE *out)
{
    fprintf(out, "{\"schema\": \"l2tlbsim-tables\", \"schema_version\": %d, \"images\": [", TABLES_SCHEMA);
    for (unsigned i = 0; i < t->images; i++) {
        const struct tables_image *im = &t->image[i];
        fputs(i ? ",\n  {\"image\": " : "\n  {\"image\": ", out);
        text(im->name, out);
        text_of("form", im->form, out);
        maps_of(t, im, out);
        reach_of(t, im, out);
        fputc('}', out);
    }
    fputs("],\n  \"audit\": ", out);
    if (t->audit)
        audit_of(t, out);
    else
        fputs("null", out);
    fputs("}\n", out);
    return !ferror(out);
}

// --- CSV ----------------------------------------------------------------------------------------

static void field(const char *s, FILE *out)
{
    char shown[NAME];
    printable_text(s, shown, sizeof shown);
    bool quote = strpbrk(shown, ",\"") != NULL;
    if (quote)
        fputc('"', out);
    for (const char *c = shown; *c; c++) {
        if (*c == '"')
            fputc('"', out);
        fputc(*c, out);
    }
    if (quote)
        fputc('"', out);
}

static void csv_range(const struct tables_report *t, const struct tables_image *im, unsigned kind,
                      const struct map_range *r, FILE *out)
{
    char rights[2][4], memory[24], symbol[SYMBOL_TEXT];
    field(im->name, out);
    fprintf(out, ",%s,%" PRIx64 ",%" PRIx64 ",%" PRIu64 ",", map_name(kind), r->va, r->last, r->last - r->va + 1);
    if (kind == MAP_BOTH)
        fprintf(out, "%" PRIx64, r->ipa);
    fprintf(out, ",%" PRIx64 ",%s,%s,%d,%d,%d,%" PRIu64 ",", r->pa, tables_rights(r->rights, false, rights[0]),
            tables_rights(r->rights, true, rights[1]), r->accessed, r->dirty, r->global, UINT64_C(1) << r->shift);
    if (r->shift2)
        fprintf(out, "%" PRIu64, UINT64_C(1) << r->shift2);
    fprintf(out, ",%d,%s,%" PRIx64 ",%" PRIx64 ",", r->level, tables_type(t, kind, r->attr, memory), r->at, r->pte);
    field(tables_symbol(t, kind, r->va, symbol), out);
    fputc('\n', out);
}

static void csv_finding(const struct tables_report *t, const struct finding *f, FILE *out)
{
    char rights[2][4], symbol[SYMBOL_TEXT];
    struct walk_result r;
    fprintf(out, "%s,", audit_id(f->kind));
    field(t->image[f->image].name, out);
    fprintf(out, ",%s,%" PRIx64 ",%" PRIx64 ",", map_name(f->map), f->va, f->last);
    if (f->mapped)
        fprintf(out, "%" PRIx64 ",%s,%s,", f->pa, tables_rights(f->rights, false, rights[0]),
                tables_rights(f->rights, true, rights[1]));
    else
        fputs(",,,", out);
    bool other = f->kind == AUDIT_SHARED || f->kind == AUDIT_TABLES;
    field(other ? t->image[f->other].name : f->region ? f->region : "", out);
    fputc(',', out);
    field(f->text ? f->text : f->kind == AUDIT_MALFORMED ? walk_reason_text(f->reason) : "", out);
    fputc(',', out);
    field(tables_symbol(t, f->map, f->va, symbol), out);
    fputc(',', out);
    maps_walk(t->image[f->image].maps, f->map, f->va, f->rights, &r);
    for (unsigned i = 0; i < r.nrefs; i++)
        fprintf(out, "%s%" PRIx64 ":%" PRIx64, i ? " " : "", r.ref[i].address, r.ref[i].pte);
    fputc('\n', out);
}

bool tables_csv(const struct tables_report *t, FILE *out)
{
    fputs(t->audit ? "kind,image,map,first,last,physical,supervisor,user,other,detail,symbol,path\n"
                   : "image,map,first,last,bytes,guest_physical,physical,supervisor,user,accessed,dirty,global,page,"
                     "page2,level,memory,entry,pte,symbol\n", out);
    for (size_t i = 0; t->audit && i < t->audit->count; i++)
        csv_finding(t, &t->audit->list[i], out);
    for (unsigned i = 0; !t->audit && i < t->images; i++)
        for (unsigned k = 0; k < MAPS; k++) {
            const struct map *m = &t->image[i].maps->map[k];
            for (size_t r = 0; r < m->ranges; r++)
                csv_range(t, &t->image[i], k, &m->range[r], out);
        }
    return !ferror(out);
}
