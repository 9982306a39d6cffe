// SPDX-License-Identifier: MulanPSL-2.0
// Options of everything that replays a trace, and the run they describe.
#ifndef L2TLB_CMD_REPLAY_OPTIONS_H
#define L2TLB_CMD_REPLAY_OPTIONS_H

#include "cmd/options.h"
#include "replay/settings.h"
#include "report/remarks.h"

enum { REPLAY_OPTIONS = 20 };

struct replay_own {
    const char *arch;
    struct opt_list mem, world;
    uint64_t number[REPLAY_SETTINGS]; // of replay_settings, by their place
    bool flag[REPLAY_SETTINGS];
    const char *interval, *roi;
    uint64_t warmup;
    bool reuse;
};

// Standard error: what remarks.h has to say about a run, unless --quiet.
void replay_remarks(const struct options *o, const struct remarks *m, const char *path);
// Defaults, and the table for options_parse(): REPLAY_OPTIONS rows and OPT_END.
void replay_options(struct replay_own *own, struct opt table[REPLAY_OPTIONS + 1]);
// The machine of a replay: options_config(), with the L1 side that cannot hang (erratum L3 fixed) unless
// a file or --set says otherwise. False after printing a message.
bool replay_machine(const struct options *o, struct l2tlb_cfg *cfg);
// The replay that o and own describe. False after printing a message.
bool replay_configure(const struct options *o, const struct replay_own *own,
                      struct replay_cfg *cfg);
// As options_apart(), for traces that are read with their images. Entries may be NULL.
bool replay_apart(const struct options *o, const char *const *out, unsigned outs);

#endif
