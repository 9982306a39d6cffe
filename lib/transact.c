// SPDX-License-Identifier: MulanPSL-2.0
// Requests in, translations out (transact.h): queues in front of the machine of l2tlb.h, reads of the user behind it.
#include "l2tlb/transact.h"

#include "l1/l1entry.h"
#include "lib/impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    HOOKS_0 = sizeof(struct l2tlb_transact_hooks), // its first version
    SLOTS = 2 * L2TLB_TRANSACT_QUEUE + FLIGHTS,
    BOOT_CYCLES = 8,
    READS = 2 * MAX_IDS, // a source may have several under way: the MPT checker asks again after a flush
};
enum read_state { READ_NONE, READ_ASKED, READ_ANSWERED };

// A request from submit to done. The machine's tag of a request is its slot.
struct slot {
    uint64_t tag, vpn, submitted, accepted;
    uint8_t kind;
    bool used;
};

struct queue { // of slots, for one port
    uint32_t slot[L2TLB_TRANSACT_QUEUE];
    unsigned head, count;
};

struct control {
    enum { SET_CSR, SET_FENCE, SET_WRITE } what;
    struct l2tlb_csr csr;
    struct l2tlb_fence fence;
    struct l2tlb_csr_write write;
};

struct answered_read {
    enum read_state state;
    uint8_t source;
    uint64_t at, order, line[8];
};

struct l2tlb_transact {
    l2tlb_machine *m;
    struct l2tlb_transact_hooks hooks;
    struct slot slot[SLOTS];
    uint32_t free_slot[SLOTS];
    unsigned free_slots;
    struct queue queue[2];
    struct control control[L2TLB_TRANSACT_CONTROLS];
    unsigned control_head, controls;
    struct answered_read read[READS];
    uint64_t orders;
    int second_beat; // id whose first beat was on channel D in the last cycle; -1: none
    uint64_t now;
    bool busy;  // in advance()
    bool quiet; // nothing happens before the next call or line
    char message[MESSAGE];
};

int l2tlb_transact_new(l2tlb_config *c, const struct l2tlb_transact_hooks *hooks, l2tlb_transact **t)
{
    *t = NULL;
    l2tlb_transact *new = calloc(1, sizeof *new);
    if (!new)
        return L2TLB_NO_MEMORY;
    int status = struct_in(&new->hooks, sizeof new->hooks, hooks, hooks->size, HOOKS_0) ? L2TLB_OK : L2TLB_BAD_SIZE;
    if (!status && (!new->hooks.done || !new->hooks.read))
        status = say(c->message, L2TLB_BAD_VALUE, "hooks: done or read is missing");
    if (!status)
        status = l2tlb_machine_new(c, &new->m);
    for (uint32_t i = SLOTS; i-- > 0;)
        new->free_slot[new->free_slots++] = i;
    new->second_beat = -1;
    if (!status && !new->hooks.closed_pmp) {
        l2tlb_transact_pmp(new, 0x3b0, UINT64_C(0x3fffffffffff)); // as the boot of a replay
        l2tlb_transact_pmp(new, 0x3a0, 0x1f);
        status = l2tlb_transact_advance(new, BOOT_CYCLES);
    }
    if (status)
        l2tlb_transact_free(new);
    else
        *t = new;
    return status;
}

void l2tlb_transact_free(l2tlb_transact *t)
{
    if (t)
        l2tlb_machine_free(t->m);
    free(t);
}

const char *l2tlb_transact_message(const l2tlb_transact *t)
{
    return t->message;
}

int l2tlb_transact_submit(l2tlb_transact *t, uint64_t vpn, unsigned kind, uint64_t tag)
{
    struct queue *q = &t->queue[kind & L2TLB_FETCH ? L2TLB_FETCH_PORT : L2TLB_DATA_PORT];
    t->message[0] = 0;
    if (vpn >> 38 || kind & ~(unsigned)(L2TLB_FETCH | L2TLB_ALL_STAGE))
        return say(t->message, L2TLB_BAD_VALUE, "vpn 0x%" PRIx64 " has more than 38 bits, or no kind %u", vpn, kind);
    if (q->count == L2TLB_TRANSACT_QUEUE || !t->free_slots)
        return say(t->message, L2TLB_FULL, "%u requests wait already", q->count);
    uint32_t s = t->free_slot[--t->free_slots];
    t->slot[s] =
        (struct slot){.tag = tag, .vpn = vpn, .submitted = t->now, .kind = (uint8_t)kind, .used = true};
    q->slot[(q->head + q->count++) % L2TLB_TRANSACT_QUEUE] = s;
    t->quiet = false;
    return L2TLB_OK;
}

int l2tlb_transact_answer_read(l2tlb_transact *t, unsigned id, uint64_t at, const uint64_t line[8])
{
    t->message[0] = 0;
    if (id >= READS || t->read[id].state != READ_ASKED)
        return say(t->message, L2TLB_BAD_VALUE, "no read %u waits for an answer", id);
    struct answered_read *r = &t->read[id];
    r->state = READ_ANSWERED;
    r->at = at;
    r->order = t->orders++;
    memcpy(r->line, line, sizeof r->line);
    t->quiet = false;
    return L2TLB_OK;
}

