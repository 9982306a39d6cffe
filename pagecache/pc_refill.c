// SPDX-License-Identifier: MulanPSL-2.0
// Writing a line into the tables (spec A 2.5, spec D 2.3 and 2.4).
#include "arch/plru.h"
#include "pagecache/pagecache.h"

struct refill_ctx {
    struct pagecache *p;
    const struct pc_refill *f;
    unsigned s2xlate, cls, level, gmode;
    bool pbmte, clear_g;
    uint16_t asid, vmid16;
};

// No page number that is too wide, no G-stage leaf without U or A (spec A 2.5 notes 7 and 8).
static bool can_refill(const struct refill_ctx *c, uint64_t pte)
{
    return pte_can_refill(pte, c->level, c->s2xlate, c->pbmte, c->gmode);
}

// Faults of one stage are kept (spec A 2.5 note 3).
static bool only_pf(const struct refill_ctx *c, uint64_t pte)
{
    return pte_only_pf(pte, c->level, c->s2xlate, c->pbmte);
}

static unsigned fa_victim(const struct pc_fa_table *t, bool prefer_invalid)
{
    uint64_t free = ~t->valid & mask64(t->size);
    return prefer_invalid && free ? lowest(free) : plru_victim(t->plru, t->size);
}

static void put_entry(const struct refill_ctx *c, struct pc_fa_table *t, unsigned i, bool g)
{
    uint64_t pte = c->f->sel_pte;
    t->entry[i] = (struct pc_entry){
        .vpn = c->f->info.vpn,
        .ppn = pte_ppn(pte) & mask64(38),
        .asid = c->asid,
        .vmid = c->vmid16 & 0x3fff,
        .h = (uint8_t)c->cls,
        .level = (uint8_t)c->level,
        .pbmt = (uint8_t)pte_pbmt(pte),
        .perm = (uint8_t)(pte_perm(pte) & ~(c->clear_g ? PERM_G : 0u)),
        .n = pte_n(pte),
        .v = true,
        .two_stage = c->s2xlate == ALL_STAGE,
        .prefetch = c->f->info.source == SOURCE_PREFETCH,
    };
    uint64_t b = UINT64_C(1) << i;
    t->valid |= b;
    t->global = g ? t->global | b : t->global & ~b;
}

// L3 and L2: a good non-leaf PTE. The L3 refill touches the tree of L2 (D13).
static unsigned refill_fa(const struct refill_ctx *c)
{
    struct pagecache *p = c->p;
    uint64_t pte = c->f->sel_pte;
    if (pte_is_leaf(pte) || !can_refill(c, pte))
        return 0;
    bool is_l3 = c->level == 3;
    struct pc_fa_table *t = is_l3 ? &p->l3 : &p->l2;
    unsigned i = fa_victim(t, true);
    put_entry(c, t, i, bit(pte, 5) && !c->clear_g);
    if (is_l3 && p->cfg->errata_fixed[ERR_D13]) {
        p->l3.plru = plru_touch(p->l3.plru, p->l3.size, i);
        return TOUCHED_L3;
    }
    p->l2.plru = plru_touch(p->l2.plru, p->l2.size, i & (p->l2.size - 1));
    return TOUCHED_L2;
}

// A line that is there already gets a second way (spec A 2.5 note 6, 2.6).
static unsigned line_victim(const struct pc_set_table *t, unsigned set)
{
    uint32_t free = ~t->valid[set] & (uint32_t)mask64(t->ways);
    return free ? lowest(free) : plru_victim(t->plru[set], t->ways);
}

unsigned pagecache_l0_victim(const struct pagecache *p, uint64_t vpn)
{
    return line_victim(&p->l0, pc_set_index(&p->l0, vpn));
}

// N1: a NAPOT PTE must not hit in L0, which has no n bit, and no neighbour may merge with it. P14:
// nor behind an addressed PTE that is a malformed NAPOT leaf.
static bool napot_kept_out(const struct refill_ctx *c)
{
    const bool *fixed = c->p->cfg->errata_fixed;
    return fixed[ERR_N1] || (fixed[ERR_P14] && pte_n(c->f->sel_pte));
}

