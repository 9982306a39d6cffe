// SPDX-License-Identifier: MulanPSL-2.0
// What travels between the blocks of the L1 side: accesses, their answers, miss requests and the
// answers of the L2TLB with the range they cover (spec C 0 to 2).
#ifndef L2TLB_L1_L1BUNDLE_H
#define L2TLB_L1_L1BUNDLE_H

#include "arch/bundle.h"
#include "arch/cfg.h"

// Ports, numbered as in the recordings: 0..2 load units, 3 L1 prefetcher (all load TLB); 4, 5 store
// units; 6 SMS, 7 L2 prefetcher; 8, 9 ICache prefetch pipe; 10 IFU (blocking). Spec C 0.1 rules 1,
// 3 and 4.
enum { L1_PORTS = 11, L1_DATA_PORTS = 8, L1_LOAD_HINTS = 3, L1_BLOCKING_PORT = 10 };
enum l1_class { L1_LOAD, L1_STORE, L1_PREFETCH, L1_FETCH, L1_CLASSES };
// First port of each TLB; the last element ends the list.
static const uint8_t l1_first_port[L1_CLASSES + 1] = {0, 4, 6, 8, 11};

static inline unsigned l1_class_of_port(unsigned port)
{
    return port < 4 ? L1_LOAD : port < 6 ? L1_STORE : port < 8 ? L1_PREFETCH : L1_FETCH;
}

// Commands of an access (Chisel TlbCmd). AMO stands for SC as well.
enum l1_cmd { L1_CMD_LOAD = 0, L1_CMD_STORE = 1, L1_CMD_FETCH = 2, L1_CMD_LR = 4, L1_CMD_AMO = 5 };

static inline bool l1_cmd_is_read(unsigned cmd) { return (cmd & 3) == 0; }
static inline bool l1_cmd_is_write(unsigned cmd) { return (cmd & 3) == 1; }
static inline bool l1_cmd_is_exec(unsigned cmd) { return (cmd & 3) == 2; }
static inline bool l1_cmd_is_amo(unsigned cmd) { return cmd == L1_CMD_AMO; }

enum { MODE_U = 0, MODE_S = 1, MODE_M = 3 };

// The CSR bundle of the core. `tlb` is the part the L2TLB takes as well; its `virt` is the
// data-access V (spec C 0.4 rule 4). virt_plain is the hart's own V and used only with erratum L6
// fixed.
struct l1_csr {
    struct tlb_csr tlb;
    bool sum, vmxr, vsum;
    bool virt_plain;
    uint8_t spvp, imode, dmode;                              // spvp 0 U, 1 S; modes 0 U, 1 S, 3 M
    uint8_t mseccfg, menvcfg, henvcfg, hstatus, senvcfg;     // PMM fields
};

// Position in the reorder buffer of 160 entries: value and wrap flag.
enum { L1_ROB_ENTRIES = 160 };
struct l1_rob {
    uint8_t value;
    bool flag;
};

static inline struct l1_rob l1_rob_of(uint64_t n)
{
    unsigned m = (unsigned)(n % (2 * L1_ROB_ENTRIES));
    return (struct l1_rob){.value = (uint8_t)(m % L1_ROB_ENTRIES), .flag = m >= L1_ROB_ENTRIES};
}

static inline bool l1_rob_same(struct l1_rob a, struct l1_rob b)
{
    return a.value == b.value && a.flag == b.flag;
}

struct l1_redirect {
    struct l1_rob rob;
    bool valid, flush_itself;
};

// Is the instruction at `r` killed by this redirect (Chisel needFlush)?
static inline bool l1_need_flush(struct l1_rob r, const struct l1_redirect *d)
{
    if (!d->valid)
        return false;
    bool same = l1_rob_same(r, d->rob);
    bool after = (r.flag != d->rob.flag) != (r.value > d->rob.value);
    return (d->flush_itself && same) || after;
}

// One lookup, presented for one cycle (the blocking port: until ready).
struct l1_req {
    uint64_t vaddr;  // 50 bits
    uint64_t fullva; // 64 bits; of a fetch only L16 fixed looks at it
    uint64_t paddr;  // of an untranslated request (revision 2026-03)
    uint32_t tag;    // names the access, any value but TAG_NONE; not hardware
    struct l1_rob rob;
    uint8_t cmd; // enum l1_cmd
    bool valid;
    bool hyper, hlvx; // hypervisor access; HLVX
    bool prefetch, no_translate, check_fullva;
    bool misaligned; // sent by the buffer for misaligned accesses
};

// Bits of l1_resp.exc, as the recordings print them.
enum {
    L1_EXC_AF_INSTR = 1 << 0, L1_EXC_AF_ST = 1 << 1, L1_EXC_AF_LD = 1 << 2,
    L1_EXC_PF_INSTR = 1 << 3, L1_EXC_PF_ST = 1 << 4, L1_EXC_PF_LD = 1 << 5,
    L1_EXC_GPF_INSTR = 1 << 6, L1_EXC_GPF_ST = 1 << 7, L1_EXC_GPF_LD = 1 << 8,
    L1_EXC_AF = 7, L1_EXC_PF = 7 << 3, L1_EXC_GPF = 7 << 6,
};

