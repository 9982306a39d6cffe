// SPDX-License-Identifier: MulanPSL-2.0
// Biased draws for what the other draws hardly reach (reach.def names the points). They come after
// them and from random numbers of their own, so that the rest of a stimulus does not move.
#include "tests/random/stimgen_impl.h"

enum { CSR_PMPCFG = 0x3a0, DEBUG_PAGE = 0x38020 };

// Some G pages, or all, may only be executed: MXR decides (B 1.3 r6, B 2.4 r8, E 0.2 r3). Few of them,
// so that the PTW's tables stay readable and the LLPTW meets one.
static void x_only_g(struct gen *g)
{
    static const unsigned shares[] = {3, 8, 25, 100};
    unsigned share = shares[gen_below(g, 4)];
    for (unsigned i = 0; i < g->spots; i++) {
        const struct gen_spot *s = &g->spot[i];
        uint64_t pte = phys_read(g->s->mem, s->addr);
        if (s->stage == STAGE_G && pte_is_leaf(pte) && gen_chance(g, share))
            g->failed |= !phys_write(g->s->mem, s->addr,
                                     (pte & ~(uint64_t)(PTE_R | PTE_W)) | PTE_X);
    }
    g->s->init.mxr = gen_chance(g, 50);
}

// One kind of entry that is otherwise rare, at one place in a few (B 0.3).
static void rare_entries(struct gen *g)
{
    unsigned kind = gen_below(g, 6);
    for (unsigned i = 0; i < g->spots; i++) {
        const struct gen_spot *s = &g->spot[i];
        uint64_t pte = phys_read(g->s->mem, s->addr);
        if (!gen_chance(g, 12) || !pte_v(pte))
            continue;
        bool leaf = pte_is_leaf(pte);
        if (kind == 0 && !leaf) // a pointer with U, A or D
            pte |= UINT64_C(1) << (unsigned[]){4, 6, 7}[gen_below(g, 3)];
        else if (kind == 1 && !leaf)
            pte |= PTE_N;
        else if (kind == 2 && leaf && s->level)
            pte |= PTE_N;
        else if (kind == 3 && leaf && s->level == 0) // malformed NAPOT, for the fault entries of SP
            pte = (pte | PTE_N) & ~(UINT64_C(15) << 10);
        else if (kind == 4 && leaf && s->stage == STAGE_G)
            pte &= ~(uint64_t)PTE_A;
        else if (kind == 5 && leaf)
            pte &= ~(uint64_t)(s->stage == STAGE_G ? PTE_U : PTE_R);
        g->failed |= !phys_write(g->s->mem, s->addr, pte);
    }
}

// A root behind what hgatp.mode reaches, now and then back (B 1.3 r4); the pages of the root may move
// between verdict and read (spec B 1.2 rule 12).
static void roots(struct gen *g, uint64_t end)
{
    uint64_t good = g->s->init.vsatp.ppn;
    for (uint64_t at = 60 + gen_below(g, 200); at < end; at += gen_range(g, 10, 400)) {
        struct stim_event *e = gen_event(g, STIM_VSATP, at);
        if (!e)
            return;
        e->u.atp = g->s->init.vsatp;
        e->u.atp.ppn = gen_chance(g, 50) ? good | UINT64_C(1) << gen_range(g, 29, 43) : good;
        e->u.atp.changed = false;
    }
}

// hgatp.ppn[1:0] != 0 and guest pages of the upper quarters of the root (E 0.2 r6).
static void odd_g_root(struct gen *g)
{
    unsigned low = gen_range(g, 1, 3), top = g->s->init.hgatp.mode == MODE_SV48 ? 36 : 27;
    g->s->init.hgatp.ppn |= low;
    for (size_t i = 0; i < g->s->events; i++) {
        struct stim_event *e = &g->s->event[i];
        if (e->kind == STIM_HGATP)
            e->u.atp.ppn |= low;
        else if (e->kind == STIM_REQ && e->u.req.s2xlate == ONLY_STAGE2 && gen_chance(g, 30))
            e->u.req.vpn |= (uint64_t)gen_range(g, 1, 3) << top;
    }
}

