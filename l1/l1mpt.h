// SPDX-License-Identifier: MulanPSL-2.0
// What an answer means to the L1 side of a build with MPT: a translation is kept no larger than the piece for
// which its rights hold (spec E 2.8 rules 3 and 4). Read off the text of the source only (spec E 3.4, U1): no
// RTL of this side has been compared. The rights themselves are not kept: with translation on nothing asks
// for them (T4). Not modelled: accesses without any translation (mptOnly).
#ifndef L2TLB_L1_L1MPT_H
#define L2TLB_L1_L1MPT_H

#include "l1/l1bundle.h"

// The page of the 4 KiB that were asked for, in a small entry: its neighbours in the sector lie beside it.
static inline void l1_mpt_expand(struct sector_resp *s, unsigned level, bool n)
{
    uint64_t ppn = leaf_ppn(s->ppn << 3 | s->ppn_low[s->addr_low], s->tag << 3 | s->addr_low, level, n);
    s->ppn = ppn >> 3;
    for (unsigned j = 0; j < SECTOR; j++)
        s->ppn_low[j] = (uint8_t)j;
}

// *r is an answer without a fault.
static inline void l1_mpt_cut(struct ptw_resp *r)
{
    const struct mpt_perm *m = &r->mpt;
    bool only2 = r->s2xlate == ONLY_STAGE2, all = r->s2xlate == ALL_STAGE;
    unsigned level = only2 ? r->s2.level : all ? l1_all_level(r) : r->s1.level;
    bool n = only2 ? r->s2.n : all ? l1_all_n(r) : r->s1.n;
    unsigned small = level < m->level ? level : m->level;
    bool napot = (n && m->level) || (m->napot && level) || (m->napot && n);
    uint64_t page = gen_ppn_s2(&r->s2, r->s2.tag);

    if (!only2 && (r->s1.level || r->s1.n))
        l1_mpt_expand(&r->s1, r->s1.level, r->s1.n);
    if (small || napot)
        r->s1.valididx = 0xff;
    else if (!m->contiguous)
        r->s1.valididx = r->s1.pteidx;
    else if (level)
        r->s1.valididx = 0xff;
    if (only2 || all) {
        r->s2.ppn = page;
        r->s2.level = (uint8_t)small;
        r->s2.n = napot;
    }
    if (!only2) {
        r->s1.level = (uint8_t)small;
        r->s1.n = napot;
    }
}

#endif
