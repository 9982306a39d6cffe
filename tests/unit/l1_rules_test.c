// SPDX-License-Identifier: MulanPSL-2.0
// Single rules of the L1 side: fences, PLRU, address checks, control timing, idle.
#include "l1/ptwfilter.h"
#include "tests/harness.h"
#include "tests/unit/l1_bench.h"

enum { T = 10, LD = 0, LD1 = 1, ST = 4, IF0 = 8 };

// Puts an entry of code s2xlate for `page` into the store TLB, fences with V = fence_virt and looks
// the page up again: is it still there?
static bool survives(struct bench *b, unsigned s2xlate, bool global, bool fence_virt, char kind,
                     uint64_t vpn, int id)
{
    uint64_t page = 0x1234;
    struct l1_csr c = bench_csr_for(s2xlate), f = c;
    struct ptw_resp r = bench_answer_for(s2xlate, page, global);

    bench_reset(b, &c);
    bench_look(b, T, ST, page);
    bench_answer(b, T + 10, 1, &r);
    f.tlb.virt = f.virt_plain = fence_virt;
    bench_csr(b, T + 20, &f);
    bench_fence(b, T + 24, kind, vpn, id);
    bench_csr(b, T + 30, &c);
    bench_look(b, T + 40, ST, page);
    bench_run(b, T + 50);
    return bench_hit(b, ST, T + 40);
}

struct fence_row {
    char kind;
    bool virt, all_ids;
    bool all_addr;
    const char *removed; // codes: 0, 1, 2, 3
};

// Spec C 1.9, with entries of all codes. Id 7 is the ASID of the VS entries, 5 of the host entry;
// an onlyStage2 entry holds the ASID of its answer's stage-1 half (here 7).
TEST fence_table(void)
{
    static const struct fence_row rows[] = {
        {'s', false, true, true, "0"},    {'s', false, false, true, ""},
        {'s', false, true, false, "0123"}, {'s', false, false, false, "123"},
        {'s', true, true, true, "123"},   {'s', true, false, true, "123"},
        {'s', true, true, false, "123"},  {'s', true, false, false, "123"},
        {'v', false, true, true, "123"},  {'v', true, false, true, "123"},
        {'v', false, true, false, "123"}, {'v', false, false, false, "123"},
        {'g', false, true, true, "123"},  {'g', false, true, false, "123"},
        {'g', true, false, true, ""},     {'g', true, false, false, ""},
    };
    struct bench *b = bench_new(NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct fence_row *w = &rows[i];
        for (unsigned code = 0; code < 4; code++) {
            bool gone = !survives(b, code, false, w->virt, w->kind,
                                  w->all_addr ? BENCH_NEVER : 0x1234, w->all_ids ? -1 : 7);
            ASSERT_EQ(strchr(w->removed, (char)('0' + code)) != NULL, gone);
        }
    }
    bench_free(b);
    PASS();
}

TEST fence_ids(void)
{
    struct bench *b = bench_new(NULL);
    ASSERT_FALSE(survives(b, NO_S2XLATE, false, false, 's', BENCH_NEVER, 5));
    ASSERT(survives(b, NO_S2XLATE, false, false, 's', BENCH_NEVER, 6));
    ASSERT(survives(b, NO_S2XLATE, true, false, 's', BENCH_NEVER, 5)); // global
    ASSERT_FALSE(survives(b, NO_S2XLATE, true, false, 's', 0x1234, -1));
    ASSERT(survives(b, NO_S2XLATE, true, false, 's', 0x1234, 5));
    ASSERT(survives(b, NO_S2XLATE, false, false, 's', 0x1244, -1));
    ASSERT_FALSE(survives(b, ALL_STAGE, false, false, 'g', 0x777, 3));
    ASSERT(survives(b, ALL_STAGE, false, false, 'g', 0x777, 4));
    bench_free(b);
    PASS();
}

// A lookup in t+2 of a fence still hits, one in t+3 does not (spec C 1.9).
TEST fence_timing(void)
{
    struct bench *b = bench_new(NULL);
    struct ptw_resp r = bench_answer_for(NO_S2XLATE, 0x1234, false);
    bench_look(b, T, ST, 0x1234);
    bench_answer(b, T + 10, 1, &r);
    bench_fence(b, T + 20, 's', BENCH_NEVER, -1);
    bench_looks(b, T + 20, T + 24, 1, ST, 0x1234);
    bench_run(b, T + 40);
    ASSERT(bench_hit(b, ST, T + 22));
    ASSERT_FALSE(bench_hit(b, ST, T + 23));
    bench_free(b);
    PASS();
}

