// SPDX-License-Identifier: MulanPSL-2.0
// The functional Memory Protection Table: formats, rights, faults; and the builder against it.
#include "arch/bits.h"
#include "arch/smmpt.h"
#include "mem/mptbuild.h"
#include "tests/harness.h"

#define ROOT UINT64_C(0x90000000)
#define FRAMES UINT64_C(0x1000000)

static uint64_t read_word(void *ctx, uint64_t addr, unsigned size)
{
    uint64_t w = phys_read(ctx, addr);
    return size == 8 ? w : bits(w >> (addr & 4 ? 32 : 0), 31, 0);
}

static struct smmpt_result ask(struct phys *m, unsigned mode, uint64_t pa)
{
    const struct walk_mem mem = {m, read_word, NULL};
    const struct smmpt how = {.mode = (uint8_t)mode, .root = ROOT};
    struct smmpt_result r;
    smmpt_lookup(&how, &mem, pa, &r);
    return r;
}

static void put(struct phys *m, unsigned size, uint64_t addr, uint64_t entry)
{
    uint64_t word = phys_read(m, addr);
    unsigned shift = size == 4 && (addr & 4) ? 32 : 0;
    phys_write(m, addr, size == 8 ? entry : (word & ~(mask64(32) << shift)) | entry << shift);
}

// --- mmpt ---------------------------------------------------------------------------------------

TEST csr_fields(void)
{
    struct smmpt m;
    ASSERT_EQ(NULL, smmpt_decode(64, 0, &m));
    ASSERT_EQ(SMMPT_BARE, m.mode);
    ASSERT_EQ(NULL, smmpt_decode(64, UINT64_C(0x1050000000090000), &m));
    ASSERT_EQ(SMMPT_43, m.mode);
    ASSERT_EQ(5, m.sdid);
    ASSERT_EQ(ROOT, m.root);
    ASSERT_FALSE(m.opt_out);
    ASSERT_EQ(NULL, smmpt_decode(64, UINT64_C(0x2bf00fffffffffff), &m));
    ASSERT_EQ(SMMPT_52, m.mode);
    ASSERT_EQ(63, m.sdid);
    ASSERT(m.opt_out);
    ASSERT_EQ(UINT64_C(0xfffffffffff000), m.root);
    ASSERT_EQ(UINT64_C(0x2bf00fffffffffff), smmpt_encode(&m));
    ASSERT_EQ(NULL, smmpt_decode(32, 0x4fc12345, &m));
    ASSERT_EQ(SMMPT_34, m.mode);
    ASSERT_EQ(63, m.sdid);
    ASSERT_EQ(0x12345000, m.root);
    ASSERT_EQ(0x4fc12345, smmpt_encode(&m));
    ASSERT(smmpt_decode(64, UINT64_C(3) << 60, &m)); // Smmpt64
    ASSERT(smmpt_decode(64, UINT64_C(4) << 60, &m));
    ASSERT(smmpt_decode(32, UINT64_C(2) << 30, &m));
    ASSERT(smmpt_decode(32, UINT64_C(1) << 32, &m));
    PASS();
}

// --- lookup -------------------------------------------------------------------------------------

// A chain of tables down to `level` and, there, this entry for pa.
static uint64_t chain(struct phys *m, unsigned mode, uint64_t pa, unsigned level, uint64_t entry)
{
    const struct smmpt_format *f = smmpt_format(mode);
    uint64_t table = ROOT;
    for (unsigned l = f->levels - 1u;; l--) {
        uint64_t at = table + (pa >> smmpt_shift(f, l) & mask64(smmpt_index_bits(f, l))) * f->size;
        if (l == level) {
            put(m, f->size, at, entry);
            return at;
        }
        table += 0x1000;
        put(m, f->size, at, table >> 12 << 10 | 1);
    }
}

static uint64_t leaf_of(const struct smmpt_format *f, uint64_t rights) { return rights << f->rights | 3; }

