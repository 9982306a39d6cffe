// SPDX-License-Identifier: MulanPSL-2.0
// Settings of a point, see point.h.
#include "study/point.h"

#include "replay/aarch64.h"
#include "report/changes.h"
#include "traces/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// --- settings of the replay -------------------------------------------------------------------------

static const char *const yes_no[] = {"no", "yes"};

static const struct {
    const char *key;
    size_t offset;
    char type; // 'b': no or yes; 'u': unsigned; 'w': uint64_t
    uint64_t min, max;
} own_key[] = {
    {"oracle", offsetof(struct replay_cfg, oracle), 'b', 0, 1},
    {"first_touch", offsetof(struct replay_cfg, first_touch), 'b', 0, 1},
    {"untranslated", offsetof(struct replay_cfg, untranslated), 'b', 0, 1},
    {"warmup", offsetof(struct replay_cfg, roi_from), 'w', 0, UINT64_MAX - 1},
    {"watchdog", offsetof(struct replay_cfg, watchdog), 'w', 0, UINT64_MAX},
    {"window.load", offsetof(struct replay_cfg, front.window[L1_LOAD]), 'u', 1, FRONT_WINDOW_MAX},
    {"window.store", offsetof(struct replay_cfg, front.window[L1_STORE]), 'u', 1, FRONT_WINDOW_MAX},
    {"window.prefetch", offsetof(struct replay_cfg, front.window[L1_PREFETCH]), 'u', 1, FRONT_WINDOW_MAX},
    {"window.fetch", offsetof(struct replay_cfg, front.window[L1_FETCH]), 'u', 1, FRONT_WINDOW_MAX},
    {"retry.load", offsetof(struct replay_cfg, front.retry_load), 'u', 1, 1000},
    {"retry.full", offsetof(struct replay_cfg, front.retry_full), 'u', 1, 1000},
    {"retry.store", offsetof(struct replay_cfg, front.retry_store), 'u', 2, 1000},
    {"retry.fetch", offsetof(struct replay_cfg, front.retry_fetch), 'u', 1, 1000},
    {"retry.amo", offsetof(struct replay_cfg, front.retry_amo), 'u', 1, 1000},
};
enum { OWN_KEYS = sizeof own_key / sizeof *own_key };

static const char *set_own(struct replay_cfg *cfg, unsigned k, const char *value, char *msg, size_t size)
{
    uint64_t v = 0;
    void *at = (char *)cfg + own_key[k].offset;
    if (own_key[k].type == 'b') {
        if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0) {
            snprintf(msg, size, "%s: \"%.40s\" is not yes or no", own_key[k].key, value);
            return msg;
        }
        *(bool *)at = *value == 'y';
        return NULL;
    }
    if (!parse_dec(value, UINT64_MAX, &v) || v < own_key[k].min || v > own_key[k].max) {
        snprintf(msg, size, "%s: \"%.40s\" is not a number of %" PRIu64 "..%" PRIu64, own_key[k].key, value,
                 own_key[k].min, own_key[k].max);
        return msg;
    }
    if (own_key[k].type == 'u')
        *(unsigned *)at = (unsigned)v;
    else
        *(uint64_t *)at = v;
    return NULL;
}

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

static const char *set_arch(struct replay_cfg *cfg, const char *value, char *msg, size_t size)
{
    cfg->arch_given = true;
    if (strcmp(value, "riscv64") == 0)
        return NULL;
    if (strcmp(value, "aarch64") != 0) {
        snprintf(msg, size, "arch: \"%.40s\" is not riscv64 or aarch64", value);
        return msg;
    }
    cfg->arch = GVT_AARCH64;
    aarch64_world_default(&cfg->world);
    return NULL;
}

static const char *set_one(struct replay_cfg *cfg, const char *key, const char *value, char *msg, size_t size)
{
    if (strcmp(key, "arch") == 0)
        return set_arch(cfg, value, msg, size);
    if (strcmp(key, "world.seed") == 0 || strcmp(key, "mem.seed") == 0) {
        snprintf(msg, size, "%s: [study] says seeds", key);
        return msg;
    }
    if (strncmp(key, "world.", 6) == 0) {
        cfg->world_given |= world_cfg_builds(key + 6);
        return world_cfg_set(&cfg->world, key + 6, value, msg, size);
    }
    if (strncmp(key, "mem.", 4) == 0)
        return replay_memory_set(&cfg->memory, key + 4, value, msg, size);
    for (unsigned k = 0; k < OWN_KEYS; k++)
        if (strcmp(key, own_key[k].key) == 0)
            return set_own(cfg, k, value, msg, size);
    return cfg_set(&cfg->machine, key, value, msg, size);
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

void point_text(const struct replay_cfg *cfg, char text[POINT_TEXT])
{
    struct text t = {text, 0};
    char number[32];
    *text = 0;
    put(&t, "arch", trace_isa_name[cfg->arch]);
    put(&t, "arch_given", yes_no[cfg->arch_given]);
    cfg_each(&cfg->machine, put_line, &t);
    settings_each(cfg, put_line, &t);
    for (unsigned k = 0; k < OWN_KEYS; k++) {
        const void *at = (const char *)cfg + own_key[k].offset;
        if (own_key[k].type == 'u') // settings_each() has it
            continue;
        if (own_key[k].type == 'w')
            snprintf(number, sizeof number, "%" PRIu64, *(const uint64_t *)at);
        put(&t, own_key[k].key, own_key[k].type == 'w' ? number : yes_no[*(const bool *)at]);
    }
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
