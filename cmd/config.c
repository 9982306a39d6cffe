// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb config: every parameter with its value and one line of explanation, as an INI file that
// --config reads back.
#include "cmd/cmd.h"
#include "cmd/replay_options.h"

#include <stdio.h>
#include <string.h>

// What follows from the revision and the errata is a comment, so that the output can be read back.
static void print_parameter(const char *key, const char *value, const char *explanation, void *ctx)
{
    const struct l2tlb_cfg *cfg = ctx;
    bool derived = strncmp(key, "rule.", 5) == 0 && !cfg_rule_given(cfg, key + 5);
    printf("%s%-*s = %-10s ; %s\n", derived ? "; " : "", derived ? 26 : 28, key, value,
           explanation);
}

int cmd_config(int argc, char **argv)
{
    static const struct command_help help = {
        "config",
        "[options]",
        "Prints every parameter with its value and one line of explanation, in the form that\n"
        "--config reads: the machine of a replay with the same options. Erratum L3 is fixed in\n"
        "replays unless it is set; `check` takes every erratum as in the RTL.",
        "",
    };
    struct options o;
    struct l2tlb_cfg cfg;
    int status = options_parse(&o, &help, OPTIONS_MACHINE, NULL, argc, argv);
    if (status != OPTIONS_GO)
        return status;
    if (o.args)
        return options_error(&o, "takes no argument: %s", o.arg[0]);
    const char *const out = "-";
    if (!options_apart(&o, NULL, 0, &out, 1) || !replay_machine(&o, &cfg))
        return 2;
    cfg_each(&cfg, print_parameter, &cfg);
    return 0;
}