// --- control ------------------------------------------------------------------------------------

static int put_control(l2tlb_transact *t, const struct control *c)
{
    if (t->controls == L2TLB_TRANSACT_CONTROLS)
        return say(t->message, L2TLB_FULL, "%u controls wait already", t->controls);
    t->control[(t->control_head + t->controls++) % L2TLB_TRANSACT_CONTROLS] = *c;
    t->quiet = false;
    t->message[0] = 0;
    return L2TLB_OK;
}

// Would the machine take it? Its inputs are as before afterwards.
static int checked(l2tlb_transact *t, const struct control *c)
{
    const struct l2tlb_in in = t->m->in;
    const struct l2tlb_csr csr = t->m->csr;
    int status = c->what == SET_CSR     ? ports_csr(t->m, &c->csr)
                 : c->what == SET_FENCE ? ports_fence(t->m, &c->fence)
                                        : ports_csr_write(t->m, &c->write);
    t->m->in = in;
    t->m->csr = csr;
    return status ? say(t->message, status, "%s", t->m->message) : put_control(t, c);
}

int l2tlb_transact_csr(l2tlb_transact *t, const struct l2tlb_csr *csr)
{
    return checked(t, &(struct control){.what = SET_CSR, .csr = *csr});
}

int l2tlb_transact_fence(l2tlb_transact *t, const struct l2tlb_fence *fence)
{
    struct control c = {.what = SET_FENCE, .fence = *fence};
    c.fence.valid = 1;
    return checked(t, &c);
}

int l2tlb_transact_pmp(l2tlb_transact *t, unsigned csr, uint64_t value)
{
    if (csr > UINT16_MAX)
        return say(t->message, L2TLB_BAD_VALUE, "no register 0x%x", csr);
    return checked(t, &(struct control){.what = SET_WRITE,
                                        .write = {.addr = (uint16_t)csr, .data = value, .valid = 1}});
}

static void set_csr(l2tlb_machine *m, struct l2tlb_csr csr)
{
    csr.satp.changed = csr.satp.id != m->csr.satp.id;
    csr.vsatp.changed = csr.vsatp.id != m->csr.vsatp.id;
    csr.hgatp.changed = csr.hgatp.id != m->csr.hgatp.id;
    csr.mmpt.changed = csr.mmpt.sdid != m->csr.mmpt.sdid;
    csr.virt_changed = !csr.virt != !m->csr.virt;
    ports_csr(m, &csr);
}

static void drive_control(l2tlb_transact *t)
{
    ports_end_pulses(t->m);
    if (!t->controls)
        return;
    const struct control *c = &t->control[t->control_head];
    if (c->what == SET_CSR)
        set_csr(t->m, c->csr);
    else if (c->what == SET_FENCE)
        ports_fence(t->m, &c->fence);
    else
        ports_csr_write(t->m, &c->write);
    t->control_head = (t->control_head + 1) % L2TLB_TRANSACT_CONTROLS;
    t->controls--;
}

// --- one cycle ----------------------------------------------------------------------------------

// The answered read that goes next on channel D, -1: none yet. *at: the cycle of the first one.
static int next_line(const l2tlb_transact *t, uint64_t *at)
{
    int best = -1;
    for (int id = 0; id < READS; id++) {
        const struct answered_read *r = &t->read[id], *b = best < 0 ? NULL : &t->read[best];
        if (r->state == READ_ANSWERED && (!b || r->at < b->at || (r->at == b->at && r->order < b->order)))
            best = id;
    }
    *at = best < 0 ? UINT64_MAX : t->read[best].at;
    return best;
}

static void drive_beat(l2tlb_transact *t)
{
    struct tl_d *d = &t->m->in.d;
    uint64_t at;
    int id = t->second_beat >= 0 ? t->second_beat : next_line(t, &at);
    d->valid = t->second_beat >= 0 || (id >= 0 && at <= t->now);
    if (!d->valid)
        return;
    struct answered_read *r = &t->read[id];
    d->source = r->source;
    memcpy(d->data, r->line + (t->second_beat >= 0 ? 4 : 0), sizeof d->data);
    if (t->second_beat >= 0)
        r->state = READ_NONE;
    t->second_beat = t->second_beat >= 0 ? -1 : id;
}

static unsigned free_read(const l2tlb_transact *t)
{
    unsigned id = 0;
    while (id < READS && t->read[id].state != READ_NONE)
        id++;
    return id;
}

static void drive(l2tlb_transact *t)
{
    struct l2tlb_in *in = &t->m->in;
    drive_control(t);
    for (unsigned p = 0; p < 2; p++) {
        const struct queue *q = &t->queue[p];
        in->req[p] = (struct l2tlb_req){.valid = q->count > 0};
        if (!q->count)
            continue;
        uint32_t s = q->slot[q->head];
        in->req[p] = (struct l2tlb_req){
            .vpn = t->slot[s].vpn, .s2xlate = t->slot[s].kind & L2TLB_ALL_STAGE, .valid = true, .tag = s};
    }
    in->a_ready = free_read(t) < READS;
    in->resp_ready[0] = in->resp_ready[1] = true;
    drive_beat(t);
}

