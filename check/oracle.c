// SPDX-License-Identifier: MulanPSL-2.0
// An independent walk with the machine's checks (spec A 0.3, spec B 1.5, 2.6, 3.4) and the
// comparison of an answer with it.
#include "check/oracle.h"

// How a stage ended.
enum outcome { PASS, PAGE_FAULT, ACCESS_FAULT, NOT_REACHED };

struct stage1 {
    enum outcome end;
    unsigned level;
    uint64_t pte;       // of the leaf or the faulting entry
    uint64_t table_ppn; // page of the table that was read last, or the root
    unsigned parent_level; // level of the entry that points to it; 0: the root register
    bool has_parent;
    bool g_fault; // a table address was refused by stage 2: the outcome is in struct stage2
};

struct stage2 {
    enum outcome end;
    unsigned level;
    uint64_t pte, gvpn;
    bool range;          // guest page number too wide: no walk was made
    uint64_t table_gvpn; // of a range fault: the last guest page that was translated
};

struct truth {
    struct stage1 s1;
    struct stage2 s2;
};

static bool refused(const struct oracle_env *e, uint64_t addr, struct pmp_env env)
{
    struct pmp_verdict v = pmp_check(e->pmp, e->cfg, addr, env);
    return v.ld || v.mmio;
}

static bool denied(const struct oracle_env *e, uint64_t addr)
{
    return refused(e, addr, pmp_env_of(e->csr));
}

static uint64_t read_pte(const struct oracle_env *e, uint64_t addr)
{
    return e->read(e->ctx, addr & mask64(48));
}

static uint64_t table_addr(uint64_t ppn, uint64_t index)
{
    return ((ppn << 12) | (index << 3)) & mask64(48);
}

static bool bitmap_on(const struct oracle_env *e)
{
    return e->cfg->has_bitmap && e->csr->mbmc.bme && !e->csr->mbmc.cmode;
}

// Is host page `ppn` denied by the Shield-Bitmap (spec B 4.2)?
static bool secure(const struct oracle_env *e, uint64_t ppn)
{
    if (!bitmap_on(e))
        return false;
    // 2026-03 drops the key bits only where KEYIDEN says that there are some (spec D 4B.2).
    bool keys = !e->cfg->rule.keyiden_csr || e->csr->mbmc.keyiden;
    uint64_t p = ppn & mask64(keys ? 36 - e->cfg->keyid_bits : 36);
    uint64_t word = ((e->csr->mbmc.bma << 6) + (p >> 6 << 3)) & mask64(48);
    return refused(e, word, pmp_env_of_bitmap(e->cfg, e->csr)) ||
           bit(read_pte(e, word), (unsigned)(p & 63));
}

// Answers are cut to 4 KiB while the bitmap is on (spec A 1.11, revision 2026-03).
static bool cut(const struct oracle_env *e)
{
    return e->cfg->rule.cut_answers_to_4k && bitmap_on(e);
}

// --- stage 2 ------------------------------------------------------------------------------------

static uint64_t g_root(const struct oracle_env *e, uint64_t gvpn)
{
    bool sv48 = e->csr->hgatp.mode == MODE_SV48;
    uint64_t index = sv48 ? bits(gvpn, 37, 27) : bits(gvpn, 28, 18);
    uint64_t root = (e->csr->hgatp.ppn & mask64(36)) << 12;
    // hgatp's two low page-number bits are 0 in a correct system; spec B 3.2 says what happens else.
    return (e->cfg->rule.hptw_root_or ? root | index << 3 : root + (index << 3)) & mask64(48);
}

// Host page of a guest page that passed stage 2.
static uint64_t g_page(const struct stage2 *s, uint64_t gvpn)
{
    return leaf_ppn(pte_ppn(s->pte), gvpn, s->level, s->level == 0 && pte_n(s->pte));
}

