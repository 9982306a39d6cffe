// SPDX-License-Identifier: MulanPSL-2.0
// The L2TLB of XiangShan's Kunminghu core, exact to the cycle: one machine behind its ports.
//
// A machine is clocked by its user. One cycle is:
//
//   fill struct l2tlb_inputs          requests, registers, fences, the beat of channel D, ready signals
//   l2tlb_machine_settle()            computes every output of this cycle
//   l2tlb_machine_tick()              the clock edge
//
// Settle may be called again with other inputs before the tick (a request's ready may depend on a request of
// the same cycle on the other port). Handshakes are valid and ready in the same cycle: request i is taken
// when in.req[i].valid and out.req_ready[i]; an answer when out.resp_valid[i] and in.resp_ready[i]; a read
// when out.a_valid and in.a_ready.
//
// Quiet cycles may pass at once: l2tlb_machine_idle(), l2tlb_machine_skip(). l2tlb_run() drives a machine with
// a whole stimulus and a memory. Simulators that want requests in and translations out, with their own memory
// behind it, take transact.h.
//
// A machine allocates nothing after l2tlb_machine_new() (but ..._dump(), ..._save(), ..._restore() and ..._copy()
// take room for a while). Cycles count from reset.
#ifndef L2TLB_L2TLB_H
#define L2TLB_L2TLB_H

#include "l2tlb/base.h"
#include "l2tlb/config.h"
#include "l2tlb/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct l2tlb_machine l2tlb_machine;

enum {
    L2TLB_COUNTERS = 19,  // performance events, io_perf_N of the RTL
    L2TLB_SECTOR = 8,     // PTEs of one line of 64 bytes
    L2TLB_FETCH_PORT = 0, // instruction side
    L2TLB_DATA_PORT = 1   // data side
};
#define L2TLB_NO_TAG UINT32_MAX // the tag of what no request caused

// How a request is to be translated.
enum l2tlb_s2xlate {
    L2TLB_NO_S2XLATE = 0,  // one stage: satp
    L2TLB_ONLY_STAGE1 = 1, // vsatp alone
    L2TLB_ONLY_STAGE2 = 2, // hgatp alone: the vpn is a guest physical page
    L2TLB_ALL_STAGE = 3    // vsatp, then hgatp
};

// --- inputs ------------------------------------------------------------------------------------------------

struct l2tlb_request {
    uint64_t vpn;    // page number, 38 bits
    uint32_t tag;    // comes back with the answer; anything but L2TLB_NO_TAG
    uint8_t s2xlate; // enum l2tlb_s2xlate
    uint8_t valid;
    uint8_t mpt_only; // MPT builds: vpn is a physical page, only its rights are asked for
    uint8_t zero;
};

// satp, vsatp or hgatp.
struct l2tlb_atp {
    uint64_t ppn;    // 44 bits
    uint16_t id;     // ASID or VMID
    uint8_t mode;    // 0 bare, 8 Sv39(x4), 9 Sv48(x4)
    uint8_t changed; // pulse of one cycle: another id or mode; drops everything in flight
    uint8_t zero[4];
};

// MBMC, the register of the Shield-Bitmap.
struct l2tlb_mbmc {
    uint64_t bma;   // bits 63:6 of the register: base of the bitmap in units of 64 bytes (58 bits)
    uint8_t bme;    // checks are on
    uint8_t bclear; // pulse of one cycle: forget cached bitmap words
    uint8_t cmode;  // 1: the confidential side, no checks
    uint8_t keyiden;
    uint8_t zero[4];
};

// mmpt, builds with MPT (preset mpt).
struct l2tlb_mmpt {
    uint64_t ppn;              // root table, 44 bits
    uint8_t mode;              // 0 bare, 1 Smmpt43, 2 Smmpt52
    uint8_t sdid;              // domain, 6 bits
    uint8_t opt_out_in_node;   // first reads of walks are not checked
    uint8_t changed;           // pulse of one cycle: another domain
    uint8_t zero[4];
};

// Registers as levels; the walkers see them two cycles later.
struct l2tlb_csr {
    struct l2tlb_atp satp, vsatp, hgatp;
    struct l2tlb_mbmc mbmc;
    struct l2tlb_mmpt mmpt;
    uint8_t mxr, virt;       // mstatus.MXR (or vsstatus.MXR); V
    uint8_t m_pbmte, h_pbmte;
    uint8_t debug;           // 2026-07: the hart is in debug mode
    uint8_t virt_changed;    // since 2026-03: pulse in the first cycle of another virt
    uint8_t zero[10];
};

