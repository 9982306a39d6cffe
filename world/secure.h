// SPDX-License-Identifier: MulanPSL-2.0
// Pages of confidential VMs: which pages of host memory the bitmap marks as secure (part B
// chapter 4; one bit per 4-KiB page, 1 secure, in a table at MBMC.BMA).
//
// A pattern is a function of the page number and the seed, so a page is secure or not whoever asks.
// The table is written 2 MiB of memory (one 64-byte line of bits) at a time, when the allocator of
// the world hands that memory out or passes over it.
#ifndef L2TLB_WORLD_SECURE_H
#define L2TLB_WORLD_SECURE_H

#include "mem/phys.h"

enum secure_pattern {
    SECURE_NONE,      // no secure pages; the world does not touch MBMC
    SECURE_REGION,    // whole 2-MiB regions, a share of them
    SECURE_ALTERNATE, // every odd page
    SECURE_ONE8,      // one page of each aligned group of 8, where in the group is random
    SECURE_ONE64,
    SECURE_ONE512,
    SECURE_RANDOM, // each page for itself, a share of them
    SECURE_PATTERNS
};
extern const char *const secure_pattern_name[SECURE_PATTERNS];

struct secure_cfg {
    unsigned pattern; // enum secure_pattern
    double share;     // SECURE_REGION, SECURE_RANDOM: 0..1
    uint64_t base;    // byte address of the table, a multiple of 64 (BMA << 6)
    bool used; // the normal world uses marked pages as well (their accesses fault); else its
               // allocator passes over them
    bool off;  // MBMC.BME stays 0 until the trace sets it: the same memory without checks
};

// Is page ppn secure?
bool secure_page(const struct secure_cfg *c, uint64_t seed, uint64_t ppn);
// Largest aligned block of pages that the allocator can count on between the secure pages: a power
// of two, 1..512; SECURE_UNLIMITED when nothing limits it.
unsigned secure_block(const struct secure_cfg *c);
enum { SECURE_UNLIMITED = 1 << 18, SECURE_CHUNK = 512 }; // pages
// Is a page of the n pages from ppn secure?
bool secure_any(const struct secure_cfg *c, uint64_t seed, uint64_t ppn, unsigned n);
// Writes the bits of the 512 pages from ppn (a multiple of 512). False: memory is exhausted.
bool secure_mark(const struct secure_cfg *c, uint64_t seed, struct phys *mem, uint64_t ppn);
// Bytes of the table for all of [0, end) bytes of memory.
uint64_t secure_table_size(uint64_t end);

#endif
