// SPDX-License-Identifier: MulanPSL-2.0
// Stimuli of the L2TLB. Byte 0: machine (machines.h); the rest is the file. What is read is written and
// read again; the run is the same with and without skipping, and a recording of it is exact.
#include "check/check.h"
#include "check/driver.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/machines.h"

#include <string.h>

enum { CYCLES = 4000 };

static void put_line(const char *text, uint64_t cycle, void *ctx)
{
    (void)cycle;
    fprintf(ctx, "%s\n", text);
}

static void put_summary(const char *text, void *ctx)
{
    fprintf(ctx, "%s\n", text);
}

static void run(const struct l2tlb_cfg *cfg, const struct stim *s, bool skip, struct fuzz_text *out)
{
    fuzz_open(out);
    struct driver_hooks hooks = {.line = put_line, .ctx = out->stream};
    struct driver_options how = {.skip = skip};
    struct driver *d = driver_new(cfg, s, &how, &hooks);
    fuzz_want(d != NULL, "no driver");
    while (driver_step(d))
        ;
    driver_summary(d, put_summary, out->stream);
    driver_free(d);
    fuzz_close(out);
}

static void again(const struct l2tlb_cfg *cfg, struct stim *s)
{
    char path[200], msg[512];
    struct stim t;
    struct fuzz_text text[3];
    snprintf(path, sizeof path, "%s/s.stim", fuzz_folder());
    fuzz_want(stim_save(s, path), "a stimulus cannot be written");
    const char *err = stim_load(&t, path, msg, sizeof msg);
    if (err)
        fprintf(stderr, "%s\n", err);
    fuzz_want(!err, "a stimulus that was written cannot be read");
    run(cfg, s, true, &text[0]);
    run(cfg, &t, true, &text[1]);
    fuzz_same(&text[0], &text[1], "a stimulus that was written does something else");
    run(cfg, s, false, &text[2]);
    fuzz_same(&text[0], &text[2], "with and without skipping");
    stim_free(&t);
    struct check_result result;
    struct check_options strict = {.skip = true, .strict = true};
    const char *gold = fuzz_file(1, text[0].text, text[0].size);
    err = check_run(cfg, path, gold, &strict, NULL, &result, msg, sizeof msg);
    if (err || result.mismatches)
        fprintf(stderr, "%s\n%s", err ? err : result.first, text[0].text);
    fuzz_want(!err && !result.mismatches, "a run differs from its own recording");
    for (unsigned i = 0; i < 3; i++)
        fuzz_free(&text[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes b = {data, size};
    struct l2tlb_cfg cfg;
    struct stim s;
    char msg[512];
    fuzz_machine(&cfg, fuzz_byte(&b));
    if (stim_load(&s, fuzz_file(0, b.p, b.n), msg, sizeof msg)) {
        fuzz_message(msg);
        return 0;
    }
    if (s.end > CYCLES)
        s.end = CYCLES;
    if (!s.mpt) // no machine of these has it
        again(&cfg, &s);
    stim_free(&s);
    return 0;
}
