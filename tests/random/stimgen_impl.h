// SPDX-License-Identifier: MulanPSL-2.0
// Inside of the stimulus generator.
#ifndef TESTS_RANDOM_STIMGEN_IMPL_H
#define TESTS_RANDOM_STIMGEN_IMPL_H

#include "tests/random/stimgen.h"

#include "arch/bits.h"
#include "arch/pte.h"

enum gen_stage { STAGE_HOST, STAGE_VS, STAGE_G, STAGES };
enum { MAX_SPOTS = 8192, MAX_HOT = 4, MAX_TABLES = 64, MAX_FRAMES = 240 };

// A PTE that was written, so that it can be rewritten later.
struct gen_spot {
    uint64_t addr;
    uint8_t stage, level;
};

// One radix tree: which indices of each level are in use.
struct gen_tree {
    uint8_t stage, mode, top; // top: root level, 2 or 3
    uint64_t root;            // page number as the register shows it
    unsigned hot[4];          // number of hot indices per level; level 0: lines of eight
    uint16_t index[4][MAX_HOT];
    uint64_t table[4][MAX_TABLES]; // tables per level, for sharing
    unsigned tables[4];
};

struct gen {
    struct stim *s;
    const struct stimgen_options *o;
    uint64_t state; // of the random numbers
    bool failed;    // out of memory
    struct gen_tree tree[STAGES], other; // other: a second host tree
    uint64_t shift;  // host page = guest page + shift, for the guest's table pages
    uint64_t frames; // next free table frame
    struct gen_spot *spot;
    unsigned spots;
    struct tlb_csr csr; // as of the event generated last
    size_t room;        // allocated events
    uint64_t now;       // cycle
    uint64_t fence_at, pmp_at; // first cycle free for a fence, a PMP write
    uint64_t vpn[4];           // last page per kind
    uint64_t bitmap_base;
    bool global_pointers; // pointers may have G
    bool mixed_vs; // onlyStage1 also while there is a G stage
};

uint64_t gen_random(struct gen *g);
unsigned gen_below(struct gen *g, unsigned n); // 0..n-1
bool gen_chance(struct gen *g, unsigned percent);
// percent, scaled by the weight of an axis.
bool gen_axis(struct gen *g, unsigned axis, unsigned percent);
unsigned gen_range(struct gen *g, unsigned lo, unsigned hi); // both included

// stimgen_world.c
void gen_world(struct gen *g);
uint64_t gen_page(struct gen *g, const struct gen_tree *t); // a page number that is likely mapped
uint64_t gen_last_entry(const struct gen *g, const struct gen_tree *t, uint64_t vpn,
                        unsigned *level);
// A PTE for this place; leaf: no pointer.
uint64_t gen_leaf(struct gen *g, unsigned stage, unsigned level);
uint64_t gen_spoil(struct gen *g, uint64_t pte, unsigned stage, unsigned level);
void gen_tree_root(struct gen *g, struct gen_tree *t, unsigned stage, unsigned mode);

// stimgen_events.c
void gen_setup(struct gen *g);  // protection before the first request
void gen_events(struct gen *g); // everything else
struct stim_event *gen_event(struct gen *g, enum stim_kind kind, uint64_t cycle);

const struct gen_tree *gen_tree_of(const struct gen *g, unsigned kind);

// stimgen_reach.c
void gen_reach(struct gen *g); // biased draws, after all others

// stimgen_changes.c
void gen_change(struct gen *g);
void gen_clean(struct gen *g); // complete fences of all classes
void gen_fence(struct gen *g);
void gen_fence_class(struct gen *g, unsigned kind); // 0 host, 1 VS, 2 G
void gen_g_fence(struct gen *g);                        // all guest addresses, all VMIDs
// Rewrites the entry behind a page, then fences as software would (or nearly).
void gen_rewrite_page(struct gen *g, unsigned kind, uint64_t vpn);
void gen_protection(struct gen *g);

#endif
