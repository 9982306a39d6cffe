// SPDX-License-Identifier: MulanPSL-2.0
// AArch64 sets: random granules, sizes, tables, damage and operations.
//
// Not generated, because QEMU 7.2 does not do it as the architecture says: 4-KiB granule with
// 49..51 input bits (start level -1), a 16-KiB stage 2 from level 0, HCR_EL2.PTW without HCR_EL2.VM, and a
// stage-2 input size or start level that VTCR_EL2.PS could do without (QEMU takes PS for the
// implemented physical address size).
//
// Armv8.0 (Cortex-A53, A57, A72) has neither the 16-KiB granule (optional, not here), LPA2, LVA, TTST,
// HAFDBS, HPD, XNX nor TBID: their bits are not set.
#include "tests/qemu/qemu_set.h"

#include "arch/bits.h"

#include <stdlib.h>

enum { MAPPINGS = 12, RWX = PT_R | PT_W | PT_X, AD = PT_A | PT_D };

static const uint8_t size_bits[7] = {32, 36, 40, 42, 44, 48, 52};

static unsigned random_granule(struct qc_set *s)
{
    return qc_is_v80(s->machine) ? 12 + 4 * (unsigned)qc_below(s, 2)
                                 : 12 + 2 * (unsigned)qc_below(s, 3);
}

static bool random_ds(struct qc_set *s)
{
    return !qc_is_v80(s->machine) && qc_chance(s, 3);
}

// Input size that the granule allows, not below `least` (without TTST: 25 bits).
static unsigned random_input(struct qc_set *s, unsigned granule, bool ds, unsigned least,
                             unsigned most)
{
    unsigned wide = (ds || granule == 16) && !qc_is_v80(s->machine) ? 52 : 48;
    least = qc_is_v80(s->machine) && least < 25 ? 25 : least;
    most = most < wide ? most : wide;
    unsigned n = least + (unsigned)qc_below(s, most - least + 1);
    if (qc_chance(s, 3))
        n = qc_chance(s, 2) ? most : 39;
    return granule == 12 && n > 48 ? 52 : n;
}

// Output size of a stage whose IPS or PS is `field`.
static unsigned output_of(const struct qc_set *s, unsigned field, unsigned granule, bool ds)
{
    unsigned n = size_bits[field < s->a64.parange ? field : s->a64.parange];
    return n > 48 && granule != 16 && !ds ? 48 : n;
}

// --- stage 2 ------------------------------------------------------------------------------------

static bool select_start(uint64_t *vtcr, int start)
{
    for (uint64_t k = 0; k < 8; k++) {
        uint64_t v = *vtcr | (k & 3) << 6 | (k >> 2) << 33;
        if (a64_s2_start_level(v) == start) {
            *vtcr = v;
            return true;
        }
    }
    return false;
}

static bool try_stage2(struct qc_set *s)
{
    static const unsigned tg[3] = {0, 2, 1};
    unsigned granule = random_granule(s), ps;
    bool ds = granule != 16 && random_ds(s);
    // Now and then more than PARange allows, where QEMU knows it: with PS not below PARange.
    bool beyond = qc_is_v80(s->machine) && qc_chance(s, 8);
    unsigned pamax = size_bits[s->a64.parange];
    unsigned most = beyond && qc_chance(s, 2) ? 48 : pamax;
    unsigned input = random_input(s, granule, ds, beyond ? pamax : 30, most);
    do {
        ps = (unsigned)qc_below(s, 7);
    } while (beyond ? ps < s->a64.parange : output_of(s, ps, granule, ds) < input);
    struct pt_config c = {.format = PT_A64_S2, .granule = granule, .input_bits = input,
                          .lpa2 = ds, .concatenate = qc_chance(s, 2)};
    struct pt_frames f = {.alloc = qc_frame, .ctx = s};
    char msg[128];
    qc_frame(s, UINT64_C(64) << qc_below(s, 8)); // roots at any place that their size allows
    s->t2 = pt_new(&c, s->mem.words, &f, msg, sizeof msg);
    if (!s->t2)
        return false;
    uint64_t vtcr = UINT64_C(1) << 31 | (64 - input) | (uint64_t)tg[(granule - 12) / 2] << 14 |
                    (uint64_t)ps << 16 | (uint64_t)ds << 32 | qc_below(s, 64) << 8;
    if (!qc_is_v80(s->machine)) {
        vtcr |= (uint64_t)qc_chance(s, 2) << 21;
        vtcr |= (uint64_t)qc_chance(s, 2) << 22;
    }
    int start = pt_start_level(s->t2);
    unsigned output = output_of(s, ps, granule, ds);
    bool bad = granule == 12   ? start == 0 && output <= 42
               : granule == 14 ? start == 0 || (start == 1 && output <= 40)
                               : start == 1 && output <= 42;
    if ((bad && !beyond) || !select_start(&vtcr, start)) {
        pt_free(s->t2);
        s->t2 = NULL;
        return false;
    }
    s->a64.vtcr_el2 = vtcr;
    s->a64.vttbr_el2 = pt_root_field(s->t2);
    s->a64.hcr_el2 |= 1 | (uint64_t)qc_chance(s, 3) << 2;
    s->ipa_bits = input;
    return true;
}

