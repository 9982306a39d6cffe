// SPDX-License-Identifier: MulanPSL-2.0
#include "check/driver.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct pending {
    uint64_t cycle, vpn;
    uint64_t accepted; // cycle, UINT64_MAX before
    uint8_t s2xlate;
    bool mpt_only;
};

struct driver {
    const struct stim *stim;
    struct driver_options options;
    struct driver_hooks hooks;
    struct l2tlb *machine;
    struct phys *mem;
    struct tl *tl;
    struct l2tlb_in in;
    struct l2tlb_out out;
    struct tl_beat beat;
    uint64_t cycle, clocked, last_event;
    bool stuck;
    bool has_mpt;
    size_t next_event;
    struct pending *req[2];
    size_t reqs[2], at[2];
    uint64_t answered[2], reads;
    bool wfi_safe, wfi_known;
};

static bool split_requests(struct driver *d)
{
    for (size_t i = 0; i < d->stim->events; i++)
        if (d->stim->event[i].kind == STIM_REQ)
            d->reqs[d->stim->event[i].u.req.port]++;
    for (unsigned p = 0; p < 2; p++) {
        d->req[p] = calloc(d->reqs[p] + 1, sizeof *d->req[p]);
        if (!d->req[p])
            return false;
        d->reqs[p] = 0;
    }
    for (size_t i = 0; i < d->stim->events; i++) {
        const struct stim_event *e = &d->stim->event[i];
        if (e->kind == STIM_REQ)
            d->req[e->u.req.port][d->reqs[e->u.req.port]++] = (struct pending){
                .cycle = e->cycle,
                .vpn = e->u.req.vpn,
                .s2xlate = e->u.req.s2xlate,
                .mpt_only = e->u.req.mpt_only,
                .accepted = UINT64_MAX,
            };
    }
    return true;
}

struct driver *driver_new(const struct l2tlb_cfg *cfg, const struct stim *stim,
                          const struct driver_options *options, const struct driver_hooks *hooks)
{
    struct driver *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->stim = stim;
    d->has_mpt = cfg->has_mpt;
    d->options = *options;
    if (hooks)
        d->hooks = *hooks;
    d->machine = l2tlb_new(cfg);
    d->mem = phys_clone(stim->mem);
    d->tl = d->mem ? tl_new(&stim->timing, d->mem) : NULL;
    if (!d->machine || !d->tl || !split_requests(d)) {
        driver_free(d);
        return NULL;
    }
    d->in.csr = stim->init;
    d->in.resp_ready[0] = d->in.resp_ready[1] = true;
    l2tlb_reset(d->machine, &d->in.csr);
    return d;
}

void driver_free(struct driver *d)
{
    if (!d)
        return;
    l2tlb_free(d->machine);
    tl_free(d->tl);
    phys_free(d->mem);
    free(d->req[0]);
    free(d->req[1]);
    free(d);
}

// --- inputs of a cycle -------------------------------------------------------------------------

static void clear_pulses(struct l2tlb_in *in)
{
    in->sfence.valid = false;
    in->csr_w.valid = false;
    in->csr.satp.changed = in->csr.vsatp.changed = in->csr.hgatp.changed = false;
    in->csr.mbmc.bclear = in->csr.virt_changed = in->csr.mmpt.changed = false;
}

static void apply_flag(struct l2tlb_in *in, const struct stim_event *e)
{
    bool a = e->u.flag.a, b = e->u.flag.b;
    switch (e->kind) {
    case STIM_PRIV:
        in->csr.mxr = a;
        in->csr.virt = b;
        break;
    case STIM_PBMTE:
        in->csr.m_pbmte = a;
        in->csr.h_pbmte = b;
        break;
    case STIM_WFI: // 0 in a stimulus without the word (spec D 1.3 rule 7)
        in->wfi_req = a;
        break;
    case STIM_DEBUG:
        in->csr.debug = a;
        break;
    default:
        in->resp_ready[0] = a;
    }
}

static void apply(struct driver *d, const struct stim_event *e)
{
    struct l2tlb_in *in = &d->in;
    switch (e->kind) {
    case STIM_REQ:
        break;
    case STIM_SFENCE:
        in->sfence = e->u.sfence;
        break;
    case STIM_SATP:
        in->csr.satp = e->u.atp;
        break;
    case STIM_VSATP:
        in->csr.vsatp = e->u.atp;
        break;
    case STIM_HGATP:
        in->csr.hgatp = e->u.atp;
        break;
    case STIM_MBMC:
        in->csr.mbmc = mbmc_decode(e->u.w.data);
        break;
    case STIM_MMPT:
        in->csr.mmpt = e->u.mmpt;
        break;
    case STIM_PMP:
        in->csr_w = (struct csr_write){
            .valid = true, .addr = (uint16_t)e->u.w.addr, .data = e->u.w.data};
        break;
    case STIM_MEMW:
        phys_write(d->mem, e->u.w.addr, e->u.w.data);
        break;
    default:
        apply_flag(in, e);
    }
}

