// SPDX-License-Identifier: MulanPSL-2.0
// The L1 side is left alone while nothing comes to it and every lookup repeats what it came to before
// (l1/l1side.h, "Lookups that repeat"): loads that a full filter turned away, stores and prefetches
// that wait for their answer. The front keeps their times, and the counters go on. Before anything
// else happens the L1 side is given the lookups of the last two cycles, which is as far as its
// pipeline reaches.
//
// Builds with MODEL_PARANOID clock a copy all the time, compare each result and, in the end, all of it.
#include "replay/front_impl.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef MODEL_PARANOID

static void give_up(const struct front *f, const char *what)
{
    fprintf(stderr, "paranoid: L1 side left alone: %s\nnow:\n", what);
    l1side_dump(f->l1, stderr);
    if (f->honest) {
        fprintf(stderr, "clocked all the time:\n");
        l1side_dump(f->honest, stderr);
    }
    abort();
}

static void honest_begin(struct front *f)
{
    if (!f->honest)
        f->honest = l1side_copy(f->l1);
    if (!f->honest)
        give_up(f, "no memory");
}

static void honest_cycle(struct front *f)
{
    struct l1_in in = f->in;
    struct l1_out out = f->out;
    unsigned full = 0;
    l1side_publish(f->honest, &out);
    l1side_settle(f->honest, &in, &out);
    if (out.resp_valid != f->last.ports || out.answer_valid || out.wake_valid)
        give_up(f, "other results");
    for (unsigned m = f->last.ports; m; m &= m - 1)
        if (!out.resp[lowest(m)].miss)
            give_up(f, "a lookup hits");
    for (unsigned m = f->before.ports & (unsigned)mask64(L1_LOAD_HINTS); m; m &= m - 1)
        full |= m & -m;
    if (out.hint_valid != full || out.hint_full != full)
        give_up(f, "another verdict");
    l1side_tick(f->honest, &in, &out);
}

void sleep_free(struct front *f)
{
    free(f->honest);
    f->honest = NULL;
}

static void honest_end(struct front *f)
{
    const char *what = f->honest ? l1side_differs(f->l1, f->honest) : NULL;
    if (what)
        give_up(f, what);
    sleep_free(f);
}

#else

static void honest_begin(struct front *f) { (void)f; }
static void honest_cycle(struct front *f) { (void)f; }
static void honest_end(struct front *f) { (void)f; }
void sleep_free(struct front *f) { (void)f; }

#endif

// Does it miss again, with nothing changed by that?
static bool repeats(const struct front *f, struct acc *a)
{
    if (!a->missed || acc_is_atomic(a))
        return false;
    if (a->epoch != l1side_epoch(f->l1)) {
        a->epoch = l1side_epoch(f->l1);
        a->repeat = l1side_repeat(f->l1, a->port, &a->req);
    }
    return a->repeat.repeats && (a->class != L1_LOAD || a->repeat.full);
}

static bool all_repeat(const struct front *f, const struct lookups *l)
{
    for (unsigned m = l->ports; m; m &= m - 1)
        if (!repeats(f, l->acc[lowest(m)]))
            return false;
    return true;
}

void sleep_ends(struct front *f)
{
    const struct l1_req *older[L1_PORTS] = {0}, *newer[L1_PORTS] = {0};
    if (!f->asleep)
        return;
    for (unsigned m = f->before.ports; m; m &= m - 1)
        older[lowest(m)] = &f->before.acc[lowest(m)]->req;
    for (unsigned m = f->last.ports; m; m &= m - 1)
        newer[lowest(m)] = &f->last.acc[lowest(m)]->req;
    if (f->behind)
        l1side_catch_up(f->l1, older, newer);
    honest_end(f);
    f->asleep = f->behind = false;
}

bool sleep_goes_on(struct front *f)
{
    bool may = f->asleep || (f->may_sleep && all_repeat(f, &f->before));
    if (may && all_repeat(f, &f->last) && l1side_quiet(f->l1, &f->in)) {
        if (!f->asleep) {
            honest_begin(f);
            f->behind = f->last.ports || f->before.ports;
        }
        f->asleep = true;
        return true;
    }
    sleep_ends(f);
    return false;
}

void sleep_results(struct front *f, uint64_t cycle)
{
    for (unsigned m = f->last.ports; m; m &= m - 1)
        acc_missed(f, f->last.acc[lowest(m)], cycle);
    for (unsigned m = f->before.ports; m; m &= m - 1)
        if (f->before.acc[lowest(m)]->state == ACC_VERDICT)
            acc_full(f, f->before.acc[lowest(m)], cycle);
}

// A first lookup is clocked: its address is checked.
static bool first_lookup(const struct front *f)
{
    for (unsigned m = f->now.ports; m; m &= m - 1)
        if (!f->now.acc[lowest(m)]->missed)
            return true;
    return false;
}

bool sleep_edge(struct front *f)
{
    if (first_lookup(f)) {
        sleep_ends(f);
        l1side_settle(f->l1, &f->in, &f->out);
        return false;
    }
    struct l1_repeats n = {.looked = f->now.ports,
                           .missed = f->last.ports,
                           .full = f->before.ports & (unsigned)mask64(L1_LOAD_HINTS)};
    for (unsigned m = n.missed; m; m &= m - 1)
        n.merged |= (unsigned)f->last.acc[lowest(m)]->repeat.merged << lowest(m);
    honest_cycle(f);
    f->behind |= f->now.ports != 0;
    l1side_count_repeats(f->l1, &n);
    front_shift(f);
    return true;
}

bool front_repeats(const struct front *f)
{
    return f->asleep && !first_lookup(f);
}

uint64_t front_pass(struct front *f, uint64_t cycle, uint64_t k, const struct trace_record *waiting)
{
    for (uint64_t n = 0;;) {
        if (f->now.ports || f->last.ports || f->before.ports) {
            sleep_edge(f);
            n++;
        } else {
            uint64_t next = window_next(f, cycle + n) - cycle; // > n: nobody is ready without a lookup
            n = next < k ? next : k;
        }
        if (n == k || !all_repeat(f, &f->last))
            return n;
        sleep_results(f, cycle + n);
        front_place(f, cycle + n);
        f->ahead = first_lookup(f) || (waiting && front_room(f, waiting));
        if (f->ahead)
            return n;
    }
}
