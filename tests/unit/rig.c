// SPDX-License-Identifier: MulanPSL-2.0
#include "tests/unit/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *why)
{
    fprintf(stderr, "rig: %s\n", why);
    abort();
}

static void settings(struct l2tlb_cfg *cfg, const char *set)
{
    char text[256], msg[256], *save = NULL;
    snprintf(text, sizeof text, "%s", set ? set : "");
    for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        char *value = strchr(w, '=');
        if (!value)
            die(w);
        *value++ = 0;
        if (cfg_set(cfg, w, value, msg, sizeof msg))
            die(msg);
    }
    if (cfg_finish(cfg, msg, sizeof msg))
        die(msg);
}

struct rig *rig_new(const char *preset, const char *set, uint64_t latency)
{
    struct rig *r = calloc(1, sizeof *r);
    struct tl_timing timing = {.lat = latency, .gap = 1};
    if (!r || !cfg_preset(&r->cfg, preset))
        die("no such preset");
    settings(&r->cfg, set);
    r->mem = phys_new();
    r->tl = tl_new(&timing, r->mem);
    r->t = l2tlb_new(&r->cfg);
    if (!r->mem || !r->tl || !r->t)
        die("out of memory");
    r->page = 0x80200;
    r->guest_page = 0x40000;
    r->in.a_ready = r->in.resp_ready[0] = r->in.resp_ready[1] = true;
    l2tlb_reset(r->t, &r->in.csr);
    rig_pmp(r, 0x3b0, mask64(46)); // NAPOT over everything, R W X
    rig_pmp(r, 0x3a0, 0x1f);
    return r;
}

void rig_free(struct rig *r)
{
    l2tlb_free(r->t);
    tl_free(r->tl);
    phys_free(r->mem);
    free(r);
}

static void raise_requests(struct rig *r)
{
    for (unsigned p = 0; p < 2; p++) {
        while (r->next[p] < r->reqs &&
               (r->req[r->next[p]].port != p || r->req[r->next[p]].asked != RIG_NEVER))
            r->next[p]++;
        struct l2tlb_req *q = &r->in.req[p];
        *q = (struct l2tlb_req){.valid = r->next[p] < r->reqs};
        if (!q->valid)
            continue;
        q->vpn = r->req[r->next[p]].vpn;
        q->s2xlate = r->req[r->next[p]].s2xlate;
        q->tag = r->next[p];
    }
}

static void clear_pulses(struct l2tlb_in *in)
{
    in->sfence.valid = in->csr_w.valid = false;
    in->csr.satp.changed = in->csr.vsatp.changed = in->csr.hgatp.changed = false;
    in->csr.virt_changed = in->csr.mbmc.bclear = false;
}

void rig_step(struct rig *r)
{
    struct tl_beat beat;
    raise_requests(r);
    tl_beat(r->tl, r->cycle, &beat);
    r->in.d.valid = beat.valid;
    if (beat.valid) {
        r->in.d.source = beat.source;
        memcpy(r->in.d.data, beat.data, sizeof beat.data);
    }
    l2tlb_settle(r->t, &r->in, &r->out);
    if (r->settled)
        r->settled(r);
    for (unsigned p = 0; p < 2; p++) {
        if (r->in.req[p].valid && r->out.req_ready[p])
            r->req[r->next[p]].asked = r->cycle;
        if (r->out.resp_valid[p] && r->in.resp_ready[p]) {
            struct rig_req *q = &r->req[r->out.resp[p].tag];
            q->answered = r->cycle;
            q->r = r->out.resp[p];
        }
    }
    if (r->out.a_valid && r->in.a_ready) {
        tl_accept(r->tl, r->cycle, r->out.a_source, r->out.a_address);
        if (r->reads == RIG_READS)
            die("too many reads");
        r->read[r->reads++] =
            (struct rig_read){.cycle = r->cycle, .addr = r->out.a_address, .source = r->out.a_source};
    }
    l2tlb_tick(r->t);
    r->cycle++;
    clear_pulses(&r->in);
}

void rig_run(struct rig *r, unsigned n)
{
    while (n--)
        rig_step(r);
}

unsigned rig_post(struct rig *r, unsigned port, uint64_t vpn, unsigned s2xlate)
{
    if (r->reqs == RIG_REQS)
        die("too many requests");
    r->req[r->reqs] = (struct rig_req){.vpn = vpn,
                                       .port = (uint8_t)port,
                                       .s2xlate = (uint8_t)s2xlate,
                                       .asked = RIG_NEVER,
                                       .answered = RIG_NEVER};
    return r->reqs++;
}

