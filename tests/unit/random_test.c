// SPDX-License-Identifier: MulanPSL-2.0
// The generator of random stimuli, the checkers of random runs (each can fail), the shrinker, and a
// short run with fixed seeds.
#include "tests/harness.h"
#include "tests/random/reach.h"
#include "tests/random/runcheck.h"
#include "tests/random/stimgen.h"

#include <unistd.h>

static struct run_result result; // large

static void fixed(struct l2tlb_cfg *cfg, const char *as_rtl)
{
    char msg[128];
    cfg_preset(cfg, "minimal");
    cfg_set(cfg, "errata", "fixed", msg, sizeof msg);
    if (as_rtl)
        cfg_set(cfg, as_rtl, "as-rtl", msg, sizeof msg);
    cfg_finish(cfg, msg, sizeof msg);
}

// --- generator ----------------------------------------------------------------------------------

static void add_word(uint64_t addr, uint64_t word, void *ctx)
{
    uint64_t *h = ctx;
    *h = (*h ^ addr ^ word) * UINT64_C(0x100000001b3);
}

static uint64_t fingerprint(const struct stim *s)
{
    uint64_t h = s->end;
    phys_each(s->mem, add_word, &h);
    for (size_t i = 0; i < s->events; i++) {
        add_word(s->event[i].cycle, s->event[i].kind, &h);
        if (s->event[i].kind == STIM_REQ)
            add_word(s->event[i].u.req.vpn, s->event[i].u.req.s2xlate, &h);
    }
    return h;
}

TEST same_seed_gives_same_stimulus(void)
{
    uint64_t print[3];
    for (unsigned i = 0; i < 3; i++) {
        struct stimgen_options o;
        struct stim s;
        stimgen_options(&o, i < 2 ? 7 : 8);
        ASSERT(stimgen_draw(&s, &o));
        print[i] = fingerprint(&s);
        stim_free(&s);
    }
    ASSERT_EQ(print[0], print[1]);
    ASSERT(print[1] != print[2]);
    PASS();
}

// The table of reached points fails on a side that was never seen, unless it is stated as a hole.
TEST unreached_points_are_noticed(void)
{
    static struct reach_counts n;
    FILE *out = tmpfile();
    ASSERT(out);
    for (unsigned i = 0; i < REACH_POINTS; i++)
        n.seen[i][0] = n.seen[i][1] = 5;
    ASSERT_EQ(reach_print(&n, 5, out), 0);
    ASSERT(reach_print(&n, 6, out) > REACH_POINTS);
    n.seen[REACH_pc_hit_l0][1] = 0;
    ASSERT_EQ(reach_print(&n, 5, out), 1);
    n.seen[REACH_ptw_prefetch][1] = 0; // stated
    ASSERT_EQ(reach_print(&n, 5, out), 1);
    n.seen[REACH_ptw_prefetch][0] = 0; // the other side is not
    ASSERT_EQ(reach_print(&n, 5, out), 2);
    ASSERT_EQ(reach_find("pc_hit_l0"), REACH_pc_hit_l0);
    ASSERT_EQ(reach_find("nothing"), -1);
    fclose(out);
    PASS();
}

// Through a file and back: every field is in the range that the format allows.
TEST stimuli_survive_a_file(void)
{
    char msg[256], path[64];
    snprintf(path, sizeof path, "/tmp/l2tlb_random_%ld.stim", (long)getpid());
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct stimgen_options o;
        struct stim a, b;
        stimgen_options(&o, seed);
        o.virt = o.bitmap = o.wfi = seed & 1;
        ASSERT(stimgen_draw(&a, &o));
        ASSERT(stim_save(&a, path));
        const char *why = stim_load(&b, path, msg, sizeof msg);
        remove(path);
        ASSERT_EQm(why, NULL, why);
        ASSERT_EQ(fingerprint(&a), fingerprint(&b));
        ASSERT_EQ(a.timing.lat, b.timing.lat);
        ASSERT_EQ(a.init.hgatp.ppn, b.init.hgatp.ppn);
        stim_free(&a);
        stim_free(&b);
    }
    PASS();
}

static bool pulses_are_right(const struct stim *s, enum stim_kind kind, uint16_t id)
{
    uint16_t before = id;
    uint64_t cycle = 0;
    for (size_t i = 0; i < s->events; i++) {
        const struct stim_event *e = &s->event[i];
        if (e->kind != kind)
            continue;
        if (e->cycle != cycle)
            before = id;
        cycle = e->cycle;
        if (e->u.atp.changed != (e->u.atp.id != before))
            return false;
        id = e->u.atp.id;
    }
    return true;
}

