// SPDX-License-Identifier: MulanPSL-2.0
// MPTCache, stage by stage (spec E 1.4, 1.5). Numbers in comments are the rule numbers of spec E 1.5.
//
//   cycle   what happens to a request that was accepted in c
//   c       L0's array is read
//   c+1     Req: compared with the stores of pointers and of superpages
//   c+2     Delay: compared with the row of L0; where a walk would start
//   c+3     Check: the right is selected
//   c+4     Resp: answer, or into the miss queue
#include "mpt/mptcache.h"

#include "arch/plru.h"

#include <inttypes.h>
#include <string.h>

void mptcache_reset(struct mptcache *s, const struct l2tlb_cfg *cfg)
{
    memset(s, 0, sizeof *s);
    s->cfg = cfg;
    for (unsigned k = 0; k < MPT_POINTERS; k++) {
        s->pointer[k].level = (uint8_t)(MPT_L1 << k);
        s->pointer[k].entries = k ? 1 : MPT_TABLES;
    }
}

// Positions of a store's replacement tree: two for one entry (T17).
static unsigned positions(const struct mptcache *s, const struct mpt_tables *t)
{
    return t->entries == 1 && !s->cfg->errata_fixed[ERR_T17] ? 2 : t->entries;
}

// --- outputs -------------------------------------------------------------------------------------

void mptcache_publish(const struct mptcache *s, bool miss_ready, const struct mpt_fence *f,
                      struct mptcache_out *o)
{
    const struct mpt_pipe *p = &s->pipe;
    const struct mpt_req *r = &p->resp.req;
    bool silent = p->refill_counter || f->fence_pa;
    uint8_t right = (uint8_t)((p->sp_hit2 ? p->sp_right : 0) | (p->l0_hit2 ? p->l0_right : 0));
    bool fault = mpt_reserved(right) || p->beyond2;
    o->refilling = p->refill_counter; // rule 1
    o->flow = miss_ready || p->resp_hit || o->refilling || f->fence_pa; // rule 5
    // Rule 7. T25: a request right behind a fenced page reads the row of L0 before it is cleared.
    bool behind = p->req.flush_cache && s->cfg->errata_fixed[ERR_T25];
    o->req_ready = (o->refilling ? !p->resp.data_valid : miss_ready) && !f->fence_pa && !behind;
    o->hit = (struct mpt_resp){ // rule 8
        .valid = p->resp_hit && !silent,
        .pa = r->pa,
        .tag = r->tag,
        .id = r->id,
        .perm = {.mpt_only = r->mpt_only,
                 .access_fault = fault,
                 .right = mpt_answered_right(s->cfg, right, fault),
                 .level = p->sp_hit2 ? p->sp_resp_level : 0,
                 .contiguous = p->l0_hit2 && p->half_equal,
                 .napot = p->l0_hit2 && p->all_equal},
    };
    o->miss_valid = p->resp_miss && !silent; // rule 9
    o->miss = (struct mpt_miss){.req = *r, .level = p->miss_level, .table = p->miss_table};
}

// --- look-ups ------------------------------------------------------------------------------------

static uint8_t match_pointers(const struct mpt_tables *t, uint64_t pa)
{
    uint8_t hit = 0;
    for (unsigned m = t->valid; m; m &= m - 1)
        if (t->tag[lowest(m)] == pa >> mpt_shift(t->level))
            hit |= (uint8_t)(1u << lowest(m));
    return hit;
}

// A leaf of a higher level compares fewer bits of its tag.
static uint8_t match_sp(const struct mpt_sp *t, uint64_t pa)
{
    uint8_t hit = 0;
    for (unsigned m = t->valid; m; m &= m - 1) {
        unsigned i = lowest(m), shift = mpt_shift(t->level[i]);
        if (t->tag[i] >> (shift - 13) == pa >> shift)
            hit |= (uint8_t)(1u << i);
    }
    return hit;
}

static uint8_t match_row(const struct mpt_pipe *p, uint64_t pa)
{
    uint8_t hit = 0;
    for (unsigned m = p->row_valid; m; m &= m - 1)
        if (p->row_tag[lowest(m)] == pa >> 9)
            hit |= (uint8_t)(1u << lowest(m));
    return hit;
}

static unsigned set_of(uint64_t pa)
{
    return (unsigned)bits(pa, 8, 4);
}

