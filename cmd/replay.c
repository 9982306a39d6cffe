// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb replay: the main job. Replays traces and writes their report.
#include "report/replay.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "report/emit.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct own {
    struct opt_list mem, world;
    uint64_t window[L1_CLASSES];
    uint64_t retry_fetch, retry_amo, retry_load, retry_full, retry_store;
    uint64_t watchdog;
    bool oracle, first_touch;
};

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
};

// --- progress -----------------------------------------------------------------------------------

static double seconds(const struct timespec *a, const struct timespec *b)
{
    return (double)(b->tv_sec - a->tv_sec) + 1e-9 * (double)(b->tv_nsec - a->tv_nsec);
}

static void show_progress(void *ctx, uint64_t records, uint64_t cycles, uint64_t done,
                          uint64_t size)
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
        fprintf(stderr, "\r%" PRIu64 " records, %" PRIu64 " cycles, %.2f M cycles/s", records, cycles,
                (double)cycles / t / 1e6);
    else
        fprintf(stderr, "\r%" PRIu64 " records, building page tables", records);
    if (size && done)
        fprintf(stderr, ", %.0f %%, %.0f s left ", 100.0 * (double)done / (double)size,
                t * (double)(size - done) / (double)done);
    fflush(stderr);
}

// --- options to configuration -------------------------------------------------------------------

static bool take_lists(const struct options *o, const struct own *own, struct replay_cfg *cfg)
{
    char key[64], msg[512];
    const char *value, *why = NULL;
    for (unsigned i = 0; i < own->mem.count && !why; i++) {
        if (!options_split(own->mem.item[i], key, sizeof key, &value))
            return options_error(o, "--mem %s: not KEY=VALUE", own->mem.item[i]), false;
        why = replay_memory_set(&cfg->memory, key, value, msg, sizeof msg);
    }
    why = why ? why : replay_memory_check(&cfg->memory, msg, sizeof msg);
    if (why)
        return options_error(o, "--mem: %s", why), false;
    for (unsigned i = 0; i < own->world.count && !why; i++) {
        if (!options_split(own->world.item[i], key, sizeof key, &value))
            return options_error(o, "--world %s: not KEY=VALUE", own->world.item[i]), false;
        why = world_cfg_set(&cfg->world, key, value, msg, sizeof msg);
    }
    why = why ? why : world_cfg_check(&cfg->world, msg, sizeof msg);
    if (why)
        return options_error(o, "--world: %s", why), false;
    return true;
}

// A replay uses the L1 side that cannot hang (erratum L3 fixed) unless told otherwise.
static bool machine(const struct options *o, struct l2tlb_cfg *cfg)
{
    struct options with = *o;
    bool chosen = o->config_file != NULL;
    for (unsigned i = 0; i < o->sets.count; i++)
        chosen |= strncmp(o->sets.item[i], "errata", 6) == 0;
    if (!chosen && with.sets.count < OPTIONS_LIST) {
        memmove(&with.sets.item[1], &with.sets.item[0], with.sets.count * sizeof *with.sets.item);
        with.sets.item[0] = "errata.L3=fixed";
        with.sets.count++;
    }
    return options_config(&with, cfg);
}

