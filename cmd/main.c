// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb: the command. Finds the sub-command; everything else is theirs.
#include "cmd/cmd.h"
#include "cmd/interrupt.h"
#include "cmd/options.h"
#include "report/version.h"
#include "traces/output.h"

#include <stdio.h>
#include <string.h>

const struct command commands[COMMANDS] = {
    {"replay", cmd_replay, "replay GVA traces; report latency and memory references"},
    {"check", cmd_check, "compare every output with a recording, cycle by cycle"},
    {"funccheck", cmd_funccheck, "compare the functional walk with recorded translations"},
    {"walk", cmd_walk, "explain one translation step by step"},
    {"tables", cmd_tables, "list what page tables map, and audit them"},
    {"gen", cmd_gen, "generate traces and page-table worlds"},
    {"convert", cmd_convert, "import traces of other tools"},
    {"snapshot", cmd_snapshot, "take the page tables of a running or dead machine"},
    {"info", cmd_info, "say what a trace, world or stimulus holds"},
    {"config", cmd_config, "print every parameter with its explanation"},
    {"explain", cmd_explain, "tell the lives of single requests as timelines"},
    {"compare", cmd_compare, "compare the reports of several runs"},
    {"study", cmd_study, "run design-space studies and report on them"},
    {"diff-revisions", cmd_diff_revisions, "compare two machines on one trace"},
};

static const struct command_help help = {
    "",
    "COMMAND [options] ...",
    "A cycle-exact model of the L2TLB of XiangShan: it replays traces of virtual addresses, compares\n"
    "itself with recordings of the hardware, and explains single translations.\n"
    "\n"
    "--help=bash and --help=zsh print completion for these shells.",
    "",
};

// What stands in place of a command. Returns the exit status.
static int no_command(int argc, char **argv)
{
    bool version = false;
    const struct opt own[] = {
        {.name = "version", .type = OPT_FLAG, .to = &version, .help = "the version of the program"},
        {.type = OPT_END},
    };
    struct options o;
    int status = options_parse(&o, &help, 0, own, argc < 2 ? argc : 2, argv);
    if (status != OPTIONS_GO)
        return status;
    if (version) {
        printf("l2tlb %s\n", l2tlb_version);
        return 0;
    }
    return o.args ? options_error(&o, "unknown command \"%s\" (see l2tlb --help)", o.arg[0])
                  : options_error(&o, "no command (see l2tlb --help)");
}

static int run(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "help") == 0)
        return no_command(2, (char *[]){argv[0], "--help", NULL});
    for (unsigned i = 0; i < COMMANDS; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return no_command(argc, argv);
}

// What a command printed has arrived, or it has failed, whatever it found.
int main(int argc, char **argv)
{
    interrupt_install();
    int status = run(argc, argv);
    const char *why = output_trouble(stdout);
    if (!why)
        return status;
    fprintf(stderr, "l2tlb: (standard output): %s\n", why);
    return 2;
}
