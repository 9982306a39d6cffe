// SPDX-License-Identifier: MulanPSL-2.0
// Records of traces, shared by trace.c and world.c.
#ifndef L2TLB_LIB_TRACE_IMPL_H
#define L2TLB_LIB_TRACE_IMPL_H

#include "l2tlb/trace.h"
#include "traces/trace.h"

// Public to internal. NULL, or why the record may not stand in a trace of this class.
const char *record_in(struct trace_record *to, const struct l2tlb_trace_record *r, unsigned klass);

#endif
