// SPDX-License-Identifier: MulanPSL-2.0
// Random self-consistency runs: build/random [OPTIONS]. A run prints nothing unless something is
// found; the summary says what was checked.
#include "tests/random/runcheck.h"
#include "tests/random/stimgen.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char usage[] =
    "usage: random [OPTIONS]\n"
    "  --seed N        first seed (default: the clock)\n"
    "  --runs N        number of seeds (default 1000)\n"
    "  --seconds N     stop after N seconds instead\n"
    "  --preset NAME   sizes (default minimal)\n"
    "  --set KEY=VALUE parameter of the machine, e.g. errata=fixed, revision=2026-03\n"
    "  --axis NAME=N   weight 0..100 of an axis (default: drawn from the seed):\n"
    "                  faults kinds duplicates width changes pressure\n"
    "  --requests N    about how many requests per run (default: drawn)\n"
    "  --virt --wfi    also changes of V, WFI requests\n"
    "  --bitmap        also bitmap words and MBMC changes\n"
    "  --stim FILE     run this stimulus instead of drawn ones\n"
    "  --save FILE     only save the stimulus of the first seed\n"
    "  --out DIR       where shrunken stimuli go (default build)\n"
    "  --tries N       runs that the shrinker may take (default 3000, 0: no shrinking)\n"
    "  --keep-going    do not stop at the first failing seed\n"
    "  --verbose       print every finding\n"
    "  --log           print the log of the run (with --stim)\n"
    "Findings with errata as in the RTL are attributed to an erratum by running the same stimulus\n"
    "with this one fixed, and with only this one as in the RTL; what no erratum explains fails.\n"
    "Exit status: 0 nothing found, 1 a seed failed, 2 wrong usage.\n";

enum { MAX_SET = 64 };

struct main_options {
    uint64_t seed, runs, seconds;
    const char *preset, *stim, *save, *out;
    const char *set[MAX_SET];
    unsigned sets, requests, tries;
    int weight[AXES]; // -1: drawn
    bool virt, wfi, bitmap, keep_going, verbose, log;
};

struct totals {
    uint64_t runs, failing, cycles, clocked, accepted, answers, judged, stale, flushed, reads, cut, late;
    uint64_t by_kind[4], findings, known[ERRATA_COUNT], several;
};

// --- command line -------------------------------------------------------------------------------

static bool number(const char *text, uint64_t *v)
{
    char *end;
    errno = 0;
    *v = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && !errno;
}

static bool axis_option(struct main_options *m, const char *text)
{
    uint64_t v;
    for (unsigned k = 0; k < AXES; k++) {
        size_t n = strlen(stimgen_axis_name[k]);
        if (strncmp(text, stimgen_axis_name[k], n) == 0 && text[n] == '=' &&
            number(text + n + 1, &v) && v <= 100) {
            m->weight[k] = (int)v;
            return true;
        }
    }
    return false;
}

static bool flag_option(struct main_options *m, const char *arg)
{
    struct {
        const char *name;
        bool *flag;
    } flags[] = {{"--virt", &m->virt},
                 {"--wfi", &m->wfi},
                 {"--bitmap", &m->bitmap},
                 {"--keep-going", &m->keep_going},
                 {"--verbose", &m->verbose},
                 {"--log", &m->log}};
    for (size_t k = 0; k < sizeof flags / sizeof flags[0]; k++)
        if (strcmp(arg, flags[k].name) == 0) {
            *flags[k].flag = true;
            return true;
        }
    return false;
}

static bool value_option(struct main_options *m, const char *arg, const char *v)
{
    uint64_t n = 0;
    bool good = v && number(v, &n);
    if (!v)
        return false;
    if (strcmp(arg, "--preset") == 0)
        m->preset = v;
    else if (strcmp(arg, "--stim") == 0)
        m->stim = v;
    else if (strcmp(arg, "--save") == 0)
        m->save = v;
    else if (strcmp(arg, "--out") == 0)
        m->out = v;
    else if (strcmp(arg, "--set") == 0 && m->sets < MAX_SET)
        m->set[m->sets++] = v;
    else if (strcmp(arg, "--axis") == 0)
        return axis_option(m, v);
    else if (strcmp(arg, "--seed") == 0 && good)
        m->seed = n;
    else if (strcmp(arg, "--runs") == 0 && good)
        m->runs = n;
    else if (strcmp(arg, "--seconds") == 0 && good)
        m->seconds = n;
    else if (strcmp(arg, "--requests") == 0 && good && n <= 100000)
        m->requests = (unsigned)n;
    else if (strcmp(arg, "--tries") == 0 && good && n <= 1000000)
        m->tries = (unsigned)n;
    else
        return false;
    return true;
}

