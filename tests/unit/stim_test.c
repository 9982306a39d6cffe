// SPDX-License-Identifier: MulanPSL-2.0
// Stimulus files (docs/recordings.md 3): every error path names file, line and reason; what is
// written is read back the same.
#include "check/stim.h"
#include "tests/harness.h"

#include <zlib.h>

static char path[64], msg[512];

static bool put(const char *text, size_t n)
{
    strcpy(path, "/tmp/l2tlb_stim_XXXXXX");
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        return false;
    bool good = fwrite(text, 1, n, f) == n;
    return fclose(f) == 0 && good;
}

// The message behind the file name for `text`, or "" when it loads.
static const char *load(const char *text)
{
    struct stim s;
    if (!put(text, strlen(text)))
        return "no temporary file";
    const char *err = stim_load(&s, path, msg, sizeof msg);
    remove(path);
    if (err)
        return strncmp(err, path, strlen(path)) == 0 ? err + strlen(path) : err;
    stim_free(&s);
    return "";
}

#define HEAD "L2TLBSTIM 1\nname x\ntiming lat=20 span=0 seed=0 gap=1\naready always\nend 100\n"

// Line 6 of a file, before `run`, and line 7 behind it.
static const char *header(const char *line)
{
    static char text[2048];
    snprintf(text, sizeof text, HEAD "%s\nrun\n", line);
    return load(text);
}

static const char *event(const char *line)
{
    static char text[2048];
    snprintf(text, sizeof text, HEAD "run\n%s\n", line);
    return load(text);
}

TEST good_files(void)
{
    ASSERT_STR_EQ("", load(HEAD "run\n"));
    ASSERT_STR_EQ("", load(HEAD "# comment\n\nrun\n# comment\n\n@0 req 0 1 0\n"));
    static const char *const headers[] = {
        "init satp 8 ffff fffffffffff", "init vsatp 9 1 80000", "init hgatp 0 3fff 80000",
        "init priv 1 1",                "init pbmte 1 0",       "init mbmc 100000004",
        "init debug 1",
        "mem 80000000 ffffffffffffffff", "mem fffffffffff8 1",  "aready pattern 64 15",
        "aready hash 256", "l2 sets=1048576 ways=64 hit_lat=1"};
    for (unsigned i = 0; i < sizeof headers / sizeof headers[0]; i++)
        ASSERT_STR_EQ("", header(headers[i]));
    static const char *const events[] = {
        "@5 req 1 3fffffffff 3", "@5 sf 1 1 0 0 0 0", "@5 sf 0 0 3ffffffffffff ffff 1 1",
        "@5 satp 8 1 80000 1",   "@5 vsatp 0 0 0 0",  "@5 hgatp 9 3 80000 1",
        "@5 priv 0 1",           "@5 pbmte 1 1",      "@5 mbmc 0",
        "@5 debug 1",
        "@5 wfi 1",              "@5 pmp 3a0 1f",     "@5 rready 0",
        "@5 memw 80000000 0"};
    for (unsigned i = 0; i < sizeof events / sizeof events[0]; i++)
        ASSERT_STR_EQ("", event(events[i]));
    PASS();
}

#define L2_RANGE "sets is a power of two up to 1048576, ways in 1..64, hit_lat in 1..1000000"

