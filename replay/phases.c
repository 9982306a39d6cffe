// SPDX-License-Identifier: MulanPSL-2.0
// Intervals of a run, see phases.h. One moment is a vector of sums; an interval is the difference
// of two.
#include "replay/phases.h"

#include "arch/bits.h"

#include <stdlib.h>
#include <string.h>

enum { AUTO_CYCLES = 1024, FIRST_ROOM = 64, EXACT_LOG = 6, SUB_LOG = 5 };

const char *const phase_field_id[PHASE_FIELDS] = {
#define FIELD(id, label, value) #id,
#include "replay/phases.def"
#undef FIELD
};
const char *const phase_field_label[PHASE_FIELDS] = {
#define FIELD(id, label, value) label,
#include "replay/phases.def"
#undef FIELD
};

struct phases {
    enum phase_unit unit;
    uint64_t every, end; // length, and where the interval under way ends
    unsigned limit;
    struct phase *phase;
    unsigned count, room;
    uint64_t cycles; // so far
    uint64_t field[PHASE_FIELDS], cause[CAUSE_COUNT];
    uint64_t bucket[HIST_BUCKETS]; // of all latencies, at the last boundary
};

struct phases *phases_new(enum phase_unit unit, uint64_t every)
{
    struct phases *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->unit = every ? unit : PHASE_CYCLES;
    p->limit = every ? PHASES_MAX : PHASES_AUTO;
    p->every = p->end = every ? every : AUTO_CYCLES;
    return p;
}

void phases_free(struct phases *p)
{
    if (p)
        free(p->phase);
    free(p);
}

// --- sums -----------------------------------------------------------------------------------------

static uint64_t lookups(const struct stats *s, unsigned stage)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < 4; i++)
        n += s->lookup[stage][i >> 1][i & 1].lookups;
    return n;
}

static uint64_t hits(const struct stats *s, unsigned stage)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < 4; i++)
        n += s->lookup[stage][i >> 1][i & 1].hits;
    return n;
}

static uint64_t stage1(const struct stats *s)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < 4; i++)
        n += s->lookup[STAGE_REQUEST][i >> 1][i & 1].stage1_hits;
    return n;
}

static uint64_t weighted(const uint64_t *time, unsigned last)
{
    uint64_t sum = 0;
    for (unsigned i = 1; i <= last; i++)
        sum += i * time[i];
    return sum;
}

static uint64_t classes(const struct front_stats *f, bool missed)
{
    uint64_t n = 0;
    for (unsigned k = 0; f && k < L1_CLASSES; k++)
        n += missed ? f->missed[k] : f->done[k];
    return n;
}

// --- latencies ------------------------------------------------------------------------------------

static unsigned bucket_of(uint64_t value)
{
    if (value < PHASE_EXACT)
        return (unsigned)value;
    unsigned octave = highest(value);
    unsigned sub = (unsigned)(value >> (octave - SUB_LOG)) & (PHASE_SUB - 1);
    unsigned b = PHASE_EXACT + (octave - EXACT_LOG) * PHASE_SUB + sub;
    return b < PHASE_BUCKETS ? b : PHASE_BUCKETS - 1;
}

static uint64_t last_of(unsigned b)
{
    if (b < PHASE_EXACT)
        return b;
    unsigned octave = EXACT_LOG + (b - PHASE_EXACT) / PHASE_SUB;
    uint64_t sub = (b - PHASE_EXACT) % PHASE_SUB;
    return ((PHASE_SUB + sub + 1) << (octave - SUB_LOG)) - 1;
}

uint64_t phase_quantile(const struct phase *p, unsigned permille)
{
    uint64_t n = p->field[PHASE_answers], rank = n / 1000 * permille + (n % 1000 * permille + 999) / 1000, seen = 0;
    for (unsigned b = 0; n && b < PHASE_BUCKETS; b++) {
        seen += p->latency[b];
        if (seen >= rank && seen)
            return last_of(b);
    }
    return 0;
}

