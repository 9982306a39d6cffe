// SPDX-License-Identifier: MulanPSL-2.0
// Page tables: small radix trees with few indices in use per level, so that requests meet the same
// tables again, with whole lines of eight entries filled around them.
//
// Guest table pages lie twice in host memory: where the guest page number says (walks without a
// G stage), and `shift` pages above (where the G stage maps them). Their leaves differ, so a walk
// that mixes up the two is seen.
#include "tests/random/stimgen_impl.h"

#define GUEST_TABLES UINT64_C(0x80000) // first guest page of the guest's tables
#define HOST_TABLES UINT64_C(0x90000)
#define BITMAP_PAGES UINT64_C(0x88000)
enum { GUEST_AREA = 256 };

static void put(struct gen *g, unsigned stage, unsigned level, uint64_t page, uint64_t index,
                uint64_t pte)
{
    uint64_t addr = (page << 12 | index << 3) & mask64(48), copy = pte;
    if (stage == STAGE_VS) {
        if (pte_is_leaf(pte))
            copy ^= UINT64_C(1) << (10 + 30);
        g->failed |= !phys_write(g->s->mem, addr, copy);
        addr = (addr + (g->shift << 12)) & mask64(48);
    }
    g->failed |= !phys_write(g->s->mem, addr, pte);
    if (g->spots < MAX_SPOTS)
        g->spot[g->spots++] =
            (struct gen_spot){.addr = addr, .stage = (uint8_t)stage, .level = (uint8_t)level};
}

static uint64_t get(const struct gen *g, unsigned stage, uint64_t page, uint64_t index)
{
    uint64_t add = stage == STAGE_VS ? g->shift : 0;
    return phys_read(g->s->mem, ((page + add) << 12 | index << 3) & mask64(48));
}

// A frame for a table; sometimes where no walker may read.
static uint64_t new_frame(struct gen *g, unsigned stage)
{
    static const uint64_t bad[] = {0x10000, 0x30011, 0x38021, 0x3a001, UINT64_C(1) << 31, 0x200};
    if (gen_axis(g, AXIS_FAULTS, 2))
        return bad[gen_below(g, sizeof bad / sizeof bad[0])];
    g->frames++;
    return (stage == STAGE_VS ? GUEST_TABLES : HOST_TABLES) + g->frames;
}

// --- entries ------------------------------------------------------------------------------------

static uint64_t target(struct gen *g, unsigned stage, unsigned level)
{
    uint64_t ppn;
    if (stage == STAGE_VS) {
        ppn = gen_page(g, &g->tree[STAGE_G]);
        if (gen_axis(g, AXIS_WIDTH, 12))
            ppn |= UINT64_C(1) << gen_range(g, 29, 43);
    } else {
        ppn = 0x100000 + gen_below(g, 1 << 20);
        if (gen_chance(g, 10))
            ppn = gen_random(g) & mask64(36);
        if (gen_axis(g, AXIS_WIDTH, 8))
            ppn |= UINT64_C(1) << gen_range(g, 36, 43);
    }
    return ppn & mask64(44) & ~mask64(9 * level);
}

static uint64_t rights(struct gen *g, unsigned stage)
{
    uint64_t p = PTE_V;
    p |= gen_chance(g, 90) ? PTE_R | (gen_chance(g, 60) ? PTE_W : 0) : PTE_X;
    p |= gen_chance(g, 50) ? PTE_X : 0;
    p |= gen_chance(g, stage == STAGE_G ? 98 : 60) ? PTE_U : 0;
    p |= gen_chance(g, 15) ? PTE_G : 0;
    p |= gen_chance(g, stage == STAGE_G ? 98 : 90) ? PTE_A : 0;
    p |= gen_chance(g, 60) ? PTE_D : 0;
    if (gen_chance(g, 6))
        p |= (uint64_t)gen_range(g, 1, 2) << 61;
    return p;
}

