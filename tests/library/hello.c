// SPDX-License-Identifier: MulanPSL-2.0
// One translation over tables of Sv39, in time: the smallest program with the library.
#include <l2tlb/tables.h>
#include <l2tlb/transact.h>
#include <stdio.h>
#include <string.h>

static void done(void *ctx, const struct l2tlb_done *d)
{
    (void)ctx;
    printf("page %llx: fault %d, host page %llx, %llu cycles\n", (unsigned long long)d->vpn, d->fault,
           (unsigned long long)d->ppn, (unsigned long long)(d->done - d->accepted));
}

struct sim {
    l2tlb_transact *t;
    l2tlb_memory *memory;
};

static void read_line(void *ctx, uint64_t addr, unsigned id)
{
    struct sim *s = (struct sim *)ctx;
    uint64_t line[8];
    l2tlb_memory_read(s->memory, addr, line, 8);
    l2tlb_transact_answer_read(s->t, id, l2tlb_transact_cycle(s->t) + 100, line); // 100 cycles of latency
}

int main(void)
{
    struct sim s = {NULL, NULL};
    l2tlb_config *config = NULL;
    l2tlb_tables *tables = NULL;
    struct l2tlb_tables_config c;
    struct l2tlb_csr csr;
    struct l2tlb_transact_hooks hooks;
    memset(&csr, 0, sizeof csr);
    memset(&hooks, 0, sizeof hooks);
    hooks.size = sizeof hooks;
    hooks.ctx = &s;
    hooks.done = done;
    hooks.read = read_line;
    l2tlb_tables_config_init(&c);
    c.format = L2TLB_SV39;
    c.frames_from = 0x80000000;
    c.frames_to = 0x80100000;
    if (l2tlb_cfg_new("default", &config) || l2tlb_transact_new(config, &hooks, &s.t) || l2tlb_memory_new(&s.memory))
        return 1;
    c.memory = s.memory;
    if (l2tlb_tables_new(&c, &tables) ||
        l2tlb_tables_map(tables, 0x40000000, 0x90000000, 12, L2TLB_MAP_R | L2TLB_MAP_A))
        return 1;
    csr.satp.mode = 8;
    csr.satp.ppn = l2tlb_tables_root_field(tables);
    l2tlb_transact_csr(s.t, &csr);
    l2tlb_transact_advance(s.t, 3);
    l2tlb_transact_submit(s.t, 0x40000, L2TLB_NO_S2XLATE, 1);
    l2tlb_transact_submit(s.t, 0x40001, L2TLB_NO_S2XLATE, 2);
    l2tlb_transact_advance(s.t, 2000);
    size_t left = l2tlb_transact_waiting(s.t);
    l2tlb_tables_free(tables);
    l2tlb_transact_free(s.t);
    l2tlb_memory_free(s.memory);
    l2tlb_cfg_free(config);
    return left != 0;
}
