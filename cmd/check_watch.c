// SPDX-License-Identifier: MulanPSL-2.0
#include "cmd/check_watch.h"

#include "replay/events.h"


static void on_cycle(uint64_t cycle, const struct l2tlb_in *in, const struct l2tlb_out *out, void *ctx)
{
    const struct check_watch *w = ctx;
    vcd_cycle(w->vcd, cycle, in, out);
}

static void on_event(const struct l2tlb_event *e, void *ctx)
{
    const struct check_watch *w = ctx;
    events_write(w->events, e);
}

static bool open_one(const struct options *o, const char *path, struct output **to)
{
    char msg[1024];
    *to = path ? output_open(path, msg, sizeof msg) : NULL;
    if (path && !*to)
        options_error(o, "%s", msg);
    return !path || *to;
}

bool check_watch_open(struct check_watch *w, const struct options *o, struct check_options *how)
{
    *w = (struct check_watch){.vcd = NULL};
    bool fine = open_one(o, o->events, &w->events_file) && open_one(o, o->vcd, &w->vcd_file);
    if (fine && w->vcd_file && !(w->vcd = vcd_new(output_stream(w->vcd_file))))
        fine = options_error(o, "out of memory") == 0;
    if (!fine) {
        check_watch_close(w, o, 0, false);
        return false;
    }
    w->events = w->events_file ? output_stream(w->events_file) : NULL;
    how->ctx = w;
    how->event = w->events ? on_event : NULL;
    how->cycle = w->vcd ? on_cycle : NULL;
    how->skip &= !w->vcd; // a waveform has every cycle
    return true;
}

static bool close_one(const struct options *o, struct output *f, bool whole)
{
    char msg[1024];
    if (f && !whole)
        output_abandon(f);
    if (!f || !whole || output_close(f, msg, sizeof msg))
        return true;
    options_error(o, "%s", msg);
    return false;
}

bool check_watch_close(struct check_watch *w, const struct options *o, uint64_t cycle, bool whole)
{
    if (w->vcd)
        vcd_finish(w->vcd, cycle);
    bool fine = close_one(o, w->events_file, whole);
    return close_one(o, w->vcd_file, whole) && fine;
}
