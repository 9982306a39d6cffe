// SPDX-License-Identifier: MulanPSL-2.0
// Latency of Shield-Bitmap checks: the tables of spec B 4.11 (revision 2025-05) and spec D 4B.11
// (2026-03), each row to the cycle, at several memory latencies. Equal, not bounded.
//
// b: the checker takes the check. T: last beat of the read that found the PTE. t0: a walker takes a
// jump. L: from A to the last beat of a read. d: one more cycle per check in 2026-03, whose
// BitmapCache answers after two cycles.
#include "tests/harness.h"
#include "tests/unit/rig.h"

#define BMA UINT64_C(0x100000000)
enum { V = 0x12345000, P = 0x90000 }; // first page of the first line, and its host page
enum { NEVER_SEEN = 0 };

static const unsigned latencies[] = {1, 2, 5, 20, 60, 200};
enum { LATENCIES = sizeof latencies / sizeof latencies[0] };
static const char *const revisions[] = {"2025-05", "2026-03"};

// Cycles of the last event of each kind since the observer was reset.
struct seen {
    uint64_t at[EV_KINDS]; // NEVER_SEEN: none
    uint64_t check[16], answer[16];
    unsigned checks, answers;
    uint64_t table_read, table_data, bitmap_read, bitmap_data; // A and last beat
    uint64_t first_data;                                       // of the bitmap
    bool denied, bitmap_id[MAX_IDS];
};

struct bench {
    struct rig *r;
    uint64_t L, d, root;
    struct seen seen;
};

static void observe(const struct l2tlb_event *e, void *ctx)
{
    struct bench *b = ctx;
    struct seen *s = &b->seen;
    s->at[e->kind] = e->cycle;
    switch (e->kind) {
    case EV_MEM_REQ:
        s->bitmap_id[e->a] = e->c == 2;
        *(e->c == 2 ? &s->bitmap_read : &s->table_read) = e->cycle;
        break;
    case EV_MEM_RESP:
        *(s->bitmap_id[e->a] ? &s->bitmap_data : &s->table_data) = e->cycle;
        if (s->first_data == NEVER_SEEN)
            s->first_data = s->bitmap_data;
        break;
    case EV_BM_CHECK:
        s->check[s->checks++ % 16] = e->cycle;
        break;
    case EV_BITMAP:
        s->answer[s->answers++ % 16] = e->cycle;
        s->denied = e->c;
        break;
    default:
        break;
    }
}

static void set_mbmc(struct bench *b, uint64_t base, bool cmode)
{
    b->r->in.csr.mbmc = (struct mbmc){.bma = base >> 6, .bme = true, .cmode = cmode};
    rig_run(b->r, 8);
}

static void bclear(struct bench *b)
{
    b->r->in.csr.mbmc.bclear = true;
    rig_run(b->r, 8);
}

// The prefetcher is off: its checks would share the checker with those that are measured.
static struct bench new_bench(const char *revision, unsigned latency, unsigned x)
{
    char set[64];
    snprintf(set, sizeof set, "revision=%s prefetch.enable=0", revision);
    struct bench b = {.L = latency + 1, .d = revision == revisions[1]};
    b.r = rig_new("minimal-bitmap", set, latency);
    b.root = x == ONLY_STAGE2 ? rig_x4_root(b.r) : rig_page(b.r);
    b.r->in.csr.virt = x != NO_S2XLATE;
    rig_atp(b.r, x, MODE_SV39, 5, b.root); // kinds 0, 1, 2 are satp, vsatp, hgatp
    set_mbmc(&b, BMA, false);
    return b;
}

static void map(struct bench *b, unsigned x, uint64_t vpn, unsigned level, uint64_t ppn)
{
    if (x == ONLY_STAGE2)
        rig_map_g(b->r, b->root, 3, vpn, level, rig_user_leaf(ppn));
    else
        rig_map(b->r, b->root, 3, vpn, level, rig_leaf(ppn));
}

