// SPDX-License-Identifier: MulanPSL-2.0
// What a user should know about a replay that went through but may not mean what he thinks: most answers
// are faults, addresses wider than the world's mode, a trace that does not say its ISA, modes that the
// machine lacks, options of built worlds over an image. One sentence each; the report has them as a section, the command says them as well.
#ifndef L2TLB_REPORT_REMARKS_H
#define L2TLB_REPORT_REMARKS_H

#include "replay/replay.h"

enum { REMARKS = 6, REMARK_TEXT = 320 };

struct remarks {
    unsigned count;
    struct {
        const char *id, *label; // as in doc.h
        char text[REMARK_TEXT];
    } item[REMARKS];
};

void remarks_of(struct remarks *m, const struct replay_cfg *cfg, const struct replay_result *r);

#endif
