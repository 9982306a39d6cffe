// SPDX-License-Identifier: MulanPSL-2.0
// Section "phases": the figures of a run over time (replay/phases.h).
#include "report/contents.h"
#include "replay/requests.h"

#include "replay/phases.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// The columns that are shares and means of an interval; `digits` behind the point.
static const struct {
    const char *id, *label;
    enum phase_field part, whole;
    double scale;
    unsigned digits;
} derived[] = {
    {"latency_mean", "Mean latency", PHASE_latency_sum, PHASE_answers, 1, 2},
    {"hit_rate", "Hit %", PHASE_lookup_hits, PHASE_lookups, 100, 2},
    {"g_hit_rate", "G hit %", PHASE_g_hits, PHASE_g_lookups, 100, 2},
    {"ptw_share", "PTW busy %", PHASE_ptw_busy, PHASE_cycles, 100, 2},
    {"hptw_share", "HPTW busy %", PHASE_hptw_busy, PHASE_cycles, 100, 2},
    {"llptw_mean", "LLPTW entries", PHASE_llptw_cycles, PHASE_cycles, 1, 3},
    {"missq_mean", "Miss queue", PHASE_missq_cycles, PHASE_cycles, 1, 3},
    {"outstanding_mean", "Reads under way", PHASE_outstanding_cycles, PHASE_cycles, 1, 3},
    {"l1_miss_rate", "L1 miss %", PHASE_l1_missed, PHASE_l1_accesses, 100, 3},
};

static void causes(struct doc_section *o, const struct phases *p)
{
    char columns[DOC_COLUMNS * 64] = "from_cycle:From cycle", id[32];
    size_t n = strlen(columns);
    for (unsigned c = 0; c < CAUSE_COUNT; c++)
        n += (size_t)snprintf(columns + n, sizeof columns - n, "|%s:%s", request_cause_name(c, id),
                              contents_cause_short[c]);
    struct doc_table *t = doc_table(o, "causes", "Cycles by cause, of the requests answered in the interval", columns,
                                    "The causes in short; section \"Where the cycles of the requests went\" explains "
                                    "each.");
    uint64_t from = 0;
    for (unsigned i = 0; i < phases_count(p); i++) {
        const struct phase *ph = phases_at(p, i);
        doc_row(t, NULL);
        doc_cell_count(t, from);
        for (unsigned c = 0; c < CAUSE_COUNT; c++)
            doc_cell_count(t, ph->cause[c]);
        from += ph->field[PHASE_cycles];
    }
    doc_chart(t, DOC_CHART_STACK);
    doc_data(t);
}

static void figures(struct doc_section *o, const struct phases *p, bool wished, bool pages)
{
    char columns[DOC_COLUMNS * 48] = "from_cycle:From cycle";
    size_t n = strlen(columns);
    for (unsigned f = 0; f < PHASE_FIELDS; f++)
        n += (size_t)snprintf(columns + n, sizeof columns - n, "|%s:%s", phase_field_id[f], phase_field_label[f]);
    for (unsigned i = 0; i < sizeof derived / sizeof *derived; i++)
        n += (size_t)snprintf(columns + n, sizeof columns - n, "|%s:%s", derived[i].id, derived[i].label);
    snprintf(columns + n, sizeof columns - n, "|latency_p50:p50|latency_p99:p99");
    struct doc_table *t = doc_table(o, "figures", "Figures by interval", columns,
                                    "Percentiles within 3 %. An interval counts what ended in it.");
    uint64_t from = 0;
    for (unsigned i = 0; i < phases_count(p); i++) {
        const struct phase *ph = phases_at(p, i);
        doc_row(t, NULL);
        doc_cell_count(t, from);
        for (unsigned f = 0; f < PHASE_FIELDS; f++)
            if (f == PHASE_new_pages && !pages)
                doc_cell_none(t);
            else
                doc_cell_count(t, ph->field[f]);
        for (unsigned k = 0; k < sizeof derived / sizeof *derived; k++)
            if (ph->field[derived[k].whole])
                doc_cell_real(t, derived[k].scale * ratio(ph->field[derived[k].part], ph->field[derived[k].whole]),
                              derived[k].digits);
            else
                doc_cell_none(t); // no share of nothing
        for (unsigned q = 500; q <= 990; q += 490)
            if (ph->field[PHASE_answers])
                doc_cell_count(t, phase_quantile(ph, q));
            else
                doc_cell_none(t);
        from += ph->field[PHASE_cycles];
    }
    doc_chart(t, DOC_CHART_TIME);
    if (!wished)
        doc_data(t);
}

void contents_phases(struct doc *d, const struct phases *p, bool wished, bool pages)
{
    static const char *const unit[] = {"cycles", "accesses", "instructions"};
    if (!p)
        return;
    struct doc_section *o = doc_section(d, "phases", "The run over time",
                                        "The length of an interval follows the run unless --interval says it.");
    doc_count(o, "interval", "Length of an interval", phases_length(p), unit[phases_unit(p)]);
    doc_count(o, "intervals", "Intervals", phases_count(p), NULL);
    figures(o, p, wished, pages);
    causes(o, p);
}
