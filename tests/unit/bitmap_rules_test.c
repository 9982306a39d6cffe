// SPDX-License-Identifier: MulanPSL-2.0
// Rules of the checker and the BitmapCache that only a certain order of events shows.
#include "bitmap/bitmapcache.h"
#include "tests/harness.h"
#include "tests/unit/rig.h"

#define BMA UINT64_C(0x100000000)
enum { V = 0x12345000, P = 0x90000, Q = 0x98000 };

static void set_bma(struct rig *r, uint64_t base)
{
    r->in.csr.mbmc = (struct mbmc){.bma = base >> 6, .bme = true};
    rig_run(r, 8);
}

static struct rig *bench(const char *set, uint64_t *root)
{
    struct rig *r = rig_new("minimal-bitmap", set, 20);
    *root = rig_page(r);
    rig_atp(r, 0, MODE_SV39, 5, *root);
    set_bma(r, BMA);
    return r;
}

// Erratum B9 (spec B 4.5 rule 7): after a PMP fault on its word a check refills what its slot held
// before, under the new tag.
TEST stale_refill(bool fixed)
{
    uint64_t root;
    struct rig *r = bench(fixed ? "prefetch.enable=0 errata.B9=fixed" : "prefetch.enable=0", &root);
    for (unsigned k = 0; k < 8; k++) {
        rig_map(r, root, 3, V + k, 0, rig_leaf(P + k));
        rig_map(r, root, 3, V + 0x100 + k, 0, rig_leaf(Q + k));
    }
    phys_write(r->mem, BMA + (P >> 6 << 3), 2); // page P+1 is secure, no page of Q is
    rig_ask(r, V, NO_S2XLATE);
    ASSERT_EQ(0, rig_answer(r)->s1.af);
    set_bma(r, 0x10000000); // no memory: the word of Q is refused
    rig_ask(r, V + 0x100, NO_S2XLATE);
    ASSERT_EQ(1, rig_answer(r)->s1.af);
    set_bma(r, BMA);
    rig_ask(r, V + 0x101, NO_S2XLATE); // takes the word of P for its own
    ASSERT_EQ(!fixed, rig_answer(r)->s1.af);
    rig_free(r);
    PASS();
}

// Key bits of a page number: 2025-05 keeps them whatever KEYIDEN says, 2026-03 drops them with
// KEYIDEN=1 (spec D 4B.2 rule 1).
TEST key_bits(const char *revision)
{
    struct l2tlb_cfg cfg;
    struct bitmap s;
    struct bitmap_out o;
    char msg[128];
    bool new = strcmp(revision, "2026-03") == 0;
    cfg_preset(&cfg, "cvm");
    cfg_set(&cfg, "revision", revision, msg, sizeof msg);
    ASSERT_EQ(NULL, cfg_finish(&cfg, msg, sizeof msg));
    uint64_t key = UINT64_C(1) << 35;
    for (unsigned keyiden = 0; keyiden < 2; keyiden++) {
        struct tlb_csr csr = {.mbmc = {.bma = BMA >> 6, .bme = true, .keyiden = keyiden}};
        struct bitmap_in in = {.csr = &csr, .req_fire = true, .req = {.bmppn = key | P}};
        bitmap_reset(&s, &cfg);
        bitmap_publish(&s, 0, &csr, &o);
        bitmap_tick(&s, &o, &in);
        ASSERT_EQ(new && keyiden ? P : key | P, s.entry[0].ppn);
    }
    PASS();
}

// 2026-03 touches one cycle after the answer, with what the answer registers hold then: a look-up
// right behind takes the touch over (spec D 4B.5 rule 2).
TEST lost_touch(bool behind)
{
    static struct bitmapcache bc;
    struct l2tlb_cfg cfg;
    char msg[128];
    cfg_preset(&cfg, "minimal-bitmap");
    cfg_set(&cfg, "revision", "2026-03", msg, sizeof msg);
    cfg_finish(&cfg, msg, sizeof msg);
    bitmapcache_reset(&bc, &cfg);
    for (unsigned w = 0; w < 8; w++) { // two sets of four words
        uint64_t page = (uint64_t)(w & 3) << 11 | (uint64_t)(w >> 2) << 6;
        struct bitmapcache_in in = {.refill = true, .refill_ppn = page};
        bitmapcache_tick(&bc, &in);
    }
    uint64_t before[2] = {bc.plru[0], bc.plru[1]};
    for (unsigned c = 0; c < 6; c++) {
        struct bcache_resp r;
        bitmapcache_publish(&bc, &r);
        struct bitmapcache_in in = {.req_fire = c == 0 || (behind && c == 1),
                                    .ppn = c ? 1 << 6 : 0,
                                    .resp_taken = r.valid};
        ASSERT_EQ(c == 2 || (behind && c == 3), r.valid);
        bitmapcache_tick(&bc, &in);
    }
    ASSERT_EQ(behind, bc.plru[0] == before[0]); // word 0 of set 0: its touch is lost
    ASSERT_EQ(behind, bc.plru[1] != before[1]);
    PASS();
}

SUITE(bitmap_rules_suite)
{
    greatest_set_test_suffix("as_rtl");
    RUN_TEST1(stale_refill, false);
    greatest_set_test_suffix("fixed");
    RUN_TEST1(stale_refill, true);
    greatest_set_test_suffix("2025-05");
    RUN_TEST1(key_bits, "2025-05");
    greatest_set_test_suffix("2026-03");
    RUN_TEST1(key_bits, "2026-03");
    greatest_set_test_suffix("alone");
    RUN_TEST1(lost_touch, false);
    greatest_set_test_suffix("followed");
    RUN_TEST1(lost_touch, true);
}
