// SPDX-License-Identifier: MulanPSL-2.0
#include "tests/unit/l1_bench.h"

#include <stdlib.h>
#include <string.h>

struct l1_csr bench_default_csr(void)
{
    return (struct l1_csr){
        .tlb = {.satp = {.mode = MODE_SV39, .id = 5, .ppn = 0x80200},
                .vsatp = {.mode = MODE_SV39, .id = 7, .ppn = 0x40000},
                .hgatp = {.mode = MODE_SV39, .id = 3, .ppn = 0x80204}},
        .spvp = MODE_S,
        .imode = MODE_S,
        .dmode = MODE_S,
    };
}

struct l1_csr bench_csr_for(unsigned s2xlate)
{
    struct l1_csr c = bench_default_csr();
    c.tlb.virt = c.virt_plain = s2xlate != NO_S2XLATE;
    if (s2xlate == ONLY_STAGE1)
        c.tlb.hgatp.mode = MODE_BARE;
    if (s2xlate == ONLY_STAGE2)
        c.tlb.vsatp.mode = MODE_BARE;
    return c;
}

static void fix(struct l2tlb_cfg *cfg, const char *names)
{
    char text[128], msg[256], key[32];
    snprintf(text, sizeof text, "%s", names);
    for (char *p = strtok(text, " "); p; p = strtok(NULL, " ")) {
        snprintf(key, sizeof key, "errata.%.16s", p);
        if (*p == '2' ? cfg_set(cfg, "revision", p, msg, sizeof msg)
            : strcmp(p, "bitmap") == 0 ? cfg_set(cfg, "bitmap.enable", "1", msg, sizeof msg)
                                       : cfg_set(cfg, key, "fixed", msg, sizeof msg))
            abort();
    }
}

struct bench *bench_new(const char *fixed)
{
    char msg[256];
    struct bench *b = calloc(1, sizeof *b);
    if (!b || !cfg_preset(&b->cfg, "default"))
        abort();
    if (fixed)
        fix(&b->cfg, fixed);
    if (cfg_finish(&b->cfg, msg, sizeof msg))
        abort();
    b->l = l1side_new(&b->cfg);
    if (!b->l)
        abort();
    bench_reset(b, NULL);
    return b;
}

void bench_free(struct bench *b)
{
    l1side_free(b->l);
    free(b);
}

void bench_reset(struct bench *b, const struct l1_csr *csr)
{
    struct l1side *l = b->l;
    struct l2tlb_cfg cfg = b->cfg;
    struct l1_csr c = csr ? *csr : bench_default_csr();

    *b = (struct bench){.l = l, .cfg = cfg};
    b->in.csr = c;
    b->in.ptw_req_ready[0] = b->in.ptw_req_ready[1] = true;
    l1side_reset(l, &c);
}

struct bench_look *bench_look(struct bench *b, uint64_t cycle, unsigned port, uint64_t vpn)
{
    static const uint8_t cmd[L1_CLASSES] = {L1_CMD_LOAD, L1_CMD_STORE, L1_CMD_LOAD, L1_CMD_FETCH};
    if (b->looks == BENCH_LOOKS)
        abort();
    struct bench_look *k = &b->look[b->looks++];
    *k = (struct bench_look){.cycle = cycle, .port = port};
    k->req = (struct l1_req){
        .valid = true,
        .vaddr = vpn << 12,
        .fullva = port < L1_DATA_PORTS ? vpn << 12 : 0,
        .tag = b->looks,
        .rob = l1_rob_of(b->looks),
        .cmd = cmd[l1_class_of_port(port)],
    };
    return k;
}

void bench_looks(struct bench *b, uint64_t first, uint64_t last, unsigned period, unsigned port,
                 uint64_t vpn)
{
    for (uint64_t c = first; c <= last; c += period)
        bench_look(b, c, port, vpn);
}

static struct bench_plan *plan(struct bench *b, uint64_t cycle)
{
    if (b->plans == BENCH_PLANS)
        abort();
    b->plan[b->plans] = (struct bench_plan){.cycle = cycle};
    return &b->plan[b->plans++];
}

struct bench_plan *bench_answer(struct bench *b, uint64_t cycle, unsigned port,
                                const struct ptw_resp *r)
{
    struct bench_plan *p = plan(b, cycle);
    p->kind = PLAN_ANSWER;
    p->port = port;
    p->resp = *r;
    return p;
}

