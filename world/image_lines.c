// SPDX-License-Identifier: MulanPSL-2.0
// Images of the tools around hardware: Intel HEX, S-records, $readmemh.
#include "arch/bits.h"
#include "world/image_impl.h"

#include <string.h>

enum { RECORD = 256 };

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0'
           : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

// Pairs of hexadecimal digits up to the end of the line (blanks there are fine). Bytes, or -1.
static int pairs(const char *text, unsigned char out[RECORD])
{
    int n = 0;
    size_t len = strlen(text);
    while (len && strchr(" \t\r", text[len - 1]))
        len--;
    if (len & 1 || len / 2 > RECORD)
        return -1;
    for (size_t i = 0; i < len; i += 2) {
        int high = digit(text[i]), low = digit(text[i + 1]);
        if (high < 0 || low < 0)
            return -1;
        out[n++] = (unsigned char)(high << 4 | low);
    }
    return n;
}

static bool blank(const char *line) { return line[strspn(line, " \t\r")] == 0; }

static const char *put_bytes(struct image *im, uint64_t addr, const unsigned char *p, unsigned n)
{
    const char *why = NULL;
    for (unsigned i = 0; !why && i < n; i++)
        why = image_put(im, addr + i, p[i], 1);
    return why;
}

// :LLAAAATT DATA CC; the sum of all bytes is 0.
const char *image_ihex(struct image *im, struct image_lines *l, char *line)
{
    unsigned char b[RECORD], sum = 0;
    if (blank(line))
        return NULL;
    if (l->ended)
        return "a record behind the end record";
    int n = line[0] == ':' ? pairs(line + 1, b) : -1;
    if (n < 5 || b[0] + 5 != n)
        return "no Intel HEX record";
    for (int i = 0; i < n; i++)
        sum = (unsigned char)(sum + b[i]);
    if (sum)
        return "the checksum of the record is wrong";
    uint64_t offset = big_endian(b + 1, 2);
    switch (b[3]) {
    case 0:
        if (offset + b[0] > 0x10000)
            return "a record crosses 64 KiB";
        return put_bytes(im, l->base + offset, b + 4, b[0]);
    case 1:
        l->ended = true;
        return b[0] ? "an end record holds no data" : NULL;
    case 2: // segment
    case 4: // upper half of the address
        if (b[0] != 2)
            return "an address record holds two bytes";
        l->base = big_endian(b + 4, 2) << (b[3] == 2 ? 4 : 16);
        return NULL;
    case 3: // where to start: no memory
    case 5:
        return NULL;
    default:
        return "unknown type of Intel HEX record";
    }
}

// Sn, count, address of 2 to 4 bytes, data, checksum; the sum of all bytes is 255.
const char *image_srec(struct image *im, struct image_lines *l, char *line)
{
    static const uint8_t address[10] = {2, 2, 3, 4, 0, 2, 3, 4, 3, 2};
    unsigned char b[RECORD], sum = 0;
    if (blank(line))
        return NULL;
    if (l->ended)
        return "a record behind the end record";
    int n = line[0] == 'S' && line[1] >= '0' && line[1] <= '9' && line[1] != '4' ? pairs(line + 2, b)
                                                                                 : -1;
    if (n < 1)
        return "no S-record";
    unsigned type = (unsigned)(line[1] - '0'), width = address[type];
    if (b[0] + 1 != n || b[0] < width + 1)
        return "the length of the S-record is wrong";
    for (int i = 0; i < n; i++)
        sum = (unsigned char)(sum + b[i]);
    if (sum != 0xff)
        return "the checksum of the record is wrong";
    uint64_t value = big_endian(b + 1, width);
    if (type == 5 || type == 6)
        return value == (l->records & mask64(8 * width)) ? NULL : "records are missing: the count differs";
    if (type >= 7)
        l->ended = true;
    if (type == 0 || type >= 7)
        return NULL;
    l->records++;
    return put_bytes(im, value, b + 1 + width, b[0] - width - 1u);
}

// --- $readmemh ----------------------------------------------------------------------------------

// Blanks out comments; l->comment: inside of one.
static const char *no_comments(struct image_lines *l, char *p)
{
    for (; *p; p++) {
        bool slash = !l->comment && p[0] == '/';
        if (slash && p[1] == '/') {
            *p = 0;
            return NULL;
        }
        if (slash && p[1] != '*')
            return "a lone /";
        if (slash || (l->comment && p[0] == '*' && p[1] == '/')) {
            l->comment = slash;
            p[0] = p[1] = ' ';
            p++;
        } else if (l->comment) {
            *p = ' ';
        }
    }
    return NULL;
}

// A word of `n` digits; least significant byte first in memory.
static const char *one_word(struct image *im, struct image_lines *l, const char *text, unsigned n)
{
    if (n & 1 || n > 128)
        return "a word of $readmemh must be whole bytes, 128 digits at most";
    if (l->digits && l->digits != n)
        return "words of different width";
    l->digits = n;
    if (l->next > mask64(56) / (n / 2))
        return "memory beyond the physical address bits";
    uint64_t addr = l->next++ * (n / 2);
    const char *why = NULL;
    for (unsigned i = 0; !why && i < n; i += 2) {
        unsigned value = (unsigned)(digit(text[n - i - 2]) << 4 | digit(text[n - i - 1]));
        why = image_put(im, addr + i / 2, value, 1);
    }
    return why;
}

static const char *one_token(struct image *im, struct image_lines *l, char *text)
{
    unsigned n = 0;
    bool address = text[0] == '@';
    for (char *p = text + address; *p; p++) {
        if (*p == '_')
            continue;
        if (digit(*p) < 0)
            return strchr("xXzZ", *p) ? "x and z are no memory" : "not a hexadecimal number";
        text[n++] = *p;
    }
    text[n] = 0;
    if (!n)
        return "not a hexadecimal number";
    if (!address)
        return one_word(im, l, text, n);
    return parse_hex(text, mask64(56), &l->next) ? NULL : "the address is too large";
}

// @INDEX counts words; a word has as many bits as the first one has digits.
const char *image_readmemh(struct image *im, struct image_lines *l, char *line)
{
    const char *why = no_comments(l, line);
    for (char *word; !why && (word = next_word(&line)) != NULL;)
        why = one_token(im, l, word);
    return why;
}
