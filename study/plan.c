// SPDX-License-Identifier: MulanPSL-2.0
// The points of a study, see plan.h.
#include "study/plan.h"

#include "study/draw.h"
#include "study/expression.h"
#include "study/point.h"
#include "study/storage.h"
#include "traces/trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ASK_MASK = 0xff };

// --- constraints ------------------------------------------------------------------------------------

struct candidate {
    const struct study *s;
    const uint32_t *value;
    struct replay_cfg cfg;
    char text[POINT_TEXT], buf[128];
};

static const char *meaning(void *ctx, const char *name)
{
    struct candidate *c = ctx;
    char why[256];
    for (unsigned d = 0; d < c->s->dims; d++)
        if (c->s->dim[d].choice && strcmp(c->s->dim[d].name, name) == 0)
            return c->s->dim[d].value[c->value[d]].label;
    if (strcmp(name, "storage_bits") == 0) {
        struct l2tlb_cfg machine = c->cfg.machine;
        uint64_t n = cfg_finish(&machine, why, sizeof why) ? UINT64_MAX : storage_bits(&machine);
        snprintf(c->buf, sizeof c->buf, "%" PRIu64, n);
        return c->buf;
    }
    return point_lookup(c->text, name, c->buf, sizeof c->buf);
}

enum verdict { WRONG, REFUSED, FINE };

static enum verdict judge(struct candidate *c, char *msg, size_t size)
{
    char why[256];
    const char *wrong;
    if (point_set(c->s, c->value, c->s->seeds[0], &c->cfg, msg, size))
        return WRONG;
    if (c->s->rules)
        point_text(&c->cfg, c->text);
    for (unsigned i = 0; i < c->s->rules; i++) {
        bool holds = expression_true(c->s->rule[i], meaning, c, &wrong, why, sizeof why);
        if (wrong) {
            snprintf(msg, size, "%s:%u: %s", c->s->path, c->s->rule_line[i], wrong);
            return WRONG;
        }
        if (!holds)
            return REFUSED;
    }
    return point_check(c->s, c->value, &c->cfg, msg, size) ? WRONG : FINE;
}

// --- building ---------------------------------------------------------------------------------------

struct builder {
    struct plan *p;
    struct candidate c;
    bool (*go_on)(void);
    uint64_t asked;
    unsigned room;
    char *msg;
    size_t size;
};

static bool out_of_memory(struct builder *b)
{
    snprintf(b->msg, b->size, "out of memory");
    return false;
}

static bool grow(struct builder *b)
{
    struct plan *p = b->p;
    unsigned dims = p->s->dims, room = b->room ? 2 * b->room : 64;
    if (p->combinations < b->room)
        return true;
    uint32_t *value = realloc(p->value, sizeof *value * ((size_t)room * dims + 1));
    if (value)
        p->value = value;
    uint64_t *storage = value ? realloc(p->storage, sizeof *storage * room) : NULL;
    if (storage)
        p->storage = storage;
    void *config = storage ? realloc(p->config, sizeof *p->config * room * p->s->seed_count) : NULL;
    if (!config)
        return out_of_memory(b);
    p->config = config;
    b->room = room;
    return true;
}

static bool interrupted(struct builder *b)
{
    if (!b->go_on || b->go_on())
        return false;
    snprintf(b->msg, b->size, "interrupted while planning");
    return true;
}

// For draw_all(): one combination. False ends the drawing, msg says why.
static bool take(void *ctx, const uint32_t *value)
{
    struct builder *b = ctx;
    struct plan *p = b->p;
    if ((b->asked++ & ASK_MASK) == 0 && interrupted(b))
        return false;
    b->c.value = value;
    enum verdict v = judge(&b->c, b->msg, b->size);
    p->refused += v == REFUSED;
    if (v != FINE)
        return v == REFUSED;
    if (((uint64_t)p->combinations + 1) * p->s->seed_count * p->traces > STUDY_POINTS) {
        snprintf(b->msg, b->size, "%s: more than %d points", p->s->path, STUDY_POINTS);
        return false;
    }
    if (!grow(b))
        return false;
    unsigned c = p->combinations++;
    memcpy(p->value + (size_t)c * p->s->dims, value, sizeof *value * p->s->dims);
    p->storage[c] = storage_bits(&b->c.cfg.machine);
    for (unsigned i = 0; i < p->s->seed_count; i++) {
        b->c.cfg.world.seed = b->c.cfg.memory.seed = p->s->seeds[i];
        point_text(&b->c.cfg, b->c.text);
        hash_text(b->c.text, strlen(b->c.text), p->config[(size_t)c * p->s->seed_count + i]);
    }
    return true;
}

