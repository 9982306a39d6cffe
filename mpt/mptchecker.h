// SPDX-License-Identifier: MulanPSL-2.0
// The MPT checker: cache, miss queue and table walker behind one port (spec E 1.1, 1.3).
#ifndef L2TLB_MPT_MPTCHECKER_H
#define L2TLB_MPT_MPTCHECKER_H

#include "mpt/mptcache.h"
#include "mpt/mptmissqueue.h"
#include "mpt/mpttablewalker.h"

struct mptchecker {
    const struct l2tlb_cfg *cfg;
    struct mptcache cache;
    struct mptmissqueue queue;
    struct mpttablewalker walker;
    struct mpt_resp fake; // mode Bare: the answer to the request before (as-rtl: valid and mpt_only only)
};

struct mptchecker_out {
    struct mptcache_out cache;
    struct mptmissqueue_out queue;
    struct mpttablewalker_out walker;
    struct mpt_fence fence;
    bool req_ready;
    struct mpt_resp resp;
};

// What is known of a cycle before the requests.
struct mptchecker_seen {
    const struct tlb_csr *csr;
    const struct sfence *sfence;
    bool flush;    // of the walkers and boxes
    bool mem_busy; // a read of the checker is out
    bool mem_resp; // an entry arrives in this cycle
    uint64_t entry;
};

struct mptchecker_in {
    const struct tlb_csr *csr;
    bool req_fire;
    struct mpt_req req;
    struct pmp_verdict pmp; // on walker.pmp_addr
    bool mem_fire, mem_resp;
    uint64_t entry;
};

void mptchecker_reset(struct mptchecker *s, const struct l2tlb_cfg *cfg);
void mptchecker_publish(const struct mptchecker *s, const struct mptchecker_seen *seen,
                        struct mptchecker_out *o);
void mptchecker_tick(struct mptchecker *s, const struct mptchecker_out *o,
                     const struct mptchecker_in *in);
bool mptchecker_waiting(const struct mptchecker *s, const struct mptchecker_out *o);
void mptchecker_dump(const struct mptchecker *s, FILE *out);

#endif
