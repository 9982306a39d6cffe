// SPDX-License-Identifier: MulanPSL-2.0
// What the tests of importers share: input as text, records as text, the summary and the message.
#ifndef L2TLB_TESTS_IMPORT_BENCH_H
#define L2TLB_TESTS_IMPORT_BENCH_H

#include "tests/harness.h"
#include "traces/import/import.h"

#include <unistd.h>

static char msg[TRACE_MSG], summary[512];

static const char *temp_path(void)
{
    static char path[64];

    snprintf(path, sizeof path, "/tmp/l2tlb_import_%ld", (long)getpid());
    return path;
}

// Imports `n` bytes of `data`; writes the records as text lines to out. Returns what import_next
// returned last.
static int import_bytes(const char *format, const struct import_cfg *cfg, const void *data,
                        size_t n, char *out, size_t out_size)
{
    FILE *f = fopen(temp_path(), "wb");
    struct trace_record r;
    struct import *m;
    size_t used = 0;
    int got;

    out[0] = 0;
    if (!f)
        return -2;
    fwrite(data, 1, n, f);
    fclose(f);
    m = import_open(temp_path(), import_find(format), cfg, msg, sizeof msg);
    summary[0] = 0;
    if (!m)
        return -1;
    while ((got = import_next(m, &r)) == 1 && used + 160 < out_size) {
        used += trace_record_text(&r, out + used, out_size - used);
        used += (size_t)snprintf(out + used, out_size - used, "\n");
    }
    if (got < 0)
        snprintf(msg, sizeof msg, "%s", m->error);
    import_summary(m, summary, sizeof summary);
    import_close(m);
    unlink(temp_path());
    return got;
}

static enum greatest_test_res good(const char *format, const struct import_cfg *cfg,
                                   const char *text, const char *want)
{
    static char out[4096];

    msg[0] = 0;
    ASSERT_EQm(msg, 0, import_bytes(format, cfg, text, strlen(text), out, sizeof out));
    ASSERT_STR_EQ(want, out);
    PASS();
}

#endif
