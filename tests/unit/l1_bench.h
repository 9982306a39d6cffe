// SPDX-License-Identifier: MulanPSL-2.0
// A bench for the L1 side alone: lookups, answers of the L2TLB, fences and CSR writes in exact
// cycles; what came of each lookup and when each request reached the L2TLB can be read afterwards.
//
// satp is Sv39 with ASID 5, vsatp Sv39 ASID 7, hgatp Sv39x4 VMID 3, mode S, V=0 until changed.
#ifndef TESTS_UNIT_L1_BENCH_H
#define TESTS_UNIT_L1_BENCH_H

#include "l1/l1side.h"

enum { BENCH_LOOKS = 512, BENCH_PLANS = 64, BENCH_REQS = 64, BENCH_HINTS = 64 };
#define BENCH_NEVER UINT64_MAX

struct bench_look {
    uint64_t cycle;
    unsigned port;
    struct l1_req req;
    bool kill;
    // afterwards
    bool answered, sent, passed, hinted, full; // sent: a miss request left the TLB
    unsigned slot;
    uint64_t done; // cycle of the result
    struct l1_resp resp;
};

// An answer or a control event planned for one cycle.
struct bench_plan {
    uint64_t cycle;
    enum {
        PLAN_ANSWER, PLAN_FENCE, PLAN_CSR, PLAN_REDIRECT, PLAN_IFLUSH, PLAN_READY, PLAN_OLDEST
    } kind;
    unsigned port;
    struct ptw_resp resp;
    struct sfence sfence;
    struct l1_csr csr; // with its `changed` pulses
    struct l1_redirect redirect;
    unsigned mask;
    bool ready;
    struct l1_rob oldest;
};

struct bench_req { // accepted by the L2TLB
    uint64_t cycle, vpn;
    unsigned port, s2xlate;
};

struct bench {
    struct l2tlb_cfg cfg;
    struct l1side *l;
    struct l1_in in;
    struct l1_out out;
    uint64_t cycle;
    struct bench_look look[BENCH_LOOKS];
    unsigned looks;
    struct bench_plan plan[BENCH_PLANS];
    unsigned plans;
    struct bench_req req[BENCH_REQS];
    unsigned reqs;
    uint64_t presented[L1_CLASSES]; // answers presented to each TLB
    uint64_t wakes;
    bool idle_broken; // a cycle announced as idle changed something
};

// fixed: names of fixed errata separated by blanks (a year sets the revision, "bitmap"
// the hardware of the bitmap), or NULL. Aborts
// on unknown names.
struct bench *bench_new(const char *fixed);
void bench_free(struct bench *b);
// Empties the plan and resets the machine, keeping the configuration; csr NULL: the default.
void bench_reset(struct bench *b, const struct l1_csr *csr);

// Plans a lookup of page vpn in `cycle`; the command is that of the port's class. The returned
// entry may be changed before the run.
struct bench_look *bench_look(struct bench *b, uint64_t cycle, unsigned port, uint64_t vpn);
// The same page in every `period`-th cycle from first to last.
void bench_looks(struct bench *b, uint64_t first, uint64_t last, unsigned period, unsigned port,
                 uint64_t vpn);
struct bench_plan *bench_answer(struct bench *b, uint64_t cycle, unsigned port,
                                const struct ptw_resp *r);
// kind 's' sfence.vma, 'v' hfence.vvma, 'g' hfence.gvma; vpn BENCH_NEVER: all; id < 0: all.
struct bench_plan *bench_fence(struct bench *b, uint64_t cycle, char kind, uint64_t vpn, int id);
struct bench_plan *bench_csr(struct bench *b, uint64_t cycle, const struct l1_csr *csr);
// From `cycle` on the access at `rob` is the oldest one; before, none of the bench's.
void bench_oldest(struct bench *b, uint64_t cycle, struct l1_rob rob);
void bench_ready(struct bench *b, uint64_t cycle, unsigned port, bool ready);
void bench_run(struct bench *b, uint64_t cycles); // up to and without this cycle

struct l1_csr bench_default_csr(void);
// The same for accesses of this code (V=1 but for noS2xlate).
struct l1_csr bench_csr_for(unsigned s2xlate);
// Lookup of this port in this cycle; it must exist.
const struct bench_look *bench_at(const struct bench *b, unsigned port, uint64_t cycle);
bool bench_hit(const struct bench *b, unsigned port, uint64_t cycle);
// Requests for vpn that the L2TLB accepted, and the cycle of the k-th (BENCH_NEVER: none).
unsigned bench_requests(const struct bench *b, uint64_t vpn);
uint64_t bench_request(const struct bench *b, uint64_t vpn, unsigned k);

// Answers: a host or VS-only 4-KiB page with all eight siblings in `valid`; a two-stage page.
struct ptw_resp bench_page(unsigned s2xlate, uint64_t vpn, uint64_t ppn, unsigned valid);
// An answer of this code: host page vpn + 0x9000, of allStage by way of guest page vpn + 0x5000.
struct ptw_resp bench_answer_for(unsigned s2xlate, uint64_t vpn, bool global);
struct ptw_resp bench_two_stage(uint64_t vpn, uint64_t gpn, uint64_t ppn, unsigned g_perm);

enum { BENCH_ALL_PERMS = PERM_R | PERM_W | PERM_X | PERM_A | PERM_D };

#endif
