// SPDX-License-Identifier: MulanPSL-2.0
// LLPTW: the last-level page table walker (spec B 2). Up to MAX_LLPTW entries, each a small
// state machine for one level-0 read; requests for one line share one read.
#ifndef L2TLB_PTW_LLPTW_H
#define L2TLB_PTW_LLPTW_H

#include "arch/bundle.h"
#include "arch/cfg.h"
#include "arch/pmp.h"

// Spec B 2.2.
enum llptw_state {
    LL_IDLE,
    LL_HPTW_REQ,       // allStage: G translation of the table page to be requested
    LL_HPTW_RESP,      // ... requested
    LL_ADDR_CHECK,     // waiting for, or in, the single PMP cycle
    LL_MEM_REQ,        // wants memory
    LL_MEM_WAITING,    // listens to memory id wait_id
    LL_MEM_OUT,        // answer ready
    LL_LAST_HPTW_REQ,  // allStage: G translation of the final page to be requested
    LL_LAST_HPTW_RESP, // ... requested
    LL_CACHE,          // must look up the PageCache again
    LL_BITMAP_CHECK,
    LL_BITMAP_RESP,
    LL_MPT_REQ,        // builds with MPT: the table page is to be checked
    LL_MPT_RESP,       // ... is being checked, under id wait_id
    LL_STATES
};

struct llptw_req {
    struct req_info info;
    uint64_t ppn; // table page, 38 bits
    bool jmp_bitmap_check;
    uint64_t ptes[SECTOR]; // rebuilt PTEs of a jump
    uint8_t cfs, way;
};

struct llptw_entry {
    struct req_info req;
    uint64_t ppn;
    uint8_t wait_id;
    bool af, first_s2xlate_fault;
    struct hptw_resp hptw_resp;
    // bitmap
    bool cf, from_l0, jmp_bitmap_check, n;
    uint8_t cfs, way;
};

// Registers (spec B 2.1, 4.9).
struct llptw {
    const struct l2tlb_cfg *cfg;
    unsigned size;
    uint8_t state[MAX_LLPTW];
    uint32_t in[LL_STATES]; // one mask per state, kept in step with state[]
    struct llptw_entry entry[MAX_LLPTW];
    uint32_t mem_resp_hit;
    uint8_t enq_ptr_reg, hptw_resp_ptr_reg;
    bool need_addr_check, hptw_need_addr_check;
    uint64_t addr;
    uint64_t hpaddr; // two ports: computed at R
    uint8_t mem_last, hyper1_last, hyper2_last, bitmap_last; // lastGrant of the round robins
    uint64_t ptes[MAX_LLPTW][SECTOR]; // of jumps
    uint8_t way_captured[MAX_LLPTW]; // L0 victim way seen with mem_resp_hit
    bool mem_state;  // builds with MPT: an answer is chosen (spec E 2.4 rule 7)
    uint8_t mem_ptr; // ... this one
};

struct llptw_out {
    bool in_ready;
    uint8_t enq_ptr;
    bool mem_valid; // before the flush gate
    uint8_t mem_id;
    uint64_t mem_addr;
    bool hptw_valid; // granted, before the ready and flush gates
    bool hptw_from_hyper1;
    uint8_t hptw_id;
    uint64_t hptw_gvpn;
    bool out_valid;
    uint8_t out_ptr;
    bool cache_valid;
    uint8_t cache_ptr;
    bool pmp_enq_valid, pmp_hptw_valid;
    uint64_t pmp_enq_addr, pmp_hptw_addr;
    bool bitmap_req_valid; // before the flush gate
    uint8_t bitmap_ptr;
    uint8_t bitmap_way;
    bool mpt_req_valid; // before the flush gate
    uint8_t mpt_ptr;
    uint64_t mpt_page;
};

struct llptw_in {
    const struct tlb_csr *csr;
    bool flush;
    bool in_fire;
    const struct llptw_req *req;
    bool mem_fire;
    bool mem_resp; // last beat for an LLPTW id
    uint8_t mem_resp_id;
    bool mem_resp_flush_latch;
    const uint64_t *line; // 8 PTEs, with mem_resp
    bool hptw_grant; // G request taken but for a flush
    bool hptw_resp_valid;
    uint8_t hptw_resp_id;
    const struct hptw_resp *hptw_resp;
    struct pmp_verdict pmp_enq, pmp_hptw;
    bool out_fire, cache_fire;
    bool bitmap_grant; // check taken but for a flush
    bool bitmap_resp_fire;
    uint8_t bitmap_resp_id, bitmap_resp_cfs;
    bool bitmap_resp_cf;
    uint8_t l0_way; // L0 victim way of the refill register's set
    bool mpt_fire, mpt_resp, mpt_bad; // mpt_resp: an answer for an entry
    uint8_t mpt_resp_id;
};

void llptw_reset(struct llptw *s, const struct l2tlb_cfg *cfg);
// req_mask: memory ids of entries that are still outstanding.
// l0_way: as in llptw_in.
void llptw_publish(const struct llptw *s, uint32_t req_mask, uint8_t l0_way, struct llptw_out *o);
// Erratum P8 fixed: drops a G request of an entry whose line is read in this cycle.
void llptw_block_g(const struct llptw *s, struct llptw_out *o);
void llptw_tick(struct llptw *s, const struct llptw_out *o, const struct llptw_in *in);
bool llptw_waiting(const struct llptw *s);
void llptw_dump(const struct llptw *s, FILE *out);
const char *llptw_state_name(unsigned state);

// New state that a request accepted in this cycle gets (for reports); LL_IDLE: dropped prefetch.
unsigned llptw_enqueue_state(const struct llptw *s, const struct llptw_out *o,
                             const struct llptw_in *in);

#endif
