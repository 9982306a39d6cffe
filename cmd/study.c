// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb study: design spaces. docs/studies.md is the manual.
#include "cmd/study.h"

#include "cmd/cmd.h"
#include "cmd/interrupt.h"
#include "report/emit.h"
#include "study/point.h"
#include "study/report.h"
#include "study/run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct command_help help = {
    "study",
    "[options] [run|plan|status|report|show|task|gather|cancel] STUDY.ini [POINT]",
    "Runs the points of a study (docs/studies.md): a design space over traces and seeds, on all cores or a cluster.\n"
    "What the database has is not run again.\n"
    "\n"
    "  run     run the points that have no result yet (also without a word)\n"
    "  plan    list the points as CSV\n"
    "  status  how many points are done\n"
    "  report  what the results say: best points, Pareto front, sensitivity, interactions\n"
    "  show    the JSON report of point POINT, as `l2tlb replay --report json` writes it\n"
    "  task    run share --task of --tasks into files below --results: what --shell-jobs and --slurm start\n"
    "  gather  files of tasks into the database\n"
    "  cancel  end the jobs that --slurm started",
    "run|plan|status|report|show|task|gather|cancel|FILE",
};

static const struct opt_use uses[] = {
    {"jobs", "run|task"},       {"retry", "run|task"},      {"database", "run|status|report|show|gather"},
    {"report", "report"},       {"output", "plan|report|show"}, {"results", "run|task|gather|status|cancel"},
    {"slurm", "run"},           {"shell-jobs", "run"},      {"tasks", "run|task"},
    {"task", "task"},           {"throttle", "run"},        {NULL, NULL},
};
// Of `run`: here ("run"), or elsewhere.
static const struct opt_use run_uses[] = {
    {"jobs", "run"},      {"results", "--slurm|--shell-jobs"}, {"shell-jobs", "--shell-jobs"},
    {"tasks", "--slurm"}, {"throttle", "--slurm"},             {NULL, NULL},
};

enum { STUDY_OPTIONS = 11 };

static void study_options(struct study_own *own, struct opt table[STUDY_OPTIONS + 1])
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    *own = (struct study_own){.report = "text", .jobs = cores < 1 ? 1 : cores > RUN_JOBS ? RUN_JOBS : (uint64_t)cores,
                              .tasks = 0, .task = UINT64_MAX};
    const struct opt rows[] = {
        {"jobs", 'j', "N", "points that are run at a time (default: all cores)", OPT_NUMBER, &own->jobs, 1, RUN_JOBS},
        {"retry", 0, NULL, "run the points again that failed", OPT_FLAG, &own->retry, 0, 0},
        {"database", 0, "FILE", "where results are kept (default: what STUDY.ini says, else study.db beside it)", OPT_TEXT,
         &own->database, 0, 0},
        {"report", 0, "text|json|csv|html|summary", "form of the report; csv: a row for each result (default text)",
         OPT_CHOICE, &own->report, 0, 0},
        {"output", 'o', "FILE", "write to FILE instead of standard output", OPT_TEXT, &own->output, 0, 0},
        {"results", 0, "DIR", "folder of the files of tasks (default: STUDY-results)", OPT_TEXT, &own->results, 0, 0},
        {"shell-jobs", 0, "N", "print N shell commands that do the work, for GNU parallel, HTCondor, a batch service",
         OPT_NUMBER, &own->shell_jobs, 1, 1000000},
        {"slurm", 0, "OPTIONS", "hand the work to Slurm as an array job; OPTIONS: for sbatch, may be empty", OPT_TEXT,
         &own->slurm, 0, 0},
        {"tasks", 0, "N", "shares into which the work is cut (--slurm: default 64)", OPT_NUMBER, &own->tasks, 1, 1000000},
        {"task", 0, "I", "the share to run, 0..N-1", OPT_NUMBER, &own->task, 0, 999999},
        {"throttle", 0, "N", "--slurm: tasks that may run at a time", OPT_NUMBER, &own->throttle, 1, 1000000},
        {.type = OPT_END},
    };
    _Static_assert(sizeof rows / sizeof rows[0] == STUDY_OPTIONS + 1, "count the rows");
    memcpy(table, rows, sizeof rows);
}