// The whole line with its side registers, without the n of its PTEs (spec A 2.5 note 5; N1); no
// lane is tested any more (spec B 4.6 rule 1). Returns the way.
static unsigned put_line(const struct refill_ctx *c, struct pc_set_table *t, bool is_l0)
{
    struct pagecache *p = c->p;
    uint64_t vpn = c->f->info.vpn;
    unsigned set = pc_set_index(t, vpn), w = line_victim(t, set);
    struct pc_line *l = &t->line[(size_t)set * t->ways + w];
    bool g = !c->clear_g;
    l->tag = vpn >> (is_l0 ? 3 : 12);
    l->asid = c->asid;
    l->vmid = c->vmid16 & 0x3fff;
    l->h = (uint8_t)c->cls;
    l->asid_hash = (uint16_t)fold(c->asid, p->cfg->hash_asid_width);
    l->vmid_hash = (uint16_t)fold(c->vmid16, p->cfg->hash_asid_width);
    l->vpn_hash = (uint16_t)pc_vpn_hash(p, vpn);
    l->prefetch = c->f->info.source == SOURCE_PREFETCH;
    l->two_stage = c->s2xlate == ALL_STAGE;
    l->vs = l->onlypf = l->n = 0;
    for (unsigned j = 0; j < SECTOR; j++) {
        uint64_t pte = c->f->ptes[j];
        bool pf = is_l0 && only_pf(c, pte), leaf = pte_is_leaf(pte);
        bool usable = can_refill(c, pte) && leaf == is_l0;
        if (is_l0 && pte_is_napot(pte) && napot_kept_out(c)) {
            usable = false;
            l->n |= (uint8_t)(!pf << j);
        }
        // July 2026 v2: a well-formed one is neither a page nor a fault here (spec E 0.2 rule 5).
        if (is_l0 && p->cfg->rule.l0_excludes_napot && pte_is_napot(pte) && bits(pte, 13, 10) == 8)
            usable = pf = false;
        l->ppn[j] = pte_ppn(pte) & mask64(38);
        l->pbmt[j] = (uint8_t)pte_pbmt(pte);
        l->perm[j] = (uint8_t)(pte_perm(pte) & ~(c->clear_g ? PERM_G : 0u));
        l->vs |= (uint8_t)((usable || pf) << j);
        l->onlypf |= (uint8_t)(pf << j);
        g = g && bit(pte, 5) && !(pf && p->cfg->errata_fixed[ERR_N2]);
    }
    t->valid[set] |= 1u << w;
    t->global[set] = g ? t->global[set] | 1u << w : t->global[set] & ~(1u << w);
    t->plru[set] = plru_touch(t->plru[set], t->ways, w);
    if (is_l0)
        t->bits[(size_t)set * t->ways + w] = 0;
    return w;
}

// Does the addressed PTE of a level-0 line count as NAPOT, so that it goes to SP instead of L0
// (spec A 2.5 notes 4 and 9)?
static bool refill_napot(const struct refill_ctx *c)
{
    uint64_t pte = c->f->sel_pte;
    if (!pte_is_napot(pte))
        return false;
    if (c->p->cfg->rule.napot_strict && bits(pte, 13, 10) != 8)
        return false;
    // E4r: malformed for any reason belongs to L0, where only its own page faults.
    return !(c->p->cfg->errata_fixed[ERR_E4r] && pte_is_pf(pte, 0, c->pbmte));
}

static unsigned refill_sp(const struct refill_ctx *c)
{
    struct pagecache *p = c->p;
    uint64_t pte = c->f->sel_pte;
    bool pf = only_pf(c, pte);
    if (!pf && !(pte_is_leaf(pte) && can_refill(c, pte)))
        return 0;
    unsigned i = fa_victim(&p->sp, false);
    bool g = bit(pte, 5) && !c->clear_g && !(pf && p->cfg->errata_fixed[ERR_N2]);
    put_entry(c, &p->sp, i, g);
    p->sp.entry[i].v = !pf;
    // P7, rest of E4: n of a large malformed leaf means nothing.
    if (pf && c->level > 0 && (p->cfg->errata_fixed[ERR_P7] || p->cfg->errata_fixed[ERR_E4]))
        p->sp.entry[i].n = false;
    p->sp_bits &= ~(UINT64_C(1) << i);
    p->sp.plru = plru_touch(p->sp.plru, p->sp.size, i);
    return TOUCHED_SP;
}

// allStage is kept as class 1; a level-1 line goes to L1 and its addressed leaf to SP as well (spec
// A 2.5 notes 1 and 2).
struct pc_written pc_refill_write(struct pagecache *p, const struct pc_refill *f,
                                  const struct tlb_csr *csr)
{
    struct refill_ctx c = {
        .p = p,
        .f = f,
        .s2xlate = f->info.s2xlate,
        .cls = s2xlate_class(f->info.s2xlate),
        .level = f->level,
        .gmode = csr->hgatp.mode,
        .pbmte = bit(f->info.s2xlate, 0) ? csr->h_pbmte : csr->m_pbmte,
        .clear_g = f->info.s2xlate == ONLY_STAGE2 && p->cfg->rule.gstage_clear_g,
        .asid = class_asid(csr, f->info.s2xlate),
        .vmid16 = csr->hgatp.id,
    };
    struct pc_written w = {.l0_way = -1, .vpn = f->info.vpn};
    if (c.level >= 2) {
        w.touched = refill_fa(&c);
    } else if (c.level == 1) {
        put_line(&c, &p->l1, false);
        w.touched = TOUCHED_L1;
    } else if (!refill_napot(&c)) {
        w.l0_way = (int)put_line(&c, &p->l0, true);
        w.touched = TOUCHED_L0;
        return w;
    }
    w.touched |= refill_sp(&c);
    return w;
}
