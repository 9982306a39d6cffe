// SPDX-License-Identifier: MulanPSL-2.0
// The binary form of trace records: a tag byte, then variable-length numbers; addresses and cycles
// are coded as differences. docs/trace-format.md section 4.
#include "traces/trace_code.h"

static unsigned char *put_varint(unsigned char *p, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        *p++ = (unsigned char)(v | 0x80);
    *p++ = (unsigned char)v;
    return p;
}

static unsigned char *encode_access(struct trace_delta *d, const struct trace_record *r,
                                    unsigned char *tag, unsigned char *p)
{
    uint8_t mode = trace_mode_byte(r);

    if (mode != d->mode[r->op] || r->size != d->size[r->op]) {
        *tag |= TAG_ATTR;
        *p++ = d->mode[r->op] = mode;
        d->size[r->op] = r->size;
        p = put_varint(p, r->size);
    }
    p = put_varint(p, zigzag(r->addr - d->addr[r->op]));
    d->addr[r->op] = r->addr;
    return p;
}

static unsigned char *encode_body(struct trace_delta *d, const struct trace_record *r,
                                  unsigned char *tag, unsigned char *p)
{
    switch (r->kind) {
    case TRACE_ACCESS:
        *tag = r->op;
        return encode_access(d, r, tag, p);
    case TRACE_PORT:
        *tag = TAG_PORT;
        *p++ = (unsigned char)(r->port | r->s2xlate << 1);
        p = put_varint(p, zigzag(r->addr - d->vpn[r->port]));
        d->vpn[r->port] = r->addr;
        return p;
    case TRACE_CSR:
        *tag = TAG_CSR;
        return put_varint(put_varint(p, r->csr), r->value);
    case TRACE_FENCE:
        *tag = TAG_FENCE;
        *p++ = (unsigned char)(r->op | r->all_addr << 3 | r->all_id << 4);
        p = r->all_addr ? p : put_varint(p, r->addr);
        return r->all_id ? p : put_varint(p, r->id);
    case TRACE_SWITCH:
        *tag = TAG_SWITCH;
        return put_varint(put_varint(p, r->id), r->vmid);
    case TRACE_MEM:
        *tag = TAG_MEM;
        return put_varint(put_varint(p, r->addr >> 3), r->value);
    case TRACE_ROI:
        *tag = TAG_ROI;
        *p++ = r->op;
        return p;
    default:
        *tag = TAG_REDIRECT;
        return p;
    }
}

size_t trace_encode(struct trace_delta *d, const struct trace_record *r, unsigned char *code)
{
    unsigned char *p = encode_body(d, r, code, code + 1);

    if (r->has_cycle) {
        code[0] |= TAG_CYCLE;
        p = put_varint(p, r->cycle - d->cycle);
        d->cycle = r->cycle;
    }
    if (r->insns) {
        code[0] |= TAG_INSNS;
        p = put_varint(p, r->insns);
    }
    return (size_t)(p - code);
}

size_t trace_encode_end(const struct trace_end_mark *e, unsigned char *code)
{
    unsigned char *p = code;

    *p++ = TAG_END;
    p = put_varint(p, e->count);
    for (unsigned i = 0; i < 8; i++)
        *p++ = (unsigned char)(e->sum >> 8 * i);
    return (size_t)(p - code);
}

// --- decoding ------------------------------------------------------------------------------------
struct cursor {
    const unsigned char *p, *end;
    bool bad; // ran out of bytes
    bool big; // a number above 64 bits or above its limit
};

static uint64_t get_varint(struct cursor *c, uint64_t max)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        unsigned char b;
        if (c->p == c->end) {
            c->bad = true;
            return 0;
        }
        b = *c->p++;
        if (shift == 63 && b > 1)
            break;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) {
            c->big |= v > max;
            return v;
        }
    }
    c->big = true;
    return 0;
}

static unsigned get_byte(struct cursor *c)
{
    if (c->p == c->end) {
        c->bad = true;
        return 0;
    }
    return *c->p++;
}

