// SPDX-License-Identifier: MulanPSL-2.0
// The machine of l2tlb.h: settle, tick, skip, counters, dump, observation.
#include "lib/impl.h"
#include "replay/events.h"
#include "replay/stats.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// Sizes of the first version of these structures: the least that a caller can have.
enum { INPUTS_0 = sizeof(struct l2tlb_inputs), OUTPUTS_0 = sizeof(struct l2tlb_outputs) };

int l2tlb_machine_new(l2tlb_config *c, l2tlb_machine **m)
{
    struct l2tlb_cfg finished = c->cfg;
    *m = NULL;
    c->message[0] = 0;
    if (cfg_finish(&finished, c->message, sizeof c->message))
        return L2TLB_BAD_VALUE;
    l2tlb_machine *new = calloc(1, sizeof *new);
    if (!new)
        return L2TLB_NO_MEMORY;
    new->core = l2tlb_new(&finished);
    if (!new->core) {
        free(new);
        return L2TLB_NO_MEMORY;
    }
    new->in.resp_ready[0] = new->in.resp_ready[1] = new->in.a_ready = true;
    *m = new;
    return L2TLB_OK;
}

void l2tlb_machine_free(l2tlb_machine *m)
{
    if (m)
        l2tlb_free(m->core);
    free(m);
}

const char *l2tlb_machine_message(const l2tlb_machine *m)
{
    return m->message;
}

int l2tlb_machine_reset(l2tlb_machine *m, const struct l2tlb_csr *csr)
{
    static const struct l2tlb_csr all_zero;
    m->message[0] = 0;
    int status = ports_csr(m, csr ? csr : &all_zero);
    if (status)
        return status;
    l2tlb_reset(m->core, &m->in.csr);
    m->settled = false;
    m->flights = 0;
    memset(m->reading, 0, sizeof m->reading);
    return L2TLB_OK;
}

int l2tlb_machine_settle(l2tlb_machine *m, const struct l2tlb_inputs *in, struct l2tlb_outputs *out)
{
    struct l2tlb_inputs full;
    m->message[0] = 0;
    m->settled = false;
    if (in->size != sizeof full) {
        if (!struct_in(&full, sizeof full, in, in->size, INPUTS_0))
            return say(m->message, L2TLB_BAD_SIZE, "size of the inputs is %" PRIu32, in->size);
        in = &full;
    }
    if (out && out->size < OUTPUTS_0)
        return say(m->message, L2TLB_BAD_SIZE, "size of the outputs is %" PRIu32, out->size);
    int status = ports_inputs(m, in);
    if (status)
        return status;
    l2tlb_settle(m->core, &m->in, &m->out);
    m->settled = true;
    if (out && out->size == sizeof *out) {
        ports_outputs(m, out);
    } else if (out) {
        struct l2tlb_outputs known;
        uint32_t size = out->size;
        ports_outputs(m, &known);
        struct_out(out, size, &known, sizeof known, OUTPUTS_0);
        out->size = size;
    }
    return L2TLB_OK;
}

// --- the clock edge -----------------------------------------------------------------------------

static void take_off(struct l2tlb_machine *m, unsigned i)
{
    memmove(&m->flight[i], &m->flight[i + 1], (--m->flights - i) * sizeof m->flight[0]);
}

// The oldest request of the port with the answer's tag.
static void landed(struct l2tlb_machine *m, unsigned port, struct flight *f)
{
    uint32_t tag = m->out.resp[port].tag;
    *f = (struct flight){.accepted = UINT64_MAX, .tag = tag, .index = UINT32_MAX, .port = (uint8_t)port};
    for (unsigned i = 0; i < m->flights; i++)
        if (m->flight[i].tag == tag && m->flight[i].port == port) {
            *f = m->flight[i];
            take_off(m, i);
            return;
        }
}

