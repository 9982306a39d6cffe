// SPDX-License-Identifier: MulanPSL-2.0
// Shield-Bitmap checker, rule by rule. Numbers in comments are the rule numbers of spec B 4.4 (and of
// spec D 4B.4, which has the same order).
//
//   cycle     what happens (BitmapCache hit, 2025-05)
//   b         accepted
//   b+1       PMP check of the bitmap word
//   b+2       BitmapCache asked
//   b+3       BitmapCache answers (2026-03: b+4)
//   b+4       answer
#include "bitmap/bitmap.h"

#include <inttypes.h>
#include <string.h>

void bitmap_reset(struct bitmap *s, const struct l2tlb_cfg *cfg)
{
    memset(s, 0, sizeof *s);
    s->cfg = cfg;
    s->size = cfg->bitmap_entries;
    s->in[BM_IDLE] = (uint32_t)mask64(s->size);
}

uint64_t bitmap_word_addr(uint64_t bma, uint64_t ppn)
{
    return ((bma << 6) + (ppn >> 6 << 3)) & mask64(48);
}

bool bitmap_is_secure(uint64_t bma, uint64_t ppn, uint64_t (*read)(void *ctx, uint64_t addr),
                      void *ctx)
{
    return bit(read(ctx, bitmap_word_addr(bma, ppn)), (unsigned)bits(ppn, 5, 0));
}

// Word address of a tested page, with BMA as it is now (spec B 4.1 rule 4). 2025-05 drops the key
// bits here only (spec B 4.2 rule 1); 2026-03: spec D 4B.2 rule 3.
static uint64_t word_addr(const struct bitmap *s, const struct tlb_csr *csr, uint64_t p)
{
    if (!s->cfg->rule.bitmap_rework)
        p &= mask64(36 - s->cfg->keyid_bits);
    return bitmap_word_addr(csr->mbmc.bma, p);
}

// The page that a request tests: 2025-05 the first one of the leaf (B2, spec B 4.2 rule 4), 2026-03
// the accessed one (spec D 4B.2 rules 1 and 2).
static uint64_t tested_page(const struct bitmap *s, const struct bitmap_req *r,
                            const struct tlb_csr *csr)
{
    uint64_t p = r->bmppn & mask64(36);
    bool rework = s->cfg->rule.bitmap_rework;
    if (rework && csr->mbmc.keyiden)
        p &= mask64(36 - s->cfg->keyid_bits);
    bool napot = r->level == 0 && r->n && s->cfg->errata_fixed[ERR_B5];
    if (!rework && !s->cfg->errata_fixed[ERR_B2] && !napot)
        return p;
    return leaf_ppn(p, r->vpn, r->level, r->level == 0 && r->n) & mask64(36);
}

// Checks that may share one read: 4 TiB (B1), half a word (D11); fixed: the 64-byte line they read.
static bool same(const struct bitmap *s, uint64_t a, uint64_t b)
{
    if (s->cfg->rule.bitmap_rework)
        return s->cfg->errata_fixed[ERR_D11] ? a >> 6 == b >> 6 : a >> 5 == b >> 5;
    return s->cfg->errata_fixed[ERR_B1] ? a >> 9 == b >> 9 : a >> 30 == b >> 30;
}

static void move(struct bitmap *s, unsigned i, unsigned state)
{
    s->in[s->state[i]] &= ~(1u << i);
    s->state[i] = (uint8_t)state;
    s->in[state] |= 1u << i;
}

void bitmap_publish(const struct bitmap *s, uint32_t waiting, const struct tlb_csr *csr,
                    struct bitmap_out *o)
{
    memset(o, 0, sizeof *o);
    o->req_ready = s->in[BM_IDLE];
    o->enq_ptr = (uint8_t)(o->req_ready ? lowest(s->in[BM_IDLE]) : s->size - 1);
    o->wakeup_valid = s->wakeup_stall;
    o->wakeup = s->held;
    if (s->in[BM_IDLE] == mask64(s->size) && !s->need_addr_check)
        return;
    o->pmp_valid = s->need_addr_check;
    o->pmp_addr = s->addr;
    o->cache_req_valid = s->in[BM_CACHE_REQ];
    o->cache_ptr = (uint8_t)(o->cache_req_valid ? lowest(s->in[BM_CACHE_REQ]) : 0);
    o->cache_resp_ready = s->in[BM_CACHE_RESP];
    uint32_t want = s->in[BM_MEM_REQ] & ~waiting;
    o->mem_valid = want;
    if (want) {
        o->mem_ptr = (uint8_t)round_robin(want, s->mem_last);
        o->mem_addr = word_addr(s, csr, s->entry[o->mem_ptr].ppn);
    }
    if (!s->in[BM_MEM_OUT] || s->wakeup_stall)
        return;
    o->resp_valid = true;
    o->resp_ptr = (uint8_t)lowest(s->in[BM_MEM_OUT]);
    const struct bitmap_entry *e = &s->entry[o->resp_ptr];
    o->refill = !e->hit && !e->no_refill;
    bool wakes = !s->cfg->rule.bitmap_rework || (e->level == 0 && !e->n);
    o->wakeup_valid = !e->hptw_bypassed && !e->no_wakeup && wakes;
    o->wakeup = *e;
}

