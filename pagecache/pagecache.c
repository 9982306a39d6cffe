// SPDX-License-Identifier: MulanPSL-2.0
// The PageCache pipeline (spec A 2.2, 2.3, 2.7, 2.9). Numbers in comments are the rule numbers of
// spec A 2.2.
#include "pagecache/pagecache.h"

#include "arch/plru.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool set_table_init(struct pc_set_table *t, unsigned sets, unsigned ways, unsigned shift)
{
    *t = (struct pc_set_table){.sets = sets, .ways = ways, .set_shift = shift};
    size_t n = (size_t)sets * ways;
    t->line = calloc(n, sizeof *t->line);
    t->valid = calloc(sets, sizeof *t->valid);
    t->global = calloc(sets, sizeof *t->global);
    t->plru = calloc(sets, sizeof *t->plru);
    t->bits = calloc(n, sizeof *t->bits);
    return t->line && t->valid && t->global && t->plru && t->bits;
}

static void set_table_free(struct pc_set_table *t)
{
    free(t->line);
    free(t->valid);
    free(t->global);
    free(t->plru);
    free(t->bits);
}

static void set_table_reset(struct pc_set_table *t)
{
    size_t n = (size_t)t->sets * t->ways;
    memset(t->line, 0, n * sizeof *t->line);
    memset(t->valid, 0, t->sets * sizeof *t->valid);
    memset(t->global, 0, t->sets * sizeof *t->global);
    memset(t->plru, 0, t->sets * sizeof *t->plru);
    memset(t->bits, 0, n * sizeof *t->bits);
}

bool pagecache_init(struct pagecache *p, const struct l2tlb_cfg *cfg)
{
    memset(p, 0, sizeof *p);
    p->cfg = cfg;
    p->l3.size = cfg->l3_size;
    p->l2.size = cfg->l2_size;
    p->sp.size = cfg->sp_size;
    bool l1 = set_table_init(&p->l1, cfg->l1_sets, cfg->l1_ways, 12);
    bool l0 = set_table_init(&p->l0, cfg->l0_sets, cfg->l0_ways, 3);
    return l1 && l0;
}

void pagecache_free(struct pagecache *p)
{
    set_table_free(&p->l1);
    set_table_free(&p->l0);
}

void pagecache_reset(struct pagecache *p)
{
    const struct l2tlb_cfg *cfg = p->cfg;
    struct pc_set_table l1 = p->l1, l0 = p->l0;
    memset(p, 0, sizeof *p);
    p->cfg = cfg;
    p->l1 = l1;
    p->l0 = l0;
    p->l3.size = cfg->l3_size;
    p->l2.size = cfg->l2_size;
    p->sp.size = cfg->sp_size;
    set_table_reset(&p->l1);
    set_table_reset(&p->l0);
}

// Bit k: a refill of level k for the same 2^(9k+3) pages and class passes in this cycle (spec A
// 2.7).
static unsigned refill_match(const struct pc_refill *f, const struct req_info *q)
{
    if (!f->valid || s2xlate_class(f->info.s2xlate) != s2xlate_class(q->s2xlate))
        return 0;
    return ((f->info.vpn ^ q->vpn) >> (9 * f->level + 3)) == 0 ? 1u << f->level : 0;
}

// Levels whose table did not hit; a jump counts as a miss of L0.
static unsigned missed(const struct pc_result *r)
{
    return 15u & ~((unsigned)r->l0 | (unsigned)r->l1 << 1 | (unsigned)r->l2 << 2 | (unsigned)r->l3 << 3);
}

