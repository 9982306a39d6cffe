// SPDX-License-Identifier: MulanPSL-2.0
// Stale answers: legal until the fence that covers them, wrong behind it; and what is not judged, and why.
#include "check/leak.h"
#include "tests/harness.h"
#include "tests/unit/scene.h"

enum { RW = PERM_R | PERM_W | PERM_U | PERM_A | PERM_D, PTE_RW = PTE_V | RW << 1 };

struct stale {
    struct scene s;
    struct oracle_track *track;
    struct oracle_report report;
    enum oracle_reason why;
    struct ptw_resp old;
};

static bool open_stale(struct stale *x, bool asked)
{
    if (!scene_open(&x->s))
        return false;
    x->track = oracle_track_new(&x->s.csr);
    x->old = scene_answer();
    phys_watch(x->s.mem, oracle_track_watch, x->track);
    if (asked)
        oracle_track_request(x->track, ALL_STAGE);
    return x->track != NULL;
}

static void close_stale(struct stale *x)
{
    oracle_track_free(x->track);
    phys_free(x->s.mem);
}

static enum oracle_verdict judge_at(struct stale *x, const struct ptw_resp *r, struct oracle_span when)
{
    return oracle_judge(&x->s.env, x->track, SCENE_PAGE, r, when, &x->report, &x->why);
}

static enum oracle_verdict judge(struct stale *x, const struct ptw_resp *r)
{
    return judge_at(x, r, (struct oracle_span){1000, 1010});
}

// Address of the entry for the page in the guest's table, of the guest page in the second stage's.
static uint64_t vs_entry(const struct scene *s, unsigned level)
{
    uint64_t table = s->csr.vsatp.ppn;
    for (unsigned l = 2;; l--) {
        uint64_t at = table << 12 | bits(SCENE_PAGE, 9 * l + 8, 9 * l) << 3;
        if (l == level)
            return at;
        table = pte_ppn(phys_read(s->mem, at));
    }
}

static uint64_t g_entry(const struct scene *s, uint64_t gvpn)
{
    uint64_t table = s->csr.hgatp.ppn;
    for (unsigned l = 2; l; l--)
        table = pte_ppn(phys_read(s->mem, (table << 12) + (l == 2 ? gvpn >> 18 : bits(gvpn, 17, 9)) * 8));
    return table << 12 | bits(gvpn, 8, 0) << 3;
}

// Guest page 80000, which the second stage maps 1:1 by a leaf of 1 GiB.
static struct ptw_resp other_answer(void)
{
    struct ptw_resp r = scene_answer();
    r.s1.ppn = 0x80000 >> 3;
    r.s2.tag = r.s2.ppn = 0x80000;
    r.s2.level = 2;
    r.s2.perm = RW;
    return r;
}

enum what { VS_LEAF, VS_GUEST, VS_GLOBAL, VS_POINTER, VS_LINKED, G_LEAF };

// Makes the change; `now` becomes the answer by the new tables, x->old was that by the old ones.
static void change(struct stale *x, enum what what, struct ptw_resp *now)
{
    struct phys *m = x->s.mem;
    uint64_t leaf = vs_entry(&x->s, 0), table = UINT64_C(0x80300000);
    *now = other_answer();
    switch (what) {
    case VS_GLOBAL:
        phys_watch(m, NULL, NULL);
        phys_write(m, leaf, phys_read(m, leaf) | PTE_G);
        phys_watch(m, oracle_track_watch, x->track);
        x->old.s1.perm |= PERM_G;
        now->s1.perm |= PERM_G;
        phys_write(m, leaf, UINT64_C(0x80000) << 10 | PTE_RW | PTE_G);
        break;
    case VS_POINTER: // another table, which has been there all the time
        phys_write(m, table | bits(SCENE_PAGE, 8, 0) << 3, UINT64_C(0x80000) << 10 | PTE_RW);
        phys_write(m, vs_entry(&x->s, 1), table >> 2 | PTE_V);
        break;
    case VS_LINKED: // there was none
        phys_write(m, vs_entry(&x->s, 1), 0);
        *now = x->old;
        now->s1 = (struct sector_resp){.tag = x->old.s1.tag, .asid = 7, .vmid = 3, .addr_low = 5,
                                       .valididx = 0x20, .pteidx = 0x20, .pf = 1, .level = 1};
        break;
    case G_LEAF:
        *now = x->old;
        now->s2.ppn = 0x90900;
        phys_write(m, g_entry(&x->s, 0x800), (phys_read(m, g_entry(&x->s, 0x800)) & 0x3ff) |
                                                 UINT64_C(0x90900) << 10);
        break;
    default:
        x->s.csr.virt = what == VS_GUEST;
        oracle_track_csr(x->track, &x->s.csr, 10);
        phys_write(m, leaf, UINT64_C(0x80000) << 10 | PTE_RW);
        break;
    }
}

