// SPDX-License-Identifier: MulanPSL-2.0
// Whole replays of small traces, written by the tests themselves: answers checked by the oracle,
// skipping changes nothing, references of cold walks, control events, deadlocks, bad input.
#include "report/emit.h"
#include "report/replay_doc.h"
#include "replay/replay.h"
#include "tests/harness.h"

#include <stdlib.h>
#include <unistd.h>

enum { NAME_SIZE = 64, BOOT = 8 };

// A temporary trace file with these lines behind the header.
static bool write_trace(char name[NAME_SIZE], const char *kind, const char *lines)
{
    strcpy(name, "/tmp/l2tlb-test-XXXXXX");
    int fd = mkstemp(name);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        return false;
    fprintf(f, "GVT 1\nisa riscv64\nkind %s\naddress virtual\ntables built\nrun\n%s", kind, lines);
    return fclose(f) == 0;
}

static void setup(struct replay_cfg *cfg, const char *preset)
{
    char msg[256];
    replay_cfg_default(cfg);
    cfg_preset(&cfg->machine, preset);
    cfg_set(&cfg->machine, "errata.L3", "fixed", msg, sizeof msg);
    cfg_finish(&cfg->machine, msg, sizeof msg);
    cfg->oracle = true;
}

static char *as_json(const struct replay_cfg *cfg, const struct replay_result *r, unsigned *failed)
{
    char *text = NULL;
    size_t size = 0;
    struct doc *d = replay_document(cfg, r, "x");
    const struct doc *docs[1] = {d};
    FILE *out = open_memstream(&text, &size);
    bool ok = d && out && emit_all(EMIT_JSON, out, docs, 1);
    *failed = d ? d->failed : 1;
    doc_free(d);
    if (out)
        fclose(out);
    return ok ? text : NULL;
}

// Replays lines with and without skipping; both must agree in every number. The caller frees *r.
static const char *both(struct replay_cfg *cfg, const char *kind, const char *lines,
                        struct replay_result **r)
{
    char name[NAME_SIZE];
    unsigned failed[2] = {1, 1};
    if (!write_trace(name, kind, lines))
        return "no temporary file";
    *r = replay_run(cfg, name);
    cfg->no_skip = true;
    struct replay_result *slow = replay_run(cfg, name);
    unlink(name);
    if (!*r || !slow)
        return "out of memory";
    char *a = as_json(cfg, *r, &failed[0]), *b = as_json(cfg, slow, &failed[1]);
    const char *why = !a || !b                 ? "no report"
                      : failed[0] || failed[1] ? "a sum does not agree"
                      : strcmp(a, b) != 0      ? "skipping changes the report"
                      : (*r)->wrong            ? (*r)->complaint
                                               : NULL;
    free(a);
    free(b);
    replay_free(slow);
    cfg->no_skip = false;
    return why;
}

TEST one_load_is_one_walk(void)
{
    struct replay_cfg cfg;
    struct replay_result *r = NULL;
    setup(&cfg, "default");
    const char *why = both(&cfg, "access", "l 10000 8 u\n", &r);
    ASSERTm(why, !why);
    ASSERT_EQ(REPLAY_DONE, r->end);
    ASSERT_EQ(1, r->l2.answered[1]);
    ASSERT_EQ(3, r->l2.refs_max[NO_S2XLATE]); // three tables of Sv39, nothing cached
    ASSERT_EQ(3, r->l2.theory_max[NO_S2XLATE]);
    ASSERT_EQ(1, r->front.done[L1_LOAD]);
    replay_free(r);
    PASS();
}

TEST uncached_latency_is_the_sum_of_its_parts(void)
{
    struct replay_cfg cfg;
    struct replay_result *r = NULL;
    setup(&cfg, "default");
    cfg.memory.l2_sets = 0;
    cfg.memory.span = 0;
    cfg.memory.lat = 50;
    const char *why = both(&cfg, "port", "q 1 10 0 @0\n", &r);
    ASSERTm(why, !why);
    // Each of the reads takes lat cycles to its first beat and one more for the second.
    uint64_t memory = r->l2.cause[NO_S2XLATE][CAUSE_MEMORY];
    ASSERT_EQ(r->l2.all.sum, r->l2.latency_sum[NO_S2XLATE]);
    ASSERT(memory >= 3 * 51 && memory <= 3 * 53);
    replay_free(r);
    PASS();
}

