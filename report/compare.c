// SPDX-License-Identifier: MulanPSL-2.0
// Runs side by side, see compare.h.
#include "report/compare.h"

#include "report/contents.h"
#include "replay/requests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOP_CHANGES = 6, KEY_SIZE = 128 };

struct group {
    unsigned run[COMPARE_MAX], runs;
    char name[KEY_SIZE];
};

struct comparison {
    const struct compared *run;
    unsigned runs;
    struct group group[COMPARE_MAX];
    unsigned groups;
    struct doc *d;
};

// The figures that decide, in the order of the page. A change below `least` percent is not worth a sentence.
static const struct {
    const char *section, *key, *label, *unit;
    unsigned digits;
} figures[] = {
    {"summary", "latency_mean", "Latency, mean", "cycles", 2},
    {"summary", "latency_p50", "Latency, median", "cycles", 0},
    {"summary", "latency_p99", "Latency, 99th percentile", "cycles", 0},
    {"summary", "latency_max", "Latency, maximum", "cycles", 0},
    {"summary", "requests", "Requests", "", 0},
    {"summary", "answers", "Answers", "", 0},
    {"summary", "flushed", "Requests dropped by a flush", "", 0},
    {"summary", "requests_pki", "Requests per 1000 instructions", "", 3},
    {"summary", "walks", "Requests that read memory", "", 0},
    {"summary", "refs_per_walk", "Reads of one of these", "", 3},
    {"references", "reads", "Reads of memory", "", 0},
    {"summary", "cycles", "Simulated cycles", "", 0},
    {"walkers", "ptw_busy", "PTW busy", "%", 2},
    {"walkers", "hptw_busy", "HPTW busy", "%", 2},
    {"walkers", "llptw_mean", "LLPTW entries in use", "", 3},
    {"walkers", "missq_mean", "Requests in the miss queue", "", 3},
    {"prefetch", "useful", "Useful prefetches", "", 0},
    {"answers", "ptes_mean", "Pages per answer", "", 3},
    {"answers", "faulting", "Faults", "", 0},
    {"fences", "flushes", "Flushes", "", 0},
};
enum { FIGURES = sizeof figures / sizeof *figures };

// --- reading reports --------------------------------------------------------------------------------

static const cJSON *section(const cJSON *report, const char *name, const char *part)
{
    const cJSON *s = cJSON_GetObjectItemCaseSensitive(report, "sections");
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(s, name), part);
}

static const cJSON *value(const cJSON *report, const char *name, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(section(report, name, "values"), key);
}

static bool number(const cJSON *report, const char *name, const char *key, double *v)
{
    const cJSON *item = value(report, name, key);
    if (!cJSON_IsNumber(item))
        return false;
    *v = item->valuedouble;
    return true;
}

static const char *text(const cJSON *item, char *buf, size_t size)
{
    if (cJSON_IsString(item))
        return item->valuestring;
    if (!cJSON_IsNumber(item))
        return "-";
    snprintf(buf, size, "%.15g", item->valuedouble);
    return buf;
}

const char *compare_check(const cJSON *report)
{
    const cJSON *schema = cJSON_GetObjectItemCaseSensitive(report, "schema");
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(report, "schema_version");
    if (!cJSON_IsObject(report) || !cJSON_IsString(schema) || strcmp(schema->valuestring, "l2tlbsim-report") != 0)
        return "not a JSON report of l2tlb replay";
    if (!cJSON_IsNumber(version) || version->valuedouble != 1)
        return "a report of another schema version";
    double v;
    if (!number(report, "summary", "latency_mean", &v) || !section(report, "configuration", "values"))
        return "a report without the figures of a replay";
    return NULL;
}

// --- groups -----------------------------------------------------------------------------------------

static bool is_seed(const char *key)
{
    return strcmp(key, "mem.seed") == 0 || strcmp(key, "world.seed") == 0;
}

static bool same_values(const cJSON *a, const cJSON *b, const char *name)
{
    const cJSON *x, *of_a = section(a, name, "values"), *of_b = section(b, name, "values");
    char left[64], right[64];
    if (cJSON_GetArraySize(of_a) != cJSON_GetArraySize(of_b))
        return false;
    cJSON_ArrayForEach(x, of_a)
    {
        const cJSON *y = cJSON_GetObjectItemCaseSensitive(of_b, x->string);
        if (!is_seed(x->string) && (!y || strcmp(text(x, left, sizeof left), text(y, right, sizeof right)) != 0))
            return false;
    }
    return true;
}

