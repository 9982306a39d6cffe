// SPDX-License-Identifier: MulanPSL-2.0
// Trace Event Format, see perfetto.h: complete events ("X") are written when they end, in any order.
#include "replay/perfetto.h"

#include "ptw/llptw.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    PROCESS_REQUESTS = 1,
    PROCESS_UNITS = 2,
    LANES = 320, // requests in flight; the machine limits them to the miss queue and what is in walkers
    TRACK_PTW = 0,
    TRACK_HPTW,
    TRACK_LLPTW,
    TRACK_MEMORY = TRACK_LLPTW + MAX_LLPTW,
    TRACKS = TRACK_MEMORY + MAX_IDS,
};

struct track {
    bool busy, named;
    uint64_t since, addr;
    uint32_t tag;
};

struct perfetto {
    FILE *out;
    bool some;
    struct track track[TRACKS];
    uint64_t lane_end[LANES]; // a lane is free from this cycle on
    bool lane_named[LANES];
};

struct perfetto *perfetto_new(FILE *out)
{
    struct perfetto *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->out = out;
    fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[", out);
    fprintf(out, "\n{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":%d,\"args\":{\"name\":\"requests\"}},", PROCESS_REQUESTS);
    fprintf(out, "\n{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":%d,\"args\":{\"name\":\"units\"}}", PROCESS_UNITS);
    return p;
}

static void name_track(struct perfetto *p, int process, unsigned track, const char *name, int number)
{
    fprintf(p->out, ",\n{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":%d,\"tid\":%u,\"args\":{\"name\":\"%s", process, track,
            name);
    if (number >= 0)
        fprintf(p->out, " %d", number);
    fprintf(p->out, "\"}},\n{\"ph\":\"M\",\"name\":\"thread_sort_index\",\"pid\":%d,\"tid\":%u,\"args\":{\"sort_index\":%u}}",
            process, track, track);
}

static void slice(struct perfetto *p, int process, unsigned track, uint64_t from, uint64_t to, const char *name)
{
    fprintf(p->out, ",\n{\"ph\":\"X\",\"pid\":%d,\"tid\":%u,\"ts\":%" PRIu64 ",\"dur\":%" PRIu64 ",\"name\":\"%s\"", process,
            track, from, to - from, name);
}

// --- units ------------------------------------------------------------------------------------------

static void begin(struct perfetto *p, unsigned track, const struct l2tlb_event *e)
{
    struct track *t = &p->track[track];
    if (!t->named) {
        t->named = true;
        if (track >= TRACK_MEMORY)
            name_track(p, PROCESS_UNITS, track, "memory id", (int)(track - TRACK_MEMORY));
        else if (track >= TRACK_LLPTW)
            name_track(p, PROCESS_UNITS, track, "LLPTW", (int)(track - TRACK_LLPTW));
        else
            name_track(p, PROCESS_UNITS, track, track == TRACK_PTW ? "PTW" : "HPTW", -1);
    }
    t->busy = true;
    t->since = e->cycle;
    t->tag = e->tag;
    t->addr = e->addr;
    if (track >= TRACK_MEMORY && e->tag != TAG_NONE) // the arrow's head; its tail: perfetto_answer()
        fprintf(p->out, ",\n{\"ph\":\"f\",\"bp\":\"e\",\"cat\":\"read\",\"name\":\"read\",\"id\":\"%" PRIu32 ".%" PRIu64
                        "\",\"pid\":%d,\"tid\":%u,\"ts\":%" PRIu64 "}",
                e->tag, e->cycle, PROCESS_UNITS, track, e->cycle);
}

static void end(struct perfetto *p, unsigned track, uint64_t cycle)
{
    struct track *t = &p->track[track];
    char name[48];
    if (!t->busy)
        return;
    t->busy = false;
    if (t->tag == TAG_NONE)
        snprintf(name, sizeof name, "prefetch");
    else
        snprintf(name, sizeof name, "request %" PRIu32, t->tag);
    slice(p, PROCESS_UNITS, track, t->since, cycle, name);
    if (track >= TRACK_MEMORY)
        fprintf(p->out, ",\"args\":{\"address\":\"%" PRIx64 "\"}", t->addr);
    fputc('}', p->out);
}

void perfetto_event(struct perfetto *p, const struct l2tlb_event *e)
{
    switch (e->kind) {
    case EV_PTW_REQ:
        begin(p, TRACK_PTW, e);
        break;
    case EV_PTW_RESP:
    case EV_PTW_LLPTW:
        end(p, TRACK_PTW, e->cycle);
        break;
    case EV_HPTW_REQ:
        begin(p, TRACK_HPTW, e);
        break;
    case EV_HPTW_RESP:
        end(p, TRACK_HPTW, e->cycle);
        break;
    case EV_LLPTW_IN:
        if (e->a < MAX_LLPTW && e->b != LL_IDLE)
            begin(p, TRACK_LLPTW + e->a, e);
        break;
    case EV_LLPTW_OUT:
        if (e->a < MAX_LLPTW)
            end(p, TRACK_LLPTW + e->a, e->cycle);
        break;
    case EV_MEM_REQ:
        if (e->a < MAX_IDS)
            begin(p, TRACK_MEMORY + e->a, e);
        break;
    case EV_MEM_RESP:
        if (e->a < MAX_IDS)
            end(p, TRACK_MEMORY + e->a, e->cycle);
        break;
    case EV_FLUSH: // reads go on, walks do not
        for (unsigned i = 0; i < TRACK_MEMORY; i++)
            end(p, i, e->cycle);
        break;
    default:
        break;
    }
}

// --- requests ---------------------------------------------------------------------------------------

static unsigned lane_of(struct perfetto *p, const struct tracked_answer *a)
{
    unsigned lane = 0;
    while (lane + 1 < LANES && p->lane_end[lane] > a->accepted)
        lane++;
    p->lane_end[lane] = a->accepted + a->latency;
    if (!p->lane_named[lane]) {
        p->lane_named[lane] = true;
        name_track(p, PROCESS_REQUESTS, lane, "in flight", (int)lane);
    }
    return lane;
}

void perfetto_answer(struct perfetto *p, const struct tracked_answer *a)
{
    static const char *const kind[KINDS] = {"one-stage", "VS only", "G only", "two-stage"};
    unsigned lane = lane_of(p, a);
    char name[48];
    snprintf(name, sizeof name, "request %" PRIu32, a->tag);
    slice(p, PROCESS_REQUESTS, lane, a->accepted, a->accepted + a->latency, name);
    fprintf(p->out, ",\"args\":{\"page\":\"%" PRIx64 "\",\"kind\":\"%s\",\"port\":%u,\"reads\":%u,\"fault\":%u}}", a->vpn,
            kind[a->s2xlate], a->port, a->reads, a->fault);
    for (unsigned i = 0; i < a->steps; i++) {
        uint32_t to = i + 1 < a->steps ? a->step[i + 1].at : a->latency;
        slice(p, PROCESS_REQUESTS, lane, a->accepted + a->step[i].at, a->accepted + to, l2tlb_cause_text[a->step[i].cause]);
        if (a->step[i].holder != TAG_NONE)
            fprintf(p->out, ",\"args\":{\"held by request\":%" PRIu32 "}", a->step[i].holder);
        fputc('}', p->out);
    }
    for (unsigned i = 0; i < a->kept_reads; i++)
        fprintf(p->out, ",\n{\"ph\":\"s\",\"cat\":\"read\",\"name\":\"read\",\"id\":\"%" PRIu32 ".%" PRIu64
                        "\",\"pid\":%d,\"tid\":%u,\"ts\":%" PRIu64 "}",
                a->tag, a->accepted + a->read[i].at, PROCESS_REQUESTS, lane, a->accepted + a->read[i].at);
}

bool perfetto_finish(struct perfetto *p, uint64_t cycle)
{
    for (unsigned i = 0; i < TRACKS; i++)
        end(p, i, cycle);
    fputs("\n]}\n", p->out);
    bool ok = !ferror(p->out);
    free(p);
    return ok;
}