void pagecache_publish(const struct pagecache *p, const struct pc_refill *refill,
                       struct pc_out *o)
{
    const struct pc_req *q = &p->resp.req;
    const struct pc_result *r = &p->resp_result;
    unsigned match = refill_match(refill, &q->info);
    bool all = q->info.s2xlate == ALL_STAGE, only2 = q->info.s2xlate == ONLY_STAGE2;
    bool leaf = r->l0 || r->sp;
    unsigned idx = (unsigned)bits(q->info.vpn, 2, 0);
    bool v = r->l0 ? !bit(r->l0_line.onlypf, idx) : r->sp_entry.v;
    o->valid = p->resp.valid; // rule 9
    o->req = q;
    o->result = r;
    o->stage1_hit = all && leaf;
    o->hit = leaf && (!all || !v);
    o->prefetched = (r->l0 && r->l0_line.prefetch) || (r->sp && r->sp_entry.prefetch);
    bool fsm = !o->stage1_hit && !only2 && !q->is_hptw;
    o->fsm_l3 = r->l3 && fsm;
    o->fsm_l2 = r->l2 && fsm;
    o->fsm_l1 = r->l1 && fsm;
    o->fsm_ppn = r->l1 ? r->l1_ppn : r->l2 ? r->l2_ppn : r->l3_ppn;
    o->hptw_l3 = r->l3 && q->is_hptw;
    o->hptw_l2 = r->l2 && q->is_hptw;
    o->hptw_l1 = r->l1 && q->is_hptw;
    // The hold register of normal requests never gets set: only a match in this cycle counts (spec
    // A 2.7 rule 3). HPTW's does: spec A 2.7 rule 4, B 3.5 rule 2.
    o->bypassed = !all && ((p->resp.bypassed | match) & missed(r));
    o->hptw_bypassed = q->is_hptw && ((p->resp.bypassed | match | p->hptw_match) & missed(r));
    o->jump = r->jump_l0 || r->jump_sp;
    o->to_llptw = r->jump_l0 && q->info.s2xlate <= ONLY_STAGE1;
}

// Rules 1 to 3.
static bool resp_stage_ready(const struct pagecache *p, bool resp_ready)
{
    return !p->resp.valid || resp_ready;
}

static bool check_stage_ready(const struct pagecache *p, bool resp_ready)
{
    return !p->check.valid || resp_stage_ready(p, resp_ready);
}

// Rules 4 and 5.
bool pagecache_req_ready(const struct pagecache *p, const struct pc_refill *refill,
                         bool resp_ready)
{
    return (!p->delay.valid || check_stage_ready(p, resp_ready)) && !refill->valid;
}

// When L0 and SP both hit, n is that of SP although the rest is that of L0; not so with N1 fixed.
static bool sp_says_napot(const struct pagecache *p, const struct pc_result *r)
{
    return r->sp && r->sp_entry.n && !(r->l0 && p->cfg->errata_fixed[ERR_N1]);
}

void pagecache_stage1(const struct pagecache *p, const struct tlb_csr *csr, struct merge_resp *m)
{
    const struct pc_result *r = &p->resp_result;
    const struct req_info *q = &p->resp.req.info;
    *m = (struct merge_resp){
        .tag = q->vpn >> 3,
        .asid = class_asid(csr, q->s2xlate),
        .vmid = csr->hgatp.id & 0x3fff,
        .level = r->l0 ? 0 : r->sp ? r->sp_entry.level : r->l1 ? 1 : r->l2 ? 2 : 3,
        .n = sp_says_napot(p, r) ? 0xff : r->l0 ? r->l0_line.n : 0,
        .v = r->l0 ? (uint8_t)~r->l0_line.onlypf : r->sp && !r->sp_entry.v ? 0 : 0xff,
        .idx = (uint8_t)bits(q->vpn, 2, 0),
        .not_super = r->l0,
    };
    m->pf = (uint8_t)~m->v;
    if (r->l0) {
        memcpy(m->ppn, r->l0_line.ppn, sizeof m->ppn);
        memcpy(m->perm, r->l0_line.perm, sizeof m->perm);
        memcpy(m->pbmt, r->l0_line.pbmt, sizeof m->pbmt);
        if (p->cfg->errata_fixed[ERR_D14]) // an unusable neighbour must not look like the hit one
            m->odd = (uint8_t)~r->l0_line.vs;
    } else {
        uint64_t ppn = r->sp ? r->sp_entry.ppn : r->l1 ? r->l1_ppn : r->l2 ? r->l2_ppn : r->l3_ppn;
        uint8_t pbmt = r->sp ? r->sp_entry.pbmt : r->l1 ? r->l1_pbmt : r->l2_pbmt;
        for (unsigned i = 0; i < SECTOR; i++)
            m->ppn[i] = ppn;
        memset(m->pbmt, pbmt, sizeof m->pbmt);
        memset(m->perm, r->sp ? r->sp_entry.perm : 0, sizeof m->perm);
    }
    bool off = p->cfg->errata_fixed[ERR_P12] && !bitmap_enabled(p->cfg, csr);
    if (p->cfg->has_bitmap && !off && (r->l0 || !p->cfg->rule.bitmap_rework)) {
        // B8: the row of the look-up that is in Check now, not that of this answer (spec B 4.6 rule
        // 8, 4.10 rule 2).
        bool own = p->cfg->errata_fixed[ERR_B8];
        unsigned way = p->check_result.l0_vec ? lowest(p->check_result.l0_vec) : p->l0.ways - 1;
        m->cf |= (uint8_t)~(own ? r->l0_row : p->l0_row_check[way]);
    }
}

