// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb explain FILE: the lives of single requests, from the rows that replay --requests wrote.
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "replay/requests.h"
#include "traces/source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SLOWEST_MAX = 1000 };

static const struct command_help help = {
    "explain",
    "[options] FILE [REQUEST...]",
    "Tells the lives of single requests as timelines: where each was from cycle to cycle, which request held\n"
    "what it waited for, and what it read. FILE is what `l2tlb replay --requests FILE` wrote (or -, .gz, .xz,\n"
    ".zst). REQUEST is a number of its first column; without any, the slowest are shown.",
    "FILE",
};

static const char *const kind_text[KINDS] = {"one-stage", "VS stage only", "G stage only", "two-stage"};
static const char *const path_text[PATHS] = {
    "the 4-KiB entry was cached (L0)",    "the large page was cached (SP)", "the last table was known (L1)",
    "two tables were still to go (L2)", "three tables were still to go (L3)", "from the root",
};
static const char *const page_text[LEVELS + 1] = {"4 KiB", "2 MiB", "1 GiB", "512 GiB", "no page"};
static const char *const stage_text[] = {"stage 1", "G stage", "bitmap"};

// --- one request ------------------------------------------------------------------------------------

static void print_ending(const struct tracked_answer *a)
{
    static const char *const fault[] = {"page fault", "access fault", "guest page fault", "G access fault"};
    bool some = false;
    for (unsigned i = 0; i < 4; i++)
        if (a->fault >> i & 1) {
            printf("%s%s", some ? " and " : "", fault[i]);
            some = true;
        }
    if (!some && a->s2xlate == ONLY_STAGE2)
        printf("a page of %s", page_text[a->g_level]);
    else if (!some && a->g_level < LEVELS)
        printf("a page of %s on one of %s", page_text[a->s1_level], page_text[a->g_level]);
    else if (!some)
        printf("a page of %s", page_text[a->s1_level]);
}

// Why a request waited for another one.
static const char *held_by(unsigned cause)
{
    return cause == CAUSE_MISSQ       ? "the PTW walks for request"
           : cause == CAUSE_G_REQUEST ? "the G-stage walker walks for request"
                                      : "it shares the read of request";
}

static void print_step(const struct tracked_answer *a, unsigned i)
{
    const struct life_step *s = &a->step[i];
    uint32_t to = i + 1 < a->steps ? a->step[i + 1].at : a->latency;
    printf("  %8" PRIu32 "  +%-7" PRIu32 " %s", s->at, to - s->at, l2tlb_cause_text[s->cause]);
    if (s->holder != TAG_NONE)
        printf("; %s %" PRIu32, held_by(s->cause), s->holder);
    putchar('\n');
}

static void print_read(const struct life_read *r)
{
    printf("  %8" PRIu32 "  ", r->at);
    if (r->cycles)
        printf("+%-7" PRIu32, r->cycles);
    else
        printf("%-8s", "later");
    if (r->stage == 2)
        printf(" read of a bitmap word, address %" PRIx64 "\n", r->addr);
    else if (r->stage == 3)
        printf(" read of a level-%u entry of the MPT, address %" PRIx64 "\n", r->level, r->addr);
    else
        printf(" read of a level-%u table of %s, address %" PRIx64 "\n", r->level, stage_text[r->stage], r->addr);
}

// Steps and reads, merged by their cycles.
static void print_life(const struct tracked_answer *a)
{
    unsigned r = 0;
    printf("request %" PRIu32 ": %s, page %" PRIx64 ", port %u (%s)\n", a->tag, kind_text[a->s2xlate], a->vpn, a->port,
           a->port ? "data" : "instructions");
    printf("  accepted in cycle %" PRIu64 ", answered %" PRIu32 " cycles later: ", a->accepted, a->latency);
    print_ending(a);
    printf("\n  %s%s; %u read%s of tables\n  at cycle  takes\n", path_text[a->path],
           a->gside == GSIDE_WALKED   ? ", the G stage was walked"
           : a->gside == GSIDE_CACHED ? ", the G stage was cached"
                                      : "",
           a->reads, a->reads == 1 ? "" : "s");
    for (unsigned i = 0; i < a->steps; i++) {
        uint32_t to = i + 1 < a->steps ? a->step[i + 1].at : a->latency;
        print_step(a, i);
        while (r < a->kept_reads && a->read[r].at <= to + (i + 1 == a->steps))
            print_read(&a->read[r++]);
    }
    putchar('\n');
}

