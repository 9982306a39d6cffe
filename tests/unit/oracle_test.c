// SPDX-License-Identifier: MulanPSL-2.0
// The oracle against answers of the real machine: recordings hold them, no model takes part.
#include "check/oracle.h"

#include "tests/harness.h"
#include "tests/unit/recording.h"
#include "tests/unit/scene.h"

#include <unistd.h>

TEST a_right_answer_gets_no_complaint(void)
{
    struct scene s;
    struct oracle_report rep;
    ASSERT(scene_open(&s));
    struct ptw_resp r = scene_answer();
    bool ok = oracle_check(&s.env, 0x12345, &r, &rep);
    if (!ok)
        oracle_print(&rep, stdout);
    ASSERT(ok);
    r.s1.valididx = 0xe0; // pages 12346 and 12347 share ppn[43:3] and rights
    for (unsigned i = 5; i < 8; i++)
        r.s1.ppn_low[i] = (uint8_t)(i - 5);
    ASSERT(oracle_check(&s.env, 0x12345, &r, &rep));
    phys_free(s.mem);
    PASS();
}

TEST each_wrong_field_is_named(void)
{
    struct scene s;
    struct oracle_report rep;
    ASSERT(scene_open(&s));
    struct ptw_resp good = scene_answer(), r;
#define WRONG(FIELD, VALUE, NAME)                                                                  \
    do {                                                                                           \
        r = good;                                                                                  \
        r.FIELD = (VALUE);                                                                         \
        ASSERT_FALSE(oracle_check(&s.env, 0x12345, &r, &rep));                                     \
        ASSERT_STR_EQ(NAME, rep.item[0].what);                                                     \
    } while (0)
    WRONG(s1.tag, 1, "s1.tag");
    WRONG(s1.ppn, 0x101, "s1.ppn");
    WRONG(s1.ppn_low[5], 1, "s1.ppn");
    WRONG(s1.asid, 8, "s1.asid");
    WRONG(s1.vmid, 2, "s1.vmid");
    WRONG(s1.perm, 0, "s1.perm");
    WRONG(s1.pbmt, 1, "s1.pbmt");
    WRONG(s1.n, 1, "s1.n");
    WRONG(s1.level, 1, "s1.level");
    WRONG(s1.v, 0, "s1.v");
    WRONG(s1.pf, 1, "s1.pf");
    WRONG(s1.af, 1, "s1.af");
    WRONG(s1.addr_low, 4, "s1.addr_low");
    WRONG(s1.pteidx, 1, "s1.pteidx");
    WRONG(s1.valididx, 0, "s1.valididx of the page");
    WRONG(s1.valididx, 0x21, "s1.pf"); // page 12340 is not mapped
    ASSERT_EQ(0, rep.item[0].sub);
    WRONG(s1.valididx, 0x60, "s1.ppn"); // ppn_low of page 12346 is not 0
    ASSERT_EQ(6, rep.item[0].sub);
    WRONG(s2.tag, 0x801, "s2.tag");
    WRONG(s2.ppn, 0x90801, "s2.ppn");
    WRONG(s2.perm, 1, "s2.perm");
    WRONG(s2.level, 1, "s2.level");
    WRONG(s2.gpf, 1, "s2.gpf");
    WRONG(s2.gaf, 1, "s2.gaf");
    WRONG(s2.n, 1, "s2.n");
    WRONG(s2.pbmt, 2, "s2.pbmt");
#undef WRONG
    phys_free(s.mem);
    PASS();
}

TEST pmp_and_bitmap_change_the_verdict(void)
{
    struct scene s;
    struct oracle_report rep;
    ASSERT(scene_open(&s));
    struct ptw_resp r = scene_answer();
    // All memory closed: the first G table cannot be read.
    pmp_write(&s.pmp, 0x3a0, 0x18);
    ASSERT_FALSE(oracle_check(&s.env, 0x12345, &r, &rep));
    pmp_write(&s.pmp, 0x3a0, 0x1f);
    // Host page 90800 is secure.
    ASSERT(cfg_preset(&s.cfg, "minimal-bitmap"));
    char msg[128];
    ASSERT(!cfg_finish(&s.cfg, msg, sizeof msg));
    s.csr.mbmc = (struct mbmc){.bme = true, .bma = 0x100000000 >> 6};
    ASSERT(oracle_check(&s.env, 0x12345, &r, &rep));
    phys_write(s.mem, 0x100000000 + 0x90800 / 64 * 8, 1);
    ASSERT_FALSE(oracle_check(&s.env, 0x12345, &r, &rep));
    ASSERT_STR_EQ("s2.gaf", rep.item[0].what);
    phys_free(s.mem);
    PASS();
}

// --- recordings ---------------------------------------------------------------------------------

struct verdict {
    bool all; // judge also what the tracker would excuse
    unsigned long judged, stale, bad;
    const char *first;
};