static struct stage2 g_walk(const struct oracle_env *e, uint64_t gvpn)
{
    struct stage2 s = {.end = NOT_REACHED, .gvpn = gvpn};
    if (gpn_out_of_range(gvpn, e->csr->hgatp.mode)) {
        s.end = PAGE_FAULT;
        s.range = true;
        return s;
    }
    unsigned level = e->csr->hgatp.mode == MODE_SV48 ? 3 : 2;
    uint64_t addr = g_root(e, gvpn);
    for (;; level--) {
        s.level = level;
        if (denied(e, addr)) {
            s.end = ACCESS_FAULT;
            return s;
        }
        s.pte = read_pte(e, addr);
        if (pte_is_gpf(s.pte, level, e->csr->m_pbmte) || (level == 0 && !pte_is_leaf(s.pte)))
            s.end = PAGE_FAULT;
        else if (pte_is_af(s.pte))
            s.end = ACCESS_FAULT;
        else if (pte_is_leaf(s.pte))
            s.end = secure(e, g_page(&s, gvpn)) ? ACCESS_FAULT : PASS;
        if (s.end != NOT_REACHED)
            return s;
        addr = table_addr(pte_ppn(s.pte), bits(gvpn, 9 * level - 1, 9 * level - 9));
    }
}

// --- stage 1 ------------------------------------------------------------------------------------

// Translates a table address for allStage. False: the walk ends here.
static bool table_host(const struct oracle_env *e, struct truth *t, uint64_t gaddr, uint64_t *host)
{
    uint64_t gvpn = (gaddr >> 12) & mask64(44);
    uint64_t last = t->s2.gvpn;
    bool mxr = e->csr->mxr && !e->cfg->rule.gstage_ignores_mxr;
    t->s2 = g_walk(e, gvpn);
    t->s2.table_gvpn = last;
    // A table page must be readable (spec B 1.3 rule 6, 2.4 rule 8).
    if (t->s2.end == PASS && !(t->s2.pte & PTE_R) && !(mxr && (t->s2.pte & PTE_X)))
        t->s2.end = PAGE_FAULT;
    t->s1.g_fault = t->s2.end != PASS;
    *host = (g_page(&t->s2, gvpn) << 12 | (gaddr & mask64(12))) & mask64(48);
    return t->s2.end == PASS;
}

static uint64_t s1_page(uint64_t pte, uint64_t vpn, unsigned level)
{
    return leaf_ppn(pte_ppn(pte), vpn, level, level == 0 && pte_n(pte));
}

static enum outcome judge1(const struct oracle_env *e, uint64_t pte, unsigned level,
                           unsigned s2xlate, uint64_t vpn)
{
    bool pbmte = s2xlate == NO_S2XLATE ? e->csr->m_pbmte : e->csr->h_pbmte;
    if (pte_is_pf(pte, level, pbmte) || (level == 0 && !pte_is_leaf(pte)))
        return PAGE_FAULT;
    if (s2xlate != ALL_STAGE && pte_is_af(pte))
        return ACCESS_FAULT;
    if (!pte_is_leaf(pte))
        return NOT_REACHED;
    return s2xlate != ALL_STAGE && secure(e, s1_page(pte, vpn, level)) ? ACCESS_FAULT : PASS;
}

// Walks stage 1 (and the G stage of its tables for allStage), then the G stage of the leaf.
static struct truth walk(const struct oracle_env *e, uint64_t vpn, unsigned s2xlate)
{
    struct truth t = {.s1.end = NOT_REACHED, .s2.end = NOT_REACHED};
    if (s2xlate == ONLY_STAGE2) {
        t.s2 = g_walk(e, vpn);
        return t;
    }
    const struct atp *atp = s2xlate == NO_S2XLATE ? &e->csr->satp : &e->csr->vsatp;
    unsigned level = atp->mode == MODE_SV48 ? 3 : 2;
    t.s1.table_ppn = atp->ppn;
    for (;; level--) {
        uint64_t index = bits(vpn, 9 * level + 8, 9 * level), addr;
        t.s1.level = level;
        if (s2xlate != ALL_STAGE)
            addr = table_addr(t.s1.table_ppn, index);
        else if (!table_host(e, &t, t.s1.table_ppn << 12 | index << 3, &addr))
            return t;
        if (denied(e, addr)) {
            t.s1.end = ACCESS_FAULT;
            return t;
        }
        t.s1.pte = read_pte(e, addr);
        t.s1.end = judge1(e, t.s1.pte, level, s2xlate, vpn);
        if (t.s1.end != NOT_REACHED)
            break;
        t.s1.table_ppn = pte_ppn(t.s1.pte);
        t.s1.parent_level = level;
        t.s1.has_parent = true;
    }
    if (s2xlate != ALL_STAGE || t.s1.end != PASS)
        return t;
    uint64_t last = t.s2.gvpn;
    t.s2 = g_walk(e, s1_page(t.s1.pte, vpn, t.s1.level));
    t.s2.table_gvpn = last;
    return t;
}