static unsigned page_shift(const struct l2tlb_response *r)
{
    unsigned s1 = 12 + l1_page_bits(r->s1.level, r->s1.n), s2 = 12 + l1_page_bits(r->s2.level, r->s2.n);
    bool one = r->s2xlate != L2TLB_ONLY_STAGE2, two = r->s2xlate & L2TLB_ONLY_STAGE2;
    return one && two ? (s1 < s2 ? s1 : s2) : one ? s1 : s2;
}

static void tell(l2tlb_transact *t, uint32_t slot, const struct ptw_resp *answer)
{
    const struct slot *s = &t->slot[slot];
    struct l2tlb_done d = {.tag = s->tag, .vpn = s->vpn, .submitted = s->submitted, .accepted = s->accepted,
                           .done = t->now, .kind = s->kind, .dropped = !answer};
    if (answer) {
        bool two = answer->s2xlate & ONLY_STAGE2;
        ports_response(answer, &d.response);
        d.fault = (uint8_t)l2tlb_response_page(&d.response, d.vpn, &d.ppn);
        d.page_shift = (uint8_t)page_shift(&d.response);
        d.perm = answer->s2xlate == ONLY_STAGE2 ? answer->s2.perm : answer->s1.perm;
        d.g_perm = two ? answer->s2.perm : 0;
    }
    t->slot[slot].used = false;
    t->free_slot[t->free_slots++] = slot;
    t->hooks.done(t->hooks.ctx, &d);
}

static void clock_once(l2tlb_transact *t)
{
    static const uint32_t none[2] = {UINT32_MAX, UINT32_MAX};
    l2tlb_machine *m = t->m;
    struct flight dropped[FLIGHTS + 2];
    struct edge_report e;
    unsigned drops = 0;
    if (m->out.a_valid && m->in.a_ready) {
        unsigned id = free_read(t);
        t->read[id].state = READ_ASKED;
        t->read[id].source = m->out.a_source;
        t->hooks.read(t->hooks.ctx, m->out.a_address, id);
    }
    if (m->core->w.flush) {
        drops = m->flights;
        memcpy(dropped, m->flight, drops * sizeof *dropped);
    }
    for (unsigned p = 0; p < 2; p++)
        if (m->in.req[p].valid && m->out.req_ready[p] && m->core->w.flush)
            dropped[drops++].tag = m->in.req[p].tag;
    machine_edge(m, none, &e);
    for (unsigned p = 0; p < 2; p++) {
        struct queue *q = &t->queue[p];
        if (!e.accepted[p])
            continue;
        t->slot[q->slot[q->head]].accepted = t->now;
        q->head = (q->head + 1) % L2TLB_TRANSACT_QUEUE;
        q->count--;
    }
    for (unsigned p = 0; p < 2; p++)
        if (e.answered[p] && e.answer[p].accepted != UINT64_MAX && t->slot[e.answer[p].tag].used)
            tell(t, e.answer[p].tag, &m->out.resp[p]);
    for (unsigned i = 0; i < drops; i++)
        if (t->slot[dropped[i].tag].used) // not answered in this cycle
            tell(t, dropped[i].tag, NULL);
}

int l2tlb_transact_advance(l2tlb_transact *t, uint64_t cycles)
{
    if (t->busy)
        return say(t->message, L2TLB_BAD_ORDER, "advance from a callback");
    uint64_t end = cycles > UINT64_MAX - t->now ? UINT64_MAX : t->now + cycles, line;
    t->message[0] = 0;
    t->busy = true;
    while (t->now < end) {
        drive(t);
        l2tlb_settle(t->m->core, &t->m->in, &t->m->out);
        t->quiet = !t->controls && !t->m->in.d.valid && l2tlb_idle(t->m->core) > 0;
        if (!t->quiet) {
            clock_once(t);
            t->now++;
            continue;
        }
        next_line(t, &line);
        uint64_t next = line < end ? line : end;
        l2tlb_skip(t->m->core, next - t->now);
        t->now = next;
    }
    t->busy = false;
    return L2TLB_OK;
}

uint64_t l2tlb_transact_cycle(const l2tlb_transact *t)
{
    return t->now;
}

uint64_t l2tlb_transact_next(const l2tlb_transact *t)
{
    uint64_t line;
    next_line(t, &line);
    return t->quiet && line > t->now ? line : t->now;
}

size_t l2tlb_transact_waiting(const l2tlb_transact *t)
{
    return SLOTS - t->free_slots;
}

unsigned l2tlb_transact_reading(const l2tlb_transact *t)
{
    unsigned n = 0;
    for (unsigned id = 0; id < READS; id++)
        n += t->read[id].state != READ_NONE;
    return n;
}

l2tlb_machine *l2tlb_transact_machine(l2tlb_transact *t)
{
    return t->m;
}
