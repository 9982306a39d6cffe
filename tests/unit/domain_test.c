// SPDX-License-Identifier: MulanPSL-2.0
// Worlds with a Memory Protection Table, mmpt in traces and images, and replays with the MPT checker.
#include "arch/pte.h"
#include "arch/smmpt.h"
#include "l1/l1mpt.h"
#include "replay/replay.h"
#include "tests/harness.h"
#include "tests/unit/scratch.h"
#include "world/world_impl.h"

#include <unistd.h>

#define MEMORY UINT64_C(0x80000000)
#define GIGA UINT64_C(0x40000000)

static uint64_t read_word(void *ctx, uint64_t addr, unsigned size)
{
    (void)size;
    return phys_read(ctx, addr);
}

// What the table that mmpt names says of a page.
static struct smmpt_result look(struct world *w, uint64_t ppn)
{
    struct tlb_csr csr;
    struct smmpt m;
    struct smmpt_result r;
    const struct walk_mem mem = {world_phys(w), read_word, NULL};
    world_csr(w, &csr);
    smmpt_decode(64, mmpt_value(&csr.mmpt), &m);
    smmpt_lookup(&m, &mem, ppn << 12, &r);
    return r;
}

static bool set(struct world_cfg *c, const char *key, const char *value)
{
    char msg[256];
    return !world_cfg_set(c, key, value, msg, sizeof msg);
}

static void defaults(struct world_cfg *c, const char *mode, const char *page)
{
    world_cfg_default(c);
    c->host_size = 8 * GIGA;
    c->guest_size = 2 * GIGA;
    set(c, "mpt.mode", mode);
    set(c, "mpt.page", page);
}

// --- tables ---------------------------------------------------------------------------------------

static const struct grain {
    const char *mode, *page;
    unsigned level, shift; // of an entry, and what it says at once
} grains[] = {
    {"smmpt52", "4k", 0, 12},  {"smmpt52", "64k", 0, 16}, {"smmpt52", "2m", 1, 25}, {"smmpt52", "1g", 2, 0},
    {"smmpt43", "4k", 0, 12},  {"smmpt43", "64k", 0, 16}, {"smmpt43", "2m", 1, 25}, {"smmpt43", "1g", 2, 0},
};

// Every page that the world hands out may be used, in pieces of the size that was asked for.
TEST pieces(const struct grain *g)
{
    struct world_cfg c;
    struct tlb_csr csr;
    char msg[256];
    defaults(&c, g->mode, g->page);
    struct world *w = world_new(&c, msg, sizeof msg);
    ASSERT(w);
    world_csr(w, &csr);
    ASSERT_EQ(strcmp(g->mode, "smmpt52") ? 1 : 2, csr.mmpt.mode);
    ASSERT_EQ(c.domain.base >> 12, csr.mmpt.ppn);
    ASSERT_EQ(0, csr.mmpt.sdid);
    ASSERT(!csr.mbmc.bme);
    for (unsigned k = 0; k < 600; k++) {
        uint64_t page = k % 3 ? frames_scattered(&w->host.own) : frames_block(&w->host.own, 8) + k % 8;
        struct smmpt_result r = look(w, page);
        ASSERT_EQ(WALK_LEAF, r.reason);
        ASSERT_EQ(g->shift == 12 && (page & 1) ? SMMPT_R | SMMPT_W : SMMPT_ALL, r.rights);
        ASSERT_EQ(g->level, r.level);
        if (g->shift)
            ASSERT_EQ(g->shift, r.shift);
    }
    ASSERT_EQ(SMMPT_ALL, look(w, csr.satp.ppn & ~UINT64_C(1)).rights); // page tables, too
    world_free(w);
    PASS();
}

static bool inside(const struct world_cfg *c, uint64_t ppn)
{
    uint64_t end = c->domain.base + domain_table_size(&c->domain, c->host_base + c->host_size);
    return ppn << 12 < end && (ppn + 1) << 12 > c->domain.base;
}

