// SPDX-License-Identifier: MulanPSL-2.0
// The oracles and the errata: with all of them fixed, nothing in the stimulus of any recording is
// wrong, leaks, is refused needlessly, or stays without an answer; as-rtl the oracles see every
// defect that gives a wrong translation, a wrong fault or a secure page.
#include "tests/harness.h"
#include "tests/unit/errata_run.h"

#include <dirent.h>

struct set {
    char name[64], preset[32], revision[16];
};

static enum greatest_test_res silent(const struct set *set, const char *file)
{
    char path[512], text[1024];
    struct outcome o;
    snprintf(path, sizeof path, "tests/golden/%s/%s", set->name, file);
    bool good = outcome_run(&o, set->preset, set->revision, "all", path);
    const char *why =
        good ? outcome_differs(&o, "leaks=0; needless=0; lost=0", text, sizeof text) : o.error;
    unsigned complaints = o.complaints;
    if (why || complaints)
        printf("\n  %s: %u answers wrong; %s", path, complaints, why ? why : "");
    for (unsigned p = 0; good && p < 2; p++)
        for (size_t i = 0; i < o.requests[p]; i++)
            if (o.request[p][i].judged && o.request[p][i].complaint) {
                outcome_describe(&o, p, i, text, sizeof text);
                printf("\n  %s\n", text);
                oracle_print(&o.request[p][i].oracle, stdout);
            }
    outcome_free(&o);
    ASSERT_EQ(NULL, why);
    ASSERT_EQ(0, complaints);
    PASS();
}

// Every stimulus of a set that has a copy under tests/golden.
TEST all_fixed_is_right(const struct set *set)
{
    char dir[128];
    snprintf(dir, sizeof dir, "tests/golden/%s", set->name);
    DIR *d = opendir(dir);
    unsigned n = 0;
    enum greatest_test_res res = GREATEST_TEST_RES_PASS;
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        size_t len = strlen(e->d_name);
        if (len < 9 || strcmp(e->d_name + len - 8, ".stim.gz") != 0)
            continue;
        n++;
        if (silent(set, e->d_name) != GREATEST_TEST_RES_PASS)
            res = GREATEST_TEST_RES_FAIL;
    }
    if (d)
        closedir(d);
    ASSERT_GT(n, 0);
    return res;
}

static const struct {
    enum erratum_id erratum;
    const char *as_rtl;
} rows[] = {
#define ROW(id, set, recording, preset, revision, as_rtl, fixed) {ERR_##id, as_rtl},
#include "tests/unit/errata_rows.def"
#include "tests/unit/errata_rows_bitmap.def"
#undef ROW
};

// Timing, hangs and fields that no L1 TLB looks at: right as translations.
static const enum erratum_id unseen[] = {ERR_D1,  ERR_D4, ERR_D5, ERR_D6, ERR_D7, ERR_D11, ERR_D13,
                                         ERR_E5,  ERR_P5, ERR_P6, ERR_P8, ERR_P9, ERR_P12};

static bool seen_by_oracle(unsigned erratum)
{
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
        const char *leaks = strstr(rows[k].as_rtl, "leaks=");
        if (rows[k].erratum == erratum &&
            (strstr(rows[k].as_rtl, "wrong=1") || (leaks && leaks[6] != '0')))
            return true;
    }
    return false;
}

TEST as_rtl_is_noticed(void)
{
    unsigned missed = 0;
    for (unsigned e = 0; e < ERRATA_COUNT; e++) {
        bool expected = strncmp(errata_table[e].block, "l1", 2) != 0;
        for (size_t k = 0; k < sizeof unseen / sizeof unseen[0]; k++)
            expected = expected && unseen[k] != e;
        if (expected && !seen_by_oracle(e)) {
            printf("\n  no complaint about %s", errata_table[e].id);
            missed++;
        }
    }
    ASSERT_EQ(0, missed);
    PASS();
}

SUITE(errata_oracle_suite)
{
    char line[512];
    FILE *f = fopen("scripts/golden_sets.tsv", "r");
    RUN_TEST(as_rtl_is_noticed);
    while (f && fgets(line, sizeof line, f)) {
        struct set s;
        if (line[0] == '#' || strncmp(line, "l1\t", 3) == 0 ||
            sscanf(line, "%63s %*s %31s %15s", s.name, s.preset, s.revision) != 3)
            continue;
        greatest_set_test_suffix(s.name);
        RUN_TEST1(all_fixed_is_right, &s);
    }
    if (f)
        fclose(f);
}