// --- stage 1 ------------------------------------------------------------------------------------

static uint64_t guest_frame(void *ctx, uint64_t size)
{
    struct qc_set *s = ctx;
    unsigned granule = 12;
    while (s->t2 && !pt_has_size(s->t2, granule))
        granule += 2;
    uint64_t bytes = size < (UINT64_C(1) << granule) ? UINT64_C(1) << granule : size;
    uint64_t hpa = qc_frame(s, s->t2 ? bytes : size);
    if (!s->t2 || hpa == PT_NO_FRAME)
        return hpa;
    unsigned flags = RWX | AD;
    if (qc_chance(s, 8))
        flags = PT_R | (qc_chance(s, 2) ? PT_A : 0) | (qc_chance(s, 2) ? PT_W : 0);
    if (qc_chance(s, 40)) // HCR_EL2.PTW
        flags |= PT_IO;
    for (unsigned attempt = 0; attempt < 16; attempt++) {
        uint64_t ipa = qc_random(s) & mask64(s->ipa_bits) & ~(bytes - 1);
        if (pt_map_range(s->t2, ipa, hpa, bytes, flags, granule) == PT_OK)
            return ipa + (qc_random(s) & (bytes - 1) & ~(size - 1) & ~UINT64_C(63));
    }
    return PT_NO_FRAME;
}

static const unsigned tg0[3] = {0, 2, 1}, tg1[3] = {2, 1, 3};

// Where addresses of stage 1 may point: output size and the input of stage 2.
static void limit_ipa(struct qc_set *s, unsigned region)
{
    uint64_t tcr = s->a64.tcr_el1;
    unsigned granule = 12;
    while (!pt_has_size(s->t1[region], granule))
        granule += 2;
    unsigned n = output_of(s, (unsigned)bits(tcr, 34, 32), granule, bit(tcr, 59));
    unsigned input2 = s->t2 ? 64 - (unsigned)bits(s->a64.vtcr_el2, 5, 0) : 52;
    s->ipa_bits = n < input2 ? n : input2;
}

static bool make_region(struct qc_set *s, unsigned region, unsigned granule, bool ds)
{
    bool wide = ds && granule != 16;
    struct pt_config c = {
        .format = PT_A64_S1, .granule = granule, .lpa2 = wide, .high = region,
        .input_bits = random_input(s, granule, wide, granule + 3, 52), .attr_index = {0, 1, 2},
    };
    struct pt_frames f = {guest_frame, NULL, qc_host_of, s};
    char msg[128];
    unsigned n = output_of(s, (unsigned)bits(s->a64.tcr_el1, 34, 32), granule, ds);
    unsigned input2 = s->t2 ? 64 - (unsigned)bits(s->a64.vtcr_el2, 5, 0) : 52;
    s->ipa_bits = n < input2 ? n : input2;
    s->t1[region] = pt_new(&c, s->mem.words, &f, msg, sizeof msg);
    if (!s->t1[region])
        return false;
    uint64_t field = 64 - c.input_bits;
    unsigned k = (granule - 12) / 2;
    s->a64.tcr_el1 |= region ? field << 16 | (uint64_t)tg1[k] << 30
                             : field | (uint64_t)tg0[k] << 14;
    *(region ? &s->a64.ttbr1_el1 : &s->a64.ttbr0_el1) = pt_root_field(s->t1[region]);
    return true;
}

