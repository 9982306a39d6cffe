// SPDX-License-Identifier: MulanPSL-2.0
// First-touch mapping of both stages. Which size a region gets is a hash of (seed, address space,
// region), so it does not depend on the order of the accesses; which frame it gets does, as in a
// real system.
//
// A table word of the first stage of a guest lies in guest memory: it is written through the
// second stage, which maps the table's page on the way.
#include "arch/bits.h"
#include "arch/pte.h"
#include "traces/world_impl.h"

enum { LEAF_FLAGS = PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D };
enum { NAPOT_PAGES = 16 };
enum { SIZE_4K, SIZE_2M, SIZE_1G, SIZE_64K };

// One table tree while a page is mapped in it.
struct tree {
    struct world *w;
    const struct world_policy *policy;
    struct frames *frames; // for its pages and tables
    struct guest *through; // second stage that its words lie behind; NULL: none
    uint64_t root, page;   // page numbers
    uint64_t salt;         // names the address space in hashes
    unsigned stage;        // 0 first, 1 G; index of the statistics
    unsigned top;          // root level
    uint64_t flags;        // of leaves
    bool *made;
};

static unsigned mode_top(unsigned mode)
{
    return mode == MODE_SV48 ? 3 : 2;
}

// A share p of all (salt, kind, region) is true.
static bool decide(const struct tree *t, double p, unsigned kind, uint64_t region)
{
    uint64_t h = mix64(mix64(t->salt + kind * MIX64_K) ^ mix64(region + MIX64_K));

    return p > 0.0 && (double)(h >> 11) * 0x1p-53 < p;
}

static unsigned index_at(const struct tree *t, unsigned level)
{
    // The root of the second stage has four times as many entries.
    unsigned width = t->stage == 1 && level == t->top ? 11 : 9;

    return (unsigned)(t->page >> 9 * level & mask64(width));
}

// Host address of word `index` of the table at page `ppn`. NO_FRAME: no memory.
static uint64_t word_address(const struct tree *t, uint64_t ppn, unsigned index)
{
    bool made = false;

    ppn += index >> 9; // roots of four pages
    if (t->through)
        ppn = world_map_g(t->w, t->through, ppn, &made);
    return ppn == NO_FRAME ? NO_FRAME : ppn << 12 | (uint64_t)(index & 511) << 3;
}

static bool write_word(const struct tree *t, uint64_t addr, uint64_t pte)
{
    *t->made = true;
    return phys_write(t->w->mem, addr, pte);
}

// Address of the word of `level`, tables above it made as needed. *leaf: a leaf stands above (or
// at) that level already, *pte holds it and *level its level.
static uint64_t descend(const struct tree *t, unsigned *level, uint64_t *pte)
{
    unsigned target = *level, l = t->top;
    uint64_t table = t->root;

    for (;; l--) {
        uint64_t addr = word_address(t, table, index_at(t, l));
        if (addr == NO_FRAME)
            return NO_FRAME;
        *pte = phys_read(t->w->mem, addr);
        if (l == target || pte_is_leaf(*pte)) {
            *level = l;
            return addr;
        }
        if (!pte_v(*pte)) {
            table = frames_table(t->frames, 1);
            if (table == NO_FRAME || !write_word(t, addr, table << 10 | PTE_V))
                return NO_FRAME;
            t->w->stats.tables[t->stage]++;
        } else {
            table = pte_ppn(*pte);
        }
    }
}

// What stands at the lowest valid level now; *level where. Never writes a table.
static uint64_t lookup(const struct tree *t, unsigned *level)
{
    uint64_t table = t->root;

    for (unsigned l = t->top;; l--) {
        uint64_t addr = word_address(t, table, index_at(t, l)), pte;
        *level = l;
        if (addr == NO_FRAME)
            return 0;
        pte = phys_read(t->w->mem, addr);
        if (!pte_is_next(pte) || l == 0)
            return pte;
        table = pte_ppn(pte);
    }
}

// Maps one leaf of `level`. Returns the page number of t->page.
static uint64_t map_leaf(const struct tree *t, unsigned level, uint64_t ppn)
{
    uint64_t pte, addr = descend(t, &level, &pte);

    if (ppn == NO_FRAME || addr == NO_FRAME || !write_word(t, addr, ppn << 10 | t->flags))
        return NO_FRAME;
    t->w->stats.pages[t->stage][level == 2 ? SIZE_1G : level == 1 ? SIZE_2M : SIZE_4K]++;
    return ppn + (t->page & mask64(9 * level));
}

// 16 equal PTEs with N = 1 and ppn[3:0] = 8 (Svnapot, 64 KiB).
static uint64_t map_napot(const struct tree *t)
{
    uint64_t ppn = frames_block(t->frames, NAPOT_PAGES), pte, addr;
    unsigned level = 0, first = index_at(t, 0) & ~(NAPOT_PAGES - 1u);

    addr = descend(t, &level, &pte);
    if (ppn == NO_FRAME || addr == NO_FRAME)
        return NO_FRAME;
    addr &= ~UINT64_C(0xfff);
    for (unsigned i = 0; i < NAPOT_PAGES; i++)
        if (!write_word(t, addr | (first + i) << 3, PTE_N | (ppn | 8) << 10 | t->flags))
            return NO_FRAME;
    t->w->stats.pages[t->stage][SIZE_64K]++;
    return ppn + (t->page & (NAPOT_PAGES - 1));
}

