// SPDX-License-Identifier: MulanPSL-2.0
// Studies: constraints, plans and draws, the order of settings, bits of storage against numbers worked out by hand.
#include "study/expression.h"
#include "study/plan.h"
#include "study/point.h"
#include "study/storage.h"
#include "tests/harness.h"

#include <string.h>
#include <unistd.h>

static char msg[STUDY_MSG];

// --- constraints ------------------------------------------------------------------------------------

static const char *name(void *ctx, const char *word)
{
    (void)ctx;
    if (strcmp(word, "a.b_1") == 0)
        return "6";
    if (strcmp(word, "half") == 0)
        return "0.5";
    return strcmp(word, "kind") == 0 ? "huge" : NULL;
}

static const char *said(const char *text)
{
    const char *why;
    bool is = expression_true(text, name, NULL, &why, msg, sizeof msg);
    return why ? why : is ? "true" : "false";
}

TEST constraints_are_computed(void)
{
    static const char *const holds[] = {
        "1 < 2", "2 <= 2", "3 > 2", "2 >= 2", "2 == 2", "2 != 3", "1 + 2 * 3 == 7", "(1 + 2) * 3 == 9", "7 - 2 - 1 == 4",
        "8 / 2 / 2 == 2", "a.b_1 * half == 3", "a.b_1-1 == 5", "kind == \"huge\"", "kind != \"small\"", "\"6\" == \"6\"",
        "0.1 < half", "((((1)))) == 1", "1 == 1 ",
    };
    for (unsigned i = 0; i < sizeof holds / sizeof *holds; i++)
        ASSERT_STR_EQ("true", said(holds[i]));
    ASSERT_STR_EQ("false", said("2 < 2"));
    ASSERT_STR_EQ("false", said("2 > 2"));
    ASSERT_STR_EQ("false", said("3 <= 2"));
    ASSERT_STR_EQ("false", said("2 >= 3"));
    ASSERT_STR_EQ("false", said("2 != 2"));
    ASSERT_STR_EQ("false", said("kind == \"hug\""));
    PASS();
}

TEST constraints_that_cannot_be_read(void)
{
    static const char *const wrong[][2] = {
        {"", "a number or a name is missing before: the end"},
        {"1", "a comparison (<= < >= > == !=) is missing before: the end"},
        {"1 = 1", "a comparison (<= < >= > == !=) is missing before: = 1"},
        {"1 =< 1", "a comparison (<= < >= > == !=) is missing before: =< 1"},
        {"1 <", "a number or a name is missing before: the end"},
        {"nobody < 1", "no parameter is called nobody"},
        {"kind < 1", "text is only == or !=: huge"},
        {"kind + 1 < 1", "not a number: huge"},
        {"1 / (a.b_1 - 6) < 1", "division by zero"},
        {"(1 < 2", "a bracket is not closed"},
        {"1 < 2)", "not understood: )"},
        {"\"x < 2", "a quotation mark is not closed"},
        {"((((((((((((((((((((((((((((((((((1", "too many brackets"},
    };
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ASSERT_STR_EQ(wrong[i][1], said(wrong[i][0]));
    PASS();
}

// --- plans ------------------------------------------------------------------------------------------

static struct study *study;
static struct plan *plan;

static void away(void)
{
    plan_free(plan);
    study_free(study);
    plan = NULL;
    study = NULL;
}

static unsigned calls_left;
static bool go_on(void)
{
    return calls_left && calls_left--;
}

// A study of one trace with these lines behind [study]; still: as `go_on` of plan_new(). False: msg says why.
static bool planned_while(const char *lines, bool (*still)(void))
{
    char path[64], trace[64];
    snprintf(path, sizeof path, "/tmp/l2tlb_study_%ld.ini", (long)getpid());
    snprintf(trace, sizeof trace, "/tmp/l2tlb_study_%ld.gvt", (long)getpid());
    FILE *f = fopen(trace, "w");
    away();
    if (!f)
        return false;
    fputs("GVT 1\nisa riscv64\nkind port\naddress virtual\ntables built\nrun\nq 0 1000 0 @100\n", f);
    fclose(f);
    if (!(f = fopen(path, "w")))
        return false;
    fprintf(f, "[study]\ntraces = %s\n%s", trace, lines);
    fclose(f);
    study = study_load(path, msg, sizeof msg);
    if (study)
        plan = plan_new(study, still, msg, sizeof msg);
    unlink(path);
    unlink(trace);
    return plan != NULL;
}

