// SPDX-License-Identifier: MulanPSL-2.0
#include "tests/random/reach.h"

#include "model/wires.h"
#include "ptw/llptw_parts.h"

#include <inttypes.h>
#include <string.h>

const struct reach_point reach_point[REACH_POINTS] = {
#define POINT(name, place, when, condition, hole) {#name, place, hole},
#include "tests/random/reach.def"
#include "tests/random/reach_walk.def"
#undef POINT
};

int reach_find(const char *name)
{
    for (int i = 0; i < REACH_POINTS; i++)
        if (strcmp(reach_point[i].name, name) == 0)
            return i;
    return -1;
}

// --- views of one cycle ---------------------------------------------------------------------------

static bool refill_matches(const struct wires *w, const struct req_info *q)
{
    const struct pc_refill *f = &w->refill;
    return s2xlate_class(f->info.s2xlate) == s2xlate_class(q->s2xlate) &&
           (f->info.vpn ^ q->vpn) >> (9 * f->level + 3) == 0;
}

static bool napot_lanes(const struct pc_refill *f)
{
    for (unsigned j = 0; j < SECTOR; j++)
        if (pte_is_napot(f->ptes[j]) && bits(f->ptes[j], 13, 10) == 8)
            return true;
    return false;
}

static bool prefetch_known(const struct l2tlb *t, uint64_t vpn)
{
    for (unsigned k = 0; k < 4; k++)
        if (bit(t->pf.old_v, k) && t->pf.old_reqs[k] >> 3 == (((vpn >> 3) + 1) & mask64(35)))
            return true;
    return false;
}

static bool removes(const uint64_t n[5])
{
    return n[0] || n[1] || n[2] || n[3] || n[4];
}

static bool any_locked(const struct pmp *p)
{
    for (unsigned i = 0; i < p->npmp; i++)
        if (p->pmp.cfg[i] & 0x80)
            return true;
    return false;
}

// The lowest matching entry (spec A 5.3), or -1.
static int matching(const struct pmp_table *t, unsigned n, uint64_t addr)
{
    for (unsigned i = 0; i < n; i++) {
        uint64_t top = (t->addr[i] << 2) & mask64(48) & ~mask64(12);
        uint64_t low = i ? (t->addr[i - 1] << 2) & mask64(48) & ~mask64(12) : 0;
        bool napot = (t->cfg[i] & 16) && !((addr ^ top) & ~t->mask[i]);
        if (napot || ((t->cfg[i] & 24) == 8 && addr >= low && addr < top))
            return (int)i;
    }
    return -1;
}

struct reach_check {
    bool any;
    int pmp, pma;
    uint64_t page, key;
};

// One of the checks of this cycle.
static struct reach_check view_check(const struct l2tlb *t)
{
    const struct wires *w = &t->w;
    bool bitmap = t->cfg.has_bitmap && w->bitmap.pmp_valid;
    struct reach_check c = {.any = w->ptw.sent_to_pmp || w->hptw.sent_to_pmp ||
                                   w->llptw.pmp_enq_valid || w->llptw.pmp_hptw_valid || bitmap};
    if (!c.any)
        return c;
    uint64_t addr = w->ptw.sent_to_pmp        ? w->ptw.mem_addr
                    : w->hptw.sent_to_pmp     ? w->hptw.mem_addr
                    : w->llptw.pmp_enq_valid  ? w->llptw.pmp_enq_addr
                    : w->llptw.pmp_hptw_valid ? w->llptw.pmp_hptw_addr
                                              : w->bitmap.pmp_addr;
    unsigned width = 48 - t->cfg.keyid_bits;
    c.key = addr >> width;
    addr &= mask64(width);
    c.page = addr >> 12;
    c.pmp = matching(&t->pmp.pmp, t->pmp.npmp, addr);
    c.pma = matching(&t->pmp.pma, t->pmp.npma, addr);
    return c;
}

static unsigned enqueue_state(const struct l2tlb *t)
{
    const struct wires *w = &t->w;
    struct llptw_in in = {.csr = w->csr,
                          .req = &w->llptw_req,
                          .mem_fire = w->llptw_mem_fire,
                          .mem_resp = w->llptw_mem_resp,
                          .mem_resp_id = w->mem.id,
                          .mem_resp_flush_latch = bit(t->mem.flush_latch, w->mem.id),
                          .line = w->mem.line};
    return w->llptw_in_fire ? llptw_enqueue_state(&t->llptw, &w->llptw, &in) : LL_STATES;
}

// An LLPTW entry that waits for the line of this cycle, or -1.
static int line_reader(const struct l2tlb *t)
{
    const struct llptw *ll = &t->llptw;
    if (t->w.llptw_mem_resp)
        for (uint32_t m = ll->in[LL_MEM_WAITING]; m; m &= m - 1)
            if (ll->entry[lowest(m)].wait_id == t->w.mem.id)
                return (int)lowest(m);
    return -1;
}

// --- counting -------------------------------------------------------------------------------------

