// SPDX-License-Identifier: MulanPSL-2.0
// The leak oracle on what the real RTL answered (docs/defects): it must name the rule of
// each leak and needless denial in revision 2025-05, and find none where the hardware is right.
#include "check/leak.h"
#include "tests/harness.h"
#include "tests/unit/recording.h"

struct leak_row {
    const char *name;
    enum leak_rule rule;
};

static uint64_t read_word(void *ctx, uint64_t addr)
{
    return phys_read(ctx, addr);
}

static void judge(struct recording *r, const struct recorded_answer *a, void *ctx)
{
    struct oracle_env env = {&r->cfg, &r->csr, &r->pmp, read_word, r->mem};
    const struct oracle_span when = {a->accepted, a->cycle};
    leak_check_answer(&env, r->track, a->vpn, &a->resp, when, ctx, NULL, NULL);
}

// A directed recording from the shared material, else from the copies. False: not there.
static bool judge_recording(const char *set, const char *copy, const char *revision,
                            const char *name, struct leak_counts *n)
{
    char stim[512], gold[512];
    memset(n, 0, sizeof *n);
    for (unsigned k = 0; k < 2; k++) {
        const char *dir = k ? "tests/golden" : shared_dir();
        snprintf(stim, sizeof stim, "%s/%s/bm_%s.stim.gz", dir, k ? copy : set, name);
        snprintf(gold, sizeof gold, "%s/%s/bm_%s.gold.gz", dir, k ? copy : set, name);
        FILE *f = fopen(stim, "rb");
        if (!f)
            continue;
        fclose(f);
        return recording_run(stim, gold, "minimal-bitmap", revision, judge, n) == NULL;
    }
    return false;
}

static const struct leak_row rows[] = {
    {"def_group_1", LEAK_REQUESTED},      {"def_group_prefetch", LEAK_REQUESTED},
    {"def_group_over", DENIED_REQUESTED}, {"def_bc_poison_4", LEAK_REQUESTED},
    {"def_super_leak", LEAK_SUPERPAGE},   {"def_super_over", DENIED_REQUESTED},
    {"def_1g_leak", LEAK_SUPERPAGE},      {"def_dup_return", LEAK_REQUESTED},
    {"def_cm_return", LEAK_REQUESTED},    {"def_llptw_dup_23", LEAK_REQUESTED},
    {"def_stale_flush", LEAK_REQUESTED},  {"def_stall_set", LEAK_REQUESTED},
    {"def_napot_leak64k", LEAK_NAPOT},    {"def_napot_wake", LEAK_REQUESTED},
    {"def_napot_way0", LEAK_REQUESTED},   {"def_s2_napot", LEAK_NAPOT},
    {"def_sp_alias", LEAK_SUPERPAGE},     {"def_sp_class", LEAK_SUPERPAGE},
    {"def_sector", LEAK_NEIGHBOUR},       {"def_sector", DENIED_NEIGHBOUR},
    {"def_cf_next", LEAK_NEIGHBOUR},      {"def_pbmt_l0", DENIED_REQUESTED},
    {"def_sticky_ptw", DENIED_REQUESTED}, {"def_sticky_hptw", DENIED_REQUESTED},
    {"def_wake_evicted", LEAK_REQUESTED}, {"bclear_order_a", LEAK_REQUESTED},
};

TEST finds(const struct leak_row *row)
{
    struct leak_counts n;
    if (!judge_recording("golden/bitmap/directed/public", "bitmap_directed", "2025-05", row->name,
                         &n))
        SKIP();
    ASSERT_GT(n.answers, 0);
    ASSERT_GT(n.found[row->rule], 0);
    PASS();
}

static const char *const right_in_2025[] = {"4k_cold_warm", "4k_jump_miss", "2m", "eight_ooo",
                                            "dup_return_47", "dup_return_49", "s2_4k", "all_4k"};

TEST silent_where_right(const char *name)
{
    struct leak_counts n;
    if (!judge_recording("golden/bitmap/directed/public", "bitmap_directed", "2025-05", name, &n))
        SKIP();
    ASSERT_GT(n.answers, 0);
    ASSERT_EQ(0, leak_total(&n));
    ASSERT_EQ(0, leak_needless(&n));
    PASS();
}

// 2026-03 hands out no secure page that was asked for (only B16, a software rule, is left).
TEST fixed_in_2026(const struct leak_row *row)
{
    struct leak_counts n;
    if (!judge_recording("golden/rev-2026-03/directed/public", "rev_directed", "2026-03", row->name,
                         &n))
        SKIP();
    ASSERT_EQ(strcmp(row->name, "bclear_order_a") == 0, n.found[LEAK_REQUESTED]);
    ASSERT_EQ(0, n.found[LEAK_SUPERPAGE] + n.found[LEAK_NAPOT] + n.found[DENIED_REQUESTED]);
    PASS();
}

SUITE(leak_suite)
{
    for (volatile size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        RUN_TEST1(finds, &rows[i]);
        RUN_TEST1(fixed_in_2026, &rows[i]);
    }
    for (volatile size_t i = 0; i < sizeof right_in_2025 / sizeof right_in_2025[0]; i++)
        RUN_TEST1(silent_where_right, right_in_2025[i]);
}
