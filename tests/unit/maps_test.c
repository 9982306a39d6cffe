// SPDX-License-Identifier: MulanPSL-2.0
// Every range of world/maps.h against the functional walk, which finds its way through the same tables from
// an address: random tables of every format and of both stages, whole and damaged, page by page at the ends of
// the ranges and between them, for every access and privilege.
#include "world/maps.h"

#include "arch/bits.h"
#include "mem/ptbuild.h"
#include "tests/harness.h"

#include <string.h>

struct bench {
    struct phys *mem;
    struct rv_regs rv;
    struct a64_regs a64;
    struct maps maps;
    uint64_t random, host, guest; // next free frames
    bool arm, two;
};

#define GUEST_OFFSET UINT64_C(0x40000000) // host address of a guest's table

static uint64_t draw(struct bench *b, uint64_t n)
{
    b->random = mix64(b->random + MIX64_K);
    return b->random % n;
}

static uint64_t bump(uint64_t *next, uint64_t size)
{
    uint64_t a = (*next + size - 1) & ~(size - 1);
    *next = a + size;
    return a;
}

static uint64_t host_frame(void *ctx, uint64_t size) { return bump(&((struct bench *)ctx)->host, size); }
static uint64_t guest_frame(void *ctx, uint64_t size) { return bump(&((struct bench *)ctx)->guest, size); }
static uint64_t guest_host(void *ctx, uint64_t addr)
{
    return ((struct bench *)ctx)->two ? addr + GUEST_OFFSET : addr;
}

static uint64_t read_word(void *ctx, uint64_t addr, unsigned size)
{
    uint64_t w = addr >> 56 ? 0 : phys_read(((struct bench *)ctx)->mem, addr);
    return size == 8 ? w : bits(w >> (addr & 4 ? 32 : 0), 31, 0);
}

// --- random tables ------------------------------------------------------------------------------

static const struct stages {
    struct pt_config c1, c2; // PT_FORMATS: off
} stages[] = {
#define OFF {.format = PT_FORMATS}
#define ARM1(g, n, l) {.format = PT_A64_S1, .granule = g, .input_bits = n, .lpa2 = l, .attr_index = {0, 1, 2}}
#define ARM2(g, n, l, c) {.format = PT_A64_S2, .granule = g, .input_bits = n, .lpa2 = l, .concatenate = c}
    {{.format = PT_SV32}, OFF},
    {{.format = PT_SV39}, OFF},
    {{.format = PT_SV48}, OFF},
    {{.format = PT_SV57}, OFF},
    {OFF, {.format = PT_SV39X4}},
    {{.format = PT_SV32}, {.format = PT_SV32X4}},
    {{.format = PT_SV39}, {.format = PT_SV39X4}},
    {{.format = PT_SV48}, {.format = PT_SV48X4}},
    {{.format = PT_SV57}, {.format = PT_SV57X4}},
    {{.format = PT_SV39}, {.format = PT_SV48X4}},
    {ARM1(12, 48, false), OFF},
    {ARM1(12, 39, false), OFF},
    {ARM1(14, 47, false), OFF},
    {ARM1(16, 42, false), OFF},
    {ARM1(12, 52, true), OFF},
    {ARM1(12, 48, false), ARM2(12, 40, false, true)},
    {ARM1(14, 36, false), ARM2(14, 40, false, true)},
    {ARM1(16, 48, false), ARM2(16, 46, false, false)},
    {ARM1(16, 42, false), ARM2(12, 44, false, false)},
    {ARM1(12, 30, false), ARM2(12, 52, true, false)},
    {OFF, ARM2(12, 40, false, true)},
};
enum { STAGES = sizeof stages / sizeof *stages };

static unsigned flags_of(struct bench *b, const struct pt *t)
{
    unsigned f = PT_A | PT_D | PT_R;
    f |= draw(b, 2) ? PT_W : 0;
    f |= draw(b, 3) ? 0 : PT_X;
    f |= draw(b, 3) ? 0 : PT_U;
    f |= draw(b, 6) ? 0 : PT_G;
    if (!draw(b, 8))
        f &= ~(unsigned)PT_A;
    if (!draw(b, 8))
        f &= ~(unsigned)PT_D;
    if (!draw(b, 8) && pt_page_bits(t) == 12 && pt_input_bits(t) > 34)
        f |= draw(b, 2) ? PT_NC : PT_IO;
    return f;
}

