// SPDX-License-Identifier: MulanPSL-2.0
// The report of a replay: what was run, with which settings, the world, the L1 side, then the
// sections of the L2TLB (stats.h).
#include "report/replay_doc.h"

#include "report/changes.h"
#include "report/contents.h"
#include "report/remarks.h"
#include "report/version.h"
#include "traces/source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const class_name[L1_CLASSES] = {"load", "store", "prefetch", "fetch"};

// --- sections -----------------------------------------------------------------------------------

static void setting(const char *key, const char *value, const char *help, void *ctx)
{
    (void)help;
    doc_typed(ctx, key, key, value);
}

static void settings(struct doc *d, const struct replay_cfg *cfg)
{
    settings_each(cfg, setting,
                  doc_section(d, "settings", "Settings of the replay",
                              "mem: timing of the memory behind channel A (`--mem`); world: how page tables are "
                              "built (`--world`); window: accesses of a class that may wait at a time; retry: "
                              "when a missing access is looked up again, in cycles."));
}

static void run_section(struct doc *d, const struct replay_cfg *cfg, const struct replay_result *r,
                        const char *path)
{
    char text[64];
    struct doc_section *o = doc_section(d, "run", "Run", NULL);
    doc_text(o, "version", "l2tlb version", l2tlb_version);
    doc_text(o, "trace", "Trace", path);
    if (*r->header.source)
        doc_text(o, "source", "Its source", r->header.source);
    doc_text(o, "class", "Kind of trace",
             r->header.klass == GVT_PORTS ? "requests at the ports" : "accesses");
    doc_text(o, "isa", "ISA", trace_isa_name[r->header.isa]);
    snprintf(text, sizeof text, "%016" PRIx64, r->checksum);
    doc_text(o, "checksum", "Checksum of its records", text);
    doc_count(o, "records", "Records", r->records, NULL);
    doc_count(o, "seed", "Seed", cfg->world.seed, NULL);
    doc_text(o, "tables", "Page tables",
             r->header.tables == GVT_IMAGE     ? r->header.image
             : r->header.tables == GVT_RECORDS ? "the trace's own, in its memory records"
             : r->premapped ? "built by the world before the run (first pass over the trace)"
                            : "built by the world on first touch");
    doc_text(o, "end", "End of the run",
             r->end == REPLAY_DONE ? "everything was answered" : r->message);
}

static void remarks_section(struct doc *d, const struct replay_cfg *cfg,
                            const struct replay_result *r)
{
    struct remarks m;
    remarks_of(&m, cfg, r);
    if (!m.count)
        return;
    struct doc_section *o = doc_section(d, "remarks", "Remarks", NULL);
    for (unsigned i = 0; i < m.count; i++)
        doc_text(o, m.item[i].id, m.item[i].label, m.item[i].text);
}

static void trace_section(struct doc *d, const struct replay_result *r)
{
    struct doc_section *o = doc_section(d, "trace", "What the trace holds", NULL);
    doc_count(o, "accesses", r->header.klass == GVT_PORTS ? "Requests" : "Accesses", r->accesses,
              NULL);
    if (r->instructions)
        doc_count(o, "instructions", "Instructions", r->instructions, NULL);
    doc_count(o, "fences", "Fences", r->fences, NULL);
    doc_count(o, "csr_writes", "CSR writes", r->csr_writes, NULL);
    doc_count(o, "switches", "Address-space switches", r->switches, NULL);
    doc_count(o, "redirects", "Redirects", r->redirects, NULL);
    doc_count(o, "memory_writes", "Words of memory written", r->memory_writes, NULL);
    if (r->roi_marks)
        doc_count(o, "roi_marks", "Marks of a region of interest", r->roi_marks, NULL);
    doc_count(o, "unmappable", "Accesses that no world can map (not canonical, out of range)",
              r->unmappable, NULL);
    if (!r->premapped)
        doc_count(o, "kernel_fences", "Fences added for pages mapped after a walk missed them",
                  r->kernel_fences, NULL);
}

