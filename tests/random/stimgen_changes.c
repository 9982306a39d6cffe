// SPDX-License-Identifier: MulanPSL-2.0
// What software changes between and during requests: fences, ids, modes, rights, protection,
// tables.
#include "tests/random/stimgen_impl.h"

enum { CSR_PMPCFG = 0x3a0, CSR_PMPADDR = 0x3b0, CSR_PMACFG = 0x7c0, CSR_PMAADDR = 0x7c8 };

static uint64_t when(struct gen *g)
{
    return g->now + gen_below(g, gen_chance(g, 60) ? 4 : 30);
}

// The next fence must come after this change.
static void fence_after(struct gen *g, uint64_t cycle)
{
    if (g->fence_at <= cycle)
        g->fence_at = cycle + 1;
}

// --- fences -------------------------------------------------------------------------------------

static void put_fence(struct gen *g, struct sfence f)
{
    uint64_t at = when(g);
    if (at < g->fence_at)
        at = g->fence_at;
    struct stim_event *e = gen_event(g, STIM_SFENCE, at);
    f.valid = f.flush_pipe = true;
    if (e)
        e->u.sfence = f;
    g->fence_at = at + 1;
}

void gen_clean(struct gen *g)
{
    put_fence(g, (struct sfence){.rs1 = true, .rs2 = true, .id = (uint16_t)gen_random(g)});
    // The G stage first: no table of the guest is read through stale G entries after the VS fence.
    put_fence(g, (struct sfence){.rs1 = true, .rs2 = true, .hg = true});
    uint64_t junk = gen_random(g) >> 14;
    put_fence(g, (struct sfence){.rs1 = true, .rs2 = true, .hv = true, .addr = junk});
    // With V=1 an sfence.vma reaches the guest; hosts fence with V=0, so the VS fence above is
    // complete, and the first one is where V=0.
}

void gen_g_fence(struct gen *g)
{
    put_fence(g, (struct sfence){.rs1 = true, .rs2 = true, .hg = true});
}

static uint16_t some_id(struct gen *g, const struct atp *atp)
{
    switch (gen_below(g, 5)) {
    case 0: return (uint16_t)gen_range(g, 1, 20);
    case 1: return (uint16_t)(atp->id ^ 8u); // collides with it in the 3-bit hash
    case 2: return (uint16_t)(atp->id | gen_range(g, 1, 3) << 14);
    default: return atp->id;
    }
}

void gen_fence(struct gen *g)
{
    gen_fence_class(g, gen_below(g, 3));
}

void gen_fence_class(struct gen *g, unsigned kind)
{
    struct sfence f = {.hv = kind == 1, .hg = kind == 2};
    const struct atp *atp = kind == 2 ? &g->csr.hgatp : kind == 1 ? &g->csr.vsatp : &g->csr.satp;
    f.rs1 = gen_chance(g, 45);
    f.rs2 = gen_chance(g, 45);
    f.id = some_id(g, atp);
    uint64_t page = gen_chance(g, 60) ? g->vpn[kind == 2 ? 2 : kind == 1 ? 1 : 0]
                                      : gen_page(g, &g->tree[kind == 0   ? STAGE_HOST
                                                             : kind == 1 ? STAGE_VS
                                                                         : STAGE_G]);
    if (gen_chance(g, 10))
        page ^= UINT64_C(1) << gen_below(g, 38);
    uint64_t addr = (page << 12 | (gen_random(g) & mask64(12))) & mask64(50);
    f.addr = kind == 2 ? addr >> 2 : addr;
    put_fence(g, f);
}

// --- CSRs ---------------------------------------------------------------------------------------

static void put_atp(struct gen *g, enum stim_kind kind, struct atp atp)
{
    uint64_t at = g->now + gen_below(g, 3);
    struct stim_event *e = gen_event(g, kind, at);
    if (e)
        e->u.atp = atp; // `changed` is set by stimgen_settle()
    fence_after(g, at);
}

static void change_atp(struct gen *g)
{
    unsigned k = gen_below(g, 3);
    struct atp *atp = k == 0 ? &g->csr.satp : k == 1 ? &g->csr.vsatp : &g->csr.hgatp;
    bool same = gen_chance(g, 40);
    if (!same)
        atp->id = (uint16_t)gen_range(g, 1, gen_chance(g, 70) ? 3 : 20);
    if (k == 0 && gen_chance(g, 40))
        atp->ppn = gen_chance(g, 50) ? g->other.root : g->tree[STAGE_HOST].root;
    if (k == 1 && gen_chance(g, 15))
        atp->mode = atp->mode == MODE_SV39 ? MODE_SV48 : MODE_SV39;
    if (k == 2 && gen_chance(g, 30)) {
        static const uint8_t modes[] = {MODE_BARE, MODE_SV39, MODE_SV48};
        atp->mode = modes[gen_below(g, 3)];
    }
    atp->changed = false;
    put_atp(g, STIM_SATP + k, *atp);
    // Another root or mode under an id in use needs fences; software sometimes forgets.
    if (gen_chance(g, same ? 85 : 40))
        gen_clean(g);
}

