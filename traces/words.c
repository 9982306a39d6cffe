// SPDX-License-Identifier: MulanPSL-2.0
// Strict numbers, and words of a line.
#include "traces/source.h"

#include <string.h>

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

    for (; n < 40 && text[n]; n++)
        out[n] = text[n] >= 32 && text[n] < 127 ? text[n] : '?';
    memcpy(out + n, text[n] ? "..." : "", text[n] ? 4 : 1);
    return out;
}
