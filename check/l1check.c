// SPDX-License-Identifier: MulanPSL-2.0
#include "check/l1check.h"

#include "check/l1log.h"
#include "check/l1stim.h"
#include "mem/tilelink.h"
#include "model/l2tlb.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum wait_state {
    WAIT_TIME,    // for its wake time
    WAIT_VERDICT, // load: reads H two cycles after the lookup
    WAIT_SLOT,    // load: for the refill of its filter slot, or the timeout
};

// An access that was looked up at least once.
struct waiter {
    const struct l1stim_access *a;
    uint64_t first, lookup, wake;
    uint64_t lookups;
    uint8_t state, slot;
};

struct port {
    const struct l1stim_access **queue; // accesses of this port in stimulus order
    size_t n, next;
    struct waiter *wait; // window + 1
    unsigned waiting;
    struct waiter now;         // lookup of the last cycle (blocking port: the access in it)
    bool busy;                 // now is valid
    bool missed;               // the lookup two cycles ago missed: its verdict is a line
    bool flushed;              // blocking port: accepted in the cycle of its pipe flush
};

struct check {
    struct l1stim stim;
    struct phys *mem;
    struct tl *tl;
    struct l2tlb *l2;
    struct l1side *l1;
    struct l1log log;
    struct port port[L1_PORTS];
    struct l1stim_control ctl;
    struct l1_in in;
    struct l1_out out;
    struct l2tlb_in l2in;
    struct l2tlb_out l2out;
    struct tl_beat beat;
    uint64_t cycle, clocked;
    uint64_t requests[2], answers[2], reads;
    bool *finished;  // by access number
    uint32_t oldest; // number of the oldest data access that is not finished
    uint64_t started; // accesses that were looked up, the count of the E line
    uint64_t lookups, misses;
    const struct check_options *options;
    FILE *details;
    bool skip, dumped;
    enum check_end end;
    uint64_t events, last_event; // lines of the model up to this cycle, cycle of the last one
};

// --- set-up --------------------------------------------------------------------------------------

static bool set_up_ports(struct check *k)
{
    size_t count[L1_PORTS] = {0};

    for (size_t i = 0; i < k->stim.accesses; i++)
        count[k->stim.access[i].port]++;
    for (unsigned p = 0; p < L1_PORTS; p++) {
        struct port *q = &k->port[p];
        q->queue = malloc((count[p] + 1) * sizeof *q->queue);
        q->wait = malloc((k->stim.window[p] + 1) * sizeof *q->wait);
        if (!q->queue || !q->wait)
            return false;
    }
    for (size_t i = 0; i < k->stim.accesses; i++) {
        struct port *q = &k->port[k->stim.access[i].port];
        q->queue[q->n++] = &k->stim.access[i];
    }
    k->finished = calloc((size_t)k->stim.numbers + 1, sizeof *k->finished);
    return k->finished != NULL;
}

static void copy_word(uint64_t addr, uint64_t word, void *ctx)
{
    struct check *k = ctx;
    if (k->mem && !phys_write(k->mem, addr, word)) {
        phys_free(k->mem);
        k->mem = NULL;
    }
}

static bool set_up(struct check *k, const struct l2tlb_cfg *cfg)
{
    k->mem = phys_new();
    if (k->mem)
        phys_each(k->stim.mem, copy_word, k);
    k->l1 = l1side_new(cfg);
    k->l2 = l2tlb_new(cfg);
    if (!k->mem || !k->l1 || !k->l2 || !set_up_ports(k))
        return false;
    k->tl = tl_new(&k->stim.timing, k->mem);
    if (!k->tl)
        return false;
    l1stim_control_init(&k->ctl, &k->stim);
    l1side_reset(k->l1, &k->stim.csr);
    l2tlb_reset(k->l2, &k->stim.csr.tlb);
    k->l2in.csr = k->stim.csr.tlb;
    return true;
}

static void tear_down(struct check *k)
{
    free(k->finished);
    for (unsigned p = 0; p < L1_PORTS; p++) {
        free(k->port[p].queue);
        free(k->port[p].wait);
    }
    if (k->tl)
        tl_free(k->tl);
    if (k->l2)
        l2tlb_free(k->l2);
    l1side_free(k->l1);
    if (k->mem)
        phys_free(k->mem);
    l1log_close(&k->log);
    l1stim_free(&k->stim);
    free(k);
}

