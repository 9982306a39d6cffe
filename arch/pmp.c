// SPDX-License-Identifier: MulanPSL-2.0
// PMP/PMA registers and checker (spec A 5; spec D 5.1, 5.3 for 32 entries and their verdict, 5.4
// for key ids).
#include "arch/pmp.h"

#include "arch/bits.h"

#include <string.h>

enum { CFG_R = 1, CFG_W = 2, CFG_X = 4, CFG_A0 = 8, CFG_A1 = 16, CFG_C = 64, CFG_L = 128 };
enum { A_OFF = 0, A_TOR = 1 };
enum { DEBUG_PAGE = 0x38020 }; // the debug module (spec E 0.2 rule 2)
enum { CSR_PMPCFG = 0x3a0, CSR_PMPADDR = 0x3b0, CSR_PMACFG = 0x7c0, CSR_PMAADDR = 0x7c8 };

static unsigned mode_of(uint8_t cfg)
{
    return (cfg >> 3) & 3;
}

// NAPOT mask of a stored address (spec A 5.2): 0xfff and one more bit per consecutive 1 from x[9].
static uint64_t napot_mask(uint64_t x)
{
    uint64_t q = ((x << 1) | 0x3ff) & mask64(46);
    return ((q & ~(q + 1)) << 2) | 3;
}

// PMA regions after reset (spec A 5.5, D 5.2): configuration and byte address, the last 13 entries.
static const struct {
    uint8_t cfg;
    uint64_t addr;
} pma_regions[13] = {
    {0x0b, 0x10000000}, {0x0f, 0x20000000}, {0x0b, 0x30010000}, {0x0b, 0x30050000},
    {0x0b, 0x38020000}, {0x0f, 0x38021000}, {0x0b, 0x38022000}, {0x0b, 0x39000000},
    {0x0b, 0x39002000}, {0x08, 0x3a000000}, {0x0b, 0x80000000}, {0x6f, 0x80000000000},
    {0x18, 0},
};

void pmp_reset(struct pmp *p, const struct l2tlb_cfg *cfg)
{
    memset(p, 0, sizeof *p);
    p->npmp = cfg->pmp_entries;
    p->npma = cfg->pma_entries;
    p->keyid_bits = cfg->keyid_bits;
    // The regions sit at the end of the table, the entries before them are off.
    unsigned first = p->npma - 13;
    for (unsigned i = 0; i < p->npma; i++)
        p->pma.mask[i] = 0xfff;
    for (unsigned i = 0; i < 13; i++) {
        p->pma.cfg[first + i] = pma_regions[i].cfg;
        p->pma.addr[first + i] = pma_regions[i].addr >> 2;
    }
    p->pma.addr[p->npma - 1] = UINT64_C(0x1fffffffffff);
    p->pma.mask[p->npma - 1] = mask64(48);
}

// Spec A 5.2.1 rules 1 and 2.
static void cfg_write(struct pmp_table *t, unsigned first, uint64_t data)
{
    for (unsigned j = 0; j < 8; j++) {
        unsigned i = first + j;
        uint8_t new = (uint8_t)bits(data, 8 * j + 7, 8 * j);
        if (t->cfg[i] & CFG_L)
            continue;
        if (!(new & CFG_R))
            new &= (uint8_t)~CFG_W;
        if (new & CFG_A1)
            new |= CFG_A0; // NA4 does not exist with a grain of 4 KiB
        t->cfg[i] = new;
        if (new & CFG_A1)
            t->mask[i] = napot_mask(t->addr[i]);
    }
}

// Spec A 5.2.2 rule 1.
static void addr_write(struct pmp_table *t, unsigned n, unsigned i, uint64_t data)
{
    if (t->cfg[i] & CFG_L)
        return;
    if (i + 1 < n && (t->cfg[i + 1] & CFG_L) && mode_of(t->cfg[i + 1]) == A_TOR)
        return;
    t->addr[i] = data & mask64(46);
    t->mask[i] = napot_mask(t->addr[i]);
}

// cfg words sit at even CSR addresses, eight entries each (RV64).
static bool table_write(struct pmp_table *t, unsigned n, unsigned cfg_base, unsigned addr_base,
                        unsigned csr, uint64_t data)
{
    if (csr >= cfg_base && csr < cfg_base + n / 4 && !(csr & 1))
        cfg_write(t, (csr - cfg_base) * 4, data);
    else if (csr >= addr_base && csr < addr_base + n)
        addr_write(t, n, csr - addr_base, data);
    else
        return false;
    return true;
}

void pmp_write(struct pmp *p, unsigned csr, uint64_t data)
{
    if (table_write(&p->pmp, p->npmp, CSR_PMPCFG, CSR_PMPADDR, csr, data) ||
        table_write(&p->pma, p->npma, CSR_PMACFG, CSR_PMAADDR, csr, data))
        p->generation++;
}

