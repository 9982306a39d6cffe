// SPDX-License-Identifier: MulanPSL-2.0
// Arm Architecture Reference Manual, chapter D8 (The AArch64 Virtual Memory System Architecture).
#include "arch/walk_a64.h"

#include "arch/bits.h"

enum { FST_SIZE = 0, FST_TRANSLATION = 4, FST_AF = 8, FST_PERMISSION = 12 };
enum { DESC_AF = 1 << 10 };
#define DESC_AP2 (UINT64_C(1) << 7)
#define DESC_DBM (UINT64_C(1) << 51)
#define DESC_CONTIGUOUS (UINT64_C(1) << 52)

// One stage, decoded from its registers.
struct regime {
    unsigned granule, input, output; // log2 of the page size; address bits
    int start;                       // first level
    uint64_t base;
    bool ds, ha, hd, hpd;
    unsigned stage;
};

struct walker {
    const struct a64_regs *g;
    const struct a64_request *q;
    const struct walk_mem *mem;
    struct walk_result *r;
    struct regime r1, r2;
    bool s2_on;
    int8_t column;
};

static bool fault(struct walker *w, unsigned stage, unsigned type, int level, unsigned reason)
{
    struct walk_result *r = w->r;
    r->fault = stage == 1 ? FAULT_PAGE : FAULT_GUEST;
    r->stage = (uint8_t)stage;
    r->level = (int8_t)level;
    r->reason = (uint8_t)reason;
    r->fst = (uint8_t)(level >= 0 ? type | (unsigned)level : type == FST_SIZE ? 0x29u : 0x2bu);
    return false;
}

// --- registers ----------------------------------------------------------------------------------

static unsigned granule0(uint64_t tg)
{
    static const uint8_t bits_of[4] = {12, 16, 14, 0};
    return bits_of[tg];
}

static unsigned granule1(uint64_t tg)
{
    static const uint8_t bits_of[4] = {0, 14, 12, 16};
    return bits_of[tg];
}

// Bits of a physical address for a value of PARange, IPS or PS.
static unsigned address_bits(unsigned range)
{
    static const uint8_t bits_of[8] = {32, 36, 40, 42, 44, 48, 52, 52};
    return bits_of[range & 7];
}

static unsigned output_bits(const struct a64_regs *g, unsigned ps, unsigned granule, bool ds)
{
    unsigned n = address_bits(ps > g->parange ? g->parange : ps);
    return n > 48 && granule != 16 && !ds ? 48 : n;
}

// HCR_EL2.DC: as though M were 0 and VM were 1.
static bool default_cacheable(const struct a64_regs *g) { return bit(g->hcr_el2, 12); }
static bool stage1_on(const struct a64_regs *g) { return (g->sctlr_el1 & 1) && !default_cacheable(g); }
static bool stage2_on(const struct a64_regs *g) { return (g->hcr_el2 & 1) || default_cacheable(g); }

// A bit that changes translations in ways this walk does not know, or NULL.
static const char *not_modelled(const struct a64_regs *g)
{
    static const struct {
        unsigned at;
        const char *text;
    } hcr[] = {
        {27, "HCR_EL2.TGE is not modelled"}, {32, "HCR_EL2.CD is not modelled"},
        {33, "HCR_EL2.ID is not modelled"},  {34, "HCR_EL2.E2H (VHE) is not modelled"},
        {42, "HCR_EL2.NV is not modelled"},  {43, "HCR_EL2.NV1 is not modelled"},
        {46, "HCR_EL2.FWB is not modelled"}, {57, "HCR_EL2.DCT is not modelled"},
    };
    for (unsigned i = 0; i < sizeof hcr / sizeof *hcr; i++)
        if (bit(g->hcr_el2, hcr[i].at))
            return hcr[i].text;
    if (stage1_on(g) && bits(g->tcr_el1, 61, 60))
        return "TCR_EL1.MTX0 and MTX1 are not modelled";
    if (stage2_on(g) && bits(g->vtcr_el2, 30, 29))
        return "VTCR_EL2.NSW and NSA (Secure state) are not modelled";
    if (stage2_on(g) && bits(g->vtcr_el2, 63, 34))
        return "VTCR_EL2 bits 63:34 (S2PIE, S2POE, D128, HAFT, ...) are not modelled";
    return bit(g->sctlr_el1, 25) ? "SCTLR_EL1.EE (big-endian tables) is not modelled" : NULL;
}

