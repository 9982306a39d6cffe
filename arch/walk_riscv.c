// SPDX-License-Identifier: MulanPSL-2.0
// Privileged specification: "Virtual Address Translation Process" of the supervisor chapter and
// "Two-Stage Address Translation" of the hypervisor chapter.
#include "arch/walk_riscv.h"

#include "arch/bits.h"
#include "arch/pte.h"

#include <string.h>

struct format {
    uint8_t levels, index_bits, size; // size: bytes of an entry
};

static struct format format_of(unsigned xlen, unsigned mode)
{
    int levels = rv_mode_levels(xlen, mode);
    return (struct format){(uint8_t)(levels < 0 ? 0 : levels), xlen == 32 ? 10 : 9,
                           xlen == 32 ? 4 : 8};
}

int rv_mode_levels(unsigned xlen, unsigned mode)
{
    if (mode == 0)
        return 0;
    if (xlen == 32)
        return 2;
    return mode >= 8 && mode <= 10 ? (int)mode - 5 : -1;
}

const char *rv_mode_name(unsigned xlen, unsigned mode, bool gstage)
{
    static const char *const name[2][6] = {{"Bare", NULL, "Sv32", "Sv39", "Sv48", "Sv57"},
                                           {"Bare", NULL, "Sv32x4", "Sv39x4", "Sv48x4", "Sv57x4"}};
    int levels = rv_mode_levels(xlen, mode);
    return levels < 0 ? NULL : name[gstage][levels];
}

const char *rv_regs_check(const struct rv_regs *g)
{
    if (g->xlen != 32 && g->xlen != 64)
        return "xlen must be 32 or 64";
    if (rv_mode_levels(g->xlen, rv_mode(g, g->satp)) < 0)
        return "satp selects a reserved mode";
    if (rv_mode_levels(g->xlen, rv_mode(g, g->vsatp)) < 0)
        return "vsatp selects a reserved mode";
    if (rv_mode_levels(g->xlen, rv_mode(g, g->hgatp)) < 0)
        return "hgatp selects a reserved mode";
    if (g->xlen == 32 && (g->satp | g->vsatp | g->hgatp) >> 32)
        return "satp, vsatp and hgatp have 32 bits with xlen 32";
    if (g->m_pmm == 1 || g->s_pmm == 1 || g->h_pmm == 1)
        return "PMM of menvcfg, senvcfg or henvcfg is reserved (1)";
    if (g->xlen == 32 && (g->m_pmm || g->s_pmm || g->h_pmm))
        return "pointer masking (PMM) is of RV64";
    return NULL;
}

bool rv_effective(const struct rv_hart *h, unsigned insn, unsigned access, struct rv_request *q)
{
    q->access = (uint8_t)access;
    if (insn != RV_PLAIN) { // hypervisor load/store: as VS or VU by SPVP
        q->virt = true;
        q->priv = h->spvp ? RV_S : RV_U;
        if (insn == RV_HLVX)
            q->access = RV_READ_X;
        return true;
    }
    q->virt = h->virt;
    q->priv = h->priv;
    if (h->mprv && access != RV_FETCH && h->priv == RV_M) {
        q->priv = h->mpp;
        q->virt = h->mpv && h->mpp != RV_M;
    }
    return q->priv != RV_M;
}

// --- one walk -----------------------------------------------------------------------------------

struct walker {
    const struct rv_regs *g;
    const struct rv_request *q;
    const struct walk_mem *mem;
    struct walk_result *r;
    struct format f1, f2;
    uint64_t root1, root2;
    bool mxr1, sum;      // of stage 1
    bool pbmte1, adue1, sse;
    int8_t column;
};

static bool fault(struct walker *w, unsigned kind, unsigned reason, unsigned stage, int level)
{
    static const uint8_t cause[4][RV_ACCESSES] = {
        // fault kinds: none, page, guest, access; columns: enum rv_access
        [FAULT_PAGE] = {13, 15, 12, 13, 15, 15},
        [FAULT_GUEST] = {21, 23, 20, 21, 23, 23},
        [FAULT_ACCESS] = {5, 7, 1, 5, 7, 7},
    };
    struct walk_result *r = w->r;
    r->fault = (uint8_t)kind;
    r->reason = (uint8_t)reason;
    r->stage = (uint8_t)stage;
    r->level = (int8_t)level;
    r->cause = cause[kind][w->q->access];
    r->tval = w->q->va;
    return false;
}

static uint64_t ppn_of(const struct walker *w, uint64_t pte)
{
    return w->g->xlen == 32 ? bits(pte, 31, 10) : pte_ppn(pte);
}

