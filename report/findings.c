// SPDX-License-Identifier: MulanPSL-2.0
// The rules behind "What stands out", see findings.h. A rule returns false when it has nothing to
// say. The order of the table is the order in the report.
#include "report/findings.h"

#include "report/contents.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum {
    FEW_REQUESTS = 1000,   // below: start-up effects decide
    MANY_PREFETCHES = 100, // below: nothing is said about prefetching
    LINE_PAGES = 8,        // PTEs of a 64-byte line
};

struct scene {
    const struct replay_cfg *cfg;
    const struct replay_result *r;
    const struct stats *s;
    uint64_t answers, latency, cause[CAUSE_COUNT];
};

static bool say(char text[FINDING_TEXT], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool say(char text[FINDING_TEXT], const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, FINDING_TEXT, format, ap);
    va_end(ap);
    return true;
}

static double share(const struct scene *c, unsigned cause)
{
    return percent(c->cause[cause], c->latency);
}

// --- is this the run that was meant? --------------------------------------------------------------

static bool faulty(const struct scene *c, char text[FINDING_TEXT])
{
    uint64_t faults = c->s->single_fault;
    if (!c->answers || faults * 2 < c->answers)
        return false;
    return say(text, "%" PRIu64 " of %" PRIu64 " answers are faults: do the page tables belong to this trace?",
               faults, c->answers);
}

static bool some_faults(const struct scene *c, char text[FINDING_TEXT])
{
    uint64_t faults = c->s->single_fault;
    if (!c->answers || faults * 2 >= c->answers || faults * 100 < c->answers)
        return false;
    return say(text, "%.1f %% of the answers are faults (%" PRIu64 ").", percent(faults, c->answers),
               faults);
}

static bool few(const struct scene *c, char text[FINDING_TEXT])
{
    uint64_t n = c->s->accepted[0] + c->s->accepted[1];
    if (n >= FEW_REQUESTS)
        return false;
    return say(text, "Only %" PRIu64 " requests reached the L2TLB: the figures show a start, not a steady state.",
               n);
}

// --- where requests wait --------------------------------------------------------------------------

static bool queueing(const struct scene *c, char text[FINDING_TEXT])
{
    const struct stats *s = c->s;
    double part = share(c, CAUSE_MISSQ);
    unsigned size = c->cfg->machine.llptw_size;
    if (part < 30)
        return false;
    return say(text,
               "%.0f %% of the cycles pass in the miss queue: the one PTW is busy in %.0f %% of all cycles, the one "
               "HPTW in %.0f %%, all %u entries of the LLPTW in %.0f %%.",
               part, percent(s->ptw_busy, s->cycles), percent(s->hptw_busy, s->cycles), size,
               percent(s->llptw_occupancy[size], s->cycles));
}

static bool memory_bound(const struct scene *c, char text[FINDING_TEXT])
{
    double part = share(c, CAUSE_MEMORY) + share(c, CAUSE_G_MEMORY);
    if (part < 40)
        return false;
    uint64_t reads = c->s->mem_reads;
    uint64_t cycles = 0;
    for (unsigned i = 1; i <= MAX_OUTSTANDING; i++)
        cycles += i * c->s->outstanding[i];
    return say(text, "%.0f %% of the cycles wait for memory: a read takes %.0f cycles on average.", part,
               reads ? (double)cycles / (double)reads : 0.0);
}

static bool ports(const struct scene *c, char text[FINDING_TEXT])
{
    uint64_t wait = c->s->port_wait[0] + c->s->port_wait[1];
    if (wait * 5 < c->latency || !c->latency)
        return false;
    return say(text,
               "Requests wait before a port takes them: %" PRIu64 " cycles, %.0f %% on top of the latency "
               "that is counted.",
               wait, percent(wait, c->latency));
}

static bool full(const struct scene *c, char text[FINDING_TEXT])
{
    uint64_t full = 0, lookups = 0;
    for (unsigned k = 0; k < L1_CLASSES; k++) {
        full += c->r->front.l1[k].full;
        lookups += c->r->front.l1[k].lookups;
    }
    if (!lookups || full * 10 < lookups)
        return false;
    return say(text,
               "%.0f %% of the lookups in the L1 TLBs end in a FULL verdict: the filter has no slot, so the "
               "L2TLB limits how much waits at a time.",
               percent(full, lookups));
}

// --- what the tables hold -------------------------------------------------------------------------

static bool g_misses(const struct scene *c, char text[FINDING_TEXT])
{
    struct lookup_stats g = {0};
    for (unsigned i = 0; i < 4; i++) {
        const struct lookup_stats *l = &c->s->lookup[STAGE_G][i >> 1][i & 1];
        g.hits += l->hits;
        g.misses += l->misses;
    }
    uint64_t n = g.hits + g.misses;
    const struct l2tlb_cfg *m = &c->cfg->machine;
    uint64_t reach = (uint64_t)m->l0_sets * m->l0_ways * LINE_PAGES;
    uint64_t pages = c->r->world.pages[1][0];
    if (n < FEW_REQUESTS || g.hits * 2 > n)
        return false;
    if (pages > reach)
        return say(text,
                   "G-stage look-ups hit in %.1f %%: %" PRIu64 " guest pages of 4 KiB are mapped, %.1f times what L0 "
                   "holds (%" PRIu64 ").",
                   percent(g.hits, n), pages, (double)pages / (double)reach, reach);
    return say(text, "G-stage look-ups hit in %.1f %% only.", percent(g.hits, n));
}

