// SPDX-License-Identifier: MulanPSL-2.0
// The sub-commands: argv[0] is the sub-command's name. Each returns the exit status: 0 fine, 1 a
// mismatch was found, 2 bad usage, bad input or an output that cannot be written, 128 + signal
// when it was interrupted (interrupt.h).
#ifndef L2TLB_CMD_CMD_H
#define L2TLB_CMD_CMD_H

// All of them, in the order of the help text.
struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *about;
};

enum { COMMANDS = 14 };
extern const struct command commands[COMMANDS];

int cmd_replay(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_funccheck(int argc, char **argv);
int cmd_walk(int argc, char **argv);
int cmd_tables(int argc, char **argv);
int cmd_gen(int argc, char **argv);
int cmd_convert(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_config(int argc, char **argv);
int cmd_diff_revisions(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_study(int argc, char **argv);
int cmd_snapshot(int argc, char **argv);

#endif
