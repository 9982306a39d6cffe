// SPDX-License-Identifier: MulanPSL-2.0
// The end of a bitmap check: the check bit of the tested PTE (part B 4.6; part D 45 4B.6).
#include "pagecache/pagecache.h"

static void write_bit(struct pagecache *p, const struct pc_wakeup *w)
{
    unsigned set = pc_set_index(&p->l0, w->vpn), idx = (unsigned)bits(w->vpn, 2, 0);
    uint8_t *row = &p->l0.bits[(size_t)set * p->l0.ways + w->way];
    *row = (uint8_t)((*row & ~(1u << idx)) | (unsigned)w->success << idx);
}

static bool row_refilled(const struct pagecache *p, const struct pc_wakeup *w,
                         const struct pc_written *refill)
{
    return refill->l0_way == w->way &&
           pc_set_index(&p->l0, refill->vpn) == pc_set_index(&p->l0, w->vpn);
}

// 2025-05: nothing is compared (B5, B6). An L0 refill of the way wins, any SP refill loses it.
static void wake_at_once(struct pagecache *p, const struct pc_wakeup *w,
                         const struct pc_written *refill)
{
    if (!w->valid)
        return;
    if (w->level == 0) {
        if (!row_refilled(p, w, refill))
            write_bit(p, w);
        return;
    }
    if (refill->touched & TOUCHED_SP)
        return;
    for (uint64_t m = p->sp.valid; m; m &= m - 1) {
        unsigned i = lowest(m);
        if (p->sp.entry[i].vpn == w->vpn)
            p->sp_bits = (p->sp_bits & ~(UINT64_C(1) << i)) | (uint64_t)w->success << i;
    }
}

// 2026-03: w reads the line, w+1 compares it, w+2 writes the bit if the named way still matched.
static void wake_in_steps(struct pagecache *p, const struct pc_in *in,
                          const struct pc_written *refill, const struct pc_wake_read *read)
{
    if (p->wake_write.valid && !row_refilled(p, &p->wake_write, refill))
        write_bit(p, &p->wake_write);
    p->wake_write = p->wake_read.wakeup;
    p->wake_write.valid = p->wake_read.wakeup.valid && !in->flush &&
                          pc_wake_compare(p, &p->wake_read, in->csr);
    p->wake_read = *read;
}

// The line as the SRAM read of this cycle returns it, before any write of this cycle.
struct pc_wake_read pc_wake_look(const struct pagecache *p, const struct pc_in *in)
{
    const struct pc_wakeup *w = &in->wakeup;
    struct pc_wake_read r = {.wakeup = *w};
    if (!w->valid || in->flush) {
        r.wakeup.valid = false;
        return r;
    }
    unsigned set = pc_set_index(&p->l0, w->vpn), idx = (unsigned)bits(w->vpn, 2, 0);
    const struct pc_line *l = &p->l0.line[(size_t)set * p->l0.ways + w->way];
    r.candidate = bit(p->l0.valid[set], w->way) && l->h == s2xlate_class(w->s2xlate) &&
                  l->tag == w->vpn >> 3 && bit(l->vs, idx);
    r.asid = l->asid;
    r.vmid = l->vmid;
    r.g = l->perm[idx] & PERM_G;
    return r;
}

void pc_wake_up(struct pagecache *p, const struct pc_in *in, const struct pc_written *refill,
                const struct pc_wake_read *read)
{
    if (p->cfg.rule.bitmap_rework)
        wake_in_steps(p, in, refill, read);
    else
        wake_at_once(p, &in->wakeup, refill);
}
