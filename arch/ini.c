// SPDX-License-Identifier: MulanPSL-2.0
// INI files, see ini.h: libinih reads lines of at most 199 bytes and no comments behind values in every
// build, so it is given lines without comments and superfluous blanks. What is left is never long.
#include "arch/ini.h"

#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct file {
    FILE *in;
    ini_take *take;
    void *ctx;
    unsigned line;     // last line read
    char why[256];     // the first error that libinih does not know of, and its line
    unsigned why_line;
};

static void complain(struct file *f, const char *why)
{
    if (!f->why[0]) {
        snprintf(f->why, sizeof f->why, "%s", why);
        f->why_line = f->line;
    }
}

// For libinih, as fgets(): the next line, at most size - 1 bytes, blanks squeezed, without a comment,
// which `;` or `#` at the beginning or behind a blank starts.
static char *next_line(char *to, int size, void *stream)
{
    struct file *f = stream;
    int n = 0, c;
    bool blank = true, comment = false, pending = false;
    if ((c = getc(f->in)) == EOF)
        return NULL;
    f->line++;
    for (; c != EOF && c != '\n'; c = getc(f->in)) {
        if (c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f') {
            blank = true;
            pending = n > 0;
            continue;
        }
        comment |= blank && (c == ';' || c == '#');
        blank = false;
        if (comment)
            continue;
        if (!c)
            complain(f, "a zero byte");
        if (n + 2 >= size) {
            complain(f, "too long for a `key = value` line");
            continue;
        }
        if (pending)
            to[n++] = ' ';
        pending = false;
        to[n++] = (char)c;
    }
    to[n] = 0;
    return to;
}

static int take_one(void *user, const char *section, const char *name, const char *value)
{
    struct file *f = user;
    char msg[256];
    const char *why = f->take(f->ctx, f->line, section, name, value, msg, sizeof msg);
    if (why)
        complain(f, why);
    return !why;
}

const char *ini_read(FILE *in, const char *name, ini_take *take, void *ctx, char *msg, size_t n)
{
    struct file f = {.in = in, .take = take, .ctx = ctx};
    unsigned line = (unsigned)ini_parse_stream(next_line, &f, take_one, &f);
    bool broken = ferror(in);
    if (f.why_line && (!line || f.why_line < line))
        line = f.why_line;
    if (broken)
        snprintf(msg, n, "%s: cannot be read", name);
    else if (line)
        snprintf(msg, n, "%s:%u: %s", name, line,
                 line == f.why_line ? f.why : "not a `key = value` line");
    return broken || line ? msg : NULL;
}

const char *ini_load(const char *path, ini_take *take, void *ctx, char *msg, size_t n)
{
    FILE *in = fopen(path, "r");
    if (!in) {
        snprintf(msg, n, "%s: cannot be read", path);
        return msg;
    }
    const char *why = ini_read(in, path, take, ctx, msg, n);
    fclose(in);
    return why;
}
