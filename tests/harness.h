// SPDX-License-Identifier: MulanPSL-2.0
// Unit-test harness: our own header with the names and the command line of greatest 1.5.
//
//   TEST adds(void) { ASSERT_EQ(4, add(2, 2)); PASS(); }
//   SUITE(add_suite) { RUN_TEST(adds); }          // one suite per file, named after the file; a long
//                                                 // one calls functions of other files that RUN_TEST
//
// Two things differ from greatest on purpose: a run in which no test ran ends with status 2 (a
// filter that matches nothing must not look like success), and ASSERT_EQ prints both values, in
// hexadecimal and decimal. ASSERT_EQ evaluates each argument once and takes integers and pointers;
// floating point is rejected at compile time (use ASSERT_IN_RANGE).
//
// One file of the program defines GREATEST_IMPLEMENTATION before it includes this header; it also
// holds GREATEST_MAIN_DEFS(). Status of the program: 0 all passed, 1 a test failed, 2 none ran.
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum greatest_test_res {
    GREATEST_TEST_RES_PASS = 0,
    GREATEST_TEST_RES_FAIL = -1,
    GREATEST_TEST_RES_SKIP = 1,
};

enum greatest_flag {
    GREATEST_FLAG_FIRST_FAIL = 1,
    GREATEST_FLAG_LIST_ONLY = 2,
    GREATEST_FLAG_ABORT_ON_FAIL = 4,
};

// What greatest_get_report fills in.
struct greatest_report_t {
    unsigned passed, failed, skipped, assertions;
};

// For ASSERT_EQUAL_T: equal returns nonzero when both are equal, print returns what printf does.
typedef int greatest_equal_cb(const void *expd, const void *got, void *udata);
typedef int greatest_printf_cb(const void *t, void *udata);
struct greatest_type_info {
    greatest_equal_cb *equal;
    greatest_printf_cb *print;
};
typedef void greatest_suite_cb(void);
typedef const char *greatest_enum_str_fun(int value);
typedef void greatest_setup_cb(void *udata);

struct greatest_prng {
    bool on;               // inside SHUFFLE: the pass below picks one entry per sweep
    unsigned count;        // entries seen in this sweep
    unsigned total;        // entries of a whole sweep
    unsigned pick;         // entry to run in this sweep
    uint64_t seed;
};

struct greatest_run_info {
    unsigned flags, verbosity;
    unsigned tests_run, passed, failed, skipped, assertions;
    unsigned suite_tests, suite_passed, suite_failed, suite_skipped;
    unsigned col;
    const char *suite_filter, *test_filter, *test_exclude;
    bool exact;
    char suffix[64];
    const char *suite, *test;
    const char *fail_file, *msg;
    unsigned fail_line;
    greatest_setup_cb *setup, *teardown;
    void *setup_udata, *teardown_udata;
    struct greatest_prng prng[2];          // 0 suites, 1 tests
    jmp_buf jump;
    clock_t begin, suite_begin, test_begin;
};
extern struct greatest_run_info greatest_info;

// --- functions behind the macros -----------------------------------------------------------------
bool greatest_test_pre(const char *name);
void greatest_test_post(int res);
void greatest_run_suite(greatest_suite_cb *suite, const char *name);
void greatest_fail_at(const char *file, unsigned line, const char *msg);
bool greatest_check_eq(uintmax_t exp, uintmax_t got, bool want, const char *text);
bool greatest_check_range(double exp, double got, double tol, const char *text);
bool greatest_check_str(const char *exp, const char *got, size_t size, const char *text);
bool greatest_check_mem(const void *exp, const void *got, size_t size, const char *text);
bool greatest_check_equal_t(const void *exp, const void *got,
                            const struct greatest_type_info *info, void *udata, const char *text);
