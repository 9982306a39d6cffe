// SPDX-License-Identifier: MulanPSL-2.0
// What happened when: the figures of a run cut into intervals.
//
// Without a wish of the user the interval follows the length of the run: it begins at AUTO_CYCLES
// and doubles, by joining pairs, whenever PHASES_AUTO intervals are full, so memory stays bounded. A
// wished interval doubles in the same way behind PHASES_MAX intervals; phases_length() says what
// became of it. Intervals do not depend on idle skipping: phases_room() keeps a jump within one.
#ifndef L2TLB_REPLAY_PHASES_H
#define L2TLB_REPLAY_PHASES_H

#include "replay/front.h"
#include "replay/stats.h"

#include <stdbool.h>
#include <stdint.h>

enum { PHASES_AUTO = 256, PHASES_MAX = 16384 };

enum phase_unit { PHASE_CYCLES, PHASE_ACCESSES, PHASE_INSTRUCTIONS };

enum phase_field {
#define FIELD(id, label, value) PHASE_##id,
#include "replay/phases.def"
#undef FIELD
    PHASE_FIELDS
};
extern const char *const phase_field_id[PHASE_FIELDS], *const phase_field_label[PHASE_FIELDS];

enum { PHASE_EXACT = 64, PHASE_SUB = 32, PHASE_BUCKETS = PHASE_EXACT + 26 * PHASE_SUB };

struct phase {
    uint64_t field[PHASE_FIELDS];  // what the interval added
    uint64_t cause[CAUSE_COUNT];   // cycles, of requests answered in it
    uint32_t latency[PHASE_BUCKETS]; // exact below 64 cycles, 32 buckets per power of two above
};

// Where the run stands, beside the statistics. pages: different ones so far, 0 where nobody counts them.
struct phase_now {
    uint64_t records, instructions, accesses, pages;
};

struct phases;

// every: length of an interval in units, 0: follow the run (cycles). NULL: out of memory.
struct phases *phases_new(enum phase_unit unit, uint64_t every);
void phases_free(struct phases *p);
// How many cycles may pass at once from here, at most k.
uint64_t phases_room(const struct phases *p, uint64_t k);
// Once per cycle or jump, behind the clock edge. front: NULL in a port trace. False: out of memory.
bool phases_step(struct phases *p, const struct stats *s, struct front *front,
                 const struct phase_now *n);
// Closes the last interval.
bool phases_finish(struct phases *p, const struct stats *s, struct front *front,
                   const struct phase_now *n);

unsigned phases_count(const struct phases *p);
const struct phase *phases_at(const struct phases *p, unsigned i);
enum phase_unit phases_unit(const struct phases *p);
uint64_t phases_length(const struct phases *p); // of an interval, in units
// The latency below which `permille` of the answers of an interval lie, within 3 %; 0 without any.
uint64_t phase_quantile(const struct phase *p, unsigned permille);

#endif