// Right k of a leaf is k: each page of each share finds its own, through as many reads as levels.
TEST leaf_at(unsigned mode, unsigned level)
{
    const struct smmpt_format *f = smmpt_format(mode);
    unsigned shift = smmpt_shift(f, level), low = smmpt_right_shift(f, level);
    uint64_t pa = UINT64_C(0x2fedcba98) << 9 * (mode - SMMPT_34) & ~mask64(shift), rights = 0;
    for (unsigned k = 0; k < 1u << f->tuples; k++)
        rights |= (uint64_t)(k & 7) << 3 * k;
    struct phys *m = phys_new();
    uint64_t at = chain(m, mode, pa, level, leaf_of(f, rights));
    for (unsigned k = 0; k < 1u << f->tuples; k++) {
        struct smmpt_result r = ask(m, mode, pa + ((uint64_t)k << low) + mask64(low));
        bool reserved = (k & 3) == 2;
        ASSERT_EQ(reserved ? WALK_MPT_WRITE_ONLY : WALK_LEAF, r.reason);
        ASSERT_EQ(k & 7, r.rights);
        ASSERT_EQ(level, r.level);
        ASSERT_EQ(low, r.shift);
        ASSERT_EQ(f->levels - level, r.nrefs);
        ASSERT_EQ(at, r.ref[r.nrefs - 1].address);
        ASSERT_EQ(ROOT, r.ref[0].address & ~mask64(12));
    }
    ASSERT_EQ(WALK_MPT_INVALID, ask(m, mode, pa ^ UINT64_C(1) << shift).reason);
    phys_free(m);
    PASS();
}

static bool leaf_or_table_refused(unsigned mode, unsigned level, uint64_t entry, unsigned reason)
{
    struct phys *m = phys_new();
    uint64_t pa = UINT64_C(0x2fedcb000);
    chain(m, mode, pa, level, entry);
    struct smmpt_result r = ask(m, mode, pa);
    phys_free(m);
    return r.reason == reason && r.level == level && r.rights == 0 && r.ref[r.nrefs - 1].reason == reason &&
           r.ref[r.nrefs - 1].entry == entry && smmpt_verdict(&r, USE_LOAD, true) == reason;
}

// Every bit that must be 0 is a fault at every level; no other bit is.
TEST malformed(unsigned mode)
{
    const struct smmpt_format *f = smmpt_format(mode);
    unsigned width = 8u * f->size, high = f->size == 8 ? 58 : 31;
    for (unsigned level = 0; level < f->levels; level++) {
        uint64_t leaf = leaf_of(f, mask64(3u << f->tuples));
        ASSERT(leaf_or_table_refused(mode, level, leaf & ~UINT64_C(1), WALK_MPT_INVALID));
        for (unsigned b = 2; b < f->rights; b++)
            ASSERT(leaf_or_table_refused(mode, level, leaf | UINT64_C(1) << b, WALK_MPT_RESERVED));
        for (unsigned b = high; b + 1 < width; b++)
            ASSERT(leaf_or_table_refused(mode, level, leaf | UINT64_C(1) << b, WALK_MPT_RESERVED));
        for (unsigned b = 2; b < 10; b++)
            ASSERT(leaf_or_table_refused(mode, level, UINT64_C(0x90000) << 10 | UINT64_C(1) << b | 1,
                                         WALK_MPT_RESERVED));
        if (f->size == 8) {
            ASSERT(leaf_or_table_refused(mode, level, UINT64_C(1) << 62 | 1, WALK_MPT_RESERVED));
            ASSERT(leaf_or_table_refused(mode, level, UINT64_C(1) << 63 | 1, WALK_MPT_NAPOT));
        } else {
            ASSERT_EQ(level > 0,
                      leaf_or_table_refused(mode, level, leaf | UINT64_C(1) << 31, WALK_MPT_NAPOT));
        }
        ASSERT_FALSE(leaf_or_table_refused(mode, level, leaf, WALK_MPT_RESERVED));
    }
    ASSERT(leaf_or_table_refused(mode, 0, UINT64_C(0x90000) << 10 | 1, WALK_MPT_NO_LEAF));
    PASS();
}

TEST width(unsigned mode, unsigned bits_of)
{
    struct phys *m = phys_new();
    struct smmpt_result r = ask(m, mode, UINT64_C(1) << bits_of);
    ASSERT_EQ(WALK_MPT_WIDTH, r.reason);
    ASSERT_EQ(0, r.nrefs);
    ASSERT_EQ(WALK_MPT_INVALID, ask(m, mode, mask64(bits_of)).reason);
    phys_free(m);
    PASS();
}