// Req -> Delay. Not held while the pipeline stands: what is above overwrites it, and the trees move by it (T24).
static void search(struct mptcache *s, const struct mpt_pipe *was, bool data_valid)
{
    uint64_t pa = was->req.req.pa;
    struct mpt_pipe *p = &s->pipe;
    if (data_valid) {
        for (unsigned k = 0; k < MPT_POINTERS; k++) {
            const struct mpt_tables *t = &s->pointer[k];
            p->hit[k] = match_pointers(t, pa);
            p->pointer_data[k] = 0;
            for (unsigned m = p->hit[k]; m; m &= m - 1)
                p->pointer_data[k] |= t->data[lowest(m)];
        }
        p->sp_hit = match_sp(&s->sp, pa);
    }
    if (data_valid || was->req.flush_cache) {
        memcpy(p->row_tag, was->sram_tag, sizeof p->row_tag);
        memcpy(p->row_data, was->sram_data, sizeof p->row_data);
        p->row_valid = s->l0.valid[set_of(pa)];
    }
}

// Delay -> Check.
static void compare(struct mptcache *s, const struct mpt_pipe *was, const struct mptcache_in *in)
{
    uint64_t pa = was->delay.req.pa;
    struct mpt_pipe *p = &s->pipe;
    p->table = in->root;
    p->table_level = in->smmpt52 ? MPT_L3 : MPT_L2;
    bool small = !in->smmpt52 && s->cfg->errata_fixed[ERR_T21];
    for (unsigned k = MPT_POINTERS; k-- > 0;)
        if (was->hit[k] && !(small && s->pointer[k].level == MPT_L3)) { // the deepest one counts
            p->table = was->pointer_data[k];
            p->table_level = (uint8_t)(s->pointer[k].level >> 1);
        }
    p->l0_hit = match_row(was, pa);
    p->l0_data = p->sp_data = 0;
    for (unsigned m = p->l0_hit; m; m &= m - 1)
        p->l0_data |= was->row_data[lowest(m)];
    p->sp_level = 0;
    for (unsigned m = was->sp_hit; m; m &= m - 1) {
        p->sp_level |= s->sp.level[lowest(m)];
        p->sp_data |= s->sp.data[lowest(m)];
    }
    p->sp_offset = mpt_offset(p->sp_level, pa);
    p->sp_flag = was->sp_hit;
    p->beyond = small && pa >> mpt_shift(MPT_L3); // T21: walked as if the upper bits were 0
    if (p->beyond)
        p->sp_flag = false, p->l0_hit = 0;
}

// Check -> Resp.
static void select_right(struct mpt_pipe *p, const struct mpt_pipe *was)
{
    uint64_t pa = was->check.req.pa;
    p->l0_right = mpt_right(was->l0_data, pa & 15);
    p->half_equal = mpt_half_equal(was->l0_data, pa); // rule 10
    p->all_equal = mpt_all_equal(was->l0_data);
    p->sp_right = mpt_right(was->sp_data, was->sp_offset);
    p->sp_resp_level = (uint8_t)oh_to_uint(was->sp_level);
}

// --- what changes the stores ---------------------------------------------------------------------

// Where a refill goes: L0, SP, or the pointers of its level.
static bool to_l0(const struct mpt_refill *r)
{
    return r->valid && !r->is_af && r->is_leaf && (r->level & MPT_L0);
}
static bool to_sp(const struct mpt_refill *r)
{
    return r->valid && !r->is_af && r->is_leaf && !(r->level & MPT_L0);
}
static bool to_pointers(const struct mpt_refill *r, const struct mpt_tables *t)
{
    return r->valid && !r->is_af && !r->is_leaf && (r->level & t->level);
}

// An item of fence_pa passes Req and, a cycle later, Delay (spec E 1.5.2; T25).
static void fence_page(struct mptcache *s, const struct mpt_pipe *was)
{
    if (was->req.flush_cache) {
        uint64_t pa = was->req.req.pa;
        for (unsigned k = 0; k < MPT_POINTERS; k++)
            s->pointer[k].valid &= (uint8_t)~match_pointers(&s->pointer[k], pa);
        s->sp.valid &= (uint8_t)~match_sp(&s->sp, pa);
    }
    if (was->delay.flush_cache) {
        uint64_t pa = was->delay.req.pa;
        s->l0.valid[set_of(pa)] &= (uint8_t)(was->delay.whole_set ? 0 : ~match_row(was, pa));
    }
}

