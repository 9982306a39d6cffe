// SPDX-License-Identifier: MulanPSL-2.0
// STUDY.ini, see study.h.
#include "study/study.h"

#include "arch/ini.h"
#include "study/figures.h"
#include "study/words.h"
#include "traces/source.h"

#include <glob.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const study_sample_name[SAMPLES] = {"grid", "one-at-a-time", "random", "lhs"};

static const char *say(char *msg, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static const char *say(char *msg, size_t size, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    vsnprintf(msg, size, format, ap);
    va_end(ap);
    return msg;
}

// --- lists ----------------------------------------------------------------------------------------

bool study_add_setting(struct study_settings *s, const char *text, unsigned line)
{
    char **item = realloc(s->item, (s->count + 1) * sizeof *item);
    if (item)
        s->item = item;
    unsigned *lines = item ? realloc(s->line, (s->count + 1) * sizeof *lines) : NULL;
    if (lines)
        s->line = lines;
    char *copy = lines ? strdup(text) : NULL;
    if (!copy)
        return false;
    s->item[s->count] = copy;
    s->line[s->count++] = line;
    return true;
}

static void free_settings(struct study_settings *s)
{
    for (unsigned i = 0; i < s->count; i++)
        free(s->item[i]);
    free(s->item);
    free(s->line);
}

bool study_add_value(struct study_dim *d, const char *label, unsigned line, unsigned limit)
{
    char text[256];
    if (d->values >= limit)
        return false;
    if (!(d->values & (d->values - 1))) {
        unsigned room = d->values ? 2 * d->values : 1;
        struct study_value *more = realloc(d->value, room * sizeof *more);
        if (!more)
            return false;
        d->value = more;
    }
    struct study_value *v = &d->value[d->values];
    *v = (struct study_value){.label = strdup(label)};
    if (!v->label)
        return false;
    d->values++;
    snprintf(text, sizeof text, "%s=%s", d->name, label);
    return d->choice || study_add_setting(&v->set, text, line);
}

static struct study_dim *find_dim(struct study *s, const char *name)
{
    for (unsigned i = 0; i < s->dims; i++)
        if (strcmp(s->dim[i].name, name) == 0)
            return &s->dim[i];
    return NULL;
}

static struct study_dim *add_dim(struct study *s, const char *name, unsigned line)
{
    if (s->dims == STUDY_DIMS)
        return NULL;
    struct study_dim *d = &s->dim[s->dims];
    *d = (struct study_dim){.name = strdup(name), .line = line};
    if (d->name)
        s->dims++;
    return d->name ? d : NULL;
}

static bool put(char **to, const char *value)
{
    free(*to);
    return (*to = strdup(value)) != NULL;
}

// --- values ---------------------------------------------------------------------------------------

// A number "12" or "0.5", the whole of text.
static bool is_number(const char *text, double *v)
{
    char *end;
    if (!*text || strspn(text, "0123456789.") != strlen(text))
        return false;
    *v = strtod(text, &end);
    return !*end && isfinite(*v);
}

// "FROM..TO", "FROM..TO +STEP", "FROM..TO *FACTOR". A stretch: a point in one of the numbers, and no step.
struct range {
    double from, to, step;
    bool times, stretch;
};

static bool is_range(const char *text)
{
    const char *dots = strstr(text, "..");
    return dots && dots != text && strspn(text, "0123456789.") >= (size_t)(dots - text) && dots[2];
}

static const char *read_range(const char *text, struct range *r, char *msg, size_t size)
{
    char from[64], to[64];
    const char *dots = strstr(text, ".."), *behind = dots + 2;
    size_t n = strcspn(behind, " +*");
    if ((size_t)(dots - text) >= sizeof from || n >= sizeof to)
        return say(msg, size, "%.40s: not a range", text);
    snprintf(from, sizeof from, "%.*s", (int)(dots - text), text);
    snprintf(to, sizeof to, "%.*s", (int)n, behind);
    const char *step = behind + n + strspn(behind + n, " ");
    *r = (struct range){.step = 1, .times = *step == '*', .stretch = !*step && (strchr(from, '.') || strchr(to, '.'))};
    if (!is_number(from, &r->from) || !is_number(to, &r->to) ||
        (*step && ((*step != '+' && *step != '*') || !is_number(step + 1 + strspn(step + 1, " "), &r->step))))
        return say(msg, size, "%.40s: not FROM..TO, FROM..TO +STEP or FROM..TO *FACTOR", text);
    if (r->to < r->from)
        return say(msg, size, "%.40s: ends before it begins", text);
    if (r->times ? r->step <= 1 || r->from <= 0 : r->step <= 0)
        return say(msg, size, "%.40s: never ends", text);
    double steps = r->times ? log(r->to / r->from) / log(r->step) : (r->to - r->from) / r->step;
    if (!r->stretch && steps >= STUDY_VALUES)
        return say(msg, size, "%.40s: more than %d values", text, STUDY_VALUES);
    return NULL;
}

static const char *add_range(struct study_dim *d, const char *text, unsigned line, char *msg, size_t size)
{
    struct range r;
    char label[32];
    const char *why = read_range(text, &r, msg, size);
    if (why)
        return why;
    if (r.stretch) {
        if (d->values || d->stretch)
            return say(msg, size, "%s: a stretch and other values", d->name);
        d->stretch = true;
        d->from = r.from;
        d->to = r.to;
        return NULL;
    }
    double v = r.from;
    for (unsigned i = 1; v <= r.to * (1 + 1e-12); i++) {
        snprintf(label, sizeof label, "%.10g", v);
        if (!study_add_value(d, label, line, STUDY_VALUES))
            return say(msg, size, "%s: more than %d values", d->name, STUDY_VALUES);
        v = r.times ? v * r.step : r.from + i * r.step;
    }
    return NULL;
}

// A list of a parameter that varies: values and ranges between commas.
static const char *add_values(struct study_dim *d, const char *list, unsigned line, char *msg, size_t size)
{
    char text[256], *rest = text, *word;
    snprintf(text, sizeof text, "%s", list);
    while ((word = cut_at(&rest, ',')) != NULL) {
        const char *why = NULL;
        if (!*word)
            return say(msg, size, "%s: a value is missing", d->name);
        if (is_range(word))
            why = add_range(d, word, line, msg, size);
        else if (d->stretch)
            why = say(msg, size, "%s: a stretch and other values", d->name);
        else if (!study_add_value(d, word, line, STUDY_VALUES))
            why = say(msg, size, "%s: more than %d values", d->name, STUDY_VALUES);
        if (why)
            return why;
    }
    for (unsigned i = 0; i < d->values; i++)
        for (unsigned k = 0; k < i; k++)
            if (strcmp(d->value[i].label, d->value[k].label) == 0)
                return say(msg, size, "%s: %.60s stands twice", d->name, d->value[i].label);
    return NULL;
}

// --- sections -------------------------------------------------------------------------------------

static const char *take_seeds(struct study *s, const char *list, unsigned line, char *msg, size_t size)
{
    struct study_dim d = {.name = "seeds"};
    const char *why = add_values(&d, list, line, msg, size);
    if (!why && d.stretch)
        why = say(msg, size, "seeds: not whole numbers");
    for (unsigned i = 0; i < d.values && !why; i++) {
        uint64_t v;
        uint64_t *more = realloc(s->seeds, (s->seed_count + 1) * sizeof *more);
        if (more)
            s->seeds = more;
        if (!more || s->seed_count == STUDY_SEEDS)
            why = say(msg, size, "seeds: more than %d", STUDY_SEEDS);
        else if (!parse_dec(d.value[i].label, UINT64_MAX, &v))
            why = say(msg, size, "seeds: \"%.40s\" is not a whole number", d.value[i].label);
        else
            s->seeds[s->seed_count++] = v;
    }
    for (unsigned i = 0; i < d.values; i++) {
        free(d.value[i].label);
        free_settings(&d.value[i].set);
    }
    free(d.value);
    return why;
}

// The files of a pattern, in the order of their names.
static const char *take_traces(struct study *s, const char *pattern, char *msg, size_t size)
{
    glob_t found = {0};
    char path[4096];
    const char *slash = strrchr(s->path, '/'), *why = NULL;
    int dir = slash && *pattern != '/' ? (int)(slash + 1 - s->path) : 0;
    if (snprintf(path, sizeof path, "%.*s%s", dir, s->path, pattern) >= (int)sizeof path)
        return say(msg, size, "traces: a name of more than %zu bytes", sizeof path - 1);
    if (glob(path, 0, NULL, &found) != 0 || !found.gl_pathc)
        why = say(msg, size, "traces: no file is called %.300s", path);
    for (size_t i = 0; i < found.gl_pathc && !why; i++) {
        char **more = realloc(s->trace, (s->traces + 1) * sizeof *more);
        if (more)
            s->trace = more;
        if (s->traces == STUDY_TRACES)
            why = say(msg, size, "traces: more than %d files", STUDY_TRACES);
        else if (!more || !(s->trace[s->traces] = strdup(found.gl_pathv[i])))
            why = say(msg, size, "out of memory");
        else
            s->traces++;
    }
    globfree(&found);
    return why;
}

static const char *take_sample(struct study *s, const char *value, char *msg, size_t size)
{
    for (unsigned i = 0; i < SAMPLES; i++)
        if (strcmp(value, study_sample_name[i]) == 0) {
            s->sample = (enum study_sample)i;
            return NULL;
        }
    return say(msg, size, "sample: \"%.40s\" is not grid, one-at-a-time, random or lhs", value);
}

static const char *take_study(struct study *s, unsigned line, const char *name, const char *value, char *msg, size_t size)
{
    char text[256], *rest = text, *word;
    const char *why = NULL;
    if (strcmp(name, "question") == 0) {
        char whole[1024];
        snprintf(whole, sizeof whole, "%s%s%s", s->question ? s->question : "", s->question ? " " : "", value);
        return put(&s->question, whole) ? NULL : say(msg, size, "out of memory");
    }
    if (strcmp(name, "database") == 0)
        return put(&s->database, value) ? NULL : say(msg, size, "out of memory");
    if (strcmp(name, "objective") == 0) {
        if (figure_index(value) < 0 || !figures[figure_index(value)].result)
            return say(msg, size, "objective: \"%.40s\" is no figure (see docs/studies.md)", value);
        return put(&s->objective, value) ? NULL : say(msg, size, "out of memory");
    }
    if (strcmp(name, "sample") == 0)
        return take_sample(s, value, msg, size);
    if (strcmp(name, "points") == 0)
        return parse_dec(value, STUDY_POINTS, &s->points) && s->points
                   ? NULL : say(msg, size, "points: \"%.40s\" is not a number of 1..%d", value, STUDY_POINTS);
    if (strcmp(name, "seed") == 0)
        return parse_dec(value, UINT64_MAX, &s->seed) ? NULL : say(msg, size, "seed: \"%.40s\" is not a whole number", value);
    if (strcmp(name, "seeds") == 0)
        return take_seeds(s, value, line, msg, size);
    if (strcmp(name, "traces") != 0)
        return say(msg, size, "%.60s: unknown key of [study]", name);
    snprintf(text, sizeof text, "%s", value);
    while (!why && (word = cut_at(&rest, ',')) != NULL)
        why = take_traces(s, word, msg, size);
    return why;
}

// LABEL = KEY=VALUE KEY=VALUE ...; `-`: none.
static const char *take_choice(struct study *s, const char *name, unsigned line, const char *label, const char *list,
                               char *msg, size_t size)
{
    struct study_dim *d = find_dim(s, name);
    char text[256], *rest = text, *word;
    if (!*name)
        return say(msg, size, "[choice] without a name");
    if (!d && !(d = add_dim(s, name, line)))
        return say(msg, size, "more than %d parameters vary", STUDY_DIMS);
    if (d->values && !d->choice)
        return say(msg, size, "%.60s varies twice", name);
    d->choice = true;
    for (unsigned i = 0; i < d->values; i++)
        if (strcmp(d->value[i].label, label) == 0)
            return say(msg, size, "%.60s: %.60s stands twice", name, label);
    if (!study_add_value(d, label, line, STUDY_VALUES))
        return say(msg, size, "%.60s: more than %d values", name, STUDY_VALUES);
    snprintf(text, sizeof text, "%s", list);
    while ((word = cut_at(&rest, ' ')) != NULL) {
        if (strcmp(word, "-") == 0)
            continue;
        if (!strchr(word, '=') || *word == '=')
            return say(msg, size, "%.60s: \"%.60s\" is not KEY=VALUE", label, word);
        if (!study_add_setting(&d->value[d->values - 1].set, word, line))
            return say(msg, size, "out of memory");
    }
    return NULL;
}

static const char *take(void *ctx, unsigned line, const char *section, const char *name, const char *value, char *msg,
                        size_t size)
{
    struct study *s = ctx;
    char text[256];
    if (!*name || !*value)
        return say(msg, size, "%.60s: %s", name, *name ? "no value" : "no name before the equals sign");
    if (strcmp(section, "study") == 0)
        return take_study(s, line, name, value, msg, size);
    if (strncmp(section, "choice", 6) == 0 && (section[6] == ' ' || !section[6]))
        return take_choice(s, section + 6 + (section[6] == ' '), line, name, value, msg, size);
    if (strcmp(section, "fix") == 0) {
        snprintf(text, sizeof text, "%s=%s", name, value);
        return study_add_setting(&s->fix, text, line) ? NULL : say(msg, size, "out of memory");
    }
    if (strcmp(section, "vary") == 0) {
        struct study_dim *d = find_dim(s, name);
        if (strcmp(name, "seed") == 0 || strcmp(name, "trace") == 0)
            return say(msg, size, "%s: [study] says %ss", name, name);
        if (d && d->choice)
            return say(msg, size, "%.60s varies twice", name);
        if (!d && !(d = add_dim(s, name, line)))
            return say(msg, size, "more than %d parameters vary", STUDY_DIMS);
        return add_values(d, value, line, msg, size);
    }
    if (strcmp(section, "constraints") == 0) {
        if (strcmp(name, "require") != 0)
            return say(msg, size, "%.60s: not `require = EXPRESSION`", name);
        if (s->rules == STUDY_RULES)
            return say(msg, size, "more than %d constraints", STUDY_RULES);
        s->rule_line[s->rules] = line;
        return put(&s->rule[s->rules], value) ? (s->rules++, NULL) : say(msg, size, "out of memory");
    }
    return *section ? say(msg, size, "[%.60s]: unknown section", section) : say(msg, size, "%.60s: stands before the first section", name);
}

// --- the whole ------------------------------------------------------------------------------------

static char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = strdup(slash ? slash + 1 : path);
    char *end = name ? strrchr(name, '.') : NULL;
    if (end && end != name)
        *end = 0;
    return name;
}

