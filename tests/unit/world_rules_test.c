// SPDX-License-Identifier: MulanPSL-2.0
// Single rules of worlds: widths of identifiers, pulses, and whose pages are made. What was made is
// seen by the functional walk (arch/walk_riscv.h).
#include "arch/bits.h"
#include "arch/pte.h"
#include "arch/walk_riscv.h"
#include "tests/harness.h"
#include "world/world.h"

#include <unistd.h>

static char msg[TRACE_MSG];

static uint64_t read_word(void *ctx, uint64_t addr, unsigned size)
{
    (void)size;
    return phys_read(ctx, addr);
}

static uint64_t raw(const struct atp *a)
{
    return (uint64_t)a->mode << 60 | (uint64_t)a->id << 44 | a->ppn;
}

// Walks va in the current address space of w.
static struct walk_result walk(struct world *w, uint64_t va, bool virt, bool user)
{
    static struct walk_result r;
    struct tlb_csr csr;
    world_csr(w, &csr);
    const struct rv_regs g = {.satp = raw(&csr.satp), .vsatp = raw(&csr.vsatp), .hgatp = raw(&csr.hgatp), .xlen = 64};
    const struct rv_request q = {.va = va, .access = RV_READ, .priv = user ? RV_U : RV_S, .virt = virt};
    const struct walk_mem mem = {.ctx = world_phys(w), .read = read_word};
    rv_walk(&g, &q, &mem, &r);
    return r;
}

static struct world *make(const char *key, const char *value)
{
    struct world_cfg c;
    world_cfg_default(&c);
    if (key && world_cfg_set(&c, key, value, msg, sizeof msg))
        return NULL;
    return world_new(&c, msg, sizeof msg);
}

static struct tlb_csr write_csr(struct world *w, unsigned number, uint64_t value)
{
    struct trace_record r = {.kind = TRACE_CSR, .csr = (uint16_t)number, .value = value};
    struct tlb_csr csr = {.mxr = false};
    world_apply(w, &r, &csr);
    return csr;
}

static struct tlb_csr switch_to(struct world *w, unsigned asid, unsigned vmid)
{
    struct trace_record r = {.kind = TRACE_SWITCH, .id = (uint16_t)asid, .vmid = (uint16_t)vmid};
    struct tlb_csr csr = {.mxr = false};
    world_apply(w, &r, &csr);
    return csr;
}

static enum world_result touch(struct world *w, uint64_t addr, unsigned priv, bool virt)
{
    struct trace_record r = {.kind = TRACE_ACCESS, .op = GVT_LOAD, .size = 1, .addr = addr,
                             .priv = (uint8_t)priv, .virt = virt};
    return world_touch(w, &r);
}

// ASIDs have 16 bits, VMIDs 14; `changed` says that the identifier is another one, not the root.
TEST widths_of_identifiers(void)
{
    struct world *w = make(NULL, NULL);
    ASSERT(w);
    struct tlb_csr csr = switch_to(w, 0xffff, 0x4005);
    ASSERT_EQ(0xffff, csr.satp.id);
    ASSERT_EQ(0xffff, csr.vsatp.id);
    ASSERT_EQ(5, csr.hgatp.id);
    ASSERT(csr.satp.changed && csr.vsatp.changed && csr.hgatp.changed);
    csr = switch_to(w, 0xffff, 6); // another guest: its vsatp has another root and the same ASID
    ASSERT_FALSE(csr.satp.changed || csr.vsatp.changed);
    ASSERT(csr.hgatp.changed);
    csr = write_csr(w, GVT_HGATP, UINT64_C(0x8) << 60 | UINT64_C(0x3fff) << 44);
    ASSERT_EQ(0x3fff, csr.hgatp.id);
    csr = write_csr(w, GVT_HGATP, UINT64_C(0x8) << 60 | UINT64_C(0xc007) << 44);
    ASSERT_EQ(7, csr.hgatp.id);
    csr = write_csr(w, GVT_VSATP, UINT64_C(0x8) << 60 | UINT64_C(0x9003) << 44);
    ASSERT_EQ(0x9003, csr.vsatp.id);
    ASSERT(csr.vsatp.changed);
    ASSERT_EQ(0xffff, csr.satp.id);
    csr = write_csr(w, GVT_SATP, 0);
    ASSERT_EQ(MODE_BARE, csr.satp.mode);
    ASSERT_EQ(MODE_SV39, csr.vsatp.mode);
    ASSERT_EQ(MODE_SV39, csr.hgatp.mode);
    csr = write_csr(w, GVT_VSATP, 0);
    ASSERT_EQ(MODE_BARE, csr.vsatp.mode);
    csr = write_csr(w, GVT_HGATP, 0);
    ASSERT_EQ(MODE_BARE, csr.hgatp.mode);
    world_free(w);
    PASS();
}