void pagecache_hptw_resp(const struct pagecache *p, const struct tlb_csr *csr,
                         struct hptw_resp *h)
{
    const struct pc_result *r = &p->resp_result;
    const struct pc_entry *e = &r->sp_entry;
    uint64_t vpn = p->resp.req.info.vpn;
    unsigned idx = (unsigned)bits(vpn, 2, 0);
    bool v = r->l0 ? !bit(r->l0_line.onlypf, idx) : e->v;
    *h = (struct hptw_resp){
        .tag = vpn,
        .vmid = csr->hgatp.id & 0x3fff,
        .level = r->l0 ? 0 : e->level,
        .ppn = (r->l0 ? r->l0_line.ppn[idx] : e->ppn) & mask64(36),
        .pbmt = r->l0 ? r->l0_line.pbmt[idx] : e->pbmt,
        .perm = r->l0 ? r->l0_line.perm[idx] : e->perm,
        .n = sp_says_napot(p, r),
        .gpf = !v,
    };
}

// 2025-05 puts pbmt at bits 49:48 and loses n (B11, B5; spec B 4.6 rule 11, D 4B.6.2).
static uint64_t rebuilt_pte(const struct pagecache *p, uint64_t ppn, unsigned pbmt, bool n,
                            unsigned perm, bool v)
{
    uint64_t pte = (ppn & mask64(38)) << 10 | (uint64_t)perm << 1 | v;
    bool right = p->cfg->rule.bitmap_rework || p->cfg->errata_fixed[ERR_B11];
    bool keeps_n = p->cfg->rule.bitmap_rework || p->cfg->errata_fixed[ERR_B5];
    return pte | (uint64_t)pbmt << (right ? 61 : 48) | (n && keeps_n ? PTE_N : 0);
}

static uint64_t sp_pte(const struct pagecache *p)
{
    const struct pc_entry *e = &p->resp_result.sp_entry;
    return rebuilt_pte(p, e->ppn, e->pbmt, e->n, e->perm, e->v);
}

static uint64_t l0_pte(const struct pagecache *p, unsigned j)
{
    const struct pc_line *l = &p->resp_result.l0_line;
    bool v = !bit(l->onlypf, j);
    if (p->cfg->errata_fixed[ERR_D14]) // its number may have lost upper bits
        v = v && bit(l->vs, j);
    return rebuilt_pte(p, l->ppn[j], l->pbmt[j], false, l->perm[j], v);
}

// L0 and SP may both jump (spec B 4.6 rules 9 and 10, D 4B.6.2).
bool pagecache_jump_is_sp(const struct pagecache *p, bool to_llptw)
{
    return p->resp_result.jump_sp && (!to_llptw || p->cfg->rule.jump_sp_first);
}

uint64_t pagecache_jump_pte(const struct pagecache *p, unsigned j, bool to_llptw)
{
    return pagecache_jump_is_sp(p, to_llptw) ? sp_pte(p) : l0_pte(p, j);
}

// --- clock edge --------------------------------------------------------------------------------

// Does a match of this look-up need a proven bit (spec B 4.6 rule 6), judged now (spec B 4.1 rule
// 1)? Bits stay as they are while nothing is tested (spec B 4.1 rule 3).
static bool must_prove(const struct pagecache *p, const struct pc_req *q, const struct tlb_csr *csr)
{
    return bitmap_enabled(p->cfg, csr) && (q->info.s2xlate != ALL_STAGE || q->is_hptw);
}

// B7: in 2025-05 a cached page fault is tested like a page.
static bool tests_faults(const struct pagecache *p)
{
    return !p->cfg->rule.bitmap_rework && !p->cfg->errata_fixed[ERR_B7];
}

