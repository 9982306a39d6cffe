// SPDX-License-Identifier: MulanPSL-2.0
// Which values may a translation cache still hold?
//
// A cache may keep what it read from a table, from a root register or under PBMTE and MXR until a fence
// that covers it (privileged specification, SFENCE.VMA, HFENCE.VVMA and HFENCE.GVMA): of this stage, of
// this ASID or VMID or of all, of this address or of all. A fence of one address covers entries that
// are leaves before or after the change, at every level of the address; one of an ASID leaves
// global mappings alone, as it leaves those below a pointer with G. Writes of satp, vsatp and hgatp fence
// nothing. Tables of the guest are found through the second stage as it was at any time since the
// last HFENCE.VVMA of all addresses and ASIDs. Words of the Shield-Bitmap live until both a BCLEAR and a
// fence have come, in any order (B16 is the wrong one).
//
// Nothing is cached before the first request, nor under an ASID or VMID before it is the current one. The caller reports events as the walkers see them, i.e.
// fences and CSRs two cycles late, memory at once. Memory is bounded: see past.h and latest.h.
#ifndef L2TLB_CHECK_TRACK_H
#define L2TLB_CHECK_TRACK_H

#include "arch/bundle.h"
#include "check/past.h"

// Why is it not known what an answer should be?
enum oracle_reason {
    ORACLE_KNOWN,     // it is
    ORACLE_REGISTERS, // a root changed while the request was under way, or any CSR as the answer left
    ORACLE_PMP,       // PMP or PMA changed, and no fence of everything came
    ORACLE_BITMAP,    // MBMC changed, and no fence of everything or no BCLEAR came
    ORACLE_MPT,       // mmpt or its table changed, and neither the MPT's caches were emptied nor a fence of everything came
    ORACLE_MODE,      // the id had another mode (Sv39, Sv48), and no fence came
    ORACLE_MIXED,     // a guest was translated in one stage and in two, and no fence came
    ORACLE_FORGOTTEN, // changes of so long ago are forgotten
    ORACLE_VERSIONS,  // too many mixtures of old and new values
    ORACLE_REASONS,
};
extern const char *const oracle_reason_name[ORACLE_REASONS]; // keys of reports
extern const char *const oracle_reason_text[ORACLE_REASONS];

struct oracle_track;

struct oracle_track *oracle_track_new(const struct tlb_csr *csr); // NULL: out of memory
void oracle_track_free(struct oracle_track *t);
void oracle_track_write(struct oracle_track *t, uint64_t addr, uint64_t old, uint64_t word);
// The same as a watcher of memory (phys_watch(), ctx is the tracker).
void oracle_track_watch(void *ctx, uint64_t addr, uint64_t old, uint64_t word);
void oracle_track_pmp(struct oracle_track *t); // PMP or PMA changed
void oracle_track_mpt(struct oracle_track *t); // a word of the MPT changed (mmpt itself is part of the CSRs)
void oracle_track_csr(struct oracle_track *t, const struct tlb_csr *csr, uint64_t cycle);
void oracle_track_request(struct oracle_track *t, unsigned s2xlate); // accepted
void oracle_track_fence(struct oracle_track *t, const struct sfence *f);
// When a request was accepted and when its answer left.
struct oracle_span {
    uint64_t accepted, answered; // cycles
};

// Can this answer be judged? If not, why. ORACLE_VERSIONS shows only in the search.
enum oracle_reason oracle_track_reason(const struct oracle_track *t, const struct ptw_resp *resp,
                                       struct oracle_span when);

// The same for what depends on the MPT alone.
enum oracle_reason oracle_track_mpt_reason(const struct oracle_track *t, struct oracle_span when);
bool oracle_track_mpt_settled(const struct oracle_track *t); // its caches hold nothing that is old

// --- for the oracles ----------------------------------------------------------------------------

// Whose entry is made from what is read? A second stage for the guest's tables lives as long as what was
// read through it.
enum oracle_stage { USE_HOST, USE_VS, USE_G, USE_G_FOR_VS };

struct oracle_use {
    uint8_t stage, level;
    bool global; // below a pointer with G
    uint64_t page; // that is translated: vpn or guest page
};

enum { ORACLE_VALUES = PAST_DEPTH + 1 };

// Names of what is no memory.
enum oracle_register { REGISTER_ROOT, REGISTER_M_PBMTE, REGISTER_H_PBMTE, REGISTER_MXR };
uint64_t oracle_register_key(const struct oracle_track *t, enum oracle_register r, unsigned stage);
// A root as the tracker keeps it.
static inline uint64_t oracle_root(const struct atp *atp)
{
    return (uint64_t)atp->mode << 60 | atp->ppn;
}

// The values that a cache may hold of a word or register, the current one (given) first. *all becomes
// false when some may be missing.
unsigned oracle_track_values(const struct oracle_track *t, uint64_t key, const struct oracle_use *u,
                             uint64_t current, uint64_t value[ORACLE_VALUES], bool *all);
// The same for a word of the bitmap, under entries of this stage.
unsigned oracle_track_bitmap(const struct oracle_track *t, uint64_t addr, unsigned stage,
                             uint64_t current, uint64_t value[ORACLE_VALUES], bool *all);
// Calls fn for every root whose global mappings may still be cached; others: also those of other ASIDs.
void oracle_track_roots(const struct oracle_track *t, unsigned stage, bool others,
                        bool (*fn)(void *ctx, uint64_t root), void *ctx);

#endif
