// SPDX-License-Identifier: MulanPSL-2.0
// Accesses into the L1 side, see front.h. Rules: spec C 3.2; retry table: spec C 1.7.
//
// A fetch and an AMO repeat their lookup in every cycle. Once their request is safely in the
// filter, a repetition that misses changes nothing (it is merged), so they sleep until an answer
// is presented to their TLB and look up in that very cycle.
#include "replay/front.h"

#include "replay/access.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum acc_state {
    ACC_FREE,
    ACC_DUE,     // looked up at `due` or as soon as the port is free
    ACC_RESULT,  // looked up in the last cycle
    ACC_VERDICT, // load: missed, the filter's verdict comes in the next cycle
    ACC_SLOT,    // load: waits for the wake-up of its slot
    ACC_ASLEEP,  // fetch, AMO: waits for an answer to its TLB
    ACC_PARKED,  // its fault may be stale
};

// A fetch is in the ring of its filter three lookups after the first one (spec C 0.3).
enum { FETCH_SURE = 4, MAX_STALE_RETRIES = 2 };

struct acc {
    uint64_t va, due, first; // first: cycle of the first lookup
    uint64_t seq;
    uint8_t state, port, cmd, slot, class;
    bool missed, hyp, hlvx, repeated, prefetch, may_be_stale, guest_fault;
    bool guest; // V = 1, HLV or HSV; no prefetch
    bool half; // of an access that crosses a page: from the buffer for misaligned accesses
    uint8_t tries, stale_retries;
};

struct window {
    struct acc *acc[FRONT_WINDOW_MAX + 2]; // in program order
    unsigned count;
    uint64_t next_due; // no member in ACC_DUE is due before
};

struct front {
    struct front_cfg cfg;
    struct l1side *l1;
    struct l1_in in;
    struct l1_out out;
    struct window window[L1_CLASSES];
    struct acc pool[L1_CLASSES][FRONT_WINDOW_MAX + 2];
    struct acc *now[L1_PORTS], *last[L1_PORTS], *before[L1_PORTS]; // lookups of t, t-1, t-2
    uint64_t seq, loads, stores;
    unsigned parked, verdicts; // accesses in these states
    struct l1_redirect trap;
    // The L1 side is at rest: until an input changes or a lookup comes, its last settle stands.
    bool rests, settled_in_rest;
    struct l1_in rest_in;
    struct front_stats st;
};

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
    return f;
}

void front_free(struct front *f)
{
    if (!f)
        return;
    l1side_free(f->l1);
    free(f);
}

