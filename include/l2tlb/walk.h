// SPDX-License-Identifier: MulanPSL-2.0
// Functional address translation, without time: RISC-V (Sv32 to Sv57, two stages, Svnapot, Svpbmt, Svadu,
// shadow stacks, pointer masking) and AArch64 (VMSAv8-64, EL1&0 stage 1 and stage 2).
//
// A walk is a pure function of registers, memory and one access. It never writes: what hardware would change in
// the tables is listed in the result. Nothing is kept and nothing allocated; any number of threads may walk at
// once if the callbacks allow it. This is the architecture, not the machine of l2tlb.h.
#ifndef L2TLB_WALK_H
#define L2TLB_WALK_H

#include "l2tlb/base.h"
#include "l2tlb/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    L2TLB_WALK_REFS = 48,    // table words that a walk reads at most
    L2TLB_WALK_UPDATES = 16, // table words that it changes at most
    L2TLB_WALK_DATA = 127,   // `column` of references made for the final address
    L2TLB_WALK_OFF = 126     // level of a stage that does not translate
};

// Who touches an address.
enum l2tlb_walk_use {
    L2TLB_USE_TABLE_READ = 0,
    L2TLB_USE_TABLE_WRITE = 1,
    L2TLB_USE_LOAD = 2,
    L2TLB_USE_STORE = 3,
    L2TLB_USE_FETCH = 4,
    L2TLB_USE_LOAD_X = 5, // HLVX: read and execute
    L2TLB_USE_SHADOW = 6  // shadow stack: read and write
};

// Answers of check().
enum l2tlb_walk_verdict {
    L2TLB_ALLOWED = 0,
    L2TLB_NO_SUCH_MEMORY = 1,
    L2TLB_DENIED = 2,       // by PMP, PMA or the like
    L2TLB_NOT_CACHEABLE = 3 // for a table: not allowed either
};

// Memory as the walk sees it. Addresses are host physical, at most 56 bits.
struct l2tlb_walk_memory {
    uint32_t size;
    uint32_t zero;
    void *ctx; // for the callbacks
    // The `bytes` (4 or 8) bytes at addr, a multiple of bytes, as one number. NULL: from `memory`.
    uint64_t (*read)(void *ctx, uint64_t addr, unsigned bytes);
    // May `use` touch addr? Returns enum l2tlb_walk_verdict. NULL: everything is allowed.
    unsigned (*check)(void *ctx, uint64_t addr, unsigned use);
    l2tlb_memory *memory; // used where read is NULL
};

struct l2tlb_walk_ref { // one read of a table word, in the order in which they are made
    uint64_t address; // host physical address of the word
    uint64_t pte;     // what it holds (0 when the read was refused)
    uint64_t input;   // the address that this stage translates
    uint64_t ipa;     // stage 1: the word's address before stage 2; stage 2: same as input
    int8_t level;     // RISC-V: root first, down to 0; AArch64: -1 or 0 up to 3
    int8_t column;    // level of the stage-1 word that is looked for, or L2TLB_WALK_DATA
    uint8_t stage;    // 1 or 2
    uint8_t reason;   // what the word means or why the walk ends here: l2tlb_walk_reason()
    uint8_t verdict;  // enum l2tlb_walk_verdict of check()
    uint8_t for_write; // stage-2 walk repeated for the write of an A/D update
    uint8_t zero[2];
};

struct l2tlb_walk_update { // a table word that hardware changes
    uint64_t address, value; // host physical; the complete new word
    uint8_t stage, bytes;
    uint8_t zero[6];
};

struct l2tlb_walk_leaf {
    uint64_t pte;  // after the update
    int8_t level;  // L2TLB_WALK_OFF: this stage does not translate
    uint8_t shift; // log2 of the page size, NAPOT included
    uint8_t napot; // RISC-V: 64-KiB NAPOT; AArch64: contiguous bit
    uint8_t attr;  // RISC-V: PBMT; AArch64: MAIR byte (stage 1) or MemAttr[3:0] (stage 2)
    uint8_t zero[4];
};

enum l2tlb_walk_fault {
    L2TLB_WALK_NO_FAULT = 0,
    L2TLB_WALK_PAGE = 1,  // RISC-V page fault; AArch64 stage 1
    L2TLB_WALK_GUEST = 2, // RISC-V guest page fault; AArch64 stage 2
    L2TLB_WALK_ACCESS = 3 // RISC-V access fault
};

