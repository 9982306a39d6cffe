// SPDX-License-Identifier: MulanPSL-2.0
// Every defect of the L2TLB from both sides: the stimulus that shows it, with the switch on as-rtl
// and on fixed (errata_rows.def, errata_rows_bitmap.def, errata_rows_mpt.def). The as-rtl side of every recording is
// compared in every cycle by golden_test.c; here it is the line that the defect is known by.
#include "tests/harness.h"
#include "tests/unit/errata_run.h"

struct row {
    enum erratum_id erratum;
    const char *set, *recording, *preset, *revision, *as_rtl, *fixed;
};

static const struct row rows[] = {
#define ROW(id, set, recording, preset, revision, as_rtl, fixed)                                   \
    {ERR_##id, set, recording, preset, revision, as_rtl, fixed},
#include "tests/unit/errata_rows.def"
#include "tests/unit/errata_rows_bitmap.def"
#include "tests/unit/errata_rows_mpt.def"
#undef ROW
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static enum greatest_test_res side(const struct row *r, const char *fixed, const char *expected)
{
    char path[256], text[1024];
    struct outcome o;
    snprintf(path, sizeof path, "tests/golden/%s/%s.stim.gz", r->set, r->recording);
    bool good = outcome_run(&o, r->preset, r->revision, fixed, path);
    const char *why = good ? outcome_differs(&o, expected, text, sizeof text) : o.error;
    if (why)
        printf("\n  %s, %s %s: %s", path, errata_table[r->erratum].id, *fixed ? "fixed" : "as-rtl",
               why);
    outcome_free(&o);
    ASSERT_EQ(NULL, why);
    PASS();
}

TEST both_sides(const struct row *r)
{
    CHECK_CALL(side(r, "", r->as_rtl));
    CHECK_CALL(side(r, errata_table[r->erratum].id, r->fixed));
    PASS();
}

// Errata of the L1 side have tests of their own (l1_errata_test.c).
TEST every_erratum_has_a_row(void)
{
    unsigned missing = 0;
    for (unsigned e = 0; e < ERRATA_COUNT; e++) {
        bool found = strncmp(errata_table[e].block, "l1", 2) == 0;
        for (size_t k = 0; k < ROWS; k++)
            found = found || rows[k].erratum == e;
        if (!found)
            printf("\n  no row for %s", errata_table[e].id);
        missing += !found;
    }
    ASSERT_EQ(0, missing);
    PASS();
}

SUITE(errata_suite)
{
    RUN_TEST(every_erratum_has_a_row);
    for (volatile size_t k = 0; k < ROWS; k++) {
        char suffix[64];
        snprintf(suffix, sizeof suffix, "%.6s_%.50s", errata_table[rows[k].erratum].id,
                 rows[k].recording);
        greatest_set_test_suffix(suffix);
        RUN_TEST1(both_sides, &rows[k]);
    }
}
