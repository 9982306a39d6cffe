// SPDX-License-Identifier: MulanPSL-2.0
// Bit arithmetic that the C library does not have. Pure functions, no state.
#ifndef L2TLB_ARCH_BITS_H
#define L2TLB_ARCH_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// n low ones; n in 0..64.
static inline uint64_t mask64(unsigned n)
{
    return n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
}

// x[hi:lo], as the hardware writes it.
static inline uint64_t bits(uint64_t x, unsigned hi, unsigned lo)
{
    return (x >> lo) & mask64(hi - lo + 1);
}

static inline bool bit(uint64_t x, unsigned i)
{
    return (x >> i) & 1;
}

// Index of the lowest set bit; x must not be 0.
static inline unsigned lowest(uint64_t x)
{
    return (unsigned)__builtin_ctzll(x);
}

// Index of the highest set bit; x must not be 0.
static inline unsigned highest(uint64_t x)
{
    return 63u - (unsigned)__builtin_clzll(x);
}

static inline unsigned popcount(uint64_t x)
{
    return (unsigned)__builtin_popcountll(x);
}

static inline unsigned log2_ceil(unsigned n)
{
    return n <= 1 ? 0 : 1 + highest(n - 1);
}

static inline bool is_pow2(unsigned n)
{
    return n && !(n & (n - 1));
}

// Chisel OHToUInt of a possibly multi-hot vector: the OR of the indices (spec A 0.7).
static inline unsigned oh_to_uint(uint64_t oh)
{
    unsigned r = 0;
    for (; oh; oh &= oh - 1)
        r |= lowest(oh);
    return r;
}

// XOR-fold hash of x into w bits (spec A 2.1); w in 1..63.
static inline unsigned fold(uint64_t x, unsigned w)
{
    uint64_t r = 0;
    for (; x; x >>= w)
        r ^= x & mask64(w);
    return (unsigned)r;
}

// The 64-bit mixer of the recordings' memory model (docs/recordings.md 3).
static inline uint64_t mix64(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

#define MIX64_K UINT64_C(0x9e3779b97f4a7c15)

// Numbers of 1 to 8 bytes, the lowest byte first or last.
static inline uint64_t little_endian(const unsigned char *p, size_t bytes)
{
    uint64_t v = 0;
    while (bytes-- > 0)
        v = v << 8 | p[bytes];
    return v;
}

static inline uint64_t big_endian(const unsigned char *p, size_t bytes)
{
    uint64_t v = 0;
    for (size_t i = 0; i < bytes; i++)
        v = v << 8 | p[i];
    return v;
}

#endif