static void judge(struct recording *r, const struct recorded_answer *a, void *ctx)
{
    struct verdict *v = ctx;
    struct oracle_env e = {&r->cfg, &r->csr, &r->pmp, scene_read, r->mem};
    struct oracle_report rep;
    const struct oracle_span when = {a->accepted, a->cycle};
    enum oracle_reason why;
    enum oracle_verdict is = oracle_judge(&e, r->track, a->vpn, &a->resp, when, &rep, &why);
    v->judged += v->all || is != ORACLE_OPEN;
    v->stale += is == ORACLE_STALE;
    if (v->all ? oracle_check(&e, a->vpn, &a->resp, &rep) : is != ORACLE_WRONG)
        return;
    if (!v->bad++)
        v->first = rep.item[0].what;
}

static const char *judge_recording(const char *dir, const char *name, const char *preset,
                                   const char *revision, struct verdict *v)
{
    char stim[512], gold[512];
    // These move hgatp and leave the guest's tables where they are: nothing is stale.
    bool moves_hgatp = strncmp(name, "N5_", 3) == 0 || strncmp(name, "P15_", 4) == 0;
    *v = (struct verdict){.all = moves_hgatp};
    snprintf(stim, sizeof stim, "%s/golden/%s/%s.stim.gz", shared_dir(), dir, name);
    snprintf(gold, sizeof gold, "%s/golden/%s/%s.gold.gz", shared_dir(), dir, name);
    return recording_run(stim, gold, preset, revision, judge, v);
}

static bool have_shared(void)
{
    char path[512];
    snprintf(path, sizeof path, "%s/golden/public", shared_dir());
    return access(path, R_OK) == 0;
}

// Answers that deserve a complaint, and the first one's name. NULL: the defect has no wrong answer
// (a hang, timing, resources, or the meaningless half of an answer).
static const struct {
    const char *name;
    unsigned bad;
    const char *first;
} defects[] = {
    {"D13_l3_refill_touches_l2_plru", 0, NULL},
    {"D14_high_ppn_neighbour_noS2", 1, "s1.af"},
    {"D14_invalid_neighbour_allstage", 1, "s1.pf"},
    {"D14_invalid_neighbour_g", 0, NULL},
    {"D14_invalid_neighbour_vs", 2, "s1.pf"},
    {"D15_fake_gvpn_tag", 1, "s2.tag"},
    {"D1_lost_llptw_request", 0, NULL},
    {"D2a_redundant_walk", 0, NULL},
    {"D2b_cascade_deadlock", 0, NULL},
    {"D2b_hang", 0, NULL},
    {"D2b_realistic_latency", 1, "s1.ppn"},
    {"D2b_woken_by_host_line", 1, "s1.ppn"},
    {"D2b_wrong_translation", 1, "s1.ppn"},
    {"D3_E1_g_perm_fault_stale_s1", 1, "s1.level"},
    {"D4_dead_ptw_bare_to_sv39x4", 0, NULL},
    {"D4_dead_ptw_sv48x4_to_sv39x4", 0, NULL},
    {"D5_bypass_flag_lost", 0, NULL},
    {"D5_ref_no_refill", 0, NULL},
    {"D6_need_last_survives_flush", 0, NULL},
    {"D6_ref", 0, NULL},
    {"D7_stale_s2", 0, NULL},
    {"E4_napot_2m_noS2", 3, "s1.n of a fault"},
    {"E4_napot_reserved_4k_noS2", 3, "s1.n of a fault"},
    {"E4_napot_reserved_allstage", 5, "s1.n of a fault"},
    {"E4_napot_reserved_vs", 3, "s1.n of a fault"},
    {"E5_g_stage_entry_vs_asid", 0, NULL},
    {"E5_g_stage_global_bit", 0, NULL},
    {"E5_global_other_asid", 0, NULL},
    {"E6_hfence_vmid_high_bits", 2, "s2.ppn"},
    {"N1_napot_bit_lost_in_L0_allstage", 1, "s1.n"},
    {"N1_napot_bit_lost_in_L0_g", 2, "s2.n"},
    {"N1_napot_bit_lost_in_L0_noS2", 2, "s1.n"},
    {"N1_napot_bit_lost_in_L0_vs", 2, "s1.n"},
    {"N1_napot_neighbours_compressed", 3, "s1.n"},
    {"N2_fault_entry_survives_asid_fence", 2, "s1.pf"},
    {"N3_sp_data_race_guest_gets_host", 1, "s2.ppn"},
    {"N3_sp_data_race_host_gets_guest", 1, "s1.ppn"},
    {"N3_sp_data_race_noS2_only", 1, "s1.ppn"},
    {"N5_stage1hit_range_fault_missed", 1, "s2.gpf"},
    {"O1_stale_sector_in_access_fault", 0, NULL},
    {"O2_hash_overinvalidate_hfence_g", 0, NULL},
    {"O2_hash_overinvalidate_sfence", 0, NULL},
    {"O3_requests_lost_at_fence", 0, NULL},
    {"O4_sp_victim_ignores_free_way", 0, NULL},
    {"O5_prefetch_allstage_dropped", 0, NULL},
    {"O5_prefetch_g_dropped", 0, NULL},
    {"O5_prefetch_kind_from_csr", 0, NULL},
    {"O5_prefetch_noS2", 0, NULL},
    {"O6_perf_hit_counters_count_cycles", 0, NULL},
};