// --- the machine in one cycle --------------------------------------------------------------------

// Access number n has no place in the order of data accesses, or is through (rule
// l1_gpa_oldest_only; the recordings have no such input, so their order is that of the numbers).
static bool out_of_order(const struct check *k, uint32_t n)
{
    uint32_t i = k->stim.by_number[n];
    if (i == UINT32_MAX || k->finished[n])
        return true;
    return k->stim.access[i].prefetch || k->stim.access[i].port >= L1_DATA_PORTS;
}

static bool drive(struct check *k)
{
    struct l1_in *in = &k->in;
    struct l2tlb_in *l2 = &k->l2in;

    if (!l1stim_apply(&k->ctl, &k->stim, k->cycle, k->mem))
        return false;
    in->csr = k->ctl.csr;
    in->sfence = k->ctl.sfence;
    in->redirect = k->ctl.redirect;
    in->iflush = k->ctl.iflush;
    while (k->oldest < k->stim.numbers && out_of_order(k, k->oldest))
        k->oldest++;
    in->oldest = l1_rob_of(k->oldest);
    in->req_kill = 0;
    for (unsigned p = 0; p < L1_BLOCKING_PORT; p++)
        if (k->port[p].busy && k->port[p].now.a->kill)
            in->req_kill |= 1u << p;
    l1side_publish(k->l1, &k->out);

    l2->csr = k->ctl.csr.tlb;
    l2->sfence = k->ctl.sfence;
    l2->csr_w = k->ctl.csr_w;
    for (unsigned p = 0; p < 2; p++) {
        const struct l1_ptw_req *q = &k->out.ptw_req[p];
        bool valid = k->out.ptw_req_valid[p];
        l2->req[p] = (struct l2tlb_req){.valid = valid, .vpn = valid ? q->vpn : 0,
                                        .s2xlate = valid ? q->s2xlate : 0, .tag = q->tag};
        l2->resp_ready[p] = k->out.ptw_resp_ready[p];
    }
    l2->a_ready = tl_a_ready(k->tl, k->cycle);
    tl_beat(k->tl, k->cycle, &k->beat);
    l2->d.valid = k->beat.valid;
    if (k->beat.valid) {
        l2->d.source = k->beat.source;
        memcpy(l2->d.data, k->beat.data, sizeof l2->d.data);
    }
    l2tlb_settle(k->l2, l2, &k->l2out);
    for (unsigned p = 0; p < 2; p++) {
        in->ptw_req_ready[p] = k->l2out.req_ready[p];
        in->ptw_resp[p] = k->l2out.resp_valid[p] ? &k->l2out.resp[p] : NULL;
    }
    l1side_settle(k->l1, in, &k->out);
    return true;
}

// Lines between the answers of the ports and the end of the cycle, in the order of the recordings.
static void write_machine(struct check *k)
{
    struct l1log *g = &k->log;
    uint64_t c = k->cycle;

    l1log_chain(g, c, k->out.chain_req, 'q');
    for (unsigned p = 0; p < 2; p++) {
        if (k->out.req_fire[p])
            l1log_line(g, "Q %" PRIu64 " %u %" PRIu64 " %" PRIx64 " %u", c, p, k->requests[p]++,
                       k->out.ptw_req[p].vpn, k->out.ptw_req[p].s2xlate);
        else if (k->out.ptw_req_valid[p])
            l1log_line(g, "B %" PRIu64 " %u", c, p);
    }
    if (k->beat.valid)
        l1log_line(g, "D %" PRIu64 " %u %u", c, k->beat.source, k->beat.beat);
    if (k->l2out.a_valid && k->l2in.a_ready) {
        l1log_line(g, "A %" PRIu64 " %u %" PRIx64, c, k->l2out.a_source, k->l2out.a_address);
        tl_accept(k->tl, c, k->l2out.a_source, k->l2out.a_address);
        k->reads++;
    }
    for (unsigned p = 0; p < 2; p++) {
        if (k->out.resp_fire[p]) {
            l1log_resp(g, c, p, &k->l2out.resp[p]);
            k->answers[p]++;
        } else if (k->l2out.resp_valid[p]) {
            l1log_line(g, "W %" PRIu64 " %u", c, p);
        }
    }
    l1log_chain(g, c, k->out.chain_resp, 'r');
    l1log_presented(g, c, &k->out);
}

