// SPDX-License-Identifier: MulanPSL-2.0
#include "check/check.h"

#include "check/driver.h"
#include "check/l1log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 512, HISTORY = 24, WORDS = 40 };

struct history {
    char line[HISTORY][LINE];
    unsigned long count;
};

struct checker {
    const struct check_options *options;
    struct check_result *result;
    struct driver *driver;
    struct source *gold;
    char next[LINE]; // next unread line of the recording
    bool at_end;     // of the recording
    struct history ours, theirs;
    FILE *details;
    char error[512];
    bool wfi_lines; // the recording has S lines
};

static void remember(struct history *h, const char *line)
{
    snprintf(h->line[h->count++ % HISTORY], LINE, "%s", line);
}

static void refuse(struct checker *c, const char *why)
{
    snprintf(c->error, sizeof c->error, "%s:%" PRIu64 ": %s", source_path(c->gold), source_lines(c->gold),
             why);
}

static void advance(struct checker *c)
{
    const char *line;
    size_t n = 0;
    do
        line = source_line(c->gold, &n);
    while (line && (line[0] == '#' || n == 0));
    c->at_end = !line;
    if (!line && source_error(c->gold))
        refuse(c, source_error(c->gold));
    snprintf(c->next, sizeof c->next, "%s", line ? line : "");
    if (line && (n >= sizeof c->next || !strchr("QDARWSPE", line[0]) || line[1] != ' ' || !l1log_plain(line)))
        refuse(c, "not a line of a recording");
}

static uint64_t cycle_of(const char *line)
{
    return strtoull(line + 2, NULL, 10);
}

// --- naming a difference -----------------------------------------------------------------------

static const char *const answer_field[] = {
    "R", "cycle", "port", "s2xlate", "s1_entry_tag", "s1_entry_asid", "s1_entry_vmid",
    "s1_entry_n", "s1_entry_pbmt", "s1_entry_perm", "s1_entry_level", "s1_entry_v", "s1_entry_ppn",
    "s1_addr_low", "s1_ppn_low", "s1_valididx", "s1_pteidx", "s1_pf", "s1_af", "s2_entry_tag",
    "s2_entry_vmid", "s2_entry_n", "s2_entry_pbmt", "s2_entry_ppn", "s2_entry_perm",
    "s2_entry_level", "s2_gpf", "s2_gaf"};
enum { ANSWER_WORDS = 28, ANSWER_S2 = 19 };

static unsigned words(char *text, char *word[WORDS])
{
    unsigned n = 0;
    char *save = NULL;
    for (char *w = strtok_r(text, " ", &save); w && n < WORDS; w = strtok_r(NULL, " ", &save))
        word[n++] = w;
    return n;
}

static void name_signal(char *out, size_t n, const char *line)
{
    char kind = line[0], port = '0';
    const char *p = strchr(line + 2, ' ');
    if (p)
        port = p[1];
    switch (kind) {
    case 'Q': snprintf(out, n, "io_tlb_%c_req_0_fire", port); break;
    case 'R': snprintf(out, n, "io_tlb_%c_resp_fire", port); break;
    case 'W': snprintf(out, n, "io_tlb_%c_resp_valid (held)", port); break;
    case 'A': snprintf(out, n, "auto_out_a_fire"); break;
    case 'D': snprintf(out, n, "auto_out_d_valid"); break;
    case 'S': snprintf(out, n, "io_wfi_wfiSafe"); break;
    case 'P': snprintf(out, n, "io_perf"); break;
    default: snprintf(out, n, "totals"); break;
    }
}

// Two lines of one kind and cycle: which word differs?
static void name_field(char *out, size_t n, const char *got, const char *expected)
{
    static const char *const q[] = {"Q", "cycle", "port", "index", "vpn", "s2xlate"};
    static const char *const a[] = {"A", "cycle", "source", "address"};
    char g[LINE], e[LINE], sig[64], *gw[WORDS], *ew[WORDS];
    snprintf(g, sizeof g, "%s", got);
    snprintf(e, sizeof e, "%s", expected);
    unsigned gn = words(g, gw), en = words(e, ew);
    for (unsigned i = 0; i < gn && i < en; i++) {
        if (strcmp(gw[i], ew[i]) == 0)
            continue;
        char port = got[0] == 'A' ? '0' : gw[2][0];
        if (got[0] == 'R' && i < ANSWER_WORDS)
            snprintf(sig, sizeof sig, "io_tlb_%c_resp_bits_%s", port, answer_field[i]);
        else if (got[0] == 'Q' && i < 6)
            snprintf(sig, sizeof sig, "io_tlb_%c_req_0_bits_%s", port, q[i]);
        else if (got[0] == 'A' && i < 4)
            snprintf(sig, sizeof sig, "auto_out_a_bits_%s", a[i]);
        else if (got[0] == 'P')
            snprintf(sig, sizeof sig, "sum of io_perf_%u", i - 1);
        else
            snprintf(sig, sizeof sig, "word %u of line %c", i, got[0]);
        snprintf(out, n, "%s got %.40s expected %.40s", sig, gw[i], ew[i]);
        return;
    }
    snprintf(out, n, "line %c got %u words expected %u", got[0], gn, en);
}