static bool planned(const char *lines)
{
    return planned_while(lines, NULL);
}

static const char *label(unsigned c)
{
    static char text[256];
    return point_label(study, plan_values(plan, c), text, sizeof text);
}

TEST grids_are_whole(void)
{
    ASSERT(planned("seeds = 3, 5\n[vary]\nllptw.size = 1..5 +2\nmem.lat = 100..400 *2\n"));
    ASSERT_EQ(9, plan->combinations);
    ASSERT_EQ(18, plan_points(plan));
    ASSERT_STR_EQ("llptw.size=1 mem.lat=100", label(0));
    ASSERT_STR_EQ("llptw.size=1 mem.lat=200", label(1));
    ASSERT_STR_EQ("llptw.size=5 mem.lat=400", label(8));
    ASSERT_EQ(4, plan_point(plan, 9).combination);
    ASSERT_EQ(1, plan_point(plan, 9).seed);
    ASSERT(strcmp(plan_config(plan, plan_point(plan, 8)), plan_config(plan, plan_point(plan, 9))) != 0);
    away();
    PASS();
}

TEST interrupted_plans_say_so(void)
{
    for (unsigned n = 0; n < 2; n++) { // before the trace, before the first combination
        calls_left = n;
        ASSERT(!planned_while("", go_on));
        ASSERT_STR_EQ("interrupted while planning", msg);
    }
    calls_left = 2;
    ASSERT(planned_while("", go_on));
    away();
    PASS();
}

TEST what_is_refused_or_the_same_is_left_out(void)
{
    ASSERT(planned("[choice machine]\nplain = -\nsame = llptw.size=6\nother = llptw.size=4\n[vary]\nmem.lat = 160, 200, 240\n"
                   "[constraints]\nrequire = mem.lat < 240\nrequire = storage_bits > 1000\n"));
    ASSERT_EQ(3, plan->refused);
    ASSERT_EQ(2, plan->doubles);
    ASSERT_EQ(4, plan->combinations);
    ASSERT_STR_EQ("machine=plain mem.lat=200", label(1));
    ASSERT_STR_EQ("machine=other mem.lat=160", label(2));
    away();
    PASS();
}

// Every part of each parameter's way is used once.
TEST hypercubes_are_latin(void)
{
    bool seen[2][50] = {{false}};
    ASSERT(planned("sample = lhs\npoints = 50\nseed = 9\n[vary]\nworld.s1.huge = 0.0..1.0\nmem.lat = 1..50\n"));
    ASSERT_EQ(50, plan->combinations);
    for (unsigned c = 0; c < 50; c++) {
        const uint32_t *v = plan_values(plan, c);
        unsigned part = (unsigned)(strtod(study->dim[0].value[v[0]].label, NULL) * 50);
        ASSERT(part < 50 && !seen[0][part] && v[1] < 50 && !seen[1][v[1]]);
        seen[0][part] = seen[1][v[1]] = true;
    }
    away();
    PASS();
}

TEST random_draws_reach_every_value(void)
{
    unsigned count[4] = {0};
    ASSERT(planned("sample = random\npoints = 400\n[vary]\nllptw.size = 1..4\nmem.lat = 1..4000\n"));
    for (unsigned c = 0; c < plan->combinations; c++)
        count[plan_values(plan, c)[0]]++;
    for (unsigned i = 0; i < 4; i++) // 100 expected, standard deviation 8.7
        ASSERT_IN_RANGE(100, count[i], 40);
    away();
    PASS();
}