// Spec C 0.3 and 3.2: request at the L2TLB 2 (fetch 5) cycles behind the lookup, answer in the TLB
// 2 (3) cycles behind it; then a load waits for its retry time, a store for its period, and a fetch
// or an AMO hits in that very cycle.
TEST retry_times_add_up(void)
{
    static const struct {
        const char *line;
        unsigned class, ask, deliver, retry, period;
    } t[] = {
        {"l 10000 8 u\n", L1_LOAD, 2, 2, 4, 1},
        {"a 10000 8 u\n", L1_LOAD, 2, 2, 0, 1},
        {"f 10000 4 u\n", L1_FETCH, 5, 3, 0, 1},
        {"s 10000 8 u\n", L1_STORE, 2, 2, 0, 8},
    };
    for (unsigned i = 0; i < sizeof t / sizeof *t; i++)
        for (uint64_t lat = 20; lat < 30; lat++) {
            struct replay_cfg cfg;
            struct replay_result *r = NULL;
            setup(&cfg, "default");
            cfg.memory.l2_sets = 0;
            cfg.memory.span = 0;
            cfg.memory.lat = lat;
            const char *why = both(&cfg, "access", t[i].line, &r);
            ASSERTm(why, !why);
            ASSERT_EQ(1, r->front.miss_latency[t[i].class].count);
            uint64_t expected = t[i].ask + r->l2.all.max + t[i].deliver + t[i].retry;
            expected = (expected + t[i].period - 1) / t[i].period * t[i].period;
            ASSERT_EQ(expected, r->front.miss_latency[t[i].class].max);
            replay_free(r);
        }
    PASS();
}

// Windows full of accesses that a full filter turns away, pages asked for twice (merged), prefetches,
// a fetch now and then: most lookups repeat and are not clocked, whatever the times between them.
TEST full_filters_turn_accesses_away(void)
{
    static const unsigned full[] = {1, 2, 4, 7, 90}, store[] = {2, 8, 3, 11, 100};
    static const char *const preset[] = {"default", "cvm"};
    enum { LINES = 500 };
    static char lines[LINES * 40];
    uint64_t turned_away = 0;
    size_t n = 0;
    for (unsigned i = 0; i < LINES; i++) {
        unsigned long page = mix64(i - i % 3 / 2) % 4096; // every third one has the page of the one before
        const char *form = i % 50 == 7    ? "f %lx 4 u\n"
                           : i % 13 == 5  ? "p %lx 64 u\n"
                           : i % 101 == 9 ? "a %lx 8 u\n"
                           : i & 1        ? "s %lx 8 u\n"
                                          : "l %lx 8 u\n";
        n += (size_t)snprintf(lines + n, sizeof lines - n, form, 0x10000000 + page * 4096);
    }
    for (unsigned i = 0; i < 2 * sizeof full / sizeof *full; i++) {
        struct replay_cfg cfg;
        struct replay_result *r = NULL;
        setup(&cfg, preset[i & 1]);
        cfg.front.retry_full = full[i / 2];
        cfg.front.retry_store = store[i / 2];
        const char *why = both(&cfg, "access", lines, &r);
        ASSERTm(why, !why);
        ASSERT_EQ(REPLAY_DONE, r->end);
        const struct l1_counters *load = &r->front.l1[L1_LOAD], *stores = &r->front.l1[L1_STORE];
        ASSERT(load->full + stores->dropped + stores->merged > 3 * LINES);
        turned_away += load->full;
        replay_free(r);
    }
    ASSERT(turned_away > 10 * LINES);
    PASS();
}

TEST two_stage_walks_stay_below_the_maximum(void)
{
    static const char *const lines = "l 10000 8 vu\ns 40201000 8 vu\nf 8000000000 4 vu\n"
                                     "l 7fc0000000 8 vu\nl 10008 8 vu\n";
    for (unsigned sv48 = 0; sv48 < 2; sv48++) {
        struct replay_cfg cfg;
        struct replay_result *r = NULL;
        setup(&cfg, "minimal");
        cfg.world.vs_mode = cfg.world.g_mode = sv48 ? MODE_SV48 : MODE_SV39;
        const char *why =
            both(&cfg, "access", sv48 ? lines : "l 10000 8 vu\ns 40201000 8 vu\n", &r);
        ASSERTm(why, !why);
        ASSERT_EQ(sv48 ? 24 : 15, r->l2.theory_max[ALL_STAGE]);
        ASSERT(r->l2.refs_max_once[ALL_STAGE] <= r->l2.theory_max[ALL_STAGE]);
        ASSERT(r->l2.refs_max_once[ALL_STAGE] > 3);
        ASSERT_EQ(0, r->l2.refs_over[ALL_STAGE]);
        replay_free(r);
    }
    PASS();
}

