// SPDX-License-Identifier: MulanPSL-2.0
// Recordings, and reports side by side.
#include "api.h"

#include <l2tlb/replay.h>
#include <l2tlb/report.h>
#include <unistd.h>

// The walk of docs/recordings.md 3 and 4.
static const char stim_text[] = "L2TLBSTIM 1\nname one_walk\ntiming lat=5 span=0 seed=0 gap=1\naready always\ninit satp 8 1 80200\n"
                                "end 100\nmem 80200440 20080401\nmem 80201140 20080801\nmem 80202000 2400000df\nrun\n"
                                "@2 pmp 3b0 ffffffffffff\n@3 pmp 3a0 1f\n@40 req 1 2205000 0\n";
static const char head_text[] = "Q 40 1 0 2205000 0\nA 49 6 80200440\nD 54 6 0\nD 55 6 1\nA 57 6 80201140\nD 62 6 0\nD 63 6 1\n"
                                "A 70 0 80202000\nD 75 0 0\nD 76 0 1\n";

struct told {
    size_t length;
    unsigned calls, stop_at;
};

static void on_details(void *ctx, const char *text, size_t length)
{
    struct told *t = ctx;
    t->length = strlen(text) == length ? length : 0;
}

static int on_progress(void *ctx)
{
    struct told *t = ctx;
    return ++t->calls == t->stop_at;
}

void api_test_checks(void)
{
    char stim[32], gold[32];
    l2tlb_config *c;
    struct told told = {0};
    struct l2tlb_check k = {.size = sizeof k, .ctx = &told, .details = on_details, .progress = on_progress};
    IS(L2TLB_OK, l2tlb_cfg_new("minimal", &c));
    api_file(stim, stim_text);
    api_file(gold, head_text); // its last lines are missing
    IS(L2TLB_OK, l2tlb_check_run(c, stim, gold, &k));
    YES(k.mismatches > 0 && told.length > 100 && k.first[0]);
    IS(L2TLB_CHECK_FIRST, k.end);
    IS(0, k.at_end);
    IS(77, k.first_cycle); // the answer
    k.all = 1;
    k.no_skip = 1;
    IS(L2TLB_OK, l2tlb_check_run(c, stim, gold, &k));
    IS(L2TLB_CHECK_WHOLE, k.end);
    IS(100, k.cycles);
    IS(100, k.cycles_all);
    IS(L2TLB_BAD_INPUT, l2tlb_check_run(c, "/no/such/stimulus", gold, &k));
    SAYS("/no/such/stimulus", k.message);
    IS(L2TLB_BAD_INPUT, l2tlb_check_run(c, stim, "/no/such/gold", &k));
    SAYS("/no/such/gold", k.message);
    IS(L2TLB_BAD_INPUT, l2tlb_check_run(c, gold, gold, &k));
    IS(0, k.mismatches);
    k.size = 7;
    IS(L2TLB_BAD_SIZE, l2tlb_check_run(c, stim, gold, &k));
    k.size = sizeof k;
    unlink(stim);
    api_file(stim, "L2TLBSTIM 1\ntiming lat=5 span=0 seed=0 gap=1\nend 100000\nrun\n@50000 req 1 0 0\n");
    told = (struct told){.stop_at = 3};
    IS(L2TLB_CANCELLED, l2tlb_check_run(c, stim, gold, &k));
    IS(L2TLB_CHECK_CANCELLED, k.end);
    IS(L2TLB_OK, l2tlb_cfg_set(c, "keyid.bits", "5")); // only with key ids
    IS(L2TLB_BAD_VALUE, l2tlb_check_run(c, stim, gold, &k));
    YES(k.message[0]);
    unlink(stim);
    unlink(gold);
    l2tlb_cfg_free(c);
}

// The JSON report of a replay with these latencies of memory; for free().
static char *report(const char *trace, const char *lat)
{
    l2tlb_config *c;
    l2tlb_replay *r;
    const char *text;
    size_t n;
    IS(L2TLB_OK, l2tlb_replay_cfg_new("minimal", &c));
    IS(L2TLB_OK, l2tlb_replay_new(c, &r));
    IS(L2TLB_OK, l2tlb_replay_set(r, "mem.lat", lat));
    IS(L2TLB_OK, l2tlb_replay_set(r, "roi-to", "2000"));
    IS(L2TLB_OK, l2tlb_replay_run(r, trace, NULL));
    IS(L2TLB_OK, l2tlb_replay_report(r, "json", &text, &n));
    char *copy = malloc(n + 1);
    memcpy(copy, text, n + 1);
    l2tlb_replay_free(r);
    l2tlb_cfg_free(c);
    return copy;
}

void api_test_comparisons(const char *trace)
{
    l2tlb_comparison *c;
    const char *text;
    size_t n;
    char *a = report(trace, "100"), *b = report(trace, "300");
    IS(L2TLB_OK, l2tlb_comparison_new(&c));
    IS(L2TLB_BAD_ORDER, l2tlb_comparison_report(c, "text", &text, &n));
    IS(L2TLB_OK, l2tlb_comparison_add(c, "near", a));
    IS(L2TLB_BAD_ORDER, l2tlb_comparison_report(c, "text", &text, &n));
    IS(L2TLB_BAD_INPUT, l2tlb_comparison_add(c, "none", "{}"));
    SAYS("none: ", l2tlb_comparison_message(c));
    IS(L2TLB_BAD_INPUT, l2tlb_comparison_add(c, "none", "[]"));
    IS(L2TLB_BAD_INPUT, l2tlb_comparison_add(c, "none", "{"));
    IS(L2TLB_OK, l2tlb_comparison_add(c, "far", b));
    IS(L2TLB_BAD_KEY, l2tlb_comparison_report(c, "pdf", &text, &n));
    static const char *const format[] = {"json", "text", "summary", "csv", "html"};
    for (int i = 0; i < 5; i++) {
        IS(L2TLB_OK, l2tlb_comparison_report(c, format[i], &text, &n));
        YES(n > 200 && strlen(text) == n);
    }
    IS(L2TLB_OK, l2tlb_comparison_report(c, "text", &text, &n));
    SAYS("mem.lat", text);
    SAYS("far", text);
    int status = L2TLB_OK;
    for (int i = 0; i < 40 && !status; i++)
        status = l2tlb_comparison_add(c, "more", a);
    IS(L2TLB_FULL, status);
    l2tlb_comparison_free(c);
    l2tlb_comparison_free(NULL);
    free(a);
    free(b);
}
