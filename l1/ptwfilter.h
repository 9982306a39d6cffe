// SPDX-License-Identifier: MulanPSL-2.0
// The fetch side's filter between the ITLB and its repeaters (spec C 2.4; Chisel PTWFilter): input
// registers that drop repetitions, then a ring of eight entries, issued and freed in order.
#ifndef L2TLB_L1_PTWFILTER_H
#define L2TLB_L1_PTWFILTER_H

#include "l1/l1bundle.h"

enum { PTWFILTER_PORTS = 3, PTWFILTER_SIZE = 8 };

struct ptwfilter {
    struct l1_ptw_req ring[PTWFILTER_SIZE];
    uint32_t v; // mask
    unsigned enq, iss, deq; // pointers
    bool may_full_deq, may_full_iss;
    unsigned counter;  // occupied entries
    unsigned inflight; // 4 bits: open requests, fewer after a flush (L14)
    struct l1_ptw_req in[PTWFILTER_PORTS]; // input registers
    unsigned in_valid;  // mask
    unsigned old_match; // mask: the ring held it in the cycle of arrival
    struct l1_answer a; // answer register
    bool a_valid, a_get_gpa;
    struct l2tlb_rules rule;
    bool fix_l14;
};

struct ptwfilter_in {
    const struct l1_ptw_req *req;
    unsigned req_valid;        // mask
    const struct tlb_csr *csr; // undelayed
    bool flush;                // two cycles after the fence
    bool req_ready;            // tick: of repeater #2
    const struct ptw_resp *answer; // tick: leaves repeater #2 in this cycle, or NULL
    bool stale;                    // tick: L2 fixed: the answer must not reach the TLB
};

// How a request of a port fared; the input register's verdict one cycle after the request.
struct ptwfilter_out {
    bool answer_valid; // the answer register is presented to the ITLB
    bool get_gpa;
    bool ready;     // to the blocking port
    bool req_valid; // to repeater #2
    struct l1_ptw_req req;
    // internal wires of this cycle
    unsigned survive, enq_num, keep; // survive: registers that become entries; keep: inputs taken
    unsigned in_covered, reg_covered; // of those dropped: by an answer
    bool can_enqueue, issue_valid, issue_filtered;
};

void ptwfilter_reset(struct ptwfilter *s, const struct l2tlb_rules *rule, bool fix_l14);
void ptwfilter_settle(const struct ptwfilter *s, const struct ptwfilter_in *in,
                      struct ptwfilter_out *out);
void ptwfilter_tick(struct ptwfilter *s, const struct ptwfilter_in *in,
                    const struct ptwfilter_out *out);
bool ptwfilter_idle(const struct ptwfilter *s, bool req_ready);

#endif