static void print_history(FILE *out, const char *title, const struct history *h)
{
    fprintf(out, "%s\n", title);
    unsigned long first = h->count > HISTORY ? h->count - HISTORY : 0;
    for (unsigned long i = first; i < h->count; i++)
        fprintf(out, "  %s\n", h->line[i % HISTORY]);
}

// got or expected may be NULL: a line that only one side has.
static void differ(struct checker *c, const char *got, const char *expected)
{
    struct check_result *r = c->result;
    if (c->error[0] || r->mismatches++)
        return;
    char sig[64];
    const char *one = got ? got : expected;
    name_signal(sig, sizeof sig, one);
    r->at_end = one[0] == 'P' || one[0] == 'E';
    r->first_cycle = r->at_end ? driver_cycle(c->driver) : cycle_of(one);
    if (got && expected)
        name_field(r->first, sizeof r->first, got, expected);
    else
        snprintf(r->first, sizeof r->first, "%s got %s expected %s (%.150s)", sig, got ? "1" : "0",
                 got ? "0" : "1", one);
    if (!c->details)
        return;
    if (r->at_end)
        fprintf(c->details, "first difference at the end: %s\n", r->first);
    else
        fprintf(c->details, "first difference in cycle %" PRIu64 ": %s\n", r->first_cycle,
                r->first);
    fprintf(c->details, "  model     %s\n  recording %s\n", got ? got : "-",
            expected ? expected : "-");
    print_history(c->details, "last events of the model", &c->ours);
    print_history(c->details, "last events of the recording", &c->theirs);
    l2tlb_dump(driver_machine(c->driver), c->details);
}

// --- comparing ---------------------------------------------------------------------------------

// Answers of one-stage requests: the s2 group is a hardware don't-care.
static bool equal_but_s2(const char *got, const char *expected)
{
    char g[LINE], e[LINE], *gw[WORDS], *ew[WORDS];
    if (got[0] != 'R' || expected[0] != 'R')
        return false;
    snprintf(g, sizeof g, "%s", got);
    snprintf(e, sizeof e, "%s", expected);
    if (words(g, gw) != ANSWER_WORDS || words(e, ew) != ANSWER_WORDS || ew[3][0] > '1')
        return false;
    for (unsigned i = 0; i < ANSWER_S2; i++)
        if (strcmp(gw[i], ew[i]) != 0)
            return false;
    return true;
}

// Runs of blanks count as one, as the recordings separate groups by two.
static bool same_text(const char *a, const char *b)
{
    while (*a && *a == *b) {
        bool blank = *a == ' ';
        a++;
        b++;
        while (blank && *a == ' ')
            a++;
        while (blank && *b == ' ')
            b++;
    }
    return *a == *b;
}

static void take_gold(struct checker *c)
{
    remember(&c->theirs, c->next);
    advance(c);
}

// Lines of the recording that the model has not produced.
static void missing_before(struct checker *c, uint64_t cycle)
{
    while (!c->at_end && !strchr("PE", c->next[0]) && cycle_of(c->next) < cycle) {
        c->result->events++;
        differ(c, NULL, c->next);
        take_gold(c);
    }
}

static void compare(const char *text, uint64_t cycle, void *ctx)
{
    struct checker *c = ctx;
    if (text[0] == 'S' && !c->wfi_lines && c->next[0] != 'S')
        return;
    remember(&c->ours, text);
    missing_before(c, cycle);
    if (c->at_end || strchr("PE", c->next[0]) || cycle_of(c->next) != cycle ||
        c->next[0] != text[0]) {
        differ(c, text, NULL);
        return;
    }
    c->result->events++;
    if (!same_text(text, c->next)) {
        if (!c->options->strict && equal_but_s2(text, c->next))
            c->result->dont_care++;
        else
            differ(c, text, c->next);
    }
    take_gold(c);
}

