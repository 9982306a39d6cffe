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

// One answered request, for whoever compares requests one by one.
struct tracked_answer {
    uint64_t vpn, accepted; // cycle
    uint32_t tag, latency;
    uint8_t port, s2xlate;
    uint8_t fault; // 1 pf, 2 af, 4 gpf, 8 gaf: those that this kind of request looks at
    unsigned reads;
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
// Closes the books: takes the perf sums and what is still in flight. Call once, at the end.
// drained: at least eight cycles passed with nothing going on (the perf outputs are that late).
const struct stats *tracker_finish(struct tracker *tr, const struct l2tlb *t, bool drained);
// The statistics so far.
const struct stats *tracker_stats(const struct tracker *tr);
// Lists every request in flight: tag, port, page, age, where it is (for the watchdog).
void tracker_dump(const struct tracker *tr, const struct l2tlb *t, FILE *out);

#endif
