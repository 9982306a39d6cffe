// SPDX-License-Identifier: MulanPSL-2.0
// The report of a study: sections of report/doc.h.
#include "study/report.h"

#include "report/version.h"
#include "study/analysis.h"
#include "study/point.h"
#include "study/storage.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOP = 20, HEAT_MAPS = 3, LINE = 512, NEAR = 1 }; // NEAR: percent

struct page {
    struct doc *d;
    const struct analysis *a;
    const struct plan *p;
    const struct study *s;
    unsigned digits;
};

static const char *label_of(const struct page *g, unsigned combination, char *buf, size_t size)
{
    point_label(g->s, plan_values(g->p, combination), buf, size);
    if (!*buf)
        snprintf(buf, size, "the only one");
    return buf;
}

static void cell_number(struct doc_table *t, double v, unsigned digits)
{
    if (isnan(v))
        doc_cell_none(t);
    else
        doc_cell_real(t, v, digits);
}

static void cell_estimate(const struct page *g, struct doc_table *t, const struct estimate *e)
{
    cell_number(t, e->mean, g->digits);
    if (e->n > 1 && !isnan(e->mean)) {
        doc_cell_real(t, e->lo, g->digits);
        doc_cell_real(t, e->hi, g->digits);
    } else {
        doc_cell_none(t);
        doc_cell_none(t);
    }
}

static bool has_base(const struct page *g)
{
    return !isnan(g->a->of[BASE].mean);
}

// --- first screen -----------------------------------------------------------------------------------

static void told(struct doc_table *t, const char *id, const char *text)
{
    doc_row(t, id);
    doc_cell_text(t, text);
}

// The smallest combination that is not more than NEAR percent behind the best one.
static unsigned smallest_near(const struct page *g)
{
    unsigned found = g->a->best;
    for (unsigned c = 0; c < g->p->combinations; c++)
        if (g->a->of[c].mean <= g->a->of[g->a->best].mean * (1 + NEAR / 100.0) && g->p->storage[c] < g->p->storage[found])
            found = c;
    return found;
}

static void findings(const struct page *g, struct doc_table *t)
{
    const struct analysis *a = g->a;
    const char *unit = figures[a->objective].unit;
    char line[LINE], label[LINE / 2];
    double most = 0, least = INFINITY;
    unsigned top = 0, low = 0;
    snprintf(line, sizeof line, "Best: %s, %.*f %s with %" PRIu64 " bits", label_of(g, a->best, label, sizeof label),
             (int)g->digits, a->of[a->best].mean, unit, g->p->storage[a->best]);
    told(t, "best", line);
    unsigned near = smallest_near(g);
    snprintf(line, sizeof line, "Smallest within %d %% of it: %s, %.*f %s with %" PRIu64 " bits", NEAR,
             label_of(g, near, label, sizeof label), (int)g->digits, a->of[near].mean, unit, g->p->storage[near]);
    told(t, "smallest", line);
    for (unsigned d = 0; d < g->s->dims; d++) {
        double by = swing(a, d);
        top = by > most ? d : top;
        low = by < least ? d : low;
        most = by > most ? by : most;
        least = by < least ? by : least;
    }
    if (g->s->dims && most > 0) {
        snprintf(line, sizeof line, "Most depends on %s: %.1f %% from its best to its worst value", g->s->dim[top].name, most);
        told(t, "most", line);
    }
    if (g->s->dims > 1 && least < most) {
        snprintf(line, sizeof line, "Least depends on %s: %.1f %%", g->s->dim[low].name, least);
        told(t, "least", line);
    }
}

static void opening(const struct page *g)
{
    char line[LINE], label[LINE / 2];
    const struct analysis *a = g->a;
    struct doc_section *o = doc_section(g->d, "opening", "In short", NULL);
    if (!o)
        return;
    o->opening = true;
    if (g->s->question)
        doc_text(o, "question", "Question", g->s->question);
    snprintf(line, sizeof line, "%u combinations (%s), %u trace%s, %u seed%s: %" PRIu64 " points", g->p->combinations,
             study_sample_name[g->s->sample], g->p->traces, g->p->traces > 1 ? "s" : "", g->s->seed_count,
             g->s->seed_count > 1 ? "s" : "", plan_points(g->p));
    doc_text(o, "plan", "Plan", line);
    snprintf(line, sizeof line, "%" PRIu64 " done, %" PRIu64 " failed, %" PRIu64 " missing", a->done, a->failed,
             a->missing + a->running);
    doc_text(o, "results", "Results", line);
    snprintf(line, sizeof line, "%s%s%s, %s mean over the traces; less is better", figures[a->objective].label,
             *figures[a->objective].unit ? ", " : "", figures[a->objective].unit, a->logs ? "geometric" : "arithmetic");
    doc_text(o, "objective", "Objective", line);
    if (has_base(g)) {
        snprintf(line, sizeof line, "%s: %.*f with %" PRIu64 " bits", label_of(g, BASE, label, sizeof label),
                 (int)g->digits, a->of[BASE].mean, g->p->storage[BASE]);
        doc_text(o, "base", "Compared with", line);
    }
    struct doc_table *t = doc_table(o, "findings", "Stands out", "id:Key|text:What", NULL);
    if (a->known)
        findings(g, t);
    else
        told(t, "nothing", "no combination has all its results: run the study first");
}

