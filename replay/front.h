// SPDX-License-Identifier: MulanPSL-2.0
// Plain accesses into the L1 side: which port, when a missing access is looked up again, and how
// many may wait (spec C 3.2, "grade 1"). The L1 side itself is exact; what is a rule here instead
// of a pipeline are port assignment, windows and retry times.
//
// Ports: loads i mod 3, stores i mod 2, AMO/LR port 0, fetches port 8 and, if the block crosses a
// 64-byte line, port 9, prefetches port 6. A load or store that crosses a page is two accesses.
// Accesses enter their windows in program order.
//
// Per cycle: front_publish(), the L2TLB settles, front_settle() (results, retries), then
// front_issue() while there are records and room, then front_tick().
#ifndef L2TLB_REPLAY_FRONT_H
#define L2TLB_REPLAY_FRONT_H

#include "l1/l1side.h"
#include "model/l2tlb.h"
#include "replay/hist.h"
#include "traces/trace.h"

enum { FRONT_WINDOW_MAX = 256 };

struct front_cfg {
    unsigned window[L1_CLASSES]; // accesses of a class that may wait at the same time
    // Cycles: period of fetches and AMOs; load after its wake-up; load after a FULL verdict;
    // period of stores and prefetches.
    unsigned retry_fetch, retry_amo, retry_load, retry_full, retry_store;
};

struct front_stats {
    uint64_t accesses[L1_CLASSES]; // entered, line and page crossings counted apart
    uint64_t done[L1_CLASSES], waiting[L1_CLASSES];
    uint64_t missed[L1_CLASSES]; // of the done ones: the first lookup missed
    uint64_t lookups[L1_CLASSES];
    uint64_t page_faults[L1_CLASSES], guest_faults[L1_CLASSES], access_faults[L1_CLASSES];
    struct hist miss_latency[L1_CLASSES]; // first lookup to the completing one, of missed ones
    struct l1_counters l1[L1_CLASSES];
    // Of guests (V = 1, HLV, HSV), prefetches left out: done ones, and the cycles from first lookup to hit.
    uint64_t guest_done, guest_wait;
};

struct front;

void front_cfg_default(struct front_cfg *cfg);
struct front *front_new(const struct front_cfg *cfg, const struct l2tlb_cfg *machine);
void front_free(struct front *f);
void front_reset(struct front *f, const struct l1_csr *csr);

// Control inputs of this cycle, set by the caller before front_settle(); sfence and redirect are
// cleared by front_tick().
struct l1_in *front_in(struct front *f);

// Fills the requests and the ready the L2TLB sees in this cycle.
void front_publish(struct front *f, struct l2tlb_in *in);
// Takes the L2TLB's outputs, works out the results of the last lookups and places the retries that
// are due. Returns the number of accesses that were completed.
unsigned front_settle(struct front *f, uint64_t cycle, const struct l2tlb_out *out);
// Can this access be looked up in this cycle (port and window free)?
bool front_room(const struct front *f, const struct trace_record *r);
// Looks it up. may_be_stale: its page is mapped but may have been seen missing before, so a page fault
// is worth a fence and a retry.
void front_issue(struct front *f, const struct trace_record *r, uint64_t cycle, bool may_be_stale);
// may_sleep: leave out cycles of the L1 side in which nothing new happens (same results).
void front_tick(struct front *f, bool may_sleep);
// A fence or CSR event acts in cycle t+2: accesses that wait for an answer are looked up again.
void front_wake_all(struct front *f, uint64_t due);

// No access waits (prefetches do not count, parked accesses do not either).
bool front_drained(const struct front *f);
bool front_empty(const struct front *f); // nothing at all
// Accesses whose fault may be stale (first-touch worlds): they wait until the caller has fenced.
unsigned front_parked(const struct front *f);
// The i-th parked access: its address and whether the G stage faulted.
uint64_t front_parked_va(const struct front *f, unsigned i, bool *guest);
void front_unpark(struct front *f, uint64_t due);
// Redirect caused by a fault that was delivered in this cycle; valid only until front_tick().
bool front_trap(const struct front *f, struct l1_redirect *redirect);
// The pipelines are flushed in this cycle: behind this trap, or (NULL) behind everything lately
// looked up. Clears the guest-page registers (spec C 1.8).
void front_redirect(struct front *f, const struct l1_redirect *trap);

// First cycle >= `cycle` in which an access is due; UINT64_MAX: all wait for answers. `cycle`
// itself while results or verdicts are expected.
uint64_t front_next(const struct front *f, uint64_t cycle);
// After front_settle(): may the L1 side be left out until something comes in?
bool front_idle(const struct front *f);

// After front_issue(): all lookups that are going on only repeat what they came to before.
bool front_repeats(const struct front *f);
// Then, while nothing comes in: passes up to k cycles, this one included, and returns how many. It
// ends early where another lookup comes or where `waiting` (NULL: none) finds room.
uint64_t front_pass(struct front *f, uint64_t cycle, uint64_t k, const struct trace_record *waiting);

const struct front_stats *front_finish(struct front *f);
void front_dump(struct front *f, uint64_t cycle, FILE *out);

#endif