static bool same_value(const cJSON *a, const cJSON *b, const char *name, const char *key)
{
    char left[64], right[64];
    return strcmp(text(value(a, name, key), left, sizeof left), text(value(b, name, key), right, sizeof right)) == 0;
}

static bool same_run(const cJSON *a, const cJSON *b)
{
    return same_values(a, b, "configuration") && same_values(a, b, "settings") && same_value(a, b, "run", "checksum") &&
           same_value(a, b, "run", "version");
}

static bool belongs(const struct comparison *c, const struct group *g, const cJSON *report)
{
    bool fits = same_run(c->run[g->run[0]].report, report);
    for (unsigned i = 0; i < g->runs && fits; i++)
        fits = !same_value(c->run[g->run[i]].report, report, "run", "seed");
    return fits;
}

static void make_groups(struct comparison *c)
{
    for (unsigned i = 0; i < c->runs; i++) {
        unsigned g = 0;
        while (g < c->groups && !belongs(c, &c->group[g], c->run[i].report))
            g++;
        if (g == c->groups) {
            snprintf(c->group[g].name, KEY_SIZE, "%s", c->run[i].name);
            c->groups++;
        }
        c->group[g].run[c->group[g].runs++] = i;
    }
    for (unsigned g = 0; g < c->groups; g++)
        if (c->group[g].runs > 1) {
            size_t n = strlen(c->group[g].name);
            snprintf(c->group[g].name + n, KEY_SIZE - n, " and %u more", c->group[g].runs - 1);
        }
}

// --- statistics -------------------------------------------------------------------------------------

double student_t(double degrees)
{
    static const double t[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                               2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
                               2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};
    if (degrees < 31)
        return t[degrees < 1 ? 0 : (unsigned)degrees - 1]; // rounded down: the wider one
    return 1.960 + 2.45 / degrees;                         // within 0.002 of the table
}

struct sample {
    unsigned n;
    double mean, variance;
};

static struct sample sample_of(const struct comparison *c, const struct group *g, const char *name, const char *key)
{
    struct sample s = {0, 0, 0};
    double v, sum = 0, squares = 0;
    for (unsigned i = 0; i < g->runs; i++)
        if (number(c->run[g->run[i]].report, name, key, &v)) {
            s.n++;
            sum += v;
        }
    s.mean = s.n ? sum / s.n : 0;
    for (unsigned i = 0; i < g->runs; i++)
        if (number(c->run[g->run[i]].report, name, key, &v))
            squares += (v - s.mean) * (v - s.mean);
    s.variance = s.n > 1 ? squares / (s.n - 1) : 0;
    return s;
}

static double half_interval(const struct sample *s)
{
    return s->n > 1 ? student_t(s->n - 1) * sqrt(s->variance / s->n) : 0;
}

// Welch's t test at 5 %. Without repeated seeds nothing can be said.
static const char *significance(const struct sample *a, const struct sample *b)
{
    if (a->n < 2 || b->n < 2)
        return "";
    double va = a->variance / a->n, vb = b->variance / b->n;
    if (va + vb <= 0)
        return a->mean != b->mean ? "yes" : "no";
    double degrees = (va + vb) * (va + vb) / (va * va / (a->n - 1) + vb * vb / (b->n - 1));
    return fabs(a->mean - b->mean) > student_t(degrees) * sqrt(va + vb) ? "yes" : "no";
}

// --- the page ---------------------------------------------------------------------------------------

static double change(double from, double to)
{
    return from != 0 ? 100 * (to - from) / fabs(from) : 0;
}

struct told {
    double by;
    char text[256];
};

static int by_size(const void *a, const void *b)
{
    const struct told *x = a, *y = b;
    return fabs(x->by) > fabs(y->by) ? -1 : fabs(x->by) < fabs(y->by);
}

