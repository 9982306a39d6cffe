// SPDX-License-Identifier: MulanPSL-2.0
#include "tests/random/run_impl.h"

#include "tests/random/stimgen.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const finding_name[FINDING_KINDS] = {
    "wrong answer",   "answer to nobody", "answer of another request", "request never answered",
    "port stuck",     "second read",      "read without verdict",      "id used twice",
    "request counter", "request lost",     "not returned",              "skipping differs"};

void run_find(struct run *x, enum finding_kind kind, uint32_t tag, const char *field,
              const struct oracle_report *rep, const char *text)
{
    struct run_result *r = x->r;
    struct finding f = {.kind = kind, .cycle = x->cycle, .tag = tag, .field = field};
    if (tag < x->requests)
        f.vpn = x->req[tag].vpn;
    snprintf(f.text, sizeof f.text, "%s", text);
    r->findings++;
    if (r->count < FINDINGS)
        r->item[r->count++] = f;
    if (x->o->report)
        x->o->report(&f, rep, x->o->ctx);
}

// --- requests -----------------------------------------------------------------------------------

static bool gather_requests(struct run *x)
{
    size_t n[2] = {0, 0};
    for (size_t i = 0; i < x->stim->events; i++)
        if (x->stim->event[i].kind == STIM_REQ)
            n[x->stim->event[i].u.req.port]++;
    x->requests = 2 * (n[0] > n[1] ? n[0] : n[1]) + 2;
    x->req = calloc(x->requests, sizeof *x->req);
    x->live = calloc(x->requests, sizeof *x->live);
    if (!x->req || !x->live)
        return false;
    n[0] = n[1] = 0;
    for (size_t i = 0; i < x->stim->events; i++) {
        const struct stim_event *e = &x->stim->event[i];
        if (e->kind != STIM_REQ)
            continue;
        struct request *q = &x->req[2 * n[e->u.req.port]++ + e->u.req.port];
        q->vpn = e->u.req.vpn;
        q->s2xlate = e->u.req.s2xlate;
        x->requested++;
    }
    return true;
}

static void forget(struct run *x, uint32_t tag)
{
    for (size_t i = 0; i < x->lives; i++)
        if (x->live[i] == tag) {
            x->live[i] = x->live[--x->lives];
            return;
        }
}

static void on_accept(struct driver *d, unsigned port, uint32_t tag, void *ctx)
{
    struct run *x = ctx;
    (void)d;
    (void)port;
    if (tag >= x->requests)
        return;
    x->r->accepted++;
    x->last_accept = x->cycle;
    x->req[tag].state = IN_FLIGHT;
    x->req[tag].accepted = x->cycle;
    x->live[x->lives++] = tag;
    oracle_track_request(x->track, x->req[tag].s2xlate);
}

static uint64_t read_memory(void *ctx, uint64_t addr)
{
    return phys_read(ctx, addr);
}

static void judge(struct run *x, uint32_t tag, const struct ptw_resp *resp)
{
    const struct request *q = &x->req[tag];
    struct oracle_env env = {.cfg = x->cfg,
                             .csr = x->t->w.csr,
                             .pmp = &x->t->pmp,
                             .read = read_memory,
                             .ctx = driver_memory(x->d)};
    struct oracle_report rep;
    const struct oracle_span when = {q->accepted, x->cycle};
    enum oracle_reason why;
    // Two-stage requests from before hgatp became Bare mean nothing any more.
    if (resp->s2xlate >= ONLY_STAGE2 && x->t->w.csr->hgatp.mode == MODE_BARE)
        return;
    enum oracle_verdict v = oracle_judge(&env, x->track, q->vpn, resp, when, &rep, &why);
    x->r->judged += v != ORACLE_OPEN;
    x->r->by_kind[resp->s2xlate & 3] += v != ORACLE_OPEN;
    x->r->stale += v == ORACLE_STALE;
    if (v != ORACLE_WRONG)
        return;
    char text[160];
    snprintf(text, sizeof text, "%s got %" PRIx64 ", the tables say %" PRIx64, rep.item[0].what,
             rep.item[0].got, rep.item[0].expected);
    run_find(x, FIND_ORACLE, tag, rep.item[0].what, &rep, text);
}

