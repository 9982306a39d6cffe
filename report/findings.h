// SPDX-License-Identifier: MulanPSL-2.0
// What stands out in a replay: rules that look at the figures and say it in a sentence.
//
// Each rule has a threshold (findings.c, beside it) below which it is silent. A sentence holds the
// figures it rests on, so that a reader can check it against the tables of the report.
#ifndef L2TLB_REPORT_FINDINGS_H
#define L2TLB_REPORT_FINDINGS_H

#include "replay/replay.h"

enum { FINDINGS_MAX = 16, FINDING_TEXT = 320 };

struct finding {
    const char *id; // lower case, underscores: the key in JSON and CSV
    char text[FINDING_TEXT];
};

// The findings of one run, the weightiest first. Returns how many; 0: nothing stands out.
unsigned findings(const struct replay_cfg *cfg, const struct replay_result *r,
                  struct finding out[FINDINGS_MAX]);

#endif