TEST registers_of_an_image(void)
{
    char path[] = "/tmp/l2tlb-rules-XXXXXX";
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    ASSERT(f);
    fputs("csr satp 9ffff00000012345\ncsr vsatp 8abcd00000054321\ncsr hgatp 8c00500000000400\n"
          "csr mxr 1\ncsr hpbmte 1\n80000000 1\n", f);
    fclose(f);
    struct world *w = world_load(path, NULL, msg, sizeof msg);
    unlink(path);
    ASSERTm(msg, w);
    struct tlb_csr csr;
    world_csr(w, &csr);
    ASSERT_EQ(9, csr.satp.mode);
    ASSERT_EQ(0xffff, csr.satp.id);
    ASSERT_EQ(0x12345, csr.satp.ppn);
    ASSERT_EQ(0xabcd, csr.vsatp.id);
    ASSERT_EQ(5, csr.hgatp.id); // bits 59:58 are no VMID
    ASSERT_EQ(0x400, csr.hgatp.ppn);
    ASSERT(csr.mxr && csr.h_pbmte && !csr.m_pbmte);
    csr = switch_to(w, 0x77, 0x66);
    ASSERT_EQ(0x77, csr.satp.id);
    ASSERT_EQ(0x77, csr.vsatp.id);
    ASSERT_EQ(0x66, csr.hgatp.id);
    ASSERT_EQ(0x12345, csr.satp.ppn);
    ASSERT_EQ(WORLD_SAME, touch(w, 0x1000, GVT_U, false));
    world_free(w);
    PASS();
}

// BCLEAR is a pulse; the other bits of MBMC stay.
TEST bclear_is_a_pulse(void)
{
    struct world *w = make(NULL, NULL);
    ASSERT(w);
    struct tlb_csr csr = write_csr(w, GVT_MBMC, 0x80001006);
    ASSERT(csr.mbmc.bclear && csr.mbmc.bme && !csr.mbmc.cmode);
    ASSERT_EQ(0x80001000 >> 6, csr.mbmc.bma);
    world_csr(w, &csr);
    ASSERT(!csr.mbmc.bclear && csr.mbmc.bme);
    csr = write_csr(w, GVT_MXR, 1);
    ASSERT(!csr.mbmc.bclear && csr.mbmc.bme && csr.mxr);
    world_free(w);
    PASS();
}

