// SPDX-License-Identifier: MulanPSL-2.0
// Shield-Bitmap checker: is a physical page secure? (spec B 4, 4.2 to 4.4; revision 2026-03:
// spec D 4B, 4B.2 to 4B.4). Up to 16 checks at a time; one bit per 4-KiB page in a table at MBMC.BMA.
#ifndef L2TLB_BITMAP_BITMAP_H
#define L2TLB_BITMAP_BITMAP_H

#include "arch/bundle.h"
#include "arch/cfg.h"
#include "arch/pmp.h"

enum { MAX_BITMAP = 16 };

enum bitmap_state {
    BM_IDLE,
    BM_ADDR_CHECK,  // PMP check of the bitmap word
    BM_CACHE_REQ,   // wants the BitmapCache
    BM_CACHE_RESP,  // asked it
    BM_MEM_REQ,     // wants memory
    BM_MEM_WAITING, // listens to slot wait_id
    BM_MEM_OUT,     // answer ready
    BM_STATES
};

struct bitmap_req {
    uint64_t bmppn; // 36 bits, as the PTE has it
    uint64_t vpn;   // gvpn for HPTW
    uint8_t id;     // requester: LLPTW entry, PTW's id or HPTW's id
    uint8_t level, way, s2xlate;
    bool n, hptw_bypassed;
};

struct bitmap_entry {
    uint64_t ppn, vpn, data;
    uint8_t id, wait_id, level, way, cfs, s2xlate;
    bool cf, hit, n, hptw_bypassed;
    bool no_refill, no_wakeup; // errata P10, B16 fixed: the word may be older than the last BCLEAR
};

struct bitmap {
    const struct l2tlb_cfg *cfg;
    unsigned size;
    uint8_t state[MAX_BITMAP];
    uint32_t in[BM_STATES];
    struct bitmap_entry entry[MAX_BITMAP];
    uint8_t enq_ptr_reg, mem_last;
    bool need_addr_check;
    uint64_t addr; // latched PMP address
    bool wakeup_stall; // revision 2026-03: a wake-up waits for the PageCache
    struct bitmap_entry held;
};

// Answer of the BitmapCache in this cycle.
struct bcache_resp {
    bool valid, hit;
    uint8_t order; // checker entry that asked
    uint8_t cfs;   // eight neighbours
};

struct bitmap_out {
    bool req_ready;
    uint8_t enq_ptr;
    bool pmp_valid;
    uint64_t pmp_addr;
    bool cache_req_valid;
    uint8_t cache_ptr;
    bool cache_resp_ready; // but for a flush
    bool mem_valid;
    uint8_t mem_ptr; // source id = bitmap_id0 + mem_ptr
    uint64_t mem_addr;
    bool resp_valid;
    uint8_t resp_ptr;
    bool refill; // the answer's word goes into the BitmapCache
    bool wakeup_valid;
    struct bitmap_entry wakeup;
};

struct bitmap_in {
    const struct tlb_csr *csr;
    bool flush;
    bool req_fire;
    struct bitmap_req req;
    struct pmp_verdict pmp;
    bool cache_req_fire;
    struct bcache_resp cache;
    bool mem_fire;
    bool mem_resp; // last beat for a bitmap id
    uint8_t mem_resp_ptr;
    bool mem_resp_flush_latch;
    const uint64_t *line;
    bool wakeup_ready;
};

void bitmap_reset(struct bitmap *s, const struct l2tlb_cfg *cfg);
// waiting: outstanding reads of the checker's slots (bit i: slot i).
void bitmap_publish(const struct bitmap *s, uint32_t waiting, const struct tlb_csr *csr,
                    struct bitmap_out *o);
void bitmap_tick(struct bitmap *s, const struct bitmap_out *o, const struct bitmap_in *in);
bool bitmap_waiting(const struct bitmap *s, const struct bitmap_out *o);
void bitmap_dump(const struct bitmap *s, FILE *out);

// --- the functional check (no time) ---------------------------------------------------------------

// Byte address of the 64-bit word that holds the bit of page `ppn` (36 bits) for a table at bma.
uint64_t bitmap_word_addr(uint64_t bma, uint64_t ppn);
// Is page `ppn` secure? read(addr) returns a memory word.
bool bitmap_is_secure(uint64_t bma, uint64_t ppn, uint64_t (*read)(void *ctx, uint64_t addr),
                      void *ctx);

#endif
