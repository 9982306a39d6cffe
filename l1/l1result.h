// SPDX-License-Identifier: MulanPSL-2.0
// What a lookup of one port says: page, rights, faults and guest address, from the table, from an
// answer passing by, or straight from an answer (spec C 1.2 to 1.4, 1.8). No timing here: l1tlb.c
// says when, and which lookups miss.
#ifndef L2TLB_L1_L1RESULT_H
#define L2TLB_L1_L1RESULT_H

#include "l1/l1tlb.h"

// Everything about the result of one port before the port's own rules.
struct l1_result {
    const struct l1tlb_port *p;
    struct l1_data d;
    uint64_t gvpn;
    unsigned level;
    bool leaf, fake; // of the stage-1 entry behind gvpn
    unsigned s2xlate;
    unsigned mode;
    bool virt; // V at the lookup, or a hypervisor access
    bool enabled, hit, prefault;
    bool has_gpf, miss; // set by l1tlb.c
};

static inline bool l1_xlate_mode(unsigned mode)
{
    return mode == MODE_SV39 || mode == MODE_SV48;
}

// Spec C 1.2 rule 4 without the "no translate" mark.
bool l1_xlate_enabled(bool virt, unsigned mode, const struct tlb_csr *csr);
// Privilege in which the access is made (enum MODE_U ...).
unsigned l1_privilege(const struct l1tlb *t, const struct l1_req *r, const struct l1_csr *csr);

// The result of port i, but for `miss` and what the address check found.
void l1_result_of(const struct l1tlb *t, const struct l1tlb_in *in, unsigned i, struct l1_result *r,
                  struct l1_resp *o);
// Blocking port: the answer presented in this cycle serves the access of r; o is rewritten.
void l1_result_answered(const struct l1tlb *t, const struct l1tlb_in *in,
                        const struct l1_result *r, struct l1_resp *o);
// The registered outcome of the address check replaces the faults, the miss and the guest address.
void l1_result_prefault(const struct l1_result *r, struct l1_resp *o);

#endif
