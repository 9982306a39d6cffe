// SPDX-License-Identifier: MulanPSL-2.0
// Stimuli of the L1 side. Byte 0: machine (machines.h); the rest is the file. The run is the same with and
// without skipping, and its own lines are a recording that is exact, closed loop and open loop.
#include "check/l1check.h"
#include "check/l1open.h"
#include "check/l1stim.h"
#include "check/l1text.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/machines.h"

#include <inttypes.h>
#include <string.h>

enum { CYCLES = 3000, ACCESSES = 400 };

// Is this run short enough for a fuzzer?
static bool suits(const char *path)
{
    struct l1stim s;
    char msg[L1TEXT_MSG];
    if (!l1stim_read(&s, path, msg)) {
        fuzz_message(msg);
        return false;
    }
    bool small = s.cycles <= CYCLES && s.accesses <= ACCESSES;
    l1stim_free(&s);
    return small;
}

static void run(const struct l2tlb_cfg *cfg, const char *path, bool skip, struct fuzz_text *out)
{
    struct check_options options = {.skip = skip};
    struct check_result result;
    char msg[512];
    fuzz_open(out);
    const char *err = l1check_run(cfg, path, NULL, &options, NULL, out->stream, &result, msg, sizeof msg);
    fuzz_close(out);
    if (err)
        fprintf(stderr, "%s\n", err);
    fuzz_want(!err, "a stimulus that was read cannot run");
}

// A lookup is known by its answer: one of the blocking port that has none at the end is not in the recording.
static bool open_at_the_end(const char *lines)
{
    char kind;
    uint64_t cycle;
    unsigned port;
    bool waits = false;
    for (const char *p = lines; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
        if (sscanf(p, "%c %" SCNu64 " %u", &kind, &cycle, &port) == 3 && port == L1_BLOCKING_PORT)
            waits = kind == 'N' ? true : kind == 'T' ? false : waits;
    return waits;
}

// The L1 side alone, behind the handshakes of the recording.
static void run_open(const struct l2tlb_cfg *cfg, const char *path, const char *gold)
{
    char msg[L1TEXT_MSG];
    uint64_t events;
    struct fuzz_text out;
    fuzz_open(&out);
    int status = l1open_run(cfg, path, gold, out.stream, msg, &events);
    fuzz_close(&out);
    if (status)
        fprintf(stderr, "%s%s\n", status == 2 ? msg : "", out.text);
    fuzz_want(status == 0, "the L1 side alone differs from the recording of both");
    fuzz_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes b = {data, size};
    struct l2tlb_cfg cfg;
    struct fuzz_text text[2];
    char msg[L1TEXT_MSG], path[64];
    fuzz_machine(&cfg, fuzz_byte(&b));
    snprintf(path, sizeof path, "%s", fuzz_file(0, b.p, b.n));
    if (!suits(path))
        return 0;
    run(&cfg, path, true, &text[0]);
    run(&cfg, path, false, &text[1]);
    fuzz_same(&text[0], &text[1], "with and without skipping");
    struct check_options options = {.skip = true, .strict = true};
    struct check_result result;
    const char *gold = fuzz_file(1, text[0].text, text[0].size);
    const char *err = l1check_run(&cfg, path, gold, &options, NULL, NULL, &result, msg, sizeof msg);
    if (err || result.mismatches)
        fprintf(stderr, "%s\n", err ? err : result.first);
    fuzz_want(!err && !result.mismatches, "a run differs from its own recording");
    if (!open_at_the_end(text[0].text))
        run_open(&cfg, path, gold);
    fuzz_free(&text[0]);
    fuzz_free(&text[1]);
    return 0;
}
