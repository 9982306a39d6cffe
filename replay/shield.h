// SPDX-License-Identifier: MulanPSL-2.0
// The Shield-Bitmap in a replay: what its checks cost, what its answers let through, and whether
// everything was checked before it was used.
//
// Leaks and needless denials are judged by check/leak.h, from memory alone. The two rules of order
// come from the events of the machine and its protection registers:
//   PMP before every read:       no read goes out to an address that PMP and PMA deny;
//   bitmap before every answer:  no page is answered as allowed that the checker has not tested
//                                (since the last BCLEAR, which makes every earlier test void).
// Not judged are reads between a PMP write and the next fence, and answers to requests that were
// accepted before the last change of MBMC.
#ifndef L2TLB_REPLAY_SHIELD_H
#define L2TLB_REPLAY_SHIELD_H

#include "model/l2tlb.h"
#include "check/leak.h"

enum shield_who { SHIELD_PTW, SHIELD_LLPTW, SHIELD_HPTW, SHIELD_WHO };
enum { SHIELD_FIRST = 8 };

struct shield_stats {
    bool on; // the hardware is built
    // Checks; taken = answered + dropped (by a flush, or open at the end).
    uint64_t taken[SHIELD_WHO], denied[SHIELD_WHO], answered, dropped;
    // How an answered check got its bits: word in the BitmapCache, own read, the read of another
    // check, refused by PMP.
    uint64_t cached, read, merged, refused;
    uint64_t cache_hits, cache_misses, reads; // of the BitmapCache; lines read
    // Order.
    uint64_t reads_judged, reads_unjudged, reads_unchecked;
    uint64_t answers_judged, answers_unjudged, answers_untested;
    struct leak_counts leak;
    struct shield_finding {
        struct leak_finding what;
        uint64_t cycle;
    } first[SHIELD_FIRST]; // leaks and needless denials
    unsigned kept;
};

struct shield;

struct shield *shield_new(const struct l2tlb_cfg *cfg); // NULL: out of memory
void shield_free(struct shield *s);
// An event of the machine in the cycle it happens; env: what the walkers see in that cycle.
void shield_event(struct shield *s, const struct oracle_env *env, const struct l2tlb_event *e);
// An answer is taken; track: what may still be cached.
void shield_answer(struct shield *s, const struct oracle_env *env, const struct oracle_track *track,
                   uint64_t vpn, const struct ptw_resp *resp, struct oracle_span when);
// The walkers see other control registers from `cycle` on; PMP or PMA was written.
void shield_csr(struct shield *s, const struct tlb_csr *csr, uint64_t cycle);
void shield_pmp(struct shield *s);
const struct shield_stats *shield_finish(struct shield *s);

// Are all errata fixed, so that a leak or a broken order is a failure of the model?
bool shield_must_hold(const struct l2tlb_cfg *cfg);

#endif
