// SPDX-License-Identifier: MulanPSL-2.0
// Inside of the page-table builder: geometry and descriptor encoding of the formats.
#ifndef L2TLB_MEM_PTFORMAT_H
#define L2TLB_MEM_PTFORMAT_H

#include "mem/ptbuild.h"

// Depth 0 is the level of the smallest page, depth `levels - 1` the root.
struct pt_geometry {
    unsigned page, index, levels; // log2 of page size, bits per level, number of levels
    unsigned root_bits;           // index bits of the root
    unsigned entry;               // bytes per entry: 4 or 8
    unsigned input, output;       // address bits
    bool stage2, a64, sign;       // sign: input is sign-extended
};

// NULL or why the configuration is impossible.
const char *pt_geometry(const struct pt_config *c, struct pt_geometry *g);

static inline unsigned pt_shift(const struct pt_geometry *g, unsigned depth)
{
    return g->page + depth * g->index;
}

// Entries of one depth that form a page of 1 << shift: 1, or the size of a NAPOT or contiguous
// block. 0: no such page at this depth.
unsigned pt_block_entries(const struct pt_config *c, const struct pt_geometry *g, unsigned depth,
                          unsigned shift);

uint64_t pt_encode_table(const struct pt_config *c, uint64_t addr);
// Entry of a leaf at addr; many: one of a NAPOT or contiguous block (addr: of this entry's page).
uint64_t pt_encode_leaf(const struct pt_config *c, const struct pt_geometry *g, unsigned depth,
                        uint64_t addr, unsigned flags, bool many);
bool pt_flags_fit(const struct pt_config *c, unsigned flags);

enum pt_kind { PT_EMPTY, PT_TABLE, PT_LEAF };
// What an entry is; *addr its output or table address, *shift the page size with its block.
enum pt_kind pt_decode(const struct pt_config *c, const struct pt_geometry *g, unsigned depth,
                       uint64_t entry, uint64_t *addr, unsigned *shift);
unsigned pt_decode_flags(const struct pt_config *c, uint64_t entry);

#endif
