// SPDX-License-Identifier: MulanPSL-2.0
// The functions behind tests/harness.h; included once, by the file with GREATEST_IMPLEMENTATION.
#ifndef TESTS_HARNESS_IMPL_H
#define TESTS_HARNESS_IMPL_H

static bool greatest_matches(const char *name, const char *filter)
{
    return greatest_info.exact ? strcmp(name, filter) == 0 : strstr(name, filter) != NULL;
}

// Whether this entry of a shuffled list is the one of the current sweep.
static bool greatest_shuffle_skips(int which)
{
    struct greatest_prng *p = &greatest_info.prng[which];

    if (!p->on)
        return false;
    return p->count++ != p->pick || p->total == 0;
}

void greatest_shuffle_start(int which, uint64_t seed)
{
    greatest_info.prng[which] = (struct greatest_prng){.on = true, .seed = seed};
}

// Sweep 0 only counts; sweep k runs the k-th entry of a pseudo-random cycle through all of them.
bool greatest_shuffle_more(int which)
{
    struct greatest_prng *p = &greatest_info.prng[which];
    unsigned a = 0, b = 0, step;

    if (p->total == 0) {
        p->total = p->count;
        p->pick = p->total ? (unsigned)(p->seed % p->total) : 0;
        p->count = 0;
        if (p->total == 0)
            p->on = false;
        return p->on;
    }
    // A step that shares no factor with the total reaches every entry once.
    step = (unsigned)(p->seed / 7 % p->total) + 1;
    do {
        unsigned t;
        for (a = step, b = p->total; b != 0; a = b, b = t)
            t = a % b;
        if (a != 1)
            step++;
    } while (a != 1);
    p->pick = (p->pick + step) % p->total;
    p->count = 0;
    if (p->pick == (unsigned)(p->seed % p->total))
        p->on = false;
    return p->on;
}

static bool greatest_stopped(void)
{
    return (greatest_info.flags & GREATEST_FLAG_FIRST_FAIL) && greatest_info.failed > 0;
}

bool greatest_test_pre(const char *name)
{
    struct greatest_run_info *g = &greatest_info;
    static char full[192];

    if (greatest_shuffle_skips(1) || greatest_stopped())
        return false;
    snprintf(full, sizeof full, "%.120s%s%.60s", name, g->suffix[0] ? "_" : "", g->suffix);
    g->suffix[0] = 0;
    if (g->test_filter && !greatest_matches(full, g->test_filter))
        return false;
    if (g->test_exclude && greatest_matches(full, g->test_exclude))
        return false;
    g->test = full;
    if (g->flags & GREATEST_FLAG_LIST_ONLY) {
        printf("  %s\n", full);
        return false;
    }
    g->msg = NULL;
    if (g->setup)
        g->setup(g->setup_udata);
    g->test_begin = clock();
    return true;
}

void greatest_test_post(int res)
{
    struct greatest_run_info *g = &greatest_info;
    const char *word = res == GREATEST_TEST_RES_PASS ? "PASS"
                       : res == GREATEST_TEST_RES_SKIP ? "SKIP" : "FAIL";
    double ms = (double)(clock() - g->test_begin) * 1000.0 / CLOCKS_PER_SEC;

    if (g->teardown)
        g->teardown(g->teardown_udata);
    g->suite_tests++;
    if (res == GREATEST_TEST_RES_PASS)
        g->suite_passed++;
    else if (res == GREATEST_TEST_RES_SKIP)
        g->suite_skipped++;
    else
        g->suite_failed++, g->failed++;
    if (res == GREATEST_TEST_RES_FAIL) {
        printf("\nFAIL %s: %s (%s:%u)\n", g->test, g->msg ? g->msg : "", g->fail_file,
               g->fail_line);
        g->col = 0;
        if (g->flags & GREATEST_FLAG_ABORT_ON_FAIL)
            abort();
    } else if (g->verbosity) {
        printf("%s %s (%.1f ms)%s%s\n", word, g->test, ms, g->msg ? " " : "", g->msg ? g->msg : "");
    } else {
        putchar(res == GREATEST_TEST_RES_PASS ? '.' : 's');
        if (++g->col % 72 == 0)
            putchar('\n');
    }
    fflush(stdout);
}

