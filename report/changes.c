// SPDX-License-Identifier: MulanPSL-2.0
// What differs from preset and defaults, see changes.h: both sides are walked in the same order.
#include "report/changes.h"

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

static void front_each(const struct front_cfg *f, const struct prefixed *window,
                       const struct prefixed *retry)
{
    static const char *const class_name[L1_CLASSES] = {"load", "store", "prefetch", "fetch"};
    const struct {
        const char *key, *help;
        unsigned value;
    } row[] = {
        {"fetch", "cycles between lookups of a fetch", f->retry_fetch},
        {"amo", "cycles between lookups of an AMO", f->retry_amo},
        {"load", "cycles from a load's wake-up to its next lookup", f->retry_load},
        {"full", "cycles from a FULL verdict to the next lookup", f->retry_full},
        {"store", "cycles between lookups of a store", f->retry_store},
    };
    char text[16];
    for (unsigned k = 0; k < L1_CLASSES; k++) {
        snprintf(text, sizeof text, "%u", f->window[k]);
        with_prefix(class_name[k], text, "accesses that may wait at a time", (void *)window);
    }
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        snprintf(text, sizeof text, "%u", row[i].value);
        with_prefix(row[i].key, text, row[i].help, (void *)retry);
    }
}

void settings_each(const struct replay_cfg *cfg,
                   void (*fn)(const char *key, const char *value, const char *help, void *ctx),
                   void *ctx)
{
    struct prefixed mem = {"mem", fn, ctx}, world = {"world", fn, ctx}, window = {"window", fn, ctx},
                    retry = {"retry", fn, ctx};
    replay_memory_each(&cfg->memory, with_prefix, &mem);
    world_cfg_each(&cfg->world, with_prefix, &world);
    front_each(&cfg->front, &window, &retry);
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
