// SPDX-License-Identifier: MulanPSL-2.0
// Traces of either form, compressed or not: what is read is written in both forms and read again.
#include "tests/fuzz/fuzz.h"
#include "traces/source.h"
#include "traces/trace.h"

#include <string.h>

enum { RECORDS = 20000 };

// Reads a trace, as far as RECORDS, into w (may be NULL). 1: to its end, 0: longer, -1: refused.
static int read_all(const char *path, struct trace_writer *w, uint64_t *count, uint64_t *sum)
{
    char msg[TRACE_MSG];
    struct trace_record r;
    struct trace *t = trace_open(path, msg, sizeof msg);
    int got = 1;
    if (!t) {
        fuzz_message(msg);
        return -1;
    }
    while (trace_count(t) < RECORDS && (got = trace_next(t, &r)) == 1) {
        fuzz_want(!trace_record_check(&r, trace_header(t)->klass), "an illegal record is read");
        fuzz_want(!w || trace_put(w, &r), "a record that was read cannot be written");
    }
    *count = trace_count(t);
    *sum = trace_checksum(t);
    if (got < 0)
        fuzz_message(trace_error(t));
    trace_close(t);
    return got < 0 ? -1 : got == 0;
}

static void write_again(const char *path, enum trace_form form, const char *name)
{
    char out[200], msg[TRACE_MSG], source[TRACE_TEXT];
    uint64_t count[2], sum[2];
    struct trace *t = trace_open(path, msg, sizeof msg);
    if (!t)
        return;
    struct trace_header h = *trace_header(t);
    trace_close(t);
    snprintf(out, sizeof out, "%s/%s", fuzz_folder(), name);
    struct trace_writer *w = trace_create(out, form, &h, msg, sizeof msg);
    if (!w) {
        fprintf(stderr, "%s\n", msg);
        fuzz_want(false, "a header that was read cannot be written");
    }
    int end = read_all(path, w, &count[0], &sum[0]);
    if (end != 1) {
        trace_abandon(w);
        fuzz_want(fuzz_files() == 0, "a trace that was refused leaves a file");
        return;
    }
    fuzz_want(trace_finish(w, msg, sizeof msg), "the trace cannot be finished");
    fuzz_want(read_all(out, NULL, &count[1], &sum[1]) == 1, "what was written cannot be read");
    fuzz_want(count[0] == count[1] && sum[0] == sum[1], "what was written is another trace");
    t = trace_open(out, msg, sizeof msg);
    const struct trace_header *k = trace_header(t);
    fuzz_want(h.isa == k->isa && h.klass == k->klass && h.tables == k->tables &&
                  strcmp(h.image, k->image) == 0 && strcmp(printable_text(h.source, source, sizeof source), k->source) == 0,
              "the header changed");
    trace_close(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(0, data, size);
    write_again(path, GVT_TEXT, "t.gvt");
    write_again(path, GVT_BINARY, "t.gvtb");
    return 0;
}
