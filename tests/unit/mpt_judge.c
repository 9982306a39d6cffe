// SPDX-License-Identifier: MulanPSL-2.0
#include "tests/unit/mpt_judge.h"

static bool denied(const struct oracle_env *env, uint64_t table)
{
    struct pmp_env who = pmp_env_of(env->csr);
    who.cmode = true; // no bitmap in these builds
    struct pmp_verdict v = pmp_check(env->pmp, env->cfg, table << 12, who);
    return v.ld || v.mmio;
}

static bool malformed(uint64_t entry, unsigned level)
{
    bool leaf = entry & 2;
    return !(entry & 1) || bits(entry, 9, 2) || bits(entry, 62, 58) || (!leaf && level == 0);
}

// Do n rights from number `first` on equal each other?
static bool equal(uint64_t rights, unsigned first, unsigned n)
{
    for (unsigned k = first; k < first + n; k++)
        if ((rights >> 3 * k & 7) != (rights >> 3 * first & 7))
            return false;
    return true;
}

static struct mpt_perm of_leaf(uint64_t entry, unsigned level, uint64_t page)
{
    uint64_t rights = bits(entry, 57, 10);
    unsigned k = (unsigned)bits(page, 9 * level + 3, 9 * level);
    uint8_t right = rights >> 3 * k & 7;
    if (right == 2 || right == 6)
        return (struct mpt_perm){.access_fault = true};
    return (struct mpt_perm){.right = right,
                             .level = (uint8_t)level,
                             .contiguous = level == 0 && equal(rights, k & 8, 8),
                             .napot = level == 0 && equal(rights, 0, 16)};
}

struct mpt_perm mpt_expected(const struct oracle_env *env, uint64_t page)
{
    const struct mmpt *m = &env->csr->mmpt;
    const struct mpt_perm fault = {.access_fault = true};
    if (m->mode == 0)
        return (struct mpt_perm){.right = 7, .level = 3, .contiguous = true, .napot = true};
    if (m->mode == 1 && page >> 31)
        return fault;
    uint64_t table = m->ppn & mask64(36);
    for (unsigned level = m->mode == 2 ? 3 : 2;; level--) {
        unsigned low = 4 + 9 * level, high = level == 3 ? 35 : low + 8;
        if (denied(env, table))
            return fault;
        uint64_t entry = env->read(env->ctx, table << 12 | bits(page, high, low) << 3);
        if (malformed(entry, level))
            return fault;
        if (entry & 2)
            return of_leaf(entry, level, page);
        table = bits(entry, 45, 10);
    }
}

// The page that an answer leads to.
static uint64_t final_page(const struct ptw_resp *r)
{
    const struct sector_resp *s = &r->s1;
    if (r->s2xlate >= ONLY_STAGE2)
        return gen_ppn_s2(&r->s2, r->s2.tag) & mask64(36);
    return leaf_ppn(s->ppn << 3 | s->ppn_low[s->addr_low], s->tag << 3 | s->addr_low, s->level, s->n) & mask64(36);
}

bool mpt_answer_right(const struct oracle_env *env, const struct ptw_resp *r)
{
    const struct mpt_perm *got = &r->mpt;
    bool second = r->s2xlate >= ONLY_STAGE2 && (r->s2.gpf || r->s2.gaf);
    if (!got->mpt_only && (r->s1.af || r->s1.pf || second))
        return true;
    struct mpt_perm want = mpt_expected(env, got->mpt_only ? r->s1.tag << 3 | r->s1.addr_low : final_page(r));
    if (want.access_fault || got->access_fault)
        return want.access_fault && got->access_fault && got->right == 0;
    return got->right == want.right && got->level == want.level && got->contiguous == want.contiguous &&
           got->napot == want.napot;
}

bool mpt_table_allowed(const struct oracle_env *env, uint64_t page)
{
    struct mpt_perm p = mpt_expected(env, page);
    return env->csr->mmpt.opt_out_in_node || (!p.access_fault && (p.right & 1));
}