static void change_rights(struct gen *g)
{
    bool pbmte = gen_chance(g, 50);
    struct stim_event *e =
        gen_event(g, pbmte ? STIM_PBMTE : STIM_PRIV, g->now + gen_below(g, 3));
    if (!e)
        return;
    if (pbmte) {
        g->csr.m_pbmte ^= gen_chance(g, 60);
        g->csr.h_pbmte ^= gen_chance(g, 60);
        e->u.flag.a = g->csr.m_pbmte;
        e->u.flag.b = g->csr.h_pbmte;
    } else {
        g->csr.mxr ^= gen_chance(g, 50);
        if (g->o->virt)
            g->csr.virt ^= gen_chance(g, 70);
        e->u.flag.a = g->csr.mxr;
        e->u.flag.b = g->csr.virt;
    }
    fence_after(g, e->cycle);
    if (gen_chance(g, 85))
        gen_clean(g);
}

// --- protection ---------------------------------------------------------------------------------

static void put_pmp(struct gen *g, unsigned csr, uint64_t data)
{
    uint64_t at = g->now > g->pmp_at ? g->now : g->pmp_at;
    struct stim_event *e = gen_event(g, STIM_PMP, at);
    if (e) {
        e->u.w.addr = csr;
        e->u.w.data = data;
    }
    g->pmp_at = at + 1 + gen_below(g, 2);
    fence_after(g, at);
}

// Register value of a region of 4 KiB << size around a table page.
static uint64_t region(struct gen *g, unsigned size)
{
    uint64_t page = 0x100000;
    if (g->spots && gen_chance(g, 90))
        page = g->spot[gen_below(g, g->spots)].addr >> 12;
    return ((page & ~mask64(size)) << 10) | mask64(9 + size);
}

// Entries 0 to 2 restrict a few places, entry 7 allows the rest, as firmware leaves it.
static void draw_pmp(struct gen *g, bool restrict_some)
{
    uint64_t cfg = UINT64_C(0x1f) << 56;
    for (unsigned i = 0; i < 3 && restrict_some; i++) {
        if (gen_chance(g, 40))
            continue;
        unsigned tor = gen_chance(g, 20) ? 1 : 3;
        uint64_t bits_of = (uint64_t)tor << 3 | (gen_chance(g, 25) ? 1 : 0) | gen_below(g, 2) << 2;
        cfg |= bits_of << 8 * i;
        put_pmp(g, CSR_PMPADDR + i, region(g, gen_chance(g, 70) ? 0 : gen_range(g, 1, 4)));
    }
    put_pmp(g, CSR_PMPADDR + 7, mask64(46));
    put_pmp(g, CSR_PMPCFG, cfg);
    if (!restrict_some || gen_chance(g, 60))
        return;
    // PMA entries 0 to 2 are free after reset; 3 to 7 of the same register keep their values.
    uint64_t pma = UINT64_C(0x0b0b0b0f0b) << 24;
    for (unsigned i = 0; i < 3; i++) {
        if (gen_chance(g, 50))
            continue;
        static const uint8_t kinds[] = {0x1f, 0x18, 0x5f, 0x58, 0x19}; // c and r, in all mixtures
        pma |= (uint64_t)kinds[gen_below(g, 5)] << 8 * i;
        put_pmp(g, CSR_PMAADDR + i, region(g, 0));
    }
    put_pmp(g, CSR_PMACFG, pma);
}

void gen_protection(struct gen *g)
{
    draw_pmp(g, gen_axis(g, AXIS_FAULTS, 60));
}

// --- tables, bitmap, WFI ------------------------------------------------------------------------

