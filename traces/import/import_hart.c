// SPDX-License-Identifier: MulanPSL-2.0
// The hart behind a Spike log. The log has a privilege digit, but no V, and it does not print what
// a trap does to the status registers: both are followed here (privileged specification, "Trap
// Entry" and "Trap Return" of the hypervisor extension).
#include "arch/bits.h"
#include "traces/import/import.h"

#include <string.h>

enum {
    CSR_SSTATUS = 0x100,
    CSR_STVEC = 0x105,
    CSR_VSSTATUS = 0x200,
    CSR_VSTVEC = 0x205,
    CSR_MSTATUS = 0x300,
    CSR_MTVEC = 0x305,
    CSR_MENVCFG = 0x30a,
    CSR_HSTATUS = 0x600,
    CSR_HEDELEG = 0x602,
    CSR_HIDELEG = 0x603,
    CSR_HENVCFG = 0x60a
};
enum { INSN_MRET = 0x30200073, INSN_SRET = 0x10200073 };
enum { SPP = 8, MPP = 11, MPRV = 17, SUM = 18, MXR = 19, MPV = 39 }; // mstatus, sstatus, vsstatus
enum { SPV = 7, SPVP = 8 };                                          // hstatus
enum { PBMTE = 62 };                                                 // menvcfg, henvcfg
enum { TVEC_M, TVEC_HS, TVEC_VS };
enum { KNOWN_MPP = 1, KNOWN_SPP = 2, KNOWN_VSPP = 4 };
enum { CAUSE_UNKNOWN = 0xff };

static uint64_t with_bit(uint64_t v, unsigned at, bool on)
{
    return (v & ~(UINT64_C(1) << at)) | (uint64_t)on << at;
}

void hart_start(struct import_hart *h, const struct import_cfg *cfg)
{
    *h = (struct import_hart){.known_x = 1,
                              .tvec = {1, 1, 1},
                              .anywhere = true,
                              .virt = cfg->virt,
                              .cause = CAUSE_UNKNOWN,
                              .sew = 8};
}

void hart_write_x(struct import_hart *h, unsigned number, uint64_t value)
{
    h->x[number] = number ? value : 0;
    h->known_x |= UINT32_C(1) << number;
}

// --- control registers ---------------------------------------------------------------------------
static void put_csr(struct import *m, unsigned csr, uint64_t value)
{
    struct trace_record r = {.kind = TRACE_CSR, .csr = (uint16_t)csr, .value = value};

    import_put(m, &r);
}

static void put_bit(struct import *m, bool *old, bool now, unsigned csr)
{
    if (*old != now)
        put_csr(m, csr, now);
    *old = now;
}

static void write_sstatus(struct import *m, uint64_t value, uint64_t mask)
{
    struct import_hart *h = &m->hart;

    h->mstatus = (h->mstatus & ~mask) | (value & mask);
    put_bit(m, &h->sum, bit(value, SUM), GVT_SUM);
    put_bit(m, &h->mxr, bit(value, MXR), GVT_MXR);
}

