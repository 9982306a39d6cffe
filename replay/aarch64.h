// SPDX-License-Identifier: MulanPSL-2.0
// AArch64 traces through the machine (docs/aarch64.md): which of them can be replayed, how their
// addresses enter the RISC-V tables of the same shape, and what the report says about it.
//
// 4-KiB granule. AArch64 level 0..3 is level 3..0 of the machine. Stage 1 with 48 (39) input bits has
// the shape of Sv48 (Sv39): TTBR0's and TTBR1's tables are the lower and the upper half of one root.
// Stage 2 with an IPA of 41 bits from level 1, four concatenated root tables, has exactly the shape
// of Sv39x4; 48 bits from level 0 has that of Sv48x4, of whose root a quarter is used.
#ifndef L2TLB_REPLAY_AARCH64_H
#define L2TLB_REPLAY_AARCH64_H

#include "replay/replay.h"

// The world of --arch aarch64: 48-bit stage 1, 40-bit IPA with concatenated root tables (two of the
// four are used), as hypervisors set it up.
void aarch64_world_default(struct world_cfg *world);
// What it set is again as world_cfg_default() has it.
void aarch64_world_undo(struct world_cfg *world);
// NULL, or why this trace cannot be replayed as AArch64.
const char *aarch64_header_check(const struct trace_header *h);
// Brings the address of an access into the form that the tables of `world` translate: the tag byte
// goes, bit 55 selects the half. *folded counts addresses that had to lose their highest bit: in
// AArch64 both halves have all input bits, here one less. NULL, or why the record cannot be replayed.
const char *aarch64_record(const struct world_cfg *world, struct trace_record *r,
                           uint64_t *folded);

#endif