// xwr = 010, where Zicfiss is on.
static bool is_shadow(uint64_t pte)
{
    return (pte & (PTE_R | PTE_W | PTE_X)) == PTE_W;
}

// The entry by itself: WALK_TABLE, WALK_LEAF, or why it is malformed.
static unsigned decode(const struct walker *w, uint64_t pte, unsigned level, unsigned stage)
{
    bool wide = w->g->xlen == 64, pbmte = stage == 1 ? w->pbmte1 : w->g->m_pbmte;
    unsigned reserved = pte_reserved(pte) & (w->g->rsw60 ? 0x1f : 0x7f);
    if (wide && reserved)
        return WALK_RESERVED_BITS;
    if (wide && pte_pbmt(pte) == 3)
        return WALK_PBMT_RESERVED;
    if (wide && pte_pbmt(pte) && !pbmte)
        return WALK_PBMT_OFF;
    if (!pte_v(pte))
        return WALK_INVALID;
    if (!(pte & (PTE_R | PTE_W | PTE_X))) {
        if ((pte & (PTE_D | PTE_A | PTE_U)) || (wide && (pte_n(pte) || pte_pbmt(pte))))
            return WALK_TABLE_BITS;
        return level ? WALK_TABLE : WALK_NO_LEAF;
    }
    if (!(pte & PTE_R) && (pte & PTE_W) && !(stage == 1 && w->sse && is_shadow(pte)))
        return WALK_WRITE_ONLY;
    if (ppn_of(w, pte) & mask64(level * w->f1.index_bits))
        return WALK_MISALIGNED;
    if (wide && pte_n(pte) && (level || bits(pte, 13, 10) != 8))
        return WALK_NAPOT;
    return WALK_LEAF;
}

// R, W, X of a leaf for one kind of access.
static unsigned permission(uint64_t pte, unsigned access, bool mxr)
{
    switch (access) {
    case RV_SHADOW_READ: // in the G stage, read and write: W has R there; stage 1 is below
    case RV_SHADOW_WRITE:
    case RV_WRITE:
        return pte & PTE_W ? WALK_LEAF : WALK_NO_WRITE;
    case RV_FETCH:
    case RV_READ_X:
        return pte & PTE_X ? WALK_LEAF : WALK_NO_EXEC;
    default:
        return (pte & PTE_R) || (mxr && (pte & PTE_X)) ? WALK_LEAF : WALK_NO_READ;
    }
}

// The same of stage 1 ("Shadow Stack Memory Protection"): a shadow-stack page is read by every load
// and written by shadow-stack instructions only, which may use no other page. A read-only page is a
// page fault to them, so that it can be copied on write; everything else is fatal, an access fault.
static unsigned permission1(uint64_t pte, unsigned access, bool mxr)
{
    bool page = is_shadow(pte), insn = access == RV_SHADOW_READ || access == RV_SHADOW_WRITE;
    if (page == insn)
        return page ? WALK_LEAF : permission(pte, access, mxr);
    if (insn)
        return (pte & (PTE_R | PTE_W | PTE_X)) == PTE_R ? WALK_NO_WRITE : WALK_SHADOW_ONLY;
    return access == RV_WRITE    ? WALK_SHADOW_STORE
           : access == RV_FETCH  ? WALK_SHADOW_FETCH
           : access == RV_READ_X ? WALK_NO_EXEC
                                 : WALK_LEAF;
}

// A and D that the access needs and the leaf does not have.
static uint64_t missing_ad(uint64_t pte, unsigned access)
{
    bool write = access == RV_WRITE || access == RV_SHADOW_WRITE;
    uint64_t need = PTE_A | (write ? PTE_D : 0u);
    return need & ~pte;
}

static void found(const struct walker *w, struct walk_leaf *leaf, uint64_t pte, unsigned level)
{
    bool napot = w->g->xlen == 64 && pte_n(pte);
    *leaf = (struct walk_leaf){
        .pte = pte,
        .level = (int8_t)level,
        .shift = (uint8_t)(napot ? 16 : 12 + level * w->f1.index_bits),
        .napot = napot,
        .attr = (uint8_t)(w->g->xlen == 64 ? pte_pbmt(pte) : 0),
    };
}

static uint64_t leaf_address(const struct walker *w, const struct walk_leaf *l, uint64_t input)
{
    uint64_t base = ppn_of(w, l->pte) << 12;
    return (base & ~mask64(l->shift)) | (input & mask64(l->shift));
}