// A fence, valid for exactly one cycle. rs1, rs2: 1 means register x0, all addresses, all ids.
struct l2tlb_fence {
    uint64_t addr;    // 50 bits; HFENCE.GVMA: guest physical address shifted right by two
    uint16_t id;      // ASID, or VMID with hg
    uint8_t valid;
    uint8_t rs1, rs2;
    uint8_t hv, hg;   // HFENCE.VVMA, HFENCE.GVMA; both 0: SFENCE.VMA
    uint8_t mfence;   // MPT builds: MFENCE.PA; the address is physical, the id a domain
};

// A write of a PMP or PMA register, valid for exactly one cycle.
struct l2tlb_csr_write {
    uint64_t data;
    uint16_t addr; // number of the CSR, 12 bits
    uint8_t valid;
    uint8_t zero[5];
};

// One of the two beats of a line on channel D. Both beats of a line come before those of another one, back to
// back or with a gap. Always taken.
struct l2tlb_beat {
    uint64_t data[4]; // words 0..3, then 4..7
    uint8_t source;   // a_source of the read
    uint8_t valid;
    uint8_t zero[6];
};

// What goes into the ports of one cycle. l2tlb_inputs_init() first: it fills `size` and the ready signals.
struct l2tlb_inputs {
    uint32_t size;
    uint8_t resp_ready[2]; // [1] must be 1: the RTL has no ready there
    uint8_t a_ready;
    uint8_t wfi_req;       // since 2026-03: the core wants to sleep
    struct l2tlb_request req[2];
    struct l2tlb_csr csr;
    struct l2tlb_fence fence;
    struct l2tlb_csr_write csr_write;
    struct l2tlb_beat d;
};
L2TLB_API void l2tlb_inputs_init(struct l2tlb_inputs *in);

// Takes a write of MBMC as the hardware does (bma and bme are locked once bme is 1; bclear is set for the
// cycle of the write, the caller clears it afterwards).
L2TLB_API void l2tlb_mbmc_write(struct l2tlb_mbmc *m, uint64_t value);

// --- outputs -----------------------------------------------------------------------------------------------

// Permission byte of an answer, PTE[7:1].
enum { L2TLB_R = 1, L2TLB_W = 2, L2TLB_X = 4, L2TLB_U = 8, L2TLB_G = 16, L2TLB_A = 32, L2TLB_D = 64 };

// First half of an answer: up to eight translations of one sector. The page of entry i is ppn << 3 |
// ppn_low[i]; l2tlb_response_page() puts the halves together.
struct l2tlb_stage1 {
    uint64_t tag; // vpn >> 3
    uint64_t ppn; // PPN >> 3
    uint16_t asid, vmid;
    uint8_t n;    // NAPOT, 64 KiB
    uint8_t pbmt;
    uint8_t perm;
    uint8_t level; // of the leaf: 0 4 KiB, 1 2 MiB, 2 1 GiB, 3 512 GiB
    uint8_t v;
    uint8_t addr_low;              // vpn & 7
    uint8_t ppn_low[L2TLB_SECTOR]; // PPN & 7 of each entry
    uint8_t valididx, pteidx;      // masks: entries that are valid; the one that was asked for
    uint8_t pf, af;                // page fault, access fault
};

// Second half: the G stage.
struct l2tlb_stage2 {
    uint64_t tag; // guest page
    uint64_t ppn; // host page
    uint16_t vmid;
    uint8_t n, pbmt, perm, level;
    uint8_t gpf, gaf; // guest page fault, access fault
};

// Rights of the page by the Memory Protection Table; 0 in builds without it.
struct l2tlb_mpt {
    uint8_t mpt_only;     // of a request that asked for nothing else
    uint8_t access_fault; // a faulty table entry, or a right that does not exist
    uint8_t right;        // r, w, x from bit 0 to bit 2
    uint8_t level;        // of the entry, 0..3
    uint8_t contiguous, napot; // the eight, or sixteen, pages around have the same rights
    uint8_t zero[2];
};

struct l2tlb_response {
    uint8_t s2xlate; // of the request
    uint8_t zero[3];
    uint32_t tag;    // of the request
    struct l2tlb_stage1 s1;
    struct l2tlb_stage2 s2;
    struct l2tlb_mpt mpt;
};

