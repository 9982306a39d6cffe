// SPDX-License-Identifier: MulanPSL-2.0
// One replay under way; shared by the files of the run loop only (replay.c, feed.c, judge.c, ports.c).
#ifndef L2TLB_REPLAY_SIM_H
#define L2TLB_REPLAY_SIM_H

#include "check/oracle.h"
#include "replay/replay.h"
#include "replay/tracker.h"
#include "replay/vcd.h"

enum {
    PORT_QUEUE = 256,   // records of a port trace that are read ahead
    BOOT_CYCLES = 8,    // before cycle 0 of the trace
    CONTROL_DELAY = 2,  // cycles until the walkers see a CSR or a fence (spec A 0.8)
    SETTLE_CYCLES = 16, // after the last event, for the delayed counters (spec A 6)
};

struct port_queue {
    struct trace_record rec[PORT_QUEUE];
    unsigned head, count;
};

struct sim {
    const struct replay_cfg *cfg;
    struct replay_result *r;
    const char *path; // of the trace
    struct trace *trace;
    struct world *world;
    struct phys *mem;
    struct l2tlb *l2;
    struct tl *tl;
    struct tracker *tracker;
    struct shield *shield; // NULL: no bitmap
    struct ward *ward;     // NULL: no MPT
    struct front *front;   // NULL for port traces
    struct vcd *vcd[2];
    struct perfetto *perfetto;
    struct kanata *kanata;
    struct footprint *footprint; // the result's; NULL: not asked for
    struct l2tlb_in in;
    struct l2tlb_out out;
    struct l1_csr csr; // as the ports show it in this cycle
    uint64_t cycle;
    uint64_t last_progress;

    // records
    struct trace_record rec; // the next one, adjusted
    bool have, eof, bad;
    bool no_skip; // somebody looks at every cycle
    uint64_t block_until; // no access before
    // The L2TLB is at rest: until an input changes its last settle stands.
    bool rests, settled_in_rest;
    struct l2tlb_in rest_in;
    uint64_t quiet_since; // cycle since which nothing is going on; UINT64_MAX: something is
    struct port_queue port[2];
    uint64_t next_progress_call;
    unsigned fenced; // parked accesses fenced so far

    // requests
    uint32_t next_tag[2];

    // oracle
    struct oracle_track *track; // NULL: nobody judges
    bool placing; // the world takes new memory: what the bitmap says of it was so before
    struct pmp pmp;
    struct tlb_csr csr_delay[CONTROL_DELAY];
    struct sfence fence_delay[CONTROL_DELAY];
};

// Ends the run: out of memory.
void sim_no_memory(struct sim *s);
// Progress. False: the run is to end; the result says where.
bool sim_go_on(struct sim *s);

// feed.c: control inputs of this cycle (before settle), accesses (after), and until when nothing
// comes by itself.
void feed_control(struct sim *s);
void feed_accesses(struct sim *s);
uint64_t feed_next(const struct sim *s);
// After feed_accesses(): the access that lacks nothing but room in the L1 side, or NULL.
const struct trace_record *feed_waiting(const struct sim *s);
// Reads the next record into s->rec unless there is one. False at the end or after an error.
bool feed_record(struct sim *s);
// AArch64: brings the record into the form of the world. False after feed_fail().
bool feed_arch(struct sim *s);
void feed_fail(struct sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
// A value of satp, vsatp or hgatp (enum trace_csr) with a mode that the machine lacks: of an image it
// is an error, or with `untranslated` becomes bare; a built world has a mode of its own. False after
// feed_fail(), which says `where`.
bool feed_mode(struct sim *s, unsigned csr, uint64_t *value, const char *where);
// Touches the pages of a record; ends the run when memory is full. True: mapped.
bool feed_touch(struct sim *s, const struct trace_record *r);
// The machine's MBMC and mmpt: none without the bitmap or the MPT, no KEYIDEN in 2025-05.
void sim_isolation(const struct sim *s, struct tlb_csr *csr);
// A CSR, switch, fence or memory record takes effect in this cycle.
void feed_apply(struct sim *s, const struct trace_record *r);

// judge.c: what the walkers see in this cycle; does anybody judge answers? one answer; and, behind the
// clock edge, the registers and fences that reach the walkers CONTROL_DELAY cycles later.
struct oracle_env sim_oracle_env(const struct sim *s);
bool sim_judging(const struct sim *s);
void sim_judge(struct sim *s, const struct ptw_resp *resp);
void sim_delay_control(struct sim *s);
// A word of memory changed.
void sim_written(void *ctx, uint64_t addr, uint64_t old, uint64_t word);

// ports.c: the same for port traces.
void ports_feed(struct sim *s);
void ports_taken(struct sim *s);
uint64_t ports_next(const struct sim *s);
bool ports_empty(const struct sim *s);

#endif
