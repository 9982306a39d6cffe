// SPDX-License-Identifier: MulanPSL-2.0
// The Memory Protection Table in a replay: who asks the checker, what its walks read, and whether
// its answers are those of the table (check/leak_mpt.h). What shield.h is to the Shield-Bitmap.
#ifndef L2TLB_REPLAY_WARD_H
#define L2TLB_REPLAY_WARD_H

#include "check/leak_mpt.h"
#include "model/l2tlb.h"

// Who asks: the walkers for a page of a table, an answer for the page that it gives, L1 for a page alone.
enum ward_who { WARD_PTW, WARD_LLPTW, WARD_HPTW, WARD_PAGE, WARD_WHO };
enum { WARD_FIRST = 8 };

struct ward_stats {
    bool on; // the hardware is built
    uint64_t asked[WARD_WHO], refused[WARD_WHO]; // refused: without the right to read
    uint64_t answered, walked; // of these behind a walk; the others hit in the checker's cache
    uint64_t reads[SMMPT_LEVELS]; // entries read, by level
    struct mpt_leak_counts leak;
    struct ward_finding {
        struct mpt_finding what;
        uint64_t cycle;
    } first[WARD_FIRST];
    unsigned kept;
};

struct ward;

struct ward *ward_new(const struct l2tlb_cfg *cfg); // NULL: out of memory
void ward_free(struct ward *w);
// An event of the machine in the cycle it happens; env: what the walkers see in that cycle.
void ward_event(struct ward *w, const struct oracle_env *env, const struct oracle_track *track,
                const struct l2tlb_event *e);
// An answer is taken.
void ward_answer(struct ward *w, const struct oracle_env *env, const struct oracle_track *track, uint64_t vpn,
                 const struct ptw_resp *resp, struct oracle_span when);
// Has the checker read this word, so that its caches may hold it?
bool ward_has_read(const struct ward *w, uint64_t addr);
const struct ward_stats *ward_stats(const struct ward *w);

#endif
