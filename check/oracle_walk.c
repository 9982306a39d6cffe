// SPDX-License-Identifier: MulanPSL-2.0
#include "check/oracle_walk.h"

#include "check/leak_mpt.h"

// --- choices ------------------------------------------------------------------------------------

void oracle_first_walk(struct oracle_walk *w)
{
    w->walks = 1;
    w->used = w->known = 0;
}

bool oracle_next_walk(struct oracle_walk *w)
{
    w->known = w->used;
    while (w->known && w->choice[w->known - 1].at + 1 == w->choice[w->known - 1].of)
        w->known--;
    if (!w->known)
        return false;
    if (w->walks == WALKS) {
        w->some_missing = true;
        return false;
    }
    w->choice[w->known - 1].at++;
    w->walks++;
    w->used = 0;
    return true;
}

bool oracle_walk_is_stale(const struct oracle_walk *w)
{
    bool stale = w->has_root;
    for (unsigned i = 0; i < w->used; i++)
        stale |= w->choice[i].at > 0;
    return stale;
}

// Which of n values of `key` does this walk take? The same one wherever it makes the same entry.
static unsigned choose(struct oracle_walk *w, uint64_t key, const struct oracle_use *u, unsigned n)
{
    uint64_t page = u->page >> 9 * u->level;
    uint8_t table = u->stage == USE_G_FOR_VS ? w->table : 0;
    if (n == 1)
        return 0;
    for (unsigned i = 0; i < w->used; i++) {
        const struct oracle_choice *c = &w->choice[i];
        if (c->key == key && c->page == page && c->stage == u->stage && c->level == u->level &&
            c->table == table)
            return c->at;
    }
    if (w->used == CHOICES) {
        w->some_missing = true;
        return 0;
    }
    if (w->used == w->known)
        w->choice[w->known++] = (struct oracle_choice){
            .key = key, .page = page, .stage = u->stage, .level = u->level, .table = table,
            .of = (uint8_t)n};
    return w->choice[w->used++].at;
}

static uint64_t value_of(struct oracle_walk *w, uint64_t key, const struct oracle_use *u,
                         uint64_t current)
{
    uint64_t value[ORACLE_VALUES];
    bool all = true;
    if (!w->track)
        return current;
    unsigned n = oracle_track_values(w->track, key, u, current, value, &all);
    if (!all)
        w->some_missing = true;
    return value[choose(w, key, u, n)];
}

static bool switch_of(struct oracle_walk *w, enum oracle_register r, unsigned stage, bool current)
{
    const struct oracle_use u = {.stage = (uint8_t)stage};
    return w->track ? value_of(w, oracle_register_key(w->track, r, stage), &u, current) : current;
}

// --- memory -------------------------------------------------------------------------------------

static bool refused(const struct oracle_env *e, uint64_t addr, struct pmp_env env)
{
    struct pmp_verdict v = pmp_check(e->pmp, e->cfg, addr, env);
    return v.ld || v.mmio;
}

// A table page, by PMP, PMA or the MPT (spec E 2.1).
static bool denied(const struct oracle_env *e, uint64_t addr)
{
    return refused(e, addr, pmp_env_of(e->csr)) || !oracle_mpt_reads(e, addr >> 12);
}

static uint64_t read_now(const struct oracle_env *e, uint64_t addr)
{
    return e->read(e->ctx, addr & mask64(48));
}

uint64_t oracle_table_entry(struct oracle_walk *w, uint64_t host, const struct oracle_use *u)
{
    uint64_t addr = host & mask64(48);
    return value_of(w, addr & ~UINT64_C(7), u, read_now(w->env, addr));
}

static uint64_t table_addr(uint64_t ppn, uint64_t index)
{
    return ((ppn << 12) | (index << 3)) & mask64(48);
}

static bool bitmap_bit(struct oracle_walk *w, uint64_t addr, uint64_t page, unsigned stage)
{
    uint64_t value[ORACLE_VALUES], now = read_now(w->env, addr);
    const struct oracle_use u = {.stage = (uint8_t)stage, .page = page};
    bool all = true, is = bit(now, (unsigned)(page & 63)), other = false;
    if (!w->track)
        return is;
    unsigned n = oracle_track_bitmap(w->track, addr, stage, now, value, &all);
    for (unsigned i = 1; i < n; i++)
        other |= bit(value[i], (unsigned)(page & 63)) != is;
    w->some_missing |= !all;
    return is ^ choose(w, addr, &u, other ? 2 : 1);
}

