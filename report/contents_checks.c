// SPDX-License-Identifier: MulanPSL-2.0
// Sums that must agree in every run, the configuration section, and the order of the sections.
#include "report/contents.h"

#include <stdio.h>
#include <string.h>

static void check_requests(struct doc *d, const struct stats *s)
{
    static const char *const port[2] = {"port 0: accepted = answered + dropped + in flight",
                                        "port 1: accepted = answered + dropped + in flight"};
    uint64_t kinds = 0;
    for (unsigned p = 0; p < 2; p++)
        doc_check(d, port[p], s->accepted[p], s->answered[p] + s->flushed[p] + s->in_flight[p]);
    for (unsigned k = 0; k < KINDS; k++)
        kinds += s->kind[k];
    doc_check(d, "requests by kind = requests", kinds, s->accepted[0] + s->accepted[1]);
    doc_check(d, "latencies recorded = answers", s->all.count, s->answered[0] + s->answered[1]);
    doc_check(d, "answers to requests that are not in flight", s->unknown_answers, 0);
    doc_check(d, "tags used twice at a time", s->duplicate_tags, 0);
    doc_check(d, "answer events = answers taken", s->events[EV_RESP],
              s->answered[0] + s->answered[1]);
}

static void check_latency(struct doc *d, const struct stats *s)
{
    uint64_t path = 0, level = 0, refs = 0, faults = 0, causes = 0, latency = 0;
    for (unsigned k = 0; k < KINDS; k++) {
        for (unsigned p = 0; p < PATHS; p++)
            for (unsigned g = 0; g < GSIDES; g++)
                path += s->by_path[k][p][g].count;
        for (unsigned a = 0; a <= LEVELS; a++)
            for (unsigned b = 0; b <= LEVELS; b++)
                level += s->by_level[k][a][b].count;
        for (unsigned r = 0; r < MAX_REFS; r++)
            refs += s->refs[k][r];
        for (unsigned f = 0; f < ANSWER_FAULTS; f++)
            for (unsigned l = 0; l < LEVELS; l++)
                faults += s->faults[k][f][l];
        for (unsigned c = 0; c < CAUSE_COUNT; c++)
            causes += s->cause[k][c];
        latency += s->latency_sum[k];
    }
    doc_check(d, "answers by path = answers", path, s->all.count);
    doc_check(d, "answers by level = answers", level, s->all.count);
    doc_check(d, "answers by references = answers", refs, s->all.count);
    doc_check(d, "answers by fault (none included) = answers", faults, s->all.count);
    doc_check(d, "cycles by cause = sum of latencies", causes, latency);
    doc_check(d, "sum of latencies = histogram sum", latency, s->all.sum);
    doc_check(d, "requests whose causes do not add up to their latency", s->bad_sums, 0);
}