static bool parse(struct main_options *m, int argc, char **argv)
{
    *m = (struct main_options){.seed = (uint64_t)time(NULL),
                               .runs = 1000,
                               .preset = "minimal",
                               .out = "build",
                               .tries = 3000};
    for (unsigned k = 0; k < AXES; k++)
        m->weight[k] = -1;
    for (int i = 1; i < argc; i++) {
        if (flag_option(m, argv[i]))
            continue;
        if (!value_option(m, argv[i], i + 1 < argc ? argv[i + 1] : NULL)) {
            fprintf(stderr, "random: %s: unknown option, or value missing or wrong\n%s", argv[i],
                    usage);
            return false;
        }
        i++;
    }
    return true;
}

static bool configure(const struct main_options *m, struct l2tlb_cfg *cfg)
{
    char msg[256], key[128];
    const char *why = cfg_preset(cfg, m->preset) ? NULL : "unknown preset";
    for (unsigned i = 0; i < m->sets && !why; i++) {
        const char *eq = strchr(m->set[i], '=');
        if (!eq || (size_t)(eq - m->set[i]) >= sizeof key) {
            why = "--set needs KEY=VALUE";
            break;
        }
        snprintf(key, sizeof key, "%.*s", (int)(eq - m->set[i]), m->set[i]);
        why = cfg_set(cfg, key, eq + 1, msg, sizeof msg);
    }
    if (!why)
        why = cfg_finish(cfg, msg, sizeof msg);
    if (why)
        fprintf(stderr, "random: %s\n", why);
    return !why;
}

static void draw_options(const struct main_options *m, uint64_t seed, struct stimgen_options *o)
{
    stimgen_options(o, seed);
    for (unsigned k = 0; k < AXES; k++)
        if (m->weight[k] >= 0)
            o->weight[k] = (unsigned)m->weight[k];
    o->requests = m->requests;
    o->virt = m->virt;
    o->wfi = m->wfi;
    o->bitmap = m->bitmap;
}

static void print_command(const struct main_options *m, uint64_t seed)
{
    printf("  again: random --seed %" PRIu64 " --runs 1 --preset %s", seed, m->preset);
    for (unsigned i = 0; i < m->sets; i++)
        printf(" --set %s", m->set[i]);
    for (unsigned k = 0; k < AXES; k++)
        if (m->weight[k] >= 0)
            printf(" --axis %s=%d", stimgen_axis_name[k], m->weight[k]);
    if (m->requests)
        printf(" --requests %u", m->requests);
    printf("%s%s%s\n", m->virt ? " --virt" : "", m->wfi ? " --wfi" : "",
           m->bitmap ? " --bitmap" : "");
}

// --- which erratum ------------------------------------------------------------------------------

static bool same_finding(const struct finding *a, const struct finding *b)
{
    return a->kind == b->kind && a->tag == b->tag &&
           (a->tag != TAG_NONE || a->kind == FIND_RETURN || a->cycle == b->cycle);
}

static bool contains(const struct run_result *r, const struct finding *f)
{
    for (unsigned i = 0; i < r->count; i++)
        if (same_finding(&r->item[i], f))
            return true;
    return false;
}

// Marks the findings that this configuration shows (want) or no longer shows (!want).
static void explain(struct l2tlb_cfg *cfg, const struct stim *stim, const struct run_result *r,
                    int erratum, bool want, int *cause, struct run_result *other)
{
    char msg[128];
    bool open = false;
    for (unsigned i = 0; i < r->count; i++)
        open |= cause[i] < 0;
    if (!open || cfg_finish(cfg, msg, sizeof msg))
        return;
    run_stim(cfg, stim, &(struct run_options){.skip = true, .check = true}, other);
    for (unsigned i = 0; i < r->count; i++)
        if (cause[i] < 0 && contains(other, &r->item[i]) == want)
            cause[i] = erratum;
}

// Builds with MPT are not drawn.
static bool elsewhere(int e)
{
    return strncmp(errata_table[e].block, "l1", 2) == 0 || strcmp(errata_table[e].block, "mpt") == 0;
}

static bool of_bitmap(int e)
{
    return (e >= ERR_B1 && e <= ERR_P12) || e == ERR_P3 || e == ERR_P18;
}

enum { NO_ERRATUM = -1, SEVERAL = ERRATA_COUNT, STILL_THERE };