// Pages of other domains: no right, no bitmap, and none is handed out (but with `used`). The table's own
// memory is handed out to nobody.
TEST others(const char *page, const char *pattern, bool used)
{
    struct world_cfg c;
    char msg[256];
    unsigned none = 0, shared = 0;
    defaults(&c, "smmpt52", page);
    set(&c, "secure.pattern", pattern);
    set(&c, "secure.share", "0.3");
    c.secure.used = used;
    c.domain.base = MEMORY + 0x10000000;
    struct world *w = world_new(&c, msg, sizeof msg);
    ASSERT(w);
    struct frames *f = &w->host.own;
    for (unsigned k = 0; k < 3000; k++) {
        uint64_t ppn = k % 2 ? frames_scattered(f) : frames_block(f, 1), table = k % 5 ? 0 : frames_table(f, 1);
        ASSERT_FALSE(inside(&c, ppn) || inside(&c, table));
        shared += !look(w, ppn).rights;
        ASSERT_FALSE(table && !look(w, table).rights);
    }
    ASSERT_EQ(used, shared > 0);
    for (uint64_t p = 0; p < 512 * 512; p += 7)
        if (secure_page(&c.secure, f->seed, (MEMORY >> 12) + p))
            none += look(w, (MEMORY >> 12) + p).rights != 0;
    if (domain_by_chunk(&c.domain))
        ASSERT_EQ(0, none * !used); // chunks with page tables apart, which hold none
    else
        ASSERT_EQ(0, none);
    ASSERT_EQ(0, phys_read(world_phys(w), c.secure.base + (MEMORY >> 12 >> 6 << 3)));
    world_free(w);
    PASS();
}

TEST gigabytes(void)
{
    struct world_cfg c;
    char msg[256];
    defaults(&c, "smmpt43", "64k");
    c.domain.base = MEMORY + 5 * GIGA;
    struct world *w = world_new(&c, msg, sizeof msg);
    for (unsigned k = 0; k < 3; k++) {
        uint64_t page = frames_block(&w->host.own, 1 << 18);
        ASSERT(page != NO_FRAME && page != c.domain.base >> 12);
        ASSERT_EQ(SMMPT_ALL, look(w, page).rights);
        ASSERT_EQ(SMMPT_ALL, look(w, page + (1 << 18) - 1).rights);
    }
    ASSERT_EQ(NO_FRAME, frames_block(&w->host.own, 1 << 18));
    world_free(w);
    PASS();
}

TEST parameters(void)
{
    static const struct {
        const char *key[3], *value[3], *says;
    } bad[] = {
        {{"mpt.base"}, {"0x100000800"}, "mpt.base"},
        {{"mpt.base"}, {"0x1000"}, "mpt.base"},
        {{"mpt.base"}, {"0x7fffffff000"}, "mpt.base"},
        {{"secure.pattern"}, {"one8"}, "mpt.page"},
        {{"secure.pattern", "mpt.page"}, {"region", "1g"}, "mpt.page"},
        {{"secure.pattern", "mpt.page", "secure.off"}, {"region", "2m", "1"}, "secure.off"},
    };
    struct world_cfg c;
    char msg[256];
    world_cfg_default(&c);
    ASSERT_EQ(DOMAIN_AUTO, c.domain.mode);
    ASSERT_FALSE(set(&c, "mpt.mode", "smmpt34"));
    ASSERT_FALSE(set(&c, "mpt.page", "8k"));
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        defaults(&c, "smmpt52", "64k");
        ASSERT_EQ(NULL, world_cfg_check(&c, msg, sizeof msg));
        for (unsigned k = 0; k < 3 && bad[i].key[k]; k++)
            ASSERT(set(&c, bad[i].key[k], bad[i].value[k]));
        ASSERT(world_cfg_check(&c, msg, sizeof msg) && strstr(msg, bad[i].says));
    }
    PASS();
}

// --- mmpt -----------------------------------------------------------------------------------------

static struct tlb_csr write_mmpt(struct world *w, uint64_t value)
{
    struct tlb_csr csr;
    const struct trace_record r = {.kind = TRACE_CSR, .csr = GVT_MMPT, .value = value};
    world_apply(w, &r, &csr);
    return csr;
}

