// SPDX-License-Identifier: MulanPSL-2.0
// Registers of a snapshot, see regs.h.
#include "snapshot/regs.h"

#include "arch/bits.h"
#include "traces/source.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

enum { PMPCFG = 0x3a0, PMPADDR = 0x3b0, HCR_TABLES = 1 << 12 | 1 << 2 | 1 << 0 /* DC, PTW, VM */ };

static const struct {
    unsigned arch;
    const char *name, *source;
    bool image;
} row[SNAP_REGS] = {
#define REG(id, arch, name, source, image) {MACHINE_##arch, name, source, image},
#include "snapshot/regs.def"
#undef REG
};

uint64_t regs_get(const struct snap_regs *g, unsigned id) { return g->has[id] ? g->value[id] : 0; }

static void put(struct snap_regs *g, unsigned id, uint64_t value)
{
    g->has[id] = true;
    g->value[id] = value;
}

// --- given --------------------------------------------------------------------------------------

// Index of a PMP register in pmp[], or -1.
static int pmp_index(const char *name)
{
    uint64_t n;
    if (strncmp(name, "pmpcfg", 6) == 0 && parse_dec(name + 6, 15, &n))
        return (int)n;
    if (strncmp(name, "pmpaddr", 7) == 0 && parse_dec(name + 7, SNAP_PMP - 17, &n))
        return (int)n + PMPADDR - PMPCFG;
    return parse_hex(name, PMPCFG + SNAP_PMP - 1, &n) && n >= PMPCFG ? (int)(n - PMPCFG) : -1;
}

static const char *set_pmp(struct snap_regs *g, unsigned i, uint64_t value)
{
    if (g->arch == MACHINE_AARCH64)
        return "a register of RISC-V among those of AArch64";
    if (i < PMPADDR - PMPCFG && i & 1)
        return "RV64 has no pmpcfg register of odd number";
    g->arch = MACHINE_RISCV64;
    g->has_pmp[i] = true;
    g->pmp[i] = value;
    return NULL;
}

const char *regs_set(struct snap_regs *g, const char *name, uint64_t value)
{
    unsigned id = 0;
    int pmp = pmp_index(name);
    if (pmp >= 0)
        return set_pmp(g, (unsigned)pmp, value);
    while (id < SNAP_REGS && strcmp(row[id].name, name) != 0)
        id++;
    if (id == SNAP_REGS)
        return "unknown register";
    if (row[id].arch != MACHINE_ARCHES) {
        if (g->arch != MACHINE_ARCHES && g->arch != row[id].arch)
            return "registers of RISC-V and of AArch64 in one set";
        g->arch = row[id].arch;
    }
    if (((id >= REG_MXR && id <= REG_RSW60) || id == REG_PAN || id == REG_VIRT) && value > 1)
        return "a flag is 0 or 1";
    put(g, id, value);
    g->given[id] = true;
    return NULL;
}

static const char *file_line(struct snap_regs *g, char *line)
{
    uint64_t value;
    line[strcspn(line, "#")] = 0;
    char *eq = strchr(line, '=');
    if (eq)
        *eq = ' ';
    char *name = next_word(&line);
    if (name && !eq && strcmp(name, "csr") == 0)
        name = next_word(&line);
    else if (name && !eq)
        return "a register is NAME=VALUE or csr NAME VALUE";
    if (!name)
        return NULL;
    char *number = next_word(&line);
    if (!number || next_word(&line))
        return "a register is NAME=VALUE or csr NAME VALUE";
    return parse_hex(number, UINT64_MAX, &value) ? regs_set(g, name, value) : "not a hexadecimal number";
}

bool regs_file(struct snap_regs *g, const char *path, char *msg, size_t size)
{
    struct source *in = source_open(path, msg, size);
    const char *why = NULL;
    size_t len;
    if (!in)
        return false;
    for (char *line; !why && (line = source_line(in, &len)) != NULL;)
        why = file_line(g, line);
    if (!why)
        why = source_error(in);
    if (why)
        snprintf(msg, size, "%s:%" PRIu64 ": %s", source_path(in), source_lines(in), why);
    source_close(in);
    return !why;
}