// Whose page is made: a user's for an access of U mode, and for one of the kernel with SUM to the
// lower half; of a guest its own SUM decides. Leaves of the G stage belong to users.
TEST owners_of_pages(void)
{
    static const struct {
        unsigned sum, vsum, priv;
        bool virt, kernel, user;
    } rows[] = {
        {0, 0, GVT_U, false, false, true},  {0, 0, GVT_S, false, false, false},
        {1, 0, GVT_S, false, false, true},  {0, 1, GVT_S, false, false, false},
        {1, 1, GVT_S, false, true, false},  {0, 0, GVT_U, true, false, true},
        {0, 0, GVT_S, true, false, false},  {1, 0, GVT_S, true, false, false},
        {0, 1, GVT_S, true, false, true},   {1, 1, GVT_S, true, true, false},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world *w = make(NULL, NULL);
        uint64_t va = rows[i].kernel ? UINT64_C(0xffffffc000005000) : 0x5000;
        ASSERT(w);
        write_csr(w, GVT_SUM, rows[i].sum);
        write_csr(w, GVT_VSUM, rows[i].vsum);
        ASSERT_EQ(WORLD_NEW, touch(w, va, rows[i].priv, rows[i].virt));
        ASSERT_EQ(WORLD_SAME, touch(w, va, rows[i].priv, rows[i].virt));
        struct walk_result r = walk(w, va, rows[i].virt, rows[i].user);
        ASSERT_EQ(FAULT_NONE, r.fault);
        ASSERT_EQ(rows[i].user, (r.s1.pte & PTE_U) != 0);
        ASSERT_EQ(rows[i].kernel, (r.s1.pte & PTE_G) != 0);
        if (rows[i].virt)
            ASSERT(r.s2.pte & PTE_U);
        world_free(w);
    }
    PASS();
}

// What cannot be mapped, by one bit; both pages of an access that crosses.
TEST limits_of_addresses(void)
{
    static const struct {
        const char *mode;
        unsigned top;
    } rows[] = {{"sv39", 38}, {"sv48", 47}};
    for (unsigned i = 0; i < 2; i++)
        for (unsigned virt = 0; virt < 2; virt++) {
            struct world *w = make("mode", rows[i].mode);
            uint64_t top = UINT64_C(1) << rows[i].top;
            ASSERTm(msg, w);
            ASSERT_EQ(WORLD_NEW, touch(w, top - 4096, GVT_U, virt));
            ASSERT_EQ(WORLD_FAULT, touch(w, top, GVT_U, virt));
            ASSERT_EQ(WORLD_NEW, touch(w, 0 - top, GVT_S, virt));
            ASSERT_EQ(WORLD_FAULT, touch(w, 0 - top - 1, GVT_S, virt));
            ASSERT_EQ(FAULT_NONE, walk(w, top - 4096, virt, true).fault);
            ASSERT_EQ(FAULT_NONE, walk(w, 0 - top, virt, false).fault);
            // A port request has 38 bits of a page; those of the G stage are not sign-extended.
            struct trace_record q = {.kind = TRACE_PORT, .s2xlate = virt ? ALL_STAGE : NO_S2XLATE,
                                     .addr = (0 - top + 4096) >> 12 & mask64(38)};
            ASSERT_EQ(WORLD_NEW, world_touch(w, &q));
            ASSERT_EQ(FAULT_NONE, walk(w, 0 - top + 4096, virt, true).fault);
            q = (struct trace_record){.kind = TRACE_PORT, .s2xlate = ONLY_STAGE2, .addr = UINT64_C(1) << 37};
            ASSERT_EQ(i ? WORLD_NEW : WORLD_FAULT, world_touch(w, &q));
            q.addr = (UINT64_C(1) << 29) - 1;
            ASSERT_EQ(WORLD_NEW, world_touch(w, &q));
            world_free(w);
        }
    PASS();
}

// --world stages=one|two turns accesses and port requests, but no machine mode and no HLV.
TEST stages_of_records(void)
{
    static const char *const stages[] = {"trace", "one", "two"};
    for (unsigned i = 0; i < 3; i++) {
        struct world *w = make("stages", stages[i]);
        ASSERT(w);
        for (unsigned virt = 0; virt < 2; virt++) {
            struct trace_record r = {.kind = TRACE_ACCESS, .virt = virt, .priv = GVT_U};
            struct trace_record m = {.kind = TRACE_ACCESS, .priv = GVT_M};
            struct trace_record h = {.kind = TRACE_ACCESS, .priv = GVT_S, .hyp = true};
            struct trace_record q = {.kind = TRACE_PORT, .s2xlate = virt ? ALL_STAGE : NO_S2XLATE};
            world_adjust(w, &r);
            world_adjust(w, &m);
            world_adjust(w, &h);
            world_adjust(w, &q);
            ASSERT_EQ(i ? i == 2 : virt, r.virt);
            ASSERT_EQ((i ? i == 2 : virt) ? ALL_STAGE : NO_S2XLATE, q.s2xlate);
            ASSERT_FALSE(m.virt || h.virt);
            ASSERT(h.hyp);
        }
        world_free(w);
    }
    PASS();
}

