// SPDX-License-Identifier: MulanPSL-2.0
// Part of the extension module (python/ffi_build.py).
#include "python/l2tlbsim/_batch.h"

static int batch_word(uint64_t addr, uint64_t word, void *ctx)
{
    struct batch_words *to = ctx;
    if (to->n < to->room) {
        to->addr[to->n] = addr;
        to->word[to->n] = word;
    }
    to->n++;
    return 0;
}

void batch_words(const l2tlb_memory *m, struct batch_words *to)
{
    to->n = 0;
    l2tlb_memory_each(m, batch_word, to);
}

static int batch_mapping(const struct l2tlb_mapping *m, void *ctx)
{
    struct batch_mappings *to = ctx;
    if (to->n < to->room)
        to->at[to->n] = *m;
    to->n++;
    return 0;
}

void batch_mappings(const l2tlb_tables *t, struct batch_mappings *to)
{
    to->n = 0;
    l2tlb_tables_each(t, batch_mapping, to);
}

static void batch_place(uint32_t tag, unsigned cause, void *ctx)
{
    struct batch_places *to = ctx;
    if (to->n < to->room) {
        to->tag[to->n] = tag;
        to->cause[to->n] = cause;
    }
    to->n++;
}

int batch_places(const l2tlb_machine *m, struct batch_places *to)
{
    to->n = 0;
    return l2tlb_machine_locate(m, batch_place, to);
}

static void batch_event(const struct l2tlb_machine_event *e, void *ctx)
{
    struct batch_events *to = ctx;
    if (to->n < to->room)
        to->at[to->n] = *e;
    to->n++;
}

void batch_observe(l2tlb_machine *m, struct batch_events *to)
{
    l2tlb_machine_observe(m, to ? batch_event : NULL, to);
}

void batch_pages(size_t n, const struct l2tlb_answer *answer, size_t requests, const struct l2tlb_timed_request *request,
                 uint64_t *ppn, uint8_t *fault)
{
    for (size_t i = 0; i < n; i++) {
        const struct l2tlb_answer *a = &answer[i];
        uint64_t own = a->resp.s2xlate == L2TLB_ONLY_STAGE2 ? a->resp.s2.tag : a->resp.s1.tag << 3 | a->resp.s1.addr_low;
        ppn[i] = 0;
        fault[i] = (uint8_t)l2tlb_response_page(&a->resp, a->index < requests ? request[a->index].vpn : own, &ppn[i]);
        if (fault[i])
            ppn[i] = 0;
    }
}

static void batch_store(const struct l2tlb_walk_result *r, struct batch_walk *to)
{
    uint8_t first = r->s1.level == L2TLB_WALK_OFF ? 64 : r->s1.shift;
    uint8_t second = r->s2.level == L2TLB_WALK_OFF ? 64 : r->s2.shift;
    *to = (struct batch_walk){.fault = r->fault, .refs = (uint8_t)r->nrefs, .ipa = r->ipa};
    if (r->fault) {
        to->reason = r->reason;
        to->stage = r->stage;
        to->level = r->level;
        to->cause = r->cause;
    } else {
        to->pa = r->pa;
        to->shift = first < second ? first : second;
    }
}

int batch_walk_riscv(const struct l2tlb_riscv_regs *regs, const struct l2tlb_riscv_access_info *access,
                     const struct l2tlb_walk_memory *memory, size_t n, const uint64_t *va, struct batch_walk *to, size_t *done,
                     const char **message)
{
    struct l2tlb_walk_result r = {.size = sizeof r};
    struct l2tlb_riscv_access_info a = *access;
    for (*done = 0; *done < n; ++*done) {
        a.va = va[*done];
        int status = l2tlb_walk_riscv(regs, &a, memory, &r);
        *message = r.message;
        if (status != L2TLB_OK && status != L2TLB_FAULT)
            return status;
        batch_store(&r, &to[*done]);
    }
    return L2TLB_OK;
}

int batch_walk_a64(const struct l2tlb_a64_regs *regs, const struct l2tlb_a64_access_info *access,
                   const struct l2tlb_walk_memory *memory, size_t n, const uint64_t *va, struct batch_walk *to, size_t *done,
                   const char **message)
{
    struct l2tlb_walk_result r = {.size = sizeof r};
    struct l2tlb_a64_access_info a = *access;
    for (*done = 0; *done < n; ++*done) {
        a.va = va[*done];
        int status = l2tlb_walk_a64(regs, &a, memory, &r);
        *message = r.message;
        if (status != L2TLB_OK && status != L2TLB_FAULT)
            return status;
        batch_store(&r, &to[*done]);
    }
    return L2TLB_OK;
}
