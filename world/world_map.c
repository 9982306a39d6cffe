// SPDX-License-Identifier: MulanPSL-2.0
// First-touch mapping of both stages, on top of the page-table builder. Which size a region gets is
// a hash of (seed, address space, region), so it does not depend on the order of the accesses;
// which frame it gets does, as in a real system.
//
// A table of a guest's first stage lies in guest memory: the builder reaches it through the second
// stage, which maps the table's page on the way.
#include "arch/bits.h"
#include "arch/pte.h"
#include "mem/ptbuild.h"
#include "world/world_impl.h"

#include <stdlib.h>

enum { RIGHTS = PT_R | PT_W | PT_X | PT_A | PT_D };
enum { PAGE_4K = 12, PAGE_64K = 16, PAGE_2M = 21, PAGE_1G = 30 };
enum { SALT_GIGA = 1, SALT_HUGE, SALT_NAPOT, SALT_BLOCK, SALT_SPOT = 8 };

// --- tables --------------------------------------------------------------------------------------
static uint64_t alloc_s1(void *ctx, uint64_t size)
{
    struct guest *g = ctx;
    uint64_t ppn = frames_table(g->frames, (unsigned)(size >> 12));

    g->world->stats.tables[0]++;
    return ppn == NO_FRAME ? PT_NO_FRAME : ppn << 12;
}

static uint64_t alloc_g(void *ctx, uint64_t size)
{
    struct guest *g = ctx;
    uint64_t ppn = frames_table(g->world->host.frames, (unsigned)(size >> 12));

    g->world->stats.tables[1] += size >> 12;
    return ppn == NO_FRAME ? PT_NO_FRAME : ppn << 12;
}

// Guest physical to host physical, for the words of a guest's tables.
static uint64_t through_g(void *ctx, uint64_t addr)
{
    struct guest *g = ctx;
    bool made;
    uint64_t ppn = world_map_g(g->world, g, addr >> 12, &made);

    return ppn == NO_FRAME ? addr : ppn << 12 | (addr & 0xfff);
}

struct pt *world_new_s1(struct world *w, struct guest *g)
{
    bool host = g == &w->host;
    unsigned mode = host ? w->cfg.s_mode : w->cfg.vs_mode;
    struct pt_config c = {.format = mode == MODE_SV48 ? PT_SV48 : PT_SV39};
    struct pt_frames f = {.alloc = alloc_s1, .host = g->pt ? through_g : NULL, .ctx = g};
    char msg[128];

    return pt_new(&c, w->mem, &f, msg, sizeof msg);
}

struct pt *world_new_g(struct world *w, struct guest *g)
{
    struct pt_config c = {.format = w->cfg.g_mode == MODE_SV48 ? PT_SV48X4 : PT_SV39X4};
    struct pt_frames f = {.alloc = alloc_g, .ctx = g};
    char msg[128];

    return pt_new(&c, w->mem, &f, msg, sizeof msg);
}

// --- one page ------------------------------------------------------------------------------------
struct mapper {
    struct world *w;
    struct pt *pt;
    const struct world_policy *policy;
    struct frames *frames;
    uint64_t va;
    uint64_t salt;  // names the address space in hashes
    unsigned stage; // 0 first, 1 G: index of the statistics
    unsigned flags;
};

// A share p of all (address space, salt, region) is true.
static bool decide(const struct mapper *m, double p, unsigned salt, uint64_t region)
{
    uint64_t h = mix64(mix64(m->salt + salt * MIX64_K) ^ mix64(region + MIX64_K));

    return p > 0.0 && (double)(h >> 11) * 0x1p-53 < p;
}

// Number of the region of 1 << shift bytes, independent of the sign extension.
static uint64_t region_of(const struct mapper *m, unsigned shift)
{
    return bits(m->va, 49, shift);
}

// Maps the page of 1 << shift bytes that holds va at page `ppn`. Returns va's page.
static uint64_t map_at(const struct mapper *m, unsigned shift, uint64_t ppn)
{
    uint64_t low = mask64(shift);
    unsigned size = shift == PAGE_4K ? 0 : shift == PAGE_2M ? 1 : shift == PAGE_1G ? 2 : 3;

    if (ppn == NO_FRAME || pt_map(m->pt, m->va & ~low, ppn << 12, shift, m->flags) != PT_OK)
        return NO_FRAME;
    m->w->stats.pages[m->stage][size]++;
    return ppn + ((m->va & low) >> 12);
}

// A larger page, if it is wanted here and memory has an unfragmented piece for it. NO_FRAME: no;
// *spot tells that it is because of fragmentation.
static uint64_t map_large(const struct mapper *m, unsigned shift, double share, unsigned salt,
                          bool *spot)
{
    uint64_t region = region_of(m, shift);

    *spot = false;
    if (!decide(m, share, salt, region) || m->w->full)
        return NO_FRAME;
    *spot = decide(m, m->policy->fragmentation, SALT_SPOT + salt, region) ||
            frames_largest(m->frames) < 1u << (shift - PAGE_4K); // secure pages in between
    return *spot ? NO_FRAME : map_at(m, shift, frames_block(m->frames, 1u << (shift - PAGE_4K)));
}

