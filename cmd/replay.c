// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb replay: the main job. Replays traces and writes their report.
#include "cmd/cmd.h"
#include "cmd/interrupt.h"
#include "cmd/parameters.h"
#include "cmd/replay_options.h"
#include "cmd/reports.h"
#include "cmd/wave.h"
#include "report/replay_doc.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// What is written beside the reports.
enum { OUT_EVENTS, OUT_VCD, OUT_REQUESTS, OUT_PERFETTO, OUT_KANATA, OUT_FST, OUTPUTS };

struct progress {
    bool on, shown;
    struct timespec start, last;
    FILE *const *stream; // OUTPUTS of them, may be NULL: can they be written?
};

// What is left of the replay of a trace until the reports before it are written. (A result has some
// megabytes.)
struct outcome {
    bool done, interrupted;
    int status;
    struct doc *doc;    // NULL: message says why
    struct remarks remarks;
    char message[1024]; // for standard error; may be empty
};

// One replay per trace; threads take them in turn.
struct job {
    const struct options *o;
    const struct replay_cfg *cfg;
    char **path;
    struct outcome *outcome;
    unsigned count, next, written;
    struct reports out;
    bool lost;        // a report could not be written
    bool interrupted; // one is partial
    int status;
    pthread_mutex_t lock;
    pthread_cond_t turn; // `written` has changed
};

// Reports that may wait for one before them.
enum { AHEAD = 64 };

static const struct command_help help = {
    "replay",
    "[options] TRACE...",
    "Replays GVA traces through the L1 side and the L2TLB and reports latency, memory references\n"
    "and where the cycles went. Page tables are built for the trace, or come from its image.\n"
    "`-` is standard input; gzip, xz and zstd are unpacked. Several traces give one report each.",
    "FILE",
};

// --- progress -----------------------------------------------------------------------------------

static double seconds(const struct timespec *a, const struct timespec *b)
{
    return (double)(b->tv_sec - a->tv_sec) + 1e-9 * (double)(b->tv_nsec - a->tv_nsec);
}

static bool show_progress(void *ctx, uint64_t records, uint64_t cycles, uint64_t done,
                          uint64_t size, const struct hist *latency)
{
    struct progress *p = ctx;
    struct timespec now;
    if (interrupt_asked())
        return false;
    for (unsigned i = 0; i < OUTPUTS; i++)
        if (p->stream[i] && ferror(p->stream[i]))
            return false;
    if (!p->on)
        return true;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (seconds(&p->last, &now) < 0.5)
        return true;
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
    return true;
}

// --- running ------------------------------------------------------------------------------------

static void run_one(const struct job *j, unsigned i, struct outcome *c)
{
    struct replay_result *r = replay_run(j->cfg, j->path[i]);
    if (r && r->end == REPLAY_BAD_INPUT)
        snprintf(c->message, sizeof c->message, "%s", r->message);
    else if (r && r->end != REPLAY_NO_MEMORY)
        c->doc = replay_document(j->cfg, r, j->path[i]);
    if (c->doc)
        c->doc->full = j->o->full;
    if (c->doc)
        remarks_of(&c->remarks, j->cfg, r);
    if (!c->doc && !c->message[0])
        snprintf(c->message, sizeof c->message, "%.1000s: out of memory", j->path[i]);
    c->interrupted = interrupt_asked() && r &&
                     (r->end == REPLAY_INTERRUPTED || r->end == REPLAY_BAD_INPUT);
    if (c->doc && c->interrupted)
        snprintf(c->message, sizeof c->message, "%.800s: %.200s", j->path[i], r->message);
    c->status = !c->doc ? 2 : r->end != REPLAY_DONE || c->doc->failed ? 1 : 0;
    replay_free(r);
}

// The next report in order. Called with the lock held.
static void write_one(struct job *j, struct outcome *c)
{
    for (const struct doc_check *k = c->doc ? c->doc->checks : NULL; k; k = k->next)
        if (!k->ok)
            fprintf(stderr, "l2tlb replay: check failed: %s: %" PRIu64 " != %" PRIu64 "\n", k->text,
                    k->left, k->right);
    replay_remarks(j->o, &c->remarks, j->path[j->written]);
    if (c->doc && !j->lost)
        j->lost = !reports_write(&j->out, c->doc);
    if (c->message[0])
        options_error(j->o, "%s", c->message);
    j->status = c->status > j->status ? c->status : j->status;
    j->interrupted |= c->interrupted;
    doc_free(c->doc);
    c->doc = NULL;
    j->written++;
}

static bool more(const struct job *j)
{
    return j->next < j->count && !j->lost && !interrupt_asked();
}

static void *work(void *ctx)
{
    struct job *j = ctx;
    pthread_mutex_lock(&j->lock);
    while (more(j)) {
        if (j->next >= j->written + AHEAD) { // somebody else works on the one that all wait for
            pthread_cond_wait(&j->turn, &j->lock);
            continue;
        }
        unsigned i = j->next++;
        pthread_mutex_unlock(&j->lock);
        run_one(j, i, &j->outcome[i]);
        pthread_mutex_lock(&j->lock);
        j->outcome[i].done = true;
        while (j->written < j->count && j->outcome[j->written].done)
            write_one(j, &j->outcome[j->written]);
        pthread_cond_broadcast(&j->turn);
    }
    pthread_cond_broadcast(&j->turn);
    pthread_mutex_unlock(&j->lock);
    return NULL;
}

