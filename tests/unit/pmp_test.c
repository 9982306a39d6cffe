// SPDX-License-Identifier: MulanPSL-2.0
// PMP and PMA registers and the walkers' check (spec A 5; spec D 5 for 32 entries and key ids).
#include "arch/bits.h"
#include "arch/pmp.h"
#include "tests/harness.h"

enum { R = 1, W = 2, X = 4, TOR = 8, NA4 = 16, NAPOT = 24, C = 64, L = 128 };
enum { PMPCFG0 = 0x3a0, PMPCFG2 = 0x3a2, PMPADDR = 0x3b0, PMACFG0 = 0x7c0, PMACFG2 = 0x7c2, PMAADDR = 0x7c8 };

static struct l2tlb_cfg cfg;
static struct pmp p;

static void start(const char *preset, const char *revision)
{
    char msg[128];
    cfg_preset(&cfg, preset);
    cfg_set(&cfg, "revision", revision, msg, sizeof msg);
    cfg_finish(&cfg, msg, sizeof msg);
    pmp_reset(&p, &cfg);
}

static struct pmp_verdict verdict_at(uint64_t addr, bool cmode, bool keyiden)
{
    return pmp_check(&p, &cfg, addr, (struct pmp_env){.cmode = cmode, .keyiden = keyiden});
}

static bool denied(uint64_t addr)
{
    struct pmp_verdict v = verdict_at(addr, true, false);
    return v.ld || v.mmio;
}

static void open_all(void)
{
    pmp_write(&p, PMPADDR, mask64(46));
    pmp_write(&p, PMPCFG0, NAPOT | R | W | X);
}

// All PMP entries off: every walk is denied (5.4).
TEST reset_denies(void)
{
    start("minimal", "2025-05");
    ASSERT(denied(0x80000000));
    ASSERT(denied(0));
    pmp_write(&p, PMPADDR, mask64(46)); // the address alone is not enough
    ASSERT(denied(0x80000000));
    pmp_write(&p, PMPCFG0, NAPOT | R | W | X);
    ASSERT_FALSE(denied(0x80000000));
    PASS();
}

// Erratum B17 fixed: the bitmap is read in M mode, which only a locked entry binds; the PMA stays.
TEST machine_mode(void)
{
    static const struct {
        uint8_t entry;
        bool s, m;
    } rows[] = {{TOR, 1, 0}, {TOR | L, 1, 1}, {TOR | R, 0, 0}, {TOR | L | R, 0, 0}, {0, 1, 0}};
    for (unsigned k = 0; k < sizeof rows / sizeof rows[0]; k++) {
        start("minimal-bitmap", "2025-05");
        pmp_write(&p, PMPADDR, 0xa0000000 >> 2);
        pmp_write(&p, PMPADDR + 1, mask64(46));
        pmp_write(&p, PMPCFG0, rows[k].entry | (rows[k].entry ? (NAPOT | R) << 8 : 0));
        struct pmp_env machine = {.cmode = true, .machine = true};
        ASSERT_EQ(rows[k].s, denied(0x90000000));
        ASSERT_EQ(rows[k].m, pmp_check(&p, &cfg, 0x90000000, machine).ld);
        ASSERT(pmp_check(&p, &cfg, 0x39f00000, machine).ld); // no read right in the PMA
    }
    struct tlb_csr csr = {0};
    ASSERT_FALSE(pmp_env_of_bitmap(&cfg, &csr).machine);
    cfg.errata_fixed[ERR_B17] = true;
    ASSERT(pmp_env_of_bitmap(&cfg, &csr).machine);
    ASSERT_FALSE(pmp_env_of(&csr).machine);
    PASS();
}

// The map of 5.5: walks only in [0x8000_0000, 0x800_0000_0000). Readable but not cacheable is mmio.
TEST pma_map(void)
{
    static const struct {
        uint64_t addr;
        bool ld, mmio;
    } rows[] = {
        {0, 0, 1},          {0x0fffffff, 0, 1}, {0x10000000, 0, 1},
        {0x20000000, 0, 1}, {0x38021000, 0, 1}, {0x39001ff8, 0, 1},
        {0x39002000, 1, 0}, {0x39fffff8, 1, 0}, {0x3a000000, 0, 1},
        {0x7ffffff8, 0, 1}, {0x80000000, 0, 0}, {UINT64_C(0x7fffffffff8), 0, 0},
        {UINT64_C(0x80000000000), 1, 0},        {UINT64_C(0xfffffffffff8), 1, 0},
    };
    static const char *const revision[] = {"2025-05", "2026-03"};
    for (unsigned r = 0; r < 2; r++) {
        start("minimal", revision[r]);
        ASSERT_EQ(r ? 32 : 16, p.npma);
        open_all();
        for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            struct pmp_verdict v = verdict_at(rows[i].addr, true, false);
            ASSERT_EQ(rows[i].ld, v.ld);
            // 2026-03: mmio is not-cacheable whatever the read right
            ASSERT_EQ(rows[i].mmio || (r == 1 && rows[i].ld), v.mmio);
        }
    }
    PASS();
}