// Pages of every size around a few places, next to each other and not.
static void fill(struct bench *b, struct pt *t, unsigned n, uint64_t to)
{
    unsigned page = pt_page_bits(t), width = pt_input_bits(t);
    for (unsigned i = 0; i < n; i++) {
        unsigned shift = page + (unsigned)draw(b, 3 * (page - 3) + 1);
        shift = draw(b, 2) ? page : shift;
        while (!pt_has_size(t, shift))
            shift--;
        uint64_t va = (draw(b, 4) << (width - 3)) + (draw(b, 2) << (page + page - 3)) + (draw(b, 40) << page);
        uint64_t pa = to + draw(b, 4) * (UINT64_C(1) << 21) + ((va + draw(b, 2) * UINT64_C(0x5000)) & mask64(21));
        if (!pt_is_stage2(t) && width > 32 && width < 64 && !b->arm && bit(va, width - 1))
            va |= ~mask64(width);
        unsigned flags = flags_of(b, t);
        for (unsigned k = 0; k < 1 + draw(b, 20); k++)
            pt_map(t, (va & ~mask64(shift)) + ((uint64_t)k << shift),
                   (pa & ~mask64(shift)) + ((uint64_t)k << shift), shift, flags);
    }
}

// Words of the tables in [from, to) get other bits, point to each other, become copies.
static void damage(struct bench *b, uint64_t from, uint64_t to, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        uint64_t at = from + (draw(b, (to - from) / 8) << 3);
        for (unsigned k = 0; k < 4096 && !phys_read(b->mem, at); k++) // one that is in use
            at = from + (draw(b, (to - from) / 8) << 3);
        uint64_t word = phys_read(b->mem, at);
        if (draw(b, 4))
            phys_write(b->mem, at, word ^ UINT64_C(1) << draw(b, 64));
        else
            phys_write(b->mem, from + (draw(b, (to - from) / 8) << 3), word);
    }
}

static uint64_t tg(unsigned granule) { return granule == 12 ? 0 : granule == 16 ? 1 : 2; }

static void registers(struct bench *b, const struct stages *s, const struct pt *t1, const struct pt *t2)
{
    if (!b->arm) {
        unsigned xlen = s->c1.format == PT_SV32 ? 32 : 64, shift = xlen == 32 ? 31 : 60;
        uint64_t atp1 = t1 ? pt_root_field(t1) : 0, atp2 = t2 ? pt_root_field(t2) : 0;
        atp1 |= t1 ? (uint64_t)(xlen == 32 ? 1 : pt_start_level(t1) + 6) << shift : 0;
        atp2 |= t2 ? (uint64_t)(xlen == 32 ? 1 : pt_start_level(t2) + 6) << shift : 0;
        b->rv = (struct rv_regs){.xlen = (uint8_t)xlen, .m_pbmte = true, .h_pbmte = true, .hgatp = atp2};
        *(t2 ? &b->rv.vsatp : &b->rv.satp) = atp1;
        b->maps.source.rv = &b->rv;
        return;
    }
    struct a64_regs *a = &b->a64;
    *a = (struct a64_regs){.parange = 6, .mair_el1 = 0x0044ff, .sctlr_el1 = t1 != NULL, .hcr_el2 = t2 != NULL};
    if (t1) { // both halves the same tables
        uint64_t tsz = 64 - s->c1.input_bits, g = s->c1.granule;
        a->tcr_el1 = tsz | tg(s->c1.granule) << 14 | tsz << 16 | (g == 12 ? 2u : g == 14 ? 1u : 3u) << 30 |
                     UINT64_C(6) << 32 | (uint64_t)s->c1.lpa2 << 59;
        a->ttbr0_el1 = a->ttbr1_el1 = pt_root_field(t1);
    }
    if (t2) {
        int start = pt_start_level(t2);
        uint64_t sl0 = s->c2.granule == 12 ? start == 3 ? 3u : (unsigned)(2 - start) : 3u - (unsigned)start;
        a->vtcr_el2 = (64 - s->c2.input_bits) | (start < 0 ? 0 : sl0) << 6 | tg(s->c2.granule) << 14 |
                      6 << 16 | (uint64_t)s->c2.lpa2 << 32 | (uint64_t)(start < 0) << 33;
        a->vttbr_el2 = pt_root_field(t2);
    }
    b->maps.source.a64 = a;
}

