// SPDX-License-Identifier: MulanPSL-2.0
// The MPT checker alone, with a memory of LAT cycles and a table in it.
#ifndef TESTS_UNIT_MPT_BENCH_H
#define TESTS_UNIT_MPT_BENCH_H

#include "mpt/mptchecker.h"
#include "tests/harness.h"

enum { LAT = 20, ANSWERS = 64, READS = 64, WORDS = 64 };

#define ROOT UINT64_C(0x90000)
#define PAGE UINT64_C(0x80123)

static struct l2tlb_cfg cfg;
static struct mptchecker s;
static struct mptchecker_out o;
static struct tlb_csr csr;
static struct sfence fence;
static bool deny_next;    // PMP refuses every table
static uint64_t cycle, due; // of the entry that is under way
static uint64_t due_address;
static struct {
    uint64_t cycle;
    struct mpt_resp r;
} answer[ANSWERS];
static unsigned answers, reads, words;
static struct {
    uint64_t cycle, address;
} read_at[READS];
static struct {
    uint64_t address, entry;
} memory[WORDS];

static uint64_t pointer(uint64_t ppn)
{
    return ppn << 10 | 1;
}

static uint64_t leaf(uint64_t rights)
{
    return rights << 10 | 3;
}

// Sixteen times the same right.
static uint64_t all(uint64_t right)
{
    return right * UINT64_C(0x249249249249);
}

static void put(uint64_t address, uint64_t entry)
{
    for (unsigned i = 0; i < words; i++)
        if (memory[i].address == address) {
            memory[i].entry = entry;
            return;
        }
    memory[words].address = address;
    memory[words++].entry = entry;
}

static uint64_t word(uint64_t address)
{
    for (unsigned i = 0; i < words; i++)
        if (memory[i].address == address)
            return memory[i].entry;
    return 0;
}

// Tables ROOT to ROOT + 3, levels 3 to 0, each entry of the page's path a pointer; the leaf gives `rights`.
static void map(uint64_t page, uint64_t rights)
{
    put((ROOT << 12) + 8 * bits(page, 35, 31), pointer(ROOT + 1));
    put(((ROOT + 1) << 12) + 8 * bits(page, 30, 22), pointer(ROOT + 2));
    put(((ROOT + 2) << 12) + 8 * bits(page, 21, 13), pointer(ROOT + 3));
    put(((ROOT + 3) << 12) + 8 * bits(page, 12, 4), leaf(rights));
}

// fixed: an erratum of these; ERRATA_COUNT: as the RTL is.
static void start_with(enum erratum_id fixed)
{
    char msg[128];
    cfg_preset(&cfg, "mpt");
    if (fixed != ERRATA_COUNT)
        cfg.errata_fixed[fixed] = true;
    cfg_finish(&cfg, msg, sizeof msg);
    mptchecker_reset(&s, &cfg);
    csr = (struct tlb_csr){.mmpt = {.mode = 2, .ppn = ROOT, .sdid = 5}};
    fence = (struct sfence){0};
    cycle = 0;
    due = UINT64_MAX;
    answers = reads = words = 0;
    deny_next = false;
    map(PAGE, all(7));
}

static void start(void)
{
    start_with(ERRATA_COUNT);
}

// One cycle; q NULL: no request. Returns whether it was taken.
static bool step(const struct mpt_req *q)
{
    bool comes = cycle == due;
    struct mptchecker_in in = {.csr = &csr, .pmp.ld = deny_next, .mem_resp = comes};
    in.entry = comes ? word(due_address) : 0;
    const struct mptchecker_seen seen = {.csr = &csr,
                                         .sfence = &fence,
                                         .flush = fence.valid || csr.mmpt.changed,
                                         .mem_busy = due != UINT64_MAX && !comes,
                                         .mem_resp = comes,
                                         .entry = in.entry};
    mptchecker_publish(&s, &seen, &o);
    if (q) {
        in.req = *q;
        in.req_fire = o.req_ready;
    }
    if (comes)
        due = UINT64_MAX;
    if (o.walker.mem_valid && due == UINT64_MAX) {
        in.mem_fire = true;
        due = cycle + LAT + 1; // last beat after LAT cycles, one register
        due_address = o.walker.mem_addr;
        read_at[reads].cycle = cycle;
        read_at[reads++].address = due_address;
    }
    if (o.resp.valid) {
        answer[answers].cycle = cycle;
        answer[answers++].r = o.resp;
    }
    bool taken = in.req_fire;
    mptchecker_tick(&s, &o, &in);
    fence.valid = csr.mmpt.changed = false;
    cycle++;
    return taken;
}

static void ask(uint64_t page, uint8_t id)
{
    struct mpt_req q = {.pa = page, .id = id, .mpt_only = true};
    while (!step(&q) && cycle < 5000)
        ;
}

static void run(unsigned n)
{
    while (n--)
        step(NULL);
}

// The answer for a page with a quiet checker.
static struct mpt_resp get(uint64_t page)
{
    unsigned before = answers;
    ask(page, 0);
    run(200);
    return answers == before + 1 ? answer[before].r : (struct mpt_resp){0};
}

#endif