TEST known_defects_are_named(void)
{
    if (!have_shared())
        SKIPm("no shared recordings");
    for (unsigned i = 0; i < sizeof defects / sizeof *defects; i++) {
        struct verdict v;
        const char *why = judge_recording("defects", defects[i].name, "minimal", NULL, &v);
        ASSERTm(defects[i].name, why == NULL);
        ASSERT_EQm(defects[i].name, defects[i].bad, v.bad);
        if (v.bad)
            ASSERT_STR_EQ(defects[i].first, v.first);
    }
    PASS();
}

// Wrong answers in the public recordings: D14 (compress_*, fault_*), E4 and P17 (faults with n=1),
// D15, D3. Everything else is right.
static const struct {
    const char *name;
    unsigned bad;
} odd[] = {
    {"compress_all", 41},   {"compress_no", 148},        {"compress_vs", 212},
    {"fault_all_39_39", 44}, {"fault_all_48_48_mxr", 46}, {"fault_g_sv39x4", 6},
    {"fault_g_sv39x4_mxr", 6}, {"fault_g_sv48x4_pbmte", 8}, {"fault_no_sv39", 23},
    {"fault_no_sv39_pbmte", 23}, {"fault_no_sv48", 31},   {"fault_vs_sv39", 22},
    {"fault_vs_sv48", 30},
    {"serial_all_48_39", 0}, {"serial_no_sv48", 0},       {"napot_heavy_all", 0},
    {"napot_heavy_no", 0},   {"rand_med_all_gfault", 0},  {"rand_huge_all_48_48", 0},
    {"asid_switch_no", 0},   {"fence_mid_all", 0},        {"pma_regions", 0},
    {"pmp_reset_state", 0},  {"perm_vs_sv48", 0},         {"super_heavy_all_48", 0},
    {"vmid_switch_all", 0},  {"highvpn_all_39", 0},       {"pbmt_all_vsoff", 0},
};

TEST public_recordings_are_right_but_for_known_oddities(void)
{
    if (!have_shared())
        SKIPm("no shared recordings");
    for (unsigned i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct verdict v;
        ASSERTm(odd[i].name, !judge_recording("public", odd[i].name, "minimal", NULL, &v));
        ASSERT_GTEm(odd[i].name, v.judged, 3ul);
        ASSERT_EQm(odd[i].name, odd[i].bad, v.bad);
    }
    PASS();
}

// Both revisions, wrong answers of the newer defects.
static const struct {
    const char *revision, *preset, *name;
    unsigned bad;
    const char *first;
} both[] = {
    {"2025-05", "minimal", "P4_pmp_verdict_replaced", 2, "s1.af"},
    {"2026-03", "minimal", "P4_read_of_device_region", 2, "s1.af"},
    {"2025-05", "minimal", "P14_napot_behind_malformed", 3, "s1.n of a fault"},
    {"2026-03", "minimal", "P14_napot_behind_malformed", 2, "s1.n"},
    {"2026-03", "minimal", "P1_fault_hits_under_other_asid_L0", 3, "s1.pf"},
    {"2025-05", "minimal", "P1_fault_hits_under_other_asid_L0", 0, NULL},
    {"2026-03", "minimal", "P15_vs_leaf_ppn_cut", 2, "s1.af"},
    {"2026-03", "minimal", "P15_vs_table_address_cut", 3, "s1.af"},
    {"2026-03", "minimal-bitmap", "P3_flush_revives_cleared_word", 1, "s1.af"},
    {"2025-05", "minimal-bitmap", "P3_flush_revives_cleared_word", 0, NULL},
    {"2026-03", "minimal-bitmap", "D10_stale_answer_denies", 1, "s1.af"},
    {"2025-05", "bitmap", "P2_default_sizes", 3, "s1.af"},
    {"2026-03", "default", "N3_default_sizes_guest_gets_host", 1, "s2.ppn"},
};

TEST defects_of_both_revisions_are_named(void)
{
    if (!have_shared())
        SKIPm("no shared recordings");
    for (unsigned i = 0; i < sizeof both / sizeof *both; i++) {
        struct verdict v;
        char dir[64];
        snprintf(dir, sizeof dir, "defects-both/%s", both[i].revision);
        ASSERTm(both[i].name, !judge_recording(dir, both[i].name, both[i].preset,
                                               both[i].revision, &v));
        ASSERT_EQm(both[i].name, both[i].bad, v.bad);
        if (v.bad)
            ASSERT_STR_EQ(both[i].first, v.first);
    }
    PASS();
}

SUITE(oracle_suite)
{
    RUN_TEST(a_right_answer_gets_no_complaint);
    RUN_TEST(each_wrong_field_is_named);
    RUN_TEST(pmp_and_bitmap_change_the_verdict);
    RUN_TEST(known_defects_are_named);
    RUN_TEST(public_recordings_are_right_but_for_known_oddities);
    RUN_TEST(defects_of_both_revisions_are_named);
}
