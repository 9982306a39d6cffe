// SPDX-License-Identifier: MulanPSL-2.0
// The comparison of an answer with the walks that could have given it.
#include "check/oracle.h"

#include "check/leak_mpt.h"
#include "check/oracle_walk.h"

// --- comparison ---------------------------------------------------------------------------------

struct judge {
    const struct oracle_env *e;
    struct oracle_report *r;
    int sub;
};

// Answers are cut to 4 KiB while the bitmap is on (spec A 1.11, revision 2026-03).
static bool cut(const struct oracle_env *e)
{
    return e->cfg->rule.cut_answers_to_4k && bitmap_enabled(e->cfg, e->csr);
}

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
    same(j, "s1.ppn", s1_ppn(s, k), small ? oracle_s1_page(w->pte, vpn, w->level) : ppn);
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
    same(j, "s2.ppn", s->ppn, small ? oracle_g_page(t, t->gvpn) & mask64(36) : ppn);
}

// A NAPOT entry answers for its whole 64-KiB block. Where the block's PTEs are not alike, any of them
// may be used (Svnapot), so the answer is measured against the one that matches it.
static void napot_s1(struct oracle_walk *w, uint64_t vpn, const struct ptw_resp *resp,
                     struct truth *t)
{
    const struct sector_resp *s = &resp->s1;
    bool small = cut(w->env) && resp->s2xlate != ALL_STAGE; // n is gone, the page is left
    if (resp->s2xlate == ONLY_STAGE2 || !(s->n || small) || s->level || s->pf || t->s1.level ||
        (s->af && !small))
        return;
    for (uint64_t i = 0; i < 16; i++) {
        struct stage1 o = oracle_walk(w, (vpn & ~UINT64_C(15)) | i, resp->s2xlate).s1;
        if (o.level != 0 || o.g_fault || !pte_is_napot(o.pte))
            continue;
        o.end = oracle_judge_pte(w, o.pte, 0, resp->s2xlate, vpn);
        uint64_t ppn = small ? oracle_s1_page(o.pte, vpn, 0) : pte_ppn(o.pte);
        if (o.end == (s->af ? ACCESS_FAULT : PASS) && pte_perm(o.pte) == s->perm &&
            pte_pbmt(o.pte) == s->pbmt && ppn == s1_ppn(s, (unsigned)(vpn & 7))) {
            t->s1 = o;
            if (resp->s2xlate == ALL_STAGE)
                t->s2 = oracle_walk_g(w, oracle_s1_page(o.pte, vpn, 0), USE_G);
            return;
        }
    }
}

