// SPDX-License-Identifier: MulanPSL-2.0
// The functional walks: the family of defects that two-stage implementations share (guest address
// width, page fault before guest page fault, causes, NAPOT in the G stage, ...), A/D updates, and the
// number of references. The bulk of the evidence is `l2tlb funccheck`.
#include "arch/bits.h"
#include "arch/pte.h"
#include "arch/walk_a64.h"
#include "arch/walk_riscv.h"
#include "mem/ptbuild.h"
#include "tests/harness.h"

enum { AD = PT_A | PT_D, RWX = PT_R | PT_W | PT_X };

// Sv39 over Sv39x4. Guest tables at guest 0x80400000 = host 0xc0400000; guest page 0x88000000 is
// host page 0x100000000; VA 0x12345000.
struct stage_pair {
    struct phys *mem;
    struct pt *vs, *g;
    uint64_t next_host, next_guest;
    struct rv_regs regs;
    unsigned denied_use; // check(): refuse this use at denied_addr (WALK_DATA: none)
    uint64_t denied_page;
    struct walk_result r;
};

#define VA UINT64_C(0x12345000)
#define GPA UINT64_C(0x88000000)
#define HPA UINT64_C(0x100000000)
#define GUEST_OFFSET UINT64_C(0x40000000)

static uint64_t bump(uint64_t *next, uint64_t size)
{
    uint64_t a = (*next + size - 1) & ~(size - 1);
    *next = a + size;
    return a;
}

static uint64_t host_frame(void *ctx, uint64_t size)
{
    return bump(&((struct stage_pair *)ctx)->next_host, size);
}

static uint64_t guest_frame(void *ctx, uint64_t size)
{
    return bump(&((struct stage_pair *)ctx)->next_guest, size);
}

static uint64_t guest_host(void *ctx, uint64_t addr)
{
    (void)ctx;
    return addr + GUEST_OFFSET;
}

static uint64_t read_word(void *ctx, uint64_t addr, unsigned size)
{
    uint64_t w = phys_read(((struct stage_pair *)ctx)->mem, addr);
    return size == 8 ? w : bits(w >> (addr & 4 ? 32 : 0), 31, 0);
}

static unsigned check(void *ctx, uint64_t addr, unsigned use)
{
    const struct stage_pair *p = ctx;
    if (addr >> 40)
        return WALK_NO_MEMORY;
    return use == p->denied_use && addr >> 12 == p->denied_page >> 12 ? WALK_DENIED : WALK_LEAF;
}

static bool pair_open(struct stage_pair *p, unsigned vs_flags, unsigned g_flags)
{
    char msg[128];
    *p = (struct stage_pair){.mem = phys_new(), .next_host = 0x80000000, .next_guest = 0x80400000,
                             .denied_use = WALK_DATA};
    struct pt_frames hf = {host_frame, NULL, NULL, p}, gf = {guest_frame, NULL, guest_host, p};
    struct pt_config c1 = {.format = PT_SV39}, c2 = {.format = PT_SV39X4};
    p->vs = pt_new(&c1, p->mem, &gf, msg, sizeof msg);
    p->g = pt_new(&c2, p->mem, &hf, msg, sizeof msg);
    if (!p->vs || !p->g || pt_map(p->vs, VA, GPA, 12, vs_flags) ||
        pt_map(p->g, GPA, HPA, 12, g_flags) ||
        pt_map_range(p->g, 0x80400000, 0xc0400000, 0x10000, RWX | AD, 12))
        return false;
    p->regs = (struct rv_regs){.xlen = 64, .vsatp = UINT64_C(8) << 60 | pt_root_field(p->vs),
                               .hgatp = UINT64_C(8) << 60 | pt_root_field(p->g)};
    return true;
}

static void pair_close(struct stage_pair *p)
{
    pt_free(p->vs);
    pt_free(p->g);
    phys_free(p->mem);
}

static const struct walk_result *access_va(struct stage_pair *p, uint64_t va, unsigned access,
                                           unsigned priv)
{
    struct walk_mem m = {p, read_word, check};
    struct rv_request q = {.va = va, .access = (uint8_t)access, .priv = (uint8_t)priv, .virt = true};
    rv_walk(&p->regs, &q, &m, &p->r);
    return &p->r;
}

