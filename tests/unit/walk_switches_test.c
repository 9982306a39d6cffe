// SPDX-License-Identifier: MulanPSL-2.0
// Switches of the functional RISC-V walk, each on both sides: Zicfiss, pointer masking (Smnpm, Ssnpm),
// Svrsw60t59b.
#include "arch/bits.h"
#include "arch/pte.h"
#include "arch/walk_riscv.h"
#include "mem/phys.h"
#include "tests/harness.h"

// One 1-GiB leaf: stage 1 with its root at 0x80000000, address 0 -> 0x80000000. With V=1 the G stage
// has its root at 0x80004000 and maps guest page n to host page n (1-GiB leaf of 0x80000000).
enum { FULL = PTE_V | PTE_A | PTE_D, ROOT = 0x80000, G_ROOT = 0x80004, NO_USE = 0xff };
#define GIGA (UINT64_C(0x80000) << 10)

static struct walk_result r;
static unsigned last_use;

static uint64_t read_word(void *ctx, uint64_t addr, unsigned size)
{
    uint64_t w = phys_read(ctx, addr);
    return size == 8 ? w : bits(w >> (addr & 4 ? 32 : 0), 31, 0);
}

static unsigned check(void *ctx, uint64_t addr, unsigned use)
{
    (void)ctx, (void)addr;
    last_use = use;
    return WALK_LEAF;
}

static struct rv_regs one_stage(void)
{
    return (struct rv_regs){.xlen = 64, .satp = UINT64_C(8) << 60 | ROOT};
}

static struct rv_regs two_stages(void)
{
    return (struct rv_regs){.xlen = 64, .vsatp = UINT64_C(8) << 60 | ROOT,
                            .hgatp = UINT64_C(8) << 60 | G_ROOT};
}

// One access to a page with these bits in its stage-1 and G-stage leaf.
static void walk(const struct rv_regs *g, uint64_t va, unsigned access, unsigned priv, uint64_t leaf,
                 uint64_t g_leaf)
{
    struct phys *mem = phys_new();
    struct walk_mem m = {mem, read_word, check};
    struct rv_request q = {va, (uint8_t)access, (uint8_t)priv, g->hgatp || g->vsatp};
    phys_write(mem, 0x80000000, GIGA | FULL | leaf);        // address 0
    phys_write(mem, 0x80000000 + 511 * 8, GIGA | FULL | leaf); // the highest one
    phys_write(mem, 0x80004010, GIGA | FULL | PTE_U | g_leaf);
    last_use = NO_USE;
    rv_walk(g, &q, &m, &r);
    phys_free(mem);
}

// --- Zicfiss -------------------------------------------------------------------------------------

// Causes of an access to a page of each xwr; 0: none. "Shadow Stack Memory Protection".
static const uint8_t with_zicfiss[8][RV_ACCESSES] = {
    // R  W   X   HLVX SSPOPCHK SSPUSH
    [1] = {0, 15, 12, 13, 15, 15}, // R
    [2] = {0, 7, 1, 13, 0, 0},     // shadow stack
    [3] = {0, 0, 12, 13, 7, 7},    // RW
    [4] = {13, 15, 0, 0, 7, 7},    // X
    [5] = {0, 15, 0, 0, 7, 7},     // RX
    [6] = {13, 15, 12, 13, 15, 15}, // reserved
    [7] = {0, 0, 0, 0, 7, 7},
};

TEST shadow_stack_pages(void)
{
    for (unsigned v = 0; v < 2; v++)
        for (unsigned xwr = 1; xwr < 8; xwr++)
            for (unsigned access = 0; access < RV_ACCESSES; access++) {
                struct rv_regs g = v ? two_stages() : one_stage();
                g.m_sse = g.h_sse = true;
                walk(&g, 0x1000, access, RV_S, xwr << 1, PTE_R | PTE_W | PTE_X);
                ASSERT_EQ(with_zicfiss[xwr][access], r.fault ? r.cause : 0);
                if (r.fault == FAULT_NONE)
                    ASSERT_EQ(access >= RV_SHADOW_READ ? (unsigned)USE_SHADOW : access + 2u, last_use);
                // Off, the encoding is reserved: a page fault of every access to it.
                g.h_sse = false;
                g.m_sse = v;
                walk(&g, 0x1000, access, RV_S, xwr << 1, PTE_R | PTE_W | PTE_X);
                if (xwr == 2)
                    ASSERT_EQ(WALK_WRITE_ONLY, r.reason);
                else
                    ASSERT_EQ(with_zicfiss[xwr][access], r.fault ? r.cause : 0);
                if (v) { // henvcfg.SSE reads as 0 while menvcfg.SSE is 0
                    g.m_sse = false;
                    g.h_sse = true;
                    walk(&g, 0x1000, access, RV_S, PTE_W, PTE_R | PTE_W | PTE_X);
                    ASSERT_EQ(WALK_WRITE_ONLY, r.reason);
                }
            }
    PASS();
}