// A built world has one table; what a trace writes is the domain, and whether it is in force.
TEST mmpt_writes(void)
{
    struct world_cfg c;
    struct tlb_csr csr;
    char msg[256];
    defaults(&c, "smmpt43", "64k");
    struct world *w = world_new(&c, msg, sizeof msg);
    csr = write_mmpt(w, UINT64_C(0x2850000000012345));
    ASSERT(csr.mmpt.mode == 1 && csr.mmpt.ppn == c.domain.base >> 12 && csr.mmpt.sdid == 5);
    ASSERT(csr.mmpt.opt_out_in_node && csr.mmpt.changed);
    csr = write_mmpt(w, UINT64_C(0x1050000000012345)); // the same domain: no pulse
    ASSERT(!csr.mmpt.changed && !csr.mmpt.opt_out_in_node);
    ASSERT_EQ(0, write_mmpt(w, 0).mmpt.mode);
    ASSERT_EQ(1, write_mmpt(w, UINT64_C(1) << 60).mmpt.mode);
    ASSERT_EQ(1, write_mmpt(w, UINT64_C(3) << 60).mmpt.mode); // reserved: stays
    write_mmpt(w, 0);
    world_restart(w);
    world_csr(w, &csr);
    ASSERT(csr.mmpt.mode == 1 && csr.mmpt.sdid == 0);
    world_free(w);
    defaults(&c, "none", "64k");
    w = world_new(&c, msg, sizeof msg);
    ASSERT_EQ(0, write_mmpt(w, UINT64_C(1) << 60 | 5).mmpt.mode); // no table
    world_free(w);
    PASS();
}

// An image's own mmpt is taken as it is; one that has none gets a table that allows everything.
TEST images(void)
{
    struct world_cfg c;
    struct tlb_csr csr;
    char msg[256], name[NAME_SIZE], copy[NAME_SIZE];
    defaults(&c, "smmpt52", "2m");
    ASSERT(write_file(name, "csr satp 8000100000080000\n80000000 20000401\n"));
    struct world *w = world_load(name, &c, msg, sizeof msg);
    ASSERT(w);
    world_csr(w, &csr);
    ASSERT(csr.mmpt.mode == 2 && csr.mmpt.ppn == c.domain.base >> 12 && csr.satp.ppn == 0x80000);
    ASSERT_EQ(SMMPT_ALL, look(w, 0).rights);
    ASSERT_EQ(1, look(w, 0x80000).level);
    ASSERT_EQ(2, look(w, 0x400000).level); // behind 4 GiB and the entry of 16 GiB that holds them
    ASSERT_EQ(SMMPT_ALL, look(w, 0xfffffffff).rights);
    ASSERT(write_file(copy, ""));
    ASSERT(world_save(w, copy, msg, sizeof msg));
    world_free(w);
    c.domain.mode = SMMPT_BARE; // the copy programs it
    w = world_load(copy, &c, msg, sizeof msg);
    ASSERT(w && look(w, 0x80000).rights == SMMPT_ALL && look(w, 0x80000).level == 1);
    world_free(w);
    unlink(copy);
    c.domain.mode = SMMPT_52;
    c.domain.base = MEMORY; // where the image has memory
    ASSERT_EQ(NULL, world_load(name, &c, msg, sizeof msg));
    ASSERT(strstr(msg, "mpt.base"));
    unlink(name);
    ASSERT(write_file(name, "csr mmpt 1050000000090000\n80000000 20000401\n"));
    w = world_load(name, &c, msg, sizeof msg);
    world_csr(w, &csr);
    ASSERT(csr.mmpt.mode == 1 && csr.mmpt.ppn == 0x90000 && csr.mmpt.sdid == 5);
    ASSERT_EQ(0x91000, write_mmpt(w, UINT64_C(0x1050000000091000)).mmpt.ppn);
    world_free(w);
    unlink(name);
    PASS();
}

// --- replays --------------------------------------------------------------------------------------

static void setup(struct replay_cfg *cfg, const char *preset, const char *errata)
{
    char msg[256];
    replay_cfg_default(cfg);
    cfg_preset(&cfg->machine, preset);
    cfg_set(&cfg->machine, errata, "fixed", msg, sizeof msg);
    cfg_finish(&cfg->machine, msg, sizeof msg);
    cfg->world.host_size = 64 * GIGA;
    cfg->oracle = true;
}

