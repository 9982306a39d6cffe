// SPDX-License-Identifier: MulanPSL-2.0
// Transactions.
#include "api.h"

#include <l2tlb/transact.h>

// --- transactions -------------------------------------------------------------------------------

struct user {
    l2tlb_transact *t;
    l2tlb_memory *memory;
    uint64_t latency, last_read;
    unsigned done, dropped, wrong, reads, kept;
    unsigned id[64];
    uint64_t addr[64];
    int keep; // reads are answered later, by hand
    uint64_t log;
};

static void on_done(void *ctx, const struct l2tlb_done *d)
{
    struct user *u = ctx;
    u->done++;
    u->log = (u->log ^ d->tag ^ d->done) * UINT64_C(0x100000001b3);
    IS(L2TLB_BAD_ORDER, l2tlb_transact_advance(u->t, 1));
    if (d->dropped) {
        u->dropped++;
        IS(L2TLB_OK, l2tlb_transact_submit(u->t, d->vpn, d->kind, d->tag)); // again
        return;
    }
    u->wrong += d->fault || d->ppn != d->vpn - 0x40000 + 0x90000 || d->page_shift != 12 || d->tag != d->vpn * 3 ||
                d->perm != (L2TLB_R | L2TLB_A) || d->accepted < d->submitted || d->done <= d->accepted;
}

static void answer(struct user *u, unsigned id, uint64_t addr, uint64_t at)
{
    uint64_t line[8];
    IS(L2TLB_OK, l2tlb_memory_read(u->memory, addr, line, 8));
    IS(L2TLB_OK, l2tlb_transact_answer_read(u->t, id, at, line));
    IS(L2TLB_BAD_VALUE, l2tlb_transact_answer_read(u->t, id, at, line)); // twice
}

static void on_read(void *ctx, uint64_t addr, unsigned id)
{
    struct user *u = ctx;
    u->reads++;
    u->last_read = l2tlb_transact_cycle(u->t);
    if (!u->keep) {
        answer(u, id, addr, u->last_read + u->latency);
        return;
    }
    u->id[u->kept] = id;
    u->addr[u->kept++] = addr;
}

static void start(struct user *u, uint64_t latency)
{
    l2tlb_config *c;
    struct l2tlb_transact_hooks h = {.size = sizeof h, .ctx = u, .done = on_done, .read = on_read};
    memset(u, 0, sizeof *u);
    u->memory = api_world();
    u->latency = latency;
    IS(L2TLB_OK, l2tlb_cfg_new(NULL, &c));
    IS(L2TLB_OK, l2tlb_transact_new(c, &h, &u->t));
    l2tlb_cfg_free(c);
    IS(8, l2tlb_transact_cycle(u->t));
    IS(L2TLB_OK, l2tlb_transact_csr(u->t, &(struct l2tlb_csr){.satp = {.ppn = 0x80000, .mode = 8, .id = 1}}));
    IS(L2TLB_OK, l2tlb_transact_advance(u->t, 4));
}

static void stop(struct user *u)
{
    l2tlb_transact_free(u->t);
    l2tlb_memory_free(u->memory);
}

void api_test_transact(void)
{
    struct user u;
    // A cold walk of three levels: three reads, each `latency`.
    start(&u, 100);
    IS(L2TLB_OK, l2tlb_transact_submit(u.t, 0x40000, L2TLB_NO_S2XLATE, 3 * 0x40000));
    IS(1, l2tlb_transact_waiting(u.t));
    for (unsigned i = 0; i < 100 && !u.done; i++)
        IS(L2TLB_OK, l2tlb_transact_advance(u.t, 10));
    IS(1, u.done);
    IS(3, u.reads);
    IS(0, u.wrong);
    IS(0, l2tlb_transact_waiting(u.t));
    stop(&u);
    // Many, with a fence and another ASID in between; dropped ones are asked again.
    for (uint64_t latency = 0; latency < 200; latency += 66) {
        start(&u, latency);
        for (unsigned i = 0; i < 2000; i++) {
            uint64_t vpn = 0x40000 + (i * 37) % PAGES;
            IS(L2TLB_OK, l2tlb_transact_submit(u.t, vpn, i % 3 ? 0 : L2TLB_FETCH, 3 * vpn));
            if (i == 500)
                IS(L2TLB_OK, l2tlb_transact_fence(u.t, &(struct l2tlb_fence){.rs1 = 1, .rs2 = 1}));
            if (i == 900)
                IS(L2TLB_OK, l2tlb_transact_csr(u.t, &(struct l2tlb_csr){.satp = {.ppn = 0x80000, .mode = 8, .id = 2}}));
            if (i % 4 == 3)
                IS(L2TLB_OK, l2tlb_transact_advance(u.t, 30));
        }
        for (unsigned i = 0; i < 1000 && l2tlb_transact_waiting(u.t); i++)
            IS(L2TLB_OK, l2tlb_transact_advance(u.t, 1000));
        IS(2000, u.done - u.dropped);
        YES(u.dropped > 0);
        IS(0, u.wrong);
        IS(0, l2tlb_transact_reading(u.t));
        YES(l2tlb_transact_next(u.t) == UINT64_MAX);
        stop(&u);
    }
}

