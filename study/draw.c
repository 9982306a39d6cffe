// SPDX-License-Identifier: MulanPSL-2.0
// Which combinations, see draw.h.
#include "study/draw.h"

#include "arch/bits.h"

#include <stdio.h>
#include <stdlib.h>

typedef bool taker(void *ctx, const uint32_t *value);

struct draw {
    struct study *s;
    uint64_t state;
    char *msg;
    size_t size;
};

static uint64_t next(struct draw *d)
{
    return mix64(d->state += MIX64_K); // splitmix64
}

// 0 <= u < 1
static double unit(struct draw *d)
{
    return (double)(next(d) >> 11) * 0x1p-53;
}

// 0..n-1
static uint64_t below(struct draw *d, uint64_t n)
{
    return (uint64_t)(unit(d) * (double)n);
}

// The value of dimension k at u of its way, in index.
static bool value_at(struct draw *d, unsigned k, double u, uint32_t *index)
{
    struct study_dim *dim = &d->s->dim[k];
    char label[32];
    *index = (uint32_t)(u * dim->values);
    if (!dim->stretch)
        return true;
    *index = dim->values;
    snprintf(label, sizeof label, "%.6g", dim->from + u * (dim->to - dim->from));
    if (study_add_value(dim, label, dim->line, STUDY_POINTS))
        return true;
    snprintf(d->msg, d->size, "out of memory");
    return false;
}

static bool grid(const struct study *s, taker *take, void *ctx)
{
    uint32_t value[STUDY_DIMS] = {0};
    for (;;) {
        if (!take(ctx, value))
            return false;
        unsigned k = s->dims;
        while (k > 0 && ++value[k - 1] == s->dim[k - 1].values)
            value[--k] = 0;
        if (k == 0)
            return true;
    }
}

static bool one_at_a_time(const struct study *s, taker *take, void *ctx)
{
    uint32_t value[STUDY_DIMS] = {0};
    if (!take(ctx, value))
        return false;
    for (unsigned k = 0; k < s->dims; k++) {
        for (value[k] = 1; value[k] < s->dim[k].values; value[k]++)
            if (!take(ctx, value))
                return false;
        value[k] = 0;
    }
    return true;
}

static bool at_random(struct draw *d, taker *take, void *ctx)
{
    uint32_t value[STUDY_DIMS];
    for (uint64_t i = 0; i < d->s->points; i++) {
        for (unsigned k = 0; k < d->s->dims; k++)
            if (!value_at(d, k, unit(d), &value[k]))
                return false;
        if (!take(ctx, value))
            return false;
    }
    return true;
}

// part: dims permutations of 0..points-1.
static bool hypercube(struct draw *d, uint32_t *part, taker *take, void *ctx)
{
    uint64_t n = d->s->points;
    uint32_t value[STUDY_DIMS];
    for (unsigned k = 0; k < d->s->dims; k++) {
        uint32_t *p = part + k * n;
        for (uint64_t i = 0; i < n; i++) { // Fisher and Yates, inside out
            uint64_t j = below(d, i + 1);
            p[i] = p[j];
            p[j] = (uint32_t)i;
        }
    }
    for (uint64_t i = 0; i < n; i++) {
        for (unsigned k = 0; k < d->s->dims; k++)
            if (!value_at(d, k, ((double)part[k * n + i] + unit(d)) / (double)n, &value[k]))
                return false;
        if (!take(ctx, value))
            return false;
    }
    return true;
}

bool draw_all(struct study *s, taker *take, void *ctx, char *msg, size_t size)
{
    struct draw d = {.s = s, .state = s->seed, .msg = msg, .size = size};
    uint64_t all = 1;
    for (unsigned k = 0; k < s->dims && all <= STUDY_POINTS; k++)
        all *= s->dim[k].values;
    if (s->sample == SAMPLE_GRID && all > STUDY_POINTS) {
        snprintf(msg, size, "%s: a grid of more than %d combinations", s->path, STUDY_POINTS);
        return false;
    }
    if (s->sample == SAMPLE_GRID)
        return grid(s, take, ctx);
    if (s->sample == SAMPLE_ONE)
        return one_at_a_time(s, take, ctx);
    if (s->sample == SAMPLE_RANDOM)
        return at_random(&d, take, ctx);
    uint32_t *part = malloc(sizeof *part * (size_t)s->points * (s->dims + 1));
    if (!part) {
        snprintf(msg, size, "out of memory");
        return false;
    }
    bool whole = hypercube(&d, part, take, ctx);
    free(part);
    return whole;
}
