// SPDX-License-Identifier: MulanPSL-2.0
// Every wire between the blocks of the L2TLB, and the machine's registers. Written by settle() only.
#ifndef L2TLB_MODEL_WIRES_H
#define L2TLB_MODEL_WIRES_H

#include "bitmap/bitmap.h"
#include "bitmap/bitmapcache.h"
#include "model/l2tlb.h"
#include "model/mempath.h"
#include "model/missqueue.h"
#include "model/prefetch.h"
#include "mpt/mptchecker.h"
#include "mpt/mptoutputswitchbox.h"
#include "pagecache/pagecache.h"
#include "ptw/hptw.h"
#include "ptw/llptw.h"
#include "ptw/merge.h"
#include "ptw/ptw.h"

// Delay of fences and CSRs: what the blocks see is the port two cycles earlier (spec A 0.8).
// A ring of three, so that the values of this cycle stay in place during the clock edge.
struct ctl {
    struct tlb_csr csr[3];
    struct sfence sfence[3];
    unsigned at;    // slot that is one cycle old; the one before it is two cycles old
    uint8_t moving; // cycles until all copies agree with the port again
    bool wfi_req;   // one cycle old
};

static inline unsigned ctl_slot(const struct ctl *c, unsigned age)
{
    return (c->at + 3 - age) % 3; // age 0: one cycle old, 1: two cycles old, 2: free
}

// Grants of arb2, the entry arbiter of the PageCache (spec A 1.2).
enum { ARB2_HPTW, ARB2_PTW, ARB2_MISSQ, ARB2_L1, ARB2_PREFETCH, ARB2_NONE };

struct wires {
    struct l2tlb_in in;
    const struct tlb_csr *csr;
    const struct sfence *sfence;
    bool flush;
    bool flush_cache; // of the PageCache, miss queue and prefetcher: by mmpt.changed only with T9 fixed

    // refill register of the memory path with its line (a copy: the line buffer moves on)
    struct pc_refill refill;
    uint64_t refill_line[SECTOR];

    // answers of the blocks' registers
    struct mempath_out mem;
    struct pc_out pc;
    struct ptw_out ptw;
    struct hptw_out hptw;
    struct llptw_out llptw;
    struct bitmap_out bitmap;
    struct bcache_resp bcache;
    struct mptchecker_out mpt;
    uint8_t l0_way; // L0 victim way of the refill register's set (bitmap builds)

    // G answer of this cycle: from the PageCache or from HPTW
    bool hptw_resp_valid, hptw_resp_from_cache;
    uint8_t hptw_resp_id;
    struct hptw_resp hptw_resp;

    // routing of the PageCache answer (spec A 1.4)
    bool pc_l1_hit; // L, with the bitmap's jumps folded in
    bool pc_resp_ready, pc_resp_fire;
    bool hptw_req_fire, llptw_in_valid, llptw_in_fire, ptw_req_fire;
    bool mq_in0_valid, mq_enq_fire, llptw_cache_fire;
    bool prefetch_trigger;

    // answers to L1
    bool resp_from_cache[2], resp_from_ptw[2], resp_from_llptw[2];
    bool merge_valid[2], merge_ready[2];
    bool resp_valid[2];
    struct ptw_resp resp[2]; // meaningful while resp_valid
    bool ptw_resp_ready, ptw_resp_fire, llptw_out_ready, llptw_out_fire;

    // MPT: checks, and a switch box between each merged answer and its port (spec E 1.3, 1.9)
    bool ptw_mpt_fire, hptw_mpt_fire, llptw_mpt_fire, box_fire[2], mpt_l1_ready, mpt_req_fire;
    struct mpt_req mpt_req;
    struct mpt_resp box_resp[2];
    struct mptoutputswitchbox_in box_in[2];
    struct mpt_req box_req[2]; // the check of the merged answer
    struct mptoutputswitchbox_out box[2];

    // entry arbiter
    bool pc_req_ready, pc_req_fire;
    unsigned arb2; // granted input
    bool ptw_hptw_fire, llptw_hptw_grant, llptw_hptw_fire, ptw_llptw_fire, mq_deq_fire, prefetch_fire;
    bool req_ready[2], req_fire[2];
    struct pc_req pc_req;
    uint64_t offered_vpn;

