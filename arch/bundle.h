// SPDX-License-Identifier: MulanPSL-2.0
// What travels between the blocks: requests, merged answers (8 PTEs), sector answers, G answers.
#ifndef L2TLB_ARCH_BUNDLE_H
#define L2TLB_ARCH_BUNDLE_H

#include "arch/cfg.h"
#include "arch/csr.h"
#include "arch/pte.h"

enum { SOURCE_ITLB = 0, SOURCE_DTLB = 1, SOURCE_PREFETCH = 2 };
enum { SECTOR = 8 }; // PTEs of one 64-byte line

// A look-up on its way. `tag` is not hardware: it names the L1 request that caused it (the value
// given in l2tlb_req.tag; TAG_NONE for a prefetch), so that answers and reports can be attributed.
#define TAG_NONE UINT32_MAX
struct req_info {
    uint64_t vpn; // 38 bits
    uint8_t s2xlate;
    uint8_t source;
    uint32_t tag;
};

// Eight PTEs as the PageCache or a walker hands them on (Chisel PtwMergeResp). Masks have bit i for
// entry i. All entries of a merge share level and tag.
struct merge_resp {
    uint64_t tag; // vpn[37:3]
    uint64_t ppn[SECTOR]; // 44 bits
    uint16_t asid, vmid;
    uint8_t level;
    uint8_t perm[SECTOR], pbmt[SECTOR];
    uint8_t n, v, pf, af, cf; // masks; cf: bitmap check failed
    uint8_t idx; // addressed PTE, 0..7 (Chisel: one-hot pteidx)
    uint8_t odd; // erratum D14 fixed: entries of the line that must not be merged with
    bool not_super, not_merge;
};

// The stage-1 half of an answer (Chisel PtwSectorResp, spec A 0.5).
struct sector_resp {
    uint64_t tag; // vpn[37:3]
    uint64_t ppn; // PTE ppn[43:3]
    uint16_t asid, vmid;
    uint8_t n, pbmt, perm, level, v;
    uint8_t addr_low;
    uint8_t ppn_low[SECTOR];
    uint8_t valididx, pteidx; // masks
    uint8_t pf, af;
};

// The stage-2 half (Chisel HptwResp).
struct hptw_resp {
    uint64_t tag; // 38 bits
    uint64_t ppn; // 38 bits, upper two zero
    uint16_t vmid;
    uint8_t n, pbmt, perm, level;
    uint8_t gpf, gaf;
};

// Rights of a page by the Memory Protection Table (spec E 0.3, 1.3); zero in builds without it.
struct mpt_perm {
    bool mpt_only;     // the answer is of a request that asks for nothing else
    bool access_fault; // a faulty table entry, or a right that does not exist
    uint8_t right;     // r, w, x from bit 0 to bit 2
    uint8_t level;     // of the entry, 0..3
    bool contiguous, napot; // the eight, or sixteen, pages around have the same rights
};

// One answer of the L2TLB (Chisel PtwRespS2).
struct ptw_resp {
    uint8_t s2xlate;
    uint32_t tag; // of the request, see req_info
    struct sector_resp s1;
    struct hptw_resp s2;
    struct mpt_perm mpt;
};

// Host page of guest page `gpn` through G-stage answer r (spec B 0.3 genPPNS2).
static inline uint64_t gen_ppn_s2(const struct hptw_resp *r, uint64_t gpn)
{
    return leaf_ppn(r->ppn, gpn, r->level, r->level == 0 && r->n);
}

// Are pages tested against the Shield-Bitmap now? (spec B 4.1 `en`)
static inline bool bitmap_enabled(const struct l2tlb_cfg *cfg, const struct tlb_csr *csr)
{
    return cfg->has_bitmap && csr->mbmc.bme && !csr->mbmc.cmode;
}

// Are table pages tested against the MPT before they are read? (spec E 2 `mptEn` and `inode`)
static inline bool mpt_checks_tables(const struct l2tlb_cfg *cfg, const struct tlb_csr *csr)
{
    return cfg->has_mpt && csr->mmpt.mode && !csr->mmpt.opt_out_in_node;
}

// Tables below the first one of a walk. T14: whatever the mode and optOutInNode.
static inline bool mpt_checks_next_table(const struct l2tlb_cfg *cfg, const struct tlb_csr *csr)
{
    return cfg->errata_fixed[ERR_T14] ? mpt_checks_tables(cfg, csr) : cfg->has_mpt;
}

// RRArbiterInit: the lowest candidate above the last grant, else the lowest (spec B 0.4 rule 2).
// candidates must not be 0.
static inline unsigned round_robin(uint32_t candidates, unsigned last)
{
    uint32_t above = candidates & ~(uint32_t)mask64(last + 1);
    return lowest(above ? above : candidates);
}

#endif
