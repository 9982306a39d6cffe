// SPDX-License-Identifier: MulanPSL-2.0
// Importers: each format's records come out as they must, and bad input is named.
#include "tests/unit/import_bench.h"

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
    ASSERT_STR_EQ("f 401000 4 u +1\nl 8000 8 u\ns 7000 8 u\nf 401004 4 u +1\n", out);
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

// The same line in another mode or another address space is another fetch.
TEST fetches_of_the_same_line(void)
{
    unsigned char rec[4 * 96];
    char out[1024];
    struct import_cfg cfg = {0};

    memset(rec, 0, sizeof rec);
    for (unsigned i = 0; i < 4; i++) {
        put_word(rec + 96 * i, i < 3 ? 0x401000 + 4 * i : 0x402000);
        rec[96 * i + 88] = i < 2 ? 1 : 2;
    }
    ASSERT_EQ(0, import_bytes("cloudsuite", &cfg, rec, sizeof rec, out, sizeof out));
    ASSERT_STR_EQ("switch 1 0\nf 401000 4 u +1\nswitch 2 0\nf 401008 4 u +2\nf 402000 4 u +1\n", out);
    return good("spike", &cfg,
                "core   0: 3 0x80000000 (0x30200073)\ncore   0: 1 0x80000004 (0x00000013)\n"
                "core   0: 1 0x80000008 (0x00000013)\ncore   0: 1 0x80000040 (0x00000013)\n",
                "f 80000000 4 m +1\nredirect\nf 80000004 4 s +1\nf 80000040 4 s +2\n");
}

TEST spike(void)
{
    struct import_cfg cfg = {0};

    CHECK_CALL(good("spike", &cfg,
                    "core   0: 0 0x80000000 (0x00004033)\ncore   0: 0 0x80000040 (0x00000013)\ncore   0: 0 0x80000080 (0x0010c033)\n",
                    "f 80000000 4 u +1\nroi begin\nf 80000040 4 u +1\nroi end\nf 80000080 4 u +1\n"));
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
                "core   0: 1 0x2004 (0x12000073)\n" // SFENCE.VMA, SINVAL.VMA x10
                "core   0: 1 0x2008 (0x16050073)\n"
                "core   0: 1 0x8000 (0x00053503) x10 0x0 mem 0x0000000000007000\n",
                "f 1000 4 s +1\nf 1040 4 s +1\ncsr spvp 1\nf 1080 4 s +1\nl 5000 2 hs\nredirect\n"
                "f 2000 4 vs +2\nl 6000 8 vs\nhfence.vvma * *\nhinval.vvma 0 *\nf 8000 4 s +3\nl 7000 8 s\n");
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
    CHECK_CALL(good("csv", &cfg, "op,addr\nl,10\nroi-begin,\nl,20\nROI-END\n", "l 10 8 u\nroi begin\nl 20 8 u\nroi end\n"));
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
                    "0, 0x1040, 0xa53023, \"sd\", store, 0x3000\n",
                    "f 1000 4 u +1\nl 2000 8 u\nf 1040 4 u +2\ns 3000 8 u\n"));
    CHECK_CALL(bad("csv", "op,addr,cycle\nl,8,5\nl,8,4\n", ":3: cycles go backwards"));
    ASSERT_EQ(NULL, import_find("nosuch"));
    PASS();
}

