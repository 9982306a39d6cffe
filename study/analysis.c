// SPDX-License-Identifier: MulanPSL-2.0
// The figures of a study's report, see analysis.h.
#include "study/analysis.h"

#include "report/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double change(double a, double b)
{
    return a != 0 ? 100 * (b - a) / fabs(a) : 0;
}

// --- means ------------------------------------------------------------------------------------------

static double into(const struct analysis *a, double y)
{
    return a->logs ? log(y) : y;
}

static double back(const struct analysis *a, double x)
{
    return a->logs ? exp(x) : x;
}

// x: one number for each seed, in the scale of into().
static struct estimate estimate(const struct analysis *a, const double *x, unsigned n)
{
    double sum = 0, squares = 0;
    for (unsigned i = 0; i < n; i++)
        sum += x[i];
    double mean = sum / n;
    for (unsigned i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    double half = n > 1 ? student_t(n - 1) * sqrt(squares / (n - 1) / n) : 0;
    return (struct estimate){n, back(a, mean), back(a, mean - half), back(a, mean + half)};
}

static double at(const struct analysis *a, unsigned combination, unsigned seed, unsigned trace)
{
    return a->y[((uint64_t)combination * a->p->s->seed_count + seed) * a->p->traces + trace];
}

static struct estimate whole(const struct analysis *a, unsigned combination, double *x)
{
    for (unsigned s = 0; s < a->p->s->seed_count; s++) {
        x[s] = 0;
        for (unsigned t = 0; t < a->p->traces; t++)
            x[s] += into(a, at(a, combination, s, t)) / a->p->traces;
    }
    return estimate(a, x, a->p->s->seed_count);
}

struct estimate on_trace(const struct analysis *a, unsigned combination, unsigned trace)
{
    double *x = malloc(sizeof *x * a->p->s->seed_count);
    struct estimate e = {0, NAN, NAN, NAN};
    for (unsigned s = 0; x && s < a->p->s->seed_count; s++)
        x[s] = into(a, at(a, combination, s, trace));
    if (x)
        e = estimate(a, x, a->p->s->seed_count);
    free(x);
    return e;
}

// --- levels -----------------------------------------------------------------------------------------

struct ranked {
    double number;
    uint32_t value;
};

static int by_number(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return x->number < y->number ? -1 : x->number > y->number ? 1 : x->value < y->value ? -1 : x->value > y->value;
}

static bool make_levels(const struct study_dim *d, struct levels *l)
{
    l->of = malloc(sizeof *l->of * (d->values + 1));
    struct ranked *r = malloc(sizeof *r * (d->values + 1));
    bool fine = l->of && r;
    bool few = d->values <= LEVELS_MAX;
    size_t start = 0; // length of the first value of a bin
    l->count = few ? d->values : BINS;
    for (unsigned i = 0; fine && i < d->values; i++)
        r[i] = (struct ranked){few ? i : strtod(d->value[i].label, NULL), i};
    if (fine && !few)
        qsort(r, d->values, sizeof *r, by_number);
    for (unsigned i = 0; fine && i < d->values; i++) {
        unsigned level = few ? i : (unsigned)((uint64_t)i * BINS / d->values);
        char *label = l->label[level];
        bool first = !i || level != l->of[r[i - 1].value];
        if (first)
            snprintf(label, sizeof l->label[level], "%.25s", d->value[r[i].value].label);
        else // the last one of the bin stays
            snprintf(label + start, sizeof l->label[level] - start, "..%.25s", d->value[r[i].value].label);
        start = first ? strlen(label) : start;
        l->of[r[i].value] = level;
    }
    free(r);
    return fine;
}

// --- reading ----------------------------------------------------------------------------------------

static bool read_all(struct analysis *a, struct db *d, char *msg, size_t size)
{
    const struct plan *p = a->p;
    struct db_row row;
    for (uint64_t n = 0; n < plan_points(p); n++) {
        struct plan_point point = plan_point(p, n);
        struct db_key key = {plan_config(p, point), p->trace[point.trace].hash, p->program};
        enum db_found f = d ? db_find(d, key, &row) : FOUND_NOTHING;
        if (f == FOUND_ERROR) {
            snprintf(msg, size, "%s", db_error(d));
            return false;
        }
        bool done = f == FOUND_ROW && row.done;
        a->y[n] = done ? row.figure[a->objective] : NAN;
        a->done += done;
        a->failed += f == FOUND_ROW && !row.done;
        a->running += f == FOUND_RUNNING;
        a->missing += f == FOUND_NOTHING;
        a->foreign += done && !row.same_program;
        a->seconds += f == FOUND_ROW ? row.seconds : 0;
        a->logs &= !(done && !(row.figure[a->objective] > 0));
    }
    return true;
}

static bool compute(struct analysis *a)
{
    double *x = malloc(sizeof *x * a->p->s->seed_count);
    if (!x)
        return false;
    a->best = a->p->combinations;
    for (unsigned c = 0; c < a->p->combinations; c++) {
        a->of[c] = whole(a, c, x);
        if (isnan(a->of[c].mean))
            continue;
        a->known++;
        if (a->best == a->p->combinations || a->of[c].mean < a->of[a->best].mean)
            a->best = c;
    }
    free(x);
    for (unsigned d = 0; d < a->p->s->dims; d++)
        if (!make_levels(&a->p->s->dim[d], &a->level[d]))
            return false;
    return true;
}

struct analysis *analysis_new(const struct plan *p, struct db *d, char *msg, size_t size)
{
    struct analysis *a = calloc(1, sizeof *a);
    snprintf(msg, size, "out of memory");
    if (!a)
        return NULL;
    a->p = p;
    a->objective = (unsigned)figure_index(p->s->objective);
    a->logs = true;
    a->y = malloc(sizeof *a->y * (size_t)plan_points(p));
    a->of = malloc(sizeof *a->of * p->combinations);
    if (a->y && a->of && read_all(a, d, msg, size) && compute(a))
        return a;
    analysis_free(a);
    return NULL;
}

void analysis_free(struct analysis *a)
{
    if (!a)
        return;
    for (unsigned d = 0; d < STUDY_DIMS; d++)
        free(a->level[d].of);
    free(a->y);
    free(a->of);
    free(a);
}

// --- effects ----------------------------------------------------------------------------------------

static bool at_base(const struct analysis *a, const uint32_t *value, unsigned but)
{
    for (unsigned k = 0; k < a->p->s->dims; k++)
        if (k != but && value[k])
            return false;
    return true;
}

double effect(const struct analysis *a, unsigned d, unsigned level)
{
    double sum = 0;
    unsigned n = 0;
    for (unsigned c = 0; c < a->p->combinations; c++) {
        const uint32_t *value = plan_values(a->p, c);
        if (isnan(a->of[c].mean) || a->level[d].of[value[d]] != level ||
            (a->p->s->sample == SAMPLE_ONE && !at_base(a, value, d)))
            continue;
        sum += into(a, a->of[c].mean);
        n++;
    }
    return n ? back(a, sum / n) : NAN;
}

double cell(const struct analysis *a, unsigned d, unsigned level, unsigned e, unsigned other)
{
    double sum = 0;
    unsigned n = 0;
    for (unsigned c = 0; c < a->p->combinations; c++) {
        const uint32_t *value = plan_values(a->p, c);
        if (isnan(a->of[c].mean) || a->level[d].of[value[d]] != level || a->level[e].of[value[e]] != other)
            continue;
        sum += into(a, a->of[c].mean);
        n++;
    }
    return n ? back(a, sum / n) : NAN;
}

double swing(const struct analysis *a, unsigned d)
{
    double least = NAN, most = NAN;
    for (unsigned l = 0; l < a->level[d].count; l++) {
        double v = effect(a, d, l);
        if (isnan(v))
            continue;
        least = isnan(least) || v < least ? v : least;
        most = isnan(most) || v > most ? v : most;
    }
    return change(least, most);
}

double interaction(const struct analysis *a, unsigned d, unsigned e)
{
    double x[LEVELS_MAX][LEVELS_MAX], row[LEVELS_MAX] = {0}, column[LEVELS_MAX] = {0}, all = 0, squares = 0;
    unsigned rows = a->level[d].count, columns = a->level[e].count;
    for (unsigned i = 0; i < rows; i++)
        for (unsigned k = 0; k < columns; k++) {
            x[i][k] = into(a, cell(a, d, i, e, k));
            row[i] += x[i][k] / columns;
            column[k] += x[i][k] / rows;
            all += x[i][k] / (rows * columns);
        }
    for (unsigned i = 0; i < rows; i++)
        for (unsigned k = 0; k < columns; k++) {
            double left = x[i][k] - row[i] - column[k] + all;
            squares += left * left / (rows * columns);
        }
    return a->logs ? 100 * (exp(sqrt(squares)) - 1) : 100 * sqrt(squares) / fabs(all);
}

// --- orders -----------------------------------------------------------------------------------------

struct placed {
    double mean;
    uint64_t storage;
    unsigned combination;
};

static int by_mean(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    if (x->mean != y->mean)
        return x->mean < y->mean ? -1 : 1;
    if (x->storage != y->storage)
        return x->storage < y->storage ? -1 : 1;
    return x->combination < y->combination ? -1 : x->combination > y->combination;
}

static int by_storage(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    return x->storage != y->storage ? (x->storage < y->storage ? -1 : 1) : by_mean(a, b);
}

static struct placed *place_all(const struct analysis *a, unsigned *n)
{
    struct placed *list = malloc(sizeof *list * (a->known + 1));
    *n = 0;
    for (unsigned c = 0; list && c < a->p->combinations; c++)
        if (!isnan(a->of[c].mean))
            list[(*n)++] = (struct placed){a->of[c].mean, a->p->storage[c], c};
    return list;
}

unsigned ranking(const struct analysis *a, unsigned *list)
{
    unsigned n;
    struct placed *all = place_all(a, &n);
    if (all)
        qsort(all, n, sizeof *all, by_mean);
    for (unsigned i = 0; i < n; i++)
        list[i] = all[i].combination;
    free(all);
    return n;
}

unsigned pareto(const struct analysis *a, unsigned *list)
{
    unsigned n, found = 0;
    double least = INFINITY;
    struct placed *all = place_all(a, &n);
    if (all)
        qsort(all, n, sizeof *all, by_storage);
    for (unsigned i = 0; i < n; i++)
        if (all[i].mean < least) {
            least = all[i].mean;
            list[found++] = all[i].combination;
        }
    free(all);
    return found;
}
