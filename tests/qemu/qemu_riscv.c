// SPDX-License-Identifier: MulanPSL-2.0
// RISC-V sets: random modes, tables, damage and accesses.
#include "tests/qemu/qemu_set.h"

#include "arch/bits.h"
#include "arch/pte.h"

#include <stdlib.h>

enum { MAPPINGS = 12, RWX = PT_R | PT_W | PT_X, AD = PT_A | PT_D, WIDEST_TABLE = 56 };

static bool is32(const struct qc_set *s)
{
    return s->machine == QC_RV32;
}

// --- tables -------------------------------------------------------------------------------------

// Guest physical addresses below half of the range (masks.def: TOP_GPA, GPA32), rarely all.
static unsigned gpa_bits(struct qc_set *s)
{
    bool all = qc_chance(s, 24);
    if (is32(s))
        return s->t1[0] && all ? 34 : 32;
    unsigned levels = (unsigned)rv_mode_levels(64, rv_mode(&s->rv, s->rv.hgatp));
    unsigned width = 12 + 9 * levels + 2 - (all ? 0 : 1);
    return s->t1[0] && width > WIDEST_TABLE ? WIDEST_TABLE : width;
}

static uint64_t guest_frame(void *ctx, uint64_t size)
{
    struct qc_set *s = ctx;
    uint64_t hpa = qc_frame(s, size);
    if (!s->t2 || hpa == PT_NO_FRAME)
        return hpa;
    unsigned limit = gpa_bits(s);
    return qc_map(s, s->t2, hpa, limit < WIDEST_TABLE ? limit : WIDEST_TABLE, 0, RWX | AD);
}

static bool make_tables(struct qc_set *s)
{
    static const unsigned mode1[2][6] = {{0, 8, 8, 9, 9, 10}, {0, 1, 1, 1, 1, 1}};
    unsigned m1 = mode1[is32(s)][qc_below(s, 6)], m2 = mode1[is32(s)][qc_below(s, 6)];
    struct pt_frames f = {.alloc = qc_frame, .ctx = s};
    char msg[128];
    s->virt = !qc_chance(s, 6);
    unsigned top = is32(s) ? 31 : 60;
    if (s->virt && m2) {
        struct pt_config c = {.format = is32(s) ? PT_SV32X4 : PT_SV39X4 + m2 - 8};
        s->t2 = pt_new(&c, s->mem.words, &f, msg, sizeof msg);
        if (!s->t2)
            return false;
        s->rv.hgatp = (uint64_t)m2 << top | pt_root_field(s->t2);
    }
    if (m1) {
        struct pt_config c = {.format = is32(s) ? PT_SV32 : PT_SV39 + m1 - 8};
        f = (struct pt_frames){.alloc = guest_frame, .host = qc_host_of, .ctx = s};
        s->t1[0] = pt_new(&c, s->mem.words, &f, msg, sizeof msg);
        if (!s->t1[0])
            return false;
        uint64_t atp = (uint64_t)m1 << top | pt_root_field(s->t1[0]);
        *(s->virt ? &s->rv.vsatp : &s->rv.satp) = atp;
    }
    return true;
}

static unsigned random_flags(struct qc_set *s, bool stage2)
{
    static const unsigned rights[] = {RWX, RWX, RWX, PT_R | PT_W, PT_R | PT_X, PT_R, PT_X};
    unsigned f = stage2 && !qc_chance(s, 3) ? RWX : rights[qc_below(s, 7)];
    f |= (qc_chance(s, 4) ? 0 : PT_A) | (qc_chance(s, 4) ? 0 : PT_D);
    f |= !stage2 && qc_chance(s, 2) ? PT_U : 0;
    f |= !stage2 && qc_chance(s, 4) ? PT_G : 0;
    if (s->machine == QC_RV64_EXT && qc_chance(s, 6))
        f |= qc_chance(s, 2) ? PT_NC : PT_IO;
    return f;
}

// An address that leads to `place`; PT_NO_FRAME when there was no room.
static uint64_t map_place(struct qc_set *s, uint64_t place, unsigned flags1, unsigned flags2)
{
    uint64_t a = place;
    if (s->t2)
        a = qc_map(s, s->t2, a, gpa_bits(s), 0, flags2);
    if (s->t1[0] && a != PT_NO_FRAME) {
        unsigned mode = rv_mode(&s->rv, s->virt ? s->rv.vsatp : s->rv.satp);
        unsigned half = is32(s) ? 32 : 12 + 9 * (unsigned)rv_mode_levels(64, mode) - 1;
        uint64_t high = !is32(s) && qc_chance(s, 2) ? ~mask64(half) : 0;
        a = qc_map(s, s->t1[0], a, half, high, flags1);
    }
    return a;
}

