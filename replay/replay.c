// SPDX-License-Identifier: MulanPSL-2.0
// The run loop, see replay.h.
//
// Order within a cycle: control inputs from the trace, registers of the L1 side on the ports,
// memory's answer, the L2TLB settles, the L1 side settles and takes results, new accesses, then
// either one clock edge or, when nothing would change, a jump to the next cycle in which something
// does.
#include "replay/replay.h"

#include "replay/aarch64.h"
#include "replay/events.h"
#include "replay/kanata.h"
#include "replay/perfetto.h"
#include "replay/requests.h"
#include "replay/sim.h"
#include "traces/source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PROGRESS_MASK = 0x3ff, PREMAP_MASK = 0xffff };

void sim_no_memory(struct sim *s)
{
    s->r->end = REPLAY_NO_MEMORY;
    s->bad = true;
}

static void on_event(const struct l2tlb_event *e, void *ctx)
{
    struct sim *s = ctx;
    tracker_event(e, s->tracker);
    if (s->shield) {
        const struct oracle_env env = sim_oracle_env(s);
        shield_event(s->shield, &env, e);
    }
    if (s->ward) {
        const struct oracle_env env = sim_oracle_env(s);
        ward_event(s->ward, &env, s->track, e);
    }
    if (s->cfg->events)
        events_write(s->cfg->events, e);
    if (s->perfetto)
        perfetto_event(s->perfetto, e);
}

// An answered request goes to whoever wants to see them.
static void on_answer(const struct tracked_answer *a, void *ctx)
{
    struct sim *s = ctx;
    if (s->cfg->answered)
        s->cfg->answered(a, s->cfg->answered_ctx);
    if (s->cfg->requests)
        requests_write(s->cfg->requests, a);
    if (s->perfetto)
        perfetto_answer(s->perfetto, a);
    if (s->kanata && !kanata_answer(s->kanata, a, tracker_oldest(s->tracker)))
        sim_no_memory(s);
}

// --- set-up -------------------------------------------------------------------------------------

bool sim_go_on(struct sim *s)
{
    struct replay_result *r = s->r;
    uint64_t done, size, n = trace_count(s->trace);
    trace_progress(s->trace, &done, &size);
    const struct hist *latency = s->tracker ? &tracker_stats(s->tracker)->all : NULL;
    if (!s->cfg->progress || s->cfg->progress(s->cfg->progress_ctx, n, s->cycle, done, size, latency))
        return true;
    if (r->total)
        snprintf(r->message, sizeof r->message, "interrupted at record %" PRIu64 " of %" PRIu64, n,
                 r->total);
    else
        snprintf(r->message, sizeof r->message, "interrupted at record %" PRIu64 "%s", n,
                 s->l2 ? "" : " of the first pass, before the run");
    r->end = REPLAY_INTERRUPTED;
    s->bad = true;
    s->have = false;
    return false;
}

static bool reading(void *ctx)
{
    return sim_go_on(ctx);
}

// A trace that says nothing (isa other) is taken for one of RISC-V.
static bool suits(struct sim *s)
{
    const struct trace_header *h = &s->r->header;
    bool arm = s->cfg->arch == GVT_AARCH64;
    const char *why = arm ? aarch64_header_check(h) : NULL;
    if (why)
        feed_fail(s, "%s: %s", s->path, why);
    else if (!arm && !s->cfg->arch_given && (h->isa == GVT_AARCH64 || h->isa == GVT_X86_64))
        feed_fail(s, "%s: isa %s: --arch riscv64 replays its addresses as those of RISC-V%s", s->path,
                  trace_isa_name[h->isa],
                  h->isa == GVT_AARCH64 ? ", --arch aarch64 on tables of AArch64's shape" : "");
    return !s->bad;
}

