// SPDX-License-Identifier: MulanPSL-2.0
// MPTCache: five stores behind a pipeline of four stages (spec E 1.4, 1.5). Tables of levels 3, 2 and
// 1 (pointers), leaves of level 0 in sets (L0), leaves of levels 1 to 3 (SP). No tag holds the domain.
#ifndef L2TLB_MPT_MPTCACHE_H
#define L2TLB_MPT_MPTCACHE_H

#include "mpt/mpt.h"

enum { MPT_TABLES = 4, MPT_SP = 8, MPT_SETS = 32, MPT_WAYS = 4, MPT_POINTERS = 3 };

// A store of pointers: L1, L2 and L3 in this order.
struct mpt_tables {
    uint8_t level;   // of the entries, one-hot
    uint8_t entries; // 4, 1, 1
    uint8_t valid;   // mask
    uint64_t tag[MPT_TABLES], data[MPT_TABLES];
    uint64_t plru;
};

struct mpt_sp {
    uint8_t valid, level[MPT_SP];
    uint64_t tag[MPT_SP], data[MPT_SP];
    uint64_t plru;
};

struct mpt_l0 {
    uint8_t valid[MPT_SETS];
    uint64_t tag[MPT_SETS][MPT_WAYS], data[MPT_SETS][MPT_WAYS];
    uint64_t plru[MPT_SETS];
};

struct mpt_stage {
    struct mpt_req req;
    bool data_valid, flush_cache;
    bool whole_set; // T11 fixed: of a fenced page whose row could not be read
};

// The registers between the stages.
struct mpt_pipe {
    struct mpt_stage req, delay, check, resp;
    uint8_t refill_counter; // shifts right
    uint64_t sram_tag[MPT_WAYS], sram_data[MPT_WAYS]; // what L0's array gives in this cycle
    // Loaded from the Req stage, seen in Delay.
    uint8_t hit[MPT_POINTERS], sp_hit;
    uint64_t pointer_data[MPT_POINTERS];
    uint8_t row_valid;
    uint64_t row_tag[MPT_WAYS], row_data[MPT_WAYS];
    // From Delay, seen in Check.
    uint64_t table, l0_data, sp_data;
    uint8_t table_level, l0_hit, sp_level;
    unsigned sp_offset;
    bool sp_flag;
    bool beyond; // T21 fixed: no page of the address space of Smmpt43
    // From Check, seen in Resp.
    uint8_t l0_right, sp_right, sp_resp_level;
    bool half_equal, all_equal;
    bool resp_hit, resp_miss, sp_hit2, l0_hit2, beyond2;
    uint64_t miss_table;
    uint8_t miss_level;
};

struct mptcache {
    const struct l2tlb_cfg *cfg;
    struct mpt_tables pointer[MPT_POINTERS];
    struct mpt_sp sp;
    struct mpt_l0 l0;
    struct mpt_pipe pipe;
};

struct mptcache_out {
    bool req_ready, flow, refilling;
    struct mpt_resp hit;
    bool miss_valid; // taken when the queue is ready
    struct mpt_miss miss;
};

struct mptcache_in {
    const struct mpt_fence *fence;
    bool req_fire;
    struct mpt_req req;
    const struct mpt_refill *refill;
    uint64_t root; // mmpt.ppn, 36 bits
    bool smmpt52;
};

void mptcache_reset(struct mptcache *s, const struct l2tlb_cfg *cfg);
void mptcache_publish(const struct mptcache *s, bool miss_ready, const struct mpt_fence *f,
                      struct mptcache_out *o);
void mptcache_tick(struct mptcache *s, const struct mptcache_out *o, const struct mptcache_in *in);
// True if the next edge changes nothing unless a request, a refill or a fence comes.
bool mptcache_waiting(const struct mptcache *s, const struct mptcache_out *o);
void mptcache_dump(const struct mptcache *s, FILE *out);

#endif
