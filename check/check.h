// SPDX-License-Identifier: MulanPSL-2.0
// Comparing a run with a recording, line by line and cycle by cycle.
#ifndef L2TLB_CHECK_CHECK_H
#define L2TLB_CHECK_CHECK_H

#include "model/l2tlb.h"
#include "traces/source.h"

struct check_options {
    bool skip;   // skip idle cycles
    bool strict; // also compare don't-care fields (docs/recordings.md 6)
    bool first;  // end behind the cycle of the first difference
    uint64_t watchdog; // busy cycles without an event of the model that end the run; 0: never
    struct source *stim; // the stimulus, already open; closed here. NULL: its path is opened
    // Who watches the L2TLB: every settled cycle that is clocked, and its events. NULL: nobody.
    void (*cycle)(uint64_t cycle, const struct l2tlb *machine, const struct l2tlb_in *in, const struct l2tlb_out *out,
                  void *ctx);
    void (*event)(const struct l2tlb_event *e, void *ctx);
    // Called every now and then; NULL: never. False ends the run.
    bool (*go_on)(void *ctx);
    void *ctx;
};

enum check_end {
    CHECK_WHOLE,       // the stimulus' last cycle has passed
    CHECK_FIRST,       // see check_options.first
    CHECK_STUCK,       // the watchdog
    CHECK_INTERRUPTED, // go_on() returned false
};
enum { CHECK_GO_ON = 1024 }; // cycles between its calls

struct check_result {
    enum check_end end;
    uint64_t total;      // cycles of the stimulus
    uint64_t last_event; // CHECK_STUCK: cycle of the model's last one
    uint64_t cycles, clocked, events, mismatches;
    uint64_t dont_care; // lines equal only because of the exceptions
    uint64_t first_cycle;
    bool at_end;     // the first difference is in the totals of the last lines, not in a cycle
    char first[256]; // "SIGNAL got X expected Y" of the first difference
};

// Does a stimulus begin with `word`? Nothing of it is consumed, so that a pipe can be asked too.
bool check_begins(struct source *in, const char *word);

// Returns NULL and fills *result, or a message about unusable files in msg. On a difference details
// (last events of both sides, state of every block) are written to `details` unless it is NULL.
const char *check_run(const struct l2tlb_cfg *cfg, const char *stim_path, const char *gold_path,
                      const struct check_options *options, FILE *details,
                      struct check_result *result, char *msg, size_t msg_size);

#endif