static bool make_stage1(struct qc_set *s)
{
    static const uint8_t chance_of_bit[][2] = {{7, 12}, {23, 12}, {37, 3}, {38, 3}, {39, 2},
                                               {40, 2}, {41, 4},  {42, 4}, {51, 4}, {52, 4}};
    bool ds = random_ds(s);
    uint64_t ips = qc_chance(s, 3) ? 6 : qc_below(s, 7), tcr = (uint64_t)ds << 59 | ips << 32;
    for (size_t i = 0; i < sizeof chance_of_bit / sizeof *chance_of_bit; i++)
        if (!qc_is_v80(s->machine) || chance_of_bit[i][0] < 39)
            tcr |= (uint64_t)qc_chance(s, chance_of_bit[i][1]) << chance_of_bit[i][0];
    s->a64.tcr_el1 = tcr;
    s->a64.sctlr_el1 |= 1 | (uint64_t)qc_chance(s, 3) << 19;
    return make_region(s, 0, random_granule(s), ds) && make_region(s, 1, random_granule(s), ds);
}

// --- mappings -----------------------------------------------------------------------------------

static unsigned flags1(struct qc_set *s)
{
    unsigned f = PT_R | (qc_chance(s, 3) ? 0 : PT_W) | (qc_chance(s, 3) ? 0 : PT_X);
    f |= (qc_chance(s, 2) ? PT_U : 0) | (qc_chance(s, 4) ? PT_G : 0);
    f |= (qc_chance(s, 4) ? 0 : PT_A) | (qc_chance(s, 4) ? 0 : PT_D);
    return f | (qc_chance(s, 3) ? qc_chance(s, 2) ? PT_NC : PT_IO : 0);
}

static unsigned flags2(struct qc_set *s)
{
    unsigned f = RWX;
    if (qc_chance(s, 3))
        f = (unsigned)qc_below(s, 8);
    f |= (qc_chance(s, 4) ? 0 : PT_A) | (qc_chance(s, 4) ? 0 : PT_D);
    return f | (qc_chance(s, 3) ? qc_chance(s, 2) ? PT_NC : PT_IO : 0);
}

static uint64_t map_place(struct qc_set *s, uint64_t place, unsigned f1, unsigned f2)
{
    unsigned region = (unsigned)qc_below(s, 2);
    uint64_t a = place;
    if (s->t1[0])
        limit_ipa(s, region);
    if (s->t2)
        a = qc_map(s, s->t2, a, s->ipa_bits, 0, f2);
    if (s->t1[0] && a != PT_NO_FRAME) {
        unsigned field = (unsigned)(region ? bits(s->a64.tcr_el1, 21, 16)
                                           : bits(s->a64.tcr_el1, 5, 0));
        a = qc_map(s, s->t1[region], a, 64 - field, region ? ~mask64(64 - field) : 0, f1);
    }
    return a;
}

static void walk(struct qc_set *s, const struct a64_request *q, struct walk_result *r)
{
    struct walk_mem mem = {&s->mem, qc_read, NULL};
    a64_walk(&s->a64, q, &mem, r);
}

static bool needed(struct qc_set *s, uint64_t word)
{
    for (uint8_t el = 0; el < 2; el++) {
        struct a64_request q = {s->stub[el], A64_FETCH, el, false};
        struct walk_result r;
        walk(s, &q, &r);
        for (unsigned k = 0; k < r.nrefs; k++)
            if (r.ref[k].address == word)
                return true;
    }
    return false;
}