TEST a_fence_makes_the_page_walk_again(void)
{
    struct replay_cfg cfg;
    struct replay_result *r = NULL;
    setup(&cfg, "default");
    const char *why = both(&cfg, "access", "l 10000 8 u\nsfence.vma * *\nl 10000 8 u\n", &r);
    ASSERTm(why, !why);
    ASSERT_EQ(1, r->fences);
    ASSERT_EQ(2, r->l2.answered[1]);
    ASSERT_EQ(0, r->l2.flushed[1]); // the fence waited for the load
    ASSERT(r->l2.fence_removed[3] > 0);
    replay_free(r);
    PASS();
}

TEST switches_keep_address_spaces_apart(void)
{
    struct replay_cfg cfg;
    struct replay_result *r = NULL;
    setup(&cfg, "default");
    const char *why = both(&cfg, "access",
                           "switch 1 0\nl 10000 8 u\nswitch 2 0\nl 10000 8 u\nswitch 1 0\n"
                           "l 10000 8 u\n",
                           &r);
    ASSERTm(why, !why);
    ASSERT_EQ(3, r->switches);
    ASSERT_EQ(2, r->l2.answered[1]); // the third load hits the L1 TLB
    replay_free(r);
    PASS();
}

// The prefetcher looks at the next line of PTEs before its pages exist and the PageCache keeps the
// fault; when they are mapped, the kernel fences.
TEST first_touch_faults_are_fenced_like_a_kernel(void)
{
    struct replay_cfg cfg;
    struct replay_result *r = NULL;
    setup(&cfg, "default");
    cfg.first_touch = true;
    const char *why = both(&cfg, "access",
                           "l 10000 8 u @0\nl 18000 8 u @2000\nf 20000 4 u @4000\n"
                           "s 28000 8 u @6000\nl 10000 8 u @8000\n",
                           &r);
    ASSERTm(why, !why);
    ASSERT_EQ(0, r->front.page_faults[L1_LOAD] + r->front.page_faults[L1_STORE] +
                     r->front.page_faults[L1_FETCH]);
    ASSERT_EQ(3, r->front.done[L1_LOAD]);
    ASSERT(r->kernel_fences > 0);
    ASSERT_EQ(r->kernel_fences, r->l2.fences);
    replay_free(r);
    PASS();
}

// Every kind of record an access trace may hold, in every order of stages.
TEST every_kind_of_record_is_taken(void)
{
    static const char *const lines =
        "csr sum 1\ncsr vsum 1\ncsr vmxr 1\ncsr mxr 1\ncsr mpbmte 1\ncsr hpbmte 1\ncsr spvp 1\n"
        "l 10000 8 u +3\nl 10008 8 s +4\ns 12000 8 vu\nf 14000 4 vs\nl 12000 8 hu\nl 14000 8 hs\n"
        "l 14000 8 xs\na 16000 8 u\nr 16000 8 u\np 18000 64 u\np 1a000 64 vu\nl 20000 8 m\n"
        "switch 3 5\nl 10000 8 vu @900\nhfence.vvma 10000 3\nhfence.gvma * 5\nsinval.vma * *\n"
        "hinval.vvma * *\nhinval.gvma * *\nsfence.vma 10000 *\nl 10000 8 vu\ncsr vsatp 0\n"
        "l 10000 8 vu\ncsr hgatp 0\nl 10000 8 vu\ncsr 3b1 3fffffffffff\ncsr 3a0 1f1f\n"
        "csr 7c8 0\nmem 7fff0000 1\nredirect\nl 30000 8 u @5000\n";
    for (unsigned i = 0; i < 4; i++) {
        struct replay_cfg cfg;
        struct replay_result *r = NULL;
        setup(&cfg, i & 1 ? "minimal" : "default");
        cfg.first_touch = i & 2;
        const char *why = both(&cfg, "access", lines, &r);
        ASSERTm(why, !why);
        ASSERT_EQ(REPLAY_DONE, r->end);
        ASSERT_EQ(17, r->accesses);
        ASSERT_EQ(7, r->instructions);
        ASSERT_EQ(6, r->fences);
        ASSERT_EQ(12, r->csr_writes);
        ASSERT_EQ(1, r->switches);
        ASSERT_EQ(1, r->memory_writes);
        ASSERT_EQ(0, r->front.access_faults[L1_LOAD] + r->front.page_faults[L1_LOAD]);
        replay_free(r);
    }
    PASS();
}

