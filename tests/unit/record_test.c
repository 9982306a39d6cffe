// SPDX-License-Identifier: MulanPSL-2.0
// Single records of a trace: what may stand in one, what the checksum covers, and numbers in the binary form
// that are too large.
#include "arch/bits.h"
#include "tests/harness.h"
#include "traces/trace_code.h"

static struct trace_record access_of(unsigned op)
{
    return (struct trace_record){.kind = TRACE_ACCESS, .op = (uint8_t)op, .size = 8, .priv = GVT_U};
}

#define BAD(why, klass, ...)                                                                       \
    do {                                                                                           \
        struct trace_record r_ = access_of(GVT_LOAD);                                              \
        struct trace_record *r = &r_;                                                              \
        __VA_ARGS__;                                                                               \
        const char *got_ = trace_record_check(r, klass);                                           \
        ASSERT_STR_EQ(why, got_ ? got_ : "no complaint");                                          \
    } while (0)

TEST what_a_record_may_hold(void)
{
    BAD("no complaint", GVT_ACCESSES, (void)r);
    BAD("no complaint", GVT_ACCESSES, r->hyp = r->hlvx = true);
    BAD("no complaint", GVT_ACCESSES, r->hyp = true, r->op = GVT_STORE);
    BAD("no complaint", GVT_ACCESSES, r->priv = GVT_M);
    BAD("no complaint", GVT_ACCESSES, r->size = 4096);
    BAD("an access in a port trace", GVT_PORTS, (void)r);
    BAD("unknown kind of access", GVT_ACCESSES, r->op = GVT_OPS);
    BAD("size of an access must be 1 to 4096 bytes", GVT_ACCESSES, r->size = 0);
    BAD("size of an access must be 1 to 4096 bytes", GVT_ACCESSES, r->size = 4097);
    BAD("unknown privilege", GVT_ACCESSES, r->priv = 2);
    BAD("unknown privilege", GVT_ACCESSES, r->priv = 4);
    BAD("M mode is never virtualised", GVT_ACCESSES, r->priv = GVT_M, r->virt = true);
    BAD("M mode is never virtualised", GVT_ACCESSES, r->priv = GVT_M, r->hyp = true);
    BAD("hypervisor accesses are executed with V = 0", GVT_ACCESSES, r->hyp = r->virt = true);
    BAD("HLVX is a hypervisor load", GVT_ACCESSES, r->hlvx = true);
    BAD("HLVX is a hypervisor load", GVT_ACCESSES, r->hyp = r->hlvx = true, r->op = GVT_STORE);
    BAD("hypervisor accesses are loads and stores", GVT_ACCESSES, r->hyp = true, r->op = GVT_FETCH);

    BAD("no complaint", GVT_PORTS, *r = (struct trace_record){.kind = TRACE_PORT, .has_cycle = true, .addr = mask64(38), .port = 1, .s2xlate = 3});
    BAD("a port request in an access trace", GVT_ACCESSES, r->kind = TRACE_PORT);
    BAD("port must be 0 or 1", GVT_PORTS, r->kind = TRACE_PORT, r->port = 2);
    BAD("s2xlate must be 0 to 3", GVT_PORTS, r->kind = TRACE_PORT, r->s2xlate = 4);
    BAD("a page number has at most 38 bits", GVT_PORTS, r->kind = TRACE_PORT, r->addr = mask64(38) + 1);
    BAD("a port request needs a cycle", GVT_PORTS, r->kind = TRACE_PORT);

    for (unsigned csr = GVT_MXR; csr < GVT_CSR_END; csr++) {
        BAD("no complaint", GVT_PORTS, *r = (struct trace_record){.kind = TRACE_CSR, .csr = (uint16_t)csr, .value = 1});
        BAD("a status bit is 0 or 1", GVT_PORTS, *r = (struct trace_record){.kind = TRACE_CSR, .csr = (uint16_t)csr, .value = 2});
    }
    static const struct {
        unsigned csr;
        bool fine;
    } csrs[] = {{0x180, true}, {0x280, true}, {0x680, true}, {0xbc2, true}, {0x3a0, true}, {0x39f, false},
                {0x3ef, true}, {0x3f0, false}, {0x7c0, true}, {0x7bf, false}, {0x7ff, true}, {0x800, false},
                {0x181, false}, {GVT_CSR_END, false}};
    for (unsigned i = 0; i < sizeof csrs / sizeof *csrs; i++)
        BAD(csrs[i].fine ? "no complaint" : "unknown control register", GVT_ACCESSES,
            *r = (struct trace_record){.kind = TRACE_CSR, .csr = (uint16_t)csrs[i].csr, .value = ~0ull});
    BAD("unknown fence", GVT_ACCESSES, r->kind = TRACE_FENCE, r->op = GVT_FENCES);
    BAD("no complaint", GVT_ACCESSES, r->kind = TRACE_MEM, r->addr = mask64(48) & ~7ull);
    BAD("no complaint", GVT_PORTS, r->kind = TRACE_ROI, r->op = GVT_ROI_END);
    BAD("a mark of the region of interest is begin or end", GVT_ACCESSES, r->kind = TRACE_ROI, r->op = GVT_ROIS);
    BAD("a physical address has at most 48 bits", GVT_ACCESSES, r->kind = TRACE_MEM, r->addr = mask64(48) + 1);
    BAD("unaligned address (must be a multiple of 8)", GVT_ACCESSES, r->kind = TRACE_MEM, r->addr = 4);
    BAD("unknown kind of record", GVT_ACCESSES, r->kind = TRACE_KINDS);
    PASS();
}