// Random rights in the descriptors that one address uses: the builder knows fewer combinations.
static void shuffle_rights(struct qc_set *s, uint64_t va)
{
    struct a64_request q = {va, A64_READ, 1, false};
    struct walk_result r;
    walk(s, &q, &r);
    for (unsigned k = 0; k < r.nrefs; k++) {
        const struct walk_ref *f = &r.ref[k];
        bool leaf = f->reason != WALK_TABLE;
        // Leaves of both stages for this address; now and then the limits of a stage-1 table.
        uint64_t change = leaf ? UINT64_C(0x60000000000000) | qc_below(s, 2) << 7 : 0;
        if (qc_is_v80(s->machine) && f->stage == 2)
            change &= ~(UINT64_C(1) << 53); // XNX
        if (!leaf && f->stage == 1 && qc_chance(s, 12))
            change = UINT64_C(0xf) << 59;
        if ((f->stage == 2 && f->column != WALK_DATA) || needed(s, f->address))
            continue;
        change &= qc_random(s);
        phys_write(s->mem.words, f->address, phys_read(s->mem.words, f->address) ^ change);
    }
}

static void damage(struct qc_set *s)
{
    // valid, type, AttrIndx, NS, AP, AF, nG, DBM, contiguous, XN, the limits of tables
    static const uint8_t which[] = {0,  1,  1,  2,  5,  6,  6,  7,  7,  10, 10, 11, 51,
                                    51, 52, 53, 54, 54, 59, 60, 61, 61, 62, 62};
    struct qc_words w;
    qc_words(s, &w);
    for (uint64_t n = qc_below(s, 12); n && w.n; n--) {
        uint64_t a = w.addr[qc_below(s, w.n)], word = phys_read(s->mem.words, a);
        if (needed(s, a) && !qc_chance(s, 8))
            continue;
        unsigned k = which[qc_below(s, sizeof which)];
        if (qc_chance(s, 8))
            k = 12 + (unsigned)qc_below(s, 36);
        if (k == 53 && qc_is_v80(s->machine))
            continue; // of a stage-2 leaf it would be XNX
        phys_write(s->mem.words, a, word ^ UINT64_C(1) << k);
    }
    free(w.addr);
}

static uint64_t near(struct qc_set *s, uint64_t va)
{
    switch (qc_below(s, 12)) {
    case 0:
        return (va & ~mask64(12)) | (qc_random(s) & 0xff8);
    case 1:
        return va ^ UINT64_C(1) << (12 + qc_below(s, 48));
    case 2: // a tag
        return (va & mask64(56)) | qc_random(s) << 56;
    case 3:
        return qc_chance(s, 2) ? qc_random(s) & ~UINT64_C(7) : va ^ UINT64_C(1) << 63;
    default:
        return va;
    }
}

static void add_probes(struct qc_set *s, uint64_t va)
{
    for (uint64_t n = 3 + qc_below(s, 5); n && s->probes < QC_PROBES - 1; n--) {
        unsigned op = (unsigned)qc_below(s, A64OP_LOAD);
        if (qc_chance(s, 2))
            op = qc_chance(s, 2) ? A64OP_FETCH : A64OP_LOAD + (unsigned)qc_below(s, 2);
        unsigned el1 = op >= A64OP_LOAD && qc_chance(s, 2) ? OP_SUPERVISOR : 0;
        if (op >= A64OP_LOAD && (s->stub[0] == PT_NO_FRAME || s->stub[1] == PT_NO_FRAME))
            continue;
        s->probe[s->probes++] = (struct qc_probe){near(s, va), op | el1};
    }
}