// B4: in 2025-05 the row of check bits follows the address at the input, look-up or not.
static bool holds_row(const struct pagecache *p)
{
    return p->cfg->rule.bitmap_rework || p->cfg->errata_fixed[ERR_B4];
}

// SP verdict of the Delay stage from the entry as it is now (N3: live, not held; spec A 2.3.2 rule
// 3, B 4.6 rule 5; 2026-03: spec D 2.8).
static void delay_sp(const struct pagecache *p, const struct tlb_csr *csr, struct pc_result *r)
{
    r->sp = p->sp_vec != 0;
    r->jump_sp = false;
    if (!r->sp)
        return;
    bool held = p->cfg->errata_fixed[ERR_N3] && !p->delay_first;
    r->sp_entry = held ? p->sp_held : p->sp.entry[lowest(p->sp_vec)];
    if (!must_prove(p, &p->delay.req, csr))
        return;
    // 2026-03, and with B2 fixed: no verdict is kept for a large page, every use is tested.
    bool keeps = !p->cfg->rule.bitmap_rework && !p->cfg->errata_fixed[ERR_B2];
    bool proven = keeps && bit(p->sp_bits, oh_to_uint(p->sp_vec));
    r->jump_sp = !proven && (r->sp_entry.v || tests_faults(p));
    r->sp = !r->jump_sp;
}

// L0 verdict of the Check stage.
static void check_l0(const struct pagecache *p, const struct tlb_csr *csr, bool *hit, bool *jump)
{
    const struct pc_result *r = &p->check_result;
    unsigned idx = (unsigned)bits(p->check.req.info.vpn, 2, 0);
    bool match = r->l0_vec != 0;
    *jump = match && must_prove(p, &p->check.req, csr) &&
            !bit(p->l0_row_check[r->l0_way], idx) &&
            (tests_faults(p) || !bit(r->l0_line.onlypf, idx));
    *hit = match && !*jump;
}

void pagecache_check_hits(const struct pagecache *p, const struct tlb_csr *csr, bool *l0, bool *sp)
{
    bool jump;
    check_l0(p, csr, l0, &jump);
    *sp = p->check_result.sp;
}

// Replacer touches of hits: planned from the registers of this cycle, applied after the refill,
// whose touch of the same tree wins (spec A 2.4). A jump is no hit (spec B 4.6 rule 7).
struct pc_touch {
    bool l3, l2, sp, l1, l0;
    unsigned l1_set, l0_set, l1_way, l0_way;
};

static struct pc_touch plan_touches(const struct pagecache *p, const struct tlb_csr *csr)
{
    struct pc_touch t = {0};
    if (p->delay_first) {
        struct pc_result r;
        t.l3 = p->l3_vec;
        t.l2 = p->l2_vec;
        delay_sp(p, csr, &r);
        t.sp = r.sp;
    }
    if (p->check_first) {
        const struct pc_result *r = &p->check_result;
        bool jump;
        check_l0(p, csr, &t.l0, &jump);
        t.l1 = r->l1;
        t.l1_set = pc_set_index(&p->l1, p->check.req.info.vpn);
        t.l0_set = pc_set_index(&p->l0, p->check.req.info.vpn);
        t.l1_way = r->l1 ? lowest(r->l1_vec) : 0;
        t.l0_way = r->l0_way;
    }
    return t;
}

// vec: the hit vectors as they were when the touch was planned.
static void apply_touches(struct pagecache *p, const struct pc_touch *t, const uint64_t vec[3],
                          const struct pc_written *refill)
{
    unsigned done = refill->touched;
    bool l1_set = t->l1_set == pc_set_index(&p->l1, refill->vpn);
    bool l0_set = t->l0_set == pc_set_index(&p->l0, refill->vpn);
    if (t->l3 && !(done & TOUCHED_L3))
        p->l3.plru = plru_touch(p->l3.plru, p->l3.size, oh_to_uint(vec[0]));
    if (t->l2 && !(done & TOUCHED_L2))
        p->l2.plru = plru_touch(p->l2.plru, p->l2.size, oh_to_uint(vec[1]));
    if (t->sp && !(done & TOUCHED_SP))
        p->sp.plru = plru_touch(p->sp.plru, p->sp.size, oh_to_uint(vec[2]));
    if (t->l1 && !((done & TOUCHED_L1) && l1_set))
        p->l1.plru[t->l1_set] = plru_touch(p->l1.plru[t->l1_set], p->l1.ways, t->l1_way);
    if (t->l0 && !((done & TOUCHED_L0) && l0_set))
        p->l0.plru[t->l0_set] = plru_touch(p->l0.plru[t->l0_set], p->l0.ways, t->l0_way);
}

