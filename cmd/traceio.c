// SPDX-License-Identifier: MulanPSL-2.0
// Form by name, amounts with a suffix, progress.
#include "cmd/traceio.h"

#include "cmd/interrupt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool ends_with(const char *s, const char *tail)
{
    size_t n = strlen(s), t = strlen(tail);
    return n >= t && strcmp(s + n - t, tail) == 0;
}

enum trace_form traceio_form(const char *path, bool binary)
{
    return binary || ends_with(path, ".gvtb") || ends_with(path, ".gvtb.gz") ? GVT_BINARY
                                                                             : GVT_TEXT;
}

bool traceio_amount(const char *text, unsigned kilo, uint64_t *value)
{
    char number[32];
    size_t n = strlen(text);
    unsigned power = 0;
    uint64_t v;

    if (n == 0 || n >= sizeof number)
        return false;
    memcpy(number, text, n + 1);
    switch (number[n - 1]) {
    case 'T':
        power++; // fall through
    case 'G':
        power++; // fall through
    case 'M':
        power++; // fall through
    case 'k':
    case 'K':
        power++;
        number[n - 1] = 0;
        break;
    default:
        break;
    }
    if (!options_number(number, &v))
        return false;
    for (; power; power--) {
        if (v > UINT64_MAX / kilo)
            return false;
        v *= kilo;
    }
    *value = v;
    return true;
}

static double seconds(const struct timespec *from, const struct timespec *to)
{
    return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) * 1e-9;
}

void traceio_start(struct traceio_progress *p, bool quiet)
{
    *p = (struct traceio_progress){.on = !quiet && isatty(STDERR_FILENO)};
    clock_gettime(CLOCK_MONOTONIC, &p->start);
    p->last = p->start;
}

static void show(struct traceio_progress *p)
{
    struct timespec now;
    double t, rate;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (seconds(&p->last, &now) < 0.5)
        return;
    p->last = now;
    p->shown = true;
    t = seconds(&p->start, &now);
    rate = (double)p->done / t;
    fprintf(stderr, "\r%.1f M records, %.1f M/s", (double)p->done * 1e-6, rate * 1e-6);
    if (p->read)
        fprintf(stderr, ", %.0f MiB of text", (double)p->read / 4);
    if (p->total > p->done)
        fprintf(stderr, ", %.0f s left ", (double)(p->total - p->done) / rate);
}

void traceio_step(struct traceio_progress *p, uint64_t done, uint64_t total)
{
    p->done = done;
    p->total = total;
    if (p->on && !(done & 0x3ffff))
        show(p);
}

bool traceio_reading(void *ctx)
{
    struct traceio_progress *p = ctx;

    p->read++;
    if (p->on)
        show(p);
    return !interrupt_asked();
}

void traceio_stop(struct traceio_progress *p)
{
    if (p->shown)
        fputc('\n', stderr);
}

int traceio_interrupted(const struct options *o, struct trace_writer *w, uint64_t records)
{
    uint64_t n = trace_writer_count(w);

    trace_abandon(w);
    if (records)
        options_error(o, "interrupted at record %" PRIu64 " of %" PRIu64 ", no trace is written", n,
                      records);
    else
        options_error(o, "interrupted at record %" PRIu64 ", no trace is written", n);
    return interrupt_status();
}
