// SPDX-License-Identifier: MulanPSL-2.0
// Statistics from events, see tracker.h.
//
// Each accepted request has a record until its answer is taken or a flush drops it. Its cycles
// come from l2tlb_locate_walks() and the miss queue: located in every cycle behind the one of acceptance
// up to the one of the answer, so the causes must add up to the latency; this is verified for every request.
#include "replay/tracker_impl.h"

#include "ptw/llptw.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// --- records ----------------------------------------------------------------------------------

static unsigned hash_of(uint32_t tag)
{
    return (unsigned)((tag * MIX64_K) >> 48) & (HASH - 1);
}

struct live *tracker_find(struct tracker *tr, uint32_t tag)
{
    if (tag == TAG_NONE)
        return NULL;
    for (unsigned h = hash_of(tag); tr->hash[h] != NO_LIVE; h = (h + 1) & (HASH - 1))
        if (tr->live[tr->hash[h]].tag == tag)
            return &tr->live[tr->hash[h]];
    return NULL;
}

static struct live *open_record(struct tracker *tr, uint32_t tag)
{
    if (!tr->nfree || tag == TAG_NONE)
        return NULL;
    uint16_t i = tr->free[--tr->nfree];
    struct live *l = &tr->live[i];
    memset(l, 0, offsetof(struct live, ref));
    l->tag = tag;
    l->used = true;
    unsigned h = hash_of(tag);
    while (tr->hash[h] != NO_LIVE)
        h = (h + 1) & (HASH - 1);
    tr->hash[h] = i;
    return l;
}

// Removes l from the table; moves later members of the probe chain back (no tombstones).
static void close_record(struct tracker *tr, struct live *l)
{
    unsigned hole = hash_of(l->tag);
    uint16_t i = (uint16_t)(l - tr->live);
    while (tr->hash[hole] != i)
        hole = (hole + 1) & (HASH - 1);
    for (unsigned h = (hole + 1) & (HASH - 1); tr->hash[h] != NO_LIVE; h = (h + 1) & (HASH - 1)) {
        unsigned home = hash_of(tr->live[tr->hash[h]].tag);
        if (((h - home) & (HASH - 1)) >= ((h - hole) & (HASH - 1))) {
            tr->hash[hole] = tr->hash[h];
            hole = h;
        }
    }
    tr->hash[hole] = NO_LIVE;
    l->used = false;
    tr->free[tr->nfree++] = i;
}

struct tracker *tracker_new(const struct l2tlb_cfg *cfg)
{
    struct tracker *tr = calloc(1, sizeof *tr);
    if (!tr)
        return NULL;
    tr->cfg = *cfg;
    for (unsigned i = 0; i < HASH; i++)
        tr->hash[i] = NO_LIVE;
    for (unsigned i = 0; i < LIVE; i++)
        tr->free[tr->nfree++] = (uint16_t)(LIVE - 1 - i);
    return tr;
}

void tracker_free(struct tracker *tr)
{
    free(tr);
}

// --- events -----------------------------------------------------------------------------------

static void on_request(struct tracker *tr, const struct l2tlb_event *e)
{
    struct stats *st = &tr->st;
    unsigned port = e->a & 1, kind = e->s2xlate & 3;
    st->accepted[port]++;
    st->kind[kind]++;
    if (tracker_find(tr, e->tag)) {
        st->duplicate_tags++;
        return;
    }
    struct live *l = open_record(tr, e->tag);
    if (!l) {
        st->unknown_answers++;
        return;
    }
    l->port = (uint8_t)port;
    l->s2xlate = (uint8_t)kind;
    l->vpn = e->vpn;
    l->accepted = e->cycle;
    l->path = PATH_ROOT;
    l->start_row = tr->root_row[kind];
    l->gside = kind & ONLY_STAGE2 ? GSIDE_CACHED : GSIDE_NONE;
}

static enum path path_of(uint32_t flags)
{
    if (flags & LOOKUP_L0)
        return PATH_L0;
    if (flags & LOOKUP_SP)
        return PATH_SP;
    if (flags & LOOKUP_L1)
        return PATH_L1;
    if (flags & LOOKUP_L2)
        return PATH_L2;
    return flags & LOOKUP_L3 ? PATH_L3 : PATH_ROOT;
}

