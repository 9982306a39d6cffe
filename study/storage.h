// SPDX-License-Identifier: MulanPSL-2.0
// How many bits a configuration stores: entries times their widths, by the tables of the specification.
//
// Counted are SRAM words and registers of the blocks whose size a parameter sets, and of the walkers. Not counted:
// padding of SRAM words (`l1ReservedBits`, `l0ReservedBits`), registers that the specification calls dead, pipeline
// registers and arbiters, the L1 filters and repeaters (the same in every configuration), the MPT checker.
#ifndef L2TLB_STUDY_STORAGE_H
#define L2TLB_STUDY_STORAGE_H

#include "arch/cfg.h"

struct storage_row {
    const char *name;    // of the block
    const char *where;   // in the specification
    uint64_t entries, width; // width: bits of an entry, side registers included
    uint64_t sram;       // bits of an entry that lie in SRAM
    uint64_t more;       // bits besides: replacement state, pointers
    uint64_t bits;       // entries * width + more
};

enum { STORAGE_ROWS = 16 };

// Fills rows, returns how many. cfg: finished.
unsigned storage_rows(const struct l2tlb_cfg *cfg, struct storage_row row[STORAGE_ROWS]);
uint64_t storage_bits(const struct l2tlb_cfg *cfg);

#endif
