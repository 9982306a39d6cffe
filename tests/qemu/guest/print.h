// SPDX-License-Identifier: MulanPSL-2.0
// Result lines and table words, the same for both guests. put_char() is the guest's.
#ifndef L2TLB_QEMU_PRINT_H
#define L2TLB_QEMU_PRINT_H

#include "guest.h"

#include <stdint.h>

static void put_char(char c);

static void put_half(uint32_t v, int digits)
{
    while (digits--)
        put_char("0123456789abcdef"[(v >> 4 * digits) & 15]);
}

static void put_hex(uint64_t v)
{
    uint32_t high = (uint32_t)(v >> 32), low = (uint32_t)v;
    int digits = 1;
    put_char(' ');
    for (uint32_t x = high ? high : low; x >>= 4;)
        digits++;
    put_half(high ? high : low, digits);
    if (high)
        put_half(low, 8);
}

struct set {
    const uint64_t *reg, *word, *probe;
    uint32_t words, probes, number;
};

// Finds set `number` after the one before it; 0 at the end of the list.
static int next_set(struct set *s)
{
    const uint64_t *p = s->probe + s->probes * PROBE_WORDS;
    if (p[0] != MAGIC)
        return 0;
    s->number++;
    s->words = (uint32_t)p[1];
    s->probes = (uint32_t)p[2];
    s->reg = p + 3;
    s->word = s->reg + REGS;
    s->probe = s->word + 2 * s->words;
    return 1;
}

static volatile uint64_t *at(uint64_t addr)
{
    return (volatile uint64_t *)(uintptr_t)addr;
}

static void install(const struct set *s, int clear)
{
    for (uint32_t i = 0; i < s->words; i++)
        *at(s->word[2 * i]) = clear ? 0 : s->word[2 * i + 1];
}

// Prints the words that differ from the image, and puts them back.
static void print_changes(const struct set *s)
{
    uint32_t changed[CHANGES], n = 0;
    for (uint32_t i = 0; i < s->words; i++)
        if (*at(s->word[2 * i]) != s->word[2 * i + 1] && n < CHANGES)
            changed[n++] = i;
    put_hex(n);
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t *w = &s->word[2 * changed[i]];
        put_hex(w[0]);
        put_hex(*at(w[0]));
        *at(w[0]) = w[1];
    }
}

static void print_result(const struct set *s, uint32_t probe, const uint64_t value[RESULTS])
{
    put_char('P');
    put_hex(s->number);
    put_hex(probe);
    for (int i = 0; i < RESULTS; i++)
        put_hex(value[i]);
    print_changes(s);
    put_char('\n');
}

#endif