static void make_secure(struct bench *b, uint64_t ppn)
{
    uint64_t at = BMA + (ppn >> 6 << 3);
    phys_write(b->r->mem, at, phys_read(b->r->mem, at) | UINT64_C(1) << (ppn & 63));
}

static uint64_t ask(struct bench *b, uint64_t vpn, unsigned x)
{
    l2tlb_observe(b->r->t, observe, b);
    b->seen = (struct seen){.checks = 0};
    return rig_ask(b->r, vpn, x);
}

// Answer of the checker after b: 4 with the word cached, 5 + L with a read (A at b+4).
static enum greatest_test_res checker(const struct bench *b, bool read)
{
    const struct seen *s = &b->seen;
    ASSERT_EQ(1, s->checks);
    ASSERT_EQ(1, s->answers);
    ASSERT_EQ(s->check[0] + (read ? 5 + b->L : 4) + b->d, s->answer[0]);
    ASSERT_EQ(read ? s->check[0] + 4 + b->d : NEVER_SEEN, s->bitmap_read);
    if (read)
        ASSERT_EQ(s->bitmap_read + b->L, s->bitmap_data);
    ASSERT_FALSE(s->denied);
    PASS();
}

// One stage, 4 KiB: LLPTW cold and its jump; L0 with its bit set, not set, denied.
static enum greatest_test_res last_level(struct bench *b, unsigned x)
{
    const struct seen *s = &b->seen;
    uint64_t L = b->L, d = b->d;
    // Three walks without bitmap: two reads of the PTW and one of the LLPTW, 22 cycles and 3 reads.
    for (unsigned k = 0; k < 8; k++)
        map(b, x, V + k, 0, P + (k < 4 ? k : 0x40 * k));
    map(b, x, V + 8, 0, P + 8);
    map(b, x, V + 16, 0, P + 0x340);
    make_secure(b, P + 2);
    uint64_t off = 3 * (L - 1) + 22;
    // cold: 6 + L for the check, +1 for a non-leaf read of the PTW; that of the second one passes
    // while the handover to the last level waits for the refill anyway
    ASSERT_EQ(off + 1 + 6 + L + d, ask(b, V, x));
    CHECK_CALL(checker(b, true));
    ASSERT_EQ(s->table_data + 1, s->check[0]);         // b = T+1
    ASSERT_EQ(s->table_data + 7 + L + d, s->at[EV_RESP]); // miss
    ASSERT_EQ(3, ask(b, V, x));                        // L0, bit 1: no check
    ASSERT_EQ(0, s->checks);
    ASSERT_EQ(9 + d, ask(b, V + 1, x)); // L0, bit 0: jump, word cached
    CHECK_CALL(checker(b, false));
    ASSERT_EQ(s->at[EV_LLPTW_IN] + 1, s->check[0]); // b = t0+1
    ASSERT_EQ(s->at[EV_LLPTW_IN] + 6 + d, s->at[EV_RESP]);
    ASSERT_EQ(10 + L + d, ask(b, V + 4, x)); // L0, bit 0, word not cached
    CHECK_CALL(checker(b, true));
    ASSERT_EQ(s->at[EV_LLPTW_IN] + 7 + L + d, s->at[EV_RESP]);
    for (unsigned k = 0; k < 2; k++) { // a denied page keeps bit 0
        ASSERT_EQ(9 + d, ask(b, V + 2, x));
        ASSERT(s->denied && rig_answer(b->r)->s1.af);
    }
    // L1 hit: one read of the LLPTW, 7 + L without bitmap
    ASSERT_EQ(6 + L + 5 + d, ask(b, V + 8, x));
    CHECK_CALL(checker(b, false));
    ASSERT_EQ(s->table_data + 6 + d, s->at[EV_RESP]); // hit
    ASSERT_EQ(6 + L + 6 + L + d, ask(b, V + 16, x));
    CHECK_CALL(checker(b, true));
    ASSERT_EQ(s->table_data + 7 + L + d, s->at[EV_RESP]);
    PASS();
}