const char *a64_regs_check(const struct a64_regs *g)
{
    bool s1 = stage1_on(g), s2 = stage2_on(g);
    if (not_modelled(g))
        return not_modelled(g);
    if (g->parange > 6)
        return "PARange is reserved";
    if (s1 && !granule0(bits(g->tcr_el1, 15, 14)))
        return "TCR_EL1.TG0 selects a reserved granule";
    if (s1 && !granule1(bits(g->tcr_el1, 31, 30)))
        return "TCR_EL1.TG1 selects a reserved granule";
    if (s2 && !granule0(bits(g->vtcr_el2, 15, 14)))
        return "VTCR_EL2.TG0 selects a reserved granule";
    return NULL;
}

static bool size_legal(unsigned granule, unsigned tsz, bool ds)
{
    unsigned least = granule == 16 || ds ? 12 : 16, most = granule == 16 ? 47 : 48;
    return tsz >= least && tsz <= most;
}

// Table base: aligned to the table; PA[51:48] in bits 5:2 where addresses have 52 bits.
static uint64_t table_base(uint64_t ttbr, const struct regime *m)
{
    unsigned stride = m->granule - 3;
    unsigned root = m->input - m->granule - (unsigned)(3 - m->start) * stride + 3;
    uint64_t base = bits(ttbr, 47, 1) << 1;
    if (m->output > 48) {
        base |= bits(ttbr, 5, 2) << 48;
        root = root < 6 ? 6 : root;
    }
    return base & ~mask64(root);
}

// --- what both stages do with a descriptor ------------------------------------------------------

static uint64_t address_of(const struct regime *m, uint64_t d, unsigned low)
{
    uint64_t a = d & mask64(m->ds ? 50 : 48) & ~mask64(low);
    if (m->output > 48 && m->ds)
        a |= bits(d, 9, 8) << 50;
    else if (m->output > 48 && m->granule == 16)
        a |= bits(d, 15, 12) << 48;
    return a;
}

static unsigned level_shift(const struct regime *m, int level)
{
    return m->granule + (unsigned)(3 - level) * (m->granule - 3);
}

// Decodes one descriptor: WALK_TABLE or WALK_LEAF with *addr, or a fault reason.
static unsigned decode(const struct regime *m, uint64_t d, int level, uint64_t *addr)
{
    if (!(d & 1) || (level == 3 && !(d & 2)))
        return WALK_A64_INVALID;
    bool table = level < 3 && (d & 2);
    if (!table && !a64_block_level(m->granule, m->ds, level))
        return WALK_A64_NO_BLOCK;
    *addr = address_of(m, d, table ? m->granule : level_shift(m, level));
    if (*addr >> m->output)
        return WALK_A64_OUTPUT_SIZE;
    return table ? WALK_TABLE : WALK_LEAF;
}

static unsigned fst_of(unsigned reason)
{
    switch (reason) {
    case WALK_A64_OUTPUT_SIZE:
    case WALK_A64_TTBR_SIZE:
        return FST_SIZE;
    case WALK_A64_AF:
        return FST_AF;
    case WALK_NO_READ:
    case WALK_NO_WRITE:
    case WALK_NO_EXEC:
    case WALK_A64_DEVICE_TABLE:
    case WALK_A64_PAN:
        return FST_PERMISSION;
    default:
        return FST_TRANSLATION;
    }
}

static void found(struct walk_leaf *leaf, const struct regime *m, uint64_t d, int level,
                  unsigned attr)
{
    bool many = d & DESC_CONTIGUOUS;
    *leaf = (struct walk_leaf){
        .pte = d,
        .level = (int8_t)level,
        .shift = (uint8_t)(level_shift(m, level) + (many ? a64_contiguous_bits(m->granule, level) : 0)),
        .napot = many,
        .attr = (uint8_t)attr,
    };
}

static uint64_t index_addr(const struct regime *m, uint64_t table, uint64_t input, int level)
{
    unsigned shift = level_shift(m, level);
    unsigned width = level == m->start ? m->input - shift : m->granule - 3;
    return table | ((input >> shift) & mask64(width)) << 3;
}

// Synchronous external aborts are outside of this model: memory that refuses is a translation fault
// without a level of its own.
static struct walk_ref *read_descriptor(struct walker *w, const struct regime *m, uint64_t addr,
                                        int level)
{
    struct walk_ref *ref = walk_read(w->r, w->mem, addr, 8);
    ref->stage = (uint8_t)m->stage;
    ref->level = (int8_t)level;
    ref->column = w->column;
    ref->reason = ref->verdict;
    return ref;
}