TEST tor(void)
{
    start("minimal", "2025-05");
    pmp_write(&p, PMPADDR, 0x80001000 >> 2);
    pmp_write(&p, PMPADDR + 1, 0x80003ffc >> 2); // bits [11:0] do not take part
    pmp_write(&p, PMPCFG0, (TOR | R) << 8);      // the entry before is off and still the lower bound
    ASSERT(denied(0x80000ff8));
    ASSERT_FALSE(denied(0x80001000));
    ASSERT_FALSE(denied(0x80002ff8));
    ASSERT(denied(0x80003000));
    PASS();
}

TEST napot_sizes(void)
{
    start("minimal", "2025-05");
    pmp_write(&p, PMPCFG0, NAPOT | R);
    for (unsigned k = 0; k < 8; k++) { // k ones from x[9]: 4 KiB << k
        uint64_t base = UINT64_C(0x80100000), size = UINT64_C(0x1000) << k;
        pmp_write(&p, PMPADDR, base >> 2 | mask64(9 + k));
        ASSERT_FALSE(denied(base));
        ASSERT_FALSE(denied(base + size - 8));
        ASSERT(denied(base - 8));
        ASSERT(denied(base + size));
    }
    // Below the grain of 4 KiB every size is 4 KiB.
    pmp_write(&p, PMPADDR, 0x80100000 >> 2);
    ASSERT_FALSE(denied(0x80100ff8));
    ASSERT(denied(0x80101000));
    PASS();
}

// NA4 does not exist: a=2 is stored as 3. W without R is stored as neither.
TEST warl(void)
{
    start("minimal", "2025-05");
    pmp_write(&p, PMPADDR, 0x80000000 >> 2);
    pmp_write(&p, PMPCFG0, NA4 | R);
    ASSERT_EQ(NAPOT | R, p.pmp.cfg[0]);
    ASSERT_FALSE(denied(0x80000ff8));
    pmp_write(&p, PMPCFG0, W | X | TOR);
    ASSERT_EQ(X | TOR, p.pmp.cfg[0]);
    PASS();
}

// The mask is state (5.8 trap 4): an address write computes it in every mode, a cfg write only when
// the new mode is NAPOT.
TEST mask_is_state(void)
{
    start("minimal", "2025-05");
    ASSERT_EQ(0, p.pmp.mask[3]);
    ASSERT_EQ(0xfff, p.pma.mask[3]);
    pmp_write(&p, PMPCFG0, (uint64_t)TOR << 24);
    ASSERT_EQ(0, p.pmp.mask[3]);
    pmp_write(&p, PMPADDR + 3, 0x3ff | 0x20000000);
    ASSERT_EQ(0x1fff, p.pmp.mask[3]);
    pmp_write(&p, PMPADDR + 3, mask64(45)); // x[45] does not take part
    ASSERT_EQ(mask64(48), p.pmp.mask[3]);
    pmp_write(&p, PMPADDR + 3, 0x3ff);
    pmp_write(&p, PMPCFG0, (uint64_t)NAPOT << 24);
    ASSERT_EQ(0x1fff, p.pmp.mask[3]);
    PASS();
}

TEST lowest_entry_decides(void)
{
    start("minimal", "2025-05");
    pmp_write(&p, PMPADDR, 0x80001000 >> 2);
    pmp_write(&p, PMPADDR + 1, mask64(46));
    pmp_write(&p, PMPCFG0, NAPOT | (NAPOT | R) << 8);
    ASSERT(denied(0x80001000));
    ASSERT_FALSE(denied(0x80002000));
    PASS();
}