TEST one_stage_pages(unsigned revision, unsigned x)
{
    for (unsigned i = 0; i < LATENCIES; i++) {
        struct bench b = new_bench(revisions[revision], latencies[i], x);
        CHECK_CALL(last_level(&b, x));
        rig_free(b.r);
    }
    PASS();
}

// Without checks (CMODE=1) the machine is as fast as without bitmap.
TEST switched_off(unsigned revision, unsigned x)
{
    for (unsigned i = 0; i < LATENCIES; i++) {
        struct bench b = new_bench(revisions[revision], latencies[i], x);
        set_mbmc(&b, BMA, true);
        map(&b, x, V, 0, P);
        ASSERT_EQ(3 * (uint64_t)latencies[i] + 22, ask(&b, V, x));
        ASSERT_EQ(0, b.seen.checks);
        rig_free(b.r);
    }
    PASS();
}

// One stage, 2 MiB: PTW leaf and its jump from SP.
TEST superpages(unsigned revision, unsigned x)
{
    for (unsigned i = 0; i < LATENCIES; i++) {
        struct bench b = new_bench(revisions[revision], latencies[i], x);
        const struct seen *s = &b.seen;
        uint64_t L = b.L, d = b.d, big = V & ~UINT64_C(511);
        map(&b, x, big, 1, 0xa0000);
        map(&b, x, big + 512, 1, 0xa0200);
        map(&b, x, big + 1024, 1, 0xa0400);
        // two PTW reads, 14 cycles; +1 for the non-leaf read, 7 + L for the check (b = T+2)
        ASSERT_EQ(2 * (L - 1) + 14 + 1 + 7 + L + d, ask(&b, big, x));
        CHECK_CALL(checker(&b, true));
        ASSERT_EQ(s->table_data + 2, s->check[0]);
        ASSERT_EQ(s->table_data + 8 + L + d, s->at[EV_PTW_RESP]);
        // word in the cache: a second leaf of the same bitmap word does not exist, so BCLEAR is
        // left out and the walk repeated after a fence
        rig_fence(b.r, x == NO_S2XLATE ? 's' : 'v', RIG_NEVER, -1);
        ask(&b, big, x);
        CHECK_CALL(checker(&b, false));
        ASSERT_EQ(s->table_data + 2, s->check[0]);
        ASSERT_EQ(s->table_data + 7 + d, s->at[EV_PTW_RESP]);
        // SP, bit 0: filled while CMODE=1
        set_mbmc(&b, BMA, true);
        ask(&b, big + 512, x);
        ask(&b, big + 1024, x);
        set_mbmc(&b, BMA, false);
        // a jump by another page than the one that missed leaves the bit 0
        ASSERT_EQ(14 + L + d, ask(&b, big + 513, x));
        CHECK_CALL(checker(&b, true));
        ASSERT_EQ(s->at[EV_PTW_REQ] + 1, s->check[0]);
        ASSERT_EQ(s->at[EV_PTW_REQ] + 7 + L + d, s->at[EV_PTW_RESP]);
        ASSERT_EQ(13 + d, ask(&b, big + 514, x));
        CHECK_CALL(checker(&b, false));
        ASSERT_EQ(s->at[EV_PTW_REQ] + 6 + d, s->at[EV_PTW_RESP]);
        ASSERT_EQ(13 + d, ask(&b, big + 512, x));
        // SP, bit 1: 2025-05 only; 2026-03 tests each use
        ASSERT_EQ(b.d ? 14 : 3, ask(&b, big + 512, x));
        ASSERT_EQ(b.d, s->checks);
        rig_free(b.r);
    }
    PASS();
}