void hart_write_csr(struct import *m, unsigned number, uint64_t value)
{
    struct import_hart *h = &m->hart;

    // With V = 1 the supervisor's names mean the guest's registers; newer logs print those.
    if (h->virt && (number == CSR_SSTATUS || number == CSR_STVEC || number == GVT_SATP))
        number += CSR_VSSTATUS - CSR_SSTATUS;
    switch (number) {
    case GVT_SATP:
    case GVT_VSATP:
    case GVT_HGATP:
    case GVT_MBMC:
        put_csr(m, number, value);
        return;
    case CSR_MTVEC:
        h->tvec[TVEC_M] = value & ~UINT64_C(3);
        return;
    case CSR_STVEC:
        h->tvec[TVEC_HS] = value & ~UINT64_C(3);
        return;
    case CSR_VSTVEC:
        h->tvec[TVEC_VS] = value & ~UINT64_C(3);
        return;
    case CSR_MSTATUS:
        h->known_spp |= KNOWN_MPP | KNOWN_SPP;
        write_sstatus(m, value, ~UINT64_C(0));
        return;
    case CSR_SSTATUS:
        h->known_spp |= KNOWN_SPP;
        write_sstatus(m, value, UINT64_C(1) << SPP | UINT64_C(1) << SUM | UINT64_C(1) << MXR);
        return;
    case CSR_VSSTATUS:
        h->known_spp |= KNOWN_VSPP;
        h->vsstatus = value;
        put_bit(m, &h->vsum, bit(value, SUM), GVT_VSUM);
        put_bit(m, &h->vmxr, bit(value, MXR), GVT_VMXR);
        return;
    case CSR_HSTATUS:
        h->hstatus = value;
        put_bit(m, &h->spvp, bit(value, SPVP), GVT_SPVP);
        return;
    case CSR_HEDELEG:
        h->hedeleg = value;
        return;
    case CSR_HIDELEG:
        h->hideleg = value;
        return;
    case CSR_MENVCFG:
        put_bit(m, &h->mpbmte, bit(value, PBMTE), GVT_MPBMTE);
        return;
    case CSR_HENVCFG:
        put_bit(m, &h->hpbmte, bit(value, PBMTE), GVT_HPBMTE);
        return;
    default:
        if (number >= GVT_PMPCFG0 && number <= 0x3ef)
            put_csr(m, number, value);
    }
}

// --- traps ---------------------------------------------------------------------------------------
void hart_exception(struct import_hart *h, const char *name, const char *number)
{
    // The names that Spike gives to mcause values (privileged specification, table "mcause").
    static const struct {
        const char *name;
        uint8_t cause;
    } names[] = {
        {"instruction_address_misaligned", 0},
        {"instruction_access_fault", 1},
        {"illegal_instruction", 2},
        {"breakpoint", 3},
        {"load_address_misaligned", 4},
        {"load_access_fault", 5},
        {"store_address_misaligned", 6},
        {"store_access_fault", 7},
        {"user_ecall", 8},
        {"supervisor_ecall", 9},
        {"virtual_supervisor_ecall", 10},
        {"machine_ecall", 11},
        {"instruction_page_fault", 12},
        {"load_page_fault", 13},
        {"store_page_fault", 15},
        {"software_check", 18},
        {"instruction_guest_page_fault", 20},
        {"load_guest_page_fault", 21},
        {"virtual_instruction", 22},
        {"store_guest_page_fault", 23},
    };
    uint64_t n;

    h->trapped = true;
    h->cause = CAUSE_UNKNOWN;
    h->interrupt = strcmp(name, "interrupt") == 0;
    if (h->interrupt && number[0] == '#' && parse_dec(number + 1, 63, &n))
        h->cause = (uint8_t)n;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncmp(name, "trap_", 5) == 0 && strcmp(name + 5, names[i].name) == 0)
            h->cause = names[i].cause;
}

// Whether pc is an entry of the vector: its base, or for interrupts 4 bytes per cause.
static bool is_entry(const struct import_hart *h, unsigned which, uint64_t pc)
{
    uint64_t base = h->tvec[which], at = pc - base;

    if (base == 1)
        return false;
    return at == 0 || ((!h->trapped || h->interrupt) && at < 64 * 4 && at % 4 == 0);
}

// An unknown vector leads anywhere, except behind a jump of which nobody knows the target.
static bool may_enter(const struct import_hart *h, unsigned which, uint64_t pc)
{
    return is_entry(h, which, pc) || (h->tvec[which] == 1 && !h->anywhere);
}