static void one_answer(struct run *x, unsigned port, const struct ptw_resp *resp)
{
    uint32_t tag = resp->tag;
    x->r->answers++;
    if (tag >= x->requests || x->req[tag].state != IN_FLIGHT || (tag & 1) != port) {
        static const char *const was[] = {"not accepted", "", "answered before", "flushed"};
        run_find(x, FIND_NOBODY, tag, NULL, NULL,
             tag < x->requests ? was[x->req[tag].state] : "no such request");
        return;
    }
    struct request *q = &x->req[tag];
    q->state = ANSWERED;
    forget(x, tag);
    if (q->s2xlate != resp->s2xlate || (resp->s1.tag << 3 | resp->s1.addr_low) != q->vpn) {
        char text[160];
        snprintf(text, sizeof text, "kind %u page %" PRIx64 " answered as kind %u page %" PRIx64,
                 q->s2xlate, q->vpn, resp->s2xlate, resp->s1.tag << 3 | resp->s1.addr_low);
        run_find(x, FIND_KIND, tag, NULL, NULL, text);
        return;
    }
    judge(x, tag, resp);
}

static void on_answer(struct driver *d, unsigned port, const struct ptw_resp *r, uint64_t accepted,
                      void *ctx)
{
    struct run *x = ctx;
    const struct run_fault *f = x->o->fault;
    (void)d;
    (void)accepted;
    struct ptw_resp resp = *r;
    unsigned times = f && f->answer ? f->answer(x->answers, &resp, f->ctx) : 1;
    x->answers++;
    for (; times; times--)
        one_answer(x, port, &resp);
}

// --- the tracker's events -----------------------------------------------------------------------

static void end_of_last_cycle(struct run *x)
{
    if (x->fence.valid)
        oracle_track_fence(x->track, &x->fence);
    x->fence.valid = false;
    if (!x->flushing)
        return;
    for (size_t i = 0; i < x->lives; i++) {
        x->req[x->live[i]].state = DROPPED;
        x->r->flushed++;
    }
    x->lives = 0;
    x->flushing = false;
    for (unsigned k = 0; k < MAX_IDS; k++)
        x->slot[k] = (struct slot){0};
}

static void track(struct run *x)
{
    const struct wires *w = &x->t->w;
    if (x->t->pmp.generation != x->pmp_generation)
        oracle_track_pmp(x->track);
    x->pmp_generation = x->t->pmp.generation;
    if (memcmp(&x->csr, w->csr, sizeof x->csr) != 0) {
        memcpy(&x->csr, w->csr, sizeof x->csr);
        oracle_track_csr(x->track, w->csr, x->cycle);
    }
    if (w->csr->hgatp.mode == MODE_BARE)
        x->bare_cycle = x->cycle;
    x->fence = *w->sfence;
    x->flushing = w->flush;
}

static void on_cycle(struct driver *d, void *ctx)
{
    struct run *x = ctx;
    end_of_last_cycle(x);
    x->cycle = driver_cycle(d);
    track(x);
    run_count(x);
    run_locate(x);
    run_at_rest(x);
    run_note_memory(x);
}

// --- log ----------------------------------------------------------------------------------------

static void hash_text(struct run *x, const char *text)
{
    char copy[512];
    const struct run_fault *f = x->o->fault;
    if (f && f->line) {
        snprintf(copy, sizeof copy, "%s", text);
        f->line(x->lines, copy, f->ctx);
        text = copy;
    }
    x->lines++;
    uint64_t h = x->r->hash;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    x->r->hash = (h ^ '\n') * UINT64_C(0x100000001b3);
}

static void on_line(const char *text, uint64_t cycle, void *ctx)
{
    struct run *x = ctx;
    hash_text(x, text);
    if (x->o->line)
        x->o->line(text, cycle, x->o->ctx);
}

static void on_summary(const char *text, void *ctx)
{
    hash_text(ctx, text);
}

// --- the end ------------------------------------------------------------------------------------

static uint64_t last_request(const struct stim *s)
{
    uint64_t last = 0;
    for (size_t i = 0; i < s->events; i++)
        if (s->event[i].kind == STIM_REQ)
            last = s->event[i].cycle;
    return last;
}

