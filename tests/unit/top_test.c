// SPDX-License-Identifier: MulanPSL-2.0
// The wiring of the L2TLB (spec A 1): who goes first at every arbiter, the limit of requests
// in flight, flushes. Traffic of all kinds runs through the machine; in every cycle the wires are
// compared with the rules, and every rule must have been met.
#include "arch/bits.h"
#include "model/wires.h"
#include "tests/harness.h"
#include "tests/unit/rig.h"

enum { V = 0x12345000, SEEN_HPTW = 1, SEEN_PTW = 2, SEEN_MISSQ = 4, SEEN_L1 = 8, SEEN_PREFETCH = 16 };

struct met {
    unsigned grants;                  // of arb2
    unsigned together[5];             // grant k while a lower one waits
    unsigned answers_together;        // two sources of answers for one port
    unsigned both_ports;              // answers on both ports in one cycle
    unsigned a_together, flushes, limit, mq_two, g_two;
};

// arb2: G look-ups, hand-over, miss queue, L1 (port 0 first), prefetch (TOP-01, TOP-02, LLP-35).
static const char *entry_rules(const struct l2tlb *t, struct met *m)
{
    const struct wires *w = &t->w;
    const struct missqueue_elem *q = missqueue_head(&t->mq);
    bool mq = q && (q->is_llptw ? w->llptw.in_ready : w->ptw.req_ready);
    bool room = t->tlb_counter < t->cfg.missq_size;
    bool wants[5] = {w->ptw.hptw_req_valid || (w->llptw.hptw_valid && !w->flush), w->ptw.llptw_valid,
                     mq, (w->in.req[0].valid || w->in.req[1].valid) && room, t->pf.v};
    unsigned first = 0;
    while (first < 5 && !wants[first])
        first++;
    unsigned expected = w->pc_req_ready && first < 5 ? first : ARB2_NONE;
    if (w->arb2 != expected)
        return "arb2 grants another input";
    if (w->arb2 != ARB2_NONE) {
        m->grants |= 1u << w->arb2;
        for (unsigned k = w->arb2 + 1; k < 5; k++)
            m->together[w->arb2] += wants[k];
    }
    if (w->arb2 == ARB2_HPTW && w->ptw.hptw_req_valid && w->llptw.hptw_valid) {
        m->g_two++;
        if (!w->ptw_hptw_fire || w->llptw_hptw_fire)
            return "PTW's G request does not go first";
    }
    if (w->req_fire[0] && w->req_fire[1])
        return "two requests accepted in one cycle";
    if (w->req_fire[1] && w->in.req[0].valid)
        return "port 1 accepted before port 0";
    return NULL;
}

// Answers: PageCache, PTW, LLPTW for each port; both ports may answer together (TOP-15, TOP-16).
static const char *answer_rules(const struct l2tlb *t, struct met *m)
{
    const struct wires *w = &t->w;
    unsigned answering = 0;
    for (unsigned p = 0; p < 2; p++) {
        bool cache = w->pc.valid && w->pc.hit && !w->pc.req->is_hptw && w->pc.req->info.source == p;
        bool ptw = w->ptw.resp_valid && t->ptw.req.source == p;
        bool llptw = w->llptw.out_valid && t->llptw.entry[w->llptw.out_ptr].req.source == p;
        m->answers_together += cache + ptw + llptw > 1;
        answering += cache || ptw || llptw;
        if (w->resp_from_cache[p] != cache || w->resp_from_ptw[p] != (ptw && !cache) ||
            w->resp_from_llptw[p] != (llptw && !ptw && !cache))
            return "wrong source of an answer";
    }
    m->both_ports += answering == 2;
    if (w->mq_in0_valid && w->llptw.cache_valid) {
        m->mq_two++;
        if (w->llptw_cache_fire)
            return "LLPTW enters the miss queue beside the PageCache"; // MQ-04
    }
    return NULL;
}

