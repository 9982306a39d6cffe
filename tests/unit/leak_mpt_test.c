// SPDX-License-Identifier: MulanPSL-2.0
// The MPT's leak oracle and lookup on what the real RTL answered (docs/recordings.md): silent where one
// check is under way at a time, and it must see the defects that the recordings show.
#include "arch/bits.h"
#include "check/leak_mpt.h"
#include "tests/harness.h"
#include "tests/unit/recording.h"

#include <string.h>

static uint64_t read_word(void *ctx, uint64_t addr) { return phys_read(ctx, addr); }

struct tally {
    struct mpt_leak_counts leak;
    uint64_t right, wrong;       // by the oracle
    struct oracle_report report; // of the first wrong answer
};

static void judge(struct recording *r, const struct recorded_answer *a, void *ctx)
{
    struct tally *t = ctx;
    struct oracle_env env = {&r->cfg, &r->csr, &r->pmp, read_word, r->mem};
    const struct oracle_span when = {a->accepted, a->cycle};
    struct oracle_report rep;
    enum oracle_reason why;
    leak_mpt_answer(&env, r->track, a->vpn, &a->resp, when, &t->leak, NULL, NULL);
    if (a->resp.mpt.mpt_only)
        return; // no translation: the oracle of page tables has nothing to say
    enum oracle_verdict v = oracle_judge(&env, r->track, a->vpn, &a->resp, when, &rep, &why);
    t->right += v == ORACLE_RIGHT || v == ORACLE_STALE;
    if (v == ORACLE_WRONG && !t->wrong++)
        t->report = rep;
}

static bool run(const char *name, struct tally *t)
{
    char stim[512], gold[512];
    *t = (struct tally){0};
    for (unsigned k = 0; k < 2; k++) {
        const char *dir = k ? "tests" : shared_dir(), *sub = k ? "" : "/public";
        snprintf(stim, sizeof stim, "%s/golden/mpt%s/%s.stim.gz", dir, sub, name);
        snprintf(gold, sizeof gold, "%s/golden/mpt%s/%s.gold.gz", dir, sub, name);
        FILE *f = fopen(stim, "rb");
        if (!f)
            continue;
        fclose(f);
        return recording_run(stim, gold, "mpt", NULL, judge, t) == NULL;
    }
    return false;
}

// --- on recordings --------------------------------------------------------------------------------

// One check at a time, and memory, mmpt and protection as at the start: every answer is that of the table.
static const char *const silent[] = {
    "only_52_l5", "only_43_l20", "sp_52_l5",     "perm4k_43",    "contig_52",   "bad_l0_52",  "bad_l3_52",
    "hole_43",    "hi_52",       "path_all_l20", "path_g_l5",    "path_vs_l20", "tab_no_sv39", "tab_g_sv39",
    "tab_all_sv48", "order_all", "data_all",     "mfence_01_noid", "rnd000",    "rnd006",     "rnd054"};

TEST silent_where_right(const char *name)
{
    struct tally t;
    if (!run(name, &t))
        SKIP();
    ASSERT_GT(t.leak.answers + t.right, 0);
    ASSERT_EQ(0, leak_mpt_total(&t.leak) + leak_mpt_needless(&t.leak));
    ASSERT_EQ(0, t.wrong);
    PASS();
}

static const struct seen_row {
    const char *name;
    enum mpt_rule rule;
} seen_rows[] = {
    {"two64k_43", MPT_GIVES},          {"two64k_52", MPT_GIVES},     {"burst8_far_43", MPT_GIVES}, // T1
    {"steal_no", MPT_GIVES},           {"hi_43", MPT_GIVES},         {"pmp_root_52", MPT_GIVES}, // T26, T21, T15
    {"sweep_sfence_only", MPT_GIVES},  {"sweep_satp_only", MPT_GIVES}, // T6, T7
    {"mix_only_same_free", MPT_GIVES}, {"skip_no", MPT_WITHHOLDS}, // T12, T13
};

TEST seen(const struct seen_row *row)
{
    struct tally t;
    if (!run(row->name, &t))
        SKIP();
    ASSERT_GT(t.leak.found[row->rule], 0);
    PASS();
}

// What goes wrong in a table access shows in the translation.
static const struct wrong_row {
    const char *name, *what;
} wrong_rows[] = {{"optout_all", "s2.gaf"}, {"stale_satp_allow", "s1.af"}, {"dupline_all", "s1.pf"},
                  {"steal_no", "mpt.right"}, {"skip_no", "mpt.level"}};