// --- damage -------------------------------------------------------------------------------------

static uint64_t damaged(struct qc_set *s, uint64_t pte)
{
    static const uint8_t low[] = {0, 1, 2, 3, 4, 4, 4, 6, 7};
    switch (qc_below(s, is32(s) ? 6 : 8)) {
    case 0: // reserved combinations of rights
        return (pte & ~(uint64_t)(PTE_R | PTE_W | PTE_X)) | qc_below(s, 8) << 1;
    case 1: // page number not aligned for a superpage
        return pte ^ UINT64_C(1) << (10 + qc_below(s, is32(s) ? 10 : 18));
    case 2: // far away
        return pte ^ UINT64_C(1) << (10 + qc_below(s, is32(s) ? 22 : 44));
    case 6: // reserved bits, PBMT, N
        return pte ^ UINT64_C(1) << (54 + qc_below(s, 10));
    case 7:
        return pte ^ UINT64_C(1) << (61 + qc_below(s, 3));
    default:
        return pte ^ UINT64_C(1) << low[qc_below(s, sizeof low)];
    }
}

static unsigned check(void *ctx, uint64_t addr, unsigned use)
{
    (void)ctx;
    (void)use;
    return addr >> 29 == 4 ? WALK_LEAF : WALK_NO_MEMORY;
}

static void walk(struct qc_set *s, const struct rv_request *q, struct walk_result *r)
{
    struct walk_mem mem = {&s->mem, qc_read, check};
    rv_walk(&s->rv, q, &mem, r);
}

// Does a trampoline need this word?
static bool needed(struct qc_set *s, uint64_t word)
{
    for (unsigned i = 0; i < 2; i++) {
        struct rv_request q = {s->stub[i], RV_FETCH, i ? RV_S : RV_U, s->virt};
        struct walk_result r;
        walk(s, &q, &r);
        for (unsigned k = 0; k < r.nrefs; k++)
            if ((r.ref[k].address & ~UINT64_C(7)) == word)
                return true;
    }
    return false;
}

static bool damage(struct qc_set *s)
{
    struct qc_words w;
    if (!qc_words(s, &w))
        return !s->t1[0] && !s->t2; // nothing is translated: no tables
    for (uint64_t n = qc_below(s, 9); n; n--) {
        uint64_t a = w.addr[qc_below(s, w.n)], word = phys_read(s->mem.words, a);
        if (needed(s, a) && !qc_chance(s, 8))
            continue;
        if (is32(s)) {
            unsigned shift = word >> 32 && (qc_chance(s, 2) || !(word & mask64(32))) ? 32 : 0;
            uint64_t half = damaged(s, bits(word >> shift, 31, 0)) & mask64(32);
            word = (word & ~(mask64(32) << shift)) | half << shift;
        } else {
            word = damaged(s, word);
        }
        phys_write(s->mem.words, a, word);
    }
    free(w.addr);
    return true;
}

// --- probes -------------------------------------------------------------------------------------

static uint64_t near(struct qc_set *s, uint64_t va)
{
    switch (qc_below(s, 12)) {
    case 0: // elsewhere in the page
        va = (va & ~mask64(12)) | (qc_random(s) & 0xff8);
        break;
    case 1: // another page
        va ^= UINT64_C(1) << (12 + qc_below(s, is32(s) ? 20 : 48));
        break;
    case 2:
        va = qc_random(s) & ~UINT64_C(7);
        va = qc_chance(s, 2) ? va & mask64(38) : va;
        break;
    default:
        break;
    }
    return is32(s) ? va & mask64(32) : va;
}

static void add_probes(struct qc_set *s, uint64_t va)
{
    unsigned ops = s->virt ? RVOPS : RVOP_HLV;
    for (uint64_t n = 2 + qc_below(s, 4); n && s->probes < QC_PROBES; n--)
        s->probe[s->probes++] = (struct qc_probe){
            near(s, va), (unsigned)qc_below(s, ops) | (qc_chance(s, 2) ? OP_SUPERVISOR : 0)};
}

static void make_registers(struct qc_set *s)
{
    struct rv_regs *g = &s->rv;
    g->xlen = is32(s) ? 32 : 64;
    g->sum = qc_chance(s, 2);
    g->vssum = qc_chance(s, 2);
    g->mxr = qc_chance(s, 3);
    g->vsmxr = qc_chance(s, 8) ? !g->mxr : g->mxr; // masks.def: MXR
    // QEMU 7.2 updates A and D always and knows no PBMTE.
    g->m_adue = g->h_adue = true;
    g->m_pbmte = g->h_pbmte = s->machine == QC_RV64_EXT;
}