// The largest changes of each group against the first, in a sentence each.
static void opening(struct comparison *c)
{
    struct doc_section *o = doc_section(c->d, "opening", "In short", NULL);
    char line[256];
    if (!o)
        return;
    o->opening = true;
    doc_text(o, "first", "Compared with", c->group[0].name);
    snprintf(line, sizeof line, "%u in %u group%s (of equal settings, seeds apart)", c->runs, c->groups,
             c->groups == 1 ? "" : "s");
    doc_text(o, "runs", "Runs", line);
    struct doc_table *t = doc_table(o, "findings", "Changes", "id:Key|text:What", NULL);
    for (unsigned g = 1; g < c->groups; g++) {
        struct told told[FIGURES];
        unsigned n = 0;
        for (unsigned f = 0; f < FIGURES; f++) {
            struct sample a = sample_of(c, &c->group[0], figures[f].section, figures[f].key),
                          b = sample_of(c, &c->group[g], figures[f].section, figures[f].key);
            double by = change(a.mean, b.mean);
            if (!a.n || !b.n || fabs(by) < 1 || strcmp(significance(&a, &b), "no") == 0)
                continue;
            told[n].by = f ? by : INFINITY; // the mean latency comes first
            snprintf(told[n++].text, sizeof told->text, "%s: %s %.*f instead of %.*f%s%s (%+.1f %%)", c->group[g].name,
                     figures[f].label, (int)figures[f].digits, b.mean, (int)figures[f].digits, a.mean,
                     *figures[f].unit ? " " : "", figures[f].unit, by);
        }
        qsort(told, n, sizeof *told, by_size);
        unsigned most = TOP_CHANGES / (c->groups - 1) ? TOP_CHANGES / (c->groups - 1) : 1;
        for (unsigned i = 0; i < n && i < most; i++) {
            snprintf(line, sizeof line, "group_%u", g);
            doc_row(t, line);
            doc_cell_text(t, told[i].text);
        }
        if (!n) {
            doc_row(t, "none");
            snprintf(line, sizeof line, "%.100s: no figure differs by 1 %% or more", c->group[g].name);
            doc_cell_text(t, line);
        }
    }
}

// Column heads of all groups: "g0:NAME|g1:NAME". Bars in names would cut them.
static void group_columns(const struct comparison *c, const char *first, char *buf, size_t size)
{
    size_t n = (size_t)snprintf(buf, size, "%s", first);
    for (unsigned g = 0; g < c->groups && n < size; g++) {
        size_t from = n;
        n += (size_t)snprintf(buf + n, size - n, "|g%u:%s", g, c->group[g].name);
        for (size_t i = from + 1; i < n && i < size; i++)
            if (buf[i] == '|')
                buf[i] = '/';
    }
}

enum { COLUMNS_SIZE = COMPARE_MAX * (KEY_SIZE + 8) };

static void runs_section(struct comparison *c)
{
    char buf[64];
    struct doc_section *o = doc_section(c->d, "runs", "The runs", NULL);
    struct doc_table *t = doc_table(o, "runs", "Runs", "name:Run|trace:Trace|checksum:Its records|preset:Preset"
                                                       "|revision:Revision|seed:Seed|version:l2tlb", NULL);
    for (unsigned i = 0; i < c->runs; i++) {
        const cJSON *r = c->run[i].report;
        doc_row(t, c->run[i].name);
        doc_cell_text(t, text(value(r, "run", "trace"), buf, sizeof buf));
        doc_cell_text(t, text(value(r, "run", "checksum"), buf, sizeof buf));
        doc_cell_text(t, text(value(r, "configuration", "preset"), buf, sizeof buf));
        doc_cell_text(t, text(value(r, "configuration", "revision"), buf, sizeof buf));
        doc_cell_text(t, text(value(r, "run", "seed"), buf, sizeof buf));
        doc_cell_text(t, text(value(r, "run", "version"), buf, sizeof buf));
    }
}

// Is the value the same in every group?
static bool agreed(const struct comparison *c, const char *name, const char *key)
{
    char a[64], b[64];
    const char *first = text(value(c->run[c->group[0].run[0]].report, name, key), a, sizeof a);
    for (unsigned g = 1; g < c->groups; g++)
        if (strcmp(first, text(value(c->run[c->group[g].run[0]].report, name, key), b, sizeof b)) != 0)
            return false;
    return true;
}

// Values of the configuration that are lists of words, and what a word in them means.
static const struct {
    const char *key, *prefix, *in, *out;
} lists[] = {{"rules_on", "rule", "yes", "no"}, {"errata_fixed", "errata", "fixed", "as-rtl"}};

static unsigned list_of(const char *key)
{
    unsigned i = 0;
    while (i < sizeof lists / sizeof *lists && strcmp(lists[i].key, key) != 0)
        i++;
    return i;
}

static bool is_list(const char *key)
{
    return list_of(key) < sizeof lists / sizeof *lists;
}

static bool has_word(const char *list, const char *word, size_t n)
{
    for (const char *p = list; *p; p += strcspn(p, " "), p += strspn(p, " "))
        if (strcspn(p, " ") == n && memcmp(p, word, n) == 0)
            return true;
    return false;
}

static const char *list_in(const struct comparison *c, unsigned group, const char *key)
{
    const cJSON *v = value(c->run[c->group[group].run[0]].report, "configuration", key);
    return cJSON_IsString(v) && strcmp(v->valuestring, "none") != 0 ? v->valuestring : "";
}

