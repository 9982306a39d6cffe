// SPDX-License-Identifier: MulanPSL-2.0
// MPTTableWalker: one walk at a time, one read in flight (spec E 1.7).
#ifndef L2TLB_MPT_MPTTABLEWALKER_H
#define L2TLB_MPT_MPTTABLEWALKER_H

#include "arch/pmp.h"
#include "mpt/mpt.h"

enum mpt_walk_state { MPT_IDLE, MPT_MEM_REQ, MPT_MEM_RESP, MPT_ADDR_PROC };

struct mpttablewalker {
    const struct l2tlb_cfg *cfg;
    enum mpt_walk_state state;
    uint64_t pa;   // ppn[35:4]
    uint64_t data; // bits 57:10 of the entry, or the table to read first
    uint8_t level, pmp_level;
    bool leaf, invalid, reserved_low, reserved_high;
};

struct mpttablewalker_out {
    bool ready;
    bool mem_valid;
    uint64_t mem_addr;
    bool pmp_valid; // the next table is checked (T15 fixed: the one to be read as well)
    uint64_t pmp_addr;
};

struct mpttablewalker_in {
    bool flush;
    bool req_fire;
    const struct mpt_miss *req; // head of the queue
    struct pmp_verdict pmp;     // on pmp_addr
    bool mem_fire, mem_resp;
    uint64_t entry; // with mem_resp
};

void mpttablewalker_reset(struct mpttablewalker *s, const struct l2tlb_cfg *cfg);
// mem_resp, entry: as in mpttablewalker_in; mem_busy: the read before is still out.
void mpttablewalker_publish(const struct mpttablewalker *s, bool mem_busy, bool mem_resp, uint64_t entry,
                            struct mpttablewalker_out *o);
// T15 fixed: the PMP forbids the read that is offered; nothing is sent.
bool mpttablewalker_denied(const struct mpttablewalker *s, struct pmp_verdict pmp);
// What the walker hands on in this cycle, with the verdict on its pmp_addr.
void mpttablewalker_refill(const struct mpttablewalker *s, struct pmp_verdict pmp, struct mpt_refill *r);
void mpttablewalker_tick(struct mpttablewalker *s, const struct mpt_refill *r,
                         const struct mpttablewalker_in *in);

#endif