// --- the file ---------------------------------------------------------------------------------------

struct wanted {
    uint64_t *tag; // numbers asked for
    bool *found;
    unsigned tags;
    uint64_t slowest;
    struct request_row *row; // the slowest so far, in no order
    unsigned rows;
};

static void rebind(struct request_row *row)
{
    row->a.cause = row->cause;
    row->a.step = row->step;
    row->a.read = row->read;
}

static void keep_slow(struct wanted *w, const struct request_row *row)
{
    unsigned least = 0;
    if (w->rows < w->slowest) {
        w->row[w->rows++] = *row;
        return;
    }
    for (unsigned i = 1; i < w->rows; i++) // of equals the one that came last goes
        if (w->row[i].a.latency <= w->row[least].a.latency)
            least = i;
    if (w->rows && row->a.latency > w->row[least].a.latency)
        w->row[least] = *row;
}

static int by_latency(const void *a, const void *b)
{
    const struct request_row *x = a, *y = b;
    if (x->a.latency != y->a.latency)
        return x->a.latency > y->a.latency ? -1 : 1;
    return x->a.accepted < y->a.accepted ? -1 : x->a.accepted > y->a.accepted;
}

static int read_rows(const struct options *o, struct source *in, struct wanted *w)
{
    struct request_row *row = calloc(1, sizeof *row);
    size_t len;
    char *line = source_line(in, &len);
    const char *why = row ? NULL : "out of memory";
    if (!why && (!line || !requests_is_head(line)))
        why = "not a file of replay --requests (its first line names other columns)";
    while (!why && (line = source_line(in, &len))) {
        why = requests_read(line, row);
        for (unsigned i = 0; !why && i < w->tags; i++)
            if (w->tag[i] == row->a.tag) {
                w->found[i] = true;
                print_life(&row->a);
            }
        if (!why && w->slowest)
            keep_slow(w, row);
    }
    if (!why)
        why = source_error(in);
    free(row);
    return why ? options_error(o, "%s:%" PRIu64 ": %s", source_path(in), source_lines(in) ? source_lines(in) : 1, why) : 0;
}

static int explain(const struct options *o, struct wanted *w)
{
    char msg[512];
    struct source *in = source_open(o->arg[0], msg, sizeof msg);
    if (!in)
        return options_error(o, "%s", msg);
    int status = read_rows(o, in, w);
    source_close(in);
    if (status)
        return status;
    if (w->rows)
        qsort(w->row, w->rows, sizeof *w->row, by_latency);
    for (unsigned i = 0; i < w->rows; i++) {
        rebind(&w->row[i]);
        print_life(&w->row[i].a);
    }
    for (unsigned i = 0; i < w->tags && !status; i++)
        if (!w->found[i])
            status = options_error(o, "request %" PRIu64 " is not in %s", w->tag[i], o->arg[0]);
    return status;
}

int cmd_explain(int argc, char **argv)
{
    struct wanted w = {.slowest = 0};
    const struct opt own[] = {
        {"slowest", 0, "N", "the N slowest requests (default 3 where no number is given)", OPT_NUMBER, &w.slowest, 1,
         SLOWEST_MAX},
        {.type = OPT_END},
    };
    struct options o;
    int status = options_parse(&o, &help, 0, own, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    if (!o.args)
        return options_error(&o, "no file given (see l2tlb explain --help)");
    w.tags = (unsigned)o.args - 1;
    if (!w.tags && !w.slowest)
        w.slowest = 3;
    w.tag = calloc(w.tags + 1, sizeof *w.tag);
    w.found = calloc(w.tags + 1, sizeof *w.found);
    w.row = calloc(w.slowest + 1, sizeof *w.row);
    status = w.tag && w.found && w.row ? 0 : options_error(&o, "out of memory");
    for (unsigned i = 0; i < w.tags && !status; i++)
        if (!options_number(o.arg[i + 1], &w.tag[i]) || w.tag[i] > UINT32_MAX)
            status = options_error(&o, "%s: not the number of a request", o.arg[i + 1]);
    if (!status)
        status = explain(&o, &w);
    free(w.tag);
    free(w.found);
    free(w.row);
    return status;
}
