// SPDX-License-Identifier: MulanPSL-2.0
// Draws complete stimuli (check/stim.h) from a seed: page tables of both stages, protection,
// requests, fences, CSR and table changes, memory timing, back-pressure. The same seed and options
// give the same stimulus on every machine. Used by the random runs of the model and by the runs in
// lock step with RTL; depends on nothing but the input side of the model.
#ifndef TESTS_RANDOM_STIMGEN_H
#define TESTS_RANDOM_STIMGEN_H

#include "check/stim.h"

// Where the MMU's past bugs were. A weight of 0 switches an axis off, 100 is its full strength.
enum stimgen_axis {
    AXIS_FAULTS,     // malformed entries, faults at each step and level, denied table pages
    AXIS_KINDS,      // requests of different kinds in flight together, on both ports
    AXIS_DUPLICATES, // requests of one line, aligned to the cycles around its return
    AXIS_WIDTH,      // guest addresses wider than host ones, PPN bits above the limit
    AXIS_CHANGES,    // fences, ids, modes, rights, protection, table rewrites
    AXIS_PRESSURE,   // bursts, slow memory, A and port-0 back-pressure
    AXES
};
extern const char *const stimgen_axis_name[AXES];

struct stimgen_options {
    uint64_t seed;
    unsigned weight[AXES]; // 0..100
    unsigned requests;     // about how many; 0: drawn
    bool virt;             // V changes (2026-03: each is a flush)
    bool bitmap;           // MBMC, BCLEAR and bitmap words
    bool wfi;              // WFI requests (2026-03)
    bool debug;            // changes of debug mode (July 2026)
    unsigned keyid_bits;   // 1..12, a build with key ids: more tables of other keys (0: few)
};

// Options of a seed: every axis gets a weight drawn from it (often 0 or 100).
void stimgen_options(struct stimgen_options *o, uint64_t seed);
// Fills *s, to be freed with stim_free(). Returns false when memory is exhausted.
bool stimgen_draw(struct stim *s, const struct stimgen_options *o);

// Sorts events by cycle (same-cycle order kept) and sets every `changed` as the CSR file would: in
// the first cycle of a new id, and only then. For stimuli whose events were edited.
void stimgen_settle(struct stim *s);
// A generous number of cycles in which the memory of this stimulus answers one read.
uint64_t stimgen_read_time(const struct stim *s);

#endif