TEST port_traces_keep_their_cycles(void)
{
    struct replay_cfg cfg;
    struct replay_result *r = NULL;
    setup(&cfg, "default");
    const char *why = both(&cfg, "port",
                           "q 1 10 0 @0\nq 0 20 0 @0\nq 1 30 3 @900\nsfence.vma * * @5000\n"
                           "q 1 10 0 @6000\nq 1 40 0 @6000\nsfence.vma * * @6002\nswitch 2 0\n"
                           "q 0 10 0 @9000\n",
                           &r);
    ASSERTm(why, !why);
    ASSERT_EQ(REPLAY_DONE, r->end);
    ASSERT_EQ(6, r->l2.accepted[0] + r->l2.accepted[1]);
    ASSERT_EQ(2, r->l2.flushed[1]); // the fence at 6002 drops both and nobody asks again
    ASSERT_EQ(4, r->l2.answered[0] + r->l2.answered[1]);
    ASSERT_EQ(1, r->l2.port_wait[1]); // port 0 goes first
    replay_free(r);
    PASS();
}

TEST a_fault_ends_an_access(void)
{
    struct replay_cfg cfg;
    struct replay_result *r = NULL;
    setup(&cfg, "default");
    const char *why = both(&cfg, "access", "l 8000000000000000 8 u\nl 10000 8 u\n", &r);
    ASSERTm(why, !why);
    ASSERT_EQ(1, r->unmappable);
    ASSERT_EQ(1, r->front.page_faults[L1_LOAD]);
    ASSERT_EQ(2, r->front.done[L1_LOAD]);
    replay_free(r);
    PASS();
}

TEST crossing_accesses_are_two(void)
{
    struct replay_cfg cfg;
    struct replay_result *r = NULL;
    setup(&cfg, "default");
    const char *why = both(&cfg, "access", "l 10ffc 8 u\nf 1003c 8 u\ns 12ff8 8 u\n", &r);
    ASSERTm(why, !why);
    ASSERT_EQ(2, r->front.accesses[L1_LOAD]);
    ASSERT_EQ(2, r->front.accesses[L1_FETCH]);
    ASSERT_EQ(1, r->front.accesses[L1_STORE]);
    replay_free(r);
    PASS();
}

TEST redirects_lose_no_access(void)
{
    struct replay_cfg cfg;
    struct replay_result *r = NULL;
    setup(&cfg, "default");
    // The second fetch faults (and flushes the pipes) while loads are under way.
    const char *why = both(&cfg, "access",
                           "f 10000 4 u\nredirect\nf 20000 4 u\nl 30000 8 u\nl 31000 8 u\n"
                           "f 8000000000000000 4 u\nl 10000 8 u\nf 10020 4 u\nredirect\nredirect\n"
                           "a 40000 8 u\nf 10040 4 u\n",
                           &r);
    ASSERTm(why, !why);
    ASSERT_EQ(3, r->redirects);
    ASSERT_EQ(5, r->front.done[L1_FETCH]);
    ASSERT_EQ(4, r->front.done[L1_LOAD]);
    replay_free(r);
    PASS();
}

// A machine whose memory never answers: channel A is never ready.
TEST the_watchdog_ends_a_stuck_run(void)
{
    struct replay_cfg cfg;
    char name[NAME_SIZE], *text = NULL;
    size_t size = 0;
    setup(&cfg, "default");
    cfg.memory.aready = AREADY_PATTERN;
    cfg.memory.mask = 0;
    cfg.watchdog = 1000;
    cfg.log = open_memstream(&text, &size);
    ASSERT(cfg.log && write_trace(name, "access", "l 10000 8 u\n"));
    struct replay_result *r = replay_run(&cfg, name);
    unlink(name);
    fclose(cfg.log);
    ASSERT_EQ(REPLAY_STUCK, r->end);
    ASSERT(strstr(text, "no progress"));
    ASSERT(strstr(text, "load of 10000"));
    ASSERT(strstr(text, "waiting for channel A"));
    free(text);
    replay_free(r);
    PASS();
}