struct l2tlb_outputs {
    uint32_t size; // set by the caller
    uint8_t req_ready[2];
    uint8_t resp_valid[2];
    struct l2tlb_response resp[2]; // meaningful while valid
    uint64_t a_address;            // of a line of 64 bytes; meaningful while a_valid, as a_source
    uint8_t a_valid;
    uint8_t a_source;
    uint8_t wfi_safe;
    uint8_t counter[L2TLB_COUNTERS]; // events that the ports show in this cycle
    uint8_t zero[2];
};

enum l2tlb_fault {
    L2TLB_NO_FAULT = 0,
    L2TLB_PAGE_FAULT = 1,
    L2TLB_ACCESS_FAULT = 2,
    L2TLB_GUEST_FAULT = 3,        // guest page fault
    L2TLB_GUEST_ACCESS_FAULT = 4  // access fault of the G stage
};

// The 4-KiB page that an answer gives for vpn (one of its sector), stages combined. Returns enum l2tlb_fault;
// *ppn is meaningful without one. Rights are not checked: the L1 TLBs do that.
L2TLB_API int l2tlb_response_page(const struct l2tlb_response *r, uint64_t vpn, uint64_t *ppn);

// --- the machine -------------------------------------------------------------------------------------------

// The configuration is copied. L2TLB_BAD_VALUE: it is impossible (l2tlb_cfg_message). In the state after reset.
L2TLB_API int l2tlb_machine_new(l2tlb_config *c, l2tlb_machine **m);
L2TLB_API void l2tlb_machine_free(l2tlb_machine *m);
L2TLB_API const char *l2tlb_machine_message(const l2tlb_machine *m);

// Back to the state after reset with the registers at *csr (NULL: all 0) for long enough. Cycle 0.
// L2TLB_BAD_VALUE.
L2TLB_API int l2tlb_machine_reset(l2tlb_machine *m, const struct l2tlb_csr *csr);

// L2TLB_BAD_VALUE, L2TLB_BAD_SIZE, L2TLB_BAD_BEAT: the message names the member. Outputs may be NULL.
L2TLB_API int l2tlb_machine_settle(l2tlb_machine *m, const struct l2tlb_inputs *in, struct l2tlb_outputs *out);
// One clock edge with the inputs of the last settle. L2TLB_BAD_ORDER: there was none in this cycle.
L2TLB_API int l2tlb_machine_tick(l2tlb_machine *m);

// Cycles in, cycles out: n times settle and tick. in and out are arrays of structures of in->size and out->size
// bytes; `size` of the first one counts for all. *done (may be NULL) is how many cycles passed, fewer than n
// only after an error, which is that of the cycle *done, as settle has it. out may be NULL.
L2TLB_API int l2tlb_machine_cycles(l2tlb_machine *m, size_t n, const struct l2tlb_inputs *in,
                                   struct l2tlb_outputs *out, size_t *done);

// After a settle: how many cycles, this one included, would pass without any change of any output or register
// (but the counters of cycles) if all inputs stayed as they are? 0: this cycle changes something; UINT64_MAX:
// nothing will ever happen by itself.
L2TLB_API uint64_t l2tlb_machine_idle(const l2tlb_machine *m);
// Lets k such cycles pass at once, in place of a tick. L2TLB_BAD_ORDER: k is more than idle() says.
L2TLB_API int l2tlb_machine_skip(l2tlb_machine *m, uint64_t k);

L2TLB_API uint64_t l2tlb_machine_cycle(const l2tlb_machine *m);  // clock edges since reset
L2TLB_API uint32_t l2tlb_machine_reading(const l2tlb_machine *m); // mask of sources with a read under way
// Sums of the performance events since reset, as the ports have shown them: the first n of L2TLB_COUNTERS
// (L2TLB_BAD_SIZE: there are not so many).
L2TLB_API int l2tlb_machine_counters(const l2tlb_machine *m, uint64_t *sums, size_t n);
L2TLB_API const char *l2tlb_counter_name(unsigned counter); // the RTL's name of it; NULL: no such counter

// State of every block as text. Writes at most size bytes with a 0 at the end; *length (may be NULL) is what the
// whole text needs without it. text may be NULL with size 0.
L2TLB_API int l2tlb_machine_dump(const l2tlb_machine *m, char *text, size_t size, size_t *length);

// --- save and restore --------------------------------------------------------------------------------------

