// SPDX-License-Identifier: MulanPSL-2.0
// What `l2tlb check` says about a difference: a recording is changed in
// one place, and cycle, signal and both values must be named.
#include "check/check.h"
#include "check/l1check.h"
#include "tests/harness.h"

#include <zlib.h>

#define SET "tests/golden/"

static char path[64], msg[512];
static struct check_result r;

// Copies gold file `from` with `change` applied to each line (NULL: dropped); returns lines written.
static unsigned rewrite(const char *from, const char *(*change)(char *line, unsigned n))
{
    char line[600], file[128];
    unsigned n = 0, written = 0;
    snprintf(file, sizeof file, SET "%s.gold.gz", from);
    strcpy(path, "/tmp/l2tlb_check_XXXXXX");
    int fd = mkstemp(path);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    gzFile in = gzopen(file, "rb");
    while (out && in && gzgets(in, line, sizeof line)) {
        const char *text = change(line, n++);
        if (text) {
            fputs(text, out);
            written++;
        }
    }
    if (in)
        gzclose(in);
    if (out)
        fclose(out);
    return written;
}

static const char *compare(const char *name, const char *preset, const char *revision, bool strict,
                           FILE *details)
{
    struct l2tlb_cfg cfg;
    char stim[128];
    struct check_options how = {.skip = true, .strict = strict};
    snprintf(stim, sizeof stim, SET "%s.stim.gz", name);
    cfg_preset(&cfg, preset);
    cfg_set(&cfg, "revision", revision, msg, sizeof msg);
    cfg_finish(&cfg, msg, sizeof msg);
    const char *err = check_run(&cfg, stim, path, &how, details, &r, msg, sizeof msg);
    remove(path);
    return err;
}

static const char *unchanged(char *line, unsigned n)
{
    (void)n;
    return line;
}

static bool never(void *ctx)
{
    return ++*(unsigned *)ctx < 1;
}

static char wanted;                 // kind of line to be changed, the first one
static const char *replace, *by;    // text in it
static bool done;

static const char *change_first(char *line, unsigned n)
{
    static char text[700];
    (void)n;
    char *at = line[0] == wanted && !done ? strstr(line, replace) : NULL;
    if (!at)
        return line;
    done = true;
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - line), line, by, at + strlen(replace));
    return text;
}

static const char *drop_first(char *line, unsigned n)
{
    (void)n;
    if (line[0] != wanted || done)
        return line;
    done = true;
    return NULL;
}

static const char *changed(const char *name, const char *preset, const char *revision, char kind,
                           const char *from, const char *to)
{
    wanted = kind;
    replace = from;
    by = to;
    done = false;
    rewrite(name, change_first);
    if (!done)
        return "nothing was changed";
    const char *err = compare(name, preset, revision, true, NULL);
    return err ? err : r.mismatches ? r.first : "no difference";
}

#define PATH "public/path_no_sv39_l20"

static const char *limited(const char *name, const char *preset, struct check_options how)
{
    struct l2tlb_cfg cfg;
    char stim[128];
    snprintf(stim, sizeof stim, SET "%s.stim.gz", name);
    cfg_preset(&cfg, preset);
    cfg_finish(&cfg, msg, sizeof msg);
    bool l1 = strncmp(name, "l1/", 3) == 0;
    const char *err = l1 ? l1check_run(&cfg, stim, path, &how, NULL, NULL, &r, msg, sizeof msg)
                         : check_run(&cfg, stim, path, &how, NULL, &r, msg, sizeof msg);
    remove(path);
    return err;
}

// Both kinds of recordings: the end behind the first difference, by the watchdog, by a wish.
TEST ends(void)
{
    static const char *const rows[][2] = {{PATH, "minimal"}, {"l1/d_stage_s1", "default"}};
    for (unsigned i = 0; i < 2; i++) {
        const char *name = rows[i][0], *preset = rows[i][1];
        unsigned calls = 0;
        for (unsigned first = 0; first < 2; first++) {
            wanted = 'A';
            done = false;
            rewrite(name, drop_first);
            ASSERT_EQ(NULL, limited(name, preset, (struct check_options){.first = first}));
            ASSERT(r.mismatches);
            ASSERT_EQ(first ? CHECK_FIRST : CHECK_WHOLE, r.end);
            ASSERT_EQ(first, r.cycles == r.first_cycle + 1);
            ASSERT_EQ(!first, r.cycles == r.total);
        }
        rewrite(name, unchanged);
        ASSERT_EQ(NULL, limited(name, preset, (struct check_options){.watchdog = 20, .first = true}));
        ASSERT_EQ(CHECK_WHOLE, r.end);
        ASSERT_EQ(0, r.mismatches);
        rewrite(name, unchanged);
        ASSERT_EQ(NULL, limited(name, preset, (struct check_options){.watchdog = 1}));
        ASSERT_EQ(CHECK_STUCK, r.end);
        ASSERT(r.cycles < r.total && r.last_event + 2 < r.cycles + 2 && !r.mismatches);
        rewrite(name, unchanged);
        ASSERT_EQ(NULL, limited(name, preset, (struct check_options){.go_on = never, .ctx = &calls}));
        ASSERT_EQ(1, calls);
        ASSERT_EQ(CHECK_INTERRUPTED, r.end);
        ASSERT(r.cycles <= CHECK_GO_ON && r.events && !r.mismatches);
    }
    PASS();
}

