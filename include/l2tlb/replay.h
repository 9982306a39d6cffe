// SPDX-License-Identifier: MulanPSL-2.0
// A whole replay of a trace, as `l2tlb replay` makes it: figures, histograms, a row per request, the report.
//
//   l2tlb_config *c;
//   l2tlb_replay *r;
//   l2tlb_replay_cfg_new("default", &c);
//   l2tlb_replay_new(c, &r);
//   l2tlb_replay_set(r, "world.stages", "two");
//   if (l2tlb_replay_run(r, "database.gvt.gz", NULL)) puts(l2tlb_replay_message(r));
//   l2tlb_replay_report(r, "json", &text, &length);
//
// One object is one replay after the other; each run forgets the one before. Several may run at once in threads.
// docs/replay.md says what a replay means.
#ifndef L2TLB_REPLAY_H
#define L2TLB_REPLAY_H

#include "l2tlb/config.h"
#include "l2tlb/l2tlb.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct l2tlb_replay l2tlb_replay;

enum { L2TLB_KINDS = 4, L2TLB_CAUSE_ROOM = 16, L2TLB_FAULTS = 5 };

// As l2tlb_cfg_new(), with errata.L3 fixed, as the command has it (as the RTL is, the L1 side may hang).
L2TLB_API int l2tlb_replay_cfg_new(const char *preset, l2tlb_config **c);

// The configuration is copied. L2TLB_BAD_VALUE: it is impossible (l2tlb_cfg_message).
L2TLB_API int l2tlb_replay_new(l2tlb_config *c, l2tlb_replay **r);
L2TLB_API void l2tlb_replay_free(l2tlb_replay *r);
L2TLB_API const char *l2tlb_replay_message(const l2tlb_replay *r);

// Settings, by the names of the command's options: "arch" (riscv64, aarch64; sets the world of it, so it comes first),
// "seed", "oracle", "first-touch", "untranslated", "no-skip" (yes, no), "window-load", "window-store",
// "window-prefetch", "window-fetch", "retry-load", "retry-full", "retry-store", "retry-fetch", "retry-amo",
// "interval" (cycles; 0: follows the run), "interval-unit" (cycles, accesses, instructions), "roi-from" and "roi-to"
// (records; figures are of those behind the first up to the second), "watchdog", "world.KEY" (`l2tlb replay --world
// help`), "mem.KEY" (`--mem help`). L2TLB_BAD_KEY, L2TLB_BAD_VALUE.
L2TLB_API int l2tlb_replay_set(l2tlb_replay *r, const char *key, const char *value);

struct l2tlb_replay_progress {
    uint64_t records, cycles;  // so far; cycles 0: page tables are being built
    uint64_t bytes, bytes_all; // of the trace file; bytes_all 0: unknown
};

// One answered request.
struct l2tlb_replay_request {
    uint64_t vpn, accepted; // cycle of the replay
    uint32_t tag, latency;
    uint32_t reads;    // of tables
    uint8_t port, s2xlate;
    uint8_t fault;     // 1 page fault, 2 access fault, 4 guest page fault, 8 access fault of the G stage
    uint8_t path;      // where the walk began: 0 L0, 1 SP, 2 L1, 3 L2, 4 L3, 5 the root
    uint8_t g_side;    // 0 no G stage, 1 all of it cached, 2 walked
    uint8_t s1_level, g_level; // at which the walk ended; 4: no such stage
    uint8_t zero;
    uint32_t cause[L2TLB_CAUSE_ROOM]; // cycles by cause (l2tlb_causes() of them); they add up to the latency
};

// Callbacks of a run; any of them may be NULL. One that returns something else than 0 ends it (L2TLB_CANCELLED); the
// results are those of the records so far.
struct l2tlb_replay_hooks {
    uint32_t size;
    uint32_t zero;
    void *ctx;
    int (*progress)(void *ctx, const struct l2tlb_replay_progress *p); // now and then
    int (*requests)(void *ctx, const struct l2tlb_replay_request *rows, size_t n); // blocks of them, in order
};

// L2TLB_OK: went through. L2TLB_STUCK, L2TLB_CANCELLED: there are results, of a part. L2TLB_BAD_INPUT: trace or image
// (message); L2TLB_BAD_VALUE: settings that do not go together; L2TLB_BAD_SIZE: of the hooks; L2TLB_NO_MEMORY: there are
// none. hooks may be NULL.
L2TLB_API int l2tlb_replay_run(l2tlb_replay *r, const char *path, const struct l2tlb_replay_hooks *hooks);

// --- results: L2TLB_BAD_ORDER without a run that gave any ---------------------------------------------------

struct l2tlb_latency { // cycles from acceptance to answer
    uint64_t count, sum, min, max;
    uint64_t p50, p90, p99, p999; // exact up to 1023 cycles, else the upper end of a bin
};

struct l2tlb_replay_figures {
    uint32_t size;      // set by the caller
    uint32_t whole;     // 1: of the whole trace
    uint64_t records, accesses, instructions; // of the trace
    uint64_t fences, switches, csr_writes;
    uint64_t unmappable; // accesses to addresses that the world cannot map
    uint64_t cycles, busy_cycles; // busy: a request was in flight
    uint64_t accepted[2], answered[2], flushed[2]; // by port
    struct l2tlb_latency all, kind[L2TLB_KINDS];   // by s2xlate
    uint64_t cause[L2TLB_KINDS][L2TLB_CAUSE_ROOM]; // cycles of answered requests
    uint64_t faults[L2TLB_FAULTS]; // answers by enum l2tlb_fault
    uint64_t mem_reads;            // reads of channel A
    uint64_t ptw_walks, ptw_busy, hptw_walks, hptw_busy, llptw_in; // busy: cycles
    uint64_t prefetches, prefetches_used;
    uint64_t counter[L2TLB_COUNTERS]; // sums of io_perf_N
    uint64_t judged, wrong;           // answers that the oracle saw, and those it found wrong
    uint64_t checks, checks_failed;   // sums that must agree
};
// L2TLB_BAD_SIZE.
L2TLB_API int l2tlb_replay_get_figures(const l2tlb_replay *r, struct l2tlb_replay_figures *f);

struct l2tlb_bin {
    uint64_t first, last, count; // latencies first..last
};
// Latencies of a kind (L2TLB_KINDS: of all), bins that are not empty in ascending order. *n is how many there are, of
// which the first `room` are written. L2TLB_BAD_VALUE: no such kind.
L2TLB_API int l2tlb_replay_histogram(const l2tlb_replay *r, unsigned kind, struct l2tlb_bin *bins, size_t room, size_t *n);

// The report: "json" (docs/schema/report-1.json), "text", "summary", "csv", "html". The text stands until the next
// call for this object. L2TLB_BAD_KEY: no such format.
L2TLB_API int l2tlb_replay_report(l2tlb_replay *r, const char *format, const char **text, size_t *length);

// What a stuck machine looked like; "" else.
L2TLB_API const char *l2tlb_replay_log(const l2tlb_replay *r);

#ifdef __cplusplus
}
#endif
#endif
