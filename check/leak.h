// SPDX-License-Identifier: MulanPSL-2.0
// Leak oracle of the Shield-Bitmap: what did an answer let a normal-world requester see, and what
// did it refuse needlessly? Independent of the checker, the BitmapCache and the check bits: it reads
// the table in memory, one bit per 4-KiB page (spec B 4.2).
//
// Judged are, for each answer: the requested page, every sub-entry marked valid, every 4-KiB page
// inside an answered superpage or NAPOT region; and each line of PTEs that a walker reads.
#ifndef L2TLB_CHECK_LEAK_H
#define L2TLB_CHECK_LEAK_H

#include "check/oracle.h"

// What let the page through, or refused it.
enum leak_rule {
    LEAK_REQUESTED, // the page asked for is secure and was answered as allowed
    LEAK_NEIGHBOUR, // a sub-entry marked valid names a secure page
    LEAK_SUPERPAGE, // a secure page inside an answered superpage
    LEAK_NAPOT,     // a secure page inside an answered 64-KiB region
    DENIED_REQUESTED, // an allowed page was refused because of the bitmap
    DENIED_NEIGHBOUR, // an access fault handed out for an allowed sub-entry
    LEAK_RULES,
    LEAK_FIRST_DENIAL = DENIED_REQUESTED,
};
extern const char *const leak_rule_name[LEAK_RULES];
extern const char *const leak_rule_text[LEAK_RULES];

struct leak_counts {
    uint64_t answers;      // judged
    uint64_t unsettled[ORACLE_REASONS]; // not judged, and why
    uint64_t pages;        // 4-KiB pages looked at
    uint64_t found[LEAK_RULES];
    uint64_t refused;      // answers that refuse a secure page, rightly (two stages: right access
                           // faults, whatever demands them)
    uint64_t lines, secure_lines; // PTE lines read by walkers; in secure pages (tables of satp and
                                  // hgatp are not tested by the hardware, spec B 4.3)
};

struct leak_finding {
    enum leak_rule rule;
    uint64_t vpn;  // of the request
    uint64_t page; // host page concerned (36 bits)
};

// Judges one answer to a request for `vpn` while the bitmap is on; does nothing while it is off.
// A page is secure, or allowed, when it is so by every value of its bit that may still be cached (track.h).
// on_finding may be NULL.
void leak_check_answer(const struct oracle_env *env, const struct oracle_track *track, uint64_t vpn,
                       const struct ptw_resp *resp, struct oracle_span when,
                       struct leak_counts *counts,
                       void (*on_finding)(const struct leak_finding *f, void *ctx), void *ctx);
// Counts a line that a walker read (source id below the bitmap's).
void leak_check_line(const struct oracle_env *env, uint64_t addr, struct leak_counts *counts);

uint64_t leak_total(const struct leak_counts *counts);    // leaks
uint64_t leak_unsettled(const struct leak_counts *counts); // answers not judged
uint64_t leak_needless(const struct leak_counts *counts); // needless denials

#endif
