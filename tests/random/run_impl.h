// SPDX-License-Identifier: MulanPSL-2.0
// Inside of the checkers of random runs.
#ifndef TESTS_RANDOM_RUN_IMPL_H
#define TESTS_RANDOM_RUN_IMPL_H

#include "tests/random/runcheck.h"

#include "model/wires.h"

enum state { WAITING, IN_FLIGHT, ANSWERED, DROPPED };

struct request {
    uint64_t vpn, accepted;
    uint8_t s2xlate, state;
    uint8_t located; // times found in this cycle
    bool lost, hung; // said once
};

// A read of the LLPTW, for the rule that a line is read once.
struct line_read {
    uint64_t vpn_line, back; // back: cycle of the last beat, UINT64_MAX before
    uint8_t s2xlate;
    bool valid;
};

struct slot {
    uint64_t enqueued;
    uint64_t page; // last one with a verdict
    bool allowed;
    uint64_t root[3]; // satp, vsatp, hgatp at that time
    struct line_read read; // last read of this slot
};

struct run {
    const struct l2tlb_cfg *cfg;
    const struct stim *stim;
    const struct run_options *o;
    struct run_result *r;
    struct driver *d;
    struct l2tlb *t;
    struct request *req; // by tag
    size_t requests;
    uint32_t *live; // tags in flight
    size_t lives;
    struct oracle_track *track;
    struct tlb_csr csr;
    uint64_t pmp_generation, cycle, last_accept;
    uint64_t bare_cycle; // last one in which hgatp was Bare
    bool flushing;
    struct sfence fence; // of this cycle, reaches the tracker after the answers
    struct slot slot[MAX_IDS];
    uint32_t in_flight; // ids
    uint64_t counter_off; // tlbCounter minus what it should be, at the last look
    uint64_t answers, reads, lines, verdicts, locates, requested;
};

// runcheck.c
void run_find(struct run *x, enum finding_kind kind, uint32_t tag, const char *field,
              const struct oracle_report *rep, const char *text);

// runinvariants.c
void run_note_memory(struct run *x); // verdicts, reads and last beats of this cycle
void run_locate(struct run *x);
void run_count(struct run *x);
void run_at_rest(struct run *x);
bool run_bare_two_stage(const struct run *x);
void run_hangs(struct run *x, uint32_t tag);

#endif