// --- comparison ---------------------------------------------------------------------------------

struct judge {
    const struct oracle_env *e;
    struct oracle_report *r;
    int sub;
};

static void same(struct judge *j, const char *what, uint64_t got, uint64_t expected)
{
    if (got == expected || j->r->count == ORACLE_MAX)
        return;
    j->r->item[j->r->count++] =
        (struct oracle_complaint){what, (int8_t)j->sub, got, expected};
}

static void level_is(struct judge *j, const char *what, uint64_t got, uint64_t expected)
{
    if (!cut(j->e))
        same(j, what, got, expected);
}

static uint64_t s1_ppn(const struct sector_resp *s, unsigned k)
{
    return s->ppn << 3 | s->ppn_low[k];
}

// G fault of a table address: the stage-1 half shows the entry (or register) that gave the address.
static void compare_parent(struct judge *j, const struct sector_resp *s, const struct stage1 *t,
                           unsigned k)
{
    same(j, "s1.pf", s->pf, 0);
    same(j, "s1.af", s->af, 0);
    level_is(j, "s1.level", s->level, t->has_parent ? t->parent_level : 0);
    same(j, "s1.ppn", s1_ppn(s, k), t->table_ppn);
}

static void compare_leaf1(struct judge *j, const struct sector_resp *s, const struct truth *t,
                          unsigned k, uint64_t vpn, bool two_stage)
{
    const struct stage1 *w = &t->s1;
    uint64_t ppn = pte_ppn(w->pte);
    same(j, "s1.v", s->v, 1);
    same(j, "s1.perm", s->perm, pte_perm(w->pte));
    same(j, "s1.pbmt", s->pbmt, pte_pbmt(w->pte));
    // For allStage only the stage-2 half is cut.
    bool small = cut(j->e) && !two_stage;
    same(j, "s1.level", s->level, small ? 0 : w->level);
    same(j, "s1.n", s->n, small ? 0 : pte_n(w->pte));
    same(j, "s1.ppn", s1_ppn(s, k), small ? s1_page(w->pte, vpn, w->level) : ppn);
}

static void compare_s1(struct judge *j, const struct sector_resp *s, const struct truth *t,
                       unsigned k, uint64_t vpn, bool two_stage)
{
    if (t->s1.g_fault) {
        compare_parent(j, s, &t->s1, k);
        return;
    }
    same(j, "s1.pf", s->pf, t->s1.end == PAGE_FAULT);
    same(j, "s1.af", s->af, t->s1.end == ACCESS_FAULT);
    if (t->s1.end == PASS) {
        compare_leaf1(j, s, t, k, vpn, two_stage);
        return;
    }
    level_is(j, "s1.level", s->level, t->s1.level);
    if (t->s1.end == PAGE_FAULT) // n of a malformed entry would spread the fault to 16 pages (E4)
        same(j, "s1.n of a fault", s->n, 0);
}

// Revision 2026-03 stores the meaningless G bit of G-stage entries as 0.
static unsigned g_perm_care(const struct oracle_env *e)
{
    return e->cfg->rule.gstage_clear_g ? ~(unsigned)PERM_G : ~0u;
}

