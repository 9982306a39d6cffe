// SPDX-License-Identifier: MulanPSL-2.0
#include "check/l1text.h"

#include <stdarg.h>
#include <stdio.h>

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
    return l1text_take(t, source_open(path, msg, L1TEXT_MSG), msg);
}

bool l1text_take(struct l1text *t, struct source *in, char *msg)
{
    *t = (struct l1text){.in = in, .path = in ? source_path(in) : NULL, .msg = msg};
    return in != NULL;
}

void l1text_close(struct l1text *t)
{
    source_close(t->in);
    t->in = NULL;
}

int l1text_line(struct l1text *t)
{
    size_t n;
    t->text = source_line(t->in, &n);
    t->line = source_lines(t->in);
    if (!t->text && source_error(t->in))
        l1text_fail(t, "%s", source_error(t->in));
    return t->text ? 1 : source_error(t->in) ? -1 : 0;
}

static bool split(struct l1text *t)
{
    char *p = t->text;
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
    for (;;) {
        int r = l1text_line(t);
        if (r <= 0)
            return r;
        if (t->text[0] == '#')
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
