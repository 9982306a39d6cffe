// SPDX-License-Identifier: MulanPSL-2.0
// The region of interest of a run: figures of what happened between two records, or between the marks of the trace (then it
// may have several parts), the rest of the run simulated all the same (so tables and caches are warm) but told apart.
//
// A region is the difference of the statistics at two moments. Largest and smallest latencies of a
// difference come from the histogram: exact below 1024 cycles, within 1.6 % above. What the bitmap
// section says (stats.shield) stays that of the whole run.
#ifndef L2TLB_REPLAY_REGION_H
#define L2TLB_REPLAY_REGION_H

#include "replay/front.h"
#include "replay/phases.h"
#include "replay/stats.h"

struct moment {
    struct stats l2;
    struct front_stats front;
    struct phase_now now;
};

struct region {
    uint64_t from, to;        // records; to UINT64_MAX: until the end
    bool marks, wanted;       // by marks; between a mark that begins and one that ends it
    bool marked;              // a mark came in this cycle: no jump over others with it
    unsigned parts;           // so far
    bool begun, ended;
    struct moment begin, end; // then `inside`: what lies between them. What lies between two parts is added to begin
    struct moment inside;
    struct phase_now last;    // the end of the run
};

struct region *region_new(uint64_t from, uint64_t to); // NULL: out of memory
struct region *region_new_marks(void);
void region_mark(struct region *g, bool begins); // acts in the next region_step()
// Once per cycle, behind the clock edge: does the region begin or end here? front: NULL in a port trace.
void region_step(struct region *g, const struct stats *s, struct front *front, const struct phase_now *n);
// The run is over: s are its final statistics. A region that did not begin stays empty.
void region_finish(struct region *g, const struct stats *s, struct front *front, const struct phase_now *n);

// to = end - begin; the two may be moments of one run only.
void moment_between(struct moment *to, const struct moment *begin, const struct moment *end);

#endif