static void compare_leaf2(struct judge *j, const struct hptw_resp *s, const struct stage2 *t)
{
    uint64_t ppn = pte_ppn(t->pte) & mask64(36);
    unsigned care = g_perm_care(j->e);
    same(j, "s2.perm", s->perm & care, pte_perm(t->pte) & care);
    same(j, "s2.pbmt", s->pbmt, pte_pbmt(t->pte));
    bool small = cut(j->e);
    same(j, "s2.level", s->level, small ? 0 : t->level);
    same(j, "s2.n", s->n, small ? 0 : pte_n(t->pte));
    same(j, "s2.ppn", s->ppn, small ? g_page(t, t->gvpn) & mask64(36) : ppn);
}

// A NAPOT entry answers for its whole 64-KiB block. Where the block's PTEs are not alike, any of them
// may be used (Svnapot), so the answer is measured against the one that matches it.
static void napot_s1(const struct oracle_env *e, uint64_t vpn, const struct ptw_resp *resp,
                     struct truth *t)
{
    const struct sector_resp *s = &resp->s1;
    bool small = cut(e) && resp->s2xlate != ALL_STAGE; // n is gone, the page is left
    if (resp->s2xlate == ONLY_STAGE2 || !(s->n || small) || s->level || s->pf || t->s1.level ||
        (s->af && !small))
        return;
    for (uint64_t i = 0; i < 16; i++) {
        struct stage1 o = walk(e, (vpn & ~UINT64_C(15)) | i, resp->s2xlate).s1;
        if (o.level != 0 || o.g_fault || !pte_is_napot(o.pte))
            continue;
        o.end = judge1(e, o.pte, 0, resp->s2xlate, vpn);
        uint64_t ppn = small ? s1_page(o.pte, vpn, 0) : pte_ppn(o.pte);
        if (o.end == (s->af ? ACCESS_FAULT : PASS) && pte_perm(o.pte) == s->perm &&
            pte_pbmt(o.pte) == s->pbmt && ppn == s1_ppn(s, (unsigned)(vpn & 7))) {
            t->s1 = o;
            if (resp->s2xlate == ALL_STAGE)
                t->s2 = g_walk(e, s1_page(o.pte, vpn, 0));
            return;
        }
    }
}

static void napot_s2(const struct oracle_env *e, const struct ptw_resp *resp, struct truth *t)
{
    const struct hptw_resp *s = &resp->s2;
    bool small = cut(e);
    if (resp->s2xlate < ONLY_STAGE2 || !(s->n || small) || s->level || s->gpf ||
        (s->gaf && !small) || t->s2.range || t->s2.level)
        return;
    uint64_t gvpn = t->s2.gvpn;
    unsigned care = g_perm_care(e);
    for (uint64_t i = 0; i < 16; i++) {
        struct stage2 o = g_walk(e, (gvpn & ~UINT64_C(15)) | i);
        if (o.level != 0 || o.range || o.end == PAGE_FAULT || !pte_is_napot(o.pte))
            continue;
        uint64_t page = g_page(&o, gvpn) & mask64(36);
        o.end = pte_is_af(o.pte) || secure(e, page) ? ACCESS_FAULT : PASS;
        bool same_page = ((pte_perm(o.pte) ^ s->perm) & care) == 0 &&
                         pte_pbmt(o.pte) == s->pbmt && (small ? page : pte_ppn(o.pte)) == s->ppn;
        if (s->gaf ? o.end == ACCESS_FAULT : o.end == PASS && same_page) {
            t->s2 = o;
            t->s2.gvpn = gvpn;
            return;
        }
    }
}