// --- re-send rule (docs/recordings.md 11) ---------------------------------------------------

static bool waits_for_hint(const struct check *k, const struct l1stim_access *a)
{
    return k->stim.retry.lhint && a->port < L1_LOAD_HINTS && !l1stim_is_atomic(a);
}

static uint64_t period(const struct check *k, const struct l1stim_access *a)
{
    const struct l1stim_retry *y = &k->stim.retry;
    switch (l1_class_of_port(a->port)) {
    case L1_LOAD:
        return l1stim_is_atomic(a) ? y->ra : a->port < L1_LOAD_HINTS ? y->rl : y->rp;
    case L1_STORE:
        return y->rs;
    case L1_PREFETCH:
        return y->rp;
    default:
        return y->ri;
    }
}

// Verdicts of the lookups two cycles ago, then refilled slots, then timeouts.
static void read_hints(struct check *k)
{
    const struct l1stim_retry *y = &k->stim.retry;
    const struct l1_out *o = &k->out;
    uint64_t c = k->cycle;

    for (unsigned p = 0; p < L1_LOAD_HINTS; p++)
        for (unsigned i = 0; i < k->port[p].waiting; i++) {
            struct waiter *w = &k->port[p].wait[i];
            if (w->state == WAIT_VERDICT && w->lookup + 2 == c) {
                bool full = bit(o->hint_full, p);
                w->state = full ? WAIT_TIME : WAIT_SLOT;
                w->wake = full ? c + y->rf : c + y->rt;
                w->slot = o->hint_id[p];
            }
            if (w->state == WAIT_SLOT && o->wake_valid && (o->wake_all || o->wake_id == w->slot)) {
                w->state = WAIT_TIME;
                w->wake = c + y->rh;
            }
            if (w->state == WAIT_SLOT && w->wake <= c)
                w->state = WAIT_TIME;
        }
}

static void finish(struct check *k, unsigned p, const struct waiter *w)
{
    l1log_line(&k->log, "C %" PRIu64 " %u %" PRIu32 " %" PRIu64 " %" PRIu64, k->cycle, p,
               w->a->number, w->first, w->lookups);
    k->finished[w->a->number] = true;
}

// The answer to the lookup of the last cycle.
static void take_answer(struct check *k, unsigned p)
{
    struct port *q = &k->port[p];
    struct waiter *w = &q->now;
    const struct l1_resp *r = &k->out.resp[p];

    q->busy = q->missed = false;
    l1log_answer(&k->log, k->cycle, p, w->a->number, w->lookup, &k->out);
    bool miss = bit(k->out.resp_valid, p) && r->miss;
    k->misses += miss;
    q->missed = miss && l1stim_has_hint_line(&k->stim, w->a);
    if (!miss || w->a->kill || w->a->one_shot) {
        finish(k, p, w);
        return;
    }
    w->state = waits_for_hint(k, w->a) ? WAIT_VERDICT : WAIT_TIME;
    w->wake = w->lookup + period(k, w->a);
    q->wait[q->waiting++] = *w;
}

static void look_up(struct check *k, unsigned p, const struct waiter *w)
{
    struct port *q = &k->port[p];

    q->now = *w;
    q->now.lookup = k->cycle;
    q->now.lookups++;
    q->busy = true;
    k->lookups++;
    l1stim_request(w->a, &k->in.req[p]);
}

static bool start_next(struct check *k, unsigned p)
{
    struct port *q = &k->port[p];

    if (q->next == q->n || q->queue[q->next]->cycle > k->cycle || q->waiting >= k->stim.window[p])
        return false;
    look_up(k, p, &(struct waiter){.a = q->queue[q->next++], .first = k->cycle});
    k->started++;
    return true;
}

