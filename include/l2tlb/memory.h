// SPDX-License-Identifier: MulanPSL-2.0
// Memory behind a machine: sparse words, and when they answer. Optional: whoever has a memory of his own
// drives channel D himself (l2tlb.h) or answers requests (transact.h).
#ifndef L2TLB_MEMORY_H
#define L2TLB_MEMORY_H

#include "l2tlb/base.h"

#ifdef __cplusplus
extern "C" {
#endif

// 64-bit words at addresses below 2^56; what was never written reads 0. Takes room for what was written.
typedef struct l2tlb_memory l2tlb_memory;

L2TLB_API int l2tlb_memory_new(l2tlb_memory **m);
// With the reads under way.
L2TLB_API int l2tlb_memory_copy(const l2tlb_memory *m, l2tlb_memory **copy);
L2TLB_API void l2tlb_memory_free(l2tlb_memory *m);

// n words of 8 bytes from addr on. L2TLB_BAD_VALUE: addr is no multiple of 8, or the end is above 2^56.
L2TLB_API int l2tlb_memory_read(const l2tlb_memory *m, uint64_t addr, uint64_t *words, size_t n);
// L2TLB_BAD_VALUE as of read. L2TLB_NO_MEMORY: words before the one that found no room are written.
L2TLB_API int l2tlb_memory_write(l2tlb_memory *m, uint64_t addr, const uint64_t *words, size_t n);
// n scattered words: words[i] to addr[i]. The same.
L2TLB_API int l2tlb_memory_scatter(l2tlb_memory *m, const uint64_t *addr, const uint64_t *words, size_t n);
// All words that are not 0 in ascending order, until fn returns something else than 0; returns that.
L2TLB_API int l2tlb_memory_each(const l2tlb_memory *m, int (*fn)(uint64_t addr, uint64_t word, void *ctx),
                                void *ctx);

// When reads are answered, by text: "lat" (cycles), "span" (random extra, below this), "seed", "gap" (from
// the first beat to the second), "aready" (always, pattern, hash), "period", "mask", "threshold", "l2_sets",
// "l2_ways", "hit_lat": as `l2tlb replay --mem help` says. A new memory has those of `l2tlb replay`. Changes
// nothing while reads are under way: L2TLB_BAD_ORDER. L2TLB_BAD_KEY, L2TLB_BAD_VALUE, L2TLB_NO_MEMORY.
L2TLB_API int l2tlb_memory_set(l2tlb_memory *m, const char *key, const char *value);
// Forgets the reads under way and what its cache holds: for a machine that was reset.
L2TLB_API void l2tlb_memory_forget(l2tlb_memory *m);
L2TLB_API const char *l2tlb_memory_message(const l2tlb_memory *m);

#ifdef __cplusplus
}
#endif
#endif
