// SPDX-License-Identifier: MulanPSL-2.0
// Builder of Memory Protection Tables (arch/smmpt.h): gives ranges of physical memory rights.
//
//   struct pt_frames f = {alloc, release, NULL, ctx};
//   struct mpt_tree *t = mpt_tree_new(SMMPT_52, false, memory, &f, msg, sizeof msg);
//   mpt_tree_set(t, 0x80000000, 1 << 30, SMMPT_ALL, 30);   // one right of an entry of level 2
//   mpt_tree_set(t, 0x80001000, 4096, 0, 12);              // taken away: splits down to 4 KiB
//   csr mmpt = mpt_tree_csr(t, sdid)
//
// A page without rights and one that no entry names are the same: entries without any right are not
// valid, and tables that become empty are given back. What is split stays split.
#ifndef L2TLB_MEM_MPTBUILD_H
#define L2TLB_MEM_MPTBUILD_H

#include "arch/smmpt.h"
#include "mem/ptbuild.h"

struct mpt_tree;

// An empty table: no rights to anything. mode: enum smmpt_mode but SMMPT_BARE. napot: N is set in the
// leaves of every aligned group (512 rights; RV32: 1024 pages of level 0) that has one right, and in no
// others. Frames are of 4 KiB and named by host address (pt_frames.host is not used). NULL and a message
// without memory.
struct mpt_tree *mpt_tree_new(unsigned mode, bool napot, struct phys *mem, const struct pt_frames *f,
                              char *msg, size_t size);
void mpt_tree_free(struct mpt_tree *t); // the tables in memory stay

// Gives `size` bytes from pa on these rights (0: none), in place of those that they have, with the
// largest leaves that fit, of which one right covers at most 1 << max_shift bytes (12 at least).
// PT_ALIGN: pa or size is no multiple of 4 KiB; PT_RANGE: beyond the mode's addresses; PT_FLAGS: W without
// R; PT_SIZE: max_shift; PT_MEMORY: no frame (a part may have been set).
enum pt_error mpt_tree_set(struct mpt_tree *t, uint64_t pa, uint64_t size, unsigned rights,
                           unsigned max_shift);

uint64_t mpt_tree_root(const struct mpt_tree *t); // byte address
uint64_t mpt_tree_csr(const struct mpt_tree *t, unsigned sdid); // mmpt
unsigned mpt_tree_tables(const struct mpt_tree *t); // frames in use, the root included

#endif
