// SPDX-License-Identifier: MulanPSL-2.0
// Runs the model with a stimulus and checks what it does: answers with the oracle, and what must
// hold whatever the tables say. See enum finding_kind.
#ifndef TESTS_RANDOM_RUNCHECK_H
#define TESTS_RANDOM_RUNCHECK_H

#include "check/driver.h"
#include "check/oracle.h"

enum finding_kind {
    FIND_ORACLE,      // the answer is not what the tables say
    FIND_NOBODY,      // answer without a request: never accepted, flushed, or answered before
    FIND_KIND,        // answer of another translation kind or page than its request
    FIND_HANG,        // request of after the last flush never answered
    FIND_STUCK,       // a port never accepts its request
    FIND_SECOND_READ, // LLPTW reads a line that another entry read for it meanwhile
    FIND_NO_CHECK,    // read of an address without a good PMP/PMA verdict on it
    FIND_ID,          // channel A uses an id that is in flight
    FIND_COUNTER,     // tlbCounter differs from accepted minus answered
    FIND_LOST,        // a request in flight is in no block, or in two
    FIND_RETURN,      // after everything is answered a block, id or credit is still taken
    FIND_SKIP,        // idle skipping changes the log or the sums
    FINDING_KINDS
};
extern const char *const finding_name[FINDING_KINDS];

struct finding {
    enum finding_kind kind;
    uint64_t cycle;
    uint32_t tag;      // of the request, or TAG_NONE
    uint64_t vpn;      // of the request
    const char *field; // FIND_ORACLE: first field; static text
    char text[160];
};

enum { FINDINGS = 256 };

struct run_result {
    unsigned count; // findings kept
    struct finding item[FINDINGS];
    uint64_t findings; // all
    uint64_t cycles, clocked, accepted, answers, judged, stale, flushed, reads;
    uint64_t by_kind[4]; // judged answers per s2xlate
    uint64_t late_roots; // reads of a root that changed after its verdict
    uint64_t hash;       // of all lines and sums
    bool cut;            // the end came before everything was answered
    bool failed;         // out of memory
};

// For the tests of the checkers: what the checkers are told may be falsified on its way.
struct run_fault {
    // Each may change its arguments. answer: returns how often it is delivered (1 is honest).
    unsigned (*answer)(uint64_t n, struct ptw_resp *r, void *ctx);
    void (*read)(uint64_t n, unsigned *source, uint64_t *addr, void *ctx);
    void (*line)(uint64_t n, char *text, void *ctx);
    bool (*verdict)(uint64_t n, void *ctx);  // true: forget that an address was allowed
    unsigned (*counter)(uint64_t cycle, unsigned value, void *ctx);
    unsigned (*located)(uint64_t n, void *ctx); // how often a request is found, 1 is honest
    bool (*leftover)(void *ctx); // true: pretend that an id has not returned
    void *ctx;
};

struct run_options {
    bool skip;
    bool check; // false: only the hash and the counts
    const struct run_fault *fault;
    void (*report)(const struct finding *f, const struct oracle_report *r, void *ctx); // or NULL
    void (*line)(const char *text, uint64_t cycle, void *ctx); // of the log, or NULL
    void *ctx;
};

void run_stim(const struct l2tlb_cfg *cfg, const struct stim *stim, const struct run_options *o,
              struct run_result *result);
// Both ways: checked with skipping, then without; a difference is FIND_SKIP.
void run_both(const struct l2tlb_cfg *cfg, const struct stim *stim, const struct run_options *o,
              struct run_result *result);

// Shrinks a stimulus while a finding of this kind (and field) remains. Takes at most `tries` runs.
void run_shrink(const struct l2tlb_cfg *cfg, struct stim *stim, const struct finding *f,
                unsigned tries);

#endif