// The state between two cycles (not between settle and tick: L2TLB_BAD_ORDER), for a machine of the same
// configuration and version of the library; what goes on from it is the same to the bit. Reads under way are
// part of it, the memory that answers them is not.
L2TLB_API size_t l2tlb_machine_state_size(const l2tlb_machine *m); // bytes
// L2TLB_BAD_SIZE: fewer bytes than state_size(); L2TLB_NO_MEMORY.
L2TLB_API int l2tlb_machine_save(l2tlb_machine *m, void *state, size_t size);
// L2TLB_BAD_STATE: of another configuration or version. What is behind the head is trusted: states that travel need a
// checksum of the user's. Bytes between members are arbitrary: states are not for comparing. The observer stays.
// L2TLB_NO_MEMORY.
L2TLB_API int l2tlb_machine_restore(l2tlb_machine *m, const void *state, size_t size);
// A second machine in the same state, without the observer. L2TLB_BAD_ORDER as of save.
L2TLB_API int l2tlb_machine_copy(l2tlb_machine *m, l2tlb_machine **copy);

// --- observation: no effect on the machine -------------------------------------------------------------------

enum l2tlb_machine_event_kind {
    L2TLB_EV_REQ = 0,       // request accepted: port a, tag, vpn, s2xlate
    L2TLB_EV_LOOKUP = 1,    // PageCache answered a look-up: flags
    L2TLB_EV_MQ_ENQ = 2,    // miss queue takes it; a: 1 = bound for the LLPTW
    L2TLB_EV_PTW_REQ = 3,   // PTW starts; a: 1 = stage-1 hit
    L2TLB_EV_PTW_RESP = 4,  // PTW answers
    L2TLB_EV_PTW_LLPTW = 5, // PTW hands over to the last level
    L2TLB_EV_LLPTW_IN = 6,  // LLPTW takes it: a = entry, b = state
    L2TLB_EV_LLPTW_OUT = 7, // LLPTW answers: a = entry
    L2TLB_EV_HPTW_REQ = 8,  // HPTW starts a G walk for requester a
    L2TLB_EV_HPTW_RESP = 9,
    L2TLB_EV_MEM_REQ = 10,  // channel A: a = source, addr, b = level, c = 0 one-stage or VS table, 1 G table, 2 bitmap, 3 MPT
    L2TLB_EV_MEM_RESP = 11, // last beat of source a
    L2TLB_EV_REFILL = 12,   // PageCache refill: b = level
    L2TLB_EV_PREFETCH = 13, // prefetch look-up sent
    L2TLB_EV_RESP = 14,     // answer taken: port a
    L2TLB_EV_FLUSH = 15,    // everything in flight is dropped
    L2TLB_EV_FENCE = 16,    // a fence removes entries: a = table (0 L3, 1 L2, 2 L1, 3 L0, 4 SP), addr = how many
    L2TLB_EV_BITMAP = 17,   // the checker answers: a = slot, b = 1 without a read of its own, c = 1 refused, addr
    L2TLB_EV_BM_CHECK = 18, // the checker takes a check for requester a: b = slot
    L2TLB_EV_BM_PMP = 19,   // verdict on the bitmap word at addr: b = slot, c = 1 denied
    L2TLB_EV_BM_CACHE = 20, // the BitmapCache answers: b = slot, c = 1 hit
    // MPT. a = who asks: a source, or that of the MPT + port for the page of an answer; addr = page number
    L2TLB_EV_MPT_CHECK = 21, // the checker takes a check
    L2TLB_EV_MPT = 22,       // it answers: b = 1 behind a walk, c = 1 the page may not be read
    L2TLB_EVENT_KINDS = 23  // later versions may report more
};

// flags of L2TLB_EV_LOOKUP
enum {
    L2TLB_HIT = 1,
    L2TLB_HIT_L3 = 2,
    L2TLB_HIT_L2 = 4,
    L2TLB_HIT_L1 = 8,
    L2TLB_HIT_L0 = 16,
    L2TLB_HIT_SP = 32,
    L2TLB_FIRST = 64,         // first look-up of a request
    L2TLB_FOR_HPTW = 128,     // G look-up
    L2TLB_PREFETCHED = 256,   // the entry was filled by a prefetch
    L2TLB_BYPASSED = 512,     // a refill passed by
    L2TLB_STAGE1_HIT = 1024,
    L2TLB_JUMP = 2048         // a hit that needs a bitmap check
};