    // protection and channel A
    struct pmp_verdict pmp_ptw, pmp_llptw_enq, pmp_llptw_hptw, pmp_hptw, pmp_bitmap, pmp_mpt;
    bool a_valid, mem_ready, a_fire; // mem_ready: channel A takes what the walkers offer
    bool ptw_mem_fire, llptw_mem_fire, hptw_mem_fire, bitmap_mem_fire, mpt_mem_fire;
    uint8_t a_id;
    uint64_t a_addr;

    bool ptw_mem_resp, hptw_mem_resp, llptw_mem_resp, bitmap_mem_resp;

    // bitmap checker: requests PTW, LLPTW, HPTW; answers by id
    bool ptw_bitmap_fire, llptw_bitmap_grant, llptw_bitmap_fire, hptw_bitmap_fire, bitmap_req_fire;
    struct bitmap_req bitmap_req;
    bool bcache_req_fire, wakeup_ready;
    struct pc_wakeup wakeup;

    struct ptw_req ptw_req;     // valid while ptw_req_fire
    struct hptw_req hptw_req;   // valid while hptw_req_fire
    struct llptw_req llptw_req; // valid while llptw_in_fire
    struct merge_resp llptw_stage1; // PageCache view of stage 1, valid while llptw_in_fire
};

enum { PERF_DELAY = 4 }; // cycles from an event to the port (spec A 6)

// The registers of the top level (spec A 1.1) and of every block.
struct l2tlb {
    struct l2tlb_cfg cfg;
    struct ctl ctl;
    struct pagecache pc;
    struct ptw ptw;
    struct hptw hptw;
    struct llptw llptw;
    struct merge_resp llptw_stage1[MAX_LLPTW];
    struct missqueue mq;
    struct prefetch pf;
    struct mempath mem;
    struct bitmap bitmap;
    struct bitmapcache bcache;
    struct mptchecker mpt;
    struct mptoutputswitchbox box[2];
    struct pmp pmp;
    unsigned tlb_counter;
    bool wfi_safe;
    bool a_offered; // channel A was valid and not ready in the cycle before
    bool mem_cycle; // stop-watch of perf event 17

    uint8_t perf[PERF_DELAY][PERF_COUNT]; // events on their way to the port, oldest at perf_at
    unsigned perf_at;
    uint64_t perf_sum[PERF_COUNT];

    struct wires w;
    uint64_t cycle;
    void (*observer)(const struct l2tlb_event *e, void *ctx);
    void *observer_ctx;
};

// Events of spec A 6 in this cycle (perf.c).
void l2tlb_perf_events(const struct l2tlb *t, uint8_t ev[PERF_COUNT]);
// The part of settle() that builds with MPT add (settle_mpt.c): from the merged answers to the ports.
void l2tlb_settle_boxes(struct l2tlb *t, struct wires *w);
// ... and the request that the checker takes in this cycle, L1's included.
void l2tlb_settle_mpt_only(struct l2tlb *t, struct wires *w);
// T12: may port i send what it offers?
bool l2tlb_mpt_takes(const struct l2tlb *t, const struct wires *w, unsigned i);
// T26: may the answer of this walker pass box i?
bool l2tlb_mpt_hears(const struct l2tlb *t, unsigned i, enum mpt_box_from who);
void l2tlb_form_answer(const struct l2tlb *t, const struct wires *w, unsigned port, struct ptw_resp *r);
void l2tlb_perf_push(struct l2tlb *t, const uint8_t ev[PERF_COUNT], uint64_t cycles);
// One pass of settle. Test builds do it twice and compare (paranoid.c).
void l2tlb_settle_once(struct l2tlb *t, const struct l2tlb_in *in, struct l2tlb_out *out);
void l2tlb_settle_again(struct l2tlb *t, const struct l2tlb_out *out);
// Clocks the first cycles of a stretch that may be skipped and gives up (abort) if anything moves.
// Returns how many.
uint64_t l2tlb_skip_honestly(struct l2tlb *t, uint64_t k);
// Reports this cycle's events to the observer (events.c).
void l2tlb_report_events(struct l2tlb *t);

#endif
