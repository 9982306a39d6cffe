// SPDX-License-Identifier: MulanPSL-2.0
// Replays over an image: tables are what they are. A fault is a fault (no retry, no fence of our own), the
// address check stands, modes that the machine lacks and traces of another ISA are refused; remarks.
#include "arch/pte.h"
#include "replay/replay.h"
#include "report/remarks.h"
#include "tests/harness.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 80 };

static char folder[PATH_SIZE];

static bool put(const char *name, const char *head, const char *body)
{
    char path[2 * PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    return f && fprintf(f, "%s%s", head, body) > 0 && fclose(f) == 0;
}

static struct replay_cfg plain(void)
{
    struct replay_cfg cfg;
    char msg[128];
    replay_cfg_default(&cfg);
    cfg_preset(&cfg.machine, "default");
    cfg_set(&cfg.machine, "errata.L3", "fixed", msg, sizeof msg);
    cfg_finish(&cfg.machine, msg, sizeof msg);
    cfg.oracle = true;
    return cfg;
}

// Replays `records` over `image` (NULL: a built world); the trace says `isa`. NULL: no memory.
static struct replay_result *run(const struct replay_cfg *cfg, const char *isa, const char *image,
                                 const char *records)
{
    char head[160], path[2 * PATH_SIZE];
    strcpy(folder, "/tmp/l2tlb-image-XXXXXX");
    snprintf(head, sizeof head, "GVT 1\nisa %s\nkind access\naddress virtual\ntables %s\nrun\n", isa,
             image ? "image t.img" : "built");
    if (!mkdtemp(folder) || !put("t.gvt", head, records) || (image && !put("t.img", image, "")))
        return NULL;
    snprintf(path, sizeof path, "%s/t.gvt", folder);
    struct replay_result *r = replay_run(cfg, path);
    unlink(path);
    snprintf(path, sizeof path, "%s/t.img", folder);
    unlink(path);
    rmdir(folder);
    return r;
}

// One gigapage at 2 GiB; everything else is not mapped.
#define GIGA "csr satp 8000000000080000\n80000010 200000cf\n"

static uint64_t page_faults(const struct replay_result *r)
{
    uint64_t n = 0;
    for (unsigned k = 0; k < L1_CLASSES; k++)
        n += r->front.page_faults[k];
    return n;
}

TEST a_fault_is_a_fault(void)
{
    static const struct {
        const char *records;
        unsigned faults, requests;
    } rows[] = {
        {"l 80000000 8 s\nl 40000000 8 s\n", 1, 2},
        {"l 80000000 8 s\ns 40000000 8 s\nf 40001000 4 s\na 40002000 8 s\n", 3, 4},
        {"l 40000ffc 8 s\n", 2, 2},                               // both halves
        {"l 80000000 8 s\nl 8000000080000000 8 s\n", 1, 1},       // not sign-extended
        {"l 80000000 8 s\nl 4080000000 8 s\nl 80000000 8 s\n", 1, 2}, // its truncated request (L9)
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (unsigned first_touch = 0; first_touch < 2; first_touch++) {
            struct replay_cfg cfg = plain();
            cfg.first_touch = first_touch;
            struct replay_result *r = run(&cfg, "riscv64", GIGA, rows[i].records);
            ASSERT(r);
            ASSERT_EQm(r->message, REPLAY_DONE, r->end);
            ASSERT_EQ(rows[i].faults, page_faults(r));
            ASSERT_EQ(rows[i].requests, r->l2.accepted[0] + r->l2.accepted[1]);
            ASSERT_EQ(0, r->kernel_fences);
            ASSERT_EQ(0, r->l2.fences);
            ASSERT_EQm(r->complaint, 0, r->wrong);
            replay_free(r);
        }
    PASS();
}

// The same trace in a built world that maps pages on first touch: there the fault may be stale.
TEST built_worlds_fence(void)
{
    struct replay_cfg cfg = plain();
    cfg.first_touch = true;
    struct replay_result *r = run(&cfg, "riscv64", NULL, "l 10000 8 s\nl 11000 8 s @5000\n"
                                                         "l 8000000000012000 8 s @9000\n");
    ASSERT(r);
    ASSERT_EQm(r->message, REPLAY_DONE, r->end);
    ASSERT_GT(r->kernel_fences, 0);
    ASSERT_EQ(1, page_faults(r)); // the address check stands
    ASSERT_EQ(1, r->unmappable);
    replay_free(r);
    PASS();
}

TEST fetches_alias(void)
{
    static const char records[] = "f ffffffc000000000 4 s\nf 4000000000 4 s @1000\n";
    for (unsigned fixed = 0; fixed < 2; fixed++) {
        struct replay_cfg cfg = plain();
        char msg[128];
        cfg_set(&cfg.machine, "errata.L16", fixed ? "fixed" : "as-rtl", msg, sizeof msg);
        cfg_finish(&cfg.machine, msg, sizeof msg);
        struct replay_result *r = run(&cfg, "riscv64", NULL, records);
        struct remarks m;
        ASSERT(r);
        ASSERT_EQm(r->message, REPLAY_DONE, r->end);
        ASSERT_EQ(fixed, r->front.page_faults[L1_FETCH]);
        ASSERT_EQ(1, r->unmappable);
        ASSERT_EQ(1, r->unmappable_fetches);
        remarks_of(&m, &cfg, r);
        ASSERT_EQ(1, m.count);
        ASSERT_EQ(!fixed, strstr(m.item[0].text, "errata.L16") != NULL);
        replay_free(r);
    }
    PASS();
}

// Registers of the image, and writes of the trace.
TEST modes(void)
{
    static const struct {
        const char *image, *records, *message;
    } rows[] = {
        {"csr satp a000000000080000\n", "l 1000 8 s\n", "t.img: satp has mode 10 (Sv57)"},
        {"csr vsatp b000000000080000\n", "l 1000 8 s\n", "t.img: vsatp has mode 11,"},
        {"csr hgatp a000000000080000\n", "l 1000 8 s\n", "t.img: hgatp has mode 10"},
        {GIGA, "l 80000000 8 s\ncsr satp a000000000080000\nl 80000000 8 s\n",
         "record 2: satp has mode 10 (Sv57)"},
        {GIGA, "csr hgatp 1000000000080000\nl 80000000 8 s\n", "record 1: hgatp has mode 1,"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (unsigned untranslated = 0; untranslated < 2; untranslated++) {
            struct replay_cfg cfg = plain();
            struct remarks m;
            cfg.untranslated = untranslated;
            struct replay_result *r = run(&cfg, "riscv64", rows[i].image, rows[i].records);
            ASSERT(r);
            ASSERT_EQm(r->message, untranslated ? REPLAY_DONE : REPLAY_BAD_INPUT, r->end);
            if (untranslated) {
                remarks_of(&m, &cfg, r);
                ASSERT_EQ(1, m.count);
                ASSERT_STR_EQ("modes", m.item[0].id);
                ASSERT_EQ(0, page_faults(r));
            } else {
                ASSERTm(r->message, strstr(r->message, rows[i].message) != NULL);
            }
            replay_free(r);
        }
    // A stage that is off is not in the way of the other: V = 1 over a bare VS stage.
    struct replay_cfg cfg = plain();
    cfg.untranslated = true;
    struct replay_result *r = run(&cfg, "riscv64",
                                  "csr vsatp a000000000080000\ncsr hgatp 8000000000080000\n"
                                  "80000010 200000df\n",
                                  "l 80001000 8 vs\n");
    ASSERT(r);
    ASSERT_EQ(1, r->l2.by_kind[ONLY_STAGE2].count);
    ASSERT_EQ(0, r->front.guest_faults[L1_LOAD]);
    replay_free(r);
    PASS();
}

// A built world has a mode of its own: said, not refused.
TEST modes_of_built_worlds(void)
{
    struct replay_cfg cfg = plain();
    struct remarks m;
    struct replay_result *r = run(&cfg, "riscv64", NULL, "csr satp a000000000080000\nl 10000 8 s\n");
    ASSERT(r);
    ASSERT_EQm(r->message, REPLAY_DONE, r->end);
    ASSERT_EQ(0, page_faults(r));
    remarks_of(&m, &cfg, r);
    ASSERT_EQ(1, m.count);
    ASSERT(strstr(m.item[0].text, "Sv57") && strstr(m.item[0].text, "sv39"));
    replay_free(r);
    r = run(&cfg, "riscv64", NULL, "csr satp 8000000000080000\nl 10000 8 s\n");
    ASSERT(r);
    remarks_of(&m, &cfg, r);
    ASSERT_EQ(0, m.count);
    replay_free(r);
    PASS();
}

TEST isas(void)
{
    static const struct {
        const char *isa;
        int refused;      // without --arch
        unsigned remarks; // without --arch
    } rows[] = {{"riscv64", 0, 0}, {"aarch64", 1, 0}, {"x86_64", 1, 0}, {"other", 0, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (unsigned given = 0; given < 2; given++) {
            struct replay_cfg cfg = plain();
            struct remarks m;
            cfg.arch_given = given;
            struct replay_result *r = run(&cfg, rows[i].isa, NULL, "l 10000 8 u\n");
            ASSERT(r);
            ASSERT_EQm(rows[i].isa, !given && rows[i].refused ? REPLAY_BAD_INPUT : REPLAY_DONE, r->end);
            if (r->end == REPLAY_BAD_INPUT) {
                ASSERT(strstr(r->message, rows[i].isa) && strstr(r->message, "--arch riscv64"));
            } else {
                remarks_of(&m, &cfg, r);
                ASSERT_EQ(given ? 0 : rows[i].remarks, m.count);
            }
            replay_free(r);
        }
    PASS();
}

// Options of built worlds.
TEST worlds_of_images(void)
{
    for (unsigned i = 0; i < 8; i++) {
        struct replay_cfg cfg = plain();
        struct replay_result r = {.header = {.tables = i & 1 ? GVT_IMAGE : GVT_BUILT}};
        struct remarks m;
        cfg.world_given = i & 2;
        cfg.first_touch = i & 4;
        remarks_of(&m, &cfg, &r);
        ASSERT_EQ((i & 1) && i > 1, m.count);
    }
    PASS();
}

static const char *remark(const struct replay_cfg *cfg, const struct replay_result *r, const char *id)
{
    static struct remarks m;
    remarks_of(&m, cfg, r);
    for (unsigned i = 0; i < m.count; i++)
        if (strcmp(m.item[i].id, id) == 0)
            return m.item[i].text;
    return "";
}

// More than half of the answers, else of the accesses.
TEST mostly_faults(void)
{
    static const struct replay_result none; // a result is megabytes: two of them are too much for a stack
    static struct replay_result r;
    struct replay_cfg cfg = plain();
    r.header.tables = GVT_IMAGE;
    r.l2.all.count = 412602;
    r.l2.faults[NO_S2XLATE][ANSWER_OK][0] = 412602 - 399055;
    r.l2.faults[NO_S2XLATE][ANSWER_PF][2] = 399000;
    r.l2.faults[ALL_STAGE][ANSWER_GAF][0] = 55;
    ASSERT_STR_EQ("412,602 answers, 399,055 faults: does the image belong to this trace?",
                  remark(&cfg, &r, "faults"));
    r.header.tables = GVT_BUILT;
    ASSERT(strstr(remark(&cfg, &r, "faults"), "does the world belong"));
    r.l2.all.count = 2 * 399055;
    ASSERT_STR_EQ("", remark(&cfg, &r, "faults"));
    r.front.done[L1_LOAD] = 1999;
    r.front.access_faults[L1_LOAD] = 1000;
    ASSERT(strstr(remark(&cfg, &r, "faults"), "1,999 accesses, 1,000 faults"));
    r.front.done[L1_LOAD]++;
    ASSERT_STR_EQ("", remark(&cfg, &r, "faults"));
    r = none;
    ASSERT_STR_EQ("", remark(&cfg, &r, "faults"));
    PASS();
}

TEST wide_addresses(void)
{
    struct replay_cfg cfg = plain();
    struct replay_result *r = run(&cfg, "riscv64", NULL, "l 7ffe00001000 8 u\nl 401000 8 u\n");
    ASSERT(r);
    ASSERT(strstr(remark(&cfg, r, "addresses"), "1 of 2 accesses"));
    ASSERT(strstr(remark(&cfg, r, "addresses"), "mode=sv48"));
    replay_free(r);
    cfg.world.s_mode = cfg.world.vs_mode = cfg.world.g_mode = MODE_SV48;
    r = run(&cfg, "riscv64", NULL, "l 7ffe00001000 8 u\nl 401000 8 u\n");
    ASSERT(r);
    ASSERT_STR_EQ("", remark(&cfg, r, "addresses"));
    replay_free(r);
    r = run(&cfg, "riscv64", NULL, "l ff7ffe00001000 8 u\nl 401000 8 u\n");
    ASSERT(r);
    ASSERT(strstr(remark(&cfg, r, "addresses"), "--canonical 48"));
    ASSERT_FALSE(strstr(remark(&cfg, r, "addresses"), "mode=sv48"));
    replay_free(r);
    PASS();
}

static void *writer(void *path)
{
    FILE *f = fopen(path, "w");
    if (!f)
        return NULL;
    fputs("GVT 1\nisa riscv64\nkind access\naddress virtual\ntables built\nrun\n"
          "l 10000 8 u\nl 20000 8 u\n", f);
    return fclose(f) == 0 ? path : NULL;
}

// A pipe with a name is read once: pages are mapped when they are used.
TEST a_pipe(void)
{
    char name[PATH_SIZE] = "/tmp/l2tlb-pipe-XXXXXX", path[2 * PATH_SIZE];
    struct replay_cfg cfg = plain();
    pthread_t thread;
    void *wrote;
    ASSERT(mkdtemp(name));
    snprintf(path, sizeof path, "%s/fifo", name);
    ASSERT_EQ(0, mkfifo(path, 0600));
    ASSERT_EQ(0, pthread_create(&thread, NULL, writer, path));
    struct replay_result *r = replay_run(&cfg, path);
    pthread_join(thread, &wrote);
    unlink(path);
    rmdir(name);
    ASSERT(r && wrote);
    ASSERT_EQm(r->message, REPLAY_DONE, r->end);
    ASSERT_EQ(2, r->accesses);
    ASSERT_FALSE(r->premapped);
    replay_free(r);
    PASS();
}

SUITE(replay_image_suite)
{
    RUN_TEST(a_fault_is_a_fault);
    RUN_TEST(built_worlds_fence);
    RUN_TEST(fetches_alias);
    RUN_TEST(modes);
    RUN_TEST(modes_of_built_worlds);
    RUN_TEST(isas);
    RUN_TEST(worlds_of_images);
    RUN_TEST(mostly_faults);
    RUN_TEST(wide_addresses);
    RUN_TEST(a_pipe);
}
