// SPDX-License-Identifier: MulanPSL-2.0
// A RISC-V page table entry as the hardware looks at it: fields and predicates, each a pure
// function of one 64-bit PTE (spec A 0.3, spec B 0.3; names of Chisel's PteBundle).
#ifndef L2TLB_ARCH_PTE_H
#define L2TLB_ARCH_PTE_H

#include "arch/bits.h"

enum {
    PTE_V = 1 << 0,
    PTE_R = 1 << 1,
    PTE_W = 1 << 2,
    PTE_X = 1 << 3,
    PTE_U = 1 << 4,
    PTE_G = 1 << 5,
    PTE_A = 1 << 6,
    PTE_D = 1 << 7,
};
#define PTE_N (UINT64_C(1) << 63)

enum { MODE_BARE = 0, MODE_SV39 = 8, MODE_SV48 = 9, MODE_SV57 = 10 }; // the machine has no Sv57

enum s2xlate { NO_S2XLATE = 0, ONLY_STAGE1 = 1, ONLY_STAGE2 = 2, ALL_STAGE = 3 };

// Permission byte of the L2TLB: d,a,g,u,x,w,r from bit 6 to bit 0, i.e. PTE[7:1].
enum { PERM_R = 1, PERM_W = 2, PERM_X = 4, PERM_U = 8, PERM_G = 16, PERM_A = 32, PERM_D = 64 };

static inline uint64_t pte_ppn(uint64_t pte) { return bits(pte, 53, 10); }
static inline unsigned pte_ppn_high(uint64_t pte) { return (unsigned)bits(pte, 53, 46); }
static inline unsigned pte_pbmt(uint64_t pte) { return (unsigned)bits(pte, 62, 61); }
static inline unsigned pte_reserved(uint64_t pte) { return (unsigned)bits(pte, 60, 54); }
static inline unsigned pte_perm(uint64_t pte) { return (unsigned)bits(pte, 7, 1); }
static inline bool pte_n(uint64_t pte) { return pte >> 63; }
static inline bool pte_v(uint64_t pte) { return pte & PTE_V; }

static inline bool pte_is_leaf(uint64_t pte)
{
    return (pte & PTE_V) && (pte & (PTE_R | PTE_W | PTE_X));
}

static inline bool pte_is_next(uint64_t pte)
{
    return (pte & PTE_V) && !(pte & (PTE_R | PTE_W | PTE_X));
}

static inline bool pte_unaligned(uint64_t pte, unsigned level)
{
    return pte_is_leaf(pte) && (pte_ppn(pte) & mask64(9 * level)) != 0;
}

// The encoding rules that isPf and isGpf share, in order. Returns 1 fault, 0 fine, -1 undecided.
static inline int pte_encoding_fault(uint64_t pte, bool pbmte)
{
    if (pte_reserved(pte))
        return 1;
    if (pte_pbmt(pte) == 3 || (pte_pbmt(pte) && !pbmte))
        return 1;
    if (pte_is_next(pte))
        return (pte & (PTE_U | PTE_A | PTE_D)) || pte_n(pte) || pte_pbmt(pte);
    if (!pte_v(pte) || ((pte & PTE_W) && !(pte & PTE_R)))
        return 1;
    return -1;
}

// S/VS-stage page fault of the entry itself; U, A and D of a leaf are the L1 TLB's business.
static inline bool pte_is_pf(uint64_t pte, unsigned level, bool pbmte)
{
    int f = pte_encoding_fault(pte, pbmte);
    if (f >= 0)
        return f;
    if (pte_n(pte) && (bits(pte, 13, 10) != 8 || level != 0))
        return true;
    return pte_unaligned(pte, level);
}

// G-stage page fault of the entry itself: also demands U and A.
static inline bool pte_is_gpf(uint64_t pte, unsigned level, bool pbmte)
{
    int f = pte_encoding_fault(pte, pbmte);
    if (f >= 0)
        return f;
    if (!(pte & PTE_U))
        return true;
    if (pte_n(pte) && bits(pte, 13, 10) != 8)
        return true;
    return pte_unaligned(pte, level) || !(pte & PTE_A);
}

// PPN does not fit 36 bits (physical addresses of 48 bits).
static inline bool pte_is_af(uint64_t pte)
{
    return pte_v(pte) && pte_ppn_high(pte) != 0;
}

// A guest page number outside the reach of hgatp.mode: 41 bits Sv39x4, 50 bits Sv48x4.
static inline bool gpn_out_of_range(uint64_t gpn, unsigned hgatp_mode)
{
    return hgatp_mode == MODE_SV39 ? gpn >> 29 : hgatp_mode == MODE_SV48 ? gpn >> 38 : 0;
}

static inline bool pte_is_stage1_gpf(uint64_t pte, unsigned hgatp_mode)
{
    return pte_v(pte) && gpn_out_of_range(pte_ppn(pte), hgatp_mode);
}

static inline bool pte_is_napot(uint64_t pte)
{
    return pte_is_leaf(pte) && pte_n(pte);
}

// May this PTE of a level-`level` line be kept by the PageCache?
static inline bool pte_can_refill(uint64_t pte, unsigned level, unsigned s2xlate, bool pbmte,
                                  unsigned hgatp_mode)
{
    switch (s2xlate) {
    case ALL_STAGE:
        return !pte_is_stage1_gpf(pte, hgatp_mode) && !pte_is_pf(pte, level, pbmte);
    case ONLY_STAGE2:
        return !pte_is_af(pte) && !pte_is_gpf(pte, level, pbmte);
    default:
        return !pte_is_af(pte) && !pte_is_pf(pte, level, pbmte);
    }
}

// A page fault that the PageCache keeps as a fault (noS2xlate only).
static inline bool pte_only_pf(uint64_t pte, unsigned level, unsigned s2xlate, bool pbmte)
{
    return s2xlate == NO_S2XLATE && pte_is_pf(pte, level, pbmte) && !pte_is_af(pte);
}

// Class under which the PageCache stores and looks up: allStage keeps its VS part as onlyStage1.
static inline unsigned s2xlate_class(unsigned s2xlate)
{
    return s2xlate == ALL_STAGE ? ONLY_STAGE1 : s2xlate;
}

// Page number of `vpn` inside a leaf of `level` with page number `ppn` (Chisel genPPN / genPPNS2).
static inline uint64_t leaf_ppn(uint64_t ppn, uint64_t vpn, unsigned level, bool napot)
{
    unsigned low = level ? 9 * level : napot ? 4 : 0;
    return (ppn & ~mask64(low)) | (vpn & mask64(low));
}

#endif
