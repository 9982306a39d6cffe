// SPDX-License-Identifier: MulanPSL-2.0
// Takes registers and page tables out of a machine: every table that the roots reach, of both stages and
// all levels, the guest's through stage 2; nothing else of its memory.
#ifndef L2TLB_SNAPSHOT_SNAPSHOT_H
#define L2TLB_SNAPSHOT_SNAPSHOT_H

#include "arch/tables.h"
#include "mem/phys.h"
#include "snapshot/regs.h"

enum { SNAP_ROOTS = 2 * TREES }; // tree * 2, + 1: AArch64's upper half (TTBR1_EL1)

// What one root register leads to.
struct snap_root {
    bool on;
    const char *name; // "satp", "vttbr_el2", ...
    char mode[48];    // "Sv39x4", "4 KiB pages, 48 bits"
    uint64_t root;    // address of the first table, as the register says it
    unsigned id;      // ASID, VMID
    uint64_t tables, leaves, leaf[64]; // leaf entries by log2 of what each maps
    uint64_t used;    // entries of the root that are not invalid
    uint64_t bad;     // entries that the walk refuses for what they are
    uint64_t lost;    // tables at guest addresses that stage 2 does not give to the walk
    uint64_t missing, first_missing; // tables that could not be read, and where the first should be
};

struct snapshot {
    struct snap_regs regs;
    struct phys *mem;
    struct snap_root root[SNAP_ROOTS];
    uint64_t pages; // that were copied
    bool has_pc;    // the pc was walked: it is mapped, or (reason) why not
    unsigned pc_reason;
};

struct snap_cfg {
    uint64_t limit; // of pages
    bool partial;   // tables that cannot be read, and roots without an entry, are no errors
};

// regs are finished; fills mem and the rest. False: a message, one line.
bool snapshot_take(struct snapshot *s, struct machine *m, const struct snap_cfg *cfg, char *msg, size_t size);
void snapshot_free(struct snapshot *s);

// As an image (docs/trace-format.md 5); `from` and `about` go into its first lines. False: a message.
bool snapshot_write(const struct snapshot *s, const char *path, const char *from, const char *about, char *msg,
                    size_t size);

#endif