static void drive(struct driver *d)
{
    struct l2tlb_in *in = &d->in;
    bool virt = in->csr.virt; // of the cycle before
    clear_pulses(in);
    for (; d->next_event < d->stim->events; d->next_event++) {
        const struct stim_event *e = &d->stim->event[d->next_event];
        if (e->cycle > d->cycle)
            break;
        apply(d, e);
    }
    in->csr.virt_changed = in->csr.virt != virt;
    for (unsigned p = 0; p < 2; p++) {
        struct pending *r = &d->req[p][d->at[p]];
        bool valid = d->at[p] < d->reqs[p] && r->cycle <= d->cycle;
        in->req[p] = (struct l2tlb_req){
            .valid = valid,
            .vpn = valid ? r->vpn : 0,
            .s2xlate = valid ? r->s2xlate : 0,
            .mpt_only = valid && r->mpt_only,
            .tag = (uint32_t)(d->at[p] * 2 + p),
        };
    }
    in->a_ready = tl_a_ready(d->tl, d->cycle);
    tl_beat(d->tl, d->cycle, &d->beat);
    in->d.valid = d->beat.valid;
    if (d->beat.valid) {
        in->d.source = d->beat.source;
        memcpy(in->d.data, d->beat.data, sizeof in->d.data);
    }
}

// --- lines of a cycle --------------------------------------------------------------------------

static void octal(char *s, const uint8_t low[SECTOR])
{
    for (unsigned i = 0; i < SECTOR; i++)
        s[i] = (char)('0' + low[i]);
    s[SECTOR] = 0;
}

static void binary(char *s, uint8_t mask)
{
    for (unsigned i = 0; i < SECTOR; i++)
        s[i] = (char)('0' + ((mask >> i) & 1));
    s[SECTOR] = 0;
}

static void line_of_answer(char *text, size_t n, uint64_t cycle, unsigned port,
                           const struct ptw_resp *r, bool has_mpt)
{
    const struct mpt_perm *m = &r->mpt;
    char low[SECTOR + 1], valid[SECTOR + 1], idx[SECTOR + 1];
    const struct sector_resp *a = &r->s1;
    const struct hptw_resp *b = &r->s2;
    octal(low, a->ppn_low);
    binary(valid, a->valididx);
    binary(idx, a->pteidx);
    snprintf(text, n,
             "R %" PRIu64 " %u %x  %" PRIx64 " %x %x %x %x %x %x %x %" PRIx64
             " %x %s %s %s %x %x  %" PRIx64 " %x %x %x %" PRIx64 " %x %x %x %x",
             cycle, port, r->s2xlate, a->tag, a->asid, a->vmid, a->n, a->pbmt, a->perm, a->level,
             a->v, a->ppn, a->addr_low, low, valid, idx, a->pf, a->af, b->tag, b->vmid, b->n,
             b->pbmt, b->ppn, b->perm, b->level, b->gpf, b->gaf);
    if (!has_mpt)
        return;
    size_t at = strlen(text);
    snprintf(text + at, n - at, "  %d %d %x %x %d %d", m->mpt_only, m->access_fault, m->right, m->level,
             m->contiguous, m->napot);
}

static void say(struct driver *d, const char *text)
{
    d->last_event = d->cycle;
    if (d->hooks.line)
        d->hooks.line(text, d->cycle, d->hooks.ctx);
}

static void say_requests(struct driver *d)
{
    char text[256];
    for (unsigned p = 0; p < 2; p++) {
        if (!d->in.req[p].valid || !d->out.req_ready[p])
            continue;
        if (d->hooks.line) {
            snprintf(text, sizeof text, "Q %" PRIu64 " %u %zu %" PRIx64 " %x%s", d->cycle, p, d->at[p],
                     d->in.req[p].vpn, d->in.req[p].s2xlate,
                     !d->has_mpt ? "" : d->in.req[p].mpt_only ? " 1" : " 0");
            say(d, text);
        }
        d->req[p][d->at[p]].accepted = d->cycle;
        if (d->hooks.accept)
            d->hooks.accept(d, p, d->in.req[p].tag, d->hooks.ctx);
        d->at[p]++;
    }
}

