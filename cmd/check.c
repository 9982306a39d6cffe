// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb check: recorded stimuli through the model, every output compared in every cycle.
#include "cmd/cmd.h"
#include "cmd/check_watch.h"
#include "cmd/interrupt.h"
#include "cmd/options.h"
#include "check/l1check.h"
#include "check/check.h"
#include "traces/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct totals {
    uint64_t exact, differing, cycles, events;
};

static void count(struct totals *t, const struct check_result *r)
{
    if (r->mismatches || r->end == CHECK_STUCK)
        t->differing++;
    else if (r->end == CHECK_WHOLE)
        t->exact++;
    t->cycles += r->cycles;
    t->events += r->events;
}

static bool go_on(void *ctx)
{
    (void)ctx;
    return !interrupt_asked();
}

static void verdict(const struct check_result *r)
{
    if (r->end == CHECK_INTERRUPTED)
        printf("check: interrupted at cycle %" PRIu64 " of %" PRIu64 ", %" PRIu64
               " events so far, %" PRIu64 " mismatches\n",
               r->cycles, r->total, r->events, r->mismatches);
    else if (r->end == CHECK_STUCK)
        printf("check: stuck, the model is busy and has no event since cycle %" PRIu64 " (now %" PRIu64
               " of %" PRIu64 "), %" PRIu64 " mismatches\n",
               r->last_event, r->cycles, r->total, r->mismatches);
    else if (!r->mismatches)
        printf("check: exact, %" PRIu64 " cycles, %" PRIu64 " events\n", r->cycles, r->events);
    else if (r->at_end)
        printf("check: differs, %" PRIu64 " mismatches, first at the end: %s\n", r->mismatches,
               r->first);
    else
        printf("check: differs, %" PRIu64 " mismatches, first at cycle %" PRIu64 ": %s\n",
               r->mismatches, r->first_cycle, r->first);
}

// One pair. Returns 0, or 2 after printing a message.
static int pair(const struct options *o, const struct l2tlb_cfg *cfg,
                const struct check_options *usual, char **file, struct totals *t)
{
    struct check_options how = *usual;
    struct check_watch watch;
    struct check_result r;
    char msg[512];
    FILE *details = o->quiet ? NULL : stdout;
    if (!check_watch_open(&watch, o, &how))
        return 2;
    how.stim = source_open(file[0], msg, sizeof msg);
    const char *err =
        !how.stim ? msg
        : check_begins(how.stim, "L1STIM")
            ? l1check_run(cfg, file[0], file[1], &how, details, NULL, &r, msg, sizeof msg)
            : check_run(cfg, file[0], file[1], &how, details, &r, msg, sizeof msg);
    bool watched = check_watch_close(&watch, o, err ? NULL : &r);
    if (err && interrupt_asked()) // reading a pipe ends with an error when the run is to end
        return options_error(o, "%s: interrupted", file[0]);
    if (err)
        return options_error(o, "%s", err);
    if (!watched)
        return 2;
    bool news = r.mismatches || r.end != CHECK_WHOLE || !o->quiet;
    if (o->args > 2 && news) {
        printable_put(file[0], stdout);
        fputs(": ", stdout);
    }
    if (o->args == 2 || news)
        verdict(&r);
    count(t, &r);
    return 0;
}

int cmd_check(int argc, char **argv)
{
    static const struct command_help help = {
        "check",
        "[options] STIM GOLD [STIM GOLD]...",
        "Drives the model with a recorded stimulus and compares every output in every cycle.\n"
        "On the first difference: cycle, signal, both values, the last events of both sides and\n"
        "the state of every block; there the run ends. Several pairs: one verdict each, then a\n"
        "total. - is standard input.",
        "FILE",
    };
    bool strict = false, all = false;
    uint64_t watchdog = 200000;
    const struct opt own[] = {
        {.name = "strict", .type = OPT_FLAG, .to = &strict,
         .help = "compare don't-care fields as well (stage-2 half of one-stage answers)"},
        {.name = "all", .type = OPT_FLAG, .to = &all,
         .help = "go on behind the first difference and count all of them"},
        {.name = "watchdog", .arg = "N", .type = OPT_NUMBER, .to = &watchdog, .max = UINT64_MAX,
         .help = "busy cycles without an event that end the run (200000; 0: never)"},
        {.type = OPT_END},
    };
    struct options o;
    struct l2tlb_cfg cfg;
    int status = options_parse(&o, &help, OPTIONS_MACHINE | OPTIONS_SKIP | OPTIONS_WATCH | OPTIONS_QUIET, own, argc,
                               argv);
    if (status != OPTIONS_GO)
        return status;
    if (o.args == 0 || o.args % 2)
        return options_error(&o, "takes pairs of STIM and GOLD files");
    if ((o.events || o.vcd || o.fst) && o.args > 2)
        return options_error(&o, "--events, --vcd and --fst take one pair");
    const char *const out[] = {"-", o.events, o.vcd, o.fst};
    if (!options_apart(&o, (const char *const *)o.arg, (unsigned)o.args, out, 4) || !options_config(&o, &cfg))
        return 2;
    const struct check_options how = {.skip = !o.no_skip, .strict = strict, .first = !all,
                                      .watchdog = watchdog, .go_on = go_on};
    struct totals t = {0};
    int done = 0;
    interrupt_allow();
    for (int i = 0; i < o.args && !interrupt_asked(); i += 2) {
        if (pair(&o, &cfg, &how, o.arg + i, &t))
            return interrupt_asked() ? interrupt_status() : 2;
        done++;
    }
    if (interrupt_asked() && o.args > 2)
        options_error(&o, "interrupted at pair %d of %d", done, o.args / 2);
    if (o.args > 2)
        printf("check: %" PRIu64 " exact, %" PRIu64 " differ, %" PRIu64 " cycles, %" PRIu64
               " events\n",
               t.exact, t.differing, t.cycles, t.events);
    return interrupt_asked() ? interrupt_status() : t.differing ? 1 : 0;
}
