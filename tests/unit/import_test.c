// SPDX-License-Identifier: MulanPSL-2.0
// Importers: each format's records come out as they must, and bad input is named.
#include "tests/harness.h"
#include "traces/import/import.h"

#include <unistd.h>

static char msg[TRACE_MSG];

static const char *temp_path(void)
{
    static char path[64];

    snprintf(path, sizeof path, "/tmp/l2tlb_import_%ld", (long)getpid());
    return path;
}

// Imports `n` bytes of `data`; writes the records as text lines to out. Returns what import_next
// returned last.
static int import_bytes(const char *format, const struct import_cfg *cfg, const void *data,
                        size_t n, char *out, size_t out_size)
{
    FILE *f = fopen(temp_path(), "wb");
    struct trace_record r;
    struct import *m;
    size_t used = 0;
    int got;

    out[0] = 0;
    if (!f)
        return -2;
    fwrite(data, 1, n, f);
    fclose(f);
    m = import_open(temp_path(), import_find(format), cfg, msg, sizeof msg);
    if (!m)
        return -1;
    while ((got = import_next(m, &r)) == 1 && used + 160 < out_size) {
        used += trace_record_text(&r, out + used, out_size - used);
        used += (size_t)snprintf(out + used, out_size - used, "\n");
    }
    if (got < 0)
        snprintf(msg, sizeof msg, "%s", m->error);
    import_close(m);
    unlink(temp_path());
    return got;
}

static enum greatest_test_res good(const char *format, const struct import_cfg *cfg,
                                   const char *text, const char *want)
{
    static char out[4096];

    msg[0] = 0;
    ASSERT_EQ(0, import_bytes(format, cfg, text, strlen(text), out, sizeof out));
    ASSERT_STR_EQ(want, out);
    PASS();
}

static enum greatest_test_res bad(const char *format, const char *text, const char *want)
{
    static char out[4096];
    struct import_cfg cfg = {0};

    msg[0] = 0;
    ASSERT_EQm(text, -1, import_bytes(format, &cfg, text, strlen(text), out, sizeof out));
    if (!strstr(msg, want))
        printf("\n  message: %s", msg);
    ASSERTm(want, strstr(msg, want));
    PASS();
}

TEST lackey(void)
{
    struct import_cfg cfg = {0};

    CHECK_CALL(good("lackey", &cfg,
                    "==1234== Lackey\nI  04016b80,3\nI  04016b83,5\n S 1ffeffe7e8,8\n"
                    "I  04016bc0,4\n L 0421c7cc,4\n M 0421c7cc,4\n==1234== end\n",
                    "f 4016b80 3 u +1\ns 1ffeffe7e8 8 u +1\nf 4016bc0 4 u +1\nl 421c7cc 4 u\n"
                    "l 421c7cc 4 u\ns 421c7cc 4 u\n"));
    cfg.fetch_all = true;
    cfg.priv = GVT_S;
    cfg.virt = true;
    CHECK_CALL(good("lackey", &cfg, "I  10,4\nI  14,4\n", "f 10 4 vs +1\nf 14 4 vs +1\n"));
    CHECK_CALL(bad("lackey", "I  10,4\nhello\n", ":2: not a line of lackey: 'hello'"));
    CHECK_CALL(bad("lackey", " L 10,0\n", ":1: bad address or size"));
    CHECK_CALL(bad("lackey", " L zz,8\n", ":1: bad address or size"));
    CHECK_CALL(bad("lackey", "==1== nothing\n", "no access"));
    PASS();
}

TEST canonical(void)
{
    struct import_cfg cfg = {.canonical = 39};

    return good("lackey", &cfg, " L 7ffffffff000,8\n L ffff800000001000,8\n",
                "l 3ffffff000 8 u\nl ffffffc000001000 8 u\n");
}

static void put_word(unsigned char *p, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        p[i] = (unsigned char)(v >> 8 * i);
}

TEST champsim(void)
{
    static char out[1024];
    unsigned char rec[192] = {0};
    struct import_cfg cfg = {0};

    put_word(rec, 0x401000);
    put_word(rec + 16, 0x7000); // destination memory: a store
    put_word(rec + 40, 0x8000); // second source: a load
    put_word(rec + 64, 0x401004);
    ASSERT_EQ(0, import_bytes("champsim", &cfg, rec, 128, out, sizeof out));
    ASSERT_STR_EQ("f 401000 4 u +1\nl 8000 8 u\ns 7000 8 u\n", out);
    ASSERT_EQ(-1, import_bytes("champsim", &cfg, rec, 100, out, sizeof out));
    ASSERT(strstr(msg, "record 2: the file breaks off: 36 bytes of 64"));
    rec[72] = 5;
    ASSERT_EQ(-1, import_bytes("champsim", &cfg, rec, 128, out, sizeof out));
    ASSERT(strstr(msg, "record 2: this is no ChampSim record"));
    memset(rec, 0, sizeof rec);
    put_word(rec, 0x401000);
    rec[88] = 1;
    put_word(rec + 24, 0x7000);
    put_word(rec + 96, 0x501000);
    put_word(rec + 96 + 56, 0x9000);
    rec[96 + 88] = 2;
    ASSERT_EQ(0, import_bytes("cloudsuite", &cfg, rec, 192, out, sizeof out));
    ASSERT_STR_EQ("switch 1 0\nf 401000 4 u +1\ns 7000 8 u\nswitch 2 0\nf 501000 4 u +1\n"
                  "l 9000 8 u\n",
                  out);
    PASS();
}