TEST changed_pulses_exactly_with_new_ids(void)
{
    unsigned seen = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct stimgen_options o;
        struct stim s;
        stimgen_options(&o, seed);
        o.weight[AXIS_CHANGES] = 100;
        ASSERT(stimgen_draw(&s, &o));
        ASSERT(pulses_are_right(&s, STIM_SATP, s.init.satp.id));
        ASSERT(pulses_are_right(&s, STIM_VSATP, s.init.vsatp.id));
        ASSERT(pulses_are_right(&s, STIM_HGATP, s.init.hgatp.id));
        for (size_t i = 0; i < s.events; i++)
            seen += s.event[i].kind >= STIM_SATP && s.event[i].kind <= STIM_HGATP &&
                    s.event[i].u.atp.changed;
        for (size_t i = 1; i < s.events; i++)
            ASSERT(s.event[i - 1].cycle <= s.event[i].cycle);
        stim_free(&s);
    }
    ASSERT(seen > 5);
    PASS();
}

// Every axis is really drawn: what it stands for occurs with weight 100 and hardly without.
TEST axes_have_their_effect(void)
{
    unsigned kinds[2] = {0}, slow[2] = {0}, fences[2] = {0};
    for (uint64_t seed = 1; seed <= 30; seed++)
        for (unsigned on = 0; on < 2; on++) {
            struct stimgen_options o = {.seed = seed};
            struct stim s;
            o.weight[AXIS_KINDS] = o.weight[AXIS_PRESSURE] = o.weight[AXIS_CHANGES] = on ? 100 : 0;
            ASSERT(stimgen_draw(&s, &o));
            unsigned seen = 0;
            for (size_t i = 0; i < s.events; i++) {
                if (s.event[i].kind == STIM_REQ)
                    seen |= 1u << s.event[i].u.req.s2xlate;
                fences[on] += s.event[i].kind == STIM_SFENCE;
            }
            kinds[on] += (seen & (seen - 1)) != 0;
            slow[on] += s.timing.lat > 8;
            stim_free(&s);
        }
    ASSERT(fences[1] > 100);
    ASSERT_EQ(0, fences[0]);
    ASSERT(slow[1] > 8);
    ASSERT_EQ(0, slow[0]);
    ASSERT(kinds[1] >= 25);
    PASS();
}

// --- runs ---------------------------------------------------------------------------------------

static bool silent(const struct l2tlb_cfg *cfg, uint64_t first, uint64_t n)
{
    for (uint64_t seed = first; seed < first + n; seed++) {
        struct stimgen_options o;
        struct stim s;
        stimgen_options(&o, seed);
        if (!stimgen_draw(&s, &o))
            return false;
        run_both(cfg, &s, &(struct run_options){.check = true}, &result);
        stim_free(&s);
        if (result.count) {
            printf("seed %llu: %s: %s\n", (unsigned long long)seed,
                   finding_name[result.item[0].kind], result.item[0].text);
            return false;
        }
    }
    return true;
}

TEST fixed_machine_is_consistent(void)
{
    struct l2tlb_cfg cfg;
    fixed(&cfg, NULL);
    ASSERT(silent(&cfg, 1000, 150));
    PASS();
}

TEST fixed_machine_of_default_size_is_consistent(void)
{
    struct l2tlb_cfg cfg;
    char msg[128];
    cfg_preset(&cfg, "default");
    cfg_set(&cfg, "errata", "fixed", msg, sizeof msg);
    cfg_finish(&cfg, msg, sizeof msg);
    ASSERT(silent(&cfg, 2000, 60));
    PASS();
}

// As in the RTL: skipping must be exact there too.
TEST skipping_is_exact_as_in_the_rtl(void)
{
    struct l2tlb_cfg cfg;
    char msg[128];
    cfg_preset(&cfg, "minimal");
    cfg_finish(&cfg, msg, sizeof msg);
    for (uint64_t seed = 3000; seed < 3100; seed++) {
        struct stimgen_options o;
        struct stim s;
        stimgen_options(&o, seed);
        ASSERT(stimgen_draw(&s, &o));
        run_both(&cfg, &s, &(struct run_options){.check = true}, &result);
        for (unsigned i = 0; i < result.count; i++)
            ASSERT(result.item[i].kind != FIND_SKIP);
        stim_free(&s);
    }
    PASS();
}

// --- each checker can fail ----------------------------------------------------------------------

