// SPDX-License-Identifier: MulanPSL-2.0
// Recordings of the real RTL, replayed with every output compared in every cycle, with idle cycles
// skipped and without, don't-care fields included. The copies under tests/golden; the complete
// sets are run by scripts/golden.sh. Sets in state "open" are not judged.
#include "check/l1check.h"
#include "check/check.h"
#include "tests/harness.h"

#include <dirent.h>

enum { MAX_NAMES = 256, MAX_NAME = 96 };

struct golden_set {
    char name[64], preset[32], revision[16];
};

static char names[MAX_NAMES][MAX_NAME];

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

// Names of the recordings in tests/golden/SET, sorted.
static unsigned list_set(const char *set)
{
    char dir[128];
    unsigned n = 0;
    snprintf(dir, sizeof dir, "tests/golden/%s", set);
    DIR *d = opendir(dir);
    for (struct dirent *e; d && n < MAX_NAMES && (e = readdir(d)) != NULL;) {
        size_t len = strlen(e->d_name);
        if (len < 9 || len - 8 >= MAX_NAME || strcmp(e->d_name + len - 8, ".stim.gz") != 0)
            continue;
        memcpy(names[n], e->d_name, len - 8);
        names[n++][len - 8] = 0;
    }
    if (d)
        closedir(d);
    qsort(names, n, MAX_NAME, by_name);
    return n;
}

static enum greatest_test_res replay(const struct golden_set *set, const char *name, bool skip)
{
    char stim[256], gold[256], msg[512];
    struct l2tlb_cfg cfg;
    struct check_options how = {.skip = skip, .strict = true};
    struct check_result r;
    snprintf(stim, sizeof stim, "tests/golden/%s/%s.stim.gz", set->name, name);
    snprintf(gold, sizeof gold, "tests/golden/%s/%s.gold.gz", set->name, name);
    ASSERT(cfg_preset(&cfg, set->preset));
    ASSERT_EQ(NULL, cfg_set(&cfg, "revision", set->revision, msg, sizeof msg));
    ASSERT_EQ(NULL, cfg_finish(&cfg, msg, sizeof msg));
    const char *err =
        l1check_is_l1stim(stim)
            ? l1check_run(&cfg, stim, gold, &how, NULL, NULL, &r, msg, sizeof msg)
            : check_run(&cfg, stim, gold, &how, NULL, &r, msg, sizeof msg);
    if (err)
        printf("\n  %s", err);
    ASSERT_EQ(NULL, err);
    if (r.mismatches)
        printf("\n  %s, cycle %ju: %s", stim, (uintmax_t)r.first_cycle, r.first);
    ASSERT_EQ(0, r.mismatches);
    ASSERT_GT(r.events, 0);
    PASS();
}

TEST golden(const struct golden_set *set, const char *name)
{
    return replay(set, name, true);
}

TEST golden_no_skip(const struct golden_set *set, const char *name)
{
    return replay(set, name, false);
}

static void run_set(const struct golden_set *set)
{
    unsigned n = list_set(set->name);
    for (unsigned i = 0; i < n; i++) {
        char suffix[64];
        snprintf(suffix, sizeof suffix, "%.16s_%.44s", set->name, names[i]);
        greatest_set_test_suffix(suffix);
        RUN_TESTp(golden, set, names[i]);
        greatest_set_test_suffix(suffix);
        RUN_TESTp(golden_no_skip, set, names[i]);
    }
}

// A difference must be noticed: the recording of one scenario against the stimulus of another.
TEST difference_is_found(void)
{
    char msg[512];
    struct l2tlb_cfg cfg;
    struct check_options how = {.skip = true};
    struct check_result r;
    ASSERT(cfg_preset(&cfg, "minimal"));
    ASSERT_EQ(NULL, cfg_finish(&cfg, msg, sizeof msg));
    const char *err = check_run(&cfg, "tests/golden/public/path_no_sv39_l20.stim.gz",
                                "tests/golden/public/path_no_sv39_l5.gold.gz", &how, NULL, &r, msg,
                                sizeof msg);
    ASSERT_EQ(NULL, err);
    ASSERT_GT(r.mismatches, 0);
    ASSERT(strstr(r.first, "got") != NULL);
    PASS();
}

// The report of a difference names both sides and dumps every block.
TEST difference_report(void)
{
    char msg[512], text[256];
    struct l2tlb_cfg cfg;
    struct check_options how = {.skip = true};
    struct check_result r;
    FILE *f = tmpfile();
    ASSERT(f != NULL);
    ASSERT(cfg_preset(&cfg, "default"));
    ASSERT_EQ(NULL, cfg_finish(&cfg, msg, sizeof msg));
    ASSERT_EQ(NULL, check_run(&cfg, "tests/golden/public/rand_small_no.stim.gz",
                              "tests/golden/public/rand_small_no.gold.gz", &how, f, &r, msg,
                              sizeof msg));
    ASSERT_GT(r.mismatches, 0);
    rewind(f);
    bool recording = false, llptw = false;
    while (fgets(text, sizeof text, f)) {
        recording = recording || strstr(text, "recording");
        llptw = llptw || strstr(text, "llptw");
    }
    fclose(f);
    ASSERT(recording);
    ASSERT(llptw);
    PASS();
}

// Unusable recordings are refused with their name and line.
TEST unusable_recordings(void)
{
    static const char *const stim = "tests/golden/public/path_no_sv39_l20.stim.gz";
    char msg[512];
    struct l2tlb_cfg cfg;
    struct check_options how = {.skip = true};
    struct check_result r;
    ASSERT(cfg_preset(&cfg, "minimal"));
    ASSERT_EQ(NULL, cfg_finish(&cfg, msg, sizeof msg));
    ASSERT_NEQ(NULL, check_run(&cfg, "no/such/file", stim, &how, NULL, &r, msg, sizeof msg));
    ASSERT(strstr(msg, "no/such/file: No such file or directory") != NULL);
    ASSERT_NEQ(NULL, check_run(&cfg, stim, "no/such/file", &how, NULL, &r, msg, sizeof msg));
    ASSERT(strstr(msg, "no/such/file: No such file or directory") != NULL);
    ASSERT_NEQ(NULL, check_run(&cfg, stim, stim, &how, NULL, &r, msg, sizeof msg));
    ASSERT(strstr(msg, ":1: not a line of a recording") != NULL);
    PASS();
}

SUITE(golden_suite)
{
    FILE *f = fopen("scripts/golden_sets.tsv", "r");
    char line[512];
    while (f && fgets(line, sizeof line, f)) {
        struct golden_set set;
        char folder[128], pattern[256], state[16];
        if (line[0] != '#' && sscanf(line, "%63s %127s %31s %15s %255s %15s", set.name, folder,
                                     set.preset, set.revision, pattern, state) == 6 &&
            strcmp(state, "must") == 0)
            run_set(&set);
    }
    if (f)
        fclose(f);
    RUN_TEST(difference_is_found);
    RUN_TEST(difference_report);
    RUN_TEST(unusable_recordings);
}
