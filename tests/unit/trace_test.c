// SPDX-License-Identifier: MulanPSL-2.0
// Traces: both forms give back what was written, and every kind of bad input ends with one clear
// message that names the place.
#include "tests/harness.h"
#include "traces/source.h"
#include "traces/trace.h"

#include <unistd.h>
#include <zlib.h>

static const char head[] = "GVT 1\nisa riscv64\nkind access\naddress virtual\ntables built\nrun\n";
static const char port_head[] =
    "GVT 1\nisa riscv64\nkind port\naddress virtual\ntables built\nrun\n";

struct temp {
    char path[64];
};

static struct temp temp_name(const char *tail)
{
    struct temp t;

    snprintf(t.path, sizeof t.path, "/tmp/l2tlb_trace_%ld%s", (long)getpid(), tail);
    return t;
}

static void put_file(const char *path, const void *data, size_t n)
{
    FILE *f = fopen(path, "wb");

    if (f) {
        fwrite(data, 1, n, f);
        fclose(f);
    }
}

static size_t get_file(const char *path, unsigned char *data, size_t size)
{
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(data, 1, size, f) : 0;

    if (f)
        fclose(f);
    return n;
}

// One record of every kind, with every field in use somewhere.
static const struct trace_record all_kinds[] = {
    {.kind = TRACE_SWITCH, .id = 0x12, .vmid = 0x3ff, .has_cycle = true, .cycle = 5},
    {.kind = TRACE_ACCESS, .op = GVT_FETCH, .size = 32, .addr = 0x10000, .insns = 3},
    {.kind = TRACE_ACCESS, .op = GVT_LOAD, .size = 8, .addr = 0xffffffc080001234, .priv = GVT_S,
     .has_cycle = true, .cycle = 7},
    {.kind = TRACE_ACCESS, .op = GVT_STORE, .size = 1, .addr = 0x7fffffffff, .virt = true,
     .has_cycle = true, .cycle = 7, .insns = 1},
    {.kind = TRACE_ACCESS, .op = GVT_AMO, .size = 4, .addr = 0x40, .priv = GVT_M},
    {.kind = TRACE_ACCESS, .op = GVT_LR, .size = 8, .addr = UINT64_MAX & ~UINT64_C(7)},
    {.kind = TRACE_ACCESS, .op = GVT_PREFETCH, .size = 64, .addr = 0, .priv = GVT_S, .virt = true},
    {.kind = TRACE_ACCESS, .op = GVT_LOAD, .size = 2, .addr = 0x99, .hyp = true, .hlvx = true},
    {.kind = TRACE_ACCESS, .op = GVT_STORE, .size = 4096, .addr = 0x1000, .hyp = true,
     .priv = GVT_S},
    {.kind = TRACE_CSR, .csr = GVT_SATP, .value = UINT64_MAX},
    {.kind = TRACE_CSR, .csr = GVT_SUM, .value = 1},
    {.kind = TRACE_CSR, .csr = 0x3b7, .value = 0x123456789abcdef},
    {.kind = TRACE_CSR, .csr = GVT_MBMC, .value = 0x80000004},
    {.kind = TRACE_FENCE, .op = GVT_SFENCE_VMA, .all_addr = true, .all_id = true},
    {.kind = TRACE_FENCE, .op = GVT_HFENCE_GVMA, .addr = 0x80001000, .id = 0xffff},
    {.kind = TRACE_FENCE, .op = GVT_HINVAL_VVMA, .all_addr = true, .id = 7},
    {.kind = TRACE_FENCE, .op = GVT_SINVAL_VMA, .addr = 0x1000, .all_id = true},
    {.kind = TRACE_MEM, .addr = 0xfffffffffff8, .value = 0x200000cf},
    {.kind = TRACE_ROI, .op = GVT_ROI_BEGIN, .insns = 5},
    {.kind = TRACE_ROI, .op = GVT_ROI_END},
    {.kind = TRACE_REDIRECT, .has_cycle = true, .cycle = TRACE_CYCLE_MAX},
};
enum { KINDS = sizeof all_kinds / sizeof all_kinds[0] };

