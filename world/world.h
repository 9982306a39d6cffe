// SPDX-License-Identifier: MulanPSL-2.0
// What memory holds while a trace runs: the page tables of both stages. Either they are built on
// first touch, by a seeded allocator that imitates a guest kernel and a hypervisor, or they come
// from an image file.
//
//   world_new | world_load     memory with the root tables of address space (0, 0)
//   per trace record:
//     world_adjust             one stage or two, as configured
//     world_apply              switches, CSR and memory writes -> new CSR values
//     world_touch              before an access: maps its page(s)
//
// Built worlds know address spaces by (ASID, VMID) only: the root page number of a satp, vsatp or
// hgatp write in the trace is replaced by the world's own. Images take the values as written.
#ifndef L2TLB_WORLD_WORLD_H
#define L2TLB_WORLD_WORLD_H

#include "arch/csr.h"
#include "mem/phys.h"
#include "world/domain.h"
#include "world/secure.h"
#include "traces/trace.h"

// How one stage maps memory. A region that is wanted huge but hits a fragmented spot of memory
// falls back to small pages.
struct world_policy {
    double huge;          // share of 2 MiB regions mapped by one leaf, 0..1
    double giga;          // share of 1 GiB regions mapped by one leaf, 0..1
    double napot;         // share of 64 KiB regions of small pages that are Svnapot, 0..1
    double fragmentation; // share of blocks (small or huge) that get single scattered frames, 0..1
    unsigned contiguity;  // pages; a power of two 1..512: aligned virtual blocks of this many pages
                          // get one aligned physical block
};

enum world_stages { STAGES_TRACE, STAGES_ONE, STAGES_TWO };

struct world_cfg {
    unsigned stages;        // STAGES_TRACE: V of each access as in the trace; else V=0 / V=1
    unsigned s_mode;        // satp, V=0: MODE_SV39 or MODE_SV48, MODE_BARE
    unsigned vs_mode;       // vsatp
    unsigned g_mode;        // hgatp: MODE_SV39 means Sv39x4
    struct world_policy s1; // first stage (satp and vsatp): the kernel
    struct world_policy g;  // second stage: the hypervisor
    bool global;            // kernel half (negative addresses): shared by all ASIDs, G bit set
    uint64_t seed;
    uint64_t host_base, host_size;   // physical memory; multiples of 1 GiB
    uint64_t guest_base, guest_size; // guest physical memory of each guest; multiples of 1 GiB
    // Pages of confidential VMs. With a pattern the world starts with MBMC.BME set and BMA at the
    // table. Chunks that hold page tables carry no marks unless secure.used: the monitor keeps
    // confidential VMs out of the memory in which the normal world has its tables.
    struct secure_cfg secure;
    // With a mode the world has an MPT in place of the bitmap and starts with mmpt naming it: the
    // machine's back end is one or the other. An image that does not program mmpt gets one, too.
    struct domain_cfg domain;
};

// 4 KiB pages, Sv39 and Sv39x4, contiguity 8, no fragmentation, seed 1.
void world_cfg_default(struct world_cfg *cfg);
// Sets one parameter from text ("stages", "s1.huge", "g_mode", ...). Returns NULL or a message.
const char *world_cfg_set(struct world_cfg *cfg, const char *key, const char *value, char *msg,
                          size_t msg_size);
bool world_cfg_has(const char *key); // is there such a parameter?
// Does this parameter say how page tables are built, so that it means nothing over an image?
bool world_cfg_builds(const char *key);
// Range checks of everything. Returns NULL or a message.
const char *world_cfg_check(const struct world_cfg *cfg, char *msg, size_t msg_size);
// Calls fn for every parameter with its value and a line of help, in a fixed order.
void world_cfg_each(const struct world_cfg *cfg,
                    void (*fn)(const char *key, const char *value, const char *help, void *ctx),
                    void *ctx);

struct world;

// Checks cfg. Returns NULL and a message.
struct world *world_new(const struct world_cfg *cfg, char *msg, size_t msg_size);
// Reads an image: docs/trace-format.md; path NULL: empty memory, which TRACE_MEM records fill. cfg
// supplies `stages` and `domain` only; NULL is STAGES_TRACE and none.
struct world *world_load(const char *path, const struct world_cfg *cfg, char *msg, size_t msg_size);
void world_free(struct world *w);

struct phys *world_phys(struct world *w);
// Control registers of the current address space, `changed` pulses clear.
void world_csr(const struct world *w, struct tlb_csr *csr);
// Sets r->virt as `stages` demands; never touches HLV/HSV accesses or M mode. Turns a port
// record's noS2xlate into allStage and back likewise.
void world_adjust(const struct world *w, struct trace_record *r);

// Back to the control registers that world_new() gave; the tables stay. Not for images.
// For a second pass over a trace whose pages a first pass has mapped.
void world_restart(struct world *w);

enum world_result {
    WORLD_SAME,   // nothing to do
    WORLD_NEW,    // something was mapped, or a value changed
    WORLD_FAULT,  // this address cannot be mapped (not canonical, outside the guest): it will fault
    WORLD_FULL,   // physical memory, guest memory or the host's memory is exhausted
};

// A TRACE_SWITCH, TRACE_CSR or TRACE_MEM record. For the first two *csr gets the new values, with
// `changed` where an ASID or VMID differs from before (the rule of docs/recordings.md 3).
enum world_result world_apply(struct world *w, const struct trace_record *r, struct tlb_csr *csr);
// A TRACE_ACCESS or TRACE_PORT record: maps every page it touches in the current address space.
// In an image world it does nothing.
enum world_result world_touch(struct world *w, const struct trace_record *r);

struct world_stats {
    uint64_t pages[2][4];  // leaves made: stage (0 first, 1 G), size (4K, 2M, 1G, 64K NAPOT)
    uint64_t tables[2];    // table pages made, roots included
    uint64_t fallbacks[2]; // huge pages that became small ones
    uint64_t frames;       // physical 4 KiB frames handed out
    uint64_t secure_pages; // pages marked in the bitmap so far
    unsigned spaces;       // address spaces (ASID, VMID) seen
    unsigned guests;       // VMIDs seen
};
void world_stats(const struct world *w, struct world_stats *s);

// Writes memory and the control registers as an image. Returns false and a message.
bool world_save(struct world *w, const char *path, char *msg, size_t msg_size);

#endif