// The registers that the image starts with.
static bool image_modes(struct sim *s, const char *image)
{
    struct tlb_csr csr;
    world_csr(s->world, &csr);
    const struct atp *const atp[] = {&csr.satp, &csr.vsatp, &csr.hgatp};
    static const uint16_t number[] = {GVT_SATP, GVT_VSATP, GVT_HGATP};
    for (unsigned i = 0; i < 3; i++) {
        struct trace_record r = {.kind = TRACE_CSR, .csr = number[i]};
        uint64_t value = (uint64_t)atp[i]->mode << 60 | (uint64_t)atp[i]->id << 44 | atp[i]->ppn;
        r.value = value;
        if (!feed_mode(s, r.csr, &r.value, image))
            return false;
        if (r.value != value) {
            struct tlb_csr unused;
            world_apply(s->world, &r, &unused);
        }
    }
    return true;
}

static bool open_world(struct sim *s)
{
    char path[1024];
    struct replay_result *r = s->r;
    struct world_cfg wc = s->cfg->world;
    const char *why = domain_suit(&wc.domain, s->cfg->machine.has_mpt);
    if (why) {
        feed_fail(s, "world: %s", why);
        return false;
    }
    if (r->header.tables == GVT_IMAGE) {
        if (!trace_image_path(s->trace, path, sizeof path)) {
            feed_fail(s, "the trace names no usable image file");
            return false;
        }
        s->world = world_load(path, &wc, r->message, sizeof r->message);
    } else if (r->header.tables == GVT_RECORDS) {
        s->world = world_load(NULL, &wc, r->message, sizeof r->message);
    } else {
        s->world = world_new(&wc, r->message, sizeof r->message);
    }
    if (!s->world) {
        r->end = REPLAY_BAD_INPUT;
        return false;
    }
    s->mem = world_phys(s->world);
    return r->header.tables == GVT_BUILT || image_modes(s, path);
}

// First pass: maps every page of the trace, then goes back to its beginning.
static bool premap(struct sim *s, const char *path)
{
    struct tlb_csr csr;
    struct replay_result *r = s->r;
    if (s->cfg->first_touch || r->header.tables != GVT_BUILT || !source_twice(path))
        return true;
    world_csr(s->world, &csr);
    for (int n;;) {
        n = trace_next(s->trace, &s->rec);
        if (n < 0) {
            if (sim_go_on(s))
                feed_fail(s, "%s", trace_error(s->trace));
            return false;
        }
        if (n == 0)
            break;
        if ((trace_count(s->trace) & PREMAP_MASK) == 0 && !sim_go_on(s))
            return false;
        if (!feed_arch(s))
            return false;
        world_adjust(s->world, &s->rec);
        if (s->rec.kind == TRACE_ACCESS || s->rec.kind == TRACE_PORT)
            feed_touch(s, &s->rec);
        else if (s->rec.kind == TRACE_SWITCH || s->rec.kind == TRACE_CSR)
            world_apply(s->world, &s->rec, &csr);
        if (s->bad)
            return false;
    }
    r->total = trace_count(s->trace);
    trace_close(s->trace);
    s->trace = trace_open(path, r->message, sizeof r->message);
    if (!s->trace) {
        r->end = REPLAY_BAD_INPUT;
        return false;
    }
    trace_watch(s->trace, reading, s);
    world_restart(s->world);
    r->unmappable = r->unmappable_fetches = r->folded = 0;
    r->premapped = true;
    return true;
}

// The settled cycle is shown to whoever looks at all of them. False: he ends the run.
static bool show(struct sim *s)
{
    const struct replay_cfg *cfg = s->cfg;
    if (!cfg->cycle || cfg->cycle(s->cycle, s->l2, &s->in, &s->out, cfg->cycle_ctx))
        return true;
    s->r->end = REPLAY_ENDED;
    return false;
}