// A small page: from the aligned block of its neighbourhood, or, in a fragmented spot, a single
// scattered frame.
static uint64_t map_small(const struct tree *t)
{
    unsigned n = t->policy->contiguity, level = 0, at = index_at(t, 0), first = at & ~(n - 1);
    uint64_t block = NO_FRAME, pte, addr = descend(t, &level, &pte);

    if (addr == NO_FRAME)
        return NO_FRAME;
    if (n == 1 || decide(t, t->policy->fragmentation, 4, t->page / n))
        return map_leaf(t, 0, n == 1 ? frames_block(t->frames, 1) : frames_scattered(t->frames));
    addr &= ~UINT64_C(0xfff);
    for (unsigned i = first; i < first + n && block == NO_FRAME; i++) {
        pte = phys_read(t->w->mem, addr | i << 3);
        if (pte_v(pte) && !pte_n(pte))
            block = pte_ppn(pte) - (i - first);
    }
    if (block == NO_FRAME)
        block = frames_block(t->frames, n);
    return block == NO_FRAME ? NO_FRAME : map_leaf(t, 0, block + (at - first));
}

// Is a region of this size wanted, and does memory have a free piece for it?
static bool wants(const struct tree *t, double share, unsigned kind, unsigned bits_of_region,
                  bool first)
{
    uint64_t region = t->page >> bits_of_region;

    if (!decide(t, share, kind, region))
        return false;
    if (!decide(t, t->policy->fragmentation, kind + 8, region))
        return true;
    t->w->stats.fallbacks[t->stage] += first;
    return false;
}

static uint64_t map_page(const struct tree *t)
{
    unsigned level;
    uint64_t pte = lookup(t, &level), ppn;

    if (t->w->full)
        return NO_FRAME;
    if (pte_is_leaf(pte))
        return leaf_ppn(pte_ppn(pte), t->page, level, level == 0 && pte_n(pte));
    // `level` is the highest one where nothing stands yet; a table there rules out a larger leaf.
    if (level >= 2 && wants(t, t->policy->giga, 1, 18, true) &&
        (ppn = frames_block(t->frames, 1 << 18)) != NO_FRAME)
        return map_leaf(t, 2, ppn);
    if (level >= 1 && wants(t, t->policy->huge, 2, 9, true) &&
        (ppn = frames_block(t->frames, CHUNK_PAGES)) != NO_FRAME)
        return map_leaf(t, 1, ppn);
    if (wants(t, t->policy->napot, 3, 4, false))
        return map_napot(t);
    return map_small(t);
}

static uint64_t finish(struct world *w, uint64_t ppn)
{
    w->full |= ppn == NO_FRAME;
    return ppn;
}

uint64_t world_map_g(struct world *w, struct guest *g, uint64_t gpn, bool *made)
{
    struct tree t = {
        .w = w,
        .policy = &w->cfg.g,
        .frames = w->host.frames,
        .root = g->root,
        .page = gpn,
        .salt = mix64(w->cfg.seed * MIX64_K ^ (UINT64_C(1) << 40 | g->vmid)),
        .stage = 1,
        .top = mode_top(w->cfg.g_mode),
        .flags = LEAF_FLAGS | PTE_U,
        .made = made,
    };

    if (w->cfg.g_mode == MODE_BARE)
        return gpn;
    return finish(w, map_page(&t));
}

static struct tree s1_tree(struct world *w, struct space *s, uint64_t va, bool user, bool *made)
{
    bool host = s->guest == &w->host;
    unsigned mode = host ? w->cfg.s_mode : w->cfg.vs_mode;
    bool kernel = s->asid == KERNEL_ASID;

    return (struct tree){
        .w = w,
        .policy = &w->cfg.s1,
        .frames = s->guest->frames,
        .through = host ? NULL : s->guest,
        .root = s->root,
        .page = bits(va, mode == MODE_SV48 ? 47 : 38, 12),
        .salt = mix64(w->cfg.seed * MIX64_K ^ ((uint64_t)s->guest->vmid << 20 | s->asid)),
        .stage = 0,
        .top = mode_top(mode),
        .flags = LEAF_FLAGS | (user ? PTE_U : 0) | (kernel ? PTE_G : 0),
        .made = made,
    };
}

// Every address space shows the kernel's half: its root word is a copy of the kernel's.
static bool share_root_word(struct world *w, struct space *from, struct space *to, uint64_t va,
                            bool *made)
{
    struct tree a = s1_tree(w, from, va, false, made), b = s1_tree(w, to, va, false, made);
    unsigned i = index_at(&a, a.top);
    uint64_t src = word_address(&a, a.root, i), dst = word_address(&b, b.root, i), pte;

    if (src == NO_FRAME || dst == NO_FRAME)
        return false;
    pte = phys_read(w->mem, src);
    return phys_read(w->mem, dst) == pte || write_word(&b, dst, pte);
}

uint64_t world_map_s1(struct world *w, struct space *s, uint64_t va, bool user, bool *made)
{
    struct guest *g = s->guest;
    uint32_t asid = s->asid;
    struct tree t;
    uint64_t ppn;

    if (!w->cfg.global || !(va >> 63)) {
        t = s1_tree(w, s, va, user, made);
        return finish(w, map_page(&t));
    }
    struct space *kernel = world_space(w, g, KERNEL_ASID);
    s = world_space(w, g, asid); // the call above may have moved it
    if (!kernel || !s)
        return finish(w, NO_FRAME);
    t = s1_tree(w, kernel, va, user, made);
    ppn = map_page(&t);
    if (ppn != NO_FRAME && !share_root_word(w, kernel, s, va, made))
        ppn = NO_FRAME;
    return finish(w, ppn);
}
