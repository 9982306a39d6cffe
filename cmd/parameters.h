// SPDX-License-Identifier: MulanPSL-2.0
// `--world help` and `--mem help`: every parameter with its default and a line of explanation.
#ifndef L2TLB_CMD_PARAMETERS_H
#define L2TLB_CMD_PARAMETERS_H

#include "cmd/options.h"

// Prints them when a list holds `help` and returns the exit status; else OPTIONS_GO. mem may be NULL.
int parameters_help(const struct options *o, const struct opt_list *world,
                    const struct opt_list *mem);

#endif
