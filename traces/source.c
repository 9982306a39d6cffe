// SPDX-License-Identifier: MulanPSL-2.0
// Input files as lines and bytes, unpacked on the way.
#include "traces/source.h"

#include "traces/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SOURCE_BUF = 256 * 1024, LINE_MAX_LEN = 64 * 1024, EMPTY_MAX = 1000000 };

struct source {
    struct unpack *file;
    char *path;
    unsigned char *buf; // SOURCE_BUF + 1 bytes
    size_t pos, end;    // unread part of buf
    bool eof;
    uint64_t lines, offset, size;
    unsigned empty; // lines in a row without contents
    bool (*go_on)(void *ctx);
    void *ctx;
    char error[200];
};

static char *copy_text(const char *s)
{
    size_t n = strlen(s) + 1;
    char *c = malloc(n);
    if (c)
        memcpy(c, s, n);
    return c;
}

// Reads until the buffer is full or the input ends; unread bytes move to the front.
static void fill(struct source *s)
{
    memmove(s->buf, s->buf + s->pos, s->end - s->pos);
    s->end -= s->pos;
    s->pos = 0;
    while (!s->eof && s->end < SOURCE_BUF) {
        size_t n = unpack_read(s->file, s->buf + s->end, SOURCE_BUF - s->end);

        s->end += n;
        s->eof = n == 0;
    }
    if (s->eof && unpack_error(s->file))
        snprintf(s->error, sizeof s->error, "%s", unpack_error(s->file));
    if (s->go_on && !s->error[0] && !s->go_on(s->ctx)) {
        snprintf(s->error, sizeof s->error, "interrupted");
        s->pos = s->end;
        s->eof = true;
    }
}

// What is wrong with the first bytes of an input, or NULL.
static const char *start_trouble(const struct source *s)
{
    const unsigned char *p = s->buf;

    if (s->end == 0)
        return s->error[0] ? s->error : "empty file";
    if (s->end >= 3 && memcmp(p, "BZh", 3) == 0)
        return "bzip2-compressed: unpack it into a pipe (bzip2 -dc FILE | ... -)";
    return NULL;
}

struct source *source_open(const char *path, char *msg, size_t msg_size)
{
    struct source *s = calloc(1, sizeof *s);
    struct stat st;
    const char *trouble = NULL;
    bool standard = strcmp(path, "-") == 0;
    int fd = -1;

    if (!s || !(s->path = copy_text(standard ? "(standard input)" : path)) ||
        !(s->buf = malloc(SOURCE_BUF + 1))) {
        snprintf(msg, msg_size, "%s: out of memory", path);
        source_close(s);
        return NULL;
    }
    fd = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY);
    if (fd < 0)
        trouble = strerror(errno);
    else if (!(s->file = unpack_open(fd)))
        trouble = "out of memory";
    else if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        trouble = "is a directory";
    else {
        if (S_ISREG(st.st_mode))
            s->size = (uint64_t)st.st_size;
        fill(s);
        trouble = start_trouble(s);
    }
    if (trouble) {
        snprintf(msg, msg_size, "%s: %s", s->path, trouble);
        source_close(s);
        return NULL;
    }
    return s;
}

bool source_twice(const char *path)
{
    struct stat st;
    return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

void source_close(struct source *s)
{
    if (!s)
        return;
    unpack_close(s->file);
    free(s->buf);
    free(s->path);
    free(s);
}

const char *source_path(const struct source *s) { return s->path; }
uint64_t source_lines(const struct source *s) { return s->lines; }
uint64_t source_offset(const struct source *s) { return s->offset; }
const char *source_error(const struct source *s) { return s->error[0] ? s->error : NULL; }

void source_watch(struct source *s, bool (*go_on)(void *ctx), void *ctx)
{
    s->go_on = go_on;
    s->ctx = ctx;
}

// What is wrong with a line of n bytes, or NULL.
static const char *line_trouble(struct source *s, const char *line, size_t n)
{
    if (memchr(line, 0, n))
        return "a zero byte in a text line";
    line += strspn(line, " \t");
    s->empty = *line == 0 || *line == '#' ? s->empty + 1 : 0;
    return s->empty > EMPTY_MAX ? "more than a million empty lines in a row" : NULL;
}

char *source_line(struct source *s, size_t *len)
{
    unsigned char *start = s->buf + s->pos;
    unsigned char *nl = memchr(start, '\n', s->end - s->pos);
    size_t n;

    if (!nl) {
        fill(s);
        start = s->buf;
        nl = memchr(start, '\n', s->end);
    }
    // A last line without newline counts, unless the input broke off there.
    if (s->end == s->pos || (!nl && s->error[0]))
        return NULL;
    n = nl ? (size_t)(nl - start) : s->end;
    if (n > LINE_MAX_LEN) {
        snprintf(s->error, sizeof s->error, "line longer than %d bytes", (int)LINE_MAX_LEN);
        s->lines++;
        return NULL;
    }
    s->pos += n + (nl != NULL);
    s->offset += n + (nl != NULL);
    s->lines++;
    if (n && start[n - 1] == '\r')
        n--;
    start[n] = 0;
    const char *trouble = line_trouble(s, (char *)start, n);
    if (trouble) {
        snprintf(s->error, sizeof s->error, "%s", trouble);
        return NULL;
    }
    *len = n;
    return (char *)start;
}

size_t source_peek(struct source *s, size_t n, const unsigned char **p)
{
    if (s->end - s->pos < n && !s->eof)
        fill(s);
    *p = s->buf + s->pos;
    return s->end - s->pos < n ? s->end - s->pos : n;
}

void source_skip(struct source *s, size_t n)
{
    s->pos += n;
    s->offset += n;
}

void source_progress(const struct source *s, uint64_t *done, uint64_t *size)
{
    *done = unpack_taken(s->file);
    *size = s->size;
}