// A small page: from the aligned block of its neighbourhood, or, in a fragmented spot, a single
// scattered frame.
static uint64_t map_small(const struct mapper *m)
{
    unsigned largest = frames_largest(m->frames);
    unsigned n = m->policy->contiguity < largest ? m->policy->contiguity : largest;
    uint64_t size = (uint64_t)n << PAGE_4K, first = m->va & ~(size - 1), block = NO_FRAME;

    if (n == 1)
        return map_at(m, PAGE_4K, frames_block(m->frames, 1));
    if (decide(m, m->policy->fragmentation, SALT_BLOCK, region_of(m, PAGE_4K) / n))
        return map_at(m, PAGE_4K, frames_scattered(m->frames));
    for (uint64_t at = 0; at < size && block == NO_FRAME; at += UINT64_C(1) << PAGE_4K) {
        struct pt_mapping found;
        if (pt_translate(m->pt, first + at, &found) == PT_OK && found.shift == PAGE_4K)
            block = (found.pa - at) >> PAGE_4K;
    }
    if (block == NO_FRAME)
        block = frames_block(m->frames, n);
    if (block == NO_FRAME)
        return NO_FRAME;
    return map_at(m, PAGE_4K, block + ((m->va - first) >> PAGE_4K));
}

static uint64_t map_page(const struct mapper *m, bool *made)
{
    struct world_stats *stats = &m->w->stats;
    uint64_t tables = stats->tables[m->stage], ppn;
    bool spot_1g, spot_2m = false, spot_64k, is_2m = false;
    struct pt_mapping found;

    if (pt_translate(m->pt, m->va, &found) == PT_OK)
        return (found.pa + (m->va - found.va)) >> PAGE_4K;
    ppn = map_large(m, PAGE_1G, m->policy->giga, SALT_GIGA, &spot_1g);
    if (ppn == NO_FRAME) {
        ppn = map_large(m, PAGE_2M, m->policy->huge, SALT_HUGE, &spot_2m);
        is_2m = ppn != NO_FRAME;
    }
    if (ppn == NO_FRAME)
        ppn = map_large(m, PAGE_64K, m->policy->napot, SALT_NAPOT, &spot_64k);
    if (ppn == NO_FRAME && !m->w->full)
        ppn = map_small(m);
    // A region that fell back is counted once: when its first table is made.
    tables = stats->tables[m->stage] - tables;
    stats->fallbacks[m->stage] += (spot_2m && tables >= 1) + (spot_1g && tables >= (is_2m ? 1 : 2));
    *made = true;
    m->w->full |= ppn == NO_FRAME;
    return ppn;
}

uint64_t world_map_g(struct world *w, struct guest *g, uint64_t gpn, bool *made)
{
    const struct mapper m = {
        .w = w,
        .pt = g->pt,
        .policy = &w->cfg.g,
        .frames = w->host.frames,
        .va = gpn << 12,
        .salt = mix64(w->cfg.seed * MIX64_K ^ (UINT64_C(1) << 40 | g->vmid)),
        .stage = 1,
        .flags = RIGHTS | PT_U,
    };

    return g->pt ? map_page(&m, made) : gpn;
}

static uint64_t map_s1(struct world *w, const struct space *s, uint64_t va, unsigned flags,
                       bool *made)
{
    const struct mapper m = {
        .w = w,
        .pt = s->pt,
        .policy = &w->cfg.s1,
        .frames = s->guest->frames,
        .va = va,
        .salt = mix64(w->cfg.seed * MIX64_K ^ ((uint64_t)s->guest->vmid << 20 | s->asid)),
        .stage = 0,
        .flags = RIGHTS | flags,
    };

    return map_page(&m, made);
}

// Host address of the root word that serves va.
static uint64_t root_word(struct world *w, const struct space *s, uint64_t va)
{
    unsigned mode = s->guest == &w->host ? w->cfg.s_mode : w->cfg.vs_mode;
    unsigned low = mode == MODE_SV48 ? 39 : 30;
    uint64_t addr = pt_root(s->pt) | bits(va, low + 8, low) << 3;

    return s->guest->pt ? through_g(s->guest, addr) : addr;
}

uint64_t world_map_s1(struct world *w, struct guest *g, uint32_t asid, uint64_t va, bool user,
                      bool *made)
{
    struct space *s = world_space(w, g, asid), *kernel, own;
    uint64_t ppn, from, to;

    if (!s)
        return NO_FRAME;
    if (!w->cfg.global || !(va >> 63))
        return map_s1(w, s, va, user ? PT_U : 0, made);
    // Every address space shows the kernel's half: its root word is a copy of the kernel's.
    own = *s; // the next call may move it
    kernel = world_space(w, g, KERNEL_ASID);
    if (!kernel)
        return NO_FRAME;
    ppn = map_s1(w, kernel, va, PT_G | (user ? PT_U : 0), made);
    from = root_word(w, kernel, va);
    to = root_word(w, &own, va);
    if (phys_read(w->mem, to) != phys_read(w->mem, from)) {
        *made = true;
        if (!phys_write(w->mem, to, phys_read(w->mem, from)))
            return NO_FRAME;
    }
    return ppn;
}
