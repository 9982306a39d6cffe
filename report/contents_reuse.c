// SPDX-License-Identifier: MulanPSL-2.0
// Section "reuse": what the run touched and how soon again, against what the tables hold (replay/footprint.h).
#include "report/contents.h"

#include <stdio.h>

// A table of the machine as it looks from here.
struct holder {
    const char *name;
    unsigned entries;
    enum footprint_series block;
    bool l1; // one of the L1 side: none in a port trace
};

enum { HOLDERS = 7 };

static void holders(const struct l2tlb_cfg *m, struct holder h[HOLDERS])
{
    const struct holder all[HOLDERS] = {
        {"L1 TLB, fetch", m->itlb_ways, FOOT_LINES, true},
        {"L1 TLB, load", m->ldtlb_ways, FOOT_LINES, true},
        {"L1 TLB, store", m->sttlb_ways, FOOT_LINES, true},
        {"L0", m->l0_sets * m->l0_ways, FOOT_LINES, false},
        {"SP", m->sp_size, FOOT_2M, false},
        {"L1", m->l1_sets * m->l1_ways, FOOT_16M, false},
        {"L2", m->l2_size, FOOT_1G, false},
    };
    for (unsigned i = 0; i < HOLDERS; i++)
        h[i] = all[i];
}

static uint64_t uses(const struct reuse_stats *s)
{
    return s->distance.count + s->first;
}

double contents_reuse_within(const struct reuse_stats *s, uint64_t entries)
{
    uint64_t n = 0;
    for (unsigned b = 0; b < HIST_BUCKETS; b++) {
        uint64_t first, last;
        hist_range(b, &first, &last);
        if (last <= entries)
            n += s->distance.bucket[b];
    }
    return percent(n, uses(s));
}

static uint64_t kib(const struct footprint *f, enum footprint_series block)
{
    return footprint_stats(f, block)->different << (footprint_shift[block] - 10);
}

static void touched(struct doc_section *o, const struct footprint *f)
{
    static const struct {
        enum footprint_series block;
        const char *name;
    } row[] = {{FOOT_PAGES, "4 KiB"}, {FOOT_LINES, "32 KiB (8 pages)"}, {FOOT_2M, "2 MiB"}, {FOOT_16M, "16 MiB"}, {FOOT_1G, "1 GiB"}};
    struct doc_table *t = doc_table(o, "footprint", "Blocks that were touched",
                                    "block:Block|blocks:Blocks|kib:KiB|used:Of it touched %",
                                    "Touched: the pages of 4 KiB in it. What a huge page would map without use is the rest.");
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        doc_row(t, row[i].name);
        doc_cell_count(t, footprint_stats(f, row[i].block)->different);
        doc_cell_count(t, kib(f, row[i].block));
        doc_cell_real(t, percent(kib(f, FOOT_PAGES), kib(f, row[i].block)), 1);
    }
}

static void reach(struct doc_section *o, const struct footprint *f, const struct l2tlb_cfg *m, bool ports)
{
    struct holder h[HOLDERS];
    struct doc_table *t = doc_table(
        o, "reach", "Footprint against reach",
        "table:Table|entries:Entries|block_kib:KiB each|reach_kib:Reach KiB|footprint_kib:Footprint KiB|ratio:Footprint / reach"
        "|accesses_within:Accesses within %|requests_within:Requests within %",
        "Reach: what all entries cover at most. Footprint: the blocks of this size that were touched, whole. Within: uses "
        "that a fully associative table of so many entries in LRU order would hit; the real ones have sets, serve one class of "
        "accesses (L1 TLBs), and of two-stage requests hold both stages.");
    holders(m, h);
    for (unsigned i = 0; i < HOLDERS; i++) {
        if (h[i].l1 && ports)
            continue;
        uint64_t each = UINT64_C(1) << (footprint_shift[h[i].block] - 10), all = each * h[i].entries;
        doc_row(t, h[i].name);
        doc_cell_count(t, h[i].entries);
        doc_cell_count(t, each);
        doc_cell_count(t, all);
        doc_cell_count(t, kib(f, h[i].block));
        doc_cell_real(t, ratio(kib(f, h[i].block), all), 2);
        if (h[i].block != FOOT_LINES)
            continue;
        doc_cell_real(t, contents_reuse_within(footprint_stats(f, FOOT_LINES), h[i].entries), 2);
        if (!h[i].l1)
            doc_cell_real(t, contents_reuse_within(footprint_stats(f, FOOT_REQUESTS), h[i].entries), 2);
    }
    doc_chart(t, DOC_CHART_REACH);
}

static void distances(struct doc_section *o, const struct footprint *f, const struct l2tlb_cfg *m, bool ports)
{
    struct doc_table *t = doc_table(o, "distances", "Uses that a table of so many entries would hit (fully associative, LRU)",
                                    "series:Uses|entries:entries|below:% that hit", NULL);
    static const struct {
        enum footprint_series series;
        const char *name;
    } row[] = {{FOOT_PAGES, "accesses, entries of 4 KiB"},
               {FOOT_LINES, "accesses, entries of 32 KiB"},
               {FOOT_REQUESTS, "requests to the L2TLB, entries of 32 KiB"}};
    for (unsigned i = ports ? 2 : 0; i < sizeof row / sizeof *row; i++) {
        const struct reuse_stats *s = footprint_stats(f, row[i].series);
        contents_curve(t, row[i].name, &s->distance, uses(s));
    }
    doc_chart(t, DOC_CHART_CDF);
    doc_mark(t, m->l0_sets * m->l0_ways, "L0");
    if (!ports)
        doc_mark(t, m->ldtlb_ways, "L1 TLB, load");
    doc_data(t);
}

void contents_reuse(struct doc *d, const struct footprint *f, const struct l2tlb_cfg *m, bool ports)
{
    char text[64];
    if (!f)
        return;
    const struct reuse_stats *pages = footprint_stats(f, FOOT_PAGES);
    struct doc_section *o = doc_section(d, "reuse", "Footprint and reuse against reach",
                                        "Virtual addresses, apart for each address space. A reuse distance is the number of different blocks "
                                        "from one use of a block to the next, itself included.");
    unsigned most = 0;
    for (unsigned i = 0; i < FOOT_SERIES; i++) {
        unsigned k = footprint_stats(f, (enum footprint_series)i)->sampled_log2;
        most = k > most ? k : most;
    }
    snprintf(text, sizeof text, most ? "estimated: up to 1 block of %u is followed" : "exact", 1u << (most & 31));
    doc_text(o, "kind", "Figures", text);
    doc_count(o, "pages", "Pages of 4 KiB", pages->different, NULL);
    doc_count(o, "first_uses", "Uses that are the first of their page", pages->first, NULL);
    doc_count(o, "distance_p50", "Reuse distance, median", hist_quantile(&pages->distance, 500), "pages");
    doc_count(o, "distance_p99", "Reuse distance, 99th percentile", hist_quantile(&pages->distance, 990), "pages");
    doc_count(o, "distance_max", "Reuse distance, largest", pages->distance.max, "pages");
    reach(o, f, m, ports);
    touched(o, f);
    distances(o, f, m, ports);
}