// Value of a one-bit signal over a waveform, and cycles in which two of them are 1.
static uint64_t cycles_of_both(const char *vcd, const char *first, const char *second)
{
    char id[2][8] = {"", ""}, line[512];
    const char *const name[2] = {first, second};
    bool on[2] = {false, false};
    uint64_t now = 0, count = 0;
    for (const char *p = vcd; *p; p += *p == '\n') {
        size_t n = strcspn(p, "\n");
        snprintf(line, sizeof line, "%.*s", (int)n, p);
        p += n;
        char sid[8], sname[128];
        if (sscanf(line, "$var wire 1 %7s %127s $end", sid, sname) == 2) {
            for (unsigned i = 0; i < 2; i++)
                if (strcmp(sname, name[i]) == 0)
                    strcpy(id[i], sid);
        } else if (line[0] == '#') {
            uint64_t t = strtoull(line + 1, NULL, 10);
            count += on[0] && on[1] ? t - now : 0;
            now = t;
        } else if (line[0] == '0' || line[0] == '1') {
            for (unsigned i = 0; i < 2; i++)
                if (strcmp(line + 1, id[i]) == 0)
                    on[i] = line[0] == '1';
        }
    }
    return count;
}

TEST events_and_waveform_agree_with_the_report(void)
{
    struct replay_cfg cfg;
    char name[NAME_SIZE], *text[2] = {NULL, NULL};
    size_t size[2];
    setup(&cfg, "default");
    cfg.events = open_memstream(&text[0], &size[0]);
    cfg.vcd[0] = open_memstream(&text[1], &size[1]);
    ASSERT(cfg.events && cfg.vcd[0]);
    ASSERT(write_trace(name, "access",
                       "l 10000 8 vu\nl 22000 8 vu\ns 12000 8 vu\nf 8000 4 vu\nl 33000 8 vu\n"
                       "sfence.vma * *\nl 10000 8 u\n"));
    struct replay_result *r = replay_run(&cfg, name);
    unlink(name);
    fclose(cfg.events);
    fclose(cfg.vcd[0]);
    ASSERT_EQ(REPLAY_DONE, r->end);
    uint64_t requests = 0, reads = 0, last = 0;
    for (char *line = strtok(text[0], "\n"); line; line = strtok(NULL, "\n")) {
        uint64_t cycle = strtoull(line, NULL, 10);
        ASSERT(cycle >= last);
        last = cycle;
        requests += strstr(line, " request port=") != NULL;
        reads += strstr(line, " read id=") != NULL;
    }
    ASSERT_EQ(r->l2.accepted[0] + r->l2.accepted[1], requests);
    ASSERT_EQ(r->l2.mem_reads, reads);
    ASSERT_EQ(r->l2.accepted[1],
              cycles_of_both(text[1], "io_tlb_1_req_0_valid", "io_tlb_1_req_0_ready"));
    ASSERT_EQ(r->l2.accepted[0],
              cycles_of_both(text[1], "io_tlb_0_req_0_valid", "io_tlb_0_req_0_ready"));
    ASSERT_EQ(r->l2.mem_reads, cycles_of_both(text[1], "auto_out_a_valid", "auto_out_a_ready"));
    free(text[0]);
    free(text[1]);
    replay_free(r);
    PASS();
}

struct watch {
    uint64_t cycles, end; // seen; the last one wanted
    uint64_t requests, answers, resets;
    bool gap;
};

static bool watch_cycle(uint64_t cycle, const struct l2tlb *machine, const struct l2tlb_in *in,
                        const struct l2tlb_out *out, void *ctx)
{
    struct watch *w = ctx;
    w->gap |= cycle != w->cycles || l2tlb_cycle(machine) != cycle;
    w->resets += in->csr_w.valid && in->csr_w.addr == 0x3b0; // the PMP entry of the boot
    for (unsigned p = 0; p < 2; p++) {
        w->requests += in->req[p].valid && out->req_ready[p];
        w->answers += out->resp_valid[p] && in->resp_ready[p];
    }
    return w->cycles++ != w->end;
}