// Channel A: PTW, LLPTW, HPTW, bitmap; nothing in a flush cycle; one read per id (MEM-01, 05, 06).
static const char *memory_rules(const struct l2tlb *t, struct met *m)
{
    const struct wires *w = &t->w;
    bool bitmap = t->cfg.has_bitmap && w->bitmap.mem_valid;
    bool wants[4] = {w->ptw.mem_req_valid, w->llptw.mem_valid && !w->flush, w->hptw.mem_req_valid,
                     bitmap};
    unsigned id[4] = {t->cfg.ptw_id, w->llptw.mem_id, t->cfg.hptw_id,
                      t->cfg.bitmap_id0 + w->bitmap.mem_ptr};
    unsigned first = 0;
    while (first < 4 && !wants[first])
        first++;
    m->a_together += wants[0] + wants[1] + wants[2] + wants[3] > 1;
    if (w->a_valid != (first < 4 && !w->flush))
        return "channel A valid";
    if (w->a_valid && w->a_id != id[first])
        return "channel A grants another walker";
    if (w->a_valid && bit(t->mem.waiting_resp, w->a_id))
        return "second read of a busy id";
    return NULL;
}

struct watch {
    struct met *m;
    unsigned before; // requests in flight before the edge
    const char *why;
};

static void settled(struct rig *r)
{
    struct watch *w = r->ctx;
    const char *why = entry_rules(r->t, w->m);
    why = why ? why : answer_rules(r->t, w->m);
    w->why = why ? why : memory_rules(r->t, w->m);
}

// Requests in flight: never above the limit, +requests -answers, 0 after a flush (TOP-03, 04, 05).
static const char *counter_rules(const struct l2tlb *t, struct watch *c)
{
    const struct wires *w = &t->w; // of the cycle that has just ended
    unsigned answers = 0;
    for (unsigned p = 0; p < 2; p++)
        answers += w->in.resp_ready[p] &&
                   (w->resp_from_cache[p] || w->resp_from_ptw[p] || w->resp_from_llptw[p]);
    unsigned expected = w->flush ? 0 : c->before + w->req_fire[0] + w->req_fire[1] - answers;
    c->m->flushes += w->flush;
    c->m->limit += t->tlb_counter == t->cfg.missq_size;
    c->before = t->tlb_counter;
    if (t->tlb_counter != expected)
        return "counter of requests in flight";
    return t->tlb_counter > t->cfg.missq_size ? "too many requests in flight" : NULL;
}

// Blocks empty in the cycle after a flush (TOP-19, FEN-01 to FEN-03).
static const char *flush_rules(const struct l2tlb *t)
{
    if (!t->w.flush)
        return NULL;
    bool busy = t->pc.delay.valid || t->pc.check.valid || t->pc.resp.valid || !t->ptw.idle ||
                !t->hptw.idle || t->llptw.in[LL_IDLE] != mask64(t->llptw.size) ||
                missqueue_head(&t->mq) || t->pf.v || t->pf.old_v || t->mem.refill.valid;
    return busy ? "a block is not empty after a flush" : NULL;
}

static struct rig *world(const char *preset, const char *set, uint64_t latency)
{
    struct rig *r = rig_new(preset, set, latency);
    uint64_t root = rig_page(r), g_root = rig_x4_root(r), vs_root = rig_guest_page(r);
    for (unsigned i = 0; i < 96; i++) {
        uint64_t vpn = V + (i < 64 ? i : (uint64_t)i << 14);
        uint64_t pte = i % 11 == 3 ? 0 : rig_leaf(0x90000 + i);
        rig_map(r, root, 3, vpn, 0, pte);
        rig_map_vs(r, vs_root, 3, vpn, 0, i % 11 == 3 ? 0 : rig_leaf(0x60000 + i));
        rig_map_g(r, g_root, 3, 0x60000 + i, 0, rig_user_leaf(0x60000 + i + RIG_GUEST));
    }
    for (uint64_t t = 0x40000; t < r->guest_page; t++)
        rig_map_g(r, g_root, 3, t, 0, rig_user_leaf(t + RIG_GUEST));
    rig_atp(r, 0, MODE_SV39, 5, root);
    rig_atp(r, 1, MODE_SV39, 6, vs_root);
    rig_atp(r, 2, MODE_SV39, 3, g_root);
    return r;
}

