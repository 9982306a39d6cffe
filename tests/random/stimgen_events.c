// SPDX-License-Identifier: MulanPSL-2.0
// The timeline: phases of requests with one pattern each, changes and back-pressure between them.
#include "tests/random/stimgen_impl.h"

#include <stdlib.h>

struct stim_event *gen_event(struct gen *g, enum stim_kind kind, uint64_t cycle)
{
    struct stim *s = g->s;
    if (s->events == g->room) {
        size_t room = g->room ? 2 * g->room : 256;
        struct stim_event *more = realloc(s->event, room * sizeof *more);
        if (!more) {
            g->failed = true;
            return NULL;
        }
        s->event = more;
        g->room = room;
    }
    struct stim_event *e = &s->event[s->events++];
    static const struct stim_event zero;
    *e = zero;
    e->cycle = cycle;
    e->kind = kind;
    return e;
}

void gen_setup(struct gen *g)
{
    g->now = g->pmp_at = 4;
    gen_protection(g);
    g->now = 45;
}

// Which kinds are possible under the CSRs of this moment. Bare stages have no requests of theirs.
static unsigned draw_kind(struct gen *g, unsigned usual)
{
    unsigned kind = usual;
    if (gen_axis(g, AXIS_KINDS, 60))
        kind = gen_below(g, 4);
    if (g->csr.hgatp.mode == MODE_BARE && kind >= ONLY_STAGE2)
        kind = gen_chance(g, 50) ? ONLY_STAGE1 : NO_S2XLATE;
    // With a G stage, VS walks without it do not happen; some runs do it all the same.
    if (kind == ONLY_STAGE1 && g->csr.hgatp.mode != MODE_BARE && !g->mixed_vs)
        kind = ALL_STAGE;
    return kind;
}

const struct gen_tree *gen_tree_of(const struct gen *g, unsigned kind)
{
    if (kind == NO_S2XLATE)
        return g->csr.satp.ppn == g->other.root ? &g->other : &g->tree[STAGE_HOST];
    return &g->tree[kind == ONLY_STAGE2 ? STAGE_G : STAGE_VS];
}

static void request(struct gen *g, uint64_t cycle, unsigned port, unsigned kind, uint64_t vpn)
{
    struct stim_event *e = gen_event(g, STIM_REQ, cycle);
    if (!e)
        return;
    e->u.req.port = (uint8_t)port;
    e->u.req.s2xlate = (uint8_t)kind;
    e->u.req.vpn = vpn & mask64(38);
    g->vpn[kind] = vpn & mask64(38);
}

static unsigned port(struct gen *g)
{
    return !gen_chance(g, 30);
}

// Port 0 is not ready for n cycles.
static void hold(struct gen *g, uint64_t at, unsigned n)
{
    struct stim_event *low = gen_event(g, STIM_RREADY, at);
    if (low)
        low->u.flag.a = false;
    struct stim_event *high = gen_event(g, STIM_RREADY, at + n);
    if (high)
        high->u.flag.a = true;
}

// A short stall, often of one cycle.
static void stall(struct gen *g)
{
    unsigned n = gen_chance(g, 50) ? 1 : gen_range(g, 1, gen_chance(g, 80) ? 8 : 60);
    hold(g, g->now + gen_below(g, 12), n);
}

static void between(struct gen *g)
{
    if (gen_axis(g, AXIS_CHANGES, 5))
        gen_change(g);
    if (gen_axis(g, AXIS_PRESSURE, 6))
        stall(g);
}

enum pattern { RANDOM_PAGES, SAME_LINE, NEXT_PAGE, NEXT_LINE, LAST_AGAIN, PATTERNS };

static uint64_t draw_page(struct gen *g, enum pattern p, unsigned kind)
{
    uint64_t last = g->vpn[kind];
    switch (p) {
    case SAME_LINE:
        return (last & ~UINT64_C(7)) | gen_below(g, 8);
    case NEXT_PAGE:
        return last + 1;
    case NEXT_LINE:
        return last + 8;
    case LAST_AGAIN:
        return last;
    default:
        return gen_page(g, gen_tree_of(g, kind));
    }
}