static void decode_access(struct trace_delta *d, struct cursor *c, unsigned tag,
                          struct trace_record *r)
{
    unsigned op = tag & 15;

    r->kind = TRACE_ACCESS;
    r->op = (uint8_t)op;
    if (tag & TAG_ATTR) {
        d->mode[op] = (uint8_t)get_byte(c);
        c->big |= d->mode[op] > 31;
        d->size[op] = (uint16_t)get_varint(c, 4096);
    }
    d->addr[op] += unzigzag(get_varint(c, UINT64_MAX));
    r->addr = d->addr[op];
    r->size = d->size[op];
    trace_mode_set(r, d->mode[op]);
}

static bool decode_other(struct trace_delta *d, struct cursor *c, unsigned tag,
                         struct trace_record *r)
{
    unsigned b;

    switch (tag & 15) {
    case TAG_PORT:
        r->kind = TRACE_PORT;
        b = get_byte(c);
        c->big |= b > 7;
        r->port = b & 1;
        r->s2xlate = b >> 1 & 3;
        r->addr = d->vpn[r->port] += unzigzag(get_varint(c, UINT64_MAX));
        return true;
    case TAG_CSR:
        r->kind = TRACE_CSR;
        r->csr = (uint16_t)get_varint(c, UINT16_MAX);
        r->value = get_varint(c, UINT64_MAX);
        return true;
    case TAG_FENCE:
        r->kind = TRACE_FENCE;
        b = get_byte(c);
        c->big |= b > 31;
        r->op = b & 7;
        r->all_addr = b >> 3 & 1;
        r->all_id = b >> 4 & 1;
        r->addr = r->all_addr ? 0 : get_varint(c, UINT64_MAX);
        r->id = (uint16_t)(r->all_id ? 0 : get_varint(c, UINT16_MAX));
        return true;
    case TAG_SWITCH:
        r->kind = TRACE_SWITCH;
        r->id = (uint16_t)get_varint(c, UINT16_MAX);
        r->vmid = (uint16_t)get_varint(c, UINT16_MAX);
        return true;
    case TAG_MEM:
        r->kind = TRACE_MEM;
        r->addr = get_varint(c, UINT64_MAX >> 3) << 3;
        r->value = get_varint(c, UINT64_MAX);
        return true;
    case TAG_REDIRECT:
        r->kind = TRACE_REDIRECT;
        return true;
    case TAG_ROI:
        r->kind = TRACE_ROI;
        r->op = (uint8_t)get_byte(c);
        return true;
    default:
        return false;
    }
}

enum trace_decoded trace_decode(struct trace_delta *d, const unsigned char *code, size_t n,
                                struct trace_record *r, size_t *used)
{
    struct cursor c = {.p = code, .end = code + n};
    unsigned tag = get_byte(&c);

    if (tag & TAG_SPARE || (tag & TAG_ATTR && (tag & 15) >= GVT_OPS))
        return DECODE_TAG;
    if ((tag & 15) < GVT_OPS)
        decode_access(d, &c, tag, r);
    else if (!decode_other(d, &c, tag, r))
        return DECODE_TAG;
    if (tag & TAG_CYCLE) {
        r->has_cycle = true;
        r->cycle = d->cycle += get_varint(&c, UINT64_MAX - d->cycle);
    }
    if (tag & TAG_INSNS) {
        r->insns = get_varint(&c, UINT64_MAX);
        c.big |= r->insns == 0;
    }
    *used = (size_t)(c.p - code);
    return c.bad ? DECODE_SHORT : c.big ? DECODE_RANGE : DECODE_FINE;
}

size_t trace_decode_end(const unsigned char *code, size_t n, struct trace_end_mark *e)
{
    struct cursor c = {.p = code + 1, .end = code + n};

    *e = (struct trace_end_mark){.count = get_varint(&c, UINT64_MAX)};
    for (unsigned i = 0; i < 8; i++)
        e->sum |= (uint64_t)get_byte(&c) << 8 * i;
    return c.bad ? 0 : (size_t)(c.p - code);
}
