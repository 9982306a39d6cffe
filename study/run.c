// SPDX-License-Identifier: MulanPSL-2.0
// Running points, see run.h.
#include "study/run.h"

#include "report/emit.h"
#include "report/replay_doc.h"
#include "study/point.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// --- one point --------------------------------------------------------------------------------------

static bool go_on(void *ctx, uint64_t records, uint64_t cycles, uint64_t done, uint64_t size, const struct hist *latency)
{
    bool (**stop)(void) = ctx;
    (void)records, (void)cycles, (void)done, (void)size, (void)latency;
    return !(*stop && (*stop)());
}

struct db_key point_key(const struct plan *p, uint64_t n)
{
    struct plan_point at = plan_point(p, n);
    return (struct db_key){plan_config(p, at), p->trace[at.trace].hash, p->program};
}

// The same bytes as `l2tlb replay --report json`.
static char *report_text(const struct doc *d)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    bool fine = to && emit_all(EMIT_JSON, to, &d, 1);
    fine &= to && fclose(to) == 0;
    if (fine)
        return text;
    free(text);
    return NULL;
}

// NULL: it is fine. In buf.
static const char *what_failed(const struct replay_result *r, const struct doc *d, char *buf, size_t size)
{
    if (r->end == REPLAY_BAD_INPUT || r->end == REPLAY_STUCK)
        snprintf(buf, size, "%s", r->message);
    else if (r->end == REPLAY_NO_MEMORY || !d || !doc_ok(d))
        snprintf(buf, size, "out of memory");
    else if (d->failed)
        snprintf(buf, size, "%u of the sums that are checked do not hold", d->failed);
    else
        return NULL;
    return buf;
}

static void judge(struct outcome *o, const struct replay_cfg *cfg, const struct replay_result *r, const char *path)
{
    struct doc *d = r->end == REPLAY_DONE || r->end == REPLAY_STUCK ? replay_document(cfg, r, path) : NULL;
    o->r.failure = what_failed(r, d, o->failure, sizeof o->failure);
    if (d && doc_ok(d)) {
        figures_of(r, d, o->r.figure);
        o->r.report = o->report = report_text(d);
        if (!o->report && !o->r.failure)
            o->r.failure = "out of memory";
    }
    doc_free(d);
}

bool outcome_of(const struct plan *p, uint64_t n, bool (*stop)(void), struct outcome *o)
{
    struct plan_point at = plan_point(p, n);
    struct timespec begin, end;
    const char *path = p->trace[at.trace].path;
    struct replay_cfg *cfg = malloc(sizeof *cfg);
    *o = (struct outcome){.r = {.study = p->s->name, .path = path, .storage = p->storage[at.combination],
                                .seed = p->s->seeds[at.seed]}};
    o->r.text = o->text = malloc(POINT_TEXT);
    struct replay_result *r = NULL;
    // It was checked when it was planned.
    bool fine = cfg && o->text &&
                !point_configure(p->s, plan_values(p, at.combination), o->r.seed, cfg, o->failure, sizeof o->failure);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    if (fine) {
        point_text(cfg, o->text);
        cfg->progress = go_on;
        cfg->progress_ctx = &stop;
        r = replay_run(cfg, path);
    }
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    o->r.seconds = (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
    if (r) {
        o->interrupted = stop && stop() && (r->end == REPLAY_INTERRUPTED || r->end == REPLAY_BAD_INPUT);
        if (!o->interrupted)
            judge(o, cfg, r, path);
        replay_free(r);
    }
    free(cfg);
    return r != NULL;
}

void outcome_free(struct outcome *o)
{
    free(o->text);
    free(o->report);
}

// --- all of them ------------------------------------------------------------------------------------

struct crew {
    struct run *r;
    uint64_t next;
    bool *taken;         // points that another study runs
    bool again, waiting; // there are some; this is a pass over them
    bool no_memory;
    pthread_mutex_t lock;
};

static bool over(const struct crew *c)
{
    return c->no_memory || c->r->error || (c->r->stop && c->r->stop());
}

// Claims and runs one point. Without the lock.
static enum db_claim do_point(const struct crew *c, uint64_t n, bool *failed, bool *no_memory)
{
    const struct run *r = c->r;
    struct outcome o;
    struct db_key key = point_key(r->plan, n);
    enum db_claim claim = db_claim(r->db, key, r->retry);
    *failed = *no_memory = false;
    if (claim != CLAIM_MINE)
        return claim;
    if (!outcome_of(r->plan, n, r->stop, &o)) {
        outcome_free(&o);
        db_release(r->db, key);
        *no_memory = true;
        return CLAIM_ERROR;
    }
    *failed = o.r.failure != NULL;
    bool fine = o.interrupted ? db_release(r->db, key) : db_put(r->db, key, &o.r);
    claim = !fine ? CLAIM_ERROR : o.interrupted ? CLAIM_TAKEN : CLAIM_MINE;
    outcome_free(&o);
    return claim;
}

static void count(struct crew *c, uint64_t n, enum db_claim claim, bool failed)
{
    struct run *r = c->r;
    r->there += claim == CLAIM_DONE;
    r->bad += claim == CLAIM_FAILED;
    r->ran += claim == CLAIM_MINE;
    r->failed += claim == CLAIM_MINE && failed;
    r->error |= claim == CLAIM_ERROR;
    c->taken[n] = claim == CLAIM_TAKEN;
    c->again |= claim == CLAIM_TAKEN;
    if (r->progress)
        r->progress(r->ctx, r);
}

static void *work(void *ctx)
{
    struct crew *c = ctx;
    uint64_t all = plan_points(c->r->plan);
    bool failed, no_memory;
    pthread_mutex_lock(&c->lock);
    while (!over(c)) {
        while (c->waiting && c->next < all && !c->taken[c->next])
            c->next++;
        if (c->next >= all)
            break;
        uint64_t n = c->next++;
        pthread_mutex_unlock(&c->lock);
        enum db_claim claim = do_point(c, n, &failed, &no_memory);
        pthread_mutex_lock(&c->lock);
        c->no_memory |= no_memory;
        count(c, n, claim, failed);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

static void one_pass(struct crew *c)
{
    pthread_t thread[RUN_JOBS];
    unsigned n = 0;
    c->next = 0;
    c->again = false;
    while (n + 1 < c->r->jobs && n + 1 < RUN_JOBS && pthread_create(&thread[n], NULL, work, c) == 0)
        n++;
    work(c);
    while (n-- > 0)
        pthread_join(thread[n], NULL);
}

bool run_all(struct run *r, char *msg, size_t size)
{
    struct crew c = {.r = r, .taken = calloc(plan_points(r->plan), sizeof *c.taken)};
    const struct timespec while_ = {.tv_nsec = 100000000};
    snprintf(msg, size, "out of memory");
    if (!c.taken)
        return false;
    pthread_mutex_init(&c.lock, NULL);
    one_pass(&c);
    for (c.waiting = true; c.again && !over(&c);) {
        nanosleep(&while_, NULL);
        one_pass(&c);
    }
    pthread_mutex_destroy(&c.lock);
    free(c.taken);
    if (r->error && !c.no_memory)
        snprintf(msg, size, "%s", db_error(r->db));
    return !r->error && !c.no_memory;
}