static bool table_refused(struct walker *w, struct walk_ref *ref)
{
    if (ref->verdict == WALK_LEAF)
        return false;
    ref->reason = ref->verdict;
    fault(w, FAULT_ACCESS, ref->verdict, ref->stage, ref->level);
    return true;
}

// What the two guest-physical accesses to stage-1 tables look like in a fault.
static bool guest_fault(struct walker *w, unsigned reason, int level, uint64_t gpa, char implicit)
{
    fault(w, FAULT_GUEST, reason, 2, level);
    w->r->gpaddr = gpa & ~UINT64_C(3); // htval holds the address without its low two bits
    w->r->implicit = implicit;
    if (implicit)
        w->r->tinst = (w->g->xlen == 64 ? 0x3000u : 0x2000u) | (implicit == 'w' ? 0x20u : 0u);
    return false;
}

// Leaf of stage 2: permissions as for a user access, then A and D.
static unsigned leaf2(struct walker *w, struct walk_ref *ref, unsigned access, char implicit)
{
    // HS-level MXR reaches explicit accesses only; reads of VS tables are plain reads.
    bool mxr = w->g->mxr && !implicit;
    unsigned reason = ref->pte & PTE_U ? permission(ref->pte, access, mxr) : WALK_NEEDS_USER;
    if (reason != WALK_LEAF)
        return reason;
    uint64_t ad = missing_ad(ref->pte, access);
    if (!ad)
        return WALK_LEAF;
    if (!w->g->m_adue)
        return ad & PTE_A ? WALK_NOT_ACCESSED : WALK_NOT_DIRTY;
    unsigned verdict = walk_check(w->mem, ref->address, USE_TABLE_WRITE);
    if (verdict != WALK_LEAF)
        return verdict;
    ref->pte |= ad;
    walk_write(w->r, ref->address, ref->pte, 2, w->f2.size);
    return WALK_LEAF;
}

static bool is_access_reason(unsigned reason)
{
    return reason == WALK_DENIED || reason == WALK_NO_MEMORY || reason == WALK_NOT_CACHEABLE ||
           reason == WALK_SHADOW_STORE || reason == WALK_SHADOW_FETCH || reason == WALK_SHADOW_ONLY ||
           walk_reason_is_mpt(reason);
}

// Stage 2 of one guest physical address. implicit: 0, or 'r'/'w' for a VS table word.
static bool stage2(struct walker *w, uint64_t gpa, unsigned access, char implicit, uint64_t *hpa,
                   struct walk_leaf *leaf)
{
    struct format f = w->f2;
    if (!f.levels) {
        *hpa = gpa;
        return true;
    }
    if (gpa >> (12 + f.levels * f.index_bits + 2))
        return guest_fault(w, WALK_GUEST_WIDTH, f.levels - 1, gpa, implicit);
    uint64_t table = w->root2;
    for (unsigned level = f.levels; level-- > 0;) {
        unsigned width = f.index_bits + (level + 1u == f.levels ? 2 : 0);
        uint64_t index = (gpa >> (12 + level * f.index_bits)) & mask64(width);
        struct walk_ref *ref = walk_read(w->r, w->mem, table + index * f.size, f.size);
        ref->input = ref->ipa = gpa;
        ref->stage = 2;
        ref->level = (int8_t)level;
        ref->column = w->column;
        ref->for_write = implicit == 'w';
        if (table_refused(w, ref))
            return false;
        unsigned reason = decode(w, ref->pte, level, 2);
        if (reason == WALK_LEAF)
            reason = leaf2(w, ref, access, implicit);
        ref->reason = (uint8_t)reason;
        if (reason == WALK_LEAF) {
            found(w, leaf, ref->pte, level);
            *hpa = leaf_address(w, leaf, gpa);
            return true;
        }
        if (is_access_reason(reason))
            return fault(w, FAULT_ACCESS, reason, 2, (int)level);
        if (reason != WALK_TABLE)
            return guest_fault(w, reason, (int)level, gpa, implicit);
        table = ppn_of(w, ref->pte) << 12;
    }
    return false; // not reached: level 0 is a leaf or a fault
}