// Loads one after the other (each depends on nothing, but a fence waits for it): the MPT has one miss at a time.
static const char *loads(const char *mode, unsigned count, const char *between)
{
    static char text[1 << 16];
    size_t n = (size_t)snprintf(text, sizeof text,
                                "GVT 1\nisa riscv64\nkind access\naddress virtual\ntables built\nrun\n");
    for (unsigned k = 0; k < count; k++) {
        uint64_t h = mix64(k);
        n += (size_t)snprintf(text + n, sizeof text - n, "l %x 8 %s\n%s",
                              (unsigned)(0x400000 + (h & 31) * 0x200000 + (h >> 5 & 15) * 0x1000), mode, between);
    }
    return text;
}

static struct replay_result *replay(const struct replay_cfg *cfg, const char *trace)
{
    char name[NAME_SIZE];
    if (!write_file(name, trace))
        return NULL;
    struct replay_result *r = replay_run(cfg, name);
    unlink(name);
    return r;
}

// A machine with MPT in the world that it gets by itself: it works, and every answer has its rights.
TEST replays(const char *mode, const char *page)
{
    struct replay_cfg cfg;
    setup(&cfg, "mpt", "errata.L3");
    set(&cfg.world, "mpt.page", page);
    struct replay_result *r = replay(&cfg, loads(mode, 120, "sfence.vma 0 *\n"));
    ASSERT(r);
    ASSERT_EQ(REPLAY_DONE, r->end);
    const struct ward_stats *w = &r->l2.ward;
    ASSERT(w->on && w->leak.answers > 50);
    ASSERT_EQ(0, leak_mpt_total(&w->leak) + leak_mpt_needless(&w->leak));
    ASSERT_EQ(0, r->wrong);
    ASSERT_EQ(r->judged, w->leak.answers);
    ASSERT(w->asked[WARD_PAGE] >= w->leak.answers && w->asked[WARD_LLPTW] > 0);
    ASSERT_EQ(strlen(mode) > 1, w->asked[WARD_HPTW] > 0);
    ASSERT(w->walked > 0 && w->walked < w->answered);
    ASSERT(w->leak.lines > 0 && r->l2.cause[strlen(mode) > 1 ? ALL_STAGE : NO_S2XLATE][CAUSE_MPT] > 0);
    uint64_t reads = 0;
    for (unsigned i = 0; i < SMMPT_LEVELS; i++)
        reads += w->reads[i];
    ASSERT_EQ(r->l2.mpt_all_reads, reads);
    const unsigned last = strcmp(page, "1g") == 0 ? 2 : strcmp(page, "2m") == 0; // level of the leaves
    for (unsigned i = 0; i < SMMPT_LEVELS; i++)
        ASSERT_EQ(i >= last, w->reads[i] > 0);
    replay_free(r);
    PASS();
}

// Pages of other domains under the program: its tables among them are refused, and no right is given.
TEST refuses(void)
{
    struct replay_cfg cfg;
    setup(&cfg, "mpt", "errata.L3");
    set(&cfg.world, "mpt.page", "4k");
    set(&cfg.world, "secure.pattern", "alternate");
    cfg.world.secure.used = true;
    struct replay_result *r = replay(&cfg, loads("u", 120, "sfence.vma 0 *\n"));
    ASSERT_EQ(REPLAY_DONE, r->end);
    ASSERT_GT(r->l2.ward.leak.refused, 10);
    ASSERT_EQ(0, leak_mpt_total(&r->l2.ward.leak) + leak_mpt_needless(&r->l2.ward.leak));
    replay_free(r);
    r = replay(&cfg, loads("vu", 120, "sfence.vma 0 *\n")); // tables of the guest
    ASSERT_EQ(REPLAY_DONE, r->end);
    ASSERT_GT(r->l2.ward.refused[WARD_LLPTW] + r->l2.ward.refused[WARD_PTW], 0);
    replay_free(r);
    PASS();
}

// T1: misses beside each other take rights of other pages. As the RTL does, and the oracles see it.
TEST misses_beside_each_other(void)
{
    struct replay_cfg cfg;
    setup(&cfg, "mpt", "errata.L3");
    set(&cfg.world, "mpt.page", "4k");
    struct replay_result *r = replay(&cfg, loads("u", 120, ""));
    ASSERT_EQ(REPLAY_DONE, r->end);
    ASSERT_GT(leak_mpt_total(&r->l2.ward.leak), 0);
    ASSERT_GT(r->wrong, 0);
    ASSERT(r->l2.ward.kept > 0 && r->l2.ward.first[0].what.given != r->l2.ward.first[0].what.due);
    replay_free(r);
    PASS();
}

