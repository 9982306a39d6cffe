// SPDX-License-Identifier: MulanPSL-2.0
// Page tables of one guest and the right answer about them, for tests of the oracles.
#ifndef TESTS_UNIT_SCENE_H
#define TESTS_UNIT_SCENE_H

#include "check/oracle.h"
#include "mem/phys.h"

struct scene {
    struct l2tlb_cfg cfg;
    struct tlb_csr csr;
    struct pmp pmp;
    struct phys *mem;
    struct oracle_env env;
    uint64_t next;
};

enum { SCENE_PAGE = 0x12345 };

// Guest page 12345 -> guest page 800 -> host page 90800; the guest's tables are mapped 1:1. Sv39 over
// Sv39x4, ASID 7, VMID 3. False: out of memory.
bool scene_open(struct scene *s);
struct ptw_resp scene_answer(void); // to a request for that page
uint64_t scene_read(void *ctx, uint64_t addr); // of struct phys

#endif