void greatest_run_suite(greatest_suite_cb *suite, const char *name)
{
    struct greatest_run_info *g = &greatest_info;

    if (greatest_shuffle_skips(0) || greatest_stopped())
        return;
    if (g->suite_filter && !greatest_matches(name, g->suite_filter))
        return;
    g->suite = name;
    g->suite_tests = g->suite_passed = g->suite_failed = g->suite_skipped = g->col = 0;
    g->suite_begin = clock();
    printf("%s* Suite %s:\n", g->flags & GREATEST_FLAG_LIST_ONLY ? "" : "\n", name);
    suite();
    if (g->suite_tests)
        printf("\n%u tests - %u passed, %u failed, %u skipped (%.2f s)\n", g->suite_tests,
               g->suite_passed, g->suite_failed, g->suite_skipped,
               (double)(clock() - g->suite_begin) / CLOCKS_PER_SEC);
    g->tests_run += g->suite_tests;
    g->passed += g->suite_passed;
    g->skipped += g->suite_skipped;
    g->setup = g->teardown = NULL;
}

void greatest_fail_at(const char *file, unsigned line, const char *msg)
{
    greatest_info.fail_file = file;
    greatest_info.fail_line = line;
    greatest_info.msg = msg;
}

bool greatest_check_eq(uintmax_t exp, uintmax_t got, bool want, const char *text)
{
    if ((exp == got) == want)
        return true;
    printf("\n  %s: %s 0x%jx (%jd)\n  %*s       got 0x%jx (%jd)", text,
           want ? "expected" : "unwanted", exp, (intmax_t)exp, (int)strlen(text), "", got,
           (intmax_t)got);
    return false;
}

bool greatest_check_range(double exp, double got, double tol, const char *text)
{
    double diff = got > exp ? got - exp : exp - got;

    if (diff <= tol)
        return true;
    printf("\n  %s: expected %g +/- %g, got %g", text, exp, tol, got);
    return false;
}

bool greatest_check_str(const char *exp, const char *got, size_t size, const char *text)
{
    if (exp == got)
        return true;
    if (exp && got && (size == SIZE_MAX ? strcmp(exp, got) : strncmp(exp, got, size)) == 0)
        return true;
    printf("\n  %s: expected \"%s\"\n  %*s       got \"%s\"", text, exp ? exp : "(null)",
           (int)strlen(text), "", got ? got : "(null)");
    return false;
}

// Prints the lines of 16 bytes that differ, wrong bytes marked with '!'.
bool greatest_check_mem(const void *exp, const void *got, size_t size, const char *text)
{
    const unsigned char *e = exp, *g = got;
    unsigned lines = 0;

    if (memcmp(e, g, size) == 0)
        return true;
    printf("\n  %s, %zu bytes, expected / got:", text, size);
    for (size_t at = 0; at < size && lines < 16; at += 16) {
        size_t n = size - at < 16 ? size - at : 16;
        if (memcmp(e + at, g + at, n) == 0)
            continue;
        lines++;
        printf("\n  %06zx  ", at);
        for (size_t i = 0; i < n; i++)
            printf(" %02x", (unsigned)e[at + i]);
        printf("\n          ");
        for (size_t i = 0; i < n; i++)
            printf("%c%02x", e[at + i] == g[at + i] ? ' ' : '!', (unsigned)g[at + i]);
    }
    return false;
}

bool greatest_check_equal_t(const void *exp, const void *got,
                            const struct greatest_type_info *info, void *udata, const char *text)
{
    if (info && info->equal && info->equal(exp, got, udata))
        return true;
    printf("\n  %s: expected ", text);
    if (info && info->print) {
        info->print(exp, udata);
        printf("\n       got ");
        info->print(got, udata);
    }
    return false;
}

void greatest_set_suite_filter(const char *filter) { greatest_info.suite_filter = filter; }
void greatest_set_test_filter(const char *filter) { greatest_info.test_filter = filter; }
void greatest_set_test_exclude(const char *filter) { greatest_info.test_exclude = filter; }
void greatest_set_exact_name_match(void) { greatest_info.exact = true; }
void greatest_set_flag(enum greatest_flag flag) { greatest_info.flags |= flag; }
void greatest_stop_at_first_fail(void) { greatest_set_flag(GREATEST_FLAG_FIRST_FAIL); }
void greatest_abort_on_fail(void) { greatest_set_flag(GREATEST_FLAG_ABORT_ON_FAIL); }
void greatest_list_only(void) { greatest_set_flag(GREATEST_FLAG_LIST_ONLY); }
unsigned greatest_get_verbosity(void) { return greatest_info.verbosity; }
void greatest_set_verbosity(unsigned verbosity) { greatest_info.verbosity = verbosity; }
bool greatest_all_passed(void) { return greatest_info.failed == 0; }