bool oracle_secure(struct oracle_walk *w, uint64_t ppn, enum oracle_stage stage)
{
    const struct oracle_env *e = w->env;
    if (!bitmap_enabled(e->cfg, e->csr))
        return false;
    // 2026-03 drops the key bits only where KEYIDEN says that there are some (spec D 4B.2).
    bool keys = !e->cfg->rule.keyiden_csr || e->csr->mbmc.keyiden;
    uint64_t p = ppn & mask64(keys ? 36 - e->cfg->keyid_bits : 36);
    uint64_t word = ((e->csr->mbmc.bma << 6) + (p >> 6 << 3)) & mask64(48);
    return refused(e, word, pmp_env_of_bitmap(e->cfg, e->csr)) || bitmap_bit(w, word, p, stage);
}

// --- stage 2 ------------------------------------------------------------------------------------

static uint64_t root_of(struct oracle_walk *w, const struct atp *atp, unsigned stage)
{
    const struct oracle_use u = {.stage = (uint8_t)stage};
    uint64_t now = oracle_root(atp);
    if (w->has_root && stage != USE_G && stage != USE_G_FOR_VS)
        return w->root & mask64(44);
    if (!w->track)
        return now & mask64(44);
    // A root of another mode is bare here, and no table was read through it (ORACLE_MODE, ORACLE_MIXED).
    uint64_t root = value_of(w, oracle_register_key(w->track, REGISTER_ROOT, stage), &u, now);
    return (root >> 60 == now >> 60 ? root : now) & mask64(44);
}

static uint64_t g_root(struct oracle_walk *w, uint64_t gvpn, unsigned stage)
{
    const struct oracle_env *e = w->env;
    bool sv48 = e->csr->hgatp.mode == MODE_SV48;
    uint64_t index = sv48 ? bits(gvpn, 37, 27) : bits(gvpn, 28, 18);
    uint64_t root = (root_of(w, &e->csr->hgatp, stage) & mask64(36)) << 12;
    // hgatp's two low page-number bits are 0 in a correct system; spec B 3.2 says what happens else.
    return (e->cfg->rule.hptw_root_or ? root | index << 3 : root + (index << 3)) & mask64(48);
}

uint64_t oracle_g_page(const struct stage2 *s, uint64_t gvpn)
{
    return leaf_ppn(pte_ppn(s->pte), gvpn, s->level, s->level == 0 && pte_n(s->pte));
}

// What PBMTE is matters to entries with PBMT only.
static bool pbmte(struct oracle_walk *w, uint64_t pte, bool guest, unsigned stage)
{
    bool now = guest ? w->env->csr->h_pbmte : w->env->csr->m_pbmte;
    return pte_pbmt(pte) ? switch_of(w, guest ? REGISTER_H_PBMTE : REGISTER_M_PBMTE, stage, now) : now;
}

struct stage2 oracle_walk_g(struct oracle_walk *w, uint64_t gvpn, enum oracle_stage stage)
{
    const struct oracle_env *e = w->env;
    struct stage2 s = {.end = NOT_REACHED, .gvpn = gvpn};
    struct oracle_use u = {.stage = (uint8_t)stage, .page = gvpn};
    if (gpn_out_of_range(gvpn, e->csr->hgatp.mode)) {
        s.end = PAGE_FAULT;
        s.range = true;
        return s;
    }
    unsigned level = e->csr->hgatp.mode == MODE_SV48 ? 3 : 2;
    uint64_t addr = g_root(w, gvpn, stage);
    for (;; level--) {
        s.level = level;
        u.level = (uint8_t)level;
        if (denied(e, addr)) {
            s.end = ACCESS_FAULT;
            return s;
        }
        s.pte = oracle_table_entry(w, addr, &u);
        if (pte_is_gpf(s.pte, level, pbmte(w, s.pte, false, stage)) ||
            (level == 0 && !pte_is_leaf(s.pte)))
            s.end = PAGE_FAULT;
        else if (pte_is_af(s.pte))
            s.end = ACCESS_FAULT;
        else if (pte_is_leaf(s.pte))
            s.end = oracle_secure(w, oracle_g_page(&s, gvpn), stage) ? ACCESS_FAULT : PASS;
        if (s.end != NOT_REACHED)
            return s;
        addr = table_addr(pte_ppn(s.pte), bits(gvpn, 9 * level - 1, 9 * level - 9));
    }
}

// --- stage 1 ------------------------------------------------------------------------------------

