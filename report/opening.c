// SPDX-License-Identifier: MulanPSL-2.0
// The first screen of a replay's report: what ran, what translation cost, where the cycles went,
// what stands out.
#include "arch/pte.h"
#include "report/changes.h"
#include "report/contents.h"
#include "replay/requests.h"
#include "report/emit.h"
#include "report/findings.h"
#include "report/replay_doc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TOP_CAUSES = 5, TOP_FINDINGS = 4, LINE_SIZE = 512, NUMBER_SIZE = 32 };

// A count with its digits in groups.
static const char *grouped(uint64_t value, char buf[NUMBER_SIZE])
{
    const struct doc_cell cell = {.kind = DOC_COUNT, .count = value};
    return emit_cell(&cell, true, buf, NUMBER_SIZE);
}

struct change_list {
    char *text;
    size_t size, used;
    unsigned count;
};

enum { CHANGES_SHOWN = 4 };

static void note_change(const char *key, const char *value, const char *usual, void *ctx)
{
    struct change_list *l = ctx;
    (void)usual;
    bool mine = strncmp(key, "mem.", 4) != 0 && strncmp(key, "world.", 6) != 0;
    if (!mine || strcmp(key, "errata.L3") == 0)
        return;
    if (l->count++ < CHANGES_SHOWN && l->used < l->size)
        l->used += (size_t)snprintf(l->text + l->used, l->size - l->used, "%s%s=%s",
                                    l->count > 1 ? ", " : "; ", key, value);
}

// "preset default, revision 2025-05; pagecache.l0_sets=64"
static void machine_line(struct doc_section *o, const struct replay_cfg *cfg)
{
    char line[LINE_SIZE];
    struct change_list l = {.text = line, .size = sizeof line};
    l.used = (size_t)snprintf(line, sizeof line, "preset %s, revision %s", cfg->machine.preset,
                              revision_name(cfg->machine.revision));
    changes_each(cfg, note_change, &l);
    if (l.count > CHANGES_SHOWN && l.used < sizeof line)
        snprintf(line + l.used, sizeof line - l.used, " and %u more settings", l.count - CHANGES_SHOWN);
    else if (!l.count && l.used < sizeof line)
        snprintf(line + l.used, sizeof line - l.used, ", as the RTL does");
    doc_text(o, "machine", "Machine", line);
}

static const char *mode_name(unsigned mode)
{
    return mode == MODE_SV39 ? "Sv39" : mode == MODE_SV48 ? "Sv48" : "bare";
}

static void world_line(struct doc_section *o, const struct replay_cfg *cfg,
                       const struct replay_result *r)
{
    static const char *const size_name[4] = {"4 KiB", "2 MiB", "1 GiB", "64 KiB"};
    const struct world_cfg *w = &cfg->world;
    const struct tl_timing *m = &cfg->memory;
    char line[LINE_SIZE];
    int n;
    if (r->header.tables == GVT_RECORDS) {
        n = snprintf(line, sizeof line, "the page tables that the trace brings");
    } else if (r->header.tables == GVT_IMAGE) {
        n = snprintf(line, sizeof line, "the page tables of %.200s", r->header.image);
    } else if (r->world.pages[1][0] + r->world.pages[1][1] + r->world.pages[1][2] + r->world.pages[1][3]) {
        n = snprintf(line, sizeof line, "two stages, %s over %sx4", mode_name(w->vs_mode), mode_name(w->g_mode));
    } else {
        n = snprintf(line, sizeof line, "one stage, %s", mode_name(w->stages == STAGES_TWO ? w->vs_mode : w->s_mode));
    }
    for (unsigned k = 0, any = 0; k < 4 && r->header.tables == GVT_BUILT; k++) {
        static const unsigned order[4] = {0, 3, 1, 2};
        if (r->world.pages[0][order[k]] + r->world.pages[1][order[k]])
            n += snprintf(line + n, sizeof line - (size_t)n, "%s%s", any++ ? "/" : ", pages of ",
                          size_name[order[k]]);
    }
    n += snprintf(line + n, sizeof line - (size_t)n, "; reads %" PRIu64, m->lat);
    if (m->span > 1)
        n += snprintf(line + n, sizeof line - (size_t)n, " to %" PRIu64, m->lat + m->span - 1);
    n += snprintf(line + n, sizeof line - (size_t)n, " cycles");
    if (m->l2_sets)
        snprintf(line + n, sizeof line - (size_t)n, ", %" PRIu64 " in L2", m->hit_lat);
    doc_text(o, "world", "World", line);
}

