// SPDX-License-Identifier: MulanPSL-2.0
#include "tests/random/stimgen_impl.h"

#include <stdlib.h>
#include <string.h>

const char *const stimgen_axis_name[AXES] = {"faults", "kinds",   "duplicates",
                                             "width",  "changes", "pressure"};

uint64_t gen_random(struct gen *g)
{
    g->state += MIX64_K;
    return mix64(g->state);
}

unsigned gen_below(struct gen *g, unsigned n)
{
    return (unsigned)((gen_random(g) >> 32) % n);
}

bool gen_chance(struct gen *g, unsigned percent)
{
    return gen_below(g, 100) < percent;
}

bool gen_axis(struct gen *g, unsigned axis, unsigned percent)
{
    return gen_below(g, 10000) < percent * g->o->weight[axis];
}

unsigned gen_range(struct gen *g, unsigned lo, unsigned hi)
{
    return lo + gen_below(g, hi - lo + 1);
}

void stimgen_options(struct stimgen_options *o, uint64_t seed)
{
    static const unsigned levels[] = {0, 10, 30, 60, 100, 100};
    struct gen g = {.state = mix64(seed ^ UINT64_C(0x5eed))};
    *o = (struct stimgen_options){.seed = seed};
    for (unsigned k = 0; k < AXES; k++)
        o->weight[k] = levels[gen_below(&g, sizeof levels / sizeof levels[0])];
}

// --- timing of memory ---------------------------------------------------------------------------

static void draw_timing(struct gen *g)
{
    struct tl_timing *t = &g->s->timing;
    *t = (struct tl_timing){.lat = gen_range(g, 1, 8), .gap = 1, .seed = gen_random(g) >> 40};
    if (gen_axis(g, AXIS_PRESSURE, 60))
        t->lat = gen_chance(g, 50) ? gen_range(g, 5, 30) : gen_range(g, 20, 80);
    if (gen_chance(g, 40))
        t->span = gen_range(g, 1, 12);
    if (gen_axis(g, AXIS_PRESSURE, 40))
        t->span = gen_range(g, 1, 60);
    if (gen_chance(g, 15))
        t->gap = gen_range(g, 2, 5);
    if (!gen_axis(g, AXIS_PRESSURE, 60) && !gen_chance(g, 15))
        return;
    if (gen_chance(g, 50)) {
        t->aready = AREADY_HASH;
        t->threshold = gen_range(g, 40, 250);
    } else {
        t->aready = AREADY_PATTERN;
        t->period = gen_range(g, 2, 24);
        t->mask = (gen_random(g) & mask64(t->period)) | UINT64_C(1) << gen_below(g, t->period);
    }
}

// Cycles until A is ready once, in the long run.
static uint64_t aready_time(const struct tl_timing *t)
{
    if (t->aready == AREADY_HASH)
        return 256 / (t->threshold ? t->threshold : 1) + 2;
    if (t->aready == AREADY_PATTERN)
        return t->period;
    return 1;
}

uint64_t stimgen_read_time(const struct stim *s)
{
    const struct tl_timing *t = &s->timing;
    return t->lat + t->span + 2 * t->gap + 12 + 2 * aready_time(t);
}

// --- order --------------------------------------------------------------------------------------

static int by_cycle(const void *a, const void *b)
{
    const struct stim_event *x = a, *y = b;
    return (x->cycle > y->cycle) - (x->cycle < y->cycle);
}

// Stable: qsort may swap equal elements, so runs are merged by hand.
static void sort_events(struct stim_event *e, size_t n, struct stim_event *spare)
{
    if (n < 2)
        return;
    size_t half = n / 2, i = 0, j = half, k = 0;
    sort_events(e, half, spare);
    sort_events(e + half, n - half, spare);
    memcpy(spare, e, n * sizeof *e);
    while (k < n)
        e[k++] = i < half && (j == n || by_cycle(&spare[i], &spare[j]) <= 0) ? spare[i++]
                                                                              : spare[j++];
}

void stimgen_settle(struct stim *s)
{
    struct stim_event *spare = malloc((s->events + 1) * sizeof *spare);
    if (!spare)
        return;
    sort_events(s->event, s->events, spare);
    free(spare);
    uint16_t id[3] = {s->init.satp.id, s->init.vsatp.id, s->init.hgatp.id}; // before this cycle
    uint16_t now[3] = {id[0], id[1], id[2]};
    uint64_t cycle = 0;
    for (size_t i = 0; i < s->events; i++) {
        struct stim_event *e = &s->event[i];
        if (e->cycle != cycle)
            memcpy(id, now, sizeof id);
        cycle = e->cycle;
        if (e->kind != STIM_SATP && e->kind != STIM_VSATP && e->kind != STIM_HGATP)
            continue;
        unsigned k = e->kind - STIM_SATP;
        e->u.atp.changed = e->u.atp.id != id[k];
        now[k] = e->u.atp.id;
    }
}

// --- all ----------------------------------------------------------------------------------------

static void draw_csr(struct gen *g)
{
    struct tlb_csr *c = &g->s->init;
    static const struct tlb_csr zero;
    *c = zero;
    for (unsigned k = 0; k < STAGES; k++) {
        struct atp *atp = k == STAGE_HOST ? &c->satp : k == STAGE_VS ? &c->vsatp : &c->hgatp;
        *atp = (struct atp){.mode = g->tree[k].mode,
                            .id = (uint16_t)gen_range(g, 1, 20),
                            .ppn = g->tree[k].root};
    }
    if (gen_chance(g, 25))
        c->hgatp.mode = MODE_BARE;
    g->mixed_vs = gen_chance(g, 12);
    c->virt = gen_chance(g, 60);
    c->mxr = gen_chance(g, 30);
    c->m_pbmte = gen_chance(g, 50);
    c->h_pbmte = gen_chance(g, 50);
    if (g->o->bitmap) {
        c->mbmc.bma = g->bitmap_base >> 6;
        c->mbmc.bme = gen_chance(g, 85);
        c->mbmc.cmode = gen_chance(g, 8);
        c->mbmc.keyiden = gen_chance(g, 30);
    }
    g->csr = *c;
}

bool stimgen_draw(struct stim *s, const struct stimgen_options *o)
{
    memset(s, 0, sizeof *s);
    struct gen *g = calloc(1, sizeof *g);
    if (g) {
        g->spot = calloc(MAX_SPOTS, sizeof *g->spot);
        s->mem = phys_new();
    }
    bool good = g && g->spot && s->mem;
    if (good) {
        g->s = s;
        g->o = o;
        g->state = mix64(o->seed + 1);
        snprintf(s->name, sizeof s->name, "random_%ju", (uintmax_t)o->seed);
        gen_world(g);
        draw_csr(g);
        draw_timing(g);
        gen_setup(g);
        gen_events(g);
        gen_reach(g);
        good = !g->failed;
    }
    if (good)
        stimgen_settle(s);
    else
        stim_free(s);
    if (g)
        free(g->spot);
    free(g);
    return good;
}
