// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb replay: the main job. Replays traces and writes their report.
#include "cmd/cmd.h"
#include "cmd/interrupt.h"
#include "cmd/options.h"
#include "cmd/parameters.h"
#include "cmd/replay_options.h"
#include "report/emit.h"
#include "report/replay_doc.h"
#include "traces/output.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct progress {
    bool on, shown;
    struct timespec start, last;
    FILE *events, *vcd; // that they can be written; may be NULL
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
    struct emitter out;
    bool lost;        // a report could not be written
    bool interrupted; // one is partial
    int status;
    pthread_mutex_t lock;
    pthread_cond_t turn; // `written` has changed
};

// Reports that may wait for one before them.
enum { AHEAD = 64 };

struct outputs {
    struct output *report, *events, *vcd;
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

static bool writable(FILE *f)
{
    return !f || !ferror(f);
}

static bool show_progress(void *ctx, uint64_t records, uint64_t cycles, uint64_t done,
                          uint64_t size)
{
    struct progress *p = ctx;
    struct timespec now;
    if (interrupt_asked() || !writable(p->events) || !writable(p->vcd))
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
        remarks_of(&c->remarks, j->cfg, r);
    if (!c->doc && !c->message[0])
        snprintf(c->message, sizeof c->message, "%.1000s: out of memory", j->path[i]);
    c->interrupted = interrupt_asked() && r &&
                     (r->end == REPLAY_INTERRUPTED || r->end == REPLAY_BAD_INPUT);
    if (c->doc && c->interrupted)
        snprintf(c->message, sizeof c->message, "%.800s: %.200s", j->path[i], r->message);
    c->status = !c->doc ? 2 : r->end != REPLAY_DONE || c->doc->failed ? 1 : 0;
    free(r);
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
        j->lost = !emit_one(&j->out, c->doc);
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

static bool open_one(const struct options *o, const char *path, struct output **to)
{
    char msg[1024];
    *to = path ? output_open(path, msg, sizeof msg) : NULL;
    if (path && !*to)
        options_error(o, "%s", msg);
    return !path || *to;
}

static bool lost(const struct output *out)
{
    return out && (fflush(output_stream(out)) != 0 || ferror(output_stream(out)));
}

// All outputs are whole, or none of them stays. False after printing messages.
static bool close_all(const struct options *o, const struct outputs *to, bool whole)
{
    struct output *const all[] = {to->report, to->events, to->vcd};
    char msg[1024];
    bool any = lost(to->report) || lost(to->events) || lost(to->vcd), fine = true;
    for (unsigned i = 0; i < 3; i++) {
        if (!all[i])
            continue;
        if ((whole && !any) || lost(all[i])) {
            if (!output_close(all[i], msg, sizeof msg))
                fine = options_error(o, "%s", msg) == 0;
        } else {
            output_abandon(all[i]);
        }
    }
    return fine;
}

// Returns the status.
static int finish(const struct options *o, struct job *j, const struct outputs *to)
{
    bool some = j->out.n > 0, ok = true;
    if (interrupt_asked() && j->written < j->count)
        options_error(o, "interrupted: %u of %u traces were not replayed", j->count - j->written,
                      j->count);
    if (some && !j->lost)
        emit_end(&j->out);
    if (j->lost && !ferror(j->out.out))
        ok = some = options_error(o, "out of memory") == 0;
    // Without any report a waveform or events are of no use.
    ok &= close_all(o, to, some);
    bool stopped = interrupt_asked() && (j->interrupted || j->written < j->count);
    return !ok ? 2 : stopped ? interrupt_status() : j->status;
}

static int replay(const struct options *o, struct replay_cfg *cfg, enum emit_format format,
                  struct progress *p)
{
    struct outputs to = {NULL, NULL, NULL};
    p->on = !o->quiet && isatty(2) && (o->threads == 1 || o->args == 1);
    struct job j = {.o = o, .cfg = cfg, .path = o->arg, .count = (unsigned)o->args};
    const char *const out[] = {o->output ? o->output : "-", o->events, o->vcd};
    if (!replay_apart(o, out, 3))
        return 2;
    j.outcome = calloc(j.count, sizeof *j.outcome);
    if (!j.outcome)
        return options_error(o, "out of memory");
    if (!open_one(o, o->output ? o->output : "-", &to.report) ||
        !open_one(o, o->events, &to.events) || !open_one(o, o->vcd, &to.vcd)) {
        j.status = 2;
    } else {
        j.out = (struct emitter){.format = format, .out = output_stream(to.report), .many = j.count > 1};
        p->events = cfg->events = to.events ? output_stream(to.events) : NULL;
        p->vcd = cfg->vcd = to.vcd ? output_stream(to.vcd) : NULL;
        clock_gettime(CLOCK_MONOTONIC, &p->start);
        p->last = p->start;
        cfg->progress = show_progress;
        cfg->progress_ctx = p;
        interrupt_allow();
        run_all(&j, o->threads);
        if (p->shown)
            fputs("\r\033[K", stderr);
    }
    int status = finish(o, &j, &to);
    free(j.outcome);
    return status;
}

int cmd_replay(int argc, char **argv)
{
    struct replay_cfg cfg;
    struct replay_own own = {.oracle = false};
    struct options o;
    struct opt table[REPLAY_OPTIONS + 1];
    replay_options(&own, table);
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
    if ((o.events || o.vcd) && o.args > 1)
        return options_error(&o, "--events and --vcd take one trace");
    if (!replay_configure(&o, &own, &cfg))
        return 2;
    struct progress progress = {.on = false};
    return replay(&o, &cfg, emit_format_of(o.report), &progress);
}
