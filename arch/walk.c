// SPDX-License-Identifier: MulanPSL-2.0
#include "arch/walk.h"

#include <assert.h>

static const char *const reason_text[WALK_REASONS] = {
#define REASON(name, text) text,
#include "arch/walk_reasons.def"
#undef REASON
};

const char *walk_reason_text(unsigned reason)
{
    return reason < WALK_REASONS ? reason_text[reason] : "?";
}

unsigned walk_check(const struct walk_mem *mem, uint64_t address, unsigned use)
{
    return mem->check ? mem->check(mem->ctx, address, use) : WALK_LEAF;
}

struct walk_ref *walk_read(struct walk_result *r, const struct walk_mem *mem, uint64_t address,
                           unsigned size)
{
    assert(r->nrefs < WALK_REFS);
    struct walk_ref *ref = &r->ref[r->nrefs++];
    ref->address = address;
    ref->pte = 0;
    ref->for_write = false;
    ref->verdict = (uint8_t)walk_check(mem, address, USE_TABLE_READ);
    if (ref->verdict != WALK_LEAF)
        return ref;
    ref->pte = mem->read(mem->ctx, address, size);
    for (unsigned i = 0; i < r->nupdates; i++)
        if (r->update[i].address == address)
            ref->pte = r->update[i].value;
    return ref;
}

void walk_write(struct walk_result *r, uint64_t address, uint64_t value, unsigned stage,
                unsigned size)
{
    assert(r->nupdates < WALK_UPDATES);
    r->update[r->nupdates++] = (struct walk_update){address, value, (uint8_t)stage, (uint8_t)size};
}

void walk_clear(struct walk_result *r, uint64_t va)
{
    r->fault = FAULT_NONE;
    r->reason = WALK_LEAF;
    r->stage = 0;
    r->level = WALK_OFF;
    r->va = va;
    r->ipa = r->pa = 0;
    r->s1 = r->s2 = (struct walk_leaf){.level = WALK_OFF, .shift = 64};
    r->attr = 0;
    r->tval = r->gpaddr = 0;
    r->tinst = 0;
    r->cause = 0;
    r->implicit = 0;
    r->fst = 0;
    r->s1ptw = false;
    r->nrefs = r->nupdates = 0;
}
