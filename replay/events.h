// SPDX-License-Identifier: MulanPSL-2.0
// The events of the machine as text: `cycle EVENT key=value ...`, one line each, sorted by cycle.
// Cycles and counts are decimal, pages and addresses hexadecimal. `tag` names the request (`-`: a
// prefetch, or nobody).
#ifndef L2TLB_REPLAY_EVENTS_H
#define L2TLB_REPLAY_EVENTS_H

#include "model/l2tlb.h"

#include <stdio.h>

// Last line of a run that was interrupted: `cycle partial record=N of=M` (M `-`: unknown).
void events_partial(FILE *out, uint64_t cycle, uint64_t record, uint64_t records);
void events_write(FILE *out, const struct l2tlb_event *e);
extern const char *const events_name[EV_KINDS];

#endif
