// SPDX-License-Identifier: MulanPSL-2.0
// The reader of images: every form, what it refuses, parts of files below written memory.
#include "arch/bits.h"
#include "tests/harness.h"
#include "world/image.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static char path[64], msg[256];
static struct phys *mem;
static struct image_info info;

static const char *no_csr(void *ctx, const char *name, uint64_t value)
{
    (void)ctx, (void)name, (void)value;
    return "no registers here";
}

static void put(const void *data, size_t n)
{
    FILE *f = fopen(path, "wb");
    if (f) {
        fwrite(data, 1, n, f);
        fclose(f);
    }
}

static bool read_at(const char *suffix)
{
    struct image_user user = {NULL, no_csr, 8, 48, NULL};
    char name[80];
    snprintf(name, sizeof name, "%s%s", path, suffix);
    phys_free(mem);
    mem = phys_new();
    return image_read(mem, name, &user, &info, msg, sizeof msg);
}

static bool read_text(const char *text)
{
    put(text, strlen(text));
    return read_at("");
}

static void name_file(void) { snprintf(path, sizeof path, "/tmp/l2tlb_image_%ld", (long)getpid()); }

TEST forms_of_lines(void)
{
    name_file();
    // The same 12 bytes at 80000004 in each form.
    static const char *const text[] = {
        ":020000048000 7A\n",
        ":020000048000" "7A\n:0C0004000102030405060708090A0B0CA2\n:00000001FF\n",
        "S00600004844521B\nS31180000004" "0102030405060708090A0B0C1C\nS5030001FB\nS70500000000FA\n",
        "// bytes\n@80000004 01 02 03 /* more\n lines */ 04 05 06 07 08\n09 0A 0b 0c\n",
        "@2000_0001 04030201 08070605\n0C0B0A09",
    };
    static const unsigned form[] = {IMAGE_IHEX, IMAGE_IHEX, IMAGE_SREC, IMAGE_READMEMH, IMAGE_READMEMH};
    ASSERT_FALSE(read_text(text[0]));
    for (unsigned i = 1; i < 5; i++) {
        bool fine = read_text(text[i]);
        if (!fine)
            printf("\n  message: %s", msg);
        ASSERT(fine);
        ASSERT_EQ(form[i], info.form);
        ASSERT_EQ(UINT64_C(0x0403020100000000), phys_read(mem, 0x80000000));
        ASSERT_EQ(UINT64_C(0x0c0b0a0908070605), phys_read(mem, 0x80000008));
        ASSERT_EQ(0x80000004, info.first);
        ASSERT_EQ(0x8000000f, info.last);
    }
    unlink(path);
    PASS();
}

TEST bad_lines(void)
{
    static const char *const bad[][2] = {
        {":0C0004000102030405060708090A0B0CA3\n", ":1: the checksum"},
        {":0100000001FE\n", ":1: no end record"},
        {":00000001FF\n:0100000001FE\n", ":2: a record behind"},
        {":02FFFF000102FD\n", ":1: a record crosses"},
        {":0100000001FE\n:0100000002FD\n:00000001FF\n", ":2: address given twice"},
        {":00000006FA\n", ":1: unknown type"},
        {":xx\n", ":1: no Intel HEX"},
        {"S1040000017B\n", ":1: the checksum"},
        {"S1050000017A\n", ":1: the length"},
        {"S104000001FA\nS5030002FA\n", ":2: records are missing"},
        {"S4030000FC\n", ":1: no S-record"},
        {"@0 01 02\n@1 03\n", ":2: address given twice"},
        {"@0 01 0203\n", ":1: words of different width"},
        {"@0 0x\n", ":1: x and z"},
        {"@0 1\n", ":1: a word of"},
        {"@0 12 /* open\n", ":1: the file ends inside"},
        {"@\n", ":1: not a hex"},
        {"@ffffffffffffff 12\n", "beyond"},
        {"@1\n", "empty image"},
        {"80000000 0\n80000000 5\n", ":2: address given twice"},
        {"csr satp 1\n", ":1: no registers"},
    };
    name_file();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ASSERT_FALSEm(bad[i][0], read_text(bad[i][0]));
        if (!strstr(msg, bad[i][1]))
            printf("\n  message: %s", msg);
        ASSERTm(bad[i][1], strstr(msg, bad[i][1]));
    }
    ASSERT(read_text("80000000 5\n80000000 5 # the same again\n"));
    unlink(path);
    PASS();
}

// One ELF program header of 56 bytes.
static void header(unsigned char *h, uint64_t offset, uint64_t addr, uint64_t size)
{
    memset(h, 0, 56);
    h[0] = 1;
    for (unsigned i = 0; i < 8; i++) {
        h[8 + i] = (unsigned char)(offset >> 8 * i);
        h[24 + i] = (unsigned char)(addr >> 8 * i);
        h[32 + i] = h[40 + i] = (unsigned char)(size >> 8 * i);
    }
}