static void compare_summary(const char *text, void *ctx)
{
    struct checker *c = ctx;
    remember(&c->ours, text);
    while (!c->at_end && c->next[0] != text[0] && c->next[0] != 'E') {
        differ(c, NULL, c->next);
        take_gold(c);
    }
    if (c->at_end || c->next[0] != text[0])
        return; // the recording has no such line
    c->result->events++;
    if (!same_text(text, c->next))
        differ(c, text, c->next);
    take_gold(c);
}

// False, with the reason in c->result->end, when the run is to end in the n-th step.
static bool go_on(struct checker *c, uint64_t n)
{
    const struct check_options *o = c->options;
    struct check_result *r = c->result;
    if (r->mismatches && o->first) {
        r->end = CHECK_FIRST;
    } else if (driver_stuck(c->driver)) {
        r->end = CHECK_STUCK;
        r->last_event = driver_last_event(c->driver);
    } else if (o->go_on && n % CHECK_GO_ON == 0 && !o->go_on(o->ctx)) {
        r->end = CHECK_INTERRUPTED;
    }
    return r->end == CHECK_WHOLE;
}

static const char *compare_all(struct checker *c, const struct stim *stim, char *msg, size_t n)
{
    advance(c);
    if (c->at_end && !c->error[0])
        snprintf(c->error, sizeof c->error, "%s: empty file", source_path(c->gold));
    for (uint64_t k = 1; !c->error[0] && go_on(c, k) && driver_step(c->driver); k++)
        ;
    c->result->total = stim->end;
    if (!c->error[0] && c->result->end == CHECK_WHOLE) {
        missing_before(c, UINT64_MAX);
        driver_summary(c->driver, compare_summary, c);
        while (!c->at_end) {
            differ(c, NULL, c->next);
            take_gold(c);
        }
    }
    c->result->cycles = driver_cycle(c->driver);
    c->result->clocked = driver_clocked(c->driver);
    if (!c->error[0])
        return NULL;
    snprintf(msg, n, "%s", c->error);
    return msg;
}

bool check_begins(struct source *in, const char *word)
{
    const unsigned char *text;
    size_t n = strlen(word);
    return source_peek(in, n, &text) == n && memcmp(text, word, n) == 0;
}

// For the driver: the cycle as check_options has it.
static void show_cycle(struct driver *d, void *ctx)
{
    const struct checker *c = ctx;
    c->options->cycle(driver_cycle(d), driver_machine(d), driver_inputs(d), driver_outputs(d), c->options->ctx);
}

const char *check_run(const struct l2tlb_cfg *cfg, const char *stim_path, const char *gold_path,
                      const struct check_options *options, FILE *details,
                      struct check_result *result, char *msg, size_t n)
{
    struct stim stim;
    memset(result, 0, sizeof *result);
    const char *err = options->stim ? stim_read(&stim, options->stim, msg, n)
                                    : stim_load(&stim, stim_path, msg, n);
    if (err)
        return err;
    if (stim.mpt && !cfg->has_mpt) {
        snprintf(msg, n, "%s: a stimulus for a build with MPT (--preset mpt --revision 2026-07)", stim_path);
        stim_free(&stim);
        return msg;
    }
    struct checker *c = calloc(1, sizeof *c);
    struct driver_hooks hooks = {
        .line = compare, .cycle = options->cycle ? show_cycle : NULL, .ctx = c};
    struct driver_options how = {.skip = options->skip, .watchdog = options->watchdog};
    struct source *gold = source_open(gold_path, msg, n);
    struct driver *d = c && gold ? driver_new(cfg, &stim, &how, &hooks) : NULL;
    if (!gold) {
        err = msg;
    } else if (!d) {
        snprintf(msg, n, "%s: out of memory", stim_path);
        err = msg;
    } else {
        *c = (struct checker){.options = options, .result = result, .driver = d, .gold = gold,
                              .details = details, .wfi_lines = cfg->rule.wfi_gate};
        if (options->event)
            l2tlb_observe(driver_machine(d), options->event, options->ctx);
        err = compare_all(c, &stim, msg, n);
    }
    driver_free(d);
    source_close(gold);
    free(c);
    stim_free(&stim);
    return err;
}