#define CHANGES(before, ...)                                                                       \
    do {                                                                                           \
        struct trace_record r_ = before, *r = &r_;                                                 \
        uint64_t sum_ = trace_record_sum(5, r);                                                    \
        __VA_ARGS__;                                                                               \
        ASSERTm(#__VA_ARGS__, sum_ != trace_record_sum(5, r));                                     \
    } while (0)

// Each field that a kind of record uses changes the checksum, and so does the order of records.
TEST what_the_checksum_covers(void)
{
    struct trace_record a = access_of(GVT_LOAD), f = {.kind = TRACE_FENCE, .id = 3}, s = {.kind = TRACE_SWITCH},
                        c = {.kind = TRACE_CSR, .csr = GVT_SATP},
                        p = {.kind = TRACE_PORT, .has_cycle = true, .cycle = 4};
    CHANGES(a, r->addr++);
    CHANGES(a, r->size++);
    CHANGES(a, r->op++);
    CHANGES(a, r->priv = GVT_S);
    CHANGES(a, r->virt = true);
    CHANGES(a, r->hyp = true);
    CHANGES(a, r->insns++);
    CHANGES(a, r->has_cycle = true);
    CHANGES(p, r->cycle++);
    CHANGES(p, r->port = 1);
    CHANGES(p, r->s2xlate = 2);
    CHANGES(f, r->op++);
    CHANGES(f, r->all_addr = true);
    CHANGES(f, r->all_id = true);
    CHANGES(f, r->id++);
    CHANGES(s, r->id++);
    CHANGES(s, r->vmid++);
    CHANGES(c, r->csr = GVT_VSATP);
    CHANGES(c, r->value++);
    a.hyp = true;
    CHANGES(a, r->hlvx = true);
    a.insns = 4;
    CHANGES(a, r->insns++);
    ASSERT_NEQ(trace_record_sum(trace_record_sum(0, &a), &f), trace_record_sum(trace_record_sum(0, &f), &a));
    ASSERT_NEQ(trace_record_sum(0, &a), trace_record_sum(1, &a));
    PASS();
}

static enum trace_decoded decode(struct trace_delta *d, const unsigned char *code, size_t n)
{
    struct trace_record r = {0};
    size_t used;
    return trace_decode(d, code, n, &r, &used);
}

// A record whose numbers are changed one by one: what is legal, and what is one too much.
TEST numbers_of_the_binary_form(void)
{
    unsigned char code[TRACE_CODE_MAX], longest[] = {TAG_MEM, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1};
    struct trace_delta d = {0};
    ASSERT_EQ(DECODE_FINE, decode(&d, longest, sizeof longest)); // a word of 64 bits
    longest[11] = 2;
    ASSERT_EQ(DECODE_RANGE, decode(&d, longest, sizeof longest));
    longest[11] = 3;
    ASSERT_EQ(DECODE_RANGE, decode(&d, longest, sizeof longest));
    ASSERT_EQ(DECODE_SHORT, decode(&d, longest, sizeof longest - 1));
    unsigned char word[] = {TAG_MEM, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 0}; // address / 8
    ASSERT_EQ(DECODE_FINE, decode(&d, word, sizeof word));
    word[9] = 0x3f;
    ASSERT_EQ(DECODE_RANGE, decode(&d, word, sizeof word));

    struct trace_record r = {.kind = TRACE_REDIRECT, .has_cycle = true, .cycle = UINT64_MAX};
    size_t n = trace_encode(&d, &r, code);
    d = (struct trace_delta){0};
    ASSERT_EQ(DECODE_FINE, decode(&d, code, n));
    ASSERT_EQ(UINT64_MAX, d.cycle);
    unsigned char later[] = {TAG_REDIRECT | TAG_CYCLE, 1};
    ASSERT_EQ(DECODE_RANGE, decode(&d, later, sizeof later)); // the cycle would wrap around
    unsigned char insns[] = {TAG_REDIRECT | TAG_INSNS, 1};
    ASSERT_EQ(DECODE_FINE, decode(&d, insns, sizeof insns));
    insns[1] = 0;
    ASSERT_EQ(DECODE_RANGE, decode(&d, insns, sizeof insns));

    unsigned char load[] = {GVT_LOAD | TAG_ATTR, 31, 8, 0};
    ASSERT_EQ(DECODE_FINE, decode(&d, load, sizeof load));
    load[1] = 32;
    ASSERT_EQ(DECODE_RANGE, decode(&d, load, sizeof load));
    unsigned char big[] = {GVT_LOAD | TAG_ATTR, 0, 0x81, 0x20, 0}; // 4097 bytes
    ASSERT_EQ(DECODE_RANGE, decode(&d, big, sizeof big));
    big[2] = 0x80;
    ASSERT_EQ(DECODE_FINE, decode(&d, big, sizeof big));
    unsigned char port[] = {TAG_PORT, 7, 0};
    ASSERT_EQ(DECODE_FINE, decode(&d, port, sizeof port));
    port[1] = 8;
    ASSERT_EQ(DECODE_RANGE, decode(&d, port, sizeof port));
    unsigned char fence[] = {TAG_FENCE, 31};
    ASSERT_EQ(DECODE_FINE, decode(&d, fence, sizeof fence));
    fence[1] = 63;
    ASSERT_EQ(DECODE_RANGE, decode(&d, fence, sizeof fence));
    unsigned char spare[] = {TAG_SPARE | GVT_LOAD, 0}, attr[] = {TAG_PORT | TAG_ATTR, 0, 0};
    ASSERT_EQ(DECODE_TAG, decode(&d, spare, sizeof spare));
    ASSERT_EQ(DECODE_TAG, decode(&d, attr, sizeof attr));
    PASS();
}

SUITE(record_suite)
{
    RUN_TEST(what_a_record_may_hold);
    RUN_TEST(what_the_checksum_covers);
    RUN_TEST(numbers_of_the_binary_form);
}
