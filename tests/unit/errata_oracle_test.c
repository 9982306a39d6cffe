// SPDX-License-Identifier: MulanPSL-2.0
// The oracles and the errata: with all of them fixed, nothing in the stimulus of any recording is
// wrong, leaks, is refused needlessly, or stays without an answer, builds with MPT included; as-rtl the oracles see every
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
        good ? outcome_differs(&o, "leaks=0; needless=0; rights=0; tables=0; lost=0", text, sizeof text) : o.error;
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
    const char *path, *preset, *revision, *as_rtl;
} rows[] = {
#define ROW(id, set, recording, preset, revision, as_rtl, fixed)                                   \
    {ERR_##id, "tests/golden/" set "/" recording ".stim.gz", preset, revision, as_rtl},
#include "tests/unit/errata_rows.def"
#include "tests/unit/errata_rows_bitmap.def"
#include "tests/unit/errata_rows_mpt.def"
#undef ROW
};

// Timing, hangs and fields that no L1 TLB looks at: right as translations. B17: the oracle asks the PMP
// for the bitmap in the mode that the switch says.
static const enum erratum_id unseen[] = {ERR_D1,  ERR_D4, ERR_D5, ERR_D6, ERR_D7, ERR_D11, ERR_D13,
                                         ERR_E5,  ERR_P5, ERR_P6, ERR_P8, ERR_P9, ERR_P12,
                                         ERR_B17,
                                         ERR_T2, ERR_T3, ERR_T16, ERR_T17, ERR_T18, ERR_T24};

static bool is_seen(unsigned erratum)
{
    bool seen = strncmp(errata_table[erratum].block, "l1", 2) != 0;
    for (size_t k = 0; k < sizeof unseen / sizeof unseen[0]; k++)
        seen = seen && unseen[k] != erratum;
    return seen;
}

static bool seen_by_oracle(unsigned erratum)
{
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
        const char *leaks = strstr(rows[k].as_rtl, "leaks=");
        if (rows[k].erratum == erratum && // "mwrong=1" as well
            (strstr(rows[k].as_rtl, "wrong=1") || (leaks && leaks[6] != '0')))
            return true;
    }
    return false;
}

TEST as_rtl_is_noticed(void)
{
    unsigned missed = 0;
    for (unsigned e = 0; e < ERRATA_COUNT; e++) {
        if (is_seen(e) && !seen_by_oracle(e)) {
            printf("\n  no complaint about %s", errata_table[e].id);
            missed++;
        }
    }
    ASSERT_EQ(0, missed);
    PASS();
}

// Errata that cannot do harm any more when all others are fixed: the second one's fix covers them. T8: with one request
// without translation open per port, no stimulus is known that fills the checker's queue and its pipeline.
static const enum erratum_id covered[][2] = {{ERR_D2, ERR_P8},  {ERR_E4, ERR_E4r}, {ERR_P7, ERR_E4},
                                             {ERR_P14, ERR_N1}, {ERR_P2, ERR_P18}, {ERR_B6, ERR_B2},
                                             {ERR_B10, ERR_B1}, {ERR_B15, ERR_P2},
                                             {ERR_T13, ERR_D7}, {ERR_T8, ERR_T12}};

static bool complains(size_t k, const char *fixed, bool *good)
{
    struct outcome o;
    *good = outcome_run(&o, rows[k].preset, rows[k].revision, fixed, rows[k].path);
    bool found = *good && (leak_total(&o.leak) || leak_needless(&o.leak) || o.mpt_wrong || o.mpt_reads);
    for (unsigned p = 0; *good && p < 2; p++)
        for (size_t i = 0; i < o.requests[p]; i++)
            found = found || o.request[p][i].complaint;
    outcome_free(&o);
    return found;
}

static bool is_seen_alone(unsigned e)
{
    bool seen = is_seen(e);
    for (size_t k = 0; k < sizeof covered / sizeof covered[0]; k++)
        seen = seen && covered[k][0] != e;
    return seen;
}

// With all errata fixed but this one, an oracle finds it.
TEST found_alone(unsigned e)
{
    char fixed[32];
    bool found = false, good = true;
    snprintf(fixed, sizeof fixed, "all -%s", errata_table[e].id);
    for (size_t k = 0; !found && good && k < sizeof rows / sizeof rows[0]; k++)
        if (rows[k].erratum == e)
            found = complains(k, fixed, &good);
    ASSERT(good);
    ASSERT(found);
    PASS();
}

SUITE(errata_oracle_suite)
{
    char line[512];
    FILE *f = fopen("scripts/golden_sets.tsv", "r");
    RUN_TEST(as_rtl_is_noticed);
    for (volatile unsigned e = 0; e < ERRATA_COUNT; e++) {
        greatest_set_test_suffix(errata_table[e].id);
        if (is_seen_alone(e))
            RUN_TEST1(found_alone, e);
    }
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
