// SPDX-License-Identifier: MulanPSL-2.0
// What a run is counted into. The tracker fills it from the events of the machine; contents.c
// turns it into report sections. Everything is a plain counter, so two runs can be compared byte
// for byte (idle skipping on or off) and merged.
#ifndef L2TLB_REPLAY_STATS_H
#define L2TLB_REPLAY_STATS_H

#include "model/l2tlb.h"
#include "replay/hist.h"
#include "replay/shield.h"
#include "replay/ward.h"

enum {
    KINDS = 4,     // s2xlate codes
    LEVELS = 4,    // table levels 0 (4 KiB) .. 3 (512 GiB)
    ROW_DATA = 4,  // map row of the final guest page
    MAP_ROWS = 5,  // VS levels 0..3 and ROW_DATA
    MAP_TABLE = 4, // map column of the VS (or one-stage) table itself
    MAP_COLS = 5,  // G levels 0..3 and MAP_TABLE
    TABLES = 5,    // L3, L2, L1, L0, SP
    MAX_REFS = 64, // references of one walk that are counted apart; more share the last place
    MAX_OUTSTANDING = MAX_IDS,
    MAX_QUEUE = 256,
};

// Where a walk starts: the deepest thing that the deciding PageCache look-up found.
enum path { PATH_L0, PATH_SP, PATH_L1, PATH_L2, PATH_L3, PATH_ROOT, PATHS };
// What the G stage cost: no G stage (one-stage requests), all of it found cached, walked.
enum gside { GSIDE_NONE, GSIDE_CACHED, GSIDE_WALKED, GSIDES };
// Who looked up: a request itself, the G stage of one.
enum { STAGE_REQUEST, STAGE_G, STAGES };

enum answer_fault { ANSWER_OK, ANSWER_PF, ANSWER_AF, ANSWER_GPF, ANSWER_GAF, ANSWER_FAULTS };

struct lookup_stats {
    uint64_t lookups, hits, misses, bypassed, table[TABLES], prefetched_hits, jumps;
    uint64_t stage1_hits; // misses in which the stage-1 half was known (two-stage requests)
};

struct map_cell {
    uint64_t reads, cycles;
};

struct stats {
    // clock
    uint64_t cycles;      // clock edges, skipped ones included
    uint64_t busy_cycles; // cycles with at least one request in flight

    // requests, by port
    uint64_t accepted[2], answered[2], flushed[2], in_flight[2], port_wait[2], resp_wait;
    uint64_t unknown_answers; // an answer to a tag that is not in flight: must be 0
    uint64_t duplicate_tags;  // a tag accepted while in flight: must be 0
    uint64_t bad_sums;        // requests whose causes do not add up to their latency: must be 0
    uint64_t kind[KINDS];

    // latency, in cycles from acceptance to answer
    struct hist all, by_kind[KINDS], by_port[2], by_path[KINDS][PATHS][GSIDES];
    struct hist by_level[KINDS][LEVELS + 1][LEVELS + 1]; // [s1 level][s2 level], LEVELS = none
    uint64_t cause[KINDS][CAUSE_COUNT], flushed_cause_cycles;
    uint64_t latency_sum[KINDS];

    // memory references of requests
    uint64_t refs[KINDS][MAX_REFS];              // answered requests by number of references
    uint64_t refs_max[KINDS], theory_max[KINDS]; // observed and (n+1)(m+1)-1
    uint64_t refs_over[KINDS];     // walked once, with more references than the maximum
    uint64_t walked_again[KINDS];  // more than one turn of the PTW or in the LLPTW
    uint64_t refs_max_once[KINDS]; // largest of the others
    struct map_cell map[KINDS][MAP_ROWS][MAP_COLS];
    uint64_t bitmap_reads, bitmap_all_reads; // of answered requests (of the MPT, where that is built); all
    uint64_t bitmap_checks, bitmap_shared, bitmap_refused; // answers of the checker
    uint64_t open_reads;                                   // of requests in flight at the end
    uint64_t outstanding_end;                              // reads under way at the end
    bool drained; // nothing was in flight at the end, the event pipeline is empty
    uint64_t prefetch_reads, flushed_reads; // reads of prefetches; of requests dropped by a flush
    uint64_t late_reads;                    // reads that returned after their request was answered
    uint64_t unplaced_reads;                // more reads per walk than the tracker keeps apart

    // PageCache
    struct lookup_stats lookup[STAGES][2][2]; // [stage][first pass][prefetch]
    uint64_t refills[LEVELS], prefetch_refills;

    // walkers, queue, memory
    uint64_t ptw_walks, ptw_busy, hptw_walks, hptw_busy, hptw_reads, ptw_reads, llptw_reads;
    uint64_t llptw_in, llptw_out, llptw_requeued, llptw_state[16], llptw_occupancy[MAX_LLPTW + 1];
    uint64_t missq_in, missq_for_llptw, missq_occupancy[MAX_QUEUE + 1];
    uint64_t outstanding[MAX_OUTSTANDING + 1], mem_reads, mem_answers;
    uint64_t ptw_read_cycles;

    // prefetch
    uint64_t pf_issued, pf_redundant, pf_used, pf_late, pf_given_up, pf_useless;
    uint64_t pf_flushed, pf_open; // open: still walking at the end, or forgotten while walking

    // answers
    uint64_t compress[SECTOR + 1]; // 4-KiB answers without fault by number of valid PTEs
    uint64_t single_super, single_fault, single_only2;
    uint64_t faults[KINDS][ANSWER_FAULTS][LEVELS];

    // fences
    uint64_t fences, flushes, fence_removed[TABLES];

    uint64_t perf[PERF_COUNT]; // sums of io_perf_N
    uint64_t events[EV_KINDS];

    struct shield_stats shield; // filled by the run, not by the tracker
    struct ward_stats ward;     // likewise
    uint64_t mpt_all_reads;     // entries of the MPT
};

extern const char *const stats_kind_name[KINDS];
extern const char *const stats_path_name[PATHS];
extern const char *const stats_table_name[TABLES];
extern const char *const stats_fault_name[ANSWER_FAULTS];
extern const char *const stats_perf_name[PERF_COUNT]; // the RTL's names of io_perf_N

#endif