struct known {
    const char *hash;
    unsigned combination;
};

static int by_hash(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    int order = strcmp(x->hash, y->hash);
    return order ? order : x->combination < y->combination ? -1 : x->combination > y->combination;
}

// Combinations whose configuration an earlier one has: away with them.
static bool drop_doubles(struct builder *b)
{
    struct plan *p = b->p;
    unsigned n = p->combinations, kept = 0, dims = p->s->dims, seeds = p->s->seed_count;
    struct known *k = malloc(sizeof *k * (n + 1));
    bool *twice = calloc(n + 1, sizeof *twice);
    if (!k || !twice) {
        free(k);
        free(twice);
        return out_of_memory(b);
    }
    for (unsigned i = 0; i < n; i++)
        k[i] = (struct known){p->config[(size_t)i * seeds], i};
    qsort(k, n, sizeof *k, by_hash);
    for (unsigned i = 1; i < n; i++)
        twice[k[i].combination] = strcmp(k[i].hash, k[i - 1].hash) == 0;
    for (unsigned i = 0; i < n; i++) {
        if (twice[i])
            continue;
        memmove(p->value + (size_t)kept * dims, p->value + (size_t)i * dims, sizeof *p->value * dims);
        memmove(p->config + (size_t)kept * seeds, p->config + (size_t)i * seeds, sizeof *p->config * seeds);
        p->storage[kept++] = p->storage[i];
    }
    p->doubles = n - kept;
    p->combinations = kept;
    free(k);
    free(twice);
    return true;
}

// --- traces -----------------------------------------------------------------------------------------

static bool add_trace(struct builder *b, const char *path)
{
    char image[4096], why[TRACE_MSG];
    struct stat st;
    struct plan_trace *t = &b->p->trace[b->p->traces];
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        snprintf(b->msg, b->size, "%.400s: no regular file", path);
        return false;
    }
    // What is no trace fails when it is run, and its points say why.
    struct trace *opened = trace_open(path, why, sizeof why);
    bool has_image = opened && trace_image_path(opened, image, sizeof image) && stat(image, &st) == 0 && S_ISREG(st.st_mode);
    if (opened)
        trace_close(opened);
    t->path = path;
    if (!hash_files(path, has_image ? image : NULL, t->hash, b->msg, b->size))
        return false;
    for (unsigned i = 0; i < b->p->traces; i++)
        if (strcmp(b->p->trace[i].hash, t->hash) == 0)
            return true; // the same content
    b->p->traces++;
    return true;
}

static bool build(struct builder *b)
{
    struct study *s = b->p->s;
    if (!hash_program(b->p->program, b->msg, b->size))
        return false;
    for (unsigned i = 0; i < s->traces; i++)
        if (interrupted(b) || !add_trace(b, s->trace[i]))
            return false;
    if (!draw_all(s, take, b, b->msg, b->size) || !drop_doubles(b))
        return false;
    if (b->p->combinations)
        return true;
    snprintf(b->msg, b->size, "%s: no point is left: the constraints refuse all %" PRIu64, s->path, b->p->refused);
    return false;
}

struct plan *plan_new(struct study *s, bool (*go_on)(void), char *msg, size_t size)
{
    struct plan *p = calloc(1, sizeof *p);
    struct builder *b = calloc(1, sizeof *b);
    snprintf(msg, size, "out of memory");
    if (p && b) {
        *b = (struct builder){.p = p, .go_on = go_on, .msg = msg, .size = size, .c = {.s = s}};
        p->s = s;
        p->trace = calloc(s->traces, sizeof *p->trace);
    }
    bool fine = p && b && p->trace && build(b);
    free(b);
    if (fine)
        return p;
    plan_free(p);
    return NULL;
}

void plan_free(struct plan *p)
{
    if (p) {
        free(p->value);
        free(p->storage);
        free(p->config);
        free(p->trace);
    }
    free(p);
}

uint64_t plan_points(const struct plan *p)
{
    return (uint64_t)p->combinations * p->s->seed_count * p->traces;
}

struct plan_point plan_point(const struct plan *p, uint64_t n)
{
    uint64_t rest = n / p->traces;
    return (struct plan_point){.trace = (unsigned)(n % p->traces), .seed = (unsigned)(rest % p->s->seed_count),
                               .combination = (unsigned)(rest / p->s->seed_count)};
}

const uint32_t *plan_values(const struct plan *p, unsigned combination)
{
    return p->value + (size_t)combination * p->s->dims;
}

const char *plan_config(const struct plan *p, struct plan_point at)
{
    return p->config[(size_t)at.combination * p->s->seed_count + at.seed];
}
