// SPDX-License-Identifier: MulanPSL-2.0
// Allocator of physical memory as a kernel that has run for a while would show it.
#include "arch/bits.h"
#include "world/world_impl.h"

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

static uint64_t end_of(const struct frames *f)
{
    return (f->base_ppn << 12) + (f->chunks << 21) + (f->gigas << 30);
}

void frames_secure(struct frames *f, const struct secure_cfg *c, struct phys *mem)
{
    f->secure = c;
    f->mem = mem;
    f->table = c->base;
    f->table_end = c->base + secure_table_size(end_of(f));
}

void frames_domain(struct frames *f, const struct secure_cfg *c, const struct domain_cfg *dc, struct domain *d,
                   struct phys *mem)
{
    f->secure = c->pattern == SECURE_NONE ? NULL : c;
    f->domain = d;
    f->by_chunk = domain_by_chunk(dc);
    f->mem = mem;
    f->table = dc->base;
    f->table_end = dc->base + domain_table_size(dc, end_of(f));
}

unsigned frames_largest(const struct frames *f)
{
    return f->secure ? secure_block(f->secure) : GIGA_PAGES;
}

// Do the n pages from ppn hold a part of the bitmap or the MPT?
static bool holds_table(const struct frames *f, uint64_t ppn, uint64_t n)
{
    return ppn << 12 < f->table_end && f->table < (ppn + n) << 12;
}

// Protects a chunk; secure: it may hold secure pages.
static bool mark(struct frames *f, uint64_t ppn, bool secure)
{
    const struct secure_cfg *c = secure ? f->secure : NULL;
    if (f->domain && f->by_chunk && !domain_mark(f->domain, c, f->seed, ppn))
        return false;
    if (c && !f->domain && !secure_mark(c, f->seed, f->mem, ppn))
        return false;
    for (unsigned i = 0; c && i < CHUNK_PAGES; i++)
        f->secure_pages += secure_page(c, f->seed, ppn + i);
    return true;
}

// Where may secure pages be? Not between page tables; but what an MPT says of 2 MiB stands from the start.
static bool may_be_secure(const struct frames *f, bool tables)
{
    if (!f->secure)
        return false;
    return f->domain ? !tables || !f->by_chunk : !tables || f->secure->used;
}

// Is a whole chunk another's that the normal world may not get?
static bool foreign(const struct frames *f, const struct chunk *c, bool tables)
{
    return f->secure && f->secure->pattern == SECURE_REGION && c->marked &&
           (!f->secure->used || (f->domain && tables)) && secure_page(f->secure, f->seed, c->ppn);
}

// The next chunk of the pseudo-random order that the normal world may use; the ones before it that
// belong to confidential VMs are marked on the way.
static bool new_chunk(struct frames *f, struct chunk *c)
{
    for (;;) {
        if (f->next_chunk == f->chunks)
            return false;
        c->ppn = f->base_ppn + shuffled(f, f->next_chunk++) * CHUNK_PAGES;
        c->used = 0;
        if (holds_table(f, c->ppn, CHUNK_PAGES))
            continue;
        c->marked = may_be_secure(f, c == &f->tables);
        if (!mark(f, c->ppn, c->marked))
            return false;
        if (!foreign(f, c, c == &f->tables))
            return true;
    }
}

// Must the n pages from ppn be left to confidential VMs?
static bool taboo(const struct frames *f, const struct chunk *c, uint64_t ppn, unsigned n)
{
    return f->secure && c->marked && !f->secure->used && secure_any(f->secure, f->seed, ppn, n);
}

static uint64_t take(struct frames *f, struct chunk *c, unsigned n)
{
    unsigned at = (c->used + n - 1) & ~(n - 1);

    for (;; at += n) {
        if (at + n > CHUNK_PAGES) {
            if (!new_chunk(f, c))
                return NO_FRAME;
            at = 0;
        }
        if (!taboo(f, c, c->ppn + at, n))
            break;
    }
    c->used = at + n;
    f->handed_out += n;
    return c->ppn + at;
}

static uint64_t giga(struct frames *f)
{
    uint64_t ppn;

    do {
        if (f->next_giga == f->gigas)
            return NO_FRAME;
        ppn = f->base_ppn + (f->chunks / 512 + f->next_giga++) * GIGA_PAGES;
    } while (holds_table(f, ppn, GIGA_PAGES));
    for (uint64_t i = 0; (f->secure || f->domain) && i < GIGA_PAGES; i += CHUNK_PAGES)
        if (!mark(f, ppn + i, f->secure))
            return NO_FRAME;
    f->handed_out += GIGA_PAGES;
    return ppn;
}

uint64_t frames_block(struct frames *f, unsigned n)
{
    struct chunk whole = {.used = CHUNK_PAGES};

    if (n == GIGA_PAGES)
        return giga(f);
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
