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
// Not judged, because they carry no meaning: the stage-2 half of one-stage answers, the stage-1
// half of onlyStage2 answers, and everything but the level of an access fault.
#ifndef L2TLB_CHECK_ORACLE_H
#define L2TLB_CHECK_ORACLE_H

#include "arch/bundle.h"
#include "arch/cfg.h"
#include "arch/pmp.h"

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

// Checks one answer to a request for page `vpn`. Returns true when there is no complaint.
bool oracle_check(const struct oracle_env *env, uint64_t vpn, const struct ptw_resp *resp,
                  struct oracle_report *report);
// Prints a report, one complaint per line.
void oracle_print(const struct oracle_report *report, FILE *out);

// --- which answers may be stale -----------------------------------------------------------------
//
// A cached translation may legally outlive a change of the tables, of PMP, of a root or mode under
// the same ASID, or of PBMTE/MXR until software fences it. The tracker knows, per class of entries,
// whether an unfenced change could still be visible; an answer is judged only when it could not.
// The caller reports events as the walkers see them, i.e. fences and CSRs two cycles late.

enum { ORACLE_IDS = 64 };

struct oracle_class {
    bool dirty;       // a change may still be visible under the current id
    bool dirty_other; // ... or under another id
    bool dirty_global; // ... in a global page, which a fence with an id leaves alone
    unsigned used;    // ids seen since the last complete fence, round robin
    struct oracle_id {
        uint16_t id;
        uint8_t mode;
        bool valid;
        uint64_t ppn;
    } seen[ORACLE_IDS];
};

struct oracle_track {
    struct tlb_csr csr;
    struct oracle_class host, vs, g; // entries made with satp, vsatp, hgatp
    bool bitmap_dirty;               // memory changed since the last BCLEAR
    uint64_t csr_cycle;              // of the last CSR change
    bool vs_alone, vs_with_g;        // both kinds of VS walks under one hgatp: their entries mix
};

void oracle_track_init(struct oracle_track *t, const struct tlb_csr *csr);
void oracle_track_change(struct oracle_track *t); // memory or PMP changed
void oracle_track_csr(struct oracle_track *t, const struct tlb_csr *csr, uint64_t cycle);
void oracle_track_request(struct oracle_track *t, unsigned s2xlate); // accepted
void oracle_track_fence(struct oracle_track *t, const struct sfence *f);
// May an answer of this kind, given in `cycle`, be judged? An answer that leaves in the cycle of a
// CSR change still belongs to the old values; a global page may come from another address space.
bool oracle_track_settled(const struct oracle_track *t, const struct l2tlb_cfg *cfg,
                          const struct ptw_resp *resp, uint64_t cycle);

#endif
