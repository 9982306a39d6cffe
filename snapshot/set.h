// SPDX-License-Identifier: MulanPSL-2.0
// A set of numbers below 2^64 - 1: open addressing, grows.
#ifndef L2TLB_SNAPSHOT_SET_H
#define L2TLB_SNAPSHOT_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct set {
    uint64_t *slot; // number + 1; 0: free
    size_t slots, used;
};

int set_add(struct set *s, uint64_t number); // 1: new, 0: was there, -1: out of memory
bool set_has(const struct set *s, uint64_t number);
// The next one from slot *at on, in no order. *at begins with 0.
bool set_next(const struct set *s, size_t *at, uint64_t *number);
void set_free(struct set *s);

#endif