TEST settings_keep_the_order_of_a_replay(void)
{
    struct replay_cfg cfg;
    ASSERT(planned("[fix]\npagecache.l0_sets = 16\nerrata.D1 = as-rtl\nerrata = fixed\nrevision = 2026-03\npreset = default\n"
                   "[vary]\npagecache.l0_ways = 2\n"));
    ASSERT(!point_configure(study, plan_values(plan, 0), 7, &cfg, msg, sizeof msg));
    ASSERT_EQ(16, cfg.machine.l0_sets); // preset and revision would set 64
    ASSERT_EQ(2, cfg.machine.l0_ways);
    ASSERT_EQ(4, cfg.machine.l1_sets);
    ASSERT(!cfg.machine.errata_fixed[ERR_D1]);
    ASSERT(cfg.machine.errata_fixed[ERR_D2]);
    ASSERT_EQ(7, cfg.world.seed);
    ASSERT_EQ(7, cfg.memory.seed);
    ASSERT(planned("[fix]\nwarmup = 5\noracle = yes\nwindow.load = 3\nretry.amo = 9\n"));
    ASSERT(!point_configure(study, plan_values(plan, 0), 1, &cfg, msg, sizeof msg));
    ASSERT(cfg.machine.errata_fixed[ERR_L3]); // as `l2tlb replay` does
    ASSERT(cfg.roi && cfg.roi_from == 5 && cfg.oracle);
    ASSERT_EQ(3, cfg.front.window[L1_LOAD]);
    ASSERT_EQ(9, cfg.front.retry_amo);
    // One architecture after the other: the world of the first goes as well.
    ASSERT(planned("[fix]\narch = aarch64\nworld.g_mode = sv48\n[vary]\narch = riscv64, aarch64\n"));
    ASSERT(!point_configure(study, plan_values(plan, 0), 1, &cfg, msg, sizeof msg));
    ASSERT(cfg.arch == GVT_RISCV64 && cfg.arch_given && cfg.world.s_mode == MODE_SV39 && cfg.world.g_mode == MODE_SV48);
    ASSERT(!point_configure(study, plan_values(plan, 1), 1, &cfg, msg, sizeof msg));
    ASSERT(cfg.arch == GVT_AARCH64 && cfg.world.s_mode == MODE_SV48);
    away();
    PASS();
}

// Whatever changes a run changes its configuration's text, and so its hash.
TEST configurations_say_everything(void)
{
    static const char *const change[] = {
        "preset = minimal", "revision = 2026-03", "errata = fixed", "errata.B5 = fixed", "llptw.size = 5", "prefetch.enable = 0",
        "mem.lat = 161", "mem.aready = hash", "world.stages = two", "world.g.huge = 0.5", "world.secure.share = 0.2",
        "window.fetch = 2", "retry.store = 9", "arch = riscv64", "arch = aarch64", "oracle = yes", "first_touch = yes",
        "untranslated = yes", "warmup = 1", "watchdog = 1", "rule.napot_strict = yes", "l1.itlb_ways = 47", "keyid.bits = 0",
    };
    enum { CHANGES = sizeof change / sizeof *change };
    char hash[CHANGES + 1][HASH_TEXT], text[128];
    ASSERT(planned(""));
    snprintf(hash[CHANGES], HASH_TEXT, "%s", plan_config(plan, plan_point(plan, 0)));
    for (unsigned i = 0; i < CHANGES; i++) {
        snprintf(text, sizeof text, "[fix]\n%s\n", change[i]);
        ASSERTm(change[i], planned(text));
        snprintf(hash[i], HASH_TEXT, "%s", plan_config(plan, plan_point(plan, 0)));
        bool same = strcmp(hash[i], hash[CHANGES]) == 0;
        ASSERT_EQm(change[i], strcmp(change[i], "keyid.bits = 0") == 0, same);
        for (unsigned k = 0; k < i && !same; k++)
            ASSERTm(change[i], strcmp(hash[i], hash[k]) != 0);
    }
    away();
    PASS();
}

// --- storage ----------------------------------------------------------------------------------------

