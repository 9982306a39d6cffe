// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb diff-revisions: the same trace on two machines.
#include "cmd/cmd.h"
#include "cmd/interrupt.h"
#include "cmd/parameters.h"
#include "cmd/replay_options.h"
#include "cmd/reports.h"
#include "report/diff.h"
#include "traces/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct command_help help = {
    "diff-revisions",
    "[options] TRACE",
    "Replays one trace on two machines and compares them request by request. Options set both\n"
    "machines; --left and --right then change one (keys as in `l2tlb config`, and `preset`).\n"
    "Without them: revision 2025-05 on the left, 2026-03 on the right.",
    "FILE",
};

// One side: the common options, then its own settings. revision: of a side without any, or NULL.
static bool side_config(const struct options *o, const struct replay_own *own,
                        const struct opt_list *sets, const char *revision, struct replay_cfg *cfg,
                        char *name, size_t size)
{
    struct options with = *o;
    size_t n = 0;
    if (!o->revision)
        with.revision = revision;
    name[0] = 0;
    for (unsigned i = 0; i < sets->count; i++) {
        char key[64];
        const char *value, *item = sets->item[i];
        if (!options_split(item, key, sizeof key, &value)) {
            options_error(o, "%s: not KEY=VALUE", item);
            return false;
        }
        if (strcmp(key, "preset") == 0)
            with.preset = value;
        else if (strcmp(key, "revision") == 0)
            with.revision = value;
        else if (with.sets.count < OPTIONS_LIST)
            with.sets.item[with.sets.count++] = item;
        n += (size_t)snprintf(name + n, n < size ? size - n : 0, "%s%s", n ? ", " : "", item);
        n = n < size ? n : size - 1;
    }
    if (!replay_configure(&with, own, cfg))
        return false;
    if (!name[0])
        snprintf(name, size, "revision %s", revision_name(cfg->machine.revision));
    return true;
}

static bool go_on(void *ctx, uint64_t records, uint64_t cycles, uint64_t done, uint64_t size,
                  const struct hist *latency)
{
    (void)ctx, (void)records, (void)cycles, (void)done, (void)size, (void)latency;
    return !interrupt_asked();
}

// Says on which machine the run was interrupted. Returns the status.
static int interrupted(const struct options *o, struct doc *d, const struct replay_result *r,
                       const char *name)
{
    char why[1400];
    snprintf(why, sizeof why, "%.1000s (%s)", r->message, name);
    doc_partial(d, why);
    options_error(o, "%s: %s", o->arg[0], why);
    return interrupt_status();
}

static int compare(const struct options *o, const struct diff_side side[2], bool partial, struct reports *to)
{
    struct doc *d = diff_document(side, o->arg[0]);
    if (!d)
        return options_error(o, "out of memory");
    d->full = o->full;
    bool right = side[0].result->end == REPLAY_DONE;
    int status = partial ? interrupted(o, d, side[right].result, side[right].name) : d->failed != 0;
    if ((!reports_write(to, d) || !reports_end(to)) && to->no_memory)
        status = options_error(o, "out of memory");
    doc_free(d);
    return status;
}

static int run(const struct options *o, struct replay_cfg cfg[2], char name[2][128], struct reports *to)
{
    struct diff_log *log[2] = {diff_log_new(), diff_log_new()};
    struct replay_result *result[2] = {NULL, NULL};
    int status = log[0] && log[1] ? 0 : options_error(o, "out of memory");
    bool partial = false;
    for (unsigned i = 0; i < 2 && !status; i++) {
        cfg[i].progress = go_on;
        cfg[i].answered = diff_log_answer;
        cfg[i].answered_ctx = log[i];
        result[i] = replay_run(&cfg[i], o->arg[0]);
        if (!result[i] || result[i]->end == REPLAY_NO_MEMORY)
            status = options_error(o, "%s: out of memory", o->arg[0]);
        else if (result[i]->end == REPLAY_INTERRUPTED)
            partial = true;
        else if (result[i]->end != REPLAY_DONE)
            status = options_error(o, "%s (%s)", result[i]->message, name[i]);
    }
    if (!status) {
        struct remarks remarks;
        remarks_of(&remarks, &cfg[0], result[0]);
        replay_remarks(o, &remarks, o->arg[0]);
        struct diff_side side[2];
        for (unsigned i = 0; i < 2; i++)
            side[i] = (struct diff_side){name[i], &cfg[i], result[i], log[i]};
        status = compare(o, side, partial, to);
    }
    for (unsigned i = 0; i < 2; i++) {
        diff_log_free(log[i]);
        replay_free(result[i]);
    }
    return status;
}

int cmd_diff_revisions(int argc, char **argv)
{
    struct replay_own own = {.reuse = false};
    struct replay_cfg cfg[2];
    struct options o;
    struct opt_list left = {.count = 0}, right = {.count = 0};
    char name[2][128];
    struct opt table[REPLAY_OPTIONS + 3];
    replay_options(&own, table);
    table[REPLAY_OPTIONS] = (struct opt){
        .name = "left", .arg = "KEY=VALUE", .type = OPT_LIST, .to = &left,
        .help = "a setting of the left machine; repeatable"};
    table[REPLAY_OPTIONS + 1] = (struct opt){
        .name = "right", .arg = "KEY=VALUE", .type = OPT_LIST, .to = &right,
        .help = "a setting of the right machine; repeatable"};
    table[REPLAY_OPTIONS + 2] = (struct opt){.type = OPT_END};
    int status = options_parse(&o, &help,
                               OPTIONS_MACHINE | OPTIONS_REPORT | OPTIONS_SEED | OPTIONS_SKIP |
                                   OPTIONS_QUIET,
                               table, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    if ((status = parameters_help(&o, &own.world, &own.mem)) != OPTIONS_GO)
        return status;
    if (o.args != 1)
        return options_error(&o, "takes one trace (a file, which is read twice)");
    const char *const read_twice[] = {o.arg[0], o.config_file};
    for (unsigned i = 0; i < 2; i++)
        if (read_twice[i] && !source_twice(read_twice[i]) &&
            (strcmp(read_twice[i], "-") == 0 || access(read_twice[i], F_OK) == 0))
            return options_error(&o, "%s: is read twice, once for each machine: give a regular file",
                                 read_twice[i]);
    bool revisions = !left.count && !right.count;
    if (!side_config(&o, &own, &left, revisions ? "2025-05" : NULL, &cfg[0], name[0], sizeof name[0]) ||
        !side_config(&o, &own, &right, revisions ? "2026-03" : NULL, &cfg[1], name[1], sizeof name[1]))
        return 2;
    struct reports to;
    if (!reports_of(&o, false, &to) || !replay_apart(&o, to.path, to.count))
        return 2;
    interrupt_allow();
    status = reports_open(&o, &to) ? run(&o, cfg, name, &to) : 2;
    return options_close(&o, to.file, to.count, status != 2) ? status : 2;
}
