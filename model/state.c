// SPDX-License-Identifier: MulanPSL-2.0
// The state of a machine as bytes: its one structure without pointers, then the arrays of the PageCache.
// Wires are left out: every settle computes them anew.
#include "model/wires.h"

#include <string.h>

static size_t table_size(const struct pc_set_table *s)
{
    size_t lines = (size_t)s->sets * s->ways;
    return lines * (sizeof *s->line + sizeof *s->bits) +
           s->sets * (sizeof *s->valid + sizeof *s->global + sizeof *s->plru);
}

size_t l2tlb_state_size(const struct l2tlb *t)
{
    return sizeof *t + table_size(&t->pc.l1) + table_size(&t->pc.l0);
}

// Everything that points somewhere, as in machine `own`; NULL: nowhere.
static void point(struct l2tlb *t, const struct l2tlb *own)
{
    const struct l2tlb_cfg *cfg = own ? &own->cfg : NULL;
    t->cfg.preset = own ? own->cfg.preset : NULL;
    t->pc.cfg = t->ptw.cfg = t->hptw.cfg = t->llptw.cfg = t->mem.cfg = cfg;
    t->bitmap.cfg = cfg;
    t->bcache.cfg = cfg;
    memset(&t->w, 0, sizeof t->w);
}

// The bytes of a state that come next: written to `to`, or read from `from`.
struct place {
    char *to;
    const char *from;
};

static void part(struct place *p, void *array, size_t bytes)
{
    if (p->from) {
        memcpy(array, p->from, bytes);
        p->from += bytes;
    } else {
        memcpy(p->to, array, bytes);
        p->to += bytes;
    }
}

static void arrays(struct place *p, const struct pc_set_table *s)
{
    size_t lines = (size_t)s->sets * s->ways;
    part(p, s->line, lines * sizeof *s->line);
    part(p, s->plru, s->sets * sizeof *s->plru);
    part(p, s->valid, s->sets * sizeof *s->valid);
    part(p, s->global, s->sets * sizeof *s->global);
    part(p, s->bits, lines * sizeof *s->bits);
}

static void forget_arrays(struct pc_set_table *s)
{
    s->line = NULL;
    s->valid = s->global = NULL;
    s->plru = NULL;
    s->bits = NULL;
}

void l2tlb_state_save(const struct l2tlb *t, void *to)
{
    struct l2tlb *s = to;
    struct place p = {.to = (char *)to + sizeof *t};
    memcpy(s, t, sizeof *s);
    point(s, NULL);
    forget_arrays(&s->pc.l1);
    forget_arrays(&s->pc.l0);
    s->observer = NULL;
    s->observer_ctx = NULL;
    arrays(&p, &t->pc.l1);
    arrays(&p, &t->pc.l0);
}

void l2tlb_state_load(struct l2tlb *t, const void *from)
{
    struct pc_set_table l1 = t->pc.l1, l0 = t->pc.l0;
    const char *preset = t->cfg.preset;
    void (*observer)(const struct l2tlb_event *e, void *ctx) = t->observer;
    void *observer_ctx = t->observer_ctx;
    memcpy(t, from, sizeof *t);
    t->cfg.preset = preset;
    t->pc.l1 = l1;
    t->pc.l0 = l0;
    t->observer = observer;
    t->observer_ctx = observer_ctx;
    point(t, t);
    struct place p = {.from = (const char *)from + sizeof *t};
    arrays(&p, &l1);
    arrays(&p, &l0);
}
