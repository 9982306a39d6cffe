// SPDX-License-Identifier: MulanPSL-2.0
// What the reader and the writer of traces share: names and the codes of the binary form.
// Private to traces/; docs/trace-format.md section 4 is the specification.
#ifndef L2TLB_TRACES_TRACE_CODE_H
#define L2TLB_TRACES_TRACE_CODE_H

#include "traces/trace.h"

#define GVT_MAGIC_TEXT "GVT"
#define GVT_MAGIC_BINARY "GVTB"

// Tag byte: code in bits 3:0, flags above. Codes 0..5 are enum trace_op.
enum {
    TAG_PORT = 6,
    TAG_CSR = 7,
    TAG_FENCE = 8,
    TAG_SWITCH = 9,
    TAG_MEM = 10,
    TAG_REDIRECT = 11,
    TAG_ROI = 12,
    TAG_END = 15,
    TAG_ATTR = 0x10,  // access: mode byte and size follow; else as in the last one of this op
    TAG_CYCLE = 0x20, // varint: cycles since the last record with a cycle
    TAG_INSNS = 0x40, // varint: instructions
    TAG_SPARE = 0x80,
};

// What the delta coding remembers; both sides start from zero.
struct trace_delta {
    uint64_t addr[GVT_OPS];
    uint64_t vpn[2];
    uint64_t cycle;
    uint16_t size[GVT_OPS];
    uint8_t mode[GVT_OPS];
};

// Mode byte of an access: priv in bits 1:0, then virt, hyp, hlvx.
static inline uint8_t trace_mode_byte(const struct trace_record *r)
{
    return (uint8_t)(r->priv | r->virt << 2 | r->hyp << 3 | r->hlvx << 4);
}

static inline void trace_mode_set(struct trace_record *r, unsigned mode)
{
    r->priv = mode & 3;
    r->virt = mode >> 2 & 1;
    r->hyp = mode >> 3 & 1;
    r->hlvx = mode >> 4 & 1;
}

static inline uint64_t zigzag(uint64_t delta)
{
    return delta << 1 ^ (0 - (delta >> 63));
}

static inline uint64_t unzigzag(uint64_t z)
{
    return z >> 1 ^ (0 - (z & 1));
}

// No record and no end mark is longer than this many bytes.
enum { TRACE_CODE_MAX = 64 };

struct trace_end_mark {
    uint64_t count, sum;
};

// Each returns the number of bytes written to code[TRACE_CODE_MAX].
size_t trace_encode(struct trace_delta *d, const struct trace_record *r, unsigned char *code);
size_t trace_encode_end(const struct trace_end_mark *e, unsigned char *code);

enum trace_decoded { DECODE_FINE, DECODE_SHORT, DECODE_RANGE, DECODE_TAG };
// code[0..n) starts with a tag byte that is not TAG_END; *r must be all zero.
enum trace_decoded trace_decode(struct trace_delta *d, const unsigned char *code, size_t n,
                                struct trace_record *r, size_t *used);
// code[0] is TAG_END. Returns the bytes used, 0 when some are missing.
size_t trace_decode_end(const unsigned char *code, size_t n, struct trace_end_mark *e);

extern const char trace_op_letter[GVT_OPS + 1];
extern const char *const trace_class_name[2];
extern const char *const trace_tables_name[GVT_TABLES];
// Names of satp, vsatp, hgatp, mbmc, mmpt and the status bits; NULL: written as a number.
const char *trace_csr_name(unsigned csr);
// Index of the CSR with this name or hexadecimal number; false: there is none.
bool trace_csr_find(const char *text, uint16_t *csr);

#endif
