// SPDX-License-Identifier: MulanPSL-2.0
// Images that are no text: ELF64 files (loadable segments at their physical addresses) and raw
// dumps (FILE@ADDRESS). Read as a stream; words of value zero take no memory.
#include "arch/bits.h"
#include "traces/source.h"
#include "world/world_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ELF_HEADER = 64, ELF_SEGMENT = 56, MAX_SEGMENTS = 32, PT_LOAD = 1 };
enum { STEP = 4096 };

struct segment {
    uint64_t offset, paddr, size;
};

static uint64_t little(const unsigned char *p, unsigned bytes)
{
    uint64_t v = 0;

    for (unsigned i = bytes; i-- > 0;)
        v = v << 8 | p[i];
    return v;
}

// Copies `size` bytes (UINT64_MAX: all that come) to physical address paddr, a multiple of 8.
static const char *copy_in(struct world *w, struct source *in, uint64_t paddr, uint64_t size)
{
    const unsigned char *p;

    while (size) {
        size_t want = size < STEP ? (size_t)size : STEP, n = source_peek(in, want, &p);
        if (n < want && (size != UINT64_MAX || source_error(in)))
            return source_error(in) ? source_error(in) : "the file breaks off in a segment";
        if (n == 0)
            return NULL;
        if (paddr > mask64(48) - n)
            return "memory beyond 48 address bits";
        for (size_t i = 0; i < n; i += 8) {
            uint64_t word = little(p + i, n - i < 8 ? (unsigned)(n - i) : 8);
            if (word && !phys_write(w->mem, paddr + i, word))
                return "out of memory";
        }
        source_skip(in, n);
        paddr += n;
        size -= size == UINT64_MAX ? 0 : n;
    }
    return NULL;
}

static int by_offset(const void *a, const void *b)
{
    const struct segment *x = a, *y = b;

    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

// Reads header and segment table; both lie in the first 4 KiB of every usual file.
static const char *read_segments(struct source *in, struct segment *seg, unsigned *n)
{
    const unsigned char *p;
    size_t have = source_peek(in, STEP, &p);
    uint64_t table, entries;

    if (have < ELF_HEADER)
        return "the file breaks off in the ELF header";
    if (p[4] != 2 || p[5] != 1)
        return "only little-endian ELF64 is read";
    table = little(p + 32, 8);
    entries = little(p + 56, 2);
    if (little(p + 54, 2) != ELF_SEGMENT || entries == 0 || entries > MAX_SEGMENTS)
        return "an ELF file needs 1 to 32 program headers";
    if (table > STEP || table + entries * ELF_SEGMENT > have)
        return "ELF program headers beyond the first 4096 bytes";
    *n = 0;
    for (uint64_t i = 0; i < entries; i++) {
        const unsigned char *h = p + table + i * ELF_SEGMENT;
        struct segment s = {little(h + 8, 8), little(h + 24, 8), little(h + 32, 8)};
        if (little(h, 4) != PT_LOAD || s.size == 0)
            continue;
        if (s.paddr & 7)
            return "unaligned address of an ELF segment (must be a multiple of 8)";
        if (s.size > mask64(48) || s.offset > mask64(48))
            return "an ELF segment is too large";
        seg[(*n)++] = s;
    }
    qsort(seg, *n, sizeof *seg, by_offset);
    return *n ? NULL : "no loadable segment in the ELF file";
}

const char *world_read_elf(struct world *w, struct source *in)
{
    struct segment seg[MAX_SEGMENTS];
    unsigned n;
    const char *why = read_segments(in, seg, &n);

    for (unsigned i = 0; i < n && !why; i++) {
        const unsigned char *p;
        if (seg[i].offset < source_offset(in))
            return "ELF segments overlap in the file";
        while (!why && source_offset(in) < seg[i].offset) {
            uint64_t gap = seg[i].offset - source_offset(in);
            size_t got = source_peek(in, gap < STEP ? (size_t)gap : STEP, &p);
            source_skip(in, got);
            why = got ? NULL : "the file breaks off before a segment";
        }
        why = why ? why : copy_in(w, in, seg[i].paddr, seg[i].size);
    }
    return why;
}

const char *world_read_raw(struct world *w, struct source *in, uint64_t addr)
{
    return addr & 7 ? "unaligned address (must be a multiple of 8)"
                    : copy_in(w, in, addr, UINT64_MAX);
}