// --- clock edge --------------------------------------------------------------------------------

// Spec B 4.2 rule 2.
static uint64_t word_of(const struct bitmap_entry *e, const uint64_t *line)
{
    return line[bits(e->ppn, 8, 6)];
}

// Spec B 4.2 rule 3, D 4B.2 rule 4.
static void take_bits(struct bitmap_entry *e, uint64_t word)
{
    e->cf = bit(word, (unsigned)bits(e->ppn, 5, 0));
    e->cfs = (uint8_t)(word >> (8 * bits(e->ppn, 5, 3)));
}

// What an entry that needs the word of page p finds: a read that ends now, one under way, or none.
enum join { JOIN_NONE, JOIN_RETURN, JOIN_READ };

// B10: a joined check inherits the verdict of the PMP; right for words of one 4-KiB page only.
static bool same_verdict(const struct bitmap *s, const struct tlb_csr *csr, uint64_t a, uint64_t b)
{
    return !s->cfg->errata_fixed[ERR_B10] ||
           word_addr(s, csr, a) >> 12 == word_addr(s, csr, b) >> 12;
}

static enum join join_read(const struct bitmap *s, const struct bitmap_out *o,
                           const struct bitmap_in *in, uint64_t p, uint8_t *wait_id)
{
    uint32_t w = 0;
    uint8_t ids = 0;
    for (uint32_t m = s->in[BM_MEM_WAITING]; m; m &= m - 1) {
        unsigned i = lowest(m);
        const struct bitmap_entry *e = &s->entry[i];
        if (same(s, p, e->ppn) && same_verdict(s, in->csr, p, e->ppn) && !e->no_refill) {
            w |= 1u << i;
            ids |= e->wait_id;
        }
    }
    uint64_t q = s->entry[o->mem_ptr].ppn;
    bool fire_dup = in->mem_fire && same(s, p, q) && same_verdict(s, in->csr, p, q);
    bool stale = s->cfg->errata_fixed[ERR_D10] && in->mem_resp_flush_latch;
    *wait_id = fire_dup ? o->mem_ptr : ids;
    if (in->mem_resp && !stale && bit(w, in->mem_resp_ptr))
        return JOIN_RETURN;
    return w || fire_dup ? JOIN_READ : JOIN_NONE;
}

// Rule 1a and rule 4b: the line is on the wire. 2025-05 lets the page pass untested (B3). The word
// itself is not kept: a later check of this slot that the PMP denies refills an older one (B9).
static void join_return(struct bitmap *s, unsigned i, const struct bitmap_in *in)
{
    if (s->cfg->rule.bitmap_rework || s->cfg->errata_fixed[ERR_B3])
        take_bits(&s->entry[i], word_of(&s->entry[i], in->line));
    move(s, i, BM_MEM_OUT);
}

static void accept(struct bitmap *s, const struct bitmap *was, const struct bitmap_out *o,
                   const struct bitmap_in *in) // rule 1
{
    const struct bitmap_req *r = &in->req;
    unsigned i = o->enq_ptr;
    struct bitmap_entry *e = &s->entry[i];
    uint64_t old_data = e->data;
    *e = (struct bitmap_entry){
        .ppn = tested_page(s, r, in->csr),
        .vpn = r->vpn,
        .id = r->id,
        .wait_id = (uint8_t)i,
        .level = r->level,
        .way = r->way,
        .s2xlate = r->s2xlate,
        .n = r->n,
        .hptw_bypassed = r->hptw_bypassed,
        .data = old_data,
    };
    s->addr = word_addr(s, in->csr, e->ppn);
    uint8_t wait_id;
    enum join j = join_read(was, o, in, e->ppn, &wait_id);
    e->hit = j != JOIN_NONE;
    if (j == JOIN_RETURN) {
        join_return(s, i, in);
    } else if (j == JOIN_READ) { // rule 1b
        e->wait_id = wait_id;
        move(s, i, BM_MEM_WAITING);
    } else { // rule 1c
        move(s, i, BM_ADDR_CHECK);
    }
}

static void pmp_verdict(struct bitmap *s, unsigned i, struct pmp_verdict v) // rule 2
{
    struct bitmap_entry *e = &s->entry[i];
    e->cf = v.ld || v.mmio;
    e->cfs = e->cf ? 0xff : 0;
    if (e->cf && s->cfg->errata_fixed[ERR_B9])
        e->hit = true; // there is no word to refill
    move(s, i, e->cf ? BM_MEM_OUT : BM_CACHE_REQ);
}