void greatest_parse_options(int argc, char **argv);
void greatest_print_report(void);
int greatest_status(void);
void greatest_shuffle_start(int which, uint64_t seed);
bool greatest_shuffle_more(int which);
void greatest_set_suite_filter(const char *filter);
void greatest_set_test_filter(const char *filter);
void greatest_set_test_exclude(const char *filter);
void greatest_set_exact_name_match(void);
void greatest_set_test_suffix(const char *suffix);
void greatest_stop_at_first_fail(void);
void greatest_abort_on_fail(void);
void greatest_list_only(void);
void greatest_set_flag(enum greatest_flag flag);
unsigned greatest_get_verbosity(void);
void greatest_set_verbosity(unsigned verbosity);
void greatest_get_report(struct greatest_report_t *report);
bool greatest_all_passed(void);
void greatest_set_setup(greatest_setup_cb *cb, void *udata);
void greatest_set_teardown(greatest_setup_cb *cb, void *udata);

// --- define and run ------------------------------------------------------------------------------
#define TEST static enum greatest_test_res
#define SUITE(NAME) void NAME(void); void NAME(void)
#define SUITE_EXTERN(NAME) void NAME(void)
#define IGNORE_TEST(T) (void)T
#define RUN_SUITE(S) greatest_run_suite(S, #S)
#define RUN_TEST(T) GREATEST_RUN_(T, T())
#define RUN_TEST1(T, ARG) GREATEST_RUN_(T, T(ARG))
#define RUN_TESTp(T, ...) GREATEST_RUN_(T, T(__VA_ARGS__))
// The setjmp forms cost a warning in suites with loops; a file that wants ASSERT_OR_LONGJMP defines
// GREATEST_USE_LONGJMP as 1 before it includes this header.
#ifndef GREATEST_USE_LONGJMP
#define GREATEST_USE_LONGJMP 0
#endif
#if GREATEST_USE_LONGJMP
#define GREATEST_RUN_(T, CALL)                                                                     \
    do {                                                                                           \
        if (greatest_test_pre(#T)) {                                                               \
            int res_ = setjmp(greatest_info.jump);                                                 \
            if (res_ == 0)                                                                         \
                greatest_test_post(CALL);                                                          \
            else                                                                                   \
                greatest_test_post(GREATEST_TEST_RES_FAIL);                                        \
        }                                                                                          \
    } while (0)
#else
#define GREATEST_RUN_(T, CALL)                                                                     \
    do {                                                                                           \
        if (greatest_test_pre(#T))                                                                 \
            greatest_test_post(CALL);                                                              \
    } while (0)
#endif
#define SET_SETUP(CB, UDATA) greatest_set_setup(CB, UDATA)
#define SET_TEARDOWN(CB, UDATA) greatest_set_teardown(CB, UDATA)
#define SHUFFLE_SUITES(SEED, BODY) GREATEST_SHUFFLE_(0, SEED, BODY)
#define SHUFFLE_TESTS(SEED, BODY) GREATEST_SHUFFLE_(1, SEED, BODY)
#define GREATEST_SHUFFLE_(WHICH, SEED, BODY)                                                       \
    do {                                                                                           \
        greatest_shuffle_start(WHICH, SEED);                                                       \
        do {                                                                                       \
            BODY;                                                                                  \
        } while (greatest_shuffle_more(WHICH));                                                    \
    } while (0)
#define GREATEST_MAIN_DEFS() struct greatest_run_info greatest_info
#define GREATEST_INIT() (greatest_info.begin = clock())
#define GREATEST_PRINT_REPORT() greatest_print_report()
#define GREATEST_MAIN_BEGIN()                                                                      \
    do {                                                                                           \
        GREATEST_INIT();                                                                           \
        greatest_parse_options(argc, argv);                                                        \
    } while (0)
#define GREATEST_MAIN_END()                                                                        \
    do {                                                                                           \
        GREATEST_PRINT_REPORT();                                                                   \
        return greatest_status();                                                                  \
    } while (0)

// --- results -------------------------------------------------------------------------------------
#define PASS() PASSm(NULL)
#define FAIL() FAILm("FAIL")
#define SKIP() SKIPm(NULL)
#define PASSm(MSG)                                                                                 \
    do {                                                                                           \
        greatest_info.msg = (MSG);                                                                 \
        return GREATEST_TEST_RES_PASS;                                                             \
    } while (0)
#define FAILm(MSG)                                                                                 \
    do {                                                                                           \
        greatest_fail_at(__FILE__, __LINE__, MSG);                                                 \
        return GREATEST_TEST_RES_FAIL;                                                             \
    } while (0)
#define SKIPm(MSG)                                                                                 \
    do {                                                                                           \
        greatest_info.msg = (MSG);                                                                 \
        return GREATEST_TEST_RES_SKIP;                                                             \
    } while (0)
// Passes on the failure of a helper that returns enum greatest_test_res.
#define CHECK_CALL(CALL)                                                                           \
    do {                                                                                           \
        enum greatest_test_res res_ = (CALL);                                                      \
        if (res_ != GREATEST_TEST_RES_PASS)                                                        \
            return res_;                                                                           \
    } while (0)

// --- assertions; the m forms take a message first ------------------------------------------------
#define GREATEST_CHECK_(MSG, OK)                                                                   \
    do {                                                                                           \
        greatest_info.assertions++;                                                                \
        if (!(OK))                                                                                 \
            FAILm(MSG);                                                                            \
    } while (0)
#define GREATEST_NOT_FLOAT_(X)                                                                     \
    _Static_assert(_Generic((X), float: 0, double: 0, long double: 0, default: 1),                 \
                   "ASSERT_EQ takes integers and pointers; use ASSERT_IN_RANGE")
#define GREATEST_EQ_(MSG, EXP, GOT, WANT, TEXT)                                                    \
    do {                                                                                           \
        GREATEST_NOT_FLOAT_(EXP);                                                                  \
        GREATEST_NOT_FLOAT_(GOT);                                                                  \
        GREATEST_CHECK_(MSG, greatest_check_eq((uintmax_t)(EXP), (uintmax_t)(GOT), WANT, TEXT));   \
    } while (0)
#define GREATEST_REL_(MSG, EXP, OP, GOT)                                                           \
    do {                                                                                           \
        greatest_info.assertions++;                                                                \
        if (!((EXP)OP(GOT))) {                                                                     \
            printf("\n  not %s %s %s: 0x%jx, 0x%jx", #EXP, #OP, #GOT, (uintmax_t)(EXP),            \
                   (uintmax_t)(GOT));                                                              \
            FAILm(MSG);                                                                            \
        }                                                                                          \
    } while (0)

#define ASSERT(COND) ASSERTm(#COND, COND)
#define ASSERTm(MSG, COND) GREATEST_CHECK_(MSG, COND)
#define ASSERT_FALSE(COND) ASSERT_FALSEm("not expected: " #COND, COND)
#define ASSERT_FALSEm(MSG, COND) GREATEST_CHECK_(MSG, !(COND))
#define ASSERT_EQ(EXP, GOT) ASSERT_EQm(#EXP " == " #GOT, EXP, GOT)
#define ASSERT_EQm(MSG, EXP, GOT) GREATEST_EQ_(MSG, EXP, GOT, true, #GOT)
#define ASSERT_NEQ(EXP, GOT) ASSERT_NEQm(#EXP " != " #GOT, EXP, GOT)
#define ASSERT_NEQm(MSG, EXP, GOT) GREATEST_EQ_(MSG, EXP, GOT, false, #GOT)
#define ASSERT_GT(EXP, GOT) ASSERT_GTm(#EXP " > " #GOT, EXP, GOT)
#define ASSERT_GTm(MSG, EXP, GOT) GREATEST_REL_(MSG, EXP, >, GOT)
#define ASSERT_GTE(EXP, GOT) ASSERT_GTEm(#EXP " >= " #GOT, EXP, GOT)
#define ASSERT_GTEm(MSG, EXP, GOT) GREATEST_REL_(MSG, EXP, >=, GOT)
#define ASSERT_LT(EXP, GOT) ASSERT_LTm(#EXP " < " #GOT, EXP, GOT)
#define ASSERT_LTm(MSG, EXP, GOT) GREATEST_REL_(MSG, EXP, <, GOT)
#define ASSERT_LTE(EXP, GOT) ASSERT_LTEm(#EXP " <= " #GOT, EXP, GOT)
#define ASSERT_LTEm(MSG, EXP, GOT) GREATEST_REL_(MSG, EXP, <=, GOT)
// Evaluates both again to print them.
#define ASSERT_EQ_FMT(EXP, GOT, FMT) ASSERT_EQ_FMTm(#EXP " == " #GOT, EXP, GOT, FMT)
#define ASSERT_EQ_FMTm(MSG, EXP, GOT, FMT)                                                         \
    do {                                                                                           \
        greatest_info.assertions++;                                                                \
        if ((EXP) != (GOT)) {                                                                      \
            printf("\n  expected " FMT "\n       got " FMT, EXP, GOT);                             \
            FAILm(MSG);                                                                            \
        }                                                                                          \
    } while (0)
#define ASSERT_IN_RANGE(EXP, GOT, TOL) ASSERT_IN_RANGEm(#EXP " +/- " #TOL, EXP, GOT, TOL)
#define ASSERT_IN_RANGEm(MSG, EXP, GOT, TOL)                                                       \
    GREATEST_CHECK_(MSG, greatest_check_range((double)(EXP), (double)(GOT), (double)(TOL), #GOT))
#define ASSERT_STR_EQ(EXP, GOT) ASSERT_STR_EQm(#EXP " == " #GOT, EXP, GOT)
#define ASSERT_STR_EQm(MSG, EXP, GOT)                                                              \
    GREATEST_CHECK_(MSG, greatest_check_str(EXP, GOT, SIZE_MAX, #GOT))
#define ASSERT_STRN_EQ(EXP, GOT, SIZE) ASSERT_STRN_EQm(#EXP " == " #GOT, EXP, GOT, SIZE)
#define ASSERT_STRN_EQm(MSG, EXP, GOT, SIZE)                                                       \
    GREATEST_CHECK_(MSG, greatest_check_str(EXP, GOT, SIZE, #GOT))
#define ASSERT_MEM_EQ(EXP, GOT, SIZE) ASSERT_MEM_EQm(#EXP " == " #GOT, EXP, GOT, SIZE)
#define ASSERT_MEM_EQm(MSG, EXP, GOT, SIZE)                                                        \
    GREATEST_CHECK_(MSG, greatest_check_mem(EXP, GOT, SIZE, #GOT))
#define ASSERT_ENUM_EQ(EXP, GOT, STR) ASSERT_ENUM_EQm(#EXP " == " #GOT, EXP, GOT, STR)
#define ASSERT_ENUM_EQm(MSG, EXP, GOT, STR)                                                        \
    do {                                                                                           \
        int exp_ = (int)(EXP), got_ = (int)(GOT);                                                  \
        greatest_enum_str_fun *str_ = (STR);                                                       \
        greatest_info.assertions++;                                                                \
        if (exp_ != got_) {                                                                        \
            printf("\n  expected %s (%d)\n       got %s (%d)", str_(exp_), exp_, str_(got_),       \
                   got_);                                                                          \
            FAILm(MSG);                                                                            \
        }                                                                                          \
    } while (0)
#define ASSERT_EQUAL_T(EXP, GOT, INFO, UDATA)                                                      \
    ASSERT_EQUAL_Tm(#EXP " == " #GOT, EXP, GOT, INFO, UDATA)
#define ASSERT_EQUAL_Tm(MSG, EXP, GOT, INFO, UDATA)                                                \
    GREATEST_CHECK_(MSG, greatest_check_equal_t(EXP, GOT, INFO, UDATA, #GOT))
#if GREATEST_USE_LONGJMP
#define FAIL_WITH_LONGJMP() FAIL_WITH_LONGJMPm("FAIL")
#define FAIL_WITH_LONGJMPm(MSG)                                                                    \
    do {                                                                                           \
        greatest_fail_at(__FILE__, __LINE__, MSG);                                                 \
        longjmp(greatest_info.jump, 1);                                                            \
    } while (0)
#define ASSERT_OR_LONGJMP(COND) ASSERT_OR_LONGJMPm(#COND, COND)
#define ASSERT_OR_LONGJMPm(MSG, COND)                                                              \
    do {                                                                                           \
        greatest_info.assertions++;                                                                \
        if (!(COND))                                                                               \
            FAIL_WITH_LONGJMPm(MSG);                                                               \
    } while (0)
#endif

#ifdef GREATEST_IMPLEMENTATION
#include "tests/harness_impl.h"
#endif
#endif
