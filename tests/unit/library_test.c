// SPDX-License-Identifier: MulanPSL-2.0
// The public machine (include/l2tlb/l2tlb.h) beside the model: every recording under tests/golden drives both,
// every output is compared in every cycle; saved and restored in the middle; errors.
#include "check/driver.h"
#include "l2tlb/l2tlb.h"
#include "tests/harness.h"

#include <inttypes.h>
#include <stdlib.h>

struct beside {
    l2tlb_machine *m, *old; // old: the machine before the last restore
    struct l2tlb_outputs out;
    uint64_t cycles, switches, errors;
    char first[256];
};

static void atp(struct l2tlb_atp *to, const struct atp *from)
{
    *to = (struct l2tlb_atp){.ppn = from->ppn, .id = from->id, .mode = from->mode, .changed = from->changed};
}

static void public_inputs(struct l2tlb_inputs *to, const struct l2tlb_in *in)
{
    l2tlb_inputs_init(to);
    to->resp_ready[0] = in->resp_ready[0];
    to->a_ready = in->a_ready;
    to->wfi_req = in->wfi_req;
    for (unsigned p = 0; p < 2; p++)
        to->req[p] = (struct l2tlb_request){.vpn = in->req[p].vpn, .tag = in->req[p].tag,
                                            .s2xlate = in->req[p].s2xlate, .valid = in->req[p].valid};
    const struct tlb_csr *csr = &in->csr;
    atp(&to->csr.satp, &csr->satp);
    atp(&to->csr.vsatp, &csr->vsatp);
    atp(&to->csr.hgatp, &csr->hgatp);
    to->csr.mbmc = (struct l2tlb_mbmc){.bma = csr->mbmc.bma, .bme = csr->mbmc.bme, .bclear = csr->mbmc.bclear,
                                       .cmode = csr->mbmc.cmode, .keyiden = csr->mbmc.keyiden};
    to->csr.mxr = csr->mxr;
    to->csr.virt = csr->virt;
    to->csr.m_pbmte = csr->m_pbmte;
    to->csr.h_pbmte = csr->h_pbmte;
    to->csr.debug = csr->debug;
    to->csr.virt_changed = csr->virt_changed;
    to->fence = (struct l2tlb_fence){.addr = in->sfence.addr, .id = in->sfence.id, .valid = in->sfence.valid,
                                     .rs1 = in->sfence.rs1, .rs2 = in->sfence.rs2, .hv = in->sfence.hv,
                                     .hg = in->sfence.hg};
    to->csr_write = (struct l2tlb_csr_write){.data = in->csr_w.data, .addr = in->csr_w.addr, .valid = in->csr_w.valid};
    memcpy(to->d.data, in->d.data, sizeof to->d.data);
    to->d.source = in->d.source;
    to->d.valid = in->d.valid;
}

static bool same_outputs(const struct l2tlb_outputs *a, const struct l2tlb_out *b)
{
    bool same = a->a_valid == b->a_valid && a->wfi_safe == b->wfi_safe &&
                memcmp(a->counter, b->perf, sizeof a->counter) == 0 &&
                (!b->a_valid || (a->a_address == b->a_address && a->a_source == b->a_source));
    for (unsigned p = 0; p < 2; p++) {
        const struct ptw_resp *r = &b->resp[p];
        same &= a->req_ready[p] == b->req_ready[p] && a->resp_valid[p] == b->resp_valid[p];
        if (b->resp_valid[p])
            same &= a->resp[p].tag == r->tag && a->resp[p].s2xlate == r->s2xlate &&
                    memcmp(&a->resp[p].s1, &r->s1, sizeof r->s1) == 0 &&
                    memcmp(&a->resp[p].s2, &r->s2, sizeof r->s2) == 0;
    }
    return same;
}

static void complain(struct beside *b, const char *what)
{
    if (!b->errors++)
        snprintf(b->first, sizeof b->first, "cycle %" PRIu64 ": %s (%s)", b->cycles, what,
                 l2tlb_machine_message(b->m));
}

// Goes on with a copy of the machine; the first one is gone, so that nothing of it can be in use.
static void change_horses(struct beside *b)
{
    l2tlb_machine *copy;
    if (l2tlb_machine_copy(b->m, &copy)) {
        complain(b, "copy");
        return;
    }
    l2tlb_machine_free(b->m);
    b->m = copy;
    b->switches++;
}

