// SPDX-License-Identifier: MulanPSL-2.0
// What differs from preset and defaults, see changes.h: both sides are walked in the same order.
#include "report/changes.h"

#include "replay/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETTINGS_MAX = 320 };

struct usual {
    char value[SETTINGS_MAX][CHANGE_TEXT];
    unsigned count, next, changed;
    void (*fn)(const char *key, const char *value, const char *usual, void *ctx);
    void *ctx;
};

static void remember(const char *key, const char *value, const char *help, void *ctx)
{
    struct usual *u = ctx;
    (void)key;
    (void)help;
    if (u->count < SETTINGS_MAX)
        snprintf(u->value[u->count++], CHANGE_TEXT, "%s", value);
}

static void compare(const char *key, const char *value, const char *help, void *ctx)
{
    struct usual *u = ctx;
    (void)help;
    unsigned i = u->next++;
    if (i >= u->count || strcmp(value, u->value[i]) == 0)
        return;
    u->changed++;
    if (u->fn)
        u->fn(key, value, u->value[i], u->ctx);
}

struct prefixed {
    const char *prefix;
    void (*fn)(const char *key, const char *value, const char *help, void *ctx);
    void *ctx;
};

static void with_prefix(const char *key, const char *value, const char *help, void *ctx)
{
    const struct prefixed *p = ctx;
    char name[CHANGE_TEXT];
    snprintf(name, sizeof name, "%s.%s", p->prefix, key);
    p->fn(name, value, help, p->ctx);
}

void settings_each(const struct replay_cfg *cfg,
                   void (*fn)(const char *key, const char *value, const char *help, void *ctx),
                   void *ctx)
{
    struct prefixed mem = {"mem", fn, ctx}, world = {"world", fn, ctx};
    char text[16];
    replay_memory_each(&cfg->memory, with_prefix, &mem);
    world_cfg_each(&cfg->world, with_prefix, &world);
    for (const struct replay_setting *s = replay_settings; s < replay_settings + REPLAY_SETTINGS; s++) {
        if (s->type != SETTING_NARROW)
            continue;
        snprintf(text, sizeof text, "%u", (unsigned)replay_setting_get(cfg, s));
        fn(s->key, text, s->help, ctx);
    }
}

unsigned changes_each(const struct replay_cfg *cfg,
                      void (*fn)(const char *key, const char *value, const char *usual, void *ctx),
                      void *ctx)
{
    struct usual *u = calloc(1, sizeof *u);
    struct replay_cfg plain;
    char msg[256];
    if (!u)
        return 0;
    u->fn = fn;
    u->ctx = ctx;
    replay_cfg_default(&plain);
    // The seed is part of what ran; the report names it, it is no deviation.
    plain.world.seed = cfg->world.seed;
    plain.memory.seed = cfg->memory.seed;
    if (cfg_preset(&plain.machine, cfg->machine.preset) &&
        !cfg_set(&plain.machine, "revision", revision_name(cfg->machine.revision), msg, sizeof msg) &&
        !cfg_finish(&plain.machine, msg, sizeof msg)) {
        cfg_each(&plain.machine, remember, u);
        cfg_each(&cfg->machine, compare, u);
    }
    u->count = u->next = 0;
    settings_each(&plain, remember, u);
    settings_each(cfg, compare, u);
    unsigned n = u->changed;
    free(u);
    return n;
}

static void row(const char *key, const char *value, const char *usual, void *ctx)
{
    doc_row(ctx, key);
    doc_cell_text(ctx, value);
    doc_cell_text(ctx, usual);
}

void changes_section(struct doc *d, const struct replay_cfg *cfg)
{
    struct doc_section *o = doc_section(
        d, "changes", "What differs from preset and defaults",
        "A replay uses the L1 side that cannot hang: errata.L3 is fixed unless it is set.");
    struct doc_table *t =
        doc_table(o, "changed", "Settings", "key:Setting|value:Here|usual:Preset or default", NULL);
    changes_each(cfg, row, t);
}
