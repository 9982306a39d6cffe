// SPDX-License-Identifier: MulanPSL-2.0
// The table of one L1 TLB: entries, hit rule, what a hit reads, fences (spec C 1.1, 1.3, 1.9;
// Chisel TlbSectorEntry and TLBFA). No timing here: l1tlb.c says when.
#ifndef L2TLB_L1_L1ENTRY_H
#define L2TLB_L1_L1ENTRY_H

#include "l1/l1bundle.h"

// perm and g_perm: the byte of the L2TLB (PERM_*) plus these.
enum { L1_PERM_V = 1 << 7, L1_PERM_PF = 1 << 8, L1_PERM_AF = 1 << 9 };

struct l1_entry {
    uint64_t ppn; // sector: host page number [35:3]
    uint16_t asid, vmid;
    uint16_t perm, g_perm;
    uint8_t ppn_low[SECTOR];
    uint8_t idx;    // pages of the sector that may hit: valididx, and pteidx where it counts
    uint8_t pteidx; // for fences
    uint8_t valididx;
    uint8_t level, n, pbmt, g_pbmt, s2xlate;
    bool any_asid; // global page (rule l1_global_ignores_asid)
};

// key and kmask hold {valid, s2xlate, vpn} of each way so that a search is one comparison per way.
struct l1_table {
    uint64_t key[MAX_TLB], kmask[MAX_TLB];
    struct l1_entry e[MAX_TLB];
    uint64_t valid; // mask of ways
    unsigned ways;
    uint32_t changes; // writes and fences
};

// The last search of a port: the same question to an unchanged table has the same answer.
struct l1_memo {
    uint64_t vpn, hit;
    uint32_t changes;
    uint16_t satp, vsatp, hgatp;
    uint8_t s2xlate;
    bool valid;
};

// What a lookup reads: the bitwise OR over all ways that hit (spec C 1.3).
struct l1_data {
    uint64_t ppn; // 36 bits
    uint16_t perm, g_perm;
    uint8_t pbmt, g_pbmt, s2xlate;
};

void l1_table_reset(struct l1_table *t, unsigned ways);
// Ways that hit vpn under code s2xlate; csr holds the ASIDs and the VMID. memo may be NULL.
uint64_t l1_table_search(const struct l1_table *t, uint64_t vpn, unsigned s2xlate,
                         const struct tlb_csr *csr, struct l1_memo *memo);
void l1_table_read(const struct l1_table *t, uint64_t hit, uint64_t vpn, struct l1_data *d);
void l1_table_write(struct l1_table *t, unsigned way, const struct ptw_resp *r,
                    const struct l2tlb_rules *rule);
// Which fences take their address for "all".
struct l1_fence_how {
    bool virt;         // V, as far as sfence.vma is concerned
    bool vs_no_addr;   // V=1 and hfence.vvma (errata L4 and L5 fixed, rule l1_vs_fence_no_address)
    bool host_no_addr; // V=0 (rule l1_bitmap_fence_no_address)
};
// Removes what the fence names. Returns the removed ways.
uint64_t l1_table_fence(struct l1_table *t, const struct sfence *sf, const struct tlb_csr *csr,
                        struct l1_fence_how how);

// Page number of vpn in an answer: stage 1 (44 bits), the guest page, and the host page (36 bits).
uint64_t l1_gen_ppn(const struct sector_resp *s1, uint64_t vpn);
uint64_t l1_gen_gvpn(const struct sector_resp *s1, uint64_t vpn);
uint64_t l1_host_ppn(const struct ptw_resp *r, uint64_t vpn);
uint16_t l1_perm_s1(const struct sector_resp *s1);
uint16_t l1_perm_s2(const struct hptw_resp *s2);

// Leaf and fake (no PTE was read) as the GPA registers remember them (spec C 1.8).
static inline bool l1_s1_is_leaf(const struct sector_resp *s1)
{
    return (s1->perm & (PERM_R | PERM_W | PERM_X)) && s1->v;
}

static inline bool l1_s1_is_fake(const struct sector_resp *s1)
{
    return !s1->pf && !s1->v && !s1->af;
}

#endif
