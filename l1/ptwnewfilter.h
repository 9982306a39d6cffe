// SPDX-License-Identifier: MulanPSL-2.0
// The data side's filter between the three DTLBs and port 1 of the L2TLB (spec C 2.1, 2.2; Chisel
// PTWNewFilter with three PTWFilterEntry). Misses of a page that already waits are merged; an
// answer frees all slots it covers.
//
// publish: the request offered to the L2TLB, from registers. settle: verdicts on the requests of
// this cycle and the slots the answer register frees. tick: the clock edge.
#ifndef L2TLB_L1_PTWNEWFILTER_H
#define L2TLB_L1_PTWNEWFILTER_H

#include "l1/l1bundle.h"

enum { PTWNF_FILTERS = 3, PTWNF_SLOTS = 16 };

struct ptwnf_slot {
    uint64_t vpn;
    uint32_t tag;
    uint8_t s2xlate;
    bool get_gpa;
};

struct ptwnf_entry { // Chisel PTWFilterEntry
    uint32_t v, sent; // masks of slots
    struct ptwnf_slot slot[PTWNF_SLOTS];
};

struct ptwnewfilter {
    struct ptwnf_entry f[PTWNF_FILTERS];
    struct l1_answer a; // answer register
    bool a_valid;       // for the one cycle after the answer left the L2TLB
    bool a_stale;       // L2, L12 fixed: frees slots but reaches no TLB
    bool fix_l11;
    unsigned last_grant; // of the round robin
    struct l2tlb_rules rule;
};

struct ptwnewfilter_pub {
    struct l1_ptw_req req;
    bool req_valid;
    unsigned chosen; // filter
    unsigned slot;
};

struct ptwnewfilter_in {
    const struct l1_ptw_req *req; // eight data ports
    unsigned req_valid;           // mask: requests that passed the gate
    unsigned hint_want;           // mask of load ports whose verdict matters
    const struct tlb_csr *csr;    // undelayed
    // tick
    bool req_fire;                 // the L2TLB took the offered request
    const struct ptw_resp *answer; // leaves the L2TLB in this cycle, or NULL
    bool flush;                    // two cycles after the fence
    bool stale;                    // the answer must not reach a TLB
};

// What became of a request.
enum ptwnf_fate { PTWNF_COVERED, PTWNF_MERGED, PTWNF_ALLOCATED, PTWNF_DROPPED };

struct ptwnewfilter_out {
    uint32_t match[PTWNF_FILTERS]; // slots freed by the answer register
    unsigned refill;               // mask of filters with a match
    unsigned get_gpa;              // mask, of the highest matching slot
    uint8_t fate[L1_DATA_PORTS];   // of ports in req_valid
    uint8_t slot[L1_DATA_PORTS];   // enqidx
    unsigned full;                 // mask over req_valid and hint_want
};

void ptwnewfilter_reset(struct ptwnewfilter *s, const struct l2tlb_rules *rule, bool fix_l11);
void ptwnewfilter_publish(const struct ptwnewfilter *s, struct ptwnewfilter_pub *p);
void ptwnewfilter_settle(const struct ptwnewfilter *s, const struct ptwnewfilter_in *in,
                         struct ptwnewfilter_out *out);
void ptwnewfilter_tick(struct ptwnewfilter *s, const struct ptwnewfilter_in *in,
                       const struct ptwnewfilter_pub *pub, const struct ptwnewfilter_out *out);
// What a request of port i comes to that is the only one of its cycle, with no answer in the register;
// full: the verdict of a load port.
enum ptwnf_fate ptwnewfilter_alone(const struct ptwnewfilter *s, unsigned i,
                                   const struct l1_ptw_req *q, bool *full);
// True if nothing changes while no request and no answer comes and `req_ready` stays.
bool ptwnewfilter_idle(const struct ptwnewfilter *s, bool req_ready);

#endif