// --- intervals ------------------------------------------------------------------------------------

static void join(struct phase *to, const struct phase *a, const struct phase *b)
{
    for (unsigned i = 0; i < PHASE_FIELDS; i++)
        to->field[i] = a->field[i] + b->field[i];
    for (unsigned i = 0; i < CAUSE_COUNT; i++)
        to->cause[i] = a->cause[i] + b->cause[i];
    for (unsigned i = 0; i < PHASE_BUCKETS; i++)
        to->latency[i] = a->latency[i] + b->latency[i];
}

static void halve(struct phases *p)
{
    for (unsigned i = 0; i < p->count / 2; i++)
        join(&p->phase[i], &p->phase[2 * i], &p->phase[2 * i + 1]);
    p->count /= 2;
    p->every *= 2;
}

static struct phase *fresh(struct phases *p)
{
    if (p->count == p->room) {
        unsigned room = p->room ? 2 * p->room : FIRST_ROOM;
        struct phase *more = realloc(p->phase, room * sizeof *more);
        if (!more)
            return NULL;
        p->phase = more;
        p->room = room;
    }
    struct phase *ph = &p->phase[p->count++];
    memset(ph, 0, sizeof *ph);
    return ph;
}

static bool close_interval(struct phases *p, const struct stats *s, struct front *front,
                           const struct phase_now *n)
{
    const struct front_stats *f = front ? front_finish(front) : NULL;
    const struct phase_now *r = n;
    const uint64_t field[PHASE_FIELDS] = {
#define FIELD(id, label, value) value,
#include "replay/phases.def"
#undef FIELD
    };
    struct phase *ph = fresh(p);
    if (!ph)
        return false;
    for (unsigned i = 0; i < PHASE_FIELDS; i++)
        ph->field[i] = field[i] - p->field[i];
    memcpy(p->field, field, sizeof field);
    for (unsigned c = 0; c < CAUSE_COUNT; c++) {
        uint64_t sum = 0;
        for (unsigned k = 0; k < KINDS; k++)
            sum += s->cause[k][c];
        ph->cause[c] = sum - p->cause[c];
        p->cause[c] = sum;
    }
    for (unsigned b = 0; b < HIST_BUCKETS; b++) {
        uint64_t first, last, more = s->all.bucket[b] - p->bucket[b];
        if (!more)
            continue;
        hist_range(b, &first, &last);
        ph->latency[bucket_of(first)] += (uint32_t)more;
        p->bucket[b] = s->all.bucket[b];
    }
    return true;
}

static uint64_t position(const struct phases *p, const struct phase_now *n)
{
    return p->unit == PHASE_CYCLES ? p->cycles : p->unit == PHASE_ACCESSES ? n->accesses : n->instructions;
}

uint64_t phases_room(const struct phases *p, uint64_t k)
{
    uint64_t left = p->end - p->cycles;
    return p->unit == PHASE_CYCLES && left < k ? left : k;
}

bool phases_step(struct phases *p, const struct stats *s, struct front *front,
                 const struct phase_now *n)
{
    p->cycles = s->cycles;
    if (position(p, n) < p->end)
        return true;
    bool ok = close_interval(p, s, front, n);
    if (p->count == p->limit)
        halve(p);
    while (p->end <= position(p, n))
        p->end += p->every;
    return ok;
}

bool phases_finish(struct phases *p, const struct stats *s, struct front *front,
                   const struct phase_now *n)
{
    return s->cycles == p->field[PHASE_cycles] || close_interval(p, s, front, n);
}

unsigned phases_count(const struct phases *p)
{
    return p->count;
}

const struct phase *phases_at(const struct phases *p, unsigned i)
{
    return &p->phase[i];
}

enum phase_unit phases_unit(const struct phases *p)
{
    return p->unit;
}

uint64_t phases_length(const struct phases *p)
{
    return p->every;
}
