// SPDX-License-Identifier: MulanPSL-2.0
// `check --events`, `--vcd` and `--fst`: what the L2TLB of a checked stimulus does, as a replay writes it.
#ifndef L2TLB_CMD_CHECK_WATCH_H
#define L2TLB_CMD_CHECK_WATCH_H

#include "check/check.h"
#include "cmd/wave.h"
#include "replay/vcd.h"

struct check_watch {
    struct output *events_file, *vcd_file;
    FILE *events;
    struct fst fst;
    struct vcd *vcd[2]; // the file, and the text for FST
};

// Opens the files that the options name and puts itself into `how`. False after printing a message.
bool check_watch_open(struct check_watch *w, const struct options *o, struct check_options *how);
// Ends the waveform and closes; r NULL: the run failed, nothing stays. False after printing a message.
bool check_watch_close(struct check_watch *w, const struct options *o, const struct check_result *r);

#endif
