// SPDX-License-Identifier: MulanPSL-2.0
#include "replay/footprint.h"

#include "arch/bits.h"
#include "arch/pte.h"

#include <stdlib.h>

enum { PAGE = 12 };

const unsigned footprint_shift[FOOT_SERIES] = {12, 15, 15, 21, 24, 30};

struct footprint {
    struct reuse *series[FOOT_SERIES];
};

struct footprint *footprint_new(void)
{
    struct footprint *f = calloc(1, sizeof *f);
    for (unsigned i = 0; f && i < FOOT_SERIES; i++)
        if (!(f->series[i] = reuse_new())) {
            footprint_free(f);
            return NULL;
        }
    return f;
}

void footprint_free(struct footprint *f)
{
    for (unsigned i = 0; f && i < FOOT_SERIES; i++)
        reuse_free(f->series[i]);
    free(f);
}

void footprint_count(struct footprint *f, bool on)
{
    for (unsigned i = 0; i < FOOT_SERIES; i++)
        reuse_count(f->series[i], on);
}

const struct reuse_stats *footprint_stats(const struct footprint *f, enum footprint_series i)
{
    return reuse_stats(f->series[i]);
}

static uint64_t name_of(uint64_t vpn, unsigned series, uint64_t space)
{
    return mix64((vpn >> (footprint_shift[series] - PAGE)) ^ space);
}

static uint64_t space_of(const struct tlb_csr *csr, bool guest)
{
    uint64_t id = guest ? UINT64_C(1) << 32 | (uint64_t)csr->hgatp.id << 16 | csr->vsatp.id : csr->satp.id;
    return mix64(id + MIX64_K);
}

static bool use(struct footprint *f, uint64_t vpn, uint64_t space)
{
    const struct reuse_stats *pages = reuse_stats(f->series[FOOT_PAGES]), *lines = reuse_stats(f->series[FOOT_LINES]);
    uint64_t before = pages->ever + pages->different + lines->ever + lines->different;
    for (unsigned i = FOOT_PAGES; i <= FOOT_LINES; i++)
        if (!reuse_use(f->series[i], name_of(vpn, i, space)))
            return false;
    if (pages->ever + pages->different + lines->ever + lines->different == before)
        return true; // no page of a block that has not been seen
    for (unsigned i = FOOT_2M; i < FOOT_SERIES; i++)
        if (!reuse_use(f->series[i], name_of(vpn, i, space)))
            return false;
    return true;
}

bool footprint_access(struct footprint *f, const struct trace_record *r, const struct l1_csr *csr)
{
    bool guest = r->virt || r->hyp;
    const struct tlb_csr *t = &csr->tlb;
    if (r->priv == GVT_M || (guest ? t->vsatp.mode == MODE_BARE && t->hgatp.mode == MODE_BARE : t->satp.mode == MODE_BARE))
        return true;
    uint64_t space = space_of(t, guest), first = r->addr >> PAGE, last = (r->addr + r->size - 1) >> PAGE;
    return use(f, first, space) && (first == last || use(f, last, space));
}

bool footprint_request(struct footprint *f, uint64_t vpn, unsigned s2xlate, const struct tlb_csr *csr, bool access)
{
    uint64_t space = space_of(csr, s2xlate != NO_S2XLATE);
    return reuse_use(f->series[FOOT_REQUESTS], name_of(vpn, FOOT_REQUESTS, space)) && (!access || use(f, vpn, space));
}