// What firmware does before anything else runs: one PMP entry that opens all of memory. (Reset
// leaves every access denied, spec A 5.4.) Takes BOOT_CYCLES cycles before the trace begins.
static bool boot(struct sim *s)
{
    static const struct csr_write write[] = {
        {.valid = true, .addr = 0x3b0, .data = UINT64_C(0x3fffffffffff)},
        {.valid = true, .addr = 0x3a0, .data = 0x1f},
    };
    s->in.csr = s->csr.tlb;
    s->in.resp_ready[0] = s->in.resp_ready[1] = true;
    for (; s->cycle < BOOT_CYCLES; s->cycle++) {
        s->in.csr_w = s->cycle < 2 ? write[s->cycle] : (struct csr_write){0};
        if (s->in.csr_w.valid)
            pmp_write(&s->pmp, s->in.csr_w.addr, s->in.csr_w.data);
        l2tlb_settle(s->l2, &s->in, &s->out);
        if (!show(s))
            return false;
        l2tlb_tick(s->l2);
    }
    s->last_progress = s->cycle;
    return true;
}

static bool build(struct sim *s)
{
    const struct replay_cfg *cfg = s->cfg;
    s->l2 = l2tlb_new(&cfg->machine);
    s->tl = tl_new(&cfg->memory, s->mem);
    s->tracker = tracker_new(&cfg->machine);
    s->front = s->r->header.klass == GVT_PORTS ? NULL : front_new(&cfg->front, &cfg->machine);
    for (unsigned i = 0; i < 2; i++) {
        s->vcd[i] = cfg->vcd[i] ? vcd_new(cfg->vcd[i]) : NULL;
        s->no_skip |= cfg->vcd[i] != NULL;
    }
    s->shield = cfg->machine.has_bitmap ? shield_new(&cfg->machine) : NULL;
    s->ward = cfg->machine.has_mpt ? ward_new(&cfg->machine) : NULL;
    s->perfetto = cfg->perfetto ? perfetto_new(cfg->perfetto) : NULL;
    s->kanata = cfg->kanata ? kanata_new(cfg->kanata) : NULL;
    s->r->phases = phases_new(cfg->interval_unit, cfg->interval);
    s->r->region = !cfg->roi ? NULL : cfg->roi_marks ? region_new_marks() : region_new(cfg->roi_from, cfg->roi_to);
    s->footprint = s->r->footprint = cfg->reuse ? footprint_new() : NULL;
    if (!s->l2 || !s->tl || !s->tracker || !s->r->phases || (cfg->roi && !s->r->region) || (cfg->vcd[0] && !s->vcd[0]) || (cfg->vcd[1] && !s->vcd[1]) ||
        (cfg->perfetto && !s->perfetto) || (cfg->kanata && !s->kanata) || (cfg->reuse && !s->footprint) ||
        (cfg->machine.has_bitmap && !s->shield) || (cfg->machine.has_mpt && !s->ward) || (s->r->header.klass != GVT_PORTS && !s->front)) {
        s->r->end = REPLAY_NO_MEMORY;
        return false;
    }
    if (s->footprint && s->r->region)
        footprint_count(s->footprint, s->r->region->begun);
    if (cfg->requests)
        requests_head(cfg->requests);
    if (cfg->answered || cfg->requests || s->perfetto || s->kanata)
        tracker_on_answer(s->tracker, on_answer, s);
    world_csr(s->world, &s->csr.tlb);
    sim_isolation(s, &s->csr.tlb);
    s->csr.imode = s->csr.dmode = MODE_S;
    s->csr.sum = s->csr.vsum = true;
    l2tlb_reset(s->l2, &s->csr.tlb);
    if (s->front)
        front_reset(s->front, &s->csr);
    s->track = sim_judging(s) ? oracle_track_new(&s->csr.tlb) : NULL;
    if (sim_judging(s) && !s->track) {
        s->r->end = REPLAY_NO_MEMORY;
        return false;
    }
    if (s->track)
        phys_watch(s->mem, sim_written, s);
    pmp_reset(&s->pmp, &cfg->machine);
    s->no_skip |= cfg->no_skip || cfg->cycle;
    if (!boot(s))
        return false;
    l2tlb_observe(s->l2, on_event, s);
    for (unsigned i = 0; i < CONTROL_DELAY; i++)
        s->csr_delay[i] = s->csr.tlb;
    if (s->shield)
        shield_csr(s->shield, &s->csr.tlb, 0);
    s->next_tag[1] = 1;
    s->quiet_since = UINT64_MAX;
    return true;
}