static void never_answered(struct run *x)
{
    // A full queue in front of it, each with the longest walk there is (spec B: up to 24 reads).
    uint64_t patience = 1000 + stimgen_read_time(x->stim) * 300;
    for (size_t i = 0; i < x->lives && !run_bare_two_stage(x); i++) {
        if (x->cycle - x->req[x->live[i]].accepted < patience)
            x->r->cut = true;
        else
            run_hangs(x, x->live[i]);
    }
    uint64_t accepted[2], answered[2], reads;
    driver_counts(x->d, accepted, answered, &reads);
    if (accepted[0] + accepted[1] == x->requested)
        return;
    if (x->cycle - x->last_accept < patience || last_request(x->stim) + patience > x->cycle)
        x->r->cut = true;
    else
        run_find(x, FIND_STUCK, TAG_NONE, NULL, NULL, "a request is still waiting to be accepted");
}

static void returned(struct run *x)
{
    const struct l2tlb *t = x->t;
    const struct run_fault *f = x->o->fault;
    const char *what = NULL;
    if (x->lives || x->r->cut)
        return;
    // A prefetch may be on its way: without requests everything ends by itself.
    if (driver_outstanding(x->d) || t->mem.waiting_resp ||
        (f && f->leftover && f->leftover(f->ctx)))
        what = "a memory id";
    else if (t->mem.flush_latch)
        what = "a flush latch";
    else if (!t->ptw.idle)
        what = "the PTW";
    else if (!t->hptw.idle)
        what = "the HPTW";
    else if (t->mq.count)
        what = "a miss-queue element";
    else if (t->llptw.in[LL_IDLE] != mask64(t->llptw.size))
        what = "an LLPTW entry";
    if (what)
        run_find(x, FIND_RETURN, TAG_NONE, NULL, NULL, what);
}

static void finish(struct run *x)
{
    if (x->o->check) {
        end_of_last_cycle(x);
        x->cycle = x->stim->end;
        never_answered(x);
        returned(x);
    }
    driver_summary(x->d, on_summary, x);
    x->r->cycles = x->stim->end;
    x->r->clocked = driver_clocked(x->d);
}

void run_stim(const struct l2tlb_cfg *cfg, const struct stim *stim, const struct run_options *o,
              struct run_result *result)
{
    struct run *x = calloc(1, sizeof *x);
    memset(result, 0, sizeof *result);
    result->hash = UINT64_C(0xcbf29ce484222325);
    if (!x) {
        result->failed = true;
        return;
    }
    *x = (struct run){.cfg = cfg, .stim = stim, .o = o, .r = result};
    struct driver_hooks hooks = {.line = on_line, .ctx = x};
    if (o->check) {
        hooks.answer = on_answer;
        hooks.accept = on_accept;
        hooks.cycle = on_cycle;
    }
    x->d = driver_new(cfg, stim, &(struct driver_options){.skip = o->skip}, &hooks);
    x->track = oracle_track_new(&stim->init);
    if (x->d && x->track && gather_requests(x)) {
        x->t = driver_machine(x->d);
        memcpy(&x->csr, &stim->init, sizeof x->csr);
        phys_watch(driver_memory(x->d), oracle_track_watch, x->track);
        x->pmp_generation = x->t->pmp.generation;
        while (driver_step(x->d))
            ;
        finish(x);
    } else {
        result->failed = true;
    }
    driver_free(x->d);
    oracle_track_free(x->track);
    free(x->req);
    free(x->live);
    free(x);
}

void run_both(const struct l2tlb_cfg *cfg, const struct stim *stim, const struct run_options *o,
              struct run_result *result)
{
    struct run_options how = *o;
    how.skip = how.check = true;
    run_stim(cfg, stim, &how, result);
    struct run_result *plain = malloc(sizeof *plain);
    if (!plain) {
        result->failed = true;
        return;
    }
    how.skip = how.check = false;
    how.fault = NULL;
    run_stim(cfg, stim, &how, plain);
    if (plain->hash != result->hash && result->count < FINDINGS) {
        struct finding f = {.kind = FIND_SKIP, .tag = TAG_NONE, .cycle = stim->end};
        snprintf(f.text, sizeof f.text, "log with skipping %016" PRIx64 ", without %016" PRIx64,
                 result->hash, plain->hash);
        result->item[result->count++] = f;
        result->findings++;
        if (o->report)
            o->report(&f, NULL, o->ctx);
    }
    result->failed |= plain->failed;
    free(plain);
}