void machine_edge(struct l2tlb_machine *m, const uint32_t index[2], struct edge_report *r)
{
    const struct l2tlb_in *in = &m->in;
    r->dropped = 0;
    for (unsigned p = 0; p < 2; p++) {
        r->answered[p] = m->out.resp_valid[p] && in->resp_ready[p];
        r->accepted[p] = in->req[p].valid && m->out.req_ready[p];
        if (r->answered[p])
            landed(m, p, &r->answer[p]);
    }
    for (unsigned p = 0; p < 2; p++) {
        if (!r->accepted[p])
            continue;
        if (m->flights == FLIGHTS)
            take_off(m, 0);
        m->flight[m->flights++] = (struct flight){
            .accepted = l2tlb_cycle(m->core), .tag = in->req[p].tag, .index = index[p], .port = (uint8_t)p};
    }
    if (m->core->w.flush) { // requests of this cycle, too
        for (unsigned i = 0; i < m->flights; i++)
            r->dropped += m->flight[i].index != UINT32_MAX;
        m->flights = 0;
    }
    if (m->out.a_valid && in->a_ready)
        m->reading[m->out.a_source]++;
    if (in->d.valid) {
        m->line_source = in->d.source;
        m->reading[in->d.source] -= m->core->mem.second_beat;
    }
    l2tlb_tick(m->core);
    m->settled = false;
}

int l2tlb_machine_tick(l2tlb_machine *m)
{
    static const uint32_t none[2] = {UINT32_MAX, UINT32_MAX};
    struct edge_report r;
    if (!m->settled)
        return say(m->message, L2TLB_BAD_ORDER, "tick without a settle in this cycle");
    machine_edge(m, none, &r);
    return L2TLB_OK;
}

int l2tlb_machine_cycles(l2tlb_machine *m, size_t n, const struct l2tlb_inputs *in, struct l2tlb_outputs *out,
                         size_t *done)
{
    size_t in_size = n ? in->size : 0, out_size = n && out ? out->size : 0, k = 0;
    int status = L2TLB_OK;
    if (n && (in_size < INPUTS_0 || (out && out_size < OUTPUTS_0)))
        status = say(m->message, L2TLB_BAD_SIZE, "size of the first inputs or outputs");
    for (; k < n && !status; k++) {
        struct l2tlb_inputs *const at = (struct l2tlb_inputs *)((uintptr_t)in + k * in_size);
        struct l2tlb_outputs *to = out ? (struct l2tlb_outputs *)((uintptr_t)out + k * out_size) : NULL;
        if (to)
            to->size = (uint32_t)out_size;
        if (at->size != in_size) {
            status = say(m->message, L2TLB_BAD_SIZE, "size of the inputs of cycle %zu is %" PRIu32, k, at->size);
            break;
        }
        status = l2tlb_machine_settle(m, at, to);
        if (status)
            break;
        l2tlb_machine_tick(m);
    }
    if (done)
        *done = k;
    return status;
}

uint64_t l2tlb_machine_idle(const l2tlb_machine *m)
{
    return m->settled ? l2tlb_idle(m->core) : 0;
}

int l2tlb_machine_skip(l2tlb_machine *m, uint64_t k)
{
    if (!m->settled)
        return say(m->message, L2TLB_BAD_ORDER, "skip without a settle in this cycle");
    if (k > l2tlb_idle(m->core))
        return say(m->message, L2TLB_BAD_ORDER, "this cycle changes something");
    l2tlb_skip(m->core, k);
    m->settled = false;
    return L2TLB_OK;
}

uint64_t l2tlb_machine_cycle(const l2tlb_machine *m)
{
    return l2tlb_cycle(m->core);
}

uint32_t l2tlb_machine_reading(const l2tlb_machine *m)
{
    uint32_t mask = 0;
    for (unsigned i = 0; i < MAX_IDS; i++)
        mask |= (uint32_t)(m->reading[i] > 0) << i;
    return mask;
}

// --- counters, dump, observation ----------------------------------------------------------------

