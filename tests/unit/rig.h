// SPDX-License-Identifier: MulanPSL-2.0
// A small bench for tests of the whole L2TLB: the machine, memory with a fixed latency, page tables
// built by hand, requests and fences one at a time or in an exact cycle.
//
// Page numbers: tables come from `rig_page`, host pages from 0x80200 on. A guest page g lies in host
// page g + RIG_GUEST; tables of the VS stage are written there.
#ifndef TESTS_UNIT_RIG_H
#define TESTS_UNIT_RIG_H

#include "mem/phys.h"
#include "mem/tilelink.h"
#include "model/l2tlb.h"

#define RIG_GUEST UINT64_C(0x1000000)
enum { RIG_REQS = 256, RIG_READS = 1024 };
#define RIG_NEVER UINT64_MAX

struct rig_req {
    uint64_t vpn, asked, answered; // cycles; RIG_NEVER before
    uint8_t port, s2xlate;
    struct ptw_resp r;
};

struct rig_read {
    uint64_t cycle, addr;
    uint8_t source;
};

struct rig {
    struct l2tlb_cfg cfg;
    struct phys *mem;
    struct tl *tl;
    struct l2tlb *t;
    struct l2tlb_in in; // levels stay, pulses are cleared by rig_step
    struct l2tlb_out out;
    uint64_t cycle;
    uint64_t page;       // next free host table page
    uint64_t guest_page; // next free guest table page
    struct rig_req req[RIG_REQS];
    unsigned reqs, next[2]; // next: first request of a port not yet accepted
    struct rig_read read[RIG_READS];
    unsigned reads;
    void (*settled)(struct rig *r); // called in every cycle before the clock edge, or NULL
    void *ctx;                      // for it
};

// A machine of preset `preset` and revision 2025-05 after reset, with a PMP entry that allows
// everything. `set`: NULL, or "key=value" settings separated by spaces. Aborts on bad settings.
struct rig *rig_new(const char *preset, const char *set, uint64_t latency);
void rig_free(struct rig *r);

// One cycle; rig_run: n cycles.
void rig_step(struct rig *r);
void rig_run(struct rig *r, unsigned n);
// Queues a request of a port; it is raised as soon as the ones before it were accepted. Returns its
// index in r->req.
unsigned rig_post(struct rig *r, unsigned port, uint64_t vpn, unsigned s2xlate);
// Posts a request to the idle machine on port 1, runs until it is answered and the machine is idle
// again (or 3000 cycles). Returns the cycles from acceptance to answer, or RIG_NEVER.
uint64_t rig_ask(struct rig *r, uint64_t vpn, unsigned s2xlate);
const struct ptw_resp *rig_answer(const struct rig *r); // of the last request
// Reads since `from` (an earlier value of r->reads).
unsigned rig_reads_since(const struct rig *r, unsigned from);
// Presents a fence for one cycle and lets it act. Kind: 's' sfence.vma, 'v' hfence.vvma, 'g'
// hfence.gvma. vpn RIG_NEVER: all addresses; id < 0: all ids.
void rig_fence(struct rig *r, char kind, uint64_t vpn, int id);
// Writes a PMP/PMA CSR and lets it act.
void rig_pmp(struct rig *r, unsigned csr, uint64_t data);
// Sets satp (0), vsatp (1) or hgatp (2); pulses `changed` when the id differs. Lets it act.
void rig_atp(struct rig *r, unsigned which, unsigned mode, unsigned id, uint64_t ppn);

// Fresh table page: host, and guest (a guest page number).
uint64_t rig_page(struct rig *r);
uint64_t rig_guest_page(struct rig *r);
// Writes `pte` for vpn at `level` of the tree below `root` with `levels` levels, making missing
// tables. rig_map: host tables (satp, or vsatp without hgatp); rig_map_g: G-stage tables below an
// rig_x4_root; rig_map_vs: guest tables (vsatp), written where the guest pages lie.
void rig_map(struct rig *r, uint64_t root, unsigned levels, uint64_t vpn, unsigned level,
             uint64_t pte);
void rig_map_g(struct rig *r, uint64_t root, unsigned levels, uint64_t gpn, unsigned level,
               uint64_t pte);
void rig_map_vs(struct rig *r, uint64_t root, unsigned levels, uint64_t vpn, unsigned level,
                uint64_t pte);
uint64_t rig_x4_root(struct rig *r); // four pages, aligned
// Host address of the PTE of vpn at `level`; 0 when a table on the way is missing.
enum rig_stage { RIG_HOST, RIG_G, RIG_VS };
uint64_t rig_pte_addr(const struct rig *r, uint64_t root, unsigned levels, uint64_t vpn,
                      unsigned level, enum rig_stage stage);

// A leaf PTE for page ppn with V R W X A D, and U when user.
uint64_t rig_leaf(uint64_t ppn);
uint64_t rig_user_leaf(uint64_t ppn);

#endif