// A trap out of V = 1 into S mode: whether the hypervisor takes it. Some causes never reach VS; for
// the others the vectors tell, and where both or none fit, the delegation.
static bool hypervisor_takes(struct import *m, uint64_t pc)
{
    const struct import_hart *h = &m->hart;
    bool hs = is_entry(h, TVEC_HS, pc), vs = is_entry(h, TVEC_VS, pc);

    if (h->cause == 10 || (!h->interrupt && h->cause >= 20 && h->cause <= 23))
        return true;
    if (hs != vs)
        return hs;
    if (h->cause < 64)
        return !(bit(h->interrupt ? h->hideleg : h->hedeleg, h->cause));
    m->tally.doubts++;
    return false;
}

static bool is_trap(const struct import_hart *h, unsigned priv, uint64_t pc)
{
    if (!h->known || priv == GVT_U)
        return false;
    if (h->trapped)
        return true;
    if (!h->any_priv && priv != h->priv)
        return priv > h->priv;
    if (!h->anywhere && (pc == h->pc[0] || pc == h->pc[1]))
        return false;
    // The hart is somewhere else. Where no vector leads there, a part of the log is missing.
    return may_enter(h, priv == GVT_M ? TVEC_M : TVEC_HS, pc) ||
           (h->virt && may_enter(h, TVEC_VS, pc));
}

// What the hardware does on entry of a trap; none of it stands in the log.
static void take_trap(struct import *m, unsigned priv, uint64_t pc)
{
    struct import_hart *h = &m->hart;

    if (priv == GVT_M) {
        h->mstatus = (h->mstatus & ~(UINT64_C(3) << MPP)) | (uint64_t)h->priv << MPP;
        h->mstatus = with_bit(h->mstatus, MPV, h->virt);
        h->known_spp |= KNOWN_MPP;
    } else if (h->virt && !hypervisor_takes(m, pc)) {
        h->vsstatus = with_bit(h->vsstatus, SPP, h->priv & 1);
        h->known_spp |= KNOWN_VSPP;
        return;
    } else {
        h->hstatus = with_bit(h->hstatus, SPV, h->virt);
        h->mstatus = with_bit(h->mstatus, SPP, h->priv & 1);
        h->known_spp |= KNOWN_SPP;
        if (h->virt) {
            h->hstatus = with_bit(h->hstatus, SPVP, h->priv & 1);
            put_bit(m, &h->spvp, h->priv & 1, GVT_SPVP);
        }
    }
    h->virt = false;
}

void hart_enter(struct import *m, unsigned priv, uint64_t pc)
{
    struct import_hart *h = &m->hart;

    if (h->returns)
        h->virt = h->next_virt;
    h->returns = false;
    if (is_trap(h, priv, pc))
        take_trap(m, priv, pc);
    h->trapped = h->any_priv = false;
    h->cause = CAUSE_UNKNOWN;
    h->priv = (uint8_t)priv;
    h->virt = h->virt && priv != GVT_M;
    h->known = true;
}

// --- where an instruction leads ------------------------------------------------------------------
// Target of a jump or of a branch that may be taken; 1: unknown or none.
static uint64_t jump_target(const struct import_hart *h, uint32_t c, uint64_t pc)
{
    unsigned rs1 = (unsigned)bits(c, 19, 15);
    uint64_t v;

    switch (c & 0x7f) {
    case 0x6f: // jal
        v = bits(c, 30, 21) << 1 | bits(c, 20, 20) << 11 | bits(c, 19, 12) << 12;
        return pc + v - (bit(c, 31) ? UINT64_C(1) << 20 : 0);
    case 0x63: // branches
        v = bits(c, 11, 8) << 1 | bits(c, 30, 25) << 5 | bits(c, 7, 7) << 11;
        return pc + v - (bit(c, 31) ? UINT64_C(1) << 12 : 0);
    case 0x67: // jalr
        v = bits(c, 30, 20) - (bit(c, 31) ? UINT64_C(1) << 11 : 0);
        return h->known_x >> rs1 & 1 ? (h->x[rs1] + v) & ~UINT64_C(1) : 1;
    default:
        return 1;
    }
}

