// SPDX-License-Identifier: MulanPSL-2.0
// Numbers in comments are the rule numbers of spec B 4.5.
#include "bitmap/bitmapcache.h"

#include <string.h>

void bitmapcache_reset(struct bitmapcache *s, const struct l2tlb_cfg *cfg)
{
    memset(s, 0, sizeof *s);
    s->cfg = cfg;
    s->sets = cfg->bcache_sets;
    s->ways = cfg->bcache_ways;
}

bool bitmapcache_req_ready(const struct bitmapcache *s, bool refill, bool resp_ready)
{
    return (!s->resp.valid || resp_ready) && !(refill && s->cfg->rule.bitmap_rework);
}

void bitmapcache_publish(const struct bitmapcache *s, struct bcache_resp *r)
{
    *r = (struct bcache_resp){
        .valid = s->resp.valid,
        .hit = s->resp.hits,
        .order = s->resp.order,
        .cfs = (uint8_t)(s->resp.data >> (8 * bits(s->resp.ppn, 5, 3))),
    };
}

static unsigned set_of(const struct bitmapcache *s, uint64_t ppn)
{
    return (unsigned)(ppn >> 6) & (s->sets - 1);
}

// Without the set's bits: a way that P3 makes valid before it was ever written, its RAM at 0 since
// power-up, matches the pages of its set in the first 64 * sets ones.
static uint64_t tag_of(const struct bitmapcache *s, uint64_t ppn)
{
    return ppn >> 6 >> log2_ceil(s->sets);
}

// Look-up of the state at the start of the cycle (rule 3).
static struct bcache_lookup look_up(const struct bitmapcache *s, const struct bitmapcache_in *in)
{
    struct bcache_lookup l = {
        .valid = true, .order = in->order, .ppn = in->ppn, .set = set_of(s, in->ppn)};
    const struct bcache_line *row = s->line + (size_t)l.set * s->ways;
    for (uint64_t m = s->valid[l.set]; m; m &= m - 1)
        if (row[lowest(m)].tag == tag_of(s, in->ppn))
            l.hits |= m & -m;
    if (l.hits)
        l.data = row[lowest(l.hits)].data;
    return l;
}

// Rule 2; spec D 4B.5 rule 3. A word may get a second way (rule 6). The word of a check that the
// PMP denied is an old one (B9, rule 7; spec D 4B.5 rule 7).
static void write_word(struct bitmapcache *s, const struct bitmapcache_in *in)
{
    unsigned set = set_of(s, in->refill_ppn);
    uint64_t free = ~s->valid[set] & mask64(s->ways);
    bool prefer_free = s->cfg->rule.bitmap_rework;
    unsigned w = prefer_free && free ? lowest(free) : plru_victim(s->plru[set], s->ways);
    // P3: in a flush cycle the RAM's clock is gated, valid bit and replacer are not (spec D 4B.5
    // rule 4). A build without clock gates (spec E 0.2 rule 9) is one with P3 fixed.
    if (!in->flush)
        s->line[(size_t)set * s->ways + w] =
            (struct bcache_line){.tag = tag_of(s, in->refill_ppn), .data = in->refill_data};
    s->valid[set] |= UINT64_C(1) << w;
    s->plru[set] = plru_touch(s->plru[set], s->ways, w);
}

// Rule 1.
static void touch(struct bitmapcache *s)
{
    unsigned w = s->cfg->rule.bitmap_rework ? lowest(s->resp.hits) : oh_to_uint(s->resp.hits);
    s->plru[s->resp.set] = plru_touch(s->plru[s->resp.set], s->ways, w);
}

void bitmapcache_tick(struct bitmapcache *s, const struct bitmapcache_in *in)
{
    bool rework = s->cfg->rule.bitmap_rework;
    bool refill = in->refill && !(in->flush && (!rework || s->cfg->errata_fixed[ERR_P3]));
    bool taken = s->resp.valid && in->resp_taken && !in->flush;
    struct bcache_lookup next = {0};
    if (in->req_fire)
        next = look_up(s, in);
    unsigned refill_set = set_of(s, in->refill_ppn);
    bool touches = (rework ? s->touch : taken) && s->resp.hits;
    if (touches && !(refill && refill_set == s->resp.set)) // the refill's touch wins
        touch(s);
    if (refill)
        write_word(s, in);
    if (in->bclear) // rule 4, wins over the refill; spec D 4B.5 rule 5
        memset(s->valid, 0, sizeof s->valid);
    s->touch = taken;
    bool free = !s->resp.valid || in->resp_taken || in->flush;
    if (rework) {
        if (s->delay.valid && free)
            s->resp = s->delay;
        else if (free)
            s->resp.valid = false; // the other fields keep their values
        s->delay = next;
    } else if (in->req_fire) {
        s->resp = next;
    } else if (free) {
        s->resp.valid = false;
    }
    if (in->flush) // rule 5; spec D 4B.5 rule 6
        s->delay.valid = s->resp.valid = false;
}

bool bitmapcache_idle(const struct bitmapcache *s)
{
    return !s->delay.valid && !s->resp.valid && !s->touch;
}
