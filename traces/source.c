// SPDX-License-Identifier: MulanPSL-2.0
// Files through zlib: gzread also passes plain files on unchanged.
#include "traces/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { SOURCE_BUF = 256 * 1024, LINE_MAX_LEN = 64 * 1024, SINK_BUF = 64 * 1024, GZ_LEVEL = 6 };

struct source {
    gzFile file;
    char *path;
    unsigned char *buf; // SOURCE_BUF + 1 bytes
    size_t pos, end;    // unread part of buf
    bool eof;
    uint64_t lines, offset, size;
    char error[200];
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

// Reads until the buffer is full or the input ends; unread bytes move to the front.
static void fill(struct source *s)
{
    memmove(s->buf, s->buf + s->pos, s->end - s->pos);
    s->end -= s->pos;
    s->pos = 0;
    while (!s->eof && s->end < SOURCE_BUF) {
        int n = gzread(s->file, s->buf + s->end, (unsigned)(SOURCE_BUF - s->end));
        int code = Z_OK;
        const char *text;

        if (n > 0) {
            s->end += (size_t)n;
            continue;
        }
        // A gzip stream that stops in the middle reads as a plain end; only gzerror tells.
        s->eof = true;
        text = gzerror(s->file, &code);
        if (code == Z_BUF_ERROR)
            snprintf(s->error, sizeof s->error, "truncated gzip file");
        else if (code == Z_ERRNO)
            snprintf(s->error, sizeof s->error, "%s", strerror(errno));
        else if (code == Z_DATA_ERROR)
            snprintf(s->error, sizeof s->error, "damaged gzip file");
        else if (code != Z_OK && code != Z_STREAM_END)
            snprintf(s->error, sizeof s->error, "%s", text && *text ? text : "read error");
    }
}

// What is wrong with the first bytes of an input, or NULL.
static const char *start_trouble(const struct source *s)
{
    const unsigned char *p = s->buf;

    if (s->end == 0)
        return s->error[0] ? s->error : "empty file";
    if (s->end >= 6 && memcmp(p, "\xfd" "7zXZ", 6) == 0)
        return "xz-compressed: unpack it into a pipe (xz -dc FILE | ... -)";
    if (s->end >= 3 && memcmp(p, "BZh", 3) == 0)
        return "bzip2-compressed: unpack it into a pipe (bzip2 -dc FILE | ... -)";
    if (s->end >= 4 && memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0)
        return "zstd-compressed: unpack it into a pipe (zstd -dc FILE | ... -)";
    return NULL;
}

struct source *source_open(const char *path, char *msg, size_t msg_size)
{
    struct source *s = calloc(1, sizeof *s);
    struct stat st;
    const char *trouble = NULL;
    bool standard = strcmp(path, "-") == 0;

    if (!s || !(s->path = copy_text(standard ? "(standard input)" : path)) ||
        !(s->buf = malloc(SOURCE_BUF + 1))) {
        snprintf(msg, msg_size, "%s: out of memory", path);
        source_close(s);
        return NULL;
    }
    errno = 0;
    if (standard)
        s->file = gzdopen(dup(STDIN_FILENO), "rb");
    else if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        trouble = "is a directory";
    else
        s->file = gzopen(path, "rb");
    if (!s->file && !trouble)
        trouble = errno ? strerror(errno) : "cannot open";
    if (!trouble) {
        if ((standard ? fstat(STDIN_FILENO, &st) : stat(path, &st)) == 0 && S_ISREG(st.st_mode))
            s->size = (uint64_t)st.st_size;
        gzbuffer(s->file, 128 * 1024);
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

void source_close(struct source *s)
{
    if (!s)
        return;
    if (s->file)
        gzclose(s->file);
    free(s->buf);
    free(s->path);
    free(s);
}

const char *source_path(const struct source *s) { return s->path; }
uint64_t source_lines(const struct source *s) { return s->lines; }
uint64_t source_offset(const struct source *s) { return s->offset; }
const char *source_error(const struct source *s) { return s->error[0] ? s->error : NULL; }

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
    if (memchr(start, 0, n)) {
        snprintf(s->error, sizeof s->error, "a zero byte in a text line");
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
    z_off_t at = gzoffset(s->file);

    *done = at > 0 ? (uint64_t)at : s->offset;
    *size = s->size;
}

// --- output --------------------------------------------------------------------------------------
struct sink {
    gzFile file;
    char *path;
    size_t used;
    bool failed;
    char error[200];
    unsigned char buf[SINK_BUF];
};

struct sink *sink_open(const char *path, char *msg, size_t msg_size)
{
    struct sink *s = calloc(1, sizeof *s);
    char mode[8] = "wbT";
    bool standard = strcmp(path, "-") == 0;
    struct stat st;

    if (!s || !(s->path = copy_text(standard ? "(standard output)" : path))) {
        snprintf(msg, msg_size, "%s: out of memory", path);
        free(s);
        return NULL;
    }
    if (ends_with(path, ".gz"))
        snprintf(mode, sizeof mode, "wb%d", GZ_LEVEL);
    errno = 0;
    if (!standard && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        errno = EISDIR;
    else
        s->file = standard ? gzdopen(dup(STDOUT_FILENO), mode) : gzopen(path, mode);
    if (!s->file) {
        snprintf(msg, msg_size, "%s: %s", s->path, errno ? strerror(errno) : "cannot create");
        free(s->path);
        free(s);
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

const char *sink_error(const struct sink *s) { return s->failed ? s->error : NULL; }

bool sink_close(struct sink *s, char *msg, size_t msg_size)
{
    bool fine;

    sink_flush(s);
    errno = 0;
    if (gzclose(s->file) != Z_OK)
        sink_fail(s);
    fine = !s->failed;
    if (!fine)
        snprintf(msg, msg_size, "%s: %s", s->path, s->error);
    free(s->path);
    free(s);
    return fine;
}

// --- numbers and words ---------------------------------------------------------------------------
bool parse_hex(const char *text, uint64_t max, uint64_t *value)
{
    uint64_t v = 0;

    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        text += 2;
    if (!*text)
        return false;
    for (; *text; text++) {
        unsigned d;
        if (*text >= '0' && *text <= '9')
            d = (unsigned)(*text - '0');
        else if ((*text | 32) >= 'a' && (*text | 32) <= 'f')
            d = (unsigned)((*text | 32) - 'a') + 10;
        else
            return false;
        if (v >> 60)
            return false;
        v = v << 4 | d;
    }
    *value = v;
    return v <= max;
}

bool parse_dec(const char *text, uint64_t max, uint64_t *value)
{
    uint64_t v = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        unsigned d = (unsigned)(*text - '0');
        if (d > 9 || v > (UINT64_MAX - d) / 10)
            return false;
        v = v * 10 + d;
    }
    *value = v;
    return v <= max;
}

char *next_word(char **text)
{
    char *p = *text, *word;

    while (*p == ' ' || *p == '\t')
        p++;
    if (!*p)
        return NULL;
    word = p;
    while (*p && *p != ' ' && *p != '\t')
        p++;
    if (*p)
        *p++ = 0;
    *text = p;
    return word;
}

const char *printable(const char *text, char out[48])
{
    size_t n = 0;

    for (; text[n] && n < 40; n++)
        out[n] = text[n] >= 32 && text[n] < 127 ? text[n] : '?';
    memcpy(out + n, text[n] ? "..." : "", text[n] ? 4 : 1);
    return out;
}