void reach_sample(const struct l2tlb *t, const struct l2tlb_out *out, struct reach_counts *n)
{
    const struct wires *w = &t->w;
    const struct l2tlb_cfg *cfg = &t->cfg;
    const struct tlb_csr *csr = w->csr;
    const struct sfence *f = w->sfence;
    const struct missqueue_elem *mq = missqueue_head(&t->mq);
    const bool want[2] = {w->in.req[0].valid, w->in.req[1].valid};
    const bool ans = out->resp_valid[0] || out->resp_valid[1];
    const struct ptw_resp *a = &out->resp[!out->resp_valid[0]];
    // PageCache
    const struct pc_out *pc = &w->pc;
    const struct pc_result *r = pc->result;
    const struct pc_req *q = pc->req;
    const unsigned x = q->info.s2xlate;
    const bool fire = w->pc_resp_fire, is_g = q->is_hptw, miss = fire && !pc->hit && !is_g;
    const bool from_pf = q->info.source == SOURCE_PREFETCH;
    const bool refill = w->refill.valid && !w->flush;
    const unsigned rx = w->refill.info.s2xlate;
    const bool can_refill =
        refill && pte_can_refill(w->refill.sel_pte, w->refill.level, rx,
                                 rx & 1 ? csr->h_pbmte : csr->m_pbmte, csr->hgatp.mode);
    uint64_t removed[5] = {0};
    if (f->valid)
        pc_fence_count(&t->pc, f, csr, removed);
    // walkers
    const struct ptw *ptw = &t->ptw;
    const struct hptw *hptw = &t->hptw;
    const struct llptw *ll = &t->llptw;
    const struct ptw_out *po = &w->ptw;
    const struct hptw_out *ho = &w->hptw;
    const struct llptw_out *lo = &w->llptw;
    const struct llptw_entry *le = &ll->entry[lo->out_ptr];
    const bool walk = !w->ptw_req.stage1_hit && !w->ptw_req.jmp_bitmap_check;
    const bool ptw_read = !ptw->idle && ptw->update_full_gvpn_mem_resp && !ptw->jmp;
    const bool hptw_read = !hptw->idle && hptw->line_arrived && !hptw->jmp;
    const bool root_read =
        w->hptw_mem_fire && hptw->af_level == (csr->hgatp.mode == MODE_SV48 ? 3 : 2);
    const unsigned g_quarter =
        (unsigned)(hptw->gpaddr >> (csr->hgatp.mode == MODE_SV48 ? 48 : 39)) & 3;
    // G answers
    const bool g = w->hptw_resp_valid, g_of_ptw = g && w->hptw_resp_id == cfg->ptw_id;
    const bool g_ptw = g_of_ptw && !ptw->w_hptw_resp;
    const bool g_ptw_last = g_of_ptw && !ptw->w_last_hptw_resp;
    const bool g_of_ll = g && w->hptw_resp_id < cfg->llptw_size;
    const struct llptw_entry *ge = &ll->entry[g_of_ll ? w->hptw_resp_id : 0];
    const bool g_ll = g_of_ll && ll->state[w->hptw_resp_id] == LL_HPTW_RESP;
    const bool g_ll_last = g_of_ll && ll->state[w->hptw_resp_id] == LL_LAST_HPTW_RESP;
    const bool g_x_only = g && !w->hptw_resp.gpf && !w->hptw_resp.gaf &&
                          !(w->hptw_resp.perm & PERM_R) && (w->hptw_resp.perm & PERM_X);
    // LLPTW
    const unsigned enq = enqueue_state(t);
    const int reader = line_reader(t);
    const bool ll_read = reader >= 0;
    const struct req_info ll_q = ll->entry[ll_read ? reader : 0].req;
    const uint64_t ll_pte = ll_read ? w->mem.line[ll_q.vpn & 7] : 0;
    const struct llptw_verdict ll_v = llptw_pte_verdict(&ll_q, ll_pte, csr);
    // protection, bitmap
    const struct reach_check chk = view_check(t);
    const bool bm = cfg->has_bitmap, en = bitmap_enabled(cfg, csr);
    const struct bitmap_out *bo = &w->bitmap;

#define POINT(name, place, when, condition, hole)                                                  \
    if (when)                                                                                      \
        n->seen[REACH_##name][(condition) != 0]++;
#include "tests/random/reach.def"
#include "tests/random/reach_walk.def"
#undef POINT
}

// --- table ----------------------------------------------------------------------------------------

static bool stated(const struct reach_point *p, bool side)
{
    return p->hole && p->hole[0] == (side ? 'T' : 'F');
}

static void print_line(const struct reach_counts *n, unsigned i, FILE *out)
{
    fprintf(out, "%-28s %-14s %12" PRIu64 " %12" PRIu64, reach_point[i].name, reach_point[i].place,
            n->seen[i][1], n->seen[i][0]);
}

unsigned reach_print(const struct reach_counts *n, uint64_t least, FILE *out)
{
    unsigned holes = 0, known = 0, bad[REACH_POINTS];
    fprintf(out, "%-28s %-14s %12s %12s\n", "point", "place", "true", "false");
    unsigned bads = 0;
    for (unsigned i = 0; i < REACH_POINTS; i++) {
        if (n->seen[i][0] < least || n->seen[i][1] < least) {
            bad[bads++] = i;
            continue;
        }
        print_line(n, i, out);
        fprintf(out, "%s\n", reach_point[i].hole ? "  (reached, though stated as a hole)" : "");
    }
    for (unsigned k = 0; k < bads; k++) {
        const struct reach_point *p = &reach_point[bad[k]];
        print_line(n, bad[k], out);
        for (unsigned side = 0; side < 2; side++) {
            if (n->seen[bad[k]][side] >= least)
                continue;
            bool ok = stated(p, side);
            known += ok;
            holes += !ok;
            fprintf(out, "  HOLE%s", ok ? " stated" : "");
            fprintf(out, ok ? " %s" : " (%s)", ok ? p->hole : side ? "true" : "false");
        }
        fprintf(out, "\n");
    }
    fprintf(out, "%u points, %u sides: %u reached, %u stated holes, %u holes\n", REACH_POINTS,
            2 * REACH_POINTS, 2 * REACH_POINTS - known - holes, known, holes);
    return holes;
}
