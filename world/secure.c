// SPDX-License-Identifier: MulanPSL-2.0
#include "world/secure.h"

#include "arch/bits.h"

const char *const secure_pattern_name[SECURE_PATTERNS] = {"none",  "region", "alternate", "one8",
                                                          "one64", "one512", "random"};

static uint64_t hash(uint64_t seed, uint64_t x)
{
    return mix64(mix64(seed ^ UINT64_C(0x736563757265)) ^ mix64(x + MIX64_K));
}

static bool chance(double share, uint64_t h)
{
    return (double)(h >> 11) * 0x1p-53 < share;
}

// One page of each group of 1 << low pages.
static bool one_of(uint64_t seed, uint64_t ppn, unsigned low)
{
    return (ppn & mask64(low)) == (hash(seed, ppn >> low) & mask64(low));
}

bool secure_page(const struct secure_cfg *c, uint64_t seed, uint64_t ppn)
{
    switch (c->pattern) {
    case SECURE_REGION:
        return chance(c->share, hash(seed, ppn >> 9));
    case SECURE_ALTERNATE:
        return ppn & 1;
    case SECURE_ONE8:
        return one_of(seed, ppn, 3);
    case SECURE_ONE64:
        return one_of(seed, ppn, 6);
    case SECURE_ONE512:
        return one_of(seed, ppn, 9);
    case SECURE_RANDOM:
        return chance(c->share, hash(seed, ppn));
    default:
        return false;
    }
}

// Random pages: blocks of which at least a quarter are free of marks.
static unsigned random_block(double share)
{
    unsigned n = 1;
    double none = (1.0 - share) * (1.0 - share); // no mark among 2 * n pages

    while (n < SECURE_CHUNK && none >= 0.25) {
        n *= 2;
        none *= none;
    }
    return n;
}

unsigned secure_block(const struct secure_cfg *c)
{
    if (c->used)
        return SECURE_UNLIMITED;
    switch (c->pattern) {
    case SECURE_REGION:
        return 512;
    case SECURE_ALTERNATE:
        return 1;
    case SECURE_ONE8:
        return 4;
    case SECURE_ONE64:
        return 32;
    case SECURE_ONE512:
        return 256;
    case SECURE_RANDOM:
        return random_block(c->share);
    default:
        return SECURE_UNLIMITED;
    }
}

bool secure_any(const struct secure_cfg *c, uint64_t seed, uint64_t ppn, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (secure_page(c, seed, ppn + i))
            return true;
    return false;
}

bool secure_mark(const struct secure_cfg *c, uint64_t seed, struct phys *mem, uint64_t ppn)
{
    for (unsigned w = 0; w < SECURE_CHUNK / 64; w++) {
        uint64_t first = ppn + 64 * w, word = 0;
        for (unsigned i = 0; i < 64; i++)
            word |= (uint64_t)secure_page(c, seed, first + i) << i;
        if (word && !phys_write(mem, c->base + (first >> 6 << 3), word))
            return false;
    }
    return true;
}

uint64_t secure_table_size(uint64_t end)
{
    return (end >> 12 >> 6 << 3) + 64;
}