// Cycle by cycle and in strides: the same.
void api_test_strides(void)
{
    uint64_t log[2];
    for (int stride = 0; stride < 2; stride++) {
        struct user u;
        start(&u, 150);
        for (uint64_t i = 0; i < 300; i++) {
            IS(L2TLB_OK, l2tlb_transact_submit(u.t, 0x40000 + i, 0, 3 * (0x40000 + i)));
            for (int k = 0; k < (stride ? 1 : 50); k++)
                l2tlb_transact_advance(u.t, stride ? 50 : 1);
        }
        for (int k = 0; k < (stride ? 1 : 9000); k++)
            l2tlb_transact_advance(u.t, stride ? 9000 : 1);
        IS(300, u.done);
        log[stride] = u.log;
        stop(&u);
    }
    IS((long long)log[0], (long long)log[1]);
}

void api_test_transact_errors(void)
{
    struct user u;
    l2tlb_config *c;
    l2tlb_transact *t;
    uint64_t line[8] = {0};
    struct l2tlb_transact_hooks h = {.size = sizeof h, .done = on_done};
    IS(L2TLB_OK, l2tlb_cfg_new(NULL, &c));
    IS(L2TLB_BAD_VALUE, l2tlb_transact_new(c, &h, &t));
    SAYS("hooks", l2tlb_cfg_message(c));
    h.size = 4;
    IS(L2TLB_BAD_SIZE, l2tlb_transact_new(c, &h, &t));
    h = (struct l2tlb_transact_hooks){.size = sizeof h, .done = on_done, .read = on_read};
    IS(L2TLB_OK, l2tlb_cfg_set(c, "keyid.bits", "4"));
    IS(L2TLB_BAD_VALUE, l2tlb_transact_new(c, &h, &t));
    l2tlb_cfg_free(c);
    start(&u, 1);
    IS(L2TLB_BAD_VALUE, l2tlb_transact_submit(u.t, UINT64_C(1) << 38, 0, 0));
    IS(L2TLB_BAD_VALUE, l2tlb_transact_submit(u.t, 1, 4, 0));
    IS(L2TLB_BAD_VALUE, l2tlb_transact_answer_read(u.t, 0, 0, line));
    IS(L2TLB_BAD_VALUE, l2tlb_transact_answer_read(u.t, 999, 0, line));
    IS(L2TLB_BAD_VALUE, l2tlb_transact_csr(u.t, &(struct l2tlb_csr){.satp.mode = 16}));
    IS(L2TLB_BAD_VALUE, l2tlb_transact_fence(u.t, &(struct l2tlb_fence){.addr = UINT64_MAX}));
    IS(L2TLB_BAD_VALUE, l2tlb_transact_pmp(u.t, 0x1000, 0));
    IS(L2TLB_BAD_VALUE, l2tlb_transact_pmp(u.t, 0x10000, 0));
    SAYS("no register", l2tlb_transact_message(u.t));
    for (unsigned i = 0; i < L2TLB_TRANSACT_QUEUE; i++)
        IS(L2TLB_OK, l2tlb_transact_submit(u.t, 0x40000, 0, 3 * 0x40000));
    IS(L2TLB_FULL, l2tlb_transact_submit(u.t, 0x40000, 0, 0));
    IS(L2TLB_OK, l2tlb_transact_submit(u.t, 0x40000, L2TLB_FETCH, 3 * 0x40000)); // the other queue
    for (unsigned i = 0; i < L2TLB_TRANSACT_CONTROLS; i++)
        IS(L2TLB_OK, l2tlb_transact_pmp(u.t, 0x3b1, i));
    IS(L2TLB_FULL, l2tlb_transact_pmp(u.t, 0x3b1, 0));
    IS(L2TLB_OK, l2tlb_transact_advance(u.t, 100000));
    IS(0, l2tlb_transact_waiting(u.t));
    YES(l2tlb_machine_cycle(l2tlb_transact_machine(u.t)) == l2tlb_transact_cycle(u.t));
    stop(&u);
    // Answers by hand, in another order than the reads.
    start(&u, 0);
    u.keep = 1;
    IS(L2TLB_OK, l2tlb_transact_submit(u.t, 0x40000, 0, 3 * 0x40000));
    while (!u.done) {
        IS(L2TLB_OK, l2tlb_transact_advance(u.t, 500));
        while (u.kept) {
            u.kept--;
            answer(&u, u.id[u.kept], u.addr[u.kept], 0);
        }
    }
    IS(0, u.wrong);
    stop(&u);
}