static bool go_on(void)
{
    return !interrupt_asked();
}

// --- run --------------------------------------------------------------------------------------------

struct progress {
    bool on, shown;
    struct timespec start, last;
};

static double since(const struct timespec *a, const struct timespec *b)
{
    return (double)(b->tv_sec - a->tv_sec) + 1e-9 * (double)(b->tv_nsec - a->tv_nsec);
}

static void show_progress(void *ctx, const struct run *r)
{
    struct progress *p = ctx;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!p->on || since(&p->last, &now) < 0.5)
        return;
    uint64_t all = plan_points(r->plan), done = r->there + r->bad + r->ran;
    p->last = now;
    p->shown = true;
    fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " points, %" PRIu64 " failed", done, all, r->failed + r->bad);
    if (r->ran && done < all)
        fprintf(stderr, ", %.0f s left ", since(&p->start, &now) / (double)r->ran * (double)(all - done));
    fflush(stderr);
}

static int run(struct study_scene *c)
{
    char msg[STUDY_MSG];
    struct progress p = {.on = !c->o->quiet && isatty(2)};
    struct run r = {.plan = c->plan, .jobs = (unsigned)c->own->jobs, .retry = c->own->retry, .stop = interrupt_asked,
                    .progress = show_progress, .ctx = &p};
    clock_gettime(CLOCK_MONOTONIC, &p.start);
    p.last = p.start;
    r.db = db_open(c->database, true, msg, sizeof msg);
    if (!r.db)
        return options_error(c->o, "%s", msg);
    bool fine = run_all(&r, msg, sizeof msg);
    db_close(r.db);
    if (p.shown)
        fputs("\r\033[K", stderr);
    if (!fine)
        return options_error(c->o, "%s", msg);
    uint64_t all = plan_points(c->plan), done = r.there + r.bad + r.ran;
    options_say("%s: %" PRIu64 " points: %" PRIu64 " were there, %" PRIu64 " run now; %" PRIu64 " failed", c->study->name, all,
                r.there + r.bad, r.ran, r.failed + r.bad);
    if (interrupt_asked() && done < all) {
        options_error(c->o, "interrupted: %" PRIu64 " of %" PRIu64 " points were not run", all - done, all);
        return interrupt_status();
    }
    return r.failed + r.bad ? 1 : 0;
}

// --- plan, status, show, report ---------------------------------------------------------------------

static int status(struct study_scene *c)
{
    struct study_state st;
    char msg[STUDY_MSG];
    if (!study_state(c->plan, c->database, &st, msg, sizeof msg))
        return options_error(c->o, "%s", msg);
    options_say("%s: %" PRIu64 " points: %" PRIu64 " done, %" PRIu64 " failed, %" PRIu64 " running, %" PRIu64 " to do",
                c->study->name, plan_points(c->plan), st.done, st.failed, st.running, st.missing);
    if (st.foreign)
        options_say("  %" PRIu64 " results are of another build of l2tlb: `run` makes them anew", st.foreign);
    if (c->plan->refused || c->plan->doubles)
        options_say("  left out: %" PRIu64 " combinations that constraints refuse, %" PRIu64 " that are as others",
                    c->plan->refused, c->plan->doubles);
    for (unsigned i = 0; i < st.told; i++)
        options_say("  point %" PRIu64 ": %s", st.failure[i].point, st.failure[i].text);
    study_queue(c);
    return 0;
}

// Writes through `print`; returns the exit status.
static int written(struct study_scene *c, bool (*print)(struct study_scene *c, FILE *out, char *msg, size_t size))
{
    char msg[STUDY_MSG] = "out of memory";
    struct output *out;
    const char *const in[] = {c->study->path, c->database}, *const to = c->own->output ? c->own->output : "-";
    if (!options_apart(c->o, in, 2, &to, 1))
        return 2;
    for (unsigned i = 0; i < c->plan->traces; i++)
        if (!options_apart(c->o, &c->plan->trace[i].path, 1, &to, 1))
            return 2;
    if (!options_open(c->o, to, &out))
        return 2;
    bool fine = print(c, output_stream(out), msg, sizeof msg);
    if (!fine && !ferror(output_stream(out)))
        options_error(c->o, "%s", msg);
    return options_close(c->o, &out, 1, fine) && fine ? 0 : 2;
}

