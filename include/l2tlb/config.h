// SPDX-License-Identifier: MulanPSL-2.0
// Configuration of a machine by text: presets, revisions, parameters, rules, errata.
//
//   l2tlb_config *c;
//   l2tlb_cfg_new("default", &c);
//   l2tlb_cfg_set(c, "revision", "2026-03");
//   if (l2tlb_cfg_set(c, "pagecache.l0_sets", "64"))
//       puts(l2tlb_cfg_message(c));
//
// Keys are those of `l2tlb config` and of its INI files: "preset" (minimal, default, minimal-bitmap,
// bitmap, cvm, mpt), "revision" (2025-05, 2026-03, 2026-07, 2026-07-v2), sizes ("pagecache.l0_sets",
// "llptw.size", ...), "errata" and "errata.ID" (as-rtl, fixed), "rule.NAME" (yes, no). "preset" and
// "revision" set the sizes again, so they come first.
#ifndef L2TLB_CONFIG_H
#define L2TLB_CONFIG_H

#include "l2tlb/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct l2tlb_config l2tlb_config;

// preset: NULL means "default". Revision 2025-05, errata as the RTL has them. L2TLB_BAD_KEY: no such preset.
L2TLB_API int l2tlb_cfg_new(const char *preset, l2tlb_config **c);
L2TLB_API int l2tlb_cfg_copy(const l2tlb_config *c, l2tlb_config **copy);
L2TLB_API void l2tlb_cfg_free(l2tlb_config *c);

// L2TLB_BAD_KEY, L2TLB_BAD_VALUE; the message names key and reason.
L2TLB_API int l2tlb_cfg_set(l2tlb_config *c, const char *key, const char *value);
// The text of an INI file of such keys (`key = value`, `[section]`, comments behind `;` or `#`).
// L2TLB_BAD_INPUT: the message is "NAME:LINE: reason". L2TLB_NO_MEMORY. Nothing is set then.
L2TLB_API int l2tlb_cfg_ini(l2tlb_config *c, const char *text, const char *name);
// The same from a file. L2TLB_BAD_INPUT.
L2TLB_API int l2tlb_cfg_load(l2tlb_config *c, const char *path);
// Are all values possible together? L2TLB_BAD_VALUE: no. Machines are only made of such configurations.
L2TLB_API int l2tlb_cfg_check(l2tlb_config *c);

// The value of a key as text, with a 0 behind it. L2TLB_BAD_KEY; L2TLB_BAD_SIZE: needs more than `size`.
// Rules show what is in force (after presets, revision and errata).
L2TLB_API int l2tlb_cfg_get(l2tlb_config *c, const char *key, char *value, size_t size);
// Calls fn for every key in the order of `l2tlb config`, with its value and a line of explanation, until it
// returns something else than 0; returns that.
L2TLB_API int l2tlb_cfg_each(l2tlb_config *c,
                             int (*fn)(const char *key, const char *value, const char *help, void *ctx), void *ctx);

// What was wrong with the last call that failed; "" after one that did not. Valid until the next call.
L2TLB_API const char *l2tlb_cfg_message(const l2tlb_config *c);

#ifdef __cplusplus
}
#endif
#endif