TEST bare_gives_everything(void)
{
    struct smmpt_result r = ask(NULL, SMMPT_BARE, UINT64_C(1) << 60);
    ASSERT_EQ(WALK_LEAF, r.reason);
    ASSERT_EQ(SMMPT_ALL, r.rights);
    ASSERT_EQ(0, r.nrefs);
    PASS();
}

// How far a right reaches: one share, the entry, or with N the group.
TEST reach(void)
{
    struct phys *m = phys_new();
    const struct smmpt_format *f = smmpt_format(SMMPT_52);
    uint64_t same = UINT64_C(0x249249249249) * 5, n = UINT64_C(1) << 63;
    for (unsigned level = 0; level < 4; level++) {
        chain(m, SMMPT_52, 0x80000000, level, leaf_of(f, same));
        ASSERT_EQ(16 + 9 * level, ask(m, SMMPT_52, 0x80000000).shift);
        chain(m, SMMPT_52, 0x80000000, level, leaf_of(f, same) | n);
        struct smmpt_result r = ask(m, SMMPT_52, 0x80000000);
        ASSERT(r.napot);
        ASSERT_EQ(5, r.rights);
        ASSERT_EQ(21 + 9 * level, r.shift);
        chain(m, SMMPT_52, 0x80000000, level, leaf_of(f, same ^ 4) | n); // not alike: nothing is said
        ASSERT_EQ(12 + 9 * level, ask(m, SMMPT_52, 0x80000000).shift);
    }
    phys_free(m);
    m = phys_new();
    f = smmpt_format(SMMPT_34);
    chain(m, SMMPT_34, 0x80000000, 0, leaf_of(f, mask64(24)) | UINT64_C(1) << 31);
    ASSERT_EQ(22, ask(m, SMMPT_34, 0x80000000).shift);
    phys_free(m);
    PASS();
}

// Refuses one address, as PMP would.
struct guard {
    struct phys *m;
    uint64_t no;
    unsigned asked;
};
static uint64_t guarded_read(void *ctx, uint64_t addr, unsigned size)
{
    return read_word(((struct guard *)ctx)->m, addr, size);
}
static unsigned guard_check(void *ctx, uint64_t addr, unsigned use)
{
    struct guard *g = ctx;
    g->asked += use == USE_MPT_READ;
    return addr == g->no ? WALK_DENIED : WALK_LEAF;
}

// PMP is asked for every entry, the root's included, and a refused one is not read.
TEST entries_are_checked(void)
{
    struct guard g = {.m = phys_new()};
    const struct walk_mem mem = {&g, guarded_read, guard_check};
    const struct smmpt how = {.mode = SMMPT_52, .root = ROOT};
    const uint64_t pa = 0x80003000;
    struct smmpt_result r;
    chain(g.m, SMMPT_52, pa, 0, leaf_of(smmpt_format(SMMPT_52), mask64(48)));
    smmpt_lookup(&how, &mem, pa, &r);
    ASSERT_EQ(WALK_LEAF, r.reason);
    ASSERT_EQ(4, g.asked);
    for (unsigned i = 0; i < 4; i++) {
        struct smmpt_result no;
        g.no = r.ref[i].address;
        smmpt_lookup(&how, &mem, pa, &no);
        ASSERT_EQ(WALK_DENIED, no.reason);
        ASSERT_EQ(i + 1, no.nrefs);
        ASSERT_EQ(0, no.ref[i].entry);
        ASSERT_EQ(0, no.rights);
    }
    // A table where no memory can be.
    chain(g.m, SMMPT_52, pa, 3, UINT64_C(1) << 61 | 1);
    smmpt_lookup(&how, &mem, pa, &r);
    ASSERT_EQ(WALK_NO_MEMORY, r.reason);
    phys_free(g.m);
    PASS();
}