#define VA .addr = SCENE_PAGE << 12
#define GPA .addr = 0x800000 >> 2
static const struct {
    enum what what;
    enum oracle_verdict old;
    struct sfence fence;
} rows[] = {
    {VS_LEAF, ORACLE_STALE, {.valid = false}},
    {VS_LEAF, ORACLE_WRONG, {.hv = true, VA, .id = 7}},
    {VS_LEAF, ORACLE_STALE, {.hv = true, .addr = 0x12344000, .id = 7}},
    {VS_LEAF, ORACLE_STALE, {.hv = true, VA, .id = 8}},
    {VS_LEAF, ORACLE_WRONG, {.hv = true, VA, .rs2 = true}},
    {VS_LEAF, ORACLE_WRONG, {.hv = true, .rs1 = true, .id = 7}},
    {VS_LEAF, ORACLE_STALE, {.hv = true, .rs1 = true, .id = 8}},
    {VS_LEAF, ORACLE_WRONG, {.hv = true, .rs1 = true, .rs2 = true}},
    {VS_LEAF, ORACLE_STALE, {.hg = true, .rs1 = true, .rs2 = true}},
    {VS_LEAF, ORACLE_STALE, {.rs1 = true, .rs2 = true}}, // V = 0: of the host
    {VS_GUEST, ORACLE_WRONG, {.rs1 = true, .rs2 = true}}, // V = 1
    {VS_GLOBAL, ORACLE_STALE, {.hv = true, VA, .id = 7}},
    {VS_GLOBAL, ORACLE_STALE, {.hv = true, .rs1 = true, .id = 7}},
    {VS_GLOBAL, ORACLE_WRONG, {.hv = true, VA, .rs2 = true}},
    {VS_GLOBAL, ORACLE_WRONG, {.hv = true, .rs1 = true, .rs2 = true}},
    {VS_POINTER, ORACLE_STALE, {.valid = false}},
    {VS_POINTER, ORACLE_STALE, {.hv = true, VA, .rs2 = true}},
    {VS_POINTER, ORACLE_WRONG, {.hv = true, .rs1 = true, .id = 7}},
    {VS_LINKED, ORACLE_STALE, {.hv = true, VA, .rs2 = true}},
    {VS_LINKED, ORACLE_WRONG, {.hv = true, .rs1 = true, .rs2 = true}},
    {G_LEAF, ORACLE_STALE, {.valid = false}},
    {G_LEAF, ORACLE_WRONG, {.hg = true, GPA, .id = 3}},
    {G_LEAF, ORACLE_WRONG, {.hg = true, GPA, .rs2 = true}},
    {G_LEAF, ORACLE_WRONG, {.hg = true, .rs1 = true, .id = 0x4003}}, // 14 bits count (E6)
    {G_LEAF, ORACLE_STALE, {.hg = true, .addr = 0x801000 >> 2, .id = 3}},
    {G_LEAF, ORACLE_STALE, {.hg = true, GPA, .id = 4}},
    {G_LEAF, ORACLE_STALE, {.hv = true, .rs1 = true, .rs2 = true}},
};

static bool fence(struct stale *x, struct sfence f)
{
    bool is = f.hv || f.hg || f.rs1;
    f.valid = is;
    if (is)
        oracle_track_fence(x->track, &f);
    return is;
}