// A run without fences and CSR changes, so that nothing is excused, with one fault told to the
// checkers.
static bool caught(const struct run_fault *f, enum finding_kind kind)
{
    struct l2tlb_cfg cfg;
    struct stimgen_options o = {.seed = 11, .requests = 60};
    struct stim s;
    fixed(&cfg, NULL);
    o.weight[AXIS_KINDS] = 100;
    if (!stimgen_draw(&s, &o))
        return false;
    struct run_options how = {.skip = true, .check = true};
    run_both(&cfg, &s, &how, &result);
    bool clean = result.count == 0 && result.judged > 20;
    how.fault = f;
    run_both(&cfg, &s, &how, &result);
    stim_free(&s);
    for (unsigned i = 0; i < result.count; i++)
        if (clean && result.item[i].kind == kind)
            return true;
    return false;
}

static unsigned flip_pf(uint64_t n, struct ptw_resp *r, void *ctx)
{
    (void)ctx;
    if (n == 20)
        r->s1.pf ^= 1;
    return 1;
}

static unsigned flip_gpf(uint64_t n, struct ptw_resp *r, void *ctx)
{
    (void)n;
    (void)ctx;
    if (r->s2xlate >= ONLY_STAGE2)
        r->s2.gpf ^= 1;
    return 1;
}

static unsigned other_kind(uint64_t n, struct ptw_resp *r, void *ctx)
{
    (void)ctx;
    if (n == 20)
        r->s2xlate ^= 1;
    return 1;
}

static unsigned other_page(uint64_t n, struct ptw_resp *r, void *ctx)
{
    (void)ctx;
    if (n == 20)
        r->s1.addr_low ^= 1;
    return 1;
}

static unsigned drop(uint64_t n, struct ptw_resp *r, void *ctx)
{
    (void)r;
    (void)ctx;
    return n != 20;
}

static unsigned twice(uint64_t n, struct ptw_resp *r, void *ctx)
{
    (void)r;
    (void)ctx;
    return n == 20 ? 2 : 1;
}

static unsigned unknown_tag(uint64_t n, struct ptw_resp *r, void *ctx)
{
    (void)ctx;
    if (n == 20)
        r->tag = 1000000;
    return 1;
}

TEST wrong_answers_are_found(void)
{
    ASSERT(caught(&(struct run_fault){.answer = flip_pf}, FIND_ORACLE));
    ASSERT(caught(&(struct run_fault){.answer = flip_gpf}, FIND_ORACLE));
    ASSERT(caught(&(struct run_fault){.answer = other_kind}, FIND_KIND));
    ASSERT(caught(&(struct run_fault){.answer = other_page}, FIND_KIND));
    PASS();
}

TEST missing_and_double_answers_are_found(void)
{
    ASSERT(caught(&(struct run_fault){.answer = drop}, FIND_HANG));
    ASSERT(caught(&(struct run_fault){.answer = twice}, FIND_NOBODY));
    ASSERT(caught(&(struct run_fault){.answer = unknown_tag}, FIND_NOBODY));
    PASS();
}

static void other_address(uint64_t n, unsigned *source, uint64_t *addr, void *ctx)
{
    (void)source;
    (void)ctx;
    if (n == 9)
        *addr ^= 0x1000;
}

static void one_source(uint64_t n, unsigned *source, uint64_t *addr, void *ctx)
{
    (void)n;
    (void)addr;
    (void)ctx;
    *source = 0;
}

static bool deny(uint64_t n, void *ctx)
{
    (void)ctx;
    return n == 9;
}

TEST reads_without_verdict_are_found(void)
{
    ASSERT(caught(&(struct run_fault){.read = other_address}, FIND_NO_CHECK));
    ASSERT(caught(&(struct run_fault){.verdict = deny}, FIND_NO_CHECK));
    PASS();
}

TEST ids_in_use_are_found(void)
{
    ASSERT(caught(&(struct run_fault){.read = one_source}, FIND_ID));
    PASS();
}

static unsigned nowhere(uint64_t n, void *ctx)
{
    (void)ctx;
    return n != 50;
}

static unsigned in_two_places(uint64_t n, void *ctx)
{
    (void)ctx;
    return n == 50 ? 2 : 1;
}

static bool yes(void *ctx)
{
    (void)ctx;
    return true;
}

TEST lost_requests_and_left_overs_are_found(void)
{
    ASSERT(caught(&(struct run_fault){.located = nowhere}, FIND_LOST));
    ASSERT(caught(&(struct run_fault){.located = in_two_places}, FIND_LOST));
    ASSERT(caught(&(struct run_fault){.leftover = yes}, FIND_RETURN));
    PASS();
}

static unsigned counts_one_more(uint64_t cycle, unsigned value, void *ctx)
{
    (void)cycle;
    (void)ctx;
    return value == 3 ? 4 : value;
}

TEST wrong_counters_are_found(void)
{
    ASSERT(caught(&(struct run_fault){.counter = counts_one_more}, FIND_COUNTER));
    PASS();
}

