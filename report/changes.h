// SPDX-License-Identifier: MulanPSL-2.0
// What of a replay's settings differs from its preset and from the defaults.
#ifndef L2TLB_REPORT_CHANGES_H
#define L2TLB_REPORT_CHANGES_H

#include "replay/replay.h"
#include "report/doc.h"

enum { CHANGE_TEXT = 80 };

// Calls fn for every parameter of the machine, the memory, the world and the accesses in front whose
// value is not that of the preset, of the revision or of replay_cfg_default(). Returns their number.
unsigned changes_each(const struct replay_cfg *cfg,
                      void (*fn)(const char *key, const char *value, const char *usual, void *ctx),
                      void *ctx);

// Section "changes": one row per such parameter.
void changes_section(struct doc *d, const struct replay_cfg *cfg);

// Calls fn for every setting that is not of the machine: mem.*, world.*, window.*, retry.*, with
// the number where it is one.
void settings_each(const struct replay_cfg *cfg,
                   void (*fn)(const char *key, const char *value, const char *help, void *ctx),
                   void *ctx);

#endif