TEST a_stale_answer_is_legal_until_its_fence(unsigned row)
{
    struct stale x;
    struct ptw_resp now;
    ASSERT(open_stale(&x, true));
    ASSERT_EQ(ORACLE_RIGHT, judge(&x, &x.old));
    change(&x, rows[row].what, &now);
    ASSERT_EQ(ORACLE_STALE, judge(&x, &x.old));
    ASSERT_EQ(ORACLE_RIGHT, judge(&x, &now));
    fence(&x, rows[row].fence);
    ASSERT_EQ(rows[row].old, judge(&x, &x.old));
    ASSERT_EQ(ORACLE_RIGHT, judge(&x, &now));
    // The answer of no version, and a fault that no entry ever meant.
    now.s1.level ^= 3;
    ASSERT_EQ(ORACLE_WRONG, judge(&x, &now));
    ASSERT_GT(x.report.count, 0);
    x.old.s1.pbmt = 1;
    ASSERT_EQ(ORACLE_WRONG, judge(&x, &x.old));
    close_stale(&x);
    PASS();
}

TEST before_the_first_request_nothing_is_cached(void)
{
    struct stale x;
    struct ptw_resp now;
    ASSERT(open_stale(&x, false));
    change(&x, VS_LEAF, &now);
    ASSERT_EQ(ORACLE_WRONG, judge(&x, &x.old));
    ASSERT_EQ(ORACLE_RIGHT, judge(&x, &now));
    close_stale(&x);
    PASS();
}

// Old value of one stage with the new one of the other; and every value in between.
TEST mixtures_of_old_and_new(void)
{
    struct stale x;
    struct ptw_resp vs, g, r;
    ASSERT(open_stale(&x, true));
    for (uint64_t i = 1; i < 4; i++)
        phys_write(x.s.mem, vs_entry(&x.s, 0), (0x80000 + i) << 10 | PTE_RW);
    change(&x, VS_LEAF, &vs);
    change(&x, G_LEAF, &g);
    g.s1 = scene_answer().s1; // old entry of the guest, new one of the hypervisor
    ASSERT_EQ(ORACLE_STALE, judge(&x, &g));
    r = vs;
    r.s2.ppn = r.s2.tag = 0x80002;
    r.s2.ppn = 0x80000; // of a leaf of 1 GiB
    r.s1.ppn_low[5] = 2;
    ASSERT_EQ(ORACLE_STALE, judge(&x, &r));
    r.s1.ppn_low[5] = 4;
    r.s2.tag = 0x80004; // this was never there
    ASSERT_EQ(ORACLE_WRONG, judge(&x, &r));
    fence(&x, (struct sfence){.hg = true, .rs1 = true, .rs2 = true});
    ASSERT_EQ(ORACLE_STALE, judge(&x, &g));
    ASSERT_EQ(ORACLE_WRONG, judge(&x, &x.old)); // old entries of both
    close_stale(&x);
    PASS();
}

// Tables of the guest move in the host. What was read in the old place lives until the guest is fenced, and
// each table was found at a time of its own.
TEST tables_of_the_guest_are_found_as_long_as_their_entries_live(void)
{
    struct stale x;
    struct ptw_resp now, mixed;
    ASSERT(open_stale(&x, true));
    uint64_t root = (x.s.csr.hgatp.ppn << 12) + (0x80000 >> 18) * 8, there = 0xc0000000;
    change(&x, VS_LEAF, &now);
    // 1 GiB of guest memory at another place: no tables, but an entry where the last one would be.
    phys_write(x.s.mem, vs_entry(&x.s, 0) - 0x80000000 + there, UINT64_C(0x80002) << 10 | PTE_RW);
    phys_write(x.s.mem, root, (there >> 2) | PTE_RW);
    now.s2.ppn = 0xc0000;
    mixed = now;
    mixed.s1.ppn_low[5] = 2;
    mixed.s2.tag = 0x80002;
    ASSERT_EQ(ORACLE_STALE, judge(&x, &now));
    ASSERT_EQ(ORACLE_STALE, judge(&x, &mixed));
    fence(&x, (struct sfence){.hv = true, .rs1 = true, .rs2 = true}); // they may be found there again
    ASSERT_EQ(ORACLE_STALE, judge(&x, &now));
    fence(&x, (struct sfence){.hg = true, .rs1 = true, .rs2 = true});
    ASSERT_EQ(ORACLE_STALE, judge(&x, &now));
    ASSERT_EQ(ORACLE_STALE, judge(&x, &mixed));
    fence(&x, (struct sfence){.hv = true, .rs1 = true, .rs2 = true});
    ASSERT_EQ(ORACLE_WRONG, judge(&x, &now));
    ASSERT_EQ(ORACLE_WRONG, judge(&x, &mixed));
    close_stale(&x);
    PASS();
}

