// SPDX-License-Identifier: MulanPSL-2.0
// Parameters of worlds: one table drives setting, printing and help.
#include "arch/bits.h"
#include "arch/pte.h"
#include "arch/smmpt.h"
#include "traces/source.h"
#include "world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum param_type { PARAM_SHARE, PARAM_PAGES, PARAM_MODE, PARAM_STAGES, PARAM_FLAG, PARAM_NUMBER,
                  PARAM_PATTERN, PARAM_MPT, PARAM_GRAIN };

static const struct param {
    const char *key;
    enum param_type type;
    size_t offset;
    const char *help;
} params[] = {
#define P(key, type, field, help) {key, type, offsetof(struct world_cfg, field), help}
    P("stages", PARAM_STAGES, stages, "trace: V as in the trace; one: V = 0; two: V = 1"),
    P("s_mode", PARAM_MODE, s_mode, "satp: bare, sv39 or sv48"),
    P("vs_mode", PARAM_MODE, vs_mode, "vsatp: bare, sv39 or sv48"),
    P("g_mode", PARAM_MODE, g_mode, "hgatp: bare, sv39 (x4) or sv48 (x4)"),
    P("s1.huge", PARAM_SHARE, s1.huge, "first stage: share of 2 MiB regions in one leaf"),
    P("s1.giga", PARAM_SHARE, s1.giga, "first stage: share of 1 GiB regions in one leaf"),
    P("s1.napot", PARAM_SHARE, s1.napot, "first stage: share of 64 KiB regions that are Svnapot"),
    P("s1.fragmentation", PARAM_SHARE, s1.fragmentation,
      "first stage: share of blocks in scattered single frames"),
    P("s1.contiguity", PARAM_PAGES, s1.contiguity, "first stage: pages of an aligned block"),
    P("g.huge", PARAM_SHARE, g.huge, "second stage: share of 2 MiB regions in one leaf"),
    P("g.giga", PARAM_SHARE, g.giga, "second stage: share of 1 GiB regions in one leaf"),
    P("g.napot", PARAM_SHARE, g.napot, "second stage: share of 64 KiB regions that are Svnapot"),
    P("g.fragmentation", PARAM_SHARE, g.fragmentation,
      "second stage: share of blocks in scattered single frames"),
    P("g.contiguity", PARAM_PAGES, g.contiguity, "second stage: pages of an aligned block"),
    P("global", PARAM_FLAG, global, "1: negative addresses are shared by all ASIDs, with G set"),
    P("seed", PARAM_NUMBER, seed, "seed of everything that is chosen at random"),
    P("host_base", PARAM_NUMBER, host_base, "first physical address"),
    P("host_size", PARAM_NUMBER, host_size, "bytes of physical memory"),
    P("guest_base", PARAM_NUMBER, guest_base, "first guest physical address"),
    P("guest_size", PARAM_NUMBER, guest_size, "bytes of guest physical memory"),
    P("secure.pattern", PARAM_PATTERN, secure.pattern,
      "pages of confidential VMs: none, region, alternate, one8, one64, one512 or random"),
    P("secure.share", PARAM_SHARE, secure.share, "region, random: share of secure pages"),
    P("secure.base", PARAM_NUMBER, secure.base, "address of the bitmap"),
    P("secure.off", PARAM_FLAG, secure.off, "1: MBMC.BME is 0 at the start, nothing is checked"),
    P("secure.used", PARAM_FLAG, secure.used, "1: marks hit pages of the normal world as well"),
    P("mpt.mode", PARAM_MPT, domain.mode,
      "Memory Protection Table: none, smmpt43, smmpt52; auto: smmpt52 on a machine with MPT"),
    P("mpt.page", PARAM_GRAIN, domain.page, "what one right of the MPT covers: 4k, 64k, 2m or 1g"),
    P("mpt.base", PARAM_NUMBER, domain.base, "address of the MPT"),
#undef P
};
enum { PARAMS = sizeof params / sizeof params[0] };

static const char *const stages_name[] = {"trace", "one", "two"};

// Words for values, as they are kept.
static const struct word {
    const char *text;
    unsigned value;
} mpt_words[] = {{"auto", DOMAIN_AUTO}, {"none", SMMPT_BARE}, {"smmpt43", SMMPT_43}, {"smmpt52", SMMPT_52}, {NULL, 0}},
  grain_words[] = {{"4k", 12}, {"64k", 16}, {"2m", 21}, {"1g", 30}, {NULL, 0}};

void world_cfg_default(struct world_cfg *cfg)
{
    *cfg = (struct world_cfg){
        .stages = STAGES_TRACE,
        .s_mode = MODE_SV39,
        .vs_mode = MODE_SV39,
        .g_mode = MODE_SV39,
        .s1 = {.contiguity = 8},
        .g = {.contiguity = 8},
        .global = true,
        .seed = 1,
        .host_base = UINT64_C(0x80000000),
        .host_size = UINT64_C(4) << 40,
        .guest_base = UINT64_C(0x80000000),
        .guest_size = UINT64_C(1) << 40,
        .secure = {.share = 0.1, .base = UINT64_C(0x100000000)},
        .domain = {.mode = DOMAIN_AUTO, .page = 16, .base = UINT64_C(6) << 40},
    };
}

