// SPDX-License-Identifier: MulanPSL-2.0
// Images that hold bytes: ELF64 files (loadable segments at their physical addresses; QEMU's
// dump-guest-memory writes such cores), raw dumps and LiME dumps.
#include "arch/bits.h"
#include "world/image_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ELF_HEADER = 64, ELF_ENTRY = 56, MAX_SEGMENTS = 4096, LOAD = 1, LIME_HEADER = 32 };

// --- bytes, from a plain file or from a stream ---------------------------------------------------

static uint64_t position(const struct image *im)
{
    return im->fd >= 0 ? im->at : source_offset(im->in);
}

// Shows up to n (at most IMAGE_STEP) bytes without consuming them; fewer only at the end.
static size_t peek(struct image *im, size_t n, const unsigned char **p)
{
    if (im->fd < 0)
        return source_peek(im->in, n, p);
    ssize_t got = pread(im->fd, im->head, n, (off_t)im->at);
    *p = im->head;
    return got > 0 ? (size_t)got : 0;
}

static const char *ends_early(const struct image *im, const char *where)
{
    const char *why = im->fd < 0 ? source_error(im->in) : NULL;
    return why ? why : where;
}

static const char *skip_to(struct image *im, uint64_t offset)
{
    if (im->fd >= 0) {
        im->at = offset;
        return NULL;
    }
    while (source_offset(im->in) < offset) {
        const unsigned char *p;
        uint64_t gap = offset - source_offset(im->in);
        size_t got = source_peek(im->in, gap < IMAGE_STEP ? (size_t)gap : IMAGE_STEP, &p);
        if (!got)
            return ends_early(im, "the file breaks off before a segment");
        source_skip(im->in, got);
    }
    return NULL;
}

// Adds n bytes at addr to memory: parts never overlap, so each byte is written once.
static bool add_bytes(struct image *im, uint64_t addr, const unsigned char *p, size_t n)
{
    while (n) {
        unsigned low = addr & 7;
        unsigned here = n < 8 - low ? (unsigned)n : 8 - low;
        uint64_t value = little_endian(p, here) << 8 * low, at = addr - low;
        if (value && !phys_write(im->mem, at, phys_read(im->mem, at) | value))
            return false;
        addr += here;
        p += here;
        n -= here;
    }
    return true;
}

// The next `size` bytes (UINT64_MAX: all that come) are memory from addr on.
static const char *body(struct image *im, uint64_t addr, uint64_t size)
{
    const unsigned char *p;
    if (im->fd >= 0) {
        if (size > im->size || im->at > im->size - size)
            return "the file breaks off in a segment";
        if (im->user->part && size && !im->user->part(im->user->ctx, addr, size, im->at))
            return "out of memory";
        if (!im->user->part && size && !phys_map_file(im->mem, im->fd, im->at, addr, size))
            return errno ? strerror(errno) : "cannot be mapped";
        im->at += size;
        return NULL;
    }
    while (size) {
        size_t want = size < IMAGE_STEP ? (size_t)size : IMAGE_STEP, n = source_peek(im->in, want, &p);
        if (n < want && (size != UINT64_MAX || source_error(im->in)))
            return ends_early(im, "the file breaks off in a segment");
        if (!n)
            return NULL;
        if (addr > mask64(im->user->address_bits) - (n - 1))
            return "memory beyond the physical address bits";
        if (!add_bytes(im, addr, p, n))
            return "out of memory";
        source_skip(im->in, n);
        addr += n;
        size -= size == UINT64_MAX ? 0 : n;
    }
    return NULL;
}

// --- ELF ----------------------------------------------------------------------------------------

struct segment {
    uint64_t offset, addr, size, memory;
};

