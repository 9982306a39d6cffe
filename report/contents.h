// SPDX-License-Identifier: MulanPSL-2.0
// Sections of a report, written once for all formats; see stats.h for the counters.
#ifndef L2TLB_REPORT_CONTENTS_H
#define L2TLB_REPORT_CONTENTS_H

#include "replay/footprint.h"
#include "replay/phases.h"
#include "replay/stats.h"
#include "report/doc.h"

// "configuration": every parameter, the rules that are on, the errata that are active.
void contents_config(struct doc *d, const struct l2tlb_cfg *cfg);
// Latency, references, map, causes (contents_walk.c).
void contents_summary(struct doc *d, const struct stats *s, uint64_t instructions);
void contents_latency(struct doc *d, const struct stats *s);
void contents_references(struct doc *d, const struct stats *s);
void contents_causes(struct doc *d, const struct stats *s);
// One section per block (contents_blocks.c).
void contents_pagecache(struct doc *d, const struct stats *s);
void contents_walkers(struct doc *d, const struct stats *s, const struct l2tlb_cfg *cfg);
void contents_prefetch(struct doc *d, const struct stats *s);
void contents_answers(struct doc *d, const struct stats *s);
void contents_fences(struct doc *d, const struct stats *s);
// The run over time; wished: the user asked for the intervals; pages: new ones were counted (contents_phases.c).
void contents_phases(struct doc *d, const struct phases *p, bool wished, bool pages);
// Footprint and reuse distances; f may be NULL; ports: of a port trace (contents_reuse.c).
void contents_reuse(struct doc *d, const struct footprint *f, const struct l2tlb_cfg *m, bool ports);
// Share of the uses, in percent, that a fully associative LRU table of so many entries hits; within 1.6 % of the entries
// above 1024.
double contents_reuse_within(const struct reuse_stats *s, uint64_t entries);
// The reasons for which answers were not judged, those that occurred (contents_bitmap.c).
void contents_reasons(struct doc_section *o, const uint64_t count[ORACLE_REASONS]);
void contents_bitmap(struct doc *d, const struct stats *s); // contents_bitmap.c
// must_hold: all errata are fixed, so leaks and a broken order are failures.
void contents_mpt(struct doc *d, const struct stats *s); // contents_mpt.c
void contents_mpt_checks(struct doc *d, const struct stats *s, bool must_hold);
void contents_bitmap_checks(struct doc *d, const struct stats *s, bool must_hold);
void contents_counters(struct doc *d, const struct stats *s);
// All sections of the L2TLB (contents_checks.c), and the checks of the whole run.
void stats_document(const struct stats *s, const struct stats *whole, const struct l2tlb_cfg *cfg,
                    uint64_t instructions, struct doc *d);
// The sums of a run that must agree (contents_checks.c).
void contents_checks(struct doc *d, const struct stats *s);

// Helpers.
extern const char *const contents_cause_short[CAUSE_COUNT]; // for legends
double percent(uint64_t part, uint64_t whole); // 0 when whole is 0
double ratio(uint64_t part, uint64_t whole);   // likewise
// Appends count, mean, p50, p90, p99, p99.9, max of h to the current row.
void contents_hist_cells(struct doc_table *t, const struct hist *h);
#define CONTENTS_HIST_COLUMNS "count:Count|mean:Mean|p50:p50|p90:p90|p99:p99|p999:p99.9|max:Max"
// A distribution over 0..n-1 as a table: value, count, share.
void contents_distribution(struct doc_section *s, const char *id, const char *title,
                           const char *what, const uint64_t *count, unsigned n, const char *note);
// Rows "name, value, share of `whole` at or below it" of a table for DOC_CHART_CDF.
void contents_curve(struct doc_table *t, const char *name, const struct hist *h, uint64_t whole);
// A histogram with two rows per power of two.
void contents_histogram(struct doc_section *s, const char *id, const char *title,
                        const struct hist *h);

#endif