static void count_lookup(struct lookup_stats *s, const struct l2tlb_event *e)
{
    static const uint32_t table[TABLES] = {LOOKUP_L3, LOOKUP_L2, LOOKUP_L1, LOOKUP_L0, LOOKUP_SP};
    s->lookups++;
    if (e->flags & LOOKUP_BYPASSED) {
        s->bypassed++;
        return;
    }
    if (e->flags & LOOKUP_HIT)
        s->hits++;
    else
        s->misses++;
    s->prefetched_hits += (e->flags & LOOKUP_HIT) && (e->flags & LOOKUP_PREFETCHED);
    s->stage1_hits += !(e->flags & LOOKUP_HIT) && (e->flags & LOOKUP_STAGE1_HIT);
    s->jumps += (e->flags & LOOKUP_JUMP) != 0;
    for (unsigned i = 0; i < TABLES; i++)
        s->table[i] += (e->flags & table[i]) != 0;
}

static void on_lookup(struct tracker *tr, const struct l2tlb_event *e)
{
    bool g = e->flags & LOOKUP_HPTW;
    bool prefetch = e->source == SOURCE_PREFETCH;
    count_lookup(
        &tr->st.lookup[g ? STAGE_G : STAGE_REQUEST][(e->flags & LOOKUP_FIRST) != 0][prefetch], e);
    if (!g && prefetch)
        pf_lookup(tr, e);
    if (!g && !prefetch && (e->flags & LOOKUP_FIRST) && !(e->flags & LOOKUP_BYPASSED))
        pf_demand(tr, e);
    struct live *l = tracker_find(tr, e->tag);
    if (!l || (e->flags & LOOKUP_BYPASSED))
        return;
    // A stage-2-only request is served by the G stage: its look-up there decides its path.
    if (!l->path_fixed && (!g || l->s2xlate == ONLY_STAGE2))
        l->path = (uint8_t)path_of(e->flags);
}

static void on_llptw_in(struct tracker *tr, const struct l2tlb_event *e)
{
    tr->st.llptw_in++;
    tr->st.llptw_state[e->b < LL_STATES ? e->b : 0]++;
    struct live *l = tracker_find(tr, e->tag);
    if (l) {
        l->path_fixed = true;
        l->llptw_entries++;
    }
    if (e->a >= MAX_LLPTW || e->b == LL_IDLE) // a prefetch is dropped rather than merged
        return;
    if (e->source == SOURCE_PREFETCH)
        pf_walk(tr, e);
    struct slot *s = &tr->llptw[e->a];
    tr->llptw_used += !s->used;
    *s = (struct slot){.used = true, .tag = e->tag, .vpn = e->vpn, .s2xlate = e->s2xlate};
}

// An entry of the same page as a finished one goes back to the PageCache through the miss queue.
static void on_queue(struct tracker *tr, const struct l2tlb_event *e)
{
    tr->st.missq_in++;
    tr->st.missq_for_llptw += e->a == 1;
    for (unsigned i = 0; i < MAX_LLPTW && tr->llptw_used; i++) {
        struct slot *s = &tr->llptw[i];
        if (s->used && s->tag == e->tag && s->vpn == e->vpn && s->s2xlate == e->s2xlate) {
            s->used = false;
            tr->llptw_used--;
            tr->st.llptw_requeued++;
            return;
        }
    }
}

static void on_llptw_out(struct tracker *tr, unsigned entry)
{
    if (entry < MAX_LLPTW && tr->llptw[entry].used) {
        tr->llptw[entry].used = false;
        tr->llptw_used--;
    }
}

