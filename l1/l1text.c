// SPDX-License-Identifier: MulanPSL-2.0
#include "l1/l1text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

bool l1text_fail(struct l1text *t, const char *format, ...)
{
    va_list ap;
    unsigned long long line = t->line;
    int n = line ? snprintf(t->msg, L1TEXT_MSG, "%s:%llu: ", t->path, line)
                 : snprintf(t->msg, L1TEXT_MSG, "%s: ", t->path);
    if (n < 0 || n >= L1TEXT_MSG)
        return false;
    va_start(ap, format);
    vsnprintf(t->msg + n, (size_t)(L1TEXT_MSG - n), format, ap);
    va_end(ap);
    return false;
}

bool l1text_open(struct l1text *t, const char *path, char *msg)
{
    gzFile gz;
    errno = 0;
    if (strcmp(path, "-") == 0) {
        int fd = dup(STDIN_FILENO);
        gz = fd < 0 ? NULL : gzdopen(fd, "rb");
        if (!gz && fd >= 0)
            close(fd);
    } else {
        gz = gzopen(path, "rb");
    }
    return l1text_take(t, gz, path, msg);
}

bool l1text_take(struct l1text *t, void *gz, const char *path, char *msg)
{
    *t = (struct l1text){.path = path, .msg = msg, .gz = gz};
    if (!t->gz)
        return l1text_fail(t, "cannot be read: %s", errno ? strerror(errno) : "out of memory");
    gzbuffer(t->gz, 1u << 17);
    return true;
}

void l1text_close(struct l1text *t)
{
    if (t->gz)
        gzclose(t->gz);
    t->gz = NULL;
}

static int at_end(struct l1text *t)
{
    int err = 0;
    const char *why = gzerror(t->gz, &err);
    if (err == Z_OK || err == Z_STREAM_END)
        return 0;
    l1text_fail(t, "damaged or unreadable: %s", err == Z_ERRNO ? strerror(errno) : why);
    return -1;
}

int l1text_line(struct l1text *t)
{
    memset(t->buf, 0xff, sizeof t->buf);
    if (!gzgets(t->gz, t->buf, (int)sizeof t->buf))
        return at_end(t);
    t->line++;
    // gzgets ends the string with a zero; the one after the line end is the only one allowed.
    size_t n = strlen(t->buf);
    bool ended = n && t->buf[n - 1] == '\n';
    if (!ended && n == sizeof t->buf - 1) {
        l1text_fail(t, "line is longer than %u characters", L1TEXT_LINE - 2);
        return -1;
    }
    if (!ended && !gzeof(t->gz)) {
        l1text_fail(t, "zero byte in a text file");
        return -1;
    }
    if (ended)
        n--;
    if (n && t->buf[n - 1] == '\r')
        n--;
    t->buf[n] = 0;
    return 1;
}

static bool split(struct l1text *t)
{
    char *p = t->buf;
    t->nfields = 0;
    for (;;) {
        while (*p == ' ' || *p == '\t')
            p++;
        if (!*p)
            return true;
        if (t->nfields == L1TEXT_FIELDS)
            return l1text_fail(t, "more than %u fields", L1TEXT_FIELDS);
        t->field[t->nfields++] = p;
        while (*p && *p != ' ' && *p != '\t')
            p++;
        if (*p)
            *p++ = 0;
    }
}

int l1text_fields(struct l1text *t)
{
    for (unsigned empty = 0;; empty++) {
        int r = l1text_line(t);
        if (r <= 0)
            return r;
        if (empty > L1TEXT_EMPTY) {
            l1text_fail(t, "more than a million empty lines in a row");
            return -1;
        }
        if (t->buf[0] == '#')
            continue;
        if (!split(t))
            return -1;
        if (t->nfields)
            return 1;
    }
}

bool l1text_number(const char *s, unsigned base, uint64_t max, uint64_t *value)
{
    uint64_t v = 0;

    if (!*s)
        return false;
    for (; *s; s++) {
        unsigned d;
        if (*s >= '0' && *s <= '9')
            d = (unsigned)(*s - '0');
        else if (base == 16 && *s >= 'a' && *s <= 'f')
            d = (unsigned)(*s - 'a') + 10;
        else if (base == 16 && *s >= 'A' && *s <= 'F')
            d = (unsigned)(*s - 'A') + 10;
        else
            return false;
        if (v > (UINT64_MAX - d) / base)
            return false;
        v = v * base + d;
        if (v > max)
            return false;
    }
    *value = v;
    return true;
}
