// SPDX-License-Identifier: MulanPSL-2.0
// HPTW: the G-stage walker (spec B 3). One request at a time, levels 3 (Sv48x4) or 2
// (Sv39x4) down to 0 for one guest page.
#ifndef L2TLB_PTW_HPTW_H
#define L2TLB_PTW_HPTW_H

#include "arch/bundle.h"
#include "arch/cfg.h"
#include "arch/pmp.h"

struct hptw_req {
    uint64_t gvpn; // 38 bits
    uint8_t id;    // requester: LLPTW entry, or the PTW's id
    uint8_t source;
    uint32_t tag;
    bool l3_hit, l2_hit, l1_hit, bypassed;
    uint64_t ppn; // 36 bits, deepest PageCache hit
    bool jmp_bitmap_check;
    uint64_t jmp_pte;
    uint8_t jmp_level, jmp_way;
};

// Registers (spec B 3.1, 4.8).
struct hptw {
    const struct l2tlb_cfg *cfg;
    bool idle;
    uint8_t level, af_level;
    uint64_t gpaddr; // 50 bits
    uint64_t req_ppn;
    bool l3_hit, l2_hit, l1_hit, bypassed;
    bool s_pmp_check, s_mem_req, w_mem_resp;
    bool s_bitmap_check, w_bitmap_resp, whether_need_bitmap_check, bitmap_checkfailed;
    bool mem_addr_update, access_fault;
    uint64_t checked_page; // by the PMP, 36 bits (M1)
    bool s_mpt, w_mpt, mpt_af; // builds with MPT, active high (spec E 2.3)
    uint8_t id, source;
    uint32_t tag;
    bool jmp;
    uint64_t jmp_pte;
    uint8_t jmp_way, refill_way; // way_info of a jump, and of the last line read
    bool line_arrived;           // in the cycle before
};

struct hptw_out {
    uint64_t pte;
    bool page_fault, ppn_af, find_pte;
    bool req_ready, sent_to_pmp, mem_req_valid, resp_valid, bitmap_req_valid;
    bool mpt_req_valid; // for the page of mem_addr
    uint64_t mem_addr, read_addr; // of pmp.req and of mem.req
};

struct hptw_in {
    const struct tlb_csr *csr;
    bool flush;
    bool req_fire;
    const struct hptw_req *req;
    struct pmp_verdict pmp;
    bool mem_req_fire, mem_resp;
    bool resp_fire;
    bool bitmap_req_fire, bitmap_resp_fire, bitmap_cf;
    bool mpt_req_fire, mpt_resp, mpt_bad; // mpt_resp: an answer for HPTW's id
    uint8_t l0_way; // L0 victim way of the refill register's set
};

void hptw_reset(struct hptw *s, const struct l2tlb_cfg *cfg);
void hptw_publish(const struct hptw *s, uint64_t pte, bool mem_mask, const struct tlb_csr *csr,
                  struct hptw_out *o);
void hptw_answer(const struct hptw *s, const struct hptw_out *o, const struct tlb_csr *csr,
                 struct hptw_resp *r);
void hptw_tick(struct hptw *s, const struct hptw_out *o, const struct hptw_in *in);
bool hptw_waiting(const struct hptw *s, const struct hptw_out *o);
void hptw_dump(const struct hptw *s, FILE *out);

#endif