int l2tlb_machine_counters(const l2tlb_machine *m, uint64_t *sums, size_t n)
{
    uint64_t all[PERF_COUNT];
    if (n > PERF_COUNT)
        return L2TLB_BAD_SIZE;
    l2tlb_perf_sums(m->core, all);
    memcpy(sums, all, n * sizeof *sums);
    return L2TLB_OK;
}

const char *l2tlb_counter_name(unsigned counter)
{
    return counter < PERF_COUNT ? stats_perf_name[counter] : NULL;
}

int l2tlb_machine_dump(const l2tlb_machine *m, char *text, size_t size, size_t *length)
{
    char *all = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&all, &n);
    if (!out)
        return L2TLB_NO_MEMORY;
    l2tlb_dump(m->core, out);
    bool lost = ferror(out);
    if (fclose(out) || lost) {
        free(all);
        return L2TLB_NO_MEMORY;
    }
    if (length)
        *length = n;
    size_t fits = n < size ? n : size ? size - 1 : 0;
    if (size) {
        memcpy(text, all, fits);
        text[fits] = 0;
    }
    free(all);
    return L2TLB_OK;
}

static void observed(const struct l2tlb_event *e, void *ctx)
{
    struct l2tlb_machine *m = ctx;
    struct l2tlb_machine_event out = {
        .cycle = e->cycle, .vpn = e->vpn, .addr = e->addr, .tag = e->tag, .flags = e->flags, .kind = e->kind,
        .source = e->source, .s2xlate = e->s2xlate, .a = e->a, .b = e->b, .c = e->c};
    m->observer(&out, m->observer_ctx);
}

void l2tlb_machine_observe(l2tlb_machine *m, void (*fn)(const struct l2tlb_machine_event *e, void *ctx), void *ctx)
{
    m->observer = fn;
    m->observer_ctx = ctx;
    l2tlb_observe(m->core, fn ? observed : NULL, m);
}

const char *l2tlb_event_name(unsigned kind)
{
    return kind < EV_KINDS ? events_name[kind] : NULL;
}

int l2tlb_machine_locate(const l2tlb_machine *m, void (*fn)(uint32_t tag, unsigned cause, void *ctx), void *ctx)
{
    if (!m->settled)
        return L2TLB_BAD_ORDER;
    l2tlb_locate(m->core, fn, ctx);
    return L2TLB_OK;
}

unsigned l2tlb_causes(void)
{
    return CAUSE_COUNT;
}

const char *l2tlb_cause_id(unsigned cause)
{
    return cause < CAUSE_COUNT ? l2tlb_cause_name[cause] : NULL;
}

const char *l2tlb_cause_explanation(unsigned cause)
{
    return cause < CAUSE_COUNT ? l2tlb_cause_text[cause] : NULL;
}

// What the machine reports has the numbers of the public header.
#define EVENT(name) _Static_assert((int)EV_##name == (int)L2TLB_EV_##name, #name)
EVENT(REQ);
EVENT(LOOKUP);
EVENT(MQ_ENQ);
EVENT(PTW_REQ);
EVENT(PTW_RESP);
EVENT(PTW_LLPTW);
EVENT(LLPTW_IN);
EVENT(LLPTW_OUT);
EVENT(HPTW_REQ);
EVENT(HPTW_RESP);
EVENT(MEM_REQ);
EVENT(MEM_RESP);
EVENT(REFILL);
EVENT(PREFETCH);
EVENT(RESP);
EVENT(FLUSH);
EVENT(FENCE);
EVENT(BITMAP);
EVENT(BM_CHECK);
EVENT(BM_PMP);
EVENT(BM_CACHE);
EVENT(MPT_CHECK);
EVENT(MPT);
_Static_assert((int)EV_KINDS == (int)L2TLB_EVENT_KINDS, "kinds of events");
_Static_assert((int)LOOKUP_HIT == (int)L2TLB_HIT && (int)LOOKUP_SP == (int)L2TLB_HIT_SP &&
                   (int)LOOKUP_HPTW == (int)L2TLB_FOR_HPTW && (int)LOOKUP_JUMP == (int)L2TLB_JUMP,
               "flags of look-ups");
