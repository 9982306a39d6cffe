// SPDX-License-Identifier: MulanPSL-2.0
// PTW: the page table walker for levels 3, 2 and 1 (spec B 1). One request at a time; the
// state is a set of flags that are active low, with the names of the Chisel source.
#ifndef L2TLB_PTW_PTW_H
#define L2TLB_PTW_PTW_H

#include "arch/bundle.h"
#include "arch/cfg.h"
#include "arch/pmp.h"

struct ptw_req {
    struct req_info info;
    bool l3_hit, l2_hit, stage1_hit;
    uint64_t ppn; // table found by the PageCache, 38 bits
    struct merge_resp stage1;
    bool jmp_bitmap_check; // a cached leaf that only needs its bitmap check
    uint64_t jmp_pte;
    uint8_t jmp_level;
};

// Registers (spec B 1.1, 4.8).
struct ptw {
    const struct l2tlb_cfg *cfg;
    bool idle;
    struct req_info req;
    uint8_t level, af_level, gpf_level;
    uint64_t ppn;
    bool l3_hit, l2_hit, stage1_hit;
    struct merge_resp stage1;
    struct hptw_resp hptw_resp;
    bool s_pmp_check, s_mem_req, w_mem_resp, s_llptw_req;
    bool s_hptw_req, w_hptw_resp, s_last_hptw_req, w_last_hptw_resp;
    bool s_bitmap_check, w_bitmap_resp, whether_need_bitmap_check, bitmap_checkfailed;
    bool jmp;
    uint64_t jmp_pte;
    bool mem_addr_update, need_last_s2xlate, pte_valid, access_fault;
    bool hptw_page_fault, hptw_access_fault, hptw_resp_stage2, first_gvpn_check_fail;
    bool update_full_gvpn_mem_resp;
    uint64_t full_gvpn_reg;
    uint64_t checked_page; // by the PMP, 36 bits (M1)
    bool s_mpt, w_mpt, mpt_af; // builds with MPT, active high (spec E 2.2)
};

// Wires that depend on registers and on the PTE register of the memory path.
struct ptw_out {
    uint64_t pte;
    bool page_fault, ppn_af, find_pte, guest_fault, gvpn_gpf;
    uint64_t gpaddr;
    bool req_ready;
    bool sent_to_pmp;
    uint64_t mem_addr;  // of pmp.req
    uint64_t read_addr; // of mem.req
    bool mem_req_valid;
    bool hptw_req_valid;
    uint64_t hptw_gvpn;
    bool llptw_valid;
    bool resp_valid;
    bool bitmap_req_valid;
    bool mpt_req_valid; // for the page of mem_addr
};

struct ptw_in {
    const struct tlb_csr *csr;
    bool flush;
    bool req_fire;
    const struct ptw_req *req;
    struct pmp_verdict pmp;
    bool mem_req_fire, mem_resp; // mem_resp: last beat of the PTW's read
    bool hptw_req_fire, hptw_resp_valid;
    const struct hptw_resp *hptw_resp;
    bool llptw_fire, resp_fire;
    bool bitmap_req_fire, bitmap_resp_fire, bitmap_cf;
    bool mpt_req_fire, mpt_resp, mpt_bad; // mpt_resp: an answer for the PTW's id
};

void ptw_reset(struct ptw *s, const struct l2tlb_cfg *cfg);
// pte: the word register of the memory path; mem_mask: the PTW's id is still outstanding.
void ptw_publish(const struct ptw *s, uint64_t pte, bool mem_mask, const struct tlb_csr *csr,
                 struct ptw_out *o);
// The answer (spec B 1.5); meaningful while resp_valid.
void ptw_answer(const struct ptw *s, const struct ptw_out *o, const struct tlb_csr *csr,
                struct merge_resp *s1, struct hptw_resp *s2);
void ptw_tick(struct ptw *s, const struct ptw_out *o, const struct ptw_in *in);
// True if the next edge changes nothing unless memory or a G answer arrives or a consumer becomes
// ready.
bool ptw_waiting(const struct ptw *s, const struct ptw_out *o);
void ptw_dump(const struct ptw *s, FILE *out);

#endif
