// SPDX-License-Identifier: MulanPSL-2.0
// The report of a replay as a document: what was run, the settings, the world, the L1 side, the
// sections of the L2TLB. emit.h writes it in a format.
#ifndef L2TLB_REPORT_REPLAY_DOC_H
#define L2TLB_REPORT_REPLAY_DOC_H

#include "replay/replay.h"
#include "report/doc.h"

// The report of one trace; the caller frees it with doc_free(). NULL: out of memory.
struct doc *replay_document(const struct replay_cfg *cfg, const struct replay_result *r,
                            const char *path);

// Section "opening": the first screen (opening.c).
void opening_section(struct doc *d, const struct replay_cfg *cfg, const struct replay_result *r,
                     const char *path);

// Section "aarch64", of a replay with --arch aarch64 (aarch64_doc.c).
void aarch64_section(struct doc *d, const struct replay_cfg *cfg, const struct replay_result *r);

#endif
