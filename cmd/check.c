// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb check: recorded stimuli through the model, every output compared in every cycle.
#include "cmd/cmd.h"
#include "cmd/check_watch.h"
#include "cmd/options.h"
#include "check/l1check.h"
#include "check/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

struct totals {
    uint64_t exact, differing, cycles, events;
};

static void count(struct totals *t, uint64_t mismatches, uint64_t cycles, uint64_t events)
{
    if (mismatches)
        t->differing++;
    else
        t->exact++;
    t->cycles += cycles;
    t->events += events;
}

static void verdict(const struct check_result *r)
{
    if (!r->mismatches)
        printf("check: exact, %" PRIu64 " cycles, %" PRIu64 " events\n", r->cycles, r->events);
    else if (r->at_end)
        printf("check: differs, %" PRIu64 " mismatches, first at the end: %s\n", r->mismatches,
               r->first);
    else
        printf("check: differs, %" PRIu64 " mismatches, first at cycle %" PRIu64 ": %s\n",
               r->mismatches, r->first_cycle, r->first);
}

int cmd_check(int argc, char **argv)
{
    static const struct command_help help = {
        "check",
        "[options] STIM GOLD [STIM GOLD]...",
        "Drives the model with a recorded stimulus and compares every output in every cycle.\n"
        "On the first difference: cycle, signal, both values, the last events of both sides and\n"
        "the state of every block. Several pairs: one verdict each, then a total. - is standard input.",
        "FILE",
    };
    bool strict = false;
    const struct opt own[] = {
        {.name = "strict", .type = OPT_FLAG, .to = &strict,
         .help = "compare don't-care fields as well (stage-2 half of one-stage answers)"},
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
    if ((o.events || o.vcd) && o.args > 2)
        return options_error(&o, "--events and --vcd take one pair");
    if (!options_config(&o, &cfg))
        return 2;
    struct totals t = {0};
    for (int i = 0; i < o.args; i += 2) {
        struct check_options how = {.skip = !o.no_skip, .strict = strict};
        struct check_watch watch;
        struct check_result r;
        char msg[512];
        FILE *details = o.quiet ? NULL : stdout;
        if (!check_watch_open(&watch, &o, &how))
            return 2;
        how.stim = check_open(o.arg[i]);
        const char *err = how.stim && check_begins(how.stim, "L1STIM")
                              ? l1check_run(&cfg, o.arg[i], o.arg[i + 1], &how, details, NULL, &r,
                                            msg, sizeof msg)
                              : check_run(&cfg, o.arg[i], o.arg[i + 1], &how, details, &r, msg,
                                          sizeof msg);
        bool watched = check_watch_close(&watch, &o, r.cycles);
        if (err)
            return options_error(&o, "%s", err);
        if (!watched)
            return 2;
        if (o.args > 2 && (r.mismatches || !o.quiet))
            printf("%s: ", o.arg[i]);
        if (o.args == 2 || r.mismatches || !o.quiet)
            verdict(&r);
        count(&t, r.mismatches, r.cycles, r.events);
    }
    if (o.args > 2)
        printf("check: %" PRIu64 " exact, %" PRIu64 " differ, %" PRIu64 " cycles, %" PRIu64
               " events\n",
               t.exact, t.differing, t.cycles, t.events);
    return t.differing ? 1 : 0;
}
