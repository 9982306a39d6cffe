// SPDX-License-Identifier: MulanPSL-2.0
// What the tests of the public interface share: checks that count, a world of pages, a stimulus.
#ifndef TESTS_LIBRARY_API_H
#define TESTS_LIBRARY_API_H

#include <l2tlb/l2tlb.h>
#include <l2tlb/tables.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IS(expected, got) api_is((long long)(expected), (long long)(got), #got, __FILE__, __LINE__)
#define YES(condition) api_is(1, (condition) != 0, #condition, __FILE__, __LINE__)
#define SAYS(text, got) api_says(text, got, __FILE__, __LINE__)

extern unsigned api_passed, api_failed;
void api_is(long long expected, long long got, const char *what, const char *file, int line);
void api_says(const char *text, const char *got, const char *file, int line);

enum { PAGES = 512, REQUESTS = 3000 };

struct stimulus {
    struct l2tlb_control control[4];
    struct l2tlb_timed_request request[REQUESTS];
    struct l2tlb_answer answer[REQUESTS];
    uint64_t accepted[REQUESTS], reads[4 * REQUESTS];
};

l2tlb_machine *api_machine(const char *preset);
// Pages 0x40000.. of Sv39 to 0x90000..; the root page number is 0x80000.
l2tlb_memory *api_world(void);
void api_draw(struct stimulus *s, uint64_t seed);
struct l2tlb_run api_run_of(struct stimulus *s, l2tlb_memory *m);
// A number that every answer and read changes.
uint64_t api_digest(const struct stimulus *s, const struct l2tlb_run *r);
// A file of this text in a place of its own, for unlink().
void api_file(char name[32], const char *text);
// The digest of a whole run, with every answer checked.
uint64_t api_whole_run(uint64_t seed);

// In the files of the same names; trace: of a replay.
void api_test_config(void);
void api_test_bad_inputs(void);
void api_test_sizes(void);
void api_test_order(void);
void api_test_run(void);
void api_test_beats(void);
void api_test_bad_runs(void);
void api_test_memory(void);
void api_test_states(void);
void api_test_walk(void);
void api_test_tables(void);
void api_test_transact(void);
void api_test_strides(void);
void api_test_transact_errors(void);
void api_test_threads(void);
void api_test_traces(void);
void api_test_bad_traces(void);
void api_test_worlds(void);
void api_test_checks(void);
void api_test_comparisons(const char *trace);
void api_test_replay(const char *trace);
void api_test_replay_errors(const char *trace);

#endif