static const struct storage_row *row_of(const struct l2tlb_cfg *cfg, const char *block)
{
    static struct storage_row row[STORAGE_ROWS];
    for (unsigned i = 0, n = storage_rows(cfg, row); i < n; i++)
        if (strcmp(row[i].name, block) == 0)
            return &row[i];
    return NULL;
}

static void finished(struct l2tlb_cfg *cfg, const char *preset, const char *revision)
{
    cfg_preset(cfg, preset);
    cfg_set(cfg, "revision", revision, msg, sizeof msg);
    cfg_finish(cfg, msg, sizeof msg);
}

// SRAM words of spec A 2.1 (400 and 456 with 10 and 3 bits of padding; 392 and 456 with 1 and 0) and D 0.3 (393).
TEST storage_has_the_words_of_the_specification(void)
{
    struct l2tlb_cfg cfg;
    finished(&cfg, "default", "2025-05");
    ASSERT_EQ(400 - 10, row_of(&cfg, "PageCache L1")->sram);
    ASSERT_EQ(456 - 3, row_of(&cfg, "PageCache L0")->sram);
    finished(&cfg, "minimal", "2025-05");
    ASSERT_EQ(392 - 1, row_of(&cfg, "PageCache L1")->sram);
    ASSERT_EQ(456, row_of(&cfg, "PageCache L0")->sram);
    finished(&cfg, "default", "2026-03");
    ASSERT_EQ(393 - 2, row_of(&cfg, "PageCache L1")->sram);
    ASSERT_EQ(456 - 4, row_of(&cfg, "PageCache L0")->sram);
    PASS();
}

TEST storage_adds_up(void)
{
    struct l2tlb_cfg cfg;
    struct storage_row row[STORAGE_ROWS];
    finished(&cfg, "default", "2025-05");
    // 16 entries of 11 + 16 + 14 + 38 and v, g, h; a tree of 15 bits.
    ASSERT_EQ(16 * (79 + 4) + 15, row_of(&cfg, "PageCache L3")->bits);
    // 128 ways: the word, v, g, h, hashes of ASID, VMID and tag; 32 trees of 3 bits.
    ASSERT_EQ(128 * (453 + 4 + 6 + 6) + 32 * 3, row_of(&cfg, "PageCache L0")->bits);
    ASSERT_EQ(40 * 43 + 13, row_of(&cfg, "Miss queue")->bits);
    ASSERT_EQ(32 * 102, row_of(&cfg, "PMP and PMA")->bits);
    ASSERT_EQ(4 * 48 * 167 + 4 * 47, row_of(&cfg, "L1 TLBs")->bits);
    ASSERT(!row_of(&cfg, "BitmapCache"));
    finished(&cfg, "bitmap", "2025-05");
    ASSERT_EQ(128 * (453 + 4 + 6 + 6 + 8) + 32 * 3, row_of(&cfg, "PageCache L0")->bits);
    ASSERT_EQ(16 * 95 + 15, row_of(&cfg, "BitmapCache")->bits);
    ASSERT_EQ(0, row_of(&cfg, "BitmapCache")->sram);
    finished(&cfg, "bitmap", "2026-03");
    ASSERT_EQ(128 * (25 + 64 + 1) + 32 * 3, row_of(&cfg, "BitmapCache")->bits);
    uint64_t sum = 0;
    for (unsigned i = 0, n = storage_rows(&cfg, row); i < n; i++)
        sum += row[i].bits;
    ASSERT_EQ(sum, storage_bits(&cfg));
    PASS();
}

SUITE(study_suite)
{
    RUN_TEST(constraints_are_computed);
    RUN_TEST(constraints_that_cannot_be_read);
    RUN_TEST(grids_are_whole);
    RUN_TEST(interrupted_plans_say_so);
    RUN_TEST(what_is_refused_or_the_same_is_left_out);
    RUN_TEST(hypercubes_are_latin);
    RUN_TEST(random_draws_reach_every_value);
    RUN_TEST(settings_keep_the_order_of_a_replay);
    RUN_TEST(configurations_say_everything);
    RUN_TEST(storage_has_the_words_of_the_specification);
    RUN_TEST(storage_adds_up);
}