static void compare_s2(struct judge *j, const struct hptw_resp *s, const struct truth *t,
                       unsigned s1_level)
{
    const struct stage2 *w = &t->s2;
    bool stage1_fault = t->s1.end == PAGE_FAULT || t->s1.end == ACCESS_FAULT;
    same(j, "s2.gpf", s->gpf, !stage1_fault && w->end == PAGE_FAULT);
    same(j, "s2.gaf", s->gaf, !stage1_fault && w->end == ACCESS_FAULT);
    if (stage1_fault)
        return;
    if (w->range && s1_level == 0 && s->tag == w->table_gvpn)
        return; // the LLPTW keeps the table page's answer (spec B 2.6)
    same(j, "s2.tag", s->tag, w->gvpn & mask64(38));
    if (w->end == PASS)
        compare_leaf2(j, s, w);
    else
        level_is(j, "s2.level", s->level, w->range ? 0 : w->level);
    if (w->end == PAGE_FAULT && !w->range && s->n && !pte_is_napot(w->pte))
        same(j, "s2.n of a fault", s->n, 0);
}

// A sub-entry marked valid must stand for the same as its own PTE (stage-1 half only).
static void compare_sub(struct judge *j, const struct sector_resp *s, unsigned s2xlate, uint64_t vpn,
                        unsigned k)
{
    struct truth t = walk(j->e, vpn, s2xlate);
    j->sub = (int)k;
    if (t.s1.g_fault && s2xlate == ALL_STAGE) {
        // Stage 2 of this table page is not part of the stage-1 half; nothing to compare.
        return;
    }
    compare_s1(j, s, &t, k, vpn, s2xlate == ALL_STAGE);
}

static void compare_subs(struct judge *j, const struct ptw_resp *resp, uint64_t vpn,
                         const struct truth *t)
{
    const struct sector_resp *s = &resp->s1;
    // A large page or a fault above level 0 covers all eight by itself, and so does a NAPOT page:
    // with entries that are not alike any of them may be used for the whole block (Svnapot).
    if (resp->s2xlate == ONLY_STAGE2 || t->s1.g_fault || t->s1.level > 0 ||
        t->s1.end == ACCESS_FAULT || (t->s1.end == PASS && pte_n(t->s1.pte)))
        return;
    for (unsigned k = 0; k < SECTOR; k++)
        if (bit(s->valididx, k) && k != (vpn & 7))
            compare_sub(j, s, resp->s2xlate, (vpn & ~UINT64_C(7)) | k, k);
}

// Table pages of the guest in a NAPOT block whose entries are not alike: the machine may have used
// any of them, and then read another table. Walks again, only after a complaint.
static bool block_is_mixed(const struct oracle_env *e, uint64_t gvpn)
{
    struct stage2 own = g_walk(e, gvpn);
    bool mixed = false, napot = false;
    if (own.range || own.level)
        return false;
    for (uint64_t i = 0; i < 16; i++) {
        struct stage2 o = g_walk(e, (gvpn & ~UINT64_C(15)) | i);
        napot = napot || (o.level == 0 && o.end == PASS && pte_n(o.pte));
        mixed = mixed || o.pte != own.pte;
    }
    return napot && mixed;
}

static bool tables_in_mixed_block(const struct oracle_env *e, uint64_t vpn)
{
    uint64_t table = e->csr->vsatp.ppn;
    for (unsigned level = e->csr->vsatp.mode == MODE_SV48 ? 3 : 2;; level--) {
        uint64_t gaddr = table << 12 | bits(vpn, 9 * level + 8, 9 * level) << 3, host;
        struct truth t = {.s1.end = NOT_REACHED};
        if (block_is_mixed(e, (gaddr >> 12) & mask64(44)))
            return true;
        if (level == 0 || !table_host(e, &t, gaddr, &host))
            return false;
        uint64_t pte = read_pte(e, host);
        if (!pte_is_next(pte))
            return false;
        table = pte_ppn(pte);
    }
}

