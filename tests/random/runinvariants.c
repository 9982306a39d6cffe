// SPDX-License-Identifier: MulanPSL-2.0
// What must hold in every cycle, whatever the tables say: verdict before read, one read per line,
// ids, the request counter, every request in exactly one place, no rest with requests in flight.
#include "tests/random/run_impl.h"

#include <inttypes.h>

// --- memory -------------------------------------------------------------------------------------

// Mode and root together: both decide about the address of the first read.
static uint64_t root_of(const struct atp *a)
{
    return a->ppn << 4 | a->mode;
}

static void verdict(struct run *x, unsigned id, uint64_t addr)
{
    const struct run_fault *f = x->o->fault;
    const struct tlb_csr *csr = x->t->w.csr;
    struct pmp_env env = pmp_env_of(csr);
    env.cmode |= !x->cfg->has_bitmap;
    struct pmp_verdict v = pmp_check(&x->t->pmp, x->cfg, addr & mask64(48), env);
    struct slot *s = &x->slot[id];
    s->page = bits(addr, 47, 12);
    s->allowed = !v.ld && !v.mmio;
    s->root[0] = root_of(&csr->satp);
    s->root[1] = root_of(&csr->vsatp);
    s->root[2] = root_of(&csr->hgatp);
    if (f && f->verdict && f->verdict(x->verdicts++, f->ctx))
        s->allowed = false;
}

static void note_verdicts(struct run *x)
{
    const struct l2tlb *t = x->t;
    const struct wires *w = &t->w;
    if (w->ptw.sent_to_pmp)
        verdict(x, x->cfg->ptw_id, w->ptw.mem_addr);
    if (w->hptw.sent_to_pmp)
        verdict(x, x->cfg->hptw_id, w->hptw.mem_addr);
    if (w->llptw.pmp_enq_valid)
        verdict(x, t->llptw.enq_ptr_reg, w->llptw.pmp_enq_addr);
    if (w->llptw.pmp_hptw_valid)
        verdict(x, t->llptw.hptw_resp_ptr_reg, w->llptw.pmp_hptw_addr);
}

static void read_once(struct run *x, unsigned id)
{
    const struct llptw_entry *e = &x->t->llptw.entry[id];
    struct line_read now = {.vpn_line = e->req.vpn >> 3,
                            .back = UINT64_MAX,
                            .s2xlate = e->req.s2xlate,
                            .valid = true};
    for (unsigned k = 0; k < x->cfg->llptw_size; k++) {
        const struct line_read *o = &x->slot[k].read;
        if (k == id || !o->valid || o->vpn_line != now.vpn_line || o->s2xlate != now.s2xlate ||
            o->back < x->slot[id].enqueued)
            continue;
        char text[160];
        snprintf(text, sizeof text, "entry %u reads line %" PRIx64 ", read by entry %u meanwhile",
                 id, now.vpn_line, k);
        run_find(x, FIND_SECOND_READ, e->req.tag, NULL, NULL, text);
    }
    x->slot[id].read = now;
}

// The walkers form the address of a root table from the register as it is when they read. A root
// that changes between verdict and read, under the same ASID or VMID and hence without a flush, is
// read without a verdict of its own: counted, not a finding.
static bool root_changed(const struct run *x, const struct slot *s)
{
    const struct tlb_csr *csr = x->t->w.csr;
    return s->allowed && (s->root[0] != root_of(&csr->satp) || s->root[1] != root_of(&csr->vsatp) ||
                          s->root[2] != root_of(&csr->hgatp));
}

static void on_read(struct run *x)
{
    const struct wires *w = &x->t->w;
    const struct run_fault *f = x->o->fault;
    unsigned id = w->a_id;
    uint64_t addr = w->a_addr;
    char text[160];
    if (f && f->read)
        f->read(x->reads, &id, &addr, f->ctx);
    x->reads++;
    x->r->reads++;
    snprintf(text, sizeof text, "id %u address %" PRIx64, id, addr);
    if (x->in_flight >> id & 1)
        run_find(x, FIND_ID, TAG_NONE, NULL, NULL, text);
    x->in_flight |= UINT32_C(1) << id;
    if (id >= x->cfg->bitmap_id0)
        return; // the checker's own rules: see the bitmap tests
    if (x->slot[id].allowed && x->slot[id].page == bits(addr, 47, 12))
        ;
    else if (root_changed(x, &x->slot[id]))
        x->r->late_roots++;
    else
        run_find(x, FIND_NO_CHECK, TAG_NONE, NULL, NULL, text);
    if (id < x->cfg->llptw_size && w->llptw_mem_fire)
        read_once(x, id);
}