// Spec A 5.2 rules 1 to 3: presented, pending, effective.
void pmp_tick(struct pmp *p, const struct csr_write *w)
{
    if (p->pending.valid)
        pmp_write(p, p->pending.addr, p->pending.data);
    p->pending = *w;
}

bool pmp_moving(const struct pmp *p)
{
    return p->pending.valid;
}

// Lowest matching entry, or -1 (spec A 5.3 rules 1 to 3).
static int match(const struct pmp_table *t, unsigned n, uint64_t paddr)
{
    uint64_t below = 0; // address of the entry before, whatever its mode
    for (unsigned i = 0; i < n; i++) {
        uint64_t ca = (t->addr[i] << 2) & mask64(48) & ~UINT64_C(0xfff);
        if (t->cfg[i] & CFG_A1) {
            if (!((paddr ^ ca) & ~t->mask[i]))
                return (int)i;
        } else if (mode_of(t->cfg[i]) == A_TOR && paddr >= below && paddr < ca) {
            return (int)i;
        }
        below = ca;
    }
    return -1;
}

// The entries that match, what they grant (bits as in cfg; spec A 5.3 rule 4), and whether the key
// id refuses.
struct decision {
    int pmp, pma;
    uint8_t pmp_cfg, pma_cfg;
    bool key;
};

static struct decision decide(const struct pmp *p, const struct l2tlb_cfg *cfg, uint64_t paddr,
                              struct pmp_env env)
{
    enum { CFG_RWX = CFG_R | CFG_W | CFG_X };
    struct decision d;
    paddr &= mask64(48);
    bool key_active = p->keyid_bits && (env.keyiden || !cfg->rule.keyiden_csr);
    uint64_t key = key_active ? paddr >> (48 - p->keyid_bits) : 0;
    if (key_active)
        paddr &= mask64(48 - p->keyid_bits);
    bool hidden = cfg->rule.debug_range_unmatched && !env.debug && paddr >> 12 == DEBUG_PAGE;
    d.pmp = hidden ? -1 : match(&p->pmp, p->npmp, paddr);
    d.pma = hidden ? -1 : match(&p->pma, p->npma, paddr);
    d.pmp_cfg = d.pmp >= 0 ? p->pmp.cfg[d.pmp] : 0;
    if (env.machine && !(d.pmp_cfg & CFG_L))
        d.pmp_cfg |= CFG_RWX;
    d.pma_cfg = d.pma >= 0 ? p->pma.cfg[d.pma] : 0;
    d.key = key != 0 && !env.cmode;
    return d;
}

static bool is_mmio(const struct decision *d, const struct l2tlb_cfg *cfg)
{
    return !(d->pma_cfg & CFG_C) && ((d->pma_cfg & CFG_R) || cfg->rule.pma_mmio_not_cacheable);
}

// Spec A 5.3 rule 5.
struct pmp_verdict pmp_check(const struct pmp *p, const struct l2tlb_cfg *cfg, uint64_t paddr,
                             struct pmp_env env)
{
    struct decision d = decide(p, cfg, paddr, env);
    return (struct pmp_verdict){
        .ld = !(d.pmp_cfg & d.pma_cfg & CFG_R) || d.key,
        .mmio = is_mmio(&d, cfg),
    };
}

// Bytes of entry i; all addresses without one.
static void entry_range(const struct pmp_table *t, int i, struct pmp_answer *a)
{
    a->first = 0;
    a->last = mask64(48);
    if (i < 0)
        return;
    uint64_t ca = (t->addr[i] << 2) & mask64(48) & ~UINT64_C(0xfff);
    if (t->cfg[i] & CFG_A1) {
        a->first = ca & ~t->mask[i];
        a->last = (ca | t->mask[i]) & mask64(48);
    } else {
        a->first = i ? (t->addr[i - 1] << 2) & mask64(48) & ~UINT64_C(0xfff) : 0;
        a->last = ca - 1;
    }
}

struct pmp_answer pmp_ask(const struct pmp *p, const struct l2tlb_cfg *cfg, uint64_t paddr,
                          unsigned rights, struct pmp_env env)
{
    struct decision d = decide(p, cfg, paddr, env);
    struct pmp_answer a = {.key = d.key, .entry = -1, .mmio = is_mmio(&d, cfg)};
    a.missing = (uint8_t)(rights & ~d.pmp_cfg);
    a.pma = !a.missing;
    if (a.pma)
        a.missing = (uint8_t)(rights & ~d.pma_cfg);
    if (a.key)
        a.missing = (uint8_t)rights;
    a.entry = a.pma ? d.pma : d.pmp;
    entry_range(a.pma ? &p->pma : &p->pmp, a.entry, &a);
    return a;
}
