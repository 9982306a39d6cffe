// SPDX-License-Identifier: MulanPSL-2.0
// The tests of the public interface (tests/library) in this program: for the sanitizers, and for faults in lib/.
#include "tests/harness.h"
#include "tests/library/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// A trace of 40,000 loads and stores all over 64 MiB.
static void write_trace(char name[32])
{
    uint64_t x = 1;
    strcpy(name, "/tmp/l2tlb-test-XXXXXX");
    FILE *f = fdopen(mkstemp(name), "w");
    fputs("GVT 1\nisa riscv64\nkind access\naddress virtual\ntables built\nrun\nswitch 1 0\n", f);
    for (unsigned i = 0; i < 40000; i++) {
        x = x * UINT64_C(6364136223846793005) + 1;
        fprintf(f, "%c %llx 8 u\n", x >> 63 ? 's' : 'l', (unsigned long long)(0x10000000 + (x >> 38 & 0x3fffff8)));
    }
    fclose(f);
}

TEST part(void (*run)(void))
{
    unsigned before = api_failed, checks = api_passed;
    run();
    ASSERT_EQ(before, api_failed);
    ASSERT_GT(api_passed, checks);
    PASS();
}

TEST part_with_trace(void (*run)(const char *trace))
{
    unsigned before = api_failed, checks = api_passed;
    char name[32];
    write_trace(name);
    run(name);
    unlink(name);
    ASSERT_EQ(before, api_failed);
    ASSERT_GT(api_passed, checks);
    PASS();
}

SUITE(library_api_suite)
{
    RUN_TEST1(part, api_test_config);
    RUN_TEST1(part, api_test_bad_inputs);
    RUN_TEST1(part, api_test_sizes);
    RUN_TEST1(part, api_test_order);
    RUN_TEST1(part, api_test_run);
    RUN_TEST1(part, api_test_beats);
    RUN_TEST1(part, api_test_bad_runs);
    RUN_TEST1(part, api_test_memory);
    RUN_TEST1(part, api_test_states);
    RUN_TEST1(part, api_test_walk);
    RUN_TEST1(part, api_test_tables);
    RUN_TEST1(part, api_test_transact);
    RUN_TEST1(part, api_test_strides);
    RUN_TEST1(part, api_test_transact_errors);
    RUN_TEST1(part, api_test_threads);
    RUN_TEST1(part, api_test_traces);
    RUN_TEST1(part, api_test_bad_traces);
    RUN_TEST1(part, api_test_worlds);
    RUN_TEST1(part, api_test_checks);
    RUN_TEST1(part_with_trace, api_test_replay);
    RUN_TEST1(part_with_trace, api_test_replay_errors);
    RUN_TEST1(part_with_trace, api_test_comparisons);
}