static bool parse_number(const char *text, uint64_t *v)
{
    return text[0] == '0' && (text[1] | 32) == 'x' ? parse_hex(text, UINT64_MAX, v)
                                                  : parse_dec(text, UINT64_MAX, v);
}

static bool parse_mode(const char *text, unsigned *mode)
{
    *mode = strcmp(text, "sv39") == 0 ? MODE_SV39 : strcmp(text, "sv48") == 0 ? MODE_SV48
                                                                              : MODE_BARE;
    return *mode != MODE_BARE || strcmp(text, "bare") == 0;
}

// Short cuts that set several parameters. Returns 1 done, 0 not a short cut, -1 bad value.
static int set_group(struct world_cfg *cfg, const char *key, const char *value)
{
    unsigned mode;

    if (strcmp(key, "mode") == 0) {
        if (!parse_mode(value, &mode))
            return -1;
        cfg->s_mode = cfg->vs_mode = cfg->g_mode = mode;
        return 1;
    }
    if (strcmp(key, "pages") != 0)
        return 0;
    cfg->s1.huge = cfg->s1.giga = cfg->g.huge = cfg->g.giga = 0.0;
    if (strcmp(value, "4k") == 0)
        return 1;
    if (strcmp(value, "2m") == 0) {
        cfg->s1.huge = cfg->g.huge = 1.0;
        return 1;
    }
    if (strcmp(value, "1g") == 0) { // huge pages in the guest on 1 GiB host pages
        cfg->s1.huge = 1.0;
        cfg->g.giga = 1.0;
        return 1;
    }
    if (strcmp(value, "mixed") == 0) {
        cfg->s1.huge = 0.5;
        cfg->g.huge = 0.8;
        return 1;
    }
    return -1;
}

static bool set_word(const struct word *w, const char *text, unsigned *to)
{
    for (; w->text; w++)
        if (strcmp(text, w->text) == 0) {
            *to = w->value;
            return true;
        }
    return false;
}

static const char *word_text(const struct word *w, unsigned value)
{
    while (w->text && w->value != value)
        w++;
    return w->text ? w->text : "?";
}

static bool set_param(const struct param *p, struct world_cfg *cfg, const char *text)
{
    void *to = (char *)cfg + p->offset;
    uint64_t number;
    char *end;
    double share;

    switch (p->type) {
    case PARAM_SHARE:
        share = strtod(text, &end);
        if (end == text || *end || !(share >= 0.0 && share <= 1.0))
            return false;
        *(double *)to = share;
        return true;
    case PARAM_PAGES:
        if (!parse_number(text, &number) || number < 1 || number > 512 ||
            !is_pow2((unsigned)number))
            return false;
        *(unsigned *)to = (unsigned)number;
        return true;
    case PARAM_MODE:
        return parse_mode(text, to);
    case PARAM_STAGES:
        for (unsigned i = 0; i < 3; i++)
            if (strcmp(text, stages_name[i]) == 0) {
                *(unsigned *)to = i;
                return true;
            }
        return false;
    case PARAM_PATTERN:
        for (unsigned i = 0; i < SECURE_PATTERNS; i++)
            if (strcmp(text, secure_pattern_name[i]) == 0) {
                *(unsigned *)to = i;
                return true;
            }
        return false;
    case PARAM_MPT:
        return set_word(mpt_words, text, to);
    case PARAM_GRAIN:
        return set_word(grain_words, text, to);
    case PARAM_FLAG:
        if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
            return false;
        *(bool *)to = text[0] == '1';
        return true;
    default:
        return parse_number(text, to);
    }
}

const char *world_cfg_set(struct world_cfg *cfg, const char *key, const char *value, char *msg,
                          size_t msg_size)
{
    char show_key[48], show_value[48];
    int group = set_group(cfg, key, value);

    if (group == 1)
        return NULL;
    for (unsigned i = 0; i < PARAMS && group == 0; i++)
        if (strcmp(key, params[i].key) == 0) {
            if (set_param(&params[i], cfg, value))
                return NULL;
            group = -1;
        }
    if (group == 0)
        snprintf(msg, msg_size, "unknown world parameter '%s'", printable(key, show_key));
    else
        snprintf(msg, msg_size, "world parameter %s: bad value '%s'", key,
                 printable(value, show_value));
    return msg;
}

bool world_cfg_has(const char *key)
{
    for (unsigned i = 0; i < PARAMS; i++)
        if (strcmp(key, params[i].key) == 0)
            return true;
    return strcmp(key, "mode") == 0 || strcmp(key, "pages") == 0;
}

