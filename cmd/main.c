// SPDX-License-Identifier: MulanPSL-2.0
// l2tlb: the command. Finds the sub-command; everything else is theirs.
#include "cmd/cmd.h"
#include "report/version.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"replay", cmd_replay, "replay GVA traces; report latency and memory references"},
    {"check", cmd_check, "compare every output with a recording, cycle by cycle"},
    {"funccheck", cmd_funccheck, "compare the functional walk with recorded translations"},
    {"walk", cmd_walk, "explain one translation step by step"},
    {"gen", cmd_gen, "generate traces and page-table worlds"},
    {"convert", cmd_convert, "import traces of other tools"},
    {"info", cmd_info, "say what a trace, world or stimulus holds"},
    {"config", cmd_config, "print every parameter with its explanation"},
    {"diff-revisions", cmd_diff_revisions, "compare two machines on one trace"},
};

static void print_help(FILE *out)
{
    fprintf(out, "usage: l2tlb COMMAND [options] ...\n\n"
                 "A cycle-exact model of XiangShan's L2TLB.\n\n");
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(out, "  %-14s %s\n", commands[i].name, commands[i].help);
    fprintf(out, "\n`l2tlb COMMAND --help` explains one; `l2tlb --version` names the version.\n"
                 "Status: 0 fine, 1 a mismatch was found, 2 bad usage or bad input.\n");
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); // a closed pipe is a write error like any other
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return fflush(stdout) == 0 ? 0 : 2;
    }
    if (strcmp(name, "--version") == 0) {
        printf("l2tlb %s\n", l2tlb_version);
        return fflush(stdout) == 0 ? 0 : 2;
    }
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    if (*name)
        fprintf(stderr, "l2tlb: unknown command \"%s\" (see l2tlb --help)\n", name);
    else
        print_help(stderr);
    return 2;
}
