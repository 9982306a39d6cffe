// SPDX-License-Identifier: MulanPSL-2.0
#include "check/leak.h"

#include <string.h>

const char *const leak_rule_name[LEAK_RULES] = {"requested", "neighbour",        "superpage",
                                                "napot",     "denied_requested", "denied_neighbour"};
const char *const leak_rule_text[LEAK_RULES] = {
    "the requested page is secure and was answered as allowed",
    "a sub-entry marked valid names a secure page",
    "an answered superpage contains a secure page",
    "an answered 64-KiB region contains a secure page",
    "an allowed page was refused",
    "an access fault was handed out for an allowed sub-entry",
};

struct leak_ctx {
    const struct oracle_env *env;
    struct leak_counts *counts;
    uint64_t vpn;
    void (*on_finding)(const struct leak_finding *f, void *ctx);
    void *ctx;
};

static uint64_t word_of(const struct oracle_env *e, uint64_t page)
{
    uint64_t p = page & mask64(36 - e->cfg->keyid_bits);
    return e->read(e->ctx, ((e->csr->mbmc.bma << 6) + (p >> 6 << 3)) & mask64(48));
}

static bool secure(const struct oracle_env *e, uint64_t page)
{
    return bit(word_of(e, page), (unsigned)(page & 63));
}

static void found(const struct leak_ctx *c, enum leak_rule rule, uint64_t page)
{
    c->counts->found[rule]++;
    struct leak_finding f = {.rule = rule, .vpn = c->vpn, .page = page & mask64(36)};
    if (c->on_finding)
        c->on_finding(&f, c->ctx);
}

// Every 4-KiB page of an aligned region of 2^low pages, word by word; the first secure one counts.
static void check_region(const struct leak_ctx *c, enum leak_rule rule, uint64_t page, unsigned low)
{
    uint64_t first = page & ~mask64(low), end = first + (UINT64_C(1) << low);
    c->counts->pages += end - first;
    for (uint64_t p = first & ~UINT64_C(63); p < end; p += 64) {
        uint64_t word = word_of(c->env, p);
        if (low < 6)
            word &= mask64(1u << low) << (first & 63);
        if (word) {
            found(c, rule, p + lowest(word));
            return;
        }
    }
}

static void check_one(const struct leak_ctx *c, enum leak_rule rule, uint64_t page)
{
    c->counts->pages++;
    if (secure(c->env, page))
        found(c, rule, page);
}

// noS2xlate and onlyStage1: the stage-1 half is what L1 installs.
static void check_stage1(const struct leak_ctx *c, const struct sector_resp *s)
{
    uint64_t ppn = s->ppn << 3 | s->ppn_low[s->addr_low];
    check_one(c, LEAK_REQUESTED, leaf_ppn(ppn, c->vpn, s->level, s->n));
    if (s->level > 0)
        check_region(c, LEAK_SUPERPAGE, ppn, 9u * s->level);
    else if (s->n)
        check_region(c, LEAK_NAPOT, ppn, 4);
    else
        for (unsigned m = s->valididx & ~(1u << s->addr_low); m; m &= m - 1)
            check_one(c, LEAK_NEIGHBOUR, s->ppn << 3 | s->ppn_low[lowest(m)]);
}

// onlyStage2 and allStage: one entry of the smaller page size (part C 1.1).
static void check_stage2(const struct leak_ctx *c, const struct ptw_resp *r)
{
    const struct hptw_resp *h = &r->s2;
    bool all = r->s2xlate == ALL_STAGE;
    uint64_t page = gen_ppn_s2(h, h->tag);
    unsigned level = all && r->s1.level < h->level ? r->s1.level : h->level;
    bool n = all ? (r->s1.n && h->level) || (h->n && r->s1.level) || (r->s1.n && h->n) : h->n;
    check_one(c, LEAK_REQUESTED, page);
    if (level > 0)
        check_region(c, LEAK_SUPERPAGE, page, 9 * level);
    else if (n)
        check_region(c, LEAK_NAPOT, page, 4);
}

// An access fault with the page number still in it: was it the bitmap, and rightly?
static void check_refusal(const struct leak_ctx *c, const struct ptw_resp *r)
{
    struct oracle_report report;
    oracle_check(c->env, c->vpn, r, &report);
    bool needless = false;
    for (unsigned i = 0; i < report.count; i++) {
        const struct oracle_complaint *x = &report.item[i];
        bool af = strcmp(x->what, "s1.af") == 0 || strcmp(x->what, "s2.gaf") == 0;
        needless |= x->sub < 0 && af && x->got && !x->expected;
    }
    const struct sector_resp *s = &r->s1;
    uint64_t page = s->ppn << 3 | s->ppn_low[s->addr_low];
    if (needless) {
        found(c, DENIED_REQUESTED, page);
        return;
    }
    if (r->s2xlate > ONLY_STAGE1) {
        c->counts->refused++; // the page is not in the answer; no neighbours
        return;
    }
    if (s->level > 0 || s->n || !secure(c->env, page))
        return; // refused for another reason, or no neighbours in it
    c->counts->refused++;
    for (unsigned m = s->valididx & ~(1u << s->addr_low); m; m &= m - 1) {
        uint64_t other = s->ppn << 3 | s->ppn_low[lowest(m)];
        c->counts->pages++;
        if (!secure(c->env, other))
            found(c, DENIED_NEIGHBOUR, other);
    }
}

void leak_check_answer(const struct oracle_env *env, bool settled, uint64_t vpn,
                       const struct ptw_resp *resp, struct leak_counts *counts,
                       void (*on_finding)(const struct leak_finding *f, void *ctx), void *ctx)
{
    struct leak_ctx c = {env, counts, vpn, on_finding, ctx};
    const struct sector_resp *a = &resp->s1;
    const struct hptw_resp *b = &resp->s2;
    if (!bitmap_enabled(env->cfg, env->csr))
        return;
    if (!settled) {
        counts->unsettled++;
        return;
    }
    counts->answers++;
    bool two = resp->s2xlate > ONLY_STAGE1, one = resp->s2xlate != ONLY_STAGE2;
    if ((one && a->pf) || (two && b->gpf))
        return;
    if ((one && a->af) || (two && b->gaf))
        check_refusal(&c, resp);
    else if (two)
        check_stage2(&c, resp);
    else
        check_stage1(&c, a);
}

void leak_check_line(const struct oracle_env *env, uint64_t addr, struct leak_counts *counts)
{
    if (!bitmap_enabled(env->cfg, env->csr))
        return;
    counts->lines++;
    counts->secure_lines += secure(env, addr >> 12);
}

static uint64_t sum(const struct leak_counts *counts, unsigned first, unsigned end)
{
    uint64_t n = 0;
    for (unsigned i = first; i < end; i++)
        n += counts->found[i];
    return n;
}

uint64_t leak_total(const struct leak_counts *counts)
{
    return sum(counts, 0, LEAK_FIRST_DENIAL);
}

uint64_t leak_needless(const struct leak_counts *counts)
{
    return sum(counts, LEAK_FIRST_DENIAL, LEAK_RULES);
}