TEST verdicts(void)
{
    for (unsigned rights = 0; rights < 8; rights++) {
        bool r = rights & SMMPT_R, w = rights & SMMPT_W, x = rights & SMMPT_X;
        const struct smmpt_result got = {.reason = WALK_LEAF, .rights = (uint8_t)rights};
        const bool want[] = {r, w, r, w, x, x, r && w};
        for (unsigned use = USE_TABLE_READ; use <= USE_SHADOW; use++) {
            ASSERT_EQ(want[use] ? WALK_LEAF : WALK_MPT_RIGHT, smmpt_verdict(&got, use, false));
            bool lent = use == USE_LOAD && x;
            ASSERT_EQ(want[use] || lent ? WALK_LEAF : WALK_MPT_RIGHT, smmpt_verdict(&got, use, true));
        }
    }
    struct smmpt m = {.mode = SMMPT_52};
    ASSERT(smmpt_checks(&m, USE_TABLE_READ));
    ASSERT_FALSE(smmpt_checks(&m, USE_MPT_READ));
    m.opt_out = true;
    ASSERT_FALSE(smmpt_checks(&m, USE_TABLE_WRITE));
    ASSERT(smmpt_checks(&m, USE_LOAD));
    m.mode = SMMPT_BARE;
    ASSERT_FALSE(smmpt_checks(&m, USE_LOAD));
    PASS();
}

// --- builder ------------------------------------------------------------------------------------

struct frames {
    uint64_t next;
    unsigned out, limit;
    uint64_t freed[4096];
    unsigned nfreed;
};

static uint64_t take(void *ctx, uint64_t size)
{
    struct frames *f = ctx;
    if (f->out == f->limit)
        return PT_NO_FRAME;
    f->out++;
    if (f->nfreed)
        return f->freed[--f->nfreed];
    return (f->next += size) - size;
}

static void give(void *ctx, uint64_t addr, uint64_t size)
{
    struct frames *f = ctx;
    (void)size;
    f->out--;
    f->freed[f->nfreed++] = addr;
}

enum { OPS = 60 };
struct op {
    uint64_t pa, size;
    unsigned rights, max_shift;
};

static unsigned last_word(const struct op *op, unsigned n, uint64_t pa)
{
    while (n-- > 0)
        if (pa >= op[n].pa && pa - op[n].pa < op[n].size)
            return op[n].rights;
    return 0;
}

// A range somewhere around a place where an entry of some level ends.
static struct op draw(uint64_t *seed, unsigned mode)
{
    static const uint8_t legal[] = {0, 1, 3, 4, 5, 7, 7, 0};
    const struct smmpt_format *f = smmpt_format(mode);
    uint64_t a = mix64(++*seed), b = mix64(++*seed), c = mix64(++*seed);
    unsigned level = (unsigned)(a % f->levels), bits_of = smmpt_shift(f, f->levels - 1u) + f->root_index;
    uint64_t base = smmpt_shift(f, level) < bits_of - 1 ? (a >> 8 & 3) << smmpt_shift(f, level) : 0;
    unsigned grain = 12 + (unsigned)(b % (level * f->index + 9));
    uint64_t pa = base + ((b >> 16) % 40 << grain), size = (1 + (b >> 32) % 40) << grain;
    pa &= mask64(bits_of) & ~mask64(12);
    if (size > mask64(bits_of) + 1 - pa)
        size = mask64(bits_of) + 1 - pa;
    unsigned least = grain > 18 ? grain - 6 : 12; // else there are too many tables
    return (struct op){pa, size, legal[c & 7], least + (unsigned)(c >> 8) % 34};
}

