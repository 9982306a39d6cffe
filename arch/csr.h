// SPDX-License-Identifier: MulanPSL-2.0
// Control inputs of the L2TLB: translation CSRs, fences, distributed PMP/PMA writes (spec A 0.4).
#ifndef L2TLB_ARCH_CSR_H
#define L2TLB_ARCH_CSR_H

#include <stdbool.h>
#include <stdint.h>

// satp, vsatp or hgatp. `id` is the ASID (16 bits) or the VMID (16 bits on the port, 14 stored);
// `changed` is the one-cycle pulse that flushes everything in flight.
struct atp {
    uint64_t ppn; // 44 bits
    uint16_t id;
    uint8_t mode; // 0 bare, 8 Sv39(x4), 9 Sv48(x4)
    bool changed;
};

// MBMC, CSR 0xBC2 (spec B 4.1; KEYIDEN: spec D). `bclear` is a one-cycle pulse.
struct mbmc {
    uint64_t bma; // bits 63:6 of the CSR: table base in units of 64 bytes
    bool bme, bclear, cmode, keyiden;
    bool changed; // not an input: erratum B19 fixed, pulse in the first cycle of another policy
};

// Do the two mean different checks?
static inline bool mbmc_differs(const struct mbmc *a, const struct mbmc *b)
{
    return a->bma != b->bma || a->bme != b->bme || a->cmode != b->cmode || a->keyiden != b->keyiden;
}

// A write of the CSR (spec B 4.1, spec D 4B.1): BMA and BME are locked once BME is 1, until reset;
// CMODE and KEYIDEN (2025-05 has no KEYIDEN: the caller clears it) are always writable; BCLEAR
// reads 1 for one cycle: the caller clears it after the cycle of the write.
static inline void mbmc_write(struct mbmc *m, uint64_t value)
{
    if (!m->bme) {
        m->bma = value >> 6;
        m->bme = value >> 2 & 1;
    }
    m->bclear = value >> 1 & 1;
    m->cmode = value & 1;
    m->keyiden = value >> 3 & 1;
}

// mmpt, CSR 0x382 (spec E 1.2). `changed` is a one-cycle pulse: the core raises it for a new SDID only.
struct mmpt {
    uint64_t ppn;          // root table, 44 bits on the port, 36 are used
    uint8_t mode;          // 0 bare, 1 Smmpt43, 2 Smmpt52
    uint8_t sdid;          // domain, 6 bits
    bool opt_out_in_node;  // first reads of walks are not checked
    bool changed;
};

static inline bool mmpt_differs(const struct mmpt *a, const struct mmpt *b)
{
    return a->ppn != b->ppn || a->mode != b->mode || a->sdid != b->sdid ||
           a->opt_out_in_node != b->opt_out_in_node;
}

// The CSR bundle as levels; every block of the L2TLB sees it two cycles after the port (spec A 0.8).
struct tlb_csr {
    struct atp satp, vsatp, hgatp;
    struct mbmc mbmc;
    struct mmpt mmpt; // builds with MPT
    bool mxr, virt;
    bool debug;        // July 2026: the hart is in debug mode
    bool virt_changed; // revision 2026-03: pulse in the first cycle of a new `virt`
    bool m_pbmte, h_pbmte;
};

// A write of the CSR (spec E 1.2.1): another mode than these leaves the mode as it is.
static inline void mmpt_write(struct mmpt *m, uint64_t value)
{
    if (value >> 60 <= 2)
        m->mode = (uint8_t)(value >> 60);
    m->opt_out_in_node = value >> 59 & 1;
    m->sdid = value >> 52 & 63;
    m->ppn = value & ((UINT64_C(1) << 36) - 1);
}
static inline uint64_t mmpt_value(const struct mmpt *m)
{
    return (uint64_t)m->mode << 60 | (uint64_t)m->opt_out_in_node << 59 | (uint64_t)m->sdid << 52 | m->ppn;
}

// One fence, valid for exactly one cycle. rs1/rs2 true mean "register x0": all addresses, all ids.
// For hg the address input carries the guest physical address shifted right by two.
struct sfence {
    uint64_t addr;
    uint16_t id;
    bool valid, rs1, rs2, hv, hg;
    bool mfence;     // builds with MPT: the address is physical, the id a domain
    bool flush_pipe; // L1 side only: false for the Svinval forms
};

// Distributed CSR write (PMP, PMA), valid for exactly one cycle.
struct csr_write {
    uint64_t data;
    uint16_t addr;
    bool valid;
};

#endif
