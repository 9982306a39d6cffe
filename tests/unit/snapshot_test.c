// SPDX-License-Identifier: MulanPSL-2.0
// Parts of snapshots that need no machine: packets, target descriptions, sets of numbers, registers, dumps that
// change. The command with a stub: tests/cli_snapshot.sh.
#include "snapshot/gdb.h"
#include "snapshot/regs.h"
#include "snapshot/rsp.h"
#include "snapshot/set.h"
#include "snapshot/target.h"
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// --- packets ------------------------------------------------------------------------------------

static struct rsp rsp;

// The last event that means something, or RSP_NOTHING.
static enum rsp_event take(const char *bytes, size_t n)
{
    enum rsp_event last = RSP_NOTHING;
    for (size_t i = 0; i < n; i++) {
        enum rsp_event e = rsp_take(&rsp, (unsigned char)bytes[i]);
        last = e == RSP_NOTHING ? last : e;
    }
    return last;
}

static enum rsp_event text(const char *bytes) { return take(bytes, strlen(bytes)); }

TEST packets(void)
{
    ASSERT_EQ(RSP_ACK, text("+"));
    ASSERT_EQ(RSP_NAK, text("-"));
    ASSERT_EQ(RSP_GARBAGE, text("x"));
    ASSERT_EQ(RSP_PACKET, text("$OK#9a"));
    ASSERT_STR_EQ("OK", rsp.data);
    ASSERT_EQ(RSP_PACKET, text("$#00"));
    ASSERT_EQ(0, rsp.size);
    ASSERT_EQ(RSP_DAMAGED, text("$OK#9b"));
    ASSERT_EQ(RSP_DAMAGED, text("$OK#zz"));
    ASSERT_EQ(RSP_PACKET, text("$broken$OK#9a")); // the first one broke off
    ASSERT_STR_EQ("OK", rsp.data);
    ASSERT_EQ(RSP_NOTHING, text("%Stop:T05#8a")); // a notification
    ASSERT_EQ(RSP_PACKET, text("$0* #7a")); // a run: 32 - 29 more
    ASSERT_STR_EQ("0000", rsp.data);
    ASSERT_EQ(RSP_DAMAGED, text("$* #4a")); // of nothing
    ASSERT_EQ(RSP_PACKET, text("$}\x03#80"));
    ASSERT_STR_EQ("#", rsp.data);
    PASS();
}

TEST packets_of_any_bytes_come_back(void)
{
    char data[256], frame[2 * 256 + 4];
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (char)i;
    size_t n = rsp_frame(data, sizeof data, frame);
    ASSERT_EQ(RSP_PACKET, take(frame, n));
    ASSERT_EQ(sizeof data, rsp.size);
    ASSERT(memcmp(data, rsp.data, sizeof data) == 0);
    PASS();
}

TEST packets_have_a_limit(void)
{
    rsp_take(&rsp, '$');
    for (unsigned i = 0; i < RSP_MOST + 10; i++)
        rsp_take(&rsp, 'a');
    ASSERT_EQ(RSP_DAMAGED, text("#00"));
    ASSERT_EQ(RSP_PACKET, text("$OK#9a"));
    PASS();
}

TEST answers_are_told_apart(void)
{
    static const struct {
        const char *text;
        bool stop, error;
    } rows[] = {{"T05thread:01;", true, false}, {"S02", true, false}, {"W00", true, false}, {"T", false, false},
                {"Txx", false, false},          {"E14", false, true}, {"E.no", false, true}, {"E014", false, false},
                {"0123", false, false},         {"", false, false}};
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        rsp.size = strlen(rows[i].text);
        memcpy(rsp.data, rows[i].text, rsp.size + 1);
        ASSERT_EQ(rows[i].stop, rsp_is_stop(&rsp));
        ASSERT_EQ(rows[i].error, rsp_is_error(&rsp));
    }
    unsigned char out[4];
    ASSERT_EQ(2, rsp_hex("12Ef", 4, out, 4));
    ASSERT_EQ(0xef, out[1]);
    ASSERT_EQ(-1, rsp_hex("123", 3, out, 4));
    ASSERT_EQ(-1, rsp_hex("12x4", 4, out, 4));
    ASSERT_EQ(-1, rsp_hex("1234567890", 10, out, 4));
    PASS();
}