void run_note_memory(struct run *x)
{
    const struct wires *w = &x->t->w;
    note_verdicts(x);
    if (w->mem.done) {
        x->in_flight &= ~(UINT32_C(1) << w->mem.id);
        if (w->mem.id < x->cfg->llptw_size && x->slot[w->mem.id].read.valid)
            x->slot[w->mem.id].read.back = x->cycle;
    }
    if (w->a_fire)
        on_read(x);
    if (w->llptw_in_fire && w->llptw.enq_ptr < x->cfg->llptw_size) {
        struct slot *s = &x->slot[w->llptw.enq_ptr];
        s->enqueued = x->cycle;
        s->allowed = false;
    }
}

// --- counters and places ------------------------------------------------------------------------

static void on_located(uint32_t tag, unsigned cause, void *ctx)
{
    struct run *x = ctx;
    const struct run_fault *f = x->o->fault;
    (void)cause;
    unsigned times = f && f->located ? f->located(x->locates, f->ctx) : 1;
    x->locates++;
    if (tag < x->requests)
        x->req[tag].located = (uint8_t)(x->req[tag].located + times);
}

void run_locate(struct run *x)
{
    for (size_t i = 0; i < x->lives; i++)
        x->req[x->live[i]].located = 0;
    l2tlb_locate(x->t, on_located, x);
    for (size_t i = 0; i < x->lives; i++) {
        uint32_t tag = x->live[i];
        if (x->req[tag].located == 1 || x->req[tag].lost)
            continue;
        char text[64];
        snprintf(text, sizeof text, "found in %u places", x->req[tag].located);
        run_find(x, FIND_LOST, tag, NULL, NULL, text);
        x->req[tag].lost = true;
    }
}

void run_count(struct run *x)
{
    const struct run_fault *f = x->o->fault;
    unsigned n = x->t->tlb_counter;
    if (f && f->counter)
        n = f->counter(x->cycle, n, f->ctx);
    uint64_t off = n - x->lives, known = x->counter_off;
    x->counter_off = off;
    if (off == 0 || off == known)
        return;
    char text[96];
    snprintf(text, sizeof text, "counter is %u, %zu requests are in flight", n, x->lives);
    run_find(x, FIND_COUNTER, TAG_NONE, NULL, NULL, text);
}

// Two-stage requests under a Bare hgatp do not exist; they may even hang until the fence that must
// follow such a change of mode, and others behind them.
bool run_bare_two_stage(const struct run *x)
{
    for (size_t i = 0; i < x->lives; i++) {
        const struct request *q = &x->req[x->live[i]];
        if (q->s2xlate >= ONLY_STAGE2 && x->bare_cycle >= q->accepted)
            return true;
    }
    return false;
}

void run_hangs(struct run *x, uint32_t tag)
{
    char text[96];
    if (x->req[tag].hung)
        return;
    x->req[tag].hung = true;
    snprintf(text, sizeof text, "accepted in cycle %" PRIu64, x->req[tag].accepted);
    run_find(x, FIND_HANG, tag, NULL, NULL, text);
}

// Requests in flight, but the machine is at rest and no read is out: nothing will happen by itself.
void run_at_rest(struct run *x)
{
    const struct l2tlb *t = x->t;
    if (!x->lives || t->ctl.wfi_req || t->w.in.wfi_req || t->mem.waiting_resp ||
        driver_outstanding(x->d) || !l2tlb_idle(t) || run_bare_two_stage(x))
        return;
    for (size_t i = 0; i < x->lives; i++)
        run_hangs(x, x->live[i]);
}
