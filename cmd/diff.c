// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb diff-revisions: the same trace on two machines.
#include "cmd/cmd.h"
#include "cmd/replay_options.h"
#include "report/diff.h"
#include "report/emit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static const struct command_help help = {
    "diff-revisions",
    "[options] TRACE",
    "Replays one trace on two machines and compares them request by request. Options set both\n"
    "machines; --left and --right then change one (keys as in `l2tlb config`, and `preset`).\n"
    "Without them: revision 2025-05 on the left, 2026-03 on the right.",
    "FILE",
};

// One side: the common options, then its own settings.
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
    if (!name[0])
        snprintf(name, size, "revision %s", with.revision);
    return replay_configure(&with, own, cfg);
}

static int emit(const struct options *o, struct doc *d, enum emit_format format)
{
    bool to_file = o->output && strcmp(o->output, "-") != 0;
    d->full = o->full;
    FILE *out = to_file ? fopen(o->output, "w") : stdout;
    if (!out)
        return options_error(o, "%s: cannot be written", o->output);
    bool ok = emit_all(format, out, (const struct doc *const *)&d, 1) && fflush(out) == 0;
    if (to_file)
        ok = fclose(out) == 0 && ok;
    return ok ? d->failed != 0 : options_error(o, "the report cannot be written");
}

static int run(const struct options *o, struct replay_cfg cfg[2], char name[2][128],
               enum emit_format format)
{
    struct diff_log *log[2] = {diff_log_new(), diff_log_new()};
    struct replay_result *result[2] = {NULL, NULL};
    int status = log[0] && log[1] ? 0 : options_error(o, "out of memory");
    for (unsigned i = 0; i < 2 && !status; i++) {
        cfg[i].answered = diff_log_answer;
        cfg[i].answered_ctx = log[i];
        result[i] = replay_run(&cfg[i], o->arg[0]);
        if (!result[i] || result[i]->end == REPLAY_NO_MEMORY)
            status = options_error(o, "%s: out of memory", o->arg[0]);
        else if (result[i]->end != REPLAY_DONE)
            status = options_error(o, "%s (%s)", result[i]->message, name[i]);
    }
    if (!status) {
        struct diff_side side[2];
        for (unsigned i = 0; i < 2; i++)
            side[i] = (struct diff_side){name[i], &cfg[i], result[i], log[i]};
        struct doc *d = diff_document(side, o->arg[0]);
        status = d ? emit(o, d, format) : options_error(o, "out of memory");
        doc_free(d);
    }
    for (unsigned i = 0; i < 2; i++) {
        diff_log_free(log[i]);
        replay_free(result[i]);
    }
    return status;
}

int cmd_diff_revisions(int argc, char **argv)
{
    struct replay_own own = {.oracle = false};
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
    if (o.args != 1)
        return options_error(&o, "takes one trace (a file, which is read twice)");
    if (strcmp(o.arg[0], "-") == 0)
        return options_error(&o, "standard input cannot be read twice");
    bool revisions = !left.count && !right.count;
    if (!side_config(&o, &own, &left, "2025-05", &cfg[0], name[0], sizeof name[0]) ||
        !side_config(&o, &own, &right, revisions ? "2026-03" : "2025-05", &cfg[1], name[1],
                     sizeof name[1]))
        return 2;
    return run(&o, cfg, name, emit_format_of(o.report));
}
