// SPDX-License-Identifier: MulanPSL-2.0
// Parameters and presets. Sources: spec A 0.2, spec D 0.2 and 0.3.
#include "arch/cfg.h"

#include "arch/bits.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct erratum errata_table[ERRATA_COUNT] = {
#define ERRATUM(id, block, text) {#id, block, text},
#include "arch/errata.def"
#undef ERRATUM
};

static const char *const revision_names[REVISIONS] = {"2025-05", "2026-03", "2026-07",
                                                      "2026-07-v2"};

const char *revision_name(unsigned revision)
{
    return revision_names[revision];
}

// One row per size parameter. Bool fields are told apart by their size.
struct param {
    const char *key, *help;
    size_t offset, size;
    uint64_t min, max;
    bool pow2;
};

static const struct param params[] = {
#define PARAM(key, field, lo, hi, p2, help)                                                        \
    {key, help, offsetof(struct l2tlb_cfg, field), sizeof(((struct l2tlb_cfg *)0)->field), lo, hi, p2},
#include "arch/params.def"
#undef PARAM
};
enum { PARAM_COUNT = sizeof params / sizeof params[0] };

struct rule_row {
    const char *name, *change, *text;
    unsigned revisions; // bit mask
    size_t offset;
};

static const struct rule_row rules[] = {
#define RULE(name, revisions, pr, text)                                                            \
    {#name, pr, text, revisions, offsetof(struct l2tlb_rules, name)},
#include "arch/rules.def"
#undef RULE
};
enum { RULE_COUNT = sizeof rules / sizeof rules[0] };

static uint64_t param_get(const struct l2tlb_cfg *cfg, const struct param *p)
{
    const char *at = (const char *)cfg + p->offset;
    if (p->size == sizeof(bool))
        return *(const bool *)(const void *)at;
    return *(const unsigned *)(const void *)at;
}

static void param_put(struct l2tlb_cfg *cfg, const struct param *p, uint64_t v)
{
    char *at = (char *)cfg + p->offset;
    if (p->size == sizeof(bool))
        *(bool *)(void *)at = v;
    else
        *(unsigned *)(void *)at = (unsigned)v;
}

// Sizes that a revision's default set changes (spec D 0.3, 2.1). Minimal sizes are the same.
static void default_sizes(struct l2tlb_cfg *cfg)
{
    bool new = cfg->revision != REV_2025_05;
    cfg->l3_size = cfg->l2_size = cfg->sp_size = 16;
    cfg->l1_sets = new ? 4 : 8;
    cfg->l1_ways = 2;
    cfg->l0_sets = new ? 64 : 32;
    cfg->l0_ways = 4;
}

static void revision_sizes(struct l2tlb_cfg *cfg)
{
    bool new = cfg->revision != REV_2025_05;
    if (strcmp(cfg->preset, "minimal") != 0 && strcmp(cfg->preset, "minimal-bitmap") != 0)
        default_sizes(cfg);
    cfg->pmp_entries = cfg->pma_entries = new ? 32 : 16;
    cfg->bcache_sets = new ? 32 : 1;
    cfg->bcache_ways = new ? 4 : 16;
}

enum { PRESETS = 6 };

bool cfg_preset(struct l2tlb_cfg *cfg, const char *name)
{
    static const char *const names[PRESETS] = {"minimal", "default", "minimal-bitmap",
                                               "bitmap",  "cvm",     "mpt"};
    enum { CVM = 4, MPT = 5 };
    size_t k = 0;
    while (k < PRESETS && strcmp(name, names[k]) != 0)
        k++;
    if (k == PRESETS)
        return false;
    *cfg = (struct l2tlb_cfg){
        .preset = names[k],
        .l3_size = 4, .l2_size = 4, .sp_size = 4,
        .l1_sets = 4, .l1_ways = 4, .l0_sets = 4, .l0_ways = 8,
        .hash_asid_width = 3, .hash_vpn_width = 6,
        .llptw_size = 6, .missq_size = 40, .prefetch = true,
        .has_bitmap = k >= 2 && k != MPT, .bitmap_entries = 8,
        .keyid_bits = k == CVM ? 5 : 0,
        .has_mpt = k == MPT,
        .revision = k == MPT ? REV_2026_07 : REV_2025_05,
        .itlb_ways = 48, .ldtlb_ways = 48, .sttlb_ways = 48, .pftlb_ways = 48,
    };
    revision_sizes(cfg);
    return true;
}

static const char *fail(char *msg, size_t n, const char *key, const char *why)
{
    snprintf(msg, n, "%s: %s", key, why);
    return msg;
}

static const char *set_erratum(struct l2tlb_cfg *cfg, const char *key, const char *id,
                               const char *value, char *msg, size_t n)
{
    bool fixed = strcmp(value, "fixed") == 0;
    if (!fixed && strcmp(value, "as-rtl") != 0)
        return fail(msg, n, key, "value must be as-rtl or fixed");
    for (unsigned e = 0; e < ERRATA_COUNT; e++)
        if (!id || strcmp(id, errata_table[e].id) == 0) {
            cfg->errata_fixed[e] = fixed;
            if (id)
                return NULL;
        }
    return id ? fail(msg, n, key, "unknown erratum") : NULL;
}

static bool *rule_at(struct l2tlb_rules *r, size_t k)
{
    return (bool *)(void *)((char *)r + rules[k].offset);
}

bool cfg_rule_given(const struct l2tlb_cfg *cfg, const char *name)
{
    for (size_t k = 0; k < RULE_COUNT; k++)
        if (strcmp(name, rules[k].name) == 0)
            return *(const bool *)(const void *)((const char *)&cfg->rule_given + rules[k].offset);
    return false;
}

static const char *set_rule(struct l2tlb_cfg *cfg, const char *key, const char *value, char *msg,
                            size_t n)
{
    bool on = strcmp(value, "yes") == 0;
    if (!on && strcmp(value, "no") != 0)
        return fail(msg, n, key, "value must be yes or no");
    for (size_t k = 0; k < RULE_COUNT; k++)
        if (strcmp(key + 5, rules[k].name) == 0) {
            *rule_at(&cfg->rule_given, k) = true;
            *rule_at(&cfg->rule_wanted, k) = on;
            return NULL;
        }
    return fail(msg, n, key, "unknown rule");
}

// Sizes are those of the preset in this revision; revision, errata and rules stay.
static const char *set_preset(struct l2tlb_cfg *cfg, const char *value, char *msg, size_t n)
{
    struct l2tlb_cfg before = *cfg;
    if (!cfg_preset(cfg, value)) {
        *cfg = before;
        return fail(msg, n, "preset", "value must be minimal, default, minimal-bitmap, bitmap, cvm or mpt");
    }
    if (!cfg->has_mpt)
        cfg->revision = before.revision;
    revision_sizes(cfg);
    memcpy(cfg->errata_fixed, before.errata_fixed, sizeof cfg->errata_fixed);
    cfg->rule_given = before.rule_given;
    cfg->rule_wanted = before.rule_wanted;
    return NULL;
}

static const char *set_revision(struct l2tlb_cfg *cfg, const char *value, char *msg, size_t n)
{
    for (unsigned r = 0; r < REVISIONS; r++)
        if (strcmp(value, revision_names[r]) == 0) {
            if (cfg->revision != r) {
                cfg->revision = r;
                revision_sizes(cfg);
            }
            return NULL;
        }
    return fail(msg, n, "revision", "value must be 2025-05, 2026-03, 2026-07 or 2026-07-v2");
}

static const char *parse_value(const struct param *p, const char *value, uint64_t *v)
{
    if (p->size == sizeof(bool) && (!strcasecmp(value, "true") || !strcasecmp(value, "on"))) {
        *v = 1;
        return NULL;
    }
    if (p->size == sizeof(bool) && (!strcasecmp(value, "false") || !strcasecmp(value, "off"))) {
        *v = 0;
        return NULL;
    }
    // Decimal, or hexadecimal behind 0x; never octal.
    bool hex = value[0] == '0' && (value[1] | 32) == 'x';
    const char *digits = hex ? value + 2 : value;
    char *end;
    errno = 0;
    *v = strtoull(digits, &end, hex ? 16 : 10);
    if (*end || errno || !(hex ? isxdigit((unsigned char)*digits) : isdigit((unsigned char)*digits)) ||
        (digits[0] == '0' && (digits[1] | 32) == 'x'))
        return "not a non-negative number";
    return NULL;
}

const char *cfg_set(struct l2tlb_cfg *cfg, const char *key, const char *value, char *msg,
                    size_t n)
{
    if (strcmp(key, "preset") == 0)
        return set_preset(cfg, value, msg, n);
    if (strcmp(key, "revision") == 0)
        return set_revision(cfg, value, msg, n);
    if (strcmp(key, "errata") == 0)
        return set_erratum(cfg, key, NULL, value, msg, n);
    if (strncmp(key, "errata.", 7) == 0)
        return set_erratum(cfg, key, key + 7, value, msg, n);
    if (strncmp(key, "rule.", 5) == 0)
        return set_rule(cfg, key, value, msg, n);
    for (size_t k = 0; k < PARAM_COUNT; k++) {
        const struct param *p = &params[k];
        if (strcmp(key, p->key) != 0)
            continue;
        uint64_t v;
        const char *why = parse_value(p, value, &v);
        if (why)
            return fail(msg, n, key, why);
        if (v < p->min || v > p->max) {
            snprintf(msg, n, "%s: %" PRIu64 " is not in %" PRIu64 "..%" PRIu64, key, v, p->min,
                     p->max);
            return msg;
        }
        if (p->pow2 && !is_pow2((unsigned)v))
            return fail(msg, n, key, "must be a power of two");
        param_put(cfg, p, v);
        return NULL;
    }
    return fail(msg, n, key, "unknown parameter");
}

static void derive_rules(struct l2tlb_cfg *cfg)
{
    struct l2tlb_rules *r = &cfg->rule;
    for (size_t k = 0; k < RULE_COUNT; k++)
        *rule_at(r, k) = bit(rules[k].revisions, cfg->revision);
    // A later revision's rule is also how these errata are fixed.
    r->llptw_two_pmp_ports |= cfg->errata_fixed[ERR_D1];
    r->llptw_hyper1_first |= cfg->errata_fixed[ERR_D2];
    r->gperm_sets_first_fault |= cfg->errata_fixed[ERR_D3];
    r->global_ignores_asid |= cfg->errata_fixed[ERR_E5];
    r->gstage_ignores_asid |= cfg->errata_fixed[ERR_E5];
    r->gstage_clear_g |= cfg->errata_fixed[ERR_E5];
    r->napot_strict |= cfg->errata_fixed[ERR_E4];
    r->napot_clean_n |= cfg->errata_fixed[ERR_E4];
    r->jump_to_ptw_beats_l1hit |= cfg->errata_fixed[ERR_B5];
    r->cf_index_ppn_low |= cfg->errata_fixed[ERR_D8];
    r->cut_answers_to_4k |= cfg->errata_fixed[ERR_B2] || cfg->errata_fixed[ERR_B5];
    r->l1_vs_fence_no_address |= cfg->errata_fixed[ERR_L4] || cfg->errata_fixed[ERR_L5];
    r->l1_gpa_clear |= cfg->errata_fixed[ERR_L7];
    r->l1_blocking_offset |= cfg->errata_fixed[ERR_L10];
    r->l1_gpa_oldest_only |= cfg->errata_fixed[ERR_L17];
    for (size_t k = 0; k < RULE_COUNT; k++)
        if (*rule_at(&cfg->rule_given, k))
            *rule_at(r, k) = *rule_at(&cfg->rule_wanted, k);
}

const char *cfg_finish(struct l2tlb_cfg *cfg, char *msg, size_t n)
{
    cfg->ptw_id = cfg->llptw_size;
    cfg->hptw_id = cfg->llptw_size + 1;
    unsigned walker_ids = 1u << log2_ceil(cfg->llptw_size + 2);
    cfg->bitmap_id0 = walker_ids;
    cfg->mem_ids = walker_ids;
    if (cfg->has_bitmap) {
        if (cfg->bitmap_entries > walker_ids)
            return fail(msg, n, "bitmap.entries", "more than there are walker ids");
        if (cfg->bcache_sets * cfg->bcache_ways > MAX_BCACHE)
            return fail(msg, n, "bitmap.cache_sets", "more than 4096 words");
        cfg->mem_ids *= 2;
    }
    cfg->mpt_id = cfg->hptw_id + 1;
    if (cfg->has_mpt) {
        if (cfg->has_bitmap)
            return fail(msg, n, "mpt.enable", "the hardware has either the MPT or the bitmap (bitmap.enable)");
        if (cfg->revision != REV_2026_07)
            return fail(msg, n, "mpt.enable", "needs revision 2026-07");
        cfg->mem_ids = cfg->mpt_id + 1;
    }
    if (cfg->keyid_bits && !cfg->has_bitmap)
        return fail(msg, n, "keyid.bits", "needs bitmap.enable");
    derive_rules(cfg);
    return NULL;
}

void cfg_each(const struct l2tlb_cfg *cfg,
              void (*fn)(const char *key, const char *value, const char *help, void *ctx),
              void *ctx)
{
    char value[32], key[64], help[256];
    fn("preset", cfg->preset, "sizes the configuration started from", ctx);
    fn("revision", revision_name(cfg->revision), "revision of the hardware", ctx);
    for (size_t k = 0; k < PARAM_COUNT; k++) {
        snprintf(value, sizeof value, "%" PRIu64, param_get(cfg, &params[k]));
        fn(params[k].key, value, params[k].help, ctx);
    }
    for (size_t k = 0; k < RULE_COUNT; k++) {
        bool on = *(const bool *)(const void *)((const char *)&cfg->rule + rules[k].offset);
        snprintf(key, sizeof key, "rule.%s", rules[k].name);
        snprintf(help, sizeof help, "%s (%s)", rules[k].text, rules[k].change);
        fn(key, on ? "yes" : "no", help, ctx);
    }
    for (unsigned e = 0; e < ERRATA_COUNT; e++) {
        snprintf(key, sizeof key, "errata.%s", errata_table[e].id);
        snprintf(help, sizeof help, "%s: %s", errata_table[e].block, errata_table[e].text);
        fn(key, cfg->errata_fixed[e] ? "fixed" : "as-rtl", help, ctx);
    }
}

static void print_one(const char *key, const char *value, const char *help, void *ctx)
{
    fprintf(ctx, "%-28s = %-10s ; %s\n", key, value, help);
}

void cfg_print(const struct l2tlb_cfg *cfg, FILE *out)
{
    cfg_each(cfg, print_one, out);
}
