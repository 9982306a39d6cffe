// SPDX-License-Identifier: MulanPSL-2.0
// One L1 TLB (spec C 1; Chisel TLB): fully associative, tree PLRU, non-blocking ports and, on the
// ITLB, a blocking one.
//
// A lookup presented in cycle t gives its result in t+1. One cycle is: l1tlb_settle() computes the
// results of the lookups of the last cycle, the miss requests and the refill decision from
// registers and the control inputs; l1tlb_tick() takes the lookups of this cycle and is the clock
// edge. No result depends on a lookup of the same cycle.
#ifndef L2TLB_L1_L1TLB_H
#define L2TLB_L1_L1TLB_H

#include "l1/l1entry.h"

enum { L1TLB_PORTS = 4 };

struct l1tlb_params {
    unsigned ways, ports;
    unsigned blocking; // mask of blocking ports
    bool fetch;        // ITLB: imode, no pointer masking, no SUM
    bool has_bitmap;
    struct l2tlb_rules rule; // with the fixed errata that are a rule of the later revision
    bool fix_l1, fix_l6, fix_l9, fix_l15, fix_l16; // the other errata of spec C 4.2
};

// req_out and what else of a lookup is registered.
struct l1tlb_port {
    struct l1_req req; // fullva: after pointer masking
    uint64_t vpn, hit; // hit: ways
    bool virt, translate; // V at the lookup; not marked "no translate"
    bool p_hit;           // the answer of the lookup cycle covers it: by-pass
    bool prepf, pregpf, preaf;
    // blocking port
    bool new_coming, miss_v, miss_req_v;
    uint8_t miss_s2xlate;
    struct l1_memo memo; // not hardware
};

// GPA registers (spec C 1.8).
struct l1tlb_gpa {
    uint64_t vpn, gvpn;
    struct l1_rob rob;
    bool need, valid; // need_gpa; resp_gpa_refill
    uint8_t level;
    uint8_t s2xlate; // of the access; only L15 fixed compares it
    bool leaf, fake;
};

struct l1tlb {
    struct l1tlb_params p;
    struct l1_table table;
    uint64_t plru;
    struct l1tlb_port port[L1TLB_PORTS];
    unsigned busy;   // ports whose req_out is valid
    unsigned looked; // ports with a lookup in the last cycle, killed or not
    struct l1tlb_gpa gpa;
    struct l1_redirect redirect; // of the last cycle
    struct l1_answer back;       // answer of the last cycle, or older
    bool back_valid;
    bool refilled; // in the last cycle
    unsigned refill_way;
};

struct l1tlb_in {
    const struct l1_csr *csr;        // two cycles old
    const struct sfence *sfence;     // two cycles old
    const struct l1_answer *answer;  // NULL: none presented in this cycle
    struct l1_redirect redirect;
    struct l1_rob oldest;
    bool get_gpa;        // of the answer
    unsigned flush_pipe; // ports whose pipe is flushed
    unsigned req_kill;   // ports whose result is killed
    unsigned ptw_ready;  // tick: ready of the filter, used by blocking ports
    const struct l1_req *req; // tick: one per port
};

struct l1tlb_out {
    unsigned resp_valid, ptw_valid, replay, req_ready; // masks of ports
    unsigned miss_v;     // blocking ports that wait for an answer
    unsigned first_miss; // ports whose lookup of the last cycle missed
    struct l1_resp resp[L1TLB_PORTS];
    struct l1_ptw_req ptw[L1TLB_PORTS];
    bool refill, flush;
    bool gpa_blocked; // an answer was not written because of the GPA state
    unsigned way;     // refilled way
    bool gpa_moves;       // the GPA registers take `gpa`
    struct l1tlb_gpa gpa;
};

// Nothing in its pipeline and nothing coming in but, perhaps, lookups of this cycle: neither a
// settle nor, without lookups, a tick would do anything.
static inline bool l1tlb_rests(const struct l1tlb *t, const struct l1tlb_in *in)
{
    return !t->busy && !t->looked && !t->refilled && !t->back_valid && !t->redirect.valid &&
           !in->answer && !in->redirect.valid && !in->flush_pipe && !in->sfence->valid;
}

void l1tlb_reset(struct l1tlb *t, const struct l1tlb_params *p);
void l1tlb_settle(const struct l1tlb *t, const struct l1tlb_in *in, struct l1tlb_out *out);
void l1tlb_tick(struct l1tlb *t, const struct l1tlb_in *in, const struct l1tlb_out *out);
// True if no register would change in a cycle without lookups, answers and control events.
bool l1tlb_idle(const struct l1tlb *t);
// The same but for the registers that lookups of non-blocking ports pass through.
bool l1tlb_quiet(const struct l1tlb *t);
// Does lookup q miss while the TLB is quiet and no guest page is being fetched? Then *ask is its
// request (vpn and s2xlate). Its address is taken for checked.
bool l1tlb_misses(const struct l1tlb *t, const struct l1_csr *csr, const struct l1_req *q,
                  struct l1_ptw_req *ask);

#endif
