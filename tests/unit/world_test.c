// SPDX-License-Identifier: MulanPSL-2.0
// Worlds: what is touched is mapped, in both stages, with the page sizes that were asked for; the
// same seed gives the same memory; images come back as they were; bad images are refused.
#include "arch/bits.h"
#include "arch/pte.h"
#include "tests/harness.h"
#include "traces/gen/gen.h"
#include "world/world.h"

#include <unistd.h>

static char msg[TRACE_MSG];

// --- a walk of our own, independent of the page-table builder ------------------------------------
struct found {
    uint64_t ppn, pte;
    unsigned level;
    bool fine;
};

static struct found walk_g(const struct phys *m, const struct tlb_csr *csr, uint64_t gpn)
{
    unsigned level = csr->hgatp.mode == MODE_SV48 ? 3 : 2;
    uint64_t table = csr->hgatp.ppn;
    struct found f = {0};
    bool root = true;

    if (csr->hgatp.mode == MODE_BARE)
        return (struct found){.ppn = gpn, .fine = true};
    for (;; level--, root = false) {
        uint64_t index = gpn >> 9 * level & mask64(root ? 11 : 9);
        f.pte = phys_read(m, (table << 12) + index * 8);
        f.level = level;
        if (pte_is_leaf(f.pte)) {
            f.fine = !pte_is_gpf(f.pte, level, false);
            f.ppn = leaf_ppn(pte_ppn(f.pte), gpn, level, pte_n(f.pte));
            return f;
        }
        if (!pte_is_next(f.pte) || level == 0)
            return f;
        table = pte_ppn(f.pte);
    }
}

// Both stages; `virt` false walks satp only.
static struct found walk(const struct phys *m, const struct tlb_csr *csr, uint64_t va, bool virt)
{
    const struct atp *a = virt ? &csr->vsatp : &csr->satp;
    unsigned level = a->mode == MODE_SV48 ? 3 : 2;
    uint64_t table = a->ppn;
    struct found f = {0};

    for (;; level--) {
        uint64_t index = va >> (12 + 9 * level) & 511;
        struct found t = {.ppn = table, .fine = true};
        if (virt)
            t = walk_g(m, csr, table);
        if (!t.fine)
            return (struct found){0};
        f.pte = phys_read(m, (t.ppn << 12) + index * 8);
        f.level = level;
        if (pte_is_leaf(f.pte)) {
            f.fine = !pte_is_pf(f.pte, level, false);
            f.ppn = leaf_ppn(pte_ppn(f.pte), bits(va, 49, 12), level, pte_n(f.pte));
            if (!virt || !f.fine)
                return f;
            t = walk_g(m, csr, f.ppn);
            f.fine = t.fine;
            f.ppn = t.ppn;
            return f;
        }
        if (!pte_is_next(f.pte) || level == 0)
            return f;
        table = pte_ppn(f.pte);
    }
}

static struct trace_record load_at(uint64_t va, bool virt)
{
    return (struct trace_record){
        .kind = TRACE_ACCESS, .op = GVT_LOAD, .size = 8, .addr = va, .virt = virt};
}

// Sum of all words with their addresses.
static void add_word(uint64_t addr, uint64_t word, void *ctx)
{
    uint64_t *sum = ctx;
    *sum = mix64(*sum ^ mix64(addr)) + word;
}

// Touches what a generated trace touches and checks each translation. Returns the memory's sum.
static enum greatest_test_res replay(const struct world_cfg *wc, const struct gen_cfg *gc,
                                     uint64_t *sum, struct world_stats *stats)
{
    struct world *w = world_new(wc, msg, sizeof msg);
    struct gen *g = gen_new(gc);
    struct trace_record r;
    struct tlb_csr csr;

    ASSERT(w && g);
    while (gen_next(g, &r)) {
        world_adjust(w, &r);
        if (r.kind == TRACE_SWITCH)
            ASSERT_NEQ(WORLD_FULL, world_apply(w, &r, &csr));
        if (r.kind != TRACE_ACCESS)
            continue;
        world_csr(w, &csr);
        ASSERT_LTE(world_touch(w, &r), WORLD_NEW);
        if (!walk(world_phys(w), &csr, r.addr, r.virt).fine)
            printf("\n  va %llx", (unsigned long long)r.addr);
        ASSERT(walk(world_phys(w), &csr, r.addr, r.virt).fine);
        ASSERT_EQ(WORLD_SAME, world_touch(w, &r));
    }
    *sum = 0;
    phys_each(world_phys(w), add_word, sum);
    world_stats(w, stats);
    gen_free(g);
    world_free(w);
    PASS();
}

