// SPDX-License-Identifier: MulanPSL-2.0
// MptOutputSwitchBox, one per L1 port (spec E 1.9 rules 1 to 6): an answer without a fault is held until the checker
// has answered for its page; answers of requests without translation pass.
#ifndef L2TLB_MPT_MPTOUTPUTSWITCHBOX_H
#define L2TLB_MPT_MPTOUTPUTSWITCHBOX_H

#include "mpt/mpt.h"

enum mpt_box_state { BOX_IDLE, BOX_SEND_MPT, BOX_SEND_L1 };

struct mptoutputswitchbox {
    enum mpt_box_state state;
    struct mpt_perm perm; // of the last answer of the checker for this box
    uint64_t pa;
    uint32_t tag;
    bool out_only;
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

// Spec E 1.9, its table and rules 2 to 5. m: the checker's answer, valid if it is for this box.
static inline void mptoutputswitchbox_publish(const struct mptoutputswitchbox *s, const struct mpt_resp *m,
                                              bool merge_valid, bool fault, bool port_ready,
                                              struct mptoutputswitchbox_out *o)
{
    bool faulty = merge_valid && fault;
    bool idle = s->state == BOX_IDLE;
    bool passes = idle ? (m->valid && m->perm.mpt_only) || faulty : s->state == BOX_SEND_L1 || m->valid;
    o->l1_valid = passes;
    o->merge_ready = passes && port_ready; // T12, rule 6: also when the answer is another one
    o->check_valid = idle && !passes && merge_valid;
    o->perm = m->valid ? m->perm : s->perm;
    o->pa = m->valid ? m->pa : s->pa;
    o->tag = m->valid ? m->tag : s->tag;
    o->mpt_only = (m->valid ? m->perm.mpt_only : s->out_only) && !faulty;
}

static inline void mptoutputswitchbox_tick(struct mptoutputswitchbox *s,
                                           const struct mptoutputswitchbox_out *o,
                                           const struct mpt_resp *m, bool check_fire, bool faulty,
                                           bool port_ready, bool flush)
{
    if (o->l1_valid)
        s->state = port_ready ? BOX_IDLE : BOX_SEND_L1;
    else if (check_fire)
        s->state = BOX_SEND_MPT;
    if (flush)
        s->state = BOX_IDLE;
    if (m->valid) { // rule 1
        s->perm = m->perm;
        s->pa = m->pa;
        s->tag = m->tag;
        s->out_only = m->perm.mpt_only;
    }
    if (faulty)
        s->out_only = false;
}

#endif