static bool write_all(const char *path, enum trace_form form, uint64_t *sum)
{
    struct trace_header h = {.version = 1, .isa = GVT_AARCH64, .source = "a test"};
    char msg[TRACE_MSG];
    struct trace_writer *w = trace_create(path, form, &h, msg, sizeof msg);

    for (unsigned i = 0; w && i < KINDS; i++)
        trace_put(w, &all_kinds[i]);
    if (!w)
        return false;
    *sum = trace_writer_checksum(w);
    return trace_finish(w, msg, sizeof msg);
}

static enum greatest_test_res round_trip(enum trace_form form, const char *tail)
{
    struct temp t = temp_name(tail);
    struct trace_record r;
    struct trace *in;
    uint64_t sum = 0;
    char msg[TRACE_MSG] = "", want[160], got[160];

    ASSERT(write_all(t.path, form, &sum));
    in = trace_open(t.path, msg, sizeof msg);
    ASSERT_STR_EQ("", msg);
    ASSERT(in);
    ASSERT_EQ(form == GVT_BINARY, trace_is_binary(in));
    ASSERT_EQ(GVT_AARCH64, trace_header(in)->isa);
    ASSERT_STR_EQ("a test", trace_header(in)->source);
    for (unsigned i = 0; i < KINDS; i++) {
        ASSERT_EQ(1, trace_next(in, &r));
        trace_record_text(&all_kinds[i], want, sizeof want);
        trace_record_text(&r, got, sizeof got);
        ASSERT_STR_EQ(want, got);
        ASSERT_EQ(trace_record_sum(0, &all_kinds[i]), trace_record_sum(0, &r));
    }
    ASSERT_EQ(0, trace_next(in, &r));
    ASSERT_EQ(0, trace_next(in, &r));
    ASSERT_EQ(KINDS, trace_count(in));
    ASSERT_EQ(sum, trace_checksum(in));
    trace_close(in);
    unlink(t.path);
    PASS();
}

TEST text_round_trip(void) { return round_trip(GVT_TEXT, ".gvt"); }
TEST binary_round_trip(void) { return round_trip(GVT_BINARY, ".gvtb"); }
TEST text_gz_round_trip(void) { return round_trip(GVT_TEXT, ".gvt.gz"); }
TEST binary_gz_round_trip(void) { return round_trip(GVT_BINARY, ".gvtb.gz"); }

// Reads a whole file; returns the records, -1 with the message in msg on an error.
static long read_file(const char *path, char *msg)
{
    struct trace *in = trace_open(path, msg, TRACE_MSG);
    struct trace_record r;
    long n = 0;
    int got;

    if (!in)
        return -1;
    while ((got = trace_next(in, &r)) == 1)
        n++;
    if (got < 0)
        snprintf(msg, TRACE_MSG, "%s", trace_error(in));
    trace_close(in);
    return got < 0 ? -1 : n;
}

// A text trace of these lines must fail with a message that holds `want`; NULL: it must be fine.
static enum greatest_test_res try_text(const char *start, const char *body, const char *want)
{
    struct temp t = temp_name(".gvt");
    char text[4096], msg[TRACE_MSG] = "";
    long n;

    snprintf(text, sizeof text, "%s%s", start, body);
    put_file(t.path, text, strlen(text));
    n = read_file(t.path, msg);
    unlink(t.path);
    if (!want) {
        ASSERT_STR_EQ("", msg);
        ASSERT_GT(n, 0);
        PASS();
    }
    ASSERT_EQm(body, -1, n);
    if (!strstr(msg, want))
        printf("\n  message: %s", msg);
    ASSERTm(want, strstr(msg, want));
    PASS();
}

