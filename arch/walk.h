// SPDX-License-Identifier: MulanPSL-2.0
// The functional translation, without time: what every walk of either architecture takes and gives.
//
// A walk is a pure function of registers, memory and one access. It never writes: what hardware
// would change in the tables (A/D bits, AF, dirty state) is listed in the result, and later reads
// of the same walk see it. Nothing is allocated; a result is about 3 KiB and may live on the stack.
//
//   arch/walk_riscv.h  Sv32, Sv39, Sv48, Sv57 and their x4 forms
//   arch/walk_a64.h    VMSAv8-64 stage 1 (EL1&0) and stage 2
#ifndef L2TLB_ARCH_WALK_H
#define L2TLB_ARCH_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    // 5 x 5 levels are 35 references; the walk for an A/D write adds at most 5.
    WALK_REFS = 48,
    // One per stage-2 walk (at most 7) and one of stage 1, each word possibly twice (A, then D).
    WALK_UPDATES = 16,
    WALK_DATA = 127, // `column` of references made for the final address
    WALK_OFF = 126,  // level of a stage that does not translate
};

enum walk_reason {
#define REASON(name, text) WALK_##name,
#include "arch/walk_reasons.def"
#undef REASON
    WALK_REASONS
};
const char *walk_reason_text(unsigned reason);
// Of a Memory Protection Table: an access fault.
static inline bool walk_reason_is_mpt(unsigned reason)
{
    return reason >= WALK_MPT_INVALID && reason <= WALK_MPT_RIGHT;
}

// Who asks the memory check: the walker for a table word, or the access itself. USE_LOAD_X: HLVX,
// which the physical attributes must grant both to read and to execute. USE_SHADOW: a shadow-stack
// access, to read and to write, in idempotent memory. USE_MPT_READ: an entry of a Memory Protection
// Table (arch/smmpt.h).
enum walk_use {
    USE_TABLE_READ,
    USE_TABLE_WRITE,
    USE_LOAD,
    USE_STORE,
    USE_FETCH,
    USE_LOAD_X,
    USE_SHADOW,
    USE_MPT_READ
};

// Memory as the walk sees it. Addresses are host physical, at most 56 bits.
struct walk_mem {
    void *ctx;
    // The size (4 or 8) bytes at addr, a multiple of size. Only called where check() allowed it.
    uint64_t (*read)(void *ctx, uint64_t addr, unsigned size);
    // May `use` (enum walk_use) touch addr? Returns WALK_LEAF for yes, else WALK_NO_MEMORY,
    // WALK_DENIED, WALK_NOT_CACHEABLE or a WALK_MPT_x. NULL: everything is allowed.
    unsigned (*check)(void *ctx, uint64_t addr, unsigned use);
};

// One read of a table word, in the order in which they are made.
struct walk_ref {
    uint64_t address; // host physical address of the word
    uint64_t pte;     // what it holds (0 when the read was refused)
    uint64_t input;   // the address that this stage translates: VA (stage 1) or IPA (stage 2)
    uint64_t ipa;     // stage 1: the word's address before stage 2; stage 2: same as input
    int8_t level;     // RISC-V: root first, down to 0; AArch64: -1 or 0 up to 3
    int8_t column;    // level of the stage-1 word that is looked for, or WALK_DATA
    uint8_t stage;    // 1 or 2
    uint8_t reason;   // enum walk_reason: what the word means or why the walk ends here
    uint8_t verdict;  // of check(): WALK_LEAF or the reason of the refusal
    bool for_write;   // stage-2 walk repeated for the write of an A/D update
};

// A table word that hardware changes, in order.
struct walk_update {
    uint64_t address, value; // host physical; the complete new word
    uint8_t stage, size;
};

// A leaf that was found.
struct walk_leaf {
    uint64_t pte;  // after the update
    int8_t level;  // WALK_OFF: this stage does not translate
    uint8_t shift; // log2 of the page size, NAPOT included
    bool napot;    // RISC-V: 64 KiB NAPOT; AArch64: contiguous bit
    uint8_t attr;  // RISC-V: PBMT; AArch64: MAIR byte (stage 1) or MemAttr[3:0] (stage 2)
};

enum walk_fault_kind {
    FAULT_NONE,
    FAULT_PAGE,   // RISC-V page fault; AArch64 stage 1
    FAULT_GUEST,  // RISC-V guest page fault; AArch64 stage 2
    FAULT_ACCESS, // RISC-V access fault
};

struct walk_result {
    uint8_t fault; // enum walk_fault_kind; FAULT_NONE: pa is the answer
    uint8_t reason, stage; // of the fault
    int8_t level;          // level at which the fault was found (of `stage`)
    uint64_t va, ipa, pa;  // ipa: valid once stage 1 is through (equal to va with stage 1 off)
    struct walk_leaf s1, s2;
    uint8_t attr; // AArch64: combined attribute as PAR_EL1[63:56] shows it; RISC-V: PBMT in force

    // RISC-V: scause, stval, htval << 2 (guest page faults), htinst.
    uint64_t tval, gpaddr;
    uint32_t tinst;
    uint8_t cause;
    char implicit; // 0, 'r' or 'w': guest page fault of an access to a VS-stage table

    // AArch64: PAR_EL1.FST, and S1PTW; stage 2 is `stage`.
    uint8_t fst;
    bool s1ptw;

    uint16_t nrefs, nupdates;
    struct walk_ref ref[WALK_REFS];
    struct walk_update update[WALK_UPDATES];
};

// --- tables without an access -------------------------------------------------------------------

// Rights that a leaf gives; the same for user mode (U, EL0) three bits higher. U pages of RISC-V give
// the supervisor none (SUM lends him some); a stage-2 leaf gives the same to both, but for XN of AArch64.
enum { RIGHT_R = 1, RIGHT_W = 2, RIGHT_X = 4, RIGHT_USER = 3, RIGHTS_ALL = 63 };

// One word of a table by itself, as the walks decode it (rv_entry(), a64_entry()).
struct walk_entry {
    uint8_t reason;  // WALK_TABLE, WALK_LEAF, WALK_INVALID (V=0) or what is wrong with it
    uint8_t limits;  // AArch64: what the tables down to this one take away; given to the next level
    uint8_t rights;  // leaf: RIGHT_x, the limits above included; A and D do not count
    bool accessed, dirty, global;
    uint64_t address; // of the next table; leaf: what `input` becomes
    struct walk_leaf leaf;
};

// --- for the two walkers ----------------------------------------------------------------------

// Reads one table word at `address` for a walker: asks check(), sees earlier updates, appends a
// reference (the caller fills the rest of it). Returns the new reference; its verdict is WALK_LEAF
// when the word was read.
struct walk_ref *walk_read(struct walk_result *r, const struct walk_mem *mem, uint64_t address,
                           unsigned size);
// Appends an update of the word at `address`.
void walk_write(struct walk_result *r, uint64_t address, uint64_t value, unsigned stage,
                unsigned size);
unsigned walk_check(const struct walk_mem *mem, uint64_t address, unsigned use);
// Empties *r. The arrays are not touched: only the first nrefs and nupdates elements mean something.
void walk_clear(struct walk_result *r, uint64_t va);

#endif