// --- tables -----------------------------------------------------------------------------------------

static void combination_row(const struct page *g, struct doc_table *t, unsigned c)
{
    char label[LINE];
    doc_row(t, label_of(g, c, label, sizeof label));
    cell_estimate(g, t, &g->a->of[c]);
    cell_number(t, has_base(g) ? change(g->a->of[BASE].mean, g->a->of[c].mean) : NAN, 2);
    doc_cell_count(t, g->p->storage[c]);
    cell_number(t, change((double)g->p->storage[BASE], (double)g->p->storage[c]), 2);
}
#define COMBINATION_COLUMNS                                                                                    \
    "combination:Combination|mean:Mean|low:95 % from|high:to|change:Change %|bits:Bits|bits_change:Change %"

static void best_section(const struct page *g, unsigned *list)
{
    struct doc_section *o = doc_section(g->d, "best", "Best combinations",
                                        "Change: against the first combination of the plan. The interval is that of the mean over "
                                        "the seeds (Student's t); one seed has none.");
    struct doc_table *t = doc_table(o, "best", "Best combinations", COMBINATION_COLUMNS, NULL);
    unsigned n = ranking(g->a, list);
    for (unsigned i = 0; i < n && i < TOP; i++)
        combination_row(g, t, list[i]);
}

static void pareto_section(const struct page *g, unsigned *list)
{
    char label[LINE];
    struct doc_section *o = doc_section(g->d, "pareto", "Pareto front",
                                        "What no other combination beats in both storage and objective, the smallest first. "
                                        "Storage: section \"Storage\".");
    struct doc_table *t = doc_table(o, "front", "Not beaten in both", COMBINATION_COLUMNS, NULL);
    unsigned n = pareto(g->a, list);
    for (unsigned i = 0; i < n; i++)
        combination_row(g, t, list[i]);
    t = doc_table(o, "points", "Objective against storage bits", "series:Series|bits:Bits|mean:Mean|combination:Combination", NULL);
    for (unsigned i = 0; i < n; i++) {
        doc_row(t, "front");
        doc_cell_count(t, g->p->storage[list[i]]);
        doc_cell_real(t, g->a->of[list[i]].mean, g->digits);
        doc_cell_text(t, label_of(g, list[i], label, sizeof label));
    }
    for (unsigned c = 0; c < g->p->combinations; c++) {
        if (isnan(g->a->of[c].mean))
            continue;
        doc_row(t, "all");
        doc_cell_count(t, g->p->storage[c]);
        doc_cell_real(t, g->a->of[c].mean, g->digits);
        doc_cell_text(t, label_of(g, c, label, sizeof label));
    }
    doc_chart(t, DOC_CHART_SCATTER);
    doc_lead(t);
    doc_data(t);
}

static void sensitivity_section(const struct page *g)
{
    struct doc_section *o =
        doc_section(g->d, "sensitivity", "Sensitivity",
                    g->s->sample == SAMPLE_ONE ? "Each parameter alone, the others at their first values."
                                               : "Mean over all combinations that have the value and all their results.");
    struct doc_table *t = doc_table(o, "swing", "From the best to the worst value, %", "parameter:Parameter|swing:%", NULL);
    for (unsigned d = 0; d < g->s->dims; d++) {
        doc_row(t, g->s->dim[d].name);
        cell_number(t, swing(g->a, d), 2);
    }
    doc_bar(t, 1);
    doc_chart(t, DOC_CHART_BARS);
    doc_lead(t);
    t = doc_table(o, "effects", "Values", "parameter:Parameter|value:Value|mean:Mean|change:Against the first %", NULL);
    for (unsigned d = 0; d < g->s->dims; d++)
        for (unsigned l = 0; l < g->a->level[d].count; l++) {
            double v = effect(g->a, d, l);
            doc_row(t, g->s->dim[d].name);
            doc_cell_text(t, g->a->level[d].label[l]);
            cell_number(t, v, g->digits);
            cell_number(t, change(effect(g->a, d, 0), v), 2);
        }
}