TEST v_of_info_registers(void)
{
    ASSERT_EQ(1, gdb_guest_of(" pc 0\n V      =   1\n"));
    ASSERT_EQ(0, gdb_guest_of("V = 0"));
    ASSERT_EQ(-1, gdb_guest_of("CSRV = 1\n"));
    ASSERT_EQ(-1, gdb_guest_of("V ="));
    ASSERT_EQ(-1, gdb_guest_of(""));
    PASS();
}

// --- target descriptions ------------------------------------------------------------------------

static const char *file[3]; // target.xml, b.xml, c.xml
static unsigned reads;

static char *read_file(void *ctx, const char *annex, size_t *size)
{
    (void)ctx;
    const char *from = file[strcmp(annex, "b.xml") == 0 ? 1 : strcmp(annex, "c.xml") == 0 ? 2 : 0];
    char *copy = from ? malloc(strlen(from) + 1) : NULL;
    reads++;
    if (copy)
        strcpy(copy, from);
    *size = from ? strlen(from) : 0;
    return copy;
}

static struct target target;

static const char *read_target(const char *a, const char *b, const char *c)
{
    struct target_files files = {NULL, read_file};
    target_free(&target);
    file[0] = a;
    file[1] = b;
    file[2] = c;
    reads = 0;
    return target_read(&target, &files);
}

TEST descriptions(void)
{
    ASSERT_FALSE(read_target("<?xml version='1.0'?><!DOCTYPE target SYSTEM 'gdb-target.dtd'><target>"
                             "<architecture>riscv:rv64</architecture><reg name='a' bitsize='64'/>"
                             "<xi:include href='b.xml'/><reg name='z' bitsize='32'/></target>",
                             "<feature name='f'><reg name='satp' bitsize='64' regnum='7'/>"
                             "<xi:include href='c.xml'/></feature>",
                             "<feature name='g'><reg name='v' bitsize='65536'/></feature>"));
    ASSERT_STR_EQ("riscv:rv64", target.architecture);
    ASSERT_EQ(4, target.regs);
    ASSERT_EQ(0, target_find(&target, "A")->number);
    ASSERT_EQ(7, target_find(&target, "satp")->number);
    ASSERT_EQ(8, target_find(&target, "v")->number); // numbers go on through what is included
    ASSERT_EQ(9, target_find(&target, "z")->number);
    ASSERT_EQ(32, target_find(&target, "z")->bits);
    ASSERT_FALSE(target_find(&target, "b"));
    PASS();
}

TEST descriptions_that_are_refused(void)
{
    ASSERT(strstr(read_target("<target>", NULL, NULL), "XML"));
    ASSERT(strstr(read_target("<reg bitsize='64'/>", NULL, NULL), "no name"));
    ASSERT(strstr(read_target("<reg name='a'/>", NULL, NULL), "no name"));
    ASSERT(strstr(read_target("<reg name='a' bitsize='64' regnum='-1'/>", NULL, NULL), "number"));
    ASSERT(strstr(read_target("<t><xi:include/></t>", NULL, NULL), "without a name"));
    ASSERT_STR_EQ("", read_target("<t><xi:include href='b.xml'/></t>", NULL, NULL)); // it could not be fetched
    ASSERT(strstr(read_target("<t><xi:include href='b.xml'/></t>", "<t><xi:include href='b.xml'/></t>", NULL), "itself"));
    ASSERT(reads <= 5);
    ASSERT(strstr(read_target("<!DOCTYPE t [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'>]><t>&c;</t>", NULL,
                              NULL), "XML"));
    target_free(&target);
    PASS();
}

// --- sets, registers, dumps -----------------------------------------------------------------------

TEST sets(void)
{
    struct set s = {.slot = NULL};
    uint64_t sum = 0, number;
    size_t at = 0;
    ASSERT_FALSE(set_has(&s, 5));
    for (uint64_t i = 0; i < 1000; i++)
        ASSERT_EQ(1, set_add(&s, i << 12));
    for (uint64_t i = 0; i < 1000; i++)
        ASSERT_EQ(0, set_add(&s, i << 12));
    ASSERT(set_has(&s, 999 << 12));
    ASSERT_FALSE(set_has(&s, 1));
    while (set_next(&s, &at, &number))
        sum += number >> 12;
    ASSERT_EQ(499500, sum);
    ASSERT_EQ(1000, s.used);
    set_free(&s);
    PASS();
}