bool qc_make_riscv(struct qc_set *s)
{
    uint64_t va[MAPPINGS];
    make_registers(s);
    if (!make_tables(s))
        return false;
    for (unsigned i = 0; i < 2; i++) {
        unsigned rights = PT_R | PT_X | AD;
        s->stub[i] = map_place(s, RV_TRAMPOLINE, rights | (i ? 0 : PT_U), rights);
        if (s->stub[i] == PT_NO_FRAME)
            return false;
    }
    for (unsigned i = 0; i < MAPPINGS; i++) {
        uint64_t place = RV_ARENA + (qc_random(s) & (ARENA_BYTES - 8));
        va[i] = map_place(s, place, random_flags(s, false), random_flags(s, true));
    }
    if (!damage(s))
        return false;
    for (unsigned i = 0; i < MAPPINGS; i++)
        if (va[i] != PT_NO_FRAME)
            add_probes(s, va[i]);
    return true;
}

// --- expectation --------------------------------------------------------------------------------

// Would a register that QEMU 7.2 takes wrongly change the result?
static bool depends(struct qc_set *s, const struct rv_request *q, const struct walk_result *r,
                    struct rv_regs other)
{
    struct walk_mem mem = {&s->mem, qc_read, check};
    struct walk_result r2;
    rv_walk(&other, q, &mem, &r2);
    return r->fault != r2.fault || r->cause != r2.cause || r->gpaddr != r2.gpaddr ||
           r->pa != r2.pa;
}

static unsigned mask_registers(struct qc_set *s, const struct rv_request *q,
                               const struct walk_result *r, bool hlv)
{
    struct rv_regs on = s->rv, off = s->rv;
    on.mxr = on.vsmxr = true;
    off.mxr = off.vsmxr = false;
    if (q->virt && s->rv.mxr != s->rv.vsmxr && (depends(s, q, r, on) || depends(s, q, r, off)))
        return MASK_MXR;
    on = s->rv;
    on.vssum = true;
    return hlv && depends(s, q, r, on) ? MASK_SUM : MASK_NONE;
}

static unsigned mask_gpa(const struct qc_set *s, uint64_t gpa)
{
    if (is32(s))
        return gpa >> 32 ? MASK_GPA32 : MASK_NONE;
    unsigned levels = (unsigned)rv_mode_levels(64, rv_mode(&s->rv, s->rv.hgatp));
    return levels && bit(gpa, 13 + 9 * levels) ? MASK_TOP_GPA : MASK_NONE;
}

static unsigned mask_reference(const struct qc_set *s, const struct walk_result *r,
                               const struct walk_ref *f)
{
    if (f->verdict != WALK_LEAF)
        return MASK_TABLE_MEMORY;
    bool ext = s->machine == QC_RV64_EXT;
    if (!ext && f->reason == WALK_LEAF && bit(f->pte, 63) && !is32(s))
        return MASK_NAPOT_OFF;
    if (ext && f->reason == WALK_RESERVED_BITS)
        return MASK_RESERVED;
    if (ext && f->reason == WALK_PBMT_RESERVED)
        return MASK_PBMT3;
    if (ext && f->reason == WALK_NAPOT && (~f->pte & (PTE_A | PTE_D)))
        return MASK_NAPOT_AD;
    if (!f->for_write)
        return f->stage == 2 ? mask_gpa(s, f->input) : MASK_NONE;
    for (unsigned i = 0; i < r->nupdates; i++)
        if (r->update[i].stage == 2 && r->update[i].address == f->address)
            return MASK_WRITE_AD;
    return MASK_NONE;
}

static unsigned mask_of(struct qc_set *s, const struct rv_request *q, const struct walk_result *r,
                        bool hlv, bool stub)
{
    unsigned mask = MASK_NONE;
    if (!qc_reads_own(s, r))
        return MASK_FOREIGN;
    for (unsigned i = 0; i < r->nrefs && mask == MASK_NONE; i++)
        mask = mask_reference(s, r, &r->ref[i]);
    if (r->implicit == 'r' && r->reason == WALK_NO_READ && (s->rv.mxr || s->rv.vsmxr))
        mask = MASK_MXR_TABLE;
    if (mask == MASK_NONE && q->virt && r->fault == FAULT_GUEST)
        mask = r->implicit == 'w' ? MASK_WRITE_AD : mask_gpa(s, r->gpaddr);
    if (mask == MASK_NONE && q->virt && r->fault != FAULT_GUEST && r->fault != FAULT_PAGE)
        mask = mask_gpa(s, r->ipa);
    if (mask == MASK_NONE)
        mask = mask_registers(s, q, r, hlv);
    if (mask != MASK_NONE)
        return mask;
    // Where memory ends the access must not meet a device: those are below RAM and above 4 GiB.
    if (r->fault == FAULT_ACCESS)
        return r->pa >> 32 || r->pa < RV_ARENA ? MASK_FOREIGN : MASK_NONE;
    if (r->fault != FAULT_NONE)
        return MASK_NONE;
    bool known = stub ? r->pa >> 12 == RV_TRAMPOLINE >> 12 : qc_in_arena(s, r->pa);
    return known ? MASK_NONE : MASK_FOREIGN;
}

