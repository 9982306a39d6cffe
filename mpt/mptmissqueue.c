// SPDX-License-Identifier: MulanPSL-2.0
// MptMissQueue. Numbers in comments are the rule numbers of spec E 1.6.
#include "mpt/mptmissqueue.h"

#include <string.h>

void mptmissqueue_reset(struct mptmissqueue *q, const struct l2tlb_cfg *cfg)
{
    memset(q, 0, sizeof *q);
    q->cfg = cfg;
}

// Does the entry just read lie on the way to this page? Level 0000 lies on nobody's (T2).
static bool matches(const struct mptmissqueue *q, const struct mpt_miss *m)
{
    uint8_t level = q->refill.level;
    return level && m->req.pa >> mpt_shift(level) == q->refill.pa >> (mpt_shift(level) - 4);
}

static void form_answer(const struct mptmissqueue *q, const struct mpt_miss *m, struct mpt_resp *r)
{
    const struct mpt_refill *f = &q->refill;
    uint8_t right = mpt_right(f->data, mpt_offset(f->level, m->req.pa));
    bool l0 = f->level & MPT_L0, fault = f->is_af || mpt_reserved(right);
    *r = (struct mpt_resp){
        .valid = true,
        .pa = m->req.pa,
        .tag = m->req.tag,
        .id = m->req.id,
        .perm = {.mpt_only = m->req.mpt_only,
                 .access_fault = fault,
                 .right = mpt_answered_right(q->cfg, right, fault),
                 .level = (uint8_t)oh_to_uint(f->level),
                 .contiguous = l0 && mpt_half_equal(f->data, m->req.pa),
                 .napot = l0 && mpt_all_equal(f->data)},
    };
}

void mptmissqueue_publish(const struct mptmissqueue *q, struct mptmissqueue_out *o)
{
    bool final = q->refill.is_af || q->refill.is_leaf;
    o->ready = q->count < MPT_MISSES && !q->refill_counter; // rule 1
    o->walk_valid = q->count && !q->refill_counter;         // rule 2
    o->resp.valid = false;
    if (q->count && q->refill_counter && final && matches(q, mptmissqueue_at(q, 0)))
        form_answer(q, mptmissqueue_at(q, 0), &o->resp);
}

// Rule 3: the head goes to the tail, with the table that was just found. T1: not with that table's level,
// but with that of the entry which names it.
static void turn(struct mptmissqueue *q)
{
    struct mpt_miss m = q->elem[q->head];
    bool pointer = !q->refill.is_af && !q->refill.is_leaf;
    if (pointer && matches(q, &m)) {
        m.table = q->refill.data & mask64(36);
        m.level = q->cfg->errata_fixed[ERR_T1] ? q->refill.level >> 1 : q->refill.level;
    }
    q->head = (q->head + 1) % MPT_MISSES;
    q->elem[(q->head + q->count - 1) % MPT_MISSES] = m;
}

void mptmissqueue_tick(struct mptmissqueue *q, const struct mptmissqueue_out *o,
                       const struct mptmissqueue_in *in)
{
    if (q->refill_counter && q->count) { // an empty queue does nothing: rule 4
        if (o->resp.valid) {
            q->head = (q->head + 1) % MPT_MISSES;
            q->count--;
        } else {
            turn(q);
        }
    } else if (in->miss_valid && o->ready) {
        q->elem[(q->head + q->count++) % MPT_MISSES] = in->miss;
    }
    q->refill_counter >>= 1;
    if (in->refill->valid) {
        q->refill_counter = 8;
        q->refill = *in->refill;
    }
    if (in->flush) {
        q->head = q->count = 0;
        q->refill_counter = 0;
        memset(&q->refill, 0, sizeof q->refill);
    }
}
