// SPDX-License-Identifier: MulanPSL-2.0
// A bench for tests of the PTW alone: memory, PMP and an HPTW that answer as the test says. L is the
// time from a read to its last beat, G that of a G-stage answer. Each file that includes this has a
// bench of its own.
#ifndef TESTS_UNIT_PTW_BENCH_H
#define TESTS_UNIT_PTW_BENCH_H

#include "mem/phys.h"
#include "ptw/merge.h"
#include "ptw/ptw.h"

#include <string.h>

enum { V = 0x12345002, ROOT = 0x80000, T2 = 0x80002, T1 = 0x80001, T0 = 0x80003 };
enum { OFF = 0x1000000 }; // host page of guest page g is g + OFF
#define RWX (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)
#define LEAF(ppn) ((uint64_t)(ppn) << 10 | RWX)
#define NEXT(ppn) ((uint64_t)(ppn) << 10 | PTE_V)
#define NEVER UINT64_MAX

static struct l2tlb_cfg cfg;
static struct ptw s;
static struct ptw_out o;
static struct tlb_csr csr;
static struct phys *mem;
static uint64_t now, t0, L, G, pte, mem_due, mem_at, g_due, g_page;
static unsigned reads, g_requests;
static uint64_t denied; // page
static bool mask, stall;
static uint64_t allowed; // with this page the PMP denies every other one
static struct hptw_resp g_answer[4]; // by number of the request; page: +0x1000000 with perm R W X
static bool g_fixed[4];
static struct merge_resp s1;
static struct hptw_resp s2;

static inline void start(unsigned satp_mode, unsigned vsatp_mode, unsigned hgatp_mode, const char *fixed)
{
    char msg[128];
    cfg_preset(&cfg, "minimal");
    if (fixed)
        cfg_set(&cfg, fixed, "fixed", msg, sizeof msg);
    cfg_finish(&cfg, msg, sizeof msg);
    ptw_reset(&s, &cfg);
    csr = (struct tlb_csr){.satp = {.mode = (uint8_t)satp_mode, .id = 5, .ppn = ROOT},
                           .vsatp = {.mode = (uint8_t)vsatp_mode, .id = 6, .ppn = ROOT},
                           .hgatp = {.mode = (uint8_t)hgatp_mode, .id = 3}};
    if (mem)
        phys_clear(mem);
    else
        mem = phys_new();
    now = t0 = 0;
    L = G = 1;
    pte = 0;
    mem_due = g_due = NEVER;
    reads = g_requests = 0;
    denied = allowed = NEVER;
    mask = stall = false;
    memset(g_answer, 0, sizeof g_answer);
    memset(g_fixed, 0, sizeof g_fixed);
}

// Writes the path of V for `levels` levels down to `level`, tables at t + off.
static inline void map(unsigned levels, unsigned level, uint64_t word, uint64_t off)
{
    static const uint64_t table[] = {T0, T1, T2, ROOT};
    for (unsigned l = levels - 1; l > level; l--) {
        uint64_t at = l == levels - 1 ? ROOT : table[l];
        phys_write(mem, (at + off) << 12 | bits(V, 9 * l + 8, 9 * l) << 3, NEXT(table[l - 1]));
    }
    uint64_t at = level == levels - 1 ? ROOT : table[level];
    phys_write(mem, (at + off) << 12 | bits(V, 9 * level + 8, 9 * level) << 3, word);
}

static inline void step(const struct ptw_req *q, bool flush)
{
    struct ptw_in in = {.csr = &csr, .flush = flush, .req = q};
    struct hptw_resp g = {0};
    ptw_publish(&s, pte, mask, &csr, &o);
    if (o.resp_valid)
        ptw_answer(&s, &o, &csr, &s1, &s2);
    in.req_fire = q && o.req_ready;
    uint64_t page = o.mem_addr >> 12;
    in.pmp.ld = o.sent_to_pmp && (page == denied || (allowed != NEVER && page != allowed));
    in.mem_req_fire = o.mem_req_valid && !flush;
    in.mem_resp = now == mem_due;
    in.hptw_req_fire = o.hptw_req_valid && g_due == NEVER;
    in.hptw_resp_valid = now == g_due;
    if (in.hptw_resp_valid) {
        unsigned k = g_requests - 1;
        g = g_fixed[k] ? g_answer[k]
                       : (struct hptw_resp){.ppn = g_page + 0x1000000, .perm = 0x6f};
        g.tag = g_page;
        g_due = NEVER;
    }
    in.hptw_resp = &g;
    in.llptw_fire = o.llptw_valid && !stall;
    in.resp_fire = o.resp_valid && !stall;
    ptw_tick(&s, &o, &in);
    if (in.mem_resp) {
        pte = phys_read(mem, mem_at);
        mem_due = NEVER;
    }
    if (in.mem_req_fire) {
        reads++;
        mem_due = now + L;
        mem_at = o.mem_addr;
    }
    if (in.hptw_req_fire) {
        g_requests++;
        g_due = now + G;
        g_page = o.hptw_gvpn;
    }
    now++;
}

// Runs one request; returns the cycles from acceptance to the first valid answer or hand-over
// (NEVER: none in 300 cycles). *answered tells which.
static inline uint64_t walk(const struct ptw_req *q, bool *answered)
{
    t0 = now;
    reads = g_requests = 0;
    *answered = false;
    step(q, false);
    while (now < t0 + 300) {
        uint64_t at = now;
        step(NULL, false);
        if (o.resp_valid || o.llptw_valid) {
            *answered = o.resp_valid;
            return at - t0;
        }
    }
    return NEVER;
}

static inline struct ptw_req request(unsigned x)
{
    return (struct ptw_req){.info = {.vpn = V, .s2xlate = (uint8_t)x, .source = SOURCE_DTLB}};
}

// Part of ptw_suite.
void ptw_two_stage_tests(void);

#endif
