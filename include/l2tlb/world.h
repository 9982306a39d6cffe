// SPDX-License-Identifier: MulanPSL-2.0
// The page tables behind a trace, as a replay has them: built on first touch by an allocator that imitates a guest
// kernel and a hypervisor, or read from an image.
//
//   l2tlb_world_new(&w);
//   l2tlb_world_set(w, "stages", "two");
//   l2tlb_world_build(w);
//   l2tlb_world_take(w, record, n, NULL);      // maps what the records touch
//   l2tlb_world_csr(w, &csr);                  // satp, vsatp, hgatp, ... as a machine wants them
//   l2tlb_world_memory(w);                     // what l2tlb_machine_run() reads
#ifndef L2TLB_WORLD_H
#define L2TLB_WORLD_H

#include "l2tlb/l2tlb.h"
#include "l2tlb/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct l2tlb_world l2tlb_world;

L2TLB_API int l2tlb_world_new(l2tlb_world **w);
L2TLB_API void l2tlb_world_free(l2tlb_world *w);
L2TLB_API const char *l2tlb_world_message(const l2tlb_world *w);

// Before it is built: by the names of `l2tlb replay --world help`, with the same usual values ("seed", "stages",
// "s1.huge", "g_mode", ...). L2TLB_BAD_KEY, L2TLB_BAD_VALUE, L2TLB_BAD_ORDER.
L2TLB_API int l2tlb_world_set(l2tlb_world *w, const char *key, const char *value);
// Memory with the root tables of address space (0, 0). L2TLB_BAD_VALUE: settings that do not go together; L2TLB_BAD_ORDER.
L2TLB_API int l2tlb_world_build(l2tlb_world *w);
// Instead of build: memory and registers from an image (docs/trace-format.md); path NULL: empty memory, which memory
// records fill. Of the settings "stages" holds. L2TLB_BAD_INPUT, L2TLB_BAD_ORDER.
L2TLB_API int l2tlb_world_load(l2tlb_world *w, const char *path);

// Takes records in their order: accesses and requests map the pages that they touch, switches and registers are
// followed, memory words are written; others do nothing. L2TLB_BAD_VALUE: record `*done` is none; L2TLB_NO_MEMORY: the memory
// of host, guest or program is exhausted; those before it are done. L2TLB_BAD_ORDER: nothing is built. done may be NULL.
L2TLB_API int l2tlb_world_take(l2tlb_world *w, const struct l2tlb_trace_record *records, size_t n, size_t *done);

// The registers of the beginning; the tables stay: for a second pass. Not for images: L2TLB_BAD_ORDER.
L2TLB_API int l2tlb_world_restart(l2tlb_world *w);

// L2TLB_BAD_ORDER, as those below. Registers of the current address space, pulses clear.
L2TLB_API int l2tlb_world_csr(const l2tlb_world *w, struct l2tlb_csr *csr);
// Belongs to the world and ends with it, as copies of it do (it must not be freed); NULL: nothing is built.
L2TLB_API l2tlb_memory *l2tlb_world_memory(l2tlb_world *w);
// Memory and registers as an image. L2TLB_BAD_INPUT: it cannot be written (as to standard output).
L2TLB_API int l2tlb_world_save(l2tlb_world *w, const char *path);

struct l2tlb_world_counts {
    uint32_t size;     // set by the caller
    uint32_t spaces;   // address spaces (ASID, VMID) seen
    uint32_t guests;   // VMIDs seen
    uint32_t zero;
    uint64_t pages[2][4]; // leaves made: stage (0 first, 1 G), size (4 KiB, 2 MiB, 1 GiB, 64-KiB NAPOT)
    uint64_t tables[2];   // pages of tables, roots included
    uint64_t frames;      // physical 4-KiB frames handed out
    uint64_t secure_pages; // marked in the bitmap
    uint64_t unmappable;   // records whose address cannot be mapped (not canonical, outside of the guest)
};
L2TLB_API int l2tlb_world_count(const l2tlb_world *w, struct l2tlb_world_counts *c);

#ifdef __cplusplus
}
#endif
#endif