static void rewrite(struct gen *g)
{
    if (!g->spots)
        return;
    unsigned n = gen_range(g, 1, 3);
    for (unsigned i = 0; i < n; i++) {
        const struct gen_spot *s = &g->spot[gen_below(g, g->spots)];
        struct stim_event *e = gen_event(g, STIM_MEMW, when(g));
        if (!e)
            return;
        uint64_t pte = s->level && gen_chance(g, 60) ? phys_read(g->s->mem, s->addr)
                                                     : gen_leaf(g, s->stage, s->level);
        if (gen_axis(g, AXIS_FAULTS, 30))
            pte = gen_spoil(g, pte, s->stage, s->level);
        e->u.w.addr = s->addr;
        e->u.w.data = pte;
        fence_after(g, e->cycle);
    }
    if (gen_chance(g, 75))
        gen_clean(g);
    else if (gen_chance(g, 60))
        gen_fence(g);
}

void gen_rewrite_page(struct gen *g, unsigned kind, uint64_t vpn)
{
    static const uint8_t class_of[4] = {0, 1, 2, 1};
    const struct gen_tree *t = gen_tree_of(g, kind);
    unsigned level;
    uint64_t addr = gen_last_entry(g, t, vpn, &level);
    struct stim_event *e = gen_event(g, STIM_MEMW, g->now);
    if (!e)
        return;
    uint64_t pte = gen_leaf(g, t->stage, level);
    if (gen_axis(g, AXIS_FAULTS, 25))
        pte = gen_spoil(g, pte, t->stage, level);
    e->u.w.addr = addr;
    e->u.w.data = pte;
    fence_after(g, e->cycle);
    const struct atp *atp = t->stage == STAGE_HOST ? &g->csr.satp
                            : t->stage == STAGE_VS ? &g->csr.vsatp
                                                   : &g->csr.hgatp;
    uint16_t high = 0; // bits of rs2 above a VMID
    if (t->stage == STAGE_G && gen_chance(g, 50))
        high = (uint16_t)(gen_below(g, 4) << 14);
    if (gen_chance(g, 70)) // all addresses of this id
        put_fence(g, (struct sfence){.rs1 = true,
                                     .id = atp->id | high,
                                     .hv = t->stage == STAGE_VS,
                                     .hg = t->stage == STAGE_G});
    else if (gen_chance(g, 50))
        gen_fence_class(g, class_of[kind]);
    else
        gen_clean(g);
}

static uint64_t mbmc_value(const struct gen *g)
{
    return g->bitmap_base | (uint64_t)g->csr.mbmc.keyiden << 3 |
           (uint64_t)g->csr.mbmc.bme << 2 | g->csr.mbmc.cmode;
}

static void change_bitmap(struct gen *g)
{
    if (gen_chance(g, 40)) {
        struct stim_event *w = gen_event(g, STIM_MEMW, when(g));
        if (w) {
            w->u.w.addr = g->bitmap_base + 8 * (0x100000 / 64 + gen_below(g, (1 << 20) / 64));
            w->u.w.data = gen_random(g) & gen_random(g);
            fence_after(g, w->cycle);
        }
    }
    if (gen_chance(g, 25))
        g->csr.mbmc.bme = !g->csr.mbmc.bme;
    if (gen_chance(g, 10))
        g->csr.mbmc.cmode = !g->csr.mbmc.cmode;
    if (gen_chance(g, 10))
        g->csr.mbmc.keyiden = !g->csr.mbmc.keyiden;
    // Fence, BCLEAR, fence: what was checked before is gone everywhere.
    if (gen_chance(g, 80))
        gen_clean(g);
    uint64_t at = g->fence_at + 1 + gen_below(g, 4);
    struct stim_event *e = gen_event(g, STIM_MBMC, at);
    if (e)
        e->u.w.data = mbmc_value(g) | (gen_chance(g, 85) ? 2 : 0);
    g->fence_at = at + 1;
    if (gen_chance(g, 80))
        gen_clean(g);
}

static void change_wfi(struct gen *g)
{
    uint64_t at = when(g);
    struct stim_event *on = gen_event(g, STIM_WFI, at);
    if (on)
        on->u.flag.a = true;
    struct stim_event *off = gen_event(g, STIM_WFI, at + gen_range(g, 1, 120));
    if (off)
        off->u.flag.a = false;
}

void gen_change(struct gen *g)
{
    if (g->o->bitmap && gen_chance(g, 15)) {
        change_bitmap(g);
        return;
    }
    if (g->o->wfi && gen_chance(g, 12)) {
        change_wfi(g);
        return;
    }
    unsigned k = gen_below(g, 100);
    if (k < 40) {
        gen_fence(g);
    } else if (k < 50) {
        gen_clean(g);
    } else if (k < 68) {
        change_atp(g);
    } else if (k < 76) {
        change_rights(g);
    } else if (k < 84) {
        gen_protection(g);
        if (gen_chance(g, 85))
            gen_clean(g);
    } else {
        rewrite(g);
    }
}