struct bench_plan *bench_fence(struct bench *b, uint64_t cycle, char kind, uint64_t vpn, int id)
{
    struct bench_plan *p = plan(b, cycle);
    p->kind = PLAN_FENCE;
    p->sfence = (struct sfence){
        .valid = true,
        .rs1 = vpn == BENCH_NEVER,
        .rs2 = id < 0,
        .addr = vpn == BENCH_NEVER ? 0 : vpn << 12,
        .id = id < 0 ? 0 : (uint16_t)id,
        .hv = kind == 'v',
        .hg = kind == 'g',
        .flush_pipe = true,
    };
    return p;
}

struct bench_plan *bench_csr(struct bench *b, uint64_t cycle, const struct l1_csr *csr)
{
    struct bench_plan *p = plan(b, cycle);
    p->kind = PLAN_CSR;
    p->csr = *csr;
    return p;
}

void bench_ready(struct bench *b, uint64_t cycle, unsigned port, bool ready)
{
    struct bench_plan *p = plan(b, cycle);
    p->kind = PLAN_READY;
    p->port = port;
    p->ready = ready;
}

void bench_oldest(struct bench *b, uint64_t cycle, struct l1_rob rob)
{
    struct bench_plan *p = plan(b, cycle);
    p->kind = PLAN_OLDEST;
    p->oldest = rob;
}

// --- running -------------------------------------------------------------------------------------

static void set_inputs(struct bench *b)
{
    struct l1_in *in = &b->in;

    in->sfence.valid = in->redirect.valid = false;
    in->iflush = in->req_kill = 0;
    in->ptw_resp[0] = in->ptw_resp[1] = NULL;
    in->csr.tlb.satp.changed = in->csr.tlb.vsatp.changed = in->csr.tlb.hgatp.changed = false;
    in->csr.tlb.virt_changed = false;
    for (unsigned i = 0; i < b->plans; i++) {
        struct bench_plan *p = &b->plan[i];
        if (p->cycle != b->cycle)
            continue;
        if (p->kind == PLAN_ANSWER)
            in->ptw_resp[p->port] = &p->resp;
        else if (p->kind == PLAN_FENCE)
            in->sfence = p->sfence;
        else if (p->kind == PLAN_CSR)
            in->csr = p->csr;
        else if (p->kind == PLAN_REDIRECT)
            in->redirect = p->redirect;
        else if (p->kind == PLAN_IFLUSH)
            in->iflush = p->mask;
        else if (p->kind == PLAN_OLDEST)
            in->oldest = p->oldest;
        else
            in->ptw_req_ready[p->port] = p->ready;
    }
    for (unsigned i = 0; i < b->looks; i++)
        if (b->look[i].kill && b->look[i].cycle + 1 == b->cycle)
            in->req_kill |= 1u << b->look[i].port;
}

static void take_result(struct bench *b, struct bench_look *k)
{
    const struct l1_out *o = &b->out;
    bool blocking = k->port == L1_BLOCKING_PORT;

    if (k->cycle >= b->cycle)
        return;
    if (!k->answered && bit(o->resp_valid, k->port) && (blocking || k->cycle + 1 == b->cycle)) {
        k->answered = true;
        k->done = b->cycle;
        k->resp = o->resp[k->port];
    }
    if (k->cycle + 1 == b->cycle) {
        k->sent = bit(o->miss_valid, k->port);
        k->passed = bit(o->miss_valid & o->miss_pass, k->port);
    }
    if (k->cycle + 2 == b->cycle && k->port < L1_LOAD_HINTS && bit(o->hint_valid, k->port)) {
        k->hinted = true;
        k->full = bit(o->hint_full, k->port);
        k->slot = o->hint_id[k->port];
    }
}

static void take_outputs(struct bench *b)
{
    const struct l1_out *o = &b->out;

    for (unsigned i = 0; i < b->looks; i++)
        take_result(b, &b->look[i]);
    for (unsigned p = 0; p < 2; p++)
        if (o->req_fire[p] && b->reqs < BENCH_REQS)
            b->req[b->reqs++] = (struct bench_req){
                .cycle = b->cycle, .vpn = o->ptw_req[p].vpn, .port = p,
                .s2xlate = o->ptw_req[p].s2xlate};
    for (unsigned k = 0; k < L1_CLASSES; k++)
        b->presented[k] += bit(o->answer_valid, k);
    b->wakes += o->wake_valid;
}

// An idle cycle may not show anything in the one after it.
static void check_idle(struct bench *b, bool was_idle)
{
    const struct l1_out *o = &b->out;
    bool quiet = !o->resp_valid && !o->miss_valid && !o->hint_valid && !o->wake_valid &&
                 !o->answer_valid && !o->req_fire[0] && !o->req_fire[1] && !o->chain_req[0] &&
                 !o->chain_req[1] && !o->chain_resp[0] && !o->chain_resp[1];
    if (was_idle && !quiet && !b->in.ptw_resp[0] && !b->in.ptw_resp[1])
        b->idle_broken = true;
}