// The word holds four bytes whatever the length is; RISC-V says it in the low two bits.
TEST execlog(void)
{
    struct import_cfg cfg = {.fetch_all = true};

    CHECK_CALL(good("execlog", &cfg,
                    "0, 0x10ffe, 0x85221141, \"addi sp,sp,-16\"\n0, 0x1103e, 0x13, \"nop\"\n"
                    "0, 0x11ffe, 0x793, \"li a5,0\", x15 -> 0x0\n",
                    "f 10ffe 2 u +1\nf 1103e 4 u +1\nf 11ffe 4 u +1\n"));
    cfg.isa = 1 + GVT_AARCH64;
    CHECK_CALL(
        good("execlog", &cfg,
             "0, 0x5500000000, 0xa9bf7bfd, \"stp x29, x30, [sp]\", store, 0x10, store, 0x18\n",
             "f 5500000000 4 u +1\ns 10 8 u\ns 18 8 u\n"));
    cfg.isa = 0;
    CHECK_CALL(good("execlog", &cfg,
                    "0, 0x1000, 0x13, \"nop\"\n1, 0x1000, 0x13, \"x\", load, 0x1, store, 0x2\n",
                    "f 1000 4 u +1\n"));
    ASSERT_STR_EQ("4 records in = 1 out + 0 fetches of the same line + 3 refused "
                  "(3 of another CPU than 0)",
                  summary);
    CHECK_CALL(bad("execlog", "hello\n", ":1: not a line of execlog"));
    CHECK_CALL(
        bad("execlog", "0, 0x1, 0x13, \"x\", store, 0x80003000, RAM\n", ":1: physical addresses"));
    CHECK_CALL(bad("execlog", "0, 0x1, 0x13, \"x\", load\n", ":1: bad address"));
    CHECK_CALL(bad("execlog", "0, 0x1, 0x13, \"x\", jump\n", ":1: 'jump': neither"));
    PASS();
}

// Any number of accesses may stand in a line: none is lost, and the count says so.
TEST many_in_a_line(void)
{
    static char line[65536], out[200000];
    struct import_cfg cfg = {0};
    size_t n = (size_t)snprintf(line, sizeof line, "0, 0x10000, 0x53503, \"vle\"");

    for (unsigned i = 0; i < 1000; i++)
        n += (size_t)snprintf(line + n, sizeof line - n, ", load, 0x%x", 0x4000 + 8 * i);
    ASSERT_EQ(0, import_bytes("execlog", &cfg, line, n, out, sizeof out));
    ASSERT_STR_EQ("1001 records in = 1001 out + 0 fetches of the same line + 0 refused", summary);
    ASSERT(strstr(out, "\nl 5f38 8 u\n"));
    n = (size_t)snprintf(line, sizeof line,
                         "core   0: 3 0x80000000 (0x02050407) e8 m4 l64 v8  "
                         "0x00000000000000000000000000000000");
    for (unsigned i = 0; i < 2000; i++)
        n += (size_t)snprintf(line + n, sizeof line - n, " mem 0x%016x", 0x80000fe0 + i);
    ASSERT_EQ(0, import_bytes("spike", &cfg, line, n, out, sizeof out));
    ASSERT_STR_EQ("2001 records in = 2001 out + 0 fetches of the same line + 0 refused", summary);
    ASSERT(strstr(out, "\nl 800017af 1 m\n"));
    PASS();
}

// A fetch that begins in another line, or runs in another mode, is another one; instructions behind
// the last record come with the last fetch.
TEST left_out_fetches(void)
{
    struct import_cfg cfg = {0};

    CHECK_CALL(good("lackey", &cfg, "I  2000,4\nI  1ffe,4\nI  2002,4\n L 9,1\n",
                    "f 2000 4 u +1\nf 1ffe 4 u +1\nl 9 1 u +1\n"));
    CHECK_CALL(good("lackey", &cfg, "I  2000,4\nI  2004,4\nI  2008,4\n",
                    "f 2000 4 u +1\nf 2008 4 u +2\n"));
    ASSERT_STR_EQ("3 records in = 2 out + 1 fetches of the same line + 0 refused", summary);
    CHECK_CALL(good("lackey", &cfg, "==1== x\n L 10,8192\n L 20,4096\n", "l 20 4096 u\n"));
    ASSERT_STR_EQ("2 records in = 1 out + 0 fetches of the same line + 1 refused "
                  "(1 larger than 4096 bytes); 1 lines without a record",
                  summary);
    cfg.isa = 1 + GVT_AARCH64;
    ASSERT_EQ(-1, import_bytes("spike", &cfg, "x", 1, msg, sizeof msg));
    PASS();
}