static const char *const watched[] = {
    "l 10000 8 vu\ns 22000 8 vu\nl 10000 8 u @3000\nsfence.vma * *\nf 8000 4 u @9000\n",
    "q 1 10 0 @0\nq 0 20 3 @40\nsfence.vma * * @5000\nq 1 10 0 @6000\n",
};

// Whoever looks at every cycle sees each once, and what the report counts; it changes nothing.
TEST every_cycle_is_shown(void)
{
    for (unsigned i = 0; i < 2; i++) {
        struct replay_cfg cfg;
        char name[NAME_SIZE];
        struct watch w = {.end = UINT64_MAX};
        unsigned failed[2];
        setup(&cfg, "default");
        ASSERT(write_trace(name, i ? "port" : "access", watched[i]));
        struct replay_result *off = replay_run(&cfg, name);
        cfg.cycle = watch_cycle;
        cfg.cycle_ctx = &w;
        struct replay_result *on = replay_run(&cfg, name);
        unlink(name);
        ASSERT(on && off);
        ASSERT_EQ(REPLAY_DONE, on->end);
        ASSERT_FALSE(w.gap);
        ASSERT_EQ(1, w.resets);
        ASSERT_EQ(on->l2.accepted[0] + on->l2.accepted[1], w.requests);
        ASSERT_EQ(on->l2.answered[0] + on->l2.answered[1], w.answers);
        ASSERT_EQ(on->l2.cycles + BOOT, w.cycles);
        ASSERT_EQ(off->checksum, on->checksum);
        char *a = as_json(&cfg, off, &failed[0]), *b = as_json(&cfg, on, &failed[1]);
        ASSERT(a && b && !failed[0] && !failed[1]);
        ASSERT_STR_EQ(a, b);
        free(a);
        free(b);
        replay_free(on);
        replay_free(off);
    }
    PASS();
}

TEST the_watcher_ends_a_run(void)
{
    static const uint64_t end[] = {0, 5, 200}; // the first cycle, in the boot, in the trace
    for (unsigned i = 0; i < 3; i++) {
        struct replay_cfg cfg;
        char name[NAME_SIZE];
        struct watch w = {.end = end[i]};
        setup(&cfg, "default");
        cfg.cycle = watch_cycle;
        cfg.cycle_ctx = &w;
        ASSERT(write_trace(name, "access", watched[0]));
        struct replay_result *r = replay_run(&cfg, name);
        unlink(name);
        ASSERT(r);
        ASSERT_EQ(REPLAY_ENDED, r->end);
        ASSERT_EQ(end[i] + 1, w.cycles);
        ASSERT_FALSE(w.gap);
        replay_free(r);
    }
    PASS();
}

TEST bad_traces_are_refused(void)
{
    static const char *const bad[] = {"", "l zz 8 u\n", "l 10000 8 u\nrubbish\n"};
    for (unsigned i = 0; i < 3; i++) {
        struct replay_cfg cfg;
        char name[NAME_SIZE];
        setup(&cfg, "default");
        ASSERT(write_trace(name, "access", bad[i]));
        struct replay_result *r = replay_run(&cfg, name);
        unlink(name);
        ASSERT_EQ(REPLAY_BAD_INPUT, r->end);
        ASSERT(strstr(r->message, name));
        replay_free(r);
    }
    PASS();
}

SUITE(replay_suite)
{
    RUN_TEST(one_load_is_one_walk);
    RUN_TEST(uncached_latency_is_the_sum_of_its_parts);
    RUN_TEST(retry_times_add_up);
    RUN_TEST(full_filters_turn_accesses_away);
    RUN_TEST(two_stage_walks_stay_below_the_maximum);
    RUN_TEST(a_fence_makes_the_page_walk_again);
    RUN_TEST(switches_keep_address_spaces_apart);
    RUN_TEST(first_touch_faults_are_fenced_like_a_kernel);
    RUN_TEST(every_kind_of_record_is_taken);
    RUN_TEST(port_traces_keep_their_cycles);
    RUN_TEST(a_fault_ends_an_access);
    RUN_TEST(crossing_accesses_are_two);
    RUN_TEST(redirects_lose_no_access);
    RUN_TEST(the_watchdog_ends_a_stuck_run);
    RUN_TEST(events_and_waveform_agree_with_the_report);
    RUN_TEST(every_cycle_is_shown);
    RUN_TEST(the_watcher_ends_a_run);
    RUN_TEST(bad_traces_are_refused);
}
