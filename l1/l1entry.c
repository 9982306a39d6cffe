// SPDX-License-Identifier: MulanPSL-2.0
#include "l1/l1entry.h"

#include <string.h>

enum { KEY_S2XLATE = 38, KEY_VALID = 40, PPN_BITS = 36 };

static uint64_t key_of(uint64_t vpn, unsigned s2xlate)
{
    return UINT64_C(1) << KEY_VALID | (uint64_t)s2xlate << KEY_S2XLATE | vpn;
}

void l1_table_reset(struct l1_table *t, unsigned ways)
{
    memset(t, 0, sizeof *t);
    t->ways = ways;
    for (unsigned w = 0; w < MAX_TLB; w++)
        t->kmask[w] = ~UINT64_C(0);
}

uint64_t l1_gen_ppn(const struct sector_resp *s1, uint64_t vpn)
{
    return leaf_ppn(s1->ppn << 3 | s1->ppn_low[vpn & 7], vpn, s1->level, s1->level == 0 && s1->n);
}

// A stage-1 entry that is no leaf names a table page, which has no offset from the vpn.
uint64_t l1_gen_gvpn(const struct sector_resp *s1, uint64_t vpn)
{
    bool nonleaf = !(s1->perm & (PERM_R | PERM_W | PERM_X)) && s1->v && !s1->pf && !s1->af;
    return nonleaf ? s1->ppn << 3 | s1->ppn_low[vpn & 7] : l1_gen_ppn(s1, vpn);
}

uint64_t l1_host_ppn(const struct ptw_resp *r, uint64_t vpn)
{
    uint64_t ppn = l1_gen_ppn(&r->s1, vpn) & mask64(PPN_BITS);
    if (r->s2xlate == ONLY_STAGE2)
        ppn = gen_ppn_s2(&r->s2, vpn);
    else if (r->s2xlate == ALL_STAGE)
        ppn = gen_ppn_s2(&r->s2, ppn);
    return ppn & mask64(PPN_BITS);
}

uint16_t l1_perm_s1(const struct sector_resp *s1)
{
    return (uint16_t)(s1->perm | (s1->v ? L1_PERM_V : 0) | (s1->pf ? L1_PERM_PF : 0) |
                      (s1->af ? L1_PERM_AF : 0));
}

uint16_t l1_perm_s2(const struct hptw_resp *s2)
{
    return (uint16_t)(s2->perm | (s2->gpf ? L1_PERM_PF : 0) | (s2->gaf ? L1_PERM_AF : 0));
}

// Spec C 1.3 rules 1 to 5: one comparison of the packed key per way, then the conditions that are
// not equality.
static uint64_t search(const struct l1_table *t, uint64_t vpn, unsigned s2xlate,
                       const struct tlb_csr *csr)
{
    uint64_t q = key_of(vpn, s2xlate), found = 0, hit = 0;
    for (unsigned w = 0; w < t->ways; w++)
        found |= (uint64_t)(((t->key[w] ^ q) & t->kmask[w]) == 0) << w;
    for (; found; found &= found - 1) {
        unsigned w = lowest(found);
        const struct l1_entry *e = &t->e[w];
        if (!bit(e->idx, (unsigned)vpn & 7))
            continue;
        if (s2xlate != NO_S2XLATE && e->vmid != csr->hgatp.id)
            continue;
        if (s2xlate != ONLY_STAGE2 && !e->any_asid &&
            e->asid != (s2xlate == NO_S2XLATE ? csr->satp.id : csr->vsatp.id))
            continue;
        hit |= UINT64_C(1) << w;
    }
    return hit;
}

uint64_t l1_table_search(const struct l1_table *t, uint64_t vpn, unsigned s2xlate,
                         const struct tlb_csr *csr, struct l1_memo *memo)
{
    if (!memo)
        return search(t, vpn, s2xlate, csr);
    if (memo->valid && memo->vpn == vpn && memo->changes == t->changes &&
        memo->s2xlate == s2xlate && memo->satp == csr->satp.id && memo->vsatp == csr->vsatp.id &&
        memo->hgatp == csr->hgatp.id)
        return memo->hit;
    *memo = (struct l1_memo){
        .vpn = vpn, .hit = search(t, vpn, s2xlate, csr), .changes = t->changes, .valid = true,
        .satp = csr->satp.id, .vsatp = csr->vsatp.id, .hgatp = csr->hgatp.id,
        .s2xlate = (uint8_t)s2xlate,
    };
    return memo->hit;
}

void l1_table_read(const struct l1_table *t, uint64_t hit, uint64_t vpn, struct l1_data *d)
{
    *d = (struct l1_data){0};
    for (; hit; hit &= hit - 1) {
        const struct l1_entry *e = &t->e[lowest(hit)];
        d->ppn |= leaf_ppn(e->ppn << 3 | e->ppn_low[vpn & 7], vpn, e->level, e->n);
        d->perm |= e->perm;
        d->g_perm |= e->g_perm;
        d->pbmt |= e->pbmt;
        d->g_pbmt |= e->g_pbmt;
        d->s2xlate |= e->s2xlate;
    }
}

static void entry_from_s2(struct l1_entry *e, const struct ptw_resp *r)
{
    uint64_t p = gen_ppn_s2(&r->s2, r->s2.tag) & mask64(PPN_BITS);
    e->ppn = p >> 3;
    memset(e->ppn_low, (int)(p & 7), sizeof e->ppn_low);
}