bool qc_make_a64(struct qc_set *s)
{
    static const uint8_t mair[] = {0xff, 0x44, 0x04, 0x0c, 0x00, 0x08, 0xbb, 0xaa, 0xee, 0x4f};
    uint64_t va[MAPPINGS];
    s->a64 = (struct a64_regs){.sctlr_el1 = 0x30d01804, .hcr_el2 = UINT64_C(1) << 31,
                               .parange = s->machine == QC_A64 ? 6 : s->machine == QC_A53 ? 2 : 4};
    for (unsigned i = 0; i < 8; i++)
        s->a64.mair_el1 |= (uint64_t)mair[qc_below(s, sizeof mair)] << 8 * i;
    s->ipa_bits = 48;
    bool s2 = !qc_chance(s, 6), s1 = !s2 || !qc_chance(s, 8);
    for (unsigned k = 0; s2 && !s->t2 && k < 100; k++)
        try_stage2(s);
    if ((s2 && !s->t2) || (s1 && !make_stage1(s)))
        return false;
    for (unsigned el = 0; el < 2; el++) {
        s->stub[el] = PT_NO_FRAME;
        for (unsigned k = 0; k < 4 && s->stub[el] == PT_NO_FRAME; k++)
            s->stub[el] = map_place(s, A64_VECTORS, PT_R | PT_X | AD | (el ? 0 : PT_U), RWX | AD);
    }
    s->vbar = s->stub[1] == PT_NO_FRAME ? 0 : s->stub[1];
    for (unsigned i = 0; i < MAPPINGS; i++) {
        uint64_t place = A64_ARENA + (qc_random(s) & (ARENA_BYTES - 8));
        va[i] = map_place(s, place, flags1(s), flags2(s));
    }
    for (unsigned i = 0; i < MAPPINGS; i++)
        if (va[i] != PT_NO_FRAME && qc_chance(s, 2))
            shuffle_rights(s, va[i]);
    damage(s);
    for (unsigned i = 0; i < MAPPINGS; i++)
        if (va[i] != PT_NO_FRAME)
            add_probes(s, va[i]);
    return true;
}

// --- expectation --------------------------------------------------------------------------------

static unsigned granule_of(const struct qc_set *s, const struct walk_result *r)
{
    static const uint8_t of0[4] = {12, 16, 14, 0}, of1[4] = {0, 14, 12, 16};
    if (r->stage == 2)
        return of0[bits(s->a64.vtcr_el2, 15, 14)];
    return bit(r->va, 55) ? of1[bits(s->a64.tcr_el1, 31, 30)] : of0[bits(s->a64.tcr_el1, 15, 14)];
}

// A page that hardware may make writable: execution from it is decided as if it were.
static bool clean_page(const struct qc_set *s, const struct walk_result *r)
{
    if (bits(s->a64.tcr_el1, 40, 39) != 3)
        return false;
    for (unsigned i = 0; i < r->nrefs; i++) {
        const struct walk_ref *f = &r->ref[i];
        if (f->stage == 1 && (f->reason == WALK_LEAF || f->reason == WALK_NO_EXEC) &&
            bit(f->pte, 51) && bit(f->pte, 7))
            return true;
    }
    return false;
}

// A root below 64 bytes whose TTBR holds PA[51:48] in bits 5:2.
static bool small_root(const struct qc_set *s, uint64_t va)
{
    uint64_t tcr = s->a64.tcr_el1;
    bool high = bit(va, 55);
    if (!s->t1[high])
        return false;
    unsigned granule = 12, input = 64 - (unsigned)(high ? bits(tcr, 21, 16) : bits(tcr, 5, 0));
    while (!pt_has_size(s->t1[high], granule))
        granule += 2;
    unsigned above = (input - granule - 1) % (granule - 3) + 1; // index bits of the root
    return above < 3 && output_of(s, (unsigned)bits(tcr, 34, 32), granule, bit(tcr, 59)) > 48 &&
           bits(high ? s->a64.ttbr1_el1 : s->a64.ttbr0_el1, 5, 2);
}

static unsigned mask_of(struct qc_set *s, const struct a64_request *q, const struct walk_result *r)
{
    if (!qc_reads_own(s, r))
        return MASK_FOREIGN;
    if (small_root(s, q->va))
        return MASK_ROOT;
    // QEMU takes the level of a stage-2 fault on a table read from stage 1 (MASK_S2_LEVEL).
    const struct walk_ref *last = r->nrefs ? &r->ref[r->nrefs - 1] : NULL;
    if (!qc_is_v80(s->machine) && r->fault &&
        (r->level == -1 || (r->s1ptw && (!last || last->column == -1))))
        return MASK_MINUS_ONE;
    if (r->fault && r->reason == WALK_A64_DEVICE_TABLE && last && !bit(last->pte, 10))
        return MASK_AF_PTW;
    if (r->fault && r->reason == WALK_A64_NO_BLOCK && r->level <= (granule_of(s, r) == 14))
        return MASK_BLOCK;
    return q->access == A64_FETCH && clean_page(s, r) ? MASK_CLEAN_EXEC : MASK_NONE;
}