// cause[i]: the erratum behind finding i: it is there with this one alone as in the RTL; or else
// it is gone with this one alone fixed. SEVERAL: gone only when all are fixed. NO_ERRATUM: not even
// then.
static void attribute(const struct l2tlb_cfg *cfg, const struct stim *stim,
                      const struct run_result *r, int *cause)
{
    struct run_result *other = malloc(sizeof *other);
    for (unsigned i = 0; i < r->count; i++)
        cause[i] = NO_ERRATUM;
    if (!other)
        return;
    struct l2tlb_cfg all = *cfg;
    for (unsigned k = 0; k < ERRATA_COUNT; k++)
        all.errata_fixed[k] = true;
    explain(&all, stim, r, STILL_THERE, true, cause, other);
    for (unsigned pass = 0; pass < 2; pass++)
        for (int e = 0; e < ERRATA_COUNT; e++) {
            struct l2tlb_cfg c = *cfg;
            if (cfg->errata_fixed[e] || elsewhere(e) || (!cfg->has_bitmap && of_bitmap(e)))
                continue; // does not touch this machine
            if (pass == 1) {
                c.errata_fixed[e] = true;
            } else {
                for (unsigned k = 0; k < ERRATA_COUNT; k++)
                    c.errata_fixed[k] = (int)k != e;
            }
            explain(&c, stim, r, e, pass == 0, cause, other);
        }
    for (unsigned i = 0; i < r->count; i++)
        cause[i] = cause[i] == STILL_THERE  ? NO_ERRATUM
                   : cause[i] == NO_ERRATUM ? SEVERAL
                                            : cause[i];
    free(other);
}

// --- runs ---------------------------------------------------------------------------------------

static void add(struct totals *t, const struct run_result *r)
{
    t->runs++;
    t->cycles += r->cycles;
    t->clocked += r->clocked;
    t->accepted += r->accepted;
    t->answers += r->answers;
    t->judged += r->judged;
    t->stale += r->stale;
    t->flushed += r->flushed;
    t->reads += r->reads;
    t->cut += r->cut;
    t->late += r->late_roots;
    t->findings += r->findings;
    for (unsigned k = 0; k < 4; k++)
        t->by_kind[k] += r->by_kind[k];
}

static void print_finding(const struct finding *f, const char *cause)
{
    printf("  cycle %" PRIu64 ": %s", f->cycle, finding_name[f->kind]);
    if (f->tag != TAG_NONE)
        printf(" (port %u index %u page %" PRIx64 ")", f->tag & 1, f->tag / 2, f->vpn);
    printf(": %s%s%s\n", f->text, cause ? "  -> " : "", cause ? cause : "");
}

static const char *cause_name(int cause)
{
    return cause == SEVERAL ? "several errata" : cause < 0 ? "UNKNOWN" : errata_table[cause].id;
}

// Returns the first finding that nothing explains, or NULL.
static const struct finding *unexplained(const struct main_options *m, const struct l2tlb_cfg *cfg,
                                         const struct stim *stim, const struct run_result *r,
                                         struct totals *t)
{
    static int cause[FINDINGS];
    const struct finding *bad = NULL;
    bool all_fixed = true;
    if (!r->count)
        return NULL;
    for (unsigned k = 0; k < ERRATA_COUNT; k++)
        all_fixed &= cfg->errata_fixed[k];
    for (unsigned i = 0; i < r->count; i++)
        cause[i] = NO_ERRATUM;
    if (!all_fixed)
        attribute(cfg, stim, r, cause);
    for (unsigned i = 0; i < r->count; i++) {
        if (r->item[i].kind == FIND_SKIP)
            cause[i] = NO_ERRATUM;
        if (cause[i] == SEVERAL)
            t->several++;
        else if (cause[i] >= 0)
            t->known[cause[i]]++;
        else if (!bad)
            bad = &r->item[i];
        if (m->verbose)
            print_finding(&r->item[i], all_fixed ? NULL : cause_name(cause[i]));
    }
    return bad;
}

static void report_failure(const struct main_options *m, const struct l2tlb_cfg *cfg,
                           struct stim *stim, const struct finding *f, uint64_t seed)
{
    char path[512];
    printf("seed %" PRIu64 " FAILS\n", seed);
    print_finding(f, NULL);
    if (!m->stim)
        print_command(m, seed);
    if (!m->tries)
        return;
    struct finding copy = *f;
    run_shrink(cfg, stim, &copy, m->tries);
    snprintf(path, sizeof path, "%s/random-fail-%" PRIu64 ".stim", m->out, seed);
    if (stim_save(stim, path))
        printf("  shrunken to %zu events, %zu lines of memory: %s\n", stim->events,
               phys_lines(stim->mem), path);
    else
        printf("  %s cannot be written\n", path);
    struct run_result *r = malloc(sizeof *r);
    if (!r)
        return;
    run_both(cfg, stim, &(struct run_options){.check = true}, r);
    for (unsigned i = 0; i < r->count && i < 8; i++)
        print_finding(&r->item[i], NULL);
    free(r);
    fflush(stdout);
}