// --- the cycle ----------------------------------------------------------------------------------

static void inputs(struct sim *s)
{
    struct tl_beat beat;
    if (s->front) {
        feed_control(s);
        front_publish(s->front, &s->in);
    } else {
        ports_feed(s);
    }
    for (unsigned p = 0; p < 2; p++)
        s->in.req[p].tag = s->next_tag[p];
    s->in.csr = s->csr.tlb;
    s->in.a_ready = tl_a_ready(s->tl, s->cycle);
    tl_beat(s->tl, s->cycle, &beat);
    s->in.d.valid = beat.valid;
    if (beat.valid) {
        s->in.d.source = beat.source;
        memcpy(s->in.d.data, beat.data, sizeof s->in.d.data);
    }
}

static void outputs(struct sim *s)
{
    for (unsigned p = 0; p < 2; p++) {
        if (s->in.req[p].valid && s->out.req_ready[p]) {
            s->last_progress = s->cycle;
            if (s->track)
                oracle_track_request(s->track, s->in.req[p].s2xlate);
            if (s->footprint && !footprint_request(s->footprint, s->in.req[p].vpn, s->in.req[p].s2xlate, &s->in.csr, !s->front))
                sim_no_memory(s);
        }
        if (s->out.resp_valid[p] && s->in.resp_ready[p]) {
            s->last_progress = s->cycle;
            if (sim_judging(s))
                sim_judge(s, &s->out.resp[p]);
        }
    }
    if (!s->front)
        return;
    struct l1_in *in = front_in(s->front);
    in->csr = s->csr;
    in->sfence = s->in.sfence;
    if (front_settle(s->front, s->cycle, &s->out))
        s->last_progress = s->cycle;
    feed_accesses(s);
}

static uint64_t min64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// How many cycles, this one included, pass without anything happening? 0: something happens now.
static uint64_t quiet_cycles(struct sim *s)
{
    if (s->in.sfence.valid || s->in.csr_w.valid || s->in.d.valid)
        return 0;
    uint64_t next = s->front ? feed_next(s) : ports_next(s);
    bool repeats = s->front && front_repeats(s->front);
    if (s->front && !repeats)
        next = min64(next, front_next(s->front, s->cycle));
    if (next <= s->cycle || (s->front && !repeats && !front_idle(s->front)))
        return 0;
    next = min64(next, tl_next_event(s->tl, s->cycle + 1));
    if (repeats && s->cfg->watchdog) // the cycle in which it barks
        next = min64(next, s->last_progress + s->cfg->watchdog + 1);
    uint64_t idle = l2tlb_idle(s->l2);
    return next == UINT64_MAX ? idle : min64(idle, next - s->cycle);
}

static void edge(struct sim *s)
{
    struct l1_redirect trap = {0};
    if (s->out.a_valid && s->in.a_ready)
        tl_accept(s->tl, s->cycle, s->out.a_source, s->out.a_address);
    for (unsigned i = 0; i < 2; i++)
        if (s->vcd[i])
            vcd_cycle(s->vcd[i], s->cycle, s->l2, &s->in, &s->out);
    tracker_pass(s->tracker, s->l2, &s->in, &s->out, 1);
    for (unsigned p = 0; p < 2; p++)
        if (s->in.req[p].valid && s->out.req_ready[p])
            s->next_tag[p] = (s->next_tag[p] + 2) & INT32_MAX;
    if (s->shield && s->in.csr_w.valid)
        shield_pmp(s->shield);
    if (s->settled_in_rest)
        l2tlb_skip(s->l2, 1);
    else
        l2tlb_tick(s->l2);
    tracker_ticked(s->tracker);
    sim_delay_control(s);
    if (s->front) {
        bool fault = front_trap(s->front, &trap);
        front_tick(s->front, !s->cfg->no_skip);
        if (fault)
            front_redirect(s->front, &trap);
    } else {
        ports_taken(s);
    }
    s->in.sfence.valid = false;
    s->in.csr_w.valid = false;
    s->csr.tlb.satp.changed = s->csr.tlb.vsatp.changed = s->csr.tlb.hgatp.changed = false;
    s->csr.tlb.virt_changed = s->csr.tlb.mbmc.bclear = s->csr.tlb.mmpt.changed = false;
    s->cycle++;
}