static void choose(struct check *k, unsigned p)
{
    struct port *q = &k->port[p];
    struct waiter *best = NULL;

    k->in.req[p].valid = false;
    for (unsigned i = 0; i < q->waiting; i++) {
        struct waiter *w = &q->wait[i];
        bool due = w->state == WAIT_TIME && w->wake <= k->cycle;
        if (due && (!best || w->a->number < best->a->number))
            best = w;
    }
    if (!best) {
        start_next(k, p);
        return;
    }
    struct waiter w = *best;
    *best = q->wait[--q->waiting];
    look_up(k, p, &w);
}

// Port 10: one access at a time, held until it is accepted and then until it is answered.
static void blocking_port(struct check *k)
{
    const unsigned p = L1_BLOCKING_PORT;
    struct port *q = &k->port[p];
    bool answered = bit(k->out.resp_valid, p) || q->flushed;

    if (q->busy && answered) {
        l1log_answer(&k->log, k->cycle, p, q->now.a->number, q->now.lookup, &k->out);
        k->misses += bit(k->out.resp_valid, p) && k->out.resp[p].miss;
        finish(k, p, &q->now);
        q->busy = false;
    }
    q->flushed = false;
    k->in.req[p].valid = false;
    if (!q->busy && start_next(k, p))
        q->flushed = bit(k->in.iflush, p - l1_first_port[L1_FETCH]);
}

static void ports(struct check *k)
{
    unsigned hints = 0;

    for (unsigned p = 0; p < L1_LOAD_HINTS; p++)
        if (k->port[p].missed) {
            hints |= 1u << p;
            k->port[p].missed = false;
        }
    l1log_hints(&k->log, k->cycle, hints, &k->out);
    l1log_wake(&k->log, k->cycle, &k->out);
    read_hints(k);
    for (unsigned p = 0; p < L1_BLOCKING_PORT; p++)
        if (k->port[p].busy)
            take_answer(k, p);
    for (unsigned p = 0; p < L1_BLOCKING_PORT; p++)
        choose(k, p);
    l1log_misses(&k->log, k->cycle, &k->out);
    blocking_port(k);
}

// --- running -------------------------------------------------------------------------------------

// First cycle after this one in which an access, an event or a beat can come.
static uint64_t next_input(const struct check *k)
{
    uint64_t next = tl_next_event(k->tl, k->cycle + 1);

    if (k->ctl.next < k->stim.events && k->stim.event[k->ctl.next].cycle < next)
        next = k->stim.event[k->ctl.next].cycle;
    for (unsigned p = 0; p < L1_PORTS; p++) {
        const struct port *q = &k->port[p];
        if (p < L1_BLOCKING_PORT && q->busy)
            return k->cycle + 1;
        for (unsigned i = 0; i < q->waiting; i++)
            if (q->wait[i].wake < next)
                next = q->wait[i].wake;
        if (q->next < q->n && q->waiting < k->stim.window[p] && !q->busy &&
            q->queue[q->next]->cycle < next)
            next = q->queue[q->next]->cycle;
    }
    return next < k->stim.cycles ? next : k->stim.cycles;
}

// No lookup, and no request or answer that is offered in vain (each such cycle is a line).
static bool nothing_to_say(const struct check *k)
{
    for (unsigned p = 0; p < 2; p++)
        if (k->out.ptw_req_valid[p] || k->l2out.resp_valid[p])
            return false;
    for (unsigned p = 0; p < L1_PORTS; p++)
        if (k->in.req[p].valid)
            return false;
    return true;
}

static void clock_edge(struct check *k)
{
    uint64_t next = k->cycle + 1;

    k->clocked++;
    if (k->skip && nothing_to_say(k) && l1side_idle(k->l1, &k->in)) {
        uint64_t idle = l2tlb_idle(k->l2);
        if (idle) {
            next = next_input(k);
            if (next - k->cycle > idle)
                next = k->cycle + idle;
        }
    }
    if (next > k->cycle + 1) {
        l2tlb_skip(k->l2, next - k->cycle);
    } else {
        l1side_tick(k->l1, &k->in, &k->out);
        l2tlb_tick(k->l2);
    }
    k->cycle = next;
}

static void dump(struct check *k)
{
    if (!k->details || k->dumped || !k->log.mismatches)
        return;
    k->dumped = true;
    fputs(k->log.context ? k->log.context : "", k->details);
    l1side_dump(k->l1, k->details);
    l2tlb_dump(k->l2, k->details);
}