// Stage Req (spec A 2.3.2 rules 1 and 2: what is read here is held).
static void accept(struct pagecache *p, const struct pc_in *in)
{
    const struct req_info *q = &in->req->info;
    p->delay.req = *in->req;
    p->delay.bypassed = 0;
    p->l3_vec = pc_fa_match(p, &p->l3, q, in->csr);
    p->l2_vec = pc_fa_match(p, &p->l2, q, in->csr);
    p->sp_vec = pc_fa_match(p, &p->sp, q, in->csr);
    struct pc_result *r = &p->delay_result;
    r->l3 = p->l3_vec != 0;
    r->l2 = p->l2_vec != 0;
    unsigned i3 = r->l3 ? lowest(p->l3_vec) : p->l3.size - 1;
    unsigned i2 = r->l2 ? lowest(p->l2_vec) : p->l2.size - 1;
    r->l3_ppn = p->l3.entry[i3].ppn;
    r->l2_ppn = p->l2.entry[i2].ppn;
    r->l2_pbmt = p->l2.entry[i2].pbmt;
    pc_sram_read(p, q);
}

// Spec A 2.3.2 rule 4, 2.3.3 rules 1 and 2.
static void delay_to_check(struct pagecache *p, const struct pc_in *in, unsigned flag)
{
    struct pc_result *r = &p->check_result;
    const struct pc_result *d = &p->delay_result;
    p->check.req = p->delay.req;
    p->check.bypassed = (uint8_t)flag;
    r->l3 = d->l3;
    r->l2 = d->l2;
    r->l3_ppn = d->l3_ppn;
    r->l2_ppn = d->l2_ppn;
    r->l2_pbmt = d->l2_pbmt;
    delay_sp(p, in->csr, r);
    pc_sram_compare(p, in->csr, r);
    r->l1 = r->l1_vec != 0;
    if (r->l1) {
        r->l1_ppn = p->l1_read[lowest(r->l1_vec)].ppn;
        r->l1_pbmt = p->l1_read[lowest(r->l1_vec)].pbmt;
    }
    r->l0_way = (uint8_t)(r->l0_vec ? lowest(r->l0_vec) : p->l0.ways - 1);
    if (r->l0_vec || p->cfg->has_bitmap)
        r->l0_line = p->l0_read[r->l0_way];
    if (p->cfg->has_bitmap)
        memcpy(p->l0_row_check, p->l0_row_live, p->l0.ways);
}

// Spec A 2.3.3 rule 3.
static void check_to_resp(struct pagecache *p, const struct pc_in *in, unsigned flag)
{
    bool hit, jump;
    check_l0(p, in->csr, &hit, &jump);
    p->resp.req = p->check.req;
    p->resp.bypassed = (uint8_t)flag;
    p->resp_result = p->check_result;
    p->resp_result.l0 = hit;
    p->resp_result.jump_l0 = jump;
    p->resp_result.l0_row = p->l0_row_check[p->check_result.l0_way];
}

static void load_row(struct pagecache *p, const struct pc_in *in)
{
    if (p->cfg->has_bitmap && (in->req_fire || !holds_row(p))) {
        unsigned set = pc_set_index(&p->l0, in->req_fire ? in->req->info.vpn : in->offered_vpn);
        memcpy(p->l0_row_live, &p->l0.bits[(size_t)set * p->l0.ways], p->l0.ways);
    }
}