// The trees move with the look-ups in Delay (L0: in Check). A tree that a refill moves, moves by it alone; of L0
// no tree at all then (spec E 1.5.1, 1.4.1).
static void touch(struct mptcache *s, const struct mpt_pipe *was, const struct mpt_refill *r, bool delay, bool check)
{
    for (unsigned k = 0; k < MPT_POINTERS && delay; k++) {
        struct mpt_tables *t = &s->pointer[k];
        if (!to_pointers(r, t))
            t->plru = plru_touch_many(t->plru, positions(s, t), was->hit[k]);
    }
    if (delay && !to_sp(r))
        s->sp.plru = plru_touch_many(s->sp.plru, MPT_SP, was->sp_hit);
    if (check && !to_l0(r)) {
        uint64_t *tree = &s->l0.plru[set_of(was->check.req.pa)];
        *tree = plru_touch_many(*tree, MPT_WAYS, was->l0_hit);
    }
}

static void refill_pointer(const struct mptcache *s, struct mpt_tables *t, const struct mpt_refill *r)
{
    unsigned n = positions(s, t), way = plru_victim(t->plru, n);
    t->plru = plru_touch(t->plru, n, way);
    if (way >= t->entries)
        return; // T17: there is no such entry
    t->valid |= (uint8_t)(1u << way);
    t->tag[way] = r->pa >> (mpt_shift(t->level) - 4);
    t->data[way] = r->data & mask64(36);
}

static void refill(struct mptcache *s, const struct mpt_refill *r)
{
    for (unsigned k = 0; k < MPT_POINTERS; k++)
        if (to_pointers(r, &s->pointer[k]))
            refill_pointer(s, &s->pointer[k], r);
    if (to_l0(r)) {
        unsigned set = (unsigned)(r->pa & 31), way = plru_victim(s->l0.plru[set], MPT_WAYS);
        s->l0.plru[set] = plru_touch(s->l0.plru[set], MPT_WAYS, way);
        s->l0.valid[set] |= (uint8_t)(1u << way);
        s->l0.tag[set][way] = r->pa >> 5;
        s->l0.data[set][way] = r->data;
    }
    if (to_sp(r)) {
        unsigned way = plru_victim(s->sp.plru, MPT_SP);
        s->sp.plru = plru_touch(s->sp.plru, MPT_SP, way);
        s->sp.valid |= (uint8_t)(1u << way);
        s->sp.level[way] = r->level;
        s->sp.tag[way] = r->pa >> 9;
        s->sp.data[way] = r->data;
    }
}

// The array of L0 has one port in two halves of two ways: a write takes it, and the other half gives the
// row that is written; without either it gives zero (spec E 1.5, 3.4 U3). Before refill().
static void read_array(struct mptcache *s, const struct mpt_stage *input, const struct mpt_refill *r)
{
    bool write = to_l0(r), read = input->data_valid || input->flush_cache;
    unsigned set = write ? (unsigned)(r->pa & 31) : set_of(input->req.pa);
    unsigned half = write ? plru_victim(s->l0.plru[set], MPT_WAYS) / 2 : 2;
    for (unsigned i = 0; i < MPT_WAYS; i++) {
        bool gives = (write && i / 2 != half) || (!write && read);
        s->pipe.sram_tag[i] = gives ? s->l0.tag[set][i] : 0;
        s->pipe.sram_data[i] = gives ? s->l0.data[set][i] : 0;
    }
}

static void drop_requests(struct mpt_pipe *p)
{
    struct mpt_stage *stage[] = {&p->req, &p->delay, &p->check, &p->resp};
    for (unsigned i = 0; i < 4; i++)
        stage[i]->data_valid = stage[i]->req.mpt_only = false;
    p->resp_hit = p->resp_miss = false;
}

static void flush_all(struct mptcache *s)
{
    for (unsigned k = 0; k < MPT_POINTERS; k++)
        s->pointer[k].valid = 0;
    s->sp.valid = 0;
    memset(s->l0.valid, 0, sizeof s->l0.valid);
    struct mpt_pipe *p = &s->pipe;
    p->row_valid = p->refill_counter = 0;
    struct mpt_stage *stage[] = {&p->req, &p->delay, &p->check, &p->resp};
    for (unsigned i = 0; i < 4; i++)
        stage[i]->flush_cache = false;
    drop_requests(p);
}

// --- clock edge ----------------------------------------------------------------------------------