static void set_csr(struct stale *x, uint64_t cycle)
{
    oracle_track_csr(x->track, &x->s.csr, cycle);
}

TEST a_root_is_no_fence(void)
{
    struct stale x;
    struct ptw_resp fault;
    ASSERT(open_stale(&x, true));
    fault = x.old;
    fault.s1 = (struct sector_resp){.tag = x.old.s1.tag, .asid = 7, .vmid = 3, .addr_low = 5,
                                    .valididx = 0x20, .pteidx = 0x20, .pf = 1, .level = 2};
    x.s.csr.vsatp.ppn = 0x80300; // an empty table
    set_csr(&x, 500);
    ASSERT_EQ(ORACLE_STALE, judge(&x, &x.old));
    ASSERT_EQ(ORACLE_RIGHT, judge(&x, &fault));
    x.s.csr.vsatp.id = 8; // the new ASID has had this root only
    set_csr(&x, 600);
    x.old.s1.asid = fault.s1.asid = 8;
    ASSERT_EQ(ORACLE_WRONG, judge(&x, &x.old));
    ASSERT_EQ(ORACLE_RIGHT, judge(&x, &fault));
    x.s.csr.vsatp.id = 7;
    set_csr(&x, 700);
    fence(&x, (struct sfence){.hv = true, VA, .rs2 = true});
    x.old.s1.asid = fault.s1.asid = 7;
    ASSERT_EQ(ORACLE_STALE, judge(&x, &x.old));
    fence(&x, (struct sfence){.hv = true, .rs1 = true, .id = 7});
    ASSERT_EQ(ORACLE_WRONG, judge(&x, &x.old));
    close_stale(&x);
    PASS();
}

// What was there before an id was the current one for the first time is not cached under it.
TEST a_new_id_has_nothing_cached(void)
{
    struct stale x;
    struct ptw_resp now, g;
    ASSERT(open_stale(&x, true));
    change(&x, VS_LEAF, &now);
    x.s.csr.vsatp.id = 9;
    set_csr(&x, 500);
    x.old.s1.asid = now.s1.asid = 9;
    ASSERT_EQ(ORACLE_WRONG, judge(&x, &x.old));
    ASSERT_EQ(ORACLE_RIGHT, judge(&x, &now));
    x.s.csr.vsatp.id = 7;
    set_csr(&x, 600);
    x.old.s1.asid = now.s1.asid = 7;
    ASSERT_EQ(ORACLE_STALE, judge(&x, &x.old));
    change(&x, G_LEAF, &g);
    x.s.csr.hgatp.id = 4;
    set_csr(&x, 700);
    x.old.s1.vmid = x.old.s2.vmid = now.s1.vmid = now.s2.vmid = 4;
    ASSERT_EQ(ORACLE_WRONG, judge(&x, &x.old));
    ASSERT_EQ(ORACLE_RIGHT, judge(&x, &now));
    x.s.csr.hgatp.id = 3;
    set_csr(&x, 800);
    x.old.s1.vmid = x.old.s2.vmid = 3;
    ASSERT_EQ(ORACLE_STALE, judge(&x, &x.old));
    close_stale(&x);
    ASSERT(open_stale(&x, true)); // nor global pages, under a new VMID
    change(&x, VS_GLOBAL, &now);
    x.s.csr.hgatp.id = x.old.s1.vmid = x.old.s2.vmid = 4;
    set_csr(&x, 500);
    ASSERT_EQ(ORACLE_WRONG, judge(&x, &x.old));
    close_stale(&x);
    PASS();
}