static void on_read(struct tracker *tr, const struct l2tlb_event *e)
{
    struct stats *st = &tr->st;
    st->mem_reads++;
    if (e->c < 2 && e->a == tr->cfg.ptw_id)
        st->ptw_reads++;
    if (e->c < 2 && e->a == tr->cfg.hptw_id)
        st->hptw_reads++;
    if (e->c < 2 && e->a < tr->cfg.ptw_id)
        st->llptw_reads++;
    st->bitmap_all_reads += e->c == 2;
    st->mpt_all_reads += e->c == 3;
    struct live *l = tracker_find(tr, e->tag);
    if (e->a < MAX_IDS) {
        struct reading *r = &tr->reading[e->a];
        tr->outstanding += !r->used;
        *r = (struct reading){.used = true,
                              .live = l ? (uint16_t)(l - tr->live) : NO_LIVE,
                              .tag = e->tag,
                              .index = READS,
                              .logged = READS,
                              .start = e->cycle};
        const struct life_read read = {.addr = e->addr,
                                       .at = l ? (uint32_t)(e->cycle - l->accepted) : 0,
                                       .stage = e->c,
                                       .level = e->b & 3};
        if (l && e->c < 2 && l->kept < READS) {
            r->index = l->kept;
            l->ref[l->kept++] = read;
        }
        if (l && l->logged < READS) {
            r->logged = l->logged;
            l->log[l->logged++] = read;
        }
        if (e->a == tr->cfg.ptw_id)
            tr->ptw_reading = true;
    }
    if (!l)
        st->prefetch_reads++;
    else if (e->c >= 2)
        l->bitmap_reads++;
    else
        l->refs++;
}

static void on_data(struct tracker *tr, const struct l2tlb_event *e)
{
    tr->st.mem_answers++;
    if (e->a >= MAX_IDS || !tr->reading[e->a].used)
        return;
    struct reading *r = &tr->reading[e->a];
    r->used = false;
    tr->outstanding--;
    if (e->a == tr->cfg.ptw_id)
        tr->ptw_reading = false;
    if (r->live == NO_LIVE)
        return;
    struct live *l = &tr->live[r->live];
    bool same = l->used && l->tag == r->tag && l->accepted <= r->start;
    if (same && r->logged < READS)
        l->log[r->logged].cycles = (uint32_t)(e->cycle - r->start);
    if (same && r->index < READS)
        l->ref[r->index].cycles = (uint32_t)(e->cycle - r->start);
    else
        tr->st.late_reads++;
}

static void on_walker(struct tracker *tr, const struct l2tlb_event *e)
{
    struct live *l = tracker_find(tr, e->tag);
    switch (e->kind) {
    case EV_PTW_REQ:
        if (e->source == SOURCE_PREFETCH)
            pf_walk(tr, e);
        tr->st.ptw_walks++;
        tr->ptw_busy = true;
        tr->ptw_tag = e->tag;
        if (l) {
            l->path_fixed = true;
            l->ptw_walks++;
        }
        break;
    case EV_PTW_RESP:
    case EV_PTW_LLPTW:
        tr->ptw_busy = false;
        break;
    case EV_HPTW_REQ:
        tr->st.hptw_walks++;
        tr->hptw_busy = true;
        tr->hptw_tag = e->tag;
        if (l)
            l->gside = GSIDE_WALKED;
        break;
    default:
        tr->hptw_busy = false;
        break;
    }
}

void tracker_event(const struct l2tlb_event *e, void *ctx)
{
    struct tracker *tr = ctx;
    tr->st.events[e->kind < EV_KINDS ? e->kind : 0]++;
    switch (e->kind) {
    case EV_REQ:
        on_request(tr, e);
        break;
    case EV_LOOKUP:
        on_lookup(tr, e);
        break;
    case EV_MQ_ENQ:
        on_queue(tr, e);
        break;
    case EV_PTW_REQ:
    case EV_PTW_RESP:
    case EV_PTW_LLPTW:
    case EV_HPTW_REQ:
    case EV_HPTW_RESP:
        on_walker(tr, e);
        break;
    case EV_LLPTW_IN:
        on_llptw_in(tr, e);
        break;
    case EV_LLPTW_OUT:
        tr->st.llptw_out++;
        on_llptw_out(tr, e->a);
        break;
    case EV_MEM_REQ:
        on_read(tr, e);
        break;
    case EV_MEM_RESP:
        on_data(tr, e);
        break;
    case EV_REFILL:
        tr->st.refills[e->b & 3]++;
        if (e->source == SOURCE_PREFETCH) {
            tr->st.prefetch_refills++;
            if ((e->b & 3) == 0)
                pf_refill(tr, e);
        }
        break;
    case EV_PREFETCH:
        pf_issue(tr, e);
        break;
    case EV_FLUSH:
        tr->st.flushes++;
        tr->flush_seen = true;
        break;
    case EV_BITMAP:
        tr->st.bitmap_checks++;
        tr->st.bitmap_shared += e->b;
        tr->st.bitmap_refused += e->c;
        break;
    case EV_FENCE:
        if (e->a < TABLES)
            tr->st.fence_removed[e->a] += e->addr;
        break;
    default:
        break;
    }
}

