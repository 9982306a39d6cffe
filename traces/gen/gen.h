// SPDX-License-Identifier: MulanPSL-2.0
// Synthetic traces: seeded, the same for the same configuration, any length in constant memory.
#ifndef L2TLB_TRACES_GEN_GEN_H
#define L2TLB_TRACES_GEN_GEN_H

#include "traces/trace.h"

enum gen_kind {
    GEN_SEQ,    // word after word through the footprint, again and again
    GEN_STRIDE, // steps of `stride` bytes, wrapping around in the footprint
    GEN_RANDOM, // uniformly random words in the footprint
    GEN_CHASE,  // a random cycle through every cache line of the footprint (pointer chase)
    GEN_ZIPF,   // pages with a Zipf popularity: a hot set with a long tail
    GEN_SWITCH, // as GEN_ZIPF, several address spaces in turn, with fences
    GEN_KINDS
};
extern const char *const gen_kind_name[GEN_KINDS];
extern const char *const gen_kind_help[GEN_KINDS];

enum gen_fence { GEN_FENCE_NONE, GEN_FENCE_PAGE, GEN_FENCE_ASID, GEN_FENCE_ALL, GEN_FENCES };
extern const char *const gen_fence_name[GEN_FENCES];

// A piece of memory that an image's tables map: bytes [offset, offset + bytes) of the footprint lie at va.
struct gen_run {
    uint64_t offset, va, bytes; // multiples of 4 KiB
    bool writable;              // else stores become loads
};
struct gen_runs {
    struct gen_run *run; // by offset; NULL: one piece, from base (code_base) on
    size_t count;
};

struct gen_cfg {
    unsigned kind;
    uint64_t count;     // accesses (or port requests), >= 1; switches and fences come on top
    uint64_t footprint; // data bytes per address space, 4 KiB .. 2^46
    uint64_t base;      // first virtual address of the data
    uint64_t stride;    // GEN_STRIDE: bytes, >= 1
    double stores;      // share of stores among data accesses, 0..1
    double amos;        // share of AMOs among data accesses, 0..1; stores + amos <= 1
    double fetches;     // share of fetches among all accesses, 0..1
    uint64_t code;      // bytes of code per address space
    uint64_t code_base; // first virtual address of the code
    double zipf;        // exponent, 0 (uniform) .. 4
    unsigned spaces;    // address spaces (ASIDs 1..spaces) in each guest; 1..4096
    unsigned guests;    // VMIDs 1..guests; 1..1024
    uint64_t quantum;   // accesses between two switches, >= 1; 0: never
    unsigned fence;     // enum gen_fence: sent after each switch
    bool virt;          // guest accesses (V = 1): two-stage translation
    uint8_t priv;       // GVT_U or GVT_S
    double cycles;      // mean distance in cycles of two accesses; 0: no time in the trace
    double insns;       // mean instructions per access; 0: no counts in the trace
    bool ports;         // requests at the L2TLB's ports instead of accesses; needs cycles > 0
    // The pages of an image in place of base and code_base, and its name for the header; NULL: built
    // tables. footprint and code are the sums of the pieces; there is one address space.
    struct gen_runs data, text;
    const char *image;
    uint64_t seed;
};

// 1 million accesses of kind `kind` in 64 MiB, a third of them stores, seed 1.
void gen_cfg_default(struct gen_cfg *cfg, unsigned kind);
// NULL, or what is wrong.
const char *gen_cfg_check(const struct gen_cfg *cfg);

struct gen;
// cfg must have passed gen_cfg_check(). NULL: memory is exhausted.
struct gen *gen_new(const struct gen_cfg *cfg);
void gen_free(struct gen *g);
void gen_header(const struct gen *g, struct trace_header *h);
// The next record; false: that was all.
bool gen_next(struct gen *g, struct trace_record *r);

#endif