static void run_all(struct job *j, uint64_t threads)
{
    pthread_t thread[256];
    unsigned n = 0;
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->turn, NULL);
    while (n + 1 < threads && n + 1 < j->count && pthread_create(&thread[n], NULL, work, j) == 0)
        n++;
    work(j);
    while (n-- > 0)
        pthread_join(thread[n], NULL);
    pthread_cond_destroy(&j->turn);
    pthread_mutex_destroy(&j->lock);
}

// --- outputs ------------------------------------------------------------------------------------

// Returns the status.
static int finish(const struct options *o, struct job *j, struct output *const file[OUTPUTS], struct fst *fst)
{
    bool some = j->out.to[0].n > 0, ok = fst_end(o, fst);
    some &= ok;
    if (interrupt_asked() && j->written < j->count)
        options_error(o, "interrupted: %u of %u traces were not replayed", j->count - j->written,
                      j->count);
    if (some && !j->lost)
        reports_end(&j->out);
    if (j->out.no_memory)
        ok = some = options_error(o, "out of memory") == 0;
    struct output *all[OUTPUTS + REPORTS];
    memcpy(all, file, OUTPUTS * sizeof *all);
    memcpy(all + OUTPUTS, j->out.file, sizeof j->out.file);
    // Without any report a waveform or events are of no use.
    ok &= options_close(o, all, OUTPUTS + REPORTS, some);
    if (ok && some)
        ok = wave_save_files(o, o->vcd) && wave_save_files(o, o->fst);
    bool stopped = interrupt_asked() && (j->interrupted || j->written < j->count);
    return !ok ? 2 : stopped ? interrupt_status() : j->status;
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

static int replay(const struct options *o, struct replay_cfg *cfg, const struct views *v, struct progress *p)
{
    struct output *file[OUTPUTS] = {NULL};
    FILE *stream[OUTPUTS] = {NULL};
    struct fst fst = {.vcd = NULL};
    p->on = !o->quiet && isatty(2) && (o->threads == 1 || o->args == 1);
    struct job j = {.o = o, .cfg = cfg, .path = o->arg, .count = (unsigned)o->args};
    const char *path[OUTPUTS + REPORTS] = {o->events, o->vcd, v->requests, v->perfetto, v->kanata, o->fst};
    if (!reports_of(o, j.count > 1, &j.out))
        return 2;
    memcpy(path + OUTPUTS, j.out.path, sizeof j.out.path);
    if (!replay_apart(o, path, OUTPUTS + REPORTS))
        return 2;
    j.outcome = calloc(j.count, sizeof *j.outcome);
    if (!j.outcome)
        return options_error(o, "out of memory");
    bool open = reports_open(o, &j.out);
    open = open && fst_begin(o, o->fst, &fst);
    file[OUT_FST] = fst.out;
    stream[OUT_FST] = fst.vcd;
    for (unsigned i = 0; i < OUT_FST && open; i++) {
        open = options_open(o, path[i], &file[i]);
        stream[i] = file[i] ? output_stream(file[i]) : NULL;
    }
    if (!open) {
        j.status = 2;
    } else {
        cfg->events = stream[OUT_EVENTS];
        cfg->vcd[0] = stream[OUT_VCD];
        cfg->vcd[1] = stream[OUT_FST];
        cfg->requests = stream[OUT_REQUESTS];
        cfg->perfetto = stream[OUT_PERFETTO];
        cfg->kanata = stream[OUT_KANATA];
        p->stream = stream;
        clock_gettime(CLOCK_MONOTONIC, &p->start);
        p->last = p->start;
        cfg->progress = show_progress;
        cfg->progress_ctx = p;
        interrupt_allow();
        run_all(&j, o->threads);
        if (p->shown)
            fputs("\r\033[K", stderr);
    }
    int status = finish(o, &j, file, &fst);
    free(j.outcome);
    return status;
}

int cmd_replay(int argc, char **argv)
{
    struct replay_cfg cfg;
    struct replay_own own = {.reuse = false};
    struct options o;
    struct views views = {NULL, NULL, NULL};
    struct opt table[REPLAY_OPTIONS + VIEW_OPTIONS + 1];
    replay_options(&own, table);
    view_options(&views, table + REPLAY_OPTIONS);
    int status =
        options_parse(&o, &help, OPTIONS_MACHINE | OPTIONS_REPORT | OPTIONS_SEED | OPTIONS_SKIP |
                                     OPTIONS_WATCH | OPTIONS_THREADS | OPTIONS_QUIET,
                      table, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    if ((status = parameters_help(&o, &own.world, &own.mem)) != OPTIONS_GO)
        return status;
    if (!o.args)
        return options_error(&o, "no trace given (see l2tlb replay --help)");
    if ((o.events || o.vcd || o.fst || views.requests || views.perfetto || views.kanata) && o.args > 1)
        return options_error(&o, "--events, --vcd, --fst, --requests, --perfetto and --kanata take one trace");
    if (!replay_configure(&o, &own, &cfg))
        return 2;
    struct progress progress = {.on = false};
    return replay(&o, &cfg, &views, &progress);
}