// Leaf of stage 1: U/SUM, permission, then A and D with the stage-2 walk that their write needs.
// On a guest fault of that write the result is already filled and WALK_REASONS is returned.
static unsigned leaf1(struct walker *w, struct walk_ref *ref)
{
    const struct rv_request *q = w->q;
    if (q->priv == RV_U && !(ref->pte & PTE_U))
        return WALK_NEEDS_USER;
    if (q->priv == RV_S && (ref->pte & PTE_U) && (q->access == RV_FETCH || !w->sum))
        return WALK_IS_USER;
    unsigned reason = permission1(ref->pte, q->access, w->mxr1);
    if (reason != WALK_LEAF)
        return reason;
    uint64_t ad = missing_ad(ref->pte, q->access);
    if (!ad)
        return WALK_LEAF;
    if (!w->adue1)
        return ad & PTE_A ? WALK_NOT_ACCESSED : WALK_NOT_DIRTY;
    if (q->virt) {
        uint64_t hpa;
        struct walk_leaf leaf;
        if (!stage2(w, ref->ipa, RV_WRITE, 'w', &hpa, &leaf))
            return WALK_REASONS;
    }
    unsigned verdict = walk_check(w->mem, ref->address, USE_TABLE_WRITE);
    if (verdict != WALK_LEAF)
        return verdict;
    ref->pte |= ad;
    walk_write(w->r, ref->address, ref->pte, 1, w->f1.size);
    return WALK_LEAF;
}

static bool canonical(const struct format *f, uint64_t va)
{
    unsigned width = 12u + f->levels * f->index_bits;
    if (f->size == 4)
        return !(va >> 32);
    uint64_t high = va >> (width - 1);
    return high == 0 || high == mask64(65 - width);
}

static bool stage1(struct walker *w, uint64_t *gpa)
{
    struct format f = w->f1;
    if (!f.levels) {
        *gpa = w->q->va;
        if (w->q->access == RV_SHADOW_READ || w->q->access == RV_SHADOW_WRITE)
            return fault(w, FAULT_ACCESS, WALK_SHADOW_BARE, 1, WALK_OFF);
        return true;
    }
    if (!canonical(&f, w->q->va))
        return fault(w, FAULT_PAGE, WALK_NOT_CANONICAL, 1, f.levels - 1);
    uint64_t table = w->root1;
    for (unsigned level = f.levels; level-- > 0;) {
        uint64_t index = (w->q->va >> (12 + level * f.index_bits)) & mask64(f.index_bits);
        uint64_t ipa = table + index * f.size, hpa = ipa;
        w->column = (int8_t)level;
        struct walk_leaf leaf;
        if (w->q->virt && !stage2(w, ipa, RV_READ, 'r', &hpa, &leaf))
            return false;
        struct walk_ref *ref = walk_read(w->r, w->mem, hpa, f.size);
        ref->input = w->q->va;
        ref->ipa = ipa;
        ref->stage = 1;
        ref->level = ref->column = (int8_t)level;
        if (table_refused(w, ref))
            return false;
        unsigned reason = decode(w, ref->pte, level, 1);
        if (reason == WALK_LEAF)
            reason = leaf1(w, ref);
        if (reason == WALK_REASONS) { // the write was refused by stage 2
            ref->reason = w->r->reason;
            return false;
        }
        ref->reason = (uint8_t)reason;
        if (reason == WALK_LEAF) {
            found(w, &w->r->s1, ref->pte, level);
            *gpa = leaf_address(w, &w->r->s1, w->q->va);
            return true;
        }
        if (is_access_reason(reason))
            return fault(w, FAULT_ACCESS, reason, 1, (int)level);
        if (reason != WALK_TABLE)
            return fault(w, FAULT_PAGE, reason, 1, (int)level);
        table = ppn_of(w, ref->pte) << 12;
    }
    return false; // not reached
}

static uint64_t root_of(const struct rv_regs *g, uint64_t atp)
{
    return (g->xlen == 32 ? bits(atp, 21, 0) : bits(atp, 43, 0)) << 12;
}

static struct walker setup(const struct rv_regs *g, const struct rv_request *q,
                           const struct walk_mem *mem, struct walk_result *r)
{
    uint64_t atp1 = q->virt ? g->vsatp : g->satp;
    return (struct walker){
        .g = g,
        .q = q,
        .mem = mem,
        .r = r,
        .f1 = format_of(g->xlen, rv_mode(g, atp1)),
        .f2 = format_of(g->xlen, q->virt ? rv_mode(g, g->hgatp) : 0),
        .root1 = root_of(g, atp1),
        .root2 = root_of(g, g->hgatp) & ~UINT64_C(0x3fff),
        .mxr1 = g->mxr || (q->virt && g->vsmxr),
        .sum = q->virt ? g->vssum : g->sum,
        .pbmte1 = g->m_pbmte && (!q->virt || g->h_pbmte),
        .adue1 = g->m_adue && (!q->virt || g->h_adue),
        .sse = g->m_sse && (!q->virt || g->h_sse),
    };
}

