// SPDX-License-Identifier: MulanPSL-2.0
#include "replay/settings.h"

#include "replay/aarch64.h"
#include "traces/source.h"

#include <inttypes.h>
#include <string.h>

void replay_cfg_default(struct replay_cfg *cfg)
{
    memset(cfg, 0, sizeof *cfg);
    // A read that misses the core's L2 data cache (1 MiB here) goes to DRAM.
    cfg->memory = (struct tl_timing){.lat = 160,
                                     .span = 80,
                                     .seed = 1,
                                     .gap = 1,
                                     .period = 1,
                                     .mask = 1,
                                     .threshold = 256,
                                     .l2_sets = 2048,
                                     .l2_ways = 8,
                                     .hit_lat = 20};
    world_cfg_default(&cfg->world);
    front_cfg_default(&cfg->front);
    cfg->watchdog = 200000;
}

// --- numbers and flags --------------------------------------------------------------------------

#define FLAG(key, option, member, help) {key, option, SETTING_FLAG, offsetof(struct replay_cfg, member), 0, 1, help}
#define FRONT(group, name, member, min, max, help) \
    {group "." name, group "-" name, SETTING_NARROW, offsetof(struct replay_cfg, front.member), min, max, help}
const struct replay_setting replay_settings[REPLAY_SETTINGS] = {
    FLAG("oracle", "oracle", oracle, "check every answer against a functional walk"),
    FLAG("first_touch", "first-touch", first_touch, "map pages when they are used, not before the run"),
    FLAG("untranslated", "untranslated", untranslated,
         "image: a stage of a mode that the machine lacks (Sv57) is off; else an error"),
    FRONT("window", "load", window[L1_LOAD], 1, FRONT_WINDOW_MAX, "loads that may wait at a time (72)"),
    FRONT("window", "store", window[L1_STORE], 1, FRONT_WINDOW_MAX, "stores that may wait at a time (56)"),
    FRONT("window", "prefetch", window[L1_PREFETCH], 1, FRONT_WINDOW_MAX, "prefetches that may wait at a time (8)"),
    FRONT("window", "fetch", window[L1_FETCH], 1, FRONT_WINDOW_MAX, "fetch blocks that may wait at a time (1)"),
    FRONT("retry", "fetch", retry_fetch, 1, 1000, "cycles between lookups of a fetch (1)"),
    FRONT("retry", "amo", retry_amo, 1, 1000, "cycles between lookups of an AMO (1)"),
    FRONT("retry", "load", retry_load, 1, 1000, "cycles from a load's wake-up to its next lookup (4)"),
    FRONT("retry", "full", retry_full, 1, 1000, "cycles from a FULL verdict to the next lookup (4)"),
    FRONT("retry", "store", retry_store, 2, 1000, "cycles between lookups of a store (8)"),
    {"watchdog", "watchdog", SETTING_WIDE, offsetof(struct replay_cfg, watchdog), 0, UINT64_MAX,
     "cycles without progress that end the run (200000; 0: never)"},
};

const struct replay_setting *replay_setting(const char *option)
{
    for (unsigned i = 0; i < REPLAY_SETTINGS; i++)
        if (strcmp(replay_settings[i].option, option) == 0)
            return &replay_settings[i];
    return NULL;
}

uint64_t replay_setting_get(const struct replay_cfg *cfg, const struct replay_setting *s)
{
    const void *from = (const char *)cfg + s->offset;
    switch (s->type) {
    case SETTING_FLAG: return *(const bool *)from;
    case SETTING_NARROW: return *(const unsigned *)from;
    case SETTING_WIDE: break;
    }
    return *(const uint64_t *)from;
}

void replay_setting_put(struct replay_cfg *cfg, const struct replay_setting *s, uint64_t value)
{
    void *to = (char *)cfg + s->offset;
    switch (s->type) {
    case SETTING_FLAG: *(bool *)to = value; break;
    case SETTING_NARROW: *(unsigned *)to = (unsigned)value; break;
    case SETTING_WIDE: *(uint64_t *)to = value; break;
    }
}

enum replay_set replay_setting_set(struct replay_cfg *cfg, const struct replay_setting *s, const char *name,
                                   const char *value, char *msg, size_t size)
{
    uint64_t v = strcmp(value, "yes") == 0;
    bool flag = s->type == SETTING_FLAG;
    if (flag ? v || strcmp(value, "no") == 0 : parse_dec(value, UINT64_MAX, &v) && v >= s->min && v <= s->max) {
        replay_setting_put(cfg, s, v);
        return SET_FINE;
    }
    if (flag)
        snprintf(msg, size, "%s: \"%.40s\" is not yes or no", name, value);
    else
        snprintf(msg, size, "%s: \"%.40s\" is not a number of %" PRIu64 "..%" PRIu64, name, value, s->min, s->max);
    return SET_BAD_VALUE;
}

// --- all of them --------------------------------------------------------------------------------

static enum replay_set set_arch(struct replay_cfg *cfg, const char *value, char *msg, size_t size)
{
    bool arm = strcmp(value, trace_isa_name[GVT_AARCH64]) == 0;
    if (!arm && strcmp(value, trace_isa_name[GVT_RISCV64]) != 0) {
        snprintf(msg, size, "arch: \"%.40s\" is not riscv64 or aarch64", value);
        return SET_BAD_VALUE;
    }
    if (arm)
        aarch64_world_default(&cfg->world);
    else if (cfg->arch == GVT_AARCH64)
        aarch64_world_undo(&cfg->world);
    cfg->arch = arm ? GVT_AARCH64 : GVT_RISCV64;
    cfg->arch_given = true;
    return SET_FINE;
}

