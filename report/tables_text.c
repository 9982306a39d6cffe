// SPDX-License-Identifier: MulanPSL-2.0
// `l2tlb tables` for people: one screen per image, then the findings, then the ranges.
#include "arch/bits.h"
#include "report/emit.h"
#include "report/tables_report.h"
#include "traces/source.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum { TEXT = 400, PATHS = 2, LISTED = 8 };

static const char *const tree_name[MAPS] = {"host", "stage 1", "stage 2", "both"};

// A line of a table in the opening: text that is put together piece by piece.
struct line {
    char text[TEXT];
    size_t used;
};

static void say(struct line *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct line *l, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(l->text + l->used, sizeof l->text - l->used, format, args);
    va_end(args);
    l->used += (size_t)n < sizeof l->text - l->used ? (size_t)n : sizeof l->text - l->used - 1;
}

static const char *grouped(uint64_t value, char buf[32])
{
    const struct doc_cell cell = {.kind = DOC_COUNT, .count = value};
    return emit_cell(&cell, true, buf, 32);
}

static void put(struct doc_table *t, unsigned kind, const struct line *l)
{
    doc_row(t, map_name(kind));
    doc_cell_text(t, l->text);
}

static const char *plural(uint64_t n) { return n == 1 ? "" : "s"; }

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

// --- the first screen ---------------------------------------------------------------------------

static void mapped_lines(struct doc_section *o, const struct maps *m)
{
    struct doc_table *t = doc_table(o, "mapped", "Mapped", "tree:Tree|text:Text", NULL);
    char size[24], n[32];
    for (unsigned k = 0; k < MAPS; k++) {
        struct line l = {.used = 0};
        if (!m->map[k].on)
            continue;
        say(&l, "%-8s %s in %s range%s", tree_name[k], tables_size(m->map[k].mapped, size),
            grouped(m->map[k].ranges, n), plural(m->map[k].ranges));
        const char *between = ": ";
        for (unsigned s = 63; k < TREES && s--;) {
            uint64_t bytes = m->map[k].count.bytes[s];
            if (!bytes)
                continue;
            say(&l, "%s%s x ", between, grouped((bytes + mask64(s)) >> s, n));
            say(&l, "%s", tables_size(UINT64_C(1) << s, size));
            between = ", ";
        }
        put(t, k, &l);
    }
}

static void table_lines(struct doc_section *o, const struct maps *m)
{
    struct doc_table *t = doc_table(o, "tables", "Tables", "tree:Tree|text:Text", NULL);
    char size[24], n[32];
    for (unsigned k = 0; k < TREES; k++) {
        const struct map *a = &m->map[k];
        struct line l = {.used = 0};
        uint64_t tables = 0;
        if (!a->on)
            continue;
        for (unsigned i = 0; i < MAPS_LEVELS; i++)
            tables += a->count.tables[i];
        say(&l, "%-8s %s in %s table%s, %.0f %% of their entries in use", tree_name[k],
            tables_size(a->count.entries * a->shape[0].entry, size), grouped(tables, n), plural(tables),
            percent(a->count.used, a->count.entries));
        if (a->count.repeated)
            say(&l, "; %s uses not followed", grouped(a->count.repeated, n));
        put(t, k, &l);
    }
}

static void merge_lines(struct doc_section *o, const struct maps *m)
{
    struct doc_table *t = doc_table(o, "contiguity", "Contiguity", "tree:Tree|text:Text", NULL);
    char size[24];
    for (unsigned k = 0; k < TREES; k++) {
        const struct map_count *c = &m->map[k].count;
        const struct tables_shape *s = &m->map[k].shape[0];
        struct line l = {.used = 0};
        if (!m->map[k].on || !c->small)
            continue;
        say(&l, "%-8s %.1f pages in a sector of 8", tree_name[k], (double)c->small / (double)c->sectors);
        if (s->block)
            say(&l, "; %.0f %% could be %s", percent(c->to_block, c->small),
                tables_size(UINT64_C(1) << s->block, size));
        if (s->depths > 1)
            say(&l, ", %.0f %% %s", percent(c->to_huge, c->small),
                tables_size(UINT64_C(1) << (s->page + s->index), size));
        put(t, k, &l);
    }
}