bool oracle_check(const struct oracle_env *env, uint64_t vpn, const struct ptw_resp *resp,
                  struct oracle_report *report)
{
    struct judge j = {env, report, -1};
    const struct sector_resp *s = &resp->s1;
    unsigned kind = resp->s2xlate;
    report->count = 0;
    struct truth t = walk(env, vpn, kind);
    napot_s1(env, vpn, resp, &t);
    napot_s2(env, resp, &t);
    same(&j, "s1.tag", s->tag, (vpn & mask64(38)) >> 3);
    same(&j, "s1.addr_low", s->addr_low, vpn & 7);
    same(&j, "s1.pteidx", s->pteidx, 1u << (vpn & 7));
    same(&j, "s1.valididx of the page", bit(s->valididx, vpn & 7), 1);
    same(&j, "s1.asid", s->asid, kind == NO_S2XLATE ? env->csr->satp.id : env->csr->vsatp.id);
    same(&j, "s1.vmid", s->vmid, env->csr->hgatp.id & mask64(14));
    if (kind == ONLY_STAGE2) {
        same(&j, "s1.pf", s->pf, 0);
        same(&j, "s1.af", s->af, 0);
    } else {
        compare_s1(&j, s, &t, (unsigned)(vpn & 7), vpn, kind == ALL_STAGE);
    }
    if (kind == ONLY_STAGE2 || kind == ALL_STAGE)
        compare_s2(&j, &resp->s2, &t, t.s1.level);
    if (!report->count)
        compare_subs(&j, resp, vpn, &t);
    if (report->count && kind == ALL_STAGE && tables_in_mixed_block(env, vpn))
        report->count = 0;
    return report->count == 0;
}

void oracle_print(const struct oracle_report *report, FILE *out)
{
    for (unsigned i = 0; i < report->count; i++) {
        const struct oracle_complaint *c = &report->item[i];
        fprintf(out, "  %s", c->what);
        if (c->sub >= 0)
            fprintf(out, " of sub-entry %d", c->sub);
        fprintf(out, ": got %jx, the tables say %jx\n", (uintmax_t)c->got, (uintmax_t)c->expected);
    }
}

// --- tracker ------------------------------------------------------------------------------------

// Notes id -> (mode, root). True when the id was last seen with another mode or root.
static bool remember(struct oracle_class *c, const struct atp *atp, unsigned id_bits)
{
    uint16_t id = (uint16_t)(atp->id & mask64(id_bits));
    for (unsigned i = 0; i < ORACLE_IDS; i++) {
        struct oracle_id *o = &c->seen[i];
        if (o->valid && o->id == id) {
            bool other = o->mode != atp->mode || o->ppn != atp->ppn;
            o->mode = atp->mode;
            o->ppn = atp->ppn;
            return other;
        }
    }
    struct oracle_id *o = &c->seen[c->used++ % ORACLE_IDS];
    bool forgot = o->valid; // an older id is pushed out: be careful from now on
    *o = (struct oracle_id){id, atp->mode, true, atp->ppn};
    c->dirty_other |= forgot;
    return false;
}

// True when an id gets another mode or root than it had.
static bool class_csr(struct oracle_class *c, const struct atp *old, const struct atp *now,
                      unsigned id_bits)
{
    if (old->id == now->id && old->mode == now->mode && old->ppn == now->ppn)
        return false;
    if ((old->id ^ now->id) & mask64(id_bits))
        c->dirty = c->dirty_other;
    bool moved = remember(c, now, id_bits);
    if (moved)
        c->dirty = c->dirty_other = c->dirty_global = true;
    return moved;
}

static void class_clean(struct oracle_class *c, const struct atp *now, unsigned id_bits)
{
    *c = (struct oracle_class){0};
    remember(c, now, id_bits);
}

void oracle_track_init(struct oracle_track *t, const struct tlb_csr *csr)
{
    *t = (struct oracle_track){.csr = *csr, .csr_cycle = UINT64_MAX};
    class_clean(&t->host, &csr->satp, 16);
    class_clean(&t->vs, &csr->vsatp, 16);
    class_clean(&t->g, &csr->hgatp, 14);
}

void oracle_track_change(struct oracle_track *t)
{
    t->host.dirty = t->host.dirty_other = t->host.dirty_global = true;
    t->vs.dirty = t->vs.dirty_other = t->vs.dirty_global = true;
    t->g.dirty = t->g.dirty_other = true;
    t->bitmap_dirty = true;
}