static const char *run(struct rig *r, uint64_t seed, unsigned cycles, unsigned fence_every,
                       unsigned kinds, struct met *m)
{
    struct l2tlb *t = r->t;
    struct watch watch = {.m = m, .before = t->tlb_counter};
    const char *why = NULL;
    r->settled = settled;
    r->ctx = &watch;
    for (uint64_t c = 0; c < cycles && !why; c++) {
        uint64_t x = mix64(seed * MIX64_K + c + 1);
        if ((x & 3) == 0 && r->reqs < RIG_REQS - 1) {
            unsigned i = (unsigned)(x >> 8) % 96, kind = (unsigned)(x >> 16) & 3;
            if (!(kinds >> kind & 1))
                kind = (unsigned)lowest(kinds);
            uint64_t vpn = kind == ONLY_STAGE2 ? 0x60000 + i : V + (i < 64 ? i : (uint64_t)i << 14);
            rig_post(r, (unsigned)(x >> 20) & 1, vpn, kind);
        }
        if (r->reqs >= RIG_REQS - 1 && r->next[0] >= r->reqs && r->next[1] >= r->reqs) {
            r->reqs = r->next[0] = r->next[1] = 0; // all accepted: start the list again
        }
        r->reads = 0;
        r->in.resp_ready[0] = (x >> 24 & 7) != 0;
        r->in.a_ready = (x >> 28 & 3) != 0;
        if (fence_every && c % fence_every == fence_every - 1)
            r->in.sfence = (struct sfence){.valid = true, .rs1 = true, .rs2 = true, .hg = x >> 32 & 1};
        rig_step(r);
        why = watch.why ? watch.why : counter_rules(t, &watch);
        why = why ? why : flush_rules(t);
    }
    return why;
}

TEST rules_in_every_cycle(const char *preset, const char *set, unsigned kinds)
{
    struct met m = {0};
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct rig *r = world(preset, set, seed * 3);
        r->in.csr.mbmc.bme = r->cfg.has_bitmap;
        r->in.csr.mbmc.bma = 0x100000000 >> 6;
        r->in.csr.virt = seed & 1;
        const char *why = run(r, seed, 6000, seed % 3 ? 701 : 0, kinds, &m);
        if (why)
            printf("\n  seed %ju, cycle %ju: %s", (uintmax_t)seed, (uintmax_t)r->cycle, why);
        ASSERT_EQ(NULL, why);
        rig_free(r);
    }
    ASSERT_EQ(31, m.grants | (kinds == 1 ? SEEN_HPTW : 0));
    ASSERT_GT(m.together[ARB2_MISSQ] + m.together[ARB2_PTW], 10);
    ASSERT_GT(m.answers_together, 0);
    ASSERT_GT(m.both_ports, 0);
    ASSERT_GT(m.a_together, 0);
    ASSERT_GT(m.flushes, 10);
    PASS();
}