static void what_ran(struct doc_section *o, const struct replay_cfg *cfg,
                     const struct replay_result *r, const char *path)
{
    char line[LINE_SIZE], a[NUMBER_SIZE], b[NUMBER_SIZE];
    const char *name = strrchr(path, '/');
    bool ports = r->header.klass == GVT_PORTS;
    int n = snprintf(line, sizeof line, "%.100s: %s %s", name ? name + 1 : path, grouped(r->accesses, a),
                     ports ? "requests at the ports" : "accesses");
    if (r->instructions)
        n += snprintf(line + n, sizeof line - (size_t)n, ", %s instructions", grouped(r->instructions, b));
    snprintf(line + n, sizeof line - (size_t)n, ", %s", trace_isa_name[r->header.isa]);
    doc_text(o, "trace", "Trace", line);
    machine_line(o, cfg);
    world_line(o, cfg, r);
    if (r->region) {
        n = r->region->marks ? snprintf(line, sizeof line, "between the marks of the trace, %u part%s", r->region->parts,
                                        r->region->parts == 1 ? "" : "s")
                             : snprintf(line, sizeof line, "records behind %s", grouped(r->region->from, a));
        if (r->region->to != UINT64_MAX)
            n += snprintf(line + n, sizeof line - (size_t)n, " up to %s", grouped(r->region->to, a));
        snprintf(line + n, sizeof line - (size_t)n, ": all figures are of these %s records", grouped(r->region->inside.now.records, a));
        doc_text(o, "region", "Region", line);
    }
    if (r->end != REPLAY_DONE)
        doc_text(o, "ended", "Ended", r->message);
}

// Cycles that the first lookups of missing accesses waited until they hit, over all accesses.
struct waits {
    uint64_t cycles, accesses, missed;
};

static struct waits waits_of(const struct front_stats *f)
{
    struct waits w = {0};

    for (unsigned k = 0; k < L1_CLASSES; k++) {
        if (k == L1_PREFETCH)
            continue; // nothing waits for them
        w.cycles += f->miss_latency[k].sum;
        w.missed += f->miss_latency[k].count;
        w.accesses += f->accesses[k];
    }
    return w;
}

// Of the table reads of guests' requests (two stages, or the second alone), how many are of the second stage.
static double second_stage_share(const struct stats *s)
{
    uint64_t second = 0, all = 0;

    for (unsigned k = ONLY_STAGE2; k <= ALL_STAGE; k++)
        for (unsigned row = 0; row < MAP_ROWS; row++)
            for (unsigned col = 0; col < MAP_COLS; col++) {
                all += s->map[k][row][col].reads;
                second += col == MAP_TABLE ? 0 : s->map[k][row][col].reads;
            }
    return percent(second, all);
}

// Host and guests in one trace: what translation costs each.
static void guests(struct doc_section *o, const struct replay_result *r)
{
    const struct front_stats *f = &r->front;
    struct waits w = waits_of(f);
    char line[LINE_SIZE];

    if (!f->guest_done || f->guest_done >= w.accesses)
        return;
    snprintf(line, sizeof line,
             "make %.1f %% of the accesses: two stages add %.2f cycles to each of theirs, one adds %.2f to each of "
             "the host's; %.0f %% of the guests' table reads are of the second stage",
             percent(f->guest_done, w.accesses), ratio(f->guest_wait, f->guest_done),
             ratio(w.cycles - f->guest_wait, w.accesses - f->guest_done), second_stage_share(&r->l2));
    doc_text(o, "guests", "Guests", line);
}

static void added(struct doc_section *o, const struct replay_result *r)
{
    struct waits w = waits_of(&r->front);
    char line[LINE_SIZE];

    snprintf(line, sizeof line,
             "adds %.2f cycles per access: %.2f %% miss in L1 and wait %.0f cycles on average",
             ratio(w.cycles, w.accesses), percent(w.missed, w.accesses), ratio(w.cycles, w.missed));
    doc_text(o, "added", "Translation", line);
}

