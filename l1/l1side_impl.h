// SPDX-License-Identifier: MulanPSL-2.0
// Registers and wires of the L1 side; private to l1side.c and l1idle.c.
#ifndef L2TLB_L1_L1SIDE_IMPL_H
#define L2TLB_L1_L1SIDE_IMPL_H

#include "l1/l1count.h"
#include "l1/l1side.h"
#include "l1/l1tlb.h"
#include "l1/ptwfilter.h"
#include "l1/ptwnewfilter.h"
#include "l1/repeater.h"

enum { FENCE_DELAY = 2 }; // spec C 0.4 rules 1 and 2

// Register of MemBlock behind the data filter ("N" of spec C 2.3 rule 1).
struct answer_reg {
    struct l1_answer a;
    unsigned tlbs, get_gpa; // masks of TLBs
    bool valid;
};

// What one settle hands to the tick.
struct wires {
    struct l1tlb_in tlb_in[L1_CLASSES];
    struct l1tlb_out tlb[L1_CLASSES];
    struct ptwnewfilter_pub npub;
    struct ptwnewfilter_in nin;
    struct ptw_resp own_page[2]; // answer of port 0, 1 as L8 fixed takes it
    struct ptwnewfilter_out n;
    struct ptwfilter_in fin;
    struct ptwfilter_out f;
    struct l1_ptw_req freq[PTWFILTER_PORTS];
    unsigned replay; // load ports 0..2: gate or TLB asks for a replay
    unsigned rests;  // mask of TLBs at rest (l1tlb_rests)
    bool flush_data, flush_chain;
};

struct l1side {
    struct l2tlb_cfg cfg;
    struct l1tlb tlb[L1_CLASSES];
    struct ptwnewfilter newfilter;
    struct ptwfilter filter;
    struct repeater rep[2]; // [0] #2 in the Frontend, [1] #3 in the MemBlock
    struct answer_reg n;
    // control delays; index 0 is the older one
    struct l1_csr csr[FENCE_DELAY];
    struct sfence sfence[FENCE_DELAY];
    bool flush_data[FENCE_DELAY], flush_chain[FENCE_DELAY], vmid_changed[FENCE_DELAY];
    // load hints
    unsigned hint_valid, hint_full, hint_replay;
    uint8_t hint_id[L1_LOAD_HINTS];
    bool wake_valid, wake_all;
    uint8_t wake_id;

    struct wires w;
    struct l1count count;
    uint64_t epoch; // of l1side_epoch()
};

// The clock edge without the counters.
void l1side_edge(struct l1side *l, const struct l1_in *in, const struct l1_out *out);
// Does this cycle leave every register as it is but those that lookups pass through, and do all
// lookups whose results are out ask the filter in vain?
bool l1side_repeats_only(const struct l1side *l, const struct l1_in *in, const struct l1_out *out);

#endif
