// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb replay: the main job. Replays traces and writes their report.
#include "report/replay_doc.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/replay_options.h"
#include "report/emit.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct progress {
    bool on, shown;
    struct timespec start, last;
};

// One replay per trace; threads take them in turn.
struct job {
    const struct replay_cfg *cfg;
    char **path;
    struct replay_result **result;
    unsigned count, next;
    pthread_mutex_t lock;
};

static const struct command_help help = {
    "replay",
    "[options] TRACE...",
    "Replays GVA traces through the L1 side and the L2TLB and reports latency, memory references\n"
    "and where the cycles went. Page tables are built for the trace, or come from its image.\n"
    "`-` is standard input; .gz is read as it is. Several traces give one report each.",
    "FILE",
};

// --- progress -----------------------------------------------------------------------------------

static double seconds(const struct timespec *a, const struct timespec *b)
{
    return (double)(b->tv_sec - a->tv_sec) + 1e-9 * (double)(b->tv_nsec - a->tv_nsec);
}

static void show_progress(void *ctx, uint64_t records, uint64_t cycles, uint64_t done,
                          uint64_t size, const struct hist *latency)
{
    struct progress *p = ctx;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (seconds(&p->last, &now) < 0.5)
        return;
    p->last = now;
    p->shown = true;
    double t = seconds(&p->start, &now);
    if (cycles)
        fprintf(stderr, "\r%" PRIu64 " records, %" PRIu64 " cycles, %.2f M cycles/s", records,
                cycles, (double)cycles / t / 1e6);
    else
        fprintf(stderr, "\r%" PRIu64 " records, building page tables", records);
    if (cycles && latency && latency->count)
        fprintf(stderr, ", latency p50 %" PRIu64 " p99 %" PRIu64, hist_quantile(latency, 500),
                hist_quantile(latency, 990));
    if (size && done)
        fprintf(stderr, ", %.0f %%, %.0f s left ", 100.0 * (double)done / (double)size,
                t * (double)(size - done) / (double)done);
    fflush(stderr);
}

// --- running ------------------------------------------------------------------------------------

static void *work(void *ctx)
{
    struct job *j = ctx;
    for (;;) {
        pthread_mutex_lock(&j->lock);
        unsigned i = j->next++;
        pthread_mutex_unlock(&j->lock);
        if (i >= j->count)
            return NULL;
        j->result[i] = replay_run(j->cfg, j->path[i]);
    }
}

static void run_all(struct job *j, uint64_t threads)
{
    pthread_t thread[256];
    unsigned n = 0;
    pthread_mutex_init(&j->lock, NULL);
    while (n + 1 < threads && n + 1 < j->count && pthread_create(&thread[n], NULL, work, j) == 0)
        n++;
    work(j);
    while (n-- > 0)
        pthread_join(thread[n], NULL);
    pthread_mutex_destroy(&j->lock);
}

// Prints the reports; returns the exit status.
static int report(const struct options *o, const struct job *j, enum emit_format format, FILE *out)
{
    const struct doc **docs = calloc(j->count, sizeof *docs);
    unsigned n = 0;
    int status = 0;
    if (!docs)
        return options_error(o, "out of memory");
    for (unsigned i = 0; i < j->count; i++) {
        const struct replay_result *r = j->result[i];
        if (!r || r->end == REPLAY_NO_MEMORY) {
            status = options_error(o, "%s: out of memory", j->path[i]);
        } else if (r->end == REPLAY_BAD_INPUT) {
            status = options_error(o, "%s", r->message);
        } else {
            struct doc *d = replay_document(j->cfg, r, j->path[i]);
            if (d)
                d->full = o->full;
            docs[n] = d;
            if (!docs[n])
                status = options_error(o, "%s: out of memory", j->path[i]);
            else if (r->end != REPLAY_DONE || docs[n]->failed)
                status = status ? status : 1;
            n += docs[n] != NULL;
        }
    }
    for (unsigned i = 0; i < n; i++)
        for (const struct doc_check *c = docs[i]->checks; c; c = c->next)
            if (!c->ok)
                fprintf(stderr, "l2tlb replay: check failed: %s: %" PRIu64 " != %" PRIu64 "\n",
                        c->text, c->left, c->right);
    if (n && (!emit_all(format, out, docs, n) || fflush(out) != 0))
        status = options_error(o, "the report cannot be written");
    for (unsigned i = 0; i < n; i++)
        doc_free((struct doc *)docs[i]);
    free(docs);
    return status;
}

