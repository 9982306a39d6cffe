// SPDX-License-Identifier: MulanPSL-2.0
// Answered requests as a pipeline log of Konata (format Kanata 0004): one line a request, one stage a stretch
// of its life.
#ifndef L2TLB_REPLAY_KANATA_H
#define L2TLB_REPLAY_KANATA_H

#include "replay/tracker.h"

#include <stdio.h>

struct kanata;

struct kanata *kanata_new(FILE *out); // NULL: out of memory
// oldest: no request that is still in flight was accepted before this cycle. False: out of memory.
bool kanata_answer(struct kanata *k, const struct tracked_answer *a, uint64_t oldest);
// Writes what is left and ends the file. False: writing failed.
bool kanata_finish(struct kanata *k);

#endif