// The same of compressed ones: c.j, c.beqz, c.bnez, c.jr, c.jalr.
static uint64_t short_target(const struct import_hart *h, uint32_t c, uint64_t pc)
{
    unsigned rs1 = (unsigned)bits(c, 11, 7);
    uint64_t v;

    if ((c & 0xe003) == 0xa001) { // offset[11|4|9:8|10|6|7|3:1|5]
        v = bits(c, 11, 11) << 4 | bits(c, 10, 9) << 8 | bits(c, 8, 8) << 10 | bits(c, 7, 7) << 6 |
            bits(c, 6, 6) << 7 | bits(c, 5, 3) << 1 | bits(c, 2, 2) << 5;
        return pc + v - (bit(c, 12) ? UINT64_C(1) << 11 : 0);
    }
    if ((c & 0xc003) == 0xc001) { // offset[8|4:3], offset[7:6|2:1|5]
        v = bits(c, 11, 10) << 3 | bits(c, 6, 5) << 6 | bits(c, 4, 3) << 1 | bits(c, 2, 2) << 5;
        return pc + v - (bit(c, 12) ? UINT64_C(1) << 8 : 0);
    }
    if ((c & 0xe07f) == 0x8002 && rs1)
        return h->known_x >> rs1 & 1 ? h->x[rs1] & ~UINT64_C(1) : 1;
    return 1;
}

static bool always_jumps(uint32_t c)
{
    unsigned opcode = c & 0x7f;

    if ((c & 3) == 3)
        return opcode == 0x6f || opcode == 0x67;
    // c.j; c.jr and c.jalr; the table jumps and returns of Zcmp and Zcmt
    return (c & 0xe003) == 0xa001 || ((c & 0xe07f) == 0x8002 && bits(c, 11, 7)) ||
           (c & 0xe003) == 0xa002;
}

// Trap returns clear what they return to (privileged specification, "Trap Return").
static bool trap_return(struct import_hart *h, uint32_t code)
{
    unsigned to;
    uint8_t known;

    if (code == INSN_MRET) {
        to = (unsigned)bits(h->mstatus, MPP + 1, MPP);
        known = KNOWN_MPP;
        h->next_virt = bit(h->mstatus, MPV) && to != GVT_M;
        h->mstatus = with_bit(h->mstatus, MPV, false) & ~(UINT64_C(3) << MPP);
    } else if (code == INSN_SRET && h->virt) {
        to = (unsigned)bit(h->vsstatus, SPP);
        known = KNOWN_VSPP;
        h->next_virt = true;
        h->vsstatus = with_bit(h->vsstatus, SPP, false);
    } else if (code == INSN_SRET) {
        to = (unsigned)bit(h->mstatus, SPP);
        known = KNOWN_SPP;
        h->next_virt = bit(h->hstatus, SPV);
        h->hstatus = with_bit(h->hstatus, SPV, false);
        h->mstatus = with_bit(h->mstatus, SPP, false);
    } else {
        return false;
    }
    if (to != GVT_M && !(code == INSN_SRET && h->virt))
        h->mstatus = with_bit(h->mstatus, MPRV, false);
    h->any_priv = !(h->known_spp & known);
    h->returns = true;
    h->priv = (uint8_t)to;
    return true;
}

bool hart_leave(struct import_hart *h, uint32_t code, uint64_t pc)
{
    bool wide = (code & 3) == 3;

    h->pc[1] = wide ? jump_target(h, code, pc) : short_target(h, code, pc);
    h->pc[0] = always_jumps(code) ? h->pc[1] : pc + (wide ? 4 : 2);
    h->anywhere = h->pc[0] == 1;
    if (h->pc[1] == 1)
        h->pc[1] = h->pc[0];
    if (!trap_return(h, code))
        return false;
    h->anywhere = true;
    return true;
}
