// SPDX-License-Identifier: MulanPSL-2.0
#include "cmd/check_watch.h"

#include "replay/events.h"

#include <inttypes.h>

static void on_cycle(uint64_t cycle, const struct l2tlb *machine, const struct l2tlb_in *in,
                     const struct l2tlb_out *out, void *ctx)
{
    const struct check_watch *w = ctx;
    for (unsigned i = 0; i < 2; i++)
        if (w->vcd[i])
            vcd_cycle(w->vcd[i], cycle, machine, in, out);
}

static void on_event(const struct l2tlb_event *e, void *ctx)
{
    const struct check_watch *w = ctx;
    events_write(w->events, e);
}

bool check_watch_open(struct check_watch *w, const struct options *o, struct check_options *how)
{
    *w = (struct check_watch){.events = NULL};
    bool fine = options_open(o, o->events, &w->events_file) && options_open(o, o->vcd, &w->vcd_file) &&
                fst_begin(o, o->fst, &w->fst);
    if (fine) {
        w->vcd[0] = w->vcd_file ? vcd_new(output_stream(w->vcd_file)) : NULL;
        w->vcd[1] = w->fst.vcd ? vcd_new(w->fst.vcd) : NULL;
        if ((w->vcd_file && !w->vcd[0]) || (w->fst.vcd && !w->vcd[1]))
            fine = options_error(o, "out of memory") == 0;
    }
    if (!fine) {
        check_watch_close(w, o, NULL);
        return false;
    }
    w->events = w->events_file ? output_stream(w->events_file) : NULL;
    how->ctx = w;
    how->event = w->events ? on_event : NULL;
    how->cycle = w->vcd[0] || w->vcd[1] ? on_cycle : NULL;
    how->skip &= !how->cycle; // a waveform has every cycle
    return true;
}

bool check_watch_close(struct check_watch *w, const struct options *o, const struct check_result *r)
{
    char why[96];
    bool partial = r && r->end == CHECK_INTERRUPTED;
    if (partial)
        snprintf(why, sizeof why, "interrupted at cycle %" PRIu64 " of %" PRIu64, r->cycles, r->total);
    if (partial && w->events)
        fprintf(w->events, "%" PRIu64 " partial of=%" PRIu64 "\n", r->cycles, r->total);
    for (unsigned i = 0; i < 2; i++) {
        if (partial && w->vcd[i])
            vcd_comment(w->vcd[i], why);
        if (w->vcd[i])
            vcd_finish(w->vcd[i], r ? r->cycles : 0);
    }
    bool converted = fst_end(o, &w->fst);
    bool closed = options_close(o, (struct output *const[]){w->events_file, w->vcd_file, w->fst.out}, 3, r && converted);
    if (!r || !converted || !closed)
        return false;
    return wave_save_files(o, o->vcd) && wave_save_files(o, o->fst);
}
