// SPDX-License-Identifier: MulanPSL-2.0
// Replays a recording's memory, CSR, PMP and fence events (docs/recordings.md 3) and hands every
// recorded answer with the machine's state of that cycle to a function. No model takes part.
#ifndef TESTS_UNIT_RECORDING_H
#define TESTS_UNIT_RECORDING_H

#include "mem/phys.h"
#include "check/oracle.h"

struct recorded_answer {
    uint64_t accepted, cycle, vpn;
    unsigned port;
    struct ptw_resp resp;
};

struct recording {
    struct phys *mem;
    struct l2tlb_cfg cfg;
    struct tlb_csr csr; // as the walkers see it
    struct pmp pmp;
    struct oracle_track *track;
    uint64_t requests, answers;
};

// Calls fn for each R line. Returns NULL or what is wrong with the files (static or in msg).
const char *recording_run(const char *stim, const char *gold, const char *preset,
                          const char *revision,
                          void (*fn)(struct recording *r, const struct recorded_answer *a, void *ctx),
                          void *ctx);

// Directory of the shared material: environment variable L2TLB_SHARED, else "../shared".
const char *shared_dir(void);

#endif