// Lines of xRET come with the values behind it: V comes from those before. A trap writes SPV and
// MPV in hardware, with no word in the log.
TEST spike_returns(void)
{
    struct import_cfg cfg = {0};

    CHECK_CALL(good("spike", &cfg,
                    "core   0: 1 0x80000100 (0x10551073) c261_stvec 0x80001000\n"
                    "core   0: 1 0x80000104 (0x60051073) c1536_hstatus 0x200000180\n"
                    "core   0: 1 0x80000108 (0x10200073) c1536_hstatus 0x200000100 "
                    "c768_mstatus 0xa000000a0\n"
                    "core   0: 1 0x10000 (0x00053503) x10 0x0 mem 0x20000\n"
                    "core   0: exception trap_virtual_supervisor_ecall, epc 0x10004\n"
                    "core   0: 1 0x80001000 (0x14151073) c321_sepc 0x10008\n"
                    "core   0: 1 0x80001004 (0x10200073) c1536_hstatus 0x200000100 "
                    "c768_mstatus 0xa000000a0\n"
                    "core   0: 1 0x10008 (0x00053503) x10 0x0 mem 0x20010\n",
                    "f 80000100 4 s +1\ncsr spvp 1\nredirect\nf 10000 4 vs +3\nl 20000 8 vs\n"
                    "f 80001000 4 s +1\nredirect\nf 10008 4 vs +2\nl 20010 8 vs\n"));
    // M to VS with MPV, a trap of VS to M (the digit rises), and back.
    CHECK_CALL(good("spike", &cfg,
                    "core   0: 3 0x1000 (0x30051073) c768_mstatus 0x8000000800\n"
                    "core   0: 3 0x1004 (0x30200073) c768_mstatus 0x80\n"
                    "core   0: 1 0x2000 (0x00000013)\n"
                    "core   0: 3 0x1080 (0x00000013)\n"
                    "core   0: 3 0x1084 (0x30200073) c768_mstatus 0x80\n"
                    "core   0: 1 0x2040 (0x00000013)\n",
                    "f 1000 4 m +1\nredirect\nf 2000 4 vs +2\nf 1080 4 m +1\nredirect\n"
                    "f 2040 4 vs +2\n"));
    PASS();
}

// A trap inside the guest keeps V: vstvec; without -l only the jump to the vector shows it. With
// equal vectors the cause and the delegation decide.
TEST spike_traps(void)
{
    struct import_cfg cfg = {.virt = true};

    CHECK_CALL(good("spike", &cfg,
                    "core   0: 1 0x1000 (0x10551073) c517_vstvec 0x8000\n"
                    "core   0: 1 0x1004 (0x00000013)\n"
                    "core   0: 1 0x8000 (0x00000013)\n"
                    "core   0: 1 0x8004 (0x10200073)\n"
                    "core   0: 0 0x4000 (0x00000013)\n"
                    "core   0: 1 0x8000 (0x00000013)\n",
                    "f 1000 4 vs +1\nf 8000 4 vs +2\nredirect\nf 4000 4 vu +2\nf 8000 4 vs +1\n"));
    CHECK_CALL(good("spike", &cfg,
                    "core   0: 1 0x1000 (0x10551073) c517_vstvec 0x8000 c261_stvec 0x8000 "
                    "c1538_hedeleg 0x1000\n"
                    "core   0: exception trap_instruction_page_fault, epc 0x1004\n"
                    "core   0:           tval 0x1004\n"
                    "core   0: 1 0x8000 (0x00000013)\n"
                    "core   0: exception trap_load_guest_page_fault, epc 0x8004\n"
                    "core   0: 1 0x8000 (0x00000013)\n",
                    "f 1000 4 vs +1\nf 8000 4 vs +1\ncsr spvp 1\nf 8000 4 s +1\n"));
    // Neither cause nor vector: V stays, and the count says so.
    CHECK_CALL(good("spike", &cfg, "core   0: 1 0x1000 (0x13)\ncore   0: 1 0x8000 (0x13)\n",
                    "f 1000 4 vs +1\nf 8000 4 vs +1\n"));
    ASSERT(strstr(summary, "1 traps of unknown target"));
    // Jumps and branches are no traps, even to the vector.
    CHECK_CALL(good("spike", &cfg,
                    "core   0: 1 0x1000 (0x10551073) c261_stvec 0x1008 x1 0x2000\n"
                    "core   0: 1 0x1004 (0x0040006f)\n"
                    "core   0: 1 0x1008 (0x00008067)\n"
                    "core   0: 1 0x2000 (0x0000a001)\n"
                    "core   0: 1 0x2000 (0x0000c111)\n"
                    "core   0: 1 0x2004 (0x00000263)\n"
                    "core   0: 1 0x2008 (0x00008082)\n"
                    "core   0: 1 0x2000 (0x00000013)\n",
                    "f 1000 4 vs +1\nf 2000 2 vs +3\nf 2000 4 vs +4\n"));
    ASSERT_FALSE(strstr(summary, "unknown target"));
    PASS();
}