static unsigned part_of(const struct walk_result *r)
{
    if (r->fault && r->s1ptw)
        return MASK_S2_LEVEL;
    if (!r->fault && r->s2.attr > 3 && !(r->s2.attr & 3) && r->s2.level != WALK_OFF)
        return MASK_MEMATTR;
    return !r->fault && r->s2.level != WALK_OFF && (r->attr & ~4u) == 8 ? MASK_GRE : MASK_NONE;
}

static bool step(struct qc_set *s, const struct a64_request *q, struct qc_expect *e)
{
    walk(s, q, &e->r);
    e->mask = mask_of(s, q, &e->r);
    e->part = part_of(&e->r);
    if (e->mask == MASK_NONE && !qc_apply(s, &e->r))
        e->mask = MASK_LONG;
    return e->mask == MASK_NONE && e->r.fault == FAULT_NONE;
}

// A stage-1 fault of a real access goes to EL1, which must reach its vectors.
static void through_vector(struct qc_set *s, unsigned el, struct qc_expect *e)
{
    struct a64_request q = {s->vbar + (el ? 0x200 : 0x400), A64_FETCH, 1, false};
    struct qc_expect v = {.mask = MASK_NONE};
    if (e->mask != MASK_NONE || e->r.fault != FAULT_PAGE)
        return;
    if (!step(s, &q, &v) || v.r.pa >> 12 != A64_VECTORS >> 12)
        e->mask = MASK_VECTOR;
}

static void expect_access(struct qc_set *s, const struct qc_probe *p, struct qc_expect *e)
{
    static const uint8_t access[] = {A64_READ, A64_WRITE, A64_FETCH};
    unsigned op = p->op & 0xff;
    uint8_t el = !!(p->op & OP_SUPERVISOR);
    struct a64_request q = {s->stub[el], A64_FETCH, el, false};
    q.va += op == A64OP_STORE ? A64_STORE_STUB : A64_LOAD_STUB;
    bool go = op == A64OP_FETCH || step(s, &q, e);
    if (go && op != A64OP_FETCH && e->r.pa >> 12 != A64_VECTORS >> 12) {
        e->mask = MASK_FOREIGN;
        return;
    }
    if (go) {
        e->step = STEP_ACCESS;
        q.access = access[op - A64OP_LOAD];
        q.va = p->va + (q.access == A64_WRITE ? 7 : 0);
        if (step(s, &q, e) && !qc_in_arena(s, e->r.pa))
            e->mask = MASK_FOREIGN;
        if (e->r.fault == FAULT_NONE && q.access == A64_WRITE)
            e->hit = e->r.pa & ~UINT64_C(7);
    }
    through_vector(s, el, e);
}

void qc_expect_a64(struct qc_set *s, const struct qc_probe *p, struct qc_expect *e)
{
    unsigned op = p->op & 0xff;
    *e = (struct qc_expect){.step = STEP_STUB};
    qc_start(s);
    if (op >= A64OP_LOAD) {
        expect_access(s, p, e);
        return;
    }
    e->step = STEP_ACCESS;
    struct a64_request q = {p->va, op & 1 ? A64_WRITE : A64_READ, !(op & 2), op < 4};
    step(s, &q, e);
}

// --- comparison ---------------------------------------------------------------------------------

static bool differs(const char *what, uint64_t got, uint64_t want, char *msg, size_t size)
{
    if (got == want)
        return false;
    snprintf(msg, size, "QEMU %s 0x%jx, expected 0x%jx", what, (uintmax_t)got, (uintmax_t)want);
    return true;
}