bool regs_find(const struct snap_regs *g, const char *name, uint64_t *value)
{
    int pmp = pmp_index(name);
    for (unsigned id = 0; pmp < 0 && id < SNAP_REGS; id++)
        if (strcasecmp(row[id].name, name) == 0 && g->has[id]) {
            *value = g->value[id];
            return true;
        }
    if (pmp < 0 || !g->has_pmp[pmp])
        return false;
    *value = g->pmp[pmp];
    return true;
}

// --- taken --------------------------------------------------------------------------------------

// names: "a|b".
static enum machine_answer ask(struct machine *m, const char *names, uint64_t *value)
{
    for (const char *p = names; *p;) {
        char name[32];
        size_t n = strcspn(p, "|");
        snprintf(name, sizeof name, "%.*s", (int)n, p);
        enum machine_answer a = m->reg(m->self, name, value);
        if (a != MACHINE_NO)
            return a;
        p += n + (p[n] == '|');
    }
    return MACHINE_NO;
}

static enum machine_answer take_pmp(struct snap_regs *g, struct machine *m)
{
    for (unsigned i = 0; i < SNAP_PMP; i++) {
        bool cfg = i < PMPADDR - PMPCFG;
        char name[16];
        if (g->has_pmp[i] || (cfg && i & 1))
            continue;
        snprintf(name, sizeof name, cfg ? "pmpcfg%u" : "pmpaddr%u", cfg ? i : i - (PMPADDR - PMPCFG));
        enum machine_answer a = m->reg(m->self, name, &g->pmp[i]);
        if (a == MACHINE_BROKEN)
            return a;
        g->has_pmp[i] = a == MACHINE_YES;
    }
    return MACHINE_YES;
}

enum machine_answer regs_take(struct snap_regs *g, struct machine *m)
{
    if (g->arch == MACHINE_ARCHES)
        g->arch = m->arch;
    if (m->arch != MACHINE_ARCHES && g->arch != m->arch) {
        snprintf(m->msg, sizeof m->msg, "the registers that are given are not those of this architecture");
        return MACHINE_BROKEN;
    }
    for (unsigned id = 0; id < SNAP_REGS; id++) {
        uint64_t value;
        bool ours = row[id].arch == MACHINE_ARCHES || row[id].arch == g->arch;
        const char *names = !m->live && !*row[id].source ? row[id].name : row[id].source;
        if (g->given[id] || !ours)
            continue;
        enum machine_answer a = ask(m, names, &value);
        if (a == MACHINE_BROKEN)
            return a;
        if (a == MACHINE_YES)
            put(g, id, value);
    }
    return g->arch == MACHINE_RISCV64 ? take_pmp(g, m) : MACHINE_YES;
}

// --- worked out ---------------------------------------------------------------------------------

int regs_virt(const struct snap_regs *g)
{
    return g->has[REG_VIRT] ? (int)(g->value[REG_VIRT] & 1)
           : g->has[REG_DCSR] ? (int)bit(g->value[REG_DCSR], 5) : -1; // Debug specification: dcsr.v
}

int regs_priv(const struct snap_regs *g)
{
    if (g->arch == MACHINE_AARCH64)
        return g->has[REG_CPSR] ? (int)bits(g->value[REG_CPSR], 3, 2) : -1;
    return g->has[REG_PRIV] ? (int)(g->value[REG_PRIV] & 3)
           : g->has[REG_DCSR] ? (int)(g->value[REG_DCSR] & 3) : -1;
}

int regs_guest(const struct snap_regs *g)
{
    if (g->arch == MACHINE_RISCV64)
        return regs_virt(g);
    int el = regs_priv(g);
    if (el < 0 || !g->has[REG_HCR_EL2])
        return -1;
    return el < 2 && bit(g->value[REG_HCR_EL2], 0);
}

