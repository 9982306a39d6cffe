// SPDX-License-Identifier: MulanPSL-2.0
// One row per answered request, as CSV (replay --requests, l2tlb explain). docs/replay.md describes the columns.
//
//   request,port,kind,vpn,accepted,latency,path,g_stage,fault,page,g_page,reads,CAUSE...,steps,read_list
//
// steps: CAUSE@AT, with >REQUEST where another one held what was waited for, separated by ';'.
// read_list: STAGE LEVEL:ADDRESS@AT+CYCLES, STAGE s, g, b (bitmap) or m (MPT).
#ifndef L2TLB_REPLAY_REQUESTS_H
#define L2TLB_REPLAY_REQUESTS_H

#include "replay/tracker.h"

#include <stdio.h>

enum { REQUEST_STEPS = 96, REQUEST_READS = 64, REQUEST_LINE = 8192 };

// A row read back: the answer and what its pointers point to.
struct request_row {
    struct tracked_answer a;
    uint32_t cause[CAUSE_COUNT];
    struct life_step step[REQUEST_STEPS];
    struct life_read read[REQUEST_READS];
};

void requests_head(FILE *out);
void requests_write(FILE *out, const struct tracked_answer *a);

// Is `line` the head that requests_head() writes?
bool requests_is_head(const char *line);
// Reads one row. Returns NULL, or what is wrong with it.
const char *requests_read(const char *line, struct request_row *row);

// The name of a cause in lower case: its key in this file and in reports.
const char *request_cause_name(unsigned cause, char buf[32]);

#endif