static struct gen_cfg some_accesses(bool virt)
{
    struct gen_cfg c;

    gen_cfg_default(&c, GEN_SWITCH);
    c.count = 3000;
    c.footprint = 16 << 20;
    c.quantum = 500;
    c.virt = virt;
    c.guests = virt ? 2 : 1;
    return c;
}

TEST all_modes(const char *mode, const char *pages)
{
    struct world_cfg wc;
    struct world_stats st, again;
    uint64_t sum, same;

    world_cfg_default(&wc);
    ASSERT_EQ(NULL, world_cfg_set(&wc, "mode", mode, msg, sizeof msg));
    ASSERT_EQ(NULL, world_cfg_set(&wc, "pages", pages, msg, sizeof msg));
    ASSERT_EQ(NULL, world_cfg_set(&wc, "s1.napot", "0.3", msg, sizeof msg));
    ASSERT_EQ(NULL, world_cfg_set(&wc, "g.napot", "0.3", msg, sizeof msg));
    ASSERT_EQ(NULL, world_cfg_set(&wc, "g.fragmentation", "0.2", msg, sizeof msg));
    for (int virt = 0; virt < 2; virt++) {
        struct gen_cfg gc = some_accesses(virt);
        wc.seed = 1;
        CHECK_CALL(replay(&wc, &gc, &sum, &st));
        CHECK_CALL(replay(&wc, &gc, &same, &again));
        ASSERT_EQ(sum, same);
        ASSERT_EQ(st.frames, again.frames);
        wc.seed = 2;
        CHECK_CALL(replay(&wc, &gc, &same, &again));
        ASSERT_NEQ(sum, same);
        ASSERT_GTE(st.spaces, 4);
    }
    PASS();
}

TEST sizes_follow_the_policy(void)
{
    struct gen_cfg gc = some_accesses(true);
    struct world_cfg wc;
    struct world_stats st;
    uint64_t sum;

    world_cfg_default(&wc);
    CHECK_CALL(replay(&wc, &gc, &sum, &st));
    ASSERT_EQ(0, st.pages[0][1] + st.pages[0][2] + st.pages[0][3]);
    ASSERT_EQ(0, st.pages[1][1] + st.pages[1][2] + st.pages[1][3]);
    ASSERT_GT(st.pages[0][0], 1000);
    world_cfg_set(&wc, "pages", "2m", msg, sizeof msg);
    CHECK_CALL(replay(&wc, &gc, &sum, &st));
    ASSERT_EQ(0, st.pages[0][0]);
    // Six quanta, each in a space of its own with 8 regions of 2 MiB.
    ASSERT_EQ(48, st.pages[0][1]);
    world_cfg_set(&wc, "pages", "1g", msg, sizeof msg);
    CHECK_CALL(replay(&wc, &gc, &sum, &st));
    ASSERT_EQ(0, st.pages[1][0] + st.pages[1][1]);
    ASSERT_GT(st.pages[1][2], 0);
    world_cfg_set(&wc, "pages", "2m", msg, sizeof msg);
    wc.s1.fragmentation = 1.0;
    CHECK_CALL(replay(&wc, &gc, &sum, &st));
    ASSERT_EQ(0, st.pages[0][1]);
    ASSERT_EQ(48, st.fallbacks[0]);
    PASS();
}