static void derive(struct snap_regs *g, unsigned to, unsigned from, unsigned at)
{
    if (!g->given[to] && g->has[from])
        put(g, to, bit(g->value[from], at));
}

// With V=1 QEMU shows the guest's satp and status under the host's names, and no others.
static void unswap(struct snap_regs *g)
{
    if (!g->given[REG_VSATP] && !g->given[REG_SATP]) {
        put(g, REG_VSATP, regs_get(g, REG_SATP));
        g->has[REG_SATP] = false;
    }
    if (!g->given[REG_MSTATUS] && !g->given[REG_VSSTATUS]) {
        put(g, REG_VSSTATUS, regs_get(g, REG_MSTATUS));
        g->has[REG_MSTATUS] = false;
    }
    g->hidden = !g->given[REG_SATP];
}

static void want(struct snap_regs *g, unsigned id)
{
    size_t n = strlen(g->missing);
    if (!g->has[id])
        snprintf(g->missing + n, sizeof g->missing - n, "%s%s", n ? " " : "", row[id].name);
}

static const char *finish_riscv(struct snap_regs *g, bool swaps)
{
    bool hypervisor = g->has[REG_HGATP] || g->has[REG_VSATP] || bit(regs_get(g, REG_MISA), 7);
    if (swaps && regs_virt(g) == 1)
        unswap(g);
    derive(g, REG_MXR, REG_MSTATUS, 19);
    derive(g, REG_SUM, REG_MSTATUS, 18);
    derive(g, REG_VMXR, REG_VSSTATUS, 19);
    derive(g, REG_VSUM, REG_VSSTATUS, 18);
    derive(g, REG_SPVP, REG_HSTATUS, 8);
    derive(g, REG_MPBMTE, REG_MENVCFG, 62);
    derive(g, REG_HPBMTE, REG_HENVCFG, 62);
    want(g, REG_SATP);
    want(g, REG_SUM);
    if (hypervisor) {
        want(g, REG_VSATP);
        want(g, REG_HGATP);
        want(g, REG_VSUM);
    }
    if (!g->has[REG_SATP] && !g->has[REG_VSATP] && !g->has[REG_HGATP])
        return "no root: neither satp nor vsatp nor hgatp is there (--reg, --regs)";
    struct rv_regs rv;
    regs_riscv(g, &rv);
    return rv_regs_check(&rv);
}

static const char *finish_a64(struct snap_regs *g)
{
    static const uint8_t one[] = {REG_TTBR0_EL1, REG_TTBR1_EL1, REG_TCR_EL1, REG_MAIR_EL1, REG_SCTLR_EL1};
    static const uint8_t two[] = {REG_VTTBR_EL2, REG_VTCR_EL2, REG_HCR_EL2};
    uint64_t hcr = regs_get(g, REG_HCR_EL2), pfr0 = regs_get(g, REG_PFR0);
    bool el2 = g->has[REG_HCR_EL2] || g->has[REG_VTTBR_EL2] || bits(pfr0, 11, 8);
    if (!g->given[REG_PARANGE] && g->has[REG_MMFR0])
        put(g, REG_PARANGE, g->value[REG_MMFR0] & 15);
    derive(g, REG_PAN, REG_CPSR, 22);
    for (unsigned i = 0; i < sizeof one; i++)
        want(g, one[i]);
    for (unsigned i = 0; el2 && i < sizeof two; i++)
        want(g, two[i]);
    want(g, REG_PARANGE);
    if (!g->has[REG_TTBR0_EL1] && !g->has[REG_TTBR1_EL1] && !g->has[REG_VTTBR_EL2])
        return "no root: neither TTBR0_EL1, TTBR1_EL1 nor VTTBR_EL2 is there (--reg, --regs)";
    if (bit(hcr, 34) && bit(hcr, 27))
        return "the hart is in a host with VHE (HCR_EL2.E2H and TGE), whose tables are EL2's: not modelled";
    struct a64_regs a;
    regs_a64(g, &a);
    return a64_regs_check(&a);
}

