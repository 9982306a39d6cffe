// SPDX-License-Identifier: MulanPSL-2.0
#include "mem/regions.h"
#include "tests/harness.h"

static uint64_t frame(void *ctx, uint64_t size)
{
    uint64_t *next = ctx, a = (*next + size - 1) & ~(size - 1);
    *next = a + size;
    return a;
}

enum { RW = PT_R | PT_W | PT_A | PT_D };

// A hypervisor's stage 1 and a guest's stage 2.
static const struct region own[] = {
    {"hypervisor text", REGION_OWN, 0x80000000, 0x80000000, 0x200000, PT_R | PT_X | PT_A},
    {"hypervisor data", REGION_OWN, 0x80200000, 0x80200000, 0x403000, RW},
    {"guest 0", REGION_GUEST, 0x100000000, 0x90000000, 0x8000000, RW},
    {"PCI ECAM", REGION_PCI, 0x30000000, 0x30000000, 0x1000000, RW | PT_IO},
    {"UART", REGION_DEVICE, 0x10000000, 0x10000000, 0x1000, RW | PT_IO},
};
static const struct region guest[] = {
    {"guest memory", REGION_GUEST, 0x80000000, 0x90000000, 0x8000000, RW | PT_X},
    {"PCI ECAM", REGION_PCI, 0x30000000, 0x30000000, 0x100000, RW | PT_IO},
};
enum { OWN = sizeof own / sizeof *own, GUEST = sizeof guest / sizeof *guest };
enum { NEED_ALL = 1 << REGION_OWN | 1 << REGION_GUEST | 1 << REGION_PCI };

struct space {
    struct phys *mem;
    struct pt *t;
    uint64_t next;
    char msg[200];
};

static bool space_open(struct space *s, const struct pt_config *c)
{
    *s = (struct space){.mem = phys_new(), .next = 0xa0000000};
    struct pt_frames f = {frame, NULL, NULL, &s->next};
    s->t = pt_new(c, s->mem, &f, s->msg, sizeof s->msg);
    return s->t != NULL;
}

static void space_close(struct space *s)
{
    pt_free(s->t);
    phys_free(s->mem);
}

static const struct pt_config formats[] = {
    {.format = PT_SV39}, {.format = PT_SV48X4},
    {.format = PT_A64_S1, .granule = 12, .input_bits = 48, .attr_index = {0, 1, 2}},
    {.format = PT_A64_S2, .granule = 12, .input_bits = 40, .concatenate = true},
};

TEST complete_in_every_format(void)
{
    for (unsigned i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct space s;
        size_t which;
        ASSERT(space_open(&s, &formats[i]));
        ASSERT(regions_check(own, OWN, NEED_ALL, 4096, s.msg, sizeof s.msg));
        ASSERT_FALSE(regions_complete(s.t, own, OWN, s.msg, sizeof s.msg));
        ASSERT_STR_EQ("hypervisor text: 80000000 is not mapped", s.msg);
        ASSERT_EQ(PT_OK, regions_map(s.t, own, OWN, 30, &which));
        ASSERTm(s.msg, regions_complete(s.t, own, OWN, s.msg, sizeof s.msg));
        space_close(&s);
    }
    PASS();
}