// The last stage-1 word of a read, by host address.
static uint64_t leaf_address(struct stage_pair *p)
{
    const struct walk_result *r = access_va(p, VA, RV_READ, RV_S);
    uint64_t at = 0;
    for (unsigned i = 0; i < r->nrefs; i++)
        if (r->ref[i].stage == 1)
            at = r->ref[i].address;
    return at;
}

// Rewrites the VS leaf of VA: clears and sets bits.
static void change_leaf(struct stage_pair *p, uint64_t clear, uint64_t set)
{
    uint64_t at = leaf_address(p);
    phys_write(p->mem, at, (phys_read(p->mem, at) & ~clear) | set);
}

TEST references_are_15_for_three_over_three(void)
{
    struct stage_pair p;
    ASSERT(pair_open(&p, PT_R | PT_W | AD, RWX | AD));
    const struct walk_result *r = access_va(&p, VA + 0x678, RV_READ, RV_S);
    ASSERT_EQ(FAULT_NONE, r->fault);
    ASSERT_EQ(HPA + 0x678, r->pa);
    ASSERT_EQ(GPA + 0x678, r->ipa);
    ASSERT_EQ(15, r->nrefs);
    // The order: three stage-2 words, then the stage-1 word; last the data page.
    for (unsigned i = 0; i < 15; i++) {
        ASSERT_EQ(i % 4 == 3 ? 1 : 2, r->ref[i].stage);
        ASSERT_EQ(i % 4 == 3 ? 2 - (int)(i / 4) : 2 - (int)(i % 4), r->ref[i].level);
        ASSERT_EQ(i >= 12 ? WALK_DATA : 2 - (int)(i / 4), r->ref[i].column);
    }
    pair_close(&p);
    PASS();
}

TEST guest_address_width_is_checked(void)
{
    struct stage_pair p;
    ASSERT(pair_open(&p, PT_R | AD, RWX | AD));
    // Top legal bit (40) set: legal, not mapped. Bit 41: too wide. Not truncated to GPA either way.
    for (unsigned bit_no = 40; bit_no < 56; bit_no++) {
        change_leaf(&p, ((UINT64_C(1) << 44) - 1) << 10,
                    (GPA | UINT64_C(1) << bit_no) >> 12 << 10);
        const struct walk_result *r = access_va(&p, VA + 0x123, RV_READ, RV_S);
        ASSERT_EQ(21, r->cause);
        ASSERT_EQ(bit_no > 40 ? WALK_GUEST_WIDTH : WALK_INVALID, r->reason);
        ASSERT_EQ((GPA | UINT64_C(1) << bit_no) + 0x120, r->gpaddr); // low two bits are dropped
        ASSERT_EQ(VA + 0x123, r->tval);
        ASSERT_EQ(0, r->implicit);
        ASSERT_EQ(bit_no > 40 ? 12 : 13, r->nrefs);
        change_leaf(&p, ((UINT64_C(1) << 44) - 1) << 10, GPA >> 12 << 10);
    }
    // With VS bare the virtual address is the guest address.
    p.regs.vsatp = 0;
    ASSERT_EQ(21, access_va(&p, UINT64_C(1) << 41, RV_READ, RV_S)->cause);
    ASSERT_EQ(0, p.r.nrefs);
    ASSERT_EQ(FAULT_NONE, access_va(&p, GPA, RV_READ, RV_S)->fault);
    ASSERT_EQ(3, p.r.nrefs);
    pair_close(&p);
    PASS();
}