TEST the_trap_of_v(void)
{
    struct snap_regs g = {.arch = MACHINE_RISCV64};
    uint64_t v;
    g.has[REG_SATP] = g.has[REG_VSATP] = g.has[REG_HGATP] = g.has[REG_MSTATUS] = g.has[REG_VIRT] = true;
    g.value[REG_SATP] = UINT64_C(0x8000000000000001);
    g.value[REG_VSATP] = UINT64_C(0x8000000000000002);
    g.value[REG_MSTATUS] = 1 << 18;
    g.value[REG_VIRT] = 1;
    struct snap_regs other = g; // not QEMU: every name means what it says
    ASSERT_FALSE(regs_finish(&g, true));
    ASSERT(g.hidden);
    ASSERT_STR_EQ("satp sum", g.missing);
    ASSERT(!regs_find(&g, "satp", &v) && regs_find(&g, "VSATP", &v));
    ASSERT_EQ(UINT64_C(0x8000000000000001), v);
    ASSERT(regs_find(&g, "vsum", &v) && v == 1 && !regs_find(&g, "sum", &v));
    ASSERT_FALSE(regs_finish(&other, false));
    ASSERT_FALSE(other.hidden);
    ASSERT(regs_find(&other, "satp", &v) && regs_find(&other, "sum", &v) && v == 1);
    PASS();
}

TEST guests_of_aarch64(void)
{
    struct snap_regs g = {.arch = MACHINE_AARCH64};
    ASSERT_EQ(-1, regs_guest(&g));
    ASSERT_FALSE(regs_set(&g, "hcr_el2", 1) || regs_set(&g, "cpsr", 0x3c5) || regs_set(&g, "ttbr0_el1", 0));
    ASSERT_EQ(1, regs_guest(&g));
    ASSERT_FALSE(regs_set(&g, "cpsr", 0x3c9)); // EL2
    ASSERT_EQ(0, regs_guest(&g));
    ASSERT_FALSE(regs_set(&g, "hcr_el2", UINT64_C(1) << 34 | 1 << 27));
    ASSERT(strstr(regs_finish(&g, false), "VHE"));
    ASSERT_FALSE(regs_set(&g, "hcr_el2", UINT64_C(1) << 34 | UINT64_C(1) << 46 | 1)); // the guest of such a host
    ASSERT_FALSE(regs_finish(&g, false));
    PASS();
}

static char path[64];

static bool dump_of(const char *data, size_t n)
{
    snprintf(path, sizeof path, "/tmp/l2tlb_snapshot_%ld", (long)getpid());
    FILE *f = fopen(path, "wb");
    return f && fwrite(data, 1, n, f) == n && fclose(f) == 0;
}

TEST dumps_that_change(void)
{
    static char zeros[3 * MACHINE_PAGE];
    unsigned char page[MACHINE_PAGE];
    char name[96];
    struct machine m;
    ASSERT(dump_of(zeros, sizeof zeros));
    snprintf(name, sizeof name, "%s@80000800", path);
    ASSERT(dump_open(&m, name));
    ASSERT_EQ(MACHINE_YES, m.page(m.self, 0x80001000, page));
    ASSERT_EQ(MACHINE_YES, m.page(m.self, 0x80000000, page)); // half of it
    ASSERT_EQ(MACHINE_NO, m.page(m.self, 0x80004000, page));
    ASSERT_FALSE(m.changed(m.self));
    ASSERT(dump_of(zeros, MACHINE_PAGE)); // cut meanwhile
    ASSERT_EQ(MACHINE_BROKEN, m.page(m.self, 0x80002000, page));
    ASSERT(strstr(m.msg, "was cut while it was read"));
    ASSERT(strstr(m.changed(m.self), "changed"));
    unlink(path);
    ASSERT(m.changed(m.self));
    machine_close(&m);
    PASS();
}

SUITE(snapshot_suite)
{
    RUN_TEST(packets);
    RUN_TEST(packets_of_any_bytes_come_back);
    RUN_TEST(packets_have_a_limit);
    RUN_TEST(answers_are_told_apart);
    RUN_TEST(v_of_info_registers);
    RUN_TEST(descriptions);
    RUN_TEST(descriptions_that_are_refused);
    RUN_TEST(sets);
    RUN_TEST(the_trap_of_v);
    RUN_TEST(guests_of_aarch64);
    RUN_TEST(dumps_that_change);
}