// The answer to a lookup, one cycle later (the blocking port: when it has one).
struct l1_resp {
    uint64_t paddr;  // 48 bits
    uint64_t gpaddr; // meaningful with a guest page fault or va_need_ext 0
    uint32_t tag;
    uint16_t exc;
    uint8_t pbmt;
    bool miss;
    bool bypass;      // served by an answer passing by; not hardware
    bool enabled;     // translation was on; not hardware
    bool nonleaf;     // isForVSnonLeafPTE
    bool va_need_ext; // false: the address check failed
};

// A miss request of a TLB port to its filter.
struct l1_ptw_req {
    uint64_t vpn;
    uint32_t tag;
    uint8_t s2xlate;
    bool get_gpa;
};

// An answer of the L2TLB with the pages it covers (spec C 1.5), worked out once on arrival.
struct l1_answer {
    struct ptw_resp r;
    uint64_t vpn, mask; // covered: vpn equal under mask ...
    uint8_t idx;        // ... and bit vpn[2:0] set
    bool any_asid;      // global page (rule l1_global_ignores_asid)
};

// Low page-number bits that do not matter for a page of this size.
static inline unsigned l1_page_bits(unsigned level, bool n)
{
    return level ? 9 * level : n ? 4 : 0;
}

// Both stages of an allStage answer: size of the smaller page (spec C 1.1).
static inline unsigned l1_all_level(const struct ptw_resp *r)
{
    return r->s1.level < r->s2.level ? r->s1.level : r->s2.level;
}

static inline bool l1_all_n(const struct ptw_resp *r)
{
    return (r->s1.n && r->s2.level) || (r->s2.n && r->s1.level) || (r->s1.n && r->s2.n);
}

#define L1_VPN_MASK mask64(38)

// Spec C 1.5.
static inline void l1_answer_set(struct l1_answer *a, const struct ptw_resp *r,
                                 const struct l2tlb_rules *rule)
{
    unsigned low;
    a->r = *r;
    a->idx = 0xff;
    a->any_asid = rule->l1_global_ignores_asid && (r->s1.perm & PERM_G);
    switch (r->s2xlate) {
    case NO_S2XLATE:
        low = l1_page_bits(r->s1.level, r->s1.n);
        a->vpn = r->s1.tag << 3;
        a->mask = L1_VPN_MASK & ~mask64(low < 3 ? 3 : low);
        if (!low || !rule->l1_big_ignores_valididx)
            a->idx = r->s1.valididx;
        return;
    case ONLY_STAGE2:
        a->vpn = r->s2.tag;
        low = l1_page_bits(r->s2.level, r->s2.n);
        break;
    case ONLY_STAGE1:
        a->vpn = r->s1.tag << 3 | r->s1.addr_low;
        low = l1_page_bits(r->s1.level, r->s1.n);
        break;
    default:
        a->vpn = r->s1.tag << 3 | r->s1.addr_low;
        low = l1_page_bits(l1_all_level(r), l1_all_n(r));
        break;
    }
    a->mask = L1_VPN_MASK & ~mask64(low);
}

static inline bool l1_in_range(const struct l1_answer *a, uint64_t vpn)
{
    return !((vpn ^ a->vpn) & a->mask) && bit(a->idx, (unsigned)vpn & 7);
}

static inline bool l1_same_vmid(const struct l1_answer *a, const struct tlb_csr *csr)
{
    switch (a->r.s2xlate) {
    case NO_S2XLATE:
        return true;
    case ONLY_STAGE2:
        return a->r.s2.vmid == csr->hgatp.id;
    default:
        return a->r.s1.vmid == csr->hgatp.id;
    }
}

static inline bool l1_same_space(const struct l1_answer *a, const struct tlb_csr *csr)
{
    switch (a->r.s2xlate) {
    case NO_S2XLATE:
        return a->any_asid || a->r.s1.asid == csr->satp.id;
    case ONLY_STAGE2:
        return l1_same_vmid(a, csr);
    default:
        return (a->any_asid || a->r.s1.asid == csr->vsatp.id) && l1_same_vmid(a, csr);
    }
}

static inline bool l1_covers(const struct l1_answer *a, uint64_t vpn, const struct tlb_csr *csr)
{
    return l1_in_range(a, vpn) && l1_same_space(a, csr);
}

// Which translation an access asks for (spec C 1.2 rule 2). virt: V or a hypervisor access.
static inline unsigned l1_s2xlate(bool virt, const struct tlb_csr *csr)
{
    if (!virt)
        return NO_S2XLATE;
    if (csr->vsatp.mode && csr->hgatp.mode)
        return ALL_STAGE;
    return csr->vsatp.mode ? ONLY_STAGE1 : ONLY_STAGE2;
}

#endif
