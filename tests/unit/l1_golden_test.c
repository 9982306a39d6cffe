// SPDX-License-Identifier: MulanPSL-2.0
// L1 recordings: closed loop with the L2TLB behind (skipping idle cycles and not), open loop
// without it, what a fixed erratum changes, and stimuli that must be refused. The copies under
// tests/golden/l1, and all recordings of the shared material where it is present.
#include "check/l1check.h"
#include "check/l1open.h"
#include "check/l1stim.h"
#include "check/l1text.h"
#include "tests/harness.h"

#include <dirent.h>

enum { MAX_NAMES = 128, MAX_NAME = 96 };

static char names[MAX_NAMES][MAX_NAME];
static unsigned name_count;
static char folder[256];

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void list_folder(const char *dir)
{
    DIR *d = opendir(dir);
    name_count = 0;
    snprintf(folder, sizeof folder, "%.200s", dir);
    for (struct dirent *e; d && name_count < MAX_NAMES && (e = readdir(d)) != NULL;) {
        size_t len = strlen(e->d_name);
        if (len < 9 || len - 8 >= MAX_NAME || strcmp(e->d_name + len - 8, ".stim.gz") != 0)
            continue;
        memcpy(names[name_count], e->d_name, len - 8);
        names[name_count++][len - 8] = 0;
    }
    if (d)
        closedir(d);
    qsort(names, name_count, MAX_NAME, by_name);
}

static void file_of(char path[512], const char *name, const char *kind)
{
    snprintf(path, 512, "%s/%s.%s.gz", folder, name, kind);
}

static bool set_up(struct l2tlb_cfg *cfg, const char *fixed)
{
    char msg[256], key[32];
    bool ok = cfg_preset(cfg, "default");
    if (fixed) {
        snprintf(key, sizeof key, "errata.%s", fixed);
        ok = ok && !cfg_set(cfg, key, "fixed", msg, sizeof msg);
    }
    return ok && !cfg_finish(cfg, msg, sizeof msg);
}

static enum greatest_test_res closed(const char *name, bool skip)
{
    char stim[512], gold[512], msg[L1TEXT_MSG];
    struct l2tlb_cfg cfg;
    struct check_options how = {.skip = skip};
    struct check_result r;
    file_of(stim, name, "stim");
    file_of(gold, name, "gold");
    ASSERT(set_up(&cfg, NULL));
    ASSERT(l1check_is_l1stim(stim));
    ASSERT_FALSE(l1check_is_l1stim(gold));
    const char *err = l1check_run(&cfg, stim, gold, &how, NULL, NULL, &r, msg, sizeof msg);
    if (err)
        printf("\n  %s", err);
    ASSERT_EQ(NULL, err);
    if (r.mismatches)
        printf("\n  %s, cycle %ju: %s", stim, (uintmax_t)r.first_cycle, r.first);
    ASSERT_EQ(0, r.mismatches);
    ASSERT_GT(r.events, 0);
    PASS();
}

TEST closed_loop(const char *name) { return closed(name, true); }
TEST closed_loop_no_skip(const char *name) { return closed(name, false); }

TEST open_loop(const char *name)
{
    char stim[512], gold[512], msg[L1TEXT_MSG];
    struct l2tlb_cfg cfg;
    uint64_t events = 0;
    file_of(stim, name, "stim");
    file_of(gold, name, "gold");
    ASSERT(set_up(&cfg, NULL));
    ASSERT_EQ(0, l1open_run(&cfg, stim, gold, stdout, msg, &events));
    ASSERT_GT(events, 0);
    PASS();
}