// --- stage 2 ------------------------------------------------------------------------------------

enum purpose { FOR_ACCESS, FOR_TABLE_READ, FOR_TABLE_WRITE };

static bool writable_clean(const struct regime *m, uint64_t d)
{
    return m->ha && m->hd && (d & DESC_DBM);
}

static unsigned permission2(const struct walker *w, uint64_t d, unsigned purpose)
{
    unsigned access = purpose == FOR_ACCESS ? w->q->access
                      : purpose == FOR_TABLE_WRITE ? A64_WRITE : A64_READ;
    bool read = bit(d, 6), write = bit(d, 7) || writable_clean(&w->r2, d);
    // XN[1:0]: 0 everywhere, 1 EL0 only, 2 nowhere, 3 EL1 only (FEAT_XNX).
    unsigned xn = (unsigned)bits(d, 54, 53);
    bool exec = w->q->el == 0 ? xn < 2 : xn == 0 || xn == 3;
    if (purpose != FOR_ACCESS && bit(w->g->hcr_el2, 2) && bits(d, 5, 4) == 0)
        return WALK_A64_DEVICE_TABLE;
    switch (access) {
    case A64_READ:
        return read ? WALK_LEAF : WALK_NO_READ;
    case A64_WRITE:
        return write ? WALK_LEAF : WALK_NO_WRITE;
    default:
        return exec ? WALK_LEAF : WALK_NO_EXEC;
    }
}

static bool fault2(struct walker *w, uint64_t ipa, unsigned reason, int level, unsigned purpose)
{
    w->r->ipa = ipa;
    w->r->s1ptw = purpose != FOR_ACCESS;
    return fault(w, 2, fst_of(reason), level, reason);
}

// AF and dirty state of a stage-2 leaf.
static unsigned leaf2(struct walker *w, struct walk_ref *ref, unsigned purpose)
{
    uint64_t d = ref->pte;
    if (!(d & DESC_AF) && !w->r2.ha)
        return WALK_A64_AF;
    unsigned reason = permission2(w, d, purpose);
    if (reason != WALK_LEAF)
        return reason;
    bool write = purpose == FOR_TABLE_WRITE ||
                 (purpose == FOR_ACCESS && w->q->access == A64_WRITE);
    d |= DESC_AF;
    if (write && writable_clean(&w->r2, d))
        d |= UINT64_C(1) << 7; // S2AP[1]
    if (d != ref->pte)
        walk_write(w->r, ref->address, d, 2, 8);
    ref->pte = d;
    return WALK_LEAF;
}

// Start levels need physical addresses wide enough to be of use (AArch64.S2InvalidSL): by PARange,
// not by VTCR_EL2.PS.
static bool start_level_allowed(const struct regime *m, unsigned pamax)
{
    switch (m->granule) {
    case 12:
        return m->start > 0 || pamax >= (m->start < 0 ? 52u : 44u);
    case 14:
        return m->start > 1 || pamax >= (m->start < 1 ? 52u : 42u);
    default:
        return m->start > 1 || (m->start == 1 && pamax >= 44);
    }
}

// Input size, start level and granule must fit each other, at most 16 tables concatenated.
static bool start_fits(const struct a64_regs *g, const struct regime *m)
{
    unsigned pamax = address_bits(g->parange);
    if (m->start > 3 || !start_level_allowed(m, pamax) || m->input > pamax || !size_legal(m->granule, (unsigned)bits(g->vtcr_el2, 5, 0), m->ds))
        return false;
    int least = (int)level_shift(m, m->start) + 1;
    int most = least - 1 + (int)m->granule - 3 + 4;
    return (int)m->input >= least && (int)m->input <= most;
}

static bool stage2(struct walker *w, uint64_t ipa, unsigned purpose, uint64_t *pa,
                   struct walk_leaf *leaf)
{
    const struct regime *m = &w->r2;
    if (!start_fits(w->g, m))
        return fault2(w, ipa, WALK_A64_START, 0, purpose);
    if (ipa >> m->input)
        return fault2(w, ipa, WALK_A64_IPA_RANGE, 0, purpose);
    uint64_t table = table_base(m->base, m);
    if (table >> m->output)
        return fault2(w, ipa, WALK_A64_TTBR_SIZE, 0, purpose);
    for (int level = m->start;; level++) {
        struct walk_ref *ref = read_descriptor(w, m, index_addr(m, table, ipa, level), level);
        ref->input = ref->ipa = ipa;
        ref->for_write = purpose == FOR_TABLE_WRITE;
        if (ref->verdict != WALK_LEAF)
            return fault2(w, ipa, ref->verdict, level, purpose);
        uint64_t addr = 0;
        unsigned reason = decode(m, ref->pte, level, &addr);
        if (reason == WALK_LEAF)
            reason = leaf2(w, ref, purpose);
        ref->reason = (uint8_t)reason;
        if (reason == WALK_LEAF) {
            found(leaf, m, ref->pte, level, (unsigned)bits(ref->pte, 5, 2));
            *pa = addr | (ipa & mask64(level_shift(m, level)));
            return true;
        }
        if (reason != WALK_TABLE)
            return fault2(w, ipa, reason, level, purpose);
        table = addr;
    }
}