// --- one cycle --------------------------------------------------------------------------------

// The older entry of the LLPTW whose line a merged request waits for.
static uint32_t shared_with(const struct tracker *tr, const struct live *l)
{
    for (unsigned i = 0; i < MAX_LLPTW; i++) {
        const struct slot *s = &tr->llptw[i];
        if (s->used && s->tag != l->tag && s->vpn / SECTOR == l->vpn / SECTOR && s->s2xlate == l->s2xlate)
            return s->tag;
    }
    return TAG_NONE;
}

// Who holds what a request waits for, as far as one request does.
static uint32_t holder(const struct tracker *tr, const struct live *l, unsigned cause)
{
    uint32_t tag = TAG_NONE;
    if (cause == CAUSE_MISSQ && tr->ptw_busy)
        tag = tr->ptw_tag;
    else if (cause == CAUSE_G_REQUEST && tr->hptw_busy)
        tag = tr->hptw_tag;
    else if (cause == CAUSE_MERGED)
        tag = shared_with(tr, l);
    return tag == l->tag ? TAG_NONE : tag;
}

static void note_step(struct tracker *tr, struct live *l, unsigned cause)
{
    if (l->steps && l->step[l->steps - 1].cause == cause)
        return;
    if (l->steps == STEPS) {
        l->lost_steps++;
        return;
    }
    l->step[l->steps++] = (struct life_step){.at = (uint32_t)(tr->now - l->accepted - 1),
                                             .holder = holder(tr, l, cause),
                                             .cause = (uint8_t)cause};
}

void tracker_step(struct tracker *tr, struct live *l, unsigned cause)
{
    if (tr->on_answer)
        note_step(tr, l, cause);
    l->where = (uint8_t)cause;
}

static void located(uint32_t tag, unsigned cause, void *ctx)
{
    struct tracker *tr = ctx;
    struct live *l = tracker_find(tr, tag);
    if (!l || cause >= CAUSE_COUNT) {
        tr->st.bad_sums++;
        return;
    }
    l->cause[cause] += (uint32_t)tr->weight;
    tracker_step(tr, l, cause);
}

static unsigned levels_of(unsigned mode)
{
    return mode == MODE_SV48 ? 4 : mode == MODE_SV39 ? 3 : 0;
}

// The largest number of references that one walk may need with these modes.
static void note_theory(struct tracker *tr, const struct tlb_csr *csr)
{
    unsigned s = levels_of(csr->satp.mode), vs = levels_of(csr->vsatp.mode),
             g = levels_of(csr->hgatp.mode);
    const unsigned most[KINDS] = {s, vs, g, (vs + 1) * (g + 1) - 1};
    for (unsigned k = 0; k < KINDS; k++)
        if (most[k] > tr->st.theory_max[k])
            tr->st.theory_max[k] = most[k];
    tr->root_row[NO_S2XLATE] = s ? s - 1 : 0;
    tr->root_row[ONLY_STAGE1] = tr->root_row[ALL_STAGE] = vs ? vs - 1 : 0;
}

static void note_answer(struct tracker *tr, const struct ptw_resp *resp, unsigned port,
                        uint64_t cycle)
{
    struct live *l = tracker_find(tr, resp->tag);
    tr->st.answered[port]++;
    if (!l || l->answered) {
        tr->st.unknown_answers++;
        return;
    }
    l->answered = true;
    l->answered_at = cycle;
    l->answer = *resp;
    tr->done[tr->ndone++] = (uint16_t)(l - tr->live);
}