static int by_offset(const void *a, const void *b)
{
    const struct segment *x = a, *y = b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static const char *one_segment(const unsigned char *h, struct segment *s)
{
    *s = (struct segment){little_endian(h + 8, 8), little_endian(h + 24, 8), little_endian(h + 32, 8), little_endian(h + 40, 8)};
    if (little_endian(h, 4) != LOAD)
        s->size = s->memory = 0;
    if (s->memory < s->size) // not by the book; the bytes are there
        s->memory = s->size;
    return s->size > mask64(62) || s->offset > mask64(62) ? "an ELF segment is too large" : NULL;
}

// table: the program headers. Checks all, then reads the segments in the order of the file.
static const char *segments(struct image *im, const unsigned char *table, size_t n)
{
    struct segment *s = malloc(n * sizeof *s);
    const char *why = s ? NULL : "out of memory";
    for (size_t i = 0; !why && i < n; i++)
        if (!(why = one_segment(table + i * ELF_ENTRY, &s[i])))
            why = image_part(im, s[i].addr, s[i].memory);
    if (!why && !im->info.parts)
        why = "no loadable segment in the ELF file";
    if (!why)
        qsort(s, n, sizeof *s, by_offset);
    for (size_t i = 0; !why && i < n; i++) {
        if (!s[i].size)
            continue;
        if (s[i].offset < position(im) && im->fd < 0)
            why = "ELF segments overlap in the file";
        why = why ? why : skip_to(im, s[i].offset);
        why = why ? why : body(im, s[i].addr, s[i].size);
    }
    free(s);
    return why;
}

const char *image_elf(struct image *im)
{
    const unsigned char *p;
    size_t have = peek(im, IMAGE_STEP, &p);
    if (have < ELF_HEADER)
        return ends_early(im, "the file breaks off in the ELF header");
    if (p[4] != 2 || p[5] != 1)
        return "only little-endian ELF64 is read";
    uint64_t at = little_endian(p + 32, 8), n = little_endian(p + 56, 2);
    if (little_endian(p + 54, 2) != ELF_ENTRY || n == 0 || n > MAX_SEGMENTS)
        return "an ELF file needs 1 to 4096 program headers";
    if (im->fd < 0 && (at > have || n * ELF_ENTRY > have - at))
        return "ELF program headers beyond the first 4096 bytes of a compressed file";
    unsigned char *table = malloc(n * ELF_ENTRY);
    if (!table)
        return "out of memory";
    const char *why = NULL;
    if (im->fd < 0)
        memcpy(table, p + at, n * ELF_ENTRY);
    else if (at > im->size || pread(im->fd, table, n * ELF_ENTRY, (off_t)at) != (ssize_t)(n * ELF_ENTRY))
        why = "the file breaks off in the program headers";
    why = why ? why : segments(im, table, n);
    free(table);
    return why;
}

// --- LiME, raw ----------------------------------------------------------------------------------

// Each range: magic, version 1, first and last address, 8 bytes reserved; then its bytes.
const char *image_lime(struct image *im)
{
    const unsigned char *p;
    for (size_t n; (n = peek(im, LIME_HEADER, &p)) != 0;) {
        if (n < LIME_HEADER)
            return ends_early(im, "the file breaks off in a LiME header");
        if (memcmp(p, "EMiL", 4) != 0)
            return "no LiME header where the next range should begin";
        if (little_endian(p + 4, 4) != 1)
            return "unknown version of a LiME header";
        uint64_t first = little_endian(p + 8, 8), last = little_endian(p + 16, 8);
        if (last < first || last - first == UINT64_MAX)
            return "a LiME range ends before it begins";
        const char *why = image_part(im, first, last - first + 1);
        why = why ? why : skip_to(im, position(im) + LIME_HEADER);
        why = why ? why : body(im, first, last - first + 1);
        if (why)
            return why;
    }
    return im->fd < 0 ? source_error(im->in) : NULL;
}

const char *image_raw(struct image *im, uint64_t addr)
{
    if (addr & 7)
        return "unaligned address (must be a multiple of 8)";
    if (im->fd < 0) {
        const char *why = image_part(im, addr, 1);
        why = why ? why : body(im, addr, UINT64_MAX);
        im->info.last = addr + source_offset(im->in) - 1;
        return why;
    }
    const char *why = image_part(im, addr, im->size);
    return why ? why : body(im, addr, im->size);
}