// A machine at rest waits for its inputs; one that works and says nothing may do so for ever.
static bool stuck(struct check *k)
{
    bool said = k->log.model.count != k->events;

    k->events = k->log.model.count;
    if (said)
        k->last_event = k->cycle;
    if (!k->options->watchdog || k->cycle - k->last_event <= k->options->watchdog)
        return false;
    if (!nothing_to_say(k) || !l1side_idle(k->l1, &k->in) || !l2tlb_idle(k->l2))
        return true;
    k->last_event = k->cycle;
    return false;
}

// False, with the reason in k->end, when the run is to end behind this cycle, the n-th one.
static bool go_on(struct check *k, uint64_t n)
{
    const struct check_options *o = k->options;

    if (k->log.mismatches && o->first)
        k->end = CHECK_FIRST;
    else if (stuck(k))
        k->end = CHECK_STUCK;
    else if (o->go_on && n % CHECK_GO_ON == 0 && !o->go_on(o->ctx))
        k->end = CHECK_INTERRUPTED;
    return k->end == CHECK_WHOLE;
}

// NULL, or what is wrong (in msg).
static const char *run(struct check *k, char *msg)
{
    for (uint64_t n = 1; k->cycle < k->stim.cycles; n++) {
        if (!drive(k)) {
            snprintf(msg, L1TEXT_MSG, "out of memory");
            return msg;
        }
        if (k->options->cycle)
            k->options->cycle(k->cycle, k->l2, &k->l2in, &k->l2out, k->options->ctx);
        ports(k);
        write_machine(k);
        if (!l1log_cycle(&k->log, k->cycle))
            return msg;
        dump(k);
        bool more = go_on(k, n);
        clock_edge(k);
        if (!more)
            return NULL;
    }
    l1log_line(&k->log,
               "E %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
               " %" PRIu64 " %" PRIu64,
               k->stim.cycles, k->requests[0], k->answers[0], k->requests[1], k->answers[1],
               k->reads, k->started, k->lookups, k->misses);
    if (!l1log_end(&k->log, k->stim.cycles))
        return msg;
    dump(k);
    return NULL;
}

bool l1check_is_l1stim(const char *path)
{
    char msg[L1TEXT_MSG];
    struct source *in = source_open(path, msg, sizeof msg);
    bool yes = in && check_begins(in, "L1STIM");
    source_close(in);
    return yes;
}

const char *l1check_run(const struct l2tlb_cfg *cfg, const char *stim_path, const char *gold_path,
                        const struct check_options *options, FILE *details, FILE *lines,
                        struct check_result *result, char *msg, size_t msg_size)
{
    char why[L1TEXT_MSG] = "out of memory";
    const char *bad = why;
    struct check *k = calloc(1, sizeof *k);

    *result = (struct check_result){0};
    struct source *in = options->stim ? options->stim : source_open(stim_path, why, sizeof why);
    if (!k)
        source_close(in);
    if (k && l1stim_take(&k->stim, in, why) && l1log_open(&k->log, gold_path, NULL, why)) {
        k->skip = options->skip;
        k->options = options;
        k->details = details;
        k->log.out = lines;
        k->log.strict = options->strict;
        snprintf(why, sizeof why, "%s: out of memory", stim_path);
        if (set_up(k, cfg)) {
            if (options->event)
                l2tlb_observe(k->l2, options->event, options->ctx);
            k->log.text.msg = why;
            bad = run(k, why);
        }
        *result = (struct check_result){
            .end = k->end,
            .total = k->stim.cycles,
            .last_event = k->last_event,
            .cycles = k->cycle,
            .clocked = k->clocked,
            .events = k->log.model.count,
            .mismatches = k->log.mismatches,
            .dont_care = k->log.excused,
            .first_cycle = k->log.first_cycle,
            .at_end = k->log.at_end,
        };
        snprintf(result->first, sizeof result->first, "%.255s", k->log.first);
    }
    if (k)
        tear_down(k);
    if (!bad)
        return NULL;
    snprintf(msg, msg_size, "%s", bad);
    return msg;
}