// --- interactions -----------------------------------------------------------------------------------

struct pair {
    unsigned d, e;
    double strength;
};

static int by_strength(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->strength != y->strength)
        return x->strength > y->strength ? -1 : 1;
    return x->d != y->d ? (x->d < y->d ? -1 : 1) : x->e < y->e ? -1 : x->e > y->e;
}

// Cells: percent above the best one.
static void heat_map(const struct page *g, struct doc_section *o, const struct pair *w, unsigned index)
{
    char columns[LEVELS_MAX * 80 + 64], id[16], title[LINE];
    double best = INFINITY;
    const struct levels *row = &g->a->level[w->d], *column = &g->a->level[w->e];
    size_t n = (size_t)snprintf(columns, sizeof columns, "value:%.60s", g->s->dim[w->d].name);
    for (unsigned k = 0; k < column->count; k++)
        n += (size_t)snprintf(columns + n, sizeof columns - n, "|v%u:%.60s", k, column->label[k]);
    snprintf(columns + n, sizeof columns - n, "|mean:mean");
    for (char *p = columns; (p = strchr(p, '|')) != NULL; p++)
        if (p[1] != 'v' && p[1] != 'm') // a bar in a label would cut the columns
            *p = '/';
    snprintf(id, sizeof id, "heat%u", index);
    snprintf(title, sizeof title, "%.100s (down) and %.100s (across): %% above the best", g->s->dim[w->d].name,
             g->s->dim[w->e].name);
    struct doc_table *t = doc_table(o, id, title, columns, NULL);
    for (unsigned i = 0; i < row->count; i++)
        for (unsigned k = 0; k < column->count; k++)
            best = fmin(best, cell(g->a, w->d, i, w->e, k));
    for (unsigned i = 0; i < row->count; i++) {
        double sum = 0;
        doc_row(t, row->label[i]);
        for (unsigned k = 0; k < column->count; k++) {
            double v = change(best, cell(g->a, w->d, i, w->e, k));
            cell_number(t, v, 2);
            sum += v / column->count;
        }
        cell_number(t, sum, 2);
    }
    doc_chart(t, DOC_CHART_HEAT);
}

static void interaction_section(const struct page *g)
{
    struct pair pair[STUDY_DIMS * (STUDY_DIMS - 1) / 2];
    unsigned n = 0;
    char label[LINE];
    if (g->s->sample == SAMPLE_ONE || g->s->dims < 2 || !g->a->known)
        return;
    for (unsigned d = 0; d < g->s->dims; d++)
        for (unsigned e = d + 1; e < g->s->dims; e++) {
            double strength = interaction(g->a, d, e);
            if (!isnan(strength))
                pair[n++] = (struct pair){d, e, strength};
        }
    qsort(pair, n, sizeof *pair, by_strength);
    struct doc_section *o = doc_section(g->d, "interactions", "Interactions",
                                        "What is left of the means of two parameters' values when the effect of each alone is "
                                        "taken away: root of the mean square, percent. Pairs of which a cell is empty are left out.");
    struct doc_table *t = doc_table(o, "pairs", "Pairs", "pair:Parameters|strength:%", NULL);
    for (unsigned i = 0; i < n && i < TOP; i++) {
        snprintf(label, sizeof label, "%.200s, %.200s", g->s->dim[pair[i].d].name, g->s->dim[pair[i].e].name);
        doc_row(t, label);
        doc_cell_real(t, pair[i].strength, 2);
    }
    doc_bar(t, 1);
    for (unsigned i = 0; i < n && i < HEAT_MAPS; i++)
        heat_map(g, o, &pair[i], i);
}

// --- traces, storage, the run -----------------------------------------------------------------------

static void traces_section(const struct page *g)
{
    struct doc_section *o = doc_section(g->d, "traces", "Traces", NULL);
    struct doc_table *t = doc_table(o, "traces", "The first combination and the best one on each trace",
                                    "trace:Trace|base:First|base_low:95 % from|base_high:to|best:Best|best_low:95 % from"
                                    "|best_high:to|change:Change %", NULL);
    for (unsigned i = 0; i < g->p->traces; i++) {
        const char *slash = strrchr(g->p->trace[i].path, '/');
        struct estimate base = on_trace(g->a, BASE, i), best = on_trace(g->a, g->a->best, i);
        doc_row(t, slash ? slash + 1 : g->p->trace[i].path);
        cell_estimate(g, t, &base);
        cell_estimate(g, t, &best);
        cell_number(t, change(base.mean, best.mean), 2);
    }
}

