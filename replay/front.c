// SPDX-License-Identifier: MulanPSL-2.0
// Accesses into the L1 side, see front.h. Rules: spec C 3.2; retry table: spec C 1.7.
//
// A fetch and an AMO repeat their lookup in every cycle. Once their request is safely in the
// filter, a repetition that misses changes nothing (it is merged), so they sleep until an answer
// is presented to their TLB and look up in that very cycle.
#include "replay/front_impl.h"

#include "replay/access.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// A fetch is in the ring of its filter three lookups after the first one (spec C 0.3).
enum { FETCH_SURE = 4, MAX_STALE_RETRIES = 2 };

void front_cfg_default(struct front_cfg *cfg)
{
    *cfg = (struct front_cfg){
        .window = {[L1_LOAD] = 72, [L1_STORE] = 56, [L1_PREFETCH] = 8, [L1_FETCH] = 1},
        .retry_fetch = 1,
        .retry_amo = 1,
        .retry_load = 4,
        .retry_full = 4,
        .retry_store = 8,
    };
}

struct front *front_new(const struct front_cfg *cfg, const struct l2tlb_cfg *machine)
{
    struct front *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->cfg = *cfg;
    f->l1 = l1side_new(machine);
    if (!f->l1) {
        free(f);
        return NULL;
    }
    window_reset(f);
    return f;
}

void front_free(struct front *f)
{
    if (!f)
        return;
    l1side_free(f->l1);
    sleep_free(f); // the run may end while the L1 side is left alone
    free(f);
}

void front_reset(struct front *f, const struct l1_csr *csr)
{
    f->in.csr = *csr;
    l1side_reset(f->l1, csr);
}

struct l1_in *front_in(struct front *f)
{
    return &f->in;
}

void front_publish(struct front *f, struct l2tlb_in *in)
{
    l1side_publish(f->l1, &f->out);
    for (unsigned p = 0; p < 2; p++) {
        in->req[p].valid = f->out.ptw_req_valid[p];
        in->req[p].vpn = f->out.ptw_req[p].vpn;
        in->req[p].s2xlate = f->out.ptw_req[p].s2xlate;
        in->resp_ready[p] = f->out.ptw_resp_ready[p];
    }
}

// --- accesses -----------------------------------------------------------------------------------

bool acc_is_atomic(const struct acc *a)
{
    return a->req.cmd == L1_CMD_AMO || a->req.cmd == L1_CMD_LR;
}

// Presents the lookup of a in this cycle.
static void present(struct front *f, struct acc *a)
{
    f->in.req[a->port] = a->req;
    f->now.acc[a->port] = a;
    f->now.ports |= 1u << a->port;
    a->state = ACC_RESULT;
    a->req.check_fullva = false; // what is looked up again has passed
    f->st.lookups[a->class]++;
}

static void count_fault(struct front *f, const struct acc *a, unsigned exc)
{
    f->st.access_faults[a->class] += (exc & L1_EXC_AF) != 0;
    f->st.page_faults[a->class] += (exc & L1_EXC_PF) != 0;
    f->st.guest_faults[a->class] += (exc & L1_EXC_GPF) != 0;
    if (!a->req.prefetch)
        f->trap =
            (struct l1_redirect){.rob = l1_rob_of(a->seq), .valid = true, .flush_itself = true};
}

// Returns whether the access is over.
static bool complete(struct front *f, struct acc *a, const struct l1_resp *resp, uint64_t cycle)
{
    bool page_fault = resp->exc & (L1_EXC_PF | L1_EXC_GPF);
    if (page_fault && a->may_be_stale && !a->req.prefetch && a->stale_retries < MAX_STALE_RETRIES) {
        a->stale_retries++;
        a->guest_fault = resp->exc & L1_EXC_GPF;
        a->state = ACC_PARKED;
        f->parked++;
        return false;
    }
    if (resp->exc)
        count_fault(f, a, resp->exc);
    if (a->missed) {
        f->st.missed[a->class]++;
        hist_add(&f->st.miss_latency[a->class], cycle - 1 - a->first, 1);
    }
    if (a->guest) {
        f->st.guest_done++;
        f->st.guest_wait += a->missed ? cycle - 1 - a->first : 0;
    }
    f->st.done[a->class]++;
    window_remove(f, a);
    return true;
}

