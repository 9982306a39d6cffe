// SPDX-License-Identifier: MulanPSL-2.0
// Log-linear histogram, see hist.h.
#include "replay/hist.h"

#include "arch/bits.h"

unsigned hist_bucket(uint64_t value)
{
    if (value < HIST_EXACT)
        return (unsigned)value;
    unsigned octave = highest(value);
    unsigned sub = (unsigned)(value >> (octave - HIST_SUB_LOG)) & (HIST_SUB - 1);
    return HIST_EXACT + (octave - HIST_EXACT_LOG) * HIST_SUB + sub;
}

void hist_range(unsigned b, uint64_t *first, uint64_t *last)
{
    if (b < HIST_EXACT) {
        *first = *last = b;
        return;
    }
    unsigned octave = HIST_EXACT_LOG + (b - HIST_EXACT) / HIST_SUB;
    unsigned shift = octave - HIST_SUB_LOG;
    uint64_t sub = (b - HIST_EXACT) % HIST_SUB;
    *first = (HIST_SUB + sub) << shift;
    *last = *first + mask64(shift);
}

void hist_add(struct hist *h, uint64_t value, uint64_t n)
{
    if (!n)
        return;
    if (!h->count || value < h->min)
        h->min = value;
    if (value > h->max)
        h->max = value;
    h->count += n;
    h->sum += value * n;
    h->bucket[hist_bucket(value)] += n;
}

void hist_merge(struct hist *a, const struct hist *b)
{
    if (!b->count)
        return;
    if (!a->count || b->min < a->min)
        a->min = b->min;
    if (b->max > a->max)
        a->max = b->max;
    a->count += b->count;
    a->sum += b->sum;
    for (unsigned i = 0; i < HIST_BUCKETS; i++)
        a->bucket[i] += b->bucket[i];
}

double hist_mean(const struct hist *h)
{
    return h->count ? (double)h->sum / (double)h->count : 0;
}

uint64_t hist_quantile(const struct hist *h, unsigned permille)
{
    if (!h->count)
        return 0;
    // ceil(count * permille / 1000) without overflow
    uint64_t rank = h->count / 1000 * permille + (h->count % 1000 * permille + 999) / 1000;
    if (rank == 0)
        return h->min;
    uint64_t seen = 0;
    for (unsigned b = 0; b < HIST_BUCKETS; b++) {
        seen += h->bucket[b];
        if (seen >= rank) {
            uint64_t first, last;
            hist_range(b, &first, &last);
            return last < h->max ? last : h->max;
        }
    }
    return h->max;
}
