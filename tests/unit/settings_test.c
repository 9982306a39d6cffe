// SPDX-License-Identifier: MulanPSL-2.0
// Settings of a replay by name: what each sets, what is no key and what is no value.
#include "replay/settings.h"
#include "tests/harness.h"

#include <string.h>

static struct replay_cfg cfg;
static char msg[256];

static enum replay_set set(const char *key, const char *value)
{
    *msg = 0;
    enum replay_set r = replay_set(&cfg, key, value, msg, sizeof msg);
    return r == SET_FINE || *msg ? r : (enum replay_set)99; // whatever is refused says why
}

TEST memory_keys_are_checked(void)
{
    replay_cfg_default(&cfg);
    ASSERT_FALSE(replay_memory_set(&cfg.memory, "lat", "0x10", msg, sizeof msg));
    ASSERT_EQ(16, cfg.memory.lat);
    ASSERT(replay_memory_set(&cfg.memory, "lat", "-1", msg, sizeof msg));
    ASSERT(replay_memory_set(&cfg.memory, "lat", "0", msg, sizeof msg));
    ASSERT(replay_memory_set(&cfg.memory, "lat", "12x", msg, sizeof msg));
    ASSERT_FALSE(replay_memory_set(&cfg.memory, "seed", "18446744073709551615", msg, sizeof msg));
    ASSERT(replay_memory_set(&cfg.memory, "seed", "18446744073709551616", msg, sizeof msg));
    ASSERT(replay_memory_set(&cfg.memory, "seed", "0x10000000000000000", msg, sizeof msg));
    ASSERT(replay_memory_set(&cfg.memory, "speed", "1", msg, sizeof msg));
    ASSERT(replay_memory_set(&cfg.memory, "aready", "often", msg, sizeof msg));
    ASSERT_FALSE(replay_memory_set(&cfg.memory, "l2_sets", "3", msg, sizeof msg));
    ASSERT(replay_memory_check(&cfg.memory, msg, sizeof msg));
    PASS();
}

// The largest and the smallest value of each reach their place, and no other; the next ones are refused.
TEST numbers_and_flags(void)
{
    char text[32];
    for (unsigned i = 0; i < REPLAY_SETTINGS; i++) {
        const struct replay_setting *s = &replay_settings[i];
        struct replay_cfg usual;
        replay_cfg_default(&usual);
        replay_cfg_default(&cfg);
        for (unsigned high = 0; high < 2; high++) {
            uint64_t v = high ? s->max : s->min;
            snprintf(text, sizeof text, "%llu", (unsigned long long)v);
            ASSERT_EQm(s->key, SET_FINE, set(s->key, s->type == SETTING_FLAG ? (high ? "yes" : "no") : text));
            ASSERT_EQm(s->key, v, replay_setting_get(&cfg, s));
        }
        for (unsigned k = 0; k < REPLAY_SETTINGS; k++)
            if (k != i)
                ASSERT_EQm(s->key, replay_setting_get(&usual, &replay_settings[k]),
                           replay_setting_get(&cfg, &replay_settings[k]));
        snprintf(text, sizeof text, "%llu", (unsigned long long)s->max + 1);
        ASSERT_EQm(s->key, s->type == SETTING_WIDE ? SET_FINE : SET_BAD_VALUE, set(s->key, text));
        snprintf(text, sizeof text, "%llu", (unsigned long long)s->min - 1);
        ASSERT_EQm(s->key, s->type == SETTING_WIDE ? SET_FINE : SET_BAD_VALUE, set(s->key, text));
        ASSERT_EQm(s->key, SET_BAD_VALUE, set(s->key, "0x1"));
        ASSERT_EQm(s->key, SET_BAD_VALUE, set(s->key, ""));
    }
    PASS();
}

TEST names_of_options(void)
{
    for (unsigned i = 0; i < REPLAY_SETTINGS; i++) {
        const struct replay_setting *s = &replay_settings[i];
        ASSERT_EQ(s, replay_setting(s->option));
        ASSERT_EQ(strlen(s->key), strlen(s->option));
        for (size_t n = 0; s->key[n]; n++)
            ASSERT(s->key[n] == s->option[n] || (s->option[n] == '-' && strchr("._", s->key[n])));
    }
    ASSERT_EQ(NULL, replay_setting("window.load"));
    PASS();
}

// A message is for people: what is said in it does not decide.
TEST keys_and_values_are_told_apart(void)
{
    static const char *const no_key[] = {"", "speed", "window-load", "mem.", "mem.speed", "world.", "world.bad value"};
    static const char *const no_value[][2] = {
        {"mem.lat", "unknown key"}, {"mem.aready", "unknown"}, {"world.s1.huge", "unknown"}, {"world.pages", "unknown"},
        {"world.mode", "unknown"}, {"arch", "unknown"}, {"oracle", "unknown"}, {"retry.amo", "unknown"},
    };
    replay_cfg_default(&cfg);
    for (unsigned i = 0; i < sizeof no_key / sizeof *no_key; i++)
        ASSERT_EQm(no_key[i], SET_NO_KEY, set(no_key[i], "1"));
    for (unsigned i = 0; i < sizeof no_value / sizeof *no_value; i++)
        ASSERT_EQm(no_value[i][0], SET_BAD_VALUE, set(no_value[i][0], no_value[i][1]));
    PASS();
}

TEST an_architecture_brings_its_world(void)
{
    struct world_cfg usual;
    replay_cfg_default(&cfg);
    world_cfg_default(&usual);
    ASSERT_EQ(SET_FINE, set("world.seed", "9"));
    ASSERT(cfg.world_given && !cfg.arch_given);
    ASSERT_EQ(SET_FINE, set("arch", "aarch64"));
    ASSERT(cfg.arch == GVT_AARCH64 && cfg.arch_given && cfg.world.s_mode == MODE_SV48);
    ASSERT(cfg.world.guest_size != usual.guest_size);
    ASSERT_EQ(SET_FINE, set("arch", "riscv64"));
    ASSERT(cfg.arch == GVT_RISCV64 && cfg.world.s_mode == MODE_SV39 && cfg.world.vs_mode == MODE_SV39);
    ASSERT_EQ(usual.guest_size, cfg.world.guest_size);
    ASSERT_EQ(9, cfg.world.seed);
    // Said again, it leaves a world of its own alone.
    ASSERT_EQ(SET_FINE, set("world.mode", "sv48"));
    ASSERT_EQ(SET_FINE, set("arch", "riscv64"));
    ASSERT_EQ(MODE_SV48, cfg.world.s_mode);
    PASS();
}

TEST stages_are_no_world(void)
{
    replay_cfg_default(&cfg);
    ASSERT_EQ(SET_FINE, set("world.stages", "two"));
    ASSERT_FALSE(cfg.world_given);
    ASSERT_EQ(SET_BAD_VALUE, set("world.mode", "x"));
    ASSERT_FALSE(cfg.world_given);
    PASS();
}

SUITE(settings_suite)
{
    RUN_TEST(memory_keys_are_checked);
    RUN_TEST(numbers_and_flags);
    RUN_TEST(names_of_options);
    RUN_TEST(keys_and_values_are_told_apart);
    RUN_TEST(an_architecture_brings_its_world);
    RUN_TEST(stages_are_no_world);
}