TEST wrong(const struct wrong_row *row)
{
    struct tally t;
    if (!run(row->name, &t))
        SKIP();
    ASSERT_GT(t.wrong, 0);
    ASSERT_STR_EQ(row->what, t.report.item[0].what);
    PASS();
}

// --- rule by rule -----------------------------------------------------------------------------------

#define ROOT UINT64_C(0x90000000)
enum { PAGE = 0x80123 };

// Pages 0x80120 to 0x8012f: rwx but 0x80125, which may be read; 0x80130 to 0x8013f: nothing.
struct bench {
    struct phys *mem;
    struct l2tlb_cfg cfg;
    struct tlb_csr csr;
    struct pmp pmp;
    struct oracle_env env;
    struct oracle_track *track;
    struct mpt_leak_counts n;
    struct mpt_finding last;
};

static void note(const struct mpt_finding *f, void *ctx) { ((struct bench *)ctx)->last = *f; }

static void open_bench(struct bench *b)
{
    char msg[128];
    *b = (struct bench){.mem = phys_new(), .csr = {.mmpt = {.ppn = ROOT >> 12, .mode = 1}}};
    cfg_preset(&b->cfg, "mpt");
    cfg_finish(&b->cfg, msg, sizeof msg);
    pmp_reset(&b->pmp, &b->cfg);
    pmp_write(&b->pmp, 0x3b0, mask64(46));
    pmp_write(&b->pmp, 0x3a0, 0x1f);
    b->env = (struct oracle_env){&b->cfg, &b->csr, &b->pmp, read_word, b->mem};
    b->track = oracle_track_new(&b->csr);
    oracle_track_request(b->track, NO_S2XLATE);
    phys_write(b->mem, ROOT, (ROOT + 0x1000) >> 12 << 10 | 1); // 16 GiB each
    phys_write(b->mem, ROOT + 0x1000 + 8 * 0x40, (ROOT + 0x2000) >> 12 << 10 | 1);
    phys_write(b->mem, ROOT + 0x2000 + 8 * 0x12, (mask64(48) ^ UINT64_C(6) << 15) << 10 | 3);
}

static void close_bench(struct bench *b)
{
    oracle_track_free(b->track);
    phys_free(b->mem);
}

static struct ptw_resp answer(uint64_t page, unsigned right)
{
    return (struct ptw_resp){
        .s1 = {.tag = 0x40000 >> 3, .ppn = page >> 3, .v = 1, .ppn_low = {page & 7}},
        .mpt = {.right = (uint8_t)right},
    };
}

static void ask(struct bench *b, const struct ptw_resp *r)
{
    const struct oracle_span when = {50, 60};
    memset(&b->n, 0, sizeof b->n);
    leak_mpt_answer(&b->env, b->track, 0x40000, r, when, &b->n, note, b);
}

TEST rules(void)
{
    struct bench b;
    open_bench(&b);
    struct ptw_resp r = answer(PAGE, 7);
    ask(&b, &r);
    ASSERT_EQ(1, b.n.answers);
    ASSERT_EQ(0, leak_mpt_total(&b.n) + leak_mpt_needless(&b.n));
    r = answer(PAGE, 3);
    ask(&b, &r);
    ASSERT_EQ(1, b.n.found[MPT_WITHHOLDS]);
    r = answer(0x80125, 7);
    ask(&b, &r);
    ASSERT_EQ(1, b.n.found[MPT_GIVES]);
    ASSERT(b.last.page == 0x80125 && b.last.given == 7 && b.last.due == 1 && b.last.vpn == 0x40000);
    r = answer(0x80130, 1); // no entry
    ask(&b, &r);
    ASSERT_EQ(1, b.n.found[MPT_GIVES]);
    r.mpt.right = 0;
    ask(&b, &r);
    ASSERT(!leak_mpt_total(&b.n) && b.n.refused == 1);
    r.mpt.right = 7; // shown beside a fault, it is no right
    r.mpt.access_fault = true;
    ask(&b, &r);
    ASSERT_EQ(0, leak_mpt_total(&b.n));
    // A page without translation, and one whose answer is a fault.
    r = answer(0x80125, 7);
    r.s1.pf = 1;
    ask(&b, &r);
    ASSERT_EQ(0, b.n.answers);
    close_bench(&b);
    PASS();
}

