// SPDX-License-Identifier: MulanPSL-2.0
// Which entries a fence removes (spec A 2.10; the same in 2026-03: spec D 2.6). Hash compares of L1
// and L0 remove too much, as the hardware does (spec A 2.10 rule 1).
#include "pagecache/pagecache.h"

// One fence in the terms of the table in spec A 2.10.
struct fence_ctx {
    unsigned classes;        // C: only entries of these classes, bit mask
    bool match_vmid;         // Mv or Mi: VMID must match ...
    uint16_t vmid;           // ... this one (hgatp.vmid, or the operand of hfence.gvma)
    bool match_asid;         // A and not G
    uint16_t asid;
    bool by_address;         // only L0 and SP, entries that cover vpn
    uint64_t vpn;
};

static struct fence_ctx decode(const struct pagecache *p, const struct sfence *f,
                               const struct tlb_csr *csr)
{
    struct fence_ctx c = {.by_address = !f->rs1, .asid = f->id};
    // Class 2 only (spec A 2.10 rule 2), in July 2026 v2 class 1 too (spec E 0.2 rule 4).
    if (f->hg) { // hg wins over hv; the address input is the guest address shifted right by two
        bool all = f->rs1 && p->cfg->rule.hfence_gvma_all_flushes_vs;
        c.classes = 1u << ONLY_STAGE2 | (unsigned)all << ONLY_STAGE1;
        c.match_vmid = !f->rs2;
        c.vmid = p->cfg->errata_fixed[ERR_E6] ? f->id & 0x3fff : f->id;
        c.vpn = bits(f->addr, 47, 10);
        return c;
    }
    bool virt = f->hv || csr->virt;
    c.classes = 1u << (virt ? ONLY_STAGE1 : NO_S2XLATE);
    c.match_vmid = virt;
    c.vmid = csr->hgatp.id;
    c.match_asid = !f->rs2;
    c.vpn = bits(f->addr, 49, 12);
    return c;
}

static uint64_t fence_fa(const struct pc_fa_table *t, const struct fence_ctx *c)
{
    uint64_t hit = 0;
    for (uint64_t m = t->valid; m; m &= m - 1) {
        unsigned i = lowest(m);
        const struct pc_entry *e = &t->entry[i];
        unsigned low = e->level ? 9u * e->level : e->n ? 4 : 0;
        if (bit(c->classes, e->h) && (!c->match_vmid || e->vmid == c->vmid) &&
            (!c->match_asid || (e->asid == c->asid && !bit(t->global, i))) &&
            (!c->by_address || ((e->vpn ^ c->vpn) >> low) == 0))
            hit |= UINT64_C(1) << i;
    }
    return hit;
}

static uint32_t fence_set(const struct pagecache *p, const struct pc_set_table *t, unsigned set,
                          const struct fence_ctx *c)
{
    unsigned w_hash = p->cfg->hash_asid_width;
    uint32_t hit = 0;
    for (uint32_t m = t->valid[set]; m; m &= m - 1) {
        unsigned w = lowest(m);
        const struct pc_line *l = &t->line[(size_t)set * t->ways + w];
        if (bit(c->classes, l->h) && (!c->match_vmid || l->vmid_hash == fold(c->vmid, w_hash)) &&
            (!c->match_asid ||
             (l->asid_hash == fold(c->asid, w_hash) && !bit(t->global[set], w))) &&
            (!c->by_address || l->vpn_hash == pc_vpn_hash(p, c->vpn)))
            hit |= 1u << w;
    }
    return hit;
}

struct set_range {
    unsigned first, end;
};

static struct set_range sets_of(const struct pc_set_table *t, const struct fence_ctx *c)
{
    unsigned s = pc_set_index(t, c->vpn);
    return c->by_address ? (struct set_range){s, s + 1} : (struct set_range){0, t->sets};
}

static void remove_sets(const struct pagecache *p, struct pc_set_table *t,
                        const struct fence_ctx *c)
{
    struct set_range r = sets_of(t, c);
    for (unsigned s = r.first; s < r.end; s++)
        t->valid[s] &= ~fence_set(p, t, s, c);
}

void pc_fence(struct pagecache *p, const struct sfence *f, const struct tlb_csr *csr)
{
    struct fence_ctx c = decode(p, f, csr);
    if (!c.by_address) {
        p->l3.valid &= ~fence_fa(&p->l3, &c);
        p->l2.valid &= ~fence_fa(&p->l2, &c);
        remove_sets(p, &p->l1, &c);
    }
    remove_sets(p, &p->l0, &c);
    p->sp.valid &= ~fence_fa(&p->sp, &c);
}

static uint64_t count_sets(const struct pagecache *p, const struct pc_set_table *t,
                           const struct fence_ctx *c)
{
    struct set_range r = sets_of(t, c);
    uint64_t n = 0;
    for (unsigned s = r.first; s < r.end; s++)
        n += popcount(fence_set(p, t, s, c));
    return n;
}

void pc_fence_count(const struct pagecache *p, const struct sfence *f, const struct tlb_csr *csr,
                    uint64_t removed[5])
{
    struct fence_ctx c = decode(p, f, csr);
    removed[0] = c.by_address ? 0 : popcount(fence_fa(&p->l3, &c));
    removed[1] = c.by_address ? 0 : popcount(fence_fa(&p->l2, &c));
    removed[2] = c.by_address ? 0 : count_sets(p, &p->l1, &c);
    removed[3] = count_sets(p, &p->l0, &c);
    removed[4] = popcount(fence_fa(&p->sp, &c));
}