static void each_cycle(struct driver *d, void *ctx)
{
    struct beside *b = ctx;
    struct l2tlb_inputs in;
    if (b->cycles % 97 == 40)
        change_horses(b);
    public_inputs(&in, driver_inputs(d));
    if (l2tlb_machine_settle(b->m, &in, &b->out))
        complain(b, "settle");
    else if (!same_outputs(&b->out, driver_outputs(d)))
        complain(b, "outputs differ");
    if ((l2tlb_machine_idle(b->m) != 0) != (l2tlb_idle(driver_machine(d)) != 0))
        complain(b, "idle differs");
    if (l2tlb_machine_tick(b->m))
        complain(b, "tick");
    b->cycles++;
}

static enum greatest_test_res beside_recording(const char *set, const char *name, const char *preset,
                                               const char *revision)
{
    char path[256], msg[512];
    struct l2tlb_cfg cfg;
    l2tlb_config *c;
    struct beside b = {.out = {.size = sizeof b.out}};
    snprintf(path, sizeof path, "tests/golden/%s/%s.stim.gz", set, name);
    ASSERT(cfg_preset(&cfg, preset));
    ASSERT_EQ(NULL, cfg_set(&cfg, "revision", revision, msg, sizeof msg));
    ASSERT_EQ(NULL, cfg_finish(&cfg, msg, sizeof msg));
    ASSERT_EQ(L2TLB_OK, l2tlb_cfg_new(preset, &c));
    ASSERT_EQ(L2TLB_OK, l2tlb_cfg_set(c, "revision", revision));
    ASSERT_EQ(L2TLB_OK, l2tlb_machine_new(c, &b.m));
    struct stim stim;
    ASSERT_EQ(NULL, stim_load(&stim, path, msg, sizeof msg));
    struct l2tlb_inputs first;
    public_inputs(&first, &(struct l2tlb_in){.csr = stim.init});
    ASSERT_EQ(L2TLB_OK, l2tlb_machine_reset(b.m, &first.csr));
    struct driver *d = driver_new(&cfg, &stim, &(struct driver_options){.skip = false},
                                  &(struct driver_hooks){.cycle = each_cycle, .ctx = &b});
    ASSERT(d);
    while (driver_step(d))
        ;
    if (b.errors)
        printf("\n  %s: %s", path, b.first);
    ASSERT_EQ(0, b.errors);
    ASSERT_GT(b.switches, 0);
    ASSERT_EQ(l2tlb_cycle(driver_machine(d)), l2tlb_machine_cycle(b.m));
    uint64_t sums[L2TLB_COUNTERS], own[PERF_COUNT];
    ASSERT_EQ(L2TLB_OK, l2tlb_machine_counters(b.m, sums, L2TLB_COUNTERS));
    l2tlb_perf_sums(driver_machine(d), own);
    ASSERT_MEM_EQ(own, sums, sizeof own);
    driver_free(d);
    stim_free(&stim);
    l2tlb_machine_free(b.m);
    l2tlb_cfg_free(c);
    PASS();
}

SUITE(library_suite)
{
    RUN_TESTp(beside_recording, "public", "rand_small_all", "minimal", "2025-05");
    RUN_TESTp(beside_recording, "public", "fence_storm_no", "minimal", "2025-05");
    RUN_TESTp(beside_recording, "public", "iport_resp_stall_no", "minimal", "2025-05");
    RUN_TESTp(beside_recording, "public", "pmp_reconf_no", "minimal", "2025-05");
    RUN_TESTp(beside_recording, "bitmap_cvm", "cvm_sector_all", "cvm", "2025-05");
    RUN_TESTp(beside_recording, "rev_cvm", "cvm_keytab_vs_2", "cvm", "2026-03");
    RUN_TESTp(beside_recording, "both_2026", "P9_request_withdrawn_by_wfi", "minimal", "2026-03");
    RUN_TESTp(beside_recording, "lock_2026_07_v2", "dbg_02", "minimal-bitmap", "2026-07-v2");
    RUN_TESTp(beside_recording, "lock_2026_07_v2", "m2_cfs_bitmap_off", "minimal-bitmap", "2026-07-v2");
}
