// SPDX-License-Identifier: MulanPSL-2.0
// What the commands that write traces share: form by name, amounts with a suffix, progress.
#ifndef L2TLB_CMD_TRACEIO_H
#define L2TLB_CMD_TRACEIO_H

#include "cmd/options.h"
#include "traces/trace.h"

#include <time.h>

// Binary when asked for, or by a name that ends in .gvtb or .gvtb.gz.
enum trace_form traceio_form(const char *path, bool binary);
// A decimal or 0x hexadecimal number with an optional suffix k K M G T that multiplies by powers
// of `kilo` (1000 or 1024). False: not a number, or above 64 bits.
bool traceio_amount(const char *text, unsigned kilo, uint64_t *value);

// A line of progress on standard error while that is a terminal; silent otherwise.
struct traceio_progress {
    bool on, shown;
    struct timespec start, last;
    uint64_t done, total, read; // read: times 256 KiB of text
};
void traceio_start(struct traceio_progress *p, bool quiet);
// done of total records (total 0: unknown); cheap enough for every record.
void traceio_step(struct traceio_progress *p, uint64_t done, uint64_t total);
// For source_watch(), with the progress as ctx: shows it also while no record comes. False when the
// command was interrupted (interrupt.h).
bool traceio_reading(void *ctx);
void traceio_stop(struct traceio_progress *p);

// The command was interrupted (interrupt.h): says where, of so many records (0: unknown), leaves no
// trace, and returns the exit status.
int traceio_interrupted(const struct options *o, struct trace_writer *w, uint64_t records);

#endif