// The next test is named NAME_SUFFIX; cleared when that test has run.
void greatest_set_test_suffix(const char *suffix)
{
    snprintf(greatest_info.suffix, sizeof greatest_info.suffix, "%s", suffix);
}

void greatest_get_report(struct greatest_report_t *report)
{
    struct greatest_run_info *g = &greatest_info;

    *report = (struct greatest_report_t){g->passed, g->failed, g->skipped, g->assertions};
}

void greatest_set_setup(greatest_setup_cb *cb, void *udata)
{
    greatest_info.setup = cb;
    greatest_info.setup_udata = udata;
}

void greatest_set_teardown(greatest_setup_cb *cb, void *udata)
{
    greatest_info.teardown = cb;
    greatest_info.teardown_udata = udata;
}

static void greatest_usage(FILE *to, const char *name)
{
    fprintf(to,
            "Usage: %s [-hlfave] [-s SUITE] [-t TEST] [-x EXCLUDE]\n"
            "  -h, --help  this help\n"
            "  -l          list suites and tests, run none\n"
            "  -f          stop after the first failure\n"
            "  -a          abort() at the first failure\n"
            "  -v          one line per test\n"
            "  -s SUITE    only suites whose name contains SUITE\n"
            "  -t TEST     only tests whose name contains TEST\n"
            "  -e          -s, -t and -x match whole names only\n"
            "  -x EXCLUDE  no tests whose name contains EXCLUDE (wins over -t)\n"
            "Exit status: 0 all passed, 1 a test failed, 2 no test ran or bad usage.\n",
            name);
}

void greatest_parse_options(int argc, char **argv)
{
    struct greatest_run_info *g = &greatest_info;

    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        const char **with = NULL;

        if (strcmp(a, "--") == 0)
            return;
        if (strcmp(a, "-h") == 0 || strcmp(a, "--help") == 0) {
            greatest_usage(stdout, argv[0]);
            exit(0);
        }
        if (strcmp(a, "-s") == 0)
            with = &g->suite_filter;
        else if (strcmp(a, "-t") == 0)
            with = &g->test_filter;
        else if (strcmp(a, "-x") == 0)
            with = &g->test_exclude;
        if (with && i + 1 < argc) {
            *with = argv[++i];
            continue;
        }
        if (a[0] != '-' || a[1] == 0 || with || strspn(a + 1, "lfave") != strlen(a + 1)) {
            fprintf(stderr, "%s: bad argument '%s'\n", argv[0], a);
            greatest_usage(stderr, argv[0]);
            exit(2);
        }
        for (const char *c = a + 1; *c; c++) {
            if (*c == 'l')
                greatest_list_only();
            else if (*c == 'f')
                greatest_stop_at_first_fail();
            else if (*c == 'a')
                greatest_abort_on_fail();
            else if (*c == 'e')
                greatest_set_exact_name_match();
            else
                g->verbosity++;
        }
    }
}

int greatest_status(void)
{
    struct greatest_run_info *g = &greatest_info;

    if (g->flags & GREATEST_FLAG_LIST_ONLY)
        return 0;
    if (g->failed)
        return 1;
    return g->tests_run ? 0 : 2;
}

void greatest_print_report(void)
{
    struct greatest_run_info *g = &greatest_info;

    if (g->flags & GREATEST_FLAG_LIST_ONLY)
        return;
    printf("\nTotal: %u tests (%.2f s), %u assertions\nPass: %u, fail: %u, skip: %u.\n",
           g->tests_run, (double)(clock() - g->begin) / CLOCKS_PER_SEC, g->assertions, g->passed,
           g->failed, g->skipped);
    if (g->tests_run == 0)
        fprintf(stderr, "no test ran: the filters match none\n");
}
#endif