TEST locks(void)
{
    start("minimal", "2025-05");
    pmp_write(&p, PMPADDR + 1, 0x80000000 >> 2);
    pmp_write(&p, PMPADDR + 2, 0x80002000 >> 2);
    pmp_write(&p, PMPCFG0, (uint64_t)(L | TOR | R) << 16);
    pmp_write(&p, PMPCFG0, 0); // entry 2 keeps its byte
    ASSERT_EQ(L | TOR | R, p.pmp.cfg[2]);
    pmp_write(&p, PMPADDR + 2, 0);
    ASSERT_EQ(0x80002000 >> 2, p.pmp.addr[2]);
    pmp_write(&p, PMPADDR + 1, 0); // a locked TOR entry locks the address before it ...
    ASSERT_EQ(0x80000000 >> 2, p.pmp.addr[1]);
    pmp_write(&p, PMPCFG0, (uint64_t)R << 8); // ... but not that entry's cfg
    ASSERT_EQ(R, p.pmp.cfg[1]);
    ASSERT_FALSE(denied(0x80001000)); // a lock does not change what S mode may do
    // A locked NAPOT entry leaves the address before it writable.
    pmp_write(&p, PMPADDR + 5, 1);
    pmp_write(&p, PMPCFG0, (uint64_t)(L | NAPOT) << 48);
    pmp_write(&p, PMPADDR + 5, 2);
    ASSERT_EQ(2, p.pmp.addr[5]);
    PASS();
}

// Presented in t, in the registers in t+2 (5.2); two writes in a row act in order.
TEST write_timing(void)
{
    const struct csr_write none = {.valid = false};
    start("minimal", "2025-05");
    pmp_write(&p, PMPADDR, mask64(46));
    struct csr_write w = {.valid = true, .addr = PMPCFG0, .data = NAPOT | R};
    uint64_t before = p.generation;
    pmp_tick(&p, &w); // edge t -> t+1
    ASSERT(pmp_moving(&p));
    ASSERT(denied(0x80000000));
    w.data = NAPOT | L;
    pmp_tick(&p, &w); // t+1 -> t+2
    ASSERT_FALSE(denied(0x80000000));
    ASSERT_NEQ(before, p.generation);
    w.data = NAPOT | R;
    pmp_tick(&p, &w);
    ASSERT(denied(0x80000000));
    pmp_tick(&p, &none); // the third write finds the lock of the second
    ASSERT(denied(0x80000000));
    ASSERT_FALSE(pmp_moving(&p));
    PASS();
}