// The table says of every page what the last range that holds it said; also at the ends of all ranges.
TEST builder_against_lookup(unsigned mode, bool napot, uint64_t seed)
{
    struct phys *m = phys_new();
    struct frames fr = {.next = ROOT, .limit = 4000};
    const struct pt_frames f = {take, give, NULL, &fr};
    char msg[80];
    struct mpt_tree *t = mpt_tree_new(mode, napot, m, &f, msg, sizeof msg);
    struct op op[OPS];
    ASSERT(t);
    for (unsigned n = 0; n < OPS; n++) {
        op[n] = draw(&seed, mode);
        ASSERT_EQ(PT_OK, mpt_tree_set(t, op[n].pa, op[n].size, op[n].rights, op[n].max_shift));
        for (unsigned i = 0; i <= n; i++) {
            uint64_t h = mix64(seed + i * 977), at[] = {op[i].pa, op[i].pa + op[i].size - 1,
                               op[i].pa + h % op[i].size, op[i].pa ? op[i].pa - 1 : 0};
            for (unsigned k = 0; k < 4; k++) {
                struct smmpt_result r = ask(m, mode, at[k]);
                ASSERT_EQ_FMT(last_word(op, n + 1, at[k]), r.rights, "%x");
                ASSERT(r.reason == WALK_LEAF || r.reason == WALK_MPT_INVALID);
                // What the entry says of its neighbours is true.
                uint64_t other = (at[k] & ~mask64(r.shift)) + (mix64(h) & mask64(r.shift));
                if (r.reason == WALK_LEAF)
                    ASSERT_EQ_FMT(last_word(op, n + 1, other), r.rights, "%x");
                ASSERT(napot || !r.napot);
            }
        }
        ASSERT_EQ(fr.out, mpt_tree_tables(t));
    }
    ASSERT_EQ(PT_OK, mpt_tree_set(t, 0, mask64(34 + 9 * (unsigned)(mode - SMMPT_34)) + 1, 0, 12));
    ASSERT_EQ(1, fr.out); // the root is left
    for (uint64_t i = 0; i < 4096; i += 8)
        ASSERT_EQ(0, phys_read(m, mpt_tree_root(t) + i));
    mpt_tree_free(t);
    phys_free(m);
    PASS();
}

// The largest leaves that fit, and no larger ones than wanted.
TEST sizes(void)
{
    static const struct {
        uint64_t pa, size;
        unsigned max, level, tables;
    } row[] = {
        {0x80000000, 0x1000, 52, 0, 4},      {0x80000000, 0x200000, 52, 1, 3},
        {0x80000000, 0x200000, 20, 0, 4},    {0x80000000, 0x40000000, 52, 2, 2},
        {0x80000000, 0x40000000, 29, 1, 3},  {0, UINT64_C(1) << 39, 52, 3, 1},
        {0, UINT64_C(1) << 39, 38, 2, 2},
    };
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        struct phys *m = phys_new();
        struct frames fr = {.next = ROOT, .limit = 4000};
        const struct pt_frames f = {take, give, NULL, &fr};
        char msg[80];
        struct mpt_tree *t = mpt_tree_new(SMMPT_52, false, m, &f, msg, sizeof msg);
        ASSERT_EQ(PT_OK, mpt_tree_set(t, row[i].pa, row[i].size, SMMPT_ALL, row[i].max));
        ASSERT_EQ(row[i].level, ask(m, SMMPT_52, row[i].pa).level);
        ASSERT_EQ(row[i].tables, fr.out);
        ASSERT_EQ(UINT64_C(2) << 60 | UINT64_C(7) << 52 | ROOT >> 12, mpt_tree_csr(t, 7));
        mpt_tree_free(t);
        phys_free(m);
    }
    PASS();
}

// Tables whose last page goes are given back, one level after the other.
TEST empty_tables(void)
{
    struct phys *m = phys_new();
    struct frames fr = {.next = ROOT, .limit = 4000};
    const struct pt_frames f = {take, give, NULL, &fr};
    char msg[80];
    struct mpt_tree *t = mpt_tree_new(SMMPT_52, false, m, &f, msg, sizeof msg);
    ASSERT_EQ(PT_OK, mpt_tree_set(t, 0x80001000, 0x1000, SMMPT_R, 12));
    ASSERT_EQ(PT_OK, mpt_tree_set(t, 0x82001000, 0x1000, SMMPT_R, 12));
    ASSERT_EQ(5, mpt_tree_tables(t));
    ASSERT_EQ(PT_OK, mpt_tree_set(t, 0x80001000, 0x1000, 0, 12));
    ASSERT_EQ(4, mpt_tree_tables(t));
    ASSERT_EQ(PT_OK, mpt_tree_set(t, 0x82001000, 0x1000, 0, 12));
    ASSERT_EQ(1, mpt_tree_tables(t));
    ASSERT_EQ(1, fr.out);
    mpt_tree_free(t);
    phys_free(m);
    PASS();
}