static void phase_plain(struct gen *g)
{
    unsigned n = gen_range(g, 1, 16), usual = gen_below(g, 4), rest = gen_below(g, 40);
    unsigned gap = gen_chance(g, 50) ? gen_below(g, 4) : gen_below(g, 60);
    enum pattern p = gen_below(g, PATTERNS);
    if (gen_axis(g, AXIS_PRESSURE, 25)) { // a burst
        n = gen_range(g, 20, 70);
        gap = gen_below(g, 2);
    }
    for (unsigned i = 0; i < n; i++) {
        unsigned kind = draw_kind(g, usual);
        enum pattern q = i == 0 || gen_below(g, 100) < rest ? RANDOM_PAGES : p;
        request(g, g->now, port(g), kind, draw_page(g, q, kind));
        g->now += gap ? gen_below(g, 2 * gap + 1) : 0;
        between(g);
    }
}

// One cold request, then others of its line (or of the next table page of it) at a distance that
// meets a certain cycle of the first one's walk.
static void phase_duplicates(struct gen *g)
{
    const struct tl_timing *t = &g->s->timing;
    uint64_t step = t->lat + t->gap + 5;
    unsigned kind = draw_kind(g, gen_chance(g, 60) ? ALL_STAGE : gen_below(g, 4));
    if (gen_chance(g, 60)) {
        if (gen_chance(g, 40))
            gen_clean(g);
        else
            gen_fence(g);
        g->now = g->fence_at + gen_range(g, 2, 40);
    }
    g->now += gen_chance(g, 70) ? 12 * step : 0;
    uint64_t vpn = gen_page(g, gen_tree_of(g, kind));
    request(g, g->now, port(g), kind, vpn);
    unsigned n = gen_range(g, 1, 5);
    uint64_t at = g->now;
    for (unsigned i = 0; i < n; i++) {
        at += gen_chance(g, 40) ? gen_range(g, 1, 8)
                                : step * gen_below(g, 8) + gen_below(g, 12);
        unsigned k = gen_axis(g, AXIS_KINDS, 20) ? draw_kind(g, kind) : kind;
        uint64_t page = k != kind              ? gen_page(g, gen_tree_of(g, k))
                        : gen_chance(g, 70)    ? (vpn & ~UINT64_C(7)) | gen_below(g, 8)
                        : gen_chance(g, 50)    ? vpn
                                               : vpn ^ UINT64_C(8) << gen_below(g, 3);
        request(g, at, port(g), k, page);
    }
    g->now = at;
    between(g);
}

// Two-stage requests whose VS tables are cached but whose G tables are cold, and plain ones with
// warm upper levels: G answers for LLPTW entries and plain entries meet in one cycle.
static void phase_collide(struct gen *g)
{
    const struct tl_timing *t = &g->s->timing;
    uint64_t read = stimgen_read_time(g->s), step = t->lat + t->gap + 5;
    uint64_t plain = gen_page(g, gen_tree_of(g, NO_S2XLATE));
    uint64_t guest = gen_page(g, gen_tree_of(g, ALL_STAGE));
    if (g->csr.hgatp.mode == MODE_BARE)
        return;
    request(g, g->now, 1, NO_S2XLATE, plain);
    request(g, g->now + 2, 1, ALL_STAGE, guest);
    g->now += 20 * read;
    gen_fence_class(g, 2);
    if (gen_chance(g, 60))
        gen_g_fence(g);
    g->now = g->fence_at + gen_range(g, 3, 10);
    unsigned n = gen_range(g, 1, 2);
    for (unsigned i = 0; i < n; i++)
        request(g, g->now + gen_below(g, 6), port(g), ALL_STAGE,
                guest ^ (gen_range(g, 1, 3) << 3 | gen_below(g, 8)));
    n = gen_range(g, 2, 8);
    uint64_t at = g->now + (gen_chance(g, 70) ? step * gen_below(g, 5) : 0);
    for (unsigned i = 0; i < n; i++) {
        at += gen_range(g, 1, gen_chance(g, 60) ? 4 : 30);
        request(g, at, port(g), NO_S2XLATE, plain ^ (gen_range(g, 1, 31) << 3 | gen_below(g, 8)));
    }
    // Time to see whether all of them are answered.
    g->now = at + (gen_chance(g, 70) ? 20 * read : gen_below(g, 20));
}

