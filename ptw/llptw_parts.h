// SPDX-License-Identifier: MulanPSL-2.0
// Shared by the two files of the LLPTW only.
#ifndef L2TLB_PTW_LLPTW_PARTS_H
#define L2TLB_PTW_LLPTW_PARTS_H

#include "ptw/llptw.h"

struct llptw_verdict {
    bool vs_pf; // page fault of the stage-1 PTE
    bool g_pf;  // its page number is outside the guest address range
};

static inline struct llptw_verdict llptw_pte_verdict(const struct req_info *q, uint64_t pte,
                                                     const struct tlb_csr *csr)
{
    bool pbmte = q->s2xlate != NO_S2XLATE ? csr->h_pbmte : csr->m_pbmte;
    struct llptw_verdict v;
    v.vs_pf = pte_is_pf(pte, 0, pbmte) || !pte_is_leaf(pte);
    v.g_pf = pte_is_stage1_gpf(pte, csr->hgatp.mode) && !v.vs_pf;
    return v;
}

// Page of a level-0 PTE; a NAPOT PTE takes the low four bits from the vpn.
static inline uint64_t llptw_pte_page(uint64_t pte, uint64_t vpn)
{
    return leaf_ppn(pte_ppn(pte), vpn, 0, pte_n(pte));
}

// Erratum D15 fixed: the stage-2 half of a guest page number that stage 2 does not reach names it.
static inline struct hptw_resp llptw_range_fault(uint64_t gpn, const struct tlb_csr *csr)
{
    return (struct hptw_resp){.tag = gpn & mask64(38), .vmid = csr->hgatp.id & 0x3fff, .gpf = 1};
}

void llptw_move(struct llptw *s, unsigned i, unsigned state);
// Busy entries with the line (vpn[37:3]) and kind of q. ASID, VMID and table page are not compared.
uint32_t llptw_same_line(const struct llptw *s, const struct req_info *q);
// The same of all entries, idle ones included.
uint32_t llptw_like_line(const struct llptw *s, const struct req_info *q);
void llptw_enqueue(struct llptw *s, const struct llptw *was, const struct llptw_out *o,
                   const struct llptw_in *in);

#endif