static void other_line(uint64_t n, char *text, void *ctx)
{
    (void)ctx;
    if (n == 30)
        text[0] ^= 1;
}

TEST different_logs_are_found(void)
{
    ASSERT(caught(&(struct run_fault){.line = other_line}, FIND_SKIP));
    PASS();
}

// Port 0 is never ready: its requests stay, fill the machine, and later ones are not accepted.
TEST stuck_ports_are_found(void)
{
    struct l2tlb_cfg cfg;
    struct stimgen_options o = {.seed = 12, .requests = 120};
    struct stim s;
    bool hang = false, stuck = false;
    fixed(&cfg, NULL);
    ASSERT(stimgen_draw(&s, &o));
    for (size_t i = 0; i < s.events; i++)
        if (s.event[i].kind == STIM_RREADY) {
            s.event[i].u.flag.a = false;
            s.event[i].cycle = 30;
        } else if (s.event[i].kind == STIM_REQ) {
            s.event[i].u.req.port = 0;
        }
    stimgen_settle(&s);
    s.end += 300 * stimgen_read_time(&s) + 2000;
    run_stim(&cfg, &s, &(struct run_options){.skip = true, .check = true}, &result);
    stim_free(&s);
    for (unsigned i = 0; i < result.count; i++) {
        hang |= result.item[i].kind == FIND_HANG;
        stuck |= result.item[i].kind == FIND_STUCK;
    }
    ASSERT(hang);
    ASSERT(stuck);
    PASS();
}

// P5 as in the RTL: a line that another entry is reading is read again.
TEST second_reads_are_found(void)
{
    struct l2tlb_cfg cfg;
    fixed(&cfg, "errata.P5");
    for (uint64_t seed = 1; seed <= 400; seed++) {
        struct stimgen_options o = {.seed = seed};
        struct stim s;
        o.weight[AXIS_DUPLICATES] = o.weight[AXIS_PRESSURE] = 100;
        ASSERT(stimgen_draw(&s, &o));
        run_stim(&cfg, &s, &(struct run_options){.skip = true, .check = true}, &result);
        stim_free(&s);
        for (unsigned i = 0; i < result.count; i++)
            if (result.item[i].kind == FIND_SECOND_READ)
                PASS();
    }
    FAILm("no second read in 400 runs");
}

// --- shrinker -----------------------------------------------------------------------------------

static const struct finding *first_of(enum finding_kind kind)
{
    for (unsigned i = 0; i < result.count; i++)
        if (result.item[i].kind == kind)
            return &result.item[i];
    return NULL;
}

TEST failing_stimuli_shrink(void)
{
    struct l2tlb_cfg cfg;
    fixed(&cfg, "errata.N1");
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct stimgen_options o = {.seed = seed, .requests = 60};
        struct run_options how = {.skip = true, .check = true};
        struct stim s;
        ASSERT(stimgen_draw(&s, &o));
        run_stim(&cfg, &s, &how, &result);
        const struct finding *f = first_of(FIND_ORACLE);
        if (f) {
            struct finding copy = *f;
            size_t before = s.events;
            run_shrink(&cfg, &s, &copy, 600);
            run_stim(&cfg, &s, &how, &result);
            ASSERT(first_of(FIND_ORACLE));
            ASSERT_STR_EQ(copy.field, first_of(FIND_ORACLE)->field);
            ASSERT(s.events < before / 3);
            ASSERT(phys_lines(s.mem) < 40);
            stim_free(&s);
            PASS();
        }
        stim_free(&s);
    }
    FAILm("no wrong answer with N1 in 200 runs");
}

SUITE(random_suite)
{
    RUN_TEST(same_seed_gives_same_stimulus);
    RUN_TEST(unreached_points_are_noticed);
    RUN_TEST(stimuli_survive_a_file);
    RUN_TEST(changed_pulses_exactly_with_new_ids);
    RUN_TEST(axes_have_their_effect);
    RUN_TEST(fixed_machine_is_consistent);
    RUN_TEST(fixed_machine_of_default_size_is_consistent);
    RUN_TEST(skipping_is_exact_as_in_the_rtl);
    RUN_TEST(wrong_answers_are_found);
    RUN_TEST(missing_and_double_answers_are_found);
    RUN_TEST(reads_without_verdict_are_found);
    RUN_TEST(ids_in_use_are_found);
    RUN_TEST(lost_requests_and_left_overs_are_found);
    RUN_TEST(wrong_counters_are_found);
    RUN_TEST(different_logs_are_found);
    RUN_TEST(stuck_ports_are_found);
    RUN_TEST(second_reads_are_found);
    RUN_TEST(failing_stimuli_shrink);
}
