// SPDX-License-Identifier: MulanPSL-2.0
// Inside of a world; private to world/world*.c.
#ifndef L2TLB_WORLD_WORLD_IMPL_H
#define L2TLB_WORLD_WORLD_IMPL_H

#include "mem/ptbuild.h"
#include "traces/source.h"
#include "world/domain.h"
#include "world/world.h"

// --- frames: a seeded allocator of physical (or guest physical) memory ---------------------------
// Memory is cut in 2 MiB chunks, handed out in a pseudo-random order; the upper half of it serves
// 1 GiB pages. Blocks come from the current chunk one after another, single scattered frames from
// one of OPEN_CHUNKS chunks, so that neighbours in time are no neighbours in memory.
enum { OPEN_CHUNKS = 32, CHUNK_PAGES = 512 };

struct chunk {
    uint64_t ppn; // first page
    unsigned used;
    bool marked; // may hold secure pages
};

struct frames {
    uint64_t base_ppn;
    uint64_t chunks, next_chunk; // 2 MiB chunks in the lower half
    uint64_t gigas, next_giga;   // 1 GiB pages in the upper half
    uint64_t seed, draws;
    struct chunk run, tables;
    struct chunk open[OPEN_CHUNKS];
    uint64_t handed_out; // 4 KiB frames
    // Host memory with secure pages; NULL: there are none. They are marked in the bitmap, or in a world
    // with an MPT (domain) have no rights there.
    const struct secure_cfg *secure;
    struct domain *domain;
    bool by_chunk; // rights of the domain are written when a chunk is taken
    struct phys *mem;
    uint64_t table, table_end; // bytes of the bitmap, or of the MPT: handed out to nobody
    uint64_t secure_pages;     // marked
};

#define NO_FRAME UINT64_MAX

// base and size are multiples of 1 GiB, size at least 2 GiB.
void frames_init(struct frames *f, uint64_t base, uint64_t size, uint64_t seed);
// First page number of an aligned block of n pages (1..512, a power of two, or 2^18); NO_FRAME:
// none left.
uint64_t frames_block(struct frames *f, unsigned n);
uint64_t frames_scattered(struct frames *f);         // one page
uint64_t frames_table(struct frames *f, unsigned n); // 1 or 4 pages for page tables
// What a world protects host memory with: a bitmap of secure pages, or an MPT (d not NULL). Secure pages,
// if the pattern has any, lie between the others from here on.
void frames_secure(struct frames *f, const struct secure_cfg *c, struct phys *mem);
void frames_domain(struct frames *f, const struct secure_cfg *c, const struct domain_cfg *dc, struct domain *d,
                   struct phys *mem);
// Largest block that frames_block() can give.
unsigned frames_largest(const struct frames *f);

// --- address spaces ------------------------------------------------------------------------------
enum { HOST = 0x10000, KERNEL_ASID = 0x10000 };

// One guest: its second-stage tables and its memory.
struct guest {
    struct world *world;
    uint32_t vmid;         // HOST: not a guest; its memory is physical memory
    struct pt *pt;         // second stage; NULL: none (host, or hgatp is bare)
    struct frames *frames; // of first-stage pages and tables: own, or the host's without stage 2
    struct frames own;
};

// One first-stage table.
struct space {
    struct guest *guest; // the HOST guest: first stage with V = 0
    uint32_t asid;       // or KERNEL_ASID
    struct pt *pt;
    bool used;
};

enum { SEEN_SIZE = 1 << 16 };

struct seen {
    uint64_t page; // first-stage page, or guest page
    uint64_t who;  // names the address space; 0: free
};

struct world {
    struct world_cfg cfg;
    struct phys *mem;
    bool image;
    bool full;           // an allocation failed
    struct tlb_csr csr;  // current values
    bool sum, vsum;
    struct domain *domain; // NULL: no MPT
    struct guest host;
    struct guest **guests;
    size_t guest_count;
    struct space *spaces; // open addressing
    size_t space_mask, space_count;
    bool s_on, vs_on, g_on;       // satp, vsatp, hgatp: not bare
    uint32_t asid, vs_asid, vmid; // what they name
    struct seen *seen;            // pages known to be mapped, direct mapped
    struct world_stats stats;
};

// Space (guest, asid), made if missing; NULL when memory is exhausted. Moves others in memory.
struct space *world_space(struct world *w, struct guest *g, uint32_t asid);
struct guest *world_guest(struct world *w, uint32_t vmid);

// Empty tables of a guest's (or the host's) first stage, and of a guest's second stage.
struct pt *world_new_s1(struct world *w, struct guest *g);
struct pt *world_new_g(struct world *w, struct guest *g);
// Maps the page of va in the first stage of (g, asid). Returns its (guest) physical page number,
// NO_FRAME when memory is exhausted; sets *made when something was written.
uint64_t world_map_s1(struct world *w, struct guest *g, uint32_t asid, uint64_t va, bool user,
                      bool *made);
// Maps guest page gpn in the second stage; returns the host page.
uint64_t world_map_g(struct world *w, struct guest *g, uint64_t gpn, bool *made);

bool world_setup(struct world *w); // seen pages, hash of spaces; false: memory exhausted

#endif
