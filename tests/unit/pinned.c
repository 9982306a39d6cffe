// SPDX-License-Identifier: MulanPSL-2.0
#include "tests/unit/pinned.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *difference(const char *name, const char *text, size_t size, const char *old,
                              size_t old_size)
{
    static char why[600];
    size_t i = 0, line = 1, from = 0;
    if (size == old_size && memcmp(text, old, size) == 0)
        return NULL;
    for (; i < size && i < old_size && text[i] == old[i]; i++)
        if (text[i] == '\n') {
            line++;
            from = i + 1;
        }
    snprintf(why, sizeof why, "%s:%zu: %.*s, pinned is %.*s", name, line,
             (int)strcspn(text + from, "\n"), text + from, (int)strcspn(old + from, "\n"), old + from);
    return why;
}

const char *pinned(const char *name, const char *text, size_t size)
{
    char path[200];
    const char *why;
    snprintf(path, sizeof path, "tests/unit/pinned/%s", name);
    if (getenv("L2TLB_PIN")) {
        FILE *f = fopen(path, "w");
        return f && fwrite(text, 1, size, f) == size && fclose(f) == 0 ? NULL : "cannot be written";
    }
    FILE *f = fopen(path, "r");
    enum { LARGEST = 1 << 20 };
    char *old = calloc(1, LARGEST);
    if (!f || !old) {
        free(old);
        if (f)
            fclose(f);
        return "there is no such file";
    }
    size_t n = fread(old, 1, LARGEST - 1, f);
    fclose(f);
    why = difference(name, text, size, old, n);
    free(old);
    return why;
}