TEST wide_table_pointer_is_a_guest_fault_of_the_walk(void)
{
    struct stage_pair p;
    ASSERT(pair_open(&p, PT_R | AD, RWX | AD));
    uint64_t at = 0;
    const struct walk_result *r = access_va(&p, VA, RV_WRITE, RV_S);
    for (unsigned i = 0; i < r->nrefs && !at; i++)
        if (r->ref[i].stage == 1)
            at = r->ref[i].address;
    phys_write(p.mem, at, phys_read(p.mem, at) | UINT64_C(1) << (41 - 2));
    r = access_va(&p, VA, RV_WRITE, RV_S);
    ASSERT_EQ(23, r->cause); // follows the original access, not the read of the table
    ASSERT_EQ('r', r->implicit);
    ASSERT_EQ(0x3000u, r->tinst);
    ASSERT_EQ(UINT64_C(1) << 41, r->gpaddr & UINT64_C(1) << 41);
    ASSERT_EQ(20, access_va(&p, VA, RV_FETCH, RV_S)->cause);
    pair_close(&p);
    PASS();
}

TEST page_fault_comes_before_guest_page_fault(void)
{
    struct stage_pair p;
    ASSERT(pair_open(&p, PT_R | AD, PT_R | AD));
    // VS leaf refuses the write, and so would the G leaf.
    ASSERT_EQ(15, access_va(&p, VA, RV_WRITE, RV_S)->cause);
    ASSERT_EQ(12, p.r.nrefs);
    // VS leaf allows it: now the G stage decides.
    change_leaf(&p, 0, PTE_W);
    ASSERT_EQ(23, access_va(&p, VA, RV_WRITE, RV_S)->cause);
    ASSERT_EQ(GPA, p.r.gpaddr);
    // Reserved bits of the VS leaf beat a guest address that is too wide.
    change_leaf(&p, 0, UINT64_C(1) << 54 | UINT64_C(1) << (41 - 2));
    ASSERT_EQ(13, access_va(&p, VA, RV_READ, RV_S)->cause);
    ASSERT_EQ(WALK_RESERVED_BITS, p.r.reason);
    // Not canonical: no reference at all.
    ASSERT_EQ(13, access_va(&p, UINT64_C(1) << 38, RV_READ, RV_S)->cause);
    ASSERT_EQ(0, p.r.nrefs);
    pair_close(&p);
    PASS();
}

TEST user_and_sum_are_those_of_the_guest(void)
{
    struct stage_pair p;
    ASSERT(pair_open(&p, RWX | PT_U | AD, RWX | AD));
    p.regs.sum = true; // of the host: must not help
    ASSERT_EQ(13, access_va(&p, VA, RV_READ, RV_S)->cause);
    ASSERT_EQ(FAULT_NONE, access_va(&p, VA, RV_READ, RV_U)->fault);
    p.regs.vssum = true;
    ASSERT_EQ(FAULT_NONE, access_va(&p, VA, RV_READ, RV_S)->fault);
    ASSERT_EQ(FAULT_NONE, access_va(&p, VA, RV_READ_X, RV_S)->fault);
    ASSERT_EQ(12, access_va(&p, VA, RV_FETCH, RV_S)->cause); // never with SUM
    change_leaf(&p, PTE_U, 0);
    ASSERT_EQ(13, access_va(&p, VA, RV_READ, RV_U)->cause);
    pair_close(&p);
    PASS();
}

TEST mxr_reaches_the_stages_it_should(void)
{
    struct stage_pair p;
    // Both leaves execute-only.
    ASSERT(pair_open(&p, PT_X | AD, PT_X | AD));
    ASSERT_EQ(13, access_va(&p, VA, RV_READ, RV_S)->cause);
    ASSERT_EQ(FAULT_NONE, access_va(&p, VA, RV_READ_X, RV_S)->fault);
    ASSERT_EQ(15, access_va(&p, VA, RV_WRITE, RV_S)->cause);
    p.regs.vsmxr = true; // VS stage only
    ASSERT_EQ(21, access_va(&p, VA, RV_READ, RV_S)->cause);
    p.regs.vsmxr = false;
    p.regs.mxr = true; // both
    ASSERT_EQ(FAULT_NONE, access_va(&p, VA, RV_READ, RV_S)->fault);
    // ... but not reads of VS tables: make the page of the root execute-only.
    ASSERT_EQ(PT_OK, pt_unmap(p.g, 0x80400000));
    ASSERT_EQ(PT_OK, pt_map(p.g, 0x80400000, 0xc0400000, 12, PT_X | AD));
    ASSERT_EQ(21, access_va(&p, VA, RV_READ, RV_S)->cause);
    ASSERT_EQ('r', p.r.implicit);
    pair_close(&p);
    PASS();
}