static void world_section(struct doc *d, const struct replay_result *r)
{
    static const char *const stage_name[2] = {"S / VS stage", "G stage"};
    const struct world_stats *w = &r->world;
    struct doc_section *o = doc_section(d, "world", "Page tables that were built", NULL);
    doc_count(o, "spaces", "Address spaces", w->spaces, NULL);
    doc_count(o, "guests", "Guests (VMIDs)", w->guests, NULL);
    doc_count(o, "frames", "Physical 4-KiB frames handed out", w->frames, NULL);
    struct doc_table *t = doc_table(o, "leaves", "Leaves and tables by stage",
                                    "stage:Stage|p4k:4 KiB|p64k:64 KiB NAPOT|p2m:2 MiB|p1g:1 GiB"
                                    "|tables:Table pages|fallbacks:Huge pages that became small",
                                    NULL);
    for (unsigned s = 0; s < 2; s++) {
        doc_row(t, stage_name[s]);
        doc_cell_count(t, w->pages[s][0]);
        doc_cell_count(t, w->pages[s][3]);
        doc_cell_count(t, w->pages[s][1]);
        doc_cell_count(t, w->pages[s][2]);
        doc_cell_count(t, w->tables[s]);
        doc_cell_count(t, w->fallbacks[s]);
    }
}

static void l1_tables(struct doc_section *o, const struct front_stats *f)
{
    struct doc_table *t = doc_table(
        o, "accesses", "Accesses",
        "class:Class|accesses:Accesses|first_miss:First lookup missed|miss_rate:Miss %"
        "|lookups:Lookups|page_faults:Page faults|guest_faults:Guest faults"
        "|access_faults:Access faults",
        "A missing access is looked up again until it hits, so there are more lookups than "
        "accesses.");
    for (unsigned k = 0; k < L1_CLASSES; k++) {
        if (!f->accesses[k])
            continue;
        doc_row(t, class_name[k]);
        doc_cell_count(t, f->accesses[k]);
        doc_cell_count(t, f->missed[k]);
        doc_cell_real(t, percent(f->missed[k], f->done[k]), 3);
        doc_cell_count(t, f->lookups[k]);
        doc_cell_count(t, f->page_faults[k]);
        doc_cell_count(t, f->guest_faults[k]);
        doc_cell_count(t, f->access_faults[k]);
    }
    t = doc_table(o, "tlb", "Lookups of the L1 TLBs and what became of the misses",
                  "class:Class|lookups:Lookups|hits:Hits in the table|bypass:Hits by-pass"
                  "|misses:Misses|off:No translation|requests:Requests to the filter"
                  "|sent:New|merged:Merged|covered:Covered|dropped:Dropped|full:FULL verdicts",
                  "Merged: the page already waits in the filter. Covered: its answer was just "
                  "passing. Dropped: no free slot.");
    for (unsigned k = 0; k < L1_CLASSES; k++) {
        const struct l1_counters *c = &f->l1[k];
        if (!c->lookups)
            continue;
        doc_row(t, class_name[k]);
        doc_cell_count(t, c->lookups);
        doc_cell_count(t, c->hits_table);
        doc_cell_count(t, c->hits_bypass);
        doc_cell_count(t, c->misses);
        doc_cell_count(t, c->disabled);
        doc_cell_count(t, c->requests);
        doc_cell_count(t, c->allocated);
        doc_cell_count(t, c->merged);
        doc_cell_count(t, c->covered);
        doc_cell_count(t, c->dropped);
        doc_cell_count(t, c->full);
    }
}

