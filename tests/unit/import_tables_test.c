// SPDX-License-Identifier: MulanPSL-2.0
// Logs that hold the writes of page tables: which words become records, and when.
#include "tests/unit/import_bench.h"

// Sv39: root 80001000, page 40000000 -> 80100000, 40001000 -> 80003000 (the last table itself).
static const char tables_of_log[] =
    "core   0: 3 0x80000000 (0x00533023) mem 0x80001008 0x0000000020000801\n"
    "core   0: 3 0x80000004 (0x00533023) mem 0x80002000 0x0000000020000c01\n"
    "core   0: 3 0x80000008 (0x00533023) mem 0x80003000 0x00000000200400cf\n"
    "core   0: 3 0x8000000c (0x00533023) mem 0x80003008 0x0000000020000cc7\n"
    "core   0: 3 0x80000010 (0x18051073) c384_satp 0x8000000000080001\n";
static const char begin_of_trace[] = "f 80000000 4 m +1\ns 80001008 8 m\ns 80002000 8 m +1\n"
                                     "s 80003000 8 m +1\ns 80003008 8 m +1\ncsr satp "
                                     "8000000000080001\n";
static const char first_walk[] = "mem 80001008 20000801\nmem 80002000 20000c01\n"
                                 "mem 80003000 200400cf\nmem 80003008 20000cc7\n";

static enum greatest_test_res own_tables(const char *log, const char *want)
{
    struct import_cfg cfg = {.own_tables = true};
    char in[2048], out[2048];

    snprintf(in, sizeof in, "%s%s", tables_of_log, log);
    snprintf(out, sizeof out, "%s%s%s", begin_of_trace, first_walk, want);
    return good("spike", &cfg, in, out);
}

TEST spike_tables(void)
{
    // Tables come before the first walk in them, later changes behind their store.
    CHECK_CALL(own_tables("core   0: 1 0x40000000 (0x00053503) x10 0x0 mem 0x40001000\n"
                          "core   0: 1 0x40000004 (0x00533023) mem 0x40001010 0x00000000200008cf\n"
                          "core   0: 1 0x40000008 (0x00533023) mem 0x40000010 0x0000000000000005\n",
                          "f 40000000 4 s +2\nl 40001000 8 s\ns 40001010 8 s +1\n"
                          "mem 80003010 200008cf\ns 40000010 8 s +1\n"));
    ASSERT(strstr(summary, "; 5 words of 3 pages of tables"));
    ASSERT_FALSE(strstr(summary, "do not translate"));
    // Bytes of a word; a misaligned store over two words, in one piece and byte by byte.
    CHECK_CALL(own_tables("core   0: 1 0x40000000 (0x00a50023) mem 0x40001001 0xaa\n",
                          "f 40000000 4 s +2\ns 40001001 1 s\nmem 80003000 2004aacf\n"));
    CHECK_CALL(own_tables("core   0: 1 0x40000000 (0x00533023) mem 0x40001fac 0x1122334455667788\n",
                          "f 40000000 4 s +2\ns 40001fac 8 s\nmem 80003fa8 5566778800000000\n"
                          "mem 80003fb0 11223344\n"));
    CHECK_CALL(own_tables("core   0: 1 0x40000000 (0x00532023) mem 0x40001ffe 0x04 mem 0x40001fff "
                          "0x03 mem 0x40002000 0x02 mem 0x40002001 0x01\n",
                          "f 40000000 4 s +2\ns 40001ffe 4 s\nmem 80003ff8 304000000000000\n"));
    ASSERT(strstr(summary, "; 1 accesses that these do not translate")); // 40002000 is not mapped
    // An AMO: the load and the store of one access.
    CHECK_CALL(own_tables("core   0: 1 0x40000000 (0x00a5b52f) x10 0x1 mem 0x40001100 mem 0x40001100 "
                          "0x0000000000000001\n",
                          "f 40000000 4 s +2\na 40001100 8 s\nmem 80003100 1\n"));
    PASS();
}

// A and D that hardware sets; a pointer that is stored leads on at once, its table comes first.
TEST spike_tables_change(void)
{
    return own_tables("core   0: 1 0x40000000 (0x00533023) mem 0x40001010 0x0000000020040007\n"
                      "core   0: 1 0x40000004 (0x00053503) mem 0x40002000\n"
                      "core   0: 1 0x40000008 (0x00533023) mem 0x40002000 0x0000000000000000\n"
                      "core   0: 3 0x80000018 (0x00533023) mem 0x80005000 0x00000000200000cf\n"
                      "core   0: 3 0x8000001c (0x00533023) mem 0x80002008 0x0000000020001401\n"
                      "core   0: 3 0x80000020 (0x00533023) mem 0x80005008 0x00000000200000cf\n",
                      "f 40000000 4 s +2\ns 40001010 8 s\nmem 80003010 20040007\n"
                      "mem 80003010 20040047\nl 40002000 8 s +1\n"
                      "mem 80003010 200400c7\ns 40002000 8 s +1\n"
                      "f 80000018 4 m +1\ns 80005000 8 m\ns 80002008 8 m +1\n"
                      "mem 80005000 200000cf\nmem 80002008 20001401\n"
                      "s 80005008 8 m +1\nmem 80005008 200000cf\n");
}

