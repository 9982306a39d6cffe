// SPDX-License-Identifier: MulanPSL-2.0
// From settings to a replay, and the complete configuration as text.
#ifndef L2TLB_STUDY_POINT_H
#define L2TLB_STUDY_POINT_H

#include "replay/replay.h"
#include "study/study.h"

enum { POINT_TEXT = 16384 };

// The settings of [fix] and of a value of each dimension (value[i] < dim[i].values), with this seed. The order is
// that of `l2tlb replay`: preset, revision, errata, all else, each in the order of the file. NULL, or
// "file:line: reason" in msg.
const char *point_set(const struct study *s, const uint32_t *value, uint64_t seed, struct replay_cfg *cfg, char *msg,
                      size_t size);
// Do the settings go together? Must be asked before cfg is used. NULL, or "file: point: reason" in msg.
const char *point_check(const struct study *s, const uint32_t *value, struct replay_cfg *cfg, char *msg, size_t size);
// Both.
const char *point_configure(const struct study *s, const uint32_t *value, uint64_t seed, struct replay_cfg *cfg,
                            char *msg, size_t size);

// Everything that decides the result but the trace, one `key = value` a line.
void point_text(const struct replay_cfg *cfg, char text[POINT_TEXT]);
// The value of a key in it, in buf; NULL: there is none.
const char *point_lookup(const char *text, const char *key, char *buf, size_t size);

// "llptw.size=4 guest=huge" into buf; varied parameters only.
const char *point_label(const struct study *s, const uint32_t *value, char *buf, size_t size);

#endif
