// SPDX-License-Identifier: MulanPSL-2.0
// The same trace on two machines: which requests differ, by how much, and where the cycles went.
//
// The k-th request for a page on one machine is compared with the k-th request for it on the other
// (same port, same kind of translation). The machines may ask for different pages (a fault that
// differs, a page evicted from an L1 TLB earlier); such requests have no partner and are counted.
#ifndef L2TLB_REPORT_DIFF_H
#define L2TLB_REPORT_DIFF_H

#include "replay/replay.h"

enum { DIFF_LIMIT = 1 << 24 }; // requests per port that are compared; more are only counted

struct diff_log; // requests of one run

struct diff_log *diff_log_new(void); // NULL: out of memory
void diff_log_free(struct diff_log *l);
// For replay_cfg.answered; ctx is the log.
void diff_log_answer(const struct tracked_answer *a, void *ctx);

struct diff_side {
    const char *name;
    const struct replay_cfg *cfg;
    const struct replay_result *result;
    const struct diff_log *log;
};

// The report. NULL: out of memory.
struct doc *diff_document(const struct diff_side side[2], const char *path);

#endif
