// SPDX-License-Identifier: MulanPSL-2.0
// Output files through zlib.
#include "traces/output.h"
#include "traces/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { SINK_BUF = 64 * 1024, GZ_LEVEL = 6 };

struct sink {
    struct output *out;
    gzFile file;
    char *path; // for messages
    size_t used;
    bool failed;
    char error[1024]; // "file: reason"
    unsigned char buf[SINK_BUF];
};

static bool ends_with(const char *s, const char *tail)
{
    size_t n = strlen(s), t = strlen(tail);
    return n >= t && strcmp(s + n - t, tail) == 0;
}

static void sink_free(struct sink *s)
{
    if (s)
        free(s->path);
    free(s);
}

struct sink *sink_open(const char *path, char *msg, size_t msg_size)
{
    const char *name = strcmp(path, "-") == 0 ? "(standard output)" : path;
    struct sink *s = calloc(1, sizeof *s);
    char mode[8] = "wbT";
    int fd;

    if (!s || !(s->path = malloc(strlen(name) + 1))) {
        snprintf(msg, msg_size, "%s: out of memory", path);
        sink_free(s);
        return NULL;
    }
    memcpy(s->path, name, strlen(name) + 1);
    s->out = output_open(path, msg, msg_size);
    if (!s->out) {
        sink_free(s);
        return NULL;
    }
    if (ends_with(path, ".gz"))
        snprintf(mode, sizeof mode, "wb%d", GZ_LEVEL);
    errno = 0;
    fd = dup(output_fd(s->out)); // gzclose() closes its own
    s->file = fd < 0 ? NULL : gzdopen(fd, mode);
    if (!s->file) {
        snprintf(msg, msg_size, "%s: %s", path, errno ? strerror(errno) : "out of memory");
        if (fd >= 0)
            close(fd);
        output_abandon(s->out);
        sink_free(s);
        return NULL;
    }
    gzbuffer(s->file, 128 * 1024);
    return s;
}

static void sink_fail(struct sink *s)
{
    if (!s->failed)
        snprintf(s->error, sizeof s->error, "%s: %s", s->path,
                 errno ? strerror(errno) : "write error");
    s->failed = true;
}

static void sink_flush(struct sink *s)
{
    errno = 0;
    if (s->used && !s->failed && gzwrite(s->file, s->buf, (unsigned)s->used) != (int)s->used)
        sink_fail(s);
    s->used = 0;
}

bool sink_write(struct sink *s, const void *data, size_t n)
{
    const unsigned char *p = data;

    while (n) {
        size_t k = SINK_BUF - s->used < n ? SINK_BUF - s->used : n;
        memcpy(s->buf + s->used, p, k);
        s->used += k;
        p += k;
        n -= k;
        if (s->used == SINK_BUF)
            sink_flush(s);
    }
    return !s->failed;
}

const char *sink_error(const struct sink *s)
{
    return s->failed ? s->error : NULL;
}

bool sink_close(struct sink *s, char *msg, size_t msg_size)
{
    bool fine;

    sink_flush(s);
    errno = 0;
    if (gzclose(s->file) != Z_OK)
        sink_fail(s);
    fine = !s->failed;
    if (!fine) {
        snprintf(msg, msg_size, "%s", s->error);
        output_abandon(s->out);
    } else {
        fine = output_close(s->out, msg, msg_size);
    }
    sink_free(s);
    return fine;
}

void sink_abandon(struct sink *s)
{
    // What stands in the buffer goes nowhere; a stream keeps what it has.
    gzclose(s->file);
    output_abandon(s->out);
    sink_free(s);
}
