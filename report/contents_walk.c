// SPDX-License-Identifier: MulanPSL-2.0
// Report sections about requests: latency, memory references, where the cycles went.
#include "report/contents.h"

#include "replay/requests.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *const stats_kind_name[KINDS] = {
    [NO_S2XLATE] = "one-stage (satp)",
    [ONLY_STAGE1] = "VS stage only",
    [ONLY_STAGE2] = "G stage only",
    [ALL_STAGE] = "two-stage (VS + G)",
};
const char *const stats_path_name[PATHS] = {
    [PATH_L0] = "L0 hit (4-KiB entry cached)",
    [PATH_SP] = "SP hit (superpage, NAPOT or fault cached)",
    [PATH_L1] = "L1 hit (last table known)",
    [PATH_L2] = "L2 hit (two tables to go)",
    [PATH_L3] = "L3 hit (three tables to go)",
    [PATH_ROOT] = "from the root",
};
static const char *const gside_name[GSIDES] = {"", ", G cached", ", G walked"};
static const char *const size_name[LEVELS + 1] = {"4 KiB", "2 MiB", "1 GiB", "512 GiB", "-"};

double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

double ratio(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

const char *const contents_cause_short[CAUSE_COUNT] = {
    [CAUSE_LOOKUP] = "look-up",
    [CAUSE_RELOOKUP] = "look-up again",
    [CAUSE_PIPE_STALL] = "pipeline blocked",
    [CAUSE_MISSQ] = "miss queue",
    [CAUSE_HANDOVER] = "hand-over",
    [CAUSE_PMP] = "address check",
    [CAUSE_ARBITRATION] = "channel A",
    [CAUSE_MEMORY] = "stage-1 read",
    [CAUSE_G_REQUEST] = "G waits",
    [CAUSE_G_LOOKUP] = "G look-up",
    [CAUSE_G_WALK] = "G steps",
    [CAUSE_G_MEMORY] = "G read",
    [CAUSE_MERGED] = "another's read",
    [CAUSE_BITMAP] = "bitmap",
    [CAUSE_MPT] = "MPT",
    [CAUSE_RESPONSE] = "answer port",
};

void contents_hist_cells(struct doc_table *t, const struct hist *h)
{
    doc_cell_count(t, h->count);
    doc_cell_real(t, hist_mean(h), 2);
    doc_cell_count(t, hist_quantile(h, 500));
    doc_cell_count(t, hist_quantile(h, 900));
    doc_cell_count(t, hist_quantile(h, 990));
    doc_cell_count(t, hist_quantile(h, 999));
    doc_cell_count(t, h->max);
}

void contents_distribution(struct doc_section *s, const char *id, const char *title,
                           const char *what, const uint64_t *count, unsigned n, const char *note)
{
    char columns[128];
    uint64_t sum = 0;
    unsigned last = 0;
    for (unsigned i = 0; i < n; i++) {
        sum += count[i];
        last = count[i] ? i : last;
    }
    snprintf(columns, sizeof columns, "value:%s|count:Count|share:Share %%", what);
    struct doc_table *t = doc_table(s, id, title, columns, note);
    doc_bar(t, 2);
    for (unsigned i = 0; sum && i <= last; i++) {
        doc_row(t, NULL);
        doc_cell_count(t, i);
        doc_cell_count(t, count[i]);
        doc_cell_real(t, percent(count[i], sum), 2);
    }
}

void contents_histogram(struct doc_section *s, const char *id, const char *title,
                        const struct hist *h)
{
    struct doc_table *t = doc_table(
        s, id, title, "from:From|to:To|count:Count|share:Share %|below:Up to here %", NULL);
    doc_bar(t, 3);
    doc_chart(t, DOC_CHART_HIST);
    uint64_t seen = 0;
    for (uint64_t first = 0, width = 1; h->count && first <= h->max;) {
        uint64_t n = 0, last = first + width - 1;
        for (unsigned b = hist_bucket(first); b <= hist_bucket(last); b++)
            n += h->bucket[b];
        if (seen || n) {
            seen += n;
            doc_row(t, NULL);
            doc_cell_count(t, first);
            doc_cell_count(t, last);
            doc_cell_count(t, n);
            doc_cell_real(t, percent(n, h->count), 2);
            doc_cell_real(t, percent(seen, h->count), 2);
        }
        first += width;
        if (first >= 4 && (first & (first - 1)) == 0)
            width = first / 2;
    }
}

// Where the share has grown by half a percent.
void contents_curve(struct doc_table *t, const char *name, const struct hist *h, uint64_t whole)
{
    uint64_t seen = 0, shown = 0;
    for (unsigned b = 0; b < HIST_BUCKETS && seen < h->count; b++) {
        uint64_t first, last;
        seen += h->bucket[b];
        if (!h->bucket[b] || ((seen - shown) * 200 < whole && seen < h->count && shown))
            continue;
        shown = seen;
        hist_range(b, &first, &last);
        doc_row(t, name);
        doc_cell_count(t, last < h->max ? last : h->max);
        doc_cell_real(t, percent(seen, whole), 3);
    }
}

static void curves(struct doc_section *o, const struct stats *s)
{
    struct doc_table *t = doc_table(o, "cumulated_by_kind", "Answers at or below a latency, by kind of request",
                                    "series:Kind|latency:cycles|below:% up to here", NULL);
    for (unsigned k = 0; k < KINDS; k++)
        contents_curve(t, stats_kind_name[k], &s->by_kind[k], s->by_kind[k].count);
    doc_chart(t, DOC_CHART_CDF);
    doc_data(t);
    t = doc_table(o, "cumulated_by_path", "Answers at or below a latency, by path",
                  "series:Path|latency:cycles|below:% up to here", NULL);
    for (unsigned p = 0; p < PATHS; p++)
        for (unsigned g = 0; g < GSIDES; g++) {
            char name[96];
            struct hist sum = {0};
            for (unsigned k = 0; k < KINDS; k++)
                hist_merge(&sum, &s->by_path[k][p][g]);
            snprintf(name, sizeof name, "%s%s", stats_path_name[p], gside_name[g]);
            contents_curve(t, name, &sum, sum.count);
        }
    doc_chart(t, DOC_CHART_CDF);
    doc_data(t);
}

static uint64_t walks_of(const struct stats *s)
{
    uint64_t n = 0;
    for (unsigned k = 0; k < KINDS; k++)
        for (unsigned r = 1; r < MAX_REFS; r++)
            n += s->refs[k][r];
    return n;
}

static uint64_t refs_of(const struct stats *s)
{
    uint64_t n = 0;
    for (unsigned k = 0; k < KINDS; k++)
        for (unsigned r = 0; r < MAP_ROWS; r++)
            for (unsigned c = 0; c < MAP_COLS; c++)
                n += s->map[k][r][c].reads;
    return n;
}

void contents_summary(struct doc *d, const struct stats *s, uint64_t instructions)
{
    struct doc_section *o = doc_section(
        d, "summary", "Summary of the L2TLB",
        "A request is what the L1 side asks the L2TLB for. Latency counts cycles from the one in "
        "which a port accepts the request to the one in which the answer is taken.");
    uint64_t accepted = s->accepted[0] + s->accepted[1];
    doc_count(o, "cycles", "Simulated cycles", s->cycles, NULL);
    doc_real(o, "busy", "Cycles with a request in flight", percent(s->busy_cycles, s->cycles), 2,
             "%");
    doc_count(o, "requests", "Requests accepted", accepted, NULL);
    doc_count(o, "requests_fetch", "  instruction side (port 0)", s->accepted[0], NULL);
    doc_count(o, "requests_data", "  data side (port 1)", s->accepted[1], NULL);
    doc_count(o, "answers", "Answered", s->answered[0] + s->answered[1], NULL);
    doc_count(o, "flushed", "Dropped by a fence or CSR change", s->flushed[0] + s->flushed[1],
              NULL);
    doc_real(o, "latency_mean", "Latency, mean", hist_mean(&s->all), 2, "cycles");
    doc_count(o, "latency_p50", "Latency, median", hist_quantile(&s->all, 500), "cycles");
    doc_count(o, "latency_p99", "Latency, 99th percentile", hist_quantile(&s->all, 990), "cycles");
    doc_count(o, "latency_max", "Latency, maximum", s->all.max, "cycles");
    doc_count(o, "walks", "Requests that read memory", walks_of(s), NULL);
    doc_real(o, "refs_per_walk", "Memory references of one of these",
             ratio(refs_of(s), walks_of(s)), 3, "reads");
    doc_real(o, "refs_per_request", "Memory references per answered request",
             ratio(refs_of(s), s->answered[0] + s->answered[1]), 3, "reads");
    if (!instructions)
        return;
    doc_count(o, "instructions", "Instructions of the trace", instructions, NULL);
    doc_real(o, "requests_pki", "Requests per 1000 instructions",
             1000 * ratio(accepted, instructions), 3, NULL);
    doc_real(o, "walks_pki", "Requests that read memory, per 1000 instructions",
             1000 * ratio(walks_of(s), instructions), 3, NULL);
}

static void latency_by_path(struct doc_section *o, const struct stats *s)
{
    struct doc_table *t = doc_table(
        o, "by_path", "By path: what the deciding PageCache look-up found",
        "kind:Kind|path:Path|" CONTENTS_HIST_COLUMNS,
        "G cached: every G-stage look-up of the request hit the PageCache; G walked: at least one "
        "needed the G-stage walker.");
    char text[96];
    for (unsigned k = 0; k < KINDS; k++)
        for (unsigned p = 0; p < PATHS; p++)
            for (unsigned g = 0; g < GSIDES; g++) {
                if (!s->by_path[k][p][g].count)
                    continue;
                snprintf(text, sizeof text, "%s%s", stats_path_name[p], gside_name[g]);
                doc_row(t, stats_kind_name[k]);
                doc_cell_text(t, text);
                contents_hist_cells(t, &s->by_path[k][p][g]);
            }
}

static void latency_by_level(struct doc_section *o, const struct stats *s)
{
    struct doc_table *t =
        doc_table(o, "by_level", "By the level at which the walk ended (size of the page)",
                  "kind:Kind|s1:Stage 1|s2:G stage|" CONTENTS_HIST_COLUMNS, NULL);
    for (unsigned k = 0; k < KINDS; k++)
        for (unsigned a = 0; a <= LEVELS; a++)
            for (unsigned b = 0; b <= LEVELS; b++) {
                if (!s->by_level[k][a][b].count)
                    continue;
                doc_row(t, stats_kind_name[k]);
                doc_cell_text(t, size_name[a]);
                doc_cell_text(t, size_name[b]);
                contents_hist_cells(t, &s->by_level[k][a][b]);
            }
}

void contents_latency(struct doc *d, const struct stats *s)
{
    struct doc_section *o =
        doc_section(d, "latency", "Latency of L2TLB requests, in cycles",
                    "Percentiles are exact up to 1023 cycles and within 1.6 % above.");
    struct doc_table *t =
        doc_table(o, "by_kind", "By kind of request", "kind:Kind|" CONTENTS_HIST_COLUMNS, NULL);
    for (unsigned k = 0; k < KINDS; k++) {
        if (!s->by_kind[k].count)
            continue;
        doc_row(t, stats_kind_name[k]);
        contents_hist_cells(t, &s->by_kind[k]);
    }
    doc_row(t, "all");
    contents_hist_cells(t, &s->all);
    t = doc_table(o, "by_port", "By side", "port:Side|" CONTENTS_HIST_COLUMNS, NULL);
    for (unsigned p = 0; p < 2; p++) {
        doc_row(t, p ? "data (port 1)" : "instruction (port 0)");
        contents_hist_cells(t, &s->by_port[p]);
    }
    latency_by_path(o, s);
    latency_by_level(o, s);
    contents_histogram(o, "histogram", "Histogram of all requests", &s->all);
    doc_lead(o ? o->last_table : NULL);
    curves(o, s);
}

// Spec B 1.7 rule 6.
static void reference_table(struct doc_section *o, const struct stats *s)
{
    struct doc_table *t = doc_table(
        o, "per_request", "References per request",
        "kind:Kind|answers:Answers|walks:Read memory|mean:Mean of these|max_once:Largest, one walk"
        "|theory:Theoretical maximum|over:Above it|again:Walked again|max:Largest of all",
        "Maximum of one complete walk with empty caches: n for one stage of n levels, (n+1)(m+1)-1 "
        "for n VS levels over m G levels (15 for Sv39 over Sv39x4, 24 for Sv48 over Sv48x4). A "
        "request can stay below it because another one reads the same line for both. Walked again: "
        "what a walk had brought into the PageCache was replaced before the request could use it, "
        "so "
        "it took another turn in a walker.");
    for (unsigned k = 0; k < KINDS; k++) {
        uint64_t walks = 0, refs = 0;
        for (unsigned r = 1; r < MAX_REFS; r++) {
            walks += s->refs[k][r];
            refs += r * s->refs[k][r];
        }
        if (!(walks + s->refs[k][0]))
            continue;
        doc_row(t, stats_kind_name[k]);
        doc_cell_count(t, walks + s->refs[k][0]);
        doc_cell_count(t, walks);
        doc_cell_real(t, ratio(refs, walks), 3);
        doc_cell_count(t, s->refs_max_once[k]);
        doc_cell_count(t, s->theory_max[k]);
        doc_cell_count(t, s->refs_over[k]);
        doc_cell_count(t, s->walked_again[k]);
        doc_cell_count(t, s->refs_max[k]);
    }
}

static void level_table(struct doc_section *o, const struct stats *s)
{
    struct doc_table *t = doc_table(
        o, "by_level", "Reads by stage and table level",
        "kind:Kind|stage:Stage|l3:Level 3|l2:Level 2|l1:Level 1|l0:Level 0|sum:Sum"
        "|per_walk:Per request that reads",
        "Level 3 tables point to 512 GiB per entry, level 2 to 1 GiB, level 1 to 2 MiB, level 0 to "
        "4 KiB.");
    for (unsigned k = 0; k < KINDS; k++) {
        uint64_t walks = 0;
        for (unsigned r = 1; r < MAX_REFS; r++)
            walks += s->refs[k][r];
        for (unsigned g = 0; g < 2; g++) {
            uint64_t level[LEVELS] = {0}, sum = 0;
            for (unsigned row = 0; row < MAP_ROWS; row++)
                for (unsigned l = 0; l < LEVELS; l++) {
                    uint64_t n = g          ? s->map[k][row][l].reads
                                 : row == l ? s->map[k][row][MAP_TABLE].reads
                                            : 0;
                    level[l] += n;
                    sum += n;
                }
            if (!sum)
                continue;
            doc_row(t, stats_kind_name[k]);
            doc_cell_text(t, g ? "G" : k == NO_S2XLATE ? "S" : "VS");
            for (unsigned l = LEVELS; l-- > 0;)
                doc_cell_count(t, level[l]);
            doc_cell_count(t, sum);
            doc_cell_real(t, ratio(sum, walks), 3);
        }
    }
}

// VS level x G level: what is read on behalf of each step of the VS walk.
static void map_table(struct doc_section *o, const struct stats *s, unsigned k)
{
    static const char *const row_name[MAP_ROWS] = {
        "VS level 0 table", "VS level 1 table", "VS level 2 table", "VS level 3 table", "data page",
    };
    char id[32], title[96];
    snprintf(id, sizeof id, "map_%u", k);
    snprintf(title, sizeof title, "Map of %s walks: reads and mean cycles of a read",
             stats_kind_name[k]);
    struct doc_table *t = doc_table(
        o, id, title,
        "step:Step|g3:G level 3|g3_cycles:cycles|g2:G level 2|g2_cycles:cycles|g1:G level 1"
        "|g1_cycles:cycles|g0:G level 0|g0_cycles:cycles|vs:VS table itself|vs_cycles:cycles"
        "|sum:Sum",
        "One row per step of the VS walk: first the G-stage reads that translate the address of "
        "that step's table (or of the data page), then the read of the VS table itself. Cycles: "
        "from the handshake on channel A to the last beat.");
    doc_chart(t, DOC_CHART_HEAT);
    for (unsigned i = 0; i < MAP_ROWS; i++) {
        unsigned row = i == MAP_ROWS - 1 ? ROW_DATA : 3 - i;
        uint64_t sum = 0;
        doc_row(t, row_name[row]);
        for (unsigned c = 0; c < MAP_COLS; c++) {
            const struct map_cell *m = &s->map[k][row][c == MAP_TABLE ? MAP_TABLE : 3 - c];
            if (row == ROW_DATA && c == MAP_TABLE) {
                doc_cell_none(t);
                doc_cell_none(t);
            } else {
                doc_cell_count(t, m->reads);
                doc_cell_real(t, ratio(m->cycles, m->reads), 1);
            }
            sum += m->reads;
        }
        doc_cell_count(t, sum);
    }
}

void contents_references(struct doc *d, const struct stats *s)
{
    struct doc_section *o = doc_section(
        d, "references", "Memory references of page-table walks",
        "One reference is one read of a 64-byte line on channel A, counted for the request that "
        "caused it; requests that are answered from the PageCache make none.");
    reference_table(o, s);
    level_table(o, s);
    for (unsigned k = 0; k < KINDS; k++)
        if ((k & ONLY_STAGE2) && s->by_kind[k].count)
            map_table(o, s, k);
    for (unsigned k = 0; k < KINDS; k++) {
        char id[32], title[96];
        if (!s->by_kind[k].count)
            continue;
        snprintf(id, sizeof id, "distribution_%u", k);
        snprintf(title, sizeof title, "Requests by number of references, %s", stats_kind_name[k]);
        contents_distribution(o, id, title, "References", s->refs[k], MAX_REFS, NULL);
    }
    doc_count(o, "reads", "Reads on channel A", s->mem_reads, NULL);
    doc_count(o, "reads_answered", "  of answered requests", refs_of(s), NULL);
    doc_count(o, "reads_prefetch", "  of prefetches", s->prefetch_reads, NULL);
    doc_count(o, "reads_flushed", "  of requests dropped by a flush", s->flushed_reads, NULL);
}

// Shares of the causes, one row a kind.
static void causes_by_kind(struct doc_section *o, const struct stats *s)
{
    char columns[DOC_COLUMNS * 64] = "kind:Kind", id[32];
    size_t n = strlen(columns);
    for (unsigned c = 0; c < CAUSE_COUNT; c++)
        n += (size_t)snprintf(columns + n, sizeof columns - n, "|%s:%s", request_cause_name(c, id),
                              contents_cause_short[c]);
    struct doc_table *t = doc_table(o, "causes_by_kind", "Share of each cause by kind of request, %", columns, NULL);
    for (unsigned k = 0; k < KINDS; k++) {
        if (!s->by_kind[k].count)
            continue;
        doc_row(t, stats_kind_name[k]);
        for (unsigned c = 0; c < CAUSE_COUNT; c++)
            doc_cell_real(t, percent(s->cause[k][c], s->latency_sum[k]), 3);
    }
    doc_chart(t, DOC_CHART_STACK);
    doc_lead(t);
    doc_data(t);
}

void contents_causes(struct doc *d, const struct stats *s)
{
    struct doc_section *o = doc_section(
        d, "cycles", "Where the cycles of the requests went",
        "Each cycle of each request has exactly one cause; the causes of a request add up to its "
        "latency, which is verified for every single request.");
    causes_by_kind(o, s);
    for (unsigned k = 0; k < KINDS; k++) {
        char id[32];
        if (!s->by_kind[k].count)
            continue;
        snprintf(id, sizeof id, "causes_%u", k);
        struct doc_table *t =
            doc_table(o, id, stats_kind_name[k],
                      "cause:Cause|cycles:Cycles|per_request:Per request|share:Share %", NULL);
        doc_bar(t, 3);
        for (unsigned c = 0; c < CAUSE_COUNT; c++) {
            if (!s->cause[k][c])
                continue;
            doc_row(t, l2tlb_cause_text[c]);
            doc_cell_count(t, s->cause[k][c]);
            doc_cell_real(t, ratio(s->cause[k][c], s->by_kind[k].count), 3);
            doc_cell_real(t, percent(s->cause[k][c], s->latency_sum[k]), 2);
        }
        doc_row(t, "sum = latency");
        doc_cell_count(t, s->latency_sum[k]);
        doc_cell_real(t, hist_mean(&s->by_kind[k]), 3);
        doc_cell_none(t);
    }
    doc_count(o, "port_wait_fetch", "Before acceptance: port 0 had to wait", s->port_wait[0],
              "cycles");
    doc_count(o, "port_wait_data", "Before acceptance: port 1 had to wait", s->port_wait[1],
              "cycles");
    doc_count(o, "flushed_cycles", "Cycles of requests that a flush dropped",
              s->flushed_cause_cycles, "cycles");
}
