// SPDX-License-Identifier: MulanPSL-2.0
// A whole stimulus through a machine with a memory behind it (struct l2tlb_run).
#include "lib/impl.h"

#include <inttypes.h>
#include <string.h>

enum { RUN_0 = sizeof(struct l2tlb_run) }; // its first version

struct run {
    struct l2tlb_machine *m;
    struct l2tlb_run *r;
    size_t next[2];     // request that each port offers next
    uint64_t begin;     // cycle
    uint64_t last_event;
};

// --- the stimulus -------------------------------------------------------------------------------

static int check_requests(struct l2tlb_machine *m, const struct l2tlb_run *r)
{
    uint64_t last = 0;
    for (size_t i = 0; i < r->request_count; i++) {
        const struct l2tlb_timed_request *q = &r->requests[i];
        const char *why = q->cycle < last                    ? "comes after one of a later cycle"
                          : q->port > 1                      ? "has no port 0 or 1"
                          : q->vpn >> 38                     ? "has a vpn of more than 38 bits"
                          : q->s2xlate > L2TLB_ALL_STAGE     ? "has an s2xlate above 3"
                          : q->tag == L2TLB_NO_TAG           ? "has the tag L2TLB_NO_TAG"
                          : q->zero                          ? "has a member `zero` that is not"
                          : q->mpt_only && !m->core->cfg.has_mpt ? "asks for the MPT, which is not built"
                                                             : NULL;
        if (why)
            return say(m->message, L2TLB_BAD_VALUE, "request %zu %s", i, why);
        last = q->cycle;
    }
    return L2TLB_OK;
}

static int take_control(struct l2tlb_machine *m, const struct l2tlb_control *c)
{
    int status = ports_csr(m, &c->csr);
    if (!status)
        status = ports_fence(m, &c->fence);
    return status ? status : ports_csr_write(m, &c->csr_write);
}

// Every control as it would be taken, before any of them is.
static int check_controls(struct l2tlb_machine *m, const struct l2tlb_run *r)
{
    const struct l2tlb_in before = m->in;
    const struct l2tlb_csr csr = m->csr;
    int status = L2TLB_OK;
    for (size_t i = 0; i < r->control_count && !status; i++) {
        char why[MESSAGE];
        status = take_control(m, &r->controls[i]);
        memcpy(why, m->message, sizeof why);
        if (status)
            say(m->message, status, "control %zu: %.480s", i, why);
        else if (i && r->controls[i].cycle <= r->controls[i - 1].cycle)
            status = say(m->message, L2TLB_BAD_VALUE, "control %zu is not later than the one before it", i);
    }
    m->in = before;
    m->csr = csr;
    return status;
}

static size_t next_of_port(const struct l2tlb_run *r, unsigned port, size_t from)
{
    while (from < r->request_count && r->requests[from].port != port)
        from++;
    return from;
}

// --- one cycle ----------------------------------------------------------------------------------

static int drive(struct run *s)
{
    struct l2tlb_machine *m = s->m;
    struct l2tlb_run *r = s->r;
    uint64_t cycle = l2tlb_cycle(m->core);
    struct tl *tl = r->memory->tl;
    struct tl_beat beat;
    ports_end_pulses(m);
    if (r->controls_taken < r->control_count && r->controls[r->controls_taken].cycle <= cycle)
        take_control(m, &r->controls[r->controls_taken]); // checked before
    for (unsigned p = 0; p < 2; p++) {
        const struct l2tlb_timed_request *q = r->requests + s->next[p];
        m->in.req[p] = (struct l2tlb_req){.valid = false};
        if (s->next[p] < r->request_count && q->cycle <= cycle)
            m->in.req[p] = (struct l2tlb_req){
                .vpn = q->vpn, .s2xlate = q->s2xlate, .valid = true, .tag = q->tag, .mpt_only = q->mpt_only};
    }
    m->in.a_ready = tl_a_ready(tl, cycle);
    tl_beat(tl, cycle, &beat);
    m->in.d.valid = beat.valid;
    if (!beat.valid)
        return L2TLB_OK;
    m->in.d.source = beat.source;
    memcpy(m->in.d.data, beat.data, sizeof beat.data);
    return ports_beat(m, beat.source);
}

static bool room_for_answers(const struct run *s)
{
    size_t n = s->r->answer_count;
    for (unsigned p = 0; p < 2; p++)
        n += s->m->out.resp_valid[p];
    return !s->r->answers || n <= s->r->answer_room;
}

static void note_read(struct run *s)
{
    struct l2tlb_run *r = s->r;
    const struct l2tlb_out *out = &s->m->out;
    if (!out->a_valid || !s->m->in.a_ready)
        return;
    tl_accept(r->memory->tl, l2tlb_cycle(s->m->core), out->a_source, out->a_address);
    if (r->reads && r->read_count < r->read_room)
        r->reads[r->read_count] = out->a_address;
    r->read_count++;
    s->last_event = l2tlb_cycle(s->m->core);
}

