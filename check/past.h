// SPDX-License-Identifier: MulanPSL-2.0
// What words of memory and registers held before, and when they changed; in bounded memory.
//
// Times are those of the caller: numbers above 0 that only grow. A value stands here once per word, with
// the time when it was replaced last. What has to be given up when the store is full is given up oldest
// first, and the store says so: nothing that it answers about later times is incomplete.
#ifndef L2TLB_CHECK_PAST_H
#define L2TLB_CHECK_PAST_H

#include <stdbool.h>
#include <stdint.h>

enum {
    PAST_DEPTH = 32,      // values of one word
    PAST_VALUES = 1 << 19, // of all words: 12 MiB, and as much again for the table of words
};

// How a value was replaced; of two replacements of one value the bits that make it live longer hold.
enum {
    PAST_MANY = 1,   // an entry that is no leaf took part: a fence of one address does not reach it
    PAST_GLOBAL = 2, // a global one took part: nor does a fence of one address space
};

struct past_value {
    uint64_t value, time;
    uint8_t how;
};

struct past;

struct past *past_new(void); // NULL: out of memory
void past_free(struct past *p);
// `key` (not all ones) held `old` until `time`.
void past_note(struct past *p, uint64_t key, uint64_t old, unsigned how, uint64_t time);
// Values of `key` before now, in no order; at most PAST_DEPTH of them. *lost: values replaced up to this
// time may be missing (0: none are).
unsigned past_values(const struct past *p, uint64_t key, struct past_value *value, uint64_t *lost);
uint64_t past_lost(const struct past *p); // the same for all words

#endif
