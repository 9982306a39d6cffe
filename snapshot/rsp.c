// SPDX-License-Identifier: MulanPSL-2.0
// Packets of the remote serial protocol, see rsp.h.
#include "snapshot/rsp.h"

#include <string.h>

enum { BETWEEN, DATA, ESCAPE, RUN, SUM_HIGH, SUM_LOW };

static int digit(unsigned char c)
{
    return c >= '0' && c <= '9' ? c - '0'
           : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

static void put(struct rsp *r, unsigned char c)
{
    if (r->size == RSP_MOST)
        r->bad = true;
    else
        r->data[r->size++] = (char)c;
}

static void start(struct rsp *r, bool notice)
{
    r->state = DATA;
    r->notice = notice;
    r->bad = false;
    r->sum = r->check = 0;
    r->size = 0;
}

// A byte inside of a packet: '#' ends it, '}' escapes the next one, '*' repeats the last one.
static void inside(struct rsp *r, unsigned char byte)
{
    if (byte == '#') {
        r->state = SUM_HIGH;
        return;
    }
    if (byte == '$') { // the one before broke off
        start(r, false);
        return;
    }
    r->sum = (uint8_t)(r->sum + byte);
    if (byte == '}')
        r->state = ESCAPE;
    else if (byte == '*')
        r->state = RUN;
    else
        put(r, byte);
}

// The count of a run is a printable character: 29 more than the repeats.
static void run(struct rsp *r, unsigned char byte)
{
    r->sum = (uint8_t)(r->sum + byte);
    r->state = DATA;
    if (!r->size || byte < 32 || byte > 126) {
        r->bad = true;
        return;
    }
    for (unsigned n = byte - 29u; n; n--)
        put(r, (unsigned char)r->data[r->size - 1]);
}

static enum rsp_event ended(struct rsp *r, int low)
{
    r->state = BETWEEN;
    r->data[r->size] = 0;
    if (r->bad || low < 0 || (uint8_t)(r->check << 4 | low) != r->sum)
        return r->notice ? RSP_NOTHING : RSP_DAMAGED;
    return r->notice ? RSP_NOTHING : RSP_PACKET;
}

static enum rsp_event between(struct rsp *r, unsigned char byte)
{
    if (byte == '+')
        return RSP_ACK;
    if (byte == '-')
        return RSP_NAK;
    if (byte != '$' && byte != '%')
        return RSP_GARBAGE;
    start(r, byte == '%');
    return RSP_NOTHING;
}

enum rsp_event rsp_take(struct rsp *r, unsigned char byte)
{
    int d = digit(byte);
    switch (r->state) {
    case BETWEEN:
        return between(r, byte);
    case DATA:
        inside(r, byte);
        return RSP_NOTHING;
    case ESCAPE:
        r->sum = (uint8_t)(r->sum + byte);
        r->state = DATA;
        put(r, byte ^ 0x20);
        return RSP_NOTHING;
    case RUN:
        run(r, byte);
        return RSP_NOTHING;
    case SUM_HIGH:
        r->bad |= d < 0;
        r->check = (uint8_t)(d & 15);
        r->state = SUM_LOW;
        return RSP_NOTHING;
    default:
        return ended(r, d);
    }
}

size_t rsp_frame(const char *data, size_t n, char *out)
{
    static const char hex[] = "0123456789abcdef";
    uint8_t sum = 0;
    size_t at = 0;
    out[at++] = '$';
    for (size_t i = 0; i < n; i++) {
        char c = data[i];
        if (strchr("$#}*", c) && c) {
            out[at++] = '}';
            sum = (uint8_t)(sum + '}');
            c ^= 0x20;
        }
        out[at++] = c;
        sum = (uint8_t)(sum + (uint8_t)c);
    }
    out[at++] = '#';
    out[at++] = hex[sum >> 4];
    out[at++] = hex[sum & 15];
    return at;
}

bool rsp_is_stop(const struct rsp *r)
{
    return r->size >= 3 && strchr("TSWX", r->data[0]) && digit((unsigned char)r->data[1]) >= 0 &&
           digit((unsigned char)r->data[2]) >= 0;
}

bool rsp_is_error(const struct rsp *r)
{
    return r->data[0] == 'E' && (r->data[1] == '.' || r->size == 3);
}

long rsp_hex(const char *text, size_t n, unsigned char *out, size_t room)
{
    if (n & 1 || n / 2 > room)
        return -1;
    for (size_t i = 0; i < n; i += 2) {
        int high = digit((unsigned char)text[i]), low = digit((unsigned char)text[i + 1]);
        if (high < 0 || low < 0)
            return -1;
        out[i / 2] = (unsigned char)(high << 4 | low);
    }
    return (long)(n / 2);
}
