// SPDX-License-Identifier: MulanPSL-2.0
#include "l2tlb/walk.h"

#include "arch/walk_a64.h"
#include "arch/walk_riscv.h"
#include "lib/impl.h"

#include <string.h>

_Static_assert((int)WALK_REFS == (int)L2TLB_WALK_REFS && (int)WALK_UPDATES == (int)L2TLB_WALK_UPDATES, "arrays");
_Static_assert((int)WALK_DATA == (int)L2TLB_WALK_DATA && (int)WALK_OFF == (int)L2TLB_WALK_OFF, "marks");
_Static_assert((int)USE_TABLE_READ == (int)L2TLB_USE_TABLE_READ && (int)USE_SHADOW == (int)L2TLB_USE_SHADOW, "uses");
_Static_assert((int)RV_READ == (int)L2TLB_RISCV_READ && (int)RV_SHADOW_WRITE == (int)L2TLB_RISCV_SHADOW_WRITE &&
                   (int)RV_ACCESSES == L2TLB_RISCV_SHADOW_WRITE + 1, "accesses");
_Static_assert((int)FAULT_NONE == 0 && (int)FAULT_ACCESS == (int)L2TLB_WALK_ACCESS, "faults");

// Sizes of the first versions.
enum { MEMORY_0 = sizeof(struct l2tlb_walk_memory), RISCV_0 = sizeof(struct l2tlb_riscv_regs),
       A64_0 = sizeof(struct l2tlb_a64_regs), RESULT_0 = sizeof(struct l2tlb_walk_result) };

static const uint8_t reason_of[] = {
    [L2TLB_ALLOWED] = WALK_LEAF,
    [L2TLB_NO_SUCH_MEMORY] = WALK_NO_MEMORY,
    [L2TLB_DENIED] = WALK_DENIED,
    [L2TLB_NOT_CACHEABLE] = WALK_NOT_CACHEABLE,
};

static uint64_t read_word(void *ctx, uint64_t addr, unsigned size)
{
    const struct l2tlb_walk_memory *m = ctx;
    if (m->read)
        return m->read(m->ctx, addr, size);
    uint64_t word = phys_read(m->memory->words, addr);
    return size == 4 ? word >> (addr & 4) * 8 & UINT32_MAX : word;
}

static unsigned check(void *ctx, uint64_t addr, unsigned use)
{
    const struct l2tlb_walk_memory *m = ctx;
    unsigned verdict = m->check ? m->check(m->ctx, addr, use) : L2TLB_ALLOWED;
    return reason_of[verdict < sizeof reason_of ? verdict : L2TLB_DENIED];
}

static uint8_t verdict_of(unsigned reason)
{
    uint8_t v = L2TLB_ALLOWED;
    while (v < L2TLB_NOT_CACHEABLE && reason_of[v] != reason)
        v++;
    return v;
}

static void take_leaf(struct l2tlb_walk_leaf *to, const struct walk_leaf *from)
{
    *to = (struct l2tlb_walk_leaf){
        .pte = from->pte, .level = from->level, .shift = from->shift, .napot = from->napot, .attr = from->attr};
}

static void take_arrays(struct l2tlb_walk_result *to, const struct walk_result *r)
{
    to->nrefs = r->nrefs;
    to->nupdates = r->nupdates;
    for (unsigned i = 0; i < r->nrefs; i++) {
        const struct walk_ref *f = &r->ref[i];
        to->ref[i] = (struct l2tlb_walk_ref){
            .address = f->address, .pte = f->pte, .input = f->input, .ipa = f->ipa, .level = f->level,
            .column = f->column, .stage = f->stage, .reason = f->reason, .verdict = verdict_of(f->verdict),
            .for_write = f->for_write};
    }
    for (unsigned i = 0; i < r->nupdates; i++)
        to->update[i] = (struct l2tlb_walk_update){.address = r->update[i].address, .value = r->update[i].value,
                                                   .stage = r->update[i].stage, .bytes = r->update[i].size};
}

static int take_result(struct l2tlb_walk_result *to, const struct walk_result *r)
{
    to->fault = r->fault;
    to->reason = r->reason;
    to->stage = r->stage;
    to->level = r->level;
    to->va = r->va;
    to->ipa = r->ipa;
    to->pa = r->pa;
    take_leaf(&to->s1, &r->s1);
    take_leaf(&to->s2, &r->s2);
    to->tval = r->tval;
    to->gpaddr = r->gpaddr;
    to->tinst = r->tinst;
    to->cause = r->cause;
    to->implicit = r->implicit;
    to->attr = r->attr;
    to->fst = r->fst;
    to->s1ptw = r->s1ptw;
    take_arrays(to, r);
    return r->fault ? L2TLB_FAULT : L2TLB_OK;
}

// Memory and result of a walk: what the caller gave, in our version.
struct frame {
    struct l2tlb_walk_memory memory;
    struct walk_mem mem;
    struct walk_result r;
};