// Pages and tables are counted as they are made: the root of the G stage has four pages.
TEST counts_of_a_world(void)
{
    struct world_stats s;
    struct world *w = make("g.contiguity", "1");
    ASSERT(w);
    world_stats(w, &s);
    ASSERT_EQ(4, s.tables[1] - s.tables[1] % 4); // one root; tables below it hold the guest's root
    uint64_t tables1 = s.tables[1], tables0 = s.tables[0];
    ASSERT_EQ(1, s.guests);
    switch_to(w, 0, 9);
    world_stats(w, &s);
    ASSERT_EQ(2, s.guests);
    ASSERT_EQ(2 * tables1, s.tables[1]);
    ASSERT_EQ(tables0 + 1, s.tables[0]);
    touch(w, 0x5000, GVT_U, false);
    struct world_stats t;
    world_stats(w, &t);
    ASSERT_EQ(s.tables[0] + 2, t.tables[0]);
    ASSERT_EQ(1, t.pages[0][0] - s.pages[0][0]);
    ASSERT_EQ(s.pages[1][0], t.pages[1][0]);
    world_free(w);
    PASS();
}

// --- protected memory ---------------------------------------------------------------------------

// Where the marks of a pattern lie, and that the table says the same, bit by bit.
TEST marks_of_patterns(void)
{
    static const unsigned group[SECURE_PATTERNS] = {[SECURE_ONE8] = 8, [SECURE_ONE64] = 64, [SECURE_ONE512] = 512};
    for (unsigned pattern = SECURE_REGION; pattern < SECURE_PATTERNS; pattern++) {
        struct secure_cfg c = {.pattern = pattern, .share = 0.3, .base = 0x40000000};
        struct phys *mem = phys_new();
        unsigned marks = 0, changes = 0, regions = 0;
        ASSERT(mem);
        for (uint64_t chunk = 0; chunk < 64; chunk++) {
            ASSERT(secure_mark(&c, 7, mem, 0x80000 + 512 * chunk));
            for (uint64_t i = 0; i < 512; i++) {
                uint64_t ppn = 0x80000 + 512 * chunk + i;
                bool mark = secure_page(&c, 7, ppn);
                ASSERT_EQ(mark, bit(phys_read(mem, c.base + ppn / 64 * 8), (unsigned)ppn & 63));
                marks += mark;
                changes += i && mark != secure_page(&c, 7, ppn - 1);
                regions += !i && mark;
                if (group[pattern] && ppn % group[pattern] == 0) {
                    unsigned n = 0;
                    for (unsigned k = 0; k < group[pattern]; k++)
                        n += secure_page(&c, 7, ppn + k);
                    ASSERT_EQ(1, n);
                }
            }
        }
        if (pattern == SECURE_REGION) {
            ASSERT_EQ(0, changes); // whole 2-MiB regions
            ASSERT_EQ(512 * regions, marks);
            ASSERT_IN_RANGE(19, regions, 12);
        } else if (pattern == SECURE_ALTERNATE) {
            ASSERT_EQ(64 * 256, marks);
        } else if (pattern == SECURE_RANDOM) {
            ASSERT_IN_RANGE(9830, marks, 300);
        }
        phys_free(mem);
    }
    PASS();
}

SUITE(world_rules_suite)
{
    RUN_TEST(widths_of_identifiers);
    RUN_TEST(registers_of_an_image);
    RUN_TEST(bclear_is_a_pulse);
    RUN_TEST(owners_of_pages);
    RUN_TEST(limits_of_addresses);
    RUN_TEST(stages_of_records);
    RUN_TEST(counts_of_a_world);
    RUN_TEST(marks_of_patterns);
}
