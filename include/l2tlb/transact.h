// SPDX-License-Identifier: MulanPSL-2.0
// The machine for simulators: requests in, translations out, reads of page tables to a memory of the user's, which
// answers when it likes. Time is in cycles of the machine.
//
//   submit(vpn, kind, tag) ...        requests wait in a queue per port until the machine takes them
//   advance(cycles)                   done() and read() are called from it
//   answer_read(id, at, line)         at any time, also from read(): the line arrives in cycle `at` or later
//
//   struct l2tlb_transact_hooks h = {.size = sizeof h, .ctx = me, .done = done, .read = read};
//   l2tlb_transact_new(config, &h, &t);
//   l2tlb_transact_csr(t, &csr);
//   l2tlb_transact_submit(t, vpn, L2TLB_ALL_STAGE, 7);
//   l2tlb_transact_advance(t, 100);
//
// Quiet cycles cost nothing, so an event-driven simulator may advance to its own next event, or ask next() when
// the machine does something by itself.
#ifndef L2TLB_TRANSACT_H
#define L2TLB_TRANSACT_H

#include "l2tlb/l2tlb.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct l2tlb_transact l2tlb_transact;

// kind of a request: enum l2tlb_s2xlate, and this for the instruction side (else the data side).
enum { L2TLB_FETCH = 16 };
// Requests that wait for one port, and controls that wait for their cycle.
enum { L2TLB_TRANSACT_QUEUE = 1024, L2TLB_TRANSACT_CONTROLS = 64 };

struct l2tlb_done {
    uint64_t tag; // of submit
    uint64_t vpn;
    uint64_t ppn;       // host page of 4 KiB, of the page that the two stages give together
    uint64_t submitted, accepted, done; // cycles; latency of the machine: done - accepted
    uint8_t fault;      // enum l2tlb_fault; 0: ppn means something
    uint8_t dropped;    // 1: a fence or another address space dropped it before it was answered: submit it again
    uint8_t kind;
    uint8_t page_shift; // log2 of the page that the TLB may keep: the smaller one of both stages
    uint8_t perm;       // PTE[7:1] of the stage that the kind ends in (L2TLB_R, ...), stage 1 where there is one
    uint8_t g_perm;     // of the G stage, 0 without one
    uint8_t zero[2];
    struct l2tlb_response response; // everything: neighbours in the sector, attributes
};

struct l2tlb_transact_hooks {
    uint32_t size;
    // 1: PMP stays as after reset, which denies the walkers everything; l2tlb_transact_pmp() opens it. 0: one
    // entry opens all of memory, as firmware does; the machine then begins in cycle 8.
    uint32_t closed_pmp;
    void *ctx;
    // A request is over. It may submit further ones.
    void (*done)(void *ctx, const struct l2tlb_done *d);
    // A read of the line of 64 bytes at addr. `id` names it until it is answered; nothing else reads with the
    // same id meanwhile. It may answer at once.
    void (*read)(void *ctx, uint64_t addr, unsigned id);
};

// L2TLB_BAD_VALUE: an impossible configuration (l2tlb_cfg_message), or a callback is missing. L2TLB_BAD_SIZE.
L2TLB_API int l2tlb_transact_new(l2tlb_config *c, const struct l2tlb_transact_hooks *hooks, l2tlb_transact **t);
L2TLB_API void l2tlb_transact_free(l2tlb_transact *t);
L2TLB_API const char *l2tlb_transact_message(const l2tlb_transact *t);

// Asks for a translation from this cycle on. L2TLB_FULL: the queue is full. L2TLB_BAD_VALUE.
L2TLB_API int l2tlb_transact_submit(l2tlb_transact *t, uint64_t vpn, unsigned kind, uint64_t tag);
// Answers a read: its line, from cycle `at` on (0, or what has passed: as soon as possible). One line takes two
// cycles on the channel. L2TLB_BAD_VALUE: no read with this id waits for an answer.
L2TLB_API int l2tlb_transact_answer_read(l2tlb_transact *t, unsigned id, uint64_t at, const uint64_t line[8]);

// Registers from the next cycle on (the walkers see them two cycles later). The pulses are made here: `changed`
// where an id or domain differs, virt_changed. Whoever changes a mode or a root without another id fences, as software does.
// bclear is taken as a pulse. Of all three: L2TLB_FULL: too many wait; L2TLB_BAD_VALUE.
L2TLB_API int l2tlb_transact_csr(l2tlb_transact *t, const struct l2tlb_csr *csr);
L2TLB_API int l2tlb_transact_fence(l2tlb_transact *t, const struct l2tlb_fence *fence);
L2TLB_API int l2tlb_transact_pmp(l2tlb_transact *t, unsigned csr, uint64_t value);

// Lets cycles pass. L2TLB_BAD_ORDER: called from a callback.
L2TLB_API int l2tlb_transact_advance(l2tlb_transact *t, uint64_t cycles);
L2TLB_API uint64_t l2tlb_transact_cycle(const l2tlb_transact *t);
// First cycle in which something happens without further calls: this one while the machine works; UINT64_MAX: it waits
// for reads or requests.
L2TLB_API uint64_t l2tlb_transact_next(const l2tlb_transact *t);
// Requests submitted and not done, reads not answered.
L2TLB_API size_t l2tlb_transact_waiting(const l2tlb_transact *t);
L2TLB_API unsigned l2tlb_transact_reading(const l2tlb_transact *t);

// The machine inside: for counters, dump, observe. It must not be clocked from outside.
L2TLB_API l2tlb_machine *l2tlb_transact_machine(l2tlb_transact *t);

#ifdef __cplusplus
}
#endif
#endif