TEST shadow_stacks_and_the_rest(void)
{
    struct rv_regs g = one_stage();
    g.m_sse = true;
    // U and SUM hold as for every access, and come first.
    walk(&g, 0x1000, RV_WRITE, RV_U, PTE_W, 0);
    ASSERT_EQ(WALK_NEEDS_USER, r.reason);
    walk(&g, 0x1000, RV_SHADOW_WRITE, RV_S, PTE_W | PTE_U, 0);
    ASSERT_EQ(15, r.cause);
    g.sum = true;
    walk(&g, 0x1000, RV_SHADOW_WRITE, RV_S, PTE_W | PTE_U, 0);
    ASSERT_EQ(FAULT_NONE, r.fault);
    // D is for what writes.
    g.m_adue = true;
    for (unsigned a = RV_SHADOW_READ; a <= RV_SHADOW_WRITE; a++) {
        struct phys *mem = phys_new();
        struct walk_mem m = {mem, read_word, NULL};
        struct rv_request q = {0x1000, (uint8_t)a, RV_S, false};
        phys_write(mem, 0x80000000, GIGA | PTE_V | PTE_W);
        rv_walk(&g, &q, &m, &r);
        phys_free(mem);
        ASSERT_EQ(FAULT_NONE, r.fault);
        ASSERT_EQ(a == RV_SHADOW_WRITE ? PTE_A | PTE_D : PTE_A, (int)(r.s1.pte & (PTE_A | PTE_D)));
    }
    // Bare: prohibited, with V=1 as well.
    g = (struct rv_regs){.xlen = 64, .m_sse = true, .h_sse = true};
    walk(&g, 0x80001000, RV_SHADOW_READ, RV_S, 0, 0);
    ASSERT_EQ(WALK_SHADOW_BARE, r.reason);
    ASSERT_EQ(7, r.cause);
    g.hgatp = two_stages().hgatp;
    walk(&g, 0x80001000, RV_SHADOW_READ, RV_S, 0, PTE_R | PTE_W);
    ASSERT_EQ(7, r.cause);
    walk(&g, 0x80001000, RV_READ, RV_S, 0, PTE_R | PTE_W);
    ASSERT_EQ(FAULT_NONE, r.fault);
    PASS();
}

// The G stage has no such pages, and must let shadow stacks be read and written, whatever MXR says.
TEST shadow_stacks_in_the_g_stage(void)
{
    struct rv_regs g = two_stages();
    g.m_sse = g.h_sse = true;
    g.mxr = true;
    for (unsigned a = RV_SHADOW_READ; a <= RV_SHADOW_WRITE; a++)
        for (unsigned xwr = 1; xwr < 8; xwr++) {
            // The tables of stage 1 lie in the same page: they must stay readable.
            if (!(xwr & 1) && xwr != 4)
                continue;
            walk(&g, 0x1000, a, RV_S, PTE_W, xwr << 1);
            if (xwr == 4) { // not even the table can be read
                ASSERT_EQ('r', r.implicit);
                continue;
            }
            ASSERT_EQ((xwr & 3) == 3 ? FAULT_NONE : FAULT_GUEST, r.fault);
            if (r.fault)
                ASSERT_EQ(23, r.cause);
        }
    walk(&g, 0x1000, RV_READ, RV_S, PTE_W, PTE_W);
    ASSERT_EQ(FAULT_GUEST, r.fault);
    ASSERT_EQ(WALK_WRITE_ONLY, r.reason);
    PASS();
}

// --- pointer masking -----------------------------------------------------------------------------

// Which address is translated: that of a leaf, or of a fault as tval shows it.
static uint64_t masked(const struct rv_regs *g, uint64_t va, unsigned access, unsigned priv)
{
    walk(g, va, access, priv, PTE_R | PTE_W | PTE_X | (priv == RV_U ? PTE_U : 0),
         PTE_R | PTE_W | PTE_X);
    return r.fault ? r.tval : r.nrefs ? r.ref[r.nrefs - 1].input : r.pa;
}

#define TAGGED UINT64_C(0xabff000000001000)