static bool print_plan(struct study_scene *c, FILE *out, char *msg, size_t size)
{
    (void)msg;
    (void)size;
    return study_plan_csv(c->plan, out);
}

static bool print_report(struct study_scene *c, FILE *out, char *msg, size_t size)
{
    if (strcmp(c->own->report, "csv") == 0)
        return study_csv(c->plan, c->database, out, msg, size);
    struct doc *d = study_document(c->plan, c->database, msg, size);
    const struct doc *const one = d;
    bool fine = d && emit_all(emit_format_of(c->own->report), out, &one, 1);
    doc_free(d);
    return fine;
}

static bool print_one(struct study_scene *c, FILE *out, char *msg, size_t size)
{
    uint64_t n;
    if (!options_number(c->o->arg[2], &n) || n >= plan_points(c->plan)) {
        snprintf(msg, size, "show: \"%.40s\" is no point of 0..%" PRIu64, c->o->arg[2], plan_points(c->plan) - 1);
        return false;
    }
    char *text = study_show(c->plan, c->database, n, msg, size);
    if (text)
        fputs(text, out);
    free(text);
    return text && !ferror(out);
}

// --- the command ------------------------------------------------------------------------------------

static const char *const verbs[] = {"run", "plan", "status", "report", "show", "task", "gather", "cancel"};
enum verb { RUN, PLAN, STATUS, REPORT, SHOW, TASK, GATHER, CANCEL, VERBS };

static int act(struct study_scene *c, enum verb v)
{
    switch (v) {
    case RUN:
        if (c->own->shell_jobs)
            return study_shell(c);
        return c->own->slurm ? study_submit(c) : run(c);
    case PLAN:
        return written(c, print_plan);
    case STATUS:
        return status(c);
    case REPORT:
        return written(c, print_report);
    case SHOW:
        return written(c, print_one);
    case TASK:
        return study_task(c);
    case GATHER:
        return study_gather(c);
    case CANCEL:
    case VERBS:
        break;
    }
    return study_cancel(c);
}

// A device may never end, a folder reads as an empty file.
static bool is_file(const struct options *o, const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return options_error(o, "%s: no regular file", path) == 0;
    return true;
}

static int with_study(struct study_scene *c, enum verb v, const char *path)
{
    char msg[STUDY_MSG];
    if (!is_file(c->o, path))
        return 2;
    interrupt_allow();
    c->study = study_load(path, msg, sizeof msg);
    if (c->study)
        c->plan = plan_new(c->study, go_on, msg, sizeof msg);
    int status = interrupt_asked() ? interrupt_status() : 2;
    if (c->plan) {
        c->database = c->own->database ? c->own->database : c->study->database;
        status = act(c, v);
    } else {
        options_error(c->o, "%s", msg);
    }
    plan_free(c->plan);
    study_free(c->study);
    return status;
}

int cmd_study(int argc, char **argv)
{
    struct options o;
    struct study_own own;
    struct opt table[STUDY_OPTIONS + 1];
    study_options(&own, table);
    int status = options_parse(&o, &help, OPTIONS_QUIET, table, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    unsigned v = 0;
    while (o.args > 0 && v < VERBS && strcmp(o.arg[0], verbs[v]) != 0)
        v++;
    int first = o.args > 0 && v < VERBS ? 1 : 0;
    if (!first)
        v = RUN;
    if (o.args <= first)
        return options_error(&o, "no study given (see l2tlb study --help)");
    if (o.args != first + 1 + (v == SHOW))
        return options_error(&o, v == SHOW ? "show takes a study and the number of a point" : "one study at a time");
    const char *where = own.slurm ? "--slurm" : own.shell_jobs ? "--shell-jobs" : "run";
    if (!options_of_use(&o, uses, verbs[v]) || (v == RUN && !options_of_use(&o, run_uses, where)))
        return 2;
    struct study_scene scene = {.o = &o, .own = &own};
    return with_study(&scene, (enum verb)v, o.arg[first]);
}