static bool open_bench(struct bench *b, unsigned which, uint64_t seed, unsigned faults)
{
    char msg[200];
    const struct stages *s = &stages[which];
    bool one = s->c1.format != PT_FORMATS, two = s->c2.format != PT_FORMATS;
    *b = (struct bench){.mem = phys_new(), .random = mix64(seed) + which, .host = 0x80000000,
                        .guest = 0x80400000, .two = two};
    b->arm = (one ? s->c1.format : s->c2.format) >= PT_A64_S1;
    struct pt_frames hf = {host_frame, NULL, guest_host, b}, gf = {guest_frame, NULL, guest_host, b};
    hf.host = NULL;
    struct pt *t1 = one ? pt_new(&s->c1, b->mem, &gf, msg, sizeof msg) : NULL;
    struct pt *t2 = two ? pt_new(&s->c2, b->mem, &hf, msg, sizeof msg) : NULL;
    if ((one && !t1) || (two && !t2))
        return false;
    if (t1)
        fill(b, t1, 24, two ? 0x88000000 : 0x90000000);
    if (t2) { // the guest's tables, what they map, and other places
        unsigned page = pt_page_bits(t2);
        for (uint64_t at = 0x80400000; at < b->guest; at += UINT64_C(1) << page)
            pt_map(t2, at, at + GUEST_OFFSET, page, PT_R | PT_W | PT_A | PT_D);
        for (uint64_t at = 0x88000000; at < 0x88800000; at += UINT64_C(1) << page)
            if (draw(b, 16))
                pt_map(t2, at, at + GUEST_OFFSET + (draw(b, 4) ? 0 : 0x10000000), page, flags_of(b, t2));
        fill(b, t2, 12, 0xd0000000);
    }
    registers(b, s, t1, t2);
    if (faults && t2)
        damage(b, 0x80000000, b->host, faults);
    if (faults && t1)
        damage(b, guest_host(b, 0x80400000), guest_host(b, b->guest), faults);
    pt_free(t1);
    pt_free(t2);
    b->maps.source.mem = (struct walk_mem){b, read_word, NULL};
    b->maps.limit = 1 << 16;
    return true;
}

static void close_bench(struct bench *b)
{
    maps_free(&b->maps);
    phys_free(b->mem);
}

// --- the comparison -----------------------------------------------------------------------------

static void walk(const struct bench *b, unsigned kind, uint64_t va, unsigned i, struct walk_result *r)
{
    struct walk_mem mem = b->maps.source.mem;
    if (b->arm) {
        static const uint8_t access[3] = {A64_READ, A64_WRITE, A64_FETCH};
        struct a64_request q = {.va = va, .access = access[i % 3], .el = i < 3};
        a64_walk(&b->a64, &q, &mem, r);
    } else {
        static const uint8_t access[3] = {RV_READ, RV_WRITE, RV_FETCH};
        struct rv_request q = {va, access[i % 3], i < 3 ? RV_S : RV_U, kind != MAP_HOST};
        rv_walk(&b->rv, &q, &mem, r);
    }
}

// The map whose results are those of the whole translation.
static unsigned final_map(const struct bench *b)
{
    return b->maps.map[MAP_BOTH].on ? MAP_BOTH : b->maps.map[MAP_STAGE2].on ? MAP_STAGE2 : MAP_HOST;
}

