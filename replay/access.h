// SPDX-License-Identifier: MulanPSL-2.0
// What a record of a trace asks of the L1 side: the TLB, the command, a second lookup.
#ifndef L2TLB_REPLAY_ACCESS_H
#define L2TLB_REPLAY_ACCESS_H

#include "l1/l1bundle.h"
#include "traces/trace.h"

static inline unsigned class_of(unsigned op)
{
    switch (op) {
    case GVT_FETCH:
        return L1_FETCH;
    case GVT_STORE:
        return L1_STORE;
    case GVT_PREFETCH:
        return L1_PREFETCH;
    default:
        return L1_LOAD;
    }
}

static inline unsigned cmd_of(unsigned op)
{
    switch (op) {
    case GVT_FETCH:
        return L1_CMD_FETCH;
    case GVT_STORE:
        return L1_CMD_STORE;
    case GVT_AMO:
        return L1_CMD_AMO;
    case GVT_LR:
        return L1_CMD_LR;
    default:
        return L1_CMD_LOAD;
    }
}

// Second address of an access that crosses a line (fetch) or a page; 0 if it does not.
static inline uint64_t second_address(const struct trace_record *r)
{
    uint64_t last = r->addr + (r->size ? r->size - 1u : 0);
    unsigned shift = r->op == GVT_FETCH ? 6 : 12;
    return r->addr >> shift == last >> shift ? 0 : last >> shift << shift;
}

#endif
