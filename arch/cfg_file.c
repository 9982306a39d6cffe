// SPDX-License-Identifier: MulanPSL-2.0
// INI files of parameters: libinih reads lines of at most 199 bytes and no comments behind values in every
// build, so it is given lines without comments and superfluous blanks. What is left is never long.
#include "arch/cfg.h"

#include <ini.h>
#include <string.h>

struct file {
    struct l2tlb_cfg *cfg;
    FILE *in;
    unsigned line;     // last line read
    bool sized;        // a parameter was set that `preset` or `revision` would set again
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

static int take(void *user, const char *section, const char *name, const char *value)
{
    struct file *f = user;
    char key[160], msg[256];
    snprintf(key, sizeof key, "%s%s%s", section, *section ? "." : "", name);
    bool base = strcmp(key, "preset") == 0 || strcmp(key, "revision") == 0;
    const char *why = base && f->sized ? "stands behind parameters that it would set again" : NULL;
    if (why) {
        snprintf(msg, sizeof msg, "%s: %s", key, why);
        why = msg;
    } else {
        why = cfg_set(f->cfg, key, value, msg, sizeof msg);
    }
    f->sized |= !base && strncmp(key, "errata", 6) != 0 && strncmp(key, "rule.", 5) != 0;
    if (why)
        complain(f, why);
    return !why;
}

const char *cfg_read(struct l2tlb_cfg *cfg, FILE *in, const char *name, char *msg, size_t n)
{
    struct file f = {.cfg = cfg, .in = in};
    unsigned line = (unsigned)ini_parse_stream(next_line, &f, take, &f);
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

const char *cfg_load(struct l2tlb_cfg *cfg, const char *path, char *msg, size_t n)
{
    FILE *in = fopen(path, "r");
    if (!in) {
        snprintf(msg, n, "%s: cannot be read", path);
        return msg;
    }
    const char *why = cfg_read(cfg, in, path, msg, n);
    fclose(in);
    return why;
}