// A row for each word that some groups have in their list and others have not.
static void list_rows(const struct comparison *c, struct doc_table *t, const char *key)
{
    unsigned which = list_of(key);
    for (unsigned g = 0; g < c->groups; g++) {
        const char *list = list_in(c, g, key);
        for (size_t n; (n = strcspn(list, " ")) > 0; list += n, list += strspn(list, " ")) {
            unsigned have = 0;
            bool told = false;
            for (unsigned k = 0; k < c->groups; k++) {
                bool there = has_word(list_in(c, k, key), list, n);
                have += there;
                told |= there && k < g;
            }
            if (told || have == c->groups)
                continue;
            char name[KEY_SIZE];
            snprintf(name, sizeof name, "%s.%.*s", lists[which].prefix, (int)n, list);
            doc_row(t, name);
            for (unsigned k = 0; k < c->groups; k++)
                doc_cell_text(t, has_word(list_in(c, k, key), list, n) ? lists[which].in : lists[which].out);
        }
    }
}

static void settings_section(struct comparison *c)
{
    static const char *const part[] = {"configuration", "settings", "run"};
    char columns[COLUMNS_SIZE], buf[64];
    const cJSON *x;
    struct doc_section *o = doc_section(c->d, "differences", "What was changed", NULL);
    group_columns(c, "key:Setting", columns, sizeof columns);
    struct doc_table *t = doc_table(o, "settings", "Settings that differ", columns, NULL);
    for (unsigned p = 0; p < 3; p++)
        cJSON_ArrayForEach(x, section(c->run[0].report, part[p], "values"))
        {
            bool of_run = strcmp(x->string, "checksum") != 0 && strcmp(x->string, "version") != 0;
            bool active = strcmp(x->string, "errata_active") == 0; // those that are not fixed
            if ((p == 2 && of_run) || active || is_seed(x->string) || agreed(c, part[p], x->string))
                continue;
            if (p == 0 && is_list(x->string)) {
                list_rows(c, t, x->string);
                continue;
            }
            doc_row(t, x->string);
            for (unsigned g = 0; g < c->groups; g++)
                doc_cell_text(t, text(value(c->run[c->group[g].run[0]].report, part[p], x->string), buf, sizeof buf));
        }
}

// Has a group several seeds?
static bool repeated(const struct comparison *c)
{
    return c->groups < c->runs;
}

static void figure_row(struct comparison *c, struct doc_table *t, const char *label, const char *name, const char *key,
                       unsigned digits)
{
    struct sample first = {0, 0, 0}, last = {0, 0, 0};
    doc_row(t, label);
    for (unsigned g = 0; g < c->groups; g++) {
        struct sample s = sample_of(c, &c->group[g], name, key);
        if (!g)
            first = s;
        last = s;
        if (!s.n) {
            doc_cell_none(t);
        } else if (s.n > 1 && half_interval(&s) > 0) {
            char buf[64];
            snprintf(buf, sizeof buf, "%.*f \xc2\xb1 %.*f", (int)digits, s.mean, (int)digits + 1, half_interval(&s));
            doc_cell_text(t, buf);
        } else if (!digits && s.n == 1) {
            doc_cell_count(t, (uint64_t)s.mean);
        } else {
            doc_cell_real(t, s.mean, digits);
        }
    }
    if (c->groups < 2 || !first.n || !last.n)
        return;
    if (first.mean != 0 || last.mean == 0)
        doc_cell_real(t, change(first.mean, last.mean), 1);
    else
        doc_cell_none(t); // from nothing: no ratio
    if (repeated(c))
        doc_cell_text(t, significance(&first, &last));
}

static void figures_section(struct comparison *c)
{
    char columns[COLUMNS_SIZE + 64];
    struct doc_section *o = doc_section(c->d, "figures", "What changed by it",
                                        repeated(c) ? "Change: the last against the first. Significant: Welch's t test at 5 %, where "
                                                      "both ran with several seeds; \xc2\xb1 is the 95 % interval of the mean."
                                                    : "Change: the last against the first.");
    group_columns(c, "figure:Figure", columns, COLUMNS_SIZE);
    size_t n = strlen(columns);
    snprintf(columns + n, sizeof columns - n, "|change:Change %%%s", repeated(c) ? "|significant:Significant" : "");
    struct doc_table *t = doc_table(o, "figures", "Figures", columns, NULL);
    for (unsigned f = 0; f < FIGURES; f++) {
        double v;
        if (number(c->run[0].report, figures[f].section, figures[f].key, &v))
            figure_row(c, t, figures[f].label, figures[f].section, figures[f].key, figures[f].digits);
    }
}

// --- pictures ---------------------------------------------------------------------------------------

