// SPDX-License-Identifier: MulanPSL-2.0
// Inside of the tracker; private to replay/tracker*.c.
#ifndef L2TLB_REPLAY_TRACKER_IMPL_H
#define L2TLB_REPLAY_TRACKER_IMPL_H

#include "replay/tracker.h"

enum {
    LIVE = 320,      // requests in flight; the machine limits them to missqueue.size (40; <= 256)
    HASH = 1024,     // power of two, well above LIVE
    READS = 64,      // references of one walk that are kept
    PF_LINES = 4096, // prefetched lines that are remembered, power of two
    STEPS = 96,      // stretches of a life that are kept
    NO_LIVE = UINT16_MAX,
};

struct live {
    uint32_t tag;
    bool used, answered;
    uint8_t port, s2xlate;
    uint8_t path, gside; // of the deciding look-up
    bool path_fixed;
    unsigned start_row;
    uint64_t accepted, answered_at;
    uint64_t vpn;
    uint32_t cause[CAUSE_COUNT];
    uint8_t where; // last cause
    unsigned refs, kept, bitmap_reads, ptw_walks, llptw_entries;
    unsigned steps, lost_steps, logged;
    struct life_read ref[READS]; // those that the map of references holds
    struct life_read log[READS]; // all of them, in their order
    struct life_step step[STEPS];
    struct ptw_resp answer;
};

struct reading { // one id of channel A
    bool used;
    uint16_t live;
    uint32_t tag;
    unsigned index; // of live.ref
    unsigned logged; // of live.log
    uint64_t start;
};

// TRIED: its look-up missed; unless a walker takes it then, it is given up (spec A 3.2).
enum pf_state { PF_NONE, PF_SENT, PF_TRIED, PF_WALKING, PF_FILLED, PF_DONE };
struct pf_line {
    uint64_t key;
    uint8_t state;
    bool late;
};

struct slot { // one entry of the LLPTW
    bool used;
    uint32_t tag;
    uint64_t vpn;
    uint8_t s2xlate;
};

struct waiting { // in the miss queue
    uint32_t tag;
    uint64_t since; // cycles counted by then
};

struct tracker {
    void (*on_answer)(const struct tracked_answer *a, void *ctx);
    void *on_answer_ctx;
    struct stats st;
    struct l2tlb_cfg cfg;
    struct live live[LIVE];
    uint16_t hash[HASH]; // index into live, NO_LIVE empty; linear probing
    uint16_t free[LIVE];
    unsigned nfree;
    struct reading reading[MAX_IDS];
    unsigned outstanding;
    uint32_t ptw_tag, hptw_tag; // whose walk it is
    uint64_t now;               // cycle in progress
    bool ptw_busy, hptw_busy, ptw_reading;
    struct slot llptw[MAX_LLPTW];
    unsigned llptw_used;
    struct pf_line pf[PF_LINES];
    // of the cycle in progress
    uint64_t weight;
    bool flush_seen;
    uint16_t done[2]; // records answered in this cycle
    unsigned ndone;
    unsigned root_row[KINDS]; // row of the root table under the current modes
    // The miss queue as it was in the last cycle (tracker_queue.c)
    struct waiting queued[MAX_QUEUE]; // from place queue_at on, modulo MAX_QUEUE
    unsigned queue_at;
    struct l2tlb_queue queue;
    unsigned in_missq; // without prefetches
};

// tracker.c
struct live *tracker_find(struct tracker *tr, uint32_t tag);
// The request is now where `cause` holds (for the lives of requests).
void tracker_step(struct tracker *tr, struct live *l, unsigned cause);

// tracker_queue.c: the cycles of those in the miss queue, charged when they leave it.
void queue_follow(struct tracker *tr, const struct l2tlb *t); // before the cycle in progress is counted
void queue_flush(struct tracker *tr);

// tracker_answer.c: what is counted when a record ends with its answer.
void tracker_close_answer(struct tracker *tr, struct live *l);

// tracker_prefetch.c: the fate of every prefetch.
void pf_issue(struct tracker *tr, const struct l2tlb_event *e);
void pf_lookup(struct tracker *tr, const struct l2tlb_event *e); // its own look-up
void pf_walk(struct tracker *tr, const struct l2tlb_event *e);   // a walker takes it
void pf_demand(struct tracker *tr, const struct l2tlb_event *e); // first look-up of a request
void pf_refill(struct tracker *tr, const struct l2tlb_event *e);
void pf_flush(struct tracker *tr);
void pf_finish(struct tracker *tr); // end of the run

#endif