// MPRV gives MPP and MPV to loads and stores of M mode; HLV acts as though V = 1, in M mode too.
TEST spike_modes(void)
{
    struct import_cfg cfg = {0};

    return good("spike", &cfg,
                "core   0: 3 0x1000 (0x30052073) c768_mstatus 0x20800\n"
                "core   0: 3 0x1004 (0x00053503) x10 0x0 mem 0x5000\n"
                "core   0: 3 0x1008 (0x30052073) c768_mstatus 0x8000020800\n"
                "core   0: 3 0x100c (0x00053503) x10 0x0 mem 0x5000\n"
                "core   0: 3 0x1010 (0x64053573) x10 0x5 mem 0x5000\n"
                "core   0: 3 0x1014 (0x68353573) x10 0x5 mem 0x5000\n"
                "core   0: 3 0x1018 (0x30052073) c768_mstatus 0x8000021800\n"
                "core   0: 3 0x101c (0x00053503) x10 0x0 mem 0x5000\n"
                "core   0: 3 0x1020 (0x30a52073) c778_menvcfg 0x4000000000000000\n"
                "core   0: 3 0x1024 (0xce104073) mem 0x6000 0x0000000000000001\n",
                "f 1000 4 m +1\nl 5000 8 s +1\nl 5000 8 vs +2\nl 5000 2 hu +1\nl 5000 4 xu +1\n"
                "l 5000 8 m +2\ncsr mpbmte 1\ns 6000 8 m +2\n");
}

// Sizes: compressed, quadwords, vectors, cbo.zero; misaligned ones in bytes (release 1.1.0).
TEST spike_sizes(void)
{
    struct import_cfg cfg = {0};

    CHECK_CALL(good(
        "spike", &cfg,
        "core   0: 3 0x1000 (0x0000) x1 0x0\n"
        "3 0x1002 (0x8000) x 8 0x0 mem 0x5000\n"            // c.lbu
        "3 0x1002 (0x8440) x 8 0x0 mem 0x5000\n"            // c.lh
        "3 0x1002 (0x8c00) mem 0x5000 0x0000\n"             // c.sh
        "3 0x1002 (0x4000) x 8 0x0 mem 0x5000\n"            // c.lw
        "3 0x1002 (0xe000) mem 0x5000 0x0000000000000000\n" // c.sd
        "3 0x1002 (0x00054007) f 0 0x0 mem 0x5000\n"        // flq
        "3 0x1002 (0x2805452f) x10 0x0 mem 0x5000 mem 0x5008 mem 0x5000 0x00 mem 0x5008 0x00\n"
        "3 0x1002 (0x00054503) x10 0x0 mem 0x5000\n" // lbu
        "3 0x1002 (0x06057407) e16 mf2 l2 v8  0x00000000000000000000000000000000 mem 0x7 mem 0x9\n"
        "3 0x1002 (0x0e057427) mem 0x5000 0x1234\n" // vsoxei64: data of two bytes
        "3 0x1002 (0x00053503) x10 0x0 mem 0x5001 mem 0x5002 mem 0x5003 mem 0x5004 mem 0x5005 "
        "mem 0x5006 mem 0x5007 mem 0x5008\n"
        "3 0x1002 (0x00a52023) mem 0x5001 0x01 mem 0x5002 0x02 mem 0x5003 0x03 mem 0x5004 0x04\n"
        "3 0x1002 (0x0045200f) mem 0x5040 0x00 mem 0x5041 0x00 mem 0x5042 0x00 mem 0x5043 0x00\n",
        "f 1000 2 m +1\nl 5000 1 m +1\nl 5000 2 m +1\ns 5000 2 m +1\nl 5000 4 m +1\n"
        "s 5000 8 m +1\nl 5000 16 m +1\na 5000 16 m +1\nl 5000 1 m +1\nl 7 2 m +1\nl 9 2 m\n"
        "s 5000 2 m +1\nl 5001 8 m +1\ns 5001 4 m +1\ns 5040 4 m +1\n"));
    CHECK_CALL(bad("spike", "3 0x10 (0x13) q1 0x0\n", ":1: 'q1' is no register"));
    CHECK_CALL(bad("spike", "3 0x10 (0x13) x40 0x0\n", ":1: 'x40' is no register"));
    CHECK_CALL(good("spike", &cfg, "core   0: 3 0x0 (0x13)\ncore   1: 3 0x0 (0x53503) mem 0x1\n",
                    "f 0 4 m +1\n"));
    ASSERT(strstr(summary, "3 records in = 1 out + 0 fetches of the same line + 2 refused"));
    PASS();
}

