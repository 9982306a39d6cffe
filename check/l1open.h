// SPDX-License-Identifier: MulanPSL-2.0
// Open-loop check of the L1 side alone: lookups, handshakes and answers of the L2TLB are taken from
// the recording, every other line is compared (golden/l1/README section 4, last paragraph).
#ifndef L2TLB_CHECK_L1OPEN_H
#define L2TLB_CHECK_L1OPEN_H

#include "arch/cfg.h"

#include <stdio.h>

// One recording. Returns 0 equal, 1 differences (printed to out), 2 bad input (msg, L1TEXT_MSG
// bytes). *events: lines compared, if not NULL.
int l1open_run(const struct l2tlb_cfg *cfg, const char *stim, const char *gold, FILE *out,
               char *msg, uint64_t *events);

#endif