// Each fixed erratum shows in the recording made for it; the report names the signal.
TEST fixed_errata_show(void)
{
    static const char *const show[][2] = {
        {"L1", "d_consec"}, {"L2", "d_race_sf_D"}, {"L2", "d_race_sf_I"}, {"L3", "d_hang"},
        {"L9", "d_prefault"}, {"L10", "d_race_svi_blk"}, {"L17", "d_gpf"},
    };
    char stim[512], gold[512], msg[L1TEXT_MSG];
    struct l2tlb_cfg cfg;
    struct check_options how = {.skip = true};
    struct check_result r;
    list_folder("tests/golden/l1");
    for (size_t k = 0; k < sizeof show / sizeof show[0]; k++) {
        ASSERT(set_up(&cfg, show[k][0]));
        file_of(stim, show[k][1], "stim");
        file_of(gold, show[k][1], "gold");
        ASSERT_EQ(NULL, l1check_run(&cfg, stim, gold, &how, NULL, NULL, &r, msg, sizeof msg));
        ASSERTm(show[k][0], r.mismatches > 0);
        ASSERT(strstr(r.first, "got") && strstr(r.first, "expected"));
    }
    PASS();
}

// The lines C of a stimulus: accesses that were finished.
static unsigned finished(const char *name, const char *fixed)
{
    char stim[512], msg[L1TEXT_MSG], line[256];
    struct l2tlb_cfg cfg;
    struct check_options how = {.skip = true};
    struct check_result r;
    unsigned n = 0;
    FILE *f = tmpfile();
    file_of(stim, name, "stim");
    if (!f || !set_up(&cfg, fixed) ||
        l1check_run(&cfg, stim, NULL, &how, NULL, f, &r, msg, sizeof msg))
        abort();
    rewind(f);
    while (fgets(line, sizeof line, f))
        n += *line == 'C';
    fclose(f);
    return n;
}

// L17 fixed: younger accesses wait for the older ones, and nobody waits for ever.
TEST l17_everybody_gets_through(void)
{
    list_folder("tests/golden/l1");
    for (unsigned i = 0; i < name_count; i++)
        ASSERT_EQm(names[i], finished(names[i], NULL), finished(names[i], "L17"));
    PASS();
}

static const char good_head[] =
    "L1STIM 1\nname x\ntiming lat=20 span=0 seed=0 gap=1\naready always\n"
    "retry lhint=1 RH=4 RF=4 RT=300 RL=8 RS=8 RP=8 RI=1 RA=1\nwindow 1 1 1 1 1 1 1 1 1 1 1\n"
    "init satp 8 5 80200\ninit priv 0 0 0 0 0 1 1 1\nend 100\n";

// Writes `text` to a file and reads it as a stimulus; the message, or "" when it is accepted.
static const char *refusal(const char *head, const char *text)
{
    static char msg[L1TEXT_MSG];
    char path[] = "/tmp/l1stim-test-XXXXXX";
    struct l1stim s;
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        return "no temporary file";
    fprintf(f, "%s%s", head, text);
    fclose(f);
    bool ok = l1stim_read(&s, path, msg);
    remove(path);
    if (ok)
        l1stim_free(&s);
    return ok ? "" : msg;
}