TEST pointer_masking_by_mode(void)
{
    // PMM of menvcfg, senvcfg, henvcfg is that of S, U and VU, VS.
    for (unsigned which = 0; which < 3; which++)
        for (unsigned pmm = 0; pmm < 4; pmm++)
            for (unsigned mode = 0; mode < 4; mode++) {
                unsigned priv = mode & 1 ? RV_U : RV_S, owner = priv == RV_U ? 1 : mode & 2 ? 2 : 0;
                struct rv_regs g = mode & 2 ? two_stages() : one_stage();
                *(which == 0 ? &g.m_pmm : which == 1 ? &g.s_pmm : &g.h_pmm) = (uint8_t)pmm;
                if (pmm == 1) {
                    ASSERT(rv_regs_check(&g));
                    continue;
                }
                ASSERT_FALSE(rv_regs_check(&g));
                // Bits 63:57 or 63:48 become copies of bit 56 or 47.
                uint64_t want = owner != which || !pmm ? TAGGED
                                : pmm == 2             ? UINT64_C(0xffff000000001000)
                                                       : 0x1000;
                if (mode & 2 && want == 0x1000) { // the last word is the G stage's
                    masked(&g, TAGGED, RV_READ, priv);
                    ASSERT_EQ(FAULT_NONE, r.fault);
                    ASSERT_EQ(UINT64_C(0x80001000), r.pa);
                } else {
                    ASSERT_EQ(want, masked(&g, TAGGED, RV_READ, priv));
                }
                ASSERT_EQ(TAGGED, r.va);
                ASSERT_EQ(want == 0x1000 ? FAULT_NONE : FAULT_PAGE, r.fault);
            }
    PASS();
}

TEST pointer_masking_by_access(void)
{
    static const bool masks[RV_ACCESSES] = {true, true, false, false, true, true};
    struct rv_regs g = one_stage();
    g.m_pmm = 3;
    for (unsigned a = 0; a < RV_ACCESSES; a++)
        ASSERT_EQ(masks[a] ? UINT64_C(0x1000) : TAGGED, masked(&g, TAGGED, a, RV_S));
    // The sign is that of the highest bit that is left.
    ASSERT_EQ(UINT64_C(0xffffffffc0001000), masked(&g, UINT64_C(0x1234ffffc0001000), RV_READ, RV_S));
    ASSERT_EQ(FAULT_NONE, r.fault);
    // MXR, also that of a guest, switches it off.
    g.mxr = true;
    ASSERT_EQ(TAGGED, masked(&g, TAGGED, RV_READ, RV_S));
    g = two_stages();
    g.h_pmm = 3;
    masked(&g, TAGGED, RV_READ, RV_S);
    ASSERT_EQ(FAULT_NONE, r.fault);
    g.vsmxr = true;
    masked(&g, TAGGED, RV_READ, RV_S);
    ASSERT_EQ(WALK_NOT_CANONICAL, r.reason);
    PASS();
}

TEST pointer_masking_of_physical_addresses(void)
{
    struct rv_regs g = {.xlen = 64, .m_pmm = 2, .h_pmm = 3};
    // Zeros, not copies of the sign: Bare, and a guest's Bare.
    ASSERT_EQ(UINT64_C(0x01ffffff80001000), masked(&g, UINT64_C(0xabffffff80001000), RV_READ, RV_S));
    g.hgatp = two_stages().hgatp;
    masked(&g, UINT64_C(0xabcd000080001000), RV_READ, RV_S);
    ASSERT_EQ(FAULT_NONE, r.fault);
    ASSERT_EQ(UINT64_C(0x80001000), r.pa);
    // RV32 has none.
    g = (struct rv_regs){.xlen = 32, .s_pmm = 2};
    ASSERT(rv_regs_check(&g));
    PASS();
}

// --- Svrsw60t59b ---------------------------------------------------------------------------------

TEST software_bits_60_59(void)
{
    for (unsigned at = 54; at < 61; at++)
        for (unsigned on = 0; on < 2; on++)
            for (unsigned stage = 1; stage < 3; stage++) {
                struct rv_regs g = two_stages();
                uint64_t extra = UINT64_C(1) << at, rwx = PTE_R | PTE_W | PTE_X;
                g.rsw60 = on;
                walk(&g, 0x1000, RV_READ, RV_S, rwx | (stage == 1 ? extra : 0),
                     rwx | (stage == 2 ? extra : 0));
                bool fine = on && at >= 59;
                ASSERT_EQ(fine ? FAULT_NONE : stage == 1 ? FAULT_PAGE : FAULT_GUEST, r.fault);
                if (!fine)
                    ASSERT_EQ(WALK_RESERVED_BITS, r.reason);
                else
                    ASSERT_EQ(UINT64_C(0x80001000), r.pa);
            }
    PASS();
}

SUITE(walk_switches_suite)
{
    RUN_TEST(shadow_stack_pages);
    RUN_TEST(shadow_stacks_and_the_rest);
    RUN_TEST(shadow_stacks_in_the_g_stage);
    RUN_TEST(pointer_masking_by_mode);
    RUN_TEST(pointer_masking_by_access);
    RUN_TEST(pointer_masking_of_physical_addresses);
    RUN_TEST(software_bits_60_59);
}