// A field of each kind of line.
TEST fields(void)
{
    static const char *const m = "minimal", *const old = "2025-05";
    ASSERT_STR_EQ("io_tlb_1_req_0_bits_vpn got 12345002 expected 12345003",
                  changed(PATH, m, old, 'Q', "12345002", "12345003"));
    ASSERT(r.first_cycle == 40 && !r.at_end);
    ASSERT_STR_EQ("auto_out_a_bits_source got 6 expected 5", changed(PATH, m, old, 'A', " 6 ", " 5 "));
    ASSERT_EQ(49, r.first_cycle);
    ASSERT_STR_EQ("word 2 of line D got 6 expected 7", changed(PATH, m, old, 'D', " 6 0", " 7 0"));
    ASSERT_STR_EQ("io_tlb_1_resp_bits_s1_valididx got 11111111 expected 11111110",
                  changed(PATH, m, old, 'R', "11111111", "11111110"));
    ASSERT_STR_EQ("sum of io_perf_0 got 8 expected 9", changed(PATH, m, old, 'P', "P 8 ", "P 9 "));
    ASSERT_STR_EQ("word 1 of line E got 1303 expected 1304",
                  changed(PATH, m, old, 'E', "1303", "1304"));
    ASSERT(r.at_end);
    ASSERT_STR_EQ("word 2 of line S got 1 expected 0",
                  changed("rules_minimal/d_wfi_at_49", m, "2026-03", 'S', "S 72 1", "S 72 0"));
    ASSERT_STR_EQ("line A got 4 words expected 5", changed(PATH, m, old, 'A', "\n", " 0\n"));
    PASS();
}

// A line in another cycle, a line that only one side has.
TEST lines(void)
{
    static const struct {
        char kind;
        const char *name, *preset, *revision, *said;
    } rows[] = {
        {'Q', PATH, "minimal", "2025-05", "io_tlb_1_req_0_fire got 1 expected 0"},
        {'A', PATH, "minimal", "2025-05", "auto_out_a_fire got 1 expected 0"},
        {'D', PATH, "minimal", "2025-05", "auto_out_d_valid got 1 expected 0"},
        {'R', PATH, "minimal", "2025-05", "io_tlb_1_resp_fire got 1 expected 0"},
        {'W', "public/iport_resp_stall_no", "minimal", "2025-05",
         "io_tlb_0_resp_valid (held) got 1 expected 0"},
        {'S', "rules_minimal/d_wfi_at_49", "minimal", "2026-03", "io_wfi_wfiSafe got 1 expected 0"},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wanted = rows[i].kind;
        done = false;
        rewrite(rows[i].name, drop_first);
        ASSERT_EQ(NULL, compare(rows[i].name, rows[i].preset, rows[i].revision, true, NULL));
        ASSERT(strstr(r.first, rows[i].said) == r.first);
    }
    ASSERT(strstr(changed(PATH, "minimal", "2025-05", 'A', "A 49 ", "A 48 "),
                  "auto_out_a_fire got 0 expected 1 (A 48 6") != NULL);
    ASSERT_EQ(48, r.first_cycle);
    ASSERT(strstr(changed(PATH, "minimal", "2025-05", 'E', "E ", "R 1302 1 0\nE "),
                  "got 0 expected 1 (R 1302 1 0)") != NULL);
    ASSERT(strstr(changed(PATH, "minimal", "2025-05", 'P', "P ", "Q 9 1 1 1 1\nP "),
                  "got 0 expected 1 (Q 9 1 1 1 1)") != NULL);
    PASS();
}

static const char *no_sums(char *line, unsigned n)
{
    (void)n;
    return line[0] == 'P' || line[0] == 'E' ? NULL : line;
}