// G stage alone: HPTW leaf and its jump.
TEST g_stage(unsigned revision)
{
    enum { X = ONLY_STAGE2, G = 0x60000 };
    for (unsigned i = 0; i < LATENCIES; i++) {
        struct bench b = new_bench(revisions[revision], latencies[i], X);
        const struct seen *s = &b.seen;
        uint64_t L = b.L, d = b.d;
        for (unsigned k = 0; k < 24; k++)
            map(&b, X, G + k, 0, P + k);
        // three HPTW reads, 13 cycles and 3 for each; +1 for each non-leaf read, 7 + L for the check
        ASSERT_EQ(3 * (L + 2) + 13 + 2 + 7 + L + d, ask(&b, G, X));
        CHECK_CALL(checker(&b, true));
        ASSERT_EQ(s->table_data + 2, s->check[0]); // b = T+2
        ASSERT_EQ(s->table_data + 8 + L + d, s->at[EV_HPTW_RESP]);
        ASSERT_EQ(3, ask(&b, G, X)); // L0, bit 1
        ASSERT_EQ(18 + d, ask(&b, G + 1, X)); // L0, bit 0: PTW, HPTW look-up, HPTW jump
        CHECK_CALL(checker(&b, false));
        ASSERT_EQ(s->at[EV_HPTW_REQ] + 1, s->check[0]);
        ASSERT_EQ(s->at[EV_HPTW_REQ] + 6 + d, s->at[EV_HPTW_RESP]);
        ask(&b, G + 8, X); // another line: HPTW reads one PTE, word cached
        CHECK_CALL(checker(&b, false));
        ASSERT_EQ(s->table_data + 7 + d, s->at[EV_HPTW_RESP]);
        bclear(&b);
        ask(&b, G + 9, X); // jump, word not cached
        CHECK_CALL(checker(&b, true));
        ASSERT_EQ(s->at[EV_HPTW_REQ] + 7 + L + d, s->at[EV_HPTW_RESP]);
        rig_free(b.r);
    }
    PASS();
}

// The word itself is not readable (PMA): b+2; LLPTW T+4, PTW and HPTW T+5, jump t0+4.
TEST word_denied(unsigned revision, unsigned x)
{
    for (unsigned i = 0; i < LATENCIES; i++) {
        struct bench b = new_bench(revisions[revision], latencies[i], x);
        const struct seen *s = &b.seen;
        unsigned answer = x == ONLY_STAGE2 ? EV_HPTW_RESP : EV_RESP;
        unsigned late = x == ONLY_STAGE2; // b = T+2
        set_mbmc(&b, 0x10000000, false);
        for (unsigned k = 0; k < 2; k++)
            map(&b, x, V + k, 0, P + k);
        ask(&b, V, x);
        ASSERT_EQ(s->table_data + 1 + late, s->check[0]);
        ASSERT_EQ(s->check[0] + 2, s->answer[0]);
        ASSERT_EQ(s->table_data + 4 + late, s->at[answer]);
        ASSERT(s->denied && s->bitmap_read == NEVER_SEEN);
        ask(&b, V + 1, x); // L0, bit 0
        unsigned taken = x == ONLY_STAGE2 ? EV_HPTW_REQ : EV_LLPTW_IN;
        ASSERT_EQ(s->at[taken] + 1, s->check[0]);
        ASSERT_EQ(s->at[taken] + 4, s->at[answer]);
        rig_free(b.r);
    }
    PASS();
}

TEST superpage_word_denied(unsigned revision)
{
    for (unsigned i = 0; i < LATENCIES; i++) {
        struct bench b = new_bench(revisions[revision], latencies[i], NO_S2XLATE);
        const struct seen *s = &b.seen;
        set_mbmc(&b, 0x10000000, false);
        map(&b, NO_S2XLATE, V, 1, 0xa0000);
        ask(&b, V, NO_S2XLATE);
        ASSERT_EQ(s->table_data + 2, s->check[0]);
        ASSERT_EQ(s->check[0] + 2, s->answer[0]);
        ASSERT_EQ(s->table_data + 5, s->at[EV_PTW_RESP]);
        rig_free(b.r);
    }
    PASS();
}

