// SPDX-License-Identifier: MulanPSL-2.0
// Makes a failing stimulus small: shorter, fewer events, fewer memory words, simpler timing, as
// long as a finding of the same kind remains.
#include "tests/random/runcheck.h"
#include "tests/random/stimgen.h"

#include <stdlib.h>
#include <string.h>

struct word {
    uint64_t addr, data;
};

struct shrinker {
    const struct l2tlb_cfg *cfg;
    struct finding want;
    struct run_result *result;
    unsigned tries;
    struct stim *s;
    struct stim_event *event; // spare room for a candidate
    struct word *word, *spare;
    size_t words;
};

static bool fails(struct shrinker *k, const struct stim *s)
{
    struct run_options o = {.skip = true, .check = true};
    if (!k->tries)
        return false;
    k->tries--;
    if (k->want.kind == FIND_SKIP)
        run_both(k->cfg, s, &o, k->result);
    else
        run_stim(k->cfg, s, &o, k->result);
    for (unsigned i = 0; i < k->result->count; i++) {
        const struct finding *f = &k->result->item[i];
        if (f->kind == k->want.kind && (!f->field) == (!k->want.field) &&
            (!f->field || strcmp(f->field, k->want.field) == 0))
            return true;
    }
    return false;
}

// Tries the stimulus without events first .. first+n-1.
static bool without_events(struct shrinker *k, size_t first, size_t n)
{
    struct stim c = *k->s;
    c.event = k->event;
    c.events = k->s->events - n;
    memcpy(c.event, k->s->event, first * sizeof *c.event);
    memcpy(c.event + first, k->s->event + first + n, (c.events - first) * sizeof *c.event);
    stimgen_settle(&c);
    if (!fails(k, &c))
        return false;
    k->event = k->s->event;
    k->s->event = c.event;
    k->s->events = c.events;
    return true;
}

static void fewer_events(struct shrinker *k)
{
    for (size_t n = k->s->events / 2; n; n /= 2)
        for (size_t at = 0; at + n <= k->s->events && k->tries;)
            if (!without_events(k, at, n))
                at += n;
}

static bool fill(struct phys *m, const struct word *w, size_t n)
{
    phys_clear(m);
    for (size_t i = 0; i < n; i++)
        if (!phys_write(m, w[i].addr, w[i].data))
            return false;
    return true;
}

static bool without_words(struct shrinker *k, size_t first, size_t n)
{
    size_t left = k->words - n;
    memcpy(k->spare, k->word, first * sizeof *k->word);
    memcpy(k->spare + first, k->word + first + n, (left - first) * sizeof *k->word);
    if (!fill(k->s->mem, k->spare, left) || !fails(k, k->s)) {
        fill(k->s->mem, k->word, k->words);
        return false;
    }
    struct word *t = k->word;
    k->word = k->spare;
    k->spare = t;
    k->words = left;
    return true;
}

static void fewer_words(struct shrinker *k)
{
    for (size_t n = k->words / 2; n; n /= 2)
        for (size_t at = 0; at + n <= k->words && k->tries;)
            if (!without_words(k, at, n))
                at += n;
}

static void collect(uint64_t addr, uint64_t data, void *ctx)
{
    struct shrinker *k = ctx;
    k->word[k->words++] = (struct word){addr, data};
}

static void simpler_timing(struct shrinker *k)
{
    struct tl_timing old = k->s->timing, *t = &k->s->timing;
    t->aready = AREADY_ALWAYS;
    if (!fails(k, k->s))
        *t = old;
    old = *t;
    t->span = 0;
    if (!fails(k, k->s))
        *t = old;
    old = *t;
    t->gap = 1;
    if (!fails(k, k->s))
        *t = old;
}

static void shorter(struct shrinker *k)
{
    uint64_t old = k->s->end, least = k->want.cycle + 1;
    if (least >= old)
        return;
    k->s->end = least;
    if (!fails(k, k->s))
        k->s->end = old;
}

// Gaps between events closed, a half at a time, from the front.
static void earlier(struct shrinker *k)
{
    for (size_t i = 1; i < k->s->events && k->tries; i++) {
        uint64_t gap = k->s->event[i].cycle - k->s->event[i - 1].cycle;
        while (gap > 8 && k->tries) {
            uint64_t cut = gap / 2;
            struct stim c = *k->s;
            c.event = k->event;
            memcpy(c.event, k->s->event, c.events * sizeof *c.event);
            for (size_t j = i; j < c.events; j++)
                c.event[j].cycle -= cut;
            c.end -= cut;
            if (!fails(k, &c))
                break;
            k->event = k->s->event;
            *k->s = c;
            gap -= cut;
        }
    }
}

void run_shrink(const struct l2tlb_cfg *cfg, struct stim *stim, const struct finding *f,
                unsigned tries)
{
    struct shrinker k = {.cfg = cfg, .want = *f, .tries = tries, .s = stim};
    size_t room = 8 * phys_lines(stim->mem) + 1;
    k.result = malloc(sizeof *k.result);
    k.event = calloc(stim->events + 1, sizeof *k.event);
    k.word = calloc(room, sizeof *k.word);
    k.spare = calloc(room, sizeof *k.spare);
    if (k.result && k.event && k.word && k.spare && fails(&k, stim)) {
        phys_each(stim->mem, collect, &k);
        shorter(&k);
        for (unsigned round = 0; round < 3 && k.tries; round++) {
            size_t before = stim->events;
            fewer_events(&k);
            if (round == 0)
                fewer_words(&k);
            if (before == stim->events)
                break;
        }
        simpler_timing(&k);
        fewer_words(&k);
        earlier(&k);
        if (fails(&k, stim)) // for the cycle of the finding now
            for (unsigned i = 0; i < k.result->count; i++)
                if (k.result->item[i].kind == f->kind) {
                    k.want.cycle = k.result->item[i].cycle;
                    shorter(&k);
                    break;
                }
    }
    free(k.result);
    free(k.event);
    free(k.word);
    free(k.spare);
}