static void cache_answer(struct bitmap *s, const struct bitmap *was, const struct bitmap_out *o,
                         const struct bitmap_in *in) // rule 4
{
    unsigned i = in->cache.order;
    struct bitmap_entry *e = &s->entry[i];
    if (in->cache.hit) { // rule 4a
        e->cf = bit(in->cache.cfs, (unsigned)bits(e->ppn, 2, 0));
        e->cfs = in->cache.cfs;
        e->hit = true;
        move(s, i, BM_MEM_OUT);
        return;
    }
    uint8_t wait_id;
    enum join j = join_read(was, o, in, e->ppn, &wait_id);
    if (j == JOIN_RETURN) {
        join_return(s, i, in);
        e->hit = true;
    } else if (j == JOIN_READ) { // rule 4c
        e->wait_id = wait_id;
        e->hit = true;
        move(s, i, BM_MEM_WAITING);
    } else { // rule 4d
        e->hit = false;
        move(s, i, BM_MEM_REQ);
    }
}

static void memory_grant(struct bitmap *s, const struct bitmap *was, const struct bitmap_out *o)
{
    for (uint32_t m = was->in[BM_MEM_REQ]; m; m &= m - 1) { // rule 5
        unsigned i = lowest(m);
        if (!same(s, was->entry[i].ppn, was->entry[o->mem_ptr].ppn))
            continue;
        s->entry[i].wait_id = o->mem_ptr;
        move(s, i, BM_MEM_WAITING);
    }
    s->mem_last = o->mem_ptr;
}

static void memory_answer(struct bitmap *s, const struct bitmap *was, const struct bitmap_in *in)
{
    for (uint32_t m = was->in[BM_MEM_WAITING]; m; m &= m - 1) { // rule 6
        unsigned i = lowest(m);
        if (was->entry[i].wait_id != in->mem_resp_ptr)
            continue;
        s->entry[i].data = word_of(&s->entry[i], in->line);
        take_bits(&s->entry[i], s->entry[i].data);
        move(s, i, BM_MEM_OUT);
    }
}

// Words read before the pulse may be old: not kept and not joined any more (P10), and no check bit
// is earned with them (B16).
static void bclear(struct bitmap *s)
{
    uint32_t reads = s->in[BM_MEM_WAITING] | s->in[BM_MEM_OUT];
    for (uint32_t m = reads; m; m &= m - 1)
        s->entry[lowest(m)].no_refill |= s->cfg->errata_fixed[ERR_P10];
    for (uint32_t m = reads | s->in[BM_CACHE_RESP]; m; m &= m - 1)
        s->entry[lowest(m)].no_wakeup |= s->cfg->errata_fixed[ERR_B16];
}

void bitmap_tick(struct bitmap *s, const struct bitmap_out *o, const struct bitmap_in *in)
{
    if (s->in[BM_IDLE] == mask64(s->size) && !in->req_fire && !s->need_addr_check &&
        !s->wakeup_stall)
        return;
    const struct bitmap was = *s;
    if (in->req_fire)
        accept(s, &was, o, in);
    if (o->pmp_valid)
        pmp_verdict(s, was.enq_ptr_reg, in->pmp);
    if (in->cache_req_fire) // rule 3
        move(s, o->cache_ptr, BM_CACHE_RESP);
    if (in->cache.valid)
        cache_answer(s, &was, o, in);
    if (in->mem_fire)
        memory_grant(s, &was, o);
    if (in->mem_resp)
        memory_answer(s, &was, in);
    if (in->csr->mbmc.bclear)
        bclear(s);
    if (o->resp_valid) // rule 7
        move(s, o->resp_ptr, BM_IDLE);
    if (s->cfg->rule.bitmap_rework) {
        bool old = (in->csr->mbmc.bclear && s->cfg->errata_fixed[ERR_B16]) || in->csr->mbmc.changed;
        // Held over a flush too (spec D 4B.6.1 rule 2, 4B.12).
        s->wakeup_stall = o->wakeup_valid && !in->wakeup_ready && !old;
        s->held = o->wakeup;
    }
    s->enq_ptr_reg = o->enq_ptr;
    s->need_addr_check = in->req_fire && !in->flush && s->state[o->enq_ptr] == BM_ADDR_CHECK;
    if (in->flush) { // rule 8; entries and pointers stay (spec B 4.12)
        memset(s->state, BM_IDLE, sizeof s->state);
        memset(s->in, 0, sizeof s->in);
        s->in[BM_IDLE] = (uint32_t)mask64(s->size);
    }
}

bool bitmap_waiting(const struct bitmap *s, const struct bitmap_out *o)
{
    return !s->need_addr_check && !s->wakeup_stall && !o->resp_valid && !o->cache_req_valid &&
           !o->cache_resp_ready;
}

void bitmap_dump(const struct bitmap *s, FILE *out)
{
    static const char *const names[BM_STATES] = {"idle",    "addr_check",  "cache_req", "cache_resp",
                                                 "mem_req", "mem_waiting", "mem_out"};
    fprintf(out, "bitmap\n");
    for (unsigned i = 0; i < s->size; i++)
        if (s->state[i] != BM_IDLE)
            fprintf(out, "  %u %-11s page %" PRIx64 " for id %u vpn %" PRIx64 " waits for %u\n", i,
                    names[s->state[i]], s->entry[i].ppn, s->entry[i].id, s->entry[i].vpn,
                    s->entry[i].wait_id);
}