// Fills a store TLB of `ways` ways with `pages` pages one after the other; page `touched` (from 1)
// is looked up once more before the last one comes. Is page k still there?
static bool kept(unsigned ways, unsigned pages, unsigned touched, unsigned k)
{
    struct bench *b = bench_new(NULL);
    l1side_free(b->l);
    b->cfg.sttlb_ways = ways;
    b->l = l1side_new(&b->cfg);
    bench_reset(b, NULL);
    uint64_t c = T;
    for (unsigned i = 1; i <= pages; i++, c += 20) {
        struct ptw_resp r = bench_answer_for(NO_S2XLATE, 0x1000 + 16 * i, false);
        if (i == pages && touched)
            bench_look(b, c, ST, 0x1000 + 16 * touched);
        bench_look(b, c + 2, ST, 0x1000 + 16 * i);
        b->plans = 0;
        bench_answer(b, c + 12, 1, &r);
        bench_run(b, c + 20);
    }
    bench_look(b, c, ST, 0x1000 + 16 * k);
    bench_run(b, c + 5);
    bool hit = bench_hit(b, ST, c);
    bench_free(b);
    return hit;
}

// Spec C 1.6: with a power of two the ways are refilled in turn. With 48 every second refill goes
// to the upper 16 ways, so the second page goes first, after 16 refills there.
TEST plru_of_several_sizes(void)
{
    static const unsigned ways[] = {1, 2, 4, 64};
    for (unsigned i = 0; i < 4; i++) {
        ASSERT(kept(ways[i], ways[i], 0, 1));
        ASSERT_FALSE(kept(ways[i], ways[i] + 1, 0, 1));
        ASSERT_EQ(ways[i] > 1, kept(ways[i], ways[i] + 1, 1, 1));
    }
    ASSERT(kept(48, 33, 0, 2));
    ASSERT_FALSE(kept(48, 34, 0, 2));
    ASSERT(kept(48, 34, 2, 2));
    ASSERT(kept(48, 64, 0, 1));
    ASSERT_FALSE(kept(48, 65, 0, 1));
    PASS();
}

// L6: MPRV makes dvirt 1 while the hart is in V=0: sfence.vma leaves the host entries.
TEST l6_data_access_v(void)
{
    for (unsigned fixed = 0; fixed < 2; fixed++) {
        struct bench *b = bench_new(fixed ? "L6" : NULL);
        struct l1_csr c = bench_default_csr(), m = c;
        struct ptw_resp r = bench_answer_for(NO_S2XLATE, 0x1234, false);
        m.tlb.virt = true;
        bench_look(b, T, ST, 0x1234);
        bench_answer(b, T + 10, 1, &r);
        bench_csr(b, T + 20, &m);
        bench_fence(b, T + 24, 's', BENCH_NEVER, -1);
        bench_csr(b, T + 40, &c);
        bench_look(b, T + 50, ST, 0x1234);
        bench_look(b, T + 30, IF0, 0x1234); // the ITLB asks with the V of data accesses
        bench_run(b, T + 60);
        ASSERT_EQ(!fixed, bench_hit(b, ST, T + 50));
        ASSERT_EQ(fixed ? NO_S2XLATE : ALL_STAGE, b->req[1].s2xlate);
        bench_free(b);
    }
    PASS();
}

static void filter_cycle(struct ptwfilter *s, struct ptwfilter_in in)
{
    struct tlb_csr csr = {0};
    struct ptwfilter_out out;
    in.csr = &csr;
    in.req_ready = true;
    ptwfilter_settle(s, &in, &out);
    ptwfilter_tick(s, &in, &out);
}

