// SPDX-License-Identifier: MulanPSL-2.0
// Observer that turns the events of one L2TLB, and where its requests are in each cycle, into
// statistics. It has no effect on the machine.
//
// Per cycle, between l2tlb_settle() and the clock edge: tracker_pass(). After l2tlb_tick():
// tracker_ticked(). A skipped stretch of k cycles is one tracker_pass() with that k followed by
// l2tlb_skip(); every counter then has the value that k single cycles would have given.
#ifndef L2TLB_REPLAY_TRACKER_H
#define L2TLB_REPLAY_TRACKER_H

#include "replay/stats.h"

struct tracker;

struct tracker *tracker_new(const struct l2tlb_cfg *cfg); // NULL: out of memory
void tracker_free(struct tracker *tr);

// A stretch of a request's life: where it was from `at` (cycles behind its acceptance) until the next
// one begins, and the request that held what it waited for (the walker it needs, the read it shares).
struct life_step {
    uint32_t at;     // the last one ends with the latency
    uint32_t holder; // tag, TAG_NONE: nobody
    uint8_t cause;   // enum l2tlb_cause
};

// One read of memory for a request.
struct life_read {
    uint64_t addr;
    uint32_t at, cycles; // behind the acceptance; until the data; 0: the answer came before them
    uint8_t stage;       // 0 stage 1, 1 G stage, 2 bitmap, 3 MPT
    uint8_t level;       // of the table
};

// One answered request, for whoever looks at requests one by one. The arrays are those of the
// tracker and stand until fn returns.
struct tracked_answer {
    uint64_t vpn, accepted; // cycle
    uint32_t tag, latency;
    uint8_t port, s2xlate;
    uint8_t fault; // 1 pf, 2 af, 4 gpf, 8 gaf: those that this kind of request looks at
    uint8_t path, gside;          // enum path, enum gside
    uint8_t s1_level, g_level;    // at which the walk ended; LEVELS: no such stage
    unsigned reads; // of tables
    const uint32_t *cause; // cycles by cause
    const struct life_step *step;
    unsigned steps, lost_steps; // lost: more than the tracker keeps; the last one kept goes on
    const struct life_read *read;
    unsigned kept_reads;
};
// fn is called for each, in the order of the answers. NULL: nobody is told.
void tracker_on_answer(struct tracker *tr, void (*fn)(const struct tracked_answer *a, void *ctx),
                       void *ctx);

// Observer function; ctx is the tracker: l2tlb_observe(t, tracker_event, tr).
void tracker_event(const struct l2tlb_event *e, void *ctx);

// The cycle that was just settled, and k-1 more that are equal to it, pass; k >= 1. With k > 1 no
// handshake may be in the cycle.
void tracker_pass(struct tracker *tr, const struct l2tlb *t, const struct l2tlb_in *in,
                  const struct l2tlb_out *out, uint64_t k);
void tracker_ticked(struct tracker *tr);

// Requests accepted and neither answered nor flushed.
unsigned tracker_in_flight(const struct tracker *tr);
// What the request with this tag asked for, and in which cycle it was accepted. False: none is in flight.
bool tracker_asked(struct tracker *tr, uint32_t tag, uint64_t *vpn, uint64_t *accepted);
// The cycle in which the oldest of them was accepted; UINT64_MAX: there is none.
uint64_t tracker_oldest(const struct tracker *tr);
// Closes the books: takes the perf sums and what is still in flight. Call once, at the end.
// drained: at least eight cycles passed with nothing going on (the perf outputs are that late).
const struct stats *tracker_finish(struct tracker *tr, const struct l2tlb *t, bool drained);
// The statistics so far.
const struct stats *tracker_stats(const struct tracker *tr);
// Lists every request in flight: tag, port, page, age, where it is (for the watchdog).
void tracker_dump(const struct tracker *tr, const struct l2tlb *t, FILE *out);

#endif