static void say_memory(struct driver *d)
{
    char text[256];
    if (d->beat.valid && d->hooks.line) {
        snprintf(text, sizeof text, "D %" PRIu64 " %u %u", d->cycle, d->beat.source, d->beat.beat);
        say(d, text);
    }
    if (!d->out.a_valid || !d->in.a_ready)
        return;
    if (d->hooks.line) {
        snprintf(text, sizeof text, "A %" PRIu64 " %u %" PRIx64, d->cycle, d->out.a_source,
                 d->out.a_address);
        say(d, text);
    }
    tl_accept(d->tl, d->cycle, d->out.a_source, d->out.a_address);
    d->reads++;
}

static void say_answers(struct driver *d)
{
    char text[512];
    for (unsigned p = 0; p < 2; p++) {
        if (!d->out.resp_valid[p])
            continue;
        const struct ptw_resp *r = &d->out.resp[p];
        if (!d->in.resp_ready[p]) {
            snprintf(text, sizeof text, "W %" PRIu64 " %u", d->cycle, p);
            say(d, text);
            continue;
        }
        if (d->hooks.line) {
            line_of_answer(text, sizeof text, d->cycle, p, r, d->has_mpt);
            say(d, text);
        }
        d->answered[p]++;
        // A left-over answer of the MPT checker may be nobody's.
        if (d->hooks.answer && r->tag / 2 < d->at[p])
            d->hooks.answer(d, p, r, d->req[p][r->tag / 2].accepted, d->hooks.ctx);
    }
    if (d->out.wfi_safe != d->wfi_safe || !d->wfi_known) {
        snprintf(text, sizeof text, "S %" PRIu64 " %d", d->cycle, d->out.wfi_safe);
        say(d, text);
        d->wfi_safe = d->out.wfi_safe;
        d->wfi_known = true;
    }
}

// First cycle after this one in which an input can change.
static uint64_t next_input(const struct driver *d)
{
    uint64_t next = tl_next_event(d->tl, d->cycle + 1);
    if (d->next_event < d->stim->events && d->stim->event[d->next_event].cycle < next)
        next = d->stim->event[d->next_event].cycle;
    return next < d->stim->end ? next : d->stim->end;
}

// A machine at rest waits for its inputs; one that works and says nothing may do so for ever.
static void watch(struct driver *d)
{
    if (!d->options.watchdog || d->cycle - d->last_event <= d->options.watchdog)
        return;
    d->stuck = l2tlb_idle(d->machine) == 0;
    if (!d->stuck)
        d->last_event = d->cycle;
}

bool driver_step(struct driver *d)
{
    if (d->cycle >= d->stim->end)
        return false;
    drive(d);
    l2tlb_settle(d->machine, &d->in, &d->out);
    d->clocked++;
    if (d->hooks.cycle)
        d->hooks.cycle(d, d->hooks.ctx);
    bool idle = d->options.skip && l2tlb_idle(d->machine) > 0;
    say_requests(d);
    say_memory(d);
    say_answers(d);
    watch(d);
    uint64_t next = idle ? next_input(d) : d->cycle + 1;
    if (next > d->cycle + 1) {
        l2tlb_skip(d->machine, next - d->cycle);
        d->cycle = next;
    } else {
        l2tlb_tick(d->machine);
        d->cycle++;
    }
    return d->cycle < d->stim->end;
}

void driver_summary(const struct driver *d, void (*line)(const char *text, void *ctx), void *ctx)
{
    char text[512];
    uint64_t sum[PERF_COUNT];
    l2tlb_perf_sums(d->machine, sum);
    int n = snprintf(text, sizeof text, "P");
    for (unsigned i = 0; i < PERF_COUNT; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, " %" PRIu64, sum[i]);
    line(text, ctx);
    snprintf(text, sizeof text, "E %" PRIu64 " %zu %" PRIu64 " %zu %" PRIu64 " %" PRIu64,
             d->stim->end, d->at[0], d->answered[0], d->at[1], d->answered[1], d->reads);
    line(text, ctx);
}

bool driver_stuck(const struct driver *d) { return d->stuck; }
uint64_t driver_last_event(const struct driver *d) { return d->last_event; }
uint64_t driver_cycle(const struct driver *d) { return d->cycle; }
uint64_t driver_clocked(const struct driver *d) { return d->clocked; }
struct l2tlb *driver_machine(struct driver *d) { return d->machine; }
const struct l2tlb_in *driver_inputs(const struct driver *d) { return &d->in; }
const struct l2tlb_out *driver_outputs(const struct driver *d) { return &d->out; }
struct phys *driver_memory(struct driver *d) { return d->mem; }
unsigned driver_outstanding(const struct driver *d) { return tl_outstanding(d->tl); }

void driver_counts(const struct driver *d, uint64_t accepted[2], uint64_t answered[2],
                   uint64_t *reads)
{
    for (unsigned p = 0; p < 2; p++) {
        accepted[p] = d->at[p];
        answered[p] = d->answered[p];
    }
    *reads = d->reads;
}