static enum replay_set set_world(struct replay_cfg *cfg, const char *key, const char *value, char *msg, size_t size)
{
    if (world_cfg_set(&cfg->world, key, value, msg, size))
        return world_cfg_has(key) ? SET_BAD_VALUE : SET_NO_KEY;
    cfg->world_given |= world_cfg_builds(key);
    return SET_FINE;
}

enum replay_set replay_set(struct replay_cfg *cfg, const char *key, const char *value, char *msg, size_t size)
{
    if (strcmp(key, "arch") == 0)
        return set_arch(cfg, value, msg, size);
    if (strncmp(key, "mem.", 4) == 0)
        return replay_memory_set(&cfg->memory, key + 4, value, msg, size);
    if (strncmp(key, "world.", 6) == 0)
        return set_world(cfg, key + 6, value, msg, size);
    for (unsigned i = 0; i < REPLAY_SETTINGS; i++)
        if (strcmp(key, replay_settings[i].key) == 0)
            return replay_setting_set(cfg, &replay_settings[i], key, value, msg, size);
    snprintf(msg, size, "%.40s: unknown setting", key);
    return SET_NO_KEY;
}

// --- timing of memory ---------------------------------------------------------------------------

static const struct {
    const char *key, *help;
    size_t offset;
    bool wide; // uint64_t, else unsigned
    uint64_t min, max;
} memory_key[] = {
#define WIDE(field, min, max, help) {#field, help, offsetof(struct tl_timing, field), true, min, max}
#define NARROW(field, min, max, help) {#field, help, offsetof(struct tl_timing, field), false, min, max}
    WIDE(lat, 1, 1000000, "latency of a read, cycles from channel A to the first beat"),
    WIDE(span, 0, 1000000, "a hashed amount below this is added to the latency"),
    WIDE(seed, 0, UINT64_MAX, "seed of the hashes"),
    WIDE(gap, 1, 1000, "cycles between the two beats of a line"),
    NARROW(period, 1, 64, "aready=pattern: length of the pattern"),
    WIDE(mask, 0, UINT64_MAX, "aready=pattern: ready in these cycles of the period"),
    NARROW(threshold, 0, 256, "aready=hash: ready in threshold/256 of the cycles"),
    NARROW(l2_sets, 0, 1u << 20, "sets of the L2 data cache in front of memory; 0: none"),
    NARROW(l2_ways, 1, 64, "ways of it"),
    WIDE(hit_lat, 1, 1000000, "latency of a hit in it"),
};

static const char *const aready_name[] = {"always", "pattern", "hash"};

static bool number(const char *text, uint64_t *value)
{
    bool hex = text[0] == '0' && (text[1] | 32) == 'x';
    return hex ? parse_hex(text, UINT64_MAX, value) : parse_dec(text, UINT64_MAX, value);
}

enum replay_set replay_memory_set(struct tl_timing *t, const char *key, const char *value, char *msg, size_t size)
{
    if (strcmp(key, "aready") == 0) {
        for (unsigned i = 0; i < 3; i++)
            if (strcmp(value, aready_name[i]) == 0) {
                t->aready = (enum tl_aready)i;
                return SET_FINE;
            }
        snprintf(msg, size, "aready: \"%s\" is not always, pattern or hash", value);
        return SET_BAD_VALUE;
    }
    for (unsigned i = 0; i < sizeof memory_key / sizeof *memory_key; i++) {
        uint64_t v;
        if (strcmp(key, memory_key[i].key) != 0)
            continue;
        if (!number(value, &v)) {
            snprintf(msg, size, "%s: \"%s\" is not a number", key, value);
            return SET_BAD_VALUE;
        }
        if (v < memory_key[i].min || v > memory_key[i].max) {
            snprintf(msg, size, "%s: %s is not in %" PRIu64 "..%" PRIu64, key, value,
                     memory_key[i].min, memory_key[i].max);
            return SET_BAD_VALUE;
        }
        void *to = (char *)t + memory_key[i].offset;
        if (memory_key[i].wide)
            *(uint64_t *)to = v;
        else
            *(unsigned *)to = (unsigned)v;
        return SET_FINE;
    }
    snprintf(msg, size, "%s: unknown key of the memory timing", key);
    return SET_NO_KEY;
}

const char *replay_memory_check(const struct tl_timing *t, char *msg, size_t size)
{
    if (t->l2_sets & (t->l2_sets - 1)) {
        snprintf(msg, size, "l2_sets: %u is not a power of two", t->l2_sets);
        return msg;
    }
    return NULL;
}

static uint64_t memory_value(const struct tl_timing *t, unsigned i)
{
    const void *from = (const char *)t + memory_key[i].offset;
    return memory_key[i].wide ? *(const uint64_t *)from : *(const unsigned *)from;
}

void replay_memory_each(const struct tl_timing *t,
                        void (*fn)(const char *key, const char *value, const char *help, void *ctx),
                        void *ctx)
{
    char value[32];
    for (unsigned i = 0; i < sizeof memory_key / sizeof *memory_key; i++) {
        snprintf(value, sizeof value, "%" PRIu64, memory_value(t, i));
        fn(memory_key[i].key, value, memory_key[i].help, ctx);
    }
    fn("aready", aready_name[t->aready], "channel A is ready: always, pattern or hash", ctx);
}