uint64_t gen_leaf(struct gen *g, unsigned stage, unsigned level)
{
    uint64_t ppn = target(g, stage, level), p = rights(g, stage);
    if (level == 0 && gen_chance(g, 6)) {
        p |= PTE_N;
        ppn = (ppn & ~UINT64_C(15)) | 8;
    }
    return p | ppn << 10;
}

uint64_t gen_spoil(struct gen *g, uint64_t pte, unsigned stage, unsigned level)
{
    switch (gen_below(g, 17)) {
    case 0: return pte & ~UINT64_C(1);
    case 1: return 0;
    case 2: return pte | UINT64_C(1) << gen_range(g, 54, 60); // reserved
    case 3: return pte | UINT64_C(3) << 61;
    case 4: return pte | UINT64_C(1) << gen_range(g, 61, 62);
    case 5: return (pte & ~(uint64_t)PTE_R) | PTE_W; // W without R
    case 6: return pte | PTE_N;                      // whatever ppn[3:0] and the level are
    case 7: return (pte | PTE_N) ^ UINT64_C(1) << gen_range(g, 10, 13);
    case 8: return pte | UINT64_C(1) << gen_range(g, 10, 10 + 9 * level); // misaligned
    case 9: // a pointer, with A, D, U or without
        pte &= g->global_pointers ? ~UINT64_C(0) : ~(uint64_t)PTE_G;
        return pte & ~(uint64_t)(PTE_R | PTE_W | PTE_X);
    case 10: return pte & ~(uint64_t)(PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D);
    case 11: return pte & ~(uint64_t)(stage == STAGE_G ? PTE_U : PTE_A);
    case 12: return pte & ~(uint64_t)PTE_A;
    case 13: return (pte & ~(uint64_t)(PTE_R | PTE_W)) | PTE_X; // execute only
    case 14: return pte | UINT64_C(1) << gen_range(g, 46, 53);  // wide
    case 15: return (pte & ~(uint64_t)PTE_V) | PTE_G; // V=0 with software bits
    default: return gen_random(g);                              // garbage, V as it falls
    }
}

static uint64_t maybe_spoil(struct gen *g, uint64_t pte, unsigned stage, unsigned level,
                            unsigned percent)
{
    return gen_axis(g, AXIS_FAULTS, percent) || gen_chance(g, 1)
               ? gen_spoil(g, pte, stage, level)
               : pte;
}

// --- tables -------------------------------------------------------------------------------------

// Eight entries of a level-0 table: neighbours that merge, a NAPOT block, or each its own.
static void fill_line(struct gen *g, const struct gen_tree *t, uint64_t page, unsigned line)
{
    unsigned style = gen_below(g, 10);
    uint64_t first = gen_leaf(g, t->stage, 0);
    if (style < 5)
        first = (first & ~PTE_N) & ~(UINT64_C(7) << 10);
    else if (style < 7)
        first = (first | PTE_N | UINT64_C(8) << 10) & ~(UINT64_C(7) << 10);
    for (unsigned i = 0; i < 8; i++) {
        uint64_t pte = first;
        if (style < 5)
            pte = gen_chance(g, 94) ? first + ((uint64_t)i << 10) : gen_leaf(g, t->stage, 0);
        else if (style >= 7)
            pte = gen_leaf(g, t->stage, 0);
        if (style >= 5 && style < 7 && gen_chance(g, 8)) // a block that is not alike
            pte = gen_chance(g, 50) ? 0 : gen_leaf(g, t->stage, 0);
        pte = maybe_spoil(g, pte, t->stage, 0, 12);
        if (!get(g, t->stage, page, 8 * line + i))
            put(g, t->stage, 0, page, 8 * line + i, pte);
        if (style >= 5 && style < 7 && !get(g, t->stage, page, 8 * (line ^ 1) + i))
            put(g, t->stage, 0, page, 8 * (line ^ 1) + i, first);
    }
}

static uint64_t table(struct gen *g, struct gen_tree *t, unsigned level);