TEST pages_around(void)
{
    struct bench b;
    open_bench(&b);
    struct ptw_resp r = answer(0x80128, 7);
    r.mpt.contiguous = true; // 0x80128 to 0x8012f
    ask(&b, &r);
    ASSERT_EQ(0, leak_mpt_total(&b.n));
    r.mpt.napot = true; // and 0x80125
    ask(&b, &r);
    ASSERT_EQ(1, b.n.found[MPT_AROUND]);
    ASSERT_EQ(0x80125, b.last.page);
    r = answer(PAGE, 7);
    r.mpt.contiguous = true;
    ask(&b, &r);
    ASSERT_EQ(1, b.n.found[MPT_AROUND]);
    r.mpt.level = 1; // one right for 2 MiB: nothing is claimed around it
    ask(&b, &r);
    ASSERT_EQ(0, leak_mpt_total(&b.n));
    close_bench(&b);
    PASS();
}

TEST lines(void)
{
    struct bench b;
    open_bench(&b);
    leak_mpt_line(&b.env, b.track, 0x80125040, &b.n, note, &b);
    ASSERT_EQ(0, b.n.found[MPT_READS]);
    leak_mpt_line(&b.env, b.track, 0x80130040, &b.n, note, &b);
    ASSERT_EQ(1, b.n.found[MPT_READS]);
    ASSERT_EQ(2, b.n.lines);
    b.csr.mmpt.opt_out_in_node = true; // not checked
    leak_mpt_line(&b.env, b.track, 0x80130040, &b.n, note, &b);
    ASSERT_EQ(1, b.n.found[MPT_READS]);
    b.csr.mmpt.mode = 0;
    leak_mpt_line(&b.env, b.track, 0x80130040, &b.n, note, &b);
    ASSERT_EQ(3, b.n.lines);
    close_bench(&b);
    PASS();
}

// What the caches may hold of an older table is not judged, until a new domain or mfence x0, x0 empties them.
TEST changes_are_not_judged(void)
{
    struct bench b;
    open_bench(&b);
    struct ptw_resp r = answer(0x80125, 7);
    oracle_track_mpt(b.track); // a word of the table
    ask(&b, &r);
    ASSERT(!b.n.answers && b.n.unsettled[ORACLE_MPT] == 1 && !oracle_track_mpt_settled(b.track));
    const struct sfence page = {.valid = true, .mfence = true, .rs2 = true}, all = {.valid = true, .mfence = true, .rs1 = true, .rs2 = true};
    oracle_track_fence(b.track, &page);
    ask(&b, &r);
    ASSERT_EQ(1, b.n.unsettled[ORACLE_MPT]);
    oracle_track_fence(b.track, &all);
    ask(&b, &r);
    ASSERT_EQ(1, b.n.found[MPT_GIVES]);
    b.csr.mmpt.ppn++; // another root, the same domain
    oracle_track_csr(b.track, &b.csr, 40);
    ask(&b, &r);
    ASSERT_EQ(1, b.n.unsettled[ORACLE_MPT]);
    b.csr.mmpt.ppn--;
    b.csr.mmpt.sdid = 5;
    b.csr.mmpt.changed = true;
    oracle_track_csr(b.track, &b.csr, 41);
    ask(&b, &r);
    ASSERT_EQ(1, b.n.found[MPT_GIVES]);
    b.csr.mmpt.sdid = 6;
    oracle_track_csr(b.track, &b.csr, 55); // on the way
    ask(&b, &r);
    ASSERT_EQ(1, b.n.unsettled[ORACLE_REGISTERS]);
    close_bench(&b);
    PASS();
}

SUITE(leak_mpt_suite)
{
    for (volatile size_t i = 0; i < sizeof silent / sizeof *silent; i++)
        RUN_TEST1(silent_where_right, silent[i]);
    for (volatile size_t i = 0; i < sizeof seen_rows / sizeof *seen_rows; i++)
        RUN_TEST1(seen, &seen_rows[i]);
    for (volatile size_t i = 0; i < sizeof wrong_rows / sizeof *wrong_rows; i++)
        RUN_TEST1(wrong, &wrong_rows[i]);
    RUN_TEST(rules);
    RUN_TEST(pages_around);
    RUN_TEST(lines);
    RUN_TEST(changes_are_not_judged);
}