static void l1_requests(struct doc_section *o, const struct front_stats *f)
{
    struct doc_table *t = doc_table(
        o, "requests", "Requests to the L2TLB and their answers",
        "class:Class|requests:Requests|answers:Answers to this TLB|refills:Refills|orphans:Orphans"
        "|gpa:For a guest page|evicted:Again: evicted|lost:Again: lost refill"
        "|again_gpa:Again: dropped in GPA state|other:Again: other",
        "Orphan: the pages of the answer no longer wait, an earlier answer served them. Again: a "
        "page requested although it was requested before without a fence in between.");
    for (unsigned k = 0; k < L1_CLASSES; k++) {
        const struct l1_counters *c = &f->l1[k];
        if (!c->lookups)
            continue;
        doc_row(t, class_name[k]);
        doc_cell_count(t, c->l2_requests);
        doc_cell_count(t, c->answers);
        doc_cell_count(t, c->refills);
        doc_cell_count(t, c->orphans);
        doc_cell_count(t, c->get_gpa);
        doc_cell_count(t, c->again_evicted);
        doc_cell_count(t, c->again_lost);
        doc_cell_count(t, c->again_gpa);
        doc_cell_count(t, c->again_other);
    }
    t = doc_table(o, "miss_latency", "Latency of accesses that missed, first lookup to hit",
                  "class:Class|" CONTENTS_HIST_COLUMNS, NULL);
    for (unsigned k = 0; k < L1_CLASSES; k++) {
        if (!f->miss_latency[k].count)
            continue;
        doc_row(t, class_name[k]);
        contents_hist_cells(t, &f->miss_latency[k]);
    }
}

static void l1_checks(struct doc *d, const struct replay_result *r)
{
    const struct front_stats *f = &r->front;
    uint64_t sent = 0;
    char text[128];
    for (unsigned k = 0; k < L1_CLASSES; k++) {
        const struct l1_counters *c = &f->l1[k];
        if (!c->lookups && !f->accesses[k])
            continue;
        snprintf(text, sizeof text, "L1 %s: accesses = done + waiting", class_name[k]);
        doc_check(d, text, f->accesses[k], f->done[k] + f->waiting[k]);
        if (r->end == REPLAY_INTERRUPTED) // what becomes of the lookups of the last cycles is open
            continue;
        snprintf(text, sizeof text, "L1 %s: hits + misses + untranslated = lookups", class_name[k]);
        doc_check(d, text, c->hits_table + c->hits_bypass + c->misses + c->disabled, c->lookups);
        snprintf(text, sizeof text, "L1 %s: new + merged + covered + dropped = requests",
                 class_name[k]);
        doc_check(d, text, c->allocated + c->merged + c->covered + c->dropped, c->requests);
        sent += c->l2_requests;
    }
    if (r->end != REPLAY_INTERRUPTED)
        doc_check(d, "requests sent by the L1 side = requests accepted by the L2TLB", sent,
                  r->l2.accepted[0] + r->l2.accepted[1]);
}

static void oracle_section(struct doc *d, const struct replay_cfg *cfg,
                           const struct replay_result *r)
{
    uint64_t unjudged = 0;
    if (!cfg->oracle)
        return;
    for (unsigned i = 0; i < ORACLE_REASONS; i++)
        unjudged += r->unjudged[i];
    struct doc_section *o = doc_section(
        d, "oracle", "Answers checked against the page tables",
        "Each answer, all its pages, against functional walks over every mixture of old and new values "
        "that no fence has ended yet; not judged where these are not known.");
    doc_count(o, "judged", "Judged", r->judged, NULL);
    doc_count(o, "stale", "  right by an older value", r->stale, NULL);
    doc_count(o, "wrong", "  wrong", r->wrong, NULL);
    doc_count(o, "unjudged", "Not judged", unjudged, NULL);
    contents_reasons(o, r->unjudged);
    if (r->wrong)
        doc_text(o, "first", "The first wrong one", r->complaint);
    doc_check(d, "answers judged + not judged = answers", r->judged + unjudged,
              r->l2.answered[0] + r->l2.answered[1]);
    doc_check(d, "answers that disagree with the page tables", r->wrong, 0);
}

static void part_row(struct doc_table *t, const char *name, const struct moment *part)
{
    doc_row(t, name);
    doc_cell_count(t, part->now.records);
    doc_cell_count(t, part->now.accesses);
    doc_cell_count(t, part->now.instructions);
    doc_cell_count(t, part->l2.cycles);
    doc_cell_count(t, part->l2.accepted[0] + part->l2.accepted[1]);
    doc_cell_real(t, hist_mean(&part->l2.all), 2);
    doc_cell_count(t, hist_quantile(&part->l2.all, 990));
    doc_cell_count(t, part->l2.mem_reads);
}

