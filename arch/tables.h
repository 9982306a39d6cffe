// SPDX-License-Identifier: MulanPSL-2.0
// Page tables entry by entry, without an access: every table that the registers name, every entry in it
// that is not invalid, in ascending order of the addresses that they translate. What an entry means is decoded by
// the functional walks (arch/walk.h), so that there is one set of rules.
//
// Nothing is allocated and nothing is remembered: tables that name each other would be followed for ever, so
// the caller decides at each table whether it is entered (world/maps.h does).
#ifndef L2TLB_ARCH_TABLES_H
#define L2TLB_ARCH_TABLES_H

#include "arch/walk_a64.h"
#include "arch/walk_riscv.h"

// TREE_HOST: stage 1 with V=0 (satp); AArch64: stage 1 while stage 2 is off. TREE_GUEST: stage 1 with V=1
// (vsatp); its tables lie in guest memory. TREE_STAGE2: hgatp, VTTBR_EL2.
enum tables_tree { TREE_HOST, TREE_GUEST, TREE_STAGE2, TREES };

// Registers (of one architecture, the other NULL) that have passed rv_regs_check() or a64_regs_check(), and
// memory; mem.check is not asked.
struct tables_source {
    const struct rv_regs *rv;
    const struct a64_regs *a64;
    struct walk_mem mem;
};

struct tables_shape {
    unsigned depths;     // levels that are walked
    unsigned page, index; // log2 of the page size; index bits of a level
    unsigned root;       // index bits of the root
    unsigned entry;      // bytes of an entry
    unsigned block;      // log2 of NAPOT or of a contiguous block of pages; 0: none
    int level;           // of the root: RISC-V counts down to 0, AArch64 up to 3
    uint64_t base;       // address of the root table
};
// half 1: AArch64's TTBR1. False: nothing is translated by this tree.
bool tables_shape(const struct tables_source *s, unsigned tree, unsigned half,
                  struct tables_shape *shape);

// A table about to be read.
struct tables_table {
    uint64_t host, guest; // its address; guest: as entries name it (the same without stage 2)
    uint64_t input;       // first address that it translates
    uint64_t bytes;
    int level;
    unsigned limits; // AArch64: what tables above take away
    uint8_t reason;  // lost(): why this page of it cannot be reached
};

struct tables_entry {
    uint64_t host, guest; // address of the word
    uint64_t word;
    uint64_t input; // first address that it translates
    unsigned shift; // log2 of how many
    int level;
    struct walk_entry entry;
};

enum tables_next { TABLES_GO, TABLES_SKIP, TABLES_STOP };

struct tables_user {
    void *ctx;
    // TABLES_SKIP: its entries are left out.
    enum tables_next (*table)(void *ctx, const struct tables_table *t);
    // Leaves, pointers (before the table), malformed entries.
    enum tables_next (*entry)(void *ctx, const struct tables_entry *e);
    // A page of a guest's table that stage 2 does not give to the walk: its entries are left out.
    enum tables_next (*lost)(void *ctx, const struct tables_table *t);
};

// False: a callback stopped it.
bool tables_each(const struct tables_source *s, unsigned tree, const struct tables_user *u);

#endif