TEST g_stage_leaves_need_u_and_a(void)
{
    struct stage_pair p;
    ASSERT(pair_open(&p, RWX | AD, RWX | AD));
    const struct walk_result *r = access_va(&p, VA, RV_READ, RV_S);
    uint64_t at = r->ref[14].address, pte = r->ref[14].pte;
    static const struct {
        uint64_t clear, set;
        unsigned access, reason;
    } c[] = {
        {PTE_U, 0, RV_READ, WALK_NEEDS_USER},
        {PTE_A, 0, RV_READ, WALK_NOT_ACCESSED},
        {PTE_D, 0, RV_WRITE, WALK_NOT_DIRTY},
        {PTE_V, 0, RV_READ, WALK_INVALID},
        {PTE_R, 0, RV_READ, WALK_WRITE_ONLY},
        {PTE_W, 0, RV_WRITE, WALK_NO_WRITE},
        {PTE_X, 0, RV_FETCH, WALK_NO_EXEC},
        {0, UINT64_C(1) << 54, RV_READ, WALK_RESERVED_BITS},
        {0, UINT64_C(1) << 60, RV_READ, WALK_RESERVED_BITS},
        {0, UINT64_C(1) << 61, RV_READ, WALK_PBMT_OFF},
        {0, UINT64_C(3) << 61, RV_READ, WALK_PBMT_RESERVED},
        {0, PTE_N, RV_READ, WALK_NAPOT},
        {PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D, 0, RV_READ, WALK_NO_LEAF},
    };
    for (unsigned i = 0; i < sizeof c / sizeof *c; i++) {
        phys_write(p.mem, at, (pte & ~c[i].clear) | c[i].set);
        r = access_va(&p, VA, c[i].access, RV_S);
        ASSERT_EQ(FAULT_GUEST, r->fault);
        ASSERT_EQ(c[i].reason, r->reason);
        ASSERT_EQ(GPA, r->gpaddr);
        ASSERT_EQ(0, r->level);
    }
    phys_write(p.mem, at, pte | PTE_G); // G means nothing there
    ASSERT_EQ(FAULT_NONE, access_va(&p, VA, RV_READ, RV_S)->fault);
    pair_close(&p);
    PASS();
}

TEST g_stage_napot_replaces_four_bits(void)
{
    struct stage_pair p;
    ASSERT(pair_open(&p, RWX | AD, RWX | AD));
    ASSERT_EQ(PT_OK, pt_unmap(p.g, GPA));
    ASSERT_EQ(PT_OK, pt_map(p.g, GPA, HPA, 16, RWX | AD));
    ASSERT_EQ(PT_OK, pt_map(p.vs, VA + 0x1000, GPA + 0x7000, 12, RWX | AD));
    const struct walk_result *r = access_va(&p, VA + 0x1abc, RV_READ, RV_S);
    ASSERT_EQ(FAULT_NONE, r->fault);
    ASSERT_EQ(HPA + 0x7abc, r->pa);
    ASSERT(r->s2.napot);
    ASSERT_EQ(16, r->s2.shift);
    pair_close(&p);
    PASS();
}

