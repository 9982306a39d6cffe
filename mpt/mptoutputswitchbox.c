// SPDX-License-Identifier: MulanPSL-2.0
// MptOutputSwitchBox (spec E 1.9, its table and rules 1 to 6).
#include "mpt/mptoutputswitchbox.h"

static bool is_only(const struct mpt_resp *m)
{
    return m->valid && m->perm.mpt_only;
}

// T12 fixed: an answer without translation goes before the merged one, which stays where it is.
static void publish_apart(const struct mptoutputswitchbox *s, const struct mptoutputswitchbox_in *in,
                          struct mptoutputswitchbox_out *o)
{
    const struct mpt_resp *m = in->m, *only = s->only.valid ? &s->only : m;
    bool own = m->valid && !m->perm.mpt_only;
    bool checked = s->state == BOX_SEND_L1 || (s->state == BOX_SEND_MPT && own);
    bool faulty = s->state == BOX_IDLE && in->merge_valid && in->fault;
    o->mpt_only = is_only(only);
    o->l1_valid = o->mpt_only || checked || faulty;
    o->merge_ready = (checked || faulty) && !o->mpt_only && in->port_ready;
    o->check_valid = s->state == BOX_IDLE && in->merge_valid && !in->fault;
    o->perm = o->mpt_only ? only->perm : own ? m->perm : s->perm;
    o->pa = only->pa;
    o->tag = only->tag;
}

static void publish_mixed(const struct mptoutputswitchbox *s, const struct mptoutputswitchbox_in *in,
                          struct mptoutputswitchbox_out *o)
{
    const struct mpt_resp *m = in->m;
    bool faulty = in->merge_valid && in->fault;
    bool idle = s->state == BOX_IDLE;
    bool passes = idle ? is_only(m) || faulty : s->state == BOX_SEND_L1 || m->valid;
    o->l1_valid = passes;
    o->merge_ready = passes && in->port_ready; // T12, rule 6: also when the answer is another one
    o->check_valid = idle && !passes && in->merge_valid;
    o->perm = m->valid ? m->perm : s->perm;
    o->pa = m->valid ? m->pa : s->pa;
    o->tag = m->valid ? m->tag : s->tag;
    o->mpt_only = (m->valid ? m->perm.mpt_only : s->out_only) && !faulty;
}

void mptoutputswitchbox_publish(const struct mptoutputswitchbox *s, const struct l2tlb_cfg *cfg,
                                const struct mptoutputswitchbox_in *in, struct mptoutputswitchbox_out *o)
{
    if (cfg->errata_fixed[ERR_T12])
        publish_apart(s, in, o);
    else
        publish_mixed(s, in, o);
    // T9: an answer of the old tables leaves in the cycle of the change. Fixed as in #6468.
    if (in->flush && cfg->errata_fixed[ERR_T9])
        o->l1_valid = o->merge_ready = o->check_valid = false;
}

static void tick_apart(struct mptoutputswitchbox *s, const struct mptoutputswitchbox_in *in,
                       const struct mptoutputswitchbox_out *o, bool check_fire)
{
    bool own = in->m->valid && !in->m->perm.mpt_only;
    if (o->merge_ready)
        s->state = BOX_IDLE;
    else if (s->state == BOX_SEND_MPT && own)
        s->state = BOX_SEND_L1;
    else if (check_fire)
        s->state = BOX_SEND_MPT;
    if (own)
        s->perm = in->m->perm;
    if (!o->mpt_only)
        return;
    if (!s->only.valid)
        s->only = *in->m;
    s->only.valid = !in->port_ready;
    s->open = !in->port_ready;
}

void mptoutputswitchbox_tick(struct mptoutputswitchbox *s, const struct l2tlb_cfg *cfg,
                             const struct mptoutputswitchbox_in *in, const struct mptoutputswitchbox_out *o,
                             bool check_fire, bool only_fire)
{
    const struct mpt_resp *m = in->m;
    if (s->state == BOX_IDLE)
        s->from = in->from;
    if (cfg->errata_fixed[ERR_T12]) {
        tick_apart(s, in, o, check_fire);
    } else {
        if (o->l1_valid)
            s->state = in->port_ready ? BOX_IDLE : BOX_SEND_L1;
        else if (check_fire)
            s->state = BOX_SEND_MPT;
        if (m->valid) { // rule 1
            s->perm = m->perm;
            s->pa = m->pa;
            s->tag = m->tag;
            s->out_only = m->perm.mpt_only;
        }
        if (in->merge_valid && in->fault)
            s->out_only = false;
    }
    s->open |= only_fire;
    if (in->flush) {
        s->state = BOX_IDLE;
        s->open = s->only.valid = false;
    }
}
