// SPDX-License-Identifier: MulanPSL-2.0
// What a replay gave: figures, histograms, the report in its forms.
#include "lib/replay_impl.h"
#include "report/emit.h"

#include <stdlib.h>
#include <string.h>

enum { FIGURES_0 = sizeof(struct l2tlb_replay_figures) }; // its first version

static struct l2tlb_latency latency_of(const struct hist *h)
{
    return (struct l2tlb_latency){
        .count = h->count, .sum = h->sum, .min = h->min, .max = h->max, .p50 = hist_quantile(h, 500),
        .p90 = hist_quantile(h, 900), .p99 = hist_quantile(h, 990), .p999 = hist_quantile(h, 999)};
}

static void machine_figures(struct l2tlb_replay_figures *f, const struct stats *s)
{
    // Answers are counted by enum answer_fault.
    static const uint8_t fault[ANSWER_FAULTS] = {
        [ANSWER_OK] = L2TLB_NO_FAULT, [ANSWER_PF] = L2TLB_PAGE_FAULT, [ANSWER_AF] = L2TLB_ACCESS_FAULT,
        [ANSWER_GPF] = L2TLB_GUEST_FAULT, [ANSWER_GAF] = L2TLB_GUEST_ACCESS_FAULT};
    f->cycles = s->cycles;
    f->busy_cycles = s->busy_cycles;
    memcpy(f->accepted, s->accepted, sizeof f->accepted);
    memcpy(f->answered, s->answered, sizeof f->answered);
    memcpy(f->flushed, s->flushed, sizeof f->flushed);
    f->all = latency_of(&s->all);
    for (unsigned k = 0; k < KINDS; k++) {
        f->kind[k] = latency_of(&s->by_kind[k]);
        memcpy(f->cause[k], s->cause[k], sizeof s->cause[k]);
        for (unsigned a = 0; a < ANSWER_FAULTS; a++)
            for (unsigned l = 0; l < LEVELS; l++)
                f->faults[fault[a]] += s->faults[k][a][l];
    }
    f->mem_reads = s->mem_reads;
    f->ptw_walks = s->ptw_walks;
    f->ptw_busy = s->ptw_busy;
    f->hptw_walks = s->hptw_walks;
    f->hptw_busy = s->hptw_busy;
    f->llptw_in = s->llptw_in;
    f->prefetches = s->pf_issued;
    f->prefetches_used = s->pf_used;
    memcpy(f->counter, s->perf, sizeof f->counter);
}

int l2tlb_replay_get_figures(const l2tlb_replay *r, struct l2tlb_replay_figures *f)
{
    const struct replay_result *x = r->result;
    uint32_t size = f->size;
    if (!x)
        return L2TLB_BAD_ORDER;
    struct l2tlb_replay_figures own = {
        .size = size, .whole = x->end == REPLAY_DONE, .records = x->records, .accesses = x->accesses,
        .instructions = x->instructions, .fences = x->fences, .switches = x->switches,
        .csr_writes = x->csr_writes, .unmappable = x->unmappable, .judged = x->judged, .wrong = x->wrong,
        .checks_failed = r->doc->failed};
    for (const struct doc_check *c = r->doc->checks; c; c = c->next)
        own.checks++;
    machine_figures(&own, &x->l2);
    return struct_out(f, size, &own, sizeof own, FIGURES_0) ? L2TLB_OK : L2TLB_BAD_SIZE;
}

int l2tlb_replay_histogram(const l2tlb_replay *r, unsigned kind, struct l2tlb_bin *bins, size_t room, size_t *n)
{
    *n = 0;
    if (!r->result)
        return L2TLB_BAD_ORDER;
    if (kind > KINDS)
        return L2TLB_BAD_VALUE;
    const struct hist *h = kind == KINDS ? &r->result->l2.all : &r->result->l2.by_kind[kind];
    for (unsigned b = 0; b < HIST_BUCKETS; b++) {
        if (!h->bucket[b])
            continue;
        if (*n < room) {
            bins[*n].count = h->bucket[b];
            hist_range(b, &bins[*n].first, &bins[*n].last);
        }
        ++*n;
    }
    return L2TLB_OK;
}

int l2tlb_replay_report(l2tlb_replay *r, const char *format, const char **text, size_t *length)
{
    enum emit_format f = emit_format_of(format);
    size_t n = 0;
    *text = NULL;
    r->message[0] = 0;
    free(r->text);
    r->text = NULL;
    if (!r->doc)
        return L2TLB_BAD_ORDER;
    if (f == EMIT_FORMATS) {
        snprintf(r->message, sizeof r->message, "no format %.64s", format);
        return L2TLB_BAD_KEY;
    }
    FILE *out = open_memstream(&r->text, &n);
    if (!out)
        return L2TLB_NO_MEMORY;
    const struct doc *doc = r->doc;
    bool whole = emit_all(f, out, &doc, 1) && !ferror(out);
    if (fclose(out) || !whole)
        return L2TLB_NO_MEMORY;
    *text = r->text;
    if (length)
        *length = n;
    return L2TLB_OK;
}

const char *l2tlb_replay_log(const l2tlb_replay *r)
{
    return r->log ? r->log : "";
}