static void jump(struct sim *s, uint64_t k)
{
    if (s->front && front_repeats(s->front))
        k = front_pass(s->front, s->cycle, k, feed_waiting(s));
    tracker_pass(s->tracker, s->l2, &s->in, &s->out, k);
    tracker_ticked(s->tracker);
    l2tlb_skip(s->l2, k);
    for (uint64_t i = 0; i < min64(k, CONTROL_DELAY); i++)
        sim_delay_control(s);
    s->cycle += k;
}

// Everything of the trace is done and the machine has come to rest.
static bool at_rest(struct sim *s)
{
    if (s->have || !s->eof || tracker_in_flight(s->tracker) || tl_outstanding(s->tl))
        return false;
    if (s->front ? !front_empty(s->front) || !front_idle(s->front) : !ports_empty(s))
        return false;
    return l2tlb_idle(s->l2) == UINT64_MAX;
}

static void stuck(struct sim *s)
{
    FILE *log = s->cfg->log;
    snprintf(s->r->message, sizeof s->r->message,
             "no progress since cycle %" PRIu64 " (now %" PRIu64 ", record %" PRIu64 ")",
             s->last_progress, s->cycle, trace_count(s->trace));
    s->r->end = REPLAY_STUCK;
    if (!log)
        return;
    fprintf(log, "stuck: %s\n", s->r->message);
    if (s->front) {
        fprintf(log, "accesses that wait:\n");
        front_dump(s->front, s->cycle, log);
    }
    fprintf(log, "L2TLB requests in flight (%u):\n", tracker_in_flight(s->tracker));
    tracker_dump(s->tracker, s->l2, log);
    fprintf(log, "reads outstanding: %u\nstate of the L2TLB:\n", tl_outstanding(s->tl));
    l2tlb_dump(s->l2, log);
}

// How far the run is. Records of a port trace are read ahead, so those that were taken count.
static struct phase_now progress(const struct sim *s)
{
    return (struct phase_now){.records = s->front ? trace_count(s->trace) : s->r->accesses,
                              .instructions = s->r->instructions,
                              .accesses = s->r->accesses,
                              .pages = s->footprint ? footprint_stats(s->footprint, FOOT_PAGES)->ever : 0};
}

// Behind the edge or jump: does an interval end here? False: out of memory.
static bool phase(struct sim *s, bool last)
{
    const struct phase_now now = progress(s);
    const struct stats *st = tracker_stats(s->tracker);
    const struct region *g = s->r->region;
    if (g && !last) {
        region_step(s->r->region, st, s->front, &now);
        if (s->footprint)
            footprint_count(s->footprint, g->begun && !g->ended);
    }
    if (last ? phases_finish(s->r->phases, st, s->front, &now)
             : phases_step(s->r->phases, st, s->front, &now))
        return true;
    s->r->end = REPLAY_NO_MEMORY;
    return false;
}

// Nothing is under way, and the next record has a time that has not come.
static bool waits_for_time(struct sim *s)
{
    if (tracker_in_flight(s->tracker) || tl_outstanding(s->tl))
        return false;
    if (s->front && !front_empty(s->front))
        return false;
    uint64_t next = s->front ? feed_next(s) : ports_next(s);
    return next > s->cycle && next != UINT64_MAX;
}

