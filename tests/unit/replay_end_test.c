// SPDX-License-Identifier: MulanPSL-2.0
// How replays end before their end: the watchdog, which must not take waiting for a deadlock, and the
// wish of the caller, after which the report is true and marked as partial.
#include "report/replay_doc.h"
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char name[64];

static bool write_trace(const char *kind, const char *lines)
{
    strcpy(name, "/tmp/l2tlb-test-XXXXXX");
    int fd = mkstemp(name);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        return false;
    fprintf(f, "GVT 1\nisa riscv64\nkind %s\naddress virtual\ntables built\nrun\n%s", kind, lines);
    return fclose(f) == 0;
}

static void setup(struct replay_cfg *cfg)
{
    char msg[256];
    replay_cfg_default(cfg);
    cfg_preset(&cfg->machine, "default");
    cfg_set(&cfg->machine, "errata.L3", "fixed", msg, sizeof msg);
    cfg_finish(&cfg->machine, msg, sizeof msg);
    cfg->watchdog = 2000;
}

static struct replay_result *run(const struct replay_cfg *cfg, const char *kind, const char *lines)
{
    struct replay_result *r = write_trace(kind, lines) ? replay_run(cfg, name) : NULL;
    unlink(name);
    return r;
}

// A record that comes later than the watchdog waits is no deadlock, in traces of both kinds.
TEST waiting_for_a_time_is_progress(void)
{
    static const struct {
        const char *kind, *lines;
        uint64_t least; // cycles
    } rows[] = {
        {"access", "l 10000 8 u\nl 20000 8 u\nl 30000 8 u @201000\n", 201000},
        {"access", "l 10000 8 u\nsfence.vma * * @5000\nl 30000 8 u\n", 5000},
        {"access", "l 10000 8 u @5000\ncsr sum 1 @9000\nl 30000 8 s @20000\n", 20000},
        {"port", "q 1 1000 0 @10\nq 1 2000 0 @300100\nq 0 2000 0 @400000\n", 400000},
        {"port", "q 1 1000 0 @10\nsfence.vma * * @5000\nq 0 2000 0 @9000\n", 9000},
    };
    struct replay_cfg cfg;
    setup(&cfg);
    for (unsigned i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        cfg.no_skip = i & 1;
        struct replay_result *r = run(&cfg, rows[i / 2].kind, rows[i / 2].lines);
        ASSERT(r);
        ASSERTm(r->message, r->end == REPLAY_DONE);
        ASSERT(r->l2.cycles >= rows[i / 2].least && r->l2.cycles < rows[i / 2].least + 2000);
        replay_free(r);
    }
    PASS();
}

// ... but a request that is under way meanwhile must go on: here channel A is never ready.
TEST a_time_to_wait_for_hides_no_deadlock(void)
{
    static const char *const rows[][2] = {{"access", "l 10000 8 u\nl 20000 8 u @1000000\n"},
                                          {"port", "q 1 10 0 @10\nq 1 20 0 @1000000\n"}};
    struct replay_cfg cfg;
    setup(&cfg);
    cfg.memory.aready = AREADY_PATTERN;
    cfg.memory.mask = 0;
    for (unsigned i = 0; i < 4; i++) {
        cfg.no_skip = i & 1;
        struct replay_result *r = run(&cfg, rows[i / 2][0], rows[i / 2][1]);
        ASSERT(r);
        ASSERT_EQ(REPLAY_STUCK, r->end);
        ASSERT(r->l2.cycles < 10000);
        replay_free(r);
    }
    PASS();
}

struct wish {
    uint64_t record; // stop there
    bool running;    // in the run, not in the first pass
};

static bool until(void *ctx, uint64_t records, uint64_t cycles, uint64_t done, uint64_t size, const struct hist *latency)
{
    (void)latency;
    const struct wish *w = ctx;
    (void)done, (void)size;
    return records < w->record || !cycles == w->running;
}

// NULL, or what is wrong with a run of n records that is ended so.
static const char *interrupt(struct wish w, unsigned n, const char *said)
{
    char *lines = malloc(24 * n + 1), *at = lines;
    struct replay_cfg cfg;
    setup(&cfg);
    cfg.progress = until;
    cfg.progress_ctx = &w;
    for (unsigned i = 0; lines && i < n; i++)
        at += sprintf(at, "l %x 8 u\n", 0x10000 + (i * 7919 & 0xfffff) * 64);
    struct replay_result *r = lines ? run(&cfg, "access", lines) : NULL;
    struct doc *d = r ? replay_document(&cfg, r, "x") : NULL;
    const char *why = !d || !doc_ok(d)               ? "no report"
                      : r->end != REPLAY_INTERRUPTED ? "not interrupted"
                      : !strstr(r->message, said)    ? "another message"
                      : !d->partial || strcmp(d->partial, r->message) != 0 ? "not said"
                      : d->failed                    ? "a sum does not hold"
                                                     : NULL;
    doc_free(d);
    replay_free(r);
    free(lines);
    return why;
}

TEST an_interrupted_run_has_a_report(void)
{
    const char *why = interrupt((struct wish){0, true}, 3000, "interrupted at record ");
    ASSERTm(why, !why);
    for (unsigned n = 100; n < 2900; n += 300) {
        why = interrupt((struct wish){n, true}, 3000, " of 3000");
        ASSERTm(why, !why);
    }
    why = interrupt((struct wish){0, false}, 70000, " of the first pass, before the run");
    ASSERTm(why, !why);
    PASS();
}

SUITE(replay_end_suite)
{
    RUN_TEST(waiting_for_a_time_is_progress);
    RUN_TEST(a_time_to_wait_for_hides_no_deadlock);
    RUN_TEST(an_interrupted_run_has_a_report);
}