static void reach_lines(struct doc_section *o, const struct tables_report *t, const struct maps *m)
{
    static const char *const what[] = {"L0", "L1", "L2", "L3", "SP"};
    struct doc_table *table = doc_table(o, "reach", "L2TLB", "key:Key|text:Text", NULL);
    struct tables_reach r;
    struct line l = {.used = 0}, held = {.used = 0};
    char n[32], size[2][24];
    say(&l, "preset %s, revision %s: ", t->cfg->preset, revision_name(t->cfg->revision));
    bool fine = tables_reach(t, m, &r);
    if (fine && !r.mapped)
        say(&l, "no 4-KiB pages");
    else if (fine)
        say(&l, "L0 reaches %s of %s in 4-KiB pages", tables_size(r.reached, size[0]), tables_size(r.mapped, size[1]));
    else
        say(&l, "does not walk such tables");
    doc_row(table, "reach");
    doc_cell_text(table, l.text);
    say(&held, "to hold all: ");
    size_t begin = held.used;
    for (unsigned i = 0; fine && i < 5; i++)
        if (r.need[i])
            say(&held, "%s%s %s of %" PRIu64 "%s", held.used > begin ? ", " : "", what[i], grouped(r.need[i], n),
                r.have[i], i < 2 ? " lines" : "");
    if (held.used > begin) {
        doc_row(table, "held");
        doc_cell_text(table, held.text);
    }
}

static void rights_lines(struct doc_section *o, const struct maps *m)
{
    static const char *const text[] = {"W and X", "user", "global", "A=0"};
    struct doc_table *t = doc_table(o, "rights", "Rights", "tree:Tree|text:Text", NULL);
    for (unsigned k = 0; k < TREES; k++) {
        const struct map *a = &m->map[k];
        uint64_t bytes[4] = {0};
        struct line l = {.used = 0};
        char size[24];
        for (size_t i = 0; i < a->ranges; i++) {
            const struct map_range *r = &a->range[i];
            unsigned any = r->rights | r->rights >> RIGHT_USER;
            uint64_t n = r->last - r->va + 1;
            bytes[0] += (any & (RIGHT_W | RIGHT_X)) == (RIGHT_W | RIGHT_X) ? n : 0;
            bytes[1] += k != MAP_STAGE2 && r->rights >> RIGHT_USER ? n : 0;
            bytes[2] += k != MAP_STAGE2 && r->global ? n : 0;
            bytes[3] += !r->accessed ? n : 0;
        }
        if (!a->on)
            continue;
        say(&l, "%-8s ", tree_name[k]);
        size_t begin = l.used;
        for (unsigned i = 0; i < 4; i++)
            if (bytes[i])
                say(&l, "%s%s %s", l.used > begin ? ", " : "", text[i], tables_size(bytes[i], size));
        if (l.used > begin)
            put(t, k, &l);
    }
}

static void audit_lines(struct doc_section *o, const struct tables_report *t)
{
    const struct audit *a = t->audit;
    char n[32];
    struct line l = {.used = 0};
    if (!a)
        return;
    struct doc_table *table = doc_table(o, "audit", "Audit", "kind:Kind|text:Text", NULL);
    if (!audit_total(a))
        say(&l, "no findings; ");
    unsigned asked = 0;
    for (unsigned k = 0; k < AUDIT_KINDS; k++)
        asked += a->asked[k];
    say(&l, "%u of %u kinds of fault looked for%s%s%s", asked, (unsigned)AUDIT_KINDS,
        a->asked[AUDIT_SECURE] ? "" : ", no bitmap", a->asked[AUDIT_SHARED] ? "" : ", no second VM",
        a->asked[AUDIT_HOLE] ? "" : ", no list of regions");
    doc_row(table, "");
    doc_cell_text(table, l.text);
    for (unsigned k = 0; k < AUDIT_KINDS; k++) {
        struct line f = {.used = 0};
        if (!a->found[k])
            continue;
        say(&f, "%5s  %-14s %s", grouped(a->found[k], n), audit_id(k), audit_text(k));
        doc_row(table, audit_id(k));
        doc_cell_text(table, f.text);
    }
}