void oracle_track_csr(struct oracle_track *t, const struct tlb_csr *csr, uint64_t cycle)
{
    const struct tlb_csr *old = &t->csr;
    const struct mbmc *m = &csr->mbmc, *om = &old->mbmc;
    t->csr_cycle = cycle;
    bool bitmap = m->bma != om->bma || m->bme != om->bme || m->keyiden != om->keyiden;
    bool dirty = t->bitmap_dirty || bitmap;
    if (old->m_pbmte != csr->m_pbmte || old->h_pbmte != csr->h_pbmte || old->mxr != csr->mxr ||
        m->cmode != om->cmode || bitmap)
        oracle_track_change(t);
    t->bitmap_dirty = dirty; // the others do not change what the bitmap says
    if (m->bclear)
        t->bitmap_dirty = false;
    class_csr(&t->host, &old->satp, &csr->satp, 16);
    class_csr(&t->vs, &old->vsatp, &csr->vsatp, 16);
    // The tables of the guest were read through the G stage as it was.
    if (class_csr(&t->g, &old->hgatp, &csr->hgatp, 14))
        t->vs.dirty = t->vs.dirty_other = t->vs.dirty_global = true;
    if ((old->hgatp.id ^ csr->hgatp.id) & mask64(14)) // VS entries belong to a VMID as well
        t->vs.dirty |= t->vs.dirty_other;
    t->csr = *csr;
}

// onlyStage1 and allStage share one class of entries. Software never mixes them under one hgatp:
// stage 2 is on or off.
void oracle_track_request(struct oracle_track *t, unsigned s2xlate)
{
    if (t->csr.hgatp.mode == MODE_BARE)
        return;
    t->vs_alone |= s2xlate == ONLY_STAGE1;
    t->vs_with_g |= s2xlate == ALL_STAGE;
}

void oracle_track_fence(struct oracle_track *t, const struct sfence *f)
{
    if (!f->rs1)
        return; // one address: cleans nothing as a whole
    if (f->hg) {
        bool was = t->g.dirty;
        if (f->rs2)
            class_clean(&t->g, &t->csr.hgatp, 14);
        else if (((f->id ^ t->csr.hgatp.id) & mask64(14)) == 0)
            t->g.dirty = false;
        // Tables of the guest that were read through stale G entries stay in the VS class.
        if (was && !t->g.dirty && t->vs_with_g)
            t->vs.dirty = t->vs.dirty_other = t->vs.dirty_global = true;
        return;
    }
    // sfence.vma with V=1 and hfence.vvma reach the VS stage of the current VMID (spec A 2.10).
    struct oracle_class *c = f->hv || t->csr.virt ? &t->vs : &t->host;
    const struct atp *atp = c == &t->vs ? &t->csr.vsatp : &t->csr.satp;
    if (f->rs2) {
        bool other = c == &t->vs && c->dirty_other; // other VMIDs keep theirs
        class_clean(c, atp, 16);
        c->dirty_other = other;
        if (c == &t->vs)
            t->vs_alone = t->vs_with_g = false;
    } else if (f->id == atp->id) {
        c->dirty = false;
    }
}

bool oracle_track_settled(const struct oracle_track *t, const struct l2tlb_cfg *cfg,
                          const struct ptw_resp *resp, uint64_t cycle)
{
    if (cycle == t->csr_cycle || (t->bitmap_dirty && t->csr.mbmc.bme))
        return false;
    const struct oracle_class *c = resp->s2xlate == NO_S2XLATE ? &t->host : &t->vs;
    bool reaches_others = cfg->rule.global_ignores_asid && c->used > 1;
    if ((reaches_others || c->dirty_global) && resp->s1.v && (resp->s1.perm & PERM_G))
        return false;
    switch (resp->s2xlate) {
    case NO_S2XLATE:
        return !t->host.dirty;
    case ONLY_STAGE1:
        return !t->vs.dirty && !(t->vs_with_g && t->csr.hgatp.mode != MODE_BARE);
    case ONLY_STAGE2:
        return !t->g.dirty;
    default:
        return !t->vs.dirty && !t->g.dirty && !t->vs_alone;
    }
}