TEST ad_updates_are_writes_that_stage_two_must_allow(void)
{
    struct stage_pair p;
    ASSERT(pair_open(&p, PT_R | PT_W, RWX));
    ASSERT_EQ(13, access_va(&p, VA, RV_READ, RV_S)->cause);
    p.regs.h_adue = true; // without menvcfg.ADUE it reads as 0
    ASSERT_EQ(13, access_va(&p, VA, RV_READ, RV_S)->cause);
    p.regs.m_adue = true;
    const struct walk_result *r = access_va(&p, VA, RV_WRITE, RV_S);
    ASSERT_EQ(FAULT_NONE, r->fault);
    ASSERT_EQ(18, r->nrefs); // three more for the write of the VS leaf
    ASSERT_EQ(2, r->nupdates); // VS leaf, then the G leaf of the data page
    ASSERT_EQ(1, r->update[0].stage);
    ASSERT_EQ(PTE_A | PTE_D, (int)(r->update[0].value & (PTE_A | PTE_D)));
    ASSERT_EQ(2, r->update[1].stage);
    r = access_va(&p, VA, RV_READ, RV_S);
    ASSERT_EQ(PTE_A, (int)(r->update[0].value & (PTE_A | PTE_D)));
    // The page of the last VS table read-only in the G stage: reading is fine, the update is not.
    uint64_t table = leaf_address(&p) - GUEST_OFFSET;
    ASSERT_EQ(PT_OK, pt_unmap(p.g, table));
    ASSERT_EQ(PT_OK, pt_map(p.g, table & ~mask64(12), (table & ~mask64(12)) + GUEST_OFFSET, 12,
                            PT_R | PT_A));
    r = access_va(&p, VA, RV_READ, RV_S);
    ASSERT_EQ(21, r->cause);
    ASSERT_EQ('w', r->implicit);
    ASSERT_EQ(0x3020u, r->tinst);
    ASSERT_EQ(table, r->gpaddr);
    ASSERT_EQ(0, r->nupdates);
    pair_close(&p);
    PASS();
}

TEST protection_faults_are_access_faults(void)
{
    struct stage_pair p;
    ASSERT(pair_open(&p, PT_R | PT_W | AD, RWX | AD));
    const struct walk_result *r = access_va(&p, VA, RV_READ, RV_S);
    uint64_t at[15];
    for (unsigned i = 0; i < 15; i++)
        at[i] = r->ref[i].address;
    p.denied_use = USE_TABLE_READ;
    for (unsigned i = 0; i < 15; i++) {
        p.denied_page = at[i];
        r = access_va(&p, VA, RV_WRITE, RV_S);
        ASSERT_EQ(FAULT_ACCESS, r->fault);
        ASSERT_EQ(7, r->cause);
        ASSERT_EQ(WALK_DENIED, r->ref[r->nrefs - 1].verdict);
    }
    p.denied_use = USE_STORE;
    p.denied_page = HPA;
    ASSERT_EQ(7, access_va(&p, VA, RV_WRITE, RV_S)->cause);
    ASSERT_EQ(FAULT_NONE, access_va(&p, VA, RV_READ, RV_S)->fault);
    // HLVX asks for both rights of the page it reads.
    ASSERT(pt_map(p.vs, VA + 0x1000, GPA, 12, PT_R | PT_X | AD) == PT_OK);
    p.denied_use = USE_LOAD_X;
    ASSERT_EQ(5, access_va(&p, VA + 0x1000, RV_READ_X, RV_S)->cause);
    ASSERT_EQ(FAULT_NONE, access_va(&p, VA + 0x1000, RV_READ, RV_S)->fault);
    pair_close(&p);
    PASS();
}

TEST effective_privilege_of_loads(void)
{
    struct rv_request q;
    struct rv_hart h = {.priv = RV_M};
    ASSERT_FALSE(rv_effective(&h, RV_PLAIN, RV_READ, &q));
    h.mprv = true;
    h.mpp = RV_U;
    h.mpv = true;
    ASSERT(rv_effective(&h, RV_PLAIN, RV_READ, &q));
    ASSERT_EQ(RV_U, q.priv);
    ASSERT(q.virt);
    ASSERT_FALSE(rv_effective(&h, RV_PLAIN, RV_FETCH, &q));
    h.mpp = RV_M; // MPV without meaning
    ASSERT_FALSE(rv_effective(&h, RV_PLAIN, RV_WRITE, &q));
    h.spvp = true;
    ASSERT(rv_effective(&h, RV_HLVX, RV_READ, &q));
    ASSERT_EQ(RV_READ_X, q.access);
    ASSERT_EQ(RV_S, q.priv);
    ASSERT(q.virt);
    PASS();
}