static bool opening(const struct tables_report *t, unsigned i, FILE *out)
{
    const struct tables_image *im = &t->image[i];
    char title[TEXT], words[32];
    struct line l = {.used = 0};
    snprintf(title, sizeof title, "l2tlb tables of %s", im->name);
    struct doc *d = doc_new(title);
    if (!d)
        return false;
    struct doc_section *o = doc_section(d, "opening", "Tables", NULL);
    if (o)
        o->opening = true;
    uint64_t n = im->parts ? im->parts : im->words;
    say(&l, "%s, %s %s%s", im->form, grouped(n, words), im->parts ? "part" : "word", plural(n));
    doc_text(o, "image", "Image", l.text);
    struct doc_table *trees = doc_table(o, "trees", "Translation", "tree:Tree|text:Text", NULL);
    for (unsigned k = 0; k < TREES; k++) {
        struct line tree = {.used = 0};
        say(&tree, "%-8s %s", tree_name[k], im->tree[k].text);
        if (im->maps->map[k].on)
            put(trees, k, &tree);
    }
    mapped_lines(o, im->maps);
    if (!t->audit || t->images == 1) { // else the findings are what is looked for
        rights_lines(o, im->maps);
        table_lines(o, im->maps);
        merge_lines(o, im->maps);
        reach_lines(o, t, im->maps);
    }
    if (i + 1 == t->images)
        audit_lines(o, t);
    bool fine = doc_ok(d) && emit_text(d, true, out);
    doc_free(d);
    return fine;
}

// --- findings -----------------------------------------------------------------------------------

// One word; what the walk ended with, if it is no leaf.
static void path_word(const struct walk_ref *ref, FILE *out)
{
    bool fine = ref->reason == WALK_TABLE || ref->reason == WALK_LEAF;
    fprintf(out, " %10" PRIx64 ":%-16" PRIx64, ref->address, ref->pte);
    if (!fine)
        fprintf(out, " <- %s", walk_reason_text(ref->reason));
}

// Every word from the root on: the walk of stage 2 for a word of stage 1 stands in front of it.
static void path(const struct maps *m, const struct finding *f, FILE *out)
{
    struct walk_result r;
    maps_walk(m, f->map, f->va, f->rights, &r);
    for (unsigned i = 0; i < r.nrefs; i++) {
        const struct walk_ref *ref = &r.ref[i], *last = i ? ref - 1 : NULL;
        bool column = last && last->stage == 2 && last->column == ref->column;
        if (!column && ref->stage == 2)
            fprintf(out, "%s        stage 2", last ? "\n" : "");
        else if (ref->stage == 1)
            fprintf(out, "%s        stage 1", last ? "\n" : "");
        path_word(ref, out);
    }
    fputc('\n', out);
}

static void detail(const struct tables_report *t, const struct finding *f, FILE *out)
{
    char name[48];
    switch (f->kind) {
    case AUDIT_SHARED:
        fprintf(out, "; %s sees it at %" PRIx64, printable(t->image[f->other].name, name), f->other_va);
        break;
    case AUDIT_TABLES:
        fprintf(out, ": table of %s, level %d", tree_name[f->table], f->level);
        if (f->other != f->image)
            fprintf(out, ", of %s", printable(t->image[f->other].name, name));
        break;
    case AUDIT_HOLE:
        fprintf(out, ": %s, %s", f->region, f->text);
        break;
    case AUDIT_FORBIDDEN:
        fprintf(out, ": %s", f->region);
        break;
    case AUDIT_MALFORMED:
        if (f->text)
            fprintf(out, ": %s at guest address %" PRIx64 ", %s", f->text, f->at, walk_reason_text(f->reason));
        else
            fprintf(out, ": %" PRIx64 " holds %" PRIx64 ", %s", f->at, f->pte, walk_reason_text(f->reason));
        break;
    case AUDIT_REPEATED:
        fprintf(out, ": table %" PRIx64 " of level %d, %" PRIu64 " uses", f->at, f->level, f->pte);
        break;
    default:
        break;
    }
}

static void one_finding(const struct tables_report *t, const struct finding *f, bool whole, FILE *out)
{
    char symbol[SYMBOL_TEXT], size[24], rights[2][4], name[48];
    if (t->images > 1)
        fprintf(out, "    %s:", printable(t->image[f->image].name, name));
    fprintf(out, "    %s %" PRIx64, tree_name[f->map], f->va);
    if (f->last != f->va)
        fprintf(out, "-%" PRIx64 ", %s", f->last, tables_size(f->last - f->va + 1, size));
    if (tables_symbol(t, f->map, f->va, symbol)[0])
        fprintf(out, " <%s>", symbol);
    if (f->mapped)
        fprintf(out, ", S %s U %s, to %" PRIx64, tables_rights(f->rights, false, rights[0]),
                tables_rights(f->rights, true, rights[1]), f->pa);
    detail(t, f, out);
    fputc('\n', out);
    if (whole)
        path(t->image[f->image].maps, f, out);
    if (whole && f->kind == AUDIT_SHARED) {
        const struct finding other = audit_other(f);
        fprintf(out, "      %s:\n", printable(t->image[f->other].name, name));
        path(t->image[f->other].maps, &other, out);
    }
}

