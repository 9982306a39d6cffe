// SPDX-License-Identifier: MulanPSL-2.0
// A bench for tests of the PageCache alone: one instance clocked by hand, its inputs and its last
// outputs. Each file that includes this has a bench of its own.
#ifndef TESTS_UNIT_PAGECACHE_BENCH_H
#define TESTS_UNIT_PAGECACHE_BENCH_H

#include "pagecache/pagecache.h"

enum { V = 0x12345002 };
#define RWX (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)
#define LEAF(ppn) ((uint64_t)(ppn) << 10 | RWX)
#define NEXT(ppn) ((uint64_t)(ppn) << 10 | PTE_V)

static struct l2tlb_cfg cfg;
static struct pagecache pc;
static struct tlb_csr csr;
static struct sfence fence;
static struct pc_refill refill;
static struct pc_out out;
static struct pc_wakeup wakeup; // never valid here
static uint64_t answered; // vpn of the answer of the last clock_once
static bool resp_ready;

static inline void start(const char *preset, const char *key, const char *value)
{
    char msg[128];
    static bool used;
    if (used)
        pagecache_free(&pc);
    used = true;
    cfg_preset(&cfg, preset);
    if (key)
        cfg_set(&cfg, key, value, msg, sizeof msg);
    cfg_finish(&cfg, msg, sizeof msg);
    pagecache_init(&pc, &cfg);
    pagecache_reset(&pc);
    csr = (struct tlb_csr){.satp = {.mode = MODE_SV39, .id = 5},
                           .vsatp = {.mode = MODE_SV39, .id = 6},
                           .hgatp = {.mode = MODE_SV39, .id = 3}};
    refill.valid = fence.valid = false;
    resp_ready = true;
}

// One cycle; q NULL: no request. Returns whether a request was accepted.
static inline bool clock_once(const struct pc_req *q, bool flush)
{
    struct pc_in in = {.flush = flush,
                       .csr = &csr,
                       .sfence = &fence,
                       .refill = &refill,
                       .wakeup = &wakeup,
                       .resp_ready = resp_ready};
    pagecache_publish(&pc, &refill, &out);
    answered = out.req->info.vpn;
    in.req_fire = q && pagecache_req_ready(&pc, &refill, resp_ready);
    if (q)
        in.req = q;
    pagecache_tick(&pc, &in);
    refill.valid = fence.valid = false;
    return in.req_fire;
}

static inline struct pc_req request(uint64_t vpn, unsigned x)
{
    return (struct pc_req){.info = {.vpn = vpn, .s2xlate = (uint8_t)x, .source = SOURCE_DTLB}};
}

// A look-up through the empty pipeline; `out` holds the answer.
static inline void look(uint64_t vpn, unsigned x)
{
    struct pc_req q = request(vpn, x);
    clock_once(&q, false); // Req
    clock_once(NULL, false); // Delay
    clock_once(NULL, false); // Check
    pagecache_publish(&pc, &refill, &out); // Resp
    struct pc_in in = {.csr = &csr,
                       .sfence = &fence,
                       .refill = &refill,
                       .wakeup = &wakeup,
                       .resp_ready = true};
    pagecache_tick(&pc, &in);
}

static inline void set_refill(unsigned level, uint64_t vpn, unsigned x, const uint64_t ptes[SECTOR])
{
    refill = (struct pc_refill){.ptes = ptes,
                                .sel_pte = ptes[level ? bits(vpn, 9 * level + 2, 9 * level) : vpn & 7],
                                .info = {.vpn = vpn, .s2xlate = (uint8_t)x, .source = SOURCE_DTLB},
                                .level = (uint8_t)level,
                                .valid = true};
}

static inline void put(unsigned level, uint64_t vpn, unsigned x, const uint64_t ptes[SECTOR])
{
    set_refill(level, vpn, x, ptes);
    clock_once(NULL, false);
}

static inline void put_leaf(unsigned level, uint64_t vpn, unsigned x, uint64_t pte)
{
    uint64_t ptes[SECTOR];
    for (unsigned i = 0; i < SECTOR; i++)
        ptes[i] = pte;
    put(level, vpn, x, ptes);
}

static inline void do_fence(char kind, bool addr, uint64_t vpn, bool use_id, unsigned id)
{
    fence = (struct sfence){.valid = true,
                            .rs1 = !addr,
                            .rs2 = !use_id,
                            .addr = kind == 'g' ? vpn << 10 : vpn << 12,
                            .id = (uint16_t)id,
                            .hv = kind == 'v',
                            .hg = kind == 'g'};
    clock_once(NULL, true);
}

// Parts of pagecache_suite.
void pagecache_refill_tests(void);
void pagecache_fence_tests(void);

#endif
