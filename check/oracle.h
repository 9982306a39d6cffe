// SPDX-License-Identifier: MulanPSL-2.0
// The oracle of the cycle model: is this answer of the L2TLB right, seen from the page tables?
//
// It walks the tables itself, without time and without caches, with the checks that the machine
// makes (malformed entries, widths, PMP/PMA; not R/W/X, SUM, A and D of a leaf: those belong to the
// L1 TLBs, except that a G-stage leaf needs U and A and a VS table page needs R). An answer of the
// machine with all errata fixed gets no complaint; what the hardware does wrong gets a name.
//
// With the Shield-Bitmap on, the requested 4-KiB page of a host translation must be allowed (a denied
// one is an access fault: af, or gaf for the G stage), whatever the size of its leaf.
//
// With the MPT on, a table page without the right R is an access fault, too, and an answer without
// a fault carries the rights of its page (arch/smmpt.h).
//
// Not judged, because they carry no meaning: the stage-2 half of one-stage answers, the stage-1
// half of onlyStage2 answers, and everything but the level of an access fault.
#ifndef L2TLB_CHECK_ORACLE_H
#define L2TLB_CHECK_ORACLE_H

#include "arch/bundle.h"
#include "arch/cfg.h"
#include "arch/pmp.h"
#include "check/track.h"

#include <stdio.h>

// What the walkers see in this cycle: CSRs after their two-cycle delay, PMP after its own.
struct oracle_env {
    const struct l2tlb_cfg *cfg;
    const struct tlb_csr *csr;
    const struct pmp *pmp;
    uint64_t (*read)(void *ctx, uint64_t addr); // 64-bit word of host memory
    void *ctx;
};

enum { ORACLE_MAX = 24 };

struct oracle_complaint {
    const char *what; // field, e.g. "s1.level"; static text
    int8_t sub;       // sub-entry 0..7, or -1: the requested page
    uint64_t got, expected;
};

struct oracle_report {
    unsigned count; // complaints kept; more are dropped
    struct oracle_complaint item[ORACLE_MAX];
};

// Checks one answer to a request for page `vpn` against memory as it is now. Returns true when there is
// no complaint.
bool oracle_check(const struct oracle_env *env, uint64_t vpn, const struct ptw_resp *resp,
                  struct oracle_report *report);
// Prints a report, one complaint per line.
void oracle_print(const struct oracle_report *report, FILE *out);

// --- answers that may be older than the tables ---------------------------------------------------
//
// A cached translation may legally outlive a change until software fences it (track.h). An answer is
// right when some mixture of the values that may still be cached gives it, for the requested page and for each
// sub-entry by itself; among these are global mappings of other ASIDs, where the machine shares them.

enum oracle_verdict {
    ORACLE_RIGHT, // as the tables are now
    ORACLE_STALE, // right by an older value
    ORACLE_WRONG, // by no mixture: the report tells how it differs from the tables as they are now
    ORACLE_OPEN,  // not judged: *why is the reason
};

enum oracle_verdict oracle_judge(const struct oracle_env *env, const struct oracle_track *track,
                                 uint64_t vpn, const struct ptw_resp *resp,
                                 struct oracle_span when, struct oracle_report *report,
                                 enum oracle_reason *why);

#endif