TEST bad_lines(void)
{
    static const char *const bad[][2] = {
        {"l 1000 8 u rubbish\n", ":7: rubbish at the end"},
        {"l 1000 8\n", ":7: an access is"},
        {"l 1000 0 u\n", ":7: size"},
        {"l 1000 4097 u\n", ":7: size"},
        {"l -1000 8 u\n", ":7: bad address"},
        {"l 1000 -8 u\n", ":7: size"},
        {"l 10000000000000000 8 u\n", ":7: bad address"},
        {"l 1000g 8 u\n", ":7: bad address"},
        {"l 1000 8 x\n", ":7: bad mode"},
        {"l 1000 8 vm\n", "M mode is never"},
        {"f 1000 8 hu\n", "hypervisor accesses are"},
        {"s 1000 8 xu\n", "HLVX"},
        {"\n# comment\nl 1000 8 u\nnonsense\n", ":10: unknown record: 'nonsense'"},
        {"l 1000 8 u @5\nl 1000 8 u @4\n", ":8: cycles go backwards"},
        {"l 1000 8 u @99999999999999999999999\n", "bad cycle"},
        {"l 1000 8 u @5 @6\n", "bad cycle"},
        {"l 1000 8 u @4611686018427387905\n", ":7: a cycle has at most 62 bits"},
        {"l 1000 8 u @18446744073709551615\n", ":7: a cycle has at most 62 bits"},
        {"l 1000 8 u +1099511627777\n", ":7: an instruction count has at most 40 bits"},
        {"l 1000 8 u +0\n", "bad instruction count"},
        {"@5\n", "missing"},
        {"csr nosuch 5\n", "unknown control register"},
        {"csr sum 2\n", "0 or 1"},
        {"csr satp\n", "two operands"},
        {"mem 80000004 1\n", "unaligned address"},
        {"mem 1000000000000 1\n", "48 bits"},
        {"sfence.vma 1000\n", "a fence is"},
        {"sfence.vma * 10000\n", "bad ASID"},
        {"switch 1 2 3\n", "rubbish"},
        {"q 0 1 0 @1\n", "port request in an access trace"},
        {"l 1000 8 u\nend 2 0\n", "the end mark says 2"},
        {"l 1000 8 u\nend 1 0\n", "checksum"},
        {"", "empty trace"},
        {"# nothing\n", "empty trace"},
        {"l 1000 8 u\n\x01\x02\xff\n", ":8: unknown record"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_CALL(try_text(head, bad[i][0], bad[i][1]));
    CHECK_CALL(try_text(port_head, "q 0 4000000000 0 @1\n", "38 bits"));
    CHECK_CALL(try_text(port_head, "q 0 1 0\n", "needs a cycle"));
    CHECK_CALL(try_text(port_head, "q 2 1 0 @1\n", "port must be"));
    CHECK_CALL(try_text(port_head, "q 0 1 4 @1\n", "s2xlate"));
    CHECK_CALL(try_text(port_head, "l 1000 8 u\n", "access in a port trace"));
    CHECK_CALL(try_text(port_head, "q 1 3fffffffff 3 @1\n", NULL));
    CHECK_CALL(try_text(head, "  l   0x1000\t8 u  +4  @9  \r\n", NULL));
    PASS();
}

TEST bad_headers(void)
{
    static const char *const bad[][2] = {
        {"hello\n", "not a trace"},
        {"GVT 2\n", "version"},
        {"GVT 1\nisa riscv64\n", "header without 'run'"},
        {"GVT 1\nisa z80\n", "isa"},
        {"GVT 1\ncolour red\n", ":2: unknown header key 'colour'"},
        {"GVT 1\nisa riscv64\nisa riscv64\n", "twice"},
        {"GVT 1\nisa riscv64\nkind access\nrun\nl 0 8 u\n", "must state"},
        {"GVT 1\ntables image\n", "bad value"},
        {"GVT 1\ntables built x\n", "bad value"},
        {"GVT 1\naddress physical\n", "bad value"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_CALL(try_text("", bad[i][0], bad[i][1]));
    PASS();
}

TEST bad_files(void)
{
    struct temp t = temp_name(".gvt");
    char msg[TRACE_MSG];

    ASSERT_EQ(-1, read_file("/tmp", msg));
    ASSERT(strstr(msg, "is a directory"));
    ASSERT_EQ(-1, read_file("/nonexistent/x.gvt", msg));
    ASSERT(strstr(msg, "/nonexistent/x.gvt: "));
    put_file(t.path, "", 0);
    ASSERT_EQ(-1, read_file(t.path, msg));
    ASSERT(strstr(msg, "empty file"));
    put_file(t.path, "\xfd" "7zXZ\0", 6);
    ASSERT_EQ(-1, read_file(t.path, msg));
    ASSERT(strstr(msg, "xz"));
    put_file(t.path, "GVT 1\nisa \0riscv64\n", 19);
    ASSERT_EQ(-1, read_file(t.path, msg));
    ASSERT(strstr(msg, "zero byte"));
    unlink(t.path);
    PASS();
}

// Each cut and each changed byte of a file is noticed or harmless, and never a crash.
static enum greatest_test_res damage(enum trace_form form, const char *tail, bool all_noticed)
{
    static unsigned char data[16384], copy[16384];
    struct temp t = temp_name(tail), d = temp_name("_cut");
    char msg[TRACE_MSG];
    uint64_t sum;
    size_t n;

    ASSERT(write_all(t.path, form, &sum));
    n = get_file(t.path, data, sizeof data);
    ASSERT_GT(n, 100);
    ASSERT_LT(n, sizeof data);
    for (size_t cut = 0; cut < n; cut++) {
        put_file(d.path, data, cut);
        if (all_noticed)
            ASSERT_EQ(-1, read_file(d.path, msg));
        else
            read_file(d.path, msg);
    }
    for (size_t at = 0; at < n; at++) {
        memcpy(copy, data, n);
        copy[at] ^= (unsigned char)(1 + at % 255);
        put_file(d.path, copy, n);
        read_file(d.path, msg);
    }
    unlink(t.path);
    unlink(d.path);
    PASS();
}

TEST damaged_binary(void) { return damage(GVT_BINARY, ".gvtb", true); }
TEST damaged_binary_gz(void) { return damage(GVT_BINARY, ".gvtb.gz", true); }
TEST damaged_text_gz(void) { return damage(GVT_TEXT, ".gvt.gz", true); }
TEST damaged_text(void) { return damage(GVT_TEXT, ".gvt", false); }

TEST truncated_gzip_says_so(void)
{
    static unsigned char data[16384];
    struct temp t = temp_name(".gvt.gz");
    char msg[TRACE_MSG];
    uint64_t sum;
    size_t n;

    ASSERT(write_all(t.path, GVT_TEXT, &sum));
    n = get_file(t.path, data, sizeof data);
    put_file(t.path, data, n - 10);
    ASSERT_EQ(-1, read_file(t.path, msg));
    ASSERT(strstr(msg, "truncated gzip file"));
    unlink(t.path);
    PASS();
}

static bool stop(void *ctx)
{
    return --*(int *)ctx >= 0;
}

static bool write_empty_lines(const char *path, const char *line, unsigned n)
{
    gzFile f = gzopen(path, "wb1");
    gzputs(f, "GVT 1\nisa riscv64\nkind access\naddress virtual\ntables built\nrun\nl 0 8 u\n");
    for (unsigned i = 0; i < n; i++)
        gzputs(f, line);
    gzputs(f, "l 0 8 u\n");
    return gzclose(f) == Z_OK;
}

// A small compressed file can hold any number of lines.
TEST empty_lines_have_an_end(void)
{
    static const char *const lines[] = {"\n", " \t\n", "# comment\n"};
    char msg[TRACE_MSG];
    struct temp t = temp_name(".gvt.gz");
    for (unsigned i = 0; i < 3; i++) {
        ASSERT(write_empty_lines(t.path, lines[i], 1000000));
        ASSERT_EQ(2, read_file(t.path, msg));
        ASSERT(write_empty_lines(t.path, lines[i], 1000001));
        ASSERT_EQ(-1, read_file(t.path, msg));
        ASSERT(strstr(msg, ":1000008: more than a million empty lines in a row"));
    }
    unlink(t.path);
    PASS();
}

// Reading can be stopped at any time, also while no record comes.
TEST reading_can_be_stopped(void)
{
    char msg[TRACE_MSG];
    struct temp t = temp_name(".gvt.gz");
    struct trace_record r;
    int calls = 2;
    ASSERT(write_empty_lines(t.path, "\n", 900000));
    struct trace *in = trace_open(t.path, msg, sizeof msg);
    ASSERT(in);
    trace_watch(in, stop, &calls);
    ASSERT_EQ(1, trace_next(in, &r));
    ASSERT_EQ(-1, trace_next(in, &r));
    ASSERT_EQ(-1, calls);
    ASSERT(strstr(trace_error(in), ": interrupted"));
    trace_close(in);
    unlink(t.path);
    PASS();
}

TEST writer_refuses(void)
{
    struct trace_header h = {.version = 1};
    struct temp t = temp_name(".gvt");
    char msg[TRACE_MSG] = "";
    struct trace_record r = {.kind = TRACE_ACCESS, .op = GVT_LOAD};
    struct trace_writer *w = trace_create(t.path, GVT_TEXT, &h, msg, sizeof msg);

    ASSERT(w);
    ASSERT_FALSE(trace_put(w, &r)); // size 0
    ASSERT(strstr(trace_writer_error(w), "record 1: size"));
    ASSERT_FALSE(trace_finish(w, msg, sizeof msg));
    ASSERT(strstr(msg, "size"));
    ASSERT_EQ(NULL, trace_create("/nonexistent/x.gvt", GVT_TEXT, &h, msg, sizeof msg));
    ASSERT_EQ(NULL, trace_create("/tmp", GVT_TEXT, &h, msg, sizeof msg));
    h.tables = GVT_IMAGE;
    ASSERT_EQ(NULL, trace_create(t.path, GVT_TEXT, &h, msg, sizeof msg));
    unlink(t.path);
    PASS();
}

// A source is a text for people: what must not be shown is written so that it may.
TEST the_source_is_escaped(void)
{
    struct trace_header h = {.version = 1, .source = "a\x1b[2J\xff"};
    struct temp t = temp_name(".gvt");
    struct trace_record r = {.kind = TRACE_ACCESS, .op = GVT_LOAD, .size = 8};
    char msg[TRACE_MSG];
    struct trace_writer *w = trace_create(t.path, GVT_TEXT, &h, msg, sizeof msg);
    ASSERT(w && trace_put(w, &r) && trace_finish(w, msg, sizeof msg));
    struct trace *in = trace_open(t.path, msg, sizeof msg);
    ASSERT(in);
    ASSERT_STR_EQ("a\\x1b[2J\\xff", trace_header(in)->source);
    trace_close(in);
    unlink(t.path);
    PASS();
}

TEST image_path_is_beside_the_trace(void)
{
    struct temp t = temp_name(".gvt");
    char text[512], msg[TRACE_MSG], path[256];
    struct trace *in;

    snprintf(text, sizeof text,
             "GVT 1\nisa riscv64\nkind access\naddress virtual\ntables image my tables.gvw\nrun\n"
             "l 0 8 u\n");
    put_file(t.path, text, strlen(text));
    in = trace_open(t.path, msg, sizeof msg);
    ASSERT(in);
    ASSERT(trace_image_path(in, path, sizeof path));
    ASSERT_STR_EQ("/tmp/my tables.gvw", path);
    ASSERT_FALSE(trace_image_path(in, path, 10));
    trace_close(in);
    unlink(t.path);
    PASS();
}

TEST numbers(void)
{
    uint64_t v;

    ASSERT(parse_hex("ffffffffffffffff", UINT64_MAX, &v) && v == UINT64_MAX);
    ASSERT(parse_hex("0X1f", 31, &v) && v == 31);
    ASSERT_FALSE(parse_hex("0x", UINT64_MAX, &v));
    ASSERT_FALSE(parse_hex("20", 31, &v));
    ASSERT_FALSE(parse_hex("1ffffffffffffffff", UINT64_MAX, &v));
    ASSERT(parse_dec("18446744073709551615", UINT64_MAX, &v) && v == UINT64_MAX);
    ASSERT_FALSE(parse_dec("18446744073709551616", UINT64_MAX, &v));
    ASSERT_FALSE(parse_dec("+1", UINT64_MAX, &v));
    ASSERT_FALSE(parse_dec("", UINT64_MAX, &v));
    PASS();
}

SUITE(trace_suite)
{
    RUN_TEST(numbers);
    RUN_TEST(text_round_trip);
    RUN_TEST(binary_round_trip);
    RUN_TEST(text_gz_round_trip);
    RUN_TEST(binary_gz_round_trip);
    RUN_TEST(bad_lines);
    RUN_TEST(the_source_is_escaped);
    RUN_TEST(empty_lines_have_an_end);
    RUN_TEST(reading_can_be_stopped);
    RUN_TEST(bad_headers);
    RUN_TEST(bad_files);
    RUN_TEST(damaged_binary);
    RUN_TEST(damaged_binary_gz);
    RUN_TEST(damaged_text_gz);
    RUN_TEST(damaged_text);
    RUN_TEST(truncated_gzip_says_so);
    RUN_TEST(writer_refuses);
    RUN_TEST(image_path_is_beside_the_trace);
}