// A page whose walk ends above level 0, if a few draws find one.
static uint64_t large_page(struct gen *g, unsigned kind)
{
    const struct gen_tree *t = gen_tree_of(g, kind);
    uint64_t vpn = gen_page(g, t);
    unsigned level;
    for (unsigned i = 0; i < 24; i++) {
        gen_last_entry(g, t, vpn, &level);
        if (level)
            break;
        vpn = gen_page(g, t);
    }
    return vpn;
}

// Hits on large pages, held up by port 0, while another large page is being refilled.
static void phase_large(struct gen *g)
{
    uint64_t step = g->s->timing.lat + g->s->timing.gap + 5, page[4];
    unsigned kind = draw_kind(g, gen_chance(g, 60) ? NO_S2XLATE : gen_below(g, 4));
    unsigned n = gen_range(g, 2, 4), stalled = gen_range(g, 1, 3);
    for (unsigned i = 0; i < n; i++) {
        page[i] = large_page(g, kind);
        request(g, g->now, 1, kind, page[i]);
        g->now += gen_chance(g, 70) ? 6 * step : gen_below(g, 8);
    }
    request(g, g->now, 1, draw_kind(g, kind), large_page(g, kind));
    uint64_t at = g->now + step * gen_below(g, 4) + gen_below(g, 16);
    request(g, at, 0, kind, page[gen_below(g, n)]);
    request(g, at + 1, 1, kind, page[gen_below(g, n)]);
    request(g, at + 2, 1, kind, page[gen_below(g, n)] ^ gen_below(g, 8));
    hold(g, at + gen_range(g, 2, 5), stalled);
    g->now = at + 8;
}

// The pattern that the fences of a real system see: nothing in flight, a change, the same pages.
static void phase_change(struct gen *g)
{
    uint64_t page[4], n = gen_range(g, 1, 4);
    unsigned kind[4];
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < n; i++) {
            if (round == 0) {
                kind[i] = draw_kind(g, gen_below(g, 4));
                page[i] = gen_page(g, gen_tree_of(g, kind[i]));
            }
            if (g->csr.hgatp.mode == MODE_BARE && kind[i] >= ONLY_STAGE2)
                continue;
            request(g, g->now, port(g), kind[i], page[i]);
            g->now += gen_range(g, 1, 10) + (gen_chance(g, 40) ? stimgen_read_time(g->s) * 4 : 0);
        }
        g->now += gen_chance(g, 60) ? stimgen_read_time(g->s) * 5 : gen_below(g, 40);
        if (round == 0 && gen_chance(g, 40))
            gen_rewrite_page(g, kind[0], page[0]);
        else if (round == 0)
            gen_change(g);
        if (g->now < g->fence_at)
            g->now = g->fence_at;
        g->now += gen_below(g, 8);
    }
}

void gen_events(struct gen *g)
{
    unsigned n = g->o->requests ? g->o->requests
                 : gen_chance(g, 70) ? gen_range(g, 5, 80)
                                     : gen_range(g, 80, 300);
    size_t enough = g->s->events + n;
    while (g->s->events < enough && !g->failed) {
        if (gen_axis(g, AXIS_DUPLICATES, 60))
            phase_duplicates(g);
        else if (gen_axis(g, AXIS_PRESSURE, 12))
            phase_large(g);
        else if (gen_axis(g, AXIS_KINDS, 8))
            phase_collide(g);
        else if (gen_axis(g, AXIS_CHANGES, 35))
            phase_change(g);
        else
            phase_plain(g);
        g->now += gen_chance(g, 40) ? gen_below(g, 300) : gen_below(g, 10);
    }
    struct stim_event *last = gen_event(g, STIM_RREADY, g->now + 70);
    if (last)
        last->u.flag.a = true;
    // Time for everything to be answered: a full queue of walks with all their reads is the worst.
    uint64_t read = stimgen_read_time(g->s), most = g->s->events * 12;
    g->s->end = g->now + 2000 + read * (most < 400 ? most : 400);
}