static void check_blocks(struct doc *d, const struct stats *s)
{
    uint64_t lookups = 0, answered = 0, map = 0, time = 0;
    for (unsigned g = 0; g < STAGES; g++)
        for (unsigned i = 0; i < 4; i++) {
            const struct lookup_stats *l = &s->lookup[g][i >> 1][i & 1];
            lookups += l->lookups;
            answered += l->hits + l->misses + l->bypassed;
        }
    for (unsigned k = 0; k < KINDS; k++)
        for (unsigned r = 0; r < MAP_ROWS; r++)
            for (unsigned c = 0; c < MAP_COLS; c++)
                map += s->map[k][r][c].reads;
    doc_check(d, "PageCache hits + misses + bypassed = look-ups", answered, lookups);
    doc_check(d, "reads = placed in the map + prefetch + dropped + bitmap or MPT + in flight + beyond",
              s->mem_reads,
              map + s->prefetch_reads + s->flushed_reads + s->bitmap_reads + s->open_reads +
                  s->unplaced_reads);
    doc_check(d, "reads = lines returned + outstanding", s->mem_reads,
              s->mem_answers + s->outstanding_end);
    doc_check(d, "reads by walker (PTW + LLPTW + HPTW + bitmap or MPT) = reads",
              s->ptw_reads + s->llptw_reads + s->hptw_reads + s->bitmap_all_reads + s->mpt_all_reads, s->mem_reads);
    uint64_t entered = 0;
    for (unsigned i = 0; i < 16; i++)
        entered += s->llptw_state[i];
    doc_check(d, "LLPTW entries by state at entry = entries", entered, s->llptw_in);
    for (unsigned i = 0; i <= MAX_OUTSTANDING; i++)
        time += s->outstanding[i];
    doc_check(d, "prefetches by what became of them = prefetches",
              s->pf_redundant + s->pf_used + s->pf_late + s->pf_given_up + s->pf_flushed +
                  s->pf_open + s->pf_useless,
              s->pf_issued);
    doc_check(d, "cycles by reads outstanding = cycles", time, s->cycles);
    uint64_t cached = s->compress[0];
    for (unsigned i = 1; i <= SECTOR; i++)
        cached += s->compress[i];
    doc_check(d, "compressible + larger + G only + faulting = answers",
              cached + s->single_super + s->single_only2 + s->single_fault, s->all.count);
    if (!s->drained)
        return;
    doc_check(d, "io_perf_0 = LLPTW entries taken", s->perf[0], s->llptw_in);
    doc_check(d, "io_perf_2 = LLPTW reads", s->perf[2], s->llptw_reads);
    doc_check(d, "io_perf_12 = PTW walks", s->perf[12], s->ptw_walks);
    doc_check(d, "io_perf_16 = PTW reads", s->perf[16], s->ptw_reads);
}

void contents_checks(struct doc *d, const struct stats *s)
{
    check_requests(d, s);
    check_latency(d, s);
    check_blocks(d, s);
}

// --- configuration ----------------------------------------------------------------------------

struct config_ctx {
    struct doc_section *section;
    char rules[1024], active[1024], fixed[1024];
};

static void append(char *list, size_t size, const char *name)
{
    size_t n = strlen(list);
    snprintf(list + n, size - n, "%s%s", n ? " " : "", name);
}

static void config_item(const char *key, const char *value, const char *help, void *ctx)
{
    struct config_ctx *c = ctx;
    (void)help;
    if (strncmp(key, "rule.", 5) == 0) {
        if (strcmp(value, "yes") == 0)
            append(c->rules, sizeof c->rules, key + 5);
    } else if (strncmp(key, "errata.", 7) == 0) {
        if (strcmp(value, "fixed") == 0)
            append(c->fixed, sizeof c->fixed, key + 7);
        else
            append(c->active, sizeof c->active, key + 7);
    } else {
        doc_typed(c->section, key, key, value);
    }
}

void contents_config(struct doc *d, const struct l2tlb_cfg *cfg)
{
    struct config_ctx c = {.rules = "", .active = "", .fixed = ""};
    c.section = doc_section(d, "configuration", "Configuration",
                            "`l2tlb config` explains every parameter, rule and erratum.");
    cfg_each(cfg, config_item, &c);
    doc_text(c.section, "rules_on", "rules of later revisions that are on",
             *c.rules ? c.rules : "none");
    doc_text(c.section, "errata_active", "errata as in the RTL (active)",
             *c.active ? c.active : "none");
    doc_text(c.section, "errata_fixed", "errata fixed", *c.fixed ? c.fixed : "none");
}

void stats_document(const struct stats *s, const struct stats *whole, const struct l2tlb_cfg *cfg,
                    uint64_t instructions, struct doc *d)
{
    contents_summary(d, s, instructions);
    contents_latency(d, s);
    contents_references(d, s);
    contents_causes(d, s);
    contents_pagecache(d, s);
    contents_walkers(d, s, cfg);
    contents_prefetch(d, s);
    contents_answers(d, s);
    contents_fences(d, s);
    if (cfg->has_bitmap)
        contents_bitmap(d, s);
    if (cfg->has_mpt)
        contents_mpt(d, s);
    contents_counters(d, s);
    contents_checks(d, whole);
    if (cfg->has_bitmap)
        contents_bitmap_checks(d, whole, shield_must_hold(cfg));
    if (cfg->has_mpt)
        contents_mpt_checks(d, whole, shield_must_hold(cfg));
}
