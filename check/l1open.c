// SPDX-License-Identifier: MulanPSL-2.0
#include "check/l1open.h"

#include "check/l1log.h"
#include "check/l1stim.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// What the recording gives for one cycle and port.
struct given {
    uint64_t cycle;
    uint32_t number; // lookup: access
    struct ptw_resp r; // answer
};

struct list {
    struct given *g;
    size_t n, cap, next;
};

struct open {
    struct l1stim stim;
    struct l1side *side;
    struct l1log log;
    struct list lookup[L1_PORTS], answer[2], stall[2], refuse[2];
    uint64_t requests[2];
    uint32_t busy10; // access in the blocking port
    uint64_t busy10_since;
    char *msg;
};

static struct given *add(struct list *l)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 64;
        struct given *g = realloc(l->g, cap * sizeof *g);
        if (!g)
            return NULL;
        l->g = g;
        l->cap = cap;
    }
    l->g[l->n] = (struct given){0};
    return &l->g[l->n++];
}

static bool take_line(struct open *o, struct l1text *t)
{
    char kind = t->field[0][0];
    uint64_t v[5] = {0};
    struct list *l = NULL;

    if (!strchr("TRWB", kind))
        return true;
    for (unsigned k = 1; k < (kind == 'T' ? 5u : 3u); k++)
        if (k >= t->nfields || !l1text_number(t->field[k], 10, UINT64_MAX, &v[k]))
            return l1text_fail(t, "field %u is no number", k + 1);
    if (v[2] >= (kind == 'T' ? L1_PORTS : 2))
        return l1text_fail(t, "port %llu does not exist", (unsigned long long)v[2]);
    if (kind == 'T' && (v[3] >= o->stim.numbers || o->stim.by_number[v[3]] == UINT32_MAX))
        return l1text_fail(t, "access %llu is not in the stimulus", (unsigned long long)v[3]);
    l = kind == 'T' ? &o->lookup[v[2]]
        : kind == 'R' ? &o->answer[v[2]]
        : kind == 'W' ? &o->stall[v[2]] : &o->refuse[v[2]];
    struct given *g = add(l);
    if (!g)
        return l1text_fail(t, "out of memory");
    g->cycle = kind == 'T' ? v[4] : v[1];
    g->number = (uint32_t)v[3];
    if (kind == 'R' && !l1log_parse_resp(t->field, t->nfields, &g->r))
        return l1text_fail(t, "bad R line");
    return true;
}

static bool read_given(struct open *o, const char *gold)
{
    struct l1text t;
    int got;

    if (!l1text_open(&t, gold, o->msg))
        return false;
    while ((got = l1text_fields(&t)) > 0)
        if (!take_line(o, &t)) {
            got = -1;
            break;
        }
    l1text_close(&t);
    return got == 0;
}

static const struct given *at(struct list *l, uint64_t cycle)
{
    while (l->next < l->n && l->g[l->next].cycle < cycle)
        l->next++;
    return l->next < l->n && l->g[l->next].cycle == cycle ? &l->g[l->next] : NULL;
}

static const struct l1stim_access *access_of(const struct open *o, uint32_t number)
{
    return &o->stim.access[o->stim.by_number[number]];
}

static void set_inputs(struct open *o, uint64_t c, struct l1_in *in,
                       const struct l1stim_control *ctl, const struct given *last[L1_PORTS])
{
    in->csr = ctl->csr;
    in->sfence = ctl->sfence;
    in->redirect = ctl->redirect;
    in->iflush = ctl->iflush;
    in->req_kill = 0;
    for (unsigned p = 0; p < L1_BLOCKING_PORT; p++)
        if (last[p] && access_of(o, last[p]->number)->kill)
            in->req_kill |= 1u << p;
    for (unsigned p = 0; p < 2; p++) {
        in->ptw_req_ready[p] = !at(&o->refuse[p], c);
        const struct given *r = at(&o->answer[p], c);
        bool offered = r || at(&o->stall[p], c);
        struct list *l = &o->answer[p];
        in->ptw_resp[p] = offered && l->next < l->n ? &l->g[l->next].r : NULL;
    }
}

static void write_answers(struct open *o, uint64_t c, const struct l1_out *out,
                          const struct given *last[L1_PORTS])
{
    for (unsigned p = 0; p < L1_BLOCKING_PORT; p++)
        if (last[p])
            l1log_answer(&o->log, c, p, last[p]->number, last[p]->cycle, out);
}

