// SPDX-License-Identifier: MulanPSL-2.0
// Worlds: address spaces, what each trace record does to them.
#include "world/world.h"

#include "arch/bits.h"
#include "arch/pte.h"
#include "world/world_impl.h"

#include <stdio.h>
#include <stdlib.h>

// --- guests and spaces ---------------------------------------------------------------------------
static size_t space_slot(const struct world *w, const struct guest *g, uint32_t asid)
{
    size_t i = mix64((uint64_t)g->vmid << 20 | asid) & w->space_mask;

    while (w->spaces[i].used && (w->spaces[i].guest != g || w->spaces[i].asid != asid))
        i = (i + 1) & w->space_mask;
    return i;
}

static bool grow_spaces(struct world *w)
{
    struct space *old = w->spaces;
    size_t n = w->space_mask + 1;
    struct space *bigger = calloc(2 * n, sizeof *bigger);

    if (!bigger)
        return false;
    w->spaces = bigger;
    w->space_mask = 2 * n - 1;
    for (size_t i = 0; i < n; i++)
        if (old[i].used)
            bigger[space_slot(w, old[i].guest, old[i].asid)] = old[i];
    free(old);
    return true;
}

struct space *world_space(struct world *w, struct guest *g, uint32_t asid)
{
    size_t i = space_slot(w, g, asid);
    struct pt *pt;

    if (w->spaces[i].used)
        return &w->spaces[i];
    if (2 * w->space_count > w->space_mask && !grow_spaces(w))
        return NULL;
    pt = world_new_s1(w, g);
    if (!pt)
        return NULL;
    i = space_slot(w, g, asid);
    w->spaces[i] = (struct space){.guest = g, .asid = asid, .pt = pt, .used = true};
    w->space_count++;
    w->stats.spaces += asid != KERNEL_ASID;
    // The hypervisor backs the root as soon as the guest has written it.
    if (g->pt) {
        bool made;
        if (world_map_g(w, g, pt_root(pt) >> 12, &made) == NO_FRAME)
            return NULL;
    }
    return &w->spaces[i];
}

