// SPDX-License-Identifier: MulanPSL-2.0
// Page-table builder for all formats: create, map, unmap, translate, root, iterate.
//
//   struct l2tlb_tables_config c;
//   l2tlb_tables_config_init(&c);
//   c.format = L2TLB_SV39X4;
//   c.memory = memory;
//   c.frames_from = 0x80000000;
//   c.frames_to = 0x81000000;
//   if (l2tlb_tables_new(&c, &t)) puts(c.message);
//   l2tlb_tables_map(t, gpa, hpa, 21, L2TLB_MAP_R | L2TLB_MAP_W | L2TLB_MAP_A | L2TLB_MAP_D);
//   hgatp = 8ULL << 60 | vmid << 44 | l2tlb_tables_root_field(t);
//
// Tables are written to an l2tlb_memory; `wrote` tells every word, for a memory of one's own. Several tables may
// share a memory.
#ifndef L2TLB_TABLES_H
#define L2TLB_TABLES_H

#include "l2tlb/base.h"
#include "l2tlb/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct l2tlb_tables l2tlb_tables;

enum l2tlb_format {
    L2TLB_SV32 = 0, // satp, vsatp
    L2TLB_SV39 = 1,
    L2TLB_SV48 = 2,
    L2TLB_SV57 = 3,
    L2TLB_SV32X4 = 4, // hgatp
    L2TLB_SV39X4 = 5,
    L2TLB_SV48X4 = 6,
    L2TLB_SV57X4 = 7,
    L2TLB_A64_S1 = 8, // VMSAv8-64
    L2TLB_A64_S2 = 9
};

// Rights and attributes. Stage 2: U and G mean nothing.
enum {
    L2TLB_MAP_R = 1,
    L2TLB_MAP_W = 2,
    L2TLB_MAP_X = 4,
    L2TLB_MAP_U = 8,   // user; AArch64 EL0: X then means EL0 (UXN=0), else EL1 (PXN=0)
    L2TLB_MAP_G = 16,  // global
    L2TLB_MAP_A = 32,  // accessed
    L2TLB_MAP_D = 64,  // dirty; AArch64: a writable page without it is writable-clean
    L2TLB_MAP_NC = 128, // non-cacheable: PBMT 1, Normal-NC
    L2TLB_MAP_IO = 256  // device: PBMT 2, Device
};

#define L2TLB_NO_FRAME UINT64_MAX

struct l2tlb_tables_config {
    uint32_t size;
    uint32_t format; // enum l2tlb_format
    // AArch64 only.
    uint32_t granule;    // log2 of the page size: 12, 14 or 16
    uint32_t input_bits; // 64 - TxSZ: 16..52
    uint8_t lpa2;        // DS=1
    uint8_t high;        // stage 1: the region of TTBR1
    uint8_t concatenate; // stage 2: start one level lower with concatenated root tables where possible
    uint8_t attr_index[3]; // stage 1: AttrIndx of normal, non-cacheable, device memory
    uint8_t zero[2];
    l2tlb_memory *memory; // must outlive the tables
    // Where table frames come from: these addresses in ascending order, none twice; or, with alloc, from there.
    uint64_t frames_from, frames_to;
    void *ctx; // for the callbacks
    // `bytes`: a power of two, also the alignment. Returns the address under which entries name the frame, or
    // L2TLB_NO_FRAME.
    uint64_t (*alloc)(void *ctx, uint64_t bytes);
    void (*release)(void *ctx, uint64_t addr, uint64_t bytes); // may be NULL
    // Host physical address of a table word, for tables of a guest; NULL: the same. L2TLB_NO_FRAME: not reachable.
    uint64_t (*host)(void *ctx, uint64_t addr);
    // Every entry that is written: host address, what it held, what it gets. May be NULL.
    void (*wrote)(void *ctx, uint64_t addr, uint64_t old, uint64_t entry);
    char message[160]; // of new and open: why it failed
};
L2TLB_API void l2tlb_tables_config_init(struct l2tlb_tables_config *c); // 4-KiB granule, 48 bits

struct l2tlb_mapping {
    uint64_t va, pa; // of the first byte of the page
    uint32_t shift;  // log2 of its size (NAPOT and contiguous blocks as one)
    uint32_t flags;
    int32_t level;   // RISC-V 0 = 4 KiB; AArch64 3 = page
    uint32_t zero;
};

// Builds an empty root. Both: L2TLB_BAD_VALUE (c->message; also: no frame), L2TLB_BAD_SIZE.
L2TLB_API int l2tlb_tables_new(struct l2tlb_tables_config *c, l2tlb_tables **t);
// Takes over tables that are in memory; root: address of the root table.
L2TLB_API int l2tlb_tables_open(struct l2tlb_tables_config *c, uint64_t root, l2tlb_tables **t);
L2TLB_API void l2tlb_tables_free(l2tlb_tables *t); // the tables in memory stay
L2TLB_API const char *l2tlb_tables_message(const l2tlb_tables *t);

// Maps one page of 1 << shift bytes: a leaf size of the format, 64-KiB NAPOT (RISC-V), a contiguous block
// (AArch64). L2TLB_BAD_VALUE (size, alignment, range, rights: see the message), L2TLB_EXISTS, L2TLB_NO_MEMORY
// (also: no frame). After a failure tables may have been added, no page.
L2TLB_API int l2tlb_tables_map(l2tlb_tables *t, uint64_t va, uint64_t pa, unsigned shift, unsigned flags);
// Maps `bytes` bytes with the largest pages that fit and are not above max_shift. Stops at the first error (those of
// map); what was mapped stays.
L2TLB_API int l2tlb_tables_map_range(l2tlb_tables *t, uint64_t va, uint64_t pa, uint64_t bytes, unsigned flags,
                                     unsigned max_shift);
// Removes the page that holds va, and tables that became empty. L2TLB_ABSENT. L2TLB_NO_MEMORY: part of it may be gone.
L2TLB_API int l2tlb_tables_unmap(l2tlb_tables *t, uint64_t va);
// The page that holds va. L2TLB_ABSENT. m may be NULL.
L2TLB_API int l2tlb_tables_translate(const l2tlb_tables *t, uint64_t va, struct l2tlb_mapping *m);
// Every page in ascending order until fn returns something else than 0; returns that.
L2TLB_API int l2tlb_tables_each(const l2tlb_tables *t, int (*fn)(const struct l2tlb_mapping *m, void *ctx), void *ctx);

L2TLB_API uint64_t l2tlb_tables_root(const l2tlb_tables *t); // address of the root table
// As its register wants it: page number of satp, vsatp, hgatp; BADDR bits of TTBRn_EL1 and VTTBR_EL2 in place.
L2TLB_API uint64_t l2tlb_tables_root_field(const l2tlb_tables *t);
L2TLB_API int l2tlb_tables_start_level(const l2tlb_tables *t); // RISC-V levels - 1; AArch64 -1..3
L2TLB_API unsigned l2tlb_tables_page_bits(const l2tlb_tables *t); // log2 of the smallest page
L2TLB_API unsigned l2tlb_tables_input_bits(const l2tlb_tables *t);
L2TLB_API int l2tlb_tables_has_size(const l2tlb_tables *t, unsigned shift); // 1: pages of 1 << shift exist
L2TLB_API const char *l2tlb_format_name(unsigned format); // "Sv39", ...; NULL: no such format

#ifdef __cplusplus
}
#endif
#endif