static void write_cycle(struct open *o, uint64_t c, const struct l1_in *in,
                        const struct l1_out *out, const struct given *last[L1_PORTS],
                        unsigned hints)
{
    struct l1log *g = &o->log;

    l1log_hints(g, c, hints, out);
    l1log_wake(g, c, out);
    write_answers(o, c, out, last);
    l1log_misses(g, c, out);
    if (bit(out->resp_valid, L1_BLOCKING_PORT))
        l1log_answer(g, c, L1_BLOCKING_PORT, o->busy10, o->busy10_since, out);
    l1log_chain(g, c, out->chain_req, 'q');
    for (unsigned p = 0; p < 2; p++) {
        if (out->req_fire[p])
            l1log_line(g, "Q %" PRIu64 " %u %" PRIu64 " %" PRIx64 " %u", c, p, o->requests[p]++,
                       out->ptw_req[p].vpn, out->ptw_req[p].s2xlate);
        else if (out->ptw_req_valid[p])
            l1log_line(g, "B %" PRIu64 " %u", c, p);
    }
    for (unsigned p = 0; p < 2; p++)
        if (in->ptw_resp[p] && !out->resp_fire[p])
            l1log_line(g, "W %" PRIu64 " %u", c, p);
    l1log_chain(g, c, out->chain_resp, 'r');
    l1log_presented(g, c, out);
}

static bool run(struct open *o)
{
    struct l1stim_control ctl;
    struct l1_in in = {0};
    struct l1_out out = {0};
    const struct given *last[L1_PORTS] = {0};
    unsigned hints = 0; // load ports whose verdict of the last cycle is a line

    l1stim_control_init(&ctl, &o->stim);
    l1side_reset(o->side, &o->stim.csr);
    for (uint64_t c = 0; c < o->stim.cycles; c++) {
        l1stim_apply(&ctl, &o->stim, c, NULL);
        set_inputs(o, c, &in, &ctl, last);
        l1side_publish(o->side, &out);
        l1side_settle(o->side, &in, &out);
        write_cycle(o, c, &in, &out, last, hints);
        if (!l1log_cycle(&o->log, c))
            return false;
        hints = 0;
        for (unsigned p = 0; p < L1_LOAD_HINTS; p++)
            if (last[p] && (o->stim.retry.lhint || access_of(o, last[p]->number)->cmd >= L1_CMD_LR))
                hints |= 1u << p;
        for (unsigned p = 0; p < L1_PORTS; p++) {
            last[p] = at(&o->lookup[p], c);
            in.req[p].valid = false;
            if (last[p])
                l1stim_request(access_of(o, last[p]->number), &in.req[p]);
        }
        if (last[L1_BLOCKING_PORT]) {
            o->busy10 = last[L1_BLOCKING_PORT]->number;
            o->busy10_since = c;
        }
        l1side_tick(o->side, &in, &out);
    }
    return true;
}

static void done(struct open *o)
{
    for (unsigned p = 0; p < L1_PORTS; p++)
        free(o->lookup[p].g);
    for (unsigned p = 0; p < 2; p++) {
        free(o->answer[p].g);
        free(o->stall[p].g);
        free(o->refuse[p].g);
    }
    l1side_free(o->side);
    l1log_close(&o->log);
    l1stim_free(&o->stim);
    free(o);
}

int l1open_run(const struct l2tlb_cfg *cfg, const char *stim, const char *gold, FILE *out,
               char *msg, uint64_t *events)
{
    struct open *o = calloc(1, sizeof *o);
    if (!o) {
        snprintf(msg, L1TEXT_MSG, "out of memory");
        return 2;
    }
    o->msg = msg;
    if (!l1stim_read(&o->stim, stim, msg)) {
        free(o);
        return 2;
    }
    o->side = l1side_new(cfg);
    bool ok = o->side && read_given(o, gold) && l1log_open(&o->log, gold, "TNHJUQBWV", msg);
    if (!o->side)
        snprintf(msg, L1TEXT_MSG, "out of memory");
    ok = ok && run(o);
    int status = !ok ? 2 : o->log.mismatches ? 1 : 0;
    if (status == 1)
        fprintf(out, "%s%" PRIu64 " mismatches\n", o->log.context ? o->log.context : "",
                o->log.mismatches);
    if (events)
        *events = o->log.model.count;
    done(o);
    return status;
}