// HFENCE.GVMA in all forms, with VMIDs that were in use, bits 15:14 included (A 2.10, B 5 E6).
static void vmid_fences(struct gen *g, uint64_t end)
{
    uint16_t id = g->s->init.hgatp.id, other = (uint16_t)(id ^ gen_range(g, 1, 7));
    bool swapped = false;
    for (uint64_t at = 200 + gen_below(g, 300); at < end; at += gen_range(g, 40, 900)) {
        if (gen_chance(g, 50)) { // another guest; its predecessor's entries stay
            struct stim_event *h = gen_event(g, STIM_HGATP, at);
            if (!h)
                return;
            swapped = !swapped;
            h->u.atp = g->s->init.hgatp;
            h->u.atp.id = swapped ? other : id;
        }
        struct stim_event *e = gen_event(g, STIM_SFENCE, at + gen_range(g, 1, 60));
        if (!e)
            return;
        struct sfence f = {.valid = true, .flush_pipe = true, .hg = true};
        f.rs1 = gen_chance(g, 60);
        f.rs2 = gen_chance(g, 15);
        f.id = (uint16_t)((gen_chance(g, 50) ? id : other) |
                          (gen_chance(g, 25) ? gen_range(g, 1, 3) << 14 : 0));
        f.addr = (gen_chance(g, 70) ? g->vpn[ONLY_STAGE2] : gen_page(g, &g->tree[STAGE_G])) << 10;
        e->u.sfence = f;
    }
}

// Changes of debug mode, and table pages where the debug module is (E 0.2 r2).
static void debug_mode(struct gen *g, uint64_t end)
{
    g->s->init.debug = gen_chance(g, 40);
    bool on = g->s->init.debug;
    for (uint64_t at = 50 + gen_below(g, 200); at < end; at += gen_range(g, 20, 600)) {
        struct stim_event *e = gen_event(g, STIM_DEBUG, at);
        if (!e)
            return;
        e->u.flag.a = on = !on;
    }
    for (unsigned i = 0; i < g->spots; i++) {
        const struct gen_spot *s = &g->spot[i];
        uint64_t pte = phys_read(g->s->mem, s->addr);
        if (s->stage != STAGE_VS && s->level && pte_is_next(pte) && gen_chance(g, 10))
            g->failed |= !phys_write(g->s->mem, s->addr, (uint64_t)DEBUG_PAGE << 10 | PTE_V);
    }
}

// Pages of other keys (`bits` at the top of an address: D 5.4) and changes of CMODE and KEYIDEN.
static void keys(struct gen *g, uint64_t end, unsigned bits)
{
    for (unsigned i = 0; i < g->spots; i++) {
        const struct gen_spot *s = &g->spot[i];
        uint64_t pte = phys_read(g->s->mem, s->addr);
        if (s->stage != STAGE_VS && pte_is_next(pte) && gen_chance(g, 10))
            g->failed |= !phys_write(g->s->mem, s->addr,
                                     pte | UINT64_C(1) << gen_range(g, 10 + 36 - bits, 10 + 35));
    }
    for (uint64_t at = 100 + gen_below(g, 200); at < end; at += gen_range(g, 50, 800)) {
        struct stim_event *e = gen_event(g, STIM_MBMC, at);
        if (!e)
            return;
        e->u.w.data = g->bitmap_base | gen_below(g, 2) << 3 | 4 | gen_below(g, 2);
    }
}

// A locked PMP entry, later writes to it and before it (spec A 5.2); the last page of all (spec A 3.2 rule 11).
static void corners(struct gen *g, uint64_t end)
{
    uint64_t at = 60 + gen_below(g, 300);
    for (unsigned k = 0; k < 6 && at < end; k++, at += gen_range(g, 1, 400)) {
        struct stim_event *e = gen_event(g, STIM_PMP, at);
        if (!e)
            return;
        e->u.w.addr = k % 2 && gen_chance(g, 50) ? 0x3b0 + gen_range(g, 5, 6) : CSR_PMPCFG;
        e->u.w.data = UINT64_C(0x1f) << 56 | (uint64_t)(k == 0 ? 0x88 : gen_below(g, 256)) << 48;
    }
    for (size_t i = 0; i < g->s->events; i++)
        if (g->s->event[i].kind == STIM_REQ && gen_chance(g, 4))
            g->s->event[i].u.req.vpn = mask64(35) << 3 | gen_below(g, 8);
}

void gen_reach(struct gen *g)
{
    uint64_t end = g->now;
    if (g->o->keyid_bits) { // from a stream of its own: the draws below are those of any build
        g->state = mix64(g->o->seed ^ UINT64_C(0x6e751d));
        if (gen_chance(g, 60))
            keys(g, end, g->o->keyid_bits);
    }
    g->state = mix64(g->o->seed ^ UINT64_C(0x7eac4));
    if (gen_chance(g, 50)) // half of the stimuli stay as they are
        return;
    if (gen_chance(g, 50))
        x_only_g(g);
    if (gen_axis(g, AXIS_FAULTS, 40))
        rare_entries(g);
    if (gen_axis(g, AXIS_WIDTH, 15))
        roots(g, end);
    if (gen_chance(g, 15))
        odd_g_root(g);
    if (gen_axis(g, AXIS_CHANGES, 30))
        vmid_fences(g, end);
    if (g->o->debug && gen_chance(g, 40))
        debug_mode(g, end);
    if (g->o->bitmap && gen_chance(g, 15))
        keys(g, end, 5);
    if (gen_chance(g, 10))
        corners(g, end);
}
