// SPDX-License-Identifier: MulanPSL-2.0
// Settings of a point, see point.h.
#include "study/point.h"

#include "replay/settings.h"
#include "report/changes.h"
#include "traces/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// --- from settings to a replay ----------------------------------------------------------------------

// What has to come before what: architecture, preset, revision, all errata, the rest.
enum { STEPS = 5 };
static unsigned step_of(const char *key)
{
    static const char *const first[] = {"arch", "preset", "revision", "errata"};
    for (unsigned i = 0; i < STEPS - 1; i++)
        if (strcmp(key, first[i]) == 0)
            return i;
    return STEPS - 1;
}

static const char *set_warmup(struct replay_cfg *cfg, const char *value, char *msg, size_t size)
{
    if (parse_dec(value, UINT64_MAX - 1, &cfg->roi_from))
        return NULL;
    snprintf(msg, size, "warmup: \"%.40s\" is not a number of records", value);
    return msg;
}

static const char *set_one(struct replay_cfg *cfg, const char *key, const char *value, char *msg, size_t size)
{
    if (strcmp(key, "world.seed") == 0 || strcmp(key, "mem.seed") == 0) {
        snprintf(msg, size, "%s: [study] says seeds", key);
        return msg;
    }
    if (strcmp(key, "warmup") == 0)
        return set_warmup(cfg, value, msg, size);
    switch (replay_set(cfg, key, value, msg, size)) {
    case SET_FINE: return NULL;
    case SET_BAD_VALUE: return msg;
    case SET_NO_KEY: break;
    }
    bool other = strncmp(key, "world.", 6) == 0 || strncmp(key, "mem.", 4) == 0;
    return other ? msg : cfg_set(&cfg->machine, key, value, msg, size);
}

static const char *set_all(const struct study *s, const struct study_settings *set, unsigned step, struct replay_cfg *cfg,
                           char *msg, size_t size)
{
    char key[128], why[256];
    for (unsigned i = 0; i < set->count; i++) {
        const char *eq = strchr(set->item[i], '=');
        snprintf(key, sizeof key, "%.*s", (int)(eq - set->item[i]), set->item[i]);
        if (step_of(key) != step)
            continue;
        const char *wrong = set_one(cfg, key, eq + 1, why, sizeof why);
        if (wrong) {
            snprintf(msg, size, "%s:%u: %s", s->path, set->line[i], wrong);
            return msg;
        }
    }
    return NULL;
}

const char *point_set(const struct study *s, const uint32_t *value, uint64_t seed, struct replay_cfg *cfg, char *msg,
                      size_t size)
{
    const char *why = NULL;
    replay_cfg_default(cfg);
    cfg->world.seed = cfg->memory.seed = seed;
    cfg_preset(&cfg->machine, "default");
    for (unsigned step = 0; step < STEPS && !why; step++) {
        if (step == 3) // as in `l2tlb replay`: the L1 side that cannot hang, unless the study says otherwise
            cfg_set(&cfg->machine, "errata.L3", "fixed", msg, size);
        why = set_all(s, &s->fix, step, cfg, msg, size);
        for (unsigned d = 0; d < s->dims && !why; d++)
            why = set_all(s, &s->dim[d].value[value[d]].set, step, cfg, msg, size);
    }
    cfg->roi = cfg->roi_from > 0;
    cfg->roi_to = UINT64_MAX;
    return why;
}

const char *point_check(const struct study *s, const uint32_t *value, struct replay_cfg *cfg, char *msg, size_t size)
{
    char why[256], label[160];
    const char *wrong = replay_memory_check(&cfg->memory, why, sizeof why);
    wrong = wrong ? wrong : world_cfg_check(&cfg->world, why, sizeof why);
    wrong = wrong ? wrong : cfg_finish(&cfg->machine, why, sizeof why);
    if (!wrong)
        return NULL;
    point_label(s, value, label, sizeof label);
    snprintf(msg, size, "%s: %s%s%s", s->path, label, *label ? ": " : "", wrong);
    return msg;
}

const char *point_configure(const struct study *s, const uint32_t *value, uint64_t seed, struct replay_cfg *cfg,
                            char *msg, size_t size)
{
    const char *why = point_set(s, value, seed, cfg, msg, size);
    return why ? why : point_check(s, value, cfg, msg, size);
}

// --- texts ------------------------------------------------------------------------------------------

struct text {
    char *to;
    size_t used;
};

static void put(struct text *t, const char *key, const char *value)
{
    int n = snprintf(t->to + t->used, POINT_TEXT - t->used, "%s = %s\n", key, value);
    if (n > 0 && t->used + (size_t)n < POINT_TEXT)
        t->used += (size_t)n;
}

static void put_line(const char *key, const char *value, const char *help, void *ctx)
{
    (void)help;
    put(ctx, key, value);
}

// Those of the types that settings_each() does not have.
static void put_settings(struct text *t, const struct replay_cfg *cfg, enum setting_type type)
{
    static const char *const yes_no[] = {"no", "yes"};
    for (const struct replay_setting *s = replay_settings; s < replay_settings + REPLAY_SETTINGS; s++) {
        char number[24];
        uint64_t v = replay_setting_get(cfg, s);
        snprintf(number, sizeof number, "%" PRIu64, v);
        if (s->type == type)
            put(t, s->key, type == SETTING_FLAG ? yes_no[v] : number);
    }
}

void point_text(const struct replay_cfg *cfg, char text[POINT_TEXT])
{
    struct text t = {text, 0};
    char warmup[24];
    *text = 0;
    snprintf(warmup, sizeof warmup, "%" PRIu64, cfg->roi_from);
    put(&t, "arch", trace_isa_name[cfg->arch]);
    put(&t, "arch_given", cfg->arch_given ? "yes" : "no");
    cfg_each(&cfg->machine, put_line, &t);
    settings_each(cfg, put_line, &t);
    put_settings(&t, cfg, SETTING_FLAG);
    put(&t, "warmup", warmup);
    put_settings(&t, cfg, SETTING_WIDE);
}

const char *point_lookup(const char *text, const char *key, char *buf, size_t size)
{
    size_t n = strlen(key);
    for (const char *line = text; *line; line++) {
        const char *end = strchr(line, '\n');
        if (!end)
            break;
        if (strncmp(line, key, n) == 0 && strncmp(line + n, " = ", 3) == 0) {
            snprintf(buf, size, "%.*s", (int)(end - line - (long)n - 3), line + n + 3);
            return buf;
        }
        line = end;
    }
    return NULL;
}

const char *point_label(const struct study *s, const uint32_t *value, char *buf, size_t size)
{
    size_t n = 0;
    *buf = 0;
    for (unsigned d = 0; d < s->dims && n < size; d++)
        n += (size_t)snprintf(buf + n, size - n, "%s%s=%s", n ? " " : "", s->dim[d].name,
                              s->dim[d].value[value[d]].label);
    return buf;
}
