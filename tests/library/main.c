// SPDX-License-Identifier: MulanPSL-2.0
// Every part of the public interface, and every way in which it refuses: api TRACE [NAME...]. Prints what failed and
// "N passed, M failed". Uses what is installed, nothing else of the project. (The unit tests run the same functions.)
#include "api.h"

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } test[] = {
        {"config", api_test_config}, {"inputs", api_test_bad_inputs}, {"sizes", api_test_sizes}, {"order", api_test_order},
        {"run", api_test_run}, {"beats", api_test_beats}, {"bad_runs", api_test_bad_runs}, {"memory", api_test_memory}, {"states", api_test_states},
        {"walk", api_test_walk}, {"tables", api_test_tables}, {"transact", api_test_transact}, {"strides", api_test_strides},
        {"transact_errors", api_test_transact_errors}, {"threads", api_test_threads}, {"traces", api_test_traces},
        {"bad_traces", api_test_bad_traces}, {"worlds", api_test_worlds}, {"checks", api_test_checks},
    };
    const char *trace = argc > 1 ? argv[1] : "";
    int replays = argc < 3;
    for (size_t i = 0; i < sizeof test / sizeof *test; i++) {
        int wanted = argc < 3;
        for (int a = 2; a < argc; a++)
            wanted |= !strcmp(argv[a], test[i].name);
        if (wanted)
            test[i].run();
    }
    for (int a = 2; a < argc; a++)
        replays |= !strcmp(argv[a], "replay");
    if (replays) {
        api_test_replay(trace);
        api_test_replay_errors(trace);
        api_test_comparisons(trace);
    }
    printf("%u passed, %u failed\n", api_passed, api_failed);
    return api_failed || !api_passed;
}