const char *regs_finish(struct snap_regs *g, bool swaps)
{
    if (g->arch == MACHINE_ARCHES)
        return "no register is given, and the source has none (--reg, --regs)";
    return g->arch == MACHINE_RISCV64 ? finish_riscv(g, swaps) : finish_a64(g);
}

// --- for the walks and the image ----------------------------------------------------------------

void regs_riscv(const struct snap_regs *g, struct rv_regs *to)
{
    uint64_t m = regs_get(g, REG_MENVCFG), h = regs_get(g, REG_HENVCFG);
    *to = (struct rv_regs){
        .xlen = 64,
        .satp = regs_get(g, REG_SATP),
        .vsatp = regs_get(g, REG_VSATP),
        .hgatp = regs_get(g, REG_HGATP),
        .mxr = regs_get(g, REG_MXR),
        .sum = regs_get(g, REG_SUM),
        .vsmxr = regs_get(g, REG_VMXR),
        .vssum = regs_get(g, REG_VSUM),
        .m_pbmte = g->has[REG_MPBMTE] ? g->value[REG_MPBMTE] : bit(m, 62),
        .h_pbmte = g->has[REG_HPBMTE] ? g->value[REG_HPBMTE] : bit(h, 62),
        .m_adue = g->has[REG_MADUE] ? g->value[REG_MADUE] : bit(m, 61),
        .h_adue = g->has[REG_HADUE] ? g->value[REG_HADUE] : bit(h, 61),
        .m_sse = g->has[REG_MSSE] ? g->value[REG_MSSE] : bit(m, 3),
        .h_sse = g->has[REG_HSSE] ? g->value[REG_HSSE] : bit(h, 3),
        .m_pmm = (uint8_t)bits(m, 33, 32),
        .s_pmm = (uint8_t)bits(regs_get(g, REG_SENVCFG), 33, 32),
        .h_pmm = (uint8_t)bits(h, 33, 32),
        .rsw60 = regs_get(g, REG_RSW60),
    };
}

// Only the bits of HCR_EL2 that say where tables are: E2H without TGE (the guest of a host with VHE)
// changes nothing in the EL1&0 regime or in stage 2, FWB only memory types (Arm ARM, HCR_EL2).
void regs_a64(const struct snap_regs *g, struct a64_regs *to)
{
    uint64_t parange = g->has[REG_PARANGE] ? g->value[REG_PARANGE] : 6;
    *to = (struct a64_regs){
        .tcr_el1 = regs_get(g, REG_TCR_EL1),
        .ttbr0_el1 = regs_get(g, REG_TTBR0_EL1),
        .ttbr1_el1 = regs_get(g, REG_TTBR1_EL1),
        .mair_el1 = regs_get(g, REG_MAIR_EL1),
        .sctlr_el1 = regs_get(g, REG_SCTLR_EL1),
        .vtcr_el2 = regs_get(g, REG_VTCR_EL2),
        .vttbr_el2 = regs_get(g, REG_VTTBR_EL2),
        .hcr_el2 = regs_get(g, REG_HCR_EL2) & HCR_TABLES,
        .parange = parange > 6 ? 7 : (uint8_t)parange,
        .pan = regs_get(g, REG_PAN),
    };
}

void regs_print(const struct snap_regs *g, void (*line)(void *ctx, const char *name, uint64_t value), void *ctx)
{
    for (unsigned id = 0; id < SNAP_REGS; id++)
        if (row[id].image && g->has[id])
            line(ctx, row[id].name, g->value[id]);
    // A locked entry cannot be written any more: addresses first (0 after reset).
    for (unsigned i = SNAP_PMP; i-- > 0;) {
        char name[8];
        snprintf(name, sizeof name, "%x", PMPCFG + i);
        if (g->has_pmp[i] && (g->pmp[i] || i < PMPADDR - PMPCFG))
            line(ctx, name, g->pmp[i]);
    }
}