// The parts of a run with a region of interest.
static void parts_section(struct doc *d, const struct replay_result *r)
{
    const struct region *g = r->region;
    struct doc_section *o =
        doc_section(d, "parts", "The parts of the run",
                    "The figures of this report are those of the region; everything ran, and the sums that are checked "
                    "are those of the whole run. What the trace holds, the run over time and the L2 data cache are of "
                    "the whole run too.");
    struct doc_table *t = doc_table(o, "parts", "Parts",
                                    "part:Part|records:Records|accesses:Accesses|instructions:Instructions"
                                    "|cycles:Cycles|requests:Requests|latency_mean:Mean latency|p99:p99|reads:Reads",
                                    NULL);
    struct moment *m = calloc(3, sizeof *m); // nothing, the end, a difference: too large for the stack
    if (!m) {
        d->no_memory = true;
        return;
    }
    m[1].l2 = r->l2;
    m[1].front = r->front;
    m[1].now = g->last;
    moment_between(&m[2], &m[0], &g->begin);
    part_row(t, g->parts > 1 ? "before and between" : "before", &m[2]);
    part_row(t, "region", &g->inside);
    moment_between(&m[2], &g->end, &m[1]);
    part_row(t, "behind", &m[2]);
    free(m);
}

// The result as the report shows it: of the region where there is one. The caller frees it.
static struct replay_result *shown(const struct replay_result *r)
{
    struct replay_result *s = malloc(sizeof *s);
    if (!s)
        return NULL;
    *s = *r;
    if (r->region) {
        s->l2 = r->region->inside.l2;
        s->front = r->region->inside.front;
        s->accesses = r->region->inside.now.accesses;
        s->instructions = r->region->inside.now.instructions;
    }
    return s;
}

struct doc *replay_document(const struct replay_cfg *cfg, const struct replay_result *r,
                            const char *path)
{
    char title[1200];
    const char *name = strrchr(path, '/');
    snprintf(title, sizeof title, "l2tlb replay of %s", name ? name + 1 : path);
    struct doc *d = doc_new(title);
    if (!d)
        return NULL;
    if (r->end != REPLAY_DONE)
        doc_partial(d, r->message);
    struct replay_result *show = shown(r);
    if (!show) {
        doc_free(d);
        return NULL;
    }
    opening_section(d, cfg, show, path);
    remarks_section(d, cfg, r);
    if (r->region)
        parts_section(d, r);
    stats_document(&show->l2, &r->l2, &cfg->machine, show->instructions, d);
    contents_phases(d, r->phases, cfg->interval != 0, r->footprint != NULL);
    if (r->header.klass != GVT_PORTS) {
        struct doc_section *o =
            doc_section(d, "l1", "L1 side: TLBs and filters in front of the L2TLB", NULL);
        l1_tables(o, &show->front);
        l1_requests(o, &show->front);
        l1_checks(d, r);
    }
    free(show);
    contents_reuse(d, r->footprint, &cfg->machine, r->header.klass == GVT_PORTS);
    if (cfg->memory.l2_sets) {
        struct doc_section *o =
            doc_section(d, "memory", "L2 data cache model in front of memory", NULL);
        doc_count(o, "hits", "Hits", r->l2_hits, NULL);
        doc_count(o, "misses", "Misses", r->l2_misses, NULL);
        doc_real(o, "rate", "Hit rate", percent(r->l2_hits, r->l2_hits + r->l2_misses), 2, "%");
    }
    oracle_section(d, cfg, r);
    run_section(d, cfg, r, path);
    trace_section(d, r);
    if (cfg->arch == GVT_AARCH64)
        aarch64_section(d, cfg, r);
    if (r->header.tables == GVT_BUILT)
        world_section(d, r);
    changes_section(d, cfg);
    contents_config(d, &cfg->machine);
    settings(d, cfg);
    return d;
}
