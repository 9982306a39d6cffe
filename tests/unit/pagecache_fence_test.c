// SPDX-License-Identifier: MulanPSL-2.0
// PageCache (spec A 2): fences, and wide entries.
#include "tests/harness.h"
#include "tests/unit/pagecache_bench.h"

// --- 2.10 fences -------------------------------------------------------------------------------

static void fill_all(unsigned x, uint64_t g)
{
    uint64_t u = x == ONLY_STAGE2 ? PTE_U : 0;
    put_leaf(3, V, x, NEXT(0x80010) | g);
    put_leaf(2, V, x, NEXT(0x80010) | g);
    put_leaf(1, V, x, NEXT(0x80010) | g);
    put_leaf(0, V, x, LEAF(0x90000) | u | g);
    put_leaf(1, V + 0x4000, x, LEAF(0x200000) | u | g);
}

// Bit 4 L3, 3 L2, 2 L1, 1 L0, 0 SP.
static unsigned present(unsigned x)
{
    look(V, x);
    unsigned m = (unsigned)out.result->l3 << 4 | (unsigned)out.result->l2 << 3 |
                 (unsigned)out.result->l1 << 2 | (unsigned)out.result->l0 << 1;
    look(V + 0x4000, x);
    return m | out.result->sp;
}

// The whole table of 2.10: kind, V, operands, against entries of each class, global or not.
TEST fence_matrix(void)
{
    for (unsigned f = 0; f < 3 * 2 * 4; f++)
        for (unsigned x = 0; x < 3; x++)
            for (unsigned g = 0; g < 2; g++) {
                char kind = "svg"[f / 8];
                bool virt = f & 4, addr = f & 2, id = f & 1;
                start("minimal", NULL, NULL);
                csr.virt = virt;
                fill_all(x, g ? PTE_G : 0);
                ASSERT_EQ(31, present(x));
                unsigned cls = kind == 'g' ? ONLY_STAGE2 : kind == 'v' || virt ? ONLY_STAGE1 : NO_S2XLATE;
                unsigned mine = kind == 'g' ? 3 : cls == NO_S2XLATE ? 5 : 6;
                bool removes = x == cls && !(id && g && kind != 'g');
                struct sfence count = {.rs1 = !addr,
                                       .rs2 = !id,
                                       .addr = kind == 'g' ? (uint64_t)V << 10 : (uint64_t)V << 12,
                                       .id = (uint16_t)mine,
                                       .hv = kind == 'v',
                                       .hg = kind == 'g'};
                uint64_t removed[5];
                pc_fence_count(&pc, &count, &csr, removed);
                ASSERT_EQ(removes && !addr, removed[0] && removed[1] && removed[2]);
                ASSERT_EQ(removes, removed[3]);
                do_fence(kind, addr, V, id, mine);
                if (addr && removes)
                    do_fence(kind, addr, V + 0x4000, id, mine);
                ASSERT_EQ(!removes ? 31 : addr ? 0x1c : 0, present(x));
            }
    PASS();
}

// Another ASID, another VMID, another page: nothing goes (ids and pages without hash collision).
TEST fence_of_others(void)
{
    start("minimal", NULL, NULL);
    fill_all(NO_S2XLATE, 0);
    do_fence('s', false, 0, true, 6);
    do_fence('s', true, V + 0x20, false, 0);
    ASSERT_EQ(31, present(NO_S2XLATE));
    start("minimal", NULL, NULL);
    csr.virt = true;
    fill_all(ONLY_STAGE1, 0);
    csr.hgatp.id = 4; // hfence.vvma acts on the current VMID
    do_fence('v', false, 0, false, 0);
    csr.hgatp.id = 3;
    ASSERT_EQ(31, present(ONLY_STAGE1));
    fill_all(ONLY_STAGE2, 0);
    do_fence('g', false, 0, true, 4);
    ASSERT_EQ(31, present(ONLY_STAGE2));
    PASS();
}

// L1 and L0 compare hashes: ASID 12 removes ASID 5 there, not in L3, L2, SP. Same for the tag.
TEST fence_hash_collisions(void)
{
    start("minimal", NULL, NULL);
    fill_all(NO_S2XLATE, 0);
    do_fence('s', false, 0, true, 12);
    ASSERT_EQ(0x19, present(NO_S2XLATE));
    start("minimal", NULL, NULL);
    fill_all(NO_S2XLATE, 0);
    // Another page of the same set whose tag folds to the same six bits.
    uint64_t other = V ^ (UINT64_C(1) << 5 | UINT64_C(1) << 11);
    ASSERT_EQ(pc_vpn_hash(&pc, V), pc_vpn_hash(&pc, other));
    do_fence('s', true, other, false, 0);
    ASSERT_EQ(0x1d, present(NO_S2XLATE));
    start("minimal", NULL, NULL);
    fill_all(ONLY_STAGE2, 0);
    do_fence('g', false, 0, true, 3 ^ 9 ^ 0); // 3 = 011, 10 = 001 010: folds to 3
    ASSERT_EQ(0x19, present(ONLY_STAGE2));
    PASS();
}