// Does the walk of one address say what the map says? i: right (arch/walk.h).
static bool right_agrees(const struct bench *b, uint64_t va, const struct map_range *m, unsigned i)
{
    struct walk_result r;
    walk(b, final_map(b), va, i, &r);
    bool may = m && (m->rights >> i & 1) && m->accessed;
    // AArch64 has no D: without hardware updates a page that is not dirty is not writable. The dirty state
    // of RISC-V is asked by stores in either stage.
    if (may && i % 3 == 1 && !m->dirty && !b->arm)
        may = false;
    if (may != (r.fault == FAULT_NONE))
        return false;
    if (!may)
        return true;
    // Without stage 1 AArch64's accesses are Device whatever stage 2 says.
    bool attr = r.attr == m->attr || (b->arm && r.s1.level == WALK_OFF);
    return r.pa == m->pa + (va - m->va) && r.ipa == m->ipa + (va - m->va) && attr &&
           (r.s1.level == WALK_OFF || r.s1.shift == m->shift) &&
           (r.s2.level == WALK_OFF || r.s2.shift == (m->shift2 ? m->shift2 : m->shift));
}

static unsigned address_disagrees(const struct bench *b, uint64_t va)
{
    const struct map *m = &b->maps.map[final_map(b)];
    size_t i = map_find(m, va);
    const struct map_range *r = i < m->ranges && m->range[i].va <= va ? &m->range[i] : NULL;
    unsigned bad = 0;
    if (!b->arm && b->rv.xlen == 32 && va >> 32 && final_map(b) != MAP_STAGE2)
        return 0;
    for (unsigned k = 0; k < 6; k++)
        bad += !right_agrees(b, va, r, k);
    return bad;
}

// Both ends of every range, places in it and beside it, and random ones.
static unsigned disagreements(struct bench *b)
{
    const struct map *m = &b->maps.map[final_map(b)];
    unsigned bad = 0;
    for (size_t i = 0; i < m->ranges; i += 1 + m->ranges / 300) {
        const struct map_range *r = &m->range[i];
        uint64_t at[] = {r->va, r->last, r->va - 1, r->last + 1, r->va + draw(b, r->last - r->va + 1)};
        for (unsigned k = 0; k < sizeof at / sizeof *at; k++)
            bad += address_disagrees(b, at[k]);
    }
    for (unsigned i = 0; i < 200; i++)
        bad += address_disagrees(b, draw(b, UINT64_MAX) >> draw(b, 50));
    return bad;
}

TEST ranges_are_what_the_walk_finds(void)
{
    char msg[100];
    size_t ranges = 0, bads = 0, whole = 0;
    for (unsigned i = 0; i < STAGES; i++)
        for (unsigned seed = 0; seed < 8; seed++) {
            struct bench b;
            ASSERT(open_bench(&b, i, seed, seed % 4 * 6));
            ASSERT_EQ(NULL, maps_read(&b.maps, msg, sizeof msg));
            const struct map *m = b.maps.map;
            ranges += m[final_map(&b)].ranges;
            bads += m[0].bads + m[1].bads + m[2].bads;
            if (!(m[0].count.repeated + m[1].count.repeated + m[2].count.repeated)) {
                ASSERT_EQ(0, disagreements(&b));
                whole++;
            }
            close_bench(&b);
        }
    ASSERT(ranges > 5000 && bads > 100 && whole > 120);
    PASS();
}

// The comparison can fail: another address, another right, a range that is missing.
TEST what_is_wrong_is_noticed(void)
{
    char msg[100];
    for (unsigned fault = 0; fault < 4; fault++) {
        struct bench b;
        ASSERT(open_bench(&b, fault & 1 ? 1 : 10, 3, 0));
        ASSERT_EQ(NULL, maps_read(&b.maps, msg, sizeof msg));
        struct map *m = &b.maps.map[final_map(&b)];
        struct map_range *r = m->range;
        while (!r->accessed || !(r->rights & 1) || r->last - r->va < mask64(13))
            r++;
        if (fault == 0)
            r->pa += 0x1000;
        else if (fault == 1)
            r->rights ^= RIGHT_X;
        else if (fault == 2)
            r->last -= UINT64_C(1) << 12;
        else
            memmove(r, r + 1, (size_t)(m->range + --m->ranges - r) * sizeof *r);
        ASSERT(disagreements(&b));
        close_bench(&b);
    }
    PASS();
}

