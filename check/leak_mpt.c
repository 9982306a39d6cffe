// SPDX-License-Identifier: MulanPSL-2.0
#include "check/leak_mpt.h"

const char *const mpt_rule_name[MPT_RULES] = {"gives", "around", "reads", "withholds"};
const char *const mpt_rule_text[MPT_RULES] = {
    "an answer gives a right that the table does not",
    "an answer says that pages around have its rights, and one lacks some",
    "a walker read a page table that the domain may not read",
    "an answer withholds a right that the table gives",
};

// --- lookup -------------------------------------------------------------------------------------

// Bits of a pointer that the hardware does not look at: N, and the page number above 36 bits (spec E 1.2.3).
static uint64_t read_entry(void *ctx, uint64_t addr, unsigned size)
{
    const struct oracle_env *e = ctx;
    uint64_t entry = e->read(e->ctx, addr & mask64(48));
    (void)size;
    return entry & 2 ? entry : entry & ~(mask64(12) << 46 | UINT64_C(1) << 63);
}

static unsigned entry_check(void *ctx, uint64_t addr, unsigned use)
{
    const struct oracle_env *e = ctx;
    (void)use;
    if (addr >> 48)
        return WALK_NO_MEMORY;
    struct pmp_verdict v = pmp_check(e->pmp, e->cfg, addr, pmp_env_of(e->csr));
    return v.ld ? WALK_DENIED : v.mmio ? WALK_NOT_CACHEABLE : WALK_LEAF;
}

bool oracle_has_mpt(const struct oracle_env *e)
{
    return e->cfg->has_mpt && e->csr->mmpt.mode;
}

void oracle_mpt(const struct oracle_env *e, uint64_t page, struct smmpt_result *r)
{
    const struct mmpt *c = &e->csr->mmpt;
    const struct smmpt m = {.mode = c->mode == 2 ? SMMPT_52 : SMMPT_43, .root = (c->ppn & mask64(36)) << 12};
    const struct walk_mem mem = {(void *)(uintptr_t)e, read_entry, entry_check};
    smmpt_lookup(&m, &mem, (page & mask64(36)) << 12, r);
}

bool oracle_mpt_reads(const struct oracle_env *e, uint64_t page)
{
    struct smmpt_result r;
    if (!mpt_checks_tables(e->cfg, e->csr))
        return true;
    oracle_mpt(e, page, &r);
    return smmpt_verdict(&r, USE_TABLE_READ, false) == WALK_LEAF;
}

bool oracle_resp_faults(const struct ptw_resp *r)
{
    bool two = r->s2xlate > ONLY_STAGE1, one = r->s2xlate != ONLY_STAGE2;
    return (one && (r->s1.pf || r->s1.af)) || (two && (r->s2.gpf || r->s2.gaf));
}

// Spec E 1.3.1.
uint64_t oracle_final_page(const struct ptw_resp *r)
{
    const struct sector_resp *s = &r->s1;
    if (r->s2xlate > ONLY_STAGE1)
        return gen_ppn_s2(&r->s2, r->s2.tag) & mask64(36);
    uint64_t ppn = s->ppn << 3 | s->ppn_low[s->addr_low];
    return leaf_ppn(ppn, s->tag << 3 | s->addr_low, s->level, s->n) & mask64(36);
}

// --- judging ------------------------------------------------------------------------------------

struct judge {
    const struct oracle_env *env;
    struct mpt_leak_counts *counts;
    uint64_t vpn;
    void (*on_finding)(const struct mpt_finding *f, void *ctx);
    void *ctx;
};

static void found(const struct judge *j, enum mpt_rule rule, uint64_t page, unsigned given, unsigned due)
{
    const struct mpt_finding f = {rule, j->vpn, page, (uint8_t)given, (uint8_t)due};
    j->counts->found[rule]++;
    if (j->on_finding)
        j->on_finding(&f, j->ctx);
}

static unsigned due_of(const struct judge *j, uint64_t page)
{
    struct smmpt_result r;
    oracle_mpt(j->env, page, &r);
    return r.reason == WALK_LEAF ? r.rights : 0;
}

// The pages that L1 may keep the rights for (spec E 2.8 rule 3): sixteen, or eight of them; above level 0 one
// right stands for all. The first that lacks one counts.
static void around(const struct judge *j, const struct mpt_perm *p, uint64_t page)
{
    uint64_t n = p->level ? 1 : p->napot ? 16 : p->contiguous ? 8 : 1;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t other = (page & ~(n - 1)) | i;
        unsigned due = due_of(j, other);
        if (other == page || !(p->right & ~due))
            continue;
        found(j, MPT_AROUND, other, p->right, due);
        return;
    }
}

void leak_mpt_answer(const struct oracle_env *env, const struct oracle_track *track, uint64_t vpn,
                     const struct ptw_resp *resp, struct oracle_span when, struct mpt_leak_counts *counts,
                     void (*on_finding)(const struct mpt_finding *f, void *ctx), void *ctx)
{
    const struct judge j = {env, counts, vpn, on_finding, ctx};
    if (!oracle_has_mpt(env) || oracle_resp_faults(resp))
        return;
    enum oracle_reason why = oracle_track_mpt_reason(track, when);
    counts->unsettled[why] += why != ORACLE_KNOWN;
    if (why != ORACLE_KNOWN)
        return;
    const struct mpt_perm *p = &resp->mpt;
    uint64_t page = oracle_final_page(resp);
    unsigned given = p->access_fault ? 0 : p->right, due = due_of(&j, page);
    counts->answers++;
    counts->refused += !due && !given;
    if (given & ~due)
        found(&j, MPT_GIVES, page, given, due);
    else if (due & ~given)
        found(&j, MPT_WITHHOLDS, page, given, due);
    else if (given)
        around(&j, p, page);
}

void leak_mpt_line(const struct oracle_env *env, const struct oracle_track *track, uint64_t addr,
                   struct mpt_leak_counts *counts,
                   void (*on_finding)(const struct mpt_finding *f, void *ctx), void *ctx)
{
    const struct judge j = {env, counts, 0, on_finding, ctx};
    if (!oracle_has_mpt(env))
        return;
    if (!oracle_track_mpt_settled(track)) {
        counts->unsettled_lines++;
        return;
    }
    counts->lines++;
    if (!oracle_mpt_reads(env, addr >> 12))
        found(&j, MPT_READS, addr >> 12, SMMPT_R, due_of(&j, addr >> 12));
}

static uint64_t sum(const struct mpt_leak_counts *c, unsigned first, unsigned end)
{
    uint64_t n = 0;
    for (unsigned i = first; i < end; i++)
        n += c->found[i];
    return n;
}

uint64_t leak_mpt_total(const struct mpt_leak_counts *c)
{
    return sum(c, 0, MPT_FIRST_DENIAL);
}

uint64_t leak_mpt_needless(const struct mpt_leak_counts *c)
{
    return sum(c, MPT_FIRST_DENIAL, MPT_RULES);
}
