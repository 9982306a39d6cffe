// SPDX-License-Identifier: MulanPSL-2.0
// What is counted when a request ends with its answer: latency, causes, references, kind of answer.
//
// References of a two-stage walk are placed in the map only now, because only the answer tells
// whether the last VS entry was a leaf (its G look-up then belongs to the data page).
#include "replay/tracker_impl.h"

static void count_answer(struct stats *st, const struct live *l)
{
    const struct ptw_resp *r = &l->answer;
    unsigned kind = l->s2xlate;
    bool g = kind & ONLY_STAGE2, s1 = kind != ONLY_STAGE2;
    enum answer_fault f = ANSWER_OK;
    unsigned level = s1 ? r->s1.level & 3 : r->s2.level & 3;
    if (s1 && r->s1.af)
        f = ANSWER_AF;
    else if (s1 && r->s1.pf)
        f = ANSWER_PF;
    else if (g && r->s2.gaf)
        f = ANSWER_GAF;
    else if (g && r->s2.gpf)
        f = ANSWER_GPF;
    if (f >= ANSWER_GPF)
        level = r->s2.level & 3;
    st->faults[kind][f][level]++;
    if (!s1)
        st->single_only2++;
    else if (f != ANSWER_OK)
        st->single_fault++;
    else if (r->s1.level || r->s1.n)
        st->single_super++;
    else
        st->compress[popcount(r->s1.valididx)]++;
}

// Puts every reference of a finished walk into its place of the VS x G map.
static void place_reads(struct stats *st, const struct live *l)
{
    struct map_cell(*map)[MAP_COLS] = st->map[l->s2xlate];
    static const uint8_t start[PATHS] = {
        [PATH_L0] = ROW_DATA, [PATH_SP] = ROW_DATA, [PATH_L1] = 0, [PATH_L2] = 1, [PATH_L3] = 2,
    };
    unsigned row = l->s2xlate == ONLY_STAGE2 ? ROW_DATA
                   : l->path == PATH_ROOT    ? l->start_row
                                             : start[l->path];
    for (unsigned i = 0; i < l->kept; i++) {
        const struct life_read *r = &l->ref[i];
        struct map_cell *c;
        if (r->stage) {
            c = &map[row][r->level];
        } else {
            row = r->level;
            c = &map[row][MAP_TABLE];
            bool leaf = row == 0 || row == (l->answer.s1.level & 3u);
            row = leaf ? ROW_DATA : row - 1;
        }
        c->reads++;
        c->cycles += r->cycles;
    }
    st->unplaced_reads += l->refs - l->kept;
}

void tracker_on_answer(struct tracker *tr, void (*fn)(const struct tracked_answer *a, void *ctx),
                       void *ctx)
{
    tr->on_answer = fn;
    tr->on_answer_ctx = ctx;
}

static void tell(const struct tracker *tr, const struct live *l)
{
    const struct ptw_resp *r = &l->answer;
    bool s1 = l->s2xlate != ONLY_STAGE2, s2 = l->s2xlate & ONLY_STAGE2;
    tr->on_answer(
        &(struct tracked_answer){.vpn = l->vpn,
                                 .accepted = l->accepted,
                                 .tag = l->tag,
                                 .latency = (uint32_t)(l->answered_at - l->accepted),
                                 .port = l->port,
                                 .s2xlate = l->s2xlate,
                                 .fault = (uint8_t)((s1 ? r->s1.pf | r->s1.af << 1 : 0) |
                                                    (s2 ? r->s2.gpf << 2 | r->s2.gaf << 3 : 0)),
                                 .path = l->path,
                                 .gside = l->gside,
                                 .s1_level = s1 ? r->s1.level & 3u : LEVELS,
                                 .g_level = s2 ? r->s2.level & 3u : LEVELS,
                                 .reads = l->refs,
                                 .cause = l->cause,
                                 .step = l->step,
                                 .steps = l->steps,
                                 .lost_steps = l->lost_steps,
                                 .read = l->log,
                                 .kept_reads = l->logged},
        tr->on_answer_ctx);
}

void tracker_close_answer(struct tracker *tr, struct live *l)
{
    struct stats *st = &tr->st;
    unsigned kind = l->s2xlate;
    const struct ptw_resp *r = &l->answer;
    uint64_t sum = 0, latency = 0;
    for (unsigned c = 0; c < CAUSE_COUNT; c++) {
        st->cause[kind][c] += l->cause[c];
        sum += l->cause[c];
    }
    latency = l->answered_at - l->accepted;
    st->bad_sums += sum != latency;
    st->latency_sum[kind] += latency;
    hist_add(&st->all, latency, 1);
    hist_add(&st->by_kind[kind], latency, 1);
    hist_add(&st->by_port[l->port], latency, 1);
    hist_add(&st->by_path[kind][l->path][l->gside], latency, 1);
    unsigned s1 = kind == ONLY_STAGE2 ? LEVELS : r->s1.level & 3u;
    unsigned s2 = kind & ONLY_STAGE2 ? r->s2.level & 3u : LEVELS;
    hist_add(&st->by_level[kind][s1][s2], latency, 1);
    st->refs[kind][l->refs < MAX_REFS ? l->refs : MAX_REFS - 1]++;
    if (l->refs > st->refs_max[kind])
        st->refs_max[kind] = l->refs;
    bool again = l->ptw_walks > 1 || l->llptw_entries > 1;
    st->walked_again[kind] += again;
    if (!again && l->refs > st->refs_max_once[kind])
        st->refs_max_once[kind] = l->refs;
    st->refs_over[kind] += !again && l->refs > st->theory_max[kind];
    st->bitmap_reads += l->bitmap_reads;
    count_answer(st, l);
    place_reads(st, l);
    if (tr->on_answer)
        tell(tr, l);
}