TEST bad_registers_are_named(void)
{
    struct rv_regs g = {.xlen = 64, .satp = UINT64_C(7) << 60};
    ASSERT_STR_EQ("satp selects a reserved mode", rv_regs_check(&g));
    g = (struct rv_regs){.xlen = 64, .hgatp = UINT64_C(11) << 60};
    ASSERT_STR_EQ("hgatp selects a reserved mode", rv_regs_check(&g));
    g = (struct rv_regs){.xlen = 48};
    ASSERT(rv_regs_check(&g));
    g = (struct rv_regs){.xlen = 32, .vsatp = UINT64_C(1) << 32};
    ASSERT(rv_regs_check(&g));
    struct a64_regs a = {.parange = 6, .sctlr_el1 = 1, .tcr_el1 = 3 << 14 | UINT64_C(1) << 30};
    ASSERT(a64_regs_check(&a));
    a.tcr_el1 = 0; // TG1 = 0
    ASSERT(a64_regs_check(&a));
    PASS();
}

// --- AArch64 ------------------------------------------------------------------------------------

// 4-KiB pages, 39-bit stage 1 over 39-bit stage 2, tables as in struct stage_pair.
static bool a64_open(struct stage_pair *p, struct a64_regs *g, unsigned f1, unsigned f2)
{
    char msg[128];
    *p = (struct stage_pair){.mem = phys_new(), .next_host = 0x80000000, .next_guest = 0x80400000};
    struct pt_frames hf = {host_frame, NULL, NULL, p}, gf = {guest_frame, NULL, guest_host, p};
    struct pt_config c1 = {.format = PT_A64_S1, .granule = 12, .input_bits = 39,
                           .attr_index = {0, 1, 2}};
    struct pt_config c2 = {.format = PT_A64_S2, .granule = 12, .input_bits = 39};
    p->vs = pt_new(&c1, p->mem, &gf, msg, sizeof msg);
    p->g = pt_new(&c2, p->mem, &hf, msg, sizeof msg);
    if (!p->vs || !p->g || pt_map(p->vs, VA, GPA, 12, f1) || pt_map(p->g, GPA, HPA, 12, f2) ||
        pt_map_range(p->g, 0x80400000, 0xc0400000, 0x10000, RWX | AD, 12))
        return false;
    *g = (struct a64_regs){
        .tcr_el1 = 25 | UINT64_C(1) << 23 | UINT64_C(2) << 30 | UINT64_C(5) << 32,
        .ttbr0_el1 = pt_root_field(p->vs), .mair_el1 = 0x0044ff, .sctlr_el1 = 1,
        .vtcr_el2 = 25 | 1 << 6 | 5 << 16, .vttbr_el2 = pt_root_field(p->g), .hcr_el2 = 1,
        .parange = 6,
    };
    return true;
}

static const struct walk_result *a64_access(struct stage_pair *p, const struct a64_regs *g,
                                            unsigned access, unsigned el)
{
    struct walk_mem m = {p, read_word, NULL};
    struct a64_request q = {.va = VA + 0x123, .access = (uint8_t)access, .el = (uint8_t)el};
    a64_walk(g, &q, &m, &p->r);
    return &p->r;
}

TEST a64_two_stages_walk(void)
{
    struct stage_pair p;
    struct a64_regs g;
    ASSERT(a64_open(&p, &g, PT_R | PT_W | AD, RWX | AD));
    const struct walk_result *r = a64_access(&p, &g, A64_READ, 1);
    ASSERT_EQ(FAULT_NONE, r->fault);
    ASSERT_EQ(HPA + 0x123, r->pa);
    ASSERT_EQ(15, r->nrefs);
    ASSERT_EQ(0xff, r->attr);
    ASSERT_EQ(1, r->ref[0].level);
    ASSERT_EQ(FAULT_NONE, a64_access(&p, &g, A64_WRITE, 1)->fault);
    ASSERT_EQ(0x0f, a64_access(&p, &g, A64_FETCH, 1)->fst); // permission fault, level 3
    ASSERT_EQ(0x0f, a64_access(&p, &g, A64_READ, 0)->fst);
    ASSERT_EQ(1, p.r.stage);
    pair_close(&p);
    PASS();
}

