// SPDX-License-Identifier: MulanPSL-2.0
// The latest of each kind: a map from a key to a value and the time when it was set, in bounded memory.
// When it is full the older half goes; latest_lost() tells of what time.
#ifndef L2TLB_CHECK_LATEST_H
#define L2TLB_CHECK_LATEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LATEST_MAX = 1 << 16 }; // entries: 5 MiB

struct latest_key {
    uint64_t a, b; // not both all ones
};

struct latest_entry {
    struct latest_key key;
    uint64_t value, time; // time 0: free
};

struct latest;

struct latest *latest_new(void); // NULL: out of memory
void latest_free(struct latest *t);
// time: above 0, and never smaller than that of an earlier call.
void latest_set(struct latest *t, struct latest_key key, uint64_t value, uint64_t time);
const struct latest_entry *latest_get(const struct latest *t, struct latest_key key); // NULL: not there
uint64_t latest_lost(const struct latest *t); // entries set up to this time may be missing; 0: none are
// Entry after *at (at first 0), in no order; NULL at the end.
const struct latest_entry *latest_next(const struct latest *t, size_t *at);

#endif
