// SPDX-License-Identifier: MulanPSL-2.0
// What the Python package does at C speed beside the library's own functions: loops over arrays.
#ifndef L2TLBSIM_BATCH_H
#define L2TLBSIM_BATCH_H

#include <l2tlb/l2tlb.h>
#include <l2tlb/tables.h>
#include <l2tlb/walk.h>

// Words, mappings, events and places into arrays of `room`; they return how many there are, `room` at most are written.
struct batch_words {
    uint64_t *addr, *word;
    size_t room, n;
};
void batch_words(const l2tlb_memory *m, struct batch_words *to);

struct batch_mappings {
    struct l2tlb_mapping *at;
    size_t room, n;
};
void batch_mappings(const l2tlb_tables *t, struct batch_mappings *to);

struct batch_places {
    uint32_t *tag, *cause;
    size_t room, n;
};
int batch_places(const l2tlb_machine *m, struct batch_places *to);

// Events of a machine as they come: the first `room`, all are counted.
struct batch_events {
    struct l2tlb_machine_event *at;
    size_t room, n;
};
void batch_observe(l2tlb_machine *m, struct batch_events *to); // NULL: no longer

// The pages of n answers for their requests (l2tlb_response_page). An answer of an earlier call (its index is UINT32_MAX, none of
// the `requests`) is for the page that its own sector names.
void batch_pages(size_t n, const struct l2tlb_answer *answer, size_t requests, const struct l2tlb_timed_request *request,
                 uint64_t *ppn, uint8_t *fault);

// One walk of many.
struct batch_walk {
    uint64_t pa, ipa; // host physical address (0 after a fault), intermediate one
    uint8_t fault;    // enum l2tlb_walk_fault
    uint8_t reason, stage, cause;
    int8_t level;
    uint8_t refs;     // reads of tables
    uint8_t shift;    // log2 of the page that both stages give together
    uint8_t zero;
};
// n walks with the registers and everything but the address of `access`. Ends at the first that is L2TLB_BAD_VALUE: *done, *message.
int batch_walk_riscv(const struct l2tlb_riscv_regs *regs, const struct l2tlb_riscv_access_info *access,
                     const struct l2tlb_walk_memory *memory, size_t n, const uint64_t *va, struct batch_walk *to, size_t *done,
                     const char **message);
int batch_walk_a64(const struct l2tlb_a64_regs *regs, const struct l2tlb_a64_access_info *access,
                   const struct l2tlb_walk_memory *memory, size_t n, const uint64_t *va, struct batch_walk *to, size_t *done,
                   const char **message);

#endif
