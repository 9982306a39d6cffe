// SPDX-License-Identifier: MulanPSL-2.0
// The L1 side: four L1 TLBs, the gate of the MemBlock, both filters, the repeaters of the fetch
// chain, load hints and control delays, between eleven lookup ports and the two ports of the L2TLB
// (spec C 0.2; wiring as recorded, docs/recordings.md 8). The only place that wires them. Sizes and
// the separate refills: spec C 0.1 rules 2 and 5.
//
// One cycle:
//   l1side_publish()  the requests and the ready the L2TLB sees, from registers;
//   (the L2TLB settles)
//   l1side_settle()   everything else of this cycle, from control inputs and the L2TLB's handshake;
//   l1side_tick()     the clock edge; takes the lookups of this cycle (in->req).
// No output depends on a lookup of the same cycle, so the user may look at the answers before he
// chooses the lookups. Control inputs are the registered ones of MemBlock and Frontend: "cycle t"
// of a fence is the cycle in which they show it (spec C 0.4); a lookup in or before t+2 sees the
// table as it was (spec C 1.9 rule 5).
#ifndef L2TLB_L1_L1SIDE_H
#define L2TLB_L1_L1SIDE_H

#include "arch/cfg.h"
#include "l1/l1bundle.h"

#include <stdio.h>

struct l1_in {
    struct l1_req req[L1_PORTS]; // tick only
    unsigned req_kill; // mask: results of this cycle that are killed (the access's s1)
    unsigned iflush;   // mask: pipe flush of fetch ports, bit 0 = port 8
    struct l1_csr csr;
    struct sfence sfence;
    struct l1_redirect redirect;
    struct l1_rob oldest; // of the data accesses not yet retired (rule l1_gpa_oldest_only)
    // L2TLB: port 0 fetch, 1 data
    bool ptw_req_ready[2];
    const struct ptw_resp *ptw_resp[2]; // offered answer, or NULL; port 1 is always taken
};

struct l1_out {
    // l1side_publish
    bool ptw_req_valid[2];
    struct l1_ptw_req ptw_req[2];
    bool ptw_resp_ready[2];

    // l1side_settle; masks have one bit per port
    unsigned resp_valid;
    struct l1_resp resp[L1_PORTS];
    unsigned replay;    // the TLB itself asks for a replay of this miss
    unsigned req_ready; // 0 only for the blocking port
    unsigned miss_valid; // miss requests of the TLBs
    unsigned miss_pass;  // data: passed the gate; fetch: ready of the filter
    struct l1_ptw_req miss[L1_PORTS];
    unsigned hint_valid; // load ports whose lookup two cycles ago missed
    uint8_t hint_id[L1_LOAD_HINTS];
    unsigned hint_full, hint_ffull; // as the load unit sees it; of the filter alone
    bool wake_valid, wake_all;      // load slots refilled
    uint8_t wake_id;
    unsigned answer_valid; // mask of TLBs (enum l1_class) to which an answer is presented
    unsigned answer_gpa;
    const struct l1_answer *answer[L1_CLASSES]; // valid until the tick
    bool chain_req[2], chain_resp[2]; // handshakes filter - repeater #2 - repeater #3
    bool req_fire[2], resp_fire[2];   // with the L2TLB
};

// Spec C 3.2, per class. Apart from what is on its way:
//   lookups = hits_table + hits_bypass + misses + disabled
//   requests = allocated + merged + covered + dropped
// A miss of the blocking port counts as one miss, however long it waits. Two classes may ask for
// the same page at once; which of them an orphan is counted for is then arbitrary.
struct l1_counters {
    uint64_t lookups, hits_table, hits_bypass, misses, disabled;
    uint64_t replays, killed; // misses for which the TLB or its user asked for a replay
    uint64_t gate;            // requests suppressed by the gate
    uint64_t requests;        // that reached the filter
    uint64_t allocated, merged, covered, dropped; // what the filter did with them
    uint64_t full;                                // FULL verdicts (loads)
    uint64_t l2_requests;                         // accepted by the L2TLB
    uint64_t answers, refills, orphans;           // an orphan counts for the class that asked
    uint64_t get_gpa;                             // requests for a guest page
    uint64_t faults_af, faults_pf, faults_gpf;
    // Pages asked for again without a fence or address-space change in between
    uint64_t again_evicted, again_lost, again_gpa, again_other;
};

struct l1side;

// cfg must have passed cfg_finish(). NULL when memory is exhausted.
struct l1side *l1side_new(const struct l2tlb_cfg *cfg);
void l1side_free(struct l1side *l);
// State after reset, with `csr` applied long enough to have passed the control delay.
void l1side_reset(struct l1side *l, const struct l1_csr *csr);

void l1side_publish(const struct l1side *l, struct l1_out *out);
void l1side_settle(struct l1side *l, const struct l1_in *in, struct l1_out *out);
void l1side_tick(struct l1side *l, const struct l1_in *in, const struct l1_out *out);

// After a settle: would a cycle without lookups, with all other inputs as they are, change
// nothing (no register, no output)? Then any number of such cycles may be left out.
bool l1side_idle(const struct l1side *l, const struct l1_in *in);

// Lookups that repeat (l1idle.c). A cycle is quiet if no register moves but those that lookups pass
// through; fetches are no such lookups. Whoever knows what the lookups under way come to may leave
// out quiet cycles one behind the other, count them, and catch up.
bool l1side_quiet(const struct l1side *l, const struct l1_in *in);
// Changes with every clocked cycle that was not quiet or in which a lookup came to something else
// than a merged or dropped request. While it stands, so does every l1side_repeat().
uint64_t l1side_epoch(const struct l1side *l);
// What a lookup of a data port comes to in quiet cycles. It must have passed the address check before
// (check_fullva not set). repeats: misses, and its request is merged with a waiting one or dropped;
// full: a load gets the verdict FULL.
struct l1_repeat {
    bool repeats, merged, full;
};
struct l1_repeat l1side_repeat(const struct l1side *l, unsigned port, const struct l1_req *q);
// A cycle that is left out, in masks of ports: lookups; lookups of the cycle before, which missed,
// and which of them were merged; verdicts FULL on those before them.
struct l1_repeats {
    unsigned looked, missed, merged, full;
};
void l1side_count_repeats(struct l1side *l, const struct l1_repeats *n);
// Clocks the lookups of the last two cycles that were left out (NULL: none on that port); they have
// been counted.
void l1side_catch_up(struct l1side *l, const struct l1_req *const older[L1_PORTS],
                     const struct l1_req *const newer[L1_PORTS]);

#ifdef MODEL_PARANOID
// A copy to clock beside the original while that is quiet (it shares the counters' pages with it; given
// back with free()), and what differs between the two: NULL, or its name.
struct l1side *l1side_copy(const struct l1side *l);
const char *l1side_differs(const struct l1side *a, const struct l1side *b);
#endif

// State of every block as text, for differences and deadlocks.
void l1side_dump(const struct l1side *l, FILE *out);

const struct l1_counters *l1side_counters(const struct l1side *l, unsigned klass);

#endif