// L14: a fetch is answered just after the flush that cleared the filter's count.
TEST l14_count_after_flush(void)
{
    struct l1_ptw_req q = {.vpn = 0x1234};
    struct ptw_resp r = bench_answer_for(NO_S2XLATE, 0x1234, false);
    for (unsigned fixed = 0; fixed < 2; fixed++) {
        struct ptwfilter s;
        struct l2tlb_rules rule = {0};
        ptwfilter_reset(&s, &rule, fixed);
        filter_cycle(&s, (struct ptwfilter_in){.req = &q, .req_valid = 1});
        for (unsigned c = 0; c < 4; c++)
            filter_cycle(&s, (struct ptwfilter_in){0});
        ASSERT_EQ(1, s.inflight);
        filter_cycle(&s, (struct ptwfilter_in){.flush = true});
        ASSERT_EQ(0, s.inflight);
        filter_cycle(&s, (struct ptwfilter_in){.answer = &r});
        ASSERT_EQ(fixed ? 0 : 15, s.inflight);
        for (unsigned c = 1; c < 8; c++)
            filter_cycle(&s, (struct ptwfilter_in){.answer = &r});
        filter_cycle(&s, (struct ptwfilter_in){.req = &q, .req_valid = 1});
        for (unsigned c = 0; c < 4; c++)
            filter_cycle(&s, (struct ptwfilter_in){0});
        ASSERT_EQ(fixed ? 1 : 8, s.inflight); // eight of them: it reads "full", nothing is sent
        filter_cycle(&s, (struct ptwfilter_in){.answer = &r});
        ASSERT_EQ(fixed ? 0 : 7, s.inflight);
    }
    PASS();
}

TEST l9_address_check(void)
{
    for (unsigned fixed = 0; fixed < 2; fixed++) {
        struct bench *b = bench_new(fixed ? "L9" : NULL);
        struct bench_look *k = bench_look(b, T, LD, 0x1234);
        k->req.check_fullva = true;
        k->req.fullva = UINT64_C(0x8000000001234000);
        bench_run(b, T + 20);
        ASSERT(k->answered);
        ASSERT_FALSE(k->resp.miss);
        ASSERT_EQ(L1_EXC_PF_LD, k->resp.exc);
        ASSERT_FALSE(k->resp.va_need_ext);
        ASSERT_EQ(UINT64_C(0x8000000001234000), k->resp.gpaddr);
        ASSERT_EQ(!fixed, b->reqs);
        bench_free(b);
    }
    PASS();
}

// L16: a fetch from beyond the canonical half, on every fetch port; the check comes with each lookup.
TEST l16_fetch_address_check(void)
{
    static const struct {
        uint64_t va;
        unsigned s2xlate, mode, exc;
    } rows[] = {
        {UINT64_C(0x4000000000), NO_S2XLATE, MODE_S, L1_EXC_PF_INSTR},
        {UINT64_C(0xffffffbffffff000), NO_S2XLATE, MODE_U, L1_EXC_PF_INSTR},
        {UINT64_C(0x4000000000), ALL_STAGE, MODE_S, L1_EXC_PF_INSTR},
        {UINT64_C(0x20000000000), ONLY_STAGE2, MODE_S, L1_EXC_GPF_INSTR},
        {UINT64_C(0x1000000000000), NO_S2XLATE, MODE_M, L1_EXC_AF_INSTR},
        {UINT64_C(0x3ffffff000), NO_S2XLATE, MODE_S, 0},
        {UINT64_C(0xffffffc000000000), ALL_STAGE, MODE_S, 0},
    };
    for (unsigned fixed = 0; fixed < 2; fixed++) {
        struct bench *b = bench_new(fixed ? "L16" : NULL);
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            for (unsigned port = IF0; port <= L1_BLOCKING_PORT; port++) {
                struct l1_csr c = bench_csr_for(rows[i].s2xlate);
                c.imode = (uint8_t)rows[i].mode;
                bench_reset(b, &c);
                struct bench_look *k = bench_look(b, T, port, bits(rows[i].va, 49, 12));
                k->req.check_fullva = true;
                k->req.fullva = rows[i].va;
                bench_run(b, T + 20);
                bool faults = fixed && rows[i].exc;
                ASSERT_EQ(faults || rows[i].mode == MODE_M || port < L1_BLOCKING_PORT, k->answered);
                ASSERT_EQ(faults || rows[i].mode == MODE_M, k->answered && !k->resp.miss);
                ASSERT_EQ(!faults && rows[i].mode != MODE_M, b->reqs);
                if (k->answered && !k->resp.miss)
                    ASSERT_EQ(faults ? rows[i].exc : 0, k->resp.exc);
                if (faults)
                    ASSERT_EQ(rows[i].va, k->resp.gpaddr);
            }
        bench_free(b);
    }
    PASS();
}

// Exceptions and address of a checked load of `va` under these CSRs.
static struct l1_resp checked(struct bench *b, const struct l1_csr *c, uint64_t va, bool hyper)
{
    bench_reset(b, c);
    struct bench_look *k = bench_look(b, T, LD, bits(va, 49, 12));
    k->req.check_fullva = true;
    k->req.hyper = hyper;
    k->req.fullva = va;
    bench_run(b, T + 10);
    return k->resp;
}