// With contiguity 8 and no fragmentation, eight neighbours are one aligned block.
TEST contiguity(void)
{
    struct world_cfg wc;
    struct world *w;
    struct tlb_csr csr;
    uint64_t first = 0;
    bool scattered = false;

    world_cfg_default(&wc);
    w = world_new(&wc, msg, sizeof msg);
    ASSERT(w);
    world_csr(w, &csr);
    for (unsigned i = 0; i < 64; i++) {
        struct trace_record r = load_at(0x10000000 + UINT64_C(4096) * (i * 37 % 64), false);
        ASSERT_EQ(WORLD_NEW, world_touch(w, &r));
    }
    for (unsigned i = 0; i < 64; i++) {
        struct found f = walk(world_phys(w), &csr, 0x10000000 + UINT64_C(4096) * i, false);
        if (i % 8 == 0)
            first = f.ppn;
        ASSERT_EQ(first + i % 8, f.ppn);
        ASSERT_EQ(i % 8, f.ppn % 8);
    }
    world_free(w);
    wc.s1.fragmentation = 1.0;
    w = world_new(&wc, msg, sizeof msg);
    world_csr(w, &csr);
    for (unsigned i = 0; i < 16; i++) {
        struct trace_record r = load_at(0x10000000 + UINT64_C(4096) * i, false);
        struct found f;
        world_touch(w, &r);
        f = walk(world_phys(w), &csr, r.addr, false);
        scattered |= i > 0 && f.ppn != first + 1;
        first = f.ppn;
    }
    ASSERT(scattered);
    world_free(w);
    PASS();
}

TEST kernel_half_is_shared(void)
{
    struct trace_record s = {.kind = TRACE_SWITCH, .id = 1}, r = load_at(0xffffffc000000000, false);
    struct world_cfg wc;
    struct world *w;
    struct tlb_csr csr;
    struct found a, b;

    world_cfg_default(&wc);
    r.priv = GVT_S;
    w = world_new(&wc, msg, sizeof msg);
    ASSERT(w);
    ASSERT_EQ(WORLD_NEW, world_apply(w, &s, &csr));
    ASSERT(csr.satp.changed && csr.vsatp.changed && !csr.hgatp.changed);
    ASSERT_EQ(WORLD_NEW, world_touch(w, &r));
    a = walk(world_phys(w), &csr, r.addr, false);
    s.id = 2;
    world_apply(w, &s, &csr);
    world_touch(w, &r);
    b = walk(world_phys(w), &csr, r.addr, false);
    ASSERT(a.fine && b.fine);
    ASSERT_EQ(a.ppn, b.ppn);
    ASSERT(a.pte & PTE_G);
    ASSERT_FALSE(a.pte & PTE_U);
    world_free(w);
    PASS();
}

TEST what_cannot_be_mapped(void)
{
    struct trace_record r = load_at(UINT64_C(1) << 38, false);
    struct world_cfg wc;
    struct world *w;

    world_cfg_default(&wc);
    w = world_new(&wc, msg, sizeof msg);
    ASSERT(w);
    ASSERT_EQ(WORLD_FAULT, world_touch(w, &r));
    r.virt = true;
    ASSERT_EQ(WORLD_FAULT, world_touch(w, &r));
    r.priv = GVT_M;
    r.virt = false;
    ASSERT_EQ(WORLD_SAME, world_touch(w, &r));
    world_free(w);
    // 2 GiB of memory, half of it for 1-GiB pages: 512 blocks of 2 MiB and not one more.
    wc.host_size = UINT64_C(2) << 30;
    wc.s1.huge = 1.0;
    w = world_new(&wc, msg, sizeof msg);
    ASSERT(w);
    for (unsigned i = 0; i < 600; i++) {
        enum world_result got;
        r = load_at((uint64_t)i << 21, false);
        got = world_touch(w, &r);
        ASSERT_EQ(i < 500 ? WORLD_NEW : got, got);
        ASSERT(i < 599 || got == WORLD_FULL);
    }
    world_free(w);
    PASS();
}

TEST a_crossing_access_maps_both_pages(void)
{
    struct trace_record r = load_at(0x1fffffc, false);
    struct world_cfg wc;
    struct world *w;
    struct tlb_csr csr;

    world_cfg_default(&wc);
    w = world_new(&wc, msg, sizeof msg);
    ASSERT(w);
    world_touch(w, &r);
    world_csr(w, &csr);
    ASSERT(walk(world_phys(w), &csr, 0x1fff000, false).fine);
    ASSERT(walk(world_phys(w), &csr, 0x2000000, false).fine);
    ASSERT_FALSE(walk(world_phys(w), &csr, 0x2001000, false).fine);
    world_free(w);
    PASS();
}

