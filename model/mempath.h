// SPDX-License-Identifier: MulanPSL-2.0
// Memory path: reads in flight, line buffer, flush latch, refill register (spec A 4.1, B 0.5; id of the
// MPT walker: spec E 2.6 rule 1).
#ifndef L2TLB_MODEL_MEMPATH_H
#define L2TLB_MODEL_MEMPATH_H

#include "arch/bundle.h"
#include "arch/cfg.h"
#include "pagecache/pagecache.h"

struct mempath {
    const struct l2tlb_cfg *cfg;
    uint32_t waiting_resp, flush_latch; // masks of ids
    bool hptw_bypassed;
    uint8_t req_addr_low[MAX_IDS];
    uint64_t refill_data[SECTOR]; // line buffer
    bool second_beat;             // counter of the two beats
    uint64_t resp_pte_ptw, resp_pte_hptw;
    uint64_t resp_pte_sector[MAX_LLPTW][SECTOR];
    uint8_t refill_level_ptw, refill_level_hptw;
    uint64_t resp_pte_mpt; // builds with MPT: the entry for the checker's walker
    bool mpt_resp;         // it came in the cycle before
    // refill register, visible to the PageCache one cycle after the last beat
    struct pc_refill refill;
    uint8_t refill_id; // for reports and way_info
};

// Wires of the D channel in this cycle.
struct mempath_out {
    bool done;  // last beat
    uint8_t id;
    uint64_t line[SECTOR]; // buffer with the current beat merged; meaningful while done
    bool refill_valid;
};

struct mempath_in {
    bool flush;
    bool d_valid;
    const uint64_t *d_data; // 4 words
    bool a_fire;
    uint8_t a_id;
    uint64_t a_addr;
    bool a_hptw_bypassed;
    bool ptw_mem_fire, hptw_mem_fire;
    uint8_t ptw_level, hptw_level;
    bool llptw_in_fire;
    uint8_t llptw_enq_ptr;
    uint64_t llptw_in_vpn;
    struct req_info refill_info; // of the walker whose line is complete
    uint32_t buffer_it;          // LLPTW entries whose answer is in the line buffer now
};

void mempath_reset(struct mempath *m, const struct l2tlb_cfg *cfg);
void mempath_publish(const struct mempath *m, bool flush, bool d_valid, unsigned d_source,
                     const uint64_t d_data[4], struct mempath_out *o);
void mempath_tick(struct mempath *m, const struct mempath_out *o, const struct mempath_in *in);
// The line of LLPTW entry i as its answer sees it in this cycle.
const uint64_t *mempath_sector(const struct mempath *m, unsigned i, uint32_t buffer_it);

#endif