// Pointer masking: the effective address of an explicit access without its upper bits, which become
// copies of the highest one left, or 0 where stage 1 is Bare. Not of HLVX, and not where MXR holds.
static uint64_t unmasked(const struct walker *w, const struct rv_request *q)
{
    unsigned pmm = q->priv == RV_U ? w->g->s_pmm : q->virt ? w->g->h_pmm : w->g->m_pmm;
    unsigned n = pmm == 2 ? 7 : pmm == 3 ? 16 : 0;
    if (!n || q->access == RV_FETCH || q->access == RV_READ_X || w->mxr1)
        return q->va;
    bool ones = w->f1.levels && bit(q->va, 63 - n);
    return ones ? q->va | ~mask64(64 - n) : q->va & mask64(64 - n);
}

void rv_walk(const struct rv_regs *g, const struct rv_request *q, const struct walk_mem *mem,
             struct walk_result *r)
{
    static const uint8_t use[] = {[RV_READ] = USE_LOAD, [RV_WRITE] = USE_STORE,
                                  [RV_FETCH] = USE_FETCH, [RV_READ_X] = USE_LOAD_X,
                                  [RV_SHADOW_READ] = USE_SHADOW, [RV_SHADOW_WRITE] = USE_SHADOW};
    struct rv_request masked = *q;
    struct walker w = setup(g, &masked, mem, r);
    walk_clear(r, q->va);
    masked.va = unmasked(&w, q);
    if (!stage1(&w, &r->ipa))
        return;
    w.column = WALK_DATA;
    if (!q->virt)
        r->pa = r->ipa;
    else if (!stage2(&w, r->ipa, q->access, 0, &r->pa, &r->s2))
        return;
    // Svpbmt: a non-zero PBMT of the VS stage overrides that of the G stage.
    r->attr = r->s1.attr ? r->s1.attr : r->s2.attr;
    unsigned verdict = walk_check(mem, r->pa, use[q->access]);
    if (verdict != WALK_LEAF)
        fault(&w, FAULT_ACCESS, verdict, 0, WALK_OFF);
}

// --- tables without an access -------------------------------------------------------------------

bool rv_stage(const struct rv_regs *g, unsigned stage, bool virt, struct rv_stage *out)
{
    struct rv_request q = {.virt = virt || stage == 2};
    struct walker w = setup(g, &q, NULL, NULL);
    struct format f = stage == 1 ? w.f1 : w.f2;
    *out = (struct rv_stage){f.levels, f.index_bits, f.size, stage == 1 ? w.root1 : w.root2};
    return f.levels;
}

static unsigned rights_of(uint64_t pte, unsigned stage)
{
    static const uint8_t access[3] = {RV_READ, RV_WRITE, RV_FETCH};
    unsigned rights = 0;
    for (unsigned i = 0; i < 3; i++)
        if ((stage == 1 ? permission1(pte, access[i], false) : permission(pte, access[i], false)) ==
            WALK_LEAF)
            rights |= 1u << i;
    if (stage == 2)
        return pte & PTE_U ? rights | rights << RIGHT_USER : 0;
    return pte & PTE_U ? rights << RIGHT_USER : rights;
}

void rv_entry(const struct rv_regs *g, unsigned stage, bool virt, unsigned level, uint64_t pte,
              uint64_t input, struct walk_entry *e)
{
    struct rv_request q = {.virt = virt || stage == 2};
    struct walker w = setup(g, &q, NULL, NULL);
    *e = (struct walk_entry){.reason = WALK_INVALID};
    if (!pte_v(pte)) // may hold anything
        return;
    e->reason = (uint8_t)decode(&w, pte, level, stage);
    e->address = ppn_of(&w, pte) << 12;
    if (e->reason != WALK_LEAF)
        return;
    found(&w, &e->leaf, pte, level);
    e->address = leaf_address(&w, &e->leaf, input);
    e->rights = (uint8_t)rights_of(pte, stage);
    e->accessed = pte & PTE_A;
    e->dirty = pte & PTE_D;
    e->global = pte & PTE_G;
}

bool rv_guest_table(const struct rv_regs *g, const struct walk_mem *mem, uint64_t gpa, uint64_t *hpa,
                    struct walk_result *r)
{
    struct rv_request q = {.va = gpa, .access = RV_READ, .virt = true};
    struct walker w = setup(g, &q, mem, r);
    walk_clear(r, gpa);
    return stage2(&w, gpa, RV_READ, 'r', hpa, &r->s2);
}