// Two segments whose ends meet inside of a word; then the same overlapping by a byte.
TEST elf_segments(void)
{
    unsigned char elf[256] = {0x7f, 'E', 'L', 'F', 2, 1};
    name_file();
    elf[32] = 64, elf[54] = 56, elf[56] = 2;
    for (unsigned i = 0; i < 16; i++)
        elf[200 + i] = (unsigned char)(i + 1);
    header(elf + 64, 200, 0x80000001, 4);
    header(elf + 120, 204, 0x80000005, 12);
    put(elf, sizeof elf);
    ASSERT(read_at(""));
    ASSERT_EQ(IMAGE_ELF, info.form);
    ASSERT_EQ(2, info.parts);
    ASSERT_EQ(UINT64_C(0x0706050403020100), phys_read(mem, 0x80000000));
    ASSERT_EQ(UINT64_C(0x0f0e0d0c0b0a0908), phys_read(mem, 0x80000008));
    ASSERT_EQ(0x10, phys_read(mem, 0x80000010));
    header(elf + 120, 204, 0x80000004, 12);
    put(elf, sizeof elf);
    ASSERT_FALSE(read_at(""));
    ASSERT(strstr(msg, "overlap"));
    header(elf + 120, 0, UINT64_C(0xffffffffffffff00), 256);
    put(elf, sizeof elf);
    ASSERT_FALSE(read_at(""));
    ASSERT(strstr(msg, "48 address bits"));
    header(elf + 120, 250, 0x90000000, 12);
    put(elf, sizeof elf);
    ASSERT_FALSE(read_at(""));
    ASSERT(strstr(msg, "breaks off"));
    unlink(path);
    PASS();
}

static void lime_range(unsigned char *h, uint64_t first, uint64_t last)
{
    memcpy(h, "EMiL\1\0\0\0", 8);
    memset(h + 24, 0, 8);
    for (unsigned i = 0; i < 8; i++) {
        h[8 + i] = (unsigned char)(first >> 8 * i);
        h[16 + i] = (unsigned char)(last >> 8 * i);
    }
}

TEST lime_ranges(void)
{
    unsigned char d[80] = {0};
    name_file();
    lime_range(d, 0x1000, 0x1007);
    memset(d + 32, 0xaa, 8);
    lime_range(d + 40, 0x80000000, 0x80000007);
    memset(d + 72, 0xbb, 8);
    put(d, sizeof d);
    ASSERT(read_at(""));
    ASSERT_EQ(IMAGE_LIME, info.form);
    ASSERT_EQ(2, info.parts);
    ASSERT_EQ(UINT64_C(0xaaaaaaaaaaaaaaaa), phys_read(mem, 0x1000));
    ASSERT_EQ(UINT64_C(0xbbbbbbbbbbbbbbbb), phys_read(mem, 0x80000000));
    for (size_t cut = 1; cut < sizeof d; cut++) {
        put(d, cut);
        ASSERT_EQ(cut == 40, read_at(""));
    }
    lime_range(d + 40, 0x1004, 0x100b);
    put(d, sizeof d);
    ASSERT_FALSE(read_at(""));
    ASSERT(strstr(msg, "overlap"));
    lime_range(d, 0x1000, 0xfff);
    put(d, sizeof d);
    ASSERT_FALSE(read_at(""));
    unlink(path);
    PASS();
}

// Written words lie above the mapped ones, clones share the file, iteration sees both.
static void add(uint64_t addr, uint64_t word, void *ctx)
{
    uint64_t *sum = ctx;
    sum[0] += word;
    sum[1]++;
    sum[2] |= addr < sum[3]; // out of order
    sum[3] = addr;
}

TEST mapped_memory_is_written_apart(void)
{
    unsigned char d[128];
    uint64_t line[8], sum[4] = {0};
    name_file();
    memset(d, 1, sizeof d);
    put(d, sizeof d);
    ASSERT(read_at("@80000020"));
    ASSERT_EQ(IMAGE_RAW, info.form);
    ASSERT_EQ(0, phys_lines(mem));
    ASSERT(phys_write(mem, 0x80000040, 7));
    ASSERT(phys_write(mem, 0x80000060, 0));
    ASSERT(phys_write(mem, 0x1000, 5));
    struct phys *c = phys_clone(mem);
    phys_clear(mem);
    ASSERT_EQ(0, phys_read(mem, 0x80000048));
    ASSERT_EQ(7, phys_read(c, 0x80000040));
    ASSERT_EQ(0, phys_read(c, 0x80000060));
    phys_line(c, 0x80000000, line);
    ASSERT_EQ(0, line[3]);
    ASSERT_EQ(UINT64_C(0x0101010101010101), line[4]);
    phys_each(c, add, sum);
    ASSERT_EQ(14 * UINT64_C(0x0101010101010101) + 12, sum[0]);
    ASSERT_EQ(16, sum[1]);
    ASSERT_EQ(0, sum[2]);
    phys_free(c);
    FILE *f = fopen(path, "rb");
    ASSERT(f && fread(d, 1, sizeof d, f) == sizeof d);
    fclose(f);
    ASSERT_EQ(1, d[32]); // the file stays as it is
    unlink(path);
    phys_free(mem);
    mem = NULL;
    PASS();
}

SUITE(image_suite)
{
    RUN_TEST(forms_of_lines);
    RUN_TEST(bad_lines);
    RUN_TEST(elf_segments);
    RUN_TEST(lime_ranges);
    RUN_TEST(mapped_memory_is_written_apart);
}
