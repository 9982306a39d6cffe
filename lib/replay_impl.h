// SPDX-License-Identifier: MulanPSL-2.0
// The replay object, shared by replay.c (settings, run) and replay_result.c (what came out).
#ifndef L2TLB_LIB_REPLAY_IMPL_H
#define L2TLB_LIB_REPLAY_IMPL_H

#include "l2tlb/replay.h"
#include "lib/impl.h"
#include "replay/replay.h"
#include "report/doc.h"

enum { ROWS = 4096 }; // requests that the callback gets at once

struct l2tlb_replay {
    struct replay_cfg cfg;
    struct replay_result *result; // NULL: no run so far, or one that gave nothing
    char *path;                   // of its trace
    struct doc *doc;              // its report
    char *text;                   // the last form that was asked for
    char *log;
    char message[1024];
    // during a run
    struct l2tlb_replay_hooks hooks;
    struct l2tlb_replay_request *rows;
    size_t row_count;
    bool cancelled;
};

// Forgets the last run.
void replay_forget(struct l2tlb_replay *r);

#endif
