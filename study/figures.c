// SPDX-License-Identifier: MulanPSL-2.0
#include "study/figures.h"

#include <math.h>
#include <string.h>

const struct figure figures[FIGURES] = {
    {"latency_mean", "summary", "latency_mean", "Latency, mean", "cycles", 2, true},
    {"added", NULL, NULL, "Translation adds to an access", "cycles", 3, true},
    {"latency_p50", "summary", "latency_p50", "Latency, median", "cycles", 0, true},
    {"latency_p99", "summary", "latency_p99", "Latency, 99th percentile", "cycles", 0, true},
    {"latency_max", "summary", "latency_max", "Latency, largest", "cycles", 0, true},
    {"cycles", "summary", "cycles", "Simulated cycles", "", 0, true},
    {"requests", "summary", "requests", "Requests", "", 0, true},
    {"answers", "summary", "answers", "Answers", "", 0, false},
    {"walks", "summary", "walks", "Requests that read memory", "", 0, true},
    {"refs_per_walk", "summary", "refs_per_walk", "Reads of one of these", "", 3, true},
    {"refs_per_request", "summary", "refs_per_request", "Reads of a request", "", 3, true},
    {"reads", "references", "reads", "Reads of memory", "", 0, true},
    {"ptw_busy", "walkers", "ptw_busy", "PTW busy", "%", 2, true},
    {"hptw_busy", "walkers", "hptw_busy", "HPTW busy", "%", 2, true},
    {"llptw_mean", "walkers", "llptw_mean", "LLPTW entries in use", "", 3, true},
    {"missq_mean", "walkers", "missq_mean", "Requests in the miss queue", "", 3, true},
    {"prefetch_issued", "prefetch", "issued", "Prefetches", "", 0, false},
    {"prefetch_useful", "prefetch", "useful", "Useful prefetches", "", 0, false},
    {"faulting", "answers", "faulting", "Answers with a fault", "", 0, false},
    {"bitmap_reads", "bitmap", "all_reads", "Bitmap words read", "", 0, false},
    {"accesses", "trace", "accesses", "Accesses", "", 0, false},
    {"instructions", "trace", "instructions", "Instructions", "", 0, false},
    {"records", "run", "records", "Records", "", 0, false},
};

int figure_index(const char *name)
{
    for (int i = 0; i < FIGURES; i++)
        if (strcmp(figures[i].name, name) == 0)
            return i;
    return -1;
}

static double number(const struct doc_cell *c)
{
    return c->kind == DOC_COUNT ? (double)c->count : c->kind == DOC_REAL ? c->real : NAN;
}

static double find(const struct doc *d, const char *section, const char *key)
{
    for (const struct doc_section *s = d->sections; s; s = s->next)
        if (strcmp(s->id, section) == 0)
            for (const struct doc_value *v = s->values; v; v = v->next)
                if (strcmp(v->id, key) == 0)
                    return number(&v->cell);
    return NAN;
}

// As the first screen of a replay says it: what accesses wait for their translation, over all of them. Nothing waits
// for prefetches.
static double added(const struct replay_result *r)
{
    const struct front_stats *f = r->region ? &r->region->inside.front : &r->front;
    uint64_t cycles = 0, accesses = 0;
    for (unsigned k = 0; k < L1_CLASSES; k++)
        if (k != L1_PREFETCH) {
            cycles += f->miss_latency[k].sum;
            accesses += f->accesses[k];
        }
    return accesses ? (double)cycles / (double)accesses : NAN;
}

void figures_of(const struct replay_result *r, const struct doc *d, double value[FIGURES])
{
    for (unsigned i = 0; i < FIGURES; i++)
        value[i] = figures[i].section ? find(d, figures[i].section, figures[i].key) : added(r);
}
