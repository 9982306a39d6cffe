// SPDX-License-Identifier: MulanPSL-2.0
// Closed-loop check of the L1 side with the L2TLB behind it against an L1 recording: an L1STIM file
// is driven with the deterministic re-send rule of docs/recordings.md 11, every line is
// compared with the gold file.
#ifndef L2TLB_CHECK_L1CHECK_H
#define L2TLB_CHECK_L1CHECK_H

#include "check/check.h"

#include <stdio.h>

// Is this an L1STIM file? False for what cannot be read. Not for pipes, which can be
// read once only: check_begins().
bool l1check_is_l1stim(const char *path);

// As check_run(). gold_path NULL: nothing is compared. lines: gets every line of the model (NULL:
// nobody does).
const char *l1check_run(const struct l2tlb_cfg *cfg, const char *stim_path, const char *gold_path,
                        const struct check_options *options, FILE *details, FILE *lines,
                        struct check_result *result, char *msg, size_t msg_size);

#endif
