// SPDX-License-Identifier: MulanPSL-2.0
// Decompression: one input buffer, and a step per kind that turns a part of it into bytes.
#include "traces/unpack.h"

#include <errno.h>
#include <lzma.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { INPUT = 128 * 1024 };
// Dictionaries beyond this are no trace's: xz -9 has 64 MiB, zstd --ultra -22 has 128 MiB.
enum { MEMORY = 256 << 20, ZSTD_WINDOW_LOG = 27 };
enum kind { PLAIN, GZIP, XZ, ZSTD };

struct unpack {
    int fd;
    enum kind kind;
    size_t pos, end; // of in[]
    bool eof, inside; // inside: a compressed stream has begun and not ended
    uint64_t taken;
    z_stream z;
    lzma_stream xz;
    ZSTD_DStream *zstd;
    char error[120];
    unsigned char in[INPUT];
};

static const char *const kind_name[] = {"", "gzip", "xz", "zstd"};

static void fail(struct unpack *u, const char *what)
{
    if (!u->error[0])
        snprintf(u->error, sizeof u->error, "%s %s file", what, kind_name[u->kind]);
}

// Reads until there are n bytes or the file ends.
static void fill(struct unpack *u, size_t n)
{
    memmove(u->in, u->in + u->pos, u->end - u->pos);
    u->end -= u->pos;
    u->pos = 0;
    while (!u->eof && u->end < n) {
        // Whoever waits for a pipe is woken by a signal, also where read() would be restarted.
        struct pollfd ready = {.fd = u->fd, .events = POLLIN};
        ssize_t got = poll(&ready, 1, -1) < 0 ? -1 : read(u->fd, u->in + u->end, INPUT - u->end);
        if (got < 0)
            snprintf(u->error, sizeof u->error, "%s", strerror(errno));
        u->eof = got <= 0;
        if (got > 0) {
            u->end += (size_t)got;
            u->taken += (size_t)got;
        }
    }
}

static enum kind kind_of(const unsigned char *p, size_t n)
{
    if (n >= 2 && p[0] == 0x1f && p[1] == 0x8b)
        return GZIP;
    if (n >= UNPACK_MAGIC && memcmp(p, "\xfd" "7zXZ", 6) == 0)
        return XZ;
    if (n >= 4 && memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0)
        return ZSTD;
    return PLAIN;
}

bool unpack_is_plain(const unsigned char *head, size_t n) { return kind_of(head, n) == PLAIN; }

static bool start(struct unpack *u)
{
    u->xz = (lzma_stream)LZMA_STREAM_INIT;
    switch (u->kind) {
    case GZIP: // 16: gzip, not zlib
        return inflateInit2(&u->z, 16 + MAX_WBITS) == Z_OK;
    case XZ:
        return lzma_stream_decoder(&u->xz, MEMORY, LZMA_CONCATENATED) == LZMA_OK;
    case ZSTD:
        u->zstd = ZSTD_createDStream();
        return u->zstd &&
               !ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG));
    default:
        return true;
    }
}

struct unpack *unpack_open(int fd)
{
    struct unpack *u = calloc(1, sizeof *u);

    if (!u) {
        close(fd);
        return NULL;
    }
    u->fd = fd;
    fill(u, 6);
    u->kind = kind_of(u->in, u->end);
    u->inside = u->kind != PLAIN;
    if (!start(u)) {
        unpack_close(u);
        return NULL;
    }
    return u;
}

void unpack_close(struct unpack *u)
{
    if (!u)
        return;
    if (u->kind == GZIP)
        inflateEnd(&u->z);
    lzma_end(&u->xz);
    ZSTD_freeDStream(u->zstd);
    close(u->fd);
    free(u);
}

// --- steps ---------------------------------------------------------------------------------------
// Each decodes from in[pos..end) to at most n bytes and returns how many it made.
static size_t step_plain(struct unpack *u, unsigned char *data, size_t n)
{
    size_t k = u->end - u->pos < n ? u->end - u->pos : n;

    memcpy(data, u->in + u->pos, k);
    u->pos += k;
    return k;
}

static size_t step_gzip(struct unpack *u, unsigned char *data, size_t n)
{
    int code;

    // Behind a stream: another one, zeros that fill a tape's block, or rubbish.
    if (!u->inside) {
        if (u->in[u->pos] == 0) {
            u->pos++;
            return 0;
        }
        if (u->in[u->pos] != 0x1f || inflateReset(&u->z) != Z_OK) {
            fail(u, "rubbish behind a");
            return 0;
        }
        u->inside = true;
    }
    u->z.next_in = u->in + u->pos;
    u->z.avail_in = (unsigned)(u->end - u->pos);
    u->z.next_out = data;
    u->z.avail_out = (unsigned)n;
    code = inflate(&u->z, Z_NO_FLUSH);
    u->pos = u->end - u->z.avail_in;
    if (code == Z_STREAM_END)
        u->inside = false;
    else if (code != Z_OK && code != Z_BUF_ERROR)
        fail(u, "damaged");
    return n - u->z.avail_out;
}

static size_t step_xz(struct unpack *u, unsigned char *data, size_t n)
{
    lzma_ret code;

    u->xz.next_in = u->in + u->pos;
    u->xz.avail_in = u->end - u->pos;
    u->xz.next_out = data;
    u->xz.avail_out = n;
    // With LZMA_CONCATENATED only the end of the file ends the input.
    code = lzma_code(&u->xz, u->eof ? LZMA_FINISH : LZMA_RUN);
    u->pos = u->end - u->xz.avail_in;
    if (code == LZMA_STREAM_END)
        u->inside = false;
    else if (code == LZMA_MEMLIMIT_ERROR)
        fail(u, "too large a dictionary in an");
    else if (code == LZMA_BUF_ERROR)
        fail(u, "truncated");
    else if (code != LZMA_OK)
        fail(u, "damaged");
    return n - u->xz.avail_out;
}

static size_t step_zstd(struct unpack *u, unsigned char *data, size_t n)
{
    ZSTD_inBuffer in = {u->in, u->end, u->pos};
    ZSTD_outBuffer out = {data, n, 0};
    size_t left = ZSTD_decompressStream(u->zstd, &out, &in);

    u->pos = in.pos;
    u->inside = left != 0; // 0: a frame has ended
    if (ZSTD_isError(left))
        fail(u, "damaged");
    return out.pos;
}

static size_t step(struct unpack *u, unsigned char *data, size_t n)
{
    switch (u->kind) {
    case GZIP:
        return step_gzip(u, data, n);
    case XZ:
        return step_xz(u, data, n);
    case ZSTD:
        return step_zstd(u, data, n);
    default:
        return step_plain(u, data, n);
    }
}

size_t unpack_read(struct unpack *u, void *data, size_t n)
{
    while (!u->error[0]) {
        size_t before, made;
        if (u->pos == u->end)
            fill(u, 1);
        before = u->pos;
        // A decoder may still hold bytes when the file is at its end.
        if (u->pos == u->end && !u->inside)
            return 0;
        made = step(u, data, n);
        if (made)
            return made;
        if (u->pos == before && u->pos == u->end && u->eof && u->inside)
            fail(u, "truncated");
    }
    return 0;
}

const char *unpack_error(const struct unpack *u) { return u->error[0] ? u->error : NULL; }
uint64_t unpack_taken(const struct unpack *u) { return u->taken - (u->end - u->pos); }