// One step; true when the next may follow.
static bool step(struct qc_set *s, const struct rv_request *q, struct qc_expect *e, bool hlv)
{
    walk(s, q, &e->r);
    e->mask = mask_of(s, q, &e->r, hlv, e->step == STEP_STUB);
    if (e->r.implicit)
        e->part = MASK_IMPLICIT;
    if (e->mask == MASK_NONE && !qc_apply(s, &e->r))
        e->mask = MASK_LONG;
    return e->mask == MASK_NONE && e->r.fault == FAULT_NONE;
}

void qc_expect_riscv(struct qc_set *s, const struct qc_probe *p, struct qc_expect *e)
{
    static const uint8_t access[RVOPS] = {RV_READ, RV_WRITE, RV_FETCH, RV_READ, RV_WRITE};
    unsigned op = p->op & 0xff, supervisor = !!(p->op & OP_SUPERVISOR);
    struct rv_request q = {s->stub[supervisor], RV_FETCH, supervisor ? RV_S : RV_U, s->virt};
    *e = (struct qc_expect){.step = STEP_STUB};
    qc_start(s);
    if (op == RVOP_STORE && s->stub[supervisor])
        q.va += 16;
    if (op <= RVOP_STORE && !step(s, &q, e, false))
        return;
    e->step = STEP_ACCESS;
    q.access = access[op];
    q.va = p->va + (q.access == RV_WRITE ? 7 : 0);
    if (step(s, &q, e, op >= RVOP_HLV) && q.access == RV_WRITE)
        e->hit = e->r.pa & ~UINT64_C(7);
}

static bool differs(const char *what, uint64_t got, uint64_t want, char *msg, size_t size)
{
    if (got == want)
        return false;
    snprintf(msg, size, "QEMU %s 0x%jx, expected 0x%jx", what, (uintmax_t)got, (uintmax_t)want);
    return true;
}

static bool same_fault(const struct qc_set *s, const struct qc_expect *e, const uint64_t *v,
                       char *msg, size_t size)
{
    const struct walk_result *r = &e->r;
    bool guest = r->fault == FAULT_GUEST;
    unsigned cause = e->part == MASK_IMPLICIT ? 21 : r->cause;
    uint64_t mtval2 = guest ? r->gpaddr >> 2 & mask64(s->rv.xlen) : 0;
    return !differs("mcause", v[0], cause, msg, size) &&
           !differs("mtval", v[2], r->tval, msg, size) &&
           !differs("mtval2", v[3], mtval2, msg, size) &&
           !(r->implicit && differs("mtinst", v[4], r->tinst, msg, size));
}

bool qc_same_riscv(const struct qc_set *s, const struct qc_probe *p, const struct qc_expect *e,
                   const struct qc_result *got, char *msg, size_t size)
{
    enum { ILLEGAL = 2, NO_TRAP = 0xff };
    const uint64_t *v = got->value;
    unsigned op = p->op & 0xff;
    bool ok = e->r.fault == FAULT_NONE, native = op < RVOP_HLV;
    uint64_t epc = p->va;
    if (op != RVOP_FETCH)
        epc = s->stub[!!(p->op & OP_SUPERVISOR)] + (op == RVOP_STORE ? 16 : 0);
    uint64_t word = qc_read((void *)&s->mem, e->r.pa & ~UINT64_C(7), 4);
    if (!ok && !same_fault(s, e, v, msg, size))
        return false;
    if (ok && differs("mcause", v[0], native ? ILLEGAL : NO_TRAP, msg, size))
        return false;
    if (native && differs("mepc", v[1], epc + (ok && op != RVOP_FETCH ? 4 : 0), msg, size))
        return false;
    if (ok && op == RVOP_FETCH && differs("fetched", v[2], word, msg, size))
        return false;
    if (ok && (op == RVOP_LOAD || op == RVOP_HLV) && differs("loaded", v[5], word, msg, size))
        return false;
    if (ok && e->hit && differs("stored to the right place:", v[6], 1, msg, size))
        return false;
    return qc_same_changes(s, got, msg, size);
}