TEST din_drmemtrace_perf(void)
{
    struct import_cfg cfg = {0};

    CHECK_CALL(good("din", &cfg, "2 430d70\n0 10019d94 rest\n1 1001\n4 0\nr 1f 10\n",
                    "f 430d70 4 u +1\nl 10019d94 4 u\ns 1001 4 u\nl 1f 16 u\n"));
    ASSERT(strstr(summary, "5 records in = 4 out + 0 fetches of the same line + 1 refused (1 "));
    CHECK_CALL(bad("din", "2 430d70\n0 xyz\n", ":2: not a line of din"));
    CHECK_CALL(bad("din", "r 10 0\n", ":1: bad size"));
    CHECK_CALL(good(
        "drmemtrace", &cfg,
        "Output format:\n<--record#-> <--instr#->: <---tid---> <record details>\n"
        "           7           0:     3264 <marker: tid 3264 on core 3>\n"
        "           8           1:     3264 ifetch       3 byte(s) @ 0x00007f2b3a6bd2d0 48 89 e7  "
        "  mov    %rsp, %rdi\n"
        "           9           2:     3264 ifetch       5 byte(s) @ 0x00007f2b3a6bd2d3 non-branch\n"
        "          10           2:     3264 write        8 byte(s) @ 0x00007ffc12345670 by PC 0x1\n"
        "          11           2:     3264 read        16 byte(s) @ 0x00007ffc12345680 by PC 0x1\n"
        "          12           2:     3264 iflush       64 byte(s) @ 0x0000000000001000\n",
        "f 7f2b3a6bd2d0 3 u +1\ns 7ffc12345670 8 u +1\nl 7ffc12345680 16 u\n"));
    ASSERT(strstr(summary, "5 records in = 3 out + 1 fetches of the same line + 1 refused"));
    CHECK_CALL(bad("drmemtrace", "8 1: 3 ifetch x byte(s) @ 0x1\n", ":1: not a line of the view"));
    CHECK_CALL(bad("drmemtrace", " byte(s) @ 0x1\n", ":1: not a line of the view"));
    CHECK_CALL(good("perf", &cfg,
                    "prog  123 [001]  99.5:  7  cpu/mem-loads,ldlat=30/P:  7ffe1000 "
                    "68100142 |OP LOAD|LVL L1 hit|  401000 main\n"
                    "  cpu/mem-stores/P:  7ffe2000\n dTLB-load-misses:u: 0\n cycles: 5000\n\n",
                    "l 7ffe1000 8 u\ns 7ffe2000 8 u\n"));
    ASSERT(strstr(summary, "4 records in = 2 out + 0 fetches of the same line + 2 refused (1 "
                           "without an address, 1 neither"));
    CHECK_CALL(bad("perf", "hello world\n", ":1: no event and address"));
    PASS();
}

SUITE(import_suite)
{
    RUN_TEST(din_drmemtrace_perf);
    RUN_TEST(execlog);
    RUN_TEST(many_in_a_line);
    RUN_TEST(left_out_fetches);
    RUN_TEST(spike_returns);
    RUN_TEST(spike_traps);
    RUN_TEST(spike_modes);
    RUN_TEST(spike_sizes);
    RUN_TEST(lackey);
    RUN_TEST(canonical);
    RUN_TEST(champsim);
    RUN_TEST(fetches_of_the_same_line);
    RUN_TEST(spike);
    RUN_TEST(spike_virtualisation);
    RUN_TEST(csv_and_others);
}
