// SPDX-License-Identifier: MulanPSL-2.0
// The Memory Protection Table of a world: what domain 0, in which the trace runs, may do with host
// memory (spec E 1.2; arch/smmpt.h). Every page is its own, with all rights, but for those that the
// secure pattern (world/secure.h) gives to other domains: it has none to them.
//
// Rights of small pages are written when the allocator of the world hands out 2 MiB of memory or passes
// over them, those of 2 MiB and 1 GiB at the start: an entry that is valid is never changed, so that
// no fence is needed.
#ifndef L2TLB_WORLD_DOMAIN_H
#define L2TLB_WORLD_DOMAIN_H

#include "arch/csr.h"
#include "arch/smmpt.h"
#include "mem/phys.h"
#include "world/secure.h"

#include <stddef.h>

enum { DOMAIN_AUTO = SMMPT_MODES }; // Smmpt52 on a machine with MPT, else none

struct domain_cfg {
    unsigned mode; // SMMPT_BARE (the world does not touch mmpt), SMMPT_43, SMMPT_52 or DOMAIN_AUTO
    // log2 of what one right covers: 12, 16, 21, 30. 12: odd pages have no X, so that no two neighbours
    // are alike; 16: the sixteen rights of an entry are the same.
    unsigned page;
    uint64_t base; // first byte of the tables, a multiple of 4 KiB
};

// DOMAIN_AUTO becomes what suits the machine. NULL, or why the wish does not.
const char *domain_suit(struct domain_cfg *c, bool has_mpt);
static inline bool domain_wanted(const struct domain_cfg *c)
{
    return c->mode == SMMPT_43 || c->mode == SMMPT_52;
}

struct domain;

// Tables for memory below `end`, to be written to mem; `secure` as in domain_mark(). NULL: out of memory.
struct domain *domain_new(const struct domain_cfg *c, const struct secure_cfg *secure, uint64_t seed,
                          struct phys *mem, uint64_t end);
void domain_free(struct domain *d);
// Bytes from base on that the tables may need, for memory below `end`.
uint64_t domain_table_size(const struct domain_cfg *c, uint64_t end);
// Are rights written chunk by chunk? Else they stand since domain_new().
static inline bool domain_by_chunk(const struct domain_cfg *c) { return c->page < 21; }
// Writes the rights of the 512 pages from ppn (a multiple of 512); secure NULL: all pages are domain 0's.
// False: memory is exhausted.
bool domain_mark(struct domain *d, const struct secure_cfg *secure, uint64_t seed, uint64_t ppn);
// Gives what lies in [from, to), multiples of 1 GiB, all rights, with the largest leaves.
bool domain_open(struct domain *d, uint64_t from, uint64_t to);
void domain_mmpt(const struct domain *d, struct mmpt *m);

#endif
