// SPDX-License-Identifier: MulanPSL-2.0
// Replays, and machines in threads.
#include "api.h"

#include <l2tlb/replay.h>
#include <pthread.h>

// --- replays ------------------------------------------------------------------------------------

struct watch {
    unsigned calls, stop_at, blocks;
    size_t rows;
    uint64_t latency;
};

static int on_progress(void *ctx, const struct l2tlb_replay_progress *p)
{
    struct watch *w = ctx;
    (void)p;
    return ++w->calls == w->stop_at;
}

static int on_rows(void *ctx, const struct l2tlb_replay_request *rows, size_t n)
{
    struct watch *w = ctx;
    w->rows += n;
    w->blocks++;
    for (size_t i = 0; i < n; i++) {
        uint32_t sum = 0;
        for (int k = 0; k < L2TLB_CAUSE_ROOM; k++)
            sum += rows[i].cause[k];
        if (sum != rows[i].latency)
            return 1;
        w->latency += rows[i].latency;
    }
    return 0;
}

static l2tlb_replay *replay(void)
{
    l2tlb_config *c;
    l2tlb_replay *r;
    IS(L2TLB_OK, l2tlb_replay_cfg_new("default", &c));
    IS(L2TLB_OK, l2tlb_replay_new(c, &r));
    l2tlb_cfg_free(c);
    return r;
}

void api_test_replay(const char *trace)
{
    l2tlb_replay *r = replay();
    struct watch w = {0};
    struct l2tlb_replay_hooks h = {.size = sizeof h, .ctx = &w, .progress = on_progress, .requests = on_rows};
    struct l2tlb_replay_figures f = {.size = sizeof f};
    struct l2tlb_bin bin[2000];
    const char *text;
    size_t n;
    IS(L2TLB_BAD_ORDER, l2tlb_replay_get_figures(r, &f));
    IS(L2TLB_BAD_ORDER, l2tlb_replay_histogram(r, 4, bin, 1, &n));
    IS(L2TLB_BAD_ORDER, l2tlb_replay_report(r, "json", &text, &n));
    IS(L2TLB_OK, l2tlb_replay_set(r, "world.stages", "two"));
    IS(L2TLB_OK, l2tlb_replay_run(r, trace, &h));
    IS(L2TLB_OK, l2tlb_replay_get_figures(r, &f));
    IS(1, f.whole);
    IS(0, f.checks_failed);
    YES(f.checks > 20 && f.accesses > 0 && w.calls > 0);
    IS(f.all.count, w.rows);
    IS(f.all.sum, w.latency);
    IS(f.answered[0] + f.answered[1], f.all.count);
    IS(L2TLB_OK, l2tlb_replay_histogram(r, 4, bin, 2000, &n));
    uint64_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += bin[i].count;
    IS(f.all.count, count);
    IS(L2TLB_BAD_VALUE, l2tlb_replay_histogram(r, 5, bin, 1, &n));
    static const char *const format[] = {"json", "text", "summary", "csv", "html"};
    for (int i = 0; i < 5; i++) {
        IS(L2TLB_OK, l2tlb_replay_report(r, format[i], &text, &n));
        YES(n > 500 && strlen(text) == n);
    }
    IS(L2TLB_BAD_KEY, l2tlb_replay_report(r, "pdf", &text, &n));
    YES(text == NULL);
    f.size = 12;
    IS(L2TLB_BAD_SIZE, l2tlb_replay_get_figures(r, &f));
    f.size = sizeof f;
    // Stopped by the caller: results of a part.
    w = (struct watch){.stop_at = 3};
    IS(L2TLB_CANCELLED, l2tlb_replay_run(r, trace, &h));
    SAYS("interrupted", l2tlb_replay_message(r));
    w = (struct watch){.stop_at = 1};
    int status = l2tlb_replay_run(r, trace, &h);
    YES(status == L2TLB_CANCELLED || status == L2TLB_NO_MEMORY);
    l2tlb_replay_free(r);
    l2tlb_replay_free(NULL);
}