void pagecache_tick(struct pagecache *p, const struct pc_in *in)
{
    if (!in->req_fire && !in->refill->valid && !in->flush && !in->wakeup->valid &&
        !p->cfg->has_bitmap && pagecache_idle(p, in->resp_ready))
        return;
    bool resp_fire = p->resp.valid && in->resp_ready;
    bool check_fire = p->check.valid && resp_stage_ready(p, in->resp_ready);
    bool delay_fire = p->delay.valid && check_stage_ready(p, in->resp_ready);
    unsigned d = refill_match(in->refill, &p->delay.req.info);
    unsigned c = refill_match(in->refill, &p->check.req.info);
    unsigned r = refill_match(in->refill, &p->resp.req.info);
    // Spec A 2.7 rules 1 and 2.
    p->delay_match = (uint8_t)(d | (p->delay_first ? 0 : p->delay_match));
    p->check_match = (uint8_t)(c | (p->check_first ? 0 : p->check_match));
    p->hptw_match = resp_fire ? 0 : (uint8_t)(p->hptw_match | r);

    // Stages read tables and each other's registers before anything of this cycle is written.
    struct pc_touch touch = plan_touches(p, in->csr);
    const uint64_t vec[3] = {p->l3_vec, p->l2_vec, p->sp_vec};
    if (p->delay_first && p->sp_vec)
        p->sp_held = p->sp.entry[lowest(p->sp_vec)];
    if (check_fire)
        check_to_resp(p, in, p->check.bypassed | p->check_match);
    if (delay_fire)
        delay_to_check(p, in, p->delay.bypassed | p->delay_match);
    load_row(p, in);
    if (in->req_fire)
        accept(p, in);

    struct pc_wake_read read = pc_wake_look(p, in);
    struct pc_written written = {.l0_way = -1};
    if (in->refill->valid && !in->flush) // a fence wins (spec A 2.10 rule 3)
        written = pc_refill_write(p, in->refill, in->csr);
    apply_touches(p, &touch, vec, &written);
    pc_wake_up(p, in, &written, &read);
    if ((in->csr->mbmc.bclear && p->cfg->errata_fixed[ERR_B16]) || in->csr->mbmc.changed)
        pc_forget_checks(p);
    if (in->sfence->valid)
        pc_fence(p, in->sfence, in->csr);

    // Rules 6 to 8. A changed CSR empties the pipeline, nothing else (spec A 2.10 rule 4).
    bool stay_delay = p->delay.valid && !delay_fire, stay_check = p->check.valid && !check_fire;
    bool stay_resp = p->resp.valid && !resp_fire;
    p->delay.valid = !in->flush && (in->req_fire || stay_delay);
    p->check.valid = !in->flush && (delay_fire || stay_check);
    p->resp.valid = !in->flush && (check_fire || stay_resp);
    p->delay_first = !in->flush && in->req_fire;
    p->check_first = !in->flush && delay_fire;
}

bool pagecache_idle(const struct pagecache *p, bool resp_ready)
{
    bool moves = (p->delay.valid && check_stage_ready(p, resp_ready)) ||
                 (p->check.valid && resp_stage_ready(p, resp_ready)) ||
                 (p->resp.valid && resp_ready);
    bool waking = p->wake_read.wakeup.valid || p->wake_write.valid;
    return !moves && !p->delay_first && !p->check_first && !waking;
}

bool pagecache_row_stable(const struct pagecache *p, uint64_t offered_vpn)
{
    size_t row = (size_t)pc_set_index(&p->l0, offered_vpn) * p->l0.ways;
    return holds_row(p) || !memcmp(p->l0_row_live, &p->l0.bits[row], p->l0.ways);
}

static void dump_stage(const char *name, const struct pc_stage *s, FILE *out)
{
    if (s->valid)
        fprintf(out, "  %-5s vpn %" PRIx64 " s2xlate %u source %u %s%s bypassed %x\n", name,
                s->req.info.vpn, s->req.info.s2xlate, s->req.info.source,
                s->req.is_hptw ? "hptw " : "", s->req.is_first ? "first" : "", s->bypassed);
    else
        fprintf(out, "  %-5s empty\n", name);
}

void pagecache_dump(const struct pagecache *p, FILE *out)
{
    fprintf(out, "pagecache\n");
    dump_stage("delay", &p->delay, out);
    dump_stage("check", &p->check, out);
    dump_stage("resp", &p->resp, out);
    fprintf(out, "  valid L3 %" PRIx64 " L2 %" PRIx64 " SP %" PRIx64 "  plru %" PRIx64 " %" PRIx64
                 " %" PRIx64 "\n",
            p->l3.valid, p->l2.valid, p->sp.valid, p->l3.plru, p->l2.plru, p->sp.plru);
}