uint64_t rig_ask(struct rig *r, uint64_t vpn, unsigned s2xlate)
{
    unsigned k = rig_post(r, 1, vpn, s2xlate);
    for (unsigned i = 0; i < 3000 && r->req[k].answered == RIG_NEVER; i++)
        rig_step(r);
    for (unsigned i = 0; i < 3000 && (tl_outstanding(r->tl) || i < 40); i++)
        rig_step(r);
    return r->req[k].answered == RIG_NEVER ? RIG_NEVER : r->req[k].answered - r->req[k].asked;
}

const struct ptw_resp *rig_answer(const struct rig *r)
{
    return &r->req[r->reqs - 1].r;
}

unsigned rig_reads_since(const struct rig *r, unsigned from)
{
    return r->reads - from;
}

void rig_fence(struct rig *r, char kind, uint64_t vpn, int id)
{
    bool all = vpn == RIG_NEVER;
    r->in.sfence = (struct sfence){.valid = true,
                                   .rs1 = all,
                                   .rs2 = id < 0,
                                   .addr = all ? 0 : kind == 'g' ? vpn << 10 : vpn << 12,
                                   .id = (uint16_t)(id < 0 ? 0 : id),
                                   .hv = kind == 'v',
                                   .hg = kind == 'g'};
    rig_run(r, 10);
}

void rig_pmp(struct rig *r, unsigned csr, uint64_t data)
{
    r->in.csr_w = (struct csr_write){.valid = true, .addr = (uint16_t)csr, .data = data};
    rig_run(r, 4);
}

void rig_atp(struct rig *r, unsigned which, unsigned mode, unsigned id, uint64_t ppn)
{
    struct atp *a = which == 0   ? &r->in.csr.satp
                    : which == 1 ? &r->in.csr.vsatp
                                 : &r->in.csr.hgatp;
    *a = (struct atp){
        .mode = (uint8_t)mode, .id = (uint16_t)id, .ppn = ppn, .changed = a->id != id};
    rig_run(r, 10);
}

// --- page tables ---------------------------------------------------------------------------------

uint64_t rig_page(struct rig *r)
{
    return r->page++;
}

uint64_t rig_guest_page(struct rig *r)
{
    return r->guest_page++;
}

uint64_t rig_x4_root(struct rig *r)
{
    r->page = (r->page + 3) & ~UINT64_C(3);
    uint64_t root = r->page;
    r->page += 4;
    return root;
}

static uint64_t entry_addr(uint64_t table, uint64_t vpn, unsigned level, bool root,
                           enum rig_stage stage)
{
    uint64_t index = (vpn >> (9 * level)) & mask64(root && stage == RIG_G ? 11 : 9);
    return ((table + (stage == RIG_VS ? RIG_GUEST : 0)) << 12) + 8 * index;
}

static void map(struct rig *r, uint64_t root, unsigned levels, uint64_t vpn, unsigned level,
                uint64_t pte, enum rig_stage stage)
{
    uint64_t table = root;
    for (unsigned l = levels - 1; l > level; l--) {
        uint64_t at = entry_addr(table, vpn, l, l == levels - 1, stage);
        uint64_t here = phys_read(r->mem, at);
        if (!(here & PTE_V)) {
            here = (stage == RIG_VS ? rig_guest_page(r) : rig_page(r)) << 10 | PTE_V;
            phys_write(r->mem, at, here);
        }
        table = pte_ppn(here);
    }
    phys_write(r->mem, entry_addr(table, vpn, level, level == levels - 1, stage), pte);
}

void rig_map(struct rig *r, uint64_t root, unsigned levels, uint64_t vpn, unsigned level,
             uint64_t pte)
{
    map(r, root, levels, vpn, level, pte, RIG_HOST);
}

void rig_map_g(struct rig *r, uint64_t root, unsigned levels, uint64_t gpn, unsigned level,
               uint64_t pte)
{
    map(r, root, levels, gpn, level, pte, RIG_G);
}

void rig_map_vs(struct rig *r, uint64_t root, unsigned levels, uint64_t vpn, unsigned level,
                uint64_t pte)
{
    map(r, root, levels, vpn, level, pte, RIG_VS);
}

uint64_t rig_pte_addr(const struct rig *r, uint64_t root, unsigned levels, uint64_t vpn,
                      unsigned level, enum rig_stage stage)
{
    uint64_t table = root;
    for (unsigned l = levels - 1; l > level; l--) {
        uint64_t here =
            phys_read(r->mem, entry_addr(table, vpn, l, l == levels - 1, stage));
        if (!(here & PTE_V))
            return 0;
        table = pte_ppn(here);
    }
    return entry_addr(table, vpn, level, level == levels - 1, stage);
}

uint64_t rig_leaf(uint64_t ppn)
{
    return ppn << 10 | PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D;
}

uint64_t rig_user_leaf(uint64_t ppn)
{
    return rig_leaf(ppn) | PTE_U;
}