static bool readable(struct oracle_walk *w, uint64_t pte)
{
    const struct oracle_env *e = w->env;
    if ((pte & PTE_R) || !(pte & PTE_X) || e->cfg->rule.gstage_ignores_mxr)
        return pte & PTE_R;
    return switch_of(w, REGISTER_MXR, USE_G_FOR_VS, e->csr->mxr);
}

bool oracle_table_host(struct oracle_walk *w, struct truth *t, unsigned level, uint64_t gaddr,
                       uint64_t *host)
{
    uint64_t gvpn = (gaddr >> 12) & mask64(44);
    uint64_t last = t->s2.gvpn;
    w->table = (uint8_t)level;
    t->s2 = oracle_walk_g(w, gvpn, USE_G_FOR_VS);
    t->s2.table_gvpn = last;
    // A table page must be readable (spec B 1.3 rule 6, 2.4 rule 8).
    if (t->s2.end == PASS && !readable(w, t->s2.pte))
        t->s2.end = PAGE_FAULT;
    t->s1.g_fault = t->s2.end != PASS;
    *host = (oracle_g_page(&t->s2, gvpn) << 12 | (gaddr & mask64(12))) & mask64(48);
    return t->s2.end == PASS;
}

uint64_t oracle_s1_page(uint64_t pte, uint64_t vpn, unsigned level)
{
    return leaf_ppn(pte_ppn(pte), vpn, level, level == 0 && pte_n(pte));
}

enum outcome oracle_judge_pte(struct oracle_walk *w, uint64_t pte, unsigned level, unsigned s2xlate,
                              uint64_t vpn)
{
    bool guest = s2xlate != NO_S2XLATE;
    unsigned stage = guest ? USE_VS : USE_HOST;
    if (pte_is_pf(pte, level, pbmte(w, pte, guest, stage)) || (level == 0 && !pte_is_leaf(pte)))
        return PAGE_FAULT;
    if (s2xlate != ALL_STAGE && pte_is_af(pte))
        return ACCESS_FAULT;
    if (!pte_is_leaf(pte))
        return NOT_REACHED;
    return s2xlate != ALL_STAGE && oracle_secure(w, oracle_s1_page(pte, vpn, level), stage)
               ? ACCESS_FAULT
               : PASS;
}

static struct truth walk_s1(struct oracle_walk *w, uint64_t vpn, unsigned s2xlate)
{
    struct truth t = {.s1.end = NOT_REACHED, .s2.end = NOT_REACHED};
    const struct oracle_env *e = w->env;
    const struct atp *atp = s2xlate == NO_S2XLATE ? &e->csr->satp : &e->csr->vsatp;
    struct oracle_use u = {.stage = s2xlate == NO_S2XLATE ? USE_HOST : USE_VS, .page = vpn};
    unsigned level = (w->has_root ? w->root >> 60 : atp->mode) == MODE_SV48 ? 3 : 2;
    t.s1.table_ppn = root_of(w, atp, u.stage);
    for (;; level--) {
        uint64_t index = bits(vpn, 9 * level + 8, 9 * level), addr;
        t.s1.level = level;
        if (s2xlate != ALL_STAGE)
            addr = table_addr(t.s1.table_ppn, index);
        else if (!oracle_table_host(w, &t, level, t.s1.table_ppn << 12 | index << 3, &addr))
            return t;
        if (denied(e, addr)) {
            t.s1.end = ACCESS_FAULT;
            return t;
        }
        u.level = (uint8_t)level;
        u.global = t.s1.global || w->has_root; // of another ASID: only a fence of all reaches it
        t.s1.pte = oracle_table_entry(w, addr, &u);
        t.s1.global |= pte_v(t.s1.pte) && (t.s1.pte & PTE_G);
        t.s1.end = oracle_judge_pte(w, t.s1.pte, level, s2xlate, vpn);
        if (t.s1.end != NOT_REACHED)
            return t;
        t.s1.table_ppn = pte_ppn(t.s1.pte);
        t.s1.parent_level = level;
        t.s1.has_parent = true;
    }
}

struct truth oracle_walk(struct oracle_walk *w, uint64_t vpn, unsigned s2xlate)
{
    if (s2xlate == ONLY_STAGE2)
        return (struct truth){.s1.end = NOT_REACHED, .s2 = oracle_walk_g(w, vpn, USE_G)};
    struct truth t = walk_s1(w, vpn, s2xlate);
    if (s2xlate != ALL_STAGE || t.s1.end != PASS)
        return t;
    uint64_t last = t.s2.gvpn;
    t.s2 = oracle_walk_g(w, oracle_s1_page(t.s1.pte, vpn, t.s1.level), USE_G);
    t.s2.table_gvpn = last;
    return t;
}