TEST bad_headers(void)
{
    ASSERT_STR_EQ(": empty file", load(""));
    ASSERT_STR_EQ(":1: not an L2TLBSTIM 1 file", load("L2TLBSTIM 2\n"));
    ASSERT_STR_EQ(":1: not an L2TLBSTIM 1 file", load("L1STIM 1\n"));
    ASSERT_STR_EQ(":2: not an L2TLBSTIM 1 file", load("# a name\nend 5\n"));
    ASSERT_STR_EQ(":2: no `run` line", load("# a name\nL2TLBSTIM 1\n"));
    ASSERT_STR_EQ(":1: no `run` line", load("L2TLBSTIM 1\n"));
    ASSERT_STR_EQ(":2: `run` before `timing` and `end`", load("L2TLBSTIM 1\nrun\n"));
    static const struct {
        const char *line, *why;
    } rows[] = {
        {"rubbish", "unknown header line"},
        {"run now", "unknown header line"},
        {"name", "expected `name NAME`"},
        {"name a b", "expected `name NAME`"},
        {"timing lat=20", "expected `timing lat=N span=N seed=N gap=N`"},
        {"timing lat=20 span=0 seed=0 gap=", "expected `timing lat=N span=N seed=N gap=N`"},
        {"timing lat=-1 span=0 seed=0 gap=1", "expected `timing lat=N span=N seed=N gap=N`"},
        {"timing lat=0 span=0 seed=0 gap=1", "lat and gap must be in 1..1000000, span in 0..1000000"},
        {"timing lat=1 span=0 seed=0 gap=0", "lat and gap must be in 1..1000000, span in 0..1000000"},
        {"timing lat=9999999 span=0 seed=0 gap=1", "lat and gap must be in 1..1000000, span in 0..1000000"},
        {"aready", "expected `aready always`, `aready pattern PERIOD MASK` or `aready hash N`"},
        {"aready pattern 0 1", "expected `aready always`, `aready pattern PERIOD MASK` or `aready hash N`"},
        {"aready pattern 65 1", "expected `aready always`, `aready pattern PERIOD MASK` or `aready hash N`"},
        {"aready hash 257", "expected `aready always`, `aready pattern PERIOD MASK` or `aready hash N`"},
        {"init", "unknown or malformed init line"},
        {"init xatp 8 1 2", "unknown or malformed init line"},
        {"init satp 8 1", "unknown or malformed init line"},
        {"init satp 18 1 2", "unknown or malformed init line"},
        {"init satp 8 10000 2", "unknown or malformed init line"},
        {"init satp 8 1 100000000000", "unknown or malformed init line"},
        {"init priv 2 0", "unknown or malformed init line"},
        {"mem 80000000", "expected `mem ADDRESS WORD` in hex"},
        {"mem 0x80000000 1", "expected `mem ADDRESS WORD` in hex"},
        {"mem 1000000000000 1", "expected `mem ADDRESS WORD` in hex"},
        {"mem 80000001 1", "address is not a multiple of 8"},
        {"mem 80000000 10000000000000000", "expected `mem ADDRESS WORD` in hex"},
        {"end", "expected `end CYCLES`, at least 1"},
        {"end -1", "expected `end CYCLES`, at least 1"},
        {"end 99999999999999", "expected `end CYCLES`, at least 1"},
        {"end 0", "expected `end CYCLES`, at least 1"},
        {"l2 sets=4 ways=2", "expected `l2 sets=N ways=N hit_lat=N`"},
        {"l2 sets=3 ways=2 hit_lat=9", L2_RANGE},
        {"l2 sets=2097152 ways=2 hit_lat=9", L2_RANGE},
        {"l2 sets=4 ways=65 hit_lat=9", L2_RANGE},
        {"l2 sets=4 ways=2 hit_lat=0", L2_RANGE},
        {"a b c d e f g h i j k l m", "too many words"},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char want[256];
        snprintf(want, sizeof want, ":6: %s", rows[i].why);
        ASSERT_STR_EQ(want, header(rows[i].line));
    }
    char name[300] = "name ";
    memset(name + 5, 'x', 200);
    ASSERT_STR_EQ(":6: expected `name NAME`", header(name));
    PASS();
}

