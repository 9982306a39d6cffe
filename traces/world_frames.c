// SPDX-License-Identifier: MulanPSL-2.0
// Allocator of physical memory as a kernel that has run for a while would show it.
#include "arch/bits.h"
#include "traces/world_impl.h"

enum { GIGA_PAGES = 1 << 18 };

void frames_init(struct frames *f, uint64_t base, uint64_t size, uint64_t seed)
{
    uint64_t gigas = size >> 30;

    *f = (struct frames){
        .base_ppn = base >> 12,
        .chunks = (gigas - gigas / 2) << 9,
        .gigas = gigas / 2,
        .seed = mix64(seed ^ UINT64_C(0x6672616d6573)),
    };
    f->run.used = f->tables.used = CHUNK_PAGES;
    for (unsigned i = 0; i < OPEN_CHUNKS; i++)
        f->open[i].used = CHUNK_PAGES;
}

// The k-th chunk of a pseudo-random order: a Feistel permutation that walks back into the range.
static uint64_t shuffled(const struct frames *f, uint64_t k)
{
    unsigned half = 1;
    uint64_t x = k;

    while (mask64(2 * half) < f->chunks - 1)
        half++;
    do {
        uint64_t a = x >> half, b = x & mask64(half);
        for (uint64_t i = 0; i < 4; i++) {
            uint64_t t = a ^ (mix64(b ^ mix64(f->seed + i * MIX64_K)) & mask64(half));
            a = b;
            b = t;
        }
        x = a << half | b;
    } while (x >= f->chunks);
    return x;
}

static bool new_chunk(struct frames *f, struct chunk *c)
{
    if (f->next_chunk == f->chunks)
        return false;
    c->ppn = f->base_ppn + shuffled(f, f->next_chunk++) * CHUNK_PAGES;
    c->used = 0;
    return true;
}

static uint64_t take(struct frames *f, struct chunk *c, unsigned n)
{
    unsigned at = (c->used + n - 1) & ~(n - 1);

    if (at + n > CHUNK_PAGES) {
        if (!new_chunk(f, c))
            return NO_FRAME;
        at = 0;
    }
    c->used = at + n;
    f->handed_out += n;
    return c->ppn + at;
}

uint64_t frames_block(struct frames *f, unsigned n)
{
    struct chunk whole = {.used = CHUNK_PAGES};

    if (n == GIGA_PAGES) {
        if (f->next_giga == f->gigas)
            return NO_FRAME;
        f->handed_out += GIGA_PAGES;
        return f->base_ppn + (f->chunks / 512 + f->next_giga++) * GIGA_PAGES;
    }
    return take(f, n == CHUNK_PAGES ? &whole : &f->run, n);
}

uint64_t frames_scattered(struct frames *f)
{
    uint64_t r = mix64(f->seed + ++f->draws * MIX64_K);

    return take(f, &f->open[r % OPEN_CHUNKS], 1);
}

uint64_t frames_table(struct frames *f, unsigned n)
{
    return take(f, &f->tables, n);
}