void acc_missed(struct front *f, struct acc *a, uint64_t cycle)
{
    a->missed = true;
    if (a->class == L1_FETCH) {
        if (++a->tries >= FETCH_SURE)
            a->state = ACC_ASLEEP;
        else
            window_due(f, a, cycle - 1 + f->cfg.retry_fetch);
    } else if (acc_is_atomic(a)) {
        if (a->tries) // the filter has it (see take_hints)
            a->state = ACC_ASLEEP;
        else
            window_due(f, a, cycle - 1 + f->cfg.retry_amo);
    } else if (a->class == L1_LOAD) {
        a->state = ACC_VERDICT;
        f->verdicts++;
    } else {
        window_due(f, a, cycle - 1 + f->cfg.retry_store);
    }
}

void acc_full(struct front *f, struct acc *a, uint64_t cycle)
{
    f->verdicts--;
    window_due(f, a, cycle + f->cfg.retry_full);
}

static unsigned take_results(struct front *f, uint64_t cycle)
{
    unsigned done = 0;
    for (unsigned m = f->out.resp_valid & f->last.ports; m; m &= m - 1) {
        unsigned p = lowest(m);
        struct acc *a = f->last.acc[p];
        if (a->state != ACC_RESULT)
            continue;
        if (f->out.resp[p].miss)
            acc_missed(f, a, cycle);
        else
            done += complete(f, a, &f->out.resp[p], cycle);
    }
    for (unsigned m = f->last.ports & ~f->out.resp_valid; m; m &= m - 1)
        if (f->last.acc[lowest(m)]->state == ACC_RESULT) // lost to a flush of the pipe: once more
            window_due(f, f->last.acc[lowest(m)], cycle);
    return done;
}

// Verdicts of the filter on the lookups two cycles ago, then wake-ups of slots.
static void take_hints(struct front *f, uint64_t cycle)
{
    for (unsigned m = f->out.hint_valid & f->before.ports; m; m &= m - 1) {
        unsigned p = lowest(m);
        struct acc *a = f->before.acc[p];
        bool full = bit(f->out.hint_full, p);
        if (acc_is_atomic(a)) {
            a->tries |= a->state != ACC_FREE && !full;
        } else if (a->state == ACC_VERDICT && full) {
            acc_full(f, a, cycle);
        } else if (a->state == ACC_VERDICT) {
            f->verdicts--;
            a->state = ACC_SLOT;
            a->slot = f->out.hint_id[p];
        }
    }
    if (!f->out.wake_valid)
        return;
    for (unsigned i = 0; i < f->window[L1_LOAD].count; i++) {
        struct acc *a = f->window[L1_LOAD].acc[i];
        if (a->state == ACC_SLOT && (f->out.wake_all || a->slot == f->out.wake_id))
            window_due(f, a, cycle + f->cfg.retry_load);
    }
}

static void wake_sleepers(struct front *f, unsigned class, uint64_t cycle)
{
    for (unsigned i = 0; i < f->window[class].count; i++) {
        struct acc *a = f->window[class].acc[i];
        if (a->state == ACC_ASLEEP) {
            window_due(f, a, cycle);
            a->tries = 0;
        }
    }
}

void front_place(struct front *f, uint64_t cycle)
{
    unsigned closed = f->now.ports;
    window_turn(f, cycle);
    if (f->in.iflush) // a lookup of this cycle would be lost
        closed |= ~0u << l1_first_port[L1_FETCH];
    for (unsigned m = f->ready_ports & ~closed; m; m &= m - 1)
        present(f, window_take(f, lowest(m)));
}

// The oldest data access that has not retired. One that is parked has raised its fault.
static struct l1_rob oldest(const struct front *f)
{
    uint64_t seq = f->seq;
    for (unsigned k = L1_LOAD; k <= L1_STORE; k++)
        for (unsigned i = 0; i < f->window[k].count; i++) {
            const struct acc *a = f->window[k].acc[i];
            if (a->state == ACC_PARKED)
                continue;
            seq = a->seq < seq ? a->seq : seq;
            break;
        }
    return l1_rob_of(seq);
}