TEST address_checks(void)
{
    struct bench *b = bench_new(NULL);
    struct l1_csr c = bench_default_csr();
    ASSERT(checked(b, &c, 0x3fffffffff, false).miss);
    ASSERT_EQ(L1_EXC_PF_LD, checked(b, &c, 0x4000000000, false).exc);
    ASSERT(checked(b, &c, UINT64_C(0xffffffc000000000), false).miss);
    c.tlb.satp.mode = MODE_SV48;
    ASSERT(checked(b, &c, 0x4000000000, false).miss);
    ASSERT_EQ(L1_EXC_PF_LD, checked(b, &c, UINT64_C(0x800000000000), false).exc);
    c.tlb.satp.mode = MODE_BARE;
    ASSERT_EQ(L1_EXC_AF_LD, checked(b, &c, UINT64_C(1) << 48, false).exc);
    ASSERT_EQ(0, checked(b, &c, UINT64_C(0x800000000000), false).exc);
    c = bench_csr_for(ONLY_STAGE2);
    ASSERT(checked(b, &c, (UINT64_C(1) << 41) - 1, false).miss);
    ASSERT_EQ(L1_EXC_GPF_LD, checked(b, &c, UINT64_C(1) << 41, false).exc);
    bench_free(b);
    PASS();
}

TEST pointer_masking(void)
{
    struct bench *b = bench_new(NULL);
    struct l1_csr c = bench_default_csr();
    uint64_t tagged57 = UINT64_C(0xaa00000001234000), tagged48 = UINT64_C(0xaaaa000001234000);
    ASSERT_EQ(L1_EXC_PF_LD, checked(b, &c, tagged57, false).exc);
    c.menvcfg = 2;
    ASSERT(checked(b, &c, tagged57, false).miss);
    ASSERT_EQ(L1_EXC_PF_LD, checked(b, &c, tagged48, false).exc);
    c.menvcfg = 3;
    ASSERT(checked(b, &c, tagged48, false).miss);
    c.menvcfg = 0;
    c.henvcfg = 3; // HLV with SPVP = S
    ASSERT(checked(b, &c, tagged48, true).miss);
    c.spvp = MODE_U;
    ASSERT_EQ(L1_EXC_PF_LD, checked(b, &c, tagged48, true).exc);
    c.senvcfg = 3; // SPVP = U, not made from U mode
    ASSERT(checked(b, &c, tagged48, true).miss);
    c.imode = MODE_U;
    ASSERT_EQ(L1_EXC_PF_LD, checked(b, &c, tagged48, true).exc);
    c.hstatus = 3;
    ASSERT(checked(b, &c, tagged48, true).miss);
    bench_free(b);
    PASS();
}

// A change of V is seen by a lookup two cycles later, not before (spec C 0.4).
TEST csr_delay(void)
{
    struct bench *b = bench_new(NULL);
    struct l1_csr v = bench_csr_for(ALL_STAGE);
    bench_csr(b, T, &v);
    bench_look(b, T + 1, LD, 0x1111);
    bench_look(b, T + 2, LD1, 0x2222);
    bench_run(b, T + 20);
    ASSERT_EQ(2, b->reqs);
    ASSERT_EQ(NO_S2XLATE, b->req[0].s2xlate);
    ASSERT_EQ(ALL_STAGE, b->req[1].s2xlate);
    bench_free(b);
    PASS();
}

TEST translation_off(void)
{
    struct bench *b = bench_new(NULL);
    struct l1_csr c = bench_default_csr();
    c.dmode = MODE_M;
    bench_reset(b, &c);
    struct bench_look *k = bench_look(b, T, LD, 0x1234), *n = bench_look(b, T + 1, IF0, 0x1234);
    n->req.no_translate = true;
    bench_run(b, T + 20);
    ASSERT_EQ(0x1234000, k->resp.paddr);
    ASSERT_EQ(0x1234000, n->resp.paddr);
    ASSERT_FALSE(k->resp.miss || n->resp.miss);
    ASSERT_EQ(0, b->reqs);
    bench_free(b);
    PASS();
}

TEST killed_lookup_sends_nothing(void)
{
    struct bench *b = bench_new(NULL);
    struct bench_look *k = bench_look(b, T, LD, 0x1234);
    k->kill = true;
    bench_run(b, T + 20);
    ASSERT(k->resp.miss);
    ASSERT_FALSE(k->sent);
    ASSERT(k->full);
    ASSERT_EQ(0, b->reqs);
    bench_free(b);
    PASS();
}