TEST port_requests(void)
{
    struct trace_record r = {.kind = TRACE_PORT, .s2xlate = ALL_STAGE, .addr = 0x12345};
    struct world_cfg wc;
    struct world *w;
    struct tlb_csr csr;

    world_cfg_default(&wc);
    w = world_new(&wc, msg, sizeof msg);
    ASSERT(w);
    world_csr(w, &csr);
    ASSERT_EQ(WORLD_NEW, world_touch(w, &r));
    ASSERT(walk(world_phys(w), &csr, 0x12345000, true).fine);
    r.s2xlate = ONLY_STAGE2;
    r.addr = 0x77777;
    ASSERT_EQ(WORLD_NEW, world_touch(w, &r));
    ASSERT(walk_g(world_phys(w), &csr, 0x77777).fine);
    r.s2xlate = ONLY_STAGE1; // guest tables lie behind the second stage: impossible here
    ASSERT_EQ(WORLD_FAULT, world_touch(w, &r));
    world_free(w);
    PASS();
}

// --- images --------------------------------------------------------------------------------------
static void put_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    if (f) {
        fputs(text, f);
        fclose(f);
    }
}

TEST image_round_trip(void)
{
    struct trace_record r;
    struct world_cfg wc;
    struct world *w, *back;
    struct tlb_csr csr, csr_back;
    char path[64];
    uint64_t sum = 0, sum_back = 0;

    snprintf(path, sizeof path, "/tmp/l2tlb_world_%ld.gz", (long)getpid());
    world_cfg_default(&wc);
    w = world_new(&wc, msg, sizeof msg);
    ASSERT(w);
    for (unsigned i = 0; i < 200; i++) {
        r = load_at(UINT64_C(0x40000000) + UINT64_C(0x51000) * i, i & 1);
        world_touch(w, &r);
    }
    ASSERT(world_save(w, path, msg, sizeof msg));
    back = world_load(path, NULL, msg, sizeof msg);
    ASSERT(back);
    world_csr(w, &csr);
    world_csr(back, &csr_back);
    phys_each(world_phys(w), add_word, &sum);
    phys_each(world_phys(back), add_word, &sum_back);
    ASSERT_EQ(sum, sum_back);
    ASSERT_EQ(csr.satp.ppn, csr_back.satp.ppn);
    ASSERT_EQ(csr.vsatp.ppn, csr_back.vsatp.ppn);
    ASSERT_EQ(csr.hgatp.ppn, csr_back.hgatp.ppn);
    ASSERT_EQ(csr.hgatp.mode, csr_back.hgatp.mode);
    ASSERT(walk(world_phys(back), &csr_back, 0x40051000, true).fine);
    world_free(w);
    world_free(back);
    unlink(path);
    PASS();
}

TEST bad_images(void)
{
    static const char *const bad[][2] = {
        {"80000004 1\n", ":1: unaligned address"},
        {"# x\n80000000 1\n80000008\n", ":3: a memory line is"},
        {"80000000 1 2\n", ":1: rubbish"},
        {"80000000 zz\n", ":1: bad value"},
        {"1000000000000 1\n", ":1: bad address"},
        {"80000000 11111111111111111\n", ":1: bad value"},
        {"80000000 1\n80000000 2\n", ":2: address given twice"},
        {"csr nosuch 1\n", ":1: unknown control register"},
        {"csr satp\n", ":1: a register line is"},
        {"csr 7c0 1\n", ":1: PMA"},
        {"csr 2af 1\n", ":1: unknown control register"},
        {"csr hadue 2\n", ":1: a flag is 0 or 1"},
        {"hello world\n", ":1: bad address"},
        {"# nothing\n", "empty image"},
        {"", "empty file"},
    };
    char path[64];

    snprintf(path, sizeof path, "/tmp/l2tlb_world_%ld.img", (long)getpid());
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put_text(path, bad[i][0]);
        ASSERT_EQm(bad[i][0], NULL, world_load(path, NULL, msg, sizeof msg));
        if (!strstr(msg, bad[i][1]))
            printf("\n  message: %s", msg);
        ASSERTm(bad[i][1], strstr(msg, bad[i][1]));
    }
    unlink(path);
    ASSERT_EQ(NULL, world_load("/tmp", NULL, msg, sizeof msg));
    ASSERT(strstr(msg, "directory"));
    PASS();
}