struct l2tlb_walk_result {
    uint32_t size;         // set by the caller
    uint8_t fault;         // enum l2tlb_walk_fault; 0: pa is the answer
    uint8_t reason, stage; // of the fault
    int8_t level;          // level at which it was found (of `stage`)
    uint64_t va, ipa, pa;  // ipa: valid once stage 1 is through (equal to va with stage 1 off)
    struct l2tlb_walk_leaf s1, s2;
    // RISC-V: stval, htval << 2 (guest page faults), htinst, scause.
    uint64_t tval, gpaddr;
    uint32_t tinst;
    uint8_t cause;
    char implicit; // 0, 'r' or 'w': guest page fault of an access to a VS-stage table
    // AArch64: combined attribute as PAR_EL1[63:56] shows it (RISC-V: PBMT in force), PAR_EL1.FST, S1PTW.
    uint8_t attr;
    uint8_t fst;
    uint8_t s1ptw;
    uint8_t zero[3];
    uint16_t nrefs, nupdates; // of the arrays below
    const char *message;      // L2TLB_BAD_VALUE: the register or member that is wrong; else NULL
    struct l2tlb_walk_ref ref[L2TLB_WALK_REFS];
    struct l2tlb_walk_update update[L2TLB_WALK_UPDATES];
};

// What a reason means ("not valid (V=0)"), and its name ("INVALID"); NULL: no such number.
L2TLB_API const char *l2tlb_walk_reason(unsigned reason);
L2TLB_API const char *l2tlb_walk_reason_id(unsigned reason);

// --- RISC-V ------------------------------------------------------------------------------------------------

// satp, vsatp and hgatp are raw CSR values. h_* read as 0 while the m_* is 0, as in the architecture.
struct l2tlb_riscv_regs {
    uint32_t size;
    uint8_t xlen;           // 32 or 64
    uint8_t mxr, sum;       // mstatus (sstatus of HS)
    uint8_t vsmxr, vssum;   // vsstatus
    uint8_t m_pbmte, m_adue; // menvcfg
    uint8_t h_pbmte, h_adue; // henvcfg
    uint8_t m_sse, h_sse;    // Zicfiss
    uint8_t m_pmm, s_pmm, h_pmm; // pointer masking of menvcfg (S), senvcfg (U and VU), henvcfg (VS): 0, 2 or 3
    uint8_t rsw60;               // Svrsw60t59b
    uint8_t zero;
    uint64_t satp, vsatp, hgatp;
};

enum l2tlb_riscv_access {
    L2TLB_RISCV_READ = 0,
    L2TLB_RISCV_WRITE = 1,
    L2TLB_RISCV_FETCH = 2,
    L2TLB_RISCV_READ_X = 3, // HLVX; needs virt
    L2TLB_RISCV_SHADOW_READ = 4,
    L2TLB_RISCV_SHADOW_WRITE = 5
};

// One access with its effective privilege.
struct l2tlb_riscv_access_info {
    uint64_t va;
    uint8_t access; // enum l2tlb_riscv_access
    uint8_t priv;   // 0 U (VU), 1 S (VS)
    uint8_t virt;   // V: both vsatp and hgatp apply
    uint8_t zero[5];
};

// L2TLB_OK: result->pa. L2TLB_FAULT: result->fault. L2TLB_BAD_VALUE: a reserved mode or an access that does not
// exist; result->message says which. L2TLB_BAD_SIZE.
L2TLB_API int l2tlb_walk_riscv(const struct l2tlb_riscv_regs *regs, const struct l2tlb_riscv_access_info *access,
                               const struct l2tlb_walk_memory *memory, struct l2tlb_walk_result *result);

// --- AArch64 -----------------------------------------------------------------------------------------------

// Raw registers. Fields that are not implemented must be off: L2TLB_BAD_VALUE says which is not.
struct l2tlb_a64_regs {
    uint32_t size;
    uint8_t parange; // ID_AA64MMFR0_EL1.PARange: 0 32 bits .. 6 52 bits
    uint8_t pan;     // PSTATE.PAN
    uint8_t zero[2];
    uint64_t tcr_el1, ttbr0_el1, ttbr1_el1, mair_el1, sctlr_el1;
    uint64_t vtcr_el2, vttbr_el2, hcr_el2;
};

enum l2tlb_a64_access { L2TLB_A64_READ = 0, L2TLB_A64_WRITE = 1, L2TLB_A64_FETCH = 2 };

struct l2tlb_a64_access_info {
    uint64_t va;
    uint8_t access;  // enum l2tlb_a64_access
    uint8_t el;      // 0 or 1
    uint8_t only_s1; // AT S1E*: stop at the IPA (stage 2 still translates the tables)
    uint8_t zero[5];
};

// The same.
L2TLB_API int l2tlb_walk_a64(const struct l2tlb_a64_regs *regs, const struct l2tlb_a64_access_info *access,
                             const struct l2tlb_walk_memory *memory, struct l2tlb_walk_result *result);

#ifdef __cplusplus
}
#endif
#endif
