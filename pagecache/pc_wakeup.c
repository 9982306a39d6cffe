// SPDX-License-Identifier: MulanPSL-2.0
// The end of a bitmap check: the check bit of the tested PTE (spec B 4.6; spec D 4B.6).
#include "pagecache/pagecache.h"

#include <string.h>

// A denied page keeps 0 (spec B 4.10 rule 7).
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

// The way that a wake-up names, as it is now.
static struct pc_wake_read pc_wake_line(const struct pagecache *p, const struct pc_wakeup *w)
{
    struct pc_wake_read r = {.wakeup = *w};
    unsigned set = pc_set_index(&p->l0, w->vpn), idx = (unsigned)bits(w->vpn, 2, 0);
    const struct pc_line *l = &p->l0.line[(size_t)set * p->l0.ways + w->way];
    r.candidate = bit(p->l0.valid[set], w->way) && l->h == s2xlate_class(w->s2xlate) &&
                  l->tag == w->vpn >> 3 && bit(l->vs, idx) &&
                  !pc_other_kind(p, w->s2xlate, l->two_stage);
    r.asid = l->asid;
    r.vmid = l->vmid;
    r.g = pc_global(p, l->perm[idx], bit(l->onlypf, idx));
    return r;
}

// Does the named way hold the tested PTE now? (P2, spec D 4B.6.1 rule 1: seen from the cycle of the
// write; P18: and is it still the same PTE?)
static bool still_there(const struct pagecache *p, const struct pc_wakeup *w,
                        const struct tlb_csr *csr)
{
    struct pc_wake_read now = pc_wake_line(p, w);
    return pc_wake_compare(p, &now, csr);
}

static bool same_page(const struct pagecache *p, const struct pc_wakeup *w)
{
    unsigned set = pc_set_index(&p->l0, w->vpn), idx = (unsigned)bits(w->vpn, 2, 0);
    unsigned key = p->cfg->keyid_bits; // a check of a tagged page may have dropped the key
    uint64_t ppn = p->l0.line[(size_t)set * p->l0.ways + w->way].ppn[idx];
    return ((ppn ^ w->ppn) & mask64(36 - key)) == 0;
}

// May the bit of an L0 entry be written, as seen from this cycle, after any refill?
static bool l0_allows(const struct pagecache *p, const struct pc_wakeup *w,
                      const struct tlb_csr *csr)
{
    const bool *fixed = p->cfg->errata_fixed;
    bool line = fixed[ERR_P2] || (fixed[ERR_B15] && !p->cfg->rule.bitmap_rework);
    return (!line || still_there(p, w, csr)) && (!fixed[ERR_P18] || same_page(p, w));
}

// SP entry i is the tested one. 2025-05 compares the page number only (B6).
static bool sp_matches(const struct pagecache *p, unsigned i, const struct pc_wakeup *w,
                       const struct tlb_csr *csr)
{
    const struct pc_entry *e = &p->sp.entry[i];
    if (e->vpn != w->vpn)
        return false;
    unsigned cls = s2xlate_class(w->s2xlate);
    return !p->cfg->errata_fixed[ERR_B6] ||
           (e->h == cls && e->level == w->level && e->asid == class_asid(csr, cls) &&
            (cls == NO_S2XLATE || e->vmid == csr->hgatp.id) &&
            ((e->ppn ^ w->ppn) & mask64(36) & ~mask64(9 * w->level)) == 0);
}

// 2025-05, spec B 4.6 rule 2: nothing is compared (B15). An L0 refill of the way wins, any SP
// refill loses it.
static void wake_at_once(struct pagecache *p, const struct pc_wakeup *w,
                         const struct pc_written *refill, const struct tlb_csr *csr)
{
    if (!w->valid)
        return;
    if (w->level == 0) {
        // B5: a NAPOT page is in SP, its level selects the bits of L0 all the same.
        if (!row_refilled(p, w, refill) && !(w->n && p->cfg->errata_fixed[ERR_B5]) &&
            l0_allows(p, w, csr))
            write_bit(p, w);
        return;
    }
    if (refill->touched & TOUCHED_SP)
        return;
    for (uint64_t m = p->sp.valid; m; m &= m - 1) {
        unsigned i = lowest(m);
        if (sp_matches(p, i, w, csr))
            p->sp_bits = (p->sp_bits & ~(UINT64_C(1) << i)) | (uint64_t)w->success << i;
    }
}

// 2026-03: w reads the line, w+1 compares it, w+2 writes the bit if the named way still matched
// (spec D 4B.6.1 rule 3: 0 for a denied page).
static void wake_in_steps(struct pagecache *p, const struct pc_in *in,
                          const struct pc_written *refill, const struct pc_wake_read *read)
{
    if (p->wake_write.valid && !row_refilled(p, &p->wake_write, refill) &&
        l0_allows(p, &p->wake_write, in->csr))
        write_bit(p, &p->wake_write);
    p->wake_write = p->wake_read.wakeup;
    p->wake_write.valid = p->wake_read.wakeup.valid && !in->flush &&
                          pc_wake_compare(p, &p->wake_read, in->csr);
    p->wake_read = *read;
}

// The line as the SRAM read of this cycle returns it, before any write of this cycle.
struct pc_wake_read pc_wake_look(const struct pagecache *p, const struct pc_in *in)
{
    struct pc_wake_read none = {.wakeup = *in->wakeup};
    none.wakeup.valid = false;
    return in->wakeup->valid && !in->flush ? pc_wake_line(p, in->wakeup) : none;
}

void pc_forget_checks(struct pagecache *p)
{
    memset(p->l0.bits, 0, (size_t)p->l0.sets * p->l0.ways * sizeof *p->l0.bits);
    memset(p->l0_row_live, 0, sizeof p->l0_row_live);
    memset(p->l0_row_check, 0, sizeof p->l0_row_check);
    p->sp_bits = 0;
    p->wake_read.wakeup.valid = p->wake_write.valid = false;
}

void pc_wake_up(struct pagecache *p, const struct pc_in *in, const struct pc_written *refill,
                const struct pc_wake_read *read)
{
    if (p->cfg->rule.bitmap_rework)
        wake_in_steps(p, in, refill, read);
    else
        wake_at_once(p, in->wakeup, refill, in->csr);
}