TEST each_missing_piece_is_named(void)
{
    struct space s;
    struct pt_mapping m;
    size_t which;
    ASSERT(space_open(&s, &formats[0]));
    ASSERT_EQ(PT_OK, regions_map(s.t, own, OWN, 21, &which));
    ASSERT_EQ(PT_OK, pt_unmap(s.t, 0x30200000));
    ASSERT_FALSE(regions_complete(s.t, own, OWN, s.msg, sizeof s.msg));
    ASSERT_STR_EQ("PCI ECAM: 30200000 is not mapped", s.msg);
    ASSERT_EQ(PT_OK, pt_map(s.t, 0x30200000, 0x30200000, 21, RW));
    ASSERT_FALSE(regions_complete(s.t, own, OWN, s.msg, sizeof s.msg));
    ASSERT_STR_EQ("PCI ECAM: 30200000 has the wrong memory type", s.msg);
    ASSERT_EQ(PT_OK, pt_unmap(s.t, 0x30200000));
    ASSERT_EQ(PT_OK, pt_map(s.t, 0x30200000, 0x30400000, 21, RW | PT_IO));
    ASSERT_FALSE(regions_complete(s.t, own, OWN, s.msg, sizeof s.msg));
    ASSERT_STR_EQ("PCI ECAM: 30200000 is mapped to 30400000 instead of 30200000", s.msg);
    ASSERT_EQ(PT_OK, pt_unmap(s.t, 0x30200000));
    ASSERT_EQ(PT_OK, pt_map(s.t, 0x30200000, 0x30200000, 21, PT_R | PT_A | PT_IO));
    ASSERT_FALSE(regions_complete(s.t, own, OWN, s.msg, sizeof s.msg));
    ASSERT_STR_EQ("PCI ECAM: 30200000 is not writable", s.msg);
    // A single page inside of the last region but one.
    ASSERT_EQ(PT_OK, pt_unmap(s.t, 0x30200000));
    ASSERT_EQ(PT_OK, pt_map(s.t, 0x30200000, 0x30200000, 21, RW | PT_IO));
    ASSERT(regions_complete(s.t, own, OWN, s.msg, sizeof s.msg));
    ASSERT_EQ(PT_OK, pt_translate(s.t, 0x80602000, &m));
    ASSERT_EQ(PT_OK, pt_unmap(s.t, 0x80602000));
    ASSERT_FALSE(regions_complete(s.t, own, OWN, s.msg, sizeof s.msg));
    ASSERT_STR_EQ("hypervisor data: 80602000 is not mapped", s.msg);
    space_close(&s);
    PASS();
}

TEST bad_lists_are_refused(void)
{
    char msg[200];
    struct region r[2] = {own[3], own[4]};
    ASSERT_FALSE(regions_check(guest, GUEST, NEED_ALL, 4096, msg, sizeof msg));
    ASSERT_STR_EQ("no region for the hypervisor's own memory", msg);
    ASSERT_FALSE(regions_check(own, 3, NEED_ALL, 4096, msg, sizeof msg));
    ASSERT_STR_EQ("no region for PCI configuration space", msg);
    // Side by side, each of the two first.
    r[1].va = r[0].va + r[0].size;
    ASSERT(regions_check(r, 2, 0, 4096, msg, sizeof msg));
    r[1].va = r[0].va - r[1].size;
    ASSERT(regions_check(r, 2, 0, 4096, msg, sizeof msg));
    r[1].va = r[0].va + r[0].size - 0x1000;
    ASSERT_FALSE(regions_check(r, 2, 0, 4096, msg, sizeof msg));
    ASSERT_STR_EQ("UART overlaps PCI ECAM", msg);
    r[0].flags = RW;
    ASSERT_FALSE(regions_check(r, 1, 0, 4096, msg, sizeof msg));
    ASSERT_STR_EQ("PCI ECAM: must be device memory", msg);
    r[0].flags = RW | PT_IO | PT_X;
    ASSERT_FALSE(regions_check(r, 1, 0, 4096, msg, sizeof msg));
    r[0] = own[0];
    r[0].size = 0;
    ASSERT_FALSE(regions_check(r, 1, 0, 4096, msg, sizeof msg));
    r[0].size = 0x1800;
    ASSERT_FALSE(regions_check(r, 1, 0, 4096, msg, sizeof msg));
    r[0].size = 0x1000;
    ASSERT_FALSE(regions_check(r, 1, 0, 65536, msg, sizeof msg));
    r[0].va = UINT64_MAX - 0xfff;
    r[0].size = 0x2000;
    ASSERT_FALSE(regions_check(r, 1, 0, 4096, msg, sizeof msg));
    PASS();
}

TEST a_guest_must_not_reach_the_hypervisor(void)
{
    struct space s;
    size_t which;
    ASSERT(space_open(&s, &formats[3]));
    ASSERT_EQ(PT_OK, regions_map(s.t, guest, GUEST, 30, &which));
    ASSERT(regions_complete(s.t, guest, GUEST, s.msg, sizeof s.msg));
    ASSERT(regions_isolated(s.t, own, 2, s.msg, sizeof s.msg));
    ASSERT_EQ(PT_OK, pt_map(s.t, 0x1000, 0x80602000, 12, RW));
    ASSERT_FALSE(regions_isolated(s.t, own, 2, s.msg, sizeof s.msg));
    ASSERT_STR_EQ("1000 reaches hypervisor data (page at 80602000)", s.msg);
    space_close(&s);
    PASS();
}

SUITE(regions_suite)
{
    RUN_TEST(complete_in_every_format);
    RUN_TEST(each_missing_piece_is_named);
    RUN_TEST(bad_lists_are_refused);
    RUN_TEST(a_guest_must_not_reach_the_hypervisor);
}