// What enters Req: a fenced page, else the Resp stage once more after a refill, else the request.
static struct mpt_stage input_of(const struct mptcache *s, const struct mptcache_out *o, const struct mptcache_in *in)
{
    struct mpt_stage stage = {.req = in->req, .data_valid = in->req_fire};
    if (in->fence->fence_pa)
        // T11: without the row nothing is found in L0.
        stage = (struct mpt_stage){.req = {.pa = in->fence->pa, .tag = TAG_NONE},
                                   .flush_cache = true,
                                   .whole_set = to_l0(in->refill) && s->cfg->errata_fixed[ERR_T11]};
    else if (o->refilling && s->pipe.resp.data_valid)
        stage = s->pipe.resp;
    if (in->fence->sfence)
        stage.data_valid = stage.req.mpt_only = false;
    return stage;
}

// A stage takes over its predecessor; the payload only of what is there.
static void move(struct mpt_stage *to, const struct mpt_stage *from, bool sfence)
{
    bool load = (from->data_valid && !sfence) || from->flush_cache;
    struct mpt_req keep = to->req;
    *to = *from;
    if (!load)
        to->req = keep;
    to->data_valid = from->data_valid && !sfence;
    to->req.mpt_only = from->req.mpt_only && !sfence;
}

static void advance(struct mpt_pipe *p, const struct mpt_pipe *was, const struct mpt_stage *input, bool sfence, bool check)
{
    bool hit = was->sp_flag || was->l0_hit || was->beyond;
    p->resp_hit = hit && check;
    p->resp_miss = !hit && check;
    p->sp_hit2 = was->sp_flag;
    p->l0_hit2 = was->l0_hit;
    p->beyond2 = was->beyond;
    p->miss_level = was->table_level;
    p->miss_table = was->table;
    move(&p->resp, &was->check, sfence);
    move(&p->check, &was->delay, sfence);
    move(&p->delay, &was->req, sfence);
    move(&p->req, input, false);
}

// The stages see the registers and stores of before the edge: `was`, and the stores as long as nothing has changed them.
void mptcache_tick(struct mptcache *s, const struct mptcache_out *o, const struct mptcache_in *in)
{
    const struct mpt_pipe was = s->pipe;
    struct mpt_pipe *p = &s->pipe;
    const struct mpt_fence *f = in->fence;
    struct mpt_stage input = input_of(s, o, in);
    // Rule 6.
    bool check = was.check.data_valid && !f->sfence, delay = was.delay.data_valid && !f->sfence;

    if (o->flow || !s->cfg->errata_fixed[ERR_T24]) {
        search(s, &was, was.req.data_valid && !f->sfence);
        if (delay)
            compare(s, &was, in);
        if (check)
            select_right(p, &was);
        read_array(s, &input, in->refill);
        touch(s, &was, in->refill, delay, check);
    }
    fence_page(s, &was);
    refill(s, in->refill);
    if (o->flow)
        advance(p, &was, &input, f->sfence, check);
    if (f->sfence && s->cfg->errata_fixed[ERR_T8])
        drop_requests(p); // T8: stages drop them only when they move
    p->refill_counter = in->refill->valid ? 8 : f->sfence ? 0 : was.refill_counter >> 1;
    if (f->flush_all)
        flush_all(s);
}

bool mptcache_waiting(const struct mptcache *s, const struct mptcache_out *o)
{
    const struct mpt_pipe *p = &s->pipe;
    const struct mpt_stage *stage[] = {&p->req, &p->delay, &p->check, &p->resp};
    for (unsigned i = 0; i < 4; i++)
        if (stage[i]->data_valid || stage[i]->flush_cache)
            return false;
    bool still = !p->resp_hit && !p->resp_miss && !o->refilling;
    for (unsigned i = 0; i < MPT_WAYS; i++) // the array's outputs fall back to zero
        still = still && !p->sram_tag[i] && !p->sram_data[i];
    return still;
}

void mptcache_dump(const struct mptcache *s, FILE *out)
{
    static const char *const name[] = {"Req", "Delay", "Check", "Resp"};
    const struct mpt_pipe *p = &s->pipe;
    const struct mpt_stage *stage[] = {&p->req, &p->delay, &p->check, &p->resp};
    fprintf(out, "mpt cache%s\n", p->refill_counter ? ", after a refill" : "");
    for (unsigned i = 0; i < 4; i++)
        if (stage[i]->data_valid)
            fprintf(out, "  %-5s page %" PRIx64 " for id %u%s\n", name[i], stage[i]->req.pa,
                    stage[i]->req.id, stage[i]->req.mpt_only ? " (mptOnly)" : "");
}