// `study.db` stands beside the file.
static bool place_database(struct study *s)
{
    char path[4400];
    const char *slash = strrchr(s->path, '/'), *name = s->database ? s->database : "study.db";
    snprintf(path, sizeof path, "%.*s%s", slash && *name != '/' ? (int)(slash + 1 - s->path) : 0, s->path, name);
    return put(&s->database, path);
}

static const char *complete(struct study *s, char *msg, size_t size)
{
    bool drawn = s->sample == SAMPLE_RANDOM || s->sample == SAMPLE_LHS;
    if (!s->traces)
        return say(msg, size, "%s: [study] names no traces", s->path);
    if (drawn && !s->points)
        return say(msg, size, "%s: [study] sample = %s needs `points`", s->path, study_sample_name[s->sample]);
    if (!drawn && s->points)
        return say(msg, size, "%s: [study] `points` is for random and lhs", s->path);
    for (unsigned i = 0; i < s->dims; i++)
        if (s->dim[i].stretch && !drawn)
            return say(msg, size, "%s:%u: %s: a stretch of numbers is for random and lhs; give a step (+0.1)", s->path,
                       s->dim[i].line, s->dim[i].name);
    if (!s->seed_count) {
        s->seeds = malloc(sizeof *s->seeds);
        if (!s->seeds)
            return say(msg, size, "out of memory");
        s->seeds[s->seed_count++] = 1;
    }
    if ((!s->objective && !put(&s->objective, "latency_mean")) || !place_database(s))
        return say(msg, size, "out of memory");
    return NULL;
}

struct study *study_load(const char *path, char *msg, size_t size)
{
    struct study *s = calloc(1, sizeof *s);
    if (s) {
        s->seed = 1;
        s->path = strdup(path);
        s->name = name_of(path);
    }
    const char *why = s && s->path && s->name && strlen(path) < 4000 ? NULL : say(msg, size, "out of memory");
    why = why ? why : ini_load(path, take, s, msg, size);
    why = why ? why : complete(s, msg, size);
    if (!why)
        return s;
    study_free(s);
    return NULL;
}

void study_free(struct study *s)
{
    if (!s)
        return;
    for (unsigned i = 0; i < s->dims; i++) {
        for (unsigned v = 0; v < s->dim[i].values; v++) {
            free(s->dim[i].value[v].label);
            free_settings(&s->dim[i].value[v].set);
        }
        free(s->dim[i].value);
        free(s->dim[i].name);
    }
    for (unsigned i = 0; i < s->rules; i++)
        free(s->rule[i]);
    for (unsigned i = 0; i < s->traces; i++)
        free(s->trace[i]);
    free_settings(&s->fix);
    free(s->trace);
    free(s->seeds);
    free(s->question);
    free(s->database);
    free(s->objective);
    free(s->name);
    free(s->path);
    free(s);
}