bool world_cfg_builds(const char *key)
{
    return strcmp(key, "stages") != 0 && strncmp(key, "mpt.", 4) != 0;
}

static bool region_fine(uint64_t base, uint64_t size, uint64_t limit)
{
    const uint64_t giga = UINT64_C(1) << 30;

    return !(base & (giga - 1)) && !(size & (giga - 1)) && size >= 2 * giga && base <= limit &&
           size <= limit - base;
}

// The checker reads the bitmap through the same PMA.
static const char *check_secure(const struct world_cfg *c)
{
    const struct secure_cfg *s = &c->secure;
    const uint64_t high = UINT64_C(1) << 43;
    bool shared = s->pattern == SECURE_REGION || s->pattern == SECURE_RANDOM;

    if (s->pattern == SECURE_NONE)
        return NULL;
    if (shared && !s->used && s->share > 0.9)
        return "secure.share above 0.9 leaves the normal world no memory (see secure.used)";
    if (domain_wanted(&c->domain))
        return NULL;
    if (s->base & 63 || s->base < UINT64_C(1) << 31 || s->base > high ||
        secure_table_size(c->host_base + c->host_size) > high - s->base)
        return "secure.base must be a multiple of 64 and the bitmap lie in [2 GiB, 8 TiB)";
    return NULL;
}

static const char *check_domain(const struct world_cfg *c)
{
    const struct domain_cfg *d = &c->domain;
    const uint64_t high = UINT64_C(1) << 43;

    if (!domain_wanted(d))
        return NULL;
    if (d->base & 4095 || d->base < UINT64_C(1) << 31 || d->base > high ||
        domain_table_size(d, c->host_base + c->host_size) > high - d->base)
        return "mpt.base must be a multiple of 4096 and the table lie in [2 GiB, 8 TiB)";
    if (c->secure.off)
        return "secure.off is of the bitmap; with an MPT pages without rights come from secure.pattern";
    if (c->secure.pattern == SECURE_NONE || d->page == 12 || (c->secure.pattern == SECURE_REGION && d->page <= 21))
        return NULL;
    return "secure pages need an MPT of smaller pieces: mpt.page=4k, for secure.pattern=region up to 2m";
}

const char *world_cfg_check(const struct world_cfg *c, char *msg, size_t msg_size)
{
    const char *why = NULL;

    // The reset PMA lets walkers read [2 GiB, 8 TiB) only (spec A 5.5).
    if (c->host_base < UINT64_C(1) << 31 ||
        !region_fine(c->host_base, c->host_size, UINT64_C(1) << 43))
        why = "physical memory must lie in [2 GiB, 8 TiB), in units of 1 GiB, at least 2 GiB";
    else if (!region_fine(c->guest_base, c->guest_size,
                          UINT64_C(1) << (c->g_mode == MODE_SV48 ? 48 : 41)))
        why = "guest memory must fit the mode of hgatp, in units of 1 GiB, at least 2 GiB";
    else if (c->stages == STAGES_ONE && c->s_mode == MODE_BARE)
        why = "one stage wanted, but s_mode is bare";
    else if (c->stages == STAGES_TWO && c->vs_mode == MODE_BARE && c->g_mode == MODE_BARE)
        why = "two stages wanted, but vs_mode and g_mode are bare";
    else
        why = check_secure(c);
    why = why ? why : check_domain(c);
    if (why)
        snprintf(msg, msg_size, "world: %s", why);
    return why ? msg : NULL;
}

static const char *param_text(const struct param *p, const struct world_cfg *cfg, char text[32])
{
    const void *from = (const char *)cfg + p->offset;
    unsigned mode;

    switch (p->type) {
    case PARAM_SHARE:
        snprintf(text, 32, "%g", *(const double *)from);
        return text;
    case PARAM_PAGES:
        snprintf(text, 32, "%u", *(const unsigned *)from);
        return text;
    case PARAM_MODE:
        mode = *(const unsigned *)from;
        return mode == MODE_SV39 ? "sv39" : mode == MODE_SV48 ? "sv48" : "bare";
    case PARAM_STAGES:
        return stages_name[*(const unsigned *)from];
    case PARAM_PATTERN:
        return secure_pattern_name[*(const unsigned *)from];
    case PARAM_MPT:
        return word_text(mpt_words, *(const unsigned *)from);
    case PARAM_GRAIN:
        return word_text(grain_words, *(const unsigned *)from);
    case PARAM_FLAG:
        return *(const bool *)from ? "1" : "0";
    default:
        snprintf(text, 32, "0x%llx", (unsigned long long)*(const uint64_t *)from);
        return text;
    }
}

void world_cfg_each(const struct world_cfg *cfg,
                    void (*fn)(const char *key, const char *value, const char *help, void *ctx),
                    void *ctx)
{
    char text[32];

    for (unsigned i = 0; i < PARAMS; i++)
        fn(params[i].key, param_text(&params[i], cfg, text), params[i].help, ctx);
}