// A trace writes the table: nothing is judged until a new domain has emptied the caches.
TEST edits(void)
{
    char text[512];
    struct replay_cfg cfg;
    setup(&cfg, "mpt", "errata.L3");
    snprintf(text, sizeof text,
             "GVT 1\nisa riscv64\nkind access\naddress virtual\ntables built\nrun\nl 400000 8 u\nmem %jx 0\n"
             "l 800000 8 u\n",
             (uintmax_t)cfg.world.domain.base);
    struct replay_result *r = replay(&cfg, text);
    ASSERT_EQ(REPLAY_DONE, r->end);
    ASSERT_GT(r->l2.ward.leak.unsettled[ORACLE_MPT] + r->l2.ward.leak.unsettled[ORACLE_REGISTERS], 0);
    ASSERT_EQ(0, leak_mpt_total(&r->l2.ward.leak));
    replay_free(r);
    PASS();
}

TEST refused_worlds(void)
{
    struct replay_cfg cfg;
    setup(&cfg, "default", "errata.L3");
    set(&cfg.world, "mpt.mode", "smmpt52");
    struct replay_result *r = replay(&cfg, loads("u", 1, ""));
    ASSERT_EQ(REPLAY_BAD_INPUT, r->end);
    ASSERT(strstr(r->message, "mpt.mode"));
    replay_free(r);
    setup(&cfg, "bitmap", "errata.L3"); // a machine without it does not see mmpt
    r = replay(&cfg, loads("u", 1, "csr mmpt 1000000000090000\n"));
    ASSERT(r->end == REPLAY_DONE && !r->l2.ward.on && !r->wrong);
    replay_free(r);
    PASS();
}

// --- the L1 side ----------------------------------------------------------------------------------

// Page 0x12345 of a one-stage translation to 0xabcd45, as 2 MiB, 64 KiB or 4 KiB.
static struct ptw_resp translation(unsigned level, bool n, unsigned mpt_level, bool napot, bool contiguous)
{
    const uint64_t vpn = 0x12345, ppn = level ? 0xabcc00 : n ? 0xabcd48 : 0xabcd45; // 2 MiB: 0xabcd45 & ~0x1ff
    return (struct ptw_resp){
        .s1 = {.tag = vpn >> 3, .addr_low = vpn & 7, .ppn = ppn >> 3, .level = (uint8_t)level, .n = n, .v = 1,
               .ppn_low = {ppn & 7, ppn & 7, ppn & 7, ppn & 7, ppn & 7, ppn & 7, ppn & 7, ppn & 7},
               .valididx = 0x30, .pteidx = 1u << (vpn & 7)},
        .mpt = {.right = 7, .level = (uint8_t)mpt_level, .napot = napot, .contiguous = contiguous},
    };
}

TEST cut_sizes(void)
{
    static const struct {
        unsigned level, n, mpt, napot, contiguous, to, to_n, valid; // valid: 0: the page alone
    } row[] = {
        {1, 0, 1, 0, 0, 1, 0, 0xff}, {1, 0, 2, 0, 0, 1, 0, 0xff}, {2, 0, 1, 0, 0, 1, 0, 0xff},
        {1, 0, 0, 1, 1, 0, 1, 0xff}, {1, 0, 0, 0, 1, 0, 0, 0xff}, {1, 0, 0, 0, 0, 0, 0, 0},
        {0, 1, 1, 0, 0, 0, 1, 0xff}, {0, 1, 0, 1, 1, 0, 1, 0xff}, {0, 1, 0, 0, 0, 0, 0, 0},
        {0, 0, 0, 1, 1, 0, 0, 0x30}, {0, 0, 0, 0, 1, 0, 0, 0x30}, {0, 0, 0, 0, 0, 0, 0, 0},
        {0, 0, 1, 0, 0, 0, 0, 0}, // a leaf above level 0 says nothing of neighbours
    };
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        struct ptw_resp r = translation(row[i].level, row[i].n, row[i].mpt, row[i].napot, row[i].contiguous);
        l1_mpt_cut(&r);
        ASSERT_EQ(row[i].to, r.s1.level);
        ASSERT_EQ(row[i].to_n, r.s1.n);
        ASSERT_EQ(row[i].valid ? row[i].valid : 1u << 5, r.s1.valididx);
    }
    PASS();
}

