// SPDX-License-Identifier: MulanPSL-2.0
// Drives the L2TLB with a stimulus, cycle by cycle, with the memory of the recordings behind it, and
// describes what happens in the lines of the recordings (docs/recordings.md 2 to 4).
#ifndef L2TLB_CHECK_DRIVER_H
#define L2TLB_CHECK_DRIVER_H

#include "model/l2tlb.h"
#include "check/stim.h"

struct driver;

// What happens in the run, in the order of the recordings. Any of them may be NULL.
struct driver_hooks {
    void (*line)(const char *text, uint64_t cycle, void *ctx); // Q, D, A, R, W, S lines
    // Answer taken: request number k of its port, accepted in cycle `accepted`.
    void (*answer)(struct driver *d, unsigned port, const struct ptw_resp *r, uint64_t accepted,
                   void *ctx);
    void (*accept)(struct driver *d, unsigned port, uint32_t tag, void *ctx);
    void (*cycle)(struct driver *d, void *ctx); // after every settle
    void *ctx;
};

struct driver_options {
    bool skip; // skip idle cycles
    uint64_t watchdog; // see driver_stuck(); 0: never
};

// The stimulus must outlive the driver and is not changed. NULL when memory is exhausted.
struct driver *driver_new(const struct l2tlb_cfg *cfg, const struct stim *stim,
                          const struct driver_options *options, const struct driver_hooks *hooks);
void driver_free(struct driver *d);
// One cycle, or a stretch of idle ones. Returns false once the stimulus' last cycle has passed.
bool driver_step(struct driver *d);
// Summary lines "P ..." and "E ..." after the last cycle.
void driver_summary(const struct driver *d, void (*line)(const char *text, void *ctx), void *ctx);

// Has the machine been busy for more than `watchdog` cycles without a line?
bool driver_stuck(const struct driver *d);
uint64_t driver_last_event(const struct driver *d); // cycle of the last line, or of a rest since

uint64_t driver_cycle(const struct driver *d);
uint64_t driver_clocked(const struct driver *d); // cycles that were really clocked
struct l2tlb *driver_machine(struct driver *d);
const struct l2tlb_in *driver_inputs(const struct driver *d);
const struct l2tlb_out *driver_outputs(const struct driver *d);
struct phys *driver_memory(struct driver *d);
unsigned driver_outstanding(const struct driver *d); // reads in flight
// Requests accepted but not answered so far, dropped ones included.
void driver_counts(const struct driver *d, uint64_t accepted[2], uint64_t answered[2],
                   uint64_t *reads);

#endif
