// SPDX-License-Identifier: MulanPSL-2.0
// Next-line prefetcher (spec A 3.2; checklist PF-01 to PF-09).
#include "model/prefetch.h"
#include "tests/harness.h"
#include "tests/unit/rig.h"

static struct tlb_csr csr;

static void tick(struct prefetch *p, bool in_valid, uint64_t vpn, bool fire, bool flush)
{
    struct prefetch_in in = {
        .csr = &csr, .flush = flush, .in_valid = in_valid, .out_fire = fire, .in_vpn = vpn};
    prefetch_tick(p, &in);
}

TEST next_line(void)
{
    struct prefetch p;
    prefetch_reset(&p, true);
    tick(&p, true, 0x12345, false, false);
    ASSERT(p.v);
    ASSERT_EQ(0x12348, p.next_req);
    tick(&p, false, 0, false, false);
    ASSERT(p.v); // offered until taken
    tick(&p, false, 0, true, false);
    ASSERT_FALSE(p.v);
    tick(&p, true, mask64(38), false, false); // wraps at 38 bits
    ASSERT_EQ(0, p.next_req);
    PASS();
}

// The last four issued lines are remembered, the fifth replaces the oldest.
TEST remembered_lines(void)
{
    struct prefetch p;
    prefetch_reset(&p, true);
    for (unsigned k = 0; k < 5; k++) {
        tick(&p, true, k * 0x100, false, false);
        ASSERT(p.v);
        tick(&p, false, 0, true, false);
    }
    for (unsigned k = 1; k < 5; k++) {
        tick(&p, true, k * 0x100 + 5, false, false);
        ASSERT_FALSE(p.v);
        ASSERT_EQ(k * 0x100 + 8, p.next_req); // the address register moves all the same
    }
    tick(&p, true, 0, false, false);
    ASSERT(p.v);
    PASS();
}

TEST flush_and_disable(void)
{
    struct prefetch p;
    prefetch_reset(&p, true);
    tick(&p, true, 0, false, false);
    tick(&p, false, 0, true, false);
    tick(&p, true, 0x100, false, true);
    ASSERT_FALSE(p.v);
    ASSERT_EQ(0, p.old_v);
    tick(&p, true, 0, false, false); // the history is gone as well
    ASSERT(p.v);
    prefetch_reset(&p, false);
    tick(&p, true, 0, false, false);
    ASSERT_FALSE(p.v);
    PASS();
}

// The kind comes from the CSRs (O5 of golden/defects).
TEST kind(void)
{
    struct tlb_csr c = {.vsatp.mode = 8, .hgatp.mode = 8};
    ASSERT_EQ(NO_S2XLATE, prefetch_s2xlate(&c));
    c.virt = true;
    ASSERT_EQ(ALL_STAGE, prefetch_s2xlate(&c));
    c.hgatp.mode = 0;
    ASSERT_EQ(ONLY_STAGE1, prefetch_s2xlate(&c));
    c.vsatp.mode = 0;
    ASSERT_EQ(NO_S2XLATE, prefetch_s2xlate(&c));
    c.hgatp.mode = 9;
    ASSERT_EQ(ONLY_STAGE2, prefetch_s2xlate(&c));
    PASS();
}

static struct rig *mapped(const char *set, unsigned lines)
{
    struct rig *r = rig_new("minimal", set, 20);
    uint64_t root = rig_page(r);
    rig_atp(r, 0, MODE_SV39, 5, root);
    for (unsigned i = 0; i < 8 * lines; i++)
        rig_map(r, root, 3, 0x12345000 + i, 0, rig_leaf(0x90000 + i));
    return r;
}

// A prefetch is read when its level-1 entry is cached, fills L0 and answers nobody; the first use of
// its line asks for the line after it.
TEST brings_the_line(void)
{
    struct rig *r = mapped(NULL, 8);
    rig_ask(r, 0x12345000, NO_S2XLATE); // cold: its prefetch finds no level-1 entry
    unsigned from = r->reads;
    rig_ask(r, 0x12345010, NO_S2XLATE); // line 2: prefetch of line 3
    ASSERT_EQ(2, rig_reads_since(r, from));
    ASSERT_EQ(r->read[from].addr + 64, r->read[from + 1].addr);
    from = r->reads;
    ASSERT_EQ(3, rig_ask(r, 0x12345018, NO_S2XLATE)); // hit on a prefetched line
    ASSERT_EQ(1, rig_reads_since(r, from));            // brings line 4
    ASSERT_EQ(3, rig_ask(r, 0x12345020, NO_S2XLATE));
    ASSERT_EQ(3, rig_ask(r, 0x12345011, NO_S2XLATE)); // not prefetched: no request
    rig_free(r);
    r = mapped("prefetch.enable=0", 8);
    rig_ask(r, 0x12345000, NO_S2XLATE);
    rig_ask(r, 0x12345010, NO_S2XLATE);
    ASSERT_EQ(4, r->reads);
    rig_free(r);
    PASS();
}

// The line after a miss that is being walked anyway: one read only.
TEST duplicate_is_dropped(void)
{
    struct rig *r = mapped(NULL, 8);
    rig_ask(r, 0x12345000, NO_S2XLATE);
    unsigned from = r->reads;
    rig_post(r, 0, 0x12345010, NO_S2XLATE);
    rig_post(r, 1, 0x12345018, NO_S2XLATE); // the line that the prefetch of the first wants
    rig_run(r, 100);
    unsigned same = 0;
    for (unsigned i = from; i < r->reads; i++)
        same += r->read[i].addr == r->read[from].addr + 64;
    ASSERT_EQ(1, same);
    rig_free(r);
    PASS();
}

SUITE(prefetch_suite)
{
    RUN_TEST(next_line);
    RUN_TEST(remembered_lines);
    RUN_TEST(flush_and_disable);
    RUN_TEST(kind);
    RUN_TEST(brings_the_line);
    RUN_TEST(duplicate_is_dropped);
}