TEST csr_addresses(void)
{
    start("minimal", "2025-05");
    uint64_t before = p.generation;
    static const unsigned ignored[] = {0x39f, 0x3a1, 0x3a3, 0x3a4, 0x3af, 0x3c0, 0x7bf,
                                       0x7c1, 0x7c3, 0x7c4, 0x7c7, 0x7d8};
    for (unsigned i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        pmp_write(&p, ignored[i], 0x1f);
    ASSERT_EQ(before, p.generation);
    pmp_write(&p, PMPCFG2, UINT64_C(0x1f) << 56);
    ASSERT_EQ(0x1f, p.pmp.cfg[15]);
    pmp_write(&p, PMPADDR + 15, 5);
    ASSERT_EQ(5, p.pmp.addr[15]);
    pmp_write(&p, PMACFG2, 0);
    ASSERT_EQ(0, p.pma.cfg[14]);
    pmp_write(&p, PMAADDR + 15, 7);
    ASSERT_EQ(7, p.pma.addr[15]);
    start("minimal", "2026-03");
    pmp_write(&p, 0x3a6, UINT64_C(0x1f) << 56);
    ASSERT_EQ(0x1f, p.pmp.cfg[31]);
    pmp_write(&p, PMPADDR + 31, 9);
    ASSERT_EQ(9, p.pmp.addr[31]);
    PASS();
}

// A changed PMA: a cacheable window in device space, an uncacheable one in memory.
TEST pma_writes(void)
{
    start("minimal", "2025-05");
    open_all();
    pmp_write(&p, PMAADDR, 0x10000000 >> 2);
    pmp_write(&p, PMAADDR + 1, 0x90000000 >> 2);
    pmp_write(&p, PMACFG0, (NAPOT | C | R) | (NAPOT | R) << 8);
    ASSERT_FALSE(denied(0x10000000));
    ASSERT(denied(0x10001000));
    ASSERT(denied(0x90000000));
    ASSERT(verdict_at(0x90000000, true, false).mmio);
    PASS();
}

// Key ids (5.7; spec D 5): ignored in the match, nonzero without CMODE is an access fault; the new
// revision asks KEYIDEN first.
TEST key_ids(void)
{
    uint64_t tagged = 0x80000000 | UINT64_C(3) << 43;
    start("cvm", "2025-05");
    open_all();
    ASSERT_EQ(5, p.keyid_bits);
    ASSERT_FALSE(verdict_at(tagged, true, false).ld);
    ASSERT(verdict_at(tagged, false, false).ld);
    ASSERT_FALSE(verdict_at(0x80000000, false, false).ld);
    start("cvm", "2026-03");
    open_all();
    ASSERT_FALSE(verdict_at(tagged, true, true).ld);
    ASSERT(verdict_at(tagged, false, true).ld);
    // KEYIDEN=0: the full address is checked, and PMA allows nothing there
    ASSERT(verdict_at(tagged, true, false).ld);
    PASS();
}

// Spec E 0.2 rule 2: nothing matches 0x38020000..0x38020fff outside debug mode.
TEST debug_page(void)
{
    static const char *const revisions[] = {"2026-03", "2026-07", "2026-07-v2"};
    for (unsigned i = 0; i < 3; i++) {
        struct pmp_env normal = {.cmode = true}, debug = {.cmode = true, .debug = true};
        start("default", revisions[i]);
        open_all();
        ASSERT_EQ(i > 0, pmp_check(&p, &cfg, 0x38020000, normal).ld);
        ASSERT_EQ(i > 0, pmp_check(&p, &cfg, 0x38020ff8, normal).ld);
        ASSERT_FALSE(pmp_check(&p, &cfg, 0x38020000, debug).ld);
        ASSERT_FALSE(pmp_check(&p, &cfg, 0x3801fff8, normal).ld);
        ASSERT_FALSE(pmp_check(&p, &cfg, 0x38021000, normal).ld);
        ASSERT(pmp_check(&p, &cfg, 0x38020000, debug).mmio); // PMA as it is after reset
    }
    PASS();
}

// The functional walk asks for one right and learns which entry refused it.
TEST each_right_by_itself(void)
{
    struct pmp_env env = {.cmode = true};
    start("default", "2025-05");
    open_all();
    struct pmp_answer a = pmp_ask(&p, &cfg, 0x80000000, PMP_R | PMP_W | PMP_X, env);
    ASSERT_EQ(0, a.missing);
    a = pmp_ask(&p, &cfg, 0x1000, PMP_X, env); // PMA 0-0fffffff: devices
    ASSERT_EQ(PMP_X, a.missing);
    ASSERT(a.pma);
    ASSERT_EQ(0, a.first);
    ASSERT_EQ(0xfffffff, a.last);
    ASSERT(a.mmio);
    ASSERT_EQ(0, pmp_ask(&p, &cfg, 0x1000, PMP_R | PMP_W, env).missing);
    pmp_write(&p, 0x3b0, 0x20000000); // entry 0: TOR 0-7fffffff, R; entry 1: the rest, X only
    pmp_write(&p, 0x3b1, mask64(46));
    pmp_write(&p, 0x3a0, 0x1c09);
    a = pmp_ask(&p, &cfg, 0x1000, PMP_R | PMP_W, env);
    ASSERT_EQ(PMP_W, a.missing);
    ASSERT_FALSE(a.pma);
    ASSERT_EQ(0, a.entry);
    ASSERT_EQ(0x7fffffff, a.last);
    a = pmp_ask(&p, &cfg, 0x80000000, PMP_R | PMP_X, env);
    ASSERT_EQ(PMP_R, a.missing);
    ASSERT_EQ(1, a.entry);
    ASSERT_EQ(mask64(48), a.last);
    pmp_write(&p, 0x3a0, 0);
    a = pmp_ask(&p, &cfg, 0x80000000, PMP_R, env);
    ASSERT_EQ(-1, a.entry);
    ASSERT_EQ(PMP_R, a.missing);
    PASS();
}

SUITE(pmp_suite)
{
    RUN_TEST(each_right_by_itself);
    RUN_TEST(debug_page);
    RUN_TEST(reset_denies);
    RUN_TEST(machine_mode);
    RUN_TEST(pma_map);
    RUN_TEST(tor);
    RUN_TEST(napot_sizes);
    RUN_TEST(warl);
    RUN_TEST(mask_is_state);
    RUN_TEST(lowest_entry_decides);
    RUN_TEST(locks);
    RUN_TEST(write_timing);
    RUN_TEST(csr_addresses);
    RUN_TEST(pma_writes);
    RUN_TEST(key_ids);
}
