// SPDX-License-Identifier: MulanPSL-2.0
// Settings of a replay by name and as text: for options, studies and the library. Those of the machine are
// cfg_set()'s (arch/cfg.h).
#ifndef L2TLB_REPLAY_SETTINGS_H
#define L2TLB_REPLAY_SETTINGS_H

#include "replay/replay.h"

enum replay_set { SET_FINE, SET_NO_KEY, SET_BAD_VALUE };

// Sets one; anything but SET_FINE with a message. Keys:
//   arch         riscv64 or aarch64; sets the world of it, so it comes before world.KEY
//   mem.KEY      replay_memory_set()
//   world.KEY    world_cfg_set()
//   and the keys of replay_settings: decimal numbers, or yes and no.
enum replay_set replay_set(struct replay_cfg *cfg, const char *key, const char *value, char *msg, size_t size);

// --- numbers and flags --------------------------------------------------------------------------

enum setting_type { SETTING_FLAG, SETTING_NARROW, SETTING_WIDE }; // bool, unsigned, uint64_t

struct replay_setting {
    const char *key;    // of studies and reports: "window.load"
    const char *option; // of the command and the library: "window-load"
    enum setting_type type;
    size_t offset;      // in struct replay_cfg
    uint64_t min, max;
    const char *help;
};
enum { REPLAY_SETTINGS = 13 };
// Those of type SETTING_NARROW are the L1 side's (front.h).
extern const struct replay_setting replay_settings[REPLAY_SETTINGS];

const struct replay_setting *replay_setting(const char *option); // NULL: there is none
uint64_t replay_setting_get(const struct replay_cfg *cfg, const struct replay_setting *s);
void replay_setting_put(struct replay_cfg *cfg, const struct replay_setting *s, uint64_t value);
// From text; the message calls it `name`.
enum replay_set replay_setting_set(struct replay_cfg *cfg, const struct replay_setting *s, const char *name,
                                   const char *value, char *msg, size_t size);

// --- timing of memory ---------------------------------------------------------------------------

// One key: lat span seed gap aready(always|pattern|hash) period mask threshold l2_sets l2_ways hit_lat; numbers are
// decimal or 0x hexadecimal. SET_FINE, or a message.
enum replay_set replay_memory_set(struct tl_timing *t, const char *key, const char *value, char *msg, size_t size);
// Keys that each were right, together. NULL or a message.
const char *replay_memory_check(const struct tl_timing *t, char *msg, size_t size);
// Calls fn for every key with its value and a line of help, in a fixed order.
void replay_memory_each(const struct tl_timing *t,
                        void (*fn)(const char *key, const char *value, const char *help, void *ctx), void *ctx);

#endif