void front_reset(struct front *f, const struct l1_csr *csr)
{
    for (unsigned k = 0; k < L1_CLASSES; k++)
        f->window[k].next_due = UINT64_MAX;
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

static struct acc *new_acc(struct front *f, unsigned class)
{
    for (unsigned i = 0; i < FRONT_WINDOW_MAX + 2; i++) {
        struct acc *a = &f->pool[class][i];
        if (a->state != ACC_FREE)
            continue;
        *a = (struct acc){.state = ACC_DUE, .class = (uint8_t) class, .seq = f->seq++};
        f->window[class].acc[f->window[class].count++] = a;
        f->st.accesses[class]++;
        return a;
    }
    return NULL; // front_room() keeps the window below its size
}

static void remove_acc(struct front *f, struct acc *a)
{
    struct window *w = &f->window[a->class];
    unsigned i = 0;
    while (w->acc[i] != a)
        i++;
    memmove(&w->acc[i], &w->acc[i + 1], (--w->count - i) * sizeof *w->acc);
    a->state = ACC_FREE;
}

static void make_due(struct front *f, struct acc *a, uint64_t due)
{
    struct window *w = &f->window[a->class];
    a->state = ACC_DUE;
    a->due = due;
    if (due < w->next_due)
        w->next_due = due;
}

static bool is_atomic(const struct acc *a)
{
    return a->cmd == L1_CMD_AMO || a->cmd == L1_CMD_LR;
}

// Presents the lookup of a in this cycle.
static void present(struct front *f, struct acc *a)
{
    f->in.req[a->port] = (struct l1_req){
        .vaddr = a->va & mask64(50),
        .fullva = a->va,
        .tag = (uint32_t)(a->seq & INT32_MAX),
        .rob = l1_rob_of(a->seq),
        .cmd = a->cmd,
        .valid = true,
        .hyper = a->hyp,
        .hlvx = a->hlvx,
        .prefetch = a->prefetch,
        .check_fullva = !a->repeated,
        .misaligned = a->class != L1_FETCH && a->half,
    };
    f->now[a->port] = a;
    a->state = ACC_RESULT;
    a->repeated = true;
    f->st.lookups[a->class]++;
}

static void count_fault(struct front *f, const struct acc *a, unsigned exc)
{
    f->st.access_faults[a->class] += (exc & L1_EXC_AF) != 0;
    f->st.page_faults[a->class] += (exc & L1_EXC_PF) != 0;
    f->st.guest_faults[a->class] += (exc & L1_EXC_GPF) != 0;
    if (!a->prefetch)
        f->trap =
            (struct l1_redirect){.rob = l1_rob_of(a->seq), .valid = true, .flush_itself = true};
}

// Returns whether the access is over.
static bool complete(struct front *f, struct acc *a, const struct l1_resp *resp, uint64_t cycle)
{
    bool page_fault = resp->exc & (L1_EXC_PF | L1_EXC_GPF);
    if (page_fault && a->may_be_stale && !a->prefetch && a->stale_retries < MAX_STALE_RETRIES) {
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
    remove_acc(f, a);
    return true;
}

// A miss seen in `cycle`; the lookup was in cycle-1.
static void missed(struct front *f, struct acc *a, uint64_t cycle)
{
    a->missed = true;
    if (a->class == L1_FETCH) {
        if (++a->tries >= FETCH_SURE)
            a->state = ACC_ASLEEP;
        else
            make_due(f, a, cycle - 1 + f->cfg.retry_fetch);
    } else if (is_atomic(a)) {
        if (a->tries) // the filter has it (see take_hints)
            a->state = ACC_ASLEEP;
        else
            make_due(f, a, cycle - 1 + f->cfg.retry_amo);
    } else if (a->class == L1_LOAD) {
        a->state = ACC_VERDICT;
        f->verdicts++;
    } else {
        make_due(f, a, cycle - 1 + f->cfg.retry_store);
    }
}

static unsigned take_results(struct front *f, uint64_t cycle)
{
    unsigned done = 0;
    for (unsigned m = f->out.resp_valid; m; m &= m - 1) {
        unsigned p = lowest(m);
        struct acc *a = f->last[p];
        if (!a || a->state != ACC_RESULT)
            continue;
        if (f->out.resp[p].miss)
            missed(f, a, cycle);
        else
            done += complete(f, a, &f->out.resp[p], cycle);
    }
    for (unsigned p = 0; p < L1_PORTS; p++) // lost to a flush of the pipe: once more
        if (f->last[p] && f->last[p]->state == ACC_RESULT && !bit(f->out.resp_valid, p))
            make_due(f, f->last[p], cycle);
    return done;
}

// Verdicts of the filter on the lookups two cycles ago, then wake-ups of slots.
static void take_hints(struct front *f, uint64_t cycle)
{
    for (unsigned m = f->out.hint_valid; m; m &= m - 1) {
        unsigned p = lowest(m);
        struct acc *a = f->before[p];
        bool full = bit(f->out.hint_full, p);
        if (!a || a->state == ACC_FREE)
            continue;
        if (is_atomic(a)) {
            a->tries |= !full;
        } else if (a->state == ACC_VERDICT) {
            f->verdicts--;
            a->state = ACC_SLOT;
            a->slot = f->out.hint_id[p];
            if (full)
                make_due(f, a, cycle + f->cfg.retry_full);
        }
    }
    if (!f->out.wake_valid)
        return;
    for (unsigned i = 0; i < f->window[L1_LOAD].count; i++) {
        struct acc *a = f->window[L1_LOAD].acc[i];
        if (a->state == ACC_SLOT && (f->out.wake_all || a->slot == f->out.wake_id))
            make_due(f, a, cycle + f->cfg.retry_load);
    }
}

static void wake_sleepers(struct front *f, unsigned class, uint64_t cycle)
{
    for (unsigned i = 0; i < f->window[class].count; i++) {
        struct acc *a = f->window[class].acc[i];
        if (a->state == ACC_ASLEEP) {
            make_due(f, a, cycle);
            a->tries = 0;
        }
    }
}

static void place_retries(struct front *f, uint64_t cycle)
{
    for (unsigned k = 0; k < L1_CLASSES; k++) {
        struct window *w = &f->window[k];
        if (w->next_due > cycle)
            continue;
        if (k == L1_FETCH && f->in.iflush) { // a lookup of this cycle would be lost
            w->next_due = cycle + 1;
            continue;
        }
        w->next_due = UINT64_MAX;
        for (unsigned i = 0; i < w->count; i++) {
            struct acc *a = w->acc[i];
            if (a->state == ACC_DUE && a->due <= cycle && !f->now[a->port])
                present(f, a);
            else if (a->state == ACC_DUE && a->due < w->next_due)
                w->next_due = a->due;
        }
    }
}

// The inputs of the L1 side but for the lookups.
static bool same_inputs(const struct l1_in *a, const struct l1_in *b)
{
    size_t from = offsetof(struct l1_in, req_kill);
    return memcmp((const char *)a + from, (const char *)b + from, sizeof *a - from) == 0;
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
    f->in.oldest = oldest(f);
    f->settled_in_rest = f->rests && same_inputs(&f->in, &f->rest_in);
    if (f->settled_in_rest) {
        place_retries(f, cycle);
        return 0;
    }
    l1side_settle(f->l1, &f->in, &f->out);
    unsigned done = take_results(f, cycle);
    take_hints(f, cycle);
    for (unsigned k = 0; k < L1_CLASSES; k++)
        if (bit(f->out.answer_valid, k) && f->window[k].count)
            wake_sleepers(f, k, cycle);
    place_retries(f, cycle);
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
    return w->count && is_atomic(w->acc[w->count - 1]);
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
    if (f->now[port_of(f, r->op, 0)])
        return false;
    // The second half of a prefetch or AMO does not exist; other halves need their own port.
    return !second_address(r) || class == L1_PREFETCH || atomic || !f->now[port_of(f, r->op, 1)];
}

static void issue_part(struct front *f, const struct trace_record *r, uint64_t va, unsigned part,
                       bool halves, uint64_t cycle, bool may_be_stale)
{
    unsigned class = class_of(r->op);
    struct acc *a = new_acc(f, class);
    if (!a)
        return;
    a->half = halves;
    a->va = va;
    a->port = (uint8_t)port_of(f, r->op, part);
    a->cmd = (uint8_t)cmd_of(r->op);
    a->hyp = r->hyp;
    a->hlvx = r->hlvx;
    a->prefetch = r->op == GVT_PREFETCH;
    a->guest = (r->virt || r->hyp) && !a->prefetch;
    a->may_be_stale = may_be_stale;
    a->first = cycle;
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

void front_tick(struct front *f, bool may_rest)
{
    bool lookups = false;
    for (unsigned p = 0; p < L1_PORTS; p++)
        lookups |= f->now[p] != NULL;
    if (!lookups && f->settled_in_rest)
        return;
    f->rests = may_rest && !lookups && l1side_idle(f->l1, &f->in);
    f->rest_in = f->in;
    l1side_tick(f->l1, &f->in, &f->out);
    memcpy(f->before, f->last, sizeof f->last);
    memcpy(f->last, f->now, sizeof f->now);
    memset(f->now, 0, sizeof f->now);
    for (unsigned p = 0; p < L1_PORTS; p++)
        f->in.req[p].valid = false;
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
                make_due(f, a, due);
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
                return a->va;
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
                make_due(f, a, due);
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
    uint64_t next = UINT64_MAX;
    if (f->verdicts)
        return cycle;
    for (unsigned p = 0; p < L1_PORTS; p++)
        if (f->now[p] || f->last[p] || f->before[p])
            return cycle;
    for (unsigned k = 0; k < L1_CLASSES; k++)
        if (f->window[k].count && f->window[k].next_due < next)
            next = f->window[k].next_due;
    return next < cycle ? cycle : next;
}

bool front_idle(const struct front *f)
{
    return f->settled_in_rest || l1side_idle(f->l1, &f->in);
}

const struct front_stats *front_finish(struct front *f)
{
    for (unsigned k = 0; k < L1_CLASSES; k++) {
        f->st.waiting[k] = f->window[k].count;
        f->st.l1[k] = *l1side_counters(f->l1, k);
    }
    return &f->st;
}

void front_dump(const struct front *f, uint64_t cycle, FILE *out)
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
                    class_name[k], a->va, a->port, cycle - a->first, state_name[a->state]);
            if (a->state == ACC_SLOT)
                fprintf(out, " %u", a->slot);
            fputc('\n', out);
        }
    fprintf(out, "state of the L1 side:\n");
    l1side_dump(f->l1, out);
}
