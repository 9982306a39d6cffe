// SPDX-License-Identifier: MulanPSL-2.0
#include "world/domain.h"

#include "arch/bits.h"
#include "mem/mptbuild.h"

#include <stdlib.h>

const char *domain_suit(struct domain_cfg *c, bool has_mpt)
{
    if (c->mode == DOMAIN_AUTO)
        c->mode = has_mpt ? SMMPT_52 : SMMPT_BARE;
    return domain_wanted(c) && !has_mpt ? "mpt.mode: the machine has no MPT (preset mpt)" : NULL;
}

struct domain {
    struct domain_cfg c;
    struct mpt_tree *tree;
    uint64_t next, limit; // frames
};

static uint64_t take(void *ctx, uint64_t size)
{
    struct domain *d = ctx;
    if (d->limit - d->next < size)
        return PT_NO_FRAME;
    return (d->next += size) - size;
}

uint64_t domain_table_size(const struct domain_cfg *c, uint64_t end)
{
    const struct smmpt_format *f = smmpt_format(c->mode);
    uint64_t tables = 1; // the root
    for (unsigned level = 0; f && level + 1u < f->levels; level++)
        if (c->page <= smmpt_shift(f, level)) // a table of this level for each entry above it
            tables += ((end - 1) >> smmpt_shift(f, level + 1)) + 1;
    return tables << 12;
}

static bool set(struct domain *d, uint64_t ppn, uint64_t pages, unsigned rights)
{
    return mpt_tree_set(d->tree, ppn << 12, pages << 12, rights, d->c.page) == PT_OK;
}

bool domain_mark(struct domain *d, const struct secure_cfg *secure, uint64_t seed, uint64_t ppn)
{
    uint64_t step = d->c.page == 12 ? 1 : SECURE_CHUNK;
    for (uint64_t p = ppn; p < ppn + SECURE_CHUNK; p += step) {
        bool other = secure && secure_page(secure, seed, p);
        unsigned rights = step == 1 && (p & 1) ? SMMPT_R | SMMPT_W : SMMPT_ALL;
        if (!set(d, p, step, other ? 0 : rights))
            return false;
    }
    return true;
}

bool domain_open(struct domain *d, uint64_t from, uint64_t to)
{
    return to <= from || mpt_tree_set(d->tree, from, to - from, SMMPT_ALL, 63) == PT_OK;
}

// Everything below end: whole entries, so that none is changed later.
static bool fill(struct domain *d, const struct secure_cfg *secure, uint64_t seed, uint64_t end)
{
    if (!set(d, 0, end >> 12, SMMPT_ALL))
        return false;
    for (uint64_t p = 0; secure && p < end >> 12; p += SECURE_CHUNK)
        if (secure_page(secure, seed, p) && !set(d, p, SECURE_CHUNK, 0))
            return false;
    return true;
}

struct domain *domain_new(const struct domain_cfg *c, const struct secure_cfg *secure, uint64_t seed,
                          struct phys *mem, uint64_t end)
{
    struct domain *d = malloc(sizeof *d);
    struct pt_frames f = {take, NULL, NULL, d};
    char msg[80];
    if (!d)
        return NULL;
    *d = (struct domain){.c = *c, .next = c->base, .limit = c->base + domain_table_size(c, end)};
    d->tree = mpt_tree_new(c->mode, false, mem, &f, msg, sizeof msg);
    if (d->tree && (domain_by_chunk(c) || fill(d, secure, seed, end)))
        return d;
    domain_free(d);
    return NULL;
}

void domain_free(struct domain *d)
{
    if (d)
        mpt_tree_free(d->tree);
    free(d);
}

void domain_mmpt(const struct domain *d, struct mmpt *m)
{
    *m = (struct mmpt){.ppn = mpt_tree_root(d->tree) >> 12, .mode = (uint8_t)(d->c.mode - SMMPT_43 + 1)};
}