TEST stimuli_are_checked(void)
{
    static const char *const bad[][2] = {
        {"run\n@5 acc 0 0 1000 0 3\n", ":11: 7 fields"},
        {"run\n@5 acc 0 0 1000 0 3 - x\n", "rubbish"},
        {"run\n@5 acc 0 11 1000 0 3 -\n", "field 4"},
        {"run\n@5 acc 0 0 1000 2 3 -\n", "command 2 does not exist on port 0"},
        {"run\n@5 acc 0 8 1000 0 3 -\n", "command 0 does not exist on port 8"},
        {"run\n@5 acc 0 0 1000 0 3 z\n", "flag 'z'"},
        {"run\n@5 acc 0 0 1000 0 3 cc\n", "flag 'c'"},
        {"run\n@5 acc 0 0 1000 0 3 -\n@6 acc 0 0 1000 0 3 -\n", "given twice"},
        {"run\n@5 acc 0 0 1000 0 3 -\n@4 acc 1 0 1000 0 3 -\n", "cycle 4 after cycle 5"},
        {"run\n@5 satp 7 1 1 0\n", "mode 7"},
        {"run\n@5 satp 8 10000 1 0\n", "field 4"},
        {"run\n@5 priv 0 0 0 0 0 1 2 1\n", "privilege mode 2"},
        {"run\n@5 memw 1001 0\n", "multiple of 8"},
        {"run\n@5 sf 1 1 0\n", "fields"},
        {"run\n@5 nonsense\n", "unknown event"},
        {"run\n@x acc\n", "@CYCLE"},
        {"run\n@5\n", "fields"},
        {"mem 1004 0\n", "multiple of 8"},
        {"end 100\n", "second end"},
        {"colour red\n", "unknown key"},
        {"", "ends before"},
        {"run now\n", "rubbish"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        const char *why = refusal(good_head, bad[k][0]);
        if (!strstr(why, bad[k][1]))
            printf("\n  \"%s\": %s", bad[k][0], why);
        ASSERT(strstr(why, bad[k][1]) != NULL);
    }
    ASSERT_STR_EQ("", refusal(good_head, "run\n# comment\n\n@5 acc 0 0 1000 0 3 -\n"));
    ASSERT(strstr(refusal("L2TLBSTIM 1\n", ""), "first line") != NULL);
    ASSERT(strstr(refusal("L1STIM 1\nend 9\nrun\n", ""), "must come before run") != NULL);
    PASS();
}

TEST unusable_files(void)
{
    char stim[512], gold[512], msg[L1TEXT_MSG];
    struct l2tlb_cfg cfg;
    struct check_options how = {.skip = true};
    struct check_result r;
    list_folder("tests/golden/l1");
    file_of(stim, "d_cold39", "stim");
    file_of(gold, "d_cold39", "gold");
    ASSERT(set_up(&cfg, NULL));
    ASSERT_NEQ(NULL, l1check_run(&cfg, "no/file", gold, &how, NULL, NULL, &r, msg, sizeof msg));
    ASSERT(strstr(msg, "no/file: No such file or directory") != NULL);
    ASSERT_NEQ(NULL, l1check_run(&cfg, stim, "no/file", &how, NULL, NULL, &r, msg, sizeof msg));
    ASSERT_NEQ(NULL, l1check_run(&cfg, stim, stim, &how, NULL, NULL, &r, msg, sizeof msg));
    ASSERT(strstr(msg, "no line of a recording") != NULL);
    ASSERT_EQ(2, l1open_run(&cfg, stim, "no/file", stdout, msg, NULL));
    PASS();
}

// --- what the recorder writes --------------------------------------------------------------------

// One access each on cold gigabytes (an empty root is a fault of 1 GiB): load, one shot, killed,
// AMO (port 0), one shot (ports 3, 4); an access whose cycle never comes.
static const char forms[] = "run\n"
                            "@10 acc 0 0 1000 0 3 -\n@600 acc 1 0 40001000 0 3 o\n"
                            "@1200 acc 2 0 80001000 0 3 k\n@1800 acc 3 0 c0001000 5 3 -\n"
                            "@2400 acc 4 3 100001000 0 3 o\n@2450 acc 5 4 140001000 1 3 o\n"
                            "@3000 acc 6 0 180001000 0 3 -\n";

static void write_forms(const char *path, unsigned lhint)
{
    FILE *f = fopen(path, "w");
    fprintf(f,
            "L1STIM 1\ntiming lat=20 span=0 seed=0 gap=1\naready always\n"
            "retry lhint=%u RH=4 RF=4 RT=300 RL=500 RS=500 RP=500 RI=1 RA=500\n"
            "window 1 1 1 1 1 1 1 1 1 1 1\ninit satp 8 5 80200\ninit priv 0 0 0 0 0 1 1 1\n"
            "end 3000\n%s",
            lhint, forms);
    fclose(f);
}

// Accesses whose missing lookup has an H line, as a mask; the count of accesses of the E line.
static unsigned hint_lines(const char *path, unsigned long *counted)
{
    unsigned long long cycle, at, missed[3000] = {0}; // access + 1, by cycle of its lookup
    unsigned port, number, miss, mask = 0;
    char line[256];
    FILE *f = fopen(path, "r");
    *counted = 0;
    while (f && fgets(line, sizeof line, f)) {
        if (sscanf(line, "T %llu %u %u %llu %u", &cycle, &port, &number, &at, &miss) == 5)
            missed[at] = miss == 1 ? number + 1 : 0;
        else if (sscanf(line, "H %llu %u", &cycle, &port) == 2)
            mask |= 1u << (missed[cycle - 2] ? missed[cycle - 2] - 1 : 31);
        else
            sscanf(line, "E %*u %*u %*u %*u %*u %*u %lu", counted);
    }
    if (f)
        fclose(f);
    return mask;
}

static void without(const char *from, const char *to, char kind, unsigned nth)
{
    char line[256];
    FILE *f = fopen(from, "r"), *g = fopen(to, "w");
    while (fgets(line, sizeof line, f))
        if (line[0] != kind || nth-- != 0)
            fputs(line, g);
    fclose(f);
    fclose(g);
}

TEST recorder_forms(void)
{
    static const unsigned expected[2] = {0xe, 0xf}; // lhint=0: all but the load that waits RL
    char dir[] = "/tmp/l1forms-XXXXXX", stim[64], gold[64], less[64], msg[L1TEXT_MSG];
    struct l2tlb_cfg cfg;
    struct check_options how = {.skip = true};
    struct check_result r;
    ASSERT(set_up(&cfg, NULL) && mkdtemp(dir));
    snprintf(stim, sizeof stim, "%s/stim", dir);
    snprintf(gold, sizeof gold, "%s/gold", dir);
    snprintf(less, sizeof less, "%s/less", dir);
    FILE *null = fopen("/dev/null", "w");
    for (unsigned lhint = 0; lhint < 2; lhint++) {
        unsigned long counted;
        write_forms(stim, lhint);
        FILE *lines = fopen(gold, "w");
        ASSERT_EQ(NULL, l1check_run(&cfg, stim, NULL, &how, NULL, lines, &r, msg, sizeof msg));
        fclose(lines);
        ASSERT_EQ(expected[lhint], hint_lines(gold, &counted));
        ASSERT_EQ(6, counted);
        ASSERT_EQ(0, l1open_run(&cfg, stim, gold, null, msg, NULL));
        without(gold, less, 'H', 1); // both checks notice a missing H line
        ASSERT_EQ(1, l1open_run(&cfg, stim, less, null, msg, NULL));
        ASSERT_EQ(NULL, l1check_run(&cfg, stim, less, &how, NULL, NULL, &r, msg, sizeof msg));
        ASSERT(r.mismatches == 1 && !r.at_end && r.first[0] == 'H');
        without(gold, less, 'E', 0);
        ASSERT_EQ(NULL, l1check_run(&cfg, stim, less, &how, NULL, NULL, &r, msg, sizeof msg));
        ASSERT(r.mismatches == 1 && r.at_end && r.first_cycle == 3000);
    }
    fclose(null);
    remove(stim);
    remove(gold);
    remove(less);
    remove(dir);
    PASS();
}

static void run_folder(const char *dir, bool full)
{
    list_folder(dir);
    for (unsigned i = 0; i < name_count; i++) {
        greatest_set_test_suffix(names[i]);
        RUN_TEST1(closed_loop, names[i]);
        greatest_set_test_suffix(names[i]);
        RUN_TEST1(open_loop, names[i]);
        if (!full)
            continue;
        greatest_set_test_suffix(names[i]);
        RUN_TEST1(closed_loop_no_skip, names[i]);
    }
}

SUITE(l1_golden_suite)
{
    const char *shared = getenv("L2TLB_SHARED");
    char dir[256];
    snprintf(dir, sizeof dir, "%.200s/golden/l1/public", shared ? shared : "../shared");
    run_folder("tests/golden/l1", true);
    run_folder(dir, false);
    RUN_TEST(fixed_errata_show);
    RUN_TEST(l17_everybody_gets_through);
    RUN_TEST(stimuli_are_checked);
    RUN_TEST(unusable_files);
    RUN_TEST(recorder_forms);
}