static void fill_entry(struct gen *g, struct gen_tree *t, uint64_t page, unsigned level,
                       unsigned index)
{
    uint64_t pte;
    if (gen_chance(g, level == 1 ? 22 : level == 2 ? 12 : 4)) {
        pte = maybe_spoil(g, gen_leaf(g, t->stage, level), t->stage, level, 15);
    } else {
        uint64_t child = t->tables[level - 1] && gen_chance(g, 15)
                             ? t->table[level - 1][gen_below(g, t->tables[level - 1])]
                             : table(g, t, level - 1);
        pte = child << 10 | PTE_V | (g->global_pointers && gen_chance(g, 15) ? PTE_G : 0);
        if (gen_axis(g, AXIS_FAULTS, 3))
            pte = gen_spoil(g, pte, t->stage, level);
    }
    put(g, t->stage, level, page, index, pte);
    unsigned other = index ^ gen_range(g, 1, 7);
    if (gen_chance(g, 40) && !get(g, t->stage, page, other))
        put(g, t->stage, level, page, other,
            maybe_spoil(g, gen_leaf(g, t->stage, level), t->stage, level, 25));
}

static void fill(struct gen *g, struct gen_tree *t, uint64_t page, unsigned level)
{
    for (unsigned k = 0; k < t->hot[level]; k++) {
        if (level == 0)
            fill_line(g, t, page, t->index[0][k]);
        else if (!get(g, t->stage, page, t->index[level][k]))
            fill_entry(g, t, page, level, t->index[level][k]);
    }
}

static uint64_t table(struct gen *g, struct gen_tree *t, unsigned level)
{
    if (g->frames >= MAX_FRAMES)
        return t->root;
    uint64_t page = new_frame(g, t->stage);
    if (t->tables[level] < MAX_TABLES)
        t->table[level][t->tables[level]++] = page;
    fill(g, t, page, level);
    return page;
}

// The G stage of the guest's table pages: host page = guest page + shift.
static void map_guest_tables(struct gen *g, struct gen_tree *t)
{
    uint64_t page = t->root, rwx = PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D;
    unsigned last = gen_below(g, 5); // level of the leaves: mostly 0
    last = last > 2 ? 0 : last;
    for (unsigned level = t->top; level > last; level--) {
        uint64_t child = HOST_TABLES + ++g->frames;
        put(g, STAGE_G, level, page, GUEST_TABLES >> 9 * level & mask64(9), child << 10 | PTE_V);
        page = child;
    }
    unsigned n = last ? 1 : GUEST_AREA, first = GUEST_TABLES >> 9 * last & mask64(9);
    bool napot = !last && gen_chance(g, 20);
    for (unsigned i = 0; i < n; i++) {
        uint64_t host = GUEST_TABLES + g->shift + i;
        host = last ? host & ~mask64(9 * last) : napot ? (host & ~UINT64_C(15)) | 8 : host;
        uint64_t pte = rwx | host << 10 | (napot ? PTE_N : 0);
        if (gen_axis(g, AXIS_FAULTS, last ? 3 : 2))
            pte = gen_spoil(g, pte, STAGE_G, last);
        put(g, STAGE_G, last, page, first + i, pte);
    }
}

static void draw_indices(struct gen *g, struct gen_tree *t)
{
    static const unsigned most[4] = {3, 3, 2, 2};
    for (unsigned level = 0; level <= t->top; level++) {
        t->hot[level] = gen_range(g, 1, most[level]);
        for (unsigned k = 0; k < t->hot[level]; k++) {
            unsigned wide = t->stage == STAGE_G && level == t->top ? 2048 : 512;
            unsigned i = gen_chance(g, 60) ? gen_below(g, 16) : gen_below(g, wide);
            if (k && gen_chance(g, 50))
                i = (t->index[level][k - 1] + 1u) % wide; // a neighbour
            t->index[level][k] = (uint16_t)(level ? i : i & 63);
        }
    }
}