static bool configure(const struct options *o, const struct own *own, struct replay_cfg *cfg)
{
    replay_cfg_default(cfg);
    cfg->world.seed = cfg->memory.seed = o->seed;
    if (!machine(o, &cfg->machine) || !take_lists(o, own, cfg))
        return false;
    for (unsigned k = 0; k < L1_CLASSES; k++)
        cfg->front.window[k] = (unsigned)own->window[k];
    cfg->front.retry_fetch = (unsigned)own->retry_fetch;
    cfg->front.retry_amo = (unsigned)own->retry_amo;
    cfg->front.retry_load = (unsigned)own->retry_load;
    cfg->front.retry_full = (unsigned)own->retry_full;
    cfg->front.retry_store = (unsigned)own->retry_store;
    cfg->watchdog = own->watchdog;
    cfg->oracle = own->oracle;
    cfg->first_touch = own->first_touch;
    cfg->no_skip = o->no_skip;
    cfg->log = stderr;
    return true;
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
            docs[n] = replay_document(j->cfg, r, j->path[i]);
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

static int replay(const struct options *o, struct replay_cfg *cfg, enum emit_format format)
{
    struct job j = {.cfg = cfg, .path = o->arg, .count = (unsigned)o->args};
    struct progress p = {.on = !o->quiet && isatty(2) && (o->threads == 1 || o->args == 1)};
    FILE *out = open_output(o, o->output ? o->output : "-");
    cfg->events = o->events ? open_output(o, o->events) : NULL;
    cfg->vcd = o->vcd ? open_output(o, o->vcd) : NULL;
    if (!out || (o->events && !cfg->events) || (o->vcd && !cfg->vcd))
        return 2;
    clock_gettime(CLOCK_MONOTONIC, &p.start);
    p.last = p.start;
    if (p.on) {
        cfg->progress = show_progress;
        cfg->progress_ctx = &p;
    }
    j.result = calloc(j.count, sizeof *j.result);
    if (!j.result)
        return options_error(o, "out of memory");
    run_all(&j, o->threads);
    if (p.shown)
        fputs("\r\033[K", stderr);
    int status = report(o, &j, format, out);
    for (unsigned i = 0; i < j.count; i++)
        free(j.result[i]);
    free(j.result);
    bool ok = close_output(out);
    ok &= close_output(cfg->events);
    ok &= close_output(cfg->vcd);
    return ok ? status : options_error(o, "an output file cannot be written");
}

int cmd_replay(int argc, char **argv)
{
    struct replay_cfg cfg;
    struct own own = {.oracle = false};
    struct options o;
    replay_cfg_default(&cfg);
    for (unsigned k = 0; k < L1_CLASSES; k++)
        own.window[k] = cfg.front.window[k];
    own.retry_fetch = cfg.front.retry_fetch;
    own.retry_amo = cfg.front.retry_amo;
    own.retry_load = cfg.front.retry_load;
    own.retry_full = cfg.front.retry_full;
    own.retry_store = cfg.front.retry_store;
    own.watchdog = cfg.watchdog;
    const struct opt table[] = {
        {"world", 0, "KEY=VALUE",
         "how page tables are built; repeatable, see the report's settings", OPT_LIST, &own.world,
         0, 0},
        {"mem", 0, "KEY=VALUE", "timing of memory: lat span gap aready l2_sets l2_ways hit_lat ...",
         OPT_LIST, &own.mem, 0, 0},
        {"oracle", 0, NULL, "check every answer against a functional walk", OPT_FLAG, &own.oracle,
         0, 0},
        {"first-touch", 0, NULL, "map pages when they are used, not before the run", OPT_FLAG,
         &own.first_touch, 0, 0},
        {"window-load", 0, "N", "loads that may wait at a time (72)", OPT_NUMBER,
         &own.window[L1_LOAD], 1, FRONT_WINDOW_MAX},
        {"window-store", 0, "N", "stores that may wait at a time (56)", OPT_NUMBER,
         &own.window[L1_STORE], 1, FRONT_WINDOW_MAX},
        {"window-prefetch", 0, "N", "prefetches that may wait at a time (8)", OPT_NUMBER,
         &own.window[L1_PREFETCH], 1, FRONT_WINDOW_MAX},
        {"window-fetch", 0, "N", "fetch blocks that may wait at a time (1)", OPT_NUMBER,
         &own.window[L1_FETCH], 1, FRONT_WINDOW_MAX},
        {"retry-load", 0, "N", "cycles from a load's wake-up to its next lookup (4)", OPT_NUMBER,
         &own.retry_load, 1, 1000},
        {"retry-full", 0, "N", "cycles from a FULL verdict to the next lookup (4)", OPT_NUMBER,
         &own.retry_full, 1, 1000},
        {"retry-store", 0, "N", "cycles between lookups of a store (8)", OPT_NUMBER,
         &own.retry_store, 2, 1000},
        {"retry-fetch", 0, "N", "cycles between lookups of a fetch (1)", OPT_NUMBER,
         &own.retry_fetch, 1, 1000},
        {"retry-amo", 0, "N", "cycles between lookups of an AMO (1)", OPT_NUMBER, &own.retry_amo, 1,
         1000},
        {"watchdog", 0, "N", "cycles without progress that end the run (200000; 0: never)",
         OPT_NUMBER, &own.watchdog, 0, UINT64_MAX},
        {.type = OPT_END},
    };
    int status =
        options_parse(&o, &help, OPTIONS_MACHINE | OPTIONS_REPORT | OPTIONS_RUN | OPTIONS_QUIET,
                      table, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    if (!o.args)
        return options_error(&o, "no trace given (see l2tlb replay --help)");
    enum emit_format format = emit_format_of(o.report);
    if (format == EMIT_FORMATS)
        return options_error(&o, "--report: \"%s\" is not text, json, csv or html", o.report);
    if ((o.events || o.vcd) && o.args > 1)
        return options_error(&o, "--events and --vcd take one trace");
    if (!configure(&o, &own, &cfg))
        return 2;
    return replay(&o, &cfg, format);
}
