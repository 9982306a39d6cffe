// SPDX-License-Identifier: MulanPSL-2.0
// MPTTableWalker (spec E 1.7).
//
//   cycle   what happens
//   w       request accepted
//   w+1     read offered to memory
//   T       last beat
//   T+1     the entry arrives
//   T+2     handed to the cache and the queue; next read from T+3 on
#include "mpt/mpttablewalker.h"

#include <string.h>

void mpttablewalker_reset(struct mpttablewalker *s, const struct l2tlb_cfg *cfg)
{
    memset(s, 0, sizeof *s);
    s->cfg = cfg;
    s->level = s->pmp_level = MPT_L3;
}

// Index of a page in the table of a level: 9 bits, 5 at level 3.
static uint64_t index_of(uint8_t level, uint64_t pa)
{
    uint64_t k = 0;
    for (unsigned m = level; m; m &= m - 1)
        k |= pa >> (9 * lowest(m)) & mask64(lowest(m) == 3 ? 5 : 9);
    return k;
}

static uint64_t address(const struct mpttablewalker *s, uint64_t data)
{
    return (data & mask64(36)) << 12 | index_of(s->level, s->pa) << 3;
}

// T6: an answer is taken in every state. Fixed as in #6314: only by who waits for it.
static bool takes(const struct mpttablewalker *s, bool mem_resp)
{
    return mem_resp && (!s->cfg->errata_fixed[ERR_T6] || s->state == MPT_MEM_RESP);
}

void mpttablewalker_publish(const struct mpttablewalker *s, bool mem_busy, bool mem_resp, uint64_t entry,
                            struct mpttablewalker_out *o)
{
    o->ready = s->state == MPT_IDLE;
    bool held = mem_busy && s->cfg->errata_fixed[ERR_T6]; // T6: a second read under the same id
    o->mem_valid = s->state == MPT_MEM_REQ && !held;
    o->mem_addr = address(s, s->data);
    bool first = s->state == MPT_MEM_REQ && s->cfg->errata_fixed[ERR_T15];
    o->pmp_valid = s->state == MPT_ADDR_PROC || first;
    o->pmp_addr = address(s, takes(s, mem_resp) ? bits(entry, 57, 10) : s->data);
}

bool mpttablewalker_denied(const struct mpttablewalker *s, struct pmp_verdict pmp)
{
    return s->cfg->errata_fixed[ERR_T15] && s->state == MPT_MEM_REQ && (pmp.ld || pmp.mmio);
}

void mpttablewalker_refill(const struct mpttablewalker *s, struct pmp_verdict pmp, struct mpt_refill *r)
{
    r->valid = s->state == MPT_ADDR_PROC;
    if (!r->valid)
        return;
    // Spec E 1.2.4.
    bool pmp_fail = !s->leaf && (pmp.ld || pmp.mmio);
    bool bad = s->invalid || s->reserved_low || s->reserved_high || (!s->leaf && s->level == MPT_L0);
    // T2: whatever the entry, and with the level below it.
    r->level = pmp_fail && !s->cfg->errata_fixed[ERR_T2] ? s->pmp_level : s->level;
    r->pa = s->pa;
    r->data = s->data;
    r->is_af = bad || pmp_fail;
    r->is_leaf = s->leaf;
}

// The entry (spec E 1.2.3 rules 1 to 3: bit 63 is read by nothing). T6: whatever the state, also the data of a walk that is no more.
static void take_entry(struct mpttablewalker *s, const struct mpttablewalker_in *in)
{
    if (!in->req_fire)
        s->data = bits(in->entry, 57, 10);
    s->leaf = bit(in->entry, 1);
    s->invalid = !bit(in->entry, 0);
    s->reserved_low = bits(in->entry, 9, 2);
    s->reserved_high = bits(in->entry, 62, 58);
}

void mpttablewalker_tick(struct mpttablewalker *s, const struct mpt_refill *r,
                         const struct mpttablewalker_in *in)
{
    bool taken = takes(s, in->mem_resp);
    switch (s->state) {
    case MPT_IDLE:
        if (!in->req_fire)
            break;
        s->state = MPT_MEM_REQ;
        s->pa = in->req->req.pa >> 4;
        s->level = s->pmp_level = in->req->level;
        s->data = in->req->table;
        break;
    case MPT_MEM_REQ:
        if (in->mem_fire) {
            s->state = MPT_MEM_RESP;
        } else if (mpttablewalker_denied(s, in->pmp)) { // as if an invalid entry had been read
            s->state = MPT_ADDR_PROC;
            s->data = 0;
            s->leaf = false;
            s->invalid = true;
        }
        break;
    case MPT_MEM_RESP:
        if (!in->mem_resp)
            break;
        s->state = MPT_ADDR_PROC;
        s->pmp_level >>= 1;
        break;
    case MPT_ADDR_PROC:
        s->state = r->is_af || r->is_leaf ? MPT_IDLE : MPT_MEM_REQ;
        if (s->state == MPT_MEM_REQ)
            s->level >>= 1;
    }
    if (taken)
        take_entry(s, in);
    if (in->flush) {
        s->state = MPT_IDLE;
        s->pa = 0;
        s->level = s->pmp_level = MPT_L3;
        s->leaf = s->invalid = s->reserved_low = s->reserved_high = false;
    }
}