static size_t guest_index(const struct world *w, uint32_t vmid)
{
    size_t low = 0, high = w->guest_count;

    while (low < high) {
        size_t mid = (low + high) / 2;
        if (w->guests[mid]->vmid < vmid)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

struct guest *world_guest(struct world *w, uint32_t vmid)
{
    size_t at = guest_index(w, vmid);
    struct guest *g, **more;

    if (at < w->guest_count && w->guests[at]->vmid == vmid)
        return w->guests[at];
    more = realloc(w->guests, (w->guest_count + 1) * sizeof *more);
    if (!more)
        return NULL;
    w->guests = more;
    g = calloc(1, sizeof *g);
    if (!g)
        return NULL;
    g->world = w;
    g->vmid = vmid;
    g->frames = w->host.frames;
    if (w->cfg.g_mode != MODE_BARE) {
        frames_init(&g->own, w->cfg.guest_base, w->cfg.guest_size, w->cfg.seed + 1 + vmid);
        g->frames = &g->own;
        g->pt = world_new_g(w, g);
        if (!g->pt) {
            free(g);
            return NULL;
        }
    }
    for (size_t i = w->guest_count++; i > at; i--)
        w->guests[i] = w->guests[i - 1];
    w->guests[at] = g;
    w->stats.guests++;
    return g;
}

// --- life ----------------------------------------------------------------------------------------
bool world_setup(struct world *w)
{
    w->mem = phys_new();
    w->seen = calloc(SEEN_SIZE, sizeof *w->seen);
    w->space_mask = 63;
    w->spaces = calloc(w->space_mask + 1, sizeof *w->spaces);
    w->host.world = w;
    w->host.vmid = HOST;
    w->host.frames = &w->host.own;
    return w->mem && w->seen && w->spaces;
}

// csr gets the registers of (satp asid, vsatp asid, vmid); makes what is missing.
static bool enter(struct world *w)
{
    struct space *s;
    struct guest *g;

    w->csr.satp = (struct atp){.id = (uint16_t)w->asid};
    w->csr.vsatp = (struct atp){.id = (uint16_t)w->vs_asid};
    w->csr.hgatp = (struct atp){.id = (uint16_t)w->vmid};
    if (w->s_on) {
        if (!(s = world_space(w, &w->host, w->asid)))
            return false;
        w->csr.satp.mode = (uint8_t)w->cfg.s_mode;
        w->csr.satp.ppn = pt_root_field(s->pt);
    }
    if (!(g = world_guest(w, w->vmid)))
        return false;
    if (w->vs_on) {
        if (!(s = world_space(w, g, w->vs_asid)))
            return false;
        w->csr.vsatp.mode = (uint8_t)w->cfg.vs_mode;
        w->csr.vsatp.ppn = pt_root_field(s->pt);
    }
    if (w->g_on) {
        w->csr.hgatp.mode = (uint8_t)w->cfg.g_mode;
        w->csr.hgatp.ppn = pt_root_field(g->pt);
    }
    return true;
}

// What the firmware has done before the trace begins.
static void set_protection(struct world *w)
{
    if (w->domain)
        domain_mmpt(w->domain, &w->csr.mmpt);
    else if (w->cfg.secure.pattern != SECURE_NONE)
        w->csr.mbmc = (struct mbmc){.bma = w->cfg.secure.base >> 6, .bme = !w->cfg.secure.off};
}

static bool protect(struct world *w)
{
    const struct world_cfg *c = &w->cfg;
    struct frames *f = &w->host.own;
    bool secure = c->secure.pattern != SECURE_NONE;

    if (!domain_wanted(&c->domain)) {
        if (secure)
            frames_secure(f, &c->secure, w->mem);
        return true;
    }
    w->domain = domain_new(&c->domain, secure ? &c->secure : NULL, f->seed, w->mem, c->host_base + c->host_size);
    if (w->domain)
        frames_domain(f, &c->secure, &c->domain, w->domain, w->mem);
    return w->domain;
}

struct world *world_new(const struct world_cfg *cfg, char *msg, size_t msg_size)
{
    struct world *w;

    if (world_cfg_check(cfg, msg, msg_size))
        return NULL;
    w = calloc(1, sizeof *w);
    if (w)
        w->cfg = *cfg;
    if (w && world_setup(w)) {
        frames_init(&w->host.own, cfg->host_base, cfg->host_size, cfg->seed);
        w->s_on = cfg->s_mode != MODE_BARE;
        w->vs_on = cfg->vs_mode != MODE_BARE;
        w->g_on = cfg->g_mode != MODE_BARE;
        if (protect(w) && enter(w)) {
            set_protection(w);
            return w;
        }
    }
    snprintf(msg, msg_size, "world: out of memory");
    world_free(w);
    return NULL;
}

void world_free(struct world *w)
{
    if (!w)
        return;
    for (size_t i = 0; w->spaces && i <= w->space_mask; i++)
        pt_free(w->spaces[i].pt);
    for (size_t i = 0; i < w->guest_count; i++) {
        pt_free(w->guests[i]->pt);
        free(w->guests[i]);
    }
    free(w->guests);
    free(w->spaces);
    free(w->seen);
    domain_free(w->domain);
    phys_free(w->mem);
    free(w);
}

struct phys *world_phys(struct world *w) { return w->mem; }
void world_csr(const struct world *w, struct tlb_csr *csr) { *csr = w->csr; }

void world_stats(const struct world *w, struct world_stats *s)
{
    *s = w->stats;
    s->frames = w->host.own.handed_out;
    s->secure_pages = w->host.own.secure_pages;
}

// --- records -------------------------------------------------------------------------------------
void world_adjust(const struct world *w, struct trace_record *r)
{
    if (w->cfg.stages == STAGES_TRACE)
        return;
    if (r->kind == TRACE_ACCESS && !r->hyp && r->priv != GVT_M)
        r->virt = w->cfg.stages == STAGES_TWO;
    else if (r->kind == TRACE_PORT)
        r->s2xlate = w->cfg.stages == STAGES_TWO ? ALL_STAGE : NO_S2XLATE;
}

static void forget_seen(struct world *w)
{
    for (size_t i = 0; i < SEEN_SIZE; i++)
        w->seen[i].who = 0;
}

// An image takes registers as they are written.
static void image_atp(struct atp *a, uint64_t value, unsigned id_bits)
{
    a->mode = (uint8_t)bits(value, 63, 60);
    a->id = (uint16_t)bits(value, 43 + id_bits, 44);
    a->ppn = bits(value, 43, 0);
}

static bool apply_atp(struct world *w, uint16_t csr, uint64_t value)
{
    bool on = bits(value, 63, 60) != MODE_BARE;
    uint32_t id = (uint32_t)bits(value, csr == GVT_HGATP ? 57 : 59, 44);

    if (w->image) {
        image_atp(csr == GVT_SATP ? &w->csr.satp : csr == GVT_VSATP ? &w->csr.vsatp : &w->csr.hgatp,
                  value, csr == GVT_HGATP ? 14 : 16);
        return true;
    }
    if (csr == GVT_SATP) {
        w->s_on = on && w->cfg.s_mode != MODE_BARE;
        w->asid = id;
    } else if (csr == GVT_VSATP) {
        w->vs_on = on && w->cfg.vs_mode != MODE_BARE;
        w->vs_asid = id;
    } else {
        w->g_on = on && w->cfg.g_mode != MODE_BARE;
        w->vmid = id;
    }
    return enter(w);
}

static bool apply_switch(struct world *w, const struct trace_record *r)
{
    if (w->image) {
        w->csr.satp.id = w->csr.vsatp.id = r->id;
        w->csr.hgatp.id = r->vmid;
        return true;
    }
    w->asid = w->vs_asid = r->id;
    w->vmid = r->vmid & 0x3fff;
    return enter(w);
}

// Built worlds have one table, for every domain: what counts is whether it is in force, and for whom.
static void apply_mmpt(struct world *w, uint64_t value)
{
    struct mmpt *m = &w->csr.mmpt, own;
    mmpt_write(m, value);
    if (w->image && !w->domain)
        return; // as written
    if (w->domain && m->mode) {
        domain_mmpt(w->domain, &own);
        m->ppn = own.ppn;
        m->mode = own.mode;
    } else if (!w->domain) {
        *m = (struct mmpt){0};
    }
}

static bool apply_csr(struct world *w, const struct trace_record *r)
{
    switch (r->csr) {
    case GVT_SATP:
    case GVT_VSATP:
    case GVT_HGATP:
        return apply_atp(w, r->csr, r->value);
    case GVT_MBMC:
        mbmc_write(&w->csr.mbmc, r->value);
        return true;
    case GVT_MMPT:
        apply_mmpt(w, r->value);
        return true;
    case GVT_MXR:
        w->csr.mxr = r->value;
        return true;
    case GVT_SUM:
        w->sum = r->value;
        return true;
    case GVT_VSUM:
        w->vsum = r->value;
        return true;
    case GVT_MPBMTE:
        w->csr.m_pbmte = r->value;
        return true;
    case GVT_HPBMTE:
        w->csr.h_pbmte = r->value;
        return true;
    default:
        return true;
    }
}

static bool same_atp(const struct atp *a, const struct atp *b)
{
    return a->mode == b->mode && a->id == b->id && a->ppn == b->ppn;
}

enum world_result world_apply(struct world *w, const struct trace_record *r, struct tlb_csr *csr)
{
    struct tlb_csr before = w->csr;
    bool fine = true, same;

    if (r->kind == TRACE_MEM) {
        if (phys_read(w->mem, r->addr) == r->value)
            return WORLD_SAME;
        forget_seen(w);
        return phys_write(w->mem, r->addr, r->value) ? WORLD_NEW : WORLD_FULL;
    }
    if (r->kind == TRACE_SWITCH)
        fine = apply_switch(w, r);
    else if (r->kind == TRACE_CSR)
        fine = apply_csr(w, r);
    else
        return WORLD_SAME;
    same = same_atp(&before.satp, &w->csr.satp) && same_atp(&before.vsatp, &w->csr.vsatp) &&
           same_atp(&before.hgatp, &w->csr.hgatp);
    *csr = w->csr;
    // Pulses of the core: only a new ASID or VMID makes one (spec C 0.4 rule 3).
    csr->satp.changed = before.satp.id != csr->satp.id;
    csr->vsatp.changed = before.vsatp.id != csr->vsatp.id;
    csr->hgatp.changed = before.hgatp.id != csr->hgatp.id;
    csr->mmpt.changed = before.mmpt.sdid != csr->mmpt.sdid; // spec E 1.2.1
    w->csr.mbmc.bclear = false; // a pulse
    if (!fine)
        return WORLD_FULL;
    return same && r->kind == TRACE_SWITCH ? WORLD_SAME : WORLD_NEW;
}

// --- touch ---------------------------------------------------------------------------------------
static bool canonical(uint64_t va, unsigned mode)
{
    unsigned top = mode == MODE_SV48 ? 47 : 38;
    uint64_t high = va >> top;

    return high == 0 || high == mask64(64 - top);
}

// Maps va for s2xlate kind `kind`.
static enum world_result touch_new(struct world *w, unsigned kind, uint64_t va, bool user)
{
    bool made = false, guest = kind != NO_S2XLATE;
    uint64_t page = va >> 12;
    struct guest *g = guest ? world_guest(w, w->vmid) : &w->host;

    if (guest && !g)
        return WORLD_FULL;
    if (kind != ONLY_STAGE2) {
        if (!canonical(va, guest ? w->cfg.vs_mode : w->cfg.s_mode))
            return WORLD_FAULT;
        page = world_map_s1(w, g, guest ? w->vs_asid : w->asid, va, user, &made);
    }
    if (page != NO_FRAME && (kind == ALL_STAGE || kind == ONLY_STAGE2)) {
        if (gpn_out_of_range(page, w->cfg.g_mode))
            return WORLD_FAULT;
        page = world_map_g(w, g, page, &made);
    }
    return page == NO_FRAME ? WORLD_FULL : made ? WORLD_NEW : WORLD_SAME;
}

static enum world_result touch_page(struct world *w, unsigned kind, uint64_t va, bool user)
{
    uint64_t page = va >> 12, who;
    enum world_result got;
    struct seen *s;

    who = (uint64_t)kind << 40 | UINT64_C(1) << 36;
    if (kind == NO_S2XLATE)
        who |= w->asid;
    else
        who |= (uint64_t)w->vmid << 17 | (kind == ONLY_STAGE2 ? 0 : w->vs_asid);
    s = &w->seen[(page ^ page >> 16 ^ who * 0x9e37 ^ who >> 17) & (SEEN_SIZE - 1)];
    if (s->page == page && s->who == who)
        return WORLD_SAME;
    got = touch_new(w, kind, va, user);
    if (got == WORLD_SAME || got == WORLD_NEW)
        *s = (struct seen){.page = page, .who = who};
    return got;
}

// s2xlate of a guest access; NO_S2XLATE: it is not translated at all.
static unsigned guest_kind(const struct world *w)
{
    return (w->vs_on ? ONLY_STAGE1 : 0) | (w->g_on ? ONLY_STAGE2 : 0);
}

enum world_result world_touch(struct world *w, const struct trace_record *r)
{
    bool guest = r->virt || r->hyp, user = r->priv == GVT_U;
    unsigned kind = guest ? guest_kind(w) : NO_S2XLATE;
    enum world_result first, second;
    uint64_t last;

    if (w->image || (r->kind != TRACE_ACCESS && r->kind != TRACE_PORT))
        return WORLD_SAME;
    if (r->kind == TRACE_PORT) {
        // A page number of 38 bits, sign-extended by the requester.
        uint64_t va = r->addr << 12;
        // A guest's first stage alone cannot be walked while its tables lie behind the second.
        bool on = r->s2xlate == NO_S2XLATE    ? w->s_on
                  : r->s2xlate == ONLY_STAGE2 ? w->g_on
                                              : r->s2xlate == guest_kind(w);
        if (r->s2xlate != ONLY_STAGE2 && bit(va, 49))
            va |= ~mask64(50);
        return on ? touch_page(w, r->s2xlate, va, true) : WORLD_FAULT;
    }
    if (r->priv == GVT_M || (guest ? kind == NO_S2XLATE : !w->s_on))
        return WORLD_SAME;
    // A kernel that works on user pages does so with SUM set.
    user |= !(r->addr >> 63) && (guest ? w->vsum : w->sum);
    first = touch_page(w, kind, r->addr, user);
    last = r->addr + r->size - 1;
    if (r->addr >> 12 == last >> 12 || first == WORLD_FULL)
        return first;
    second = touch_page(w, kind, last, user);
    return second > first ? second : first;
}

void world_restart(struct world *w)
{
    if (w->image)
        return;
    w->asid = w->vs_asid = w->vmid = 0;
    w->s_on = w->cfg.s_mode != MODE_BARE;
    w->vs_on = w->cfg.vs_mode != MODE_BARE;
    w->g_on = w->cfg.g_mode != MODE_BARE;
    w->sum = w->vsum = false;
    w->csr = (struct tlb_csr){ 0 };
    set_protection(w);
    enter(w); // (0, 0) exists since world_new()
}
