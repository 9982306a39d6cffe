// SPDX-License-Identifier: MulanPSL-2.0
// A bench for tests of the LLPTW alone. One step is one cycle; what fires is chosen by the test. Each
// file that includes this has a bench of its own.
#ifndef TESTS_UNIT_LLPTW_BENCH_H
#define TESTS_UNIT_LLPTW_BENCH_H

#include "ptw/llptw.h"

enum { V = 0x12345002, T0 = 0x80003 };
#define RWX (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)
#define LEAF(ppn) ((uint64_t)(ppn) << 10 | RWX)

static struct l2tlb_cfg cfg;
static struct llptw s;
static struct llptw_out o;
static struct llptw_in in;
static struct tlb_csr csr;
static struct llptw_req req;
static struct hptw_resp g;
static uint64_t line[SECTOR];
static uint32_t outstanding;

static inline void start(const char *fixed)
{
    char msg[128];
    cfg_preset(&cfg, "minimal");
    if (fixed)
        cfg_set(&cfg, fixed, "fixed", msg, sizeof msg);
    cfg_finish(&cfg, msg, sizeof msg);
    llptw_reset(&s, &cfg);
    csr = (struct tlb_csr){.hgatp.mode = MODE_SV39};
    outstanding = 0;
    in = (struct llptw_in){0};
    for (unsigned i = 0; i < SECTOR; i++)
        line[i] = LEAF(0x60000 + i);
}

// Clocks once with `in`, whose fires were set after the last publish; then clears them and publishes.
static inline void step(void)
{
    in.csr = &csr;
    in.req = &req;
    in.line = line;
    in.hptw_resp = &g;
    llptw_tick(&s, &o, &in);
    in = (struct llptw_in){0};
    llptw_publish(&s, outstanding, 0, &o);
}

static inline void publish(void)
{
    llptw_publish(&s, outstanding, 0, &o);
}

static inline unsigned enqueue_as(uint64_t vpn, unsigned x, unsigned source)
{
    publish();
    unsigned slot = o.enq_ptr;
    req = (struct llptw_req){
        .info = {.vpn = vpn, .s2xlate = (uint8_t)x, .source = (uint8_t)source}, .ppn = T0};
    in.in_fire = true;
    return slot;
}

static inline unsigned enqueue(uint64_t vpn, unsigned x)
{
    unsigned slot = enqueue_as(vpn, x, SOURCE_DTLB);
    step();
    return slot;
}

static inline void idle(unsigned n)
{
    while (n--)
        step();
}

static inline void fire_mem(void)
{
    in.mem_fire = o.mem_valid;
    if (in.mem_fire)
        outstanding |= 1u << o.mem_id;
}

static inline void answer(unsigned id)
{
    in.mem_resp = true;
    in.mem_resp_id = (uint8_t)id;
    outstanding &= ~(1u << id);
}

static inline void g_answer(unsigned id, uint64_t tag)
{
    g = (struct hptw_resp){.tag = tag, .ppn = tag + 0x1000000, .perm = 0x6f};
    in.hptw_resp_valid = true;
    in.hptw_resp_id = (uint8_t)id;
}

// Parts of llptw_suite.
void llptw_two_stage_tests(void);
void llptw_mpt_tests(void);

#endif