// Kind of a fault status code, without the level.
static unsigned kind(unsigned fst)
{
    return fst == 0x29 ? 0 : fst == 0x2b ? 1 : fst >> 2;
}

static bool differs_fst(const struct qc_expect *e, uint64_t got, char *msg, size_t size)
{
    if (e->part == MASK_S2_LEVEL)
        return differs("kind of fault", kind((unsigned)got), kind(e->r.fst), msg, size);
    return differs("fault status", got, e->r.fst, msg, size);
}

static bool same_par(const struct qc_expect *e, uint64_t par, char *msg, size_t size)
{
    const struct walk_result *r = &e->r;
    if (differs("PAR_EL1.F", par & 1, r->fault != FAULT_NONE, msg, size))
        return false;
    if (r->fault)
        return !differs("PAR_EL1.S", bit(par, 9), r->stage == 2, msg, size) &&
               !differs("PAR_EL1.PTW", bit(par, 8), r->s1ptw, msg, size) &&
               !differs_fst(e, bits(par, 6, 1), msg, size);
    return !differs("PAR_EL1.PA", bits(par, 51, 12), r->pa >> 12, msg, size) &&
           (e->part != MASK_NONE || !differs("PAR_EL1.ATTR", par >> 56, r->attr, msg, size));
}

static bool same_ok(const struct qc_set *s, const struct qc_probe *p, const struct qc_expect *e,
                    const uint64_t *v, char *msg, size_t size)
{
    enum { EC_BRK = 0x3c };
    unsigned op = p->op & 0xff;
    if (differs("exception class", v[0] >> 26 & 0x3f, EC_BRK, msg, size))
        return false;
    if (op == A64OP_FETCH)
        return !differs("fetched", v[0] & 0xffff, (e->r.pa - s->mem.arena) >> 8, msg, size);
    if (op == A64OP_LOAD)
        return !differs("loaded", v[6], qc_read((void *)&s->mem, e->r.pa, 8), msg, size);
    return !differs("stored to the right place:", v[7], 1, msg, size);
}

static bool same_fault(const struct qc_set *s, const struct qc_probe *p, const struct qc_expect *e,
                       const uint64_t *v, char *msg, size_t size)
{
    enum { EC_HVC = 0x16, EC_FETCH_LOWER = 0x20, EC_DATA_LOWER = 0x24 };
    const struct walk_result *r = &e->r;
    unsigned op = p->op & 0xff, el = !!(p->op & OP_SUPERVISOR);
    bool fetch = op == A64OP_FETCH || e->step == STEP_STUB;
    uint64_t class = fetch ? EC_FETCH_LOWER : EC_DATA_LOWER, esr = v[0], far = v[2];
    if (r->stage == 1) {
        if (differs("exception class (stage 1)", v[0] >> 26 & 0x3f, EC_HVC, msg, size))
            return false;
        esr = v[4];
        far = v[5];
        class += el; // taken from EL1 to EL1
    }
    struct a64_request q = {r->va, fetch ? A64_FETCH : A64_READ, (uint8_t)el, false};
    if (differs("exception class", esr >> 26 & 0x3f, class, msg, size) ||
        differs_fst(e, esr & 0x3f, msg, size) ||
        differs("ESR.S1PTW", bit(esr, 7), r->s1ptw, msg, size) ||
        differs("FAR", far, a64_far(&s->a64, &q), msg, size))
        return false;
    if (!fetch && !r->s1ptw && differs("ESR.WnR", bit(esr, 6), op == A64OP_STORE, msg, size))
        return false;
    return r->stage == 1 || !differs("HPFAR", v[3] >> 4, r->ipa >> 12, msg, size);
}

bool qc_same_a64(const struct qc_set *s, const struct qc_probe *p, const struct qc_expect *e,
                 const struct qc_result *got, char *msg, size_t size)
{
    const uint64_t *v = got->value;
    bool same = (p->op & 0xff) < A64OP_LOAD ? same_par(e, v[0], msg, size)
                : e->r.fault                ? same_fault(s, p, e, v, msg, size)
                                            : same_ok(s, p, e, v, msg, size);
    return same && qc_same_changes(s, got, msg, size);
}
