// SPDX-License-Identifier: MulanPSL-2.0
// Self-checks of the test builds (-DMODEL_PARANOID): settling again changes no wire, and a skipped
// stretch would have changed no register and no output. The third, that the order in which blocks
// are clocked does not matter, is in l2tlb_tick().
#ifdef MODEL_PARANOID
#include "model/wires.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void give_up(const struct l2tlb *t, const char *what, const char *where)
{
    fprintf(stderr, "paranoid: cycle %ju: %s: %s\n", (uintmax_t)t->cycle, what, where);
    l2tlb_dump(t, stderr);
    abort();
}

static uint64_t hash(const void *data, size_t n)
{
    const unsigned char *p = data;
    uint64_t h = n, w = 0;
    for (; n >= 8; n -= 8, p += 8) {
        memcpy(&w, p, 8);
        h = mix64(h ^ w) + MIX64_K;
    }
    for (; n; n--, p++)
        h = mix64(h ^ *p) + MIX64_K;
    return h;
}

static uint64_t hash_sets(const struct pc_set_table *s)
{
    size_t lines = (size_t)s->sets * s->ways;
    uint64_t h = hash(s->line, lines * sizeof *s->line) ^ hash(s->bits, lines);
    h = mix64(h) ^ hash(s->valid, s->sets * sizeof *s->valid);
    h = mix64(h) ^ hash(s->global, s->sets * sizeof *s->global);
    return mix64(h) ^ hash(s->plru, s->sets * sizeof *s->plru);
}

#define BLOCK(field) {#field, offsetof(struct l2tlb, field), sizeof(((struct l2tlb *)0)->field)}
static const struct {
    const char *name;
    size_t at, size;
} blocks[] = {BLOCK(ctl),    BLOCK(pc),     BLOCK(ptw),         BLOCK(hptw),      BLOCK(llptw),
              BLOCK(mq),     BLOCK(pf),     BLOCK(llptw_stage1), BLOCK(mem),       BLOCK(bitmap),
              BLOCK(bcache), BLOCK(pmp),    BLOCK(tlb_counter), BLOCK(wfi_safe),  BLOCK(a_offered),
              BLOCK(mem_cycle)};
enum { BLOCKS = sizeof blocks / sizeof blocks[0] };

struct registers {
    uint64_t block[BLOCKS], l1, l0;
};

// Pointers and wake-ups are loaded in every cycle and mean something only in the cycle after an
// enqueue, a G answer or a refused wake-up, never while the machine is at rest.
static uint64_t hash_llptw(const struct llptw *s)
{
    struct llptw c;
    memcpy(&c, s, sizeof c);
    c.enq_ptr_reg = c.hptw_resp_ptr_reg = 0;
    return hash(&c, sizeof c);
}

static uint64_t hash_pagecache(const struct pagecache *p)
{
    struct pagecache c;
    memcpy(&c, p, sizeof c);
    if (!c.wake_read.wakeup.valid)
        memset(&c.wake_read, 0, sizeof c.wake_read);
    if (!c.wake_write.valid)
        memset(&c.wake_write, 0, sizeof c.wake_write);
    return hash(&c, sizeof c);
}

static uint64_t hash_bitmap(const struct bitmap *s)
{
    struct bitmap c;
    memcpy(&c, s, sizeof c);
    c.enq_ptr_reg = 0;
    memset(&c.held, 0, sizeof c.held);
    return hash(&c, sizeof c);
}

static void read_registers(const struct l2tlb *t, struct registers *r)
{
    for (unsigned i = 0; i < BLOCKS; i++)
        r->block[i] = blocks[i].at == offsetof(struct l2tlb, llptw)
                          ? hash_llptw(&t->llptw)
                      : blocks[i].at == offsetof(struct l2tlb, pc) ? hash_pagecache(&t->pc)
                      : blocks[i].at == offsetof(struct l2tlb, bitmap)
                          ? hash_bitmap(&t->bitmap)
                          : hash((const char *)t + blocks[i].at, blocks[i].size);
    r->l1 = hash_sets(&t->pc.l1);
    r->l0 = hash_sets(&t->pc.l0);
}

static void same_registers(const struct l2tlb *t, const struct registers *a)
{
    struct registers b;
    read_registers(t, &b);
    for (unsigned i = 0; i < BLOCKS; i++)
        if (a->block[i] != b.block[i])
            give_up(t, "a skipped cycle changes registers", blocks[i].name);
    if (a->l1 != b.l1 || a->l0 != b.l0)
        give_up(t, "a skipped cycle changes registers", "arrays of the PageCache");
}

static void same_outputs(const struct l2tlb *t, const struct l2tlb_out *a,
                         const struct l2tlb_out *b, const char *what)
{
    for (unsigned i = 0; i < 2; i++) {
        if (a->req_ready[i] != b->req_ready[i] || a->resp_valid[i] != b->resp_valid[i])
            give_up(t, what, "a handshake");
        if (a->resp_valid[i] && memcmp(&a->resp[i], &b->resp[i], sizeof a->resp[i]) != 0)
            give_up(t, what, "an answer");
    }
    if (a->a_valid != b->a_valid || a->wfi_safe != b->wfi_safe ||
        (a->a_valid && (a->a_source != b->a_source || a->a_address != b->a_address)))
        give_up(t, what, "channel A or wfiSafe");
}

void l2tlb_settle_again(struct l2tlb *t, const struct l2tlb_out *out)
{
    struct wires first;
    struct l2tlb_in in;
    struct l2tlb_out again = *out;
    memcpy(&first, &t->w, sizeof first);
    memcpy(&in, &t->w.in, sizeof in);
    l2tlb_settle_once(t, &in, &again);
    if (memcmp(&first, &t->w, sizeof first) != 0)
        give_up(t, "settling twice changes", "a wire");
    same_outputs(t, out, &again, "settling twice changes");
}

// The state is a function of itself, so a few cycles stand for all of them.
uint64_t l2tlb_skip_honestly(struct l2tlb *t, uint64_t k)
{
    struct registers before;
    struct l2tlb_in in;
    struct l2tlb_out out, now;
    uint64_t n = 0;
    memcpy(&in, &t->w.in, sizeof in);
    memset(&out, 0, sizeof out);
    l2tlb_settle(t, &in, &out);
    read_registers(t, &before);
    for (; n < k && n < 3; n++) {
        l2tlb_tick(t);
        same_registers(t, &before);
        memset(&now, 0, sizeof now);
        l2tlb_settle(t, &in, &now);
        same_outputs(t, &out, &now, "a skipped cycle changes");
        if (l2tlb_idle(t) == 0)
            give_up(t, "a skipped cycle changes", "idleness");
    }
    return n;
}
#else
enum { MODEL_PARANOID_IS_OFF }; // an empty translation unit is not C
#endif