TEST elf_and_raw_images(void)
{
    unsigned char elf[160] = {0x7f, 'E', 'L', 'F', 2, 1};
    char path[64], raw[80];
    struct world *w;
    FILE *f;

    snprintf(path, sizeof path, "/tmp/l2tlb_world_%ld.elf", (long)getpid());
    elf[32] = 64;  // program headers at 64,
    elf[54] = 56;  // of 56 bytes,
    elf[56] = 1;   // one of them:
    elf[64] = 1;   // loadable,
    elf[72] = 136; // from 136 in the file
    elf[64 + 27] = 0x80; // to 0x80000000,
    elf[96] = 20;        // 20 bytes
    for (unsigned i = 0; i < 24; i++)
        elf[136 + i] = (unsigned char)(i + 1);
    f = fopen(path, "wb");
    ASSERT(f);
    fwrite(elf, 1, sizeof elf, f);
    fclose(f);
    w = world_load(path, NULL, msg, sizeof msg);
    ASSERT(w);
    ASSERT_EQ(0x0807060504030201, phys_read(world_phys(w), 0x80000000));
    ASSERT_EQ(0x100f0e0d0c0b0a09, phys_read(world_phys(w), 0x80000008));
    ASSERT_EQ(0x14131211, phys_read(world_phys(w), 0x80000010));
    world_free(w);
    snprintf(raw, sizeof raw, "%s@90000000", path);
    w = world_load(raw, NULL, msg, sizeof msg);
    ASSERT(w);
    ASSERT_EQ(0x0807060504030201, phys_read(world_phys(w), 0x90000088));
    world_free(w);
    snprintf(raw, sizeof raw, "%s@90000004", path);
    ASSERT_EQ(NULL, world_load(raw, NULL, msg, sizeof msg));
    ASSERT(strstr(msg, "unaligned address"));
    for (unsigned cut = 4; cut < 156; cut++) {
        f = fopen(path, "wb");
        ASSERT(f);
        fwrite(elf, 1, cut, f);
        fclose(f);
        ASSERT_EQ(NULL, world_load(path, NULL, msg, sizeof msg));
    }
    unlink(path);
    PASS();
}

TEST bad_parameters(void)
{
    static const char *const bad[][2] = {
        {"nosuch", "1"},        {"s1.huge", "1.5"},  {"s1.huge", "-1"},    {"s1.huge", "x"},
        {"s1.contiguity", "3"}, {"s1.contiguity", "0"}, {"g_mode", "sv57"}, {"seed", "-1"},
        {"global", "2"},        {"stages", "three"}, {"pages", "64k"},     {"mode", ""},
    };
    struct world_cfg wc;

    world_cfg_default(&wc);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ASSERTm(bad[i][0], world_cfg_set(&wc, bad[i][0], bad[i][1], msg, sizeof msg));
    ASSERT_EQ(NULL, world_cfg_check(&wc, msg, sizeof msg));
    wc.host_size = 4096;
    ASSERT(world_cfg_check(&wc, msg, sizeof msg));
    world_cfg_default(&wc);
    wc.host_base = 0;
    ASSERT(world_cfg_check(&wc, msg, sizeof msg));
    PASS();
}

SUITE(world_suite)
{
    static const char *const modes[] = {"sv39", "sv48"};
    static const char *const pages[] = {"4k", "2m", "1g", "mixed"};

    for (unsigned i = 0; i < 8; i++) {
        char suffix[32];
        snprintf(suffix, sizeof suffix, "%s_%s", modes[i / 4], pages[i % 4]);
        greatest_set_test_suffix(suffix);
        RUN_TESTp(all_modes, modes[i / 4], pages[i % 4]);
    }
    RUN_TEST(sizes_follow_the_policy);
    RUN_TEST(contiguity);
    RUN_TEST(kernel_half_is_shared);
    RUN_TEST(what_cannot_be_mapped);
    RUN_TEST(a_crossing_access_maps_both_pages);
    RUN_TEST(port_requests);
    RUN_TEST(image_round_trip);
    RUN_TEST(bad_images);
    RUN_TEST(elf_and_raw_images);
    RUN_TEST(bad_parameters);
}