void api_test_replay_errors(const char *trace)
{
    l2tlb_replay *r = replay();
    static const char *const bad[][2] = {
        {"arch", "mips"}, {"oracle", "maybe"}, {"interval-unit", "days"}, {"window-load", "0"}, {"retry-load", "x"},
        {"seed", "-1"}, {"mem.lat", "0"}, {"world.stages", "five"}, {"roi-to", "0"},
        {"retry-store", "1"}, {"no-skip", "1"}, {"watchdog", "-1"}, {"roi-from", ""}, {"world.pages", "5k"},
        // Values like words of messages.
        {"mem.lat", "unknown key"}, {"world.s1.huge", "unknown"}, {"world.mode", "unknown"}, {"mem.aready", "unknown"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        IS(L2TLB_BAD_VALUE, l2tlb_replay_set(r, bad[i][0], bad[i][1]));
        YES(l2tlb_replay_message(r)[0]);
    }
    IS(L2TLB_BAD_KEY, l2tlb_replay_set(r, "speed", "1"));
    IS(L2TLB_BAD_KEY, l2tlb_replay_set(r, "mem.speed", "1"));
    IS(L2TLB_BAD_KEY, l2tlb_replay_set(r, "world.speed", "1"));
    static const char *const no_key[] = {"window.load", "first_touch", "warmup", "bad value", "mem.", "world.bad value", ""};
    for (size_t i = 0; i < sizeof no_key / sizeof *no_key; i++) {
        IS(L2TLB_BAD_KEY, l2tlb_replay_set(r, no_key[i], "1"));
        YES(l2tlb_replay_message(r)[0]);
    }
    IS(L2TLB_BAD_VALUE, l2tlb_replay_set(r, "window-load", "x"));
    SAYS("window-load", l2tlb_replay_message(r));
    IS(L2TLB_BAD_INPUT, l2tlb_replay_run(r, "/no/such/trace", NULL));
    SAYS("/no/such/trace", l2tlb_replay_message(r));
    IS(L2TLB_OK, l2tlb_replay_set(r, "roi-from", "9"));
    IS(L2TLB_OK, l2tlb_replay_set(r, "roi-to", "9"));
    IS(L2TLB_BAD_VALUE, l2tlb_replay_run(r, trace, NULL));
    IS(L2TLB_OK, l2tlb_replay_set(r, "roi-to", "10"));
    IS(L2TLB_OK, l2tlb_replay_set(r, "mem.l2_sets", "3"));
    IS(L2TLB_BAD_VALUE, l2tlb_replay_run(r, trace, NULL));
    IS(L2TLB_BAD_SIZE, l2tlb_replay_run(r, trace, &(struct l2tlb_replay_hooks){.size = 3}));
    IS(L2TLB_BAD_VALUE, l2tlb_replay_run(r, trace, &(struct l2tlb_replay_hooks){.size = sizeof(struct l2tlb_replay_hooks), .zero = 1}));
    SAYS("zero", l2tlb_replay_message(r));
    l2tlb_replay_free(r);
}

// --- threads ------------------------------------------------------------------------------------

static void *thread(void *ctx)
{
    uint64_t *seed = ctx;
    struct stimulus *s = malloc(sizeof *s);
    l2tlb_config *c;
    l2tlb_machine *m;
    l2tlb_memory *memory;
    uint64_t word[8] = {0};
    l2tlb_memory_new(&memory);
    l2tlb_cfg_new("default", &c);
    l2tlb_machine_new(c, &m);
    // The tables of api_world() by hand: its checks count in a variable of all threads.
    word[1] = 0x20000401;
    l2tlb_memory_write(memory, 0x80000000, word, 2);
    word[0] = 0x20000801;
    l2tlb_memory_write(memory, 0x80001000, word, 1);
    for (uint64_t i = 0; i < PAGES; i++) {
        word[0] = (0x90000 + i) << 10 | 0x43;
        l2tlb_memory_write(memory, 0x80002000 + 8 * i, word, 1);
    }
    api_draw(s, *seed);
    struct l2tlb_run r = api_run_of(s, memory);
    *seed = l2tlb_machine_run(m, &r) ? 0 : api_digest(s, &r);
    l2tlb_machine_free(m);
    l2tlb_cfg_free(c);
    l2tlb_memory_free(memory);
    free(s);
    return NULL;
}

void api_test_threads(void)
{
    pthread_t id[4];
    uint64_t seed[4] = {1, 2, 3, 4};
    for (int i = 0; i < 4; i++)
        IS(0, pthread_create(&id[i], NULL, thread, &seed[i]));
    for (int i = 0; i < 4; i++)
        pthread_join(id[i], NULL);
    for (int i = 0; i < 4; i++)
        IS((long long)api_whole_run((uint64_t)i + 1), (long long)seed[i]);
}