// Another VMID's fences end nothing, and fences of this one are not of that one.
TEST fences_of_a_guest_are_its_own(void)
{
    struct stale x;
    struct ptw_resp now;
    ASSERT(open_stale(&x, true));
    change(&x, VS_LEAF, &now);
    x.s.csr.hgatp.id = 4;
    set_csr(&x, 500);
    fence(&x, (struct sfence){.hv = true, .rs1 = true, .rs2 = true});
    x.s.csr.hgatp.id = 3;
    set_csr(&x, 600);
    ASSERT_EQ(ORACLE_STALE, judge(&x, &x.old));
    close_stale(&x);
    PASS();
}

// The machine shares global pages between ASIDs (rule global_ignores_asid): any that may be cached is right.
TEST global_pages_of_other_address_spaces(bool shared)
{
    struct stale x;
    struct ptw_resp now;
    ASSERT(open_stale(&x, true));
    x.s.cfg.rule.global_ignores_asid = shared;
    change(&x, VS_GLOBAL, &now);
    fence(&x, (struct sfence){.hv = true, .rs1 = true, .rs2 = true});
    x.s.csr.vsatp = (struct atp){.mode = MODE_SV39, .id = 9, .ppn = 0x80300};
    set_csr(&x, 500);
    now.s1.asid = x.old.s1.asid = 9;
    ASSERT_EQ(shared ? ORACLE_STALE : ORACLE_WRONG, judge(&x, &now));
    ASSERT_EQ(ORACLE_WRONG, judge(&x, &x.old));
    fence(&x, (struct sfence){.hv = true, .rs1 = true, .id = 7}); // not global ones
    ASSERT_EQ(shared ? ORACLE_STALE : ORACLE_WRONG, judge(&x, &now));
    fence(&x, (struct sfence){.hv = true, .rs1 = true, .rs2 = true});
    ASSERT_EQ(ORACLE_WRONG, judge(&x, &now));
    close_stale(&x);
    ASSERT(open_stale(&x, true)); // one that is not global
    x.s.cfg.rule.global_ignores_asid = shared;
    x.s.csr.vsatp = (struct atp){.mode = MODE_SV39, .id = 9, .ppn = 0x80300};
    set_csr(&x, 500);
    x.old.s1.asid = 9;
    ASSERT_EQ(ORACLE_WRONG, judge(&x, &x.old));
    close_stale(&x);
    PASS();
}

// PBMTE and MXR change what entries mean.
TEST switches_are_values_too(void)
{
    struct stale x;
    ASSERT(open_stale(&x, true));
    uint64_t leaf = vs_entry(&x.s, 0);
    x.s.csr.h_pbmte = true;
    set_csr(&x, 400);
    phys_write(x.s.mem, leaf, phys_read(x.s.mem, leaf) | UINT64_C(1) << 61);
    fence(&x, (struct sfence){.hv = true, .rs1 = true, .rs2 = true});
    x.old.s1.pbmt = 1;
    ASSERT_EQ(ORACLE_RIGHT, judge(&x, &x.old));
    x.s.csr.h_pbmte = false;
    set_csr(&x, 500);
    ASSERT_EQ(ORACLE_STALE, judge(&x, &x.old));
    fence(&x, (struct sfence){.hv = true, VA, .rs2 = true});
    ASSERT_EQ(ORACLE_STALE, judge(&x, &x.old));
    fence(&x, (struct sfence){.hv = true, .rs1 = true, .rs2 = true});
    ASSERT_EQ(ORACLE_WRONG, judge(&x, &x.old));
    close_stale(&x);
    PASS();
}

// --- not judged ---------------------------------------------------------------------------------

#define OPEN(reason)                                                                               \
    do {                                                                                           \
        ASSERT_EQ(ORACLE_OPEN, judge(&x, &x.old));                                                 \
        ASSERT_EQ(reason, x.why);                                                                  \
    } while (0)