static void napot_s2(struct oracle_walk *w, const struct ptw_resp *resp, struct truth *t)
{
    const struct hptw_resp *s = &resp->s2;
    enum oracle_stage stage = t->s1.g_fault ? USE_G_FOR_VS : USE_G;
    bool small = cut(w->env);
    if (resp->s2xlate < ONLY_STAGE2 || !(s->n || small) || s->level || s->gpf ||
        (s->gaf && !small) || t->s2.range || t->s2.level)
        return;
    uint64_t gvpn = t->s2.gvpn;
    unsigned care = g_perm_care(w->env);
    for (uint64_t i = 0; i < 16; i++) {
        struct stage2 o = oracle_walk_g(w, (gvpn & ~UINT64_C(15)) | i, stage);
        if (o.level != 0 || o.range || o.end == PAGE_FAULT || !pte_is_napot(o.pte))
            continue;
        uint64_t page = oracle_g_page(&o, gvpn) & mask64(36);
        o.end = pte_is_af(o.pte) || oracle_secure(w, page, stage) ? ACCESS_FAULT : PASS;
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

// Table pages of the guest in a NAPOT block whose entries are not alike: the machine may have used
// any of them, and then read another table. Walks again, only after a complaint.
static bool block_is_mixed(struct oracle_walk *w, uint64_t gvpn)
{
    struct stage2 own = oracle_walk_g(w, gvpn, USE_G_FOR_VS);
    bool mixed = false, napot = false;
    if (own.range || own.level)
        return false;
    for (uint64_t i = 0; i < 16; i++) {
        struct stage2 o = oracle_walk_g(w, (gvpn & ~UINT64_C(15)) | i, USE_G_FOR_VS);
        napot = napot || (o.level == 0 && o.end == PASS && pte_n(o.pte));
        mixed = mixed || o.pte != own.pte;
    }
    return napot && mixed;
}

static bool tables_in_mixed_block(struct oracle_walk *w, uint64_t vpn)
{
    const struct atp *vsatp = &w->env->csr->vsatp;
    uint64_t table = vsatp->ppn;
    for (unsigned level = vsatp->mode == MODE_SV48 ? 3 : 2;; level--) {
        uint64_t gaddr = table << 12 | bits(vpn, 9 * level + 8, 9 * level) << 3, host;
        const struct oracle_use u = {.stage = USE_VS, .level = (uint8_t)level, .page = vpn};
        struct truth t = {.s1.end = NOT_REACHED};
        if (block_is_mixed(w, (gaddr >> 12) & mask64(44)))
            return true;
        if (level == 0 || !oracle_table_host(w, &t, level, gaddr, &host))
            return false;
        uint64_t pte = oracle_table_entry(w, host, &u);
        if (!pte_is_next(pte))
            return false;
        table = pte_ppn(pte);
    }
}

// --- the search for an explanation --------------------------------------------------------------

enum { ROOTS = 64 }; // roots of other ASIDs that are tried

// Is there a walk that gives the requested page of an answer (sub < 0) or one of its sub-entries?
struct question {
    const struct oracle_env *env;
    const struct oracle_track *track;
    uint64_t vpn;
    const struct ptw_resp *resp;
    int sub;
    struct oracle_report report; // of the first walk
    struct truth truth;          // the walk that gives it
    unsigned roots;
    bool found, stale, missing;  // missing: there are more walks than were made
};

// Rights by the MPT (spec E 1.2.5): those of the page that the answer gives, whatever else is wrong with it. A
// faulty entry has none.
static void compare_mpt(struct judge *j, const struct ptw_resp *r)
{
    struct smmpt_result t;
    if (!oracle_has_mpt(j->e) || oracle_resp_faults(r))
        return;
    oracle_mpt(j->e, oracle_final_page(r), &t);
    bool fine = t.reason == WALK_LEAF;
    same(j, "mpt.access_fault", r->mpt.access_fault, !fine);
    if (!fine || r->mpt.access_fault)
        return;
    same(j, "mpt.right", r->mpt.right, t.rights);
    same(j, "mpt.level", r->mpt.level, t.level);
    same(j, "mpt.napot", r->mpt.napot, t.level == 0 && t.shift > 12);
}

static void compare_page(struct judge *j, const struct question *q, const struct truth *t)
{
    const struct sector_resp *s = &q->resp->s1;
    const struct tlb_csr *csr = q->env->csr;
    unsigned kind = q->resp->s2xlate, k = (unsigned)(q->vpn & 7);
    same(j, "s1.tag", s->tag, (q->vpn & mask64(38)) >> 3);
    same(j, "s1.addr_low", s->addr_low, k);
    same(j, "s1.pteidx", s->pteidx, 1u << k);
    same(j, "s1.valididx of the page", bit(s->valididx, k), 1);
    same(j, "s1.asid", s->asid, kind == NO_S2XLATE ? csr->satp.id : csr->vsatp.id);
    same(j, "s1.vmid", s->vmid, csr->hgatp.id & mask64(14));
    if (kind == ONLY_STAGE2) {
        same(j, "s1.pf", s->pf, 0);
        same(j, "s1.af", s->af, 0);
    } else {
        compare_s1(j, s, t, k, q->vpn, kind == ALL_STAGE);
    }
    if (kind == ONLY_STAGE2 || kind == ALL_STAGE)
        compare_s2(j, &q->resp->s2, t, t->s1.level);
    compare_mpt(j, q->resp);
}

// One walk. A sub-entry marked valid must stand for the same as its own PTE (stage-1 half only).
static void try_walk(struct question *q, struct oracle_walk *w, struct oracle_report *report)
{
    struct judge j = {q->env, report, q->sub};
    unsigned kind = q->resp->s2xlate;
    uint64_t vpn = q->sub < 0 ? q->vpn : (q->vpn & ~UINT64_C(7)) | (unsigned)q->sub;
    struct truth t = oracle_walk(w, vpn, kind);
    report->count = 0;
    if (q->sub < 0) {
        napot_s1(w, vpn, q->resp, &t);
        napot_s2(w, q->resp, &t);
        compare_page(&j, q, &t);
    } else if (!t.s1.g_fault) { // stage 2 of a table page is not part of the stage-1 half
        compare_s1(&j, &q->resp->s1, &t, (unsigned)q->sub, vpn, kind == ALL_STAGE);
    }
    if (report->count && kind == ALL_STAGE && tables_in_mixed_block(w, q->vpn))
        report->count = 0;
    q->truth = t;
}

// Every mixture of values, until one explains the answer.
static void try_walks(struct question *q, struct oracle_walk *w)
{
    struct oracle_report report;
    oracle_first_walk(w);
    do {
        try_walk(q, w, &report);
        if (w->walks == 1 && !w->has_root)
            q->report = report;
        // Tables of another ASID count for what they hold of global mappings.
        q->found = !report.count && (!w->has_root || q->truth.s1.global);
        q->stale |= q->found && oracle_walk_is_stale(w);
    } while (!q->found && oracle_next_walk(w));
    q->missing |= w->some_missing;
}

static bool try_root(void *ctx, uint64_t root)
{
    struct question *q = ctx;
    struct oracle_walk w = {.env = q->env, .track = q->track, .root = root, .has_root = true};
    if (q->roots++ == ROOTS) {
        q->missing = true;
        return false;
    }
    try_walks(q, &w);
    return !q->found;
}

static bool explained(struct question *q, int sub)
{
    struct oracle_walk w = {.env = q->env, .track = q->track};
    unsigned kind = q->resp->s2xlate;
    q->sub = sub;
    q->found = false;
    try_walks(q, &w);
    if (!q->found && q->track && kind != ONLY_STAGE2)
        oracle_track_roots(q->track, kind == NO_S2XLATE ? USE_HOST : USE_VS,
                           q->env->cfg->rule.global_ignores_asid, try_root, q);
    return q->found;
}

// The requested page, then the sub-entries. A large page or a fault above level 0 covers all eight by
// itself, and so does a NAPOT page: with entries that are not alike any of them may be used (Svnapot).
static bool all_explained(struct question *q)
{
    if (!explained(q, -1))
        return false;
    const struct stage1 t = q->truth.s1;
    if (q->resp->s2xlate == ONLY_STAGE2 || t.g_fault || t.level > 0 || t.end == ACCESS_FAULT ||
        (t.end == PASS && pte_n(t.pte)))
        return true;
    for (int k = 0; k < SECTOR; k++)
        if (bit(q->resp->s1.valididx, (unsigned)k) && (unsigned)k != (q->vpn & 7) && !explained(q, k))
            return false;
    return true;
}

bool oracle_check(const struct oracle_env *env, uint64_t vpn, const struct ptw_resp *resp,
                  struct oracle_report *report)
{
    struct question q = {.env = env, .vpn = vpn, .resp = resp};
    bool good = all_explained(&q);
    *report = q.report;
    return good;
}

enum oracle_verdict oracle_judge(const struct oracle_env *env, const struct oracle_track *track,
                                 uint64_t vpn, const struct ptw_resp *resp,
                                 struct oracle_span when, struct oracle_report *report,
                                 enum oracle_reason *why)
{
    struct question q = {.env = env, .track = track, .vpn = vpn, .resp = resp};
    report->count = 0;
    *why = oracle_track_reason(track, resp, when);
    if (*why != ORACLE_KNOWN)
        return ORACLE_OPEN;
    if (all_explained(&q))
        return q.stale ? ORACLE_STALE : ORACLE_RIGHT;
    *report = q.report;
    if (!q.missing)
        return ORACLE_WRONG;
    *why = ORACLE_VERSIONS;
    return ORACLE_OPEN;
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