// The size of an allStage entry: the smaller page; by rule l1_fault_level that of the stage that
// faults (spec D 6, #5087).
static unsigned all_level(const struct ptw_resp *r, const struct l2tlb_rules *rule)
{
    bool fake = l1_s1_is_fake(&r->s1);

    if (rule->l1_fault_level) {
        if ((r->s1.pf || r->s1.af) && !fake)
            return r->s1.level;
        if ((r->s2.gpf || r->s2.gaf) && !l1_s1_is_leaf(&r->s1))
            return fake ? 3 : r->s1.level;
    }
    return l1_all_level(r);
}

// Spec C 1.1.
void l1_table_write(struct l1_table *t, unsigned way, const struct ptw_resp *r,
                    const struct l2tlb_rules *rule)
{
    struct l1_entry *e = &t->e[way];
    bool only2 = r->s2xlate == ONLY_STAGE2, all = r->s2xlate == ALL_STAGE;
    uint8_t onehot = (uint8_t)(1u << (r->s2.tag & 7));

    e->s2xlate = r->s2xlate;
    e->asid = r->s1.asid;
    e->vmid = only2 ? r->s2.vmid : r->s1.vmid;
    e->level = (uint8_t)(only2 ? r->s2.level : all ? all_level(r, rule) : r->s1.level);
    e->n = only2 ? r->s2.n : all ? l1_all_n(r) : r->s1.n;
    e->ppn = r->s1.ppn & mask64(PPN_BITS - 3);
    memcpy(e->ppn_low, r->s1.ppn_low, sizeof e->ppn_low);
    if (only2 || all)
        entry_from_s2(e, r);
    bool big = e->level || e->n;
    e->valididx = big ? 0xff : only2 ? onehot : r->s1.valididx;
    e->pteidx = only2 ? onehot : r->s1.pteidx;
    e->idx = e->valididx;
    if ((only2 || all) && !big)
        e->idx &= e->pteidx;
    e->perm = l1_perm_s1(&r->s1);
    e->g_perm = l1_perm_s2(&r->s2);
    e->pbmt = r->s1.pbmt;
    e->g_pbmt = r->s2.pbmt;
    e->any_asid = rule->l1_global_ignores_asid && (r->s1.perm & PERM_G);

    uint64_t vpn = only2 ? r->s2.tag & ~UINT64_C(7) : r->s1.tag << 3;
    unsigned low = l1_page_bits(e->level, e->n);
    t->key[way] = key_of(vpn & L1_VPN_MASK, e->s2xlate);
    t->kmask[way] = UINT64_C(1) << KEY_VALID | UINT64_C(3) << KEY_S2XLATE |
                    (L1_VPN_MASK & ~mask64(low < 3 ? 3 : low));
    t->valid |= UINT64_C(1) << way;
    t->changes++;
}

// "addr hit" of spec C 1.9 rule 4: tag and valididx on the entry's own level, any code.
static bool fence_addr(const struct l1_table *t, unsigned w, uint64_t vpn)
{
    return !((t->key[w] ^ vpn) & t->kmask[w] & L1_VPN_MASK) &&
           bit(t->e[w].valididx, (unsigned)vpn & 7);
}

// The rows "V=1" and hfence.vvma (ASID and whole entry: spec C 1.9 rule 1). The pteidx condition,
// for compressed onlyStage1 entries too, is the under-flush of L4 (spec C 1.9 rule 3).
static bool fence_vs(const struct l1_table *t, unsigned w, const struct sfence *sf,
                     const struct tlb_csr *csr, bool ignore_addr)
{
    const struct l1_entry *e = &t->e[w];
    uint64_t vpn = bits(sf->addr, 49, 12);

    if (e->vmid != csr->hgatp.id)
        return false;
    if (!sf->rs2 && (e->asid != sf->id || (e->perm & PERM_G)))
        return false;
    if (sf->rs1 || ignore_addr)
        return e->s2xlate != NO_S2XLATE;
    return fence_addr(t, w, vpn) &&
           (e->level || e->n || bit(e->pteidx, (unsigned)vpn & 7));
}

static bool fence_host(const struct l1_table *t, unsigned w, const struct sfence *sf,
                       bool ignore_addr)
{
    const struct l1_entry *e = &t->e[w];

    if (!sf->rs2 && (e->asid != sf->id || (e->perm & PERM_G)))
        return false;
    return sf->rs1 || ignore_addr ? e->s2xlate == NO_S2XLATE
                                  : fence_addr(t, w, bits(sf->addr, 49, 12));
}

// Only fences remove entries, no CSR write does (spec C 1.9 rule 2).
uint64_t l1_table_fence(struct l1_table *t, const struct sfence *sf, const struct tlb_csr *csr,
                        struct l1_fence_how how)
{
    uint64_t gone = 0;
    for (uint64_t m = t->valid; m; m &= m - 1) {
        unsigned w = lowest(m);
        const struct l1_entry *e = &t->e[w];
        bool hit = false;
        if (sf->hg) // the address is ignored
            hit = e->s2xlate != NO_S2XLATE && (sf->rs2 || e->vmid == sf->id);
        if (sf->hv || (how.virt && !sf->hg))
            hit |= fence_vs(t, w, sf, csr, how.vs_no_addr);
        else if (!sf->hg)
            hit = fence_host(t, w, sf, how.host_no_addr);
        if (hit) {
            gone |= UINT64_C(1) << w;
            t->key[w] = 0;
        }
    }
    t->valid &= ~gone;
    t->changes++;
    return gone;
}