static FILE *open_output(const struct options *o, const char *path)
{
    FILE *f = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
    if (!f)
        options_error(o, "%s: cannot be written", path);
    return f;
}

static bool close_output(FILE *f)
{
    if (!f)
        return true;
    bool ok = fflush(f) == 0 && !ferror(f);
    return (f == stdout || fclose(f) == 0) && ok;
}

// What a replay can write beside its report.
struct views {
    const char *requests, *perfetto, *kanata;
};
enum { VIEW_OPTIONS = 3 };

static void view_options(struct views *v, struct opt *table)
{
    const struct opt rows[VIEW_OPTIONS + 1] = {
        {"requests", 0, "FILE", "a CSV row for every answered request (see l2tlb explain)", OPT_TEXT, &v->requests, 0, 0},
        {"perfetto", 0, "FILE", "units and requests over time, for ui.perfetto.dev or chrome://tracing", OPT_TEXT,
         &v->perfetto, 0, 0},
        {"kanata", 0, "FILE", "the lives of the requests as a pipeline, for Konata", OPT_TEXT, &v->kanata, 0, 0},
        {.type = OPT_END},
    };
    memcpy(table, rows, sizeof rows);
}

static int replay(const struct options *o, struct replay_cfg *cfg, const struct views *v, enum emit_format format,
                  struct progress *p)
{
    struct job j = {.cfg = cfg, .path = o->arg, .count = (unsigned)o->args};
    p->on = !o->quiet && isatty(2) && (o->threads == 1 || o->args == 1);
    FILE *out = open_output(o, o->output ? o->output : "-");
    cfg->events = o->events ? open_output(o, o->events) : NULL;
    cfg->vcd = o->vcd ? open_output(o, o->vcd) : NULL;
    cfg->requests = v->requests ? open_output(o, v->requests) : NULL;
    cfg->perfetto = v->perfetto ? open_output(o, v->perfetto) : NULL;
    cfg->kanata = v->kanata ? open_output(o, v->kanata) : NULL;
    if (!out || (o->events && !cfg->events) || (o->vcd && !cfg->vcd) || (v->requests && !cfg->requests) ||
        (v->perfetto && !cfg->perfetto) || (v->kanata && !cfg->kanata))
        return 2;
    clock_gettime(CLOCK_MONOTONIC, &p->start);
    p->last = p->start;
    if (p->on) {
        cfg->progress = show_progress;
        cfg->progress_ctx = p;
    }
    j.result = calloc(j.count, sizeof *j.result);
    if (!j.result)
        return options_error(o, "out of memory");
    run_all(&j, o->threads);
    if (p->shown)
        fputs("\r\033[K", stderr);
    int status = report(o, &j, format, out);
    for (unsigned i = 0; i < j.count; i++)
        replay_free(j.result[i]);
    free(j.result);
    bool ok = close_output(out);
    ok &= close_output(cfg->events);
    ok &= close_output(cfg->vcd);
    ok &= close_output(cfg->requests);
    ok &= close_output(cfg->perfetto);
    ok &= close_output(cfg->kanata);
    return ok ? status : options_error(o, "an output file cannot be written");
}

int cmd_replay(int argc, char **argv)
{
    struct replay_cfg cfg;
    struct replay_own own = {.oracle = false};
    struct options o;
    struct views views = {NULL, NULL, NULL};
    struct opt table[REPLAY_OPTIONS + VIEW_OPTIONS + 1];
    replay_options(&own, table);
    view_options(&views, table + REPLAY_OPTIONS);
    int status =
        options_parse(&o, &help, OPTIONS_MACHINE | OPTIONS_REPORT | OPTIONS_SEED | OPTIONS_SKIP |
                                     OPTIONS_RUN | OPTIONS_QUIET,
                      table, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    if (!o.args)
        return options_error(&o, "no trace given (see l2tlb replay --help)");
    if ((o.events || o.vcd || views.requests || views.perfetto || views.kanata) && o.args > 1)
        return options_error(&o, "--events, --vcd, --requests, --perfetto and --kanata take one trace");
    if (!replay_configure(&o, &own, &cfg))
        return 2;
    struct progress progress = {.on = false};
    return replay(&o, &cfg, &views, emit_format_of(o.report), &progress);
}