void gen_tree_root(struct gen *g, struct gen_tree *t, unsigned stage, unsigned mode)
{
    *t = (struct gen_tree){.stage = (uint8_t)stage, .mode = (uint8_t)mode};
    t->top = mode == MODE_SV48 ? 3 : 2;
    draw_indices(g, t);
    if (stage == STAGE_G) { // four pages, aligned
        g->frames = (g->frames + 4) & ~UINT64_C(3);
        t->root = HOST_TABLES + g->frames;
        g->frames += 3;
        map_guest_tables(g, t);
    } else {
        t->root = (stage == STAGE_VS ? GUEST_TABLES : HOST_TABLES) + ++g->frames;
    }
    t->table[t->top][t->tables[t->top]++] = t->root;
    fill(g, t, t->root, t->top);
}

void gen_world(struct gen *g)
{
    g->global_pointers = gen_chance(g, 20);
    g->shift = UINT64_C(0x40000) * gen_range(g, 1, 6);
    g->bitmap_base = BITMAP_PAGES << 12;
    gen_tree_root(g, &g->tree[STAGE_G], STAGE_G, gen_chance(g, 50) ? MODE_SV39 : MODE_SV48);
    gen_tree_root(g, &g->tree[STAGE_VS], STAGE_VS, gen_chance(g, 50) ? MODE_SV39 : MODE_SV48);
    gen_tree_root(g, &g->tree[STAGE_HOST], STAGE_HOST, gen_chance(g, 50) ? MODE_SV39 : MODE_SV48);
    gen_tree_root(g, &g->other, STAGE_HOST, g->tree[STAGE_HOST].mode);
    if (g->o->bitmap) // any host page may be secure; words are dense only where leaves point
        for (unsigned i = 0; i < 3000; i++) {
            uint64_t word = 0x100000 / 64 + gen_below(g, (1 << 20) / 64);
            g->failed |= !phys_write(g->s->mem, g->bitmap_base + 8 * word,
                                     gen_random(g) & gen_random(g) & gen_random(g));
        }
    if (g->tree[STAGE_G].root && gen_axis(g, AXIS_WIDTH, 2))
        g->tree[STAGE_G].root |= gen_range(g, 1, 3); // software error: root not aligned
    if (gen_axis(g, AXIS_WIDTH, 4))
        g->tree[STAGE_VS].root |= UINT64_C(1) << gen_range(g, 29, 43);
}

// Address of the entry at which the walk of this page ends in the tables as they were built.
uint64_t gen_last_entry(const struct gen *g, const struct gen_tree *t, uint64_t vpn,
                        unsigned *level)
{
    uint64_t page = t->root, add = t->stage == STAGE_VS ? g->shift : 0;
    for (*level = t->top;; --*level) {
        uint64_t index = t->stage == STAGE_G && *level == t->top ? vpn >> 9 * *level & mask64(11)
                                                                : vpn >> 9 * *level & mask64(9);
        uint64_t addr = (((page + add) << 12) + (index << 3)) & mask64(48);
        uint64_t pte = phys_read(g->s->mem, addr);
        if (!pte_is_next(pte) || *level == 0)
            return addr;
        page = pte_ppn(pte);
    }
}

// A page of this tree; mostly one whose tables exist.
uint64_t gen_page(struct gen *g, const struct gen_tree *t)
{
    uint64_t vpn = 0;
    unsigned wide = t->stage == STAGE_G ? 11 : 9, bits_of = 9 * t->top + wide;
    if (t->stage == STAGE_G && gen_chance(g, 12))
        return GUEST_TABLES + gen_below(g, GUEST_AREA);
    for (unsigned level = 0; level <= t->top; level++) {
        uint64_t i = t->index[level][gen_below(g, t->hot[level] ? t->hot[level] : 1)];
        if (level == 0)
            i = 8 * i + gen_below(g, 8);
        if (gen_chance(g, 2))
            i ^= gen_range(g, 1, 9);
        vpn |= i << 9 * level;
    }
    if (gen_chance(g, 1))
        vpn = gen_random(g);
    vpn &= mask64(bits_of);
    if (t->stage != STAGE_G && bit(vpn, bits_of - 1)) // canonical
        vpn |= mask64(38) & ~mask64(bits_of);
    return vpn;
}
