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
    const struct oracle_track *track;
    enum oracle_stage stage; // whose entries hold the pages of this answer
    struct leak_counts *counts;
    uint64_t vpn;
    void (*on_finding)(const struct leak_finding *f, void *ctx);
    void *ctx;
};

static uint64_t word_addr(const struct oracle_env *e, uint64_t page)
{
    uint64_t p = page & mask64(36 - e->cfg->keyid_bits);
    return ((e->csr->mbmc.bma << 6) + (p >> 6 << 3)) & mask64(48);
}

static uint64_t word_now(const struct oracle_env *e, uint64_t page)
{
    return e->read(e->ctx, word_addr(e, page));
}

// The word of the bitmap that holds this page's bit: bits that are set by every value that may still be
// cached, and by any.
struct word {
    uint64_t surely, maybe;
};

static struct word word_of(const struct leak_ctx *c, uint64_t page)
{
    uint64_t value[ORACLE_VALUES], now = word_now(c->env, page);
    bool all = true;
    unsigned n = oracle_track_bitmap(c->track, word_addr(c->env, page), c->stage, now, value, &all);
    struct word w = {now, now};
    for (unsigned i = 1; i < n; i++) {
        w.surely &= value[i];
        w.maybe |= value[i];
    }
    return all ? w : (struct word){0, UINT64_MAX};
}

static bool surely_secure(const struct leak_ctx *c, uint64_t page)
{
    return bit(word_of(c, page).surely, (unsigned)(page & 63));
}

static bool maybe_secure(const struct leak_ctx *c, uint64_t page)
{
    return bit(word_of(c, page).maybe, (unsigned)(page & 63));
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
        uint64_t word = word_of(c, p).surely;
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
    if (surely_secure(c, page))
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

// onlyStage2 and allStage: one entry of the smaller page size (spec C 1.1).
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

// An access fault with the page number still in it: was it the bitmap, and rightly? Gives the reason when
// it cannot be judged.
static enum oracle_reason check_refusal(const struct leak_ctx *c, const struct ptw_resp *r,
                                        struct oracle_span when)
{
    struct oracle_report report;
    enum oracle_reason why;
    enum oracle_verdict v = oracle_judge(c->env, c->track, c->vpn, r, when, &report, &why);
    bool needless = false;
    for (unsigned i = 0; v == ORACLE_WRONG && i < report.count; i++) {
        const struct oracle_complaint *x = &report.item[i];
        bool af = strcmp(x->what, "s1.af") == 0 || strcmp(x->what, "s2.gaf") == 0;
        needless |= x->sub < 0 && af && x->got && !x->expected;
    }
    const struct sector_resp *s = &r->s1;
    uint64_t page = s->ppn << 3 | s->ppn_low[s->addr_low];
    if (v == ORACLE_OPEN)
        return why;
    if (needless) {
        found(c, DENIED_REQUESTED, page);
        return ORACLE_KNOWN;
    }
    if (r->s2xlate > ONLY_STAGE1) {
        c->counts->refused++; // the page is not in the answer; no neighbours
        return ORACLE_KNOWN;
    }
    if (s->level > 0 || s->n || !maybe_secure(c, page))
        return ORACLE_KNOWN; // refused for another reason, or no neighbours in it
    c->counts->refused++;
    for (unsigned m = s->valididx & ~(1u << s->addr_low); m; m &= m - 1) {
        uint64_t other = s->ppn << 3 | s->ppn_low[lowest(m)];
        c->counts->pages++;
        if (!maybe_secure(c, other))
            found(c, DENIED_NEIGHBOUR, other);
    }
    return ORACLE_KNOWN;
}

// What an answer lets through does not depend on the tables, only on the bitmap.
static enum oracle_reason bitmap_reason(enum oracle_reason why)
{
    return why == ORACLE_REGISTERS || why == ORACLE_BITMAP || why == ORACLE_FORGOTTEN ? why
                                                                                       : ORACLE_KNOWN;
}

void leak_check_answer(const struct oracle_env *env, const struct oracle_track *track, uint64_t vpn,
                       const struct ptw_resp *resp, struct oracle_span when,
                       struct leak_counts *counts,
                       void (*on_finding)(const struct leak_finding *f, void *ctx), void *ctx)
{
    bool two = resp->s2xlate > ONLY_STAGE1, one = resp->s2xlate != ONLY_STAGE2;
    struct leak_ctx c = {.env = env, .track = track, .counts = counts, .vpn = vpn,
                         .on_finding = on_finding, .ctx = ctx,
                         .stage = two ? USE_G : one && resp->s2xlate ? USE_VS : USE_HOST};
    const struct sector_resp *a = &resp->s1;
    const struct hptw_resp *b = &resp->s2;
    if (!bitmap_enabled(env->cfg, env->csr))
        return;
    enum oracle_reason why = bitmap_reason(oracle_track_reason(track, resp, when));
    if (why == ORACLE_KNOWN && !(one && a->pf) && !(two && b->gpf)) {
        if ((one && a->af) || (two && b->gaf))
            why = check_refusal(&c, resp, when);
        else if (two)
            check_stage2(&c, resp);
        else
            check_stage1(&c, a);
    }
    counts->answers += why == ORACLE_KNOWN;
    counts->unsettled[why] += why != ORACLE_KNOWN;
}

void leak_check_line(const struct oracle_env *env, uint64_t addr, struct leak_counts *counts)
{
    if (!bitmap_enabled(env->cfg, env->csr))
        return;
    counts->lines++;
    counts->secure_lines += bit(word_now(env, addr >> 12), (unsigned)(addr >> 12 & 63));
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

uint64_t leak_unsettled(const struct leak_counts *counts)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < ORACLE_REASONS; i++)
        n += counts->unsettled[i];
    return n;
}

uint64_t leak_needless(const struct leak_counts *counts)
{
    return sum(counts, LEAK_FIRST_DENIAL, LEAK_RULES);
}