struct l2tlb_machine_event {
    uint64_t cycle;
    uint64_t vpn, addr;
    uint32_t tag; // of the request; L2TLB_NO_TAG: prefetch or nobody
    uint32_t flags;
    uint8_t kind;   // enum l2tlb_machine_event_kind
    uint8_t source; // 0 fetch port, 1 data port, 2 prefetcher
    uint8_t s2xlate;
    uint8_t a, b, c;
    uint8_t zero[2];
};

// Calls fn for every event of a cycle from its tick, in a fixed order. One observer; fn NULL removes it.
L2TLB_API void l2tlb_machine_observe(l2tlb_machine *m, void (*fn)(const struct l2tlb_machine_event *e, void *ctx),
                                     void *ctx);
L2TLB_API const char *l2tlb_event_name(unsigned kind); // "request", "lookup", ...; NULL: no such kind

// After a settle: calls fn once for each request that was accepted in an earlier cycle and is neither answered
// nor dropped, with what it is waiting for in this cycle (exactly one cause). L2TLB_BAD_ORDER: there was no settle.
L2TLB_API int l2tlb_machine_locate(const l2tlb_machine *m, void (*fn)(uint32_t tag, unsigned cause, void *ctx),
                                   void *ctx);
L2TLB_API unsigned l2tlb_causes(void); // how many there are
L2TLB_API const char *l2tlb_cause_id(unsigned cause);          // "MISSQ"; NULL: no such cause
L2TLB_API const char *l2tlb_cause_explanation(unsigned cause); // "waiting in the miss queue"

// --- a whole stimulus in one call ------------------------------------------------------------------------------

// A request that is offered from `cycle` on, when those before it on its port are taken, until it is taken.
struct l2tlb_timed_request {
    uint64_t cycle; // of the machine
    uint64_t vpn;
    uint32_t tag;
    uint8_t port;    // 0 or 1
    uint8_t s2xlate;
    uint8_t mpt_only;
    uint8_t zero;
};

// Registers, fence and register write from `cycle` on. Pulses (changed, bclear, virt_changed, fence, write)
// hold for that cycle alone; the levels until the next one.
struct l2tlb_control {
    uint64_t cycle;
    struct l2tlb_csr csr;
    struct l2tlb_fence fence;
    struct l2tlb_csr_write csr_write;
};

struct l2tlb_answer {
    uint64_t cycle;    // in which it was taken
    uint64_t accepted; // cycle in which the request was taken, in an earlier call as well; latency is the difference.
                       // UINT64_MAX: unknown, an answer that no request under way has
    uint32_t port;
    uint32_t index;    // of the request in the array of this call; UINT32_MAX: of an earlier call
    struct l2tlb_response resp;
};

// A stimulus and where its results go. Everything but `size`, `cycles` and `memory` may be 0 or NULL.
struct l2tlb_run {
    uint32_t size;
    uint32_t zero;
    uint64_t cycles;  // at most so many; 0: until all requests are taken and nothing moves any more
    uint64_t watchdog; // cycles without any handshake that end it (L2TLB_STUCK); 0: never
    l2tlb_memory *memory; // answers the reads
    const struct l2tlb_timed_request *requests; // sorted by cycle, port by port
    size_t request_count;                       // below UINT32_MAX
    const struct l2tlb_control *controls;       // sorted by cycle
    size_t control_count;
    struct l2tlb_answer *answers; // NULL: they are counted only
    size_t answer_room;           // L2TLB_FULL when they do not suffice: call again with the rest
    uint64_t *accepted;           // request_count: cycle in which each was taken, UINT64_MAX: not (yet)
    uint64_t *reads;              // addresses of the reads of channel A in their order
    size_t read_room;             // further ones are only counted
    // Results, also after an error.
    uint64_t cycles_done;
    size_t answer_count, read_count;
    size_t requests_taken[2]; // per port
    size_t controls_taken;
    uint64_t dropped;         // requests of this call that a flush dropped (MPT builds: where a new domain drops the walks
                              // alone, those in the PageCache and the queue count as well, and are answered all the same)
};
// Runs until `cycles` have passed or the stimulus is through. Quiet cycles are skipped. L2TLB_BAD_VALUE: the
// message names the request or control. L2TLB_BAD_SIZE; L2TLB_FULL and L2TLB_STUCK as above; L2TLB_BAD_BEAT: the
// memory answers reads that are not this machine's. The registers are those of the last call (or of the reset) until the
// first control.
L2TLB_API int l2tlb_machine_run(l2tlb_machine *m, struct l2tlb_run *run);

#ifdef __cplusplus
}
#endif
#endif