static void run(struct sim *s)
{
    for (uint64_t n = 0;; n++) {
        inputs(s);
        s->settled_in_rest = s->rests && memcmp(&s->in, &s->rest_in, sizeof s->in) == 0;
        if (!s->settled_in_rest) {
            l2tlb_settle(s->l2, &s->in, &s->out);
            s->rests = !s->no_skip && l2tlb_idle(s->l2) == UINT64_MAX;
            s->rest_in = s->in;
        }
        outputs(s);
        if (s->bad)
            return;
        bool rest = at_rest(s);
        if (rest && s->quiet_since == UINT64_MAX)
            s->quiet_since = s->cycle;
        if (rest && s->cycle >= s->quiet_since + SETTLE_CYCLES)
            return;
        bool marked = s->r->region && s->r->region->marked;
        uint64_t k = s->no_skip || rest || marked ? 0 : quiet_cycles(s);
        if (waits_for_time(s))
            s->last_progress = s->cycle + k; // where the wait goes on or ends
        if (s->cfg->watchdog && s->cycle > s->last_progress &&
            s->cycle - s->last_progress > s->cfg->watchdog)
            k = UINT64_MAX;
        if (k == UINT64_MAX) {
            stuck(s);
            return;
        }
        if (!show(s))
            return;
        if (k)
            jump(s, phases_room(s->r->phases, k));
        else
            edge(s);
        if (!phase(s, false) || ((n & PROGRESS_MASK) == 0 && !sim_go_on(s)))
            return;
    }
}

static void finish(struct sim *s)
{
    struct replay_result *r = s->r;
    r->records = trace_count(s->trace);
    r->checksum = trace_checksum(s->trace);
    if (s->r->phases && s->tracker)
        phase(s, true);
    if (s->tracker && s->l2)
        r->l2 = *tracker_finish(s->tracker, s->l2, r->end == REPLAY_DONE);
    if (s->shield)
        r->l2.shield = *shield_finish(s->shield);
    if (s->ward)
        r->l2.ward = *ward_stats(s->ward);
    if (s->front)
        r->front = *front_finish(s->front);
    if (r->region) {
        r->region->last = progress(s);
        region_finish(r->region, &r->l2, s->front, &r->region->last);
    }
    if (s->world)
        world_stats(s->world, &r->world);
    if (s->tl)
        tl_l2_stats(s->tl, &r->l2_hits, &r->l2_misses);
    if (r->end == REPLAY_INTERRUPTED && s->cfg->events)
        events_partial(s->cfg->events, s->cycle, r->records, r->total);
    for (unsigned i = 0; i < 2; i++) {
        if (r->end == REPLAY_INTERRUPTED && s->vcd[i])
            vcd_comment(s->vcd[i], r->message);
        if (s->vcd[i]) // whether it could be written is asked by whoever closes the stream
            vcd_finish(s->vcd[i], s->cycle);
    }
    if (s->perfetto)
        perfetto_finish(s->perfetto, s->cycle);
    if (s->kanata)
        kanata_finish(s->kanata);
}

void replay_free(struct replay_result *r)
{
    if (r) {
        phases_free(r->phases);
        free(r->region);
        footprint_free(r->footprint);
    }
    free(r);
}

struct replay_result *replay_run(const struct replay_cfg *cfg, const char *path)
{
    struct replay_result *r = calloc(1, sizeof *r);
    struct sim *s = calloc(1, sizeof *s);
    if (!r || !s) {
        free(r);
        free(s);
        return NULL;
    }
    s->cfg = cfg;
    s->r = r;
    s->path = path;
    s->trace = trace_open(path, r->message, sizeof r->message);
    if (!s->trace) {
        r->end = REPLAY_BAD_INPUT;
    } else {
        r->header = *trace_header(s->trace);
        trace_watch(s->trace, reading, s);
    }
    if (s->trace && suits(s) && open_world(s) && premap(s, path) && build(s))
        run(s);
    if (s->trace)
        finish(s);
    l2tlb_free(s->l2);
    tl_free(s->tl);
    tracker_free(s->tracker);
    shield_free(s->shield);
    ward_free(s->ward);
    front_free(s->front);
    oracle_track_free(s->track);
    world_free(s->world);
    if (s->trace)
        trace_close(s->trace);
    free(s);
    return r;
}
