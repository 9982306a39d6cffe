// SPDX-License-Identifier: MulanPSL-2.0
// The L2TLB: the whole machine behind its ports (spec A 0.4, D 1.1, E 0.3; module L2TLB in RTL).
//
// One cycle is: fill struct l2tlb_in, l2tlb_settle() computes every output of this cycle, then
// l2tlb_tick() is the clock edge. Settle may be called again with other inputs before the tick
// (an output may depend on an input of the same cycle: req_ready[1] on req[0].valid). Instances
// are independent; nothing is allocated after l2tlb_new().
#ifndef L2TLB_MODEL_L2TLB_H
#define L2TLB_MODEL_L2TLB_H

#include "arch/bundle.h"
#include "arch/cfg.h"

enum { PERF_COUNT = 19 };

struct l2tlb_req {
    uint64_t vpn; // 38 bits
    uint8_t s2xlate;
    bool valid;
    bool mpt_only; // builds with MPT: vpn is a physical page (36 bits); only its rights are asked for
    uint32_t tag; // any value but TAG_NONE; comes back with the answer
};

// D channel: one beat of 256 bits (no ready: always accepted). A line is two beats, back to back or
// with a gap, never interleaved with another source.
struct tl_d {
    uint64_t data[4];
    uint8_t source;
    bool valid;
};

struct l2tlb_in {
    struct l2tlb_req req[2]; // 0 instruction side, 1 data side
    bool resp_ready[2];      // the RTL has no ready on port 1: keep it true there
    struct sfence sfence;
    struct tlb_csr csr;
    struct csr_write csr_w;
    bool a_ready;
    struct tl_d d;
    bool wfi_req; // revision 2026-03
};

struct l2tlb_out {
    bool req_ready[2];
    bool resp_valid[2];
    struct ptw_resp resp[2];
    bool a_valid;
    uint8_t a_source;
    uint64_t a_address; // 64-byte aligned
    uint8_t perf[PERF_COUNT];
    bool wfi_safe;
};

struct l2tlb;

// cfg must have passed cfg_finish(); it is copied. Returns NULL only when memory is exhausted.
struct l2tlb *l2tlb_new(const struct l2tlb_cfg *cfg);
void l2tlb_free(struct l2tlb *t);
// Back to the state after reset, with all inputs at `csr` and nothing else for long enough that the
// two-cycle control delay holds these values (the recordings hold reset for 64 edges).
void l2tlb_reset(struct l2tlb *t, const struct tlb_csr *csr);

void l2tlb_settle(struct l2tlb *t, const struct l2tlb_in *in, struct l2tlb_out *out);
// One clock edge with the inputs of the last settle.
void l2tlb_tick(struct l2tlb *t);

// After a settle: how many cycles, this one included, would pass without any change of any output
// or register if all inputs stayed as they are (no beat on D, no new request, A ready unchanged)?
// 0: this cycle changes something. UINT64_MAX: nothing will ever happen by itself.
uint64_t l2tlb_idle(const struct l2tlb *t);
// Lets k such cycles pass at once (counters that count cycles are advanced).
void l2tlb_skip(struct l2tlb *t, uint64_t k);

uint64_t l2tlb_cycle(const struct l2tlb *t); // clock edges since reset
// Sums of the perf outputs since reset, as the ports show them.
void l2tlb_perf_sums(const struct l2tlb *t, uint64_t sums[PERF_COUNT]);

// The registers of a machine as bytes, to go on from later: between a tick and the next settle. Only a
// machine of the same configuration and build can take them; they are trusted. `to` and `from` are
// aligned for any type.
size_t l2tlb_state_size(const struct l2tlb *t);
void l2tlb_state_save(const struct l2tlb *t, void *to);
void l2tlb_state_load(struct l2tlb *t, const void *from); // the observer stays

// State of every block as text, for differences and deadlocks.
void l2tlb_dump(const struct l2tlb *t, FILE *out);

// --- observation (no effect on the machine) ---------------------------------------------------

// Where a request spends a cycle. Exactly one cause per request and cycle; see l2tlb_locate().
enum l2tlb_cause {
#define CAUSE(name, text) CAUSE_##name,
#include "model/causes.def"
#undef CAUSE
    CAUSE_COUNT
};
extern const char *const l2tlb_cause_name[CAUSE_COUNT];
extern const char *const l2tlb_cause_text[CAUSE_COUNT];

