// SPDX-License-Identifier: MulanPSL-2.0
// Writer of traces, text and binary.
#include "traces/source.h"
#include "traces/trace_code.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct trace_writer {
    struct sink *out;
    unsigned form, klass;
    uint64_t count, sum, cycle;
    struct trace_delta last;
    char error[TRACE_MSG];
};

static bool put_line(struct trace_writer *w, const char *a, const char *b)
{
    return sink_write(w->out, a, strlen(a)) && sink_write(w->out, b, strlen(b)) &&
           sink_write(w->out, "\n", 1);
}

static const char *header_check(const struct trace_header *h)
{
    if (h->isa >= GVT_ISAS || h->klass > GVT_PORTS || h->tables >= GVT_TABLES)
        return "header with unknown values";
    if ((h->tables == GVT_IMAGE) != (h->image[0] != 0))
        return "header: an image needs a file name, other tables have none";
    if (strpbrk(h->image, "\r\n") || strpbrk(h->source, "\r\n"))
        return "header: texts are one line each";
    return NULL;
}

struct trace_writer *trace_create(const char *path, enum trace_form form,
                                  const struct trace_header *h, char *msg, size_t msg_size)
{
    struct trace_writer *w = calloc(1, sizeof *w);
    const char *trouble = header_check(h);
    char source[TRACE_TEXT];

    if (!w || trouble) {
        snprintf(msg, msg_size, "%s: %s", path, trouble ? trouble : "out of memory");
        free(w);
        return NULL;
    }
    w->out = sink_open(path, msg, msg_size);
    if (!w->out) {
        free(w);
        return NULL;
    }
    w->form = form;
    w->klass = h->klass;
    put_line(w, form == GVT_TEXT ? GVT_MAGIC_TEXT : GVT_MAGIC_BINARY, " 1");
    put_line(w, "isa ", trace_isa_name[h->isa]);
    put_line(w, "kind ", trace_class_name[h->klass]);
    put_line(w, "address ", "virtual");
    if (h->tables == GVT_IMAGE)
        put_line(w, "tables image ", h->image);
    else
        put_line(w, "tables ", trace_tables_name[h->tables]);
    if (h->source[0])
        put_line(w, "source ", printable_text(h->source, source, sizeof source));
    put_line(w, "run", "");
    return w;
}

// --- records -------------------------------------------------------------------------------------
static bool fail(struct trace_writer *w, const char *why)
{
    if (!w->error[0])
        snprintf(w->error, sizeof w->error, "record %llu: %s", (unsigned long long)w->count + 1,
                 why);
    return false;
}

bool trace_put(struct trace_writer *w, const struct trace_record *r)
{
    const char *why = trace_record_check(r, w->klass);
    char line[160];
    bool fine;

    if (w->error[0])
        return false;
    if (!why && r->has_cycle && r->cycle < w->cycle)
        why = "cycles go backwards";
    if (why)
        return fail(w, why);
    if (r->has_cycle)
        w->cycle = r->cycle;
    if (w->form == GVT_BINARY) {
        unsigned char code[TRACE_CODE_MAX];
        fine = sink_write(w->out, code, trace_encode(&w->last, r, code));
    } else {
        size_t n = trace_record_text(r, line, sizeof line - 1);
        line[n] = '\n';
        fine = sink_write(w->out, line, n + 1);
    }
    if (!fine) {
        snprintf(w->error, sizeof w->error, "%s", sink_error(w->out));
        return false;
    }
    w->sum = trace_record_sum(w->sum, r);
    w->count++;
    return true;
}

const char *trace_writer_error(const struct trace_writer *w)
{
    return w->error[0] ? w->error : NULL;
}

uint64_t trace_writer_count(const struct trace_writer *w) { return w->count; }
uint64_t trace_writer_checksum(const struct trace_writer *w) { return w->sum; }

bool trace_finish(struct trace_writer *w, char *msg, size_t msg_size)
{
    bool fine = !w->error[0];

    if (fine && w->form == GVT_BINARY) {
        unsigned char code[TRACE_CODE_MAX];
        sink_write(w->out, code,
                   trace_encode_end(&(struct trace_end_mark){w->count, w->sum}, code));
    } else if (fine) {
        char line[64];
        int n = snprintf(line, sizeof line, "end %llu %016llx\n", (unsigned long long)w->count,
                         (unsigned long long)w->sum);
        sink_write(w->out, line, (size_t)n);
    }
    if (!fine) {
        snprintf(msg, msg_size, "%s", w->error);
        trace_abandon(w);
        return false;
    }
    fine = sink_close(w->out, msg, msg_size);
    free(w);
    return fine;
}

void trace_abandon(struct trace_writer *w)
{
    sink_abandon(w->out);
    free(w);
}
