// SPDX-License-Identifier: MulanPSL-2.0
// A machine from one byte of a fuzzer's input: preset (bits 1:0), revision (3:2), errata fixed (4).
#ifndef L2TLB_TESTS_FUZZ_MACHINES_H
#define L2TLB_TESTS_FUZZ_MACHINES_H

#include "arch/cfg.h"

void fuzz_machine(struct l2tlb_cfg *cfg, unsigned byte);

#endif