TEST bad_events(void)
{
    static const char *const rows[] = {
        "@5 req 2 1 0",    "@5 req 0 1 4",     "@5 req 0 4000000000 0", "@5 req 0 1",
        "@5 req 0 1 0 2",  "@5 fence 1 1",     "@5 sf 1 1 0 0 0",       "@5 sf 2 1 0 0 0 0",
        "@5 satp 8 1 2",   "@5 satp 8 1 2 2",  "@5 priv 1",             "@5 priv 1 2",
        "@5 pmp 1000 0",   "@5 pmp 3a0",       "@5 rready 2",           "@5 memw 80000001 0",
        "@5 memw 80000000", "@5 mbmc 1 2",     "@5 wfi x",  "@5 debug 2",              "@5 req -1 1 0",
        "@5 req 0 +1 0",    "@5 req 0 1 0 0 0", "@5 sf 1 1 0 0 0 0 2",  "@5 mmpt 2 0 90000 0", "@5 mmpt 2 40 90000 0 0",
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ASSERT_STR_EQ(":7: unknown event or malformed arguments", event(rows[i]));
    static const char *const forms[] = {"5 req 0 1 0", "@ req 0 1 0", "@5", "@5 req", "@5 mbmc",
                                        "@-5 req 0 1 0", "@5x req 0 1 0"};
    for (unsigned i = 0; i < sizeof forms / sizeof forms[0]; i++)
        ASSERT_STR_EQ(":7: expected `@CYCLE KIND ARGUMENTS`", event(forms[i]));
    ASSERT_STR_EQ(":8: events are not sorted by cycle", event("@5 wfi 1\n@4 wfi 0"));
    ASSERT_STR_EQ(":7: expected `@CYCLE KIND ARGUMENTS`", event("mem 0 0 0"));
    PASS();
}

TEST bad_files(void)
{
    struct stim s;
    ASSERT_NEQ(NULL, stim_load(&s, "/no/such/file", msg, sizeof msg));
    ASSERT(strstr(msg, "/no/such/file: No such file or directory"));
    ASSERT_NEQ(NULL, stim_load(&s, "/tmp", msg, sizeof msg));
    ASSERT_STR_EQ("/tmp: is a directory", msg);
    enum { BIG = 70000 };
    char *big = malloc(BIG);
    ASSERT(big);
    memset(big, 'x', BIG - 2);
    big[BIG - 2] = '\n';
    big[BIG - 1] = 0;
    ASSERT_STR_EQ(":1: line longer than 65536 bytes", load(big));
    free(big);
    ASSERT(put("L2TLBSTIM 1\n\0\0\0", 15));
    ASSERT_NEQ(NULL, stim_load(&s, path, msg, sizeof msg));
    ASSERT(strstr(msg, ":2: a zero byte in a text line"));
    remove(path);
    PASS();
}

TEST truncated_gzip(void)
{
    char whole[4096], text[8192];
    struct stim s;
    size_t n = (size_t)snprintf(text, sizeof text, HEAD);
    for (unsigned i = 0; i < 80; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "mem %x %x\n", 0x80000000 + 8 * i, i * 7919);
    snprintf(text + n, sizeof text - n, "run\n");
    ASSERT(put("", 0));
    gzFile z = gzopen(path, "wb");
    ASSERT(z != NULL);
    ASSERT_GT(gzputs(z, text), 0);
    gzclose(z);
    FILE *f = fopen(path, "rb");
    ASSERT(f != NULL);
    size_t size = fread(whole, 1, sizeof whole, f);
    fclose(f);
    ASSERT_EQ(NULL, stim_load(&s, path, msg, sizeof msg));
    stim_free(&s);
    remove(path);
    for (size_t cut = size - 1; cut > 20; cut -= 13) {
        ASSERT(put(whole, cut));
        ASSERT_NEQ(NULL, stim_load(&s, path, msg, sizeof msg));
        ASSERT(strstr(msg, "truncated gzip file"));
        remove(path);
        if (cut < 34)
            break;
    }
    PASS();
}

// stim_save and stim_load are inverse.
TEST round_trip(void)
{
    static const char text[] =
        "L2TLBSTIM 1\nname trip\ntiming lat=3 span=28 seed=99 gap=4\naready pattern 7 15\n"
        "l2 sets=8 ways=3 hit_lat=17\ninit satp 8 5 80200\ninit vsatp 9 6 40000\ninit hgatp 9 3 80300\ninit priv 1 1\n"
        "init pbmte 1 1\ninit mbmc 10000000d\ninit debug 1\nend 5000\nmem 80200008 20081001\n"
        "mem ffffffff0 1\nrun\n@1 req 0 12345 3\n@2 sf 0 1 abc000 7 1 0\n@3 satp 8 6 80201 1\n"
        "@3 vsatp 0 0 0 0\n@3 hgatp 8 4 80400 1\n@4 priv 0 1\n@4 pbmte 0 1\n@4 debug 0\n@5 mbmc 6\n@6 wfi 1\n"
        "@7 pmp 3b0 ffff\n@8 rready 0\n@9 memw 80200008 0\n";
    static const char *const more[] = {"aready always", "aready hash 77"};
    for (unsigned k = 0; k < 3; k++) {
        struct stim a, b;
        char file[64], first[4096], second[4096];
        ASSERT(put(text, strlen(text)));
        ASSERT_EQ(NULL, stim_load(&a, path, msg, sizeof msg));
        if (k) {
            a.timing.aready = k == 1 ? AREADY_ALWAYS : AREADY_HASH;
            a.timing.threshold = 77;
        }
        ASSERT_EQ(13, a.events);
        ASSERT_EQ(5000, a.end);
        ASSERT_EQ(2, phys_lines(a.mem));
        ASSERT(stim_save(&a, path));
        strcpy(file, path);
        FILE *f = fopen(file, "r");
        ASSERT(f != NULL);
        first[fread(first, 1, sizeof first - 1, f)] = 0;
        fclose(f);
        if (k)
            ASSERT(strstr(first, more[k - 1]) != NULL);
        ASSERT_EQ(NULL, stim_load(&b, file, msg, sizeof msg));
        ASSERT(stim_save(&b, file));
        f = fopen(file, "r");
        ASSERT(f != NULL);
        second[fread(second, 1, sizeof second - 1, f)] = 0;
        fclose(f);
        remove(file);
        ASSERT_STR_EQ(first, second);
        for (size_t i = 0; i < a.events; i++)
            ASSERT_EQ(a.event[i].kind, b.event[i].kind);
        stim_free(&a);
        stim_free(&b);
    }
    struct stim none = {.mem = NULL};
    ASSERT_FALSE(stim_save(&none, "/no/such/directory/file"));
    PASS();
}

SUITE(stim_suite)
{
    RUN_TEST(good_files);
    RUN_TEST(bad_headers);
    RUN_TEST(bad_events);
    RUN_TEST(bad_files);
    RUN_TEST(truncated_gzip);
    RUN_TEST(round_trip);
}
