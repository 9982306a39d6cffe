// SPDX-License-Identifier: MulanPSL-2.0
// What a program touches, and how soon again: pages of 4 KiB and larger blocks of virtual addresses, apart for each
// address space (ASID and VMID; a page that several share is one in each). Accesses in M mode and without translation
// do not count. For port traces "accesses" are the requests.
#ifndef L2TLB_REPLAY_FOOTPRINT_H
#define L2TLB_REPLAY_FOOTPRINT_H

#include "l1/l1bundle.h"
#include "replay/reuse.h"
#include "traces/trace.h"

enum footprint_series {
    FOOT_PAGES,    // accesses, by 4 KiB
    FOOT_LINES,    // accesses, by 32 KiB: what an entry of an L1 TLB or a line of L0 covers at most
    FOOT_REQUESTS, // requests to the L2TLB, by 32 KiB
    FOOT_2M,       // how many blocks are touched: of 2 MiB, 16 MiB (what a line of L1 covers), 1 GiB
    FOOT_16M,
    FOOT_1G,
    FOOT_SERIES
};
extern const unsigned footprint_shift[FOOT_SERIES]; // log2 of the block in bytes

struct footprint;

struct footprint *footprint_new(void); // NULL: out of memory
void footprint_free(struct footprint *f);
// An access of the trace with the registers that the machine shows. False: out of memory.
bool footprint_access(struct footprint *f, const struct trace_record *r, const struct l1_csr *csr);
// A request that a port has accepted; access: it is one of a port trace. False: out of memory.
bool footprint_request(struct footprint *f, uint64_t vpn, unsigned s2xlate, const struct tlb_csr *csr, bool access);
// Do uses count from here on? At first they do.
void footprint_count(struct footprint *f, bool on);
const struct reuse_stats *footprint_stats(const struct footprint *f, enum footprint_series i);

#endif