// After a settle: calls fn(tag, cause, ctx) once for each L1 request that was accepted in an
// earlier cycle and is neither answered in an earlier cycle nor flushed.
void l2tlb_locate(const struct l2tlb *t, void (*fn)(uint32_t tag, unsigned cause, void *ctx),
                  void *ctx);
// The same without those in the miss queue (CAUSE_MISSQ).
void l2tlb_locate_walks(const struct l2tlb *t, void (*fn)(uint32_t tag, unsigned cause, void *ctx),
                        void *ctx);
// The miss queue, which requests leave in the order in which they came: between one cycle and the next
// the one at the head may go and one may come behind the last, or a flush empties it.
struct l2tlb_queue {
    unsigned head, count; // place of the head; requests, prefetches included
};
struct l2tlb_queue l2tlb_queue(const struct l2tlb *t);
// Tag of the k-th request from the head, TAG_NONE for a prefetch.
uint32_t l2tlb_queued(const struct l2tlb *t, unsigned k);

// Events of one cycle, reported from l2tlb_tick() in a fixed order.
enum l2tlb_event_kind {
    EV_REQ,       // request accepted: port a, tag, vpn, s2xlate
    EV_LOOKUP,    // PageCache answered a look-up: see flags
    EV_MQ_ENQ,    // miss queue takes it; a: 1 = bound for the LLPTW
    EV_PTW_REQ,   // PTW starts; a: 1 = stage-1 hit
    EV_PTW_RESP,  // PTW answers
    EV_PTW_LLPTW, // PTW hands over to the last level
    EV_LLPTW_IN,  // LLPTW takes it: a = entry, b = new state (2 = merged with a read, see llptw.h)
    EV_LLPTW_OUT, // LLPTW answers: a = entry
    EV_HPTW_REQ,  // HPTW starts a G walk for requester a (its id)
    EV_HPTW_RESP,
    EV_MEM_REQ,   // channel A: a = source id, addr, b = level read, c = 0 one-stage/VS table, 1 G table, 2 bitmap, 3 MPT
    EV_MEM_RESP,  // last beat of source a
    EV_REFILL,    // PageCache refill: b = level
    EV_PREFETCH,  // prefetch look-up sent
    EV_RESP,      // answer taken: port a
    EV_FLUSH,     // everything in flight is dropped
    EV_FENCE,     // a fence removes entries: a = table (0 L3, 1 L2, 2 L1, 3 L0, 4 SP), addr = how many
    // Shield-Bitmap
    EV_BITMAP,    // the checker answers: a = slot, b = 1 without a read of its own, c = 1 refused,
                  // addr = page that was tested
    EV_BM_CHECK,  // the checker takes a check for requester a (its id): b = slot
    EV_BM_PMP,    // verdict on the bitmap word at addr: b = slot, c = 1 denied
    EV_BM_CACHE,  // the BitmapCache answers: b = slot, c = 1 hit
    // MPT. a = who asks: source id of a walker, the MPT's id + port for an answered page; addr = page
    EV_MPT_CHECK, // the checker takes a check
    EV_MPT,       // it answers: b = 1 behind a walk of its own or of a neighbour, c = 1 the page may not be read
    EV_KINDS
};

// flags of EV_LOOKUP
enum {
    LOOKUP_HIT = 1,
    LOOKUP_L3 = 2,
    LOOKUP_L2 = 4,
    LOOKUP_L1 = 8,
    LOOKUP_L0 = 16,
    LOOKUP_SP = 32,
    LOOKUP_FIRST = 64,
    LOOKUP_HPTW = 128,
    LOOKUP_PREFETCHED = 256, // the hit entry was filled by a prefetch
    LOOKUP_BYPASSED = 512,
    LOOKUP_STAGE1_HIT = 1024,
    LOOKUP_JUMP = 2048, // a hit that needs a bitmap check
};

struct l2tlb_event {
    uint64_t cycle;
    uint64_t vpn, addr;
    uint32_t tag; // of the L1 request; TAG_NONE: prefetch or nobody
    uint32_t flags;
    uint8_t kind, source, s2xlate;
    uint8_t a, b, c;
};

// At most one observer; fn NULL removes it.
void l2tlb_observe(struct l2tlb *t, void (*fn)(const struct l2tlb_event *e, void *ctx), void *ctx);

#endif
