// SPDX-License-Identifier: MulanPSL-2.0
// AArch64 address translation, functional: VMSAv8-64 stage 1 of the EL1&0 regime and stage 2.
//
// Registers and the fields that are used (everything else is ignored):
//
//   TCR_EL1    T0SZ 5:0, EPD0 7, TG0 15:14 (0 4K, 1 64K, 2 16K), T1SZ 21:16, EPD1 23,
//              TG1 31:30 (1 16K, 2 4K, 3 64K), IPS 34:32, TBI0 37, TBI1 38, HA 39, HD 40, HPD0 41,
//              HPD1 42, TBID0 51, TBID1 52, E0PD0 55, E0PD1 56, DS 59
//   TTBRn_EL1  BADDR 47:1; 5:2 are PA[51:48] where the output address has 52 bits
//   MAIR_EL1   eight attribute bytes
//   SCTLR_EL1  M 0, WXN 19, EPAN 57
//   VTCR_EL2   T0SZ 5:0, SL0 7:6, TG0 15:14, PS 18:16, HA 21, HD 22, DS 32, SL2 33
//              (SH0, ORGN0, IRGN0 13:8 describe the walks themselves and change no result)
//   VTTBR_EL2  BADDR as TTBRn
//   HCR_EL2    VM 0, PTW 2, DC 12
//   PSTATE.PAN
//
// Descriptors: valid 0, type 1, AttrIndx 4:2 / MemAttr 5:2, NS 5, AP 7:6 / S2AP 7:6, SH 9:8 (with DS:
// OA[51:50]), AF 10, nG 11, OA 47:12 (64K: OA[51:48] in 15:12), DBM 51, contiguous 52, PXN 53, UXN 54
// / XN[1:0] 54:53, and in tables PXNTable 59, UXNTable 60, APTable 62:61, NSTable 63. NS, nG, SH and
// the contiguous bit do not change an address or a fault; a contiguous leaf is shown as such.
//
// Implemented architecture: 52-bit PA at most (PARange), LPA, LPA2, LVA, TTST, XNX, HAFDBS, E0PD,
// PAN, PAN3. Refused by a64_regs_check(): VHE (E2H, TGE), FWB, nested virtualization (NV, NV1),
// forced non-cacheability (CD, ID), tagged memory by default (DCT), big-endian tables (EE), address
// bits 59:56 as tags (MTX), stage 2 of Secure state (NSW, NSA), permission indirection, overlays,
// 128-bit descriptors and what else VTCR_EL2 has above bit 33. There are no registers for Secure
// state, EL2's own regime and the stage-1 side of these (TCR2_EL1, PIR_EL1).
//
// Where the architecture leaves a choice: an input size of stage 2 above PARange is a translation
// fault of level 0 (CONSTRAINED UNPREDICTABLE; QEMU does the same).
//
// Faults as PAR_EL1 reports them: walk_result.fst, .stage, .s1ptw, and .ipa for stage-2 faults
// (complete, also below the page).
#ifndef L2TLB_ARCH_WALK_A64_H
#define L2TLB_ARCH_WALK_A64_H

#include "arch/walk.h"

struct a64_regs {
    uint64_t tcr_el1, ttbr0_el1, ttbr1_el1, mair_el1, sctlr_el1;
    uint64_t vtcr_el2, vttbr_el2, hcr_el2;
    uint8_t parange; // ID_AA64MMFR0_EL1.PARange: 0 32 bits .. 6 52 bits; the limit of IPS and PS
    bool pan;        // PSTATE.PAN
};

enum a64_access { A64_READ, A64_WRITE, A64_FETCH };

struct a64_request {
    uint64_t va;
    uint8_t access; // enum a64_access
    uint8_t el;     // 0 or 1
    bool only_s1;   // AT S1E*: stop at the IPA (stage 2 still translates the tables)
};

// NULL, or a message that names the field that selects a reserved value.
const char *a64_regs_check(const struct a64_regs *g);

// Translates one access; *r is overwritten. g must have passed a64_regs_check().
void a64_walk(const struct a64_regs *g, const struct a64_request *q, const struct walk_mem *mem,
              struct walk_result *r);

// The address as FAR_EL1 shows it: a fetch loses its tag byte where TBI applies.
uint64_t a64_far(const struct a64_regs *g, const struct a64_request *q);

// How a stage is set up: log2 of the page size, address bits, first level, DS, root table.
struct a64_stage {
    unsigned granule, input, output;
    int start;
    bool ds;
    uint64_t base;
};
// Stage 1 (of the half that holds va) or 2. False: it is off, or no such address can be walked.
bool a64_stage(const struct a64_regs *g, unsigned stage, uint64_t va, struct a64_stage *out);

// What a descriptor means that is found at `level` for the address `input` (of this stage); limits: what
// the tables above took away (walk_entry.limits of the entry that led here, 0 at the root).
void a64_entry(const struct a64_regs *g, unsigned stage, uint64_t input, int level, unsigned limits,
               uint64_t d, struct walk_entry *e);
// Where a word of a stage-1 table is: the stage-2 walk that reading it makes. False: *r tells the fault.
bool a64_guest_table(const struct a64_regs *g, const struct walk_mem *mem, uint64_t ipa, uint64_t *pa,
                     struct walk_result *r);
// Stage 1 (MAIR byte) and stage 2 (MemAttr, FWB=0): Device wins, the stricter kind of it; else each
// of inner and outer gets the weaker cacheability, allocation hints come from stage 1.
unsigned a64_attributes(unsigned s1, unsigned s2);

// Are there blocks (pages) at this level?
bool a64_block_level(unsigned granule_bits, bool ds, int level);
// log2 of the entries that the contiguous bit joins at this level.
unsigned a64_contiguous_bits(unsigned granule_bits, int level);
// Levels of a stage-1 walk of this many input bits, or of stage 2 by its start level.
int a64_start_level(unsigned granule_bits, unsigned input_bits);
// Start level that VTCR_EL2 (SL0, SL2, TG0, DS) selects; 4: reserved.
int a64_s2_start_level(uint64_t vtcr);

#endif
