// SPDX-License-Identifier: MulanPSL-2.0
// RISC-V address translation, functional and complete: privileged specification 1.13 with the
// hypervisor extension, Svnapot, Svpbmt, Svade and Svadu. Zicfiss, pointer masking (Smnpm, Ssnpm) and
// Svrsw60t59b are switches that are off unless set.
//
// This is the architecture, not the L2TLB: the machine checks no permissions, its L1 TLBs do.
#ifndef L2TLB_ARCH_WALK_RISCV_H
#define L2TLB_ARCH_WALK_RISCV_H

#include "arch/walk.h"

// The registers that a translation depends on. satp, vsatp and hgatp are raw CSR values: mode in
// bits 63:60 (RV32: bit 31), page number in bits 43:0 (RV32: 21:0); the low two bits of hgatp's page
// number count as 0.
struct rv_regs {
    uint64_t satp, vsatp, hgatp;
    uint8_t xlen;        // 32 or 64
    bool mxr, sum;       // mstatus (sstatus of HS)
    bool vsmxr, vssum;   // vsstatus
    bool m_pbmte, m_adue; // menvcfg bits 62, 61
    bool h_pbmte, h_adue; // henvcfg; read as 0 while the menvcfg bit is 0
    // Zicfiss: SSE of menvcfg, henvcfg. xwr = 010 then is a shadow-stack page of stage 1 (henvcfg:
    // with V=1; read as 0 while the menvcfg bit is 0).
    bool m_sse, h_sse;
    // Pointer masking (RV64): PMM of menvcfg (S), senvcfg (U and VU), henvcfg (VS). 0 off, 2 masks 7
    // bits, 3 masks 16, 1 is reserved. HLV and HSV of U mode take hstatus.HUPMM in place of senvcfg's.
    uint8_t m_pmm, s_pmm, h_pmm;
    bool rsw60; // Svrsw60t59b: bits 60:59 of every entry are software's
};

enum rv_access {
    RV_READ,
    RV_WRITE,
    RV_FETCH,
    RV_READ_X, // HLVX: a load that needs execute permission in place of read permission, and
               // always acts as though V=1 (virt must be set)
    RV_SHADOW_READ,  // SSPOPCHK: faults are those of a store, but nothing is written
    RV_SHADOW_WRITE, // SSPUSH, SSAMOSWAP
    RV_ACCESSES
};

enum rv_priv { RV_U = 0, RV_S = 1, RV_M = 3 };

// One access with its effective privilege. virt: V=1, both vsatp and hgatp apply; then priv U/S
// means VU/VS. Machine mode does not translate and is not an effective privilege here.
struct rv_request {
    uint64_t va;
    uint8_t access; // enum rv_access
    uint8_t priv;   // RV_U or RV_S
    bool virt;
};

// How an instruction makes its access.
enum rv_insn { RV_PLAIN, RV_HLV, RV_HLVX, RV_HSV };
struct rv_hart {
    uint8_t priv; // current privilege
    bool virt;    // current V
    bool mprv, mpv;
    uint8_t mpp;
    bool spvp; // hstatus.SPVP
};
// Effective privilege of a load (RV_READ), store or fetch made by instruction kind `insn`. Returns
// false when the access is not translated (machine mode without MPRV).
bool rv_effective(const struct rv_hart *h, unsigned insn, unsigned access, struct rv_request *q);

// NULL, or a message that names the register with a reserved mode or PMM (or a bad xlen).
const char *rv_regs_check(const struct rv_regs *g);

// Translates one access; *r is overwritten. The final address is checked with mem->check(), too.
// g must have passed rv_regs_check().
void rv_walk(const struct rv_regs *g, const struct rv_request *q, const struct walk_mem *mem,
             struct walk_result *r);

// Name of a mode field ("Bare", "Sv39", ...; x4 forms with gstage), NULL for a reserved one.
const char *rv_mode_name(unsigned xlen, unsigned mode, bool gstage);
// Levels of a mode: 0 Bare, 2 Sv32, 3 Sv39, 4 Sv48, 5 Sv57; -1 reserved.
int rv_mode_levels(unsigned xlen, unsigned mode);
static inline unsigned rv_mode(const struct rv_regs *g, uint64_t atp)
{
    return (unsigned)(g->xlen == 32 ? (atp >> 31) & 1 : atp >> 60);
}

// How a stage is set up: levels, index bits of one (the root of stage 2 has two more), bytes of an entry,
// root table. False: it is Bare. Stage 1 is satp's, with virt vsatp's; stage 2 always is hgatp's.
struct rv_stage {
    unsigned levels, index, size;
    uint64_t base;
};
bool rv_stage(const struct rv_regs *g, unsigned stage, bool virt, struct rv_stage *out);
// What an entry means that is found at `level` for the address `input` (of this stage).
void rv_entry(const struct rv_regs *g, unsigned stage, bool virt, unsigned level, uint64_t pte,
              uint64_t input, struct walk_entry *e);
// Where a word of a guest's table is: the stage-2 walk that reading it makes. False: *r tells the fault.
bool rv_guest_table(const struct rv_regs *g, const struct walk_mem *mem, uint64_t gpa, uint64_t *hpa,
                    struct walk_result *r);

#endif