static void storage_table(const struct page *g, struct doc_section *o, const char *id, const char *title, unsigned c)
{
    struct storage_row row[STORAGE_ROWS];
    struct replay_cfg cfg;
    char msg[STUDY_MSG];
    uint64_t sum = 0;
    struct doc_table *t = doc_table(o, id, title,
                                    "block:Block|entries:Entries|width:Bits of one|sram:of these SRAM|more:Besides|bits:Bits"
                                    "|where:Specification", NULL);
    if (point_configure(g->s, plan_values(g->p, c), g->s->seeds[0], &cfg, msg, sizeof msg))
        return;
    for (unsigned i = 0, n = storage_rows(&cfg.machine, row); i < n; i++) {
        doc_row(t, row[i].name);
        doc_cell_count(t, row[i].entries);
        doc_cell_count(t, row[i].width);
        doc_cell_count(t, row[i].sram);
        doc_cell_count(t, row[i].more);
        doc_cell_count(t, row[i].bits);
        doc_cell_text(t, row[i].where);
        sum += row[i].bits;
    }
    doc_row(t, "all");
    for (unsigned i = 0; i < 4; i++)
        doc_cell_none(t);
    doc_cell_count(t, sum);
}

static void storage_section(const struct page *g)
{
    struct doc_section *o = doc_section(g->d, "storage", "Storage",
                                        "Bits of SRAM words and registers: entries times the widths of the specification's tables. "
                                        "Besides: replacement state and pointers. Not counted: padding of SRAM words, pipeline "
                                        "registers, the L1 filters, the MPT checker.");
    storage_table(g, o, "base", "The first combination", BASE);
    if (g->a->known && g->a->best != BASE)
        storage_table(g, o, "best", "The best combination", g->a->best);
}

static void study_section(const struct page *g, const char *database)
{
    struct doc_section *o = doc_section(g->d, "study", "The study", NULL);
    doc_text(o, "version", "l2tlb version", l2tlb_version);
    doc_text(o, "file", "Study", g->s->path);
    doc_text(o, "database", "Database", database);
    doc_text(o, "program", "SHA-256 of the program", g->p->program);
    doc_count(o, "points", "Points", plan_points(g->p), NULL);
    doc_count(o, "done", "  done", g->a->done, NULL);
    doc_count(o, "foreign", "  of these by another build of l2tlb", g->a->foreign, NULL);
    doc_count(o, "failed", "  failed", g->a->failed, NULL);
    doc_count(o, "missing", "  missing", g->a->missing + g->a->running, NULL);
    doc_count(o, "refused", "Combinations that constraints refuse", g->p->refused, NULL);
    doc_count(o, "doubles", "Combinations that are as others", g->p->doubles, NULL);
    doc_real(o, "seconds", "Time of all replays, one core", g->a->seconds, 1, "s");
    for (unsigned i = 0; i < g->s->rules; i++) {
        char id[32];
        snprintf(id, sizeof id, "require%u", i);
        doc_text(o, id, "Constraint", g->s->rule[i]);
    }
}

static struct doc *render(const struct analysis *a, const struct plan *p, const char *database)
{
    char title[LINE];
    unsigned *list = malloc(sizeof *list * (a->known + 1));
    snprintf(title, sizeof title, "l2tlb study of %.300s", p->s->name);
    struct doc *d = list ? doc_new(title) : NULL;
    unsigned digits = figures[a->objective].digits;
    const struct page g = {.d = d, .a = a, .p = p, .s = p->s, .digits = digits > 2 ? digits : 2};
    if (d) {
        opening(&g);
        if (a->known) {
            best_section(&g, list);
            pareto_section(&g, list);
            sensitivity_section(&g);
            interaction_section(&g);
            traces_section(&g);
        }
        storage_section(&g);
        study_section(&g, database);
    }
    free(list);
    return d;
}

struct doc *study_document(const struct plan *p, const char *database, char *msg, size_t size)
{
    struct db *b;
    if (!db_open_if_there(database, &b, msg, size))
        return NULL;
    struct analysis *a = analysis_new(p, b, msg, size);
    db_close(b);
    if (!a)
        return NULL;
    struct doc *d = render(a, p, database);
    if (!d)
        snprintf(msg, size, "out of memory");
    analysis_free(a);
    return d;
}