// Two stages: guest page n is host page 80000000 + n; 40000000 -> guest page 4.
TEST spike_tables_of_a_guest(void)
{
    struct import_cfg cfg = {.own_tables = true};

    CHECK_CALL(good("spike", &cfg,
                    "core   0: 3 0x80000000 (0x00533023) mem 0x80010000 0x00000000200000df\n"
                    "core   0: 3 0x80000004 (0x00533023) mem 0x80005008 0x0000000000001801\n"
                    "core   0: 3 0x80000008 (0x00533023) mem 0x80006000 0x0000000000001c01\n"
                    "core   0: 3 0x8000000c (0x00533023) mem 0x80007000 0x00000000000010df\n"
                    "core   0: 3 0x80000010 (0x68051073) c1664_hgatp 0x8000000000080010\n"
                    "core   0: 3 0x80000014 (0x28051073) c640_vsatp 0x8000000000000005\n"
                    "core   0: 3 0x80000018 (0x6c053573) x10 0x0 mem 0x40000ff0\n"
                    "core   0: 3 0x8000001c (0x00533023) mem 0x80006ff8 0x0000000000002001\n",
                    "f 80000000 4 m +1\ns 80010000 8 m\ns 80005008 8 m +1\ns 80006000 8 m +1\n"
                    "s 80007000 8 m +1\ncsr hgatp 8000000000080010\ncsr vsatp 8000000000000005\n"
                    "mem 80010000 200000df\nmem 80005008 1801\nmem 80006000 1c01\nmem 80007000 10df\n"
                    "l 40000ff0 8 hu +3\ns 80006ff8 8 m +1\nmem 80006ff8 2001\n"));
    ASSERT(strstr(summary, "; 5 words of 5 pages of tables")); // the last one is empty
    ASSERT_FALSE(strstr(summary, "do not translate"));
    PASS();
}

// A and D of a guest's tables; stores of 16 bytes.
TEST spike_tables_wide_and_guest_updates(void)
{
    struct import_cfg cfg = {.own_tables = true};

    CHECK_CALL(good("spike", &cfg,
                    "core   0: 3 0x80000000 (0x00533023) mem 0x80010000 0x00000000200000df\n"
                    "core   0: 3 0x80000004 (0x00533023) mem 0x80005008 0x0000000000000017\n"
                    "core   0: 3 0x80000010 (0x68051073) c1664_hgatp 0x8000000000080010\n"
                    "core   0: 3 0x80000014 (0x28051073) c640_vsatp 0x8000000000000005\n"
                    "core   0: 3 0x80000018 (0x6c053573) x10 0x0 mem 0x40000ff0\n"
                    "core   0: 3 0x8000001c (0x00a54027) mem 0x80005020 "
                    "0x11111111222222223333333344444444\n",
                    "f 80000000 4 m +1\ns 80010000 8 m\ns 80005008 8 m +1\n"
                    "csr hgatp 8000000000080010\ncsr vsatp 8000000000000005\n"
                    "mem 80010000 200000df\nmem 80005008 57\nl 40000ff0 8 hu +3\n"
                    "s 80005020 16 m +1\nmem 80005020 3333333344444444\n"
                    "mem 80005028 1111111122222222\n"));
    PASS();
}

// The tables of V=0 are host memory, whatever hgatp says; a table that points to itself comes once.
TEST spike_tables_of_the_host(void)
{
    struct import_cfg cfg = {.own_tables = true};

    CHECK_CALL(good("spike", &cfg,
                    "core   0: 3 0x80000000 (0x00533023) mem 0x80001008 0x0000000020000801\n"
                    "core   0: 3 0x80000004 (0x00533023) mem 0x80001010 0x0000000020000401\n"
                    "core   0: 3 0x80000008 (0x00533023) mem 0x80002000 0x00000000200000cf\n"
                    "core   0: 3 0x8000000c (0x00533023) mem 0x80010010 0x00000000300000df\n"
                    "core   0: 3 0x80000010 (0x68051073) c1664_hgatp 0x8000000000080010\n"
                    "core   0: 3 0x80000014 (0x18051073) c384_satp 0x8000000000080001\n"
                    "core   0: 1 0x40000000 (0x00000013)\n",
                    "f 80000000 4 m +1\ns 80001008 8 m\ns 80001010 8 m +1\ns 80002000 8 m +1\n"
                    "s 80010010 8 m +1\ncsr hgatp 8000000000080010\ncsr satp 8000000000080001\n"
                    "mem 80001008 20000801\nmem 80001010 20000401\nmem 80002000 200000cf\n"
                    "f 40000000 4 s +3\n"));
    ASSERT(strstr(summary, "; 3 words of 2 pages of tables"));
    PASS();
}

// What cannot be: formats without data, folded addresses, logs without a translated access.
TEST own_tables_are_refused(void)
{
    static char out[1024];
    static const char log[] = "core   0: 3 0x80000000 (0x00533023) mem 0x80001008 0x05\n";
    struct import_cfg cfg = {.own_tables = true};

    ASSERT_EQ(-1, import_bytes("lackey", &cfg, " L 10,8\n", 8, out, sizeof out));
    ASSERT(strstr(msg, "does not say what is stored"));
    ASSERT_EQ(-1, import_bytes("spike", &cfg, log, sizeof log - 1, out, sizeof out));
    ASSERT(strstr(msg, "no access of this log is translated"));
    cfg.canonical = 39;
    ASSERT_EQ(-1, import_bytes("spike", &cfg, log, sizeof log - 1, out, sizeof out));
    ASSERT(strstr(msg, "not folded ones"));
    PASS();
}

SUITE(import_tables_suite)
{
    RUN_TEST(spike_tables);
    RUN_TEST(spike_tables_change);
    RUN_TEST(spike_tables_of_a_guest);
    RUN_TEST(spike_tables_wide_and_guest_updates);
    RUN_TEST(spike_tables_of_the_host);
    RUN_TEST(own_tables_are_refused);
}