TEST spike(void)
{
    struct import_cfg cfg = {0};

    CHECK_CALL(good(
        "spike", &cfg,
        "core   0: 0x0000000000001000 (0x00000297) auipc   t0, 0x0\n"
        "core   0: 3 0x0000000080000000 (0x18051073) c384_satp 0x8000000000080200\n"
        "core   0: 3 0x0000000080000004 (0x3a001073) c928_pmpcfg0 0x000000000000001f\n"
        "core   0: 1 0x0000000080200000 (0x00053503) x10 0x0000000000001000 mem 0x2000\n"
        "core   0: 1 0x0000000080200004 (0x00a53023) mem 0x0000000000002008 0x0000000000001000\n"
        "core   0: 1 0x0000000080200008 (0x12050073)\n"
        "core   0: 1 0x000000008020000c (0x12000073)\n"
        "core   0: 1 0x0000000080200010 (0x00052503) x10 0x0 mem 0x0000000000002010\n"
        "core   0: 1 0x0000000080200014 (0x0006a6af) x13 0x0 mem 0x3000 mem 0x3000 0x00000001\n"
        "core   0: 1 0x0000000080200018 (0x1006a6af) x13 0x0 mem 0x3000\n"
        "core   0: 1 0x000000008020001c (0x00006388) x10 0x0 mem 0x3008\n",
        "f 80000000 4 m +1\ncsr satp 8000000000080200\ncsr 3a0 1f\n"
        "f 80200000 4 s +2\nl 2000 8 s\ns 2008 8 s +1\nsfence.vma 1000 *\nsfence.vma * *\n"
        "l 2010 4 s +3\na 3000 4 s +1\nr 3000 4 s +1\nl 3008 8 s +1\n"));
    CHECK_CALL(bad("spike", "core   0: 1 0x10 nonsense\n", ":1: not a line of a commit log"));
    CHECK_CALL(bad("spike", "core   0: 1 0x10 (0x13) mem\n", ":1: a value is missing"));
    CHECK_CALL(bad("spike", "something else\n", "no access"));
    PASS();
}

// V follows sret with hstatus.SPV and ends with a trap to stvec.
TEST spike_virtualisation(void)
{
    struct import_cfg cfg = {0};

    return good("spike", &cfg,
                "core   0: 1 0x1000 (0x10551073) c261_stvec 0x0000000000008000\n"
                "core   0: 1 0x1040 (0x60051073) c1536_hstatus 0x0000000000000180\n"
                "core   0: 1 0x1080 (0x64053573) x10 0x5 mem 0x5000\n"
                "core   0: 1 0x1084 (0x10200073)\n"
                "core   0: 1 0x2000 (0x00053503) x10 0x0 mem 0x0000000000006000\n"
                "core   0: 1 0x8000 (0x00053503) x10 0x0 mem 0x0000000000007000\n",
                "f 1000 4 s +1\nf 1040 4 s +1\ncsr spvp 1\nf 1080 4 s +1\nl 5000 2 hs\nredirect\n"
                "f 2000 4 vs +2\nl 6000 8 vs\nf 8000 4 s +1\nl 7000 8 s\n");
}

TEST csv_and_others(void)
{
    struct import_cfg cfg = {0};

    CHECK_CALL(good("csv", &cfg,
                    "cycle,OP,addr,size,mode\n# x\n1,fetch,0x1000,32,vs\n2, s ,2000, ,\n",
                    "f 1000 32 vs @1\ns 2000 8 u @2\n"));
    CHECK_CALL(good("csv", &cfg, "op,addr\n\"load\",\"10\"\n", "l 10 8 u\n"));
    CHECK_CALL(bad("csv", "op,size\nl,8\n", "no column 'addr'"));
    CHECK_CALL(bad("csv", "op,addr\njump,8\n", ":2: bad op"));
    CHECK_CALL(bad("csv", "op,addr,size\nl,8,-3\n", ":2: bad size"));
    CHECK_CALL(good("chiseldb", &cfg,
                    "ID,VPN,STAMP,SITE\n1,65536,1000,DTlbReq\n2,65536,1010,DTlbResp\n"
                    "3,0x20,1012,ITlbReq\n",
                    "q 1 10000 0 @0\nq 0 20 0 @12\n"));
    CHECK_CALL(bad("chiseldb", "ID,VPN,STAMP,SITE\n1,65536,1000,XTlb\n", ":2: unknown SITE"));
    CHECK_CALL(bad("chiseldb", "ID,VPN\n1,2\n", "no column 'STAMP'"));
    CHECK_CALL(good("execlog", &cfg,
                    "0, 0x1000, 0x853503, \"ld a0,0(a0), x\", load, 0x2000\n"
                    "0, 0x1004, 0x4501, \"li a0,0\"\n"
                    "0, 0x1040, 0xa53023, \"sd\", store, 0x3000, RAM\n",
                    "f 1000 4 u +1\nl 2000 8 u\nf 1040 4 u +2\ns 3000 8 u\n"));
    CHECK_CALL(bad("execlog", "hello\n", ":1: not a line of execlog"));
    ASSERT_EQ(NULL, import_find("nosuch"));
    PASS();
}

SUITE(import_suite)
{
    RUN_TEST(lackey);
    RUN_TEST(canonical);
    RUN_TEST(champsim);
    RUN_TEST(spike);
    RUN_TEST(spike_virtualisation);
    RUN_TEST(csv_and_others);
}
