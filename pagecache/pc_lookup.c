// SPDX-License-Identifier: MulanPSL-2.0
// Hit rules of the five tables (spec A 2.3, spec D 2.2).
#include "pagecache/pagecache.h"

// ASID condition; g is the global bit that this table's hit rule looks at (revision 2026-03).
static bool asid_match(const struct pagecache *p, unsigned cls, uint16_t asid, uint16_t used,
                       bool g)
{
    if (cls == ONLY_STAGE2 && p->cfg->rule.gstage_ignores_asid)
        return true;
    if (cls != ONLY_STAGE2 && p->cfg->rule.global_ignores_asid && g)
        return true;
    return asid == used;
}

static bool space_match(const struct pagecache *p, unsigned cls, uint16_t asid, uint16_t vmid,
                        bool g, const struct tlb_csr *csr)
{
    return asid_match(p, cls, asid, class_asid(csr, cls), g) &&
           (cls == NO_S2XLATE || vmid == csr->hgatp.id);
}

bool pc_wake_compare(const struct pagecache *p, const struct pc_wake_read *r,
                     const struct tlb_csr *csr)
{
    unsigned cls = s2xlate_class(r->wakeup.s2xlate);
    return r->candidate && space_match(p, cls, r->asid, r->vmid, r->g, csr);
}

// P15: allStage and onlyStage1 share a class, but their entries hold guest and host page numbers.
bool pc_other_kind(const struct pagecache *p, unsigned s2xlate, bool two_stage)
{
    return p->cfg->errata_fixed[ERR_P15] && s2xlate_class(s2xlate) == ONLY_STAGE1 &&
           two_stage != (s2xlate == ALL_STAGE);
}

// P1: the bits of an invalid PTE belong to software; its bit 5 makes no global entry.
bool pc_global(const struct pagecache *p, uint8_t perm, bool fault)
{
    return (perm & PERM_G) && !(fault && p->cfg->errata_fixed[ERR_P1]);
}

uint64_t pc_fa_match(const struct pagecache *p, const struct pc_fa_table *t,
                     const struct req_info *q, const struct tlb_csr *csr)
{
    unsigned cls = s2xlate_class(q->s2xlate);
    uint64_t hit = 0;
    for (uint64_t m = t->valid; m; m &= m - 1) {
        unsigned i = lowest(m);
        const struct pc_entry *e = &t->entry[i];
        unsigned low = e->level ? 9u * e->level : e->n ? 4 : 0;
        if (((e->vpn ^ q->vpn) >> low) != 0 || e->h != cls)
            continue;
        // L3 and L2 look at their side bit, SP at the permission byte; both are PTE bit 5 here.
        bool g = t == &p->sp ? pc_global(p, e->perm, !e->v) : bit(t->global, i);
        if (space_match(p, cls, e->asid, e->vmid, g, csr) && !pc_other_kind(p, q->s2xlate, e->two_stage))
            hit |= UINT64_C(1) << i;
    }
    return hit;
}

// The SRAM read of stageReq: what later stages need of the ways that can still match.
void pc_sram_read(struct pagecache *p, const struct req_info *q)
{
    unsigned cls = s2xlate_class(q->s2xlate);
    unsigned set = pc_set_index(&p->l1, q->vpn), sector = (unsigned)bits(q->vpn, 11, 9);
    const struct pc_line *row = p->l1.line + (size_t)set * p->l1.ways;
    p->l1_cand = 0;
    for (uint32_t m = p->l1.valid[set]; m; m &= m - 1) {
        unsigned w = lowest(m);
        const struct pc_line *l = &row[w];
        if (l->tag != q->vpn >> 12 || l->h != cls || !bit(l->vs, sector) ||
            pc_other_kind(p, q->s2xlate, l->two_stage))
            continue;
        p->l1_cand |= 1u << w;
        p->l1_read[w].ppn = l->ppn[sector];
        p->l1_read[w].pbmt = l->pbmt[sector];
        p->l1_read[w].asid = l->asid;
        p->l1_read[w].vmid = l->vmid;
        p->l1_read[w].g = bit(p->l1.global[set], w);
    }
    set = pc_set_index(&p->l0, q->vpn);
    sector = (unsigned)bits(q->vpn, 2, 0);
    row = p->l0.line + (size_t)set * p->l0.ways;
    p->l0_cand = 0;
    for (uint32_t m = p->l0.valid[set]; m; m &= m - 1) {
        unsigned w = lowest(m);
        const struct pc_line *l = &row[w];
        if (l->tag != q->vpn >> 3 || l->h != cls || !bit(l->vs, sector) ||
            pc_other_kind(p, q->s2xlate, l->two_stage))
            continue;
        p->l0_cand |= 1u << w;
        p->l0_read[w] = *l;
    }
    if (p->cfg->has_bitmap) // delivered with a jump when no way hits (spec B 4.6)
        p->l0_read[p->l0.ways - 1] = row[p->l0.ways - 1];
}

// The compare of stageDelay: candidates of the SRAM read against the ASID and VMID of this cycle.
void pc_sram_compare(const struct pagecache *p, const struct tlb_csr *csr, struct pc_result *r)
{
    const struct req_info *q = &p->delay.req.info;
    unsigned cls = s2xlate_class(q->s2xlate), sector = (unsigned)bits(q->vpn, 2, 0);
    r->l1_vec = r->l0_vec = 0;
    for (uint32_t m = p->l1_cand; m; m &= m - 1) {
        unsigned w = lowest(m);
        if (space_match(p, cls, p->l1_read[w].asid, p->l1_read[w].vmid, p->l1_read[w].g, csr))
            r->l1_vec |= 1u << w;
    }
    for (uint32_t m = p->l0_cand; m; m &= m - 1) {
        unsigned w = lowest(m);
        const struct pc_line *l = &p->l0_read[w];
        bool g = pc_global(p, l->perm[sector], bit(l->onlypf, sector));
        if (space_match(p, cls, l->asid, l->vmid, g, csr))
            r->l0_vec |= 1u << w;
    }
}
