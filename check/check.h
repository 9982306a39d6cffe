// SPDX-License-Identifier: MulanPSL-2.0
// Comparing a run with a recording, line by line and cycle by cycle.
#ifndef L2TLB_CHECK_CHECK_H
#define L2TLB_CHECK_CHECK_H

#include "arch/cfg.h"

struct check_options {
    bool skip;   // skip idle cycles
    bool strict; // also compare don't-care fields (golden/README section 6)
};

struct check_result {
    uint64_t cycles, clocked, events, mismatches;
    uint64_t dont_care; // lines equal only because of the exceptions
    uint64_t first_cycle;
    char first[256]; // "SIGNAL got X expected Y" of the first difference
};

// Returns NULL and fills *result, or a message about unusable files in msg. On a difference details
// (last events of both sides, state of every block) are written to `details` unless it is NULL.
const char *check_run(const struct l2tlb_cfg *cfg, const char *stim_path, const char *gold_path,
                      const struct check_options *options, FILE *details,
                      struct check_result *result, char *msg, size_t msg_size);

#endif