// Two entries of the LLPTW with a G fault of their table pages at once: each answer shows its own
// level-1 view (docs/sources.md 2 row 50), and both are answered (row 53).
TEST two_table_faults_at_once(void)
{
    struct rig *r = rig_new("default", NULL, 30);
    uint64_t g_root = rig_x4_root(r), vs_root = rig_guest_page(r), l1 = rig_guest_page(r);
    rig_atp(r, 1, MODE_SV39, 6, vs_root);
    rig_atp(r, 2, MODE_SV39, 3, g_root);
    r->in.csr.virt = true;
    for (uint64_t t = vs_root; t <= l1; t++)
        rig_map_g(r, g_root, 3, t, 0, rig_user_leaf(t + RIG_GUEST));
    uint64_t at = (vs_root + RIG_GUEST) << 12 | bits(V, 26, 18) << 3;
    phys_write(r->mem, at, l1 << 10 | PTE_V);
    for (unsigned i = 0; i < 8; i++) // eight tables that the G stage does not map
        phys_write(r->mem, (l1 + RIG_GUEST) << 12 | (bits(V, 17, 9) + i) << 3,
                   (UINT64_C(0x41000) + i) << 10 | PTE_V);
    rig_ask(r, V, ALL_STAGE); // the level-1 line is cached from here on
    ASSERT_EQ(1, rig_answer(r)->s2.gpf);
    unsigned a = rig_post(r, 0, V + (1 << 9), ALL_STAGE);
    unsigned b = rig_post(r, 1, V + (2 << 9), ALL_STAGE);
    rig_run(r, 400);
    for (unsigned k = a; k <= b; k++) {
        const struct ptw_resp *p = &r->req[k].r;
        ASSERT_NEQ(RIG_NEVER, r->req[k].answered);
        ASSERT_EQ(1, p->s2.gpf);
        ASSERT_EQ(1, p->s1.level);
        ASSERT_EQ(0x41001 + k - a, p->s1.ppn << 3 | p->s1.ppn_low[p->s1.addr_low]);
        ASSERT_EQ(0x41001 + k - a, p->s2.tag);
    }
    rig_free(r);
    PASS();
}

// BWK-08, 09: with the bitmap on, NAPOT and plain PTEs of one page in turn, each after a fence: the
// answer follows the PTE, and the accessed page is the one that is tested.
TEST napot_in_turn_with_the_bitmap(void)
{
    enum { BMA_PAGE = 0x100000 };
    struct rig *r = rig_new("minimal-bitmap", "revision=2026-03 errata.D8=fixed", 10);
    uint64_t root = rig_page(r), at;
    rig_atp(r, 0, MODE_SV39, 5, root);
    r->in.csr.mbmc.bma = ((uint64_t)BMA_PAGE << 12) >> 6;
    r->in.csr.mbmc.bme = true;
    rig_run(r, 4);
    phys_write(r->mem, ((uint64_t)BMA_PAGE << 12) + (0x90000 >> 6) * 8, 1 << 5); // page 90005 denied
    for (unsigned i = 0; i < 16; i++)
        rig_map(r, root, 3, V + i, 0, rig_leaf(0x90000 + i));
    for (unsigned turn = 0; turn < 6; turn++) {
        for (unsigned i = 0; i < 16; i++) {
            at = rig_pte_addr(r, root, 3, V + i, 0, RIG_HOST);
            phys_write(r->mem, at, turn & 1 ? PTE_N | rig_leaf(0x90008) : rig_leaf(0x90000 + i));
        }
        rig_fence(r, 's', RIG_NEVER, -1);
        for (unsigned k = 0; k < 2; k++) // cold and cached
            for (unsigned i = 4; i < 7; i++) {
                ASSERT_NEQ(RIG_NEVER, rig_ask(r, V + i, NO_S2XLATE));
                const struct sector_resp *s = &rig_answer(r)->s1;
                ASSERT_EQ(i == 5, s->af);
                ASSERT_EQ(0, s->pf + s->n + s->level);
                ASSERT_EQ(0x90000 + i, s->ppn << 3 | s->ppn_low[s->addr_low]);
                ASSERT_FALSE(bit(s->valididx, 5) && i != 5);
            }
    }
    rig_free(r);
    PASS();
}

SUITE(top_suite)
{
    RUN_TEST(two_table_faults_at_once);
    RUN_TEST(napot_in_turn_with_the_bitmap);
    greatest_set_test_suffix("one_stage");
    RUN_TESTp(rules_in_every_cycle, "minimal", NULL, 1);
    greatest_set_test_suffix("mixed");
    RUN_TESTp(rules_in_every_cycle, "minimal", "errata.D1=fixed errata.D2=fixed", 15);
    greatest_set_test_suffix("two_stages");
    RUN_TESTp(rules_in_every_cycle, "default", "missqueue.size=12", 12);
    greatest_set_test_suffix("bitmap");
    RUN_TESTp(rules_in_every_cycle, "minimal-bitmap", "errata=fixed", 15);
}
