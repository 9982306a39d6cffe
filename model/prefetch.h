// SPDX-License-Identifier: MulanPSL-2.0
// Next-line prefetcher (spec A 3.2): one pending request, four remembered lines.
// Numbers in comments are the rule numbers of spec A 3.2.
#ifndef L2TLB_MODEL_PREFETCH_H
#define L2TLB_MODEL_PREFETCH_H

#include "arch/bundle.h"

struct prefetch {
    bool enable;
    bool v;
    uint64_t next_req; // vpn, 38 bits
    uint64_t old_reqs[4];
    uint8_t old_v; // mask
    uint8_t old_index;
};

struct prefetch_in {
    const struct tlb_csr *csr;
    bool flush, in_valid, out_fire;
    uint64_t in_vpn;
};

static inline void prefetch_reset(struct prefetch *p, bool enable)
{
    *p = (struct prefetch){.enable = enable};
}

// Rule 6, kind of the request: from the CSRs as they are now, not from the request that triggered
// it.
static inline unsigned prefetch_s2xlate(const struct tlb_csr *csr)
{
    if (!csr->virt)
        return NO_S2XLATE;
    unsigned vs = csr->vsatp.mode != 0, g = csr->hgatp.mode != 0;
    return vs | g << 1;
}

static inline void prefetch_tick(struct prefetch *p, const struct prefetch_in *in)
{
    if (!in->in_valid && !in->out_fire && !in->flush)
        return;
    uint64_t next_line = (((in->in_vpn >> 3) + 1) & mask64(35)) << 3; // rules 1 and 11
    bool known = false;
    for (unsigned k = 0; k < 4; k++)
        known = known || (bit(p->old_v, k) && p->old_reqs[k] >> 3 == next_line >> 3);
    bool input_valid = p->enable && in->in_valid && !in->flush && !known; // rule 3
    if (in->out_fire) { // rule 7; remembered whatever becomes of it (rule 10)
        p->old_reqs[p->old_index] = p->next_req;
        p->old_v |= (uint8_t)(1u << p->old_index);
        p->old_index = (p->old_index + 1) & 3;
    }
    if (in->in_valid) // also when suppressed, and while another request is pending (rules 2 and 9)
        p->next_req = next_line;
    p->v = !in->flush && (input_valid || (p->v && !in->out_fire)); // rule 4
    if (in->flush) // rule 8
        p->old_v = 0;
}

#endif
