// SPDX-License-Identifier: MulanPSL-2.0
// The run loop: a trace through the machine, with memory behind it and statistics beside it.
//
// An access trace goes through the L1 side (front.h: ports and retry times by the rules of spec C
// 3.2) to the ports of the L2TLB; a port trace gives the requests of the ports directly, each at
// its cycle or as soon after it as the port is free, and does not send dropped requests again.
// Control events (CSR writes, fences, switches) of an access trace wait until every older access is
// done and hold back younger ones for three cycles, as a core does; in a port trace they happen at
// their cycle, or right after the requests before them were accepted.
#ifndef L2TLB_REPLAY_REPLAY_H
#define L2TLB_REPLAY_REPLAY_H

#include "mem/tilelink.h"
#include "check/track.h"
#include "replay/footprint.h"
#include "replay/front.h"
#include "replay/phases.h"
#include "replay/region.h"
#include "replay/stats.h"
#include "replay/tracker.h"
#include "world/world.h"

struct replay_cfg {
    struct l2tlb_cfg machine; // finished
    struct tl_timing memory;
    struct world_cfg world;
    struct front_cfg front;
    uint8_t arch;             // enum trace_isa: GVT_AARCH64 as in replay/aarch64.h, else RISC-V
    bool arch_given;          // the user says what the trace is; else its header has to
    bool world_given;         // the user chose how tables are built: said to be in vain over an image
    bool untranslated;        // images: a stage of a mode that the machine lacks is off, no error
    bool first_touch;         // map pages when they are first used, not before the run (see below)
    bool oracle;              // check every answer with check/oracle.h
    bool no_skip;             // clock every cycle
    bool reuse;               // footprint and reuse distances (footprint.h)
    enum phase_unit interval_unit;
    bool roi;                 // figures of the records roi_from..roi_to only (region.h)
    bool roi_marks;           // ... of what lies between the trace's marks instead
    uint64_t roi_from, roi_to;
    uint64_t interval;        // length of the intervals of phases.h; 0: it follows the run
    uint64_t watchdog;        // cycles without progress that end the run; 0: never
    FILE *events, *log; // log: where a stuck machine is described; each may be NULL
    FILE *vcd[2];       // waveforms (vcd.h), one of them for a converter; each may be NULL
    FILE *requests, *perfetto, *kanata; // requests.h, perfetto.h, kanata.h; each may be NULL
    // Called for every answered request of the L2TLB; NULL: never. See tracker.h.
    void (*answered)(const struct tracked_answer *a, void *ctx);
    void *answered_ctx;
    // Called for every cycle, those of the boot included, when inputs and outputs have settled and
    // before the clock edge; no cycle is skipped then. False ends the run. NULL: never. The machine
    // is there for l2tlb_dump().
    bool (*cycle)(uint64_t cycle, const struct l2tlb *machine, const struct l2tlb_in *in,
                  const struct l2tlb_out *out, void *ctx);
    void *cycle_ctx;
    // Called every now and then; NULL: never. done and size are bytes of the trace file (size 0:
    // unknown), latency that of the answers so far. False ends the run (REPLAY_INTERRUPTED).
    bool (*progress)(void *ctx, uint64_t records, uint64_t cycles, uint64_t done, uint64_t size,
                     const struct hist *latency);
    void *progress_ctx;
};

// The page tables of a trace that is a regular file are built before the run: a first pass over the trace
// maps every page it touches, so the machine sees the tables as they are when the program has them
// all. With first_touch, or from a pipe, a page is mapped when its access is issued. The machine
// may then have cached that it was not there; the replay does what a kernel would do about such a
// fault (fence that address and let the access go again) and counts it. Tables from an image are what
// they are: a fault is a fault, and nothing is done about it.

enum replay_end {
    REPLAY_DONE,
    REPLAY_STUCK,     // no progress: the watchdog has described the machine in `log`
    REPLAY_BAD_INPUT, // see message
    REPLAY_NO_MEMORY,
    REPLAY_ENDED,     // `cycle` returned false
    REPLAY_INTERRUPTED, // `progress` returned false: the result is that of the records so far
};

struct replay_result {
    enum replay_end end;
    char message[1024];
    uint64_t records, checksum, instructions;
    uint64_t total;         // records of the trace; 0: unknown (there was no first pass)
    uint64_t accesses, fences, csr_writes, switches, redirects, memory_writes, roi_marks;
    uint64_t unmappable;         // accesses to addresses that the world cannot map
    uint64_t unmappable_fetches; // of these
    uint64_t kernel_fences;      // see first_touch
    uint64_t foreign_modes;      // writes of satp, vsatp, hgatp with a mode that the machine lacks
    unsigned foreign_mode;       // the last of them
    uint64_t folded;        // AArch64: addresses that lost their highest bit
    struct trace_header header;
    bool premapped;
    struct stats l2;
    struct front_stats front;
    struct phases *phases; // NULL: the run did not begin
    struct region *region; // NULL: the figures are of the whole run
    struct footprint *footprint; // NULL: not asked for
    struct world_stats world;
    uint64_t l2_hits, l2_misses;      // of the L2 data cache model
    // Answers seen by the oracle: judged, of these right by an older value, wrong; not judged and why.
    uint64_t judged, stale, wrong, unjudged[ORACLE_REASONS];
    char complaint[1024];             // the first wrong answer
};

// Runs one trace. NULL: out of memory. The caller frees the result with replay_free().
struct replay_result *replay_run(const struct replay_cfg *cfg, const char *path);
void replay_free(struct replay_result *r);

void replay_cfg_default(struct replay_cfg *cfg); // all but `machine`; settings.h sets what has a name

#endif