static int refuse(struct l2tlb_walk_result *result, const char *why)
{
    result->message = why;
    return L2TLB_BAD_VALUE;
}

// Empties the head of the result, which is all that means something after an error.
static int begin(struct frame *f, const struct l2tlb_walk_memory *memory, struct l2tlb_walk_result *result)
{
    if (result->size < RESULT_0)
        return L2TLB_BAD_SIZE;
    uint32_t size = result->size;
    memset(result, 0, offsetof(struct l2tlb_walk_result, ref));
    if (size > sizeof *result)
        memset((char *)result + sizeof *result, 0, size - sizeof *result);
    result->size = size;
    if (!struct_in(&f->memory, sizeof f->memory, memory, memory->size, MEMORY_0))
        return L2TLB_BAD_SIZE;
    if (!f->memory.read && !f->memory.memory)
        return refuse(result, "no memory: neither read nor memory is given");
    if (!ZERO(f->memory))
        return refuse(result, "memory.zero is not 0");
    f->mem = (struct walk_mem){.ctx = &f->memory, .read = read_word, .check = f->memory.check ? check : NULL};
    return L2TLB_OK;
}

int l2tlb_walk_riscv(const struct l2tlb_riscv_regs *regs, const struct l2tlb_riscv_access_info *access,
                     const struct l2tlb_walk_memory *memory, struct l2tlb_walk_result *result)
{
    struct l2tlb_riscv_regs g;
    struct frame f;
    int status = begin(&f, memory, result);
    if (status)
        return status;
    if (!struct_in(&g, sizeof g, regs, regs->size, RISCV_0))
        return L2TLB_BAD_SIZE;
    const struct rv_regs own = {
        .satp = g.satp, .vsatp = g.vsatp, .hgatp = g.hgatp, .xlen = g.xlen, .mxr = g.mxr, .sum = g.sum,
        .vsmxr = g.vsmxr, .vssum = g.vssum, .m_pbmte = g.m_pbmte, .m_adue = g.m_adue, .h_pbmte = g.h_pbmte,
        .h_adue = g.h_adue, .m_sse = g.m_sse, .h_sse = g.h_sse, .m_pmm = g.m_pmm, .s_pmm = g.s_pmm,
        .h_pmm = g.h_pmm, .rsw60 = g.rsw60};
    const struct rv_request q = {
        .va = access->va, .access = access->access, .priv = access->priv, .virt = access->virt};
    const char *why = rv_regs_check(&own);
    if (why)
        return refuse(result, why);
    if (!ZERO(g) || !ZERO(*access))
        return refuse(result, "a member zero is not 0");
    if (g.m_pmm > 3 || g.s_pmm > 3 || g.h_pmm > 3)
        return refuse(result, "PMM has two bits");
    if (q.access >= RV_ACCESSES || q.priv > RV_S)
        return refuse(result, "access or priv: no such value");
    if (q.access == RV_READ_X && !q.virt)
        return refuse(result, "virt: HLVX acts with V=1");
    rv_walk(&own, &q, &f.mem, &f.r);
    return take_result(result, &f.r);
}

int l2tlb_walk_a64(const struct l2tlb_a64_regs *regs, const struct l2tlb_a64_access_info *access,
                   const struct l2tlb_walk_memory *memory, struct l2tlb_walk_result *result)
{
    struct l2tlb_a64_regs g;
    struct frame f;
    int status = begin(&f, memory, result);
    if (status)
        return status;
    if (!struct_in(&g, sizeof g, regs, regs->size, A64_0))
        return L2TLB_BAD_SIZE;
    const struct a64_regs own = {
        .tcr_el1 = g.tcr_el1, .ttbr0_el1 = g.ttbr0_el1, .ttbr1_el1 = g.ttbr1_el1, .mair_el1 = g.mair_el1,
        .sctlr_el1 = g.sctlr_el1, .vtcr_el2 = g.vtcr_el2, .vttbr_el2 = g.vttbr_el2, .hcr_el2 = g.hcr_el2,
        .parange = g.parange, .pan = g.pan};
    const struct a64_request q = {
        .va = access->va, .access = access->access, .el = access->el, .only_s1 = access->only_s1};
    const char *why = a64_regs_check(&own);
    if (why)
        return refuse(result, why);
    if (!ZERO(g) || !ZERO(*access))
        return refuse(result, "a member zero is not 0");
    if (q.access > A64_FETCH || q.el > 1)
        return refuse(result, "access or el: no such value");
    a64_walk(&own, &q, &f.mem, &f.r);
    return take_result(result, &f.r);
}

const char *l2tlb_walk_reason(unsigned reason)
{
    return reason < WALK_REASONS ? walk_reason_text(reason) : NULL;
}

const char *l2tlb_walk_reason_id(unsigned reason)
{
    static const char *const id[] = {
#define REASON(name, text) #name,
#include "arch/walk_reasons.def"
#undef REASON
    };
    return reason < WALK_REASONS ? id[reason] : NULL;
}