// E6: VMID bits above the 14 stored ones keep hfence.gvma from removing anything.
TEST fence_wide_vmid(void)
{
    start("minimal", NULL, NULL);
    fill_all(ONLY_STAGE2, 0);
    do_fence('g', false, 0, true, 0x4003);
    ASSERT_EQ(31, present(ONLY_STAGE2));
    start("minimal", "errata.E6", "fixed");
    fill_all(ONLY_STAGE2, 0);
    do_fence('g', false, 0, true, 0x4003);
    ASSERT_EQ(0, present(ONLY_STAGE2));
    PASS();
}

// The VMID hash takes all sixteen bits of the CSR, the stored VMID fourteen: an entry filled under
// VMID 4003 hits under VMID 3, and a fence of VMID 3 spares it in L1 and L0 (2.1).
TEST fence_hash_of_a_wide_vmid(void)
{
    start("minimal", NULL, NULL);
    csr.hgatp.id = 0x4003;
    fill_all(ONLY_STAGE2, 0);
    csr.hgatp.id = 3;
    ASSERT_EQ(31, present(ONLY_STAGE2));
    do_fence('g', false, 0, true, 3);
    ASSERT_EQ(6, present(ONLY_STAGE2));
    PASS();
}

// The SP tag rule of a fence with address: any page of a superpage or NAPOT block.
TEST fence_inside_a_superpage(void)
{
    start("minimal", NULL, NULL);
    put_leaf(1, V, NO_S2XLATE, LEAF(0x200000));
    do_fence('s', true, V ^ 0x200, false, 0);
    look(V, NO_S2XLATE);
    ASSERT(out.hit);
    do_fence('s', true, V ^ 0x1ff, false, 0);
    look(V, NO_S2XLATE);
    ASSERT_FALSE(out.hit);
    put_leaf(0, V, NO_S2XLATE, PTE_N | LEAF(0x90008));
    do_fence('s', true, V ^ 15, false, 0);
    look(V, NO_S2XLATE);
    ASSERT_FALSE(out.hit);
    PASS();
}

// N2: the G bit of a cached invalid PTE protects it from a fence of its ASID.
TEST fence_of_cached_faults(void)
{
    static const char *const how[] = {"as-rtl", "fixed"};
    for (unsigned f = 0; f < 2; f++) {
        start("minimal", "errata.N2", how[f]);
        put_leaf(0, V, NO_S2XLATE, PTE_G);
        put_leaf(1, V + 0x4000, NO_S2XLATE, PTE_G);
        do_fence('s', false, 0, true, 5);
        look(V, NO_S2XLATE);
        ASSERT_EQ(!f, out.hit);
        look(V + 0x4000, NO_S2XLATE);
        ASSERT_EQ(!f, out.hit);
    }
    PASS();
}

// A fence in the refill cycle wins: the refill is lost with the flush.
TEST fence_with_refill(void)
{
    uint64_t ptes[SECTOR];
    for (unsigned i = 0; i < SECTOR; i++)
        ptes[i] = LEAF(0x90000);
    start("minimal", NULL, NULL);
    set_refill(0, V, NO_S2XLATE, ptes);
    do_fence('s', true, 0, false, 0);
    look(V, NO_S2XLATE);
    ASSERT_FALSE(out.hit);
    PASS();
}

// P15: an entry kept under a wide hgatp holds more ppn bits than a host address has.
TEST wide_entries(void)
{
    static const char *const how[] = {"as-rtl", "fixed"};
    for (unsigned f = 0; f < 2; f++) {
        start("minimal", "errata.P15", how[f]);
        csr.hgatp.mode = MODE_SV48;
        put_leaf(0, V, ALL_STAGE, LEAF(UINT64_C(0x1000680010)));
        csr.hgatp.mode = MODE_BARE;
        look(V, ONLY_STAGE1);
        ASSERT_EQ(!f, out.hit);
    }
    PASS();
}

void pagecache_fence_tests(void)
{
    RUN_TEST(fence_matrix);
    RUN_TEST(fence_of_others);
    RUN_TEST(fence_hash_collisions);
    RUN_TEST(fence_wide_vmid);
    RUN_TEST(fence_hash_of_a_wide_vmid);
    RUN_TEST(fence_inside_a_superpage);
    RUN_TEST(fence_of_cached_faults);
    RUN_TEST(fence_with_refill);
    RUN_TEST(wide_entries);
}