// One stimulus. Returns false when it failed.
static bool one(const struct main_options *m, const struct l2tlb_cfg *cfg, struct stim *stim,
                uint64_t seed, struct totals *t)
{
    struct run_result *r = malloc(sizeof *r);
    if (!r)
        return false;
    run_both(cfg, stim, &(struct run_options){.check = true}, r);
    add(t, r);
    const struct finding *bad = unexplained(m, cfg, stim, r, t);
    bool good = !bad && !r->failed;
    if (r->failed)
        printf("seed %" PRIu64 ": out of memory\n", seed);
    else if (bad)
        report_failure(m, cfg, stim, bad, seed);
    t->failing += !good;
    free(r);
    return good;
}

static void print_totals(const struct totals *t, double seconds)
{
    printf("%" PRIu64 " runs, %" PRIu64 " failing, each with and without skipping: %" PRIu64
           " cycles, %" PRIu64 " clocked when skipping, %.0f s\n",
           t->runs, t->failing, t->cycles, t->clocked, seconds);
    printf("%" PRIu64 " requests accepted, %" PRIu64 " answered, %" PRIu64 " flushed, %" PRIu64
           " reads (%" PRIu64 " of a root changed after its verdict), %" PRIu64
           " runs ended early\n",
           t->accepted, t->answers, t->flushed, t->reads, t->late, t->cut);
    printf("%" PRIu64 " answers judged: %" PRIu64 " noS2xlate, %" PRIu64 " onlyStage1, %" PRIu64
           " onlyStage2, %" PRIu64 " allStage; %" PRIu64 " right by an older value\n",
           t->judged, t->by_kind[0], t->by_kind[1], t->by_kind[2], t->by_kind[3], t->stale);
    if (!t->findings)
        return;
    printf("findings %" PRIu64 ":", t->findings);
    for (unsigned e = 0; e < ERRATA_COUNT; e++)
        if (t->known[e])
            printf(" %s %" PRIu64, errata_table[e].id, t->known[e]);
    printf(" several %" PRIu64 "\n", t->several);
}

static double clock_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void log_line(const char *text, uint64_t cycle, void *ctx)
{
    (void)cycle;
    (void)ctx;
    puts(text);
}

static void log_complaints(const struct finding *f, const struct oracle_report *r, void *ctx)
{
    (void)ctx;
    printf("# %s: %s\n", finding_name[f->kind], f->text);
    if (r)
        oracle_print(r, stdout);
}

static void print_log(const struct l2tlb_cfg *cfg, const struct stim *stim)
{
    struct run_result *r = malloc(sizeof *r);
    struct run_options o = {
        .skip = true, .check = true, .report = log_complaints, .line = log_line};
    if (r)
        run_stim(cfg, stim, &o, r);
    free(r);
}

static int run_file(const struct main_options *m, const struct l2tlb_cfg *cfg, struct totals *t)
{
    char msg[512];
    struct stim stim;
    const char *why = stim_load(&stim, m->stim, msg, sizeof msg);
    if (why) {
        fprintf(stderr, "random: %s\n", why);
        return 2;
    }
    if (m->log)
        print_log(cfg, &stim);
    bool good = one(m, cfg, &stim, 0, t);
    stim_free(&stim);
    return good ? 0 : 1;
}

static int save_file(const struct main_options *m)
{
    struct stimgen_options o;
    struct stim stim;
    draw_options(m, m->seed, &o);
    bool good = stimgen_draw(&stim, &o) && stim_save(&stim, m->save);
    stim_free(&stim);
    if (!good)
        fprintf(stderr, "random: %s cannot be written\n", m->save);
    return good ? 0 : 2;
}

static int run_seeds(const struct main_options *m, const struct l2tlb_cfg *cfg, struct totals *t)
{
    double start = clock_seconds();
    bool good = true;
    for (uint64_t k = 0; good || m->keep_going; k++) {
        if (m->seconds ? clock_seconds() - start >= (double)m->seconds : k >= m->runs)
            break;
        struct stimgen_options o;
        struct stim stim;
        draw_options(m, m->seed + k, &o);
        if (!stimgen_draw(&stim, &o)) {
            fprintf(stderr, "random: out of memory\n");
            return 2;
        }
        good &= one(m, cfg, &stim, m->seed + k, t);
        stim_free(&stim);
    }
    print_totals(t, clock_seconds() - start);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct main_options m;
    struct l2tlb_cfg cfg;
    struct totals t = {0};
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (!parse(&m, argc, argv) || !configure(&m, &cfg))
        return 2;
    if (m.save)
        return save_file(&m);
    if (m.stim) {
        int status = run_file(&m, &cfg, &t);
        print_totals(&t, 0);
        return status;
    }
    printf("random: first seed %" PRIu64 "\n", m.seed);
    fflush(stdout);
    return run_seeds(&m, &cfg, &t);
}
