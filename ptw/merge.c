// SPDX-License-Identifier: MulanPSL-2.0
// Answers from PTEs (spec A 1.7, 1.8; spec D 1.5 and 4B.9).
#include "ptw/merge.h"

#include <string.h>

// Spec D 1.5; P17.
bool merge_n(const struct l2tlb_cfg *cfg, uint64_t pte, unsigned level, bool fault)
{
    if (!pte_n(pte) || (cfg->errata_fixed[ERR_P17] && fault))
        return false;
    return !cfg->rule.napot_clean_n || (level == 0 && bits(pte, 13, 10) == 8);
}

// An LLPTW answer (spec A 1.7.3 rules 1, 2, 2a, 2b, 2c, 2d, 2e and 3); an access fault hides a page
// fault, the size stays that of the PTE (spec B 4.10 rules 4 to 6).
void merge_from_line(const struct l2tlb_cfg *cfg, const uint64_t line[SECTOR],
                     const struct req_info *q, bool af, uint8_t cfs, const struct tlb_csr *csr,
                     struct merge_resp *m)
{
    bool pbmte = bit(q->s2xlate, 0) ? csr->h_pbmte : csr->m_pbmte;
    bool one_stage = q->s2xlate <= ONLY_STAGE1;
    memset(m, 0, sizeof *m);
    m->tag = q->vpn >> 3;
    m->asid = q->s2xlate ? csr->vsatp.id : csr->satp.id;
    m->vmid = csr->hgatp.id & 0x3fff;
    m->idx = (uint8_t)bits(q->vpn, 2, 0);
    for (unsigned i = 0; i < SECTOR; i++) {
        uint64_t pte = line[i];
        bool bad_pf = pte_is_pf(pte, 0, pbmte) || !pte_is_leaf(pte);
        bool bad_af = pte_is_af(pte) && one_stage && !bad_pf;
        bool pf = !af && bad_pf;
        m->ppn[i] = pte_ppn(pte);
        m->pbmt[i] = (uint8_t)pte_pbmt(pte);
        m->perm[i] = (uint8_t)pte_perm(pte);
        m->n |= (uint8_t)(merge_n(cfg, pte, 0, bad_pf) << i);
        m->pf |= (uint8_t)(pf << i);
        m->af |= (uint8_t)((af || bad_af) << i);
        // D8: the verdict is selected by already truncated page number bits (July 2026: spec E 0.2
        // rule 1).
        unsigned j = (unsigned)(cfg->rule.cf_index_ppn_low ? bits(pte, 12, 10) : bits(pte, 15, 13));
        m->cf |= (uint8_t)(bit(cfs, j) << i);
    }
    m->v = (uint8_t)~m->pf;
    m->not_super = !bit(m->n, m->idx);
    m->not_merge = q->s2xlate != NO_S2XLATE;
}

// Entries that agree with the addressed one in ppn[43:3], pbmt, perm, v, af, pf and cf (spec A 1.8
// rule 3).
static unsigned same_mask(const struct l2tlb_cfg *cfg, const struct merge_resp *m)
{
    unsigned k = m->idx, same = 0;
    uint8_t flags[] = {m->v, m->af, m->pf, m->cf, m->odd, cfg->errata_fixed[ERR_N1] ? m->n : 0};
    for (unsigned i = 0; i < SECTOR; i++) {
        bool eq = m->ppn[i] >> 3 == m->ppn[k] >> 3 && m->pbmt[i] == m->pbmt[k] &&
                  m->perm[i] == m->perm[k];
        for (unsigned f = 0; f < sizeof flags; f++)
            eq = eq && bit(flags[f], i) == bit(flags[f], k);
        same |= (unsigned)eq << i;
    }
    return same;
}

// Spec A 1.8 rules 1, 2, 4 and 5.
void merge_to_sector(const struct l2tlb_cfg *cfg, const struct merge_resp *m,
                     struct sector_resp *s)
{
    unsigned k = m->idx;
    *s = (struct sector_resp){
        .tag = m->tag,
        .ppn = m->ppn[k] >> 3,
        .asid = m->asid,
        .vmid = m->vmid,
        .n = bit(m->n, k),
        .pbmt = m->pbmt[k],
        .perm = m->perm[k],
        .level = m->level,
        .v = bit(m->v, k),
        .addr_low = (uint8_t)k,
        .pteidx = (uint8_t)(1u << k),
        .pf = bit(m->pf, k),
        .af = bit(m->af, k),
    };
    for (unsigned i = 0; i < SECTOR; i++)
        s->ppn_low[i] = m->ppn[i] & 7;
    unsigned valid = m->not_super ? same_mask(cfg, m) : 0xff;
    s->valididx = (uint8_t)((m->not_merge ? 0 : valid) | 1u << k);
}

// Spec D 4B.9 rules 1 to 3: faults too; cf has been compared before, with the fault of D8; L1 sees
// pages of 4 KiB only.
void merge_cut_to_4k(const struct merge_resp *m, struct ptw_resp *r)
{
    struct sector_resp *s = &r->s1;
    struct hptw_resp *h = &r->s2;
    if (r->s2xlate <= ONLY_STAGE1) {
        uint64_t vpn = s->tag << 3 | s->addr_low;
        uint64_t ppn = leaf_ppn(m->ppn[m->idx], vpn, s->level, s->n);
        s->ppn = ppn >> 3;
        s->level = 0;
        s->n = 0;
        if (!m->not_super) {
            s->valididx = (uint8_t)(1u << s->addr_low);
            memset(s->ppn_low, s->addr_low, sizeof s->ppn_low);
        }
    } else {
        h->ppn = gen_ppn_s2(h, h->tag);
        h->level = 0;
        h->n = 0;
    }
}

uint64_t merge_gen_ppn(const struct merge_resp *m)
{
    unsigned k = m->idx;
    uint64_t vpn = m->tag << 3 | k;
    return leaf_ppn(m->ppn[k], vpn, m->level, bit(m->n, k));
}
