// SPDX-License-Identifier: MulanPSL-2.0
// A run as a Chrome/Perfetto trace (JSON): a track per unit (PTW, HPTW, entry of the LLPTW, id of channel A),
// tracks of requests with the stretches of their lives inside, arrows from a request to its reads. One
// cycle is shown as one microsecond.
#ifndef L2TLB_REPLAY_PERFETTO_H
#define L2TLB_REPLAY_PERFETTO_H

#include "replay/tracker.h"

#include <stdio.h>

struct perfetto;

struct perfetto *perfetto_new(FILE *out); // NULL: out of memory
void perfetto_event(struct perfetto *p, const struct l2tlb_event *e);
void perfetto_answer(struct perfetto *p, const struct tracked_answer *a);
// Ends the file. False: writing failed.
bool perfetto_finish(struct perfetto *p, uint64_t cycle);

#endif
