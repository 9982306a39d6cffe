// SPDX-License-Identifier: MulanPSL-2.0
// Inside of the front; private to replay/front*.c.
#ifndef L2TLB_REPLAY_FRONT_IMPL_H
#define L2TLB_REPLAY_FRONT_IMPL_H

#include "replay/front.h"

enum {
    WINDOW = FRONT_WINDOW_MAX + 2, // the last access may be two
    WINDOW_WORDS = (WINDOW + 63) / 64,
    WHEEL = 64, // cycles of the timing wheel
};

enum acc_state {
    ACC_FREE,
    ACC_DUE,     // looked up at `due` or as soon as the port is free
    ACC_RESULT,  // looked up in the last cycle
    ACC_VERDICT, // load: missed, the filter's verdict comes in the next cycle
    ACC_SLOT,    // load: waits for the wake-up of its slot
    ACC_ASLEEP,  // fetch, AMO: waits for an answer to its TLB
    ACC_PARKED,  // its fault may be stale
};

struct acc {
    struct l1_req req; // of the next lookup
    uint64_t due, first; // first: cycle of the first lookup
    uint64_t seq;
    uint64_t epoch; // of the L1 side, in which `repeat` was asked for
    struct l1_repeat repeat;
    struct acc *next; // with it in the list of free ones, or in a bucket of the wheel
    uint16_t at;      // place in its window
    uint8_t state, port, slot, class;
    bool missed; // once
    bool may_be_stale, guest_fault;
    bool guest; // V = 1, HLV or HSV; no prefetch
    uint8_t tries, stale_retries;
};

// Accesses of a class in program order, and per port those that could be looked up now: a mask of
// places. A port takes the oldest.
struct window {
    struct acc *acc[WINDOW];
    unsigned count;
    struct acc pool[WINDOW];
    struct acc *free;
};

struct ready {
    uint64_t place[WINDOW_WORDS];
};

struct lookups { // of one cycle
    struct acc *acc[L1_PORTS];
    unsigned ports; // mask
};

struct front {
    struct front_cfg cfg;
    struct l1side *l1;
    struct l1_in in;
    struct l1_out out;
    struct window window[L1_CLASSES];
    struct ready ready[L1_PORTS];
    unsigned ready_ports; // mask of ports whose `ready` is not empty
    struct acc *wheel[WHEEL]; // accesses that are due in cycle n (modulo WHEEL) or a round later
    uint64_t wheel_used;      // mask
    struct lookups now, last, before; // of t, t-1, t-2
    uint64_t seq, loads, stores;
    unsigned parked, verdicts; // accesses in these states
    struct l1_redirect trap;
    // The L1 side is not clocked: nothing moves in it but lookups that repeat (front_sleep.c).
    bool may_sleep; // the last cycle was clocked and such a one
    bool asleep;    // this one is
    bool ahead;     // this one is settled already
    bool behind;    // its pipeline is not that of the lookups that have passed
#ifdef MODEL_PARANOID
    struct l1side *honest; // clocked all the same
#endif
    struct front_stats st;
};

// --- front_window.c ---

void window_reset(struct front *f);
// The next free access of a class, or NULL. It is the youngest of its window.
struct acc *window_add(struct front *f, unsigned class);
void window_remove(struct front *f, struct acc *a);
// The access will be looked up in cycle `due`, not before the cycle in progress.
void window_due(struct front *f, struct acc *a, uint64_t due);
// Takes those that are due in this cycle out of the wheel.
void window_turn(struct front *f, uint64_t cycle);
// The oldest access that port `port` could look up now; it is no longer ready. ready_ports has it.
struct acc *window_take(struct front *f, unsigned port);
// No member in ACC_DUE is due before this cycle (> `cycle`, or `cycle`: one is ready).
uint64_t window_next(const struct front *f, uint64_t cycle);

// --- front.c ---

bool acc_is_atomic(const struct acc *a);
// A miss seen in `cycle`; the lookup was in cycle-1.
void acc_missed(struct front *f, struct acc *a, uint64_t cycle);
// The filter turned away the load that was looked up in cycle-2.
void acc_full(struct front *f, struct acc *a, uint64_t cycle);
void front_place(struct front *f, uint64_t cycle);
void front_shift(struct front *f); // of the lookups, at the clock edge

// --- front_sleep.c ---

// Before anything else is done in a cycle, its inputs being known: is the L1 side left alone? Else it
// has caught up.
bool sleep_goes_on(struct front *f);
// Results and verdicts of a cycle in which it is.
void sleep_results(struct front *f, uint64_t cycle);
// The clock edge of such a cycle. False: a lookup has to be clocked; the L1 side has caught up and has
// settled this cycle.
bool sleep_edge(struct front *f);
// The L1 side catches up, if it has been left alone.
void sleep_ends(struct front *f);
// Frees what the front holds for its sleep.
void sleep_free(struct front *f);

#endif