static uint64_t one_stage(const struct sector_resp *s, uint64_t vpn)
{
    bool big = s->level || s->n;
    uint64_t ppn = s->ppn << 3 | s->ppn_low[big ? s->addr_low : vpn & 7];
    return big ? leaf_ppn(ppn, vpn, s->level, s->n) : ppn;
}

// What is left of a translation says of every page that it covers what the whole one said.
TEST cut_pages(void)
{
    struct l2tlb_rules rule = {.l1_big_ignores_valididx = true};
    for (uint64_t k = 0; k < 4000; k++) {
        uint64_t h = mix64(k);
        unsigned kind = h & 1 ? ALL_STAGE : NO_S2XLATE, level = h >> 1 & 3, n = h >> 3 & 1;
        struct ptw_resp was = translation(level % 3, n && level % 3 == 0, h >> 4 & 3, h >> 6 & 1, h >> 7 & 1), r;
        if (level % 3 == 2)
            was.s1.ppn &= ~UINT64_C(0x7fff);
        was.s2xlate = (uint8_t)kind;
        if (level % 3 == 0 && !n)
            for (unsigned j = 0; j < 8; j++)
                was.s1.ppn_low[j] = (uint8_t)j;
        was.s2 = (struct hptw_resp){.tag = 0x98765, .ppn = 0x55500000, .level = (uint8_t)(h >> 8 & 3) % 3};
        r = was;
        l1_mpt_cut(&r);
        struct l1_answer a;
        l1_answer_set(&a, &r, &rule);
        ASSERT(l1_in_range(&a, 0x12345));
        if (kind == ALL_STAGE) {
            ASSERT_EQ(gen_ppn_s2(&was.s2, was.s2.tag), gen_ppn_s2(&r.s2, r.s2.tag));
            ASSERT(l1_all_level(&r) <= l1_all_level(&was));
            continue;
        }
        for (unsigned i = 0; i < 64; i++) {
            uint64_t vpn = 0x12345 ^ (mix64(h + i) & mask64(i % 20));
            if (l1_in_range(&a, vpn))
                ASSERT_EQ(one_stage(&was.s1, vpn), one_stage(&r.s1, vpn));
        }
    }
    PASS();
}

// Huge pages over rights of 4 KiB: the L1 side asks again for every page.
TEST cut_replays(void)
{
    static const char *const page[] = {"4k", "64k", "2m"};
    uint64_t asked[3];
    for (unsigned i = 0; i < 3; i++) {
        struct replay_cfg cfg;
        setup(&cfg, "mpt", "errata.L3");
        set(&cfg.world, "pages", "2m");
        set(&cfg.world, "mpt.page", page[i]);
        struct replay_result *r = replay(&cfg, loads("vu", 400, ""));
        ASSERT(r && r->end == REPLAY_DONE);
        asked[i] = r->l2.accepted[1];
        replay_free(r);
    }
    ASSERT(asked[0] > 2 * asked[1] && asked[0] > 2 * asked[2]); // 16 pages of each 2 MiB are used
    PASS();
}

SUITE(domain_suite)
{
    for (volatile size_t i = 0; i < sizeof grains / sizeof *grains; i++)
        RUN_TEST1(pieces, &grains[i]);
    RUN_TESTp(others, "4k", "one8", false);
    RUN_TESTp(others, "4k", "alternate", true);
    RUN_TESTp(others, "64k", "region", false);
    RUN_TESTp(others, "2m", "region", false);
    RUN_TESTp(others, "2m", "region", true);
    RUN_TEST(gigabytes);
    RUN_TEST(parameters);
    RUN_TEST(mmpt_writes);
    RUN_TEST(images);
    RUN_TESTp(replays, "u", "4k");
    RUN_TESTp(replays, "u", "64k");
    RUN_TESTp(replays, "vu", "4k");
    RUN_TESTp(replays, "vu", "2m");
    RUN_TESTp(replays, "vu", "1g");
    RUN_TEST(cut_sizes);
    RUN_TEST(cut_pages);
    RUN_TEST(cut_replays);
    RUN_TEST(refuses);
    RUN_TEST(misses_beside_each_other);
    RUN_TEST(edits);
    RUN_TEST(refused_worlds);
}