static const char *rubbish(char *line, unsigned n)
{
    return n == 7 ? "rubbish\n" : line;
}

static const char *comments(char *line, unsigned n)
{
    static char text[700];
    snprintf(text, sizeof text, "%s%s", n % 5 ? "" : "# comment\n\n", line);
    return text;
}

// Sums are optional, comments and empty lines are skipped, rubbish is refused with its line.
TEST forms(void)
{
    rewrite(PATH, no_sums);
    ASSERT_EQ(NULL, compare(PATH, "minimal", "2025-05", false, NULL));
    ASSERT_EQ(0, r.mismatches);
    rewrite(PATH, comments);
    ASSERT_EQ(NULL, compare(PATH, "minimal", "2025-05", false, NULL));
    ASSERT_EQ(0, r.mismatches);
    rewrite(PATH, rubbish);
    ASSERT_NEQ(NULL, compare(PATH, "minimal", "2025-05", false, NULL));
    ASSERT(strstr(msg, ":8: not a line of a recording") != NULL);
    rewrite(PATH, drop_first); // nothing wanted: a copy
    FILE *f = fopen(path, "w");
    ASSERT(f != NULL);
    fclose(f);
    ASSERT_NEQ(NULL, compare(PATH, "minimal", "2025-05", false, NULL));
    ASSERT(strstr(msg, ": empty file") != NULL);
    PASS();
}

static const char *zero_s2(char *line, unsigned n)
{
    static char text[700];
    (void)n;
    char *at = line;
    for (unsigned i = 0; i < 19 && at; i++) // R, cycle, port, kind, 15 words of the stage-1 half
        at = strchr(at + 1, ' ');
    if (line[0] != 'R' || !at)
        return line;
    snprintf(text, sizeof text, "%.*s 0 0 0 0 0 0 0 0 0\n", (int)(at - line), line);
    return text;
}

// The stage-2 half of one-stage answers is a don't-care, unless asked for; of others it is not.
TEST dont_care(void)
{
    rewrite("public/path_no_sv48_l20", zero_s2);
    ASSERT_EQ(NULL, compare("public/path_no_sv48_l20", "minimal", "2025-05", false, NULL));
    ASSERT_EQ(0, r.mismatches);
    ASSERT_GT(r.dont_care, 0);
    rewrite("public/path_no_sv48_l20", zero_s2);
    ASSERT_EQ(NULL, compare("public/path_no_sv48_l20", "minimal", "2025-05", true, NULL));
    ASSERT_GT(r.mismatches, 0);
    ASSERT(strstr(r.first, "s2_entry_tag") != NULL);
    rewrite("public/path_all_39_39_g4k", zero_s2);
    ASSERT_EQ(NULL, compare("public/path_all_39_39_g4k", "minimal", "2025-05", false, NULL));
    ASSERT_GT(r.mismatches, 0);
    PASS();
}

// At any moment of a busy run the report shows the state of every block.
TEST reports(void)
{
    static const struct {
        const char *name, *preset, *at, *to;
    } rows[] = {
        {"public/path_all_39_39_g4k", "minimal", "A 76 7", "A 75 7"},
        {"public/path_all_39_39_g4k", "minimal", "A 123 6", "A 122 6"},
        {"public/path_all_39_39_g4k", "minimal", "A 183 0", "A 182 0"},
        {"bitmap_directed/bm_4k_cold_warm", "minimal-bitmap", "D ", "A "},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[300];
        unsigned seen = 0;
        FILE *f = tmpfile();
        ASSERT(f != NULL);
        wanted = rows[i].at[0];
        replace = rows[i].at;
        by = rows[i].to;
        done = false;
        rewrite(rows[i].name, change_first);
        ASSERT(done);
        ASSERT_EQ(NULL, compare(rows[i].name, rows[i].preset, "2025-05", false, f));
        ASSERT_GT(r.mismatches, 0);
        rewind(f);
        static const char *const parts[] = {"first difference in cycle", "last events of the model",
                                            "last events of the recording", "pagecache", "ptw",
                                            "hptw", "llptw"};
        while (fgets(line, sizeof line, f))
            for (unsigned k = 0; k < 7; k++)
                seen |= (unsigned)(strncmp(line, parts[k], strlen(parts[k])) == 0) << k;
        fclose(f);
        ASSERT_EQ(127, seen);
    }
    PASS();
}

SUITE(check_suite)
{
    RUN_TEST(ends);
    RUN_TEST(fields);
    RUN_TEST(lines);
    RUN_TEST(forms);
    RUN_TEST(dont_care);
    RUN_TEST(reports);
}
