// SPDX-License-Identifier: MulanPSL-2.0
// Bits of a configuration, see storage.h. Each width is the sum of the fields in the order of its table in the
// specification.
#include "study/storage.h"

#include "arch/bits.h"

enum {
    ASID = 16, VMID = 14, PPN = 38, PBMT = 2, PERM = 7, LEVEL = 2, VPN = 38, SIDE = 1 + 1 + 2, // spec A 2.1: v, g, h
    SECTORS = 8,
    HPTW_RESP = 38 + VMID + 1 + PBMT + PERM + LEVEL + PPN + 1 + 1,                             // spec A 0.5, s2
    MERGE_ENTRY = 35 + ASID + VMID + 1 + PBMT + PERM + LEVEL + 1 + 41 + 3 + 1 + 1,             // spec A 0.5, s1
    MERGE_RESP = SECTORS * MERGE_ENTRY + SECTORS + 1 + 1,                                      // spec A 1.7
    LINE = 512,
};

struct list {
    struct storage_row *row;
    unsigned n;
};

static void add(struct list *l, const char *name, const char *where, uint64_t entries, uint64_t sram, uint64_t registers,
                uint64_t more)
{
    l->row[l->n++] = (struct storage_row){
        .name = name, .where = where, .entries = entries, .width = sram + registers, .sram = sram, .more = more,
        .bits = entries * (sram + registers) + more};
}

// Spec A 2.1; trees of replacement have N-1 bits.
static void pagecache(struct list *l, const struct l2tlb_cfg *c)
{
    uint64_t l1 = (uint64_t)c->l1_sets * c->l1_ways, l0 = (uint64_t)c->l0_sets * c->l0_ways;
    unsigned bitmap = c->has_bitmap ? 1 : 0; // spec B 4.6
    add(l, "PageCache L3", "A 2.1", c->l3_size, 0, 11 + ASID + VMID + PPN + SIDE, c->l3_size - 1);
    add(l, "PageCache L2", "A 2.1", c->l2_size, 0, 20 + ASID + VMID + PPN + PBMT + SIDE, c->l2_size - 1);
    // Spec A 0.2: the tag is 27 - 3 - log2(sets) + 2 bits; vs, onlypf and prefetch are in the word.
    add(l, "PageCache L1", "A 2.1, A 0.2", l1,
        26 - log2_ceil(c->l1_sets) + ASID + VMID + SECTORS * (PPN + PBMT + 1 + 1) + 1, SIDE + 2 * c->hash_asid_width,
        (uint64_t)c->l1_sets * (c->l1_ways - 1));
    add(l, "PageCache L0", "A 2.1, A 0.2", l0,
        35 - log2_ceil(c->l0_sets) + ASID + VMID + SECTORS * (PPN + PBMT + PERM + 1 + 1) + 1,
        SIDE + 2 * c->hash_asid_width + c->hash_vpn_width + bitmap * SECTORS, (uint64_t)c->l0_sets * (c->l0_ways - 1));
    add(l, "PageCache SP", "A 2.1", c->sp_size, 0,
        VPN + ASID + VMID + PPN + PBMT + PERM + 1 + LEVEL + 1 + 1 + SIDE + bitmap, c->sp_size - 1);
}

static void walkers(struct list *l, const struct l2tlb_cfg *c)
{
    unsigned id = log2_ceil(c->llptw_size + 2); // of a walker's read: LLPTW entries, PTW, HPTW
    // Spec B 2.1: state, request, ppn, wait_id, af, G answer, G fault, buffer_it; what the top keeps for it: the view of
    // stage 1 (A 1.1), its line (A 4.1).
    add(l, "LLPTW", "B 2.1, A 1.1, A 4.1", c->llptw_size, 0,
        4 + VPN + 2 + 2 + 44 + id + 1 + HPTW_RESP + 1 + 1 + MERGE_RESP + LINE, 0);
    // Spec B 1.1, in its order.
    add(l, "PTW", "B 1.1", 1, 0,
        1 + 2 + VPN + 2 + 3 * LEVEL + 44 + 2 + 1 + 2 + 1 + 2 + 2 + 1 + 2 + 1 + 1 + MERGE_RESP + HPTW_RESP + 1 + 1 + 1 + 1 + 1 + 44, 0);
    add(l, "HPTW", "B 3.1", 1, 0, 1 + 2 * LEVEL + 50 + 36 + 3 + 1 + 3 + 1 + 1 + id + 2 + 1, 0);
    // Spec A 3.1: vpn, s2xlate, source, isLLptw; two pointers, maybe_full.
    add(l, "Miss queue", "A 3.1", c->missq_size, 0, VPN + 2 + 2 + 1, 2 * log2_ceil(c->missq_size) + 1);
    // Spec A 4.1: waiting_resp, flush_latch, req_addr_low for each id; the line buffer, the PTEs of PTW and HPTW.
    add(l, "Memory path", "A 4.1", c->mem_ids, 0, 1 + 1 + 3, LINE + 2 * 64);
    if (c->prefetch)
        add(l, "Prefetcher", "A 3.2", 4, 0, VPN + 1, 1 + VPN + 2);
}

static void protection(struct list *l, const struct l2tlb_cfg *c)
{
    unsigned id = log2_ceil(c->llptw_size + 2);
    add(l, "PMP and PMA", "A 5.1", (uint64_t)c->pmp_entries + c->pma_entries, 0, 8 + 46 + 48, 0);
    if (!c->has_bitmap)
        return;
    // Spec B 4.4: ppn, vpn, id, wait_id, cf, hit, cfs, level, way_info, hptw_bypassed, data, state.
    add(l, "Bitmap checker", "B 4.4", c->bitmap_entries, 0,
        36 + VPN + id + log2_ceil(c->bitmap_entries) + 1 + 1 + 8 + LEVEL + c->l0_ways + 1 + 64 + 3, 0);
    // Spec B 4.5, D 4.1: registers where there is one set, else SRAM with the valid bits beside it.
    unsigned tag = 30 - log2_ceil(c->bcache_sets);
    bool sram = c->bcache_sets > 1;
    add(l, "BitmapCache", "B 4.5, D 4.1", (uint64_t)c->bcache_sets * c->bcache_ways, sram ? tag + 64 : 0,
        sram ? 1 : tag + 64 + 1, (uint64_t)c->bcache_sets * (c->bcache_ways - 1));
}

unsigned storage_rows(const struct l2tlb_cfg *c, struct storage_row row[STORAGE_ROWS])
{
    struct list l = {row, 0};
    pagecache(&l, c);
    walkers(&l, c);
    protection(&l, c);
    uint64_t ways = (uint64_t)c->itlb_ways + c->ldtlb_ways + c->sttlb_ways + c->pftlb_ways;
    // Spec C 1.1: valid, tag, asid, vmid, level, n, ppn, ppn_low, valididx, pteidx, perm, g_perm, pbmt twice, s2xlate.
    add(&l, "L1 TLBs", "C 1.1", ways, 0, 1 + 35 + ASID + VMID + LEVEL + 1 + 33 + 8 * 3 + 8 + 8 + 10 + 9 + 2 * PBMT + 2,
        ways - 4); // a tree for each of the four
    return l.n;
}

uint64_t storage_bits(const struct l2tlb_cfg *c)
{
    struct storage_row row[STORAGE_ROWS];
    uint64_t sum = 0;
    for (unsigned i = 0, n = storage_rows(c, row); i < n; i++)
        sum += row[i].bits;
    return sum;
}