unsigned front_settle(struct front *f, uint64_t cycle, const struct l2tlb_out *out)
{
    for (unsigned p = 0; p < 2; p++) {
        f->in.ptw_req_ready[p] = out->req_ready[p];
        f->in.ptw_resp[p] = out->resp_valid[p] ? &out->resp[p] : NULL;
    }
    if (f->ahead) {
        f->ahead = false;
        return 0;
    }
    f->in.oldest = oldest(f);
    if (sleep_goes_on(f)) {
        sleep_results(f, cycle);
        front_place(f, cycle);
        return 0;
    }
    l1side_settle(f->l1, &f->in, &f->out);
    unsigned done = take_results(f, cycle);
    take_hints(f, cycle);
    for (unsigned k = 0; k < L1_CLASSES; k++)
        if (bit(f->out.answer_valid, k) && f->window[k].count)
            wake_sleepers(f, k, cycle);
    front_place(f, cycle);
    return done;
}

// --- new accesses -------------------------------------------------------------------------------

static unsigned port_of(const struct front *f, unsigned op, unsigned part)
{
    switch (op) {
    case GVT_FETCH:
        return 8 + part;
    case GVT_STORE:
        return 4 + (unsigned)((f->stores + part) % 2);
    case GVT_PREFETCH:
        return 6;
    case GVT_AMO:
    case GVT_LR:
        return 0;
    default:
        return (unsigned)((f->loads + part) % 3);
    }
}

static bool atomic_waits(const struct front *f)
{
    const struct window *w = &f->window[L1_LOAD];
    return w->count && acc_is_atomic(w->acc[w->count - 1]);
}

bool front_room(const struct front *f, const struct trace_record *r)
{
    unsigned class = class_of(r->op);
    const struct window *w = &f->window[class];
    bool atomic = r->op == GVT_AMO || r->op == GVT_LR;
    if (w->count >= f->cfg.window[class] || (class == L1_FETCH && f->in.iflush))
        return false;
    if (atomic && (f->window[L1_LOAD].count || f->window[L1_STORE].count))
        return false; // executes when everything older is done
    if (class == L1_LOAD && !atomic && atomic_waits(f))
        return false;
    if (bit(f->now.ports, port_of(f, r->op, 0)))
        return false;
    // The second half of a prefetch or AMO does not exist; other halves need their own port.
    return !second_address(r) || class == L1_PREFETCH || atomic ||
           !bit(f->now.ports, port_of(f, r->op, 1));
}

static void issue_part(struct front *f, const struct trace_record *r, uint64_t va, unsigned part,
                       bool halves, uint64_t cycle, bool may_be_stale)
{
    unsigned class = class_of(r->op);
    struct acc *a = window_add(f, class);
    if (!a) // front_room() keeps the window below its size
        return;
    f->st.accesses[class]++;
    a->seq = f->seq++;
    a->port = (uint8_t)port_of(f, r->op, part);
    a->guest = (r->virt || r->hyp) && r->op != GVT_PREFETCH;
    a->may_be_stale = may_be_stale;
    a->first = cycle;
    a->req = (struct l1_req){
        .vaddr = va & mask64(50),
        .fullva = va,
        .tag = (uint32_t)(a->seq & INT32_MAX),
        .rob = l1_rob_of(a->seq),
        .cmd = (uint8_t)cmd_of(r->op),
        .valid = true,
        .hyper = r->hyp,
        .hlvx = r->hlvx,
        .prefetch = r->op == GVT_PREFETCH,
        .check_fullva = true,
        .misaligned = class != L1_FETCH && halves, // from the buffer for misaligned accesses
    };
    present(f, a);
}

void front_issue(struct front *f, const struct trace_record *r, uint64_t cycle, bool may_be_stale)
{
    uint64_t second = second_address(r);
    bool halves = second && (r->op == GVT_FETCH || r->op == GVT_LOAD || r->op == GVT_STORE);
    issue_part(f, r, r->addr, 0, halves, cycle, may_be_stale);
    if (halves)
        issue_part(f, r, second, 1, true, cycle, may_be_stale);
    f->loads += r->op == GVT_LOAD ? 1 + halves : 0;
    f->stores += r->op == GVT_STORE ? 1 + halves : 0;
}

void front_shift(struct front *f)
{
    for (unsigned m = f->now.ports; m; m &= m - 1)
        f->in.req[lowest(m)].valid = false;
    f->before = f->last;
    f->last = f->now;
    f->now.ports = 0;
}

