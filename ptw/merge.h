// SPDX-License-Identifier: MulanPSL-2.0
// Forming answers: eight PTEs of a line, and their compression into one sector (spec A 1.7, 1.8).
#ifndef L2TLB_PTW_MERGE_H
#define L2TLB_PTW_MERGE_H

#include "arch/bundle.h"
#include "arch/cfg.h"

// The answer of an LLPTW entry from its line (contiguous_pte_to_merge_ptwResp). cfs: bitmap verdict
// of the eight physical neighbours; af: the entry's own access fault.
void merge_from_line(const struct l2tlb_cfg *cfg, const uint64_t line[SECTOR],
                     const struct req_info *q, bool af, uint8_t cfs, const struct tlb_csr *csr,
                     struct merge_resp *m);

// merge_ptwResp_to_sector_ptwResp.
void merge_to_sector(const struct l2tlb_cfg *cfg, const struct merge_resp *m,
                     struct sector_resp *s);

// While the bitmap is on, answers of revision 2026-03 are cut to 4 KiB (spec D 4B.9).
void merge_cut_to_4k(const struct merge_resp *m, struct ptw_resp *r);

// n of an answer that a walker built from `pte` at `level` (spec D 1.5; P17).
bool merge_n(const struct l2tlb_cfg *cfg, uint64_t pte, unsigned level, bool fault);

// Page number of the addressed entry with the low bits of its page size from the tag (genPPN).
uint64_t merge_gen_ppn(const struct merge_resp *m);

// A G translation of a VS table may not be read: neither r, nor x with MXR; an access fault comes
// first (spec B 1.3 rule 6, 2.4 rule 8). July 2026 v2: whatever MXR is (spec E 0.2 rule 3).
static inline bool merge_g_refused(const struct l2tlb_cfg *cfg, const struct hptw_resp *r, bool mxr)
{
    bool executable = mxr && !cfg->rule.gstage_ignores_mxr && (r->perm & PERM_X);
    return !r->gaf && !(r->perm & PERM_R) && !executable;
}

#endif