// Only where reuse was looked at: are the requests too many different ones for L0, or badly placed?
static bool beyond_l0(const struct scene *c, char text[FINDING_TEXT])
{
    if (!c->r->footprint)
        return false;
    const struct reuse_stats *s = footprint_stats(c->r->footprint, FOOT_REQUESTS);
    uint64_t lines = (uint64_t)c->cfg->machine.l0_sets * c->cfg->machine.l0_ways;
    double hit = contents_reuse_within(s, lines), twice = contents_reuse_within(s, 2 * lines);
    if (s->distance.count + s->first < FEW_REQUESTS || hit > 90)
        return false;
    return say(text,
               "Requests are for %" PRIu64 " blocks of 32 KiB, %.1f times the lines of L0 (%" PRIu64 "): in LRU order "
               "so many would serve %.0f %% of them, twice as many %.0f %%.",
               s->different, ratio(s->different, lines), lines, hit, twice);
}

static bool prefetch_useless(const struct scene *c, char text[FINDING_TEXT])
{
    const struct stats *s = c->s;
    if (s->pf_issued < MANY_PREFETCHES || s->pf_used * 20 > s->pf_issued)
        return false;
    return say(text,
               "The prefetcher is useless here: %" PRIu64 " of %" PRIu64 " prefetches were used, %" PRIu64
               " were given up for want of a table or an entry.",
               s->pf_used, s->pf_issued, s->pf_given_up);
}

static bool prefetch_good(const struct scene *c, char text[FINDING_TEXT])
{
    const struct stats *s = c->s;
    if (s->pf_issued < MANY_PREFETCHES || s->pf_used * 2 < s->pf_issued)
        return false;
    return say(text, "The prefetcher pays: %.0f %% of its %" PRIu64 " prefetches were used, %.0f %% came late.",
               percent(s->pf_used, s->pf_issued), s->pf_issued, percent(s->pf_late, s->pf_issued));
}

static bool thin_answers(const struct scene *c, char text[FINDING_TEXT])
{
    uint64_t n = 0, pages = 0;
    for (unsigned i = 1; i <= SECTOR; i++) {
        n += c->s->compress[i];
        pages += i * c->s->compress[i];
    }
    if (n < FEW_REQUESTS || pages >= 2 * n)
        return false;
    return say(text,
               "An answer brings %.2f pages of the 8 it could: neighbouring pages are not mapped, or their frames "
               "are scattered.",
               (double)pages / (double)n);
}

static bool again(const struct scene *c, char text[FINDING_TEXT])
{
    uint64_t n = 0;
    for (unsigned k = 0; k < KINDS; k++)
        n += c->s->walked_again[k];
    if (!c->answers || n * 50 < c->answers)
        return false;
    return say(text,
               "%.1f %% of the requests walk twice: what the first walk brought was replaced before they could "
               "use it.",
               percent(n, c->answers));
}

// --- control --------------------------------------------------------------------------------------

static bool flushed(const struct scene *c, char text[FINDING_TEXT])
{
    uint64_t n = c->s->flushed[0] + c->s->flushed[1], all = c->s->accepted[0] + c->s->accepted[1];
    if (!all || n * 20 < all)
        return false;
    return say(text, "Fences and CSR changes drop %.1f %% of the requests in flight (%" PRIu64 "); they are sent again.",
               percent(n, all), n);
}

static bool bitmap(const struct scene *c, char text[FINDING_TEXT])
{
    double part = share(c, CAUSE_BITMAP);
    if (part < 5)
        return false;
    return say(text, "The bitmap check takes %.1f %% of the cycles, with %" PRIu64 " reads of bitmap words.", part,
               c->s->bitmap_all_reads);
}

static bool mpt(const struct scene *c, char text[FINDING_TEXT])
{
    double part = share(c, CAUSE_MPT);
    if (part < 5)
        return false;
    return say(text, "The checks of the Memory Protection Table take %.1f %% of the cycles, with %" PRIu64
               " reads of its entries.", part, c->s->mpt_all_reads);
}

static const struct {
    const char *id;
    bool (*rule)(const struct scene *c, char text[FINDING_TEXT]);
} rules[] = {
    {"mostly_faults", faulty},
    {"faults", some_faults},
    {"few_requests", few},
    {"miss_queue", queueing},
    {"memory_bound", memory_bound},
    {"g_misses", g_misses},
    {"beyond_l0", beyond_l0},
    {"bitmap", bitmap},
    {"mpt", mpt},
    {"ports_wait", ports},
    {"l1_full", full},
    {"walked_again", again},
    {"flushed", flushed},
    {"prefetch_useless", prefetch_useless},
    {"prefetch_pays", prefetch_good},
    {"thin_answers", thin_answers},
};
_Static_assert(sizeof rules / sizeof *rules <= FINDINGS_MAX, "room for all");

unsigned findings(const struct replay_cfg *cfg, const struct replay_result *r,
                  struct finding out[FINDINGS_MAX])
{
    struct scene c = {.cfg = cfg, .r = r, .s = &r->l2, .answers = r->l2.all.count};
    unsigned n = 0;
    for (unsigned k = 0; k < KINDS; k++) {
        c.latency += r->l2.latency_sum[k];
        for (unsigned i = 0; i < CAUSE_COUNT; i++)
            c.cause[i] += r->l2.cause[k][i];
    }
    for (unsigned i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].rule(&c, out[n].text))
            out[n++].id = rules[i].id;
    return n;
}
