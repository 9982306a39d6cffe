// SPDX-License-Identifier: MulanPSL-2.0
// Strict numbers, words of a line, and text that may be shown.
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

// --- showing text of unknown origin --------------------------------------------------------------

// Bytes of the character at p if it may be shown, 0 if its first byte must not: control characters
// (of 8 bits as well), what turns the direction of the text round, and what is no UTF-8.
static unsigned shown(const unsigned char *p)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned n = *p < 0x80 ? 1 : *p >> 5 == 6 ? 2 : *p >> 4 == 14 ? 3 : *p >> 3 == 30 ? 4 : 0;
    uint32_t c = n == 1 ? *p : *p & 0x7fu >> n;

    for (unsigned i = 1; i < n; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    if (!n || c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) || c < 0x20 ||
        (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
        return 0;
    return n;
}

// The next character of *text as it is shown: up to 4 bytes into piece. Returns how many.
static unsigned next_shown(const char **text, char piece[5])
{
    unsigned n = shown((const unsigned char *)*text);

    if (n)
        memcpy(piece, *text, n);
    else
        snprintf(piece, 5, "\\x%02x", (unsigned)(unsigned char)**text);
    *text += n ? n : 1;
    return n ? n : 4;
}

const char *printable_text(const char *text, char *out, size_t size)
{
    char piece[5];
    size_t used = 0;
    unsigned n;

    while (*text && used + (n = next_shown(&text, piece)) < size) {
        memcpy(out + used, piece, n);
        used += n;
    }
    out[used] = 0;
    return out;
}

void printable_put(const char *text, FILE *out)
{
    char piece[5];

    while (*text) {
        unsigned n = next_shown(&text, piece);
        fwrite(piece, 1, n, out);
    }
}

const char *printable(const char *text, char out[48])
{
    char piece[5];
    size_t used = 0;

    while (*text && used < 40) {
        unsigned n = next_shown(&text, piece);
        memcpy(out + used, piece, n);
        used += n;
    }
    memcpy(out + used, *text ? "..." : "", *text ? 4 : 1);
    return out;
}
