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
    bool fake_valid, fake_only; // mode Bare
};

struct mptchecker_out {
    struct mptcache_out cache;
    struct mptmissqueue_out queue;
    struct mpttablewalker_out walker;
    struct mpt_fence fence;
    bool req_ready;
    struct mpt_resp resp;
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
// mem_resp, entry: an entry arrives for the walker in this cycle.
void mptchecker_publish(const struct mptchecker *s, const struct tlb_csr *csr, const struct sfence *f,
                        bool mem_resp, uint64_t entry, struct mptchecker_out *o);
void mptchecker_tick(struct mptchecker *s, const struct mptchecker_out *o,
                     const struct mptchecker_in *in);
bool mptchecker_waiting(const struct mptchecker *s, const struct mptchecker_out *o);
void mptchecker_dump(const struct mptchecker *s, FILE *out);

#endif
