// SPDX-License-Identifier: MulanPSL-2.0
#include "l2tlb/memory.h"

#include "arch/bits.h"
#include "lib/impl.h"
#include "replay/settings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int l2tlb_memory_new(l2tlb_memory **m)
{
    struct replay_cfg usual;
    replay_cfg_default(&usual);
    *m = NULL;
    l2tlb_memory *new = calloc(1, sizeof *new);
    if (!new)
        return L2TLB_NO_MEMORY;
    new->timing = usual.memory;
    new->words = phys_new();
    new->tl = new->words ? tl_new(&new->timing, new->words) : NULL;
    if (!new->tl) {
        l2tlb_memory_free(new);
        return L2TLB_NO_MEMORY;
    }
    *m = new;
    return L2TLB_OK;
}

int l2tlb_memory_copy(const l2tlb_memory *m, l2tlb_memory **copy)
{
    *copy = NULL;
    l2tlb_memory *new = calloc(1, sizeof *new);
    if (!new)
        return L2TLB_NO_MEMORY;
    new->timing = m->timing;
    new->words = phys_clone(m->words);
    new->tl = new->words ? tl_clone(m->tl, new->words) : NULL;
    if (!new->tl) {
        l2tlb_memory_free(new);
        return L2TLB_NO_MEMORY;
    }
    *copy = new;
    return L2TLB_OK;
}

void l2tlb_memory_free(l2tlb_memory *m)
{
    if (!m)
        return;
    tl_free(m->tl);
    phys_free(m->words);
    free(m);
}

static bool fits(uint64_t addr, size_t n)
{
    return addr % 8 == 0 && addr <= mask64(56) && n <= (mask64(56) - addr) / 8 + 1;
}

static int refuse(l2tlb_memory *m, uint64_t addr)
{
    return say(m->message, L2TLB_BAD_VALUE, "0x%" PRIx64 ": not a multiple of 8, or the end is above 2^56", addr);
}

int l2tlb_memory_read(const l2tlb_memory *m, uint64_t addr, uint64_t *words, size_t n)
{
    if (!fits(addr, n))
        return L2TLB_BAD_VALUE;
    for (size_t i = 0; i < n; i++)
        words[i] = phys_read(m->words, addr + 8 * i);
    return L2TLB_OK;
}

int l2tlb_memory_write(l2tlb_memory *m, uint64_t addr, const uint64_t *words, size_t n)
{
    if (!fits(addr, n))
        return refuse(m, addr);
    for (size_t i = 0; i < n; i++)
        if (!phys_write(m->words, addr + 8 * i, words[i]))
            return L2TLB_NO_MEMORY;
    return L2TLB_OK;
}

int l2tlb_memory_scatter(l2tlb_memory *m, const uint64_t *addr, const uint64_t *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!fits(addr[i], 1))
            return refuse(m, addr[i]);
    for (size_t i = 0; i < n; i++)
        if (!phys_write(m->words, addr[i], words[i]))
            return L2TLB_NO_MEMORY;
    return L2TLB_OK;
}

struct each {
    int (*fn)(uint64_t addr, uint64_t word, void *ctx);
    void *ctx;
    int status;
};

static void one(uint64_t addr, uint64_t word, void *ctx)
{
    struct each *e = ctx;
    if (!e->status)
        e->status = e->fn(addr, word, e->ctx);
}

int l2tlb_memory_each(const l2tlb_memory *m, int (*fn)(uint64_t addr, uint64_t word, void *ctx), void *ctx)
{
    struct each e = {.fn = fn, .ctx = ctx};
    phys_each(m->words, one, &e);
    return e.status;
}

int l2tlb_memory_set(l2tlb_memory *m, const char *key, const char *value)
{
    struct tl_timing tried = m->timing;
    m->message[0] = 0;
    if (tl_outstanding(m->tl))
        return say(m->message, L2TLB_BAD_ORDER, "%s: reads are under way", key);
    enum replay_set set = replay_memory_set(&tried, key, value, m->message, sizeof m->message);
    if (set != SET_FINE)
        return set == SET_NO_KEY ? L2TLB_BAD_KEY : L2TLB_BAD_VALUE;
    if (replay_memory_check(&tried, m->message, sizeof m->message))
        return L2TLB_BAD_VALUE;
    struct tl *tl = tl_new(&tried, m->words);
    if (!tl)
        return L2TLB_NO_MEMORY;
    tl_free(m->tl);
    m->tl = tl;
    m->timing = tried;
    return L2TLB_OK;
}

void l2tlb_memory_forget(l2tlb_memory *m)
{
    tl_reset(m->tl);
}

const char *l2tlb_memory_message(const l2tlb_memory *m)
{
    return m->message;
}