void bench_run(struct bench *b, uint64_t cycles)
{
    bool idle = false;
    for (; b->cycle < cycles; b->cycle++) {
        bool ready[2] = {b->in.ptw_req_ready[0], b->in.ptw_req_ready[1]};
        set_inputs(b);
        idle = idle && ready[0] == b->in.ptw_req_ready[0] && ready[1] == b->in.ptw_req_ready[1];
        l1side_publish(b->l, &b->out);
        l1side_settle(b->l, &b->in, &b->out);
        check_idle(b, idle);
        take_outputs(b);
        bool lookup = false;
        for (unsigned p = 0; p < L1_PORTS; p++)
            b->in.req[p].valid = false;
        for (unsigned i = 0; i < b->looks; i++)
            if (b->look[i].cycle == b->cycle) {
                b->in.req[b->look[i].port] = b->look[i].req;
                lookup = true;
            }
        idle = !lookup && l1side_idle(b->l, &b->in);
        l1side_tick(b->l, &b->in, &b->out);
    }
}

// --- reading -------------------------------------------------------------------------------------

const struct bench_look *bench_at(const struct bench *b, unsigned port, uint64_t cycle)
{
    for (unsigned i = 0; i < b->looks; i++)
        if (b->look[i].port == port && b->look[i].cycle == cycle)
            return &b->look[i];
    abort();
}

bool bench_hit(const struct bench *b, unsigned port, uint64_t cycle)
{
    const struct bench_look *k = bench_at(b, port, cycle);
    return k->answered && !k->resp.miss;
}

unsigned bench_requests(const struct bench *b, uint64_t vpn)
{
    unsigned n = 0;
    for (unsigned i = 0; i < b->reqs; i++)
        n += b->req[i].vpn == vpn;
    return n;
}

uint64_t bench_request(const struct bench *b, uint64_t vpn, unsigned k)
{
    for (unsigned i = 0; i < b->reqs; i++)
        if (b->req[i].vpn == vpn && k-- == 0)
            return b->req[i].cycle;
    return BENCH_NEVER;
}

// --- answers -------------------------------------------------------------------------------------

struct ptw_resp bench_page(unsigned s2xlate, uint64_t vpn, uint64_t ppn, unsigned valid)
{
    struct ptw_resp r = {.s2xlate = (uint8_t)s2xlate, .tag = TAG_NONE};
    r.s1 = (struct sector_resp){
        .tag = vpn >> 3,
        .ppn = ppn >> 3,
        .asid = s2xlate == NO_S2XLATE ? 5 : 7,
        .vmid = s2xlate == NO_S2XLATE ? 0 : 3,
        .perm = BENCH_ALL_PERMS,
        .v = 1,
        .addr_low = vpn & 7,
        .valididx = (uint8_t)valid,
        .pteidx = (uint8_t)(1u << (vpn & 7)),
    };
    for (unsigned k = 0; k < SECTOR; k++)
        r.s1.ppn_low[k] = (uint8_t)k;
    return r;
}

struct ptw_resp bench_two_stage(uint64_t vpn, uint64_t gpn, uint64_t ppn, unsigned g_perm)
{
    struct ptw_resp r = bench_page(ALL_STAGE, vpn, gpn & ~UINT64_C(7), 1u << (vpn & 7));
    r.s1.ppn_low[vpn & 7] = gpn & 7;
    r.s2 = (struct hptw_resp){
        .tag = gpn, .ppn = ppn, .vmid = 3, .perm = (uint8_t)(g_perm | PERM_U)};
    return r;
}

struct ptw_resp bench_answer_for(unsigned s2xlate, uint64_t vpn, bool global)
{
    struct ptw_resp r = s2xlate == ALL_STAGE
                            ? bench_two_stage(vpn, vpn + 0x5000, vpn + 0x9000, BENCH_ALL_PERMS)
                            : bench_page(s2xlate, vpn, vpn + 0x9000, 1u << (vpn & 7));
    if (s2xlate == ONLY_STAGE2)
        r.s2 = (struct hptw_resp){.tag = vpn, .ppn = vpn + 0x9000, .vmid = 3,
                                  .perm = BENCH_ALL_PERMS | PERM_U};
    if (global)
        r.s1.perm |= PERM_G;
    return r;
}
