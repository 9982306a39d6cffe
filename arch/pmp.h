// SPDX-License-Identifier: MulanPSL-2.0
// PMP and PMA registers and the check that the walkers make (spec A 5, spec D 5).
//
// Fixed properties of the L2TLB's instance: grain 4 KiB, command read, 8 bytes, privilege S (M where
// the caller says so).
#ifndef L2TLB_ARCH_PMP_H
#define L2TLB_ARCH_PMP_H

#include "arch/cfg.h"
#include "arch/csr.h"

struct pmp_table {
    uint8_t cfg[MAX_PMP];   // l,c,atomic,a[1:0],x,w,r from bit 7 to bit 0
    uint64_t addr[MAX_PMP]; // 46 bits: physical address [47:2]
    uint64_t mask[MAX_PMP]; // 48 bits
};

struct pmp {
    struct pmp_table pmp, pma;
    unsigned npmp, npma;
    unsigned keyid_bits;
    struct csr_write pending; // written to the registers by the next tick
    uint64_t generation;      // changes whenever a register changes (for caches of verdicts)
};

// Reset state: all PMP entries off, PMA entries of spec A 5.5 (spec D 5 for 32 entries).
void pmp_reset(struct pmp *p, const struct l2tlb_cfg *cfg);
// One clock edge: a write presented in cycle t changes the verdicts from t+2 on (spec A 5.2).
void pmp_tick(struct pmp *p, const struct csr_write *w);
bool pmp_moving(const struct pmp *p); // a write is on its way
// Applies a write at once (for worlds, tests and the functional walk).
void pmp_write(struct pmp *p, unsigned csr, uint64_t data);

struct pmp_verdict {
    bool ld;   // read denied
    bool mmio; // readable but not cacheable: an access fault for a walker as well
};
// What a verdict depends on besides the registers.
struct pmp_env {
    bool cmode, keyiden; // MBMC fields, used only with key-id bits
    bool debug;          // July 2026: without it nothing matches the debug module's page
    bool machine;        // privilege M: an unlocked PMP entry, or none, denies nothing
};
static inline struct pmp_env pmp_env_of(const struct tlb_csr *csr)
{
    return (struct pmp_env){csr->mbmc.cmode, csr->mbmc.keyiden, csr->debug, false};
}
// For a read of the bitmap: like a walker (B17).
static inline struct pmp_env pmp_env_of_bitmap(const struct l2tlb_cfg *cfg,
                                               const struct tlb_csr *csr)
{
    struct pmp_env env = pmp_env_of(csr);
    env.machine = cfg->errata_fixed[ERR_B17];
    return env;
}
struct pmp_verdict pmp_check(const struct pmp *p, const struct l2tlb_cfg *cfg, uint64_t paddr,
                             struct pmp_env env);

// The same registers asked for any right, and who refused: for the functional walk. The machine's
// walkers only read.
enum { PMP_R = 1, PMP_W = 2, PMP_X = 4 };
struct pmp_answer {
    uint8_t missing; // rights that were asked for and are not given; 0: allowed
    bool pma;        // PMA refused, else PMP (asked first)
    bool key;        // a key id without MBMC.CMODE refused (missing holds every right)
    int entry;       // that matched in the table that refused; -1: none does
    uint64_t first, last; // bytes that this entry covers
    bool mmio;       // as in pmp_verdict
};
struct pmp_answer pmp_ask(const struct pmp *p, const struct l2tlb_cfg *cfg, uint64_t paddr,
                          unsigned rights, struct pmp_env env);

#endif
