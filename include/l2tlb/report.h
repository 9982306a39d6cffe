// SPDX-License-Identifier: MulanPSL-2.0
// Work on recordings and reports: a recording of the RTL through the model (`l2tlb check`), reports side by side
// (`l2tlb compare`).
#ifndef L2TLB_REPORT_H
#define L2TLB_REPORT_H

#include "l2tlb/config.h"

#ifdef __cplusplus
extern "C" {
#endif

// --- a recording ---------------------------------------------------------------------------------------------

enum l2tlb_check_end {
    L2TLB_CHECK_WHOLE = 0, // the last cycle of the stimulus has passed
    L2TLB_CHECK_FIRST = 1, // behind the first difference
    L2TLB_CHECK_STUCK = 2, // the watchdog
    L2TLB_CHECK_CANCELLED = 3
};

struct l2tlb_check {
    uint32_t size;
    uint8_t strict;  // compare fields that carry no meaning, too
    uint8_t all;     // go on behind the first difference
    uint8_t no_skip; // clock every cycle
    uint8_t zero;
    uint64_t watchdog; // busy cycles without an event that end it; 0: never
    void *ctx;         // for the callbacks, each of which may be NULL
    int (*progress)(void *ctx); // something else than 0 ends it
    // On a difference: the last events of both sides and the state of every block, as text.
    void (*details)(void *ctx, const char *text, size_t length);
    // Results.
    uint64_t cycles, cycles_all; // done, and of the stimulus
    uint64_t events, mismatches; // lines compared; that differ
    uint64_t dont_care;          // lines that are equal but for fields that carry no meaning
    uint64_t first_cycle;        // of the first difference
    uint8_t end;                 // enum l2tlb_check_end
    uint8_t at_end;              // the first difference is in the sums of the last lines
    uint8_t zero_too[6];
    char first[256]; // "SIGNAL got X expected Y" of the first difference, "" without one
    char message[512]; // L2TLB_BAD_INPUT, L2TLB_BAD_VALUE: what is wrong
};

// Drives a machine (or, for an L1STIM file, the L1 side with the L2TLB behind it) with a recorded stimulus and compares
// every output in every cycle with the gold file (docs/recordings.md). L2TLB_OK: it ran, k->mismatches tells; so it does after
// L2TLB_STUCK and L2TLB_CANCELLED. L2TLB_BAD_INPUT: a file; L2TLB_BAD_VALUE: the configuration; L2TLB_BAD_SIZE.
L2TLB_API int l2tlb_check_run(l2tlb_config *c, const char *stim, const char *gold, struct l2tlb_check *k);

// --- reports side by side ------------------------------------------------------------------------------------

typedef struct l2tlb_comparison l2tlb_comparison;

L2TLB_API int l2tlb_comparison_new(l2tlb_comparison **c);
L2TLB_API void l2tlb_comparison_free(l2tlb_comparison *c);
L2TLB_API const char *l2tlb_comparison_message(const l2tlb_comparison *c);
// Adds a JSON report (docs/schema/report-1.json), or several as an array, under a name. The first one is what the others
// are compared with. L2TLB_BAD_INPUT: no such report; L2TLB_FULL: more than 40.
L2TLB_API int l2tlb_comparison_add(l2tlb_comparison *c, const char *name, const char *json);
// Formats and lifetime of the text as with l2tlb_replay_report(). L2TLB_BAD_ORDER: fewer than two reports; L2TLB_BAD_KEY.
L2TLB_API int l2tlb_comparison_report(l2tlb_comparison *c, const char *format, const char **text, size_t *length);

#ifdef __cplusplus
}
#endif
#endif