static void what_it_cost(struct doc_section *o, const struct replay_result *r)
{
    const struct stats *s = &r->l2;
    char line[LINE_SIZE], a[NUMBER_SIZE], b[NUMBER_SIZE], c[NUMBER_SIZE], e[NUMBER_SIZE];
    uint64_t requests = s->accepted[0] + s->accepted[1], walks = 0, refs = 0, most = 0, theory = 0;
    int n = snprintf(line, sizeof line, "%s", grouped(requests, a));
    if (r->instructions)
        n += snprintf(line + n, sizeof line - (size_t)n, ": %.3f per 1000 instructions",
                      1000 * ratio(requests, r->instructions));
    if (r->header.klass != GVT_PORTS)
        snprintf(line + n, sizeof line - (size_t)n, "%s %.2f per 1000 accesses", r->instructions ? "," : ":",
                 1000 * ratio(requests, r->accesses));
    doc_text(o, "requests", "Requests", line);
    snprintf(line, sizeof line, "mean %.2f cycles, median %s, 99th percentile %s, largest %s", hist_mean(&s->all),
             grouped(hist_quantile(&s->all, 500), a), grouped(hist_quantile(&s->all, 990), b),
             grouped(s->all.max, c));
    doc_text(o, "latency", "Latency", line);
    for (unsigned k = 0; k < KINDS; k++) {
        for (unsigned i = 1; i < MAX_REFS; i++) {
            walks += s->refs[k][i];
            refs += i * s->refs[k][i];
        }
        most = s->refs_max_once[k] > most ? s->refs_max_once[k] : most;
        if (s->by_kind[k].count)
            theory = s->theory_max[k] > theory ? s->theory_max[k] : theory;
    }
    snprintf(line, sizeof line, "%.2f per walk (at most %s of %s possible); %.1f %% of the requests read none",
             ratio(refs, walks), grouped(most, a), grouped(theory, e),
             percent(s->all.count - walks, s->all.count));
    doc_text(o, "reads", "Memory reads", line);
    if (r->header.klass != GVT_PORTS)
        added(o, r);
}

struct cause_share {
    unsigned cause;
    uint64_t cycles;
};

static int by_cycles(const void *a, const void *b)
{
    const struct cause_share *x = a, *y = b;
    if (x->cycles != y->cycles)
        return x->cycles < y->cycles ? 1 : -1;
    return x->cause < y->cause ? -1 : x->cause > y->cause;
}

static void where_it_went(struct doc_section *o, const struct stats *s)
{
    struct cause_share top[CAUSE_COUNT];
    uint64_t sum = 0;
    char id[32];
    struct doc_table *t =
        doc_table(o, "causes", "Cycles, %", "id:Key|share:Share %|cause:Cause of waiting", NULL);
    for (unsigned c = 0; c < CAUSE_COUNT; c++) {
        top[c] = (struct cause_share){.cause = c};
        for (unsigned k = 0; k < KINDS; k++)
            top[c].cycles += s->cause[k][c];
        sum += top[c].cycles;
    }
    qsort(top, CAUSE_COUNT, sizeof *top, by_cycles);
    for (unsigned i = 0; i < TOP_CAUSES && top[i].cycles; i++) {
        doc_row(t, request_cause_name(top[i].cause, id));
        doc_cell_real(t, percent(top[i].cycles, sum), 1);
        doc_cell_text(t, l2tlb_cause_text[top[i].cause]);
    }
}

void opening_section(struct doc *d, const struct replay_cfg *cfg, const struct replay_result *r,
                     const char *path)
{
    struct finding found[FINDINGS_MAX];
    struct doc_section *o = doc_section(d, "opening", "In short", NULL);
    if (!o)
        return;
    o->opening = true;
    what_ran(o, cfg, r, path);
    guests(o, r);
    what_it_cost(o, r);
    where_it_went(o, &r->l2);
    unsigned n = findings(cfg, r, found);
    struct doc_table *t = doc_table(o, "findings", "Stands out", "id:Key|text:What", NULL);
    for (unsigned i = 0; i < n && i < TOP_FINDINGS; i++) {
        doc_row(t, found[i].id);
        doc_cell_text(t, found[i].text);
    }
    if (!n) {
        doc_row(t, "nothing");
        doc_cell_text(t, "nothing that the rules of this report look for");
    }
}