static void curves(struct comparison *c, struct doc_section *o)
{
    const cJSON *row;
    struct doc_table *t = doc_table(o, "cumulated", "Answers at or below a latency", "series:Run|latency:cycles|below:% up to here",
                                    NULL);
    for (unsigned i = 0; i < c->runs; i++)
        cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(section(c->run[i].report, "latency", "tables"), "histogram"))
        {
            const cJSON *to = cJSON_GetObjectItemCaseSensitive(row, "to"), *below = cJSON_GetObjectItemCaseSensitive(row, "below");
            if (!cJSON_IsNumber(to) || !cJSON_IsNumber(below) || to->valuedouble < 0)
                continue;
            doc_row(t, c->run[i].name);
            doc_cell_count(t, (uint64_t)to->valuedouble);
            doc_cell_real(t, below->valuedouble, 3);
        }
    doc_chart(t, DOC_CHART_CDF);
    doc_lead(t);
    doc_data(t);
}

// Cycles of a cause in an average request, over the kinds of requests (tables causes_0 to causes_3).
static double cause_mean(const cJSON *report, unsigned cause)
{
    double sum = 0, answers = 0;
    char id[16];
    for (unsigned k = 0; k < KINDS; k++) {
        const cJSON *row;
        snprintf(id, sizeof id, "causes_%u", k);
        cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(section(report, "cycles", "tables"), id))
        {
            const cJSON *name = cJSON_GetObjectItemCaseSensitive(row, "cause"),
                        *v = cJSON_GetObjectItemCaseSensitive(row, "cycles");
            if (cJSON_IsString(name) && cJSON_IsNumber(v) && strcmp(name->valuestring, l2tlb_cause_text[cause]) == 0)
                sum += v->valuedouble;
        }
    }
    return number(report, "summary", "answers", &answers) && answers > 0 ? sum / answers : 0;
}

// The same for a group: the mean of its runs.
static double group_cause(const struct comparison *c, const struct group *g, unsigned cause)
{
    double sum = 0;
    for (unsigned i = 0; i < g->runs; i++)
        sum += cause_mean(c->run[g->run[i]].report, cause);
    return sum / g->runs;
}

static void cause_table(struct comparison *c, struct doc_section *o)
{
    char columns[COLUMNS_SIZE + 64];
    group_columns(c, "cause:Cause", columns, COLUMNS_SIZE);
    size_t n = strlen(columns);
    snprintf(columns + n, sizeof columns - n, "|change:Last minus first");
    struct doc_table *t = doc_table(o, "by_cause", "Cycles of a request by cause, mean", columns, NULL);
    for (unsigned k = 0; k < CAUSE_COUNT; k++) {
        bool some = false;
        for (unsigned g = 0; g < c->groups; g++)
            some |= group_cause(c, &c->group[g], k) > 0;
        if (!some)
            continue;
        doc_row(t, l2tlb_cause_text[k]);
        for (unsigned g = 0; g < c->groups; g++)
            doc_cell_real(t, group_cause(c, &c->group[g], k), 3);
        doc_cell_real(t, group_cause(c, &c->group[c->groups - 1], k) - group_cause(c, &c->group[0], k), 3);
    }
}

// Cycles of an average request by cause, one bar a run.
static void cause_bars(struct comparison *c, struct doc_section *o)
{
    char columns[DOC_COLUMNS * 48] = "run:Run", id[32];
    size_t n = strlen(columns);
    for (unsigned k = 0; k < CAUSE_COUNT; k++)
        n += (size_t)snprintf(columns + n, sizeof columns - n, "|%s:%s", request_cause_name(k, id), contents_cause_short[k]);
    struct doc_table *t = doc_table(o, "causes", "Cycles of a request by cause, mean", columns, NULL);
    for (unsigned i = 0; i < c->runs; i++) {
        doc_row(t, c->run[i].name);
        for (unsigned k = 0; k < CAUSE_COUNT; k++)
            doc_cell_real(t, cause_mean(c->run[i].report, k), 3);
    }
    doc_chart(t, DOC_CHART_STACK);
    doc_lead(t);
    doc_data(t);
}

struct doc *compare_document(const char *title, const struct compared *runs, unsigned n)
{
    struct comparison *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->run = runs;
    c->runs = n;
    c->d = doc_new(title);
    if (c->d) {
        make_groups(c);
        opening(c);
        settings_section(c);
        figures_section(c);
        struct doc_section *o = doc_section(c->d, "causes", "Where the cycles went", NULL);
        cause_table(c, o);
        cause_bars(c, o);
        curves(c, o);
        runs_section(c);
    }
    struct doc *d = c->d;
    free(c);
    return d;
}
