// SPDX-License-Identifier: MulanPSL-2.0
// What is printed from the option tables: help text, manual pages (man macros), completion for bash
// and zsh. Whatever the parser knows is in all of them, and nothing else.
//
// `l2tlb COMMAND --help` is the text, `--help=man` the manual page; `l2tlb --help=bash` and
// `--help=zsh` are complete scripts, of which each command prints its own part.
#ifndef L2TLB_CMD_HELP_H
#define L2TLB_CMD_HELP_H

#include "cmd/options.h"

enum help_form { HELP_TEXT, HELP_MAN, HELP_BASH, HELP_ZSH, HELP_FORMS };

// "", "man", "bash", "zsh"; HELP_FORMS for anything else.
enum help_form help_form_of(const char *name);

// own, common: tables ended by OPT_END; own may be NULL. A help without a name is that of l2tlb
// itself and covers all commands. Returns the exit status: 2 if it could not be written.
int help_print(enum help_form form, const struct command_help *help, const struct opt *own,
               const struct opt *common);

// Parts of the completion scripts (completion.c).
void completion_bash(const struct command_help *help, const struct opt *own,
                     const struct opt *common);
void completion_zsh(const struct command_help *help, const struct opt *own,
                    const struct opt *common);

#endif