#define FENCE_ALL()                                                                                \
    do {                                                                                           \
        fence(&x, (struct sfence){.hg = true, .rs1 = true, .rs2 = true});                          \
        fence(&x, (struct sfence){.hv = true, .rs1 = true, .rs2 = true});                          \
    } while (0)

TEST reasons_of_registers(void)
{
    struct stale x;
    ASSERT(open_stale(&x, true));
    oracle_track_pmp(x.track);
    OPEN(ORACLE_PMP);
    fence(&x, (struct sfence){.hv = true, .rs1 = true, .rs2 = true});
    OPEN(ORACLE_PMP); // the second stage is checked, too
    FENCE_ALL();
    ASSERT_EQ(ORACLE_RIGHT, judge(&x, &x.old));
    x.s.csr.mbmc.cmode = true;
    set_csr(&x, 100);
    OPEN(ORACLE_BITMAP);
    FENCE_ALL();
    ASSERT_EQ(ORACLE_RIGHT, judge(&x, &x.old));
    ASSERT_EQ(ORACLE_OPEN, judge_at(&x, &x.old, (struct oracle_span){90, 100}));
    ASSERT_EQ(ORACLE_REGISTERS, x.why);
    ASSERT_EQ(ORACLE_RIGHT, judge_at(&x, &x.old, (struct oracle_span){90, 101}));
    x.s.csr.vsatp.mode = MODE_SV48; // no answer of which is tried here
    set_csr(&x, 200);
    ASSERT_EQ(ORACLE_OPEN, judge_at(&x, &x.old, (struct oracle_span){190, 250}));
    ASSERT_EQ(ORACLE_REGISTERS, x.why);
    OPEN(ORACLE_MODE);
    x.s.csr.vsatp.mode = MODE_SV39;
    set_csr(&x, 300);
    OPEN(ORACLE_MODE);
    FENCE_ALL();
    ASSERT_EQ(ORACLE_RIGHT, judge(&x, &x.old));
    oracle_track_request(x.track, ONLY_STAGE1);
    OPEN(ORACLE_MIXED);
    FENCE_ALL();
    ASSERT_EQ(ORACLE_RIGHT, judge(&x, &x.old));
    close_stale(&x);
    PASS();
}

// More values than are kept; an answer that one of those explains is right all the same.
TEST too_many_values(void)
{
    struct stale x;
    ASSERT(open_stale(&x, true));
    uint64_t leaf = vs_entry(&x.s, 0), now = phys_read(x.s.mem, leaf);
    for (uint64_t i = 0; i <= PAST_DEPTH; i++)
        phys_write(x.s.mem, leaf, (0x80000 + i) << 10 | PTE_RW);
    OPEN(ORACLE_VERSIONS); // the oldest one was dropped
    phys_write(x.s.mem, leaf, now);
    ASSERT_EQ(ORACLE_RIGHT, judge(&x, &x.old));
    FENCE_ALL();
    x.old.s2.ppn ^= 1;
    ASSERT_EQ(ORACLE_WRONG, judge(&x, &x.old));
    close_stale(&x);
    PASS();
}

TEST too_many_mixtures(void)
{
    struct stale x;
    ASSERT(open_stale(&x, true));
    // Five places of the guest's memory, for each of three tables and for the page: 625 times 31 entries.
    uint64_t leaf = vs_entry(&x.s, 0), root = (x.s.csr.hgatp.ppn << 12) + (0x80000 >> 18) * 8;
    uint64_t old = phys_read(x.s.mem, root), giga = UINT64_C(1) << 30;
    for (uint64_t i = 1; i < 5; i++)
        for (unsigned l = 0; l < 3; l++)
            phys_write(x.s.mem, vs_entry(&x.s, l) + i * giga, phys_read(x.s.mem, vs_entry(&x.s, l)));
    for (uint64_t i = 1; i < 5; i++)
        phys_write(x.s.mem, root, old + (i * giga >> 2));
    phys_write(x.s.mem, root, old);
    for (uint64_t i = 0; i + 1 < PAST_DEPTH; i++)
        phys_write(x.s.mem, leaf, (0x80000 + i) << 10 | PTE_RW);
    for (uint64_t i = 1; i < 5; i++)
        phys_write(x.s.mem, leaf + i * giga, phys_read(x.s.mem, leaf));
    x.old.s2.ppn ^= 1;
    OPEN(ORACLE_VERSIONS);
    FENCE_ALL();
    ASSERT_EQ(ORACLE_WRONG, judge(&x, &x.old));
    close_stale(&x);
    PASS();
}