TEST eight_fetches_fill_the_ring(void)
{
    struct bench *b = bench_new(NULL);
    bench_ready(b, T, 0, false);
    for (unsigned k = 0; k < 12; k++)
        bench_look(b, T + 2 * k, IF0, 0x1000 * (k + 1));
    bench_ready(b, T + 60, 0, true);
    bench_run(b, T + 120);
    ASSERT_EQ(8, b->reqs); // in order, two cycles apart; the others found the ring full
    for (unsigned k = 1; k < 8; k++) {
        ASSERT_EQ(0x1000 * (k + 1), b->req[k].vpn);
        ASSERT_EQ(b->req[k - 1].cycle + 2, b->req[k].cycle);
    }
    ASSERT_EQ(4, l1side_counters(b->l, L1_FETCH)->dropped);
    bench_free(b);
    PASS();
}

// B19: MBMC changes at T+10. Fixed, a store and a fetch that wait for the L2TLB ask again, and an
// answer that is presented when the change arrives is not written.
TEST b19_change_of_mbmc(void)
{
    static const char *const how[] = {"bitmap", "bitmap B19", "B19", "bitmap B19 L3"};
    for (unsigned i = 0; i < 4; i++) {
        bool drops = i & 1; // without the bitmap's hardware nothing looks at MBMC
        struct bench *b = bench_new(how[i]);
        struct l1_csr c = bench_default_csr();
        struct ptw_resp r = bench_answer_for(NO_S2XLATE, 0x5555, false);
        c.tlb.mbmc.cmode = true;
        bench_look(b, T, ST, 0x1234);
        bench_look(b, T, IF0, 0x4321);
        bench_look(b, T + 1, ST, 0x5555);
        bench_answer(b, T + 10, 1, &r);
        bench_csr(b, T + 10, &c);
        bench_look(b, T + 30, ST, 0x1234);
        bench_look(b, T + 30, IF0, 0x4321);
        bench_look(b, T + 31, ST, 0x5555);
        bench_run(b, T + 50);
        ASSERT_EQ(1 + drops, bench_requests(b, 0x1234));
        ASSERT_EQ(1 + drops, bench_requests(b, 0x4321));
        ASSERT_EQ(!drops, bench_hit(b, ST, T + 31));
        ASSERT_FALSE(b->idle_broken);
        bench_free(b);
    }
    PASS();
}

// --- revision 2026-03 (spec D 6) ----------------------------------------------------------------

// A data-side slot whose request the L2TLB drops because V changed is cleared as well.
TEST new_flush_on_v_change(void)
{
    for (unsigned new = 0; new < 2; new++) {
        struct bench *b = bench_new(new ? "2026-03" : NULL);
        struct l1_csr c = bench_default_csr(), v = bench_csr_for(ALL_STAGE), back = c;
        v.tlb.virt_changed = back.tlb.virt_changed = true;
        bench_look(b, T, ST, 0x1234);
        bench_csr(b, T + 10, &v);
        bench_csr(b, T + 20, &back);
        bench_look(b, T + 30, ST, 0x1234);
        bench_run(b, T + 50);
        ASSERT_EQ(1 + new, b->reqs);
        bench_free(b);
    }
    PASS();
}

TEST new_global_pages(void)
{
    for (unsigned new = 0; new < 2; new++) {
        struct bench *b = bench_new(new ? "2026-03" : NULL);
        struct ptw_resp r = bench_answer_for(NO_S2XLATE, 0x1234, true);
        struct l1_csr n = bench_default_csr();
        n.tlb.satp.id = 6;
        bench_look(b, T, ST, 0x1234);
        bench_answer(b, T + 10, 1, &r);
        bench_csr(b, T + 20, &n);
        bench_look(b, T + 30, ST, 0x1234);
        bench_run(b, T + 50);
        ASSERT_EQ(new, bench_hit(b, ST, T + 30));
        bench_free(b);
    }
    PASS();
}

TEST new_masking_and_fences(void)
{
    for (unsigned new = 0; new < 2; new++) {
        struct bench *b = bench_new(new ? "2026-03" : NULL);
        struct l1_csr c = bench_default_csr();
        uint64_t tagged = UINT64_C(0xaaaa000001234000);
        c.menvcfg = 3;
        c.tlb.mxr = true;
        ASSERT_EQ(new ? L1_EXC_PF_LD : 0, checked(b, &c, tagged, false).exc);
        ASSERT_EQ(!new, survives(b, ALL_STAGE, false, true, 's', 0x9999, -1));
        ASSERT_EQ(!new, survives(b, ALL_STAGE, false, false, 'v', 0x9999, -1));
        ASSERT(survives(b, NO_S2XLATE, false, false, 's', 0x9999, -1));
        bench_free(b);
    }
    PASS();
}