// --- stage 1 ------------------------------------------------------------------------------------

// What the table descriptors on the way took away.
struct limits {
    bool no_el0, no_write, uxn, pxn;
};

static void limit(struct limits *l, uint64_t d)
{
    l->no_el0 |= bit(d, 61);
    l->no_write |= bit(d, 62);
    l->uxn |= bit(d, 60);
    l->pxn |= bit(d, 59);
}

static unsigned permission1(const struct walker *w, uint64_t d, const struct limits *l)
{
    // A writable-clean page counts as writable: its AP[2] is only the dirty state.
    bool write = (!(d & DESC_AP2) || writable_clean(&w->r1, d)) && !l->no_write;
    bool user = bit(d, 6) && !l->no_el0, user_write = user && write;
    bool wxn = bit(w->g->sctlr_el1, 19), el0 = w->q->el == 0;
    bool exec = el0 ? !bit(d, 54) && !l->uxn && !(wxn && user_write)
                    : !bit(d, 53) && !l->pxn && !user_write && !(wxn && write);
    // PAN: data that EL0 can reach, with EPAN (FEAT_PAN3) also what EL0 can execute.
    bool reach = user || (bit(w->g->sctlr_el1, 57) && !bit(d, 54) && !l->uxn);
    if (w->g->pan && !el0 && reach && w->q->access != A64_FETCH)
        return WALK_A64_PAN;
    switch (w->q->access) {
    case A64_READ:
        return !el0 || user ? WALK_LEAF : WALK_NO_READ;
    case A64_WRITE:
        return (el0 ? user_write : write) ? WALK_LEAF : WALK_NO_WRITE;
    default:
        return exec ? WALK_LEAF : WALK_NO_EXEC;
    }
}

// AF, permissions, updates of a stage-1 leaf. WALK_REASONS: stage 2 refused the write; the fault is
// filled in.
static unsigned leaf1(struct walker *w, struct walk_ref *ref, const struct limits *l)
{
    uint64_t d = ref->pte, pa;
    struct walk_leaf leaf;
    if (!(d & DESC_AF) && !w->r1.ha)
        return WALK_A64_AF;
    unsigned reason = permission1(w, d, l);
    if (reason != WALK_LEAF)
        return reason;
    d |= DESC_AF;
    if (w->q->access == A64_WRITE && writable_clean(&w->r1, d))
        d &= ~DESC_AP2;
    if (d == ref->pte)
        return WALK_LEAF;
    if (w->s2_on && !stage2(w, ref->ipa, FOR_TABLE_WRITE, &pa, &leaf))
        return WALK_REASONS;
    walk_write(w->r, ref->address, d, 1, 8);
    ref->pte = d;
    return WALK_LEAF;
}

static bool tbi_of(const struct a64_regs *g, const struct a64_request *q)
{
    unsigned high = bit(q->va, 55);
    return bit(g->tcr_el1, 37 + high) && !(q->access == A64_FETCH && bit(g->tcr_el1, 51 + high));
}

uint64_t a64_far(const struct a64_regs *g, const struct a64_request *q)
{
    if (q->access != A64_FETCH || !tbi_of(g, q))
        return q->va;
    return bit(q->va, 55) ? q->va | ~mask64(56) : q->va & mask64(56);
}

static bool stage1_off(struct walker *w, uint64_t *ipa)
{
    unsigned limit_bits = address_bits(w->g->parange);
    uint64_t va = tbi_of(w->g, w->q) ? w->q->va & mask64(56) : w->q->va;
    if (va >> limit_bits)
        return fault(w, 1, FST_SIZE, 0, WALK_A64_OUTPUT_SIZE);
    *ipa = va;
    return true;
}