TEST too_many_words(void)
{
    struct stale x;
    ASSERT(open_stale(&x, true));
    for (uint64_t i = 0; i < PAST_VALUES + 1; i++)
        oracle_track_write(x.track, 0x100000000 + 8 * i, 1, 2);
    OPEN(ORACLE_FORGOTTEN);
    FENCE_ALL();
    ASSERT_EQ(ORACLE_RIGHT, judge(&x, &x.old));
    close_stale(&x);
    PASS();
}

// --- the bitmap ---------------------------------------------------------------------------------

static unsigned leaks(struct stale *x)
{
    struct leak_counts n = {0};
    leak_check_answer(&x->s.env, x->track, SCENE_PAGE, &x->old, (struct oracle_span){1000, 1010}, &n,
                      NULL, NULL);
    return (unsigned)(n.answers == 1 ? n.found[LEAK_REQUESTED] : 9);
}

// A store to a page table or to another word does not keep the leak oracle from judging; one to the word
// of the page makes both right, until BCLEAR and a fence have come.
TEST a_leak_is_one_by_every_value(void)
{
    struct stale x;
    struct ptw_resp now;
    char msg[128];
    uint64_t word = 0x100000000 + 0x90800 / 64 * 8;
    ASSERT(open_stale(&x, false));
    ASSERT(cfg_preset(&x.s.cfg, "minimal-bitmap"));
    ASSERT(!cfg_finish(&x.s.cfg, msg, sizeof msg));
    x.s.csr.mbmc = (struct mbmc){.bme = true, .bma = 0x100000000 >> 6};
    set_csr(&x, 100);
    oracle_track_request(x.track, ALL_STAGE);
    ASSERT_EQ(0, leaks(&x));
    change(&x, VS_LEAF, &now);
    phys_write(x.s.mem, word + 8, 1);
    phys_write(x.s.mem, word, 1);
    ASSERT_EQ(0, leaks(&x));
    ASSERT_EQ(ORACLE_STALE, judge(&x, &x.old));
    FENCE_ALL();
    ASSERT_EQ(0, leaks(&x));
    x.s.csr.mbmc.bclear = true;
    set_csr(&x, 200);
    ASSERT_EQ(1, leaks(&x));
    phys_write(x.s.mem, word, 0);
    ASSERT_EQ(0, leaks(&x));
    set_csr(&x, 300); // BCLEAR without a fence
    phys_write(x.s.mem, word, 1);
    set_csr(&x, 400);
    ASSERT_EQ(0, leaks(&x));
    FENCE_ALL();
    ASSERT_EQ(1, leaks(&x));
    close_stale(&x);
    PASS();
}

SUITE(track_suite)
{
    for (volatile unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[8];
        snprintf(name, sizeof name, "%u", i);
        greatest_set_test_suffix(name);
        RUN_TEST1(a_stale_answer_is_legal_until_its_fence, i);
    }
    RUN_TEST(before_the_first_request_nothing_is_cached);
    RUN_TEST(mixtures_of_old_and_new);
    RUN_TEST(tables_of_the_guest_are_found_as_long_as_their_entries_live);
    RUN_TEST(a_root_is_no_fence);
    RUN_TEST(a_new_id_has_nothing_cached);
    RUN_TEST(fences_of_a_guest_are_its_own);
    RUN_TEST1(global_pages_of_other_address_spaces, false);
    RUN_TEST1(global_pages_of_other_address_spaces, true);
    RUN_TEST(switches_are_values_too);
    RUN_TEST(reasons_of_registers);
    RUN_TEST(too_many_values);
    RUN_TEST(too_many_mixtures);
    RUN_TEST(too_many_words);
    RUN_TEST(a_leak_is_one_by_every_value);
}