// Five missing pages of one prefetch port: the fifth finds no slot, except with eight per port.
TEST new_prefetch_slots(void)
{
    for (unsigned new = 0; new < 2; new++) {
        struct bench *b = bench_new(new ? "2026-03" : NULL);
        for (unsigned k = 0; k < 9; k++)
            bench_look(b, T + k, 7, 0x1000 * (k + 1));
        bench_run(b, T + 30);
        ASSERT_EQ(new ? 8 : 4, b->reqs);
        bench_free(b);
    }
    PASS();
}

// A fault of the first stage at level 2 occupies its whole gigabyte, whatever the other half says.
TEST new_fault_level(void)
{
    for (unsigned new = 0; new < 2; new++) {
        struct bench *b = bench_new(new ? "2026-03" : NULL);
        struct l1_csr c = bench_csr_for(ALL_STAGE);
        struct ptw_resp r = bench_two_stage(0x80000, 0x5000, 0x9000, 0);
        r.s1.level = 2;
        r.s1.pf = 1;
        bench_reset(b, &c);
        bench_look(b, T, ST, 0x80000);
        bench_answer(b, T + 10, 1, &r);
        bench_look(b, T + 20, ST, 0x80000);
        bench_look(b, T + 21, ST, 0x90000);
        bench_run(b, T + 30);
        ASSERT_EQ(L1_EXC_PF_ST, bench_at(b, ST, T + 20)->resp.exc);
        ASSERT_EQ(new, bench_hit(b, ST, T + 21));
        bench_free(b);
    }
    PASS();
}

static bool sums_agree(const struct l1_counters *n)
{
    return n->lookups == n->hits_table + n->hits_bypass + n->misses + n->disabled &&
           n->requests == n->allocated + n->merged + n->covered + n->dropped;
}

// A cycle announced as idle may show nothing; the machine is idle at the end and only then.
TEST idle_is_honest(void)
{
    struct bench *b = bench_new(NULL);
    struct ptw_resp r = bench_answer_for(NO_S2XLATE, 0x1234, false);
    struct ptw_resp f = bench_answer_for(NO_S2XLATE, 0x4321, false);
    bench_looks(b, T, T + 30, 7, LD, 0x1234);
    bench_looks(b, T, T + 30, 3, IF0, 0x4321);
    bench_answer(b, T + 12, 1, &r);
    bench_answer(b, T + 15, 0, &f);
    bench_fence(b, T + 50, 's', BENCH_NEVER, -1);
    bench_looks(b, T + 60, T + 90, 7, LD, 0x1234);
    bench_run(b, T + 53);
    ASSERT(l1side_idle(b->l, &b->in));
    bench_run(b, T + 61);
    ASSERT_FALSE(l1side_idle(b->l, &b->in));
    bench_run(b, T + 120);
    ASSERT(l1side_idle(b->l, &b->in));
    ASSERT_FALSE(b->idle_broken);
    ASSERT_EQ(10, l1side_counters(b->l, L1_LOAD)->lookups);
    for (unsigned k = 0; k < L1_CLASSES; k++)
        ASSERT(sums_agree(l1side_counters(b->l, k)));
    bench_free(b);
    PASS();
}

SUITE(l1_rules_suite)
{
    RUN_TEST(fence_table);
    RUN_TEST(fence_ids);
    RUN_TEST(fence_timing);
    RUN_TEST(plru_of_several_sizes);
    RUN_TEST(l6_data_access_v);
    RUN_TEST(l14_count_after_flush);
    RUN_TEST(l9_address_check);
    RUN_TEST(l16_fetch_address_check);
    RUN_TEST(address_checks);
    RUN_TEST(pointer_masking);
    RUN_TEST(csr_delay);
    RUN_TEST(translation_off);
    RUN_TEST(killed_lookup_sends_nothing);
    RUN_TEST(eight_fetches_fill_the_ring);
    RUN_TEST(b19_change_of_mbmc);
    RUN_TEST(new_flush_on_v_change);
    RUN_TEST(new_global_pages);
    RUN_TEST(new_masking_and_fences);
    RUN_TEST(new_prefetch_slots);
    RUN_TEST(new_fault_level);
    RUN_TEST(idle_is_honest);
}