TEST a64_flags_mean_the_right_thing_at_each_stage(void)
{
    struct stage_pair p;
    struct a64_regs g;
    // Stage 1: rights of EL0 pages. Stage 2: read only, no execution.
    ASSERT(a64_open(&p, &g, RWX | PT_U | AD, PT_R | AD));
    ASSERT_EQ(FAULT_NONE, a64_access(&p, &g, A64_READ, 0)->fault);
    const struct walk_result *r = a64_access(&p, &g, A64_WRITE, 0);
    ASSERT_EQ(0x0f, r->fst);
    ASSERT_EQ(2, r->stage);
    ASSERT_FALSE(r->s1ptw);
    ASSERT_EQ(GPA + 0x123, r->ipa);
    ASSERT_EQ(2, a64_access(&p, &g, A64_FETCH, 0)->stage);
    ASSERT_EQ(1, a64_access(&p, &g, A64_FETCH, 1)->stage); // EL0-writable: never EL1-executable
    pair_close(&p);
    PASS();
}

TEST a64_dirty_state_and_access_flag(void)
{
    struct stage_pair p;
    struct a64_regs g;
    ASSERT(a64_open(&p, &g, PT_R | PT_W, PT_R | PT_W));
    ASSERT_EQ(0x0b, a64_access(&p, &g, A64_READ, 1)->fst); // AF=0, level 3
    g.tcr_el1 |= UINT64_C(3) << 39;                        // HA, HD
    const struct walk_result *r = a64_access(&p, &g, A64_READ, 1);
    ASSERT_EQ(0x0b, r->fst);
    ASSERT_EQ(2, r->stage);
    g.vtcr_el2 |= 3 << 21;
    r = a64_access(&p, &g, A64_WRITE, 1);
    ASSERT_EQ(FAULT_NONE, r->fault);
    ASSERT_EQ(2, r->nupdates);
    ASSERT_EQ(UINT64_C(1) << 10, r->update[0].value & (UINT64_C(1) << 10 | UINT64_C(1) << 7));
    ASSERT_EQ(UINT64_C(3) << 7 | UINT64_C(1) << 10,
              (r->update[1].value & (UINT64_C(1) << 10 | UINT64_C(1) << 7)) | UINT64_C(1) << 8);
    pair_close(&p);
    PASS();
}

TEST a64_device_tables_fault_with_ptw(void)
{
    struct stage_pair p;
    struct a64_regs g;
    ASSERT(a64_open(&p, &g, PT_R | AD, RWX | AD));
    ASSERT_EQ(PT_OK, pt_unmap(p.g, 0x80400000));
    ASSERT_EQ(PT_OK, pt_map(p.g, 0x80400000, 0xc0400000, 12, PT_R | AD | PT_IO));
    ASSERT_EQ(FAULT_NONE, a64_access(&p, &g, A64_READ, 1)->fault);
    g.hcr_el2 |= 4;
    const struct walk_result *r = a64_access(&p, &g, A64_READ, 1);
    ASSERT_EQ(0x0f, r->fst);
    ASSERT(r->s1ptw);
    ASSERT_EQ(2, r->stage);
    pair_close(&p);
    PASS();
}

SUITE(walk_suite)
{
    RUN_TEST(references_are_15_for_three_over_three);
    RUN_TEST(guest_address_width_is_checked);
    RUN_TEST(wide_table_pointer_is_a_guest_fault_of_the_walk);
    RUN_TEST(page_fault_comes_before_guest_page_fault);
    RUN_TEST(user_and_sum_are_those_of_the_guest);
    RUN_TEST(mxr_reaches_the_stages_it_should);
    RUN_TEST(g_stage_leaves_need_u_and_a);
    RUN_TEST(g_stage_napot_replaces_four_bits);
    RUN_TEST(ad_updates_are_writes_that_stage_two_must_allow);
    RUN_TEST(protection_faults_are_access_faults);
    RUN_TEST(effective_privilege_of_loads);
    RUN_TEST(bad_registers_are_named);
    RUN_TEST(a64_two_stages_walk);
    RUN_TEST(a64_flags_mean_the_right_thing_at_each_stage);
    RUN_TEST(a64_dirty_state_and_access_flag);
    RUN_TEST(a64_device_tables_fault_with_ptw);
}