void tracker_pass(struct tracker *tr, const struct l2tlb *t, const struct l2tlb_in *in,
                  const struct l2tlb_out *out, uint64_t k)
{
    struct stats *st = &tr->st;
    tr->weight = k;
    tr->now = l2tlb_cycle(t);
    queue_follow(tr, t);
    l2tlb_locate_walks(t, located, tr);
    st->cycles += k;
    st->busy_cycles += tr->nfree < LIVE ? k : 0;
    st->missq_occupancy[tr->in_missq < MAX_QUEUE ? tr->in_missq : MAX_QUEUE] += k;
    st->llptw_occupancy[tr->llptw_used] += k;
    st->outstanding[tr->outstanding] += k;
    st->ptw_busy += tr->ptw_busy ? k : 0;
    st->hptw_busy += tr->hptw_busy ? k : 0;
    st->ptw_read_cycles += tr->ptw_reading ? k : 0;
    st->fences += in->sfence.valid ? k : 0;
    for (unsigned p = 0; p < 2; p++) {
        st->port_wait[p] += in->req[p].valid && !out->req_ready[p] ? k : 0;
        if (in->req[p].valid && out->req_ready[p])
            note_theory(tr, &in->csr);
        if (out->resp_valid[p] && in->resp_ready[p])
            note_answer(tr, &out->resp[p], p, l2tlb_cycle(t));
        else if (out->resp_valid[p])
            st->resp_wait += k;
    }
}

static void drop(struct tracker *tr, struct live *l)
{
    tr->st.flushed[l->port]++;
    tr->st.flushed_reads += l->refs + l->bitmap_reads;
    for (unsigned c = 0; c < CAUSE_COUNT; c++)
        tr->st.flushed_cause_cycles += l->cause[c];
}

void tracker_ticked(struct tracker *tr)
{
    for (unsigned i = 0; i < tr->ndone; i++) {
        tracker_close_answer(tr, &tr->live[tr->done[i]]);
        close_record(tr, &tr->live[tr->done[i]]);
    }
    tr->ndone = 0;
    if (!tr->flush_seen)
        return;
    queue_flush(tr);
    for (unsigned i = 0; i < LIVE; i++)
        if (tr->live[i].used) {
            drop(tr, &tr->live[i]);
            close_record(tr, &tr->live[i]);
        }
    tr->flush_seen = false;
    tr->ptw_busy = tr->hptw_busy = false;
    memset(tr->llptw, 0, sizeof tr->llptw);
    tr->llptw_used = 0;
    pf_flush(tr);
}

unsigned tracker_in_flight(const struct tracker *tr)
{
    return LIVE - tr->nfree;
}

bool tracker_asked(struct tracker *tr, uint32_t tag, uint64_t *vpn, uint64_t *accepted)
{
    const struct live *l = tracker_find(tr, tag);
    if (!l)
        return false;
    *vpn = l->vpn;
    *accepted = l->accepted;
    return true;
}

uint64_t tracker_oldest(const struct tracker *tr)
{
    uint64_t oldest = UINT64_MAX;
    for (unsigned i = 0; i < LIVE; i++)
        if (tr->live[i].used && tr->live[i].accepted < oldest)
            oldest = tr->live[i].accepted;
    return oldest;
}

const struct stats *tracker_stats(const struct tracker *tr)
{
    return &tr->st;
}

const struct stats *tracker_finish(struct tracker *tr, const struct l2tlb *t, bool drained)
{
    tr->st.drained = drained;
    for (unsigned i = 0; i < LIVE; i++)
        if (tr->live[i].used) {
            tr->st.in_flight[tr->live[i].port]++;
            tr->st.open_reads += tr->live[i].refs + tr->live[i].bitmap_reads;
        }
    tr->st.outstanding_end = tr->outstanding;
    pf_finish(tr);
    l2tlb_perf_sums(t, tr->st.perf);
    return &tr->st;
}

void tracker_dump(const struct tracker *tr, const struct l2tlb *t, FILE *out)
{
    for (unsigned i = 0; i < LIVE; i++) {
        const struct live *l = &tr->live[i];
        if (l->used)
            fprintf(out,
                    "  request tag %" PRIu32 " port %u vpn %" PRIx64 " s2xlate %u accepted %" PRIu64
                    " waits %" PRIu64 " cycles: %s\n",
                    l->tag, l->port, l->vpn, l->s2xlate, l->accepted, l2tlb_cycle(t) - l->accepted,
                    l2tlb_cause_text[l->where]);
    }
}