// N of a group comes and goes with its last page.
TEST napot_groups(void)
{
    struct phys *m = phys_new();
    struct frames fr = {.next = ROOT, .limit = 4000};
    const struct pt_frames f = {take, give, NULL, &fr};
    char msg[80];
    struct mpt_tree *t = mpt_tree_new(SMMPT_43, true, m, &f, msg, sizeof msg);
    ASSERT_EQ(PT_OK, mpt_tree_set(t, 0x80000000, 0x1ff000, SMMPT_ALL, 12));
    ASSERT_FALSE(ask(m, SMMPT_43, 0x80000000).napot);
    ASSERT_EQ(PT_OK, mpt_tree_set(t, 0x801ff000, 0x1000, SMMPT_ALL, 12));
    ASSERT(ask(m, SMMPT_43, 0x80000000).napot && ask(m, SMMPT_43, 0x801f0000).napot);
    ASSERT_EQ(PT_OK, mpt_tree_set(t, 0x80100000, 0x1000, SMMPT_R, 12));
    ASSERT_FALSE(ask(m, SMMPT_43, 0x80000000).napot || ask(m, SMMPT_43, 0x80100000).napot);
    // A leaf of 2-MiB shares that is split for one page: its other groups are NAPOT.
    ASSERT_EQ(PT_OK, mpt_tree_set(t, 0x82000000, 0x2000000, SMMPT_ALL, 21));
    ASSERT_EQ(1, ask(m, SMMPT_43, 0x82000000).level);
    ASSERT_EQ(PT_OK, mpt_tree_set(t, 0x82000000, 0x1000, 0, 12));
    ASSERT_EQ(0, ask(m, SMMPT_43, 0x82001000).level);
    ASSERT_FALSE(ask(m, SMMPT_43, 0x82001000).napot);
    ASSERT(ask(m, SMMPT_43, 0x82200000).napot);
    mpt_tree_free(t);
    phys_free(m);
    PASS();
}

TEST builder_refuses(void)
{
    struct phys *m = phys_new();
    struct frames fr = {.next = ROOT, .limit = 2};
    const struct pt_frames f = {take, give, NULL, &fr};
    char msg[80];
    struct mpt_tree *t = mpt_tree_new(SMMPT_43, false, m, &f, msg, sizeof msg);
    ASSERT_EQ(PT_ALIGN, mpt_tree_set(t, 0x800, 0x1000, 7, 12));
    ASSERT_EQ(PT_ALIGN, mpt_tree_set(t, 0, 0x1001, 7, 12));
    ASSERT_EQ(PT_RANGE, mpt_tree_set(t, UINT64_C(1) << 43, 0x1000, 7, 12));
    ASSERT_EQ(PT_RANGE, mpt_tree_set(t, 0x1000, UINT64_C(1) << 43, 7, 12));
    ASSERT_EQ(PT_FLAGS, mpt_tree_set(t, 0, 0x1000, 2, 12));
    ASSERT_EQ(PT_FLAGS, mpt_tree_set(t, 0, 0x1000, 6, 12));
    ASSERT_EQ(PT_FLAGS, mpt_tree_set(t, 0, 0x1000, 8, 12));
    ASSERT_EQ(PT_SIZE, mpt_tree_set(t, 0, 0x1000, 7, 11));
    ASSERT_EQ(PT_MEMORY, mpt_tree_set(t, 0, 0x1000, 7, 12));
    ASSERT_EQ(PT_OK, mpt_tree_set(t, 0, 0, 7, 12));
    mpt_tree_free(t);
    fr.limit = fr.out;
    ASSERT_EQ(NULL, mpt_tree_new(SMMPT_43, false, m, &f, msg, sizeof msg));
    phys_free(m);
    PASS();
}

SUITE(smmpt_suite)
{
    RUN_TEST(csr_fields);
    RUN_TEST(bare_gives_everything);
    for (unsigned mode = SMMPT_34; mode < SMMPT_MODES; mode++) {
        for (unsigned level = 0; level < smmpt_format(mode)->levels; level++)
            RUN_TESTp(leaf_at, mode, level);
        RUN_TEST1(malformed, mode);
        RUN_TESTp(width, mode, 34 + 9 * (mode - SMMPT_34));
        for (uint64_t seed = 1; seed <= 6; seed++)
            RUN_TESTp(builder_against_lookup, mode, seed & 1, seed << 20);
    }
    RUN_TEST(reach);
    RUN_TEST(entries_are_checked);
    RUN_TEST(verdicts);
    RUN_TEST(sizes);
    RUN_TEST(empty_tables);
    RUN_TEST(napot_groups);
    RUN_TEST(builder_refuses);
}
