// SPDX-License-Identifier: MulanPSL-2.0
#include "cmd/check_watch.h"

#include "replay/events.h"

#include <errno.h>
#include <string.h>

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

static bool open_one(const struct options *o, const char *path, FILE **to)
{
    *to = !path ? NULL : strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
    if (path && !*to)
        options_error(o, "%s: cannot be written: %s", path, strerror(errno));
    return !path || *to;
}

bool check_watch_open(struct check_watch *w, const struct options *o, struct check_options *how)
{
    *w = (struct check_watch){.vcd = NULL};
    if (!open_one(o, o->events, &w->events) || !open_one(o, o->vcd, &w->vcd_file))
        return false;
    if (w->vcd_file && !(w->vcd = vcd_new(w->vcd_file)))
        return options_error(o, "out of memory"), false;
    how->ctx = w;
    how->event = w->events ? on_event : NULL;
    how->cycle = w->vcd ? on_cycle : NULL;
    how->skip &= !w->vcd; // a waveform has every cycle
    return true;
}

static bool close_one(const struct options *o, const char *path, FILE *f)
{
    if (!f)
        return true;
    bool fine = fflush(f) == 0 && !ferror(f);
    fine &= f == stdout || fclose(f) == 0;
    if (!fine)
        options_error(o, "%s: cannot be written", path);
    return fine;
}

bool check_watch_close(struct check_watch *w, const struct options *o, uint64_t cycle)
{
    if (w->vcd)
        vcd_finish(w->vcd, cycle);
    bool fine = close_one(o, o->events, w->events);
    return close_one(o, o->vcd, w->vcd_file) && fine;
}