void front_tick(struct front *f, bool may_sleep)
{
    if (f->asleep && sleep_edge(f))
        return;
    uint64_t epoch = l1side_epoch(f->l1);
    l1side_tick(f->l1, &f->in, &f->out);
    f->may_sleep = may_sleep && epoch == l1side_epoch(f->l1);
    front_shift(f);
    f->in.sfence.valid = false;
    f->in.redirect.valid = false;
    f->in.iflush = 0;
    f->trap.valid = false;
}

// --- state --------------------------------------------------------------------------------------

void front_wake_all(struct front *f, uint64_t due)
{
    for (unsigned k = 0; k < L1_CLASSES; k++)
        for (unsigned i = 0; i < f->window[k].count; i++) {
            struct acc *a = f->window[k].acc[i];
            if (a->state == ACC_SLOT || a->state == ACC_ASLEEP) {
                window_due(f, a, due);
                a->tries = 0;
            }
        }
}

bool front_drained(const struct front *f)
{
    unsigned n = f->window[L1_LOAD].count + f->window[L1_STORE].count + f->window[L1_FETCH].count;
    return n == f->parked;
}

bool front_empty(const struct front *f)
{
    return front_drained(f) && !f->parked && !f->window[L1_PREFETCH].count;
}

unsigned front_parked(const struct front *f)
{
    return f->parked;
}

uint64_t front_parked_va(const struct front *f, unsigned i, bool *guest)
{
    for (unsigned k = 0; k < L1_CLASSES; k++)
        for (unsigned n = 0; n < f->window[k].count; n++) {
            const struct acc *a = f->window[k].acc[n];
            if (a->state == ACC_PARKED && i-- == 0) {
                *guest = a->guest_fault;
                return a->req.fullva;
            }
        }
    *guest = false;
    return 0;
}

void front_unpark(struct front *f, uint64_t due)
{
    for (unsigned k = 0; k < L1_CLASSES; k++)
        for (unsigned n = 0; n < f->window[k].count; n++) {
            struct acc *a = f->window[k].acc[n];
            if (a->state == ACC_PARKED)
                window_due(f, a, due);
        }
    f->parked = 0;
}

bool front_trap(const struct front *f, struct l1_redirect *redirect)
{
    *redirect = f->trap;
    return f->trap.valid;
}

void front_redirect(struct front *f, const struct l1_redirect *trap)
{
    // Far enough back that everything looked up lately is younger.
    uint64_t n = f->seq + 2 * L1_ROB_ENTRIES - L1_ROB_ENTRIES / 2;
    f->in.redirect =
        trap ? *trap
             : (struct l1_redirect){.rob = l1_rob_of(n), .valid = true, .flush_itself = true};
    f->in.iflush = 7;
}

uint64_t front_next(const struct front *f, uint64_t cycle)
{
    if (f->verdicts || f->now.ports || f->last.ports || f->before.ports)
        return cycle;
    return window_next(f, cycle);
}

bool front_idle(const struct front *f)
{
    return f->asleep || l1side_idle(f->l1, &f->in);
}

const struct front_stats *front_finish(struct front *f)
{
    for (unsigned k = 0; k < L1_CLASSES; k++) {
        f->st.waiting[k] = f->window[k].count;
        f->st.l1[k] = *l1side_counters(f->l1, k);
    }
    return &f->st;
}

void front_dump(struct front *f, uint64_t cycle, FILE *out)
{
    static const char *const class_name[L1_CLASSES] = {"load", "store", "prefetch", "fetch"};
    static const char *const state_name[] = {
        "free",
        "will be looked up",
        "looked up",
        "waits for the verdict of the filter",
        "waits for the wake-up of its filter slot",
        "waits for an answer",
        "waits for a fence",
    };
    for (unsigned k = 0; k < L1_CLASSES; k++)
        for (unsigned i = 0; i < f->window[k].count; i++) {
            const struct acc *a = f->window[k].acc[i];
            fprintf(out, "  %s of %" PRIx64 " on port %u, %" PRIu64 " cycles old: %s",
                    class_name[k], a->req.fullva, a->port, cycle - a->first, state_name[a->state]);
            if (a->state == ACC_SLOT)
                fprintf(out, " %u", a->slot);
            fputc('\n', out);
        }
    fprintf(out, "state of the L1 side:\n");
    sleep_ends(f);
    l1side_dump(f->l1, out);
}