// Region, size and base of stage 1 for this address.
static bool setup1(struct walker *w)
{
    const struct a64_regs *g = w->g;
    uint64_t tcr = g->tcr_el1, va = w->q->va;
    unsigned high = bit(va, 55);
    unsigned tsz = (unsigned)(high ? bits(tcr, 21, 16) : bits(tcr, 5, 0));
    struct regime *m = &w->r1;
    m->stage = 1;
    m->granule = high ? granule1(bits(tcr, 31, 30)) : granule0(bits(tcr, 15, 14));
    m->ds = bit(tcr, 59) && m->granule != 16;
    m->ha = bit(tcr, 39);
    m->hd = bit(tcr, 40);
    m->hpd = bit(tcr, 41 + high);
    m->output = output_bits(g, (unsigned)bits(tcr, 34, 32), m->granule, m->ds);
    if (!size_legal(m->granule, tsz, m->ds))
        return fault(w, 1, FST_TRANSLATION, 0, WALK_A64_START);
    m->input = 64 - tsz;
    unsigned top = tbi_of(g, w->q) ? 55 : 63;
    uint64_t above = bits(va, top, m->input < top ? m->input : top);
    if (above != (high ? mask64(m->input < top ? top - m->input + 1 : 1) : 0))
        return fault(w, 1, FST_TRANSLATION, 0, WALK_A64_VA_RANGE);
    if (bit(tcr, high ? 23 : 7))
        return fault(w, 1, FST_TRANSLATION, 0, WALK_A64_EPD);
    if (w->q->el == 0 && bit(tcr, 55 + high))
        return fault(w, 1, FST_TRANSLATION, 0, WALK_A64_E0PD);
    m->start = a64_start_level(m->granule, m->input);
    m->base = table_base(high ? g->ttbr1_el1 : g->ttbr0_el1, m);
    if (m->base >> m->output)
        return fault(w, 1, FST_SIZE, 0, WALK_A64_TTBR_SIZE);
    return true;
}

static bool stage1(struct walker *w, uint64_t *ipa)
{
    if (!stage1_on(w->g))
        return stage1_off(w, ipa);
    if (!setup1(w))
        return false;
    const struct regime *m = &w->r1;
    struct limits l = {0};
    uint64_t table = m->base;
    for (int level = m->start;; level++) {
        uint64_t at = index_addr(m, table, w->q->va, level), pa = at;
        struct walk_leaf leaf;
        w->column = (int8_t)level;
        if (w->s2_on && !stage2(w, at, FOR_TABLE_READ, &pa, &leaf))
            return false;
        struct walk_ref *ref = read_descriptor(w, m, pa, level);
        ref->input = w->q->va;
        ref->ipa = at;
        if (ref->verdict != WALK_LEAF)
            return fault(w, 1, FST_TRANSLATION, level, ref->verdict);
        uint64_t addr = 0;
        unsigned reason = decode(m, ref->pte, level, &addr);
        if (reason == WALK_LEAF)
            reason = leaf1(w, ref, &l);
        ref->reason = reason == WALK_REASONS ? w->r->reason : (uint8_t)reason;
        if (reason == WALK_REASONS)
            return false;
        if (reason == WALK_LEAF) {
            unsigned index = (unsigned)bits(ref->pte, 4, 2);
            found(&w->r->s1, m, ref->pte, level,
                  (unsigned)bits(w->g->mair_el1, 8 * index + 7, 8 * index));
            *ipa = addr | (w->q->va & mask64(level_shift(m, level)));
            return true;
        }
        if (reason != WALK_TABLE)
            return fault(w, 1, fst_of(reason), level, reason);
        if (!m->hpd)
            limit(&l, ref->pte);
        table = addr;
    }
}

static struct walker setup(const struct a64_regs *g, const struct a64_request *q,
                           const struct walk_mem *mem, struct walk_result *r)
{
    unsigned tg2 = (unsigned)bits(g->vtcr_el2, 15, 14);
    struct walker w = {.g = g, .q = q, .mem = mem, .r = r, .s2_on = stage2_on(g)};
    w.r2 = (struct regime){
        .granule = granule0(tg2),
        .input = 64 - (unsigned)bits(g->vtcr_el2, 5, 0),
        .ds = bit(g->vtcr_el2, 32) && tg2 != 1,
        .ha = bit(g->vtcr_el2, 21),
        .hd = bit(g->vtcr_el2, 22),
        .start = a64_s2_start_level(g->vtcr_el2),
        .base = g->vttbr_el2,
        .stage = 2,
    };
    w.r2.output = output_bits(g, (unsigned)bits(g->vtcr_el2, 18, 16), w.r2.granule, w.r2.ds);
    walk_clear(r, q->va);
    return w;
}