// Two jumps of pages in one bitmap word, `apart` cycles apart: the second joins the read of the
// first when it is accepted before the word is there, else it hits the BitmapCache.
static enum greatest_test_res pair(struct bench *b, unsigned apart, unsigned seen[3])
{
    struct rig *r = b->r;
    const struct seen *s = &b->seen;
    b->seen = (struct seen){.checks = 0};
    unsigned first = rig_post(r, 1, V + 1, NO_S2XLATE), second;
    rig_run(r, apart);
    second = rig_post(r, 1, V + 2, NO_S2XLATE);
    rig_run(r, 60 + 2 * (unsigned)b->L);
    ASSERT_EQ(first + 1, second);
    ASSERT_EQ(2, s->checks);
    uint64_t end = s->first_data, b2 = s->check[1];
    ASSERT_EQ(s->check[0] + 4 + b->d + b->L, end);
    ASSERT_EQ(end + 1, s->answer[0]);
    ASSERT_EQ(end + 2, r->req[first].answered); // T'+2
    if (s->bitmap_data != end) { // the BitmapCache was asked before the word was in it
        ASSERT(b2 + 4 + b->d > end && b2 < end);
        ASSERT_EQ(b2 + 5 + b->d + b->L, s->answer[1]);
    } else if (b2 < end) { // joins: T'+1, and one more because answers leave one per cycle
        ASSERT_EQ(end + 2, s->answer[1]);
        ASSERT_EQ(end + 3, r->req[second].answered);
        seen[0]++;
    } else if (b2 == end) { // accepted in the return cycle: b+1, and one more as above
        ASSERT_EQ(b2 + 2, s->answer[1]);
        ASSERT_EQ(b2 + 3, r->req[second].answered);
        seen[1]++;
    } else { // too late: the cached word
        ASSERT_EQ(b2 + 4 + b->d, s->answer[1]);
        seen[2]++;
    }
    PASS();
}

TEST shared_reads(unsigned revision)
{
    for (unsigned i = 0; i < LATENCIES; i++) {
        unsigned seen[3] = {0};
        uint64_t L = latencies[i] + 1;
        for (unsigned apart = 1; apart < L + 12; apart += apart < L + 2 && L > 30 ? 7 : 1) {
            struct bench b = new_bench(revisions[revision], latencies[i], NO_S2XLATE);
            for (unsigned k = 0; k < 8; k++)
                map(&b, NO_S2XLATE, V + k, 0, P + k);
            set_mbmc(&b, BMA, true);
            ask(&b, V, NO_S2XLATE); // the line is cached, untested
            set_mbmc(&b, BMA, false);
            CHECK_CALL(pair(&b, apart, seen));
            rig_free(b.r);
        }
        ASSERT(seen[0] && seen[1] && seen[2]);
    }
    PASS();
}

static void run_kind(unsigned revision, unsigned x, const char *kind)
{
    char suffix[32];
    snprintf(suffix, sizeof suffix, "%s_%s", revisions[revision], kind);
    greatest_set_test_suffix(suffix);
    RUN_TESTp(one_stage_pages, revision, x);
    greatest_set_test_suffix(suffix);
    RUN_TESTp(switched_off, revision, x);
    greatest_set_test_suffix(suffix);
    RUN_TESTp(superpages, revision, x);
    greatest_set_test_suffix(suffix);
    RUN_TESTp(word_denied, revision, x);
}

SUITE(bitmap_latency_suite)
{
    for (volatile unsigned v = 0; v < 2; v++) {
        run_kind(v, NO_S2XLATE, "noS2");
        run_kind(v, ONLY_STAGE1, "vs");
        greatest_set_test_suffix(revisions[v]);
        RUN_TEST1(g_stage, v);
        greatest_set_test_suffix(revisions[v]);
        RUN_TESTp(word_denied, v, ONLY_STAGE2);
        greatest_set_test_suffix(revisions[v]);
        RUN_TEST1(superpage_word_denied, v);
        greatest_set_test_suffix(revisions[v]);
        RUN_TEST1(shared_reads, v);
    }
}