static void note_ports(struct run *s, uint64_t cycle, const struct edge_report *e)
{
    struct l2tlb_run *r = s->r;
    for (unsigned p = 0; p < 2; p++) {
        if (e->answered[p]) {
            if (r->answers) {
                struct l2tlb_answer *a = &r->answers[r->answer_count];
                *a = (struct l2tlb_answer){
                    .cycle = cycle, .accepted = e->answer[p].accepted, .port = p, .index = e->answer[p].index};
                ports_response(&s->m->out.resp[p], &a->resp);
            }
            r->answer_count++;
        }
        if (e->accepted[p]) {
            if (r->accepted)
                r->accepted[s->next[p]] = cycle;
            r->requests_taken[p]++;
            s->next[p] = next_of_port(r, p, s->next[p] + 1);
        }
        if (e->answered[p] || e->accepted[p])
            s->last_event = cycle;
    }
    r->dropped += e->dropped;
}

static void clock_once(struct run *s)
{
    struct l2tlb_run *r = s->r;
    uint64_t cycle = l2tlb_cycle(s->m->core);
    struct edge_report e;
    note_read(s);
    r->controls_taken += r->controls_taken < r->control_count && r->controls[r->controls_taken].cycle <= cycle;
    machine_edge(s->m, (const uint32_t[]){(uint32_t)s->next[0], (uint32_t)s->next[1]}, &e);
    note_ports(s, cycle, &e);
}

// First cycle after this one in which an input changes.
static uint64_t next_input(const struct run *s, uint64_t cycle)
{
    const struct l2tlb_run *r = s->r;
    uint64_t next = tl_next_event(r->memory->tl, cycle + 1);
    if (r->controls_taken < r->control_count && r->controls[r->controls_taken].cycle < next)
        next = r->controls[r->controls_taken].cycle;
    for (unsigned p = 0; p < 2; p++)
        if (s->next[p] < r->request_count && r->requests[s->next[p]].cycle > cycle &&
            r->requests[s->next[p]].cycle < next)
            next = r->requests[s->next[p]].cycle;
    return next;
}

static bool through(const struct run *s)
{
    const struct l2tlb_run *r = s->r;
    return s->next[0] == r->request_count && s->next[1] == r->request_count &&
           r->controls_taken == r->control_count;
}

// One cycle or a quiet stretch. `go` becomes false at the end.
static int step(struct run *s, bool *go)
{
    struct l2tlb_machine *m = s->m;
    struct l2tlb_run *r = s->r;
    uint64_t cycle = l2tlb_cycle(m->core), end = r->cycles ? s->begin + r->cycles : UINT64_MAX;
    int status = drive(s);
    if (status)
        return status;
    l2tlb_settle(m->core, &m->in, &m->out);
    if (!room_for_answers(s))
        return L2TLB_FULL;
    bool quiet = l2tlb_idle(m->core) > 0;
    uint64_t next = quiet ? next_input(s, cycle) : cycle + 1;
    if (next == UINT64_MAX && !r->cycles) { // nothing will ever move
        *go = false;
        return through(s) ? L2TLB_OK : say(m->message, L2TLB_STUCK, "requests that are never taken");
    }
    if (next > end)
        next = end;
    if (quiet && next > cycle + 1) {
        l2tlb_skip(m->core, next - cycle);
        s->last_event = next;
    } else {
        clock_once(s);
        if (quiet)
            s->last_event = next;
    }
    *go = next < end;
    if (r->watchdog && next - s->last_event > r->watchdog)
        return say(m->message, L2TLB_STUCK, "no handshake for %" PRIu64 " cycles", next - s->last_event);
    return L2TLB_OK;
}

int l2tlb_machine_run(l2tlb_machine *m, struct l2tlb_run *run)
{
    struct l2tlb_run r;
    bool go = true;
    m->message[0] = 0;
    if (!struct_in(&r, sizeof r, run, run->size, RUN_0))
        return say(m->message, L2TLB_BAD_SIZE, "size of the run is %" PRIu32, run->size);
    if (!r.memory || r.zero || r.request_count >= UINT32_MAX || (r.request_count && !r.requests) ||
        (r.control_count && !r.controls) || r.cycles > UINT64_MAX / 2)
        return say(m->message, L2TLB_BAD_VALUE, "a run without memory, requests or controls, or too many of them");
    int status = check_requests(m, &r);
    if (!status)
        status = check_controls(m, &r);
    if (status)
        return status;
    struct run s = {.m = m, .r = &r, .begin = l2tlb_cycle(m->core), .last_event = l2tlb_cycle(m->core)};
    r.answer_count = r.read_count = r.requests_taken[0] = r.requests_taken[1] = r.controls_taken = 0;
    r.dropped = 0;
    for (unsigned p = 0; p < 2; p++)
        s.next[p] = next_of_port(&r, p, 0);
    for (unsigned i = 0; i < m->flights; i++)
        m->flight[i].index = UINT32_MAX;
    for (size_t i = 0; r.accepted && i < r.request_count; i++)
        r.accepted[i] = UINT64_MAX;
    m->in.resp_ready[0] = m->in.resp_ready[1] = true;
    m->settled = false;
    while (go && !status)
        status = step(&s, &go);
    r.cycles_done = l2tlb_cycle(m->core) - s.begin;
    uint32_t size = run->size;
    struct_out(run, size, &r, sizeof r, RUN_0);
    run->size = size;
    return status;
}