static void findings(const struct tables_report *t, FILE *out)
{
    const struct audit *a = t->audit;
    unsigned kind = AUDIT_KINDS, n = 0;
    for (size_t i = 0; i < a->count; i++) {
        const struct finding *f = &a->list[i];
        if (f->kind != kind) {
            fprintf(out, "\n  %s: %s\n", audit_id(f->kind), audit_text(f->kind));
            kind = f->kind;
            n = 0;
        }
        if (t->full || n < LISTED)
            one_finding(t, f, t->full || n < PATHS, out);
        else if (n == LISTED)
            fprintf(out, "    and %" PRIu64 " more (--full, --report json)\n", a->found[kind] - LISTED);
        n++;
    }
}

// --- ranges -------------------------------------------------------------------------------------

static const char *page_text(const struct map_range *r, char text[40])
{
    char a[24], b[24];
    if (r->shift2)
        snprintf(text, 40, "%s / %s", tables_size(UINT64_C(1) << r->shift, a), tables_size(UINT64_C(1) << r->shift2, b));
    else
        snprintf(text, 40, "%s", tables_size(UINT64_C(1) << r->shift, a));
    return text;
}

static void one_range(const struct tables_report *t, unsigned kind, const struct map_range *r, FILE *out)
{
    char size[24], rights[2][4], page[40], memory[24], symbol[SYMBOL_TEXT];
    fprintf(out, "  %16" PRIx64 "-%-16" PRIx64 " %10s", r->va, r->last, tables_size(r->last - r->va + 1, size));
    if (kind == MAP_BOTH)
        fprintf(out, " %12" PRIx64, r->ipa);
    fprintf(out, " %12" PRIx64 "  %s %s %c%c%c  %*s", r->pa, tables_rights(r->rights, false, rights[0]),
            tables_rights(r->rights, true, rights[1]), r->accessed ? 'a' : '-', r->dirty ? 'd' : '-',
            r->global ? 'g' : '-', kind == MAP_BOTH ? 17 : 7, page_text(r, page));
    tables_symbol(t, kind, r->va, symbol);
    tables_type(t, kind, r->attr, memory);
    if (symbol[0])
        fprintf(out, "  %-6s %s\n", memory, symbol);
    else
        fprintf(out, "%s%s\n", memory[0] ? "  " : "", memory);
}

static void ranges(const struct tables_report *t, const struct tables_image *im, unsigned kind, FILE *out)
{
    static const char *const title[MAPS] = {
        "Host: virtual to physical addresses", "Stage 1: guest virtual to guest physical addresses",
        "Stage 2: guest physical to host physical addresses", "Both stages: guest virtual to host physical addresses"};
    static const char *const from[MAPS] = {"Virtual", "Guest virtual", "Guest physical", "Guest virtual"};
    const struct map *m = &im->maps->map[kind];
    char name[48];
    if (t->images > 1)
        fprintf(out, "\n%s, %s\n", printable(im->name, name), title[kind]);
    else
        fprintf(out, "\n%s\n", title[kind]);
    fprintf(out, "  %16s-%-16s %10s", from[kind], "last", "Size");
    if (kind == MAP_BOTH)
        fprintf(out, " %12s", "Guest phys.");
    fprintf(out, " %12s  S   U   ADG  %*s  %s\n", kind == MAP_GUEST ? "Guest phys." : "Physical",
            kind == MAP_BOTH ? 17 : 7, "Page", t->riscv ? "PBMT" : "Memory");
    for (size_t i = 0; i < m->ranges; i++)
        one_range(t, kind, &m->range[i], out);
    if (!m->ranges)
        fputs("  (nothing)\n", out);
}

bool tables_text(const struct tables_report *t, FILE *out)
{
    for (unsigned i = 0; i < t->images; i++) {
        if (i)
            fputc('\n', out);
        if (!opening(t, i, out))
            return false;
    }
    if (t->summary)
        return true;
    if (t->audit)
        findings(t, out);
    for (unsigned i = 0; i < t->images; i++)
        for (unsigned k = 0; k < MAPS; k++) {
            const struct map *m = t->image[i].maps->map;
            bool part = (k == MAP_GUEST || k == MAP_STAGE2) && m[MAP_BOTH].on;
            if (m[k].on && (t->full || (!t->audit && !part)))
                ranges(t, &t->image[i], k, out);
        }
    return !ferror(out);
}