// --- counts -------------------------------------------------------------------------------------

// Sv39 with what `map` lists: address, where to, pages of 4 KiB, log2 of the page size.
static bool count_bench(struct bench *b, const uint64_t (*map)[4], unsigned n)
{
    char msg[200];
    *b = (struct bench){.mem = phys_new(), .host = 0x80000000, .guest = 0x80400000};
    struct pt_frames f = {host_frame, NULL, NULL, b};
    struct pt_config c = {.format = PT_SV39};
    struct pt *t = pt_new(&c, b->mem, &f, msg, sizeof msg);
    for (unsigned i = 0; i < n; i++)
        for (uint64_t k = 0; k < map[i][2]; k++)
            if (pt_map(t, map[i][0] + (k << map[i][3]), map[i][1] + (k << map[i][3]), (unsigned)map[i][3],
                       PT_R | PT_W | PT_A | PT_D))
                return false;
    registers(b, &stages[1], t, NULL);
    pt_free(t);
    b->maps.source.mem = (struct walk_mem){b, read_word, NULL};
    b->maps.limit = 1000;
    return !maps_read(&b->maps, msg, sizeof msg);
}

TEST contiguity_is_counted(void)
{
    struct bench b;
    const uint64_t map[][4] = {
        {0x1000, 0x90001000, 40, 12},      // one aligned group of 16, at 10000; sectors of 7, 8, 8, 8, 8 and 1
        {0x100000, 0x90200000, 3, 12},     // a sector of 3
        {0x103000, 0x90207000, 2, 12},     // of the same group and line, in any order
        {0x105000, 0x90208000, 1, 12},     // another group
        {0x200000, 0x90400000, 512, 12},   // 64 sectors, 32 groups, one page of 2 MiB
        {0x600000, 0x90801000, 512, 12},   // nothing is aligned: each group of 8 lies in two
        {0x800000, 0xa0000000, 1, 21},     // alone
        {0x40000000, 0xc0000000, 512, 21}, // 1 GiB
        {0x80000000, 0xb0010000, 2, 16},   // NAPOT
    };
    ASSERT(count_bench(&b, map, sizeof map / sizeof *map));
    const struct map_count *c = &b.maps.map[MAP_HOST].count;
    ASSERT_EQ(40 + 6 + 1024, c->small);
    ASSERT_EQ(1070 << 12, c->bytes[12]);
    ASSERT_EQ(2 << 16, c->bytes[16]);
    ASSERT_EQ(UINT64_C(513) << 21, c->bytes[21]);
    ASSERT_EQ(16 + 512, c->to_block);
    ASSERT_EQ(512, c->to_huge);
    ASSERT_EQ(513, c->huge);
    ASSERT_EQ(512, c->to_giga);
    ASSERT_EQ(6 + 2 + 64 + 128, c->sectors);
    ASSERT_EQ(6 + 1 + 64 + 64, c->leaf_lines[1]); // NAPOT lines are of SP
    ASSERT_EQ(4, c->pointers[2]);
    ASSERT_EQ(2, c->pointer_lines[2]);
    ASSERT_EQ(3, c->pointers[3]);
    ASSERT_EQ(1, c->tables[3]);
    ASSERT_EQ(3, c->tables[2]);
    ASSERT_EQ(4, c->tables[1]);
    ASSERT_EQ(8 * 512, c->entries);
    ASSERT_EQ(3 + 4 + 513 + 1070 + 32, c->used);
    ASSERT_EQ((1070u << 12) + (2u << 16) + (UINT64_C(513) << 21), b.maps.map[MAP_HOST].mapped);
    close_bench(&b);
    PASS();
}

SUITE(maps_suite)
{
    RUN_TEST(contiguity_is_counted);
    RUN_TEST(ranges_are_what_the_walk_finds);
    RUN_TEST(what_is_wrong_is_noticed);
}