void a64_walk(const struct a64_regs *g, const struct a64_request *q, const struct walk_mem *mem,
              struct walk_result *r)
{
    struct walker w = setup(g, q, mem, r);
    uint64_t ipa;
    if (!stage1(&w, &ipa))
        return;
    r->ipa = ipa;
    // Without stage 1: Device-nGnRnE, with HCR_EL2.DC Normal Write-Back.
    r->attr = r->s1.level != WALK_OFF ? r->s1.attr : default_cacheable(g) ? 0xff : 0;
    r->pa = ipa;
    if (q->only_s1 || !w.s2_on)
        return;
    w.column = WALK_DATA;
    if (!stage2(&w, ipa, FOR_ACCESS, &r->pa, &r->s2))
        return;
    r->attr = (uint8_t)a64_attributes(r->attr, r->s2.attr);
}

bool a64_stage(const struct a64_regs *g, unsigned stage, uint64_t va, struct a64_stage *out)
{
    struct a64_request q = {.va = va, .el = 1};
    struct walk_result r;
    struct walker w = setup(g, &q, NULL, &r);
    bool on = stage == 1 ? stage1_on(g) && setup1(&w) : w.s2_on && start_fits(g, &w.r2);
    const struct regime *m = stage == 1 ? &w.r1 : &w.r2;
    if (on)
        *out = (struct a64_stage){m->granule, m->input, m->output, m->start, m->ds,
                                  table_base(m->base, m)};
    return on;
}

// R, W and X of a leaf for EL1 and EL0, without PAN, which is a state of the access.
static unsigned rights_of(const struct a64_regs *g, const struct regime *m, uint64_t d, unsigned limits)
{
    struct limits l = {limits & 1, limits & 2, limits & 4, limits & 8};
    struct a64_regs calm = *g;
    unsigned rights = 0;
    calm.pan = false;
    for (unsigned i = 0; i < 6; i++) {
        struct a64_request q = {.access = (uint8_t)(i % 3), .el = i < 3};
        struct walker w = {.g = &calm, .q = &q, .r1 = *m, .r2 = *m};
        unsigned reason = m->stage == 1 ? permission1(&w, d, &l) : permission2(&w, d, FOR_ACCESS);
        rights |= (unsigned)(reason == WALK_LEAF) << i;
    }
    return rights;
}

void a64_entry(const struct a64_regs *g, unsigned stage, uint64_t input, int level, unsigned limits,
               uint64_t d, struct walk_entry *e)
{
    struct a64_request q = {.va = input, .el = 1};
    struct walk_result r;
    struct walker w = setup(g, &q, NULL, &r);
    const struct regime *m = stage == 1 ? &w.r1 : &w.r2;
    *e = (struct walk_entry){.reason = WALK_A64_INVALID, .limits = (uint8_t)limits};
    if (!(d & 1) || (stage == 1 && !setup1(&w)))
        return;
    e->reason = (uint8_t)decode(m, d, level, &e->address);
    if (e->reason == WALK_TABLE && stage == 1 && !m->hpd) {
        struct limits l = {0};
        limit(&l, d);
        e->limits |= (uint8_t)(l.no_el0 | l.no_write << 1 | l.uxn << 2 | l.pxn << 3);
    }
    if (e->reason != WALK_LEAF)
        return;
    unsigned index = (unsigned)bits(d, 4, 2);
    found(&e->leaf, m, d, level,
          (unsigned)(stage == 1 ? bits(g->mair_el1, 8 * index + 7, 8 * index) : bits(d, 5, 2)));
    e->address |= input & mask64(level_shift(m, level));
    e->rights = (uint8_t)rights_of(g, m, d, limits);
    e->accessed = d & DESC_AF;
    e->dirty = stage == 1 ? !(d & DESC_AP2) : bit(d, 7);
    e->global = stage == 1 && !bit(d, 11);
}

bool a64_guest_table(const struct a64_regs *g, const struct walk_mem *mem, uint64_t ipa, uint64_t *pa,
                     struct walk_result *r)
{
    struct a64_request q = {.va = ipa, .el = 1};
    struct walker w = setup(g, &q, mem, r);
    *pa = ipa;
    return !w.s2_on || stage2(&w, ipa, FOR_TABLE_READ, pa, &r->s2);
}
