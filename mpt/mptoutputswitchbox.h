// SPDX-License-Identifier: MulanPSL-2.0
// MptOutputSwitchBox, one per L1 port (spec E 1.9 rules 1 to 6): an answer without a fault is held until the checker
// has answered for its page; answers of requests without translation pass. T12 fixed: the two kinds do not touch
// each other, and at most one request without translation is open.
#ifndef L2TLB_MPT_MPTOUTPUTSWITCHBOX_H
#define L2TLB_MPT_MPTOUTPUTSWITCHBOX_H

#include "mpt/mpt.h"

enum mpt_box_state { BOX_IDLE, BOX_SEND_MPT, BOX_SEND_L1 };

enum mpt_box_from { BOX_FROM_CACHE, BOX_FROM_PTW, BOX_FROM_LLPTW };

struct mptoutputswitchbox {
    enum mpt_box_state state;
    struct mpt_perm perm; // of the last answer of the checker for this box
    uint64_t pa;
    uint32_t tag;
    bool out_only;
    uint8_t from; // the walker whose answer is being checked or offered (T26 fixed)
    // T12 fixed.
    bool open;            // a request without translation is under way
    struct mpt_resp only; // its answer waits for the port
};

struct mptoutputswitchbox_in {
    const struct mpt_resp *m; // the checker's answer, valid if it is for this box
    bool merge_valid, fault;  // the merged answer, and whether it is a fault
    uint8_t from;             // ... and who gives it
    bool port_ready;
    bool flush;
};

struct mptoutputswitchbox_out {
    bool l1_valid;    // an answer for the port
    bool check_valid; // asks the checker
    bool merge_ready; // takes the merged answer
    bool mpt_only;    // the answer is not the merged one
    struct mpt_perm perm;
    uint64_t pa;
    uint32_t tag;
};

void mptoutputswitchbox_publish(const struct mptoutputswitchbox *s, const struct l2tlb_cfg *cfg,
                                const struct mptoutputswitchbox_in *in, struct mptoutputswitchbox_out *o);
// check_fire: the checker takes the request. only_fire: a request without translation is accepted at the port.
void mptoutputswitchbox_tick(struct mptoutputswitchbox *s, const struct l2tlb_cfg *cfg,
                             const struct mptoutputswitchbox_in *in, const struct mptoutputswitchbox_out *o,
                             bool check_fire, bool only_fire);

// T26 fixed: the merged answer must be that of this walker. As-rtl the arbiter before the box goes on choosing.
static inline bool mptoutputswitchbox_holds(const struct mptoutputswitchbox *s, const struct l2tlb_cfg *cfg)
{
    return cfg->errata_fixed[ERR_T26] && s->state != BOX_IDLE && !(s->state == BOX_SEND_L1 && s->out_only);
}

#endif
