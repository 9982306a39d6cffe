// SPDX-License-Identifier: MulanPSL-2.0
// Output files through zlib. A file is written beside its name and renamed when it is whole, so
// that nothing that looks valid stays behind after a failure, and an old file stays as it is.
#define _XOPEN_SOURCE 700 // realpath
#include "traces/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { SINK_BUF = 64 * 1024, GZ_LEVEL = 6 };

struct sink {
    gzFile file;
    char *path; // the output's name, for messages and the rename
    char *part; // the file that is written; NULL: path itself (a stream or a device)
    size_t used;
    bool failed;
    char error[200];
    unsigned char buf[SINK_BUF];
};

static bool ends_with(const char *s, const char *tail)
{
    size_t n = strlen(s), t = strlen(tail);
    return n >= t && strcmp(s + n - t, tail) == 0;
}

static char *copy_text(const char *s)
{
    size_t n = strlen(s) + 1;
    char *c = malloc(n);
    if (c)
        memcpy(c, s, n);
    return c;
}

// The file that path means, behind symbolic links. NULL: out of memory.
static char *real_name(const char *path)
{
    char *real = realpath(path, NULL);

    return real ? real : copy_text(path);
}

// Creates the file beside s->path, with the rights of a file that it will replace. -1: errno.
static int create_part(struct sink *s, const struct stat *old)
{
    size_t size = strlen(s->path) + 32;
    int fd = -1;

    s->part = malloc(size);
    if (!s->part)
        return -1;
    for (unsigned i = 0; i < 100 && fd < 0; i++) {
        snprintf(s->part, size, "%s.part%ld-%u", s->path, (long)getpid(), i);
        fd = open(s->part, O_WRONLY | O_CREAT | O_EXCL, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    if (fd >= 0 && old && fchmod(fd, old->st_mode & 0777) != 0 && errno != EPERM) {
        close(fd);
        unlink(s->part);
        fd = -1;
    }
    if (fd < 0) {
        free(s->part);
        s->part = NULL;
    }
    return fd;
}

static int open_target(struct sink *s)
{
    struct stat st;
    bool there = stat(s->path, &st) == 0;

    if (there && S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    if (there && !S_ISREG(st.st_mode)) // a device or a pipe
        return open(s->path, O_WRONLY);
    if (there && access(s->path, W_OK) != 0)
        return -1;
    return create_part(s, there ? &st : NULL);
}

static void sink_free(struct sink *s)
{
    if (s) {
        free(s->path);
        free(s->part);
    }
    free(s);
}

struct sink *sink_open(const char *path, char *msg, size_t msg_size)
{
    struct sink *s = calloc(1, sizeof *s);
    char mode[8] = "wbT";
    bool standard = strcmp(path, "-") == 0;
    int fd;

    if (!s || !(s->path = standard ? copy_text("(standard output)") : real_name(path))) {
        snprintf(msg, msg_size, "%s: out of memory", path);
        sink_free(s);
        return NULL;
    }
    if (ends_with(path, ".gz"))
        snprintf(mode, sizeof mode, "wb%d", GZ_LEVEL);
    errno = 0;
    fd = standard ? dup(STDOUT_FILENO) : open_target(s);
    s->file = fd < 0 ? NULL : gzdopen(fd, mode);
    if (!s->file) {
        snprintf(msg, msg_size, "%s: %s", path, errno ? strerror(errno) : "cannot create");
        if (fd >= 0)
            close(fd);
        if (s->part)
            unlink(s->part);
        sink_free(s);
        return NULL;
    }
    gzbuffer(s->file, 128 * 1024);
    return s;
}

static void sink_fail(struct sink *s)
{
    if (!s->failed)
        snprintf(s->error, sizeof s->error, "%s", errno ? strerror(errno) : "write error");
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
    errno = 0;
    if (s->part && !s->failed && rename(s->part, s->path) != 0)
        sink_fail(s);
    fine = !s->failed;
    if (!fine)
        snprintf(msg, msg_size, "%s: %s", s->path, s->error);
    if (!fine && s->part)
        unlink(s->part);
    sink_free(s);
    return fine;
}

void sink_abandon(struct sink *s)
{
    // What stands in the buffer goes nowhere; a stream keeps what it has.
    gzclose(s->file);
    if (s->part)
        unlink(s->part);
    sink_free(s);
}
